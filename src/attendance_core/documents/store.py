"""What a store of documents promises: versions, no lost change, and nothing lost that was acknowledged."""

import re
from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from attendance_core.errors import ConflictError, Fault, MissingDocumentError, StoreError, alike

#: Endings of keys: what is saved whole, and what only grows.
DOCUMENTS = (".toml", ".json")
LEDGERS = (".ledger",)

_FOLDER = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in range(10))}
_LONGEST = 200
_MANY = 500


@frozen(kw_only=True)
class Stored:
    """A document as a store holds it.

    Attributes:
        key: Its name in the store.
        text: Its text, exactly as it was saved.
        version: A text that is another one as soon as the document has changed; it has no meaning beside that.
    """

    key: str
    text: str = field(repr=False)
    version: str


@runtime_checkable
class Store(Protocol):
    """A place that keeps documents and ledgers; a host may bring its own.

    A **document** is a text that is saved whole; its key ends in ``.toml`` or ``.json``.
    A **ledger** is a list of entries that only grows, each one line of text; its key ends in ``.ledger``.

    A key is one or more names joined by ``/``, such as ``audits/2025-autumn.toml``, 200 characters at most.
    A name has 1 to 100 lower-case letters, digits, hyphens and underscores, in the last name also dots, and a letter
    or digit at each end.
    Keys stand in messages and in names of files, so no key holds a pupil's name or id.

    Every call happens whole or not at all, whatever else happens at that moment, the end of the process included.
    When a call that changes something returns, the change is kept: that is its acknowledgement.
    When it raises ``ConflictError``, ``MissingDocumentError`` or ``DamagedDocumentError``, nothing has changed.
    When it raises any other ``StoreError``, or never returns, the change is there whole or not at all; read to know.

    Calls may come from several threads and processes; they happen one after another for each key.
    A store asks no clock for a day or a time, and keeps none.
    """

    def get(self, key: str) -> Stored:
        """Return a document with its version.

        Raises:
            MissingDocumentError: If there is none.
            DamagedDocumentError: If what is there is no text.
            StoreError: If it cannot be read, or the key is none of a document.
        """
        ...

    def put(self, key: str, text: str, *, if_version: str | None) -> str:
        """Save a document, and return its new version.

        Args:
            key: Its name.
            text: All of its text.
            if_version: The version that the change was made on; ``None`` for a document that must not be there yet.

        Raises:
            ConflictError: If another version is there, or none.
            StoreError: If it cannot be written, or the key is none of a document.
        """
        ...

    def delete(self, key: str, *, if_version: str) -> None:
        """Remove a document.

        Raises:
            ConflictError: If another version is there, or none.
            StoreError: If it cannot be removed, or the key is none of a document.
        """
        ...

    def entries(self, key: str, *, start: int = 0) -> tuple[str, ...]:
        """Return the entries of a ledger from a position on; the first has position 0.

        Raises:
            MissingDocumentError: If there is no such ledger.
            DamagedDocumentError: If an entry is not as it was added.
            StoreError: If it cannot be read, or the key is none of a ledger.
        """
        ...

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        """Add entries at the end of a ledger, all or none of them, and return how many it then has.

        A ledger begins with its first entry; without an entry nothing happens.

        Args:
            key: Its name.
            *entries: Lines of text, without a line break.
            if_length: The number of entries that the addition was made on; ``None`` adds to any number.

        Raises:
            ConflictError: If ``if_length`` is given, and the ledger has more entries or fewer.
            DamagedDocumentError: If the end of the ledger is not as it was added.
            StoreError: If it cannot be written, or the key is none of a ledger.
        """
        ...

    def redact(self, key: str, positions: Collection[int], entry: str) -> None:
        """Put one entry in the place of others, so that nothing of those remains in the store.

        Positions and number of the entries stay as they are.
        This is for erasing what must no longer be held; a correction is a further entry.

        Raises:
            MissingDocumentError: If there is no such ledger.
            DamagedDocumentError: If an entry is not as it was added.
            StoreError: If there is no such position, it cannot be written, or the key is none of a ledger.
        """
        ...

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys of documents and ledgers that begin with a text, sorted.

        Raises:
            StoreError: If the store cannot be read.
        """
        ...

    def ledgers(self, prefix: str = "") -> Mapping[str, tuple[str, ...]]:
        """Return the ledgers whose keys begin with a text, by key and sorted, each with all its entries.

        This is for reading many at once. Whether all of them are of the same moment is for the store to say.

        Raises:
            DamagedDocumentError: If an entry is not as it was added; with a fault for each ledger.
            StoreError: If the store cannot be read.
        """
        ...

    def check(self) -> tuple[Fault, ...]:
        """Read everything, and return what is not as it was saved; an empty answer means that all is well.

        Raises:
            StoreError: If the store cannot be read.
        """
        ...


def check_key(key: str, endings: tuple[str, ...]) -> str:
    """Return a key that is safe as a name of a file on every system.

    Raises:
        StoreError: If it is not, or does not end as asked.
    """
    *folders, last = key.split("/")
    safe = (
        len(key) <= _LONGEST
        and all(_FOLDER.fullmatch(name) for name in folders)
        and _NAME.fullmatch(last)
        and not _DEVICES.intersection(name.partition(".")[0] for name in (*folders, last))
    )
    if not safe:
        raise StoreError(
            Fault(
                f"key {key[:_LONGEST]!r}",
                "is no key of a store",
                "names of lower-case letters, digits, '.', '-' and '_', joined by '/', such as audits/2025-autumn.toml",
                "Name it so",
            )
        )
    if not key.endswith(endings):
        what = "ledger" if endings == LEDGERS else "document"
        raise StoreError(
            Fault(f"key {key!r}", f"is no key of a {what}", f"a name that ends in {' or '.join(endings)}", "Name it so")
        )
    return key


def is_key(name: str) -> bool:
    """Whether a name is one under which a store keeps something."""
    try:
        check_key(name, DOCUMENTS + LEDGERS)
    except StoreError:
        return False
    return True


def encode(key: str, text: str) -> bytes:
    """Return the bytes of a text.

    Raises:
        StoreError: If UTF-8 cannot hold it.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise StoreError(
            Fault(key, f"character {error.start} is half of a pair", "text that UTF-8 can hold", "Take it out")
        ) from None


