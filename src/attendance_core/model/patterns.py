"""Patterns: signs in which an enrolment stands out from its whole school."""

from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.selections import RuleUnit, Selection, Window


class Sign(StrEnum):
    """The patterns that the library defines. Each compares an enrolment with all enrolments of its school.

    Every sign is a share, or a difference of two shares, of the enrolment; the same of the whole school is the
    baseline. All definitions are this library's own.
    """

    WEEKDAY = "weekday"
    """Share of selected among possible sessions on one weekday, minus that on the other weekdays. All five are looked
    at; of those that meet the rule the one with the most selected sessions is told (the earliest of equals)."""
    NEXT_TO_BREAK = "next-to-break"
    """The same for the last school day before and the first after more than four days without school, minus that on
    all other days."""
    BROKEN_WEEKS = "broken-weeks"
    """Share of the enrolment's school weeks that were broken: with a selected and an attended session."""
    SPELLS = "spells"
    """Spells of selected sessions (see the measure ``spells``), cut to the window, for each of the enrolment's school
    weeks."""
    FALL = "fall"
    """Share of selected among possible sessions in the half term of the day asked about, minus that in the half term
    before it."""
    GROWTH = "growth"
    """The same in the rolling window up to the day asked about, minus that in the window of the same length before,
    which ends with the last school day before it."""


@frozen(kw_only=True)
class PatternRule:
    """Pattern against a baseline: a sign stands out by so many percentage points from the school's own.

    Met where the enrolment has at least ``at_least`` items, at least ``minimum_possible`` possible sessions (weeks
    for signs of weeks) on each side of the comparison, and its sign is ``points`` or more percentage points above the
    school's; compared by whole numbers, never by rounded shares. Other pupils can change the answer: it is a baseline
    of all.

    An episode begins with the first day of the window, or of the half term (of the academic year: its first school
    day), and is met on the day asked about.

    Attributes:
        unit: sessions, or weeks for broken weeks and spells.
        select: What counts.
        sign: What is compared.
        at_least: Items that the enrolment must have: its minimum of evidence.
        points: Percentage points above the school's own.
        minimum_possible: Possible sessions (weeks) needed on each side.
        window: A rolling window; None: the academic year so far. ``fall`` has none, ``growth`` needs one.
    """

    unit: RuleUnit
    select: Selection
    sign: Sign
    at_least: int
    points: int
    minimum_possible: int
    window: Window | None = None

    def __attrs_post_init__(self) -> None:
        faults = []
        wanted = RuleUnit.WEEKS if self.sign in (Sign.BROKEN_WEEKS, Sign.SPELLS) else RuleUnit.SESSIONS
        if self.unit is not wanted:
            faults.append(
                Fault("unit", f"{self.sign.value} is counted in {wanted.value}", wanted.value, f"Write {wanted.value}")
            )
        if not self.select:
            faults.append(Fault("select", "selects no mark", "codes or groups", "Say what counts"))
        faults += [
            Fault(name, f"{number} is no evidence for a pattern", "1 or more", "Give a minimum")
            for name, number in (("at_least", self.at_least), ("minimum_possible", self.minimum_possible))
            if number < 1
        ]
        if not 0 <= self.points <= 100:
            faults.append(
                Fault("points", f"{self.points} is no difference of shares", "0 to 100", "Give percentage points")
            )
        if self.sign is Sign.FALL and self.window is not None:
            faults.append(Fault("window", "half terms are not windows", "no window", "Remove it"))
        if self.sign is Sign.GROWTH and self.window is None:
            faults.append(Fault("window", "is missing: growth compares two windows", "a window", "Add it"))
        if faults:
            raise DocumentError(*faults)
