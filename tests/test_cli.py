"""The command line: every command, format and exit status, run as a user or a program runs it."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import html

from attendance_core import __version__
from attendance_core.cli import main as cli
from attendance_core.workbench import Workbench
from tests import commands
from tests.commands import attendance

BAD = Path(__file__).parent / "data" / "bad_registers"
PLUGINS = Path(__file__).parent / "data" / "plugins"
FIGURE = "attendance/all/2025-09-01..2025-09-05/year-to-date"
CODE = "import sys; from attendance_core.cli.main import main; main()"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo school of five pupils."""
    folder = tmp_path_factory.mktemp("work") / "demo"
    ran = attendance("demo", "--pupils", 5, "--seed", 3, "--out", folder)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [str(path) for path in (folder / line for line in _names(ran.out))]
    return folder


def _names(out: str) -> list[str]:
    return [Path(line).name for line in out.splitlines()]


def program(*arguments: object, **more: Any) -> "subprocess.CompletedProcess[bytes]":
    """Run the command line as a process of its own."""
    command = [sys.executable, "-c", CODE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **more)  # noqa: S603


# --- what a newcomer does ---------------------------------------------------------------------------------------------


def test_help_and_version_name_every_command() -> None:
    ran = attendance("--help")
    assert ran.status == 0
    for name in ("report", "check", "init", "explain", "reconcile", "codes", "plugins", "demo"):
        assert f"  {name} " in ran.out
        assert attendance(name, "--help").status == 0
    assert "0 fine, 1 findings in the data, 2 unusable input, 3 a plugin failed" in " ".join(ran.out.split())
    assert attendance("--version").out == f"attendance, version {__version__}\n"


def test_the_demo_writes_a_school_and_its_report(school: Path) -> None:
    names = {path.name for path in school.iterdir()}
    assert names >= {"marks.csv", "pupils.csv", "calendar.toml", "attendance.toml", "truth.json", "report.html"}
    truth = json.loads((school / "truth.json").read_text("utf-8"))
    assert truth
    ran = attendance("check", "marks.csv", "--format", "json", folder=school)
    assert ran.data["conserved"]
    assert ran.data["enrolments"] >= 5


def test_equal_seeds_write_equal_files(school: Path, tmp_path: Path) -> None:
    ran = attendance("demo", "--pupils", 5, "--seed", 3, "--out", tmp_path / "again", "--format", "json")
    assert ran.data["seed"] == 3
    for name in ("marks.csv", "pupils.csv", "calendar.toml", "truth.json"):
        assert (tmp_path / "again" / name).read_bytes() == (school / name).read_bytes()
    assert {Path(path).name for path in ran.data["files"]} == {path.name for path in school.iterdir()}


FORMATS = {"html": "report.html", "xlsx": "report.xlsx", "md": "report.md", "json": "report.json"}


def _opens(format: str, content: bytes) -> bool:
    """Whether a report can be opened as what it is."""
    if format == "html":
        return html.fromstring(content.decode("utf-8")).find(".//h1") is not None
    if format == "xlsx":
        return len(openpyxl.load_workbook(io.BytesIO(content)).sheetnames) > 1
    if format == "json":
        return "report" in json.loads(content)
    return len(content.decode("utf-8").splitlines()) > 30


@pytest.mark.parametrize("format", [*FORMATS, "terminal"])
def test_reports_go_to_a_file_and_to_a_pipe(school: Path, tmp_path: Path, format: str) -> None:
    out = tmp_path / "deep" / FORMATS.get(format, "report.txt")
    ran = attendance("report", "marks.csv", "--format", format, "--out", out, folder=school)
    assert ran.status in (0, 1)
    assert ran.out == ""
    assert f"Wrote {out}" in ran.err
    assert _opens(format, out.read_bytes())
    piped = program("report", "marks.csv", "--format", format, cwd=school)
    assert piped.returncode == ran.status
    assert _opens(format, piped.stdout)
    assert b"Wrote" not in piped.stderr


