"""Standing: in which state each action of a plan is on a day, and which reviews are due."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from attrs import evolve, field, frozen

from attendance_core.model.actions import ActionState
from attendance_core.model.plan_rows import HalfTermName
from attendance_core.model.plans import ImprovementPlan, Objective, ObjectiveState, PlanAction, ReviewDecision
from attendance_core.plans.half_terms import ORDER, HalfTerms
from attendance_core.plans.occasions import due_by, occasions
from attendance_core.register.calendar import SchoolCalendar


class Standing(StrEnum):
    """In which state an action is on a day: exactly one."""

    DONE = "done"
    """Done by that day; of one with a rhythm also: its day has passed, and it was done as often as was asked."""
    DROPPED = "dropped"
    OVERDUE = "overdue"
    """To be done still, and its day has passed."""
    CARRIED = "carried"
    """Taken on from an earlier half term, and its new day has not passed."""
    DUE = "due"
    """Its half term has begun, and its day has not passed."""
    PLANNED = "planned"
    """Its half term has not begun."""
    CLOSED = "closed"
    """Still open when the plan's year was closed: it stands in the plan that follows."""
    WAITING = "waiting"
    """Its objective waits, so nothing is asked of it yet."""
    UNDATED = "undated"
    """To be done, and nobody can tell by when."""


@frozen(kw_only=True)
class StandingAction:
    """An action on a day.

    Attributes:
        objective: Id of its objective.
        half_term: The half term in which it stood on that day.
        action: The action.
        standing: Its state.
        due: By when.
        held: Of one with a rhythm: how often it was done by that day.
        asked: Of one with a rhythm: how often it should have been, by the school's calendar; None: nobody can tell.
        note: Why it has no day, where it has none.
    """

    objective: str
    half_term: HalfTermName
    action: PlanAction
    standing: Standing
    due: date | None = None
    held: int | None = None
    asked: int | None = None
    note: str = ""


@frozen(kw_only=True)
class ReviewDue:
    """A review that a live objective needs next.

    Attributes:
        objective: Id of the objective.
        due: By when; None: nobody can tell.
        last: The day of its last review; None: it had none.
        overdue: The day has passed.
    """

    objective: str
    due: date | None
    last: date | None
    overdue: bool


@frozen(kw_only=True)
class PlanStatus:
    """How a plan stands on a day.

    Attributes:
        as_of: The day.
        plan: The plan.
        actions: Every action, once.
        reviews: The next review of every live objective; none once the plan is closed.
        notes: What could not be told, and why.
    """

    as_of: date
    plan: ImprovementPlan = field(repr=False)
    actions: tuple[StandingAction, ...] = field(repr=False)
    reviews: tuple[ReviewDue, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, *standings: Standing) -> tuple[StandingAction, ...]:
        """Return the actions in these states."""
        return tuple(one for one in self.actions if one.standing in standings)

    @property
    def counts(self) -> Mapping[Standing, int]:
        """Return how many actions are in each state; every state is named."""
        found = Counter(one.standing for one in self.actions)
        return {standing: found[standing] for standing in Standing}


def standing_of(
    action: PlanAction, half_term: HalfTermName, as_of: date, half_terms: HalfTerms | None, *, waits: bool = False
) -> tuple[Standing, HalfTermName, date | None]:
    """Return in which state an action is on a day, the half term in which it stood then, and its day.

    What was carried after that day counts where it stood before. A drop carries no day, so it counts on every day.

    Args:
        action: The action.
        half_term: The half term in which it stands now.
        as_of: The day.
        half_terms: The school's; None: only a day of its own tells when it is due.
        waits: Its objective waits.
    """
    due = action.due
    later = next((one for one in action.carried if one.on > as_of), None)
    if later is not None:
        half_term, due = later.from_half_term, later.from_due
        # Of another year these half terms say nothing.
        half_terms = half_terms if half_terms is not None and str(half_terms.year) == later.from_year else None
    if due is None and half_terms is not None:
        due = half_terms.ends(half_term, None if action.cadence is None else action.cadence.every)
    begins = None if half_terms is None else half_terms.begins(half_term)
    was_carried = any(one.on <= as_of for one in action.carried) or (
        action.state is ActionState.CARRIED and not action.carried
    )
    if action.state is ActionState.DROPPED:
        state = Standing.DROPPED
    elif action.state is ActionState.DONE and action.done_on is not None and action.done_on <= as_of:
        state = Standing.DONE
    elif waits:
        state = Standing.WAITING
    elif due is not None and due < as_of:
        state = Standing.OVERDUE
    elif was_carried:
        state = Standing.CARRIED
    elif due is None:
        state = Standing.UNDATED
    elif begins is not None and begins > as_of:
        state = Standing.PLANNED
    else:
        state = Standing.DUE
    return state, half_term, due


