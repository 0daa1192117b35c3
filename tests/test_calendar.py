"""School calendars: open sessions worked out from documents, or inferred from the marks and said so."""

from datetime import date, timedelta

import pytest
from attrs import evolve

from attendance_core.dates import week_start
from attendance_core.demo.days import demo_calendar, open_slots
from attendance_core.errors import DocumentError
from attendance_core.measures.periods import last_year, named, weeks, whole_year_to
from attendance_core.model.calendars import Break, CalendarDocument, Closure, ClosureKind, Term, TermName
from attendance_core.model.outcomes import Outcome
from attendance_core.register.calendar import (
    Calendars,
    SchoolCalendar,
    calendars_for,
    infer,
    lint_calendar,
    same_day_last_year,
    school_week_ordinals,
    work_out,
)
from attendance_core.workbench import Workbench
from tests.oracle import weekdays
from tests.registers import LONG, marks_table, read

AUTUMN = Term(
    name=TermName.AUTUMN,
    start=date(2024, 9, 2),
    end=date(2024, 12, 20),
    half_term=Break(start=date(2024, 10, 28), end=date(2024, 11, 1)),
)
SPRING = Term(name=TermName.SPRING, start=date(2025, 1, 6), end=date(2025, 4, 4))


def slots(calendar: SchoolCalendar) -> list[tuple[date, str]]:
    return [(day.date, session) for day in calendar.days for session in day.sessions]


def test_a_document_is_worked_out_to_open_sessions() -> None:
    document = CalendarDocument(
        terms=(AUTUMN, SPRING),
        closures=(
            Closure(date=date(2024, 9, 2), kind=ClosureKind.INSET),
            Closure(date=date(2024, 12, 20), session="PM"),
            Closure(date=date(2024, 11, 25), session="AM"),
            Closure(date=date(2024, 11, 25), session="PM"),
            Closure(date=date(2024, 9, 7)),  # a Saturday: closed already
        ),
    )
    found = slots(work_out(document, "s"))
    expected = [
        slot
        for first, last in ((AUTUMN.start, AUTUMN.end), (SPRING.start, SPRING.end))
        for slot in weekdays(first, last)
        if not date(2024, 10, 28) <= slot[0] <= date(2024, 11, 1)
        and slot[0] not in (date(2024, 9, 2), date(2024, 11, 25))
        and slot != (date(2024, 12, 20), "PM")
    ]
    assert found == expected
    assert all(day.weekday() < 5 for day, _ in found)


def test_halves_and_names() -> None:
    days = {day.date: day for day in work_out(CalendarDocument(terms=(AUTUMN, SPRING)), "s").days}
    assert days[date(2024, 10, 25)].half_term == "Autumn 1"
    assert days[date(2024, 11, 4)].half_term == "Autumn 2"
    assert days[date(2025, 4, 4)].half_term == "Spring 1"


def test_a_weekend_may_be_another() -> None:
    document = CalendarDocument(terms=(SPRING,), weekend=("Friday", "Saturday"))
    found = {day.date.weekday() for day in work_out(document, "s").days}
    assert found == {0, 1, 2, 3, 6}


def test_the_demos_calendar_is_the_generators_own() -> None:
    calendar = work_out(demo_calendar(), "demo-school")
    assert slots(calendar) == [(slot.day, slot.session) for slot in open_slots(demo_calendar())]
    halves = [f"{day.term.value} {day.half}" for day in calendar.days]
    assert halves == [slot.half_term.split(" ", 1)[1] for slot in open_slots(demo_calendar()) if slot.session == "AM"]


def test_each_open_session_has_its_place() -> None:
    calendars = Calendars.of([work_out(demo_calendar(), "a"), work_out(CalendarDocument(terms=(SPRING,)), "b")])
    frame = calendars.frame
    for school in "ab":
        rows = frame.to_native().filter(frame.to_native()["school_id"] == school)
        assert rows["session_index"].to_list() == list(range(len(rows)))
        assert rows["week"].to_list() == [week_start(day) for day in rows["date"].to_list()]
    assert set(frame["academic_year"].to_list()) == {"2024/25", "2025/26"}
    assert not calendars.inferred
    assert calendars.schools["b"].span is not None
    assert str(calendars.schools["b"].span) == "2025-01-06..2025-04-04"
    assert calendars.dates == tuple(sorted(set(frame["date"].to_list())))


