"""What a store acknowledged is there: after 200 deaths, a death at every step, a full disk, and with two writers."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from attendance_core.documents.file_store import FileStore
from attendance_core.documents.files import TEMPORARY
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.store import Store
from attendance_core.errors import StoreError
from tests.saver import DOCUMENTS, LEDGERS, entry_of, length, now, secret, text_of
from tests.shared import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children that can be killed need fork")

DEATHS = 200


class Saver:
    """The program of `tests.saver`, at work in another process."""

    def __init__(self, opener: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "tests.saver", f"tests.saver:{opener}"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, root: Path, work: str, *say: Path, **more: Any) -> list[int]:
        """Let children begin to work, and return their process ids."""
        command = {"root": str(root), "work": work, "say": [str(path) for path in say], **more}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> list[int]:
        """Return the next answer: the process ids, then the exit statuses."""
        assert self.process.stdout
        answer: list[int] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def saver() -> Iterator[Saver]:
    program = Saver("file_store")
    yield program
    program.close()


@pytest.fixture(scope="module")
def sqlite_saver() -> Iterator[Saver]:
    program = Saver("sqlite_store")
    yield program
    program.close()


def said(path: Path) -> list[list[Any]]:
    """What a child wrote down before it died."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def wait_for(path: Path, lines: int) -> None:
    """Wait until a child has written down so much, however busy the machine is."""
    for _ in range(20_000):
        if len(said(path)) >= lines:
            return
        time.sleep(0.0005)
    pytest.fail(f"the child never came to line {lines}")


def check_all_is_there(store: Store, told: list[list[Any]]) -> None:
    """Hold a store against what was tried and acknowledged, by all children so far."""
    for key in DOCUMENTS:
        numbers = {what: [one[3] for one in told if one[:3] == [what, "put", key]] for what in ("try", "done")}
        found, _ = now(store, key)
        assert max(numbers["done"], default=-1) <= found <= max(numbers["try"], default=-1)
    for key in LEDGERS:
        sizes = {what: [one[3] for one in told if one[:3] == [what, "append", key]] for what in ("try", "done")}
        found = length(store, key)
        assert max(sizes["done"], default=0) <= found
        # An addition that was not acknowledged is there whole or not at all.
        assert found in {0, *sizes["try"]}
        if found:
            assert store.entries(key) == tuple(entry_of(key, number) for number in range(found))


def die_at_random(store: Store, root: Path, saver: Saver, room: Path, *, harmless: str = "") -> list[list[Any]]:
    """Let children die in one store, so that what one leaves behind is there at the next, and hold it against them."""
    chance = random.Random(20250901)  # noqa: S311
    told: list[list[Any]] = []
    amid = 0
    for death in range(DEATHS):
        say = room / f"said{death}"
        (child,) = saver.start(root, "save_for_ever", say)
        wait_for(say, chance.randrange(10))
        time.sleep(chance.uniform(0, 0.008))
        os.kill(child, signal.SIGKILL)
        assert saver.answer() == [-signal.SIGKILL]
        mine = said(say)
        told += mine
        amid += bool(mine) and mine[-1][0] == "try"
        check_all_is_there(store, told)
        assert set(store.list()) <= {*DOCUMENTS, *LEDGERS}
        assert all(harmless and harmless in fault.what for fault in store.check())
    # Else the deaths would have proved nothing.
    assert amid > DEATHS / 4
    assert len([one for one in told if one[0] == "done"]) > DEATHS
    # And the store goes on as if nothing had been.
    for key in DOCUMENTS:
        number, version = now(store, key)
        store.put(key, text_of(key, number + 1), if_version=version)
    for key in LEDGERS:
        assert store.append(key, "next") == length(store, key)
    assert store.check() == ()
    return told


def test_what_was_acknowledged_survives_200_deaths_at_random_moments(tmp_path: Path, saver: Saver) -> None:
    root = tmp_path / "store"
    die_at_random(FileStore(root), root, saver, tmp_path, harmless="unfinished entry")
    assert not list(root.rglob(TEMPORARY))


def test_what_sqlite_acknowledged_survives_200_deaths_at_random_moments(tmp_path: Path, sqlite_saver: Saver) -> None:
    path = tmp_path / "store.sqlite"
    with SqliteStore(path) as store:
        die_at_random(store, path, sqlite_saver, tmp_path)
    # Nobody is in it any more, so all of it is in the one file.
    assert list(tmp_path.glob("store*")) == [path]


