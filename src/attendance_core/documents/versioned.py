"""Documents that say of what kind they are and under which schema they were written.

A document begins with ``document``, the name of its kind, and ``schema``, a number. A kind knows how to bring a
document of an older schema to the next one; what a newer version of the library wrote is refused, never guessed.
"""

import json
import os.path
from collections.abc import Callable, Mapping
from copy import deepcopy
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

import tomli_w
from attrs import AttrsInstance, field, fields, frozen

from attendance_core.documents.converter import structure, unstructure
from attendance_core.documents.files import read_file, save_file, version_of
from attendance_core.documents.loader import parse_json, parse_toml
from attendance_core.documents.store import Store, encode, missing
from attendance_core.errors import DocumentError, Fault

T = TypeVar("T", bound=AttrsInstance)

#: From the plain data of one schema to those of the next, without ``document`` and ``schema``.
Migration = Callable[[dict[str, Any]], dict[str, Any]]


class DocumentFormat(StrEnum):
    """How a document is written."""

    TOML = "toml"
    JSON = "json"


@frozen(kw_only=True)
class DocumentKind(Generic[T]):
    """One kind of document: what it becomes, and how older ones are brought up to it.

    Attributes:
        name: What the document says that it is, such as ``audit``.
        cls: The attrs class of its value, with no attribute ``document`` or ``schema``.
        schema: The number of its newest schema, from 1.
        migrations: By the schema that it starts from, what leads to the next one; without a gap up to the newest.
    """

    name: str
    cls: type[T]
    schema: int = 1
    migrations: Mapping[int, Migration] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        steps = sorted(self.migrations)
        if self.schema < 1 or steps != list(range(self.schema - len(steps), self.schema)) or 0 in steps:
            raise ValueError(f"{self.name}: migrations {steps} do not lead to schema {self.schema} without a gap")
        taken = {"document", "schema"} & {attribute.name for attribute in fields(self.cls)}
        if taken:
            raise ValueError(f"{self.name}: {self.cls.__name__} has an attribute {taken.pop()!r}")

    @property
    def oldest(self) -> int:
        """The oldest schema that can still be read."""
        return min(self.migrations, default=self.schema)


@frozen(kw_only=True)
class Opened(Generic[T]):
    """A document that was read, to be changed and saved.

    Attributes:
        value: What it says.
        version: What to give back when saving, so that nobody's change in between is lost.
        schema: The schema under which it was written; saving writes the newest.
    """

    value: T
    version: str
    schema: int


def parse_document(text: str, kind: DocumentKind[T], *, where: str, form: DocumentFormat = DocumentFormat.TOML) -> T:
    """Read a document from its text.

    Raises:
        DocumentError: With every fault and its key path.
    """
    return _parse(text, kind, where, form)[0]


