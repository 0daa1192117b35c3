"""``attendance plan`` and ``attendance agenda`` as a user runs them."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from attendance_core.audits.documents import AUDIT
from attendance_core.documents.versioned import load_document, save_document
from attendance_core.model.actions import ActionState
from attendance_core.plans.documents import MEETING, load_plan
from tests import school
from tests.audit_cases import rated
from tests.commands import Ran, attendance


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """The demo school's configuration, calendar and register."""
    for name in ("attendance.toml", "calendar.toml", "pupils.csv", "marks.csv"):
        (tmp_path / name).write_bytes((school.folder() / name).read_bytes())
    yield tmp_path


def plan(room: Path, *words: object) -> Ran:
    return attendance("plan", *words, folder=room)


@pytest.fixture
def new(room: Path) -> Path:
    ran = plan(room, "new", "improvement-plan", "--id", "plan-2025-26", "--year", "2025/26", "--live", "expect-1",
               "--live", "monitor-4", "--out", "plan.toml")  # fmt: skip
    assert ran.status == 0, ran.err
    return room / "plan.toml"


def test_new_says_what_it_made_and_what_to_ask(room: Path, new: Path) -> None:
    assert len(load_plan(new).value.objectives) == 20
    again = plan(room, "new", "improvement-plan", "--id", "p", "--year", "2025/26", "--out", "plan.toml")
    assert again.status == 2 and "plan.toml" in again.told[0]  # nothing is written over
    other = plan(room, "new", "improvment-plan", "--id", "p", "--year", "2025/26", "--out", "p.toml")
    assert other.status == 2 and "Did you mean 'improvement-plan'" in other.err


def test_from_audit_drafts_what_is_not_green(room: Path) -> None:
    audit = rated({"1.5": "not-in-place", "1.8": "developing", "1.1": "established"})
    save_document(room / "audit.toml", audit, AUDIT, if_version=None)
    ran = plan(room, "from-audit", "audit.toml", "--id", "plan-2025-26", "--out", "plan.json")
    assert ran.status == 0, ran.err
    assert ran.err.startswith("Wrote plan.json: 2 objectives (1 live), ")
    assert "Note: 47 of 50 items are not answered, and nothing was drafted for them." in ran.err
    assert [one.id for one in load_plan(room / "plan.json").value.objectives] == ["1.5", "1.8"]


def test_status_as_json_and_its_exit_status(room: Path, new: Path) -> None:
    ran = plan(room, "status", "plan.toml", "--as-of", "2026-01-20", "--marks", "marks.csv", "--format", "json")
    assert ran.status == 1  # something is overdue
    found = ran.data
    assert sum(found["counts"].values()) == len(found["actions"]) == 104
    assert found["counts"]["waiting"] == 91 and found["counts"]["overdue"] == 6
    kinds = {one["kind"]: one for one in found["targets"]}
    assert kinds["qualitative"]["value"] is None and kinds["qualitative"]["reached"] == "not judged yet"
    assert kinds["numeric"]["figure"].startswith("attendance/all/2025-09-")
    assert any("target years differ" in one for one in found["warnings"])
    early = plan(room, "status", "plan.toml", "--as-of", "2025-09-10")
    assert early.status == 0 and "91 waiting" in early.out and "no register was given" in early.out


def test_the_cap_follows_the_setting(room: Path, new: Path) -> None:
    text = (room / "attendance.toml").read_text(encoding="utf-8")
    assert "[policy]" in text
    (room / "attendance.toml").write_text(text + '\n[policy.settings]\nlive-priorities = "3"\n', encoding="utf-8")
    few = plan(room, "status", "plan.toml", "--as-of", "2025-09-10")
    assert "priorities are live" not in few.err
    words = [word for id in ("expect-2", "expect-3", "expect-4", "expect-5") for word in ("--live", id)]
    many = plan(room, "new", "improvement-plan", "--id", "p", "--year", "2025/26", *words, "--out", "p.toml")
    assert "Warning: 4 priorities are live, and no more than 3 are taken to be manageable" in many.err


