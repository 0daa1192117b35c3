"""Spells of absence, from the absent marks alone, through the calendar's index of sessions.

A spell is a run of absent sessions of one enrolment on consecutive open sessions of the school's calendar, across
weekends and holidays. Any other session, marked or not, ends it. This is the library's definition.
"""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.codes import StatGroup
from attendance_core.model.marks import DATE, NUMBER, SCHOOL, SESSION, STAT

Frame = nw.DataFrame[Any]


def find_spells(exceptions: Frame, calendar: Frame, *, absent_only: bool = True) -> Frame:
    """Return every spell.

    Args:
        exceptions: Marks of `EnrolmentTally.exceptions`, of the period wanted.
        calendar: `Calendars.frame`.
        absent_only: Take the absences among them; False: all of them make spells.

    Returns:
        enrolment_no, start, end (dates), sessions (Int64), last_index (of the calendar's sessions, Int64).
    """
    groups = [group.value for group in StatGroup if group.absent]
    schema = exceptions.schema
    sessions = nw.col("session_index").max()
    size = int(calendar.select(sessions)["session_index"][0] or 0) + 2 if len(calendar) else 2
    # The small calendar takes the types of the many marks, not the other way round.
    index = calendar.select(SCHOOL, DATE, SESSION, "session_index").with_columns(
        *[nw.col(name).cast(schema[name]) for name in (SCHOOL, SESSION)]
    )
    absent = exceptions.filter(nw.col(STAT).is_in(groups)) if absent_only else exceptions
    absent = absent.select(NUMBER, SCHOOL, DATE, SESSION)
    if len(calendar[SCHOOL].unique()) == 1:
        placed = absent.drop(SCHOOL).join(index.drop(SCHOOL), on=[DATE, SESSION], how="inner")
    else:
        placed = absent.join(index, on=[SCHOOL, DATE, SESSION], how="inner")
    # Enrolment and session as one whole number: neighbours in a spell differ by one, enrolments by at least two.
    ordered = placed.select(
        (nw.col(NUMBER).cast(nw.Int64) * size + nw.col("session_index")).alias("__place"), NUMBER, DATE, "session_index"
    ).sort("__place")
    turns = ordered.with_columns(
        __first=((nw.col("__place") - nw.col("__place").shift(1)) != 1).fill_null(True),
        __last=((nw.col("__place").shift(-1) - nw.col("__place")) != 1).fill_null(True),
    )
    starts = turns.filter(nw.col("__first")).select(
        NUMBER, nw.col(DATE).alias("start"), nw.col("__place").alias("__begin")
    )
    ends = turns.filter(nw.col("__last")).select(
        nw.col(DATE).alias("end"), nw.col("__place").alias("__end"), nw.col("session_index").alias("last_index")
    )
    return nw.concat([starts, ends], how="horizontal").select(
        NUMBER, "start", "end", (nw.col("__end") - nw.col("__begin") + 1).alias("sessions"), "last_index"
    )
