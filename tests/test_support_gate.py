"""The gate before a statutory step: what counts as proof, on both sides of each edge, and what is missing."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.documents.converter import structure
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.errors import DocumentError
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.policies import Policy
from attendance_core.model.support_contacts import CaseMeeting, OfferResponse, SupportOffer
from attendance_core.model.support_gates import GateResult, ProofKind, ProofState, Requirement
from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
from attendance_core.model.support_steps import StatutoryStep, StepKind, StepState
from attendance_core.policy.loading import load_policy
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.locate import reference_folder
from attendance_core.support.gate import GatesDocument, ask_gate, check_gates, load_gates
from attendance_core.support.ledger import Ledger, Ledgers
from tests.events import events

DAY = date(2026, 3, 16)
WHO = PupilKey(pupil_id="7")
NOTICE = "england-national/penalty-notice-threshold"


def ledger(*written: Event, written_on: date = DAY) -> Ledger:
    ledgers = Ledgers(MemoryStore())
    for event in written:
        ledgers.add(WHO, event, written_on=written_on, by="tutor")
    return ledgers.of(WHO)


def step(kind: StepKind, **more: Any) -> StatutoryStep:
    if kind is StepKind.NOTICE_TO_IMPROVE:
        more = {"start": DAY, "end": DAY + timedelta(weeks=4)} | more
    given: dict[str, Any] = {"step": kind, "on": DAY} | more
    return StatutoryStep(**given)


def ask(kind: StepKind, *written: Event, concerns: set[str] | None = None, **more: Any) -> GateResult:
    return ask_gate(step(kind, **more), ledger(*written), as_of=DAY, concerns=concerns)


def states(result: GateResult) -> dict[str, ProofState]:
    return {proof.requirement.id: proof.state for proof in result.proofs}


def state(kind: StepKind, id: str, *written: Event, **more: Any) -> ProofState:
    return states(ask(kind, *written, **more))[id]


def offer(what: str = "breakfast club", on: date = DAY, **more: Any) -> SupportOffer:
    return SupportOffer(on=on, what=what, **more)


def ago(**back: int) -> date:
    from dateutil.relativedelta import relativedelta

    return DAY - relativedelta(**back)  # type: ignore[arg-type]


MET, MISSING, UNCHECKED = ProofState.MET, ProofState.MISSING, ProofState.NOT_CHECKED
CONTRACT, IMPROVE, PENALTY = StepKind.ATTENDANCE_CONTRACT, StepKind.NOTICE_TO_IMPROVE, StepKind.PENALTY_NOTICE


# -- offers, answers, meetings


@pytest.mark.parametrize(
    ("on", "found"),
    [(DAY, MET), (ago(months=12), MET), (ago(months=12, days=1), MISSING), (DAY + timedelta(1), MISSING)],
)
def test_an_offer_counts_for_a_year_and_not_before_it_was_made(on: date, found: ProofState) -> None:
    assert state(CONTRACT, "offer", offer(on=on)) is found


@pytest.mark.parametrize(
    ("response", "on", "found"),
    [
        (OfferResponse.WAITING, ago(days=10), MET),
        (OfferResponse.WAITING, ago(days=9), MISSING),
        (OfferResponse.ACCEPTED, DAY, MET),
        (OfferResponse.DECLINED, DAY, MET),
        (OfferResponse.NO_REPLY, DAY, MET),
    ],
)
def test_an_answer_is_known_or_ten_days_are_over(response: OfferResponse, on: date, found: ProofState) -> None:
    assert state(CONTRACT, "answer", offer(on=on, response=response)) is found


def test_without_an_offer_no_answer_is_known() -> None:
    result = ask(CONTRACT)
    assert states(result) == {"offer": MISSING, "answer": MISSING, "meeting": MISSING}
    assert [proof.says for proof in result.proofs] == [
        "no offer is recorded within 12 months",
        "no offer has an answer, and none is old enough to go without",
        "no meeting is recorded within 12 months",
    ]


@pytest.mark.parametrize(
    ("what", "response", "found"),
    [
        ("A meeting with the tutor", OfferResponse.DECLINED, MET),
        ("two Meetings", OfferResponse.NO_REPLY, MET),
        ("meeting", OfferResponse.ACCEPTED, MISSING),
        ("meeting", OfferResponse.WAITING, MISSING),
        ("greetings, and no meetinghouse", OfferResponse.DECLINED, MISSING),
    ],
)
def test_a_meeting_that_was_not_taken_up_counts(what: str, response: OfferResponse, found: ProofState) -> None:
    assert state(CONTRACT, "meeting", offer(what, response=response)) is found


def test_a_meeting_that_was_held_counts_and_is_named() -> None:
    result = ask(CONTRACT, offer(), CaseMeeting(on=DAY, purpose="attendance", present=("parent",)))
    (proof,) = [one for one in result.proofs if one.requirement.id == "meeting"]
    assert (proof.state, proof.records, proof.says) == (MET, (EventId(ledger="0", place=1),), "1 meeting")


# -- plans and reviews


def plan(**more: Any) -> SupportPlan:
    given: dict[str, Any] = {"start": ago(months=2), "tier": "targeted", "goals": ("In by nine",)} | more
    return SupportPlan(**given)


def reviewed(of: int, **more: Any) -> Review:
    given: dict[str, Any] = {"of": of, "held": ago(days=7), "outcome": ReviewOutcome.CONTINUE} | more
    return Review(**given)


@pytest.mark.parametrize(
    ("written", "found", "says"),
    [
        ((), MISSING, "no plan is recorded within 12 months"),
        ((plan(),), MISSING, "the plan has no day for a review, and no review"),
        ((plan(), reviewed(1)), MISSING, "the plan has no day for a review, and no review"),
        ((plan(), reviewed(0)), MET, "1 plan"),
        ((plan(review_due=DAY + timedelta(7)),), MET, "1 plan"),
        # A plan that goes on counts however long ago it began, one that ended for a year.
        ((plan(start=ago(years=3), review_due=ago(years=2)),), MET, "1 plan"),
        ((plan(start=ago(years=3), review_due=ago(years=2), end=ago(months=12)),), MET, "1 plan"),
        (
            (plan(start=ago(years=3), review_due=ago(years=2), end=ago(months=12, days=1)),),
            MISSING,
            "no plan is recorded within 12 months",
        ),
        ((offer("a support plan", response=OfferResponse.DECLINED),), MET, "a plan was offered and not taken up"),
    ],
)
def test_a_plan_wants_a_review(written: tuple[Event, ...], found: ProofState, says: str) -> None:
    result = ask(IMPROVE, *written)
    (proof,) = [one for one in result.proofs if one.requirement.id == "plan"]
    assert (proof.state, proof.says) == (found, says)


def test_only_a_review_that_was_held_counts() -> None:
    missed = Review(of=0, due=ago(days=7))
    assert state(PENALTY, "review", plan(), missed) is MISSING
    assert state(PENALTY, "review", plan(), missed, reviewed(0)) is MET


# -- earlier steps

NO_NOTICE = "no notice to improve is recorded within 12 months"


@pytest.mark.parametrize(
    ("earlier", "found", "says"),
    [
        (None, MISSING, NO_NOTICE),
        ({"end": ago(days=1)}, MET, "1 notice to improve"),
        ({"end": DAY}, MISSING, "the notice to improve has not come to its end"),
        ({"end": DAY, "state": StepState.NOT_MET}, MET, "1 notice to improve"),
        ({"end": ago(days=1), "state": StepState.MET}, MISSING, "the notice to improve was met: the improvement came"),
        ({"end": ago(days=1), "state": StepState.WITHDRAWN}, MISSING, NO_NOTICE),
        ({"end": ago(days=1), "state": StepState.PROPOSED}, MISSING, NO_NOTICE),
    ],
)  # fmt: skip
def test_a_notice_to_improve_comes_before_and_is_over(
    earlier: dict[str, Any] | None, found: ProofState, says: str
) -> None:
    on = ago(weeks=5)
    written = [] if earlier is None else [step(IMPROVE, **({"on": on, "start": on} | earlier))]
    result = ask(PENALTY, *written)
    (proof,) = [one for one in result.proofs if one.requirement.id == "notice-to-improve"]
    assert (proof.state, proof.says) == (found, says)


def test_a_contract_that_was_offered_and_declined_is_formal_support() -> None:
    assert state(IMPROVE, "contract") is MISSING
    assert state(IMPROVE, "contract", step(CONTRACT, on=ago(months=1))) is MET
    assert state(IMPROVE, "contract", offer("attendance contract", response=OfferResponse.DECLINED)) is MET


# -- the period of a notice to improve


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        # Monday to Friday of three weeks, and a day less.
        (date(2026, 3, 16), date(2026, 4, 3), MET),
        (date(2026, 3, 16), date(2026, 4, 2), MISSING),
        (date(2026, 3, 16), date(2026, 4, 5), MET),
        # From a Wednesday, three weeks are over on a Tuesday.
        (date(2026, 3, 18), date(2026, 4, 7), MET),
        (date(2026, 3, 18), date(2026, 4, 6), MISSING),
        # Six weeks from Monday to Monday, and a day more.
        (date(2026, 3, 16), date(2026, 4, 27), MET),
        (date(2026, 3, 16), date(2026, 4, 28), MISSING),
        (date(2026, 3, 16), date(2026, 3, 16), MISSING),
    ],
)
def test_a_period_has_three_to_six_weeks(first: date, last: date, found: ProofState) -> None:
    assert state(IMPROVE, "period", start=first, end=last) is found


@given(st.integers(0, 6), st.integers(0, 80))
@settings(max_examples=200, deadline=None)
def test_a_longer_period_is_never_too_short_and_a_shorter_never_too_long(shift: int, length: int) -> None:
    first = DAY + timedelta(shift)
    fits = state(IMPROVE, "period", start=first, end=first + timedelta(length)) is MET
    if length + 1 < 19 or length > 42:
        assert not fits
    if 21 <= length + 1 <= 43:
        assert fits


def test_a_gate_whose_step_gives_no_period_says_so() -> None:
    requirement = load_gates()[IMPROVE].versions[0].requires[-1]
    assert requirement.kind is ProofKind.PERIOD
    document = _document(requires=["period"], kind="period", at_least=3, at_most=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attendance_core.support.gate.load_gates", lambda: _loaded(document))
        (proof,) = ask(CONTRACT).proofs
    assert (proof.state, proof.says) == (MISSING, "no period is given")


def _loaded(document: GatesDocument) -> Any:
    from attendance_core.support.gate import _gate

    known = {one.id: one for one in document.requirements}
    return {entry.step: _gate(entry, known) for entry in document.gates}


# -- the limit of penalty notices


def notice(on: date, **more: Any) -> StatutoryStep:
    return step(PENALTY, **({"on": on, "parent": "parent 1"} | more))


@pytest.mark.parametrize(
    ("earlier", "found"),
    [
        ([], MET),
        ([notice(ago(days=5))], MET),
        ([notice(ago(days=5)), notice(ago(years=1))], MISSING),
        ([notice(ago(days=5)), notice(ago(years=3))], MISSING),
        ([notice(ago(days=5)), notice(ago(years=3, days=1))], MET),
        ([notice(ago(days=5)), notice(ago(days=6), state=StepState.WITHDRAWN)], MET),
        ([notice(ago(days=5)), notice(ago(days=6), state=StepState.PROPOSED)], MET),
        *(
            ([notice(ago(days=5)), notice(ago(days=6), state=state)], MISSING)
            for state in (StepState.PAID, StepState.UNPAID, StepState.PROSECUTED)
        ),
        ([notice(ago(days=5)), notice(ago(days=6), parent="parent 2")], MET),
        # Nobody can tell that it went to another parent.
        ([notice(ago(days=5)), notice(ago(days=6), parent="")], MISSING),
        ([notice(ago(days=5)), notice(ago(days=6), parent=" Parent 1 ")], MISSING),
    ],
)
def test_a_third_notice_for_one_parent_and_child_in_three_years_is_told(
    earlier: list[Event], found: ProofState
) -> None:
    assert state(PENALTY, "limit", *earlier, parent="parent 1") is found


def test_a_notice_exactly_three_years_ago_counts_by_the_setting() -> None:
    held = ledger(notice(ago(days=5)), notice(ago(years=3)))
    asked = notice(DAY)
    found = [states(ask_gate(asked, held, as_of=DAY, inclusive=one))["limit"] for one in (True, False)]
    assert found == [MISSING, MET]


def test_the_limit_is_the_one_of_the_national_policy() -> None:
    policy: Policy = load_policy(
        reference_folder() / "policies" / "england-national.toml", (load_codebook("england"), load_codebook("foreign"))
    )
    (rule,) = [one for one in policy.rules if f"england-national/{one.id}" == NOTICE]
    (limit,) = [one for one in load_gates()[PENALTY].versions[0].requires if one.kind is ProofKind.LIMIT]
    body: Any = rule.versions[-1].body
    assert (limit.at_most, limit.years) == (body.limit, body.limit_years)
    threshold = [one for one in load_gates()[PENALTY].versions[0].requires if one.kind is ProofKind.THRESHOLD]
    assert [one.concern for one in threshold] == [NOTICE]


@pytest.mark.parametrize(("parent", "found"), [("", MISSING), (" ", MISSING), ("parent 2", MET)])
def test_a_notice_goes_to_one_parent(parent: str, found: ProofState) -> None:
    assert state(PENALTY, "parent", parent=parent) is found


@pytest.mark.parametrize(
    ("concerns", "found"), [(None, UNCHECKED), (set(), MISSING), ({NOTICE}, MET), ({"a/b"}, MISSING)]
)
def test_the_threshold_is_asked_of_the_register_or_not_checked(concerns: set[str] | None, found: ProofState) -> None:
    result = ask(PENALTY, concerns=concerns)
    assert states(result)["threshold"] is found
    assert [one.requirement.id for one in result.unchecked] == (["threshold"] if found is UNCHECKED else [])
    assert "threshold" not in [one.requirement.id for one in result.missing] or found is MISSING


# -- the whole


def test_what_was_written_later_is_not_known() -> None:
    held = ledger(offer(), written_on=DAY + timedelta(1))
    found = [states(ask_gate(step(CONTRACT), held, as_of=DAY + timedelta(more)))["offer"] for more in (0, 1)]
    assert found == [MISSING, MET]


def test_before_the_rules_nothing_is_looked_for() -> None:
    result = ask_gate(step(CONTRACT, on=date(2024, 8, 18)), ledger(), as_of=DAY)
    assert (result.version, result.proofs, result.missing) == (None, (), ())
    assert ask_gate(step(CONTRACT, on=date(2024, 8, 19)), ledger(), as_of=DAY).missing


@given(
    st.lists(st.sampled_from(("offer", "meeting", "plan", "contact", "letter")).flatmap(events), max_size=6),
    st.sampled_from([CONTRACT, StepKind.REFERRAL, StepKind.OTHER, PENALTY]),
    st.integers(0, 5),
)
@settings(max_examples=150, deadline=None)
def test_more_support_is_never_less_proof(written: list[Event], kind: StepKind, without: int) -> None:
    """No support that is recorded besides takes proof away; and what shows something is a record of the ledger."""
    fewer = [one for at, one in enumerate(written) if at != without]
    whole, part = (ask(kind, *some, parent="parent 1", concerns={NOTICE}) for some in (written, fewer))
    met = {id for id, found in states(part).items() if found is MET}
    assert met <= {id for id, found in states(whole).items() if found is MET}
    places = {id.place for proof in whole.proofs for id in proof.records}
    assert places <= set(range(len(written)))


def test_every_proof_says_what_was_found_and_names_nobody() -> None:
    canary = "Zacharias"
    result = ask(
        PENALTY,
        offer(f"meeting with {canary}", response=OfferResponse.DECLINED, note=canary),
        plan(goals=(canary,)),
        reviewed(1, note=canary),
        parent=canary,
    )
    told = repr(result) + "".join(proof.says + proof.requirement.remedy for proof in result.proofs)
    assert canary not in told
    assert all(proof.says for proof in result.proofs)


# -- the data


def test_every_kind_of_step_has_a_gate_and_every_kind_of_proof_is_used() -> None:
    gates = load_gates()
    assert set(gates) == set(StepKind)
    used = {one.kind for gate in gates.values() for version in gate.versions for one in version.requires}
    assert used == set(ProofKind)
    assert all(version.cites and version.requires for gate in gates.values() for version in gate.versions)


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("answer", ["days"]), ("step", ["step"]), ("period", ["at_least", "at_most"]), ("limit", ["at_most", "years"]),
        ("threshold", ["concern"]),
    ],
)  # fmt: skip
def test_a_requirement_without_what_its_kind_needs_is_refused(kind: str, needs: list[str]) -> None:
    with pytest.raises(DocumentError) as caught:
        Requirement(id="x", kind=ProofKind(kind), asks="x", remedy="x")
    assert [str(one) for one in caught.value.faults] == [
        f"{name}: a {kind} needs it; expected a value. Give it." for name in needs
    ]


def _document(*, requires: list[str], kind: str = "offer", id: str = "period", **more: Any) -> GatesDocument:
    version = {
        "in_force_from": "2024-08-19",
        "requires": requires,
        "last_checked_on": "2026-11-25",
        "cites": [{"source": "library", "standing": "library"}],
    }
    gates = [{"step": one.value, "title": one.value, "versions": [version]} for one in StepKind]
    requirement = {"id": id, "kind": kind, "asks": "x", "remedy": "x"} | more
    return structure({"requirements": [requirement], "gates": gates}, GatesDocument, where="gates.toml")


def test_the_faults_of_gates_are_told() -> None:
    sound = _document(requires=["period"])
    assert check_gates(sound, where="g") == ()

    def says(document: GatesDocument) -> list[str]:
        return [str(fault) for fault in check_gates(document, where="g")]

    assert says(evolve(sound, gates=sound.gates[1:])) == [
        "g: gate 'attendance-contract': stands 0 times; expected once. Give it once."
    ]
    assert says(evolve(sound, gates=(*sound.gates, sound.gates[0])))[0] == (
        "g: gate 'attendance-contract': stands 2 times; expected once. Give it once."
    )
    assert says(evolve(sound, requirements=sound.requirements * 2)) == [
        "g: requirement 'period': stands 2 times; expected once. Give it once."
    ]
    assert says(_document(requires=["period", "offer"])) == [
        "g: requirement 'offer': stands 0 times; expected once. Give it once."
    ]
    other = evolve(sound.requirements[0], id="other")
    assert says(evolve(sound, requirements=(*sound.requirements, other))) == [
        "g: requirement 'other': is looked for nowhere; expected a gate that names it. Remove it."
    ]
    first = sound.gates[0]
    bare = evolve(first, versions=(evolve(first.versions[0], cites=()),))
    assert "cites nothing" in says(evolve(sound, gates=(bare, *sound.gates[1:])))[0]
    late = evolve(first.versions[0], in_force_from=date(2030, 1, 1))
    gap = evolve(first, versions=(evolve(first.versions[0], in_force_to=date(2025, 1, 1)), late))
    assert "leaves a gap" in says(evolve(sound, gates=(gap, *sound.gates[1:])))[0]
