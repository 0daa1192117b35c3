"""Frameworks: ordered lists of what good practice is, as data, and the crosswalk that links their items.

A framework holds sections, a section holds items, an item may hold points. Ids, order and numbering are the source's,
odd ones too; the words are this library's own, and a school that holds the original may lay its exact wording over
the ids. What a source leaves open (a title, a scale, half a sentence) stays open here.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from attrs import evolve, frozen, resolve_types

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.sources import Citation, Source


class PracticeStatus(StrEnum):
    """The state of a piece of practice: of an item, a section or a whole framework, and never of a child."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    INCOMPLETE = "incomplete"
    """Not every item that counts has been rated: said with what is missing, never guessed, never an error."""


@frozen(kw_only=True)
class ScaleStep:
    """One step of a rating scale.

    Attributes:
        id: As responses write it, such as ``developing``.
        title: As forms print it.
        status: The colour that an item with this rating has.
        means: When the step is right, in a sentence.
    """

    id: str
    title: str
    status: PracticeStatus
    means: str = ""

    def __attrs_post_init__(self) -> None:
        if self.status is PracticeStatus.INCOMPLETE:
            raise DocumentError(
                Fault("status", "a rating that is given is not incomplete", "red, amber or green", "Correct it")
            )


@frozen(kw_only=True)
class RatingScale:
    """The ratings that an item can get, lowest first; a rating counts 0, 1, 2 ... by its place.

    Attributes:
        id: Lower case.
        title: What it is called.
        steps: Lowest first.
        ours: This library's own, since the source gives none.
    """

    id: str
    title: str
    steps: tuple[ScaleStep, ...]
    ours: bool = False

    def step(self, id: str) -> ScaleStep | None:
        """Return a step by its id."""
        return next((step for step in self.steps if step.id == id), None)

    def points(self, id: str) -> int | None:
        """Return the place of a step from the lowest, 0; None if it is none of this scale."""
        return next((place for place, step in enumerate(self.steps) if step.id == id), None)


DEFAULT_SCALE = RatingScale(
    id="three-steps",
    title="Not in place, developing, established",
    steps=(
        ScaleStep(
            id="not-in-place",
            title="Not in place",
            status=PracticeStatus.RED,
            means="Little or nothing of it happens, or nobody can show it.",
        ),
        ScaleStep(
            id="developing",
            title="Developing",
            status=PracticeStatus.AMBER,
            means="It has begun, and is not yet done by everybody or every time.",
        ),
        ScaleStep(
            id="established",
            title="Established",
            status=PracticeStatus.GREEN,
            means="It is done by everybody who should, can be shown, and is kept up.",
        ),
    ),
    ours=True,
)
"""The scale of every pack whose source gives none."""

#: Rules that turn ratings into a status; `audits` holds them. A framework suggests, an audit names the one it uses.
STATUS_RULES = ("worst", "majority", "mean-banded", "plan-aware")


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


class Rhythm(StrEnum):
    """How often something is done."""

    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    EVERY_3_TO_4_WEEKS = "every-3-to-4-weeks"
    HALF_TERMLY = "half-termly"
    TERMLY = "termly"
    ANNUAL = "annual"

    @property
    def per_year(self) -> int | None:
        """How many times in a school year; None where only a calendar can tell.

        >>> Rhythm.HALF_TERMLY.per_year, Rhythm.TERMLY.per_year, Rhythm.WEEKLY.per_year
        (6, 3, None)
        """
        return {Rhythm.HALF_TERMLY: 6, Rhythm.TERMLY: 3, Rhythm.ANNUAL: 1}.get(self)


@frozen(kw_only=True)
class Cadence:
    """How often an item asks for something.

    Attributes:
        every: The rhythm that holds.
        what: What is done so often.
        at_least: More often is as good.
        said: Another word that the source uses for the same, where it means another number.
    """

    every: Rhythm
    what: str = ""
    at_least: bool = False
    said: Rhythm | None = None

    @property
    def warning(self) -> str:
        """What to say where the source's words mean different numbers; else empty."""
        if self.said is None or self.said is self.every:
            return ""
        words = [
            f"{one.value} ({one.per_year} a year)" if one.per_year else one.value for one in (self.said, self.every)
        ]
        return f"The source says {words[0]} and means {words[1]}; {self.every.value} is taken."


class HalfTermName(StrEnum):
    """The six half terms, spelled as calendars spell them."""

    AUTUMN_1 = "Autumn 1"
    AUTUMN_2 = "Autumn 2"
    SPRING_1 = "Spring 1"
    SPRING_2 = "Spring 2"
    SUMMER_1 = "Summer 1"
    SUMMER_2 = "Summer 2"


@frozen(kw_only=True)
class RowAction:
    """One thing to do in a half term, as a row of a plan lists it.

    Attributes:
        text: What is done.
        by: Roles that do it, where the row says so.
        carried: The source writes that it goes on from an earlier half term.
        cadence: How often, where the row says so.
    """

    text: str
    by: tuple[str, ...] = ()
    carried: bool = False
    cadence: Cadence | None = None


@frozen(kw_only=True)
class HalfTermActions:
    """What a row of a plan does in one half term."""

    half_term: HalfTermName
    actions: tuple[RowAction, ...]


class TargetKind(StrEnum):
    """How a target is judged."""

    NUMERIC = "numeric"
    """A number is reached or not."""
    BENCHMARK = "benchmark"
    """A published figure is reached or not."""
    GROUP = "group"
    """The figures of named groups, or of named pupils together, move the right way."""
    QUALITATIVE = "qualitative"
    """People judge it; no percentage says it."""


@frozen(kw_only=True)
class RowTarget:
    """One target of a row of a plan.

    Attributes:
        kind: How it is judged.
        text: What is to be reached.
        measure: Id of the measure that tells, where one does.
        at_least: The number to be reached, in the measure's unit; only of a numeric target.
        benchmark: What it is compared with; only of a benchmark target.
        cohorts: Ids of the groups it speaks of; only of a group target.
    """

    kind: TargetKind
    text: str
    measure: str = ""
    at_least: int | None = None
    benchmark: str = ""
    cohorts: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        faults = [
            Fault(key, f"is for a {kind.value} target", f'kind = "{kind.value}"', "Correct the kind, or remove it")
            for key, kind, given in (
                ("at_least", TargetKind.NUMERIC, self.at_least is not None),
                ("benchmark", TargetKind.BENCHMARK, bool(self.benchmark)),
                ("cohorts", TargetKind.GROUP, bool(self.cohorts)),
            )
            if given and self.kind is not kind
        ]
        if self.kind is TargetKind.NUMERIC and self.at_least is None:
            faults.append(Fault("at_least", "a numeric target names no number", "a whole number", "Give it"))
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class PlanRow:
    """The cells of a row of an improvement plan, beside its objective.

    Attributes:
        leads: Roles, never initials.
        governor_link: Boards or committees that watch it.
        half_terms: Actions by half term, in the order of the year.
        targets: Two targets in one cell are two.
        cost: What it costs and who pays, as a short text.
        evaluation: Who judges whether it worked.
    """

    leads: tuple[str, ...]
    governor_link: tuple[str, ...]
    half_terms: tuple[HalfTermActions, ...]
    targets: tuple[RowTarget, ...]
    cost: str = ""
    evaluation: tuple[str, ...] = ()


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
