"""A connection that is lent to one thread at a time, kept between calls, and never carried into a fork."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import RLock
from weakref import WeakSet

from attendance_core.documents.files import make_folder, telling
from attendance_core.documents.sqlite_file import busy, crowded, no_room, nothing, open_to_read, open_to_write, told

# A fork copies the locks that SQLite believes it holds, but not the locks; only the process as a whole can see to it.
_handles: "WeakSet[Handle]" = WeakSet()
_handles_lock = RLock()
_held: "list[Handle]" = []


class Handle:
    """A connection to one file.

    Args:
        path: The file.
        patience: For how many seconds to wait for others.
        writes: It is for writing, and makes the file and its folder. Else it shows an empty store if there is no file.
    """

    def __init__(self, path: Path, *, patience: float, writes: bool) -> None:
        self.path = path
        self.patience = patience
        self.writes = writes
        self.lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._kept = False
        _mind_forks()
        with _handles_lock:
            _handles.add(self)

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self.close()

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection.

        Raises:
            StoreError: If there can be none, or SQLite refuses what is done with it.
        """
        if not self.lock.acquire(timeout=self.patience):
            raise busy(self.path, self.patience)
        try:
            with told(self.path, "written" if self.writes else "read", self.patience):
                try:
                    yield self._ready()
                except (sqlite3.Error, UnicodeDecodeError):
                    # Whatever state it is in, the next call begins anew.
                    self._kept = False
                    raise
        finally:
            if not self._kept:
                self.close()
            self.lock.release()

    def close(self) -> None:
        """Close the connection if it is open; the next call opens it again."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection, self._kept = None, False

    def _ready(self) -> sqlite3.Connection:
        if self.writes and crowded(self.path):
            raise no_room(self.path)
        there = self._identity()
        if self._connection is not None and there == self._file:
            return self._connection
        # There was none, or somebody has put another file in its place.
        self.close()
        if self.writes:
            if there is None:
                make_folder(self.path.parent)
            self._connection, self._kept = open_to_write(self.path, patience=self.patience), True
        elif there is None:
            self._connection, self._kept = nothing(), False
        else:
            self._connection, self._kept = open_to_read(self.path, patience=self.patience)
        self._file = there or self._identity()
        return self._connection

    def _identity(self) -> tuple[int, int] | None:
        """Return what tells the file from another one of its name."""
        with telling(self.path, "read"):
            try:
                found = self.path.stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            return found.st_dev, found.st_ino


@cache
def _mind_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def _before_fork() -> None:
    # New handles wait until the fork is done; those that are at work are waited for.
    _handles_lock.acquire()
    for handle in list(_handles):
        handle.lock.acquire()
        _held.append(handle)
        handle.close()


def _after_fork() -> None:
    while _held:
        _held.pop().lock.release()
    _handles_lock.release()
