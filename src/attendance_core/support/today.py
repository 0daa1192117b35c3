"""The first-day response: who is away without a known reason, the most pressing first, and what was tried."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import collect
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.periods import whole_year_to, within
from attendance_core.model.first_response import (
    Attempt,
    AwayPupil,
    ContactGap,
    EmergencyContact,
    FirstResponse,
    Priority,
)
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.marks import CODE, ENROLMENT, NUMBER, PUPIL, SCHOOL, SESSION
from attendance_core.model.support_contacts import Contact
from attendance_core.model.support_duties import LookedAfter, MedicalNeeds, Safeguarding
from attendance_core.policy.concerns import Concerns
from attendance_core.register.register import Register
from attendance_core.support.contact_list import digits
from attendance_core.support.first_day import ContactsNeeded, ToldOf, in_force, load_first_day
from attendance_core.support.ledger import Ledger, Ledgers
from attendance_core.support.words import counted, word

#: Cohorts that put a pupil first, beside what ledgers say.
_COHORTS: Final[Mapping[str, Priority]] = {
    "child-protection": Priority.SOCIAL_WORKER,
    "child-in-need": Priority.SOCIAL_WORKER,
    "social-worker": Priority.SOCIAL_WORKER,
    "looked-after": Priority.LOOKED_AFTER,
    "health": Priority.MEDICAL,
}


def first_response(
    analysis: Analysis,
    as_of: date,
    *,
    ledgers: Ledgers | None = None,
    contacts: Sequence[EmergencyContact] | None = None,
    concerns: Concerns | None = None,
) -> FirstResponse:
    """Return who is to be asked after on a day.

    Args:
        analysis: The register, with its cohorts.
        as_of: The day.
        ledgers: What was tried, and who has duties owed; None: not known.
        contacts: Emergency contacts; None: not known.
        concerns: Concerns on this day; None: not asked.
    """
    register = analysis.register
    codes = in_force(load_first_day().unexplained, as_of).codes
    people = _on_roll(register, as_of)
    marks = collect(
        register.marks.filter(within(DateRange(as_of, as_of), register.marks)).select(NUMBER, SESSION, CODE)
    )
    marked: dict[int, dict[str, str]] = {}
    for number, session, code in marks.iter_rows():
        marked.setdefault(number, {})[str(session)] = str(code)
    held: dict[str, set[str]] = {}
    for number, sessions in marked.items():
        if number in people:
            held.setdefault(people[number].school, set()).update(sessions)
    away = [number for number in people if set(marked.get(number, {}).values()) & set(codes)]
    unmarked = [
        number
        for number, one in people.items()
        if number not in away and held.get(one.school, set()) - set(marked.get(number, {}))
    ]
    case = _Day(
        as_of=as_of,
        several=len(register.schools) > 1,
        runs=_runs(analysis, as_of),
        first=_first(analysis, as_of),
        concerns=_concerned(concerns),
        contacts=_by_pupil(contacts or ()),
        ledgers=ledgers,
        begun=frozenset() if ledgers is None else frozenset(ledgers.pupils()),
    )
    notes = []
    if not marked:
        notes.append(f"The register holds no mark of {as_of}")
    if ledgers is None:
        notes.append("No store was given: what was tried, and who has a social worker, is known by cohorts alone")
    if contacts is None:
        notes.append("No contacts file was given: emergency contacts are not checked")
    else:
        strangers = {one.pupil_id for one in contacts} - {one.pupil for one in people.values()}
        if strangers:
            who = counted(len(strangers), "pupil")
            notes.append(f"Left out of the contacts: those of {who} not on roll on this day")
    found = [case.pupil(number, people[number], marked[number], held) for number in away]
    blank = [case.pupil(number, people[number], marked.get(number, {}), held, unmarked=True) for number in unmarked]
    return FirstResponse(
        as_of=as_of,
        away=tuple(sorted(found, key=_pressing)),
        unmarked=tuple(sorted(blank, key=_pressing)),
        gaps=None if contacts is None else contact_gaps(people.values(), case.contacts, as_of, several=case.several),
        notes=tuple(notes),
    )


def _pressing(one: AwayPupil) -> tuple[Any, ...]:
    return (one.priority, -one.concerns, -one.run, one.who.school_id, one.who.pupil_id)


@frozen(kw_only=True)
class OnRoll:
    """A pupil on roll on a day."""

    enrolment: str = field(repr=False)
    school: str
    pupil: str = field(repr=False)

    def key(self, several: bool) -> PupilKey:
        """Return whose ledger it is."""
        return PupilKey(pupil_id=self.pupil, school_id=self.school if several else "")


def _on_roll(register: Register, as_of: date) -> dict[int, OnRoll]:
    on_roll = register.enrolments.filter(nw.col("start") <= as_of, nw.col("end") >= as_of)
    return {
        number: OnRoll(enrolment=enrolment, school=school, pupil=pupil)
        for number, enrolment, school, pupil in on_roll.select(NUMBER, ENROLMENT, SCHOOL, PUPIL).iter_rows()
    }


def _runs(analysis: Analysis, as_of: date) -> dict[int, int]:
    """Return how many sessions of absence on end lead up to a day."""
    spells = analysis.spells(whole_year_to(analysis.register, None, as_of)).filter(nw.col("end") == as_of)
    return {number: int(sessions) for number, sessions in spells.select(NUMBER, "sessions").iter_rows()}


def _first(analysis: Analysis, as_of: date) -> dict[int, Priority]:
    """Return who comes first by the cohorts of the register."""
    found: dict[int, Priority] = {}
    for cohort, priority in _COHORTS.items():
        who = analysis.populations.get(cohort)
        if who.available:
            now = who.frame.filter(nw.col("valid_from") <= as_of, nw.col("valid_to") >= as_of)
            for number in now[NUMBER].to_list():
                found[number] = min(priority, found.get(number, priority))
    return found


def _concerned(concerns: Concerns | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for enrolment in [] if concerns is None else concerns.frame()[ENROLMENT].to_list():
        found[enrolment] = found.get(enrolment, 0) + 1
    return found


def _by_pupil(contacts: Iterable[EmergencyContact]) -> dict[str, list[EmergencyContact]]:
    found: dict[str, list[EmergencyContact]] = {}
    for one in contacts:
        found.setdefault(one.pupil_id, []).append(one)
    return {pupil: sorted(listed, key=lambda one: one.priority or 999) for pupil, listed in found.items()}


@frozen(kw_only=True)
class _Day:
    """What is known on the day, to make an answer for each pupil of."""

    as_of: date
    several: bool
    runs: Mapping[int, int] = field(repr=False)
    first: Mapping[int, Priority] = field(repr=False)
    concerns: Mapping[str, int] = field(repr=False)
    contacts: Mapping[str, list[EmergencyContact]] = field(repr=False)
    ledgers: Ledgers | None = field(repr=False)
    begun: frozenset[PupilKey] = field(repr=False)

    def pupil(
        self,
        number: int,
        one: OnRoll,
        marks: Mapping[str, str],
        held: Mapping[str, set[str]],
        *,
        unmarked: bool = False,
    ) -> AwayPupil:
        """Return what is known of one pupil."""
        ledgers = self._ledgers(one)
        priority = min([self.first.get(number, Priority.OTHERS), *(self._priority(ledger) for ledger in ledgers)])
        call = tuple(contact for contact in self.contacts.get(one.pupil, ()) if contact.school_id in ("", one.school))
        name = next((contact.pupil_name for contact in call if contact.pupil_name), "")
        sessions = sorted(held.get(one.school, set()) | set(marks))
        return AwayPupil(
            who=one.key(self.several),
            name=name,
            sessions=tuple(f"{session} {marks.get(session, '-')}" for session in sessions),
            unmarked=unmarked,
            priority=priority,
            concerns=self.concerns.get(one.enrolment, 0),
            run=self.runs.get(number, 0),
            attempts=self._attempts(ledgers),
            tell=() if unmarked or priority is not Priority.SOCIAL_WORKER else self._tell(ledgers),
            call=call,
        )

    def _ledgers(self, one: OnRoll) -> tuple[Ledger, ...]:
        """Return the ledgers of a pupil: a store of one school may name the school or leave it out."""
        if self.ledgers is None:
            return ()
        keys = [PupilKey(pupil_id=one.pupil, school_id=one.school)]
        keys += [] if self.several else [PupilKey(pupil_id=one.pupil)]
        return tuple(self.ledgers.of(who) for who in keys if who in self.begun)

    def _live(self, ledger: Ledger, cls: type[Any]) -> list[Any]:
        events = [record.event for record in ledger.records(cls, self.as_of)]
        return [one for one in events if one.start <= self.as_of and (one.end is None or one.end >= self.as_of)]

    def _priority(self, ledger: Ledger) -> Priority:
        if self._live(ledger, Safeguarding):
            return Priority.SOCIAL_WORKER
        if any(not one.previously for one in self._live(ledger, LookedAfter)):
            return Priority.LOOKED_AFTER
        return Priority.MEDICAL if self._live(ledger, MedicalNeeds) else Priority.OTHERS

    def _tell(self, ledgers: Iterable[Ledger]) -> tuple[str, ...]:
        """Return who is still to be told of the day's absence."""
        rule: ToldOf = in_force(load_first_day().told, self.as_of)
        told = {
            word(entry.whom)
            for ledger in ledgers
            for status in self._live(ledger, Safeguarding)
            for entry in status.told
            if entry.on == self.as_of
        }
        return tuple(whom for whom in rule.whom if word(whom) not in told)

    def _attempts(self, ledgers: Iterable[Ledger]) -> tuple[Attempt, ...]:
        """Return the attempts about the day's absence; later entries about it are left out."""
        found = [
            (one.event, one.id.place)
            for ledger in ledgers
            for one in ledger.records(Contact, self.as_of)
            if (one.event.absence_of or one.event.on) == self.as_of and one.event.on <= self.as_of
        ]
        return tuple(
            Attempt(
                on=one.on,
                at=one.at,
                way=one.way.value,
                outcome=one.outcome.value,
                reply=one.reply,
                next_action="" if one.next_done is not None and one.next_done <= self.as_of else one.next_action,
                next_due=one.next_due,
            )
            for one, _ in sorted(found, key=lambda pair: (pair[0].on, pair[0].at, pair[1]))
        )


