"""Figures: analyses, the register check, explanations, and why two figures differ."""

from collections.abc import Mapping as Dict
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, evolve

from attendance_core.errors import (
    Fault,
    FigureIdError,
)
from attendance_core.measures.against import Against, hold_against
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.explain import explain, sessions
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.measures.reconcile import Reconciliation, reconcile
from attendance_core.measures.scope import active
from attendance_core.model.checks import CheckResult
from attendance_core.model.figures import Explanation, FigureId
from attendance_core.model.marks import ENROLMENT
from attendance_core.plugins.guarding import reading
from attendance_core.policy.register_check.run import check_register
from attendance_core.register.lessons import LessonRegister
from attendance_core.register.other_figures import read_other_figures
from attendance_core.register.register import Register
from attendance_core.support.frames import SideRecords, side_records
from attendance_core.workbench.reading import Reading


@define(kw_only=True, eq=False)
class Figures(Reading):
    """Analyses, the register check, explanations, and why two figures differ."""

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

    def side_records(
        self, register: Register, *, records: object | None = None, as_of: date | None = None
    ) -> SideRecords:
        """Return what is kept beside the marks, from one source: what is given outright, else the host's store.

        Without either, it is the folder that the configuration names, else the store that it names.

        Args:
            register: The register that they belong to.
            records: A folder, or frames by kind (`model.side_records`); what this call returned is returned again.
            as_of: What ledgers were told later is left out; None: the day that the register speaks to.

        Raises:
            DocumentError: If a record of a file cannot be used; with every fault.
            StoreError: If a ledger cannot be read.
        """
        if isinstance(records, SideRecords):
            return records
        kept = self.ledgers if self.has_store else None
        folder = self.configuration.files.records
        if kept is not None and records is None and (self.store is not None or not folder):
            found = side_records(kept, register, as_of or register.as_of)
            passed = ("The ledgers were read, and not files.records of attendance.toml",) if folder else ()
        else:
            found = SideRecords(frames=self.intake.records(records, register))
            what = "files.records of attendance.toml" if records is None else "the records that were given"
            passed = (f"Side records are {what}; the ledgers were not read",) if kept is not None else ()
        return evolve(found, notes=(*passed, *found.notes))

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
        side = self.side_records(register, records=records).frames
        return check_register(register, settings=dict(self.profile.settings), side=side)

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
