"""``attendance letters``: letters that wait for a person, why others are kept back, and what was approved."""

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
    policy_options,
    progress,
    say,
    table_text,
    write_files,
)
from attendance_core.cli.support_options import open_ledgers
from attendance_core.errors import Fault, SupportError
from attendance_core.model.reports import RenderedFile
from attendance_core.plugins.builtin.letters import approval_list, read_approvals
from attendance_core.reports.words import number_of
from attendance_core.support.letters import Letter, Letters, chosen, log_approved, numbered

APPROVAL, KEPT_BACK = "approval.csv", "kept-back.csv"
DRAFT = "DRAFT. Nobody has approved this letter yet."


@click.command(name="letters")
@marks_options
@policy_options
@click.option("--template", required=True, help="Id of a template, or its TOML file.")
@click.option("--pupil", "only", multiple=True, metavar="PUPIL", help="Only this pupil; repeatable.")
@click.option("--language", default="", help="Language code; else each family's, where the pupils file tells it.")
@click.option("--contact", default="", help="Whom a family can speak to, as letters name them.")
@click.option("--approve", type=click.Path(path_type=Path), help="The list of letters, marked yes where approved.")
@click.option("--approved-by", default="", help="Who read and approved them; needed with --approve.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def command(
    store: Path | None,
    template: str,
    only: tuple[str, ...],
    language: str,
    contact: str,
    approve: Path | None,
    approved_by: str,
    out: Path,
    config: Path | None,
    policies: tuple[str, ...],
    records: Path | None,
    as_of: date | None,
    **reading: Any,
) -> None:
    """Write letters about pupils of the register MARKS, as drafts that wait for a person.

    Beside the drafts stand approval.csv, in which a person marks what may go out, and kept-back.csv: who gets no
    letter, and what stopped it. With --approve and --approved-by the letters marked yes are written as approved, and
    each is logged in its pupil's ledger. Exit status 1 if letters were kept back.
    """
    day = _check(as_of, approve, approved_by, out)
    workbench = open_workbench(config)
    chosen_template = workbench.letter_template(template)
    digests = {} if approve is None else read_approvals(approve)
    ledgers = open_ledgers(store, config)
    with progress() as steps:
        found = read_sessions(workbench, as_of=day, progress=steps, **reading)
        made = workbench.letters(
            found.register,
            chosen_template,
            as_of=day,
            policies=policies or None,
            records=records,
            ledgers=ledgers,
            pupils=only,
            language=language,
            contact=contact,
            progress=steps,
        )
    for note in made.notes:
        say(f"Note: {note}")
    if approve is None:
        write_drafts(made, out)
    else:
        letters = chosen(made, digests)
        # The ledger first: a letter that lies there as approved is always logged.
        log_approved(letters, chosen_template, ledgers, by=approved_by, on=day)
        write_approved(letters, tuple(digests.values()), out)
        click.echo(f"Approved by {approved_by}: {len(letters)} of {len(made.letters)}.")
    finish(workbench, findings=bool(made.held) and approve is None)


def _check(as_of: date | None, approve: Path | None, approved_by: str, out: Path) -> date:
    faults = []
    if approve is None and (out / APPROVAL).exists():
        what = "is there already, and somebody may have marked it"
        faults.append(Fault(str(out / APPROVAL), what, "a new folder", "Name another --out, or remove this one"))
    if as_of is None:
        faults.append(Fault("--as-of", "is not given", "the day of the letters", "Give it"))
    if approve is not None and not approved_by.strip():
        faults.append(Fault("--approved-by", "nobody approved", "who read the letters", "Say who"))
    if approve is None and approved_by:
        faults.append(Fault("--approve", "is not given", "the list that was marked", "Give it"))
    if faults or as_of is None:
        raise SupportError(*faults)
    return as_of


def write_drafts(made: Letters, out: Path) -> None:
    """Write drafts, the list to mark, and who is kept back; say how many."""
    names = numbered(len(made.letters))
    files = [
        _file(f"draft-{name}.txt", f"{DRAFT}\n\n{_whole(letter)}")
        for name, letter in zip(names, made.letters, strict=True)
    ]
    listed = approval_list(zip(names, made.letters, strict=True), made.template)
    write(files, out)
    write([RenderedFile(name=APPROVAL, media_type="text/csv", content=listed)], out)
    write([kept_back(made)], out)
    stops: dict[str, int] = {}
    for one in made.held:
        for stop in {refusal.stop.value for refusal in one.refusals}:
            stops[stop] = stops.get(stop, 0) + 1
    waiting = f"{number_of(len(made.letters), 'letter')} {'waits' if len(made.letters) == 1 else 'wait'} for a person"
    click.echo(f"{waiting}: read and mark {out / APPROVAL}.")
    if stops:
        rows = sorted(stops.items(), key=lambda pair: (-pair[1], pair[0]))
        click.echo(table_text(f"Kept back: {number_of(len(made.held), 'pupil')}", ("stop", "pupils"), [*rows]))
    for letter in made.letters:
        for note in letter.notes:
            say(f"Letter {names[letter.number - 1]}: {note}")


def write_approved(letters: tuple[Letter, ...], names: tuple[str, ...], out: Path) -> None:
    """Write letters as approved, under the names that the list gave them."""
    named = zip(letters, names, strict=True)
    write([_file(f"approved-{Path(name).name}.txt", _whole(letter)) for letter, name in named], out)


def kept_back(made: Letters) -> RenderedFile:
    """Return the list of who gets no letter, and what stopped it."""
    rows = [
        (one.pupil.school_id, one.pupil.who.pupil_id, refusal.stop.value, refusal.text)
        for one in made.held
        for refusal in one.refusals
    ]
    text = csv_text(("school_id", "pupil_id", "stop", "why"), rows)
    return RenderedFile(name=KEPT_BACK, media_type="text/csv", content=text.encode("utf-8"))


def write(files: list[RenderedFile], out: Path) -> None:
    """Write each file into a folder."""
    for file in files:
        write_files((file,), out / file.name)


def _file(name: str, text: str) -> RenderedFile:
    return RenderedFile(name=name, media_type="text/plain; charset=utf-8", content=text.encode("utf-8"))


def _whole(letter: Letter) -> str:
    return f"{letter.subject.strip()}\n\n{letter.text}"
