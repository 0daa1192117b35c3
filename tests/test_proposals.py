"""An unknown export is read rightly, or asked about; never wrongly."""

import csv
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from attrs import evolve, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_core.demo.days import demo_calendar
from attendance_core.demo.school import make_school
from attendance_core.demo.write import write_school
from attendance_core.documents.loader import load_toml
from attendance_core.engine import from_host
from attendance_core.errors import InputError, LayoutError, UnknownNameError
from attendance_core.model.configuration import Choices, Configuration, Files, School
from attendance_core.model.extensions import ReadOptions
from attendance_core.model.mappings import DateOrder, Layout, Mapping
from attendance_core.plugins.builtin.delimited import DelimitedText
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.headings import field_ranks, fold, load_headings
from attendance_core.reference.settings import load_settings
from attendance_core.register.calendar import infer, lint_calendar, work_out
from attendance_core.register.configfile import calendar_document, write_config
from attendance_core.register.proposals import Proposal, answer, propose, propose_pupils
from attendance_core.register.reading import Source, read_register
from attendance_core.register.register import Register
from tests.shared import shared

EXPORTS = Path(__file__).parent / "data" / "exports"
Mark = tuple[date, str, str]


def numbered(native: Any) -> "nw.LazyFrame[Any]":
    """As a raw table reaches the register: with the row of the source beside each row."""
    return from_host(native.lazy().with_row_index("source_row", offset=2))


def table(path: Path) -> "nw.LazyFrame[Any]":
    return numbered(DelimitedText().read(path, ReadOptions()).frame)


def marks_of(name: str) -> Proposal:
    return propose(table(EXPORTS / name), where=name)


def pupils_of(name: str, marks: Mapping | None = None) -> Proposal:
    return propose_pupils(table(EXPORTS / name), where=name, marks=marks)


def with_answers(proposal: Proposal, answers: dict[str, str]) -> Proposal:
    """Answer as the questions come up: one answer may raise the next."""
    rest = dict(answers)
    while rest:
        open_now = {question.key for question in proposal.questions}
        now = {key: choice for key, choice in rest.items() if key in open_now}
        assert now, f"never asked: {sorted(rest)}; asked: {sorted(open_now)}"
        proposal = answer(proposal, now)
        rest = {key: choice for key, choice in rest.items() if key not in now}
    return proposal


def read_with(frame: "nw.LazyFrame[Any]", mapping: Mapping, *, week: date | None = None) -> Register:
    return read_register(
        Source(frame=frame, mapping=mapping),
        codebooks=(load_codebook("england"), load_codebook("foreign")),
        settings={name: setting.default for name, setting in load_settings().items()},
        week=week,
    )


def pupils_marks(register: Register) -> list[tuple[Mark, ...]]:
    """The marks of each pupil, whatever the pupil is called."""
    frame = register.marks.collect("polars")
    who = next(name for name in frame.columns if name.startswith("enrolment"))
    found: dict[Any, list[Mark]] = {}
    for key, day, session, code in frame.select(
        who, "date", nw.col("session").cast(nw.String), nw.col("code").cast(nw.String)
    ).iter_rows():
        found.setdefault(key, []).append((day, session, code))
    return sorted(tuple(sorted(marks)) for marks in found.values())


def truth() -> dict[str, list[Mark]]:
    """Read the scenario from its plainest file by hand, without the library."""
    found: dict[str, list[Mark]] = {}
    with (EXPORTS / "sims_report.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"][:10])
            found.setdefault(row["Arc Person ID"], []).append((day, row["AM/PM"], row["Mark"]))
    return found


def as_words(words: dict[str, str], other: str) -> list[tuple[Mark, ...]]:
    return sorted(
        tuple(sorted((day, session, words.get(code, other)) for day, session, code in marks))
        for marks in truth().values()
    )


def plain() -> list[tuple[Mark, ...]]:
    return sorted(tuple(sorted(marks)) for marks in truth().values())


def whole_days(words: dict[str, str] | None = None) -> list[tuple[Mark, ...]]:
    """The morning's mark for both sessions."""
    result = []
    for marks in truth().values():
        both: list[Mark] = []
        for day, session, code in marks:
            if session == "AM":
                meant = words.get(code, "absent") if words else code
                both += [(day, "AM", meant), (day, "PM", "\\" if meant == "/" else meant)]
        result.append(tuple(sorted(both)))
    return sorted(result)


@frozen(kw_only=True)
class Case:
    """What is to come of an export: the layout, what must be asked, the right answers, and the marks then read."""

    layout: Layout | None
    asked: tuple[str, ...] = ()
    answers: dict[str, str] = field(factory=dict)
    columns: dict[str, str] = field(factory=dict)
    same_marks: bool = True


LETTERS = {"/": "present", "\\": "present", "L": "late", "B": "present"}
FLAGS = {"/": "present", "\\": "present", "L": "present", "B": "present"}
WORDS = {"/": "present", "\\": "present", "L": "late", "B": "present", "O": "unauthorised-absence"}

