"""The gate before a statutory step: what the ledger shows of support that was offered.

A gate warns. Whoever goes on says why, and who decided; that is written down with the step.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from attrs import frozen
from dateutil.relativedelta import relativedelta

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.events import Event
from attendance_core.model.ledgers import Record
from attendance_core.model.sources import Citation
from attendance_core.model.support_contacts import CaseMeeting, OfferResponse, SupportOffer
from attendance_core.model.support_gates import (
    Gate,
    GateResult,
    GateVersion,
    Proof,
    ProofKind,
    ProofState,
    Requirement,
)
from attendance_core.model.support_plans import Review, SupportPlan
from attendance_core.model.support_steps import StatutoryStep, StepKind, StepState
from attendance_core.reference.sources import check_cites, load_sources
from attendance_core.reference.versions import check_versions
from attendance_core.support.ledger import Ledger

E = TypeVar("E", bound=Event)
Records = tuple[Record[E], ...]

_WEEK, _FRIDAY, _SUNDAY = 7, 4, 6
_REFUSED = (OfferResponse.DECLINED, OfferResponse.NO_REPLY)


@frozen(kw_only=True)
class VersionEntry:
    """A version of a gate as written: what it looks for is named by ids."""

    in_force_from: date
    in_force_to: date | None = None
    requires: tuple[str, ...]
    doubt: str = ""
    last_checked_on: date
    cites: tuple[Citation, ...]


@frozen(kw_only=True)
class GateEntry:
    """A gate as written: its dated versions, earliest first."""

    step: StepKind
    title: str
    versions: tuple[VersionEntry, ...]


@frozen(kw_only=True)
class GatesDocument:
    """The form of ``gates.toml``."""

    requirements: tuple[Requirement, ...]
    gates: tuple[GateEntry, ...]


@cache
def load_gates() -> Mapping[StepKind, Gate]:
    """Return the gate of each kind of step.

    Raises:
        DocumentError: With every fault of the file.
    """
    path = Path(str(resources.files("attendance_core"))) / "support" / "gates.toml"
    document = load_toml(path, GatesDocument)
    faults = check_gates(document, where=path.name)
    if faults:
        raise DocumentError(*faults)
    known = {one.id: one for one in document.requirements}
    return MappingProxyType({entry.step: _gate(entry, known) for entry in document.gates})


def _gate(entry: GateEntry, known: Mapping[str, Requirement]) -> Gate:
    versions = tuple(
        GateVersion(
            in_force_from=one.in_force_from,
            in_force_to=one.in_force_to,
            requires=tuple(known[id] for id in one.requires),
            doubt=one.doubt,
            last_checked_on=one.last_checked_on,
            cites=one.cites,
        )
        for one in entry.versions
    )
    return Gate(step=entry.step, title=entry.title, versions=versions)


def check_gates(document: GatesDocument, *, where: str) -> tuple[Fault, ...]:
    """Return the faults of gates: steps without one or with two, versions that overlap, requirements without a name.

    Args:
        document: The gates and what they look for.
        where: Name of the document, for messages.
    """
    steps, ids = [gate.step for gate in document.gates], [one.id for one in document.requirements]
    named = [id for gate in document.gates for version in gate.versions for id in version.requires]
    faults = [
        Fault(f"{where}: {what} {name!r}", f"stands {times} times", "once", "Give it once")
        for what, name, times in (
            *(("gate", kind.value, steps.count(kind)) for kind in StepKind),
            *(("requirement", id, ids.count(id)) for id in dict.fromkeys((*ids, *named))),
        )
        if times != 1
    ]
    faults += [
        Fault(f"{where}: requirement {id!r}", "is looked for nowhere", "a gate that names it", "Remove it")
        for id in ids
        if id not in named
    ]
    for gate in document.gates:
        place = f"{where}: gate {gate.step.value!r}.versions"
        faults += check_versions(gate.versions, where=place, gapless=True)
        for index, version in enumerate(gate.versions):
            faults += check_cites(version.cites, where=f"{place}[{index}]", known=load_sources())
    return tuple(faults)


def version_on(gate: Gate, on: date) -> GateVersion | None:
    """Return what a gate looks for on a day; None where it looks for nothing yet."""
    begun = [one for one in gate.versions if one.in_force_from <= on]
    return begun[-1] if begun and (begun[-1].in_force_to or on) >= on else None


@frozen(kw_only=True)
class _Asked:
    """A step that is asked about, and what is known on its day."""

    ledger: Ledger
    step: StatutoryStep
    as_of: date
    concerns: Collection[str] | None
    inclusive: bool = True

    def records(self, cls: type[E], months: int | None) -> Records[E]:
        """Return records of a kind up to the day of the step, the latest first, without what is too old."""
        on = self.step.on
        first = date.min if months is None else on - relativedelta(months=months)
        found = (one for one in self.ledger.records(cls, self.as_of) if first <= one.day <= on)
        return tuple(sorted(found, key=lambda one: one.day, reverse=True))

    def refused(self, requirement: Requirement) -> Records[SupportOffer]:
        """Return the offers that name what was offered and were not taken up."""
        if not requirement.offered:
            return ()
        word = re.compile(rf"\b{re.escape(requirement.offered)}s?\b", re.IGNORECASE)
        return tuple(
            one
            for one in self.records(SupportOffer, requirement.months)
            if one.event.response in _REFUSED and word.search(one.event.what)
        )


def ask_gate(
    step: StatutoryStep,
    ledger: Ledger,
    *,
    as_of: date,
    concerns: Collection[str] | None = None,
    inclusive: bool = True,
) -> GateResult:
    """Say what a ledger shows before a step.

    Args:
        step: The step; what it says itself of ``missing`` and ``reason`` does not matter.
        ledger: The pupil's ledger, with the entries of every kind.
        as_of: What was written later is not known.
        concerns: Rules, as ``policy/rule``, of the pupil's open concerns; None: no register was asked.
        inclusive: Whether a step exactly so many years ago still counts to a limit (setting ``notice-years``).
    """
    gate = load_gates()[step.step]
    version = version_on(gate, step.on)
    asked = _Asked(ledger=ledger, step=step, as_of=as_of, concerns=concerns, inclusive=inclusive)
    proofs = tuple(_KINDS[one.kind](one, asked) for one in (version.requires if version else ()))
    return GateResult(gate=gate, version=version, on=step.on, proofs=proofs)


def _found(requirement: Requirement, records: Iterable[Record[Event]], says: str, otherwise: str) -> Proof:
    """Return a proof that records show; without any it is missing."""
    listed = tuple(records)
    return Proof(
        requirement=requirement,
        state=ProofState.MET if listed else ProofState.MISSING,
        records=tuple(one.id for one in listed),
        says=says if listed else otherwise,
    )


def _within(requirement: Requirement) -> str:
    return f" within {requirement.months} months" if requirement.months else ""


def _offer(requirement: Requirement, asked: _Asked) -> Proof:
    offers = asked.records(SupportOffer, requirement.months)
    return _found(requirement, offers, _counted(offers, "offer"), f"no offer is recorded{_within(requirement)}")


def _answer(requirement: Requirement, asked: _Asked) -> Proof:
    offers = asked.records(SupportOffer, requirement.months)
    waited = asked.step.on - timedelta(days=requirement.days or 0)
    known = [one for one in offers if one.event.response is not OfferResponse.WAITING]
    silent = [one for one in offers if one.event.response is OfferResponse.WAITING and one.event.on <= waited]
    said = f"{_counted(known, 'answer')} known" if known else f"no answer for {requirement.days} days and more"
    return _found(requirement, known or silent, said, "no offer has an answer, and none is old enough to go without")


def _meeting(requirement: Requirement, asked: _Asked) -> Proof:
    held = asked.records(CaseMeeting, requirement.months)
    refused = asked.refused(requirement)
    says = _counted(held, "meeting") if held else "a meeting was offered and not taken up"
    return _found(requirement, held or refused, says, f"no meeting is recorded{_within(requirement)}")


def _plan(requirement: Requirement, asked: _Asked) -> Proof:
    reviewed = {one.event.of for one in asked.records(Review, None)}
    on = asked.step.on
    first = date.min if requirement.months is None else on - relativedelta(months=requirement.months)
    plans = [one for one in asked.records(SupportPlan, None) if one.event.end is None or one.event.end >= first]
    good = [one for one in plans if one.event.review_due is not None or one.id.place in reviewed]
    says = _counted(good, "plan") if good else "a plan was offered and not taken up"
    otherwise = f"no plan is recorded{_within(requirement)}"
    if plans:
        otherwise = "the plan has no day for a review, and no review"
    return _found(requirement, good or asked.refused(requirement), says, otherwise)


def _review(requirement: Requirement, asked: _Asked) -> Proof:
    held = [one for one in asked.records(Review, requirement.months) if one.event.held is not None]
    return _found(requirement, held, _counted(held, "review"), f"no review was held{_within(requirement)}")


def _step(requirement: Requirement, asked: _Asked) -> Proof:
    kind = requirement.step
    taken = [
        one
        for one in asked.records(StatutoryStep, requirement.months)
        if one.event.step is kind and one.event.state not in (StepState.PROPOSED, StepState.WITHDRAWN)
    ]
    over = [one for one in taken if _over(one.event, asked.step.on)]
    name = kind.value.replace("-", " ") if kind else ""
    says = f"{_counted(over, name)}" if over else f"{name} was offered and not taken up"
    otherwise = f"no {name} is recorded{_within(requirement)}"
    if taken:
        met = taken[0].event.state is StepState.MET
        otherwise = f"the {name} {'was met: the improvement came' if met else 'has not come to its end'}"
    return _found(requirement, over or asked.refused(requirement), says, otherwise)


def _over(step: StatutoryStep, on: date) -> bool:
    """Say whether the time of a step that has one is over: it was not met, or its last day has passed."""
    if step.step is not StepKind.NOTICE_TO_IMPROVE or step.state is StepState.NOT_MET:
        return True
    return step.state is not StepState.MET and step.end is not None and step.end < on


def _parent(requirement: Requirement, asked: _Asked) -> Proof:
    named = bool(asked.step.parent.strip())
    state = ProofState.MET if named else ProofState.MISSING
    return Proof(requirement=requirement, state=state, says="it is said" if named else "it is not said")


def _period(requirement: Requirement, asked: _Asked) -> Proof:
    start, end = asked.step.start, asked.step.end
    least, most = requirement.at_least or 0, requirement.at_most or 0
    if start is None or end is None:
        return Proof(requirement=requirement, state=ProofState.MISSING, says="no period is given")
    # A period to a Friday lasts the week out, and one from a Monday to a Monday has whole weeks between them.
    rest = _SUNDAY - end.weekday() if end.weekday() >= _FRIDAY else 0
    fits = (end - start).days + 1 + rest >= least * _WEEK and (end - start).days <= most * _WEEK
    state = ProofState.MET if fits else ProofState.MISSING
    return Proof(requirement=requirement, state=state, says=f"{(end - start).days + 1} days, first and last included")


def _limit(requirement: Requirement, asked: _Asked) -> Proof:
    step = asked.step
    first = step.on - relativedelta(years=requirement.years or 0)
    counted = [
        one
        for one in asked.records(StatutoryStep, None)
        if one.event.step is step.step
        and one.event.state not in (StepState.PROPOSED, StepState.WITHDRAWN)
        and (one.day > first or (asked.inclusive and one.day == first))
        # Where either says no parent, nobody can tell that they are different ones.
        and (not step.parent or not one.event.parent or _same(one.event.parent, step.parent))
    ]
    most = requirement.at_most or 0
    state = ProofState.MET if len(counted) < most else ProofState.MISSING
    says = f"{len(counted)} of {most} since {first}"
    return Proof(requirement=requirement, state=state, records=tuple(one.id for one in counted), says=says)


def _same(a: str, b: str) -> bool:
    return a.strip().casefold() == b.strip().casefold()


def _threshold(requirement: Requirement, asked: _Asked) -> Proof:
    if asked.concerns is None:
        return Proof(requirement=requirement, state=ProofState.NOT_CHECKED, says="no register was given")
    there = requirement.concern in asked.concerns
    state = ProofState.MET if there else ProofState.MISSING
    says = "an open concern of the register" if there else "no open concern of the register"
    return Proof(requirement=requirement, state=state, says=says)


def _counted(records: Collection[Record[E]], what: str) -> str:
    return f"{len(records)} {what if len(records) == 1 else f'{what}s'}"


_KINDS: dict[ProofKind, Callable[[Requirement, _Asked], Proof]] = {
    ProofKind.OFFER: _offer,
    ProofKind.ANSWER: _answer,
    ProofKind.MEETING: _meeting,
    ProofKind.PLAN: _plan,
    ProofKind.REVIEW: _review,
    ProofKind.STEP: _step,
    ProofKind.PARENT: _parent,
    ProofKind.PERIOD: _period,
    ProofKind.LIMIT: _limit,
    ProofKind.THRESHOLD: _threshold,
}
