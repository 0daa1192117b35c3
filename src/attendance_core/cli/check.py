"""``attendance check``: read, validate, and ask the register whether its marks can be so."""

from pathlib import Path
from typing import Any

import click

from attendance_core.cli import checked
from attendance_core.cli.reading import Sessions, read_any
from attendance_core.cli.shared import (
    beside,
    csv_text,
    finish,
    format_option,
    marks_options,
    open_workbench,
    print_json,
    progress,
    records_option,
    say,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.model.checks import CheckResult
from attendance_core.register.account import REMEDIES, Account
from attendance_core.register.counts import CountAccount


@click.command(name="check")
@marks_options
@records_option
@format_option("terminal", "json", "csv", default="terminal")
@click.option("--save", type=click.Path(path_type=Path), help="Write the checked register to this folder (Parquet).")
@click.option("--sessions", metavar="CHECK", default="", help="Print the sessions behind a check's findings alone.")
def command(
    config: Path | None,
    records: Path | None,
    store: Path | None,
    format_: str,
    save: Path | None,
    sessions: str,
    **reading: Any,
) -> None:
    """Read the register MARKS, say what became of every mark, and ask whether the marks can be so.

    The register check asks for missing marks, codes not in force, and more; it works no figure out. With --format csv
    it prints its findings alone.
    """
    workbench = open_workbench(config, store)
    with progress() as told:
        found = read_any(workbench, progress=told, **reading)
        account = found.account
        if save is not None:
            told("saving")
            found.save(save)
        told("register check")
        results: tuple[CheckResult, ...] = ()
        if isinstance(found, Sessions):
            results = workbench.check(found.register, records=beside(workbench, found.register, records))
    if sessions:
        _print_sessions(checked.chosen(results, sessions), format_)
    elif format_ == "json":
        print_json({**as_data(account), "register_check": [checked.as_data(one) for one in results]})
    elif format_ == "csv":
        click.echo(checked.as_csv(results), nl=False)
    else:
        click.echo(as_text(account))
        click.echo("\n" + (checked.as_text(results) if results else checked.NOT_OF_SESSIONS))
    if save is not None:
        say(f"Wrote {save}")
    finish(workbench, findings=bool(account.findings) or checked.is_finding(results))


def _print_sessions(result: CheckResult, format_: str) -> None:
    frame = result.sessions_of()
    if format_ == "json":
        print_json({**checked.as_data(result), "listed": frame.rows(named=True)})
        return
    # To people, findings are numbered from 1, as the list of findings is.
    rows = [(number + 1, *rest) for number, *rest in frame.iter_rows()]
    if format_ == "csv":
        click.echo(csv_text(frame.columns, rows), nl=False)
        return
    title = f"{result.check.title}: {checked.number_of(len(rows), 'session')}"
    kept = [place for place, name in enumerate(frame.columns) if name not in ("pupil_id", "school_id")]
    heads = tuple(frame.columns[place] for place in kept)
    click.echo(table_text(title, heads, [tuple(row[place] for place in kept) for row in rows]))


def as_data(account: Account | CountAccount) -> dict[str, Any]:
    """Return an account as plain data."""
    if isinstance(account, CountAccount):
        return {
            **{name: getattr(account, name) for name in (*_COUNT_ROWS, *_COUNT_CELLS)},
            "conserved": account.conserved,
            "rejects": account.rejects.rows(named=True),
            "doubts": unstructure(account.doubts),
            "assumptions": list(account.assumptions),
            "inputs": unstructure(account.inputs),
        }
    return {
        "rows": account.rows,
        "marks_in": account.marks_in,
        "coded": account.coded,
        "no_mark": account.no_mark,
        "rejected": account.rejected,
        "conserved": account.conserved,
        "enrolments": account.enrolments,
        "first_mark": account.first_mark.isoformat() if account.first_mark else None,
        "last_mark": account.last_mark.isoformat() if account.last_mark else None,
        "as_of": account.as_of.isoformat(),
        "as_of_given": account.as_of_given,
        "reject_reasons": [
            {"reason": reason.value, "marks": number, "remedy": REMEDIES[reason]}
            for reason, number in account.reject_counts
        ],
        "rejects": account.rejects.rows(named=True),
        "doubts": unstructure(account.doubts),
        "assumptions": list(account.assumptions),
        "inputs": unstructure(account.inputs),
    }


_COUNT_ROWS = ("rows", "rows_kept", "rows_withheld", "rows_rejected", "rows_empty", "rows_other")
_COUNT_CELLS = ("cells_in", "cells_kept", "cells_withheld", "cells_rejected", "cells_aside")


def _counts_text(account: CountAccount) -> str:
    lines = [
        f"{name.replace('_', ' ').capitalize():<18} {getattr(account, name):>12,}"
        for name in (*_COUNT_ROWS, *_COUNT_CELLS)
    ]
    lines += [f"Note: {text}" for text in account.assumptions]
    lines += [f"Doubt: {doubt.told}" for doubt in account.doubts]
    if len(account.rejects):
        columns = ("source_row", "column", "reason", "detail", "remedy")
        rows = [tuple(row) for row in account.rejects.select(*columns).iter_rows()]
        lines += ["", table_text("Rejected cells", columns, rows)]
    else:
        lines.append("Nothing was rejected.")
    return "\n".join(lines)


def as_text(account: Account | CountAccount) -> str:
    """Return an account for a person to read."""
    if isinstance(account, CountAccount):
        return _counts_text(account)
    lines = [
        f"Rows read          {account.rows:>12,}",
        f"Marks found        {account.marks_in:>12,}",
        f"  kept             {account.coded:>12,}",
        f"  without a mark   {account.no_mark:>12,}",
        f"  rejected         {account.rejected:>12,}",
        f"Enrolments         {account.enrolments:>12,}",
        f"Marks from {account.first_mark} to {account.last_mark}; as of {account.as_of}"
        + ("" if account.as_of_given else " (the last marked day)"),
    ]
    for text in account.assumptions:
        lines.append(f"Note: {text}")
    for doubt in account.doubts:
        places = f" (rows {', '.join(map(str, doubt.rows))})" if doubt.rows else ""
        marks = f": {doubt.marks:,} {'mark' if doubt.marks == 1 else 'marks'}" if doubt.marks else ""
        remedy = f". {doubt.remedy}." if doubt.remedy else ""
        lines.append(f"Doubt: {doubt.told}{marks}{places}{remedy}")
    if account.reject_counts:
        rows: list[tuple[Any, ...]] = [
            (reason.value, f"{number:,}", REMEDIES[reason]) for reason, number in account.reject_counts
        ]
        lines += ["", table_text("Rejected, by reason", ("reason", "marks", "what to do"), rows)]
        listed = [tuple(row) for row in account.rejects.select("source_row", "reason", "detail").iter_rows()]
        lines += ["", table_text("Rejected, by row", ("row", "reason", "what was found"), listed)]
    else:
        lines.append("Nothing was rejected.")
    return "\n".join(lines)
