"""What every store promises, as tests: a class for single promises and a machine that compares with plain dictionaries.

A store is tried by deriving both with a way to open it. Opening again gives another handle on the same content, as
another process would have; a store of memory gives the same one.
"""

import threading
from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from attendance_core.documents.store import Store
from attendance_core.errors import ConflictError, MissingDocumentError, StoreError

Open = Callable[[], Store]

TEXT = "a = 'naïve'\r\n\n\t\u2028\0 \U0001f3eb"
BAD_KEYS = [
    "",
    "/",
    "/etc/x.toml",
    "../x.toml",
    "a/../x.toml",
    "a//x.toml",
    "a/./x.toml",
    ".x.toml",
    "a\\x.toml",
    "c:x.toml",
    "A.toml",
    "é.toml",
    "a b.toml",
    "x.toml/",
    "x.toml\n",
    "x.toml\0",
    "con.toml",
    "aux/x.toml",
    "a.toml/b.toml",
    "x.toml.",
    "x",
    "x.txt",
    "a" * 96 + ".toml",
    "/".join(["abcdefghi"] * 20) + "/x.toml",
]
"""Keys that no store takes for a document."""


class StoreConformance:
    """The promises, one by one. Derive it, with a fixture ``opened`` that gives a way to open an empty store."""

    @pytest.fixture
    def opened(self) -> Open:
        raise NotImplementedError

    @pytest.fixture
    def store(self, opened: Open) -> Store:
        return opened()

    def test_it_is_a_store(self, store: Store) -> None:
        assert isinstance(store, Store)

    def test_an_empty_store_is_empty_and_well(self, store: Store) -> None:
        assert store.list() == ()
        assert store.check() == ()

    def test_a_document_comes_back_exactly(self, store: Store, opened: Open) -> None:
        for number, text in enumerate([TEXT, "", "\ufeff", "x" * 200_000]):
            key = f"a/b{number}.toml"
            version = store.put(key, text, if_version=None)
            for handle in (store, opened()):
                stored = handle.get(key)
                assert (stored.key, stored.text, stored.version) == (key, text, version)

    def test_no_text_stands_in_a_repr(self, store: Store) -> None:
        store.put("a.toml", "CANARY", if_version=None)
        store.append("a.ledger", "CANARY")
        assert "CANARY" not in repr(store) + repr(store.get("a.toml"))

    def test_what_is_not_there_is_said(self, store: Store) -> None:
        for ask in (
            lambda: store.get("a.toml"),
            lambda: store.entries("a.ledger"),
            lambda: store.redact("a.ledger", [0], "gone"),
            lambda: store.get("deep/er/a.toml"),
            lambda: store.redact("deep/er/a.ledger", [], "gone"),
        ):
            with pytest.raises(MissingDocumentError, match=r"a\.(toml|ledger): there is none\. Check the name"):
                ask()
        store.put("audits.toml", "", if_version=None)
        with pytest.raises(MissingDocumentError, match=r"Did you mean 'audits\.toml'\?"):
            store.get("audit.toml")

    def test_a_version_changes_with_its_document_alone(self, store: Store) -> None:
        first = store.put("a.toml", "1", if_version=None)
        store.put("b.toml", "1", if_version=None)
        store.append("a.ledger", "1")
        assert store.get("a.toml").version == first
        assert store.put("a.toml", "2", if_version=first) != first

    def test_saving_on_another_version_is_a_conflict(self, store: Store, opened: Open) -> None:
        first = store.put("a.toml", "1", if_version=None)
        second = opened().put("a.toml", "2", if_version=first)
        with pytest.raises(ConflictError, match=r"a\.toml: somebody else has changed it .* Read it again"):
            store.put("a.toml", "mine", if_version=first)
        with pytest.raises(ConflictError, match="somebody else has changed it"):
            store.delete("a.toml", if_version=first)
        with pytest.raises(ConflictError, match="is there already"):
            store.put("a.toml", "mine", if_version=None)
        assert store.get("a.toml").text == "2"
        opened().delete("a.toml", if_version=second)
        for key in ("a.toml", "no/such/a.toml"):
            with pytest.raises(ConflictError, match="somebody else has removed it"):
                store.put(key, "mine", if_version=second)
            with pytest.raises(ConflictError, match="somebody else has removed it"):
                store.delete(key, if_version=second)
        assert store.list() == ()

    def test_a_ledger_grows_in_order(self, store: Store, opened: Open) -> None:
        assert store.append("a.ledger", "one") == 1
        assert opened().append("a.ledger", "", "three  ", "four\r\t\u2028\0") == 4
        assert store.append("a.ledger") == 4
        assert store.entries("a.ledger") == ("one", "", "three  ", "four\r\t\u2028\0")
        assert opened().entries("a.ledger", start=3) == ("four\r\t\u2028\0",)
        assert store.entries("a.ledger", start=4) == store.entries("a.ledger", start=40) == ()

    def test_long_entries_and_large_additions_are_whole(self, store: Store) -> None:
        long = ["x" * length for length in (65_500, 65_535, 65_536, 70_000, 300_000)]
        for number, entry in enumerate(long, start=1):
            assert store.append("a.ledger", entry) == number
        assert store.append("a.ledger", *map(str, range(20_000))) == 20_005
        assert store.append("a.ledger", "last") == 20_006
        assert store.entries("a.ledger") == (*long, *map(str, range(20_000)), "last")

    def test_nothing_added_makes_no_ledger(self, store: Store) -> None:
        assert store.append("a.ledger") == store.append("a/b.ledger", if_length=0) == 0
        assert store.list() == ()

    def test_an_addition_on_another_length_is_a_conflict(self, store: Store, opened: Open) -> None:
        assert store.append("a.ledger", "one", if_length=0) == 1
        assert opened().append("a.ledger", "two", if_length=1) == 2
        for length in (0, 1, 3):
            with pytest.raises(ConflictError, match=rf"has 2 entries, and the addition was made on {length}"):
                store.append("a.ledger", "mine", if_length=length)
        with pytest.raises(ConflictError, match="has 0 entries"):
            store.append("no/such/b.ledger", if_length=1)
        assert store.entries("a.ledger") == ("one", "two")

    def test_one_bad_entry_keeps_all_out(self, store: Store) -> None:
        store.append("a.ledger", "one")
        with pytest.raises(StoreError, match=r"entry 1: has a line break; expected one line(.|\n)*entry 3: has a line"):
            store.append("a.ledger", "two", "three\n", "four", "\n")
        with pytest.raises(StoreError, match=r"entry 0: character 1 is half of a pair"):
            store.append("a.ledger", "a\ud800")
        with pytest.raises(StoreError, match="has a line break"):
            store.redact("a.ledger", [0], "a\nb")
        assert store.entries("a.ledger") == ("one",)

    def test_text_that_no_file_can_hold_is_refused(self, store: Store) -> None:
        with pytest.raises(StoreError, match=r"a\.toml: character 2 is half of a pair; expected text that UTF-8"):
            store.put("a.toml", "ab\udfff", if_version=None)
        assert store.list() == ()

    def test_what_is_redacted_is_gone_and_the_rest_stays(self, store: Store, opened: Open) -> None:
        store.append("a.ledger", "one", "CANARY", "three")
        store.append("a.ledger", "CANARY too")
        store.redact("a.ledger", {1, 3}, "gone")
        assert opened().entries("a.ledger") == ("one", "gone", "three", "gone")
        assert store.append("a.ledger", "five") == 5
        assert store.entries("a.ledger", start=3) == ("gone", "five")
        assert store.check() == ()

    def test_only_what_is_there_can_be_redacted(self, store: Store) -> None:
        store.append("a.ledger", "one", "two")
        with pytest.raises(StoreError, match=r"entry -1: is not there; expected 0 to 1(.|\n)*entry 2: is not there"):
            store.redact("a.ledger", [0, 2, -1], "gone")
        assert store.entries("a.ledger") == ("one", "two")

    def test_the_list_is_sorted_and_can_be_narrowed(self, store: Store) -> None:
        for key in ("plans/b.json", "audits/b.toml", "audits-old/a.toml", "audits/a.toml"):
            store.put(key, "", if_version=None)
        store.append("audits/c.ledger", "one")
        every = ("audits-old/a.toml", "audits/a.toml", "audits/b.toml", "audits/c.ledger", "plans/b.json")
        assert store.list() == every
        assert store.list("audits/") == every[1:4]
        assert store.list("audits/b") == ("audits/b.toml",)
        assert store.list("../") == store.list("nothing") == ()
        store.delete("audits/a.toml", if_version=store.get("audits/a.toml").version)
        assert store.list("audits/") == every[2:4]

    def test_many_ledgers_are_read_at_once(self, store: Store, opened: Open) -> None:
        assert store.ledgers() == {}
        for key in ("pupils/b.ledger", "pupils-old/a.ledger", "pupils/a.ledger", "school.ledger"):
            store.append(key, key, "", "naïve\t\u2028\0")
        store.append("pupils/a.ledger", "more")
        store.put("pupils/a.toml", "", if_version=None)
        found = opened().ledgers("pupils/")
        assert list(found) == ["pupils/a.ledger", "pupils/b.ledger"]
        assert found["pupils/a.ledger"] == ("pupils/a.ledger", "", "naïve\t\u2028\0", "more")
        every = store.ledgers()
        assert list(every) == ["pupils-old/a.ledger", "pupils/a.ledger", "pupils/b.ledger", "school.ledger"]
        assert every == {key: store.entries(key) for key in store.list() if key.endswith(".ledger")}
        assert list(store.ledgers("pupils/b")) == ["pupils/b.ledger"]
        for prefix in ("pupils/b.ledgers", "../", "nothing", "pupils/\udfff", "é", "pupils/_", "pupils%"):
            assert store.ledgers(prefix) == {}
            assert store.list(prefix) == ()

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_key_that_is_unsafe_is_refused(self, store: Store, key: str) -> None:
        for ask in (
            lambda: store.get(key),
            lambda: store.put(key, "", if_version=None),
            lambda: store.delete(key, if_version="x"),
            lambda: store.append(key.replace(".toml", ".ledger"), "x"),
            lambda: store.entries(key.replace(".toml", ".ledger")),
            lambda: store.redact(key.replace(".toml", ".ledger"), [0], "x"),
        ):
            with pytest.raises(StoreError, match=r"is no key of a (store|document|ledger); expected .* Name it so"):
                ask()
        assert store.list() == ()

    def test_documents_and_ledgers_do_not_mix(self, store: Store) -> None:
        with pytest.raises(
            StoreError, match=r"'a\.ledger': is no key of a document; expected a name that ends in \.toml"
        ):
            store.put("a.ledger", "", if_version=None)
        with pytest.raises(
            StoreError, match=r"'a\.toml': is no key of a ledger; expected a name that ends in \.ledger"
        ):
            store.append("a.toml", "one")

    def test_threads_lose_nothing(self, opened: Open) -> None:
        opened().put("count.toml", "0", if_version=None)

        def work(name: int) -> None:
            store = opened()
            for number in range(10):
                store.append("all.ledger", f"{name}.{number}")
                while True:
                    stored = store.get("count.toml")
                    try:
                        store.put("count.toml", str(int(stored.text) + 1), if_version=stored.version)
                        break
                    except ConflictError:
                        continue

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entries = opened().entries("all.ledger")
        assert opened().get("count.toml").text == "40"
        assert sorted(entries) == sorted(f"{name}.{number}" for name in range(4) for number in range(10))
        for name in range(4):
            assert [entry for entry in entries if entry[0] == str(name)] == [f"{name}.{number}" for number in range(10)]


