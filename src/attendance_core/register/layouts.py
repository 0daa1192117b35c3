"""Layouts: bring any spread of marks over rows and columns to one row a mark.

The result of `to_long` has the columns source_row (int), school_id, pupil_id, date_text or date, session_text,
mark_text (texts), other_layout (bool) and the optional columns that the mapping names.
"""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import WEEKDAYS
from attendance_core.engine import collect
from attendance_core.errors import Fault, InputError, LayoutError, MissingColumnError, alike, join_names
from attendance_core.model.mappings import Duplicates, Layout, Mapping
from attendance_core.model.marks import AM, OPTIONAL_MARK_COLUMNS, PM, ROW, SESSIONS
from attendance_core.register.columns import missing_column_remedy
from attendance_core.register.wide import as_text, date_columns, mark_string, offsets, unpivot

Lazy = nw.LazyFrame[Any]

#: Fields that each layout cannot do without.
REQUIRED: dict[Layout, tuple[str, ...]] = {
    Layout.LONG: ("pupil_id", "date", "session", "code"),
    Layout.DAY: ("pupil_id", "date", "code"),
    Layout.PUPIL_DAY: ("pupil_id", "date", "am", "pm"),
    Layout.PUPIL_WEEK: ("pupil_id",),
    Layout.MARK_STRING: ("pupil_id", "start_date", "marks"),
    Layout.DATE_COLUMNS: ("pupil_id",),
    Layout.LESSON: ("pupil_id", "date", "period", "code"),
    Layout.COUNTS: (),
}
WEEK_FIELDS = tuple(f"{day.lower()}_{session.lower()}" for day in WEEKDAYS[:5] for session in SESSIONS)
FIELDS = frozenset(
    {
        "pupil_id",
        "school_id",
        "date",
        "session",
        "code",
        "am",
        "pm",
        "week",
        "start_date",
        "marks",
        "period",
        "subject",
        "start",
        "end",
        "person_id",
        "academic_year",
        "valid_from",
        "valid_to",
        "all_day",
    }
    | set(WEEK_FIELDS)
    | set(OPTIONAL_MARK_COLUMNS)
)
#: Stands for a missing day in columns of dates.
NO_DATE = date(1, 1, 1)
#: What a lesson without a subject is filed under.
NO_SUBJECT = "(no subject)"


@frozen(kw_only=True, eq=False)
class Long:
    """Marks in one row each.

    Attributes:
        typed_date: ``date`` is a date column already; else ``date_text`` is to be read.
        wide: A row of the source holds several marks, and their days may stand in its headings.
    """

    frame: Lazy = field(repr=False)
    typed_date: bool
    optional: tuple[str, ...]
    wide: bool = False


def check_columns(mapping: Mapping, columns: tuple[str, ...], where: str) -> None:
    """Check a mapping against a file's columns.

    Raises:
        MissingColumnError: With one fault for each column that is not there or not named, and what looks alike.
    """
    faults = []
    for name in mapping.columns:
        if name not in FIELDS:
            near = alike(name, FIELDS)
            faults.append(
                Fault(
                    f"mapping {mapping.id!r}: columns.{name}",
                    "is no field",
                    join_names(sorted(FIELDS), limit=40),
                    f"Did you mean {near[0]!r}?" if near else "Rename it",
                )
            )
    for name in REQUIRED[mapping.layout]:
        if name not in mapping.columns:
            faults.append(
                Fault(
                    f"mapping {mapping.id!r}: columns.{name}",
                    f"is not given, but layout {mapping.layout.value!r} needs it",
                    "the name of a column of the file",
                    "Add it",
                )
            )
    if mapping.duplicates is Duplicates.LATEST and "recorded_at" not in mapping.columns:
        faults.append(
            Fault(
                f"mapping {mapping.id!r}: columns.recorded_at",
                "is not given, but duplicates = 'latest' needs it",
                "the column that says when a mark was made",
                "Add it, or leave duplicates out",
            )
        )
    if mapping.marks_per_week not in (10, 14):
        faults.append(
            Fault(
                f"mapping {mapping.id!r}: marks_per_week",
                f"is {mapping.marks_per_week}",
                "10 (Monday to Friday) or 14",
                "Correct it",
            )
        )
    for text, session in mapping.sessions.items():
        if session not in SESSIONS:
            faults.append(
                Fault(f"mapping {mapping.id!r}: sessions.{text}", f"is {session!r}", "AM or PM", "Correct it")
            )
    if mapping.layout is Layout.PUPIL_WEEK and not any(name in mapping.columns for name in WEEK_FIELDS):
        faults.append(
            Fault(
                f"mapping {mapping.id!r}: columns",
                "names no session of the week",
                "monday_am ... friday_pm",
                "Name the columns",
            )
        )
    wanted = {f"columns.{name}": column for name, column in mapping.columns.items()}
    wanted |= {f"characteristics.{name}": column for name, column in mapping.characteristics.items()}
    wanted |= {f"keep.{column}": column for column in mapping.keep}
    wanted |= {f"counts[{index}].column": count.column for index, count in enumerate(mapping.counts)}
    wanted |= {f"residuals[{index}].total": residual.total for index, residual in enumerate(mapping.residuals)}
    wanted |= {f"keys[{index}]": key for index, key in enumerate(mapping.keys)}
    for path, column in wanted.items():
        if column not in columns:
            look = missing_column_remedy(column, columns)
            faults.append(
                Fault(where, f"column {column!r} is missing (mapping {mapping.id!r}: {path})", "that column", look)
            )
    if faults:
        raise MissingColumnError(*faults)


