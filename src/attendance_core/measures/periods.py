"""Periods of a register: weeks, half terms, terms, and the same weeks of last year."""

from datetime import date, datetime, time, timedelta
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.model.marks import DATE, SCHOOL
from attendance_core.register.calendar import same_day_last_year
from attendance_core.register.register import Register


def within(period: DateRange, marks: "nw.LazyFrame[Any] | None" = None) -> nw.Expr:
    """Say whether a row's date lies in a period.

    Args:
        period: The days.
        marks: The frame that is asked, where it is not of the default engine: pandas has days as points in time.
    """
    start: date = period.start
    after: date | None = None if period.end is None or period.end == date.max else period.end + timedelta(days=1)
    if marks is not None and marks.collect_schema()[DATE] == nw.Datetime:
        start = datetime.combine(start, time())
        after = after and datetime.combine(after, time())
    inside = nw.col(DATE) >= start
    return inside if after is None else inside & (nw.col(DATE) < after)


def edges(period: DateRange) -> set[date]:
    """Return the days on which something new begins because of a period: its first, and the one after its last."""
    if period.end is None or period.end == date.max:
        return {period.start}
    return {period.start, period.end + timedelta(days=1)}


def whole_year_to(register: Register, start: date | None, end: date | None) -> DateRange:
    """Return the period asked for; by default the academic year so far.

    The first day is the first school day of the academic year of the last marked day up to the end, which is the day
    the register speaks to.
    """
    last = end or register.as_of
    if start is None:
        # In August the year asked about has no mark yet: then it is the year of the last mark that counts.
        newest = register.account.last_mark
        year = AcademicYear.of(last if newest is None else min(last, newest))
        known = [day for day in register.calendars.dates if AcademicYear.of(day) == year]
        first = register.span.start if register.span else last
        start = min(min(known) if known else max(first, year.span.start), last)
    return DateRange(start, last)


def reference_school(register: Register) -> str:
    """Return the school whose calendar names half terms and school weeks: the one with the most marks."""
    if len(register.calendars.schools) == 1 and len(register.slots):  # calendars are of the schools with marks
        return next(iter(register.calendars.schools))
    sizes = register.slots.group_by(SCHOOL).agg(nw.col("marks").sum()).sort("marks", SCHOOL)
    return str(sizes[SCHOOL].to_list()[-1]) if len(sizes) else ""


def last_year(register: Register, period: DateRange) -> DateRange | None:
    """Return the same school weeks one academic year before, where the register holds marks from their first day."""
    calendar = register.calendars.schools.get(reference_school(register))
    span = register.span
    if calendar is None or span is None:
        return None
    start = same_day_last_year(calendar, period.start)
    end = same_day_last_year(calendar, period.end or register.as_of)
    if start is None or end is None or end < start:
        return None
    marked = register.slots.filter(within(DateRange(start, end)))
    first = marked[DATE].min() if len(marked) else None
    # A register that begins weeks later would compare a part of last year with the whole of this one.
    return DateRange(start, end) if first is not None and first <= start + timedelta(days=6) else None


def weeks(register: Register, period: DateRange) -> tuple[DateRange, ...]:
    """Return the weeks with marks, Monday to Sunday, cut to the period."""
    days = register.slots.filter(within(period))[DATE].unique().to_list()
    mondays = sorted({day - timedelta(days=day.weekday()) for day in days})
    last = period.end or register.as_of
    return tuple(DateRange(max(monday, period.start), min(monday + timedelta(days=6), last)) for monday in mondays)


def named(register: Register, column: str, period: DateRange) -> tuple[tuple[str, DateRange], ...]:
    """Return half terms (``half_term``) or terms (``term``) by name, cut to the period, earliest first."""
    frame: Any = register.calendars.frame.filter(nw.col(SCHOOL) == reference_school(register))
    spans = frame.group_by("academic_year", column).agg(
        nw.col(DATE).min().alias("start"), nw.col(DATE).max().alias("end")
    )
    found = []
    for row in spans.sort("start").rows(named=True):
        start, end = max(row["start"], period.start), min(row["end"], period.end or row["end"])
        if start <= end:
            found.append((str(row[column]), DateRange(start, end)))
    return tuple(found)
