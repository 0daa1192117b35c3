"""Audits for tests: made by hand, or generated whole."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from attendance_core.audits.documents import new_audit
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.actions import Action, ActionState, Evidence, EvidenceKind
from attendance_core.model.audits import (
    Audit,
    DocumentRequest,
    FormDoubt,
    Recommendation,
    RecommendationState,
    Response,
    SecondAssessment,
    Suggestion,
)
from attendance_core.model.crosswalks import LinkStrength
from attendance_core.model.frameworks import Framework

ON = date(2025, 10, 1)
STANDARDS = "attendance-standards"
#: The ratings of the packs that ship, by the letters that tests write.
LETTERS = {"r": "not-in-place", "a": "developing", "g": "established", "-": ""}


def pack(id: str = STANDARDS) -> Framework:
    return load_frameworks()[id]


@cache
def blank(framework: str = STANDARDS, rule: str = "plan-aware") -> Audit:
    return new_audit(pack(framework), id=f"{framework}-test", rule=rule, on=ON, assessor="attendance lead")


def answered(letters: str, *, framework: str = STANDARDS, rule: str = "plan-aware", **changes: Any) -> Audit:
    """An audit whose items have these ratings in order; the last letter goes on to the end."""
    empty = blank(framework, rule)
    whole = letters + letters[-1] * (len(empty.responses) - len(letters))
    rated = (evolve(one, rating=LETTERS[letter]) for one, letter in zip(empty.responses, whole, strict=True))
    return evolve(empty, responses=tuple(rated), **changes)


def rated(ratings: Mapping[str, str], *, framework: str = STANDARDS, rule: str = "plan-aware") -> Audit:
    """An audit with these ratings, by the ids of their items."""
    empty = blank(framework, rule)
    return evolve(empty, responses=tuple(evolve(one, rating=ratings.get(one.item, "")) for one in empty.responses))


def changed(audit: Audit, item: str, **changes: Any) -> Audit:
    """The audit with another answer to one item."""
    return evolve(
        audit, responses=tuple(evolve(one, **changes) if one.item == item else one for one in audit.responses)
    )


# -- generated

#: Whatever a cell can hold: every script, quotes, formulas, line breaks, tabs; no control characters, no halves.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\n\t", max_codepoint=0x1FFFF), max_size=40
)
SAID = TEXTS.filter(lambda text: bool(text.replace("\u00a0", " ").strip()))
DAYS = st.none() | st.dates(min_value=date(1890, 1, 1), max_value=date(2100, 12, 31))
NAMES = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True)
LINKS = st.lists(
    SAID.filter(lambda text: "\n" not in text and "/" not in text) | st.just("six-strands/1.1"), max_size=2
).map(tuple)


def evidence() -> st.SearchStrategy[Evidence]:
    plain = st.builds(Evidence, kind=st.just(EvidenceKind.STATEMENT), text=SAID)
    return plain | st.builds(Evidence, kind=st.sampled_from(EvidenceKind), text=SAID, on=DAYS, source=TEXTS)


@st.composite
def actions(draw: st.DrawFn, id: str) -> Action:
    state = draw(st.sampled_from(ActionState))
    return Action(
        id=id,
        text=draw(SAID),
        owner=draw(TEXTS),
        due=draw(DAYS),
        state=state,
        done_on=draw(st.dates(date(2000, 1, 1), date(2100, 1, 1))) if state is ActionState.DONE else None,
        reason=draw(SAID if state is ActionState.DROPPED else TEXTS),
        evidence=tuple(draw(st.lists(evidence(), max_size=1))),
        links=draw(LINKS),
    )


@st.composite
def seconds(draw: st.DrawFn, ratings: list[str]) -> SecondAssessment:
    documents = []
    for text in draw(st.lists(SAID, max_size=2)):
        days = sorted(draw(st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), min_size=2, max_size=2)))
        asked = draw(st.sampled_from((days[0], None)))
        received = draw(st.sampled_from((days[1], None)))
        documents.append(DocumentRequest(text=text, asked=asked, received=received, note=draw(TEXTS)))
    return SecondAssessment(
        rating=draw(st.sampled_from(ratings)), comment=draw(TEXTS), on=draw(DAYS), documents=tuple(documents)
    )


@st.composite
def audits(draw: st.DrawFn, framework: str) -> Audit:
    """An audit of which about every answer is there, with everything that one can hold."""
    empty = blank(framework, pack(framework).status_rules[0])
    ratings = ["", *(step.id for step in empty.scale.steps)]
    full = draw(st.sets(st.sampled_from([one.item for one in empty.responses]), max_size=6))
    responses = []
    for one in empty.responses:
        if one.item not in full:
            responses.append(evolve(one, rating=draw(st.sampled_from(ratings))))
            continue
        plain = Action(id=f"{one.item}-a1", text=draw(SAID), owner=draw(TEXTS), due=draw(DAYS))
        others = [draw(actions(f"{one.item} {number}")) for number in range(draw(st.integers(0, 2)))]
        own = [plain] if draw(st.booleans()) else []
        responses.append(
            Response(
                item=one.item,
                rating=draw(st.sampled_from(ratings)),
                evidence=tuple(draw(st.lists(evidence(), max_size=3))),
                actions=tuple(draw(st.permutations([*own, *others]))),
                comment=draw(TEXTS),
                assessor=draw(TEXTS),
                on=draw(DAYS),
                second=draw(st.none() | seconds(ratings)),
                suggestions=tuple(
                    draw(
                        st.lists(
                            st.builds(
                                Suggestion,
                                item=SAID,
                                audit=SAID,
                                rating=SAID,
                                scale=SAID,
                                strength=st.sampled_from(LinkStrength),
                                reason=TEXTS,
                            ),
                            max_size=1,
                        )
                    )
                ),
            )
        )
    items = [one.item for one in empty.responses]
    recommendations = []
    for number in range(draw(st.integers(0, 2))):
        state = draw(st.sampled_from(RecommendationState))
        recommendations.append(
            Recommendation(
                id=f"la-{number}",
                text=draw(SAID),
                on=draw(DAYS),
                items=tuple(draw(st.lists(st.sampled_from(items), max_size=2, unique=True))),
                state=state,
                reason=draw(SAID if state is RecommendationState.DECLINED else TEXTS),
                owner=draw(TEXTS),
                due=draw(DAYS),
            )
        )
    doubts = st.builds(FormDoubt, cell=SAID, item=st.sampled_from(["", *items]), what=SAID, found=TEXTS)
    return evolve(
        empty,
        id=draw(NAMES),
        on=draw(st.dates(date(2000, 1, 1), date(2100, 1, 1))),
        school=draw(TEXTS),
        assessor=draw(TEXTS),
        second_assessor=draw(TEXTS),
        note=draw(TEXTS),
        responses=tuple(responses),
        recommendations=tuple(recommendations),
        doubts=tuple(draw(st.lists(doubts, max_size=1))),
    )
