"""The weekly cycle: a pack for every audience from one configuration, and nobody sees whom they may not."""

import csv
import json
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import tomli_w
from attrs import evolve

from attendance_core import MemoryStore, Workbench
from attendance_core.documents.converter import structure
from attendance_core.errors import DocumentError, UnreadableFileError
from attendance_core.model.dues import DueList
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.reports import Audience, Table
from attendance_core.model.support_contacts import SupportOffer
from attendance_core.model.support_duties import Safeguarding, SafeguardingStatus
from attendance_core.model.support_plans import SupportPlan
from attendance_core.model.weekly import WeeklyCycle, WeeklyPack, WeeklySection
from attendance_core.reports.weekly import load_cycle
from tests import school
from tests.commands import attendance

LAST = date(2026, 3, 6)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo school, in a folder of its own."""
    folder = tmp_path_factory.mktemp("weekly") / "school"
    copytree(school.folder(), folder)
    return folder


@pytest.fixture(scope="module")
def packs(home: Path) -> dict[str, Any]:
    """What the command wrote, by name, as JSON."""
    out = home / "packs"
    ran = attendance("weekly", "--config", home / "attendance.toml", "--out", out, "--as-of", LAST, "--format", "json")
    assert ran.status in (0, 1), ran.err
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.iterdir())}
    assert {f"Wrote {out / name}.json" for name in found} <= set(ran.err.splitlines())
    return found


def pupils_of(home: Path) -> dict[str, str]:
    """Pupil to form in the academic year of the tests, of those on roll."""
    with (home / "pupils.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["Pupil ID"]: row["Form"] for row in csv.DictReader(file) if row["Academic Year"] == "2025/26"}


def all_year(home: Path) -> list[str]:
    """Pupils who were on roll before the academic year, and have not left."""
    with (home / "pupils.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Academic Year"] == "2025/26" and not row["Leaving Date"]]
    return [row["Pupil ID"] for row in rows if int(row["Start Date"][-4:]) < 2025]


def listed(pack: Any) -> list[str]:
    """The pupils of a pack's list, in its order."""
    for section in pack["report"]["sections"]:
        for block in section["blocks"]:
            if block.get("id") == "pupils":
                return [str(row[0]) for row in block["rows"]]
    return []


def figures(pack: Any) -> dict[str, Any]:
    """The figures of a pack by id."""
    return {
        figure["id"]: figure
        for section in pack["report"]["sections"]
        for block in section["blocks"]
        for figure in block.get("figures", ())
    }


def test_every_audience_has_its_pack_and_what_is_left_out_is_said(home: Path, packs: dict[str, Any]) -> None:
    forms = {form.lower() for form in pupils_of(home).values()}
    assert {name for name in packs if name.startswith("tutor-")} == {f"tutor-{form}" for form in forms}
    assert {"senior-leaders", "senco", "safeguarding-lead", "governors", "agenda-pastoral-team"} <= set(packs)
    again = home / "again"
    ran = attendance("weekly", "--config", home / "attendance.toml", "--out", again, "--as-of", LAST)
    assert "Not made: head-of-house: the register has no house" in ran.err
    assert "Not made: subject-leaders: there are no lesson marks" in ran.err


def test_a_tutor_sees_the_pupils_of_the_group_and_no_other(home: Path, packs: dict[str, Any]) -> None:
    forms = pupils_of(home)
    tutors = {name: pack for name, pack in packs.items() if name.startswith("tutor-")}
    for name, pack in tutors.items():
        form = name.removeprefix("tutor-").upper()
        assert {forms[pupil] for pupil in listed(pack)} <= {form}
        others = [pupil for pupil, theirs in forms.items() if theirs != form]
        assert not [pupil for pupil in others if pupil in json.dumps(pack)]
    together = sorted(pupil for pack in tutors.values() for pupil in listed(pack))
    assert together == sorted(listed(packs["senior-leaders"]))
    assert together


def test_a_tutor_is_not_told_of_sensitive_cohorts_of_one_or_two_children(packs: dict[str, Any]) -> None:
    sensitive = {name for pack in Workbench.open(entry_points=False).packs() for name in _sensitive(pack)}
    for name, pack in packs.items():
        if name.startswith("tutor-"):
            assert not [id for id in figures(pack) if id.split("/")[1].partition("+")[0] in sensitive]
    assert [id for id in figures(packs["safeguarding-lead"]) if "/looked-after/" in id]


def _sensitive(pack: Any) -> set[str]:
    return {cohort.id for cohort in pack.cohorts if cohort.sensitive}


