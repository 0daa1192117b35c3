"""Enrolments and dated characteristics from a pupils file, or from the marks alone."""

from collections.abc import Mapping as Dict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.engine import frame_of
from attendance_core.errors import DocumentError, Fault, MissingColumnError
from attendance_core.model.mappings import Mapping
from attendance_core.model.marks import OPEN_END, ROW
from attendance_core.register.account import Doubt
from attendance_core.register.characteristics import canonical
from attendance_core.register.columns import columns_there, missing_column_remedy
from attendance_core.register.texts import read_dates

_DAY = timedelta(days=1)
FOREVER = date.fromisoformat(OPEN_END)
_BEGINNING = date(1900, 1, 1)
_DATES = ("start", "end", "valid_from", "valid_to")
#: A column of the pupils file that becomes a characteristic, written as in 2014-08-31.
_BIRTH = "date_of_birth"
ENROLMENT_SCHEMA: dict[str, Any] = {
    "enrolment_id": nw.String,
    "enrolment_no": nw.Int32,
    "school_id": nw.String,
    "pupil_id": nw.String,
    "person_id": nw.String,
    "start": nw.Date,
    "end": nw.Date,
    "start_inferred": nw.Boolean,
}
CHARACTERISTIC_SCHEMA: dict[str, Any] = {
    "enrolment_id": nw.String,
    "name": nw.String,
    "value": nw.String,
    "valid_from": nw.Date,
    "valid_to": nw.Date,
}


@frozen(kw_only=True)
class _Row:
    """One row of a pupils file, its cells read; ``values`` has one text for each of ``Pupils.traits``, empty or not."""

    row: int
    school: str
    pupil: str
    person: str
    start: date | None
    end: date | None
    valid: DateRange | None
    values: tuple[str, ...] = field(repr=False)


