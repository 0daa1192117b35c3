"""The store in one SQLite file: what is erased is gone, damage is said, and nobody else's file is touched."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.documents import sqlite_file
from attendance_core.documents.files import TEMPORARY
from attendance_core.documents.sqlite_file import APPLICATION
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.store import Store
from attendance_core.errors import DamagedDocumentError, MissingDocumentError, StoreError
from tests.shared import ROOT

CANARY = "CANARY-" + "0123456789" * 3


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
"""Where fsync costs nothing, if there is such a place."""


@pytest.fixture
def room() -> Iterator[Path]:
    folder = Path(mkdtemp(dir=MEMORY))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def path(room: Path) -> Path:
    return room / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(path) as opened:
        yield opened


def held(store: Store) -> dict[str, object]:
    """All that a store holds."""
    return {key: at_key(store, key) for key in store.list()}


def at_key(store: Store, key: str) -> object:
    return store.entries(key) if key.endswith(".ledger") else store.get(key).text


def raw(folder: Path) -> bytes:
    """Every byte of every file in a folder."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


# -- one file


def test_nothing_is_made_by_looking(store: SqliteStore, room: Path) -> None:
    assert store.list() == ()
    assert store.check() == ()
    assert store.ledgers() == {}
    with pytest.raises(MissingDocumentError):
        store.redact("a.ledger", [0], "gone")
    with pytest.raises(StoreError, match="somebody else has removed it"):
        store.delete("a.toml", if_version="x")
    assert store.append("a.ledger", if_length=0) == 0
    assert list(room.iterdir()) == []


def test_it_is_one_file_when_it_is_let_go(path: Path, room: Path) -> None:
    with SqliteStore(path) as store:
        store.append("a.ledger", "one")
        assert store.entries("a.ledger") == ("one",)
        store.close()
        assert list(room.iterdir()) == [path]
        assert store.append("a.ledger", "two") == 2
    assert list(room.iterdir()) == [path]
    # Nobody has to say so.
    SqliteStore(path).append("a.ledger", "three")
    assert list(room.iterdir()) == [path]
    assert SqliteStore(path).entries("a.ledger") == ("one", "two", "three")


def test_an_acknowledged_change_is_synced(store: SqliteStore) -> None:
    store.append("a.ledger", "one")
    with store._writer.lent() as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "trusted_schema", "temp_store")
        }
    assert settings == {
        "journal_mode": b"wal",
        "synchronous": 2,
        "secure_delete": 1,
        "trusted_schema": 0,
        "temp_store": 2,
    }


def test_reading_goes_on_while_somebody_writes(store: SqliteStore, path: Path) -> None:
    store.append("a.ledger", "one")
    other = SqliteStore(path, patience=0.05)
    with store._writing() as connection:
        connection.execute("UPDATE ledgers SET length = 7")
        assert other.entries("a.ledger") == store.entries("a.ledger") == ("one",)
        assert other.ledgers() == {"a.ledger": ("one",)}
        with pytest.raises(StoreError, match=r"another program has been writing here for 0\.05 seconds\. Save again"):
            other.append("a.ledger", "two")
        connection.execute("UPDATE ledgers SET length = 1")
    assert other.append("a.ledger", "two") == 2


def test_a_thread_that_does_not_come_to_its_end_is_waited_for_as_long_as_asked(path: Path) -> None:
    store = SqliteStore(path, patience=0.05)
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        with store._writing():
            begun.set()
            ended.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(10)
    with pytest.raises(StoreError, match=r"has been writing here for 0\.05 seconds"):
        store.append("a.ledger", "one")
    ended.set()
    thread.join()
    assert store.append("a.ledger", "one") == 1


def test_threads_share_one_store(store: SqliteStore) -> None:
    seen: list[int] = []

    def work(name: int) -> None:
        for number in range(20):
            store.append(f"{name}.ledger", str(number))
            seen.append(len(store.ledgers()[f"{name}.ledger"]) - number)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 100
    assert store.ledgers() == {f"{name}.ledger": tuple(map(str, range(20))) for name in range(5)}


