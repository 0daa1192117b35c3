"""Lint: what cannot be right in a plan, with the key path of each fault."""

import re
from collections.abc import Iterator
from math import inf, isfinite

from attendance_core.dates import AcademicYear
from attendance_core.errors import AttendanceError, DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.measures.definitions import get_session_measure
from attendance_core.model.crosswalks import ItemRef
from attendance_core.model.figures import Unit
from attendance_core.model.plans import ImprovementPlan, Objective, ObjectiveState, PlanAction, PlanTarget
from attendance_core.plans.half_terms import ORDER

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,98}")


def is_id(text: str) -> bool:
    """Say whether a text can be an id in a plan.

    >>> is_id("review-letters"), is_id("Review letters")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


def check_id(id: str) -> None:
    """Refuse an id that a plan cannot have.

    Raises:
        DocumentError: If it is none.
    """
    if not is_id(id):
        raise DocumentError(_no_id("id"))


def lint_plan(plan: ImprovementPlan, *, where: str) -> tuple[Fault, ...]:
    """Return every fault of a plan.

    Args:
        plan: The plan.
        where: Name of the document, for messages.
    """
    faults = [*_head(plan, where)]
    seen: dict[str, str] = {}
    for index, stage in enumerate(plan.stages):
        faults += _id(stage.id, f"{where}: stages[{index}].id", seen, "stage")
    objectives: dict[str, str] = {}
    actions: dict[str, str] = {}
    targets: dict[str, str] = {}
    for index, objective in enumerate(plan.objectives):
        place = f"{where}: objectives[{index}]"
        faults += _id(objective.id, f"{place}.id", objectives, "objective")
        faults += _objective(plan, objective, place)
        for number, part in enumerate(objective.half_terms):
            for count, action in enumerate(part.actions):
                spot = f"{place}.half_terms[{number}].actions[{count}]"
                faults += _id(action.id, f"{spot}.id", actions, "action")
                faults += _carried(action, spot)
                if action.is_open and objective.state in (ObjectiveState.FINISHED, ObjectiveState.STOPPED):
                    faults.append(
                        Fault(
                            f"{spot}.state",
                            f"is {action.state.value}, and its objective is {objective.state.value}",
                            "done or dropped",
                            "Say what became of it, or set the objective live",
                        )
                    )
        for number, target in enumerate(objective.targets):
            spot = f"{place}.targets[{number}]"
            faults += _id(target.id, f"{spot}.id", targets, "target")
            faults += _target(target, spot)
    days = [one.on for one in plan.reviews]
    if days != sorted(days):
        faults.append(Fault(f"{where}: reviews", "are not in the order of their days", "earliest first", "Sort them"))
    for index, review in enumerate(plan.reviews):
        if review.objective not in objectives:
            faults.append(_unknown(review.objective, f"{where}: reviews[{index}].objective", "objective", objectives))
    return tuple(faults)


def _head(plan: ImprovementPlan, where: str) -> Iterator[Fault]:
    if not is_id(plan.id):
        yield _no_id(f"{where}: id")
    try:
        AcademicYear.parse(plan.academic_year)
    except DocumentError as error:
        for fault in error.faults:
            yield Fault(f"{where}: academic_year", f"{plan.academic_year!r} {fault.what}", fault.expected, fault.remedy)
    if plan.version < 1:
        yield Fault(f"{where}: version", f"{plan.version} found", "1 or more", "Correct it")
    if not plan.stages:
        yield Fault(f"{where}: stages", "there is none", "at least one stage", "Add [[stages]]")


def _objective(plan: ImprovementPlan, objective: Objective, place: str) -> Iterator[Fault]:
    stages = {stage.id: "" for stage in plan.stages}
    if stages and objective.stage not in stages:
        yield _unknown(objective.stage, f"{place}.stage", "stage", stages)
    if not objective.text.strip():
        yield Fault(f"{place}.text", "is empty", "what is to be so", "Write it")
    if objective.amount is not None and objective.amount < 0:
        yield Fault(f"{place}.amount", f"{objective.amount} found", "whole pounds, 0 or more", "Correct it")
    order = [ORDER.index(part.half_term) for part in objective.half_terms]
    if len(set(order)) < len(order):
        yield Fault(f"{place}.half_terms", "one half term stands twice", "each once", "Put its actions together")
    elif order != sorted(order):
        yield Fault(f"{place}.half_terms", "are not in the order of the year", "Autumn 1 to Summer 2", "Sort them")
    yield from _refs(objective.answers, f"{place}.answers")
    yield from _refs(objective.linked, f"{place}.linked")


def _target(target: PlanTarget, spot: str) -> Iterator[Fault]:
    if target.measure:
        try:
            measure, _ = get_session_measure(target.measure)
        except AttendanceError as error:
            for fault in error.faults:
                known = isinstance(error, UnknownNameError)
                remedy = fault.remedy if known else "Name a measure of sessions"
                yield Fault(f"{spot}.measure", f"{target.measure!r}: {fault.what}", fault.expected, remedy)
            return
        most, expected = (100.0, "a percentage, 0 to 100") if measure.unit is Unit.PERCENT else (inf, "0 or more")
        for key, number in (("at_least", target.at_least), ("at_most", target.at_most)):
            if number is not None and not (isfinite(number) and 0 <= number <= most):
                yield Fault(f"{spot}.{key}", f"{number:g} found", expected, "Correct it")


def _carried(action: PlanAction, spot: str) -> Iterator[Fault]:
    days = [one.on for one in action.carried]
    if days != sorted(days):
        yield Fault(f"{spot}.carried", "are not in the order of their days", "earliest first", "Sort them")
    for index, one in enumerate(action.carried):
        try:
            AcademicYear.parse(one.from_year)
        except DocumentError as error:
            for fault in error.faults:
                spelled = f"{one.from_year!r} {fault.what}"
                yield Fault(f"{spot}.carried[{index}].from_year", spelled, fault.expected, fault.remedy)


def _refs(refs: tuple[str, ...], spot: str) -> Iterator[Fault]:
    for index, text in enumerate(refs):
        try:
            ItemRef.parse(text)
        except DocumentError as error:
            yield from (Fault(f"{spot}[{index}]", one.what, one.expected, one.remedy) for one in error.faults)


def _id(id: str, spot: str, seen: dict[str, str], what: str) -> Iterator[Fault]:
    if not is_id(id):
        yield _no_id(spot)
    if id in seen:
        yield Fault(spot, f"another {what} has this id", "each id once", f"Rename one; the other is at {seen[id]}")
    seen.setdefault(id, spot.partition(": ")[2])


def _no_id(spot: str) -> Fault:
    # What somebody wrote in place of an id may be a name.
    return Fault(spot, "is no id", "lower-case letters, digits, '.', '-' and '_'", "Rewrite it, as in review-letters")


def _unknown(name: str, spot: str, what: str, known: dict[str, str]) -> Fault:
    near = alike(name, known)
    remedy = f"Did you mean {near[0]!r}?" if near else f"Name a {what} of this plan"
    return Fault(spot, f"the plan has no such {what}", f"one of {join_names(known)}", remedy)