@frozen(kw_only=True, eq=False)
class Pupils:
    """What a pupils file says.

    Attributes:
        traits: Names of the characteristics that the file has columns of.
        rows: Its rows.
        rejects: Rows that could not be used as they stand: number, reason, and what was done; no name or id in them.
        assumptions: What was taken for granted.
        doubts: What contradicts itself.
    """

    traits: tuple[str, ...] = ()
    rows: tuple[_Row, ...] = field(repr=False)
    rejects: tuple[tuple[int, str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def read_pupils(frame: "nw.LazyFrame[Any]", mapping: Mapping, *, where: str, school: str, year: AcademicYear) -> Pupils:
    """Read a pupils file.

    Args:
        frame: Raw table with ``source_row``.
        mapping: ``columns`` may name pupil_id, school_id, start, end, person_id, date_of_birth, academic_year,
            valid_from, valid_to.
        where: File name for messages.
        school: Id of the school where the file does not give it.
        year: The academic year that rows without a validity of their own are taken to speak of.

    Raises:
        MissingColumnError: If a column of the mapping is not there.
    """
    table = frame.collect("polars")
    columns = tuple(name for name in table.columns if name != ROW)
    faults = []
    if "pupil_id" not in mapping.columns:
        faults.append(
            Fault(
                f"mapping {mapping.id!r}: columns.pupil_id",
                "is not given",
                "the column of the pupil's id",
                columns_there(columns),
            )
        )
    for path, column in [*mapping.columns.items(), *mapping.characteristics.items()]:
        if column not in columns:
            faults.append(
                Fault(
                    where,
                    f"column {column!r} is missing (pupils mapping: {path})",
                    "that column",
                    missing_column_remedy(column, columns),
                )
            )
    if faults:
        raise MissingColumnError(*faults)
    cells: dict[str, list[str]] = {
        name: [str(value).strip() if value is not None else "" for value in table[column].to_list()]
        for name, column in mapping.columns.items()
    }
    traits: dict[str, list[str]] = {}
    for name, column in mapping.characteristics.items():
        listed = table[column].to_list()
        # Each spelling once: a file of 80,000 pupils has a handful.
        spelt = {value: "" if value is None else canonical(name, str(value)) for value in set(listed)}
        traits[name] = [spelt[value] for value in listed]
    numbers = table[ROW].to_list()
    rejects: list[tuple[int, str, str]] = []
    assumptions = []
    # All dates of the file together: one column may prove which way round the others are written.
    texts = {text for name in _DATES for text in cells.get(name, ()) if text}
    reading = read_dates(sorted(texts), order=mapping.dates, date_format=mapping.date_format)
    if reading.assumed:
        assumptions.append(
            f"{where}: no date in the file proves which way round dates are; read as {reading.order.value} "
            "(set dates in the mapping)"
        )
    spelt_births = traits.pop(_BIRTH, None)
    births = _births(cells.get(_BIRTH, spelt_births), texts, mapping)
    if births:
        traits[_BIRTH] = [text or "" for text in births]
    values_of = list(zip(*traits.values(), strict=True)) if traits else [()] * len(numbers)
    rows: list[_Row] = []
    flat = 0
    for index, number in enumerate(numbers):
        pupil = cells["pupil_id"][index]
        if not pupil:
            if any(values_of[index]) or any(values[index] for values in cells.values()):
                rejects.append((number, "no-pupil", "the row names no pupil"))
            continue
        found: dict[str, date | None] = {}
        bad = False
        for name in _DATES:
            text = cells[name][index] if name in cells else ""
            found[name] = reading.dates.get(text) if text else None
            if text and found[name] is None:
                rejects.append((number, "impossible-date", f"{name} is no possible date; read as not given"))
                bad = True
        start, end = found["start"], found["end"]
        if start is not None and end is not None and end < start:
            rejects.append((number, "leaves-before-start", "the leaving date lies before the start; read as not given"))
            end, bad = None, True
        if births and births[index] is None:
            rejects.append((number, "impossible-date", f"{_BIRTH} is no possible date; read as not given"))
        valid = _validity(cells, index, found, year, rejects, number)
        flat += valid is None and not bad
        rows.append(
            _Row(
                row=number,
                school=(cells["school_id"][index] if "school_id" in cells else "") or school,
                pupil=pupil,
                person=cells["person_id"][index] if "person_id" in cells else "",
                start=start,
                end=end,
                valid=valid,
                values=values_of[index],
            )
        )
    if flat:
        assumptions.append(
            f"{where}: {flat} rows carry no dates of validity; year group, form and characteristics are "
            f"taken to hold for {year}"
        )
    return Pupils(traits=tuple(traits), rows=tuple(rows), rejects=tuple(rejects), assumptions=tuple(assumptions))


def _births(given: list[str] | None, others: set[str], mapping: Mapping) -> list[str | None] | None:
    """Read dates of birth, each as 2014-08-31; None where a cell holds something else, empty where it is empty.

    The other dates of the file help to prove which way round these are written, and not the other way about.
    """
    if given is None:
        return None
    texts = sorted({*given, *others} - {""})
    dates = read_dates(texts, order=mapping.dates, date_format=mapping.date_format).dates
    return [(dates[text].isoformat() if text in dates else None) if text else "" for text in given]


def _validity(
    cells: Dict[str, list[str]],
    index: int,
    found: Dict[str, date | None],
    year: AcademicYear,
    rejects: list[tuple[int, str, str]],
    number: int,
) -> DateRange | None:
    """The days that a row's characteristics speak of; None: the file does not say."""
    if found["valid_from"] is not None or found["valid_to"] is not None:
        start, end = found["valid_from"] or _BEGINNING, found["valid_to"] or FOREVER
        if start <= end:
            return DateRange(start, end)
        rejects.append((number, "ends-before-start", f"its validity ends before it begins; read as {year}"))
        return None
    if "academic_year" in cells and cells["academic_year"][index]:
        try:
            return AcademicYear.parse(cells["academic_year"][index]).span
        except DocumentError:
            rejects.append((number, "unknown-year", f"academic year is no pair of years; read as {year}"))
    return None


@frozen(kw_only=True, eq=False)
class Enrolled:
    """Enrolments with their dated characteristics, as frames of `Register`."""

    enrolments: "nw.DataFrame[Any]" = field(repr=False)
    characteristics: "nw.DataFrame[Any]" = field(repr=False)
    doubts: tuple[Doubt, ...] = ()
    unknown_pupils: int = 0


def enrolment_id(school: str, pupil: str, start: date) -> str:
    """Spell an enrolment: school, pupil and start date, so that leaving and coming back are two."""
    return f"{school}|{pupil}|{start.isoformat()}"


def enrol(pupils: Pupils | None, marked: "nw.DataFrame[Any]", year: AcademicYear) -> Enrolled:
    """Make enrolments.

    Args:
        pupils: The pupils file, if there is one.
        marked: school_id, pupil_id, first (date of the first mark): who has marks.
        year: Academic year for rows without a validity of their own.
    """
    first = {
        (school, pupil): day
        for school, pupil, day in zip(
            marked["school_id"].to_list(), marked["pupil_id"].to_list(), marked["first"].to_list(), strict=True
        )
    }
    enrolments: dict[str, tuple[Any, ...]] = {}
    given: dict[str, list[_Row]] = {}
    this_year = year.span
    known: set[tuple[str, str]] = set()
    rows = pupils.rows if pupils else ()
    started = {(row.school, row.pupil) for row in rows if row.start is not None}
    starts: dict[tuple[str, str], set[date]] = {}  # only of those who have rows with a start and rows without
    partly = started & {(row.school, row.pupil) for row in rows if row.start is None}
    for row in rows if partly else ():
        if row.start is not None and (row.school, row.pupil) in partly:
            starts.setdefault((row.school, row.pupil), set()).add(row.start)
    for row in rows:
        who = (row.school, row.pupil)
        known.add(who)
        start = (
            row.start or _start_of(row, starts.get(who), this_year) or first.get(who) or (row.valid or this_year).start
        )
        key = enrolment_id(*who, start)
        before = enrolments.get(key)
        end = row.end or (before[5] if before else None) or FOREVER
        enrolments[key] = (key, *who, row.person, start, end, who not in started)
        given.setdefault(key, []).append(row)
    unknown = 0
    for who, day in first.items():
        if who not in known:
            unknown += bool(pupils)
            key = enrolment_id(*who, day)
            enrolments[key] = (key, *who, "", day, FOREVER, True)
    doubts: list[Doubt] = []
    names = pupils.traits if pupils else ()
    dated: list[tuple[str, str, str, date, date]] = []
    alone: list[tuple[str, _Row]] = []
    for key, mine in given.items():
        if len(mine) == 1:  # as nearly always
            alone.append((key, mine[0]))
            continue
        traits: dict[str, list[tuple[date, date, str, int]]] = {}
        for row in mine:
            valid = row.valid or this_year
            for name, value in zip(names, row.values, strict=True):
                if value:
                    traits.setdefault(name, []).append((valid.start, valid.end or FOREVER, value, row.row))
        for name, values in traits.items():
            spans, against = _one_at_a_time(values)
            dated += [(key, name, value, begins, ends) for begins, ends, value in spans]
            if against:
                doubts.append(
                    Doubt(
                        kind="pupil-in-two",
                        marks=0,
                        rows=tuple(against[:10]),
                        text=f"a pupil has two different values of {name} for the same days; neither is used",
                        remedy="Leave the right value, or give each its days (columns valid_from and valid_to)",
                    )
                )
    return Enrolled(
        enrolments=_frame(
            [(row[0], number, *row[1:]) for number, row in enumerate(enrolments.values())], ENROLMENT_SCHEMA
        ),
        characteristics=nw.concat([_frame(dated, CHARACTERISTIC_SCHEMA), _told_once(alone, names, this_year)]),
        doubts=tuple(doubts),
        unknown_pupils=unknown,
    )


def _told_once(alone: list[tuple[str, _Row]], names: tuple[str, ...], year: DateRange) -> "nw.DataFrame[Any]":
    """Lay out the characteristics of enrolments with one row each; without a validity it holds for the year."""
    spans = [row.valid or year for _, row in alone]
    days = {"valid_from": [span.start for span in spans], "valid_to": [span.end or FOREVER for span in spans]}
    columns = {f"={name}": [row.values[place] for _, row in alone] for place, name in enumerate(names)}
    schema = {name: CHARACTERISTIC_SCHEMA[name] for name in ("enrolment_id", *days)} | dict.fromkeys(columns, nw.String)
    wide = frame_of({"enrolment_id": [key for key, _ in alone], **days, **columns}, schema)
    long = wide.unpivot(on=list(columns), index=["enrolment_id", *days], variable_name="name", value_name="value")
    found = long.filter(nw.col("value") != "").with_columns(nw.col("name").str.slice(1))
    return found.select(*[nw.col(name).cast(dtype) for name, dtype in CHARACTERISTIC_SCHEMA.items()])


def _start_of(row: _Row, starts: set[date] | None, year: DateRange) -> date | None:
    """The start of a row without one: that of the enrolment which other rows of the pupil give for its days."""
    if not starts:
        return None
    last = (row.valid or year).end or FOREVER
    return max((start for start in starts if start <= last), default=min(starts))


def _one_at_a_time(given: list[tuple[date, date, str, int]]) -> tuple[list[tuple[date, date, str]], list[int]]:
    """Bring a characteristic's dated values to spans that never overlap.

    A value without an end holds until the next one begins. Days that two rows give different values have none.

    Args:
        given: First day, last day, value, row.

    Returns:
        The spans, and the rows that contradict each other.
    """
    if len(given) == 1:
        return [given[0][:3]], []
    ordered = sorted(given, key=lambda one: one[:2])
    closed = []
    for place, (start, end, value, row) in enumerate(ordered):
        later = next((other[0] for other in ordered[place + 1 :] if other[0] > start), None)
        closed.append((start, later - _DAY if end == FOREVER and later is not None else end, value, row))
    if all(before[1] < after[0] for before, after in pairwise(closed)):
        return [one[:3] for one in closed], []
    turns = sorted({one[0] for one in closed} | {one[1] + _DAY for one in closed if one[1] < FOREVER})
    spans: list[tuple[date, date, str]] = []
    rows: set[int] = set()
    for place, start in enumerate(turns):
        end = turns[place + 1] - _DAY if place + 1 < len(turns) else FOREVER
        here = [one for one in closed if one[0] <= start and one[1] >= end]
        if len({one[2] for one in here}) > 1:
            rows.update(one[3] for one in here)
        elif here:
            spans.append((start, end, here[0][2]))
    return spans, sorted(rows)


def _frame(rows: list[tuple[Any, ...]], schema: dict[str, Any]) -> "nw.DataFrame[Any]":
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)
