"""Comparing: what changed from one version of a plan to another, or from one year to the next."""

from collections.abc import Iterator
from enum import StrEnum

from attrs import AttrsInstance, fields, frozen

from attendance_core.model.plan_rows import HalfTermName
from attendance_core.model.plans import ImprovementPlan, Objective, PlanAction, PlanStage, PlanTarget

_ASIDE = {"half_terms", "targets", "id"}


class PlanPart(StrEnum):
    """What a change is about."""

    PLAN = "plan"
    STAGE = "stage"
    OBJECTIVE = "objective"
    ACTION = "action"
    TARGET = "target"


class PlanChangeKind(StrEnum):
    """What happened to a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@frozen(kw_only=True)
class PlanChange:
    """One difference between two plans.

    Attributes:
        part: What it is about.
        id: Its id.
        kind: What happened.
        field: Which attribute changed; empty where the whole was added or removed.
        before: What stood there.
        after: What stands there now.
    """

    part: PlanPart
    id: str
    kind: PlanChangeKind
    field: str = ""
    before: str = ""
    after: str = ""


def compare_plans(a: ImprovementPlan, b: ImprovementPlan) -> tuple[PlanChange, ...]:
    """Return every difference from one plan to another, matched by ids; none for equal plans.

    Reviews and clearances are a record beside the plan and are not compared.
    """
    found = [*_fields(PlanPart.PLAN, b.id, a, b, {"stages", "objectives", "reviews", "cleared", "id"})]
    if a.id != b.id:
        found.insert(
            0, PlanChange(part=PlanPart.PLAN, id=b.id, kind=PlanChangeKind.CHANGED, field="id", before=a.id, after=b.id)
        )
    found += _each(PlanPart.STAGE, {one.id: one for one in a.stages}, {one.id: one for one in b.stages}, {"id"})
    before, after = {one.id: one for one in a.objectives}, {one.id: one for one in b.objectives}
    found += _each(PlanPart.OBJECTIVE, before, after, _ASIDE)
    found += _actions(_placed(a), _placed(b))
    found += _each(PlanPart.TARGET, _targets(a), _targets(b), {"id", "judgements"})
    return tuple(found)


def _placed(plan: ImprovementPlan) -> dict[str, tuple[str, HalfTermName, PlanAction]]:
    return {action.id: (objective.id, half_term, action) for objective, half_term, action in plan.each()}


def _targets(plan: ImprovementPlan) -> dict[str, PlanTarget]:
    return {target.id: target for objective in plan.objectives for target in objective.targets}


Parts = dict[str, PlanStage] | dict[str, Objective] | dict[str, PlanTarget]


def _each(part: PlanPart, before: Parts, after: Parts, aside: set[str]) -> Iterator[PlanChange]:
    for id in before:
        if id not in after:
            yield PlanChange(part=part, id=id, kind=PlanChangeKind.REMOVED)
    for id, new in after.items():
        if id not in before:
            yield PlanChange(part=part, id=id, kind=PlanChangeKind.ADDED)
        else:
            yield from _fields(part, id, before[id], new, aside)


def _actions(
    before: dict[str, tuple[str, HalfTermName, PlanAction]], after: dict[str, tuple[str, HalfTermName, PlanAction]]
) -> Iterator[PlanChange]:
    for id in before:
        if id not in after:
            yield PlanChange(part=PlanPart.ACTION, id=id, kind=PlanChangeKind.REMOVED)
    for id, (objective, half_term, action) in after.items():
        if id not in before:
            yield PlanChange(part=PlanPart.ACTION, id=id, kind=PlanChangeKind.ADDED)
            continue
        was_in, was_at, was = before[id]
        for name, old, new in (("objective", was_in, objective), ("half_term", was_at.value, half_term.value)):
            if old != new:
                yield PlanChange(
                    part=PlanPart.ACTION, id=id, kind=PlanChangeKind.CHANGED, field=name, before=old, after=new
                )
        yield from _fields(PlanPart.ACTION, id, was, action, {"id", "carried"})


def _fields(part: PlanPart, id: str, old: AttrsInstance, new: AttrsInstance, aside: set[str]) -> Iterator[PlanChange]:
    for attribute in fields(type(new)):
        if attribute.name in aside:
            continue
        before, after = getattr(old, attribute.name), getattr(new, attribute.name)
        if before != after:
            yield PlanChange(
                part=part,
                id=id,
                kind=PlanChangeKind.CHANGED,
                field=attribute.name,
                before=_told(before),
                after=_told(after),
            )


def _told(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return ", ".join(_told(one) for one in value)
    return str(value)
