"""Duplicates: several marks for one session of one enrolment, found without sorting or keeping every key.

For each enrolment and week, every mark adds a power of two for its session. A sum of n powers of two has n set bits
exactly when all n differ, so only weeks whose bits and marks disagree are looked at row by row.
"""

from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import collect, frame_of
from attendance_core.model.mappings import DateOrder, Duplicates
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, PM, ROW, SESSION
from attendance_core.register.account import Reject
from attendance_core.register.texts import read_moments

Lazy = nw.LazyFrame[Any]
_SLOTS_A_WEEK = 14
_KEY = (ENROLMENT, DATE, SESSION)
SAYS = "__mark"


@frozen(kw_only=True, eq=False)
class DuplicateMarks:
    """Rows that are not kept.

    Attributes:
        frame: source_row, the slot's key (enrolment_id, date, session), reason, detail, twin_row (Int64 or null).
    """

    frame: "nw.DataFrame[Any]" = field(repr=False)


def find_duplicates(
    marks: Lazy, dates: "nw.DataFrame[Any]", rule: Duplicates, *, order: DateOrder = DateOrder.AUTO
) -> DuplicateMarks | None:
    """Find the marks that are not kept, or None where there are none.

    Args:
        marks: Lazy frame with enrolment_id, enrolment_no, date, session, code, source_row (recorded_at under LATEST).
        dates: The distinct dates in it (column ``date``).
        rule: What happens to conflicting marks.
        order: Which way round dates are written, for recorded_at.
    """
    suspects = _suspects(marks, dates)
    if suspects is None:
        return None
    days = sorted(set(suspects["date"].to_list()))
    near = marks.filter(nw.col(DATE).is_in(days)) if len(days) <= 40 else marks
    rows = collect(
        near.with_columns(nw.col(ENROLMENT, SESSION, CODE).cast(nw.String)).join(
            suspects.unique().lazy(), on=[NUMBER, DATE], how="semi"
        )
    )
    return judge(rows.with_columns(nw.col(CODE).alias(SAYS)), _KEY, rule, noun="session", order=order)


def judge(
    rows: "nw.DataFrame[Any]",
    key: tuple[str, ...],
    rule: Duplicates,
    *,
    noun: str,
    order: DateOrder = DateOrder.AUTO,
) -> DuplicateMarks | None:
    """Judge marks some of which stand for one and the same slot.

    Args:
        rows: Marks with source_row, the key's columns, `SAYS` (what the mark says: two that say the same are
            identical) and recorded_at under LATEST.
        key: The columns that name a slot.
        rule: What happens to conflicting marks.
        noun: What a slot is called.
        order: Which way round dates are written, for recorded_at.

    Returns:
        The marks that are not kept, or None where all are.
    """
    sizes = rows.group_by(*key).agg(
        nw.len().alias("__n"), nw.col(SAYS).n_unique().alias("__says"), nw.col(ROW).min().alias("__first")
    )
    several = rows.join(sizes.filter(nw.col("__n") > 1), on=list(key), how="inner")
    if several.is_empty():
        return None
    identical = several.filter(nw.col("__says") == 1, nw.col(ROW) != nw.col("__first")).with_columns(
        reason=nw.lit(Reject.DUPLICATE.value),
        twin_row=nw.col("__first"),
        detail=nw.concat_str([nw.lit("says the same as row "), nw.col("__first").cast(nw.String)]),
    )
    # Two identical marks in one row of a wide layout share the row; those are told apart by nothing, so none is lost.
    conflicting = several.filter(nw.col("__says") > 1)
    parts = [identical]
    if not conflicting.is_empty():
        parts.append(_conflicts(conflicting, key, rule, noun, order))
    columns = [ROW, *key, "reason", "detail", "twin_row"]
    return DuplicateMarks(frame=nw.concat([part.select(*columns) for part in parts]).sort(ROW, *key[1:]))


