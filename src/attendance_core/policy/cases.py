"""Worked cases of a policy, as data beside it: what was marked, and which concerns a rule must find in it.

The cases of ``westerby.toml`` stand in ``westerby.cases.toml``. Every pupil in them is invented.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from attrs import evolve, field, frozen

from attendance_core.dates import WEEKDAYS, AcademicYear
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.calendars import Break, CalendarDocument, Closure, Term, TermName
from attendance_core.model.concerns import Certainty
from attendance_core.model.marks import AM, PM
from attendance_core.model.profiles import Profile
from attendance_core.reference.settings import load_profile
from attendance_core.register.calendar import work_out

#: How a file of cases ends.
ENDING = ".cases.toml"
#: What is written where no mark was made.
NO_MARK = "."

Slot = tuple[date, str]


@frozen(kw_only=True)
class CaseMarks:
    """Marks of one pupil that are no plain presence; a later line overrules an earlier one.

    Attributes:
        start: The first day.
        end: The last day; without it, the first alone, or as many days as ``codes`` fill.
        code: The code of every session in these days; ``.`` for no mark.
        codes: One code a session instead, with spaces between, morning before afternoon. Days on which the school is
            closed take none. ``/`` is presence in the morning and in the afternoon.
        weekdays: Only these, as in ``["Friday"]``.
        session: Only this one, AM or PM.
    """

    start: date
    end: date | None = None
    code: str = ""
    codes: str = ""
    weekdays: tuple[str, ...] = ()
    session: str = ""

    def __attrs_post_init__(self) -> None:
        faults = []
        if bool(self.code) == bool(self.codes.split()):
            faults.append(Fault("code", "code or codes, one of the two, is needed", "one of them", "Give just one"))
        if self.end is not None and self.end < self.start:
            faults.append(Fault("end", "lies before start", f"{self.start} or later", "Swap the days"))
        if self.session not in ("", AM, PM):
            faults.append(Fault("session", f"{self.session!r} is no session", "AM or PM", "Correct it"))
        faults += [
            Fault(f"weekdays[{index}]", f"{name!r} is no weekday", "a name as in Friday", "Correct it")
            for index, name in enumerate(self.weekdays)
            if name not in WEEKDAYS
        ]
        if faults:
            raise DocumentError(*faults)

    def spread(self, slots: Iterable[Slot]) -> dict[Slot, str]:
        """Return the code of each session that it speaks of."""
        last = self.end or (date.max if self.codes else self.start)
        mine = [
            (day, session)
            for day, session in slots
            if self.start <= day <= last
            and self.session in ("", session)
            and (not self.weekdays or WEEKDAYS[day.weekday()] in self.weekdays)
        ]
        codes = self.codes.split() or [self.code] * len(mine)
        return dict(zip(mine, codes, strict=False))


@frozen(kw_only=True)
class CasePupil:
    """A pupil of a case, present in every session of the calendar that no line says otherwise of.

    Attributes:
        id: What the case calls them; never a real name.
        start: First day on roll; without it, the calendar's first day.
        end: Last day on roll.
        facts: What a pupils file would say, as in ``{ year_group = "12" }``.
        marks: Marks that are no plain presence.
    """

    id: str
    start: date | None = None
    end: date | None = None
    facts: dict[str, str] = field(factory=dict)
    marks: tuple[CaseMarks, ...] = ()


@frozen(kw_only=True)
class CaseRecord:
    """A side record of a case.

    Attributes:
        pupil: Whose; without it, the first pupil's.
        kind: What kind of record it is.
        state: How it stands.
        on: The day on which it was made.
        start: First day that it covers.
        end: Last day that it covers.
    """

    pupil: str = ""
    kind: str = ""
    state: str = ""
    on: date | None = None
    start: date | None = None
    end: date | None = None


@frozen(kw_only=True)
class Expected:
    """A concern that a rule must find; only what is named is compared.

    A rule that is named here must find these concerns and no others in the case.

    Attributes:
        rule: Id of the rule.
        pupil: Whose; without it, the first pupil's.
        start: First day of the episode.
        end: Last day of the episode.
        met_on: The day on which the rule was met.
        count: Items counted.
        of: What they are held against.
        certainty: How firmly it stands.
        open: Whether it still holds on the day asked about.
        allowance: Sessions that may still be missed.
        detail: Words that the detail must hold.
    """

    rule: str
    pupil: str = ""
    start: date | None = None
    end: date | None = None
    met_on: date | None = None
    count: int | None = None
    of: int | None = None
    certainty: Certainty | None = None
    open: bool | None = None
    allowance: int | None = None
    detail: str = ""


@frozen(kw_only=True)
class Case:
    """One worked case: marks in, concerns out.

    Attributes:
        title: What it shows, in a sentence.
        as_of: The day asked about; later marks do not count.
        marks: Marks of the one pupil, where there is one only.
        pupils: The pupils, where there are several, or one with more to say than marks.
        classmates: So many more pupils, always present: the school that a pattern is held against.
        calendar: A calendar for this case alone.
        closures: Days inside terms on which the school is closed.
        records: Side records by their kind; an empty list says that the host keeps them and has none.
        settings: Choices for open questions, where the default is not meant.
        concerns: What the rules must find.
        none: Rules that must find nothing, now or before.
        not_checked: Rules that cannot be asked, because an input is missing.
    """

    title: str
    as_of: date
    marks: tuple[CaseMarks, ...] = ()
    pupils: tuple[CasePupil, ...] = ()
    classmates: int = 0
    calendar: CalendarDocument | None = None
    closures: tuple[date, ...] = ()
    records: dict[str, tuple[CaseRecord, ...]] = field(factory=dict)
    settings: dict[str, str] = field(factory=dict)
    concerns: tuple[Expected, ...] = ()
    none: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[CasePupil, ...]:
        """The pupils that the case speaks of; the one without a name is called pupil."""
        return self.pupils or (CasePupil(id="pupil", marks=self.marks),)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it says something of, each once."""
        return tuple(dict.fromkeys([*(one.rule for one in self.concerns), *self.none, *self.not_checked]))

    @property
    def years(self) -> range:
        """The academic years that it reaches over, by the calendar years in which they begin."""
        days = [line.start for pupil in self.people for line in pupil.marks]
        days += [pupil.start for pupil in self.people if pupil.start is not None]
        return range(AcademicYear.of(min([*days, self.as_of])).begins, AcademicYear.of(self.as_of).begins + 1)


