"""What a file is, told from its first bytes and never from its name."""

import re
import zlib
from pathlib import Path

from attrs import frozen

from attendance_core.errors import UnreadableFileError

HEAD_BYTES = 65_536
"""How much of a file an adapter is shown."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/", b"xl/", b"word/", b"ppt/")
_JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*(?:[\[{\"\]]|-?\d+\s*[,\]]))")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"\s*<(?:\?xml\b|!--|!DOCTYPE\b|[A-Za-z_][\w.:-]*(?:\s[^<>]*)?/?>)")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xef\xbb\xbf", "utf-8"),
)


@frozen
class Kind:
    """A kind of file.

    Attributes:
        id: A short name for programs.
        what: The same in words, with its article.
        remedy: What its owner can do to get a table out of it.
    """

    id: str
    what: str
    remedy: str = "Export the register again as CSV or XLSX"


_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", Kind("parquet", "a Parquet file")),
    (b"PARE", Kind("parquet-encrypted", "an encrypted Parquet file", "Write it again without encryption")),
    (b"ARROW1", Kind("arrow", "an Arrow IPC file")),
    (b"\xff\xff\xff\xff", Kind("arrow-stream", "an Arrow IPC stream")),
    (b"FEA1", Kind("feather1", "a Feather file of the first version", "Write it again as Feather version 2")),
    (b"\x1f\x8b", Kind("gzip", "a gzip file that cannot be unpacked", "Copy or download it again")),
    (_OLE, Kind("ole", "an Office file of the old binary kind")),
    (b"%PDF", Kind("pdf", "a PDF document", "A PDF holds no cells: export the register again as CSV or XLSX")),
    (b"{\\rtf", Kind("rtf", "a rich text document")),
    (b"\x89PNG", Kind("png", "a PNG picture")),
    (b"\xff\xd8\xff", Kind("jpeg", "a JPEG picture")),
    (b"GIF8", Kind("gif", "a GIF picture")),
    (b"SQLite format 3", Kind("sqlite", "an SQLite database", "Export the table from it as CSV")),
    (b"7z\xbc\xaf\x27\x1c", Kind("7z", "a 7-Zip archive", "Unpack it and give the file inside")),
    (b"Rar!", Kind("rar", "a RAR archive", "Unpack it and give the file inside")),
    (b"BZh", Kind("bzip2", "a bzip2 file", "Unpack it first")),
    (b"\xfd7zXZ", Kind("xz", "an xz file", "Unpack it first")),
    (b"\x28\xb5\x2f\xfd", Kind("zstd", "a Zstandard file", "Unpack it first")),
)
_XLSX = Kind("xlsx", "an Excel workbook")
_ODS = Kind("ods", "an OpenDocument spreadsheet")
_OFFICE = Kind("office", "an Office document that is no workbook")
_ZIP = Kind("zip", "a ZIP archive", "Unpack it and give the file inside")
_HTML_KIND = Kind("html", "a web page (HTML)", "Open it in a spreadsheet program and save it as XLSX or CSV")
_XML_KIND = Kind("xml", "an XML document")
_JSON_KIND = Kind("json", "a JSON document")
_UNMARKED = Kind("utf-16", "text in UTF-16 without a byte order mark", "Save it as CSV UTF-8")
_BINARY = Kind("binary", "binary data, not text")


def recognise(head: bytes) -> Kind | None:
    """Name the kind of a file from its first bytes; None for plain text, where a table may lie."""
    for magic, kind in _SIGNATURES:
        if head.startswith(magic) and not _only_looks_so(head, magic):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _recognise_zip(head)
    encoding = byte_order_mark(head)
    text = head
    if encoding is None and _has_wide_letters(head):
        return _UNMARKED
    if encoding is not None:
        text = head.decode(encoding, "ignore").lstrip("\ufeff").encode("utf-8", "ignore")
    if _is_binary(text):
        return _BINARY
    if _HTML.match(text):
        return _HTML_KIND
    if _XML.match(text):
        return _XML_KIND
    return _JSON_KIND if _JSON.match(text) else None


def byte_order_mark(head: bytes) -> str | None:
    """Return the encoding that a byte order mark at the start names, or None."""
    return next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)


def unpacked(head: bytes) -> bytes:
    """Return the first bytes of what a gzip file holds, as far as ``head`` reaches; other bytes as they are.

    A gzip file that is damaged from its first bytes comes back as it is too.
    """
    if not head.startswith(b"\x1f\x8b"):
        return head
    unpacker = zlib.decompressobj(31)
    found = b""
    for at in range(0, len(head), 1024):
        try:
            found += unpacker.decompress(head[at : at + 1024], HEAD_BYTES)
        except zlib.error:
            return found or head
        if len(found) >= HEAD_BYTES:
            break
    return found[:HEAD_BYTES]


def head_of(path: Path) -> bytes:
    """Read the first 64 KiB of a file.

    Raises:
        UnreadableFileError: If there is no such file, it is a folder, it cannot be opened, or it is empty.
    """
    try:
        if not path.exists():
            raise UnreadableFileError.of(
                str(path), "there is no such file", "a file", "Check the name and the folder it lies in"
            )
        if path.is_dir():
            raise UnreadableFileError.of(str(path), "this is a folder", "a file", "Name one file inside it")
        if not path.is_file():
            raise UnreadableFileError.of(str(path), "this is a device or a pipe", "a file", "Save it as a file first")
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except (OSError, ValueError):
        raise UnreadableFileError.of(
            str(path), "the file cannot be opened", "a file that you may read", "Check its permissions, or copy it"
        ) from None
    if not head:
        raise UnreadableFileError.of(
            str(path), "the file is empty (0 bytes)", "a table with a line of column names", "Export it again"
        )
    return head


def _recognise_zip(head: bytes) -> Kind:
    """Tell a workbook from a common archive by the name of its first member."""
    first = head[30:120]
    if first.startswith(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"):
        return _ODS
    if first.startswith(b"mimetype"):
        return _OFFICE
    if first.startswith(_PACKAGE_PARTS):
        return _XLSX if b"xl/" in head else _OFFICE
    return _ZIP


def _only_looks_so(head: bytes, magic: bytes) -> bool:
    """Whether a signature in plain letters merely begins a line of text, such as a column called ``PAR1``."""
    return magic.isalnum() and len(head) > len(magic) and _CONTROL.search(head) is None


def _is_binary(text: bytes) -> bool:
    """Control characters in more than one byte of twenty are no text; single ones the reader finds, with their row."""
    return len(_CONTROL.findall(text)) * 20 > len(text)


def _has_wide_letters(head: bytes) -> bool:
    """Whether nearly every second byte is NUL, as in UTF-16 for western languages."""
    half = len(head) // 2
    return half > 1 and any(head[side : 2 * half : 2].count(0) * 10 > half * 8 for side in (0, 1))
