"""Events: written and read back without loss, refused with every fault, and silent about whom they concern."""

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import pytest
from attrs import evolve, fields
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_core import MemoryStore
from attendance_core.documents.converter import structure, unstructure
from attendance_core.errors import DamagedDocumentError, DocumentError, SupportError, UnknownNameError
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import Entry, ErasureGround, PupilKey, Record, Tombstone
from attendance_core.model.sources import Citation
from attendance_core.model.support_tiers import Factor, FactorKind, Pathway, Tier
from attendance_core.support.entries import entry_line, read_entries, tombstone_line
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS, kind_named
from attendance_core.support.ledger import Ledgers
from attendance_core.support.writing import build_event, fields_of
from tests.events import KINDS, WRITTEN, events

BAD = Path(__file__).parent / "data" / "bad_events"
DAY = date(2025, 10, 1)


def entry(event: Event | None, place: int = 0, **more: Any) -> Entry[Event]:
    return Entry(id=EventId(ledger="3", place=place), written_on=DAY, by="tutor", event=event, **more)


# -- round trips


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_event_is_read_back_as_it_was_written(kind: str, data: st.DataObject) -> None:
    event = data.draw(events(kind))
    by = data.draw(st.text(max_size=5))
    why = data.draw(st.text(max_size=5))
    written = Entry(id=EventId(ledger="3", place=0), written_on=DAY, by=by, event=event, why=why)
    line = entry_line(written)
    assert "\n" not in line
    assert line.startswith(f'{{"kind":"{kind}"')
    assert read_entries([line], "3", KINDS) == (written,)
    assert structure(json.loads(json.dumps(unstructure(event))), KINDS[kind], where="") == event


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_can_be_written_by_a_person(kind: str) -> None:
    event = build_event(KINDS[kind], WRITTEN[kind])
    named = {word.partition("=")[0].replace("-", "_") for word in WRITTEN[kind]}
    assert named == {one.name for one in fields(KINDS[kind])} == set(fields_of(KINDS[kind]))
    plain = unstructure(event)
    # Each value that was given is in the event: written out, it holds every part of the words.
    told = json.dumps(plain, ensure_ascii=False)
    for word in WRITTEN[kind]:
        name, _, value = word.partition("=")
        if value in ("yes", "no"):
            assert plain[name.replace("-", "_")] is (value == "yes")
            continue
        for part in value.split(";"):
            text = part.partition(":")[2] if ":" in part and name not in ("at",) else part
            assert text in told
    (read,) = read_entries([entry_line(entry(event))], "3", KINDS)
    assert isinstance(read, Entry)
    assert read.event == event


def test_only_what_a_class_does_not_fill_in_is_kept() -> None:
    event = build_event(KINDS["offer"], ("on=2025-10-01", "what=breakfast club"))
    assert json.loads(entry_line(entry(event)))["event"] == {"on": "2025-10-01", "what": "breakfast club"}


@given(place=st.integers(0, 10**9 - 1), ledger=st.one_of(st.just("school"), st.integers(0, 10**9 - 1).map(str)))
def test_an_id_is_read_back(place: int, ledger: str) -> None:
    id = EventId(ledger=ledger, place=place)
    assert EventId.parse(f" {id} ") == id


@pytest.mark.parametrize(
    "text", ["", "17", "17.", ".3", "017.3", "17.03", "17.3.1", "School.3", "-1.3", "17.-3", "¹.3"]
)
def test_no_other_text_is_an_id(text: str) -> None:
    with pytest.raises(DocumentError, match=r"event id: is none; expected such as 17\.3 or school\.3\. Copy it from"):
        EventId.parse(text)


# -- the kinds


def test_a_kind_names_one_class_and_the_lists_hold_them_all() -> None:
    assert not set(PUPIL_EVENTS) & set(SCHOOL_EVENTS)
    assert set(WRITTEN) == set(KINDS)
    classes, seen = [Event], set[type]()
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        # Making a class with slots leaves the class from which it was made behind.
        if getattr(sys.modules[cls.__module__], cls.__name__, None) is cls and "tests" not in cls.__module__:
            seen.add(cls)
    assert seen - {Event} == set(KINDS.values())
    assert all(cls.kind == kind for kind, cls in KINDS.items())


def test_a_kind_that_is_none_is_not_repeated_to_the_reader() -> None:
    with pytest.raises(UnknownNameError, match=r"^kind: is no kind of event here; .*\. Did you mean 'offer'\?"):
        kind_named("ofer", PUPIL_EVENTS)
    with pytest.raises(UnknownNameError, match="Name one of them") as caught:
        kind_named("Zacharias", PUPIL_EVENTS)
    assert "Zacharias" not in str(caught.value)


