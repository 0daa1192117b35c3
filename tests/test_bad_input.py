"""Bad input gets a clear answer: an exit status, the file, the row or key path, and what to do about it.

Every id and name in these files begins with a word of `SECRETS`; none of them may come out in an error.
"""

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import html

from tests.commands import Ran, attendance
from tests.test_adapters_refuse import BAD

HERE = Path(__file__).parent / "data" / "bad_registers"
SECRETS = ("CANARY", "Zebedee", "Quux")


def check(*arguments: object) -> Ran:
    """Run ``attendance check`` among the bad registers."""
    return attendance("check", *arguments, folder=HERE)


def holds_no_secret(ran: Ran) -> bool:
    return "Traceback" not in ran.err and not any(secret in ran.err for secret in SECRETS)


# What cannot be used at all: file, row or key path; remedy.
UNUSABLE: list[tuple[str, list[str], list[str]]] = [
    ("header only", ["header_only.csv"], ["header_only.csv: rows", "no rows below its headings", "Export it again"]),
    ("no headings", ["no_headings.csv"], ["no_headings.csv: headings", "Export it with headings"]),
    (
        "no headings, mapped",
        ["no_headings.csv", "--mapping", "mapping.toml"],
        ["no_headings.csv: column 'UPN' is missing", "see whether its first line holds headings"],
    ),
    (
        "missing columns",
        ["missing_column.csv", "--mapping", "mapping.toml"],
        [
            "missing_column.csv: column 'Session' is missing (mapping 'ours': columns.session)",
            "Alike: Sesion",
            "missing_column.csv: column 'Mark' is missing (mapping 'ours': columns.code)",
        ],
    ),
    (
        "three columns at once",
        ["good.csv", "--mapping", "mapping_three_columns.toml"],
        ["columns.pupil_id", "Alike: UPN", "columns.date", "The file has UPN, Date, Session, Mark", "columns.session"],
    ),
    (
        "a field that is none",
        ["good.csv", "--mapping", "mapping_unknown_field.toml"],
        ["mapping 'ours': columns.pupil: is no field", "Did you mean 'pupil_id'?", "columns.pupil_id: is not given"],
    ),
    (
        "a code nobody knows, no mapping",
        ["unknown_codes.csv"],
        ["unknown_codes.csv: values.QQ", "no DfE code", "Run: attendance init, or give a mapping (--mapping)"],
    ),
    (
        "other sessions, no mapping",
        ["other_sessions.csv"],
        ["other_sessions.csv: layout: Column 'Session' holds AM or PM on some rows", "Run: attendance init"],
    ),
    (
        "lessons read as sessions",
        ["lessons_only.csv", "--mapping", "mapping.toml"],
        ["lessons_only.csv: no session is AM or PM; found 'P1', 'P2', 'P3'", 'use a mapping with layout = "lesson"'],
    ),
    ("not one mark", ["no_marks_at_all.csv"], ["no_marks_at_all.csv: not one mark could be read", "Enter the marks"]),
    ("everything after as-of", ["good.csv", "--as-of", "2024-01-01"], ["good.csv: holds no mark", "a later --as-of"]),
    (
        "marks that are the pupils file",
        ["pupils.csv"],
        ["pupils.csv: columns.code", "No heading says which column holds the marks", "Run: attendance init"],
    ),
    (
        "pupils that are the marks file",
        ["good.csv", "--pupils", "good.csv"],
        ["good.csv: columns", "Is it the pupils file?", "[pupils.columns]"],
    ),
    ("pupils without rows", ["good.csv", "--pupils", "header_only.csv"], ["header_only.csv: rows", "Export it again"]),
    ("no pupils file", ["good.csv", "--pupils", "nowhere.csv"], ["nowhere.csv: there is no such file", "Check the"]),
    ("no marks file", ["nowhere.csv"], ["nowhere.csv: there is no such file", "Check the name"]),
    ("a folder", ["config_faults"], ["config_faults: this is a folder", "Name one file inside it"]),
    (
        "a mapping with three faults",
        ["good.csv", "--mapping", "mapping_three_faults.toml"],
        [
            "mapping_three_faults.toml: layout: value of the wrong kind; expected one of long",
            "mapping_three_faults.toml: marks_per_week: value of the wrong kind; expected a whole number",
            "mapping_three_faults.toml: colums: unknown key",
            "Did you mean 'columns'?",
        ],
    ),
    ("no TOML", ["good.csv", "--mapping", "no_toml.toml"], ["no_toml.toml", "line 1", "Correct that line"]),
    ("no mapping file", ["good.csv", "--mapping", "nowhere.toml"], ["nowhere.toml: no such file", "Check the path"]),
    ("no such mapping", ["good.csv", "--mapping", "simz"], ["mapping 'simz': nothing provides it", "plugins list"]),
    (
        "a configuration with faults",
        ["good.csv", "--config", "config_faults/attendance.toml"],
        [
            "attendance.toml: school.phase: value of the wrong kind; expected a text",
            "attendance.toml: school.town: unknown key",
            "attendance.toml: mapping.layout",
            "attendance.toml: targets[0].value: value of the wrong kind; expected a number",
            "attendance.toml: targets[0].academic_year: required key is missing",
            "attendance.toml: calendar[0].terms[0].name: value of the wrong kind; expected one of autumn",
            "attendance.toml: calendar[0].terms[0].end: value of the wrong kind; expected a date",
        ],
    ),
    (
        "a policy with faults",
        ["good.csv", "--config", "config_policy/attendance.toml"],
        [
            "attendance.toml: policy.profile: no profile is called 'yearly'",
            "attendance.toml: policy.settings.persistent-boundry",
            "Did you mean 'persistent-boundary'?",
            "attendance.toml: policy.settings.covid-x: 'maybe' is no choice",
        ],
    ),
    (
        "a file that the configuration names",
        ["good.csv", "--config", "config_files/attendance.toml"],
        ["config_files/roll.csv: there is no such file", "Check the name"],
    ),
    ("no configuration", ["good.csv", "--config", "nowhere.toml"], ["nowhere.toml: no such file", "Check --config"]),
    (
        "a calendar with faults",
        ["good.csv", "--calendar", "calendar_faults.toml"],
        [
            "calendar_faults.toml: calendar[0].terms[0].end: lies before start",
            "calendar_faults.toml: calendar[0].terms[1].start: begins before the term above it ends",
            "calendar_faults.toml: calendar[0].terms[1].half_term: is not inside the term",
            "calendar_faults.toml: calendar[0].closures[0].session: is no session; expected AM or PM",
            "calendar_faults.toml: calendar[0].weekend[0]: is no weekday",
        ],
    ),
    (
        "a calendar without terms",
        ["good.csv", "--calendar", "calendar_no_terms.toml"],
        ["calendar_no_terms.toml: calendar[0].terms: no term is given", "Add [[calendar.terms]]"],
    ),
    ("empty", [str(BAD / "empty.csv")], ["empty.csv", "empty (0 bytes)", "Export it again"]),
    ("a ZIP named CSV", [str(BAD / "zip_named.csv")], ["zip_named.csv: this is a ZIP archive", "Unpack it"]),
    ("a stray quote", [str(BAD / "quote_never_closed.csv")], ["row 4", "never closed", "Remove the stray quote"]),
    ("long rows", [str(BAD / "long_rows.csv")], ["row 4: 5 cells under 4 column names", "row 8", "in quote marks"]),
    ("pupils in a ZIP", ["good.csv", "--pupils", str(BAD / "zip_named.csv")], ["zip_named.csv", "Unpack it"]),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "parts"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_unusable_input_is_refused(arguments: list[str], parts: list[str]) -> None:
    ran = check(*arguments)
    assert ran.status == 2, ran
    assert ran.out == ""
    for part in parts:
        assert part in ran.err
    assert len(ran.told) == len(ran.err.splitlines()) >= 1
    assert holds_no_secret(ran)


@pytest.mark.parametrize(("arguments", "parts"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_programs_get_the_same_answer_as_data(arguments: list[str], parts: list[str]) -> None:
    ran = check(*arguments, "--format", "json")
    assert ran.status == 2
    error = ran.data["error"]
    assert error["code"] in (
        "unusable-input", "unreadable-file", "missing-column", "wrong-layout", "bad-document", "unknown-name"
    )  # fmt: skip
    assert len(error["faults"]) == len(ran.told)
    for fault in error["faults"]:
        assert set(fault) == {"where", "what", "expected", "remedy"}
        assert fault["where"]
        assert fault["what"]
        assert fault["remedy"]


# What is read, with findings: reason, rows, remedy.
FINDINGS: list[tuple[str, list[str], str, list[int], str]] = [
    ("codes", ["unknown_codes.csv", "--mapping", "mapping.toml"], "unknown-code", [14], "List the value under"),
    ("a code too early", ["early_code.csv"], "code-not-yet-in-force", [14], "attendance codes --on DATE"),
    ("dates", ["impossible_dates.csv"], "impossible-date", [6, 11], "Correct the date"),
    ("an identical twin", ["identical_twins.csv"], "identical-duplicate", [32], "its twin was kept"),
    ("conflicting twins", ["conflicting_twins.csv"], "conflicting-marks", [7, 32], "Keep the right one"),
    (
        "sessions",
        ["other_sessions.csv", "--mapping", "mapping.toml"],
        "unknown-session",
        [4, 13],
        "List the session's name under [mapping.sessions]",
    ),
    (
        "marks outside the enrolment",
        ["good.csv", "--pupils", "pupil_who_left.csv"],
        "outside-enrolment",
        [12, 13, 14, 15, 20, 21],
        "Correct the pupil's start or leaving date",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "reason", "rows", "remedy"), [case[1:] for case in FINDINGS], ids=[case[0] for case in FINDINGS]
)
def test_findings_name_row_reason_and_remedy(arguments: list[str], reason: str, rows: list[int], remedy: str) -> None:
    ran = check(*arguments)
    assert ran.status == 1
    assert reason in ran.out
    assert remedy in ran.out
    data = check(*arguments, "--format", "json").data
    assert [(one["source_row"], one["reason"]) for one in data["rejects"]] == [(row, reason) for row in rows]
    assert all(remedy in one["remedy"] for one in data["rejects"])
    assert data["conserved"]
    assert data["marks_in"] == data["coded"] + data["no_mark"] + data["rejected"]
    assert holds_no_secret(ran)
    assert not any(secret in ran.out for secret in SECRETS)


def test_a_twin_is_named_by_its_row() -> None:
    data = check("identical_twins.csv", "--format", "json").data
    assert data["rejects"][0]["twin_row"] == 7
    assert "says the same as row 7" in check("identical_twins.csv").out


@pytest.mark.parametrize("text", ["a = " + "[" * 3000, "a = " + "9" * 6000, "a" + ".a" * 3000 + " = 1"])
def test_toml_that_is_out_of_all_bounds(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    ran = check("good.csv", "--mapping", path)
    assert ran.status == 2
    assert ran.err.startswith("error: mapping.toml: ")


@pytest.mark.parametrize("option", ["", "--mapping", "--config", "--pupils", "--calendar", "--save"])
def test_a_name_that_no_file_can_have(option: str) -> None:
    ran = check(*(["good.csv", option] if option else []), "x" * 5000)
    assert ran.status == 2
    assert len(ran.told) == 1


def test_a_pupil_in_two_forms_is_a_finding() -> None:
    ran = check("good.csv", "--pupils", "pupil_in_two_forms.csv")
    assert ran.status == 1
    assert (
        "Doubt: pupil_in_two_forms.csv: a pupil has two different values of form for the same days; neither is used "
        "(rows 3, 5). Leave the right value"
    ) in ran.out
    assert holds_no_secret(ran)


def test_rows_of_the_pupils_file_that_cannot_be_used_are_findings() -> None:
    ran = check("good.csv", "--pupils", "pupils_bad_rows.csv", "--config", "config_roll/attendance.toml")
    assert ran.status == 1
    for what, row in (("start is no possible date", 2), ("the row names no pupil", 3), ("lies before the start", 4)):
        line = next(line for line in ran.out.splitlines() if what in line)
        assert line.startswith("Doubt: pupils_bad_rows.csv: ")
        assert f"(rows {row})" in line
        assert line.endswith("Correct these rows of the pupils file.")
    assert holds_no_secret(ran)


def test_marks_after_as_of_are_left_out_and_said() -> None:
    ran = check("good.csv", "--as-of", "2025-09-03", "--format", "json")
    assert ran.status == 0
    assert ran.data["reject_reasons"][0]["reason"] == "after-as-of"
    assert ran.data["reject_reasons"][0]["marks"] == 12
    assert "read up to a later day" in ran.data["reject_reasons"][0]["remedy"]
    assert ran.data["last_mark"] == ran.data["as_of"] == "2025-09-03"


def test_encodings_are_told_and_mixed_ones_lose_nothing() -> None:
    ran = check("byte_order_mark.csv")
    assert (ran.status, ran.err) == (0, "")
    ran = check("mixed_encodings.csv", "--mapping", "mapping.toml")
    assert ran.status == 1  # no reject, but not every pupil has a mark in every session
    assert "failed          missing-marks" in ran.out
    assert "Marks found                   8" in ran.out
    assert "Windows-1252" in ran.out
    assert holds_no_secret(ran)


def test_a_line_of_fifty_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_bytes(b"UPN,Date,Session,Mark\n" + b"CANARY1," * 6_250_000)
    ran = attendance("check", path)
    assert ran.status == 2
    assert f"{path}: row 2: " in ran.err
    assert "longer than 1 MiB" in ran.err
    assert "line ends may have been lost" in ran.err
    assert len(ran.err) < 1000
    assert holds_no_secret(ran)


def test_formulas_of_a_workbook_are_read_by_their_results(tmp_path: Path) -> None:
    path = tmp_path / "marks.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["UPN", "Date", "Session", "Mark"])
        for row in range(1, 7):
            sheet.write_row(row, 0, [f"CANARY{row}", "2025-09-01", "AM"])
            sheet.write_formula(row, 3, '=IF(1=1,"/","N")', None, "/" if row < 5 else "")
    (tmp_path / "broken.xlsx").write_bytes(_without_results(path.read_bytes()))
    ran = attendance("check", path)
    assert ran.status == 0
    assert "kept                        4" in ran.out
    ran = attendance("check", tmp_path / "broken.xlsx")
    assert (ran.status, holds_no_secret(ran)) == (2, True)
    assert "broken.xlsx" in ran.err


def _without_results(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>/</v>", b"").replace(b"<v></v>", b""))
    return target.getvalue()


# --- what is written out ----------------------------------------------------------------------------------------------


def report(tmp_path: Path, marks: str, pupils: str, *arguments: object) -> Ran:
    config = HERE / "config_roll" / "attendance.toml"
    return attendance(
        "report", HERE / marks, "--pupils", HERE / pupils, "--config", config, *arguments, folder=tmp_path
    )


def test_nothing_is_written_as_a_live_formula(tmp_path: Path) -> None:
    ran = report(tmp_path, "formula_cells.csv", "formula_pupils.csv", "--format", "csv", "--out", tmp_path / "tidy")
    assert ran.status == 0, ran.err
    cells = [
        cell
        for path in (tmp_path / "tidy").rglob("*.csv")
        for row in csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
        for cell in row
    ]
    assert any(cell.startswith("'=") for cell in cells)
    # Numbers below zero are numbers, whatever stands before them.
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert not [cell for cell in cells if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()]
    ran = report(tmp_path, "formula_cells.csv", "formula_pupils.csv", "--out", tmp_path / "report.xlsx")
    assert ran.status == 0
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) or "=1+1" in str(cell.value) for cell in values)
    assert not [cell for cell in values if cell.data_type == "f"]
    assert not [cell for cell in values if cell.hyperlink and "x.example" in str(cell.hyperlink.target)]


def test_sessions_of_a_figure_are_written_without_live_formulas() -> None:
    ran = check("formula_cells.csv", "--mapping", "mapping.toml")
    assert ran.status == 0
    ran = attendance(
        "explain", "absence/all/2025-09-01..2025-09-05/year-to-date", HERE / "formula_cells.csv",
        "--mapping", HERE / "mapping.toml", "--format", "csv",
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(ran.out)))
    assert len(rows) == 21
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_markup_in_ids_and_forms_is_escaped(tmp_path: Path) -> None:
    ran = report(tmp_path, "markup.csv", "markup_pupils.csv", "--out", tmp_path / "report.html")
    assert ran.status == 0, ran.err
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>alert(1)" not in text
    assert "<b>7R</b>" not in text
    shown = "".join(str(piece) for piece in html.fromstring(text).itertext())
    assert "<b>7R</b>" in shown
    assert "<script>alert(1)</script>" in shown
    assert holds_no_secret(ran)
