"""Support plans, their reviews, and what was recorded of wellbeing beside the sessions."""

from datetime import date
from enum import StrEnum
from math import inf
from typing import ClassVar

from attrs import field, frozen

from attendance_core.model.actions import Action
from attendance_core.model.events import Event, check, in_order, said, words_said


@frozen(kw_only=True, repr=False)
class BuildUpStep:
    """One step of a phased build-up of time on site.

    Attributes:
        start: From when.
        sessions_per_week: Sessions on site in each week of it.
        note: Which ones, and how.
    """

    start: date
    sessions_per_week: int
    note: str = ""

    def __attrs_post_init__(self) -> None:
        fits = 0 <= self.sessions_per_week <= 14
        check((fits, "sessions_per_week", "is no number of sessions", "0 to 14", "Count mornings and afternoons"))

    def __repr__(self) -> str:
        return "<BuildUpStep>"


@frozen(kw_only=True, repr=False)
class SupportPlan(Event):
    """What was agreed with a pupil and the family to make attendance easier.

    Attributes:
        start: First day.
        tier: Id of the tier that it belongs to.
        goals: What is to be reached.
        adjustments: What school does otherwise.
        key_adult: Who is there for the pupil, as a role or a name.
        build_up: Steps of a phased build-up, in order.
        programmes: Ids of programmes of the catalogue.
        actions: What was agreed that somebody does.
        helps: What helps.
        does_not_help: What does not.
        next_step: The next small step.
        child_voice: What the child said.
        parent_voice: What the parent said.
        agreed_with: Who agreed: child, parent, or others.
        review_due: When it is to be reviewed; None: as the tier says, counted from the start.
        end: Last day, once it has ended.
        outcome: What came of it, once it has ended.
    """

    kind: ClassVar[str] = "plan"

    start: date
    tier: str
    goals: tuple[str, ...]
    adjustments: tuple[str, ...] = ()
    key_adult: str = ""
    build_up: tuple[BuildUpStep, ...] = ()
    programmes: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    helps: tuple[str, ...] = ()
    does_not_help: tuple[str, ...] = ()
    next_step: str = ""
    child_voice: str = ""
    parent_voice: str = ""
    agreed_with: tuple[str, ...] = ()
    review_due: date | None = None
    end: date | None = None
    outcome: str = ""

    def __attrs_post_init__(self) -> None:
        starts = [step.start for step in self.build_up]
        check(
            said(self.tier, "tier"),
            words_said(self.goals, "goals"),
            in_order(self.start, self.end),
            in_order(self.start, self.review_due, "review_due"),
            (
                starts == sorted(set(starts)),
                "build_up",
                "steps are not in order",
                "later and later starts",
                "Sort them",
            ),
        )

    @property
    def day(self) -> date:
        """Its first day."""
        return self.start


class ReviewOutcome(StrEnum):
    """What a review decided."""

    CONTINUE = "continue"
    CHANGE = "change"
    STEP_UP = "step-up"
    STEP_DOWN = "step-down"
    END = "end"


@frozen(kw_only=True, repr=False)
class Review(Event):
    """A review of a plan, an arrangement or a statutory step: held, or missed.

    Attributes:
        of: Place of what is reviewed in the same ledger: of its first event.
        due: When it was due.
        held: When it was held; None: it was not.
        outcome: What was decided; with the day on which it was held, and only then.
        helps: What helps.
        does_not_help: What does not.
        next_step: The next small step.
        next_due: When the next review is due; None: as the tier says, counted from this one; never after an end.
        child_voice: What the child said.
        parent_voice: What the parent said.
        present: Who took part, as roles.
        note: More, in words; why, if it was missed.
    """

    kind: ClassVar[str] = "review"

    of: int
    due: date | None = None
    held: date | None = None
    outcome: ReviewOutcome | None = None
    helps: tuple[str, ...] = ()
    does_not_help: tuple[str, ...] = ()
    next_step: str = ""
    next_due: date | None = None
    child_voice: str = ""
    parent_voice: str = ""
    present: tuple[str, ...] = ()
    note: str = ""

    def __attrs_post_init__(self) -> None:
        check(
            (self.of >= 0, "of", "is no place in a ledger", "a whole number from 0", "Copy it from the ledger"),
            (
                (self.held is None) == (self.outcome is None),
                "outcome",
                "goes with a review that was held, and only with it",
                "a day and an outcome, or neither",
                "Correct held or outcome",
            ),
            (
                self.held is not None or self.due is not None,
                "due",
                "a review that was not held has no day",
                "when it was due",
                "Give the day",
            ),
            in_order(self.held or self.due, self.next_due, "next_due"),
            (
                not (self.outcome is ReviewOutcome.END and self.next_due),
                "next_due",
                "follows a review that ended it",
                "no further review",
                "Remove it",
            ),
        )

    @property
    def day(self) -> date:
        """When it was held, or due."""
        return self.held or self.due or date.max


