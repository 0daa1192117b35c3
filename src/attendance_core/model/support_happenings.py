"""What happens in a pupil's time at a school beside plans: concerns of staff, leave, moves, placements, catch-up."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from attrs import frozen

from attendance_core.model.events import Event, check, in_order, said
from attendance_core.model.support_duties import Told


@frozen(kw_only=True, repr=False)
class StaffConcern(Event):
    """A change that a member of staff saw, routed and answered.

    Attributes:
        on: When it was told.
        what: What was seen.
        seen_by: Who saw it, as a role.
        routed_to: Who is to answer.
        answer_due: By when.
        answer: What was answered; empty while open.
        answered_on: When.
    """

    kind: ClassVar[str] = "concern"

    on: date
    what: str
    seen_by: str = ""
    routed_to: str = ""
    answer_due: date | None = None
    answer: str = ""
    answered_on: date | None = None

    def __attrs_post_init__(self) -> None:
        check(
            said(self.what, "what"),
            in_order(self.on, self.answer_due, "answer_due"),
            in_order(self.on, self.answered_on, "answered_on"),
            (
                bool(self.answer) == (self.answered_on is not None),
                "answered_on",
                "goes with an answer, and only with it",
                "words and a day, or neither",
                "Give both",
            ),
        )

    @property
    def day(self) -> date:
        """When it was told."""
        return self.on


class LeaveDecision(StrEnum):
    """What came of a request for leave."""

    WAITING = "waiting"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


@frozen(kw_only=True, repr=False)
class LeaveRequest(Event):
    """A request for leave of absence, and the decision.

    Attributes:
        on: When it was asked for.
        start: First day asked for.
        end: Last day asked for.
        reason: What for.
        decision: What was decided.
        ground: The legal ground on which leave was granted.
        decided_on: When.
        decided_by: Who decided; only an authorised person may.
    """

    kind: ClassVar[str] = "leave"

    on: date
    start: date
    end: date
    reason: str = ""
    decision: LeaveDecision = LeaveDecision.WAITING
    ground: str = ""
    decided_on: date | None = None
    decided_by: str = ""

    def __attrs_post_init__(self) -> None:
        decided = self.decision is not LeaveDecision.WAITING
        granted = self.decision in (LeaveDecision.GRANTED, LeaveDecision.PARTLY)
        check(
            in_order(self.start, self.end),
            in_order(self.on, self.decided_on, "decided_on"),
            (
                decided == (self.decided_on is not None) == bool(self.decided_by),
                "decided_on",
                "goes with a decision, and who made it",
                "all three, or none",
                "Give all",
            ),
            (
                not granted or bool(self.ground.strip()),
                "ground",
                "leave was granted on no ground",
                "the ground",
                "Name it",
            ),
        )

    @property
    def day(self) -> date:
        """When it was asked for."""
        return self.on


@frozen(kw_only=True, repr=False)
class Transition(Event):
    """A move between phases or schools, and what the schools told each other.

    Attributes:
        on: The first day at the new school or phase.
        other_school: The school that the pupil comes from or goes to.
        incoming: Whether the pupil comes here.
        siblings: Pupil ids of brothers and sisters here.
        exchanged: What was told between the schools, to whom and when.
        plan: What was planned.
        review_due: When it is to be looked at.
        reviewed_on: When it was.
    """

    kind: ClassVar[str] = "transition"

    on: date
    other_school: str
    incoming: bool = True
    siblings: tuple[str, ...] = ()
    exchanged: tuple[Told, ...] = ()
    plan: str = ""
    review_due: date | None = None
    reviewed_on: date | None = None

    def __attrs_post_init__(self) -> None:
        check(said(self.other_school, "other_school"))

    @property
    def day(self) -> date:
        """The first day there."""
        return self.on


@frozen(kw_only=True, repr=False)
class ProviderWeek:
    """What a provider reported for one week.

    Attributes:
        start: Its Monday.
        possible: Sessions that the pupil was expected.
        attended: Sessions attended.
    """

    start: date
    possible: int
    attended: int

    def __attrs_post_init__(self) -> None:
        check(
            (
                0 <= self.attended <= self.possible <= 14,
                "attended",
                "does not fit possible",
                "0 to possible, and possible to 14",
                "Correct one",
            ),
            (self.start.weekday() == 0, "start", "is no Monday", "the Monday of the week", "Correct it"),
        )

    def __repr__(self) -> str:
        return "<ProviderWeek>"


@frozen(kw_only=True, repr=False)
class Placement(Event):
    """A placement at an alternative provider, with the attendance that it reports.

    Attributes:
        provider: Which one.
        start: First day.
        end: Last day, once it is known.
        purpose: What for.
        quality_checked: When the school last saw for itself.
        check_due: When it is to see again.
        weeks: What the provider reported.
    """

    kind: ClassVar[str] = "placement"

    provider: str
    start: date
    end: date | None = None
    purpose: str = ""
    quality_checked: date | None = None
    check_due: date | None = None
    weeks: tuple[ProviderWeek, ...] = ()

    def __attrs_post_init__(self) -> None:
        starts = [week.start for week in self.weeks]
        check(
            said(self.provider, "provider"),
            in_order(self.start, self.end),
            (len(set(starts)) == len(starts), "weeks", "has one week twice", "each week once", "Remove one"),
        )

    @property
    def day(self) -> date:
        """Its first day."""
        return self.start


@frozen(kw_only=True, repr=False)
class CatchUp(Event):
    """Work missed, set, and done.

    Attributes:
        set_on: When it was set.
        subject: In which subject.
        due: By when.
        sessions_used: Catch-up sessions used.
        done_on: When it was done.
        progress: How the pupil stands after.
    """

    kind: ClassVar[str] = "catch-up"

    set_on: date
    subject: str
    due: date | None = None
    sessions_used: int = 0
    done_on: date | None = None
    progress: str = ""

    def __attrs_post_init__(self) -> None:
        check(
            said(self.subject, "subject"),
            in_order(self.set_on, self.due, "due"),
            in_order(self.set_on, self.done_on, "done_on"),
            (self.sessions_used >= 0, "sessions_used", "is below 0", "0 or more", "Correct it"),
        )

    @property
    def day(self) -> date:
        """When it was set."""
        return self.set_on


@frozen(kw_only=True, repr=False)
class RollRemoval(Event):
    """That a pupil's name is to be taken from the roll, on a ground, after checks.

    Attributes:
        on: From when; a name is not taken off for days that have passed.
        ground: The legal ground.
        checks: Checks that were made, by whom told and when.
        returned_on: When the authority was told.
    """

    kind: ClassVar[str] = "removal"

    on: date
    ground: str
    checks: tuple[Told, ...] = ()
    returned_on: date | None = None

    def __attrs_post_init__(self) -> None:
        check(said(self.ground, "ground"))

    @property
    def day(self) -> date:
        """From when."""
        return self.on


class JoiningReason(StrEnum):
    """Why a pupil starts, or starts again."""

    NEW = "new"
    RETURNING = "returning"
    """After a long absence."""
    AFTER_EXCLUSION = "after-exclusion"
    MANAGED_MOVE = "managed-move"


@frozen(kw_only=True, repr=False)
class Joining(Event):
    """A pupil who is new, comes back after long absence, or after exclusion.

    Attributes:
        reason: Which.
        agreed: The start that was agreed.
        started: The start that came; None: not yet.
        support: What was planned for the first weeks.
        watch_until: Until when the pupil is on the watch-list.
    """

    kind: ClassVar[str] = "joining"

    reason: JoiningReason
    agreed: date
    started: date | None = None
    support: str = ""
    watch_until: date | None = None

    def __attrs_post_init__(self) -> None:
        check(in_order(self.agreed, self.watch_until, "watch_until"))

    @property
    def day(self) -> date:
        """The start that was agreed."""
        return self.agreed

    @property
    def delay(self) -> int | None:
        """Calendar days between the agreed start and the one that came; None while it has not come."""
        return None if self.started is None else (self.started - self.agreed).days


@frozen(kw_only=True, repr=False)
class RetentionHold(Event):
    """That nothing of a pupil may be erased for a time.

    Attributes:
        reason: Why.
        start: First day.
        end: Last day; None: until it is ended.
    """

    kind: ClassVar[str] = "hold"

    reason: str
    start: date
    end: date | None = None

    def __attrs_post_init__(self) -> None:
        check(said(self.reason, "reason"), in_order(self.start, self.end))

    @property
    def day(self) -> date:
        """Its first day."""
        return self.start
