"""How a plan stands: each action in one state on each day, reviews in time, nothing lost from year to year."""

from collections import Counter
from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.errors import DocumentError, UnknownNameError
from attendance_core.model.actions import ActionState
from attendance_core.model.plan_rows import Cadence, HalfTermName, Rhythm, TargetKind
from attendance_core.model.plans import (
    CarryOver,
    ImprovementPlan,
    Judgement,
    ObjectiveState,
    PlanReview,
    PlanStage,
    PlanTarget,
    ReviewDecision,
    Verdict,
)
from attendance_core.plans.comparing import PlanChangeKind, PlanPart, compare_plans
from attendance_core.plans.lint import lint_plan
from attendance_core.plans.reviewing import Changes, record
from attendance_core.plans.rolling import roll_over
from attendance_core.plans.standing import PlanStatus, Standing, is_open, status
from attendance_core.plans.warnings import warnings
from tests.plan_cases import A1, A2, DAYS, FIVE, S1, S2, U2, action, calendar, half_terms, objective, plan, plans

OPEN = (ActionState.OPEN, ActionState.CARRIED)
WAITS = ObjectiveState.WAITING


def stands(found: ImprovementPlan, on: date) -> PlanStatus:
    return status(found, on, calendar(), half_terms())


def state(found: ImprovementPlan, on: date) -> Standing:
    (one,) = stands(found, on).actions
    return one.standing


# -- one state on each day


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 11, 2), Standing.PLANNED),  # the day before the half term
        (date(2025, 11, 3), Standing.DUE),  # its first day
        (date(2025, 12, 19), Standing.DUE),  # its last
        (date(2025, 12, 20), Standing.OVERDUE),  # the day after
    ],
)
def test_an_open_action_at_the_edges_of_its_half_term(on: date, expected: Standing) -> None:
    assert state(plan(objective("one", (A2, action()))), on) is expected


def test_a_day_of_its_own_goes_before_the_half_term() -> None:
    found = plan(objective("one", (A2, action(due=date(2025, 11, 14)))))
    assert state(found, date(2025, 11, 14)) is Standing.DUE
    assert state(found, date(2025, 11, 15)) is Standing.OVERDUE


def test_done_counts_from_its_day() -> None:
    found = plan(objective("one", (A2, action(state=ActionState.DONE, done_on=date(2026, 1, 8)))))
    assert state(found, date(2026, 1, 7)) is Standing.OVERDUE
    assert state(found, date(2026, 1, 8)) is Standing.DONE


def test_carried_counts_where_it_stood_on_the_day_asked_about() -> None:
    step = CarryOver(on=date(2025, 12, 15), from_year="2025/26", from_half_term=A2, reason="No time.")
    found = plan(objective("one", (S2, action(state=ActionState.CARRIED, carried=(step,)))))
    before = stands(found, date(2025, 12, 14)).actions[0]
    assert (before.standing, before.half_term, before.due) == (Standing.DUE, A2, date(2025, 12, 19))
    after = stands(found, date(2025, 12, 15)).actions[0]
    assert (after.standing, after.half_term, after.due) == (Standing.CARRIED, S2, date(2026, 3, 27))
    assert state(found, date(2026, 3, 28)) is Standing.OVERDUE


def test_an_objective_that_waits_asks_nothing_yet() -> None:
    waits = plan(objective("one", (A2, action()), state=ObjectiveState.WAITING))
    assert state(waits, date(2026, 6, 1)) is Standing.WAITING


def test_a_half_term_that_the_year_has_not_gives_no_day_and_says_so() -> None:
    found = plan(objective("one", (U2, action())))
    five = status(found, date(2026, 7, 1), calendar(FIVE), half_terms(FIVE))
    (one,) = five.actions
    assert (one.standing, one.due, one.note) == (Standing.UNDATED, None, "Summer 2 is not in the calendar")
    assert five.notes == ("Summer 2 is not in the calendar of 2025/26: its actions have no day unless one is given.",)
    without = status(found, date(2026, 7, 1), None, None)
    assert without.actions[0].standing is Standing.UNDATED and "No calendar was given" in without.notes[0]


