"""Weekly: the whole weekly cycle from one configuration."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from attrs import define, frozen

from attendance_core.dates import AcademicYear, week_start
from attendance_core.documents.versioned import load_document
from attendance_core.errors import Fault, UnreadableFileError
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.model.policies import Policy
from attendance_core.model.reports import View
from attendance_core.plans.documents import MEETING, load_plan
from attendance_core.register.lessons import LessonRegister
from attendance_core.register.register import Register
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.weekly import Week, load_cycle, weekly_report
from attendance_core.support.latest import DONE, last_done
from attendance_core.support.roll import ledgers_by_pupil, on_roll
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.lettering import Lettering


@frozen(kw_only=True)
class WeeklyOutput:
    """The packs of one week.

    Attributes:
        views: Name of a file, without its ending, and the view that goes into it.
        left_out: What was not made, and why.
    """

    views: tuple[tuple[str, View], ...]
    left_out: tuple[str, ...]


@define(kw_only=True, eq=False, slots=False)
class Weekly(Lettering):
    """The weekly cycle."""

    def configured_file(self, name: str) -> Path | None:
        """Return a file that the configuration names; None where it names none.

        Args:
            name: The key below ``files``, such as ``marks``.

        Raises:
            UnreadableFileError: If it is not there.
        """
        named: str = getattr(self.configuration.files, name)
        if not named:
            return None
        path = self.folder / named
        if not path.exists():
            raise UnreadableFileError(
                Fault(f"attendance.toml: files.{name}", f"{named!r} is not there", "a file", "Correct the name")
            )
        return path

    def weekly(
        self,
        register: Register,
        *,
        lessons: LessonRegister | None = None,
        policies: Iterable[str | Path | Policy] | None = None,
        records: object | None = None,
        progress: Progress = quiet,
    ) -> WeeklyOutput:
        """Make the packs of the week of the register's last day.

        Args:
            register: The register; it speaks to its ``as_of``.
            lessons: Lesson marks, for subject leaders.
            policies: Policies that are asked; None: those that the configuration uses.
            records: Side records, as `concerns` takes them.
            progress: Told the name of each step.

        Raises:
            DocumentError: With every fault of a file that the configuration names.
        """
        cycle = load_cycle(self.configured_file("weekly"))
        analysis = self.analyse(register)
        found = self.concerns(register, policies, records=records, progress=progress)
        week = Week(year=analysis, concerns=found, school=self.configuration.school)
        if self.has_store:
            progress("support")
            people = {one.who: one.number for one in on_roll(register, week.last)}
            week.dues = self.dues(week.last, register=register, progress=progress)
            whose = ledgers_by_pupil(register, self.ledgers.all(*DONE))
            week.keys = {number: who for who, number in people.items()}
            week.done = {who: last_done(ledger, week.last) for who, ledger in whose.items()}
        if lessons is not None:
            week.lessons = LessonAnalysis.of(lessons, self.profile, start=week.period.start, end=week.period.end)
        sensitive = frozenset(name for name, one in analysis.populations.cohorts.items() if one.sensitive)
        provenance, notes = self.provenance(register), self.notes()
        views: list[tuple[str, View]] = []
        left: list[str] = []
        for pack in cycle.packs:
            progress(pack.title)
            scopes, why = week.scopes(pack)
            if why:
                left.append(f"{pack.id}: {why}")
            for scope in scopes:
                report = weekly_report(week, pack, scope, provenance, notes)
                if report is None:
                    left.append(f"{pack.id}: there are no lesson marks")
                    continue
                views.append((scope.name, make_view(report, pack.audience, sensitive=sensitive)))
        if cycle.agenda and self._meets(week.last, register, cycle.agenda_weeks):
            views.append(
                (f"agenda-{cycle.agenda}", self._weekly_agenda(cycle.agenda, week.last, register, policies, records))
            )
        elif cycle.agenda:
            left.append(f"agenda-{cycle.agenda}: the meeting is held every {cycle.agenda_weeks} weeks, not in this one")
        return WeeklyOutput(views=tuple(views), left_out=tuple(left))

    def _meets(self, last: date, register: Register, weeks: int) -> bool:
        """Whether the meeting falls into this week: every so many school weeks, from the first of the year."""
        year = AcademicYear.of(last).span
        known = sorted({week_start(one) for one in register.calendars.dates if year.start <= one <= last})
        return not known or (len(known) - 1) % weeks == 0

    def _weekly_agenda(
        self,
        kind: str,
        last: date,
        register: Register,
        policies: Iterable[str | Path | Policy] | None,
        records: object | None,
    ) -> View:
        plan, meeting = self.configured_file("plan"), self.configured_file("meeting")
        opened = None if plan is None else load_plan(plan).value
        return self.agenda(
            kind,
            last,
            plan=opened,
            register=register,
            last=None if meeting is None else load_document(meeting, MEETING).value,
            calendar=self.school_calendar(),
            policies=policies,
            records=records,
        )[1]
