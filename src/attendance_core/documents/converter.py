"""Structure and unstructure values, with every fault and its key path."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import GenericAlias
from typing import Any, TypeVar, get_args, get_origin

from attrs import fields, has
from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from attendance_core.errors import AttendanceError, DocumentError, Fault, alike, join_names

T = TypeVar("T")


def _strict_date(value: object, _: type) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("a date written 2025-09-01")


def _strict_str(value: object, _: type) -> str:
    if not isinstance(value, str):
        raise ValueError("a text in quotation marks")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        # JSON can escape one half of a surrogate pair; nothing could write such a text again.
        raise ValueError("a text of whole characters") from None
    return value


def _strict_member(value: object, cls: type[StrEnum]) -> StrEnum:
    return cls(_strict_str(value, str))


def _strict_int(value: object, _: type) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    return value


def _strict_float(value: object, _: type) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def _strict_bool(value: object, _: type) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _is_series(cls: object) -> bool:
    return get_origin(cls) is tuple and get_args(cls)[1:] == (...,)


def _strict_series(cls: Any, converter: Converter) -> Callable[[object, Any], tuple[Any, ...]]:
    """Take only a list as a list: a text would be split into its letters, a table into its keys."""
    item = get_args(cls)[0]
    wanted: Any = GenericAlias(list, (item,))
    expected = "a list of tables, as under [[...]]" if has(item) else 'a list, even of one, as in ["fsm"]'

    def series(value: object, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(expected)
        return tuple(converter.structure(value, wanted))

    return series


def _strict_table(cls: Any, converter: Converter) -> Callable[[object, Any], Any]:
    """Take only a table as a table."""
    inner = converter.gen_structure_attrs_fromdict(cls)

    def table(value: object, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError("a table of keys and values")
        return inner(value, cls)

    return table


def make_converter(*, native_dates: bool = False, thorough: bool = True) -> Converter:
    """Return a converter that forbids unknown keys and accepts no value of another type.

    Args:
        native_dates: Whether plain data may hold dates, as TOML has them.
        thorough: Whether every fault is found with its place, and not the first one alone.
    """
    converter = Converter(forbid_extra_keys=True, detailed_validation=thorough, omit_if_default=False)
    converter.register_structure_hook(date, _strict_date)
    converter.register_structure_hook(str, _strict_str)
    # A hook for str also takes every StrEnum, and would let any text pass as its member.
    converter.register_structure_hook(StrEnum, _strict_member)
    converter.register_structure_hook(int, _strict_int)
    converter.register_structure_hook(float, _strict_float)
    converter.register_structure_hook(bool, _strict_bool)
    converter.register_structure_hook_factory(_is_series, _strict_series)
    converter.register_structure_hook_factory(has, _strict_table)
    converter.register_unstructure_hook(date, lambda value: value if native_dates else value.isoformat())
    return converter


def structure(data: object, cls: type[T], *, where: str) -> T:
    """Turn plain data into a value.

    Args:
        data: Tables, lists and scalars as TOML or JSON give them.
        cls: The attrs class wanted.
        where: Name of the document, for messages.

    Raises:
        DocumentError: With one fault for each key that is missing, unknown or of the wrong type.
    """
    try:
        return _QUICK.structure(data, cls)
    except (AttendanceError, ForbiddenExtraKeysError, ValueError, TypeError, LookupError, AttributeError):
        pass  # The thorough converter finds every fault and its place, and takes twice the time.
    try:
        return _CONVERTER.structure(data, cls)
    except BaseValidationError as group:
        raise DocumentError(*_faults(group, where, "")) from None
    except AttendanceError as error:
        raise DocumentError(
            *(Fault(where, fault.what, fault.expected, fault.remedy) for fault in error.faults)
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        found = repr(data) if isinstance(data, str) and _members(cls) else type(data).__name__
        raise DocumentError(Fault(where, f"{found} found", _expected(error, cls), "Correct the value")) from None


def unstructure(value: object, *, native_dates: bool = False) -> Any:
    """Turn a value into plain data; dates become ISO texts, unless plain data may hold them."""
    return (_WITH_DATES if native_dates else _CONVERTER).unstructure(value)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _faults(error: BaseException, where: str, path: str, typ: object = None, cls: object = None) -> list[Fault]:
    """Flatten cattrs' groups into faults with key paths.

    Args:
        error: What was raised.
        where: Name of the document.
        path: Key path of what was being structured.
        typ: The type wanted there.
        cls: The class whose own rules were broken, where it is one's.
    """
    if isinstance(error, BaseValidationError):
        found: list[Fault] = []
        for child in error.exceptions:
            child_path, child_type = path, typ
            for note in getattr(child, "__notes__", ()):
                if isinstance(note, AttributeValidationNote):
                    child_path, child_type = _join(path, note.name), note.type
                elif isinstance(note, IterableValidationNote):
                    child_path = (
                        f"{path}[{note.index}]" if isinstance(note.index, int) else _join(path, str(note.index))
                    )
                    child_type = note.type
            own = getattr(error, "cl", None) if child_path == path else None
            found += _faults(child, where, child_path, child_type, own)
        return found
    place = f"{where}: {path}" if path else where
    if isinstance(error, AttendanceError):
        return [
            Fault(_within(where, path, fault.where, cls), fault.what, fault.expected, fault.remedy)
            for fault in error.faults
        ]
    if isinstance(error, ForbiddenExtraKeysError):
        allowed = sorted(attribute.name for attribute in fields(error.cl)) if has(error.cl) else []
        return [
            Fault(
                f"{where}: {_join(path, key)}",
                "unknown key",
                f"one of {join_names(allowed, limit=30)}",
                f"Did you mean {alike(key, allowed)[0]!r}?" if alike(key, allowed) else "Remove or rename it",
            )
            for key in sorted(error.extra_fields)
        ]
    if isinstance(error, KeyError):
        key = str(error.args[0])
        at = path if path.endswith(key) else _join(path, key)
        return [Fault(f"{where}: {at}", "required key is missing", _members(typ) or "a value", "Add it")]
    return [Fault(place, "value of the wrong kind", _expected(error, typ), "Correct the value")]


def _members(typ: object) -> str:
    """List the values of an enumeration; nothing for any other type."""
    one = next((arg for arg in get_args(typ) if hasattr(arg, "__members__")), typ)
    members = getattr(one, "__members__", {})
    listed = join_names([str(member.value) for member in members.values()], limit=30)
    return f"one of {listed}" if listed else ""


def _expected(error: BaseException, typ: object) -> str:
    """Say what would have been right: one of an enumeration's values, or what the hook says."""
    if isinstance(error, AttributeError) and get_origin(typ) is dict:
        return "a table of keys and values"
    return _members(typ) or str(error)


def _within(where: str, path: str, key: str, cls: object) -> str:
    """Return the place of a fault that a class found in itself: down to the key, where it names one of its own."""
    names = [attribute.name for attribute in fields(cls)] if isinstance(cls, type) and has(cls) else []
    if re.split(r"[.\[]", key)[0] in names:
        path = _join(path, key)
    return f"{where}: {path}" if path else where


_CONVERTER = make_converter()
_QUICK = make_converter(thorough=False)
_WITH_DATES = make_converter(native_dates=True)
