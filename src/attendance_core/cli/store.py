"""``attendance store``: what keeps a store of documents and ledgers safe."""

from pathlib import Path

import click

from attendance_core.cli.shared import FINDINGS, FINE, format_option, print_json, say, table_text
from attendance_core.documents.stores import back_up, open_store


@click.group(name="store")
def command() -> None:
    """Check, back up and move a store: a folder of files, or one file that ends in .sqlite or .db."""


@command.command()
@click.argument("store", type=click.Path(path_type=Path))
@format_option("terminal", "json", default="terminal")
def check(store: Path, format_: str) -> None:
    """Read everything in STORE, and list what is not as it was saved.

    Exit status: 0 all is well, 1 something is not, 2 it cannot be read.
    """
    opened = open_store(store, existing=True)
    faults = opened.check()
    if format_ == "json":
        print_json({"store": str(store), "faults": [fault._asdict() for fault in faults]})
    elif faults:
        rows = [(fault.where, fault.what, fault.remedy) for fault in faults]
        click.echo(table_text(f"Not as it was saved: {len(faults)}", ("where", "what", "what to do"), [*rows]))
    else:
        click.echo(f"All is as it was saved: {_held(len(opened.list()))}.")
    raise SystemExit(FINDINGS if faults else FINE)


@command.command()
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Write over an older backup; a folder is never written over.")
def backup(store: Path, target: Path, replace: bool) -> None:
    """Write a copy of STORE to TARGET, while others go on reading and writing.

    The copy is checked, and gets its name when it is whole. TARGET may be of the other kind: a folder, or a file that
    ends in .sqlite or .db.
    """
    say(f"Wrote {target}: {_held(back_up(store, target, replace=replace))}")


@command.command()
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@click.argument("target", metavar="TO", type=click.Path(path_type=Path))
def copy(source: Path, target: Path) -> None:
    """Copy the store FROM to a new place TO, to go on with there: a folder to a SQLite file, or the reverse.

    Let nobody write to FROM meanwhile. FROM stays as it is.
    """
    say(f"Wrote {target}: {_held(back_up(source, target))}")


def _held(number: int) -> str:
    return f"{number:,} {'document or ledger' if number == 1 else 'documents and ledgers'}"
