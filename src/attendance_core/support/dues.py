"""Dues from ledgers: reviews, arrangements, duties, answers and actions that are due, overdue or missing on a day."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final, cast

from attrs import field, frozen

from attendance_core.model.actions import Action, ActionState
from attendance_core.model.dues import Due, DueList, DueState
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey, Record
from attendance_core.model.school_log import PolicyReviewed, Training
from attendance_core.model.support_contacts import CaseMeeting, Contact, Referral
from attendance_core.model.support_duties import EhcpReview, LookedAfter, MedicalNeeds, Safeguarding
from attendance_core.model.support_happenings import (
    CatchUp,
    Joining,
    LeaveDecision,
    LeaveRequest,
    Placement,
    StaffConcern,
    Transition,
)
from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
from attendance_core.model.support_steps import Arrangement, ArrangementWay, StatutoryStep, StepKind, StepState
from attendance_core.support.ledger import Ledger, Ledgers
from attendance_core.support.words import counted

#: How many days are looked ahead.
AHEAD: Final = 14

_ORDER = {one: place for place, one in enumerate(DueList)}
_STATES = {one: place for place, one in enumerate(DueState)}
_WAYS = {
    ArrangementWay.PART_TIME: "part-time timetable",
    ArrangementWay.PHASED_RETURN: "phased return",
    ArrangementWay.FLEXIBLE_START: "flexible start",
}
_FORMAL = {StepKind.NOTICE_TO_IMPROVE: "notice to improve", StepKind.ATTENDANCE_CONTRACT: "attendance contract"}


@frozen(kw_only=True)
class Asked:
    """What is asked of the ledgers.

    Attributes:
        as_of: The day; what was written later, or happened later, is not known on it.
        ahead: How many days are looked ahead.
        review_days: Days after which a plan is due for review, by tier; a tier that is not there has no rhythm.
        weeks: Mondays of the school weeks that are over, by school; None: no calendar is known.
        unexplained: Days of absence for which no reason is known, by pupil; None: no marks were given.
    """

    as_of: date
    ahead: int = AHEAD
    review_days: Mapping[str, int]
    weeks: Mapping[str, tuple[date, ...]] | None = field(default=None, repr=False)
    unexplained: Mapping[PupilKey, tuple[date, ...]] | None = field(default=None, repr=False)

    def state(self, day: date) -> DueState:
        """Return how something stands that is to be done by a day."""
        if day < self.as_of:
            return DueState.OVERDUE
        if day == self.as_of:
            return DueState.DUE
        return DueState.SOON if (day - self.as_of).days <= self.ahead else DueState.OPEN

    def come(self, day: date | None) -> bool:
        """Say whether a day is there and has come."""
        return day is not None and day <= self.as_of

    def live(self, start: date, end: date | None) -> bool:
        """Say whether something from one day to another holds on the day asked about."""
        return start <= self.as_of and (end is None or end >= self.as_of)


@frozen(kw_only=True)
class Dues:
    """Everything that is due, overdue, missing or open on a day.

    Attributes:
        as_of: The day.
        items: By list, then the most pressing first.
        not_checked: Lists that could not be asked for, each with what is missing.
        notes: What a reader should know.
        later: Entries that were written after the day, and are left out.
    """

    as_of: date
    items: tuple[Due, ...] = field(repr=False)
    not_checked: tuple[tuple[DueList, str], ...] = ()
    notes: tuple[str, ...] = ()
    later: int = 0

    def of(self, list: DueList) -> tuple[Due, ...]:
        """Return the items of one list."""
        return tuple(one for one in self.items if one.list is list)

    @property
    def overdue(self) -> int:
        """How many items are overdue."""
        return sum(one.state is DueState.OVERDUE for one in self.items)


def ledger_dues(ledgers: Ledgers, asked: Asked) -> tuple[list[Due], int]:
    """Return what ledgers alone say is due, unsorted, and how many entries were left out as written later."""
    found: list[Due] = []
    later = 0
    for ledger in ledgers.all(*_PUPIL, holding={Contact: '"next_action"'}):
        later += ledger.later(asked.as_of)
        found += pupil_dues(ledger, asked)
    school = ledgers.school()
    return [*found, *school_dues(school, asked)], later + school.later(asked.as_of)


def in_order(items: Iterable[Due]) -> tuple[Due, ...]:
    """Sort items: by list, then by how they stand, day, pupil and record."""
    return tuple(
        sorted(
            items,
            key=lambda one: (
                _ORDER[one.list],
                _STATES[one.state],
                one.day or date.max,
                (one.who.school_id, one.who.pupil_id) if one.who else ("", ""),
                one.record,
                one.what,
            ),
        )
    )


def pupil_dues(ledger: Ledger, asked: Asked) -> Iterator[Due]:
    """Return what is due by one pupil's ledger."""
    records = ledger.records(Event, asked.as_of)
    case = _Case(ledger=ledger, records=records, asked=asked, reviews=_reviews(records, asked))
    for record in records:
        make = _PUPIL.get(type(record.event))
        if make is not None:
            yield from make(record, case)
    yield from _next_ehcp(case)


