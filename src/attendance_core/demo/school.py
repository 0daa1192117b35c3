"""The demo school: pupils, calendar, marks and the truth about them."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from attrs import field, frozen

from attendance_core.demo.days import (
    MARKED_INSET,
    SCHOOL_ID,
    SITE_CLOSED,
    YEARS,
    Slot,
    demo_calendar,
    open_slots,
    school_days,
)
from attendance_core.demo.dice import Dice
from attendance_core.demo.marks import Page, decide, minutes_of, untaken_registers
from attendance_core.demo.people import DemoPupil, make_pupils
from attendance_core.demo.truth import EnrolmentPage, Ledger
from attendance_core.errors import InputError
from attendance_core.model.calendars import CalendarDocument

SCHOOL_NAME: Final = "Thornbeck Moor School"
#: How many pupils, from the first on, carry # marks for one INSET day.
_MARKED_ON_INSET: Final = 8


@frozen(kw_only=True)
class DemoSchool:
    """A synthetic secondary school over two academic years.

    Attributes:
        size: Pupils on roll on the first day of each year; a few more pass through.
        slots: The school's open sessions, in order.
        pages: Decided marks, one page an enrolment, in the order of the pupils.
        truth: What the generator counted while it made the marks, as plain data.
    """

    size: int
    seed: int
    calendar: CalendarDocument = field(repr=False)
    slots: tuple[Slot, ...] = field(repr=False)
    pupils: tuple[DemoPupil, ...] = field(repr=False)
    pages: tuple[EnrolmentPage, ...] = field(repr=False)
    truth: dict[str, Any] = field(repr=False)


def make_school(*, pupils: int = 600, seed: int = 1, progress: Callable[[int, int], None] | None = None) -> DemoSchool:
    """Invent a school; equal arguments give an equal school on every platform.

    Args:
        pupils: Pupils on roll on the first day of each of the two years.
        seed: Any whole number.
        progress: Called with (pupils done, pupils in all) after each pupil.

    Raises:
        InputError: If there would be no pupil.

    >>> make_school(pupils=1).truth["periods"]["2024/25"]["enrolments"]["due"]
    1
    """
    if pupils < 1:
        raise InputError.of("pupils", f"{pupils} pupils make no school", "a whole number from 1", "Ask for more pupils")
    calendar = demo_calendar()
    slots = open_slots(calendar)
    days = school_days(slots)
    people = make_pupils(pupils, seed, days)
    untaken = untaken_registers(people, slots, seed)
    ledger = Ledger(slots)
    pages = []
    for number, pupil in enumerate(people):
        dice = Dice(f"{seed}/marks/{number}")
        for span in pupil.enrolments:
            page = Page(slots, days, span)
            codes = decide(page, pupil, untaken, dice)
            closed: tuple[tuple[date, str], ...] = ()
            if number < _MARKED_ON_INSET and MARKED_INSET in span:
                closed = ((MARKED_INSET, "AM"), (MARKED_INSET, "PM"))
            decided = EnrolmentPage(
                pupil=number,
                span=span,
                first=page.first,
                codes=codes,
                minutes=minutes_of(codes, dice),
                closed=closed,
            )
            ledger.add(decided, pupil)
            pages.append(decided)
        if progress is not None:
            progress(number + 1, len(people))
    truth = {
        "about": {
            "school": SCHOOL_ID,
            "pupils_asked": pupils,
            "seed": seed,
            "pupils": len(people),
            "enrolments": len(pages),
            "unit": "the enrolment: school, pupil and start date",
            "years": list(YEARS),
        },
        "rows": _rows(pages),
        "planted": _planted(people),
        "periods": ledger.close(),
    }
    return DemoSchool(
        size=pupils, seed=seed, calendar=calendar, slots=slots, pupils=people, pages=tuple(pages), truth=truth
    )


def _rows(pages: list[EnrolmentPage]) -> dict[str, int]:
    """Count the rows of the marks file: all, with a code, without mark."""
    dashes = sum(page.codes.count("-") for page in pages)
    gaps = sum(page.codes.count("") for page in pages)
    written = sum(len(page.codes) + len(page.closed) for page in pages) - gaps
    return {"written": written, "coded": written - dashes, "no_mark": dashes}


def _planted(people: tuple[DemoPupil, ...]) -> dict[str, Any]:
    roles: dict[str, list[str]] = {}
    for pupil in people:
        if pupil.habits.role:
            roles.setdefault(pupil.habits.role, []).append(pupil.pupil_id)
    return {
        "roles": roles,
        "site_closed": SITE_CLOSED.isoformat(),
        "marked_inset": MARKED_INSET.isoformat(),
    }
