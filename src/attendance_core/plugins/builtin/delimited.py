"""Read CSV, TSV and other delimited text: every cell a string, unchanged.

A file whose lines are each complete in themselves goes through polars. One with line breaks inside cells, stray quote
marks or mixed line ends goes through the ``csv`` module, which says where a quote mark went wrong.
"""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from attendance_core.errors import Fault, InputError, join_names
from attendance_core.model.extensions import RawTable, ReadOptions
from attendance_core.plugins.builtin.dialect import Dialect, find_dialect
from attendance_core.plugins.builtin.headings import count_of, usable_names, wanted_columns
from attendance_core.plugins.builtin.textfile import Text, load_text
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.kinds import head_of, recognise, unpacked

if TYPE_CHECKING:
    import polars as pl

_FAULTS_SHOWN = 5
_ROWS_SHOWN = 3
_SPARE_COLUMNS = 50
_UNUSED = (b"\x01", b"\x02", b"\x03", b"\x04", b"\x05")
_LINE_END = re.compile(r"\r\n|\r|\n")
_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".psv")


class DelimitedText:
    """Reads CSV, TSV and text with other delimiters, packed with gzip or not."""

    id: str = "delimited"
    title: str = "Delimited text (CSV, TSV)"
    suffixes: tuple[str, ...] = (*_TEXT_SUFFIXES, *(f"{suffix}.gz" for suffix in _TEXT_SUFFIXES))

    def sniff(self, path: Path, head: bytes) -> str | None:
        """Accept plain text, also inside gzip; not JSON, XML, HTML or anything binary."""
        start = unpacked(head)
        if not start or recognise(start) is not None:
            return None
        return "it is plain text packed with gzip" if start is not head else "it is plain text"

    def read(self, path: Path, options: ReadOptions) -> RawTable:
        r"""Read a delimited text file.

        Every cell stays as it is; an empty or absent cell is ``""``. A blank line becomes a row of empty cells, so
        that row ``i`` of the frame (from 0) is line ``first_row + i`` of the file unless a note says that cells hold
        line breaks; blank lines at the end are left out. Short rows are filled with ``""`` and noted.

        Raises:
            InputError: If the file is no text, a row has more filled cells than there are columns, or a quote mark is
                not closed; with file, row and remedy.
        """
        head = head_of(path)
        text = load_text(path, head)
        with reading(path, "delimited text"):
            dialect = find_dialect(text.data, suffix=_suffix(path))
            if not dialect.headings:
                raise _broken_start(path, dialect, text.data)
            names, naming_notes = usable_names(dialect.headings)
            wanted = wanted_columns(path, names, options.columns)
            source = _Source(path=path, dialect=dialect, names=names, wanted=wanted)
            frame, notes = _read_rows(source, text)
            if frame.height == 0:
                notes = (*notes, "there are column names and no rows")
            return RawTable(
                frame=frame, first_row=dialect.body_line, notes=(*text.notes, *dialect.notes, *naming_notes, *notes)
            )


@frozen(kw_only=True)
class _Source:
    path: Path
    dialect: Dialect
    names: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.names)

    def at(self, row: int) -> str:
        return f"{self.path}: row {row}"


def _suffix(path: Path) -> str:
    suffixes = [suffix.casefold() for suffix in path.suffixes if suffix.casefold() != ".gz"]
    return suffixes[-1] if suffixes else ""


def _broken_start(path: Path, dialect: Dialect, data: bytes) -> Exception:
    """Say what is wrong with the quote marks of the very first record."""
    source = _Source(path=path, dialect=dialect, names=(), wanted=())
    try:
        _read_records(source, data)
    except InputError as error:
        return error
    return _quote_error(source, "field larger", dialect.body_line, dialect.body_line)


def _read_rows(source: _Source, text: Text) -> "tuple[pl.DataFrame, tuple[str, ...]]":
    import polars as pl

    if not text.lone_returns:
        body = _after_lines(text.data, source.dialect.body_line - 1).rstrip(b"\r\n")
        if not body:
            return pl.DataFrame(schema=dict.fromkeys(source.wanted, pl.String)), ()
        quick = _read_lines(source, body)
        if quick is not None:
            return quick
    return _read_records(source, text.data)


