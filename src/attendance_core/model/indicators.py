"""Indicators: what a register and its side records say of an item of a framework, beside the rating that it got."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.plan_rows import Rhythm
from attendance_core.model.scales import PracticeStatus
from attendance_core.model.side_records import SIDE_STATES, SideRecord
from attendance_core.model.sources import Citation


class IndicatorKind(StrEnum):
    """What an indicator looks at. The set is closed; everything else about an indicator is data."""

    COVERED = "covered"
    """Every pupil of a group has a record of some kind."""
    RHYTHM = "rhythm"
    """Something was done in every week, half term or term that is over, for each of its audiences."""
    REGISTER_CHECK = "register-check"
    """The register check finds nothing."""
    COMPARED = "compared"
    """A measure is better than last year's, than published figures, or than everybody else's."""
    FIRST_DAY = "first-day"
    """Every absence has a contact on its first day."""
    DELAY = "delay"
    """A pupil attends within some school days of the day agreed."""
    LIMITED = "limited"
    """Every record of some kind has an end."""
    SINCE_START = "since-start"
    """Pupils with a record attend more after it began than before."""
    ACTIONS = "actions"
    """The audit's open actions are few enough, and each has an owner and a day."""


class Who(StrEnum):
    """Whom an indicator asks about, where no cohort, concern or record says it."""

    ARRIVALS = "arrivals"
    """Pupils who joined in this academic year after its first school day."""
    RETURNED = "returned"
    """Pupils back after a long absence in this academic year."""


class When(StrEnum):
    """When a record must hold to count."""

    LIVE = "live"
    """It has begun and has not ended on the day asked about."""
    YEAR = "year"
    """It was made in this academic year, or covers a day of it."""
    RECENT = "recent"
    """It was made within some days before the day asked about."""
    BEFORE = "before"
    """It was made before the record that puts the pupil into the group."""


class Against(StrEnum):
    """What a measure is held against."""

    LAST_YEAR = "last-year"
    NATIONAL = "national"
    REST = "rest"


@frozen(kw_only=True)
class RecordChoice:
    """Which side records count.

    Attributes:
        records: Kinds of side record, any of which will do.
        kinds: What the record's ``kind`` says, any of these; empty: any.
        states: What the record's ``state`` says, any of these (for a rhythm: each of these); empty: any but those of
            what was not done (`SIDE_STATES`).
        when: When it must hold.
        days: For recent records: within so many days.
        without: What the record's ``kind`` says, none of these.
    """

    records: tuple[SideRecord, ...]
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    when: When = When.YEAR
    days: int = 0
    without: tuple[str, ...] = ()

    def takes(self, record: SideRecord, state: str) -> bool | None:
        """Say whether a record with this state counts; None for a word that its kind does not know.

        >>> choice = RecordChoice(records=(SideRecord.REVIEWS,))
        >>> choice.takes(SideRecord.REVIEWS, "done"), choice.takes(SideRecord.REVIEWS, "missed")
        (True, False)
        """
        done, not_done = SIDE_STATES.get(record, (None, frozenset()))
        if state and done is not None and state not in done | not_done:
            return None
        return state in self.states if self.states else state not in not_done


#: What each kind of indicator must be told, and what it may be told.
_PARTS: dict[IndicatorKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    IndicatorKind.COVERED: (("has",), ("who", "concern", "cohort", "among", "sessions", "figure")),
    IndicatorKind.RHYTHM: (("has", "every"), ()),
    IndicatorKind.REGISTER_CHECK: (("checks",), ()),
    IndicatorKind.COMPARED: (("measure", "against", "lower_is_better"), ("cohort",)),
    IndicatorKind.FIRST_DAY: (("has", "days"), ()),
    IndicatorKind.DELAY: (("among", "days"), ()),
    IndicatorKind.LIMITED: (("among",), ()),
    IndicatorKind.SINCE_START: (("among", "weeks"), ()),
    IndicatorKind.ACTIONS: (("most",), ()),
}
_OPTIONAL = (
    "has", "every", "checks", "measure", "against", "lower_is_better", "days", "weeks", "most",
    "who", "concern", "cohort", "among", "sessions", "figure",
)  # fmt: skip


