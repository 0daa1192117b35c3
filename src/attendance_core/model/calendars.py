"""Calendars as a school writes them: terms, breaks, closures."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.dates import DateRange


class TermName(StrEnum):
    """The three terms."""

    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER = "summer"


class ClosureKind(StrEnum):
    """Why a school day has no session."""

    INSET = "inset"
    BANK_HOLIDAY = "bank-holiday"
    CLOSURE = "closure"
    POLLING = "polling"


@frozen(kw_only=True)
class Break:
    """Days inside a term without school: the half-term holiday, both days included.

    Attributes:
        start: First day of the break.
        end: Last day of the break.
    """

    start: date
    end: date

    @property
    def span(self) -> DateRange:
        """The days of the break."""
        return DateRange(self.start, self.end)


@frozen(kw_only=True)
class Term:
    """One term, both days included; at most one half-term break divides it into two halves.

    Attributes:
        name: Which term.
        start: First day of the term.
        end: Last day of the term.
        half_term: The break inside it; without one the term has a first half only.
    """

    name: TermName
    start: date
    end: date
    half_term: Break | None = None

    @property
    def span(self) -> DateRange:
        """The days of the term."""
        return DateRange(self.start, self.end)


@frozen(kw_only=True)
class Closure:
    """A planned closure: one day, or one session of it.

    Attributes:
        date: The day.
        kind: Why there is no session.
        name: What it is called, as in a bank holiday's name.
    """

    date: date
    kind: ClosureKind = ClosureKind.CLOSURE
    name: str = ""
    session: str | None = None
    """AM or PM where only that session is closed."""


@frozen(kw_only=True)
class CalendarDocument:
    """A school's calendar.

    Attributes:
        school: The school's id; empty for every school that has no calendar of its own.
        terms: The terms, in order and without overlap.
        closures: Days or sessions inside terms without school.
        weekend: Weekdays that are never school days.
        inferred: Worked out from the marks, and then said so.
    """

    school: str = ""
    title: str = ""
    terms: tuple[Term, ...] = field(factory=tuple)
    closures: tuple[Closure, ...] = field(factory=tuple)
    weekend: tuple[str, ...] = ("Saturday", "Sunday")
    inferred: bool = False
