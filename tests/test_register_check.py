"""The register check: every check with every outcome that it can have, and both sides of every limit."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import polars as pl
import pytest
from attrs import evolve

from attendance_core.demo import make_school
from attendance_core.engine import frame_of
from attendance_core.measures.completeness import completeness
from attendance_core.model.calendars import Break, CalendarDocument, Closure, Term, TermName
from attendance_core.model.checks import FINDING_COLUMNS, FINDING_SESSION_COLUMNS, Check, CheckResult, CheckVersion
from attendance_core.model.outcomes import Outcome
from attendance_core.policy.register_check.ages import compulsory_age
from attendance_core.policy.register_check.run import ASKED, check_register
from attendance_core.policy.register_check.subject import Subject
from attendance_core.reference.checks import CheckEntry, check_checks, load_checks
from attendance_core.register.register import Register
from tests import school
from tests.checked import (
    CALENDAR,
    START,
    TERM,
    ask,
    defaults,
    pupils_of,
    recount,
    register,
    rows,
    school_days,
    whole_days,
)
from tests.registers import analysis

DAYS = school_days(10)
ALL = "ABCDEFGHIJ"


def checked(found: Register) -> dict[str, CheckResult]:
    return {result.check.id: result for result in check_register(found, settings=defaults())}


def in_form(pupils: str, form: str = "7A") -> list[dict[str, object]]:
    return [{"Pupil": pupil, "Form": form, "Start": START} for pupil in pupils]


# --- the data and the running -----------------------------------------------------------------------------------------


def test_every_check_of_the_data_is_asked_and_the_reverse() -> None:
    assert {check.id for check in load_checks()} == set(ASKED)
    assert [result.check for result in checked(register(rows("AB", DAYS))).values()] == list(load_checks())


def test_a_sound_register_passes_or_says_what_is_missing() -> None:
    outcomes = {id: result.outcome for id, result in checked(register(rows("AB", DAYS))).items()}
    assert outcomes["missing-marks"] is outcomes["codes-in-force"] is outcomes["closed-days"] is Outcome.PASSED
    assert outcomes["late-entries"] is outcomes["amendment-trail"] is outcomes["whole-class-code"]
    assert outcomes["whole-class-code"] is Outcome.NOT_CHECKED
    assert Outcome.FAILED not in outcomes.values() and Outcome.ERROR not in outcomes.values()


def test_frames_have_their_columns_whatever_was_found() -> None:
    for result in checked(register(rows("AB", DAYS, {("A", DAYS[0], "AM"): None}))).values():
        assert tuple(result.findings.columns) == FINDING_COLUMNS
        assert result.findings.schema["sessions"] == nw.Int64
        assert result.findings.schema["date_from"] == nw.Date
        assert tuple(result.sessions_of().columns) == ("finding", *FINDING_SESSION_COLUMNS)
        assert tuple(result.sessions_of(0).columns) == FINDING_SESSION_COLUMNS


def test_a_check_that_breaks_is_told_and_the_others_go_on() -> None:
    found = register(rows("AB", DAYS, whole_days("A", DAYS[:1], "O")))

    def breaks(subject: Subject, check: Check) -> CheckResult:
        raise KeyError(f"CANARY {subject.register.enrolments['pupil_id'].to_list()}")

    for id in ASKED:
        results = {one.check.id: one for one in check_register(found, settings=defaults(), asked={**ASKED, id: breaks})}
        assert results[id].outcome is Outcome.ERROR
        assert results[id].note.startswith("KeyError at register_check/run.py line ")
        assert "CANARY" not in results[id].note + repr(results[id])
        recount(results[id])
        others = {one.outcome for name, one in results.items() if name != id}
        assert Outcome.ERROR not in others
        assert len(results) == len(ASKED)


def test_a_repr_names_nobody() -> None:
    found = register(rows(["CANARY1", "CANARY2"], DAYS, {("CANARY1", DAYS[0], "AM"): None}))
    assert "CANARY" not in repr(check_register(found, settings=defaults()))


def test_a_check_speaks_of_its_own_days_alone() -> None:
    days = [date(2023, 9, 4) + timedelta(days=number) for number in range(5)]
    found = ask(register(rows("AB", days, {("A", days[0], "AM"): "N"}), calendars=()), "open-reasons")
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert found.note == "It asks about days from 2024-08-19."


def test_a_thing_that_is_no_register_is_refused() -> None:
    from attendance_core.errors import LayoutError

    with pytest.raises(LayoutError, match="is no register of session marks"):
        check_register("marks.csv", settings={})  # type: ignore[arg-type]


def version(**changes: Any) -> CheckVersion:
    cites = load_checks()[0].cites
    given: dict[str, Any] = {
        "in_force_from": date(2020, 1, 1),
        "recommends": "x",
        "cites": cites,
        "last_checked_on": date(2026, 1, 1),
    }
    return CheckVersion(**(given | changes))


def entry(*versions: CheckVersion) -> CheckEntry:
    return CheckEntry(id="a", title="A", asks="A?", versions=versions)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([entry(version()), entry(version())], "check 'a': is given twice"),
        ([entry()], "check 'a'.versions: there is none"),
        ([entry(version(cites=()))], "versions[0].cites: cites nothing"),
        ([entry(version(parameters={"days": 0}))], "versions[0].parameters.days: is 0; expected 1 or more"),
        ([entry(version(in_force_to=date(2019, 1, 1)))], "versions[0].in_force_to: lies before in_force_from"),
        (
            [entry(version(in_force_to=date(2021, 1, 1)), version(in_force_from=date(2021, 1, 1)))],
            "versions[1].in_force_from: begins before the version above it ends; expected a day after 2021-01-01",
        ),
    ],
)
def test_faulty_checks_are_named(entries: list[CheckEntry], says: str) -> None:
    known = tuple(cite.source for check in load_checks() for cite in check.cites)
    (fault,) = check_checks(entries, where="checks.toml", known=known)
    assert says in str(fault)
    assert fault.remedy
    assert check_checks([entry(version())], where="checks.toml", known=known) == ()


# --- missing marks ----------------------------------------------------------------------------------------------------


def test_a_single_gap_is_its_pupils_finding() -> None:
    gaps = {("A", DAYS[2], "AM"): None, ("A", DAYS[4], "PM"): "-", ("B", DAYS[2], "AM"): None}
    found = ask(register(rows("ABC", DAYS, gaps)), "missing-marks")
    assert pupils_of(found) == [("B", 1), ("A", 2)]
    listed = found.sessions_of(1).rows(named=True)
    assert [(row["pupil_id"], row["date"], row["session"], row["code"], row["stat"]) for row in listed] == [
        ("A", DAYS[2], "AM", "", ""),
        ("A", DAYS[4], "PM", "", ""),
    ]


@pytest.mark.parametrize(("size", "missing", "classes"), [(5, 5, 1), (4, 4, 0), (6, 5, 0), (6, 6, 1)])
def test_a_register_that_nobody_took_is_one_finding(size: int, missing: int, classes: int) -> None:
    pupils = ALL[:size]
    gaps = {(pupil, DAYS[3], "AM"): None for pupil in pupils[:missing]}
    found = ask(register(rows(ALL, DAYS, gaps), people=in_form(pupils) + in_form(ALL[size:], "7B")), "missing-marks")
    assert found.sessions == missing
    assert [key for key in found.findings["enrolment_id"].to_list() if not key] == [""] * classes
    assert found.count == (1 if classes else missing)
    if classes:
        assert found.findings["detail"].to_list() == ["no mark for anybody of form 7A, AM"]


def test_two_registers_of_a_form_are_two_findings() -> None:
    gaps = {(pupil, day, "AM"): None for pupil in ALL for day in (DAYS[1], DAYS[3])}
    found = ask(register(rows(ALL + "Z", DAYS, gaps), people=in_form(ALL)), "missing-marks")
    assert found.findings["sessions"].to_list() == [10, 10]
    assert found.findings["date_from"].to_list() == [DAYS[1], DAYS[3]]


def test_only_days_on_roll_are_due() -> None:
    """The day before, the first, the last, and the day after an enrolment."""
    people = [{"Pupil": "A", "Start": DAYS[0]}, {"Pupil": "B", "Start": DAYS[3], "End": DAYS[6]}]
    marks = rows("A", DAYS) + rows("B", DAYS[3:7])
    assert ask(register(marks, people=people), "missing-marks").outcome is Outcome.PASSED
    people[1] = {"Pupil": "B", "Start": DAYS[2], "End": DAYS[7]}
    found = ask(register(marks, people=people), "missing-marks")
    assert [row["date"] for row in found.sessions_of().rows(named=True)] == [DAYS[2]] * 2 + [DAYS[7]] * 2


def test_nothing_is_due_before_the_first_mark_nor_after_the_day_asked_for() -> None:
    marks = rows("AB", DAYS[3:6])
    people = [{"Pupil": pupil, "Start": START} for pupil in "AB"]
    assert ask(register(marks, people=people), "missing-marks").outcome is Outcome.PASSED
    later = ask(register(marks, people=people, as_of=DAYS[6]), "missing-marks")
    assert pupils_of(later) == [("A", 2), ("B", 2)]


def test_closed_sessions_are_not_due() -> None:
    closed = evolve(CALENDAR, closures=(Closure(date=DAYS[1]), Closure(date=DAYS[2], session="PM")))
    gaps = {(pupil, DAYS[1], session): None for pupil in "AB" for session in ("AM", "PM")}
    gaps |= {(pupil, DAYS[2], "PM"): None for pupil in "AB"}
    found = register(rows("AB", DAYS, gaps), calendars=[closed])
    assert ask(found, "missing-marks").outcome is Outcome.PASSED
    assert ask(register(rows("AB", DAYS, gaps)), "missing-marks").sessions == 6


def test_without_a_session_due_missing_marks_do_not_apply() -> None:
    away = Break(start=DAYS[0], end=DAYS[-1])
    autumn = Term(name=TermName.AUTUMN, start=DAYS[0] - timedelta(days=1), end=date(2025, 12, 19), half_term=away)
    found = ask(register(rows("AB", DAYS), calendars=[CalendarDocument(terms=(autumn,))]), "missing-marks")
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert found.note == "No session was due on the days that the register holds."


def test_a_calendar_worked_out_from_the_marks_is_said() -> None:
    found = ask(register(rows("ABC", DAYS, {("A", DAYS[0], "AM"): None}), calendars=()), "missing-marks")
    assert found.outcome is Outcome.NOT_CHECKED or found.sessions == 1
    assert found.note.startswith("The calendar was worked out from the marks")


@pytest.mark.parametrize("seed", [3, 20])
def test_missing_marks_are_those_that_the_demo_left_out(seed: int) -> None:
    """The generator's own count, and the completeness of the same register, worked out another way."""
    from tests.test_truth import school as demo

    figures, truth = demo(seed if seed == 20 else 1)
    found = ask(figures.register, "missing-marks")
    whole = truth["periods"]["whole"]
    assert found.sessions == whole["totals"]["sessions_missing"]
    span = figures.register.span
    assert span is not None
    taken = completeness(analysis(figures.register, start=span.start, end=figures.register.as_of))
    assert found.sessions == taken.missing > 0


