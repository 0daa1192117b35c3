"""Audits: statuses by named rules, held against an oracle; traps of the sources; other eyes; tidy frames."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from attendance_core.audits.comparing import Direction, compare, own_view, second_view
from attendance_core.audits.documents import AUDIT, check_audit, new_audit, open_audit, save_audit, suggestions
from attendance_core.audits.rules import find_edition, load_status_rules, offered
from attendance_core.audits.status import Ballot, decide, status_of
from attendance_core.audits.tidy import ratings_frame, statuses_frame
from attendance_core.documents.converter import structure
from attendance_core.documents.versioned import save_document
from attendance_core.errors import AttendanceError, DocumentError, UnknownNameError
from attendance_core.frameworks.links import Links
from attendance_core.frameworks.loading import load_frameworks, load_own_crosswalk
from attendance_core.frameworks.overlay import apply_overlay
from attendance_core.model.actions import Action, ActionState, Evidence, EvidenceKind
from attendance_core.model.audits import (
    DocumentRequest,
    FormDoubt,
    Recommendation,
    RecommendationState,
    SecondAssessment,
)
from attendance_core.model.frameworks import Overlay
from attendance_core.model.scales import PracticeStatus
from attendance_core.model.statuses import RuleEdition, RuleMethod
from attendance_core.plugins.builtin.audit_form import audit_form
from attendance_core.plugins.builtin.audit_form_read import read_form
from tests.audit_cases import ON, STANDARDS, answered, blank, changed, pack, rated
from tests.shared import ROOT

FRAMEWORKS = load_frameworks()
RED, AMBER, GREEN, INCOMPLETE = PracticeStatus
COLOURS = (RED, AMBER, GREEN)
RULES = tuple(load_status_rules())
BAD = ROOT / "tests" / "data" / "bad_audits"


def asked(rule: str, colours: Sequence[PracticeStatus], planned: Sequence[bool] = ()) -> PracticeStatus:
    """Ask a rule of items with these colours, some of which have a live action."""
    items = {str(number): colour for number, colour in enumerate(colours)}
    live = frozenset(item for item, has in zip(items, planned, strict=False) if has)
    edition = load_status_rules()[rule].versions[-1]
    return decide(edition, Ballot(colours=items, planned=live))[0]


def oracle(rule: str, colours: Sequence[PracticeStatus], planned: Sequence[bool]) -> PracticeStatus:
    """The rules as their sentences say them, in another way: sorted ratings, a median, fractions."""
    points = sorted(COLOURS.index(colour) for colour in colours)
    number = len(points)
    if rule == "worst":
        return COLOURS[points[0]]
    if rule == "majority":  # more than half reach the lower median, and no better colour
        return COLOURS[points[(number - 1) // 2]]
    if rule == "mean-banded":
        mean = Fraction(sum(points), number)
        return GREEN if mean >= Fraction(4, 3) else AMBER if mean >= Fraction(2, 3) else RED
    pairs = list(zip(colours, planned, strict=True))
    if any(colour is RED and not has for colour, has in pairs):
        return RED
    most = sum(colour is GREEN for colour in colours) > Fraction(number, 2)
    return GREEN if most and all(has for colour, has in pairs if colour is not GREEN) else AMBER


BALLOTS = st.lists(st.tuples(st.sampled_from(COLOURS), st.booleans()), min_size=1, max_size=20)


@pytest.mark.parametrize("rule", RULES)
@given(ballot=BALLOTS)
def test_each_rule_says_what_its_sentence_says(rule: str, ballot: list[tuple[PracticeStatus, bool]]) -> None:
    colours, planned = [colour for colour, _ in ballot], [has for _, has in ballot]
    assert asked(rule, colours, planned) is oracle(rule, colours, planned)


@pytest.mark.parametrize("rule", RULES)
@given(ballot=BALLOTS, at=st.integers(0, 19), data=st.data())
def test_a_better_rating_or_one_more_action_never_lowers_a_status(
    rule: str, ballot: list[tuple[PracticeStatus, bool]], at: int, data: st.DataObject
) -> None:
    at %= len(ballot)
    colour, _ = ballot[at]
    better = data.draw(st.sampled_from([one for one in COLOURS if COLOURS.index(one) >= COLOURS.index(colour)]))
    raised = [*ballot[:at], (better, True), *ballot[at + 1 :]]
    before, after = (asked(rule, [c for c, _ in one], [h for _, h in one]) for one in (ballot, raised))
    assert COLOURS.index(after) >= COLOURS.index(before)


@pytest.mark.parametrize("rule", RULES)
@given(ballot=BALLOTS, dice=st.randoms())
def test_the_order_of_items_never_matters(rule: str, ballot: list[tuple[PracticeStatus, bool]], dice: object) -> None:
    shuffled = ballot[:]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert asked(rule, [c for c, _ in ballot], [h for _, h in ballot]) is asked(
        rule, [c for c, _ in shuffled], [h for _, h in shuffled]
    )


@given(ballot=BALLOTS)
def test_worst_is_never_better_than_any_rule_that_counts_ratings_alone(
    ballot: list[tuple[PracticeStatus, bool]],
) -> None:
    colours = [colour for colour, _ in ballot]
    worst = COLOURS.index(asked("worst", colours))
    assert all(COLOURS.index(asked(rule, colours)) >= worst for rule in ("majority", "mean-banded"))


@pytest.mark.parametrize(
    ("rule", "letters", "status"),
    [
        ("majority", "ggaa", AMBER),  # exactly half is not more than half
        ("majority", "ggga", GREEN),
        ("majority", "rrga", RED),  # exactly half reach amber
        ("majority", "rga", AMBER),
        ("mean-banded", "gar", AMBER),
        ("mean-banded", "gga" + "aar" + "ggr", AMBER),  # 11 of 9: just below 4/3
        ("mean-banded", "gaa", GREEN),  # 4 of 3: the edge belongs to green
        ("mean-banded", "aar", AMBER),  # 2 of 3: the edge belongs to amber
        ("mean-banded", "rra", RED),
        ("worst", "gggggggr", RED),
        ("worst", "ggga", AMBER),
        ("plan-aware", "ggga", AMBER),
        ("plan-aware", "gggr", RED),
    ],
)
def test_the_edges_of_the_rules(rule: str, letters: str, status: PracticeStatus) -> None:
    assert asked(rule, [{"r": RED, "a": AMBER, "g": GREEN}[letter] for letter in letters]) is status


# -- statuses of audits


def whole(audit_rule: str = "plan-aware", letters: str = "g", as_of: date = ON) -> PracticeStatus:
    return status_of(answered(letters, rule=audit_rule), pack(), as_of).whole.status


def test_a_status_names_its_rule_what_decided_it_and_what_others_say() -> None:
    found = status_of(answered("r" + "g" * 10 + "a" * 8 + "g"), pack(), ON)
    first, second = found.sections[:2]
    assert (first.rule, first.rule_version, first.status) == ("plan-aware", "1.0.0", RED)
    assert first.deciding == ("1.1",)
    assert first.because == "1 item is red without an open action that is not overdue."
    assert dict(first.others) == {"worst": RED, "majority": GREEN, "mean-banded": GREEN}
    assert second.status is AMBER
    assert second.deciding == tuple(f"2.{number}" for number in range(1, 9))
    assert second.because == "8 of 16 items are green, which is not more than half."
    assert found.says.startswith("Green when more than half")
    assert first.descriptor == pack().sections[0].descriptors.red  # type: ignore[union-attr]
    assert found.whole.descriptor == pack().descriptors.red  # type: ignore[union-attr]


def test_the_reasons_of_plan_aware_are_sentences() -> None:
    due = date(2025, 12, 1)

    def because(letters: str, *planned: str) -> str:
        audit = answered(letters)
        for item in planned:
            audit = changed(audit, item, actions=(Action(id=item, text="Do", due=due),))
        return status_of(audit, pack(), ON).whole.because

    assert because("rg", "1.1") == (
        "49 of 50 items are green, and the other one has an open action that is not overdue."
    )
    assert because("rag", "1.1", "1.2").endswith("and each of the other 2 has an open action that is not overdue.")
    assert because("ag") == "1 item is amber without an open action that is not overdue."
    edition = evolve(load_status_rules()["plan-aware"].versions[-1], more_than=(3, 4))
    ballot = Ballot(colours={"1": GREEN, "2": AMBER}, planned=frozenset({"2"}))
    assert decide(edition, ballot)[2] == "1 of 2 items are green, which is not more than 3/4."


def test_every_rule_can_be_asked_and_a_wrong_one_is_refused() -> None:
    audit = answered("ggga")
    for rule in RULES:
        assert status_of(audit, pack(), ON, rule=rule).whole.rule == rule
    with pytest.raises(UnknownNameError, match=r"'wurst' is no status rule.*Did you mean 'worst'"):
        status_of(audit, pack(), ON, rule="wurst")
    with pytest.raises(UnknownNameError, match=r"'9' is no version of worst; expected one of 1.0.0"):
        find_edition("worst", "9")


def test_unanswered_is_incomplete_under_every_rule_and_never_a_guess() -> None:
    for rule in RULES:
        found = status_of(answered("r" * 49 + "-", rule=rule), pack(), ON).whole
        assert found.status is INCOMPLETE
        assert found.told == "incomplete: 1 unanswered"
        assert found.unanswered == ("4.15",)
        assert {value for _, value in found.others} == {INCOMPLETE}


def test_an_action_counts_while_it_is_open_and_not_overdue() -> None:
    audit = answered("r" + "g" * 49)
    due = date(2025, 12, 1)

    def status(as_of: date = due, **changes: object) -> PracticeStatus:
        action = Action(id="a", text="Do", **({"due": due} | changes))  # type: ignore[arg-type]
        return status_of(changed(audit, "1.1", actions=(action,)), pack(), as_of).sections[0].status

    assert status() is GREEN, "on its last day an action is not overdue"
    assert status(due + timedelta(days=1)) is RED
    assert status(due + timedelta(days=1), state=ActionState.CARRIED) is RED
    assert status(state=ActionState.CARRIED) is GREEN
    assert status(state=ActionState.DONE, done_on=due) is RED, "what is done and still red needs another action"
    assert status(state=ActionState.DROPPED, reason="no money") is RED
    assert status(due=None) is GREEN, "an action without a day is never overdue"


def test_an_accepted_recommendation_is_an_action_of_its_items() -> None:
    audit = answered("r" + "g" * 49)
    asked = Recommendation(id="la-1", text="Write it", items=("1.1",), due=date(2025, 12, 1), owner="head")
    assert status_of(evolve(audit, recommendations=(asked,)), pack(), ON).sections[0].status is RED
    accepted = evolve(asked, state=RecommendationState.ACCEPTED)
    audit = evolve(audit, recommendations=(accepted,))
    assert status_of(audit, pack(), ON).sections[0].status is GREEN
    (action,) = audit.actions()
    assert action == Action(
        id="la-1", text="Write it", owner="head", due=date(2025, 12, 1), links=("attendance-standards/1.1",)
    )


def test_uncertain_items_are_counted_apart_and_may_stay_open() -> None:
    framework = pack("five-foundations")
    apart = ("1.1", "1.2", "2.1", "2.2", "2.3")
    ratings = {item.id: "established" for item in framework.rateable() if item.id not in apart}
    for rule in RULES:
        audit = rated(ratings, framework="five-foundations", rule=rule)
        found = status_of(audit, framework, ON)
        assert found.whole.status is GREEN
        assert (found.whole.apart, found.whole.apart_rated, found.whole.rated) == (apart, (), 20)
        assert [len(section.apart) for section in found.sections] == [2, 3, 0, 0, 0]
        red = rated(ratings | {"1.1": "not-in-place"}, framework="five-foundations", rule=rule)
        assert status_of(red, framework, ON).whole.status is GREEN, "what may be somebody else's text decides nothing"
        assert status_of(red, framework, ON).whole.apart_rated == ("1.1",)
    texts = {id: {"statement": "The school's own words."} for id in apart}
    settled = apply_overlay(framework, Overlay(framework=framework.id, texts=texts))
    assert status_of(red, settled, ON).whole.told == "incomplete: 4 unanswered"


def test_a_section_in_which_nothing_counts_is_incomplete() -> None:
    framework = pack("five-foundations")
    uncertain = [item for item in framework.sections[0].items if item.uncertain]
    only = evolve(framework, sections=(evolve(framework.sections[0], items=tuple(uncertain)),))
    found = status_of(rated({}, framework="five-foundations"), only, ON).whole
    assert (found.told, found.because) == ("incomplete", "No item counts: every one is uncertain in its source.")


# -- traps of the sources


def test_T4_the_number_of_standards_is_data() -> None:  # noqa: N802
    """The source speaks of eight standards and has four: form and status take what the pack has."""
    framework = pack()
    assert len(status_of(answered("g"), framework, ON).sections) == 4
    eight = evolve(
        framework,
        sections=tuple(
            evolve(section, id=f"{turn}-{section.id}", items=tuple(
                evolve(item, id=f"{turn}-{item.id}") for item in section.items))
            for turn in ("a", "b") for section in framework.sections
        ),
    )  # fmt: skip
    audit = new_audit(eight, id="eight", rule="worst", on=ON)
    assert len(status_of(audit, eight, ON).sections) == 8
    assert status_of(audit, eight, ON).whole.told == "incomplete: 100 unanswered"
    assert len(audit_form(audit, eight)) > 0


def test_T5_a_status_without_ratings_is_incomplete_and_no_error(tmp_path: Path) -> None:  # noqa: N802
    """The source shows #N/A where nothing was rated; here a form says what is missing."""
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "form.xlsx"
    path.write_bytes(audit_form(blank(), pack()))
    book = openpyxl.load_workbook(path, data_only=True)
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [text for text in texts if text.startswith("#")]
    assert "incomplete: 15 unanswered" in texts
    assert "incomplete: 50 unanswered" in texts
    assert status_of(blank(), pack(), ON).sections[3].told == "incomplete: 15 unanswered"


