"""Marks on days and in sessions that the given calendar closes."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import DateRange
from attendance_core.measures.periods import within
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.codes import StatGroup
from attendance_core.model.marks import DATE, SCHOOL, SESSION, STAT
from attendance_core.policy.register_check.findings import (
    ABOUT,
    DETAIL,
    KEY,
    NOBODY,
    found,
    not_checked,
)
from attendance_core.policy.register_check.subject import Subject, on_days_of, texts

Frame = nw.DataFrame[Any]

_SLOT = (SCHOOL, DATE, SESSION)


def closed_days(subject: Subject, check: Check) -> CheckResult:
    """Find the marks in sessions that a calendar closes, other than those that say so themselves (# and Z)."""
    calendars = subject.register.calendars
    given = [name for name, one in calendars.schools.items() if not one.inferred]
    if not given:
        return not_checked(
            subject,
            check,
            "calendar",
            note="A calendar worked out from the marks opens every day that many have marks on.",
        )
    inferred = len(calendars.schools) - len(given)
    note = f"{inferred:,} of {len(calendars.schools):,} schools have no calendar of their own." if inferred else ""
    slots = subject.register.slots.filter(
        nw.col(SCHOOL).is_in(given), nw.col(STAT) != StatGroup.ADMINISTRATIVE.value, on_days_of(check)
    )
    shut = slots.join(calendars.frame.select(*_SLOT), on=list(_SLOT), how="anti").select(*_SLOT).unique()
    missing = ("calendar of some schools",) if inferred else ()
    if shut.is_empty():
        return found(subject, check, missing=missing, note=note)
    span = DateRange(shut[DATE].min(), shut[DATE].max())
    marks = subject.marks(
        nw.col(SCHOOL).is_in(shut[SCHOOL].unique().to_list())
        & within(span, subject.register.marks)
        & (nw.col(STAT) != StatGroup.ADMINISTRATIVE.value)
    ).filter(nw.col(DATE).is_in(shut[DATE].unique().to_list()))
    astray = texts(marks).join(shut, on=list(_SLOT), how="inner")
    told = astray.with_columns(
        nw.lit("the calendar closes this day, or this session").alias(DETAIL),
        nw.lit(NOBODY).alias(ABOUT),
        nw.col(DATE).cast(nw.String).alias(KEY),
    )
    return found(subject, check, told, missing=missing, note=note)
