"""Ledgers of a store: one for each pupil and one for the school, which only grow.

A record is begun by one entry, and restated by later ones of the same kind; nothing is edited. An index says whose
ledger is which number, so that no key of a store tells of a pupil.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, TypeVar

from attrs import field, frozen

from attendance_core.documents.store import Store
from attendance_core.errors import (
    ConflictError,
    DamagedDocumentError,
    DocumentError,
    Fault,
    MissingDocumentError,
    SupportError,
)
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import Entry, PupilKey, Record, Tombstone
from attendance_core.support.entries import ERASED, entry_line, read_entries, tombstone_line, without_pupil
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS

E = TypeVar("E", bound=Event)

_FOLDER: Final = "support/"
INDEX: Final = f"{_FOLDER}index.ledger"
SCHOOL: Final = "school"
_TRIES = 50


@frozen(kw_only=True)
class Ledger:
    """What is written about one pupil, or about the school.

    Attributes:
        name: Its number, or ``school``.
        who: The pupil; None for the school log.
        entries: Its entries, oldest first, of the kinds that were read.
    """

    name: str
    who: PupilKey | None = None
    entries: tuple[Entry[Event] | Tombstone, ...] = field(repr=False)

    def records(self, cls: type[E], as_of: date | None = None) -> tuple[Record[E], ...]:
        """Return the records of a kind as they stand, in the order in which they were begun.

        Args:
            cls: The class of the events.
            as_of: Leave out what was written later; None: nothing is left out.
        """
        chains: dict[int, list[Entry[Any]]] = {}
        for entry in self.entries:
            if isinstance(entry, Tombstone) or (as_of is not None and entry.written_on > as_of):
                continue
            begun = entry.id.place if entry.revises is None else entry.revises
            if entry.revises is None and isinstance(entry.event, cls):
                chains[begun] = [entry]
            elif begun in chains:
                chains[begun].append(entry)
        return tuple(
            Record(id=EventId(ledger=self.name, place=place), event=chain[-1].event, history=tuple(chain))
            for place, chain in chains.items()
            if chain[-1].event is not None
        )

    def later(self, as_of: date) -> int:
        """Return how many entries were written after a day, and so are left out of what is known on it."""
        return sum(1 for entry in self.entries if isinstance(entry, Entry) and entry.written_on > as_of)


class Ledgers:
    """The ledgers of a store.

    Args:
        store: Where they lie; a host may bring its own.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._numbers: dict[PupilKey, int] = {}
        self._schools: set[str] = set()
        self._read = 0

    def add(self, who: PupilKey, event: Event, *, written_on: date, by: str) -> EventId:
        """Write an event into a pupil's ledger, and return where it lies; returning is the acknowledgement.

        Raises:
            SupportError: If it is no event of a pupil, nobody wrote it, or a school is given, and the ledger was begun
                without one.
            StoreError: If it cannot be written.
        """
        return self._write(who, event, None, written_on, by, "")

    def revise(self, id: EventId, event: Event | None, *, written_on: date, by: str, why: str = "") -> EventId:
        """Restate a record of a pupil or of the school, or take it back; the earlier entries stay.

        Args:
            id: The record, by any of its entries.
            event: What it says now, of the same kind; None: it is taken back, and why must be said.
            written_on: The day on which this is written.
            by: Who writes it.
            why: Why.

        Raises:
            SupportError: If there is no such record, it is of another kind, or a reason is missing.
            StoreError: If it cannot be written.
        """
        return self._write(id.ledger, event, id.place, written_on, by, why)

    def note(self, event: Event, *, written_on: date, by: str) -> EventId:
        """Write an event into the school log.

        Raises:
            SupportError: If it is no event of the school, or nobody wrote it.
            StoreError: If it cannot be written.
        """
        return self._write(SCHOOL, event, None, written_on, by, "")

    def of(self, who: PupilKey) -> Ledger:
        """Return a pupil's ledger; an empty one if nothing is written.

        In a store of one school it is found without the school's id too.

        Raises:
            SupportError: If it was begun without a school, and one is given.
        """
        number = self._find(who)
        lines = () if number is None else self._lines(_key(str(number)))
        if lines and _erased(lines[0]):
            # Somebody else erased it since the index was read; by now there may be a new one.
            self._forget()
            number = self._find(who)
            lines = () if number is None else self._lines(_key(str(number)))
        name = "" if number is None else str(number)
        return Ledger(name=name, who=who, entries=read_entries(lines, name, PUPIL_EVENTS))

    def school(self) -> Ledger:
        """Return the school log."""
        return Ledger(name=SCHOOL, entries=read_entries(self._lines(_key(SCHOOL)), SCHOOL, SCHOOL_EVENTS))

    def all(self, *kinds: type[Event], holding: Mapping[type[Event], str] = MappingProxyType({})) -> Iterator[Ledger]:
        """Return the ledgers of all pupils, with the entries of some kinds; of all kinds without any.

        Args:
            *kinds: The kinds.
            holding: By kind, a text of which the line of an entry must have some for its record to be read.
        """
        texts = {cls.kind: text for cls, text in holding.items()}
        wanted = {cls.kind for cls in kinds} or None
        self._forget()
        whose = self._whose()
        lines = self.store.ledgers(_FOLDER)
        for number, who in whose.items():
            name = str(number)
            mine = lines.get(_key(name), ())
            yield Ledger(name=name, who=who, entries=read_entries(mine, name, PUPIL_EVENTS, wanted, texts))

    def pupils(self) -> tuple[PupilKey, ...]:
        """Return whose ledgers there are, in the order in which they were begun."""
        self._forget()
        return tuple(self._whose().values())

    def whose(self, id: EventId) -> PupilKey:
        """Return the pupil in whose ledger an event lies.

        Raises:
            SupportError: If there is no such ledger.
        """
        self._forget()
        found = self._whose().get(int(id.ledger)) if id.ledger != SCHOOL else None
        if found is None:
            raise _no_record(id.ledger, id.place)
        return found

    def beside(self, who: PupilKey, *kinds: type[Event]) -> Iterator[Ledger]:
        """Return the ledgers of the other pupils of a pupil's school, as `all` does."""
        mine = self._find(who)
        for ledger in self.all(*kinds):
            if ledger.who is not None and ledger.name != str(mine) and self._together(who, ledger.who):
                yield ledger

    def _together(self, one: PupilKey, other: PupilKey) -> bool:
        """Say whether two pupils are of one school; where one alone is named, whoever names none is of it."""
        return one.school_id == other.school_id or len(self._schools | ({one.school_id} - {""})) == 1

    def erase(self, who: PupilKey, stone: Tombstone) -> int:
        """Put a tombstone in the place of every entry about a pupil, and return how many entries were erased.

        What other ledgers of the school say of the pupil as a brother or sister goes too. A second call finds nothing.
        Whether anything may be erased is asked elsewhere (`support.retention`).

        Raises:
            StoreError: If it cannot be written; call it again then.
        """
        self._forget()
        number = self._find(who)
        erased = 0
        if number is not None:
            erased = self._bury(_key(str(number)), stone)
        for other, theirs in self._whose().items():
            if other == number or not self._together(who, theirs):
                continue
            key = _key(str(other))
            for place, line in enumerate(self._lines(key)):
                shorter = without_pupil(line, who.pupil_id)
                if shorter is not None:
                    self.store.redact(key, [place], shorter)
                    self._stay_buried(key)
        if number is not None:
            # The index goes last: until then, a call that was cut off can be made again.
            self.store.redact(INDEX, [number], tombstone_line(stone))
        self._forget()
        return erased

    def _bury(self, key: str, stone: Tombstone) -> int:
        """Put tombstones over a ledger, so that nobody writes into it any more."""
        erased = 0
        for _ in range(_TRIES):
            lines = self._lines(key)
            standing = [at for at, line in enumerate(lines) if not _erased(line)]
            if standing:
                self.store.redact(key, standing, tombstone_line(stone))
                erased += len(standing)
            try:
                # One more entry: whoever read the ledger before, and writes now, meets a conflict and reads it again.
                self.store.append(key, tombstone_line(stone), if_length=len(lines))
            except ConflictError:
                continue
            return erased
        raise _busy("ledger")

    def _stay_buried(self, key: str) -> None:
        """Put tombstones back where a line was put right in a ledger that somebody else erased at the same time."""
        first, *rest = self._lines(key)
        if _erased(first):
            self.store.redact(key, [at for at, line in enumerate(rest, start=1) if not _erased(line)], first)

    def _write(
        self, to: PupilKey | str, event: Event | None, revises: int | None, written_on: date, by: str, why: str
    ) -> EventId:
        _check(to, event, by, why, revises)
        for _ in range(_TRIES):
            # Nothing is read of a ledger that is just begun: a store looks long for what is not there.
            name, new = (to, False) if isinstance(to, str) else self._number(to)
            lines = () if new else self._lines(_key(name))
            if lines and _erased(lines[0]) and isinstance(to, PupilKey):
                self._forget()
                if self._find(to) == int(name):
                    raise SupportError(
                        Fault("ledger", "erasing it was begun and cut off", "", "Erase it again, then write")
                    )
                continue
            begun = None if revises is None else _begun(lines, name, revises, event)
            id = EventId(ledger=name, place=len(lines))
            entry: Entry[Event] = Entry(id=id, written_on=written_on, by=by, event=event, revises=begun, why=why)
            try:
                self.store.append(_key(name), entry_line(entry), if_length=len(lines))
            except ConflictError:
                continue
            return id
        raise _busy("ledger")

    def _number(self, who: PupilKey) -> tuple[str, bool]:
        """Return the name of a pupil's ledger, and whether it was given just now."""
        new = False
        for _ in range(_TRIES):
            found = self._find(who)
            if found is not None:
                return str(found), new
            line = json.dumps({"pupil": who.pupil_id, "school": who.school_id}, ensure_ascii=False)
            try:
                self.store.append(INDEX, line, if_length=self._read)
            except ConflictError:
                continue
            new = True
        raise _busy("index of ledgers")

    def _find(self, who: PupilKey) -> int | None:
        if who not in self._numbers:
            self._whose()
        found = self._numbers.get(who)
        if found is not None or (who.school_id and not self._schools <= {who.school_id}):
            return found
        if who.school_id:
            if PupilKey(pupil_id=who.pupil_id) in self._numbers:
                # Perhaps it is another child, of a school whose id nobody ever gave: a person has to say.
                raise SupportError(
                    Fault("pupil", "has a ledger that was begun without a school", "no school", "Leave --school out")
                )
            return None
        # Where one school is named, whoever names none means it.
        alone = self._schools if len(self._schools) == 1 else ()
        return next((self._numbers.get(PupilKey(pupil_id=who.pupil_id, school_id=school)) for school in alone), None)

    def _whose(self) -> dict[int, PupilKey]:
        try:
            lines = self.store.entries(INDEX, start=self._read)
        except MissingDocumentError:
            lines = ()
        for number, line in enumerate(lines, start=self._read):
            if not _erased(line):
                who = _pupil(line, number)
                self._numbers[who] = number
                self._schools |= {who.school_id} - {""}
        self._read += len(lines)
        return {number: who for who, number in self._numbers.items()}

    def _forget(self) -> None:
        self._numbers, self._schools, self._read = {}, set(), 0

    def _lines(self, key: str) -> tuple[str, ...]:
        try:
            return self.store.entries(key)
        except MissingDocumentError:
            return ()


