"""``attendance support``: what was offered to a pupil and family, and what comes next."""

import json
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import click
from attrs import evolve

from attendance_core.cli.programmes import directory, pathway_, programmes
from attendance_core.cli.shared import DAY, config_option, format_option, print_json, printable, say, store_option
from attendance_core.cli.support_giving import plan, refer, review, step
from attendance_core.cli.support_keeping import erase, export
from attendance_core.cli.support_lists import due, school, today
from attendance_core.cli.support_options import (
    QuietGroup,
    confidential_option,
    mind_unknown,
    open_ledgers,
    pupil_of,
    say_hidden,
    school_option,
    writer_options,
)
from attendance_core.cli.support_packs import pack
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, SupportError
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import Entry, Record
from attendance_core.reports.words import number_of
from attendance_core.support.confidential import confidential as confidential_of
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS, kind_named
from attendance_core.support.ledger import SCHOOL, Ledger
from attendance_core.support.writing import build_event, fields_of


@click.group(name="support", cls=QuietGroup)
def command() -> None:
    """Write down and follow what was offered to a pupil and family."""


for _other in (plan, review, refer, step, pack, due, today, school, programmes, directory, pathway_, export, erase):
    command.add_command(_other)


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
    if (revises and retract) or (retract and words):
        raise SupportError(
            Fault(
                "log", "a record is restated, or taken back", "--revises ID with words, or --retract ID", "Choose one"
            )
        )
    ledgers = open_ledgers(store, config)
    own = pupil == SCHOOL
    cls = kind_named(kind, SCHOOL_EVENTS if own else PUPIL_EVENTS)
    if revises or retract:
        id = EventId.parse(revises or retract or "")
        ledger = ledgers.school() if own else ledgers.of(pupil_of(pupil, school))
        found = _record(ledger, cls, id)
        event = None if retract else build_event(cls, words, start=found.event)
        if event is not None:
            mind_unknown(event, config)
        written = ledgers.revise(id, event, written_on=as_of, by=by, why=why)
    else:
        event = build_event(cls, words)
        mind_unknown(event, config)
        if own:
            written = ledgers.note(event, written_on=as_of, by=by)
        else:
            written = ledgers.add(pupil_of(pupil, school), event, written_on=as_of, by=by)
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
@confidential_option
@school_option
@store_option
@config_option
def show(
    pupil: str,
    history: bool,
    as_of: date | None,
    confidential: bool,
    format_: str,
    school: str,
    store: Path | None,
    config: Path | None,
) -> None:
    """Show what is written about a pupil, or in the school log, in the order of days.

    What is for the safeguarding lead alone is counted, and only shown with --confidential.
    """
    ledgers = open_ledgers(store, config)
    own = pupil == SCHOOL
    ledger = ledgers.school() if own else ledgers.of(pupil_of(pupil, school))
    hidden = frozenset() if confidential else confidential_of(ledger)
    open_ = (one for one in ledger.records(Event, as_of) if one.history[-1].id.place not in hidden)
    records = [
        evolve(one, history=tuple(entry for entry in one.history if entry.id.place not in hidden))
        for one in sorted(open_, key=lambda one: (one.day, one.id.place))
    ]
    by_then = (one for one in ledger.entries if isinstance(one, Entry) and (as_of is None or one.written_on <= as_of))
    say_hidden(sum(one.id.place in hidden for one in by_then))
    if format_ == "json":
        print_json([_plain(record, history) for record in records])
        return
    if not records and not hidden:
        say("Nothing is written.")
    for record in records:
        click.echo(printable(f"{record.day} {record.event.kind} {record.id} (by {record.by})"))
        for name, value in _filled(record.event).items():
            for one in value if isinstance(value, list | tuple) else (value,):
                told = printable(f"{name}: {_word(one)}")
                # Neither an id nor a day is broken: people copy them.
                click.echo(
                    textwrap.fill(
                        told,
                        100,
                        initial_indent="    ",
                        subsequent_indent="      ",
                        break_on_hyphens=False,
                        break_long_words=False,
                    )
                )
        for entry in record.history[:-1] if history else ():
            said = "" if entry.event is None else json.dumps(_filled(entry.event), ensure_ascii=False)
            click.echo(printable(f"    before, written {entry.written_on} by {entry.by}: {said}"))
    later = ledger.later(as_of) if as_of else 0
    if later:
        say(f"{number_of(later, 'entry was', 'entries were')} written after {as_of} and left out.")


def _word(value: Any) -> str:
    """Write a value as `log` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ";".join(f"{key}:{_word(one)}" for key, one in value.items() if one not in (None, "", [], ()))
    return str(value)


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