# --- open reasons, late entries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "outcome"), [(0, "passed"), (5, "passed"), (6, "failed"), (9, "failed")])
def test_a_reason_may_stay_open_for_five_school_days(after: int, outcome: str) -> None:
    days = school_days(38)[-1:] + school_days(50)[38:]  # across the holiday of the half term
    marks = rows("AB", days[: after + 1], {("A", days[0], "PM"): "N"})
    found = ask(register(marks), "open-reasons")
    assert found.outcome.value == outcome
    assert pupils_of(found) == ([("A", 1)] if outcome == "failed" else [])


def test_days_without_school_after_the_last_day_do_not_count() -> None:
    marks = rows("AB", DAYS[:5] + DAYS[5:10], {("A", DAYS[4], "AM"): "N"})  # a Friday, then a whole week
    assert ask(register(marks, as_of=DAYS[9] + timedelta(days=2)), "open-reasons").outcome is Outcome.PASSED
    assert ask(register(marks, as_of=DAYS[9] + timedelta(days=3)), "open-reasons").outcome is Outcome.FAILED


def test_without_n_no_reason_is_open() -> None:
    found = ask(register(rows("AB", DAYS, {("A", DAYS[0], "AM"): "O"})), "open-reasons")
    assert (found.outcome, found.note) == (Outcome.NOT_APPLICABLE, "The register holds no mark N.")


