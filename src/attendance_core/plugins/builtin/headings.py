"""Find the line of column names, and make the names usable."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from attendance_core.errors import MissingColumnError, alike, join_names

RESERVED = "source_row"
"""The one name that a raw table never has: the reader adds it."""

_LOOKED_AT = 200
_DEEPEST_HEADER = 40


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the row of column names.

    Lines above the table (title, date of the report) have far fewer filled cells than the rows that follow, or stand
    apart from them by a blank line. Without such lines it is the first row that is not blank.

    Args:
        rows: The first rows of the source, blank ones included.
    """
    filled = [_filled(row) for row in rows[:_LOOKED_AT]]
    lengths = [_trimmed_length(row) for row in rows[:_LOOKED_AT]]
    first = next((i for i, count in enumerate(filled) if count), 0)
    common = Counter(length for length in lengths if length)
    if not common:
        return first
    width = max(common, key=lambda length: (common[length], length))
    if width == 1:
        return first
    for i in range(first, min(len(filled), _DEEPEST_HEADER)):
        if filled[i] * 2 > width and not _stands_apart(lengths, i, width):
            return i
    return first


def usable_names(headings: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Make column names usable: stripped, never empty, each once.

    Returns:
        The names in the order of the columns, and notes on what was changed beyond white space.
    """
    stripped = [heading.strip().strip("\ufeff").strip() for heading in headings]
    taken = {name for name in stripped if name} | {RESERVED}
    seen: set[str] = set()
    names: list[str] = []
    unnamed: list[str] = []
    renamed: list[str] = []
    for position, heading in enumerate(stripped, start=1):
        name = heading or f"column {position}"
        if (heading and name in seen) or name == RESERVED or (not heading and name in taken):
            copy = 2
            while f"{name} ({copy})" in taken or f"{name} ({copy})" in seen:
                copy += 1
            name = f"{name} ({copy})"
        if not heading:
            unnamed.append(str(position))
        elif name != heading:
            renamed.append(f'column {position} is called "{name}"')
        seen.add(name)
        names.append(name)
    notes: list[str] = []
    if unnamed:
        notes.append(f"without a name, now called by position: column {join_names(unnamed)}")
    if renamed:
        notes.append(f"names that stood twice or are reserved were numbered: {join_names(renamed)}")
    return tuple(names), tuple(notes)


def wanted_columns(path: Path, names: Sequence[str], columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns to read, in the order of the file; all of them when none is named.

    Raises:
        MissingColumnError: If one that was asked for is not there; all of them, each with the names that look alike.
    """
    asked = tuple(columns)
    missing = [name for name in asked if name not in names]
    if missing:
        faults = [
            MissingColumnError.of(
                str(path),
                f'there is no column "{name}"',
                f"one of {join_names(names)}",
                f'Did you mean "{close[0]}"?' if (close := alike(name, names)) else "Name a column that the file has",
            ).faults[0]
            for name in missing
        ]
        raise MissingColumnError(*faults)
    return tuple(name for name in names if name in asked) if asked else tuple(names)


def count_of(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> count_of(1, "row"), count_of(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _trimmed_length(row: Sequence[str]) -> int:
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)


def _stands_apart(lengths: Sequence[int], start: int, width: int) -> bool:
    """Whether a block that is narrower than the table ends in a blank line before the table begins."""
    for i in range(start, len(lengths)):
        if lengths[i] >= width:
            return False
        if lengths[i] == 0:
            return any(length >= width for length in lengths[i:])
    return False
