"""Documents with a schema: they come back exactly, old ones are brought up, newer and wrong ones are refused."""

import json
import os
import tomllib
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from attendance_core.documents.converter import structure
from attendance_core.documents.file_store import FileStore
from attendance_core.documents.loader import parse_json, parse_toml
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.documents.store import Store
from attendance_core.documents.versioned import (
    DocumentFormat,
    DocumentKind,
    dump_document,
    load_document,
    open_stored,
    parse_document,
    save_document,
    save_stored,
)
from attendance_core.errors import ConflictError, DocumentError, Fault, MissingDocumentError, StoreError
from attendance_core.model.configuration import Configuration

TOML, JSON = DocumentFormat.TOML, DocumentFormat.JSON


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@frozen(kw_only=True)
class Answer:
    item: str
    colour: Colour | None = None
    on: date | None = None
    marks: tuple[int, ...] = ()


@frozen(kw_only=True)
class Sheet:
    zone: str
    title: str
    weight: float = 1.0
    open: bool = False
    answers: tuple[Answer, ...] = ()
    notes: dict[str, str] = field(factory=dict)


def one_to_two(data: dict[str, Any]) -> dict[str, Any]:
    """What was ``name`` became ``title``."""
    data["title"] = data.pop("name")
    return data


def two_to_three(data: dict[str, Any]) -> dict[str, Any]:
    """Answers were a table by item, and became a list."""
    return {**data, "answers": [{"item": item, **answer} for item, answer in data.get("answers", {}).items()]}


SHEET = DocumentKind(name="sheet", cls=Sheet, schema=3, migrations={1: one_to_two, 2: two_to_three})