CASES: dict[str, Case] = {
    # Sure from the file alone.
    "sims_report.csv": Case(
        layout=Layout.LONG,
        columns={"pupil_id": "Arc Person ID", "date": "date", "session": "AM/PM", "code": "Mark"},
    ),
    "arbor_roll_call.csv": Case(
        layout=Layout.LONG,
        columns={
            "pupil_id": "STUDENT_ID",
            "date": "DATE",
            "session": "PERIOD",
            "code": "MARK_CODE",
            "minutes_late": "MINUTES_LATE",
        },
    ),
    "week_commencing.csv": Case(layout=Layout.PUPIL_WEEK),
    "mark_string.csv": Case(
        layout=Layout.MARK_STRING,
        columns={"pupil_id": "studentID", "start_date": "attendanceStartDate", "marks": "attendanceMarks"},
    ),
    "pupil_day.csv": Case(layout=Layout.PUPIL_DAY, columns={"pupil_id": "UPN", "date": "Date", "am": "AM", "pm": "PM"}),
    "date_columns.csv": Case(layout=Layout.DATE_COLUMNS, columns={"pupil_id": "Admission No"}),
    "semicolons.csv": Case(layout=Layout.LONG),
    "american_dates.csv": Case(layout=Layout.LONG),
    "two_ids_agree.csv": Case(
        layout=Layout.LONG, columns={"pupil_id": "Pupil ID", "date": "Date", "session": "Session", "code": "Mark"}
    ),
    "lessons.csv": Case(
        layout=Layout.LESSON,
        same_marks=False,
        columns={
            "pupil_id": "Pupil ID",
            "date": "Date",
            "period": "Period",
            "subject": "Subject",
            "code": "Mark",
            "minutes_late": "Minutes Late",
        },
    ),
    "weekdays_prove.csv": Case(layout=Layout.LONG, same_marks=False),
    "words.csv": Case(layout=Layout.LONG, same_marks=False),
    "flags.csv": Case(layout=Layout.LONG, same_marks=False),
    # Asked.
    "bromcom_week.csv": Case(
        layout=Layout.PUPIL_WEEK,
        asked=("columns.week",),
        answers={"columns.week": "given when the file is read"},
        same_marks=False,
    ),
    "mark_string_weekends.csv": Case(layout=Layout.MARK_STRING, asked=("dates",), answers={"dates": "day-first"}),
    "sims_partner.csv": Case(layout=Layout.LONG, asked=("values.*",), answers={"values.*": "Z"}, same_marks=False),
    "german.csv": Case(
        layout=Layout.LONG,
        asked=("columns.pupil_id", "columns.session"),
        answers={
            "columns.pupil_id": "Kennung",
            "columns.session": "Halbtag",
            "sessions.Vormittag": "AM",
            "sessions.Nachmittag": "PM",
        },
        columns={"pupil_id": "Kennung", "date": "Datum", "session": "Halbtag", "code": "Eintrag"},
    ),
    "letters.csv": Case(
        layout=Layout.DAY,
        asked=("values.A", "values.L", "values.P", "layout"),
        answers={"values.A": "absent", "values.L": "late", "values.P": "present", "layout": "day"},
        same_marks=False,
    ),
    "yes_no.csv": Case(
        layout=Layout.LONG,
        asked=("marks", "values.N", "values.Y"),
        answers={"marks": "the system's own values", "values.N": "absent", "values.Y": "present"},
        same_marks=False,
    ),
    "two_ids.csv": Case(layout=Layout.LONG, asked=("columns.pupil_id",), answers={"columns.pupil_id": "Pupil ID"}),
    "no_session.csv": Case(layout=Layout.DAY, asked=("layout",), answers={"layout": "day"}, same_marks=False),
    "mixed_periods.csv": Case(layout=Layout.LONG, asked=("layout",), answers={"layout": "long"}),
    "ambiguous_dates.csv": Case(layout=Layout.LONG, asked=("dates",), answers={"dates": "day-first"}, same_marks=False),
    "short_years.csv": Case(layout=Layout.LONG, asked=("dates",), answers={"dates": "year-first"}),
    "counts.csv": Case(layout=Layout.COUNTS, asked=("layout",), answers={"layout": "counts"}, same_marks=False),
    "absences_only.csv": Case(layout=Layout.LONG, asked=("marks",), answers={"marks": "DfE codes"}, same_marks=False),
    "deleted_rows.csv": Case(layout=Layout.LONG, asked=("keep.IsDeleted",), answers={"keep.IsDeleted": "leave out"}),
    "split_code.csv": Case(
        layout=Layout.LONG, asked=("columns.code",), answers={"columns.code": "mark"}, same_marks=False
    ),
    "numbered_sessions.csv": Case(
        layout=Layout.LONG, asked=("sessions.1", "sessions.2"), answers={"sessions.1": "AM", "sessions.2": "PM"}
    ),
    # Asked, and no answer can help.
    "two_rows_a_day.csv": Case(layout=None, asked=("columns.session",)),
    "only_dates.csv": Case(layout=None, asked=("layout",)),
    "pupils_across.csv": Case(layout=None, asked=("columns.pupil_id", "layout")),
    "no_headings.csv": Case(layout=None, asked=("headings",)),
    "headings_only.csv": Case(layout=None, asked=("rows",)),
}
PUPILS = ("pupils_sims.csv", "pupils_arbor.csv", "pupils_doubtful.csv", "pupils_other_key.csv")


def test_every_export_is_tried() -> None:
    assert {path.name for path in EXPORTS.glob("*.csv")} == {*CASES, *PUPILS}


