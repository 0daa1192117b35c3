"""Look into the XML of an XLSX sheet for what the spreadsheet reader leaves out.

The reader gives an empty cell both for a formula error and for a formula whose result was never stored; here they are
told apart from cells that are truly empty. It also builds the whole rectangle up to the last cell in memory, so a
stray cell in a far corner is found here first.
"""

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen

_CHUNK = 4 << 20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>\s*([^<]*?)\s*</(?:\w+:)?v>")
_NO_RESULT = re.compile(
    rb"<(?:\w+:)?c(\s[^>]*)?>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


@frozen(kw_only=True)
class SheetFacts:
    """What the XML of one sheet tells.

    Attributes:
        errors: Text of the cells that hold a formula error, by (row, column) from 0.
        unplaced_errors: How many such cells do not say where they stand.
        without_result: References, such as ``E2``, of formulas whose result was never stored.
        rows: The last row.
        columns: The last column.
    """

    errors: dict[tuple[int, int], str] = field(factory=dict)
    unplaced_errors: int = 0
    without_result: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0


def unpacked_size(path: Path) -> int:
    """Return the size of a ZIP package's members after unpacking, as its directory tells it."""
    with zipfile.ZipFile(path) as package:
        return sum(member.file_size for member in package.infolist())


def sheet_facts(path: Path, sheet: str) -> SheetFacts | None:
    """Look through one sheet of an XLSX file; None if its part cannot be found.

    Raises:
        Exception: Whatever ``zipfile`` raises on a damaged package.
    """
    with zipfile.ZipFile(path) as package:
        part = _part_of(package, sheet)
        if part is None:
            return None
        errors: dict[tuple[int, int], str] = {}
        unplaced = rows = columns = 0
        without_result: list[str] = []
        for block in _blocks(package, part):
            if b't="e"' in block:
                for match in _ERROR.finditer(block):
                    place = _REFERENCE.search(match[1])
                    value = _VALUE.search(match[2])
                    if place is None:
                        unplaced += 1
                    else:
                        text = html.unescape(value[1].decode("utf-8", "replace")) if value else "#ERROR"
                        errors[int(place[2]) - 1, _column(place[1])] = text
            if b"<f" in block or b":f" in block:
                for match in _NO_RESULT.finditer(block):
                    attributes = match[1] or b""
                    if b't="str"' not in attributes:  # text of length nought is a result
                        place = _REFERENCE.search(attributes)
                        without_result.append(place[0][3:-1].decode() if place else "?")
            found = _REFERENCE.findall(block)
            rows = max(rows, max((int(number) for number in {number for _, number in found}), default=0))
            columns = max(
                columns, max((_column(letters) + 1 for letters in {letters for letters, _ in found}), default=0)
            )
    return SheetFacts(
        errors=errors, unplaced_errors=unplaced, without_result=tuple(without_result), rows=rows, columns=columns
    )


def reference(row: int, column: int) -> str:
    """Write a place, both from 0, as a spreadsheet does.

    >>> reference(1, 27)
    'AB2'
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rf'(?:^|\s|:){name}="([^"]*)"'.encode(), tag)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""


def _part_of(package: zipfile.ZipFile, sheet: str) -> str | None:
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(package.namelist()):
        return None  # a binary workbook (.xlsb)
    relation = next(
        (
            _attribute(tag, "id")
            for tag in _SHEET.findall(package.read("xl/workbook.xml"))
            if _attribute(tag, "name") == sheet
        ),
        "",
    )
    for tag in _RELATION.findall(package.read("xl/_rels/workbook.xml.rels")):
        if relation and _attribute(tag, "Id") == relation:
            part = posixpath.normpath(posixpath.join("/xl", _attribute(tag, "Target"))).lstrip("/")
            return part if part in package.namelist() else None
    return None


def _blocks(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the part in blocks that end after a cell."""
    rest = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            block = rest + chunk
            cut = max(block.rfind(b"</row>"), block.rfind(b":row>")) + 6
            if cut < 6:
                cut = block.rfind(b"</c>") + 4 if b"</c>" in block else 0
            rest = block[cut:]
            if cut:
                yield block[:cut]
    if rest:
        yield rest