def test_a_rhythm_is_counted_against_the_calendar() -> None:
    """Autumn 2 has seven school weeks: fortnights end on 14 and 28 November and 12 December."""
    held = (date(2025, 10, 10), date(2025, 11, 12), date(2025, 12, 3))
    meetings = action(cadence=Cadence(every=Rhythm.FORTNIGHTLY), held=held)
    found = plan(objective("one", (A2, meetings)))
    for on, times, asked in (
        (date(2025, 11, 13), 1, 0),
        (date(2025, 11, 14), 1, 1),
        (date(2025, 12, 12), 2, 3),
        (date(2026, 1, 30), 2, 3),
    ):
        (one,) = stands(found, on).actions
        assert (one.held, one.asked) == (times, asked), on


@pytest.mark.parametrize(
    ("rhythm", "where", "due"),
    [
        (Rhythm.HALF_TERMLY, A1, date(2025, 10, 24)),
        (Rhythm.TERMLY, A1, date(2025, 12, 19)),
        (Rhythm.TERMLY, S2, date(2026, 3, 27)),
        (Rhythm.ANNUAL, A1, date(2026, 7, 20)),
    ],
)
def test_a_rhythm_longer_than_a_half_term_is_due_by_the_end_of_its_own_stretch(
    rhythm: Rhythm, where: HalfTermName, due: date
) -> None:
    found = plan(objective("one", (where, action(cadence=Cadence(every=rhythm)))))
    (one,) = stands(found, due).actions
    assert (one.due, one.standing, one.asked) == (due, Standing.DUE, 1)
    (late,) = stands(found, due + timedelta(days=1)).actions
    assert (late.standing, late.asked) == (Standing.OVERDUE, 1)


def test_what_was_done_as_often_as_asked_is_done_and_not_overdue() -> None:
    held = (date(2025, 11, 12), date(2025, 11, 26), date(2025, 12, 10))
    found = plan(objective("one", (A2, action(cadence=Cadence(every=Rhythm.FORTNIGHTLY), held=held))))
    assert state(found, date(2025, 12, 19)) is Standing.DUE
    assert state(found, date(2025, 12, 20)) is Standing.DONE
    less = plan(objective("one", (A2, action(cadence=Cadence(every=Rhythm.FORTNIGHTLY), held=held[:2]))))
    assert state(less, date(2025, 12, 20)) is Standing.OVERDUE


@settings(deadline=None)
@given(plans(), DAYS)
def test_law_each_action_is_in_exactly_one_state_on_a_day(found: ImprovementPlan, on: date) -> None:
    told = stands(found, on)
    assert sorted(one.action.id for one in told.actions) == sorted(one.id for _, _, one in found.each())
    assert sum(told.counts.values()) == len(told.actions)
    assert set(told.counts) == set(Standing)
    parted = [one.action.id for standing in Standing for one in told.of(standing)]
    assert Counter(parted) == Counter(one.action.id for one in told.actions)


@settings(deadline=None)
@given(plans(), DAYS, st.integers(1, 60))
def test_law_what_is_done_stays_done_and_what_is_late_stays_late_until_somebody_acts(
    found: ImprovementPlan, on: date, days: int
) -> None:
    later = on + timedelta(days=days)
    now, then = stands(found, on), stands(found, later)
    acted = {one.id for _, _, one in found.each() if any(on < step.on <= later for step in one.carried)}
    # What a rhythm asked for may be carried on when it was done; what was done on a day stays so.
    carried = set(acted)
    acted |= {one.id for _, _, one in found.each() if one.done_on is not None and on < one.done_on <= later}
    acted |= {one.id for _, _, one in found.each() if any(on < day <= later for day in one.held)}
    after = {one.action.id: one.standing for one in then.actions}
    for one in now.of(Standing.DONE, Standing.DROPPED):
        if one.action.cadence is None or one.action.id not in carried:
            assert after[one.action.id] is one.standing
    for one in now.of(Standing.OVERDUE):
        assert one.action.id in acted or after[one.action.id] is Standing.OVERDUE


