"""Lettering: letters and statements, kept back by the pre-flight or waiting for a person; and recognition."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import DocumentError, Fault, FigureIdError, SupportError, named
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.periods import named as named_periods
from attendance_core.measures.scope import without_clauses
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.letters import LetterTemplate, RecognitionKind
from attendance_core.model.marks import NUMBER, PUPIL, SCHOOL
from attendance_core.model.policies import Policy
from attendance_core.model.reports import View
from attendance_core.model.support_happenings import Transition
from attendance_core.plugins.builtin.letters import check_template, fill_in
from attendance_core.register.register import Register
from attendance_core.reports.recognition import Recognised, recognition_report
from attendance_core.support.families import FAMILY, families, traits
from attendance_core.support.ledger import Ledger, Ledgers
from attendance_core.support.letters import (
    Held,
    Letter,
    Letters,
    PupilLines,
    lint_template,
    load_template,
    load_templates,
)
from attendance_core.support.pathway import load_own_pathway
from attendance_core.support.preflight import LOOKED_AT, OF_THE_FAMILY, Refusal, preflight
from attendance_core.support.recognition import RecognitionCase, RecognitionRule, recognised
from attendance_core.support.roll import OnRoll, ledgers_by_pupil, on_roll, week_end, whole_weeks
from attendance_core.support.sessions import PupilSessions, added, sessions_of
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.tiering import Tiering, held_by_enrolment, not_asked

#: The characteristics of a pupils file that letters read.
_NAME, _LANGUAGE = "name", "language"


@frozen(kw_only=True)
class Span:
    """A period with its name, and the earlier one that it is held against.

    Attributes:
        period: The days.
        title: Its name, such as ``autumn term``.
        before: The earlier days; None: there are none.
        before_title: Their name.
    """

    period: DateRange
    title: str = ""
    before: DateRange | None = None
    before_title: str = ""


@frozen(kw_only=True, eq=False)
class _Told:
    """What is known of a register for letters."""

    people: tuple[OnRoll, ...] = field(repr=False)
    whose: Mapping[PupilKey, Ledger] = field(repr=False)
    groups: tuple[tuple[OnRoll, ...], ...] = field(repr=False)
    lines: Mapping[PupilKey, PupilLines] = field(repr=False)
    languages: Mapping[int, str] = field(repr=False)


@define(kw_only=True, eq=False, slots=False)
class Lettering(Tiering):
    """Letters, statements, and recognition."""

    def letter_templates(self) -> dict[str, LetterTemplate]:
        """Return the templates that ship, by id."""
        return dict(load_templates())

    def letter_template(self, name: str | Path) -> LetterTemplate:
        """Return a template: a file's (relative to the configuration), or one that ships.

        Raises:
            UnknownNameError: If there is neither.
            DocumentError: If it cannot be right, or names a field that there is not; with every fault.
        """
        wanted = str(name)
        if wanted.endswith(".toml"):
            path = self._file_of(wanted)
            found, where = load_template(path), path.name
        else:
            found, where = named(wanted, self.letter_templates(), "letter template", file=True), wanted
        faults = (*lint_template(found, self.known_rules(), where=where), *check_template(found, where=where))
        if faults:
            raise DocumentError(*faults)
        return found

    def term(self, register: Register, as_of: date, name: str = "") -> Span:
        """Return a term, up to a day, and the term before it.

        Args:
            register: The register.
            as_of: The day; without a name, the term that it lies in, or the last that has begun.
            name: autumn, spring or summer, of the academic year of the day.

        Raises:
            FigureIdError: If there is no such term by that day.
        """
        return self._span(register, "term", as_of, name)

    def half_term(self, register: Register, as_of: date) -> Span:
        """Return the half term that a day lies in, up to the day, and the one before it.

        Raises:
            FigureIdError: If no half term has begun by that day.
        """
        return self._span(register, "half_term", as_of, "")

    def _span(self, register: Register, column: str, as_of: date, name: str) -> Span:
        found = [one for one in named_periods(register, column, DateRange(date.min, date.max)) if one[1].start <= as_of]
        places = [
            at
            for at, (title, span) in enumerate(found)
            if not name
            or (title.casefold() == name.casefold() and AcademicYear.of(span.start) == AcademicYear.of(as_of))
        ]
        if not places:
            raise FigureIdError(
                Fault(
                    f"{column.replace('_', ' ')} {name}".strip(),
                    f"has not begun by {as_of}",
                    "autumn, spring or summer, as the calendar has them",
                    "Name another, or give a later --as-of",
                )
            )
        at = max(places)
        title, whole = found[at]
        word = " term" if column == "term" else ""
        before_title, before = found[at - 1] if at else ("", None)
        marked = register.span
        if before is not None and (marked is None or marked.start > before.start):
            before_title, before = "", None
        return Span(
            period=DateRange(whole.start, min(whole.end or as_of, as_of)),
            title=f"{title.lower()}{word}" if word else title,
            before=before,
            before_title=f"{before_title.lower()}{word}" if word and before else before_title,
        )

    def statements(
        self,
        register: Register,
        *,
        span: Span,
        as_of: date,
        template: LetterTemplate | None = None,
        language: str = "",
        contact: str = "",
        ledgers: Ledgers | None = None,
        progress: Progress = quiet,
    ) -> Letters:
        """Write each pupil's statement of a period.

        Args:
            register: The register.
            span: The period, and the earlier one.
            as_of: The day of the statement.
            template: The template; None: the one that ships.
            language: Language code; empty: each family's, where the pupils file tells it.
            contact: Whom a family can speak to.
            ledgers: Where stops are written; None: no stop is known.
            progress: Told the name of each step.

        Raises:
            DocumentError: If the template cannot be used.
        """
        template = template or self.letter_template("statement")
        told = self._told(register, span, as_of, ledgers, progress)
        return self._letters(template, told, {one.who for one in told.people}, span, as_of, language, contact)

    def letters(
        self,
        register: Register,
        template: LetterTemplate,
        *,
        as_of: date,
        policies: Iterable[str | Path | Policy] | None = None,
        records: object | None = None,
        ledgers: Ledgers | None = None,
        pupils: Collection[str] = (),
        language: str = "",
        contact: str = "",
        rule: RecognitionRule | None = None,
        progress: Progress = quiet,
    ) -> Letters:
        """Write letters for those whom a template is for. None of them is approved: a person decides.

        Args:
            register: The register.
            template: The template.
            as_of: The day of the letter.
            policies: Policies, as `concerns` takes them.
            records: Side records, as `concerns` takes them.
            ledgers: Where plans, stops and earlier letters are written; None: the workbench's.
            pupils: Only these pupils, by id; empty: all.
            language: Language code; empty: each family's, where the pupils file tells it.
            contact: Whom a family can speak to.
            rule: What is recognised; None: as the library has it.
            progress: Told the name of each step.

        Raises:
            SupportError: If there is no store, or a pupil named is not on roll.
            UnknownNameError: If there is no such policy.
        """
        year = [day for day in register.calendars.dates if AcademicYear.of(day) == AcademicYear.of(as_of)]
        span = Span(period=DateRange(min(year[0], as_of) if year else as_of, as_of))
        told = self._told(register, span, as_of, ledgers or self.ledgers, progress)
        notes: tuple[str, ...] = ()
        wanted = {one.who for one in told.people}
        if template.concerns:
            now = self.concerns(register, policies, as_of=as_of, records=records, progress=progress)
            held = held_by_enrolment(now)
            found = {id for id, mine in held.items() if any(one.rule in template.concerns for one in mine)}
            wanted = {one.who for one in told.people if one.enrolment_id in found}
            notes = not_asked(template.concerns, now)
        if template.recognition is not None:
            kinds = self.recognition(register, as_of=as_of, rule=rule, progress=progress).kinds
            wanted = {who for who, mine in kinds.items() if template.recognition in mine}
            lines = {
                who: evolve(
                    line,
                    improved=RecognitionKind.IMPROVED in kinds.get(who, ()),
                    sustained=RecognitionKind.SUSTAINED in kinds.get(who, ()),
                )
                for who, line in told.lines.items()
            }
            told = evolve(told, lines=lines)
        if pupils:
            known = {one.who.pupil_id for one in told.people}
            lost = sum(1 for one in pupils if one not in known)
            if lost:
                raise SupportError(
                    Fault(
                        "pupils", f"{lost} of {len(pupils)} are not on roll", "pupils of the register", "Correct them"
                    )
                )
            wanted = {who for who in wanted if who.pupil_id in pupils}
        made = self._letters(template, told, wanted, span, as_of, language, contact)
        return evolve(made, notes=notes)

    def recognition(
        self,
        register: Register,
        *,
        as_of: date | None = None,
        span: Span | None = None,
        rule: RecognitionRule | None = None,
        progress: Progress = quiet,
    ) -> Recognised:
        """Say who has improved, and who has held it.

        Args:
            register: The register.
            as_of: The day asked about; None: the day that the register speaks to.
            span: The period and the earlier one; None: this half term so far, and the half term before.
            rule: What is recognised; None: as the library has it.
            progress: Told the name of each step.

        Raises:
            FigureIdError: If no half term has begun by that day.
        """
        day, asked = as_of or register.as_of, rule or RecognitionRule()
        span = span or self.half_term(register, day)
        progress("sessions")
        people = on_roll(register, day)
        analysis = self._everybody(register, span.period)
        now = _by_pupil(register, analysis, span.period)
        before = {} if span.before is None else _by_pupil(register, analysis, span.before)
        weeks: dict[str, list[Mapping[tuple[str, str], PupilSessions]]] = {}
        by_week: dict[date, Mapping[tuple[str, str], PupilSessions]] = {}
        for school, calendar in register.calendars.schools.items():
            # Twice as many as are asked, since weeks of illness are passed over.
            for monday in whole_weeks(calendar, day)[: 2 * asked.weeks]:
                if monday not in by_week:
                    by_week[monday] = _by_pupil(register, analysis, DateRange(monday, week_end(monday)))
                weeks.setdefault(school, []).append(by_week[monday])
        kinds = {}
        for one in people:
            key = (one.school_id, one.who.pupil_id)
            case = RecognitionCase(
                now=now.get(key, PupilSessions(period=span.period)),
                before=before.get(key),
                weeks=tuple(week[key] for week in weeks.get(one.school_id, []) if key in week),
            )
            kinds[one.who] = recognised(case, asked)
        return Recognised(
            as_of=day,
            rule=asked,
            period=span.title or str(span.period),
            before=span.before_title or ("" if span.before is None else str(span.before)),
            people=people,
            kinds=kinds,
        )

    def recognition_view(
        self, found: Recognised, register: Register, *, audience: str = "leaders", tell_why: bool = False
    ) -> View:
        """Lay out who is recognised, made safe for an audience; nobody else is named, and no rate is told.

        Args:
            found: What was found.
            register: The register that it was found in.
            audience: Id of the outline whose audience reads it.
            tell_why: Also say what is recognised; improved tells of a time that was worse.

        Raises:
            UnknownNameError: If there is no such outline.
        """
        outline = self.outline(audience)
        report = recognition_report(
            found,
            self.provenance(register),
            audience=outline.audience,
            school=self.configuration.school.name,
            tell_why=tell_why,
            notes=self.notes(),
        )
        return self.view(report, outline)

    # -- what letters are made from

    def _everybody(self, register: Register, period: DateRange) -> Analysis:
        """Return an analysis that leaves nobody out: a profile's choices are for figures, not for families."""
        profile = without_clauses(self.profile)
        return Analysis.of(register, profile, self.packs(), start=period.start, end=period.end)

    def _told(self, register: Register, span: Span, as_of: date, ledgers: Ledgers | None, progress: Progress) -> _Told:
        progress("sessions")
        people = on_roll(register, as_of)
        analysis = self._everybody(register, span.period)
        now = _by_pupil(register, analysis, span.period)
        before = {} if span.before is None else _by_pupil(register, analysis, span.before)
        progress("ledgers")
        whose = {} if ledgers is None else ledgers_by_pupil(register, ledgers.all(*LOOKED_AT, Transition))
        known = traits(register, (_NAME, FAMILY, _LANGUAGE), as_of)
        year = str(AcademicYear.of(as_of))
        targets = [
            one.value
            for one in self.configuration.targets
            if (one.measure, one.cohort, one.academic_year) == ("attendance", "all", year)
        ]
        lines = {}
        for one in people:
            key = (one.school_id, one.who.pupil_id)
            ledger = whose.get(one.who)
            lines[one.who] = PupilLines(
                pupil=one,
                who=one.who if ledger is None or ledger.who is None else ledger.who,
                name=known[_NAME].get(one.number, "").strip() or one.who.pupil_id,
                sessions=now.get(key, PupilSessions(period=span.period)),
                before=before.get(key),
                target=targets[0] if targets else None,
            )
        groups = families(people, known[FAMILY], whose, as_of)
        return _Told(people=people, whose=whose, groups=groups, lines=lines, languages=known[_LANGUAGE])

    def _letters(
        self,
        template: LetterTemplate,
        told: _Told,
        wanted: Collection[PupilKey],
        span: Span,
        as_of: date,
        language: str,
        contact: str,
    ) -> Letters:
        """Hold each pupil back or write of them, families in one letter where the template says so."""
        pathway = self.pathway() if told.whose else load_own_pathway()
        held: list[Held] = []
        ready: list[tuple[OnRoll, ...]] = []
        for family in told.groups:
            if not any(one.who in wanted for one in family):
                continue
            refusals = {
                one.who: preflight(template, told.lines[one.who].sessions, told.whose.get(one.who), pathway, as_of)
                for one in family
            }
            shared = [(who, one) for who, mine in refusals.items() for one in mine if one.stop in OF_THE_FAMILY]
            free = []
            for one in family:
                if one.who not in wanted:
                    continue
                others = tuple(
                    Refusal(stop=refusal.stop, text=f"a brother or sister: {refusal.text}")
                    for who, refusal in shared
                    if who != one.who
                )
                mine = (*refusals[one.who], *others)
                if mine:
                    held.append(Held(pupil=one, refusals=mine))
                else:
                    free.append(one)
            if template.families:
                ready += [tuple(free)] if free else []
            else:
                ready += [(one,) for one in free]
        values = {
            "school": self.configuration.school.name,
            "written_on": as_of,
            "from_day": span.period.start,
            "to_day": span.period.end,
            "period": span.title,
            "previous": span.before_title,
            "contact": contact,
        }
        letters = [
            _write(template, number, [told.lines[one.who] for one in group], values, _spoken(group, told, language))
            for number, group in enumerate(ready, start=1)
        ]
        return Letters(template=template, letters=tuple(letters), held=tuple(held))


