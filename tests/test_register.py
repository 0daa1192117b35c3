"""Registers: every mark is kept, left without mark, or rejected with its row and reason; nothing is lost in silence."""

import csv
import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.errors import AttendanceError, InputError, LayoutError, MissingColumnError
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.figures import FigureId
from attendance_core.model.mappings import CountColumn, DateOrder, Layout, Mapping
from attendance_core.register.account import REMEDIES, Reject
from attendance_core.register.layouts import WEEK_FIELDS
from attendance_core.register.reading import Membership
from tests.registers import (
    LONG,
    PUPILS,
    analysis,
    kept,
    layout,
    marks_table,
    pupils_table,
    read,
    reject_rows,
    table,
    typed,
    with_columns,
)
from tests.shared import shared

MONDAY = date(2024, 9, 9)
WEEK = [MONDAY + timedelta(days=number) for number in range(5)]
PUPIL_DAY = layout(Layout.PUPIL_DAY, {"pupil_id": "Pupil", "date": "Date", "am": "AM", "pm": "PM"})
PUPIL_WEEK = layout(Layout.PUPIL_WEEK, {"pupil_id": "Pupil", "week": "Week", **{name: name for name in WEEK_FIELDS}})
STRING = layout(Layout.MARK_STRING, {"pupil_id": "Pupil", "start_date": "Start", "marks": "Marks"})
DATES = layout(Layout.DATE_COLUMNS, {"pupil_id": "Pupil"})


def one(code: str, day: date | str = MONDAY, session: str = "AM", **more: Any) -> Any:
    """The reading of a single mark beside a plain one that keeps the register from being empty."""
    return read(marks_table([("a", day, session, code), ("b", "2024-09-09", "AM", "/")]), **more)


# --- texts ------------------------------------------------------------------------------------------------------------


def test_padding_and_the_styles_of_dates_and_sessions() -> None:
    register = read(
        marks_table(
            [
                (" a ", "2024-09-09", " am", "/ "),
                ("a", "09/09/2024", "PM ", " \\"),
                ("a  ", "10 Sep 2024", "Morning", " L"),
                ("a", "Tue 10-Sep-24", "p", "C1 "),
            ]
        )
    )
    assert kept(register) == [
        ("a", MONDAY, "AM", "/"),
        ("a", MONDAY, "PM", "\\"),
        ("a", WEEK[1], "AM", "L"),
        ("a", WEEK[1], "PM", "C1"),
    ]
    assert register.account.enrolments == 1
    assert register.account.doubts == ()
    assert register.account.findings == 0


def test_dates_that_nothing_proves_are_assumed_and_that_is_said() -> None:
    notes = one("/", "03/09/2024").account.assumptions
    assert any("no date in the file proves which way round dates are; read as day-first" in note for note in notes)
    said = one("/", "03/09/2024", mapping=evolve(LONG, dates=DateOrder.DAY_FIRST)).account.assumptions
    assert not any("proves" in note for note in said)
    american = one("/", "09/13/2024")
    assert ("a", date(2024, 9, 13), "AM", "/") in kept(american)
    assert any("month first" in note for note in american.account.assumptions)


def test_mangled_signs_are_mended_and_doubted() -> None:
    register = read(
        marks_table(
            [
                ("a", MONDAY, "AM", "//"),
                ("a", MONDAY, "PM", "\\\\"),
                ("b", MONDAY, "AM", "\\"),
                ("b", MONDAY, "PM", "/"),
                ("c", MONDAY, "PM", "/"),
                ("c", MONDAY, "AM", "l"),
            ]
        )
    )
    assert [code for *_, code in kept(register)] == ["/", "\\", "/", "\\", "L", "\\"]
    doubts = {doubt.text: (doubt.marks, doubt.rows) for doubt in register.account.doubts}
    assert doubts == {
        "a mangled sign was read as /": (1, (2,)),
        "a mangled sign was read as \\": (1, (3,)),
        "lower case l was read as L": (1, (7,)),
        "the afternoon sign \\ in a morning session was read as present": (1, (4,)),
        "the morning sign / in an afternoon session was read as present": (2, (5,)),
    }
    assert register.account.rejected == 0


def test_no_mark_is_neither_a_mark_nor_a_reject() -> None:
    register = read(
        marks_table(
            [("a", MONDAY, "AM", ""), ("a", MONDAY, "PM", "-"), ("b", MONDAY, "AM", "*"), ("b", MONDAY, "PM", "/")]
        ),
        evolve(LONG, no_mark=("", "-", "*")),
    )
    assert (register.account.marks_in, register.account.coded, register.account.no_mark) == (4, 1, 3)
    assert register.account.conserved


def test_foreign_values_are_what_the_mapping_says_and_never_a_code_of_england() -> None:
    foreign = evolve(LONG, values={"P": "present", "A": "absent", "T": "late"}, listed_only=True)
    rows = [("a", MONDAY, "AM", "P"), ("a", MONDAY, "PM", "A"), ("b", MONDAY, "AM", "T"), ("b", MONDAY, "PM", "I")]
    register = read(marks_table(rows), foreign)
    assert [code for *_, code in kept(register)] == ["present", "absent", "late"]
    assert reject_rows(register) == [(5, "unknown-code")]
    totals = analysis(register).totals(["all"])["all"]
    found = {name: totals[name] for name in ("present", "aea", "absent", "unclassified", "authorised", "unauthorised")}
    assert found == {
        "present": 2,
        "aea": 0,
        "absent": 1,
        "unclassified": 1,
        "authorised": 0,
        "unauthorised": 0,
    }
    assert totals["late_before"] == 1
    wrong = read(
        marks_table([*rows[:2], ("b", MONDAY, "AM", "Z9")]), evolve(LONG, values={"Z9": "gone", "P": "/", "A": "I"})
    )
    assert "the mapping gives code 'gone', which no codebook holds" in wrong.account.rejects["detail"].to_list()