# -- reviews


def test_when_an_objective_is_looked_at_next() -> None:
    one = objective("one", (A2, action()))
    due = stands(plan(one), date(2025, 12, 20)).reviews[0]
    assert (due.due, due.last, due.overdue) == (date(2025, 12, 19), None, True)
    look = PlanReview(
        on=date(2025, 12, 10), objective="one", by=("SLT",), done="Talked.", decision=ReviewDecision.CONTINUE
    )
    reviewed = plan(one, reviews=(look,))
    due = stands(reviewed, date(2026, 1, 9)).reviews[0]
    assert (due.due, due.last, due.overdue) == (date(2026, 2, 13), date(2025, 12, 10), False)
    # On a day before the review nobody knew of it.
    assert stands(reviewed, date(2025, 12, 9)).reviews[0].last is None
    sooner = plan(one, reviews=(evolve(look, next_on=date(2026, 1, 8)),))
    assert stands(sooner, date(2026, 1, 9)).reviews[0].overdue


def review(decision: ReviewDecision = ReviewDecision.CONTINUE, **more: object) -> PlanReview:
    given = {"on": date(2025, 12, 10), "objective": "one", "by": ("SLT",), "done": "Looked.", "reason": "So.", **more}
    return PlanReview(decision=decision, **given)  # type: ignore[arg-type]


JUDGED = PlanTarget(id="t", kind=TargetKind.QUALITATIVE, text="It is well done.")


def test_a_review_records_what_was_done_and_changes_the_plan() -> None:
    found = plan(objective("one", (A2, action("a")), (A2, action("b")), (A2, action("c")), targets=(JUDGED,)))
    changes = Changes(
        done={"a": date(2025, 12, 1)}, carried={"b": S1}, dropped={"c": "No help."}, judged={"t": Verdict.PARTLY}
    )
    after = record(found, review(), changes)
    where = {one.id: (half_term, one) for _, half_term, one in after.each()}
    assert where["a"][1].done_on == date(2025, 12, 1)
    assert where["b"][0] is S1 and where["b"][1].state is ActionState.CARRIED
    assert where["b"][1].carried == (
        CarryOver(on=date(2025, 12, 10), from_year="2025/26", from_half_term=A2, reason="So."),
    )
    assert (where["c"][1].state, where["c"][1].reason) == (ActionState.DROPPED, "No help.")
    (target,) = after.objectives[0].targets
    assert target.judgements == (Judgement(on=date(2025, 12, 10), by=("SLT",), verdict=Verdict.PARTLY, reason="So."),)
    assert after.reviews == (review(),)
    assert lint_plan(after, where="x") == ()


def test_stopping_drops_what_is_open_with_its_reason() -> None:
    after = record(plan(objective("one", (A2, action()))), review(ReviewDecision.STOP))
    (_, _, one) = next(after.each())
    assert (after.objectives[0].state, one.state, one.reason) == (ObjectiveState.STOPPED, ActionState.DROPPED, "So.")


@pytest.mark.parametrize("late", [ReviewDecision.CONTINUE, ReviewDecision.STOP, ReviewDecision.FINISH])
def test_the_latest_review_decides_whichever_is_written_down_last(late: ReviewDecision) -> None:
    done = Changes(done={"a": date(2025, 12, 1)})
    first = record(plan(objective("one", (A2, action("a")), (S1, action("b")))), review(on=date(2026, 1, 20)))
    after = record(first, review(late), done if late is not ReviewDecision.FINISH else None)
    assert after.objectives[0].state is ObjectiveState.LIVE
    assert {one.id: one.state for _, _, one in after.each()}["b"] is ActionState.OPEN
    assert [one.on for one in after.reviews] == [date(2025, 12, 10), date(2026, 1, 20)]
    stopped = record(plan(objective("one")), review(ReviewDecision.STOP, on=date(2026, 1, 20)))
    assert record(stopped, review()).objectives[0].state is ObjectiveState.STOPPED
    # On the same day the one that is written down last is the later one.
    again = record(stopped, review(on=date(2026, 1, 20)))
    assert again.objectives[0].state is ObjectiveState.LIVE


