"""Reviewing: what a look at an objective records, and what becomes of its actions and targets."""

from collections.abc import Mapping, Sequence
from datetime import date

from attrs import evolve, field, frozen

from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.model.actions import ActionState
from attendance_core.model.plan_rows import HalfTermName, TargetKind
from attendance_core.model.plans import (
    CarryOver,
    ImprovementPlan,
    Judgement,
    Objective,
    ObjectiveState,
    PlanAction,
    PlanReview,
    ReviewDecision,
    Verdict,
)
from attendance_core.plans.drafting import by_half_term
from attendance_core.plans.half_terms import ORDER


@frozen(kw_only=True)
class Changes:
    """What a review changes in its objective.

    Attributes:
        done: Action id to the day on which it was done.
        held: Action id to the days on which it was done once more; of actions with a rhythm.
        carried: Action id to the half term that it is taken on into.
        dropped: Action id to why it is given up.
        judged: Target id to what people say of it.
    """

    done: Mapping[str, date] = field(factory=dict)
    held: Mapping[str, Sequence[date]] = field(factory=dict)
    carried: Mapping[str, HalfTermName] = field(factory=dict)
    dropped: Mapping[str, str] = field(factory=dict)
    judged: Mapping[str, Verdict] = field(factory=dict)


def record(plan: ImprovementPlan, review: PlanReview, changes: Changes | None = None) -> ImprovementPlan:
    """Return a plan with a review, and with what it changes.

    What a review decides holds until a later one: one that is written down after a later one leaves the state alone.

    Args:
        plan: The plan.
        review: The review.
        changes: What it changes; None: nothing beside the objective's state.

    Raises:
        UnknownNameError: If objective, action or target is not in the plan; with all of them.
        DocumentError: If the plan is closed, nobody looked, or a change cannot be: an action that is closed already, a
            half term that lies before, a target that no people judge, an end with actions still open; with every fault.
    """
    what = changes or Changes()
    if plan.closed_on is not None:
        raise DocumentError(closed(plan, "Review the plan that follows it"))
    objective = plan.objective(review.objective)
    if objective is None:
        raise UnknownNameError(_unknown("objective", review.objective, [one.id for one in plan.objectives]))
    actions = {action.id: (half_term, action) for half_term, action in objective.each()}
    targets = {target.id: target for target in objective.targets}
    named = [("action", name, actions) for part in (what.done, what.held, what.carried, what.dropped) for name in part]
    unknown = [_unknown(kind, name, list(known)) for kind, name, known in named if name not in known]
    unknown += [_unknown("target", name, list(targets)) for name in what.judged if name not in targets]
    if unknown:
        raise UnknownNameError(*unknown)
    faults = [*_impossible(objective, what, review)]
    if faults:
        raise DocumentError(*faults)
    decides = all(one.on <= review.on for one in plan.reviews_of(objective.id))
    changed = [_changed(plan, half_term, action, what, review) for half_term, action in actions.values()]
    still = [action.id for _, action in changed if action.is_open]
    ends = {ReviewDecision.FINISH: ObjectiveState.FINISHED, ReviewDecision.STOP: ObjectiveState.STOPPED}
    if decides and review.decision is ReviewDecision.FINISH and still:
        raise DocumentError(
            *(
                Fault(
                    f"action {name!r}",
                    "is still open, and its objective is to be finished",
                    "done, or dropped with a reason",
                    "Say so in this review",
                )
                for name in still
            )
        )
    if decides and review.decision is ReviewDecision.STOP:
        changed = [
            (half_term, evolve(one, state=ActionState.DROPPED, reason=review.reason) if one.is_open else one)
            for half_term, one in changed
        ]
    fresh = evolve(
        objective,
        state=ends.get(review.decision, ObjectiveState.LIVE) if decides else objective.state,
        half_terms=by_half_term(changed),
        targets=tuple(
            evolve(
                target,
                judgements=(
                    *target.judgements,
                    Judgement(
                        on=review.on, by=review.by, verdict=what.judged[target.id], reason=review.reason or review.done
                    ),
                ),
            )
            if target.id in what.judged
            else target
            for target in objective.targets
        ),
    )
    return evolve(
        plan,
        objectives=tuple(fresh if one.id == fresh.id else one for one in plan.objectives),
        reviews=tuple(sorted((*plan.reviews, review), key=lambda one: one.on)),
    )