# --- codes on their day -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "day", "reason"),
    [
        ("C2", date(2024, 7, 1), "code-not-yet-in-force"),
        ("Y1", date(2024, 8, 18), "code-not-yet-in-force"),
        ("/", date(2006, 8, 31), "code-not-yet-in-force"),
        ("ZZ", MONDAY, "unknown-code"),
        ("present!", MONDAY, "unknown-code"),
    ],
)
def test_codes_that_are_none_on_their_day_are_rejects(code: str, day: date, reason: str) -> None:
    register = one(code, day)
    assert reject_rows(register) == [(2, reason)]
    assert register.account.conserved
    assert register.account.findings == 1
    (remedy,) = register.account.rejects["remedy"].to_list()
    assert remedy == REMEDIES[Reject(reason)]


@pytest.mark.parametrize(
    ("code", "stat"),
    [("H", "authorised"), ("J", "approved-educational-activity"), ("Y", "not-possible"), ("F", "authorised")],
)
def test_withdrawn_codes_keep_their_meaning_with_a_doubt(code: str, stat: str) -> None:
    register = one(code)
    slot = register.slots.to_native().filter(pl.col("code") == code)
    assert slot["stat"].to_list() == [stat]
    (doubt,) = register.account.doubts
    assert "was withdrawn" in doubt.text
    assert (doubt.marks, doubt.rows) == (1, (2,))


def test_a_code_means_what_it_meant_on_its_day() -> None:
    register = read(marks_table([("a", date(2024, 7, 1), "AM", "J"), ("a", MONDAY, "AM", "J1")]))
    stats = dict(zip(register.slots["code"].to_list(), register.slots["stat"].to_list(), strict=True))
    assert stats == {"J": "approved-educational-activity", "J1": "authorised"}
    assert register.account.doubts == ()


# --- dates and enrolments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["31/02/2025", "", "soon", "0001-01-01", "9999-12-31"])
def test_impossible_dates_are_rejects(text: str) -> None:
    register = one("/", text)
    assert reject_rows(register) == [(2, "impossible-date")]
    assert register.as_of == MONDAY


def test_columns_of_dates_and_times_are_taken_as_they_are_and_a_missing_one_is_a_reject() -> None:
    days = [MONDAY, None, date(9999, 12, 31), date(1, 1, 1)]
    for kind in (pl.Date, pl.Datetime("us")):
        frame = pl.DataFrame({"Pupil": [1, 1, 2, 3], "Date": pl.Series(days).cast(kind), "Session": "AM", "Mark": "/"})
        register = read(typed(frame))
        assert kept(register) == [("1", MONDAY, "AM", "/")]
        assert reject_rows(register) == [(row, "impossible-date") for row in (3, 4, 5)]
        assert register.account.conserved
        assert sorted(register.account.rejects["detail"].to_list()) == [
            "9999-12-31 is no likely date",
            "no date",
            "no date",
        ]


def test_marks_after_the_day_asked_for_are_left_out_harmlessly() -> None:
    register = read(
        marks_table([("a", WEEK[0], "AM", "/"), ("a", WEEK[1], "AM", "I"), ("a", WEEK[2], "AM", "")]), as_of=WEEK[0]
    )
    assert reject_rows(register) == [(3, "after-as-of"), (4, "after-as-of")]
    assert (register.as_of, register.account.as_of_given, register.account.last_mark) == (WEEK[0], True, WEEK[0])
    assert register.account.findings == 0
    assert register.account.conserved
    whole = read(marks_table([("a", WEEK[0], "AM", "/"), ("a", WEEK[1], "AM", "I")]))
    assert (whole.as_of, whole.account.as_of_given) == (WEEK[1], False)


def test_no_mark_up_to_the_day_asked_for_is_said() -> None:
    with pytest.raises(InputError, match=r"holds no mark up to the day asked for: 2024-09-10 lies after 2024-09-09"):
        read(marks_table([("a", WEEK[1], "AM", "/"), ("a", WEEK[2], "AM", "/")]), as_of=WEEK[0])


def test_marks_of_which_none_can_stand_give_a_register_of_nobody() -> None:
    register = read(marks_table([("a", WEEK[1], "AM", "/"), ("a", WEEK[1], "AM", "I")]))
    assert (register.account.coded, register.account.first_mark, register.span) == (0, None, None)
    assert register.account.conserved
    figure = analysis(register).figure("attendance")
    assert (figure.numerator, figure.denominator, figure.value) == (0, 0, None)
    assert len(analysis(register).spells()) == 0
    assert analysis(register).figure("persistent-absence").value is None


def test_rows_without_a_pupil_and_rows_without_anything() -> None:
    register = read(
        marks_table([("", MONDAY, "AM", "/"), ("", "", "", ""), ("a", MONDAY, "AM", "/"), ("  ", MONDAY, "PM", "I")])
    )
    assert reject_rows(register) == [(2, "no-pupil"), (5, "no-pupil")]
    assert "marks.csv: 1 empty rows were passed over" in register.account.assumptions
    assert (register.account.rows, register.account.marks_in) == (4, 3)
    assert register.account.conserved


@pytest.mark.parametrize(
    ("mapping", "columns", "row"),
    [
        (PUPIL_DAY, ("Pupil", "Date", "AM", "PM"), ("a", "2024-09-09", "/", "\\")),
        (PUPIL_WEEK, ("Pupil", "Week", *WEEK_FIELDS), ("a", "2024-09-09", *["I"] * 10)),
        (STRING, ("Pupil", "Start", "Marks"), ("a", "2024-09-09", "/\\")),
        (DATES, ("Pupil", "09/09/2024 AM", "09/09/2024 PM"), ("a", "/", "\\")),
    ],
)
def test_an_empty_row_of_a_wide_layout_is_passed_over(
    mapping: Mapping, columns: tuple[str, ...], row: tuple[str, ...]
) -> None:
    register = read(table(columns, [row, ["", *[" "] * (len(columns) - 1)], ["", *row[1:]]]), mapping)
    assert {reason for _, reason in reject_rows(register)} == {"no-pupil"}
    assert {number for number, _ in reject_rows(register)} == {4}
    assert register.account.coded == register.account.rejected
    assert register.account.conserved
    assert "marks.csv: 1 empty rows were passed over" in register.account.assumptions


