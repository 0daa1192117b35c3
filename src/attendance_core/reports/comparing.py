"""Comparing: targets, own last year, and published figures beside a figure."""

from collections.abc import Iterable

from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.totals import Totals
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.configuration import School, Target
from attendance_core.model.figures import Comparison, ComparisonKind, Figure
from attendance_core.reference.benchmarks import benchmark_value, find_authority, find_rows

_AREAS = (
    (ComparisonKind.NATIONAL, "national", "England"),
    (ComparisonKind.REGION, "region", "Region"),
    (ComparisonKind.AUTHORITY, "authority", "Local authority"),
)


@frozen(kw_only=True)
class Comparer:
    """Everything that figures of one report are held against.

    Attributes:
        phase: primary, secondary, special, total or empty; ``phase_note`` says where it comes from.
        releases: Published figures, best first.
        last_year: The same school weeks one year before, if the register holds them.
    """

    analysis: Analysis
    school: School
    phase: str
    phase_note: str
    targets: tuple[Target, ...] = ()
    releases: tuple[BenchmarkRelease, ...] = field(default=(), repr=False)
    last_year: DateRange | None = None

    def target(self, measure: str, population: str, period: DateRange) -> Target | None:
        """Return the target for a measure and population in the academic year of a period."""
        year = AcademicYear.of(period.end or period.start)
        for target in self.targets:
            same = target.measure == measure and target.cohort == population
            if same and AcademicYear.parse(target.academic_year) == year:
                return target
        return None

    def compare(
        self,
        figure: Figure,
        *,
        before: Totals | None = None,
        rest: Totals | None = None,
        before_period: DateRange | None = None,
        areas: bool = True,
        before_value: Figure | None = None,
    ) -> Figure:
        """Return the figure with its comparisons.

        Args:
            figure: The figure.
            before: Totals of the same population last year.
            rest: Totals of everybody else.
            before_period: The days of ``before``.
            areas: Look for published figures (only where the figure is of the whole period).
            before_value: Last year's figure where it is no matter of totals (spells, single codes).
        """
        found: list[Comparison] = []
        measure, _ = get_measure(figure.id.measure)
        target = self.target(figure.id.measure, figure.id.population, figure.id.period)
        if target is not None:
            found.append(
                _held(
                    figure,
                    ComparisonKind.TARGET,
                    f"Target {target.academic_year}",
                    target.value,
                    source="attendance.toml",
                    note=target.note,
                )
            )
        period = before_period or self.last_year
        if rest is not None:
            other = rest.figure(measure, figure.id, self.analysis.rules)
            found.append(_held(figure, ComparisonKind.REST, "Everybody else", other.value, source="this register"))
        if before is not None or before_value is not None:
            earlier = before_value or (before or Totals.empty()).figure(measure, figure.id, self.analysis.rules)
            found.append(
                _held(
                    figure,
                    ComparisonKind.LAST_YEAR,
                    "Same weeks last year",
                    earlier.value,
                    period=str(period or ""),
                    source="this register",
                )
            )
        elif rest is None and figure.id.population == "all":
            found.append(
                Comparison(
                    kind=ComparisonKind.LAST_YEAR,
                    label="Same weeks last year",
                    value=None,
                    note="the register does not hold the same weeks of last year",
                )
            )
        if areas and measure.benchmark:
            found += self._published(figure, measure.benchmark)
        if not found:
            found.append(
                Comparison(
                    kind=ComparisonKind.LAST_YEAR,
                    label="Same weeks last year",
                    value=None,
                    note="no comparison is available for this figure",
                )
            )
        return evolve(figure, comparisons=tuple(found))

    def _published(self, figure: Figure, key: str) -> list[Comparison]:
        group = "" if figure.id.population == "all" else figure.id.population
        if not self.phase:
            if group:
                return []
            return [
                Comparison(
                    kind=ComparisonKind.NATIONAL,
                    label="England",
                    value=None,
                    note="no phase is known: set school.phase in attendance.toml",
                )
            ]
        found = []
        authority = find_authority(self.school.authority) if self.school.authority else None
        names = {
            "national": "",
            "region": self.school.region or (authority.region_code if authority else ""),
            "authority": authority.code if authority else self.school.authority,
        }
        for kind, level, label in _AREAS:
            if level != "national" and (not names[level] or group):
                continue
            for release in self.releases:
                row = find_rows(release, level=level, phase=self.phase, code_or_name=names[level], group=group)
                value = benchmark_value(row, key) if row is not None else None
                if row is None or value is None:
                    continue
                note = release.note if "earlier" in release.note else ""
                found.append(
                    _held(
                        figure,
                        kind,
                        f"{row.name or label} ({self.phase}), {release.academic_year}",
                        value,
                        period=str(release.period),
                        source=release.title,
                        provisional=release.provisional,
                        note=note,
                    )
                )
                break
            else:
                if not group:
                    found.append(
                        Comparison(
                            kind=kind,
                            label=label,
                            value=None,
                            note=f"no published figure for {self.phase} schools here",
                        )
                    )
        return found


