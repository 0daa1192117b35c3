"""Findings: from the sessions that a check found to its result."""

from collections.abc import Iterable
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.model.checks import FINDING_COLUMNS, Check, CheckResult
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, ROW, SCHOOL, SESSION, STAT
from attendance_core.model.outcomes import Outcome
from attendance_core.policy.register_check.subject import NOBODY, Subject

Frame = nw.DataFrame[Any]

_FINDING_SCHEMA: dict[str, Any] = dict(
    zip(FINDING_COLUMNS, (nw.String, nw.String, nw.String, nw.Date, nw.Date, nw.Int64, nw.String), strict=True)
)
_MARK_SCHEMA: dict[str, Any] = {
    "finding": nw.Int64,
    NUMBER: nw.Int32,
    DATE: nw.Date,
    SESSION: nw.String,
    CODE: nw.String,
    STAT: nw.String,
    ROW: nw.Int64,
}
#: Columns that a check adds to the sessions that it found.
ABOUT, DETAIL, KEY = "about_no", "detail", "key"


def found(
    subject: Subject, check: Check, *parts: Frame, missing: Iterable[str] = (), note: str = "", partial: bool = False
) -> CheckResult:
    """Make a result of the sessions that a check found: failed if there are any.

    Args:
        subject: The register under check.
        check: The check.
        parts: Sessions as marks have them, with a detail, and where they are there: about_no, the enrolment that the
            finding is about (left out: the session's own; -1: a class, a day or a school), and key, which keeps
            findings apart that are otherwise alike.
        missing: Inputs without which it could not be looked at wholly.
        note: What a reader should know.
        partial: So much was missing that nothing found means nothing: then it was not checked.
    """
    named = tuple(missing)
    sessions = [_shaped(part) for part in parts if len(part)]
    if not sessions:
        outcome = Outcome.NOT_CHECKED if partial else Outcome.PASSED
        return _result(subject, check, outcome, missing=named, note=note)
    rows = nw.concat(sessions)
    keys = (ABOUT, SCHOOL, DETAIL, KEY)
    people = subject.people.select(nw.col(NUMBER).alias(ABOUT), ENROLMENT)
    listed = (
        rows.group_by(*keys)
        .agg(
            nw.col(DATE).min().alias("date_from"),
            nw.col(DATE).max().alias("date_to"),
            nw.len().cast(nw.Int64).alias("sessions"),
        )
        .join(people, on=ABOUT, how="inner")
        .sort(SCHOOL, "date_from", "date_to", ENROLMENT, DETAIL, KEY)
        .with_row_index("finding")
        .with_columns(nw.col("finding").cast(nw.Int64), check=nw.lit(check.id))
    )
    marks = rows.join(listed.select(*keys, "finding"), on=list(keys), how="inner")
    return _result(
        subject,
        check,
        Outcome.FAILED,
        missing=named,
        note=note,
        findings=listed.select(*FINDING_COLUMNS),
        marks=marks.select(*_MARK_SCHEMA),
    )


def not_applicable(subject: Subject, check: Check, note: str) -> CheckResult:
    """Say that the register holds nothing that the check is about."""
    return _result(subject, check, Outcome.NOT_APPLICABLE, note=note)


def not_checked(subject: Subject, check: Check, *missing: str, note: str = "") -> CheckResult:
    """Say which inputs are missing."""
    return _result(subject, check, Outcome.NOT_CHECKED, missing=missing, note=note)


def went_wrong(subject: Subject, check: Check, note: str) -> CheckResult:
    """Say that asking failed, and where."""
    return _result(subject, check, Outcome.ERROR, note=note)


def _shaped(part: Frame) -> Frame:
    about = nw.col(ABOUT) if ABOUT in part.columns else nw.col(NUMBER)
    key = nw.col(KEY) if KEY in part.columns else nw.lit("")
    row = nw.col(ROW) if ROW in part.columns else nw.lit(None, nw.Int64)
    return part.select(
        about.cast(nw.Int32).alias(ABOUT),
        nw.col(SCHOOL).cast(nw.String),
        nw.col(DETAIL).cast(nw.String),
        key.cast(nw.String).alias(KEY),
        nw.col(NUMBER).cast(nw.Int32),
        nw.col(DATE).cast(nw.Date),
        nw.col(SESSION, CODE, STAT).cast(nw.String),
        row.cast(nw.Int64).alias(ROW),
    )


def _result(
    subject: Subject,
    check: Check,
    outcome: Outcome,
    *,
    missing: tuple[str, ...] = (),
    note: str = "",
    findings: Frame | None = None,
    marks: Frame | None = None,
) -> CheckResult:
    return CheckResult(
        check=check,
        outcome=outcome,
        missing=missing,
        note=note,
        findings=_empty(_FINDING_SCHEMA) if findings is None else findings,
        marks=_empty(_MARK_SCHEMA) if marks is None else marks,
        people=subject.people,
    )


def _empty(schema: dict[str, Any]) -> Frame:
    return frame_of({name: [] for name in schema}, schema)


__all__ = ["ABOUT", "DETAIL", "KEY", "NOBODY", "found", "not_applicable", "not_checked", "went_wrong"]
