"""Targets: whether they are reached, each kind judged in its own way.

A number is held against a measure's figure, a benchmark against a published one, a group against itself a year before.
A qualitative target is judged by people, and no percentage stands beside it. Fractions decide, never a rounded rate.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.errors import AttendanceError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_session_measure
from attendance_core.measures.periods import last_year
from attendance_core.model.benchmarks import BenchmarkRelease, BenchmarkRow
from attendance_core.model.figures import Figure, Unit
from attendance_core.model.measures import Measure, MeasureKind
from attendance_core.model.plan_rows import TargetKind
from attendance_core.model.plans import ImprovementPlan, Objective, PlanTarget, Verdict
from attendance_core.reference.benchmarks import POOLED, find_authority, find_rows

NO_REGISTER = "no register was given"


class Reached(StrEnum):
    """Whether a target is reached on a day."""

    YES = "reached"
    NO = "not reached"
    PARTLY = "partly reached"
    """People said so."""
    UNJUDGED = "not judged yet"
    """People judge it, and nobody has."""
    CANNOT_TELL = "cannot tell"


@frozen(kw_only=True)
class GroupChange:
    """One cohort of a group target.

    Attributes:
        cohort: Its id.
        figure: Now; None where it is not available.
        before: Over the same school weeks a year before; None where it is not available.
        right_way: It moved the way that is better; None where nobody can tell.
        note: What is missing.
    """

    cohort: str
    figure: Figure | None = None
    before: Figure | None = None
    right_way: bool | None = None
    note: str = ""


@frozen(kw_only=True)
class TargetResult:
    """What came of asking one target.

    Attributes:
        objective: Id of its objective.
        target: The target.
        reached: Whether it is reached.
        says: Why, in a sentence.
        figure: The measure's figure; never of a qualitative target.
        wanted: What it is held against, in the measure's unit.
        source: Where that comes from, of a benchmark.
        provisional: Its publisher may yet change it.
        groups: Of a group target: every named cohort.
    """

    objective: str
    target: PlanTarget
    reached: Reached
    says: str
    figure: Figure | None = None
    wanted: float | None = None
    source: str = ""
    provisional: bool = False
    groups: tuple[GroupChange, ...] = ()


@frozen(kw_only=True, eq=False)
class TargetBasis:
    """What targets are held against: the register's figures and what is published.

    Attributes:
        analysis: The register under a profile, its period from the first day of the academic year.
        releases: Published figures, best first.
        phase: primary, secondary, special or empty.
        authority: Name or code of the local authority; empty where none is known.
        region: Name or code of the region.
    """

    analysis: Analysis
    releases: tuple[BenchmarkRelease, ...] = field(default=(), repr=False)
    phase: str = ""
    authority: str = ""
    region: str = ""

    @property
    def year_before(self) -> DateRange | None:
        """The same school weeks a year before, where the register holds them."""
        return last_year(self.analysis.register, self.analysis.period)


def judge(
    plan: ImprovementPlan, as_of: date, basis: TargetBasis | None, *, missing: str = NO_REGISTER
) -> tuple[TargetResult, ...]:
    """Judge every target of a plan on a day.

    Args:
        plan: The plan.
        as_of: The day; judgements of later days do not count. The register's figures are of its own period.
        basis: What figures come from; None: there are none.
        missing: Why there are none.
    """
    return tuple(
        judge_one(objective, target, as_of, basis, missing=missing)
        for objective in plan.objectives
        for target in objective.targets
    )


def judge_one(
    objective: Objective, target: PlanTarget, as_of: date, basis: TargetBasis | None, *, missing: str = NO_REGISTER
) -> TargetResult:
    """Judge one target on a day, as `judge` does."""
    if target.kind is TargetKind.QUALITATIVE:
        return _by_people(objective, target, as_of)
    if basis is None:
        return _untold(objective, target, missing)
    if not target.measure:
        return _untold(objective, target, "the target names no measure")
    try:
        return _by_figures(objective, target, basis)
    except AttendanceError as error:
        return _untold(objective, target, _why(error))


def _by_figures(objective: Objective, target: PlanTarget, basis: TargetBasis) -> TargetResult:
    measure, _ = get_session_measure(target.measure)
    if target.kind is TargetKind.GROUP:
        return _groups(objective, target, measure, basis)
    figure = basis.analysis.figure(target.measure, target.population)
    value = exact(figure, measure)
    if value is None:
        return _untold(objective, target, "no session was possible")
    if target.kind is TargetKind.NUMERIC:
        return _numeric(objective, target, figure, value)
    return _benchmark(objective, target, measure, figure, value, basis)


def exact(figure: Figure, measure: Measure) -> Fraction | None:
    """Return a figure's value from its counts, without any rounding; None where nothing was possible."""
    if figure.value is None:
        return None
    if measure.kind in (MeasureKind.RATIO, MeasureKind.SHARE) and figure.numerator is not None and figure.denominator:
        return Fraction(100 * figure.numerator, figure.denominator)
    if measure.kind is MeasureKind.DAYS_EACH and figure.numerator is not None and figure.denominator:
        return Fraction(figure.numerator, 2 * figure.denominator)
    return _plainly(figure.value)


