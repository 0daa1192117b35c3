"""``attendance statement``: each pupil's statement of a term."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.letters import kept_back, write
from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import csv_text, finish, marks_options, open_workbench, progress, say, store_option
from attendance_core.cli.support_options import open_ledgers
from attendance_core.errors import Fault, SupportError
from attendance_core.model.reports import RenderedFile
from attendance_core.reports.words import number_of
from attendance_core.support.letters import log_approved, numbered


@click.command(name="statement")
@marks_options
@click.option("--term", type=click.Choice(["autumn", "spring", "summer"]), help="Which term; else the last one begun.")
@click.option("--template", default="statement", show_default=True, help="Id of a template, or its TOML file.")
@click.option("--language", default="", help="Language code; else each family's, where the pupils file tells it.")
@click.option("--contact", default="", help="Whom a family can speak to.")
@store_option
@click.option("--approved-by", default="", help="Who read and approved them: logged for each pupil; needs a store.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def command(
    term: str | None,
    template: str,
    language: str,
    contact: str,
    store: Path | None,
    approved_by: str,
    out: Path,
    config: Path | None,
    as_of: date | None,
    **reading: Any,
) -> None:
    """Write a statement of a term for each pupil of the register MARKS on roll.

    It tells sessions possible, attended, and missed with and without leave, lateness, days as well as percent, the
    target, and the pupil's own term before. index.csv says which is whose. Where a store is known, letters that
    somebody stopped are kept back.
    """
    workbench = open_workbench(config)
    named = workbench.letter_template(template)
    if approved_by and as_of is None:
        raise SupportError(Fault("--as-of", "is not given", "the day of the statements", "Give it"))
    known = store is not None or workbench.store is not None or bool(workbench.configuration.files.store)
    if approved_by and not known:
        raise SupportError(Fault("--store", "is not given", "where approvals are logged", "Give it"))
    ledgers = open_ledgers(store, config) if known else None
    with progress() as steps:
        found = read_sessions(workbench, as_of=as_of, progress=steps, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        day = found.register.as_of
        made = workbench.statements(
            found.register,
            span=workbench.term(found.register, day, term or ""),
            as_of=day,
            template=named,
            language=language,
            contact=contact,
            ledgers=ledgers,
            progress=steps,
        )
    if ledgers is None:
        say("No store is known, so nothing that somebody stopped is kept back.")
    if approved_by and ledgers is not None:
        log_approved(made.letters, named, ledgers, by=approved_by, on=day)
    names = [f"statement-{name}.txt" for name in numbered(len(made.letters))]
    files = [
        RenderedFile(
            name=name,
            media_type="text/plain; charset=utf-8",
            content=f"{letter.subject.strip()}\n\n{letter.text}".encode(),
        )
        for name, letter in zip(names, made.letters, strict=True)
    ]
    write(files, out)
    rows = [
        (name, line.pupil.school_id, line.pupil.who.pupil_id, letter.language, "; ".join(letter.notes))
        for name, letter in zip(names, made.letters, strict=True)
        for line in letter.pupils
    ]
    index = csv_text(("file", "school_id", "pupil_id", "language", "notes"), rows)
    write([RenderedFile(name="index.csv", media_type="text/csv", content=index.encode("utf-8"))], out)
    write([kept_back(made)], out)
    click.echo(
        f"Written: {number_of(len(made.letters), 'statement')}. Kept back: {number_of(len(made.held), 'pupil')}."
    )
    finish(workbench, findings=bool(found.findings))