@pytest.mark.parametrize("name", CASES)
def test_it_is_right_or_asks(name: str) -> None:
    case, proposal = CASES[name], marks_of(name)
    assert [question.key for question in proposal.questions] == list(case.asked)
    assert proposal.sure is (not case.asked)
    assert not case.asked or all(question.text for question in proposal.questions)
    assert all(q.suggestion in ("", *q.choices) for q in proposal.questions)
    done = with_answers(proposal, case.answers)
    if case.layout is None:
        assert done.mapping is None
        return
    assert done.sure
    assert done.mapping is not None
    assert done.mapping.layout is case.layout
    if case.columns:
        assert done.mapping.columns == case.columns
    if case.same_marks:
        register = read_with(table(EXPORTS / name), done.mapping)
        # Strings that count every day hold a sign of closure for weekends.
        open_days = [tuple(mark for mark in marks if mark[2] != "#") for marks in pupils_marks(register)]
        assert sorted(open_days) == plain()


def done_mapping(name: str) -> Mapping:
    mapping = with_answers(marks_of(name), CASES[name].answers).mapping
    assert mapping is not None
    return mapping


def read_done(name: str, *, week: date | None = None) -> list[tuple[Mark, ...]]:
    return pupils_marks(read_with(table(EXPORTS / name), done_mapping(name), week=week))


def test_foreign_values_are_read_as_what_they_say_and_never_as_codes() -> None:
    assert read_done("words.csv") == as_words(WORDS, "absent")
    assert read_done("flags.csv") == as_words(FLAGS, "absent")
    assert read_done("yes_no.csv") == as_words(FLAGS, "absent")
    assert read_done("letters.csv") == whole_days(LETTERS)
    for name in ("words.csv", "flags.csv", "yes_no.csv", "letters.csv"):
        assert done_mapping(name).listed_only


def test_a_foreign_letter_passes_as_a_code_only_when_somebody_says_so() -> None:
    """P is sport in England and present elsewhere: before any answer the mapping lists every value."""
    proposal = marks_of("letters.csv")
    assert not proposal.sure
    assert proposal.mapping is not None
    assert proposal.mapping.listed_only
    assert proposal.mapping.values == {"A": "absent", "L": "late", "P": "present"}
    refused = answer(proposal, {"values.L": "refuse it", "values.A": "no mark was made"}).mapping
    assert refused is not None
    assert refused.values == {"P": "present"}
    assert "A" in refused.no_mark


def test_one_value_a_day_stands_for_both_sessions_only_when_answered() -> None:
    assert read_done("no_session.csv") == whole_days()
    neither = answer(marks_of("no_session.csv"), {"layout": "neither"})
    assert neither.mapping is None
    assert [question.key for question in neither.questions] == ["columns.session"]
    assert answer(neither, {"layout": "day"}).sure, "an answer can be changed"


def test_other_shapes_are_read_with_their_answers() -> None:
    first_week = [tuple(mark for mark in marks if mark[0] <= date(2024, 9, 13)) for marks in plain()]
    assert read_done("bromcom_week.csv", week=date(2024, 9, 9)) == sorted(first_week)
    assert Counter(mark for marks in read_done("ambiguous_dates.csv") for mark in marks) == {
        (date(2024, 9, day), session, code): 6
        for day in (4, 5, 9, 10, 12)
        for session, code in (("AM", "/"), ("PM", "\\"))
    }
    days = {mark[0] for marks in read_done("weekdays_prove.csv") for mark in marks}
    assert days == {date(2024, 9, day) for day in range(2, 7)}
    absences = [tuple(m for m in marks if m[2] in "IMO") for marks in plain()]
    assert read_done("absences_only.csv") == sorted(absences)
    off_roll = Counter(mark[2] for marks in read_done("sims_partner.csv") for mark in marks)["Z"]
    assert off_roll == 4


def test_answers_change_the_reading() -> None:
    month_first = answer(marks_of("ambiguous_dates.csv"), {"dates": "month-first"}).mapping
    assert month_first is not None
    assert month_first.dates is DateOrder.MONTH_FIRST
    lessons = answer(marks_of("mixed_periods.csv"), {"layout": "lesson"})
    assert lessons.sure
    assert lessons.mapping is not None
    assert lessons.mapping.layout is Layout.LESSON
    assert lessons.mapping.columns["period"] == "periodDisplayName"
    assert "session" not in lessons.mapping.columns
    read = answer(marks_of("deleted_rows.csv"), {"keep.IsDeleted": "read"}).mapping
    assert read is not None
    assert read.keep == {}
    upn = answer(marks_of("two_ids.csv"), {"columns.pupil_id": "UPN"}).mapping
    assert upn is not None
    assert upn.columns["pupil_id"] == "UPN"
    none = answer(marks_of("counts.csv"), {"layout": "not counts"})
    assert none.mapping is None
    assert not none.sure


def test_reasons_say_why_each_column_was_taken_and_which_were_not() -> None:
    for name, case in CASES.items():
        proposal = marks_of(name)
        if proposal.mapping is None or case.layout is Layout.COUNTS:
            continue
        for field_name, column in proposal.mapping.columns.items():
            assert any(r.startswith(f"{field_name} is column {column!r}: ") for r in proposal.reasons), (
                name,
                field_name,
            )
    reasons = "\n".join(marks_of("arbor_roll_call.csv").reasons)
    assert "not used: 'ACADEMIC_YEAR_NAME', 'APPLICATION_ID'" in reasons
    assert "preferred to 'RAW_MARK'" in reasons
    assert "'UPN' says the same one to one" in "\n".join(marks_of("two_ids_agree.csv").reasons)
    assert "column 'school' says what a mark means, and is no school" in "\n".join(marks_of("sims_report.csv").reasons)


# The 600 pupils and the lessons of OpenEduAnalytics, as downloaded.


