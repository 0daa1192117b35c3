"""Crosswalks: which items of frameworks mean the same, how nearly, and why."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.sources import Citation, Source


class LinkStrength(StrEnum):
    """How far an answer to one item speaks for another."""

    SAME = "same"
    """One practice, told twice: an answer to one can be offered for the other."""
    OVERLAPS = "overlaps"
    """A large part is shared: the evidence serves both, the rating need not."""
    RELATED = "related"
    """One theme: worth reading beside each other."""


@frozen(kw_only=True, order=True)
class ItemRef:
    """An item of a framework, spelled ``six-strands/1.1``."""

    framework: str
    item: str

    @classmethod
    def parse(cls, text: str) -> "ItemRef":
        """Read the spelling.

        >>> ItemRef.parse("six-strands/1.1").item
        '1.1'

        Raises:
            DocumentError: If it is none.
        """
        framework, slash, item = text.partition("/")
        if not (framework and slash and item) or "/" in item:
            raise DocumentError(
                Fault("", f"{text[:60]!r} names no item", "framework/item, as six-strands/1.1", "Correct it")
            )
        return cls(framework=framework, item=item)

    def __str__(self) -> str:
        return f"{self.framework}/{self.item}"


@frozen(kw_only=True)
class Link:
    """That two items, of two frameworks or of one, ask for the same or for something near. It has no direction.

    Attributes:
        ends: The two items, spelled ``framework/item``.
        strength: How far an answer to one speaks for the other.
        theme: The practice that they share, in a word or two.
        reason: Why these two are linked, in a sentence of its own.
    """

    ends: tuple[str, str]
    strength: LinkStrength
    theme: str
    reason: str

    @property
    def refs(self) -> tuple[ItemRef, ItemRef]:
        """The two items.

        Raises:
            DocumentError: If one is not spelled as an item.
        """
        return ItemRef.parse(self.ends[0]), ItemRef.parse(self.ends[1])

    def other(self, ref: ItemRef) -> ItemRef | None:
        """Return the end that is not this one; None if this one is no end."""
        one, two = self.refs
        return two if ref == one else one if ref == two else None


@frozen(kw_only=True)
class Unlinked:
    """An item without a counterpart, said so that nobody takes it for forgotten."""

    item: str
    why: str


@frozen(kw_only=True)
class Crosswalk:
    """Links between items of frameworks: answer once, see it everywhere.

    Attributes:
        id: Lower case.
        title: What it is called.
        version: Of the links.
        in_force_from: First day on which this version is offered.
        cites: Where the judgement of what belongs together comes from.
        last_checked_on: The day on which somebody last held it against the frameworks.
        note: What a reader should know of the whole.
        frameworks: Framework id to the version that the links were made for.
        sources: Documents that it cites, beside those of the package.
        links: Each pair once.
        unlinked: Items that have no counterpart, each with why.
    """

    id: str
    title: str
    version: str
    in_force_from: date
    cites: tuple[Citation, ...]
    last_checked_on: date
    note: str = ""
    frameworks: dict[str, str]
    sources: tuple[Source, ...] = ()
    links: tuple[Link, ...] = ()
    unlinked: tuple[Unlinked, ...] = ()

    def of(self, ref: ItemRef) -> tuple[tuple[ItemRef, Link], ...]:
        """Return what an item is linked with, strongest first, then in the order of the file."""
        order = list(LinkStrength)
        found = [(other, link) for link in self.links if (other := link.other(ref)) is not None]
        return tuple(sorted(found, key=lambda pair: order.index(pair[1].strength)))
