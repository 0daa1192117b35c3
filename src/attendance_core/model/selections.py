"""Selections: which marks a rule counts, in what unit, and over which days."""

from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.codes import StatGroup


class RuleUnit(StrEnum):
    """What a rule counts in."""

    SESSIONS = "sessions"
    """Single sessions: half days."""
    DAYS = "days"
    """Whole school days: every possible session of the day is selected (setting ``absent-day``)."""
    WEEKS = "weeks"
    """School weeks of an enrolment."""
    RECORDS = "records"
    """Side records."""
    POINTS = "points"
    """Points of a score."""


class WindowUnit(StrEnum):
    """What a rolling window is measured in."""

    SCHOOL_WEEKS = "school-weeks"
    """Weeks in which the enrolment's school holds at least one session, by its calendar (the day on which a week
    begins is the setting ``school-week-begins``). Others are skipped. A rule of the kind ``count`` also skips, for an
    enrolment, a week in which every open session of the calendar is marked # or Z for it, and under the setting
    ``cancelled-week`` one marked #, Z or Y4 alone; rates and patterns keep to the school's weeks."""
    SCHOOL_DAYS = "school-days"
    """Days on which the school holds a session, by its calendar."""
    CALENDAR_DAYS = "calendar-days"
    """All days."""


@frozen(kw_only=True)
class Window:
    """A rolling window: so many weeks or days that follow each other.

    Attributes:
        length: How many.
        of: Of what.
    """

    length: int
    of: WindowUnit

    def __attrs_post_init__(self) -> None:
        if self.length < 1:
            raise DocumentError(
                Fault("length", f"a window of {self.length} holds nothing", "1 or more", "Give the window a length")
            )

    @property
    def most_days(self) -> int:
        """Days that it can hold."""
        return self.length * (7 if self.of is WindowUnit.SCHOOL_WEEKS else 1)

    def __str__(self) -> str:
        unit = self.of.value.replace("-", " ")
        return f"{self.length} {unit if self.length > 1 else unit.removesuffix('s')}"


class Since(StrEnum):
    """Where a count that has no rolling window begins."""

    ACADEMIC_YEAR = "academic-year"
    """1 August before the day asked about."""
    FIRST_WEEK = "first-week"
    """The first school week of the academic year in which the enrolment has a possible session, and no other. A
    concern about it is open for six school weeks, that one included."""
    ENROLMENT = "enrolment"
    """The enrolment's first mark."""


class Horizon(StrEnum):
    """How far a rate looks."""

    SO_FAR = "so-far"
    """Selected sessions over possible sessions, both up to the day asked about."""
    YEAR_CERTAIN = "year-certain"
    """Selected sessions so far over the year's possible sessions: those so far, those that were open for the enrolment
    and still lack a mark, and all that the calendar still holds for it. What is met will stay met if no further
    session is missed, whatever is entered late."""
    YEAR_PROJECTED = "year-projected"
    """Selected sessions so far, and those to come if the rate of the recent window goes on, over the year's."""


@frozen(kw_only=True)
class Selection:
    """Which marks a rule counts: those with one of the codes, and those of one of the groups in statistics.

    Attributes:
        codes: Codes, as the register spells them.
        groups: Groups of `StatGroup`, such as authorised and unauthorised.
    """

    codes: tuple[str, ...] = ()
    groups: tuple[StatGroup, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.codes or self.groups)

    def __str__(self) -> str:
        words = [group.value.replace("-", " ") + (" absence" if group.absent else "") for group in self.groups]
        if set(self.groups) == {StatGroup.AUTHORISED, StatGroup.UNAUTHORISED, StatGroup.UNCLASSIFIED}:
            words = ["absence of any kind"]
        codes = f"{'code' if len(self.codes) == 1 else 'codes'} {', '.join(self.codes)}" if self.codes else ""
        return " or ".join([codes, *words] if codes else words)
