"""Files that are saved whole or not at all: a temporary file, fsync, rename, under the lock of their folder."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from time import sleep
from typing import TypeVar

from attendance_core.documents.store import conflict
from attendance_core.errors import Fault, StoreError

T = TypeVar("T")

LOCK = ".attendance.lock"
TEMPORARY = ".attendance.tmp"
PATIENCE = 10.0

_BINARY = getattr(os, "O_BINARY", 0)
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
#: What Windows answers while another program has a file open: access denied, sharing violation, lock violation.
_BUSY = {5, 32, 33}


def version_of(data: bytes) -> str:
    """Return the version of a file: a digest, so that a change by any program makes another one, an editor too."""
    return sha256(data).hexdigest()


def read_file(path: Path) -> bytes | None:
    """Return what is in a file, or ``None`` if there is none.

    Raises:
        StoreError: If it cannot be read.
    """
    with telling(path, "read"):
        try:
            return _patiently(path.read_bytes)
        except FileNotFoundError:
            return None


def save_file(path: Path, data: bytes, *, if_version: str | None, where: str = "", patience: float = PATIENCE) -> str:
    """Save a file in a folder that is there, and return its new version.

    Args:
        path: The file.
        data: All that is to be in it.
        if_version: The version that must be there; ``None`` for a file that must not be there yet.
        where: Its name in messages.
        patience: For how many seconds to wait for another writer.

    Raises:
        ConflictError: If another version is there, or none.
        StoreError: If it cannot be written.
    """
    with locked(path.parent, patience=patience):
        _expect(path, if_version, where)
        replace_file(path, data)
    return version_of(data)


def remove_file(path: Path, *, if_version: str, where: str = "", patience: float = PATIENCE) -> None:
    """Remove a file.

    Raises:
        ConflictError: If another version is there, or none.
        StoreError: If it cannot be removed.
    """
    with locked(path.parent, patience=patience):
        _expect(path, if_version, where)
        with telling(path, "removed"):
            _patiently(path.unlink)
            _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they are still there after a loss of power.

    Raises:
        StoreError: If it cannot be made.
    """
    # The lock is made after the folder's own name is safe, so where it is there is nothing left to do.
    if (folder / LOCK).exists():
        return
    with telling(folder, "made"):
        if not folder.is_dir():
            make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
        # Whoever may not read the folder above has not made this one.
        with suppress(PermissionError):
            _sync_folder(folder.parent)