def test_only_events_that_fill_everything_in_have_a_day() -> None:
    with pytest.raises(TypeError, match="belongs to no day"):
        _ = Event().day
    days = {kind: build_event(KINDS[kind], WRITTEN[kind]).day for kind in KINDS}
    assert all(isinstance(day, date) for day in days.values())
    # A day that is given by one of several fields.
    assert days["review"] == date(2025, 11, 4)
    assert build_event(KINDS["review"], ("of=0", "due=2025-11-03")).day == date(2025, 11, 3)
    assert build_event(KINDS["training"], ("module=m", "role=r", "due=2025-10-01")).day == date(2025, 10, 1)
    assert build_event(KINDS["ehcp-review"], ("due=2025-10-01",)).day == date(2025, 10, 1)


# -- what is refused


@pytest.mark.parametrize("path", sorted(BAD.glob("*.txt")), ids=lambda path: path.stem)
def test_a_bad_event_is_refused_with_its_fault(path: Path) -> None:
    """Each file: the kind, a sound example's words to change, what is changed, and what must be said."""
    kind, *words, says = path.read_text(encoding="utf-8").splitlines()
    sound = list(WRITTEN[kind])
    changed = {word.partition("=")[0] for word in words}
    with pytest.raises(DocumentError) as caught:
        build_event(KINDS[kind], [*(one for one in sound if one.partition("=")[0] not in changed), *words])
    assert [str(fault) for fault in caught.value.faults] == [says]


@pytest.mark.parametrize("kind", KINDS)
def test_what_must_be_said_may_not_be_empty(kind: str) -> None:
    event = build_event(KINDS[kind], WRITTEN[kind])
    hints = get_type_hints(KINDS[kind])
    needed = [name for name, must in fields_of(KINDS[kind]).items() if must]
    for name in needed:
        for empty in {str: ("", " \n"), tuple: ((), ("",))}.get(get_origin(hints[name]) or hints[name], ()):
            if empty == ("",) and name not in ("goals", "present", "agreed_with", "topics"):
                continue
            with pytest.raises(DocumentError) as caught:
                evolve(event, **{name: empty})
            assert [fault.where for fault in caught.value.faults] == [name]


def messages_in_the_source() -> set[str]:
    """Return what the rules of events say, as the source writes it: second of the four parts of a fault."""
    import ast

    from attendance_core import model

    found = set()
    for path in Path(model.__path__[0]).glob("*.py"):
        if path.name != "school_log.py" and not path.name.startswith("support_"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple) and len(node.elts) == 5:
                what = node.elts[2]
                if isinstance(what, ast.Constant) and isinstance(what.value, str):
                    found.add(what.value)
    return found


def test_every_rule_of_an_event_has_a_bad_event() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in BAD.glob("*.txt"))
    listed = messages_in_the_source()
    assert len(listed) > 15
    assert sorted(what for what in listed if what not in said) == []


