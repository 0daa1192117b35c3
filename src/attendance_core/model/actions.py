"""Actions and evidence: what audits, improvement plans and support share."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    FIGURE = "figure"
    """A figure of the register, by its id."""
    DOCUMENT = "document"
    MEETING = "meeting"
    OBSERVATION = "observation"
    SURVEY = "survey"
    STATEMENT = "statement"


@frozen(kw_only=True)
class Evidence:
    """Something that shows how a practice stands, or what came of an action.

    Attributes:
        kind: What it is.
        text: What it shows; of a figure, its id.
        on: Its day.
        source: Where it lies, or who gave it, as a role.
    """

    kind: EvidenceKind
    text: str = field(repr=False)
    on: date | None = None
    source: str = field(default="", repr=False)


class ActionState(StrEnum):
    """How an action stands."""

    OPEN = "open"
    DONE = "done"
    CARRIED = "carried"
    """Not done in its time, and taken on into a later one."""
    DROPPED = "dropped"
    """Given up, with a reason."""


@frozen(kw_only=True)
class Action:
    """One thing to do.

    Attributes:
        id: Unique in its document.
        text: What is to be done.
        owner: Who does it, as a role.
        due: By when; None: no day was set, so it can never be overdue and is said to have none.
        state: How it stands.
        done_on: When it was done.
        reason: Why it was carried or dropped.
        evidence: What came of it.
        links: Ids that it serves: items (``framework/item``), concerns, objectives.
    """

    id: str
    text: str = field(repr=False)
    owner: str = field(default="", repr=False)
    due: date | None = None
    state: ActionState = ActionState.OPEN
    done_on: date | None = None
    reason: str = field(default="", repr=False)
    evidence: tuple[Evidence, ...] = ()
    links: tuple[str, ...] = field(factory=tuple)

    def __attrs_post_init__(self) -> None:
        if (self.state is ActionState.DONE) != (self.done_on is not None):
            raise DocumentError(
                Fault("done_on", "goes with an action that is done, and only with it", "a day", "Correct state or day")
            )
        if self.state is ActionState.DROPPED and not self.reason:
            raise DocumentError(Fault("reason", "an action was dropped without one", "a reason", "Say why"))

    @property
    def is_open(self) -> bool:
        """It is still to be done."""
        return self.state in (ActionState.OPEN, ActionState.CARRIED)

    def overdue(self, as_of: date) -> bool:
        """Say whether it is still to be done and its day has passed."""
        return self.is_open and self.due is not None and self.due < as_of