def status(
    plan: ImprovementPlan, as_of: date, calendar: SchoolCalendar | None, half_terms: HalfTerms | None
) -> PlanStatus:
    """Say how a plan stands on a day.

    Args:
        plan: The plan.
        as_of: The day.
        calendar: The school's calendar, for actions with a rhythm; None: they are counted, not held against it.
        half_terms: The half terms of the plan's year; None: the names cannot be turned into days.
    """
    found = [
        _stand(objective, half_term, action, as_of, calendar, half_terms)
        for objective, half_term, action in plan.each()
    ]
    notes = []
    closed = plan.closed_on is not None and plan.closed_on <= as_of
    if closed:
        shut = (Standing.DONE, Standing.DROPPED)
        found = [one if one.standing in shut else evolve(one, standing=Standing.CLOSED) for one in found]
        notes.append(f"The plan was closed on {plan.closed_on}: what was open then stands in the plan that follows it.")
    if half_terms is None:
        notes.append(
            "No calendar was given: half terms are names without days, so only actions with a day can be late."
        )
    else:
        used = {half_term for _, half_term, _ in plan.each()}
        notes += [
            f"{name.value} is not in the calendar of {half_terms.year}: its actions have no day unless one is given."
            for name in half_terms.missing
            if name in used
        ]
    return PlanStatus(
        as_of=as_of,
        plan=plan,
        actions=tuple(found),
        reviews=() if closed else tuple(_review(plan, objective, as_of, half_terms) for objective in plan.live()),
        notes=tuple(notes),
    )


def _stand(
    objective: Objective,
    half_term: HalfTermName,
    action: PlanAction,
    as_of: date,
    calendar: SchoolCalendar | None,
    half_terms: HalfTerms | None,
) -> StandingAction:
    waits = objective.state is ObjectiveState.WAITING
    standing, where, due = standing_of(action, half_term, as_of, half_terms, waits=waits)
    held = asked = None
    if action.cadence is not None:
        held = sum(1 for day in action.held if day <= as_of)
        span = None if half_terms is None else half_terms.spans.get(where)
        if calendar is not None and half_terms is not None and span is not None:
            # From the half term in which it stands; what it did before was asked for there.
            every = occasions(action.cadence.every, calendar, half_terms.year)
            asked = due_by((one for one in every if one.due >= span.start), min(as_of, due or as_of))
            held = sum(1 for day in action.held if span.start <= day <= as_of)
            if standing is Standing.OVERDUE and 0 < asked <= held:
                standing = Standing.DONE
    note = ""
    if due is None:
        note = "no calendar" if half_terms is None else f"{where.value} is not in the calendar"
    return StandingAction(
        objective=objective.id,
        half_term=where,
        action=action,
        standing=standing,
        due=due,
        held=held,
        asked=asked,
        note=note,
    )


def _review(plan: ImprovementPlan, objective: Objective, as_of: date, half_terms: HalfTerms | None) -> ReviewDue:
    """Say when an objective is looked at next: as its last review says, else by the end of the next half term."""
    past = [one for one in plan.reviews_of(objective.id) if one.on <= as_of]
    last = past[-1] if past else None
    due: date | None = None
    if last is not None and last.next_on is not None:
        due = last.next_on
    elif half_terms is not None and last is not None:
        following = half_terms.after(last.on)
        due = None if following is None else half_terms.ends(following)
    elif half_terms is not None:
        named = [half_term for half_term, _ in objective.each() if half_term in half_terms.spans]
        due = half_terms.ends(min(named, key=ORDER.index) if named else half_terms.first)
    closing = last is not None and last.decision in (ReviewDecision.FINISH, ReviewDecision.STOP)
    return ReviewDue(
        objective=objective.id,
        due=None if closing else due,
        last=None if last is None else last.on,
        overdue=not closing and due is not None and due < as_of,
    )


def is_open(objective: Objective) -> bool:
    """Say whether an objective is still worked on, or waits."""
    return objective.state in (ObjectiveState.LIVE, ObjectiveState.WAITING)
