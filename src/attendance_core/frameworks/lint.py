"""Lint: what is wrong with a framework pack or a crosswalk beyond its form, every fault with its key path."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from attendance_core.errors import DocumentError, Fault, alike, join_names
from attendance_core.model.crosswalks import Crosswalk, ItemRef
from attendance_core.model.frameworks import Descriptors, Framework, Item, ItemFlag
from attendance_core.model.plan_rows import PlanRow
from attendance_core.model.scales import STATUS_RULES, PracticeStatus, RatingScale
from attendance_core.model.sources import Citation
from attendance_core.reference.sources import check_cites, check_sources, load_sources

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_VERSION = re.compile(r"\d+(\.\d+)*")


def lint_framework(framework: Framework, *, where: str = "") -> tuple[Fault, ...]:
    """Return what is wrong with a framework.

    Args:
        framework: The framework.
        where: Name of the document, for messages; empty: the framework's id.
    """
    name = where or framework.id
    known = (*load_sources(), *(source.id for source in framework.sources))
    faults = [*_id(framework.id, f"{name}: id"), *_version(framework.version, f"{name}: version")]
    if not framework.title.strip():
        faults.append(Fault(f"{name}: title", "is empty", "what the framework is called", "Give it"))
    faults += _days(framework.in_force_from, framework.in_force_to, framework.last_checked_on, name)
    faults += check_sources(framework.sources, where=name)
    faults += _cites(framework.cites, name, known)
    faults += _scale(framework.scale, f"{name}: scale")
    faults += _status_rules(framework.status_rules, f"{name}: status_rules")
    faults += _descriptors(framework.descriptors, f"{name}: descriptors")
    if not framework.sections:
        faults.append(Fault(f"{name}: sections", "holds none", "one or more", "Add [[sections]]"))
    for index, section in enumerate(framework.sections):
        place = f"{name}: sections[{index}]"
        faults += _id(section.id, f"{place}.id")
        faults += _descriptors(section.descriptors, f"{place}.descriptors")
        if not section.items:
            faults.append(Fault(f"{place}.items", "holds none", "one or more", "Add [[sections.items]]"))
        for path, item in _paths(section.items, f"{place}.items"):
            faults += _item(item, path)
    if framework.sections and not framework.rateable():
        faults.append(Fault(f"{name}: sections", "no item can be rated", "one or more that can", "Set rateable"))
    faults += _twice((section.id for section in framework.sections), f"{name}: sections", "section id")
    faults += _twice((item.id for _, item in framework.each()), f"{name}: items", "item id")
    both = {section.id for section in framework.sections} & set(framework.items())
    faults += [
        Fault(f"{name}: items", f"{id!r} names a section and an item", "ids of their own", "Rename one")
        for id in sorted(both)
    ]
    return tuple(faults)


def lint_crosswalk(crosswalk: Crosswalk, frameworks: Iterable[Framework], *, where: str = "") -> tuple[Fault, ...]:
    """Return what is wrong with a crosswalk.

    Args:
        crosswalk: The crosswalk.
        frameworks: What its links may lead to.
        where: Name of the document, for messages; empty: the crosswalk's id.
    """
    name = where or crosswalk.id
    packs = {framework.id: framework for framework in frameworks}
    known = (*load_sources(), *(source.id for source in crosswalk.sources))
    faults = [*_id(crosswalk.id, f"{name}: id"), *_version(crosswalk.version, f"{name}: version")]
    faults += _days(crosswalk.in_force_from, None, crosswalk.last_checked_on, name)
    faults += check_sources(crosswalk.sources, where=name)
    faults += _cites(crosswalk.cites, name, known)
    if not crosswalk.frameworks:
        faults.append(Fault(f"{name}: frameworks", "names none", 'six-strands = "1.0.0"', "Name them with versions"))
        return tuple(faults)
    for id, version in crosswalk.frameworks.items():
        at = f"{name}: frameworks.{id}"
        if id not in packs:
            faults.append(_unknown(at, id, "framework", packs))
        elif packs[id].version != version:
            faults.append(
                Fault(
                    at,
                    f"was made for version {version}, and the framework has {packs[id].version}",
                    packs[id].version,
                    "Look at the links again, then write the new version",
                )
            )
    linked: Counter[ItemRef] = Counter()
    seen: dict[frozenset[str], int] = {}
    reasons: dict[str, int] = {}
    for index, link in enumerate(crosswalk.links):
        place = f"{name}: links[{index}]"
        for number, end in enumerate(link.ends):
            ref, wrong = _end(end, f"{place}.ends[{number}]", crosswalk, packs)
            faults += wrong
            if ref is not None:
                linked[ref] += 1
        pair = frozenset(link.ends)
        if len(pair) == 1:
            faults.append(Fault(f"{place}.ends", "links an item with itself", "two items", "Correct one"))
        elif pair in seen:
            faults.append(Fault(f"{place}.ends", f"stands as links[{seen[pair]}] already", "each pair once", "Merge"))
        seen.setdefault(pair, index)
        reason = " ".join(link.reason.lower().split())
        if not reason:
            faults.append(Fault(f"{place}.reason", "is empty", "why these two, in a sentence", "Give it"))
        elif reason in reasons:
            faults.append(
                Fault(
                    f"{place}.reason",
                    f"is the reason of links[{reasons[reason]}] again",
                    "a reason for just these two",
                    "Say what these two share",
                )
            )
        reasons.setdefault(reason, index)
    for index, alone in enumerate(crosswalk.unlinked):
        place = f"{name}: unlinked[{index}]"
        ref, wrong = _end(alone.item, f"{place}.item", crosswalk, packs)
        faults += wrong
        if ref is not None and ref in linked:
            faults.append(Fault(f"{place}.item", "has a link above", "items without one", "Remove one of the two"))
        if not alone.why.strip():
            faults.append(Fault(f"{place}.why", "is empty", "why it has no counterpart", "Give it"))
    faults += _twice((alone.item for alone in crosswalk.unlinked), f"{name}: unlinked", "item")
    alone_refs = {one.item for one in crosswalk.unlinked}
    for id in crosswalk.frameworks:
        for item in packs[id].rateable() if id in packs else ():
            ref = ItemRef(framework=id, item=item.id)
            if ref not in linked and str(ref) not in alone_refs:
                faults.append(
                    Fault(
                        f"{name}: {ref}",
                        "is neither linked nor listed as without counterpart",
                        "one of the two",
                        "Add a link, or list it under unlinked with why",
                    )
                )
    return tuple(faults)


def _end(
    text: str, place: str, crosswalk: Crosswalk, packs: dict[str, Framework]
) -> tuple[ItemRef | None, list[Fault]]:
    """Return the item that a spelling names, or what is wrong with it."""
    try:
        ref = ItemRef.parse(text)
    except DocumentError as error:
        return None, [Fault(place, fault.what, fault.expected, fault.remedy) for fault in error.faults]
    if ref.framework not in packs or ref.framework not in crosswalk.frameworks:
        return None, [_unknown(place, ref.framework, "framework of this crosswalk", crosswalk.frameworks)]
    items = packs[ref.framework].items()
    if ref.item not in items:
        return None, [_unknown(place, ref.item, f"item of {ref.framework}", items)]
    return ref, []


def _paths(items: Sequence[Item], place: str) -> Iterator[tuple[str, Item]]:
    for index, item in enumerate(items):
        path = f"{place}[{index}]"
        yield path, item
        yield from _paths(item.items, f"{path}.items")


def _item(item: Item, place: str) -> list[Fault]:
    faults = _id(item.id, f"{place}.id")
    lost = ItemFlag.SOURCE_INCOMPLETE in item.flags
    if not item.text.strip() and not lost:
        faults.append(
            Fault(
                place,
                "says nothing",
                "a statement or a purpose",
                'Give it, or flag it "source_incomplete" where the source lost it',
            )
        )
    if item.text.strip() and lost:
        faults.append(
            Fault(
                f"{place}.flags",
                "the source lost the text, and the item has one",
                "no text: nothing is made up",
                "Remove the text or the flag",
            )
        )
    if item.flags and not item.notes:
        faults.append(Fault(f"{place}.notes", "does not say what is uncertain", "a note", "Say it"))
    for index, cadence in enumerate(item.cadences):
        if cadence.said is cadence.every:
            faults.append(Fault(f"{place}.cadences[{index}].said", "is the same word again", "none", "Remove it"))
    return faults + (_row(item.row, f"{place}.row") if item.row is not None else [])


def _row(row: PlanRow, place: str) -> list[Fault]:
    faults = [
        Fault(f"{place}.leads[{index}]", f"{lead!r} looks like initials", "a role", "Name the role")
        for index, lead in enumerate(row.leads)
        if re.fullmatch(r"([A-Z]\.?\s?){2,3}", lead)
    ]
    if not row.targets:
        faults.append(Fault(f"{place}.targets", "holds none", "one or more", "Add the target"))
    faults += _twice((one.half_term.value for one in row.half_terms), f"{place}.half_terms", "half term")
    return faults


def _scale(scale: RatingScale | None, place: str) -> list[Fault]:
    if scale is None:
        return []
    faults = _id(scale.id, f"{place}.id")
    if len(scale.steps) < 2:
        faults.append(Fault(f"{place}.steps", f"holds {len(scale.steps)}", "two or more", "Add steps"))
    faults += _twice((step.id for step in scale.steps), f"{place}.steps", "step")
    order = [PracticeStatus.RED, PracticeStatus.AMBER, PracticeStatus.GREEN]
    places = [order.index(step.status) for step in scale.steps]
    if places != sorted(places):
        faults.append(Fault(f"{place}.steps", "a higher step has a lower colour", "lowest first", "Order them"))
    return faults


def _status_rules(rules: Sequence[str], place: str) -> list[Fault]:
    faults = [
        _unknown(f"{place}[{index}]", rule, "status rule", STATUS_RULES)
        for index, rule in enumerate(rules)
        if rule not in STATUS_RULES
    ]
    return faults + _twice(rules, place, "rule")


def _descriptors(descriptors: Descriptors | None, place: str) -> list[Fault]:
    if descriptors is None:
        return []
    return [
        Fault(f"{place}.{colour}", "is empty", "what practice looks like", "Give it")
        for colour in ("red", "amber", "green")
        if not getattr(descriptors, colour).strip()
    ]


def _days(start: date, end: date | None, checked: date, name: str) -> list[Fault]:
    faults = []
    if end is not None and end < start:
        faults.append(Fault(f"{name}: in_force_to", "lies before in_force_from", "a later day", "Swap the days"))
    if checked < start:
        faults.append(Fault(f"{name}: last_checked_on", "lies before in_force_from", "a later day", "Check it again"))
    return faults


def _id(id: str, place: str) -> list[Fault]:
    if _ID.fullmatch(id):
        return []
    return [Fault(place, f"{id!r} is no id", "lower-case letters, digits, dots, hyphens, underscores", "Correct it")]


def _version(version: str, place: str) -> list[Fault]:
    if _VERSION.fullmatch(version):
        return []
    return [Fault(place, f"{version!r} is no version", "numbers and dots, as 1.0.0", "Correct it")]


def _twice(names: Iterable[str], place: str, what: str) -> list[Fault]:
    return [
        Fault(place, f"the {what} {name!r} is given {times} times", "each once", "Rename or remove one")
        for name, times in Counter(names).items()
        if times > 1
    ]


def _unknown(place: str, name: str, what: str, known: Iterable[str]) -> Fault:
    names = list(known)
    near = alike(name, names)
    remedy = f"Did you mean {near[0]!r}?" if near else "Correct it"
    return Fault(place, f"{name!r} is no {what}", f"one of {join_names(names, limit=40)}", remedy)


def _cites(cites: Sequence[Citation], name: str, known: Sequence[str]) -> list[Fault]:
    found = check_cites(cites, where="", known=known)
    return [fault._replace(where=f"{name}: {fault.where.removeprefix('.')}") for fault in found]