def encode_entries(key: str, entries: Collection[str]) -> tuple[bytes, ...]:
    """Return the bytes of the entries of a ledger.

    Raises:
        StoreError: With a fault for each that is not one line of text.
    """
    broken = [number for number, entry in enumerate(entries) if "\n" in entry]
    if broken:
        raise StoreError(
            *(Fault(f"{key}: entry {number}", "has a line break", "one line", "Write it as JSON") for number in broken)
        )
    return tuple(encode(f"{key}: entry {number}", entry) for number, entry in enumerate(entries))


def check_positions(key: str, positions: Collection[int], length: int) -> None:
    """Refuse positions that a ledger does not have.

    Raises:
        StoreError: With a fault for each.
    """
    wrong = sorted(position for position in positions if not 0 <= position < length)
    if wrong:
        raise StoreError(
            *(
                Fault(f"{key}: entry {position}", "is not there", f"0 to {length - 1}", "Read the ledger again")
                for position in wrong
            )
        )


def missing(where: str, known: Collection[str] = ()) -> MissingDocumentError:
    """Return the error for a document or ledger that is not there."""
    # Among thousands of keys the search for a like one takes longer than the call.
    near = alike(where, known) if len(known) <= _MANY else ()
    return MissingDocumentError(
        Fault(
            where,
            "there is none",
            "",
            f"Did you mean {near[0]!r}?" if near else "Check the name, or save it first",
        )
    )


def conflict(where: str, wanted: str | None, found: str | None) -> ConflictError:
    """Return the error for a document that is not the one that a change was made on."""
    if wanted is None:
        what, remedy = "is there already", "Read it, or choose another name"
    elif found is None:
        what, remedy = (
            "somebody else has removed it since you read it",
            "Save it as a new document if it is still needed",
        )
    else:
        what = "somebody else has changed it since you read it, and nothing of yours was written"
        remedy = "Read it again, make your change on what is there now, and save that"
    return ConflictError(Fault(where, what, "", remedy))


def length_conflict(key: str, wanted: int, found: int) -> ConflictError:
    """Return the error for a ledger that has grown since it was read."""
    return ConflictError(
        Fault(
            key,
            f"has {found} entries, and the addition was made on {wanted}; nothing of yours was written",
            "",
            "Read the entries since, and add yours if it still holds",
        )
    )
