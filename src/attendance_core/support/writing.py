"""Events from the words that a person gives: ``name=value``, as text."""

import re
from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields

from attendance_core.documents.converter import structure, unstructure
from attendance_core.errors import DocumentError, Fault, alike, join_names
from attendance_core.model.events import Event

_TRUE = {"yes": True, "true": True, "no": False, "false": False}


def build_event(cls: type[Event], words: Iterable[str], *, start: Event | None = None) -> Event:
    """Return an event from words, or another one with some fields changed.

    Args:
        cls: The class of the event.
        words: Each ``name=value``; a name given twice is a list; ``name=`` empties a field. Parts of a table within
            a list are written ``name=key:value;key:value``.
        start: The event that is changed; None: a new one.

    Raises:
        DocumentError: With every fault.
    """
    kind = cls.kind
    hints = get_type_hints(cls)
    names = [one.name for one in fields(cls)]
    given: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for number, word in enumerate(words, start=1):
        name, equals, value = word.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in names:
            # The word itself is not told: without quotation marks it may be a part of what somebody said.
            near = alike(name, names) if equals else ()
            what = "does not begin with the name of a field" if equals else "is no name=value"
            remedy = (
                f"Did you mean {near[0]!r}?" if near else "Name one of them; put a value of several words in quotes"
            )
            faults.append(Fault(f"{kind}: word {number}", what, f"one of {join_names(names, limit=30)}", remedy))
            continue
        given.setdefault(name, []).append(value.strip())
    plain: dict[str, Any] = {} if start is None else dict(unstructure(start))
    for name, values in given.items():
        hint = hints[name]
        if values == [""]:
            plain.pop(name, None)
            continue
        try:
            plain[name] = _value(hint, values)
        except ValueError as error:
            faults.append(Fault(f"{kind}: {name}", "cannot be read", str(error), "Correct it"))
    if faults:
        raise DocumentError(*faults)
    return structure(plain, cls, where=kind)


def _value(hint: Any, values: list[str]) -> Any:
    """Turn texts into plain data of a type.

    Raises:
        ValueError: If they are none; the text says what was expected.
    """
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return [_one(inner, value) for value in values]
    if len(values) > 1:
        raise ValueError("one value, and it is given several times")
    return _one(hint, values[0])


def _one(hint: Any, text: str) -> Any:
    if isinstance(hint, UnionType) or get_origin(hint) is UnionType:
        hint = next(one for one in get_args(hint) if one is not NoneType)
    if hint is bool:
        if text.lower() not in _TRUE:
            raise ValueError("yes or no")
        return _TRUE[text.lower()]
    if hint is int:
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError("a whole number")
        return int(text)
    if hint is float:
        if not re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", text):
            raise ValueError("a number")
        return float(text)
    if hasattr(hint, "__attrs_attrs__"):
        return _table(hint, text)
    return text


def _table(cls: Any, text: str) -> dict[str, Any]:
    hints = get_type_hints(cls)
    found: dict[str, Any] = {}
    for part in text.split(";"):
        key, colon, value = part.partition(":")
        key = key.strip().replace("-", "_")
        if not colon or key not in hints or key in found:
            raise ValueError(f"each part once, such as {';'.join(f'{name}:...' for name in hints)}")
        found[key] = _value(hints[key], [value.strip()])
    return found


def fields_of(cls: type[Event]) -> Mapping[str, bool]:
    """Return the names of an event's fields, and whether each must be given."""
    return {one.name: one.default is NOTHING for one in fields(cls)}
