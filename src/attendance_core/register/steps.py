"""Steps that every reading of marks goes through, of sessions and of lessons alike."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, frozen

from attendance_core.engine import collect, frame_of
from attendance_core.errors import Fault, InputError, LayoutError, join_names
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.marks import CODE, MINUTES, PUPIL, ROW, SCHOOL, SESSION, STAT
from attendance_core.register.account import REMEDIES, Account, Doubt, Input, Reject
from attendance_core.register.attaching import Attached, Source
from attendance_core.register.columns import tellable
from attendance_core.register.layouts import Long
from attendance_core.register.slots import NO_MARK, Decided, Resolver, decide
from attendance_core.register.texts import MINUTES_A_DAY, read_minutes

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
class Opened:
    """Marks brought to one row each and decided slot by slot.

    Attributes:
        rows: Rows of data in the source.
        marks_in: Marks found in them.
        no_mark: Those among them that the source lists without a mark.
        empty: Rows with nothing in them, which were passed over.
        day: The day up to which marks are taken.
    """

    source: Source
    as_of: date | None
    long: Long
    decided: Decided
    rows: int
    marks_in: int
    no_mark: int
    empty: int
    day: date


def open_marks(source: Source, long: Long, mapping: Mapping, resolver: Resolver, as_of: date | None) -> Opened:
    """Decide what becomes of each mark, as far as the mark alone says it.

    Args:
        source: Where the marks come from.
        long: The same, one row a mark.
        mapping: How the source is read.
        resolver: What codes mean.
        as_of: Take no marks after this day; None: the last marked day.

    Raises:
        LayoutError: If no row is of the mapping's layout.
        InputError: If no mark can be read at all, up to ``as_of``.
    """
    rows = int(collect(source.frame.select(nw.len()))["len"][0])
    long, empty = _without_empty_rows(long)
    decided = decide(long, mapping, resolver, as_of=as_of, where=source.name)
    _refuse_other_layouts(decided, mapping, source.name)
    counts = decided.frame.group_by("status").agg(nw.col("marks").sum())
    by_status = dict(zip(counts["status"].to_list(), counts["marks"].to_list(), strict=True))
    marks_in = sum(by_status.values())
    if rows == 0 or marks_in == 0:
        raise InputError(Fault(source.name, "holds no marks", "at least one row of marks", "Export the register again"))
    if decided.last_date is None:
        raise InputError(*_why_nothing(decided, source.name))
    return Opened(
        source=source,
        as_of=as_of,
        long=long,
        decided=decided,
        rows=rows,
        marks_in=marks_in,
        no_mark=by_status.get(NO_MARK, 0),
        empty=empty,
        day=as_of or decided.last_date,
    )


def account_of(
    opened: Opened,
    attached: Attached,
    rejects: Frame,
    *,
    pupils: Source | None,
    coded: int,
    first_mark: date | None,
    last_mark: date | None,
    doubts: Iterable[Doubt],
) -> Account:
    """Give the account of a reading.

    Args:
        opened: The marks as they came.
        attached: The marks with their enrolments.
        rejects: What was not kept (see `list_rejects`).
        pupils: The pupils file, if there was one.
        coded: How many marks were kept.
        first_mark: First day with a kept mark.
        last_mark: Last day with one.
        doubts: What should be looked at, beyond doubtful texts and pupils.
    """
    marks = opened.source
    reasons = rejects.group_by("reason").agg(nw.len().alias("n")).sort("n", "reason", descending=[True, False])
    inputs = [Input(role="marks", name=marks.name, sha256=marks.sha256, rows=opened.rows)]
    if pupils is not None:
        rows = int(collect(pupils.frame.select(nw.len()))["len"][0])
        inputs.append(Input(role="pupils", name=pupils.name, sha256=pupils.sha256, rows=rows))
    assumptions = [*opened.decided.assumptions, *attached.notes]
    if opened.empty:
        assumptions.append(f"{marks.name}: {opened.empty} empty rows were passed over")
    return Account(
        rows=opened.rows,
        marks_in=opened.marks_in,
        coded=coded,
        no_mark=opened.no_mark,
        reject_counts=tuple((Reject(reason), int(n)) for reason, n in reasons.iter_rows()),
        rejects=rejects,
        doubts=(*opened.decided.doubts, *attached.enrolled.doubts, *doubts),
        first_mark=first_mark,
        last_mark=last_mark,
        as_of=opened.day,
        as_of_given=opened.as_of is not None,
        enrolments=len(attached.enrolled.enrolments),
        assumptions=tuple(assumptions),
        inputs=tuple(inputs),
    )


def _without_empty_rows(long: Long) -> tuple[Long, int]:
    """Leave out rows with nothing in them; only text formats have such."""
    if long.typed_date:
        return long, 0
    filled = nw.col("mark_text").str.strip_chars() != ""
    if not long.wide:
        filled = filled | (nw.col("date_text").str.strip_chars() != "")
    nobody = long.frame.filter(nw.col("pupil_id") == "")
    rows = collect(nobody.group_by(ROW).agg(filled.cast(nw.Int64).sum().alias("__filled")))
    empty = rows.filter(nw.col("__filled") == 0).select(ROW)
    if empty.is_empty():
        return long, 0
    return evolve(long, frame=long.frame.join(empty.lazy(), on=ROW, how="anti")), len(empty)


def _refuse_other_layouts(decided: Decided, mapping: Mapping, where: str) -> None:
    statuses = set(decided.frame["status"].to_list())
    if statuses == {Reject.OTHER_LAYOUT.value}:
        kept = "; ".join(f"{column} = {' or '.join(values)}" for column, values in mapping.keep.items())
        raise LayoutError(
            Fault(
                where,
                f"no row is of layout {mapping.layout.value!r} as mapping {mapping.id!r} reads it",
                kept,
                "If the rows are session marks, read them with a mapping of their own layout; they are never counted "
                "as lessons"
                if mapping.layout is Layout.LESSON
                else 'If the rows are lessons, read them with a mapping whose layout is "lesson"; lesson marks are '
                "never counted as sessions",
            )
        )
    if (
        statuses <= {Reject.BAD_SESSION.value, Reject.OTHER_LAYOUT.value, NO_MARK}
        and Reject.BAD_SESSION.value in statuses
    ):
        found = decided.frame.filter(nw.col("status") == Reject.BAD_SESSION.value)
        names = {text.strip() for text in found["session_text"].to_list()}
        raise LayoutError(
            Fault(
                where,
                f"no session is AM or PM; found {_told(names)}",
                "AM and PM",
                'If these are lessons, use a mapping with layout = "lesson"; else name them under [mapping.sessions]',
            )
        )


def _told(texts: Iterable[str]) -> str:
    """List texts that stand where sessions should, unless they may be somebody's id or name."""
    listed = sorted(texts)
    if all(len(text) <= 4 or tellable(text) for text in listed):
        return join_names(map(repr, listed), limit=6)
    return f"{len(listed)} other texts" if len(listed) > 1 else "another text"


