"""Codes not in force on their day: rejected before they began, kept with a doubt after they ended."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import CODE, DATE, NUMBER, ROW, SCHOOL, SESSION, STAT
from attendance_core.policy.register_check.findings import ABOUT, DETAIL, NOBODY, found
from attendance_core.policy.register_check.subject import Subject, on_days_of, texts
from attendance_core.reference.codes import ResolutionRow
from attendance_core.register.account import Reject
from attendance_core.register.slots import Resolver, read_not_in_force

Frame = nw.DataFrame[Any]


def codes_in_force(subject: Subject, check: Check) -> CheckResult:
    """Find the marks whose code did not exist yet, or no more."""
    return found(subject, check, _rejected(subject, check), _withdrawn(subject, check))


def _rejected(subject: Subject, check: Check) -> Frame:
    """The rejects of this kind: an account keeps row, code and day, and not whose mark it was."""
    rejects = subject.register.account.rejects.filter(nw.col("reason") == Reject.NOT_IN_FORCE.value)
    schema: dict[str, Any] = {
        NUMBER: nw.Int32,
        SCHOOL: nw.String,
        DATE: nw.Date,
        SESSION: nw.String,
        CODE: nw.String,
        STAT: nw.String,
        ROW: nw.Int64,
        DETAIL: nw.String,
        ABOUT: nw.Int32,
    }
    rows = []
    for row, said in rejects.select(ROW, "detail").iter_rows():
        code, day, why = read_not_in_force(said)
        if day in check.span:
            rows.append((NOBODY, subject.only_school, day, "", code, "", row, f"rejected: {why}", NOBODY))
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)


def _withdrawn(subject: Subject, check: Check) -> Frame:
    """The marks that were kept under the old meaning of a withdrawn code; the slots say whether there are any."""
    resolver = Resolver.of(subject.register.codebooks, subject.settings)
    doubted = [row for rows in resolver.rows.values() for row in rows if row.doubt]
    slots = subject.register.slots.filter(on_days_of(check))
    found_ = sorted(
        {_key(row) for row in doubted if len(slots.filter(nw.col(CODE) == row.code, nw.col(DATE) >= row.start))}
    )
    if not found_:
        return subject.exceptions.head(0).with_columns(nw.lit("").alias(DETAIL))
    parts = []
    wanted = texts(subject.marks(nw.col(CODE).is_in([code for code, _, _ in found_])))
    for code, start, doubt in found_:
        mine = wanted.filter(nw.col(CODE) == code, nw.col(DATE) >= start, on_days_of(check))
        parts.append(mine.with_columns(nw.lit(doubt).alias(DETAIL), nw.lit(NOBODY).alias(ABOUT)))
    return nw.concat(parts)


def _key(row: ResolutionRow) -> tuple[str, Any, str]:
    return row.code, row.start, row.doubt
