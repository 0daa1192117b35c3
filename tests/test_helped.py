"""Help that ledgers tell of: who was helped from when, at what cost, with which scores; and what is decided of it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from attendance_core import MemoryStore
from attendance_core.documents.stores import open_store
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.school_log import ProgrammeChoice, ProgrammeDecision
from attendance_core.model.support_plans import ProgrammePlace, Scores, SupportPlan
from attendance_core.model.treatments import Score, ScoreKind, Treatment
from attendance_core.support.helped import Helped, HelpedBy, helped
from attendance_core.support.ledger import Ledgers
from tests import school
from tests.commands import attendance

START, END, LATER = date(2025, 11, 3), date(2025, 12, 12), date(2026, 1, 20)


def pupil() -> tuple[str, str]:
    """A pupil of the demo school on roll throughout, and the enrolment."""
    rows = school.register().enrolments.select("pupil_id", "enrolment_id", "start", "end").iter_rows()
    return next((one, key) for one, key, start, end in rows if start < date(2024, 9, 30) and end > date(2026, 7, 1))


def told(*events: tuple[str, Event], as_of: date = LATER, by: HelpedBy = HelpedBy.PROGRAMMES) -> Helped:
    kept = Ledgers(MemoryStore())
    for who, event in events:
        kept.add(PupilKey(pupil_id=who), event, written_on=event.day, by="lead")
    return helped(kept.all(), school.register(), as_of, by, {"mentoring": 120.0})


def test_a_place_in_a_programme_is_help_with_its_cost_and_scores() -> None:
    who, enrolment = pupil()
    place = ProgrammePlace(programme="mentoring", start=START, end=END)
    scores = [
        Scores(on=date(2025, 9, 30), wellbeing=1, engagement=4),
        Scores(on=START, wellbeing=2),
        Scores(on=date(2025, 11, 20), wellbeing=5),
        Scores(on=date(2026, 1, 7), wellbeing=3, family_trust=4),
        Scores(on=date(2026, 1, 14), wellbeing=4),
    ]
    (found,) = told((who, place), *((who, one) for one in scores)).treatments
    assert found == Treatment(
        enrolment_id=enrolment,
        part_of="mentoring",
        start=START,
        end=END,
        cost=120.0,
        scores=(
            Score(kind=ScoreKind.WELLBEING, before=2, after=3),
            Score(kind=ScoreKind.ENGAGEMENT, before=4),
            Score(kind=ScoreKind.FAMILY_TRUST, after=4),
        ),
    )
    (own,) = told((who, evolve(place, cost=80.0))).treatments
    assert own.cost == 80.0
    (other,) = told((who, evolve(place, programme="breakfast"))).treatments
    assert other.cost is None


def test_while_help_goes_on_the_latest_score_counts() -> None:
    who, _ = pupil()
    place = ProgrammePlace(programme="mentoring", start=START)
    scores = (Scores(on=date(2025, 11, 20), wellbeing=2), Scores(on=date(2026, 1, 14), wellbeing=5))
    (found,) = told((who, place), *((who, one) for one in scores)).treatments
    assert found.end is None
    assert found.scores == (Score(kind=ScoreKind.WELLBEING, after=5),)


def test_plans_are_help_by_their_tier_and_nothing_is_known_before_it_was_written() -> None:
    who, _ = pupil()
    plan = SupportPlan(start=START, tier="targeted", goals=("on time",))
    place = ProgrammePlace(programme="mentoring", start=START)
    assert [one.part_of for one in told((who, plan), (who, place), by=HelpedBy.PLANS).treatments] == ["targeted"]
    assert [one.part_of for one in told((who, plan), (who, place)).treatments] == ["mentoring"]
    assert told((who, plan), by=HelpedBy.PLANS, as_of=date(2025, 11, 2)).treatments == ()


def test_help_of_pupils_whom_the_register_does_not_hold_is_counted() -> None:
    who, _ = pupil()
    place = ProgrammePlace(programme="mentoring", start=START)
    found = told((who, place), ("nobody-here", place))
    assert (len(found.treatments), found.strangers) == (1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "support.sqlite"
    with open_store(path) as opened:  # type: ignore[union-attr]
        kept = Ledgers(opened)
        for who in (pupil()[0], "nobody-here"):
            place = ProgrammePlace(programme="mentoring", start=START)
            kept.add(PupilKey(pupil_id=who), place, written_on=START, by="lead")
    return path


def impact(store: Path, *more: str) -> Sequence[str]:
    folder = school.folder()
    config = ("--config", str(folder / "attendance.toml"), "--as-of", "2026-03-06")
    return ("impact", str(folder / "marks.csv"), *config, "--store", str(store), *more)


def test_the_command_judges_what_the_store_tells_and_logs_what_is_decided(store: Path) -> None:
    ran = attendance(*impact(store, "--decide", "mentoring", "modify", "--why", "too short", "--decided-by", "head"))
    assert ran.status == 0, ran.err
    assert "not enough data" in ran.out
    assert "Left out, of pupils whom the register does not hold: 1." in ran.err
    assert "Logged as school.0." in ran.err
    with open_store(store) as opened:  # type: ignore[union-attr]
        (record,) = Ledgers(opened).school().records(ProgrammeDecision)
    event = record.event
    assert (event.programme, event.decision, event.reason) == ("mentoring", ProgrammeChoice.MODIFY, "too short")
    assert record.event.finding.startswith("not enough data: ")
    assert record.by == "head"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--decide", "mentoring", "stop"), "--decide: is logged in a store, with who and why"),
        (
            ("--decide", "mentor", "stop", "--why", "w", "--decided-by", "head"),
            "--decide: names a programme that is not judged; expected one of mentoring",
        ),
        (("--programme", "mentor"), "programme 'mentor': nobody was helped by it"),
    ],
)
def test_what_cannot_be_decided_is_told(store: Path, more: tuple[str, ...], says: str) -> None:
    ran = attendance(*impact(store, *more))
    assert (ran.status, says in ran.err) == (2, True), ran.err


def test_without_help_named_there_is_nothing_to_judge() -> None:
    folder = school.folder()
    ran = attendance("impact", folder / "marks.csv", "--config", folder / "attendance.toml")
    assert (ran.status, "attendance impact: no help is named" in ran.err) == (2, True)