@pytest.mark.parametrize(("after", "outcome"), [(0, "passed"), (5, "passed"), (6, "failed")])
@pytest.mark.parametrize("clock", ["", " 08:55", "T23:59:30", "T235930", ", 4:05 PM"])
def test_marks_are_recorded_within_five_school_days(after: int, outcome: str, clock: str) -> None:
    marks = rows("AB", DAYS)
    for row in marks:
        row["Recorded"] = f"{row['Date']}{clock}"
    marks[0]["Recorded"] = f"{DAYS[after]}{clock}"
    found = ask(register(marks, more=["Recorded"]), "late-entries")
    assert found.outcome.value == outcome
    if outcome == "failed":
        assert found.findings["detail"].to_list() == ["recorded more than 5 school days after the session"]
        assert found.sessions_of(0)["source_row"].to_list() == [2]


@pytest.mark.parametrize(("was", "after", "sessions"), [("N", 5, 0), ("N", 6, 1), ("I", 6, 0), ("", 6, 0)])
def test_an_open_reason_is_resolved_within_five_school_days(was: str, after: int, sessions: int) -> None:
    marks = rows("AB", DAYS, {("A", DAYS[0], "AM"): "O"})
    marks[0] |= {"Was": was, "Amended": DAYS[after]}
    marks[1] |= {"Was": "N", "Amended": DAYS[0]}
    found = ask(register(marks, more=["Was", "Amended"]), "late-entries")
    assert found.sessions == sessions
    assert found.outcome is (Outcome.FAILED if sessions else Outcome.PASSED)


def test_an_amendment_counts_where_nobody_says_what_it_changed() -> None:
    marks = rows("AB", DAYS)
    marks[0] |= {"Amended": DAYS[6], "Recorded": DAYS[6]}
    found = ask(register(marks, more=["Amended", "Recorded"]), "late-entries")
    assert found.findings["detail"].to_list() == ["resolved or amended more than 5 school days after the session"]


def test_moments_that_are_none_are_counted_and_said() -> None:
    marks = rows("AB", DAYS)
    assert ask(register(marks, more=["Recorded"]), "late-entries").outcome is Outcome.NOT_APPLICABLE
    marks[0]["Recorded"] = "soon"
    found = ask(register(marks, more=["Recorded"]), "late-entries")
    assert (found.outcome, found.missing) == (Outcome.NOT_CHECKED, ("dates that can be read in recorded_at",))
    assert found.note == "1 mark was not looked at: the moment is no possible date."
    marks[1]["Recorded"] = DAYS[0]
    marks[2]["Recorded"] = "1756713300"  # a running number says no day
    found = ask(register(marks, more=["Recorded"]), "late-entries")
    assert found.outcome is Outcome.PASSED
    assert found.note == "2 marks were not looked at: the moment is no possible date."


def test_without_moments_lateness_is_not_checked() -> None:
    found = ask(register(rows("AB", DAYS)), "late-entries")
    assert (found.outcome, found.missing) == (
        Outcome.NOT_CHECKED,
        ("columns recorded_at or amended_at of the marks",),
    )


# --- codes ------------------------------------------------------------------------------------------------------------

TURN = date(2024, 8, 19)


@pytest.mark.parametrize(
    ("code", "day", "outcome"),
    [
        ("J1", TURN - timedelta(days=1), "failed"),
        ("J1", TURN, "passed"),
        ("H", TURN - timedelta(days=1), "passed"),
        ("H", TURN, "failed"),
        ("H", TURN + timedelta(days=400), "failed"),
    ],
)
def test_codes_hold_on_their_days(code: str, day: date, outcome: str) -> None:
    marks = rows("AB", [day, day + timedelta(days=1)])
    marks[1]["Mark"] = code
    found = ask(register(marks, calendars=()), "codes-in-force")
    assert found.outcome.value == outcome
    if outcome == "failed":
        ((finding, *_),) = [tuple(row) for row in found.sessions_of().select("finding", "date").iter_rows()]
        assert finding == 0
        (listed,) = found.sessions_of(0).rows(named=True)
        assert (listed["code"], listed["date"], listed["source_row"]) == (code, day, 3)
        assert listed["pupil_id"] == ("" if code == "J1" else "B")  # a reject belongs to nobody
        assert found.findings["detail"].to_list()[0].startswith("rejected: " if code == "J1" else "H was withdrawn")


def test_a_setting_moves_the_last_day_of_a_code() -> None:
    days = [date(2013, 10, 1), date(2013, 10, 2)]
    found = register(rows("AB", days, {("A", days[0], "AM"): "F"}), calendars=())
    assert ask(found, "codes-in-force").outcome is Outcome.FAILED
    assert ask(found, "codes-in-force", f_last_date="2014-08-31").outcome is Outcome.PASSED


def test_all_marks_of_a_withdrawn_code_are_one_finding() -> None:
    changes = whole_days("A", DAYS[:3], "H") | whole_days("B", DAYS[2:4], "H") | whole_days("B", DAYS[:1], "Y")
    found = ask(register(rows("AB", DAYS, changes)), "codes-in-force")
    assert found.findings["sessions"].to_list() == [2, 10]


# --- X ----------------------------------------------------------------------------------------------------------------


def x_check() -> Check:
    (check,) = [one for one in load_checks() if one.id == "x-compulsory-age"]
    return check