@frozen(kw_only=True, repr=False)
class Scores(Event):
    """What was recorded of a child's wellbeing, engagement, and the family's trust, each from 1 (low) to 5 (high).

    Attributes:
        on: When.
        wellbeing: The child's own wellbeing, and readiness to learn.
        engagement: How the child takes part.
        family_trust: How far the family trusts the school.
        told_by: Who judged: child, parent, staff.
        note: More, in words.
    """

    kind: ClassVar[str] = "scores"

    on: date
    wellbeing: int | None = None
    engagement: int | None = None
    family_trust: int | None = None
    told_by: str = ""
    note: str = ""

    def __attrs_post_init__(self) -> None:
        scores = {"wellbeing": self.wellbeing, "engagement": self.engagement, "family_trust": self.family_trust}
        given = {name: score for name, score in scores.items() if score is not None}
        check(
            (bool(given), "scores", "are none", "one score or more", "Give one"),
            *((1 <= score <= 5, name, "is off the scale", "1 to 5", "Correct it") for name, score in given.items()),
        )

    @property
    def day(self) -> date:
        """When they were recorded."""
        return self.on


class Strength(StrEnum):
    """How strong the evidence for a programme is."""

    NONE = "none"
    PROMISING = "promising"
    MODERATE = "moderate"
    STRONG = "strong"


@frozen(kw_only=True)
class Programme:
    """One programme of a school's catalogue.

    Attributes:
        id: Its id.
        title: Its name.
        tier: Id of the tier that it belongs to.
        focus: What it works on; barriers name the same.
        evidence: What research it rests on.
        strength: How strong that is.
        enter: Concerns that propose it, as ``policy/rule`` ids, where data can tell.
        enter_words: Who it is for.
        leave_words: When it has done its work.
        success: How its success is measured.
        weeks: How long it runs; None: as agreed.
        cost: Pounds for each place.
        trained: Roles trained to deliver it.
    """

    id: str
    title: str
    tier: str = ""
    focus: tuple[str, ...] = ()
    evidence: str = ""
    strength: Strength = Strength.NONE
    enter: tuple[str, ...] = ()
    enter_words: str = ""
    leave_words: str = ""
    success: str = ""
    weeks: int | None = None
    cost: float = 0.0
    trained: tuple[str, ...] = ()


@frozen(kw_only=True)
class ProgrammeCatalogue:
    """The programmes that a school offers.

    Attributes:
        programmes: In the order of lists.
    """

    programmes: tuple[Programme, ...] = field(factory=tuple)


@frozen(kw_only=True, repr=False)
class ProgrammePlace(Event):
    """A pupil's place in a programme of the catalogue.

    Attributes:
        programme: Id of the programme.
        start: First day.
        end: Last day, once it is known.
        sessions_planned: Meetings that were planned.
        sessions_held: Meetings that the pupil took part in.
        cost: Pounds to date; None: the catalogue's.
        outcome: What came of it, once it has ended.
    """

    kind: ClassVar[str] = "programme"

    programme: str
    start: date
    end: date | None = None
    sessions_planned: int | None = None
    sessions_held: int | None = None
    cost: float | None = None
    outcome: str = ""

    def __attrs_post_init__(self) -> None:
        counts = {"sessions_planned": self.sessions_planned, "sessions_held": self.sessions_held, "cost": self.cost}
        check(
            said(self.programme, "programme"),
            in_order(self.start, self.end),
            *(
                (value is None or 0 <= value < inf, name, "is below 0", "0 or more", "Correct it")
                for name, value in counts.items()
            ),
        )

    @property
    def day(self) -> date:
        """Its first day."""
        return self.start
