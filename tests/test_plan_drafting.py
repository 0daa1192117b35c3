"""Drafts: what is not green becomes an objective, and nothing that was agreed is lost on the way."""

from collections.abc import Callable
from datetime import date

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_core.documents.versioned import dump_document, parse_document
from attendance_core.errors import DocumentError, UnknownNameError
from attendance_core.frameworks.links import Links
from attendance_core.frameworks.loading import load_frameworks, load_own_crosswalk
from attendance_core.model.actions import Action, ActionState
from attendance_core.model.audits import Audit, FormDoubt, Recommendation, RecommendationState, Response
from attendance_core.model.plan_rows import HalfTermName, TargetKind
from attendance_core.model.plans import ImprovementPlan, ObjectiveState
from attendance_core.model.scales import PracticeStatus
from attendance_core.plans.documents import PLAN
from attendance_core.plans.drafting import Draft, draft_new
from attendance_core.plans.from_audit import Sources, draft_from_audit
from attendance_core.plans.lint import lint_plan
from attendance_core.plans.reading import read_plan
from attendance_core.plans.rolling import roll_over
from attendance_core.reference.settings import load_settings
from tests.audit_cases import ON, answered, audits, changed, rated
from tests.plan_cases import A1, A2, S1, U2, half_terms

FRAMEWORKS = load_frameworks()
LINKS = Links.of([load_own_crosswalk()])
SOURCES = Sources(frameworks=FRAMEWORKS, links=LINKS, half_terms=half_terms())
STANDARDS = FRAMEWORKS["attendance-standards"]


def draft(audit: Audit) -> Draft:
    return draft_from_audit(audit, SOURCES, id="plan-2025-26")


def test_red_is_live_amber_waits_green_and_unanswered_are_left() -> None:
    found = draft(rated({"1.1": "not-in-place", "1.2": "developing", "1.3": "established"}))
    assert {one.id: one.state for one in found.plan.objectives} == {
        "1.1": ObjectiveState.LIVE,
        "1.2": ObjectiveState.WAITING,
    }
    assert found.notes[0] == "47 of 50 items are not answered, and nothing was drafted for them."


def test_an_objective_has_every_column_of_the_source() -> None:
    """1.5 is linked with the plan's first row, whose leads, actions, targets and cost it begins with."""
    (one,) = draft(rated({"1.5": "not-in-place"})).plan.objectives
    item = STANDARDS.item("1.5")
    assert item is not None
    assert (one.label, one.stage, one.text) == (item.label, STANDARDS.sections[0].id, item.text)
    assert one.leads and one.monitors and one.reports_to and one.governor_link and one.half_terms and one.evaluation
    assert one.cost == "school budget"
    assert [target.kind for target in one.targets[:3]] == [TargetKind.BENCHMARK, TargetKind.NUMERIC, TargetKind.GROUP]
    assert one.targets[-1].text == "The next audit rates it established."
    assert one.answers == ("attendance-standards/1.5",)
    assert one.linked == ("improvement-plan/expect-1",)


def test_an_item_with_an_intervention_gives_it_as_an_action_after_the_audit() -> None:
    audit = evolve(rated({"2.2": "not-in-place"}, framework="six-strands"), on=ON)
    (one,) = draft_from_audit(audit, SOURCES, id="p").plan.objectives
    item = FRAMEWORKS["six-strands"].item("2.2")
    assert item is not None
    ((half_term, action),) = one.each()
    assert (half_term, action.text) == (A2, item.intervention)


def test_the_audits_own_actions_go_before_those_of_a_row() -> None:
    audit = changed(
        rated({"1.5": "not-in-place"}),
        "1.5",
        actions=(
            Action(id="own", text="Send it round.", owner="headteacher", due=date(2026, 1, 9)),
            Action(id="shut", text="Sent.", state=ActionState.DONE, done_on=ON),
        ),
    )
    (one,) = draft(audit).plan.objectives
    ((half_term, action),) = one.each()
    assert (half_term, action.id, action.owner, action.due) == (S1, "own", "headteacher", date(2026, 1, 9))
    assert action.links == ("attendance-standards/1.5",)


