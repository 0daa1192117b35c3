"""Reporting: reports of registers, lessons and counts, made safe for their audience."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from attrs import define

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import (
    DocumentError,
    Fault,
    FigureIdError,
    LayoutError,
    UnknownNameError,
)
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.model.reports import (
    Outline,
    Report,
    SectionKind,
    View,
)
from attendance_core.register.counts import Counts
from attendance_core.register.lessons import LessonRegister
from attendance_core.register.register import Register
from attendance_core.reports.apart import count_report, lesson_report
from attendance_core.reports.build import build_report
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.material import Material
from attendance_core.workbench.asking import Asking, Policies
from attendance_core.workbench.base import Progress, quiet


@define(kw_only=True, eq=False)
class Reporting(Asking):
    """Reports of registers, lessons and counts, made safe for their audience."""

    def report(
        self,
        register: Register,
        *,
        audience: str = "leaders",
        cohorts: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        policies: Policies | None = None,
        records: object | None = None,
        progress: Progress = quiet,
    ) -> View:
        """Build a report and make it safe for its audience.

        Args:
            register: The register.
            audience: Id of the outline.
            cohorts: Cohorts and intersections (``fsm+sen-support``) to show; none: all.
            start: First day; None: the first school day of the academic year.
            end: Last day; None: the day the register speaks to.
            policies: Policies whose concerns it shows, as `concerns` takes them.
            records: Side records, as `concerns` takes them.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If an outline, cohort or measure does not exist.
            LayoutError: If the outline is one of lessons.
        """
        outline = self.outline(audience)
        if any(section.kind is SectionKind.LESSONS for section in outline.sections):
            fault = Fault(
                f"outline {audience!r}",
                "shows lessons, and the register holds sessions",
                "an outline of sessions, as leaders",
                "Name another `audience`",
            )
            raise LayoutError(fault)
        self.check_targets()
        analysis = self.analyse(register, start=start, end=end)
        span = register.span
        if span is None or not span.overlaps(analysis.period):
            raise FigureIdError(
                Fault(
                    f"period {analysis.period}",
                    "the register holds no mark in it",
                    f"days within {span}" if span else "a register with marks",
                    "Change the days, or give the register of that time",
                )
            )
        material = Material(
            analysis=analysis,
            outline=outline,
            school=self.configuration.school,
            targets=self.configuration.targets,
            releases=self.releases(analysis.period.end or register.as_of),
            cohorts=tuple(cohorts),
            concerns=self._concerns_of(outline, analysis, policies, records, progress),
        )
        report = build_report(material, self.provenance(register), notes=self.notes(), progress=progress)
        return self.view(report, outline, analysis)

    def report_lessons(self, lessons: LessonRegister, *, start: date | None = None, end: date | None = None) -> View:
        """Build the report of lesson marks (outline ``lessons``).

        Raises:
            FigureIdError: If the period ends before it starts.
        """
        outline = self.outline("lessons")
        analysis = LessonAnalysis.of(lessons, self.profile, start=start, end=end)
        provenance = self._provenance(lessons.as_of, lessons.account.inputs)
        report = lesson_report(outline, self.configuration.school, analysis, provenance, self.notes())
        return self.view(report, outline)

    def report_counts(self, counts: Counts, *, start: date | None = None, end: date | None = None) -> View:
        """Build the report of counts (outline ``counts``): no sessions stand behind its figures.

        Raises:
            FigureIdError: If no day is known that the counts speak of: give both, or read them with ``on``.
        """
        outline = self.outline("counts")
        last = end or counts.on
        if last is None:
            raise FigureIdError(
                Fault(
                    "counts",
                    "name no day",
                    "the days that they speak of",
                    "Give `start` and `end`, or `as_of`",
                )
            )
        provenance = self._provenance(last, counts.account.inputs)
        school, notes = self.configuration.school, self.notes()
        report = count_report(outline, school, counts, self.profile, DateRange(start or last, last), provenance, notes)
        return self.view(report, outline)

    def view(self, report: Report, outline: Outline, analysis: Analysis | None = None) -> View:
        """Make a report safe for the outline's audience."""
        cohorts = analysis.populations.cohorts if analysis is not None else {}
        sensitive = frozenset(name for name, cohort in cohorts.items() if cohort.sensitive)
        openings = tuple(section.opening for section in outline.sections)
        return make_view(report, outline.audience, sensitive=sensitive, openings=openings)

    def check_targets(self) -> None:
        """Check that targets name measures and years that exist.

        Raises:
            DocumentError: With every fault and its key path.
        """
        faults: list[Fault] = []
        for index, target in enumerate(self.configuration.targets):
            for key, check in (("measure", lambda t: get_measure(t.measure)), ("academic_year", _year)):
                try:
                    check(target)
                except (UnknownNameError, DocumentError) as error:
                    where = f"attendance.toml: targets[{index}].{key}"
                    faults += [Fault(where, fault.what, fault.expected, fault.remedy) for fault in error.faults]
        if faults:
            raise DocumentError(*faults)


def _year(target: Any) -> AcademicYear:
    return AcademicYear.parse(target.academic_year)