@pytest.mark.parametrize(
    ("born", "first", "last"),
    [
        ("2010-08-31", "2015-08-31", "2026-06-26"),  # five on the very day; sixteen on the last day of the year
        ("2010-09-01", "2015-12-31", "2027-06-25"),
        ("2010-12-31", "2015-12-31", "2027-06-25"),
        ("2011-01-01", "2016-03-31", "2027-06-25"),
        ("2011-03-31", "2016-03-31", "2027-06-25"),
        ("2011-04-01", "2016-08-31", "2027-06-25"),
        ("2012-02-29", "2017-03-31", "2028-06-30"),  # that June ends on a Friday
    ],
)
def test_compulsory_age_has_its_first_and_last_day(born: str, first: str, last: str) -> None:
    begins, ends = compulsory_age(date.fromisoformat(born), x_check())
    assert (begins.isoformat(), ends.isoformat()) == (first, last)
    assert ends.weekday() == 4


@pytest.mark.parametrize(
    ("born", "day", "outcome"),
    [
        ("2020-09-01", date(2025, 12, 30), "passed"),
        ("2020-09-01", date(2025, 12, 31), "failed"),
        ("31/12/2020", date(2025, 12, 31), "failed"),
        ("2010-08-31", date(2026, 6, 26), "failed"),
        ("2010-08-31", date(2026, 6, 29), "passed"),
    ],
)
def test_x_is_for_those_outside_compulsory_age(born: str, day: date, outcome: str) -> None:
    people = [{"Pupil": "A", "Start": day, "Born": born, "From": "2020-01-01"}, {"Pupil": "B", "Start": day}]
    found = ask(register(rows("AB", [day], {("A", day, "AM"): "X"}), people=people, calendars=()), "x-compulsory-age")
    assert found.outcome.value == outcome
    assert pupils_of(found) == ([("A", 1)] if outcome == "failed" else [])


def test_x_needs_dates_of_birth() -> None:
    changes = whole_days("A", DAYS[:2], "X") | whole_days("B", DAYS[:1], "X")
    marks = rows("AB", DAYS, changes)
    assert ask(register(rows("AB", DAYS)), "x-compulsory-age").outcome is Outcome.NOT_APPLICABLE
    bare = ask(register(marks), "x-compulsory-age")
    assert (bare.outcome, bare.missing) == (Outcome.NOT_CHECKED, ("date of birth, in the pupils file",))
    people = [{"Pupil": "A", "Start": START, "Born": "2008-01-01", "From": START}, {"Pupil": "B", "Start": START}]
    part = ask(register(marks, people=people), "x-compulsory-age")
    assert (part.outcome, part.missing) == (Outcome.PASSED, ("date of birth of some pupils",))
    assert part.note == "2 of 6 marks are of pupils whose date of birth is not known."


@pytest.mark.parametrize(
    ("day", "code", "outcome"),
    [
        (date(2020, 7, 31), "X", "failed"),
        (date(2020, 8, 3), "X", "not-applicable"),
        (date(2022, 7, 29), "X", "not-applicable"),
        (date(2022, 8, 1), "X", "failed"),
        (date(2021, 3, 8), "X02", "not-applicable"),
    ],
)
def test_x_of_the_coronavirus_years_is_not_meant(day: date, code: str, outcome: str) -> None:
    people = [{"Pupil": pupil, "Start": day, "Born": "2012-01-01", "From": "2019-09-01"} for pupil in "AB"]
    marks = rows("AB", [day], {("A", day, "AM"): code})
    assert ask(register(marks, people=people, calendars=()), "x-compulsory-age").outcome.value == outcome


# --- D ----------------------------------------------------------------------------------------------------------------


def two_schools(**other: object) -> list[dict[str, object]]:
    first = {"Pupil": "A", "School": "one", "Person": "p1", "Start": START}
    return [first, {"Pupil": "Z", "School": "two", "Person": "p1", "Start": START} | other]


def test_d_is_borne_out_by_an_enrolment_elsewhere() -> None:
    marks = rows("A", DAYS, whole_days("A", DAYS[2:5], "D")) + rows("Z", DAYS)
    for row in marks:
        row["School"] = "one" if row["Pupil"] == "A" else "two"
    read = {"more": ["School"], "people": two_schools()}
    assert ask(register(marks, **read), "d-second-school").outcome is Outcome.PASSED  # type: ignore[arg-type]
    # The other enrolment covers the middle day alone; then it is of somebody else; then in the same school.
    zs = [row for row in marks if row["Pupil"] == "A" or row["Date"] == DAYS[3]]
    short = two_schools(Start=DAYS[3], End=DAYS[3])
    found = ask(register(zs, more=["School"], people=short), "d-second-school")
    assert [row["date"] for row in found.sessions_of(0).rows(named=True)] == [DAYS[2]] * 2 + [DAYS[4]] * 2
    other = ask(register(marks, more=["School"], people=two_schools(Person="p2")), "d-second-school")
    assert pupils_of(other) == [("A", 6)]


def test_d_is_borne_out_by_the_mark_itself() -> None:
    marks = rows("AB", DAYS, whole_days("A", DAYS[:2], "D"))
    for row in marks:
        if row["Mark"] == "D":
            row["Other"] = "elsewhere" if row["Date"] == DAYS[0] else " "
    found = ask(register(marks, more=["Other"]), "d-second-school")
    assert pupils_of(found) == [("A", 2)]
    assert {row["date"] for row in found.sessions_of(0).rows(named=True)} == {DAYS[1]}
    for row in marks:
        row["Other"] = "elsewhere"
    assert ask(register(marks, more=["Other"]), "d-second-school").outcome is Outcome.PASSED
    for row in marks:
        row["Other"] = "school"  # the school itself is no second one
    assert ask(register(marks, more=["Other"]), "d-second-school").sessions == 4


def test_d_is_not_checked_where_no_second_school_could_be_known() -> None:
    marks = rows("A", DAYS, whole_days("A", DAYS[:2], "D"))
    people = [{"Pupil": "A", "Person": "p1", "Start": START}]
    for found in (ask(register(marks), "d-second-school"), ask(register(marks, people=people), "d-second-school")):
        assert found.outcome is Outcome.NOT_CHECKED
        assert "other_school_id" in found.missing[0] and "person_id" in found.missing[0]
    assert ask(register(rows("A", DAYS)), "d-second-school").outcome is Outcome.NOT_APPLICABLE


# --- C2 ---------------------------------------------------------------------------------------------------------------