def test_a_pupil_who_leaves_and_comes_back_has_two_enrolments() -> None:
    register = read(
        marks_table([("a", day, "AM", "/") for day in WEEK]),
        pupils=pupils_table(
            [
                {"Pupil": "a", "Start": "2024-09-09", "End": "2024-09-10"},
                {"Pupil": "a", "Start": "2024-09-12"},
            ]
        ),
    )
    assert register.enrolments["enrolment_id"].to_list() == ["school|a|2024-09-09", "school|a|2024-09-12"]
    ids = register.marks.collect("polars").select("enrolment_id", "date").to_native()
    assert [(str(key)[-2:], day) for key, day in ids.sort("date").iter_rows()] == [
        ("09", WEEK[0]),
        ("09", WEEK[1]),
        ("12", WEEK[3]),
        ("12", WEEK[4]),
    ]
    assert reject_rows(register) == [(4, "outside-enrolment")]
    assert analysis(register).totals(["all"])["all"]["enrolments"] == 2


def test_marks_outside_an_enrolment_are_rejects() -> None:
    register = read(
        marks_table([("a", day, "AM", "/") for day in WEEK]),
        pupils=pupils_table([{"Pupil": "a", "Start": "2024-09-10", "End": "2024-09-12"}]),
    )
    assert reject_rows(register) == [(2, "outside-enrolment"), (6, "outside-enrolment")]
    assert "the day lies outside every enrolment of the pupil" in register.account.rejects["detail"].to_list()
    assert register.account.conserved


def test_a_row_for_each_year_gives_one_enrolment_whichever_row_has_the_start() -> None:
    rows: list[dict[str, object]] = [
        {"Pupil": "a", "Start": "", "Year": "7", "From": "2023-09-01", "To": "2024-07-31"},
        {"Pupil": "a", "Start": "2023-09-05", "Year": "8", "From": "2024-09-01", "To": "2025-07-31"},
    ]
    for people in (rows, rows[::-1]):
        register = read(
            marks_table([("a", date(2023, 9, 11), "AM", "/"), ("a", MONDAY, "AM", "/")]), pupils=pupils_table(people)
        )
        assert register.enrolments["enrolment_id"].to_list() == ["school|a|2023-09-05"]
        assert register.enrolments["start_inferred"].to_list() == [False]
        assert register.account.rejected == 0


def test_pupils_without_a_row_are_counted_and_said() -> None:
    register = read(
        marks_table([("a", MONDAY, "AM", "/"), ("b", MONDAY, "AM", "I")]), pupils=pupils_table([{"Pupil": "a"}])
    )
    assert "1 pupils with marks are not in the pupils file; they are counted, without characteristics" in (
        register.account.assumptions
    )
    assert register.account.coded == 2
    assert register.account.enrolments == 2
    bare = read(marks_table([("a", MONDAY, "AM", "/")]))
    assert "no pupils file: each pupil is one enrolment from the first mark, without characteristics" in (
        bare.account.assumptions
    )


def test_several_schools_in_a_file() -> None:
    mapping = with_columns(evolve(LONG, school=""), school_id="School")
    frame = table(
        ("School", "Pupil", "Date", "Session", "Mark"),
        [("s1", "a", MONDAY, "AM", "/"), (" s2 ", "a", MONDAY, "AM", "I"), ("s2", "b", MONDAY, "AM", "/")],
    )
    register = read(frame, mapping)
    assert register.schools == ("s1", "s2")
    assert register.account.enrolments == 3
    assert register.account.rejected == 0
    found = analysis(register)
    assert found.figure("attendance", "school=s2").denominator == 2
    assert found.figure("attendance", "school=s1").value == 100
    with pytest.raises(LayoutError, match=r"pupils\.csv: has no school column, but the marks are of 2 schools"):
        read(frame, mapping, pupils=pupils_table([{"Pupil": "a"}]))


def test_the_school_of_marks_without_one_is_that_of_the_pupils() -> None:
    mapping = evolve(LONG, school="")
    people = with_columns(PUPILS, school_id="School")
    columns = ("School", "Pupil", "Start", "End", "From", "To", "Year", "Sex", "FSM", "Form")
    marks = marks_table([("a", MONDAY, "AM", "/"), ("b", MONDAY, "AM", "/")])
    blank = [""] * 8
    register = read(
        marks, mapping, pupils=table(columns, [("s1", "a", *blank), ("s2", "b", *blank)]), pupils_mapping=people
    )
    assert register.schools == ("s1", "s2")
    with pytest.raises(LayoutError, match="the same pupil id stands under two schools, and the marks name no school"):
        read(marks, mapping, pupils=table(columns, [("s1", "a", *blank), ("s2", "a", *blank)]), pupils_mapping=people)


def test_a_host_names_the_school_of_files_that_do_not() -> None:
    assert read(marks_table([("a", MONDAY, "AM", "/")]), evolve(LONG, school=""), school="s9").schools == ("s9",)


# --- the pupils file --------------------------------------------------------------------------------------------------


def test_a_flat_pupils_file_speaks_of_its_academic_year_and_that_is_said() -> None:
    register = read(
        marks_table([("a", date(2024, 7, 1), "AM", "/"), ("a", MONDAY, "AM", "I")]),
        pupils=pupils_table([{"Pupil": "a", "Year": "Year 7", "Sex": "female"}]),
    )
    rows = set(register.characteristics.select("name", "value", "valid_from", "valid_to").iter_rows())
    span = (date(2024, 8, 1), date(2025, 7, 31))
    assert rows == {("year_group", "7", *span), ("sex", "F", *span)}
    assert any(
        "1 rows carry no dates of validity" in note and note.endswith("taken to hold for 2024/25")
        for note in register.account.assumptions
    )
    found = analysis(register, start=date(2024, 6, 1))
    assert found.figure("absence", "year-group=7").denominator == 1