def test_faults_of_a_calendar_come_all_at_once() -> None:
    bad = CalendarDocument(
        terms=(
            Term(name=TermName.AUTUMN, start=date(2024, 9, 2), end=date(2024, 8, 1)),
            evolve(SPRING, start=date(2024, 7, 1), half_term=Break(start=date(2025, 4, 1), end=date(2025, 4, 30))),
        ),
        closures=(Closure(date=date(2024, 9, 2), session="noon"),),
        weekend=("Saturday", "Sun"),
    )
    with pytest.raises(DocumentError) as caught:
        lint_calendar(bad, "calendar.toml")
    assert [(fault.where, fault.what) for fault in caught.value.faults] == [
        ("calendar.toml: terms[0].end", "lies before start"),
        ("calendar.toml: terms[1].start", "begins before the term above it ends"),
        ("calendar.toml: terms[1].half_term", "is not inside the term"),
        ("calendar.toml: closures[0].session", "is no session"),
        ("calendar.toml: weekend[1]", "is no weekday"),
    ]
    with pytest.raises(DocumentError, match="no term is given"):
        lint_calendar(CalendarDocument(), "calendar.toml")
    lint_calendar(demo_calendar(), "calendar.toml")


def test_half_terms_are_inferred_from_the_marks_of_two_years() -> None:
    """On the demo's two years the reading equals the calendar that was given, half term by half term."""
    given = work_out(demo_calendar(), "demo-school")
    found = infer([(day, session, 150) for day, session in slots(given)], "demo-school")
    assert found.inferred
    assert slots(found) == slots(given)
    assert [day.half_term for day in found.days] == [day.half_term for day in given.days]


def test_a_session_with_a_handful_of_marks_is_not_taken_as_open() -> None:
    given = work_out(demo_calendar(), "s")
    counts = [(day, session, 150) for day, session in slots(given)]
    saturday = date(2024, 9, 14)
    found = infer([*counts, (saturday, "AM", 3), (date(2024, 10, 29), "AM", 14)], "s")
    assert slots(found) == slots(given)
    assert (saturday, "AM") in slots(infer([*counts, (saturday, "AM", 15)], "s"))
    assert infer([], "s").days == ()
    assert infer([], "s").span is None


def test_a_short_piece_of_a_year_is_named_by_its_place_in_the_year() -> None:
    def half(first: date, last: date) -> str:
        days = infer([(day, session, 9) for day, session in weekdays(first, last)], "s").days
        assert len({day.half_term for day in days}) == 1
        return days[0].half_term

    assert half(date(2024, 9, 2), date(2024, 10, 25)) == "Autumn 1"
    assert half(date(2024, 11, 4), date(2024, 12, 20)) == "Autumn 2"
    assert half(date(2025, 1, 6), date(2025, 2, 14)) == "Spring 1"
    assert half(date(2025, 2, 24), date(2025, 4, 4)) == "Spring 2"
    assert half(date(2025, 4, 22), date(2025, 5, 23)) == "Summer 1"
    assert half(date(2025, 6, 2), date(2025, 7, 22)) == "Summer 2"


def test_schools_get_their_own_calendar_or_the_common_one_or_what_their_marks_show() -> None:
    own = CalendarDocument(school="a", terms=(AUTUMN,))
    next_year = evolve(own, terms=(evolve(AUTUMN, start=date(2025, 9, 1), end=date(2025, 12, 19), half_term=None),))
    common = CalendarDocument(terms=(SPRING,))
    counts = {"c": [(date(2025, 3, 3), "AM", 5)]}
    found = calendars_for(["a", "b"], [own, common, next_year], counts).schools
    assert found["a"].days[0].date == date(2024, 9, 2)
    assert found["a"].days[-1].date == date(2025, 12, 19)
    assert found["b"].days[-1].date == date(2025, 4, 4)
    alone = calendars_for(["a", "c"], [own], counts)
    assert [alone.schools[school].inferred for school in "ac"] == [False, True]
    assert alone.inferred
    assert slots(alone.schools["c"]) == [(date(2025, 3, 3), "AM")]


def test_the_same_school_week_a_year_before() -> None:
    calendar = work_out(demo_calendar(), "s")
    ordinals = school_week_ordinals(calendar)
    for day in (entry.date for entry in calendar.days if entry.date.year >= 2025 and entry.term is TermName.AUTUMN):
        if day < date(2025, 9, 1):
            continue
        before = same_day_last_year(calendar, day)
        assert before is not None
        assert before.weekday() == day.weekday()
        assert ordinals[week_start(before)] == ordinals[week_start(day)]
        assert before.year == day.year - 1
    # 2025/26 opens on Wednesday 3 September, 2024/25 on Wednesday the 4th.
    assert same_day_last_year(calendar, date(2025, 9, 3)) == date(2024, 9, 4)
    # In a holiday it is the end of the school week before.
    assert same_day_last_year(calendar, date(2025, 10, 29)) == date(2024, 10, 27)
    assert same_day_last_year(calendar, date(2024, 9, 4)) is None
    assert same_day_last_year(calendar, date(2025, 8, 20)) is None


