"""The manager: loads plugins one by one, calls them one by one, keeps every failure, and goes on."""

import importlib
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeVar, cast

import pluggy
from attrs import evolve

from attendance_core import __version__
from attendance_core.errors import AttendanceError, Fault, PluginError, UnknownNameError, join_names
from attendance_core.model.codes import Codebook
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.extensions import Adapter, BenchmarkProvider, Renderer, RuleFinder
from attendance_core.model.frameworks import Framework
from attendance_core.model.mappings import Mapping
from attendance_core.model.plugins import ExtensionKind, PluginFailure, PluginInfo, Stage, Status
from attendance_core.model.policies import Policy
from attendance_core.model.reports import Outline
from attendance_core.model.support_tiers import Pathway
from attendance_core.plugins import hookspecs
from attendance_core.plugins.discovery import BUILTIN, LOADING, candidates, describe, one_line, place, survivable
from attendance_core.plugins.results import PROMISES, Promise, WrongResultError, error_of, problem, series

T = TypeVar("T")

_OWN = PluginInfo(name="builtin", distribution="attendance-core", version=__version__, builtin=True)


class PluginManager:
    """The plugins of one workbench. There is no shared one: two managers know nothing of each other.

    Attributes:
        strict: Failures raise instead of being kept only.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._infos: list[PluginInfo] = []
        self._members: list[tuple[object, PluginInfo]] = []
        self._failures: list[PluginFailure] = []
        self._found: dict[ExtensionKind, dict[str, tuple[Any, PluginInfo]]] = {}
        self._notes: dict[str, None] = {}

    @classmethod
    def load(
        cls, *, entry_points: bool = True, plugins: Iterable[object] = (), strict: bool = False
    ) -> "PluginManager":
        """Load the built-in plugin, the installed ones, and those that the host hands over.

        Args:
            entry_points: Load the plugins of installed distributions. The built-in one is always loaded.
            plugins: Modules, or instances of classes, with hook implementations.
            strict: Raise when anything fails, now or at a later call.

        Raises:
            PluginError: In strict mode, with one fault for each plugin that failed.
            PluginClashError: In strict mode, if all that failed were clashes of names.
        """
        manager = cls(strict=strict)
        if entry_points:
            manager._load_entry_points()
        if not any(info.builtin for info in manager._infos):
            # Run from a source tree without metadata, or without entry points: the same module, by its name.
            manager._load(lambda: importlib.import_module(BUILTIN), _OWN)
        for plugin in plugins:
            manager._register(plugin, manager._given(plugin))
        if strict and manager._failures:
            raise error_of(manager.failures())
        return manager

    def adapters(self) -> tuple[Adapter, ...]:
        """Return the readers of files, by id."""
        return cast(tuple[Adapter, ...], self._items(ExtensionKind.ADAPTER))

    def mappings(self) -> tuple[Mapping, ...]:
        """Return the mappings that have a name, by id."""
        return cast(tuple[Mapping, ...], self._items(ExtensionKind.MAPPING))

    def codebooks(self) -> tuple[Codebook, ...]:
        """Return the codebooks, by id."""
        return cast(tuple[Codebook, ...], self._items(ExtensionKind.CODEBOOK))

    def cohort_packs(self) -> tuple[CohortPack, ...]:
        """Return the packs of cohorts, by id."""
        return cast(tuple[CohortPack, ...], self._items(ExtensionKind.COHORT_PACK))

    def outlines(self) -> tuple[Outline, ...]:
        """Return the outlines of reports, by id."""
        return cast(tuple[Outline, ...], self._items(ExtensionKind.OUTLINE))

    def benchmark_providers(self) -> tuple[BenchmarkProvider, ...]:
        """Return the providers of published figures, by id."""
        return cast(tuple[BenchmarkProvider, ...], self._items(ExtensionKind.BENCHMARK_PROVIDER))

    def renderers(self) -> tuple[Renderer, ...]:
        """Return the output formats, by id."""
        return cast(tuple[Renderer, ...], self._items(ExtensionKind.RENDERER))

    def policies(self) -> tuple[Policy, ...]:
        """Return the policies, by id."""
        return cast(tuple[Policy, ...], self._items(ExtensionKind.POLICY))

    def rules(self) -> tuple[RuleFinder, ...]:
        """Return the rules that work concerns out themselves, by id."""
        return cast(tuple[RuleFinder, ...], self._items(ExtensionKind.RULE))

    def frameworks(self) -> tuple[Framework, ...]:
        """Return the framework packs, by id."""
        return cast(tuple[Framework, ...], self._items(ExtensionKind.FRAMEWORK))

    def crosswalks(self) -> tuple[Crosswalk, ...]:
        """Return the crosswalks between frameworks, by id."""
        return cast(tuple[Crosswalk, ...], self._items(ExtensionKind.CROSSWALK))

    def pathways(self) -> tuple[Pathway, ...]:
        """Pathways."""
        return cast(tuple[Pathway, ...], self._items(ExtensionKind.PATHWAY))

    def provider_of(self, kind: ExtensionKind | str, id: str) -> PluginInfo:
        """Return the plugin that an item came from.

        Raises:
            UnknownNameError: If no plugin brought it.
        """
        found = self._collect(ExtensionKind(kind))
        if id not in found:
            raise UnknownNameError(
                Fault(
                    f"{ExtensionKind(kind)} {one_line(id, limit=60)!r}",
                    "is provided by no plugin",
                    f"one of {join_names(found, limit=30)}" if found else "",
                    "`attendance plugins list` shows what is installed and what failed",
                )
            )
        return self._current(found[id][1])

    def plugins(self) -> tuple[PluginInfo, ...]:
        """Return every plugin, loaded or not: the built-in one first, then by distribution and name.

        The status covers what has happened so far; ``check`` calls every hook first.
        """
        infos = sorted(self._infos, key=lambda info: (not info.builtin, info.distribution, info.name))
        return tuple(self._current(info) for info in infos)

    def failures(self) -> tuple[PluginFailure, ...]:
        """Return what has failed so far, by distribution, plugin and hook."""
        return tuple(sorted(self._failures, key=lambda one: (one.distribution, one.plugin, one.hook, one.error)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of results should know: which built-in items a plugin has replaced."""
        return tuple(self._notes)

    def check(self) -> tuple[PluginFailure, ...]:
        """Call every hook, and return all failures. Raises nothing, not even in strict mode."""
        for kind in PROMISES:
            self._collect(kind)
        return self.failures()

    def guard(
        self,
        provider: PluginInfo,
        what: str,
        function: Callable[..., T],
        *args: Any,
        returns: type | None = None,
        items: type | None = None,
    ) -> T:
        """Call something that a plugin brought.

        Args:
            provider: The plugin, from ``provider_of``.
            what: What is called, for messages, such as ``renderer 'html'``.
            function: The bound method.
            *args: Its arguments.
            returns: Class that the result must have; None to leave it unchecked.
            items: Class of each item of a result that is a tuple.

        Raises:
            AttendanceError: What the function raises of that family, unchanged: it is about the input.
            PluginError: For any other exception, and for a result of the wrong type. The text holds the exception's
                type and place but not its message, which may quote a pupil's data.
        """
        try:
            result = function(*args)
        except AttendanceError:
            raise
        except BaseException as error:
            if not survivable(error):
                raise
            text = f"{type(error).__name__} {place(error.__traceback__)}".strip()
            raise error_of([self._fail(provider, Stage.CALL, text, what)]) from None
        wrong = ""
        if returns is not None and not isinstance(result, returns):
            wrong = f"returned {type(result).__name__} where {returns.__name__} is promised"
        elif items is not None and not (isinstance(result, tuple) and all(isinstance(one, items) for one in result)):
            wrong = f"returned something other than a tuple of {items.__name__}"
        if wrong:
            raise error_of([self._fail(provider, Stage.RESULT, wrong, what)])
        return result

    def checked(self, provider: PluginInfo, what: str, check: Callable[..., T], *args: Any) -> T:
        """Check a result by a function that raises ``PluginError``, and keep what is wrong as the plugin's failure.

        Raises:
            PluginError: With every fault of the result.
        """
        try:
            return check(*args)
        except PluginError as error:
            for fault in error.faults:
                self._fail(provider, Stage.RESULT, f"{fault.what}; expected {fault.expected}", what)
            raise

    # Loading

    def _load_entry_points(self) -> None:
        for one in candidates(hookspecs.PROJECT):
            info = PluginInfo(name=one.name, distribution=one.distribution, version=one.version, builtin=one.builtin)
            if one.entry is None:
                self._infos.append(info)
                self._fail(info, Stage.LOAD, one.error)
            elif one.clash:
                self._infos.append(info)
                self._fail(
                    info,
                    Stage.CLASH,
                    f"the entry point {one.name!r} is offered by {one.clash} and by "
                    f"{one.distribution} {one.version}; only that of {one.clash} is loaded",
                )
            else:
                self._load(one.entry.load, info)

    def _load(self, load: Callable[[], object], info: PluginInfo) -> None:
        try:
            plugin = load()
        except LOADING as error:
            self._infos.append(info)
            self._fail(info, Stage.LOAD, describe(error))
            return
        self._register(plugin, info)

    def _register(self, plugin: object, info: PluginInfo) -> None:
        try:
            wrong = self._unusable(plugin)
            if not wrong:
                self._pluggy.register(plugin, name=f"{info.distribution}/{info.name}")
                wrong = self._misfit(plugin)
                if wrong:
                    self._pluggy.unregister(plugin)
        except LOADING as error:
            wrong = describe(error)
        if wrong:
            self._infos.append(info)
            self._fail(info, Stage.REGISTER, wrong)
            return
        callers = self._pluggy.get_hookcallers(plugin) or []
        info = evolve(info, hooks=tuple(sorted(caller.name for caller in callers if caller.has_spec())))
        self._infos.append(info)
        self._members.append((plugin, info))

    def _unusable(self, plugin: object) -> str:
        if plugin is None:
            return "None is no plugin"
        if isinstance(plugin, type):
            return f"the class {plugin.__name__} where an instance of it is meant"
        for member, info in self._members:
            if member is plugin:
                return f"is already loaded as {info.label}"
        hash(plugin)  # pluggy keeps plugins in sets: one that cannot be hashed would fail later, in every call
        return ""

    def _misfit(self, plugin: object) -> str:
        """Say why a registered plugin does not fit the hooks, or nothing."""
        callers = self._pluggy.get_hookcallers(plugin) or []
        known = [promise.hook for promise in PROMISES.values()]
        for caller in callers:
            for implementation in caller.get_hookimpls():
                if implementation.plugin is not plugin:
                    continue
                if not caller.has_spec() and not implementation.optionalhook:
                    return f"implements the unknown hook {caller.name!r}; the hooks are {join_names(known)}"
                if implementation.wrapper or implementation.hookwrapper:
                    return f"wraps the hook {caller.name!r}; wrappers are refused, since plugins are called apart"
        if not any(caller.has_spec() for caller in callers):
            return "implements no hook; mark its functions with attendance_core.plugins.hookimpl"
        return ""

    def _given(self, plugin: object) -> PluginInfo:
        """Name a plugin that the host handed over."""
        kind = plugin if isinstance(plugin, type) else type(plugin)
        name = plugin.__name__ if isinstance(plugin, ModuleType) else f"{kind.__module__}.{kind.__qualname__}"
        taken = [info.name for info in self._infos if not info.distribution]
        count = sum(one == name or one.startswith(f"{name} (") for one in taken)
        version = plugin.__dict__.get("__version__", "") if isinstance(plugin, ModuleType) else ""
        return PluginInfo(
            name=f"{name} ({count + 1})" if count else name, version=version if isinstance(version, str) else ""
        )

    # Calling

    def _items(self, kind: ExtensionKind) -> tuple[Any, ...]:
        found = self._collect(kind)
        if self.strict:
            failed = [failure for failure in self.failures() if failure.hook == PROMISES[kind].hook]
            if failed:
                raise error_of(failed)
        return tuple(item for item, _ in found.values())

    def _collect(self, kind: ExtensionKind) -> dict[str, tuple[Any, PluginInfo]]:
        """Return the items of a kind by id, sorted, each with its provider; call the hook if nobody has."""
        if kind in self._found:
            return self._found[kind]
        promise = PROMISES[kind]
        offers: dict[str, list[tuple[Any, PluginInfo]]] = {}
        for plugin, info in self._members:
            if promise.hook in info.hooks:
                for id, item in self._offered(plugin, info, promise):
                    offers.setdefault(id, []).append((item, info))
        found: dict[str, tuple[Any, PluginInfo]] = {}
        for id in sorted(offers):
            chosen = self._choose(id, offers[id], kind)
            if chosen is not None:
                found[id] = chosen
        self._found[kind] = found
        return found

    def _offered(self, plugin: object, info: PluginInfo, promise: Promise) -> list[tuple[str, Any]]:
        """Call one plugin's hook, alone, and keep the items that are as promised."""
        others = [other for other, _ in self._members if other is not plugin]
        try:
            caller = self._pluggy.subset_hook_caller(promise.hook, others)
            results: list[Any] = caller()
            items = [item for result in results for item in series(result, promise)]
        except WrongResultError as error:
            self._fail(info, Stage.RESULT, str(error), promise.hook)
            return []
        except LOADING as error:
            self._fail(info, Stage.CALL, describe(error), promise.hook)
            return []
        if len(results) < len(caller.get_hookimpls()):  # pluggy leaves None out of the results
            self._fail(info, Stage.RESULT, f"returned None where {promise.name}s are promised", promise.hook)
        good: list[tuple[str, Any]] = []
        for item in items:
            try:
                wrong = problem(item, promise)
                if not wrong:
                    good.append((item.id, item))
            except LOADING as error:
                wrong = describe(error)
            if wrong:
                self._fail(info, Stage.RESULT, f"returned {wrong}", promise.hook)
        return good

    def _choose(
        self, id: str, offers: list[tuple[Any, PluginInfo]], kind: ExtensionKind
    ) -> tuple[Any, PluginInfo] | None:
        """Return the item to use: an outsider's before the built-in one; of two outsiders' neither."""
        own = [offer for offer in offers if offer[1].builtin]
        outside = [offer for offer in offers if not offer[1].builtin]
        for group in (outside, own):
            for position, (_, info) in enumerate(group if len(group) > 1 else []):
                others = [other for number, (_, other) in enumerate(group) if number != position]
                names = " and by ".join(dict.fromkeys("itself" if one == info else one.label for one in others))
                text = f"the {kind} id {id!r} is also given by {names}; none of them is used"
                self._fail(info, Stage.CLASH, text, PROMISES[kind].hook, other=others[0])
        if len(outside) == 1:
            if own:
                self._notes[f"The {kind} {id!r} comes from {outside[0][1].label} in place of the built-in one."] = None
            return outside[0]
        return own[0] if len(own) == 1 else None

    # Keeping

    def _fail(
        self, info: PluginInfo, stage: Stage, error: str, hook: str = "", other: PluginInfo | None = None
    ) -> PluginFailure:
        failure = PluginFailure(
            plugin=info.name,
            version=info.version,
            distribution=info.distribution,
            stage=stage,
            hook=hook,
            error=error,
            other=other,
        )
        if failure not in self._failures:
            self._failures.append(failure)
        return failure

    def _current(self, info: PluginInfo) -> PluginInfo:
        own = [
            f"{failure.hook}: {failure.error}" if failure.hook else failure.error
            for failure in self.failures()
            if (failure.plugin, failure.distribution) == (info.name, info.distribution)
        ]
        return evolve(info, status=Status.FAILED, error="; ".join(own)) if own else info
