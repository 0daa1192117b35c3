"""Count in a rolling window."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from dateutil.relativedelta import relativedelta

from attendance_core.engine import collect, frame_of
from attendance_core.model.concerns import Certainty
from attendance_core.model.marks import CODE, DATE, MINUTES, NUMBER, PUPIL, SCHOOL
from attendance_core.model.rules import CountRule
from attendance_core.model.selections import Selection
from attendance_core.policy.facts import Facts, Frame, selects
from attendance_core.policy.items import concerns_frame, items_of, placed, windowed_episodes


def evaluate(rule: CountRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    marks = counted_marks(rule, facts, rule.select)
    found = _episodes(rule, marks, facts)
    if rule.provisional:
        firm = marks.filter(~nw.col(CODE).is_in(list(rule.provisional)))
        found = _told_apart(found, _episodes(rule, firm, facts).select(NUMBER, nw.col("start").alias("__firm")))
    if rule.uses is not None and facts.side.get(rule.uses.value) is not None:
        found = _with_notices(rule, facts, found)
    if rule.minutes and MINUTES in facts.register.marks.collect_schema().names():
        found = _with_minutes(rule, facts, found)
    return concerns_frame(found)


def counted_marks(rule: CountRule, facts: Facts, select: Selection) -> Frame:
    """List the marks that count: those before ``counts_from``, and those used up by a notice, do not."""
    marks = facts.selected(select)
    if rule.counts_from is not None:
        marks = marks.filter(nw.col(DATE) >= rule.counts_from)
    if rule.uses is None or facts.side.get(rule.uses.value) is None or facts.profile.get("notice-marks") != "once":
        return marks
    notices = facts.records(rule.uses).select(
        NUMBER,
        nw.col("start").fill_null(date.min).alias("__from"),
        nw.when(nw.col("end").is_null()).then(nw.col("on")).otherwise(nw.col("end")).alias("__to"),
    )
    keyed = marks.with_row_index("__row")
    used = keyed.join(notices, on=NUMBER, how="inner").filter(
        nw.col(DATE) >= nw.col("__from"), nw.col(DATE) <= nw.col("__to")
    )
    return keyed.filter(~nw.col("__row").is_in(used["__row"].to_list())).drop("__row")


def _episodes(rule: CountRule, marks: Frame, facts: Facts) -> Frame:
    items = items_of(facts, rule.select, rule.unit, rule.at_least, marks)
    return windowed_episodes(placed(facts, items, rule.window), rule.at_least, rule.window.length)


def _told_apart(found: Frame, firmly: Frame) -> Frame:
    """Say which episodes hold a full window without the marks that may be replaced."""
    keyed = found.with_row_index("__row")
    inside = keyed.join(firmly, on=NUMBER, how="inner").filter(
        nw.col("__firm") >= nw.col("start"), nw.col("__firm") <= nw.col("end")
    )
    rows = inside["__row"].unique().to_list()
    certain = nw.when(nw.col("__row").is_in(rows)).then(nw.lit(Certainty.MET.value))
    return keyed.with_columns(certainty=certain.otherwise(nw.lit(Certainty.PROVISIONAL.value))).drop("__row")


def _with_notices(rule: CountRule, facts: Facts, found: Frame) -> Frame:
    """Say how many notices there have been, and whether another is open."""
    assert rule.uses is not None  # noqa: S101 - asked by the caller
    if rule.limit is None or rule.limit_years is None:
        return found
    first: date = facts.as_of - relativedelta(years=rule.limit_years)
    recent = nw.col("__on") >= first if facts.profile.get("notice-years") == "inclusive" else nw.col("__on") > first
    # Who leaves and comes back keeps the notices of the earlier enrolment.
    person = nw.when(nw.col("person_id") != "").then(nw.col("person_id"))
    local = nw.concat_str(nw.col(SCHOOL), nw.lit("|"), nw.col(PUPIL))
    everybody = facts.register.enrolments.select(NUMBER, __who=person.otherwise(local))
    issued = (
        facts.records(rule.uses)
        .with_columns(__on=nw.coalesce(nw.col("on"), nw.col("end"), nw.col("start")))
        .filter(recent)
        .join(everybody, on=NUMBER, how="inner")
        .select("__who", "kind")
    )
    parents: dict[int, list[str]] = {}
    for number, parent in issued.join(everybody, on="__who", how="inner").select(NUMBER, "kind").iter_rows():
        parents.setdefault(number, []).append(parent or "")
    texts: dict[str, Any] = {NUMBER: [], "detail": []}
    for number, listed in sorted(parents.items()):
        texts[NUMBER].append(number)
        texts["detail"].append(_told(listed, rule.limit, rule.limit_years))
    table = frame_of(texts, {NUMBER: nw.Int32, "detail": nw.String})
    return found.join(table, on=NUMBER, how="left").with_columns(nw.col("detail").fill_null(""))


def _with_minutes(rule: CountRule, facts: Facts, found: Frame) -> Frame:
    """Say how many minutes the counted marks give."""
    if found.is_empty():
        return found
    numbers = found[NUMBER].to_list()
    marks = collect(
        facts.register.marks.filter(nw.col(NUMBER).is_in(numbers), selects(rule.select)).select(NUMBER, DATE, MINUTES)
    ).with_columns(nw.col(DATE).cast(nw.Date), nw.col(MINUTES).cast(nw.Int64))
    keyed = found.with_row_index("__row")
    inside = keyed.join(marks, on=NUMBER, how="inner").filter(
        nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"), ~nw.col(MINUTES).is_null()
    )
    sums = inside.group_by("__row").agg(nw.col(MINUTES).sum(), nw.len().alias("__marks"))
    text = nw.concat_str(
        nw.col(MINUTES).cast(nw.String),
        nw.lit(" minutes in all, given by "),
        nw.col("__marks").cast(nw.String),
        nw.lit(" of these marks"),
    )
    told = sums.select("__row", detail=text)
    return keyed.join(told, on="__row", how="left").with_columns(nw.col("detail").fill_null("")).drop("__row")


def _told(parents: list[str], limit: int, years: int) -> str:
    """Say how many notices there were, and how many may follow.

    Args:
        parents: The parent that each notice names; empty where it names none, which may be any of them.
        limit: How many one parent may have.
        years: In how many years.
    """
    named = set(parents) - {""}
    notices = max((parents.count(one) for one in named), default=0) + parents.count("")
    whom = " to one parent" if len(named) > 1 else ""
    so_far = f"{notices} {'notice' if notices == 1 else 'notices'}{whom} in {years} years"
    if notices >= limit:
        return f"{so_far}, which is the limit: no further notice{whom and ' to them'}, consider another measure"
    return f"{so_far}: {limit - notices} more may follow"