def test_T6_the_rule_is_named_versioned_and_shown_beside_the_others(tmp_path: Path) -> None:  # noqa: N802
    """The source gives no formula: an audit without a named rule is refused, and a form shows every rule's status."""
    openpyxl = pytest.importorskip("openpyxl")
    with pytest.raises(UnknownNameError, match=r"status rule: is missing.*plan-aware, majority.*nothing is taken"):
        new_audit(pack(), id="a", rule="", on=ON)
    for rule in RULES:
        audit = new_audit(pack(), id="a", rule=rule, on=ON)
        assert (audit.status_rule, audit.status_rule_version) == (rule, "1.0.0")
        path = tmp_path / f"{rule}.xlsx"
        path.write_bytes(audit_form(audit, pack()))
        book = openpyxl.load_workbook(path)
        assert [cell.value for cell in book["Status"][1]][2:6] == [rule, *(one for one in RULES if one != rule)]
        assert rule in book["Audit"]["B2"].value
    assert all(edition.cites for one in load_status_rules().values() for edition in one.versions)
    assert [rule.id for rule in offered(pack("six-strands"))] == list(pack("six-strands").status_rules)


def test_T10_moved_cells_of_a_form_are_told_and_never_taken(tmp_path: Path) -> None:  # noqa: N802
    """A row with fewer cells than columns: the tick would fall into the next column, the evidence into a tick cell."""
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "form.xlsx"
    path.write_bytes(audit_form(answered("g"), pack()))
    book = openpyxl.load_workbook(path)
    sheet = book["Audit"]
    row = next(row for row in range(4, 80) if sheet.cell(row, 1).value == "1.2")
    sheet.move_range(f"E{row}:Z{row}", cols=-1)  # somebody deleted one empty tick cell and shifted the rest
    book.save(path)
    back = read_form(path, FRAMEWORKS)
    (doubt,) = back.doubts
    assert (doubt.item, doubt.what) == ("1.2", "cells of this row were moved, so nothing of it is taken")
    assert "X" in doubt.found
    assert back.response("1.2").rating == ""
    assert len(back.ratings()) == 49