def test_another_file_of_the_name_is_seen(store: SqliteStore, path: Path, room: Path) -> None:
    """As when a backup is put back while a program holds the store."""
    store.append("a.ledger", "old")
    store.backup(room / "backup.sqlite")
    store.append("a.ledger", "later")
    for beside in room.glob("store.sqlite-*"):
        beside.unlink()
    (room / "backup.sqlite").replace(path)
    assert store.entries("a.ledger") == ("old",)
    assert store.append("a.ledger", "new") == 2
    assert SqliteStore(path).entries("a.ledger") == ("old", "new")
    path.unlink()
    assert store.list() == ()
    assert store.append("a.ledger", "first") == 1
    assert SqliteStore(path).entries("a.ledger") == ("first",)


FORKED = """
import os, sys
from pathlib import Path
from attendance_core.documents.sqlite_store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
store.append("a.ledger", "parent 0")
assert store.entries("a.ledger")
for turn in range(20):
    child = os.fork()
    if child == 0:
        try:
            store.append("a.ledger", f"child {turn}")
            if turn % 2:
                store.close()
        finally:
            os._exit(0)
    store.append("a.ledger", f"parent {turn}")
    if turn % 3 == 0:
        store.close()
    assert os.waitpid(child, 0)[1] == 0
    assert f"child {turn}" in store.entries("a.ledger"), turn
    assert store.check() == ()
print(len(store.entries("a.ledger")))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_store_that_was_opened_before_a_fork_is_safe_in_both(path: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", FORKED, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("41", "")


# -- what is redacted is gone


def fill(store: SqliteStore, seed: int) -> dict[str, tuple[str, ...]]:
    """Ledgers that grow in turn, so that pages split and copies are left in their gaps; one of them holds canaries."""
    chance = random.Random(seed)  # noqa: S311
    for turn in range(250):
        name = f"pupils/{chance.randrange(12):02}.ledger"
        sizes = [chance.choice((20, 300, 1200, 9000)) for _ in range(chance.randrange(1, 4))]
        store.append(name, *(f"{turn} " + "x" * size for size in sizes))
        if turn % 3 == 0:
            store.append("pupils/05x.ledger", f"{CANARY} {turn} " + "y" * chance.choice((5, 400, 5000)))
    return {**store.ledgers()}


@pytest.mark.parametrize("seed", range(3))
def test_not_a_byte_of_what_was_redacted_is_left_in_any_file(
    store: SqliteStore, path: Path, room: Path, seed: int
) -> None:
    before = fill(store, seed)
    canaries = before["pupils/05x.ledger"]
    assert raw(room).count(CANARY.encode()) >= len(canaries)
    other = SqliteStore(path)
    assert other.entries("pupils/05x.ledger") == canaries
    store.redact("pupils/05x.ledger", range(len(canaries)), "gone")
    for stay in (True, False):
        assert CANARY.encode() not in raw(room)
        assert b"y" * 5 not in raw(room)
        if stay:
            assert (room / "store.sqlite-wal").exists()
            store.close()
            other.close()
    assert store.ledgers() == {**before, "pupils/05x.ledger": ("gone",) * len(canaries)}
    assert store.check() == ()
    store.backup(room / "backup.sqlite")
    assert CANARY.encode() not in raw(room)


def test_copies_in_the_gaps_of_pages_are_what_makes_writing_anew_needful(
    store: SqliteStore, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would prove nothing."""
    monkeypatch.setattr(SqliteStore, "_erase", lambda self: None)
    left = 0
    for seed in range(3):
        canaries = fill(store, seed)["pupils/05x.ledger"]
        store.redact("pupils/05x.ledger", range(len(canaries)), "gone")
        store.close()
        left += CANARY.encode() in raw(room)
    assert left


