"""Side records from ledgers: nothing that asks for them says "not checked" where a store holds them."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import narwhals.stable.v2 as nw
import pytest

from attendance_core.audits.documents import AUDIT
from attendance_core.audits.indicators import load_indicators
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.documents.versioned import save_document
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.configuration import Configuration, Files
from attendance_core.model.indicators import Indicator, IndicatorKind, ItemEvidence, Level
from attendance_core.model.outcomes import Outcome
from attendance_core.model.side_records import SideRecord
from attendance_core.model.support_duties import LookedAfter
from attendance_core.model.support_steps import ArrangementWay, StatutoryStep, StepKind, StepState
from attendance_core.policy.loading import load_policies
from attendance_core.register.side import side_frame
from attendance_core.support.frames import side_records
from attendance_core.workbench import Workbench
from tests.audit_cases import answered
from tests.audit_grounds import AS_OF, enrolments, school
from tests.commands import attendance
from tests.registers import marks_table, read, table
from tests.support_cases import arrangement, contact, kept, met, plan, whole

FOR_WANT = "side records"
#: Indicators whose question no side record answers.
_OTHERS = (IndicatorKind.REGISTER_CHECK, IndicatorKind.COMPARED, IndicatorKind.ACTIONS)


@cache
def _bench(full: bool = True) -> Workbench:
    return Workbench.open(entry_points=False, store=whole().store if full else None)


@cache
def _evidence(full: bool = True) -> dict[str, ItemEvidence]:
    found: dict[str, ItemEvidence] = {}
    for id in load_frameworks():
        evidence = _bench(full).audit_evidence(answered("g", framework=id), school("now"), as_of=AS_OF)
        found |= {one.indicator: one for one in evidence}
    return found


def test_every_rule_is_asked_that_waited_for_side_records() -> None:
    policies = tuple(load_policies())
    without = _bench(False).concerns(school("now"), policies)
    assert {one.rule.id for one in without.results if FOR_WANT in " ".join(one.missing)} >= {
        "part-time-without-arrangement", "arrangement-without-part-time",
    }  # fmt: skip
    for result in _bench().concerns(school("now"), policies).results:
        assert FOR_WANT not in " ".join((*result.missing, *result.notes)), result.rule.id
        assert result.outcome is not Outcome.ERROR, result.rule.id


def test_every_check_is_asked_that_waited_for_side_records() -> None:
    day = date(2025, 9, 8)
    marks = [("p", day, "AM", "C2"), ("p", day, "PM", "\\"), ("q", day, "AM", "C2")]
    register = read(marks_table(marks))
    without = {one.check.id for one in _bench(False).check(register) if FOR_WANT in " ".join(one.missing)}
    assert without == {"c2-arrangement"}
    ledgers = kept(("p", arrangement(day, day + timedelta(days=30))))
    results = {one.check.id: one for one in Workbench.open(entry_points=False, store=ledgers.store).check(register)}
    assert all(FOR_WANT not in " ".join(one.missing) for one in results.values())
    assert results["c2-arrangement"].outcome is Outcome.FAILED
    assert results["c2-arrangement"].sessions == 1, "one pupil has an arrangement, the other has none"


@pytest.mark.parametrize("indicator", load_indicators(), ids=lambda one: one.id)
def test_every_indicator_is_asked_that_waited_for_side_records(indicator: Indicator) -> None:
    reading = _evidence()[indicator.id].reading
    assert FOR_WANT not in reading.text, reading.text
    if indicator.kind in _OTHERS:
        return
    assert FOR_WANT in _evidence(False)[indicator.id].reading.text
    # The store holds a record of every word that an indicator looks for, so each of them finds something.
    assert reading.level is not None, reading.text
    assert reading.count > 0, reading.text
    if indicator.kind is not IndicatorKind.SINCE_START:
        assert reading.level in (Level.FULL, Level.PART), reading.text


def test_an_education_plan_is_no_plan_for_attendance() -> None:
    looked_after = kept(("away", LookedAfter(start=AS_OF, pep_held=AS_OF)))
    bench = Workbench.open(entry_points=False, store=looked_after.store)
    found = {one.item: one for one in bench.audit_evidence(answered("g"), school("now"), as_of=AS_OF)}
    assert found["2.14"].reading.count == 0, found["2.14"].reading.text


def test_a_record_goes_to_the_enrolment_of_its_day_as_a_file_s_does() -> None:
    register = school("now")
    days = {"on": date(2025, 3, 3), "back": date(2025, 11, 3)}
    ledgers = kept(*(("new", contact(day)) for day in days.values()))
    found = side_records(ledgers, register, AS_OF).frames["contacts"]
    rows = [("new", day) for day in days.values()]
    file = side_frame(nw.from_native(table(("pupil_id", "on"), rows).collect().to_native()), register, where="contacts")
    assert found["enrolment_id"].to_list() == file["enrolment_id"].to_list()
    assert len(set(found["enrolment_id"].to_list())) == 2
    assert found["enrolment_id"].to_list()[1] == enrolments(register)["new"]


def test_what_the_register_does_not_hold_is_counted_and_told_without_names() -> None:
    ledgers = kept(("stranger-canary", contact(AS_OF)), ("stranger-canary", plan()), ("away", contact(AS_OF)))
    found = side_records(ledgers, school("now"), AS_OF)
    assert found.unplaced == 2
    assert len(found.frames["contacts"]) == 1
    assert any("2 side records of 1 pupil that" in note for note in found.notes)
    assert "canary" not in repr(found) + " ".join(found.notes)


def test_what_was_written_later_is_left_out_and_counted() -> None:
    ledgers = kept(("away", contact(AS_OF)), written_on=AS_OF + timedelta(days=1))
    found = side_records(ledgers, school("now"), AS_OF)
    assert (len(found.frames["contacts"]), found.later) == (0, 1)
    assert any("1 entry written after 2025-12-19" in note for note in found.notes)
    assert len(side_records(ledgers, school("now"), AS_OF + timedelta(days=1)).frames["contacts"]) == 1


def test_a_store_without_an_entry_still_answers() -> None:
    found = side_records(kept(), school("now"), AS_OF)
    assert set(found.frames) == {record.value for record in SideRecord}
    assert not found.notes


def test_a_restated_record_stands_once_and_a_retracted_one_nowhere() -> None:
    ledgers = kept(("away", arrangement(date(2025, 9, 8), date(2025, 10, 10))))
    (record,) = next(iter(ledgers.all())).records(type(arrangement(AS_OF, AS_OF)))
    ledgers.revise(
        record.id, arrangement(date(2025, 9, 8), date(2025, 9, 30)), written_on=AS_OF, by="lead", why="shorter"
    )
    frame = side_records(ledgers, school("now"), AS_OF).frames["arrangements"]
    assert frame["end"].to_list() == [date(2025, 9, 30)]
    assert frame["kind"].to_list() == [ArrangementWay.PART_TIME.value]
    ledgers.revise(record.id, None, written_on=AS_OF, by="lead", why="wrong pupil")
    assert side_records(ledgers, school("now"), AS_OF).frames["arrangements"].is_empty()


@pytest.mark.parametrize(
    ("state", "wanted"), [(StepState.PROPOSED, []), (StepState.PAID, ["paid"]), (StepState.WITHDRAWN, ["withdrawn"])]
)
def test_notices_keep_their_states(state: StepState, wanted: list[str]) -> None:
    ledgers = kept(("away", StatutoryStep(step=StepKind.PENALTY_NOTICE, on=AS_OF, state=state)))
    assert side_records(ledgers, school("now"), AS_OF).frames["notices"]["state"].to_list() == wanted


def test_a_meeting_of_several_kinds_stands_for_each() -> None:
    one = met(AS_OF, "problem solving", ("DSL", "carer"), barriers=("anxiety",), child_voice="I am tired.")
    frame = side_records(kept(("away", one)), school("now"), AS_OF).frames["meetings"]
    assert frame["kind"].to_list() == ["problem-solving", "anxiety", "safeguarding", "child-voice"]
    assert set(frame["state"].to_list()) == {"attended"}


# -- which source


def _told(bench: Workbench, **given: object) -> tuple[int, str]:
    found = bench.side_records(school("now"), **given)  # type: ignore[arg-type]
    return len(found.frames.get("contacts", ())), " ".join(found.notes)


def test_records_that_are_given_win_over_every_other_source(tmp_path: Path) -> None:
    folder = tmp_path / "side"
    folder.mkdir()
    (folder / "contacts.csv").write_text("pupil_id,on\naway,2025-12-01\nill,2025-12-01\n", encoding="utf-8")
    named = Configuration(files=Files(records=str(folder)))
    store = kept(("away", contact(AS_OF))).store
    assert _told(Workbench.open(entry_points=False)) == (0, "")
    assert _told(Workbench.open(entry_points=False, store=store)) == (1, "")
    count, note = _told(Workbench.open(entry_points=False, store=store), records=folder)
    assert (count, "ledgers were not read" in note) == (2, True)
    # The store of a host is nearer than a folder that its configuration names.
    count, note = _told(Workbench.open(named, entry_points=False, store=store))
    assert (count, "The ledgers were read, and not files.records" in note) == (1, True)
    both = Configuration(files=Files(records=str(folder), store=str(tmp_path / "store")))
    count, note = _told(Workbench.open(both, entry_points=False))
    assert (count, "ledgers were not read" in note) == (2, True)
    # What was laid out once is not laid out again.
    bench = Workbench.open(entry_points=False, store=store)
    once = bench.side_records(school("now"))
    assert bench.side_records(school("now"), records=once) is once


def test_an_empty_store_of_a_host_is_a_store() -> None:
    assert set(Workbench.open(entry_points=False, store=MemoryStore()).side_records(school("now")).frames)


# -- the command line


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a few marks, a store that explains them, and an audit."""
    lines = ["Pupil ID,Date,AM,PM"]
    for offset in range(12):
        day = date(2025, 9, 8) + timedelta(days=offset)
        if day.weekday() < 5:
            lines += [f"PUPIL00001,{day},C2,\\", f"PUPIL00002,{day},/,\\"]
    (tmp_path / "marks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    one = (
        "way=part-time-timetable", "basis=reg. 11(6)", "rationale=A slow return.", "agreed_with=mother",
        "agreed_on=2025-09-05", "start=2025-09-08", "end=2025-10-10", "review_due=2025-09-26",
    )  # fmt: skip
    for pupil in ("PUPIL00001", "CANARY0771"):
        log = (
            "support",
            "log",
            "arrangement",
            pupil,
            *one,
            "--store",
            "store",
            "--as-of",
            "2025-09-05",
            "--by",
            "lead",
        )
        assert attendance(*log, folder=tmp_path).status == 0
    save_document(tmp_path / "audit.toml", answered("g"), AUDIT, if_version=None)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("concerns", "marks.csv", "--policy", "england-national"),
        ("check", "marks.csv"),
        ("audit", "evidence", "audit.toml", "marks.csv"),
        ("policy", "simulate", "england-national", "england-national", "marks.csv"),
        ("report", "marks.csv", "--policy", "england-national", "--format", "terminal"),
        ("agenda", "pastoral-team", "marks.csv", "--as-of", "2025-09-19", "--policy", "england-national"),
        ("audit", "report", "audit.toml", "--marks", "marks.csv", "--as-of", "2025-09-19", "--format", "terminal"),
    ],
    ids=" ".join,
)
def test_commands_read_a_store_and_say_what_they_left_out(desk: Path, command: tuple[str, ...]) -> None:
    without = attendance(*command, folder=desk)
    ran = attendance(*command, "--store", "store", folder=desk)
    assert ran.status in (0, 1), ran.err
    assert FOR_WANT not in ran.out
    assert "Left out of the ledgers: 1 side record of 1 pupil that the register does not hold" in ran.err
    assert "CANARY" not in ran.err
    if command[0] in ("concerns", "check") or command[1] == "evidence":
        assert FOR_WANT in without.out
    missing = attendance(*command, "--store", "nowhere", folder=desk)
    assert (missing.status, "no such store" in missing.err) == (2, True)


