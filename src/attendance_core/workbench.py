"""The workbench: the one object that a host holds."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import narwhals.stable.v2 as nw
from attrs import define, evolve, field, frozen

from attendance_core import __version__
from attendance_core.dates import AcademicYear
from attendance_core.documents.configuring import find_config, load_calendars, load_config, load_mapping
from attendance_core.engine import from_host, with_row_numbers, without_nested
from attendance_core.errors import (
    DocumentError,
    Fault,
    FigureIdError,
    InputError,
    LayoutError,
    UnknownNameError,
    alike,
    join_names,
)
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.explain import explain, sessions
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.configuration import Configuration
from attendance_core.model.extensions import Adapter, RawTable, ReadOptions, Renderer
from attendance_core.model.figures import Explanation, FigureId
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.plugins import ExtensionKind, PluginFailure
from attendance_core.model.profiles import Profile
from attendance_core.model.reports import Outline, Provenance, RenderedFile, RenderOptions, Report, View
from attendance_core.plugins.choosing import choose_adapter
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.manager import PluginManager
from attendance_core.reference.settings import load_profile
from attendance_core.register.calendar import lint_calendar
from attendance_core.register.columns import tellable
from attendance_core.register.reading import Membership, Source, read_register
from attendance_core.register.register import Register
from attendance_core.register.saved import is_saved, load_register
from attendance_core.reports.build import build_report
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.material import Material

if TYPE_CHECKING:
    from attendance_core.register.proposals import Proposal, Question

Progress = Callable[[str], None]


def _quiet(step: str) -> None:
    """Tell nobody."""


@frozen(kw_only=True, eq=False)
class Table:
    """A file or a host's frame on its way in.

    Attributes:
        frame: Lazy frame with ``source_row``.
        notes: What the adapter decided.
        unread: Columns left out, since they hold lists, structures or bytes.
    """

    name: str
    frame: "nw.LazyFrame[Any]" = field(repr=False)
    sha256: str = ""
    notes: tuple[str, ...] = ()
    mapping: Mapping | None = None
    adapter: str = ""
    unread: tuple[str, ...] = ()


@define(kw_only=True, eq=False)
class Workbench:
    """Configuration and plugins together; what a host calls.

    A workbench holds no register and no clock: files or frames go in, registers, analyses, reports come out. Two
    workbenches know nothing of each other.

    Attributes:
        configuration: What ``attendance.toml`` says.
        plugins: Who brings adapters, mappings, codebooks, cohorts, outlines, benchmarks and renderers.
        folder: Where relative paths of the configuration start.
    """

    configuration: Configuration = field(factory=Configuration)
    plugins: PluginManager = field(factory=PluginManager.load)
    folder: Path = field(factory=Path)

    @classmethod
    def open(
        cls,
        config: Path | Configuration | None = None,
        *,
        plugins: Iterable[object] = (),
        entry_points: bool = True,
        strict: bool = False,
    ) -> "Workbench":
        """Open a workbench.

        Args:
            config: A configuration, or the path of one; None: none.
            plugins: Plugins that the host hands over.
            entry_points: Also load plugins of installed distributions.
            strict: Raise when a plugin fails, instead of going on without it.

        Raises:
            UnreadableFileError: If the configuration cannot be read.
            DocumentError: With every fault of the configuration.
            PluginError: In strict mode, if a plugin fails.
        """
        manager = PluginManager.load(entry_points=entry_points, plugins=plugins, strict=strict)
        if isinstance(config, Path):
            return cls(configuration=load_config(config), plugins=manager, folder=config.parent)
        return cls(configuration=config or Configuration(), plugins=manager)

    @staticmethod
    def find_config(folder: Path) -> Path | None:
        """Return the nearest ``attendance.toml`` from a folder upward."""
        return find_config(folder)

    # -- what is known

    @property
    def profile(self) -> Profile:
        """The definition choices in force.

        Raises:
            UnknownNameError: If the configuration names a profile or setting that does not exist.
            DocumentError: If it gives a setting a value that is no choice.
        """
        policy = self.configuration.policy
        return load_profile(policy.profile, policy.settings, where="attendance.toml: policy.settings")

    def packs(self) -> tuple[CohortPack, ...]:
        """Return the cohort packs: of plugins, then the configuration's own."""
        own = CohortPack(id="attendance.toml", title="This school's own", cohorts=self.configuration.cohorts)
        return (*self.plugins.cohort_packs(), own) if own.cohorts else self.plugins.cohort_packs()

    def releases(self, on: date) -> tuple[BenchmarkRelease, ...]:
        """Return published figures to compare the academic year of a day with, best first."""
        year = str(AcademicYear.of(on))
        found: list[BenchmarkRelease] = []
        for provider in self.plugins.benchmark_providers():
            owner = self.plugins.provider_of(ExtensionKind.BENCHMARK_PROVIDER, provider.id)
            what = f"benchmarks {provider.id!r}"
            found += self.plugins.guard(owner, what, provider.releases, year, items=BenchmarkRelease)
        return tuple(found)

    def outline(self, id: str) -> Outline:
        """Return an outline by id.

        Raises:
            UnknownNameError: If no plugin brings it.
        """
        return _named(id, {outline.id: outline for outline in self.plugins.outlines()}, "outline")

    def renderer(self, id: str) -> Renderer:
        """Return a renderer by id.

        Raises:
            UnknownNameError: If no plugin brings it.
        """
        return _named(id, {renderer.id: renderer for renderer in self.plugins.renderers()}, "format")

    def mapping(self, name: str | Path) -> Mapping:
        """Return a mapping: a file's, or the one that a plugin brings under this name.

        Raises:
            UnknownNameError: If there is neither.
            DocumentError: With every fault of the file.
        """
        path = Path(name)
        if path.suffix == ".toml" or path.is_file():
            return load_mapping(path)
        return _named(str(name), {mapping.id: mapping for mapping in self.plugins.mappings()}, "mapping")

    # -- reading

    def table(self, source: object, *, sheet: str = "", name: str = "") -> Table:
        """Take a file or a host's frame (polars, pandas, PyArrow, DuckDB) as a raw table.

        Raises:
            InputError: If no adapter can read the file, or it is no frame.
        """
        if isinstance(source, str | Path):
            return self._file(Path(source), sheet)
        try:
            nw.from_native(source)  # type: ignore[call-overload]
        except TypeError:
            raise InputError(
                Fault(
                    name or "marks",
                    f"{type(source).__name__} is no table",
                    "a path, or a polars, pandas, PyArrow or DuckDB frame",
                    "Pass one of these",
                )
            ) from None
        with reading(Path(name or "frame"), "a table", "Give every column one type: texts, numbers or days"):
            frame, unread = without_nested(from_host(source))
        return Table(name=name or "frame", frame=with_row_numbers(frame, 1), unread=unread, notes=_left_out(unread))

    def _file(self, path: Path, sheet: str) -> Table:
        adapters: Sequence[Adapter] = self.plugins.adapters()
        adapter, reason = choose_adapter(adapters, path)
        owner = self.plugins.provider_of(ExtensionKind.ADAPTER, adapter.id)
        raw = self.plugins.guard(
            owner, f"adapter {adapter.id!r}", adapter.read, path, ReadOptions(sheet=sheet), returns=RawTable
        )
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        frame, unread = without_nested(from_host(raw.frame))
        return Table(
            name=path.name,
            frame=with_row_numbers(frame, raw.first_row),
            sha256=digest,
            notes=(f"read as {adapter.title}: {reason}", *raw.notes, *_left_out(unread)),
            unread=unread,
            mapping=raw.mapping,
            adapter=adapter.id,
        )

    def _marks_mapping(self, table: Table, mapping: Mapping | str | Path | None) -> tuple[Mapping, tuple[str, ...]]:
        """Decide how marks are read; what is unsure is asked, never guessed."""
        if isinstance(mapping, Mapping):
            return mapping, ()
        if mapping is not None:
            return self.mapping(mapping), ()
        if self.configuration.mapping is not None:
            return self.configuration.mapping, ()
        if table.mapping is not None:
            return table.mapping, (f"mapping {table.mapping.id!r}, as the adapter {table.adapter!r} says",)
        from attendance_core.register.proposals import propose

        proposal = propose(table.frame, where=table.name)
        if proposal.mapping is None or not proposal.sure:
            raise LayoutError(*_asked(proposal, table, "Run: attendance init, or give a mapping (--mapping)"))
        return proposal.mapping, tuple(f"{table.name}: {reason}" for reason in proposal.reasons)

    def _pupils_mapping(self, table: Table) -> tuple[Mapping, tuple[str, ...]]:
        if self.configuration.pupils is not None:
            return self.configuration.pupils, ()
        from attendance_core.register.proposals import propose_pupils

        proposal = propose_pupils(table.frame, where=table.name, marks=self.configuration.mapping)
        if proposal.mapping is None or not proposal.sure:
            raise LayoutError(*_asked(proposal, table, "Name the column under [pupils.columns] in attendance.toml"))
        return proposal.mapping, tuple(f"{table.name}: {reason}" for reason in proposal.reasons)

    def calendars(
        self, calendar: Path | str | Iterable[CalendarDocument] | None = None
    ) -> tuple[CalendarDocument, ...]:
        """Return the calendars in force: those given, else the configuration's.

        Raises:
            DocumentError: With every fault and its key path.
        """
        if calendar is None and self.configuration.files.calendar:
            calendar = self.folder / self.configuration.files.calendar
        if isinstance(calendar, str | Path):
            documents, where = load_calendars(Path(calendar)), Path(calendar).name
        elif calendar is not None:
            documents, where = tuple(calendar), "calendar"
        else:
            documents, where = self.configuration.calendar, "attendance.toml"
        faults: list[Fault] = []
        for index, document in enumerate(documents):
            try:
                lint_calendar(document, where, within=f"calendar[{index}].")
            except DocumentError as error:
                faults += error.faults
        if faults:
            raise DocumentError(*faults)
        return documents

    def read(
        self,
        marks: object,
        *,
        pupils: object | None = None,
        calendar: Path | str | Iterable[CalendarDocument] | None = None,
        mapping: Mapping | str | Path | None = None,
        as_of: date | None = None,
        week: date | None = None,
        memberships: Iterable[Membership] = (),
        sheet: str = "",
        progress: Progress = _quiet,
    ) -> Register:
        """Read a register of session marks.

        Args:
            marks: A file, a folder of a checked register, or a frame (polars, pandas, PyArrow, DuckDB).
            pupils: The pupils file or frame; None: the configuration's, else none.
            calendar: Calendar file or documents; None: the configuration's, else inferred from the marks.
            mapping: A mapping, its name, or its file; None: the configuration's, else what the columns prove.
            as_of: Take no marks after this day; None: the last marked day.
            week: Monday of week-wide input without a week column.
            memberships: Dated cohort memberships beside the configuration's.
            sheet: Worksheet of a workbook.
            progress: Told the name of each step.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        if isinstance(marks, str | Path) and is_saved(Path(marks)):
            return load_register(Path(marks), codebooks=self.plugins.codebooks())
        progress("opening files")
        table = self.table(marks, sheet=sheet, name="marks")
        with reading(Path(table.name), "a table"):
            chosen, reasons = self._marks_mapping(table, mapping)
        _refuse_unread(table, chosen)
        if chosen.layout in (Layout.LESSON, Layout.COUNTS):
            raise LayoutError(
                Fault(
                    table.name,
                    f"is mapped as {chosen.layout.value}, which are no session marks",
                    "session marks",
                    "Use read_lessons or read_counts; the command line's report does so by itself",
                )
            )
        source, extra = self._pupils(pupils)
        named = [
            Membership(
                pupil_id=member.pupil_id,
                cohort=member.cohort,
                start=member.start,
                end=member.end,
                school_id=member.school_id,
            )
            for member in self.configuration.memberships
        ]
        with reading(Path(table.name), "a table"):
            register = read_register(
                Source(frame=table.frame, mapping=chosen, name=table.name, sha256=table.sha256),
                pupils=source,
                calendars=self.calendars(calendar),
                codebooks=self.plugins.codebooks(),
                settings=dict(self.profile.settings),
                memberships=[*named, *memberships],
                as_of=as_of,
                school=self.configuration.school.id,
                week=week,
                progress=progress,
            )
        notes = (*(f"{table.name}: {note}" for note in table.notes), *reasons, *extra)
        account = evolve(register.account, assumptions=(*notes, *register.account.assumptions))
        return evolve(register, account=account)

    def _pupils(self, pupils: object | None) -> tuple[Source | None, tuple[str, ...]]:
        if pupils is None and self.configuration.files.pupils:
            pupils = self.folder / self.configuration.files.pupils
        if pupils is None:
            return None, ()
        table = self.table(pupils, name="pupils")
        with reading(Path(table.name), "a table"):
            mapping, reasons = self._pupils_mapping(table)
        _refuse_unread(table, mapping)
        notes = tuple(f"{table.name}: {note}" for note in table.notes)
        return Source(frame=table.frame, mapping=mapping, name=table.name, sha256=table.sha256), (*notes, *reasons)

    # -- figures and reports

    def analyse(self, register: Register, *, start: date | None = None, end: date | None = None) -> Analysis:
        """Prepare an analysis of a register: the academic year so far, or the days given.

        Raises:
            FigureIdError: If the period ends before it starts.
        """
        return Analysis.of(register, self.profile, self.packs(), start=start, end=end)

    def report(
        self,
        register: Register,
        *,
        audience: str = "leaders",
        cohorts: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        progress: Progress = _quiet,
    ) -> View:
        """Build a report and make it safe for its audience.

        Args:
            register: The register.
            audience: Id of the outline.
            cohorts: Cohorts and intersections (``fsm+sen-support``) to show; none: all.
            start: First day; None: the first school day of the academic year.
            end: Last day; None: the day the register speaks to.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If an outline, cohort or measure does not exist.
        """
        outline = self.outline(audience)
        self.check_targets()
        analysis = self.analyse(register, start=start, end=end)
        material = Material(
            analysis=analysis,
            outline=outline,
            school=self.configuration.school,
            targets=self.configuration.targets,
            releases=self.releases(analysis.period.end or register.as_of),
            cohorts=tuple(cohorts),
        )
        report = build_report(material, self.provenance(register), notes=self.notes(), progress=progress)
        return self.view(report, outline, analysis)

    def view(self, report: Report, outline: Outline, analysis: Analysis | None = None) -> View:
        """Make a report safe for the outline's audience."""
        cohorts = analysis.populations.cohorts if analysis is not None else {}
        sensitive = frozenset(name for name, cohort in cohorts.items() if cohort.sensitive)
        return make_view(report, outline.audience, sensitive=sensitive)

    def check_targets(self) -> None:
        """Check that targets name measures and years that exist.

        Raises:
            DocumentError: With every fault and its key path.
        """
        faults: list[Fault] = []
        for index, target in enumerate(self.configuration.targets):
            for key, check in (("measure", lambda t: get_measure(t.measure)), ("academic_year", _year)):
                try:
                    check(target)
                except (UnknownNameError, DocumentError) as error:
                    where = f"attendance.toml: targets[{index}].{key}"
                    faults += [Fault(where, fault.what, fault.expected, fault.remedy) for fault in error.faults]
        if faults:
            raise DocumentError(*faults)

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

    def explain(self, register: Register, figure: str | FigureId) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Explain a figure: its definition and counts, and the sessions behind it.

        Returns:
            The explanation, and a frame: enrolment_id, pupil_id, school_id, date, session, code, stat, in_numerator,
            in_denominator.

        Raises:
            FigureIdError: If the id cannot be read, or lies outside the register.
            UnknownNameError: If its measure or population does not exist.
        """
        id = FigureId.parse(figure) if isinstance(figure, str) else figure
        span = register.span
        if span is None or not span.overlaps(id.period):
            raise FigureIdError(
                Fault(str(id.period), "the register holds no mark in this period", str(span), "Give the right register")
            )
        analysis = self.analyse(register, start=id.period.start, end=id.period.end)
        return explain(analysis, id), sessions(analysis, id)

    # -- what went into it

    def provenance(self, register: Register) -> Provenance:
        """Say what a report is made from, so that it can be made again."""
        profile = self.profile
        return Provenance(
            as_of=register.as_of,
            version=__version__,
            inputs=tuple((item.role, item.name, item.sha256) for item in register.account.inputs),
            definitions=(
                ("profile", profile.id),
                *profile.settings,
                ("codebooks", ", ".join(book.id for book in register.codebooks)),
                ("calendar", "inferred from the marks" if register.calendars.inferred else "given"),
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


def _left_out(unread: tuple[str, ...]) -> tuple[str, ...]:
    return (f"{len(unread)} columns that hold lists, structures or bytes were left out",) if unread else ()


def _refuse_unread(table: Table, mapping: Mapping) -> None:
    """Refuse a mapping that names columns without single values."""
    named = [(f"columns.{name}", column) for name, column in mapping.columns.items()]
    named += [(f"characteristics.{name}", column) for name, column in mapping.characteristics.items()]
    faults = [
        Fault(
            table.name,
            f"column {column!r} holds lists, structures or bytes (mapping {mapping.id!r}: {path})",
            "texts, numbers or days",
            "Export the column as text",
        )
        for path, column in named
        if column in table.unread
    ]
    if faults:
        raise LayoutError(*faults)


def _asked(proposal: "Proposal", table: Table, remedy: str) -> list[Fault]:
    """The open questions of a proposal as faults; no value of a column that is itself in question."""
    unsure = {"columns.pupil_id", "columns.code"} & {question.key for question in proposal.questions}
    asked = [one for one in proposal.questions if not unsure or one.key.partition(".")[0] not in ("values", "sessions")]
    return [Fault(f"{table.name}: {one.key}", one.text, _choices(one, table), remedy) for one in asked]


def _choices(question: "Question", table: Table) -> str:
    """The answers to a question; of the file's headings only those that cannot be somebody's id or name."""
    headings = set(table.frame.collect_schema().names())
    told = [choice for choice in question.choices if choice not in headings or len(choice) <= 3 or tellable(choice)]
    return " or ".join(told)


def _year(target: Any) -> AcademicYear:
    return AcademicYear.parse(target.academic_year)


T = TypeVar("T")


def _named(name: str, known: dict[str, T], what: str) -> T:
    if name in known:
        return known[name]
    near = alike(name, known)
    raise UnknownNameError(
        Fault(
            f"{what} {name!r}",
            "nothing provides it",
            f"one of {join_names(known, limit=30)}",
            f"Did you mean {near[0]!r}?" if near else "See: attendance plugins list",
        )
    )
