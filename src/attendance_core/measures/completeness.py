"""Completeness: sessions due by calendar and enrolment, taken, and missing, by form and day."""

from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import collect, frame_of
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.periods import within
from attendance_core.model.marks import DATE, NUMBER, SCHOOL, SESSION
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]
NO_FORM = "(no form)"


@frozen(kw_only=True, eq=False)
class Completeness:
    """Sessions due, taken and missing.

    Attributes:
        frame: school_id, form, date, due, taken, missing (Int64 sessions); one row for each open day.
        has_forms: The register knows forms; else every row's form says that there is none.
    """

    frame: Frame = field(repr=False)
    has_forms: bool

    @property
    def due(self) -> int:
        """Sessions due."""
        return int(self.frame["due"].sum() or 0)

    @property
    def taken(self) -> int:
        """Sessions with a coded mark."""
        return int(self.frame["taken"].sum() or 0)

    @property
    def missing(self) -> int:
        """Sessions due without a coded mark."""
        return self.due - self.taken

    def by(self, column: str) -> Frame:
        """Add up by ``form`` or ``date``, most missing first."""
        sums = self.frame.group_by(column).agg(nw.col("due", "taken", "missing").sum())
        return sums.sort("missing", column, descending=[True, False])


def completeness(analysis: Analysis, period: DateRange | None = None) -> Completeness:
    """Compare the sessions that were due with those that have a mark.

    A session is due for an enrolment when its school's calendar is open and the enrolment covers the day.
    """
    register = analysis.register
    wanted = period or analysis.period
    last = min(wanted.end or register.as_of, register.as_of)
    has_forms = "form" in register.names()
    spans = form_spans(register)
    calendar = register.calendars.frame.filter(within(DateRange(wanted.start, max(last, wanted.start))))
    open_sessions: dict[str, dict[date, int]] = {}
    for school, day, sessions in (
        calendar.group_by(SCHOOL, DATE).agg(nw.len().alias("n")).sort(SCHOOL, DATE).iter_rows()
    ):
        open_sessions.setdefault(school, {})[day] = sessions
    changes: dict[tuple[str, str], dict[date, int]] = {}
    for _, school, form, start, end in spans:
        mine = changes.setdefault((school, form), {})
        mine[start] = mine.get(start, 0) + 1
        if end.year < 9999:
            after = end + timedelta(days=1)
            mine[after] = mine.get(after, 0) - 1
    rows: list[tuple[str, str, date, int]] = []
    for (school, form), steps in sorted(changes.items()):
        turns = sorted(steps)
        position = enrolled = 0
        for day, sessions in open_sessions.get(school, {}).items():
            while position < len(turns) and turns[position] <= day:
                enrolled += steps[turns[position]]
                position += 1
            if enrolled:
                rows.append((school, form, day, enrolled * sessions))
    schema: dict[str, Any] = {SCHOOL: nw.String, "form": nw.String, DATE: nw.Date, "due": nw.Int64}
    due = frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)
    taken = _taken(analysis, spans, calendar)
    frame = due.join(taken, on=[SCHOOL, "form", DATE], how="left").with_columns(nw.col("taken").fill_null(0))
    return Completeness(
        frame=frame.with_columns(missing=nw.col("due") - nw.col("taken")).sort(SCHOOL, DATE, "form"),
        has_forms=has_forms,
    )


def form_spans(register: Register) -> list[tuple[int, str, str, date, date]]:
    """Return (enrolment_no, school, form, first, last): which form an enrolment belongs to when."""
    spans: list[tuple[int, str, str, date, date]] = []
    forms: dict[str, list[tuple[str, date, date]]] = {}
    rows = register.characteristics.filter(nw.col("name") == "form").sort("enrolment_id", "valid_from")
    for key, value, start, end in rows.select("enrolment_id", "value", "valid_from", "valid_to").iter_rows():
        forms.setdefault(key, []).append((value, start, end))
    enrolments = register.enrolments.select("enrolment_id", NUMBER, SCHOOL, "start", "end")
    for key, number, school, first, last in enrolments.iter_rows():
        cursor = first
        for value, start, end in forms.get(key, []):
            begins, ends = max(cursor, start), min(last, end)
            if begins > ends:
                continue
            if cursor < begins:
                spans.append((number, school, NO_FORM, cursor, begins - timedelta(days=1)))
            spans.append((number, school, value, begins, ends))
            if ends >= last:
                cursor = date.max
                break
            cursor = ends + timedelta(days=1)
        if cursor <= last:
            spans.append((number, school, NO_FORM, cursor, last))
    return spans


def _taken(analysis: Analysis, spans: list[tuple[int, str, str, date, date]], calendar: Frame) -> Frame:
    """Count coded marks in open sessions by school, form and day."""
    register = analysis.register
    days = calendar.select(DATE).unique()
    schema: dict[str, Any] = {
        NUMBER: nw.Int32,
        SCHOOL: nw.String,
        "form": nw.String,
        "__from": nw.Date,
        "__to": nw.Date,
    }
    table = frame_of({name: [span[index] for span in spans] for index, name in enumerate(schema)}, schema)
    if days.is_empty() or not spans:
        empty: dict[str, Any] = {SCHOOL: nw.String, "form": nw.String, DATE: nw.Date, "taken": nw.Int64}
        return frame_of({name: [] for name in empty}, empty)
    period = DateRange(min(days[DATE].to_list()), max(days[DATE].to_list()))
    per_day = collect(
        register.marks.filter(within(period, register.marks))
        .select(NUMBER, DATE, SESSION)
        .group_by(NUMBER, DATE, SESSION)
        .agg(nw.len().alias("__n"))
    ).with_columns(nw.col(SESSION).cast(nw.String), nw.col(DATE).cast(nw.Date))
    placed = per_day.join(table, on=NUMBER, how="inner").filter(
        nw.col(DATE) >= nw.col("__from"), nw.col(DATE) <= nw.col("__to")
    )
    inside = placed.join(calendar.select(SCHOOL, DATE, SESSION), on=[SCHOOL, DATE, SESSION], how="inner")
    return inside.group_by(SCHOOL, "form", DATE).agg(nw.len().cast(nw.Int64).alias("taken"))
