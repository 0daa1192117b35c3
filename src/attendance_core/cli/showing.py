"""A view where the user asked for it: in which format, on the screen, down the pipe or into files."""

import sys
from collections.abc import Callable
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, TypeVar

import click

from attendance_core.cli.shared import say, write_files
from attendance_core.model.reports import RenderedFile, RenderOptions, View
from attendance_core.workbench import Workbench

F = TypeVar("F", bound=Callable[..., Any])
_SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".xlsx": "xlsx",
    ".md": "md",
    ".json": "json",
    ".csv": "csv",
    ".txt": "terminal",
}
_TO_SCREEN = ("terminal", "md", "json")


def out_options(function: F) -> F:
    """Add ``--format`` and ``--out``."""
    formats = "html, xlsx, md, json, csv, terminal, or a plugin's; else by --out's ending."
    for option in (
        click.option("--out", type=click.Path(path_type=Path), help="File to write (a folder for csv)."),
        click.option("--format", "format_", help=formats),
    ):
        function = option(function)
    return function


def format_asked(workbench: Workbench, format_: str | None, out: Path | None) -> str:
    """Tell the format: as asked, else by the ending of the file, else for the screen.

    Raises:
        UnknownNameError: If nothing renders it; ask before the work that it would be for nothing.
    """
    if format_ is None:
        ending = "" if out is None else out.suffix.lower()
        format_ = "terminal" if out is None else _SUFFIXES.get(ending, ending.removeprefix(".") or "html")
    workbench.renderer(format_)
    return format_


def render(workbench: Workbench, view: View, format_: str, out: Path | None, *, name: str) -> tuple[RenderedFile, ...]:
    """Render a view for the place it goes to: in colour and as wide as the terminal only on one.

    Args:
        workbench: The workbench.
        view: What to render.
        format_: The format, as ``format_asked`` told it.
        out: The file to write, if any.
        name: What files are called where the user gave no name.
    """
    terminal = out is None and format_ == "terminal" and sys.stdout.isatty()
    options = RenderOptions(
        name=out.stem if out is not None and format_ != "csv" else name,
        width=get_terminal_size().columns if terminal else None,
        colour=terminal,
    )
    return workbench.render(view, format_, options)


def deliver(files: tuple[RenderedFile, ...], format_: str, out: Path | None) -> None:
    """Print what is for reading or for a pipe; write the rest and say where.

    Raises:
        InputError: If something cannot be written.
    """
    piped = len(files) == 1 and not sys.stdout.isatty()
    if out is None and (format_ in _TO_SCREEN or piped):
        sys.stdout.buffer.write(files[0].content)
        sys.stdout.buffer.flush()
        return
    for path in write_files(files, out):
        say(f"Wrote {path}")