def arrangements(*listed: tuple[str, str, date, date | None]) -> dict[str, nw.DataFrame[Any]]:
    schema: dict[str, Any] = {"enrolment_id": nw.String, "kind": nw.String, "start": nw.Date, "end": nw.Date}
    columns = {name: [row[index] for row in listed] for index, name in enumerate(schema)}
    return {"arrangements": nw.from_dict(columns, schema=schema, backend="polars")}


def part_time() -> Register:
    changes: dict[tuple[str, date, str], str | None] = {("A", day, "PM"): "C2" for day in DAYS}
    return register(rows("AB", DAYS, changes))


A, B = f"school|A|{START}", f"school|B|{START}"
PART = "part-time-timetable"


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ([(A, PART, DAYS[0], DAYS[9])], []),
        ([(A, PART, DAYS[1], DAYS[8])], [DAYS[0], DAYS[9]]),
        ([(A, PART, DAYS[2], None)], DAYS[:2]),
        ([(A, PART, DAYS[0], DAYS[4]), (A, PART, DAYS[3], DAYS[9])], []),
        ([(A, PART, DAYS[0], DAYS[3]), (A, PART, DAYS[5], DAYS[9])], [DAYS[4]]),
        ([(A, "phased-return", DAYS[0], DAYS[9])], DAYS),
        ([(B, PART, DAYS[0], DAYS[9])], DAYS),
        ([], DAYS),
    ],
)
def test_c2_needs_an_arrangement_in_force(listed: list[tuple[str, str, date, date | None]], left: list[date]) -> None:
    found = ask(part_time(), "c2-arrangement", side=arrangements(*listed))
    assert found.outcome is (Outcome.FAILED if left else Outcome.PASSED)
    assert [row["date"] for row in found.sessions_of().rows(named=True)] == list(left)


def test_an_arrangement_that_was_withdrawn_bears_nothing_out() -> None:
    columns = {"enrolment_id": [A, A], "kind": [PART, PART], "state": ["withdrawn", ""], "on": [DAYS[0], DAYS[6]]}
    columns |= {"start": [DAYS[0], None], "end": [DAYS[9], None]}
    schema: dict[str, Any] = dict.fromkeys(columns, nw.String) | dict.fromkeys(("on", "start", "end"), nw.Date)
    found = ask(part_time(), "c2-arrangement", side={"arrangements": frame_of(columns, schema)})
    # The other one says only when it was made: it holds from then on.
    assert [row["date"] for row in found.sessions_of().rows(named=True)] == list(DAYS[:6])


def test_c2_is_not_checked_without_arrangements() -> None:
    found = ask(part_time(), "c2-arrangement")
    assert (found.outcome, found.missing) == (Outcome.NOT_CHECKED, ("side records: arrangements",))
    side = {"arrangements": arrangements()["arrangements"].drop("kind", "end")}
    found = ask(part_time(), "c2-arrangement", side=side)
    assert found.outcome is Outcome.NOT_CHECKED
    assert found.missing == ("column kind of the arrangements", "column end of the arrangements")
    assert ask(register(rows("AB", DAYS)), "c2-arrangement").outcome is Outcome.NOT_APPLICABLE


# --- illness ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "outcome"), [(14, "passed"), (15, "failed"), (20, "failed")])
def test_illness_is_long_from_fifteen_school_days(length: int, outcome: str) -> None:
    days = school_days(60)
    ill = days[30 : 30 + length]  # across the holiday of the half term
    found = ask(register(rows("AB", days, whole_days("A", ill, "I"))), "long-illness")
    assert found.outcome.value == outcome
    if outcome == "failed":
        assert pupils_of(found) == [("A", length * 2)]
        assert found.findings["detail"].to_list() == [f"ill for {length} whole school days on end"]


@pytest.mark.parametrize("code", ["\\", "O", None, "M", "Y4"])
def test_any_other_session_ends_a_run(code: str | None) -> None:
    days = school_days(40)
    changes = whole_days("A", days[:16], "I") | {("A", days[8], "PM"): code}
    assert ask(register(rows("AB", days, changes)), "long-illness").outcome is Outcome.PASSED


def test_a_closed_session_ends_no_run_and_half_days_do_not_count() -> None:
    days = school_days(40)
    closed = evolve(CALENDAR, closures=(Closure(date=days[3], session="PM"),))
    gone = {("A", days[3], "PM"): None, ("B", days[3], "PM"): None}
    ill = whole_days("A", days[:15], "I") | gone
    found = ask(register(rows("AB", days, ill), calendars=[closed]), "long-illness")
    assert pupils_of(found) == [("A", 29)]
    halves = whole_days("A", days[1:15], "I") | {("A", days[0], "PM"): "I", ("A", days[15], "AM"): "I"}
    assert ask(register(rows("AB", days, halves)), "long-illness").outcome is Outcome.PASSED


def test_two_runs_of_one_pupil_are_two_findings() -> None:
    days = school_days(50)
    changes = whole_days("A", days[:15], "I") | whole_days("A", days[16:31], "I") | whole_days("B", days[1:16], "I")
    found = ask(register(rows("ABC", days, changes)), "long-illness")
    assert sorted(pupils_of(found)) == [("A", 30), ("A", 30), ("B", 30)]
    assert ask(register(rows("AB", days)), "long-illness").outcome is Outcome.NOT_APPLICABLE


# --- whole classes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "same", "outcome"),
    [(10, 10, "failed"), (10, 9, "failed"), (10, 8, "passed"), (8, 8, "failed"), (8, 7, "passed"), (7, 7, "passed")],
)
def test_nine_in_ten_of_a_form_are_a_whole_class(size: int, same: int, outcome: str) -> None:
    changes: dict[tuple[str, date, str], str | None] = {(pupil, DAYS[2], "PM"): "B" for pupil in ALL[:same]}
    people = in_form(ALL[:size]) + in_form("XYZ", "7B")
    found = ask(register(rows(ALL[:size] + "XYZ", DAYS, changes), people=people), "whole-class-code")
    assert found.outcome.value == outcome
    if outcome == "failed":
        assert found.findings["detail"].to_list() == [f"{same} of {size} pupils of form 7A have B"]
        assert found.findings["enrolment_id"].to_list() == [""]
        assert found.findings["sessions"].to_list() == [same]


