"""Dates: inclusive ranges, academic years, school weeks. Never "today": the host says which day it is."""

from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, date, timedelta

from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from attendance_core.errors import DocumentError, Fault


@frozen(order=True)
class DateRange:
    """An inclusive range of days; ``end=None`` means that it has no end yet.

    >>> DateRange(date(2025, 9, 1), date(2025, 9, 2)).days
    2
    """

    start: date
    end: date | None = field(default=None)

    def __attrs_post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise DocumentError(
                Fault(f"{self.start}..{self.end}", "the range ends before it starts", "start <= end", "Swap the dates")
            )

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def __str__(self) -> str:
        return f"{self.start.isoformat()}..{self.end.isoformat() if self.end else ''}"

    @property
    def days(self) -> int:
        """Calendar days in the range.

        Raises:
            DocumentError: If the range has no end.
        """
        if self.end is None:
            raise DocumentError(Fault(str(self), "the range has no end", "a closed range", "Give its last day"))
        return (self.end - self.start).days + 1

    def overlaps(self, other: "DateRange") -> bool:
        """Say whether a day lies in both ranges."""
        return (self.end is None or other.start <= self.end) and (other.end is None or self.start <= other.end)

    def each_day(self) -> Iterator[date]:
        """Yield every calendar day of a closed range."""
        for offset in range(self.days):
            yield self.start + timedelta(days=offset)


#: The census counts the autumn term from 1 August (DfE methodology 2018, Table 6), so an academic year turns there.
ACADEMIC_YEAR_FIRST_MONTH = 8


@frozen(order=True)
class AcademicYear:
    """A school year named by the calendar year in which it begins.

    >>> str(AcademicYear.of(date(2026, 2, 1)))
    '2025/26'
    """

    begins: int

    @classmethod
    def of(cls, day: date) -> "AcademicYear":
        """Return the academic year that holds a day."""
        return cls(day.year if day.month >= ACADEMIC_YEAR_FIRST_MONTH else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> "AcademicYear":
        """Read ``2025/26``, ``2025-26``, ``202526`` or ``2025/2026``.

        Raises:
            DocumentError: If the text is no pair of years that follow each other.
        """
        digits = [character for character in text if character.isdecimal()]
        if len(digits) in (6, 8):
            begins = int("".join(digits[:4]))
            if MINYEAR <= begins < MAXYEAR and int("".join(digits[-2:])) == (begins + 1) % 100:
                return cls(begins)
        raise DocumentError(
            Fault(repr(text), "is no academic year", "two years that follow each other, as in 2025/26", "Rewrite it")
        )

    def __str__(self) -> str:
        return f"{self.begins}/{(self.begins + 1) % 100:02d}"

    @property
    def span(self) -> DateRange:
        """1 August to 31 July."""
        start = date(self.begins, ACADEMIC_YEAR_FIRST_MONTH, 1)
        return DateRange(start, start + relativedelta(years=1, days=-1))

    def back(self, years: int = 1) -> "AcademicYear":
        """Return an earlier academic year."""
        return AcademicYear(self.begins - years)


def week_start(day: date) -> date:
    """Return the Monday of a day's week; a school week runs Monday to Sunday.

    >>> week_start(date(2025, 9, 3)).isoformat()
    '2025-09-01'
    """
    return day - timedelta(days=day.weekday())


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
