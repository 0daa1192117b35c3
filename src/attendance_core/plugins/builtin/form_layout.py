"""The layout of an audit's form, as it is written and read: sheets, headings, and what a cell can hold."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from attrs import evolve, fields, has

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.actions import Action, Evidence, EvidenceKind
from attendance_core.model.audits import Audit, Response, SecondAssessment
from attendance_core.model.frameworks import Framework

ABOUT, AUDIT, STATUS, SECOND = "About", "Audit", "Status", "Second assessor"
EVIDENCE, ACTIONS, DOCUMENTS = "Evidence", "Actions", "Documents"
RECOMMENDATIONS, SUGGESTIONS, DOUBTS = "Recommendations", "Suggestions", "To decide"

#: Headings of the tables; what a reader looks for, so a column may be moved.
KEY, NUMBER, STATEMENT = "Item", "No.", "Statement"
ROW_HEADS = ("Evidence", "Action", "By whom", "Due", "Comment", "Rated by", "Rated on")
SECOND_HEADS = ("Comment", "Date")
#: The last column of a row repeats its item, so that cells that were shifted are found out.
END = "End"
TABLES: dict[str, tuple[str, ...]] = {
    EVIDENCE: (KEY, "Action id", "Kind", "What it shows", "Date", "Source"),
    ACTIONS: (KEY, "Id", "Action", "By whom", "Due", "State", "Done on", "Reason", "Links"),
    DOCUMENTS: (KEY, "Document", "Asked", "Received", "Note"),
    RECOMMENDATIONS: ("Id", "Recommendation", "Date", "Items", "State", "Reason", "By whom", "Due"),
    SUGGESTIONS: (KEY, "Answered at", "In audit", "Rating there", "Scale there", "Strength", "Why linked"),
    DOUBTS: ("Cell", KEY, "What is doubtful", "What it says"),
}
#: Columns of tables that hold ids. They are texts: as a number, item 1.10 is 1.1.
IDS = (KEY, "Id", "Action id", "Items")
#: Facts on the first sheet, and the attribute that each is.
FACTS = (
    ("Id", "id"),
    ("Framework", "framework"),
    ("Framework version", "framework_version"),
    ("Status rule", "status_rule"),
    ("Version of the rule", "status_rule_version"),
    ("Date", "on"),
    ("School", "school"),
    ("Rated by", "assessor"),
    ("Second assessor", "second_assessor"),
    ("Note", "note"),
)
AS_OF = "As of"
SCALE_FACTS = (("Scale", "id"), ("Title of the scale", "title"), ("Scale is ours", "ours"))
SCALE_HEADS = ("Step", "Title", "Colour", "When it is right")

#: Excel's own limit of a cell, in its own characters.
LONGEST = 32_767
#: Empty rows for further entries below each table.
SPARE = 60
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
FIRST_DAY = date(1900, 3, 1)


def mark_of(text: str) -> str:
    r"""Return what a tick cell says, as the sheet's own formula sees it: spaces around it and letter case aside.

    >>> mark_of(" x "), mark_of("X?"), mark_of("\u00a0")
    ('X', 'X?', '')
    """
    return text.replace("\u00a0", " ").strip(" ").upper()


def blank(text: str) -> bool:
    """Say whether a text shows nothing."""
    return not text.replace("\u00a0", " ").strip()


def first_action_id(item: str) -> str:
    """Return the id of the action that stands in an item's own row."""
    return f"{item}-a1"


def inline_evidence(response: Response) -> Evidence | None:
    """Return the evidence that stands in the item's own row: the first, if it is a plain statement."""
    first = response.evidence[0] if response.evidence else None
    return first if first == Evidence(kind=EvidenceKind.STATEMENT, text=first.text if first else "") else None


def inline_action(response: Response) -> Action | None:
    """Return the action that stands in the item's own row: the first, if it is open and says no more than fits."""
    if not response.actions:
        return None
    first = response.actions[0]
    plain = Action(id=first_action_id(response.item), text=first.text, owner=first.owner, due=first.due)
    return first if first == plain else None


def canonical(audit: Audit, framework: Framework) -> Audit:
    """Return an audit as a form holds it: an answer to every item, in order; texts that show nothing are empty.

    Reading a form that was written from an audit gives exactly this.
    """
    answers = tuple(audit.response(item.id) for item in framework.rateable())
    shown: Audit = _shown(evolve(audit, responses=answers))
    return evolve(
        shown,
        responses=tuple(
            evolve(one, second=None) if one.second == SecondAssessment() else one for one in shown.responses
        ),
    )


