"""Impact from marks to document: treatments read from tables, the workbench, and the command in every format."""

import csv
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from attrs import evolve

from attendance_core import Configuration, School, Workbench
from attendance_core.errors import DocumentError, InputError, MissingColumnError, UnknownNameError
from attendance_core.model.impact import ImpactVerdict
from attendance_core.model.treatments import Score, ScoreKind, Treatment
from attendance_core.register.reading import Membership
from attendance_core.register.register import Register
from attendance_core.register.treatments import read_treatments
from tests.commands import attendance
from tests.impact_schools import invent
from tests.registers import marks_table, read, table

PUPILS, WEEKS, HELPED = 90, 30, 25
FIRST = date(2025, 9, 1)
#: Three weeks of holidays, so that weeks of the calendar and of the school differ.
MONDAYS = [FIRST + timedelta(weeks=week + (2 if week >= 15 else 0) + (1 if week >= 21 else 0)) for week in range(WEEKS)]
BEGAN = MONDAYS[18]


def _invented() -> tuple[list[str], list[tuple[str, date, str, str]]]:
    """A school in which help takes more than half of the absence of those away who were worst before."""
    dice = np.random.default_rng(2)
    level = dice.uniform(0.05, 0.25, PUPILS)
    absent = dice.random((PUPILS, WEEKS, 5)) < level[:, None, None]
    worst = np.argsort(-absent[:, 10:18].sum(axis=(1, 2)) + dice.normal(0, 8, PUPILS))[:HELPED]
    absent[worst, 18:] &= dice.random((HELPED, WEEKS - 18, 5)) < 0.4
    marks = [
        (f"P{pupil:03d}", monday + timedelta(days=day), session, "I" if absent[pupil, week, day] else "/")
        for pupil in range(PUPILS)
        for week, monday in enumerate(MONDAYS)
        for day in range(5)
        for session in ("AM", "PM")
    ]
    return [f"P{pupil:03d}" for pupil in sorted(worst.tolist())], marks


