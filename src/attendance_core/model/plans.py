"""Improvement plans: what a school will do about the gaps of an audit, who does it when, and how it is judged.

A plan has the shape of the improvement plan that schools in England use: stages, objectives in them, actions by half
term, targets, cost and who evaluates. People stand in it as roles. Labels are labels and never numbers.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.actions import Action, Evidence
from attendance_core.model.plan_rows import Cadence, HalfTermName, TargetKind


@frozen(kw_only=True)
class CarryOver:
    """That an action was not done in its time and was taken on into a later one.

    Attributes:
        on: The day on which that was decided.
        from_year: The academic year in which it stood.
        from_half_term: The half term in which it stood.
        from_due: By when it was due there.
        reason: Why it was not done.
    """

    on: date
    from_year: str
    from_half_term: HalfTermName
    from_due: date | None = None
    reason: str


@frozen(kw_only=True)
class PlanAction(Action):
    """An action in the cell of a half term.

    Attributes:
        cadence: How often it is done, where it is done more than once.
        held: Of one with a rhythm: the days on which it was done.
        carried: Each time that it was taken on into a later half term, earliest first.
    """

    cadence: Cadence | None = None
    held: tuple[date, ...] = ()
    carried: tuple[CarryOver, ...] = ()


@frozen(kw_only=True)
class PlanHalfTerm:
    """What an objective does in one half term."""

    half_term: HalfTermName
    actions: tuple[PlanAction, ...]


class Verdict(StrEnum):
    """What people say of a target or an objective."""

    REACHED = "reached"
    PARTLY = "partly"
    NOT_REACHED = "not-reached"


@frozen(kw_only=True)
class Judgement:
    """What people said of a target on a day.

    Attributes:
        on: The day.
        by: Who judged, as roles.
        verdict: What they said.
        reason: Why, in words.
    """

    on: date
    by: tuple[str, ...]
    verdict: Verdict
    reason: str


#: What a benchmark target can be held against.
BENCHMARKS = ("national-average", "region-average", "authority-average", "own-year-before")


@frozen(kw_only=True)
class PlanTarget:
    """One target of an objective. Two targets in one cell of a table are two.

    Attributes:
        id: Unique in the plan.
        kind: How it is judged.
        text: What is to be reached.
        measure: Id of the measure that tells; never of a qualitative target.
        population: Whom the measure is about; of a numeric or a benchmark target.
        at_least: The number to reach, in the measure's unit; of a numeric target.
        at_most: The number not to go over; of a numeric target.
        benchmark: What it is held against, one of `BENCHMARKS`; of a benchmark target.
        cohorts: Ids of the groups; of a group target.
        judgements: What people said; of a qualitative target.
    """

    id: str
    kind: TargetKind
    text: str
    measure: str = ""
    population: str = "all"
    at_least: float | None = None
    at_most: float | None = None
    benchmark: str = ""
    cohorts: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()

    def __attrs_post_init__(self) -> None:
        faults = [
            Fault(
                key, f"is for a {' or '.join(kinds)} target", f'kind = "{kinds[0]}"', "Correct the kind, or remove it"
            )
            for key, kinds, given in (
                ("at_least", (TargetKind.NUMERIC,), self.at_least is not None),
                ("at_most", (TargetKind.NUMERIC,), self.at_most is not None),
                ("benchmark", (TargetKind.BENCHMARK,), bool(self.benchmark)),
                ("cohorts", (TargetKind.GROUP,), bool(self.cohorts)),
                ("population", (TargetKind.NUMERIC, TargetKind.BENCHMARK), self.population != "all"),
                ("judgements", (TargetKind.QUALITATIVE,), bool(self.judgements)),
                ("measure", (TargetKind.NUMERIC, TargetKind.BENCHMARK, TargetKind.GROUP), bool(self.measure)),
            )
            if given and self.kind not in kinds
        ]
        if self.kind is TargetKind.NUMERIC and (self.at_least is None) == (self.at_most is None):
            faults.append(
                Fault("at_least", "a numeric target names one number", "at_least or at_most", "Give one of them")
            )
        if self.kind is TargetKind.BENCHMARK and self.benchmark not in BENCHMARKS:
            faults.append(
                Fault(
                    "benchmark",
                    f"{self.benchmark!r} cannot be held against",
                    f"one of {', '.join(BENCHMARKS)}",
                    "Name one",
                )
            )
        if self.kind in (TargetKind.NUMERIC, TargetKind.BENCHMARK) and not self.measure:
            faults.append(Fault("measure", f"a {self.kind.value} target names no measure", "a measure's id", "Name it"))
        if faults:
            raise DocumentError(*faults)


class ObjectiveState(StrEnum):
    """How an objective stands."""

    LIVE = "live"
    """A priority of now; a plan has only so many."""
    WAITING = "waiting"
    """In the plan, and not begun."""
    FINISHED = "finished"
    STOPPED = "stopped"
    """Given up because it did not help, with a reason in its last review."""


@frozen(kw_only=True)
class PlanStage:
    """A part of a plan.

    Attributes:
        id: Unique in the plan.
        label: As printed.
        title: What it is about.
        target_year: The year that its targets are for, as printed; None where none is.
    """

    id: str
    label: str = ""
    title: str = ""
    target_year: int | None = None


@frozen(kw_only=True)
class Objective:
    """One thing that a plan wants to reach.

    Attributes:
        id: Unique in the plan.
        label: As printed in its stage. It is a label: a stage may skip one, and two stages may share one.
        stage: Id of its stage.
        text: What is to be so.
        state: How it stands.
        leads: Who leads, as roles.
        monitors: Who sees that it happens, as roles.
        reports_to: Who is told, as roles.
        governor_link: Boards or committees that watch it.
        half_terms: Actions by half term, in the order of the year.
        targets: By what it is judged.
        cost: What it costs, as a short text.
        amount: The cost in whole pounds, where it is known.
        funding: Who pays.
        evaluation: Who judges whether it worked, as roles.
        answers: Items (``framework/item``) whose gap it is to close.
        linked: Items of other frameworks that the crosswalk links with those.
    """

    id: str
    label: str = ""
    stage: str
    text: str
    state: ObjectiveState = ObjectiveState.LIVE
    leads: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    reports_to: tuple[str, ...] = ()
    governor_link: tuple[str, ...] = ()
    half_terms: tuple[PlanHalfTerm, ...] = ()
    targets: tuple[PlanTarget, ...] = ()
    cost: str = ""
    amount: int | None = None
    funding: str = ""
    evaluation: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()

    def each(self) -> Iterator[tuple[HalfTermName, PlanAction]]:
        """Yield every action with the half term in which it stands now."""
        for part in self.half_terms:
            for action in part.actions:
                yield part.half_term, action


class ReviewDecision(StrEnum):
    """What a review of an objective decides."""

    CONTINUE = "continue"
    CHANGE = "change"
    """It goes on with other actions or targets."""
    FINISH = "finish"
    STOP = "stop"


@frozen(kw_only=True)
class PlanReview:
    """A look at one objective on a day.

    Attributes:
        on: The day.
        objective: Id of the objective.
        by: Who looked, as roles.
        done: What was done.
        evidence: What shows it.
        decision: What was decided.
        reason: Why.
        next_on: When it is looked at again.
    """

    on: date
    objective: str
    by: tuple[str, ...]
    done: str
    evidence: tuple[Evidence, ...] = ()
    decision: ReviewDecision
    reason: str = ""
    next_on: date | None = None

    def __attrs_post_init__(self) -> None:
        faults = []
        if self.decision in (ReviewDecision.STOP, ReviewDecision.CHANGE) and not self.reason:
            faults.append(Fault("reason", f"{self.decision.value} was decided without one", "a reason", "Say why"))
        if self.next_on is not None and self.next_on <= self.on:
            faults.append(Fault("next_on", "does not lie after the review", f"a day after {self.on}", "Correct it"))
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class Clearance:
    """That a text of the school's own may be published, word for word.

    Attributes:
        text: The text. Another wording is not cleared.
        by: Who read it, as a role.
        on: The day.
    """

    text: str = field(repr=False)
    by: str
    on: date


@frozen(kw_only=True)
class ImprovementPlan:
    """What a school will do about gaps, for one academic year.

    Attributes:
        id: Lower case, unique among the school's plans, as ``plan-2025-26``.
        title: What it is called.
        academic_year: As in ``2025/26``.
        version: Of the plan as the school counts, from 1; a review keeps it, a new year begins again.
        school: The school's id.
        framework: Id of the framework whose shape it has.
        framework_version: The version of that framework.
        audit: Id of the audit that it answers; empty: none.
        audit_on: The day of that audit.
        follows: Id of the plan of the year before that it carries on.
        closed_on: The day on which its year was closed.
        note: What a reader should know of the whole.
        stages: In order.
        objectives: In the order of the stages.
        reviews: Earliest first.
        cleared: Texts that may be published.
    """

    id: str
    title: str
    academic_year: str
    version: int = 1
    school: str = ""
    framework: str = ""
    framework_version: str = ""
    audit: str = ""
    audit_on: date | None = None
    follows: str = ""
    closed_on: date | None = None
    note: str = ""
    stages: tuple[PlanStage, ...]
    objectives: tuple[Objective, ...] = field(factory=tuple)
    reviews: tuple[PlanReview, ...] = ()
    cleared: tuple[Clearance, ...] = ()

    def stage(self, id: str) -> PlanStage | None:
        """Return a stage by its id."""
        return next((stage for stage in self.stages if stage.id == id), None)

    def objective(self, id: str) -> Objective | None:
        """Return an objective by its id."""
        return next((objective for objective in self.objectives if objective.id == id), None)

    def each(self) -> Iterator[tuple[Objective, HalfTermName, PlanAction]]:
        """Yield every action with its objective and half term, in order."""
        for objective in self.objectives:
            for half_term, action in objective.each():
                yield objective, half_term, action

    def reviews_of(self, objective: str) -> tuple[PlanReview, ...]:
        """Return the reviews of an objective, earliest first."""
        return tuple(sorted((one for one in self.reviews if one.objective == objective), key=lambda one: one.on))

    def live(self) -> tuple[Objective, ...]:
        """Return the objectives that are priorities now."""
        return tuple(one for one in self.objectives if one.state is ObjectiveState.LIVE)
