"""Rules that count marks: rates, counts in a window, unbroken runs, totals, codes that should not stay.

Each kind counts **items** (sessions or whole days) of a **selection** of marks; how is said in its class, and `policy`
works it out over lazy frames.
"""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.selections import Horizon, RuleUnit, Selection, Since, Window
from attendance_core.model.side_records import SideRecord


@frozen(kw_only=True)
class RateRule:
    """Rate over a window: the share of possible sessions that is selected.

    Judged on the day asked about: 100 x selected >= at_least x possible, in whole numbers (> where ``strict``), and
    below ``below`` where it is given. An enrolment without a possible session, or with fewer than
    ``minimum_possible``, is left out, and so is one without a selected session. The concern is open (but see
    ``first-week``), and met on the day asked about. Possible sessions are attended and absent ones, and coronavirus
    marks where the profile says so; a selected session that is not possible counts nowhere.

    The window is ``since`` or a rolling ``window`` that ends with the week or day asked about. With a ``horizon`` of
    a whole year the calendar must reach the year's end, else the rule is not checked; then the concern also says how
    many sessions may still be missed: the most that leave the year's rate below the limit. The projected rate of an
    enrolment with fewer than ``minimum_possible`` sessions in the ``recent`` window is not judged.

    An episode begins with the first day of the window (of the academic year: its first school day by the calendar; of
    an enrolment: its start) and ends with the day asked about. That of a first week runs from the enrolment's first
    possible day in it to its last. A window of school weeks begins with the first day of its first week.

    Attributes:
        unit: Must be sessions.
        select: What counts.
        at_least: Percent of possible sessions, a whole number.
        below: Percent at which another rule takes over; None: no upper limit.
        since: Where the window begins.
        window: A rolling window instead.
        horizon: Whether the year still to come is counted in.
        recent: The window whose rate is carried forward; only with ``year-projected``.
        minimum_possible: Fewer possible sessions in the window are not judged.
        strict: The limit itself does not meet the rule.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    below: int | None = None
    since: Since | None = None
    window: Window | None = None
    horizon: Horizon = Horizon.SO_FAR
    recent: Window | None = None
    minimum_possible: int = 1
    strict: bool = False

    def __attrs_post_init__(self) -> None:
        faults = []
        if self.unit is not RuleUnit.SESSIONS:
            faults.append(Fault("unit", f"a rate is of sessions, not {self.unit.value}", "sessions", "Write sessions"))
        if not self.select:
            faults.append(Fault("select", "selects no mark", "codes or groups", "Say what counts"))
        if not 0 < self.at_least <= 100:
            faults.append(Fault("at_least", f"{self.at_least} % is no limit", "1 to 100", "Correct the limit"))
        if self.below is not None and self.below <= self.at_least:
            faults.append(
                Fault(
                    "below",
                    f"{self.below} is not above {self.at_least}: the rule can never fire",
                    f"more than {self.at_least}",
                    "Raise it",
                )
            )
        if self.minimum_possible < 1:
            what = f"{self.minimum_possible} is no number of sessions that a rate could be of"
            faults.append(Fault("minimum_possible", what, "1 or more", "Correct it, or leave it out"))
        if (self.since is None) == (self.window is None):
            faults.append(Fault("since", "since or window, one of the two, is needed", "since or window", "Give one"))
        for name, window in (("window", self.window), ("recent", self.recent)):
            if window is not None and self.minimum_possible > 2 * window.most_days:
                faults.append(
                    Fault(
                        "minimum_possible",
                        f"{name}, {window}, holds at most {2 * window.most_days} sessions: the rule can never fire",
                        f"up to {2 * window.most_days}",
                        "Lower the number or widen the window",
                    )
                )
        if self.horizon is not Horizon.SO_FAR and self.since is not Since.ACADEMIC_YEAR:
            faults.append(
                Fault("horizon", "a year's end needs the year's beginning", 'since = "academic-year"', "Correct since")
            )
        if (self.horizon is Horizon.YEAR_PROJECTED) != (self.recent is not None):
            faults.append(
                Fault("recent", "goes with year-projected, and only with it", "a recent window", "Add or remove it")
            )
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class CountRule:
    """Count in a rolling window: so many items within a window that may lie anywhere up to the day asked about.

    Every window that ends with an item is looked at. Items that lie together in a window with at least ``at_least``
    of them belong to one **episode**; two such windows that share an item make one episode; on one day it is always
    the same. The rule is met on the day of the item that first completes a window, and is open while the window that
    ends on the day asked about still holds enough.

    Items before ``counts_from`` do not count. With ``uses = "notices"`` and notices given, items that a notice which
    was not withdrawn has counted (from its ``start`` to its ``end``) are used up (setting ``notice-marks``), and an
    enrolment with ``limit`` such notices within ``limit_years`` years is told apart. Where removing marks of
    ``provisional`` codes leaves no full window in the episode, the concern is *provisional*: met only if they stand.
    A notice without a ``start`` has counted from the beginning, one without an ``end`` to its own day; one that was
    issued after the day asked about is not known yet.

    Attributes:
        unit: sessions or days.
        select: What counts.
        at_least: How many items.
        window: Within what.
        counts_from: First day whose marks count.
        provisional: Codes that may yet be replaced.
        uses: The side record whose entries use marks up.
        limit: So many of them at most.
        limit_years: Within so many years.
        minutes: Also say how many minutes late the counted marks give, where the register has them.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    window: Window
    counts_from: date | None = None
    provisional: tuple[str, ...] = ()
    uses: SideRecord | None = None
    limit: int | None = None
    limit_years: int | None = None
    minutes: bool = False

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, self.at_least)
        most = self.window.most_days * (2 if self.unit is RuleUnit.SESSIONS else 1)
        if self.at_least > most:
            faults.append(
                Fault(
                    "at_least",
                    f"{self.window} hold at most {most} {self.unit.value}: the rule can never fire",
                    f"up to {most}",
                    "Lower the number or widen the window",
                )
            )
        if set(self.provisional) - set(self.select.codes):
            faults.append(
                Fault("provisional", "names a code that is not counted", "codes of select", "Count it, or remove it")
            )
        if (self.limit is None) != (self.limit_years is None) or (self.limit is not None and self.uses is None):
            faults.append(
                Fault("limit", "limit, limit_years and uses go together", "all three or none", "Complete them")
            )
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class RunRule:
    """Unbroken run: so many selected items that follow each other.

    A possible session that is not selected breaks a run. What else does is the setting ``run-interruption``: by
    default sessions that were not possible for the pupil (codes such as Q, Y1 to Y7, X, D, #) and sessions without a
    mark neither count nor break; the other choice lets any other session of the calendar, marked otherwise or not at
    all, break it; then a day counts only if every open session of it is selected, a mark on a day that the calendar
    has closed neither counts nor breaks, and who has left is in no run any more. An **episode** is one run. The rule
    is met on the day of the item that completes the number, and is open while the run is the enrolment's last and
    nothing has broken it.

    Attributes:
        unit: sessions or days.
        select: What counts.
        at_least: How many items.
        counts_from: First day whose marks count.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    counts_from: date | None = None

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, self.at_least)
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class CumulativeRule:
    """Cumulative since a date: so many items in all, however they lie.

    With ``since = "academic-year"`` every academic year of the register is an **episode** of its own, from its first
    item; with ``enrolment`` or a date there is one. The rule is met on the day of the item that completes the number;
    it is open while its year is that of the day asked about, and for good where no year bounds it.

    Attributes:
        unit: sessions or days.
        select: What counts.
        at_least: How many items.
        since: Where counting begins: academic-year or enrolment.
        since_date: A day to count from instead.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    since: Since | None = None
    since_date: date | None = None

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, self.at_least)
        if (self.since is None) == (self.since_date is None):
            faults.append(
                Fault("since", "since or since_date, one of the two, is needed", "one of them", "Give just one")
            )
        if self.since is Since.FIRST_WEEK:
            faults.append(
                Fault("since", "first-week is for rates", "academic-year or enrolment", "Choose one, or make it a rate")
            )
        if faults:
            raise DocumentError(*faults)