def test_the_600_pupils_are_proved_by_the_columns_beside_the_letters() -> None:
    frame = table(shared("data", "other", "oea_studentattendance.csv.gz"))
    proposal = propose(frame, where="oea")
    assert proposal.sure
    mapping = proposal.mapping
    assert mapping is not None
    assert mapping.layout is Layout.DAY
    assert mapping.keep == {"all_day": ("Yes",)}
    assert mapping.listed_only
    assert mapping.values == {"P": "present", "A": "absent"}
    assert mapping.columns == {
        "pupil_id": "student_id",
        "school_id": "school_id",
        "date": "attendance_date",
        "code": "AttendanceCode",
    }
    assert any("'PresenceFlag' and 'attendance_status' says so" in reason for reason in proposal.reasons)
    codes = Counter(mark[2] for marks in pupils_marks(read_with(frame, mapping)) for mark in marks)
    assert codes == {"present": 2 * 10_715, "absent": 2 * 1_285}


def test_without_the_columns_beside_them_the_letters_are_asked() -> None:
    frame = table(shared("data", "other", "oea_studentattendance.csv.gz"))
    proposal = propose(frame.drop("PresenceFlag", "attendance_status"), where="oea")
    assert [question.key for question in proposal.questions] == ["values.A", "values.P"]


def test_columns_that_disagree_prove_nothing() -> None:
    frame = table(shared("data", "other", "oea_studentattendance.csv.gz"))
    odd = frame.with_columns(
        attendance_status=nw.when(nw.col("id") == "509").then(nw.lit("Absent")).otherwise(nw.col("attendance_status"))
    )
    assert {"values.A", "values.P"} <= {question.key for question in propose(odd, where="oea").questions}


def test_an_id_that_looks_like_none_is_asked_for_in_true_words() -> None:
    def asked(heading: str, ids: list[str]) -> str:
        days = ["03/09/2025", "16/09/2025"]
        frame = pl.DataFrame({heading: ids, "Date": days, "Session": ["AM", "PM"], "Mark": ["/", "I"]})
        return next(
            question.text
            for question in propose(from_host(frame), where="here").questions
            if question.key == "columns.pupil_id"
        )

    assert asked("Pupil ID", ["ann", "bob"]).startswith("Column 'Pupil ID' is headed as the pupil's id, but its values")
    assert asked("Whoever", ["A1", "A2"]) == "No heading says which column is the pupil's id. Which one holds it?"
    assert asked("Whoever", ["A1", "A1"]).endswith(
        'No column could be it. Export it under a heading such as "Pupil ID".'
    )


def test_the_lessons_beside_them_are_lessons_and_never_sessions() -> None:
    frame = table(shared("data", "other", "oea_studentattendance_period.csv"))
    proposal = propose(frame, where="oea-periods")
    assert proposal.sure
    assert proposal.mapping is not None
    assert proposal.mapping.layout is Layout.LESSON
    assert proposal.mapping.columns["period"] == "Period"
    assert proposal.mapping.columns["subject"] == "section_id"
    assert proposal.mapping.dates is DateOrder.DAY_FIRST
    with pytest.raises(LayoutError):
        read_with(frame, proposal.mapping)


# Pupils files.


def test_a_pupils_file_of_known_headings_is_sure() -> None:
    proposal = pupils_of("pupils_sims.csv")
    assert proposal.sure
    assert proposal.mapping is not None
    assert proposal.mapping.columns == {
        "pupil_id": "Pupil ID",
        "start": "Date of Admission",
        "end": "Date of Leaving",
        "date_of_birth": "DOB",
    }
    assert proposal.mapping.dates is DateOrder.DAY_FIRST
    assert proposal.mapping.characteristics == {
        "year_group": "Year Group",
        "form": "Reg Group",
        "sex": "Gender",
        "sen": "SEN Status",
        "fsm": "FSM Eligible",
        "pupil_premium": "PP",
        "eal": "EAL",
        "ethnicity": "Ethnicity",
        "looked_after": "In Care",
    }
    assert "not used: 'Forename', 'Notes', 'Surname'" in proposal.reasons


def test_free_meals_of_the_last_six_years_are_not_free_meals() -> None:
    mapping = pupils_of("pupils_arbor.csv").mapping
    assert mapping is not None
    assert mapping.characteristics["fsm"] == "FSM"
    assert "EVER_6_FSM" not in mapping.characteristics.values()


def test_doubtful_columns_of_a_pupils_file_are_asked() -> None:
    proposal = pupils_of("pupils_doubtful.csv")
    assert [question.key for question in proposal.questions] == [
        "columns.school_id",
        "columns.start",
        "dates",
        "characteristics.year_group",
        "characteristics.sen",
        "characteristics.fsm",
    ]
    answered = answer(
        proposal,
        {
            "columns.school_id": "none of these",
            "columns.start": "leave it out",
            "characteristics.year_group": "leave it out",
            "characteristics.sen": "SEN",
            "characteristics.fsm": "leave it out",
        },
    )
    assert answered.sure
    assert answered.mapping is not None
    assert answered.mapping.columns == {"pupil_id": "Pupil ID"}
    assert answered.mapping.characteristics == {"sen": "SEN"}


def test_marks_and_pupils_must_use_one_key() -> None:
    upn = Mapping(id="marks", columns={"pupil_id": "UPN"})
    chosen = pupils_of("pupils_sims.csv", upn)
    assert chosen.sure
    assert chosen.mapping is not None
    assert chosen.mapping.columns["pupil_id"] == "UPN"
    other = pupils_of("pupils_other_key.csv", upn)
    assert [question.key for question in other.questions] == ["columns.pupil_id"]
    assert "The marks name pupils by 'UPN'" in other.questions[0].text
    assert with_answers(other, {"columns.pupil_id": "Admission No"}).sure


