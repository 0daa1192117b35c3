"""Half terms and rhythms by a calendar that was made, and is counted, by hand."""

from datetime import date
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import DocumentError
from attendance_core.frameworks.cadences import read_cadence
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.agendas import Meeting
from attendance_core.model.calendars import CalendarDocument, Term, TermName
from attendance_core.model.plan_rows import Rhythm
from attendance_core.plans.agendas import AgendaMaterial, make_agenda, named_kind
from attendance_core.plans.half_terms import HalfTerms
from attendance_core.plans.occasions import due_by, next_after, occasions
from tests.plan_cases import A1, A2, FIVE, S1, S2, SIX, U1, U2, YEAR, calendar, half_terms

FRAMEWORKS = load_frameworks()


def test_six_names_are_six_stretches_of_days() -> None:
    found = half_terms()
    assert dict(found.spans) == {
        A1: DateRange(date(2025, 9, 2), date(2025, 10, 24)),
        A2: DateRange(date(2025, 11, 3), date(2025, 12, 19)),
        S1: DateRange(date(2026, 1, 5), date(2026, 2, 13)),
        S2: DateRange(date(2026, 2, 23), date(2026, 3, 27)),
        U1: DateRange(date(2026, 4, 13), date(2026, 5, 22)),
        U2: DateRange(date(2026, 6, 1), date(2026, 7, 20)),
    }
    assert found.missing == () and found.first is A1


def test_a_year_of_five_half_terms_has_no_second_summer() -> None:
    found = half_terms(FIVE)
    assert found.missing == (U2,)
    assert found.spans[U1] == DateRange(date(2026, 4, 13), date(2026, 7, 20))
    assert found.ends(U2) is None and found.begins(U2) is None


@pytest.mark.parametrize(
    ("day", "at", "after"),
    [
        (date(2025, 8, 20), A1, A1),
        (date(2025, 10, 24), A1, A2),
        (date(2025, 10, 25), A2, A2),  # in the holiday: the next one
        (date(2025, 11, 3), A2, S1),
        (date(2026, 7, 20), U2, None),
        (date(2026, 7, 21), None, None),
    ],
)
def test_the_half_term_of_a_day(day: date, at: object, after: object) -> None:
    assert (half_terms().at(day), half_terms().after(day)) == (at, after)


def test_a_calendar_of_another_year_is_refused() -> None:
    with pytest.raises(DocumentError, match="calendar: has no school day in 2026/27; expected terms of 2026/27"):
        HalfTerms.of(calendar(), AcademicYear(2026))


#: Counted by hand from SIX: school weeks of the six half terms are 8, 7, 6, 5, 6 and 8.
WEEKS = 8 + 7 + 6 + 5 + 6 + 8


