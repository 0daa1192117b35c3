"""``attendance concerns``: who needs attention, under which rule, and why."""

from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    beside,
    csv_text,
    finish,
    format_option,
    marks_options,
    open_workbench,
    policy_options,
    print_json,
    progress,
    say,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.model.outcomes import Outcome
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.results import RuleResult
from attendance_core.policy.words import definition
from attendance_core.reports.concerns import told

_SHOWN = ("policy", "rule", "pupil_id", "school_id", "start", "end")


@click.command(name="concerns")
@marks_options
@policy_options
@click.option("--rule", "rules", multiple=True, help="Only this rule; repeatable.")
@click.option("--everything", is_flag=True, help="Also what no longer holds, and pupils who have left.")
@format_option("terminal", "json", "csv", default="terminal")
def command(
    config: Path | None,
    policies: tuple[str, ...],
    records: Path | None,
    store: Path | None,
    rules: tuple[str, ...],
    everything: bool,
    format_: str,
    **reading: Any,
) -> None:
    """Ask policies of the register MARKS: each concern with its rule, its counts and what to consider.

    A rule recommends, a person decides. `attendance explain CONCERN MARKS` lists the sessions behind one.
    """
    workbench = open_workbench(config, store)
    with progress() as steps:
        found = read_sessions(workbench, progress=steps, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        asked = policies or None
        side = beside(workbench, found.register, records)
        concerns = workbench.concerns(found.register, asked, records=side, progress=steps)
    concerns = concerns.only(rules) if rules else concerns
    frame = concerns.frame(everything=everything)
    if format_ == "json":
        print_json(as_data(concerns, frame))
    elif format_ == "csv":
        click.echo(csv_text(frame.columns, frame.iter_rows()), nl=False)
    else:
        click.echo(as_text(concerns, frame, everything=everything))
    broken = [result for result in concerns.results if result.outcome is Outcome.ERROR]
    for result in broken:
        say(f"Failed: {result.policy.id}/{result.rule.id}: {'; '.join(result.notes)}")
    finish(workbench, findings=bool(found.findings), unusable=bool(broken))


def as_data(concerns: Concerns, frame: Any) -> dict[str, Any]:
    """Return everything as plain data: each rule with its outcome and citations, each concern with its counts."""
    return {
        "as_of": concerns.as_of.isoformat(),
        "rules": [
            {
                "policy": result.policy.id,
                "rule": result.rule.id,
                "title": result.rule.title,
                "listed": result.rule.listed,
                "early_sign": result.rule.early_sign,
                "version": result.version.in_force_from.isoformat() if result.version else None,
                "outcome": result.outcome.value,
                "missing": list(result.missing),
                "notes": list(result.notes),
                "concerns": len(result.frame.filter(result.frame["open"])),
                "definition": _says(result),
                "recommends": result.version.recommends if result.version else "",
                "to": result.version.to if result.version else "",
                "doubt": result.version.doubt if result.version else "",
                "cites": unstructure(result.version.cites) if result.version else [],
            }
            for result in concerns.results
        ],
        "concerns": frame.rows(named=True),
    }


def _says(result: RuleResult) -> str:
    version = result.version or result.rule.versions[-1]
    return definition(result.bodies.get(version.in_force_from, version.body))


def as_text(concerns: Concerns, frame: Any, *, everything: bool) -> str:
    """Return the concerns by rule for a person to read, then the rules that found nobody or could not be asked."""
    rows = frame.rows(named=True)
    lines: list[str] = []
    quiet: list[tuple[Any, ...]] = []
    for result in concerns.results:
        mine = [row for row in rows if (row["policy"], row["rule"]) == (result.policy.id, result.rule.id)]
        if not mine:
            if result.rule.listed or result.outcome is Outcome.ERROR:
                what = {Outcome.FAILED: "nobody any more", Outcome.PASSED: "nobody"}.get(result.outcome)
                why = "; ".join((*(f"missing: {one}" for one in result.missing), *result.notes))
                text = what or result.outcome.value.replace("-", " ")
                quiet.append((result.policy.id, result.rule.title, f"{text}; {why}" if why else text))
            continue
        version = next(one for one in result.rule.versions if one.in_force_from == mine[0]["version"])
        pupils = len({row["enrolment_id"] for row in mine})
        lines += [
            f"{result.rule.title}: {pupils:,} {'pupil' if pupils == 1 else 'pupils'}  [{result.policy.id}]",
            f"  {_says(result)}.",
            f"  To consider ({version.to}): {version.recommends}",
            *(f"  Mind: {text}" for text in (version.doubt, *result.notes) if text),
        ]
        columns = ("pupil", "what was counted", "from", "to", *(("state",) if everything else ()), "concern")
        cells = [
            (
                row["pupil_id"],
                told(row),
                row["start"],
                row["end"],
                *((_state(row),) if everything else ()),
                row["concern"],
            )
            for row in mine
        ]
        lines += [*(f"  {line}" for line in table_text("", columns, cells).splitlines()), ""]
    if not lines:
        lines += ["No concern is open.", ""]
    if quiet:
        lines.append(table_text("Rules that list nobody", ("policy", "rule", "outcome"), quiet))
    return "\n".join(lines)


def _state(row: dict[str, Any]) -> str:
    return "open" if row["open"] and row["on_roll"] else "closed" if row["on_roll"] else "left"