def _ids(frame: Lazy, mapping: Mapping) -> dict[str, nw.Expr]:
    """School and pupil, without the padding that some systems add; pupils files are read alike."""
    given = mapping.columns
    found = {"school_id": nw.lit(mapping.school), "pupil_id": as_text(ROW)}
    found |= {name: as_text(given[name]) for name in found if name in given}
    wanted = [(found[name].str.strip_chars() != found[name]).any().alias(name) for name in found if name in given]
    # To look once is cheaper than to strip in every pass over millions of rows.
    padded: Any = collect(frame.select(*wanted)) if wanted else {}
    return {
        name: (ids.str.strip_chars() if name in given and padded[name][0] else ids).alias(name)
        for name, ids in found.items()
    }


def _base(frame: Lazy, mapping: Mapping) -> list[nw.Expr]:
    """Row, school, pupil, and whether the row is of another layout."""
    ids = _ids(frame, mapping)
    return [nw.col(ROW), ids["school_id"], ids["pupil_id"], _other(mapping)]


def _other(mapping: Mapping) -> nw.Expr:
    other = nw.lit(False)
    for column, kept in mapping.keep.items():
        other = other | ~as_text(column).is_in(list(kept))
    return other.alias("other_layout")


def to_lessons(frame: Lazy, mapping: Mapping, *, where: str) -> Long:
    """Bring a raw table (with its ``source_row`` column) of lessons to the form that slots are decided on.

    Period and subject stand among the optional columns; ``session_text`` only says whether there is a period.

    Args:
        frame: The raw table, lazily, every cell of a text format as text.
        mapping: Which columns are what.
        where: The file's name, for messages.

    Raises:
        MissingColumnError: If the mapping names columns that are not there.
        LayoutError: If the layout is not that of lessons.
    """
    if mapping.layout is not Layout.LESSON:
        raise LayoutError(
            Fault(
                where,
                f"is read by mapping {mapping.id!r} with layout {mapping.layout.value!r}, and lessons were asked for",
                'layout = "lesson"',
                "Read it as what it is: session marks are never counted as lessons. Or give a mapping of lessons",
            )
        )
    schema = frame.collect_schema()
    check_columns(mapping, tuple(name for name in schema.names() if name != ROW), where)
    given = mapping.columns
    optional = tuple(name for name in OPTIONAL_MARK_COLUMNS if name in given)
    subject = as_text(given["subject"]).str.strip_chars() if "subject" in given else nw.lit("")
    day, typed = _day(given["date"], schema)
    lessons = (
        frame.select(
            *_base(frame, mapping),
            day,
            as_text(given["code"]).alias("mark_text"),
            as_text(given["period"]).str.strip_chars().alias("period"),
            subject.alias("subject"),
            *[as_text(given[name]).alias(f"__{name}") for name in optional],
        )
        .with_columns(
            subject=nw.when(nw.col("subject") == "").then(nw.lit(NO_SUBJECT)).otherwise(nw.col("subject")),
            session_text=nw.when(nw.col("period") == "").then(nw.lit("")).otherwise(nw.lit("lesson")),
        )
        .rename({f"__{name}": name for name in optional})
    )
    return Long(frame=lessons, typed_date=typed, optional=("period", "subject", *optional))


