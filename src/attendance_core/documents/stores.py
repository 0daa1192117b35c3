"""Stores by the name of their place, and copies from one to another."""

from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from attendance_core.documents.file_store import FileStore
from attendance_core.documents.files import PATIENCE, locked, new_folder
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.store import DOCUMENTS, Store, missing
from attendance_core.errors import Fault, MissingDocumentError, StoreError

#: Endings of files that are stores of SQLite.
SQLITE = (".sqlite", ".db")


def open_store(path: Path, *, patience: float = PATIENCE, existing: bool = False) -> FileStore | SqliteStore:
    """Open the store of a place: a folder of files, or one SQLite file.

    Args:
        path: A folder, or a file that ends in ``.sqlite`` or ``.db``.
        patience: For how many seconds a writer waits for another.
        existing: Refuse a place where there is nothing yet.

    Raises:
        StoreError: If it is neither.
    """
    kind: type[FileStore | SqliteStore]
    if path.is_dir():
        kind = FileStore
    elif path.suffix.lower() in SQLITE:
        kind = SqliteStore
    elif path.suffix or path.exists():
        raise StoreError(
            Fault(
                str(path),
                "is no place of a store",
                f"a folder, or a file that ends in {' or '.join(SQLITE)}",
                "Name it so",
            )
        )
    else:
        kind = FileStore
    if existing and not path.exists():
        raise missing(str(path))
    return kind(path, patience=patience)


def copy_store(source: Store, target: Store) -> int:
    """Save everything that a store holds in an empty one, and return how many documents and ledgers that is.

    Versions of documents may be others there.

    Raises:
        DamagedDocumentError: If something is not as it was saved.
        StoreError: If the other store is not empty, or one of the two fails.
    """
    if target.list():
        raise StoreError(Fault(repr(target), "is not empty", "an empty store", "Choose another place"))
    for key in source.list():
        if key.endswith(DOCUMENTS):
            # Somebody may remove it at this moment.
            with suppress(MissingDocumentError):
                target.put(key, source.get(key).text, if_version=None)
    for key, entries in source.ledgers().items():
        target.append(key, *entries, if_length=0)
    return len(target.list())


def back_up(source: Path, target: Path, *, replace: bool = False) -> int:
    """Copy the store of one place to another, of the same kind or not, and return how many keys the copy holds.

    The copy gets its name when it is whole. From a SQLite file to another it is of one moment; else each document is,
    and all ledgers of a SQLite file together are.

    Args:
        source: Where the store is.
        target: Where the copy is to be, in a folder that is there.
        replace: Whether a file that is there may be replaced; a folder never is.

    Raises:
        DamagedDocumentError: If something is not as it was saved; there is then no new copy.
        StoreError: If a place is none of a store, the one holds nothing or the other something, or one of them fails.
    """
    store, kind = open_store(source, existing=True), type(open_store(target))
    if isinstance(store, FileStore) and target.resolve().is_relative_to(source.resolve()):
        raise StoreError(Fault(str(target), f"lies in {source}", "a place outside of the store", "Choose another"))
    if not store.list():
        raise StoreError(Fault(str(source), "holds nothing", "a store with something in it", "Check the name"))
    if kind is FileStore:
        with new_folder(target) as new:
            return copy_store(store, FileStore(new))
    if isinstance(store, SqliteStore):
        with store:
            store.backup(target, replace=replace)
    else:
        _from_files(store, target, replace)
    with SqliteStore(target) as written:
        return len(written.list())


def _from_files(store: FileStore, target: Path, replace: bool) -> None:
    room = target.with_name(f".{target.name}.copy")
    with locked(target.parent, patience=store.patience):
        rmtree(room, ignore_errors=True)
    try:
        with SqliteStore(room / "copy.sqlite") as copy:
            copy_store(store, copy)
            copy.backup(target, replace=replace)
    finally:
        rmtree(room, ignore_errors=True)
