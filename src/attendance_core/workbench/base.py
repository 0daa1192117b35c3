"""Base: a configuration and the plugins, and what is known from them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

from attrs import define, evolve, field

from attendance_core import __version__
from attendance_core.dates import AcademicYear
from attendance_core.documents.configuring import find_config, load_config
from attendance_core.documents.store import Store
from attendance_core.documents.stores import open_store
from attendance_core.errors import (
    Fault,
    PluginError,
    SupportError,
    UnknownNameError,
    alike,
    join_names,
    named,
)
from attendance_core.intake import Intake
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.configuration import Configuration
from attendance_core.model.extensions import Renderer
from attendance_core.model.plugins import ExtensionKind, PluginFailure
from attendance_core.model.profiles import Profile
from attendance_core.model.reports import (
    Outline,
    Provenance,
    RenderedFile,
    RenderOptions,
    View,
)
from attendance_core.plugins.manager import PluginManager
from attendance_core.reference.settings import load_profile, load_settings, profile_ids
from attendance_core.register.account import Input
from attendance_core.register.register import Register
from attendance_core.support.ledger import Ledgers

Progress = Callable[[str], None]


def quiet(step: str) -> None:
    """Tell nobody."""


@define(kw_only=True, eq=False)
class Bench:
    """Configuration and plugins together; what a host calls.

    A workbench holds no register and no clock: files or frames go in, registers, analyses, reports come out. Two
    workbenches know nothing of each other.

    Attributes:
        configuration: What ``attendance.toml`` says.
        plugins: Who brings adapters, mappings, codebooks, cohorts, outlines, benchmarks and renderers.
        folder: Where relative paths of the configuration start.
        store: Where ledgers of support lie; the host's own.
    """

    configuration: Configuration = field(factory=Configuration)
    plugins: PluginManager = field(factory=PluginManager.load)
    folder: Path = field(factory=Path)
    store: Store | None = None

    @classmethod
    def open(
        cls,
        config: str | Path | Configuration | None = None,
        *,
        plugins: Iterable[object] = (),
        entry_points: bool = True,
        strict: bool = False,
        store: Store | None = None,
    ) -> Self:
        """Open a workbench.

        Args:
            config: A configuration, or the path of one; None: none.
            plugins: Plugins that the host hands over.
            entry_points: Also load plugins of installed distributions.
            strict: Raise when a plugin fails, instead of going on without it.
            store: Where ledgers of support lie; None: the file or folder that the configuration names, if it does.

        Raises:
            UnreadableFileError: If the configuration cannot be read.
            DocumentError: With every fault of the configuration.
            PluginError: In strict mode, if a plugin fails.
        """
        manager = PluginManager.load(entry_points=entry_points, plugins=plugins, strict=strict)
        if isinstance(config, str | Path):
            configuration, folder = load_config(config), Path(config).parent
            return cls(configuration=configuration, plugins=manager, folder=folder, store=store)
        return cls(configuration=config or Configuration(), plugins=manager, store=store)

    @staticmethod
    def find_config(folder: str | Path) -> Path | None:
        """Return the nearest ``attendance.toml`` from a folder upward."""
        return find_config(folder)

    @cached_property
    def ledgers(self) -> Ledgers:
        """The ledgers of pupils and of the school.

        Raises:
            SupportError: If the host gave no store, and the configuration names none.
            StoreError: If there is no store of that name.
        """
        if self.store is not None:
            return Ledgers(self.store)
        place = self.configuration.files.store
        if not place:
            raise SupportError(
                Fault(
                    "store",
                    "is not given",
                    "a store, or files.store in attendance.toml",
                    "Say where what is written about support lies",
                )
            )
        return Ledgers(open_store(self.folder / place))

    @property
    def has_store(self) -> bool:
        """Whether the host or the configuration says where ledgers lie."""
        return self.store is not None or bool(self.configuration.files.store)

    @property
    def profile(self) -> Profile:
        """The definition choices in force.

        Raises:
            UnknownNameError: If the configuration names a profile or setting that does not exist.
            DocumentError: If it gives a setting a value that is no choice.
        """
        policy = self.configuration.policy
        return load_profile(policy.profile, policy.settings, where="attendance.toml: policy.settings")

    def profile_named(self, id: str) -> Profile:
        """Return a profile by id: the one in force with the school's own choices, any other as it ships.

        What was decided while a register was read holds for it under every profile, so those choices stay.

        Raises:
            UnknownNameError: If there is no such profile.
        """
        mine = self.profile
        if id == mine.id:
            return mine
        if id not in profile_ids():
            near = alike(id, profile_ids())
            remedy = f"Did you mean {near[0]!r}?" if near else "Choose one of them"
            raise UnknownNameError(
                Fault(f"profile {id!r}", "is unknown", f"one of {join_names(profile_ids())}", remedy)
            )
        return load_profile(id, {name: mine.get(name) for name, one in load_settings().items() if one.reading})

    def packs(self) -> tuple[CohortPack, ...]:
        """Return the cohort packs: of plugins, then the configuration's own."""
        own = CohortPack(id="attendance.toml", title="This school's own", cohorts=self.configuration.cohorts)
        return (*self.plugins.cohort_packs(), own) if own.cohorts else self.plugins.cohort_packs()

    def dimensions(self) -> frozenset[str]:
        """Return the ids of the dimensions that divide a school."""
        return frozenset(dimension.id for pack in self.packs() for dimension in pack.dimensions)

    def releases(self, on: date) -> tuple[BenchmarkRelease, ...]:
        """Return published figures to compare the academic year of a day with, best first.

        Raises:
            PluginError: In strict mode, if a provider fails; else it is kept among the failures and left out.
        """
        year = str(AcademicYear.of(on))
        found: list[BenchmarkRelease] = []
        for provider in self.plugins.benchmark_providers():
            owner = self.plugins.provider_of(ExtensionKind.BENCHMARK_PROVIDER, provider.id)
            what = f"benchmarks {provider.id!r}"
            try:
                found += self.plugins.guard(owner, what, provider.releases, year, items=BenchmarkRelease)
            except PluginError:
                # The failure is kept, so the report says what is missing, and goes on without it.
                if self.plugins.strict:
                    raise
        return tuple(found)

    def outline(self, id: str) -> Outline:
        """Return an outline by id.

        Raises:
            UnknownNameError: If no plugin brings it.
        """
        return named(id, {outline.id: outline for outline in self.plugins.outlines()}, "outline")

    def renderer(self, id: str) -> Renderer:
        """Return a renderer by id.

        Raises:
            UnknownNameError: If no plugin brings it.
            PluginError: If no plugin brings it, but one that failed might have.
        """
        try:
            return named(id, {renderer.id: renderer for renderer in self.plugins.renderers()}, "format")
        except UnknownNameError as error:
            raise self._or_failed(error, "attendance_renderers") from None

    def _sound(self, kind: ExtensionKind, id: str, faults: tuple[Fault, ...]) -> bool:
        """Say whether something that a plugin brought has no fault; else keep its faults as the plugin's failure."""
        if not faults:
            return True

        def refuse() -> None:
            raise PluginError(*faults)

        try:
            self.plugins.checked(self.plugins.provider_of(kind, id), f"{kind.value} {id!r}", refuse)
        except PluginError:
            if self.plugins.strict:
                raise
        return False

    def _or_failed(self, error: UnknownNameError, hook: str) -> UnknownNameError | PluginError:
        """Return an error about an unknown name, with the plugins that failed and might have brought it."""
        broken = [one for one in self.failures() if one.hook in ("", hook)]
        failed = [Fault(one.label, one.error, remedy="Update or remove this plugin") for one in broken]
        return PluginError(*error.faults, *failed) if failed else error

    @property
    def intake(self) -> Intake:
        """What takes files and frames in."""
        return Intake(configuration=self.configuration, plugins=self.plugins, folder=self.folder)

    def render(self, view: View, format: str, options: RenderOptions | None = None) -> tuple[RenderedFile, ...]:
        """Render a view.

        Raises:
            UnknownNameError: If no plugin brings the format.
            PluginError: If the renderer fails.
        """
        renderer = self.renderer(format)
        owner = self.plugins.provider_of(ExtensionKind.RENDERER, renderer.id)
        options = options or RenderOptions()
        return self.plugins.guard(
            owner, f"renderer {renderer.id!r}", renderer.render, view, options, items=RenderedFile
        )

    def provenance(self, register: Register) -> Provenance:
        """Say what a report is made from, so that it can be made again."""
        calendar = "inferred from the marks" if register.calendars.inferred else "given"
        found = self._provenance(register.as_of, register.account.inputs)
        return evolve(found, definitions=(*found.definitions, ("calendar", calendar)))

    def _provenance(self, as_of: date, inputs: Sequence[Input]) -> Provenance:
        profile = self.profile
        return Provenance(
            as_of=as_of,
            version=__version__,
            inputs=tuple((item.role, item.name, item.sha256) for item in inputs),
            definitions=(
                ("profile", profile.id),
                *profile.settings,
                ("codebooks", ", ".join(book.id for book in self.plugins.codebooks())),
            ),
            plugins=tuple((info.name, info.version, info.distribution) for info in self.plugins.plugins()),
        )

    def notes(self) -> tuple[str, ...]:
        """Say what is missing or replaced because of which plugin."""
        failures = tuple(f"Not available: {failure}" for failure in self.failures())
        return (*failures, *self.plugins.notes)

    def failures(self) -> tuple[PluginFailure, ...]:
        """Return the failures of plugins so far."""
        return self.plugins.failures()