def test_a_review_changes_the_file_and_refuses_what_cannot_be(room: Path, new: Path) -> None:
    words = (
        "review",
        "plan.toml",
        "--objective",
        "expect-1",
        "--on",
        "2025-12-10",
        "--by",
        "SLT",
        "--what",
        "Letters.",
    )
    ran = plan(room, *words, "--decision", "continue", "--done", "expect-1-a1", "--carry", "expect-1-a2=spring 2",
               "--drop", "expect-1-a3=No time.", "--evidence", "document: The letter.")  # fmt: skip
    assert ran.status == 0, ran.err
    changed = load_plan(new).value
    states = {one.id: one.state for _, _, one in changed.each()}
    assert states["expect-1-a1"] is ActionState.DONE and states["expect-1-a2"] is ActionState.CARRIED
    assert changed.reviews[0].evidence[0].text == "The letter."
    before = new.read_bytes()
    finish = plan(room, *words, "--decision", "finish")
    assert finish.status == 2 and len(finish.told) == 7  # each action that is still open
    assert new.read_bytes() == before
    for option, value, says in (
        ("--carry", "expect-1-a4=Winter 1", "expected one of Autumn 1, Autumn 2"),
        ("--done", "expect-1-a4=soon", "expected a day written 2025-09-01"),
        ("--judge", "expect-1-t1=good", "expected one of reached, partly, not-reached"),
        ("--drop", "expect-1-a4", "is no pair; expected ID=VALUE"),
        ("--evidence", "The letter.", "names no kind of evidence"),
    ):
        wrong = plan(room, *words, "--decision", "continue", option, value)
        assert wrong.status == 2 and says in wrong.err, wrong.err
    several = plan(
        room, *words, "--decision", "continue", "--carry", "expect-1-a4=Winter 1", "--judge", "expect-1-t1=good",
        "--evidence", "The letter.", "--drop", "expect-1-a4=No time.", "--drop", "expect-1-a4=No money.",
    )  # fmt: skip
    assert several.status == 2 and len(several.told) == 4, "all faults at once"
    assert "--drop 'expect-1-a4': is given twice; expected one value each. Leave one out." in several.err


def test_report_in_every_format(room: Path, new: Path) -> None:
    for name in ("r.html", "r.md", "r.json", "r.xlsx"):
        ran = plan(room, "report", "plan.toml", "--as-of", "2026-01-20", "--marks", "marks.csv", "--out", name)
        assert ran.status == 0, ran.err
        content = (room / name).read_bytes()
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(room / name) as package:
                content = b"".join(package.read(part) for part in package.namelist())
        # The targets of figures are judged by the register in each of them.
        assert b"the target is at least 98" in content and b"no register was given" not in content, name
    printed = plan(room, "report", "plan.toml", "--as-of", "2026-01-20")
    counts = plan(room, "status", "plan.toml", "--as-of", "2026-01-20", "--format", "json").data["counts"]
    table = " ".join(printed.out.split())
    assert all(f" {state} {number} " in table for state, number in counts.items()), printed.out


def test_a_table_goes_out_and_comes_back_and_a_short_row_is_asked_about(room: Path, new: Path) -> None:
    assert plan(room, "table", "plan.toml", "--out", "plan.csv").status == 0
    words = ("read", "plan.csv", "--id", "plan-2", "--year", "2025/26", "--out", "again.toml")
    assert plan(room, *words).status == 0
    lines = (room / "plan.csv").read_text(encoding="utf-8-sig")
    heads = "KPI No,Objective / KPI,Lead,Gov Link,Action Autumn 2,Action Spring 2,Target,Cost,Evaluating"
    states = [one.state for one in load_plan(room / "again.toml").value.objectives]
    assert states == [one.state for one in load_plan(new).value.objectives]
    assert heads.replace(",Target", ",Action Summer 2,2024 Target") in lines
    (room / "short.csv").write_text(f"{heads}\n1,Expect it.,SLT,,Tell.,All know.,none,SLT\n", encoding="utf-8")
    short = ("read", "short.csv", "--id", "plan-3", "--year", "2025/26", "--out", "short.toml")
    asked = plan(room, *short)
    assert asked.status == 1 and not (room / "short.toml").exists()
    assert "Asked: row 2: has fewer cells (8) than there are heads (9)" in asked.err
    assert "1 row to answer with --row; nothing was written." in asked.err
    answered = plan(room, *short, "--row", "2=Autumn 2, Target, Cost, Evaluating")
    assert answered.status == 0, answered.err
    (one,) = load_plan(room / "short.toml").value.objectives
    assert [half_term.value for half_term, _ in one.each()] == ["Autumn 2"] and one.cost == "none"
    assert plan(room, *short[:-1], "x.toml", "--row", "two").status == 2
    twice = plan(room, *short[:-1], "x.toml", "--row", "2=as they stand", "--row", "2=Cost")
    assert twice.status == 2 and "--row 2: is given twice" in twice.err


def test_roll_over_closes_one_year_and_begins_the_next(room: Path, new: Path) -> None:
    words = ("roll-over", "plan.toml", "--id", "plan-2026-27", "--on", "2026-07-20", "--out", "next.toml")
    ran = plan(room, *words)
    assert ran.status == 0 and "104 open actions carried on." in ran.err
    assert "no calendar of 2026/27 is given" in ran.err
    assert load_plan(new).value.closed_on is not None
    assert load_plan(room / "next.toml").value.follows == "plan-2025-26"
    again = plan(room, *words)
    assert again.status == 2 and "is there already" in again.err
    other = plan(room, *words[:-1], "other.toml")
    assert other.status == 2 and "was closed on 2026-07-20" in other.err
    told = plan(room, "compare", "plan.toml", "next.toml", "--format", "json").data["changes"]
    assert {"part": "plan", "id": "plan-2026-27", "kind": "changed", "field": "academic_year", "before": "2025/26",
            "after": "2026/27"} in told  # fmt: skip
    assert plan(room, "compare", "plan.toml", "plan.toml").out == "Nothing changed.\n"


