"""Valid small files of every kind, and what an unlucky week may do to them: in their bytes, cells, rows and keys."""

import csv
import io
import random
import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import tomli_w
import xlsxwriter
from attrs import evolve

from attendance_core.model.mappings import Duplicates, Layout, Mapping

#: Stands in every id and name, so that a text that gives one away can be told.
CANARY = "CANARY"
Grid = list[list[Any]]

DAYS = [date(2025, 9, 1) + timedelta(days=index) for index in range(5)]
IDS = [f"{CANARY}{index}" for index in range(5)]
CODES = ["/", "\\", "L", "I", "O", "B", "-", ""]


def _code(*place: int) -> str:
    return CODES[(3 * place[0] + 5 * place[1] + place[2]) % 11 % len(CODES)]


def _long() -> Grid:
    rows: Grid = [["UPN", "Date", "Session", "Mark", "Minutes Late", "Recorded At", "School ID"]]
    for p, pupil in enumerate(IDS):
        for d, day in enumerate(DAYS):
            for s, session in enumerate(("AM", "PM")):
                recorded = f"{day:%d/%m/%Y} 09:{10 * d + s}"
                rows.append([pupil, day.isoformat(), session, _code(p, d, s), "", recorded, "AB"[p % 2]])
    return rows


def _pupil_day() -> Grid:
    rows: Grid = [["Pupil ID", "Date", "AM", "PM"]]
    for p, pupil in enumerate(IDS):
        rows += [[pupil, f"{day:%d/%m/%Y}", _code(p, d, 0), _code(p, d, 1)] for d, day in enumerate(DAYS)]
    return rows


_WEEK = [f"{name} {session}" for name in ("Mon", "Tue", "Wed", "Thu", "Fri") for session in ("AM", "PM")]


def _week() -> Grid:
    rows: Grid = [["Pupil ID", "Week", *_WEEK]]
    for p, pupil in enumerate(IDS):
        rows += [
            [pupil, monday, *(_code(p, d, s) for d in range(5) for s in range(2))]
            for monday in ("01/09/2025", "08/09/2025")
        ]
    return rows


def _string() -> Grid:
    rows: Grid = [["Pupil ID", "Start Date", "Marks"]]
    rows += [[pupil, "2025-09-01", "/\\" * (4 + p) + "IILL/\\"] for p, pupil in enumerate(IDS)]
    return rows


def _date_columns() -> Grid:
    heads = [f"{day:%d/%m/%Y} {session}" for day in DAYS for session in ("AM", "PM")]
    return [["Pupil ID", *heads], *([pupil, *(_code(p, n, 0) for n in range(10))] for p, pupil in enumerate(IDS))]


def _typed() -> Grid:
    rows = _long()
    return [rows[0], *([row[0], date.fromisoformat(row[1]), *row[2:4], None, *row[5:]] for row in rows[1:])]


