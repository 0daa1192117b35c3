"""What code says about itself: docstrings, keys, kinds, defaults."""

import ast
import inspect
import re
import textwrap
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from attrs import NOTHING, Factory, fields, has, resolve_types

from reference_pages.writing import code, table


def member_docs(cls: type) -> dict[str, str]:
    """Return the texts below the members or fields of a class, by name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    found: dict[str, str] = {}
    name = ""
    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name] = " ".join(str(node.value.value).split())
            name = ""
        else:
            name = ""
    return found


def attribute_docs(cls: type) -> dict[str, str]:
    """Return what a class says of its attributes, in its docstring or below them."""
    found: dict[str, str] = {}
    text = inspect.getdoc(cls) or ""
    match = re.search(r"^Attributes:\n((?:    .*\n?|\n)*)", text + "\n", re.MULTILINE)
    if match:
        name = ""
        for line in textwrap.dedent(match[1]).splitlines():
            head = re.match(r"(\w+): (.*)", line)
            if head and not line.startswith(" "):
                name = head[1]
                found[name] = head[2]
            elif name and line.strip():
                found[name] += " " + line.strip()
    return {"id": "A short, stable name.", "title": "What it is called for people.", **found, **member_docs(cls)}


def summary(cls: type) -> str:
    """Return the first paragraph of a docstring."""
    return (inspect.getdoc(cls) or "").split("\n\n")[0]


def choices(cls: type[StrEnum]) -> str:
    """List the members of an enumeration with what they say of themselves."""
    docs = member_docs(cls)
    return table(
        ("Value", "Meaning"), [(code(member.value), docs.get(member.name, "").replace("``", "`")) for member in cls]
    )


def kind_of(typ: Any) -> str:
    """Say in words which value a key takes."""
    origin, args = get_origin(typ), [arg for arg in get_args(typ) if arg not in (NoneType, Ellipsis)]
    if origin in (Union, UnionType):
        return " or ".join(kind_of(arg) for arg in args)
    if origin is tuple:
        return f"list of {kind_of(args[0])}"
    if origin is dict:
        return f"table of {kind_of(args[1])}"
    if isinstance(typ, type) and issubclass(typ, StrEnum):
        return "one of " + ", ".join(code(member.value) for member in typ)
    if has(typ):
        return f"[{typ.__name__}](#{typ.__name__.lower()})"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "date"}
    return names[typ]


def default_of(attribute: Any) -> str:
    """Say what holds where a key is left out."""
    value = attribute.default
    if value is NOTHING:
        return "**must be given**"
    if isinstance(value, Factory):  # type: ignore[arg-type]
        value = value.factory()
    if isinstance(value, StrEnum):
        return code(value.value)
    if isinstance(value, bool):
        return code(str(value).lower())
    if value is None or value in ("", (), {}) or has(type(value)):
        return "none"
    if isinstance(value, tuple):
        return code("[" + ", ".join(f'"{item}"' for item in value) + "]")
    return code(value)


def keys_of(cls: type) -> str:
    """List the keys of a document's table."""
    resolve_types(cls)
    docs = attribute_docs(cls)
    rows = [
        (code(field.name), kind_of(field.type), default_of(field), docs.get(field.name, "").replace("``", "`"))
        for field in fields(cls)
    ]
    return table(("Key", "Value", "If left out", "Meaning"), rows)