def test_a_review_says_who_looked_and_what_was_done() -> None:
    found = plan(objective("one", (A2, action("a"))))
    with pytest.raises(DocumentError) as caught:
        record(found, review(by=("SLT", " "), done=" "))
    assert [str(fault).partition(";")[0] for fault in caught.value.faults] == [
        "by: nobody is named who looked", "what: nothing is said of what was done",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "changes", "says"),
    [
        (
            ReviewDecision.CONTINUE,
            Changes(held={"w": [date(2025, 12, 1), date(2025, 12, 11)]}),
            "action 'w': was done on 2025-12-11, after the review",
        ),
        (ReviewDecision.FINISH, Changes(), "action 'a': is still open, and its objective is to be finished"),
        (
            ReviewDecision.CONTINUE,
            Changes(done={"a": date(2025, 12, 11)}),
            "action 'a': is done on 2025-12-11, after the review",
        ),
        (ReviewDecision.CONTINUE, Changes(carried={"a": A2}), "action 'a': stands in Autumn 2 already"),
        (ReviewDecision.CONTINUE, Changes(done={"shut": date(2025, 12, 1)}), "action 'shut': is done already"),
        (ReviewDecision.CONTINUE, Changes(held={"a": [date(2025, 12, 1)]}), "action 'a': has no rhythm"),
        (ReviewDecision.CONTINUE, Changes(dropped={"a": " "}), "action 'a': is dropped without a reason"),
        (
            ReviewDecision.CONTINUE,
            Changes(done={"a": date(2025, 12, 1)}, dropped={"a": "x"}),
            "action 'a': is changed in two ways",
        ),
        (ReviewDecision.CONTINUE, Changes(judged={"n": Verdict.REACHED}), "target 'n': is a numeric target"),
    ],
)
def test_what_a_review_cannot_do(decision: ReviewDecision, changes: Changes, says: str) -> None:
    number = PlanTarget(id="n", kind=TargetKind.NUMERIC, text="93", measure="attendance", at_least=93)
    weekly = action("w", cadence=Cadence(every=Rhythm.WEEKLY))
    shut = action("shut", state=ActionState.DONE, done_on=date(2025, 11, 5))
    found = plan(objective("one", (A2, action("a")), (A2, shut), (A2, weekly), targets=(number, JUDGED)))
    with pytest.raises(DocumentError, match=says):
        record(found, review(decision), changes)


def test_a_review_of_nothing_in_the_plan_names_what_is_there() -> None:
    found = plan(objective("one", (A2, action("a")), targets=(JUDGED,)))
    with pytest.raises(UnknownNameError, match=r"objective 'on': the plan has none of this id.*Did you mean 'one'"):
        record(found, review(objective="on"))
    unknown = Changes(done={"x": date(2025, 12, 1)}, judged={"y": Verdict.REACHED})
    with pytest.raises(UnknownNameError, match="action 'x'") as caught:
        record(found, review(), unknown)
    assert len(caught.value.faults) == 2
    with pytest.raises(DocumentError, match="by: nobody is named who looked"):
        record(found, review(by=()), Changes(judged={"t": Verdict.REACHED}))


# -- from year to year


