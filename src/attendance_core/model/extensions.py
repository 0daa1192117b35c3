"""What a plugin can bring: the shapes that hooks return. Every one uses only types from below the hooks."""

from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.mappings import Mapping
from attendance_core.model.reports import RenderedFile, RenderOptions, View


@frozen(kw_only=True)
class ReadOptions:
    """What an adapter may be told about a file.

    Attributes:
        sheet: Name of the worksheet; empty for the first that holds a table.
        columns: Read these columns only, where the format allows it; empty for all.
    """

    sheet: str = ""
    columns: tuple[str, ...] = ()


@frozen(kw_only=True, eq=False)
class RawTable:
    """A table as it lies in a file, before anything is understood.

    Attributes:
        frame: A native frame (polars, lazily where the format allows it) with the file's own columns, every cell of
            a text format as text, no cell changed. Never a column called ``source_row``.
        first_row: The row of the source that holds the first row of data (a CSV with one header line: 2).
        notes: What the adapter had to decide (encoding, delimiter, sheet), in plain words.
        mapping: The mapping that this adapter knows to be right for what it read, if it does.
    """

    frame: Any = field(repr=False)
    first_row: int = 2
    notes: tuple[str, ...] = ()
    mapping: Mapping | None = None


@runtime_checkable
class Adapter(Protocol):
    """Reads one kind of file into a table."""

    id: str
    title: str
    suffixes: tuple[str, ...]

    def sniff(self, path: Path, head: bytes) -> str | None:
        """Say why this adapter can read the file (a short clause), or None; ``head`` is its first 64 KiB."""

    def read(self, path: Path, options: ReadOptions) -> RawTable:
        """Read it.

        Raises:
            InputError: If the file is not what it seems; with file, row and remedy.
        """


@runtime_checkable
class Renderer(Protocol):
    """Writes a view in one format."""

    id: str
    title: str

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return named files as bytes; nothing is written, nothing beyond the view is seen."""


@runtime_checkable
class BenchmarkProvider(Protocol):
    """Brings published figures; loading waits until somebody asks."""

    id: str
    title: str

    def releases(self, academic_year: str) -> tuple[BenchmarkRelease, ...]:
        """Return the releases to compare an academic year (``2025/26``) with, best first; may be empty."""


@runtime_checkable
class RuleFinder(Protocol):
    """A rule that no kind of the library can say: works concerns out from the marks themselves."""

    id: str
    title: str

    def find(self, marks: Any, side: AnyMapping[str, Any], calendar: Any, as_of: date) -> Any:
        """Return the concerns of every enrolment.

        Args:
            marks: Lazy narwhals frame of the marks up to the day asked about (columns in `model.marks`).
            side: Side records by name, as narwhals frames (`model.side_records`); a kind that is absent was not given.
            calendar: Narwhals frame: school_id, date, session, session_index, week, half_term, term, academic_year.
            as_of: The day asked about.

        Returns:
            A frame (of any engine that narwhals knows) with enrolment_id, start, end, met_on (dates) and count (whole
            numbers of 1 or more), one row an episode; optionally of, certainty, open, allowance and detail, as
            `model.concerns.CONCERN_COLUMNS` says. No two rows of an enrolment may start on one day, and none may
            reach beyond the day asked about.
        """
