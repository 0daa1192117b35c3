"""Facts: what rules ask of one register on one day, each worked out once.

Marks that are plainly present are never held: rules count among the others (the *exceptions* of the enrolment
tally), and ask for whole days or weeks of a few enrolments where a rule needs them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, field

from attendance_core.dates import WEEKDAYS, AcademicYear, DateRange, week_start
from attendance_core.engine import beside, collect, frame_of
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.periods import within
from attendance_core.measures.scope import without_clauses
from attendance_core.measures.spells import find_spells
from attendance_core.measures.tallies import STATS
from attendance_core.model.codes import Late, StatGroup
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.marks import CODE, DATE, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.model.profiles import Profile
from attendance_core.model.selections import Selection, Window, WindowUnit
from attendance_core.model.side_records import SIDE_COLUMNS, SideRecord
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]

#: Calendar days without school that make a break, for signs next to one.
BREAK_DAYS = 4


class MissingInputError(Exception):
    """A rule cannot be asked: an input is missing. Never leaves the policy layer."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


@define(kw_only=True, eq=False)
class Facts:
    """What rules ask.

    Attributes:
        analysis: The register under a profile, tallied.
        as_of: The day asked about; later marks do not count.
        side: Side records by the value of `SideRecord`, with the columns of `SIDE_COLUMNS`.
    """

    analysis: Analysis
    as_of: date
    side: Mapping[str, Frame] = field(factory=dict, repr=False)
    _totals: dict[DateRange, Frame] = field(factory=dict, repr=False)
    _weeks: dict[DateRange, Frame] = field(factory=dict, repr=False)
    _spells: dict[tuple[Selection, DateRange], Frame] = field(factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        register: Register,
        profile: Profile,
        packs: Iterable[CohortPack] = (),
        *,
        side: Mapping[str, Frame] | None = None,
        as_of: date | None = None,
    ) -> "Facts":
        """Prepare the facts of a register.

        Args:
            register: The register.
            profile: Definition choices.
            packs: Cohort packs, for the populations that rules exclude.
            side: Side records.
            as_of: The day asked about; None: the day that the register speaks to.
        """
        day = as_of or register.as_of
        # A profile leaves pupils out of figures, never out of sight: rules are asked of everybody.
        analysis = Analysis.of(
            register, without_clauses(profile), packs, start=min(AcademicYear.of(day).span.start, day), end=day
        )
        return cls(analysis=analysis, as_of=day, side=dict(side or {}))

    @property
    def register(self) -> Register:
        """The register."""
        return self.analysis.register

    @property
    def profile(self) -> Profile:
        """The definition choices."""
        return self.analysis.profile

    @cached_property
    def year(self) -> DateRange:
        """The academic year of the day asked about, up to that day."""
        return DateRange(AcademicYear.of(self.as_of).span.start, self.as_of)

    @cached_property
    def school_of(self) -> Frame:
        """enrolment_no, school_id, start, end of every enrolment."""
        return self.register.enrolments.select(NUMBER, SCHOOL, "start", "end")

    # -- marks

    @cached_property
    def possible(self) -> tuple[str, ...]:
        """Groups in statistics whose sessions are possible ones under the profile."""
        covid = (StatGroup.COVID.value,) if self.analysis.rules.covid_possible else ()
        return (*(group.value for group in StatGroup if group.possible), *covid)

    @cached_property
    def exceptions(self) -> Frame:
        """enrolment_no, school_id, date, session, code, stat of every mark that is not plainly present, to the day."""
        found = self.analysis.tally.exceptions.select(NUMBER, SCHOOL, DATE, SESSION, CODE, STAT)
        return found.filter(nw.col(DATE) <= self.as_of)

    def selected(self, select: Selection, span: DateRange | None = None) -> Frame:
        """List the marks that a rule counts: enrolment_no, school_id, date, session, code, stat (texts)."""
        rows = self.exceptions.filter(selects(select))
        if span is not None:
            rows = rows.filter(nw.col(DATE) >= span.start, nw.col(DATE) <= (span.end or self.as_of))
        return rows.with_columns(nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String))

    def shared(self, select: Selection, span: DateRange) -> Frame:
        """List the marks that a share counts: those selected whose sessions are possible ones."""
        return self.selected(select, span).filter(nw.col(STAT).is_in(list(self.possible)))

    def marks_of(self, numbers: Iterable[int]) -> Frame:
        """List every mark of a few enrolments, to the day: the columns of `selected`."""
        wanted = sorted(set(numbers))
        found = collect(
            self.register.marks.filter(nw.col(NUMBER).is_in(wanted)).select(NUMBER, SCHOOL, DATE, SESSION, CODE, STAT)
        ).with_columns(nw.col(DATE).cast(nw.Date), nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String))
        return found.filter(nw.col(DATE) <= self.as_of)

    @cached_property
    def exception_days(self) -> Frame:
        """enrolment_no, date, possible, marks (Int64): how many exceptions each day has, and how many are possible."""
        flags = self.exceptions.select(
            NUMBER, DATE, possible=nw.col(STAT).is_in(list(self.possible)).cast(nw.Int64), marks=nw.lit(1, nw.Int64)
        )
        return flags.group_by(NUMBER, DATE).agg(nw.col("possible", "marks").sum())

    def plain_on(self, days: Frame) -> Frame:
        """Return those of some days (enrolment_no, date) on which the enrolment was plainly present at a session."""
        marks = self.register.marks
        late = [*self.analysis.late_codes(Late.BEFORE_CLOSE), *self.analysis.late_codes(Late.AFTER_CLOSE)]
        plain = marks.filter(nw.col(STAT) == StatGroup.PRESENT.value, ~nw.col(CODE).is_in(late)).select(NUMBER, DATE)
        found = collect(plain.join(beside(days.select(NUMBER, DATE), marks), on=[NUMBER, DATE], how="inner"))
        return found.select(nw.col(NUMBER).cast(nw.Int32), nw.col(DATE).cast(nw.Date)).unique()

    def days_of(self, numbers: Iterable[int], weeks: Iterable[int] | None = None) -> Frame:
        """Count the possible sessions of a few enrolments by day: enrolment_no, date, possible (Int64).

        Args:
            numbers: The enrolments.
            weeks: Numbers of the weeks that are wanted, of any school; None: all days.
        """
        marks = self._possible_marks(numbers)
        if weeks is not None:
            # Joined, not listed: pandas holds days as moments, which equal no day of a list.
            dates = self.places.filter(nw.col("week_no").is_in(list(weeks))).select(DATE).unique()
            marks = marks.join(beside(dates, self.register.marks), on=DATE, how="inner")
        found = collect(marks.group_by(NUMBER, DATE).agg(nw.len().alias("possible"))).with_columns(
            nw.col(NUMBER).cast(nw.Int32), nw.col(DATE).cast(nw.Date), nw.col("possible").cast(nw.Int64)
        )
        return found.filter(nw.col(DATE) <= self.as_of)

    def first_days(self, numbers: Iterable[int]) -> Frame:
        """Return enrolment_no, date: the day of each one's first possible session in the academic year."""
        marks = self._possible_marks(numbers)
        found = collect(marks.filter(within(self.year, marks)).group_by(NUMBER).agg(nw.col(DATE).min()))
        return found.with_columns(nw.col(NUMBER).cast(nw.Int32), nw.col(DATE).cast(nw.Date))

    def _possible_marks(self, numbers: Iterable[int]) -> "nw.LazyFrame[Any]":
        wanted = sorted(set(numbers))
        marks = self.register.marks
        return marks.filter(nw.col(NUMBER).is_in(wanted), nw.col(STAT).is_in(list(self.possible))).select(NUMBER, DATE)

    def totals(self, span: DateRange) -> Frame:
        """Count sessions by enrolment in some days: enrolment_no and the tally's columns (Int64)."""
        if span not in self._totals:
            self._totals[span] = self.analysis.enrolments(span)
        return self._totals[span]

    def weeks(self, span: DateRange) -> Frame:
        """Count sessions by enrolment and week in some days: enrolment_no, week (Monday), the tally's columns."""
        if span not in self._weeks:
            self._weeks[span] = self.analysis.enrolment_weeks(span)
        return self._weeks[span]

    def spells(self, select: Selection, span: DateRange) -> Frame:
        """Find the spells of selected sessions in some days: enrolment_no, start, end, sessions, last_index."""
        if (select, span) not in self._spells:
            inside = nw.col(DATE) >= span.start, nw.col(DATE) <= (span.end or self.as_of)
            marks = self.exceptions.filter(selects(select), *inside)
            self._spells[select, span] = find_spells(marks, self.register.calendars.frame, absent_only=False)
        return self._spells[select, span]

    def slot_counts(self, numbers: Iterable[int], slots: Frame) -> Frame:
        """Count the possible sessions of a few enrolments by slot.

        Args:
            numbers: The enrolments.
            slots: school_id, date, slot (Int64): what days are to be counted together.

        Returns:
            enrolment_no, slot, possible (Int64).
        """
        wanted = self.school_of.filter(nw.col(NUMBER).is_in(sorted(set(numbers)))).select(NUMBER, SCHOOL)
        # Schools whose days fall into the same slots are counted in one pass.
        alike: dict[tuple[tuple[date, int], ...], list[str]] = {}
        by_school: dict[str, list[tuple[date, int]]] = {}
        for school, day, slot in slots.select(SCHOOL, DATE, "slot").sort(SCHOOL, DATE).iter_rows():
            by_school.setdefault(school, []).append((day, slot))
        for school, days in by_school.items():
            alike.setdefault(tuple(days), []).append(school)
        tables = []
        for slotted, schools in alike.items():
            index = frame_of(
                {DATE: [day for day, _ in slotted], "slot": [slot for _, slot in slotted]},
                {DATE: nw.Date, "slot": nw.Int64},
            )
            marks = self._possible_marks(wanted.filter(nw.col(SCHOOL).is_in(schools))[NUMBER].to_list())
            counted = marks.join(beside(index, marks), on=DATE, how="inner").group_by(NUMBER, "slot")
            tables.append(
                collect(counted.agg(nw.len().alias("possible"))).select(
                    nw.col(NUMBER).cast(nw.Int32), nw.col("slot", "possible").cast(nw.Int64)
                )
            )
        return nw.concat(tables)

    def prepare(self, spans: Iterable[DateRange]) -> None:
        """Cut the tally's bins at all the days that rules will ask about, so that it is made once."""
        wanted = [span for span in spans if span not in self._totals]
        self.analysis = self.analysis.covering(*wanted) if wanted else self.analysis

    # -- calendar

    @cached_property
    def _ordinals(self) -> dict[str, "Ordinals"]:
        begins = WEEKDAYS.index(self.profile.get("school-week-begins").title())
        return {
            school: Ordinals.of((day.date for day in calendar.days), begins)
            for school, calendar in self.register.calendars.schools.items()
        }

    def ordinals(self, school: str) -> "Ordinals":
        """Return the numbering of a school's days and weeks."""
        return self._ordinals[school]

    @cached_property
    def places(self) -> Frame:
        """school_id, date, week (its Monday), day_no, week_no, school_week: of each date of calendar and marks.

        The numbers (Int64) count school days, and school weeks begun, up to the date; ``school_week`` says whether the
        date lies in one.
        """
        marked: dict[str, set[date]] = {}
        for school, day in self.register.slots.select(SCHOOL, DATE).unique().iter_rows():
            marked.setdefault(school, set()).add(day)
        rows = [
            (school, day, week_start(day), ordinals.day_no(day), ordinals.week_no(day), ordinals.in_week(day))
            for school, ordinals in self._ordinals.items()
            for day in sorted({*ordinals.days, *marked.get(school, ())})
        ]
        schema: dict[str, Any] = {SCHOOL: nw.String, DATE: nw.Date, "week": nw.Date}
        schema |= {"day_no": nw.Int64, "week_no": nw.Int64, "school_week": nw.Boolean}
        return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)

    @cached_property
    def today(self) -> Frame:
        """school_id, day_no, week_no of the day asked about."""
        rows = [
            (school, ordinals.day_no(self.as_of), ordinals.week_no(self.as_of))
            for school, ordinals in self._ordinals.items()
        ]
        schema: dict[str, Any] = {SCHOOL: nw.String, "day_no": nw.Int64, "week_no": nw.Int64}
        return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)

    @cached_property
    def open_sessions(self) -> Frame:
        """school_id, date, open (Int64): how many sessions the calendar holds on each school day."""
        frame = self.register.calendars.frame
        return frame.group_by(SCHOOL, DATE).agg(nw.len().cast(nw.Int64).alias("open"))

    def window_start(self, window: Window, school: str, last: date | None = None) -> date:
        """Return the first day of the window that ends with a day, the one asked about by default."""
        end = last or self.as_of
        ordinals = self._ordinals[school]
        if window.of is WindowUnit.CALENDAR_DAYS:
            return end - timedelta(days=window.length - 1)
        if window.of is WindowUnit.SCHOOL_DAYS:
            starts, number = ordinals.days, ordinals.day_no(end)
        else:
            starts, number = ordinals.weeks, ordinals.week_no(end)
        return min(starts[max(number - window.length, 0)], end) if starts else end

    def first_school_day(self, school: str) -> date:
        """Return the first school day of the academic year asked about; its first of August where none is known."""
        days = self._ordinals[school].days
        index = bisect_right(days, self.year.start - timedelta(days=1))
        return days[index] if index < len(days) and days[index] <= self.as_of else self.year.start

    def reaches_year_end(self, school: str) -> bool:
        """Say whether a school's calendar was given and holds school days in July of the academic year."""
        calendar = self.register.calendars.schools[school]
        year = AcademicYear.of(self.as_of)
        return not calendar.inferred and any(
            day.date >= date(year.begins + 1, 7, 1) and AcademicYear.of(day.date) == year for day in calendar.days
        )

    def sessions_left(self, school: str, end: date) -> int:
        """Count the sessions that the calendar holds after the day asked about, to the year's end or an earlier one."""
        last = AcademicYear.of(self.as_of).span.end or end
        return self.sessions_held(school, self.as_of + timedelta(days=1), min(last, end))

    def sessions_held(self, school: str, start: date, end: date) -> int:
        """Count the sessions that a school's calendar holds on some days."""
        days, sums = self._held[school]
        return max(sums[bisect_right(days, end)] - sums[bisect_left(days, start)], 0)

    @cached_property
    def _held(self) -> dict[str, tuple[list[date], list[int]]]:
        """The school days of each school in order, and how many sessions there are before each and in all."""
        found = {}
        for school, calendar in self.register.calendars.schools.items():
            days = sorted(calendar.days, key=lambda day: day.date)
            sums = list(accumulate((len(day.sessions) for day in days), initial=0))
            found[school] = ([day.date for day in days], sums)
        return found

    def unmarked(self, numbers: Iterable[int]) -> Frame:
        """Count the sessions of the academic year, up to the day, that were open for an enrolment and have no mark.

        Returns:
            enrolment_no, unmarked (Int64), for each of the enrolments given.
        """
        wanted = sorted(set(numbers))
        marked = self.totals(self.year).select(NUMBER, nw.sum_horizontal(*STATS).alias("marks"))
        mine = self.school_of.filter(nw.col(NUMBER).is_in(wanted)).join(marked, on=NUMBER, how="left")
        outside = self._outside(wanted)
        counts: dict[str, list[int]] = {NUMBER: [], "unmarked": []}
        for number, school, start, end, marks in mine.select(NUMBER, SCHOOL, "start", "end", "marks").iter_rows():
            due = self.sessions_held(school, max(start, self.year.start), min(end, self.as_of))
            counts[NUMBER].append(number)
            counts["unmarked"].append(max(due - (marks or 0) + outside.get(number, 0), 0))
        return frame_of(counts, {NUMBER: nw.Int32, "unmarked": nw.Int64})

    def _outside(self, numbers: list[int]) -> dict[int, int]:
        """Count the marks of the academic year, up to the day, that stand in no open session, by enrolment."""
        place = [SCHOOL, DATE, SESSION]
        inside = nw.col(DATE) >= self.year.start, nw.col(DATE) <= self.as_of
        slots = self.register.slots.filter(*inside).select(*place).unique()
        astray = slots.join(self.register.calendars.frame.select(*place), on=place, how="anti")
        if astray.is_empty():
            return {}
        marks = self.register.marks.filter(nw.col(NUMBER).is_in(numbers)).select(NUMBER, *place)
        found = collect(marks.join(beside(astray.select(DATE).unique(), marks), on=DATE, how="inner")).with_columns(
            nw.col(DATE).cast(nw.Date), nw.col(SCHOOL, SESSION).cast(nw.String)
        )
        counted = found.join(astray, on=place, how="inner").group_by(NUMBER).agg(nw.len().alias("marks"))
        return dict(counted.iter_rows())

    # -- side records

    def records(self, record: SideRecord) -> Frame:
        """Return side records that were made by the day asked about, with enrolment_no; withdrawn ones left out.

        Raises:
            MissingInputError: If the host gave none of the kind.
        """
        frame = self.side.get(record.value)
        if frame is None:
            raise MissingInputError(f"side records: {record.value}")
        known = self.register.enrolments.select("enrolment_id", NUMBER)
        joined = frame.select(*SIDE_COLUMNS).join(known, on="enrolment_id", how="inner")
        made = nw.col("on").is_null() | (nw.col("on") <= self.as_of)
        return joined.filter(made, nw.col("state").fill_null("") != "withdrawn")