# -- documents


@pytest.mark.parametrize("path", sorted(BAD.glob("*.toml")), ids=lambda path: path.stem)
def test_a_bad_document_is_refused_with_path_and_remedy(path: Path) -> None:
    """Each file of the folder has one fault: exactly that one is told, where it stands, with what to do."""
    with pytest.raises(AttendanceError) as caught:
        open_audit(path, FRAMEWORKS)
    (fault,) = caught.value.faults
    assert path.name in fault.where
    assert fault.what
    assert fault.remedy


SAYS = {
    "action-id-twice": "id 'act-1' stands 2 times",
    "evidence-kind-unknown": "expected one of figure, document, meeting, observation, survey, statement",
    "framework-unknown": "Did you mean 'six-strands'?",
    "item-unknown": "'9.1' is no item of six-strands",
    "newer-schema": "Update attendance-core, and leave the document as it is",
    "not-rated-by-itself": "Take the answer out",
    "rating-by-colour": "'green' is no step of the scale; expected one of not-in-place, developing, established",
    "received-before-asked": "second.documents[0].received: lies before asked",
    "recommendation-declined-without-reason": "Say why",
    "rule-version-unknown": "'9.9.9' is no version of worst",
    "step-without-colour": "a rating that is given is not incomplete",
}


@pytest.mark.parametrize(("name", "says"), SAYS.items())
def test_what_a_bad_document_is_told(name: str, says: str) -> None:
    with pytest.raises(AttendanceError) as caught:
        open_audit(BAD / f"{name}.toml", FRAMEWORKS)
    assert says in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    audit = evolve(answered("g"), id="Not an id", framework="five-foundation", status_rule="wurst")
    faults = check_audit(audit, FRAMEWORKS)
    assert len(faults) == 3
    other = changed(answered("g"), "1.1", rating="fine", evidence=(Evidence(kind=EvidenceKind.SURVEY, text=" "),))
    assert len(check_audit(other, FRAMEWORKS)) == 2


