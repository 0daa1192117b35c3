"""Connections to the SQLite file of a store: its tables, what must hold before it is used, and what to say if not."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from time import monotonic, sleep
from typing import TypeVar

from attendance_core.documents.files import telling
from attendance_core.errors import DamagedDocumentError, Fault, StoreError

T = TypeVar("T")

#: Stands in the head of the file, so that no other program's database is taken for a store: "atco".
APPLICATION = 0x6174636F
#: The way from each schema to the next; from nothing to the first one, too.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE documents (key TEXT PRIMARY KEY, text TEXT NOT NULL, checksum INTEGER NOT NULL)",
        "CREATE TABLE ledgers (key TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE entries (ledger TEXT NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, "
        "checksum INTEGER NOT NULL, PRIMARY KEY (ledger, position)) WITHOUT ROWID",
        # Redactions whose old text may still lie somewhere in the file; no number is used twice.
        "CREATE TABLE erasures (number INTEGER PRIMARY KEY AUTOINCREMENT)",
    ),
)

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FORBIDDEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_EFFECTIVE = os.access in os.supports_effective_ids
#: What the index of the log takes, and a little for the log.
_LITTLE = 1 << 16


def open_to_write(path: Path, *, patience: float) -> sqlite3.Connection:
    """Open a file for writing; one that is not there, empty or older gets the tables of today.

    Raises:
        StoreError: If the file is none of a store, or of a newer library.
    """

    def once() -> sqlite3.Connection:
        if path.exists() and not _writable(path):
            raise _forbidden(path, "written")
        connection = _connect(path, "rwc", patience)
        try:
            if _schema(connection, path) < len(STEPS):
                _migrate(connection, path)
            _expect_tables(connection, path)
            if connection.execute("PRAGMA journal_mode = WAL").fetchone() != (b"wal",):
                raise StoreError(
                    Fault(str(path), "SQLite cannot share a file here", "a local file system", "Keep it elsewhere")
                )
        except BaseException:
            connection.close()
            raise
        return connection

    return _patiently(once, patience)


def open_to_read(path: Path, *, patience: float) -> tuple[sqlite3.Connection, bool]:
    """Open a file for reading, and say whether the connection may stay open.

    Raises:
        StoreError: If the file is none of a store, or of a newer library.
    """

    def once(alone: bool, wait: float) -> tuple[sqlite3.Connection, bool]:
        connection = _connect(path, "rw", wait, alone=alone)
        try:
            connection.execute("PRAGMA query_only = ON")
            schema = _schema(connection, path)
            if schema == len(STEPS):
                _expect_tables(connection, path)
                return connection, not alone
        except BaseException:
            connection.close()
            raise
        connection.close()
        if schema:
            open_to_write(path, patience=patience).close()
            return once(alone, wait)
        return nothing(), False

    # Readers share an index of the log, in a file beside with the rights of this one; whoever keeps all others out
    # needs none. So who may not write makes no file that writers could not write to, and a full disk can be read.
    if not _writable(path):
        try:
            return _patiently(lambda: once(True, patience), patience)
        except sqlite3.Error as error:
            if _code(error) == sqlite3.SQLITE_IOERR:
                raise _forbidden(path, "read") from error
            raise
    if crowded(path):
        try:
            return once(True, 0)
        except sqlite3.Error as error:
            # Others have it open, so the index is there.
            if _code(error) not in _BUSY:
                raise
    return _patiently(lambda: once(False, patience), patience)


def nothing() -> sqlite3.Connection:
    """Return a store with nothing in it, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.text_factory = bytes
    for step in STEPS:
        for statement in step:
            connection.execute(statement)
    return connection