def _impossible(objective: Objective, what: Changes, review: PlanReview) -> list[Fault]:
    faults = []
    if not review.by or not all(name.strip() for name in review.by):
        faults.append(Fault("by", "nobody is named who looked", "roles", "Name them"))
    if not review.done.strip():
        faults.append(Fault("what", "nothing is said of what was done", "words", "Say it"))
    touched = [*what.done, *what.carried, *what.dropped]
    for name in sorted({name for name in touched if touched.count(name) > 1}):
        faults.append(
            Fault(f"action {name!r}", "is changed in two ways", "one of done, carried, dropped", "Choose one")
        )
    for half_term, action in objective.each():
        spot = f"action {action.id!r}"
        if action.id in touched and not action.is_open:
            faults.append(Fault(spot, f"is {action.state.value} already", "an open action", "Leave it out"))
        day = what.done.get(action.id)
        if day is not None and day > review.on:
            faults.append(
                Fault(spot, f"is done on {day}, after the review", f"{review.on} or before", "Correct the day")
            )
        to = what.carried.get(action.id)
        if to is not None and ORDER.index(to) <= ORDER.index(half_term):
            faults.append(
                Fault(
                    spot,
                    f"stands in {half_term.value} already",
                    "a later half term",
                    "For the next year, roll the plan over",
                )
            )
        if to is not None and action.carried and action.carried[-1].on > review.on:
            last = action.carried[-1].on
            faults.append(
                Fault(spot, f"was carried on {last}, after this review", f"{last} or later", "Correct the day")
            )
        later = [day for day in what.held.get(action.id, ()) if day > review.on]
        if later:
            faults.append(
                Fault(spot, f"was done on {max(later)}, after the review", f"{review.on} or before", "Correct the day")
            )
        if action.id in what.held and action.cadence is None:
            faults.append(
                Fault(spot, "has no rhythm", "an action with a cadence", "Say that it is done, or give it one")
            )
        if not what.dropped.get(action.id, "-").strip():
            faults.append(Fault(spot, "is dropped without a reason", "a reason", "Say why"))
    for target in objective.targets:
        if target.id in what.judged and target.kind is not TargetKind.QUALITATIVE:
            faults.append(
                Fault(
                    f"target {target.id!r}",
                    f"is a {target.kind.value} target, which figures judge",
                    "a qualitative target",
                    "Leave it out; attendance plan status asks the register",
                )
            )
    return faults


def _changed(
    plan: ImprovementPlan, half_term: HalfTermName, action: PlanAction, what: Changes, review: PlanReview
) -> tuple[HalfTermName, PlanAction]:
    if action.id in what.held:
        action = evolve(action, held=tuple(sorted({*action.held, *what.held[action.id]})))
    if action.id in what.done:
        return half_term, evolve(action, state=ActionState.DONE, done_on=what.done[action.id])
    if action.id in what.dropped:
        return half_term, evolve(action, state=ActionState.DROPPED, reason=what.dropped[action.id])
    if action.id in what.carried:
        reason = review.reason or review.done
        return what.carried[action.id], carried_over(action, plan.academic_year, half_term, review.on, reason)
    return half_term, action


def closed(plan: ImprovementPlan, remedy: str) -> Fault:
    """Return the fault of a plan whose year is closed."""
    return Fault(f"plan {plan.id}", f"was closed on {plan.closed_on}", "an open plan", remedy)


def carried_over(action: PlanAction, year: str, half_term: HalfTermName, on: date, reason: str) -> PlanAction:
    """Return an action as it is taken on: where it stood is kept, and its day is open again."""
    step = CarryOver(on=on, from_year=year, from_half_term=half_term, from_due=action.due, reason=reason)
    return evolve(action, state=ActionState.CARRIED, reason=reason, due=None, carried=(*action.carried, step))


def _unknown(kind: str, name: str, known: Sequence[str]) -> Fault:
    near = alike(name, known)
    # What was typed in place of an id may be anything.
    return Fault(
        f"{kind} {name[:40]!r}",
        f"the {'plan' if kind == 'objective' else 'objective'} has none of this id",
        f"one of {join_names(known, limit=30)}",
        f"Did you mean {near[0]!r}?" if near else "See: attendance plan status",
    )