def school_dues(ledger: Ledger, asked: Asked) -> Iterator[Due]:
    """Return what is due by the school log."""
    newest: dict[str, Record[PolicyReviewed]] = {}
    for policy in ledger.records(PolicyReviewed, asked.as_of):
        one = policy.event
        if asked.come(one.on) and (one.document not in newest or newest[one.document].event.on <= one.on):
            newest[one.document] = policy
    case = _Case(ledger=ledger, records=(), asked=asked, reviews={})
    for policy in newest.values():
        yield from case.by_day(DueList.SCHOOL, "review of a policy document", policy, policy.event.next_due,
                               why=policy.event.document, missing="no day is set for the next review")  # fmt: skip
    for training in ledger.records(Training, asked.as_of):
        if not asked.come(training.event.on) and training.event.due is not None:
            why = f"{training.event.module}, {training.event.role}"
            yield from case.by_day(DueList.SCHOOL, "training", training, training.event.due, why=why)


def _reviews(records: Iterable[Record[Event]], asked: Asked) -> dict[int, tuple[Review, ...]]:
    found: dict[int, list[tuple[date, int, Review]]] = {}
    for one in records:
        if isinstance(one.event, Review) and asked.come(one.day):
            found.setdefault(one.event.of, []).append((one.day, one.id.place, one.event))
    return {
        of: tuple(review for _, _, review in sorted(listed, key=lambda one: one[:2])) for of, listed in found.items()
    }


@frozen(kw_only=True)
class _Case:
    """A ledger with the records that stand in it on the day asked about."""

    ledger: Ledger
    records: tuple[Record[Event], ...] = field(repr=False)
    asked: Asked
    reviews: Mapping[int, tuple[Review, ...]] = field(repr=False)

    def due(self, list: DueList, what: str, record: Record[Any], state: DueState, **more: Any) -> Due:
        return Due(list=list, what=what, state=state, who=self.ledger.who, record=str(record.id), **more)

    def by_day(
        self,
        list: DueList,
        what: str,
        record: Record[Any],
        day: date | None,
        *,
        why: str = "",
        missing: str = "",
        waits: bool = False,
    ) -> Iterator[Due]:
        """Return an item that is due by a day, if it stands in a list on the day asked about.

        Args:
            list: The list.
            what: What is to be done.
            record: Where it comes from.
            day: By when; None: nobody said.
            why: More, in words.
            missing: What to say where there is no day; empty: then it is no fault.
            waits: It is listed as long as it is open, whatever its day.
        """
        if day is None:
            if missing:
                yield self.due(list, what, record, DueState.MISSING, why="; ".join(filter(None, (why, missing))))
            elif waits:
                yield self.due(list, what, record, DueState.OPEN, why=why)
            return
        state = self.asked.state(day)
        if state is not DueState.OPEN or waits:
            yield self.due(list, what, record, state, day=day, why=why)

    def next_review(self, record: Record[Any], first: date | None, days: int | None = None) -> date | None:
        """Return the day by which a record is next to be reviewed; None: never, or nobody said.

        A review that was held closes what was due before it; one that was missed leaves it standing, or moves it.

        Args:
            record: What is reviewed.
            first: When its first review is due.
            days: After how many days one review follows another that names no day.
        """
        due = first
        for review in self.reviews_of(record):
            if review.held is None:
                due = review.next_due or due or review.due
            elif review.outcome is ReviewOutcome.END:
                due = None
            else:
                due = review.next_due or (review.held + timedelta(days=days) if days else None)
        return due

    def ended(self, record: Record[Any]) -> bool:
        """Say whether the last review that was held ended a record."""
        held = [one for one in self.reviews_of(record) if one.held is not None]
        return bool(held) and held[-1].outcome is ReviewOutcome.END

    def reviews_of(self, record: Record[Any]) -> tuple[Review, ...]:
        """Return the reviews of a record whose day has come, in the order of their days."""
        return self.reviews.get(record.id.place, ())


