"""What is due: against an oracle on random ledgers, at the edges of days, and each list reached by a fixture."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.documents.file_store import FileStore
from attendance_core.errors import DocumentError
from attendance_core.model.actions import Action, ActionState
from attendance_core.model.dues import Due, DueList, DueState
from attendance_core.model.events import Event, EventId
from attendance_core.model.school_log import PolicyReviewed, Training
from attendance_core.model.support_contacts import Referral
from attendance_core.model.support_duties import EhcpReview, LookedAfter, MedicalNeeds, Safeguarding, Told
from attendance_core.model.support_duties import SafeguardingStatus as Status
from attendance_core.model.support_happenings import (
    CatchUp,
    Joining,
    JoiningReason,
    LeaveDecision,
    LeaveRequest,
    Placement,
    ProviderWeek,
    StaffConcern,
    Transition,
)
from attendance_core.model.support_plans import Review, ReviewOutcome
from attendance_core.model.support_steps import ArrangementWay, StatutoryStep, StepKind, StepState
from attendance_core.support.dues import Asked, Dues, in_order, ledger_dues
from attendance_core.support.ledger import Ledgers
from attendance_core.workbench import Workbench
from tests.audit_grounds import AS_OF, school
from tests.commands import attendance
from tests.dues_oracle import Item, Said, dues
from tests.registers import marks_table, read
from tests.support_cases import BY, arrangement, contact, kept, key, met, plan, write

DAY = timedelta(days=1)
TODAY = date(2026, 1, 20)
PAST, SOON = TODAY - 10 * DAY, TODAY + 10 * DAY


REVIEW_DAYS = {"targeted": 28, "intensive": 14}


def asked(
    ledgers: Ledgers,
    as_of: date = TODAY,
    ahead: int = 14,
    review_days: Mapping[str, int] = REVIEW_DAYS,
    **more: Any,
) -> tuple[Due, ...]:
    return in_order(ledger_dues(ledgers, Asked(review_days=review_days, as_of=as_of, ahead=ahead, **more))[0])


def found(*events: Event, as_of: date = TODAY, school: tuple[Event, ...] = ()) -> set[tuple[str, str, str]]:
    """List, what and state of everything that is due for one pupil."""
    ledgers = kept(*(("p", event) for event in events), school=school, written_on=date(2025, 9, 1))
    return {(one.list.value, one.what, one.state.value) for one in asked(ledgers, as_of)}


# -- against an oracle

_DAYS = st.integers(-45, 45).map(lambda offset: TODAY + offset * DAY)
_MAYBE = st.none() | _DAYS


def _valid(build: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Events whose parts go together; the rest is refused when it is made."""
    return build.filter(lambda made: made is not None)


