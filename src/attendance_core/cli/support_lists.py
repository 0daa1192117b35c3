"""``attendance support due`` and ``today``: what is to be done, and for whom first."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import DAY, config_option, finish, open_workbench, progress, say, store_option
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.register.register import Register
from attendance_core.reports.support_lists import AUDIENCES, OFFICER
from attendance_core.support.dues import AHEAD
from attendance_core.workbench import Workbench

_AUDIENCE = click.option(
    "--audience",
    type=click.Choice(tuple(AUDIENCES)),
    default=OFFICER.id,
    show_default=True,
    help="Who reads it: the attendance officer, or leaders, who read no name.",
)
_REGISTER = (
    click.option("--pupils", type=click.Path(path_type=Path), help="The pupils file."),
    click.option("--calendar", type=click.Path(path_type=Path), help="Calendar as TOML; else inferred from marks."),
    click.option("--mapping", help="Name of a mapping, or its TOML file; else what the columns prove."),
)


def _register_options(function: Any) -> Any:
    for option in reversed(_REGISTER):
        function = option(function)
    return function


def _register(workbench: Workbench, marks: Path, as_of: date, **reading: Any) -> Register:
    with progress() as steps:
        found = read_sessions(workbench, marks=marks, as_of=as_of, progress=steps, **reading)
    return found.register


@click.command()
@click.argument("marks", type=click.Path(path_type=Path), required=False)
@click.option("--as-of", type=DAY, required=True, help="The day asked about.")
@click.option("--within", type=click.IntRange(0, 366), default=AHEAD, show_default=True, help="Days to look ahead.")
@_AUDIENCE
@_register_options
@store_option
@out_options
@config_option
def due(
    marks: Path | None,
    as_of: date,
    within: int,
    audience: str,
    pupils: Path | None,
    calendar: Path | None,
    mapping: str | None,
    store: Path | None,
    format_: str | None,
    out: Path | None,
    config: Path | None,
) -> None:
    """List what is due, overdue, missing and open by the ledgers of a store.

    With the register MARKS also what only marks can tell; without it, those lists say that they are not checked. The
    exit status is 1 if something is overdue.
    """
    workbench = open_workbench(config, store)
    format_ = format_asked(workbench, format_, out)
    register = None
    if marks is not None:
        register = _register(workbench, marks, as_of, pupils=pupils, calendar=calendar, mapping=mapping)
    with progress() as steps:
        found = workbench.dues(as_of, register=register, ahead=within, progress=steps)
        view = workbench.dues_view(found, audience=audience, register=register)
    deliver(render(workbench, view, format_, out, name="support-due"), format_, out)
    finish(workbench, findings=bool(found.overdue))


@click.command()
@click.argument("marks", type=click.Path(path_type=Path))
@click.option("--contacts", type=click.Path(path_type=Path), help="The file of emergency contacts.")
@click.option("--as-of", type=DAY, required=True, help="The day asked about.")
@click.option("--policy", "policies", multiple=True, help="Policy whose concerns count; else attendance.toml's.")
@_AUDIENCE
@_register_options
@store_option
@out_options
@config_option
def today(
    marks: Path,
    contacts: Path | None,
    as_of: date,
    policies: tuple[str, ...],
    audience: str,
    pupils: Path | None,
    calendar: Path | None,
    mapping: str | None,
    store: Path | None,
    format_: str | None,
    out: Path | None,
    config: Path | None,
) -> None:
    """List every pupil of the register MARKS who is away without a known reason on a day, the most pressing first.

    Each with what was tried, the reply and what comes next; and the pupils whose emergency contacts are too few or past
    their day. The exit status is 1 if a family was not reached.
    """
    workbench = open_workbench(config, store)
    format_ = format_asked(workbench, format_, out)
    listed = None if contacts is None else workbench.contacts(contacts)
    register = _register(workbench, marks, as_of, pupils=pupils, calendar=calendar, mapping=mapping)
    with progress() as steps:
        found = workbench.first_response(register, as_of, contacts=listed, policies=policies or None, progress=steps)
        view = workbench.first_response_view(found, register, audience=audience)
    deliver(render(workbench, view, format_, out, name="first-day-response"), format_, out)
    unreached = sum(not one.reached for one in found.away)
    if unreached:
        say(f"{unreached:,} {'family was' if unreached == 1 else 'families were'} not reached.")
    finish(workbench, findings=bool(unreached))


@click.command()
@click.option("--as-of", type=DAY, required=True, help="The day asked about.")
@store_option
@out_options
@config_option
def school(as_of: date, store: Path | None, format_: str | None, out: Path | None, config: Path | None) -> None:
    """Show the school log: training by role, expertise, responsibilities, circulation, meetings, decisions."""
    workbench = open_workbench(config, store)
    format_ = format_asked(workbench, format_, out)
    view = workbench.school_log_view(as_of)
    deliver(render(workbench, view, format_, out, name="school-log"), format_, out)
    finish(workbench)
