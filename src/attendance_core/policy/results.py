"""Results: what became of one rule."""

from datetime import date

from attrs import field, frozen

from attendance_core.model.outcomes import Outcome
from attendance_core.model.policies import Body, Policy, Rule, RuleVersion
from attendance_core.policy.facts import Frame


@frozen(kw_only=True, eq=False)
class RuleResult:
    """What became of one rule.

    Attributes:
        version: The version in force on the day asked about; None if there is none.
        outcome: failed means that there are concerns.
        missing: Inputs that are missing, where it could not be checked.
        notes: What a reader should know of this run.
        frame: Its concerns: the columns of `model.concerns.CONCERN_COLUMNS`, and ``version`` (date), the first day of
            the version that each belongs to.
        bodies: The kind of each version, its settings resolved, by the version's first day.
    """

    policy: Policy
    rule: Rule
    version: RuleVersion | None
    outcome: Outcome
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    frame: Frame = field(repr=False)
    bodies: dict[date, Body] = field(factory=dict, repr=False)
