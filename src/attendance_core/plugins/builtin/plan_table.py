"""The table in which schools keep their improvement plan, CSV or workbook: its rows as they lie, and written again."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from attendance_core.errors import Fault, InputError, UnreadableFileError
from attendance_core.model.reports import RenderedFile
from attendance_core.plans.layout import TableRow
from attendance_core.plugins.builtin.dialect import find_dialect
from attendance_core.plugins.builtin.render_csv import harmless
from attendance_core.plugins.builtin.spreadsheet import Spreadsheet, load_sheet, open_book
from attendance_core.plugins.builtin.textfile import load_text
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.kinds import head_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A plan has some dozens of rows.
MOST_ROWS = 5_000


def read_table(path: Path, *, sheet: str = "") -> tuple[TableRow, ...]:
    """Read the rows of a CSV or workbook: no cell is moved, and no row is made longer than it is.

    Args:
        path: The file.
        sheet: Worksheet of a workbook; empty: all that are visible, one after another.

    Raises:
        InputError: If the file cannot be read, or holds far more rows than a plan.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise UnreadableFileError(Fault(str(path), what, "a CSV file or a workbook", "Check the path"))
    head = head_of(path)
    if Spreadsheet().sniff(path, head) is not None:
        rows = _from_workbook(path, sheet)
    else:
        text = load_text(path, head)
        dialect = find_dialect(text.data, suffix=path.suffix.lower())
        with reading(path, "a CSV file"):
            records = csv.reader(io.StringIO(text.data.decode("utf-8"), newline=""), delimiter=dialect.delimiter)
            rows = [
                TableRow(where=f"row {number}", number=number, cells=tuple(map(_as_meant, record)))
                for number, record in enumerate(records, start=1)
            ]
    if len(rows) > MOST_ROWS:
        raise InputError(
            Fault(
                str(path),
                f"holds {len(rows):,} rows",
                f"a plan, at most {MOST_ROWS:,} rows",
                "Give the plan's table alone",
            )
        )
    return tuple(rows)


def _as_meant(cell: str) -> str:
    """Leave out the apostrophe that keeps a text of a CSV from being run."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell


def _from_workbook(path: Path, sheet: str) -> list[TableRow]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    with reading(path, "a workbook"), open_book(path) as book:
        names = [
            info.name
            for info in book.sheets_metadata
            if info.typ == SheetTypeEnum.WorkSheet and info.visible == SheetVisibleEnum.Visible
        ]
        if sheet:
            if sheet not in names:
                raise UnreadableFileError(
                    Fault(str(path), f"there is no sheet {sheet!r}", f"one of {', '.join(names)}", "Name one of these")
                )
            names = [sheet]
        rows: list[TableRow] = []
        for name in names:
            found = load_sheet(path, book, name, look_inside=path.suffix.lower() == ".xlsx")
            for index, row in enumerate(found.rows, start=1):
                where = f"row {index}" if len(names) == 1 else f"{name}, row {index}"
                sheet = name if len(names) > 1 else ""
                rows.append(TableRow(where=where, number=len(rows) + 1, sheet=sheet, cells=tuple(row)))
    return rows


def write_table(rows: Sequence[Sequence[str]], *, name: str, format: str) -> RenderedFile:
    """Write rows as ``csv`` or ``xlsx``; no text becomes a formula.

    Args:
        rows: The rows.
        name: Of the file, without its ending.
        format: ``csv`` or ``xlsx``.

    Raises:
        InputError: If it is neither.
    """
    if format == "csv":
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows([harmless(cell) for cell in row] for row in rows)
        # Excel takes a CSV for UTF-8 only with the mark.
        return RenderedFile(name=f"{name}.csv", media_type="text/csv", content=out.getvalue().encode("utf-8-sig"))
    if format == "xlsx":
        return RenderedFile(name=f"{name}.xlsx", media_type=MEDIA_TYPE, content=_workbook(rows))
    raise InputError(Fault(f"format {format!r}", "is no table of a plan", "csv or xlsx", "End the file's name so"))


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    from datetime import datetime

    import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

    out = io.BytesIO()
    plain = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, **dict.fromkeys(plain, False)})
    # Equal plans give equal files: nothing asks the clock.
    workbook.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a fixed mark, in no zone
    page = workbook.add_worksheet("Plan")
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top", "border": 1})
    headed = workbook.add_format({"text_wrap": True, "bold": True, "border": 1, "bg_color": "#e3e6ea"})
    bold = workbook.add_format({"bold": True, "font_size": 12})
    page.set_column(0, 0, 8)
    page.set_column(1, 15, 30)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    filled = [bool(row) for row in rows]
    for index, row in enumerate(rows):
        # A stage's title stands alone, and its heads follow.
        alone = len(row) == 1
        below_title = index > 0 and len(rows[index - 1]) == 1 and filled[index - 1]
        for column, cell in enumerate(row):
            page.write_string(index, column, cell, bold if alone else headed if below_title else wrapped)
    workbook.close()
    return out.getvalue()
