"""Side record without marks, and marks without side record."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.model.marks import DATE, NUMBER, OPEN_END, SCHOOL
from attendance_core.model.record_rules import Expect, RecordRule
from attendance_core.policy.facts import Facts, Frame
from attendance_core.policy.items import concerns_frame


def live_records(rule: RecordRule, facts: Facts) -> Frame:
    """Return enrolment_no, __from, __to of the records that the rule is about; open ones end on a far day.

    Raises:
        MissingInputError: If the host gave none of the kind.
    """
    found = facts.records(rule.record)
    if rule.kinds:
        found = found.filter(nw.col("kind").is_in(list(rule.kinds)))
    begins = nw.when(nw.col("start").is_null()).then(nw.col("on")).otherwise(nw.col("start"))
    return found.select(
        NUMBER,
        begins.fill_null(date.min).alias("__from"),
        nw.col("end").fill_null(date.fromisoformat(OPEN_END)).alias("__to"),
    )


def uncovered(rule: RecordRule, facts: Facts) -> Frame:
    """List the selected marks of the academic year on days that no record covers."""
    marks = facts.selected(rule.select, facts.year).with_row_index("__row")
    joined = marks.join(live_records(rule, facts), on=NUMBER, how="inner")
    covered = joined.filter(nw.col(DATE) >= nw.col("__from"), nw.col(DATE) <= nw.col("__to"))
    return marks.filter(~nw.col("__row").is_in(covered["__row"].to_list())).drop("__row")


def evaluate(rule: RecordRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    if rule.expect is Expect.MARKS_WITHOUT_RECORD:
        found = (
            uncovered(rule, facts)
            .group_by(NUMBER)
            .agg(
                nw.col(DATE).min().alias("start"),
                nw.col(DATE).max().alias("end"),
                nw.len().cast(nw.Int64).alias("count"),
            )
        )
    else:
        records = live_records(rule, facts).filter(nw.col("__from") <= facts.as_of)
        if rule.expect is Expect.RECORD:
            live = records.filter(nw.col("__to") >= facts.as_of)
        else:
            live = _unmarked(rule, facts, records.filter(nw.col("__to") >= facts.year.start))
        ends = nw.when(nw.col("__to") > facts.as_of).then(nw.lit(facts.as_of, nw.Date)).otherwise(nw.col("__to"))
        found = (
            live.with_columns(end=ends)
            .group_by(NUMBER, "__from")
            .agg(nw.len().cast(nw.Int64).alias("count"), nw.col("end").max())
        )
        found = found.rename({"__from": "start"})
    return concerns_frame(found.with_columns(met_on=nw.lit(facts.as_of, nw.Date)))


def _unmarked(rule: RecordRule, facts: Facts, records: Frame) -> Frame:
    """Keep the records that have covered enough school days, and no selected mark."""
    if records.is_empty():
        return records
    keyed = records.join(facts.school_of.select(NUMBER, SCHOOL), on=NUMBER, how="inner").with_row_index("__row")
    rows: dict[str, list[Any]] = {"__row": []}
    for row in keyed.rows(named=True):
        ordinals = facts.ordinals(row[SCHOOL])
        last, first = min(row["__to"], facts.as_of), row["__from"]
        covered = sum(first <= day <= last for day in ordinals.days)
        if covered >= rule.after:
            rows["__row"].append(row["__row"])
    long = keyed.join(frame_of(rows, {"__row": keyed.schema["__row"]}), on="__row", how="inner")
    marked = long.join(facts.selected(rule.select).select(NUMBER, DATE), on=NUMBER, how="inner").filter(
        nw.col(DATE) >= nw.col("__from"), nw.col(DATE) <= nw.col("__to")
    )
    return long.filter(~nw.col("__row").is_in(marked["__row"].to_list())).select(NUMBER, "__from", "__to")