# -- one maker for each kind of event


def _plan(record: Record[SupportPlan], case: _Case) -> Iterator[Due]:
    plan, asked = record.event, case.asked
    if asked.come(plan.end):
        return
    days = asked.review_days.get(plan.tier)
    first = plan.review_due or (plan.start + timedelta(days=days) if days else None)
    yield from case.by_day(DueList.REVIEWS, "review of a support plan", record, case.next_review(record, first, days),
                           why=f"tier {plan.tier}")  # fmt: skip
    yield from _actions(plan.actions, "action of a support plan", record, case)


def _actions(actions: Iterable[Action], what: str, record: Record[Any], case: _Case) -> Iterator[Due]:
    for one in actions:
        if one.state is ActionState.DROPPED or case.asked.come(one.done_on):
            continue
        why = f"{one.text} ({one.owner or 'nobody is named'})"
        yield from case.by_day(DueList.ACTIONS, what, record, one.due, why=why, waits=True)


def _meeting(record: Record[CaseMeeting], case: _Case) -> Iterator[Due]:
    yield from _actions(record.event.actions, "action of a meeting", record, case)


def _arrangement(record: Record[Arrangement], case: _Case) -> Iterator[Due]:
    one, asked = record.event, case.asked
    if asked.come(one.ended_on) or case.ended(record):
        return
    what = _WAYS[one.way]
    if one.end >= asked.as_of:
        yield from case.by_day(DueList.REVIEWS, f"review of a {what}", record, case.next_review(record, one.review_due))
    renewed = any(
        isinstance(other.event, Arrangement) and other.event.way is one.way and other.event.start > one.start
        for other in case.records
    )
    if not renewed:
        why = "nobody has written that it ended" if one.end < asked.as_of else "it is to end, or to be agreed anew"
        yield from case.by_day(DueList.ARRANGEMENTS, f"end of a {what}", record, one.end, why=why)


def _step(record: Record[StatutoryStep], case: _Case) -> Iterator[Due]:
    one = record.event
    if one.step in _FORMAL and one.state is StepState.ISSUED and not case.ended(record):
        day = case.next_review(record, one.end)
        yield from case.by_day(DueList.REVIEWS, f"review of a {_FORMAL[one.step]}", record, day)


def _looked_after(record: Record[LookedAfter], case: _Case) -> Iterator[Due]:
    one, asked = record.event, case.asked
    if not asked.live(one.start, one.end):
        return
    if not one.designated_teacher.strip():
        yield case.due(DueList.LOOKED_AFTER, "designated teacher", record, DueState.MISSING, why="nobody is named")
    if one.previously:
        return
    met = one.pep_due is not None and one.pep_held is not None and one.pep_due <= one.pep_held <= asked.as_of
    day = None if met else one.pep_due
    what = "personal education plan meeting"
    yield from case.by_day(DueList.LOOKED_AFTER, what, record, day, missing="no day is set for the next one")