def test_an_accepted_recommendation_becomes_an_action_and_the_others_are_told() -> None:
    def said(id: str, state: RecommendationState, *items: str) -> Recommendation:
        return Recommendation(id=id, text=f"Do {id}.", state=state, reason="x", items=items)

    audit = evolve(
        rated({"1.1": "not-in-place", "1.3": "established"}),
        recommendations=(
            said("of-red", RecommendationState.ACCEPTED, "1.1"),
            said("of-green", RecommendationState.ACCEPTED, "1.3"),
            said("of-all", RecommendationState.ACCEPTED),
            said("not-yet", RecommendationState.OPEN),
            said("no", RecommendationState.DECLINED),
        ),
    )
    found = draft(audit)
    where = {action.id: owner for owner, _, action in found.plan.each()}
    assert where["of-red"].id == "1.1"
    assert where["of-green"].id == where["of-all"].id == "agreed-actions"
    assert where["of-all"].answers == ("attendance-standards/1.3",)
    assert not {"not-yet", "no"} & set(where)
    assert "1 recommendation is neither accepted nor declined, and so not in the plan." in found.notes
    two = evolve(audit, recommendations=(*audit.recommendations, said("later", RecommendationState.OPEN)))
    assert "2 recommendations are neither accepted nor declined, and so not in the plan." in draft(two).notes


def test_cells_that_wait_for_a_decision_are_told() -> None:
    doubt = FormDoubt(cell="Audit!D12", what="two ticks")
    audit = rated({"1.1": "developing"})
    assert "1 cell of the audit's form still to be decided about." in draft(evolve(audit, doubts=(doubt,))).notes
    assert "2 cells of the audit's form still to be decided about." in draft(evolve(audit, doubts=(doubt,) * 2)).notes


def _open(audit: Audit) -> list[str]:
    return sorted(one.text for one in audit.actions() if one.state in (ActionState.OPEN, ActionState.CARRIED))


@pytest.mark.parametrize("framework", sorted(FRAMEWORKS))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_law_a_draft_holds_each_item_that_is_not_green_and_each_open_action_once(
    framework: str, data: st.DataObject
) -> None:
    audit = data.draw(audits(framework))
    plan = draft_from_audit(audit, SOURCES, id="plan-x", rows=False).plan
    assert lint_plan(plan, where="x") == ()
    assert parse_document(dump_document(plan, PLAN), PLAN, where="x") == plan
    steps = {step.id: step.status for step in audit.scale.steps}
    wanted = [
        f"{framework}/{one.item}"
        for one in audit.responses
        if steps.get(one.rating) in (PracticeStatus.RED, PracticeStatus.AMBER)
    ]
    assert [one.answers for one in plan.objectives if one.stage != "agreed"] == [(ref,) for ref in wanted]
    texts = [action.text for _, _, action in plan.each()]
    for text in _open(audit):
        assert text in texts
        texts.remove(text)
    # What is left are interventions and rows of the pack itself, made where the audit says nothing to do.
    ours = {item.intervention for item in FRAMEWORKS[framework].items().values()}
    ours |= {
        one.text
        for item in FRAMEWORKS[framework].items().values()
        if item.row
        for cell in item.row.half_terms
        for one in cell.actions
    }
    assert set(texts) <= ours


def test_an_audit_of_another_version_names_what_does_not_fit() -> None:
    strange = evolve(rated({}), responses=(Response(item="9.9", rating="developing"), Response(item="9.8")))
    with pytest.raises(DocumentError, match=r"response '9\.9': is of no item of attendance-standards") as caught:
        draft(strange)
    assert len(caught.value.faults) == 2
    with pytest.raises(UnknownNameError, match="framework 'nowhere': is unknown"):
        draft(evolve(rated({}), framework="nowhere"))


def test_without_a_calendar_the_month_decides_and_that_is_said() -> None:
    audit = changed(rated({"1.1": "developing"}), "1.1", actions=(Action(id="a", text="Do it."),))
    found = draft_from_audit(audit, evolve(SOURCES, half_terms=None), id="p")
    assert [half_term for _, half_term, _ in found.plan.each()] == [A2]
    assert "No calendar was given" in found.notes[-1]
    following = draft_from_audit(audit, evolve(SOURCES, half_terms=None), id="p", academic_year="2026/27")
    assert [half_term for _, half_term, _ in following.plan.each()] == [A1]