@pytest.mark.parametrize(
    ("rhythm", "number"),
    [
        (Rhythm.DAILY, 5 * WEEKS - 1 - 1 - 4),  # 1 September and 4 May are closed, and the last week is a Monday alone
        (Rhythm.WEEKLY, WEEKS),
        (Rhythm.FORTNIGHTLY, WEEKS // 2),
        (Rhythm.EVERY_3_TO_4_WEEKS, WEEKS // 4),
        (Rhythm.HALF_TERMLY, 6),
        (Rhythm.TERMLY, 3),
        (Rhythm.ANNUAL, 1),
    ],
)
def test_how_often_a_rhythm_comes_in_a_year(rhythm: Rhythm, number: int) -> None:
    found = occasions(rhythm, calendar(), YEAR)
    assert len(found) == number
    if rhythm.per_year is not None:
        assert len(found) == rhythm.per_year


def test_half_termly_is_five_where_the_year_has_five() -> None:
    assert len(occasions(Rhythm.HALF_TERMLY, calendar(FIVE), YEAR)) == 5
    assert len(occasions(Rhythm.TERMLY, calendar(FIVE), YEAR)) == 3


def test_days_of_rhythms() -> None:
    weekly = [one.due for one in occasions(Rhythm.WEEKLY, calendar(), YEAR)]
    assert weekly[:3] == [date(2025, 9, 5), date(2025, 9, 12), date(2025, 9, 19)]
    assert weekly[7:9] == [date(2025, 10, 24), date(2025, 11, 7)]  # nothing in the holiday
    assert weekly[-1] == date(2026, 7, 20)  # a week of one Monday
    # Weeks 7 and 8 are a fortnight, then 9 and 10 after the holiday.
    fortnightly = occasions(Rhythm.FORTNIGHTLY, calendar(), YEAR)
    assert [one.due for one in fortnightly[:5]] == [
        date(2025, 9, 12), date(2025, 9, 26), date(2025, 10, 10), date(2025, 10, 24), date(2025, 11, 14),
    ]  # fmt: skip
    first = occasions(Rhythm.EVERY_3_TO_4_WEEKS, calendar(), YEAR)[0]
    assert first.window == DateRange(date(2025, 9, 15), date(2025, 9, 26))
    termly = occasions(Rhythm.TERMLY, calendar(), YEAR)
    assert [one.due for one in termly] == [date(2025, 12, 19), date(2026, 3, 27), date(2026, 7, 20)]


def test_a_fortnight_may_hold_a_holiday() -> None:
    """From 20 October on the first of two weeks lies before the break, and the second behind it."""
    found = occasions(Rhythm.FORTNIGHTLY, calendar(), YEAR, since=date(2025, 10, 19))
    assert found[0].window == DateRange(date(2025, 10, 20), date(2025, 11, 7))


@pytest.mark.parametrize(
    ("rhythm", "held", "due"),
    [
        (Rhythm.WEEKLY, date(2026, 1, 7), date(2026, 1, 16)),  # a Wednesday: not that Friday
        (Rhythm.FORTNIGHTLY, date(2026, 1, 7), date(2026, 1, 23)),
        (Rhythm.EVERY_3_TO_4_WEEKS, date(2026, 1, 7), date(2026, 2, 6)),
        (Rhythm.HALF_TERMLY, date(2026, 1, 20), date(2026, 3, 27)),
        (Rhythm.TERMLY, date(2025, 10, 10), date(2026, 3, 27)),
        (Rhythm.TERMLY, date(2025, 12, 24), date(2026, 3, 27)),  # in the holiday: the autumn is over
        (Rhythm.ANNUAL, date(2025, 10, 10), None),
        (Rhythm.ANNUAL, date(2025, 7, 10), date(2026, 7, 20)),
    ],
)
def test_a_period_in_which_it_happened_asks_for_it_no_more(rhythm: Rhythm, held: date, due: date | None) -> None:
    following = next(iter(occasions(rhythm, calendar(), YEAR, since=held)), None)
    assert (None if following is None else following.due) == due


def test_a_meeting_is_due_in_the_next_year_when_this_one_asks_for_no_more() -> None:
    longer = evolve(SIX, terms=(*SIX.terms, Term(name=TermName.AUTUMN, start=date(2026, 9, 1), end=date(2026, 12, 18))))
    kind = named_kind("governors")
    held = Meeting(kind=kind.id, on=date(2026, 7, 8), points=())

    def meet_by(document: CalendarDocument, as_of: date) -> date | None:
        return make_agenda(
            kind, as_of, AgendaMaterial(frameworks=FRAMEWORKS, last=held, calendar=calendar(document))
        ).meet_by

    assert meet_by(longer, date(2026, 7, 10)) == meet_by(longer, date(2026, 9, 10)) == date(2026, 12, 18)
    assert meet_by(SIX, date(2026, 7, 10)) is None


def test_a_stretch_that_the_year_does_not_complete_is_none() -> None:
    late = occasions(Rhythm.EVERY_3_TO_4_WEEKS, calendar(), YEAR, since=date(2026, 6, 28))
    # Weeks of 29 June, 6, 13 and 20 July: one stretch of four.
    assert [one.due for one in late] == [date(2026, 7, 20)]
    assert occasions(Rhythm.EVERY_3_TO_4_WEEKS, calendar(), YEAR, since=date(2026, 7, 12)) == ()
    assert occasions(Rhythm.WEEKLY, calendar(), YEAR, since=date(2026, 7, 20)) == ()


@given(st.sampled_from(Rhythm), st.dates(date(2025, 8, 1), date(2026, 8, 31)))
def test_occasions_follow_each_other_and_are_counted_by_their_last_day(rhythm: Rhythm, day: date) -> None:
    found = occasions(rhythm, calendar(), YEAR)
    assert all(one.due < two.window.start for one, two in pairwise(found))
    assert due_by(found, day) == sum(one.due <= day for one in found)
    following = next_after(found, day)
    assert following is None or following.due >= day


def test_t8_termly_six_times_a_year_is_half_termly_and_said() -> None:
    both = read_cadence("at least termly (6 times per year)")
    assert both.every is Rhythm.HALF_TERMLY
    assert both.warning == "The source says termly (3 a year) and means half-termly (6 a year); half-termly is taken."
    assert len(occasions(both.every, calendar(), YEAR)) == 6
    plain = read_cadence("termly")
    assert (len(occasions(plain.every, calendar(), YEAR)), plain.warning) == (3, "")
