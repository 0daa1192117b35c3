"""A store in one SQLite file: for many ledgers, and for a host that wants one file to keep and to back up."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from zlib import crc32

from attendance_core.documents.files import PATIENCE, new_file, version_of
from attendance_core.documents.sqlite_file import told
from attendance_core.documents.sqlite_handle import Handle
from attendance_core.documents.store import (
    DOCUMENTS,
    LEDGERS,
    Stored,
    check_key,
    check_positions,
    conflict,
    encode,
    encode_entries,
    is_key,
    length_conflict,
    missing,
)
from attendance_core.errors import DamagedDocumentError, Fault, StoreError

#: Behind every key: keys are ASCII.
_END = "\U0010ffff"


class SqliteStore:
    """A store in one SQLite file of the host's; see `Store` for what its calls do.

    One writes at a time, in any process; readers wait for nobody and see the state of one moment.
    Beside the file SQLite keeps two more while it is in use, ``-wal`` and ``-shm``: they belong to it.

    Args:
        path: The file; it is made with the first thing that is saved.
        patience: For how many seconds a writer waits for another.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path
        self.patience = patience
        self._reader = Handle(path, patience=patience, writes=False)
        self._writer = Handle(path, patience=patience, writes=True)

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    def __enter__(self) -> "SqliteStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, so that it is one file again if nobody else uses it; a later call opens it anew."""
        for handle in (self._reader, self._writer):
            with handle.lock:
                handle.close()

    def get(self, key: str) -> Stored:
        """Return a document with its version."""
        check_key(key, DOCUMENTS)
        with self._reading() as connection:
            data = _document(connection, key)
            if data is None:
                raise missing(key, _keys(connection, ""))
        return Stored(key=key, text=data.decode("utf-8"), version=version_of(data))

    def put(self, key: str, text: str, *, if_version: str | None) -> str:
        """Save a document, and return its new version."""
        check_key(key, DOCUMENTS)
        data = encode(key, text)
        with self._writing() as connection:
            _expect(connection, key, if_version)
            connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET text = excluded.text, checksum = excluded.checksum",
                (key, text, crc32(data, _seed(key))),
            )
        return version_of(data)

    def delete(self, key: str, *, if_version: str) -> None:
        """Remove a document."""
        check_key(key, DOCUMENTS)
        if not self.path.exists():
            raise conflict(key, if_version, None)
        with self._writing() as connection:
            _expect(connection, key, if_version)
            connection.execute("DELETE FROM documents WHERE key = ?", (key,))

    def entries(self, key: str, *, start: int = 0) -> tuple[str, ...]:
        """Return the entries of a ledger from a position on."""
        check_key(key, LEDGERS)
        with self._reading() as connection:
            return _entries(connection, key, max(start, 0))

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        """Add entries at the end of a ledger, all or none of them, and return how many it then has."""
        check_key(key, LEDGERS)
        data = encode_entries(key, entries)
        with self._writing() if entries else self._reading() as connection:
            length = _length(connection, key)
            if if_length is not None and if_length != length:
                raise length_conflict(key, if_length, length)
            grown = length + len(entries)
            if entries:
                _expect_end(connection, key, length)
                connection.executemany(
                    "INSERT INTO entries VALUES (?, ?, ?, ?)",
                    (
                        (key, at, entry, crc32(one, _seed(key) + at))
                        for at, (entry, one) in enumerate(zip(entries, data, strict=True), start=length)
                    ),
                )
                connection.execute(
                    "INSERT INTO ledgers VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET length = excluded.length",
                    (key, grown),
                )
        return grown

    def redact(self, key: str, positions: Collection[int], entry: str) -> None:
        """Put one entry in the place of others, so that nothing of those remains in the store.

        The file is written anew, for SQLite leaves copies in the gaps of its pages, and its log is emptied.
        If that is cut short or a reader holds it back, the entries are replaced and ``check`` says that their old text
        may remain; redacting again, be it nothing, ends it.
        """
        check_key(key, LEDGERS)
        (data,) = encode_entries(key, [entry])
        if not self.path.exists():
            raise missing(key)
        with self._writing() as connection:
            check_positions(key, positions, len(_entries(connection, key, 0)))
            connection.executemany(
                "UPDATE entries SET text = ?, checksum = ? WHERE ledger = ? AND position = ?",
                ((entry, crc32(data, _seed(key) + at), key, at) for at in positions),
            )
            if positions:
                connection.execute("INSERT INTO erasures DEFAULT VALUES")
        try:
            self._erase()
        except StoreError as error:
            raise StoreError(
                *(
                    Fault(
                        fault.where,
                        f"the entries of {key} are replaced, but their old text may still lie here: {fault.what}",
                        fault.expected,
                        "See to that, then redact again",
                    )
                    for fault in error.faults
                )
            ) from error

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys of documents and ledgers that begin with a text, sorted."""
        with self._reading() as connection:
            return _keys(connection, prefix)

    def ledgers(self, prefix: str = "") -> Mapping[str, tuple[str, ...]]:
        """Return the ledgers whose keys begin with a text, all as of one moment."""
        with self._reading() as connection:
            found, faults = _ledgers(connection, prefix)
        if faults:
            raise DamagedDocumentError(*faults)
        return found

    def check(self) -> tuple[Fault, ...]:
        """Read everything, and return what is not as it was saved."""
        try:
            with self._reading() as connection:
                return tuple(_faults(connection, str(self.path)))
        except DamagedDocumentError as error:
            return error.faults

    def backup(self, target: Path, *, replace: bool = False) -> None:
        """Write all that is here, as of one moment, to another file, which is checked before it gets its name.

        It holds nothing that was redacted, needs no file beside it, and can be read where nothing can be written.
        Writers do not wait.

        Args:
            target: The file, in a folder that is there.
            replace: Whether a file that is there may be replaced.

        Raises:
            DamagedDocumentError: If something here is not as it was saved; there is then no new backup.
            StoreError: If there is nothing here, or the file is there already or cannot be written.
        """
        if not self.path.exists():
            raise missing(str(self.path))
        if target.exists() and target.samefile(self.path):
            raise StoreError(Fault(str(target), "is the store itself", "another file", "Choose another name"))
        with new_file(target, replace=replace, patience=self.patience) as new:
            # A connection of its own, since this one may take long.
            reader = Handle(self.path, patience=self.patience, writes=False)
            with reader.lent() as connection:
                connection.execute("PRAGMA query_only = OFF")
                with told(target, "written", self.patience):
                    connection.execute("VACUUM INTO ?", (str(new),))
            reader.close()
            with told(target, "written", self.patience), closing(sqlite3.connect(new, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = MEMORY")
                copy.execute("DELETE FROM erasures")
            with SqliteStore(new, patience=self.patience) as written:
                faults = written.check()
            if faults:
                here = {str(new): str(self.path)}
                raise DamagedDocumentError(*(one._replace(where=here.get(one.where, one.where)) for one in faults))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one moment."""
        with self._reader.lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection whose changes are kept when the block ends, or none of them."""
        with self._writer.lent() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _erase(self) -> None:
        """Leave nothing of what was redacted in the file and its log."""
        with self._writer.lent() as connection:
            (last,) = connection.execute("SELECT max(number) FROM erasures").fetchone()
            if last is None:
                return
            connection.execute("VACUUM")
            held, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if held:
                raise StoreError(
                    Fault(
                        str(self.path),
                        f"another program has been reading here for {self.patience:g} seconds",
                        "",
                        "Wait until it is done, or end it if it hangs",
                    )
                )
            connection.execute("DELETE FROM erasures WHERE number <= ?", (last,))


def _seed(key: str) -> int:
    return crc32(key.encode())


def _document(connection: sqlite3.Connection, key: str) -> bytes | None:
    row = connection.execute("SELECT text, checksum FROM documents WHERE key = ?", (key,)).fetchone()
    return None if row is None else _whole_document(key, *row)


def _whole_document(key: str, data: object, checksum: object) -> bytes:
    if not isinstance(data, bytes) or crc32(data, _seed(key)) != checksum:
        raise _damaged(key, "it")
    return data


def _expect(connection: sqlite3.Connection, key: str, version: str | None) -> None:
    data = _document(connection, key)
    found = None if data is None else version_of(data)
    if found != version:
        raise conflict(key, version, found)


def _length(connection: sqlite3.Connection, key: str) -> int:
    """Return the length of a ledger; 0 if there is none."""
    row = connection.execute("SELECT length FROM ledgers WHERE key = ?", (key,)).fetchone()
    if row is None:
        return 0
    if not isinstance(row[0], int):
        raise _damaged(key, "its length")
    return row[0]


def _expect_end(connection: sqlite3.Connection, key: str, length: int) -> None:
    rows = connection.execute(
        "SELECT position, text, checksum FROM entries WHERE ledger = ? AND position >= ? ORDER BY position",
        (key, max(length - 1, 0)),
    )
    _whole(key, rows, max(length - 1, 0), length)


def _entries(connection: sqlite3.Connection, key: str, start: int) -> tuple[str, ...]:
    length = _length(connection, key)
    rows = connection.execute(
        "SELECT position, text, checksum FROM entries WHERE ledger = ? AND position >= ? ORDER BY position",
        (key, start),
    )
    found = _whole(key, rows, start, length)
    if not length:
        raise missing(key, _keys(connection, ""))
    return found


def _whole(key: str, rows: Iterable[tuple[object, ...]], start: int, length: int) -> tuple[str, ...]:
    """Return the entries from a position on, if they are those that were added."""
    seed, found = _seed(key), list[str]()
    try:
        for at, (position, data, checksum) in enumerate(rows, start):
            if position != at or not isinstance(data, bytes) or crc32(data, seed + at) != checksum:
                raise _damaged(key, f"entry {at}")
            found.append(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise _damaged(key, f"entry {start + len(found)}") from None
    if start + len(found) != max(length, start):
        raise _damaged(key, "its end")
    return tuple(found)


def _keys(connection: sqlite3.Connection, prefix: str) -> tuple[str, ...]:
    if not prefix.isascii():
        return ()
    asked = (prefix, prefix + _END)
    rows = connection.execute(
        "SELECT key FROM documents WHERE key >= ?1 AND key < ?2 "
        "UNION ALL SELECT key FROM ledgers WHERE key >= ?1 AND key < ?2 ORDER BY key",
        asked,
    )
    return tuple(str(key, "utf-8", "replace") for (key,) in rows)


def _ledgers(connection: sqlite3.Connection, prefix: str) -> tuple[dict[str, tuple[str, ...]], list[Fault]]:
    """Return the ledgers that are whole, and what is wrong with the others."""
    found: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    if not prefix.isascii():
        return found, faults
    asked = (prefix, prefix + _END)
    lengths = dict(connection.execute("SELECT key, length FROM ledgers WHERE key >= ? AND key < ?", asked))
    rows = connection.execute(
        "SELECT ledger, position, text, checksum FROM entries WHERE ledger >= ? AND ledger < ? "
        "ORDER BY ledger, position",
        asked,
    )
    for name, group in groupby(rows, key=itemgetter(0)):
        key = str(name, "utf-8", "replace")
        try:
            found[key] = _whole(key, (row[1:] for row in group), 0, lengths.pop(name, 0))
        except DamagedDocumentError as error:
            faults += error.faults
    faults += (_fault(str(name, "utf-8", "replace"), "its end") for name in lengths)
    return found, faults


def _faults(connection: sqlite3.Connection, where: str) -> Iterator[Fault]:
    """Yield what is not as it was saved."""
    for (line,) in connection.execute("PRAGMA integrity_check(20)"):
        if line != b"ok":
            text = str(line, "utf-8", "replace").replace("\n", " ")
            yield Fault(where, f"SQLite finds it damaged: {text}", "", "Put the file back from a backup")
    for name, data, checksum in connection.execute("SELECT key, text, checksum FROM documents ORDER BY key"):
        key = str(name, "utf-8", "replace")
        try:
            _whole_document(key, data, checksum)
        except DamagedDocumentError as error:
            yield from error.faults
    yield from _ledgers(connection, "")[1]
    for key in _keys(connection, ""):
        if not is_key(key):
            yield Fault(where, "holds something under a name that is no key", "", "Put the file back from a backup")
    if connection.execute("SELECT 1 FROM erasures").fetchone():
        yield Fault(
            where,
            "a redaction was stopped before its end, and the old text may still lie in the file",
            "",
            "Redact again, be it nothing",
        )


def _damaged(key: str, what: str) -> DamagedDocumentError:
    return DamagedDocumentError(_fault(key, what))


def _fault(key: str, what: str) -> Fault:
    return Fault(
        key, f"{what} is not as it was written", "", "Put the file back from a backup; nothing is added until then"
    )
