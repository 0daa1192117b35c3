"""Intake: from files and frames to sources that are ready to be read, with how each is mapped and why."""

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, TypeVar

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.documents.configuring import load_calendars, load_mapping
from attendance_core.engine import collect, from_host, with_row_numbers, without_nested
from attendance_core.errors import (
    DocumentError,
    Fault,
    InputError,
    LayoutError,
    UnreadableFileError,
    named,
)
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.configuration import Configuration
from attendance_core.model.extensions import RawTable, ReadOptions
from attendance_core.model.mappings import Mapping
from attendance_core.model.plugins import ExtensionKind
from attendance_core.model.side_records import SCHOOL_WIDE
from attendance_core.plugins.choosing import choose_adapter
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.manager import PluginManager
from attendance_core.register.attaching import Source
from attendance_core.register.calendar import lint_calendar
from attendance_core.register.columns import tellable
from attendance_core.register.proposals import Proposal, Question, propose, propose_pupils
from attendance_core.register.register import Register
from attendance_core.register.side import side_frame, side_kind

T = TypeVar("T")


@frozen(kw_only=True, eq=False)
class RawInput:
    """A file or a host's frame on its way in.

    Attributes:
        frame: Lazy frame with ``source_row``.
        notes: What the adapter decided.
        mapping: What the adapter knows to be right, if it does.
        unread: Columns of lists, structures or bytes, which are left out.
    """

    name: str
    frame: "nw.LazyFrame[Any]" = field(repr=False)
    sha256: str = ""
    notes: tuple[str, ...] = ()
    mapping: Mapping | None = None
    adapter: str = ""
    unread: tuple[str, ...] = ()


@frozen(kw_only=True, eq=False)
class Ready:
    """A source with its mapping, and what was decided on the way."""

    source: Source
    notes: tuple[str, ...] = ()


@frozen(kw_only=True, eq=False)
class Intake:
    """Takes files and frames in, by the configuration and the plugins.

    Attributes:
        folder: Where relative paths of the configuration start.
    """

    configuration: Configuration
    plugins: PluginManager
    folder: Path

    def table(self, source: object, *, sheet: str = "", name: str = "marks") -> RawInput:
        """Take a file or a host's frame (polars, pandas, PyArrow, DuckDB) as a raw table.

        Raises:
            InputError: If no adapter can read the file, or it is no frame.
        """
        if isinstance(source, str | Path):
            return self._file(Path(source), sheet)
        try:
            nw.from_native(source)  # type: ignore[call-overload]
        except TypeError:
            expected = "a path, or a polars, pandas, PyArrow or DuckDB frame"
            raise InputError(
                Fault(name, f"{type(source).__name__} is no table", expected, "Pass one of these")
            ) from None
        with reading(Path(name), "a table", "Give every column one type: texts, numbers or days"):
            frame, unread = without_nested(from_host(source))
        return RawInput(name=name, frame=with_row_numbers(frame, 1), unread=unread, notes=_left_out(unread))

    def _file(self, path: Path, sheet: str) -> RawInput:
        adapter, reason = choose_adapter(self.plugins.adapters(), path)
        owner = self.plugins.provider_of(ExtensionKind.ADAPTER, adapter.id)
        raw = self.plugins.guard(
            owner, f"adapter {adapter.id!r}", adapter.read, path, ReadOptions(sheet=sheet), returns=RawTable
        )
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        frame, unread = without_nested(from_host(raw.frame))
        return RawInput(
            name=path.name,
            frame=with_row_numbers(frame, raw.first_row),
            sha256=digest,
            notes=(f"read as {adapter.title}: {reason}", *raw.notes, *_left_out(unread)),
            unread=unread,
            mapping=raw.mapping,
            adapter=adapter.id,
        )

    def records(self, source: object, register: Register) -> dict[str, "nw.DataFrame[Any]"]:
        """Take side records in: a folder of files, or frames by the names of their kinds.

        Args:
            source: A folder with files called after the kinds (``notices.csv``), a mapping of such names to frames or
                files, or None: the folder of the configuration, where it names one.
            register: The register that they belong to.

        Raises:
            UnreadableFileError: If there is no such folder.
            DocumentError: If a file or name is of no kind, or rows cannot be used; with all of them.
        """
        if source is None:
            named_folder = self.configuration.files.records
            if not named_folder:
                return {}
            source = self.folder / named_folder
        if isinstance(source, str | Path):
            folder = Path(source)
            if not folder.is_dir():
                raise UnreadableFileError(
                    Fault(str(folder), "is no folder", "a folder of side records", "Check the path")
                )
            tables: dict[str, object] = {
                path.name.split(".")[0]: path
                for path in sorted(folder.iterdir())
                if path.is_file() and not path.name.startswith(".")
            }
        elif isinstance(source, AnyMapping):
            tables = dict(source)
        else:
            raise InputError(
                Fault("records", f"{type(source).__name__} is none", "a folder, or frames by kind", "Pass one of these")
            )
        found: dict[str, nw.DataFrame[Any]] = {}
        faults: list[Fault] = []
        for name, table in tables.items():
            where = table.name if isinstance(table, Path) else f"records[{name!r}]"
            try:
                kind = side_kind(name, where)
                raw = self.table(table, name=where)
                first = 2 if isinstance(table, str | Path) else 1
                found[kind.value] = side_frame(
                    collect(raw.frame.drop("source_row")),
                    register,
                    where=where,
                    first_row=first,
                    school_wide=kind in SCHOOL_WIDE,
                )
            except DocumentError as error:
                faults += error.faults
        if faults:
            raise DocumentError(*faults)
        return found

    def mapping(self, name: str | Path) -> Mapping:
        """Return a mapping: a file's, or the one that a plugin brings under this name.

        Raises:
            UnknownNameError: If there is neither.
            DocumentError: With every fault of the file.
        """
        path = Path(name)
        if path.suffix == ".toml" or path.is_file():
            return load_mapping(path)
        return named(str(name), {mapping.id: mapping for mapping in self.plugins.mappings()}, "mapping")

    def marks(self, marks: object, mapping: Mapping | str | Path | None = None, *, sheet: str = "") -> Ready:
        """Take marks in: the mapping given, else the configuration's, the adapter's, or what the columns prove.

        Raises:
            InputError: If the file cannot be read.
            LayoutError: If the columns leave a question open; with every open question.
        """
        table = self.table(marks, sheet=sheet)
        reasons: tuple[str, ...] = ()
        if isinstance(mapping, Mapping):
            chosen = mapping
        elif mapping is not None:
            chosen = self.mapping(mapping)
        elif self.configuration.mapping is not None:
            chosen = self.configuration.mapping
        elif table.mapping is not None:
            chosen = table.mapping
            reasons = (f"mapping {chosen.id!r}, as the adapter {table.adapter!r} says",)
        else:
            proposal = self.propose(table)
            if proposal.mapping is None or not proposal.sure:
                raise LayoutError(*_asked(proposal, table, "Run: attendance init, or give a `mapping`"))
            chosen, reasons = proposal.mapping, proposal.reasons
        return _ready(table, chosen, reasons)

    def propose(self, table: RawInput) -> Proposal:
        """Look at a table of marks and propose a mapping.

        Raises:
            UnreadableFileError: If its rows cannot be read.
        """
        with reading(Path(table.name), "a table"):
            return propose(table.frame, where=table.name)

    def propose_pupils(self, table: RawInput, marks: Mapping | None) -> Proposal:
        """Look at a pupils table and propose a mapping that fits that of the marks.

        Raises:
            UnreadableFileError: If its rows cannot be read.
        """
        with reading(Path(table.name), "a table"):
            return propose_pupils(table.frame, where=table.name, marks=marks)

    def pupils(self, pupils: object | None) -> Ready | None:
        """Take the pupils file in: the one given, else the configuration's; None where there is neither."""
        if pupils is None and self.configuration.files.pupils:
            pupils = self.folder / self.configuration.files.pupils
        if pupils is None:
            return None
        table = self.table(pupils, name="pupils")
        if self.configuration.pupils is not None:
            return _ready(table, self.configuration.pupils, ())
        proposal = self.propose_pupils(table, self.configuration.mapping)
        if proposal.mapping is None or not proposal.sure:
            raise LayoutError(*_asked(proposal, table, "Name the column under [pupils.columns] in attendance.toml"))
        return _ready(table, proposal.mapping, proposal.reasons)

    def calendars(self, calendar: Path | str | Iterable[CalendarDocument] | None) -> tuple[CalendarDocument, ...]:
        """Return the calendars in force: those given, else the configuration's.

        Raises:
            DocumentError: With every fault and its key path.
        """
        if calendar is None and self.configuration.files.calendar:
            calendar = self.folder / self.configuration.files.calendar
        if isinstance(calendar, str | Path):
            documents, where = load_calendars(Path(calendar)), Path(calendar).name
        elif calendar is not None:
            documents, where = tuple(calendar), "calendar"
        else:
            documents, where = self.configuration.calendar, "attendance.toml"
        faults: list[Fault] = []
        for index, document in enumerate(documents):
            try:
                lint_calendar(document, where, within=f"calendar[{index}].")
            except DocumentError as error:
                faults += error.faults
        if faults:
            raise DocumentError(*faults)
        return documents


