"""The lines of a ledger in a file: each numbered and checksummed, so that an unfinished end and damage differ.

After a first line that names the format, every entry is a line ``POSITION LEFT CHECKSUM TEXT``. ``LEFT`` counts the
entries that were added together and come after it: those whose last one is missing were never acknowledged.
"""

from collections.abc import Iterable
from hashlib import blake2b

from attrs import field, frozen

from attendance_core.errors import DamagedDocumentError, Fault

HEAD = b"attendance-ledger 1\n"


@frozen(kw_only=True)
class Reading:
    """What lies in a ledger, or in a part of it that reaches to its end.

    Attributes:
        entries: The entries that are whole.
        end: How many bytes they take.
        length: The number of entries of the ledger up to here; ``None`` if the part shows no entry.
        closed: Whether the last of them has its line break.
        unfinished: Whether something is behind them whose writer never came to its end.
    """

    entries: tuple[bytes, ...] = field(repr=False)
    end: int
    length: int | None
    closed: bool
    unfinished: bool


def lines(entries: Iterable[bytes], first: int) -> bytes:
    """Return the lines of entries that are added together, from a position on."""
    listed = list(entries)
    return b"".join(
        _head(first + number, len(listed) - 1 - number, entry) + entry + b"\n" for number, entry in enumerate(listed)
    )


def scan(data: bytes, *, where: str) -> Reading:
    """Read a whole ledger.

    Raises:
        DamagedDocumentError: If a line that was finished is not as it was written.
    """
    if not data.startswith(HEAD):
        raise _damaged(where, "its first line is not the one of a ledger")
    return _scan(data, len(HEAD), 0, where)


def scan_end(data: bytes, *, where: str) -> Reading:
    """Read a part of a ledger that begins anywhere in it and reaches to its end.

    Raises:
        DamagedDocumentError: If a line that was finished is not as it was written.
    """
    return _scan(data, data.find(b"\n") + 1 or len(data), None, where)


def _scan(data: bytes, at: int, position: int | None, where: str) -> Reading:
    entries: list[bytes] = []
    waiting: list[bytes] = []
    end, closed, left = at, True, 0
    while at < len(data):
        stop = data.find(b"\n", at)
        line = data[at:] if stop < 0 else data[at:stop]
        number, remaining, entry = _parse(line)
        fits = entry is not None and position in (None, number) and (not waiting or remaining == left - 1)
        if not fits or entry is None:
            if stop < 0 and _begins(line, position):
                break
            raise _damaged(where, "an entry" if position is None else f"entry {position}")
        waiting.append(entry)
        position, left = number + 1, remaining
        at = len(data) if stop < 0 else stop + 1
        if remaining == 0:
            entries += waiting
            waiting.clear()
            end, closed = at, stop >= 0
    length = None if position is None else position - len(waiting)
    known = length if entries or length == 0 else None
    return Reading(entries=tuple(entries), end=end, length=known, closed=closed, unfinished=end < len(data))


def _head(position: int, left: int, entry: bytes) -> bytes:
    counted = b"%d %d " % (position, left)
    return counted + blake2b(counted + entry, digest_size=8).hexdigest().encode() + b" "


def _parse(line: bytes) -> tuple[int, int, bytes | None]:
    """Return position, number of those left, and text; no text if the line is not as one that was written."""
    parts = line.split(b" ", 3)
    if len(parts) == 4 and parts[0].isdigit() and parts[1].isdigit():
        position, left, entry = int(parts[0]), int(parts[1]), parts[3]
        if line.startswith(_head(position, left, entry)):
            return position, left, entry
    return -1, -1, None


def _begins(line: bytes, position: int | None) -> bool:
    """Whether an unclosed line can be the beginning of an entry."""
    if position is None:
        return True
    # A loss of power can leave zeros where the text has not reached the disk.
    begun, head = line.rstrip(b"\0"), b"%d " % position
    return begun.startswith(head) or head.startswith(begun)


def _damaged(where: str, what: str) -> DamagedDocumentError:
    return DamagedDocumentError(
        Fault(
            where,
            f"{what} is not as it was written",
            "",
            "Put the file back from a backup; nothing is added until then",
        )
    )
