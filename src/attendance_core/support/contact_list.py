"""A list of emergency contacts as a school's system gives it."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import narwhals.stable.v2 as nw
from attrs import frozen

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, Fault, MissingColumnError, join_names
from attendance_core.model.first_response import EmergencyContact
from attendance_core.model.mappings import DateOrder
from attendance_core.reference.headings import FieldHeadings, field_ranks, fold
from attendance_core.register.texts import read_dates

#: Fields that may hold the pupil's id, surest first.
_KEYS: Final = ("pupil_id", "upn", "admission_number", "uln", "perhaps_pupil_id")
_DAYS: Final = ("confirmed_on", "confirm_by")


@frozen(kw_only=True)
class ContactHeadingsDocument:
    """The form of ``contact_headings.toml``."""

    fields: tuple[FieldHeadings, ...]


@cache
def load_contact_headings() -> ContactHeadingsDocument:
    """Read the file that is shipped.

    Raises:
        DocumentError: With every fault of the file.
    """
    path = Path(str(resources.files("attendance_core"))) / "support" / "contact_headings.toml"
    return load_toml(path, ContactHeadingsDocument)


def read_contacts(table: "nw.DataFrame[Any]", *, where: str, first_row: int = 2) -> tuple[EmergencyContact, ...]:
    """Read emergency contacts.

    Args:
        table: A row for each contact, with a column that says whose it is and one of numbers.
        where: Name of the file or frame, for messages.
        first_row: Row of the first contact in its file.

    Raises:
        MissingColumnError: If nothing says whose contacts they are, or no column holds their numbers.
        DocumentError: With every row that cannot be used; nobody is named.
    """
    columns = _columns(table.columns)
    lacking = [
        what for name, what in (("pupil_id", "a column of pupils' ids"), ("phone", "a column of phone numbers"))
        if name not in columns
    ]  # fmt: skip
    if lacking:
        known = next(one for one in load_contact_headings().fields if one.name == "phone")
        expected = f"Pupil ID (or UPN, Admission Number), and one of {join_names(known.headings[:4])}"
        raise MissingColumnError(Fault(where, f"lacks {' and '.join(lacking)}", expected, "Rename the headings"))
    cells = {
        name: ["" if value is None else str(value).strip() for value in table[column].cast(nw.String).to_list()]
        for name, column in columns.items()
        if name not in _DAYS
    }
    faults: list[Fault] = []
    days = {
        name: _days(table[columns[name]], f"{where} row", first_row, columns[name], faults)
        for name in _DAYS
        if name in columns
    }
    found: list[EmergencyContact] = []
    for index in range(len(table)):
        row = {name: texts[index] for name, texts in cells.items()}
        if not row["pupil_id"]:
            faults.append(Fault(f"{where} row {first_row + index}", "names no pupil", "a pupil's id", "Give it"))
            continue
        order = row.pop("priority", "")
        if order and not re.fullmatch(r"\d{1,3}", order):
            faults.append(
                Fault(f"{where} row {first_row + index}: priority", "is no number", "1, 2, 3 ...", "Correct it")
            )
            continue
        found.append(
            EmergencyContact(
                pupil_id=row["pupil_id"],
                school_id=row.get("school_id", ""),
                name=row.get("name", ""),
                relationship=row.get("relationship", ""),
                phone=row["phone"],
                priority=int(order) if order else None,
                confirmed_on=days["confirmed_on"][index] if "confirmed_on" in days else None,
                confirm_by=days["confirm_by"][index] if "confirm_by" in days else None,
                pupil_name=row.get("pupil_name", ""),
            )
        )
    if faults:
        raise DocumentError(*faults)
    return tuple(found)


def _columns(there: list[str]) -> Mapping[str, str]:
    """Return for each field the column that holds it, by the best heading."""
    ranks = dict(field_ranks())
    own = {one.name: {fold(text): rank for rank, text in enumerate(one.headings)} for one in _own()}
    found: dict[str, str] = {}
    for name, known in own.items():
        best = [(known[fold(column)], column) for column in there if fold(column) in known]
        if best:
            found[name] = min(best)[1]
    for key in _KEYS:
        best = [
            (ranks[key][fold(column)], column)
            for column in there
            if fold(column) in ranks[key] and column not in found.values()
        ]
        if best:
            found["pupil_id"] = min(best)[1]
            break
    schools = [column for column in there if fold(column) in ranks["school_id"]]
    return found | ({"school_id": schools[0]} if schools else {})


def _own() -> tuple[FieldHeadings, ...]:
    return load_contact_headings().fields


def _days(column: "nw.Series[Any]", where: str, first_row: int, name: str, faults: list[Fault]) -> list[date | None]:
    if column.dtype == nw.Date:
        return list(column.to_list())
    texts = ["" if value is None else str(value).strip() for value in column.cast(nw.String).to_list()]
    reading = read_dates(sorted({text for text in texts if text}), order=DateOrder.DAY_FIRST)
    faults += [
        Fault(f"{where} {first_row + index}: {name}", "is no date", "2025-09-01 or 01/09/2025", "Correct it")
        for index, text in enumerate(texts)
        if text and text not in reading.dates
    ]
    return [reading.dates.get(text) for text in texts]


def digits(phone: str) -> str:
    """Return the digits of a number, by which two spellings of it are one.

    >>> digits("+44 (0)7700 900123") == digits("07700 900123")
    True
    """
    found = "".join(one for one in phone if one.isdigit())
    if phone.strip().startswith("+44"):
        found = "0" + found[2:].removeprefix("0")
    return found
