"""A program that saves in a store and writes down what was acknowledged, so that it can be killed while it does.

It is started once with the name of a way to open a store, such as ``tests.saver:file_store``, and told on its standard
input what to do, one JSON object a line. For each it forks a child that works and is killed, so that hundreds of deaths
cost one start of Python.

A child appends one JSON object a line to its file of acknowledgements: ``try`` before a save and ``done`` after it.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from attendance_core.documents.file_store import FileStore
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.store import Store
from attendance_core.errors import ConflictError, MissingDocumentError, StoreError

DOCUMENTS = ("a.toml", "deep/er/b.json")
LEDGERS = ("a.ledger", "deep/er/b.ledger")
#: Calls of the system that a save is made of.
STEPS = ("open", "write", "fsync", "replace", "ftruncate", "unlink", "mkdir", "close", "chmod", "lseek")

_open, _write, _close, _kill, _getpid = os.open, os.write, os.close, os.kill, os.getpid


def file_store(root: str) -> Store:
    """Open a store of files."""
    return FileStore(Path(root))


def sqlite_store(root: str) -> Store:
    """Open a store in one SQLite file."""
    return SqliteStore(Path(root))


def text_of(key: str, number: int) -> str:
    """Return the text of a document; its length differs from one number to the next."""
    return json.dumps({"key": key, "number": number, "filling": "x" * (number * 37 % 9000), "end": number})


def number_of(text: str) -> int:
    """Return which text of a document this is, and fail if it is not a whole one."""
    data = json.loads(text)
    assert text == text_of(data["key"], data["number"])
    return int(data["number"])


def entry_of(name: str, number: int) -> str:
    return json.dumps([name, number, "y" * (number * 53 % 3000)])


def now(store: Store, key: str) -> tuple[int, str | None]:
    """Return number and version of a document, or that there is none."""
    try:
        stored = store.get(key)
    except MissingDocumentError:
        return -1, None
    return number_of(stored.text), stored.version


def length(store: Store, key: str) -> int:
    try:
        return len(store.entries(key))
    except MissingDocumentError:
        return 0


class Acknowledged:
    """The file in which a child writes down what it tries and what was acknowledged."""

    def __init__(self, path: str) -> None:
        self.handle = _open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, what: str, *of: object) -> None:
        _write(self.handle, (json.dumps([what, *of]) + "\n").encode())


def save_for_ever(store: Store, say: Acknowledged) -> None:
    """Save documents and add to ledgers, one after another, from where the store stands."""
    for turn in count():
        save_document(store, say, DOCUMENTS[turn % 2])
        add_entries(store, say, LEDGERS[turn % 2], 1 + turn % 3)


def save_document(store: Store, say: Acknowledged, key: str) -> None:
    number, version = now(store, key)
    say("try", "put", key, number + 1)
    store.put(key, text_of(key, number + 1), if_version=version)
    say("done", "put", key, number + 1)


def add_entries(store: Store, say: Acknowledged, key: str, size: int) -> None:
    first = length(store, key)
    say("try", "append", key, first + size)
    store.append(key, *(entry_of(key, number) for number in range(first, first + size)), if_length=first)
    say("done", "append", key, first + size)


def save_once_of_each(store: Store, say: Acknowledged) -> None:
    """One save of every kind, always the same ones, to be stopped at a certain step."""
    for key in DOCUMENTS:
        save_document(store, say, key)
        save_document(store, say, key)
    for key in LEDGERS:
        for size in (1, 3):
            add_entries(store, say, key, size)
    say("try", "redact", LEDGERS[0], 1)
    store.redact(LEDGERS[0], [1], "gone")
    say("done", "redact", LEDGERS[0], 1)
    say("try", "delete", DOCUMENTS[0])
    store.delete(DOCUMENTS[0], if_version=str(now(store, DOCUMENTS[0])[1]))
    say("done", "delete", DOCUMENTS[0])


def redact_for_ever(store: Store, say: Acknowledged) -> None:
    """Add something that must not stay, and redact it."""
    for number in count(length(store, "secret.ledger")):
        store.append("secret.ledger", secret(number))
        say("try", "redact", number)
        store.redact("secret.ledger", [number], "gone")
        say("done", "redact", number)


def secret(number: int) -> str:
    return f"CANARY {number:06}." + "z" * (number * 613 % 7000)


def save_until_full(store: Store, say: Acknowledged) -> None:
    """Save until the store refuses, and say how it did."""
    try:
        for turn in range(100_000):
            save_document(store, say, DOCUMENTS[turn % 2])
            add_entries(store, say, LEDGERS[turn % 2], 3)
    except StoreError as error:
        say("refused", type(error).__name__, str(error))
    # On a full disk each kind of save is refused, again and again, and harms nothing.
    for key in (*DOCUMENTS, *LEDGERS) * 5:
        try:
            if key in DOCUMENTS:
                save_document(store, say, key)
            else:
                add_entries(store, say, key, 3)
        except StoreError as error:
            say("refused", type(error).__name__, str(error))


def compete(store: Store, say: Acknowledged, name: str, times: int) -> None:
    """Count up a document and add to a ledger, against others that do the same."""
    for number in range(times):
        store.append("all.ledger", entry_of(name, number), entry_of(name, number + 1000))
        say("done", "append", name, number)
        while True:
            try:
                before, version = now(store, "count.toml")
                store.put("count.toml", text_of("count.toml", before + 1), if_version=version)
                break
            except ConflictError:
                say("conflict")
        say("done", "count", name, number)


def kill_at(step: int, how: str) -> None:
    """Let this process kill itself before, after or in the middle of a call of the system."""
    calls = count(1)

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if (how == "half" and name != "write") or next(calls) != step:
                return real(*arguments, **named)
            try:
                if how == "half":
                    _write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                elif how == "after":
                    real(*arguments, **named)
            finally:
                die()

        return call

    for name in STEPS:
        setattr(os, name, watched(name, getattr(os, name)))


def die() -> NoReturn:
    _kill(_getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


WORK: dict[str, Callable[..., None]] = {
    work.__name__: work for work in (save_for_ever, save_once_of_each, redact_for_ever, save_until_full, compete)
}


def commands() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main(opener: str) -> None:
    module, _, name = opener.partition(":")
    open_store: Callable[[str], Store] = getattr(import_module(module), name)
    # What a save imports is imported once, not by each child anew.
    with TemporaryDirectory() as room:
        open_store(str(Path(room) / "store")).append("a.ledger", "one")
    for command in commands():
        children: list[int] = []
        for say in command["say"]:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    store, acknowledged = open_store(command["root"]), Acknowledged(say)
                    if "step" in command:
                        kill_at(command["step"], command["how"])
                    WORK[command["work"]](store, acknowledged, *command.get("with", {}).get(say, ()))
                    status = 0
                finally:
                    os._exit(status)
            children.append(child)
        sys.stdout.write(json.dumps(children) + "\n")
        sys.stdout.flush()
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(ends) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
