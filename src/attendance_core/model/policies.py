"""Policies: dated, cited rules that turn marks into concerns.

A rule is data of one of a few kinds, each a class of its own; a version of a rule holds exactly one of them.
"""

from collections.abc import Iterator
from datetime import date

from attrs import field, fields_dict, frozen

from attendance_core.dates import DateRange
from attendance_core.errors import DocumentError, Fault, join_names
from attendance_core.model.combinations import CombinationRule, CustomRule
from attendance_core.model.patterns import PatternRule
from attendance_core.model.record_rules import RecordRule
from attendance_core.model.rules import CountRule, CumulativeRule, RateRule, RunRule, UnresolvedRule
from attendance_core.model.sources import Citation, Source

Body = (
    RateRule
    | CountRule
    | RunRule
    | CumulativeRule
    | UnresolvedRule
    | PatternRule
    | RecordRule
    | CombinationRule
    | CustomRule
)


@frozen(kw_only=True)
class RuleVersion:
    """A rule as it holds over a range of days, with what it recommends and the citation for just that.

    Exactly one of the kinds (``rate`` to ``custom``) is given. Decisions belong to the version in force on the day
    on which the rule is met: a later version changes none of them. What a later version would have met before its
    first day is met on that day, where an item on or after it still belongs to the episode.

    Attributes:
        in_force_from: First day.
        in_force_to: Last day; None: until further notice.
        recommends: What to consider doing; a person decides.
        to: For whom the recommendation is.
        cites: Sources of just this version.
        last_checked_on: The day on which somebody last held it against its sources.
        excludes: Populations to which it does not apply, as figure ids spell them: who belongs to one on the day on
            which it is met has no concern, and who belongs on the day asked about has no open one.
        settings: Name of a field of the kind (``select`` and ``window`` apart) to the setting that decides it.
        doubt: What a reader should know before relying on it.
    """

    in_force_from: date
    in_force_to: date | None = None
    recommends: str
    to: str
    cites: tuple[Citation, ...]
    last_checked_on: date
    excludes: tuple[str, ...] = ()
    settings: dict[str, str] = field(factory=dict)
    doubt: str = ""
    rate: RateRule | None = None
    count: CountRule | None = None
    run: RunRule | None = None
    cumulative: CumulativeRule | None = None
    unresolved: UnresolvedRule | None = None
    pattern: PatternRule | None = None
    record: RecordRule | None = None
    combination: CombinationRule | None = None
    custom: CustomRule | None = None

    def __attrs_post_init__(self) -> None:
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise DocumentError(
                Fault(
                    "",
                    f"a rule has one kind, and this one has {' and '.join(given) or 'none'}",
                    f"one of {', '.join(KINDS)}",
                    "Give just one",
                )
            )
        known = {*fields_dict(type(self.body)), "excludes"}
        unknown = sorted(set(self.settings) - known)
        if unknown:
            what, expected = f"is no field of the kind {self.kind}", f"one of {join_names(sorted(known))}"
            remedy = "Name the field that the setting decides"
            raise DocumentError(*(Fault(f"settings.{name}", what, expected, remedy) for name in unknown))

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def body(self) -> Body:
        """The kind that is given."""
        found: Body = getattr(self, self.kind)
        return found

    @property
    def span(self) -> DateRange:
        """The days on which it holds."""
        return DateRange(self.in_force_from, self.in_force_to)


#: The kinds of rule, a closed set.
KINDS = ("rate", "count", "run", "cumulative", "unresolved", "pattern", "record", "combination", "custom")


@frozen(kw_only=True)
class Rule:
    """One rule, in its dated versions.

    Attributes:
        id: Unique in its policy.
        title: What it is called in lists.
        versions: Earliest first, never overlapping.
        listed: False for a part that only serves combinations.
        covers: Rules of the policy that need not be told of a pupil beside this one, such as persistent absence
            beside severe.
        early_sign: Defined by this library, not by law or guidance.
    """

    id: str
    title: str
    versions: tuple[RuleVersion, ...]
    listed: bool = True
    covers: tuple[str, ...] = ()
    early_sign: bool = False

    def at(self, on: date) -> RuleVersion | None:
        """Return the version in force on a day."""
        return next((version for version in self.versions if on in version.span), None)


@frozen(kw_only=True)
class Policy:
    """A set of rules of one author: a nation's, an authority's, a school's.

    Attributes:
        id: Lower case, as in ``england-national``.
        title: What it is called.
        jurisdiction: For whom it holds.
        in_force_from: First day of its validity.
        in_force_to: Last day; None: until further notice.
        cites: Where the whole comes from.
        last_checked_on: The day on which somebody last held it against its sources.
        note: What a reader should know of the whole.
        fictional: An example, of no real authority.
        sources: Documents that its rules cite, beside those of the package.
        rules: The rules.
    """

    id: str
    title: str
    jurisdiction: str
    in_force_from: date
    in_force_to: date | None = None
    cites: tuple[Citation, ...]
    last_checked_on: date
    note: str = ""
    fictional: bool = False
    sources: tuple[Source, ...] = ()
    rules: tuple[Rule, ...]

    @property
    def span(self) -> DateRange:
        """The days on which it holds."""
        return DateRange(self.in_force_from, self.in_force_to)

    def rule(self, id: str) -> Rule | None:
        """Return a rule by its id."""
        return next((rule for rule in self.rules if rule.id == id), None)

    def each(self) -> Iterator[tuple[Rule, RuleVersion]]:
        """Yield every version with its rule."""
        for rule in self.rules:
            for version in rule.versions:
                yield rule, version