@frozen(kw_only=True)
class Indicator:
    """One question to the records, asked for one item or several.

    Attributes:
        id: Lower case.
        items: Items that it is shown beside, spelled ``framework/item``.
        kind: What it looks at.
        counts: What its count counts, as a reader says it: ``pupils in persistent absence with a plan in force``.
        note: What to mind when reading it.
        has: The records that must be there.
        among: The records whose pupils, or which themselves, are asked about.
        who: Or a group of pupils.
        concern: Or those with a concern of this rule, spelled ``policy/rule``.
        cohort: Or a cohort.
        sessions: For pupils back after a long absence: so many sessions make it long.
        figure: A measure that is shown beside it.
        every: How often something is done.
        checks: Checks of the register check.
        measure: What is compared.
        against: What with.
        lower_is_better: Whether a lower value is the better one.
        days: Days that are looked back upon, or school days within which something happens.
        weeks: Weeks before and after a start.
        most: How many open actions can be managed.
        cites: Whose judgement it is.
        last_checked_on: The day on which somebody last looked at it.
    """

    id: str
    items: tuple[str, ...]
    kind: IndicatorKind
    counts: str
    note: str = ""
    has: RecordChoice | None = None
    among: RecordChoice | None = None
    who: Who | None = None
    concern: str = ""
    cohort: str = ""
    sessions: int = 0
    figure: str = ""
    every: Rhythm | None = None
    checks: tuple[str, ...] = ()
    measure: str = ""
    against: Against | None = None
    lower_is_better: bool | None = None
    days: int = 0
    weeks: int = 0
    most: int = 0
    cites: tuple[Citation, ...]
    last_checked_on: date

    def __attrs_post_init__(self) -> None:
        needed, allowed = _PARTS[self.kind]
        faults = []
        for name in _OPTIONAL:
            given = getattr(self, name) not in (None, "", 0, ()) or (
                name == "lower_is_better" and self.lower_is_better is False
            )
            if name in needed and not given:
                faults.append(Fault(name, f"is needed by the kind {self.kind.value}", "a value", "Give it"))
            elif given and name not in needed and name not in allowed:
                faults.append(Fault(name, f"means nothing to the kind {self.kind.value}", "", "Take it out"))
        if self.kind is IndicatorKind.COVERED:
            groups = [name for name in ("who", "concern", "cohort", "among") if getattr(self, name)]
            if len(groups) != 1:
                faults.append(Fault("who", f"{len(groups)} groups of pupils are named", "one", "Name one"))
        if faults:
            raise DocumentError(*faults)


class Level(StrEnum):
    """How far what an indicator looks for is there."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class EvidenceVerdict(StrEnum):
    """What an indicator says of a rating. It changes none."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CANNOT_TELL = "cannot tell"


#: What a level says of a rating, by the colour of the rating. Data tests one part of a statement, so that more than
#: was claimed contradicts only the claim that there is nothing.
VERDICTS: dict[tuple[PracticeStatus, Level], EvidenceVerdict] = {
    (PracticeStatus.GREEN, Level.FULL): EvidenceVerdict.SUPPORTS,
    (PracticeStatus.GREEN, Level.PART): EvidenceVerdict.CONTRADICTS,
    (PracticeStatus.GREEN, Level.NONE): EvidenceVerdict.CONTRADICTS,
    (PracticeStatus.AMBER, Level.FULL): EvidenceVerdict.SUPPORTS,
    (PracticeStatus.AMBER, Level.PART): EvidenceVerdict.SUPPORTS,
    (PracticeStatus.AMBER, Level.NONE): EvidenceVerdict.CONTRADICTS,
    (PracticeStatus.RED, Level.FULL): EvidenceVerdict.CONTRADICTS,
    (PracticeStatus.RED, Level.PART): EvidenceVerdict.CANNOT_TELL,
    (PracticeStatus.RED, Level.NONE): EvidenceVerdict.SUPPORTS,
}


@frozen(kw_only=True)
class IndicatorReading:
    """What an indicator found, whatever the rating.

    Attributes:
        level: How far it is there; None: it cannot be told.
        count: How many were found.
        of: Out of how many.
        text: The finding in words; where it cannot be told, what is missing.
        figures: Ids of figures that stand behind it.
        concerns: Ids of the concerns that stand behind what is lacking; they name pupils.
    """

    level: Level | None
    count: int = 0
    of: int = 0
    text: str
    figures: tuple[str, ...] = ()
    concerns: tuple[str, ...] = field(default=(), repr=False)


@frozen(kw_only=True)
class ItemEvidence:
    """What the records say of one item, beside its rating.

    Attributes:
        item: Id of the item.
        rating: The rating; empty: not answered.
        indicator: Id of the indicator.
        reading: What it found.
        verdict: What that says of the rating.
        note: What to mind when reading it.
    """

    item: str
    rating: str
    indicator: str
    reading: IndicatorReading
    verdict: EvidenceVerdict
    note: str = ""

    @property
    def told(self) -> str:
        """The verdict with its reason."""
        unrated = "" if self.rating else "not rated; "
        return f"{self.verdict.value}: {unrated}{self.reading.text}"