PUPILS: Grid = [
    ["UPN", "Forename", "Year Group", "Sex", "Form", "FSM", "Start Date", "Leaving Date"],
    *(
        [pupil, f"{CANARY}-name", str(7 + p % 3), "FM"[p % 2], "7R", "Y", "2025-09-01", ""]
        for p, pupil in enumerate(IDS)
    ),
]
GRIDS: dict[str, Grid] = {
    "long.csv": _long(),
    "pupil-day.csv": _pupil_day(),
    "week.csv": _week(),
    "string.csv": _string(),
    "columns.csv": _date_columns(),
    "marks.xlsx": _typed(),
    "marks.parquet": _typed(),
    "pupils.csv": PUPILS,
}
_LONG = Mapping(
    id="long",
    columns={"pupil_id": "UPN", "date": "Date", "session": "Session", "code": "Mark", "minutes_late": "Minutes Late"},
    school="s",
)
_FIELDS = [f"{day}_{half}" for day in ("monday", "tuesday", "wednesday", "thursday", "friday") for half in ("am", "pm")]
#: How each kind of marks file is read when it is not left to the proposal.
MAPPINGS: dict[str, Mapping] = {
    "long.csv": evolve(
        _LONG,
        columns=_LONG.columns | {"recorded_at": "Recorded At", "school_id": "School ID"},
        duplicates=Duplicates.LATEST,
        school="",
    ),
    "marks.xlsx": _LONG,
    "marks.parquet": _LONG,
    "pupil-day.csv": Mapping(
        id="day", layout=Layout.PUPIL_DAY, columns={"pupil_id": "Pupil ID", "date": "Date", "am": "AM", "pm": "PM"}
    ),
    "week.csv": Mapping(
        id="week",
        layout=Layout.PUPIL_WEEK,
        columns={"pupil_id": "Pupil ID", "week": "Week", **dict(zip(_FIELDS, _WEEK, strict=True))},
    ),
    "string.csv": Mapping(
        id="string",
        layout=Layout.MARK_STRING,
        columns={"pupil_id": "Pupil ID", "start_date": "Start Date", "marks": "Marks"},
    ),
    "columns.csv": Mapping(id="columns", layout=Layout.DATE_COLUMNS, columns={"pupil_id": "Pupil ID"}),
}
DOCUMENTS = {
    "attendance.toml": f"""
[school]
id = "s"
name = "Thornbeck School"
phase = "secondary"
authority = "Leeds"

[mapping]
id = "ours"
layout = "long"
dates = "iso"
duplicates = "reject"
no_mark = ["", "-"]
columns = {{ pupil_id = "UPN", date = "Date", session = "Session", code = "Mark" }}
values = {{ P = "/" }}
sessions = {{ Morning = "AM" }}

[pupils]
id = "roll"
columns = {{ pupil_id = "UPN", start = "Start Date", end = "Leaving Date" }}
characteristics = {{ year_group = "Year Group", fsm = "FSM" }}

[[calendar]]
school = "s"
weekend = ["Saturday", "Sunday"]
[[calendar.terms]]
name = "autumn"
start = 2025-09-01
end = 2025-12-19
half_term = {{ start = 2025-10-27, end = 2025-10-31 }}
[[calendar.closures]]
date = 2025-09-02
kind = "inset"
session = "AM"

[[cohorts]]
id = "red"
title = "Red House"
all_of = [{{ column = "form", test = "one-of", values = ["7R"] }}]

[[targets]]
measure = "attendance"
value = 95.0
academic_year = "2025/26"

[[memberships]]
pupil_id = "{IDS[0]}"
cohort = "red"
start = 2025-09-03

[policy]
profile = "year-to-date"
""",
    "calendar.toml": """
[[calendar]]
school = "s"
title = "Terms"
[[calendar.terms]]
name = "autumn"
start = 2025-09-01
end = 2025-12-19
half_term = { start = 2025-10-27, end = 2025-10-31 }
[[calendar.terms]]
name = "spring"
start = 2026-01-05
end = 2026-03-27
[[calendar.closures]]
date = 2025-09-05
kind = "closure"
""",
    "mapping.toml": """
id = "ours"
title = "Ours"
layout = "long"
dates = "iso"
listed_only = false
no_mark = ["", "-"]
marks_per_week = 10
columns = { pupil_id = "UPN", date = "Date", session = "Session", code = "Mark", minutes_late = "Minutes Late" }
values = { P = "/" }
sessions = { Morning = "AM" }
keep = { Session = ["AM", "PM"] }
""",
}
KINDS = (*GRIDS, *DOCUMENTS)
#: How many of a hundred mutated files are of each kind.
SHARES = {
    "long.csv": 18, "pupil-day.csv": 10, "week.csv": 8, "string.csv": 8, "columns.csv": 8, "marks.xlsx": 8,
    "marks.parquet": 8, "pupils.csv": 12, "attendance.toml": 8, "calendar.toml": 6, "mapping.toml": 6,
}  # fmt: skip


# --- cells ------------------------------------------------------------------------------------------------------------