#: Said in an error in place of the text found, which may be an id or a name where columns are mapped wrongly.
_FOUND = {
    Reject.BAD_DATE: "no possible date",
    Reject.BAD_SESSION: "a session that is neither AM nor PM",
    Reject.UNKNOWN_CODE: "no known code",
}


def _why_nothing(decided: Decided, where: str) -> list[Fault]:
    late = decided.frame.filter(nw.col("status") == Reject.AFTER_AS_OF.value)
    if not late.is_empty() and len(late) == len(decided.frame):
        detail = late["detail"].min()
        return [Fault(where, f"holds no mark up to the day asked for: {detail}", "", "Give a later `as_of`")]
    found = decided.frame.filter(nw.col("status") != NO_MARK).sort("marks", "first_row", descending=[True, False])
    faults = [
        Fault(
            f"{where}: row {row}",
            _FOUND.get(Reject(status), detail),
            "a mark that can be read",
            REMEDIES[Reject(status)],
        )
        for row, status, detail in found.head(5).select("first_row", "status", "detail").iter_rows()
    ]
    told = "See the rows below" if faults else "Enter the marks, or list the texts that stand for codes in the mapping"
    return [Fault(where, "not one mark could be read", "a register of marks", told), *faults]


def kept_marks(opened: Opened) -> tuple[Lazy, tuple[Doubt, ...]]:
    """Join the slots' decisions back to the marks, keep the coded ones, and read minutes late.

    Returns:
        source_row, school_id, pupil_id, date, session, code, stat and the optional columns; doubts about minutes.
    """
    long, decided = opened.long, opened.decided
    keep = decided.frame.filter(nw.col("status") == "")
    optional = [name for name in long.optional if name not in (MINUTES,)]
    keys = [name for name in decided.keys if name not in ("other_layout", "no_pupil")]
    frame = long.frame.filter(~nw.col("other_layout"), nw.col("pupil_id") != "")
    # Small tables become categories before they are joined to many marks, not after.
    keep = keep.with_columns(nw.col(SESSION, CODE, STAT).cast(nw.Categorical))
    session = nw.col(SESSION)
    if long.typed_date and _marks_decide(decided.frame):
        # The mark alone decides, dates and sessions are what they say: one narrow join instead of three columns.
        keys, session = ["mark_text"], nw.col("session_text").alias(SESSION)
        table = keep.select("mark_text", CODE, STAT).unique().lazy()
    else:
        table = keep.select(*keys, "slot_date", SESSION, CODE, STAT).lazy()
    doubts: tuple[Doubt, ...] = ()
    if MINUTES in long.optional:
        frame, doubts = _with_minutes(frame)
        optional.append(MINUTES)
    joined = frame.join(table, on=keys, how="inner")
    day = nw.col("date") if long.typed_date else nw.col("slot_date").alias("date")
    return joined.select(ROW, SCHOOL, PUPIL, day, session, CODE, STAT, *optional), doubts