def test_an_id_that_is_none_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"audit: id: 'Autumn Audit' is no id; expected lower case"):
        new_audit(pack(), id="Autumn Audit", rule="worst", on=ON)


def test_what_people_wrote_stands_in_no_repr() -> None:
    """Comments, notes, evidence and cells of a form are free text: somebody may have named a pupil there."""
    name = "Zoe Smith"
    seen = SecondAssessment(comment=name, documents=(DocumentRequest(text="Minutes", note=name),))
    piece = Evidence(kind=EvidenceKind.MEETING, text=name)
    audit = changed(answered("g", note=name), "1.1", comment=name, second=seen, evidence=(piece,))
    assert name not in repr(evolve(audit, doubts=(FormDoubt(cell="Audit!D5", what="two ticks", found=name),)))


def test_a_document_comes_back_from_its_file(tmp_path: Path) -> None:
    audit = answered("gar")
    for name in ("audit.toml", "audit.json"):
        save_document(tmp_path / name, audit, AUDIT, if_version=None)
        assert open_audit(tmp_path / name, FRAMEWORKS).value == audit


def test_what_cannot_be_opened_is_neither_saved_nor_given_a_status(tmp_path: Path) -> None:
    audit = changed(answered("g"), "1.1", rating="outstanding", second=SecondAssessment(rating="good"))
    audit = evolve(audit, responses=(*audit.responses, audit.responses[1]))
    with pytest.raises(DocumentError) as caught:
        status_of(audit, pack(), ON)
    told = [f"{fault.where}: {fault.what}" for fault in caught.value.faults]
    assert told == [
        f"{audit.id}: responses[0].rating: 'outstanding' is no step of the scale",
        f"{audit.id}: responses[0].second.rating: 'good' is no step of the scale",
        f"{audit.id}: responses: item '1.2' stands 2 times",
    ]
    with pytest.raises(
        DocumentError, match=r"1\.1: rating: 'fine' is no step of the scale; expected one of not-in-place"
    ):
        status_of(answered("g"), pack(), ON, ratings={"1.1": "fine"})
    path = tmp_path / "audit.toml"
    other = evolve(audit, responses=(*audit.responses, evolve(audit.responses[2], item="9.9")))
    with pytest.raises(DocumentError, match=r"'outstanding' is no step of the scale") as refused:
        save_audit(path, other, FRAMEWORKS, if_version=None)
    assert len(refused.value.faults) == 4
    assert not path.exists()
    save_audit(path, answered("g"), FRAMEWORKS, if_version=None)
    assert open_audit(path, FRAMEWORKS).value == answered("g")


