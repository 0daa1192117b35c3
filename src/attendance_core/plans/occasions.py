"""Occasions: what a rhythm asks for in one school's year, each with the days in which it happens and its last day.

Weeks are school weeks: one without a session counts for nothing, so a fortnight may have a holiday in its middle.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from attrs import frozen

from attendance_core.dates import AcademicYear, DateRange, week_start
from attendance_core.model.plan_rows import Rhythm
from attendance_core.register.calendar import SchoolCalendar, SchoolDay

#: School weeks from one occasion to the next: at least, at most.
_WEEKS = {Rhythm.WEEKLY: (1, 1), Rhythm.FORTNIGHTLY: (2, 2), Rhythm.EVERY_3_TO_4_WEEKS: (3, 4)}


@frozen(kw_only=True, order=True)
class Occasion:
    """One time that something is to happen.

    Attributes:
        window: The open days in which it may happen, first to last.
        due: The last of them.
    """

    window: DateRange

    @property
    def due(self) -> date:
        """By when it is to have happened."""
        return self.window.end or self.window.start


def occasions(
    rhythm: Rhythm, calendar: SchoolCalendar, year: AcademicYear, *, since: date | None = None
) -> tuple[Occasion, ...]:
    """Return when something with a rhythm is to happen in a school's year, earliest first.

    A fortnight is two school weeks. Every three to four weeks is once in four school weeks, from the third on.
    A stretch that the year does not complete brings no occasion.
    Half-termly is once in each half term, termly once in each term, annual once: as many as the calendar has.

    Args:
        rhythm: How often.
        calendar: The school's calendar.
        year: The academic year.
        since: The last time that it happened. The day, week, half term, term or year that holds it asks no more.
    """
    days = [one for one in calendar.days if AcademicYear.of(one.date) == year]
    if rhythm in _WEEKS:
        # Weeks are counted from the one behind that of the last time.
        rest = [one for one in days if since is None or week_start(one.date) > week_start(since)]
        return _by_weeks(rest, *_WEEKS[rhythm])
    keys = {
        Rhythm.DAILY: lambda one: str(one.date),
        Rhythm.HALF_TERMLY: lambda one: one.half_term,
        Rhythm.TERMLY: lambda one: one.term.value,
        Rhythm.ANNUAL: lambda one: str(year),
    }
    found = _each(days, map(keys[rhythm], days))
    return tuple(one for one in found if since is None or one.window.start > since)


def _each(days: Sequence[SchoolDay], keys: Iterable[str]) -> tuple[Occasion, ...]:
    groups: dict[str, list[date]] = {}
    for day, key in zip(days, keys, strict=True):
        groups.setdefault(key, []).append(day.date)
    return tuple(Occasion(window=DateRange(min(group), max(group))) for group in groups.values())


def _by_weeks(days: Sequence[SchoolDay], least: int, most: int) -> tuple[Occasion, ...]:
    weeks: dict[date, list[date]] = {}
    for day in days:
        weeks.setdefault(week_start(day.date), []).append(day.date)
    ordered = list(weeks.values())
    found = []
    for start in range(0, len(ordered), most):
        stretch = ordered[start : start + most]
        if len(stretch) >= least:
            # A fortnight's meeting may be in either of its weeks; only a range of weeks has a first one.
            opens = stretch[0][0] if least == most else stretch[least - 1][0]
            found.append(Occasion(window=DateRange(opens, stretch[-1][-1])))
    return tuple(found)


def due_by(found: Iterable[Occasion], as_of: date) -> int:
    """Count the occasions whose last day has come."""
    return sum(1 for one in found if one.due <= as_of)


def next_after(found: Iterable[Occasion], day: date) -> Occasion | None:
    """Return the next occasion that is not over on a day."""
    return next((one for one in found if one.due >= day), None)
