"""Write old Excel and OpenDocument workbooks byte by byte: no library of the test environment can."""

import struct
import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[str | float]]

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/></manifest:manifest>'
)


def xls(rows: Rows, sheet: str = "Marks") -> bytes:
    """Return an Excel 97 workbook with one sheet."""
    body = _start(0x10)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                body += _record(0x204, struct.pack("<HHHHB", r, c, 0, len(value), 0) + value.encode("latin-1"))
            else:
                body += _record(0x203, struct.pack("<HHHd", r, c, 0, value))
    body += _record(10, b"")
    name = sheet.encode("latin-1")
    offset = len(_start(5)) + 4 + 8 + len(name) + 4
    stream = _start(5) + _record(0x85, struct.pack("<IHBB", offset, 0, len(name), 0) + name) + _record(10, b"") + body
    return _compound_file(stream + bytes(max(4096 - len(stream), -len(stream) % 512)))


def ods(rows: Rows, sheet: str = "Marks") -> bytes:
    """Return an OpenDocument spreadsheet with one sheet."""
    cells = "".join("<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in rows)
    table = f'<table:table table:name="{sheet}">{cells}</table:table>'
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("mimetype", _ODS_TYPE)
        package.writestr("META-INF/manifest.xml", _ODS_MANIFEST)
        package.writestr(
            "content.xml", f"{_ODS_HEAD}{table}</office:spreadsheet></office:body></office:document-content>"
        )
    return content.getvalue()


def _ods_cell(value: str | float) -> str:
    kind = (
        'office:value-type="string"' if isinstance(value, str) else f'office:value-type="float" office:value="{value}"'
    )
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def _start(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def _compound_file(stream: bytes) -> bytes:
    """Wrap a stream of whole sectors, fewer than 126, into the container of old Office files."""
    sectors = len(stream) // 512
    table = [_FAT, _END, *(i + 3 for i in range(sectors - 1)), _END]
    table += [_FREE] * (128 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<10I", 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0) + b"\xff" * 432
    folder = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream)) + bytes(256)
    return head + struct.pack("<128I", *table) + folder + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, _FREE, _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