def test_the_ending_of_out_chooses_the_format(school: Path, tmp_path: Path) -> None:
    for format, name in FORMATS.items():
        ran = attendance("report", "marks.csv", "--out", tmp_path / name, folder=school)
        assert ran.status in (0, 1)
        assert _opens(format, (tmp_path / name).read_bytes())
    attendance("report", "marks.csv", "--format", "md", "--out", tmp_path / "report.other", folder=school)
    assert _opens("md", (tmp_path / "report.other").read_bytes())


def test_csv_is_a_folder(school: Path, tmp_path: Path) -> None:
    ran = attendance("report", "marks.csv", "--format", "csv", "--out", tmp_path / "tidy", folder=school)
    assert ran.status in (0, 1)
    names = {path.name for path in (tmp_path / "tidy").iterdir()}
    assert names > {"figures.csv", "comparisons.csv", "about.csv"}
    assert all(f"Wrote {tmp_path / 'tidy' / name}" in ran.err for name in names)
    ran = attendance(
        "report", school / "marks.csv", "--config", school / "attendance.toml", "--format", "csv", folder=tmp_path
    )
    assert (tmp_path / "attendance-report" / "figures.csv").is_file()


def test_both_audiences_have_a_report(school: Path) -> None:
    leaders = attendance("report", "marks.csv", "--format", "md", folder=school)
    governors = attendance("report", "marks.csv", "--format", "md", "--audience", "governors", folder=school)
    assert leaders.out != governors.out
    numbers = {line.split(",")[0] for line in (school / "pupils.csv").read_text("utf-8").splitlines()[1:]}
    assert not [number for number in numbers if number in governors.out]


def test_periods_and_cohorts_are_chosen(school: Path) -> None:
    ran = attendance(
        "report",
        "marks.csv",
        "--format",
        "json",
        "--from",
        "2025-09-08",
        "--to",
        "2025-10-10",
        "--cohort",
        "fsm",
        "--cohort",
        "fsm+sen-support",
        folder=school,
    )
    assert ran.status in (0, 1)
    assert "/fsm/2025-09-08..2025-10-10/" in ran.out
    assert "Eligible for free school meals and SEN support" in ran.out
    assert "/pupil-premium/" not in ran.out


# --- the configuration ------------------------------------------------------------------------------------------------


def test_the_configuration_is_found_from_the_working_folder_upward(school: Path, tmp_path: Path) -> None:
    below = school / "exports" / "autumn"
    below.mkdir(parents=True, exist_ok=True)
    marks = school / "marks.csv"
    found = attendance("check", marks, "--format", "json", folder=below).data
    assert {one["role"] for one in found["inputs"]} == {"marks", "pupils"}
    assert attendance("check", marks, "--format", "json", folder=school).data == found
    # Beside the file is not upward from the working folder.
    elsewhere = attendance("check", marks, "--format", "json", folder=tmp_path)
    assert elsewhere.out
    if elsewhere.status != 2:
        assert {one["role"] for one in elsewhere.data["inputs"]} == {"marks"}
    named = attendance("check", marks, "--config", school / "attendance.toml", "--format", "json", folder=tmp_path)
    assert named.data == found


def test_the_nearest_configuration_counts(school: Path) -> None:
    nearer = school / "nearer"
    nearer.mkdir(exist_ok=True)
    (nearer / "attendance.toml").write_text("[school]\nphase = 1\n")
    ran = attendance("check", school / "marks.csv", folder=nearer)
    assert ran.status == 2
    assert "attendance.toml: school.phase" in ran.err


# --- JSON and pipes ---------------------------------------------------------------------------------------------------

COMMANDS: list[tuple[str, list[object]]] = [
    ("check", ["check", BAD / "good.csv"]),
    ("check with findings", ["check", BAD / "conflicting_twins.csv"]),
    ("report", ["report", BAD / "good.csv"]),
    ("explain", ["explain", FIGURE, BAD / "good.csv"]),
    ("codes", ["codes"]),
    ("codes on a day", ["codes", "--on", "2026-01-01"]),
    ("plugins", ["plugins", "list"]),
]


@pytest.mark.parametrize("arguments", [case[1] for case in COMMANDS], ids=[case[0] for case in COMMANDS])
def test_every_command_prints_json(arguments: list[object]) -> None:
    ran = attendance(*arguments, "--format", "json")
    assert ran.status in (0, 1)
    assert ran.data
    assert attendance(*arguments, "--format=json").out == ran.out
    assert "error" not in ran.err


