"""The parts of an Excel sheet: titles, paragraphs, tables and native charts, one under the other."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from attendance_core.model.reports import Cell, Chart, ChartKind, ColumnKind
from attendance_core.plugins.builtin.charts import LINES
from attendance_core.plugins.builtin.formatting import (
    NOT_AVAILABLE,
    NUMERIC,
    cell_text,
    chart_places,
    chart_points,
    clean,
)

#: Excel's own limits.
LONGEST_TEXT = 32_767
LONGEST_HEADER = 255
FIRST_DAY = date(1900, 3, 1)
#: Widths in characters.
NARROWEST, WIDEST, WIDEST_ID = 9, 44, 70
#: Paragraphs run over this many columns.
PROSE = 8
LINE_HEIGHT = 15.0
CHART_ROWS = 17
DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "square_dot")
MARKERS = ("circle", "square", "triangle", "diamond", "x", "plus")
FILLS = ("#1f5a96", "#c3d7ea", "#7d6bb0", "#e2daf2", "#2b6e3f", "#cfe6d3")
_NUMBERS = {
    ColumnKind.INTEGER: "#,##0",
    ColumnKind.PERCENT: '0.0"%"',
    ColumnKind.POINTS: "+0.0;-0.0;0.0",
    ColumnKind.DAYS: "#,##0.0",
}


class _Exact(float):
    """A float that is written with all its digits; the writer would otherwise keep sixteen of seventeen."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def sheet_name(title: str) -> str:
    r"""Turn a title into a name that Excel takes: 31 characters, none of ``[]:*?/\``, no apostrophe at an end.

    >>> sheet_name("Trend: by week?"), sheet_name("History"), sheet_name("'")
    ('Trend by week', 'History sheet', 'Section')
    """
    # Excel counts a character beyond U+FFFF twice; a name does without them.
    plain = " ".join(re.sub(r"[\[\]:*?/\\\U00010000-\U0010ffff]", " ", clean(title)).split())[:31].strip("' ")
    if plain.casefold() == "history":  # reserved by Excel
        return f"{plain} sheet"
    return plain or "Section"


