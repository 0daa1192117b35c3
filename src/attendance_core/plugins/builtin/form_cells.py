"""Cells of a filled form: what one says clearly is taken, everything else is told and kept."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field

from attendance_core.errors import DocumentError, Fault, UnreadableFileError, join_names
from attendance_core.model.audits import FormDoubt
from attendance_core.plugins.builtin import form_layout as layout
from attendance_core.plugins.builtin.sheetxml import reference, sheet_facts, unpacked_size
from attendance_core.plugins.builtin.spreadsheet import LARGEST_PACKAGE, as_text
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.kinds import head_of, recognise

M = TypeVar("M", bound=StrEnum)
#: Days as text, the year last or first. The sheet's own formula reads the same ones.
_DAYS = (
    re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})", re.ASCII),
    re.compile(r"(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})", re.ASCII),
)


def sheets_of(path: Path) -> dict[str, list[list[Any]]]:
    """Return the cells of each sheet, by row and column from 0.

    Raises:
        UnreadableFileError: If the file is no workbook.
    """
    kind = recognise(head_of(path))
    if kind is None or kind.id not in ("xlsx", "ods", "ole"):
        what = kind.what if kind else "plain text"
        raise UnreadableFileError(Fault(str(path), f"this is {what}", "a form as an Excel workbook", "Save it as XLSX"))
    with reading(path, "a form"):
        from io import BytesIO

        from python_calamine import CalamineWorkbook

        if kind.id != "ole" and unpacked_size(path) > LARGEST_PACKAGE:
            raise UnreadableFileError(Fault(str(path), "is too large after unpacking", "a form", "Name the form"))
        book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        for name, cells in sheets.items():
            facts = sheet_facts(path, name) if kind.id == "xlsx" else None
            for (row, column), text in (facts.errors if facts else {}).items():
                if row < len(cells) and column < len(cells[row]):
                    cells[row][column] = CellError(text)
        return sheets


class CellError(str):
    """The error of a formula, such as ``#N/A``: a cell that holds one says nothing."""

    __slots__ = ()


def shown(text: str) -> str:
    """Return a text, or nothing where it shows nothing."""
    return "" if layout.blank(text) else text


@define(kw_only=True)
class FormCells:
    """The sheets of one form, and what was doubtful in them so far.

    Attributes:
        where: Name of the file, for messages.
        sheets: Name of a sheet to its cells, by row and column from 0.
        doubts: What a person has to decide.
        errors: Cells whose error has been told.
    """

    where: str
    sheets: Mapping[str, list[list[Any]]]
    doubts: list[FormDoubt] = field(factory=list)
    errors: set[tuple[str, int, int]] = field(factory=set)

    def cell(self, sheet: str, row: int, column: int) -> Any:
        """Return what stands in a cell; an empty text where there is none."""
        rows = self.sheets.get(sheet, [])
        if row >= len(rows) or column < 0 or column >= len(rows[row]):
            return ""
        value = rows[row][column]
        return "" if value is None else value

    def text(self, sheet: str, row: int, column: int) -> str:
        """Return a cell as text, blanks kept; the error of a formula is doubtful, and no text."""
        value = self.cell(sheet, row, column)
        if not isinstance(value, CellError):
            return as_text(value)
        if (sheet, row, column) not in self.errors:
            self.errors.add((sheet, row, column))
            self.doubt(sheet, row, column, "is the error of a formula, so nothing of it is taken", found=value)
        return ""

    def said(self, sheet: str, row: int, column: int) -> str:
        """Return what a cell shows; nothing where it holds blanks alone."""
        return shown(self.text(sheet, row, column))

    def doubt(self, sheet: str, row: int, column: int, what: str, item: str = "", found: str = "") -> None:
        """Keep what a cell says among the doubts."""
        says = found or as_text(self.cell(sheet, row, column))
        self.doubts.append(FormDoubt(cell=f"{sheet}!{reference(row, column)}", item=item, what=what, found=says))

    def day(self, sheet: str, row: int, column: int, item: str = "") -> date | None:
        """Read a day; a text that is none is doubtful."""
        value = self.cell(sheet, row, column)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = self.text(sheet, row, column).strip()
        if not text:
            return None
        match = next(filter(None, (pattern.fullmatch(text) for pattern in _DAYS)), None)
        with suppress(ValueError):
            if match:
                return date(**{part: int(number) for part, number in match.groupdict().items()})
        self.doubt(sheet, row, column, "is no day", item)
        return None

    def member(self, sheet: str, row: int, column: int, cls: type[M], default: M, item: str = "") -> M:
        """Read one of a few words; an empty cell is the first meaning, another word is doubtful."""
        text = self.text(sheet, row, column).strip()
        if not text:
            return default
        try:
            return cls(text.lower())
        except ValueError:
            self.doubt(sheet, row, column, f"is none of {join_names([one.value for one in cls])}", item)
            return default

    def find_heads(self, sheet: str, heads: tuple[str, ...]) -> tuple[int, dict[str, int]]:
        """Return the row of the headings and the column of each.

        Raises:
            DocumentError: If one is missing.
        """
        best: tuple[int, dict[str, int]] = (0, {})
        for row, cells in enumerate(self.sheets.get(sheet, [])[:50]):
            found: dict[str, int] = {}
            for column, cell in enumerate(cells):
                name = as_text(cell).strip()
                if name in heads and name not in found:
                    found[name] = column
            if len(found) > len(best[1]):
                best = (row, found)
        missing = [head for head in heads if head not in best[1]]
        if missing:
            raise DocumentError(
                Fault(
                    f"{self.where}: sheet {sheet!r}",
                    f"lacks the headings {join_names(missing)}",
                    f"{join_names(heads, limit=20)} in one row",
                    "Write them back, or copy the answers into a fresh form",
                )
            )
        return best

    def rows(self, sheet: str) -> Iterator[tuple[int, dict[str, int]]]:
        """Yield row and columns of every entry of a table."""
        if sheet not in self.sheets:
            return
        heads = layout.TABLES[sheet]
        top, at = self.find_heads(sheet, heads)
        for row in range(top + 1, len(self.sheets[sheet])):
            if any(not layout.blank(self.text(sheet, row, at[head])) for head in heads):
                yield row, at

    def known(self, sheet: str, row: int, at: Mapping[str, int], items: Mapping[str, Any], what: str) -> str | None:
        """Return the item of an entry; what belongs to no item is doubtful, and kept."""
        if self.number(sheet, row, at[layout.KEY], found=what):
            return None
        key = self.text(sheet, row, at[layout.KEY]).strip()
        if key in items:
            return key
        self.doubt(sheet, row, at[layout.KEY], f"names no item of the framework: {key!r}", found=what)
        return None

    def number(self, sheet: str, row: int, column: int, found: str = "") -> bool:
        """Say whether a cell for ids holds a number; that is doubtful, since 1.10 as a number is 1.1."""
        if not isinstance(self.cell(sheet, row, column), int | float):
            return False
        self.doubt(sheet, row, column, "is a number and no text, so 1.1 and 1.10 cannot be told apart", found=found)
        return True

    def whole_row(self, sheet: str, row: int) -> str:
        """Return every text in a row of a table."""
        count = len(layout.TABLES[sheet])
        cells = (self.text(sheet, row, column) for column in range(count))
        return " | ".join(cell for cell in cells if not layout.blank(cell))
