"""How a plan stands, as data and for a person to read."""

from typing import Any

from attendance_core.cli.shared import (
    table_text,
)
from attendance_core.plans.standing import PlanStatus, Standing
from attendance_core.plans.targets import TargetResult
from attendance_core.plans.warnings import PlanWarning


def status_data(
    stands: PlanStatus, results: tuple[TargetResult, ...], warnings: tuple[PlanWarning, ...]
) -> dict[str, Any]:
    """Return how a plan stands on a day; days in ISO 8601, values in the unit of their figure."""
    return {
        "plan": stands.plan.id,
        "academic_year": stands.plan.academic_year,
        "as_of": stands.as_of.isoformat(),
        "counts": {standing.value: number for standing, number in stands.counts.items()},
        "actions": [
            {
                "id": one.action.id,
                "objective": one.objective,
                "half_term": one.half_term.value,
                "text": one.action.text,
                "owner": one.action.owner,
                "state": one.standing.value,
                "due": one.due.isoformat() if one.due else None,
                "done_on": one.action.done_on.isoformat() if one.action.done_on else None,
                "held": one.held,
                "asked": one.asked,
                "note": one.note,
            }
            for one in stands.actions
        ],
        "reviews": [
            {
                "objective": one.objective,
                "due": one.due.isoformat() if one.due else None,
                "last": one.last.isoformat() if one.last else None,
                "overdue": one.overdue,
            }
            for one in stands.reviews
        ],
        "targets": [_target_data(one) for one in results],
        "warnings": [str(one) for one in warnings],
        "notes": list(stands.notes),
    }


def _target_data(one: TargetResult) -> dict[str, Any]:
    return {
        "id": one.target.id,
        "objective": one.objective,
        "kind": one.target.kind.value,
        "text": one.target.text,
        "reached": one.reached.value,
        "says": one.says,
        "figure": one.figure.key if one.figure else None,
        "value": one.figure.value if one.figure else None,
        "wanted": one.wanted,
        "source": one.source,
        "provisional": one.provisional,
        "groups": [
            {
                "cohort": group.cohort,
                "figure": group.figure.key if group.figure else None,
                "value": group.figure.value if group.figure else None,
                "before": group.before.value if group.before else None,
                "right_way": group.right_way,
                "note": group.note,
            }
            for group in one.groups
        ],
    }


def status_text(stands: PlanStatus, results: tuple[TargetResult, ...]) -> str:
    """Show how a plan stands on a day: what asks for attention first, then reviews and targets."""
    plan = stands.plan
    counts = ", ".join(f"{number} {standing.value}" for standing, number in stands.counts.items() if number)
    lines = [f"{plan.title}, on {stands.as_of}: {counts or 'no action'}", ""]
    shown = (Standing.OVERDUE, Standing.DUE, Standing.CARRIED, Standing.UNDATED)
    for standing in shown:
        rows = [
            (
                one.action.id,
                one.half_term.value,
                one.due,
                one.action.text + (f" [{one.held} of {one.asked} times]" if one.asked is not None else ""),
                one.note,
            )
            for one in stands.of(standing)
        ]
        if rows:
            lines += [table_text(standing.value.capitalize(), ("action", "half term", "due", "what", "note"), rows), ""]
    reviews = [(one.objective, one.due, one.last, "overdue" if one.overdue else "") for one in stands.reviews]
    if reviews:
        lines += [table_text("Reviews", ("objective", "due", "last", "state"), reviews), ""]
    live = {one.id for one in plan.live()}
    targets = [
        (one.target.id, one.target.kind.value, one.reached.value, one.says) for one in results if one.objective in live
    ]
    if targets:
        lines.append(table_text("Targets of live objectives", ("target", "kind", "stands", "why"), targets))
    lines += [f"Note: {note}" for note in stands.notes]
    return "\n".join(lines)
