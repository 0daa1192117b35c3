"""Agendas and meetings: what a line manager, governors or a pastoral team talk about, and what came of it."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.model.actions import Action
from attendance_core.model.plan_rows import Rhythm
from attendance_core.model.reports import Audience


class AgendaPartKind(StrEnum):
    """The parts that the library can fill."""

    FOLLOW_UPS = "follow-ups"
    """What the last meeting agreed, and whether it was done; always first."""
    OVERDUE = "overdue"
    """Actions of the plan whose day has passed."""
    DUE = "due"
    """Actions of the plan that are due now or were carried."""
    REVIEWS = "reviews"
    """Objectives whose review is due."""
    TARGETS = "targets"
    """How the targets stand."""
    CONCERNS = "concerns"
    """Whom the policies name; numbers alone where the audience may not read names."""
    ITEMS = "items"
    """Items of a framework, to be talked about and ticked."""
    WARNINGS = "warnings"
    """What the plan itself should be asked."""
    OPEN = "open"
    """Room for what the meeting brings."""


@frozen(kw_only=True)
class AgendaPart:
    """One part of an agenda.

    Attributes:
        kind: What fills it.
        title: Its heading.
        opening: A sentence under the heading.
        items: Items (``framework/item``) to talk about; only of a part of items.
    """

    kind: AgendaPartKind
    title: str
    opening: str = ""
    items: tuple[str, ...] = ()


@frozen(kw_only=True)
class AgendaKind:
    """What one kind of meeting talks about, as TOML.

    Attributes:
        id: Lower case, as ``line-manager``.
        title: What the agenda is headed with.
        audience: Who reads it.
        every: How often it meets.
        parts: In order; follow-ups first.
    """

    id: str
    title: str
    audience: Audience
    every: Rhythm
    parts: tuple[AgendaPart, ...]


@frozen(kw_only=True)
class AgendaPoint:
    """A point of an agenda, ticked when it was covered.

    Attributes:
        part: The heading under which it stands.
        text: What is talked about; it names no pupil.
        covered: The meeting came to it.
        note: What was said; it names no pupil.
    """

    part: str
    text: str
    covered: bool = False
    note: str = ""


@frozen(kw_only=True)
class Meeting:
    """A meeting: its agenda as it was ticked, and what was agreed.

    Attributes:
        kind: Id of the agenda's kind.
        on: The day.
        points: What was to be talked about.
        follow_ups: What was agreed; the next agenda begins with it.
        note: What a reader should know.
    """

    kind: str
    on: date
    points: tuple[AgendaPoint, ...] = ()
    follow_ups: tuple[Action, ...] = ()
    note: str = ""
