"""Treatments as they come: a file or frame of help that was given, one row a pupil and programme."""

from collections.abc import Sequence
from datetime import date
from math import isfinite
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.errors import DocumentError, Fault, MissingColumnError
from attendance_core.model.treatments import Score, ScoreKind, Treatment
from attendance_core.register.register import Register
from attendance_core.register.side import WHOSE, Enrolments, days_of, text_of

#: What a row can be part of; a file has one column of these or more.
PARTS = ("programme", "plan", "cohort")


def read_treatments(
    table: "nw.DataFrame[Any]", register: Register, *, by: str = "", where: str, first_row: int = 2
) -> tuple[Treatment, ...]:
    """Read help that was given.

    Args:
        table: With ``enrolment_id`` or ``pupil_id`` (and ``school_id`` where the register holds several), one of
            ``programme``, ``plan`` and ``cohort``, and ``start``; where they are known ``end``, ``cost`` (pounds) and
            scores: ``wellbeing_before``, ``wellbeing_after``, and so for ``engagement`` and ``family_trust``.
        register: The register that the pupils belong to.
        by: The column that says what is judged as one; empty: the first of the three that the table has.
        where: Name of the file or frame, for messages.
        first_row: Row of the first record in its file.

    Raises:
        MissingColumnError: If a column that is needed is not there.
        DocumentError: With every row that cannot be used; pupils are named by row alone.
    """
    headings = {name: name.strip().lower().replace(" ", "_").replace("-", "_") for name in table.columns}
    table = table.rename({name: new for name, new in headings.items() if name != new})
    names = set(table.columns)
    column = by or next((name for name in PARTS if name in names), "")
    _require(names, column, where)
    days, faults = days_of(table, where, first_row)
    cells = {name: [text_of(value) for value in table[name].to_list()] for name in names - set(days)}
    enrolments = Enrolments(register)
    found = []
    for index in range(len(table)):
        place = f"{where} row {first_row + index}"
        wrong: list[Fault] = []
        start, end = (days[name][index] if name in days else None for name in ("start", "end"))
        part_of = cells[column][index]
        if not part_of:
            wrong.append(Fault(f"{place}: {column}", "is empty", "what the help was part of", "Fill it in"))
        key = _enrolment(enrolments, {name: cells[name][index] for name in names & WHOSE}, start, place, wrong)
        cost = _number(cells, "cost", index, place, wrong, least=0)
        scores = _scores(cells, index, place, wrong)
        if start is None:
            if not any(fault.where == f"{place}: start" for fault in faults):
                wrong.append(Fault(f"{place}: start", "is empty", "the first day of the help", "Fill it in"))
        elif end is not None and end < start:
            wrong.append(Fault(place, "ends before it starts", "end on or after start", "Swap the dates"))
        if wrong or start is None:
            faults += wrong
            continue
        found.append(Treatment(enrolment_id=key, part_of=part_of, start=start, end=end, cost=cost, scores=scores))
    if faults:
        raise DocumentError(*faults)
    return tuple(found)


def cohort_treatments(register: Register, cohorts: Sequence[str] = ()) -> tuple[Treatment, ...]:
    """Take membership of cohorts as help, from the first day of it on.

    Args:
        register: The register, with its memberships.
        cohorts: Which; none: all.
    """
    rows = register.memberships
    if cohorts:
        rows = rows.filter(nw.col("cohort").is_in(list(cohorts)))
    return tuple(
        Treatment(enrolment_id=key, part_of=cohort, start=start, end=None if end.year == date.max.year else end)
        for key, cohort, start, end in rows.select("enrolment_id", "cohort", "valid_from", "valid_to").iter_rows()
    )


def _require(names: set[str], column: str, where: str) -> None:
    missing = []
    if not names & {"enrolment_id", "pupil_id"}:
        missing.append(
            Fault(where, "does not say whose the help was", "pupil_id or enrolment_id", "Rename the heading")
        )
    if column not in names:
        expected = column or f"one of {', '.join(PARTS)}"
        missing.append(Fault(where, "does not say what the help was part of", expected, "Rename the heading"))
    if "start" not in names:
        missing.append(Fault(where, "does not say when the help began", "start", "Rename the heading"))
    if missing:
        raise MissingColumnError(*missing)


def _enrolment(enrolments: Enrolments, who: dict[str, str], start: date | None, place: str, wrong: list[Fault]) -> str:
    try:
        return enrolments.find(who, start)
    except LookupError as error:
        wrong.append(Fault(place, str(error), "a pupil of this register", "Correct it, or leave the row out"))
        return ""


def _number(
    cells: dict[str, list[str]], name: str, index: int, place: str, wrong: list[Fault], *, least: float = float("-inf")
) -> float | None:
    text = cells[name][index].replace("£", "").replace(",", "") if name in cells else ""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if isfinite(value) and value >= least:
        return value
    expected = "pounds, 0 or more" if name == "cost" else "a number"
    wrong.append(
        Fault(f"{place}: {name}", "is no amount" if name == "cost" else "is no number", expected, "Correct it")
    )
    return None


def _scores(cells: dict[str, list[str]], index: int, place: str, wrong: list[Fault]) -> tuple[Score, ...]:
    found = []
    for kind in ScoreKind:
        name = kind.value.replace("-", "_")
        before, after = (_number(cells, f"{name}_{when}", index, place, wrong) for when in ("before", "after"))
        if before is not None or after is not None:
            found.append(Score(kind=kind, before=before, after=after))
    return tuple(found)