@pytest.mark.parametrize("code", ["V", "P", "W", "S", "#", "Y4", "L", "D", "X"])
def test_what_happens_to_whole_classes_is_no_finding(code: str) -> None:
    changes: dict[tuple[str, date, str], str | None] = {(pupil, DAYS[2], "AM"): code for pupil in ALL}
    changes[("A", DAYS[5], "AM")] = "I"
    found = ask(register(rows(ALL, DAYS, changes), people=in_form(ALL)), "whole-class-code")
    assert found.outcome is Outcome.PASSED


def test_a_day_of_a_class_is_one_finding() -> None:
    changes = {key: "C" for pupil in ALL for key in whole_days(pupil, [DAYS[2], DAYS[4]], "C")}
    changes |= {("A", DAYS[2], "AM"): "I", ("B", DAYS[4], "PM"): "I", ("C", DAYS[4], "PM"): "I"}
    found = ask(register(rows(ALL, DAYS, changes), people=in_form(ALL)), "whole-class-code")
    assert found.findings["sessions"].to_list() == [19, 10]
    assert found.findings["detail"].to_list() == ["10 of 10 pupils of form 7A have C"] * 2
    assert found.findings["date_from"].to_list() == [DAYS[2], DAYS[4]]


def test_forms_are_those_of_the_day() -> None:
    changes: dict[tuple[str, date, str], str | None] = {(pupil, DAYS[2], "AM"): "C" for pupil in ALL}
    before = [{"Pupil": p, "Start": START, "Form": "7A", "From": START, "To": DAYS[2]} for p in ALL]
    after = [{"Pupil": p, "Start": START, "Form": f"8{p}", "From": DAYS[3]} for p in ALL]
    marks = rows(ALL, DAYS, changes)
    assert ask(register(marks, people=before + after), "whole-class-code").count == 1
    early = [row | {"To": DAYS[1]} for row in before]
    late = [row | {"From": DAYS[2]} for row in after]
    assert ask(register(marks, people=early + late), "whole-class-code").outcome is Outcome.PASSED


def test_classes_need_forms_and_something_to_look_at() -> None:
    marks = rows(ALL, DAYS)
    bare = ask(register(marks), "whole-class-code")
    assert (bare.outcome, bare.missing) == (Outcome.NOT_CHECKED, ("form, in the pupils file",))
    assert ask(register(marks, people=in_form(ALL)), "whole-class-code").outcome is Outcome.NOT_APPLICABLE


# --- one code for another ---------------------------------------------------------------------------------------------

#: 100 pupils, and 50 days before as after the break: 10,000 possible sessions in each half term.
HALVES = CalendarDocument(
    terms=(
        Term(name=TermName.AUTUMN, start=date(2025, 9, 1), end=date(2025, 11, 7)),
        Term(name=TermName.SPRING, start=date(2026, 1, 5), end=date(2026, 3, 13)),
    )
)
FIRST, SECOND = ([day for day in term.span.each_day() if day.weekday() < 5] for term in HALVES.terms)


def swapped(before: dict[str, int], after: dict[str, int], *, fewer: int = 0) -> Register:
    """A school with so many marks of each code in two half terms, spread over its pupils."""
    pupils = [f"P{number:03}" for number in range(100)]
    marks: list[dict[str, object]] = []
    for days, codes in ((FIRST, before), (SECOND, after)):
        part = rows(pupils, days)
        spread = [code for code, number in codes.items() for _ in range(number)]
        for row, code in zip(part, spread, strict=False):
            row["Mark"] = code
        marks += part[: len(part) - fewer] if days is SECOND else part
    return register(marks, calendars=[HALVES])


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ({"O": 200, "I": 100}, {"O": 100, "I": 200}, ["O I"]),  # one point, and one half, exactly
        ({"O": 199, "I": 100}, {"O": 100, "I": 200}, []),  # not quite a half, nor quite a point
        ({"O": 201, "I": 100}, {"O": 101, "I": 200}, []),  # a point, but not a half
        ({"O": 200, "I": 100}, {"O": 100, "I": 199}, []),  # the rise is short of a point
        ({"O": 100, "I": 100}, {"O": 1, "I": 300}, []),  # the fall is short of a point
        ({"O": 300, "G": 200}, {"I": 200, "C": 150}, ["G C", "G I", "O C", "O I"]),
        ({"U": 200}, {"L": 150}, ["U L"]),
        ({"N": 300}, {"O": 300}, []),  # open reasons are settled
        ({"O": 300}, {"N": 300}, []),
        ({"N": 300}, {"I": 300}, ["N I"]),
        ({"I": 300}, {"V": 300}, []),  # trips have their season
        ({"I": 300}, {}, []),
        ({}, {"I": 300}, []),
    ],
)
def test_one_code_falls_as_another_rises(before: dict[str, int], after: dict[str, int], pairs: list[str]) -> None:
    found = ask(swapped(before, after), "code-swap")
    assert found.outcome is (Outcome.FAILED if pairs else Outcome.PASSED)
    told = [f"{one.split()[0]} {one.split(' while ')[1].split()[0]}" for one in found.findings["detail"].to_list()]
    assert sorted(told) == pairs
    for number, pair in enumerate(told):
        falls, rises = pair.split()
        counts = [codes.get(code, 0) for codes in (before, after) for code in (falls, rises)]
        assert found.findings["sessions"].to_list()[number] == sum(counts)
        assert {row["code"] for row in found.sessions_of(number).rows(named=True)} <= {falls, rises}


def test_the_swap_is_told_in_numbers() -> None:
    (detail,) = ask(swapped({"O": 200, "I": 100}, {"O": 100, "I": 200}), "code-swap").findings["detail"].to_list()
    assert detail == (
        "O falls from 200 of 10,000 possible sessions in Autumn 1 2025/26 to 100 of 10,000 in Spring 1 2025/26, "
        "while I rises from 100 to 200"
    )


def test_half_terms_with_few_sessions_are_not_compared() -> None:
    before, after = {"O": 400}, {"I": 400}
    assert ask(swapped(before, after), "code-swap").outcome is Outcome.FAILED
    found = ask(swapped(before, after, fewer=1), "code-swap")
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert found.note == "No school has two half terms on end with 10,000 possible sessions in each."