@pytest.mark.parametrize("arguments", [case[1] for case in COMMANDS], ids=[case[0] for case in COMMANDS])
def test_nothing_is_cut_coloured_or_spun_when_piped(arguments: list[object]) -> None:
    narrow = program(*arguments, env={**os.environ, "COLUMNS": "30", "FORCE_COLOR": "1", "TERM": "xterm"})
    wide = program(*arguments, env={**os.environ, "COLUMNS": "300"})
    assert narrow.stdout == wide.stdout
    assert b"\x1b" not in narrow.stdout + narrow.stderr
    assert "\N{HORIZONTAL ELLIPSIS}".encode() not in narrow.stdout
    assert narrow.stderr in (b"", *(line + b"\n" for line in narrow.stderr.splitlines() if line.startswith(b"As of ")))


def test_long_cells_survive_whole(tmp_path: Path) -> None:
    pupil = "P" + "x" * 12_000
    marks = tmp_path / "marks.csv"
    marks.write_text(f"UPN,Date,Session,Mark\n{pupil},2025-09-01,AM,I\n{pupil},2025-09-01,PM,\\\n")
    ran = attendance(
        "explain", "absence/all/2025-09-01..2025-09-05/year-to-date", marks, "--mapping", BAD / "mapping.toml"
    )
    assert ran.status == 0
    assert [line for line in ran.out.splitlines() if pupil in line and line.split()[2:4] == ["AM", "I"]]
    codes = attendance("codes").out
    for row in attendance("codes", "--format", "json").data:
        assert row["description"] in codes


def test_control_characters_of_a_file_do_nothing_to_a_terminal(tmp_path: Path) -> None:
    marks = tmp_path / "marks.csv"
    rows = "".join(f"P\x1b[2J{n},2025-09-0{n},AM,I\n" for n in range(1, 5))
    marks.write_text("UPN,Date,Session,Mark\n" + rows)
    ran = attendance(
        "explain", "absence/all/2025-09-01..2025-09-05/year-to-date", marks, "--mapping", BAD / "mapping.toml"
    )
    assert ran.status == 0
    assert "P\\x1b[2J1" in ran.out
    assert "\x1b" not in ran.out


def test_output_is_utf8_whatever_the_pipe_says(tmp_path: Path) -> None:
    marks = tmp_path / "märks.csv"
    marks.write_text("UPN,Date,Session,Mark\nZoë,2025-09-01,AM,I\nZoë,2025-09-02,AM,/\n", "utf-8")
    ran = program(
        "explain",
        "absence/all/2025-09-01..2025-09-05/year-to-date",
        marks,
        "--mapping",
        BAD / "mapping.toml",
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert ran.returncode == 0, ran.stderr
    assert "|Zoë|2025-09-01" in ran.stdout.decode("utf-8")
    ran = program("check", tmp_path / "nowhere-\N{SNOWMAN}.csv", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 2
    assert "nowhere-\N{SNOWMAN}.csv: there is no such file" in ran.stderr.decode("utf-8")


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", CODE, "codes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.read(20)
        started.stdout.close()
        assert started.stderr.read() == b""
        assert started.wait(60) == 0


class _Terminal(commands._Pipe):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attendance("check", BAD / "good.csv").err == ""
    shown = _Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown)
    assert cli.run(["check", str(BAD / "good.csv"), "--format", "json"]) == 0
    assert "starting" in shown.text()


def test_a_table_on_a_terminal_fits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _Terminal()
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", shown)
    assert cli.run(["codes", "--on", "2025-09-01"]) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.text()).splitlines()
    assert max(map(len, lines[1:])) <= 60 < len(lines)


# --- exit statuses ----------------------------------------------------------------------------------------------------


def test_statuses_tell_fine_findings_and_unusable_apart() -> None:
    assert attendance("check", BAD / "good.csv").status == 0
    assert attendance("check", BAD / "identical_twins.csv").status == 1
    assert attendance("report", BAD / "identical_twins.csv", "--format", "md").status == 1
    assert attendance("check", BAD / "header_only.csv").status == 2
    assert program("check", BAD / "good.csv").returncode == 0
    assert program("check", BAD / "identical_twins.csv").returncode == 1
    assert program("check", BAD / "header_only.csv").returncode == 2