def _plainly(value: float) -> Fraction:
    """Take a number as it is written: 92.5 is 925/10, not the nearest binary fraction."""
    return Fraction(repr(value))


def _why(error: AttendanceError) -> str:
    return "; ".join(f"{fault.where} {fault.what}" for fault in error.faults)


def _untold(objective: Objective, target: PlanTarget, why: str) -> TargetResult:
    return TargetResult(objective=objective.id, target=target, reached=Reached.CANNOT_TELL, says=f"Cannot tell: {why}.")


def _by_people(objective: Objective, target: PlanTarget, as_of: date) -> TargetResult:
    past = sorted((one for one in target.judgements if one.on <= as_of), key=lambda one: one.on)
    if not past:
        who = ", ".join(objective.evaluation) or "people"
        says = f"Judged by {who}, who have not said yet; no figure says it."
        return TargetResult(objective=objective.id, target=target, reached=Reached.UNJUDGED, says=says)
    last = past[-1]
    reached = {Verdict.REACHED: Reached.YES, Verdict.PARTLY: Reached.PARTLY, Verdict.NOT_REACHED: Reached.NO}[
        last.verdict
    ]
    who = ", ".join(last.by) or "nobody named"
    return TargetResult(
        objective=objective.id, target=target, reached=reached, says=f"Judged on {last.on} by {who}: {last.reason}"
    )


def _numeric(objective: Objective, target: PlanTarget, figure: Figure, value: Fraction) -> TargetResult:
    low = target.at_least is not None
    # The class holds one of the two.
    wanted = target.at_least if target.at_least is not None else target.at_most or 0.0
    good = value >= _plainly(wanted) if low else value <= _plainly(wanted)
    bound = "at least" if low else "at most"
    return TargetResult(
        objective=objective.id,
        target=target,
        reached=Reached.YES if good else Reached.NO,
        says=f"{_told(figure)}; the target is {bound} {wanted:g}.",
        figure=figure,
        wanted=wanted,
        source="the plan",
    )


def _benchmark(
    objective: Objective, target: PlanTarget, measure: Measure, figure: Figure, value: Fraction, basis: TargetBasis
) -> TargetResult:
    if not measure.better:
        return _untold(objective, target, f"nothing says whether more or less of {measure.title.lower()} is better")
    if target.benchmark == "own-year-before":
        before = basis.year_before
        if before is None:
            return _untold(objective, target, "the register does not hold the same weeks of the year before")
        earlier = basis.analysis.figure(target.measure, target.population, before)
        held = exact(earlier, measure)
        if held is None:
            return _untold(objective, target, "no session was possible a year before")
        # Better than before is more than level with it.
        good = value > held if measure.better == "higher" else value < held
        says = f"{_told(figure)}; a year before, in the same school weeks, {_told(earlier)}."
        source, provisional = "this register", False
    else:
        published = _published(target, measure, basis)
        if isinstance(published, str):
            return _untold(objective, target, published)
        release, row, held = published
        good = value >= held if measure.better == "higher" else value <= held
        mark = ", provisional" if release.provisional else ""
        year = basis.analysis.period.start
        stands_in = "" if release.year.span.start <= year <= (release.year.span.end or year) else ", which stands in"
        name = row.name or "England"
        says = (
            f"{_told(figure)}; {name} ({row.phase}) has {_decimal(float(held))} % in {release.year}{mark}{stands_in}."
        )
        source, provisional = release.title, release.provisional
    return TargetResult(
        objective=objective.id,
        target=target,
        reached=Reached.YES if good else Reached.NO,
        says=says,
        figure=figure,
        wanted=float(held),
        source=source,
        provisional=provisional,
    )


