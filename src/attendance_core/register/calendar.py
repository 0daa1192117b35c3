"""School calendars worked out to sessions: index, week, half term, term, academic year."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen
from dateutil.easter import easter

from attendance_core.dates import WEEKDAYS, AcademicYear, DateRange, week_start
from attendance_core.engine import frame_of
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.calendars import CalendarDocument, Closure, TermName
from attendance_core.model.marks import AM, PM

#: Days without school that make a break inside a term (a week off is nine days from Friday to Monday).
_BREAK_DAYS = 8
#: A day counts as a school day when at least this share of a typical day's marks was made on it.
_OPEN_SHARE = 10


@frozen(kw_only=True)
class SchoolDay:
    """One day on which a school is open."""

    date: date
    sessions: tuple[str, ...]
    term: TermName
    half: int

    @property
    def half_term(self) -> str:
        """As in ``Autumn 1``."""
        return f"{self.term.value.title()} {self.half}"


@frozen(kw_only=True)
class SchoolCalendar:
    """The open days of one school, earliest first.

    Attributes:
        school: The school's id.
        inferred: Whether the marks say what days there are, at least in the last year that has any.
        days: The open days.
        inferred_years: Years of which the marks alone say days, beside a calendar that was given.
    """

    school: str
    inferred: bool
    days: tuple[SchoolDay, ...] = field(repr=False)
    inferred_years: tuple[AcademicYear, ...] = ()

    @property
    def span(self) -> DateRange | None:
        """First to last open day."""
        return DateRange(self.days[0].date, self.days[-1].date) if self.days else None


def lint_calendar(document: CalendarDocument, where: str, *, within: str = "") -> None:
    """Check that terms follow each other and breaks and closures lie where they can.

    Args:
        document: The calendar.
        where: Name of the file, for messages.
        within: Key path of the calendar in that file, as in ``calendar[0].``.

    Raises:
        DocumentError: With every fault and its key path.
    """
    faults: list[Fault] = []
    if not document.terms:
        faults.append(
            Fault(f"{where}: {within}terms", "no term is given", "at least one term", "Add [[calendar.terms]]")
        )
    previous = None
    for index, term in enumerate(document.terms):
        path = f"{where}: {within}terms[{index}]"
        if term.end < term.start:
            faults.append(Fault(f"{path}.end", "lies before start", f"{term.start} or later", "Swap the dates"))
        if previous is not None and term.start <= previous:
            faults.append(
                Fault(
                    f"{path}.start",
                    "begins before the term above it ends",
                    f"after {previous}",
                    "Put terms in order, without overlap",
                )
            )
        previous = term.end
        if (pause := term.half_term) is not None and not (term.start < pause.start <= pause.end < term.end):
            faults.append(
                Fault(f"{path}.half_term", "is not inside the term", f"{term.start} to {term.end}", "Correct its dates")
            )
    for index, closure in enumerate(document.closures):
        if closure.session not in (None, AM, PM):
            faults.append(
                Fault(f"{where}: {within}closures[{index}].session", "is no session", "AM or PM", "Correct it")
            )
    for index, name in enumerate(document.weekend):
        if name not in WEEKDAYS:
            faults.append(Fault(f"{where}: {within}weekend[{index}]", "is no weekday", "Saturday", "Correct it"))
    if faults:
        raise DocumentError(*faults)


def work_out(document: CalendarDocument, school: str) -> SchoolCalendar:
    """List a document's open days."""
    closed: dict[date, list[Closure]] = {}
    for closure in document.closures:
        closed.setdefault(closure.date, []).append(closure)
    weekend = {WEEKDAYS.index(name) for name in document.weekend}
    days = []
    for term in document.terms:
        for day in term.span.each_day():
            pause = term.half_term
            if day.weekday() in weekend or (pause is not None and day in pause.span):
                continue
            shut = {closure.session for closure in closed.get(day, ())}
            sessions = () if None in shut else tuple(session for session in (AM, PM) if session not in shut)
            if sessions:
                half = 2 if pause is not None and day > pause.end else 1
                days.append(SchoolDay(date=day, sessions=sessions, term=term.name, half=half))
    return SchoolCalendar(school=school, inferred=document.inferred, days=tuple(days))


