"""The first-day response: who is away without a known reason, who comes first, and what was tried."""

from datetime import date
from enum import IntEnum

from attrs import field, frozen

from attendance_core.model.ledgers import PupilKey


class Priority(IntEnum):
    """Who is called first; a lower number comes before a higher one."""

    SOCIAL_WORKER = 1
    """Child protection, child in need, or a social worker for another reason."""
    LOOKED_AFTER = 2
    MEDICAL = 3
    OTHERS = 4

    @property
    def title(self) -> str:
        """As it is shown."""
        return {1: "social worker", 2: "looked after", 3: "medical needs", 4: ""}[self.value]


@frozen(kw_only=True)
class Attempt:
    """One attempt to reach a family about this day.

    Attributes:
        on: The day.
        at: The time; empty if it is not known.
        way: How.
        outcome: What came of it.
        reply: What was said.
        next_action: What comes next, while that is not done.
        next_due: By when.
    """

    on: date
    at: str = ""
    way: str
    outcome: str
    reply: str = field(default="", repr=False)
    next_action: str = field(default="", repr=False)
    next_due: date | None = None


@frozen(kw_only=True, repr=False)
class EmergencyContact:
    """One person who is called for a pupil. Its repr tells of nobody.

    Attributes:
        pupil_id: The pupil.
        school_id: The school, where a file holds several.
        name: The contact's name.
        relationship: Such as mother.
        phone: The number.
        priority: In which order they are called; None: not said.
        confirmed_on: When the family last said that it holds.
        confirm_by: Until when that is good.
        pupil_name: The pupil's own name, where the file has it.
    """

    pupil_id: str
    school_id: str = ""
    name: str = ""
    relationship: str = ""
    phone: str = ""
    priority: int | None = None
    confirmed_on: date | None = None
    confirm_by: date | None = None
    pupil_name: str = ""

    def __repr__(self) -> str:
        return "<EmergencyContact>"


@frozen(kw_only=True)
class AwayPupil:
    """A pupil who is away without a known reason, or has no mark where one was due.

    Attributes:
        who: The pupil.
        name: The name that the contacts file gives; empty without one.
        sessions: The marks of the day, as ``AM N``; without a mark ``AM -``.
        unmarked: Nobody marked the register: that is no absence so far.
        priority: Whether this pupil comes first, and why.
        concerns: Concerns that are open.
        run: Sessions of absence on end, up to this day, whatever their codes.
        attempts: What was tried, in the order of time.
        tell: Who is to be told of it.
        call: The emergency contacts, in the order in which they are called.
    """

    who: PupilKey = field(repr=False)
    name: str = field(default="", repr=False)
    sessions: tuple[str, ...]
    unmarked: bool = False
    priority: Priority = Priority.OTHERS
    concerns: int = 0
    run: int = 0
    attempts: tuple[Attempt, ...] = ()
    tell: tuple[str, ...] = ()
    call: tuple[EmergencyContact, ...] = field(default=(), repr=False)

    @property
    def reached(self) -> bool:
        """Whether somebody of the family was reached, or replied."""
        return any(one.outcome in ("reached", "replied") for one in self.attempts)


@frozen(kw_only=True)
class ContactGap:
    """A pupil on roll whose emergency contacts are too few, or past the day by which they were to be confirmed.

    Attributes:
        who: The pupil.
        held: How many contacts with a number there are.
        wanted: How many there should be.
        expired: How many are past the day by which they were to be confirmed.
        earliest: The earliest of these days.
    """

    who: PupilKey = field(repr=False)
    held: int
    wanted: int
    expired: int = 0
    earliest: date | None = None


@frozen(kw_only=True)
class FirstResponse:
    """Everything that the attendance officer does first on a day.

    Attributes:
        as_of: The day.
        away: Pupils without a known reason, the most pressing first.
        unmarked: Pupils without a mark in a session that others have marks of.
        gaps: Pupils whose emergency contacts are to be put right; None: no contacts file was given.
        notes: What a reader should know.
    """

    as_of: date
    away: tuple[AwayPupil, ...] = field(repr=False)
    unmarked: tuple[AwayPupil, ...] = field(default=(), repr=False)
    gaps: tuple[ContactGap, ...] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
