"""The demo school's two academic years: terms, closures, and its open sessions in order."""

from datetime import date
from typing import Final, NamedTuple

from attendance_core.dates import AcademicYear
from attendance_core.model.calendars import Break, CalendarDocument, Closure, ClosureKind, Term, TermName

SCHOOL_ID: Final = "demo-school"
YEARS: Final = (2024, 2025)
"""The calendar years in which the two academic years begin."""

SITE_CLOSED: Final = date(2026, 1, 8)
"""A day on which the site could not open: no planned closure, every mark is Y4."""
MARKED_INSET: Final = date(2025, 6, 23)
"""An INSET day for which some pupils carry # marks."""
BUS_DAYS: Final = (date(2025, 2, 5), date(2025, 12, 3))
"""Days on which the school bus did not run."""
OBSERVED_DAYS: Final = (date(2025, 3, 31), date(2025, 6, 6), date(2026, 3, 20))
"""Days of religious observance that fall on school days."""
STUDY_LEAVE: Final = {2024: (date(2025, 6, 9), date(2025, 6, 20)), 2025: (date(2026, 6, 8), date(2026, 6, 19))}
SCHOOL_LEAVING: Final = {2024: date(2025, 6, 27), 2025: date(2026, 6, 26)}
"""The last Friday in June, on which most of Year 11 go."""
WORK_EXPERIENCE: Final = {2024: (date(2025, 6, 30), date(2025, 7, 4)), 2025: (date(2026, 6, 29), date(2026, 7, 3))}
TRIPS: Final = {
    (2024, 8): (date(2024, 11, 14),),
    (2024, 9): (date(2025, 5, 8), date(2025, 5, 9)),
    (2025, 7): (date(2026, 6, 17),),
    (2025, 10): (date(2025, 10, 9),),
}
"""Days out by academic year and year group."""


class Slot(NamedTuple):
    """One open session of the school."""

    day: date
    session: str
    year: int
    term: str
    half_term: str


class SchoolDay(NamedTuple):
    """One open day, with the places of its sessions among the slots (None: that session is closed)."""

    day: date
    am: int | None
    pm: int | None


def demo_calendar() -> CalendarDocument:
    """Return both years: 195 days without bank holidays, five of them INSET, one closing at midday."""

    def term(name: TermName, start: date, end: date, away: date, back: date) -> Term:
        return Term(name=name, start=start, end=end, half_term=Break(start=away, end=back))

    def inset(day: date) -> Closure:
        return Closure(date=day, kind=ClosureKind.INSET, name="Staff training")

    autumn, spring, summer = TermName.AUTUMN, TermName.SPRING, TermName.SUMMER
    return CalendarDocument(
        school=SCHOOL_ID,
        title="Term dates 2024/25 and 2025/26",
        terms=(
            term(autumn, date(2024, 9, 2), date(2024, 12, 20), date(2024, 10, 28), date(2024, 11, 1)),
            term(spring, date(2025, 1, 6), date(2025, 4, 4), date(2025, 2, 17), date(2025, 2, 21)),
            term(summer, date(2025, 4, 22), date(2025, 7, 22), date(2025, 5, 26), date(2025, 5, 30)),
            term(autumn, date(2025, 9, 1), date(2025, 12, 19), date(2025, 10, 27), date(2025, 10, 31)),
            term(spring, date(2026, 1, 5), date(2026, 3, 27), date(2026, 2, 16), date(2026, 2, 20)),
            term(summer, date(2026, 4, 13), date(2026, 7, 20), date(2026, 5, 25), date(2026, 5, 29)),
        ),
        closures=(
            inset(date(2024, 9, 2)),
            inset(date(2024, 9, 3)),
            inset(date(2024, 11, 25)),
            Closure(date=date(2024, 12, 20), name="Term ends at midday", session="PM"),
            inset(date(2025, 1, 6)),
            Closure(date=date(2025, 5, 5), kind=ClosureKind.BANK_HOLIDAY, name="Early May bank holiday"),
            inset(MARKED_INSET),
            inset(date(2025, 9, 1)),
            inset(date(2025, 9, 2)),
            inset(date(2025, 11, 24)),
            inset(date(2026, 1, 5)),
            Closure(date=date(2026, 5, 4), kind=ClosureKind.BANK_HOLIDAY, name="Early May bank holiday"),
            inset(date(2026, 6, 22)),
        ),
    )


def open_slots(calendar: CalendarDocument) -> tuple[Slot, ...]:
    """List the sessions that the calendar holds open, in order."""
    closed = {(closure.date, session) for closure in calendar.closures for session in _sessions(closure)}
    slots = []
    for term in calendar.terms:
        year = AcademicYear.of(term.start)
        label = f"{year} {term.name.value}"
        for day in term.span.each_day():
            if day.weekday() >= 5 or (term.half_term is not None and day in term.half_term.span):
                continue
            half = 2 if term.half_term is not None and day > term.half_term.end else 1
            slots += [
                Slot(day, session, year.begins, label, f"{label} {half}")
                for session in ("AM", "PM")
                if (day, session) not in closed
            ]
    return tuple(slots)


def school_days(slots: tuple[Slot, ...]) -> tuple[SchoolDay, ...]:
    """Put the slots of each day together."""
    places: dict[date, dict[str, int]] = {}
    for place, slot in enumerate(slots):
        places.setdefault(slot.day, {})[slot.session] = place
    return tuple(SchoolDay(day, found.get("AM"), found.get("PM")) for day, found in places.items())


def _sessions(closure: Closure) -> tuple[str, ...]:
    return ("AM", "PM") if closure.session is None else (closure.session,)
