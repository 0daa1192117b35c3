"""``attendance codes``: the codes with their citations."""

from datetime import date
from typing import Any

import click

from attendance_core.cli.shared import DAY, config_option, finish, format_option, open_workbench, print_json, table_text
from attendance_core.documents.converter import unstructure
from attendance_core.model.codes import Codebook, CodeVersion


@click.command(name="codes")
@click.option("--on", "day", type=DAY, help="The codes in force on this day; without it, every version.")
@click.option("--codebook", default="england", show_default=True, help="Which codebook.")
@config_option
@format_option("terminal", "json", default="terminal")
def command(day: date | None, codebook: str, config: Any, format_: str) -> None:
    """Print the attendance codes: meaning, legal and statistical group, days in force, citations."""
    workbench = open_workbench(config)
    from attendance_core.errors import Fault, UnknownNameError, join_names

    books = {book.id: book for book in workbench.plugins.codebooks()}
    if codebook not in books:
        raise UnknownNameError(
            Fault(f"codebook {codebook!r}", "is unknown", f"one of {join_names(books)}", "Choose one of them")
        )
    rows = versions(books[codebook], day)
    if format_ == "json":
        print_json(
            [
                {"code": code, **unstructure(version), "possible": version.possible, "attended": version.attended}
                for code, version in rows
            ]
        )
    else:
        listed = [
            (
                code,
                version.description,
                version.legal_group.value,
                version.stat_group.value,
                "" if version.late.value == "no" else f"late, {version.late.value}",
                f"{version.in_force_from}..{version.in_force_to or ''}",
                "; ".join(f"{cite.source} {cite.provision} [{cite.standing.value}]" for cite in version.cites),
            )
            for code, version in rows
        ]
        title = f"{books[codebook].title}{f', on {day}' if day else ''}"
        columns = ("code", "meaning", "in law", "in statistics", "late", "in force", "sources")
        click.echo(table_text(title, columns, [tuple(row) for row in listed]))
        if not listed:
            click.echo("No code of this codebook was in force on that day.")
    finish(workbench)


def versions(book: Codebook, day: date | None) -> list[tuple[str, CodeVersion]]:
    """Return the versions in force on a day, or all."""
    return [
        (code.code, version) for code in book.codes for version in code.versions if day is None or day in version.span
    ]
