"""What holds on the first day of an absence, as dated and cited data."""

from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol, TypeVar

import narwhals.stable.v2 as nw
from attrs import frozen

from attendance_core.dates import DateRange
from attendance_core.documents.loader import load_toml
from attendance_core.engine import collect
from attendance_core.measures.periods import within
from attendance_core.model.marks import CODE, DATE, NUMBER, PUPIL, SCHOOL
from attendance_core.model.sources import Citation
from attendance_core.register.register import Register


class _Dated(Protocol):
    @property
    def in_force_from(self) -> date: ...


V = TypeVar("V", bound=_Dated)


@frozen(kw_only=True)
class Unexplained:
    """Which codes say that no reason for an absence is known.

    Attributes:
        codes: Absence without a known reason.
        open: Those of them whose reason is still to be found out.
    """

    in_force_from: date
    codes: tuple[str, ...]
    open: tuple[str, ...]
    last_checked_on: date
    cites: tuple[Citation, ...]


@frozen(kw_only=True)
class ToldOf:
    """Who is told of unexplained absence, and for whom.

    Attributes:
        statuses: Why a child has a social worker, in the words of the ledger.
        whom: Who is told.
    """

    in_force_from: date
    statuses: tuple[str, ...]
    whom: tuple[str, ...]
    last_checked_on: date
    cites: tuple[Citation, ...]


@frozen(kw_only=True)
class ContactsNeeded:
    """How many emergency contacts a pupil needs.

    Attributes:
        confirm_days: For how many days a contact is good after it was confirmed, where nobody says otherwise.
    """

    in_force_from: date
    at_least: int
    confirm_days: int
    last_checked_on: date
    cites: tuple[Citation, ...]


@frozen(kw_only=True)
class FirstDayDocument:
    """The form of ``first_day.toml``; each list has its versions, earliest first."""

    unexplained: tuple[Unexplained, ...]
    told: tuple[ToldOf, ...]
    contacts: tuple[ContactsNeeded, ...]


@cache
def load_first_day() -> FirstDayDocument:
    """Read the file that is shipped.

    Raises:
        DocumentError: With every fault of the file.
    """
    path = Path(str(resources.files("attendance_core"))) / "support" / "first_day.toml"
    return load_toml(path, FirstDayDocument)


def in_force(versions: tuple[V, ...], on: date) -> V:
    """Return the version of a day; of a day before all of them, the first."""
    held = [one for one in versions if one.in_force_from <= on]
    return held[-1] if held else versions[0]


def unexplained_days(register: Register, pupils: tuple[str, ...], as_of: date) -> "nw.DataFrame[Any]":
    """List the days on which pupils were away, up to a day, and no reason is known: school_id, pupil_id, date."""
    codes = in_force(load_first_day().unexplained, as_of).codes
    people = register.enrolments.filter(nw.col(PUPIL).is_in(list(pupils))).select(NUMBER, SCHOOL, PUPIL)
    marks = register.marks.filter(
        within(DateRange(date.min, as_of), register.marks),
        nw.col(NUMBER).is_in(people[NUMBER].to_list()),
        nw.col(CODE).is_in(list(codes)),
    )
    days = collect(marks.select(NUMBER, nw.col(DATE).cast(nw.Date)).unique())
    return days.join(people, on=NUMBER, how="inner").select(SCHOOL, PUPIL, DATE).unique().sort(SCHOOL, PUPIL, DATE)
