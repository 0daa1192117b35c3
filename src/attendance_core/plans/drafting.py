"""Drafting a plan from the rows of a framework, and what every draft is made of. People then change it."""

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from attendance_core.dates import AcademicYear
from attendance_core.errors import Fault, UnknownNameError, alike, join_names
from attendance_core.frameworks.links import Links
from attendance_core.model.actions import ActionState
from attendance_core.model.crosswalks import ItemRef, LinkStrength
from attendance_core.model.frameworks import Framework, FrameworkSection, Item
from attendance_core.model.plan_rows import HalfTermName, PlanRow, RowTarget, TargetKind
from attendance_core.model.plans import (
    ImprovementPlan,
    Objective,
    ObjectiveState,
    PlanAction,
    PlanHalfTerm,
    PlanStage,
    PlanTarget,
)
from attendance_core.plans.half_terms import ORDER
from attendance_core.plans.lint import check_id, is_id

#: Who stands in a draft where neither the audit nor a linked row names anybody. A draft is there to be changed.
LEADS, MONITORS, REPORTS_TO = ("senior leader for attendance",), ("senior leadership team",), ("governors",)


def titled(academic_year: str) -> str:
    """Return what a plan is called when nobody gives it a title."""
    return f"Attendance improvement plan {academic_year}"


def rated_again(best: str) -> str:
    """Return the target that every drafted objective has: the best rating in the next audit."""
    return f"The next audit rates it {best.lower()}."


@frozen(kw_only=True)
class Draft:
    """A drafted plan.

    Attributes:
        plan: The plan.
        notes: What was not drafted, and what to look at first.
    """

    plan: ImprovementPlan
    notes: tuple[str, ...] = ()


def draft_new(
    framework: Framework,
    links: Links,
    *,
    id: str,
    academic_year: str,
    school: str = "",
    title: str = "",
    items: Sequence[str] = (),
    live: Iterable[str] = (),
) -> Draft:
    """Begin a plan from a framework: its rows with their actions and targets, or its items.

    What an item says to do is an action of the first half term.

    Args:
        framework: The framework.
        links: The crosswalks in use.
        id: Of the plan.
        academic_year: Of the plan.
        school: The school's id.
        title: Of the plan; empty: one is made.
        items: Ids of the items to take; none: all that are no points of another.
        live: Ids of the items that are priorities from the start; the others wait.

    Raises:
        UnknownNameError: If an item is not known; with all of them.
        DocumentError: If the id or the year is none.
    """
    check_id(id)
    known, priorities = framework.items(), set(live)
    unknown = [name for name in dict.fromkeys((*items, *priorities)) if name not in known]
    if unknown:
        raise UnknownNameError(
            *(
                Fault(
                    f"item {name!r}",
                    f"{framework.id} has none of this id",
                    f"one of {join_names(known)}",
                    f"Did you mean {alike(name, known)[0]!r}?" if alike(name, known) else "Name one of these",
                )
                for name in unknown
            )
        )
    year = str(AcademicYear.parse(academic_year))
    wanted = set(items) or {item.id for section in framework.sections for item in section.items}
    objectives = []
    for section, item in framework.each():
        if item.id in wanted and item.rateable and item.text:
            ref = ItemRef(framework=framework.id, item=item.id)
            state = ObjectiveState.LIVE if item.id in priorities else ObjectiveState.WAITING
            base = of_row(item.id, item.row) if item.row is not None else Objective(id=item.id, stage="", text="-")
            if item.row is None:
                base = evolve(base, leads=LEADS, monitors=MONITORS, reports_to=REPORTS_TO)
                if item.intervention:
                    base = evolve(base, half_terms=by_half_term([(ORDER[0], intervention(item, ref))]))
            objectives.append(
                evolve(
                    base,
                    label=item.label,
                    stage=section.id,
                    text=item.text,
                    state=state,
                    answers=(str(ref),),
                    linked=linked_to(links, ref),
                )
            )
    used = {objective.stage for objective in objectives}
    plan = ImprovementPlan(
        id=id,
        title=title or titled(year),
        academic_year=year,
        school=school,
        framework=framework.id,
        framework_version=framework.version,
        stages=tuple(stage_of(section, plan_row=True) for section in framework.sections if section.id in used),
        objectives=tuple(objectives),
    )
    return Draft(plan=plan)


