"""A framework as an Excel workbook: its items, and the links that lead from them."""

import io
from collections.abc import Sequence
from typing import Any

from attendance_core.model.frameworks import Framework
from attendance_core.model.reports import ColumnKind
from attendance_core.plugins.builtin.xlsx_sheet import Book

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def framework_book(
    framework: Framework, items: "tuple[Sequence[str], Sequence[Sequence[Any]]]", links: "tuple[Sequence[str], Any]"
) -> bytes:
    """Return a workbook whose texts never turn into formulas or links.

    Args:
        framework: The framework.
        items: Heads and rows of the items.
        links: Heads and rows of the links.
    """
    import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

    out = io.BytesIO()
    plain = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
    options = {"in_memory": True, **dict.fromkeys(plain, False)}
    workbook = xlsxwriter.Workbook(out, options)
    book = Book(workbook)
    about = book.sheet("About")
    about.title(framework.title)
    about.plain(
        "About this framework",
        ("What", "Value"),
        [
            ("Id", framework.id),
            ("Version", framework.version),
            ("Wording", framework.overlaid or "this library's own; the ids are the source's"),
            ("Scale", " / ".join(step.title for step in framework.ratings.steps)),
            ("Scale from", "this library" if framework.ratings.ours else "the source"),
        ],
    )
    for note in filter(None, (framework.note, *framework.notes)):
        about.paragraph(note)
    about.finish()
    for name, (heads, rows) in (("Items", items), ("Links", links)):
        sheet = book.sheet(name)
        sheet.title(name)
        sheet.table(
            heads, [ColumnKind.TEXT] * len(heads), [tuple(_cell(cell) for cell in row) for row in rows], missing=""
        )
        sheet.finish()
    workbook.close()
    return out.getvalue()


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
