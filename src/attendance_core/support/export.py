"""Export: all that ledgers hold of one pupil, and what is held elsewhere."""

from typing import Any

from attendance_core.documents.converter import unstructure
from attendance_core.model.events import Event
from attendance_core.model.ledgers import Entry, PupilKey
from attendance_core.support.confidential import confidential
from attendance_core.support.ledger import Ledgers


def export(
    ledgers: Ledgers, who: PupilKey, *, elsewhere: tuple[str, ...], with_confidential: bool = True
) -> dict[str, Any]:
    """Return all that is held of a pupil as plain data: every entry as it was written, and where others name them.

    Args:
        ledgers: The ledgers.
        who: The pupil.
        elsewhere: What is held in other places, in words.
        with_confidential: Also what is for the safeguarding lead alone; without it that is counted.
    """
    ledger = ledgers.of(who)
    hidden = frozenset() if with_confidential else confidential(ledger)
    entries = [entry for entry in ledger.entries if isinstance(entry, Entry) and entry.id.place not in hidden]
    return {
        "pupil_id": who.pupil_id,
        "school_id": who.school_id,
        "records": [str(record.id) for record in ledger.records(Event) if record.history[-1].id.place not in hidden],
        "entries": [_plain(entry) for entry in entries],
        "confidential_left_out": len(hidden),
        "named_as_brother_or_sister": [
            {"entry": str(entry.id), "written_on": entry.written_on.isoformat(), "by": entry.by}
            for other in ledgers.beside(who)
            for entry in other.entries
            if isinstance(entry, Entry) and who.pupil_id in getattr(entry.event, "siblings", ())
        ],
        "school_log": "Entries of the school log are about the school, and none names a pupil by an id.",
        "held_elsewhere": list(elsewhere),
    }


def _plain(entry: Entry[Event]) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "kind": "retracted" if entry.event is None else entry.event.kind,
        "record": f"{entry.id.ledger}.{entry.id.place if entry.revises is None else entry.revises}",
        "written_on": entry.written_on.isoformat(),
        "by": entry.by,
        "why": entry.why,
        "event": None if entry.event is None else unstructure(entry.event),
    }