EXAMPLE = Sheet(
    zone="b",
    title="naïve \U0001f3eb\r\n",
    answers=(Answer(item="2.1", colour=Colour.RED, on=date(2025, 9, 1), marks=(3, 1)), Answer(item="1.1")),
    notes={"z": "1", "a b": "'\"\\"},
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SHEETS = st.builds(
    Sheet,
    zone=TEXTS,
    title=TEXTS,
    weight=st.floats(allow_nan=False, allow_infinity=False),
    open=st.booleans(),
    answers=st.lists(
        st.builds(
            Answer,
            item=TEXTS,
            colour=st.none() | st.sampled_from(Colour),
            on=st.none() | st.dates(),
            marks=st.lists(st.integers(-(10**30), 10**30), max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    notes=st.dictionaries(TEXTS, TEXTS, max_size=3),
)


@given(value=SHEETS, form=st.sampled_from(DocumentFormat))
def test_what_was_written_reads_back_and_is_written_again_alike(value: Sheet, form: DocumentFormat) -> None:
    text = dump_document(value, SHEET, form=form)
    again = parse_document(text, SHEET, where="x", form=form)
    assert again == value
    assert list(again.notes) == list(value.notes)
    assert dump_document(again, SHEET, form=form) == text
    text.encode("utf-8")


def test_toml_is_fit_for_a_person() -> None:
    text = dump_document(EXAMPLE, SHEET)
    data = tomllib.loads(text)
    assert list(data) == ["document", "schema", "zone", "title", "weight", "open", "answers", "notes"]
    assert (data["document"], data["schema"]) == ("sheet", 3)
    assert data["answers"][0]["on"] == date(2025, 9, 1)
    assert list(data["answers"][1]) == ["item", "marks"]


def test_json_has_the_order_of_the_class_and_ends_its_line() -> None:
    text = dump_document(EXAMPLE, SHEET, form=JSON)
    assert text.endswith("}\n")
    assert list(json.loads(text))[:4] == ["document", "schema", "zone", "title"]
    assert json.loads(text)["answers"][0]["on"] == "2025-09-01"


@pytest.mark.parametrize("form", DocumentFormat)
def test_what_the_format_cannot_hold_is_refused_before_it_is_written(form: DocumentFormat) -> None:
    with pytest.raises(DocumentError, match=rf"sheet as {form.value}: (cannot be written|weight: .*a finite number)"):
        dump_document(evolve(EXAMPLE, weight=float("nan")), SHEET, form=form)
    # TOML has no word for nothing, so nothing must be the default; here it is not.
    kind = DocumentKind(name="odd", cls=Odd)
    if form is TOML:
        with pytest.raises(DocumentError, match="odd as toml: does not read back as it was"):
            dump_document(Odd(number=None), kind, form=form)
        with pytest.raises(DocumentError, match="odd as toml: cannot be written"):
            dump_document(Odd(list=(1, None)), kind, form=form)
    else:
        for value in (Odd(number=None), Odd(list=(1, None))):
            assert parse_document(dump_document(value, kind, form=form), kind, where="x", form=form) == value


@frozen(kw_only=True)
class Odd:
    number: int | None = 5
    list: tuple[int | None, ...] = ()


# -- schemas


@pytest.mark.parametrize(
    "text",
    [
        'document = "sheet"\nschema = 1\nname = "Old"\nzone = "b"\n[answers."1.1"]\ncolour = "red"',
        'document = "sheet"\nschema = 2\ntitle = "Old"\nzone = "b"\n[answers."1.1"]\ncolour = "red"',
        'document = "sheet"\nschema = 3\ntitle = "Old"\nzone = "b"\n[[answers]]\nitem = "1.1"\ncolour = "red"',
    ],
)
def test_every_schema_leads_to_the_newest(text: str) -> None:
    value = parse_document(text, SHEET, where="x")
    assert value == Sheet(zone="b", title="Old", answers=(Answer(item="1.1", colour=Colour.RED),))
    assert tomllib.loads(dump_document(value, SHEET))["schema"] == 3


HEADS: list[tuple[str, list[str]]] = [
    (
        'document = "sheet"\nschema = 4',
        ["x.toml: schema: 4 is newer than this version", "expected 3 or older", "Update attendance-core"],
    ),
    ('document = "sheet"\nschema = 0', ["x.toml: schema: 0 found; expected a whole number from 1"]),
    ('document = "sheet"\nschema = true', ["x.toml: schema: True found"]),
    ('document = "sheet"\nschema = "3"', ["x.toml: schema: '3' found"]),
    ('document = "plan"\nschema = 9', ["x.toml: document: 'plan' found; expected 'sheet'. Name a file that holds the"]),
    ("", ["x.toml: document: required key is missing", "x.toml: schema: required key is missing", "schema = 3"]),
    (
        'document = "sheet"\nschema = 1',
        ["x.toml: cannot be brought from schema 1 to 2 (KeyError)", "removed or changed"],
    ),
    (
        'document = "sheet"\nschema = 2\ntitle = "x"\nanswers = 3',
        ["x.toml: cannot be brought from schema 2 to 3 (AttributeError)"],
    ),
    (
        'document = "sheet"\nschema = 3\ntitle = 3\nzoen = "b"',
        [
            "x.toml: title: value of the wrong kind",
            "x.toml: zone: required key is missing",
            "x.toml: zoen: unknown key",
        ],
    ),
    ('document = "sheet', ["x.toml: ", "(at end of document)"]),
]


@pytest.mark.parametrize(("text", "says"), HEADS)
def test_what_is_wrong_is_said_at_once(text: str, says: list[str]) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document(text, SHEET, where="x.toml")
    assert [part for part in says if part not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ('{"policy": {"use": "england"}}', "policy.use", 'a list, even of one, as in ["fsm"]'),
        ('{"policy": {"use": {"england": 1}}}', "policy.use", 'a list, even of one, as in ["fsm"]'),
        ('{"targets": {"measure": "absence"}}', "targets", "a list of tables, as under [[...]]"),
        ('{"targets": ["absence"]}', "targets[0]", "a table of keys and values"),
        ('{"school": "High Ridge"}', "school", "a table of keys and values"),
        ('{"policy": {"settings": "x"}}', "policy.settings", "a table of keys and values"),
        ('{"school": {"name": "\\ud800"}}', "school.name", "a text of whole characters"),
        *(
            (
                f'{{"targets": [{{"measure": "a", "academic_year": "2025/26", "value": {value}}}]}}',
                "targets[0].value",
                "a finite number",
            )
            for value in ("1e999", "-1e999", "1" + "0" * 400)
        ),
    ],
)
def test_a_value_of_another_kind_is_one_fault_and_never_taken_apart(text: str, where: str, expected: str) -> None:
    with pytest.raises(DocumentError) as caught:
        structure(parse_json(text, where="x"), Configuration, where="x")
    assert caught.value.faults == (Fault(f"x: {where}", "value of the wrong kind", expected, "Correct the value"),)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_toml_has_numbers_that_no_document_may_hold(value: str) -> None:
    text = f'targets = [{{ measure = "a", academic_year = "2025/26", value = {value} }}]'
    with pytest.raises(DocumentError, match="expected a finite number"):
        structure(parse_toml(text, where="x"), Configuration, where="x")


def test_a_schema_that_nothing_leads_from_is_refused() -> None:
    kind = DocumentKind(name="sheet", cls=Sheet, schema=3, migrations={2: two_to_three})
    with pytest.raises(DocumentError, match="1 is older than this version of the library can read; expected 2 to 3"):
        parse_document('document = "sheet"\nschema = 1', kind, where="x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '{"document": "sheet", "schema": 3, "title": "a", "title": "b"}',
            "x.json: title: stands twice; expected once",
        ),
        ('{"document": "sheet", "schema": 3, "weight": NaN}', "NaN is no number of JSON"),
        ('{"document": "sheet",\n "schema": 3,}', "(at line 2, column"),
        ('{"document": "sheet", "schema": 3, "\\ud800": 1}', "x.json: a key holds half a character"),
        ("[1]", "x.json: list found; expected an object"),
        ("[" * 100_000, "x.json: lists or objects are nested too deep"),
        ('{"document": "sheet", "schema": ' + "9" * 5000 + "}", "or a number is too long"),
    ],
)
def test_json_that_would_lose_something_is_refused(text: str, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document(text, SHEET, where="x.json", form=JSON)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "migrations"),
    [
        (0, {}),
        (3, {1: one_to_two}),
        (3, {2: two_to_three, 3: one_to_two}),
        (4, {1: one_to_two, 3: two_to_three}),
        (1, {0: one_to_two}),
    ],
)
def test_a_kind_whose_migrations_have_a_gap_is_a_mistake_of_its_author(
    schema: int, migrations: dict[int, Callable[[dict[str, Any]], dict[str, Any]]]
) -> None:
    with pytest.raises(ValueError, match="do not lead to schema"):
        DocumentKind(name="sheet", cls=Sheet, schema=schema, migrations=migrations)