@contextmanager
def told(path: Path, done: str, patience: float) -> Iterator[None]:
    """Turn what SQLite answers into an error that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(error, path, done, patience) from error
    except UnicodeDecodeError:
        # SQLite's own words quote what is damaged.
        raise _damaged(path) from None


def busy(path: Path, patience: float) -> StoreError:
    """Return the error for a file that others do not let go of."""
    return StoreError(
        Fault(
            str(path),
            f"another program has been writing here for {patience:g} seconds",
            "",
            "Save again when it is done, or end that program if it hangs",
        )
    )


def no_room(path: Path) -> StoreError:
    """Return the error for a disk that is full."""
    remedy = "Make room, then save again; what was saved before is unharmed"
    return StoreError(Fault(str(path), "there is no room left on the disk", "", remedy))


def crowded(path: Path) -> bool:
    """Whether the disk has so little room that SQLite should not begin to write.

    It shares memory by a file beside, and the system ends a process that writes to such memory when the disk is full.
    """
    try:
        return disk_usage(path.parent).free < _LITTLE
    except OSError:
        return False


def _connect(path: Path, mode: str, patience: float, *, alone: bool = False) -> sqlite3.Connection:
    if path.is_dir():
        raise StoreError(Fault(str(path), "is a folder", "a file of SQLite", "Name the file, or use a store of files"))
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    # Bytes: an error on text that is none would quote it.
    connection.text_factory = bytes
    try:
        for setting in (
            # First, since others begin to read.
            f"locking_mode = {'EXCLUSIVE' if alone else 'NORMAL'}",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "temp_store = MEMORY",
            "synchronous = FULL",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Read all within of one moment: somebody may be making the tables just now."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _schema(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of a file's schema; 0 for a file with nothing in it yet."""
    # Asked of the system, never read: the locks of this process on a file go when it closes it, whoever opened it.
    before = _size(path)
    with _one_moment(connection):
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        tables = _tables(connection)
    if application != APPLICATION:
        if (application, schema, tables) == (0, 0, []):
            if before and _size(path):
                raise _damaged(path)
            return 0
        raise StoreError(Fault(str(path), "is the database of another program", "a store", "Name another file"))
    if not 1 <= schema <= len(STEPS):
        raise StoreError(
            Fault(
                str(path),
                f"was written with schema {schema}",
                f"1 to {len(STEPS)}",
                "Update the library; nothing was changed",
            )
        )
    return int(schema)


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=_EFFECTIVE)


def _size(path: Path) -> int:
    with telling(path, "read"):
        return path.stat().st_size


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    # Another writer may have done it meanwhile.
    for step in STEPS[_schema(connection, path) :]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")
    connection.execute("COMMIT")


def _expect_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse tables, triggers and views that no store has: SQLite would run what they say."""
    ours = nothing()
    expected = _tables(ours)
    ours.close()
    if _tables(connection) != expected:
        raise StoreError(Fault(str(path), "its tables are not those of a store", "", "Put the file back from a backup"))


def _tables(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite_*' ORDER BY name"
    return connection.execute(query).fetchall()


def _patiently(call: Callable[[], T], patience: float) -> T:
    """Call again while others are busy: SQLite does not wait by itself where the kind of its log changes."""
    end = monotonic() + patience
    while True:
        try:
            return call()
        except sqlite3.Error as error:
            if _code(error) not in _BUSY or monotonic() >= end:
                raise
        sleep(0.005)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _error(error: sqlite3.Error, path: Path, done: str, patience: float) -> StoreError:
    code = _code(error)
    if code in _BUSY:
        return busy(path, patience)
    if code in _DAMAGED:
        return _damaged(path)
    if code in _FORBIDDEN:
        return _forbidden(path, done)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and crowded(path)):
        return no_room(path)
    what, remedy = f"cannot be {done}: {error}", "See whether the disk is well and connected, then try again"
    return StoreError(Fault(str(path), what, "", remedy + _unharmed(done)))


def _damaged(path: Path) -> DamagedDocumentError:
    return DamagedDocumentError(
        Fault(str(path), "is damaged, or no file of a store", "", "Put the file back from a backup, or name another")
    )


def _forbidden(path: Path, done: str) -> StoreError:
    remedy = "Change the permissions of file and folder, for SQLite writes beside a file to read it, or read a backup"
    if done != "read":
        remedy = "Change the permissions of file and folder, or choose another folder"
    return StoreError(Fault(str(path), f"may not be {done}", "", remedy + _unharmed(done)))


def _unharmed(done: str) -> str:
    return "" if done == "read" else "; what was saved before is unharmed"