def test_governors_meet_no_pupil(home: Path, packs: dict[str, Any]) -> None:
    text = json.dumps(packs["governors"])
    assert not [pupil for pupil in pupils_of(home) if pupil in text]


def test_every_figure_of_a_pack_is_the_one_that_explain_rebuilds(home: Path, packs: dict[str, Any]) -> None:
    bench = Workbench.open(home / "attendance.toml", entry_points=False)
    register = bench.read(home / "marks.csv", as_of=LAST)
    for name in ("tutor-9a", "senco", "governors"):
        for id, figure in list(figures(packs[name]).items())[::5]:
            explanation, sessions = bench.explain(register, id)
            assert explanation.figure.value == figure["value"], id
            assert explanation.figure.numerator == figure["numerator"], id
            assert len(sessions)


def test_the_week_runs_from_monday_and_the_week_before_is_a_school_week(packs: dict[str, Any]) -> None:
    periods = {id.split("/")[2] for id in figures(packs["senior-leaders"])}
    assert periods == {"2026-03-02..2026-03-06", "2026-02-23..2026-03-01", "2025-09-03..2026-03-06"}


def test_the_week_after_a_holiday_is_held_against_the_one_before_it(home: Path) -> None:
    bench = Workbench.open(home / "attendance.toml", entry_points=False)
    register = bench.read(home / "marks.csv", as_of=date(2026, 2, 24))
    days = sorted(one for one in register.calendars.dates if one < date(2026, 2, 23))
    made = bench.weekly(register)
    report = dict(made.views)["governors"].report
    titles = [
        figure.id for section in report.sections for block in section.blocks for figure in getattr(block, "figures", ())
    ]
    monday = date.fromordinal(days[-1].toordinal() - days[-1].weekday())
    assert any(str(id).split("/")[2].startswith(f"{monday}..") for id in titles)
    assert monday < date(2026, 2, 16)


def test_missing_marks_stand_on_page_one_with_their_form(home: Path, tmp_path: Path) -> None:
    copytree(home, tmp_path / "s", ignore=lambda *_: {"packs", "again"})
    marks = tmp_path / "s" / "marks.csv"
    forms = pupils_of(home)
    gone = {pupil for pupil, form in forms.items() if form == "9A"}
    rows = marks.read_text(encoding="utf-8").splitlines(keepends=True)
    head = rows[0].rstrip("\n").split(",")
    who, when = head.index("Pupil ID"), head.index("Date")
    kept = [row for row in rows if not (row.split(",")[who] in gone and row.split(",")[when] == "05/03/2026")]
    missing = len(rows) - len(kept)
    assert missing > 20
    marks.write_text("".join(kept), encoding="utf-8")
    bench = Workbench.open(tmp_path / "s" / "attendance.toml", entry_points=False)
    views = dict(bench.weekly(bench.read(marks, as_of=LAST)).views)
    first = views["tutor-9a"].report.sections[0]
    table = next(block for block in first.blocks if getattr(block, "id", "") == "sessions-due")
    by_day = {row[0]: row[3] for row in table.rows}  # type: ignore[union-attr]
    assert by_day[date(2026, 3, 5)] == missing
    leaders = views["senior-leaders"].report.sections[0]
    by_form = next(block for block in leaders.blocks if getattr(block, "id", "") == "missing-by-form")
    assert ("9A", missing) in by_form.rows  # type: ignore[union-attr]


def test_lesson_marks_make_the_pack_of_subject_leaders(home: Path, tmp_path: Path) -> None:
    copytree(home, tmp_path / "s", ignore=lambda *_: {"packs", "again"})
    folder = tmp_path / "s"
    with (folder / "lessons.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Pupil ID", "Date", "Period", "Subject", "Mark"])
        for index, pupil in enumerate(all_year(home)[:40]):
            out.writerow([pupil, "04/03/2026", "1", "Maths", "/" if index % 4 else "O"])
    config = (folder / "attendance.toml").read_text(encoding="utf-8")
    columns = {"pupil_id": "Pupil ID", "date": "Date", "period": "Period", "subject": "Subject", "code": "Mark"}
    mapping = {
        "id": "demo-lessons",
        "title": "Lessons",
        "layout": "lesson",
        "school": "demo-school",
        "dates": "day-first",
    }
    lessons = "\n" + tomli_w.dumps({"lessons": mapping | {"columns": columns}})
    named = config.replace("[files]\n", '[files]\nlessons = "lessons.csv"\n')
    (folder / "attendance.toml").write_text(named + lessons, encoding="utf-8")
    ran = attendance(
        "weekly", "--config", folder / "attendance.toml", "--out", folder / "o", "--as-of", LAST, "--format", "json"
    )
    assert ran.status in (0, 1), ran.err
    pack = json.loads((folder / "o" / "subject-leaders.json").read_text(encoding="utf-8"))
    maths = next(
        figure for id, figure in figures(pack).items() if id.startswith("lesson-attendance/") and "Maths" in id
    )
    assert (maths["numerator"], maths["denominator"]) == (30, 40)