@pytest.mark.parametrize(
    ("on", "due", "expected"),
    [
        # August belongs to the year that comes: before its first half term, not behind its last.
        (date(2025, 9, 25), date(2025, 8, 31), A1),
        (date(2025, 9, 25), date(2026, 8, 31), U2),
        (date(2025, 8, 25), None, A1),
        (date(2025, 9, 25), date(2026, 7, 10), U2),
        (date(2025, 9, 25), None, A2),
    ],
)
def test_august_lies_before_the_autumn(on: date, due: date | None, expected: HalfTermName) -> None:
    audit = evolve(
        changed(rated({"1.1": "developing"}), "1.1", actions=(Action(id="a", text="Do it.", due=due),)), on=on
    )
    for known in (None, half_terms()):
        found = draft_from_audit(audit, evolve(SOURCES, half_terms=known), id="p", academic_year="2025/26")
        assert [half_term for _, half_term, _ in found.plan.each()] == [expected]


@pytest.mark.parametrize("id", ["Plan 25", "", "-x", "Ann Smith"])
def test_an_id_that_is_none_is_refused_and_not_repeated(id: str) -> None:
    makers: tuple[Callable[[], object], ...] = (
        lambda: draft_from_audit(rated({}), SOURCES, id=id),
        lambda: draft_new(FRAMEWORKS["improvement-plan"], LINKS, id=id, academic_year="2025/26"),
        lambda: roll_over(new("improvement-plan"), id=id, on=date(2026, 7, 20)),
        lambda: read_plan([], where="x", id=id, academic_year="2025/26"),
    )
    for make in makers:
        with pytest.raises(DocumentError, match=r"^id: is no id; expected lower-case letters, digits"):
            make()


def test_an_audit_that_is_all_green_gives_an_empty_plan() -> None:
    found = draft(answered("g"))
    assert found.plan.objectives == () and "stands green, so the plan is empty." in " ".join(found.notes)
    assert lint_plan(found.plan, where="x") == ()


# -- from a framework


def new(framework: str, **more: object) -> ImprovementPlan:
    given = {"id": "plan-2025-26", "academic_year": "2025/26", **more}
    return draft_new(FRAMEWORKS[framework], LINKS, **given).plan  # type: ignore[arg-type]


def test_t9_a_plan_from_the_source_keeps_labels_years_and_half_terms_as_printed() -> None:
    plan = new("improvement-plan")
    assert len(plan.objectives) == 20
    by_stage = {stage.id: [one.label for one in plan.objectives if one.stage == stage.id] for stage in plan.stages}
    assert list(by_stage.values()) == [
        ["1", "2", "3", "4", "5"], ["1", "2", "3", "4"], ["1", "2", "3", "5"], ["1", "2", "3"], ["1", "2", "3"], ["1"],
    ]  # fmt: skip
    assert [stage.target_year for stage in plan.stages] == [2024, 2024, 2023, 2023, 2023, 2023]
    assert {half_term.value for _, half_term, _ in plan.each()} == {"Autumn 2", "Spring 2", "Summer 2"}


def test_t12_the_source_cell_with_two_targets_gives_two() -> None:
    (first,) = new("improvement-plan", items=("expect-1",)).objectives
    assert [(one.kind.value, one.benchmark, one.at_least) for one in first.targets[:2]] == [
        ("benchmark", "national-average", None),
        ("numeric", "", 98.0),
    ]


@pytest.mark.parametrize("framework", sorted(FRAMEWORKS))
def test_a_plan_can_begin_from_each_pack(framework: str) -> None:
    plan = new(framework)
    assert plan.objectives and lint_plan(plan, where="x") == ()
    assert all(one.state is ObjectiveState.WAITING for one in plan.objectives)
    first = plan.objectives[0].id
    (only,) = new(framework, items=(first,), live=(first,)).objectives
    assert only.state is ObjectiveState.LIVE


def test_an_item_with_an_intervention_gives_it_as_an_action_in_one_step() -> None:
    items = FRAMEWORKS["six-strands"].items()
    found = {one.id: [(half, action) for half, action in one.each()] for one in new("six-strands").objectives}
    assert set(found) == set(items)
    for id, ((half_term, action),) in found.items():
        assert (half_term, action.text) == (A1, items[id].intervention)
        assert action.links == (f"six-strands/{id}",)


def test_an_item_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"item 'expect-9': improvement-plan has none of this id.*Did you mean"):
        new("improvement-plan", items=("expect-9",))


def test_the_cap_on_live_priorities_is_a_setting_with_a_stated_default() -> None:
    setting = load_settings()["live-priorities"]
    assert setting.default == "5" and all(choice.isdecimal() for choice in setting.choices)
