"""Read XLSX, XLS and ODS workbooks: every cell as the text that a CSV of the sheet would hold."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from attendance_core.errors import InputError, UnknownNameError, UnreadableFileError, alike, join_names
from attendance_core.model.extensions import RawTable, ReadOptions
from attendance_core.plugins.builtin.headings import count_of, find_header, usable_names, wanted_columns
from attendance_core.plugins.builtin.sheetxml import SheetFacts, reference, sheet_facts, unpacked_size
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.kinds import head_of, recognise

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

LARGEST_PACKAGE = 4 << 30
"""Bytes of a workbook after unpacking."""

MOST_CELLS = 50_000_000
"""Cells of the rectangle that a sheet spans; they are held in memory at once."""

_WORKBOOKS = ("xlsx", "ods", "ole")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))


class Spreadsheet:
    """Reads Excel workbooks, new and old, and OpenDocument spreadsheets."""

    id: str = "spreadsheet"
    title: str = "Workbook (XLSX, XLS, ODS)"
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

    def sniff(self, path: Path, head: bytes) -> str | None:
        """Accept a workbook by its first bytes, whatever its name."""
        kind = recognise(head)
        if kind is None or kind.id not in _WORKBOOKS:
            return None
        named = path.name.casefold().endswith(self.suffixes)
        return f"it is {kind.what}" + ("" if named else ", whatever its name says")

    def read(self, path: Path, options: ReadOptions) -> RawTable:
        """Read one sheet: the one named, else the first visible one that holds a table.

        Whole numbers become ``7``, dates ``2025-09-03``, dates with a time ``2025-09-03T08:45:00``, times ``08:45:00``,
        truth values ``TRUE`` and ``FALSE``, formula errors their own text (XLSX only), empty cells ``""``. Row ``i`` of
        the frame (from 0) is row ``first_row + i`` of the sheet.

        Raises:
            UnknownNameError: If no sheet has the name asked for.
            InputError: If the file is no workbook, is protected, damaged or too large, or has no filled sheet.
        """
        head = head_of(path)
        kind = _require_workbook(path, head)
        zipped = head.startswith(b"PK")
        notes: list[str] = []
        if not path.name.casefold().endswith(self.suffixes):
            notes.append(f"{kind}, although the name ends in {path.suffix or 'nothing'}")
        with reading(path, kind):
            if zipped and unpacked_size(path) > LARGEST_PACKAGE:
                raise InputError.of(
                    str(path),
                    f"the workbook holds more than {LARGEST_PACKAGE >> 30} GiB after unpacking",
                    remedy="Save the sheet as CSV",
                )
            with open_book(path) as book:
                sheet = _choose_sheet(path, book, options.sheet, look_inside=kind == "an Excel workbook")
                notes.extend(sheet.notes)
        return _table(path, sheet, options, notes)


@frozen(kw_only=True)
class _Sheet:
    name: str
    rows: list[list[str]]
    notes: tuple[str, ...] = ()

    @property
    def header(self) -> int:
        return find_header(self.rows)

    @property
    def holds_table(self) -> bool:
        """Two column names at least, with a row below them."""
        if not self.rows:
            return False
        at = self.header
        return sum(1 for cell in self.rows[at] if cell.strip()) > 1 and len(self.rows) > at + 1


def _require_workbook(path: Path, head: bytes) -> str:
    kind = recognise(head)
    if kind is None or kind.id not in _WORKBOOKS:
        raise UnreadableFileError.of(
            str(path),
            f"this is {kind.what if kind else 'plain text'}",
            "an Excel or OpenDocument workbook",
            kind.remedy if kind else "Read it as CSV",
        )
    if kind.id == "ole":
        with reading(path, "a workbook"):
            content = path.read_bytes()
        if _ENCRYPTED in content:
            raise UnreadableFileError.of(
                str(path),
                "the workbook is protected by a password",
                "a workbook that opens without one",
                "Open it in a spreadsheet program and save a copy without a password",
            )
        if not any(stream in content for stream in _STREAMS):
            raise UnreadableFileError.of(
                str(path), "this is an old Office document without a workbook", "a workbook", kind.remedy
            )
    return kind.what


def open_book(path: Path) -> "CalamineWorkbook":
    """Open a workbook.

    Raises:
        UnreadableFileError: If it asks for a password.
    """
    from io import BytesIO

    from python_calamine import CalamineWorkbook, PasswordError

    try:
        # From memory, because from a path the library would trust the name.
        return CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    except PasswordError:
        raise UnreadableFileError.of(
            str(path),
            "the workbook is protected by a password",
            "a workbook that opens without one",
            "Open it in a spreadsheet program and save a copy without a password",
        ) from None


def _choose_sheet(path: Path, book: "CalamineWorkbook", asked: str, *, look_inside: bool) -> _Sheet:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = {info.name: info.visible for info in book.sheets_metadata if info.typ == SheetTypeEnum.WorkSheet}
    if asked:
        name = next((name for name in sheets if name == asked), None)
        name = name or next((name for name in sheets if name.strip().casefold() == asked.strip().casefold()), None)
        if name is None:
            close = alike(asked, sheets)
            raise UnknownNameError.of(
                str(path),
                f'there is no sheet "{asked}"',
                f"one of {join_names(sheets)}",
                f'Did you mean "{close[0]}"?' if close else "Name one of these sheets",
            )
        chosen = load_sheet(path, book, name, look_inside=look_inside)
        if not chosen.rows:
            raise _empty(path, f'the sheet "{name}" is empty')
        return chosen
    visible = [name for name, state in sheets.items() if state == SheetVisibleEnum.Visible]
    fallback: _Sheet | None = None
    for name in visible:
        sheet = load_sheet(path, book, name, look_inside=look_inside)
        if sheet.holds_table:
            return _with_choice(sheet, visible, tuple(sheets))
        if fallback is None and sheet.rows:
            fallback = sheet
    if fallback is None:
        raise _empty(path, "no visible sheet of the workbook holds anything")
    return _with_choice(fallback, visible, tuple(sheets))


def _empty(path: Path, what: str) -> Exception:
    return UnreadableFileError.of(
        str(path), what, "a table with a row of column names", "Name the sheet that holds the table, or export it again"
    )


def _with_choice(sheet: _Sheet, visible: Sequence[str], every: Sequence[str]) -> _Sheet:
    others = [name for name in visible if name != sheet.name]
    hidden = [name for name in every if name not in visible]
    note = f'sheet "{sheet.name}"'
    if others:
        note += f"; not read: {join_names(others)}"
    if hidden:
        note += f"; hidden and passed over: {join_names(hidden)}"
    return _Sheet(name=sheet.name, rows=sheet.rows, notes=(note, *sheet.notes))


def load_sheet(path: Path, book: "CalamineWorkbook", name: str, *, look_inside: bool) -> _Sheet:
    """Read one sheet, its errors as their own texts.

    Raises:
        InputError: If it reaches too far.
    """
    facts = sheet_facts(path, name) if look_inside else None
    if facts is not None and facts.rows * facts.columns > MOST_CELLS:
        raise InputError.of(
            f"{path}: sheet {name}",
            f"the sheet reaches to row {facts.rows:,} and column {facts.columns:,}",
            f"at most {MOST_CELLS:,} cells",
            "Delete stray cells far below or beside the table, or save the sheet as CSV",
        )
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    rows = [[as_text(cell) for cell in row] for row in cells]
    notes = _put_errors(rows, facts) if facts else ("formula errors in this format read as empty cells",)
    while rows and not any(rows[-1]):
        rows.pop()
    return _Sheet(name=name, rows=rows, notes=notes)


def _put_errors(rows: list[list[str]], facts: SheetFacts) -> tuple[str, ...]:
    """Write the errors that the reader left empty back into their cells."""
    notes: list[str] = []
    placed = [(row, column) for row, column in sorted(facts.errors) if row < len(rows) and column < len(rows[row])]
    for row, column in placed:
        if not rows[row][column]:
            rows[row][column] = facts.errors[row, column]
    lost = len(facts.errors) - len(placed) + facts.unplaced_errors
    if placed:
        notes.append(f"{count_of(len(placed), 'cell')} with a formula error (first: {reference(*placed[0])})")
    if lost:
        notes.append(f"{count_of(lost, 'cell')} with a formula error read as empty")
    if facts.without_result:
        shown = join_names(facts.without_result, limit=3)
        notes.append(
            f"{count_of(len(facts.without_result), 'formula')} without a stored result, read as empty: {shown}; "
            "open the workbook in a spreadsheet program and save it to store them"
        )
    return tuple(notes)


def as_text(cell: object) -> str:
    """Write a spreadsheet cell as text.

    >>> as_text(7.0), as_text(7.5), as_text(True), as_text(date(2025, 9, 3))
    ('7', '7.5', 'TRUE', '2025-09-03')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        sign = "-" if seconds < 0 else ""
        minutes, second = divmod(abs(seconds), 60)
        return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return "" if cell is None else str(cell)


def _table(path: Path, sheet: _Sheet, options: ReadOptions, notes: Sequence[str]) -> RawTable:
    import polars as pl

    at = sheet.header
    body = sheet.rows[at + 1 :]
    headings = sheet.rows[at]
    # Margins and once formatted columns are part of a sheet's rectangle, though they never held anything.
    used = [i for i, heading in enumerate(headings) if heading.strip() or any(row[i] for row in body)]
    names, naming_notes = usable_names([headings[i] for i in used])
    wanted = wanted_columns(path, names, options.columns)
    every = [*notes, *naming_notes]
    if any(any(row) for row in sheet.rows[:at]):
        every.append(f"{count_of(at, 'row')} above the column names skipped")
    if not body:
        every.append("there are column names and no rows")
    columns: dict[str, Any] = {
        name: [row[i] for row in body] for name, i in zip(names, used, strict=True) if name in wanted
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return RawTable(frame=frame, first_row=at + 2, notes=tuple(every))