def contact_gaps(
    people: Iterable[OnRoll], contacts: Mapping[str, Sequence[EmergencyContact]], as_of: date, *, several: bool = False
) -> tuple[ContactGap, ...]:
    """Return the pupils on roll whose contacts are too few, or past the day by which they were to be confirmed.

    Two contacts with one number are one.
    """
    rule: ContactsNeeded = in_force(load_first_day().contacts, as_of)
    found = []
    for one in people:
        mine = [contact for contact in contacts.get(one.pupil, ()) if contact.school_id in ("", one.school)]
        held = len({digits(contact.phone) for contact in mine} - {""})
        ends = [end for end in (_good_until(contact, rule) for contact in mine) if end is not None and end < as_of]
        if held < rule.at_least or ends:
            found.append(
                ContactGap(
                    who=one.key(several),
                    held=held,
                    wanted=rule.at_least,
                    expired=len(ends),
                    earliest=min(ends, default=None),
                )
            )
    return tuple(sorted(found, key=lambda gap: (gap.held, gap.who.school_id, gap.who.pupil_id)))


def _good_until(contact: EmergencyContact, rule: ContactsNeeded) -> date | None:
    if contact.confirm_by is not None or contact.confirmed_on is None:
        return contact.confirm_by
    return contact.confirmed_on + timedelta(days=rule.confirm_days)
