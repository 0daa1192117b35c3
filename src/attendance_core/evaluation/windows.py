"""Windows: the school weeks before help began and after, counted in sessions of the school's own calendar.

A window is made of whole school weeks, the number whose open sessions come nearest to what is wanted. Weeks without an
open session are none, so that no window lies over a closure; a week in the midst of which help began belongs to
neither window.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.model.impact import ImpactChoices
from attendance_core.model.marks import DATE, SCHOOL

Frame = nw.DataFrame[Any]


@frozen(kw_only=True)
class SchoolWeek:
    """A week in which a school was open.

    Attributes:
        monday: Its Monday.
        first: Its first open day.
        last: Its last open day.
        sessions: Its open sessions.
    """

    monday: date
    first: date
    last: date
    sessions: int


@frozen(kw_only=True)
class Windows:
    """The windows of help that began on days with the same weeks before and after; all are ranges of school weeks.

    Attributes:
        earlier: The first part of the window before; empty where the register begins too late for it.
        lately: Its last part.
        after: The window after.
        held: The last weeks of the window after.
        placebo: The window that ends where the window before begins; empty where there is none.
        years: How many academic years the windows before and after lie in.
        short: Whether the window before or after is shorter than wanted.
    """

    earlier: range
    lately: range
    after: range
    held: range
    placebo: range
    years: int = field(eq=False)
    short: bool = field(eq=False)

    @property
    def before(self) -> range:
        """The whole window before."""
        return range(self.earlier.start, self.lately.stop)


def school_weeks(calendar: Frame, school: str, first: date, last: date) -> tuple[SchoolWeek, ...]:
    """List a school's weeks that lie wholly between two days.

    Args:
        calendar: `Calendars.frame`.
        school: The school.
        first: First day with marks.
        last: Last day that counts.
    """
    weeks = (
        calendar.filter(nw.col(SCHOOL) == school)
        .group_by("week")
        .agg(nw.col(DATE).min().alias("first"), nw.col(DATE).max().alias("last"), nw.len().alias("sessions"))
        .filter(nw.col("first") >= first, nw.col("last") <= last)
        .sort("week")
    )
    return tuple(
        SchoolWeek(monday=monday, first=opens, last=closes, sessions=int(sessions))
        for monday, opens, closes, sessions in weeks.select("week", "first", "last", "sessions").iter_rows()
    )


def place(weeks: Sequence[SchoolWeek], start: date) -> tuple[int, int]:
    """Say where help that began on a day lies: after how many whole weeks, and from which week on.

    >>> day = date(2025, 9, 3)  # a Wednesday
    >>> week = SchoolWeek(monday=date(2025, 9, 1), first=date(2025, 9, 1), last=date(2025, 9, 5), sessions=10)
    >>> place([week], day), place([week], date(2025, 9, 1)), place([week], date(2025, 9, 6))
    ((0, 1), (0, 0), (1, 1))
    """
    return bisect_left([week.last for week in weeks], start), bisect_left([week.first for week in weeks], start)


def windows_at(weeks: Sequence[SchoolWeek], at: tuple[int, int], choices: ImpactChoices) -> Windows | None:
    """Return the windows around help; None where one of them would be shorter than the fewest sessions.

    Args:
        weeks: The school's weeks, earliest first.
        at: Where the help lies (`place`).
        choices: How many sessions are wanted.
    """
    ends, begins = at
    sessions = [week.sessions for week in weeks]
    lately = _reach(sessions, ends, choices.lately, -1)
    earlier = _reach(sessions, lately, choices.before - choices.lately, -1)
    after = _reach(sessions, begins, choices.after, 1)
    before_sessions, after_sessions = sum(sessions[earlier:ends]), sum(sessions[begins:after])
    if min(before_sessions, after_sessions) < choices.sessions:
        return None
    placebo = _reach(sessions, earlier, choices.placebo, -1)
    if 2 * sum(sessions[placebo:earlier]) < choices.placebo:
        placebo = earlier
    # Half a week is as near as whole weeks come.
    half = max(sessions[earlier:ends] + sessions[begins:after]) / 2
    return Windows(
        earlier=range(earlier, lately),
        lately=range(lately, ends),
        after=range(begins, after),
        held=range(max(begins, after - choices.held), after),
        placebo=range(placebo, earlier),
        years=len({AcademicYear.of(weeks[index].first) for index in (earlier, after - 1)}),
        short=choices.before - before_sessions > half or choices.after - after_sessions > half,
    )


def _reach(sessions: Sequence[int], start: int, wanted: int, step: int) -> int:
    """Return the edge of a window that goes from an edge over whole weeks, as near to the sessions wanted as can be."""
    edge, held = start, 0
    while 0 <= (following := edge if step > 0 else edge - 1) < len(sessions):
        more = sessions[following]
        if held + more - wanted > wanted - held:
            break
        held += more
        edge += step
    return edge
