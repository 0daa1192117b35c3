"""Audits as documents: the kind, what is wrong with one, and a new one with what other audits suggest."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from attrs import evolve

from attendance_core.audits.rules import edition_on, find_edition, load_status_rules, offered
from attendance_core.documents.versioned import DocumentKind, Opened, load_document, save_document
from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.frameworks.links import Links
from attendance_core.model.actions import Action
from attendance_core.model.audits import Audit, Response, Suggestion
from attendance_core.model.crosswalks import ItemRef, LinkStrength
from attendance_core.model.frameworks import Framework
from attendance_core.model.scales import RatingScale

#: Audits as they lie in files and stores.
AUDIT = DocumentKind(name="audit", cls=Audit)

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


def new_audit(
    framework: Framework,
    *,
    id: str,
    rule: str,
    on: date,
    scale: RatingScale | None = None,
    school: str = "",
    assessor: str = "",
    second_assessor: str = "",
    others: Iterable[Audit] = (),
    links: Links | None = None,
) -> Audit:
    """Return an audit with an empty answer to every item that can be rated.

    Args:
        framework: What is answered.
        id: Of the audit.
        rule: The status rule; there is none by default.
        on: The day of the audit; the rule's version of that day is recorded.
        scale: The ratings; None: the framework's own, else the library's, which is marked as such.
        school: The school's id.
        assessor: Who rates, as a role.
        second_assessor: Who rates beside, as a role.
        others: Audits whose answers are offered where items are linked.
        links: What links items; needed to offer anything.

    Raises:
        UnknownNameError: If there is no such rule.
        DocumentError: If the id is none.
    """
    rules = load_status_rules()
    if rule not in rules:
        suits = join_names([one.id for one in offered(framework)])
        near = alike(rule, rules)
        remedy = f"Did you mean {near[0]!r}?" if near else "Choose the rule: nothing is taken by default"
        raise UnknownNameError(
            Fault(f"status rule {rule!r}" if rule else "status rule", "is unknown" if rule else "is missing",
                  f"one of {suits}; the first suits {framework.id} best", remedy)
        )  # fmt: skip
    answers = tuple(others)
    return evolve(
        Audit(
            id=_checked_id(id),
            framework=framework.id,
            framework_version=framework.version,
            scale=scale or framework.ratings,
            status_rule=rule,
            status_rule_version=edition_on(rules[rule], on).version,
            on=on,
            school=school,
            assessor=assessor,
            second_assessor=second_assessor,
        ),
        responses=tuple(
            Response(item=item.id, suggestions=suggestions(framework.id, item.id, answers, links))
            for item in framework.rateable()
        ),
    )


def _checked_id(id: str) -> str:
    if not _ID.fullmatch(id):
        raise DocumentError(_bad_id("audit", id))
    return id


def _bad_id(where: str, id: str) -> Fault:
    return Fault(f"{where}: id", f"{id[:60]!r} is no id", "lower case, as standards-2025-autumn", "Rename it")


def suggestions(framework: str, item: str, others: Iterable[Audit], links: Links | None) -> tuple[Suggestion, ...]:
    """Return what other audits answered to linked items. It is offered, and rates nothing.

    Links that only say *related* offer nothing: their items share a theme, not an answer.
    """
    if links is None:
        return ()
    ratings = {audit.id: audit.ratings() for audit in others}
    found = []
    for one in links.linked(ItemRef(framework=framework, item=item), at_least=LinkStrength.OVERLAPS):
        for audit in others:
            rating = ratings[audit.id].get(one.ref.item) if audit.framework == one.ref.framework else None
            if rating:
                found.append(
                    Suggestion(
                        item=str(one.ref),
                        audit=audit.id,
                        rating=rating,
                        scale=audit.scale.id,
                        strength=one.link.strength,
                        reason=one.link.reason,
                    )
                )
    return tuple(found)


def open_audit(path: Path, frameworks: Mapping[str, Framework]) -> Opened[Audit]:
    """Read an audit and hold it against its framework.

    Raises:
        StoreError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    opened = load_document(path, AUDIT)
    faults = check_audit(opened.value, frameworks, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return opened


def save_audit(path: Path, audit: Audit, frameworks: Mapping[str, Framework], *, if_version: str | None) -> str:
    """Save an audit that `open_audit` can open again, and return its new version.

    Args:
        path: The file; its ending says whether it becomes TOML or JSON.
        audit: The audit.
        frameworks: Every framework at hand, by id.
        if_version: The version that was opened; None for a file that must not be there yet.

    Raises:
        ConflictError: If the file has changed since.
        StoreError: If it cannot be written.
        DocumentError: If something is wrong with the audit; with every fault.
    """
    faults = check_audit(audit, frameworks, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return save_document(path, audit, AUDIT, if_version=if_version)


def framework_of(audit: Audit, frameworks: Mapping[str, Framework], *, where: str = "") -> Framework:
    """Return the framework that an audit answers.

    Raises:
        DocumentError: If it is not there.
    """
    if audit.framework not in frameworks:
        raise DocumentError(_no_framework(audit, frameworks, where or audit.id))
    return frameworks[audit.framework]


def _no_framework(audit: Audit, frameworks: Mapping[str, Framework], where: str) -> Fault:
    near = alike(audit.framework, frameworks)
    return Fault(
        f"{where}: framework",
        f"{audit.framework!r} is unknown",
        f"one of {join_names(frameworks, limit=30)}",
        f"Did you mean {near[0]!r}?"
        if near
        else "Install the plugin that brings it; a plugin of your own brings what lies in a TOML file "
        "(hook attendance_frameworks)",
    )


def check_answers(audit: Audit, *, where: str = "") -> tuple[Fault, ...]:
    """Return the ratings that are no step of the audit's scale, and the items that stand twice."""
    name = where or audit.id
    faults: list[Fault] = []
    for index, response in enumerate(audit.responses):
        place = f"{name}: responses[{index}]"
        faults += check_rating(response.rating, f"{place}.rating", audit.scale)
        if response.second is not None:
            faults += check_rating(response.second.rating, f"{place}.second.rating", audit.scale)
    return (*faults, *_twice((one.item for one in audit.responses), f"{name}: responses", "item"))


def check_audit(audit: Audit, frameworks: Mapping[str, Framework], *, where: str = "") -> tuple[Fault, ...]:
    """Return what is wrong with an audit, every fault with its key path.

    Args:
        audit: The audit.
        frameworks: Every framework at hand, by id.
        where: Name of the document, for messages; empty: the audit's id.
    """
    name = where or audit.id
    faults: list[Fault] = []
    if not _ID.fullmatch(audit.id):
        faults.append(_bad_id(name, audit.id))
    try:
        find_edition(audit.status_rule, audit.status_rule_version, where=name)
    except UnknownNameError as error:
        faults += error.faults
    faults += _scale(audit.scale, f"{name}: scale")
    if audit.framework not in frameworks:
        return (*faults, _no_framework(audit, frameworks, name))
    framework = frameworks[audit.framework]
    items = framework.items()
    for index, response in enumerate(audit.responses):
        place = f"{name}: responses[{index}]"
        faults += _item(response.item, f"{place}.item", framework)
        for number, piece in enumerate(response.evidence):
            if not piece.text.strip():
                faults.append(Fault(f"{place}.evidence[{number}].text", "is empty", "what it shows", "Say it"))
        for number, action in enumerate(response.actions):
            faults += _action(action, f"{place}.actions[{number}]")
        if response.second is not None:
            for number, asked in enumerate(response.second.documents):
                at = f"{place}.second.documents[{number}]"
                if not asked.text.strip():
                    faults.append(Fault(f"{at}.text", "is empty", "what is asked for", "Say it"))
                if asked.asked and asked.received and asked.received < asked.asked:
                    faults.append(
                        Fault(f"{at}.received", "lies before asked", "a day on or after it", "Correct the days")
                    )
    faults += check_answers(audit, where=name)
    for index, recommendation in enumerate(audit.recommendations):
        place = f"{name}: recommendations[{index}]"
        if not recommendation.text.strip():
            faults.append(Fault(f"{place}.text", "is empty", "what is recommended", "Say it"))
        for item in recommendation.items:
            faults += _item(item, f"{place}.items", framework)
    ids = [action.id for response in audit.responses for action in response.actions]
    ids += [recommendation.id for recommendation in audit.recommendations]
    faults += _twice(ids, f"{name}: actions and recommendations", "id")
    faults += [
        Fault(f"{name}: doubts[{index}].item", f"{doubt.item!r} is no item", f"an item of {framework.id}", "Correct it")
        for index, doubt in enumerate(audit.doubts)
        if doubt.item and doubt.item not in items
    ]
    return tuple(faults)


def _scale(scale: RatingScale, where: str) -> list[Fault]:
    faults = []
    if len(scale.steps) < 2:
        faults.append(Fault(f"{where}.steps", f"holds {len(scale.steps)}", "two or more, lowest first", "Add steps"))
    faults += [
        Fault(f"{where}.steps[{index}].id", f"{step.id!r} is no id", "a word without spaces around it", "Give one")
        for index, step in enumerate(scale.steps)
        if not step.id or step.id != " ".join(step.id.split())
    ]
    return faults + _twice((step.id for step in scale.steps), f"{where}.steps", "id")


def _item(item: str, where: str, framework: Framework) -> list[Fault]:
    found = framework.item(item)
    if found is None:
        known = [one.id for one in framework.rateable()]
        near = alike(item, known)
        remedy = f"Did you mean {near[0]!r}?" if near else f"See: attendance frameworks show {framework.id}"
        return [Fault(where, f"{item[:60]!r} is no item of {framework.id}", f"one of {join_names(known)}", remedy)]
    if not found.rateable:
        return [Fault(where, f"{item!r} is not rated by itself", "an item that is", "Take the answer out")]
    return []


def check_rating(rating: str, where: str, scale: RatingScale) -> list[Fault]:
    """Return what is wrong with a rating: that it is no step of the scale."""
    if not rating or scale.step(rating):
        return []
    steps = [step.id for step in scale.steps]
    near = alike(rating, steps)
    remedy = f"Did you mean {near[0]!r}?" if near else "Correct it, or leave it empty: that is not answered"
    return [Fault(where, f"{rating[:60]!r} is no step of the scale", f"one of {join_names(steps)}", remedy)]


def _action(action: Action, where: str) -> list[Fault]:
    faults = []
    if not action.text.strip():
        faults.append(Fault(f"{where}.text", "is empty", "what is to be done", "Say it"))
    if not action.id.strip():
        faults.append(Fault(f"{where}.id", "is empty", "an id of its own", "Give one"))
    for link in action.links:
        if "/" in link and link.count("/") == 1:
            try:
                ItemRef.parse(link)
            except DocumentError as error:
                faults += [Fault(f"{where}.links", one.what, one.expected, one.remedy) for one in error.faults]
    return faults


def _twice(names: Iterable[str], where: str, what: str) -> list[Fault]:
    return [
        Fault(where, f"{what} {name!r} stands {times} times", "once", "Remove or rename one")
        for name, times in Counter(names).items()
        if times > 1
    ]
