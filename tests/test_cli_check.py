"""``attendance check`` prints what came of the register check, as text, JSON and CSV."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from attendance_core.policy.register_check import run
from attendance_core.reference.checks import load_checks
from tests.checked import START, rows, school_days, whole_days
from tests.commands import Ran, attendance

EXPORTS = Path(__file__).parent / "data" / "exports"
DAYS = school_days(20)
MAPPING = """
id = "ours"
layout = "long"
school = "school"
[columns]
pupil_id = "Pupil"
date = "Date"
session = "Session"
code = "Mark"
"""


def written(folder: Path, changes: dict[tuple[str, date, str], str | None], pupils: str = "AB") -> Path:
    path = folder / "marks.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["Pupil", "Date", "Session", "Mark"])
        writer.writeheader()
        writer.writerows({**row, "Pupil": f"CANARY{row['Pupil']}"} for row in rows(pupils, DAYS, changes))
    (folder / "ours.toml").write_text(MAPPING, encoding="utf-8")
    return path


def check(marks: Path, *more: object) -> Ran:
    return attendance("check", marks, "--mapping", marks.parent / "ours.toml", *more, folder=marks.parent)


GAPS: dict[tuple[str, date, str], str | None] = {("A", DAYS[0], "AM"): "N", ("B", DAYS[3], "PM"): None}


def test_the_register_check_follows_the_account(tmp_path: Path) -> None:
    ran = check(written(tmp_path, GAPS))
    assert ran.status == 1
    account, _, checks = ran.out.partition("\n\nRegister check: ")
    assert account.startswith("Rows read") and account.endswith("Nothing was rejected.")
    lines = checks.splitlines()
    assert lines[0] == "2 of 12 checks found something"
    assert [line[18:].split()[0] for line in lines[1:13]] == [one.id for one in load_checks()]
    assert "  failed          missing-marks     Sessions due without a mark: 1 finding, 1 session. The " in checks
    assert "  failed          open-reasons      Reasons not established in time: 1 finding, 1 session\n" in checks
    assert "  passed          codes-in-force    Codes not in force on their day\n" in checks
    assert (
        "  not checked     late-entries      Marks recorded or resolved late. "
        "Missing: columns recorded_at or amended_at of the marks\n"
    ) in checks
    assert ("  not applicable  c2-arrangement    C2 without an arrangement. The register holds no mark C2\n") in checks
    assert f"1        {DAYS[3]}  {DAYS[3]}  1         no mark\n" in checks
    assert "What to do: Enter the marks, or correct the days" in checks
    assert "CANARY" not in ran.out + ran.err


def test_what_was_found_decides_the_status(tmp_path: Path) -> None:
    ran = check(written(tmp_path, {}))
    assert ran.status == 0
    assert "\n\nRegister check\n  passed          missing-marks" in ran.out
    assert "found something" not in ran.out
    assert check(written(tmp_path, {("A", DAYS[0], "AM"): "N"})).status == 1
    assert check(written(tmp_path, {("A", DAYS[-1], "AM"): "N"})).status == 0


def test_many_findings_are_cut_and_that_is_said(tmp_path: Path) -> None:
    pupils = "ABCDEFGHIJKL"
    ran = check(written(tmp_path, {(pupil, DAYS[0], "AM"): "N" for pupil in pupils[:10]}, pupils))
    assert "10 findings, 10 sessions" in ran.out
    assert "more finding" not in ran.out
    ran = check(written(tmp_path, {(pupil, DAYS[0], "AM"): "N" for pupil in pupils[:11]}, pupils))
    assert "\nand 1 more finding\n" in ran.out
    ran = check(written(tmp_path, {(pupil, DAYS[0], "AM"): "N" for pupil in pupils}, pupils))
    assert "\nand 2 more findings\n" in ran.out
    assert "every finding: --format csv" in ran.out
    assert len(list(csv.reader(io.StringIO(check(tmp_path / "marks.csv", "--format", "csv").out)))) == 13


def test_json_holds_everything_with_its_citations(tmp_path: Path) -> None:
    data = check(written(tmp_path, GAPS), "--format", "json").data
    assert data["conserved"]
    results = {one["id"]: one for one in data["register_check"]}
    assert list(results) == [one.id for one in load_checks()]
    reasons = results["open-reasons"]
    assert (reasons["outcome"], reasons["count"], reasons["sessions"]) == ("failed", 1, 1)
    assert {cite["source"] for cite in reasons["cites"]} == {"si-2024-208", "wtisa-2026-secondary", "library"}
    assert reasons["parameters"] == {"school_days": 5}
    (finding,) = reasons["findings"]
    assert finding["enrolment_id"] == f"school|CANARYA|{START}"
    assert finding["date_from"] == finding["date_to"] == DAYS[0].isoformat()
    assert results["late-entries"]["missing"] == ["columns recorded_at or amended_at of the marks"]


@pytest.mark.parametrize("format", ["terminal", "json", "csv"])
def test_the_sessions_behind_a_check_are_listed(tmp_path: Path, format: str) -> None:
    changes = whole_days("A", DAYS[:2], "N") | whole_days("B", DAYS[1:2], "N")
    ran = check(written(tmp_path, changes), "--sessions", "open-reasons", "--format", format)
    assert ran.status == 1
    if format == "json":
        assert ran.data["sessions"] == len(ran.data["listed"]) == 6
        assert [row["finding"] for row in ran.data["listed"]] == [0] * 4 + [1] * 2
        assert ran.data["listed"][0]["pupil_id"] == "CANARYA"
    elif format == "csv":
        listed = list(csv.DictReader(io.StringIO(ran.out)))
        assert [(row["finding"], row["pupil_id"]) for row in listed] == [("1", "CANARYA")] * 4 + [("2", "CANARYB")] * 2
        assert {row["code"] for row in listed} == {"N"}
    else:
        assert ran.out.startswith("Reasons not established in time: 6 sessions\n")
        assert len(ran.out.splitlines()) == 8
        assert "Rows read" not in ran.out


def test_a_check_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    ran = check(written(tmp_path, {}), "--sessions", "open-reason")
    assert (ran.status, ran.out) == (2, "")
    assert "check 'open-reason': there is no such check; expected one of missing-marks" in ran.err
    assert "Did you mean 'open-reasons'?" in ran.err
    ran = check(tmp_path / "marks.csv", "--sessions", "zzz", "--format", "json")
    assert ran.data["error"]["code"] == "unknown-name"
    assert ran.data["error"]["faults"][0]["remedy"] == "See attendance check MARKS"


LESSONS = """
id = "lessons"
layout = "lesson"
school = "school"
[columns]
pupil_id = "Pupil ID"
date = "Date"
period = "Period"
subject = "Subject"
code = "Mark"
"""


def test_lessons_have_no_register_check(tmp_path: Path) -> None:
    (tmp_path / "lessons.toml").write_text(LESSONS, encoding="utf-8")
    arguments = ("check", EXPORTS / "lessons.csv", "--mapping", tmp_path / "lessons.toml")
    ran = attendance(*arguments)
    assert ran.out.endswith("\n\nRegister check: not applicable, it asks about session marks.\n")
    assert attendance(*arguments, "--format", "json").data["register_check"] == []
    ran = attendance(*arguments, "--sessions", "open-reasons")
    assert (ran.status, ran.out) == (2, "")
    assert "check 'open-reasons': only session marks have a register check" in ran.err


def test_a_broken_check_is_told_without_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(subject: object, check: object) -> None:
        raise KeyError("CANARYA")

    monkeypatch.setattr(run, "ASKED", {**run.ASKED, "codes-in-force": breaks})
    ran = check(written(tmp_path, {}))
    assert ran.status == 1
    assert (
        "  error           codes-in-force    Codes not in force on their day. KeyError at register_check/run" in ran.out
    )
    assert "CANARY" not in ran.out + ran.err
    assert "  not checked     closed-days " in ran.out
