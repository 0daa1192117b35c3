"""Stores keep their promises: each runs the one suite, and the folder has a few of its own."""

import errno
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.documents import files
from attendance_core.documents.file_store import FileStore
from attendance_core.documents.files import LOCK, TEMPORARY, read_file, save_file
from attendance_core.documents.ledger_file import HEAD, lines
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.store import Store
from attendance_core.errors import AttendanceError, ConflictError, DamagedDocumentError, StoreError
from tests.store_conformance import Open, StoreConformance, StoreMachine


class TestFileStore(StoreConformance):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Open:
        return lambda: FileStore(tmp_path / "not" / "yet")


class TestSqliteStore(StoreConformance):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Open:
        return lambda: SqliteStore(tmp_path / "not" / "yet" / "a store.sqlite")


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def opened(self) -> Open:
        store = MemoryStore()
        return lambda: store


class FileMachine(StoreMachine):
    def __init__(self) -> None:
        self.room = Path(mkdtemp())
        super().__init__()

    def open_store(self) -> Store:
        return FileStore(self.room / "store")

    def teardown(self) -> None:
        shutil.rmtree(self.room)


class SqliteMachine(StoreMachine):
    def __init__(self) -> None:
        self.room = Path(mkdtemp())
        super().__init__()

    def open_store(self) -> Store:
        return SqliteStore(self.room / "store.sqlite")

    def teardown(self) -> None:
        for store in self.handles:
            assert isinstance(store, SqliteStore)
            store.close()
        shutil.rmtree(self.room)


class MemoryMachine(StoreMachine):
    def __init__(self) -> None:
        self.one = MemoryStore()
        super().__init__()

    def open_store(self) -> Store:
        return self.one


TestFileModel = FileMachine.TestCase
TestFileModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestSqliteModel = SqliteMachine.TestCase
TestSqliteModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestMemoryModel = MemoryMachine.TestCase
TestMemoryModel.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def held(store: Store) -> dict[str, object]:
    """All that a store holds."""
    return {key: store.entries(key) if key.endswith(".ledger") else store.get(key).text for key in store.list()}


# -- files as they lie there


def test_a_document_is_its_own_file(store: FileStore) -> None:
    store.put("audits/a.toml", "x = 1\r\n", if_version=None)
    assert (store.root / "audits" / "a.toml").read_bytes() == b"x = 1\r\n"


def test_a_change_by_hand_is_a_conflict(store: FileStore) -> None:
    version = store.put("a.toml", "x = 1", if_version=None)
    (store.root / "a.toml").write_text("x = 2", encoding="utf-8")
    with pytest.raises(ConflictError, match="somebody else has changed it"):
        store.put("a.toml", "x = 3", if_version=version)
    assert store.get("a.toml").text == "x = 2"


def test_what_a_dead_writer_left_is_never_read_and_the_next_one_clears_it(store: FileStore) -> None:
    version = store.put("a/b.toml", "x = 1", if_version=None)
    left = store.root / "a" / TEMPORARY
    left.write_text("x = ", encoding="utf-8")
    assert store.list() == ("a/b.toml",)
    assert store.get("a/b.toml").text == "x = 1"
    assert store.check() == ()
    store.append("a/c.ledger", "one")
    assert not left.exists()
    assert store.get("a/b.toml").version == version


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_temporary_file_is_not_written_through_a_link(store: FileStore) -> None:
    store.put("a.toml", "x = 1", if_version=None)
    precious = store.root / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    (store.root / TEMPORARY).symlink_to(precious)
    store.put("b.toml", "x = 2", if_version=None)
    assert precious.read_text(encoding="utf-8") == "mine"
    assert store.get("b.toml").text == "x = 2"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_keeps_who_may_read_it(store: FileStore) -> None:
    version = store.put("a.toml", "x = 1", if_version=None)
    store.append("a.ledger", "one")
    for name in ("a.toml", "a.ledger"):
        (store.root / name).chmod(0o640)
    store.put("a.toml", "x = 2", if_version=version)
    store.redact("a.ledger", [0], "gone")
    for name in ("a.toml", "a.ledger"):
        assert stat.S_IMODE((store.root / name).stat().st_mode) == 0o640


