"""Stores by name, copies from one kind to another, and the commands for both."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from attendance_core.documents.file_store import FileStore
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.store import Store
from attendance_core.documents.stores import back_up, copy_store, open_store
from attendance_core.errors import DamagedDocumentError, MissingDocumentError, StoreError
from tests.commands import attendance

OPEN: dict[str, Callable[[Path], Store]] = {
    "folder": lambda room: FileStore(room / "folder"),
    "sqlite": lambda room: SqliteStore(room / "store.sqlite"),
    "memory": lambda room: MemoryStore(),
}


def fill(store: Store) -> dict[str, object]:
    store.put("audits/a.toml", "x = 'naïve'\r\n\0", if_version=None)
    store.put("plans/deep/er/b.json", "{}", if_version=None)
    for name in ("b", "a", "a-1"):
        store.append(f"pupils/{name}.ledger", name, "", "\u2028", "CANARY")
    store.redact("pupils/a.ledger", [3], "gone")
    return held(store)


def held(store: Store) -> dict[str, object]:
    """All that a store holds."""
    return {key: store.entries(key) if key.endswith(".ledger") else store.get(key).text for key in store.list()}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("records", FileStore),
        ("records.sqlite", SqliteStore),
        ("Records 2025.DB", SqliteStore),
        ("there.d", FileStore),
        ("there.sqlite", FileStore),
    ],
)
def test_a_store_is_opened_by_the_name_of_its_place(tmp_path: Path, name: str, kind: type) -> None:
    if name.startswith("there"):
        (tmp_path / name).mkdir()
    store = open_store(tmp_path / name, patience=3)
    assert type(store) is kind
    assert store.patience == 3
    assert store.append("a.ledger", "one") == 1
    assert open_store(tmp_path / name, existing=True).entries("a.ledger") == ("one",)


@pytest.mark.parametrize("name", ["records.toml", "records.sqlite3", "a file"])
def test_another_name_is_no_place_of_a_store(tmp_path: Path, name: str) -> None:
    if name == "a file":
        (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(
        StoreError, match=rf"{name}: is no place of a store; expected a folder, or a file that ends in \.sqlite or \.db"
    ):
        open_store(tmp_path / name)


def test_a_place_where_nothing_is_can_be_refused(tmp_path: Path) -> None:
    for name in ("records", "records.sqlite"):
        with pytest.raises(MissingDocumentError, match=f"{name}: there is none. Check the name"):
            open_store(tmp_path / name, existing=True)


@pytest.mark.parametrize("source", OPEN)
@pytest.mark.parametrize("target", OPEN)
def test_a_copy_holds_what_the_store_held(tmp_path: Path, source: str, target: str) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    one, other = OPEN[source](tmp_path / "from"), OPEN[target](tmp_path / "to")
    before = fill(one)
    assert copy_store(one, other) == len(before) == 5
    assert held(other) == held(one) == before
    assert other.check() == ()
    with pytest.raises(StoreError, match=r"Store.*: is not empty; expected an empty store\. Choose another place"):
        copy_store(one, other)
    assert held(other) == before


@pytest.mark.parametrize("source", ["folder", "store.sqlite"])
@pytest.mark.parametrize("target", ["copy", "copy.sqlite"])
def test_a_backup_may_be_of_the_other_kind(tmp_path: Path, source: str, target: str) -> None:
    store = open_store(tmp_path / source)
    before = fill(store)
    assert back_up(tmp_path / source, tmp_path / target) == 5
    copy = open_store(tmp_path / target, existing=True)
    assert held(copy) == before
    assert copy.check() == ()
    store.append("pupils/a.ledger", "later")
    with pytest.raises(StoreError, match=rf"{target}: is there already"):
        back_up(tmp_path / source, tmp_path / target)
    assert held(copy) == before
    if target == "copy":
        with pytest.raises(StoreError, match="is there already; expected a new folder"):
            back_up(tmp_path / source, tmp_path / target, replace=True)
    else:
        back_up(tmp_path / source, tmp_path / target, replace=True)
        assert held(copy) == held(store)
    # Nothing of the work is left lying about.
    assert {one.name for one in tmp_path.iterdir()} - {source, f"{source}-wal", f"{source}-shm"} <= {
        target,
        ".attendance.lock",
    } | {f"{target}-wal", f"{target}-shm"}


def test_an_empty_folder_may_become_a_backup(tmp_path: Path) -> None:
    before = fill(SqliteStore(tmp_path / "store.sqlite"))
    (tmp_path / "copy").mkdir()
    assert back_up(tmp_path / "store.sqlite", tmp_path / "copy") == 5
    assert held(FileStore(tmp_path / "copy")) == before


def test_a_store_with_nothing_in_it_takes_the_place_of_no_backup(tmp_path: Path) -> None:
    """As when the name of the folder was mistyped."""
    before = fill(SqliteStore(tmp_path / "backup.sqlite"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.sqlite").touch()
    for source in ("empty", "empty.sqlite"):
        with pytest.raises(StoreError, match=r"holds nothing; expected a store with something in it\. Check the name"):
            back_up(tmp_path / source, tmp_path / "backup.sqlite", replace=True)
    assert held(SqliteStore(tmp_path / "backup.sqlite")) == before


@pytest.mark.parametrize("target", ["copy", "copy.sqlite"])
@pytest.mark.parametrize("source", ["folder", "store.sqlite"])
def test_a_store_that_is_damaged_has_no_half_backup(tmp_path: Path, source: str, target: str) -> None:
    fill(open_store(tmp_path / source))
    if source == "folder":
        path = tmp_path / "folder" / "pupils" / "b.ledger"
        path.write_bytes(path.read_bytes().replace(b"CANARY", b"CANARX"))
    else:
        path = tmp_path / source
        path.write_bytes(path.read_bytes().replace(b"CANARY", b"CANARX"))
    with pytest.raises(DamagedDocumentError, match=r"pupils/.*\.ledger: entry \d is not as it was written") as caught:
        back_up(tmp_path / source, tmp_path / target)
    assert "CANAR" not in str(caught.value)
    assert {one.name for one in tmp_path.iterdir()} <= {source, f"{source}-wal", f"{source}-shm", ".attendance.lock"}


def test_a_copy_is_not_laid_into_what_is_copied(tmp_path: Path) -> None:
    fill(FileStore(tmp_path / "folder"))
    for target in ("folder/copy", "folder/copy.sqlite", "folder"):
        with pytest.raises(StoreError, match=r"lies in .*folder; expected a place outside of the store"):
            back_up(tmp_path / "folder", tmp_path / target)
    fill(SqliteStore(tmp_path / "store.sqlite"))
    for replace in (False, True):
        with pytest.raises(StoreError, match=r"store\.sqlite: is the store itself; expected another file"):
            back_up(tmp_path / "store.sqlite", tmp_path / "store.sqlite", replace=replace)


# -- commands


def test_check_says_that_all_is_well(tmp_path: Path) -> None:
    fill(SqliteStore(tmp_path / "store.sqlite"))
    ran = attendance("store", "check", "store.sqlite", folder=tmp_path)
    assert (ran.status, ran.out) == (0, "All is as it was saved: 5 documents and ledgers.\n")
    FileStore(tmp_path / "folder").append("a.ledger", "one")
    ran = attendance("store", "check", "folder", folder=tmp_path)
    assert (ran.status, ran.out) == (0, "All is as it was saved: 1 document or ledger.\n")
    ran = attendance("store", "check", "store.sqlite", "--format", "json", folder=tmp_path)
    assert (ran.status, ran.data) == (0, {"store": "store.sqlite", "faults": []})


@pytest.mark.parametrize("place", ["folder", "store.sqlite"])
def test_check_lists_what_is_not_as_it_was_saved(tmp_path: Path, place: str) -> None:
    fill(open_store(tmp_path / place))
    path = tmp_path / place / "pupils" / "b.ledger" if place == "folder" else tmp_path / place
    path.write_bytes(path.read_bytes().replace(b"CANARY", b"CANARX"))
    ran = attendance("store", "check", place, folder=tmp_path)
    assert ran.status == 1
    assert ran.out.startswith("Not as it was saved: ")
    assert "entry 3 is not as it was written  Put the file back from a backup" in ran.out
    assert "CANAR" not in ran.out + ran.err
    ran = attendance("store", "check", place, "--format", "json", folder=tmp_path)
    assert ran.status == 1
    assert "pupils/b.ledger" in [fault["where"] for fault in ran.data["faults"]]


def test_check_of_a_file_that_is_no_store_and_of_none(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database, but long enough to be one" * 100)
    ran = attendance("store", "check", "store.sqlite", folder=tmp_path)
    assert ran.status == 1
    assert "store.sqlite  is damaged, or no file of a store  Put the file back" in ran.out
    ran = attendance("store", "check", "nothing", folder=tmp_path)
    assert (ran.status, ran.told) == (2, ["error: nothing: there is none. Check the name, or save it first."])
    ran = attendance("store", "check", "notes.txt", "--format", "json", folder=tmp_path)
    assert ran.status == 2
    assert ran.data["error"]["faults"][0]["what"] == "is no place of a store"


def test_backup_and_copy_say_what_they_wrote(tmp_path: Path) -> None:
    before = fill(FileStore(tmp_path / "folder"))
    ran = attendance("store", "copy", "folder", "store.sqlite", folder=tmp_path)
    assert (ran.status, ran.err) == (0, "Wrote store.sqlite: 5 documents and ledgers\n")
    ran = attendance("store", "copy", "folder", "store.sqlite", folder=tmp_path)
    assert ran.status == 2
    assert ran.told[0].startswith("error: store.sqlite: is there already; expected a new file")
    ran = attendance("store", "backup", "store.sqlite", "backup.sqlite", folder=tmp_path)
    assert (ran.status, ran.err) == (0, "Wrote backup.sqlite: 5 documents and ledgers\n")
    ran = attendance("store", "backup", "store.sqlite", "backup.sqlite", folder=tmp_path)
    assert ran.status == 2
    ran = attendance("store", "backup", "store.sqlite", "backup.sqlite", "--replace", folder=tmp_path)
    assert ran.status == 0
    assert held(SqliteStore(tmp_path / "backup.sqlite")) == before
    ran = attendance("store", "backup", "store.sqlite", "no/backup.sqlite", folder=tmp_path)
    assert ran.status == 2
    assert "no: cannot be locked: there is no such folder. Make the folder, or correct the path" in ran.told[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_backup_is_not_for_more_eyes_than_the_one_it_replaces(tmp_path: Path) -> None:
    fill(SqliteStore(tmp_path / "store.sqlite"))
    back_up(tmp_path / "store.sqlite", tmp_path / "backup.sqlite")
    (tmp_path / "backup.sqlite").chmod(0o600)
    back_up(tmp_path / "store.sqlite", tmp_path / "backup.sqlite", replace=True)
    assert (tmp_path / "backup.sqlite").stat().st_mode & 0o777 == 0o600