def _shown(value: Any) -> Any:
    """Return a value whose texts are empty where they show nothing."""
    if isinstance(value, StrEnum):
        return value
    if isinstance(value, str):
        return "" if blank(value) else value
    if isinstance(value, tuple):
        return tuple(_shown(one) for one in value)
    if has(type(value)):
        return evolve(value, **{one.name: _shown(getattr(value, one.name)) for one in fields(type(value))})
    return value


def unfit(audit: Audit) -> tuple[Fault, ...]:
    """Return the texts of an audit that no cell can hold, by key path."""
    return tuple(_unfit(audit, audit.id))


def _unfit(value: Any, where: str) -> Iterator[Fault]:
    if isinstance(value, str):
        found = _UNFIT.search(value)
        if found:
            what = f"holds the character U+{ord(found[0]):04X}, which no cell of a workbook can hold"
            yield Fault(where, what, "letters, signs and line breaks", "Take it out")
        elif len(value.encode("utf-16-le")) // 2 > LONGEST:
            yield Fault(where, f"is longer than the {LONGEST} characters of a cell", "a shorter text", "Shorten it")
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _unfit(one, f"{where}[{index}]")
    elif has(type(value)):
        for attribute in fields(type(value)):
            yield from _unfit(getattr(value, attribute.name), f"{where}.{attribute.name}")


def refuse_unfit(audit: Audit) -> None:
    """Refuse an audit that a form cannot hold.

    Raises:
        DocumentError: With every text that does not fit.
    """
    faults = list(unfit(audit))
    for name, lists in (
        ("links", [action.links for one in audit.responses for action in one.actions]),
        ("items", [one.items for one in audit.recommendations]),
    ):
        if any("\n" in text or blank(text) for texts in lists for text in texts):
            faults.append(Fault(f"{audit.id}: {name}", "hold an empty name or a line break", "names", "Correct them"))
    if faults:
        raise DocumentError(*faults)


def evidence_rows(audit: Audit) -> Iterator[tuple[str, str, Evidence]]:
    """Yield item, action id and evidence of everything that does not stand in an item's own row."""
    for response in audit.responses:
        first = inline_evidence(response)
        for piece in response.evidence[1 if first else 0 :]:
            yield response.item, "", piece
        for action in response.actions:
            for piece in action.evidence:
                yield response.item, action.id, piece


def action_rows(audit: Audit) -> Iterator[tuple[str, Action]]:
    """Yield item and action of everything that does not stand in an item's own row."""
    for response in audit.responses:
        first = inline_action(response)
        for action in response.actions[1 if first else 0 :]:
            yield response.item, action


def rows_of(audit: Audit) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table of a form."""
    asked = [
        (one.item, document) for one in audit.responses if one.second is not None for document in one.second.documents
    ]
    return {
        EVIDENCE: [(item, action, one.kind.value, one.text, one.on, one.source)
                   for item, action, one in evidence_rows(audit)],
        ACTIONS: [(item, one.id, one.text, one.owner, one.due, one.state.value, one.done_on, one.reason,
                   "\n".join(one.links)) for item, one in action_rows(audit)],
        DOCUMENTS: [(item, one.text, one.asked, one.received, one.note) for item, one in asked],
        RECOMMENDATIONS: [(one.id, one.text, one.on, "\n".join(one.items), one.state.value, one.reason, one.owner,
                           one.due) for one in audit.recommendations],
        SUGGESTIONS: [(one.item, two.item, two.audit, two.rating, two.scale, two.strength.value, two.reason)
                      for one in audit.responses for two in one.suggestions],
        DOUBTS: [(one.cell, one.item, one.what, one.found) for one in audit.doubts],
    }  # fmt: skip


def step_heads(titles: Sequence[str]) -> tuple[str, ...]:
    """Return the headings of the tick columns; one that is taken, or stands twice, gets its place behind it."""
    taken = {KEY, NUMBER, STATEMENT, *ROW_HEADS, *SECOND_HEADS, "Check", "More", END}
    heads: list[str] = []
    for place, title in enumerate(titles, start=1):
        name = " ".join(title.split()) or f"Step {place}"
        heads.append(f"{name} ({place})" if name in taken or name in heads else name)
    return tuple(heads)
