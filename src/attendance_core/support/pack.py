"""What a pack on one pupil draws on: records of the ledger in order, attendance by half term, sessions of a concern."""

from datetime import date
from typing import TypeVar

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.errors import Fault, SupportError
from attendance_core.measures.analysis import Analysis
from attendance_core.model.concerns import Concern
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey, Record
from attendance_core.model.marks import DATE, ENROLMENT, PUPIL, SCHOOL
from attendance_core.register.register import Register
from attendance_core.support.ledger import Ledger

E = TypeVar("E", bound=Event)


def enrolments_of(register: Register, who: PupilKey) -> tuple[str, ...]:
    """Return a pupil's enrolments in a register, earliest first.

    Raises:
        SupportError: If there is none, or they are of several schools and none is named.
    """
    mine = register.enrolments.filter(nw.col(PUPIL) == who.pupil_id)
    if who.school_id:
        mine = mine.filter(nw.col(SCHOOL) == who.school_id)
    if mine.is_empty():
        raise SupportError(
            Fault("pupil", "is not in this register", "a pupil of it", "Give id and --school as the register has them")
        )
    if len(set(mine[SCHOOL].to_list())) > 1:
        raise SupportError(
            Fault("pupil", "is in several schools of this register", "one school", "Name it with --school")
        )
    return tuple(mine.sort("start")[ENROLMENT].to_list())


@frozen(kw_only=True)
class HalfTermCounts:
    """A pupil's sessions of one half term.

    Attributes:
        academic_year: Such as ``2025/26``.
        half_term: Its name in the calendar.
        period: First and last day with an open session.
        possible: Possible sessions.
        attended: Attended sessions.
        absent: Sessions of absence.
        authorised: Sessions of authorised absence.
        unauthorised: Sessions of unauthorised absence.
        late: Sessions to which the pupil came late, before or after registers closed.
    """

    academic_year: str
    half_term: str
    period: DateRange
    possible: int
    attended: int
    absent: int
    authorised: int
    unauthorised: int
    late: int


@frozen(kw_only=True, eq=False)
class Attendance:
    """A pupil's attendance, as a pack shows it.

    Attributes:
        half_terms: Half terms with a mark, earliest first.
        codes: code, stat, marks: every kept mark by code, most first.
    """

    half_terms: tuple[HalfTermCounts, ...]
    codes: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, analyses: tuple[Analysis, ...], as_of: date) -> "Attendance":
        """Count the sessions of a pupil's enrolments, each in an analysis of it alone, up to a day."""
        sums: dict[tuple[str, str], dict[str, int]] = {}
        spans: dict[tuple[str, str], DateRange] = {}
        codes: dict[tuple[str, str], int] = {}
        for analysis in analyses:
            register = analysis.register
            schools = register.enrolments[SCHOOL].to_list()
            days = register.calendars.frame.filter(nw.col(SCHOOL).is_in(schools), nw.col(DATE) <= as_of)
            found = days.group_by("academic_year", "half_term").agg(
                nw.col(DATE).min().alias("first"), nw.col(DATE).max().alias("last")
            )
            for year, half, first, last in found.sort("first").iter_rows():
                period = DateRange(first, last)
                for row in analysis.enrolments(period).rows(named=True):
                    key = (year, half)
                    spans[key] = period
                    mine = sums.setdefault(key, {})
                    for name, value in row.items():
                        mine[name] = mine.get(name, 0) + int(value)
            marks = analysis.codes(DateRange(date.min, as_of))
            for code, stat, number in marks.iter_rows():
                codes[code, stat] = codes.get((code, stat), 0) + int(number)
        counts = tuple(
            HalfTermCounts(
                academic_year=year,
                half_term=half,
                period=spans[year, half],
                possible=mine["possible"],
                attended=mine["attended"],
                absent=mine["absent"],
                authorised=mine["authorised"],
                unauthorised=mine["unauthorised"],
                late=mine["late_before"] + mine["late_after"],
            )
            for (year, half), mine in sorted(sums.items(), key=lambda item: spans[item[0]].start)
            if mine["possible"]
        )
        most = sorted(
            ((code, stat, number) for (code, stat), number in codes.items()), key=lambda one: (-one[2], one[0])
        )
        return cls(half_terms=counts, codes=tuple(most))


@frozen(kw_only=True, eq=False)
class ConcernSessions:
    """A concern with the sessions that it counts.

    Attributes:
        concern: The concern.
        sessions: Day, session and code of each that its count counts.
    """

    concern: Concern = field(repr=False)
    sessions: tuple[tuple[date, str, str], ...]


@frozen(kw_only=True, eq=False)
class Pack:
    """All that a pack is made of.

    Attributes:
        who: The pupil.
        as_of: The day that it speaks to.
        ledger: What is written about the pupil.
        attendance: The pupil's sessions.
        concerns: Concerns with the sessions behind them.
    """

    who: PupilKey
    as_of: date
    ledger: Ledger
    attendance: Attendance
    concerns: tuple[ConcernSessions, ...] = ()

    def records(self, cls: type[E]) -> tuple[Record[E], ...]:
        """Return the records of a kind up to the day, earliest first."""
        found = (one for one in self.ledger.records(cls, self.as_of) if one.day <= self.as_of)
        return tuple(sorted(found, key=lambda one: (one.day, one.id.place)))
