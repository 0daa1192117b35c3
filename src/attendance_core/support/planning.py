"""Plans and their reviews as a person writes them: with the days that they leave out filled in."""

from collections.abc import Mapping
from datetime import date, timedelta

from attrs import evolve

from attendance_core.errors import Fault, SupportError
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import Record
from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
from attendance_core.model.support_steps import Arrangement, StatutoryStep
from attendance_core.support.ledger import Ledger

Reviewed = SupportPlan | Arrangement | StatutoryStep


def with_review_day(plan: SupportPlan, review_days: Mapping[str, int]) -> SupportPlan:
    """Return a plan that says when it is due for review, where it does not and its tier does.

    Args:
        plan: The plan.
        review_days: Days from a plan's start to its review, by the id of the tier.
    """
    days = review_days.get(plan.tier)
    if plan.review_due is not None or days is None:
        return plan
    return evolve(plan, review_due=plan.start + timedelta(days=days))


def next_review(reviewed: Reviewed, held: date, outcome: ReviewOutcome, review_days: Mapping[str, int]) -> date | None:
    """Return when the review after this one is due; None where none follows, or nothing says when.

    Args:
        reviewed: What was reviewed.
        held: When.
        outcome: What was decided.
        review_days: Days from one review of a plan to the next, by the id of the tier.
    """
    days = review_days.get(reviewed.tier) if isinstance(reviewed, SupportPlan) else None
    return None if days is None or outcome is ReviewOutcome.END else held + timedelta(days=days)


def reviewed_record(ledger: Ledger, id: EventId) -> Record[Reviewed]:
    """Return what an id names, where it can be reviewed.

    Raises:
        SupportError: If it is no plan, arrangement or step of this ledger.
    """
    found: tuple[Record[Event], ...] = tuple(
        record for cls in (SupportPlan, Arrangement, StatutoryStep) for record in ledger.records(cls)
    )
    for record in found:
        if id in [entry.id for entry in record.history] and isinstance(record.event, Reviewed):
            return Record(id=record.id, event=record.event, history=record.history)  # type: ignore[arg-type]
    raise SupportError(
        Fault(
            f"record {id}",
            "is no plan, arrangement or step of this ledger",
            "",
            "Copy its id from attendance support show",
        )
    )


def due_review(ledger: Ledger, record: Record[Reviewed]) -> date | None:
    """Return when the next review of a record is due: as its last review says, else as it says itself."""
    reviews: list[Review] = [one.event for one in ledger.records(Review) if one.event.of == record.id.place]
    last = max(reviews, key=lambda one: one.day, default=None)
    if last is not None and last.held is not None:
        return last.next_due
    return record.event.review_due if isinstance(record.event, SupportPlan | Arrangement) else record.event.end