def _published(
    target: PlanTarget, measure: Measure, basis: TargetBasis
) -> tuple[BenchmarkRelease, BenchmarkRow, Fraction] | str:
    """Find the published value; else say what is missing."""
    if not measure.benchmark:
        return f"nothing is published that compares with {measure.title.lower()}"
    if not basis.phase:
        return "no phase is known: set school.phase in attendance.toml"
    level = target.benchmark.removesuffix("-average")
    place = ""
    if level == "authority":
        place = basis.authority
    elif level == "region":
        known = find_authority(basis.authority) if basis.authority else None
        place = basis.region or (known.region_code if known else "")
    if level != "national" and not place:
        return f"no {level} is known: set school.{level} in attendance.toml"
    group = "" if target.population == "all" else target.population
    for release in basis.releases:
        row = find_rows(release, level=level, phase=basis.phase, code_or_name=place, group=group)
        value = None if row is None else published_value(row, measure.benchmark)
        if row is not None and value is not None:
            return release, row, value
    return f"no {level} figure is held for {basis.phase} schools" + (f" and {group}" if group else "")


def published_value(row: BenchmarkRow, key: str) -> Fraction | None:
    """Return a published percentage exactly: as printed, else from its counts."""
    if key in row.percent:
        return _plainly(row.percent[key])
    numerator, denominator = POOLED.get(key, ((), ""))
    base = row.counts.get(denominator)
    if not base or any(column not in row.counts for column in numerator):
        return None
    return Fraction(100 * sum(row.counts[column] for column in numerator), base)


def _groups(objective: Objective, target: PlanTarget, measure: Measure, basis: TargetBasis) -> TargetResult:
    if not target.cohorts:
        return _untold(objective, target, "the target names no group")
    if not measure.better:
        return _untold(objective, target, f"nothing says whether more or less of {measure.title.lower()} is better")
    found = tuple(_group(cohort, target.measure, measure, basis) for cohort in target.cohorts)
    untold = [one for one in found if one.right_way is None]
    wrong = [one for one in found if one.right_way is False]
    right = len(found) - len(untold) - len(wrong)
    reached = Reached.NO if wrong else Reached.CANNOT_TELL if untold else Reached.YES
    says = f"{right} of {len(found)} groups moved the right way" + (
        f"; not: {', '.join(one.cohort for one in wrong)}" if wrong else ""
    )
    says += f"; cannot tell: {', '.join(f'{one.cohort} ({one.note})' for one in untold)}." if untold else "."
    return TargetResult(
        objective=objective.id, target=target, reached=reached, says=says, groups=found, source="this register"
    )


def _group(cohort: str, name: str, measure: Measure, basis: TargetBasis) -> GroupChange:
    before = basis.year_before
    try:
        figure = basis.analysis.figure(name, cohort)
        earlier = None if before is None else basis.analysis.figure(name, cohort, before)
    except AttendanceError as error:
        return GroupChange(cohort=cohort, note=_why(error))
    now = exact(figure, measure)
    if now is None:
        return GroupChange(cohort=cohort, figure=figure, note="no session was possible")
    if earlier is None:
        return GroupChange(cohort=cohort, figure=figure, note="the register does not hold the year before")
    then = exact(earlier, measure)
    if then is None:
        return GroupChange(cohort=cohort, figure=figure, before=earlier, note="nobody was in it a year before")
    return GroupChange(
        cohort=cohort,
        figure=figure,
        before=earlier,
        right_way=now > then if measure.better == "higher" else now < then,
        note="small: read with care" if figure.small or earlier.small else "",
    )


def _told(figure: Figure) -> str:
    unit = "%" if figure.unit is Unit.PERCENT else figure.unit.value
    value = "nothing" if figure.value is None else f"{_decimal(figure.value)} {unit}"
    counts = f" ({figure.numerator:,} of {figure.denominator:,})" if figure.denominator else ""
    return f"{figure.title} {value}{counts}"


def _decimal(value: float) -> str:
    """Write a number with one decimal, rounded half away from zero; what decides is never rounded."""
    return f"{Decimal(repr(value)).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,}"


def results_of(results: Sequence[TargetResult], objective: str) -> tuple[TargetResult, ...]:
    """Return the results of one objective's targets."""
    return tuple(one for one in results if one.objective == objective)
