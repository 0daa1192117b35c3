"""Half terms: the six names of a plan as days of one school's calendar and one academic year."""

from collections.abc import Mapping
from datetime import date

from attrs import field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.plan_rows import HalfTermName, Rhythm
from attendance_core.register.calendar import SchoolCalendar

ORDER = tuple(HalfTermName)


@frozen(kw_only=True)
class HalfTerms:
    """The half terms of one school in one academic year.

    Attributes:
        year: The academic year.
        spans: Name to first and last open day, of the half terms that the calendar has, in order.
    """

    year: AcademicYear
    spans: Mapping[HalfTermName, DateRange] = field(factory=dict)

    @classmethod
    def of(cls, calendar: SchoolCalendar, year: AcademicYear) -> "HalfTerms":
        """Read them off a calendar. A term without a break has a first half only, and then there are fewer than six.

        Raises:
            DocumentError: If the calendar has no day in that year.
        """
        days: dict[HalfTermName, list[date]] = {}
        for day in calendar.days:
            if AcademicYear.of(day.date) == year:
                days.setdefault(HalfTermName(day.half_term), []).append(day.date)
        if not days:
            span = calendar.span
            raise DocumentError(
                Fault(
                    "calendar",
                    f"has no school day in {year}",
                    f"terms of {year}" + (f"; it has {span}" if span else ""),
                    "Add [[calendar.terms]] of that year, or give another --calendar",
                )
            )
        return cls(
            year=year, spans={name: DateRange(min(days[name]), max(days[name])) for name in ORDER if name in days}
        )

    @property
    def missing(self) -> tuple[HalfTermName, ...]:
        """The names that this year of this school does not have."""
        return tuple(name for name in ORDER if name not in self.spans)

    @property
    def first(self) -> HalfTermName:
        """The first half term of the year."""
        return next(iter(self.spans))

    def at(self, day: date) -> HalfTermName | None:
        """Return the half term that a day lies in; of a holiday the next one; None after the last."""
        return next((name for name, span in self.spans.items() if span.end is not None and day <= span.end), None)

    def after(self, day: date) -> HalfTermName | None:
        """Return the first half term that begins after a day; None where none does in this year."""
        return next((name for name, span in self.spans.items() if span.start > day), None)

    def ends(self, name: HalfTermName, every: Rhythm | None = None) -> date | None:
        """Return the last open day of a half term; None where this year has none of that name.

        Args:
            name: The half term.
            every: A rhythm: of termly the end of the term that holds it, of annual that of the year.
        """
        if name not in self.spans:
            return None
        term = name.value.split()[0]
        held = [
            span
            for one, span in self.spans.items()
            if one is name or every is Rhythm.ANNUAL or (every is Rhythm.TERMLY and one.value.startswith(term))
        ]
        return held[-1].end

    def begins(self, name: HalfTermName) -> date | None:
        """Return the first open day of a half term; None where this year has none of that name."""
        span = self.spans.get(name)
        return None if span is None else span.start
