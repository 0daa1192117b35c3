"""What came of the register check, for ``attendance check``."""

from collections.abc import Sequence
from typing import Any

from attendance_core.cli.shared import csv_text, table_text
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, UnknownNameError, alike, join_names
from attendance_core.model.checks import FINDING_COLUMNS, CheckResult
from attendance_core.model.outcomes import Outcome

#: How many findings of a check are shown to a person; the rest is a word away.
_SHOWN = 10
_WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.NOT_CHECKED: "not checked",
    Outcome.ERROR: "error",
}
NOT_OF_SESSIONS = "Register check: not applicable, it asks about session marks."


def is_finding(results: Sequence[CheckResult]) -> bool:
    """Whether somebody should look: something was found, or a check broke."""
    return any(one.outcome in (Outcome.FAILED, Outcome.ERROR) for one in results)


def chosen(results: Sequence[CheckResult], id: str) -> CheckResult:
    """Return the result of one check.

    Raises:
        UnknownNameError: If there is no such check here.
    """
    by_id = {one.check.id: one for one in results}
    if id in by_id:
        return by_id[id]
    near = alike(id, by_id)
    what = "there is no such check" if results else "only session marks have a register check"
    raise UnknownNameError(
        Fault(
            f"check {id!r}",
            what,
            f"one of {join_names(by_id)}" if by_id else "a register of session marks",
            f"Did you mean {near[0]!r}?" if near else "See attendance check MARKS",
        )
    )


def as_data(result: CheckResult) -> dict[str, Any]:
    """Return a result as plain data, with the citations of its check."""
    return {
        **unstructure(result.check),
        "outcome": result.outcome.value,
        "missing": list(result.missing),
        "note": result.note,
        "count": result.count,
        "sessions": result.sessions,
        "findings": result.findings.rows(named=True),
    }


def as_csv(results: Sequence[CheckResult]) -> str:
    """Return every finding as CSV, numbered within its check from 1."""
    columns = list(FINDING_COLUMNS)
    rows = [
        (number, *row)
        for one in results
        for number, row in enumerate(one.findings.select(*columns).iter_rows(), start=1)
    ]
    return csv_text(["finding", *columns], rows)


def as_text(results: Sequence[CheckResult]) -> str:
    """Return the results for a person to read."""
    failed = sum(one.outcome is Outcome.FAILED for one in results)
    head = f"Register check: {failed} of {len(results)} checks found something" if failed else "Register check"
    lines = [head, *[f"  {_line(one)}" for one in results]]
    several = len({school for one in results for school in one.findings["school_id"].to_list()}) > 1
    for one in results:
        if one.outcome is Outcome.FAILED:
            lines += ["", *_findings(one, several=several)]
    return "\n".join(lines)


def _line(result: CheckResult) -> str:
    told = result.check.title
    if result.outcome is Outcome.FAILED:
        told += f": {number_of(result.count, 'finding')}, {number_of(result.sessions, 'session')}"
    if result.missing:
        told += f". Missing: {', '.join(result.missing)}"
    if result.note:
        told += f". {result.note.removesuffix('.')}"
    return f"{_WORDS[result.outcome]:<14}  {result.check.id:<16}  {told}"


def _findings(result: CheckResult, *, several: bool) -> list[str]:
    """List findings without whom they are about: what everybody may see who looks over a shoulder."""
    columns = (*(("school_id",) if several else ()), "date_from", "date_to", "sessions", "detail")
    heads = ("finding", *(("school",) if several else ()), "from", "to", "sessions", "what was found")
    shown = result.findings.select(*columns).head(_SHOWN)
    rows = [(number, *row) for number, row in enumerate(shown.iter_rows(), start=1)]
    lines = [table_text(result.check.title, heads, rows)]
    if result.count > _SHOWN:
        lines.append(f"and {number_of(result.count - _SHOWN, 'more finding')}")
    whose = f"whose sessions: --sessions {result.check.id}; every finding: --format csv"
    return [*lines, f"What to do: {result.check.recommends} ({whose})."]


def number_of(number: int, one: str) -> str:
    """Write a number of things."""
    return f"{number:,} {one if number == 1 else one + 's'}"
