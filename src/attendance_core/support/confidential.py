"""Confidential entries: what a ledger holds for the safeguarding lead alone."""

from attendance_core.model.ledgers import Entry
from attendance_core.support.ledger import Ledger


def confidential(ledger: Ledger) -> frozenset[int]:
    """Return the places of confidential entries.

    Where a record stands as confidential, or did when it was taken back, all its entries are; of another record, those
    in which it was.
    """
    chains: dict[int, list[tuple[int, bool | None]]] = {}
    for entry in ledger.entries:
        if isinstance(entry, Entry):
            begun = entry.id.place if entry.revises is None else entry.revises
            said = None if entry.event is None else bool(getattr(entry.event, "confidential", False))
            chains.setdefault(begun, []).append((entry.id.place, said))
    found: set[int] = set()
    for chain in chains.values():
        whole = next((said for _, said in reversed(chain) if said is not None), False)
        found |= {place for place, said in chain if whole or said}
    return frozenset(found)
