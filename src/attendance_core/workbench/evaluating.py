"""Evaluating: whether help helped."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, evolve

from attendance_core.dates import DateRange
from attendance_core.engine import collect
from attendance_core.errors import Fault, UnknownNameError, alike, join_names
from attendance_core.evaluation.impact import impacts
from attendance_core.evaluation.weeks import panel_frame, school_panels
from attendance_core.measures.analysis import Analysis
from attendance_core.model.impact import Impact
from attendance_core.model.reports import View
from attendance_core.model.treatments import Treatment
from attendance_core.plugins.guarding import reading
from attendance_core.register.register import Register
from attendance_core.register.treatments import cohort_treatments, read_treatments
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.impact import EVALUATORS, impact_report
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.reporting import Reporting


@define(kw_only=True, eq=False)
class Evaluating(Reporting):
    """Whether help helped."""

    def treatments(self, source: object, register: Register, *, by: str = "", sheet: str = "") -> tuple[Treatment, ...]:
        """Read help that was given from a file or a frame, one row a pupil and programme.

        Args:
            source: With ``pupil_id`` or ``enrolment_id``, ``programme`` (or ``plan``, ``cohort``) and ``start``; where
                known ``end``, ``cost`` in pounds, and scores such as ``wellbeing_before`` and ``wellbeing_after``.
            register: The register that the pupils belong to.
            by: The column that says what is judged as one; empty: the first of the three that there is.
            sheet: Worksheet of a workbook.

        Raises:
            InputError: If the file cannot be read, lacks a column, or holds rows that cannot be used; with all of them.
        """
        table = self.intake.table(source, sheet=sheet, name="treatments")
        first = 2 if isinstance(source, str | Path) else 1
        with reading(Path(table.name), "a table"):
            frame = collect(table.frame.drop("source_row"))
            return read_treatments(frame, register, by=by, where=table.name, first_row=first)

    def cohort_treatments(self, register: Register, cohorts: Sequence[str]) -> tuple[Treatment, ...]:
        """Take membership of cohorts as help, from the first day of it on.

        Raises:
            UnknownNameError: If the register holds no member of a cohort.
        """
        known = sorted(set(register.memberships["cohort"].to_list()))
        faults = []
        for cohort in cohorts:
            if cohort not in known:
                near = alike(cohort, known)
                remedy = f"Did you mean {near[0]!r}?" if near else "Name its members under [[memberships]]"
                expected = f"one of {join_names(known)}" if known else "a cohort with members"
                faults.append(Fault(f"cohort {cohort!r}", "has no member in this register", expected, remedy))
        if faults:
            raise UnknownNameError(*faults)
        return cohort_treatments(register, cohorts)

    def impact(
        self,
        register: Register,
        treatments: Iterable[Treatment],
        *,
        part_of: Sequence[str] = (),
        as_of: date | None = None,
        progress: Progress = quiet,
    ) -> tuple[Impact, ...]:
        """Say of programmes, plans or cohorts whether they helped.

        Args:
            register: The register; best of two years, since windows reach back half a year.
            treatments: All help that is known, of other programmes too: nobody who was helped elsewhere is then taken
                for somebody without help.
            part_of: Which to judge; none: each that the treatments name.
            as_of: Look at no mark after this day; None: the day that the register speaks to.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If a programme is named that no treatment is part of.
            MissingLibraryError: If the statistics libraries are not installed.
        """
        listed = tuple(treatments)
        known = sorted({one.part_of for one in listed})
        faults = [
            Fault(
                f"programme {name!r}",
                "nobody was helped by it",
                f"one of {join_names(known)}" if known else "a programme of the treatments",
                f"Did you mean {near[0]!r}?" if (near := alike(name, known)) else "Check its name",
            )
            for name in part_of
            if name not in known
        ]
        if faults:
            raise UnknownNameError(*faults)
        progress("school weeks")
        analysis = self._all_days(register, as_of)
        progress("impact")
        return impacts(analysis, listed, part_of=part_of)

    def impact_panel(
        self, register: Register, treatments: Iterable[Treatment], part_of: str, *, as_of: date | None = None
    ) -> "nw.DataFrame[Any]":
        """Return the tidy panel that other estimators take: a row for each enrolment and school week.

        Columns: unit, time, week, treated, first_treated (0: never), absent, possible, cluster, weight.

        Raises:
            MissingLibraryError: If the statistics libraries are not installed.
        """
        return panel_frame(school_panels(self._all_days(register, as_of)), tuple(treatments), part_of)

    def impact_report(
        self, register: Register, impacts: Sequence[Impact], *, audience: str = "", notes: tuple[str, ...] = ()
    ) -> View:
        """Build the report on impact and make it safe for its audience.

        Args:
            register: The register that was judged by.
            impacts: What `impact` gave.
            audience: Id of an outline, whose audience reads it; empty: senior leaders, and no pupil is named.
            notes: What else to say first.

        Raises:
            UnknownNameError: If there is no such outline.
        """
        who = self.outline(audience).audience if audience else EVALUATORS
        provenance = self.provenance(register)
        if impacts:
            provenance = evolve(provenance, as_of=impacts[0].as_of)
        report = impact_report(
            impacts,
            provenance,
            audience=who,
            school=self.configuration.school.name,
            notes=(*self.notes(), *notes),
        )
        return make_view(report, who)

    def _all_days(self, register: Register, as_of: date | None) -> Analysis:
        """Analyse all days that may be looked at; the windows need those before the academic year too."""
        last = register.as_of if as_of is None else min(as_of, register.as_of)
        first = register.span.start if register.span is not None else last
        period = DateRange(min(first, last), last)
        return Analysis(register=register, profile=self.profile, packs=self.packs(), period=period)