def _ready(table: RawInput, mapping: Mapping, reasons: tuple[str, ...]) -> Ready:
    _refuse_unread(table, mapping)
    notes = tuple(f"{table.name}: {note}" for note in (*table.notes, *reasons))
    return Ready(source=Source(frame=table.frame, mapping=mapping, name=table.name, sha256=table.sha256), notes=notes)


def _left_out(unread: tuple[str, ...]) -> tuple[str, ...]:
    return (f"{len(unread)} columns that hold lists, structures or bytes were left out",) if unread else ()


def _refuse_unread(table: RawInput, mapping: Mapping) -> None:
    """Refuse a mapping that names columns without single values."""
    wanted = [(f"columns.{name}", column) for name, column in mapping.columns.items()]
    wanted += [(f"characteristics.{name}", column) for name, column in mapping.characteristics.items()]
    faults = [
        Fault(
            table.name,
            f"column {column!r} holds lists, structures or bytes (mapping {mapping.id!r}: {path})",
            "texts, numbers or days",
            "Export the column as text",
        )
        for path, column in wanted
        if column in table.unread
    ]
    if faults:
        raise LayoutError(*faults)


def open_questions(proposal: Proposal) -> tuple[Question, ...]:
    """Return what a proposal asks; about values, and so showing them, only once it is sure of whose they are."""
    asked = [one for one in proposal.questions if one.key not in proposal.answers]
    if {"columns.pupil_id", "columns.code"} & {one.key for one in asked}:
        asked = [one for one in asked if one.key.partition(".")[0] not in ("values", "sessions")]
    return tuple(asked)


def _asked(proposal: Proposal, table: RawInput, remedy: str) -> list[Fault]:
    """The open questions of a proposal as faults."""
    return [
        Fault(f"{table.name}: {one.key}", one.text, _choices(one, table), remedy) for one in open_questions(proposal)
    ]


def _choices(question: Question, table: RawInput) -> str:
    """The answers to a question; of the file's headings only those that cannot be somebody's id or name."""
    headings = set(table.frame.collect_schema().names())
    told = [choice for choice in question.choices if choice not in headings or len(choice) <= 3 or tellable(choice)]
    return " or ".join(told)
