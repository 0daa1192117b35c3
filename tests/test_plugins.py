"""Plugins: the host survives them, names them, and treats its own like anybody's."""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import define, frozen

from attendance_core import __version__
from attendance_core.errors import (
    DocumentError,
    Fault,
    InputError,
    PluginClashError,
    PluginError,
    UnknownNameError,
    UnreadableFileError,
)
from attendance_core.model.cohorts import CohortPack, Test
from attendance_core.model.extensions import Adapter, BenchmarkProvider, RawTable, Renderer
from attendance_core.model.mappings import Mapping
from attendance_core.model.plugins import ExtensionKind, PluginFailure, PluginInfo, Stage, Status
from attendance_core.model.reports import RenderedFile
from attendance_core.model.sources import Standing
from attendance_core.plugins import PluginManager, hookimpl, hookspecs
from attendance_core.plugins.discovery import candidates, one_line
from attendance_core.plugins.results import PROMISES
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.reference.mappings import load_mappings

DATA = Path(__file__).parent / "data" / "plugins"
DOCS = Path(__file__).parent.parent / "docs" / "reference" / "hooks.md"
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("attendance_"))


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put folders with a hand-made dist-info on the path, as if their distributions were installed."""

    def on_path(*folders: str) -> None:
        monkeypatch.setattr(sys, "path", [*(str(DATA / folder) for folder in folders), *sys.path])
        importlib.invalidate_caches()

    yield on_path
    for name in [name for name in sys.modules if name.startswith("acme_")]:
        del sys.modules[name]


class Mappings:
    """A plugin object that brings what it was made with."""

    def __init__(self, *result: object, other: object = None) -> None:
        self.result = result

    @hookimpl
    def attendance_mappings(self) -> Iterable[Any]:
        return self.result


def info(manager: PluginManager, name: str) -> PluginInfo:
    return next(one for one in manager.plugins() if one.name == name)


def from_outside(manager: PluginManager) -> tuple[PluginFailure, ...]:
    return tuple(one for one in manager.failures() if one.distribution != "attendance-core")


def ids(values: Iterable[Any]) -> list[str]:
    return [value.id for value in values]


# The built-in plugin


def test_the_built_in_plugin_comes_through_its_entry_point() -> None:
    found = [one for one in candidates("attendance_core") if one.builtin]
    assert [(one.name, one.distribution) for one in found] == [("builtin", "attendance-core")]
    builtin = PluginManager.load().plugins()[0]
    assert builtin.builtin
    # Every rule of the package is of a kind that data can say.
    assert builtin.hooks == tuple(hook for hook in HOOKS if hook != "attendance_rules")


def test_the_built_in_plugin_brings_what_it_promises() -> None:
    manager = PluginManager.load(entry_points=False, strict=True)
    assert ids(manager.adapters()) == ["arrow", "delimited", "parquet", "spreadsheet"]
    assert ids(manager.renderers()) == ["csv", "html", "json", "md", "terminal", "xlsx"]
    assert ids(manager.codebooks()) == ["england", "foreign"]
    assert ids(manager.cohort_packs()) == ["england"]
    assert ids(manager.benchmark_providers()) == ["dfe-published"]
    assert "dfe-attendance" in ids(manager.mappings())


def test_without_entry_points_the_built_in_plugin_is_there_and_no_other(install: Callable[..., None]) -> None:
    install("good")
    (only,) = PluginManager.load(entry_points=False).plugins()
    assert (only.name, only.distribution, only.version, only.builtin) == (
        "builtin",
        "attendance-core",
        __version__,
        True,
    )


def test_without_metadata_the_built_in_plugin_is_loaded_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.distributions", lambda **_: iter(()))
    (only,) = PluginManager.load().plugins()
    assert only.builtin


def test_an_outsider_cannot_take_the_place_of_the_built_in_plugin(tmp_path: Path, install: Callable[..., None]) -> None:
    make_distribution(tmp_path, "aaa-first", "builtin = aaa_first")
    install(str(tmp_path))
    manager = PluginManager.load()
    assert manager.plugins()[0].builtin
    (failure,) = from_outside(manager)
    assert (failure.distribution, failure.stage) == ("aaa-first", Stage.CLASH)


def make_distribution(folder: Path, name: str, entry: str, version: str = "1.0") -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[attendance_core]\n{entry}\n")


# Loading


def test_a_good_plugin_brings_its_values(install: Callable[..., None]) -> None:
    install("good")
    manager = PluginManager.load(strict=True)
    good = info(manager, "good")
    assert (good.distribution, good.version, good.status, good.error) == ("acme-good", "1.2", Status.OK, "")
    assert good.hooks == ("attendance_cohorts", "attendance_mappings")
    assert ids(manager.cohort_packs()) == ["acme", "england", "zebra"]
    assert manager.provider_of(ExtensionKind.COHORT_PACK, "acme") == good
    assert manager.provider_of("mapping", "acme-daily") == good
    assert manager.provider_of("cohort-pack", "england").builtin


LOAD_FAULTS = [
    ("import-error", "broken", "acme-broken", "0.3", Stage.LOAD, "RuntimeError: the licence has run out"),
    ("missing-module", "missing", "acme-missing", "0.4", Stage.LOAD, "ModuleNotFoundError: No module named"),
    ("exits", "exits", "acme-exits", "2.0", Stage.LOAD, "SystemExit: 7"),
    ("bad-signature", "signature", "acme-signature", "1.0", Stage.REGISTER, "Argument(s) {'folder'} are declared"),
    ("unknown-hook", "typo", "acme-typo", "1.0", Stage.REGISTER, "unknown hook 'attendance_mapings'"),
    ("bad-metadata", "acme-metadata", "acme-metadata", "1.0", Stage.LOAD, "its metadata cannot be read"),
]


@pytest.mark.parametrize(("folder", "name", "distribution", "version", "stage", "error"), LOAD_FAULTS)
def test_a_plugin_that_cannot_be_loaded_is_kept_with_its_error(
    install: Callable[..., None], folder: str, name: str, distribution: str, version: str, stage: Stage, error: str
) -> None:
    install(folder, "good")
    manager = PluginManager.load()
    failed = info(manager, name)
    assert (failed.distribution, failed.version, failed.status) == (distribution, version, Status.FAILED)
    assert error in failed.error
    assert "\n" not in failed.error
    assert "Traceback" not in failed.error
    (failure,) = from_outside(manager)
    assert (failure.plugin, failure.distribution, failure.version, failure.stage, failure.hook) == (
        name,
        distribution,
        version,
        stage,
        "",
    )
    assert str(failure).startswith(f"plugin {name!r} {version} ({distribution}): {stage}: ")
    assert "acme-daily" in ids(manager.mappings()), "the good plugin beside it was loaded"


@pytest.mark.parametrize("fault", LOAD_FAULTS, ids=lambda fault: str(fault[0]))
def test_strict_mode_raises_what_failed_to_load(install: Callable[..., None], fault: tuple[str, ...]) -> None:
    install(fault[0])
    with pytest.raises(PluginError, match=re.escape(fault[5])) as caught:
        PluginManager.load(strict=True)
    assert f"Update or remove the distribution {fault[2]}" in str(caught.value)
    assert caught.value.exit_code == 3


def test_strict_mode_names_every_plugin_that_failed(install: Callable[..., None]) -> None:
    install("import-error", "unknown-hook", "twin-a", "twin-b")
    with pytest.raises(PluginError) as caught:
        PluginManager.load(strict=True)
    assert not isinstance(caught.value, PluginClashError)
    assert [fault.where for fault in caught.value.faults] == [
        "plugin 'twin' 2.0 (acme-beta)",
        "plugin 'broken' 0.3 (acme-broken)",
        "plugin 'typo' 1.0 (acme-typo)",
    ]


@pytest.mark.parametrize("order", [("twin-a", "twin-b"), ("twin-b", "twin-a")])
def test_of_two_entry_points_of_one_name_the_first_distribution_is_loaded(
    install: Callable[..., None], order: tuple[str, str]
) -> None:
    install(*order)
    manager = PluginManager.load()
    names = ids(manager.mappings())
    assert "from-alpha" in names
    assert "from-beta" not in names
    (failure,) = from_outside(manager)
    assert failure.stage is Stage.CLASH
    assert failure.distribution == "acme-beta"
    assert "acme-alpha 1.0" in failure.error
    assert "acme-beta 2.0" in failure.error
    with pytest.raises(PluginClashError, match=r"only that of acme-alpha 1\.0 is loaded"):
        PluginManager.load(strict=True)


def test_an_earlier_folder_of_the_path_hides_a_later_version(tmp_path: Path, install: Callable[..., None]) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "old").mkdir()
    make_distribution(tmp_path / "new", "acme-good", "good = acme_good", version="9.0")
    make_distribution(tmp_path / "old", "Acme_Good", "stale = acme_good", version="0.1")
    install(str(tmp_path / "new"), str(tmp_path / "old"), "good")
    manager = PluginManager.load()
    assert [(one.name, one.version) for one in manager.plugins() if not one.builtin] == [("good", "9.0")]


def test_a_distribution_without_a_name_is_still_reported(tmp_path: Path, install: Callable[..., None]) -> None:
    folder = tmp_path / "nameless-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\n")
    (folder / "entry_points.txt").write_text("[attendance_core]\nlost = acme_nowhere\n")
    install(str(tmp_path))
    assert any(failure.stage is Stage.LOAD for failure in from_outside(PluginManager.load()))


# Plugins that the host hands over


@define
class Unhashable:
    """Compared by value and mutable, so without a hash."""

    @hookimpl
    def attendance_mappings(self) -> Iterable[Mapping]:
        return ()


class Wrapping:
    @hookimpl(wrapper=True)
    def attendance_mappings(self) -> Any:
        result = yield
        return result


class Optional:
    """Knows a hook of a later version, and says that it may be missing."""

    @hookimpl(optionalhook=True)
    def attendance_tomorrow(self) -> Iterable[int]:
        return ()

    @hookimpl
    def attendance_mappings(self) -> Iterable[Mapping]:
        return ()


class Nothing:
    """Forgot the marker."""

    def attendance_mappings(self) -> Iterable[Mapping]:
        return ()


@pytest.mark.parametrize(
    ("plugin", "error"),
    [
        (Mappings, "the class Mappings where an instance of it is meant"),
        (None, "None is no plugin"),
        (Unhashable(), "unhashable type"),
        (Wrapping(), "wraps the hook 'attendance_mappings'; wrappers are refused"),
        (Nothing(), "implements no hook; mark its functions with attendance_core.plugins.hookimpl"),
    ],
)
def test_a_plugin_that_does_not_fit_is_refused(plugin: object, error: str) -> None:
    manager = PluginManager.load(entry_points=False, plugins=[plugin, Mappings(Mapping(id="sound"))])
    (failure,) = from_outside(manager)
    assert failure.stage is Stage.REGISTER
    assert error in failure.error
    assert "sound" in ids(manager.mappings())
    with pytest.raises(PluginError, match="Correct the plugin that the program hands over"):
        PluginManager.load(entry_points=False, plugins=[plugin], strict=True)


def test_a_hook_that_may_be_missing_is_no_fault() -> None:
    manager = PluginManager.load(entry_points=False, plugins=[Optional()])
    assert from_outside(manager) == ()
    assert manager.plugins()[-1].hooks == ("attendance_mappings",)


def test_a_plugin_handed_over_twice_is_loaded_once() -> None:
    plugin = Mappings(Mapping(id="sound"))
    manager = PluginManager.load(entry_points=False, plugins=[plugin, plugin])
    (failure,) = from_outside(manager)
    assert "is already loaded as plugin" in failure.error
    assert "sound" in ids(manager.mappings())


def test_plugins_that_the_host_hands_over_are_told_apart() -> None:
    module = ModuleType("acme_module")
    module.__dict__.update(__version__="4.5", attendance_mappings=hookimpl(lambda: [Mapping(id="from-module")]))
    manager = PluginManager.load(
        entry_points=False, plugins=[Mappings(Mapping(id="one")), Mappings(Mapping(id="two")), module]
    )
    assert from_outside(manager) == ()
    one, two, three = (manager.provider_of("mapping", id) for id in ("one", "two", "from-module"))
    assert one.name.endswith(".Mappings")
    assert two.name == f"{one.name} (2)"
    assert (three.name, three.version) == ("acme_module", "4.5")
    assert three.label == "plugin 'acme_module' 4.5 (given by the host)"


def test_two_managers_know_nothing_of_each_other() -> None:
    with_plugin = PluginManager.load(entry_points=False, plugins=[Mappings(Mapping(id="here"))])
    without = PluginManager.load(entry_points=False)
    assert "here" in ids(with_plugin.mappings())
    assert "here" not in ids(without.mappings())


# Calling


def test_a_plugin_that_raises_costs_only_what_that_hook_would_have_brought(install: Callable[..., None]) -> None:
    install("raises", "good")
    manager = PluginManager.load()
    assert ids(manager.cohort_packs()) == ["acme", "england", "zebra"]
    assert "acme-raises" in ids(manager.mappings())
    (failure,) = from_outside(manager)
    assert (failure.plugin, failure.distribution, failure.version, failure.stage, failure.hook, failure.error) == (
        "raises",
        "acme-raises",
        "5.1",
        Stage.CALL,
        "attendance_cohorts",
        "LookupError: no cohorts today",
    )
    assert info(manager, "raises").status is Status.FAILED


def test_wrong_results_are_named_and_the_right_ones_kept(install: Callable[..., None]) -> None:
    install("wrong-type", "good")
    manager = PluginManager.load()
    assert ids(manager.cohort_packs()) == ["acme", "england", "zebra"]
    assert "acme-sound" in ids(manager.mappings())
    failures = from_outside(manager)
    assert {failure.stage for failure in failures} == {Stage.RESULT}
    assert [failure.error for failure in failures] == [
        "returned int where a series of CohortPacks is promised",
        "returned Mapping whose id is not lower-case letters, digits, dots, hyphens and underscores",
        "returned an object of type dict where a Mapping is promised",
    ]


class Returns:
    """Returns what it was told to, from a hook of its choice."""

    def __init__(self, result: object) -> None:
        self.result = result

    @hookimpl
    def attendance_renderers(self) -> Any:
        return self.result


class Titled:
    id = "titled"
    title = "Titled"

    def render(self, view: object, options: object) -> tuple[RenderedFile, ...]:
        return ()


class NoRender:
    id = "no-render"
    title = "No render"


class Moody:
    title = "Moody"

    @property
    def id(self) -> str:
        raise OSError("not now")

    def render(self) -> None: ...


def lazily() -> Iterator[object]:
    yield Titled()
    raise ValueError("half way")


@pytest.mark.parametrize(
    ("result", "stage", "error"),
    [
        (None, Stage.RESULT, "returned None where Renderers are promised"),
        ("titled", Stage.RESULT, "returned str where a series of Renderers is promised"),
        ({"titled": Titled()}, Stage.RESULT, "returned dict where a series of Renderers is promised"),
        ([None], Stage.RESULT, "returned None is no Renderer: render, id, title missing or of the wrong type"),
        ([Titled], Stage.RESULT, "returned the class Titled where an instance of it is meant"),
        ([NoRender()], Stage.RESULT, "an object of type NoRender is no Renderer: render missing or of the wrong type"),
        ([Moody()], Stage.RESULT, "OSError: not now"),
        (lazily(), Stage.CALL, "ValueError: half way"),
    ],
)
def test_every_way_to_return_the_wrong_thing_is_a_failure(result: object, stage: Stage, error: str) -> None:
    manager = PluginManager.load(entry_points=False, plugins=[Returns(result)])
    assert "titled" not in ids(manager.renderers())
    (failure,) = from_outside(manager)
    assert (failure.stage, failure.hook) == (stage, "attendance_renderers")
    assert error in failure.error


@pytest.mark.parametrize(
    ("suffixes", "good"), [((".x",), True), ([".x"], False), (".x", False), ((1,), False), (None, False)]
)
def test_the_suffixes_of_an_adapter_are_a_tuple_of_texts(suffixes: object, good: bool) -> None:
    class Reader:
        id = "reader"
        title = "Reader"

        def sniff(self) -> None: ...
        def read(self) -> None: ...

        @hookimpl
        def attendance_adapters(self) -> list[Any]:
            return [self]

    reader = Reader()
    setattr(reader, "suffixes", suffixes)  # noqa: B010
    manager = PluginManager.load(entry_points=False, plugins=[reader])
    assert ("reader" in ids(manager.adapters())) is good
    assert [failure.error for failure in from_outside(manager)] == (
        [] if good else ["returned an object of type Reader is no Adapter: suffixes missing or of the wrong type"]
    )


def test_a_hook_is_called_once() -> None:
    calls: list[int] = []

    class Counting:
        @hookimpl
        def attendance_mappings(self) -> list[Mapping]:
            calls.append(1)
            return []

    manager = PluginManager.load(entry_points=False, plugins=[Counting()])
    assert calls == []
    assert manager.mappings() == manager.mappings()
    manager.check()
    assert calls == [1]


def test_strict_mode_raises_at_the_call_every_time(install: Callable[..., None]) -> None:
    install("raises", "wrong-type")
    manager = PluginManager.load(strict=True)
    for _ in range(2):
        with pytest.raises(PluginError) as caught:
            manager.cohort_packs()
        assert [fault.what for fault in caught.value.faults] == [
            "LookupError: no cohorts today",
            "returned int where a series of CohortPacks is promised",
        ]
    assert len(manager.check()) >= 4


# Clashes and replacements


@pytest.mark.parametrize("order", [("clash-one", "clash-two"), ("clash-two", "clash-one")])
def test_of_two_outsiders_with_one_id_neither_is_used_and_both_are_named(
    install: Callable[..., None], order: tuple[str, str]
) -> None:
    install(*order)
    manager = PluginManager.load()
    names = ids(manager.mappings())
    assert "contested" not in names
    assert {"only-one", "only-two"} <= set(names)
    one, two = from_outside(manager)
    assert (one.stage, two.stage) == (Stage.CLASH, Stage.CLASH)
    assert one.error == "the mapping id 'contested' is also given by plugin 'two' 2.0 (acme-two); none of them is used"
    assert two.error == "the mapping id 'contested' is also given by plugin 'one' 1.0 (acme-one); none of them is used"
    assert one.other is not None
    assert one.other.distribution == "acme-two"
    strict = PluginManager.load(strict=True)
    with pytest.raises(PluginClashError, match=r"plugin 'one' 1\.0 \(acme-one\): attendance_mappings: the mapping id"):
        strict.mappings()


def test_a_plugin_that_gives_one_id_twice_clashes_with_itself() -> None:
    plugin = Mappings(Mapping(id="twice", title="a"), Mapping(id="twice", title="b"))
    manager = PluginManager.load(entry_points=False, plugins=[plugin])
    assert "twice" not in ids(manager.mappings())
    (failure,) = from_outside(manager)
    assert failure.error == "the mapping id 'twice' is also given by itself; none of them is used"


def test_a_plugin_replaces_a_built_in_item_and_that_is_noted(install: Callable[..., None]) -> None:
    install("replaces")
    manager = PluginManager.load(strict=True)
    (pack,) = manager.cohort_packs()
    assert pack.title == "Ours"
    assert manager.provider_of("cohort-pack", "england").distribution == "acme-cohorts"
    assert manager.notes == (
        "The cohort-pack 'england' comes from plugin 'cohorts' 3.0 (acme-cohorts) in place of the built-in one.",
    )


def test_two_that_would_replace_a_built_in_item_leave_it_in_use() -> None:
    class Packs:
        @hookimpl
        def attendance_cohorts(self) -> list[CohortPack]:
            return [CohortPack(id="england", title="Ours")]

    manager = PluginManager.load(entry_points=False, plugins=[Packs(), Packs()])
    assert manager.cohort_packs() == (load_cohort_pack(),)
    assert manager.provider_of("cohort-pack", "england").builtin
    assert [failure.stage for failure in from_outside(manager)] == [Stage.CLASH, Stage.CLASH]
    assert manager.notes == ()


def test_order_of_registration_and_of_results_changes_nothing() -> None:
    a, b, c = (Mapping(id=id) for id in ("a", "b", "c"))
    one = PluginManager.load(entry_points=False, plugins=[Mappings(c, a), Mappings(b)])
    two = PluginManager.load(entry_points=False, plugins=[Mappings(b), Mappings(a, c)])
    assert one.mappings() == two.mappings()
    assert ids(one.mappings()) == sorted(ids(one.mappings()))


def test_an_unknown_item_is_an_unknown_name() -> None:
    with pytest.raises(
        UnknownNameError, match="cohort-pack 'wales': is provided by no plugin; expected one of england"
    ):
        PluginManager.load(entry_points=False).provider_of("cohort-pack", "wales")


# Guarded calls


PROVIDER = PluginInfo(name="reader", distribution="acme-reader", version="1.4")
CANARY = "Zebedee Quillfeather"


def reads_badly(name: str) -> None:
    raise KeyError(name)


def says_no(_: str) -> None:
    raise UnreadableFileError(Fault("marks.csv: row 3", "is cut short", "six columns", "Export it again"))


def test_a_guarded_call_returns_what_it_is_promised() -> None:
    manager = PluginManager()
    table = RawTable(frame=None)
    assert manager.guard(PROVIDER, "adapter 'x'", lambda: table, returns=RawTable) is table
    assert manager.guard(PROVIDER, "adapter 'x'", int, "3") == 3
    assert manager.guard(PROVIDER, "renderer 'x'", lambda: (), items=RenderedFile) == ()
    assert manager.failures() == ()


def test_an_input_error_passes_a_guarded_call_unchanged() -> None:
    manager = PluginManager()
    with pytest.raises(InputError, match="row 3: is cut short") as caught:
        manager.guard(PROVIDER, "adapter 'x'", says_no, CANARY)
    assert type(caught.value) is UnreadableFileError
    assert manager.failures() == ()


def test_another_exception_is_the_plugins_failure_and_quotes_no_data() -> None:
    manager = PluginManager()
    with pytest.raises(PluginError) as caught:
        manager.guard(PROVIDER, "adapter 'x'", reads_badly, CANARY)
    text = str(caught.value)
    line = inspect.getsourcelines(reads_badly)[1] + 1
    assert text == (
        f"plugin 'reader' 1.4 (acme-reader): adapter 'x': KeyError at test_plugins.py line {line}. "
        "Update or remove the distribution acme-reader."
    )
    (failure,) = manager.failures()
    assert (failure.stage, failure.hook) == (Stage.CALL, "adapter 'x'")
    assert CANARY not in repr(failure) + text + repr(manager.plugins())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__, "a host that logs the error with its traceback logs no data either"


@pytest.mark.parametrize("result", [None, [], (1,), RenderedFile(name="a", media_type="b", content=b"")])
def test_a_guarded_call_that_returns_the_wrong_thing_is_a_failure(result: object) -> None:
    manager = PluginManager()
    with pytest.raises(PluginError, match="returned something other than a tuple of RenderedFile"):
        manager.guard(PROVIDER, "renderer 'x'", lambda: result, items=RenderedFile)
    with pytest.raises(PluginError, match=f"returned {type(result).__name__} where RawTable is promised"):
        manager.guard(PROVIDER, "adapter 'x'", lambda: result, returns=RawTable)
    assert {failure.stage for failure in manager.failures()} == {Stage.RESULT}


def test_an_interrupt_from_the_keyboard_is_not_the_plugins() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    manager = PluginManager()
    with pytest.raises(KeyboardInterrupt):
        manager.guard(PROVIDER, "adapter 'x'", interrupted)
    assert manager.failures() == ()


def test_a_panic_in_a_library_is_the_plugins_failure() -> None:
    panic = type("PanicException", (BaseException,), {})  # as Rust extensions raise it

    def panics() -> None:
        raise panic("index out of bounds")

    manager = PluginManager()
    with pytest.raises(PluginError, match=r"adapter 'x': PanicException at test_plugins\.py line \d+\."):
        manager.guard(PROVIDER, "adapter 'x'", panics)
    assert len(manager.failures()) == 1


def test_control_characters_of_a_message_reach_no_terminal() -> None:
    assert one_line("a\x1b[31m\tb\r\nc") == "a [31m b c"
    assert len(one_line("long " * 500)) <= 300


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError


def test_an_exception_without_a_text_is_named_by_its_type() -> None:
    class Plugin:
        @hookimpl
        def attendance_mappings(self) -> list[Mapping]:
            raise MuteError

    manager = PluginManager.load(entry_points=False, plugins=[Plugin()])
    manager.mappings()
    assert [failure.error for failure in from_outside(manager)] == ["MuteError"]


# The hooks themselves


def signatures() -> dict[str, str]:
    tree = ast.parse(Path(inspect.getfile(hookspecs)).read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            found[node.name] = f"{node.name}({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"
    return found


def example(hook: str) -> str:
    doc = inspect.getdoc(getattr(hookspecs, hook)) or ""
    match = re.search(r"```python\n(.*?)\n *```", doc, re.DOTALL)
    assert match is not None, f"{hook} has no example"
    return inspect.cleandoc(match[1])


def test_every_kind_has_its_hook_and_every_hook_its_kind() -> None:
    assert set(PROMISES) == set(ExtensionKind)
    assert sorted(promise.hook for promise in PROMISES.values()) == HOOKS == sorted(signatures())


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_says_what_an_author_needs(hook: str) -> None:
    doc = inspect.getdoc(getattr(hookspecs, hook)) or ""
    for section in ("When called:", "Parameters:", "Returns:", "On error:", "Example:"):
        assert re.search(rf"^{section}\n    \S", doc, re.MULTILINE), f"{hook}: {section}"


@pytest.mark.parametrize("hook", HOOKS)
def test_the_example_of_every_hook_works(hook: str) -> None:
    module = ModuleType(f"acme_{hook}")
    exec(compile(example(hook), hook, "exec"), module.__dict__)  # noqa: S102
    manager = PluginManager.load(entry_points=False, plugins=[module])
    manager.check()
    assert from_outside(manager) == ()
    kind = next(kind for kind, promise in PROMISES.items() if promise.hook == hook)
    facade: dict[str, Callable[[], tuple[Any, ...]]] = {
        "attendance_adapters": manager.adapters,
        "attendance_mappings": manager.mappings,
        "attendance_codebooks": manager.codebooks,
        "attendance_cohorts": manager.cohort_packs,
        "attendance_outlines": manager.outlines,
        "attendance_benchmarks": manager.benchmark_providers,
        "attendance_renderers": manager.renderers,
        "attendance_policies": manager.policies,
        "attendance_rules": manager.rules,
        "attendance_frameworks": manager.frameworks,
        "attendance_crosswalks": manager.crosswalks,
        "attendance_pathways": manager.pathways,
    }
    brought = [item for item in facade[hook]() if manager.provider_of(kind, item.id).name == module.__name__]
    assert len(brought) == 1


@pytest.mark.parametrize("hook", HOOKS)
def test_the_reference_page_holds_every_signature_and_example_word_for_word(hook: str) -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert f"## `{signatures()[hook]}`" in page
    assert example(hook) in page


@pytest.mark.parametrize(
    ("kind", "protocol"),
    [
        (ExtensionKind.ADAPTER, Adapter),
        (ExtensionKind.RENDERER, Renderer),
        (ExtensionKind.BENCHMARK_PROVIDER, BenchmarkProvider),
    ],
)
def test_the_members_that_are_checked_are_those_of_the_protocol(kind: ExtensionKind, protocol: type) -> None:
    promise = PROMISES[kind]
    members = {name for name, value in vars(protocol).items() if inspect.isfunction(value) and name[0] != "_"}
    assert set(promise.calls) == members - {"__init__", "__subclasshook__"}
    assert {"id", *promise.texts, *promise.tuples} == set(inspect.get_annotations(protocol))


# What the built-in plugin reads


def test_the_cohorts_of_the_pack_are_those_that_schools_look_at() -> None:
    pack = load_cohort_pack()
    assert ids(pack.dimensions) == ["year-group", "sex", "form", "house", "ethnicity", "sen-status"]
    assert ids(pack.cohorts) == [
        "sen-support",
        "ehcp",
        "fsm",
        "pupil-premium",
        "eal",
        "grt",
        "looked-after",
        "previously-looked-after",
        "child-protection",
        "child-in-need",
        "social-worker",
        "young-carer",
        "ebsa",
        "managed-move",
        "back-from-exclusion",
        "health",
        "new-to-school",
        "over-compulsory-age",
    ]


def test_every_cohort_and_dimension_cites_and_asks_a_known_question() -> None:
    pack = load_cohort_pack()
    cited = [(item.id, item.cites) for item in pack.cohorts] + [(item.id, item.cites) for item in pack.dimensions]
    for id, cites in cited:
        assert cites, id
        for cite in cites:
            assert Standing(cite.standing) in (Standing.VERIFIED, Standing.LIBRARY)
    for cohort in pack.cohorts:
        assert len(cohort.columns) == 1, f"{cohort.id}: one missing column would make it unavailable"
        for predicate in cohort.all_of:
            assert bool(predicate.values) is (Test(predicate.test) is not Test.IS_YES), cohort.id
            folded = [value.casefold() for value in predicate.values]
            assert len(folded) == len(set(folded)), f"{cohort.id} lists a value twice"


def test_the_two_kinds_of_sen_share_no_value() -> None:
    support, plan = (cohort for cohort in load_cohort_pack().cohorts if cohort.columns == ("sen",))
    assert not {v.casefold() for v in support.all_of[0].values} & {v.casefold() for v in plan.all_of[0].values}


def test_shipped_mappings_have_ids_of_their_own() -> None:
    mappings = load_mappings()
    assert len({mapping.id for mapping in mappings}) == len(mappings)


def test_a_shipped_mapping_that_is_wrong_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.toml").write_text('id = "bad"\nlayuot = "day"\n', encoding="utf-8")
    monkeypatch.setattr("attendance_core.reference.mappings.FOLDER", tmp_path)
    with pytest.raises(DocumentError, match=r"bad\.toml: layuot: unknown key"):
        load_mappings()
    manager = PluginManager.load(entry_points=False)
    assert manager.mappings() == ()
    assert [failure.plugin for failure in manager.failures()] == ["builtin"]


def test_values_about_plugins_are_frozen() -> None:
    for value in (PROVIDER, PluginFailure(plugin="x", stage=Stage.CALL, error="y")):
        with pytest.raises(AttributeError):
            value.error = "changed"  # type: ignore[misc]


@frozen
class Equal:
    """Two of these are equal, and are still two plugins."""

    @hookimpl
    def attendance_mappings(self) -> Iterable[Mapping]:
        return [Mapping(id="equal")]


def test_two_equal_plugins_do_not_confuse_the_host() -> None:
    manager = PluginManager.load(entry_points=False, plugins=[Equal(), Equal()])
    assert "equal" in ids(manager.mappings())
    (failure,) = from_outside(manager)
    assert failure.stage is Stage.REGISTER
