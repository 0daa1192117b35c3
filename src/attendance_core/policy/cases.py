"""Worked cases of a policy, as data beside it: what was marked, and which concerns a rule must find in it.

The cases of ``westerby.toml`` stand in ``westerby.cases.toml``. Every pupil in them is invented.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from attrs import evolve, field, frozen

from attendance_core.dates import WEEKDAYS, AcademicYear, DateRange
from attendance_core.documents.loader import load_toml
from attendance_core.errors import AttendanceError, DocumentError, Fault, UnreadableFileError, alike, join_names
from attendance_core.model.calendars import Break, CalendarDocument, Closure, Term, TermName
from attendance_core.model.codes import Codebook
from attendance_core.model.concerns import Certainty
from attendance_core.model.marks import AM, PM
from attendance_core.model.policies import Policy
from attendance_core.model.profiles import Profile
from attendance_core.model.side_records import SideRecord
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.settings import load_profile
from attendance_core.register.calendar import lint_calendar, work_out

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


def load_cases(path: Path, policy: Policy, codebooks: Iterable[Codebook] | None = None) -> CaseDocument:
    """Read the cases of a policy.

    Args:
        path: The TOML file.
        policy: The policy that they are about.
        codebooks: What codes there are; None: those of England.

    Raises:
        UnreadableFileError: If there is no such file.
        DocumentError: With every fault and its key path.
    """
    if not path.is_file():
        raise UnreadableFileError(
            Fault(str(path), "no such file", "worked cases beside the policy", "Write some, as the how-to shows")
        )
    document = load_toml(path, CaseDocument)
    faults = lint_cases(document, policy, codebooks, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return document


def profile_of(case: Case, where: str) -> Profile:
    """Return the definition choices of a case: the defaults, and what it says otherwise.

    Raises:
        AttendanceError: If it names a setting or choice that does not exist.
    """
    return load_profile("year-to-date", case.settings, where=f"{where}.settings")


def lint_cases(
    document: CaseDocument, policy: Policy, codebooks: Iterable[Codebook] | None = None, *, where: str
) -> tuple[Fault, ...]:
    """Return what is wrong with a file of cases beyond its form.

    Args:
        document: The cases.
        policy: The policy that they are about.
        codebooks: What codes there are; None: those of England.
        where: Name of the file, for messages.
    """
    books = tuple(codebooks) if codebooks is not None else (load_codebook("england"),)
    codes = {code.code for book in books for code in book.codes} | {NO_MARK}
    faults: list[Fault] = []
    if document.calendar is not None:
        faults += _calendar(document.calendar, where, "calendar.")
    if not document.cases:
        faults.append(Fault(f"{where}: cases", "holds no case", "one or more", "Add [[cases]]"))
    for index, case in enumerate(document.cases):
        here = f"{where}: cases[{index}]"
        if case.calendar is not None:
            faults += _calendar(case.calendar, where, f"cases[{index}].calendar.")
        if not case.rules:
            faults.append(
                Fault(here, "says nothing of any rule", "concerns, none or not_checked", "Say what must be found")
            )
        faults += _rules(case, policy, here)
        faults += _people(case, here)
        try:
            profile_of(case, here)
        except AttendanceError as error:
            faults += error.faults
        for name in case.records:
            if name not in [kind.value for kind in SideRecord]:
                faults.append(
                    _unknown(f"{here}.records", "kind of side record", name, [kind.value for kind in SideRecord])
                )
        if not any(fault.where.startswith(f"{where}: cases[{index}].calendar") for fault in faults):
            faults += _marks(case, document, codes, here)
    return tuple(faults)


def _calendar(calendar: CalendarDocument, where: str, within: str) -> list[Fault]:
    try:
        lint_calendar(calendar, where, within=within)
    except DocumentError as error:
        return list(error.faults)
    return []


def _unknown(where: str, what: str, name: str, known: Iterable[str]) -> Fault:
    names = list(known)
    near = alike(name, names)
    remedy = f"Did you mean {near[0]!r}?" if near else "Correct it"
    return Fault(where, f"{name!r} is no {what}", f"one of {join_names(names, limit=40)}", remedy)


def _rules(case: Case, policy: Policy, here: str) -> list[Fault]:
    known = [rule.id for rule in policy.rules]
    named = [(f"{here}.concerns[{index}].rule", one.rule) for index, one in enumerate(case.concerns)]
    named += [(f"{here}.none[{index}]", name) for index, name in enumerate(case.none)]
    named += [(f"{here}.not_checked[{index}]", name) for index, name in enumerate(case.not_checked)]
    faults = [_unknown(at, f"rule of {policy.id}", name, known) for at, name in named if name not in known]
    expected = {one.rule for one in case.concerns}
    both = sorted((expected & {*case.none, *case.not_checked}) | (set(case.none) & set(case.not_checked)))
    faults += [
        Fault(here, f"expects two things at once of {name!r}", "one of concerns, none, not_checked", "Remove one")
        for name in both
    ]
    return faults


def _people(case: Case, here: str) -> list[Fault]:
    faults: list[Fault] = []
    if case.marks and case.pupils:
        faults.append(
            Fault(f"{here}.marks", "stands beside pupils", "marks, or pupils with theirs", "Move the marks to a pupil")
        )
    names = [pupil.id for pupil in case.people]
    if len(set(names)) < len(names):
        faults.append(Fault(f"{here}.pupils", "gives an id twice", "one pupil an id", "Rename one"))
    if case.classmates < 0:
        faults.append(Fault(f"{here}.classmates", "cannot be fewer than none", "0 or more", "Correct it"))
    named = [(f"{here}.concerns[{index}].pupil", one.pupil) for index, one in enumerate(case.concerns)]
    for kind, records in case.records.items():
        named += [(f"{here}.records.{kind}[{index}].pupil", one.pupil) for index, one in enumerate(records)]
    faults += [_unknown(at, "pupil of the case", name, names) for at, name in named if name and name not in names]
    return faults


def _marks(case: Case, document: CaseDocument, codes: set[str], here: str) -> list[Fault]:
    slots = slots_of(calendars_of(case, document))
    if not slots or slots[0][0] > case.as_of:
        return [Fault(f"{here}.as_of", "lies before the calendar's first day", "a day in it", "Correct one of the two")]
    faults: list[Fault] = []
    for number, pupil in enumerate(case.people):
        at = f"{here}.pupils[{number}]" if case.pupils else here
        if pupil.start is not None and pupil.end is not None and pupil.end < pupil.start:
            faults.append(Fault(f"{at}.end", "lies before start", f"{pupil.start} or later", "Swap the days"))
            continue
        roll = DateRange(pupil.start or date.min, pupil.end)
        mine = [slot for slot in slots if slot[0] in roll]
        for place, line in enumerate(pupil.marks):
            spot = f"{at}.marks[{place}]"
            written = line.codes.split() or [line.code]
            key = "codes" if line.codes else "code"
            faults += [_unknown(f"{spot}.{key}", "code", name, codes) for name in written if name not in codes]
            held = line.spread(mine)
            if not held:
                faults.append(
                    Fault(spot, "holds no session of the pupil's calendar", "school days on roll", "Correct the days")
                )
            elif line.codes and len(held) < len(written):
                faults.append(
                    Fault(
                        f"{spot}.codes", f"has {len(written)} codes for {len(held)} sessions", "as many", "Shorten it"
                    )
                )
    return faults
