"""Side records as they come: files and frames with a pupil and a few columns, turned into frames of fixed columns."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.errors import DocumentError, Fault, MissingColumnError, alike, join_names
from attendance_core.model.mappings import DateOrder
from attendance_core.model.side_records import SIDE_COLUMNS, SideRecord
from attendance_core.register.register import Register
from attendance_core.register.texts import read_dates

_DATES = ("on", "start", "end")
#: The types of the columns of side records.
SCHEMA: dict[str, Any] = {name: nw.Date if name in _DATES else nw.String for name in SIDE_COLUMNS}


def side_kind(name: str, where: str) -> SideRecord:
    """Return the kind of side record that a name says.

    Raises:
        DocumentError: If there is none of that name.
    """
    kinds = [kind.value for kind in SideRecord]
    if name in kinds:
        return SideRecord(name)
    near = alike(name, kinds)
    raise DocumentError(
        Fault(
            where,
            f"{name!r} is no kind of side record",
            f"one of {join_names(kinds)}",
            f"Did you mean {near[0]!r}?" if near else "Rename it",
        )
    )


def side_frame(
    table: "nw.DataFrame[Any]", register: Register, *, where: str, first_row: int = 2, school_wide: bool = False
) -> "nw.DataFrame[Any]":
    """Read one kind of side record.

    Args:
        table: With ``enrolment_id`` or ``pupil_id`` (and ``school_id`` where the register holds several), and any of
            kind, state, on, start, end. Days are dates, or texts as registers write them.
        register: The register that they belong to; a pupil's record goes to the enrolment that holds on its first day.
        where: Name of the file or frame, for messages.
        first_row: Row of the first record in its file.
        school_wide: Records that name nobody are about the school, and nobody need be named.

    Returns:
        The columns of `SIDE_COLUMNS`.

    Raises:
        MissingColumnError: If nothing says whose the records are, or when they were.
        DocumentError: With every row that cannot be used; pupils are named by row alone.
    """
    names = set(table.columns)
    if not (school_wide or names & {"enrolment_id", "pupil_id"}) or not names & set(_DATES):
        raise MissingColumnError(
            Fault(
                where,
                "lacks a column that says whose the records are, or their days",
                f"pupil_id or enrolment_id, and one or more of {', '.join(_DATES)}",
                "Rename the headings",
            )
        )
    days, faults = days_of(table, where, first_row)
    enrolments = Enrolments(register)
    rows: dict[str, list[Any]] = {name: [] for name in SIDE_COLUMNS}
    columns = {name: table[name].to_list() for name in table.columns}
    for index in range(len(table)):
        place = f"{where} row {first_row + index}"
        found = {name: days[name][index] if name in days else None for name in _DATES}
        if found["start"] and found["end"] and found["end"] < found["start"]:
            faults.append(Fault(place, "ends before it starts", "end on or after start", "Swap the dates"))
            continue
        first = found["start"] or found["on"] or found["end"]
        who = {name: text_of(columns[name][index]) for name in names & WHOSE}
        nobody = not (who.get("enrolment_id") or who.get("pupil_id"))
        try:
            key = "" if school_wide and nobody else enrolments.find(who, first)
        except LookupError as error:
            faults.append(Fault(place, str(error), "a pupil of this register", "Correct it, or leave the row out"))
            continue
        for name in SIDE_COLUMNS:
            value: Any = key if name == "enrolment_id" else found.get(name)
            if name in ("kind", "state"):
                value = text_of(columns[name][index]).lower() if name in names else ""
            rows[name].append(value)
    if faults:
        raise DocumentError(*faults)
    return frame_of(rows, SCHEMA)


#: Columns that say whose a record is.
WHOSE = frozenset({"enrolment_id", "pupil_id", "school_id"})


def text_of(value: object) -> str:
    """Return a cell as text, without the blanks around it; empty for none."""
    return "" if value is None else str(value).strip()


def days_of(table: "nw.DataFrame[Any]", where: str, first_row: int) -> tuple[dict[str, list[date | None]], list[Fault]]:
    """Read the columns of days."""
    days: dict[str, list[date | None]] = {}
    faults: list[Fault] = []
    for name in _DATES:
        if name not in table.columns:
            continue
        if table.schema[name] == nw.Date:
            days[name] = table[name].to_list()
            continue
        texts = [text_of(value) for value in table[name].cast(nw.String).to_list()]
        reading = read_dates(sorted({text for text in texts if text}), order=DateOrder.DAY_FIRST)
        days[name] = [reading.dates.get(text) for text in texts]
        faults += [
            Fault(f"{where} row {first_row + index}: {name}", "is no date", "2025-09-01 or 01/09/2025", "Correct it")
            for index, text in enumerate(texts)
            if text and text not in reading.dates
        ]
    return days, faults


class Enrolments:
    """The register's enrolments, to be found by pupil and day.

    Args:
        register: The register.
    """

    def __init__(self, register: Register) -> None:
        self.ids: set[str] = set()
        self.of_pupil: dict[str, list[tuple[str, date, date, str]]] = {}
        columns = ("enrolment_id", "school_id", "pupil_id", "start", "end")
        for key, school, pupil, start, end in register.enrolments.select(*columns).iter_rows():
            self.ids.add(key)
            self.of_pupil.setdefault(pupil, []).append((school, start, end, key))

    def find(self, who: Mapping[str, str], day: date | None) -> str:
        """Return the enrolment.

        Raises:
            LookupError: If it is none, or one of several; the text names nobody.
        """
        if who.get("enrolment_id"):
            if who["enrolment_id"] in self.ids:
                return who["enrolment_id"]
            raise LookupError("names an enrolment that the register does not hold")
        found = self.of_pupil.get(who.get("pupil_id", ""), [])
        school = who.get("school_id", "")
        found = [one for one in found if not school or one[0] == school]
        if not found:
            raise LookupError("names a pupil that the register does not hold")
        if len({one[0] for one in found}) > 1:
            raise LookupError("names a pupil of several schools, and no school_id")
        holding = [one for one in found if day is not None and one[1] <= day <= one[2]]
        # A record from before the first mark, or without a day, goes to the latest enrolment.
        return (holding or sorted(found, key=lambda one: one[1])[-1:])[0][3]
