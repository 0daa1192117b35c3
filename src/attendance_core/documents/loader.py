"""Read and write TOML and JSON documents."""

import json
import tomllib
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import tomli_w
from attrs import Factory, fields, has

from attendance_core.documents.converter import structure, unstructure
from attendance_core.errors import DocumentError, Fault, UnreadableFileError

T = TypeVar("T")


def read_text(path: Path) -> str:
    """Read a UTF-8 file, with or without a byte-order mark.

    Raises:
        UnreadableFileError: If there is none, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UnreadableFileError(Fault(str(path), "no such file", "a file", "Check the path")) from None
    except IsADirectoryError:
        raise UnreadableFileError(Fault(str(path), "is a folder", "a file", "Name the file in it")) from None
    except PermissionError:
        raise UnreadableFileError(
            Fault(str(path), "may not be read", "a readable file", "Change its permissions")
        ) from None
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            Fault(str(path), f"byte {error.start} is not UTF-8", "UTF-8 text", "Save the file as UTF-8")
        ) from None


def parse_toml(text: str, *, where: str) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        DocumentError: With line and column, if the text is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(Fault(where, str(error), "TOML", "Correct that line")) from None
    except (RecursionError, ValueError):
        # The parser follows nesting without a limit, and leaves numbers of thousands of digits to Python.
        raise DocumentError(
            Fault(
                where, "lists or tables are nested too deep, or a number is too long", "TOML", "Simplify the document"
            )
        ) from None


def parse_json(text: str, *, where: str) -> dict[str, Any]:
    """Parse a JSON object; a key that stands twice is a fault, for one of its values would be lost.

    Raises:
        DocumentError: With line and column, if the text is no JSON object.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        broken = [
            key for key, _ in pairs if not key.isascii() and key != key.encode("utf-8", "replace").decode("utf-8")
        ]
        if broken:
            fault = Fault(where, "a key holds half a character", "keys of whole characters", "Write it again")
            raise DocumentError(fault)
        twice = sorted(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        if twice:
            raise DocumentError(*(Fault(f"{where}: {key}", "stands twice", "once", "Remove one") for key in twice))
        return dict(pairs)

    def refuse(name: str) -> Any:
        raise DocumentError(Fault(where, f"{name} is no number of JSON", "a number", "Correct the value"))

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise DocumentError(
            Fault(where, f"{error.msg} (at line {error.lineno}, column {error.colno})", "JSON", "Correct that line")
        ) from None
    except (RecursionError, ValueError):
        raise DocumentError(
            Fault(where, "lists or objects are nested too deep, or a number is too long", "JSON", "Simplify it")
        ) from None
    if not isinstance(data, dict):
        raise DocumentError(Fault(where, f"{type(data).__name__} found", "an object", "Put it between { and }"))
    return data


def load_toml(path: Path, cls: type[T]) -> T:
    """Read a TOML document into a value.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    return structure(parse_toml(read_text(path), where=path.name), cls, where=path.name)


def dump_json(value: object, *, indent: int | None = 2) -> str:
    """Write a value as JSON, its keys in the order of its class."""
    return json.dumps(unstructure(value), indent=indent, ensure_ascii=False, allow_nan=False)


def dump_toml(value: object) -> str:
    """Write a value as TOML, its keys in the order of its class; what is as it would be anyway is left out."""
    return tomli_w.dumps(as_plain(value), multiline_strings=False)


def as_plain(value: Any) -> Any:
    """Turn a value into TOML's own kinds, leaving out what is as it would be anyway."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_plain(item) for key, item in value.items()}
    if not has(type(value)):
        return value
    plain = {}
    for attribute in fields(type(value)):
        item, default = getattr(value, attribute.name), attribute.default
        if isinstance(default, Factory):  # type: ignore[arg-type]
            default = default.factory()
        if item is not None and item != default:
            plain[attribute.name] = as_plain(item)
    return plain
