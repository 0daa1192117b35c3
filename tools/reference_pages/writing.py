"""Markdown: pages, tables, lists, citations, numbers."""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

NOTICE = "<!-- Written by tools/make_reference.py: change the data that it comes from, then run the tool. -->"


def page(title: str, *parts: str) -> str:
    """Put a page together: one empty line between parts, one at the end."""
    return "\n\n".join([f"# {title}", NOTICE, *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def cell(value: object) -> str:
    """Write a table's cell."""
    return " ".join(str(value).split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table."""
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def code(text: object) -> str:
    """Write something as code; an empty text stays empty."""
    return f"`{text}`" if str(text) else ""


def sentences(text: str) -> str:
    """Put each sentence on a line of its own; double backticks become single ones."""
    flat = " ".join(text.split()).replace("``", "`")
    return re.sub(r"(?<=[a-z0-9)%`][.?]) (?=[A-Z`])", "\n", flat)


def listed(items: Iterable[str]) -> str:
    """Write a list."""
    return "\n".join(f"- {item}" for item in items)


def citations(cites: Iterable[Any]) -> str:
    """List citations: title with address, provision, standing, note."""
    from attendance_core.reference.sources import load_sources

    sources = load_sources()
    lines = []
    for cite in cites:
        source = sources[cite.source]
        title = f"[{source.title}]({source.url})" if source.url.startswith("https://") else source.title
        where = f", {cite.provision}" if cite.provision else ""
        note = f": {cite.note}" if cite.note else ""
        lines.append(f"{title}{where} ({cite.standing.value}){note}")
    return listed(lines)


def percent(value: float | None) -> str:
    """Write a percentage with two decimals, half up."""
    if value is None:
        return "not published"
    return str(Decimal(repr(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def yes(flag: bool) -> str:
    """Write a truth value."""
    return "yes" if flag else "no"
