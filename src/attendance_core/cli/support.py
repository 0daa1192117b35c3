"""``attendance support``: what was offered to a pupil and family, and what comes next."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from attendance_core.cli.programmes import directory, pathway_, programmes
from attendance_core.cli.shared import DAY, config_option, format_option, open_workbench, print_json, say, store_option
from attendance_core.cli.support_lists import due, today
from attendance_core.documents.converter import unstructure
from attendance_core.documents.stores import open_store
from attendance_core.errors import Fault, SupportError
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import PupilKey, Record
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS, kind_named
from attendance_core.support.ledger import SCHOOL, Ledger, Ledgers
from attendance_core.support.writing import build_event, fields_of

F = TypeVar("F", bound=Callable[..., Any])


@click.group(name="support")
def command() -> None:
    """Write down and follow what was offered to a pupil and family."""


command.add_command(programmes)
command.add_command(directory)
command.add_command(pathway_)


def writer_options(function: F) -> F:
    """Add the options of every command that writes: the day, who, the store."""
    for option in (
        config_option,
        store_option,
        click.option("--by", required=True, help="Who writes this, as a role or a name."),
        click.option("--as-of", type=DAY, required=True, help="The day on which this is written."),
    ):
        function = option(function)
    return function


def school_option(function: F) -> F:
    """Add ``--school``."""
    return click.option("--school", default="", help="The pupil's school, where a store holds several.")(function)


def open_ledgers(store: Path | None, config: Path | None) -> Ledgers:
    """Open the ledgers that an option or the configuration names."""
    if store is not None:
        return Ledgers(open_store(store))
    return open_workbench(config).ledgers


@command.command()
@click.argument("kind")
@click.argument("pupil")
@click.argument("words", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--revises", metavar="ID", help="Restate this record: only the fields that are named change.")
@click.option("--retract", metavar="ID", help="Take this record back; --why says why.")
@click.option("--why", default="", help="Why a record is restated or taken back.")
@school_option
@writer_options
def log(
    kind: str,
    pupil: str,
    words: tuple[str, ...],
    revises: str | None,
    retract: str | None,
    why: str,
    school: str,
    as_of: date,
    by: str,
    store: Path | None,
    config: Path | None,
) -> None:
    """Write one event into a pupil's ledger, and print its id.

    KIND is one of those that attendance support kinds lists. PUPIL is the pupil's id as the register has it, or
    "school" for the school log.
    """
    ledgers = open_ledgers(store, config)
    own = pupil == SCHOOL
    cls = kind_named(kind, SCHOOL_EVENTS if own else PUPIL_EVENTS)
    if revises or retract:
        id = EventId.parse(revises or retract or "")
        ledger = ledgers.school() if own else ledgers.of(PupilKey(pupil_id=pupil, school_id=school))
        found = _record(ledger, cls, id)
        event = None if retract else build_event(cls, words, start=found.event)
        written = ledgers.revise(id, event, written_on=as_of, by=by, why=why)
    elif own:
        written = ledgers.note(build_event(cls, words), written_on=as_of, by=by)
    else:
        who = PupilKey(pupil_id=pupil, school_id=school)
        written = ledgers.add(who, build_event(cls, words), written_on=as_of, by=by)
    click.echo(str(written))


def _record(ledger: Ledger, cls: type[Event], id: EventId) -> Record[Event]:
    """Return the record that an entry belongs to, of one ledger alone."""
    for record in ledger.records(cls):
        if id in [entry.id for entry in record.history]:
            return record
    raise SupportError(
        Fault(f"record {id}", f"is no {cls.kind} of this ledger", "", "Copy its id from attendance support show")
    )


@command.command()
@format_option("text", "json", default="text")
def kinds(format_: str) -> None:
    """List the kinds of events and their fields."""
    listed = {
        "pupil": {kind: fields_of(cls) for kind, cls in PUPIL_EVENTS.items()},
        "school": {kind: fields_of(cls) for kind, cls in SCHOOL_EVENTS.items()},
    }
    if format_ == "json":
        print_json(listed)
        return
    for of, known in listed.items():
        click.echo(f"Of a {of}:" if of == "pupil" else "Of the school:")
        for kind, names in known.items():
            shown = " ".join(name if needed else f"[{name}]" for name, needed in names.items())
            click.echo(click.wrap_text(f"{kind}: {shown}", width=100, initial_indent="  ", subsequent_indent="    "))


@command.command()
@click.argument("pupil")
@click.option("--history", is_flag=True, help="Also show what each record said before.")
@click.option("--as-of", type=DAY, help="Leave out what was written after this day.")
@format_option("text", "json", default="text")
@school_option
@store_option
@config_option
def show(
    pupil: str,
    history: bool,
    as_of: date | None,
    format_: str,
    school: str,
    store: Path | None,
    config: Path | None,
) -> None:
    """Show what is written about a pupil, or in the school log, in the order of days."""
    ledgers = open_ledgers(store, config)
    own = pupil == SCHOOL
    ledger = ledgers.school() if own else ledgers.of(PupilKey(pupil_id=pupil, school_id=school))
    records = sorted(ledger.records(Event, as_of), key=lambda one: (one.day, one.id.place))
    if format_ == "json":
        print_json([_plain(record, history) for record in records])
        return
    if not records:
        say("Nothing is written.")
    for record in records:
        click.echo(f"{record.day} {record.event.kind} {record.id} (by {record.by})")
        for name, value in _filled(record.event).items():
            click.echo(
                click.wrap_text(f"{name}: {value}", width=100, initial_indent="    ", subsequent_indent="      ")
            )
        for entry in record.history[:-1] if history else ():
            said = "" if entry.event is None else json.dumps(_filled(entry.event), ensure_ascii=False)
            click.echo(f"    before, written {entry.written_on} by {entry.by}: {said}")
    later = ledger.later(as_of) if as_of else 0
    if later:
        say(f"{later} entries were written after {as_of} and are left out.")


def _filled(event: Event) -> dict[str, Any]:
    """Return the fields of an event that say something."""
    return {name: value for name, value in unstructure(event).items() if value not in (None, "", [], ())}


def _plain(record: Record[Event], history: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": str(record.id), "kind": record.event.kind, "day": record.day.isoformat()}
    plain |= {"by": record.by, "event": unstructure(record.event)}
    if history:
        plain["history"] = [
            {"written_on": one.written_on.isoformat(), "by": one.by, "why": one.why}
            | {"event": None if one.event is None else unstructure(one.event)}
            for one in record.history
        ]
    return plain


command.add_command(due)
command.add_command(today)
