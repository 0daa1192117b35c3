"""Small schools for tests of support: a year's calendar, pupils whose marks are given week by week, and a store."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from attrs import evolve

from attendance_core.documents.memory_store import MemoryStore
from attendance_core.model.calendars import Break, CalendarDocument, Term, TermName
from attendance_core.register.calendar import SchoolCalendar, work_out
from attendance_core.register.register import Register
from attendance_core.support.ledger import Ledgers
from attendance_core.workbench import Workbench
from tests.registers import LONG, marks_table, pupils_table, read

YEAR = CalendarDocument(
    terms=(
        Term(
            name=TermName.AUTUMN,
            start=date(2025, 9, 1),
            end=date(2025, 12, 19),
            half_term=Break(start=date(2025, 10, 27), end=date(2025, 10, 31)),
        ),
        Term(
            name=TermName.SPRING,
            start=date(2026, 1, 5),
            end=date(2026, 3, 27),
            half_term=Break(start=date(2026, 2, 16), end=date(2026, 2, 20)),
        ),
        Term(
            name=TermName.SUMMER,
            start=date(2026, 4, 13),
            end=date(2026, 7, 21),
            half_term=Break(start=date(2026, 5, 25), end=date(2026, 5, 29)),
        ),
    )
)
CALENDAR: SchoolCalendar = work_out(YEAR, "s")
DAYS = tuple(day.date for day in CALENDAR.days)

#: The code of a session, by the number of the school day (from 0) and the session.
Marks = Callable[[int, str], str]


def present(day: int, session: str) -> str:
    """Be there, always."""
    return "/" if session == "AM" else "\\"


def absent(code: str, *days: int, session: str = "") -> Marks:
    """Be away on some school days, or in one session of each."""

    def marks(day: int, half: str) -> str:
        return code if day in days and session in ("", half) else present(day, half)

    return marks


def school(
    pupils: Mapping[str, Marks],
    *,
    until: date,
    known: Iterable[Mapping[str, object]] = (),
    **more: Any,
) -> Register:
    """Read a school from what each pupil's marks are."""
    days = [day for day in DAYS if day <= until]
    rows = [
        (pupil, day, session, marks(number, session))
        for pupil, marks in pupils.items()
        for number, day in enumerate(days)
        for session in ("AM", "PM")
    ]
    listed = [{"Start": date(2025, 9, 1)} | dict(row) for row in known] or [
        {"Pupil": pupil, "Start": date(2025, 9, 1)} for pupil in pupils
    ]
    return read(
        marks_table(rows),
        evolve(LONG, school="s"),
        pupils=pupils_table(listed),
        calendars=[YEAR],
        as_of=until,
        **more,
    )


def bench(**changes: Any) -> Workbench:
    """Return a workbench with a store in memory and no plugin of this machine."""
    found = Workbench.open(entry_points=False, store=MemoryStore())
    return evolve(found, configuration=evolve(found.configuration, **changes)) if changes else found


def ledgers() -> Ledgers:
    """Return ledgers in memory."""
    return Ledgers(MemoryStore())