_MOMENT = datetime(2025, 9, 1, 9, 0)  # noqa: DTZ001 - as files hold them, without a zone
TEXTS = [
    "", " ", "31/02/2025", "2025-02-30", "00/00/0000", "0001-01-01", "9999-12-31", "2025-13-01", "45901", "45901.5",
    "1e400", "NaN", "inf", "-1", "=1+1", "+A1", "-A1", "@SUM(A1)", "'/", "//", "\\\\", "Z", "X9", "AM", "PM", "P1",
    "N", "D", "C2", "y", "é", "\u0663", "\U0001f600", "\u202eabc", "\u2028", "\x85", "\xa0", "\ufeff", "a,b", 'a"b',
    '"', "a\nb", "a\r\nb", "\r", "x" * 3000, "<b>x</b>", "${x}", "{0}", "%s", "null", "None", "|", "01/09/2025+3d",
    "+3d", "2025-09-01+4000d", "2025-09-01+9999w", "9999-12-31+4000d", "2025/26", "20250901", "01-Sep-25",
    "Mon 1 Sep 2025", "1 Sep 25", "2025-09-01T09:00:00Z", "1440", "1441", "99999999999999999999",
]  # fmt: skip
VALUES = [
    None, 0, -1, 45901, 45901.5, 2**62, float("nan"), float("inf"), True, False, date(1, 1, 1), date(9999, 12, 31),
    date(2025, 9, 1), _MOMENT, Decimal("1.5"), b"\x00\xff", timedelta(days=2), ["a"],
    {"a": 1}, *TEXTS,
]  # fmt: skip


def _mutate_grid(grid: Grid, chance: random.Random, values: list[Any]) -> Grid:
    """Change cells, rows, columns or headings."""
    rows = [list(row) for row in grid]
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        if not rows:
            break
        row = chance.randrange(len(rows))
        column = chance.randrange(max(len(rows[row]), 1))
        match chance.randrange(14):
            case 0 | 1 | 2 | 3 | 4 | 5 if rows[row]:
                rows[row][column] = chance.choice(values)
            case 6:
                rows.insert(chance.randrange(len(rows) + 1), list(rows[row]))
            case 7:
                del rows[row]
            case 8:
                rows[1:] = chance.sample(rows[1:], len(rows) - 1)
            case 9:
                for each in rows:
                    del each[column : column + 1]
            case 10:
                other = chance.randrange(max(len(rows[0]), 1))
                for each in rows[chance.choice((0, 1)) :]:
                    if max(column, other) < len(each):
                        each[column], each[other] = each[other], each[column]
            case 11:
                for each in rows:
                    each.insert(column, chance.choice(("", "1", each[0] if each else "")))
            case 12:
                value = chance.choice(values)
                for each in rows[1:]:
                    if column < len(each):
                        each[column] = value
            case _ if rows[0]:
                rows[0][column % len(rows[0])] = chance.choice((*TEXTS[:12], *rows[0], "Name", "Reason", "AM", "Date"))
    return rows


def as_csv(grid: Grid) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(grid)
    return out.getvalue().encode("utf-8", "surrogatepass")


def _as_xlsx(grid: Grid) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"nan_inf_to_errors": True, "default_date_format": "dd/mm/yyyy"}) as book:
        book.set_properties({"created": _MOMENT})
        sheet = book.add_worksheet()
        for at, row in enumerate(grid):
            for place, value in enumerate(row):
                plain = value if isinstance(value, (str, int, float, bool, date, type(None))) else str(value)
                if isinstance(plain, date) and plain.year < 1900:
                    plain = plain.isoformat()
                sheet.write(at, place, plain)
    return target.getvalue()


def _as_parquet(grid: Grid) -> bytes:
    width = max(map(len, grid), default=0)
    heads = [str(head) for head in (grid[0] if grid else [])] + [f"c{n}" for n in range(width)]
    names = [head if head not in heads[:place] else f"{head} {place}" for place, head in enumerate(heads[:width])]
    columns = []
    for place, name in enumerate(names):
        cells = [row[place] if place < len(row) else None for row in grid[1:]]
        try:
            column = pl.Series(name, cells)
            if column.dtype == pl.Object:
                raise TypeError
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            column = pl.Series(name, [None if cell is None else str(cell) for cell in cells], pl.String)
        columns.append(column)
    target = io.BytesIO()
    pl.DataFrame(columns).write_parquet(target)
    return target.getvalue()