def test_a_change_of_the_law_is_no_swap() -> None:
    """J went on 19 August 2024 and J1 came: the two half terms lie before and after that day."""
    terms = (
        Term(name=TermName.SUMMER, start=date(2024, 5, 20), end=date(2024, 7, 26)),
        Term(name=TermName.AUTUMN, start=date(2024, 9, 2), end=date(2024, 11, 8)),
    )
    pupils = [f"P{number:03}" for number in range(100)]
    marks: list[dict[str, object]] = []
    for term, code in zip(terms, ("J", "J1"), strict=True):
        part = rows(pupils, [day for day in term.span.each_day() if day.weekday() < 5])
        for row in part[:300]:
            row["Mark"] = code
        marks += part
    assert ask(register(marks, calendars=[CalendarDocument(terms=terms)]), "code-swap").outcome is Outcome.PASSED


# --- closed days ------------------------------------------------------------------------------------------------------


def test_marks_stand_in_open_sessions() -> None:
    closed = evolve(CALENDAR, closures=(Closure(date=DAYS[1]), Closure(date=DAYS[2], session="PM")))
    sunday = DAYS[4] + timedelta(days=2)
    changes: dict[tuple[str, date, str], str | None] = {
        ("A", DAYS[1], "AM"): "#",
        ("B", DAYS[1], "AM"): "#",
        ("A", DAYS[1], "PM"): "Z",
        ("B", DAYS[1], "PM"): "I",
        ("A", sunday, "AM"): "/",
    }
    found = ask(register(rows("AB", DAYS, changes), calendars=[closed]), "closed-days")
    dates = zip(found.findings["date_from"].to_list(), found.findings["sessions"].to_list(), strict=True)
    assert list(dates) == [(DAYS[1], 1), (DAYS[2], 2), (sunday, 1)]
    assert {(row["date"], row["session"], row["code"]) for row in found.sessions_of().rows(named=True)} == {
        (DAYS[1], "PM", "I"),
        (DAYS[2], "PM", "\\"),
        (sunday, "AM", "/"),
    }
    assert ask(register(rows("AB", DAYS)), "closed-days").outcome is Outcome.PASSED


def test_a_calendar_worked_out_from_the_marks_closes_nothing() -> None:
    found = ask(register(rows("AB", DAYS), calendars=()), "closed-days")
    assert (found.outcome, found.missing) == (Outcome.NOT_CHECKED, ("calendar",))
    marks = rows("A", DAYS) + rows("B", [*DAYS, DAYS[4] + timedelta(days=1)])
    for row in marks:
        row["School"] = "one" if row["Pupil"] == "A" else "two"
    mine = evolve(CALENDAR, school="one")
    part = ask(register(marks, more=["School"], calendars=[mine]), "closed-days")
    assert (part.outcome, part.missing) == (Outcome.PASSED, ("calendar of some schools",))
    assert part.note == "1 of 2 schools have no calendar of their own."


# --- amendments -------------------------------------------------------------------------------------------------------

TRAIL = ["Was", "Amended", "By", "Why"]
WHOLE = {"Was": "N", "Amended": "2025-09-02", "By": "office", "Why": "parent rang"}


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        (WHOLE, ""),
        (WHOLE | {"By": ""}, "amended without: person"),
        (WHOLE | {"Why": " "}, "amended without: reason"),
        (WHOLE | {"Amended": ""}, "amended without: day"),
        (WHOLE | {"Was": ""}, "amended without: original mark"),
        ({"Was": "N"}, "amended without: day, reason, person"),
        ({"Amended": "2025-09-02"}, "amended without: original mark, reason, person"),
        (WHOLE | {"By": "", "Why": ""}, "amended without: reason, person"),
    ],
)
def test_an_amendment_keeps_its_trail(given: dict[str, object], detail: str) -> None:
    marks = rows("AB", DAYS, {("A", DAYS[0], "AM"): "I"})
    marks[0] |= given
    marks[1] |= WHOLE
    found = ask(register(marks, more=TRAIL), "amendment-trail")
    assert found.findings["detail"].to_list() == ([detail] if detail else [])
    assert found.outcome is (Outcome.FAILED if detail else Outcome.PASSED)


def test_the_setting_says_what_a_trail_is() -> None:
    marks = rows("AB", DAYS, {("A", DAYS[0], "AM"): "I"})
    marks[0] |= {"Was": "N", "Amended": "2025-09-02"}
    found = register(marks, more=TRAIL)
    short, middle = "previous_code+amended_at", "previous_code+amended_at+reason"
    assert ask(found, "amendment-trail", amendment_trail=short).outcome is Outcome.PASSED
    assert ask(found, "amendment-trail", amendment_trail=middle).outcome is Outcome.FAILED


def test_a_trail_is_not_checked_without_its_columns() -> None:
    marks = rows("AB", DAYS, {("A", DAYS[0], "AM"): "I"})
    bare = ask(register(marks), "amendment-trail")
    assert (bare.outcome, bare.missing) == (
        Outcome.NOT_CHECKED,
        ("columns previous_code or amended_at of the marks",),
    )
    assert ask(register(marks, more=TRAIL), "amendment-trail").outcome is Outcome.NOT_APPLICABLE
    marks[1]["Was"] = marks[1]["Mark"]  # the same as it is: nothing was amended
    assert ask(register(marks, more=["Was"]), "amendment-trail").outcome is Outcome.NOT_APPLICABLE
    marks[0] |= WHOLE
    part = ask(register(marks, more=["Was", "Amended"]), "amendment-trail")
    assert part.outcome is Outcome.NOT_CHECKED
    assert part.missing == ("column reason of the marks", "column amended_by of the marks")
    marks[0]["Amended"] = ""
    part = ask(register(marks, more=["Was", "Amended"]), "amendment-trail")
    assert part.outcome is Outcome.FAILED
    assert part.missing == ("column reason of the marks", "column amended_by of the marks")


# --- a whole school ---------------------------------------------------------------------------------------------------


