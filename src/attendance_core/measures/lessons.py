"""Lessons: attendance and lateness by subject and week, from lesson marks alone."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, evolve, field

from attendance_core.dates import AcademicYear, DateRange, week_start
from attendance_core.engine import beside, collect, frame_of
from attendance_core.errors import Fault, FigureIdError, LayoutError, UnknownNameError, alike, join_names
from attendance_core.measures.definitions import get_lesson_measure
from attendance_core.measures.periods import within
from attendance_core.measures.scope import unchecked
from attendance_core.measures.tallies import LATE, counted_in, counts_of, derive, late_codes
from attendance_core.measures.totals import Rules, Totals
from attendance_core.model.codes import Late
from attendance_core.model.figures import Explanation, Figure, FigureId
from attendance_core.model.marks import (
    CODE,
    DATE,
    ENROLMENT,
    MINUTES,
    NUMBER,
    PERIOD,
    PUPIL,
    ROW,
    SCHOOL,
    STAT,
    SUBJECT,
)
from attendance_core.model.measures import Measure
from attendance_core.model.profiles import NotChecked, Profile
from attendance_core.register.lessons import LessonRegister

Frame = nw.DataFrame[Any]
#: Columns of lessons that the frames give (Int64), beside ``minutes``.
LESSON_TALLY = ("attended", "absent", "possible", *LATE)
WEEK = "week"
_SUBJECT, _ENROLMENT = "subject=", "enrolment="


@define(kw_only=True, eq=False)
class LessonAnalysis:
    """Figures of lessons: attended and late, out of lessons possible. Nothing here is a session.

    Frames have the columns attended, absent, possible, late_before, late_after (Int64 lessons), minutes (Int64 minutes
    late as given; null where no mark gives any) and enrolments (Int64; those with a possible lesson).

    Attributes:
        lessons: The checked lesson marks.
        profile: The definition choices, named in every figure's id.
        period: The days that figures speak of by default.
    """

    lessons: LessonRegister
    profile: Profile
    period: DateRange
    _tallies: dict[DateRange, Frame] = field(factory=dict, repr=False)

    @classmethod
    def of(
        cls, lessons: LessonRegister, profile: Profile, start: date | None = None, end: date | None = None
    ) -> "LessonAnalysis":
        """Prepare an analysis.

        Args:
            lessons: The lesson marks.
            profile: Definition choices.
            start: First day; None: the first marked day of the academic year of the last.
            end: Last day; None: the day that the marks speak to (``as_of``).

        Raises:
            LayoutError: If it is given anything but lessons.
            FigureIdError: If the period ends before it starts.
        """
        if not isinstance(lessons, LessonRegister):
            raise LayoutError(
                Fault(
                    f"a {type(lessons).__name__}",
                    "holds no lesson marks",
                    "a LessonRegister, as read_lessons gives it",
                    "Session marks have figures of their own (Analysis): they are never counted as lessons",
                )
            )
        last = end or lessons.as_of
        if start is None:
            days = collect(lessons.marks.select(DATE).unique())[DATE].to_list()
            start = min((day for day in days if day <= last and day in AcademicYear.of(last).span), default=last)
        if last < start:
            raise FigureIdError(
                Fault(f"period {start}..{last}", "ends before it starts", "the days in order", "Swap the dates")
            )
        return cls(lessons=lessons, profile=profile, period=DateRange(start, last))

    # -- what everything stands on

    @cached_property
    def rules(self) -> Rules:
        """The profile's choices."""
        return Rules.of(self.profile)

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """Clauses of the profile: they are about sessions, and leave no lesson out."""
        return unchecked(self.profile, "lesson marks are no session marks, of which the clause speaks")

    @cached_property
    def _late(self) -> dict[str, tuple[str, ...]]:
        books = self.lessons.codebooks
        return {
            "late_before": late_codes(books, Late.BEFORE_CLOSE),
            "late_after": late_codes(books, Late.AFTER_CLOSE),
        }

    @cached_property
    def _weeks(self) -> Frame:
        """Return the marked days with the Monday of their week."""
        days = collect(self.lessons.marks.select(DATE).unique()).with_columns(nw.col(DATE).cast(nw.Date))
        listed = sorted(days[DATE].to_list())
        return frame_of({DATE: listed, WEEK: [week_start(day) for day in listed]}, {DATE: nw.Date, WEEK: nw.Date})

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The subjects of the whole register, by name."""
        found = collect(self.lessons.marks.select(SUBJECT).unique())[SUBJECT].cast(nw.String)
        return tuple(sorted(found.to_list()))

    def _tally(self, period: DateRange) -> Frame:
        """Count once for each period: enrolment_no, subject, week, tally columns, minutes, and marks that give them."""
        if period not in self._tallies:
            marks = self.lessons.marks.filter(within(period))
            counted = collect(
                marks.join(beside(self._weeks, marks), on=DATE, how="inner")
                .group_by(NUMBER, SUBJECT, WEEK)
                .agg(
                    *counts_of(**self._late),
                    nw.col(MINUTES).sum().alias("minutes"),
                    nw.col(MINUTES).count().alias("timed"),
                )
            )
            typed = counted.with_columns(
                nw.col(SUBJECT).cast(nw.String),
                nw.col(WEEK).cast(nw.Date),
                nw.col("minutes", "timed").fill_null(0).cast(nw.Int64),
            )
            derived: Frame = derive(typed, covid_possible=self.rules.covid_possible)
            self._tallies[period] = derived.select(NUMBER, SUBJECT, WEEK, *LESSON_TALLY, "minutes", "timed")
        return self._tallies[period]

    def _added(self, tally: Frame, keys: Sequence[str]) -> Frame:
        """Add a tally up by key."""
        names = (*LESSON_TALLY, "minutes", "timed")
        each = tally.group_by(*keys, NUMBER).agg(nw.col(*names).sum())
        each = each.with_columns(enrolments=(nw.col("possible") > 0).cast(nw.Int64))
        summed = nw.col(*names, "enrolments").sum()
        added = each.group_by(*keys).agg(summed).sort(*keys) if keys else each.select(summed)
        minutes = nw.when(nw.col("timed") > 0).then(nw.col("minutes"))
        return added.with_columns(minutes=minutes).select(*keys, *LESSON_TALLY, "minutes", "enrolments")

    # -- frames

    def by_subject(self) -> Frame:
        """Return one row for each subject: subject and the columns of lessons."""
        return self._added(self._tally(self.period), [SUBJECT])

    def by_week(self) -> Frame:
        """Return one row for each week with lessons: week (its Monday) and the columns of lessons."""
        return self._added(self._tally(self.period), [WEEK])

    def by_subject_week(self) -> Frame:
        """Return one row for each subject and week: subject, week (its Monday) and the columns of lessons."""
        return self._added(self._tally(self.period), [SUBJECT, WEEK])

    # -- figures

    def id(self, measure: str, population: str = "all", period: DateRange | None = None) -> FigureId:
        """Spell a figure's id."""
        return FigureId(measure=measure, population=population, period=period or self.period, profile=self.profile.id)

    def figure(self, measure: str, population: str = "all", period: DateRange | None = None) -> Figure:
        """Work one figure out.

        Args:
            measure: ``lesson-attendance`` or ``lesson-lateness``.
            population: ``all``, ``subject=...`` or ``enrolment=...``.
            period: Which days; None: the analysis's own.

        Raises:
            UnknownNameError: If the measure, subject or enrolment does not exist.
            FigureIdError: If the measure is one of sessions.
        """
        definition = get_lesson_measure(measure)
        wanted = period or self.period
        tally = self._tally(wanted).filter(self._who(population))
        totals = Totals.rows(self._added(tally, []))[None]
        return self._read(totals, definition, self.id(measure, population, wanted))

    def subject_figures(self, measure: str) -> dict[str, Figure]:
        """Work the figures of all subjects of the period out at once: subject to figure, by name."""
        definition = get_lesson_measure(measure)
        found = Totals.rows(self.by_subject(), SUBJECT)
        return {
            subject: self._read(totals, definition, self.id(measure, f"{_SUBJECT}{subject}"))
            for subject, totals in found.items()
        }

    def week_figures(self, measure: str) -> dict[date, Figure]:
        """Work the figures of all weeks out at once: Monday to figure, earliest first; weeks are cut to the period."""
        definition = get_lesson_measure(measure)
        last = self.period.end or self.lessons.as_of
        figures = {}
        for monday, totals in Totals.rows(self.by_week(), WEEK).items():
            week = DateRange(max(monday, self.period.start), min(monday + timedelta(days=6), last))
            figures[monday] = self._read(totals, definition, self.id(measure, period=week))
        return figures

    def _read(self, totals: Totals, measure: Measure, id: FigureId) -> Figure:
        """Read a figure off; beside lateness it says the minutes, where the marks give any."""
        figure = totals.figure(measure, id, self.rules)
        if not totals["minutes"] or not set(LATE) & set(measure.numerator):
            return figure
        return evolve(figure, note=f"{totals['minutes']:,} minutes late, as the marks give them.")

    def _who(self, population: str) -> nw.Expr:
        """Say which rows belong to a population."""
        if population == "all":
            return nw.col(NUMBER) >= 0
        if population.startswith(_SUBJECT):
            subject = population.removeprefix(_SUBJECT)
            if subject in self.subjects:
                return nw.col(SUBJECT) == subject
            near = alike(subject, self.subjects)
            raise UnknownNameError(
                Fault(
                    f"population {population!r}",
                    "these lessons have no such subject",
                    f"one of {join_names(self.subjects, limit=40)}",
                    f"Did you mean {near[0]!r}?" if near else "Choose one of them",
                )
            )
        if population.startswith(_ENROLMENT):
            wanted = population.removeprefix(_ENROLMENT)
            numbers = self.lessons.enrolments.filter(nw.col(ENROLMENT) == wanted)[NUMBER].to_list()
            if numbers:
                return nw.col(NUMBER).is_in(numbers)
            raise UnknownNameError(
                Fault("population enrolment", "these lessons have no such enrolment", "one of theirs", "Check the id")
            )
        raise UnknownNameError(
            Fault(
                f"population {population!r}",
                "is none that lessons can be counted for",
                "all, subject=... or enrolment=...",
                "Cohorts and year groups are populations of session figures",
            )
        )

    def _check(self, id: FigureId) -> None:
        if id.profile != self.profile.id:
            raise FigureIdError(
                Fault(
                    str(evolve(id, population="...")),
                    f"was worked out under profile {id.profile!r}",
                    self.profile.id,
                    "Ask under that profile",
                )
            )
        if id.slot:
            raise FigureIdError(
                Fault(
                    f"slot {id.slot!r}", "lessons have no slots of the week", "an id without one", "Leave the slot out"
                )
            )

    def lessons_of(self, id: FigureId) -> Frame:
        """List the lessons behind a figure.

        Returns:
            enrolment_id, pupil_id, school_id, date, period, subject, code, stat, minutes_late (Int64 or null),
            source_row, in_numerator and in_denominator (bool), in order of enrolment, date, period and subject.

        Raises:
            UnknownNameError: If its measure, subject or enrolment does not exist.
            FigureIdError: If it is a figure of sessions, or was worked out under another profile.
        """
        measure = get_lesson_measure(id.measure)
        self._check(id)
        marks = self.lessons.marks.filter(within(id.period)).select(
            NUMBER, DATE, PERIOD, SUBJECT, CODE, STAT, MINUTES, ROW
        )
        found = collect(marks).with_columns(
            nw.col(PERIOD, SUBJECT, CODE, STAT).cast(nw.String), nw.col(DATE).cast(nw.Date)
        )
        covid = self.rules.covid_possible
        people = self.lessons.enrolments.select(NUMBER, ENROLMENT, PUPIL, SCHOOL)
        columns = (ENROLMENT, PUPIL, SCHOOL, DATE, PERIOD, SUBJECT, CODE, STAT, MINUTES, ROW)
        return (
            found.filter(self._who(id.population))
            .with_columns(
                in_numerator=counted_in(measure.numerator, **self._late, covid_possible=covid),
                in_denominator=counted_in(measure.denominator, **self._late, covid_possible=covid),
            )
            .join(people, on=NUMBER, how="inner")
            .select(*columns, "in_numerator", "in_denominator")
            .sort(ENROLMENT, DATE, PERIOD, SUBJECT)
        )

    def explain(self, id: FigureId, *, provider: str = "attendance-core") -> Explanation:
        """Say what a figure is: its counts, definition, population, profile, settings and citations.

        Raises:
            UnknownNameError: If its measure, subject or enrolment does not exist.
            FigureIdError: If it is a figure of sessions, or was worked out under another profile.
        """
        measure = get_lesson_measure(id.measure)
        self._check(id)
        name, _, value = id.population.partition("=")
        return Explanation(
            figure=self.figure(id.measure, id.population, id.period),
            definition=measure.definition,
            numerator_means=measure.numerator_means,
            denominator_means=measure.denominator_means,
            population_means=f"{name.title()} {value}" if value else "All pupils",
            profile=self.profile.title,
            settings=self.profile.settings,
            cites=measure.cites,
            provider=provider,
            not_checked=self.not_checked,
        )