_NAMES = "one of on, what, offered_by, to, response, responded_on, note"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("on",),
            f"word 1: is no name=value; expected {_NAMES}. Name one of them; put a value of several words in quotes.",
        ),
        (
            ("on=2025-10-01", "waht=x"),
            f"word 2: does not begin with the name of a field; expected {_NAMES}. Did you mean 'what'?",
        ),
        (
            ("on=2025-10-01", "what=x", "on=2025-10-02"),
            "on: cannot be read; expected one value, and it is given several times. Correct it.",
        ),
        (("on=2025-10-01",), "what: required key is missing; expected a value. Add it."),
        (
            ("on=1.10.2025", "what=x"),
            "on: value of the wrong kind; expected a date written 2025-09-01. Correct the value.",
        ),
        (
            ("on=2025-10-01", "what=x", "response=perhaps"),
            "response: value of the wrong kind; expected one of waiting, accepted, declined, no-reply. "
            "Correct the value.",
        ),
    ],
)
def test_words_that_make_no_event_are_told(words: Sequence[str], says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        build_event(KINDS["offer"], words)
    assert [str(fault) for fault in caught.value.faults] == [f"offer: {says}"]


@pytest.mark.parametrize(
    ("kind", "word", "expected"),
    [
        ("letter", "threatening=perhaps", "yes or no"),
        ("scores", "wellbeing=2.5", "a whole number"),
        ("funding", "pounds=much", "a number"),
        ("plan", "build-up=start:2025-10-06;often", "each part once, such as start:...;sessions_per_week:...;note:..."),
        ("plan", "build-up=start:2025-10-06;start:2025-10-07", "each part once, such as start:"),
        ("plan", "build-up=start:2025-10-06;sessions-per-week:six", "a whole number"),
        ("review", "outcome=Zacharias", "one of continue, change, step-up, step-down, end"),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_was_expected_and_not_what_was_found(
    kind: str, word: str, expected: str
) -> None:
    name, _, value = word.partition("=")
    others = [one for one in WRITTEN[kind] if not one.startswith(f"{name}=")]
    with pytest.raises(DocumentError) as caught:
        build_event(KINDS[kind], [*others, word])
    (fault,) = caught.value.faults
    assert expected in fault.expected
    assert value not in str(fault)


def test_all_faults_of_the_words_are_told_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        build_event(KINDS["scores"], ("nonsense", "wellbeing=x", "engagement=y"))
    assert len(caught.value.faults) == 3


def test_a_change_leaves_the_other_fields_and_an_empty_value_takes_one_away() -> None:
    cls = KINDS["offer"]
    before = build_event(cls, WRITTEN["offer"])
    after = build_event(cls, ("note=", "to=father"), start=before)
    changed = unstructure(before) | {"note": "", "to": "father"}
    assert unstructure(after) == changed


# -- lines that are none


def line(**changes: object) -> str:
    head: dict[str, object] = {"kind": "offer", "on": "2025-10-01", "by": "tutor"}
    head |= {"event": {"on": "2025-10-01", "what": "breakfast club"}}
    kept = {name: value for name, value in (head | changes).items() if value is not None}
    return json.dumps(kept, separators=(",", ":"))


@pytest.mark.parametrize(
    "broken",
    [
        "", "Zacharias", "[]", "3", "null", '"offer"', "{" * 9000, "[" * 200_000,
        line(on="1 October"), line(on=3), line(by=3), line(why=[]), line(event=None), line(event=[]),
        line(event={"on": "2025-10-01"}), line(event={"on": "2025-10-01", "what": ""}),
        line(event={"on": "2025-10-01", "what": "x", "Zacharias": "x"}), line(Zacharias="x"),
        line(of=0), line(of=7), line(of=-1), line(of="0"), line(of=True), line(of=2),
        line(kind="retracted", event=None), line(kind="erased", ground="Zacharias"),
        line(kind="erased"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_told_by_its_place_and_not_repeated(broken: str) -> None:
    sound = [line(kind="letter", event={"on": "2025-10-01", "template": "t", "approved_by": "h"}), line()]
    with pytest.raises(DamagedDocumentError) as caught:
        read_entries([*sound, broken], "3", PUPIL_EVENTS)
    assert [str(fault) for fault in caught.value.faults] == [
        "ledger 3: entry 2: is no entry of this ledger. Put the store back from a backup."
    ]


def test_an_entry_carries_on_only_the_first_one_of_a_record_of_its_kind() -> None:
    letter = line(kind="letter", event={"on": "2025-10-01", "template": "t", "approved_by": "h"})
    sound = [line(), letter, line(of=0), line(kind="retracted", event=None, of=0)]
    assert len(read_entries(sound, "3", PUPIL_EVENTS)) == 4
    for broken in (line(of=1), line(of=2), line(of=3), line(kind="retracted", event=None, of=2)):
        with pytest.raises(DamagedDocumentError, match="entry 4: is no entry of this ledger"):
            read_entries([*sound, broken], "3", PUPIL_EVENTS)


@pytest.mark.parametrize("newer", [line(schema=2), line(kind="telepathy")])
def test_a_line_of_a_newer_version_is_not_guessed(newer: str) -> None:
    with pytest.raises(DamagedDocumentError) as caught:
        read_entries([line(), newer], "3", PUPIL_EVENTS)
    assert str(caught.value) == (
        "ledger 3: entry 1: was written by a newer version of the library. Update attendance-core; nothing is lost."
    )


def test_all_damaged_lines_are_told_at_once() -> None:
    with pytest.raises(DamagedDocumentError) as caught:
        read_entries(["x", line(), "y", line(schema=2)], "3", PUPIL_EVENTS)
    assert [fault.where for fault in caught.value.faults] == [f"ledger 3: entry {at}" for at in (0, 2, 3)]


def test_lines_of_kinds_that_are_not_wanted_are_passed_over() -> None:
    letter = line(kind="letter", event={"on": "2025-10-01", "template": "t", "approved_by": "h"})
    stone = tombstone_line(Tombstone(erased_on=DAY, ground=ErasureGround.REQUEST))
    lines = [line(), letter, line(kind="retracted", event=None, of=0), stone]
    entries = [read_entries(lines, "3", PUPIL_EVENTS, kinds) for kinds in (["offer"], ["letter"], [])]
    assert [[one.id.place for one in found if isinstance(one, Entry)] for found in entries] == [[0, 2], [1, 2], [2]]
    assert all(isinstance(found[-1], Tombstone) for found in entries)


# -- silence

CANARY = "Zacharias Canary"


def with_canary(cls: type[Any]) -> Any:
    """Return a value with the canary in every text that it may hold, and in its parts."""
    plain = {
        name: _with_canary(value, get_type_hints(cls)[name])
        for name, value in unstructure(build_event(cls, WRITTEN[cls.kind])).items()
    }
    return structure(plain, cls, where="")


def _with_canary(value: Any, hint: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: CANARY if name in ("text", "owner", "note", "whom", "what") else one for name, one in value.items()
        }
    if isinstance(value, list):
        return [_with_canary(one, None) if isinstance(one, dict) else CANARY if hint == tuple[str, ...] else one
                for one in value]  # fmt: skip
    return CANARY if hint is str and value != "09:40" else value


def parts(value: Any) -> list[object]:
    inner = [getattr(value, one.name) for one in value.__attrs_attrs__] if hasattr(value, "__attrs_attrs__") else []
    inner += list(value) if isinstance(value, tuple) else []
    return [value, *(part for one in inner if not isinstance(one, str) for part in parts(one))]


@pytest.mark.parametrize("kind", KINDS)
def test_no_repr_tells_of_whom(kind: str) -> None:
    event = with_canary(KINDS[kind])
    assert CANARY in json.dumps(unstructure(event)) or kind in ("circulated",)
    held = Entry(id=EventId(ledger="3", place=0), written_on=DAY, by=CANARY, event=event, why=CANARY)
    record = Record(id=held.id, event=event, history=(held,))
    key = PupilKey(pupil_id=CANARY, school_id=CANARY)
    stone = Tombstone(erased_on=DAY, ground=ErasureGround.REQUEST, by=CANARY)
    for value in (held, record, key, stone):
        for part in parts(value):
            if isinstance(part, tuple):
                continue
            assert "Zacharias" not in repr(part)
            assert "Zacharias" not in str(part)


def test_blanks_make_nobody_else_of_a_pupil() -> None:
    assert PupilKey(pupil_id=" 7 ", school_id="A ") == PupilKey(pupil_id="7", school_id="A")


def test_a_pathway_has_tiers_and_every_id_once() -> None:
    cite = Citation(source="library")
    one = Tier(id="universal", label="Universal", intent="everybody")
    factor = Factor(id="anxiety", kind=FactorKind.BARRIER, label="Anxiety")
    with pytest.raises(DocumentError) as caught:
        Pathway(id="p", title="P", tiers=(), factors=(factor, factor), cites=(cite,))
    assert [str(fault) for fault in caught.value.faults] == [
        "tiers: are none; expected one tier or more. Add the tier that everybody is in.",
        "factors[1].id: 'anxiety' is used twice; expected another id for each. Rename one.",
    ]
    with pytest.raises(DocumentError, match=r"tiers\[1\]\.id: 'universal' is used twice"):
        Pathway(id="p", title="P", tiers=(one, one), cites=(cite,))
    pathway = Pathway(id="p", title="P", tiers=(one, evolve(one, id="targeted")), cites=(cite,))
    assert [pathway.place(tier) for tier in ("universal", "targeted")] == [0, 1]
    with pytest.raises(DocumentError, match="tier: 'intense' is unknown; expected one of universal, targeted"):
        pathway.place("intense")


def test_a_pupil_without_an_id_is_nobody() -> None:
    with pytest.raises(DocumentError, match=r"pupil_id: is empty; expected the pupil's id\. Give it as the register"):
        PupilKey(pupil_id=" ")


def test_every_kind_says_its_day_and_an_event_of_none_is_taken_nowhere() -> None:
    kinds = (*PUPIL_EVENTS.values(), *SCHOOL_EVENTS.values())
    assert [cls for cls in kinds if "day" not in vars(cls)] == []
    kept, day = Ledgers(MemoryStore()), date(2026, 1, 5)
    with pytest.raises(SupportError, match="has no place in the pupil's ledger"):
        kept.add(PupilKey(pupil_id="P1"), Event(), written_on=day, by="lead")
    with pytest.raises(SupportError, match="has no place in the school log"):
        kept.note(Event(), written_on=day, by="lead")