def test_another_version_of_the_framework_is_noted() -> None:
    assert status_of(answered("g"), pack(), ON).notes == ()
    (note,) = status_of(answered("g", framework_version="0.9.0"), pack(), ON).notes
    assert note.startswith(f"The audit answers version 0.9.0 of attendance-standards, and version {pack().version} is")


def test_linked_answers_are_offered_and_rate_nothing() -> None:
    """Answering 1.8 of the standards is offered at its links in the other four; nothing is rated by it."""
    links = Links.of([load_own_crosswalk()])
    standards = rated({"1.8": "established"})
    offered_at = set()
    for id in ("six-strands", "five-foundations", "six-areas", "improvement-plan"):
        audit = new_audit(pack(id), id="x", rule="worst", on=ON, others=[standards], links=links)
        assert audit.ratings() == {}
        assert status_of(audit, pack(id), ON).whole.status is INCOMPLETE
        for answer in audit.responses:
            for one in answer.suggestions:
                assert (one.item, one.rating, one.audit) == ("attendance-standards/1.8", "established", standards.id)
                assert one.reason
                offered_at.add(id)
    assert offered_at == {"six-strands", "five-foundations", "six-areas", "improvement-plan"}
    assert suggestions("six-areas", "3-data-to-slt", [standards], None) == ()


