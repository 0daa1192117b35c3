"""Material: all that the sections of one report draw on, worked out once."""

import re
from datetime import date
from functools import cached_property

from attrs import define, evolve, field

from attendance_core.dates import DateRange
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.completeness import Completeness, completeness
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.periods import last_year
from attendance_core.measures.populations import Population
from attendance_core.measures.tallies import TALLY_COLUMNS
from attendance_core.measures.totals import Totals
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.configuration import School, Target
from attendance_core.model.figures import Figure
from attendance_core.model.marks import CODE, DATE
from attendance_core.model.reports import Outline, SectionKind
from attendance_core.policy.concerns import Concerns
from attendance_core.reports.comparing import OF_COMPULSORY_AGE, Comparer, phase_of
from attendance_core.reports.words import sentence

#: A dimension with more values than this is listed only as a table of the most and least.
MOST_VALUES = 40
#: A rate over fewer enrolments than this moves with a single pupil, however many sessions it counts.
FEW_ENROLMENTS = 5


@define(kw_only=True, eq=False)
class Material:
    """What a report is made of.

    Attributes:
        analysis: The register under a profile.
        outline: What to show.
        school: Who the school is.
        targets: Targets from the configuration.
        releases: Published figures, best first.
        cohorts: Cohorts and intersections asked for; empty: every cohort that the register can tell.
        concerns: What the policies in use found; None where none was asked.
    """

    analysis: Analysis
    outline: Outline
    school: School = field(factory=School)
    targets: tuple[Target, ...] = ()
    releases: tuple[BenchmarkRelease, ...] = field(default=(), repr=False)
    cohorts: tuple[str, ...] = ()
    concerns: Concerns | None = None

    @property
    def period(self) -> DateRange:
        """The days of the report."""
        return self.analysis.period

    @cached_property
    def last_year(self) -> DateRange | None:
        """The same school weeks last year, where the register holds them."""
        return last_year(self.analysis.register, self.period)

    @cached_property
    def comparer(self) -> Comparer:
        """What figures are held against."""
        populations = self.analysis.populations
        groups = populations.values("year-group") if "year-group" in populations.dimensions else ()
        phase, note = phase_of(self.school, groups)
        return Comparer(
            analysis=self.analysis,
            school=self.school,
            phase=phase,
            phase_note=note,
            targets=self.targets,
            releases=self.releases,
            last_year=self.last_year,
        )

    @cached_property
    def dimension_values(self) -> dict[str, tuple[str, ...]]:
        """Dimension to populations of its values in this register; one value alone divides nothing."""
        populations = self.analysis.populations
        found = {}
        for name in populations.dimensions:
            keys = tuple(f"{name}={value}" for value in sorted(populations.values(name), key=_natural))
            if len(keys) > 1:
                found[name] = keys
        schools = self.analysis.register.schools
        if len(schools) > 1:
            found["school"] = tuple(f"school={school}" for school in schools)
        return found

    @cached_property
    def cohort_populations(self) -> tuple[Population, ...]:
        """The cohorts to show, available or not."""
        populations = self.analysis.populations
        return tuple(populations.get(key) for key in (self.cohorts or tuple(populations.cohorts)))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every population that the report may name."""
        kinds = {section.kind for section in self.outline.sections}
        found = ["all"]
        over = OF_COMPULSORY_AGE.removeprefix("not:")
        if over in self.analysis.populations.cohorts and self.analysis.populations.get(over).available:
            found.append(over)
        for section in self.outline.sections:
            if section.kind is SectionKind.GROUPS:
                for name, keys in self.dimension_values.items():
                    if len(keys) <= MOST_VALUES and (not section.dimensions or name in section.dimensions):
                        found += keys
        if SectionKind.COHORTS in kinds:
            found += [population.key for population in self.cohort_populations if population.available]
        return tuple(dict.fromkeys(found))

    @cached_property
    def totals(self) -> dict[str, Totals]:
        """Totals of every population and of the rest beside it."""
        return self.analysis.totals(self.keys, rest=True)

    @cached_property
    def totals_before(self) -> dict[str, Totals]:
        """The same for last year; empty where the register does not hold it."""
        if self.last_year is None:
            return {}
        over = OF_COMPULSORY_AGE.removeprefix("not:")
        apart = [over] if over in self.keys else []
        # Of last year nobody is held against the rest, so only the sixth form's rest is wanted.
        return self.analysis.totals(self.keys, self.last_year) | self.analysis.totals(apart, self.last_year, rest=True)

    @cached_property
    def codes(self) -> dict[str, int]:
        """Kept marks of the period by code, most first."""
        found: dict[str, int] = {}
        for code, marks in self.analysis.codes().select(CODE, "marks").iter_rows():
            found[code] = found.get(code, 0) + int(marks)
        return found

    @cached_property
    def daily(self) -> dict[date, Totals]:
        """Everybody's totals of every day in the register; part of the year are sums of these."""
        frame = self.analysis.slot_totals([DATE], self.analysis.register.span)
        return Totals.rows(frame, DATE)

    def over(self, period: DateRange) -> Totals:
        """Everybody's totals over a period, from the days."""
        sums = dict.fromkeys(TALLY_COLUMNS, 0)
        for day, totals in self.daily.items():
            if day in period:
                for name in TALLY_COLUMNS:
                    sums[name] += totals[name]
        return Totals(values=sums)

    @cached_property
    def completeness(self) -> Completeness:
        """Sessions due, taken and missing."""
        return completeness(self.analysis)

    def title(self, key: str) -> str:
        """What a population is called."""
        name, _, value = key.partition("=")
        dimension = self.analysis.populations.dimensions.get(name)
        if dimension is not None and value in dimension.values:
            return f"{dimension.values[value]} ({value})"
        return self.analysis.populations.get(key).title

    def finished(self, figure: Figure) -> Figure:
        """Give a compared figure its flag and its sentence, where the outline wants one."""
        # A rate of many sessions may still be that of one or two pupils.
        few = figure.enrolments is not None and 0 < figure.enrolments < FEW_ENROLMENTS
        flagged = evolve(figure, small=True) if few else figure
        return evolve(flagged, note=sentence(flagged)) if self.outline.context and not figure.note else flagged

    def figure(self, measure: str, key: str = "all", *, title: str = "", areas: bool = True) -> Figure:
        """Return a population's figure, compared."""
        definition, _ = get_measure(measure)
        id = self.analysis.id(measure, key)
        figure = self.totals[key].figure(definition, id, self.analysis.rules, title=title)
        before = self.totals_before.get(key)
        if before is not None and not before["marks" if "marks" in before.values else "possible"]:
            before = None
        other = key.removeprefix("not:") if key.startswith("not:") else f"not:{key}"
        rest = self.totals.get(other) if key != "all" else None
        return self.finished(self.comparer.compare(figure, before=before, rest=rest, areas=areas))


def _natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Sort numbers within texts by size: 7A before 10A; R (Reception) before 1."""
    parts = re.findall(r"\d+|\D+", text)
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part.casefold()) for part in parts)
