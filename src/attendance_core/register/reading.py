"""Reading: from a raw table and a mapping to a checked register, with nothing lost in silence."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dict
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.engine import collect, frame_of
from attendance_core.errors import Fault, InputError, LayoutError
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.codes import Codebook, StatGroup
from attendance_core.model.mappings import Duplicates, Layout, Mapping
from attendance_core.model.marks import (
    CODE,
    DATE,
    ENROLMENT,
    MARK_COLUMNS,
    MINUTES,
    NUMBER,
    PUPIL,
    ROW,
    SCHOOL,
    SESSION,
    STAT,
)
from attendance_core.register.account import REMEDIES, Account, Doubt, Input, Reject
from attendance_core.register.calendar import calendars_for
from attendance_core.register.duplicates import find_duplicates
from attendance_core.register.enrolments import FOREVER, Enrolled, Pupils, enrol, read_pupils
from attendance_core.register.layouts import Long, to_long
from attendance_core.register.register import Register, membership_frame
from attendance_core.register.slots import NO_MARK, Decided, Resolver, decide

Lazy = nw.LazyFrame[Any]
Frame = nw.DataFrame[Any]
Progress = Callable[[str], None]
_REJECT_SCHEMA: dict[str, Any] = {
    ROW: nw.Int64,
    "reason": nw.String,
    "detail": nw.String,
    "remedy": nw.String,
    "twin_row": nw.Int64,
}


@frozen(kw_only=True, eq=False)
class Source:
    """A raw table on its way in: its frame (with ``source_row``), how it is mapped, and what it is called."""

    frame: Lazy = field(repr=False)
    mapping: Mapping
    name: str = "marks"
    sha256: str = ""


@frozen(kw_only=True)
class Membership:
    """A dated membership as a host or a configuration gives it."""

    pupil_id: str = field(repr=False)
    cohort: str
    start: date | None = None
    end: date | None = None
    school_id: str = ""


def read_register(
    marks: Source,
    *,
    pupils: Source | None = None,
    calendars: Iterable[CalendarDocument] = (),
    codebooks: Iterable[Codebook],
    settings: Dict[str, str],
    memberships: Iterable[Membership] = (),
    as_of: date | None = None,
    school: str = "",
    week: date | None = None,
    keep_in_memory: bool = True,
    progress: Progress = lambda step: None,
) -> Register:
    """Read, check and account for a register.

    Args:
        marks: The marks.
        pupils: The pupils file, if there is one.
        calendars: Calendar documents; schools without one get a calendar inferred from their marks.
        codebooks: What codes mean.
        settings: Open questions decided (see ``reference.settings``).
        memberships: Dated cohort memberships.
        as_of: Take no marks after this day; None: the last marked day.
        school: Id of the school where the files have no column for it.
        week: Monday of week-wide input without a week column.
        keep_in_memory: Work the marks out once; False leaves them a query over the source.
        progress: Told the name of each step.

    Returns:
        The register; ``account`` says what became of every mark.

    Raises:
        MissingColumnError: If a mapping names columns that are not there.
        LayoutError: If no row is of the mapping's layout.
        InputError: If week-wide input comes without its week, or no mark can be read at all.
    """
    books = tuple(codebooks)
    resolver = Resolver.of(books, settings)
    mapping = marks.mapping if marks.mapping.school or not school else evolve(marks.mapping, school=school)
    progress("reading marks")
    long = to_long(marks.frame, mapping, where=marks.name, week=week)
    rows = int(collect(marks.frame.select(nw.len()))["len"][0])
    long, empty = _without_empty_rows(long)
    decided = decide(long, mapping, resolver, as_of=as_of, where=marks.name)
    _refuse_other_layouts(decided, mapping, marks.name)
    counts = decided.frame.group_by("status").agg(nw.col("marks").sum())
    by_status = dict(zip(counts["status"].to_list(), counts["marks"].to_list(), strict=True))
    marks_in = sum(by_status.values())
    if rows == 0 or marks_in == 0:
        raise InputError(Fault(marks.name, "holds no marks", "at least one row of marks", "Export the register again"))
    day = as_of or decided.last_date
    if day is None:
        raise InputError(*_why_nothing(decided, marks.name))
    progress("enrolments")
    kept = _kept(long, decided, mapping)
    enrolled, kept, outside, notes = _attach(kept, pupils, mapping, day)
    progress("duplicates")
    dates = decided.frame.filter(nw.col("status") == "").select(nw.col("slot_date").alias(DATE)).unique()
    doubles = find_duplicates(kept, dates, mapping.duplicates)
    if doubles is not None:
        out = doubles.frame.select(ROW, DATE, nw.col(SESSION).alias("__session")).lazy()
        kept = (
            kept.with_columns(__session=nw.col(SESSION).cast(nw.String))
            .join(out, on=[ROW, DATE, "__session"], how="anti")
            .drop("__session")
        )
    progress("rejects")
    rejects = _rejects(long, decided, outside, doubles.frame if doubles else None)
    final = _final(kept, long, keep_in_memory)
    progress("calendar")
    slots = collect(
        final.group_by(SCHOOL, DATE, SESSION, CODE, STAT).agg(nw.len().cast(nw.Int64).alias("marks"))
    ).with_columns(nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String))
    documents = tuple(calendars)
    schools = sorted(set(slots[SCHOOL].to_list()))
    worked = calendars_for(schools, documents, _open_counts(slots))
    doubts = [*decided.doubts, *enrolled.doubts, *_closed_days(slots, worked.frame, documents)]
    reasons = rejects.group_by("reason").agg(nw.len().alias("n")).sort("n", "reason", descending=[True, False])
    reject_counts = tuple((Reject(reason), int(n)) for reason, n in reasons.iter_rows())
    coded = int(slots["marks"].sum())
    days = slots[DATE]
    inputs = [Input(role="marks", name=marks.name, sha256=marks.sha256, rows=rows)]
    if pupils is not None:
        inputs.append(
            Input(
                role="pupils",
                name=pupils.name,
                sha256=pupils.sha256,
                rows=int(collect(pupils.frame.select(nw.len()))["len"][0]),
            )
        )
    assumptions = [*decided.assumptions, *notes]
    if empty:
        assumptions.append(f"{marks.name}: {empty} empty rows were passed over")
    account = Account(
        rows=rows,
        marks_in=marks_in,
        coded=coded,
        no_mark=by_status.get(NO_MARK, 0),
        reject_counts=reject_counts,
        rejects=rejects,
        doubts=tuple(doubts),
        first_mark=days.min() if coded else None,
        last_mark=days.max() if coded else None,
        as_of=day,
        as_of_given=as_of is not None,
        enrolments=len(enrolled.enrolments),
        assumptions=tuple(assumptions),
        inputs=tuple(inputs),
    )
    return Register(
        marks=final,
        enrolments=enrolled.enrolments,
        characteristics=enrolled.characteristics,
        memberships=_members(memberships, enrolled.enrolments),
        slots=slots,
        calendars=worked,
        account=account,
        codebooks=books,
    )


def _without_empty_rows(long: Long) -> tuple[Long, int]:
    """Leave out rows with nothing in them; only text formats have such."""
    if long.typed_date:
        return long, 0
    empty = (nw.col("pupil_id") == "") & (nw.col("date_text") == "") & (nw.col("mark_text") == "")
    rows = int(collect(long.frame.filter(empty).select(nw.col(ROW).n_unique().alias("n")))["n"][0])
    return (evolve(long, frame=long.frame.filter(~empty)), rows) if rows else (long, 0)


def _refuse_other_layouts(decided: Decided, mapping: Mapping, where: str) -> None:
    statuses = set(decided.frame["status"].to_list())
    if statuses == {Reject.OTHER_LAYOUT.value}:
        kept = "; ".join(f"{column} = {' or '.join(values)}" for column, values in mapping.keep.items())
        raise LayoutError(
            Fault(
                where,
                f"no row is of the layout that mapping {mapping.id!r} reads",
                kept,
                'If the rows are lessons, read them with a mapping whose layout is "lesson"; lesson marks are never '
                "counted as sessions",
            )
        )
    if (
        statuses <= {Reject.BAD_SESSION.value, Reject.OTHER_LAYOUT.value, NO_MARK}
        and Reject.BAD_SESSION.value in statuses
    ):
        found = decided.frame.filter(nw.col("status") == Reject.BAD_SESSION.value)
        names = sorted({text.strip()[:20] for text in found["session_text"].to_list()})[:6]
        raise LayoutError(
            Fault(
                where,
                f"no session is AM or PM; found {', '.join(map(repr, names))}",
                "AM and PM",
                'If these are lessons, use a mapping with layout = "lesson"; else name them under [mapping.sessions]',
            )
        )


def _why_nothing(decided: Decided, where: str) -> list[Fault]:
    found = decided.frame.filter(nw.col("status") != NO_MARK).sort("marks", descending=True).head(5)
    faults = [
        Fault(f"{where}, row {row}", detail, "a mark that can be read", REMEDIES[Reject(status)])
        for row, status, detail in found.select("first_row", "status", "detail").iter_rows()
    ]
    return [Fault(where, "not one mark could be read", "a register of session marks", "See the rows below"), *faults]


def _kept(long: Long, decided: Decided, mapping: Mapping) -> Lazy:
    """Join the slots' decisions back to the marks and keep the coded ones."""
    keep = decided.frame.filter(nw.col("status") == "")
    optional = [name for name in long.optional if name not in (MINUTES,)]
    keys = [name for name in decided.keys if name not in ("other_layout", "no_pupil")]
    table = keep.select(*keys, "slot_date", SESSION, CODE, STAT).lazy()
    frame = long.frame.filter(~nw.col("other_layout"), nw.col("pupil_id") != "")
    if MINUTES in long.optional:
        frame = _with_minutes(frame)
        optional.append(MINUTES)
    joined = frame.join(table, on=keys, how="inner")
    day = nw.col("date") if long.typed_date else nw.col("slot_date").alias("date")
    return joined.select(ROW, SCHOOL, PUPIL, day, SESSION, CODE, STAT, *optional)


