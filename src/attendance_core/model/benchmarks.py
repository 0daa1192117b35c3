"""Benchmarks: dated, cited figures published by somebody else."""

from datetime import date

from attrs import field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.model.sources import Citation


@frozen(kw_only=True)
class BenchmarkRow:
    """One area (or group) and phase of a release.

    Attributes:
        level: national, region or authority.
        code: The area's nine-character code.
        phase: primary, secondary, special or total.
        group: Empty for everybody; else a population of this library, as in ``year-group=7`` or ``fsm``.
        counts: Measure's tally column to sessions (possible, attended, authorised, unauthorised, late, ...).
        percent: Measure id to a percentage that was published and cannot be recomputed from counts.
    """

    level: str
    code: str
    name: str
    phase: str
    group: str = ""
    counts: dict[str, int] = field(factory=dict)
    percent: dict[str, float] = field(factory=dict)


@frozen(kw_only=True)
class BenchmarkRelease:
    """A release: one period, one status, one citation, many rows.

    Attributes:
        collection: The collection behind it; figures of two collections are never mixed.
        provisional: Marked so by the publisher.
    """

    id: str
    title: str
    collection: str
    academic_year: str
    start: date
    end: date
    published_on: date
    provisional: bool
    cites: tuple[Citation, ...]
    last_checked_on: date
    note: str = ""
    rows: tuple[BenchmarkRow, ...] = ()

    @property
    def period(self) -> DateRange:
        """The days that the release covers."""
        return DateRange(self.start, self.end)

    @property
    def year(self) -> AcademicYear:
        """The academic year that it belongs to."""
        return AcademicYear.parse(self.academic_year)
