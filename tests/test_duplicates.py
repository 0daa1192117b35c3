"""Several marks for one session: an identical twin is named, of conflicting marks none is kept, or the latest."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.errors import MissingColumnError
from attendance_core.model.mappings import DateOrder, Duplicates
from attendance_core.register.register import Register
from tests.registers import LONG, kept, marks_table, read, table, with_columns

MONDAY = date(2024, 9, 9)
LATEST = evolve(with_columns(LONG, recorded_at="At"), duplicates=Duplicates.LATEST)


def rejects(register: Register) -> list[tuple[int, str, int | None]]:
    frame = register.account.rejects
    return [(row, reason, twin) for row, reason, twin in frame.select("source_row", "reason", "twin_row").iter_rows()]


def test_an_identical_duplicate_names_its_twin() -> None:
    register = read(
        marks_table(
            [
                ("a", MONDAY, "AM", "/"),
                ("a", MONDAY, "PM", "\\"),
                ("a", "09/09/2024", "morning", "/"),
                ("b", MONDAY, "AM", "/"),
                ("a", MONDAY, "AM", " / "),
            ]
        )
    )
    assert rejects(register) == [(4, "identical-duplicate", 2), (6, "identical-duplicate", 2)]
    assert register.account.rejects["detail"].to_list() == ["says the same as row 2"] * 2
    assert register.account.conserved
    assert len(kept(register)) == 3


def test_of_conflicting_marks_none_is_kept() -> None:
    register = read(
        marks_table(
            [
                ("a", MONDAY, "AM", "/"),
                ("a", MONDAY, "AM", "I"),
                ("a", MONDAY, "AM", "/"),
                ("a", MONDAY, "PM", "\\"),
                ("b", MONDAY, "AM", "I"),
            ]
        )
    )
    assert rejects(register) == [
        (2, "conflicting-marks", None),
        (3, "conflicting-marks", 2),
        (4, "conflicting-marks", 2),
    ]
    assert "one of 3 marks for this session that differ" in register.account.rejects["detail"][0]
    assert 'duplicates = "latest"' in register.account.rejects["remedy"][0]
    assert kept(register) == [("a", MONDAY, "PM", "\\"), ("b", MONDAY, "AM", "I")]


def latest(rows: list[tuple[str, str]], **changes: Any) -> Register:
    """Marks of one session with their times of recording, and one mark of another pupil."""
    cells = [("a", MONDAY, "AM", code, at) for code, at in rows]
    frame = table(("Pupil", "Date", "Session", "Mark", "At"), [*cells, ("b", MONDAY, "AM", "/", "")])
    return read(frame, evolve(LATEST, **changes))


@pytest.mark.parametrize(
    "times",
    [
        ("2024-09-09T09:00:00", "2024-09-09T15:00:00"),
        ("2024-09-09T09:00:00", "2024-09-10"),
        ("09/09/2024 9:00", "09/09/2024 15:00"),
        ("9/9/2024 08:59 AM", "9/9/2024 01:05 PM"),
        ("30/09/2024 09:00", "01/10/2024 09:00"),  # letters would say otherwise
        ("9", "10"),
    ],
)
def test_the_mark_recorded_last_is_kept(times: tuple[str, str]) -> None:
    before, after = times
    for rows in ([("N", before), ("I", after)], [("I", after), ("N", before)]):
        register = latest(rows)
        assert kept(register) == [("a", MONDAY, "AM", "I"), ("b", MONDAY, "AM", "/")]
        ((row, reason, twin),) = rejects(register)
        assert reason == "superseded"
        assert rows[row - 2][0] == "N"
        assert twin is not None
        assert rows[twin - 2][0] == "I"
        assert register.account.findings == 0


def test_recorded_times_are_written_as_the_dates_are() -> None:
    rows = [("N", "10/09/2024 09:00"), ("I", "09/10/2024 09:00")]
    assert kept(latest(rows, dates=DateOrder.MONTH_FIRST))[0][3] == "N"
    assert kept(latest(rows, dates=DateOrder.DAY_FIRST))[0][3] == "I"


@pytest.mark.parametrize(
    "rows",
    [
        [("N", "2024-09-09T09:00"), ("I", "2024-09-09T15:00"), ("M", "2024-09-09T15:00")],
        [("N", ""), ("I", "")],
        [("N", "2024-09-09T09:00"), ("I", "")],
        [("N", "2024-09-09T09:00"), ("I", "after lunch")],
    ],
)
def test_where_the_latest_is_not_clear_none_is_kept(rows: list[tuple[str, str]]) -> None:
    register = latest(rows)
    assert kept(register) == [("b", MONDAY, "AM", "/")]
    assert {reason for _, reason, _ in rejects(register)} == {"conflicting-marks"}
    assert register.account.conserved


def test_the_latest_twice_is_kept_once() -> None:
    register = latest([("N", "1"), ("I", "2"), ("I", "2")])
    assert kept(register) == [("a", MONDAY, "AM", "I"), ("b", MONDAY, "AM", "/")]
    assert {reason for _, reason, _ in rejects(register)} == {"superseded"}
    assert register.account.conserved


def test_latest_needs_a_time_of_recording() -> None:
    with pytest.raises(MissingColumnError, match=r"columns\.recorded_at: is not given, but duplicates = 'latest'"):
        read(marks_table([("a", MONDAY, "AM", "/")]), evolve(LONG, duplicates=Duplicates.LATEST))


SLOTS = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 20).map(lambda number: MONDAY + timedelta(days=number)),
    st.sampled_from(["AM", "PM"]),
    st.sampled_from(["I", "M"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SLOTS, min_size=1, max_size=40))
def test_duplicates_are_those_that_a_plain_count_finds(marks: list[tuple[str, date, str, str]]) -> None:
    """The search by sums of powers of two finds exactly what a dictionary of every key finds."""
    register = read(marks_table(marks))
    codes: dict[tuple[str, date, str], list[str]] = {}
    for pupil, day, session, code in marks:
        codes.setdefault((pupil, day, session), []).append(code)
    alone = {key: set(found) for key, found in codes.items()}
    assert kept(register) == sorted((*key, found.pop()) for key, found in alone.items() if len(found) == 1)
    identical = sum(len(found) - 1 for found in codes.values() if len(set(found)) == 1)
    conflicting = sum(len(found) for found in codes.values() if len(set(found)) > 1)
    counts = {reason.value: number for reason, number in register.account.reject_counts}
    assert counts.get("identical-duplicate", 0) == identical
    assert counts.get("conflicting-marks", 0) == conflicting
    assert register.account.conserved
