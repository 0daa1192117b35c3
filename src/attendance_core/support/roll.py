"""The roll: who is on it on a day, and which ledger is whose."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from attrs import field, frozen

from attendance_core.dates import week_start
from attendance_core.errors import Fault, SupportError
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.marks import ENROLMENT, NUMBER, PUPIL, SCHOOL
from attendance_core.register.calendar import SchoolCalendar
from attendance_core.register.register import Register
from attendance_core.support.ledger import Ledger


@frozen(kw_only=True)
class OnRoll:
    """A pupil on roll.

    Attributes:
        who: Whose ledger is theirs; the school is left out where the register holds one alone.
        school_id: The school.
        enrolment_id: The enrolment that holds on the day.
        number: Its number in the register.
    """

    who: PupilKey
    school_id: str
    enrolment_id: str = field(repr=False)
    number: int = field(repr=False)


def on_roll(register: Register, as_of: date) -> tuple[OnRoll, ...]:
    """Return the pupils on roll on a day, by school and pupil; of two enrolments the one that began last."""
    alone = len(register.schools) == 1
    found: dict[tuple[str, str], OnRoll] = {}
    rows = register.enrolments.select(SCHOOL, PUPIL, ENROLMENT, NUMBER, "start", "end").sort(SCHOOL, PUPIL, "start")
    for school, pupil, enrolment, number, start, end in rows.iter_rows():
        if start <= as_of <= end:
            who = PupilKey(pupil_id=pupil, school_id="" if alone else school)
            found[school, pupil] = OnRoll(who=who, school_id=school, enrolment_id=enrolment, number=number)
    return tuple(found.values())


def ledgers_by_pupil(register: Register, ledgers: Iterable[Ledger]) -> Mapping[PupilKey, Ledger]:
    """Return ledgers by the keys that `on_roll` gives, also where they were begun with the one school's id.

    Raises:
        SupportError: If pupils of one school have two ledgers, with the school's id and without.
    """
    only = register.schools[0] if len(register.schools) == 1 else None
    found: dict[PupilKey, Ledger] = {}
    twice = 0
    for ledger in ledgers:
        who = ledger.who
        if who is None:
            continue
        if who.school_id == only:
            who = PupilKey(pupil_id=who.pupil_id)
        twice += who in found
        found[who] = ledger
    if twice:
        raise SupportError(
            Fault(
                "ledgers",
                f"{twice} pupils have two, one with the school's id and one without",
                "one for each pupil",
                "Give --school always or never, and write again what stands in the second",
            )
        )
    return found


def whole_weeks(calendar: SchoolCalendar, as_of: date) -> tuple[date, ...]:
    """Return the Mondays of the school weeks of which every day has been, latest first."""
    last: dict[date, date] = {}
    for day in calendar.days:
        last[week_start(day.date)] = day.date
    return tuple(sorted((monday for monday, day in last.items() if day <= as_of), reverse=True))


def week_end(monday: date) -> date:
    """Return the Sunday of a week."""
    return monday + timedelta(days=6)