def test_a_redaction_that_a_reader_holds_back_says_so_and_can_be_ended(
    store: SqliteStore, path: Path, room: Path
) -> None:
    store.append("a.ledger", CANARY, "two")
    quick = SqliteStore(path, patience=0.05)
    reader = SqliteStore(path)
    with reader._reading() as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (2,)
        with pytest.raises(StoreError) as caught:
            quick.redact("a.ledger", [0], "gone")
        (fault,) = caught.value.faults
        assert "the entries of a.ledger are replaced, but their old text may still lie here" in fault.what
        assert "another program has been reading here for 0.05 seconds" in fault.what
        assert fault.remedy == "See to that, then redact again"
        assert CANARY not in str(fault)
        assert CANARY.encode() in raw(room)
        assert quick.entries("a.ledger") == ("gone", "two")
        (told,) = quick.check()
        assert "a redaction was stopped before its end" in told.what
        assert "Redact again" in told.remedy
    # A backup has nothing of it, even so.
    (room / "elsewhere").mkdir()
    store.backup(room / "elsewhere" / "backup.sqlite")
    assert CANARY.encode() not in raw(room / "elsewhere")
    assert SqliteStore(room / "elsewhere" / "backup.sqlite").check() == ()
    quick.redact("a.ledger", [], "gone")
    assert CANARY.encode() not in raw(room)
    assert quick.check() == ()
    assert quick.entries("a.ledger") == ("gone", "two")


def test_a_redaction_in_a_store_of_which_a_reader_has_just_read_waits_for_nobody(
    store: SqliteStore, path: Path
) -> None:
    store.append("a.ledger", CANARY)
    other = SqliteStore(path)
    assert other.entries("a.ledger") == (CANARY,)
    begun = time.monotonic()
    store.redact("a.ledger", [0], "gone")
    assert time.monotonic() - begun < 5
    assert other.entries("a.ledger") == ("gone",)


# -- damage


@cache
def saved() -> tuple[bytes, dict[str, object]]:
    """The bytes of a store, and what it holds."""
    room = Path(mkdtemp(dir=MEMORY))
    path = room / "store.sqlite"
    with SqliteStore(path) as store:
        for number in range(12):
            store.put(f"audits/{number}.toml", f"{CANARY} {number}" * (1 + 60 * (number % 3)), if_version=None)
            store.append(f"pupils/{number:02}.ledger", *(f"{CANARY} {at}" + "z" * 40 * at for at in range(6)))
        before = held(store)
    written = path.read_bytes()
    shutil.rmtree(room)
    return written, before