def dump_document(value: T, kind: DocumentKind[T], *, form: DocumentFormat = DocumentFormat.TOML) -> str:
    """Write a document under the newest schema, its keys in the order of its class.

    What is written is read again first, so a value that the format cannot hold exactly is refused.

    Raises:
        DocumentError: If the format cannot hold the value.
    """
    where = f"{kind.name} as {form.value}"
    head = {"document": kind.name, "schema": kind.schema}
    try:
        if form is DocumentFormat.TOML:
            text = tomli_w.dumps(head | _without_none(unstructure(value, native_dates=True)))
        else:
            text = json.dumps(head | unstructure(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise DocumentError(Fault(where, "cannot be written", str(error), "Correct the value")) from None
    if parse_document(text, kind, where=where, form=form) != value:
        raise DocumentError(
            Fault(where, "does not read back as it was", "a value that the format can hold", "Correct the value")
        )
    return text


def load_document(path: str | Path, kind: DocumentKind[T]) -> Opened[T]:
    """Read a document from a file; its ending says whether it is TOML or JSON.

    Raises:
        StoreError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    path = Path(path)
    form = form_of(path.name)
    data = read_file(path)
    if data is None:
        raise missing(str(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            Fault(str(path), f"byte {error.start} is not UTF-8", "UTF-8 text", "Save the file as UTF-8")
        ) from None
    value, schema = _parse(text, kind, path.name, form)
    return Opened(value=value, version=version_of(data), schema=schema)


def save_document(path: str | Path, value: T, kind: DocumentKind[T], *, if_version: str | None) -> str:
    """Save a document in a file, whole or not at all, and return its new version.

    Args:
        path: The file, or a link to it, in a folder that is there; its ending says whether it becomes TOML or JSON.
        value: What it says.
        kind: Its kind.
        if_version: The version that was opened; ``None`` for a file that must not be there yet.

    Raises:
        ConflictError: If the file has changed since.
        StoreError: If it cannot be written.
        DocumentError: If the format cannot hold the value.
    """
    path = Path(path)
    text = dump_document(value, kind, form=form_of(path.name))
    # Where it really lies: a new file in the place of a link would leave the old one behind, unchanged.
    file = Path(os.path.realpath(path)) if path.is_symlink() else path
    return save_file(file, encode(path.name, text), if_version=if_version)


def open_stored(store: Store, key: str, kind: DocumentKind[T]) -> Opened[T]:
    """Read a document from a store; the ending of its key says whether it is TOML or JSON.

    Raises:
        StoreError: If the store has none or cannot be read.
        DocumentError: With every fault and its key path.
    """
    stored = store.get(key)
    value, schema = _parse(stored.text, kind, key, form_of(key))
    return Opened(value=value, version=stored.version, schema=schema)


def save_stored(store: Store, key: str, value: T, kind: DocumentKind[T], *, if_version: str | None) -> str:
    """Save a document in a store, and return its new version.

    Args:
        store: The store.
        key: The key of the document; its ending says whether it becomes TOML or JSON.
        value: What it says.
        kind: Its kind.
        if_version: The version that was opened; ``None`` for a document that must not be there yet.

    Raises:
        ConflictError: If the document has changed since.
        StoreError: If it cannot be written.
        DocumentError: If the format cannot hold the value.
    """
    return store.put(key, dump_document(value, kind, form=form_of(key)), if_version=if_version)


def form_of(name: str) -> DocumentFormat:
    """Return the format that the ending of a name says.

    Raises:
        DocumentError: If it says none.
    """
    try:
        return DocumentFormat(name.rpartition(".")[2].lower())
    except ValueError:
        raise DocumentError(Fault(name, "is no name of a document", "a name in .toml or .json", "Name it so")) from None


def _parse(text: str, kind: DocumentKind[T], where: str, form: DocumentFormat) -> tuple[T, int]:
    parse = parse_toml if form is DocumentFormat.TOML else parse_json
    # Editors on Windows put a byte-order mark before UTF-8.
    data = parse(text.removeprefix("\ufeff"), where=where)
    schema = _check_head(data, kind, where)
    body = {key: value for key, value in data.items() if key not in ("document", "schema")}
    return structure(_migrated(body, kind, schema, where), kind.cls, where=where), schema


def _check_head(data: dict[str, Any], kind: DocumentKind[Any], where: str) -> int:
    name, schema = data.get("document"), data.get("schema")
    faults: list[Fault] = []
    if name != kind.name:
        what = "required key is missing" if name is None else f"{name!r} found"
        faults.append(Fault(f"{where}: document", what, repr(kind.name), f"Name a file that holds the {kind.name}"))
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        what = "required key is missing" if schema is None else f"{schema!r} found"
        faults.append(Fault(f"{where}: schema", what, "a whole number from 1", f"The newest is schema = {kind.schema}"))
    elif name == kind.name and schema > kind.schema:
        faults.append(
            Fault(
                f"{where}: schema",
                f"{schema} is newer than this version of the library knows",
                f"{kind.schema} or older",
                "Update attendance-core, and leave the document as it is",
            )
        )
    elif name == kind.name and schema < kind.oldest:
        faults.append(
            Fault(
                f"{where}: schema",
                f"{schema} is older than this version of the library can read",
                f"{kind.oldest} to {kind.schema}",
                "Open and save it with an earlier version of attendance-core first",
            )
        )
    if faults:
        raise DocumentError(*faults)
    return int(str(schema))


def _migrated(body: dict[str, Any], kind: DocumentKind[Any], schema: int, where: str) -> dict[str, Any]:
    for step in range(schema, kind.schema):
        try:
            body = kind.migrations[step](deepcopy(body))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise DocumentError(
                Fault(
                    where,
                    f"cannot be brought from schema {step} to {step + 1} ({type(error).__name__})",
                    f"a {kind.name} as schema {step} has it",
                    "See whether keys were removed or changed by hand",
                )
            ) from None
    return body


def _without_none(data: Any) -> Any:
    """Leave out what TOML has no word for; it is the default where it may be left out."""
    if isinstance(data, dict):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    if isinstance(data, list | tuple):
        return [_without_none(value) for value in data]
    return data
