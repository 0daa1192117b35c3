"""Spells of absence, from the absent marks alone, through the calendar's index of sessions.

A spell is a run of absent sessions of one enrolment on consecutive open sessions of the school's calendar, across
weekends and holidays. Any other session, marked or not, ends it. This is the library's definition.
"""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.codes import StatGroup
from attendance_core.model.marks import DATE, NUMBER, SCHOOL, SESSION, STAT

Frame = nw.DataFrame[Any]


def find_spells(exceptions: Frame, calendar: Frame) -> Frame:
    """Return every spell.

    Args:
        exceptions: Marks of `EnrolmentTally.exceptions`, of the period wanted.
        calendar: `Calendars.frame`.

    Returns:
        enrolment_no, start, end (dates), sessions (Int64), last_index (of the calendar's sessions, Int64).
    """
    groups = [group.value for group in StatGroup if group.absent]
    index = calendar.select(SCHOOL, DATE, SESSION, "session_index")
    absent = exceptions.filter(nw.col(STAT).is_in(groups)).select(
        NUMBER, nw.col(SCHOOL).cast(nw.String), DATE, nw.col(SESSION).cast(nw.String)
    )
    if len(calendar[SCHOOL].unique()) == 1:
        placed = absent.drop(SCHOOL).join(index.drop(SCHOOL), on=[DATE, SESSION], how="inner")
    else:
        placed = absent.join(index, on=[SCHOOL, DATE, SESSION], how="inner")
    ordered = placed.sort(NUMBER, "session_index")
    same = (nw.col(NUMBER) == nw.col(NUMBER).shift(1)) & (
        nw.col("session_index") == nw.col("session_index").shift(1) + 1
    )
    numbered = ordered.with_columns(__new=(~same).fill_null(True).cast(nw.Int64)).with_columns(
        __spell=nw.col("__new").cum_sum()
    )
    return (
        numbered.group_by("__spell")
        .agg(
            nw.col(NUMBER).min(),
            nw.col(DATE).min().alias("start"),
            nw.col(DATE).max().alias("end"),
            nw.len().cast(nw.Int64).alias("sessions"),
            nw.col("session_index").max().alias("last_index"),
        )
        .drop("__spell")
        .sort(NUMBER, "start")
    )