class Book:
    """A workbook with the formats that its sheets share."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self._formats: dict[str, Any] = {}
        self.tables = 0

    def sheet(self, name: str) -> "Sheet":
        """Add a sheet."""
        return Sheet(self, name)

    def look(self, **properties: Any) -> Any:
        """Return a format, the same one for the same properties."""
        key = repr(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"valign": "top", **properties})
        return self._formats[key]


class Sheet:
    """A sheet that is filled from the top down."""

    def __init__(self, book: Book, name: str) -> None:
        self._book = book
        self._name = name
        self._sheet = book.workbook.add_worksheet(name)
        self._row = 0
        self._widths: dict[int, int] = {}
        self._header_rows: list[int] = []
        self._ids: set[int] = set()
        #: For each row, the longest wrapped text in each column; None stands for a paragraph.
        self._wrapped: dict[int, dict[int | None, str]] = {}

    def title(self, text: str) -> None:
        """Write the sheet's title."""
        self._sheet.set_row(0, 26)
        self._text(0, 0, text, self._book.look(bold=True, font_size=16))
        self._row = 2

    def heading(self, text: str) -> None:
        """Write the title of a block."""
        self._text(self._row, 0, text, self._book.look(bold=True, font_size=12))
        self._row += 1

    def caption(self, text: str) -> None:
        """Write a line of small print, if there is one."""
        if text:
            self._text(self._row, 0, text, self._book.look(italic=True, font_color="#56606b"))
            self._row += 1

    def paragraph(self, text: str) -> None:
        """Write running text over the width of a page."""
        look = self._book.look(text_wrap=True)
        self._sheet.merge_range(self._row, 0, self._row, PROSE - 1, "", look)
        self._text(self._row, 0, text, look)
        self._wrapped[self._row] = {None: text}
        self._row += 2

    def plain(self, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a heading and a table of texts."""
        self.heading(title)
        self.table(heads, [ColumnKind.TEXT] * len(heads), tuple(tuple(row) for row in rows))

    def table(
        self,
        heads: Sequence[str],
        kinds: Sequence[ColumnKind],
        rows: Sequence[Sequence[Cell]],
        *,
        by_row: Mapping[int, Sequence[ColumnKind]] | None = None,
        missing: str = NOT_AVAILABLE,
    ) -> None:
        """Write a native table, which Excel can sort and filter.

        Args:
            heads: Titles of the columns.
            kinds: How the cells of each column are written.
            rows: The cells.
            by_row: Kinds for each row of a column whose rows differ.
            missing: What an empty cell says.
        """
        top = self._row
        self._header_rows.append(top)
        numeric = {at for at, kind in enumerate(kinds) if kind in NUMERIC} | set(by_row or {})
        self._native_table(top, heads, len(rows), numeric)
        for offset, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                kind = (by_row or {}).get(column, kinds)[offset - 1 if by_row and column in by_row else column]
                self._cell(top + offset, column, cell, kind, missing)
        self._row = top + max(len(rows), 1) + 2

    def chart(self, chart: Chart) -> None:
        """Write a chart's numbers and draw a native chart from them; a heat map colours the numbers themselves."""
        heat = chart.kind is ChartKind.HEATMAP
        drawn = not heat and bool(chart.categories) and bool(chart.series)
        place = self._row
        if drawn:
            self._row += CHART_ROWS
        self.caption(chart.value_title)
        top = self._row
        size = len(chart.categories)
        values = [point.value for point in chart_points(chart)]
        kind = ColumnKind.DAYS if chart_places(chart) else ColumnKind.INTEGER
        rows = [(category, *values[index::size]) for index, category in enumerate(chart.categories)]
        heads = [chart.category_title, *(series.name for series in chart.series)]
        self.table(heads, [ColumnKind.TEXT, *[kind] * len(chart.series)], rows, missing="")
        if heat and size and chart.series:
            self._sheet.conditional_format(
                top + 1, 1, top + size, len(chart.series),
                {"type": "3_color_scale", "min_color": "#eaf2fa", "mid_color": "#a9c9e8", "max_color": "#5b93c9"},
            )  # fmt: skip
        if drawn:
            self._draw(chart, place, top)

    def finish(self, *, header_only: bool = False) -> None:
        """Set widths, what stays in sight while scrolling, and the page."""
        widths = {
            column: min(max(width + 2, NARROWEST), WIDEST_ID if column in self._ids else WIDEST)
            for column, width in self._widths.items()
        }
        for column, width in widths.items():
            self._sheet.set_column(column, column, width)
        prose = sum(widths.get(column, NARROWEST) for column in range(PROSE))
        # Readers of the format do not all fit a row to its wrapped texts by themselves.
        for row, texts in self._wrapped.items():
            lines = max(_lines(text, prose if at is None else widths[at]) for at, text in texts.items())
            if lines > 1:
                self._sheet.set_row(row, LINE_HEIGHT * min(lines, 25))
        alone = len(self._header_rows) == 1 and self._header_rows[0] < 8
        self._sheet.freeze_panes(self._header_rows[0] + 1 if header_only or alone else 1, 1 if alone else 0)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)
        self._sheet.hide_gridlines(2)

    def _native_table(self, top: int, heads: Sequence[str], size: int, numeric: set[int]) -> None:
        # Excel repairs, with an alarm, a table with two headings alike, an empty one or one with a line break.
        seen: dict[str, int] = {}
        titles = []
        for position, head in enumerate(heads):
            title = clean(head)[: LONGEST_HEADER - 5] or f"Column {position + 1}"
            seen[title.casefold()] = seen.get(title.casefold(), 0) + 1
            count = seen[title.casefold()]
            titles.append(title if count == 1 else f"{title} ({count})")
        self._book.tables += 1
        self._sheet.add_table(
            top, 0, top + max(size, 1), len(titles) - 1,
            {
                "name": f"Table_{self._book.tables}",
                "style": "Table Style Light 1",
                "columns": [{"header": title} for title in titles],
            },
        )  # fmt: skip
        for column, title in enumerate(titles):
            side = {"align": "right"} if column in numeric else {"indent": min(column, 1)}
            look = self._book.look(bold=True, bottom=1, text_wrap=True, **side)
            self._text(top, column, title, look, measured=min(len(title) + 3, 16))

    def _cell(self, row: int, column: int, cell: Cell, kind: ColumnKind, missing: str) -> None:
        if cell is None:
            if missing:
                self._text(row, column, missing, self._book.look(font_color="#56606b", indent=min(column, 1)))
        elif isinstance(cell, date) and cell >= FIRST_DAY:
            self._sheet.write_datetime(row, column, cell, self._book.look(num_format="d mmm yyyy", align="left"))
            self._measure(column, 12)
        elif isinstance(cell, str) and kind is ColumnKind.FIGURE:
            self._ids.add(column)
            self._text(row, column, cell, self._book.look(indent=min(column, 1)))
        elif isinstance(cell, str | date):
            text = cell_text(cell, kind)
            self._text(row, column, text, self._book.look(text_wrap=True, indent=min(column, 1)))
            self._wrapped.setdefault(row, {})[column] = text
        else:
            self._sheet.write_number(
                row, column, _Exact(cell), self._book.look(num_format=_NUMBERS.get(kind, "General"))
            )
            self._measure(column, len(cell_text(cell, kind)) + 1)

    def _text(self, row: int, column: int, text: str, look: Any, measured: int | None = None) -> None:
        """Write a text as a text, whatever it begins with."""
        held = text.encode("utf-8", "replace").decode()[:LONGEST_TEXT]
        self._sheet.write_string(row, column, held, look)
        in_table = bool(self._header_rows) and row >= self._header_rows[-1]
        if measured is not None or in_table:
            self._measure(column, measured if measured is not None else max(map(len, held.split("\n"))))

    def _measure(self, column: int, width: int) -> None:
        self._widths[column] = max(self._widths.get(column, 0), width)

    def _draw(self, chart: Chart, place: int, top: int) -> None:
        line = chart.kind is ChartKind.LINE
        drawn = self._book.workbook.add_chart({"type": "line" if line else "column"})
        last = top + len(chart.categories)
        for index, _ in enumerate(chart.series):
            column = index + 1
            colour = LINES[index % len(LINES)]
            # Names are references to cells: the writer would take a name such as "A!B1" for a formula.
            series: dict[str, Any] = {
                "name": [self._name, top, column],
                "categories": [self._name, top + 1, 0, last, 0],
                "values": [self._name, top + 1, column, last, column],
            }
            if line:
                series["line"] = {"color": colour, "width": 2, "dash_type": DASHES[index % len(DASHES)]}
                series["marker"] = {
                    "type": MARKERS[index % len(MARKERS)], "size": 5,
                    "fill": {"color": colour}, "border": {"color": colour},
                }  # fmt: skip
            else:
                series |= {"fill": {"color": FILLS[index % len(FILLS)]}, "border": {"color": "#1f5a96"}, "gap": 60}
            drawn.add_series(series)
        drawn.show_blanks_as("gap")
        drawn.set_title({"none": True})
        drawn.set_x_axis({"name": [self._name, top, 0], "name_font": {"bold": False}})
        drawn.set_y_axis(
            {
                "name": [self._name, top - 1, 0],
                "name_font": {"bold": False},
                "major_gridlines": {"visible": True, "line": {"color": "#dde2e8"}},
                **_bounds(chart, line),
            }
        )
        drawn.set_legend({"none": True} if len(chart.series) < 2 else {"position": "top"})
        drawn.set_size({"width": 760, "height": CHART_ROWS * 20 - 10})
        drawn_text = clean(f"{chart.title}. {chart.text}")[:LONGEST_HEADER]
        self._sheet.insert_chart(place, 0, drawn, {"description": drawn_text, "object_position": 2})


def _lines(text: str, width: int) -> int:
    """Guess how many lines a text takes; words do not fill a line to its end."""
    return sum(1 if len(line) <= width else 1 + int(len(line) * 1.08) // width for line in text.split("\n"))


def _bounds(chart: Chart, line: bool) -> dict[str, float]:
    """Start a line chart near its lowest value: rates of attendance all lie in the nineties."""
    known = [value for series in chart.series for value in series.values if value is not None]
    return {"min": float(int(min(known)) - (min(known) < 0))} if line and known else {}