CHOSEN, MARKS = _invented()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("impact")
    marks = pl.DataFrame(MARKS, schema=["pupil_id", "date", "session", "code"], orient="row")
    marks.write_csv(folder / "marks.csv")
    rows = [("Pupil ID", "Programme", "Start", "End", "Cost", "Wellbeing before", "Wellbeing after")]
    rows += [(pupil, "mentoring", BEGAN.isoformat(), "", "£1,200.50", "2", "3") for pupil in CHOSEN]
    with (folder / "help.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    choices = '[policy.settings]\n"impact-nearest" = "30"\n"impact-distance" = "30"\n'
    school = '[school]\nid = "S1"\nname = "Larch Lane"\n'
    (folder / "attendance.toml").write_text(f"{school}\n{choices}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def bench(folder: Path) -> Workbench:
    return Workbench.open(folder / "attendance.toml")


@pytest.fixture(scope="module")
def register(bench: Workbench, folder: Path) -> Register:
    return bench.read(folder / "marks.csv")


def test_what_a_window_holds_is_what_the_marks_of_its_weeks_say(
    bench: Workbench, register: Register, folder: Path
) -> None:
    (found,) = bench.impact(register, bench.treatments(folder / "help.csv", register))
    assert found.choices.nearest == 30, "a school's own choice holds"
    before, after = MONDAYS[6:18], MONDAYS[18:28]
    for counted, mondays in ((found.before, before), (found.after, after)):
        mine = [
            code for pupil, day, _, code in MARKS if pupil in CHOSEN and day - timedelta(days=day.weekday()) in mondays
        ]
        assert counted is not None
        assert (counted.attended, counted.possible) == (mine.count("/"), len(mine))
    assert found.verdict is ImpactVerdict.HELPED
    assert found.naive is not None and found.effect is not None
    assert found.naive > found.effect.points > 0
    assert found.placebo is not None and found.placebo.holds_zero
    assert found.cost is not None and round(found.cost.total, 2) == 1200.5 * HELPED
    assert [(score.kind, score.before, score.after) for score in found.scores] == [(ScoreKind.WELLBEING, 2, 3)]


def test_nothing_after_the_day_asked_about_is_looked_at(bench: Workbench, register: Register, folder: Path) -> None:
    helped = bench.treatments(folder / "help.csv", register)
    friday = MONDAYS[23] + timedelta(days=4)
    (cut,) = bench.impact(register, helped, as_of=friday)
    assert cut.as_of == friday
    assert cut.after is not None and cut.after.possible == HELPED * 60
    (midweek,) = bench.impact(register, helped, as_of=friday - timedelta(days=1))
    assert midweek.after is not None and midweek.after.possible == HELPED * 50
    early = bench.read(folder / "marks.csv", as_of=friday)
    (read_early,) = bench.impact(early, bench.treatments(folder / "help.csv", early))
    assert read_early.effect == cut.effect


def test_a_host_gives_treatments_or_memberships_of_a_cohort(bench: Workbench, folder: Path) -> None:
    members = [Membership(pupil_id=pupil, cohort="breakfast-club", start=BEGAN) for pupil in CHOSEN]
    register = bench.read(folder / "marks.csv", memberships=members)
    helped = bench.cohort_treatments(register, ["breakfast-club"])
    assert {one.start for one in helped} == {BEGAN} and {one.end for one in helped} == {None}
    (by_cohort,) = bench.impact(register, helped)
    (by_file,) = bench.impact(register, bench.treatments(folder / "help.csv", register))
    assert by_cohort.effect == by_file.effect
    with pytest.raises(UnknownNameError, match=r"'breakfast': has no member in this register.*Did you mean"):
        bench.cohort_treatments(register, ["breakfast"])


def test_a_programme_that_nobody_was_helped_by_is_named(bench: Workbench, register: Register, folder: Path) -> None:
    helped = bench.treatments(folder / "help.csv", register)
    with pytest.raises(UnknownNameError, match=r"programme 'mentorin': nobody was helped by it.*'mentoring'"):
        bench.impact(register, helped, part_of=["mentorin"])
    with pytest.raises(UnknownNameError, match="programme 'x'"):
        bench.impact(register, (), part_of=["x"])


@pytest.mark.parametrize("seed", [1, 2])
def test_marks_give_what_their_weeks_give(seed: int) -> None:
    """An invented school written out as marks, and read as any register is."""
    school = invent(seed, pupils=200, helped=30, rolling=seed == 1)
    asked = school.helped(0.3)
    (panel,) = asked.panels
    day = [monday.first + timedelta(days=number // 2) for monday in panel.weeks for number in range(10)]
    absent = np.arange(10)[None, None, :] < panel.absent[:, :, None]
    frame = pl.DataFrame(
        {
            "pupil_id": np.repeat(panel.enrolments, len(day)),
            "date": day * len(panel.enrolments),
            "session": ["AM", "PM"] * (len(day) // 2 * len(panel.enrolments)),
            "code": np.where(absent, "I", "/").ravel(),
        }
    )
    bench = Workbench.open(Configuration(school=School(id="S")))
    register = bench.read(frame)
    keys = {pupil: key for key, pupil in register.enrolments.select("enrolment_id", "pupil_id").iter_rows()}
    helped = [evolve(one, enrolment_id=keys[one.enrolment_id]) for one in asked.treatments]
    (found,) = bench.impact(register, helped)
    expected = asked.impact("mentoring")
    assert found.as_of == expected.as_of
    assert found.effect is not None and expected.effect is not None
    assert found == evolve(expected, profile=found.profile)


# -- tables of help

ROWS = [("P1", "clinic", "2025-09-03", "", "", "")]


def small() -> Register:
    return read(marks_table([(pupil, date(2025, 9, 3), "AM", "/") for pupil in ("P1", "P2")]))


def reading(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], **more: str) -> tuple[Treatment, ...]:
    return read_treatments(table(columns, rows).drop("source_row").collect(), small(), where="help.csv", **more)  # type: ignore[arg-type]


def test_a_row_becomes_a_treatment() -> None:
    columns = ("Pupil ID", "programme", "start", "end", "cost", "Family Trust before", "family_trust_after")
    (found,) = reading(columns, [("P1", "clinic", "03/09/2025", "2025-10-01", "£1,050.25", "2.5", "")])
    assert found.part_of == "clinic"
    assert (found.start, found.end, found.cost) == (date(2025, 9, 3), date(2025, 10, 1), 1050.25)
    assert found.scores == (Score(kind=ScoreKind.FAMILY_TRUST, before=2.5),)
    assert found.enrolment_id in set(small().enrolments["enrolment_id"].to_list())


def test_what_is_judged_as_one_is_the_column_asked_for() -> None:
    columns = ("pupil_id", "programme", "cohort", "start")
    rows = [("P1", "clinic", "year 9", "2025-09-03")]
    assert reading(columns, rows)[0].part_of == "clinic"
    assert reading(columns, rows, by="cohort")[0].part_of == "year 9"


def test_every_fault_of_a_table_is_told_at_once_and_by_row() -> None:
    columns = ("pupil_id", "programme", "start", "end", "cost", "wellbeing_before")
    rows = [
        ("P1", "clinic", "2025-09-03", "2025-09-01", "", ""),
        ("Canary", "clinic", "2025-09-03", "", "", ""),
        ("P1", "", "", "", "-5", "good"),
        ("P1", "clinic", "someday", "", "lots", ""),
        ("P2", "clinic", "2025-09-03", "", "12", "3"),
    ]
    with pytest.raises(DocumentError) as caught:
        reading(columns, rows)
    told = sorted(str(fault) for fault in caught.value.faults)
    assert told == sorted(
        [
            "help.csv row 2: ends before it starts; expected end on or after start. Swap the dates.",
            "help.csv row 3: names a pupil that the register does not hold; expected a pupil of this register. "
            "Correct it, or leave the row out.",
            "help.csv row 4: programme: is empty; expected what the help was part of. Fill it in.",
            "help.csv row 4: cost: is no amount; expected pounds, 0 or more. Correct it.",
            "help.csv row 4: wellbeing_before: is no number; expected a number. Correct it.",
            "help.csv row 4: start: is empty; expected the first day of the help. Fill it in.",
            "help.csv row 5: start: is no date; expected 2025-09-01 or 01/09/2025. Correct it.",
            "help.csv row 5: cost: is no amount; expected pounds, 0 or more. Correct it.",
        ]
    )


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        (("programme", "start"), "does not say whose the help was"),
        (("pupil_id", "start"), "does not say what the help was part of"),
        (("pupil_id", "programme"), "does not say when the help began"),
    ],
)
def test_a_column_that_is_needed_is_asked_for(columns: tuple[str, ...], what: str) -> None:
    with pytest.raises(MissingColumnError, match=what):
        reading(columns, [tuple("P1" for _ in columns)])
    with pytest.raises(MissingColumnError, match="expected plan"):
        reading(("pupil_id", "programme", "start"), ROWS[:0], by="plan")


def test_a_hosts_frame_is_a_table_too(bench: Workbench, register: Register) -> None:
    frame = pl.DataFrame({"pupil_id": CHOSEN, "plan": ["p"] * HELPED, "start": [BEGAN] * HELPED})
    assert {(one.part_of, one.start) for one in bench.treatments(frame, register)} == {("p", BEGAN)}
    with pytest.raises(DocumentError, match="treatments row 1: names a pupil"):
        bench.treatments(frame.with_columns(pl.lit("nobody").alias("pupil_id")).head(1), register)


# -- the command


def test_the_command_says_the_verdict_first_and_everything_it_stands_on(folder: Path) -> None:
    ran = attendance("impact", "marks.csv", "--treatments", "help.csv", "--format", "md", folder=folder)
    assert ran.status == 0, ran.err
    told = ran.out
    assert told.index("mentoring: helped") < told.index("Attendance of the helped")
    for text in (
        "have risen by",
        "95 % interval",
        "placebo, before any help",
        "persistent absence, 10 %",
        "for each attended session gained",
        "wellbeing",
        "Pupils are matched on what they attended",
    ):
        assert text in told, text
    assert not [pupil for pupil in CHOSEN if pupil in told]


@pytest.mark.parametrize("format_", ["terminal", "json", "html", "xlsx", "csv"])
def test_every_format_writes_it(folder: Path, tmp_path: Path, format_: str) -> None:
    out = tmp_path / ("tables" if format_ == "csv" else f"impact.{format_}")
    ran = attendance(
        "impact", "marks.csv", "--treatments", "help.csv", "--format", format_, "--out", out, folder=folder
    )
    assert ran.status == 0, ran.err
    written = [out] if out.is_file() else sorted(out.iterdir())
    assert written and all(path.stat().st_size for path in written)
    if format_ == "json":
        titles = [section["title"] for section in json.loads(out.read_text(encoding="utf-8"))["report"]["sections"]]
        assert titles == ["Verdicts", "mentoring: helped"]
    if format_ != "xlsx":
        held = "".join(path.read_text(encoding="utf-8") for path in written)
        assert not [pupil for pupil in CHOSEN if pupil in held]


def test_outside_the_school_no_number_leaves(bench: Workbench, register: Register, folder: Path) -> None:
    impacts = bench.impact(register, bench.treatments(folder / "help.csv", register))
    outside = next(outline.id for outline in bench.plugins.outlines() if not outline.audience.inside)
    view = bench.impact_report(register, impacts, audience=outside)
    (rendered,) = bench.render(view, "md")
    text = rendered.content.decode()
    assert "withheld outside the school" in text
    assert "points" not in text
    inside = bench.render(bench.impact_report(register, impacts), "md")[0].content.decode()
    assert "95 % interval" in inside and "95 % interval" not in text


def test_the_panel_is_written_for_one_programme(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "panel.csv"
    ran = attendance("impact", "marks.csv", "--treatments", "help.csv", "--panel", out, folder=folder)
    assert ran.status == 0, ran.err
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PUPILS * WEEKS
    assert {row["first_treated"] for row in rows} == {"0", "19"}
    assert sum(int(row["treated"]) for row in rows) == HELPED * (WEEKS - 18)
    lines = (folder / "help.csv").read_text(encoding="utf-8")
    (folder / "two.csv").write_text(lines.replace("mentoring", "clinic", 1), encoding="utf-8")
    ran = attendance("impact", "marks.csv", "--treatments", "two.csv", "--panel", out, folder=folder)
    assert ran.status == 2
    assert ran.told == ["error: --panel: is of one programme, and 2 are judged; expected --programme ID. Name one."]


def test_the_command_asks_who_was_helped(folder: Path) -> None:
    ran = attendance("impact", "marks.csv", folder=folder)
    assert ran.status == 2
    assert ran.told == [
        "error: attendance impact: no help is named; expected --treatments FILE, --store, or --cohort. "
        "Say who was helped."
    ]
    with pytest.raises(InputError):
        Workbench.open().treatments(folder / "nowhere.csv", small())


def test_one_programme_is_judged_while_the_help_of_others_is_known(folder: Path) -> None:
    lines = (folder / "help.csv").read_text(encoding="utf-8").splitlines()
    others = [f"P{number:03d}" for number in range(PUPILS) if f"P{number:03d}" not in CHOSEN][:30]
    lines += [f"{pupil},breakfast,{MONDAYS[10].isoformat()},,,," for pupil in others]
    (folder / "both.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    arguments = ("impact", "marks.csv", "--treatments", "both.csv", "--programme", "mentoring", "--format", "json")
    ran = attendance(*arguments, folder=folder)
    assert ran.status == 0, ran.err
    assert [section["title"].split(":")[0] for section in ran.data["report"]["sections"]] == ["Verdicts", "mentoring"]
    compared = ran.data["report"]["sections"][1]["blocks"]
    rows = next(block for block in compared if block.get("id") == "differences-1")["rows"]
    assert all(row[-1] is None or row[-1] <= PUPILS - HELPED - 30 for row in rows)
