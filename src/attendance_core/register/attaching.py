"""Attaching: every mark finds its enrolment, or is said to lie outside every one of its pupil."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.engine import collect, frame_of
from attendance_core.errors import Fault, LayoutError
from attendance_core.model.mappings import Mapping
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, PUPIL, ROW, SCHOOL, SESSION, STAT
from attendance_core.register.account import Doubt
from attendance_core.register.enrolments import FOREVER, Enrolled, Pupils, enrol, read_pupils

Lazy = nw.LazyFrame[Any]
Frame = nw.DataFrame[Any]


@frozen(kw_only=True, eq=False)
class Source:
    """A raw table on its way in: its frame (with ``source_row``), how it is mapped, and what it is called."""

    frame: Lazy = field(repr=False)
    mapping: Mapping
    name: str = "marks"
    sha256: str = ""


@frozen(kw_only=True, eq=False)
class Attached:
    """Marks with their enrolments.

    Attributes:
        marks: Lazy frame of the marks that lie within an enrolment.
        outside: source_row and date of those that do not.
        notes: What was assumed about pupils.
    """

    enrolled: Enrolled
    marks: Lazy = field(repr=False)
    outside: Frame = field(repr=False)
    notes: tuple[str, ...] = ()


def attach(kept: Lazy, source: Source | None, mapping: Mapping, day: date) -> Attached:
    """Give every mark its enrolment; the marks outside every enrolment of their pupil come apart.

    Args:
        kept: Marks with school, pupil and date.
        source: The pupils file, if there is one.
        mapping: How the marks are read.
        day: A day of the academic year that an undated pupils file speaks of.

    Raises:
        LayoutError: If pupils cannot be told to schools.
        MissingColumnError: If the pupils file lacks a column of its mapping.
    """
    notes: list[str] = []
    # Sorted, so that enrolments are numbered alike whatever the order of the rows.
    first = (
        collect(kept.group_by(SCHOOL, PUPIL).agg(nw.col(DATE).min().alias("first")))
        .with_columns(nw.col(SCHOOL, PUPIL).cast(nw.String))
        .sort(SCHOOL, PUPIL)
    )
    marked_schools = sorted(set(first[SCHOOL].to_list()))
    pupils: Pupils | None = None
    year = AcademicYear.of(day)
    if source is not None:
        only = marked_schools[0] if len(marked_schools) == 1 else ""
        if "school_id" not in source.mapping.columns and len(marked_schools) > 1:
            raise LayoutError(
                Fault(
                    source.name,
                    f"has no school column, but the marks are of {len(marked_schools)} schools",
                    "a column of school ids",
                    "Map columns.school_id of the pupils file",
                )
            )
        pupils = read_pupils(source.frame, source.mapping, where=source.name, school=only, year=year)
        if "school_id" not in mapping.columns and "school_id" in source.mapping.columns:
            kept, first = _borrow_school(kept, first, pupils, source.name)
        notes += list(pupils.assumptions)
    else:
        notes.append("no pupils file: each pupil is one enrolment from the first mark, without characteristics")
    enrolled = enrol(pupils, first, year)
    if source is not None and pupils is not None:
        doubts = (*_doubtful_rows(pupils), *enrolled.doubts)
        enrolled = evolve(enrolled, doubts=tuple(evolve(doubt, where=source.name) for doubt in doubts))
    if enrolled.unknown_pupils:
        notes.append(
            f"{enrolled.unknown_pupils} pupils with marks are not in the pupils file; they are counted, "
            "without characteristics"
        )
    table = enrolled.enrolments
    sizes = table.group_by(SCHOOL, PUPIL).agg(nw.len().alias("__n"))
    table = table.join(sizes, on=[SCHOOL, PUPIL], how="inner").with_columns(nw.col(ENROLMENT).cast(nw.Categorical))
    single = table.filter(nw.col("__n") == 1).select(SCHOOL, PUPIL, ENROLMENT, NUMBER, "start", "end")
    several = table.filter(nw.col("__n") > 1).select(SCHOOL, PUPIL, ENROLMENT, NUMBER, "start", "end")
    one = kept.join(_like(single, kept).lazy(), on=[SCHOOL, PUPIL], how="inner")
    if several.is_empty():
        both = one
    else:
        several = _like(several, kept)
        who = several.select(SCHOOL, PUPIL).unique()
        mine = kept.join(who.lazy(), on=[SCHOOL, PUPIL], how="semi")
        days = collect(mine.select(SCHOOL, PUPIL, DATE).unique())
        best = (
            days.join(several, on=[SCHOOL, PUPIL], how="inner")
            .filter(nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
            .sort("start", ENROLMENT)
            .unique([SCHOOL, PUPIL, DATE], keep="last", maintain_order=True)
        )
        both = nw.concat([one, mine.join(best.lazy(), on=[SCHOOL, PUPIL, DATE], how="left")])
    outside_of = nw.col(ENROLMENT).is_null() | (nw.col(DATE) < nw.col("start")) | (nw.col(DATE) > nw.col("end"))
    windows = not several.is_empty() or bool(
        enrolled.enrolments.filter((nw.col("end") < FOREVER) | ~nw.col("start_inferred")).shape[0]
    )
    # Worked out once: everything after this passes over numbers and categories in memory.
    texts = (
        nw.col(ENROLMENT, SCHOOL, SESSION, CODE, STAT)
        if SESSION in both.collect_schema().names()
        else nw.col(ENROLMENT, SCHOOL, CODE, STAT)
    )
    flagged = both.with_columns(texts.cast(nw.Categorical), outside_of.alias("__outside"))
    marks = collect(flagged.drop("start", "end", PUPIL)).lazy()
    if not windows:
        nothing = frame_of({ROW: [], DATE: []}, {ROW: nw.Int64, DATE: nw.Date})
        return Attached(enrolled=enrolled, marks=marks.drop("__outside"), outside=nothing, notes=tuple(notes))
    outside = collect(marks.filter(nw.col("__outside")).select(nw.col(ROW).cast(nw.Int64), DATE))
    inside = marks.filter(~nw.col("__outside")) if len(outside) else marks
    return Attached(enrolled=enrolled, marks=inside.drop("__outside"), outside=outside, notes=tuple(notes))


def _doubtful_rows(pupils: Pupils) -> Iterable[Doubt]:
    """What stands in the pupils file and could not be used, one doubt a reason."""
    by_reason: dict[str, list[int]] = {}
    for row, _, detail in pupils.rejects:
        by_reason.setdefault(detail, []).append(row)
    for detail, rows in by_reason.items():
        remedy = "Correct these rows of the pupils file"
        yield Doubt(
            kind="pupils-row", text=f"{detail} ({len(rows)} times)", marks=0, rows=tuple(rows[:10]), remedy=remedy
        )


def _borrow_school(kept: Lazy, first: Frame, pupils: Pupils, where: str) -> tuple[Lazy, Frame]:
    """Take the school of marks without one from the pupils file, where that leaves no doubt."""
    homes: dict[str, set[str]] = {}
    for row in pupils.rows:
        homes.setdefault(row.pupil, set()).add(row.school)
    if any(len(schools) > 1 for schools in homes.values()):
        raise LayoutError(
            Fault(
                where,
                "the same pupil id stands under two schools, and the marks name no school",
                "a school column in the marks",
                "Map columns.school_id of the marks",
            )
        )
    table = frame_of(
        {PUPIL: list(homes), "__school": [min(s) for s in homes.values()]}, {PUPIL: nw.String, "__school": nw.String}
    )
    schools = sorted({min(s) for s in homes.values()})
    fallback = schools[0] if len(schools) == 1 else ""

    def apply(frame: Any) -> Any:
        small = _like(table, frame) if isinstance(frame, nw.LazyFrame) else table
        joined = frame.join(small.lazy() if isinstance(frame, nw.LazyFrame) else small, on=PUPIL, how="left")
        return joined.with_columns(nw.col("__school").fill_null(fallback).alias(SCHOOL)).drop("__school")

    return apply(kept), apply(first)


def _like(small: Frame, marks: Lazy) -> Frame:
    """Give a small table's school and pupil the type that they have among the marks, so that the two can be joined."""
    schema = marks.collect_schema()
    return small.with_columns(*[nw.col(name).cast(schema[name]) for name in (SCHOOL, PUPIL) if name in small.columns])