def _safeguarding(record: Record[Safeguarding], case: _Case) -> Iterator[Due]:
    one, asked, list = record.event, case.asked, DueList.SAFEGUARDING
    if not asked.live(one.start, one.end):
        return
    why = one.status.value.replace("-", " ")
    if not one.lead.strip():
        yield case.due(list, "safeguarding lead", record, DueState.MISSING, why=f"{why}: nobody is named")
    if not one.social_worker:
        yield case.due(list, "social worker", record, DueState.MISSING, why=f"{why}: nobody is named")
    days = (asked.unexplained or {}).get(case.ledger.who, ()) if case.ledger.who else ()
    told = max((entry.on for entry in one.told if asked.come(entry.on)), default=None)
    untold = [day for day in days if one.start <= day <= asked.as_of and (told is None or day > told)]
    if untold:
        since = "nobody was told" if told is None else f"last told on {told}"
        yield case.due(
            list,
            "social worker told of unexplained absence",
            record,
            DueState.MISSING,
            day=min(untold),
            why=f"{why}: {counted(len(untold), 'day')}, the first on {min(untold)}; {since}",
        )


def _medical(record: Record[MedicalNeeds], case: _Case) -> Iterator[Due]:
    one, asked, list = record.event, case.asked, DueList.MEDICAL
    if not asked.live(one.start, one.end):
        return
    if not asked.come(one.evidence_seen):
        yield from case.by_day(list, "evidence", record, one.evidence_due, missing="neither asked for nor seen")
    if not one.adjustments:
        yield case.due(list, "adjustments", record, DueState.MISSING, why="none is written down")
    day = case.next_review(record, one.review_due)
    yield from case.by_day(list, "review of adjustments", record, day, missing="no day is set")


def _ehcp(record: Record[EhcpReview], case: _Case) -> Iterator[Due]:
    one, asked, list = record.event, case.asked, DueList.EHCP
    held = asked.come(one.held)
    if not held:
        yield from case.by_day(list, "review meeting", record, one.due)
    made = asked.come(one.pack_made)
    shared = any(asked.come(told.on) for told in one.shared)
    for what, lacks in (("attendance pack", not made), ("attendance pack shared", made and not shared)):
        if lacks and held:
            yield case.due(list, what, record, DueState.MISSING, day=one.due, why=f"the meeting was held on {one.held}")
        elif lacks:
            yield from case.by_day(list, what, record, one.due, why="for the review meeting")


def _next_ehcp(case: _Case) -> Iterator[Due]:
    """A plan is reviewed again and again: after the last meeting there is a next one."""
    reviews = [one for one in case.records if isinstance(one.event, EhcpReview)]
    if reviews and all(case.asked.come(cast("EhcpReview", one.event).held) for one in reviews):
        last = max(reviews, key=lambda one: (one.day, one.id.place))
        why = f"the last one was held on {last.day}; no day is set for the next one"
        yield case.due(DueList.EHCP, "review meeting", last, DueState.MISSING, why=why)


def _referral(record: Record[Referral], case: _Case) -> Iterator[Due]:
    one = record.event
    if not case.asked.come(one.outcome_on):
        why = f"to {one.to}, made on {one.on}"
        yield from case.by_day(DueList.REFERRALS, "answer to a referral", record, one.answer_due, why=why, waits=True)


def _concern(record: Record[StaffConcern], case: _Case) -> Iterator[Due]:
    one = record.event
    if not case.asked.come(one.answered_on):
        why = f"told on {one.on}, for {one.routed_to}" if one.routed_to else f"told on {one.on}, routed to nobody"
        what = "answer to a concern of staff"
        yield from case.by_day(DueList.CONCERNS, what, record, one.answer_due, why=why, waits=True)


def _leave(record: Record[LeaveRequest], case: _Case) -> Iterator[Due]:
    one = record.event
    if one.decision is LeaveDecision.WAITING or not case.asked.come(one.decided_on):
        why = f"asked on {one.on} for {one.start} to {one.end}"
        yield from case.by_day(DueList.LEAVE, "decision on leave", record, one.start, why=why, waits=True)


