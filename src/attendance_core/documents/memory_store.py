"""A store that keeps everything in memory: for tests, and for hosts that keep nothing."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from threading import RLock

from attendance_core.documents.store import (
    DOCUMENTS,
    LEDGERS,
    Stored,
    check_key,
    check_positions,
    conflict,
    encode,
    encode_entries,
    length_conflict,
    missing,
)
from attendance_core.errors import Fault


class MemoryStore:
    """A store for as long as the process lives; see `Store` for what its calls do."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._documents: dict[str, str] = {}
        self._ledgers: dict[str, tuple[str, ...]] = {}

    def get(self, key: str) -> Stored:
        """Return a document with its version."""
        check_key(key, DOCUMENTS)
        with self._lock:
            if key not in self._documents:
                raise missing(key, self._documents)
            text = self._documents[key]
        return Stored(key=key, text=text, version=_version(key, text))

    def put(self, key: str, text: str, *, if_version: str | None) -> str:
        """Save a document, and return its new version."""
        check_key(key, DOCUMENTS)
        version = _version(key, text)
        with self._lock:
            self._expect(key, if_version)
            self._documents[key] = text
        return version

    def delete(self, key: str, *, if_version: str) -> None:
        """Remove a document."""
        check_key(key, DOCUMENTS)
        with self._lock:
            self._expect(key, if_version)
            del self._documents[key]

    def entries(self, key: str, *, start: int = 0) -> tuple[str, ...]:
        """Return the entries of a ledger from a position on."""
        check_key(key, LEDGERS)
        with self._lock:
            if key not in self._ledgers:
                raise missing(key, self._ledgers)
            return self._ledgers[key][max(start, 0) :]

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        """Add entries at the end of a ledger, all or none of them, and return how many it then has."""
        check_key(key, LEDGERS)
        encode_entries(key, entries)
        with self._lock:
            there = self._ledgers.get(key, ())
            if if_length is not None and if_length != len(there):
                raise length_conflict(key, if_length, len(there))
            if entries:
                self._ledgers[key] = there + entries
            return len(there) + len(entries)

    def redact(self, key: str, positions: Collection[int], entry: str) -> None:
        """Put one entry in the place of others, so that nothing of those remains in the store."""
        check_key(key, LEDGERS)
        encode_entries(key, [entry])
        with self._lock:
            there = self.entries(key)
            check_positions(key, positions, len(there))
            self._ledgers[key] = tuple(entry if at in positions else old for at, old in enumerate(there))

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys of documents and ledgers that begin with a text, sorted."""
        with self._lock:
            return tuple(sorted(key for key in (*self._documents, *self._ledgers) if key.startswith(prefix)))

    def ledgers(self, prefix: str = "") -> Mapping[str, tuple[str, ...]]:
        """Return the ledgers whose keys begin with a text, all as of one moment."""
        with self._lock:
            return {key: entries for key, entries in sorted(self._ledgers.items()) if key.startswith(prefix)}

    def check(self) -> tuple[Fault, ...]:
        """Return nothing: memory holds what it was given."""
        return ()

    def _expect(self, key: str, version: str | None) -> None:
        found = _version(key, self._documents[key]) if key in self._documents else None
        if found != version:
            raise conflict(key, version, found)


def _version(key: str, text: str) -> str:
    return sha256(encode(key, text)).hexdigest()
