"""``attendance report``: the main job."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import Wanted, read_any
from attendance_core.cli.shared import (
    DAY,
    finish,
    marks_options,
    open_workbench,
    policy_options,
    progress,
    say,
    write_files,
)
from attendance_core.model.reports import RenderOptions

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


@click.command(name="report")
@marks_options
@policy_options
@click.option("--from", "start", type=DAY, help="First day; else the first school day of the academic year.")
@click.option("--to", "end", type=DAY, help="Last day; else the day the register speaks to.")
@click.option(
    "--cohort", "cohorts", multiple=True, help="Cohort to show, or an intersection (fsm+sen-support); repeatable."
)
@click.option("--audience", default="leaders", show_default=True, help="Outline: leaders, governors, or a plugin's.")
@click.option("--format", "format_", help="html, xlsx, md, json, csv, terminal, or a plugin's; else by --out's ending.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write (a folder for csv).")
def command(
    start: date | None,
    end: date | None,
    cohorts: tuple[str, ...],
    audience: str,
    format_: str | None,
    out: Path | None,
    config: Path | None,
    policies: tuple[str, ...],
    records: Path | None,
    **reading: Any,
) -> None:
    """Read the register MARKS, check it, and write a report.

    MARKS is a CSV, TSV, XLSX, Parquet or Arrow file, or a folder that `attendance check --save` wrote.
    """
    workbench = open_workbench(config)
    if format_ is None:
        format_ = _format_of(out)
    workbench.renderer(format_)
    workbench.outline(audience)
    with progress() as told:
        found = read_any(workbench, end=end, progress=told, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        wanted = Wanted(
            audience=audience, cohorts=cohorts, start=start, end=end, policies=policies or None, records=records
        )
        view = found.report(workbench, wanted, progress=told)
        told("writing")
        screen = out is None and format_ in _TO_SCREEN
        terminal = screen and sys.stdout.isatty()
        options = RenderOptions(
            name=out.stem if out is not None and format_ != "csv" else "attendance-report",
            width=_width() if terminal else None,
            colour=terminal,
        )
        files = workbench.render(view, format_, options)
    piped = out is None and len(files) == 1 and not sys.stdout.isatty()
    if screen or piped:
        sys.stdout.buffer.write(files[0].content)
        sys.stdout.buffer.flush()
    else:
        for path in write_files(files, out):
            say(f"Wrote {path}")
    if found.findings:
        what = "finding" if found.findings == 1 else "findings"
        say(f"{found.findings:,} {what} in the data: see the report's first section, or attendance check.")
    finish(workbench, findings=bool(found.findings))


def _format_of(out: Path | None) -> str:
    """Tell the format by the ending; one that is not ours may be a plugin's, and is else refused by name."""
    if out is None:
        return "terminal"
    ending = out.suffix.lower()
    return _SUFFIXES.get(ending, ending.removeprefix(".") or "html")


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns
