"""Rows of plans: rhythms, half terms, actions and targets, as a framework that is a plan lists them."""

from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault


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