def test_a_kind_may_not_take_the_words_of_the_head() -> None:
    with pytest.raises(ValueError, match="Clash has an attribute 'schema'"):
        DocumentKind(name="clash", cls=Clash)


@frozen(kw_only=True)
class Clash:
    schema: int = 1


# -- in a store and in a file


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return FileStore(tmp_path / "store") if request.param == "file" else MemoryStore()


@pytest.mark.parametrize("key", ["sheets/a.toml", "sheets/a.json"])
def test_a_document_is_opened_changed_and_saved_in_a_store(store: Store, key: str) -> None:
    version = save_stored(store, key, EXAMPLE, SHEET, if_version=None)
    opened = open_stored(store, key, SHEET)
    assert (opened.value, opened.version, opened.schema) == (EXAMPLE, version, 3)
    save_stored(store, key, evolve(opened.value, title="theirs"), SHEET, if_version=opened.version)
    with pytest.raises(ConflictError):
        save_stored(store, key, evolve(opened.value, title="mine"), SHEET, if_version=opened.version)
    assert open_stored(store, key, SHEET).value.title == "theirs"


def test_opening_an_old_document_changes_nothing_until_it_is_saved(store: Store) -> None:
    text = 'document = "sheet"\nschema = 1\nname = "Old"\nzone = "b"\n'
    store.put("a.toml", text, if_version=None)
    opened = open_stored(store, "a.toml", SHEET)
    assert (opened.schema, opened.value.title) == (1, "Old")
    assert store.get("a.toml").text == text
    save_stored(store, "a.toml", opened.value, SHEET, if_version=opened.version)
    assert open_stored(store, "a.toml", SHEET).schema == 3


def test_faults_in_a_store_name_the_key(store: Store) -> None:
    store.put("sheets/a.toml", 'document = "sheet"\nschema = 3\ntitle = "x"', if_version=None)
    with pytest.raises(DocumentError, match=r"sheets/a\.toml: zone: required key is missing"):
        open_stored(store, "sheets/a.toml", SHEET)
    with pytest.raises(MissingDocumentError, match=r"sheets/b\.toml: there is none"):
        open_stored(store, "sheets/b.toml", SHEET)


def test_a_file_by_its_path_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "Our audit (autumn).TOML"
    version = save_document(path, EXAMPLE, SHEET, if_version=None)
    opened = load_document(path, SHEET)
    assert (opened.value, opened.version) == (EXAMPLE, version)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b'zone = "b"', b'zone = "c"'))
    assert load_document(path, SHEET).value.zone == "c"
    with pytest.raises(ConflictError, match=r"Our audit \(autumn\)\.TOML: somebody else has changed it"):
        save_document(path, EXAMPLE, SHEET, if_version=version)
    assert load_document(path, SHEET).value.zone == "c"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_file_behind_a_link_is_changed_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "sheet.toml", tmp_path / "sheet.toml"
    link.symlink_to(file)
    first = save_document(link, EXAMPLE, SHEET, if_version=None)
    changed = save_document(link, evolve(EXAMPLE, title="Changed."), SHEET, if_version=first)
    assert link.is_symlink() and load_document(file, SHEET).value.title == "Changed."
    with pytest.raises(ConflictError):
        save_document(file, EXAMPLE, SHEET, if_version=first)
    save_document(file, EXAMPLE, SHEET, if_version=changed)
    assert load_document(link, SHEET).value == EXAMPLE
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    with pytest.raises(StoreError):
        save_document(loop, EXAMPLE, SHEET, if_version=None)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingDocumentError, match=r"none\.toml: there is none"):
        load_document(tmp_path / "none.toml", SHEET)
    (tmp_path / "a.toml").write_bytes(b"\xff")
    with pytest.raises(DocumentError, match="byte 0 is not UTF-8; expected UTF-8 text"):
        load_document(tmp_path / "a.toml", SHEET)
    with pytest.raises(DocumentError, match=r"a\.xlsx: is no name of a document; expected a name in \.toml or \.json"):
        load_document(tmp_path / "a.xlsx", SHEET)
    with pytest.raises(DocumentError, match=r"sheet as json: title: .*expected a text of whole characters"):
        save_document(tmp_path / "b.json", evolve(EXAMPLE, title="\ud800"), SHEET, if_version=None)