def test_the_agenda_comes_every_second_school_week(home: Path) -> None:
    bench = Workbench.open(home / "attendance.toml", entry_points=False)
    made = bench.weekly(bench.read(home / "marks.csv", as_of=date(2026, 3, 13)))
    assert "agenda-pastoral-team" not in dict(made.views)
    assert [one for one in made.left_out if one.startswith("agenda-pastoral-team: the meeting is held every 2 weeks")]


def test_what_is_due_goes_to_who_needs_to_know(home: Path) -> None:
    forms = pupils_of(home)
    mine = next(pupil for pupil in all_year(home) if forms[pupil] == "9A")
    other = next(pupil for pupil in all_year(home) if forms[pupil] != "9A")
    bench = Workbench.open(home / "attendance.toml", entry_points=False, store=MemoryStore())
    day = date(2026, 2, 2)
    for number, pupil in enumerate((mine, other)):
        plan = SupportPlan(start=day, tier="targeted", goals=(f"goal {number}",))
        bench.ledgers.add(PupilKey(pupil_id=pupil), plan, written_on=day, by="lead")
    # Begun with the id of the only school: it is the same pupil to whom a duty is owed.
    status = Safeguarding(status=SafeguardingStatus.CHILD_IN_NEED, start=day)
    bench.ledgers.add(PupilKey(pupil_id=mine), status, written_on=day, by="lead")
    (home / "packs-with-due.toml").write_text(
        '[[packs]]\nid = "tutor"\ntitle = "T"\neach = "form"\nsections = ["completeness", "due"]\n'
        '[packs.audience]\nid = "tutor"\ntitle = "T"\nnames_pupils = true\ninside = true\n'
        '[[packs]]\nid = "lead"\ntitle = "L"\nsections = ["completeness", "due"]\nduties = ["safeguarding"]\n'
        '[packs.audience]\nid = "lead"\ntitle = "L"\nnames_pupils = true\ninside = true\n',
        encoding="utf-8",
    )
    files = evolve(bench.configuration.files, weekly="packs-with-due.toml")
    bench.configuration = evolve(bench.configuration, files=files)
    views = dict(bench.weekly(bench.read(home / "marks.csv", as_of=LAST)).views)

    def shown(name: str) -> dict[str, list[str]]:
        section = next(one for one in views[name].report.sections if one.id == "due")
        return {block.id: [str(row[2]) for row in block.rows] for block in section.blocks if isinstance(block, Table)}

    assert shown("tutor-9a")["reviews"] == [mine]
    assert "safeguarding" not in shown("tutor-9a")
    assert set(shown("lead")["reviews"]) == {mine, other}
    assert mine in shown("lead")["safeguarding"]


def test_a_pupil_on_the_list_is_told_what_was_last_done(home: Path, packs: dict[str, Any]) -> None:
    pupil = listed(packs["senior-leaders"])[0]
    bench = Workbench.open(home / "attendance.toml", entry_points=False, store=MemoryStore())
    for day in (date(2026, 2, 2), date(2026, 2, 9), date(2026, 3, 20)):
        offer = SupportOffer(on=day, what="breakfast club")
        bench.ledgers.add(PupilKey(pupil_id=pupil, school_id="demo-school"), offer, written_on=day, by="lead")
    views = dict(bench.weekly(bench.read(home / "marks.csv", as_of=LAST)).views)
    tables = [block for section in views["senior-leaders"].report.sections for block in section.blocks]
    rows = next(block.rows for block in tables if isinstance(block, Table) and block.id == "pupils")
    assert [row[7] for row in rows if row[0] == pupil] == ["support offered on 2026-02-09"]
    assert {row[7] for row in rows if row[0] != pupil} == {""}


