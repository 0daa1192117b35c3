"""Work out how a delimited text file is laid out: delimiter, line of column names, first line of data."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from attendance_core.plugins.builtin.headings import count_of, find_header

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

_HEAD = 262_144
_RECORDS = 200
_DECLARED = re.compile(rb'"?sep=([^\r\n"])"?\r?\n', re.IGNORECASE)


@frozen(kw_only=True)
class Dialect:
    """How one file is laid out.

    Attributes:
        delimiter: A single character.
        headings: The cells of the line of column names, as they lie in the file; none where quote marks go wrong in
            the very first record.
        body_line: The line of the source (the first is 1) on which data begins.
        notes: What was decided, with reasons.
    """

    delimiter: str
    headings: tuple[str, ...]
    body_line: int
    notes: tuple[str, ...]


@frozen
class _Record:
    cells: tuple[str, ...]
    after: int
    """The line of the source that follows the record."""


def find_dialect(data: bytes, *, suffix: str) -> Dialect:
    """Decide by the first records of a file.

    The delimiter is the one that gives the same number of cells, at least two, on most records outside quotes; of
    equals the one giving more cells, of these the tab for a file named ``.tsv`` and the comma otherwise.

    Args:
        data: UTF-8 text with something in it.
        suffix: The last suffix of the file's name, without one for packing.
    """
    notes: list[str] = []
    declared = _DECLARED.match(data)
    skipped = 0
    if declared:
        skipped = 1
        data = data[declared.end() :]
    text = _head(data)
    order = sorted(DELIMITERS, key=lambda delimiter: delimiter != ("\t" if suffix in (".tsv", ".tab") else ","))
    if declared:
        delimiter = declared[1].decode("utf-8", "replace")
        delimiter = delimiter if delimiter.isascii() and delimiter != '"' else ","
        notes.append(f"delimiter: {_name(delimiter)} (named by the first line)")
    else:
        delimiter, note = _choose(text, order)
        notes.append(note)
    records = _records(text, delimiter)
    if not records:
        return Dialect(delimiter=delimiter, headings=(), body_line=1 + skipped, notes=())
    at = find_header([record.cells for record in records])
    above = records[:at]
    if any(cell.strip() for record in above for cell in record.cells):
        notes.append(f"{count_of(above[-1].after - 1, 'line')} above the column names skipped")
    return Dialect(
        delimiter=delimiter,
        headings=records[at].cells,
        body_line=records[at].after + skipped,
        notes=tuple(notes),
    )


def _head(data: bytes) -> str:
    """Return the first part of the text, cut after a line end."""
    if len(data) <= _HEAD:
        return data.decode("utf-8")
    cut = max(data.rfind(b"\n", 0, _HEAD), data.rfind(b"\r", 0, _HEAD)) + 1
    # A line longer than the head is kept whole: the loader bounds it.
    if cut == 0:
        cut = data.find(b"\n") + 1 or len(data)
    return data[:cut].decode("utf-8")


def _records(text: str, delimiter: str) -> list[_Record]:
    """Parse the first records; stops in silence where quotes go wrong, since the reading itself reports that."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[_Record] = []
    try:
        for row in reader:
            records.append(_Record(tuple(row), reader.line_num + 1))
            if len(records) == _RECORDS:
                break
    except csv.Error:
        return records
    return records


def _choose(text: str, order: Sequence[str]) -> tuple[str, str]:
    best: tuple[float, int, str] | None = None
    counted = 0
    for delimiter in order:
        records = [record for record in _records(text, delimiter) if record.cells]
        widths = Counter(len(record.cells) for record in records if len(record.cells) > 1)
        if not widths:
            continue
        width = max(widths, key=lambda cells: (widths[cells], cells))
        score = (widths[width] / len(records), width, delimiter)
        if best is None or score[:2] > best[:2]:
            best, counted = score, len(records)
    if best is None:
        return order[0], "no delimiter found: read as one column"
    share, width, delimiter = best
    lines = round(share * counted)
    return (
        delimiter,
        f"delimiter: {_name(delimiter)} ({width} cells in {lines} of {count_of(counted, 'row')} looked at)",
    )


def _name(delimiter: str) -> str:
    return DELIMITERS.get(delimiter, f'"{delimiter}"')