def test_leaving_before_starting_is_asked() -> None:
    rows = {
        "Pupil ID": ["1", "2"],
        "Start Date": ["2024-09-01", "2024-09-02"],
        "End Date": ["2020-09-01", "2021-09-01"],
        "Form": ["7A", "7B"],
    }
    proposal = propose_pupils(from_host(pl.DataFrame(rows)), where="pupils.csv")
    assert [question.key for question in proposal.questions] == ["columns.end"]
    assert "2 of 2 different pairs of dates end before they start" in proposal.questions[0].text
    kept = answer(proposal, {"columns.end": "yes"}).mapping
    assert kept is not None
    assert set(kept.columns) == {"pupil_id", "start", "end"}
    dropped = answer(proposal, {"columns.end": "leave it out"}).mapping
    assert dropped is not None
    assert set(dropped.columns) == {"pupil_id"}


def test_a_pupils_file_of_which_nothing_is_understood_is_asked() -> None:
    proposal = propose_pupils(from_host(pl.DataFrame({"Pupil ID": ["1", "2"], "Shoe": ["3", "4"]})), where="pupils.csv")
    assert [question.key for question in proposal.questions] == ["columns"]


def test_the_demo_s_own_files_are_sure_and_give_its_own_mappings(tmp_path: Path) -> None:
    write_school(make_school(pupils=12), tmp_path)
    configuration = load_toml(tmp_path / "attendance.toml", Configuration)
    assert configuration.mapping is not None
    assert configuration.pupils is not None
    marks = propose(table(tmp_path / "marks.csv"), where="marks.csv")
    pupils = propose_pupils(table(tmp_path / "pupils.csv"), where="pupils.csv", marks=marks.mapping)
    assert marks.sure
    assert pupils.sure
    assert marks.mapping is not None
    assert pupils.mapping is not None
    assert marks.mapping.columns == configuration.mapping.columns
    assert pupils.mapping.columns == configuration.pupils.columns
    assert pupils.mapping.characteristics == configuration.pupils.characteristics
    # A calendar file is a configuration that holds nothing else.
    assert load_toml(tmp_path / "calendar.toml", Configuration).calendar == (demo_calendar(),)


# Further single doubts, in tables made here.


def rows(**columns: list[str]) -> "nw.LazyFrame[Any]":
    return from_host(pl.DataFrame({name.replace("_", " "): values for name, values in columns.items()}))


def long(**changed: list[str]) -> "nw.LazyFrame[Any]":
    base = {
        "Pupil_ID": ["1", "1", "2", "2"] * 3,
        "Date": ["2024-09-17"] * 4 + ["2024-09-18"] * 4 + ["2024-09-19"] * 4,
        "Session": ["AM", "PM"] * 6,
        "Mark": ["/", "\\"] * 6,
    }
    return rows(**{**base, **changed})


def keys(frame: "nw.LazyFrame[Any]") -> list[str]:
    return [question.key for question in propose(frame, where="marks.csv").questions]


def test_the_plain_table_is_sure() -> None:
    assert propose(long(), where="marks.csv").sure


def test_typed_columns_are_as_good_as_texts() -> None:
    text = pl.DataFrame(long().collect("polars").to_native())
    typed = text.with_columns(pl.col("Date").str.to_date(), pl.col("Pupil ID").cast(pl.Int64))
    for frame in (typed, typed.with_columns(pl.col("Date").cast(pl.Datetime("us")))):
        proposal = propose(from_host(frame), where="marks.parquet")
        assert proposal.sure
        assert proposal.mapping is not None
        assert pupils_marks(read_with(numbered(frame), proposal.mapping)) == pupils_marks(
            read_with(numbered(text), proposal.mapping)
        )


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        pytest.param({"Mark": ["/", "Q7"] * 6}, ["values.Q7"], id="a value beside the codes"),
        pytest.param({"Mark": ["P", "L"] * 6}, ["marks", "values.L", "values.P"], id="letters that are codes too"),
        pytest.param(
            {"Date": ["13/09/2024"] * 4 + ["09/16/2024"] * 4 + ["17/09/2024"] * 4}, ["dates"], id="both orders"
        ),
        pytest.param({"Date": ["next week"] * 12}, ["columns.date"], id="no dates"),
        pytest.param({"Session": ["AM", "AM"] * 6}, ["layout"], id="two rows for one session"),
        pytest.param({"Session": ["AM", "P3"] * 6}, ["layout"], id="sessions and periods"),
        pytest.param(
            {"School": ["North", "North", "South", "South"] * 3}, ["columns.school_id"], id="a school by its name"
        ),
        pytest.param({"Pupil_ID": ["Amy Ant"] * 6 + ["Bo Bee"] * 6}, ["columns.pupil_id"], id="names for ids"),
        pytest.param(
            {"Session_Date": ["2024-09-20"] * 2 + ["2024-09-23"] * 2 + ["2024-09-24"] * 4 + ["2024-09-25"] * 4},
            ["columns.date"],
            id="two dates",
        ),
        pytest.param({"Code": ["/", "N"] * 6}, ["columns.code"], id="two codes"),
        pytest.param({"AM/PM": ["PM", "AM", "AM"] * 4}, ["columns.session"], id="two sessions"),
        pytest.param({"All_Day": ["No"] * 12}, [], id="a flag that sessions need not"),
    ],
)
def test_a_single_doubt_raises_its_question(changed: dict[str, list[str]], asked: list[str]) -> None:
    assert keys(long(**changed)) == asked