USAGE: list[tuple[list[object], str]] = [
    (["frob"], "No such command 'frob'"),
    (["report"], "Missing argument 'MARKS'"),
    (["report", BAD / "good.csv", "--from", "nonsense"], "write it as 2025-09-01"),
    (["report", BAD / "good.csv", "--as-of", "2025-02-30"], "write it as 2025-09-01"),
    (["codes", "--on", "2024-13-01"], "write it as 2025-09-01"),
    (["check", BAD / "good.csv", "--format", "html"], "'html' is not one of"),
    (["demo", "--pupils", "0"], "0 is not in the range"),
    (["check", BAD / "good.csv", "--frob"], "No such option"),
]


@pytest.mark.parametrize(("arguments", "text"), USAGE)
def test_a_slip_on_the_command_line(arguments: list[object], text: str) -> None:
    ran = attendance(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert text in ran.err
    if "--format" not in arguments:
        ran = attendance(*arguments, "--format", "json")
        assert ran.status == 2
        assert ran.data["error"]["code"] == "usage"
        assert ran.data["error"]["faults"][0]["remedy"] == "See --help"


REFUSED: list[tuple[list[object], str, list[str]]] = [
    (["--audience", "leders"], "unknown-name", ["outline 'leders': nothing provides it", "Did you mean 'leaders'?"]),
    (["--audience", "lessons"], "wrong-layout", ["outline 'lessons': shows lessons", "Name another --audience"]),
    (["--format", "pdf"], "unknown-name", ["format 'pdf': nothing provides it", "html", "attendance plugins list"]),
    (["--cohort", "fsmm"], "unknown-name", ["population 'fsmm': is unknown", "Did you mean 'fsm'?"]),
    (["--cohort", "fsm+zzz"], "unknown-name", ["population 'zzz': is unknown", "[[cohorts]]"]),
    (
        ["--from", "2025-09-05", "--to", "2025-09-01"],
        "bad-figure-id",
        ["period 2025-09-05..2025-09-01: ends before it starts", "Swap the dates"],
    ),
    (["--from", "2027-09-01"], "bad-figure-id", ["period from 2027-09-01: begins after 2025-09-05", "newer register"]),
    (["--as-of", "2020-01-01"], "unusable-input", ["good.csv: holds no mark up to the day", "later --as-of"]),
    (
        ["--config", BAD / "config_names" / "attendance.toml"],
        "bad-document",
        ["attendance.toml: targets[0].measure: is unknown", "attendance.toml: targets[1].academic_year"],
    ),
    (["--out", BAD / "good.csv" / "report.html"], "unusable-input", ["cannot be written", "Choose --out"]),
    (["--out", BAD], "unusable-input", ["bad_registers: cannot be written", "Choose --out"]),
    (["--format", "csv", "--out", BAD / "good.csv"], "unusable-input", ["cannot be written", "Choose --out"]),
]


@pytest.mark.parametrize(("arguments", "code", "parts"), REFUSED, ids=[str(case[0][-1]) for case in REFUSED])
def test_a_report_that_cannot_be_made(arguments: list[object], code: str, parts: list[str]) -> None:
    ran = attendance("report", BAD / "good.csv", *arguments)
    assert (ran.status, ran.out) == (2, "")
    for part in parts:
        assert part in ran.err
    assert "Traceback" not in ran.err
    if "--format" not in arguments:
        ran = attendance("report", BAD / "good.csv", *arguments, "--format", "json")
        assert ran.status == 2
        assert ran.data["error"]["code"] == code


def test_an_ending_that_no_format_has_is_refused_and_nothing_written(tmp_path: Path) -> None:
    ran = attendance("report", BAD / "good.csv", "--out", tmp_path / "report.docx")
    assert (ran.status, ran.out) == (2, "")
    assert "format 'docx': nothing provides it; expected one of csv, html" in ran.err
    assert not list(tmp_path.iterdir())


def test_the_demo_never_replaces_the_files_of_a_school(tmp_path: Path) -> None:
    for name in ("marks.csv", "attendance.toml"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_text("our own", encoding="utf-8")
        ran = attendance("demo", "--pupils", 2, "--out", folder)
        assert (ran.status, ran.out) == (2, "")
        assert f"{name}: is there already, and no demo wrote it" in ran.err
        assert "Name another folder with --out" in ran.err
        assert [path.read_text(encoding="utf-8") for path in folder.iterdir()] == ["our own"]
    for _ in range(2):
        assert attendance("demo", "--pupils", 2, "--out", tmp_path / "demo").status == 0


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments in (("check", BAD / "good.csv", "--save"), ("demo", "--pupils", 2, "--out")):
        ran = attendance(*arguments, tmp_path / "file" / "below", "--format", "json")
        assert ran.status == 2
        fault = ran.data["error"]["faults"][0]
        assert str(tmp_path / "file") in fault["where"]
        assert "cannot be written" in fault["what"]
        assert fault["remedy"]


FIGURES: list[tuple[str, str]] = [
    ("nonsense", "Copy it from a report's list of figures"),
    ("", "is no figure id"),
    ("attendance/all/2025-13-45..2025-99-99/year-to-date", "is no figure id"),
    ("attendance/all/2025-09-05..2025-09-01/year-to-date", "is no figure id"),
    ("attendance/all/2025-09-01..2025-09-05/other-profile", "profile 'other-profile': is unknown"),
    ("attendance/all/2019-09-01..2019-09-05/year-to-date", "the register holds no mark in this period"),
    ("atendance/all/2025-09-01..2025-09-05/year-to-date", "measure 'atendance': is unknown"),
    ("attendance/fsmm/2025-09-01..2025-09-05/year-to-date", "Did you mean 'fsm'?"),
    ("attendance/fsm/2025-09-01..2025-09-05/year-to-date", "is not available: the register has no fsm"),
    ("attendance/year-group=7/2025-09-01..2025-09-05/year-to-date", "[pupils.characteristics]"),
    ("attendance/not:zzz/2025-09-01..2025-09-05/year-to-date", "is unknown"),
    ("attendance.Q/all/2025-09-01..2025-09-05/year-to-date", "takes no code"),
    ("attendance/all/2025-09-01..2025-09-05@Noday-AM/year-to-date", "is no slot of the week"),
    ("attendance/enrolment=s|CANARY9|2025-09-01/2025-09-01..2025-09-05/year-to-date", "no such enrolment"),
    ("attendance/enrolment=s|CANARY9|2025-09-01/2025-09-01..2025-09-05", "is no figure id"),
]


@pytest.mark.parametrize(("figure", "text"), FIGURES)
def test_a_figure_that_cannot_be_explained(figure: str, text: str) -> None:
    ran = attendance("explain", figure, BAD / "good.csv")
    assert (ran.status, ran.out) == (2, "")
    assert text in ran.err
    assert "CANARY" not in ran.err
    assert "Traceback" not in ran.err
    error = attendance("explain", figure, BAD / "good.csv", "--format", "json").data["error"]
    assert error["code"] in ("bad-figure-id", "unknown-name")
    assert error["faults"][0]["remedy"]


def test_a_figure_is_explained_by_its_sessions() -> None:
    ran = attendance("explain", FIGURE, BAD / "good.csv")
    assert ran.status == 0
    assert "30 sessions in the numerator" in ran.out
    data = attendance("explain", FIGURE, BAD / "good.csv", "--format", "json").data
    assert data["figure"]["id"] == FIGURE
    assert data["figure"]["numerator"] == len(data["sessions"]) == 30
    assert len(attendance("explain", FIGURE, BAD / "good.csv", "--format", "csv").out.splitlines()) == 31


def test_a_saved_register_answers_as_its_file_does(tmp_path: Path) -> None:
    ran = attendance("check", BAD / "conflicting_twins.csv", "--save", tmp_path / "kept", "--format", "json")
    assert ran.status == 1
    assert attendance("check", tmp_path / "kept", "--format", "json").data == ran.data
    for name in ("register.json", "marks.parquet", "slots.parquet"):
        kept = (tmp_path / "kept" / name).read_bytes()
        (tmp_path / "kept" / name).write_bytes(kept[: len(kept) // 2])
        again = attendance("check", tmp_path / "kept")
        again = attendance("report", tmp_path / "kept", "--format", "md") if again.status != 2 else again
        assert again.status == 2, name
        assert again.told
        (tmp_path / "kept" / name).write_bytes(kept)


# --- codes ------------------------------------------------------------------------------------------------------------


def test_codes_change_from_one_day_to_the_next() -> None:
    before, after = (
        {row["code"]: row for row in attendance("codes", "--on", day, "--format", "json").data}
        for day in ("2024-08-18", "2024-08-19")
    )
    assert {"C1", "C2", "J1", "K", "Q", "Y1", "Y7"} <= after.keys() - before.keys()
    assert {"H", "J", "Y"} <= before.keys() - after.keys()
    for rows, day in ((before, "2024-08-18"), (after, "2024-08-19")):
        for row in rows.values():
            assert row["in_force_from"] <= day
            assert row["in_force_to"] is None or day <= row["in_force_to"]
            assert row["cites"]
    table = attendance("codes", "--on", "2024-08-19").out.splitlines()
    assert [line.split()[0] for line in table[2:]] == list(after)


def test_a_day_without_codes_says_so() -> None:
    ran = attendance("codes", "--on", "1990-01-01")
    assert ran.status == 0
    assert "No code of this codebook was in force on that day." in ran.out
    assert attendance("codes", "--on", "1990-01-01", "--format", "json").data == []
    ran = attendance("codes", "--codebook", "scotland", "--format", "json")
    assert ran.status == 2
    assert ran.data["error"]["code"] == "unknown-name"


# --- plugins ----------------------------------------------------------------------------------------------------------

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin from its source, as a distribution of its own."""

    def write(source: str) -> None:
        module = f"acme_cli_{len(sys.path)}_{tmp_path.name}"
        info = tmp_path / "site" / "acme-1.5.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text(f"[attendance_core]\nacme = {module}\n")
        (tmp_path / "site" / f"{module}.py").write_text("from attendance_core.plugins import hookimpl\n" + source)
        monkeypatch.syspath_prepend(tmp_path / "site")

    return write


FAILS = "@hookimpl\ndef attendance_{hook}():\n    raise LookupError('out of order')\n"


def test_a_failed_plugin_is_told_and_the_work_is_done(install: Install) -> None:
    install(FAILS.format(hook="cohorts"))
    ran = attendance("report", BAD / "good.csv", "--format", "md")
    assert ran.status == 3
    assert _opens("md", ran.out.encode())
    assert "Not available: plugin 'acme' 1.5" in ran.err
    assert "LookupError: out of order" in ran.err
    assert "out of order" in ran.out
    # It outranks findings, but not input that cannot be used.
    assert attendance("report", BAD / "identical_twins.csv", "--format", "md").status == 3
    assert attendance("report", BAD / "header_only.csv", "--format", "md").status == 2
    ran = attendance("plugins", "list", "--format", "json")
    assert ran.status == 3
    assert ran.data["failures"][0]["error"] == "LookupError: out of order"


def test_the_list_of_plugins_shows_policies_and_those_that_cannot_be_right(install: Install) -> None:
    install(
        "from attrs import evolve\n"
        "from attendance_core import hookimpl\n"
        "from attendance_core.policy.loading import load_policies\n"
        "@hookimpl\n"
        "def attendance_policies():\n"
        "    national = load_policies()['england-national']\n"
        "    return [evolve(national, id='acme-fine'), evolve(national, id='acme-none', rules=())]\n"
    )
    ran = attendance("plugins", "list", "--format", "json")
    assert ran.status == 3
    assert {"acme-fine", "england-national"} <= {*ran.data["provides"]["policies"]}
    assert "acme-none" not in ran.data["provides"]["policies"]
    assert "holds no rule" in ran.data["failures"][0]["error"]


def test_a_failed_renderer_that_nobody_asked_for_is_a_note(install: Install) -> None:
    install(FAILS.format(hook="renderers"))
    ran = attendance("report", BAD / "good.csv", "--format", "md")
    assert ran.status == 0
    assert "Not available: plugin 'acme' 1.5" in ran.err
    assert attendance("report", BAD / "identical_twins.csv", "--format", "md").status == 1
    assert attendance("plugins", "list").status == 3
    ran = attendance("report", BAD / "good.csv", "--format", "acme-pdf")
    assert (ran.status, ran.out) == (3, "")
    assert "plugin failed: format 'acme-pdf': nothing provides it" in ran.err
    assert "plugin failed: plugin 'acme' 1.5" in ran.err


@pytest.mark.parametrize(
    "source",
    [
        "raise RuntimeError('CANARY')",
        "import nowhere_at_all",
        "import sys; sys.exit(9)",
        "@hookimpl\ndef attendance_x(): ...",
    ],
)
def test_a_plugin_that_cannot_be_loaded_does_not_end_the_host(install: Install, source: str) -> None:
    install(source)
    ran = attendance("check", BAD / "good.csv", "--format", "json")
    assert ran.status == 3
    assert ran.data["coded"] == 30
    assert "Not available: " in ran.err
    assert "Traceback" not in ran.err


BROKEN_RENDERER = """
class Broken:
    id = "broken"
    title = "Broken"
    def render(self, view, options):
        raise ValueError("CANARY0")
@hookimpl
def attendance_renderers():
    return [Broken()]
"""
BROKEN_ADAPTER = """
class Broken:
    id = "broken"
    title = "Broken"
    suffixes = (".acme",)
    def sniff(self, path, head):
        return "it says so" if path.suffix == ".acme" else None
    def read(self, path, options):
        raise ValueError(path.read_text())
@hookimpl
def attendance_adapters():
    return [Broken()]
"""


def test_a_renderer_that_breaks_when_asked_for(install: Install) -> None:
    install(BROKEN_RENDERER)
    ran = attendance("report", BAD / "good.csv", "--format", "broken")
    assert (ran.status, ran.out) == (3, "")
    assert "plugin failed: plugin 'acme' 1.5" in ran.err
    assert "ValueError" in ran.err
    assert "CANARY" not in ran.err
    assert attendance("report", BAD / "good.csv", "--format", "md").status == 0


def test_an_adapter_that_breaks_tells_no_cell(install: Install, tmp_path: Path) -> None:
    install(BROKEN_ADAPTER)
    (tmp_path / "marks.acme").write_text((BAD / "good.csv").read_text())
    ran = attendance("check", tmp_path / "marks.acme", "--format", "json")
    assert ran.status == 3
    assert ran.data["error"]["code"] == "plugin-failed"
    assert "Update or remove the distribution acme" in ran.err
    assert "CANARY" not in ran.err + ran.out


# --- mistakes of the program itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize("as_json", [False, True])
def test_a_mistake_of_the_program_shows_no_traceback_and_no_data(
    monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    def fails(self: Workbench, *_: object, **__: object) -> None:
        raise KeyError("CANARY0")

    monkeypatch.setattr(Workbench, "read", fails)
    ran = attendance("check", BAD / "good.csv", *(["--format", "json"] if as_json else []))
    assert ran.status == cli.INTERNAL
    assert ran.err.startswith("internal error: attendance: KeyError at cli/reading.py line ")
    assert "please report this line" in ran.err
    assert "CANARY" not in ran.err + ran.out
    assert "Traceback" not in ran.err
    if as_json:
        assert ran.data["error"]["code"] == "internal"


def test_the_disk_is_no_mistake_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Workbench, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "marks.csv")

    monkeypatch.setattr(Workbench, "read", fails)
    ran = attendance("check", BAD / "good.csv", "--format", "json")
    assert ran.status == 2
    assert ran.data["error"]["code"] == "unusable-input"
    assert "error: marks.csv: no space left on device" in ran.err


def test_an_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Workbench, *_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workbench, "read", fails)
    ran = attendance("check", BAD / "good.csv")
    assert ran.status == 130
    assert ran.err.strip() == "Stopped."


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_writes_what_the_other_commands_find(tmp_path: Path) -> None:
    for name in ("good.csv", "pupils.csv"):
        (tmp_path / name).write_bytes((BAD / name).read_bytes())
    ran = attendance("init", "good.csv", "--pupils", "pupils.csv", "--school", "Thornbeck", folder=tmp_path)
    assert ran.status == 0, ran.err
    assert "- pupil_id is column 'UPN': its heading says so" in ran.out
    assert not any(name in ran.out + ran.err for name in ("CANARY", "Zebedee", "Quux"))
    (tmp_path / "below").mkdir()
    data = attendance("check", tmp_path / "good.csv", "--format", "json", folder=tmp_path / "below").data
    assert (data["coded"], data["rejected"]) == (30, 0)
    assert [one["role"] for one in data["inputs"]] == ["marks", "pupils"]
    ran = attendance("init", "good.csv", folder=tmp_path)
    assert ran.status == 2
    assert "attendance.toml: is there already" in ran.err
    assert "--force" in ran.err
    ran = attendance("init", "good.csv", "--force", "--format", "json", folder=tmp_path)
    assert ran.status == 0
    assert ran.data["mapping"]["columns"]["pupil_id"] == "UPN"


INIT: list[tuple[list[object], list[str]]] = [
    ([BAD / "no_headings.csv"], ["no_headings.csv: headings", "Export the file again"]),
    ([BAD / "header_only.csv"], ["header_only.csv: rows", "Export the file again"]),
    ([BAD / "pupils.csv"], ["pupils.csv: columns.code", "No heading says which column holds the marks"]),
    ([BAD / "unknown_codes.csv"], ["values.QQ", "no DfE code", "Answer with --answer values.QQ=..."]),
    ([BAD / "good.csv", "--answer", "x"], ["--answer x: is no answer", "Write columns.pupil_id=UPN"]),
    ([BAD / "good.csv", "--answer", "values.Y=present"], ["--answer values.Y: answers no question", "Leave it out"]),
    ([BAD / "good.csv", "--pupils", BAD / "good.csv"], ["Is it the pupils file?", "--answer columns="]),
    ([BAD / "good.csv", "--out", BAD / "good.csv" / "a.toml"], ["cannot be written", "Choose --out"]),
    ([BAD / "nowhere.csv"], ["nowhere.csv: there is no such file", "Check the name"]),
]


@pytest.mark.parametrize(("arguments", "parts"), INIT)
def test_init_without_an_answer_writes_nothing(tmp_path: Path, arguments: list[object], parts: list[str]) -> None:
    ran = attendance("init", *arguments, folder=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    for part in parts:
        assert part in ran.err
    assert "CANARY" not in ran.err
    assert attendance("init", *arguments, "--format", "json", folder=tmp_path).data["error"]["faults"]
    assert list(tmp_path.iterdir()) == []


def test_an_answer_given_beforehand_is_taken(tmp_path: Path) -> None:
    ran = attendance("init", BAD / "unknown_codes.csv", "--answer", "values.QQ=refuse it", folder=tmp_path)
    assert ran.status == 0
    assert "values.QQ is 'refuse it': answered" in ran.out
    ran = attendance("check", BAD / "unknown_codes.csv", "--format", "json", folder=tmp_path)
    assert ran.status == 1
    assert [one["source_row"] for one in ran.data["rejects"]] == [14]


def test_a_period_without_a_mark_is_refused(school: Path) -> None:
    ran = attendance("report", "marks.csv", "--from", "2030-01-01", "--to", "2030-02-01", folder=school)
    assert ran.status == 2
    assert "the register holds no mark in it" in ran.err


def test_in_august_the_report_is_of_the_year_of_the_last_mark(school: Path) -> None:
    ran = attendance("report", "marks.csv", "--as-of", "2026-08-03", "--format", "json", folder=school)
    assert ran.status == 0
    assert ran.data["report"]["subtitle"].startswith("3 September 2025 to 3 August 2026")


def test_a_reader_who_has_seen_enough_is_no_failure(school: Path) -> None:
    id = "attendance/all/2024-09-04..2026-07-20/year-to-date"
    command = [sys.executable, "-c", "from attendance_core.cli.main import main; main()", "explain", id, "marks.csv"]
    with subprocess.Popen(command, cwd=school, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:  # noqa: S603 - our own command
        assert running.stdout is not None
        assert running.stdout.readline().startswith(b"Attendance: ")
        running.stdout.close()
        assert running.wait(60) == 0
