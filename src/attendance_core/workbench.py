"""The workbench: the one object that a host holds."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dict
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, evolve, field

from attendance_core import __version__
from attendance_core.audits.comparing import compare, own_view, second_view
from attendance_core.audits.documents import framework_of, open_audit
from attendance_core.audits.evidence import evidence_for
from attendance_core.audits.grounds import Grounds
from attendance_core.audits.indicators import rules_needed
from attendance_core.audits.status import status_of
from attendance_core.dates import AcademicYear, DateRange
from attendance_core.documents.configuring import find_config, load_config
from attendance_core.documents.loader import load_toml
from attendance_core.documents.versioned import Opened
from attendance_core.engine import collect
from attendance_core.errors import (
    DocumentError,
    Fault,
    FigureIdError,
    LayoutError,
    PluginError,
    UnknownNameError,
    alike,
    join_names,
)
from attendance_core.frameworks.links import Links
from attendance_core.frameworks.lint import lint_crosswalk, lint_framework
from attendance_core.frameworks.loading import load_framework, named_framework
from attendance_core.frameworks.overlay import apply_overlay, overlay_of_rows
from attendance_core.intake import Intake, Ready, named
from attendance_core.measures.against import Against, hold_against
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.explain import explain, sessions
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.measures.periods import within
from attendance_core.measures.reconcile import Reconciliation, reconcile
from attendance_core.measures.scope import active
from attendance_core.model.agendas import AgendaKind, Meeting
from attendance_core.model.audits import Audit
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.checks import CheckResult
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.concerns import Concern, ConcernId
from attendance_core.model.configuration import Configuration
from attendance_core.model.extensions import Renderer, RuleFinder
from attendance_core.model.figures import Explanation, FigureId
from attendance_core.model.frameworks import Crosswalk, Framework, Overlay
from attendance_core.model.indicators import ItemEvidence
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.marks import ENROLMENT
from attendance_core.model.plans import ImprovementPlan
from attendance_core.model.plugins import ExtensionKind, PluginFailure
from attendance_core.model.policies import CustomRule, Policy
from attendance_core.model.profiles import Profile
from attendance_core.model.reports import (
    Outline,
    Provenance,
    RenderedFile,
    RenderOptions,
    Report,
    SectionKind,
    View,
)
from attendance_core.model.statuses import AuditStatus
from attendance_core.plans.agendas import Agenda, AgendaMaterial, make_agenda, named_kind
from attendance_core.plans.drafting import Draft, Sources, draft_from_audit
from attendance_core.plans.half_terms import HalfTerms
from attendance_core.plans.publishing import PublicPlan, publish
from attendance_core.plans.standing import PlanStatus, status
from attendance_core.plans.targets import TargetBasis, TargetResult, judge
from attendance_core.plans.warnings import PlanWarning, warnings
from attendance_core.plugins.builtin.audit_form import audit_form
from attendance_core.plugins.builtin.audit_form_read import read_form
from attendance_core.plugins.guarding import reading
from attendance_core.plugins.manager import PluginManager
from attendance_core.policy.cases import ENDING, cases_beside, load_cases
from attendance_core.policy.comparing import Simulation, simulate
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.evaluate import Custom, evaluate, has_baseline, has_custom, only_rule
from attendance_core.policy.facts import Facts
from attendance_core.policy.kinds.custom import check as check_concerns
from attendance_core.policy.loading import load_policy, named_policy, shipped_file
from attendance_core.policy.register_check.run import check_register
from attendance_core.policy.results import RuleResult
from attendance_core.policy.trying import CaseResult, try_cases
from attendance_core.reference.settings import load_profile, load_settings, profile_ids
from attendance_core.register.account import Input
from attendance_core.register.calendar import SchoolCalendar, calendars_for
from attendance_core.register.counts import Counts, read_counts
from attendance_core.register.lessons import LessonRegister, read_lessons
from attendance_core.register.other_figures import read_other_figures
from attendance_core.register.reading import Membership, read_register
from attendance_core.register.register import Register
from attendance_core.register.saved import is_saved, load_register
from attendance_core.reports.apart import count_report, lesson_report
from attendance_core.reports.audits import AUDITORS, audit_report
from attendance_core.reports.build import build_report
from attendance_core.reports.comparing import phase_of
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.material import Material
from attendance_core.reports.plans import LEADERS, agenda_report, plan_report, public_view

Progress = Callable[[str], None]


def _quiet(step: str) -> None:
    """Tell nobody."""


@define(kw_only=True, eq=False)
class Workbench:
    """Configuration and plugins together; what a host calls.

    A workbench holds no register and no clock: files or frames go in, registers, analyses, reports come out. Two
    workbenches know nothing of each other.

    Attributes:
        configuration: What ``attendance.toml`` says.
        plugins: Who brings adapters, mappings, codebooks, cohorts, outlines, benchmarks and renderers.
        folder: Where relative paths of the configuration start.
    """

    configuration: Configuration = field(factory=Configuration)
    plugins: PluginManager = field(factory=PluginManager.load)
    folder: Path = field(factory=Path)

    @classmethod
    def open(
        cls,
        config: Path | Configuration | None = None,
        *,
        plugins: Iterable[object] = (),
        entry_points: bool = True,
        strict: bool = False,
    ) -> "Workbench":
        """Open a workbench.

        Args:
            config: A configuration, or the path of one; None: none.
            plugins: Plugins that the host hands over.
            entry_points: Also load plugins of installed distributions.
            strict: Raise when a plugin fails, instead of going on without it.

        Raises:
            UnreadableFileError: If the configuration cannot be read.
            DocumentError: With every fault of the configuration.
            PluginError: In strict mode, if a plugin fails.
        """
        manager = PluginManager.load(entry_points=entry_points, plugins=plugins, strict=strict)
        if isinstance(config, Path):
            return cls(configuration=load_config(config), plugins=manager, folder=config.parent)
        return cls(configuration=config or Configuration(), plugins=manager)

    @staticmethod
    def find_config(folder: Path) -> Path | None:
        """Return the nearest ``attendance.toml`` from a folder upward."""
        return find_config(folder)

    # -- what is known

    @property
    def profile(self) -> Profile:
        """The definition choices in force.

        Raises:
            UnknownNameError: If the configuration names a profile or setting that does not exist.
            DocumentError: If it gives a setting a value that is no choice.
        """
        policy = self.configuration.policy
        return load_profile(policy.profile, policy.settings, where="attendance.toml: policy.settings")

    def profile_named(self, id: str) -> Profile:
        """Return a profile by id: the one in force with the school's own choices, any other as it ships.

        What was decided while a register was read holds for it under every profile, so those choices stay.

        Raises:
            UnknownNameError: If there is no such profile.
        """
        mine = self.profile
        if id == mine.id:
            return mine
        if id not in profile_ids():
            near = alike(id, profile_ids())
            remedy = f"Did you mean {near[0]!r}?" if near else "Choose one of them"
            raise UnknownNameError(
                Fault(f"profile {id!r}", "is unknown", f"one of {join_names(profile_ids())}", remedy)
            )
        return load_profile(id, {name: mine.get(name) for name, one in load_settings().items() if one.reading})

    def packs(self) -> tuple[CohortPack, ...]:
        """Return the cohort packs: of plugins, then the configuration's own."""
        own = CohortPack(id="attendance.toml", title="This school's own", cohorts=self.configuration.cohorts)
        return (*self.plugins.cohort_packs(), own) if own.cohorts else self.plugins.cohort_packs()

    def releases(self, on: date) -> tuple[BenchmarkRelease, ...]:
        """Return published figures to compare the academic year of a day with, best first.

        Raises:
            PluginError: In strict mode, if a provider fails; else it is kept among the failures and left out.
        """
        year = str(AcademicYear.of(on))
        found: list[BenchmarkRelease] = []
        for provider in self.plugins.benchmark_providers():
            owner = self.plugins.provider_of(ExtensionKind.BENCHMARK_PROVIDER, provider.id)
            what = f"benchmarks {provider.id!r}"
            try:
                found += self.plugins.guard(owner, what, provider.releases, year, items=BenchmarkRelease)
            except PluginError:
                # The failure is kept, so the report says what is missing, and goes on without it.
                if self.plugins.strict:
                    raise
        return tuple(found)

    def outline(self, id: str) -> Outline:
        """Return an outline by id.

        Raises:
            UnknownNameError: If no plugin brings it.
        """
        return named(id, {outline.id: outline for outline in self.plugins.outlines()}, "outline")

    def renderer(self, id: str) -> Renderer:
        """Return a renderer by id.

        Raises:
            UnknownNameError: If no plugin brings it.
            PluginError: If no plugin brings it, but one that failed might have.
        """
        try:
            return named(id, {renderer.id: renderer for renderer in self.plugins.renderers()}, "format")
        except UnknownNameError as error:
            raise self._or_failed(error, "attendance_renderers") from None

    def _or_failed(self, error: UnknownNameError, hook: str) -> UnknownNameError | PluginError:
        """Return an error about an unknown name, with the plugins that failed and might have brought it."""
        broken = [one for one in self.failures() if one.hook in ("", hook)]
        failed = [Fault(one.label, one.error, remedy="Update or remove this plugin") for one in broken]
        return PluginError(*error.faults, *failed) if failed else error

    @property
    def intake(self) -> Intake:
        """What takes files and frames in."""
        return Intake(configuration=self.configuration, plugins=self.plugins, folder=self.folder)

    # -- reading

    def read(
        self,
        marks: object,
        *,
        pupils: object | None = None,
        calendar: Path | str | Iterable[CalendarDocument] | None = None,
        mapping: Mapping | str | Path | None = None,
        as_of: date | None = None,
        week: date | None = None,
        memberships: Iterable[Membership] = (),
        sheet: str = "",
        progress: Progress = _quiet,
    ) -> Register:
        """Read a register of session marks.

        Args:
            marks: A file, a folder of a checked register, or a frame (polars, pandas, PyArrow, DuckDB).
            pupils: The pupils file or frame; None: the configuration's, else none.
            calendar: Calendar file or documents; None: the configuration's, else inferred from the marks.
            mapping: A mapping, its name, or its file; None: the configuration's, else what the columns prove.
            as_of: Take no marks after this day; None: the last marked day.
            week: Monday of week-wide input without a week column.
            memberships: Dated cohort memberships beside the configuration's.
            sheet: Worksheet of a workbook.
            progress: Told the name of each step.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        if isinstance(marks, str | Path) and is_saved(Path(marks)):
            with reading(Path(marks), "a checked register", "Save it again: attendance check MARKS --save FOLDER"):
                return load_register(Path(marks), codebooks=self.plugins.codebooks())
        progress("opening files")
        ready = marks if isinstance(marks, Ready) else self.intake.marks(marks, mapping, sheet=sheet)
        layout = ready.source.mapping.layout
        if layout in (Layout.LESSON, Layout.COUNTS):
            raise LayoutError(
                Fault(
                    ready.source.name,
                    f"is mapped as {layout.value}, which are no session marks",
                    "session marks",
                    f"Use read_{layout.value.removesuffix('s')}s; the command line does so by itself",
                )
            )
        found = self.intake.pupils(pupils)
        members = [
            Membership(
                pupil_id=member.pupil_id,
                cohort=member.cohort,
                start=member.start,
                end=member.end,
                school_id=member.school_id,
            )
            for member in self.configuration.memberships
        ]
        with reading(Path(ready.source.name), "a table"):
            register = read_register(
                ready.source,
                pupils=found.source if found else None,
                calendars=self.intake.calendars(calendar),
                codebooks=self.plugins.codebooks(),
                settings=dict(self.profile.settings),
                memberships=[*members, *memberships],
                as_of=as_of,
                school=self.configuration.school.id,
                week=week,
                progress=progress,
            )
        notes = (*ready.notes, *(found.notes if found else ()))
        account = evolve(register.account, assumptions=(*register.account.assumptions, *notes))
        return evolve(register, account=account)

    def read_lessons(
        self,
        marks: object,
        *,
        pupils: object | None = None,
        mapping: Mapping | str | Path | None = None,
        as_of: date | None = None,
        sheet: str = "",
        progress: Progress = _quiet,
    ) -> LessonRegister:
        """Read lesson marks: another fact than sessions, and never turned into them.

        Args:
            marks: A file or a frame, mapped with layout ``lesson``.
            pupils: The pupils file or frame; None: the configuration's, else none.
            mapping: A mapping, its name, or its file; None: as `read` chooses.
            as_of: Take no marks after this day; None: the last marked day.
            sheet: Worksheet of a workbook.
            progress: Told the name of each step.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        progress("opening files")
        ready = marks if isinstance(marks, Ready) else self.intake.marks(marks, mapping, sheet=sheet)
        found = self.intake.pupils(pupils)
        with reading(Path(ready.source.name), "a table"):
            lessons = read_lessons(
                ready.source,
                pupils=found.source if found else None,
                codebooks=self.plugins.codebooks(),
                settings=dict(self.profile.settings),
                as_of=as_of,
                school=self.configuration.school.id,
                progress=progress,
            )
        notes = (*ready.notes, *(found.notes if found else ()))
        account = evolve(lessons.account, assumptions=(*lessons.account.assumptions, *notes))
        return evolve(lessons, account=account)

    def read_counts(
        self,
        counts: object,
        *,
        mapping: Mapping | str | Path | None = None,
        on: date | None = None,
        sheet: str = "",
    ) -> Counts:
        """Read a source that holds numbers of sessions by code instead of marks.

        Args:
            counts: A file or a frame, mapped with layout ``counts``.
            mapping: A mapping, its name, or its file; None: as `read` chooses.
            on: The day whose codes hold; None: as last in force.
            sheet: Worksheet of a workbook.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        ready = counts if isinstance(counts, Ready) else self.intake.marks(counts, mapping, sheet=sheet)
        with reading(Path(ready.source.name), "a table"):
            return read_counts(
                ready.source, codebooks=self.plugins.codebooks(), settings=dict(self.profile.settings), on=on
            )

    # -- figures and reports

    def analyse(
        self, register: Register, *, start: date | None = None, end: date | None = None, profile: str = ""
    ) -> Analysis:
        """Prepare an analysis of a register: the academic year so far, or the days given.

        Args:
            register: The register.
            start: First day; None: the first school day of the academic year.
            end: Last day; None: the day the register speaks to.
            profile: Id of the profile; empty: the configuration's (see `profile_named`).

        Raises:
            FigureIdError: If the period ends before it starts.
            UnknownNameError: If there is no such profile.
        """
        chosen = self.profile_named(profile) if profile else self.profile
        return Analysis.of(register, chosen, self.packs(), start=start, end=end)

    def check(self, register: Register, *, records: object | None = None) -> tuple[CheckResult, ...]:
        """Ask a register whether its marks can be so: the register check.

        Args:
            register: The register.
            records: Side records, as `concerns` takes them; without them some questions are not checked.

        Returns:
            A result for each check.

        Raises:
            DocumentError: If a side record cannot be used; with every fault.
        """
        side = self.intake.records(records, register)
        return check_register(register, settings=dict(self.profile.settings), side=side)

    def report(
        self,
        register: Register,
        *,
        audience: str = "leaders",
        cohorts: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        policies: Iterable[str | Path | Policy] | None = None,
        records: object | None = None,
        progress: Progress = _quiet,
    ) -> View:
        """Build a report and make it safe for its audience.

        Args:
            register: The register.
            audience: Id of the outline.
            cohorts: Cohorts and intersections (``fsm+sen-support``) to show; none: all.
            start: First day; None: the first school day of the academic year.
            end: Last day; None: the day the register speaks to.
            policies: Policies, their ids or files, whose concerns it shows; None: those that the configuration uses.
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
                "Name another --audience",
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
                    "Change --from and --to (start and end), or give the register of that time",
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
                Fault("counts", "name no day", "the days that they speak of", "Give --from and --to, or --as-of")
            )
        provenance = self._provenance(last, counts.account.inputs)
        school, notes = self.configuration.school, self.notes()
        report = count_report(outline, school, counts, self.profile, DateRange(start or last, last), provenance, notes)
        return self.view(report, outline)

    def explain_lessons(
        self, lessons: LessonRegister, figure: str | FigureId
    ) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Explain a figure of lessons: its definition and counts, and the lessons behind it.

        Raises:
            FigureIdError: If the id cannot be read.
            UnknownNameError: If its measure, population or profile does not exist.
        """
        id = FigureId.parse(figure) if isinstance(figure, str) else figure
        profile = self.profile_named(id.profile)
        analysis = LessonAnalysis.of(lessons, profile, start=id.period.start, end=id.period.end)
        return analysis.explain(id), analysis.lessons_of(id)

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

    def render(self, view: View, format: str, options: RenderOptions | None = None) -> tuple[RenderedFile, ...]:
        """Render a view.

        Raises:
            UnknownNameError: If no plugin brings the format.
            PluginError: If the renderer fails.
        """
        renderer = self.renderer(format)
        owner = self.plugins.provider_of(ExtensionKind.RENDERER, renderer.id)
        options = options or RenderOptions()
        return self.plugins.guard(
            owner, f"renderer {renderer.id!r}", renderer.render, view, options, items=RenderedFile
        )

    def explain(self, register: Register, figure: str | FigureId) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Explain a figure: its definition and counts, and the sessions behind it.

        The id names the profile; the school's own choices hold only for the one in force (see `profile_named`).

        Returns:
            The explanation, and a frame: enrolment_id, pupil_id, school_id, date, session, code, stat, in_numerator,
            in_denominator.

        Raises:
            FigureIdError: If the id cannot be read, or lies outside the register.
            UnknownNameError: If its measure, population or profile does not exist.
        """
        id = FigureId.parse(figure) if isinstance(figure, str) else figure
        span = register.span
        if span is None or not span.overlaps(id.period):
            raise FigureIdError(
                Fault(str(id.period), "the register holds no mark in this period", str(span), "Give the right register")
            )
        profile = self.profile_named(id.profile)
        one = id.population.removeprefix("enrolment=")
        if one != id.population and one in set(register.enrolments[ENROLMENT].to_list()) and not active(profile):
            # One enrolment's figure stands on its own marks alone; a clause may ask for those of its whole school.
            register = register.of_enrolment(one)
        analysis = Analysis.of(register, profile, self.packs(), start=id.period.start, end=id.period.end)
        return explain(analysis, id), sessions(analysis, id)

    # -- frameworks

    def frameworks(self) -> dict[str, Framework]:
        """Return every framework that can be audited, by its id; one that cannot be right is a plugin's failure."""
        found = {}
        for framework in self.plugins.frameworks():
            if self._sound(ExtensionKind.FRAMEWORK, framework.id, lint_framework(framework)):
                found[framework.id] = framework
        return found

    def framework(self, name: str | Path) -> Framework:
        """Return a framework: a file's (relative to the configuration), or the one that a plugin brings so named.

        Raises:
            UnknownNameError: If there is neither.
            PluginError: If no plugin brings it, but one that failed might have.
            DocumentError: If the file breaks the rules of frameworks; with every fault.
        """
        if isinstance(name, Path) or str(name).endswith(".toml"):
            return load_framework(Path(name) if Path(name).is_file() else self.folder / name)
        try:
            return named_framework(name, self.frameworks())
        except UnknownNameError as error:
            raise self._or_failed(error, "attendance_frameworks") from None

    def crosswalks(self) -> dict[str, Crosswalk]:
        """Return every crosswalk in use, by its id; one that cannot be right is a plugin's failure."""
        known = tuple(self.frameworks().values())
        found = {}
        for crosswalk in self.plugins.crosswalks():
            if self._sound(ExtensionKind.CROSSWALK, crosswalk.id, lint_crosswalk(crosswalk, known)):
                found[crosswalk.id] = crosswalk
        return found

    def links(self) -> Links:
        """Return what the crosswalks in use say together."""
        return Links.of(self.crosswalks().values())

    def overlay(self, framework: Framework, path: Path, *, sheet: str = "") -> Framework:
        """Lay a school's own wording over a framework.

        Args:
            framework: The framework.
            path: A TOML overlay, or a table (CSV, XLSX) with a column ``id`` and one for each field worded anew.
            sheet: Worksheet of a workbook.

        Raises:
            InputError: If the file cannot be read.
            DocumentError: With every fault of the wording.
        """
        if path.suffix.lower() == ".toml":
            overlay = load_toml(path, Overlay)
        else:
            table = self.intake.table(path, sheet=sheet)
            with reading(path, "a table"):
                frame = collect(table.frame)
            rows = frame.drop("source_row").rows(named=True)
            first = int(frame["source_row"][0]) if rows else 2
            overlay = overlay_of_rows(rows, framework, where=path.name, first_row=first)
        return apply_overlay(framework, overlay, where=path.name)

    def _sound(self, kind: ExtensionKind, id: str, faults: tuple[Fault, ...]) -> bool:
        """Say whether something that a plugin brought has no fault; else keep its faults as the plugin's failure."""
        if not faults:
            return True

        def refuse() -> None:
            raise PluginError(*faults)

        try:
            self.plugins.checked(self.plugins.provider_of(kind, id), f"{kind.value} {id!r}", refuse)
        except PluginError:
            if self.plugins.strict:
                raise
        return False

    # -- audits

    def open_audit(self, path: Path) -> Opened[Audit]:
        """Read an audit and hold it against its framework.

        Raises:
            StoreError: If the file cannot be read.
            DocumentError: With every fault and its key path.
        """
        return open_audit(path, self.frameworks())

    def audit_form(self, audit: Audit, *, as_of: date | None = None, framework: Framework | None = None) -> bytes:
        """Return an audit as a form, a workbook in the layout that schools use.

        Args:
            audit: The audit; what it holds is filled in.
            as_of: The day on which actions are overdue or not; None: the audit's day.
            framework: Its framework in other words, such as the school's own; None: as it is known here.

        Raises:
            DocumentError: If a cell cannot hold one of its texts, or its framework is unknown.
        """
        return audit_form(audit, framework or framework_of(audit, self.frameworks()), as_of=as_of)

    def read_audit_form(self, path: Path, *, framework: Framework | None = None) -> Audit:
        """Read a filled form. Cells that are not clear stand among the audit's doubts.

        Args:
            path: The workbook.
            framework: Its framework in the words of the form; None: as it is known here.

        Raises:
            InputError: If the file is no form.
        """
        known = self.frameworks()
        return read_form(path, known if framework is None else {**known, framework.id: framework})

    def audit_status(self, audit: Audit, as_of: date, *, rule: str = "") -> AuditStatus:
        """Return the statuses of an audit on a day, with what decided them and what other rules would say.

        Raises:
            UnknownNameError: If there is no such rule.
            DocumentError: If its framework is unknown.
        """
        return status_of(audit, framework_of(audit, self.frameworks()), as_of, rule=rule)

    def audit_evidence(
        self,
        audit: Audit,
        register: Register,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = _quiet,
    ) -> tuple[ItemEvidence, ...]:
        """Hold ratings against a register, its concerns and side records. No rating changes.

        Args:
            audit: The audit.
            register: The register.
            as_of: The day asked about; None: the day that the register speaks to.
            records: Side records, as `concerns` takes them.
            progress: Told the name of each step.

        Raises:
            DocumentError: If a side record cannot be used, or the framework is unknown; with every fault.
        """
        framework = framework_of(audit, self.frameworks())
        known = self.policies()
        wanted = [known[id] for id in rules_needed() if id in known]
        concerns = self.concerns(register, wanted, as_of=as_of, records=records, progress=progress)
        populations = concerns.facts.analysis.populations
        groups = populations.values("year-group") if "year-group" in populations.dimensions else ()
        progress("register check")
        grounds = Grounds(
            facts=concerns.facts,
            concerns=concerns,
            checks=self.check(register, records=records),
            releases=self.releases(concerns.as_of),
            phase=phase_of(self.configuration.school, groups)[0],
            audit=audit,
        )
        progress("indicators")
        return evidence_for(audit, framework, grounds)

    def audit_report(
        self,
        audit: Audit,
        as_of: date,
        *,
        register: Register | None = None,
        records: object | None = None,
        other: Audit | None = None,
        progress: Progress = _quiet,
    ) -> View:
        """Build the report of an audit, for senior leaders.

        Args:
            audit: The audit.
            as_of: The day on which actions are overdue or not.
            register: A register that its ratings are held against; None: none.
            records: Side records, as `concerns` takes them.
            other: An earlier audit beside it; None: its second assessor, if there is one.
            progress: Told the name of each step.

        Raises:
            DocumentError: If the framework is unknown, or the other audit answers another one.
        """
        framework = framework_of(audit, self.frameworks())
        evidence = None
        if register is not None:
            day = min(as_of, register.as_of)
            evidence = self.audit_evidence(audit, register, as_of=day, records=records, progress=progress)
        comparison = None
        if other is not None:
            comparison = compare(own_view(other), own_view(audit), framework, as_of)
        elif audit.second_ratings():
            comparison = compare(own_view(audit), second_view(audit), framework, as_of)
        found = self._provenance(as_of, ()) if register is None else self.provenance(register)
        report = audit_report(
            audit,
            framework,
            status_of(audit, framework, as_of),
            evolve(found, as_of=as_of),
            evidence=evidence,
            comparison=comparison,
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        return make_view(report, AUDITORS)

    # -- plans and agendas

    def school_calendar(
        self, *, school: str = "", calendar: Path | str | Iterable[CalendarDocument] | None = None
    ) -> SchoolCalendar | None:
        """Return a school's calendar without a register; None where none is written down.

        Args:
            school: The school's id; empty: the configuration's, else the only one that the calendar names.
            calendar: Calendar file or documents; None: the configuration's.

        Raises:
            DocumentError: With every fault of the calendar, or if it names several schools and none was asked for.
        """
        documents = self.intake.calendars(calendar)
        if not documents:
            return None
        names = {document.school for document in documents}
        wanted = school or self.configuration.school.id
        if not wanted:
            if len(names) > 1:
                known = join_names(sorted(name for name in names if name))
                raise DocumentError(
                    Fault("calendar", "names several schools", f"one of {known}", "Set school.id in attendance.toml")
                )
            wanted = next(iter(names))
        if wanted not in names and "" not in names:
            raise DocumentError(
                Fault(
                    "calendar",
                    "has no terms of this school",
                    join_names(sorted(names)),
                    "Correct school.id or the calendar",
                )
            )
        return calendars_for([wanted], documents, {}).schools[wanted]

    def half_terms(self, academic_year: str, calendar: SchoolCalendar | None) -> HalfTerms | None:
        """Return the half terms of an academic year as days; None without a calendar.

        Raises:
            DocumentError: If the text is no academic year, or the calendar has no day in it.
        """
        return None if calendar is None else HalfTerms.of(calendar, AcademicYear.parse(academic_year))

    def plan_from_audit(
        self,
        audit: Audit,
        *,
        id: str,
        academic_year: str = "",
        title: str = "",
        calendar: SchoolCalendar | None = None,
    ) -> Draft:
        """Draft an improvement plan from what is not green in an audit.

        Args:
            audit: The audit.
            id: Of the plan.
            academic_year: Of the plan; empty: that of the audit's day.
            title: Of the plan; empty: one is made.
            calendar: The school's, by which actions get their half term; None: by the month.

        Raises:
            UnknownNameError: If the audit's framework is not known.
            DocumentError: If the audit rates items that the framework does not have.
        """
        year = academic_year or str(AcademicYear.of(audit.on))
        sources = Sources(frameworks=self.frameworks(), links=self.links(), half_terms=self.half_terms(year, calendar))
        return draft_from_audit(audit, sources, id=id, academic_year=year, title=title)

    def plan_status(self, plan: ImprovementPlan, as_of: date, calendar: SchoolCalendar | None = None) -> PlanStatus:
        """Say how a plan stands on a day: each action in one state, and which reviews are due.

        Raises:
            DocumentError: If the calendar has no day in the plan's year.
        """
        return status(plan, as_of, calendar, self.half_terms(plan.academic_year, calendar))

    def plan_warnings(self, plan: ImprovementPlan) -> tuple[PlanWarning, ...]:
        """Return what should be asked of a plan; how many priorities may be live is the setting ``live-priorities``."""
        return warnings(plan, most_live=int(self.profile.get("live-priorities")))

    def plan_targets(
        self, plan: ImprovementPlan, as_of: date, register: Register | None = None
    ) -> tuple[TargetResult, ...]:
        """Judge the targets of a plan on a day, those of figures by the register's academic year so far.

        Args:
            plan: The plan.
            as_of: The day.
            register: The register; None: only people's judgements tell.

        Raises:
            FigureIdError: If the register begins after the day.
        """
        if register is None:
            return judge(plan, as_of, None)
        analysis = self.analyse(register, end=min(as_of, register.as_of))
        populations = analysis.populations
        groups = populations.values("year-group") if "year-group" in populations.dimensions else ()
        phase, _ = phase_of(self.configuration.school, groups)
        basis = TargetBasis(
            analysis=analysis,
            releases=self.releases(analysis.period.end or as_of),
            phase=phase,
            authority=self.configuration.school.authority,
            region=self.configuration.school.region,
        )
        return judge(plan, as_of, basis)

    def plan_report(
        self,
        plan: ImprovementPlan,
        as_of: date,
        *,
        register: Register | None = None,
        calendar: SchoolCalendar | None = None,
    ) -> View:
        """Build the report on how a plan stands, for senior leaders.

        Raises:
            DocumentError: If the calendar has no day in the plan's year.
        """
        report = plan_report(
            self.plan_status(plan, as_of, calendar),
            self.plan_targets(plan, as_of, register),
            self.plan_warnings(plan),
            self._plan_provenance(as_of, register),
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        return make_view(report, LEADERS)

    def publish_plan(self, plan: ImprovementPlan, as_of: date, *, never: Iterable[str] = ()) -> tuple[PublicPlan, View]:
        """Return what of a plan may be published, and the view of it. Nothing that nobody allowed is in it.

        Args:
            plan: The plan.
            as_of: The day of publishing.
            never: Names that must not appear, even in a text that was cleared.
        """
        public = publish(plan, self.frameworks().values(), school=self.configuration.school.name, never=tuple(never))
        return public, public_view(public, as_of=as_of, version=__version__)

    def agenda(
        self,
        kind: str | Path | AgendaKind,
        as_of: date,
        *,
        plan: ImprovementPlan | None = None,
        register: Register | None = None,
        last: Meeting | None = None,
        calendar: SchoolCalendar | None = None,
        policies: Iterable[str | Path | Policy] | None = None,
        records: object | None = None,
    ) -> tuple[Agenda, View]:
        """Make the agenda of a meeting, and the view of it that its audience may read.

        Args:
            kind: A kind of agenda, its id or TOML file.
            as_of: The day up to which it speaks.
            plan: The improvement plan.
            register: The register, for concerns and targets.
            last: The last meeting; its follow-ups stand first.
            calendar: The school's calendar.
            policies: Policies whose concerns it shows; None: those that the configuration uses.
            records: Side records, as `concerns` takes them.

        Raises:
            UnknownNameError: If there is no such kind, or it names items that no framework has.
            DocumentError: If the last meeting is of another kind or lies after the day.
        """
        chosen = kind if isinstance(kind, AgendaKind) else named_kind(kind)
        found = None if register is None else self.concerns(register, policies, as_of=as_of, records=records)
        material = AgendaMaterial(
            status=None if plan is None else self.plan_status(plan, as_of, calendar),
            results=() if plan is None else self.plan_targets(plan, as_of, register),
            warnings=() if plan is None else self.plan_warnings(plan),
            concerns=found,
            frameworks=self.frameworks(),
            last=last,
            calendar=calendar,
        )
        agenda = make_agenda(chosen, as_of, material)
        report = agenda_report(
            agenda,
            self._plan_provenance(as_of, register),
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        openings = tuple(part.opening for part in chosen.parts)
        return agenda, make_view(report, chosen.audience, openings=openings)

    def _plan_provenance(self, as_of: date, register: Register | None) -> Provenance:
        found = self._provenance(as_of, ()) if register is None else self.provenance(register)
        return evolve(found, as_of=as_of)

    # -- concerns

    def policies(self) -> dict[str, Policy]:
        """Return every policy that can be named, by its id."""
        return {policy.id: policy for policy in self.plugins.policies()}

    def policy(self, name: str | Path) -> Policy:
        """Return a policy: a file's (relative to the configuration), or the one that a plugin brings under this name.

        Raises:
            UnknownNameError: If there is neither.
            PluginError: If no plugin brings it, but one that failed might have.
            DocumentError: If the file breaks the rules of policies; with every fault.
        """
        if isinstance(name, Path) or name.endswith(".toml"):
            return load_policy(self._file_of(name), self.plugins.codebooks())
        try:
            return named_policy(name, self.policies())
        except UnknownNameError as error:
            raise self._or_failed(error, "attendance_policies") from None

    def _file_of(self, name: str | Path) -> Path:
        """Return a policy's file: as named, else relative to the configuration."""
        return Path(name) if Path(name).is_file() else self.folder / name

    def concerns(
        self,
        register: Register,
        policies: Iterable[str | Path | Policy] | None = None,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = _quiet,
    ) -> Concerns:
        """Ask policies of a register.

        Args:
            register: The register.
            policies: Policies, their ids or files; None: those that the configuration uses.
            as_of: The day asked about; None: the day that the register speaks to. Later marks do not count.
            records: Side records: a folder, or frames by kind (`model.side_records`); None: the configuration's.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If there is no such policy.
            DocumentError: If a policy or a side record cannot be used; with every fault.
        """
        progress("side records")
        side = self.intake.records(records, register)
        facts = Facts.of(register, self.profile, self.packs(), side=side, as_of=as_of)
        return self._ask(facts, policies, progress)

    def _concerns_of(
        self,
        outline: Outline,
        analysis: Analysis,
        policies: Iterable[str | Path | Policy] | None,
        records: object | None,
        progress: Progress,
    ) -> Concerns | None:
        """Ask the policies for a report that shows concerns, on its last day and with its tally."""
        if not {section.kind for section in outline.sections} & {SectionKind.CONCERNS, SectionKind.PUPILS}:
            return None
        register = analysis.register
        last = min(analysis.period.end or register.as_of, register.as_of)
        side = self.intake.records(records, register)
        if active(analysis.profile):
            facts = Facts.of(register, analysis.profile, analysis.packs, side=side, as_of=last)
        else:
            facts = Facts(analysis=analysis, as_of=last, side=side)
        return self._ask(facts, policies, progress)

    def _ask(self, facts: Facts, policies: Iterable[str | Path | Policy] | None, progress: Progress) -> Concerns:
        named = self.configuration.policy.use if policies is None else policies
        asked = [one if isinstance(one, Policy) else self.policy(one) for one in named]
        customs = self._customs(asked)
        results: list[RuleResult] = []
        for policy in asked:
            progress(policy.title)
            results += evaluate(policy, facts, customs)
        return Concerns(as_of=facts.as_of, results=tuple(results), facts=facts)

    def simulate(
        self,
        register: Register,
        a: str | Path | Policy,
        b: str | Path | Policy,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = _quiet,
    ) -> Simulation:
        """Say whom a policy names that another does not: two authorities', or two versions of one.

        Args:
            register: The register.
            a: A policy, its id or file.
            b: The one in its place.
            as_of: As in `concerns`.
            records: As in `concerns`.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If there is no such policy.
            DocumentError: If a policy or a side record cannot be used; with every fault.
        """
        asked = [one if isinstance(one, Policy) else self.policy(one) for one in (a, b)]
        progress("side records")
        side = self.intake.records(records, register)
        facts = Facts.of(register, self.profile, self.packs(), side=side, as_of=as_of)
        found = [self._ask(facts, [policy], progress) for policy in asked]
        return simulate(*found)

    def try_policy(self, name: str | Path) -> tuple[CaseResult, ...]:
        """Run the worked cases that stand beside a policy.

        Args:
            name: The policy's file, or the id of one that ships with this package.

        Raises:
            UnknownNameError: If there is no such policy.
            UnreadableFileError: If no cases stand beside it.
            DocumentError: If the policy or its cases break their rules; with every fault.
        """
        if str(name).endswith(ENDING):
            name = str(name).removesuffix(ENDING) + ".toml"
        policy = self.policy(name)
        beside = self._file_of(name) if str(name).endswith(".toml") else shipped_file(policy.id)
        path = cases_beside(beside)
        document = load_cases(path, policy, self.plugins.codebooks())
        return try_cases(
            policy,
            document,
            codebooks=self.plugins.codebooks(),
            packs=self.packs(),
            customs=self._customs([policy]),
            where=path.name,
        )

    def _customs(self, policies: Iterable[Policy]) -> dict[str, Custom]:
        """Return the plugins' own rules, where a policy names any."""
        return {rule.id: self._custom(rule) for rule in self.plugins.rules()} if any(map(has_custom, policies)) else {}

    def _custom(self, rule: RuleFinder) -> Custom:
        """Call a plugin's rule under guard, and check what it returns."""
        owner = self.plugins.provider_of(ExtensionKind.RULE, rule.id)

        def find(_: CustomRule, facts: Facts) -> "nw.DataFrame[Any]":
            marks = facts.register.marks.filter(within(DateRange(date.min, facts.as_of), facts.register.marks))
            arguments = (marks, dict(facts.side), facts.register.calendars.frame, facts.as_of)
            found = self.plugins.guard(owner, f"rule {rule.id!r}", rule.find, *arguments)
            return self.plugins.checked(owner, f"rule {rule.id!r}", check_concerns, found, facts, rule.id)

        return find

    def explain_concern(
        self,
        register: Register,
        concern: str | ConcernId,
        policies: Iterable[str | Path | Policy] | None = None,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = _quiet,
    ) -> tuple[Concern, "nw.DataFrame[Any]"]:
        """Explain a concern: its rule and counts, and the sessions behind it.

        Args:
            register: The register.
            concern: The concern's id.
            policies: Where its policy is to be found, as `concerns` takes them; None: among those that the
                configuration uses, else by its name.
            as_of: The day asked about, as in `concerns`.
            records: Side records, as in `concerns`.
            progress: Told the name of each step.

        Returns:
            The concern, and a frame: enrolment_id, pupil_id, school_id, date, session, code, stat, in_numerator,
            in_denominator.

        Raises:
            FigureIdError: If the id cannot be read, or there is no such concern on this day.
            UnknownNameError: If there is no such policy.
        """
        id = ConcernId.parse(concern) if isinstance(concern, str) else concern
        named = self.configuration.policy.use if policies is None else policies
        asked = [one if isinstance(one, Policy) else self.policy(one) for one in named]
        found = next((one for one in asked if one.id == id.policy), None)
        if found is None and policies is None:
            found = self.policy(id.policy)
        wanted = only_rule(found, id.rule) if found is not None else None
        side = self.intake.records(records, register)
        if wanted is not None and not has_baseline(wanted):
            # What the rule says of an enrolment stands on its own marks alone.
            register = register.of_enrolment(id.enrolment)
        facts = Facts.of(register, self.profile, self.packs(), side=side, as_of=as_of)
        concerns = self._ask(facts, asked if wanted is None else [wanted], progress)
        return concerns.concern(id), concerns.sessions(id)

    def reconcile(
        self, register: Register, a: str, b: str, *, start: date | None = None, end: date | None = None
    ) -> Reconciliation:
        """Name every enrolment for which two profiles differ, and the one setting that explains it.

        Args:
            register: The register.
            a: Id of the profile to go out from (see `profile_named`).
            b: Id of the profile to come to.
            start: First day; None: the first school day of the academic year.
            end: Last day; None: the day the register speaks to.

        Raises:
            UnknownNameError: If there is no such profile.
            FigureIdError: If the period ends before it starts.
        """
        sides = [self.profile_named(name) for name in (a, b)]
        period = self.analyse(register, start=start, end=end).period
        return reconcile(register, sides[0], sides[1], period)

    def reconcile_against(
        self,
        register: Register,
        other: object,
        *,
        profile: str = "",
        columns: Dict[str, str] | None = None,
        start: date | None = None,
        end: date | None = None,
        sheet: str = "",
    ) -> Against:
        """Name every pupil for whom another system gives another figure, and the one setting that explains it.

        Args:
            register: The register.
            other: The other system's figures: a file or a frame, one row a pupil.
            profile: Id of the profile of the register's own figures; empty: the configuration's.
            columns: Field (pupil_id, school_id, attendance, absence, attended, absent, possible, persistent) to
                column, where the headings do not say it.
            start: First day; None: the first school day of the academic year.
            end: Last day; None: the day the register speaks to.
            sheet: Worksheet of a workbook.

        Raises:
            UnknownNameError: If there is no such profile or field.
            MissingColumnError: If a column that is named is not there.
            LayoutError: If columns are not to be told.
            InputError: If the file cannot be read, or not one of its pupils is known.
        """
        analysis = self.analyse(register, start=start, end=end, profile=profile)
        table = self.intake.table(other, sheet=sheet, name="other figures")
        with reading(Path(table.name), "a table"):
            figures = read_other_figures(
                table.frame, columns or {}, where=table.name, schools=len(register.schools) > 1
            )
        return hold_against(register, analysis.profile, figures, analysis.period)

    # -- what went into it

    def provenance(self, register: Register) -> Provenance:
        """Say what a report is made from, so that it can be made again."""
        calendar = "inferred from the marks" if register.calendars.inferred else "given"
        found = self._provenance(register.as_of, register.account.inputs)
        return evolve(found, definitions=(*found.definitions, ("calendar", calendar)))

    def _provenance(self, as_of: date, inputs: Sequence[Input]) -> Provenance:
        profile = self.profile
        return Provenance(
            as_of=as_of,
            version=__version__,
            inputs=tuple((item.role, item.name, item.sha256) for item in inputs),
            definitions=(
                ("profile", profile.id),
                *profile.settings,
                ("codebooks", ", ".join(book.id for book in self.plugins.codebooks())),
            ),
            plugins=tuple((info.name, info.version, info.distribution) for info in self.plugins.plugins()),
        )

    def notes(self) -> tuple[str, ...]:
        """Say what is missing or replaced because of which plugin."""
        failures = tuple(f"Not available: {failure}" for failure in self.failures())
        return (*failures, *self.plugins.notes)

    def failures(self) -> tuple[PluginFailure, ...]:
        """Return the failures of plugins so far."""
        return self.plugins.failures()


def _year(target: Any) -> AcademicYear:
    return AcademicYear.parse(target.academic_year)