def test_a_concern_is_explained_with_the_store_that_found_it(desk: Path) -> None:
    with (desk / "marks.csv").open("a", encoding="utf-8") as file:
        file.write("PUPIL00002,2025-09-22,C2,\\\nPUPIL00001,2025-09-22,C2,\\\n")
    read_it = ("concerns", "marks.csv", "--policy", "england-national", "--store", "store", "--format", "json")
    (concern,) = [
        one
        for one in attendance(*read_it, folder=desk).data["concerns"]
        if one["rule"] == "part-time-without-arrangement"
    ]
    assert concern["pupil_id"] == "PUPIL00002"
    ran = attendance("explain", concern["concern"], "marks.csv", "--store", "store", folder=desk)
    assert ran.status == 0, ran.err
    assert "2025-09-22" in ran.out


def test_records_win_over_a_store_and_that_is_said(desk: Path) -> None:
    (desk / "side").mkdir()
    (desk / "side" / "arrangements.csv").write_text("pupil_id,kind,start\n", encoding="utf-8")
    given = ("concerns", "marks.csv", "--policy", "england-national", "--store", "store", "--format", "json")
    ran = attendance(*given, "--records", "side", folder=desk)
    assert "the ledgers were not read" in ran.err
    assert "part-time-without-arrangement" in {one["rule"] for one in ran.data["concerns"]}
    assert "part-time-without-arrangement" not in {
        one["rule"] for one in attendance(*given, folder=desk).data["concerns"]
    }