class DayKind(StrEnum):
    """Which days a deadline is counted in."""

    SCHOOL_DAYS = "school-days"
    """Days on which the school holds a session."""
    WEEKDAYS = "weekdays"
    """Monday to Friday, holidays included."""


@frozen(kw_only=True)
class UnresolvedRule:
    """Unresolved code: marks whose code should have been replaced by now.

    A mark is overdue when more than ``after`` days of the kind given have passed since its own: with ``after = 5``
    and school days, a mark of Monday is overdue on the Tuesday of the week after, not before. One concern an
    enrolment, from its first overdue mark to its last, met on the day asked about; marks that are not yet overdue are
    not in it.

    Attributes:
        unit: Must be sessions.
        select: The codes that should not stay.
        after: How many days are allowed after the mark's own.
        days: Which days.
    """

    unit: RuleUnit
    select: Selection
    after: int
    days: DayKind = DayKind.SCHOOL_DAYS

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, 1)
        if self.unit is not RuleUnit.SESSIONS:
            faults.append(Fault("unit", "unresolved codes are counted in sessions", "sessions", "Write sessions"))
        if self.after < 0:
            faults.append(
                Fault("after", f"{self.after} lies before the mark", "0 or more", "Say how many days are allowed")
            )
        if faults:
            raise DocumentError(*faults)


def _items_faults(unit: RuleUnit, select: Selection, at_least: int) -> list[Fault]:
    """Return what is wrong with a rule that counts sessions or days."""
    faults = []
    if unit not in (RuleUnit.SESSIONS, RuleUnit.DAYS):
        faults.append(Fault("unit", f"{unit.value} are not counted here", "sessions or days", "Choose one"))
    if not select:
        faults.append(Fault("select", "selects no mark", "codes or groups", "Say what counts"))
    if at_least < 1:
        faults.append(Fault("at_least", f"{at_least} is met by everybody", "1 or more", "Say how many are needed"))
    return faults
