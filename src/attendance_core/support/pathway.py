"""The pathway: tiers and the words for barriers and factors, read from TOML and held against the policies."""

import re
from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from attrs import evolve

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml, read_text
from attendance_core.errors import DocumentError, Fault, alike, join_names
from attendance_core.model.support_tiers import Factor, Pathway

#: The pathway that is used where a school names none.
OWN: Final = "support-first"

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_RULE = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*")


@cache
def load_own_pathway() -> Pathway:
    """Return the pathway that ships with the library.

    Raises:
        DocumentError: With every fault of the file.
    """
    file = resources.files("attendance_core.support").joinpath("pathway.toml")
    return parse_pathway(file.read_text(encoding="utf-8"), where="pathway.toml")


def load_pathway(path: Path) -> Pathway:
    """Read a pathway from a TOML file.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    return parse_pathway(read_text(path), where=path.name)


def parse_pathway(text: str, *, where: str) -> Pathway:
    """Read a pathway from TOML.

    Raises:
        DocumentError: With every fault and its key path; whether its rules are known is asked by `lint`.
    """
    pathway = structure(parse_toml(text, where=where), Pathway, where=where)
    faults = lint(pathway, where=where)
    if faults:
        raise DocumentError(*faults)
    return pathway


def extended(pathway: Pathway, *, focus: Iterable[str] = (), factors: Iterable[Factor] = ()) -> Pathway:
    """Return a pathway with more words of a school's own.

    Raises:
        DocumentError: If a factor's id is taken, or what it works on is unknown.
    """
    more = tuple(factors)
    wider = evolve(
        pathway,
        focus=tuple(dict.fromkeys((*pathway.focus, *focus))),
        factors=(*pathway.factors, *more),
    )
    faults = lint(wider, where="attendance.toml: support")
    if faults:
        raise DocumentError(*faults)
    return wider


def lint(pathway: Pathway, known: Collection[str] | None = None, *, where: str = "pathway") -> tuple[Fault, ...]:
    """Return what is wrong with a pathway.

    Args:
        pathway: The pathway.
        known: Rules that there are, as ``policy/rule``; None: only how they are spelled is looked at.
        where: Name of the file, for messages.
    """
    faults: list[Fault] = []
    ids = [(f"tiers[{at}].id", one.id) for at, one in enumerate(pathway.tiers)]
    ids += [(f"factors[{at}].id", one.id) for at, one in enumerate(pathway.factors)]
    ids += [(f"focus[{at}]", one) for at, one in enumerate(pathway.focus)]
    faults += [
        Fault(f"{where}: {path}", f"{id!r} is no id", "lower-case letters, digits and hyphens", "Rename it")
        for path, id in ids
        if not _ID.fullmatch(id)
    ]
    for at, factor in enumerate(pathway.factors):
        faults += unknown_focus(factor.focus, pathway, f"{where}: factors[{at}].focus")
    for at, tier in enumerate(pathway.tiers):
        path = f"{where}: tiers[{at}]"
        for key, rules in (("enter", tier.enter), ("enter_repeated", tier.enter_repeated)):
            faults += unknown_rules(rules, known, f"{path}.{key}")
            if rules and not at:
                faults.append(
                    Fault(f"{path}.{key}", "the first tier is everybody's", "no rule", "Move it to a later tier")
                )
        numbers = (
            ("review_days", tier.review_days, 1),
            ("repeated_weeks", tier.repeated_weeks, 0),
            ("leave_after_weeks", tier.leave_after_weeks, 0),
        )
        faults += [
            Fault(f"{path}.{key}", f"{number} found", f"{least} or more", "Correct it")
            for key, number, least in numbers
            if number is not None and number < least
        ]
        if bool(tier.enter_repeated) != bool(tier.repeated_weeks):
            faults.append(
                Fault(
                    f"{path}.repeated_weeks",
                    "goes with enter_repeated, and only with it",
                    "both or neither",
                    "Add the one that is missing",
                )
            )
    if pathway.settled_weeks < 0:
        faults.append(Fault(f"{where}: settled_weeks", "is below 0", "0 or more", "Correct it"))
    return tuple(faults)


def unknown_rules(rules: Iterable[str], known: Collection[str] | None, where: str) -> list[Fault]:
    """Return a fault for each rule that is misspelled, doubled, or that no policy has."""
    faults: list[Fault] = []
    listed = list(rules)
    for at, rule in enumerate(listed):
        place = f"{where}[{at}]"
        if not _RULE.fullmatch(rule):
            faults.append(Fault(place, f"{rule!r} is no rule", "policy/rule", "Write it as attendance concerns does"))
        elif rule in listed[:at]:
            faults.append(Fault(place, f"{rule!r} stands twice", "once", "Remove one"))
        elif known is not None and rule not in known:
            near = alike(rule, known)
            remedy = f"Did you mean {near[0]!r}?" if near else "See: attendance policy list"
            faults.append(Fault(place, f"{rule!r} is a rule of no policy", "policy/rule that there is", remedy))
    return faults


def unknown_focus(focus: Iterable[str], pathway: Pathway, where: str) -> list[Fault]:
    """Return a fault for each word of focus that a pathway does not have."""
    return [
        Fault(
            f"{where}[{at}]",
            f"{word!r} is unknown",
            f"one of {join_names(pathway.focus, limit=40)}",
            f"Did you mean {alike(word, pathway.focus)[0]!r}?"
            if alike(word, pathway.focus)
            else "Name one of them, or add it to focus",
        )
        for at, word in enumerate(focus)
        if word not in pathway.focus
    ]
