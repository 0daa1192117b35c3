"""Tiers: what is proposed, why, and what a person makes of it."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_core.errors import DocumentError, SupportError, UnknownNameError
from attendance_core.model.configuration import Choices, School
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.reports import Paragraph, Table
from attendance_core.model.sources import Citation, Standing
from attendance_core.model.support_contacts import Service, SupportDirectory
from attendance_core.model.support_plans import (
    Programme,
    ProgrammeCatalogue,
    Review,
    ReviewOutcome,
    Strength,
    SupportPlan,
)
from attendance_core.model.support_tiers import Factor, FactorKind, FactorsNoted, Pathway, Tier, TierDecision
from attendance_core.plugins import hookimpl
from attendance_core.support.catalogue import (
    directory_gaps,
    lint_catalogue,
    lint_directory,
    programme_gaps,
    suitable,
)
from attendance_core.support.ledger import Ledger
from attendance_core.support.pathway import extended, lint, load_own_pathway, parse_pathway
from attendance_core.support.roll import ledgers_by_pupil, on_roll, whole_weeks
from attendance_core.support.tiers import HeldConcern, TierCase, TierMove, TierProposal, case_of, propose_tier
from attendance_core.workbench import Workbench
from tests.commands import attendance
from tests.registers import LONG, read, table
from tests.support_school import CALENDAR, DAYS, YEAR, Marks, absent, bench, ledgers, present, school

#: A busy machine may draw slowly.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
OWN = load_own_pathway()
ANN = PupilKey(pupil_id="ann")
AS_OF = date(2026, 3, 13)
WEEKS = whole_weeks(CALENDAR, AS_OF)
PERSISTENT, SEVERE = "england-national/persistent-absence", "england-national/severe-absence"
LATE, SCORE = "england-national/lateness-before-close", "early-signs/rate-and-spells"


def concern(rule: str, number: int = 0) -> HeldConcern:
    policy, name = rule.split("/")
    return HeldConcern(id=f"{policy}@2015-09-01/{name}/enrolment={number}/2025-09-01", rule=rule, title=name)


def decided(tier: str, on: date, *rules: str) -> TierDecision:
    return TierDecision(on=on, tier=tier, proposed=tier, concerns=tuple(concern(rule).id for rule in rules))


def reviewed(outcome: ReviewOutcome, held: date) -> Review:
    return Review(of=0, held=held, outcome=outcome)


def case(*rules: str, held: Iterable[Iterable[str]] = (), **more: object) -> TierCase:
    return TierCase(
        who=ANN,
        concerns=tuple(concern(rule) for rule in rules),
        weeks=WEEKS,
        held=tuple(frozenset(one) for one in held),
        **more,  # type: ignore[arg-type]
    )


def proposed(one: TierCase) -> tuple[str, str, TierMove]:
    found = propose_tier(OWN, one)
    return found.current, found.tier, found.move


LONG_AGO, LATELY = WEEKS[12] - timedelta(days=1), WEEKS[1] - timedelta(days=1)
QUIET = [()] * 6


# -- every tier, every step


@pytest.mark.parametrize(
    ("one", "expected", "says"),
    [
        (case(), ("universal", "universal", TierMove.STAY), "nobody has decided"),
        (case(PERSISTENT), ("universal", "targeted", TierMove.UP), "speaks for Targeted"),
        (case(SEVERE, PERSISTENT), ("universal", "intensive", TierMove.UP), "speaks for Intensive"),
        (case(SEVERE, decision=decided("targeted", LONG_AGO)), ("targeted", "intensive", TierMove.UP), "severe"),
        (
            case(PERSISTENT, decision=decided("targeted", LONG_AGO, PERSISTENT)),
            ("targeted", "intensive", TierMove.UP),
            "speaks for Intensive",
        ),
        (
            case(PERSISTENT, decision=decided("targeted", LATELY, PERSISTENT)),
            ("targeted", "targeted", TierMove.STAY),
            "no support plan runs",
        ),
        (
            case(decision=decided("targeted", LATELY), review=reviewed(ReviewOutcome.STEP_UP, AS_OF)),
            ("targeted", "intensive", TierMove.UP),
            "says to step up",
        ),
        (
            case(decision=decided("targeted", LONG_AGO), held=QUIET),
            ("targeted", "universal", TierMove.DOWN),
            "6 of 6 whole school weeks",
        ),
        (
            case(decision=decided("targeted", LONG_AGO), held=[(), (), (PERSISTENT,), (), (), ()]),
            ("targeted", "targeted", TierMove.STAY),
            "2 of 6 whole school weeks",
        ),
        (
            case(decision=decided("targeted", LATELY), held=QUIET),
            ("targeted", "targeted", TierMove.STAY),
            "2 of 6 whole school weeks",
        ),
        (
            case(PERSISTENT, decision=decided("intensive", LONG_AGO, SEVERE), held=[(PERSISTENT,)] * 6),
            ("intensive", "targeted", TierMove.DOWN),
            "6 of 6",
        ),
        (
            case(PERSISTENT, decision=decided("intensive", LONG_AGO, PERSISTENT), held=[(PERSISTENT,)] * 6),
            ("intensive", "intensive", TierMove.STAY),
            "speaks for Intensive",
        ),
        (
            case(decision=decided("intensive", LONG_AGO), held=QUIET),
            ("intensive", "targeted", TierMove.DOWN),
            "without a concern of Intensive",
        ),
        (
            case(
                SEVERE,
                decision=decided("intensive", LATELY, SEVERE),
                review=reviewed(ReviewOutcome.STEP_DOWN, AS_OF),
            ),
            ("intensive", "targeted", TierMove.DOWN),
            "which the review has weighed",
        ),
        (
            case(
                SEVERE,
                decision=decided("intensive", LATELY),
                review=reviewed(ReviewOutcome.STEP_DOWN, AS_OF),
            ),
            ("intensive", "intensive", TierMove.STAY),
            "speaks for Intensive",
        ),
        (
            case(PERSISTENT, decision=decided("universal", LATELY, PERSISTENT)),
            ("universal", "universal", TierMove.STAY),
            "settled for 4 more school weeks",
        ),
        (
            case(PERSISTENT, decision=decided("universal", LONG_AGO, PERSISTENT)),
            ("universal", "targeted", TierMove.UP),
            "speaks for Targeted",
        ),
        (
            case(PERSISTENT, LATE, decision=decided("universal", LATELY, PERSISTENT)),
            ("universal", "targeted", TierMove.UP),
            "lateness-before-close speaks for Targeted",
        ),
    ],
)
def test_every_tier_and_every_step_is_reached_with_its_reason(
    one: TierCase, expected: tuple[str, str, TierMove], says: str
) -> None:
    assert proposed(one) == expected
    assert says in "; ".join(propose_tier(OWN, one).reasons)


def test_a_pathway_that_steps_down_on_the_word_of_a_review_alone() -> None:
    tiers = tuple(evolve(tier, leave_after_weeks=0) for tier in OWN.tiers)
    found = propose_tier(evolve(OWN, tiers=tiers), case(decision=decided("targeted", LONG_AGO), held=QUIET))
    assert (found.move, found.reasons[-2:]) == (
        TierMove.STAY,
        ("only a review steps down from here", "no support plan runs"),
    )


def test_a_decision_under_another_pathway_counts_as_none_and_is_said() -> None:
    one = case(PERSISTENT, decision=decided("platinum", LONG_AGO, PERSISTENT))
    assert proposed(one) == ("universal", "targeted", TierMove.UP)
    assert "names 'platinum', a tier that this pathway does not have" in propose_tier(OWN, one).reasons[0]


# -- laws

RULES = st.sampled_from([PERSISTENT, SEVERE, LATE, SCORE, "early-signs/week-one", "elsewhere/rule"])
TIERS = st.sampled_from([tier.id for tier in OWN.tiers])
DAY = st.sampled_from([*DAYS[: DAYS.index(AS_OF)], AS_OF])


@st.composite
def cases(draw: st.DrawFn) -> TierCase:
    decision = None
    if draw(st.booleans()):
        decision = decided(draw(TIERS), draw(DAY), *draw(st.lists(RULES, max_size=3)))
    review = None
    if draw(st.booleans()):
        review = reviewed(draw(st.sampled_from(list(ReviewOutcome))), draw(DAY))
    held = draw(st.lists(st.frozensets(RULES, max_size=3), max_size=6))
    return case(
        *draw(st.lists(RULES, max_size=4)), decision=decision, review=review, held=held, plan=draw(st.booleans())
    )


@calm
@given(cases(), RULES, st.integers(0, 5))
def test_a_concern_more_never_lowers_a_proposal(one: TierCase, rule: str, week: int) -> None:
    before = OWN.place(propose_tier(OWN, one).tier)
    more = evolve(one, concerns=(*one.concerns, concern(rule, 1)))
    assert OWN.place(propose_tier(OWN, more).tier) >= before
    earlier = tuple(held | {rule} if at == week else held for at, held in enumerate(one.held))
    assert OWN.place(propose_tier(OWN, evolve(one, held=earlier)).tier) >= before


@calm
@given(cases(), st.randoms())
def test_the_order_of_concerns_is_nothing_to_it(one: TierCase, dice: object) -> None:
    shuffled = list(one.concerns)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = propose_tier(OWN, one), propose_tier(OWN, evolve(one, concerns=tuple(shuffled)))
    assert (first.tier, first.move, first.reasons) == (second.tier, second.move, second.reasons)


@calm
@given(cases())
def test_a_step_down_is_one_tier_and_never_below_what_still_speaks(one: TierCase) -> None:
    found = propose_tier(OWN, one)
    current, tier = OWN.place(found.current), OWN.place(found.tier)
    assert tier >= current - 1
    assert found.move is (TierMove.UP if tier > current else TierMove.DOWN if tier < current else TierMove.STAY)
    assert found.reasons or (found.current == found.tier == "universal")


@calm
@given(cases())
def test_a_decision_as_proposed_settles_what_it_knew(one: TierCase) -> None:
    """Whoever accepts a proposal is not asked the same again on the same day."""
    found = propose_tier(OWN, one)
    after = evolve(one, decision=found.decision(AS_OF), review=None)
    assert propose_tier(OWN, after).move is TierMove.STAY


# -- records


def ledger_of(*events: object, written: date = LONG_AGO) -> Ledger:
    found = ledgers()
    for event in events:
        found.add(ANN, event, written_on=written, by="attendance lead")  # type: ignore[arg-type]
    return found.of(ANN)


PLAN = SupportPlan(start=LONG_AGO, tier="targeted", goals=("Mornings",))


def test_the_last_decision_and_the_review_after_it_count() -> None:
    ledger = ledger_of(
        decided("targeted", LONG_AGO),
        PLAN,
        Review(of=1, held=LONG_AGO + timedelta(days=20), outcome=ReviewOutcome.STEP_UP),
        decided("intensive", LONG_AGO + timedelta(days=20)),
    )
    one = case_of(ANN, ledger, OWN, AS_OF)
    assert one.decision == decided("intensive", LONG_AGO + timedelta(days=20))
    assert one.review is None
    assert one.plan
    early = case_of(ANN, ledger, OWN, LONG_AGO + timedelta(days=10))
    assert (early.decision, early.review) == (decided("targeted", LONG_AGO), None)


def test_what_is_written_later_is_not_known_yet_and_a_review_of_a_step_is_none_of_a_plan() -> None:
    late = ledger_of(decided("targeted", LONG_AGO), written=AS_OF)
    assert case_of(ANN, late, OWN, AS_OF - timedelta(days=1)).decision is None
    other = ledger_of(decided("targeted", LONG_AGO), Review(of=0, held=AS_OF, outcome=ReviewOutcome.STEP_UP))
    assert case_of(ANN, other, OWN, AS_OF).review is None


def test_noted_factors_say_what_help_works_on() -> None:
    ledger = ledger_of(FactorsNoted(on=LONG_AGO, factors=("anxiety", "transport", "unheard-of")))
    assert case_of(ANN, ledger, OWN, AS_OF).focus == {"emotional-literacy", "self-awareness", "getting-there"}


def test_a_decision_otherwise_needs_a_reason() -> None:
    found = propose_tier(OWN, case(PERSISTENT))
    with pytest.raises(DocumentError, match="without one"):
        found.decision(AS_OF, tier="universal")
    kept = found.decision(AS_OF, tier="universal", reason="The family is in hospital; we wait.")
    assert (kept.proposed, kept.tier, len(kept.concerns)) == ("targeted", "universal", 1)


def test_two_ledgers_of_one_pupil_are_refused() -> None:
    register = school({"ann": present}, until=AS_OF)
    found = ledgers()
    # Two schools are named, so nobody can tell of which one the pupil is who has none.
    for who in (("bob", "other"), ("ann", ""), ("ann", register.schools[0])):
        found.add(PupilKey(pupil_id=who[0], school_id=who[1]), PLAN, written_on=AS_OF, by="lead")
    with pytest.raises(SupportError, match="1 pupils have two"):
        ledgers_by_pupil(register, found.all())


# -- whole registers


def propose(pupils: dict[str, Marks], store: Workbench, as_of: date = AS_OF) -> dict[str, TierProposal]:
    register = school(pupils, until=as_of)
    found = store.tiers(register)
    return {one.who.pupil_id: one for one in found.proposals}


def test_a_register_leads_to_proposals_and_back_to_the_first_tier() -> None:
    """Away for eight days of September, then always there: one tier down after the severe weeks, one more later."""
    store = bench(policy=Choices(use=("england-national",)))
    pupils = {"ann": absent("O", *range(8)), "bob": present, "cy": absent("O", *range(0, 200, 2))}
    start = propose(pupils, store, DAYS[13])
    assert {name: one.tier for name, one in start.items()} == {
        "ann": "intensive",
        "bob": "universal",
        "cy": "intensive",
    }
    moves = []
    for number in (13, 30, 55, 65, 100, 130):
        found = propose(pupils, store, DAYS[number])
        one = found["ann"]
        moves.append((one.current, one.move))
        if one.move is not TierMove.STAY:
            store.ledgers.add(ANN, one.decision(DAYS[number]), written_on=DAYS[number], by="lead")
        assert not found["bob"].case.concerns
    assert moves == [
        ("universal", TierMove.UP),
        ("intensive", TierMove.STAY),
        ("intensive", TierMove.DOWN),
        ("targeted", TierMove.STAY),
        ("targeted", TierMove.STAY),
        ("targeted", TierMove.DOWN),
    ]


def test_rules_that_were_not_asked_are_named() -> None:
    store = bench(policy=Choices(use=("england-national",)))
    found = store.tiers(school({"ann": present}, until=AS_OF))
    assert f"{SCORE} was not asked: its policy is not in use" in found.notes


def test_a_view_names_pupils_only_to_those_who_may_read_names() -> None:
    register = school({"canary-ann": absent("O", *range(30)), "bob": present}, until=AS_OF)
    store = bench(school=School(name="Test School"))
    found = store.tiers(register)
    leaders = store.tier_view(found, register, audience="leaders", everybody=False)
    governors = store.tier_view(found, register, audience="governors", everybody=True)
    public = store.tier_view(found, register, audience="public", everybody=True)
    listed = next(
        block
        for section in leaders.report.sections
        for block in section.blocks
        if isinstance(block, Table) and block.id == "tier-proposals"
    )
    assert [row[0] for row in listed.rows] == ["canary-ann"]
    for safe in (governors, public):
        assert "canary" not in repr(safe) + str(safe.report.sections)
    kept = [block for section in public.report.sections for block in section.blocks]
    assert all(isinstance(block, Paragraph) and "withheld" in block.text for block in kept)
    assert "canary" not in repr(found)


# -- the pathway as a document


def test_the_shipped_pathway_is_sound_against_the_shipped_policies() -> None:
    workbench = Workbench.open(entry_points=False)
    assert workbench.pathway() == OWN
    assert [tier.id for tier in OWN.tiers] == ["universal", "targeted", "intensive"]
    assert {"self-awareness", "emotional-literacy", "motivation", "social-skills"} <= set(OWN.focus)
    assert {factor.kind for factor in OWN.factors} == set(FactorKind)
    named = {word for factor in OWN.factors for word in factor.focus}
    assert named == set(OWN.focus)


BROKEN = """
id = "mine"
title = "Mine"
settled_weeks = -1
focus = ["calm", "Loud"]
cites = [{ source = "library", standing = "library" }]
[[tiers]]
id = "all"
label = "All"
intent = "x"
enter = ["england-national/severe-absence"]
[[tiers]]
id = "More"
label = "More"
intent = "x"
review_days = 0
leave_after_weeks = -2
repeated_weeks = 3
enter = ["england-national/persistant-absence", "severe", "early-signs/week-one", "early-signs/week-one"]
[[factors]]
id = "fear"
kind = "barrier"
label = "Fear"
focus = ["clam"]
"""


def test_every_fault_of_a_pathway_is_told_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_pathway(BROKEN, where="mine.toml")
    told = [str(fault) for fault in caught.value.faults]
    for part in (
        "mine.toml: settled_weeks: is below 0",
        "mine.toml: focus[1]: 'Loud' is no id",
        "mine.toml: tiers[0].enter: the first tier is everybody's",
        "mine.toml: tiers[1].id: 'More' is no id",
        "mine.toml: tiers[1].review_days: 0 found",
        "mine.toml: tiers[1].leave_after_weeks: -2 found",
        "mine.toml: tiers[1].repeated_weeks: goes with enter_repeated",
        "mine.toml: tiers[1].enter[1]: 'severe' is no rule",
        "mine.toml: tiers[1].enter[3]: 'early-signs/week-one' stands twice",
        "Did you mean 'calm'?",
    ):
        assert any(part in line for line in told), (part, told)


def test_a_rule_that_no_policy_has_is_a_fault_with_a_guess() -> None:
    tiers = (OWN.tiers[0], evolve(OWN.tiers[1], enter=("england-national/persistant-absence",)))
    (fault,) = lint(evolve(OWN, tiers=tiers), {PERSISTENT})
    assert "is a rule of no policy" in str(fault)
    assert "Did you mean 'england-national/persistent-absence'?" in str(fault)


def test_tiers_and_factors_have_ids_of_their_own() -> None:
    with pytest.raises(DocumentError) as caught:
        Pathway(id="x", title="X", tiers=(OWN.tiers[0], OWN.tiers[0]), factors=(OWN.factors[0], OWN.factors[0]))
    assert len(caught.value.faults) == 2
    with pytest.raises(DocumentError, match="one tier or more"):
        Pathway(id="x", title="X", tiers=())


def test_a_school_adds_words_and_names_its_own_pathway(tmp_path: Path) -> None:
    lake = Factor(id="lake", kind=FactorKind.BARRIER, label="The lake", focus=("water",))
    wider = extended(OWN, focus=("water",), factors=(lake,))
    assert wider.factors[-1] == lake
    with pytest.raises(DocumentError, match="'anxiety' is used twice"):
        extended(OWN, factors=(evolve(lake, id="anxiety", focus=()),))
    with pytest.raises(DocumentError, match="'water' is unknown"):
        extended(OWN, factors=(lake,))
    text = '[support]\npathway = "mine.toml"\nfocus = ["water"]\n[[support.factors]]\n'
    text += 'id = "lake"\nkind = "barrier"\nlabel = "The lake"\nfocus = ["water"]\n'
    (tmp_path / "attendance.toml").write_text(text, encoding="utf-8")
    mine = BROKEN.replace("settled_weeks = -1", "").replace('"Loud"', '"loud"').replace('"More"', '"more"')
    mine = mine.replace('["clam"]', '["calm"]').replace("repeated_weeks = 3\n", "").replace("review_days = 0\n", "")
    mine = mine.replace("leave_after_weeks = -2\n", "").replace(', "severe", "early-signs/week-one"', "")
    mine = mine.replace(
        'label = "All"\nintent = "x"\nenter = ["england-national/severe-absence"]', 'label = "All"\nintent = "x"'
    )
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    workbench = Workbench.open(tmp_path / "attendance.toml", entry_points=False)
    with pytest.raises(DocumentError, match="persistant-absence"):
        workbench.pathway()
    (tmp_path / "mine.toml").write_text(mine.replace("persistant", "persistent"), encoding="utf-8")
    assert [factor.id for factor in workbench.pathway().factors] == ["fear", "lake"]


def test_a_plugins_pathway_is_followed_and_a_faulty_one_is_the_plugins_failure() -> None:
    class Acme:
        def __init__(self, *pathways: Pathway) -> None:
            self.pathways = pathways

        @hookimpl
        def attendance_pathways(self) -> tuple[Pathway, ...]:
            return self.pathways

    cites = (Citation(source="library", standing=Standing.LIBRARY),)
    one = Pathway(id="acme", title="Acme", tiers=(Tier(id="all", label="All", intent="x"),), cites=cites)
    good = Workbench.open(entry_points=False, plugins=[Acme(one)])
    assert good.pathway("acme") == one
    with pytest.raises(UnknownNameError, match="Did you mean"):
        good.pathway("acne")
    bad = evolve(one, tiers=(*one.tiers, Tier(id="more", label="More", intent="x", enter=("no/rule",))))
    broken = Workbench.open(entry_points=False, plugins=[Acme(bad)])
    with pytest.raises(UnknownNameError, match="'acme'"):
        broken.pathway("acme")
    assert any("is a rule of no policy" in failure.error for failure in broken.failures())


# -- programmes and services

CLUB = Programme(
    id="club",
    title="Breakfast club",
    tier="targeted",
    focus=("routine",),
    evidence="A trial in 106 primary schools",
    strength=Strength.MODERATE,
    enter=(LATE,),
    leave_words="Six weeks on time",
    success="Late sessions a week",
    cost=40.0,
    weeks=10,
    trained=("pastoral lead",),
)


def test_a_catalogue_is_held_against_pathway_and_rules() -> None:
    good = ProgrammeCatalogue(programmes=(CLUB,))
    assert lint_catalogue(good, OWN, {LATE}, where="p.toml") == ()
    assert programme_gaps(good) == ()
    bad = evolve(CLUB, tier="targetted", focus=("routines",), enter=("a/b",), cost=-1.0, weeks=0, evidence="")
    told = [str(one) for one in lint_catalogue(ProgrammeCatalogue(programmes=(CLUB, bad)), OWN, {LATE}, where="p.toml")]
    for part in (
        "programmes[1].id: 'club' is used twice",
        "programmes[1].tier: 'targetted' is no tier of the pathway",
        "programmes[1].focus[0]: 'routines' is unknown",
        "programmes[1].enter[0]: 'a/b' is a rule of no policy",
        "programmes[1].cost: is below 0",
        "programmes[1].weeks: is below 1",
        "programmes[1].evidence: is empty, and strength claims some",
    ):
        assert any(part in line for line in told), (part, told)
    bare = Programme(id="x", title="X")
    assert len(programme_gaps(ProgrammeCatalogue(programmes=(bare,)))) == 6


def test_programmes_are_suitable_by_tier_and_by_concern_or_focus() -> None:
    both = ProgrammeCatalogue(programmes=(CLUB, evolve(CLUB, id="talk", enter=(), focus=("motivation",))))
    assert [one.id for one in suitable(both, tier="targeted", rules=[LATE])] == ["club"]
    assert [one.id for one in suitable(both, tier="targeted", focus=["motivation", "routine"])] == ["club", "talk"]
    assert suitable(both, tier="intensive", rules=[LATE], focus=["routine"]) == ()


def test_a_directory_says_what_services_do_and_how_to_reach_them() -> None:
    good = Service(
        id="nurse", title="School nurse", offers="Talks about sleep", focus=("health",), how="Ask the office"
    )
    assert lint_directory(SupportDirectory(services=(good,)), OWN, where="d") == ()
    bad = SupportDirectory(services=(good, Service(id="nurse", title="Other", focus=("helth",))))
    assert len(lint_directory(bad, OWN, where="d")) == 2
    assert [str(gap) for gap in directory_gaps(bad)] == [
        "nurse: nobody says what it does",
        "nurse: nobody says how to reach it",
    ]


CATALOGUE = """document = "programme-catalogue"
schema = 1
[[programmes]]
id = "club"
title = "Breakfast club"
tier = "targeted"
focus = ["routine"]
enter = ["england-national/lateness-before-close"]
evidence = "A trial in 106 primary schools"
strength = "moderate"
leave_words = "Six weeks on time"
success = "Late sessions a week"
cost = 40.0
trained = ["pastoral lead"]
[[programmes]]
id = "walk"
title = "Walking bus"
focus = ["getting-there"]
"""


def test_commands_list_programmes_and_services(tmp_path: Path) -> None:
    (tmp_path / "programmes.toml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "attendance.toml").write_text('[support]\nprogrammes = "programmes.toml"\n', encoding="utf-8")
    ran = attendance("support", "programmes", folder=tmp_path)
    assert (ran.status, "Breakfast club" in ran.out, "walk: no research is named" in ran.err) == (1, True, True)
    ran = attendance("support", "programmes", "--tier", "targeted", "--format", "json", folder=tmp_path)
    assert (ran.status, [one["id"] for one in ran.data["programmes"]], ran.data["gaps"]) == (0, ["club"], [])
    for words, says in ((("--tier", "gold"), "'gold' is unknown"), (("--focus", "routin"), "Did you mean 'routine'?")):
        ran = attendance("support", "programmes", *words, folder=tmp_path)
        assert (ran.status, says in ran.err) == (2, True)
    services = 'document = "support-directory"\nschema = 1\n[[services]]\nid = "nurse"\ntitle = "Nurse"\n'
    (tmp_path / "d.toml").write_text(services, encoding="utf-8")
    ran = attendance("support", "directory", "d.toml", folder=tmp_path)
    assert (ran.status, "nurse: nobody says how to reach it" in ran.err) == (1, True)
    ran = attendance("support", "directory", "d.toml", "--format", "json", "--focus", "health", folder=tmp_path)
    assert (ran.status, ran.data["services"]) == (0, [])
    ran = attendance("support", "directory", folder=tmp_path)
    assert (ran.status, ran.out.strip()) == (0, "No service is listed.")


def test_a_command_shows_a_pathway_and_refuses_a_faulty_file(tmp_path: Path) -> None:
    ran = attendance("support", "pathway", folder=tmp_path)
    assert (ran.status, "Bullying, or fear of certain pupils" in ran.out, "intensive" in ran.out) == (0, True, True)
    ran = attendance("support", "pathway", "support-first", "--format", "json", folder=tmp_path)
    assert [tier["id"] for tier in ran.data["tiers"]] == ["universal", "targeted", "intensive"]
    (tmp_path / "mine.toml").write_text(BROKEN, encoding="utf-8")
    ran = attendance("support", "pathway", "mine.toml", folder=tmp_path)
    assert (ran.status, len(ran.told)) == (2, 10), ran.err


# -- the command


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiers")
    assert attendance("demo", "--out", folder / "s", "--pupils", 60).status == 0
    return folder


def tiers(folder: Path, *more: object) -> tuple[object, ...]:
    s = folder / "s"
    files = ("--pupils", s / "pupils.csv", "--calendar", s / "calendar.toml", "--config", s / "attendance.toml")
    return ("tiers", s / "marks.csv", *files, *more)


@pytest.mark.parametrize("format_", ["terminal", "json", "csv", "html", "xlsx"])
def test_the_command_writes_every_format(demo: Path, tmp_path: Path, format_: str) -> None:
    out = tmp_path / ("out" if format_ == "csv" else f"out.{format_}")
    ran = attendance(*tiers(demo, "--store", tmp_path / "ledgers", "--format", format_, "--out", out))
    assert ran.status in (0, 1), ran.err
    assert out.exists()


def test_a_person_accepts_or_decides_otherwise_and_nothing_changes_by_itself(demo: Path, tmp_path: Path) -> None:
    store = tmp_path / "ledgers"
    before = attendance(*tiers(demo, "--store", store, "--format", "json"))
    assert not list(store.rglob("*.ledger")), "a proposal writes nothing"
    shown_first = _table(before.data)
    keys = [column["key"] for column in shown_first["columns"]]
    rows = [dict(zip(keys, row, strict=True)) for row in shown_first["rows"]]
    up = [row for row in rows if row["move"] == "step up"]
    first, second = up[0]["pupil_id"], up[1]["pupil_id"]
    day = ("--as-of", "2026-07-17", "--by", "attendance lead", "--store", store)
    ran = attendance(*tiers(demo, *day, "--accept", first))
    assert (ran.status in (0, 1), ran.out.strip()) == (True, "0.0"), ran.err
    ran = attendance(*tiers(demo, *day, "--override", second, "universal", "--reason", "A broken leg; back on Monday"))
    assert ran.out.strip() == "1.0", ran.err
    shown = attendance("support", "show", second, "--store", store, "--format", "json")
    event = shown.data[0]["event"]
    assert (event["tier"], event["proposed"] != "universal", bool(event["concerns"])) == ("universal", True, True)
    after = attendance(*tiers(demo, "--as-of", "2026-07-17", "--store", store, "--format", "json"))
    now = {row[0]: dict(zip(keys, row, strict=True)) for row in _table(after.data)["rows"]}
    assert now[first]["current"] == up[0]["tier"]
    assert second not in now, "settled: nothing is proposed again so soon"


def _table(data: object) -> dict[str, Any]:
    if isinstance(data, dict):
        if data.get("id") == "tier-proposals":
            return data
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            if found := _table(one):
                return found
    return {}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--accept", "x"), "--as-of: is not given"),
        (("--accept", "x"), "--by: nobody decides"),
        (("--override", "x", "universal", "--by", "me", "--as-of", "2026-07-17"), "--reason: is not given"),
        (("--accept", "canary", "--by", "me", "--as-of", "2026-07-17"), "pupil 1 of 1: is not on roll"),
        (("--accept", "P00001", "--accept", "P00001", "--by", "me", "--as-of", "2026-07-17"), "twice"),
        (("--override", "P00001", "gold", "--reason", "x", "--by", "me", "--as-of", "2026-07-17"), "'gold' is unknown"),
        (("--audience", "nobody"), "'nobody'"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_names_nobody(
    demo: Path, tmp_path: Path, more: tuple[str, ...], says: str
) -> None:
    ran = attendance(*tiers(demo, "--store", tmp_path / "ledgers", *more))
    assert (ran.status, says in ran.err) == (2, True), ran.err
    assert "canary" not in ran.err


def test_of_several_schools_each_pupil_has_the_schools_own_ledger() -> None:
    rows = [
        ("7", day, session, "O" if name == "north" else "/", name)
        for name in ("north", "south")
        for day in DAYS[:40]
        for session in ("AM", "PM")
    ]
    mapping = evolve(LONG, school="", columns=LONG.columns | {"school_id": "School"})
    register = read(table(("Pupil", "Date", "Session", "Mark", "School"), rows), mapping, calendars=[YEAR])
    store = bench()
    north, south = (PupilKey(pupil_id="7", school_id=name) for name in ("north", "south"))
    store.ledgers.add(south, decided("targeted", DAYS[1]), written_on=DAYS[1], by="lead")
    found = store.tiers(register)
    assert {one.who: (one.current, one.tier) for one in found.proposals} == {
        north: ("universal", "intensive"),
        south: ("targeted", "universal"),
    }
    view = store.tier_view(found, register, everybody=False)
    (listed,) = [
        block
        for section in view.report.sections
        for block in section.blocks
        if isinstance(block, Table) and block.id == "tier-proposals"
    ]
    assert [row[:2] for row in listed.rows] == [("north", "7"), ("south", "7")]


def test_pupils_on_roll_are_those_whose_enrolment_holds() -> None:
    known: list[dict[str, object]] = [{"Pupil": "ann"}, {"Pupil": "bob", "End": date(2025, 12, 19)}]
    register = school({"ann": present, "bob": present}, until=date(2025, 12, 19), known=known)
    assert [one.who.pupil_id for one in on_roll(register, date(2026, 1, 5))] == ["ann"]
    assert [one.who.pupil_id for one in on_roll(register, date(2025, 12, 19))] == ["ann", "bob"]
