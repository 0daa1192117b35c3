"""Time-limited arrangements, and statutory steps."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from attrs import frozen

from attendance_core.model.events import Event, check, in_order, said, words_said


class ArrangementWay(StrEnum):
    """An agreed way of attending; the values are those of side records."""

    PART_TIME = "part-time-timetable"
    PHASED_RETURN = "phased-return"
    FLEXIBLE_START = "flexible-start"


@frozen(kw_only=True, repr=False)
class Arrangement(Event):
    """A time-limited agreement on when a pupil attends.

    Attributes:
        way: What it is.
        basis: The legal ground that it rests on.
        rationale: Why it is in the child's best interest.
        agreed_with: With whom: a parent that the child normally lives with.
        agreed_on: When they agreed.
        start: First day.
        end: Last day agreed.
        review_due: When it is to be reviewed.
        timetable: Days and times agreed.
        shared_with: To whom it was told, such as the local authority.
        ended_on: When it ended, if that was before the last day agreed.
    """

    kind: ClassVar[str] = "arrangement"

    way: ArrangementWay
    basis: str
    rationale: str
    agreed_with: tuple[str, ...]
    agreed_on: date
    start: date
    end: date
    review_due: date
    timetable: str = ""
    shared_with: tuple[str, ...] = ()
    ended_on: date | None = None

    def __attrs_post_init__(self) -> None:
        check(
            said(self.basis, "basis"),
            said(self.rationale, "rationale"),
            words_said(self.agreed_with, "agreed_with"),
            in_order(self.agreed_on, self.start, "start"),
            in_order(self.start, self.review_due, "review_due"),
            in_order(self.review_due, self.end, "end"),
            in_order(self.start, self.ended_on, "ended_on"),
            in_order(self.ended_on, self.end, "ended_on"),
        )

    @property
    def day(self) -> date:
        """Its first day."""
        return self.start

    @property
    def last(self) -> date:
        """The last day on which it held or will hold."""
        return self.ended_on or self.end


class StepKind(StrEnum):
    """What a statutory step is."""

    ATTENDANCE_CONTRACT = "attendance-contract"
    NOTICE_TO_IMPROVE = "notice-to-improve"
    PENALTY_NOTICE = "penalty-notice"
    REFERRAL = "referral"
    """To the local authority, for it to decide."""
    OTHER = "other"


class StepState(StrEnum):
    """How a statutory step stands; a penalty notice's states are those of side records."""

    PROPOSED = "proposed"
    ISSUED = "issued"
    PAID = "paid"
    UNPAID = "unpaid"
    PROSECUTED = "prosecuted"
    MET = "met"
    """The improvement that was asked for came."""
    NOT_MET = "not-met"
    WITHDRAWN = "withdrawn"


@frozen(kw_only=True, repr=False)
class StatutoryStep(Event):
    """A formal step, with what spoke for it and what was missing.

    Attributes:
        step: What it is.
        on: When it was taken.
        state: How it stands.
        parent: Which parent it concerns, such as ``parent 1``; a notice goes to one parent for one child.
        start: First day that it covers: of a notice to improve, of its period; of a penalty notice, of the sessions
            counted.
        end: Last day that it covers.
        missing: What the gate found missing when it was taken.
        reason: Why it was taken all the same; required where something was missing.
        decided_by: Who decided; required where something was missing.
        note: More, in words.
    """

    kind: ClassVar[str] = "step"

    step: StepKind
    on: date
    state: StepState = StepState.ISSUED
    parent: str = ""
    start: date | None = None
    end: date | None = None
    missing: tuple[str, ...] = ()
    reason: str = ""
    decided_by: str = ""
    note: str = ""

    def __attrs_post_init__(self) -> None:
        overridden = bool(self.reason.strip()) and bool(self.decided_by.strip())
        check(
            in_order(self.start, self.end),
            (
                not self.missing or overridden,
                "reason",
                "proof of support is missing, and no reason and name is given",
                "a reason, and who decided",
                "Give both",
            ),
            (
                self.step is not StepKind.NOTICE_TO_IMPROVE or (self.start is not None and self.end is not None),
                "start",
                "a notice to improve has no period",
                "first and last day",
                "Give both",
            ),
        )

    @property
    def day(self) -> date:
        """When it was taken."""
        return self.on
