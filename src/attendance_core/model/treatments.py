"""Treatments: help that one enrolment was given over some days, as an evaluation sees it."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault


class ScoreKind(StrEnum):
    """What a recorded score speaks of, beside attendance."""

    WELLBEING = "wellbeing"
    ENGAGEMENT = "engagement"
    FAMILY_TRUST = "family-trust"


@frozen(kw_only=True)
class Score:
    """What somebody recorded of a pupil before help and after it, on the school's own scale.

    Attributes:
        kind: What it speaks of.
        before: Recorded before the help began; None: nobody did.
        after: Recorded afterwards; None: nobody did.
    """

    kind: ScoreKind
    before: float | None = None
    after: float | None = None


@frozen(kw_only=True)
class Treatment:
    """Help given to one enrolment: what it was part of, from when to when, what it cost.

    Attributes:
        enrolment_id: Whose it was.
        part_of: The programme, plan or cohort: what is judged as one.
        start: First day of the help.
        end: Last day; None while it goes on, or where nobody wrote it down.
        cost: In pounds, for this enrolment alone; None where it is not known.
        scores: What was recorded of the pupil before and after.
    """

    enrolment_id: str = field(repr=False)
    part_of: str
    start: date
    end: date | None = None
    cost: float | None = None
    scores: tuple[Score, ...] = field(default=(), repr=False)

    def __attrs_post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise DocumentError(Fault("end", "lies before the start", "start <= end", "Swap the dates"))
        if self.cost is not None and not 0 <= self.cost < float("inf"):
            raise DocumentError(Fault("cost", "is no amount", "pounds, 0 or more", "Correct it"))