def to_long(frame: Lazy, mapping: Mapping, *, where: str, week: date | None = None) -> Long:
    """Bring a raw table (with its ``source_row`` column) to one row a mark.

    Args:
        frame: The raw table, lazily, every cell of a text format as text.
        mapping: Which columns are what.
        where: The file's name, for messages.
        week: The Monday of week-wide input that has no column for it.

    Raises:
        MissingColumnError: If the mapping names columns that are not there.
        LayoutError: If the layout is not one of sessions.
        InputError: If week-wide input comes without its week.
    """
    if mapping.layout is Layout.LESSON:
        raise LayoutError(
            Fault(
                where,
                f"is read by mapping {mapping.id!r} with layout 'lesson', and session marks were asked for",
                "a layout of sessions (long, day, pupil-day, pupil-week, mark-string, date-columns)",
                "Read the file as lessons: lesson marks are never counted as sessions. Or give a mapping of sessions",
            )
        )
    schema = frame.collect_schema()
    columns = tuple(name for name in schema.names() if name != ROW)
    check_columns(mapping, columns, where)
    given = mapping.columns
    optional = tuple(name for name in OPTIONAL_MARK_COLUMNS if name in given)
    extra = [as_text(given[name]).alias(f"__{name}") for name in optional]
    layout = mapping.layout
    if layout is Layout.LONG and _day(given["date"], schema)[1]:
        return Long(frame=_compact(frame, mapping, schema, extra, optional), typed_date=True, optional=optional)
    base = _base(frame, mapping)
    if layout is Layout.LONG or layout is Layout.DAY:
        return _long_or_day(frame, mapping, schema, base, extra, optional)
    if layout is Layout.PUPIL_DAY:
        wide = frame.select(
            *base,
            *extra,
            as_text(given["date"]).alias("date_text"),
            as_text(given["am"]).alias(AM),
            as_text(given["pm"]).alias(PM),
        )
        return _named(unpivot(wide, (AM, PM), "session_text"), optional)
    if layout is Layout.PUPIL_WEEK:
        present = [name for name in WEEK_FIELDS if name in given]
        if "week" in given:
            start = as_text(given["week"])
        elif week is not None:
            start = nw.lit(week.strftime(mapping.date_format) if mapping.date_format else week.isoformat())
        else:
            raise InputError(
                Fault(
                    where,
                    "is laid out by the week, without the week",
                    "the Monday of the week",
                    "Map a week column, or pass the week (mapping columns.week, or the week argument)",
                )
            )
        wide = frame.select(
            *base, *extra, start.alias("__start"), *[as_text(given[name]).alias(name) for name in present]
        )
        places = {name: WEEK_FIELDS.index(name) for name in present}
        slots = {name: (f"+{place // 2}d", SESSIONS[place % 2]) for name, place in places.items()}
        return _named(offsets(unpivot(wide, tuple(present), "__slot"), slots), optional)
    if layout is Layout.MARK_STRING:
        return _named(mark_string(frame, mapping, base, extra, where), optional)
    if layout is Layout.DATE_COLUMNS:
        return _named(date_columns(frame, mapping, columns, base, extra, where), optional)
    raise LayoutError(
        Fault(
            where,
            f"is mapped with layout {layout.value!r}, which holds no session marks",
            "a layout of sessions (long, day, pupil-day, pupil-week, mark-string, date-columns)",
            "Read counts as what they are",
        )
    )


def _day(column: str, schema: Any) -> tuple[nw.Expr, bool]:
    """The column of days, and whether it holds dates already."""
    typed = schema[column] == nw.Date or isinstance(schema[column], nw.Datetime) or schema[column] == nw.Datetime
    # A date that is missing must still join with what is decided about it; a null would join with nothing.
    day = nw.col(column).cast(nw.Date).fill_null(NO_DATE).alias("date")
    return (day, True) if typed else (as_text(column).alias("date_text"), False)


def _long_or_day(
    frame: Lazy, mapping: Mapping, schema: Any, base: list[nw.Expr], extra: list[nw.Expr], optional: tuple[str, ...]
) -> Long:
    given = mapping.columns
    day, typed = _day(given["date"], schema)
    code = as_text(given["code"]).alias("mark_text")
    if mapping.layout is Layout.LONG:
        session = as_text(given["session"]).alias("session_text")
        out = frame.select(*base, *extra, day, session, code)
    else:
        one = frame.select(*base, *extra, day, code)
        out = nw.concat([one.with_columns(session_text=nw.lit(AM)), one.with_columns(session_text=nw.lit(PM))])
    named = out.rename({f"__{name}": name for name in optional})
    return Long(frame=named, typed_date=typed, optional=optional)


def _compact(frame: Lazy, mapping: Mapping, schema: Any, extra: list[nw.Expr], optional: tuple[str, ...]) -> Lazy:
    """Take a columnar source into memory once, its few distinct texts as categories.

    Registers of a whole authority come this way: every later pass then compares numbers instead of texts.
    """
    given = mapping.columns
    ids = {"school_id": nw.lit(mapping.school), "pupil_id": as_text(ROW)}
    ids |= {name: as_text(given[name]) for name in ids if name in given}
    columns = [
        _day(given["date"], schema)[0],
        as_text(given["session"]).alias("session_text"),
        as_text(given["code"]).alias("mark_text"),
        *extra,
    ]

    def taken(strip: frozenset[str]) -> Lazy:
        stripped = [(text.str.strip_chars() if name in strip else text).alias(name) for name, text in ids.items()]
        narrow = frame.select(nw.col(ROW), *stripped, _other(mapping), *columns)
        texts = nw.col("school_id", "pupil_id", "session_text", "mark_text").cast(nw.Categorical)
        return collect(narrow.with_columns(texts).rename({f"__{name}": name for name in optional})).lazy()

    found = taken(frozenset())
    people = collect(found.group_by("school_id", "pupil_id").agg(nw.len()))
    padded = {name for name in ids if any(text != text.strip() for text in people[name].cast(nw.String).to_list())}
    return taken(frozenset(padded)) if padded else found


def _named(frame: Lazy, optional: tuple[str, ...]) -> Long:
    return Long(
        frame=frame.rename({f"__{name}": name for name in optional}), typed_date=False, optional=optional, wide=True
    )
