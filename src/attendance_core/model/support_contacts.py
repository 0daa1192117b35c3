"""Contacts with families, offers of support, meetings, letters, signposts, and what stops a letter."""

import re
from datetime import date
from enum import StrEnum
from typing import ClassVar

from attrs import frozen

from attendance_core.model.actions import Action
from attendance_core.model.events import Event, check, in_order, said, words_said

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class ContactWay(StrEnum):
    """How a family was tried."""

    CALL = "call"
    MESSAGE = "message"
    EMAIL = "email"
    VISIT = "visit"
    IN_PERSON = "in-person"
    OTHER = "other"


class ContactOutcome(StrEnum):
    """What came of an attempt."""

    REACHED = "reached"
    MESSAGE_LEFT = "message-left"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    REPLIED = "replied"
    """The family answered later, or got in touch itself."""


@frozen(kw_only=True, repr=False)
class Contact(Event):
    """One attempt to reach a family, or one of theirs to reach the school.

    Attributes:
        on: The day.
        at: The time, as ``09:40``; empty if it is not known.
        way: How.
        outcome: What came of it.
        absence_of: The day whose absence it was about; None: about something else.
        with_whom: With whom, such as mother or social worker.
        reply: What was said.
        next_action: What comes next.
        next_due: By when.
        next_done: When that was done.
    """

    kind: ClassVar[str] = "contact"

    on: date
    at: str = ""
    way: ContactWay
    outcome: ContactOutcome
    absence_of: date | None = None
    with_whom: str = ""
    reply: str = ""
    next_action: str = ""
    next_due: date | None = None
    next_done: date | None = None

    def __attrs_post_init__(self) -> None:
        check(
            (
                not self.at or _TIME.fullmatch(self.at) is not None,
                "at",
                "is no time",
                "a time such as 09:40",
                "Correct it",
            ),
            (
                bool(self.next_action) or not (self.next_due or self.next_done),
                "next_action",
                "has a day and no words",
                "what comes next",
                "Write it",
            ),
            in_order(self.absence_of, self.on, "on"),
        )

    @property
    def day(self) -> date:
        """The day of the attempt."""
        return self.on


