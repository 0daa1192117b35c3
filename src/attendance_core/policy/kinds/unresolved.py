"""Unresolved code."""

from bisect import bisect_right
from datetime import date, timedelta

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.model.marks import DATE, NUMBER, SCHOOL
from attendance_core.model.rules import DayKind, UnresolvedRule
from attendance_core.policy.facts import Facts, Frame
from attendance_core.policy.items import concerns_frame


def overdue(rule: UnresolvedRule, facts: Facts) -> Frame:
    """List the marks whose code should have been replaced by the day asked about."""
    marks = facts.selected(rule.select)
    pairs = marks.select(SCHOOL, DATE).unique().rows()
    late = [(school, day) for school, day in pairs if _passed(rule, facts, school, day) > rule.after]
    table = frame_of(
        {SCHOOL: [school for school, _ in late], DATE: [day for _, day in late]}, {SCHOOL: nw.String, DATE: nw.Date}
    )
    return marks.join(table, on=[SCHOOL, DATE], how="inner")


def _passed(rule: UnresolvedRule, facts: Facts, school: str, day: date) -> int:
    """Count the days after a mark's own, up to the day asked about."""
    if rule.days is DayKind.SCHOOL_DAYS:
        days = facts.ordinals(school).days
        return bisect_right(days, facts.as_of) - bisect_right(days, day)
    return sum((day + timedelta(days=ahead)).weekday() < 5 for ahead in range(1, (facts.as_of - day).days + 1))


def evaluate(rule: UnresolvedRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    found = (
        overdue(rule, facts)
        .group_by(NUMBER)
        .agg(
            nw.col(DATE).min().alias("start"),
            nw.col(DATE).max().alias("end"),
            nw.len().cast(nw.Int64).alias("count"),
        )
    )
    return concerns_frame(found.with_columns(met_on=nw.lit(facts.as_of, nw.Date)))