def _spoken(group: Sequence[OnRoll], told: _Told, language: str) -> str:
    """Return the language of a family: the one asked for, else the first that the register tells."""
    return language or next((told.languages[one.number] for one in group if told.languages.get(one.number)), "")


def _write(
    template: LetterTemplate, number: int, lines: Sequence[PupilLines], values: Mapping[str, Any], language: str
) -> Letter:
    text = template.text(language)
    notes = []
    if language and text.language != language:
        notes.append(f"there is no text in {language!r}: written in {text.language!r}")
    whole = {**values, "pupils": [line.fields() for line in lines], "many": len(lines) > 1}
    return Letter(
        number=number,
        pupils=tuple(lines),
        language=text.language,
        subject=fill_in(text.subject, whole),
        text=fill_in(text.body, whole),
        notes=tuple(notes),
    )


def _by_pupil(register: Register, analysis: Analysis, period: DateRange) -> Mapping[tuple[str, str], PupilSessions]:
    """Return the sessions of each pupil of each school, those of all enrolments together."""
    found = sessions_of(analysis, period)
    parts: dict[tuple[str, str], list[PupilSessions]] = {}
    for number, school, pupil in register.enrolments.select(NUMBER, SCHOOL, PUPIL).iter_rows():
        if number in found:
            parts.setdefault((school, pupil), []).append(found[number])
    return {key: added(mine, period) for key, mine in parts.items()}
