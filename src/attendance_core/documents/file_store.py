"""A store in a folder: a document is a file, a ledger is a file that grows by whole lines."""

from collections.abc import Collection, Sequence
from pathlib import Path

from attendance_core.documents.files import (
    PATIENCE,
    extend_file,
    files_below,
    locked,
    make_folder,
    read_end,
    read_file,
    remove_file,
    replace_file,
    save_file,
    version_of,
)
from attendance_core.documents.ledger_file import HEAD, Reading, lines, scan, scan_end
from attendance_core.documents.store import (
    DOCUMENTS,
    LEDGERS,
    Stored,
    check_key,
    check_positions,
    conflict,
    encode,
    encode_entries,
    is_key,
    length_conflict,
    missing,
)
from attendance_core.errors import DamagedDocumentError, Fault, StoreError

_END = 1 << 16


class FileStore:
    """A store in a folder of the host's; see `Store` for what its calls do.

    The version of a document is a digest of it, so a change by hand is seen as one too.
    Writers of one folder exclude each other by its lock; readers wait for nobody.

    Args:
        root: The folder; it is made with the first thing that is saved.
        patience: For how many seconds a writer waits for another.
    """

    def __init__(self, root: str | Path, *, patience: float = PATIENCE) -> None:
        self.root = Path(root)
        self.patience = patience

    def __repr__(self) -> str:
        return f"FileStore({str(self.root)!r})"

    def get(self, key: str) -> Stored:
        """Return a document with its version."""
        data = read_file(self._path(key, DOCUMENTS))
        if data is None:
            raise missing(key, self.list())
        try:
            return Stored(key=key, text=data.decode("utf-8"), version=version_of(data))
        except UnicodeDecodeError as error:
            raise DamagedDocumentError(
                Fault(key, f"byte {error.start} is not UTF-8", "UTF-8 text", "Save it as UTF-8, or use a backup")
            ) from None

    def put(self, key: str, text: str, *, if_version: str | None) -> str:
        """Save a document, and return its new version."""
        path, data = self._path(key, DOCUMENTS), encode(key, text)
        make_folder(path.parent)
        return save_file(path, data, if_version=if_version, where=key, patience=self.patience)

    def delete(self, key: str, *, if_version: str) -> None:
        """Remove a document."""
        path = self._path(key, DOCUMENTS)
        if not path.parent.is_dir():
            raise conflict(key, if_version, None)
        remove_file(path, if_version=if_version, where=key, patience=self.patience)

    def entries(self, key: str, *, start: int = 0) -> tuple[str, ...]:
        """Return the entries of a ledger from a position on."""
        return tuple(entry.decode("utf-8") for entry in self._read(key).entries[max(start, 0) :])

    def append(self, key: str, *entries: str, if_length: int | None = None) -> int:
        """Add entries at the end of a ledger, all or none of them, and return how many it then has."""
        path, data = self._path(key, LEDGERS), encode_entries(key, entries)
        if not entries and not path.parent.is_dir():
            return _grown(key, 0, if_length, data)
        make_folder(path.parent)
        with locked(path.parent, patience=self.patience):
            length, end, closed = _end(path, key)
            grown = _grown(key, length, if_length, data)
            if not data:
                return grown
            if length == 0:
                replace_file(path, HEAD + lines(data, 0))
            else:
                extend_file(path, end, (b"" if closed else b"\n") + lines(data, length))
        return grown

    def redact(self, key: str, positions: Collection[int], entry: str) -> None:
        """Put one entry in the place of others, so that nothing of those remains in the store."""
        path, (data,) = self._path(key, LEDGERS), encode_entries(key, [entry])
        self._read(key)
        with locked(path.parent, patience=self.patience):
            there = self._read(key).entries
            check_positions(key, positions, len(there))
            kept = (data if at in positions else old for at, old in enumerate(there))
            replace_file(path, HEAD + b"".join(lines([one], at) for at, one in enumerate(kept)))

    def list(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys of documents and ledgers that begin with a text, sorted."""
        names = (path.relative_to(self.root).as_posix() for path in files_below(self.root))
        return tuple(sorted(name for name in names if name.startswith(prefix) and is_key(name)))

    def check(self) -> tuple[Fault, ...]:
        """Read everything, and return what is not as it was saved."""
        found: list[Fault] = []
        for path in sorted(files_below(self.root)):
            key = path.relative_to(self.root).as_posix()
            try:
                if not is_key(key):
                    found.append(Fault(key, "is no file of this store", "", "Move it elsewhere, or name it as a key"))
                elif key.endswith(DOCUMENTS):
                    self.get(key)
                elif self._read(key).unfinished:
                    found.append(
                        Fault(
                            key,
                            "has an unfinished entry at its end, of a writer that was stopped before it acknowledged",
                            "",
                            "The next addition takes it away",
                        )
                    )
            except StoreError as error:
                found += error.faults
        return tuple(found)

    def _path(self, key: str, endings: tuple[str, ...]) -> Path:
        return self.root / check_key(key, endings)

    def _read(self, key: str) -> Reading:
        path = self._path(key, LEDGERS)
        try:
            return self._scan(path, key)
        except DamagedDocumentError:
            # A writer may have mended the end between two reads of it; damage is still there the second time.
            return self._scan(path, key)

    def _scan(self, path: Path, key: str) -> Reading:
        data = read_file(path)
        if data is None:
            raise missing(key, self.list())
        return scan(data, where=key)


def _end(path: Path, key: str) -> tuple[int, int, bool]:
    """Return length of a ledger, where its last whole entry ends, and whether that one has its line break."""
    size = _END
    while True:
        part = read_end(path, size)
        if part is None:
            return 0, 0, True
        data, begin = part
        reading = scan(data, where=key) if begin == 0 else scan_end(data, where=key)
        if reading.length is not None:
            return reading.length, begin + reading.end, reading.closed
        size *= 16


def _grown(key: str, length: int, wanted: int | None, entries: Sequence[bytes]) -> int:
    if wanted is not None and wanted != length:
        raise length_conflict(key, wanted, length)
    return length + len(entries)