def _placement(record: Record[Placement], case: _Case) -> Iterator[Due]:
    one, asked, list = record.event, case.asked, DueList.PLACEMENTS
    if asked.live(one.start, one.end):
        seen = one.check_due is not None and one.quality_checked is not None
        met = seen and cast("date", one.check_due) <= cast("date", one.quality_checked) <= asked.as_of
        day = None if met else one.check_due
        what = "school's own look at the placement"
        yield from case.by_day(list, what, record, day, missing="no day is set for the next one")
    if asked.weeks is not None and case.ledger.who is not None:
        school = case.ledger.who.school_id
        weeks = asked.weeks.get(school, ())
        known = {week.start for week in one.weeks}
        monday = one.start - timedelta(days=one.start.weekday())
        lacking = [
            week for week in weeks if week >= monday and (one.end is None or week <= one.end) and week not in known
        ]
        if lacking:
            why = f"for {counted(len(lacking), 'school week')}, the first from {lacking[0]}"
            yield case.due(list, "attendance from the provider", record, DueState.MISSING, day=lacking[0], why=why)


def _catch_up(record: Record[CatchUp], case: _Case) -> Iterator[Due]:
    one = record.event
    if not case.asked.come(one.done_on):
        why = f"{one.subject}, set on {one.set_on}"
        yield from case.by_day(DueList.CATCH_UP, "catch-up work", record, one.due, why=why, waits=True)


def _transition(record: Record[Transition], case: _Case) -> Iterator[Due]:
    one = record.event
    if not case.asked.come(one.reviewed_on):
        what = "review of a transition"
        yield from case.by_day(DueList.TRANSITIONS, what, record, one.review_due, missing="no day is set")


def _joining(record: Record[Joining], case: _Case) -> Iterator[Due]:
    one, asked = record.event, case.asked
    reason = one.reason.value.replace("-", " ")
    if not asked.come(one.started):
        state = asked.state(one.agreed)
        if state is not DueState.OPEN:
            late = max((asked.as_of - one.agreed).days, 0)
            why = f"{reason}: not started" + (f", {counted(late, 'day')} after the day agreed" if late else "")
            yield case.due(DueList.JOINING, "agreed start", record, state, day=one.agreed, why=why, days=late)
    elif one.watch_until is None or one.watch_until >= asked.as_of:
        delay = one.delay or 0
        side = "after" if delay > 0 else "before"
        came = f"{counted(abs(delay), 'day')} {side} the day agreed" if delay else "on the day agreed"
        why = f"{reason}: started on {one.started}, {came}" + ("" if one.watch_until else "; no end is set")
        yield case.due(
            DueList.WATCH, "watched after a start", record, DueState.OPEN, day=one.watch_until, why=why, days=delay
        )


def _contact(record: Record[Contact], case: _Case) -> Iterator[Due]:
    one = record.event
    if one.next_action and not case.asked.come(one.next_done):
        what = "next action after a contact"
        yield from case.by_day(DueList.CONTACTS, what, record, one.next_due, why=one.next_action, waits=True)


def _nothing(record: Record[Any], case: _Case) -> Iterator[Due]:
    """A review speaks through what it reviews."""
    yield from ()


_Maker = Callable[[Record[Any], _Case], Iterator[Due]]
_PUPIL: Final = cast(
    "Mapping[type[Event], _Maker]",
    MappingProxyType(
        {
            SupportPlan: _plan,
            Review: _nothing,
            Arrangement: _arrangement,
            StatutoryStep: _step,
            LookedAfter: _looked_after,
            Safeguarding: _safeguarding,
            MedicalNeeds: _medical,
            EhcpReview: _ehcp,
            Referral: _referral,
            StaffConcern: _concern,
            LeaveRequest: _leave,
            Placement: _placement,
            CatchUp: _catch_up,
            Transition: _transition,
            Joining: _joining,
            Contact: _contact,
            CaseMeeting: _meeting,
        }
    ),
)
