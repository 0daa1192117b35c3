"""Measures as data: numerator, denominator, unit, citation."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.model.figures import Unit
from attendance_core.model.sources import Citation


class MeasureKind(StrEnum):
    """How a measure is worked out; a small closed set."""

    RATIO = "ratio"
    """100 x sum of numerator sessions / sum of denominator sessions, pooled."""
    SHARE = "share"
    """100 x enrolments that meet the threshold / enrolments with possible sessions."""
    COUNT = "count"
    """Sum of numerator sessions."""
    DAYS = "days"
    """Sum of numerator sessions / 2."""
    DAYS_EACH = "days-each"
    """Sum of numerator sessions / 2 / enrolments with possible sessions."""
    ENROLMENTS = "enrolments"
    """Number of enrolments that meet the threshold."""
    MINUTES = "minutes"
    """Sum of the minutes late that the register gives."""
    SPELLS = "spells"
    """Number of spells of absence, of at least ``at_least`` sessions."""
    LESSONS = "lessons"
    """As RATIO, over lesson marks: never mixed with sessions."""


@frozen(kw_only=True)
class Band:
    """Absence between two percentages of possible sessions, decided in whole numbers.

    An enrolment is in the band when ``absent * 100 >= possible * at_least`` and, where ``below`` is given,
    ``absent * 100 < possible * below``.

    >>> Band(at_least=10).holds(absent=19, possible=190)
    True
    """

    at_least: int
    below: int | None = None

    def holds(self, *, absent: int, possible: int) -> bool:
        """Decide for one enrolment, with integers alone."""
        scaled = absent * 100
        return scaled >= possible * self.at_least and (self.below is None or scaled < possible * self.below)


@frozen(kw_only=True)
class Measure:
    """A definition that the library computes, the same on every engine.

    Attributes:
        numerator: Tally columns that are added up (see ``measures.tallies``).
        denominator: Tally columns of the denominator; empty for plain counts.
        band: The threshold of SHARE and ENROLMENTS measures.
        per_code: The numerator is one code, named behind the measure's id.
        at_least: Shortest spell that a SPELLS measure counts, in sessions.
        better: ``higher`` or ``lower``, for the words of a comparison; empty where neither is.
        benchmark: Name of the comparator's value for this measure; empty where none is published.
    """

    id: str
    title: str
    kind: MeasureKind
    unit: Unit
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    band: Band | None = None
    per_code: bool = False
    at_least: int = 0
    better: str = ""
    definition: str
    numerator_means: str
    denominator_means: str = ""
    benchmark: str = ""
    cites: tuple[Citation, ...]
    last_checked_on: date