def _after_lines(data: bytes, lines: int) -> bytes:
    at = 0
    for _ in range(lines):
        at = data.find(b"\n", at) + 1
        if at == 0:
            return b""
    return data[at:]


def _read_lines(source: _Source, body: bytes) -> "tuple[pl.DataFrame, tuple[str, ...]] | None":
    """Read a body in which every line is a row; None where that is not so."""
    import polars as pl

    counts = _cells_per_line(body, source.dialect.delimiter)
    if counts is None:
        return None
    longest = int(counts.max())  # type: ignore[arg-type]
    width = max(longest, source.width)
    if width > source.width + _SPARE_COLUMNS:
        return None
    temporary = [f"c{i}" for i in range(width)]
    kept = {f"c{i}": name for i, name in enumerate(source.names) if name in source.wanted}
    spare = temporary[source.width :]
    head = source.dialect.delimiter.join(temporary).encode() + b"\n"
    try:
        frame = pl.read_csv(
            head + body,
            separator=source.dialect.delimiter,
            quote_char='"' if b'"' in body else None,
            infer_schema=False,
            columns=[*kept, *spare],
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != counts.len():
        return None
    frame = frame.fill_null("")
    notes: list[str] = []
    if spare:
        over = pl.any_horizontal(pl.col(spare) != "")
        long_rows = frame.select(pl.arg_where(over)).to_series().to_list()
        if long_rows:
            found = [(source.dialect.body_line + i, int(counts[i])) for i in long_rows]
            raise _too_long(source, found)
        notes.append(_spare_note(int((counts > source.width).sum())))
    short = (counts < source.width) & (counts > 0)
    if short.any():
        rows = [source.dialect.body_line + i for i in short.arg_true().head(_ROWS_SHOWN).to_list()]
        notes.append(_short_note(int(short.sum()), rows))
    return frame.select(pl.col(column).alias(name) for column, name in kept.items()), tuple(notes)


def _cells_per_line(body: bytes, delimiter: str) -> "pl.Series | None":
    """Count the cells of every line, 0 for a blank one; None if a quoted cell runs over a line or is malformed."""
    import polars as pl

    unused = next((character for character in _UNUSED if character not in body), None)
    if unused is None:
        return None
    lines = pl.read_csv(b"line\n" + body, separator=unused.decode(), quote_char=None, infer_schema=False).to_series()
    structure = lines
    if b'"' in body:
        cell = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(delimiter)}]*)'
        well_formed = lines.str.contains(rf"^{cell}(?:{re.escape(delimiter)}{cell})*$")
        if not well_formed.all():
            return None
        structure = lines.str.replace_all(r'"(?:[^"]|"")*"', "")
    counted = structure.str.count_matches(delimiter, literal=True).cast(pl.Int64) + 1
    return counted.fill_null(0)


def _read_records(source: _Source, data: bytes) -> "tuple[pl.DataFrame, tuple[str, ...]]":
    """Read record by record, with the line on which each begins."""
    lines = io.StringIO(data.decode("utf-8"), newline="")
    for _ in range(source.dialect.body_line - 1):
        lines.readline()
    reader = csv.reader(lines, delimiter=source.dialect.delimiter, strict=True)
    before = source.dialect.body_line - 1
    starts: list[int] = []
    rows: list[list[str]] = []
    start = before + 1
    try:
        for row in reader:
            _refuse_swallowed(source, row, start, lines=before + reader.line_num - start + 1)
            starts.append(start)
            rows.append(row)
            start = before + reader.line_num + 1
    except csv.Error as error:
        raise _quote_error(source, str(error), start, before + reader.line_num) from None
    while rows and not rows[-1]:
        rows.pop()
    return _as_frame(source, rows, starts)


