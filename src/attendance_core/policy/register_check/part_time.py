"""C2 without a part-time timetable in force."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import collect
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import DATE, ENROLMENT, NUMBER, OPEN_END
from attendance_core.policy.register_check.findings import DETAIL, found, not_applicable, not_checked
from attendance_core.policy.register_check.subject import Subject

Frame = nw.DataFrame[Any]

#: The side records that are asked, their columns, and the kind that counts.
RECORDS, COLUMNS, KIND = "arrangements", (ENROLMENT, "kind", "start", "end"), "part-time-timetable"


def c2_arrangement(subject: Subject, check: Check) -> CheckResult:
    """Find the marks C2 on days on which no part-time timetable was in force."""
    marks = subject.coded(check)
    if marks.is_empty():
        return not_applicable(subject, check, f"The register holds no mark {' or '.join(check.codes)}.")
    if RECORDS not in subject.side:
        return not_checked(subject, check, "side records: arrangements")
    records = collect(subject.side[RECORDS])
    lacking = [name for name in COLUMNS if name not in records.columns]
    if lacking:
        return not_checked(subject, check, *[f"column {name} of the arrangements" for name in lacking])
    if "state" in records.columns:
        records = records.filter(nw.col("state").cast(nw.String).fill_null("") != "withdrawn")
    live = (
        records.filter(nw.col("kind").cast(nw.String) == KIND)
        .select(
            nw.col(ENROLMENT).cast(nw.String),
            nw.coalesce(*[nw.col(name).cast(nw.Date) for name in ("start", "on") if name in records.columns]).alias(
                "start"
            ),
            # Without an end it is still running.
            nw.col("end").cast(nw.Date).fill_null(date.fromisoformat(OPEN_END)),
        )
        .join(subject.register.enrolments.select(ENROLMENT, NUMBER), on=ENROLMENT, how="inner")
        .select(NUMBER, "start", "end")
    )
    covered = (
        marks.select(NUMBER, DATE)
        .unique()
        .join(live, on=NUMBER, how="inner")
        .filter(nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
        .select(NUMBER, DATE)
        .unique()
    )
    alone = marks.join(covered, on=[NUMBER, DATE], how="anti")
    detail = "no part-time timetable was in force on these days"
    return found(subject, check, alone.with_columns(nw.lit(detail).alias(DETAIL)))
