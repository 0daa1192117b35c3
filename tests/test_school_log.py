"""The school log as its readers see it: roles under one name, the latest of what was said, nothing from later days."""

from datetime import date
from pathlib import Path

import pytest

from attendance_core import MemoryStore, Workbench
from attendance_core.model.events import Event
from attendance_core.model.reports import Cell, Table
from attendance_core.model.school_log import (
    ActivityKind,
    Circle,
    Circulated,
    Expertise,
    Funding,
    PolicyReviewed,
    ProgrammeChoice,
    ProgrammeDecision,
    Responsibility,
    SchoolActivity,
    SchoolMeeting,
    Training,
)
from tests.commands import attendance

AS_OF = date(2026, 2, 2)
AUTUMN, WINTER, SPRING = date(2025, 10, 6), date(2026, 1, 12), date(2026, 3, 2)


def shown(
    *events: Event, as_of: date = AS_OF, written_on: date | None = None
) -> dict[str, tuple[tuple[Cell, ...], ...]]:
    bench = Workbench.open(entry_points=False, store=MemoryStore())
    for event in events:
        bench.ledgers.note(event, written_on=min(event.day, AS_OF), by="headteacher")
    report = bench.school_log_view(AS_OF).report
    return {block.id: block.rows for section in report.sections for block in section.blocks if isinstance(block, Table)}


def test_training_is_counted_by_role_whatever_the_role_is_called() -> None:
    rows = shown(
        Training(module="Trauma", role="attendance lead", on=AUTUMN, practice_changed="calmer calls"),
        Training(module="Trauma", role="Attendance Champion", on=WINTER),
        Training(module="Trauma", role="attendance leader", due=SPRING),
        Training(module="Trauma", role="SENCO", on=SPRING, due=SPRING),
    )["training"]
    assert rows == (
        ("Trauma", rows[0][1], 0, None, 1, SPRING, ""),
        ("Trauma", "senior leader for attendance", 2, WINTER, 1, SPRING, "calmer calls"),
    )
    assert rows[0][1] != "senior leader for attendance"


def test_who_is_responsible_is_who_was_named_last_and_items_are_held_against_the_framework() -> None:
    found = shown(
        Responsibility(item="attendance-standards/1.1", leads="SLT", on=AUTUMN),
        Responsibility(item="attendance-standards/1.1", leads="principal", monitors="govs", on=WINTER),
        Responsibility(item="attendance-standards/1.2", leads="school nurse", on=SPRING),
        Responsibility(item="attendance-standards/9.9", leads="SLT", on=WINTER),
    )
    assert found["responsibilities"][0] == ("attendance-standards/1.1", "headteacher", "governors", "", WINTER)
    ((_, in_all, held, unknown),) = found["items"]
    assert (held, unknown) == (1, 1)
    assert isinstance(in_all, int)
    assert in_all >= 50


def test_circulation_shows_the_last_day_for_each_circle() -> None:
    found = shown(
        Circulated(what="targets", on=AUTUMN, to=(Circle.STAFF, Circle.GOVERNORS)),
        Circulated(what="targets", on=WINTER, to=(Circle.STAFF,)),
    )["circulation"]
    days = dict(zip([circle.value for circle in Circle], found[0][1:], strict=True))
    assert (days["staff"], days["governors"], days["pupils"]) == (WINTER, AUTUMN, None)


def test_what_was_written_or_came_later_is_left_out_and_said() -> None:
    bench = Workbench.open(entry_points=False, store=MemoryStore())
    bench.ledgers.note(Funding(what_for="minibus", pounds=900, on=AUTUMN), written_on=SPRING, by="headteacher")
    report = bench.school_log_view(AS_OF).report
    assert "1 entry written after 2026-02-02: left out" in report.notes
    rows = [
        row for section in report.sections for block in section.blocks if isinstance(block, Table) for row in block.rows
    ]
    assert rows == []
    assert bench.school_log_view(SPRING).report.notes == ()


def test_everything_else_of_the_log_stands_in_its_table() -> None:
    found = shown(
        Expertise(subject="EBSA", role="SENCO", person="A. Blank", on=AUTUMN),
        PolicyReviewed(document="attendance policy", on=AUTUMN, gaps=("no lead",), next_due=SPRING),
        PolicyReviewed(document="attendance policy", on=WINTER, against="guidance", next_due=date(2027, 1, 11)),
        SchoolMeeting(meeting="governors", on=WINTER, topics=("rates", "letters"), present=("govs",), decision="go on"),
        SchoolActivity(activity=ActivityKind.SURVEY, on=WINTER, found="safer", asked=90, answered=61),
        Funding(what_for="minibus", pounds=900, on=WINTER, source="pupil premium"),
        ProgrammeDecision(
            programme="mentoring", on=WINTER, decision=ProgrammeChoice.STOP, finding="no effect found", reason="cost"
        ),
    )
    assert [row[0] for row in found["expertise"]] == ["EBSA"]
    assert found["documents"] == (("attendance policy", WINTER, "guidance", "", date(2027, 1, 11)),)
    assert found["meetings"] == ((WINTER, "governors", "rates; letters", "governors", "go on"),)
    assert found["activities"][0][3:5] == (90, 61)
    assert found["funding"] == ((WINTER, "minibus", 900, "pupil premium"),)
    assert found["decisions"] == ((WINTER, "mentoring", "stop", "no effect found", "cost"),)


def test_the_command_shows_it_and_asks_for_a_store(tmp_path: Path) -> None:
    store = tmp_path / "log.sqlite"
    wrote = attendance(
        *("support", "log", "training", "school", "module=Trauma", "role=champion", "due=2026-03-02"),
        *("--store", store, "--as-of", "2026-01-12", "--by", "headteacher"),
    )
    assert wrote.status == 0, wrote.err
    ran = attendance("support", "school", "--store", store, "--as-of", AS_OF, "--format", "json")
    assert ran.status == 0, ran.err
    training = next(one for one in ran.data["report"]["sections"] if one["id"] == "training")
    assert training["blocks"][0]["rows"][0][:2] == ["Trauma", "champion"]
    ran = attendance("support", "school", "--as-of", AS_OF, folder=tmp_path)
    assert (ran.status, "store: is not given" in ran.err) == (2, True)


@pytest.mark.parametrize("name", ["attendance lead", "attendance leader", "attendance champion", "attendance officer"])
def test_the_four_names_of_the_attendance_lead_are_known(name: str) -> None:
    (row,) = shown(Training(module="M", role=name, on=AUTUMN))["training"]
    assert row[1] in ("senior leader for attendance", "attendance manager")