def intervention(item: Item, ref: ItemRef) -> PlanAction:
    """Return what an item says to do as an action that keeps its link to the item."""
    return PlanAction(id=f"{item.id}-a1", text=item.intervention, links=(str(ref),))


def stage_of(section: FrameworkSection, *, plan_row: bool) -> PlanStage:
    """Return a section as a stage of a plan."""
    return PlanStage(
        id=section.id,
        label=section.label,
        title=section.title or (section.introduction if plan_row else ""),
        target_year=section.target_year,
    )


def linked_to(links: Links, ref: ItemRef) -> tuple[str, ...]:
    """Return what an item overlaps with or equals in other frameworks, as FRAMEWORK/ITEM."""
    found = links.linked(ref, at_least=LinkStrength.OVERLAPS)
    return tuple(dict.fromkeys(str(one.ref) for one in found))


def _target(row: RowTarget, id: str) -> PlanTarget:
    return PlanTarget(
        id=id,
        kind=row.kind,
        text=row.text,
        measure="" if row.kind is TargetKind.QUALITATIVE else row.measure,
        at_least=None if row.at_least is None else float(row.at_least),
        benchmark=row.benchmark,
        cohorts=row.cohorts,
    )


def of_row(id: str, row: PlanRow) -> Objective:
    """Return an objective with the cells of a row; text and place are still to come."""
    count = 0
    parts = []
    for cell in row.half_terms:
        actions = []
        for one in cell.actions:
            count += 1
            actions.append(
                PlanAction(
                    id=f"{id}-a{count}",
                    text=one.text,
                    owner=", ".join(one.by),
                    cadence=one.cadence,
                    state=ActionState.CARRIED if one.carried else ActionState.OPEN,
                    reason="the framework's row goes on from an earlier half term" if one.carried else "",
                )
            )
        parts.append(PlanHalfTerm(half_term=cell.half_term, actions=tuple(actions)))
    return Objective(
        id=id,
        stage="",
        text="-",
        leads=row.leads,
        governor_link=row.governor_link,
        half_terms=tuple(parts),
        targets=tuple(_target(one, f"{id}-t{index}") for index, one in enumerate(row.targets, start=1)),
        cost=row.cost,
        evaluation=row.evaluation,
    )


def by_half_term(actions: Iterable[tuple[HalfTermName, PlanAction]]) -> tuple[PlanHalfTerm, ...]:
    """Lay actions out by half term, in the order of the year; within one they keep their order."""
    cells: dict[HalfTermName, list[PlanAction]] = {}
    for half_term, action in actions:
        cells.setdefault(half_term, []).append(action)
    return tuple(PlanHalfTerm(half_term=name, actions=tuple(cells[name])) for name in ORDER if name in cells)


def made_distinct(objectives: Iterable[Objective]) -> tuple[Objective, ...]:
    """Give each action an id that no other has, and that is one: audits take any text for it."""
    taken: set[str] = set()

    def distinct(action: PlanAction, objective: str) -> PlanAction:
        id = action.id if is_id(action.id) else f"{objective}-action"
        fresh, number = id, 1
        while fresh in taken:
            number += 1
            fresh = f"{id}-{number}"
        taken.add(fresh)
        return evolve(action, id=fresh)

    return tuple(
        evolve(
            objective,
            half_terms=tuple(
                evolve(part, actions=tuple(distinct(one, objective.id) for one in part.actions))
                for part in objective.half_terms
            ),
        )
        for objective in objectives
    )