@frozen(kw_only=True)
class CaseDocument:
    """The file of cases.

    Attributes:
        calendar: The calendar of every case without one of its own; left out, every academic year is the standard one.
        cases: The cases.
    """

    calendar: CalendarDocument | None = None
    cases: tuple[Case, ...] = ()


def standard_year(begins: int) -> CalendarDocument:
    """Return the calendar of cases that name none: 38 weeks of five days, 380 sessions.

    It starts on the first Monday of September: 7 weeks, a week off, 8 weeks; two weeks off; 6 weeks, a week off, 6
    weeks; two weeks off; 5 weeks, a week off, 6 weeks. No day inside them is closed.
    """
    first = date(begins, 9, 1)
    monday = first + timedelta(days=-first.weekday() % 7)
    terms = []
    for name, before, after in ((TermName.AUTUMN, 7, 8), (TermName.SPRING, 6, 6), (TermName.SUMMER, 5, 6)):
        pause = monday + timedelta(weeks=before)
        end = pause + timedelta(weeks=1 + after, days=-3)
        half_term = Break(start=pause, end=pause + timedelta(days=4))
        terms.append(Term(name=name, start=monday, end=end, half_term=half_term))
        monday = pause + timedelta(weeks=1 + after + 2)
    return CalendarDocument(title="standard", terms=tuple(terms))


def calendars_of(case: Case, document: CaseDocument) -> tuple[CalendarDocument, ...]:
    """Return the calendars of a case: its own, the file's, or the standard years that it reaches over."""
    given = case.calendar or document.calendar
    found = (given,) if given is not None else tuple(standard_year(year) for year in case.years)
    shut = tuple(Closure(date=day) for day in case.closures)
    return tuple(evolve(one, closures=(*one.closures, *shut)) for one in found)


def slots_of(calendars: Iterable[CalendarDocument]) -> list[Slot]:
    """List the sessions that calendars hold, in order."""
    days = sorted((day for one in calendars for day in work_out(one, "").days), key=lambda day: day.date)
    return [(day.date, session) for day in days for session in day.sessions]


def cases_beside(path: Path) -> Path:
    """Return where the cases of a policy's file stand."""
    return path.with_name(path.name.removesuffix(".toml") + ENDING)


def profile_of(case: Case, where: str) -> Profile:
    """Return the definition choices of a case: the defaults, and what it says otherwise.

    Raises:
        AttendanceError: If it names a setting or choice that does not exist.
    """
    return load_profile("year-to-date", case.settings, where=f"{where}.settings")
