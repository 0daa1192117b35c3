"""What a register says of a rating: each indicator supports, contradicts and cannot tell, and changes nothing."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from attendance_core.audits.documents import new_audit
from attendance_core.audits.evidence import evidence_for, read_indicator
from attendance_core.audits.grounds import Grounds
from attendance_core.audits.indicators import check_indicators, indicators_by_item, load_indicators
from attendance_core.dates import DateRange
from attendance_core.documents.converter import structure, unstructure
from attendance_core.errors import DocumentError
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.audits import Audit
from attendance_core.model.crosswalks import ItemRef
from attendance_core.model.indicators import (
    VERDICTS,
    EvidenceVerdict,
    Indicator,
    IndicatorReading,
    ItemEvidence,
    Level,
)
from attendance_core.model.plan_rows import Rhythm
from attendance_core.model.scales import PracticeStatus
from attendance_core.model.side_records import SIDE_STATES, SideRecord
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.facts import Facts
from attendance_core.workbench import Workbench
from tests.audit_cases import LETTERS, ON, rated
from tests.audit_grounds import Row, case, enrolments, grounds, school
from tests.registers import marks_table, profile, read
from tests.shared import ROOT

ITEMS = tuple(indicators_by_item())
WANTED = {
    "full": EvidenceVerdict.SUPPORTS,
    "lacking": EvidenceVerdict.CONTRADICTS,
    "missing": EvidenceVerdict.CANNOT_TELL,
}


def one(name: str, wanted: str, letter: str = "g") -> tuple[ItemEvidence, Audit, int]:
    """What the records say of an item that is rated."""
    ref = ItemRef.parse(name)
    framework = load_frameworks()[ref.framework]
    found, lacking = case(indicators_by_item()[name], wanted)
    audit = rated({ref.item: LETTERS[letter]}, framework=ref.framework, rule=framework.status_rules[0])
    (evidence,) = [one for one in evidence_for(audit, framework, found) if one.item == ref.item]
    return evidence, audit, lacking


def test_every_item_that_data_can_test_has_its_indicator() -> None:
    wanted = {
        f"{framework.id}/{item.id}"
        for framework in load_frameworks().values()
        for _, item in framework.each()
        if item.data_can_test
    }
    assert set(ITEMS) == wanted
    assert len(wanted) == 62


@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("name", ITEMS)
def test_an_indicator_supports_contradicts_and_cannot_tell(name: str, wanted: str) -> None:
    evidence, audit, lacking = one(name, wanted)
    reading = evidence.reading
    assert evidence.verdict is WANTED[wanted], evidence.told
    assert evidence.told.startswith(f"{WANTED[wanted].value}: ")
    if wanted == "missing":
        assert reading.level is None
        assert "missing" in reading.text or "nothing to count" in reading.text
    elif wanted == "full" and reading.level is Level.FULL and indicators_by_item()[name].counts in reading.text:
        assert f"{reading.count} of {reading.of} " in reading.text
    elif "without" in reading.text:
        assert reading.of - reading.count == lacking
        assert f"; {lacking} without" in reading.text
    assert audit.ratings() == {ItemRef.parse(name).item: "established"}


def test_established_on_plans_while_some_have_none_is_a_contradiction_with_its_count() -> None:
    evidence, _, _ = one("attendance-standards/2.14", "lacking")
    assert evidence.verdict is EvidenceVerdict.CONTRADICTS
    assert evidence.reading.text == "2 of 4 pupils in persistent absence with a support plan in force; 2 without"
    assert len(evidence.reading.concerns) == 2
    assert all("england-national@" in concern for concern in evidence.reading.concerns)
    assert evidence.reading.figures == ("persistent-absence/all/2025-09-01..2025-12-19/year-to-date",)
    assert "enrolment=" not in repr(evidence), "who it is stands in no repr"


def test_figures_and_concerns_explain_themselves() -> None:
    """What an indicator names can be asked for again: the figure gives its count, the concerns their sessions."""
    from attendance_core.model.concerns import ConcernId
    from attendance_core.model.figures import FigureId

    found, _ = case(indicators_by_item()["attendance-standards/2.14"], "lacking")
    framework = load_frameworks()["attendance-standards"]
    audit = rated({"2.14": "established"})
    (evidence,) = [one for one in evidence_for(audit, framework, found) if one.item == "2.14"]
    figure = found.facts.analysis.figure(FigureId.parse(evidence.reading.figures[0]).measure)
    assert figure.numerator == evidence.reading.of
    for concern in evidence.reading.concerns:
        assert len(found.concerns.sessions(ConcernId.parse(concern))) > 0


def test_ten_per_cent_exactly_is_persistent_in_both_statements() -> None:
    """T7: one statement draws the line below 90 %, another at 10 % or more; both are asked of one definition."""
    for name in ("attendance-standards/1.10", "attendance-standards/2.14"):
        assert indicators_by_item()[name].concern == "england-national/persistent-absence"


@pytest.mark.parametrize(("letter", "status"), [("r", "red"), ("a", "amber"), ("g", "green")])
@pytest.mark.parametrize("wanted", ["full", "lacking"])
def test_the_rating_decides_what_a_level_means(letter: str, status: str, wanted: str) -> None:
    evidence, _, _ = one("attendance-standards/2.14", wanted, letter)
    level = Level.FULL if wanted == "full" else Level.PART
    assert evidence.reading.level is level
    assert evidence.verdict is VERDICTS[PracticeStatus(status), level]


def test_every_colour_and_level_has_a_verdict() -> None:
    colours = [status for status in PracticeStatus if status is not PracticeStatus.INCOMPLETE]
    assert set(VERDICTS) == {(colour, level) for colour in colours for level in Level}


def test_what_is_not_rated_gets_no_verdict_and_keeps_its_reading() -> None:
    framework = load_frameworks()["attendance-standards"]
    found, _ = case(indicators_by_item()["attendance-standards/2.14"], "full")
    audit = new_audit(framework, id="a", rule="worst", on=ON)
    evidence = {one.item: one for one in evidence_for(audit, framework, found)}
    assert len(evidence) == 21
    assert {one.verdict for one in evidence.values()} == {EvidenceVerdict.CANNOT_TELL}
    assert evidence["2.14"].reading.level is Level.FULL
    assert audit == new_audit(framework, id="a", rule="worst", on=ON)


def test_without_side_records_what_is_missing_is_named() -> None:
    register = school("now")
    framework = load_frameworks()["attendance-standards"]
    found = {one.item: one for one in evidence_for(rated({"2.14": "established"}), framework, grounds(register, {}))}
    assert found["2.14"].told == "cannot tell: side records: plans missing"
    assert found["2.1"].told == "cannot tell: not rated; side records: contacts, meetings, plans missing"
    assert found["4.4"].told == "cannot tell: not rated; side records: circulation missing"


def test_one_kind_of_record_is_not_enough_to_say_that_nothing_was_done() -> None:
    """Contacts are given, meetings and plans are not: whoever is without a contact may have a meeting."""
    register = school("now")
    keys = enrolments(register)
    framework = load_frameworks()["attendance-standards"]
    rows = [{"enrolment_id": key, "kind": "call", "on": ON} for key in keys.values()]
    audit = rated({"2.1": "established"})
    full = {one.item: one for one in evidence_for(audit, framework, grounds(register, {"contacts": rows}))}
    assert full["2.1"].verdict is EvidenceVerdict.SUPPORTS
    some = {one.item: one for one in evidence_for(audit, framework, grounds(register, {"contacts": rows[:1]}))}
    assert some["2.1"].told == "cannot tell: side records: meetings, plans missing"


SOUND = next(one for one in load_indicators() if one.id == "plans-for-persistent-absence")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"has": None}, r"has: is needed by the kind covered"),
        ({"weeks": 3}, r"weeks: means nothing to the kind covered"),
        ({"cohort": "fsm"}, r"2 groups of pupils are named; expected one"),
        ({"kind": "rhythm"}, r"every: is needed by the kind rhythm"),
    ],
)
def test_an_indicator_that_cannot_be_asked_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        structure(unstructure(SOUND) | changes, Indicator, where="indicators.toml")


def test_indicators_that_cannot_be_right_are_refused() -> None:
    twice = evolve(SOUND, items=("attendance-standards/1.1", "six-strands/1.1"), cites=())
    faults = "\n".join(map(str, check_indicators((SOUND, twice), where="indicators.toml")))
    assert "indicator 'plans-for-persistent-absence' stands 2 times" in faults
    assert "'attendance-standards/1.1' is no item that data can test" in faults
    assert "cites nothing" in faults


# -- days and words of records


def reading(id: str, side: Mapping[str, list[Row]], **more: Any) -> IndicatorReading:
    indicator = next(one for one in load_indicators() if one.id == id)
    return read_indicator(indicator, grounds(school("now"), side, **more))


def test_support_lies_before_the_day_of_a_notice_not_before_the_sessions_counted_for_it() -> None:
    away = enrolments(school("now"))["away"]
    notice: Row = {"enrolment_id": away, "state": "issued", "start": date(2025, 9, 8), "end": date(2025, 10, 17)}
    side: dict[str, list[Row]] = {"plans": [], "contacts": [], "meetings": []}

    def told(on: date | None, *meetings: date) -> str:
        held: list[Row] = [{"enrolment_id": away, "on": day} for day in meetings]
        return reading("support-before-escalation", side | {"notices": [notice | {"on": on}], "meetings": held}).text

    assert told(date(2025, 11, 10), date(2025, 9, 22)).startswith("1 of 1 "), "support while sessions added up counts"
    assert told(date(2025, 11, 10), date(2025, 11, 10)).startswith("0 of 1 ")
    assert told(date(2026, 1, 10)).startswith("nobody belongs"), "a notice issued later is not yet there"
    assert told(date(2025, 7, 10)).startswith("nobody belongs"), "it belongs to the year in which it was issued"
    assert told(None).startswith("nobody belongs"), "without its day it cannot be placed"


def test_only_pupils_with_sessions_before_and_after_support_are_pooled() -> None:
    """Who joined on the day that support began has no sessions before: absences after it would count alone."""
    keys = enrolments(school("now"))
    ill: Row = {"enrolment_id": keys["ill"], "kind": "mentoring", "start": date(2025, 10, 27)}
    new: Row = {"enrolment_id": keys["new"], "kind": "induction", "start": date(2025, 10, 6)}
    one = reading("after-support", {"plans": [ill], "arrangements": []})
    assert reading("after-support", {"plans": [ill, new], "arrangements": []}) == one
    assert one.text.endswith("in the 6 weeks before (100.0 %); 1 pupil, no comparison group"), one.text
    other = ill | {"enrolment_id": keys["d"]}
    assert "; 2 pupils, no" in reading("after-support", {"plans": [ill, other], "arrangements": []}).text
    alone = reading("after-support", {"plans": [new], "arrangements": []})
    assert alone.level is None
    assert alone.text.startswith("nobody had possible sessions both before and after")


def test_the_register_check_looks_no_further_than_the_day_asked_about() -> None:
    """The reason that is still open lies on 9 September: four days earlier nothing was wrong."""
    bench = Workbench.open(entry_points=False)
    audit = rated({"1.7": "established"})

    def verdict(day: date) -> EvidenceVerdict:
        found = bench.audit_evidence(audit, school("now"), as_of=day)
        return next(one.verdict for one in found if one.item == "1.7")

    assert verdict(date(2025, 9, 5)) is EvidenceVerdict.SUPPORTS
    assert verdict(date(2025, 12, 19)) is EvidenceVerdict.CONTRADICTS


def test_what_is_due_once_a_year_is_not_lacking_before_the_year_is_over() -> None:
    some: list[Row] = [{"kind": "targets", "state": "staff", "on": date(2025, 9, 1)}]
    early = reading("targets-circulated", {"circulation": some}, as_of=date(2025, 9, 2))
    assert early.level is None
    assert early.text.endswith("1 of 5 audiences that got the targets this year; 4 without; the year is not over")
    whole = [some[0] | {"state": state} for state in ("staff", "governors", "trust", "parents", "pupils")]
    assert reading("targets-circulated", {"circulation": whole}, as_of=date(2025, 9, 2)).level is Level.FULL
    assert reading("targets-circulated", {"circulation": []}, as_of=date(2025, 7, 21)).level is None
    assert reading("targets-circulated", {"circulation": []}, as_of=date(2025, 7, 22)).level is Level.NONE
    assert reading("targets-circulated", {"circulation": []}, as_of=date(2025, 8, 31)).level is None, "a new year"


def test_a_half_term_of_a_calendar_worked_out_from_marks_may_go_on() -> None:
    """The marks end on 19 November, three weeks into a half term; the calendar knows no day after them."""
    days = [date(2025, 9, 1) + timedelta(days=number) for number in range(80)]
    pause = DateRange(date(2025, 10, 27), date(2025, 10, 31))
    open_days = [day for day in days if day.weekday() < 5 and day not in pause]
    marks = [("a", day, session, code) for day in open_days for session, code in (("AM", "/"), ("PM", "\\"))]
    register = read(marks_table(marks), as_of=days[-1])
    assert register.calendars.inferred
    facts = Facts.of(register, profile(), (), as_of=days[-1])
    found = Grounds(facts=facts, concerns=Concerns(as_of=days[-1], results=(), facts=facts))
    assert found.periods(Rhythm.HALF_TERMLY) == (DateRange(date(2025, 9, 1), date(2025, 10, 24)),)
    assert found.periods(Rhythm.TERMLY) == ()
    assert found.periods(Rhythm.WEEKLY)[-1] == DateRange(date(2025, 11, 10), date(2025, 11, 16))


@pytest.mark.parametrize(("state", "counts"), [("", True), ("held", True), ("attended", True), ("missed", False)])
def test_only_what_was_done_counts(state: str, counts: bool) -> None:
    rows: list[Row] = [
        {"enrolment_id": key, "on": date(2025, 12, 16), "state": state} for key in enrolments(school("now")).values()
    ]
    found = reading("weekly-casework", {"meetings": rows, "contacts": [], "reviews": []})
    assert found.level is (Level.FULL if counts else Level.NONE), found.text
    due = [one | {"state": "due"} for one in rows]
    assert reading("weekly-casework", {"meetings": [], "contacts": [], "reviews": due}).level is Level.NONE


def test_a_plan_that_is_closed_is_in_force_no_more_and_was_there_this_year() -> None:
    rows: list[Row] = [
        {"enrolment_id": key, "start": date(2025, 10, 1), "state": "closed"}
        for key in enrolments(school("now")).values()
    ]
    assert reading("plans-for-persistent-absence", {"plans": rows}).level is Level.NONE
    side: dict[str, list[Row]] = {"plans": rows, "contacts": [], "meetings": []}
    assert reading("response-to-persistent-absence", side).level is Level.FULL
    known = [one | {"state": "open"} for one in rows]
    assert reading("plans-for-persistent-absence", {"plans": known}).level is Level.FULL
    other = [one | {"state": "paused"} for one in rows]
    assert "of a state that is none of closed, open" in reading("plans-for-persistent-absence", {"plans": other}).text


def test_a_state_in_another_word_cannot_be_told() -> None:
    keys = list(enrolments(school("now")).values())
    rows: list[Row] = [{"enrolment_id": key, "on": date(2025, 12, 16), "state": "Zoe came"} for key in keys]
    side: dict[str, list[Row]] = {"meetings": rows, "contacts": [], "reviews": []}
    found = reading("weekly-casework", side)
    assert found.level is None
    assert found.text == "side records: meetings (10 of a state that is none of attended, due, held, missed) missing"
    contacts = [one | {"state": "left a message"} for one in rows]
    assert reading("weekly-casework", side | {"contacts": contacts}).level is Level.FULL, "an attempt is a contact"
    assert reading("families-meet", side).level is None
    audience = [{"kind": "figures", "on": date(2025, 9, 2), "state": "the board"}]
    assert "circulation (1 of a state" in reading("governors-informed", {"circulation": audience}).text


def test_every_word_that_an_indicator_looks_for_is_one_of_its_records() -> None:
    """The words are those that the classes of side records describe; a word of another record is refused."""
    page = (ROOT / "docs" / "reference" / "rule-kinds.md").read_text(encoding="utf-8")
    said = {record: line for record in SideRecord for line in page.splitlines() if line.startswith(f"| `{record}` |")}
    for record, (done, not_done) in SIDE_STATES.items():
        assert not done & not_done
        assert all(word in said[record] for word in done | not_done), record
    for choice in (choice for one in load_indicators() for choice in (one.has, one.among) if choice):
        for record in choice.records:
            assert all(choice.takes(record, state) for state in choice.states)
            if record is SideRecord.ARRANGEMENTS:
                assert all(kind in said[record] for kind in choice.kinds)
    assert SOUND.has is not None
    for name, state in (("reviews", "due"), ("meetings", "done"), ("contacts", "reached")):
        wrong = evolve(SOUND, has=evolve(SOUND.has, records=(SideRecord(name),), states=(state,)))
        assert any(
            f"{state!r} is no state of what was done" in str(one) for one in check_indicators((wrong,), where="x")
        )
