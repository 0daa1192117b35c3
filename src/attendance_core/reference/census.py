"""Census: whom and which days the statistics made from the school census speak of."""

from datetime import date, timedelta
from functools import cache

from attrs import frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.model.sources import Citation
from attendance_core.reference.locate import read_reference


@frozen(kw_only=True)
class CompulsoryAge:
    """The ages counted, on a day at the start of the school year."""

    youngest: int
    oldest: int
    month: int
    day: int
    cites: tuple[Citation, ...]
    last_checked_on: date

    def born(self, year: AcademicYear) -> DateRange:
        """Return the birthdays of those who are of these ages.

        >>> str(load_census().compulsory_age.born(AcademicYear(2025)))
        '2009-09-01..2020-08-31'
        """
        return self.born_at(year, self.youngest, self.oldest)

    def born_at(self, year: AcademicYear, youngest: int, oldest: int) -> DateRange:
        """Return the birthdays of those whose age lies between two ages, both included."""
        first = date(year.begins - oldest - 1, self.month, self.day) + timedelta(days=1)
        return DateRange(first, date(year.begins - youngest, self.month, self.day))


@frozen(kw_only=True)
class SmallSchool:
    """How few enrolments of compulsory age make a school too small."""

    fewer_than: int
    cites: tuple[Citation, ...]
    last_checked_on: date


@frozen(kw_only=True)
class SecondHalfSummer:
    """The last half term: from the spring bank holiday on.

    Attributes:
        moved: Spring bank holidays that were not on the last Monday of May.
    """

    moved: tuple[date, ...]
    last_month: int
    last_day: int
    cites: tuple[Citation, ...]
    last_checked_on: date

    def of(self, year: AcademicYear) -> DateRange:
        """Return its days in an academic year.

        >>> str(load_census().second_half_summer.of(AcademicYear(2025)))
        '2026-05-25..2026-07-31'
        """
        ends = year.begins + 1
        may = date(ends, 5, 31)
        monday = may - timedelta(days=may.weekday())
        start = next((day for day in self.moved if day.year == ends), monday)
        return DateRange(start, date(ends, self.last_month, self.last_day))


@frozen(kw_only=True)
class OldestYearGroup:
    """The year group that stands for the oldest age."""

    value: str
    cites: tuple[Citation, ...]
    last_checked_on: date


@frozen(kw_only=True)
class Census:
    """The form of ``census.toml``."""

    compulsory_age: CompulsoryAge
    small_school: SmallSchool
    second_half_summer: SecondHalfSummer
    oldest_year_group: OldestYearGroup


@cache
def load_census() -> Census:
    """Return the rules.

    Raises:
        DocumentError: With every fault of the file.
    """
    return read_reference("census.toml", Census)