@cache
def planted() -> tuple[list[dict[str, object]], list[dict[str, object]], CalendarDocument]:
    """A demo school's year in which every check has something to find."""
    demo = make_school(pupils=120, seed=7)
    dice = random.Random(4)  # noqa: S311 - plants marks, no secrets
    marks: list[dict[str, object]] = []
    for page in demo.pages:
        pupil = demo.pupils[page.pupil]
        for place, code in enumerate(page.codes):
            slot = demo.slots[page.first + place]
            if code and slot.year == 2025:
                when = {"Date": slot.day, "Session": slot.session, "Recorded": slot.day}
                marks.append({"Pupil": pupil.pupil_id, "Mark": code, **when})
    closed = date(2025, 11, 24)
    for number, row in enumerate(marks):
        day = row["Date"]
        assert isinstance(day, date)
        if number % 997 == 0:
            row["Mark"] = dice.choice(["H", "X", "D", "C2", "N"])
        if number % 1499 == 0:
            row["Recorded"] = day + timedelta(days=30)
        if number % 1801 == 0:
            row |= {"Was": "N", "Amended": day + timedelta(days=20)}
        if number % 5003 == 0:
            row["Date"] = closed
    people: list[dict[str, object]] = []
    for pupil in demo.pupils:
        year = pupil.year(2025)
        if year is None:
            continue
        people += [
            {
                "Pupil": pupil.pupil_id,
                "Start": span.start,
                "End": span.end,
                "Form": year.form,
                "Born": pupil.born,
                "From": date(2025, 8, 1),
            }
            for span in pupil.enrolments
        ]
    form = people[0]["Form"]
    mine = {row["Pupil"] for row in people if row["Form"] == form}
    for row in marks:
        if row["Pupil"] in mine and row["Date"] == date(2026, 3, 10):
            row["Mark"] = "C"
    return marks, people, evolve(demo.calendar, school="")


def whole(marks: list[dict[str, object]]) -> Register:
    _, people, calendar = planted()
    return register(marks, people=people, calendars=[calendar], more=["Recorded", "Was", "Amended", "By", "Why"])


@cache
def planted_register() -> Register:
    return whole(planted()[0])


def answers(found: Register, *, with_rows: bool = True) -> list[tuple[Any, ...]]:
    """Everything that the register check says, but for the rows of the source where their order differs."""
    told: list[tuple[Any, ...]] = []
    for result in check_register(found, settings=defaults(), side=arrangements()):
        recount(result)
        assert result.outcome is not Outcome.ERROR, result.note
        sessions = result.sessions_of()
        columns = [name for name in sessions.columns if with_rows or name != "source_row"]
        told.append((result.check.id, result.outcome, result.missing, result.note))
        told += [tuple(row) for row in result.findings.iter_rows()]
        told += sorted((tuple(row) for row in sessions.select(columns).iter_rows()), key=str)
    return told


def test_every_planted_finding_lists_exactly_its_sessions() -> None:
    results = check_register(planted_register(), settings=defaults(), side=arrangements())
    for result in results:
        recount(result)
    failed = {result.check.id for result in results if result.outcome is Outcome.FAILED}
    assert failed == {check.id for check in load_checks()} - {"d-second-school", "code-swap"}
    outcomes = {result.check.id: result.outcome for result in results}
    assert outcomes["d-second-school"] is Outcome.NOT_CHECKED
    assert outcomes["code-swap"] is Outcome.NOT_APPLICABLE  # 120 pupils are too few


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    marks = list(planted()[0])
    random.Random(seed).shuffle(marks)  # noqa: S311 - an order, no secret
    assert answers(whole(marks), with_rows=False) == answers(planted_register(), with_rows=False)


def test_a_file_in_two_parts_changes_nothing() -> None:
    marks = planted()[0]
    for cut in (1, len(marks) // 3, len(marks) - 1):
        joined = whole(marks[cut:] + marks[:cut])
        assert answers(joined, with_rows=False) == answers(planted_register(), with_rows=False)


def plain() -> pl.DataFrame:
    frame: pl.DataFrame = planted_register().marks.collect("polars").to_native()
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))


def on_duckdb() -> nw.LazyFrame[Any]:
    marks = plain()  # noqa: F841 - DuckDB finds it by name
    return nw.from_native(duckdb.sql("SELECT * FROM marks"))


ENGINES: dict[str, Callable[[], Any]] = {
    "polars": lambda: nw.from_native(plain()).lazy(),
    "pandas": lambda: nw.from_native(plain().to_pandas()).lazy(),
    "pandas-arrow": lambda: nw.from_native(plain().to_pandas(use_pyarrow_extension_array=True)).lazy(),
    "pyarrow": lambda: nw.from_native(plain().to_arrow()).lazy(),
    "duckdb": on_duckdb,
}


@pytest.mark.parametrize("engine", list(ENGINES))
def test_every_engine_gives_the_same_answers(engine: str) -> None:
    found = evolve(planted_register(), marks=ENGINES[engine]())
    assert answers(found) == answers(planted_register())


def test_portions_of_schools_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A register of many schools is compared with its marks a few schools at a time."""
    gaps = {("A", DAYS[0], "AM"): None, ("C", DAYS[1], "PM"): None, ("D", DAYS[1], "PM"): None}
    marks = rows("ABCDEF", DAYS, gaps)
    for row in marks:
        row["School"] = f"school {'ABCDEF'.index(str(row['Pupil'])) // 2}"
    found = register(marks, more=["School"])
    expected = ask(found, "missing-marks").sessions_of().rows()
    monkeypatch.setattr("attendance_core.policy.register_check.missing._AT_A_TIME", 1)
    assert ask(found, "missing-marks").sessions_of().rows() == expected
    assert len(expected) == 3


def test_the_workbench_asks_with_its_own_settings() -> None:
    bench, found = school.bench(), school.register()
    expected = check_register(found, settings=dict(bench.profile.settings))
    told = [(one.check.id, one.outcome, one.findings.rows()) for one in bench.check(found)]
    assert told == [(one.check.id, one.outcome, one.findings.rows()) for one in expected]
    side = {one.check.id: one for one in bench.check(found, records=arrangements())}
    assert side["c2-arrangement"].outcome is not Outcome.NOT_CHECKED
    assert TERM.start == START
