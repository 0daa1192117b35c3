"""Status rules: how ratings of items become the status of a section or of a whole audit, and what came of one."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.scales import PracticeStatus
from attendance_core.model.sources import Citation


class RuleMethod(StrEnum):
    """How a status rule works."""

    LOWEST = "lowest"
    """The lowest rating decides."""
    MAJORITY = "majority"
    """The best colour that more than a share of the items reach."""
    MEAN = "mean"
    """The mean of 0, 1, 2, held against edges."""
    PLAN = "plan"
    """Ratings and open actions together."""


#: A fraction of whole numbers: numerator and denominator.
Edge = tuple[int, int]

_NEEDS = {
    RuleMethod.LOWEST: (),
    RuleMethod.MAJORITY: ("more_than",),
    RuleMethod.MEAN: ("amber_from", "green_from"),
    RuleMethod.PLAN: ("more_than",),
}
_EDGES = ("more_than", "amber_from", "green_from")


@frozen(kw_only=True)
class RuleEdition:
    """One version of a status rule.

    Attributes:
        version: Of the rule: an audit records it.
        in_force_from: First day on which it is offered for new audits.
        in_force_to: Last day; None: until further notice.
        method: How it works.
        says: What it does, in words that stand beside every status.
        more_than: The share that must be exceeded.
        amber_from: The lowest mean that is amber.
        green_from: The lowest mean that is green.
        cites: Whose rule it is.
        last_checked_on: The day on which somebody last looked at it.
    """

    version: str
    in_force_from: date
    in_force_to: date | None = None
    method: RuleMethod
    says: str
    more_than: Edge | None = None
    amber_from: Edge | None = None
    green_from: Edge | None = None
    cites: tuple[Citation, ...]
    last_checked_on: date

    def __attrs_post_init__(self) -> None:
        faults = []
        for name in _EDGES:
            edge = getattr(self, name)
            if (edge is not None) != (name in _NEEDS[self.method]):
                word = "is needed by" if edge is None else "means nothing to"
                faults.append(Fault(name, f"{word} the method {self.method.value}", "", "Correct method or edges"))
            elif edge is not None and (edge[1] < 1 or edge[0] < 0):
                faults.append(Fault(name, f"{edge[0]}/{edge[1]} is no share", "[1, 2] for a half", "Correct it"))
        if not faults and self.amber_from and self.green_from:
            (a, b), (c, d) = self.amber_from, self.green_from
            if a * d >= c * b:
                faults.append(Fault("amber_from", "does not lie below green_from", "amber below green", "Swap them"))
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class StatusRule:
    """How ratings of items become a status: a rule with its name and versions.

    Attributes:
        id: As audits write it.
        title: What it is called.
        versions: Oldest first.
    """

    id: str
    title: str
    versions: tuple[RuleEdition, ...]

    def edition(self, version: str) -> RuleEdition | None:
        """Return a version; None if there is no such one."""
        return next((one for one in self.versions if one.version == version), None)


@frozen(kw_only=True)
class PartStatus:
    """The state of a section, or of the whole, under one rule, with what decided it.

    Attributes:
        part: Id of the section; empty: the whole.
        name: What the part is called.
        rule: The rule.
        rule_version: Its version.
        status: What came of it.
        red: Items that count and are red.
        amber: Items that count and are amber.
        green: Items that count and are green.
        unanswered: Items that count and are not rated.
        apart: Items whose source is uncertain; they never decide.
        apart_rated: Those of them that are rated all the same.
        deciding: Items whose rating, or whose missing action, holds the status where it is.
        because: Why, in a sentence.
        others: Every other rule and the status that it would give.
        descriptor: What the framework says of practice at this colour; it describes, and decides nothing.
    """

    part: str
    name: str
    rule: str
    rule_version: str
    status: PracticeStatus
    red: int
    amber: int
    green: int
    unanswered: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    apart_rated: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    because: str
    others: tuple[tuple[str, PracticeStatus], ...] = ()
    descriptor: str = ""

    @property
    def rated(self) -> int:
        """How many items count and are rated."""
        return self.red + self.amber + self.green

    @property
    def told(self) -> str:
        """The status in words: a colour, or what is missing.

        >>> PartStatus(
        ...     part="", name="", rule="worst", rule_version="1", status=PracticeStatus.INCOMPLETE,
        ...     red=0, amber=0, green=1, unanswered=("1.1", "1.2"), because="",
        ... ).told
        'incomplete: 2 unanswered'
        """
        return self.told_as(self.status)

    def told_as(self, status: PracticeStatus) -> str:
        """Return a status of the part in words, as another rule gives it."""
        if status is PracticeStatus.INCOMPLETE and self.unanswered:
            return f"{status.value}: {len(self.unanswered)} unanswered"
        return status.value


@frozen(kw_only=True)
class AuditStatus:
    """The statuses of one audit on a day.

    Attributes:
        audit: Id of the audit.
        framework: Id of the framework.
        framework_version: Its version.
        as_of: The day on which actions were held to be overdue or not.
        says: What the rule does.
        whole: The status of the whole.
        sections: The status of each section, in order.
        notes: What to mind, as when another version of the framework is at hand than the one that was answered.
    """

    audit: str
    framework: str
    framework_version: str
    as_of: date
    says: str
    whole: PartStatus
    sections: tuple[PartStatus, ...]
    notes: tuple[str, ...] = ()
