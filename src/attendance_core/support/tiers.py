"""Tiers: which one is proposed for a pupil, and why. A proposal changes nothing; a person decides.

Concerns that hold propose their tier, and the strongest counts. A review may say to step up or down. A concern that
the last decision names is settled for some weeks: it holds the pupil where a person put them, and proposes nothing
higher. A step down is one tier at a time, after whole school weeks without a concern of the tier, or on the word of a
review that nothing new speaks against. So a concern more never lowers a proposal, and the order of concerns is nothing
to it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum

from attrs import evolve, field, frozen

from attendance_core.model.ledgers import PupilKey, Record
from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
from attendance_core.model.support_tiers import FactorsNoted, Pathway, Tier, TierDecision
from attendance_core.support.ledger import Ledger


class TierMove(StrEnum):
    """Where a proposal leads from the tier that a pupil is in."""

    UP = "step-up"
    STAY = "stay"
    DOWN = "step-down"


@frozen(kw_only=True)
class HeldConcern:
    """A concern that holds.

    Attributes:
        id: Its id.
        rule: Its rule, as ``policy/rule``.
        title: The rule's title.
    """

    id: str = field(repr=False)
    rule: str
    title: str = ""


@frozen(kw_only=True)
class TierCase:
    """What a proposal for one pupil is made from.

    Attributes:
        who: The pupil.
        concerns: What holds on the day asked about.
        weeks: Mondays of the whole school weeks that ended by then, latest first.
        held: Rules that held at the end of each of these weeks, as far as they were asked.
        decision: The last decision for a tier.
        review: The last review of a plan that was held after it.
        focus: What help for the noted factors works on.
        plan: Whether a support plan runs.
    """

    who: PupilKey
    concerns: tuple[HeldConcern, ...] = ()
    weeks: tuple[date, ...] = ()
    held: tuple[frozenset[str], ...] = ()
    decision: TierDecision | None = None
    review: Review | None = None
    focus: frozenset[str] = frozenset()
    plan: bool = False

    def since(self, day: date) -> int:
        """Return how many whole school weeks began after a day."""
        return sum(1 for week in self.weeks if week > day)

    def quiet(self, rules: Collection[str]) -> int:
        """Return for how many of the last weeks that were asked no rule of some held."""
        for number, held in enumerate(self.held):
            if not held.isdisjoint(rules):
                return number
        return len(self.held)


@frozen(kw_only=True)
class TierProposal:
    """The tier that is proposed for a pupil.

    Attributes:
        case: What it was made from.
        current: Id of the tier that the pupil is in.
        tier: Id of the tier that is proposed.
        move: Where it leads.
        reasons: Why, in words that name nobody.
    """

    case: TierCase
    current: str
    tier: str
    move: TierMove
    reasons: tuple[str, ...]

    @property
    def who(self) -> PupilKey:
        """The pupil."""
        return self.case.who

    def decision(self, on: date, *, tier: str = "", reason: str = "") -> TierDecision:
        """Return the decision to follow it, or to decide otherwise with a reason.

        Args:
            on: From when it holds.
            tier: The tier that a person chose; empty: the one proposed.
            reason: Why.

        Raises:
            DocumentError: If another tier was chosen without a reason.
        """
        return TierDecision(
            on=on,
            tier=tier or self.tier,
            proposed=self.tier,
            reason=reason,
            concerns=tuple(concern.id for concern in self.case.concerns),
        )


def case_of(
    who: PupilKey,
    ledger: Ledger | None,
    pathway: Pathway,
    as_of: date,
    *,
    concerns: Iterable[HeldConcern] = (),
    weeks: Sequence[date] = (),
    held: Sequence[frozenset[str]] = (),
) -> TierCase:
    """Put together what a proposal is made from.

    Args:
        who: The pupil.
        ledger: The pupil's ledger; None: nothing is written.
        pathway: The pathway, for what factors work on.
        as_of: The day asked about; what was written later is left out.
        concerns: What holds.
        weeks: As in `TierCase`.
        held: As in `TierCase`.
    """
    case = TierCase(who=who, concerns=tuple(concerns), weeks=tuple(weeks), held=tuple(held))
    if ledger is None:
        return case
    decided = _last_decision(ledger, as_of)
    plans = {record.id.place: record.event for record in ledger.records(SupportPlan, as_of)}
    works_on = {factor.id: factor.focus for factor in pathway.factors}
    noted = [one for record in ledger.records(FactorsNoted, as_of) for one in record.event.factors]
    return evolve(
        case,
        who=ledger.who or who,
        decision=None if decided is None else decided.event,
        review=_last_review(ledger, as_of, set(plans), decided),
        focus=frozenset(word for one in noted for word in works_on.get(one, ())),
        plan=any(plan.start <= as_of and (plan.end is None or plan.end >= as_of) for plan in plans.values()),
    )


def _last_decision(ledger: Ledger, as_of: date) -> Record[TierDecision] | None:
    records = [one for one in ledger.records(TierDecision, as_of) if one.event.on <= as_of]
    return max(records, key=lambda one: (one.event.on, one.id.place), default=None)


def _last_review(
    ledger: Ledger, as_of: date, plans: Collection[int], decided: Record[TierDecision] | None
) -> Review | None:
    """Return the last review of a plan that no decision for a tier has followed."""
    found = []
    for record in ledger.records(Review, as_of):
        held = record.event.held
        if held is None or held > as_of or record.event.of not in plans:
            continue
        if decided is None or (held, record.id.place) > (decided.event.on, decided.id.place):
            found.append((held, record.id.place, record.event))
    return max(found, key=lambda one: one[:2])[2] if found else None


def propose_tier(pathway: Pathway, case: TierCase) -> TierProposal:
    """Propose a tier for a pupil; where the last decision names a tier of another pathway, as if there were none."""
    known = {tier.id: place for place, tier in enumerate(pathway.tiers)}
    lost = case.decision if case.decision is not None and case.decision.tier not in known else None
    if lost is not None:
        case = evolve(case, decision=None, review=None)
    current = 0 if case.decision is None else known[case.decision.tier]
    spoken: dict[tuple[str, str], list[str]] = {}
    review = case.review
    down = review is not None and review.outcome is ReviewOutcome.STEP_DOWN
    reached = 0
    for concern in sorted(case.concerns, key=lambda one: (one.rule, one.id)):
        place = _called_for(pathway, case, concern, current)
        if place is None:
            continue
        capped, why = _capped(pathway, case, concern, place, current, down=down)
        reached = max(reached, capped)
        titles = spoken.setdefault((pathway.tiers[place].label, why), [])
        titles += [concern.title or concern.rule] if (concern.title or concern.rule) not in titles else []
    reasons = [
        f"{', '.join(titles)} {'speaks' if len(titles) == 1 else 'speak'} for {label}{why}"
        for (label, why), titles in spoken.items()
    ]
    if review is not None and review.outcome is ReviewOutcome.STEP_UP:
        reached = max(reached, min(current + 1, len(pathway.tiers) - 1))
        reasons.append(f"the review of {review.held} says to step up")
    proposed = reached
    if reached < current:
        steps, said = _step_down(pathway.tiers[current], pathway, case, current, down=down)
        proposed = current - 1 if steps else current
        reasons.append(said)
    move = TierMove.UP if proposed > current else TierMove.DOWN if proposed < current else TierMove.STAY
    if lost is not None:
        reasons.insert(0, f"the decision of {lost.on} names {lost.tier!r}, a tier that this pathway does not have")
    elif case.decision is None and not reasons:
        reasons.append("nobody has decided a tier yet")
    if proposed and current == proposed and not case.plan:
        reasons.append("no support plan runs")
    return TierProposal(
        case=case,
        current=pathway.tiers[current].id,
        tier=pathway.tiers[proposed].id,
        move=move,
        reasons=tuple(reasons),
    )


def _called_for(pathway: Pathway, case: TierCase, concern: HeldConcern, current: int) -> int | None:
    """Return the strongest tier that a concern speaks for; None for none."""
    found = None
    for place, tier in enumerate(pathway.tiers):
        if concern.rule in tier.enter or _repeated(tier, case, concern.rule, place - current):
            found = place
    return found


def _repeated(tier: Tier, case: TierCase, rule: str, above: int) -> bool:
    """Say whether a rule speaks for a tier because the one below did not help: long enough there, or decided so."""
    if rule not in tier.enter_repeated or case.decision is None or above > 1:
        return False
    if above == 1:
        return case.since(case.decision.on) >= tier.repeated_weeks
    named = _rules_of(case.decision)
    return rule in named and named.isdisjoint(tier.enter)


def _capped(
    pathway: Pathway, case: TierCase, concern: HeldConcern, place: int, current: int, *, down: bool
) -> tuple[int, str]:
    """Return how far a concern carries beside what a person decided knowing of it, and why not further."""
    decision = case.decision
    if decision is None or concern.rule not in _rules_of(decision):
        return place, ""
    if down and place >= current:
        return current - 1, ", which the review has weighed"
    left = pathway.settled_weeks - case.since(decision.on)
    repeated = current < place and concern.rule in pathway.tiers[place].enter_repeated
    if place > current and left > 0 and not repeated:
        return current, f", which the decision of {decision.on} knew of: settled for {left} more school weeks"
    return place, ""


def _rules_of(decision: TierDecision) -> frozenset[str]:
    """Return the rules of the concerns that a decision names, from their ids: ``policy@version/rule/...``."""
    parts = [concern.split("/") for concern in decision.concerns]
    return frozenset(f"{part[0].partition('@')[0]}/{part[1]}" for part in parts if len(part) > 1)


def _step_down(tier: Tier, pathway: Pathway, case: TierCase, current: int, *, down: bool) -> tuple[bool, str]:
    """Say whether a pupil may step down, and why or why not yet."""
    review = case.review
    if down and review is not None:
        return True, f"the review of {review.held} says to step down"
    if not tier.leave_after_weeks:
        return False, "only a review steps down from here"
    rules = {rule for one in pathway.tiers[current:] for rule in one.enter}
    rules |= {rule for rule in tier.enter_repeated if _repeated(tier, case, rule, 0)}
    weeks = case.quiet(rules)
    if case.decision is not None:
        weeks = min(weeks, case.since(case.decision.on))
    said = f"{weeks} of {tier.leave_after_weeks} whole school weeks without a concern of {tier.label}"
    return weeks >= tier.leave_after_weeks, said


def weeks_to_ask(pathway: Pathway) -> int:
    """Return for how many whole school weeks back concerns have to be asked."""
    return max(tier.leave_after_weeks for tier in pathway.tiers)


def rules_named(pathway: Pathway) -> tuple[str, ...]:
    """Return the rules that the tiers name, each once, in the order of tiers."""
    return tuple(dict.fromkeys(rule for tier in pathway.tiers for rule in (*tier.enter, *tier.enter_repeated)))


def count_moves(proposals: Iterable[TierProposal]) -> Mapping[tuple[str, str], int]:
    """Return how many pupils go from one tier to which."""
    counts: dict[tuple[str, str], int] = {}
    for one in proposals:
        counts[one.current, one.tier] = counts.get((one.current, one.tier), 0) + 1
    return counts
