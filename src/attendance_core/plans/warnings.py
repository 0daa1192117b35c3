"""Warnings: what a person should ask of a plan. Nothing is refused for them."""

from collections.abc import Iterator

from attrs import frozen

from attendance_core.dates import AcademicYear
from attendance_core.model.plan_rows import TargetKind
from attendance_core.model.plans import ImprovementPlan
from attendance_core.plans.half_terms import ORDER
from attendance_core.reference.roles import is_initials


@frozen(kw_only=True)
class PlanWarning:
    """Something to ask about a plan.

    Attributes:
        where: Stage, objective or action that it is about; empty: the whole.
        text: What is to be asked.
    """

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def warnings(plan: ImprovementPlan, *, most_live: int) -> tuple[PlanWarning, ...]:
    """Return what should be asked of a plan.

    Args:
        plan: The plan.
        most_live: How many live priorities can be managed (setting ``live-priorities``).
    """
    return (*_priorities(plan, most_live), *_years(plan), *_labels(plan), *_cells(plan), *_roles(plan))


def _priorities(plan: ImprovementPlan, most: int) -> Iterator[PlanWarning]:
    live = plan.live()
    if len(live) > most:
        yield PlanWarning(
            where="",
            text=f"{len(live)} priorities are live, and no more than {most} are taken to be manageable"
            " (setting live-priorities): let some wait.",
        )
    for objective in live:
        if not objective.targets:
            yield PlanWarning(
                where=objective.id, text="a live priority without a target: nobody can tell when it is reached."
            )


def _years(plan: ImprovementPlan) -> Iterator[PlanWarning]:
    years = {stage.target_year for stage in plan.stages if stage.target_year is not None}
    if len(years) > 1:
        named = ", ".join(map(str, sorted(years)))
        yield PlanWarning(where="", text=f"target years differ between stages ({named}): each stage keeps its own.")
    span = AcademicYear.parse(plan.academic_year)
    for stage in plan.stages:
        if stage.target_year is not None and stage.target_year not in (span.begins, span.begins + 1):
            yield PlanWarning(
                where=stage.id,
                text=f"its targets are for {stage.target_year}, the plan for {plan.academic_year}: set the year anew.",
            )


def _labels(plan: ImprovementPlan) -> Iterator[PlanWarning]:
    for stage in plan.stages:
        labels = [one.label for one in plan.objectives if one.stage == stage.id and one.label]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            yield PlanWarning(
                where=stage.id, text=f"label {', '.join(twice)} stands twice; labels are kept as they are."
            )
        numbers = [int(label) for label in labels if label.isdecimal()]
        skipped = sorted(set(range(1, max(numbers, default=0))) - set(numbers))
        if skipped:
            named = ", ".join(map(str, skipped))
            yield PlanWarning(where=stage.id, text=f"no objective is labelled {named}; labels are kept as they are.")


def _cells(plan: ImprovementPlan) -> Iterator[PlanWarning]:
    used = {half_term for _, half_term, _ in plan.each()}
    empty = [name.value for name in ORDER if name not in used]
    if used and empty:
        yield PlanWarning(where="", text=f"no action stands in {', '.join(empty)}.")
    for objective, _, action in plan.each():
        if action.cadence is not None and action.cadence.warning:
            yield PlanWarning(where=f"{objective.id}, {action.id}", text=action.cadence.warning)
    for objective in plan.objectives:
        for target in objective.targets:
            if target.kind is TargetKind.GROUP and not target.cohorts:
                yield PlanWarning(where=target.id, text="a target of groups that names none: no figure can tell.")


def _roles(plan: ImprovementPlan) -> Iterator[PlanWarning]:
    for objective in plan.objectives:
        people = (*objective.leads, *objective.monitors, *objective.reports_to, *objective.evaluation)
        if any(map(is_initials, people)):
            # The initials are somebody's, so they are not repeated.
            yield PlanWarning(where=objective.id, text="somebody stands as initials: write the role in their place.")
