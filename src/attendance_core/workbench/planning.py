"""Planning: improvement plans and agendas."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from attrs import define, evolve

from attendance_core import __version__
from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import (
    DocumentError,
    Fault,
    join_names,
)
from attendance_core.measures.periods import within
from attendance_core.model.agendas import AgendaKind, Meeting
from attendance_core.model.audits import Audit
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.plans import ImprovementPlan
from attendance_core.model.reports import (
    Provenance,
    View,
)
from attendance_core.plans.agendas import Agenda, AgendaMaterial, make_agenda, named_kind
from attendance_core.plans.drafting import Draft
from attendance_core.plans.from_audit import Sources, draft_from_audit
from attendance_core.plans.half_terms import HalfTerms
from attendance_core.plans.publishing import PublicPlan, publish
from attendance_core.plans.standing import PlanStatus, status
from attendance_core.plans.targets import TargetBasis, TargetResult, judge
from attendance_core.plans.warnings import PlanWarning, warnings
from attendance_core.register.calendar import SchoolCalendar, calendars_for
from attendance_core.register.register import Register
from attendance_core.reports.comparing import phase_of
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.plans import LEADERS, agenda_report, plan_report, public_view
from attendance_core.workbench.asking import Policies
from attendance_core.workbench.practice import Practice


@define(kw_only=True, eq=False)
class Planning(Practice):
    """Improvement plans and agendas."""

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
            DocumentError: If the id is none, or the audit rates items that the framework does not have.
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
        """Judge the targets of a plan on a day, those of figures by the plan's academic year so far.

        Args:
            plan: The plan.
            as_of: The day.
            register: The register; None, or one without a mark of that year: only people's judgements tell.
        """
        if register is None:
            return judge(plan, as_of, None)
        year = AcademicYear.parse(plan.academic_year)
        first, last = year.span.start, year.span.end or as_of
        end = min(as_of, register.as_of, last)
        if end < first or not len(register.slots.filter(within(DateRange(first, end)))):
            yet = " yet" if as_of <= last else ""
            return judge(plan, as_of, None, missing=f"the register holds no mark of {year}{yet}")
        analysis = self.analyse(register, end=end)
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
        policies: Policies | None = None,
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
            policies: Policies whose concerns it shows, as `concerns` takes them.
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