def _made(cls: Any, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def build(given: dict[str, Any]) -> Any:
        try:
            return cls(**given)
        except DocumentError:
            return None

    return _valid(st.fixed_dictionaries(parts).map(build))


def _action(given: tuple[str, date | None, date | None]) -> Action:
    state, due, day = given
    if state == "done":
        return Action(id="a", text="Ring.", state=ActionState.DONE, due=due, done_on=day or TODAY)
    return Action(id="a", text="Ring.", due=due, state=ActionState(state), reason="None." if state == "dropped" else "")


_ACTIONS = st.lists(
    st.tuples(st.sampled_from(("open", "done", "carried", "dropped")), _MAYBE, _MAYBE).map(_action), max_size=2
).map(tuple)
_TOLD = st.lists(_DAYS.map(lambda day: Told(whom="parent", on=day)), max_size=2).map(tuple)
_NAME = st.sampled_from(("", "somebody"))
EVENTS = st.one_of(
    # What speaks through other entries comes up more often than the rest.
    _made(plan, start=_DAYS, tier=st.sampled_from(("targeted", "intensive"))),
    *[_made(Review, of=st.integers(0, 2), held=_DAYS, outcome=st.sampled_from(ReviewOutcome))] * 3,
    *[_made(contact, on=_DAYS, next_action=st.sampled_from(("", "Ring again.")))] * 2,
    _made(plan, start=_DAYS, tier=st.sampled_from(("universal", "targeted", "intensive")), review_due=_MAYBE,
          end=_MAYBE, actions=_ACTIONS),
    _made(Review, of=st.integers(0, 4), due=_MAYBE, held=_MAYBE, next_due=_MAYBE,
          outcome=st.none() | st.sampled_from(ReviewOutcome)),
    _made(Review, of=st.integers(0, 4), held=_DAYS, next_due=_MAYBE, outcome=st.sampled_from(ReviewOutcome)),
    _made(arrangement, start=_DAYS, end=_DAYS, way=st.sampled_from(ArrangementWay), ended_on=_MAYBE),
    _made(StatutoryStep, step=st.sampled_from(StepKind), on=_DAYS, start=_DAYS, end=_DAYS,
          state=st.sampled_from(StepState)),
    _made(LookedAfter, start=_DAYS, end=_MAYBE, previously=st.booleans(), designated_teacher=_NAME, pep_due=_MAYBE,
          pep_held=_MAYBE),
    _made(Safeguarding, status=st.sampled_from(Status), start=_DAYS, end=_MAYBE, lead=_NAME,
          social_worker=st.booleans()),
    _made(MedicalNeeds, start=_DAYS, end=_MAYBE, evidence_due=_MAYBE, evidence_seen=_MAYBE, review_due=_MAYBE,
          adjustments=st.sampled_from(((), ("A quiet room.",)))),
    _made(EhcpReview, due=_DAYS, held=_MAYBE, pack_made=_MAYBE, shared=_TOLD),
    _made(Referral, on=_DAYS, to=st.just("health"), reason=st.just("Ill."), answer_due=_MAYBE),
    _made(Referral, on=_DAYS, to=st.just("health"), reason=st.just("Ill."), outcome=st.just("Seen."), outcome_on=_DAYS),
    _made(StaffConcern, on=_DAYS, what=st.just("Quiet."), answer_due=_MAYBE),
    _made(LeaveRequest, on=_DAYS, start=_DAYS, end=_DAYS),
    _made(LeaveRequest, on=_DAYS, start=_DAYS, end=_DAYS, decision=st.just(LeaveDecision.REFUSED), decided_on=_DAYS,
          decided_by=st.just("head")),
    _made(Placement, provider=st.just("Farm"), start=_DAYS, end=_MAYBE, quality_checked=_MAYBE, check_due=_MAYBE),
    _made(CatchUp, set_on=_DAYS, subject=st.just("maths"), due=_MAYBE, done_on=_MAYBE),
    _made(Transition, on=_DAYS, other_school=st.just("Brook"), review_due=_MAYBE, reviewed_on=_MAYBE),
    _made(Joining, reason=st.sampled_from(JoiningReason), agreed=_DAYS, started=_MAYBE, watch_until=_MAYBE),
    _made(contact, on=_DAYS, next_action=st.sampled_from(("", "Ring again.")), next_due=_MAYBE, next_done=_MAYBE),
    _made(met, on=_DAYS, actions=_ACTIONS),
)  # fmt: skip


@st.composite
def ledgers_with_entries(draw: st.DrawFn) -> tuple[Ledgers, dict[str, list[Said]]]:
    """Ledgers of a few pupils, some records restated or taken back, and the same in plain entries."""
    ledgers = kept()
    told: dict[str, list[Said]] = {"p": [], "q": []}
    for _ in range(draw(st.integers(1, 14))):
        pupil = draw(st.sampled_from(("p", "q")))
        written = draw(_DAYS)
        mine = told[pupil]
        begun = {one.place: one.event for one in mine if one.of is None}
        restates = draw(st.booleans())
        if begun and restates:
            place = draw(st.sampled_from(sorted(begun)))
            again = draw(st.none() | EVENTS.filter(lambda event: event.kind == begun[place].kind))  # noqa: B023
            number = next(one.name for one in ledgers.all() if one.who == key(pupil))
            ledgers.revise(EventId(ledger=number, place=place), again, written_on=written, by=BY, why="Put right.")
            mine.append(Said(len(mine), written, again, place))
        else:
            event = draw(EVENTS)
            write(ledgers, pupil, event, written)
            mine.append(Said(len(mine), written, event))
    return ledgers, told


@settings(max_examples=150, deadline=None)
@given(made=ledgers_with_entries(), offset=st.integers(-20, 20), ahead=st.sampled_from((0, 7, 14)))
def test_an_oracle_finds_the_same(made: tuple[Ledgers, dict[str, list[Said]]], offset: int, ahead: int) -> None:
    ledgers, told = made
    as_of = TODAY + offset * DAY
    wanted: list[Item] = []
    for pupil, entries in told.items():
        wanted += dues(pupil, entries, as_of, ahead)
    items, later = ledger_dues(ledgers, Asked(review_days=REVIEW_DAYS, as_of=as_of, ahead=ahead))
    mine = [(one.list.value, one.what, one.state.value, one.day, one.who.pupil_id if one.who else "") for one in items]
    assert sorted(mine, key=str) == sorted(wanted, key=str)
    # A contact that nothing follows is not even read.
    after = [
        entries[one.place if one.of is None else one.of]
        for entries in told.values()
        for one in entries
        if one.written_on > as_of
    ]
    assert sum(one.event.kind != "contact" for one in after) <= later <= len(after)


# -- the edges of days


@pytest.mark.parametrize(
    ("offset", "state"),
    [(-1, "soon"), (0, "due"), (1, "overdue"), (-14, "soon"), (-15, None)],
)
def test_due_on_its_day_overdue_on_the_next(offset: int, state: str | None) -> None:
    start = date(2026, 1, 5)
    day = start + 28 * DAY + offset * DAY
    assert found(plan(start), as_of=day) == ({("reviews", "review of a support plan", state)} if state else set())


@pytest.mark.parametrize(("tier", "days"), [("targeted", 28), ("intensive", 14)])
def test_a_plan_is_due_for_review_as_its_tier_says(tier: str, days: int) -> None:
    start = date(2026, 1, 5)
    (due,) = asked(kept(("p", plan(start, tier))), start + days * DAY)
    assert (due.state, due.day) == (DueState.DUE, start + days * DAY)
    assert asked(kept(("p", plan(start, "universal"))), start + 400 * DAY) == ()


def test_a_plan_and_a_pathway_say_otherwise() -> None:
    start = date(2026, 1, 5)
    own = plan(start, review_due=start + 7 * DAY)
    assert asked(kept(("p", own)), start + 7 * DAY)[0].state is DueState.DUE
    other = asked(kept(("p", plan(start, "universal"))), start + 42 * DAY, review_days={"universal": 42})
    assert [one.state for one in other] == [DueState.DUE]


def test_a_later_review_closes_what_was_due_before_it() -> None:
    start, held = date(2025, 12, 1), date(2026, 1, 5)
    events: list[tuple[str, Event]] = [("p", plan(start))]
    assert asked(kept(*events))[0].state is DueState.OVERDUE
    events.append(("p", Review(of=0, held=held, outcome=ReviewOutcome.CONTINUE)))
    (due,) = asked(kept(*events))
    assert (due.day, due.state) == (held + 28 * DAY, DueState.SOON)
    events.append(("p", Review(of=0, held=date(2026, 1, 12), outcome=ReviewOutcome.END)))
    assert asked(kept(*events), TODAY + 60 * DAY) == ()


def test_a_review_that_is_to_come_or_was_missed_closes_nothing() -> None:
    start = date(2025, 12, 1)
    coming = Review(of=0, held=TODAY + DAY, outcome=ReviewOutcome.CONTINUE)
    missed = Review(of=0, due=start + 28 * DAY, note="Nobody came.")
    for review in (coming, missed):
        (due,) = asked(kept(("p", plan(start)), ("p", review), written_on=start))
        assert (due.state, due.day) == (DueState.OVERDUE, start + 28 * DAY)
    moved = evolve(missed, next_due=TODAY + DAY)
    assert [one.state for one in asked(kept(("p", plan(start)), ("p", moved), written_on=start))] == [DueState.SOON]


def test_an_action_that_a_contact_gets_later_is_seen_and_one_that_is_taken_back_is_not() -> None:
    for first, then in (("", "Visit."), ("Visit.", "")):
        ledgers = kept()
        id = write(ledgers, "p", contact(PAST, next_action=first))
        ledgers.revise(id, contact(PAST, next_action=then), written_on=TODAY, by=BY)
        assert [one.why for one in asked(ledgers)] == ([then] if then else [])
        assert [one.why for one in asked(ledgers, TODAY - DAY)] == ([first] if first else [])
        ledgers.revise(id, None, written_on=TODAY, by=BY, why="Another pupil's.")
        assert asked(ledgers) == ()


def test_what_was_written_later_is_left_out_and_counted() -> None:
    ledgers = kept(("p", plan(date(2025, 12, 1))), written_on=TODAY + DAY)
    bench = Workbench.open(entry_points=False, store=ledgers.store)
    before = bench.dues(TODAY)
    assert (before.items, before.later) == ((), 1)
    assert (len(bench.dues(TODAY + DAY).items), bench.dues(TODAY + DAY).later) == (1, 0)


# -- an alert before an arrangement ends, and a report of one past its end


@pytest.mark.parametrize(
    ("end", "wanted"),
    [(-1, "overdue"), (0, "due"), (1, "soon"), (14, "soon"), (15, None)],
)
def test_an_arrangement_is_told_of_before_it_ends_and_after(end: int, wanted: str | None) -> None:
    one = arrangement(TODAY - 60 * DAY, TODAY + end * DAY)
    listed = {item for item in found(one) if item[0] == "arrangements"}
    assert listed == ({("arrangements", "end of a part-time timetable", wanted)} if wanted else set())


def test_an_arrangement_that_ended_or_was_renewed_is_closed() -> None:
    start, end = TODAY - 60 * DAY, TODAY - DAY
    assert not found(arrangement(start, end, ended_on=end))
    renewed = arrangement(TODAY, TODAY + 90 * DAY, review_due=TODAY + 60 * DAY)
    assert not found(arrangement(start, end), renewed)
    other = arrangement(TODAY, TODAY + 90 * DAY, review_due=TODAY + 60 * DAY, way=ArrangementWay.FLEXIBLE_START)
    assert ("arrangements", "end of a part-time timetable", "overdue") in found(arrangement(start, end), other)


# -- every list is reached

REACHED: dict[str, tuple[tuple[Event, ...], set[tuple[str, str]]]] = {
    "safeguarding": ((Safeguarding(status=Status.CHILD_IN_NEED, start=PAST),),
                     {("safeguarding lead", "missing"), ("social worker", "missing")}),
    "looked-after": ((LookedAfter(start=PAST, pep_due=PAST),),
                     {("designated teacher", "missing"), ("personal education plan meeting", "overdue")}),
    "medical": ((MedicalNeeds(start=PAST, evidence_due=TODAY),),
                {("evidence", "due"), ("adjustments", "missing"), ("review of adjustments", "missing")}),
    "ehcp-reviews": ((EhcpReview(due=SOON),), {("review meeting", "soon"), ("attendance pack", "soon")}),
    "contacts": ((contact(PAST, next_action="Visit.", next_due=PAST),), {("next action after a contact", "overdue")}),
    "staff-concerns": ((StaffConcern(on=PAST, what="Quiet."),), {("answer to a concern of staff", "open")}),
    "referrals": ((Referral(on=PAST, to="health", reason="Ill.", answer_due=TODAY),),
                  {("answer to a referral", "due")}),
    "leave": ((LeaveRequest(on=PAST, start=SOON, end=SOON),), {("decision on leave", "soon")}),
    "placements": ((Placement(provider="Farm", start=PAST),), {("school's own look at the placement", "missing")}),
    "joining": ((Joining(reason=JoiningReason.AFTER_EXCLUSION, agreed=PAST),), {("agreed start", "overdue")}),
    "watch-list": ((Joining(reason=JoiningReason.NEW, agreed=PAST, started=PAST + 3 * DAY, watch_until=SOON),),
                   {("watched after a start", "open")}),
    "transitions": ((Transition(on=PAST, other_school="Brook", review_due=SOON),),
                    {("review of a transition", "soon")}),
    "catch-up": ((CatchUp(set_on=PAST, subject="maths", due=PAST),), {("catch-up work", "overdue")}),
    "actions": ((met(PAST, actions=(Action(id="a", text="Ring.", due=PAST),)),), {("action of a meeting", "overdue")}),
    "reviews": ((StatutoryStep(step=StepKind.NOTICE_TO_IMPROVE, on=PAST, start=PAST, end=TODAY),),
                {("review of a notice to improve", "due")}),
    "arrangements": ((arrangement(PAST - 30 * DAY, PAST),), {("end of a part-time timetable", "overdue")}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REACHED))
def test_each_list_is_reached(name: str) -> None:
    events, wanted = REACHED[name]
    assert {(what, state) for list_, what, state in found(*events) if list_ == name} == wanted


def test_the_school_s_own_list() -> None:
    log = (
        PolicyReviewed(document="attendance policy", on=PAST - 300 * DAY, next_due=PAST),
        PolicyReviewed(document="attendance policy", on=PAST - 400 * DAY),
        PolicyReviewed(document="safeguarding policy", on=PAST),
        Training(module="calls", role="tutor", due=SOON),
        Training(module="codes", role="tutor", due=PAST, on=PAST),
    )
    assert found(school=log) == {
        ("school", "review of a policy document", "overdue"),
        ("school", "review of a policy document", "missing"),
        ("school", "training", "soon"),
    }


def test_an_attendance_pack_is_missing_once_the_meeting_was_held() -> None:
    held = EhcpReview(due=PAST, held=PAST, pack_made=PAST)
    assert found(held) == {
        ("ehcp-reviews", "attendance pack shared", "missing"), ("ehcp-reviews", "review meeting", "missing"),
    }  # fmt: skip
    shared = evolve(held, shared=(Told(whom="local authority", on=PAST),))
    assert found(shared, EhcpReview(due=TODAY + 300 * DAY)) == set()


def test_the_watch_list_gives_the_delay_in_days() -> None:
    late = Joining(reason=JoiningReason.RETURNING, agreed=PAST, started=PAST + 4 * DAY, watch_until=TODAY)
    (watched,) = asked(kept(("p", late)))
    assert (watched.days, watched.list) == (4, DueList.WATCH)
    assert asked(kept(("p", late)), TODAY + DAY) == ()
    (waiting,) = asked(kept(("p", evolve(late, started=None))))
    assert (waiting.days, waiting.state) == (10, DueState.OVERDUE)


# -- what only marks can tell


def _marked(*events: tuple[str, Event]) -> Dues:
    return Workbench.open(entry_points=False, store=kept(*events).store).dues(AS_OF, register=school("now"))


def test_without_marks_their_lists_say_so() -> None:
    result = Workbench.open(entry_points=False, store=kept().store).dues(AS_OF)
    assert {one for one, _ in result.not_checked} == {
        DueList.MARKS, DueList.PERSISTENT, DueList.SAFEGUARDING, DueList.PLACEMENTS, DueList.LOOKED_AFTER, DueList.EHCP,
    }  # fmt: skip
    # The register of the tests names no child in need.
    assert [(one, "child-in-need" in why) for one, why in _marked().not_checked] == [(DueList.SAFEGUARDING, True)]


def test_persistent_absence_without_a_plan_in_force() -> None:
    who = {one.who.pupil_id for one in _marked().of(DueList.PERSISTENT) if one.who}
    assert {"ill", "away"} <= who
    live = plan(AS_OF)
    assert "away" not in {one.who.pupil_id for one in _marked(("away", live)).of(DueList.PERSISTENT) if one.who}
    for other in (
        plan(AS_OF - 30 * DAY, end=AS_OF - DAY),
        plan(AS_OF + DAY),
        LookedAfter(start=AS_OF, pep_held=AS_OF),
    ):
        assert "away" in {one.who.pupil_id for one in _marked(("away", other)).of(DueList.PERSISTENT) if one.who}


def test_part_time_marks_and_arrangements_that_do_not_go_together() -> None:
    days = [date(2025, 9, 8) + offset * DAY for offset in range(12) if offset % 7 < 5]
    marks = [(pupil, day, "AM", "C2" if pupil == "p" else "/") for pupil in ("p", "q") for day in days]
    register = read(marks_table(marks), as_of=days[-1])
    only_q = kept(("q", arrangement(days[0], days[-1] + 60 * DAY)))
    items = Workbench.open(entry_points=False, store=only_q.store).dues(days[-1], register=register).of(DueList.MARKS)
    assert [(one.who.pupil_id, one.what) for one in items if one.who] == [
        ("p", "part-time marks without an arrangement"), ("q", "arrangement without part-time marks"),
    ]  # fmt: skip
    both = kept(("p", arrangement(days[0], days[-1])))
    assert not Workbench.open(entry_points=False, store=both.store).dues(days[-1], register=register).of(DueList.MARKS)
    # The arrangement ended before the last marks.
    short = kept(("p", arrangement(days[0], days[4])))
    items = Workbench.open(entry_points=False, store=short.store).dues(days[-1], register=register).of(DueList.MARKS)
    assert [one.day for one in items] == [days[5]]


def test_the_social_worker_is_told_after_the_last_unexplained_absence() -> None:
    # "d" has one N on 9 September 2025.
    unexplained = date(2025, 9, 9)

    def wanted(*told: date) -> list[date | None]:
        one = Safeguarding(
            status=Status.CHILD_PROTECTION, start=date(2025, 9, 1), lead="lead", social_worker=True,
            told=tuple(Told(whom="social worker", on=day) for day in told),
        )  # fmt: skip
        items = _marked(("d", one)).of(DueList.SAFEGUARDING)
        return [item.day for item in items if item.what == "social worker told of unexplained absence"]

    assert wanted() == [unexplained]
    assert wanted(unexplained - DAY) == [unexplained]
    assert wanted(unexplained) == []
    assert wanted(unexplained + DAY) == []


def test_duties_that_the_register_knows_of_and_no_ledger_holds() -> None:
    def owed(*events: tuple[str, Event]) -> dict[DueList, set[str]]:
        found: dict[DueList, set[str]] = {}
        for one in _marked(*events).items:
            if one.what == "record of the duty" and one.who:
                found.setdefault(one.list, set()).add(one.who.pupil_id)
        return found

    assert owed() == {DueList.SAFEGUARDING: {"d", "i"}, DueList.LOOKED_AFTER: {"e", "h"}, DueList.EHCP: {"f", "g"}}
    ended = LookedAfter(start=AS_OF - 9 * DAY, end=AS_OF - DAY)
    assert owed(
        ("d", Safeguarding(status=Status.CHILD_PROTECTION, start=AS_OF)),
        ("e", LookedAfter(start=AS_OF)),
        ("h", ended),
        ("f", EhcpReview(due=AS_OF + 300 * DAY)),
    ) == {DueList.SAFEGUARDING: {"i"}, DueList.LOOKED_AFTER: {"h"}, DueList.EHCP: {"g"}}


def test_weeks_that_a_provider_has_not_reported() -> None:
    start = date(2025, 12, 1)
    one = Placement(provider="Farm", start=start, check_due=AS_OF + 300 * DAY)
    week = ProviderWeek(start=start, possible=10, attended=9)
    (item,) = _marked(("away", one)).of(DueList.PLACEMENTS)
    assert (item.day, item.what) == (start, "attendance from the provider")
    (item,) = _marked(("away", evolve(one, weeks=(week,)))).of(DueList.PLACEMENTS)
    assert item.day == start + 7 * DAY, "the week of the day asked about is not over"
    whole = (week, evolve(week, start=start + 7 * DAY))
    assert not _marked(("away", evolve(one, weeks=whole))).of(DueList.PLACEMENTS)


# -- order, the command line, and nobody named where nobody should be


def test_the_most_pressing_of_a_list_stands_first() -> None:
    ledgers = kept(*(("p", plan(start)) for start in (TODAY - 28 * DAY, TODAY - 40 * DAY, TODAY - 20 * DAY)))
    assert [one.state for one in asked(ledgers)] == [DueState.OVERDUE, DueState.DUE, DueState.SOON]


CANARY = "Zebedee-Canary"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    ledgers = Ledgers(FileStore(tmp_path / "store"))
    write(ledgers, CANARY, plan(date(2025, 12, 1)))
    write(ledgers, CANARY, Referral(on=PAST, to="health", reason=f"{CANARY} is ill."))
    return tmp_path / "store"


@pytest.mark.parametrize("format", ["terminal", "json", "md", "html"])
def test_the_command_lists_what_is_due(store: Path, format: str) -> None:
    ran = attendance("support", "due", "--store", store, "--as-of", TODAY, "--format", format)
    assert ran.status == 1, ran.err
    assert CANARY in ran.out
    assert "review of a support plan" in ran.out
    assert "no marks were given" in ran.out
    assert CANARY not in ran.err
    leaders = attendance(
        "support", "due", "--store", store, "--as-of", TODAY, "--format", format, "--audience", "leaders"
    )
    assert CANARY not in leaders.out + leaders.err
    assert "Reviews of plans, arrangements and formal steps" in leaders.out


def test_the_command_writes_tables(store: Path, tmp_path: Path) -> None:
    ran = attendance("support", "due", "--store", store, "--as-of", TODAY, "--format", "csv", "--out", tmp_path / "out")
    assert ran.status == 1, ran.err
    texts = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert any("overdue" in text and CANARY in text for text in texts.values()), list(texts)


def test_nothing_overdue_is_fine_and_a_store_that_is_not_there_is_an_error(store: Path) -> None:
    early = attendance("support", "due", "--store", store, "--as-of", "2025-12-02")
    assert early.status == 0, early.err
    assert "written after 2025-12-02: left out" in early.out
    missing = attendance("support", "due", "--store", store / "nowhere", "--as-of", TODAY)
    assert missing.status == 2
    assert "no such store" in missing.err
    none = attendance("support", "due", "--as-of", TODAY)
    assert none.status == 2
    assert "store" in none.err


def test_no_repr_tells_of_a_pupil(store: Path) -> None:
    bench = Workbench.open(entry_points=False, store=FileStore(store))
    result = bench.dues(TODAY)
    assert result.items
    assert CANARY not in repr(result) + "".join(map(repr, result.items))
