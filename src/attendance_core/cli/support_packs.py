"""``attendance support pack``: the referral pack, and the attendance pack for a review."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from attrs import evolve

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import finish, marks_options, open_workbench, progress, say, store_option
from attendance_core.cli.showing import deliver, render
from attendance_core.cli.support_options import QuietCommand, open_ledgers, pupil_of, school_option
from attendance_core.errors import Fault, SupportError
from attendance_core.model.events import EventId
from attendance_core.model.ledgers import Record
from attendance_core.model.support_duties import EhcpReview
from attendance_core.support.ledger import Ledger

FORMATS = ("html", "xlsx", "md", "json")
_SUFFIX = {"html": ".html", "xlsx": ".xlsx", "md": ".md", "json": ".json"}


@click.command(cls=QuietCommand)
@click.argument("pupil")
@marks_options
@click.option("--ehcp", is_flag=True, help="The attendance pack for the review of an education, health and care plan.")
@click.option("--log", "log_it", is_flag=True, help="With --ehcp: write down that the pack was made; needs --by.")
@click.option("--by", default="", help="Who writes that down.")
@click.option("--review", "review_id", metavar="ID", help="Which review it is for; else the next one that is due.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write the pack into.")
@school_option
@store_option
def pack(
    pupil: str,
    ehcp: bool,
    log_it: bool,
    by: str,
    review_id: str | None,
    out: Path,
    school: str,
    store: Path | None,
    config: Path | None,
    **reading: Any,
) -> None:
    """Write the referral pack of PUPIL from the ledger and the register MARKS: as HTML, XLSX, Markdown and JSON.

    It holds support that was offered with dates and answers, contacts, letters, meetings, plans, reviews and steps in
    order, attendance with days lost, the sessions behind the threshold, and a list of what is missing.
    """
    as_of: date | None = reading["as_of"]
    if as_of is None:
        raise SupportError(Fault("--as-of", "is not given", "the day that the pack speaks to", "Give it"))
    if (log_it and not ehcp) or (log_it and not by.strip()) or (review_id and not log_it):
        raise SupportError(
            Fault("--log", "goes with --ehcp and --by, and --review with it", "all of them, or none", "Give all")
        )
    workbench = open_workbench(config)
    ledgers = open_ledgers(store, config)
    who = pupil_of(pupil, school)
    with progress() as steps:
        found = read_sessions(workbench, progress=steps, **reading)
        # A pack that cannot be logged is not made, and one that could not be made is not logged.
        review = _review(ledgers.of(who), review_id) if log_it else None
        make = workbench.ehcp_pack if ehcp else workbench.referral_pack
        view = make(found.register, who, ledgers.of(who), as_of=as_of, progress=steps)
        steps("writing")
        name = "attendance-pack" if ehcp else "referral-pack"
        for format_ in FORMATS:
            path = out / f"{name}{_SUFFIX[format_]}"
            deliver(render(workbench, view, format_, path, name=name), format_, path)
    if review is not None:
        event = evolve(review.event, pack_made=as_of)
        written = ledgers.revise(review.id, event, written_on=as_of, by=by, why="attendance pack made")
        say(f"Written down: {written}")
    finish(workbench, findings=False)


def _review(ledger: Ledger, id: str | None) -> Record[EhcpReview]:
    """Return the review that a pack is for: as named, or the next one that is not held yet.

    Raises:
        SupportError: If there is none.
    """
    reviews = sorted(ledger.records(EhcpReview), key=lambda one: one.event.due)
    if id is not None:
        wanted = EventId.parse(id)
        reviews = [one for one in reviews if wanted in [entry.id for entry in one.history]]
    else:
        reviews = [one for one in reviews if one.event.held is None]
    if not reviews:
        raise SupportError(
            Fault(
                "review",
                "none is there for which a pack could be made",
                "an ehcp-review that is due",
                "Write it first: attendance support log ehcp-review PUPIL due=DAY",
            )
        )
    return reviews[0]
