"""``attendance explain``: what stands behind a figure."""

from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_any
from attendance_core.cli.shared import (
    csv_text,
    finish,
    format_option,
    marks_options,
    open_workbench,
    print_json,
    progress,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.model.figures import Unit


@click.command(name="explain")
@click.argument("figure_id")
@marks_options
@format_option("terminal", "json", "csv", default="terminal")
@click.option("--all", "all_sessions", is_flag=True, help="List every session, not only those of the numerator.")
def command(figure_id: str, config: Path | None, format_: str, all_sessions: bool, **reading: Any) -> None:
    """Say what FIGURE-ID means: definition, counts, and the sessions of MARKS behind it.

    Copy the id from a report. Read the register with the same options as the report did.
    """
    workbench = open_workbench(config)
    with progress() as told:
        found = read_any(workbench, progress=told, **reading)
        told("explaining")
        explanation, frame = found.explain(workbench, figure_id)
    if not all_sessions:
        frame = frame.filter(frame["in_numerator"])
    figure = explanation.figure
    if format_ == "json":
        data = unstructure(explanation)
        data["figure"]["id"] = figure.key
        data["sessions"] = frame.rows(named=True)
        print_json(data)
    elif format_ == "csv":
        click.echo(csv_text(frame.columns, frame.iter_rows()), nl=False)
    else:
        value = (
            "not available (nothing was possible)" if figure.value is None else f"{figure.value!r} {figure.unit.value}"
        )
        lines = [
            f"{figure.title}: {value}",
            f"Definition:   {explanation.definition}",
            f"Population:   {explanation.population_means}",
            f"Period:       {figure.id.period}" + (f", {figure.id.slot}" if figure.id.slot else ""),
            f"Numerator:    {figure.numerator:,} {explanation.numerator_means}" if figure.numerator is not None else "",
            f"Denominator:  {figure.denominator:,} {explanation.denominator_means}"
            if figure.denominator is not None
            else "",
            f"Profile:      {explanation.profile} ("
            + ", ".join(f"{name} = {choice}" for name, choice in explanation.settings)
            + ")",
            "Sources:      "
            + "; ".join(f"{cite.source} {cite.provision} [{cite.standing.value}]" for cite in explanation.cites),
            "",
        ]
        click.echo("\n".join(line for line in lines if line))
        columns = tuple(
            name
            for name in ("enrolment_id", "date", "session", "period", "subject", "code", "stat")
            if name in frame.columns
        )
        noun = "sessions" if "session" in frame.columns else "lessons"
        which = "" if all_sessions else " in the numerator"
        share = figure.unit is Unit.PERCENT and figure.denominator == figure.enrolments
        if share and not all_sessions:
            which = " of absence of the enrolments in the numerator"
        title = f"{len(frame):,} {noun}{which}"
        click.echo(table_text(title, columns, [tuple(row) for row in frame.select(*columns).iter_rows()]))
    finish(workbench)