def two_autumns(first: date) -> list[tuple[str, date, str, str]]:
    days = [day.date for day in work_out(demo_calendar(), "s").days if day.term is TermName.AUTUMN]
    wanted = [day for day in days if day >= first and day <= date(2025, 9, 19)]
    return [("a", day, session, "/") for day in wanted for session in ("AM", "PM")]


def test_periods_of_a_register() -> None:
    register = read(marks_table(two_autumns(date(2024, 9, 4))), calendars=[evolve(demo_calendar(), school="")])
    period = whole_year_to(register, None, None)
    assert str(period) == "2025-09-03..2025-09-19"
    assert str(last_year(register, period)) == "2024-09-04..2024-09-20"
    assert [str(week) for week in weeks(register, period)] == [
        "2025-09-03..2025-09-07",
        "2025-09-08..2025-09-14",
        "2025-09-15..2025-09-19",
    ]
    assert [name for name, _ in named(register, "half_term", period)] == ["Autumn 1"]
    assert str(whole_year_to(register, date(2024, 10, 1), date(2024, 10, 4))) == "2024-10-01..2024-10-04"


def test_last_year_must_be_there_from_its_first_week() -> None:
    late = read(marks_table(two_autumns(date(2024, 9, 12))), calendars=[evolve(demo_calendar(), school="")])
    assert last_year(late, whole_year_to(late, None, None)) is None


def test_a_calendar_without_the_marked_days_is_doubted_and_the_marks_count() -> None:
    rows = [("a", date(2024, 9, 9) + timedelta(days=number), "AM", "/") for number in range(7)]
    register = read(marks_table(rows), calendars=[CalendarDocument(terms=(AUTUMN,))])
    (doubt,) = register.account.doubts
    assert (doubt.kind, doubt.marks) == ("closed-day", 2)
    assert "(2024-09-14, 2024-09-15)" in doubt.text
    assert register.account.coded == 7
    inferred = read(marks_table(rows))
    assert inferred.calendars.inferred
    assert inferred.account.doubts == ()


def test_a_year_that_the_calendar_does_not_reach_is_inferred_and_its_weeks_keep_apart() -> None:
    """Else all its weeks would be one, and ten sessions of a whole year would lie in a window of ten weeks."""
    holiday = {date(2025, 7, 19) + timedelta(days=ahead) for ahead in range(44)}
    days = [day for day, session in weekdays(date(2024, 9, 2), date(2025, 10, 3)) if session == "AM"]
    held = [day for day in days if day not in holiday]
    marks = [("a", day, half, "/") for day in held for half in ("AM", "PM")]
    seldom = {day for place, day in enumerate(held) if place % 8 == 7 and day < date(2025, 8, 1)}
    marks = [(who, day, half, "O" if day in seldom and half == "AM" else code) for who, day, half, code in marks]
    this = CalendarDocument(terms=(Term(name=TermName.AUTUMN, start=date(2025, 9, 1), end=date(2025, 12, 19)),))
    last = CalendarDocument(terms=(Term(name=TermName.AUTUMN, start=date(2024, 9, 2), end=date(2025, 7, 18)),))
    for calendars in ((this,), (last,), (last, this)):
        register = read(marks_table(marks), calendars=calendars)
        (calendar,) = register.calendars.schools.values()
        assert {*held} <= {day.date for day in calendar.days}
        assert len(calendar.inferred_years) == 2 - len(calendars)
        assert calendar.inferred == (calendars == (last,))
        assert len([one for one in register.account.assumptions if "does not reach" in one]) == 2 - len(calendars)
        results = Workbench.open().concerns(register, "england-national").results
        (threshold,) = (one for one in results if one.rule.id == "penalty-notice-threshold")
        assert threshold.outcome is Outcome.PASSED


def test_marks_that_name_no_school_take_the_calendar_of_the_only_one_that_it_names() -> None:
    """A calendar that is given is never passed over in silence."""
    given = CalendarDocument(
        school="ours", terms=(Term(name=TermName.AUTUMN, start=date(2025, 9, 1), end=date(2025, 12, 19)),)
    )
    marks = marks_table([("a", date(2025, 9, 1), "AM", "/")])
    register = read(marks, evolve(LONG, school=""), calendars=(given,))
    assert not register.calendars.inferred and len(register.calendars.dates) == 80
    assert "the calendar is that of school 'ours', the only one that it names" in register.account.assumptions
    other = read(marks, evolve(LONG, school=""), calendars=(given, evolve(given, school="theirs")))
    assert other.calendars.inferred
    assert [one for one in other.account.assumptions if "names other schools" in one]
