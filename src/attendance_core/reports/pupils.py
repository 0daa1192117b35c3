"""Pupils to look at, each with the reasons why it is listed."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import DateRange, week_start
from attendance_core.measures.definitions import load_measures
from attendance_core.measures.periods import within
from attendance_core.measures.totals import in_band
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, PUPIL, SCHOOL
from attendance_core.model.measures import Band
from attendance_core.model.reports import Block, Cell, Column, ColumnKind, OutlineSection, Paragraph, Table
from attendance_core.reference.watch import load_watches
from attendance_core.reports.material import Material
from attendance_core.reports.words import day, number_of


def _recent(material: Material, weeks: int) -> DateRange:
    """The last so many school weeks up to the end of the period."""
    last = material.period.end or material.analysis.register.as_of
    known = [one for one in material.analysis.register.calendars.dates if one <= last]
    mondays = sorted({week_start(one) for one in known})[-weeks:]
    start = max(mondays[0], material.period.start) if mondays else material.period.start
    return DateRange(min(start, last), last)


def _numbers(frame: Any, band: Band, strict: bool) -> set[int]:
    return set(frame.filter(nw.col("possible") > 0, in_band(band, strict=strict))[NUMBER].to_list())


def reasons_by_enrolment(material: Material) -> dict[int, list[str]]:
    """Return the reasons to look at each enrolment (enrolment_no), most serious first; leavers are not listed."""
    analysis = material.analysis
    watches = load_watches()
    strict = analysis.rules.strict
    whole = analysis.enrolments()
    rows = {row[NUMBER]: row for row in whole.rows(named=True)}
    found: dict[int, list[str]] = {}

    def add(number: int, text: str) -> None:
        found.setdefault(number, []).append(text)

    measures = load_measures()
    severe_band, persistent_band = measures["severe-absence"].band, measures["persistent-absence"].band
    assert severe_band is not None and persistent_band is not None  # noqa: S101 - both are shares
    severe, persistent = _numbers(whole, severe_band, strict), _numbers(whole, persistent_band, strict)
    for number in sorted(persistent | severe):
        row = rows[number]
        title = watches["severe" if number in severe else "persistent"].title
        add(number, f"{title}: absent for {row['absent']} of {row['possible']} sessions")
    near = watches["near"].sessions
    for number, row in rows.items():
        later = {"absent": row["absent"] + near, "possible": row["possible"] + near}
        # Early in a year a week away is much for everybody: only who is already halfway there is near.
        halfway = row["absent"] * 100 >= row["possible"] * watches["near"].percent
        if number not in persistent and row["absent"] and halfway and persistent_band.holds(**later):
            add(number, f"{watches['near'].title} (absent for {row['absent']} of {row['possible']} sessions)")
    recent = _recent(material, watches["recent"].weeks)
    for row in analysis.enrolments(recent).rows(named=True):
        watch = watches["recent"]
        if row["possible"] >= watch.sessions and row["absent"] * 100 >= row["possible"] * watch.percent:
            add(row[NUMBER], f"{watch.title}: {row['absent']} of {row['possible']} sessions since {day(recent.start)}")
        late = row["late_before"] + row["late_after"]
        if late >= watches["late"].sessions:
            add(row[NUMBER], f"{watches['late'].title}: {late} times since {day(recent.start)}")
    last_index = _last_indexes(material)
    school_of = dict(analysis.register.enrolments.select(NUMBER, SCHOOL).iter_rows())
    for row in analysis.spells().rows(named=True):
        watch = watches["spell"]
        if row["sessions"] >= watch.sessions and row["last_index"] == last_index.get(school_of[row[NUMBER]]):
            add(row[NUMBER], f"{watch.title}: {row['sessions']} sessions since {day(row['start'])}")
    watch = watches["unknown-reason"]
    unknown = (
        analysis.tally.exceptions.filter(within(material.period))
        .with_columns(nw.col(CODE).cast(nw.String))
        .filter(nw.col(CODE).is_in(list(watch.codes)))
        .group_by(NUMBER)
        .agg(nw.len().cast(nw.Int64).alias("n"))
    )
    for number, marks in unknown.select(NUMBER, "n").iter_rows():
        if marks >= watch.sessions:
            add(number, f"{watch.title}: {marks} sessions")
    last = material.period.end or analysis.register.as_of
    gone = set(analysis.register.enrolments.filter(nw.col("end") < last)[NUMBER].to_list())
    return {number: texts for number, texts in found.items() if number not in gone}


def _last_indexes(material: Material) -> dict[str, int]:
    """The calendar index of the last session with a mark, by school."""
    register = material.analysis.register
    marked = register.slots.filter(within(material.period)).select(SCHOOL, DATE, "session").unique()
    index = register.calendars.frame.select(SCHOOL, DATE, "session", "session_index")
    joined = marked.join(index, on=[SCHOOL, DATE, "session"], how="inner")
    return dict(joined.group_by(SCHOOL).agg(nw.col("session_index").max()).iter_rows())


def pupils(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """The list, the most absent first, each with why it is there."""
    analysis = material.analysis
    found = reasons_by_enrolment(material)
    if not found:
        return (Paragraph(text="No pupil gives a reason for a look under the library's watch list."),)
    last = material.period.end or analysis.register.as_of
    traits = _traits(material, last)
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    people = {
        number: (key, pupil)
        for number, key, pupil in analysis.register.enrolments.select(NUMBER, ENROLMENT, PUPIL).iter_rows()
    }
    for row in analysis.enrolments().filter(nw.col(NUMBER).is_in(sorted(found))).rows(named=True):
        number = row[NUMBER]
        key, pupil = people[number]
        rate = 100 * row["attended"] / row["possible"] if row["possible"] else None
        id = str(analysis.id("attendance", f"enrolment={key}"))
        small = " (few sessions: read with care)" if row["possible"] < analysis.rules.small else ""
        cells: tuple[Cell, ...] = (
            pupil,
            traits.get(number, {}).get("year_group", ""),
            traits.get(number, {}).get("form", ""),
            rate,
            row["absent"] / 2,
            row["possible"],
            "; ".join(found[number]) + small,
            id,
        )
        rows.append((rate if rate is not None else 101.0, cells))
    rows.sort(key=lambda item: (item[0], str(item[1][0])))
    return (
        Table(
            id="pupils",
            title=number_of(len(rows), "pupil"),
            columns=(
                Column(key="pupil_id", title="Pupil", personal=True),
                Column(key="year_group", title="Year"),
                Column(key="form", title="Form"),
                Column(key="attendance", title="Attendance, %", kind=ColumnKind.PERCENT),
                Column(key="days_lost", title="Days lost", kind=ColumnKind.DAYS),
                Column(key="possible", title="Possible sessions", kind=ColumnKind.INTEGER),
                Column(key="why", title="Why"),
                Column(key="figure", title="Figure", kind=ColumnKind.FIGURE, personal=True),
            ),
            rows=tuple(cells for _, cells in rows),
            caption=f"On roll on {day(last)}, the most absent first. Reasons are the library's own watch list, not a "
            f"policy; the last four school weeks begin on "
            f"{day(_recent(material, load_watches()['recent'].weeks).start)}.",
        ),
    )


def _traits(material: Material, on: date) -> dict[int, dict[str, str]]:
    register = material.analysis.register
    rows = register.characteristics.filter(
        nw.col("name").is_in(["year_group", "form"]), nw.col("valid_from") <= on, nw.col("valid_to") >= on
    ).join(register.enrolments.select(ENROLMENT, NUMBER), on=ENROLMENT, how="inner")
    found: dict[int, dict[str, str]] = {}
    for number, name, value in rows.select(NUMBER, "name", "value").iter_rows():
        found.setdefault(number, {})[name] = value
    return found
