"""What the sheets of a form have in common while they are written: looks, places, heights, and what an item says."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from attrs import define, field

from attendance_core.model.audits import Audit
from attendance_core.model.frameworks import Framework, Item
from attendance_core.plugins.builtin import form_layout as layout
from attendance_core.plugins.builtin.sheetxml import reference

COLOURS = {"red": "#f4c7c3", "amber": "#fce8b2", "green": "#b7e1cd", "incomplete": "#e3e6ea"}
#: Width of the statements, in characters.
WIDE = 60
#: Columns that formulas use and nobody fills in.
HELPERS = ("counts", "points", "planned", "due")


@define(kw_only=True)
class FormSheets:
    """A form while it is written, and the cells that formulas have to find again.

    Attributes:
        workbook: The workbook of the writer's library.
        audit: What is filled in.
        framework: What it answers.
        as_of: The day on which actions are overdue or not.
        looks: Formats that were made, by their properties.
        spans: Section id (empty: the whole) to first and last row of its items, from 0.
        places: Name of a place to its absolute reference, sheet included.
    """

    workbook: Any
    audit: Audit
    framework: Framework
    as_of: date
    looks: dict[str, Any] = field(factory=dict)
    spans: dict[str, tuple[int, int]] = field(factory=dict)
    places: dict[str, str] = field(factory=dict)

    def look(self, **properties: Any) -> Any:
        """Return the format with these properties, made once."""
        key = repr(sorted(properties.items()))
        if key not in self.looks:
            self.looks[key] = self.workbook.add_format({"valign": "top", **properties})
        return self.looks[key]

    def put(self, sheet: Any, row: int, column: int, value: Any, **look: Any) -> None:
        """Write a text as a text, a day as a day, and nothing as an empty cell of its look."""
        if isinstance(value, date) and value >= layout.FIRST_DAY:
            sheet.write_datetime(row, column, value, self.look(num_format="d mmm yyyy", align="left", **look))
        elif value is None or value == "":
            sheet.write_blank(row, column, None, self.look(text_wrap=True, **look))
        else:
            sheet.write_string(row, column, str(value), self.look(text_wrap=True, **look))

    def heads(self, sheet: Any, row: int, heads: Sequence[str]) -> None:
        """Write a row of headings."""
        for column, head in enumerate(heads):
            self.put(sheet, row, column, head, bold=True, bottom=1, bg_color="#eef2f6")

    def title(self, sheet: Any, text: str, below: str = "", *, column: int = 1) -> None:
        """Head a sheet; both lines run on over the empty cells beside them."""
        sheet.write_string(0, column, text, self.look(bold=True, font_size=16))
        sheet.set_row(0, 22)
        sheet.write_string(1, column, below, self.look(italic=True))

    def heads_more(self, sheet: Any, column: int, name: str) -> None:
        """Head a hidden column that formulas use."""
        self.put(sheet, 0, column, name, italic=True, font_color="#8a94a0")
        sheet.set_column(column, column, 6, None, {"hidden": True})

    def coloured(self, sheet: Any, row: int, column: int) -> None:
        """Colour a cell by the status that it begins with."""
        for word, colour in COLOURS.items():
            sheet.conditional_format(
                row, column, row, column,
                {"type": "text", "criteria": "begins with", "value": word,
                 "format": self.workbook.add_format({"bg_color": colour})},
            )  # fmt: skip


def absolute(sheet: str, row: int, column: int, last_row: int | None = None, last_column: int | None = None) -> str:
    """Return the absolute reference of a cell or a block, sheet included; rows and columns count from 0."""
    first = _dollars(reference(row, column))
    end = "" if last_row is None or last_column is None else f":{_dollars(reference(last_row, last_column))}"
    return f"'{sheet}'!{first}{end}"


def day_parts(cell: str) -> str:
    """Return the parts of a day that stands in a cell as text, 99 characters each, for `not_overdue`."""
    text = f'TRIM(SUBSTITUTE({cell},_xlfn.UNICHAR(160)," "))'
    return f'=IFERROR(SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({text},"/","."),"-","."),".",REPT(" ",99)),"")'


def not_overdue(due: str, parts: str, as_of: str) -> str:
    """Return the condition that an action's day has not passed, or that none is set.

    What is no day, such as ``after Easter``, sets none. A day as text is read as `FormCells.day` reads it: in Excel
    any text is greater than every number, so it would never have passed.

    Args:
        due: The cell of the day.
        parts: The cell with its `day_parts`.
        as_of: The cell of the day asked about.
    """
    first, month, third, more = (f"MID({parts},{start},99)" for start in (1, 100, 199, 298))
    first, month, third = (f"VALUE(TRIM({part}))" for part in (first, month, third))
    year = f"MAX({first},{third})"
    day = f"DATE({year},{month},MIN({first},{third}))"
    is_day = f'AND(TRIM({more})="",{year}>=1900,MONTH({day})={month})'
    before = f'AND(TRIM({more})="",{year}>=1000,{year}<1900)'
    return f"IF(ISNUMBER({due}),{due}>={as_of},IFERROR(IF({is_day},{day}>={as_of},NOT({before})),TRUE))"


def same_id(cells: str, id: str) -> str:
    """Return which cells of a block hold an id, each 1 or 0; ``COUNTIF`` would take 1.1 and 1.10 for one number."""
    return f"ISTEXT({cells})*EXACT(TRIM({cells}),{id})"


def _dollars(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell[len(letters) :]}"


def height(texts: Sequence[tuple[int, str]]) -> float:
    """Guess the height of a row from its texts and the widths that they run over; not every reader fits it itself."""
    lines = (sum(1 + len(line) * 11 // (10 * width) for line in text.split("\n")) for width, text in texts)
    return 15.0 * min(max(lines), 25)


def statement(item: Item) -> str:
    """Return what a form says of an item: its text, when it is reached, and what is uncertain about it."""
    parts = [item.text or "(The source lost this text.)"]
    if item.title and item.title != item.text:
        parts.insert(0, item.title)
    if item.success_criteria:
        parts.append(f"Reached when: {item.success_criteria}")
    if item.uncertain:
        parts.append("Uncertain in the source: it may stay open, and is counted apart.")
    return "\n".join(parts)