def test_nothing_of_what_was_redacted_lies_in_a_file(store: FileStore) -> None:
    store.append("a.ledger", "CANARY one", "two", "CANARY three")
    store.append("a.ledger", "four")
    store.redact("a.ledger", [0, 2], "gone")
    assert not [path for path in store.root.rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]


def test_strange_files_are_told_and_left_alone(store: FileStore) -> None:
    store.put("a.toml", "x = 1", if_version=None)
    for name in ("Notes.TXT", "A.toml", ".hidden"):
        (store.root / name).write_text("", encoding="utf-8")
    assert store.list() == ("a.toml",)
    assert [fault.where for fault in store.check()] == ["A.toml", "Notes.TXT"]
    assert "Move it elsewhere" in store.check()[0].remedy


def test_a_document_that_is_no_text_is_damaged(store: FileStore) -> None:
    (store.root / "a.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(DamagedDocumentError, match=r"a\.toml: byte 5 is not UTF-8; expected UTF-8 text\. Save it as"):
        store.get("a.toml")
    assert [fault.what for fault in store.check()] == ["byte 5 is not UTF-8"]


# -- the end of a ledger, and its middle


@given(
    before=st.lists(st.lists(st.text("aé\r", max_size=5), min_size=1, max_size=3), min_size=1, max_size=3),
    last=st.lists(st.text("bé 0", max_size=9), min_size=1, max_size=3),
    data=st.data(),
)
@settings(max_examples=80, deadline=None)
def test_an_addition_that_was_cut_anywhere_is_no_addition_and_no_damage(
    before: list[list[str]], last: list[str], data: st.DataObject
) -> None:
    room = Path(mkdtemp())
    try:
        store = FileStore(room)
        for entries in before:
            store.append("a.ledger", *entries)
        path = room / "a.ledger"
        whole = len(path.read_bytes())
        kept = store.entries("a.ledger")
        store.append("a.ledger", *last)
        written = path.read_bytes()
        cut = data.draw(st.integers(whole, len(written) - 1))
        zeros = data.draw(st.sampled_from([0, 0, 7]))
        path.write_bytes(written[:cut] + b"\0" * zeros)
        # Only the very last line break may be missing without anything being lost.
        complete = cut == len(written) - 1 and not zeros
        expected = (*kept, *last) if complete else kept
        assert store.entries("a.ledger") == expected
        told = [fault.what for fault in store.check()]
        assert bool(told) == (not complete and cut + zeros > whole)
        assert all(what.startswith("has an unfinished entry at its end") for what in told)
        assert store.append("a.ledger", "next") == len(expected) + 1
        assert store.entries("a.ledger") == (*expected, "next")
        assert store.check() == ()
    finally:
        shutil.rmtree(room)


@given(
    batches=st.lists(st.lists(st.text("aé ", max_size=5), min_size=1, max_size=3), min_size=1, max_size=4),
    data=st.data(),
)
@settings(max_examples=80, deadline=None)
def test_any_changed_byte_of_a_ledger_is_damage(batches: list[list[str]], data: st.DataObject) -> None:
    room = Path(mkdtemp())
    try:
        store = FileStore(room)
        for entries in batches:
            store.append("a.ledger", *entries)
        path = room / "a.ledger"
        written = bytearray(path.read_bytes())
        # Without the last line break the last line is one that was cut: that is the test above.
        at = data.draw(st.integers(0, len(written) - 2))
        written[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(written)
        with pytest.raises(DamagedDocumentError, match=r"a\.ledger: .* is not as it was written\. Put the file back"):
            store.entries("a.ledger")
        with pytest.raises(DamagedDocumentError):
            store.append("a.ledger", "next")
        with pytest.raises(DamagedDocumentError):
            store.redact("a.ledger", [0], "gone")
        assert path.read_bytes() == bytes(written)
        assert [fault.where for fault in store.check()] == ["a.ledger"]
    finally:
        shutil.rmtree(room)


def test_entries_that_were_taken_out_exchanged_or_repeated_are_damage(store: FileStore) -> None:
    store.append("a.ledger", "CANARY 0")
    store.append("a.ledger", "CANARY 1", "CANARY 2")
    store.append("a.ledger", "CANARY 3")
    path = store.root / "a.ledger"
    head, *rows = path.read_bytes().splitlines(keepends=True)
    for order in ([1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 2, 1, 3], [0, 1, 2, 2, 3], [0, 1, 2, 3, 3], [1, 2, 3, 0]):
        path.write_bytes(head + b"".join(rows[at] for at in order))
        with pytest.raises(DamagedDocumentError) as caught:
            store.entries("a.ledger")
        assert "CANARY" not in str(caught.value)
    path.write_bytes(b"".join(rows))
    with pytest.raises(DamagedDocumentError, match="its first line is not the one of a ledger"):
        store.entries("a.ledger")


def test_an_addition_that_others_follow_though_it_has_no_end_is_damage(store: FileStore) -> None:
    begun = lines([b"one", b"two", b"three"], 0).splitlines(keepends=True)[0]
    (store.root / "a.ledger").write_bytes(HEAD + begun + lines([b"next"], 1))
    with pytest.raises(DamagedDocumentError, match="entry 1 is not as it was written"):
        store.entries("a.ledger")


def test_all_damaged_ledgers_are_named_when_many_are_read(store: FileStore) -> None:
    for name in "abc":
        store.append(f"{name}.ledger", "CANARY")
    for name in "ac":
        path = store.root / f"{name}.ledger"
        path.write_bytes(path.read_bytes().replace(b"CANARY", b"CANARX"))
    with pytest.raises(DamagedDocumentError) as caught:
        store.ledgers()
    assert [fault.where for fault in caught.value.faults] == ["a.ledger", "c.ledger"]
    assert "CANAR" not in str(caught.value)
    assert store.ledgers("b") == {"b.ledger": ("CANARY",)}


def test_something_that_a_person_wrote_at_the_end_is_not_taken_for_an_unfinished_entry(store: FileStore) -> None:
    store.append("a.ledger", "one")
    path = store.root / "a.ledger"
    path.write_bytes(path.read_bytes() + b"remember to ring")
    for ask in (lambda: store.entries("a.ledger"), lambda: store.append("a.ledger", "two")):
        with pytest.raises(DamagedDocumentError, match="entry 1 is not as it was written"):
            ask()
    assert path.read_bytes().endswith(b"remember to ring")


# -- what a loss of power would leave


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot sync a folder")
def test_everything_is_put_on_the_disk_before_it_gets_its_name_and_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the calls of the system: what is written is synced, then renamed, then its folder is synced."""
    real = {name: getattr(os, name) for name in ("write", "fsync", "replace", "mkdir", "unlink", "ftruncate")}
    calls: list[tuple[str, str]] = []

    def name_of(handle: int) -> str:
        inode = os.fstat(handle).st_ino
        every = [tmp_path.parent, tmp_path, *tmp_path.rglob("*"), *tmp_path.rglob(".attendance.*")]
        return next(path.name for path in every if path.stat().st_ino == inode)

    def watch(name: str) -> Callable[..., Any]:
        def call(first: Any, *arguments: Any, **named: Any) -> Any:
            before = name_of(first) if isinstance(first, int) else Path(first).name
            result = real[name](first, *arguments, **named)
            calls.append((name, before))
            return result

        return call

    store = FileStore(tmp_path / "root")
    for name in real:
        monkeypatch.setattr(os, name, watch(name))

    def done() -> list[tuple[str, str]]:
        # What filelock writes into the lock, and a temporary file that was not there, are of no matter here.
        listed = [call for call in calls if call[1] != LOCK]
        calls.clear()
        return listed

    saved = [("write", TEMPORARY), ("fsync", TEMPORARY), ("replace", TEMPORARY), ("fsync", "audits")]
    version = store.put("audits/a.toml", "x = 1", if_version=None)
    made = [("mkdir", "root"), ("fsync", tmp_path.name), ("mkdir", "audits"), ("fsync", "root")]
    steps = done()
    assert [step for step in steps if step in made] == made
    assert steps[-4:] == saved
    version = store.put("audits/a.toml", "x = 2", if_version=version)
    assert done() == saved
    store.append("audits/a.ledger", "one")
    assert done() == saved
    store.append("audits/a.ledger", "two")
    assert done() == [("ftruncate", "a.ledger"), ("write", "a.ledger"), ("fsync", "a.ledger")]
    store.redact("audits/a.ledger", [0], "gone")
    assert done() == saved
    store.delete("audits/a.toml", if_version=version)
    assert done() == [("unlink", "a.toml"), ("fsync", "audits")]


# -- a disk, a folder or a lock that refuses


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, number: int, times: int = 1) -> list[str]:
    """Let a call of the system fail so many times, and then work again."""
    real: Callable[..., Any] = getattr(os, name)
    failed: list[str] = []

    def call(*arguments: Any, **named: Any) -> Any:
        if len(failed) < times:
            failed.append(name)
            raise OSError(number, os.strerror(number))
        return real(*arguments, **named)

    monkeypatch.setattr(os, name, call)
    return failed


@pytest.mark.parametrize(
    ("name", "number", "says"),
    [
        ("write", errno.ENOSPC, "there is no room left on the disk. Make room, then save again"),
        ("fsync", errno.ENOSPC, "there is no room left on the disk"),
        ("fsync", errno.EIO, "cannot be written: Input/output error. See whether the disk is well"),
        ("replace", errno.EACCES, "may not be written. Change the permissions"),
    ],
)
def test_a_save_that_fails_leaves_everything_as_it_was(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, name: str, number: int, says: str
) -> None:
    version = store.put("a/b.toml", "x = 1", if_version=None)
    store.append("a/c.ledger", "one")
    before = held(store)
    saves: list[Callable[[], object]] = [
        lambda: store.put("a/b.toml", "x = 2", if_version=version),
        lambda: store.put("a/new.toml", "x = 2", if_version=None),
        lambda: store.append("a/new.ledger", "two"),
        lambda: store.redact("a/c.ledger", [0], "gone"),
    ]
    if name != "replace":
        saves.append(lambda: store.append("a/c.ledger", "two", "three"))
    for save in saves:
        with monkeypatch.context() as patch:
            failed = refuse(patch, name, number)
            with pytest.raises(StoreError) as caught:
                save()
        assert failed
        (fault,) = caught.value.faults
        assert says in str(fault)
        assert "what was saved before is unharmed" in fault.remedy
        assert fault.where.startswith(str(store.root / "a"))
        assert held(store) == before
        assert store.check() == ()
        assert not list(store.root.rglob("*.tmp"))
    assert store.append("a/c.ledger", "two") == 2
    assert store.put("a/b.toml", "x = 2", if_version=version)


def test_a_write_that_is_done_in_pieces_is_whole(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data)[:3]))
    store.put("a.toml", "x = 'a longer text'", if_version=None)
    store.append("a.ledger", "one", "two")
    store.append("a.ledger", "three")
    assert held(store) == {"a.toml": "x = 'a longer text'", "a.ledger": ("one", "two", "three")}


def test_a_file_that_another_program_has_open_for_a_moment_is_waited_for(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where such a file can be neither read nor replaced."""

    class BusyError(PermissionError):
        winerror = 32

    monkeypatch.setattr(files, "sleep", lambda _: None)
    real, tries = os.replace, []

    def replace(*arguments: Any) -> None:
        tries.append(arguments)
        if len(tries) < 4 or ends:
            raise BusyError(errno.EACCES, "in use")
        real(*arguments)

    ends = False
    monkeypatch.setattr(os, "replace", replace)
    version = store.put("a.toml", "x = 1", if_version=None)
    assert len(tries) == 4
    ends = True
    with pytest.raises(StoreError, match=r"a\.toml: may not be written"):
        store.put("a.toml", "x = 2", if_version=version)
    assert store.get("a.toml").text == "x = 1"


def test_a_writer_that_does_not_come_to_its_end_is_named(tmp_path: Path) -> None:
    store = FileStore(tmp_path, patience=0.05)
    store.put("a.toml", "x = 1", if_version=None)
    holder = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", HOLDER, str(tmp_path / LOCK)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin and holder.stdout
    with holder:
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(StoreError, match=r"another program has been writing here for 0\.05 seconds\. Save again"):
            store.append("a.ledger", "one")
        assert store.get("a.toml").text == "x = 1"
        holder.kill()
    assert FileStore(tmp_path).append("a.ledger", "one") == 1


HOLDER = """
import sys, filelock
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_place_that_cannot_be_locked_is_refused_rather_than_trusted(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(self: FileLock, *arguments: Any, **named: Any) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(FileLock, "acquire", nothing)
    with pytest.raises(StoreError, match="cannot be locked: Function not implemented"):
        store.put("a.toml", "x = 1", if_version=None)
    assert store.list() == ()


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("", encoding="utf-8")
    store = FileStore(tmp_path / "store")
    for ask in (lambda: store.put("a.toml", "", if_version=None), store.list, lambda: store.get("a/b.toml")):
        with pytest.raises(StoreError, match=r"cannot be (made|read): (Not a directory|File exists)"):
            ask()


@pytest.fixture
def anybody(tmp_path: Path) -> Iterator[None]:
    """Give up the rights of the superuser, to whom nothing is forbidden."""
    if os.name == "nt":
        pytest.skip("Windows has no such modes")
    if os.geteuid() != 0:
        yield
        return
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("anybody")
def test_what_may_not_be_read_or_written_is_said(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    version = store.put("a.toml", "x = 1", if_version=None)
    store.root.chmod(0o500)
    with pytest.raises(StoreError, match=r"a\.toml: may not be written\. Change the permissions of file and folder"):
        store.put("a.toml", "x = 2", if_version=version)
    assert store.get("a.toml").text == "x = 1"
    (store.root / "a.toml").chmod(0)
    with pytest.raises(StoreError, match=r"a\.toml: may not be read"):
        store.get("a.toml")
    assert [fault.what for fault in store.check()] == ["may not be read"]
    (store.root / "a.toml").chmod(0o600)
    store.root.chmod(0o700)
    assert store.put("a.toml", "x = 2", if_version=version)


def test_a_single_file_is_saved_in_a_folder_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "My audit (2025).toml"
    version = save_file(path, b"x = 1", if_version=None)
    assert read_file(path) == b"x = 1"
    with pytest.raises(ConflictError, match=r"My audit \(2025\)\.toml: is there already"):
        save_file(path, b"x = 2", if_version=None)
    save_file(path, b"x = 2", if_version=version)
    with pytest.raises(StoreError, match=r"there is no such folder\. Make the folder, or correct the path"):
        save_file(tmp_path / "no" / "audit.toml", b"", if_version=None)
    assert not (tmp_path / "no").exists()


def test_every_failure_is_caught_as_one(store: FileStore) -> None:
    with pytest.raises(AttendanceError) as caught:
        store.get("a.toml")
    assert (caught.value.code, caught.value.exit_code) == ("missing-document", 2)