KEYS = st.sampled_from(["a.toml", "a.json", "b/a.toml", "b/c/a.toml", "b-c/a.json"])
LEDGERS = st.sampled_from(["a.ledger", "b/a.ledger", "b/c/z.ledger"])
TEXTS = st.text(max_size=30)
ENTRIES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20)


class StoreMachine(RuleBasedStateMachine):
    """Compares a store with plain dictionaries, through two handles, with versions that may have gone stale.

    Derive it with ``open_store`` and, where wanted, ``teardown``.
    """

    seen = Bundle("seen")
    never: ClassVar[str] = "no version of anything"

    def __init__(self) -> None:
        super().__init__()
        self.handles = (self.open_store(), self.open_store())
        self.documents: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.ledgers: dict[str, list[str]] = {}

    def open_store(self) -> Store:
        """Return another handle on the one store of this run."""
        raise NotImplementedError

    @rule(target=seen, key=KEYS, text=TEXTS, at=st.integers(0, 1))
    def create(self, key: str, text: str, at: int) -> object:
        if key in self.documents:
            with pytest.raises(ConflictError):
                self.handles[at].put(key, text, if_version=None)
            return multiple()
        self.documents[key] = text
        self.versions[key] = self.handles[at].put(key, text, if_version=None)
        return key, self.versions[key], text

    @rule(target=seen, read=seen, text=TEXTS, at=st.integers(0, 1))
    def save(self, read: tuple[str, str, str], text: str, at: int) -> object:
        key, version, _ = read
        # An old version may come back with the old text: then nothing is lost by saving on it.
        if self.versions.get(key) != version:
            with pytest.raises(ConflictError):
                self.handles[at].put(key, text, if_version=version)
            return multiple()
        self.documents[key] = text
        self.versions[key] = self.handles[at].put(key, text, if_version=version)
        return key, self.versions[key], text

    @rule(read=consumes(seen), at=st.integers(0, 1))
    def delete(self, read: tuple[str, str, str], at: int) -> None:
        key, version, _ = read
        if self.versions.get(key) != version:
            with pytest.raises(ConflictError):
                self.handles[at].delete(key, if_version=version)
            return
        self.handles[at].delete(key, if_version=version)
        del self.documents[key], self.versions[key]

    @rule(read=seen)
    def a_version_stands_for_one_text(self, read: tuple[str, str, str]) -> None:
        key, version, text = read
        if self.versions.get(key) == version:
            assert self.documents[key] == text

    @rule(key=LEDGERS, entries=st.lists(ENTRIES, max_size=4), at=st.integers(0, 1), off=st.sampled_from([None, 0, 1]))
    def append(self, key: str, entries: list[str], at: int, off: int | None) -> None:
        there = self.ledgers.get(key, [])
        length = None if off is None else len(there) + off
        if off:
            with pytest.raises(ConflictError):
                self.handles[at].append(key, *entries, if_length=length)
            return
        assert self.handles[at].append(key, *entries, if_length=length) == len(there) + len(entries)
        if there or entries:
            self.ledgers[key] = there + entries

    @precondition(lambda self: self.ledgers)
    @rule(data=st.data(), entry=ENTRIES, at=st.integers(0, 1))
    def redact(self, data: st.DataObject, entry: str, at: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.ledgers)))
        positions = data.draw(st.sets(st.integers(0, len(self.ledgers[key]) - 1)))
        self.handles[at].redact(key, positions, entry)
        for position in positions:
            self.ledgers[key][position] = entry

    @invariant()
    def it_holds_what_was_saved(self) -> None:
        for store in self.handles:
            assert store.list() == tuple(sorted([*self.documents, *self.ledgers]))
            for key, text in self.documents.items():
                stored = store.get(key)
                assert (stored.text, stored.version) == (text, self.versions[key])
            for key, entries in self.ledgers.items():
                assert list(store.entries(key)) == entries
            assert {key: list(entries) for key, entries in store.ledgers().items()} == self.ledgers
            assert {key: list(entries) for key, entries in store.ledgers("b/").items()} == {
                key: entries for key, entries in self.ledgers.items() if key.startswith("b/")
            }
        assert self.handles[0].check() == ()
