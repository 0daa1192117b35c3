"""Comparing two views of one framework: an audit and an earlier one, or a school and its second assessor."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.audits.status import POINTS, status_of
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.audits import Audit
from attendance_core.model.frameworks import Framework
from attendance_core.model.scales import PracticeStatus
from attendance_core.model.statuses import AuditStatus


@frozen(kw_only=True)
class AuditView:
    """One set of ratings: an audit's own, or its second assessor's.

    Attributes:
        name: Whose they are, as tables show it.
        audit: The audit that holds them.
        ratings: Item to rating.
        second: They are the second assessor's.
    """

    name: str
    audit: Audit = field(repr=False)
    ratings: Mapping[str, str] = field(repr=False)
    second: bool = False

    def colour(self, item: str) -> PracticeStatus | None:
        """Return the colour of an item's rating; None where it is not rated."""
        step = self.audit.scale.step(self.ratings.get(item, ""))
        return step.status if step else None

    def points(self, item: str, *, by_colour: bool) -> int | None:
        """Return what an item's rating counts, by its colour or by its place in the scale; None where not rated."""
        if by_colour:
            colour = self.colour(item)
            return None if colour is None else POINTS[colour]
        return self.audit.scale.points(self.ratings.get(item, ""))

    def title(self, item: str) -> str:
        """Return an item's rating as forms print it; empty where it is not rated."""
        step = self.audit.scale.step(self.ratings.get(item, ""))
        return step.title if step else ""


def own_view(audit: Audit) -> AuditView:
    """Return an audit's own ratings."""
    return AuditView(name=audit.id, audit=audit, ratings=audit.ratings())


def second_view(audit: Audit) -> AuditView:
    """Return the second assessor's ratings."""
    return AuditView(
        name=f"{audit.id} ({audit.second_assessor or 'second assessor'})",
        audit=audit,
        ratings=audit.second_ratings(),
        second=True,
    )


def scales_differ(views: Sequence[AuditView]) -> bool:
    """Say whether views rate by different scales; then only colours can be held against each other."""
    return not all(view.audit.scale.same_steps(views[0].audit.scale) for view in views[1:])


class Direction(StrEnum):
    """How an item stands in the second view, held against the first."""

    SAME = "same"
    HIGHER = "higher"
    LOWER = "lower"
    ONLY_FIRST = "only first"
    ONLY_SECOND = "only second"
    NEITHER = "not rated"


@frozen(kw_only=True)
class ItemDifference:
    """One item in two views.

    Attributes:
        item: Its id.
        section: Id of its section.
        first: Its rating in the first view, as printed.
        second: Its rating in the second.
        direction: How they stand to each other.
        new_evidence: Pieces of evidence that the second view's audit holds and the first one's does not.
        unsupported: It rose, and no new evidence says why.
    """

    item: str
    section: str
    first: str
    second: str
    direction: Direction
    new_evidence: int = 0
    unsupported: bool = False


@frozen(kw_only=True)
class AuditComparison:
    """Two views of one framework, item by item and status by status.

    Attributes:
        first: Name of the first view.
        second: Name of the second.
        items: Every item, in order.
        statuses: The statuses of both, under the first audit's rule.
        notes: What to mind.
    """

    first: str
    second: str
    items: tuple[ItemDifference, ...]
    statuses: tuple[AuditStatus, AuditStatus]
    notes: tuple[str, ...] = ()

    def count(self, direction: Direction) -> int:
        """Count the items that stand so."""
        return sum(one.direction is direction for one in self.items)


def compare(first: AuditView, second: AuditView, framework: Framework, as_of: date) -> AuditComparison:
    """Hold two views against each other: by the steps of their scale, or by colours where the scales differ.

    Args:
        first: The earlier, or the school's own.
        second: The later, or the second assessor's.
        framework: What both answer.
        as_of: The day on which actions are overdue or not.

    Raises:
        DocumentError: If they answer different frameworks.
    """
    require_one_framework((first, second))
    items = []
    over_time = first.audit is not second.audit
    by_colour = scales_differ((first, second))
    for section, item in framework.each():
        if not item.rateable:
            continue
        before, after = (view.points(item.id, by_colour=by_colour) for view in (first, second))
        held = set(first.audit.response(item.id).evidence)
        new = sum(piece not in held for piece in second.audit.response(item.id).evidence) if over_time else 0
        direction = _direction(before, after)
        items.append(
            ItemDifference(
                item=item.id,
                section=section.id,
                first=first.title(item.id),
                second=second.title(item.id),
                direction=direction,
                new_evidence=new,
                unsupported=over_time and direction is Direction.HIGHER and not new,
            )
        )
    statuses = tuple(
        status_of(one.audit, framework, as_of, rule=first.audit.status_rule, ratings=one.ratings)
        for one in (first, second)
    )
    return AuditComparison(
        first=first.name,
        second=second.name,
        items=tuple(items),
        statuses=(statuses[0], statuses[1]),
        notes=tuple(_notes(first.audit, second.audit, framework, by_colour)),
    )


def require_one_framework(views: tuple[AuditView, ...]) -> None:
    """Refuse views of different frameworks.

    Raises:
        DocumentError: If they answer different ones.
    """
    first = views[0]
    faults = [
        Fault(
            other.audit.id,
            f"answers {other.audit.framework}",
            f"{first.audit.framework}, as {first.audit.id} does",
            "Compare audits of one framework; attendance frameworks gaps looks across frameworks",
        )
        for other in views[1:]
        if other.audit.framework != first.audit.framework
    ]
    if faults:
        raise DocumentError(*faults)


def _direction(before: int | None, after: int | None) -> Direction:
    if before is None and after is None:
        return Direction.NEITHER
    if before is None:
        return Direction.ONLY_SECOND
    if after is None:
        return Direction.ONLY_FIRST
    gap = after - before
    return Direction.SAME if not gap else Direction.HIGHER if gap > 0 else Direction.LOWER


def _notes(first: Audit, second: Audit, framework: Framework, by_colour: bool) -> list[str]:
    notes = []
    if first.framework_version != second.framework_version:
        notes.append(
            f"{first.id} answers version {first.framework_version} of {framework.id}, {second.id} version "
            f"{second.framework_version}: items are held by their ids, and their wording may differ."
        )
    if by_colour:
        notes.append(f"The scales differ ({first.scale.title}; {second.scale.title}): ratings are held by colour.")
    if first.status_rule != second.status_rule:
        notes.append(
            f"Both statuses are by the rule {first.status_rule}; {second.id} itself names {second.status_rule}."
        )
    return notes
