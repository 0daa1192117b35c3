"""``attendance agenda``: what a meeting talks about, last meeting's follow-ups first."""

from datetime import date
from pathlib import Path

import click

from attendance_core.cli.plan_reports import calendar_option
from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import DAY, beside, finish, open_workbench, policy_options, progress, say
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.documents.versioned import load_document, save_document
from attendance_core.plans.documents import MEETING, load_plan


@click.command(name="agenda")
@click.argument("kind")
@click.argument("marks", type=click.Path(path_type=Path), required=False)
@click.option("--plan", type=click.Path(path_type=Path), help="The improvement plan.")
@click.option("--as-of", type=DAY, required=True, help="The day up to which it speaks.")
@click.option("--last", type=click.Path(path_type=Path), help="Record of the last meeting; its follow-ups stand first.")
@click.option("--record", type=click.Path(path_type=Path), help="Also write a record to tick, .toml or .json.")
@click.option("--pupils", type=click.Path(path_type=Path), help="The pupils file.")
@click.option("--mapping", help="Name of a mapping, or its TOML file; else what the columns prove.")
@calendar_option
@policy_options
@click.option("--config", type=click.Path(path_type=Path), help="attendance.toml; without it, the nearest one upward.")
@out_options
def command(
    kind: str,
    marks: Path | None,
    plan: Path | None,
    as_of: date,
    last: Path | None,
    record: Path | None,
    pupils: Path | None,
    mapping: str | None,
    calendar: Path | None,
    policies: tuple[str, ...],
    records: Path | None,
    store: Path | None,
    config: Path | None,
    format_: str | None,
    out: Path | None,
) -> None:
    """Make the agenda of a meeting: line-manager, governors, pastoral-team, or a TOML file of your own.

    It draws on the register MARKS, the plan, the frameworks, and the record of the last meeting.
    """
    workbench = open_workbench(config, store)
    format_ = format_asked(workbench, format_, out)
    found = None if plan is None else load_plan(plan).value
    before = None if last is None else load_document(last, MEETING).value
    school = workbench.configuration.school.id if found is None else found.school
    known = workbench.school_calendar(school=school, calendar=calendar)
    register = None
    if marks is not None:
        with progress() as steps:
            register = read_sessions(
                workbench, marks=marks, pupils=pupils, calendar=calendar, mapping=mapping, as_of=as_of, progress=steps
            ).register
    side = None if register is None else beside(workbench, register, records, as_of)
    agenda, view = workbench.agenda(
        kind,
        as_of,
        plan=found,
        register=register,
        last=before,
        calendar=known,
        policies=policies or None,
        records=side,
    )
    deliver(render(workbench, view, format_, out, name="attendance-agenda"), format_, out)
    # Last: the record must not be there yet, so a command that failed before can be run again.
    if record is not None:
        save_document(record, agenda.meeting(as_of), MEETING, if_version=None)
        say(f"Wrote {record}")
    finish(workbench)