# -- what is wrong is said


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ("", "attendance.toml: files.marks: is not given"),
        ('[files]\nmarks = "no.csv"\n', "attendance.toml: files.marks: 'no.csv' is not there"),
        ('[files]\nmarks = "m.csv"\nweekly = "no.toml"\n', "attendance.toml: files.weekly: 'no.toml' is not there"),
        ('[files]\nmarks = "m.csv"\nlessons = "m.csv"\n', "attendance.toml: files.lessons: holds no lesson marks"),
    ],
)
def test_what_the_configuration_lacks_is_named(tmp_path: Path, files: str, told: str) -> None:
    (tmp_path / "attendance.toml").write_text(files, encoding="utf-8")
    rows = [
        f"P{pupil:03},2026-03-0{day},{session},/" for pupil in range(30) for day in (4, 5) for session in ("AM", "PM")
    ]
    (tmp_path / "m.csv").write_text("\n".join(["Pupil ID,Date,Session,Mark", *rows]), encoding="utf-8")
    ran = attendance("weekly", "--config", tmp_path / "attendance.toml", "--out", tmp_path / "out")
    assert ran.status == 2
    assert told in ran.err
    assert "Traceback" not in ran.err


READERS = Audience(id="x", title="Readers")


@pytest.mark.parametrize(
    ("pack", "told"),
    [
        ({"sections": ("rules",)}, "does not begin with how complete"),
        ({"sections": ()}, "does not begin with how complete"),
        ({"sections": ("completeness", "rules", "rules")}, "names a section twice"),
        ({"sections": ("completeness",), "each": "form", "cohorts": ("ehcp",)}, "stands beside cohorts"),
        ({"sections": ("completeness", "pupils")}, "lists pupils (pupils) for readers who may not know them"),
        ({"sections": ("completeness",), "duties": (DueList.LEAVE,)}, "duties[0]: 'leave' is none"),
    ],
)
def test_a_pack_that_cannot_be_is_refused(pack: dict[str, Any], told: str) -> None:
    sections = tuple(WeeklySection(one) for one in pack["sections"])
    with pytest.raises(DocumentError) as caught:
        WeeklyPack(id="a", title="A", audience=READERS, **{**pack, "sections": sections})
    assert told in str(caught.value)


def test_a_cycle_has_each_pack_once_and_meets_at_least_weekly() -> None:
    one = WeeklyPack(id="a", title="A", audience=READERS, sections=(WeeklySection.COMPLETENESS,))
    with pytest.raises(DocumentError) as caught:
        WeeklyCycle(packs=(one, one), agenda_weeks=0)
    assert "'a' is used twice" in str(caught.value)
    assert "agenda_weeks: is below 1" in str(caught.value)


def test_a_school_writes_its_own_packs(home: Path, tmp_path: Path) -> None:
    copytree(home, tmp_path / "s", ignore=lambda *_: {"packs", "again"})
    folder = tmp_path / "s"
    (folder / "packs.toml").write_text(
        'agenda = ""\n[[packs]]\nid = "sendco"\ntitle = "FSM"\ncohorts = ["fsm"]\n'
        'sections = ["completeness", "pupils"]\n'
        '[packs.audience]\nid = "sendco"\ntitle = "SENDCo"\nnames_pupils = true\ninside = true\n',
        encoding="utf-8",
    )
    config = (folder / "attendance.toml").read_text(encoding="utf-8")
    (folder / "attendance.toml").write_text(config.replace("[files]\n", '[files]\nweekly = "packs.toml"\n'), "utf-8")
    bench = Workbench.open(folder / "attendance.toml", entry_points=False)
    made = bench.weekly(bench.read(folder / "marks.csv", as_of=LAST))
    assert [name for name, _ in made.views] == ["sendco"]
    with (home / "pupils.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    meals = {row["Pupil ID"] for row in rows if row["Academic Year"] == "2025/26" and row["FSM"] == "Y"}
    shown = next(
        block
        for section in made.views[0][1].report.sections
        for block in section.blocks
        if getattr(block, "id", "") == "pupils"
    )
    assert {row[0] for row in shown.rows} <= meals  # type: ignore[union-attr]
    assert shown.rows  # type: ignore[union-attr]


def test_the_shipped_packs_load_and_a_broken_file_is_told_by_key(tmp_path: Path) -> None:
    assert "governors" in [pack.id for pack in load_cycle().packs]
    with pytest.raises(DocumentError) as caught:
        structure({"packs": [{"id": "a", "title": "A", "sections": ["tables"]}]}, WeeklyCycle, where="w.toml")
    assert "w.toml: packs[0].audience" in str(caught.value)
    assert "w.toml: packs[0].sections[0]" in str(caught.value)
    with pytest.raises(UnreadableFileError):
        load_cycle(tmp_path / "none.toml")
