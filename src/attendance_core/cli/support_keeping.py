"""``attendance support export`` and ``erase``: what is held of one pupil, and what is held no more."""

import json
from datetime import date
from pathlib import Path

import click

from attendance_core.cli.shared import (
    DAY,
    config_option,
    format_option,
    open_workbench,
    print_json,
    say,
    store_option,
    table_text,
    write_files,
)
from attendance_core.cli.support_options import (
    QuietCommand,
    open_ledgers,
    pupil_of,
    school_option,
    writer_options,
)
from attendance_core.errors import Fault, SupportError
from attendance_core.model.ledgers import ErasureGround
from attendance_core.model.reports import RenderedFile
from attendance_core.model.retention import Kept
from attendance_core.reference.retention import period_of
from attendance_core.reports.words import number_of
from attendance_core.support.export import export as export_of
from attendance_core.support.retention import erase as erase_pupil
from attendance_core.support.retention import past_retention
from attendance_core.workbench import Workbench


def elsewhere(workbench: Workbench, on: date) -> str:
    """Say what is held in another place than the ledgers, and for how long."""
    years, period = period_of(Kept.REGISTER, on, workbench.configuration.retention)
    floor = f"; {period.years} is the least that the law asks for" if period.floor else ""
    return (
        f"Attendance and admission registers are not held here: ask for them where they are kept, {years} years from "
        f"the day of each entry{floor}."
    )


@click.command(cls=QuietCommand)
@click.argument("pupil")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else it is printed.")
@click.option("--as-of", type=DAY, required=True, help="The day of the export, for the periods of what is elsewhere.")
@click.option("--leave-out-confidential", is_flag=True, help="All but what is for the safeguarding lead alone.")
@school_option
@store_option
@config_option
def export(
    pupil: str,
    out: Path | None,
    as_of: date,
    leave_out_confidential: bool,
    school: str,
    store: Path | None,
    config: Path | None,
) -> None:
    """Write all that ledgers hold of PUPIL as JSON: every entry as it was written, and where others name the pupil.

    That includes what is for the safeguarding lead alone: look before it leaves the school.
    """
    workbench = open_workbench(config)
    found = export_of(
        open_ledgers(store, config),
        pupil_of(pupil, school),
        elsewhere=(elsewhere(workbench, as_of),),
        with_confidential=not leave_out_confidential,
    )
    left = found["confidential_left_out"]
    if left:
        say(f"{number_of(left, 'entry', 'entries')} for the safeguarding lead alone left out, as asked.")
    if out is None:
        print_json(found)
        return
    content = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    file = RenderedFile(name="export.json", media_type="application/json", content=content.encode())
    for path in write_files((file,), out):
        say(f"Wrote {path}: {number_of(len(found['entries']), 'entry', 'entries')}.")


@click.command(cls=QuietCommand)
@click.argument("pupil", required=False)
@click.option("--ground", type=click.Choice([one.value for one in ErasureGround]), help="Why; needed with PUPIL.")
@click.option("--past-retention", is_flag=True, help="List the pupils whose ledgers were kept for long enough.")
@click.option("--yes", is_flag=True, help="With --past-retention: erase what is listed.")
@format_option("text", "json", default="text")
@school_option
@writer_options
def erase(
    pupil: str | None,
    ground: str | None,
    past_retention: bool,
    yes: bool,
    format_: str,
    school: str,
    as_of: date,
    by: str,
    store: Path | None,
    config: Path | None,
) -> None:
    """Erase all that ledgers hold of PUPIL, or of everybody whose period is over. It cannot be undone.

    A tombstone stays: that something was there, when and on what ground it was erased, and nothing of whom.
    Where a hold is in force, nothing is erased.
    """
    if (pupil is None) != past_retention or (pupil is None) != (ground is None) or (yes and not past_retention):
        raise SupportError(
            Fault("erase", "it is not clear of whom", "PUPIL and --ground, or --past-retention", "Give one of them")
        )
    workbench = open_workbench(config)
    ledgers = open_ledgers(store, config)
    # Told at the end, and asked first: a period that cannot be is no reason to find out after erasing.
    beside = elsewhere(workbench, as_of)
    if pupil is None or ground is None:
        _past(workbench, store, config, as_of=as_of, by=by, yes=yes, format_=format_)
        return
    erased = erase_pupil(ledgers, pupil_of(pupil, school), as_of=as_of, by=by, ground=ErasureGround(ground))
    if format_ == "json":
        print_json({"erased": erased})
    else:
        click.echo(f"Erased {number_of(erased, 'entry', 'entries')}.")
    say(beside)


def _past(
    workbench: Workbench, store: Path | None, config: Path | None, *, as_of: date, by: str, yes: bool, format_: str
) -> None:
    ledgers = open_ledgers(store, config)
    years, period = period_of(Kept.SUPPORT, as_of, workbench.configuration.retention)
    found = tuple(past_retention(ledgers, as_of, years))
    erased = {
        one.who: erase_pupil(ledgers, one.who, as_of=as_of, by=by, ground=ErasureGround.PAST_RETENTION)
        for one in found
        if yes and not one.held
    }
    if format_ == "json":
        listed = [
            {
                "pupil_id": one.who.pupil_id,
                "school_id": one.who.school_id,
                "last_day": one.last_day.isoformat(),
                "kept_to": one.kept_to.isoformat(),
                "held": one.held,
                "erased": erased.get(one.who),
            }
            for one in found
        ]
        print_json({"years": years, "past": listed})
        return
    own = "" if years == period.years else " as the configuration says"
    say(f"Kept for {years} years{own} after the last day of a ledger.")
    if not found:
        click.echo("Nothing is past its period.")
        return
    rows = [
        (
            one.who.pupil_id,
            one.who.school_id,
            one.last_day,
            one.kept_to,
            "held" if one.held else "erased" if one.who in erased else "can be erased",
        )
        for one in found
    ]
    click.echo(table_text("", ("pupil", "school", "last day", "kept to", "state"), rows))
    if not yes:
        say("Nothing was erased. Give --yes to erase what can be.")
