"""Rolling over: a plan's year is closed, and what is still open begins the next one. Nothing open is lost."""

from datetime import date

from attrs import evolve, frozen

from attendance_core.dates import AcademicYear
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.plan_rows import HalfTermName
from attendance_core.model.plans import ImprovementPlan, Objective, ObjectiveState, PlanAction
from attendance_core.plans.drafting import by_half_term
from attendance_core.plans.half_terms import HalfTerms
from attendance_core.plans.lint import check_id
from attendance_core.plans.reviewing import carried_over, closed
from attendance_core.plans.standing import is_open


@frozen(kw_only=True)
class RolledOver:
    """A plan's year closed, and the next one begun.

    Attributes:
        closed: The plan as it ends: its reviews and everything done stay in it.
        next: The plan of the next year.
        carried: Ids of the actions that were taken on.
        notes: What a person should look at in the new plan.
    """

    closed: ImprovementPlan
    next: ImprovementPlan
    carried: tuple[str, ...]
    notes: tuple[str, ...] = ()


def roll_over(
    plan: ImprovementPlan, *, id: str, on: date, reason: str = "", half_terms: HalfTerms | None = None
) -> RolledOver:
    """Close a plan's year and carry on what is open.

    An action of a live objective goes to the first half term of the new year; one of an objective that waits keeps its
    half term, as far as the new year has it. What is done, dropped, finished or stopped stays in the closed plan.
    Targets are carried as they stand, without their judgements, for people to set anew.

    Args:
        plan: The plan.
        id: Of the new plan.
        on: The day on which the year is closed.
        reason: Why actions were not done; empty: that the year ended.
        half_terms: The half terms of the new year; None: the six names.

    Raises:
        DocumentError: If the id is none or the old plan's, the plan is closed already, or the day lies before what is
            recorded.
    """
    check_id(id)
    faults = []
    if plan.closed_on is not None:
        faults.append(closed(plan, "Roll the newest over"))
    if id == plan.id:
        faults.append(Fault(f"plan {plan.id}", "is the old plan's id", "an id of its own", "Give another --id"))
    year = AcademicYear.parse(plan.academic_year)
    first_day, newest = year.span.start, _newest(plan)
    if max(first_day, newest) > on:
        last = (
            (newest, "the last day that it records")
            if newest >= first_day
            else (first_day, "the first day of its year")
        )
        faults.append(Fault("on", f"{on} lies before {last[0]}, {last[1]}", f"{last[0]} or later", "Correct it"))
    if faults:
        raise DocumentError(*faults)
    following = AcademicYear(year.begins + 1)
    first = HalfTermName.AUTUMN_1 if half_terms is None else half_terms.first
    why = reason or f"The year {year} ended before it was done."
    kept = [one for one in plan.objectives if is_open(one)]
    carried: list[str] = []
    fresh = []
    for objective in kept:
        actions = []
        for half_term, action in objective.each():
            if not action.is_open:
                continue
            carried.append(action.id)
            stays = objective.state is ObjectiveState.WAITING and (half_terms is None or half_term in half_terms.spans)
            taken = carried_over(action, plan.academic_year, half_term, on, why)
            actions.append((half_term if stays else first, evolve(taken, held=())))
        fresh.append(_begun_anew(objective, actions))
    shift = {stage.id: stage.target_year for stage in plan.stages if stage.target_year is not None}
    used = {objective.stage for objective in fresh}
    stages = tuple(
        evolve(stage, target_year=None if stage.target_year is None else stage.target_year + 1)
        for stage in plan.stages
        if stage.id in used
    )
    notes = []
    if any(objective.targets for objective in fresh):
        notes.append("Targets stand as they were, without judgements: set them anew for the year.")
    if shift and fresh:
        notes.append("Each stage's target year was moved on by one.")
    dropped = [one.id for one in fresh if not one.half_terms]
    if dropped:
        notes.append(f"Nothing is left to do under {', '.join(dropped)}: plan anew, or finish.")
    if not fresh:
        notes.append("No objective is open: the new plan is empty.")
    new = evolve(
        plan,
        id=id,
        academic_year=str(following),
        version=1,
        title=plan.title.replace(plan.academic_year, str(following)),
        follows=plan.id,
        closed_on=None,
        stages=stages or plan.stages[:1],
        objectives=tuple(fresh),
        reviews=(),
    )
    return RolledOver(closed=evolve(plan, closed_on=on), next=new, carried=tuple(carried), notes=tuple(notes))


def _newest(plan: ImprovementPlan) -> date:
    """Return the last day of what a plan records: reviews, judgements, what was done and carried."""
    days = [review.on for review in plan.reviews]
    days += [one.on for objective in plan.objectives for target in objective.targets for one in target.judgements]
    for _, _, action in plan.each():
        days += [*action.held, *(step.on for step in action.carried), *([action.done_on] if action.done_on else [])]
    return max(days, default=date.min)


def _begun_anew(objective: Objective, actions: list[tuple[HalfTermName, PlanAction]]) -> Objective:
    return evolve(
        objective,
        half_terms=by_half_term(actions),
        targets=tuple(evolve(target, judgements=()) for target in objective.targets),
    )
