"""Pattern against a baseline: each enrolment beside its whole school."""

import itertools
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from attendance_core.dates import WEEKDAYS, DateRange
from attendance_core.engine import frame_of
from attendance_core.model.marks import DATE, NUMBER, SCHOOL, STAT
from attendance_core.model.patterns import PatternRule, Sign
from attendance_core.policy.facts import BREAK_DAYS, Facts, Frame, selects
from attendance_core.policy.items import concerns_of
from attendance_core.policy.kinds.rate import rolling


class Shares(NamedTuple):
    """Two shares: the one asked about, and the one beside it (0 of 1 where there is none)."""

    part: int
    whole: int
    other: int = 0
    rest: int = 1


def stands_out(mine: Shares, school: Shares, points: int) -> bool:
    """Say whether an enrolment's difference of shares is so many percentage points above its school's, exactly.

    >>> stands_out(Shares(3, 10), Shares(1, 10), 20), stands_out(Shares(3, 10), Shares(1, 10), 21)
    (True, False)
    """
    own, baseline = mine.whole * mine.rest, school.whole * school.rest
    excess = (mine.part * mine.rest - mine.other * mine.whole) * baseline
    usual = (school.part * school.rest - school.other * school.whole) * own
    return 100 * (excess - usual) >= points * own * baseline


def windows(rule: PatternRule, facts: Facts) -> dict[DateRange, list[str]]:
    """Return the days looked at, with the schools of each."""
    if rule.window is None:
        return {facts.year: list(facts.register.schools)}
    return rolling(rule.window, facts)


def evaluate(rule: PatternRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    match rule.sign:
        case Sign.WEEKDAY | Sign.NEXT_TO_BREAK:
            return _slots(rule, facts)
        case Sign.BROKEN_WEEKS | Sign.SPELLS:
            return _weeks(rule, facts)
        case Sign.FALL | Sign.GROWTH:
            return _change(rule, facts)


# -- days that stand out among the others


def next_to_break(days: Iterable[date]) -> set[date]:
    """Return the school days before and after more than four days without school."""
    listed = sorted(days)
    found: set[date] = set()
    for before, after in itertools.pairwise(listed):
        if (after - before).days - 1 > BREAK_DAYS:
            found |= {before, after}
    return found


def slots_of(rule: PatternRule, facts: Facts) -> Frame:
    """Return school_id, date, slot (Int64): the weekday, or 1 for a day next to a break and 0 for another."""
    rows: list[tuple[str, date, int]] = []
    for school in facts.register.schools:
        days = facts.ordinals(school).days
        edges = next_to_break(days)
        marked = facts.register.slots.filter(nw.col(SCHOOL) == school)[DATE].unique().to_list()
        for day in sorted({*days, *marked}):
            rows.append((school, day, day.weekday() if rule.sign is Sign.WEEKDAY else int(day in edges)))
    schema: dict[str, Any] = {SCHOOL: nw.String, DATE: nw.Date, "slot": nw.Int64}
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)


def _slots(rule: PatternRule, facts: Facts) -> Frame:
    places = slots_of(rule, facts)
    # A mark on a day that the school never opens on (a Saturday) is beside the others, and no pattern of its own.
    asked = {
        school: {day.weekday() for day in facts.ordinals(school).days} if rule.sign is Sign.WEEKDAY else {1}
        for school in facts.register.schools
    }
    rows: list[dict[str, Any]] = []
    for span, schools in windows(rule, facts).items():
        inside = places.filter(
            nw.col(SCHOOL).is_in(schools), nw.col(DATE) >= span.start, nw.col(DATE) <= (span.end or facts.as_of)
        )
        selected = facts.shared(rule.select, span).join(inside, on=[SCHOOL, DATE], how="inner")
        chosen = selected.group_by(NUMBER, "slot").agg(nw.len().cast(nw.Int64).alias("part"))
        numbers = chosen.filter(nw.col("part") >= rule.at_least)[NUMBER].unique().to_list()
        if not numbers:
            continue
        there = facts.school_of.select(NUMBER, SCHOOL)
        mine = (
            facts.slot_counts(numbers, inside)
            .join(there, on=NUMBER, how="inner")
            .join(chosen, on=[NUMBER, "slot"], how="left")
        )
        baseline = _by_slot(_school_slots(rule, facts, inside), SCHOOL)
        of_school = dict(mine.select(NUMBER, SCHOOL).iter_rows())
        for number, by_slot in sorted(_by_slot(mine, NUMBER).items()):
            held = [
                (slot, shares)
                for slot, shares in _beside_the_rest(by_slot).items()
                if slot in asked[of_school[number]]
                and shares.part >= rule.at_least
                and min(shares.whole, shares.rest) >= rule.minimum_possible
                and stands_out(shares, _beside_the_rest(baseline[of_school[number]])[slot], rule.points)
            ]
            if held:
                slot, shares = max(held, key=lambda one: (one[1].part, -one[0]))
                what = f"on {WEEKDAYS[slot]}s" if rule.sign is Sign.WEEKDAY else "next to a break"
                text = f"{what}; on other days {shares.other} of {shares.rest}"
                rows.append(_row(number, of_school[number], span, facts, shares.part, shares.whole, text, slot))
    return concerns_of(rows)