@contextmanager
def locked(folder: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a folder against other writers, and clear away what one left that died in the middle.

    The system frees the lock when its holder ends, however it ends.

    Raises:
        StoreError: If another writer holds it for longer than the patience, or it cannot be locked.
    """
    from filelock import FileLock, Timeout

    # A lock that only lies there as a file would outlive a writer that was killed: rather none than that one.
    lock = FileLock(folder / LOCK, timeout=patience, poll_interval=0.002, fallback_to_soft=False)
    with telling(folder, "locked"):
        if not folder.exists():
            raise FileNotFoundError(errno.ENOENT, "no such folder", str(folder))
        try:
            lock.acquire()
        except Timeout:
            raise StoreError(
                Fault(
                    str(folder),
                    f"another program has been writing here for {patience:g} seconds",
                    "",
                    "Save again when it is done, or end that program if it hangs",
                )
            ) from None
    try:
        with telling(folder / TEMPORARY, "removed"):
            (folder / TEMPORARY).unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def replace_file(path: Path, data: bytes) -> None:
    """Write a file anew in the place of an old one or of none; the caller holds the lock of its folder.

    Raises:
        StoreError: If it cannot be written; the old one is then still there, unless only the last step failed.
    """
    new = path.with_name(TEMPORARY)
    with telling(path, "written"):
        try:
            _write_new(new, data, _mode(path))
            _patiently(lambda: new.replace(path))
        except BaseException:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


@contextmanager
def new_file(path: Path, *, replace: bool = False, patience: float = PATIENCE) -> Iterator[Path]:
    """Lend a name for a file that is written in the block; when that ends well it gets its own name, in one step.

    Args:
        path: The file, in a folder that is there.
        replace: Whether a file that is there may be replaced.
        patience: For how many seconds to wait for another writer.

    Raises:
        StoreError: If there is such a file, another program uses it, or it cannot be written.
    """
    with locked(path.parent, patience=patience), telling(path, "written"):
        if path.exists() and not replace:
            raise StoreError(Fault(str(path), "is there already", "a new file", "Choose another name, or replace it"))
        # SQLite would take what such a file holds for a part of the new one.
        beside = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
        for one in beside:
            if one.exists():
                raise StoreError(
                    Fault(
                        str(one),
                        "a program uses the file that it belongs to, or was stopped in it",
                        "",
                        "End that program, or choose another name",
                    )
                )
        new = path.with_name(TEMPORARY)
        try:
            yield new
            mode = _mode(path)
            if mode is not None:
                new.chmod(mode)
            _sync(new)
            _patiently(lambda: new.replace(path))
        except BaseException:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


@contextmanager
def new_folder(path: Path, *, patience: float = PATIENCE) -> Iterator[Path]:
    """Lend a name for a folder that is filled in the block; when that ends well it gets its own name, in one step.

    Raises:
        StoreError: If there is something in such a folder, or it cannot be written.
    """
    new = path.with_name(f".{path.name}.copy")
    with locked(path.parent, patience=patience), telling(path, "written"):
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise StoreError(Fault(str(path), "is there already", "a new folder", "Choose another name"))
        rmtree(new, ignore_errors=True)
        try:
            new.mkdir()
            yield new
            if path.exists():
                path.rmdir()
            _patiently(lambda: new.replace(path))
        finally:
            rmtree(new, ignore_errors=True)
        _sync_folder(path.parent)


def extend_file(path: Path, end: int, data: bytes) -> None:
    """Cut a file to a length and write something behind it; the caller holds the lock of its folder.

    Raises:
        StoreError: If it cannot be written; what was there up to that length is then unharmed.
    """
    with telling(path, "written"):
        handle = _patiently(lambda: os.open(path, os.O_WRONLY | _BINARY))
        try:
            os.ftruncate(handle, end)
            os.lseek(handle, end, os.SEEK_SET)
            try:
                _write(handle, data)
                os.fsync(handle)
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(handle, end)
                    os.fsync(handle)
                raise
        finally:
            os.close(handle)


def read_end(path: Path, size: int) -> tuple[bytes, int] | None:
    """Return at most so many bytes from the end of a file, and where they begin; ``None`` if there is no file.

    Raises:
        StoreError: If it cannot be read.
    """
    with telling(path, "read"):
        try:
            with _patiently(lambda: path.open("rb")) as file:
                begin = max(0, file.seek(0, os.SEEK_END) - size)
                file.seek(begin)
                return file.read(), begin
        except FileNotFoundError:
            return None


def files_below(folder: Path) -> tuple[Path, ...]:
    """Return every file in a folder and the folders in it, hidden ones left out; none if there is no folder.

    Raises:
        StoreError: If a folder cannot be read.
    """
    with telling(folder, "read"):
        if not folder.exists():
            return ()
        found: list[Path] = []
        for entry in folder.iterdir():
            if entry.name.startswith("."):
                continue
            if entry.is_dir() and not entry.is_symlink():
                found += files_below(entry)
            else:
                found.append(entry)
    return tuple(found)


def _expect(path: Path, version: str | None, where: str) -> None:
    data = read_file(path)
    found = None if data is None else version_of(data)
    if found != version:
        raise conflict(where or str(path), version, found)


def _mode(path: Path) -> int | None:
    """Return who may do what with a file, so that a new one in its place grants no more and no less."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _write_new(path: Path, data: bytes, mode: int | None) -> None:
    # Never through a link that somebody laid there.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o666 if mode is None else mode)
    try:
        if mode is not None:
            path.chmod(mode)
        _write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself is on the disk when it returns, as far as it ever is.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _patiently(call: Callable[[], T]) -> T:
    """Call again while Windows refuses because another program has the file open for a moment."""
    for wait in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5):
        try:
            return call()
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _BUSY:
                raise
            sleep(wait)
    return call()


@contextmanager
def telling(path: Path, done: str) -> Iterator[None]:
    """Turn what the system answers into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            what, remedy = "there is no room left on the disk", "Make room, then save again"
        elif error.errno in _FORBIDDEN:
            what, remedy = f"may not be {done}", "Change the permissions of file and folder, or choose another folder"
        elif isinstance(error, FileNotFoundError):
            what, remedy = f"cannot be {done}: there is no such folder", "Make the folder, or correct the path"
        else:
            what = f"cannot be {done}: {error.strerror or type(error).__name__}"
            remedy = "See whether the disk is well and connected, then try again"
        if done not in ("read", "locked"):
            remedy += "; what was saved before is unharmed"
        raise StoreError(Fault(str(path), what, "", remedy)) from error
