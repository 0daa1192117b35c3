"""The school log: what a school does about attendance that is about no single pupil."""

from datetime import date
from enum import StrEnum
from math import inf
from typing import ClassVar

from attrs import frozen

from attendance_core.model.events import Event, check, in_order, said, words_said


@frozen(kw_only=True, repr=False)
class PolicyReviewed(Event):
    """That a school policy document was reviewed.

    Attributes:
        document: Which one.
        on: When.
        against: What it was held against, such as statutory guidance.
        gaps: What was found wanting.
        next_due: When it is due again.
    """

    kind: ClassVar[str] = "policy-reviewed"

    document: str
    on: date
    against: str = ""
    gaps: tuple[str, ...] = ()
    next_due: date | None = None

    def __attrs_post_init__(self) -> None:
        check(said(self.document, "document"), in_order(self.on, self.next_due, "next_due"))

    @property
    def day(self) -> date:
        """When it was reviewed."""
        return self.on


class Circle(StrEnum):
    """To whom targets and data are circulated; the values are those of side records."""

    STAFF = "staff"
    LEADERS = "leaders"
    GOVERNORS = "governors"
    TRUST = "trust"
    AUTHORITY = "authority"
    PARENTS = "parents"
    PUPILS = "pupils"


@frozen(kw_only=True, repr=False)
class Circulated(Event):
    """That targets or data were circulated.

    Attributes:
        what: targets, figures, group-figures, subject-figures, statement, or another word of the school's.
        on: When.
        to: To whom.
        decision: What was decided on it.
    """

    kind: ClassVar[str] = "circulated"

    what: str
    on: date
    to: tuple[Circle, ...]
    decision: str = ""

    def __attrs_post_init__(self) -> None:
        check(said(self.what, "what"), (bool(self.to), "to", "is empty", "one circle or more", "Name them"))

    @property
    def day(self) -> date:
        """When it was circulated."""
        return self.on


@frozen(kw_only=True, repr=False)
class SchoolMeeting(Event):
    """A meeting about attendance as a whole.

    Attributes:
        meeting: Which one, such as pastoral-team, line-management or governors.
        on: When.
        topics: What was covered; codes, services and outside-service are known to audits.
        present: Roles that took part.
        decision: What was decided.
    """

    kind: ClassVar[str] = "school-meeting"

    meeting: str
    on: date
    topics: tuple[str, ...]
    present: tuple[str, ...] = ()
    decision: str = ""

    def __attrs_post_init__(self) -> None:
        check(said(self.meeting, "meeting"), words_said(self.topics, "topics"))

    @property
    def day(self) -> date:
        """When it was held."""
        return self.on


@frozen(kw_only=True, repr=False)
class Training(Event):
    """Training that somebody did or is to do.

    Attributes:
        module: What.
        role: Whose role it is; aliases of roles are known.
        person: Who, if one person did.
        on: When it was done; None: it is still to be done.
        due: By when it is to be done.
        practice_changed: What changed after; empty: not yet known.
    """

    kind: ClassVar[str] = "training"

    module: str
    role: str
    person: str = ""
    on: date | None = None
    due: date | None = None
    practice_changed: str = ""

    def __attrs_post_init__(self) -> None:
        check(
            said(self.module, "module"),
            said(self.role, "role"),
            (self.on is not None or self.due is not None, "due", "neither done nor due", "a day", "Give one"),
        )

    @property
    def day(self) -> date:
        """When it was done, or is due."""
        return self.on or self.due or date.max


@frozen(kw_only=True, repr=False)
class Expertise(Event):
    """That somebody is an expert in something.

    Attributes:
        subject: In what.
        role: Who, as a role.
        person: Who.
        on: Since when.
    """

    kind: ClassVar[str] = "expertise"

    subject: str
    role: str
    person: str = ""
    on: date

    def __attrs_post_init__(self) -> None:
        check(said(self.subject, "subject"), said(self.role, "role"))

    @property
    def day(self) -> date:
        """Since when."""
        return self.on


@frozen(kw_only=True, repr=False)
class Responsibility(Event):
    """Who is responsible for an item of a framework, who monitors it, and to whom is reported.

    Attributes:
        item: ``framework/item``.
        leads: Role that leads.
        monitors: Role that monitors.
        reports_to: Role to whom is reported.
        on: Since when.
    """

    kind: ClassVar[str] = "responsibility"

    item: str
    leads: str
    monitors: str = ""
    reports_to: str = ""
    on: date

    def __attrs_post_init__(self) -> None:
        check(said(self.item, "item"), said(self.leads, "leads"))

    @property
    def day(self) -> date:
        """Since when."""
        return self.on


class ActivityKind(StrEnum):
    """What a school did that shows its practice."""

    LEARNING_WALK = "learning-walk"
    SURVEY = "survey"
    ASSEMBLY = "assembly"
    FOCUS_WEEK = "focus-week"
    DISPLAY = "display"
    REWARD = "reward"


@frozen(kw_only=True, repr=False)
class SchoolActivity(Event):
    """A learning walk, survey, assembly or the like.

    Attributes:
        activity: What it was.
        on: When.
        found: What it showed.
        asked: Of a survey: how many were asked.
        answered: Of a survey: how many answered.
        items: Framework items that it is evidence for, as ``framework/item``.
    """

    kind: ClassVar[str] = "activity"

    activity: ActivityKind
    on: date
    found: str = ""
    asked: int | None = None
    answered: int | None = None
    items: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        fits = self.answered is None or (self.asked is not None and 0 <= self.answered <= self.asked)
        check((fits, "answered", "does not fit asked", "0 to asked", "Correct one"))

    @property
    def day(self) -> date:
        """When it was."""
        return self.on


@frozen(kw_only=True, repr=False)
class Funding(Event):
    """Money set aside for attendance.

    Attributes:
        what_for: What for.
        pounds: How much.
        on: When it was set aside.
        source: From which budget.
    """

    kind: ClassVar[str] = "funding"

    what_for: str
    pounds: float
    on: date
    source: str = ""

    def __attrs_post_init__(self) -> None:
        check(
            said(self.what_for, "what_for"), (0 < self.pounds < inf, "pounds", "is not above 0", "pounds", "Correct it")
        )

    @property
    def day(self) -> date:
        """When it was set aside."""
        return self.on


class ProgrammeChoice(StrEnum):
    """What a school decides about a programme."""

    CONTINUE = "continue"
    MODIFY = "modify"
    STOP = "stop"


@frozen(kw_only=True, repr=False)
class ProgrammeDecision(Event):
    """That a programme goes on, is changed or stops, held against what was found about its effect.

    Attributes:
        programme: Id of the programme.
        on: When.
        decision: What was decided.
        finding: The verdict on its effect, as it was told.
        reason: Why.
    """

    kind: ClassVar[str] = "programme-decision"

    programme: str
    on: date
    decision: ProgrammeChoice
    finding: str = ""
    reason: str

    def __attrs_post_init__(self) -> None:
        check(said(self.programme, "programme"), said(self.reason, "reason"))

    @property
    def day(self) -> date:
        """When it was decided."""
        return self.on