_WRITERS: dict[str, Callable[[Grid], bytes]] = {"csv": as_csv, "xlsx": _as_xlsx, "parquet": _as_parquet}


# --- keys -------------------------------------------------------------------------------------------------------------

_WORDS = [
    "", " ", "UPN", "Mark", "date", "lesson", "counts", "day", "pupil-week", "mark-string", "date-columns", "latest",
    "month-first", "%d", "%Q", "%", "AM", "PM", "autumn", "Sunday", "polling", "at-least", "present-in", "nobody",
    "../x", "all", "enrolment", "attendance/", "2025/26", "2026/25", "\x00", "é", "x" * 500, "year-to-date",
    "reject", "Z",
]  # fmt: skip
_SCALARS: list[Any] = [
    *_WORDS, 0, 1, 14, -1, 2**63 - 1, 1.5, float("nan"), float("inf"), True, False, date(2025, 9, 1), date(1, 1, 1),
    date(9999, 12, 31), _MOMENT, [], {}, [1], ["a"], [[]], [{}], {"a": 1}, {"a": {"b": []}},
]  # fmt: skip


def _containers(value: Any) -> list[Any]:
    found: list[Any] = []
    if isinstance(value, dict | list):
        found.append(value)
        for inner in value.values() if isinstance(value, dict) else value:
            found += _containers(inner)
    return found


def _mutate_tables(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Change keys, values and lists somewhere in a document."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        held = chance.choice([one for one in _containers(data) if one] or [data])
        keys = list(held) if isinstance(held, dict) else list(range(len(held)))
        if not keys:
            break
        key = chance.choice(keys)
        match chance.randrange(6):
            case 0:
                del held[key]
            case 1 if isinstance(held, dict):
                held[chance.choice((*_WORDS[:8], str(key) + "s", str(key).title()))] = held.pop(key)
            case 2 if isinstance(held, list):
                held.append(deepcopy(held[key]))
            case 3 if isinstance(held, dict):
                held[chance.choice(("extra", "columns", "values", "id"))] = deepcopy(chance.choice(_SCALARS))
            case _:
                held[key] = deepcopy(chance.choice(_SCALARS))
    return data


# --- bytes ------------------------------------------------------------------------------------------------------------


def _mutate_bytes(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 30))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        match chance.randrange(7):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + chance.choice((1, 3, 40))]
            case 2:
                changed[at:at] = chance.randbytes(chance.choice((1, 4)))
            case 3:
                changed[at] ^= 1 << chance.randrange(8)
            case 4:
                changed[at:at] = changed[at : at + chance.choice((5, 60))]
            case 5:
                changed[at:at] = chance.choice(
                    (b'"', b",", b"\n", b"\r", b"\t", b";", b"=", b"[", b"'", b"\xef\xbb\xbf")
                )
            case _:
                changed[at] = chance.choice(b'",\n\r/\\0-;')
    if chance.random() < 0.05:
        del changed[chance.randrange(len(changed) + 1) :]
    return bytes(changed)


def mutated(kind: str, number: int) -> bytes:
    """Return mutated file ``number`` of a kind: always the same for the same number."""
    chance = random.Random(f"{kind} {number}")  # noqa: S311 - chance, not secrecy
    if kind in DOCUMENTS:
        if chance.random() < 0.4:
            return _mutate_bytes(DOCUMENTS[kind].encode(), chance)
        return tomli_w.dumps(_mutate_tables(tomllib.loads(DOCUMENTS[kind]), chance)).encode("utf-8", "surrogatepass")
    suffix = kind.rpartition(".")[2]
    write = _WRITERS[suffix]
    if chance.random() < (0.5 if suffix == "csv" else 0.2):
        return _mutate_bytes(write(GRIDS[kind]), chance)
    return write(_mutate_grid(GRIDS[kind], chance, TEXTS if suffix == "csv" else VALUES))
