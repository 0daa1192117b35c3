"""The programme catalogue and the support directory of a school: documents, and what is wrong with them."""

from collections.abc import Collection
from typing import Final

from attrs import frozen

from attendance_core.documents.versioned import DocumentKind
from attendance_core.errors import Fault, alike, join_names
from attendance_core.model.support_contacts import SupportDirectory
from attendance_core.model.support_plans import Programme, ProgrammeCatalogue, Strength
from attendance_core.model.support_tiers import Pathway
from attendance_core.support.pathway import unknown_focus, unknown_rules

CATALOGUE: Final = DocumentKind(name="programme-catalogue", cls=ProgrammeCatalogue)
DIRECTORY: Final = DocumentKind(name="support-directory", cls=SupportDirectory)


@frozen(kw_only=True)
class Gap:
    """Something that a programme or service does not say and should.

    Attributes:
        id: Of the programme or service.
        text: What it lacks.
    """

    id: str
    text: str

    def __str__(self) -> str:
        return f"{self.id}: {self.text}"


def lint_catalogue(
    catalogue: ProgrammeCatalogue, pathway: Pathway, known: Collection[str] | None = None, *, where: str
) -> tuple[Fault, ...]:
    """Return what is wrong with a catalogue.

    Args:
        catalogue: The catalogue.
        pathway: The tiers and words that it may name.
        known: Rules that there are, as ``policy/rule``; None: only how they are spelled is looked at.
        where: Name of the file, for messages.
    """
    tiers = [tier.id for tier in pathway.tiers]
    faults = _doubles([one.id for one in catalogue.programmes], f"{where}: programmes")
    for at, one in enumerate(catalogue.programmes):
        path = f"{where}: programmes[{at}]"
        if one.tier and one.tier not in tiers:
            near = alike(one.tier, tiers)
            faults.append(
                Fault(
                    f"{path}.tier",
                    f"{one.tier!r} is no tier of the pathway",
                    f"one of {join_names(tiers)}",
                    f"Did you mean {near[0]!r}?" if near else "Name one of them",
                )
            )
        faults += unknown_focus(one.focus, pathway, f"{path}.focus")
        faults += unknown_rules(one.enter, known, f"{path}.enter")
        numbers = (("cost", one.cost, 0), ("weeks", one.weeks if one.weeks is not None else 1, 1))
        faults += [
            Fault(f"{path}.{key}", f"is below {least}", f"{least} or more", "Correct it")
            for key, number, least in numbers
            if number < least
        ]
        if one.strength is not Strength.NONE and not one.evidence.strip():
            faults.append(
                Fault(f"{path}.evidence", "is empty, and strength claims some", "what research it rests on", "Name it")
            )
    return tuple(faults)


def lint_directory(directory: SupportDirectory, pathway: Pathway, *, where: str) -> tuple[Fault, ...]:
    """Return what is wrong with a support directory."""
    faults = _doubles([one.id for one in directory.services], f"{where}: services")
    for at, one in enumerate(directory.services):
        faults += unknown_focus(one.focus, pathway, f"{where}: services[{at}].focus")
    return tuple(faults)


def programme_gaps(catalogue: ProgrammeCatalogue) -> tuple[Gap, ...]:
    """Return what programmes do not say and somebody should ask: evidence, people, ways in and out, success."""
    return tuple(Gap(id=one.id, text=text) for one in catalogue.programmes for text in _lacks(one))


def _lacks(one: Programme) -> list[str]:
    asked = (
        (bool(one.evidence.strip()), "no research is named"),
        (bool(one.trained), "nobody is trained to deliver it"),
        (bool(one.enter or one.enter_words.strip()), "nobody says who it is for"),
        (bool(one.leave_words.strip()), "nobody says when it has done its work"),
        (bool(one.success.strip()), "nobody says how its success is measured"),
        (bool(one.tier), "it belongs to no tier"),
    )
    return [text for holds, text in asked if not holds]


def directory_gaps(directory: SupportDirectory) -> tuple[Gap, ...]:
    """Return what services do not say: what they do, and how to reach them."""
    found = []
    for one in directory.services:
        asked = ((one.offers, "nobody says what it does"), (one.how, "nobody says how to reach it"))
        found += [Gap(id=one.id, text=text) for words, text in asked if not words.strip()]
    return tuple(found)


def suitable(
    catalogue: ProgrammeCatalogue, *, tier: str, rules: Collection[str] = (), focus: Collection[str] = ()
) -> tuple[Programme, ...]:
    """Return the programmes of a tier that a concern or a noted factor speaks for, in the order of the catalogue."""
    return tuple(
        one
        for one in catalogue.programmes
        if one.tier == tier and (set(one.enter) & set(rules) or set(one.focus) & set(focus))
    )


def _doubles(ids: list[str], where: str) -> list[Fault]:
    return [
        Fault(f"{where}[{at}].id", f"{id!r} is used twice", "another id for each", "Rename one")
        for at, id in enumerate(ids)
        if id in ids[:at]
    ]
