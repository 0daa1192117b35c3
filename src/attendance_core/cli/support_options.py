"""What the commands of ``attendance support`` share: options, the ledgers, and silence about what was typed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from attendance_core.cli.shared import DAY, config_option, open_workbench, say, store_option
from attendance_core.documents.stores import open_store
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey
from attendance_core.reports.words import number_of
from attendance_core.support.known import NAMING, unknown_ids
from attendance_core.support.ledger import Ledgers

F = TypeVar("F", bound=Callable[..., Any])


def _unsaid(error: click.UsageError, typed: list[str]) -> click.UsageError:
    """Take what was typed out of a message: a name that stands in the wrong place is no business of a log."""
    text = error.format_message()
    if text.startswith("Got unexpected extra"):
        text = "There are more words than the command takes; put a value of several words in quotes."
    for word in sorted(typed, key=len, reverse=True):
        for part in (word, word.partition("=")[2]):
            if part and not part.startswith("-"):
                text = text.replace(repr(part), "what is there")
    return click.UsageError(text, ctx=error.ctx)


class QuietCommand(click.Command):
    """A command whose messages about its own use repeat nothing that was typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        typed = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise _unsaid(error, typed) from None


class QuietGroup(click.Group):
    """A group of such commands."""

    command_class = QuietCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command by its name."""
        if args and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"No such command; expected one of {', '.join(self.list_commands(ctx))}.")
        return super().resolve_command(ctx, args)


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


def confidential_option(function: F) -> F:
    """Add ``--confidential``."""
    return click.option("--confidential", is_flag=True, help="Also what is for the safeguarding lead alone.")(function)


def say_hidden(number: int) -> None:
    """Say how many entries are not shown, since they are confidential."""
    if number:
        say(f"{number_of(number, 'entry', 'entries')} for the safeguarding lead alone left out: see --confidential.")


def mind_unknown(event: Event, config: Path | None) -> None:
    """Say which ids of an event the pathway, the catalogue and the directory do not have; it is written all the same.

    Raises:
        InputError: If one of them cannot be read.
    """
    if not isinstance(event, NAMING):
        return
    workbench = open_workbench(config)
    for fault in unknown_ids(event, workbench.pathway(), workbench.programmes(), workbench.directory()):
        say(f"Mind: {event.kind}: {fault}")


def open_ledgers(store: Path | None, config: Path | None) -> Ledgers:
    """Open the ledgers that an option or the configuration names."""
    if store is not None:
        return Ledgers(open_store(store))
    return open_workbench(config).ledgers


def pupil_of(pupil: str, school: str) -> PupilKey:
    """Return whose ledger is asked for."""
    return PupilKey(pupil_id=pupil, school_id=school)


def day_or(given: date | None, otherwise: date) -> date:
    """Return a day, or another one where none was given."""
    return otherwise if given is None else given