def infer(counts: Iterable[tuple[date, str, int]], school: str) -> SchoolCalendar:
    """Work a calendar out from the marks of one school.

    A session is taken as held when at least a tenth of a typical session's marks was made in it. Breaks of eight
    days and more divide the year: the one over Christmas and the one nearest Easter end terms, others are half terms.
    This is the library's own reading and is always said so.

    Args:
        counts: (date, session, marks other than closures).
        school: The school's id.
    """
    per: dict[tuple[date, str], int] = {}
    for day, session, number in counts:
        per[day, session] = per.get((day, session), 0) + number
    if not per:
        return SchoolCalendar(school=school, inferred=True, days=())
    typical = sorted(per.values())[len(per) // 2]
    open_sessions: dict[date, list[str]] = {}
    for (day, session), number in sorted(per.items()):
        if number * _OPEN_SHARE >= typical:
            open_sessions.setdefault(day, []).append(session)
    blocks: list[list[date]] = []
    for day in sorted(open_sessions):
        if (
            blocks
            and (day - blocks[-1][-1]).days <= _BREAK_DAYS
            and AcademicYear.of(day) == AcademicYear.of(blocks[-1][-1])
        ):
            blocks[-1].append(day)
        else:
            blocks.append([day])
    days: list[SchoolDay] = []
    halves: dict[tuple[AcademicYear, TermName], int] = {}
    for block in blocks:
        year = AcademicYear.of(block[0])
        middle = block[len(block) // 2]
        # A spring term may run a few days past an early Easter or stop before a late one; half way decides.
        cut = min(max(easter(year.begins + 1), date(year.begins + 1, 3, 29)), date(year.begins + 1, 4, 16))
        if middle <= date(year.begins, 12, 31):
            term = TermName.AUTUMN
        elif middle < cut:
            term = TermName.SPRING
        else:
            term = TermName.SUMMER
        half = halves.get((year, term), 0) + 1
        if half == 1 and _second_half(block[0], term):
            half = 2
        half = min(half, 2)
        halves[year, term] = half
        days += [SchoolDay(date=day, sessions=tuple(sorted(open_sessions[day])), term=term, half=half) for day in block]
    return SchoolCalendar(school=school, inferred=True, days=tuple(days))


def _second_half(first: date, term: TermName) -> bool:
    """Whether marks that begin on this day can only be of a term's second half."""
    starts = {TermName.AUTUMN: (10, 25), TermName.SPRING: (2, 12), TermName.SUMMER: (5, 25)}
    return (first.month, first.day) >= starts[term]


@frozen(kw_only=True, eq=False)
class Calendars:
    """The calendar of every school in a register.

    Attributes:
        frame: school_id, date, session, session_index (Int64, from 0, over the school's open sessions), week (Monday),
            half_term, term, academic_year; one row an open session.
    """

    schools: Mapping[str, SchoolCalendar] = field(repr=False)
    frame: "nw.DataFrame[Any]" = field(repr=False)

    @property
    def inferred(self) -> bool:
        """Whether any of them was worked out from the marks."""
        return any(calendar.inferred for calendar in self.schools.values())

    @property
    def dates(self) -> tuple[date, ...]:
        """Every day on which some school is open."""
        return tuple(sorted({day.date for calendar in self.schools.values() for day in calendar.days}))

    @classmethod
    def of(cls, calendars: Iterable[SchoolCalendar]) -> "Calendars":
        """Lay the schools' open sessions out as one frame."""
        columns: dict[str, list[Any]] = {
            name: []
            for name in ("school_id", "date", "session", "session_index", "week", "half_term", "term", "academic_year")
        }
        schools = {calendar.school: calendar for calendar in calendars}
        for school, calendar in schools.items():
            index = 0
            for day in calendar.days:
                for session in day.sessions:
                    row = (
                        school,
                        day.date,
                        session,
                        index,
                        week_start(day.date),
                        day.half_term,
                        day.term.value,
                        str(AcademicYear.of(day.date)),
                    )
                    for column, value in zip(columns.values(), row, strict=True):
                        column.append(value)
                    index += 1
        schema = dict.fromkeys(columns, nw.String) | {"date": nw.Date, "week": nw.Date, "session_index": nw.Int64}
        return cls(schools=schools, frame=frame_of(columns, schema))


def calendars_for(
    schools: Iterable[str],
    documents: Iterable[CalendarDocument],
    counts: Mapping[str, list[tuple[date, str, int]]],
) -> Calendars:
    """Give each school its own document, else the one for every school, else what its marks show.

    Several documents of one school (one an academic year) are joined. Days of marks that the documents do not reach
    (another academic year, or terms after the last that is written down) are inferred as if there were none: unknown
    weeks would all have one number, and a rolling window would hold a whole year.
    """
    by_school: dict[str, list[CalendarDocument]] = {}
    for document in documents:
        by_school.setdefault(document.school, []).append(document)
    result = []
    for school in schools:
        mine = by_school.get(school) or by_school.get("")
        if mine:
            worked = [work_out(document, school) for document in mine]
            days = sorted((day for calendar in worked for day in calendar.days), key=lambda day: day.date)
            unique = {day.date: day for day in days}
            more = _beyond(unique, counts.get(school, []), school)
            years = tuple(sorted({AcademicYear.of(day.date) for day in more}))
            marked = max((AcademicYear.of(day) for day, _, _ in counts.get(school, [])), default=None)
            result.append(
                SchoolCalendar(
                    school=school,
                    inferred=any(c.inferred for c in worked) or marked in years,
                    days=tuple(sorted((*unique.values(), *more), key=lambda day: day.date)),
                    inferred_years=years,
                )
            )
        else:
            result.append(infer(counts.get(school, []), school))
    return Calendars.of(result)


def _beyond(given: Collection[date], counts: list[tuple[date, str, int]], school: str) -> tuple[SchoolDay, ...]:
    """Infer the days of marks that a calendar does not reach."""
    ends: dict[AcademicYear, tuple[date, date]] = {}
    for day in given:
        first, last = ends.get(AcademicYear.of(day), (day, day))
        ends[AcademicYear.of(day)] = min(first, day), max(last, day)

    def reached(day: date) -> bool:
        year = AcademicYear.of(day)
        if year not in ends:
            return False
        first, last = ends[year]
        # A calendar from September, or to July, closes what lies outside it; a shorter one says nothing of the rest.
        late, early = first > date(year.begins, 9, 30), last < date(year.begins + 1, 7, 1)
        return not (day < first and late) and not (day > last and early)

    if not given or all(reached(day) for day, _, _ in counts):
        return ()
    return tuple(day for day in infer(counts, school).days if not reached(day.date))


def school_week_ordinals(calendar: SchoolCalendar) -> dict[date, int]:
    """Number each academic year's school weeks (weeks with a session) from 1; key: Monday of the week."""
    ordinals: dict[date, int] = {}
    seen: dict[AcademicYear, int] = {}
    for day in calendar.days:
        monday = week_start(day.date)
        if monday not in ordinals:
            year = AcademicYear.of(day.date)
            seen[year] = seen.get(year, 0) + 1
            ordinals[monday] = seen[year]
    return ordinals


def same_day_last_year(calendar: SchoolCalendar, day: date) -> date | None:
    """Return the day in the same school week, on the same weekday, one academic year before.

    None where that year's calendar has no such week.
    """
    monday = week_start(day)
    year = AcademicYear.of(day)
    if not calendar.days or AcademicYear.of(week_start(calendar.days[0].date) + timedelta(days=4)) >= year:
        return None  # the calendar begins too late to hold any week of the year before
    ordinals = school_week_ordinals(calendar)
    mine = [week for week in ordinals if AcademicYear.of(week + timedelta(days=4)) == year and week <= monday]
    if not mine:
        return None
    wanted = ordinals[max(mine)]
    offset = (day - monday).days if max(mine) == monday else 6
    for week, ordinal in ordinals.items():
        if ordinal == wanted and AcademicYear.of(week + timedelta(days=4)) == year.back():
            return week + timedelta(days=offset)
    return None