def test_a_pupil_in_two_forms_is_in_neither_on_those_days() -> None:
    register = read(
        marks_table([("a", day, "AM", "I") for day in WEEK]),
        pupils=pupils_table(
            [
                {"Pupil": "a", "Form": "7A", "Sex": "F", "From": "2024-09-09", "To": "2024-09-11"},
                {"Pupil": "a", "Form": "7B", "Sex": "F", "From": "2024-09-11", "To": "2024-09-13"},
            ]
        ),
    )
    (doubt,) = register.account.doubts
    assert (doubt.kind, doubt.rows) == ("pupil-in-two", (2, 3))
    assert doubt.text == "a pupil has two different values of form for the same days; neither is used"
    found = analysis(register)
    assert found.figure("absence", "form=7A").denominator == 2
    assert found.figure("absence", "form=7B").denominator == 2
    assert found.figure("absence", "sex=F").denominator == 5
    same_days = read(
        marks_table([("a", MONDAY, "AM", "I")]),
        pupils=pupils_table([{"Pupil": "a", "Form": "7A"}, {"Pupil": "a", "Form": "7B"}]),
    )
    assert [doubt.kind for doubt in same_days.account.doubts] == ["pupil-in-two"]
    assert same_days.names() == frozenset()


def test_a_value_without_an_end_holds_until_the_next_begins() -> None:
    register = read(
        marks_table([("a", day, "AM", "I") for day in WEEK]),
        pupils=pupils_table(
            [
                {"Pupil": "a", "Form": "7B", "From": "2024-09-12"},
                {"Pupil": "a", "Form": "7A", "From": "2024-09-01"},
            ]
        ),
    )
    assert register.account.doubts == ()
    found = analysis(register)
    assert found.figure("absence", "form=7A").denominator == 3
    assert found.figure("absence", "form=7B").denominator == 2


def test_doubtful_cells_of_a_pupils_file_are_named_by_their_row() -> None:
    register = read(
        marks_table([("a", MONDAY, "AM", "/")]),
        pupils=pupils_table(
            [
                {"Pupil": "a", "Start": "31/02/2024"},
                {"Pupil": "b", "Start": "2024-09-30", "End": "2024-09-01"},
                {"Pupil": "", "Sex": "F"},
                {"Pupil": "c", "From": "2024-12-01", "To": "2024-11-01", "Sex": "F"},
                {},
            ]
        ),
    )
    doubts = {doubt.text: doubt for doubt in register.account.doubts}
    assert {text: doubt.rows for text, doubt in doubts.items()} == {
        "start is no possible date; read as not given (1 times)": (2,),
        "the leaving date lies before the start; read as not given (1 times)": (3,),
        "the row names no pupil (1 times)": (4,),
        "its validity ends before it begins; read as 2024/25 (1 times)": (5,),
    }
    assert {(doubt.kind, doubt.where) for doubt in doubts.values()} == {("pupils-row", "pupils.csv")}
    assert all(doubt.remedy and doubt.told.startswith("pupils.csv: ") for doubt in doubts.values())
    assert register.account.findings == 4


def test_one_column_of_a_pupils_file_proves_how_the_others_are_written() -> None:
    register = read(
        marks_table([("a", MONDAY, "AM", "/")]),
        pupils=pupils_table([{"Pupil": "a", "Start": "09/03/2024", "End": "09/30/2024"}]),
    )
    assert register.enrolments["start"].to_list() == [date(2024, 9, 3)]
    unproved = read(
        marks_table([("a", MONDAY, "AM", "/")]), pupils=pupils_table([{"Pupil": "a", "Start": "03/09/2024"}])
    )
    assert any(note.startswith("pupils.csv: no date in the file proves") for note in unproved.account.assumptions)


def test_academic_years_of_a_pupils_file() -> None:
    mapping = evolve(PUPILS, columns={"pupil_id": "Pupil", "academic_year": "Of"}, characteristics={"form": "Form"})
    rows = [("a", "2023/24", "6A"), ("a", "2024-2025", "7A"), ("b", "2024²5", "7B")]
    register = read(
        marks_table([("a", date(2024, 7, 1), "AM", "/"), ("a", MONDAY, "AM", "/"), ("b", MONDAY, "AM", "/")]),
        pupils=table(("Pupil", "Of", "Form"), rows),
        pupils_mapping=mapping,
    )
    found = analysis(register, start=date(2024, 6, 1))
    assert [found.figure("attendance", f"form={form}").denominator for form in ("6A", "7A", "7B")] == [1, 1, 1]
    (doubt,) = register.account.doubts
    assert (doubt.rows, doubt.where) == ((4,), "pupils.csv")
    assert "academic year is no pair of years; read as 2024/25" in doubt.text


def test_columns_missing_from_a_pupils_file_are_said_all_at_once() -> None:
    mapping = evolve(PUPILS, columns={"pupil_id": "Pupill", "start": "Start"}, characteristics={"sex": "Gender"})
    with pytest.raises(MissingColumnError) as caught:
        read(
            marks_table([("a", MONDAY, "AM", "/")]),
            pupils=table(("Pupil", "Sex"), [("a", "F")]),
            pupils_mapping=mapping,
        )
    texts = [str(fault) for fault in caught.value.faults]
    assert len(texts) == 3
    assert re.search(r"pupils\.csv: column 'Pupill' is missing \(pupils mapping: pupil_id\).*Alike: Pupil", texts[0])
    assert re.search(r"column 'Start' is missing \(pupils mapping: start\)", texts[1])
    assert "column 'Gender' is missing" in texts[2]
    with pytest.raises(MissingColumnError, match=r"mapping 'pupils': columns\.pupil_id: is not given"):
        read(
            marks_table([("a", MONDAY, "AM", "/")]),
            pupils=table(("Pupil",), [("a",)]),
            pupils_mapping=evolve(PUPILS, columns={}, characteristics={}),
        )


