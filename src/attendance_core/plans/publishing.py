"""Publishing: the version of a plan that anybody may read. An allow-list: what nobody allowed is not in it.

Shown are the texts of framework packs, word for word, texts of the school's own that a person cleared, word for word,
roles that are known as such, and labels, years, half terms and states. Nothing else has a way in: no evidence, no
review, no judgement, no reason, no id, no figure, and nobody's name.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum

from attrs import evolve, field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.actions import ActionState
from attendance_core.model.frameworks import Framework
from attendance_core.model.plan_rows import HalfTermName
from attendance_core.model.plans import Clearance, ImprovementPlan, Objective, ObjectiveState
from attendance_core.plans.drafting import rated_again, titled
from attendance_core.plans.from_audit import AGREED_TEXTS
from attendance_core.plans.half_terms import ORDER
from attendance_core.reference.roles import role_of

_APOSTROPHES = "'`\u00b4\u2018\u2019\u02bc"
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}")


class PublicState(StrEnum):
    """What the public learns of an action or objective."""

    PLANNED = "planned"
    UNDER_WAY = "under way"
    DONE = "done"
    GIVEN_UP = "not pursued"


@frozen(kw_only=True)
class PublicAction:
    """An action as it may be shown; its text is None where nobody cleared it."""

    half_term: HalfTermName
    text: str | None
    state: PublicState


@frozen(kw_only=True)
class PublicObjective:
    """An objective as it may be shown; what nobody cleared is None or left out."""

    label: str
    text: str | None
    state: PublicState
    leads: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    reports_to: tuple[str, ...] = ()
    governor_link: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()
    actions: tuple[PublicAction, ...] = ()
    targets: tuple[str | None, ...] = ()
    cost: str = ""


@frozen(kw_only=True)
class PublicStage:
    """A stage as it may be shown."""

    label: str
    title: str
    target_year: int | None
    objectives: tuple[PublicObjective, ...]


class Why(StrEnum):
    """Why a text is not in the public version; the value says what to do about it."""

    NOT_CLEARED = "nobody cleared it: read it, then --clear it"
    NAMES_SOMEBODY = "it holds a name of --never: reword it"
    NO_ROLE = "it is no role that is known: write a role in its place"


@frozen(kw_only=True)
class Withheld:
    """A text that is not in the public version.

    Attributes:
        where: Ids of the part that it belongs to; they are for the school, and never published.
        what: Which of its texts.
        why: Why.
    """

    where: str
    what: str
    why: Why


@frozen(kw_only=True)
class PublicPlan:
    """A plan that holds nothing but what may be published.

    Attributes:
        title: Of the plan.
        school: The school's name, as the host gives it.
        academic_year: As in ``2025/26``.
        stages: In order.
        withheld: What was left out; for the school, and no part of what is published.
    """

    title: str
    school: str
    academic_year: str
    stages: tuple[PublicStage, ...]
    withheld: tuple[Withheld, ...] = field(default=(), repr=False)


def allowed_texts(frameworks: Iterable[Framework]) -> frozenset[str]:
    """Return every text of framework packs, and those that drafts make.

    A pack under a school's own wording is left out: what a school wrote, somebody has to read first.
    """
    found = set(AGREED_TEXTS)
    for framework in frameworks:
        if framework.overlaid:
            continue
        found.add(rated_again(framework.ratings.steps[-1].title))
        for section in framework.sections:
            found |= {section.label, section.title, section.introduction}
            for item in section.each():
                found |= {item.label, item.title, item.statement, item.purpose, item.intervention}
                if item.row is not None:
                    found.add(item.row.cost)
                    found |= {target.text for target in item.row.targets}
                    found |= {one.text for cell in item.row.half_terms for one in cell.actions}
    return frozenset(found - {""})


def publish(
    plan: ImprovementPlan, frameworks: Iterable[Framework], *, school: str = "", never: Collection[str] = ()
) -> PublicPlan:
    """Return what of a plan may be published.

    Args:
        plan: The plan.
        frameworks: Packs whose texts are known to name nobody.
        school: The school's name.
        never: Names that must not appear: a cleared text that holds one is withheld all the same.
    """
    return _Publishing(plan, allowed_texts(frameworks), never).made(school)


def clear(plan: ImprovementPlan, parts: Collection[str], *, by: str, on: date) -> ImprovementPlan:
    """Clear texts for publishing: those of the objectives, actions, targets and stages with these ids, as they stand.

    Args:
        plan: The plan.
        parts: Ids; ``plan`` is the plan's title.
        by: Who read them, as a role.
        on: The day.

    Raises:
        DocumentError: If nobody is named, or an id is not in the plan; with all of them.
    """
    texts = _texts(plan)
    faults = [
        Fault(f"part {id[:40]!r}", "is not in the plan", "an id of a stage, objective, action or target", "Correct it")
        for id in parts
        if id not in texts
    ]
    if not by.strip():
        faults.append(Fault("by", "nobody is named", "the role of who read the texts", "Name it"))
    if faults:
        raise DocumentError(*faults)
    known = {one.text for one in plan.cleared}
    fresh = dict.fromkeys(text for id in parts for text in texts[id] if text and text not in known)
    return evolve(plan, cleared=(*plan.cleared, *(Clearance(text=text, by=by, on=on) for text in fresh)))


def _texts(plan: ImprovementPlan) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {"plan": (plan.title,)}
    for stage in plan.stages:
        found[stage.id] = (stage.label, stage.title)
    for objective in plan.objectives:
        mine = (objective.label, objective.text, objective.cost, objective.funding)
        found[objective.id] = (*found.get(objective.id, ()), *mine)
        for target in objective.targets:
            found[target.id] = (*found.get(target.id, ()), target.text)
        for _, action in objective.each():
            found[action.id] = (*found.get(action.id, ()), action.text)
    return found


def _bare(text: str, apostrophe: str = "") -> str:
    """Return a text as names are looked for in it: no accents and no invisible signs, a space for every other sign."""
    plain = unicodedata.normalize("NFKD", re.sub(f"[{_APOSTROPHES}]", apostrophe, text.casefold()))
    kept = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    return " ".join(re.sub(r"[\W_]", " ", kept).split())


class _Publishing:
    def __init__(self, plan: ImprovementPlan, allowed: frozenset[str], never: Collection[str]) -> None:
        self._plan = plan
        self._allowed = allowed
        # Between the words of a name may stand anything that is no letter, and nothing.
        names = [" ?".join(map(re.escape, words)) for name in never if (words := _bare(name).split())]
        self._never = re.compile(rf"(?<!\S)(?:{'|'.join(names)})(?:s)?(?!\S)") if names else None
        self._cleared = {one.text for one in plan.cleared}
        self._withheld: list[Withheld] = []

    def made(self, school: str) -> PublicPlan:
        plan = self._plan
        title = plan.title if plan.title == titled(plan.academic_year) else self._text(plan.title, "plan", "title")
        stages = []
        for stage in plan.stages:
            mine = tuple(self._objective(one) for one in plan.objectives if one.stage == stage.id)
            if mine:
                stages.append(
                    PublicStage(
                        label=self._label(stage.label, stage.id),
                        title=self._text(stage.title, stage.id, "title") or "",
                        target_year=stage.target_year,
                        objectives=mine,
                    )
                )
        return PublicPlan(
            title=title or titled(plan.academic_year),
            school=school,
            academic_year=plan.academic_year,
            stages=tuple(stages),
            withheld=tuple(self._withheld),
        )

    def _objective(self, one: Objective) -> PublicObjective:
        actions = [(half_term, action) for half_term, action in one.each()]
        cost = (self._text(text, one.id, what) for text, what in ((one.cost, "cost"), (one.funding, "funding")) if text)
        return PublicObjective(
            label=self._label(one.label, one.id),
            text=self._text(one.text, one.id, "text"),
            state=_state(one),
            leads=self._roles(one.leads, one.id, "leads"),
            monitors=self._roles(one.monitors, one.id, "monitors"),
            reports_to=self._roles(one.reports_to, one.id, "reports_to"),
            governor_link=self._roles(one.governor_link, one.id, "governor_link"),
            evaluation=self._roles(one.evaluation, one.id, "evaluation"),
            actions=tuple(
                PublicAction(
                    half_term=half_term,
                    text=self._text(action.text, f"{one.id}, {action.id}", "text"),
                    state=_ACTION_STATES[action.state],
                )
                for half_term, action in sorted(actions, key=lambda pair: ORDER.index(pair[0]))
            ),
            targets=tuple(self._text(target.text, f"{one.id}, {target.id}", "text") for target in one.targets),
            cost="; ".join(text for text in cost if text),
        )

    def _text(self, text: str, where: str, what: str) -> str | None:
        if not text:
            return None
        names = text not in self._allowed and self._names(text)
        if text in self._allowed or (text in self._cleared and not names):
            return text
        self._withheld.append(Withheld(where=where, what=what, why=Why.NAMES_SOMEBODY if names else Why.NOT_CLEARED))
        return None

    def _names(self, text: str) -> bool:
        """Say whether a text holds a name that must not appear, as in O'Hara's both with and without the apostrophe."""
        return self._never is not None and any(self._never.search(_bare(text, one)) for one in ("", " "))

    def _label(self, label: str, where: str) -> str:
        return label if _NUMBER.fullmatch(label) else self._text(label, where, "label") or ""

    def _roles(self, names: Iterable[str], where: str, what: str) -> tuple[str, ...]:
        """Keep known roles, under the words that this library has for them."""
        found = []
        for name in names:
            role = role_of(name)
            if role is None:
                self._withheld.append(Withheld(where=where, what=what, why=Why.NO_ROLE))
            else:
                found.append(role)
        return tuple(dict.fromkeys(found))


_ACTION_STATES = {
    ActionState.OPEN: PublicState.PLANNED,
    ActionState.CARRIED: PublicState.UNDER_WAY,
    ActionState.DONE: PublicState.DONE,
    ActionState.DROPPED: PublicState.GIVEN_UP,
}


def _state(objective: Objective) -> PublicState:
    return {
        ObjectiveState.LIVE: PublicState.UNDER_WAY,
        ObjectiveState.WAITING: PublicState.PLANNED,
        ObjectiveState.FINISHED: PublicState.DONE,
        ObjectiveState.STOPPED: PublicState.GIVEN_UP,
    }[objective.state]