def _key(name: str) -> str:
    return f"{_FOLDER}{name}.ledger"


def _erased(line: str) -> bool:
    return line.startswith(f'{{"kind":"{ERASED}"')


def _pupil(line: str, number: int) -> PupilKey:
    try:
        data = json.loads(line)
        if set(data) == {"pupil", "school"} and all(isinstance(value, str) for value in data.values()):
            return PupilKey(pupil_id=data["pupil"], school_id=data["school"])
    except (ValueError, TypeError, RecursionError, DocumentError):
        pass
    raise DamagedDocumentError(
        Fault(f"index of ledgers: entry {number}", "names no pupil", "", "Put the store back from a backup")
    )


def _busy(what: str) -> SupportError:
    return SupportError(Fault(what, f"others wrote into it {_TRIES} times while this was tried", "", "Try again"))


def _check(to: PupilKey | str, event: Event | None, by: str, why: str, revises: int | None) -> None:
    """Refuse what may not be written, with every fault."""
    faults: list[Fault] = []
    known = SCHOOL_EVENTS if to == SCHOOL else PUPIL_EVENTS
    place = "school log" if to == SCHOOL else "pupil's ledger"
    if event is not None and known.get(event.kind) is not type(event):
        faults.append(Fault("event", f"{event.kind!r} has no place in the {place}", "", "Write it where it belongs"))
    if not by.strip():
        faults.append(Fault("by", "nobody wrote it", "a role or a name", "Say who writes"))
    if event is None and not why.strip():
        faults.append(Fault("why", "a record is taken back without a reason", "a reason", "Say why"))
    if faults:
        raise SupportError(*faults)


def _begun(lines: Sequence[str], name: str, place: int, event: Event | None) -> int:
    """Return where the record begins that an entry belongs to.

    Raises:
        SupportError: If there is none there, or it is of another kind.
    """
    known = SCHOOL_EVENTS if name == SCHOOL else PUPIL_EVENTS
    entries = read_entries(lines, name, known)
    entry = entries[place] if 0 <= place < len(entries) else None
    if not isinstance(entry, Entry):
        raise _no_record(name, place)
    first = place if entry.revises is None else entry.revises
    begun = entries[first]
    if not isinstance(begun, Entry) or begun.event is None:  # reading saw to it
        raise _no_record(name, place)
    if event is not None and event.kind != begun.event.kind:
        raise SupportError(
            Fault(
                f"record {name}.{first}",
                f"is a {begun.event.kind}, and no {event.kind}",
                "",
                "Restate it as what it is",
            )
        )
    return first


def _no_record(name: str, place: int) -> SupportError:
    return SupportError(Fault(f"record {name}.{place}", "is not there", "", "Copy its id from a list"))
