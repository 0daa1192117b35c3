"""Pre-flight: what keeps a letter back before a person is asked to approve it.

Pure: a pupil's sessions and ledger go in, refusals come out, each naming what stopped the letter. A letter that warns
of a statutory step meets more stops than one that offers help or says well done.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen

from attendance_core.dates import AcademicYear
from attendance_core.model.letters import AbsenceKind, LetterTemplate
from attendance_core.model.support_contacts import (
    CaseMeeting,
    Contact,
    LetterSent,
    LetterStop,
    StopReason,
    SupportOffer,
)
from attendance_core.model.support_duties import MedicalNeeds, Safeguarding
from attendance_core.model.support_plans import SupportPlan
from attendance_core.model.support_steps import Arrangement
from attendance_core.model.support_tiers import FactorKind, FactorsNoted, Pathway
from attendance_core.support.ledger import Ledger
from attendance_core.support.sessions import PupilSessions

#: The kinds of events that a pre-flight looks at.
LOOKED_AT: Final = (
    LetterStop,
    Safeguarding,
    MedicalNeeds,
    Arrangement,
    SupportPlan,
    FactorsNoted,
    SupportOffer,
    CaseMeeting,
    Contact,
    LetterSent,
)


class Stop(StrEnum):
    """What keeps a letter back."""

    FEW_SESSIONS = "few-sessions"
    """So few possible sessions that a rate says nothing."""
    ILLNESS = "illness"
    """Without illness and medical appointments, too little is left to warn of."""
    GRANTED = "granted"
    """Without absence that the school accepted, too little is left to warn of."""
    UNEXPLAINED = "unexplained"
    """Without sessions that nobody has explained yet, too little is left to warn of."""
    UNAUTHORISED = "unauthorised"
    """Without unauthorised absence, which the template does not count, too little is left to warn of."""
    SAFEGUARDING = "safeguarding"
    """Somebody stopped letters for the child's safety; or a warning would go to a child with a social worker."""
    BEREAVEMENT = "bereavement"
    """Somebody stopped letters after a death."""
    OTHER = "other"
    """Somebody stopped letters for another reason."""
    MEDICAL_NEEDS = "medical-needs"
    """The school has recorded that the child's health needs support."""
    ARRANGEMENT = "arrangement"
    """The school has agreed that the child attends otherwise."""
    PLAN = "plan"
    """A support plan runs: what is to be said is said there."""
    BARRIER = "barrier"
    """A barrier was noted this year, and no support has been offered since."""
    OPEN_CONTACT = "open-contact"
    """What was to follow a contact of this year has not been done yet."""
    SENT = "sent"
    """The same letter was approved a short while ago."""


#: Stops that hold for the whole family, since one letter reaches all of it.
OF_THE_FAMILY: Final = (Stop.SAFEGUARDING, Stop.BEREAVEMENT, Stop.OTHER)

_REASONS = {
    StopReason.SAFEGUARDING: Stop.SAFEGUARDING,
    StopReason.BEREAVEMENT: Stop.BEREAVEMENT,
    StopReason.OTHER: Stop.OTHER,
}
_KINDS = {
    AbsenceKind.ILLNESS: Stop.ILLNESS,
    AbsenceKind.GRANTED: Stop.GRANTED,
    AbsenceKind.UNEXPLAINED: Stop.UNEXPLAINED,
    AbsenceKind.UNAUTHORISED: Stop.UNAUTHORISED,
}


@frozen(kw_only=True)
class Refusal:
    """Why a letter about a pupil is kept back.

    Attributes:
        stop: What stopped it.
        text: The same in words; it names nobody.
    """

    stop: Stop
    text: str

    def __str__(self) -> str:
        return f"{self.stop.value}: {self.text}"


def preflight(
    template: LetterTemplate,
    sessions: PupilSessions,
    ledger: Ledger | None,
    pathway: Pathway,
    as_of: date,
) -> tuple[Refusal, ...]:
    """Return everything that keeps a letter about a pupil back; nothing: a person may approve it.

    Args:
        template: The letter.
        sessions: The pupil's sessions in the period that it speaks of.
        ledger: What is written about the pupil; None: nothing.
        pathway: The pathway, for which factors are barriers.
        as_of: The day of the letter; what was written later is not known.
    """
    found: list[Refusal] = []
    if sessions.possible < template.minimum_possible:
        found.append(
            Refusal(
                stop=Stop.FEW_SESSIONS,
                text=f"{sessions.possible} possible sessions, and {template.minimum_possible} are asked",
            )
        )
    if ledger is not None:
        found += _stopped(ledger, as_of)
        found += _sent(template, ledger, as_of)
    if template.threatening:
        found += _absence(template, sessions)
        if ledger is not None:
            found += _known(ledger, pathway, as_of)
    return tuple({(one.stop, one.text): one for one in found}.values())


