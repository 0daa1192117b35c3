"""Gates: what a ledger should show before a statutory step, and what it does show."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.model.events import EventId, check
from attendance_core.model.sources import Citation
from attendance_core.model.support_steps import StepKind


class ProofKind(StrEnum):
    """What is looked for."""

    OFFER = "offer"
    """Support was offered."""
    ANSWER = "answer"
    """The family's answer to an offer is known, or it was left without one for so many ``days``."""
    MEETING = "meeting"
    """A meeting was held, or one was offered and not taken up."""
    PLAN = "plan"
    """There is a support plan with a day for its review, or a review of it."""
    REVIEW = "review"
    """A plan, an arrangement or an earlier step was reviewed."""
    STEP = "step"
    """An earlier ``step`` was taken and its time is over, or it was offered and not taken up."""
    PARENT = "parent"
    """It is said which parent the step concerns."""
    PERIOD = "period"
    """The step's period has ``at_least`` to ``at_most`` weeks."""
    LIMIT = "limit"
    """There were fewer than ``at_most`` such steps for the parent and child within so many ``years``."""
    THRESHOLD = "threshold"
    """A ``concern`` is open for the pupil."""


#: What each kind needs beside its words.
_NEEDS = {
    ProofKind.ANSWER: ("days",),
    ProofKind.STEP: ("step",),
    ProofKind.PERIOD: ("at_least", "at_most"),
    ProofKind.LIMIT: ("at_most", "years"),
    ProofKind.THRESHOLD: ("concern",),
}


@frozen(kw_only=True)
class Requirement:
    """One thing that is looked for.

    Attributes:
        id: Unique in its gate; what is missing is recorded by it.
        kind: What it is.
        asks: What is looked for, in words.
        remedy: How it is brought about.
        months: What is older counts no more; None: everything counts.
        days: See ``answer``.
        step: See ``step``.
        offered: A word of an offer that was declined or left without a reply, which counts as well.
        at_least: See ``period``.
        at_most: See ``period`` and ``limit``.
        years: See ``limit``.
        concern: See ``threshold``: a rule, as ``policy/rule``.
    """

    id: str
    kind: ProofKind
    asks: str
    remedy: str
    months: int | None = None
    days: int | None = None
    step: StepKind | None = None
    offered: str = ""
    at_least: int | None = None
    at_most: int | None = None
    years: int | None = None
    concern: str = ""

    def __attrs_post_init__(self) -> None:
        check(
            *(
                (getattr(self, name) not in (None, ""), name, f"a {self.kind.value} needs it", "a value", "Give it")
                for name in _NEEDS.get(self.kind, ())
            )
        )


@frozen(kw_only=True)
class GateVersion:
    """What is looked for from one day on.

    Attributes:
        in_force_from: First day.
        in_force_to: Last day; None: until further notice.
        requires: What is looked for, in order.
        doubt: What to know before relying on it.
        last_checked_on: When somebody last looked whether it still holds.
        cites: Where it comes from.
    """

    in_force_from: date
    in_force_to: date | None = None
    requires: tuple[Requirement, ...]
    doubt: str = ""
    last_checked_on: date
    cites: tuple[Citation, ...]


@frozen(kw_only=True)
class Gate:
    """What a ledger should show before a kind of statutory step.

    Attributes:
        step: The kind.
        title: Its name.
        versions: Earliest first.
    """

    step: StepKind
    title: str
    versions: tuple[GateVersion, ...]


class ProofState(StrEnum):
    """Whether what is looked for is there."""

    MET = "met"
    MISSING = "missing"
    NOT_CHECKED = "not-checked"
    """Nothing that could tell was given, such as a register."""


@frozen(kw_only=True)
class Proof:
    """What a ledger shows of one requirement.

    Attributes:
        requirement: What was looked for.
        state: Whether it is there.
        records: The records that show it.
        says: What was found, in words that name nobody.
    """

    requirement: Requirement
    state: ProofState
    records: tuple[EventId, ...] = ()
    says: str


@frozen(kw_only=True)
class GateResult:
    """What a ledger shows before one step.

    Attributes:
        gate: The gate.
        version: The version in force on the day of the step; None: none was, so nothing was looked for.
        on: The day of the step.
        proofs: One for each requirement, in order.
    """

    gate: Gate = field(repr=False)
    version: GateVersion | None = field(repr=False)
    on: date
    proofs: tuple[Proof, ...]

    @property
    def missing(self) -> tuple[Proof, ...]:
        """What is not there."""
        return tuple(proof for proof in self.proofs if proof.state is ProofState.MISSING)

    @property
    def unchecked(self) -> tuple[Proof, ...]:
        """What could not be looked for."""
        return tuple(proof for proof in self.proofs if proof.state is ProofState.NOT_CHECKED)
