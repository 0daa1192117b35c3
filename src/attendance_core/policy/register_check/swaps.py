"""One code falls suddenly from a half term to the next while another rises."""

from datetime import date
from itertools import pairwise
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.errors import CodebookError
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.codes import Codebook, StatGroup
from attendance_core.model.marks import CODE, DATE, SCHOOL, SESSION, STAT
from attendance_core.policy.register_check.findings import ABOUT, DETAIL, KEY, NOBODY, found, not_applicable
from attendance_core.policy.register_check.subject import Subject, on_days_of, texts

Frame = nw.DataFrame[Any]


@frozen(kw_only=True)
class _Half:
    """One half term of a school: its days, possible sessions, and sessions by code."""

    name: str
    start: date
    end: date
    possible: int
    codes: dict[str, int] = field(repr=False)


def code_swap(subject: Subject, check: Check) -> CheckResult:
    """Find pairs of codes of which one falls suddenly, from a half term to the next, while the other rises.

    The sessions listed are all those of the two codes in the two half terms.
    """
    schools = _halves(subject, check)
    smallest = check.parameters["possible_sessions"]
    compared = 0
    parts: list[Frame] = []
    for school, halves in schools.items():
        for before, after in pairwise(halves):
            if before.possible < smallest or after.possible < smallest:
                continue
            compared += 1
            for falls, rises in _pairs(before, after, check, subject.register.codebooks):
                parts.append(_sessions(subject, school, before, after, falls, rises))
    if not compared:
        return not_applicable(
            subject, check, f"No school has two half terms on end with {smallest:,} possible sessions in each."
        )
    return found(subject, check, *parts)


def _halves(subject: Subject, check: Check) -> dict[str, list[_Half]]:
    """Count every school's half terms, in order, from the slots of the register."""
    calendar = subject.register.calendars.frame.select(SCHOOL, DATE, SESSION, "academic_year", "half_term")
    slots = subject.register.slots.filter(on_days_of(check)).join(calendar, on=[SCHOOL, DATE, SESSION], how="inner")
    possible = [group.value for group in StatGroup if group.possible]
    looked = _looked_at(check)
    keys = (SCHOOL, "academic_year", "half_term")
    totals = (
        slots.filter(nw.col(STAT).is_in(possible))
        .group_by(*keys)
        .agg(nw.col(DATE).min().alias("start"), nw.col(DATE).max().alias("end"), nw.col("marks").sum())
        .sort(SCHOOL, "start")
    )
    codes: dict[tuple[str, str, str], dict[str, int]] = {}
    sums = slots.filter(looked).group_by(*keys, CODE).agg(nw.col("marks").sum())
    for school, year, half, code, number in sums.select(*keys, CODE, "marks").iter_rows():
        codes.setdefault((school, year, half), {})[code] = number
    schools: dict[str, list[_Half]] = {}
    for school, year, half, start, end, number in totals.iter_rows():
        counts = codes.get((school, year, half), {})
        one = _Half(name=f"{half} {year}", start=start, end=end, possible=number, codes=counts)
        schools.setdefault(school, []).append(one)
    return schools


def _looked_at(check: Check) -> nw.Expr:
    grouped = nw.col(STAT).is_in([group.value for group in check.groups]) | nw.col(CODE).is_in(list(check.codes))
    return grouped & ~nw.col(CODE).is_in([one for one in check.expected if " " not in one])


def _pairs(before: _Half, after: _Half, check: Check, codebooks: tuple[Codebook, ...]) -> list[tuple[str, str]]:
    """Return (code that falls, code that rises), decided by whole numbers alone."""
    limit = check.parameters["tenths_of_a_point"] * before.possible * after.possible
    keeps = 100 - check.parameters["fall_percent"]
    expected = [frozenset(pair.split()) for pair in check.expected if " " in pair]
    falls, rises = [], []
    for code in sorted({*before.codes, *after.codes}):
        if not _in_force(code, before.start, after.end, codebooks):
            continue
        was, now = before.codes.get(code, 0) * after.possible, after.codes.get(code, 0) * before.possible
        if (was - now) * 1000 >= limit and now * 100 <= was * keeps:
            falls.append(code)
        elif (now - was) * 1000 >= limit:
            rises.append(code)
    return [(one, other) for one in falls for other in rises if frozenset((one, other)) not in expected]


def _in_force(code: str, first: date, last: date, codebooks: tuple[Codebook, ...]) -> bool:
    for book in codebooks:
        try:
            book.at(code, first)
            book.at(code, last)
        except CodebookError:
            continue
        return True
    return False


def _sessions(subject: Subject, school: str, before: _Half, after: _Half, falls: str, rises: str) -> Frame:
    def share(half: _Half, code: str) -> str:
        return f"{half.codes.get(code, 0):,} of {half.possible:,}"

    detail = (
        f"{falls} falls from {share(before, falls)} possible sessions in {before.name} to {share(after, falls)} in "
        f"{after.name}, while {rises} rises from {before.codes.get(rises, 0):,} to {after.codes.get(rises, 0):,}"
    )
    days = (nw.col(DATE) >= before.start, nw.col(DATE) <= after.end)
    mine = subject.exceptions.filter(nw.col(CODE).is_in([falls, rises]), *days)
    held = subject.register.calendars.frame.filter(nw.col(SCHOOL) == school, *days).select(SCHOOL, DATE, SESSION)
    return (
        texts(mine)
        .join(held, on=[SCHOOL, DATE, SESSION], how="inner")
        .with_columns(nw.lit(detail).alias(DETAIL), nw.lit(NOBODY).alias(ABOUT), nw.lit(f"{falls} {rises}").alias(KEY))
    )