# -- other eyes


def test_two_audits_are_held_against_each_other() -> None:
    first = answered("r" * 4 + "g" * 45 + "-", note="autumn")
    second = evolve(answered("g" * 2 + "r" + "-" + "a" + "g"), id="later")
    piece = Evidence(kind=EvidenceKind.DOCUMENT, text="The policy", on=ON)
    second = changed(second, "1.1", evidence=(piece,))
    found = compare(own_view(first), own_view(second), pack(), ON)
    by_item = {one.item: one for one in found.items}
    assert [by_item[f"1.{n}"].direction for n in range(1, 6)] == [
        Direction.HIGHER, Direction.HIGHER, Direction.SAME, Direction.ONLY_FIRST, Direction.LOWER
    ]  # fmt: skip
    assert by_item["4.15"].direction is Direction.ONLY_SECOND
    assert (by_item["1.1"].new_evidence, by_item["1.1"].unsupported) == (1, False)
    assert by_item["1.2"].unsupported, "it rose, and nothing new says why"
    assert sum(found.count(direction) for direction in Direction) == 50
    assert [one.whole.told for one in found.statuses] == ["incomplete: 1 unanswered"] * 2


def test_a_school_and_its_second_assessor_are_held_against_each_other() -> None:
    audit = answered("g", second_assessor="authority")
    seen = SecondAssessment(
        rating="developing", comment="Not all staff", documents=(DocumentRequest(text="Minutes", asked=ON),)
    )
    audit = changed(audit, "1.3", second=seen)
    found = compare(own_view(audit), second_view(audit), pack(), ON)
    (one,) = [item for item in found.items if item.direction is Direction.LOWER]
    assert (one.item, one.first, one.second, one.unsupported) == ("1.3", "Established", "Developing", False)
    assert found.count(Direction.ONLY_FIRST) == 49
    assert found.second.endswith("(authority)")
    assert status_of(audit, pack(), ON).whole.status is GREEN, "a second view changes no status"
    assert seen.documents[0].outstanding


def test_audits_of_two_frameworks_are_not_compared() -> None:
    with pytest.raises(DocumentError, match=r"answers six-strands; expected attendance-standards, as .* does"):
        compare(own_view(answered("g")), own_view(answered("g", framework="six-strands")), pack(), ON)


