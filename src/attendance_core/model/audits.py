"""Audits: a school's answers to the items of a framework, with evidence, actions, and what a second assessor says.

An audit is a document: it records the version of the framework, the scale and the status rule that it was made with,
so that it says the same whenever it is opened. What is not answered is empty, and never a guess.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.actions import Action, Evidence
from attendance_core.model.crosswalks import ItemRef, LinkStrength
from attendance_core.model.scales import RatingScale


@frozen(kw_only=True)
class DocumentRequest:
    """A document that the second assessor asks for, to see a statement shown.

    Attributes:
        text: What is asked for.
        asked: When it was asked for.
        received: When it came; None: it has not.
        note: What it showed, or why it does not come.
    """

    text: str
    asked: date | None = None
    received: date | None = None
    note: str = field(default="", repr=False)

    @property
    def outstanding(self) -> bool:
        """It was asked for and has not come."""
        return self.received is None


@frozen(kw_only=True)
class SecondAssessment:
    """What a second assessor, such as a partner from the authority, says of one item. It replaces nothing.

    Attributes:
        rating: A step of the audit's scale; empty: not rated.
        comment: Of the second assessor.
        on: Its day.
        documents: What was asked for, and what came.
    """

    rating: str = ""
    comment: str = field(default="", repr=False)
    on: date | None = None
    documents: tuple[DocumentRequest, ...] = ()


@frozen(kw_only=True)
class Suggestion:
    """An answer given elsewhere that may hold here too. It is offered, and is no rating until somebody gives one.

    Attributes:
        item: Where the answer was given, spelled ``framework/item``.
        audit: Id of the audit that holds it.
        rating: What was answered there.
        scale: The scale of that rating.
        strength: How far an answer there speaks for this item.
        reason: Why the two items are linked.
    """

    item: str
    audit: str
    rating: str
    scale: str
    strength: LinkStrength
    reason: str = ""


@frozen(kw_only=True)
class Response:
    """The answer to one item.

    Attributes:
        item: Id of the item.
        rating: A step of the audit's scale; empty: not answered.
        evidence: What shows it.
        actions: What is to be done about it.
        comment: Of the assessor.
        assessor: Who rated, as a role; empty: the audit's.
        on: The day of the rating; None: the audit's.
        second: What the second assessor says; None: nothing.
        suggestions: Linked answers of other audits, offered and never counted.
    """

    item: str
    rating: str = ""
    evidence: tuple[Evidence, ...] = ()
    actions: tuple[Action, ...] = ()
    comment: str = field(default="", repr=False)
    assessor: str = ""
    on: date | None = None
    second: SecondAssessment | None = None
    suggestions: tuple[Suggestion, ...] = ()


class RecommendationState(StrEnum):
    """What the school says to a recommendation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@frozen(kw_only=True)
class Recommendation:
    """An action that the second assessor recommends, on the whole audit.

    Attributes:
        id: Unique in the audit.
        text: What is recommended.
        on: When it was made.
        items: Ids of the items that it is about; empty: the whole.
        state: What the school says to it.
        reason: Why it was declined.
        owner: Who will do it, as a role, once accepted.
        due: By when, once accepted.
    """

    id: str
    text: str
    on: date | None = None
    items: tuple[str, ...] = ()
    state: RecommendationState = RecommendationState.OPEN
    reason: str = ""
    owner: str = ""
    due: date | None = None

    def __attrs_post_init__(self) -> None:
        if self.state is RecommendationState.DECLINED and not self.reason:
            raise DocumentError(Fault("reason", "a recommendation was declined without one", "a reason", "Say why"))

    def action(self, framework: str) -> Action | None:
        """Return the action that it becomes when it is accepted; None while it is not.

        Args:
            framework: The audit's framework, for the links to items.
        """
        if self.state is not RecommendationState.ACCEPTED:
            return None
        links = tuple(str(ItemRef(framework=framework, item=item)) for item in self.items)
        return Action(id=self.id, text=self.text, owner=self.owner, due=self.due, links=links)


@frozen(kw_only=True)
class FormDoubt:
    """A cell of a form that could not be taken as it stands. What it said is kept here until a person has decided.

    Attributes:
        cell: Sheet and cell, as ``Audit!D12``.
        item: Id of the item in whose row it is; empty: none.
        what: What is doubtful about it.
        found: What the cell says.
    """

    cell: str
    item: str = ""
    what: str
    found: str = field(default="", repr=False)


@frozen(kw_only=True)
class Audit:
    """A school's answers to the items of a framework.

    Attributes:
        id: Lower case, unique among the school's audits, as ``standards-2025-autumn``.
        framework: Id of the framework.
        framework_version: The version of it that was answered.
        scale: The ratings that were offered.
        status_rule: Which rule makes a status of the ratings.
        status_rule_version: The version of that rule.
        on: The day of the audit.
        school: The school's id.
        assessor: Who rates, as a role.
        second_assessor: Who rates beside, as a role; empty: nobody.
        note: What a reader should know of the whole.
        responses: Answers, one an item; an item without one is not answered.
        recommendations: What the second assessor recommends.
        doubts: Cells of a form that a person must still decide about.
    """

    id: str
    framework: str
    framework_version: str
    scale: RatingScale
    status_rule: str
    status_rule_version: str
    on: date
    school: str = ""
    assessor: str = ""
    second_assessor: str = ""
    note: str = field(default="", repr=False)
    responses: tuple[Response, ...] = field(factory=tuple)
    recommendations: tuple[Recommendation, ...] = ()
    doubts: tuple[FormDoubt, ...] = ()

    def response(self, item: str) -> Response:
        """Return the answer to an item; an empty one where there is none."""
        return next((one for one in self.responses if one.item == item), Response(item=item))

    def ratings(self) -> dict[str, str]:
        """Return item to rating, of those that are rated."""
        return {one.item: one.rating for one in self.responses if one.rating}

    def second_ratings(self) -> dict[str, str]:
        """Return item to the second assessor's rating, of those that are rated by that one."""
        return {one.item: one.second.rating for one in self.responses if one.second and one.second.rating}

    def actions(self) -> Iterator[Action]:
        """Yield what is to be done: the actions of every answer, then of every accepted recommendation.

        An action of an answer that names no link is about that answer's item.
        """
        for response in self.responses:
            yield from response.actions
        for recommendation in self.recommendations:
            action = recommendation.action(self.framework)
            if action is not None:
                yield action

    def actions_of(self, item: str) -> tuple[Action, ...]:
        """Return what is to be done about one item: its own actions, and others that are linked with it."""
        ref = str(ItemRef(framework=self.framework, item=item))
        own = self.response(item).actions
        return (*own, *(one for one in self.actions() if ref in one.links and one not in own))
