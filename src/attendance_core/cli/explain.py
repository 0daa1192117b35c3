"""``attendance explain``: what stands behind a figure or a concern."""

from pathlib import Path
from typing import Any, NoReturn

import click

from attendance_core.cli.reading import read_any, read_sessions
from attendance_core.cli.shared import (
    beside,
    csv_text,
    finish,
    format_option,
    marks_options,
    open_workbench,
    policy_options,
    print_json,
    progress,
    say,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.model.concerns import ConcernId
from attendance_core.model.figures import Unit
from attendance_core.model.profiles import NotChecked
from attendance_core.workbench import Workbench


@click.command(name="explain")
@click.argument("figure_id")
@marks_options
@policy_options
@format_option("terminal", "json", "csv", default="terminal")
@click.option("--all", "all_sessions", is_flag=True, help="List every session, not only those of the numerator.")
def command(
    figure_id: str,
    config: Path | None,
    policies: tuple[str, ...],
    records: Path | None,
    store: Path | None,
    format_: str,
    all_sessions: bool,
    **reading: Any,
) -> None:
    """Say what FIGURE-ID means: definition, counts, and the sessions of MARKS behind it.

    Copy the id from a report or a list of concerns. Read the register with the same options as that did; a concern of
    a policy's own file needs --policy FILE. A figure's id names the profile: the one in force holds with the school's
    own settings, any other as it ships.
    """
    workbench = open_workbench(config, store)
    if ConcernId.is_one(figure_id):
        _concern(workbench, ConcernId.parse(figure_id), policies, records, format_, all_sessions, reading)
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
            *[f"Not applied:  {_unapplied(one)}" for one in explanation.not_checked],
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


def _concern(
    workbench: Workbench,
    id: ConcernId,
    policies: tuple[str, ...],
    records: Path | None,
    format_: str,
    all_sessions: bool,
    reading: dict[str, Any],
) -> NoReturn:
    """Explain a concern; without --policy, under the policy that its id names."""
    with progress() as steps:
        found = read_sessions(workbench, progress=steps, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        steps("explaining")
        side = beside(workbench, found.register, records)
        concern, frame = workbench.explain_concern(found.register, id, policies or None, records=side, progress=steps)
    if not all_sessions:
        frame = frame.filter(frame["in_numerator"])
    if format_ == "json":
        data = unstructure(concern) | {"id": str(id), "policy": id.policy, "rule": id.rule}
        print_json(data | {"sessions": frame.rows(named=True)})
    elif format_ == "csv":
        click.echo(csv_text(frame.columns, frame.iter_rows()), nl=False)
    else:
        state = "open" if concern.open else "no longer holds"
        held = f" of {concern.of:,}" if concern.of is not None else ""
        more = "" if concern.allowance is None else f"{concern.allowance:,} sessions may still be missed this year"
        lines = [
            f"{concern.title}: {concern.count:,}{held} {concern.unit.value} ({concern.certainty.value}, {state})",
            f"Rule:         {concern.definition}",
            f"Policy:       {id.policy}, version from {id.version}, rule {id.rule}",
            f"Episode:      {concern.episode}, met on {concern.met_on}",
            f"Also:         {'; '.join(part for part in (concern.detail, more) if part)}",
            f"To consider:  {concern.recommends} ({concern.to})",
            f"Mind:         {concern.doubt}",
            "Settings:     " + ", ".join(f"{name} = {choice}" for name, choice in concern.settings),
            "Sources:      "
            + "; ".join(f"{cite.source} {cite.provision} [{cite.standing.value}]" for cite in concern.cites),
        ]
        click.echo("\n".join(line for line in lines if line[14:].strip()))
        click.echo("")
        columns = ("enrolment_id", "date", "session", "code", "stat")
        which = "looked at" if all_sessions else "counted"
        title = f"{len(frame):,} sessions {which}"
        click.echo(table_text(title, columns, [tuple(row) for row in frame.select(*columns).iter_rows()]))
    finish(workbench)


def _unapplied(one: NotChecked) -> str:
    """Say what the register could not judge, and for how many."""
    if one.enrolments is None:
        return one.told
    return f"{one.told} Enrolments kept for want of it: {one.enrolments:,}."