def test_memberships_that_belong_to_nobody_are_said() -> None:
    register = read(
        marks_table([("a", MONDAY, "AM", "/")]),
        pupils=pupils_table([{"Pupil": "a", "Start": "2024-09-01", "End": "2024-09-30"}]),
        memberships=[
            Membership(pupil_id="a", cohort="choir"),
            Membership(pupil_id="a", cohort="choir", start=date(2024, 10, 1)),
            Membership(pupil_id="zz", cohort="choir"),
            Membership(pupil_id="a", cohort="choir", school_id="elsewhere"),
        ],
    )
    assert [row[1:] for row in register.memberships.iter_rows()] == [("choir", date(2024, 9, 1), date(2024, 9, 30))]
    assert any(note.startswith("3 memberships name no pupil of the register") for note in register.account.assumptions)


# --- layouts ----------------------------------------------------------------------------------------------------------

SCENARIO = {
    "a": "/ \\ L \\ I I / \\ / M",
    "b": "/ \\ C2 C2 V V U \\ O N",
    "c": "# # Y1 Y1 D D J1 K X -",
}


def expected_marks(scenario: dict[str, str] = SCENARIO) -> list[tuple[str, date, str, str]]:
    return sorted(
        (pupil, WEEK[place // 2], ("AM", "PM")[place % 2], code)
        for pupil, text in scenario.items()
        for place, code in enumerate(text.split())
        if code != "-"
    )


def test_every_layout_of_one_week_gives_the_same_marks() -> None:
    long = [
        (pupil, WEEK[place // 2], ("AM", "PM")[place % 2], code)
        for pupil, text in SCENARIO.items()
        for place, code in enumerate(text.split())
    ]
    days = [
        (pupil, WEEK[day].strftime("%d/%m/%Y"), *text.split()[2 * day : 2 * day + 2])
        for pupil, text in SCENARIO.items()
        for day in range(5)
    ]
    heads = [f"{day:%d/%m/%Y} {session}" for day in WEEK for session in ("AM", "PM")]
    registers = {
        "long": read(marks_table(long)),
        "pupil-day": read(table(("Pupil", "Date", "AM", "PM"), days), PUPIL_DAY),
        "pupil-week": read(
            table(("Pupil", "Week", *WEEK_FIELDS), [(p, "09/09/2024", *text.split()) for p, text in SCENARIO.items()]),
            PUPIL_WEEK,
        ),
        "date-columns": read(table(("Pupil", *heads), [(p, *text.split()) for p, text in SCENARIO.items()]), DATES),
    }
    for name, register in registers.items():
        assert kept(register) == expected_marks(), name
        assert (register.account.marks_in, register.account.no_mark) == (30, 1), name
        assert register.account.conserved, name


def test_the_week_may_be_an_argument() -> None:
    mapping = evolve(PUPIL_WEEK, columns={k: v for k, v in PUPIL_WEEK.columns.items() if k != "week"})
    frame = table(("Pupil", *WEEK_FIELDS), [(p, *text.split()) for p, text in SCENARIO.items()])
    assert kept(read(frame, mapping, week=MONDAY)) == expected_marks()
    assert kept(read(frame, evolve(mapping, date_format="%d.%m.%y"), week=MONDAY)) == expected_marks()
    with pytest.raises(InputError, match=r"marks\.csv: is laid out by the week, without the week; expected the Monday"):
        read(frame, mapping)


def test_a_week_that_does_not_begin_on_a_monday_is_refused_not_shifted() -> None:
    frame = table(("Pupil", "Week", *WEEK_FIELDS), [("a", "2024-09-10", *["/"] * 10), ("b", "2024-09-09", *["I"] * 10)])
    register = read(frame, PUPIL_WEEK)
    assert Counter(reject_rows(register)) == {(2, "impossible-date"): 10}
    assert "the week is given by '2024-09-10', which is no Monday" in register.account.rejects["detail"].to_list()
    assert {pupil for pupil, *_ in kept(register)} == {"b"}


def test_the_scenario_of_a_week_in_a_vendors_field_names_comes_to_its_expected_totals() -> None:
    rows = json.loads(shared("data", "mis", "bromcom_StudentAttendanceByWeek.json").read_text(encoding="utf-8"))["data"]
    fields = {
        f"{day}_{half.lower()}": f"{day[:3]}{half}"
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
        for half in ("AM", "PM")
    }
    mapping = layout(Layout.PUPIL_WEEK, {"pupil_id": "studentId", **fields})
    columns = ("studentId", *fields.values())
    register = read(table(columns, [[row[name] for name in columns] for row in rows]), mapping, week=MONDAY)
    found = analysis(register, start=MONDAY, end=WEEK[-1])
    with shared("data", "mis", "expected_totals.csv").open(encoding="utf-8", newline="") as file:
        expected = {row["person_id"]: row for row in csv.DictReader(file)}
    assert len(expected) == 3
    for pupil, row in expected.items():
        who = f"enrolment=school|{pupil}|2024-09-09"
        totals = found.totals([who])[who]
        # A planned closure is no session at all here; the scenario adds it to the sessions that were not possible.
        not_possible = totals["not_possible"] + totals["administrative"]
        assert {
            "possible": totals["possible"],
            "present": totals["present"],
            "aea": totals["aea"],
            "attended": totals["attended"],
            "authorised": totals["authorised"],
            "unauthorised": totals["unauthorised"],
            "absent": totals["absent"],
            "not_possible": not_possible,
            "late_L": totals["late_before"],
            "late_U": totals["late_after"],
        } == {name: int(text) for name, text in row.items() if name not in ("person_id", "no_mark", "attendance_pct")}
        assert found.figure("attendance", who).value == pytest.approx(float(row["attendance_pct"]), abs=5e-6)
    assert register.account.no_mark == sum(int(row["no_mark"]) for row in expected.values())


def test_strings_of_marks_hold_a_week_in_ten_characters() -> None:
    register = read(
        table(
            ("Pupil", "Start", "Marks"),
            [("a", "2024-07-01", "/\\L\\IIJJ/M/\\"), ("b", "2024-07-01", "#-"), ("c", "", "")],
        ),
        STRING,
    )
    expected = [
        ("a", date(2024, 7, 1) + timedelta(days=7 * (n // 10) + n % 10 // 2), ("AM", "PM")[n % 2], code)
        for n, code in enumerate("/\\L\\IIJJ/M/\\")
    ]
    assert kept(register) == [*expected, ("b", date(2024, 7, 1), "AM", "#")]
    assert (register.account.marks_in, register.account.no_mark) == (14, 1)
    assert register.account.doubts == ()


def test_a_string_that_begins_in_mid_week_holds_no_weekend() -> None:
    register = read(table(("Pupil", "Start", "Marks"), [("a", "2024-09-04", "/\\" * 8)]), STRING)
    days = sorted({day for _, day, *_ in kept(register)})
    assert days == [date(2024, 9, 4), date(2024, 9, 5), date(2024, 9, 6), *WEEK]
    every_day = read(
        table(("Pupil", "Start", "Marks"), [("a", "2024-09-04", "/\\" * 8)]), evolve(STRING, marks_per_week=14)
    )
    assert len({day for _, day, *_ in kept(every_day)}) == 8
    assert max(day for _, day, *_ in kept(every_day)) == date(2024, 9, 11)


def test_one_character_of_a_string_cannot_name_the_newer_codes() -> None:
    register = read(table(("Pupil", "Start", "Marks"), [("a", "2024-08-19", "JCY/")]), STRING)
    assert [code for *_, code in kept(register)] == ["J1", "C", "Y", "\\"]
    stats = dict(zip(register.slots["code"].to_list(), register.slots["stat"].to_list(), strict=True))
    assert (stats["J1"], stats["C"], stats["Y"]) == ("authorised", "authorised", "not-possible")
    texts = [doubt.text for doubt in register.account.doubts]
    assert "one character a session: J was read as J1; a sub-code may be meant" in texts
    assert "one character a session: C was read as C; a sub-code may be meant" in texts
    before = read(table(("Pupil", "Start", "Marks"), [("a", "2024-07-01", "JC")]), STRING)
    assert [code for *_, code in kept(before)] == ["J", "C"]
    assert before.account.doubts == ()
    with pytest.raises(InputError, match=r"marks\.csv: a string of 801 marks; expected at most 800"):
        read(table(("Pupil", "Start", "Marks"), [("a", "2024-09-09", "/" * 801)]), STRING)


def test_a_day_of_one_value_holds_for_both_sessions() -> None:
    mapping = layout(Layout.DAY, {"pupil_id": "Pupil", "date": "Date", "code": "Mark"})
    register = read(table(("Pupil", "Date", "Mark"), [("a", MONDAY, "I"), ("b", MONDAY, "/")]), mapping)
    assert kept(register) == [
        ("a", MONDAY, "AM", "I"),
        ("a", MONDAY, "PM", "I"),
        ("b", MONDAY, "AM", "/"),
        ("b", MONDAY, "PM", "\\"),
    ]
    assert (register.account.rows, register.account.marks_in) == (2, 4)


def test_columns_of_dates_are_taken_by_their_headings() -> None:
    columns = ("Pupil", "Form", "Tue 10/09/2024 pm", "2024-09-11 AM")
    register = read(table(columns, [("a", "7A", "I", "-"), ("b", "7A", "\\", "/")]), DATES)
    assert kept(register) == [
        ("a", WEEK[1], "PM", "I"),
        ("b", WEEK[1], "PM", "\\"),
        ("b", WEEK[2], "AM", "/"),
    ]


def test_a_heading_that_is_no_date_loses_no_mark_in_silence() -> None:
    columns = ("Pupil", "Form", "10/09/2024 PM", "31/02/2024 AM", "Total AM")
    register = read(table(columns, [("a", "7A", "I", "/", "12"), ("b", "7A", "\\", "", "9")]), DATES)
    assert kept(register) == [("a", WEEK[1], "PM", "I"), ("b", WEEK[1], "PM", "\\")]
    assert reject_rows(register) == [(2, "impossible-date"), (3, "impossible-date")]
    assert register.account.conserved


def test_columns_of_dates_follow_the_mappings_own_format() -> None:
    mapping = evolve(DATES, date_format="%d.%m.%y")
    assert kept(read(table(("Pupil", "10.09.24 PM"), [("a", "I")]), mapping)) == [("a", WEEK[1], "PM", "I")]


def test_two_columns_of_one_session_are_refused() -> None:
    with pytest.raises(
        LayoutError, match=r"columns '09/09/2024 AM', '2024-09-09 AM' are of one session, 2024-09-09 AM"
    ):
        read(table(("Pupil", "09/09/2024 AM", "2024-09-09 AM"), [("a", "/", "/")]), DATES)


def test_rows_of_another_layout_are_rejected_by_name() -> None:
    mapping = evolve(LONG, keep={"All_Day": ("Yes",)})
    columns = ("Pupil", "Date", "Session", "Mark", "All_Day")
    register = read(table(columns, [("a", MONDAY, "AM", "/", "Yes"), ("a", MONDAY, "PM", "/", "No")]), mapping)
    assert reject_rows(register) == [(3, "other-layout")]
    with pytest.raises(
        LayoutError, match=r"no row is of layout 'long' as mapping 'long' reads it; expected All_Day = Yes"
    ):
        read(table(columns, [("a", MONDAY, "AM", "/", "No")]), mapping)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mapping", "columns", "message"),
    [
        (evolve(LONG, layout=Layout.LESSON), ("Pupil",), "with layout 'lesson', and session marks were asked for"),
        (
            evolve(LONG, layout=Layout.COUNTS, columns={}, counts=(CountColumn(column="Pupil", code="/"),)),
            ("Pupil",),
            "layout 'counts', which holds no session marks",
        ),
        (DATES, ("Pupil", "Monday AM"), "no column is headed by a date and AM or PM"),
        (
            layout(Layout.PUPIL_WEEK, {"pupil_id": "Pupil"}),
            ("Pupil",),
            r"mapping 'pupil-week': columns: names no session of the week",
        ),
        (evolve(STRING, marks_per_week=0), ("Pupil", "Start", "Marks"), r"marks_per_week: is 0; expected 10"),
        (
            evolve(LONG, sessions={"1": "am"}),
            ("Pupil", "Date", "Session", "Mark"),
            r"sessions\.1: is 'am'; expected AM or PM",
        ),
    ],
)
def test_mappings_that_cannot_be_followed(mapping: Mapping, columns: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(table(columns, [["a"] * len(columns)]), mapping)


def test_a_mapping_with_several_faults_says_all_of_them() -> None:
    mapping = layout(Layout.LONG, {"pupil": "Pupil", "date": "Dat", "session": "Session", "code": "Mark"})
    with pytest.raises(MissingColumnError) as caught:
        read(marks_table([("a", MONDAY, "AM", "/")]), mapping)
    texts = [str(fault) for fault in caught.value.faults]
    assert len(texts) == 3
    assert re.search(r"mapping 'long': columns\.pupil: is no field.*Did you mean 'pupil_id'\?", texts[0])
    assert "columns.pupil_id: is not given, but layout 'long' needs it" in texts[1]
    assert re.search(r"marks\.csv: column 'Dat' is missing \(mapping 'long': columns\.date\).*Alike: Date", texts[2])


def test_a_file_without_marks_and_one_without_a_readable_mark() -> None:
    for rows in ([], [("", "", "", "")]):
        with pytest.raises(InputError, match=r"marks\.csv: holds no marks; expected at least one row of marks"):
            read(marks_table(rows))
    with pytest.raises(InputError, match="not one mark could be read") as caught:
        read(marks_table([("a", "soon", "AM", "/"), ("a", MONDAY, "AM", "ZZ"), ("", MONDAY, "AM", "/")]))
    assert {fault.where for fault in caught.value.faults} == {
        "marks.csv",
        "marks.csv: row 2",
        "marks.csv: row 3",
        "marks.csv: row 4",
    }
    assert all(fault.remedy for fault in caught.value.faults)


def test_lessons_offered_as_sessions_are_refused() -> None:
    with pytest.raises(LayoutError, match=r"no session is AM or PM; found 'P1', 'P2'; expected AM and PM"):
        read(marks_table([("a", MONDAY, "P1", "/"), ("a", MONDAY, "P2", "/")]))
    mixed = read(marks_table([("a", MONDAY, "P1", "/"), ("a", MONDAY, "AM", "/")]))
    assert reject_rows(mixed) == [(2, "unknown-session")]
    assert "session 'P1' is neither AM nor PM" in mixed.account.rejects["detail"].to_list()


def test_no_pupil_shows_in_a_repr() -> None:
    register = read(
        marks_table(
            [("Zebedee", MONDAY, "AM", "/"), ("Zebedee", MONDAY, "AM", "I"), ("Ermintrude", MONDAY, "AM", "/")]
        ),
        pupils=pupils_table([{"Pupil": "Zebedee"}]),
        memberships=[Membership(pupil_id="Zebedee", cohort="choir")],
    )
    shown = repr(register) + repr(register.account) + repr(Membership(pupil_id="Zebedee", cohort="x"))
    assert "Zebedee" not in shown
    assert "Ermintrude" not in shown


def test_minutes_and_other_columns_stay_with_their_mark() -> None:
    frame = table(
        ("Pupil", "Date", "Session", "Mark", "Late", "Note"),
        [
            ("a", MONDAY, "AM", "L", "12", "bus"),
            ("a", MONDAY, "PM", "\\", "", ""),
            ("b", MONDAY, "AM", "U", "soon", ""),
        ],
    )
    register = read(frame, with_columns(LONG, minutes_late="Late", comment="Note"))
    rows = register.marks.collect("polars").sort("source_row").select("minutes_late", "comment", "source_row")
    assert list(rows.iter_rows()) == [(12, "bus", 2), (None, "", 3), (None, "", 4)]
    (doubt,) = register.account.doubts
    assert (doubt.kind, doubt.marks, doubt.rows) == ("no-minutes", 1, (4,))
    assert analysis(register).minutes() == (12, 1)


def test_steps_are_told() -> None:
    steps: list[str] = []
    read(marks_table([("a", MONDAY, "AM", "/")]), progress=steps.append)
    assert steps == ["reading marks", "enrolments", "duplicates", "rejects", "calendar"]


# --- conservation -----------------------------------------------------------------------------------------------------

JUNK_DATE = st.sampled_from(
    ["2024-09-09", "10/09/2024", "11 Sep 2024", "31/02/2024", "", "soon", "2024-07-01", "2024-09-14", "'2024-09-12"]
)
JUNK_MARK = st.sampled_from(["/", "\\", "L", "I", "C2", "J", "-", "", " ", "ZZ", "//", "y1", "H", "#", "D", "N "])
JUNK_SESSION = st.sampled_from(["AM", "pm", "", "P1", "Morning", "2"])
JUNK_PUPIL = st.sampled_from(["a", "b ", " b", "", "c", "  "])


@st.composite
def junk(draw: st.DrawFn) -> tuple[Mapping, tuple[str, ...], list[list[str]]]:
    """A mapping, headings and rows of anything, in any layout."""
    mapping = draw(
        st.sampled_from(
            [
                LONG,
                layout(Layout.DAY, {"pupil_id": "Pupil", "date": "Date", "code": "Mark"}),
                PUPIL_DAY,
                PUPIL_WEEK,
                STRING,
                DATES,
            ]
        )
    )
    columns: tuple[str, ...]
    cells: list[st.SearchStrategy[str]]
    match mapping.layout:
        case Layout.LONG:
            columns, cells = ("Pupil", "Date", "Session", "Mark"), [JUNK_PUPIL, JUNK_DATE, JUNK_SESSION, JUNK_MARK]
        case Layout.DAY:
            columns, cells = ("Pupil", "Date", "Mark"), [JUNK_PUPIL, JUNK_DATE, JUNK_MARK]
        case Layout.PUPIL_DAY:
            columns, cells = ("Pupil", "Date", "AM", "PM"), [JUNK_PUPIL, JUNK_DATE, JUNK_MARK, JUNK_MARK]
        case Layout.PUPIL_WEEK:
            columns, cells = ("Pupil", "Week", *WEEK_FIELDS), [JUNK_PUPIL, JUNK_DATE, *[JUNK_MARK] * 10]
        case Layout.MARK_STRING:
            columns = ("Pupil", "Start", "Marks")
            cells = [JUNK_PUPIL, JUNK_DATE, st.text("/\\LIJ#-Z ", max_size=12)]
        case _:
            heads = draw(
                st.lists(
                    st.sampled_from(["09/09/2024 AM", "09/09/2024 PM", "31/02/2024 AM", "12/09/2024 am"]),
                    unique=True,
                    min_size=1,
                )
            )
            columns, cells = ("Pupil", *heads), [JUNK_PUPIL, *[JUNK_MARK] * len(heads)]
    return mapping, columns, draw(st.lists(st.tuples(*cells).map(list), max_size=8))


def marks_of(mapping: Mapping, rows: list[list[str]]) -> int:
    """Marks in rows that are not empty altogether, counted from the cells."""
    number = 0
    for row in rows:
        pupil, *rest = (cell.strip() for cell in row)
        match mapping.layout:
            case Layout.LONG:
                number += bool(pupil or rest[0] or rest[2])
            case Layout.DAY:
                number += 2 * bool(pupil or any(rest))
            case Layout.MARK_STRING:
                number += len(row[2]) if pupil or rest[1] else 0
            case Layout.DATE_COLUMNS:
                number += len(rest) if pupil or any(rest) else 0
            case _:
                number += len(rest[1:]) if pupil or any(rest[1:]) else 0
    return number


@settings(max_examples=80, deadline=None)
@given(junk(), st.none() | st.just(date(2024, 9, 10)), st.booleans())
def test_marks_are_conserved_in_every_layout(
    given_junk: tuple[Mapping, tuple[str, ...], list[list[str]]], as_of: date | None, with_pupils: bool
) -> None:
    mapping, columns, rows = given_junk
    people = pupils_table([{"Pupil": "a", "Start": "2024-09-10"}, {"Pupil": "b", "End": "2024-09-10"}])
    try:
        register = read(table(columns, rows), mapping, as_of=as_of, pupils=people if with_pupils else None)
    except AttendanceError as error:
        assert error.faults
        return
    account = register.account
    assert account.conserved
    assert account.marks_in == marks_of(mapping, rows)
    assert account.coded == len(kept(register))
    assert account.rejected == len(account.rejects)
    reasons = set(account.rejects["reason"].to_list())
    assert reasons <= {reason.value for reason in Reject}
    assert all(account.rejects["remedy"].to_list())
    assert all(2 <= row < len(rows) + 2 for row in account.rejects["source_row"].to_list())
    keys = [(pupil, day, session) for pupil, day, session, _ in kept(register)]
    assert len(keys) == len(set(keys))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(JUNK_PUPIL, JUNK_DATE, st.sampled_from(["AM", "PM"]), JUNK_MARK), min_size=1, max_size=20),
    st.randoms(),
)
def test_the_order_of_rows_changes_nothing(rows: list[tuple[str, str, str, str]], random: Any) -> None:
    rows = [*rows, ("d", "2024-09-09", "AM", "/")]
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = read(marks_table(rows)), read(marks_table(shuffled))
    assert kept(first) == kept(second)
    assert Counter(dict(first.account.reject_counts)) == Counter(dict(second.account.reject_counts))
    assert first.enrolments.to_native().equals(second.enrolments.to_native())
    assert analysis(first).totals(["all"]) == analysis(second).totals(["all"])


def test_a_timestamp_is_its_day() -> None:
    frame = pl.DataFrame(
        {"Pupil": ["a"], "Date": [datetime(2024, 9, 9, 8, 55)], "Session": ["AM"], "Mark": ["/"]}  # noqa: DTZ001
    )
    assert kept(read(typed(frame))) == [("a", MONDAY, "AM", "/")]


def test_every_reason_has_its_remedy() -> None:
    assert set(REMEDIES) == set(Reject)


def test_calendars_of_the_host_are_used() -> None:
    document = CalendarDocument(school="school", terms=())
    register = read(marks_table([("a", MONDAY, "AM", "/")]), calendars=[document])
    assert not register.calendars.inferred
    assert [doubt.kind for doubt in register.account.doubts] == ["closed-day"]


def test_a_word_of_another_system_is_a_reject_until_the_mapping_lists_it() -> None:
    rows = marks_table([("1", MONDAY, "AM", "/"), ("1", MONDAY, "PM", "present")])
    assert dict(read(rows, evolve(LONG, values={})).account.reject_counts) == {Reject.UNKNOWN_CODE: 1}
    assert not read(rows, evolve(LONG, values={"present": "present"})).account.reject_counts


def test_an_id_that_holds_a_pupils_stays_out_of_a_repr() -> None:
    id = FigureId.parse("attendance/enrolment=s|canary|2025-09-01/2025-09-01..2025-09-05/year-to-date")
    assert "canary" not in repr(id)
    assert "canary" in str(id)
