"""The documentation tells the truth: its code runs, its reference is made from the data, its links lead somewhere."""

import importlib.util
import inspect
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from attrs import fields

import attendance_core
from attendance_core import model
from attendance_core.cli.main import run
from attendance_core.documents.converter import structure
from attendance_core.documents.versioned import DocumentKind, parse_document
from attendance_core.model.configuration import Configuration
from attendance_core.model.letters import LetterTemplate
from attendance_core.model.mappings import Mapping
from attendance_core.model.policies import Policy
from attendance_core.model.weekly import WeeklyCycle
from attendance_core.policy.cases import CaseDocument
from attendance_core.register.layouts import FIELDS
from attendance_core.support.catalogue import CATALOGUE, DIRECTORY
from tests.shared import ROOT

PAPERS = [ROOT / name for name in ("README.md", "GLOSSARY.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *PAPERS]
LABELS = {"python", "sh", "console", "toml", "text"}
#: Installing into the running environment is no test's business: `.ci/run` runs the second block as it stands, and
#: both are tried from a fresh clone before a release.
NOT_RUN = {"README.md": "Quick start"}


class Fence(NamedTuple):
    """A fenced block, where it stands, and under which headings."""

    label: str
    text: str
    line: int
    headings: tuple[str, ...]


def lines_of(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield number, text, and whether the line belongs to a fence."""
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            yield number, line, True
            inside = not inside
        else:
            yield number, line, inside


def headings_of(path: Path) -> list[tuple[int, str]]:
    """Return level and text of the headings."""
    found = [re.fullmatch(r"(#+) (.*)", line) for _, line, fenced in lines_of(path) if not fenced]
    return [(len(match[1]), match[2].strip()) for match in found if match]


def fences_of(path: Path) -> list[Fence]:
    fences: list[Fence] = []
    trail: list[tuple[int, str]] = []
    label, start, held = "", 0, list[str]()
    for number, line, fenced in lines_of(path):
        match = re.fullmatch(r"(#+) (.*)", line)
        if not fenced and match:
            trail = [(level, text) for level, text in trail if level < len(match[1])] + [(len(match[1]), match[2])]
        elif fenced and line.startswith("```"):
            if start:
                fences.append(Fence(label, "\n".join(held), start, tuple(text for _, text in trail)))
                start, held = 0, []
            else:
                label, start = line[3:].strip(), number
        elif fenced:
            held.append(line)
    assert not start, f"{path.name}: the fence of line {start} is not closed"
    return fences


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def runs(path: Path, fence: Fence) -> bool:
    skipped = NOT_RUN.get(path.name)
    return fence.label in ("python", "sh", "console") and (skipped is None or skipped not in fence.headings)


WITH_CODE = [path for path in PAGES if any(runs(path, fence) for fence in fences_of(path))]


# -- code


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the demo school, once by itself and once where the repository has it, and somebody's export."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "examples" / "school", tmp_path / "school")
    shutil.copy(ROOT / "examples" / "school" / "marks.csv", tmp_path / "my-export.csv")
    shutil.copy(ROOT / "examples" / "school" / "pupils.csv", tmp_path / "my-pupils.csv")
    return tmp_path


def command(line: str) -> int:
    """Run one line of a shell, as far as documentation needs one."""
    words = shlex.split(line, comments=True)
    if not words:
        return 0
    if words[0] == "cd":
        os.chdir(words[1])
        return 0
    assert words[0] == "attendance", f"documentation runs attendance commands only, not {line!r}"
    return run(words[1:])


def expected_status(line: str) -> int:
    match = re.search(r"# exit status (\d+)$", line)
    return int(match[1]) if match else 0


def console(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command with the output that the page shows for it."""
    line, shown = "", list[str]()
    for row in text.splitlines():
        if row.startswith("$ "):
            if line:
                yield line, shown
            line, shown = row[2:], []
        else:
            shown.append(row.rstrip())
    yield line, shown


def agrees(output: str, shown: list[str]) -> bool:
    """Whether an output is the one shown; a line ``...`` stands for any lines."""
    pattern = "".join(r"(?:.*\n)*?" if row == "..." else re.escape(row) + r"\n" for row in shown)
    text = "".join(f"{row.rstrip()}\n" for row in output.splitlines())
    return re.fullmatch(pattern, text) is not None


def run_fence(fence: Fence, where: str, names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    title = re.match(r"# ([\w./-]+\.(?:toml|py))\n", fence.text)
    if title:
        path = Path(title[1])
        path.parent.mkdir(exist_ok=True)
        path.write_text(fence.text + "\n", encoding="utf-8")
    elif fence.label == "toml":
        return  # a part of a file: its keys are tested below
    elif fence.label == "python":
        # The page's own code, which a reader would run as well.
        exec(compile("\n" * fence.line + fence.text, where, "exec"), names)  # noqa: S102
    elif fence.label == "sh":
        for line in fence.text.splitlines():
            assert command(line) == expected_status(line), f"{where}: {line}\n{capsys.readouterr().err}"
    else:
        for line, shown in console(fence.text):
            capsys.readouterr()
            status = command(line)
            printed = capsys.readouterr()
            assert status == expected_status(line), f"{where}: {line}\n{printed.err}"
            assert not shown or agrees(printed.out, shown), f"{where}: {line} printed\n{printed.out[:3000]}"


@pytest.mark.parametrize("path", WITH_CODE, ids=name_of)
def test_the_code_of_a_page_runs_from_top_to_bottom(path: Path, room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "__docs__"}
    for fence in fences_of(path):
        if runs(path, fence) or fence.label == "toml":
            run_fence(fence, f"{name_of(path)}:{fence.line}", names, capsys)


@pytest.mark.parametrize(
    ("page", "distribution", "asked", "shown"),
    [
        ("write-a-policy", "millhaven-attendance", ["policy", "list"], "millhaven 2026.1"),
        (
            "write-a-renderer-plugin",
            "acme-attendance",
            ["report", "school/marks.csv", "--format", "headlines"],
            "Attendance",
        ),
    ],
)
def test_the_plugin_of_a_page_works_once_it_is_installed(
    page: str, distribution: str, asked: list[str], shown: str, room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own files are built and laid out as an installer does; another process then meets it by its entry point."""
    pytest.importorskip("setuptools", reason="the build backend that the page names is not there")
    path = ROOT / "docs" / "how-to" / f"{page}.md"
    test_the_code_of_a_page_runs_from_top_to_bottom(path, room, capsys)
    site = room / "site"
    install = ["install_lib", "--install-dir", str(site), "install_egg_info", "--install-dir", str(site)]
    setup = [sys.executable, "-c", "import setuptools; setuptools.setup()"]
    subprocess.run([*setup, *install], check=True, capture_output=True, cwd=room)  # noqa: S603
    source = str(Path(attendance_core.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), source])}
    for words, part in ((["plugins", "list"], f"{distribution} "), (asked, shown)):
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-P", "-c", "from attendance_core.cli.main import main; main()", *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=room,
            env=environment,
        )
        assert ran.returncode == 0, ran.stderr
        assert part in ran.stdout


def test_the_pages_that_a_newcomer_reads_hold_code() -> None:
    names = {name_of(path) for path in WITH_CODE}
    assert {"README.md", "docs/tutorial.md", "docs/how-to/embed-in-a-program.md", "docs/reference/hooks.md"} <= names


def test_the_comparison_of_outputs_can_fail() -> None:
    assert agrees("a\nb  \nc\n", ["a", "...", "c"])
    assert agrees("a\n", ["a", "..."])
    assert not agrees("a\nb\n", ["a"])
    assert not agrees("a\nb\nc\n", ["a", "...", "d"])


def test_only_the_quick_start_is_not_run() -> None:
    """It holds two lines that install; everything else that looks runnable runs."""
    skipped = [
        (name_of(path), fence.headings[-1], fence.label)
        for path in PAGES
        for fence in fences_of(path)
        if fence.label in ("python", "sh", "console") and not runs(path, fence)
    ]
    assert skipped == [("README.md", "Quick start", "sh")] * 2


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_fence_says_what_it_is(path: Path) -> None:
    assert {fence.label for fence in fences_of(path)} <= LABELS


def test_the_page_of_the_program_has_every_call() -> None:
    parts = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8").split("\n## ")
    for cls in (attendance_core.Workbench, attendance_core.Analysis):
        part = next(part for part in parts if part.startswith(f"{cls.__name__}\n"))
        calls = {name for name in dir(cls) if not name.startswith("_") and callable(getattr(cls, name))}
        assert set(re.findall(r"(?m)^\| `(\w+)", part)) >= calls
    assert {"open", "read", "concerns", "open_audit", "plan_from_audit"} <= set(dir(attendance_core.Workbench))


KEYS: dict[type, set[str]] = {
    cls: {field.name for field in fields(cls)}
    for cls in (Configuration, Mapping, Policy, CaseDocument, WeeklyCycle, LetterTemplate)
}
DOCUMENTS: dict[str, DocumentKind[Any]] = {CATALOGUE.name: CATALOGUE, DIRECTORY.name: DIRECTORY}
TOML = [(path, fence) for path in PAGES for fence in fences_of(path) if fence.label == "toml"]


@pytest.mark.parametrize(("path", "fence"), TOML, ids=[f"{name_of(path)}:{fence.line}" for path, fence in TOML])
def test_toml_is_what_the_library_reads(path: Path, fence: Fence) -> None:
    data = tomllib.loads(fence.text)
    if "project" in data:
        assert "attendance_core" in data["project"]["entry-points"]
        return
    if "document" in data:
        parse_document(fence.text, DOCUMENTS[data["document"]], where=f"{name_of(path)}:{fence.line}")
        return
    cls = next((cls for cls, keys in KEYS.items() if set(data) <= keys), None)
    assert cls is not None, f"no document that the library reads: {sorted(data)}"
    structure(data, cls, where=f"{name_of(path)}:{fence.line}")


# -- links and style


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub spells them."""
    seen: Counter[str] = Counter()
    found = set()
    for _, text in headings_of(path):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def links_of(path: Path) -> list[str]:
    text = "\n".join(line for _, line, fenced in lines_of(path) if not fenced)
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`(?!\])", "", text))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in links_of(path):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert not broken


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in links_of(index)}
    missing = [name_of(path) for path in PAGES if path.resolve() not in reached | {index, ROOT / "README.md"}]
    assert not missing


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "hooks.md"], ids=name_of)
def test_prose_has_one_sentence_a_line(path: Path) -> None:
    offenders = [
        f"{number}: {line}"
        for number, line, fenced in lines_of(path)
        if not fenced and not line.startswith(("|", "-", "Last checked")) and re.search(r"[a-z)`][.?!] [A-Z]", line)
    ]
    assert not offenders, "\n".join(offenders)


# -- the reference


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "tools" / "make_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", list(sys.path))
        spec.loader.exec_module(module)
    return module


def test_the_reference_is_made_from_the_data(maker: ModuleType) -> None:
    pages: dict[Path, str] = maker.render()
    assert len(pages) > 10
    stale = [name_of(path) for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"run python tools/make_reference.py: {', '.join(stale)}"


def test_every_error_says_what_to_do(maker: ModuleType) -> None:
    silent = [
        cls.__name__ for cls in maker.program.error_classes() if "What to do: " not in (inspect.getdoc(cls) or "")
    ]
    assert not silent
    assert len({cls.code for cls in maker.program.error_classes()}) == len(maker.program.error_classes())


def test_every_field_of_a_mapping_has_a_meaning(maker: ModuleType) -> None:
    days = {name for name in FIELDS if re.fullmatch(r"\w+day_[ap]m", name)}
    assert not FIELDS - days - set(maker.written.FIELD_MEANS)


def test_every_public_name_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert [name for name in attendance_core.__all__ if f"`{name}`" not in text] == []


# -- the glossary

GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
#: The vocabulary of the design, each word with one meaning.
WORDS = """
register, mark, session, code, codebook, enrolment, cohort, membership, calendar, school week, half term, tally,
measure, figure, profile, policy, school policy document, rule, concern, register check, tier, pathway, support
plan, review, contact, referral, statutory step, arrangement, ledger, framework, section, item, audit, response,
rating, status rule, crosswalk, improvement plan, objective, action, target, outline, audience, view, report,
renderer, adapter
"""


def public_classes() -> set[str]:
    found = set()
    for info in pkgutil.iter_modules(model.__path__):
        module = import_module(f"{model.__name__}.{info.name}")
        found |= {
            name
            for name, cls in vars(module).items()
            if inspect.isclass(cls) and cls.__module__ == module.__name__ and not name.startswith("_")
        }
    return found


def test_every_class_of_the_model_has_one_place_in_the_glossary() -> None:
    named = Counter(re.findall(r"`([A-Z]\w*)`", GLOSSARY))
    classes = public_classes()
    assert sorted(classes - set(named)) == []
    # AM and PM are the only other words written as code.
    assert sorted(set(named) - classes - {"AM", "PM"}) == []
    assert [name for name, times in named.items() if times > 1] == []


def test_every_word_of_the_design_is_explained_once() -> None:
    entries = Counter(match.lower() for match in re.findall(r"^\*\*([^*]+)\*\*", GLOSSARY, re.MULTILINE))
    assert [word for word in " ".join(WORDS.split()).split(", ") if word not in entries] == []
    assert [word for word, times in entries.items() if times > 1] == []


# -- examples


def run_example(name: str, folder: Path) -> list[str]:
    script = ROOT / "examples" / name
    done = subprocess.run(  # noqa: S603 - the example itself
        [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_ten_lines_embed_the_library(tmp_path: Path) -> None:
    lines = run_example("embed.py", tmp_path)
    assert len(lines) == 4
    assert re.fullmatch(r"Attendance: \d+\.\d % \([\d,]+ of [\d,]+\)", lines[0])
    code = (ROOT / "examples" / "embed.py").read_text(encoding="utf-8").split('"""')[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    assert list(tmp_path.iterdir()) == [], "an embedded library writes nothing by itself"


def test_the_evaluation_of_audits_finds_the_item_that_matters_and_warns(tmp_path: Path) -> None:
    """Forty invented schools: the made effect lies in its interval, and no other item stands after correction."""
    pytest.importorskip("statsmodels")
    lines = run_example("evaluate_audits.py", tmp_path)
    found = {line.split()[0]: line for line in lines[2:20]}
    assert len(found) == 18
    assert [item for item, line in found.items() if line.endswith("<- stands")] == ["2.3"]
    low, high = (float(word) for word in re.findall(r"[-+]\d+\.\d", found["2.3"])[1:])
    assert low < -8.0 < high
    assert lines[-2].startswith("18 questions were asked at once: ")
    assert lines[-2].endswith("1 stand after correction.")
    assert "no table of audits can say" in lines[-1]
    assert list(tmp_path.iterdir()) == []


def test_every_engine_of_a_host_gives_the_same_figure(tmp_path: Path) -> None:
    told = dict(line.split(": ") for line in run_example("host_frames.py", tmp_path))
    assert {"polars", "pandas", "pyarrow", "duckdb"} <= set(told)
    assert len(set(told.values())) == 1
