"""Makes the registers that the benchmarks measure: synthetic, the same for every run."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from attendance_core.documents.store import Store

FIRST = date(2025, 9, 2)
_CODES = np.array(["/", "L", "I", "M", "C", "O", "G", "N", "U", "B", "V", "D"])
_SHARES = np.array([0.89, 0.02, 0.03, 0.01, 0.005, 0.012, 0.006, 0.004, 0.004, 0.008, 0.006, 0.005])
_BREAKS = (
    (date(2025, 10, 27), date(2025, 10, 31)),
    (date(2025, 12, 22), date(2026, 1, 2)),
    (date(2026, 2, 16), date(2026, 2, 20)),
    (date(2026, 3, 30), date(2026, 4, 10)),
    (date(2026, 5, 25), date(2026, 5, 29)),
)


def school_days(count: int = 195) -> list[date]:
    """List the school days of one academic year."""
    days: list[date] = []
    day = FIRST
    while len(days) < count:
        if day.weekday() < 5 and not any(start <= day <= end for start, end in _BREAKS):
            days.append(day)
        day += timedelta(days=1)
    return days


def marks(pupils: int, schools: int, *, seed: int = 1, chunk: int = 8_000) -> list[pl.DataFrame]:
    """Make marks, 390 a pupil, in pieces of so many pupils."""
    rng = np.random.default_rng(seed)
    days = pl.Series(school_days(), dtype=pl.Date)
    pieces = []
    for first in range(0, pupils, chunk):
        size = min(chunk, pupils - first)
        numbers = np.repeat(np.arange(first, first + size), len(days) * 2)
        when = days.gather(np.tile(np.repeat(np.arange(len(days)), 2), size).astype(np.uint32))
        afternoon = np.tile(np.array([0, 1]), size * len(days))
        drawn = rng.choice(len(_CODES), size=len(numbers), p=_SHARES / _SHARES.sum())
        code = np.where((drawn == 0) & (afternoon == 1), "\\", _CODES[drawn])
        piece = pl.DataFrame({"number": numbers, "date": when, "afternoon": afternoon, "mark": code})
        pieces.append(
            piece.select(
                school_id=pl.format("S{}", pl.col("number") * schools // pupils),
                pupil_id=pl.format("P{}", "number"),
                date="date",
                session=pl.when(pl.col("afternoon") == 0).then(pl.lit("AM")).otherwise(pl.lit("PM")),
                mark="mark",
            )
        )
    return pieces


def ledgers(folder: Path, *, events: int = 100_000, pupils: int = 1_200) -> Path:
    """Make a store of ledgers: a year's contacts, plans and reviews of a school, written many at a time."""
    from attendance_core.model.events import Event, EventId
    from attendance_core.model.ledgers import Entry
    from attendance_core.model.support_contacts import Contact, ContactOutcome, ContactWay, SupportOffer
    from attendance_core.model.support_happenings import StaffConcern
    from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
    from attendance_core.support.entries import entry_line

    rng = np.random.default_rng(3)
    days = school_days()

    def event(number: int, day: date) -> Event:
        kind = number % 20
        if kind == 0:
            return SupportPlan(start=day, tier="targeted", goals=("Come each morning.",))
        if kind in (1, 2):
            return Review(of=number - kind, held=day, outcome=ReviewOutcome.CONTINUE, next_step="Go on.")
        if kind == 3:
            return StaffConcern(on=day, what="Quieter than before.", answer="Seen.", answered_on=day)
        if kind == 4:
            return SupportOffer(on=day, what="Breakfast club")
        again, due = ("Ring again.", day) if kind == 5 else ("", None)
        way, outcome = ContactWay.CALL, ContactOutcome.NO_ANSWER
        return Contact(on=day, at="09:40", way=way, outcome=outcome, next_action=again, next_due=due)

    place = folder / "support.sqlite"
    store = store_at(place)
    names = [f'{{"pupil": "P{number}", "school": ""}}' for number in range(pupils)]
    store.append("support/index.ledger", *names)
    each = events // pupils + 1
    for pupil in range(pupils):
        picked = sorted(rng.choice(len(days), size=each))
        lines = [
            entry_line(
                Entry(
                    id=EventId(ledger=str(pupil), place=number),
                    written_on=days[at],
                    by="attendance officer",
                    event=event(number, days[at]),
                )
            )
            for number, at in enumerate(picked)
        ]
        store.append(f"support/{pupil}.ledger", *lines)
    return place


