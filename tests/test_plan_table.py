"""A school's own plan table: read cell for cell, uncertain cells flagged and never shifted, and written again."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_core.errors import AttendanceError, DocumentError, InputError, UnreadableFileError
from attendance_core.frameworks.links import Links
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.actions import ActionState
from attendance_core.model.plan_rows import Rhythm
from attendance_core.model.plans import ImprovementPlan
from attendance_core.plans.drafting import draft_new
from attendance_core.plans.layout import BLANK, TableRow, lay_out
from attendance_core.plans.lint import lint_plan
from attendance_core.plans.reading import ReadPlan, bullets, read_plan
from attendance_core.plans.target_words import read_targets
from attendance_core.plugins.builtin.plan_table import read_table, write_table
from attendance_core.reference.roles import role_of
from tests.plan_cases import A2, S2, U2, WORDS, plans
from tests.shared import shared

HEADS = (
    "KPI No", "Objective / KPI", "Lead", "Gov Link", "Action Autumn 2", "Action Spring 2", "Actions\n\nSummer 2",
    "2024 Target", "Cost", "Evaluating",
)  # fmt: skip
ROW = (
    "1",
    "Expect it.",
    "SLT",
    "Full Governors",
    "· Tell.\n· Train.",
    "· Look.",
    "· Judge.",
    "Better.",
    "None",
    "SLT/Govs",
)


def rows(*cells: Sequence[str]) -> list[TableRow]:
    return [
        TableRow(where=f"row {number}", number=number, cells=tuple(row)) for number, row in enumerate(cells, start=1)
    ]


def read(*cells: Sequence[str], **more: object) -> ReadPlan:
    given = {"where": "plan.csv", "id": "plan-x", "academic_year": "2023/24", **more}
    return read_plan(rows(*cells), **given)  # type: ignore[arg-type]


def texts(found: ReadPlan) -> dict[str, list[str]]:
    parts = found.plan.objectives[0].half_terms
    return {part.half_term.value: [one.text for one in part.actions] for part in parts}


def test_each_cell_has_its_place() -> None:
    found = read(("EXPECT: A culture",), HEADS, ROW)
    (one,) = found.plan.objectives
    (stage,) = found.plan.stages
    assert (stage.label, stage.title, stage.target_year) == ("EXPECT", "A culture", 2024)
    assert (one.label, one.text, one.cost) == ("1", "Expect it.", "None")
    assert one.leads == ("senior leadership team",) and one.governor_link == ("full governing board",)
    assert one.evaluation == ("senior leadership team", "governors")
    assert texts(found) == {"Autumn 2": ["Tell.", "Train."], "Spring 2": ["Look."], "Summer 2": ["Judge."]}
    assert found.flags == () and lint_plan(found.plan, where="x") == ()


# -- T10


SHORT = (*ROW[:5], *ROW[6:])


def test_t10_a_row_with_fewer_cells_is_asked_about_and_not_shifted() -> None:
    found = read(("EXPECT",), HEADS, SHORT, ROW)
    short, whole = found.plan.objectives
    # What stands before the first action is certain; nothing behind it was taken.
    assert (short.label, short.text, short.leads) == ("1", "Expect it.", ("senior leadership team",))
    assert (short.half_terms, short.targets, short.cost, short.evaluation) == ((), (), "", ())
    assert whole.half_terms and whole.evaluation
    (flag,) = found.asked
    assert flag.where == "row 3"
    assert flag.what.startswith("has fewer cells (9) than there are heads (10), so cells may have moved")
    assert flag.what.endswith("until you say which columns they are, with --row 3=")


def test_t10_empty_cells_at_the_end_of_a_sheet_are_asked_about_too() -> None:
    """A sheet is a rectangle: a row that lost a cell ends with an empty one."""
    assert len(read(HEADS, (*SHORT, "")).asked) == 1
    assert read(HEADS, (*ROW[:9], "\u2013")).asked == ()


def test_t10_an_answer_says_where_each_cell_belongs() -> None:
    names = ("Autumn 2", "Summer 2", "Target", "Cost", "Evaluating")
    found = read(HEADS, SHORT, answers={2: names})
    assert found.asked == ()
    assert texts(found) == {"Autumn 2": ["Tell.", "Train."], "Summer 2": ["Judge."]}
    assert found.plan.objectives[0].evaluation == ("senior leadership team", "governors")
    stands = read(HEADS, SHORT, answers={2: ("as they stand",)})
    assert texts(stands) == {"Autumn 2": ["Tell.", "Train."], "Spring 2": ["Judge."], "Summer 2": ["Better."]}


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({2: ("Autumn 2",)}, "row 2: 1 columns are named for 5 filled cells"),
        (
            {2: ("Autumn 2", "Winter", "Target", "Cost", "Evaluating")},
            "row 2: 'Winter' is none of the columns from the first action on; expected one of Action Autumn 2",
        ),
        (
            {2: ("Autumn 2", "Lead", "Target", "Cost", "Evaluating")},
            "row 2: 'Lead' is none of the columns from the first action on",
        ),
        ({2: ("Autumn 2", "Summer 2", "Target", "Cost", "Costs")}, "row 2: 'Cost' is named twice"),
        ({7: ("Autumn 2",)}, "--row 7: was answered, and is no row of an objective"),
    ],
)
def test_t10_an_answer_that_does_not_fit_is_refused(answers: dict[int, tuple[str, ...]], says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        read(HEADS, SHORT, answers=answers)


def test_t10_a_row_with_more_cells_is_asked_about() -> None:
    found = read(HEADS, (*ROW, "one more"))
    assert "has more cells (11) than there are heads (10)" in found.asked[0].what
    assert found.plan.objectives[0].half_terms == ()


@settings(deadline=None)
@given(st.sets(st.integers(4, 9), min_size=1, max_size=5))
def test_law_t10_a_row_that_lost_cells_never_gives_a_cell_to_another_column(lost: set[int]) -> None:
    """Each cell holds the number of its column: whatever is read stands in the column that it came from."""
    numbered = ("1", "Objective.", "SLT", "SLT", *(f"cell {index}" for index in range(4, 10)))
    found = read(HEADS, tuple(cell for index, cell in enumerate(numbered) if index not in lost))
    (one,) = found.plan.objectives
    assert found.asked and one.half_terms == () and one.targets == () and one.cost == ""
    names = ("Autumn 2", "Spring 2", "Summer 2", "Target", "Cost", "Evaluating")
    answer = tuple(name for index, name in enumerate(names, start=4) if index not in lost)
    kept = tuple(cell for index, cell in enumerate(numbered) if index not in lost)
    if answer:
        placed = read(HEADS, kept, answers={2: answer}).plan.objectives[0]
        for index, half_term in ((4, A2), (5, S2), (6, U2)):
            told = [action.text for name, action in placed.each() if name is half_term]
            assert told == ([] if index in lost else [f"cell {index}"])
        assert placed.cost == ("" if 8 in lost else "cell 8")


# -- what cells say


def test_t12_one_target_cell_with_two_targets_gives_two() -> None:
    cell = (
        "Attendance across the school meets the National Average, aiming for 98%.\n\n"
        "These groups are here more often \n(EBSA, EAL, FSM, SEN, EHC)"
    )
    targets, doubts = read_targets(cell, "x")
    assert [(one.kind.value, one.measure, one.benchmark, one.at_least, one.cohorts) for one in targets] == [
        ("benchmark", "attendance", "national-average", None, ()),
        ("numeric", "attendance", "", 98.0, ()),
        ("group", "attendance", "", None, ("ebsa", "eal", "fsm", "sen-support", "ehcp")),
    ]
    assert doubts[0] == "one paragraph holds 2 targets: taken as 2"


@pytest.mark.parametrize(
    ("text", "kind", "more"),
    [
        ("Persistent absence below 15%", "numeric", {"measure": "persistent-absence", "at_most": 15.0}),
        ("Attendance of 95.5 %", "numeric", {"measure": "attendance", "at_least": 95.5}),
        (
            "Improved whole school punctuality.",
            "benchmark",
            {"measure": "late-sessions", "benchmark": "own-year-before"},
        ),
        ("Letters are read by every parent.", "qualitative", {"measure": ""}),
        ("Individual students attend more.", "group", {"cohorts": ()}),
    ],
)
def test_the_four_kinds_of_target_in_words(text: str, kind: str, more: dict[str, object]) -> None:
    ((one,), _) = read_targets(text, "x")
    assert one.kind.value == kind and {name: getattr(one, name) for name in more} == more


AT_LEAST_95 = {"measure": "attendance", "at_least": 95.0, "at_most": None}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Attendance rises from 92% to 95%.", AT_LEAST_95),
        ("Attendance from 92 to 95%", AT_LEAST_95),
        ("Attendance to 95% from 92%", AT_LEAST_95),
        ("Attendance reaches 95% (92% now).", AT_LEAST_95),
        ("Attendance is not below 95%", AT_LEAST_95),
        ("Attendance never below 95%.", AT_LEAST_95),
        ("Attendance does not fall under 95%", AT_LEAST_95),
        ("Attendance doesn\u2019t drop below 95%", AT_LEAST_95),
        ("Attendance no less than 95%", AT_LEAST_95),
        ("Reduce lost days so that attendance is 95%", {"measure": "attendance", "at_least": 95.0}),
        ("Persistent absence falls from 25% to 18%", {"measure": "persistent-absence", "at_most": 18.0}),
        ("Persistent absence does not rise above 18%", {"measure": "persistent-absence", "at_most": 18.0}),
        ("From 1 September persistent absence is below 18%", {"measure": "persistent-absence", "at_most": 18.0}),
        ("Persistent absence must not exceed 18%", {"measure": "persistent-absence", "at_most": 18.0}),
        ("Attendance of FSM pupils at 95%", {**AT_LEAST_95, "population": "fsm"}),
        ("Year 11 attendance of 95%", {**AT_LEAST_95, "population": "year-group=11"}),
        ("Attendance of pupil premium students meets the national average.",
         {"benchmark": "national-average", "population": "pupil-premium"}),
    ],
)  # fmt: skip
def test_a_number_is_taken_as_its_sentence_means_it(text: str, more: dict[str, object]) -> None:
    ((one,), _) = read_targets(text, "x")
    assert {name: getattr(one, name) for name in more} == more


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Persistent absence of pupils (FSM, EAL) to be at most 15%",
            [("persistent-absence", "fsm", 15.0), ("persistent-absence", "eal", 15.0)],
        ),
        ("Persistent absence of FSM and EAL pupils below 15%",
         [("persistent-absence", "fsm", 15.0), ("persistent-absence", "eal", 15.0)]),
        ("Persistent absence for PP 14%, for SEND 13%",
         [("persistent-absence", "pupil-premium", 14.0), ("persistent-absence", "sen-support", 13.0)]),
    ],
)  # fmt: skip
def test_a_number_for_several_groups_is_a_target_for_each(text: str, expected: list[tuple[str, str, float]]) -> None:
    targets, _ = read_targets(text, "x")
    assert [(one.measure, one.population, one.at_most) for one in targets] == expected
    # The table has the sentence once, and it is read the same again.
    found = read(HEADS, (*ROW[:7], text, *ROW[8:])).plan
    again = read(*lay_out(found)).plan
    assert again.objectives[0].targets == found.objectives[0].targets and len(again.objectives[0].targets) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Attendance of boys at 95%",
        "Attendance of vulnerable pupils at 95%",
        "Attendance of FSM pupils in Year 11 at 95%",
        "Attendance between 94% and 96%",
        "Fewer pupils with attendance below 90%",
        "No pupil has attendance below 90%",
        "100% of staff know the attendance policy.",
        "Attendance at 110%",
    ],
)
def test_a_number_that_is_not_certain_is_left_to_people_and_flagged(text: str) -> None:
    ((one,), doubts) = read_targets(text, "x")
    assert one.kind.value == "qualitative" and doubts == (
        "a target names a number, and not for certain of what or of whom: none was taken, and people judge it",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Attendance better than last year", [("attendance", "all")]),
        ("Attendance rises year on year.", [("attendance", "all")]),
        ("Punctuality is better than the previous school year", [("late-sessions", "all")]),
        ("Persistent absence lower than a year before", [("persistent-absence", "all")]),
        ("Reduce unauthorised absence compared with last year", [("unauthorised-absence", "all")]),
        ("FSM attendance improves on last year", [("attendance", "fsm")]),
        ("Attendance of FSM and EAL pupils above last year's", [("attendance", "fsm"), ("attendance", "eal")]),
        ("Year 9 attendance is higher than last year", [("attendance", "year-group=9")]),
    ],
)
def test_better_than_a_year_before_is_held_against_it(text: str, expected: list[tuple[str, str]]) -> None:
    targets, doubts = read_targets(text, "x")
    assert [(one.measure, one.population) for one in targets] == expected
    assert {(one.kind.value, one.benchmark) for one in targets} == {("benchmark", "own-year-before")}
    assert len(doubts) == 1 and doubts[0].startswith("a target is taken as: ")
    assert doubts[0].endswith(" better than a year before")


@pytest.mark.parametrize(
    "text",
    [
        "In line with national average",
        "Better than last year",
        "Attendance is 95%. Letters are better than last year.",
        "Absence no higher than last year",
        "Attendance the same as last year, not lower",
        "Attendance lower than last year",
        "More absence than last year",
        "Attendance of boys better than last year",
        "Fewer pupils with poor attendance than last year",
    ],
)
def test_what_is_compared_without_saying_what_with_certainty_is_left_to_people_and_flagged(text: str) -> None:
    targets, doubts = read_targets(text, "x")
    assert targets[-1].kind.value == "qualitative" and doubts[-1] == (
        "a target compares, and not for certain what, whom or which way: none was taken, and people judge it"
    )


def test_t9_labels_and_years_stay_as_they_are_printed() -> None:
    later = tuple("2023 Target" if head == "2024 Target" else head for head in HEADS)
    found = read(("EXPECT: A",), HEADS, ROW, (), ("LISTEN: B",), later, ROW, ("5", *ROW[1:]))
    assert [(one.id, one.target_year) for one in found.plan.stages] == [("expect", 2024), ("listen", 2023)]
    assert [(one.id, one.label) for one in found.plan.objectives] == [
        ("expect-1", "1"), ("listen-1", "1"), ("listen-5", "5"),
    ]  # fmt: skip


def test_t9_two_stages_are_two_whatever_they_share() -> None:
    later = tuple("2025 Target" if head == "2024 Target" else head for head in HEADS)
    long = "What we expect of everybody who comes to school or sends somebody there"
    titles = ("EXPECT: A culture", "EXPECT: A habit", f"{long} each day", f"{long} each week")
    found = read(*(row for title in titles for row in ((title,), HEADS, ROW)), ("EXPECT: A habit",), later, ROW)
    assert [(one.label, one.title, one.target_year) for one in found.plan.stages] == [
        ("EXPECT", "A culture", 2024), ("EXPECT", "A habit", 2024), ("", titles[2], 2024), ("", titles[3], 2024),
        ("EXPECT", "A habit", 2025),
    ]  # fmt: skip
    assert [one.stage for one in found.plan.objectives] == [one.id for one in found.plan.stages]
    assert lint_plan(found.plan, where="x") == ()


def test_heads_that_stand_again_begin_no_stage() -> None:
    found = read(("EXPECT: A culture",), HEADS, ROW, HEADS, ROW)
    assert [(one.id, one.stage) for one in found.plan.objectives] == [("expect-1", "expect"), ("expect-1-2", "expect")]


def test_each_worksheet_has_heads_of_its_own() -> None:
    def sheet(name: str, start: int, *cells: Sequence[str]) -> list[TableRow]:
        return [
            TableRow(where=f"{name}, row {index}", number=start + index, sheet=name, cells=tuple(row))
            for index, row in enumerate(cells, start=1)
        ]

    pages = (
        *sheet("Expect", 0, ("EXPECT: A culture",), HEADS, ROW, HEADS),
        *sheet("Listen", 4, HEADS, ROW, SHORT),
        *sheet("Costs", 7, ("Item", "Owner", "Jan", "Feb"), ("Bus", "Mrs Q", "1", "2")),
    )
    found = read_plan(pages, where="plan.xlsx", id="plan-x", academic_year="2023/24")
    assert [(one.label, one.target_year) for one in found.plan.stages] == [("EXPECT", 2024), ("Listen", 2024)]
    assert [one.stage for one in found.plan.objectives] == ["expect", "listen", "listen"]
    # Rows are counted over the whole file in an answer, and on their sheet where they are spoken of.
    told = [str(flag) for flag in found.flags]
    assert told[0].startswith("Listen, row 3: has fewer cells") and told[0].endswith("with --row 7=")
    assert told[1:] == [
        f"Costs, row {number}: stands before the first line of heads and was left out" for number in (1, 2)
    ]


def test_t8_a_rhythm_in_an_action_is_read_and_its_words_are_weighed() -> None:
    cell = "· Meet fortnightly.\n· Report at least termly (6 times per year).\n· Look at the term ahead."
    found = read(HEADS, (*ROW[:4], cell, *ROW[5:]))
    rhythms = [
        action.cadence and action.cadence.every
        for half_term, action in found.plan.objectives[0].each()
        if half_term is A2
    ]
    assert rhythms == [Rhythm.FORTNIGHTLY, Rhythm.HALF_TERMLY, None]
    assert [str(flag) for flag in found.flags] == [
        "row 2, Autumn 2: The source says termly (3 a year) and means half-termly (6 a year); half-termly is taken."
    ]


@pytest.mark.parametrize(
    ("text", "rhythm"),
    [
        ("Weekly attendance meetings until half term.", Rhythm.WEEKLY),
        ("Weekly tutor call each term.", Rhythm.WEEKLY),
        ("Reviewed daily in the first week.", Rhythm.DAILY),
        ("Meet every 2 weeks.", Rhythm.FORTNIGHTLY),
        ("Meet every 3-4 weeks.", Rhythm.EVERY_3_TO_4_WEEKS),
        ("Look at every half term's figures.", Rhythm.HALF_TERMLY),
        ("Talk with every year group.", None),
    ],
)
def test_a_rhythm_is_what_its_own_words_say_and_not_the_rest_of_the_sentence(text: str, rhythm: Rhythm | None) -> None:
    found = read(HEADS, (*ROW[:4], text, *ROW[5:]))
    one = next(action for half_term, action in found.plan.objectives[0].each() if half_term is A2)
    assert (one.cadence and one.cadence.every) == rhythm and found.flags == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Meet weekly, report termly.", "speaks of more than one rhythm; none was taken"),
        ("Meet every three weeks.", "speaks of a rhythm that is not understood; none was taken"),
    ],
)
def test_a_rhythm_that_is_not_certain_is_flagged(text: str, says: str) -> None:
    found = read(HEADS, (*ROW[:4], text, *ROW[5:]))
    assert [str(flag) for flag in found.flags] == [f"row 2, Autumn 2: {says}"]
    assert not any(action.cadence for _, action in found.plan.objectives[0].each())


@pytest.mark.parametrize("mark", ["Cont. meetings.", "Con't meetings.", "Con\u2019t meetings.", "Continue meetings."])
def test_what_goes_on_from_an_earlier_half_term_is_carried(mark: str) -> None:
    found = read(HEADS, (*ROW[:5], f"· {mark}", *ROW[6:]))
    one = next(action for half_term, action in found.plan.objectives[0].each() if half_term is S2)
    assert one.state is ActionState.CARRIED and one.text.endswith("meetings.")
    assert "goes on from an earlier half term" in found.flags[0].what


def test_bullets_part_a_cell() -> None:
    assert bullets("Attendance;\n\n· Tell parents\n  by letter.\n- Train.") == (
        ("Tell parents by letter.", "Train."), "Attendance;",
    )  # fmt: skip
    assert bullets("One.\nTwo.") == (("One.", "Two."), "")
    heading = read(HEADS, (*ROW[:4], "Attendance;\n· Tell.", *ROW[5:]))
    assert "begins with a line without a bullet" in heading.flags[0].what


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ((2, "QZ/\n\nXY"), "row 2, Lead: looks like initials: write the role in their place"),
        ((4, "✓ Told."), "row 2, Autumn 2: holds an action that is ticked without a day"),
        ((1, ""), "row 2, Objective / KPI: is empty: an objective needs words"),
    ],
)
def test_an_uncertain_cell_is_flagged_without_what_it_says(cell: tuple[int, str], says: str) -> None:
    place, text = cell
    found = read(HEADS, (*ROW[:place], text, *ROW[place + 1 :]))
    assert [flag for flag in map(str, found.flags) if flag.startswith(says)]
    assert not any("QZ" in str(flag) or "Told" in str(flag) for flag in found.flags)


def test_text_outside_the_table_and_unknown_heads_are_flagged() -> None:
    found = read(("A plan of ours",), ("EXPECT",), (*HEADS, "Mood"), (*ROW, "good"), ("The end",))
    assert [str(flag).partition(" letters")[0] for flag in found.flags] == [
        "row 1: stands outside the table and was left out",
        "row 3: head 4",
        "row 5: stands outside the table and was left out",
    ]
    with pytest.raises(DocumentError, match=r"plan\.csv: no line of heads was found"):
        read(ROW)
    with pytest.raises(DocumentError, match="two columns are headed Cost"):
        read((*HEADS[:9], "Costs"), ROW)


# -- the source itself


def source_rows() -> list[TableRow]:
    """The six tables of the source document, a cell for each tab that begins a line."""
    text = shared("sources", "improvement-plan.txt").read_text(encoding="utf-8")
    cells: list[tuple[str, ...]] = []
    for match in re.finditer(
        r"^(?P<title>[A-Z][A-Z a-z]+:[^\n]*)\n\tKPI No(?P<body>.*?)(?=^[A-Z][A-Z a-z]+:[^\n]*\n\tKPI No|\Z)",
        text,
        re.M | re.S,
    ):
        found = ("KPI No" + match["body"]).split("\n\t")
        cells.append((match["title"],))
        cells += [tuple(cell.strip() for cell in found[start : start + 10]) for start in range(0, len(found) - 9, 10)]
    return rows(*cells)


def test_the_source_document_is_read_as_the_pack_has_it() -> None:
    pack = load_frameworks()["improvement-plan"]
    found = read_plan(source_rows(), where="source", id="plan-x", academic_year="2023/24").plan
    items = [item for section in pack.sections for item in section.items]
    assert [one.label for one in found.objectives] == [item.label for item in items]
    assert [stage.target_year for stage in found.stages] == [section.target_year for section in pack.sections]
    for one, item in zip(found.objectives, items, strict=True):
        assert item.row is not None
        mine = {part.half_term: len(part.actions) for part in one.half_terms}
        theirs = {cell.half_term: len(cell.actions) for cell in item.row.half_terms}
        assert mine == theirs, item.id
        kinds = [target.kind for target in one.targets]
        assert len(kinds) == len(item.row.targets), item.id
    first = found.objectives[0]
    assert [(one.kind.value, one.benchmark, one.at_least) for one in first.targets[:2]] == [
        ("benchmark", "national-average", None), ("numeric", "", 98.0),
    ]  # fmt: skip


# -- round trips


def written(plan: ImprovementPlan, folder: Path, format: str) -> Path:
    path = folder / f"plan.{format}"
    path.write_bytes(write_table(lay_out(plan), name="plan", format=format).content)
    return path


def again(path: Path, plan: ImprovementPlan) -> ReadPlan:
    return read_plan(read_table(path), where=path.name, id=plan.id, academic_year=plan.academic_year)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_was_read_is_written_and_read_the_same(tmp_path: Path, format: str) -> None:
    found = read_plan(source_rows(), where="source", id="plan-x", academic_year="2023/24").plan
    once = again(written(found, tmp_path, format), found)
    assert once.asked == () and once.plan == found


@pytest.mark.parametrize("framework", sorted(load_frameworks()))
def test_a_plan_from_each_pack_makes_a_table_that_is_read_whole(framework: str, tmp_path: Path) -> None:
    plan = draft_new(load_frameworks()[framework], Links.of([]), id="plan-x", academic_year="2025/26").plan
    found = again(written(plan, tmp_path, "xlsx"), plan)
    assert found.asked == ()
    assert [one.text for one in found.plan.objectives] == [one.text for one in plan.objectives]
    assert [one.text for _, _, one in found.plan.each()] == [one.text for _, _, one in plan.each()]
    assert [one.text for each in found.plan.objectives for one in each.targets] == [
        one.text for each in plan.objectives for one in each.targets
    ]


#: Texts that say something by themselves in a cell.
SPEAKING = (
    "Cont.", "Cont. - calls", "Con't calls", "Continue calls.", "Continued", "Send (by 2025-09-01)", "Send (by no day)",
    "Send (by 2025-09-01) letters", "Sent (done 2025-09-01)", "Sent (done)", "Send (open)", "Send (carried)",
    "Left (dropped: no use)", "Left (see note).", "Left (see note)", "a) b", "\u2713 Told.", "SENCO & deputy",
    "Head, lower school", "SLT/Govs", "a; b", "SLT", "QZ", "\u00b7 x", "- y", "1. z", "o w", "n/a", "-", "\u2013",
    "'=1", "=1",
)  # fmt: skip


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(plans(WORDS | st.sampled_from(SPEAKING)))
def test_law_what_a_table_has_a_place_for_comes_back(found: ImprovementPlan) -> None:
    plain = st_plain(found)
    table = rows(*lay_out(plain))
    once = read_plan(table, where="x", id="plan-x", academic_year="2025/26").plan
    twice = read_plan(rows(*lay_out(once)), where="x", id="plan-x", academic_year="2025/26").plan
    assert twice == once
    assert told(once) == told(plain)


def told(plan: ImprovementPlan) -> list[object]:
    """Return all that a table has a place for, on one line each."""

    def roles(names: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(role_of(flat(name)) or flat(name) for name in names))

    actions = [
        (
            half_term,
            flat(one.text),
            one.state,
            one.due,
            one.done_on,
            one.state is ActionState.DROPPED and flat(one.reason),
        )
        for _, half_term, one in plan.each()
    ]
    objectives = [
        (
            one.label, flat(one.text), one.state, one.amount, *map(said, (one.cost, one.funding)),
            *map(roles, (one.leads, one.monitors, one.reports_to, one.governor_link, one.evaluation)),
        )
        for one in plan.objectives
    ]  # fmt: skip
    return [*actions, *objectives]


def flat(text: str) -> str:
    return " ".join(text.split())


def said(text: str) -> str:
    """A dash says that there is nothing."""
    return "" if flat(text) in BLANK else flat(text)


def st_plain(found: ImprovementPlan) -> ImprovementPlan:
    """The plan in the order of its table, with labels that are some, and reasons that hold no second one."""
    stages = tuple(evolve(stage, label=stage.id, title="A stage") for stage in found.stages)
    objectives = tuple(
        evolve(
            one,
            label=str(index),
            text="It is so.",
            half_terms=tuple(
                evolve(
                    part,
                    actions=tuple(
                        evolve(action, reason=action.reason.replace("dropped:", "left:")) for action in part.actions
                    ),
                )
                for part in one.half_terms
            ),
        )
        for index, one in enumerate(sorted(found.objectives, key=lambda one: one.stage), start=1)
    )
    return evolve(found, stages=stages, objectives=objectives)


def test_no_text_of_a_table_becomes_a_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    found = read(HEADS, ("1", "=1+1", *ROW[2:])).plan
    content = write_table(lay_out(found), name="plan", format="csv").content.decode("utf-8-sig")
    assert "'=1+1" in next(csv.reader(io.StringIO(content.splitlines()[2])))
    sheet = openpyxl.load_workbook(written(found, tmp_path, "xlsx")).active
    assert sheet["B3"].data_type == "s" and sheet["B3"].value == "=1+1"
    assert again(written(found, tmp_path, "csv"), found).plan.objectives[0].text == "=1+1"


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_table(tmp_path / "none.csv")
    big = tmp_path / "big.csv"
    big.write_text("a,b\n" * 6_000, encoding="utf-8")
    with pytest.raises(InputError, match=r"holds 6,000 rows; expected a plan, at most 5,000 rows"):
        read_table(big)
    book = written(read(HEADS, ROW).plan, tmp_path, "xlsx")
    with pytest.raises(AttendanceError, match="there is no sheet 'Other'; expected one of Plan"):
        read_table(book, sheet="Other")
    with pytest.raises(InputError, match="format 'docx': is no table of a plan"):
        write_table([], name="x", format="docx")
