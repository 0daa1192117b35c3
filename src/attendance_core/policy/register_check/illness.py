"""Long unbroken runs of illness."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import DATE, NUMBER, SCHOOL, SESSION
from attendance_core.policy.register_check.findings import DETAIL, KEY, found, not_applicable
from attendance_core.policy.register_check.subject import Subject

Frame = nw.DataFrame[Any]


def long_illness(subject: Subject, check: Check) -> CheckResult:
    """Find runs of illness over many school days, in every session that the school held.

    A run goes on across weekends, holidays and closed sessions; any other session, marked or not, ends it. Only days
    count on which the pupil was ill in every session held.
    """
    marks = subject.coded(check)
    if marks.is_empty():
        return not_applicable(subject, check, f"The register holds no mark {' or '.join(check.codes)}.")
    calendar = subject.register.calendars.frame.select(SCHOOL, DATE, SESSION, nw.col("session_index").alias("index"))
    held = calendar.group_by(SCHOOL, DATE).agg(nw.len().cast(nw.Int64).alias("held"))
    placed = marks.join(calendar, on=[SCHOOL, DATE, SESSION], how="inner").sort(NUMBER, "index")
    # Within a run the session's index grows by one, so the index less a count of rows stays the same.
    steps = placed.with_row_index("row").with_columns(run=nw.col("index") - nw.col("row").cast(nw.Int64))
    days = (
        steps.group_by(NUMBER, "run", SCHOOL, DATE)
        .agg(nw.len().cast(nw.Int64).alias("ill"))
        .join(held, on=[SCHOOL, DATE], how="inner")
        .filter(nw.col("ill") == nw.col("held"))
        .group_by(NUMBER, "run")
        .agg(nw.len().cast(nw.Int64).alias("days"))
        .filter(nw.col("days") >= check.parameters["school_days"])
    )
    long = steps.join(days, on=[NUMBER, "run"], how="inner").with_columns(
        nw.concat_str(nw.lit("ill for "), nw.col("days").cast(nw.String), nw.lit(" whole school days on end")).alias(
            DETAIL
        ),
        nw.col("run").cast(nw.String).alias(KEY),
    )
    return found(subject, check, long)