def store_at(place: Path) -> "Store":
    """Open the store of the ledgers."""
    from attendance_core.documents.stores import open_store

    return open_store(place)


def pupils(count: int, schools: int, *, seed: int = 2) -> pl.DataFrame:
    """Make the pupils file."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(count)
    year = 7 + numbers % 5
    return pl.DataFrame(
        {
            "school_id": [f"S{number * schools // count}" for number in numbers],
            "pupil_id": [f"P{number}" for number in numbers],
            "Year Group": [str(value) for value in year],
            "Form": [f"{value}{'ABCDEF'[number % 6]}" for number, value in zip(numbers, year, strict=True)],
            "Sex": rng.choice(["F", "M"], count),
            "FSM": rng.choice(["Y", "N"], count, p=[0.25, 0.75]),
            "SEN": rng.choice(["N", "K", "E"], count, p=[0.82, 0.13, 0.05]),
            "EAL": rng.choice(["Y", "N"], count, p=[0.2, 0.8]),
            "Start Date": ["2025-09-02"] * count,
        }
    )


def write_authority(folder: Path, *, count: int = 80_000, schools: int = 80) -> None:
    """Write marks.parquet, pupils.parquet, calendar and configuration of a local authority's year."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    pupils(count, schools).write_parquet(folder / "pupils.parquet")
    writer = None
    for piece in marks(count, schools):
        table: pa.Table = piece.to_arrow()
        writer = writer or pq.ParquetWriter(folder / "marks.parquet", table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    (folder / "calendar.toml").write_text(CALENDAR, encoding="utf-8")
    (folder / "attendance.toml").write_text(CONFIG + WITH_CALENDAR, encoding="utf-8")


def write_school(folder: Path, *, count: int = 1_500) -> None:
    """Write marks.csv, pupils.csv and configuration of one school's year."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = pl.concat(marks(count, 1))
    frame.with_columns(pl.col("date").dt.strftime("%d/%m/%Y")).write_csv(folder / "marks.csv")
    pupils(count, 1).write_csv(folder / "pupils.csv")
    (folder / "attendance.toml").write_text(CONFIG, encoding="utf-8")


CONFIG = """[mapping]
id = "benchmark"
columns = { school_id = "school_id", pupil_id = "pupil_id", date = "date", session = "session", code = "mark" }
[pupils]
id = "benchmark-pupils"
columns = { school_id = "school_id", pupil_id = "pupil_id", start = "Start Date" }
characteristics = { year_group = "Year Group", form = "Form", sex = "Sex", fsm = "FSM", sen = "SEN", eal = "EAL" }
[school]
phase = "secondary"
authority = "Leeds"
"""
#: Rules that look to the year's end need a calendar that reaches it.
WITH_CALENDAR = """
[files]
calendar = "calendar.toml"
"""
CALENDAR = """[[calendar]]
[[calendar.terms]]
name = "autumn"
start = 2025-09-02
end = 2025-12-19
half_term = { start = 2025-10-27, end = 2025-10-31 }
[[calendar.terms]]
name = "spring"
start = 2026-01-05
end = 2026-03-27
half_term = { start = 2026-02-16, end = 2026-02-20 }
[[calendar.terms]]
name = "summer"
start = 2026-04-13
end = 2026-07-17
half_term = { start = 2026-05-25, end = 2026-05-29 }
"""