@settings(deadline=None)
@given(plans(), st.booleans())
def test_law_roll_over_conserves_every_open_action(found: ImprovementPlan, six: bool) -> None:
    rolled = roll_over(found, id="plan-y", on=date(2026, 9, 1), half_terms=half_terms() if six else None)
    expected = sorted(one.id for owner, _, one in found.each() if is_open(owner) and one.state in OPEN)
    assert sorted(one.id for _, _, one in rolled.next.each()) == expected == sorted(rolled.carried)
    # The old plan keeps all that it held.
    assert [one for _, _, one in rolled.closed.each()] == [one for _, _, one in found.each()]
    assert rolled.closed.closed_on == date(2026, 9, 1) and rolled.next.follows == found.id
    before = {one.id: (half_term, one) for _, half_term, one in found.each()}
    for owner, half_term, one in rolled.next.each():
        was_at, was = before[one.id]
        step = one.carried[-1]
        assert (one.state, step.from_half_term, step.from_due) == (ActionState.CARRIED, was_at, was.due)
        assert one.text == was.text and one.carried[:-1] == was.carried and one.due is None
        assert half_term is (was_at if owner.state is ObjectiveState.WAITING else A1)
    assert lint_plan(rolled.next, where="x") == ()
    assert rolled.next.academic_year == "2026/27"


def test_a_closed_plan_is_not_rolled_over_again() -> None:
    closed = roll_over(plan(), id="plan-2026-27", on=date(2026, 7, 20)).closed
    with pytest.raises(DocumentError, match="was closed on 2026-07-20") as caught:
        roll_over(closed, id="plan-2025-26", on=date(2026, 7, 21))
    assert [fault.what for fault in caught.value.faults] == ["was closed on 2026-07-20", "is the old plan's id"]


def test_a_closed_plan_asks_nothing_more_and_takes_nothing_in() -> None:
    done = action("b", state=ActionState.DONE, done_on=date(2025, 10, 1))
    found = plan(objective("one", (A1, action("a")), (A1, done)), objective("two", (U2, action("c")), state=WAITS))
    closed = roll_over(found, id="next", on=date(2026, 7, 20)).closed
    before, after = stands(closed, date(2026, 7, 19)), stands(closed, date(2026, 7, 20))
    assert [one.standing for one in before.actions] == [Standing.OVERDUE, Standing.DONE, Standing.WAITING]
    assert before.reviews[0].overdue
    assert [one.standing for one in after.actions] == [Standing.CLOSED, Standing.DONE, Standing.CLOSED]
    assert after.reviews == ()
    assert after.notes == ("The plan was closed on 2026-07-20: what was open then stands in the plan that follows it.",)
    with pytest.raises(DocumentError, match="plan plan-2025-26: was closed on 2026-07-20; expected an open plan"):
        record(closed, review(), Changes(done={"a": date(2025, 12, 1)}))


def test_a_year_is_not_closed_before_what_the_plan_has_recorded() -> None:
    found = record(plan(objective("one", (A2, action()))), review())
    with pytest.raises(DocumentError, match="on: 2025-12-09 lies before 2025-12-10, the last day that it records"):
        roll_over(found, id="next", on=date(2025, 12, 9))
    with pytest.raises(DocumentError, match="on: 2019-01-01 lies before 2025-08-01, the first day of its year"):
        roll_over(plan(), id="next", on=date(2019, 1, 1))


def test_nothing_is_carried_before_it_was_carried_last() -> None:
    step = CarryOver(on=date(2026, 3, 1), from_year="2025/26", from_half_term=A2, reason="No time.")
    found = plan(objective("one", (S2, action(state=ActionState.CARRIED, carried=(step,)))))
    with pytest.raises(DocumentError, match="on: 2026-02-28 lies before 2026-03-01, the last day that it records"):
        roll_over(found, id="next", on=date(2026, 2, 28))
    with pytest.raises(DocumentError, match="action 'a': was carried on 2026-03-01, after this review"):
        record(found, review(), Changes(carried={"a": U2}))


def test_target_years_move_on_and_that_is_said() -> None:
    stages = (PlanStage(id="expect", target_year=2026),)
    rolled = roll_over(plan(objective("one", (A2, action())), stages=stages), id="next", on=date(2026, 7, 20))
    assert rolled.next.stages[0].target_year == 2027
    assert "Each stage's target year was moved on by one." in rolled.notes


@settings(deadline=None)
@given(plans())
def test_law_a_plan_does_not_differ_from_itself(found: ImprovementPlan) -> None:
    assert compare_plans(found, found) == ()


