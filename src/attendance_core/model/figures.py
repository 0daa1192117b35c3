"""Figures: a value that says what it counts, over whom, when, and under which definitions."""

import re
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.errors import DocumentError, Fault, FigureIdError
from attendance_core.model.profiles import NotChecked
from attendance_core.model.sources import Citation


class Unit(StrEnum):
    """What a figure's value is counted in."""

    PERCENT = "percent"
    SESSIONS = "sessions"
    DAYS = "days"
    ENROLMENTS = "enrolments"
    SPELLS = "spells"
    MINUTES = "minutes"
    LESSONS = "lessons"


_ID = re.compile(
    r"(?P<measure>[a-z][a-z0-9-]*(?:\.[^/@]+)?)/(?P<population>[^/@]+)/"
    r"(?P<start>\d{4}-\d\d-\d\d)\.\.(?P<end>\d{4}-\d\d-\d\d)(?:@(?P<slot>[A-Za-z]+(?:-(?:AM|PM))?|AM|PM))?/(?P<profile>[a-z0-9-]+)"
)


def _told(population: str) -> str:
    """A population for a repr: an enrolment's id, which holds a pupil's, stays out."""
    return repr(re.sub(r"enrolment=.*", "enrolment=...", population, flags=re.DOTALL))


@frozen(kw_only=True)
class FigureId:
    """A figure's name, from which the register can rebuild it.

    Spelled ``measure/population/first..last/profile``; a ``.code`` behind the measure narrows it to one code,
    a ``@Monday-AM`` behind the period to one slot of the week. A population is ``all``, a cohort (``fsm``), a
    value of a dimension (``year-group=7``), an intersection (``fsm+sen-support``), its complement
    (``not:fsm``), or one enrolment (``enrolment=...``).

    >>> str(FigureId.parse("attendance/fsm/2025-09-01..2025-12-19/year-to-date").period)
    '2025-09-01..2025-12-19'
    """

    measure: str
    population: str = field(default="all", repr=_told)
    period: DateRange
    profile: str
    slot: str = ""

    def __str__(self) -> str:
        slot = f"@{self.slot}" if self.slot else ""
        population = self.population.replace("%", "%25").replace("/", "%2F").replace("@", "%40")
        measure = self.measure.replace("./", ".%2F")
        return f"{measure}/{population}/{self.period}{slot}/{self.profile}"

    @classmethod
    def parse(cls, text: str) -> "FigureId":
        """Read an id back.

        Raises:
            FigureIdError: If the text is no figure id.
        """
        match = _ID.fullmatch(text.strip())
        try:
            period = None if match is None else DateRange(*map(date.fromisoformat, match.group("start", "end")))
        except (ValueError, DocumentError):
            period = None
        if match is None or period is None:
            raise FigureIdError(
                Fault(
                    # The id of an enrolment's figure holds a pupil's id.
                    "figure id" if "enrolment" in text else repr(text),
                    "is no figure id",
                    "measure/population/first..last/profile, as in attendance/all/2025-09-01..2026-07-17/year-to-date",
                    "Copy it from a report's list of figures",
                )
            )
        return cls(
            measure=match["measure"].replace("%2F", "/"),
            population=match["population"].replace("%40", "@").replace("%2F", "/").replace("%25", "%"),
            period=period,
            slot=match["slot"] or "",
            profile=match["profile"],
        )


class ComparisonKind(StrEnum):
    """What a figure is held against."""

    TARGET = "target"
    LAST_YEAR = "last-year"
    NATIONAL = "national"
    REGION = "region"
    AUTHORITY = "authority"
    REST = "rest"
    """Everybody else in the same school or group of schools."""


@frozen(kw_only=True)
class Comparison:
    """Another value beside a figure, with where it comes from.

    Attributes:
        value: In the figure's own unit; None where it is not available.
        difference: Figure minus this value (percentage points for percentages); None where either is missing.
        provisional: Marked so by its publisher.
        note: Why there is none, or what to mind.
    """

    kind: ComparisonKind
    label: str
    value: float | None
    difference: float | None = None
    period: str = ""
    source: str = ""
    provisional: bool = False
    note: str = ""


@frozen(kw_only=True)
class Figure:
    """A value with its counts.

    Attributes:
        value: In ``unit`` (percent, not fraction); None where nothing was possible.
        numerator: Sessions, enrolments, ... counted; None for a figure that is no count or ratio.
        denominator: What the numerator is out of; None for plain counts.
        enrolments: How many enrolments stand behind the figure (with at least one possible session).
        small: The denominator is small: read with care.
        provisional: Includes marks that are still to be settled (code N) or a comparator marked so.
        note: A sentence of context.
    """

    id: FigureId
    title: str
    unit: Unit
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    enrolments: int | None = None
    small: bool = False
    suppressed: bool = False
    comparisons: tuple[Comparison, ...] = ()
    note: str = ""

    @property
    def key(self) -> str:
        """The id as text."""
        return str(self.id)


@frozen(kw_only=True)
class Explanation:
    """What stands behind one figure; ``sessions`` are listed apart, as a frame.

    Attributes:
        not_checked: Clauses of the profile that the register cannot judge, and that are not applied.
    """

    figure: Figure
    definition: str
    numerator_means: str
    denominator_means: str
    population_means: str
    profile: str
    settings: tuple[tuple[str, str], ...]
    cites: tuple[Citation, ...]
    provider: str
    not_checked: tuple[NotChecked, ...] = ()