def _school_slots(rule: PatternRule, facts: Facts, inside: Frame) -> Frame:
    """Count a school's selected and possible sessions by slot, from all its marks."""
    slots = facts.register.slots.join(inside, on=[SCHOOL, DATE], how="inner")
    possible = nw.col(STAT).is_in(list(facts.possible))
    flagged = slots.with_columns(
        part=nw.col("marks") * (selects(rule.select) & possible).cast(nw.Int64),
        possible=nw.col("marks") * possible.cast(nw.Int64),
    )
    return flagged.group_by(SCHOOL, "slot").agg(nw.col("part", "possible").sum())


def _by_slot(frame: Frame, key: str) -> dict[Any, dict[int, tuple[int, int]]]:
    """Return (selected, possible) by key and slot."""
    found: dict[Any, dict[int, tuple[int, int]]] = {}
    for row in frame.select(key, "slot", "part", "possible").rows(named=True):
        found.setdefault(row[key], {})[row["slot"]] = (row["part"] or 0, row["possible"])
    return found


def _beside_the_rest(by_slot: dict[int, tuple[int, int]]) -> dict[int, Shares]:
    """Hold each slot against all others."""
    part, possible = (sum(pair[index] for pair in by_slot.values()) for index in (0, 1))
    return {
        slot: Shares(mine, of, part - mine, possible - of)
        for slot, (mine, of) in by_slot.items()
        if of and possible - of
    }


# -- weeks


def broken_weeks(rule: PatternRule, facts: Facts, span: DateRange) -> Frame:
    """Return enrolment_no, week and counts of every week with a selected and an attended session."""
    return _broken(_week_table(rule, facts, span))


def _broken(weeks: Frame) -> Frame:
    return weeks.filter(nw.col("part") > 0, nw.col("attended") > 0)


def _week_table(rule: PatternRule, facts: Facts, span: DateRange) -> Frame:
    """Return enrolment_no, week (Monday), possible, attended, part (selected) of each week with a possible session."""
    weeks = facts.weeks(span).filter(nw.col("possible") > 0)
    mondays = facts.places.select(SCHOOL, DATE, "week")
    selected = facts.selected(rule.select, span).join(mondays, on=[SCHOOL, DATE], how="inner")
    counts = selected.group_by(NUMBER, "week").agg(nw.len().cast(nw.Int64).alias("part"))
    joined = weeks.select(NUMBER, "week", "possible", "attended").join(counts, on=[NUMBER, "week"], how="left")
    return joined.with_columns(nw.col("part").fill_null(0))


def _weeks(rule: PatternRule, facts: Facts) -> Frame:
    tables = []
    for span, schools in windows(rule, facts).items():
        table = _week_table(rule, facts, span)
        sums = table.group_by(NUMBER).agg(nw.len().cast(nw.Int64).alias("whole"))
        found = _broken(table) if rule.sign is Sign.BROKEN_WEEKS else facts.spells(rule.select, span)
        parts = found.group_by(NUMBER).agg(nw.len().cast(nw.Int64).alias("part"))
        mine = sums.join(parts, on=NUMBER, how="left").with_columns(nw.col("part").fill_null(0))
        placed = mine.join(facts.school_of.select(NUMBER, SCHOOL), on=NUMBER, how="inner").filter(
            nw.col(SCHOOL).is_in(schools)
        )
        tables.append((span, placed))
    what = "broken weeks" if rule.sign is Sign.BROKEN_WEEKS else "spells"
    rows = []
    for span, table in tables:
        baseline = {
            row[SCHOOL]: Shares(row["part"], row["whole"])
            for row in table.group_by(SCHOOL).agg(nw.col("part", "whole").sum()).rows(named=True)
        }
        likely = table.filter(nw.col("part") >= rule.at_least, nw.col("whole") >= rule.minimum_possible)
        for row in likely.rows(named=True):
            if stands_out(Shares(row["part"], row["whole"]), baseline[row[SCHOOL]], rule.points):
                text = f"{row['part']} {what}"
                rows.append(_row(row[NUMBER], row[SCHOOL], span, facts, row["part"], row["whole"], text))
    return concerns_of(rows)