def ask(call: Callable[[], object]) -> object:
    """Return an answer, or the error, which must be one that says what to do and nothing of what is in the store."""
    try:
        return call()
    except StoreError as error:
        for fault in error.faults:
            assert fault.remedy
            assert "CANARY" not in str(fault)
        return error


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_changed_in_the_file_is_told_or_does_no_harm(data: st.DataObject) -> None:
    room = Path(mkdtemp(dir=MEMORY))
    try:
        path = room / "store.sqlite"
        whole, before = saved()
        written = bytearray(whole)
        kind = data.draw(st.sampled_from(["bits", "bits", "zeros", "cut"]))
        at = data.draw(st.one_of(st.integers(0, 120), st.integers(0, len(written) - 1)))
        if kind == "bits":
            written[at] ^= data.draw(st.integers(1, 255))
        elif kind == "zeros":
            size = data.draw(st.sampled_from([16, 512, 4096]))
            written[at : at + size] = bytes(len(written[at : at + size]))
        else:
            # A file of no length is a store with nothing in it yet.
            del written[at:]
        path.write_bytes(written)
        with SqliteStore(path, patience=0.2) as store:
            faults = ask(store.check)
            ledgers = ask(store.ledgers)
            well = faults == ()
            for key, expected in before.items():
                found = ask(partial(at_key, store, key))
                # Nothing is ever read that was not saved, and what is not told is whole.
                assert found == expected or isinstance(found, StoreError)
                if well and written:
                    assert found == expected
            if well and written:
                assert ask(store.list) == tuple(before)
                assert ledgers == {key: value for key, value in before.items() if key.endswith(".ledger")}
            ask(lambda: store.append("pupils/03.ledger", "next"))
            ask(lambda: store.redact("pupils/04.ledger", [0], "gone"))
            ask(lambda: store.put("audits/new.toml", "", if_version=None))
            ask(lambda: store.backup(room / "backup.sqlite"))
    finally:
        shutil.rmtree(room)


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM entries WHERE position = 1", "entry 1"),
        ("DELETE FROM entries WHERE position = 2", "its end"),
        ("DELETE FROM entries", "its end"),
        ("DELETE FROM ledgers", "its end"),
        ("INSERT INTO entries VALUES ('a.ledger', 3, 'more', 0)", "entry 3"),
        ("UPDATE entries SET text = 'other' WHERE position = 0", "entry 0"),
        ("UPDATE entries SET text = CAST(x'ff' AS TEXT) WHERE position = 0", "entry 0"),
        ("UPDATE entries SET text = 7 WHERE position = 0", "entry 0"),
        ("UPDATE entries SET position = position + 3", "entry 0"),
        ("UPDATE ledgers SET length = 2", "its end"),
    ],
)
def test_positions_without_a_gap_and_entries_as_they_were_added(
    store: SqliteStore, path: Path, statement: str, says: str
) -> None:
    store.append("a.ledger", "CANARY 0", "CANARY 1", "CANARY 2")
    store.close()
    change(path, statement)
    for look in (lambda: store.entries("a.ledger"), store.ledgers):
        with pytest.raises(
            DamagedDocumentError, match=rf"a\.ledger: ({says}|entry 0|entry 3|its end) is not as it was"
        ):
            look()
    with pytest.raises(DamagedDocumentError):
        store.redact("a.ledger", [0], "gone")
    (fault,) = store.check()
    assert fault.where == "a.ledger"
    assert fault.what.startswith(says) or statement == "DELETE FROM ledgers"
    assert "CANARY" not in str(fault)


# -- files that are no store


@pytest.mark.parametrize(
    "content", [b"not a database", b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 4096, b"\0" * 4096]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(store: SqliteStore, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for ask_it in (
        store.list,
        lambda: store.get("a.toml"),
        lambda: store.append("a.ledger", "one"),
        lambda: store.put("a.toml", "", if_version=None),
        lambda: store.redact("a.ledger", [0], "gone"),
        lambda: store.backup(path.with_name("backup.sqlite")),
    ):
        with pytest.raises(
            DamagedDocumentError, match=r"store\.sqlite: is damaged, or no file of a store\. Put the fi"
        ):
            ask_it()
    assert [fault.what for fault in store.check()] == ["is damaged, or no file of a store"]
    assert path.read_bytes() == content
    assert not path.with_name("backup.sqlite").exists()


def test_an_empty_file_is_a_store_with_nothing_in_it_yet(store: SqliteStore, path: Path) -> None:
    path.touch()
    assert store.list() == ()
    assert store.check() == ()
    assert store.append("a.ledger", "one") == 1


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["CREATE TABLE theirs (a)"], "is the database of another program; expected a store. Name another file"),
        (["PRAGMA application_id = 7"], "is the database of another program"),
        (["PRAGMA user_version = 1"], "is the database of another program"),
        ([f"PRAGMA application_id = {APPLICATION}"], "was written with schema 0; expected 1 to 1. Update the library"),
        (
            [f"PRAGMA application_id = {APPLICATION}", "PRAGMA user_version = 1"],
            "its tables are not those of a store. Put the file back from a backup",
        ),
    ],
)
def test_a_database_of_something_else_is_refused_and_left_alone(
    store: SqliteStore, path: Path, statements: list[str], says: str
) -> None:
    change(path, *statements)
    before = path.read_bytes()
    for ask_it in (store.list, store.check, lambda: store.append("a.ledger", "one")):
        with pytest.raises(StoreError) as caught:
            ask_it()
        assert str(caught.value).startswith(f"{path}: {says}")
    store.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM documents; END",
        "CREATE VIEW more AS SELECT 1",
        "CREATE INDEX more ON entries (text)",
        "DROP TABLE erasures",
        "ALTER TABLE entries ADD COLUMN more",
    ],
)
def test_what_a_store_never_has_is_not_run(store: SqliteStore, path: Path, statement: str) -> None:
    store.append("a.ledger", "one")
    store.close()
    change(path, statement)
    for ask_it in (store.ledgers, store.check, lambda: store.append("a.ledger", "two")):
        with pytest.raises(StoreError, match="its tables are not those of a store"):
            ask_it()


