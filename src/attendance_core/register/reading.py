"""Reading: from a raw table and a mapping to a checked register, with nothing lost in silence."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from datetime import date

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.engine import collect
from attendance_core.errors import join_names
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.codes import Codebook, StatGroup
from attendance_core.model.mappings import Duplicates, Layout
from attendance_core.model.marks import (
    CODE,
    DATE,
    ENROLMENT,
    MARK_COLUMNS,
    PUPIL,
    ROW,
    SCHOOL,
    SESSION,
    STAT,
)
from attendance_core.register.account import Doubt
from attendance_core.register.attaching import Source, attach
from attendance_core.register.calendar import calendars_for
from attendance_core.register.duplicates import find_duplicates
from attendance_core.register.layouts import Long, to_long
from attendance_core.register.register import Register, membership_frame
from attendance_core.register.slots import Resolver
from attendance_core.register.steps import (
    Frame,
    Lazy,
    Progress,
    account_of,
    kept_marks,
    list_rejects,
    open_marks,
)


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
    opened = open_marks(marks, long, mapping, resolver, as_of)
    progress("enrolments")
    kept, minutes = kept_marks(opened)
    attached = attach(kept, pupils, mapping, opened.day)
    kept, enrolments = attached.marks, attached.enrolled.enrolments
    progress("duplicates")
    dates = opened.decided.frame.filter(nw.col("status") == "").select(nw.col("slot_date").alias(DATE)).unique()
    doubles = find_duplicates(kept, dates, mapping.duplicates, order=opened.decided.order)
    if doubles is not None:
        out = doubles.frame.select(ROW, DATE, nw.col(SESSION).alias("__session")).lazy()
        kept = (
            kept.with_columns(__session=nw.col(SESSION).cast(nw.String))
            .join(out, on=[ROW, DATE, "__session"], how="anti")
            .drop("__session")
        )
    progress("rejects")
    rejects = list_rejects(opened, attached.outside, doubles.frame if doubles else None)
    final = _final(kept, opened.long)
    progress("calendar")
    slots = collect(
        final.group_by(SCHOOL, DATE, SESSION, CODE, STAT).agg(nw.len().cast(nw.Int64).alias("marks"))
    ).with_columns(nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String))
    schools = sorted(set(slots[SCHOOL].to_list()))
    documents, notes = _calendars_of(schools, tuple(calendars))
    worked = calendars_for(schools, documents, _open_counts(slots))
    years = sorted({str(year) for calendar in worked.schools.values() for year in calendar.inferred_years})
    if years:
        notes.append(f"the calendar does not reach all marks of {join_names(years)}; their days are inferred")
    coded, days = int(slots["marks"].sum()), slots[DATE]
    account = account_of(
        opened,
        attached,
        rejects,
        pupils=pupils,
        coded=coded,
        first_mark=days.min() if coded else None,
        last_mark=days.max() if coded else None,
        doubts=(*minutes, *_closed_days(slots, worked.frame, documents)),
    )
    members, lost = _members(memberships, enrolments)
    if lost:
        notes.append(f"{lost} memberships name no pupil of the register, or no day of an enrolment; they were left out")
    account = evolve(account, assumptions=(*account.assumptions, *notes))
    return Register(
        marks=final,
        enrolments=enrolments,
        characteristics=attached.enrolled.characteristics,
        memberships=members,
        slots=slots,
        calendars=worked,
        account=account,
        codebooks=books,
    )


def _final(kept: Lazy, long: Long) -> Lazy:
    extra = [*long.optional, ROW]
    return collect(kept.select(*MARK_COLUMNS, *extra)).lazy()


def _calendars_of(
    schools: Sequence[str], documents: tuple[CalendarDocument, ...]
) -> tuple[tuple[CalendarDocument, ...], list[str]]:
    """Return the calendars as the schools of the marks are called, and what to say of that."""
    named = {document.school for document in documents}
    if list(schools) == [""] and len(named) == 1 and "" not in named:
        taken = tuple(evolve(document, school="") for document in documents)
        return taken, [f"the calendar is that of school {next(iter(named))!r}, the only one that it names"]
    without = [school for school in schools if school not in named] if named and "" not in named else []
    what = (
        f"the calendar names other schools than {len(without)} of {len(schools)} in the marks; their days are inferred"
    )
    return documents, [what] if without else []


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


def _members(memberships: Iterable[Membership], enrolments: Frame) -> tuple[Frame, int]:
    """Lay memberships out by enrolment, within its days; also say how many belong to no day of any."""
    memberships = tuple(memberships)
    if not memberships:
        return membership_frame([]), 0
    by_pupil: dict[tuple[str, str], list[tuple[str, date, date]]] = {}
    for school, pupil, key, start, end in enrolments.select(SCHOOL, PUPIL, ENROLMENT, "start", "end").iter_rows():
        by_pupil.setdefault((school, pupil), []).append((key, start, end))
        by_pupil.setdefault(("", pupil), []).append((key, start, end))
    rows: list[tuple[str, str, date, date]] = []
    lost = 0
    for member in memberships:
        before = len(rows)
        for key, start, end in by_pupil.get((member.school_id, member.pupil_id), []):
            begins, ends = max(start, member.start or start), min(end, member.end or end)
            if begins <= ends:
                rows.append((key, member.cohort, begins, ends))
        lost += len(rows) == before
    return membership_frame(rows), lost


__all__ = ["Duplicates", "Layout", "Membership", "Source", "read_register"]
