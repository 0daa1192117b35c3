"""Tiers of support, what is found about a pupil's barriers, and the decision for a tier."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.events import Event, check, said
from attendance_core.model.sources import Citation


class FactorKind(StrEnum):
    """What a term of the vocabulary is."""

    BARRIER = "barrier"
    """What stands between a child and school."""
    RISK = "risk"
    """What makes absence more likely."""
    PROTECTIVE = "protective"
    """What makes attendance more likely."""


@frozen(kw_only=True)
class Factor:
    """A barrier, risk or protective factor, of a vocabulary that a host extends.

    Attributes:
        id: Lower-case letters, digits and hyphens.
        kind: What it is.
        label: As it is shown.
        focus: What help for it works on, such as ``emotional-literacy``; programmes name the same.
        confidential: Whether a note about it is kept from every audience but the safeguarding lead by default.
        cites: Where it comes from, where that is another place than its pathway's.
    """

    id: str
    kind: FactorKind
    label: str
    focus: tuple[str, ...] = ()
    confidential: bool = False
    cites: tuple[Citation, ...] = field(default=(), repr=False)


@frozen(kw_only=True)
class Tier:
    """One tier of support.

    Attributes:
        id: Such as ``targeted``.
        label: As it is shown.
        intent: What it is for.
        review_days: Days after which a plan of this tier is due for review, unless it says otherwise; None: none is.
        enter: Concerns that propose it, as ``policy/rule`` ids; any one is enough.
        enter_repeated: Concerns that propose it if they still hold after ``repeated_weeks`` in the tier below.
        repeated_weeks: Whole school weeks in the tier below, for ``enter_repeated``.
        leave_after_weeks: Whole school weeks without any of those concerns before a step down is proposed; 0: only a
            review proposes one.
        enter_words: What a person looks for, where data cannot tell.
        leave_words: What a person looks for before a step down.
        strategies: What is offered there.
        cites: Where its numbers come from.
    """

    id: str
    label: str
    intent: str
    review_days: int | None = None
    enter: tuple[str, ...] = ()
    enter_repeated: tuple[str, ...] = ()
    repeated_weeks: int = 0
    leave_after_weeks: int = 0
    enter_words: str = ""
    leave_words: str = ""
    strategies: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = field(default=(), repr=False)


@frozen(kw_only=True)
class Pathway:
    """Tiers from the lightest to the strongest, and the vocabulary of what stands in a child's way.

    Attributes:
        id: Its id.
        title: Its name.
        tiers: At least one; the first is everybody's.
        focus: What help can work on; factors, programmes and services name these.
        factors: Barriers and factors.
        settled_weeks: Whole school weeks for which a decision settles the concerns that it names: they hold a pupil
            where a person put them, and propose nothing higher.
        last_checked_on: When it was last held against its sources.
        cites: Where it comes from.
        note: What a reader should know.
    """

    id: str
    title: str
    tiers: tuple[Tier, ...]
    focus: tuple[str, ...] = ()
    factors: tuple[Factor, ...] = ()
    settled_weeks: int = 0
    last_checked_on: date | None = None
    cites: tuple[Citation, ...] = field(default=(), repr=False)
    note: str = ""

    def __attrs_post_init__(self) -> None:
        faults = []
        if not self.tiers:
            faults.append(Fault("tiers", "are none", "one tier or more", "Add the tier that everybody is in"))
        for name, ids in (("tiers", [one.id for one in self.tiers]), ("factors", [one.id for one in self.factors])):
            faults += [
                Fault(f"{name}[{at}].id", f"{id!r} is used twice", "another id for each", "Rename one")
                for at, id in enumerate(ids)
                if id in ids[:at]
            ]
        if faults:
            raise DocumentError(*faults)

    def place(self, tier: str) -> int:
        """Return how far up a tier is; the first is 0.

        Raises:
            DocumentError: If the pathway has none of that id.
        """
        ids = [one.id for one in self.tiers]
        if tier not in ids:
            raise DocumentError(Fault("tier", f"{tier!r} is unknown", f"one of {', '.join(ids)}", "Name one of them"))
        return ids.index(tier)


@frozen(kw_only=True, repr=False)
class FactorsNoted(Event):
    """Barriers, risk and protective factors that somebody told of or saw.

    Attributes:
        on: When they were noted.
        factors: Ids of factors.
        told_by: Who told of them: child, parent, staff or another.
        note: More, in words.
        confidential: Whether note and factors are for the safeguarding lead alone.
    """

    kind: ClassVar[str] = "factors"

    on: date
    factors: tuple[str, ...]
    told_by: str = ""
    note: str = ""
    confidential: bool = False

    def __attrs_post_init__(self) -> None:
        check((bool(self.factors), "factors", "are none", "ids of factors", "Name what was found"))

    @property
    def day(self) -> date:
        """When they were noted."""
        return self.on


@frozen(kw_only=True, repr=False)
class TierDecision(Event):
    """That a person put a pupil into a tier, as proposed or otherwise.

    Attributes:
        on: From when.
        tier: Id of the tier.
        proposed: The tier that was proposed on that day; empty if none was.
        reason: Why; required where it differs from the proposal.
        concerns: Ids of the concerns that spoke for it.
    """

    kind: ClassVar[str] = "tier"

    on: date
    tier: str
    proposed: str = ""
    reason: str = ""
    concerns: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        check(
            said(self.tier, "tier"),
            (
                self.tier == self.proposed or bool(self.reason.strip()),
                "reason",
                "a tier other than the proposed one was chosen without one",
                "a reason",
                "Say why",
            ),
        )

    @property
    def day(self) -> date:
        """From when it holds."""
        return self.on
