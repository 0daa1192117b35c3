"""``attendance recognition``: improved and sustained attendance, without a list of anybody else."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import finish, marks_options, open_workbench, progress, say
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.support.recognition import RecognitionRule

_RULE = RecognitionRule()


@click.command(name="recognition")
@marks_options
@click.option("--points", default=_RULE.points, show_default=True, help="Percentage points less missed: improved.")
@click.option("--weeks", default=_RULE.weeks, show_default=True, help="Whole school weeks held: sustained.")
@click.option("--tell-why", is_flag=True, help="Also say which of the two; improved tells of a worse time.")
@click.option("--audience", default="leaders", show_default=True, help="Who reads it: leaders, governors, ...")
@out_options
def command(
    points: int,
    weeks: int,
    tell_why: bool,
    audience: str,
    config: Path | None,
    format_: str | None,
    out: Path | None,
    as_of: date | None,
    **reading: Any,
) -> None:
    """List pupils of the register MARKS who miss less than before, or have held it for weeks.

    This half term so far is held against the pupil's own half term before. Illness, medical appointments and absence
    that the school accepted are set aside first. No rate is shown, and nobody who is not recognised is named.
    """
    rule = RecognitionRule(points=points, weeks=weeks)
    workbench = open_workbench(config)
    format_ = format_asked(workbench, format_, out)
    workbench.outline(audience)
    with progress() as steps:
        found = read_sessions(workbench, as_of=as_of, progress=steps, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        recognised = workbench.recognition(found.register, as_of=as_of, rule=rule, progress=steps)
        view = workbench.recognition_view(recognised, found.register, audience=audience, tell_why=tell_why)
    deliver(render(workbench, view, format_, out, name="attendance-recognition"), format_, out)
    finish(workbench, findings=bool(found.findings))
