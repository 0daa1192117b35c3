"""Impact: what changed for pupils who were helped, beside what was to be expected without the help."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.model.treatments import ScoreKind


class ImpactVerdict(StrEnum):
    """What can be said of a programme's effect on attendance, in words."""

    HELPED = "helped"
    NO_EFFECT = "no effect found"
    WORSE = "made worse"
    NOT_ENOUGH = "not enough data"
    CANNOT_TELL = "cannot tell"
    """A placebo shows a difference that no help can have made; or it looks like harm, and no placebo rules out that the
    helped had been worse off than their marks tell."""


@frozen(kw_only=True)
class ImpactChoices:
    """How an impact is worked out: what the settings ``impact-...`` of a profile say.

    Attributes:
        before: Sessions of the window before.
        lately: Its last sessions, which pupils are matched on apart.
        after: Sessions of the window after.
        placebo: Sessions of the window of the placebo, which ends where the window before begins.
        pupils: Fewest helped pupils of whom anything is said.
        sessions: Fewest possible sessions of an enrolment in each window.
        pool: Fewest pupils to compare with.
        nearest: How many pupils each helped one is compared with.
        distance: How far from a helped pupil these may lie, in percentage points of absence before.
        held: Weeks at the end of the window after over which a return must have held.
        strict: Whether absence of exactly the limit is not yet persistent or severe.
    """

    before: int = 120
    lately: int = 20
    after: int = 100
    placebo: int = 60
    pupils: int = 10
    sessions: int = 40
    pool: int = 30
    nearest: int = 80
    distance: int = 20
    held: int = 4
    strict: bool = False


@frozen(kw_only=True)
class Attended:
    """Sessions attended of those possible, added up over pupils; never an average of percentages.

    >>> Attended(attended=171, possible=190).percent
    90.0
    """

    attended: int
    possible: int

    @property
    def percent(self) -> float | None:
        """As a percentage; None where nothing was possible."""
        return 100 * self.attended / self.possible if self.possible else None


@frozen(kw_only=True)
class Effect:
    """A difference in percentage points of attendance, with its 95 % interval; above 0 is better.

    Attributes:
        points: The difference.
        low: Lower end of the interval.
        high: Upper end.
        enrolments: How many helped enrolments it stands on.
        compared: How many others they are compared with.
    """

    points: float
    low: float
    high: float
    enrolments: int
    compared: int

    @property
    def holds_zero(self) -> bool:
        """Whether no difference at all lies within the interval."""
        return self.low <= 0 <= self.high


class WhyNot(StrEnum):
    """Why a helped enrolment is not among those that are compared."""

    NO_WINDOW = "no window: the help began too near to the first or the last day of the register"
    FEW_BEFORE = "too few possible sessions before"
    FEW_AFTER = "too few possible sessions after"
    NOBODY_ALIKE = "nobody to compare with"


@frozen(kw_only=True)
class NotCompared:
    """How many helped enrolments are not compared, for one reason."""

    reason: WhyNot
    enrolments: int


@frozen(kw_only=True)
class Crossing:
    """Enrolments over a limit of absence before and after, beside what was to be expected.

    Attributes:
        limit: The limit in percent: 10 is persistent, 50 severe.
        before: Over it in the window before.
        after: Over it in the window after.
        left: Over it before and no longer after.
        entered: Over it after and not yet before.
        expected: How many would be over it after if they had fared as those that they are compared with.
    """

    limit: int
    before: int
    after: int
    left: int
    entered: int
    expected: float


@frozen(kw_only=True)
class Reintegration:
    """Whether pupils who were persistently absent came back, and stayed.

    Attributes:
        absent_before: Persistently absent in the window before, with possible sessions in the last weeks.
        held: Of these, not persistently absent over the last weeks of the window after, taken together.
        weeks: How many weeks these are.
        expected: How many it would be if they had fared as those that they are compared with.
    """

    absent_before: int
    held: int
    weeks: int
    expected: float


@frozen(kw_only=True)
class ScoreChange:
    """A recorded score before and after, over the pupils who have both; beside the sessions, never in the verdict.

    Attributes:
        before: Mean before.
        after: Mean after.
        enrolments: How many have both.
        rose: Of how many it rose.
        fell: Of how many it fell.
    """

    kind: ScoreKind
    before: float
    after: float
    enrolments: int
    rose: int
    fell: int


@frozen(kw_only=True)
class CostPerSession:
    """What one more attended session cost, in pounds.

    Attributes:
        total: Cost of the helped enrolments that are compared and whose cost is known.
        enrolments: How many these are.
        gained: Sessions that they gained within the window after.
        pounds: Cost of one of these; None where none was gained.
        low: Lower end of its interval; None where none was gained at all.
        high: Upper end; None where the interval of the difference holds zero, so that no amount is an upper end.
    """

    total: float
    enrolments: int
    gained: float
    pounds: float | None
    low: float | None
    high: float | None


@frozen(kw_only=True)
class Impact:
    """What changed for the enrolments that were helped by one programme, plan or cohort.

    Below the minimum numbers everything that could be taken for a result is None or empty.

    Attributes:
        part_of: The programme, plan or cohort.
        as_of: The day up to which marks were taken.
        profile: Id of the profile whose definitions hold.
        choices: How it was worked out.
        verdict: In words.
        reason: Why this is the verdict, in a sentence or two that hold the numbers.
        helped: Enrolments that were helped.
        first: First day on which help began.
        last: Last day on which help began.
        not_compared: Those that are left out, by reason.
        before: Of the compared ones, in the window before.
        after: In the window after.
        comparison_before: Of those that they are compared with, in percent, each as often as it was compared.
        expected: In percent, what the helped would have attended after without help.
        effect: What they attended beyond that.
        placebo: The same, of a window before the help, which it cannot have changed.
        persistent: In and out of persistent absence.
        severe: In and out of severe absence.
        reintegration: Who came back, and stayed.
        scores: Recorded wellbeing, engagement and family trust.
        cost: Per attended session gained.
        notes: What to mind.
    """

    part_of: str
    as_of: date
    profile: str
    choices: ImpactChoices
    verdict: ImpactVerdict
    reason: str
    helped: int
    first: date | None = None
    last: date | None = None
    not_compared: tuple[NotCompared, ...] = ()
    before: Attended | None = None
    after: Attended | None = None
    comparison_before: float | None = None
    expected: float | None = None
    effect: Effect | None = None
    placebo: Effect | None = None
    persistent: Crossing | None = None
    severe: Crossing | None = None
    reintegration: Reintegration | None = None
    scores: tuple[ScoreChange, ...] = ()
    cost: CostPerSession | None = None
    notes: tuple[str, ...] = ()

    @property
    def compared(self) -> int:
        """How many helped enrolments are compared."""
        return self.helped - sum(one.enrolments for one in self.not_compared)

    @property
    def naive(self) -> float | None:
        """Points by which attendance rose from before to after: no effect, as it holds the return to the mean."""
        return _less(self.after.percent if self.after else None, self.before.percent if self.before else None)

    @property
    def expected_change(self) -> float | None:
        """Points by which it would have risen without help."""
        return _less(self.expected, self.before.percent if self.before else None)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