def _held(
    figure: Figure,
    kind: ComparisonKind,
    label: str,
    value: float | None,
    *,
    period: str = "",
    source: str = "",
    provisional: bool = False,
    note: str = "",
) -> Comparison:
    difference = None if value is None or figure.value is None else figure.value - value
    return Comparison(
        kind=kind,
        label=label,
        value=value,
        difference=difference,
        period=period,
        source=source,
        provisional=provisional,
        note=note,
    )


_PHASES = {"primary": {"R", *map(str, range(1, 7))}, "secondary": set(map(str, range(7, 15)))}


def phase_of(school: School, year_groups: Iterable[str]) -> tuple[str, str]:
    """Return the phase to compare with, and where it comes from.

    What the configuration says counts; else the year groups decide where they all lie in one phase.
    """
    if school.phase:
        return school.phase, "set in attendance.toml"
    found = set(year_groups)
    for phase, groups in _PHASES.items():
        if found and found <= groups:
            return phase, "inferred from the year groups"
    return "", "not known"


_WORDS = {
    "percent": " %",
    "days": " days",
    "sessions": " sessions",
    "enrolments": " enrolments",
    "spells": " spells",
    "minutes": " minutes",
    "lessons": " %",
}


def sentence(figure: Figure) -> str:
    """Say a compared figure in words, with its counts and every comparison that it has."""
    if figure.value is None:
        return "There is nothing to measure: no session was possible."
    text = f"{figure.title}: {_number(figure.value)}{_WORDS[figure.unit.value]}"
    if figure.numerator is not None and figure.denominator is not None:
        text += f" ({figure.numerator:,} of {figure.denominator:,})"
    parts = []
    for comparison in figure.comparisons:
        if comparison.value is None or comparison.difference is None:
            continue
        size = abs(comparison.difference)
        points = " percentage points" if figure.unit.value == "percent" else _WORDS[figure.unit.value]
        if _number(size) == "0.0":
            words = "the same as"
        else:
            words = f"{_number(size)}{points} {'above' if comparison.difference > 0 else 'below'}"
        # The names of places keep their capitals.
        place = comparison.kind in (ComparisonKind.NATIONAL, ComparisonKind.REGION, ComparisonKind.AUTHORITY)
        name = comparison.label if place else comparison.label[0].lower() + comparison.label[1:]
        parts.append(f"{words} {name}{' (provisional)' if comparison.provisional else ''}")
    if parts:
        text += ", " + "; ".join(parts)
    elif figure.comparisons:
        text += "; there is no comparison: " + "; ".join(c.note for c in figure.comparisons if c.note)
    if figure.small:
        text += ". The denominator is small: read with care"
    return text + "."


def _number(value: float) -> str:
    from decimal import ROUND_HALF_UP, Decimal

    return f"{Decimal(repr(value)).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,}"