def test_a_folder_is_no_file(store: SqliteStore, path: Path) -> None:
    path.mkdir()
    for ask_it in (store.list, lambda: store.append("a.ledger", "one")):
        with pytest.raises(StoreError, match=r"is a folder; expected a file of SQLite\. Name the file, or use a store"):
            ask_it()


# -- schemas


def test_a_store_of_a_newer_library_is_refused_and_left_alone(store: SqliteStore, path: Path) -> None:
    store.append("a.ledger", "one")
    store.close()
    change(path, "PRAGMA user_version = 2")
    before = path.read_bytes()
    for ask_it in (store.list, store.check, lambda: store.append("a.ledger", "two")):
        with pytest.raises(
            StoreError, match=r"was written with schema 2; expected 1 to 1\. Update the library; nothing"
        ):
            ask_it()
    store.close()
    assert path.read_bytes() == before


def test_a_store_of_an_older_library_is_brought_to_the_schema_of_today(
    store: SqliteStore, path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks first, a reader too; the next schema is made up."""
    version = store.put("a.toml", "x = 1", if_version=None)
    store.append("a.ledger", "one", "two")
    store.close()
    shutil.copy(path, room / "other.sqlite")
    broken = (*sqlite_file.STEPS, ("CREATE TABLE more (a)", "CREATE TABLE more (a)"))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "STEPS", (*sqlite_file.STEPS, ("CREATE TABLE more (a)",)))
        assert SqliteStore(path).ledgers() == {"a.ledger": ("one", "two")}
        other = SqliteStore(room / "other.sqlite")
        assert other.append("a.ledger", "three") == 3
        for migrated in (SqliteStore(path), other):
            assert migrated.get("a.toml").version == version
            assert migrated.check() == ()
            with migrated._reading() as connection:
                assert connection.execute("PRAGMA user_version").fetchone() == (2,)
            migrated.close()
    with pytest.raises(StoreError, match="was written with schema 2; expected 1 to 1"):
        store.list()
    # A step that fails leaves the schema and everything else as it was.
    last = SqliteStore(room / "last.sqlite")
    last.append("a.ledger", "one")
    last.close()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "STEPS", broken)
        patch.setattr(sqlite_file, "_expect_tables", lambda *_: None)
        with pytest.raises(StoreError, match="cannot be written: table more already exists"):
            last.append("a.ledger", "two")
    assert last.entries("a.ledger") == ("one",)
    assert last.check() == ()


# -- places that refuse


@pytest.fixture
def anybody(room: Path) -> Iterator[None]:
    """Give up the rights of the superuser, to whom nothing is forbidden."""
    if os.name == "nt":
        pytest.skip("Windows has no such modes")
    if os.geteuid() != 0:
        yield
        return
    # What a save imports may lie where nobody else may read.
    import_module("filelock")
    room.chmod(0o777)
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("anybody")
def test_what_may_not_be_read_or_written_is_said(room: Path) -> None:
    folder = room / "folder"
    store = SqliteStore(folder / "store.sqlite")
    store.append("a.ledger", "one")
    store.backup(folder / "backup.sqlite")
    store.close()
    folder.chmod(0o500)
    with pytest.raises(StoreError, match=r"may not be written\. Change the permissions of file and folder, or choose"):
        store.append("a.ledger", "two")
    with pytest.raises(StoreError, match=r"store\.sqlite: may not be read\. Change the permissions of file and folder"):
        store.entries("a.ledger")
    # A backup needs no file beside it.
    backup = SqliteStore(folder / "backup.sqlite")
    assert backup.entries("a.ledger") == ("one",)
    assert backup.check() == ()
    with pytest.raises(StoreError, match=r"backup\.sqlite: may not be written"):
        backup.append("a.ledger", "two")
    with pytest.raises(StoreError, match="may not be"):
        store.backup(folder / "again.sqlite")
    with pytest.raises(StoreError, match="may not be made"):
        SqliteStore(folder / "new" / "store.sqlite").append("a.ledger", "one")
    folder.chmod(0o700)
    for mode in (0o400, 0):
        (folder / "store.sqlite").chmod(mode)
        with pytest.raises(StoreError, match=r"store\.sqlite: may not be read\. Change the permissions"):
            store.entries("a.ledger")
        with pytest.raises(StoreError, match=r"store\.sqlite: may not be (written|read)"):
            store.append("a.ledger", "two")
    # Nothing was left that would keep a writer out.
    (folder / "store.sqlite").chmod(0o600)
    assert store.append("a.ledger", "two") == 2
    folder.chmod(0)
    with pytest.raises(StoreError, match="may not be read"):
        SqliteStore(folder / "store.sqlite").list()
    folder.chmod(0o700)


def test_a_place_where_files_cannot_be_shared_is_refused(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some network drives answer: the kind of log stays what it was."""

    class Narrow(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            return super().execute(sql.replace("journal_mode = WAL", "journal_mode"), parameters)

    real = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *place, **named: real(*place, **named, factory=Narrow))
        with pytest.raises(
            StoreError, match=r"SQLite cannot share a file here; expected a local file system\. Keep it"
        ):
            store.append("a.ledger", "one")
    assert store.append("a.ledger", "one") == 1


# -- backups


def test_a_backup_is_whole_and_of_one_moment_while_others_write(store: SqliteStore, path: Path, room: Path) -> None:
    store.append("count.ledger", "0")
    version = store.put("a.toml", "x = 'naïve\0'", if_version=None)
    ended = threading.Event()

    def write() -> None:
        with SqliteStore(path) as other:
            for number in range(1, 10_000):
                other.append("count.ledger", str(number), "x" * 3000)
                other.append(f"pupils/{number}.ledger", str(number))
                if ended.is_set():
                    return

    thread = threading.Thread(target=write)
    thread.start()
    for number in range(8):
        before = len(store.ledgers())
        store.backup(room / f"backup{number}.sqlite")
        with SqliteStore(room / f"backup{number}.sqlite") as backup:
            assert backup.check() == ()
            assert backup.get("a.toml").version == version
            ledgers = backup.ledgers()
            # The second ledger of a turn is there with the first, or that turn is the last one.
            turns = (len(ledgers["count.ledger"]) - 1) // 2
            assert len(ledgers) - 1 in (turns, turns - 1)
            assert len(ledgers) >= before
    ended.set()
    thread.join()


def test_a_backup_goes_over_nothing_unless_told_to(store: SqliteStore, path: Path, room: Path) -> None:
    store.append("a.ledger", "one")
    target = room / "backup.sqlite"
    store.backup(target)
    store.append("a.ledger", "two")
    with pytest.raises(
        StoreError, match=r"backup\.sqlite: is there already; expected a new file\. Choose another name"
    ):
        store.backup(target)
    assert SqliteStore(target).entries("a.ledger") == ("one",)
    target.chmod(0o640)
    store.backup(target, replace=True)
    assert SqliteStore(target).entries("a.ledger") == ("one", "two")
    assert target.stat().st_mode & 0o777 == 0o640 or os.name == "nt"
    with pytest.raises(StoreError, match=r"store\.sqlite: is the store itself; expected another file"):
        store.backup(path, replace=True)
    with pytest.raises(StoreError, match="there is no such folder"):
        store.backup(room / "no" / "backup.sqlite")
    with pytest.raises(MissingDocumentError, match=r"none\.sqlite: there is none"):
        SqliteStore(room / "none.sqlite").backup(room / "more.sqlite")
    # It can be gone on with like any store, and then nothing is put in its place unseen.
    with SqliteStore(target) as gone_on:
        assert gone_on.append("a.ledger", "three") == 3
        with pytest.raises(StoreError, match=r"backup\.sqlite-wal: a program uses the file that it belongs to, or was"):
            store.backup(target, replace=True)
        assert gone_on.entries("a.ledger") == ("one", "two", "three")
    assert not (room / TEMPORARY).exists()


def test_what_is_damaged_takes_the_place_of_no_backup(store: SqliteStore, path: Path, room: Path) -> None:
    store.append("a.ledger", "CANARY", "two")
    target = room / "backup.sqlite"
    store.backup(target)
    before = target.read_bytes()
    store.close()
    change(path, "UPDATE entries SET text = 'CANARX' WHERE position = 0")
    with pytest.raises(DamagedDocumentError, match=r"a\.ledger: entry 0 is not as it was written") as caught:
        store.backup(target, replace=True)
    assert "CANAR" not in str(caught.value)
    assert target.read_bytes() == before
    store.close()
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(DamagedDocumentError, match=r"store\.sqlite: is damaged"):
        store.backup(target, replace=True)
    assert target.read_bytes() == before
    assert not (room / TEMPORARY).exists()


def test_a_backup_that_a_death_cut_short_is_none_and_is_cleared_away(store: SqliteStore, room: Path) -> None:
    store.append("a.ledger", "one")
    (room / TEMPORARY).write_bytes(b"half of a copy")
    store.backup(room / "backup.sqlite")
    assert SqliteStore(room / "backup.sqlite").entries("a.ledger") == ("one",)
    assert not (room / TEMPORARY).exists()


# -- what a loss of power would leave


def logged() -> tuple[bytes, bytes, list[tuple[int, dict[str, object]]]]:
    """A file, its log, and what was held when the log had a length."""
    room = Path(mkdtemp(dir=MEMORY))
    path = room / "store.sqlite"
    log = room / "store.sqlite-wal"
    with SqliteStore(path) as store:
        store.append("a.ledger", "zero")
    states: list[tuple[int, dict[str, object]]] = [(0, {"a.ledger": ("zero",)})]
    with SqliteStore(path) as store:
        for number in range(1, 9):
            store.append("a.ledger", *(f"{number}.{more}" + "x" * 900 * more for more in range(number % 4)), "end")
            states.append((log.stat().st_size, held(store)))
            store.put(f"{number % 3}.toml", "y" * number, if_version=now(store, f"{number % 3}.toml")[1])
            states.append((log.stat().st_size, held(store)))
        written = path.read_bytes(), log.read_bytes(), states
    shutil.rmtree(room)
    return written


def now(store: Store, key: str) -> tuple[str, str | None]:
    try:
        stored = store.get(key)
    except MissingDocumentError:
        return "", None
    return stored.text, stored.version


LOGGED = cache(logged)


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_log_that_was_cut_or_spoiled_anywhere_loses_only_what_comes_after(data: st.DataObject) -> None:
    file, log, states = LOGGED()
    assert len(states) == 17
    assert [size for size, _ in states] == sorted({size for size, _ in states})
    at = data.draw(st.integers(0, len(log) - 1))
    spoiled = bytearray(log)
    if data.draw(st.booleans()):
        del spoiled[at:]
    else:
        spoiled[at] ^= data.draw(st.integers(1, 255))
    room = Path(mkdtemp(dir=MEMORY))
    try:
        (room / "store.sqlite").write_bytes(file)
        (room / "store.sqlite-wal").write_bytes(spoiled)
        with SqliteStore(room / "store.sqlite") as store:
            assert store.check() == ()
            assert held(store) == [state for size, state in states if size <= at][-1]
            length = len(store.entries("a.ledger"))
            assert store.append("a.ledger", "next") == length + 1
        assert [one.name for one in room.iterdir()] == ["store.sqlite"]
    finally:
        shutil.rmtree(room)
