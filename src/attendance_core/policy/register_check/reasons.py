"""Reasons that stay open, and marks that were recorded or resolved late."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import collect, frame_of
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import DATE, SCHOOL
from attendance_core.policy.register_check.findings import DETAIL, found, not_applicable, not_checked
from attendance_core.policy.register_check.subject import Subject, on_days_of, texts
from attendance_core.register.texts import read_dates

Frame = nw.DataFrame[Any]

#: What a moment has beside its day: a time, with what stands before it; or all of it, where it is a running number.
_NO_DAY = r"(?:[T ,]+\d{1,2}:\d{2}|T\d{4,6}).*$|^\d{9,}$|^\d{1,7}$"


def open_reasons(subject: Subject, check: Check) -> CheckResult:
    """Find the marks whose reason is still not established after so many school days."""
    marks = subject.coded(check)
    if marks.is_empty():
        return not_applicable(subject, check, f"The register holds no mark {' or '.join(check.codes)}.")
    as_of, limit = subject.register.as_of, check.parameters["school_days"]
    late = [
        (school, day)
        for school, day in marks.select(SCHOOL, DATE).unique().iter_rows()
        if subject.school_days(school, day, as_of) > limit
    ]
    table = _days(late)
    detail = f"reason still open on {as_of}, more than {limit} school {_plural(limit, 'day')} later"
    open_ = marks.join(table, on=[SCHOOL, DATE], how="inner").with_columns(nw.lit(detail).alias(DETAIL))
    return found(subject, check, open_)


def late_entries(subject: Subject, check: Check) -> CheckResult:
    """Find the marks that were first recorded, or whose open reason was resolved, after so many school days."""
    kinds = [name for name in ("recorded_at", "amended_at") if name in subject.columns]
    if not kinds:
        return not_checked(subject, check, "columns recorded_at or amended_at of the marks")
    parts, unread, seen = [], 0, 0
    for name in kinds:
        part, asked, bad = _late(subject, check, name)
        parts.append(part)
        seen += asked
        unread += bad
    note = ""
    if unread:
        were = "mark was" if unread == 1 else "marks were"
        note = f"{unread:,} {were} not looked at: the moment is no possible date."
    if not seen and not unread:
        return not_applicable(subject, check, f"No mark says anything in {' or '.join(kinds)}.")
    if not seen:
        return not_checked(subject, check, f"dates that can be read in {' or '.join(kinds)}", note=note)
    return found(subject, check, *parts, note=note)


def _late(subject: Subject, check: Check, column: str) -> tuple[Frame, int, int]:
    """Return late marks by one column of moments, how many were asked, and how many moments cannot be read."""
    day = nw.col(column).str.strip_chars().str.replace_all(_NO_DAY, "")
    wanted = _says(column)
    if column == "recorded_at" and "amended_at" in subject.columns:
        wanted = wanted & ~_says("amended_at")
    elif column == "amended_at" and "previous_code" in subject.columns:
        wanted = wanted & nw.col("previous_code").str.strip_chars().is_in(list(check.codes))
    marks = subject.register.marks.filter(wanted)
    counted = collect(
        marks.select(SCHOOL, DATE, day.alias("moment")).group_by(SCHOOL, DATE, "moment").agg(nw.len().alias("n"))
    )
    pairs = counted.with_columns(nw.col(SCHOOL).cast(nw.String), nw.col(DATE).cast(nw.Date)).filter(on_days_of(check))
    reading = read_dates(sorted(set(pairs["moment"].to_list())))
    limit, asked, unread = check.parameters["school_days"], 0, 0
    late: list[tuple[str, date, str, date]] = []
    for school, on, moment, number in pairs.select(SCHOOL, DATE, "moment", "n").iter_rows():
        made = reading.dates.get(moment)
        if made is None:
            unread += number
            continue
        asked += number
        if subject.school_days(school, on, made) > limit:
            late.append((school, on, moment, made))
    if not late:
        return subject.exceptions.head(0), asked, unread
    rows = subject.marks(wanted & day.is_in(sorted({row[2] for row in late})), column)
    schema = {SCHOOL: nw.String, DATE: nw.Date, "moment": nw.String, "made": nw.Date}
    table = frame_of({name: [row[index] for row in late] for index, name in enumerate(schema)}, schema)
    what = "recorded" if column == "recorded_at" else "resolved or amended"
    told = texts(rows).with_columns(day.alias("moment")).join(table, on=[SCHOOL, DATE, "moment"], how="inner")
    detail = f"{what} more than {limit} school {_plural(limit, 'day')} after the session"
    return told.with_columns(nw.lit(detail).alias(DETAIL)), asked, unread


def _says(column: str) -> nw.Expr:
    return ~nw.col(column).is_null() & (nw.col(column).str.strip_chars() != "")


def _days(rows: list[tuple[str, date]]) -> Frame:
    schema = {SCHOOL: nw.String, DATE: nw.Date}
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)


def _plural(number: int, one: str) -> str:
    return one if number == 1 else one + "s"
