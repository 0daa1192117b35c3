"""Sessions due without a mark: due by calendar and enrolment, less taken."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import DateRange
from attendance_core.engine import collect, frame_of
from attendance_core.measures.completeness import NO_FORM
from attendance_core.measures.periods import within
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import CODE, DATE, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.policy.register_check.findings import ABOUT, DETAIL, NOBODY, found, not_applicable
from attendance_core.policy.register_check.subject import Subject, on_days_of

Frame = nw.DataFrame[Any]

#: Sessions due that are compared with the marks at a time, so that an authority's register stays small in memory.
_AT_A_TIME = 4_000_000
_SLOT = (SCHOOL, DATE, SESSION)


def missing_marks(subject: Subject, check: Check) -> CheckResult:
    """Find the sessions that were due and have no mark.

    A register that nobody took is one finding for its form and session; what else is missing is one for each pupil.
    """
    slots = _due_slots(subject, check)
    if slots.is_empty():
        return not_applicable(subject, check, "No session was due on the days that the register holds.")
    inferred = sorted(name for name, one in subject.register.calendars.schools.items() if one.inferred)
    note = ""
    if inferred:
        note = "The calendar was worked out from the marks: a session that hardly anybody has a mark for is not due."
    short = slots.filter(nw.col("due") > nw.col("taken"))
    if short.is_empty():
        return found(subject, check, note=note)
    gaps = [_gaps(subject, part) for part in _portions(short)]
    return found(subject, check, *_told(subject, nw.concat(gaps), check.parameters["pupils"]), note=note)


def _due_slots(subject: Subject, check: Check) -> Frame:
    """Count due and taken by open session, from each school's first mark to the day the register speaks to."""
    register = subject.register
    first = register.slots.group_by(SCHOOL).agg(nw.col(DATE).min().alias("first"))
    calendar = (
        register.calendars.frame.select(*_SLOT)
        .join(first, on=SCHOOL, how="inner")
        .filter(nw.col(DATE) >= nw.col("first"), nw.col(DATE) <= register.as_of, on_days_of(check))
        .drop("first")
    )
    days = calendar.select(SCHOOL, DATE).unique()
    # On roll is who has started, less who has ended before.
    rolls: dict[str, tuple[list[date], list[date]]] = {}
    for school, start, end in register.enrolments.select(SCHOOL, "start", "end").iter_rows():
        starts, ends = rolls.setdefault(school, ([], []))
        starts.append(start)
        ends.append(end)
    rows = _on_roll(days.sort(SCHOOL, DATE).iter_rows(), rolls)
    schema = {SCHOOL: nw.String, DATE: nw.Date, "due": nw.Int64}
    due = frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)
    taken = register.slots.group_by(*_SLOT).agg(nw.col("marks").sum().alias("taken"))
    slots = calendar.join(due, on=[SCHOOL, DATE], how="inner").join(taken, on=list(_SLOT), how="left")
    return slots.with_columns(nw.col("taken").fill_null(0)).filter(nw.col("due") > 0).sort(*_SLOT)


def _on_roll(
    days: Iterable[tuple[Any, ...]], rolls: dict[str, tuple[list[date], list[date]]]
) -> list[tuple[str, date, int]]:
    ordered = {school: (sorted(starts), sorted(ends)) for school, (starts, ends) in rolls.items()}
    rows = []
    for school, day in days:
        starts, ends = ordered.get(school, ([], []))
        rows.append((school, day, bisect_right(starts, day) - bisect_left(ends, day)))
    return rows


def _portions(short: Frame) -> Iterator[Frame]:
    """Cut short sessions into portions of whole schools, none much larger than can be held at once."""
    sizes = short.group_by(SCHOOL).agg(nw.col("due").sum()).sort(SCHOOL)
    schools: list[str] = []
    total = 0
    for school, due in sizes.iter_rows():
        if schools and total + due > _AT_A_TIME:
            yield short.filter(nw.col(SCHOOL).is_in(schools))
            schools, total = [], 0
        schools.append(school)
        total += due
    if schools:
        yield short.filter(nw.col(SCHOOL).is_in(schools))


def _gaps(subject: Subject, short: Frame) -> Frame:
    """List who was due in these sessions and has no mark: enrolment_no, school_id, date, session."""
    register = subject.register
    schools = short[SCHOOL].unique().to_list()
    roll = register.enrolments.filter(nw.col(SCHOOL).is_in(schools)).select(NUMBER, SCHOOL, "start", "end")
    slots = short.sort(*_SLOT).with_row_index("slot").select(nw.col("slot").cast(nw.Int64), *_SLOT)
    due = (
        slots.lazy()
        .join(roll.lazy(), on=SCHOOL, how="inner")
        .filter(nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
        .select(NUMBER, "slot")
    )
    span = DateRange(short[DATE].min(), short[DATE].max())
    marks = register.marks.filter(nw.col(SCHOOL).is_in(schools), within(span, register.marks))
    made = collect(marks.select(NUMBER, SCHOOL, DATE, SESSION))
    schema = made.schema
    index = slots.with_columns(*[nw.col(name).cast(schema[name]) for name in (SCHOOL, SESSION)])
    taken = (
        made.lazy()
        .with_columns(nw.col(DATE).cast(nw.Date), nw.col(NUMBER).cast(nw.Int32))
        .join(index.lazy(), on=list(_SLOT), how="inner")
        .select(NUMBER, "slot")
    )
    return collect(due.join(taken, on=[NUMBER, "slot"], how="anti").join(slots.lazy(), on="slot", how="inner")).select(
        NUMBER, *_SLOT
    )


def _told(subject: Subject, gaps: Frame, pupils: int) -> tuple[Frame, Frame]:
    """Say of each gap whether it belongs to a register that nobody took, or to a pupil alone."""
    forms = subject.forms.filter(nw.col("form") != NO_FORM)
    placed = gaps.join(forms.select(NUMBER, "form", "start", "end"), on=NUMBER, how="inner").filter(
        nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end")
    )
    lost = placed.group_by(*_SLOT, "form").agg(nw.len().cast(nw.Int64).alias("lost")).filter(nw.col("lost") >= pupils)
    on_roll = (
        lost.select(SCHOOL, DATE, "form")
        .unique()
        .join(forms, on=[SCHOOL, "form"], how="inner")
        .filter(nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
        .group_by(SCHOOL, DATE, "form")
        .agg(nw.len().cast(nw.Int64).alias("size"))
    )
    untaken = lost.join(on_roll, on=[SCHOOL, DATE, "form"], how="inner").filter(nw.col("lost") == nw.col("size"))
    whole = placed.join(untaken.select(*_SLOT, "form"), on=[*_SLOT, "form"], how="inner").select(
        NUMBER,
        *_SLOT,
        nw.concat_str(nw.lit("no mark for anybody of form "), nw.col("form"), nw.lit(", "), nw.col(SESSION)).alias(
            DETAIL
        ),
        nw.lit(NOBODY).alias(ABOUT),
    )
    single = gaps.join(whole.select(NUMBER, *_SLOT), on=[NUMBER, *_SLOT], how="anti").with_columns(
        nw.lit("no mark").alias(DETAIL), nw.col(NUMBER).alias(ABOUT)
    )
    # A whole register is its own finding each day; a pupil's gaps are one together.
    whole = whole.with_columns(key=nw.col(DATE).cast(nw.String))
    blank = (nw.lit("").alias(CODE), nw.lit("").alias(STAT))
    return whole.with_columns(*blank), single.with_columns(*blank)
