"""Checked registers on disk: a folder of Parquet files and one JSON, read back without checking again."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.documents.converter import structure, unstructure
from attendance_core.errors import Fault, UnreadableFileError
from attendance_core.model.codes import Codebook
from attendance_core.register.account import Account, Doubt, Input, Reject
from attendance_core.register.calendar import Calendars, SchoolCalendar, SchoolDay
from attendance_core.register.register import Register

_MANIFEST = "register.json"
_FRAMES = ("enrolments", "characteristics", "memberships", "slots", "calendar", "rejects")
VERSION = 1


def is_saved(path: Path) -> bool:
    """Whether a folder holds a checked register."""
    return (path / _MANIFEST).is_file()


def save_register(register: Register, folder: str | Path) -> None:
    """Write a checked register: marks.parquet, its frames, and register.json.

    Raises:
        UnreadableFileError: If the folder cannot be written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        register.marks.sink_parquet(folder / "marks.parquet")
        frames = {
            "enrolments": register.enrolments,
            "characteristics": register.characteristics,
            "memberships": register.memberships,
            "slots": register.slots,
            "calendar": register.calendars.frame,
            "rejects": register.account.rejects,
        }
        for name, frame in frames.items():
            frame.write_parquet(folder / f"{name}.parquet")
        account = register.account
        manifest = {
            "version": VERSION,
            "inferred": {school: calendar.inferred for school, calendar in register.calendars.schools.items()},
            "account": {
                "rows": account.rows,
                "marks_in": account.marks_in,
                "coded": account.coded,
                "no_mark": account.no_mark,
                "reject_counts": [[reason.value, number] for reason, number in account.reject_counts],
                "doubts": unstructure(account.doubts),
                "first_mark": account.first_mark.isoformat() if account.first_mark else None,
                "last_mark": account.last_mark.isoformat() if account.last_mark else None,
                "as_of": account.as_of.isoformat(),
                "as_of_given": account.as_of_given,
                "enrolments": account.enrolments,
                "assumptions": list(account.assumptions),
                "inputs": unstructure(account.inputs),
            },
        }
        (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnreadableFileError(
            Fault(str(folder), f"cannot be written ({error.strerror})", "a folder that may be written", "Name another")
        ) from None


def load_register(folder: str | Path, *, codebooks: tuple[Codebook, ...]) -> Register:
    """Read a checked register back; its marks stay a query over the file.

    Raises:
        UnreadableFileError: If a part is missing or of another version.
    """
    folder = Path(folder)
    missing = [f"{name}.parquet" for name in (*_FRAMES, "marks") if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise UnreadableFileError(
            *(
                Fault(str(folder / name), "is missing", "a part of the checked register", "Check the register again")
                for name in missing
            )
        )
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("version") != VERSION:
        raise UnreadableFileError(
            Fault(
                str(folder / _MANIFEST), f"version {manifest.get('version')}", str(VERSION), "Check the register again"
            )
        )
    frames = {name: nw.scan_parquet(folder / f"{name}.parquet", backend="polars").collect("polars") for name in _FRAMES}
    said = manifest["account"]

    def day(name: str) -> date | None:
        return date.fromisoformat(said[name]) if said[name] else None

    as_of = day("as_of")
    assert as_of is not None  # noqa: S101 - written by save_register
    account = Account(
        rows=said["rows"],
        marks_in=said["marks_in"],
        coded=said["coded"],
        no_mark=said["no_mark"],
        reject_counts=tuple((Reject(reason), number) for reason, number in said["reject_counts"]),
        rejects=frames["rejects"],
        doubts=structure(said["doubts"], tuple[Doubt, ...], where=_MANIFEST),
        first_mark=day("first_mark"),
        last_mark=day("last_mark"),
        as_of=as_of,
        as_of_given=said["as_of_given"],
        enrolments=said["enrolments"],
        assumptions=tuple(said["assumptions"]),
        inputs=structure(said["inputs"], tuple[Input, ...], where=_MANIFEST),
    )
    marks = nw.scan_parquet(folder / "marks.parquet", backend="polars")
    marks.collect_schema()  # a file cut short must show here, not in the middle of a report
    return Register(
        marks=marks,
        enrolments=frames["enrolments"],
        characteristics=frames["characteristics"],
        memberships=frames["memberships"],
        slots=frames["slots"],
        calendars=_calendars(frames["calendar"], manifest["inferred"]),
        account=account,
        codebooks=codebooks,
    )


def _calendars(frame: "nw.DataFrame[Any]", inferred: dict[str, bool]) -> Calendars:
    days: dict[str, dict[date, SchoolDay]] = {}
    from attendance_core.model.calendars import TermName

    for row in frame.sort("school_id", "session_index").rows(named=True):
        mine = days.setdefault(row["school_id"], {})
        known = mine.get(row["date"])
        sessions = (*known.sessions, row["session"]) if known else (row["session"],)
        mine[row["date"]] = SchoolDay(
            date=row["date"], sessions=sessions, term=TermName(row["term"]), half=int(row["half_term"].split()[-1])
        )
    schools = {
        school: SchoolCalendar(school=school, inferred=flag, days=tuple(days.get(school, {}).values()))
        for school, flag in inferred.items()
    }
    return Calendars(schools=schools, frame=frame)
