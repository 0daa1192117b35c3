"""Load a text file, packed with gzip or not, whole and as UTF-8, within bounds of size and line length."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen

from attendance_core.errors import AttendanceError, InputError, UnreadableFileError, join_names
from attendance_core.plugins.builtin.headings import count_of
from attendance_core.plugins.kinds import byte_order_mark, recognise, unpacked

LONGEST_LINE = 1 << 20
"""Bytes; a pupil-year of marks takes a few thousand."""

LARGEST_TEXT = 8 << 30
"""Bytes after unpacking."""

_CHUNK = 1 << 20
# Windows-1252 gives a meaning to these positions; the five it leaves out stay control characters.
_WINDOWS = {n: ord(bytes([n]).decode("cp1252", "ignore") or chr(n)) for n in range(0x80, 0xA0)}
_MEANINGLESS = "\x81\x8d\x8f\x90\x9d"


@frozen(kw_only=True)
class Text:
    r"""The content of a text file.

    Attributes:
        data: UTF-8 without a byte order mark; line ends are ``\n`` or ``\r\n`` unless ``lone_returns``.
        lone_returns: Whether a carriage return stands without a line feed somewhere.
        notes: What had to be decided.
    """

    data: bytes = field(repr=False)
    lone_returns: bool = False
    notes: tuple[str, ...] = ()


def load_text(path: Path, head: bytes) -> Text:
    """Load a text file.

    Args:
        path: The file.
        head: Its first 64 KiB as they lie on disk.

    Raises:
        UnreadableFileError: If it is no text, is damaged, or holds nothing but white space.
        InputError: If a line or the whole is too long, or a row cannot be decoded.
    """
    notes: list[str] = []
    packed = head.startswith(b"\x1f\x8b")
    start = unpacked(head)
    kind = recognise(start)
    if kind is not None:
        inside = "the gzip file holds" if packed and kind.id != "gzip" else "this is"
        raise UnreadableFileError.of(str(path), f"{inside} {kind.what}", "a text table such as CSV", kind.remedy)
    if packed:
        notes.append("unpacked with gzip")
    encoding = byte_order_mark(start)
    raw = b"".join(_chunks(path, packed=packed, may_hold_nul=encoding not in (None, "utf-8")))
    data, decoding_notes = _as_utf8(path, raw, encoding)
    notes.extend(decoding_notes)
    nul = data.find(b"\0")
    if nul >= 0:
        raise _nul_error(path, data.count(b"\n", 0, nul) + 1)
    if data.endswith(b"\x1a"):
        data = data.rstrip(b"\x1a")
    if not data.strip():
        raise UnreadableFileError.of(
            str(path),
            "the file holds nothing but blank space",
            "a table with a line of column names",
            "Export it again",
        )
    data, lone_returns, newline_note = _plain_newlines(data)
    return Text(data=data, lone_returns=lone_returns, notes=(*notes, *newline_note))


def _chunks(path: Path, *, packed: bool, may_hold_nul: bool) -> Iterator[bytes]:
    """Read piece by piece, so that what is no table is refused before it fills the memory."""
    total = lines = since_break = 0
    with ExitStack() as stack:
        try:
            plain = stack.enter_context(path.open("rb"))
            stream: BinaryIO | gzip.GzipFile = plain
            if packed:
                stream = stack.enter_context(gzip.GzipFile(fileobj=plain))
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > LARGEST_TEXT:
                    raise InputError.of(
                        str(path),
                        f"holds more than {LARGEST_TEXT >> 30} GiB of text",
                        remedy="Split it by school or year, or write it as Parquet",
                    )
                if not may_hold_nul and b"\0" in chunk:
                    raise _nul_error(path, lines + chunk.count(b"\n", 0, chunk.find(b"\0")) + 1)
                last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
                first = min((at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0), default=len(chunk))
                if since_break + first > LONGEST_LINE:
                    raise InputError.of(
                        f"{path}: row {lines + 1}",
                        f"this line is longer than {LONGEST_LINE >> 20} MiB",
                        "a table with one row on each line",
                        "Export the register again; line ends may have been lost on the way",
                    )
                lines += chunk.count(b"\n")
                since_break = since_break + len(chunk) if last < 0 else len(chunk) - last - 1
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise UnreadableFileError.of(
                str(path), "the gzip file is damaged or cut short", "a whole gzip file", "Copy or download it again"
            ) from None
        except OSError:
            raise UnreadableFileError.of(
                str(path), "reading the file failed half-way", remedy="Copy it to a local disk and try again"
            ) from None


def _nul_error(path: Path, row: int) -> AttendanceError:
    return UnreadableFileError.of(
        f"{path}: row {row}",
        "there is a NUL byte, which no text holds",
        "text in UTF-8, UTF-16 with a byte order mark, or Windows-1252",
        "The file may be damaged, or UTF-16 without its mark: save it as CSV UTF-8",
    )


def _as_utf8(path: Path, raw: bytes, encoding: str | None) -> tuple[bytes, list[str]]:
    if encoding is not None and encoding != "utf-8":
        try:
            text = raw.decode(encoding)
            return text.removeprefix("\ufeff").encode("utf-8"), [f"read as {encoding.upper()}"]
        except UnicodeError as error:
            at = error.start if isinstance(error, UnicodeDecodeError) else 0
            row = raw[:at].decode(encoding, "ignore").count("\n") + 1
            raise InputError.of(
                f"{path}: row {row}",
                f"the bytes from position {at:,} are no {encoding.upper()}, which the start of the file announces",
                remedy="Save it as CSV UTF-8",
            ) from None
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
        return raw, []
    except UnicodeDecodeError as error:
        return _from_windows(raw, error.start)


def _from_windows(raw: bytes, first_bad: int) -> tuple[bytes, list[str]]:
    """Decode lines that are no UTF-8 as Windows-1252; the whole file, unless most lines beyond ASCII are UTF-8."""
    lines = raw.split(b"\n")
    beyond = [i for i, line in enumerate(lines) if not line.isascii()]
    bad = [i for i in beyond if not _is_utf8(lines[i])]
    notes = []
    doubtful = 0
    mixed = len(bad) * 2 < len(beyond)
    for i in bad if mixed else beyond:
        text = lines[i].decode("latin-1").translate(_WINDOWS)
        doubtful += sum(text.count(character) for character in _MEANINGLESS)
        lines[i] = text.encode("utf-8")
    if mixed:
        rows = join_names((str(i + 1) for i in bad), limit=5)
        notes.append(f"mixed encodings: UTF-8, but {count_of(len(bad), 'row')} read as Windows-1252 (row {rows})")
    else:
        row = raw.count(b"\n", 0, first_bad) + 1
        notes.append(f"read as Windows-1252, since it is no UTF-8 (first at byte {first_bad:,}, row {row})")
    if doubtful:
        notes.append(f"{count_of(doubtful, 'character')} without meaning in Windows-1252 kept as they are")
    return b"\n".join(lines), notes


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _plain_newlines(data: bytes) -> tuple[bytes, bool, tuple[str, ...]]:
    r"""Bring old or doubled line ends to ``\n`` where no cell can be touched by it."""
    returns = data.count(b"\r")
    feeds = data.count(b"\n")
    if returns == 0 or returns == (pairs := data.count(b"\r\n")):
        return data, False, ()
    if feeds and returns == 2 * feeds and data.count(b"\r\r\n") == feeds:
        return data.replace(b"\r\r\n", b"\n"), False, ("line ends were doubled (CR CR LF) and are read as one",)
    if feeds == 0 and pairs == 0 and b'"' not in data:
        return data.replace(b"\r", b"\n"), False, ("line ends are single carriage returns",)
    return data, True, ()