def test_what_changed_from_one_plan_to_the_next() -> None:
    before = plan(objective("one", (A2, action("a")), (A2, action("gone"))))
    after = plan(objective("one", (S1, action("a", text="Do more.")), (S1, action("new")), cost="£200"))
    told = {(one.part, one.id, one.kind, one.field): (one.before, one.after) for one in compare_plans(before, after)}
    assert told == {
        (PlanPart.OBJECTIVE, "one", PlanChangeKind.CHANGED, "cost"): ("", "£200"),
        (PlanPart.ACTION, "gone", PlanChangeKind.REMOVED, ""): ("", ""),
        (PlanPart.ACTION, "a", PlanChangeKind.CHANGED, "half_term"): ("Autumn 2", "Spring 1"),
        (PlanPart.ACTION, "a", PlanChangeKind.CHANGED, "text"): ("Do a.", "Do more."),
        (PlanPart.ACTION, "new", PlanChangeKind.ADDED, ""): ("", ""),
    }


# -- warnings


def told(found: ImprovementPlan, most: int = 5) -> list[str]:
    return [str(one) for one in warnings(found, most_live=most)]


def test_more_live_priorities_than_can_be_managed_warn() -> None:
    def live(number: int) -> ImprovementPlan:
        return plan(*(objective(f"o{index}", targets=(evolve(JUDGED, id=f"t{index}"),)) for index in range(number)))

    assert told(live(5)) == []
    assert told(live(6)) == [
        "6 priorities are live, and no more than 5 are taken to be manageable (setting live-priorities): let some wait."
    ]
    assert told(live(6), most=8) == []
    waiting = plan(*(objective(f"o{index}", state=ObjectiveState.WAITING) for index in range(9)))
    assert told(waiting) == []
    assert told(plan(objective("one")))[0] == (
        "one: a live priority without a target: nobody can tell when it is reached."
    )


def test_t9_labels_are_labels_and_each_stage_has_its_own_year() -> None:
    stages = (PlanStage(id="expect", target_year=2024), PlanStage(id="listen", label="LISTEN", target_year=2023))
    rows = [
        objective(f"l{label}", stage="listen", label=label, targets=(evolve(JUDGED, id=f"t{label}"),))
        for label in "1235"
    ]
    rows.append(objective("e1", (A2, action()), label="1", targets=(JUDGED,)))
    found = plan(*rows, stages=stages)
    assert lint_plan(found, where="x") == ()
    assert [one.label for one in found.objectives] == ["1", "2", "3", "5", "1"]
    assert told(found) == [
        "target years differ between stages (2023, 2024): each stage keeps its own.",
        "expect: its targets are for 2024, the plan for 2025/26: set the year anew.",
        "listen: its targets are for 2023, the plan for 2025/26: set the year anew.",
        "listen: no objective is labelled 4; labels are kept as they are.",
        "no action stands in Autumn 1, Spring 1, Spring 2, Summer 1, Summer 2.",
    ]
    assert told(evolve(found, academic_year="2023/24"))[1] == (
        "listen: no objective is labelled 4; labels are kept as they are."
    )


def test_t8_a_rhythm_whose_words_and_number_differ_warns() -> None:
    both = Cadence(every=Rhythm.HALF_TERMLY, said=Rhythm.TERMLY)
    cells = [(name, action(f"a{index}")) for index, name in enumerate(HalfTermName)]
    found = plan(objective("one", *cells, (A1, action("b", cadence=both)), targets=(JUDGED,)))
    assert told(found) == [
        "one, b: The source says termly (3 a year) and means half-termly (6 a year); half-termly is taken."
    ]


def test_initials_are_asked_for_their_role_and_not_repeated() -> None:
    (warned,) = told(plan(objective("one", leads=("QZ/XY",), targets=(JUDGED,))))
    assert warned == "one: somebody stands as initials: write the role in their place."
    assert told(plan(objective("one", leads=("SLT",), targets=(JUDGED,)))) == []