def test_what_differs_beside_ratings_is_noted() -> None:
    first = answered("g")
    second = evolve(
        answered("g", rule="worst"),
        id="later",
        framework_version="0.9.0",
        scale=evolve(first.scale, title="Another scale", steps=first.scale.steps[1:]),
    )
    notes = " ".join(compare(own_view(first), own_view(second), pack(), ON).notes)
    assert "version 0.9.0" in notes
    assert "The scales differ" in notes
    assert "itself names worst" in notes


# -- tidy frames


def test_ratings_lie_one_in_a_row_with_the_status_under_each_rule() -> None:
    first = evolve(answered("gar"), school="A")
    second = changed(evolve(answered("g"), id="b", school="B"), "1.1", second=SecondAssessment(rating="developing"))
    frame = ratings_frame([first, second], FRAMEWORKS)
    assert len(frame) == 101
    rows = frame.rows(named=True)
    (seconds,) = [row for row in rows if row["second_assessor"]]
    assert seconds["points"] == 1
    assert {
        value for name, value in seconds.items() if name in ("evidence", "actions") or name.startswith("status_")
    } == {None}
    for row in rows:
        if row["second_assessor"]:
            continue
        audit = first if row["school"] == "A" else second
        for rule in RULES:
            sections = status_of(audit, pack(), ON, rule=rule).sections
            (status,) = [one.status.value for one in sections if one.part == row["section"]]
            assert row[f"status_{rule.replace('-', '_')}"] == status
    assert {row["academic_year"] for row in rows} == {"2025/26"}
    assert {row["item"] for row in rows} == {item.id for item in pack().rateable()}


def test_an_audit_that_is_named_twice_is_refused() -> None:
    audit = evolve(answered("g"), school="S1")
    for make in (ratings_frame, statuses_frame):
        with pytest.raises(DocumentError, match=r"2 audits of S1 have this id; expected each audit once"):
            make([audit, audit], FRAMEWORKS)
        assert len(make([audit, evolve(audit, school="S2")], FRAMEWORKS)) > 0


def test_statuses_lie_one_in_a_row() -> None:
    audits = [answered("gar"), answered("g-", framework="five-foundations", rule="majority")]
    rows = statuses_frame(audits, FRAMEWORKS).rows(named=True)
    assert len(rows) == 4 * (5 + 6)
    for row in rows:
        audit = next(one for one in audits if one.framework == row["framework"])
        found = status_of(audit, FRAMEWORKS[audit.framework], ON, rule=row["rule"])
        (one,) = [one for one in (*found.sections, found.whole) if one.part == row["section"]]
        assert (row["status"], row["red"], row["apart"]) == (one.status.value, one.red, len(one.apart))
        assert row["own_rule"] == (row["rule"] == audit.status_rule)


# -- rules as data


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"method": "majority"}, "more_than: is needed by the method majority"),
        ({"more_than": [1, 2]}, "more_than: means nothing to the method lowest"),
        ({"method": "mean", "amber_from": [4, 3], "green_from": [2, 3]}, "amber_from: does not lie below green_from"),
        ({"method": "majority", "more_than": [1, 0]}, "more_than: 1/0 is no share"),
    ],
)
def test_a_rule_that_cannot_be_asked_is_refused(changes: dict[str, object], says: str) -> None:
    sound: dict[str, object] = {
        "version": "1", "in_force_from": ON, "method": "lowest", "says": "It.",
        "cites": [{"source": "library"}], "last_checked_on": ON,
    }  # fmt: skip
    assert structure(sound, RuleEdition, where="rules.toml").method is RuleMethod.LOWEST
    with pytest.raises(DocumentError, match=says):
        structure(sound | changes, RuleEdition, where="rules.toml")


def test_names_of_the_rules_are_those_that_frameworks_suggest() -> None:
    assert {rule for framework in FRAMEWORKS.values() for rule in framework.status_rules} <= set(RULES)
    assert STANDARDS in FRAMEWORKS
