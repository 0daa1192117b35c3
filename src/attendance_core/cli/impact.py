"""``attendance impact``: whether a programme, plan or cohort helped."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    csv_text,
    finish,
    marks_options,
    open_workbench,
    progress,
    say,
    store_option,
    write_files,
)
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.errors import Fault, InputError, join_names
from attendance_core.model.impact import Impact
from attendance_core.model.reports import RenderedFile
from attendance_core.model.school_log import ProgrammeChoice, ProgrammeDecision
from attendance_core.model.treatments import Treatment
from attendance_core.register.register import Register
from attendance_core.register.treatments import PARTS
from attendance_core.support.helped import HelpedBy
from attendance_core.workbench import Workbench


@click.command(name="impact")
@marks_options
@click.option("--treatments", type=click.Path(path_type=Path), help="Help that was given: a file, one row a pupil.")
@click.option("--by", type=click.Choice(PARTS), help="The column that says what is judged as one.")
@click.option("--programme", "programmes", multiple=True, help="Judge only this one; repeatable.")
@click.option("--cohort", "cohorts", multiple=True, help="Take membership of this cohort as help; repeatable.")
@store_option
@click.option(
    "--of",
    "of",
    type=click.Choice([one.value for one in HelpedBy]),
    default=HelpedBy.PROGRAMMES.value,
    show_default=True,
    help="What of the store is taken as help: places in programmes, or support plans by tier.",
)
@click.option(
    "--decide",
    nargs=2,
    type=(str, click.Choice([one.value for one in ProgrammeChoice])),
    metavar="PROGRAMME DECISION",
    help="Log what is decided of a programme, with the verdict: continue, modify or stop. Needs a store.",
)
@click.option("--why", default="", help="Why it is decided.")
@click.option("--decided-by", default="", help="Who decides, as a role or a name.")
@click.option("--audience", default="", help="Outline whose audience reads it; else senior leaders, naming nobody.")
@click.option(
    "--panel", type=click.Path(path_type=Path), help="Also write the panel of school weeks, for other estimators."
)
@out_options
def command(
    treatments: Path | None,
    by: str | None,
    programmes: tuple[str, ...],
    cohorts: tuple[str, ...],
    audience: str,
    panel: Path | None,
    format_: str | None,
    out: Path | None,
    config: Path | None,
    store: Path | None,
    of: str,
    decide: tuple[str, str] | None,
    why: str,
    decided_by: str,
    **options: Any,
) -> None:
    """Say whether help that pupils of the register MARKS were given did help, against pupils alike without help.

    The file of --treatments has the columns pupil_id, programme (or plan, cohort) and start; where known end, cost (in
    pounds), and scores such as wellbeing_before and wellbeing_after. Name everybody's help in it, of other programmes
    too. Without it the help is what the store says. Needs the extra 'statistics'.
    """
    workbench = open_workbench(config, store)
    stored = treatments is None and not cohorts
    if stored and not workbench.has_store:
        raise InputError(
            Fault(
                "attendance impact",
                "no help is named",
                "--treatments FILE, --store, or --cohort",
                "Say who was helped",
            )
        )
    if decide is not None and not (workbench.has_store and why.strip() and decided_by.strip()):
        raise InputError(
            Fault("--decide", "is logged in a store, with who and why", "--store, --why, --decided-by", "Give all")
        )
    format_ = format_asked(workbench, format_, out)
    with progress() as steps:
        found = read_sessions(workbench, progress=steps, **options)
        if found.speaks_to:
            say(found.speaks_to)
        register = found.register
        given = () if treatments is None else workbench.treatments(treatments, register, by=by or "")
        if stored:
            told = workbench.helped(register, by=HelpedBy(of), as_of=options["as_of"])
            given = told.treatments
            if told.strangers:
                say(f"Left out, of pupils whom the register does not hold: {told.strangers}.")
        helped = (*given, *(workbench.cohort_treatments(register, cohorts) if cohorts else ()))
        wanted = (*programmes, *cohorts) if treatments is None or programmes else ()
        impacts = workbench.impact(register, helped, part_of=wanted, as_of=options["as_of"], progress=steps)
    if panel is not None:
        _write_panel(panel, workbench, register, helped, [one.part_of for one in impacts], options["as_of"])
    view = workbench.impact_report(register, impacts, audience=audience)
    deliver(render(workbench, view, format_, out, name="attendance-impact"), format_, out)
    if decide is not None:
        _log_decision(workbench, impacts, *decide, on=options["as_of"] or register.as_of, why=why, by=decided_by)
    finish(workbench)


def _log_decision(
    workbench: Workbench, impacts: Sequence[Impact], programme: str, decision: str, *, on: date, why: str, by: str
) -> None:
    """Write what is decided into the school log, beside the verdict that was known."""
    found = next((one for one in impacts if one.part_of == programme), None)
    if found is None:
        judged = join_names([one.part_of for one in impacts])
        raise InputError(Fault("--decide", "names a programme that is not judged", f"one of {judged}", "Name one"))
    event = ProgrammeDecision(
        programme=programme,
        on=on,
        decision=ProgrammeChoice(decision),
        finding=f"{found.verdict.value}: {found.reason}",
        reason=why,
    )
    say(f"Logged as {workbench.ledgers.note(event, written_on=on, by=by)}.")


def _write_panel(
    path: Path,
    workbench: Workbench,
    register: Register,
    helped: Sequence[Treatment],
    names: Sequence[str],
    as_of: date | None,
) -> None:
    """Write the panel of one programme.

    Raises:
        InputError: If there are several programmes, or the file cannot be written.
    """
    if len(names) != 1:
        raise InputError(
            Fault("--panel", f"is of one programme, and {len(names)} are judged", "--programme ID", "Name one")
        )
    frame = workbench.impact_panel(register, helped, names[0], as_of=as_of)
    text = csv_text(frame.columns, frame.iter_rows())
    (written,) = write_files((RenderedFile(name=path.name, media_type="text/csv", content=text.encode()),), path)
    say(f"Wrote {written}")
