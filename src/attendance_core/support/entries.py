"""The lines of a ledger: one entry each, as JSON with its kind first."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from attrs import NOTHING, fields

from attendance_core.documents.converter import structure, unstructure
from attendance_core.errors import DamagedDocumentError, DocumentError, Fault
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import Entry, ErasureGround, Tombstone

RETRACTED: Final = "retracted"
ERASED: Final = "erased"

#: The schema of the lines; a line of a newer one is refused, never guessed.
SCHEMA: Final = 1

#: What stands in a line that restates a record, and never within a text, whose quotes are written otherwise.
_RESTATES: Final = '"of":'
_HEAD: Final = {"kind", "schema", "on", "by", "of", "why", "event"}
_BACKUP: Final = "Put the store back from a backup"


def entry_line(entry: Entry[Any]) -> str:
    """Write an entry as one line, without what its class fills in."""
    event = entry.event
    head: dict[str, Any] = {"kind": RETRACTED if event is None else event.kind, "on": entry.written_on.isoformat()}
    head |= {"by": entry.by} if entry.by else {}
    head |= {} if entry.revises is None else {"of": entry.revises}
    head |= {"why": entry.why} if entry.why else {}
    head |= {} if event is None else {"event": _short(event)}
    return json.dumps(head, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def tombstone_line(stone: Tombstone) -> str:
    """Write what stands where entries were erased."""
    head = {"kind": ERASED, "on": stone.erased_on.isoformat(), "ground": stone.ground.value, "by": stone.by}
    return json.dumps(head, ensure_ascii=False, separators=(",", ":"))


def read_entries(
    lines: Sequence[str],
    ledger: str,
    known: Mapping[str, type[Event]],
    kinds: Collection[str] | None = None,
    holding: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Entry[Event] | Tombstone, ...]:
    """Read lines back.

    Args:
        lines: All lines of a ledger, from its first.
        ledger: The name of the ledger, for ids and messages.
        known: The classes of kinds that may stand in it.
        kinds: Kinds that are wanted; None: all. What was taken back or erased is always there.
        holding: By kind, a text that some line of a record must hold for it to be read.

    Raises:
        DamagedDocumentError: With every line that is none of a ledger; the texts of lines are not shown.
    """
    listed = tuple(lines)
    begins = None if kinds is None else tuple(map(_begins, (*kinds, RETRACTED, ERASED)))
    passed = frozenset(place for kind, text in holding.items() for place in _without(listed, kind, text))
    found: list[Entry[Event] | Tombstone] = []
    faults: list[Fault] = []
    for place, line in enumerate(listed):
        if (begins is not None and not line.startswith(begins)) or place in passed:
            continue
        where = f"ledger {ledger}: entry {place}"
        try:
            read = _read(line, EventId(ledger=ledger, place=place), known, where)
            if isinstance(read, Entry) and read.revises is not None:
                _check_chain(read, listed)
            found.append(read)
        except DamagedDocumentError as error:
            faults += error.faults
        except (DocumentError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # Not even a key of it is told: it may be anything.
            faults.append(Fault(where, "is no entry of this ledger", "", _BACKUP))
    if faults:
        raise DamagedDocumentError(*faults)
    return tuple(found)


def _begins(kind: str) -> str:
    """Return how the line of an entry of a kind begins."""
    return f'{{"kind":"{kind}"'


def _without(lines: Sequence[str], kind: str, text: str) -> Iterator[int]:
    """Return the places of the records of a kind that were never restated and do not hold a text."""
    begin = _begins(kind)
    mine = [(place, line) for place, line in enumerate(lines) if line.startswith(begin)]
    restated = {json.loads(line).get("of") for _, line in mine if _RESTATES in line}
    for place, line in mine:
        if text not in line and _RESTATES not in line and place not in restated:
            yield place


def _read(line: str, id: EventId, known: Mapping[str, type[Event]], where: str) -> Entry[Event] | Tombstone:
    data = json.loads(line)
    kind, written_on = data["kind"], date.fromisoformat(data["on"])
    if kind == ERASED:
        return Tombstone(erased_on=written_on, ground=ErasureGround(data["ground"]), by=data["by"])
    if data.get("schema", SCHEMA) != SCHEMA or (kind != RETRACTED and kind not in known):
        raise DamagedDocumentError(
            Fault(where, "was written by a newer version of the library", "", "Update attendance-core; nothing is lost")
        )
    event = None if kind == RETRACTED else structure(data.get("event"), known[kind], where=where)
    by, of, why = data.get("by", ""), data.get("of"), data.get("why", "")
    if not (isinstance(by, str) and isinstance(why, str) and set(data) <= _HEAD) or (kind == RETRACTED and of is None):
        raise ValueError(where)
    return Entry(id=id, written_on=written_on, by=by, event=event, revises=of, why=why)


def _check_chain(entry: Entry[Event], lines: Sequence[str]) -> None:
    """Refuse an entry that restates nothing, or something of another kind; what was erased may have been anything.

    Raises:
        ValueError: If it does.
    """
    of = entry.revises
    if type(of) is not int or not 0 <= of < entry.id.place:
        raise ValueError(of)
    begun = lines[of]
    if '"of":' in begun and "of" in json.loads(begun):
        raise ValueError(of)
    if entry.event is not None and not begun.startswith((_begins(entry.event.kind), _begins(ERASED))):
        raise ValueError(of)


def without_pupil(line: str, pupil_id: str) -> str | None:
    """Return a line without a pupil's id among the siblings that it names; None if it names none."""
    if '"siblings"' not in line:
        return None
    data = json.loads(line)
    event = data.get("event", {})
    if pupil_id not in event.get("siblings", ()):
        return None
    event["siblings"] = [one for one in event["siblings"] if one != pupil_id]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _short(event: Event) -> dict[str, Any]:
    """Return an event's plain data without values that are the defaults of its class."""
    data = unstructure(event)
    usual = {one.name for one in fields(type(event)) if one.default is not NOTHING}
    return {
        name: value
        for name, value in data.items()
        if name not in usual or getattr(event, name) != getattr(fields(type(event)), name).default
    }
