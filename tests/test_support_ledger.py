"""Ledgers of a store: against a plain list, with two writers, through erasing, and with what nobody should write."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from attendance_core.documents.file_store import FileStore
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.documents.store import Store
from attendance_core.errors import DamagedDocumentError, SupportError
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import Entry, ErasureGround, PupilKey, Tombstone
from attendance_core.model.school_log import SchoolActivity
from attendance_core.model.support_contacts import Contact, SupportOffer
from attendance_core.model.support_happenings import Transition
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS
from attendance_core.support.ledger import INDEX, SCHOOL, Ledgers
from attendance_core.support.writing import build_event
from tests.events import WRITTEN, events

FIRST = date(2025, 9, 1)
#: Two schools that use one id for different children, and a child whose id is nothing like a file's name.
PUPILS = (
    PupilKey(pupil_id="Zacharias/1", school_id="A"),
    PupilKey(pupil_id="Zacharias/1", school_id="B"),
    PupilKey(pupil_id="Zacharias 2", school_id="A"),
)
STONE = Tombstone(erased_on=date(2026, 9, 1), ground=ErasureGround.REQUEST, by="data protection officer")
#: Few kinds, so that records of one kind meet others of the same; transitions name brothers and sisters.
SOME = ("offer", "contact", "plan", "transition")
OFFER = SupportOffer(on=FIRST, what="breakfast club")
EVENTS = st.sampled_from(SOME).flatmap(events).map(
    lambda one: evolve(one, siblings=("Zacharias 2",)) if isinstance(one, Transition) and one.incoming else one
)  # fmt: skip


def sound(kind: str) -> Any:
    return build_event((PUPIL_EVENTS | SCHOOL_EVENTS)[kind], WRITTEN[kind])


@define
class Row:
    """One entry as the model keeps it."""

    ledger: object
    written_on: date
    by: str
    event: Event | None
    of: int | None = None
    why: str = ""


@define
class Book:
    """A ledger as the model keeps it; None for what was erased."""

    rows: list[Row] = field(factory=list)
    ids: list[EventId] = field(factory=list)

    def standing(self, as_of: date | None = None) -> list[tuple[EventId, Event, int]]:
        found = []
        for at, row in enumerate(self.rows):
            if row.of is not None or (as_of and row.written_on > as_of):
                continue
            chain = [row, *(one for one in self.rows if one.of == at and not (as_of and one.written_on > as_of))]
            if chain[-1].event is not None:
                found.append((self.ids[at], chain[-1].event, len(chain)))
        return found


class LedgerMachine(RuleBasedStateMachine):
    """Two `Ledgers` over one store, beside plain lists."""

    ids: Bundle[tuple[object, int, int]] = Bundle("ids")
    make: Callable[[Path], Store]

    @initialize()
    def open(self) -> None:
        self.room = Path(mkdtemp())
        self.store = type(self).make(self.room)
        self.writers = [Ledgers(self.store), Ledgers(self.store)]
        self.books: dict[object, Book] = {}
        self.epoch: dict[object, int] = {}
        self.before: dict[str, tuple[str, ...]] = {}
        self.erasing = False

    def teardown(self) -> None:
        shutil.rmtree(self.room, ignore_errors=True)

    def book(self, whose: object) -> Book:
        return self.books.setdefault(whose, Book())

    @rule(
        target=ids, writer=st.integers(0, 1), who=st.sampled_from(PUPILS), event=EVENTS,
        days=st.integers(0, 5), by=st.sampled_from(["tutor", "head of year"]),
    )  # fmt: skip
    def add(self, writer: int, who: PupilKey, event: Event, days: int, by: str) -> Any:
        day = FIRST + timedelta(days)
        id = self.writers[writer].add(who, event, written_on=day, by=by)
        book = self.book(who)
        assert id not in book.ids
        assert id.place == len(book.rows)
        book.rows.append(Row(who, day, by, event))
        book.ids.append(id)
        return (who, len(book.rows) - 1, self.epoch.get(who, 0))

    @rule(target=ids, writer=st.integers(0, 1), event=events("circulated"), days=st.integers(0, 5))
    def note(self, writer: int, event: Event, days: int) -> Any:
        day = FIRST + timedelta(days)
        id = self.writers[writer].note(event, written_on=day, by="head")
        book = self.book(SCHOOL)
        assert (id.ledger, id.place) == (SCHOOL, len(book.rows))
        book.rows.append(Row(SCHOOL, day, "head", event))
        book.ids.append(id)
        return (SCHOOL, len(book.rows) - 1, 0)

    @rule(
        target=ids, writer=st.integers(0, 1), id=ids, retract=st.booleans(), data=st.data(), days=st.integers(0, 5),
    )  # fmt: skip
    def revise(self, writer: int, id: tuple[object, int, int], retract: bool, data: st.DataObject, days: int) -> Any:
        whose, at, epoch = id
        book = self.book(whose)
        if epoch != self.epoch.get(whose, 0):
            return multiple()
        row = book.rows[at]
        first = at if row.of is None else row.of
        begun = book.rows[first].event
        assert begun is not None
        event = None if retract else data.draw(events(begun.kind))
        day = FIRST + timedelta(days)
        written = self.writers[writer].revise(book.ids[at], event, written_on=day, by="tutor", why="a slip")
        assert written.place == len(book.rows)
        book.rows.append(Row(whose, day, "tutor", event, of=first, why="a slip"))
        book.ids.append(written)
        return (whose, len(book.rows) - 1, epoch)

    @rule(writer=st.integers(0, 1), who=st.sampled_from(PUPILS))
    def erase(self, writer: int, who: PupilKey) -> None:
        self.erasing = True
        standing = len(self.book(who).rows)
        assert self.writers[writer].erase(who, STONE) == standing
        self.books[who] = Book()
        self.epoch[who] = self.epoch.get(who, 0) + 1
        for other, book in self.books.items():
            if isinstance(other, PupilKey) and other.school_id == who.school_id:
                for row in book.rows:
                    if isinstance(row.event, Transition):
                        kept = tuple(one for one in row.event.siblings if one != who.pupil_id)
                        row.event = evolve(row.event, siblings=kept)

    @rule(who=st.sampled_from(PUPILS), days=st.integers(-1, 6), writer=st.integers(0, 1))
    def as_of(self, who: PupilKey, days: int, writer: int) -> None:
        day = FIRST + timedelta(days)
        ledger = self.writers[writer].of(who)
        book = self.book(who)
        records = ledger.records(Event, day)
        assert [(one.id, one.event, len(one.history)) for one in records] == book.standing(day)
        assert ledger.later(day) == sum(row.written_on > day for row in book.rows)
        for cls in (SupportOffer, Contact):
            mine = [(one.id, one.event) for one in ledger.records(cls, day)]
            assert mine == [(id, event) for id, event, _ in book.standing(day) if isinstance(event, cls)]

    @rule(writer=st.sampled_from([0, 1, None]))
    def all(self, writer: int | None) -> None:
        """Asked now and then, and of a new one too: what one remembers of the index may be old in between."""
        ledgers = Ledgers(self.store) if writer is None else self.writers[writer]
        begun = {who for who in PUPILS if self.book(who).rows}
        assert set(ledgers.pupils()) == begun
        assert {one.who for one in ledgers.all()} == begun
        for found in ledgers.all(SupportOffer):
            whole = self.book(found.who).standing()
            offers = [(id, event) for id, event, _ in whole if isinstance(event, SupportOffer)]
            assert [(one.id, one.event) for one in found.records(SupportOffer)] == offers

    @invariant()
    def all_is_as_in_the_lists(self) -> None:
        if not hasattr(self, "writers"):
            return
        for ledgers in (*self.writers, Ledgers(self.store)):
            for who in (*PUPILS, SCHOOL):
                ledger = ledgers.school() if isinstance(who, str) else ledgers.of(who)
                book = self.book(who)
                entries = [one for one in ledger.entries if isinstance(one, Entry)]
                assert [(one.written_on, one.by, one.event, one.revises, one.why) for one in entries] == [
                    (row.written_on, row.by, row.event, row.of, row.why) for row in book.rows
                ]
                assert [one.id for one in entries] == book.ids
                assert [(one.id, one.event, len(one.history)) for one in ledger.records(Event)] == book.standing()

    @invariant()
    def no_line_was_edited(self) -> None:
        """Whatever was in the store is still there at its place, unless somebody erased."""
        if not hasattr(self, "writers"):
            return
        now = {key: self.store.entries(key) for key in self.store.list("support/")}
        if not self.erasing:
            for key, lines in self.before.items():
                assert now[key][: len(lines)] == lines
        else:
            assert all(len(now[key]) >= len(lines) for key, lines in self.before.items())
        self.before, self.erasing = now, False

    @invariant()
    def no_key_tells_of_a_pupil(self) -> None:
        if hasattr(self, "writers"):
            assert not any("zacharias" in key.lower() for key in self.store.list())


class MemoryLedgers(LedgerMachine):
    make = staticmethod(lambda room: MemoryStore())


class FileLedgers(LedgerMachine):
    make = staticmethod(lambda room: FileStore(room / "store"))


_SLOW = list(HealthCheck)
TestLedgersInMemory = MemoryLedgers.TestCase
TestLedgersInMemory.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=_SLOW
)
TestLedgersInFiles = FileLedgers.TestCase
TestLedgersInFiles.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=_SLOW
)


@pytest.fixture(params=["memory", "files"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield MemoryStore() if request.param == "memory" else FileStore(tmp_path / "store")


def begun(store: Store) -> Ledgers:
    ledgers = Ledgers(store)
    for who in PUPILS:
        ledgers.add(who, OFFER, written_on=FIRST, by="tutor")
    return ledgers


# -- what nobody may write


def told(call: Callable[[], object]) -> list[str]:
    with pytest.raises(SupportError) as caught:
        call()
    return [str(fault) for fault in caught.value.faults]


def test_what_may_not_be_written_is_told_with_every_fault(store: Store) -> None:
    ledgers = begun(store)
    activity = sound("activity")
    before = {key: store.entries(key) for key in store.list()}
    nobody = "by: nobody wrote it; expected a role or a name. Say who writes."
    place = "'activity' has no place in the pupil's ledger. Write it where it belongs."
    assert told(lambda: ledgers.add(PUPILS[0], activity, written_on=FIRST, by=" ")) == [f"event: {place}", nobody]
    assert told(lambda: ledgers.note(OFFER, written_on=FIRST, by="")) == [
        "event: 'offer' has no place in the school log. Write it where it belongs.",
        nobody,
    ]
    id = EventId(ledger="0", place=0)
    assert told(lambda: ledgers.revise(id, None, written_on=FIRST, by="tutor", why=" ")) == [
        "why: a record is taken back without a reason; expected a reason. Say why."
    ]
    assert told(lambda: ledgers.revise(id, sound("letter"), written_on=FIRST, by="tutor")) == [
        "record 0.0: is a offer, and no letter. Restate it as what it is."
    ]
    assert {key: store.entries(key) for key in store.list()} == before


@pytest.mark.parametrize("id", ["0.1", "7.0", "school.0", "2.9"])
def test_a_record_that_is_not_there_is_told(store: Store, id: str) -> None:
    ledgers = begun(store)
    event = sound("activity") if id.startswith(SCHOOL) else OFFER
    says = [f"record {id}: is not there. Copy its id from a list."]
    assert told(lambda: ledgers.revise(EventId.parse(id), event, written_on=FIRST, by="tutor")) == says
    if id not in ("0.1", "2.9"):
        assert told(lambda: ledgers.whose(EventId.parse(id))) == says


def test_an_event_leads_to_its_pupil(store: Store) -> None:
    ledgers = begun(store)
    assert [ledgers.whose(EventId.parse(f"{at}.0")) for at in range(3)] == list(PUPILS)


def test_a_subclass_of_a_host_is_no_event_of_a_ledger(store: Store) -> None:
    class Own(SupportOffer):
        pass

    (fault,) = told(lambda: Ledgers(store).add(PUPILS[0], Own(on=FIRST, what="x"), written_on=FIRST, by="tutor"))
    assert "has no place in the pupil's ledger" in fault


# -- others who write at the same time


class Busy(MemoryStore):
    """A store into which somebody else writes just before each of our additions to some ledgers."""

    def __init__(self, suffix: str, times: int) -> None:
        super().__init__()
        self.suffix, self.times = suffix, times

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        if key.endswith(self.suffix) and self.times and entries:
            self.times -= 1
            super().append(key, *entries)
        return super().append(key, *entries, if_length=if_length)


@pytest.mark.parametrize("suffix", [INDEX, "/0.ledger"])
def test_a_writer_goes_behind_others_and_gives_up_when_they_do_not_stop(suffix: str) -> None:
    store = Busy(suffix, 3)
    Ledgers(store).add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")
    assert [record.event for record in Ledgers(store).of(PUPILS[0]).records(SupportOffer)][-1] == OFFER
    store = Busy(suffix, -1)
    what = "index of ledgers" if suffix == INDEX else "ledger"
    if suffix == INDEX:
        # The other writes the same pupil, so the index holds it at once.
        Ledgers(store).add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")
        return
    assert told(lambda: Ledgers(store).add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")) == [
        f"{what}: others wrote into it 50 times while this was tried. Try again."
    ]


class Crowded(MemoryStore):
    """A store in whose index others begin ledgers without end."""

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        if key == INDEX:
            other = json.dumps({"pupil": f"other {len(self._ledgers.get(INDEX, ()))}", "school": ""})
            super().append(key, other)
        return super().append(key, *entries, if_length=if_length)


def test_an_index_that_never_rests_is_told() -> None:
    assert told(lambda: Ledgers(Crowded()).add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")) == [
        "index of ledgers: others wrote into it 50 times while this was tried. Try again."
    ]


class Interrupted(MemoryStore):
    """A store in which something happens before or after a number of calls of one kind."""

    def __init__(self) -> None:
        super().__init__()
        self.happen: dict[str, Callable[[], object]] = {}

    def _now(self, name: str, key: str) -> None:
        happens = self.happen.pop(f"{name} {key}", None)
        if happens is not None:
            happens()

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        self._now("append", key)
        return super().append(key, *entries, if_length=if_length)

    def redact(self, key: str, positions: Any, entry: str) -> None:
        self._now("redact", key)
        super().redact(key, positions, entry)


def test_what_is_written_while_a_ledger_is_erased_lies_in_a_new_one_or_is_erased() -> None:
    """A writer has read the ledger; then it is erased; then the writer writes."""
    store = Interrupted()
    first, second = begun(store), Ledgers(store)
    store.happen["append support/0.ledger"] = lambda: second.erase(PUPILS[0], STONE)
    id = first.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")
    assert id == EventId(ledger="3", place=0)
    assert [one.event for one in second.of(PUPILS[0]).records(SupportOffer)] == [OFFER]
    assert all(not isinstance(one, Entry) for one in first.of(PUPILS[1]).entries[1:])
    assert "Zacharias/1" not in "".join(store.entries("support/0.ledger"))


def test_erasing_takes_what_comes_between_reading_and_burying() -> None:
    store = Interrupted()
    first, second = begun(store), Ledgers(store)

    def write() -> None:
        second.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")

    store.happen["redact support/0.ledger"] = write
    assert first.erase(PUPILS[0], STONE) == 2
    assert second.of(PUPILS[0]).records(Event) == ()
    assert all(line.startswith('{"kind":"erased"') for line in store.entries("support/0.ledger"))


def test_a_brother_erased_at_the_same_time_stays_erased() -> None:
    store = Interrupted()
    first, second = begun(store), Ledgers(store)
    first.add(PUPILS[0], evolve(sound("transition"), siblings=("Zacharias 2",)), written_on=FIRST, by="t")
    store.happen["redact support/0.ledger"] = lambda: second.erase(PUPILS[0], STONE)
    first.erase(PUPILS[2], STONE)
    assert all(line.startswith('{"kind":"erased"') for line in store.entries("support/0.ledger"))


class CutOffError(Exception):
    """The end of the process."""


@pytest.mark.parametrize("at", ["redact support/0.ledger", "append support/0.ledger", f"redact {INDEX}"])
def test_erasing_that_was_cut_off_can_be_made_again_and_until_then_nobody_writes(at: str) -> None:
    store = Interrupted()
    first, second = begun(store), Ledgers(store)

    def stop() -> None:
        raise CutOffError

    store.happen[at] = stop
    with pytest.raises(CutOffError):
        first.erase(PUPILS[0], STONE)
    if at == "redact support/0.ledger":
        second.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")
    else:
        assert told(lambda: second.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")) == [
            "ledger: erasing it was begun and cut off. Erase it again, then write."
        ]
        assert second.of(PUPILS[0]).records(Event) == ()
    second.erase(PUPILS[0], STONE)
    assert second.of(PUPILS[0]).records(Event) == ()
    assert "Zacharias/1" not in "".join(line for key in store.list() for line in store.entries(key)).replace(
        json.dumps({"pupil": "Zacharias/1", "school": "B"}), ""
    )
    assert first.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor").place == 0


def test_no_entry_of_another_writer_changes_what_was_acknowledged(store: Store) -> None:
    first, second = Ledgers(store), Ledgers(store)
    a = first.add(PUPILS[0], OFFER, written_on=FIRST, by="a")
    b = second.add(PUPILS[1], OFFER, written_on=FIRST, by="b")
    c = first.add(PUPILS[1], OFFER, written_on=FIRST, by="c")
    assert [str(one) for one in (a, b, c)] == ["0.0", "1.0", "1.1"]


# -- erasing


def everything(store: Store) -> str:
    if isinstance(store, FileStore):
        return "".join(path.read_bytes().decode() for path in store.root.rglob("*") if path.is_file())
    return "".join(line for key in store.list() for line in (key, *store.entries(key)))


def test_nothing_of_an_erased_pupil_is_left_in_the_store(store: Store) -> None:
    ledgers = Ledgers(store)
    who, other = PupilKey(pupil_id="P-77"), PupilKey(pupil_id="P-78")
    for kind in PUPIL_EVENTS:
        event = sound(kind)
        ledgers.add(
            who, evolve(event, siblings=()) if isinstance(event, Transition) else event, written_on=FIRST, by="Mx Q"
        )
    ledgers.add(other, evolve(sound("transition"), siblings=("P-77", "P-79")), written_on=FIRST, by="tutor")
    ledgers.add(other, OFFER, written_on=FIRST, by="tutor")
    ledgers.note(SchoolActivity(activity="assembly", on=FIRST), written_on=FIRST, by="head")  # type: ignore[arg-type]
    kept = ledgers.of(other).records(SupportOffer), ledgers.school()
    assert ledgers.erase(who, STONE) == len(PUPIL_EVENTS)
    left = everything(store)
    for text in ("P-77", "Mx Q", "problem-solving", "Ring on Mondays", "2025-10-12", "asthma"):
        assert text not in left
    assert "P-78" in left
    (transition,) = Ledgers(store).of(other).records(Transition)
    assert transition.event.siblings == ("P-79",)
    assert (ledgers.of(other).records(SupportOffer), ledgers.school()) == kept
    assert store.check() == ()
    assert ledgers.erase(who, STONE) == 0
    assert ledgers.of(who).records(Event) == ()


def test_brothers_and_sisters_of_another_school_are_not_touched(store: Store) -> None:
    ledgers = Ledgers(store)
    for school in "AB":
        who = PupilKey(pupil_id="9", school_id=school)
        ledgers.add(who, evolve(sound("transition"), siblings=("7",)), written_on=FIRST, by="tutor")
    # The pupil has no ledger, and is named in others all the same.
    assert ledgers.erase(PupilKey(pupil_id="7", school_id="A"), STONE) == 0
    found = {one.who.school_id: one.records(Transition)[0].event.siblings for one in ledgers.all() if one.who}
    assert found == {"A": (), "B": ("7",)}


def test_in_a_store_of_one_school_a_ledger_is_found_without_its_id_and_never_begun_twice(store: Store) -> None:
    ledgers = Ledgers(store)
    named, plain = PupilKey(pupil_id="7", school_id="A"), PupilKey(pupil_id="8")
    first = ledgers.add(named, OFFER, written_on=FIRST, by="tutor")
    second = ledgers.add(PupilKey(pupil_id="7"), OFFER, written_on=FIRST, by="tutor")
    assert (first.ledger, second.place) == (second.ledger, 1)
    assert ledgers.of(PupilKey(pupil_id="7")).entries == ledgers.of(named).entries
    ledgers.add(plain, OFFER, written_on=FIRST, by="tutor")
    for call in (
        lambda who: ledgers.add(who, OFFER, written_on=FIRST, by="tutor"),
        ledgers.of,
        lambda who: ledgers.erase(who, STONE),
    ):
        with pytest.raises(SupportError, match=r"begun without a school; expected no school\. Leave --school out"):
            call(evolve(plain, school_id="A"))
    assert [len(one.entries) for one in ledgers.all()] == [2, 1]
    # With a second school, whoever names none is nobody's.
    ledgers.add(PupilKey(pupil_id="7", school_id="B"), OFFER, written_on=FIRST, by="tutor")
    assert ledgers.of(PupilKey(pupil_id="7")).entries == ()
    assert ledgers.add(evolve(plain, school_id="A"), OFFER, written_on=FIRST, by="tutor").place == 0


def test_brothers_and_sisters_of_a_store_of_one_school_are_found_however_it_was_begun(store: Store) -> None:
    ledgers = Ledgers(store)
    naming = evolve(sound("transition"), siblings=("7",))
    for who in (PupilKey(pupil_id="9", school_id="A"), PupilKey(pupil_id="10")):
        ledgers.add(who, naming, written_on=FIRST, by="tutor")
    assert {one.name for one in ledgers.beside(PupilKey(pupil_id="7"))} == {"0", "1"}
    assert [one.name for one in ledgers.beside(PupilKey(pupil_id="9"))] == ["1"]
    ledgers.erase(PupilKey(pupil_id="7"), STONE)
    assert {one.records(Transition)[0].event.siblings for one in ledgers.all()} == {()}


def test_who_comes_back_is_found_by_whoever_knew_the_erased_ledger(store: Store) -> None:
    ledgers, other = begun(store), Ledgers(store)
    assert other.of(PUPILS[0]).records(SupportOffer)
    ledgers.erase(PUPILS[0], STONE)
    ledgers.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")
    assert [str(one.id) for one in other.of(PUPILS[0]).records(SupportOffer)] == ["3.0"]


def test_who_comes_back_after_erasing_begins_anew(store: Store) -> None:
    ledgers, other = begun(store), Ledgers(store)
    assert other.of(PUPILS[0]).records(SupportOffer)
    ledgers.erase(PUPILS[0], STONE)
    assert other.of(PUPILS[0]).records(Event) == ()
    assert PUPILS[0] not in other.pupils()
    assert str(other.add(PUPILS[0], OFFER, written_on=FIRST, by="tutor")) == "3.0"
    assert [str(one.id) for one in ledgers.of(PUPILS[0]).records(Event)] == ["3.0"]


# -- a store that holds something else


@pytest.mark.parametrize(
    "line",
    ["", "x", "[]", "{}", '{"pupil":3,"school":""}', '{"pupil":" ","school":""}', '{"pupil":"a"}', "[" * 200_000],
)
def test_an_index_that_names_no_pupil_is_damage(line: str) -> None:
    store = MemoryStore()
    ledgers = begun(store)
    store.append(INDEX, line)
    for ask in (ledgers.pupils, lambda: Ledgers(store).of(PUPILS[0]), lambda: list(ledgers.all())):
        with pytest.raises(DamagedDocumentError) as caught:
            ask()
        assert str(caught.value) == "index of ledgers: entry 3: names no pupil. Put the store back from a backup."


def test_a_damaged_ledger_is_told_by_number_and_nothing_is_added_to_a_record_of_it() -> None:
    store = MemoryStore()
    ledgers = begun(store)
    store.append("support/1.ledger", "Zacharias")
    with pytest.raises(DamagedDocumentError, match=r"^ledger 1: entry 1: is no entry of this ledger"):
        ledgers.of(PUPILS[1])
    with pytest.raises(DamagedDocumentError):
        ledgers.revise(EventId.parse("1.0"), OFFER, written_on=FIRST, by="tutor")
    assert len(ledgers.of(PUPILS[0]).entries) == 1


def test_no_repr_of_a_ledger_tells_of_whom(store: Store) -> None:
    ledgers = begun(store)
    told = repr((ledgers, ledgers.of(PUPILS[0]), ledgers.pupils(), list(ledgers.all()), ledgers.school()))
    assert "Zacharias" not in told
    assert "breakfast" not in told
