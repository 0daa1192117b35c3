"""Frameworks: ordered lists of what good practice is, as data.

A framework holds sections, a section holds items, an item may hold points. Ids, order and numbering are the source's,
odd ones too; the words are this library's own, and a school that holds the original may lay its exact wording over
the ids. What a source leaves open (a title, a scale, half a sentence) stays open here.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from attrs import evolve, frozen, resolve_types

from attendance_core.model.plan_rows import Cadence, PlanRow
from attendance_core.model.scales import DEFAULT_SCALE, PracticeStatus, RatingScale
from attendance_core.model.sources import Citation, Source


class ItemKind(StrEnum):
    """What an item is in its source."""

    KPI = "kpi"
    """A performance indicator with a number."""
    ROW = "row"
    """A row of a table with several cells."""
    STATEMENT = "statement"
    """A statement to tick."""
    PRACTICE = "practice"
    """A key practice of an area."""
    POINT = "point"
    """A point listed under another item."""
    LEADERSHIP = "leadership"
    """A statement on who leads."""
    IMPACT = "impact"
    """A measure by which impact is judged."""
    REVIEW = "review"
    """A statement on how the approach is kept up to date."""
    PATHWAY = "pathway"
    """A step of a graduated pathway."""
    LEGAL_NOTE = "legal-note"
    """A reminder of law or safeguarding: kept in mind, not rated."""


class ItemFlag(StrEnum):
    """What is uncertain about an item in its source. A flagged item may stay unrated, and is counted apart."""

    SPLIT_UNCERTAIN = "split_uncertain"
    """The source runs it together with a neighbour; which words belong to which is our reading."""
    SOURCE_INCOMPLETE = "source_incomplete"
    """The source lost its text; nothing was made up in its place."""


@frozen(kw_only=True)
class Item:
    """One thing that a framework asks for.

    Attributes:
        id: Unique in its framework: the source's own number, else a slug that stays.
        kind: What it is in the source.
        label: As printed in the source; empty where it prints none. A label is no number: the source may skip one.
        title: A short name, only where the source has one.
        statement: What is so when it is done well.
        purpose: Why it matters, where the source says so.
        success_criteria: By what one can tell that it is reached.
        intervention: What to do to get there.
        cadences: How often it asks for something.
        flags: What is uncertain about it.
        notes: Oddities of the source, kept or told.
        rateable: It can get a rating of its own.
        data_can_test: A register or side records can support or contradict a rating of it.
        row: The further cells of a row of an improvement plan.
        items: The points listed under it.
    """

    id: str
    kind: ItemKind
    label: str = ""
    title: str = ""
    statement: str = ""
    purpose: str = ""
    success_criteria: str = ""
    intervention: str = ""
    cadences: tuple[Cadence, ...] = ()
    flags: tuple[ItemFlag, ...] = ()
    notes: tuple[str, ...] = ()
    rateable: bool = True
    data_can_test: bool = False
    row: PlanRow | None = None
    items: tuple["Item", ...] = ()

    @property
    def text(self) -> str:
        """The sentence that a form shows: the statement, else the purpose; empty where the source lost it."""
        return self.statement or self.purpose

    @property
    def uncertain(self) -> bool:
        """It may stay unrated, and is counted apart."""
        return bool(self.flags)

    def each(self) -> Iterator["Item"]:
        """Yield it and the points under it."""
        yield self
        for item in self.items:
            yield from item.each()


# An item holds items: the converter needs the name made into the class.
resolve_types(Item)


@frozen(kw_only=True)
class Descriptors:
    """What practice looks like at each colour. They describe; no rule is made from them."""

    red: str
    amber: str
    green: str

    def of(self, status: PracticeStatus) -> str:
        """Return the text of a colour; empty for an incomplete status."""
        return "" if status is PracticeStatus.INCOMPLETE else str(getattr(self, status.value))


@frozen(kw_only=True)
class FrameworkSection:
    """A part of a framework: a strand, a foundation, an area, a standard, a stage.

    Attributes:
        id: Unique among the sections of its framework.
        label: As printed in the source.
        title: A name, only where the source has one: none is made up.
        kind: What the source calls such a part.
        introduction: What it is for, where the source says so.
        descriptors: What practice looks like at each colour, where the source says so.
        target_year: The year that its targets are for, where the source says so.
        notes: Oddities of the source, kept or told.
        items: In the source's order.
    """

    id: str
    label: str = ""
    title: str = ""
    kind: str = "section"
    introduction: str = ""
    descriptors: Descriptors | None = None
    target_year: int | None = None
    notes: tuple[str, ...] = ()
    items: tuple[Item, ...]

    @property
    def name(self) -> str:
        """What it is called in lists: kind and label, and the title where there is one."""
        name = f"{self.kind.capitalize()} {self.label}".strip() if self.label else self.kind.capitalize()
        return f"{name}: {self.title}" if self.title else name

    def each(self) -> Iterator[Item]:
        """Yield every item and the points under it, in order."""
        for item in self.items:
            yield from item.each()


@frozen(kw_only=True)
class Overlay:
    """A school's own exact wording over the ids of a framework. It lies with the school and in no package.

    Attributes:
        framework: Id of the framework.
        version: The version that it was made for; empty: any.
        source: Where the wording comes from, as the school says.
        texts: Item or section id to the fields that are replaced.
    """

    framework: str
    version: str = ""
    source: str = ""
    texts: dict[str, dict[str, str]]


@frozen(kw_only=True)
class Framework:
    """An ordered list of what good practice is.

    Attributes:
        id: Lower case, as in ``six-strands``.
        title: What it is called.
        version: Of this pack: an audit records it.
        in_force_from: First day on which this version is offered.
        in_force_to: Last day; None: until further notice.
        cites: The source.
        last_checked_on: The day on which somebody last held it against its source.
        note: What a reader should know of the whole.
        scale: The source's own ratings; None: it gives none, and `DEFAULT_SCALE` is used.
        status_rules: Rules that suit it, best first. An audit names one; there is no silent default.
        descriptors: What the whole looks like at each colour, where the source says so.
        notes: Oddities of the source, kept or told.
        overlaid: Where a school's own wording over it comes from; empty: the wording is this library's.
        sources: Documents that it cites, beside those of the package.
        sections: In the source's order.
    """

    id: str
    title: str
    version: str
    in_force_from: date
    in_force_to: date | None = None
    cites: tuple[Citation, ...]
    last_checked_on: date
    note: str = ""
    scale: RatingScale | None = None
    status_rules: tuple[str, ...] = ()
    descriptors: Descriptors | None = None
    notes: tuple[str, ...] = ()
    overlaid: str = ""
    sources: tuple[Source, ...] = ()
    sections: tuple[FrameworkSection, ...]

    @property
    def ratings(self) -> RatingScale:
        """The scale in use: its own, else the default, which is marked as ours."""
        return self.scale or DEFAULT_SCALE

    def each(self) -> Iterator[tuple[FrameworkSection, Item]]:
        """Yield every item and point with its section, in order."""
        for section in self.sections:
            for item in section.each():
                yield section, item

    def items(self) -> dict[str, Item]:
        """Return every item and point by its id, in order."""
        return {item.id: item for _, item in self.each()}

    def item(self, id: str) -> Item | None:
        """Return an item or point by its id."""
        return next((item for _, item in self.each() if item.id == id), None)

    def section(self, id: str) -> FrameworkSection | None:
        """Return a section by its id."""
        return next((section for section in self.sections if section.id == id), None)

    def rateable(self) -> tuple[Item, ...]:
        """Return the items that can get a rating, uncertain ones included, in order."""
        return tuple(item for _, item in self.each() if item.rateable)

    def only(self, section: FrameworkSection) -> "Framework":
        """Return the framework with one section of it."""
        return evolve(self, sections=(section,))