class OfferResponse(StrEnum):
    """What a family said to an offer."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_REPLY = "no-reply"


@frozen(kw_only=True, repr=False)
class SupportOffer(Event):
    """Support that was offered to a pupil and family: the proof that help came first.

    Attributes:
        on: When it was offered.
        what: What was offered.
        offered_by: By whom, as a role or a name.
        to: To whom.
        response: What they said.
        responded_on: When.
        note: How it went.
    """

    kind: ClassVar[str] = "offer"

    on: date
    what: str
    offered_by: str = ""
    to: str = ""
    response: OfferResponse = OfferResponse.WAITING
    responded_on: date | None = None
    note: str = ""

    def __attrs_post_init__(self) -> None:
        answered = self.response in (OfferResponse.ACCEPTED, OfferResponse.DECLINED)
        check(
            said(self.what, "what"),
            in_order(self.on, self.responded_on, "responded_on"),
            (
                answered or self.responded_on is None,
                "responded_on",
                "is a day without an answer",
                "accepted or declined",
                "Give the answer",
            ),
        )

    @property
    def day(self) -> date:
        """When it was offered."""
        return self.on


@frozen(kw_only=True, repr=False)
class CaseMeeting(Event):
    """A meeting about a pupil.

    Attributes:
        on: When it was held.
        purpose: What it was for, such as problem-solving, multi-agency, return from exclusion.
        present: Who took part, as roles.
        ways_to_take_part: How the family could take part: in person, by phone, at home.
        barriers: Ids of factors that were talked of.
        options: What was weighed up.
        decision: What was decided together.
        actions: What was agreed that somebody does.
        child_voice: What the child said.
        parent_voice: What the parent said.
        shared_with: To whom the record was given.
    """

    kind: ClassVar[str] = "meeting"

    on: date
    purpose: str
    present: tuple[str, ...]
    ways_to_take_part: tuple[str, ...] = ()
    barriers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    decision: str = ""
    actions: tuple[Action, ...] = ()
    child_voice: str = ""
    parent_voice: str = ""
    shared_with: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        check(said(self.purpose, "purpose"), words_said(self.present, "present"))

    @property
    def day(self) -> date:
        """When it was held."""
        return self.on


@frozen(kw_only=True, repr=False)
class LetterSent(Event):
    """A letter or statement that a person approved.

    Attributes:
        on: When it was approved.
        template: Id of the template.
        language: Language code, such as ``en``.
        approved_by: Who approved it.
        threatening: Whether it warns of a statutory step.
    """

    kind: ClassVar[str] = "letter"

    on: date
    template: str
    language: str = "en"
    approved_by: str
    threatening: bool = False

    def __attrs_post_init__(self) -> None:
        check(said(self.template, "template"), said(self.approved_by, "approved_by"))

    @property
    def day(self) -> date:
        """When it was approved."""
        return self.on


@frozen(kw_only=True, repr=False)
class Signpost(Event):
    """That a family was told of a service of the support directory.

    Attributes:
        on: When.
        service: Id of the service.
        used: Whether they used it; None: not known.
        asked_on: When they were asked.
        note: How it went.
    """

    kind: ClassVar[str] = "signpost"

    on: date
    service: str
    used: bool | None = None
    asked_on: date | None = None
    note: str = ""

    def __attrs_post_init__(self) -> None:
        check(said(self.service, "service"), in_order(self.on, self.asked_on, "asked_on"))

    @property
    def day(self) -> date:
        """When they were told."""
        return self.on


@frozen(kw_only=True)
class Service:
    """One service of the support directory.

    Attributes:
        id: Its id.
        title: Its name.
        offers: What it does.
        focus: What it works on; barriers name the same.
        how: How to reach it.
        statutory: Whether it is one that law or the authority provides.
    """

    id: str
    title: str
    offers: str = ""
    focus: tuple[str, ...] = ()
    how: str = ""
    statutory: bool = False


@frozen(kw_only=True)
class SupportDirectory:
    """The services that a school signposts to.

    Attributes:
        services: In the order of lists.
    """

    services: tuple[Service, ...] = ()


class StopReason(StrEnum):
    """Why no letter may go out."""

    SAFEGUARDING = "safeguarding"
    BEREAVEMENT = "bereavement"
    OTHER = "other"


@frozen(kw_only=True, repr=False)
class LetterStop(Event):
    """That no letter about attendance is sent for a time.

    Attributes:
        reason: Why.
        start: First day.
        end: Last day; None: until it is ended.
        note: More, in words.
    """

    kind: ClassVar[str] = "letter-stop"

    reason: StopReason
    start: date
    end: date | None = None
    note: str = ""

    def __attrs_post_init__(self) -> None:
        check(in_order(self.start, self.end))

    @property
    def day(self) -> date:
        """Its first day."""
        return self.start


@frozen(kw_only=True, repr=False)
class Referral(Event):
    """That a pupil or family was referred to a service, and what came of it.

    Attributes:
        on: When.
        to: To whom: welfare, parents' support, another school, health, behaviour, family help, safeguarding, or others.
        reason: Why.
        consent: Whether the family agreed; None: not asked, or not needed.
        answer_due: By when an answer is looked for.
        outcome: What came of it; empty while open.
        outcome_on: When.
        handover: Who in school goes on with the work, and what training was given.
    """

    kind: ClassVar[str] = "referral"

    on: date
    to: str
    reason: str
    consent: bool | None = None
    answer_due: date | None = None
    outcome: str = ""
    outcome_on: date | None = None
    handover: str = ""

    def __attrs_post_init__(self) -> None:
        check(
            said(self.to, "to"),
            said(self.reason, "reason"),
            in_order(self.on, self.answer_due, "answer_due"),
            in_order(self.on, self.outcome_on, "outcome_on"),
            (
                bool(self.outcome) == (self.outcome_on is not None),
                "outcome_on",
                "goes with an outcome, and only with it",
                "words and a day, or neither",
                "Give both",
            ),
        )

    @property
    def day(self) -> date:
        """When it was made."""
        return self.on
