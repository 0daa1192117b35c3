"""Unbroken run."""

import narwhals.stable.v2 as nw

from attendance_core.model.marks import DATE, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.model.rules import RunRule
from attendance_core.model.selections import RuleUnit
from attendance_core.policy.facts import Facts, Frame, selects
from attendance_core.policy.items import concerns_frame, grouped, items_of, no_concerns, sessions_in_order


def evaluate(rule: RunRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    marks = facts.selected(rule.select)
    if rule.counts_from is not None:
        marks = marks.filter(nw.col(DATE) >= rule.counts_from)
    # Only who has enough items, however they lie, is looked at whole.
    items = items_of(facts, rule.select, rule.unit, rule.at_least, marks)
    numbers = items[NUMBER].unique().to_list()
    if not numbers:
        return no_concerns()
    line = _timeline(rule, facts, numbers)
    ordered = line.sort(NUMBER, "order")
    other = nw.col(NUMBER) != nw.col(NUMBER).shift(1)
    apart = nw.col("order") - nw.col("order").shift(1) != 1 if "gapless" in line.columns else nw.lit(False)
    begins = nw.col("good") & (other | ~nw.col("good").shift(1) | apart).fill_null(True)
    last = (nw.col(NUMBER) != nw.col(NUMBER).shift(-1)).fill_null(True)
    runs = ordered.with_columns(__run=begins.cast(nw.Int64).cum_sum(), __last=last.cast(nw.Int64)).filter(
        nw.col("good")
    )
    found = grouped(runs, [NUMBER, "__run"], rule.at_least)
    latest = runs.group_by("__run").agg(nw.col("__last").max(), nw.col("order").max().alias("__end"))
    joined = found.join(latest, on="__run", how="inner")
    if "gapless" in line.columns:
        column = "day_no" if rule.unit is RuleUnit.DAYS else "__session"
        today = facts.today.select(SCHOOL, "day_no").join(_sessions_so_far(facts), on=SCHOOL, how="inner")
        ends = joined.join(facts.school_of.select(NUMBER, SCHOOL), on=NUMBER, how="inner").join(
            today, on=SCHOOL, how="inner"
        )
        return concerns_frame(ends.with_columns(open=nw.col("__end") == nw.col(column)))
    return concerns_frame(joined.with_columns(open=nw.col("__last") == 1))


def _sessions_so_far(facts: Facts) -> Frame:
    """Return school_id, __session: the calendar's index of the last session held by the day asked about."""
    held = facts.register.calendars.frame.filter(nw.col(DATE) <= facts.as_of)
    return held.group_by(SCHOOL).agg(nw.col("session_index").max().alias("__session"))


def _timeline(rule: RunRule, facts: Facts, numbers: list[int]) -> Frame:
    """Return enrolment_no, date, order, good of everything that counts or breaks a run.

    Where any other session breaks it, order is the calendar's own number, and a column ``gapless`` says that numbers
    must follow each other.
    """
    marks = facts.marks_of(numbers)
    chosen = selects(rule.select)
    if rule.counts_from is not None:
        marks = marks.filter(nw.col(DATE) >= rule.counts_from)
    any_breaks = facts.profile.get("run-interruption") == "any-other-session"
    if rule.unit is RuleUnit.SESSIONS:
        if not any_breaks:
            line = marks.with_columns(good=chosen).filter(nw.col("good") | nw.col(STAT).is_in(list(facts.possible)))
            return sessions_in_order(line).select(NUMBER, DATE, "order", "good")
        index = facts.register.calendars.frame.select(SCHOOL, DATE, SESSION, nw.col("session_index").alias("order"))
        placed = marks.filter(chosen).join(index, on=[SCHOOL, DATE, SESSION], how="inner")
        return placed.select(NUMBER, DATE, "order", good=nw.lit(True), gapless=nw.lit(True))
    flags = marks.with_columns(
        __chosen=chosen.cast(nw.Int64), __possible=(chosen | nw.col(STAT).is_in(list(facts.possible))).cast(nw.Int64)
    )
    days = flags.group_by(NUMBER, SCHOOL, DATE).agg(nw.col("__chosen", "__possible").sum())
    whole = facts.profile.get("absent-day") == "every-possible-session"
    good = nw.col("__chosen") >= (nw.col("__possible") if whole else nw.lit(1))
    if not any_breaks:
        some = days.filter(nw.col("__possible") > 0)
        return some.select(NUMBER, DATE, order=nw.col(DATE).dt.timestamp("ms") // 86_400_000, good=good)
    opened = days.join(facts.open_sessions, on=[SCHOOL, DATE], how="inner").join(
        facts.places, on=[SCHOOL, DATE], how="inner"
    )
    filled = nw.col("__chosen") >= (nw.col("open") if whole else nw.lit(1))
    return opened.filter(filled).select(
        NUMBER, DATE, nw.col("day_no").alias("order"), good=nw.lit(True), gapless=nw.lit(True)
    )