# -- now against before


def pairs(rule: PatternRule, facts: Facts) -> dict[tuple[DateRange, DateRange], list[str]]:
    """Return the days now and the days before, with the schools of each pair; schools without both are left out."""
    found: dict[tuple[DateRange, DateRange], list[str]] = {}
    for school in facts.register.schools:
        if rule.window is None:
            halves = _half_terms(facts, school)
            if len(halves) < 2:
                continue
            now, before = DateRange(halves[-1].start, facts.as_of), halves[-2]
        else:
            start = facts.window_start(rule.window, school)
            last = next((day for day in reversed(facts.ordinals(school).days) if day < start), None)
            if last is None:
                continue
            now, before = DateRange(start, facts.as_of), DateRange(facts.window_start(rule.window, school, last), last)
        found.setdefault((now, before), []).append(school)
    return found


def _half_terms(facts: Facts, school: str) -> list[DateRange]:
    """Return the half terms of a school that have begun, in order, across years."""
    spans: dict[tuple[str, str], list[date]] = {}
    for day in facts.register.calendars.schools[school].days:
        if day.date <= facts.as_of:
            year = day.date.year if day.date.month >= 8 else day.date.year - 1
            spans.setdefault((str(year), day.half_term), []).append(day.date)
    return sorted(DateRange(min(days), max(days)) for days in spans.values())


def _change(rule: PatternRule, facts: Facts) -> Frame:
    rows = []
    for (now, before), schools in pairs(rule, facts).items():
        there = facts.school_of.select(NUMBER, SCHOOL).filter(nw.col(SCHOOL).is_in(schools))
        today = _counts(rule, facts, now, "part", "whole").join(there, on=NUMBER, how="inner")
        earlier = _counts(rule, facts, before, "other", "rest").join(there, on=NUMBER, how="inner")
        # The whole school's shares: also of those who were there only before, or only now.
        sums = (
            today.group_by(SCHOOL)
            .agg(nw.col("part", "whole").sum())
            .join(earlier.group_by(SCHOOL).agg(nw.col("other", "rest").sum()), on=SCHOOL, how="inner")
        )
        baseline = {row.pop(SCHOOL): Shares(**row) for row in sums.rows(named=True)}
        likely = today.join(earlier.drop(SCHOOL), on=NUMBER, how="inner").filter(
            nw.col("part") >= rule.at_least,
            nw.col("whole") >= rule.minimum_possible,
            nw.col("rest") >= rule.minimum_possible,
        )
        for row in likely.rows(named=True):
            mine = Shares(row["part"], row["whole"], row["other"], row["rest"])
            school = baseline[row[SCHOOL]]
            if school.whole and school.rest and stands_out(mine, school, rule.points):
                text = f"before, {mine.other} of {mine.rest}"
                rows.append(_row(row[NUMBER], row[SCHOOL], now, facts, mine.part, mine.whole, text))
    return concerns_of(rows)


def _counts(rule: PatternRule, facts: Facts, span: DateRange, part: str, whole: str) -> Frame:
    selected = facts.shared(rule.select, span).group_by(NUMBER).agg(nw.len().cast(nw.Int64).alias(part))
    possible = facts.totals(span).select(NUMBER, nw.col("possible").alias(whole))
    return possible.join(selected, on=NUMBER, how="left").with_columns(nw.col(part).fill_null(0))


def _row(
    number: int, school: str, span: DateRange, facts: Facts, count: int, of: int, detail: str, slot: int | None = None
) -> dict[str, Any]:
    end = min(span.end or facts.as_of, facts.as_of)
    # A year begins with its first school day, as a rate's does.
    start = facts.first_school_day(school) if span == facts.year else span.start
    return {
        NUMBER: number,
        "start": start,
        "end": end,
        "met_on": facts.as_of,
        "count": count,
        "of": of,
        "detail": detail,
        "slot": slot,
    }
