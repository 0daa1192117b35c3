"""Differences between two versions of a framework, item by item."""

from enum import StrEnum
from typing import Any

from attrs import fields, frozen

from attendance_core.documents.converter import unstructure
from attendance_core.model.frameworks import Framework


class ChangeKind(StrEnum):
    """What happened to a part of a framework."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@frozen(kw_only=True)
class Change:
    """One difference between two versions of a framework.

    Attributes:
        kind: What happened.
        part: framework, section or item.
        id: Of the section or item; empty for the whole.
        field: What differs; empty where the part itself came or went.
        before: The older value, as text.
        after: The newer value, as text.
    """

    kind: ChangeKind
    part: str
    id: str
    field: str = ""
    before: str = ""
    after: str = ""


def diff(old: Framework, new: Framework) -> tuple[Change, ...]:
    """Return what differs between two versions of a framework: first of the whole, then by section and item.

    Where an item stands (its section, its place, the item above it) counts as a field of it.
    """
    before, after = _parts(old), _parts(new)
    changes: list[Change] = []
    for key in [*before, *(key for key in after if key not in before)]:
        part, id = key
        if key not in after:
            changes.append(Change(kind=ChangeKind.REMOVED, part=part, id=id, before=_told(before[key])))
        elif key not in before:
            changes.append(Change(kind=ChangeKind.ADDED, part=part, id=id, after=_told(after[key])))
        else:
            changes += [
                Change(
                    kind=ChangeKind.CHANGED,
                    part=part,
                    id=id,
                    field=name,
                    before=_text(value),
                    after=_text(after[key].get(name)),
                )
                for name, value in before[key].items()
                if value != after[key].get(name)
            ]
    return tuple(changes)


def _parts(framework: Framework) -> dict[tuple[str, str], dict[str, Any]]:
    """Return every part with its own fields, those of its parts left out."""
    found = {("framework", ""): _own(framework, "sections")}
    for place, section in enumerate(framework.sections):
        found["section", section.id] = {**_own(section, "items"), "place": place}
        above = {point.id: item.id for item in section.each() for point in item.items}
        for number, item in enumerate(section.each()):
            stands = {"section": section.id, "under": above.get(item.id, ""), "place": number}
            found["item", item.id] = {**_own(item, "items"), **stands}
    return found


def _own(value: Any, parts: str) -> dict[str, Any]:
    return {
        attribute.name: unstructure(getattr(value, attribute.name))
        for attribute in fields(type(value))
        if attribute.name != parts
    }


def _told(part: dict[str, Any]) -> str:
    return str(part.get("statement") or part.get("purpose") or part.get("title") or part.get("label") or "")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items() if item not in (None, "", [], {}))
    return str(value)
