"""``attendance report``: the main job."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import Sessions, Wanted, read_any
from attendance_core.cli.shared import (
    DAY,
    beside,
    finish,
    marks_options,
    open_workbench,
    policy_options,
    progress,
    say,
)
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.support.frames import SideRecords


@click.command(name="report")
@marks_options
@policy_options
@click.option("--from", "start", type=DAY, help="First day; else the first school day of the academic year.")
@click.option("--to", "end", type=DAY, help="Last day; else the day the register speaks to.")
@click.option(
    "--cohort", "cohorts", multiple=True, help="Cohort to show, or an intersection (fsm+sen-support); repeatable."
)
@click.option("--audience", default="leaders", show_default=True, help="Outline: leaders, governors, or a plugin's.")
@out_options
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
    store: Path | None,
    **reading: Any,
) -> None:
    """Read the register MARKS, check it, and write a report.

    MARKS is a CSV, TSV, XLSX, Parquet or Arrow file, or a folder that `attendance check --save` wrote.
    """
    workbench = open_workbench(config, store)
    format_ = format_asked(workbench, format_, out)
    workbench.outline(audience)
    with progress() as told:
        found = read_any(workbench, end=end, progress=told, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        side: Path | SideRecords | None = records
        if isinstance(found, Sessions):
            side = beside(workbench, found.register, records, min(end or found.register.as_of, found.register.as_of))
        wanted = Wanted(
            audience=audience, cohorts=cohorts, start=start, end=end, policies=policies or None, records=side
        )
        view = found.report(workbench, wanted, progress=told)
        told("writing")
        files = render(workbench, view, format_, out, name="attendance-report")
    deliver(files, format_, out)
    if found.findings:
        what = "finding" if found.findings == 1 else "findings"
        say(f"{found.findings:,} {what} in the data: see the report's first section, or attendance check.")
    finish(workbench, findings=bool(found.findings))
