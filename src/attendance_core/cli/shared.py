"""What every command shares: options, the workbench, output, progress, exit status."""

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import StringIO
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NoReturn, TypeVar

import click

from attendance_core.documents.stores import open_store
from attendance_core.errors import AttendanceError, Fault, InputError
from attendance_core.model.plugins import PluginFailure
from attendance_core.model.reports import RenderedFile
from attendance_core.register.register import Register
from attendance_core.support.frames import SideRecords
from attendance_core.workbench import Progress, Workbench

F = TypeVar("F", bound=Callable[..., Any])

FINE, FINDINGS, UNUSABLE, PLUGIN_FAILED = 0, 1, 2, 3
#: A renderer that nobody asked for may fail without spoiling the result.
_HARMLESS_HOOKS = ("attendance_renderers",)


class Day(click.ParamType[date]):
    """A day written 2025-09-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write it as 2025-09-01", param, ctx)


DAY = Day()


def config_option(function: F) -> F:
    """Add ``--config``."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="attendance.toml; without it, the nearest from the working folder upward.",
    )(function)


def format_option(*choices: str, default: str) -> Callable[[F], F]:
    """Add ``--format`` with these choices."""
    return click.option(
        "--format", "format_", type=click.Choice(choices), default=default, show_default=True, help="How to print."
    )


def marks_options(function: F) -> F:
    """Add the options that say how marks are read."""
    for option in reversed(
        (
            click.argument("marks", type=click.Path(path_type=Path)),
            click.option("--pupils", type=click.Path(path_type=Path), help="The pupils file."),
            click.option(
                "--calendar", type=click.Path(path_type=Path), help="Calendar as TOML; else inferred from marks."
            ),
            click.option("--mapping", help="Name of a mapping, or its TOML file; else what the columns prove."),
            config_option,
            click.option("--as-of", type=DAY, help="Take no marks after this day; else the last marked day."),
            click.option("--week", type=DAY, help="The Monday of week-wide input that has no column for it."),
            click.option("--sheet", default="", help="Worksheet of a workbook."),
        )
    ):
        function = option(function)
    return function


def store_option(function: F) -> F:
    """Add ``--store``."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path),
        help="Where ledgers of support lie: a SQLite file or a folder; else attendance.toml's files.store.",
    )(function)


def records_option(function: F) -> F:
    """Add ``--records`` and ``--store``: what is kept beside the marks."""
    records = click.option(
        "--records",
        type=click.Path(path_type=Path),
        help="Folder of side records (notices.csv, arrangements.csv, ...), instead of ledgers; else attendance.toml's.",
    )
    return records(store_option(function))


def policy_options(function: F) -> F:
    """Add the options that say which policies are asked, and of what beside the marks."""
    policies = click.option(
        "--policy",
        "policies",
        multiple=True,
        help="Policy to ask, by id or TOML file; repeatable. Else attendance.toml's.",
    )
    return policies(records_option(function))


def open_workbench(config: Path | None, store: Path | None = None) -> Workbench:
    """Open a workbench with the configuration named, or the nearest one upward, and a store to read."""
    if config is not None and not config.is_file():
        raise InputError(Fault(str(config), "no such file", "an attendance.toml", "Check --config"))
    if store is not None and not store.exists():
        raise InputError(Fault(str(store), "no such store", "a SQLite file or a folder of ledgers", "Check --store"))
    found = None if store is None else open_store(store)
    return Workbench.open(config or Workbench.find_config(Path.cwd()), store=found)


def beside(workbench: Workbench, register: Register, records: Path | None, as_of: date | None = None) -> SideRecords:
    """Return what is kept beside the marks, and say what a reader should know of it."""
    found = workbench.side_records(register, records=records, as_of=as_of)
    for note in found.notes:
        say(f"{note}.")
    return found


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Show a bar and the step under way on a terminal (on standard error), nothing when piped."""
    if quiet or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        BarColumn(bar_width=20),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None)
        yield lambda step: bar.update(task, description=step)


def say(text: str) -> None:
    """Print a line to a person, on standard error."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str))


def write_files(
    files: tuple[RenderedFile, ...], out: Path | None, *, keep: bool = False, folder: bool = False
) -> tuple[Path, ...]:
    """Write rendered files: one under the name asked for, several into a folder; never over what the command reads.

    Args:
        files: The files.
        out: The file or folder asked for; None: their own names, in the working folder.
        keep: Refuse to write over a file, since people write into it.
        folder: ``out`` is a folder, also for one file.

    Raises:
        InputError: If something cannot be written, or must not be.
    """
    written = []
    for file in files:
        if out is None:
            path = Path(file.name)
        elif len(files) == 1 and not folder:
            path = out
        else:
            path = out / Path(file.name).name
        _spare(path, keep=keep)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        except OSError as error:
            raise InputError(
                Fault(str(path), f"cannot be written ({error.strerror})", "a place that may be written", "Choose --out")
            ) from None
        written.append(path)
    return tuple(written)


def _spare(path: Path, *, keep: bool) -> None:
    """Refuse to write over a file that the command was given to read, or over any where they are to be kept."""
    if not path.exists():
        return
    given = click.get_current_context().params
    read = [one for name, value in given.items() if name != "out" for one in _paths(value)]
    if any(one.exists() and one.samefile(path) for one in read):
        raise InputError(Fault(str(path), "is read by this command", "another file", "Name another with --out"))
    if keep:
        fault = Fault(str(path), "is there already", "a new file", "Use --replace to write over it, or another --out")
        raise InputError(fault)


def _paths(value: object) -> tuple[Path, ...]:
    held = value if isinstance(value, tuple | list) else (value,)
    return tuple(one for one in held if isinstance(one, Path))


def exit_status(failures: tuple[PluginFailure, ...], findings: bool, *, every: bool = False) -> int:
    """Return the exit status: a failed plugin outranks findings.

    A renderer that nobody asked for is only a note, unless every plugin was asked about.
    """
    if any(every or failure.hook not in _HARMLESS_HOOKS for failure in failures):
        return PLUGIN_FAILED
    return FINDINGS if findings else FINE


def finish(workbench: Workbench, *, findings: bool = False, unusable: bool = False, every: bool = False) -> NoReturn:
    """Say which plugins failed, and leave with the right status; something that could not be used outranks findings."""
    for failure in workbench.failures():
        say(f"Not available: {failure}")
    status = exit_status(workbench.failures(), findings, every=every)
    raise SystemExit(max(status, UNUSABLE) if unusable else status)


def as_error(error: AttendanceError) -> dict[str, Any]:
    """Return an error as plain data."""
    return {"error": {"code": error.code, "faults": [spoken(fault)._asdict() for fault in error.faults]}}


#: What a program's arguments are called on the command line.
_OPTIONS = {
    "as_of": "--as-of",
    "audience": "--audience",
    "columns": "--column",
    "end": "--to",
    "mapping": "mapping (--mapping)",
    "policies": "--policy",
    "start": "--from",
}


def spoken(fault: Fault) -> Fault:
    """Return a fault whose remedy names options where a library's caller has arguments."""
    return fault._replace(remedy=spoken_text(fault.remedy))


def spoken_text(text: str) -> str:
    """Name options where a library's caller has arguments.

    >>> spoken_text("Give a later `as_of`")
    'Give a later --as-of'
    """
    return re.sub(r"`(\w+)`", lambda match: _OPTIONS.get(match[1], match[0]), text)


def table_text(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Lay rows out as a table: to the terminal's width on a terminal, uncut when piped."""
    texts = [tuple("" if cell is None else printable(str(cell)) for cell in row) for row in rows]
    if not sys.stdout.isatty():
        widths = [max(map(len, cells)) for cells in zip(columns, *texts, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (columns, *texts)]
        return "\n".join(([title] if title else []) + lines)
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    buffer = StringIO()
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in texts:
        table.add_row(*map(Text, row))
    Console(file=buffer, width=get_terminal_size().columns, force_terminal=True).print(table)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write rows as CSV; an id that a spreadsheet would run as a formula gets an apostrophe before it."""
    from attendance_core.plugins.builtin.render_csv import harmless

    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            harmless(cell) if isinstance(cell, str) else str(cell).lower() if isinstance(cell, bool) else cell
            for cell in row
        )
    return out.getvalue()


def printable(text: str) -> str:
    r"""Write out characters that would do something to a terminal or break a line.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