def test_whole_days_and_lessons_in_one_file_are_asked() -> None:
    frame = rows(
        Pupil_ID=["1", "1", "2", "2"],
        Date=["2024-09-17"] * 4,
        All_Day=["Yes", "No"] * 2,
        Period=["", "1"] * 2,
        Mark=["/", "/", "/", "L"],
    )
    proposal = propose(frame, where="marks.csv")
    assert [question.key for question in proposal.questions] == ["layout"]
    assert proposal.mapping is not None
    assert proposal.mapping.keep == {"All Day": ("Yes",)}
    lessons = answer(proposal, {"layout": "lesson"}).mapping
    assert lessons is not None
    assert lessons.layout is Layout.LESSON
    assert lessons.keep == {"All Day": ("No",)}


def test_weeks_that_do_not_begin_on_a_monday_are_asked() -> None:
    days = {f"{day}{half}": ["/", "\\"] for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for half in ("AM", "PM")}
    frame = rows(Pupil_ID=["1", "2"], Week=["2024-09-13", "2024-09-13"], **days)
    assert keys(frame) == ["columns.week"]
    weekdays = rows(Pupil_ID=["1", "2"], **{day: ["/", "N"] for day in ("Mon", "Tue", "Wed", "Thu", "Fri")})
    assert keys(weekdays) == ["layout"]


def test_strings_whose_weeks_cannot_be_told_are_asked() -> None:
    def string(start: str, marks: str) -> list[str]:
        return keys(rows(Pupil_ID=["1", "2"], Attendance_Start_Date=[start] * 2, Marks=[marks] * 2))

    assert string("2024-09-09", "/\\" * 10) == []
    assert string("2024-09-11", "/\\" * 10) == ["columns.start_date"]
    assert string("2024-09-09", "/\\" * 5 + "----" + "/\\" * 3) == ["marks_per_week"]
    assert string("2024-09-09", ("/\\" * 5 + "####") * 2) == []


def test_two_wide_shapes_in_one_file_are_asked() -> None:
    days = {f"{day}{half}": ["/", "\\"] for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for half in ("AM", "PM")}
    frame = rows(
        Pupil_ID=["1", "2"], Week=["2024-09-09"] * 2, Date=["2024-09-17"] * 2, AM=["/"] * 2, PM=["N"] * 2, **days
    )
    assert keys(frame) == ["layout"]


# What holds for every file.


def everything() -> Iterable[tuple[str, Proposal]]:
    for name, case in CASES.items():
        yield name, marks_of(name)
        yield name, with_answers(marks_of(name), case.answers)
    for name in PUPILS:
        yield name, pupils_of(name)


PEOPLE = re.compile(
    r"Ames|Bell|Cole|Dunn|Eady|Farr|Robin|\bJo\b|\bSam\b|Alex|\bKit\b|\bMax\b|A80120|\b00450[1-6]\b|\b10[1-6]\b"
)


def test_no_pupil_is_named_anywhere() -> None:
    for name, proposal in everything():
        said = [*proposal.reasons, *(f"{q.key} {q.text} {q.choices} {q.suggestion}" for q in proposal.questions)]
        for text in (*said, repr(proposal)):
            assert PEOPLE.search(text) is None, (name, text)


def test_values_that_one_pupil_alone_has_are_not_repeated() -> None:
    frame = long(Mark=["Amelia"] * 2 + ["Bertram"] * 2 + ["Amelia"] * 2 + ["Bertram"] * 2 + ["/", "\\"] * 2)
    proposal = propose(frame, where="marks.csv")
    assert not proposal.sure
    assert "Amelia" not in repr(proposal)
    assert "only one pupil has each" in proposal.questions[0].text
    assert answer(proposal, {"values": "refuse it"}).sure


UNRELATED = {
    "sims_report.csv": ["Arc Group ID", "Unique ID", "statistical"],
    "arbor_roll_call.csv": ["ATTENDANCE_ROLL_CALL_RECORD_ID", "APPLICATION_ID", "ACADEMIC_YEAR_NAME", "IS_PRESENT"],
    "pupil_day.csv": ["Surname", "Forename", "Reg Group"],
    "week_commencing.csv": ["Surname", "Forename"],
    "date_columns.csv": ["Name"],
    "semicolons.csv": ["Bemerkung"],
    "letters.csv": ["Last Name"],
    "mark_string.csv": ["year", "possible", "attended", "schoolName"],
    "deleted_rows.csv": ["Id"],
    "german.csv": ["Nachname"],
}


@pytest.mark.parametrize("name", sorted(CASES))
@settings(max_examples=4, deadline=None)
@given(mixer=st.randoms(use_true_random=False))
def test_order_and_unrelated_names_of_columns_change_nothing(name: str, mixer: random.Random) -> None:
    frame, before = table(EXPORTS / name), marks_of(name)
    columns = frame.collect_schema().names()
    renamed = {column: f"Extra {index}" for index, column in enumerate(UNRELATED.get(name, ()), 1)}
    mixed = mixer.sample(columns, len(columns))
    after = propose(frame.select(mixed).rename(renamed), where=name)
    assert after.mapping == before.mapping
    assert [question.key for question in after.questions] == [question.key for question in before.questions]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.same_marks and not case.asked])