def _as_frame(source: _Source, rows: list[list[str]], starts: list[int]) -> "tuple[pl.DataFrame, tuple[str, ...]]":
    import polars as pl

    width = source.width
    over = [(starts[i], len(row)) for i, row in enumerate(rows) if len(row) > width and any(row[width:])]
    if over:
        raise _too_long(source, over)
    notes: list[str] = []
    spare = sum(1 for row in rows if len(row) > width)
    if spare:
        notes.append(_spare_note(spare))
    short = [starts[i] for i, row in enumerate(rows) if 0 < len(row) < width]
    if short:
        notes.append(_short_note(len(short), short[:_ROWS_SHOWN]))
    shifted = next((i for i in range(len(rows)) if starts[i] != starts[0] + i), None)
    if shifted is not None:
        notes.append(
            f"cells hold line breaks: from line {starts[shifted - 1]} on, row numbers count rows and fall behind "
            "the lines of the file"
        )
    filled = [row[:width] + [""] * (width - len(row)) for row in rows]
    columns: dict[str, Any] = {
        name: [row[i] for row in filled] for i, name in enumerate(source.names) if name in source.wanted
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), tuple(notes)


def _refuse_swallowed(source: _Source, row: Sequence[str], start: int, *, lines: int) -> None:
    """Refuse a cell over several lines that looks like rows caught between two stray quote marks.

    Such a cell leaves its row short; or, if both marks stood in one column, its inner lines and its two ends joined
    each hold as many delimiters as a row does. Prose in a cell rarely does, and never with a few lines.
    """
    if lines < 2:
        return
    delimiter, expected = source.dialect.delimiter, source.width - 1
    for cell in row:
        counts = [part.count(delimiter) for part in _LINE_END.split(cell)]
        if len(counts) < 2 or not any(counts):
            continue
        complete = counts[0] + counts[-1] == expected and all(count == expected for count in counts[1:-1])
        if len(row) < source.width or (complete and sum(counts) >= 3):
            raise InputError.of(
                source.at(start),
                f"a quote mark opens a cell here that takes in {count_of(lines - 1, 'further line')} of the table",
                "a quote mark at both ends of one cell",
                'Remove the stray quote mark, or write it twice ("") inside a quoted cell',
            )


def _quote_error(source: _Source, message: str, start: int, line: int) -> Exception:
    if "unexpected end" in message:
        what = "a quote mark opened here is never closed, so the rest of the file would be one cell"
    elif "field larger" in message:
        what = f"a cell opened here goes on for more than {csv.field_size_limit():,} characters"
    elif line > start:
        what = f"a quote mark opened here closes in line {line} in the middle of a cell"
    else:
        what = "text follows the closing quote mark of a cell"
    return InputError.of(
        source.at(start),
        what,
        "quote marks around whole cells only",
        'Remove the stray quote mark, or write it twice ("") inside a quoted cell',
    )


def _too_long(source: _Source, found: Sequence[tuple[int, int]]) -> InputError:
    delimiter = source.dialect.delimiter
    faults = [
        Fault(
            source.at(row),
            f"{cells} cells under {count_of(source.width, 'column name')}",
            f"at most {source.width}",
            f'A cell that holds the delimiter "{delimiter}" must stand in quote marks'
            if delimiter != "\t"
            else "Remove the extra tab, or put the cell in quote marks",
        )
        for row, cells in found[:_FAULTS_SHOWN]
    ]
    if len(found) > _FAULTS_SHOWN:
        rest = count_of(len(found) - _FAULTS_SHOWN, "further row")
        faults.append(Fault(str(source.path), f"{rest} too long", faults[0].expected, faults[0].remedy))
    return InputError(*faults)


def _spare_note(rows: int) -> str:
    return f"{count_of(rows, 'row')} with empty cells beyond the last column name; those cells left out"


def _short_note(rows: int, first: Sequence[int]) -> str:
    shown = join_names(str(row) for row in first)
    return (
        f"{count_of(rows, 'row')} shorter than the line of column names, filled with empty cells (first: row {shown})"
    )
