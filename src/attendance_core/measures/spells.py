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
    size = int(calendar["session_index"].max() or 0) + 2 if len(calendar) else 2
    keys = [DATE, SESSION] if calendar[SCHOOL].n_unique() == 1 else [SCHOOL, DATE, SESSION]
    # The small calendar takes the types of the many marks, not the other way round.
    index = calendar.select(*[nw.col(name).cast(schema[name]) for name in keys], "session_index")
    absent = exceptions.select(NUMBER, *keys, STAT)
    if absent_only:
        absent = absent.filter(nw.col(STAT).is_in(groups))
    # Enrolment and session as one whole number: neighbours in a spell differ by one, enrolments by at least two.
    place = nw.col(NUMBER).cast(nw.Int64) * size + nw.col("session_index")
    placed = absent.join(index, on=keys, how="inner").select(place.alias("__place"), NUMBER, DATE, "session_index")
    ordered = placed.sort("__place")
    before, after = nw.col("__place").shift(1), nw.col("__place").shift(-1)
    starts = ordered.filter((nw.col("__place") - before != 1).fill_null(True)).select(
        NUMBER, nw.col(DATE).alias("start"), nw.col("__place").alias("__begin")
    )
    ends = ordered.filter((after - nw.col("__place") != 1).fill_null(True)).select(
        nw.col(DATE).alias("end"), nw.col("__place").alias("__end"), nw.col("session_index").alias("last_index")
    )
    return nw.concat([starts, ends], how="horizontal").select(
        NUMBER, "start", "end", (nw.col("__end") - nw.col("__begin") + 1).alias("sessions"), "last_index"
    )