def _conflicts(
    conflicting: "nw.DataFrame[Any]", key: tuple[str, ...], rule: Duplicates, noun: str, order: DateOrder
) -> "nw.DataFrame[Any]":
    rest = conflicting.with_columns(
        reason=nw.lit(Reject.CONFLICT.value),
        twin_row=nw.when(nw.col("__first") != nw.col(ROW)).then(nw.col("__first")),
        detail=nw.concat_str(
            [
                nw.lit("one of "),
                nw.col("__n").cast(nw.String),
                nw.lit(f" marks for this {noun} that differ, the first in row "),
                nw.col("__first").cast(nw.String),
            ]
        ),
    )
    if rule is not Duplicates.LATEST:
        return rest
    texts = conflicting["recorded_at"].unique().to_list()
    moments = read_moments(texts, order=order)
    # One mark of unknown time leaves open which is the latest, so that none of its session can be kept.
    table = frame_of(
        {"recorded_at": texts, "__moment": [moments.get(text) for text in texts]},
        {"recorded_at": nw.String, "__moment": nw.Float64},
    )
    rest = rest.join(table, on="recorded_at", how="inner")
    latest = rest.group_by(*key).agg(
        nw.col("__moment").max().alias("__latest"), nw.col("__moment").is_null().any().alias("__unknown")
    )
    with_latest = rest.join(latest, on=list(key), how="inner")
    winners = with_latest.filter((nw.col("__moment") == nw.col("__latest")) | nw.col("__unknown"))
    sole = winners.group_by(*key).agg(nw.col(SAYS).n_unique().alias("__winning"), nw.col(ROW).min().alias("__kept"))
    judged = with_latest.join(sole, on=list(key), how="inner")
    clear = judged.filter(nw.col("__winning") == 1, nw.col(ROW) != nw.col("__kept")).with_columns(
        reason=nw.lit(Reject.SUPERSEDED.value),
        twin_row=nw.col("__kept"),
        detail=nw.concat_str([nw.lit("a mark recorded later stands in row "), nw.col("__kept").cast(nw.String)]),
    )
    tied = judged.filter(nw.col("__winning") > 1)
    columns = [ROW, *key, "reason", "detail", "twin_row"]
    return nw.concat([clear.select(*columns), tied.select(*columns)])


def _suspects(marks: Lazy, dates: "nw.DataFrame[Any]") -> "nw.DataFrame[Any] | None":
    """Return enrolment_no and date of every week in which some session has two marks; None where there is none."""
    listed = sorted(dates[DATE].to_list())
    if not listed:
        return None
    ordinals = [day.toordinal() for day in listed]
    # toordinal() is 1 on a Monday modulo 7, so Monday to Sunday fall into one week.
    weeks = frame_of(
        {
            DATE: listed,
            "__week": [(number - 1) // 7 for number in ordinals],
            "__bit": [4 ** ((number - 1) % 7) for number in ordinals],
        },
        {DATE: nw.Date, "__week": nw.Int64, "__bit": nw.Int64},
    )
    first, count = (ordinals[0] - 1) // 7, (ordinals[-1] - ordinals[0]) // 7 + 2
    # One whole number for enrolment and week together: grouping by one column takes half the time of two.
    slot = nw.col(NUMBER).cast(nw.Int64) * count + nw.col("__week") - first
    weekly = collect(
        marks.select(NUMBER, DATE, SESSION)
        .join(weeks.lazy(), on=DATE, how="inner")
        .select(
            slot.alias("__slot"),
            nw.when(nw.col(SESSION) == PM).then(nw.col("__bit") * 2).otherwise(nw.col("__bit")).alias("__sum"),
        )
        .group_by("__slot")
        .agg(nw.col("__sum").sum(), nw.len().cast(nw.Int64).alias("__n"))
    )
    bits = nw.lit(0, nw.Int64)
    for place in range(_SLOTS_A_WEEK):
        bits = bits + nw.col("__sum") // (2**place) % 2
    # More marks than a week has sessions is a duplicate whatever the bits say (sums past the last place carry out).
    found = weekly.filter((bits != nw.col("__n")) | (nw.col("__n") > _SLOTS_A_WEEK))
    if found.is_empty():
        return None
    return (
        found.select(
            (nw.col("__slot") // count).cast(nw.Int32).alias(NUMBER), (nw.col("__slot") % count + first).alias("__week")
        )
        .join(weeks.select(DATE, "__week"), on="__week", how="inner")
        .select(NUMBER, DATE)
    )
