"""Read Parquet and Arrow IPC (Feather) files, lazily: cells keep their types, and an absent value stays null."""

from pathlib import Path
from typing import TYPE_CHECKING

from attendance_core.errors import AttendanceError, UnreadableFileError
from attendance_core.model.extensions import RawTable, ReadOptions
from attendance_core.plugins.builtin.headings import usable_names, wanted_columns
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.kinds import head_of, recognise

if TYPE_CHECKING:
    import polars as pl

_DAMAGED = "The file may be damaged or cut short: export or copy it again"


class Parquet:
    """Reads Parquet files."""

    id: str = "parquet"
    title: str = "Parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq")

    def sniff(self, path: Path, head: bytes) -> str | None:
        """Accept what begins as Parquet does."""
        return "it begins as a Parquet file does" if _kind(head) == "parquet" else None

    def read(self, path: Path, options: ReadOptions) -> RawTable:
        """Open a Parquet file; rows are read when the frame is collected, which belongs inside ``guarding.reading``.

        Raises:
            InputError: If it is not Parquet, is cut short or damaged, or a column that was asked for is missing.
        """
        import polars as pl

        _require(path, head_of(path), ("parquet",), "a Parquet file")
        if _tail(path, 4) != b"PAR1":
            raise _cut_short(path)
        with reading(path, "a Parquet file", _DAMAGED):
            return _table(path, pl.scan_parquet(path, glob=False), options)


class ArrowIpc:
    """Reads Arrow IPC files (Feather version 2) lazily, and Arrow IPC streams whole."""

    id: str = "arrow"
    title: str = "Arrow IPC (Feather)"
    suffixes: tuple[str, ...] = (".arrow", ".feather", ".ipc", ".arrows")

    def sniff(self, path: Path, head: bytes) -> str | None:
        """Accept what begins as an Arrow IPC file or stream does."""
        kind = _kind(head)
        if kind == "arrow":
            return "it begins as an Arrow IPC file does"
        return "it begins as an Arrow IPC stream does" if kind == "arrow-stream" else None

    def read(self, path: Path, options: ReadOptions) -> RawTable:
        """Open an Arrow IPC file, or read a stream.

        Raises:
            InputError: If it is neither, is cut short or damaged, or a column that was asked for is missing.
        """
        import polars as pl

        head = head_of(path)
        _require(path, head, ("arrow", "arrow-stream"), "an Arrow IPC file")
        if _kind(head) == "arrow-stream":
            with reading(path, "an Arrow IPC stream", _DAMAGED):
                return _table(path, pl.read_ipc_stream(path).lazy(), options)
        if _tail(path, 6) != b"ARROW1":
            raise _cut_short(path)
        with reading(path, "an Arrow IPC file", _DAMAGED):
            return _table(path, pl.scan_ipc(path, glob=False), options)


def _kind(head: bytes) -> str:
    kind = recognise(head)
    return kind.id if kind else ""


def _require(path: Path, head: bytes, kinds: tuple[str, ...], expected: str) -> None:
    kind = recognise(head)
    if kind is None or kind.id not in kinds:
        what = f"this is {kind.what}" if kind else "this is plain text"
        raise UnreadableFileError.of(str(path), what, expected, kind.remedy if kind else "Read it as CSV")


def _tail(path: Path, size: int) -> bytes:
    with reading(path, "a file"), path.open("rb") as stream:
        stream.seek(-min(size, path.stat().st_size), 2)
        return stream.read(size)


def _cut_short(path: Path) -> AttendanceError:
    return UnreadableFileError.of(
        str(path), "the file is cut short: its closing mark is missing", remedy="Copy or export it again"
    )


def _table(path: Path, lazy: "pl.LazyFrame", options: ReadOptions) -> RawTable:
    import polars as pl

    found = lazy.collect_schema().names()
    if not found:
        raise UnreadableFileError.of(str(path), "the file has no columns", "a table", "Export it again")
    names, notes = usable_names(found)
    wanted = wanted_columns(path, names, options.columns)
    # Selecting costs nothing on a lazy frame, but an untouched scan keeps its statistics in sight.
    if tuple(found) != wanted:
        old = dict(zip(names, found, strict=True))
        lazy = lazy.select(pl.col(old[name]).alias(name) for name in wanted)
    if lazy.select(pl.len()).collect().item() == 0:
        notes = (*notes, "there are columns and no rows")
    return RawTable(frame=lazy, first_row=1, notes=notes)
