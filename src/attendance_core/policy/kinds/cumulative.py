"""Cumulative since a date."""

import narwhals.stable.v2 as nw

from attendance_core.dates import AcademicYear
from attendance_core.model.marks import DATE, NUMBER
from attendance_core.model.rules import CumulativeRule
from attendance_core.model.selections import Since
from attendance_core.policy.facts import Facts, Frame
from attendance_core.policy.items import concerns_frame, grouped, items_of


def evaluate(rule: CumulativeRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    marks = facts.selected(rule.select)
    if rule.since_date is not None:
        marks = marks.filter(nw.col(DATE) >= rule.since_date)
    items = items_of(facts, rule.select, rule.unit, rule.at_least, marks)
    if rule.since is not Since.ACADEMIC_YEAR:
        return concerns_frame(grouped(items, [NUMBER], rule.at_least))
    # An academic year begins in August: seven months on, its days share a calendar year.
    begins = nw.col(DATE).dt.year() - (nw.col(DATE).dt.month() < 8).cast(nw.Int32)
    found = grouped(items.with_columns(__year=begins.cast(nw.Int64)), [NUMBER, "__year"], rule.at_least)
    return concerns_frame(found.with_columns(open=nw.col("__year") == AcademicYear.of(facts.as_of).begins))