def test_a_column_less_is_right_or_asked(name: str) -> None:
    """Whatever column is missing, no mark is read that is not there."""
    frame = table(EXPORTS / name)
    for column in frame.collect_schema().names():
        # Without the mark that counts there is only the one that was typed, and it says so by its heading.
        if column in ("source_row", "MARK_CODE"):
            continue
        rest = frame.drop(column)
        proposal = propose(rest, where=name)
        if not proposal.sure or proposal.mapping is None:
            continue
        found = pupils_marks(read_with(rest, proposal.mapping))
        assert len(found) == len(plain())
        assert all(any(set(marks) <= set(right) for right in plain()) for marks in found), column


DATE_STYLES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%y-%m-%d", "%d-%b-%Y", "%Y%m%d", "%Y-%m-%dT00:00:00")
SESSION_STYLES = (("AM", "PM"), ("am", "pm"), ("Morning", "Afternoon"), ("1", "2"), ("A", "P"))


def heading(name: str) -> "st.SearchStrategy[str]":
    return st.sampled_from([head for entry in load_headings().fields if entry.name == name for head in entry.headings])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    first=st.dates(date(2006, 9, 1), date(2026, 6, 1)),
    style=st.sampled_from(DATE_STYLES),
    sessions=st.sampled_from(SESSION_STYLES),
    heads=st.tuples(heading("pupil_id"), heading("date"), heading("session"), heading("code")),
    pad=st.booleans(),
    days=st.integers(1, 12),
)
def test_a_made_up_export_is_right_or_asked(
    first: date, style: str, sessions: tuple[str, str], heads: tuple[str, str, str, str], pad: bool, days: int
) -> None:
    """Any heading, style of dates and name of sessions: what is sure reads back what was written."""
    weekdays = [day for day in (first + timedelta(days=n) for n in range(days)) if day.weekday() < 5]
    marks = [
        (pupil, day, session, ("/", "\\", "L", "I", "\\", "/")[(pupil + index) % 6])
        for pupil in (1, 2, 3)
        for index, day in enumerate(weekdays)
        for session in ("AM", "PM")
    ]
    names = dict(zip(("AM", "PM"), sessions, strict=True))
    cells = [
        (str(pupil), f"{day:{style}}", names[session], f" {code}  " if pad else code)
        for pupil, day, session, code in marks
    ]
    native = pl.DataFrame(cells, schema=dict.fromkeys(heads, pl.String), orient="row")
    proposal = propose(numbered(native), where="made.csv")
    if not proposal.sure or proposal.mapping is None:
        assert proposal.questions
        return
    register = read_with(numbered(native), proposal.mapping)
    found = Counter(mark[:2] for found in pupils_marks(register) for mark in found)
    assert found == Counter((day, session) for _, day, session, _ in marks)


JUNK_HEADINGS = st.text(alphabet="qxzjkvw ", min_size=1, max_size=8)
KNOWN_HEADINGS = st.sampled_from(sorted({head for entry in load_headings().fields for head in entry.headings}))
JUNK_CELLS = st.text(alphabet="bcdfghjkqvwxz", min_size=3, max_size=8)
LIKELY_CELLS = st.sampled_from(
    ["P", "A", "/", "\\", "N", "L", "AM", "PM", "x7", "12", "2024-09-09", "03/04/2024", "Yes", "No", "Present", "", "-"]
)


@st.composite
def junk(draw: st.DrawFn, headings: st.SearchStrategy[str], cells: st.SearchStrategy[str]) -> pl.DataFrame:
    names = draw(st.lists(headings, min_size=1, max_size=8, unique_by=str.strip))
    height = draw(st.integers(0, 8))
    return pl.DataFrame(
        {name: draw(st.lists(cells, min_size=height, max_size=height)) for name in names},
        schema=dict.fromkeys(names, pl.String),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=junk(JUNK_HEADINGS, LIKELY_CELLS), two=junk(KNOWN_HEADINGS, JUNK_CELLS))
def test_junk_is_never_sure(one: pl.DataFrame, two: pl.DataFrame) -> None:
    """Neither likely values under unknown headings, nor known headings over rubbish, pass unasked."""
    for frame in (one, two):
        proposal = propose(from_host(frame), where="junk.csv")
        assert not proposal.sure
        assert proposal.questions
    assert not propose_pupils(from_host(one), where="junk.csv").sure


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame=junk(KNOWN_HEADINGS, LIKELY_CELLS))
def test_what_is_sure_can_be_read(frame: pl.DataFrame) -> None:
    """Known headings over likely values may be sure; then no column is missing, and no letter is taken for a code."""
    proposal = propose(from_host(frame), where="likely.csv")
    if proposal.sure and proposal.mapping is not None and proposal.mapping.layout is not Layout.LESSON:
        mapping = proposal.mapping
        if not mapping.listed_only and "code" in mapping.columns:
            assert {"/", "\\"} & set(frame[mapping.columns["code"]])
        assert set(mapping.columns.values()) <= set(frame.columns)


# Errors of answers.


def test_an_answer_to_nothing_is_refused_with_every_other_fault() -> None:
    proposal = marks_of("ambiguous_dates.csv")
    with pytest.raises(UnknownNameError) as caught:
        answer(proposal, {"date": "day-first", "dates": "sideways"})
    first, second = caught.value.faults
    assert str(first) == "ambiguous_dates.csv: 'date' is not asked; expected dates. Did you mean 'dates'?"
    assert (
        str(second) == "ambiguous_dates.csv: dates: is no choice; expected one of day-first, month-first. Answer again."
    )
    with pytest.raises(InputError, match="expected another export"):
        answer(marks_of("only_dates.csv"), {"layout": "day"})
    with pytest.raises(UnknownNameError, match="Answer an open question"):
        answer(proposal, {"zzz": "day-first"})