@pytest.mark.parametrize("kept", [True, False])
def test_what_sqlite_acknowledged_survives_when_nobody_else_has_the_file_open(
    tmp_path: Path, sqlite_saver: Saver, kept: bool
) -> None:
    """The first to open the file after a death reads its log again."""
    path = tmp_path / "store.sqlite"
    told: list[list[Any]] = []
    for death in range(12):
        say = tmp_path / f"said{death}"
        (child,) = sqlite_saver.start(path, "save_for_ever", say)
        wait_for(say, 4)
        os.kill(child, signal.SIGKILL)
        assert sqlite_saver.answer() == [-signal.SIGKILL]
        told += said(say)
        (tmp_path / "store.sqlite-shm").unlink(missing_ok=kept)
        with SqliteStore(path) as store:
            assert store.check() == ()
            check_all_is_there(store, told)


def test_a_redaction_that_a_death_cut_short_is_told_and_can_be_ended(quick: Path, sqlite_saver: Saver) -> None:
    chance = random.Random(20250902)  # noqa: S311
    room = quick / "room"
    told: list[list[Any]] = []
    unfinished = 0

    def left(number: int) -> bool:
        return secret(number)[:14].encode() in b"".join(one.read_bytes() for one in room.glob("store.sqlite*"))

    for death in range(40):
        say = quick / f"said{death}"
        (child,) = sqlite_saver.start(room / "store.sqlite", "redact_for_ever", say)
        wait_for(say, chance.randrange(1, 6))
        time.sleep(chance.uniform(0, 0.004))
        os.kill(child, signal.SIGKILL)
        assert sqlite_saver.answer() == [-signal.SIGKILL]
        told += said(say)
        done = [one[2] for one in told if one[0] == "done"]
        assert not any(left(number) for number in done)
        with SqliteStore(room / "store.sqlite") as store:
            entries = store.entries("secret.ledger")
            faults = store.check()
            assert all("a redaction was stopped before its end" in fault.what for fault in faults)
            unfinished += bool(faults)
            assert faults or not any(left(number) for number, entry in enumerate(entries) if entry == "gone")
            store.redact("secret.ledger", [], "gone")
            assert store.check() == ()
            assert store.entries("secret.ledger") == entries
        assert not any(left(number) for number, entry in enumerate(entries) if entry == "gone")
    assert unfinished > 4


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a death is the same there, and fsync costs nothing."""
    memory = Path("/dev/shm")  # noqa: S108
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    room = Path(mkdtemp(dir=memory))
    yield room
    shutil.rmtree(room)


@pytest.mark.parametrize(("how", "steps"), [("before", 100), ("half", 8), ("after", 100)])
def test_what_was_acknowledged_survives_a_death_at_each_step_of_a_save(
    quick: Path, saver: Saver, how: str, steps: int
) -> None:
    left_over = unfinished = 0
    step = 0
    while True:
        step += 1
        root, say = quick / f"store{step}", quick / f"said{step}"
        saver.start(root, "save_once_of_each", say, step=step, how=how)
        (end,) = saver.answer()
        told = said(say)
        store = FileStore(root)
        left_over += bool(list(root.rglob(TEMPORARY)))
        unfinished += any("unfinished entry" in fault.what for fault in store.check())
        check_one_of_each(store, told)
        # The next writer finds a store like any other.
        for key in (*DOCUMENTS, *LEDGERS):
            if key in DOCUMENTS:
                version = store.get(key).version if key in store.list() else None
                store.put(key, "after", if_version=version)
                assert store.get(key).text == "after"
            else:
                before = length(store, key)
                assert store.append(key, "after") == before + 1
                assert store.entries(key)[-1] == "after"
        assert store.check() == ()
        assert not list(root.rglob(TEMPORARY))
        shutil.rmtree(root)
        if end == 0:
            break
        assert end == -signal.SIGKILL
    assert told[-1] == ["done", "delete", DOCUMENTS[0]]
    # Each of the saves has many steps, and the deaths left what deaths leave.
    assert step > steps
    assert left_over > 5
    assert how != "half" or unfinished >= 2


def check_one_of_each(store: Store, told: list[list[Any]]) -> None:
    """Hold a store against what `save_once_of_each` acknowledged and was about to do."""
    done = [one[1:] for one in told if one[0] == "done"]
    tried = [one[1:] for one in told if one[0] == "try"]
    for key in DOCUMENTS:
        found = now(store, key)[0]
        if ["delete", key] in done:
            assert found == -1
            continue
        numbers = [one[2] for one in done if one[:2] == ["put", key]]
        allowed = {max(numbers, default=-1), *(one[2] for one in tried[-1:] if one[:2] == ["put", key])}
        assert found in allowed | ({-1} if ["delete", key] in tried else set())
    for key in LEDGERS:
        sizes = [one[2] for one in done if one[:2] == ["append", key]]
        allowed = {max(sizes, default=0), *(one[2] for one in tried[-1:] if one[:2] == ["append", key])}
        found = length(store, key)
        assert found in allowed
        if not found:
            continue
        plain = [entry_of(key, number) for number in range(found)]
        gone = [plain[0], "gone", *plain[2:]]
        redact = ["redact", key, 1]
        entries = list(store.entries(key))
        assert entries in ([gone] if redact in done else [plain, gone] if redact in tried else [plain])


# -- a full disk


def mount(kind: str, room: Path) -> Path:
    """Make a small file system of a kind, or skip."""
    place = room / "disk"
    place.mkdir()
    if kind == "tmpfs":
        commands = [["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]]
    else:
        image = room / "image"
        image.write_bytes(b"\0" * (1 << 20))
        commands = [["mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(place)]]
    for command in commands:
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        except OSError as error:
            pytest.skip(f"no small {kind} file system here: {command[0]}: {error.strerror}")
        if done.returncode:
            pytest.skip(f"no small {kind} file system here: {done.stderr.strip()}")
    return place


@pytest.fixture
def small_store(small_disk: Path) -> Iterator[SqliteStore]:
    with SqliteStore(small_disk / "store.sqlite") as store:
        yield store


@pytest.fixture(params=["tmpfs", "ext4"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    if sys.platform != "linux":
        pytest.skip("small file systems are made with the commands of Linux")
    place = mount(request.param, tmp_path)
    yield place
    subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607


def test_a_full_disk_loses_nothing(small_disk: Path, tmp_path: Path, saver: Saver) -> None:
    root, say = small_disk / "store", tmp_path / "said"
    saver.start(root, "save_until_full", say)
    assert saver.answer() == [0]
    told = said(say)
    refused = [one for one in told if one[0] == "refused"]
    assert len([one for one in told if one[0] == "done"]) >= 8
    assert len(refused) > 5
    for _, name, text in refused:
        assert name == "StoreError"
        assert str(small_disk) in text
        assert "there is no room left on the disk. Make room, then save again" in text
    store = FileStore(root)
    check_all_is_there(store, told)
    assert all("unfinished entry" in fault.what for fault in store.check())
    fill(small_disk)
    check_all_is_there(store, told)
    key = max(LEDGERS, key=lambda one: length(store, one))
    (small_disk / "filling").unlink()
    (root / DOCUMENTS[0]).unlink()
    before = length(store, key)
    assert store.append(key, "next") == before + 1
    assert store.put(DOCUMENTS[0], "x = 1", if_version=None)
    assert store.check() == ()


def fill(disk: Path) -> None:
    """Leave not a byte free."""
    with pytest.raises(OSError, match="No space left"), (disk / "filling").open("wb", buffering=0) as filling:
        while True:
            filling.write(b"z" * 512)


@pytest.mark.parametrize("clean", [True, False])
def test_a_full_disk_loses_nothing_of_sqlite(
    small_disk: Path, small_store: SqliteStore, tmp_path: Path, sqlite_saver: Saver, clean: bool
) -> None:
    store, say, reserve = small_store, tmp_path / "said", small_disk / "reserve"
    reserve.write_bytes(b"z" * (256 << 10))
    sqlite_saver.start(store.path, "save_until_full", say)
    assert sqlite_saver.answer() == [0]
    told = said(say)
    refused = [one for one in told if one[0] == "refused"]
    assert len([one for one in told if one[0] == "done"]) >= 8
    assert len(refused) > 5
    for _, name, text in refused:
        assert name == "StoreError"
        assert "there is no room left on the disk. Make room, then save again; what was saved before is" in text
    if clean:
        # With a little room the log is taken into the file; without it, that waits.
        check_all_is_there(store, told)
        store.close()
    fill(small_disk)
    # Not a byte is free, and what is there can be read; with room again, saving goes on.
    check_all_is_there(store, told)
    assert store.check() == ()
    with pytest.raises(StoreError, match="there is no room left on the disk"):
        store.put("new.toml", "x" * 100_000, if_version=None)
    with pytest.raises(StoreError, match="there is no room left on the disk"):
        store.backup(small_disk / "backup.sqlite")
    check_all_is_there(store, told)
    reserve.unlink()
    document, version = now(store, DOCUMENTS[0])
    assert document >= 0
    assert version is not None
    store.delete(DOCUMENTS[0], if_version=version)
    assert store.put(DOCUMENTS[0], "x = 1", if_version=None)
    before = length(store, LEDGERS[0])
    assert store.append(LEDGERS[0], "next") == before + 1
    assert store.check() == ()
    (small_disk / "filling").unlink()
    store.close()
    assert [one.name for one in small_disk.glob("*.sqlite*")] == ["store.sqlite"]


# -- two writers


def test_two_writers_lose_nothing(tmp_path: Path, saver: Saver) -> None:
    # They did get in each other's way, if not the first time.
    assert any(compete(FileStore(room / "store"), room / "store", saver, room) for room in rooms(tmp_path))


def test_two_writers_of_sqlite_lose_nothing(tmp_path: Path, sqlite_saver: Saver) -> None:
    def once(room: Path) -> bool:
        with SqliteStore(room / "store.sqlite") as store:
            return compete(store, room / "store.sqlite", sqlite_saver, room)

    assert any(once(room) for room in rooms(tmp_path))


def rooms(folder: Path) -> Iterator[Path]:
    """Make one folder after another."""
    for turn in range(30):
        room = folder / str(turn)
        room.mkdir()
        yield room


def test_two_writers_that_both_begin_the_file_lose_nothing(tmp_path: Path, sqlite_saver: Saver) -> None:
    for turn in range(15):
        path, says = tmp_path / f"store{turn}.sqlite", [tmp_path / f"{name}{turn}" for name in ("one", "two")]
        arguments = {str(say): [say.name[:3], 2] for say in says}
        sqlite_saver.start(path, "compete", *says, **{"with": arguments})
        assert sqlite_saver.answer() == [0, 0]
        with SqliteStore(path) as store:
            assert len(store.entries("all.ledger")) == 8
            assert now(store, "count.toml")[0] == 3


def compete(store: Store, root: Path, saver: Saver, room: Path) -> bool:
    """Let two processes count up a document and add to a ledger, and hold the store against what they did.

    Returns:
        Whether one of them met a change of the other's.
    """
    times = 60
    names = ("one", "two")
    says = {name: room / name for name in names}
    arguments = {str(path): [name, times] for name, path in says.items()}
    saver.start(root, "compete", *says.values(), **{"with": arguments})
    assert saver.answer() == [0, 0]
    told = {name: said(path) for name, path in says.items()}
    assert now(store, "count.toml")[0] == len(names) * times - 1
    entries = store.entries("all.ledger")
    assert len(entries) == 2 * len(names) * times
    for name in names:
        mine = [entry for entry in entries if json.loads(entry)[0] == name]
        expected = [entry_of(name, number + more) for number in range(times) for more in (0, 1000)]
        assert mine == expected
    # What was added together stays together.
    assert [json.loads(entry)[0] for entry in entries[::2]] == [json.loads(entry)[0] for entry in entries[1::2]]
    assert store.check() == ()
    return any(one == ["conflict"] for mine in told.values() for one in mine)


def test_a_writer_that_dies_does_not_keep_the_other_waiting(tmp_path: Path, saver: Saver) -> None:
    root, say = tmp_path / "store", tmp_path / "said"
    for step in range(1, 60, 7):
        saver.start(root, "save_once_of_each", say, step=step, how="after")
        assert saver.answer() == [-signal.SIGKILL]
        begun = time.monotonic()
        FileStore(root).append("other.ledger", "one")
        assert time.monotonic() - begun < 5