@define(kw_only=True, eq=False)
class Ordinals:
    """School days and school weeks of one school, numbered from 1 across years.

    Attributes:
        days: The school days, in order.
        weeks: First days of the school weeks, in order.
        begins: Weekday on which weeks begin (0 = Monday).
    """

    days: list[date] = field(repr=False)
    weeks: list[date] = field(repr=False)
    begins: int = 0

    @classmethod
    def of(cls, days: Iterable[date], begins: int) -> "Ordinals":
        """Number the days of a calendar."""
        listed = sorted(set(days))
        return cls(days=listed, weeks=sorted({week_of(day, begins) for day in listed}), begins=begins)

    def day_no(self, day: date) -> int:
        """Return how many school days there are up to a day."""
        return bisect_right(self.days, day)

    def week_no(self, day: date) -> int:
        """Return how many school weeks have begun by a day's week."""
        return bisect_right(self.weeks, week_of(day, self.begins))

    def in_week(self, day: date) -> bool:
        """Say whether a day lies in a school week."""
        number = self.week_no(day)
        return number > 0 and self.weeks[number - 1] == week_of(day, self.begins)


def week_of(day: date, begins: int) -> date:
    """Return the first day of a day's week, weeks beginning on a weekday (0 = Monday)."""
    return day - timedelta(days=(day.weekday() - begins) % 7)


def selects(select: Selection) -> nw.Expr:
    """Say for each mark (with code and stat) whether a selection counts it."""
    return nw.col(CODE).is_in(list(select.codes)) | nw.col(STAT).is_in([group.value for group in select.groups])