# Headings.


def test_no_heading_stands_for_two_fields_that_are_looked_for_together() -> None:
    ranks = field_ranks()
    shared_on_purpose = {("start_date", "start"), ("start", "start_date")}
    apart = (
        ("pupil_id", "upn", "admission_number", "uln", "perhaps_pupil_id", "name", "code", "date", "session", "period"),
        ("start", "end", "date_of_birth", "valid_from", "valid_to", "academic_year"),
        ("am", "pm", "session", "period", "subject", "section"),
    )
    for group in apart:
        for first in group:
            for second in group:
                if first != second and (first, second) not in shared_on_purpose:
                    assert not set(ranks[first]) & set(ranks[second]), (first, second)
    traits = [fold(head) for entry in load_headings().characteristics for head in entry.headings]
    assert len(traits) == len(set(traits))
    foreign = {code.code for code in load_codebook("foreign").codes}
    assert {word.code for word in load_headings().words} <= foreign
    assert {entry.code for entry in load_headings().counts} <= foreign


# The file that is written.


def written(tmp_path: Path, text: str) -> Configuration:
    path = tmp_path / "attendance.toml"
    path.write_text(text, encoding="utf-8")
    return load_toml(path, Configuration)


def test_every_proposal_is_written_and_read_back(tmp_path: Path) -> None:
    pupils = pupils_of("pupils_sims.csv")
    for name, proposal in everything():
        if proposal.mapping is None:
            continue
        text = write_config(
            proposal.mapping,
            pupils.mapping,
            school=School(id="142000", name='The "Old" School', phase="primary"),
            reasons=proposal.reasons,
            pupils_reasons=pupils.reasons,
            files=Files(pupils="pupils.csv"),
        )
        found = written(tmp_path, text)
        assert found.mapping == proposal.mapping, name
        assert found.pupils == pupils.mapping
        assert found.school.name == 'The "Old" School'
        assert found.files == Files(pupils="pupils.csv")
        assert found.calendar == ()


@settings(max_examples=50, deadline=None)
@given(name=st.text(min_size=1), reason=st.text(), value=st.text())
def test_no_heading_breaks_out_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, name: str, reason: str, value: str
) -> None:
    mapping = Mapping(id="marks", columns={"pupil_id": name}, values={value: "present"}, keep={name: (value,)})
    text = write_config(mapping, reasons=(reason, f"column {name}"))
    found = tomllib.loads(text)
    assert found["mapping"]["columns"] == {"pupil_id": name}
    assert found["mapping"]["values"] == {value: "present"}
    assert set(found) == {"school", "mapping", "policy"}


def test_an_empty_configuration_is_written_too(tmp_path: Path) -> None:
    found = written(tmp_path, write_config(None))
    assert found == Configuration()


def test_a_chosen_setting_is_written_and_the_others_stand_as_comments(tmp_path: Path) -> None:
    policy = Choices(settings={"persistent-boundary": "strict"})
    text = write_config(None, policy=policy)
    assert written(tmp_path, text).policy == policy
    for setting in load_settings().values():
        line = f'{setting.id} = "{setting.default}"'
        assert (f"# {line}" in text) is (setting.id != "persistent-boundary")


def test_the_commented_examples_are_right(tmp_path: Path) -> None:
    """Taking out the signs of comment from every example gives a file that reads."""
    text = write_config(None)
    example = re.compile(r"^# (\[\[\w+\]\]|[a-z_-]+ = .+)$", re.MULTILINE)
    found = written(tmp_path, example.sub(r"\1", text))
    assert [cohort.id for cohort in found.cohorts] == ["house-red"]
    assert [target.measure for target in found.targets] == ["attendance"]
    assert found.policy.settings == {name: setting.default for name, setting in load_settings().items()}


def test_an_inferred_calendar_is_written_with_advice_to_check_it(tmp_path: Path) -> None:
    counts = Counter((day, session) for marks in truth().values() for day, session, _ in marks)
    counts = Counter({key: number for key, number in counts.items() if key != (date(2024, 9, 11), "PM")})
    inferred = infer([(day, session, number) for (day, session), number in counts.items()], "142000")
    document = calendar_document(inferred)
    text = write_config(None, calendar_documents=(document,))
    assert "CHECK every date" in text
    (read,) = written(tmp_path, text).calendar
    assert read == document
    assert read.inferred
    lint_calendar(read, "calendar")
    assert work_out(read, "142000").days == inferred.days


def test_a_year_of_school_days_survives_being_written(tmp_path: Path) -> None:
    calendar = work_out(demo_calendar(), "demo")
    document = calendar_document(calendar)
    lint_calendar(document, "calendar")
    (read,) = written(tmp_path, write_config(None, calendar_documents=(document,))).calendar
    assert work_out(read, "demo").days == calendar.days
    saturday = infer([(date(2024, 9, 7), "AM", 9), (date(2024, 9, 9), "AM", 9)], "s")
    assert work_out(calendar_document(saturday), "s").days == saturday.days


def test_a_given_calendar_is_written_as_it_is(tmp_path: Path) -> None:
    given_one = evolve(demo_calendar(), inferred=False)
    text = write_config(None, calendar_documents=(given_one,))
    assert "CHECK every date" not in text
    assert written(tmp_path, text).calendar == (given_one,)
