"""Wide layouts: several marks a row, in columns or in one text, brought to one row a mark."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.errors import Fault, InputError, LayoutError, join_names
from attendance_core.model.mappings import Mapping
from attendance_core.model.marks import AM, SESSIONS
from attendance_core.register.texts import read_dates

Lazy = nw.LazyFrame[Any]
#: More characters than this in one string of marks is no school year.
_LONGEST_STRING = 800


def as_text(name: str) -> nw.Expr:
    """A column as text, an empty cell being empty text."""
    return nw.col(name).cast(nw.String).fill_null("")


def unpivot(wide: Lazy, on: tuple[str, ...], variable: str) -> Lazy:
    """Turn columns into rows: the column's name in ``variable``, its cell in ``mark_text``."""
    index = [name for name in wide.collect_schema().names() if name not in on]
    return wide.unpivot(list(on), index=index, variable_name=variable, value_name="mark_text")


def offsets(frame: Lazy, slots: dict[str, tuple[str, str]]) -> Lazy:
    """Turn slot names into a date text with an offset (``2024-09-09+3d``, see `read_dates`) and a session."""
    table = frame_of(
        {
            "__slot": list(slots),
            "__days": [offset for offset, _ in slots.values()],
            "session_text": [session for _, session in slots.values()],
        },
        {"__slot": nw.String, "__days": nw.String, "session_text": nw.String},
    ).lazy()
    joined = frame.join(table, on="__slot", how="inner")
    return joined.with_columns(date_text=nw.concat_str([nw.col("__start"), nw.col("__days")])).drop(
        "__slot", "__start", "__days"
    )


def mark_string(frame: Lazy, mapping: Mapping, base: list[nw.Expr], extra: list[nw.Expr], where: str) -> Lazy:
    """Take a text of one character a session apart."""
    given = mapping.columns
    texts = frame.select(
        *base, *extra, as_text(given["start_date"]).alias("__start"), as_text(given["marks"]).alias("__marks")
    )
    longest = texts.select(nw.col("__marks").str.len_chars().max()).collect().item()
    length = int(longest or 0)
    if length > _LONGEST_STRING:
        raise InputError(
            Fault(
                where,
                f"a string of {length} marks",
                f"at most {_LONGEST_STRING} (a school year has 390)",
                "Map the right column as marks",
            )
        )
    # A string of Mondays to Fridays may begin on any of them (a term on a Wednesday); it holds no weekend.
    unit = "w" if mapping.marks_per_week == 10 else "d"
    slots = {f"m{index}": (f"+{index // 2}{unit}", SESSIONS[index % 2]) for index in range(length)}
    wide = texts.with_columns(
        *[nw.col("__marks").str.slice(index, 1).alias(f"m{index}") for index in range(length)],
        nw.col("__marks").str.len_chars().alias("__length"),
    ).drop("__marks")
    if not slots:
        return texts.with_columns(date_text=nw.lit(""), session_text=nw.lit(AM), mark_text=nw.lit("")).drop(
            "__start", "__marks"
        )
    long = unpivot(wide, tuple(slots), "__slot")
    # A shorter string holds no session beyond its end: those cells were made here, not read.
    ends = frame_of(
        {"__slot": list(slots), "__at": list(range(length))}, {"__slot": nw.String, "__at": nw.Int64}
    ).lazy()
    inside = (
        long.join(ends, on="__slot", how="inner").filter(nw.col("__at") < nw.col("__length")).drop("__at", "__length")
    )
    return offsets(inside, slots)


def date_columns(
    frame: Lazy, mapping: Mapping, columns: tuple[str, ...], base: list[nw.Expr], extra: list[nw.Expr], where: str
) -> Lazy:
    """Turn columns headed by a date and a session into rows."""
    taken = set(mapping.columns.values()) | set(mapping.characteristics.values())
    heads: dict[str, tuple[str, str]] = {}
    for column in columns:
        if column in taken:
            continue
        words = column.split()
        session = words[-1].upper() if words else ""
        if session in SESSIONS:
            heads[column] = (" ".join(words[:-1]), session)
    reading = read_dates({text for text, _ in heads.values()}, order=mapping.dates, date_format=mapping.date_format)
    if reading.dates:
        # A heading with a figure in it is meant as a date: where it is none, its marks are rejects, not lost.
        heads = {
            column: head
            for column, head in heads.items()
            if head[0] in reading.dates or any(character.isdigit() for character in head[0])
        }
    else:
        heads = {}
    twins: dict[tuple[date, str], list[str]] = {}
    for column, (text, session) in heads.items():
        if text in reading.dates:
            twins.setdefault((reading.dates[text], session), []).append(column)
    doubled = [
        Fault(
            where,
            f"columns {join_names(map(repr, names))} are of one session, {day} {session}",
            "one column for each date and session",
            "Take one of them out of the file",
        )
        for (day, session), names in twins.items()
        if len(names) > 1
    ]
    if doubled:
        raise LayoutError(*doubled)
    if not heads:
        raise LayoutError(
            Fault(
                where,
                "no column is headed by a date and AM or PM",
                "headings such as 09/09/2024 AM",
                "Choose another layout in the mapping",
            )
        )
    wide = frame.select(*base, *extra, *[as_text(column).alias(f"d{index}") for index, column in enumerate(heads)])
    table = frame_of(
        {
            "__slot": [f"d{index}" for index in range(len(heads))],
            "date_text": [text for text, _ in heads.values()],
            "session_text": [session for _, session in heads.values()],
        },
        {"__slot": nw.String, "date_text": nw.String, "session_text": nw.String},
    ).lazy()
    long = unpivot(wide, tuple(f"d{index}" for index in range(len(heads))), "__slot")
    return long.join(table, on="__slot", how="inner").drop("__slot")