def _marks_decide(slots: Frame) -> bool:
    """Whether every slot's fate follows from its mark alone, and its session is written as AM or PM."""
    mine = slots.filter(~nw.col("other_layout"), ~nw.col("no_pupil"))
    kept = mine.filter(nw.col("status") == "")
    if not (kept[SESSION] == kept["session_text"].cast(nw.String)).all():
        return False
    fates = mine.group_by("mark_text").agg(
        nw.col("status").n_unique().alias("a"), nw.col(CODE).n_unique().alias("b"), nw.col(STAT).n_unique().alias("c")
    )
    return fates.filter((nw.col("a") > 1) | (nw.col("b") > 1) | (nw.col("c") > 1)).is_empty()


def _with_minutes(frame: Lazy) -> tuple[Lazy, tuple[Doubt, ...]]:
    """Read minutes late; what is no number of minutes of a day is null (the mark itself stands), and that is said."""
    cells = collect(frame.group_by(MINUTES).agg(nw.len().cast(nw.Int64).alias("n"), nw.col(ROW).min().alias("row")))
    read: dict[str, int] = {}
    bad: list[tuple[int, int]] = []
    for text, number, row in cells.select(MINUTES, "n", "row").iter_rows():
        minutes = read_minutes(text)
        if minutes is not None:
            read[text] = minutes
        elif text.strip():
            bad.append((int(row), number))
    table = frame_of(
        {MINUTES: list(read), "__minutes": list(read.values())}, {MINUTES: nw.String, "__minutes": nw.Int64}
    )
    joined = frame.join(table.lazy(), on=MINUTES, how="left").drop(MINUTES).rename({"__minutes": MINUTES})
    if not bad:
        return joined, ()
    doubt = Doubt(
        kind="no-minutes",
        text=f"minutes late that are no number from 0 to {MINUTES_A_DAY} were left out; the marks themselves stand",
        marks=sum(number for _, number in bad),
        rows=tuple(sorted(row for row, _ in bad)[:10]),
    )
    return joined, (doubt,)


def list_rejects(opened: Opened, outside: Frame, doubles: Frame | None) -> Frame:
    """List every reject.

    Args:
        opened: The marks as they came.
        outside: Marks outside every enrolment (see `attach`).
        doubles: Marks not kept beside others for the same slot (see `duplicates`), if there are any.

    Returns:
        source_row (Int64), reason, detail, remedy (texts), twin_row (Int64 or null).
    """
    long, decided = opened.long, opened.decided
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