def _running(start: date, end: date | None, as_of: date) -> bool:
    return start <= as_of and (end is None or end >= as_of)


def _stopped(ledger: Ledger, as_of: date) -> list[Refusal]:
    stops = [record.event for record in ledger.records(LetterStop, as_of)]
    return [
        Refusal(stop=_REASONS[one.reason], text=f"letters are stopped since {one.start}")
        for one in stops
        if _running(one.start, one.end, as_of)
    ]


def _sent(template: LetterTemplate, ledger: Ledger, as_of: date) -> list[Refusal]:
    """Refuse to send the same again so soon; a letter of the same day is the one at hand."""
    first = as_of - timedelta(days=template.again_after_days)
    sent = [record.event for record in ledger.records(LetterSent, as_of) if record.event.template == template.id]
    return [
        Refusal(stop=Stop.SENT, text=f"approved on {one.on}, and {template.again_after_days} days have not passed")
        for one in sent
        if first < one.on < as_of
    ]


def _absence(template: LetterTemplate, sessions: PupilSessions) -> list[Refusal]:
    """Refuse to warn of absence that only counts because of what the template sets aside."""
    counted = sessions.of(template.counts)

    def enough(number: int) -> bool:
        return number > 0 and 100 * number >= template.at_least * sessions.possible

    if enough(counted):
        return []
    aside = [kind for kind in AbsenceKind if kind not in template.counts and sessions.of([kind])]
    deciding = [kind for kind in aside if enough(counted + sessions.of([kind]))] or aside
    text = f"{counted} of {sessions.possible} sessions are left, {template.at_least} % are asked"
    if not deciding:
        return [Refusal(stop=_KINDS[kind], text=text) for kind in template.counts]
    return [
        Refusal(stop=_KINDS[kind], text=f"{text}; {sessions.of([kind])} more are {kind.value}") for kind in deciding
    ]


def _known(ledger: Ledger, pathway: Pathway, as_of: date) -> Iterable[Refusal]:
    """Refuse to warn a family in spite of what the school knows."""
    for care in ledger.records(Safeguarding, as_of):
        if _running(care.event.start, care.event.end, as_of):
            yield Refusal(stop=Stop.SAFEGUARDING, text="the child has a social worker: speak to the safeguarding lead")
    for needs in ledger.records(MedicalNeeds, as_of):
        if _running(needs.event.start, needs.event.end, as_of):
            yield Refusal(stop=Stop.MEDICAL_NEEDS, text=f"medical needs are recorded since {needs.event.start}")
    for agreed in ledger.records(Arrangement, as_of):
        if _running(agreed.event.start, agreed.event.last, as_of):
            yield Refusal(stop=Stop.ARRANGEMENT, text=f"a {agreed.event.way.value} runs until {agreed.event.last}")
    for plan in ledger.records(SupportPlan, as_of):
        if _running(plan.event.start, plan.event.end, as_of):
            yield Refusal(stop=Stop.PLAN, text=f"a support plan runs since {plan.event.start}")
    year = AcademicYear.of(as_of)

    def lately(day: date) -> bool:
        return day <= as_of and AcademicYear.of(day) == year

    for contact in ledger.records(Contact, as_of):
        if lately(contact.event.on) and contact.event.next_action and contact.event.next_done is None:
            yield Refusal(stop=Stop.OPEN_CONTACT, text=f"what was to follow on {contact.event.on} is still to be done")
    barriers = {factor.id for factor in pathway.factors if factor.kind is FactorKind.BARRIER}
    days = [record.day for cls in (SupportOffer, SupportPlan, CaseMeeting) for record in ledger.records(cls, as_of)]
    offered = max((day for day in days if day <= as_of), default=date.min)
    for noted in ledger.records(FactorsNoted, as_of):
        if lately(noted.event.on) and offered < noted.event.on and barriers & set(noted.event.factors):
            text = f"a barrier was noted on {noted.event.on}, and no support has been offered since"
            yield Refusal(stop=Stop.BARRIER, text=text)