def _with_minutes(frame: Lazy) -> Lazy:
    """Read minutes late; what is no number is null (the mark itself stands)."""
    texts = collect(frame.select(MINUTES).unique())[MINUTES].to_list()
    read = {text: int(float(text)) for text in texts if text.strip().replace(".", "", 1).isdigit()}
    table = frame_of(
        {MINUTES: list(read), "__minutes": list(read.values())}, {MINUTES: nw.String, "__minutes": nw.Int64}
    )
    return frame.join(table.lazy(), on=MINUTES, how="left").drop(MINUTES).rename({"__minutes": MINUTES})


def _attach(kept: Lazy, source: Source | None, mapping: Mapping, day: date) -> tuple[Enrolled, Lazy, Frame, list[str]]:
    """Give every mark its enrolment; return the marks outside every enrolment of their pupil apart."""
    notes: list[str] = []
    first = collect(kept.group_by(SCHOOL, PUPIL).agg(nw.col(DATE).min().alias("first"))).with_columns(
        nw.col(SCHOOL, PUPIL).cast(nw.String)
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
        notes += [f"{source.name}, row {row}: {detail}" for row, _, detail in pupils.rejects[:20]]
        if len(pupils.rejects) > 20:
            notes.append(f"{source.name}: {len(pupils.rejects) - 20} more rows with a doubtful cell")
    else:
        notes.append("no pupils file: each pupil is one enrolment from the first mark, without characteristics")
    enrolled = enrol(pupils, first, year)
    if enrolled.unknown_pupils:
        notes.append(
            f"{enrolled.unknown_pupils} pupils with marks are not in the pupils file; they are counted, "
            "without characteristics"
        )
    table = enrolled.enrolments
    sizes = table.group_by(SCHOOL, PUPIL).agg(nw.len().alias("__n"))
    table = table.join(sizes, on=[SCHOOL, PUPIL], how="inner")
    single = table.filter(nw.col("__n") == 1).select(SCHOOL, PUPIL, ENROLMENT, NUMBER, "start", "end")
    several = table.filter(nw.col("__n") > 1).select(SCHOOL, PUPIL, ENROLMENT, NUMBER, "start", "end")
    one = kept.join(single.lazy(), on=[SCHOOL, PUPIL], how="inner")
    if several.is_empty():
        both = one
    else:
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
    if not windows:
        return enrolled, both, frame_of({ROW: [], DATE: []}, {ROW: nw.Int64, DATE: nw.Date}), notes
    outside = collect(both.filter(outside_of).select(nw.col(ROW).cast(nw.Int64), DATE))
    return enrolled, both.filter(~outside_of), outside, notes


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
        joined = frame.join(table.lazy() if isinstance(frame, nw.LazyFrame) else table, on=PUPIL, how="left")
        return joined.with_columns(nw.col("__school").fill_null(fallback).alias(SCHOOL)).drop("__school")

    return apply(kept), apply(first)


def _rejects(long: Long, decided: Decided, outside: Frame, doubles: Frame | None) -> Frame:
    """List every reject with row, reason, detail and remedy."""
    bad = decided.frame.filter(~nw.col("status").is_in(["", NO_MARK]))
    parts: list[Frame] = []
    if not bad.is_empty():
        table = bad.select(*decided.keys, nw.col("status").alias("reason"), "detail")
        flagged = long.frame.with_columns(no_pupil=nw.col("pupil_id") == "")
        parts.append(
            collect(
                flagged.join(table.lazy(), on=list(decided.keys), how="inner").select(ROW, "reason", "detail")
            ).with_columns(twin_row=nw.lit(None, nw.Int64))
        )
    if not outside.is_empty():
        parts.append(
            outside.select(
                ROW,
                reason=nw.lit(Reject.OUTSIDE_ENROLMENT.value),
                detail=nw.lit("the day lies outside every enrolment of the pupil"),
                twin_row=nw.lit(None, nw.Int64),
            )
        )
    if doubles is not None:
        parts.append(doubles.select(ROW, "reason", "detail", "twin_row"))
    if not parts:
        return frame_of({name: [] for name in _REJECT_SCHEMA}, _REJECT_SCHEMA)
    remedies = frame_of(
        {"reason": [r.value for r in REMEDIES], "remedy": list(REMEDIES.values())},
        {"reason": nw.String, "remedy": nw.String},
    )
    typed = [part.with_columns(nw.col(ROW, "twin_row").cast(nw.Int64)) for part in parts]
    return nw.concat(typed).join(remedies, on="reason", how="left").select(*_REJECT_SCHEMA).sort(ROW, "reason")


def _final(kept: Lazy, long: Long, keep_in_memory: bool) -> Lazy:
    extra = [*long.optional, ROW]
    narrow = kept.select(*MARK_COLUMNS, *extra).with_columns(
        nw.col(ENROLMENT, SCHOOL, SESSION, CODE, STAT).cast(nw.Categorical)
    )
    return collect(narrow).lazy() if keep_in_memory else narrow


def _open_counts(slots: Frame) -> dict[str, list[tuple[date, str, int]]]:
    """Marks per school, day and session other than planned closures."""
    open_slots = slots.filter(nw.col(STAT) != StatGroup.ADMINISTRATIVE.value)
    sums = open_slots.group_by(SCHOOL, DATE, SESSION).agg(nw.col("marks").sum())
    result: dict[str, list[tuple[date, str, int]]] = {}
    for school, day, session, marks in sums.iter_rows():
        result.setdefault(school, []).append((day, session, marks))
    return result


def _closed_days(slots: Frame, calendar: Frame, documents: tuple[CalendarDocument, ...]) -> list[Doubt]:
    """Say how many marks stand on days that a given calendar closes."""
    if not documents:
        return []
    given = slots.filter(nw.col(STAT) != StatGroup.ADMINISTRATIVE.value)
    astray = given.join(calendar.select(SCHOOL, DATE, SESSION), on=[SCHOOL, DATE, SESSION], how="anti")
    if astray.is_empty():
        return []
    days = sorted(set(astray[DATE].to_list()))
    shown = ", ".join(day.isoformat() for day in days[:5]) + (" ..." if len(days) > 5 else "")
    return [
        Doubt(
            kind="closed-day",
            marks=int(astray["marks"].sum()),
            text=f"marks stand in {len(days)} days or sessions that the calendar closes ({shown}); they are counted",
        )
    ]


def _members(memberships: Iterable[Membership], enrolments: Frame) -> Frame:
    by_pupil: dict[tuple[str, str], list[tuple[str, date, date]]] = {}
    for school, pupil, key, start, end in enrolments.select(SCHOOL, PUPIL, ENROLMENT, "start", "end").iter_rows():
        by_pupil.setdefault((school, pupil), []).append((key, start, end))
        by_pupil.setdefault(("", pupil), []).append((key, start, end))
    rows = []
    for member in memberships:
        for key, start, end in by_pupil.get((member.school_id, member.pupil_id), []):
            begins, ends = max(start, member.start or start), min(end, member.end or end)
            if begins <= ends:
                rows.append((key, member.cohort, begins, ends))
    return membership_frame(rows)


__all__ = ["Duplicates", "Layout", "Membership", "Source", "read_register"]
