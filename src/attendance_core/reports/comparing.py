"""Comparing: targets, own last year, and published figures beside a figure."""

from collections.abc import Iterable
from functools import cached_property

from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.totals import Totals
from attendance_core.model.benchmarks import BenchmarkRelease, BenchmarkRow
from attendance_core.model.configuration import School, Target
from attendance_core.model.figures import Comparison, ComparisonKind, Figure
from attendance_core.reference.benchmarks import benchmark_value, find_authority, find_rows

#: Everybody but the sixth form: what published figures cover (ages 5 to 15), so theirs stand beside it too.
OF_COMPULSORY_AGE = "not:over-compulsory-age"
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
    _rows: dict[tuple[str, str, str, str], BenchmarkRow | None] = field(factory=dict, init=False, repr=False)

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
        # A target is for a measure and a group, not for one day of the week.
        target = None if figure.id.slot else self.target(figure.id.measure, figure.id.population, figure.id.period)
        if target is not None:
            found.append(
                _held(
                    figure,
                    ComparisonKind.TARGET,
                    f"Target {target.academic_year}",
                    target.value,
                    source="attendance.toml",
                    # What is said of the year's target need not be said again of each week.
                    note=target.note if figure.id.period == self.analysis.period else "",
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
        group = "" if figure.id.population in ("all", OF_COMPULSORY_AGE) else figure.id.population
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
        year = AcademicYear.of(figure.id.period.start)
        for kind, level, label in _AREAS:
            if level != "national" and (not self.areas[level] or group):
                continue
            for release in self.releases:
                row = self._row(release, level, group)
                value = benchmark_value(row, key) if row is not None else None
                if row is None or value is None:
                    continue
                # A figure of another collection counts otherwise, so its name says which it is.
                other = f", {release.collection}" if release.collection != self.releases[0].collection else ""
                stands_in = f"no figure of {year} is held"
                found.append(
                    _held(
                        figure,
                        kind,
                        f"{row.name or label} ({self.phase}), {release.year}{other}",
                        value,
                        period=str(release.period),
                        source=release.title,
                        provisional=release.provisional,
                        note=stands_in if release.year != year and not group else "",
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
                            note=f"not published for {self.phase} schools at this level",
                        )
                    )
        return found

    @cached_property
    def areas(self) -> dict[str, str]:
        """Name or code of the area at each level; empty where the configuration names none."""
        authority = find_authority(self.school.authority) if self.school.authority else None
        return {
            "national": "",
            "region": self.school.region or (authority.region_code if authority else ""),
            "authority": authority.code if authority else self.school.authority,
        }

    def _row(self, release: BenchmarkRelease, level: str, group: str) -> BenchmarkRow | None:
        """Return a release's row, looked for once."""
        key = (release.id, level, self.phase, group)
        if key not in self._rows:
            name = self.areas[level]
            self._rows[key] = find_rows(release, level=level, phase=self.phase, code_or_name=name, group=group)
        return self._rows[key]


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