def test_publish_withholds_until_somebody_cleared(room: Path, new: Path) -> None:
    new.write_text(
        new.read_text(encoding="utf-8").replace("Put the vision to students in assemblies.", "Ask Ms Zyx."),
        encoding="utf-8",
    )
    first = plan(room, "publish", "plan.toml", "--as-of", "2026-01-20", "--format", "md")
    assert first.status == 1 and "Ask Ms Zyx" not in first.out
    assert "Withheld: text of expect-1, expect-1-a4: nobody cleared it: read it, then --clear it" in first.err
    words = ("publish", "plan.toml", "--as-of", "2026-01-20", "--clear", "expect-1-a4")
    assert plan(room, *words).status == 2  # nobody is named
    cleared = plan(room, *words, "--by", "headteacher", "--out", "public.html")
    assert cleared.status == 0 and "Ask Ms Zyx." in (room / "public.html").read_text(encoding="utf-8")
    (room / "names.txt").write_text("Zyx\n", encoding="utf-8")
    never = plan(room, "publish", "plan.toml", "--as-of", "2026-01-20", "--never", "names.txt", "--format", "json")
    assert never.status == 1 and "Zyx" not in never.out
    assert "Withheld: text of expect-1, expect-1-a4: it holds a name of --never: reword it\n" in never.err
    assert plan(room, "publish", "plan.toml", "--as-of", "2026-01-20", "--never", "none.txt").status == 2


def test_an_agenda_and_its_record_lead_to_the_next_one(room: Path, new: Path) -> None:
    words = ("agenda", "line-manager", "marks.csv", "--plan", "plan.toml")
    unwritten = attendance(*words[:2], "--as-of", "2026-01-20", "--record", "m1.toml", "--out", "marks.csv/a.md",
                           folder=room)  # fmt: skip
    assert unwritten.status == 2 and not (room / "m1.toml").exists()
    first = attendance(*words, "--as-of", "2026-01-20", "--record", "m1.toml", "--format", "md", folder=room)
    assert first.status == 0, first.err
    assert "no record of a last meeting was given" in first.out
    record = load_document(room / "m1.toml", MEETING)
    assert record.value.points
    text = (room / "m1.toml").read_text(encoding="utf-8").replace("follow_ups = []\n", "")
    text += '\n[[follow_ups]]\nid = "f1"\ntext = "Ring the nurse."\nowner = "attendance manager"\ndue = 2026-01-26\n'
    (room / "m1.toml").write_text(text, encoding="utf-8")
    second = attendance(*words, "--as-of", "2026-02-03", "--last", "m1.toml", "--format", "json", folder=room)
    assert second.status == 0, second.err
    section = second.data["report"]["sections"][0]
    rows = [row for block in section["blocks"] if block["type"] == "table" for row in block["rows"]]
    assert rows[0][1] == "Ring the nurse." and "overdue" in rows[0]
    wrong = attendance("agenda", "governors", "--as-of", "2026-02-03", "--last", "m1.toml", folder=room)
    assert wrong.status == 2 and "last meeting: kind" in wrong.err


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "status", "bad.toml", "--as-of", "2026-01-20"),
        ("plan", "report", "bad.toml", "--as-of", "2026-01-20"),
        ("plan", "table", "bad.toml", "--out", "x.csv"),
        ("plan", "publish", "bad.toml", "--as-of", "2026-01-20"),
        ("plan", "compare", "bad.toml", "bad.toml"),
        ("plan", "from-audit", "bad.toml", "--id", "p", "--out", "p.toml"),
        ("agenda", "governors", "--plan", "bad.toml", "--as-of", "2026-01-20"),
        ("agenda", "governors", "--last", "bad.toml", "--as-of", "2026-01-20"),
        ("agenda", "bad.toml", "--as-of", "2026-01-20"),
    ],
)
def test_a_file_that_is_something_else_is_refused_by_name(room: Path, words: tuple[str, ...]) -> None:
    (room / "bad.toml").write_text("[[school]]\nid = 1\n", encoding="utf-8")
    ran = attendance(*words, folder=room)
    assert ran.status == 2 and "bad.toml" in ran.err and "Traceback" not in ran.err
    gone = attendance(*(word.replace("bad", "gone") for word in words), folder=room)
    assert gone.status == 2 and "gone.toml" in gone.err


def test_json_faults_are_data(room: Path) -> None:
    ran = plan(room, "status", "none.toml", "--as-of", "2026-01-20", "--format", "json")
    assert ran.status == 2 and json.loads(ran.out)["error"]["faults"][0]["where"].endswith("none.toml")
