"""An analysis: one register under one profile, tallied once, from which every figure is read."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
from attrs import Factory, define, field

from attendance_core.dates import WEEKDAYS, DateRange
from attendance_core.engine import collect
from attendance_core.errors import Fault, FigureIdError, UnknownNameError
from attendance_core.measures.definitions import get_session_measure
from attendance_core.measures.groups import population_totals
from attendance_core.measures.periods import edges, last_year, whole_year_to, within
from attendance_core.measures.populations import Population, Populations, shown
from attendance_core.measures.scope import Scope
from attendance_core.measures.slots import day_and_session
from attendance_core.measures.spells import find_spells
from attendance_core.measures.tallies import (
    TALLY_COLUMNS,
    Bins,
    EnrolmentTally,
    derive,
    enrolment_tally,
    late_codes,
    make_bins,
    minutes_tally,
    weighed,
)
from attendance_core.measures.totals import Rules, Totals
from attendance_core.model.codes import Late
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.figures import Figure, FigureId
from attendance_core.model.marks import CODE, DATE, MINUTES, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.model.measures import Measure, MeasureKind
from attendance_core.model.profiles import Profile
from attendance_core.register.register import Register, require_sessions

Frame = nw.DataFrame[Any]


@define(kw_only=True, eq=False)
class Analysis:
    """Figures of one register.

    Everything is worked out when first asked for and then kept. Methods return narwhals frames on the default engine;
    ``.to_native()`` gives polars.

    Attributes:
        register: The checked register.
        profile: The definition choices, named in every figure's id.
        packs: Cohorts and dimensions that can be named as populations.
        period: The days that figures speak of by default.
        extra_cuts: Days on which further periods begin (see `covering`).
        scope: What the profile leaves out.
    """

    register: Register = field(validator=lambda _, __, register: require_sessions(register))
    profile: Profile
    packs: tuple[CohortPack, ...] = ()
    period: DateRange
    extra_cuts: frozenset[date] = frozenset()
    scope: Scope = field(
        default=Factory(lambda self: Scope(register=self.register, profile=self.profile), takes_self=True), repr=False
    )
    _eras: dict[DateRange, Frame] = field(factory=dict, repr=False)
    _enrolments: dict[DateRange, Frame] = field(factory=dict, repr=False)
    _others: dict[frozenset[date], "Analysis"] = field(factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        register: Register,
        profile: Profile,
        packs: Iterable[CohortPack] = (),
        *,
        start: date | None = None,
        end: date | None = None,
    ) -> "Analysis":
        """Prepare an analysis.

        Args:
            register: The register.
            profile: Definition choices.
            packs: Cohort packs.
            start: First day; None: the first school day of the academic year of the last.
            end: Last day; None: the day the register speaks to (``as_of``).

        Raises:
            LayoutError: If the register is one of lessons, or no register at all.
            FigureIdError: If the period ends before it starts, or starts after the register ends.
        """
        require_sessions(register)
        if start is not None and end is not None and end < start:
            raise FigureIdError(
                Fault(f"period {start}..{end}", "ends before it starts", "the days in order", "Swap the dates")
            )
        if start is not None and end is None and register.as_of < start:
            raise FigureIdError(
                Fault(
                    f"period from {start}",
                    f"begins after {register.as_of}, the day the register speaks to",
                    f"a first day up to {register.as_of}",
                    "Give an earlier `start`, or a newer register",
                )
            )
        period = whole_year_to(register, start, end)
        return cls(register=register, profile=profile, packs=tuple(packs), period=period)

    # -- what everything stands on

    @cached_property
    def rules(self) -> Rules:
        """The profile's choices."""
        return Rules.of(self.profile)

    @property
    def counted(self) -> Register:
        """The register without what the profile leaves out; every figure stands on it."""
        return self.scope.counted

    @cached_property
    def populations(self) -> Populations:
        """Everybody who can be named."""
        return Populations.of(self.register, self.packs)

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Every day with a mark, earliest first."""
        return tuple(sorted(self.register.slots[DATE].unique().to_list()))

    @cached_property
    def bins(self) -> Bins:
        """How days are cut: weeks, half terms, the period, changes of characteristics, and further periods."""
        cuts = {*self.populations.cuts(), *self.extra_cuts, *edges(self.period)}
        previous = last_year(self.register, self.period)
        if previous is not None:
            cuts |= edges(previous)
        halves = self.register.calendars.frame.group_by(SCHOOL, "academic_year", "half_term").agg(nw.col(DATE).min())
        cuts |= set(halves[DATE].to_list())
        return make_bins(self.dates, cuts)

    def late_codes(self, kind: Late) -> tuple[str, ...]:
        """Return the codes that say a pupil came late in this way."""
        return late_codes(self.register.codebooks, kind)

    @cached_property
    def tally(self) -> EnrolmentTally:
        """The pass over the marks."""
        return enrolment_tally(
            self.counted.marks,
            self.bins,
            late_before=self.late_codes(Late.BEFORE_CLOSE),
            late_after=self.late_codes(Late.AFTER_CLOSE),
        )

    def covering(self, *periods: DateRange) -> "Analysis":
        """Return an analysis whose bins are cut at these periods (this one where they already are)."""
        weeks = set(self.bins.frame["first"].to_list())
        wanted = {day for period in periods for day in edges(period)}
        need = set()
        for day in wanted:
            later = next((known for known in self.dates if known >= day), None)
            if later is not None and later not in weeks:
                need.add(day)
        if not need:
            return self
        key = frozenset(need)
        if key not in self._others:
            self._others[key] = Analysis(
                register=self.register,
                profile=self.profile,
                packs=self.packs,
                period=self.period,
                extra_cuts=self.extra_cuts | key,
                scope=self.scope,
            )
        return self._others[key]

    # -- enrolments and groups

    def era_tally(self, period: DateRange) -> Frame:
        """Return enrolment_no, era and counted columns within a period that the bins are cut at."""
        if period not in self._eras:
            self._eras[period] = self.tally.by(self._bins_in(period), "era")
        return self._eras[period]

    def _bins_in(self, period: DateRange) -> Frame:
        """The bins of a period that they are cut at."""
        inside = nw.col("first") >= period.start
        return self.bins.frame.filter(inside if period.end is None else inside & (nw.col("last") <= period.end))

    def enrolments(self, period: DateRange | None = None) -> Frame:
        """Return one row for each enrolment with marks in the period, in the register's order.

        Its columns are enrolment_no and the tally columns (sessions).
        """
        wanted = period or self.period
        ready = self.covering(wanted)
        if wanted not in ready._enrolments:
            counted = ready.tally.by(ready._bins_in(wanted)).sort(NUMBER)
            ready._enrolments[wanted] = derive(counted, covid_possible=self.rules.covid_possible)
        return ready._enrolments[wanted]

    def enrolment_weeks(self, period: DateRange | None = None) -> Frame:
        """Return one row for each enrolment and week, in the order of both.

        Its columns are enrolment_no, week (its Monday) and the tally columns (sessions).
        """
        wanted = period or self.period
        ready = self.covering(wanted)
        counted = ready.tally.by(ready._bins_in(wanted), "week").sort(NUMBER, "week")
        weekly: Frame = derive(counted, covid_possible=self.rules.covid_possible)
        return weekly

    def totals(self, keys: Sequence[str], period: DateRange | None = None, *, rest: bool = False) -> dict[str, Totals]:
        """Add populations up, all in one pass.

        Args:
            keys: Populations, as figure ids spell them.
            period: The days; None: the analysis's own.
            rest: Also add up the rest beside each, under ``not:<key>``.

        Returns:
            Population to totals; those that are not available are left out.
        """
        wanted = period or self.period
        ready = self.covering(wanted)
        bins = ready._bins_in(wanted)
        found = {key: self.populations.get(key) for key in dict.fromkeys(keys)}
        return population_totals(
            found, ready.enrolments(wanted), lambda: ready.era_tally(wanted), bins, self.rules, rest=rest
        )

    # -- everybody, by slots

    def slot_totals(self, keys: Sequence[str], period: DateRange | None = None, *, add: Frame | None = None) -> Frame:
        """Add marks of everybody up by columns of the slots (date, session, code, or those of ``add``).

        Args:
            keys: Columns to group by.
            period: The days.
            add: A frame with ``date`` and further key columns, joined on.
        """
        slots = self.counted.slots.filter(within(period or self.period))
        if add is not None:
            slots = slots.join(add, on=DATE, how="inner")
        return self._added(slots, keys)

    def _added(self, slots: Frame, keys: Sequence[str]) -> Frame:
        """Add up rows that stand for several marks."""
        late = {"late_before": self.late_codes(Late.BEFORE_CLOSE), "late_after": self.late_codes(Late.AFTER_CLOSE)}
        few = slots.group_by(*dict.fromkeys((*keys, CODE, STAT))).agg(nw.col("marks").sum())
        flagged = weighed(few, **late, covid_possible=self.rules.covid_possible)
        if not keys:
            return flagged.select(nw.col(*TALLY_COLUMNS).sum())
        return flagged.group_by(*keys).agg(nw.col(*TALLY_COLUMNS).sum())

    def codes(self, period: DateRange | None = None) -> Frame:
        """Return code, stat, marks (Int64): every kept mark of the period by code, most first."""
        slots = self.counted.slots.filter(within(period or self.period))
        return slots.group_by(CODE, STAT).agg(nw.col("marks").sum()).sort("marks", CODE, descending=[True, False])

    def week_slots(self, period: DateRange | None = None) -> Frame:
        """Return weekday (0 = Monday), session and tally columns: the heat map of a week."""
        weekday = (nw.col(DATE).dt.weekday() - 1).cast(nw.Int64)
        slots = self.counted.slots.filter(within(period or self.period)).with_columns(weekday=weekday)
        return self._added(slots, ["weekday", SESSION]).sort("weekday", SESSION)

    def spells(self, period: DateRange | None = None) -> Frame:
        """Return enrolment_no, start, end, sessions, last_index: every spell of absence within the period."""
        exceptions = self.tally.exceptions.filter(within(period or self.period))
        return find_spells(exceptions, self.register.calendars.frame)

    def minutes(self, period: DateRange | None = None) -> tuple[int, int] | None:
        """Return minutes late and the marks that give them; None where the register gives none."""
        found = minutes_tally(self.counted.marks)
        if found is None:
            return None
        inside = found.filter(within(period or self.period))
        return int(inside["minutes"].sum()), int(inside["marks"].sum())

    # -- figures

    def id(self, measure: str, population: str = "all", period: DateRange | None = None, slot: str = "") -> FigureId:
        """Spell a figure's id."""
        return FigureId(
            measure=measure,
            population=population,
            period=period or self.period,
            slot=slot,
            profile=self.profile.id,
        )

    def population(self, key: str) -> Population:
        """Return a population that this register can tell.

        Raises:
            UnknownNameError: If there is no such population.
            FigureIdError: If the register lacks what it stands on.
        """
        who = self.populations.get(key)
        if not who.available:
            raise FigureIdError(
                Fault(
                    f"population {shown(key)!r}",
                    f"is not available: the register has no {', '.join(who.missing)}",
                    "a pupils file with that column",
                    "Map the column under [pupils.characteristics]",
                )
            )
        return who

    def figure(
        self, measure: str, population: str = "all", period: DateRange | None = None, *, slot: str = ""
    ) -> Figure:
        """Work one figure out.

        Args:
            measure: A measure's id, with a code where it takes one (``reason.I``).
            population: Who (see `populations`).
            period: Which days; None: the analysis's own.
            slot: A slot of the week (``Monday-AM``, ``Friday``, ``PM``), for ratios.

        Raises:
            UnknownNameError: If the measure or population does not exist.
            FigureIdError: If the population is not available here, the measure has no such slot, or is one of lessons.
        """
        definition, code = get_session_measure(measure)
        wanted = period or self.period
        id = self.id(measure, population, wanted, slot)
        who = self.population(population)
        if code and not any(known.code == code for book in self.register.codebooks for known in book.codes):
            raise UnknownNameError(
                Fault(f"measure {measure!r}", "names a code that no codebook holds", "a code", "See: attendance codes")
            )
        if slot and (definition.kind is not MeasureKind.RATIO or definition.band is not None):
            raise FigureIdError(
                Fault(f"slot {slot!r}", f"{definition.id} has none", "a rate of sessions", "Leave the slot out")
            )
        if slot or definition.per_code or definition.kind in (MeasureKind.SPELLS, MeasureKind.MINUTES):
            return self._from_sessions(definition, code, id, who)
        return self.totals([population], wanted)[population].figure(definition, id, self.rules)

    def _from_sessions(self, measure: Measure, code: str, id: FigureId, who: Population) -> Figure:
        """Work a figure out from the sessions themselves: those that no tally holds by population."""
        if measure.kind is MeasureKind.SPELLS:
            absences = self.tally.exceptions.filter(within(id.period))
            if not who.everybody:
                absences = _inside(absences, who.frame)
            spells = find_spells(absences, self.register.calendars.frame)
            found = len(spells.filter(nw.col("sessions") >= measure.at_least))
            return Totals(values={measure.id: found}).figure(measure, id, self.rules)
        if measure.kind is MeasureKind.MINUTES:
            tally = minutes_tally(self.counted.marks)
            if tally is None:
                raise FigureIdError(
                    Fault(
                        f"measure {measure.id!r}",
                        "the register gives no minutes late",
                        "a minutes_late column",
                        "Map columns.minutes_late",
                    )
                )
            inside = tally.filter(within(id.period))
            if not who.everybody:
                inside = _inside(inside, who.frame).unique([NUMBER, DATE])
            return Totals(values={measure.id: int(inside["minutes"].sum() or 0)}).figure(measure, id, self.rules)
        marks = self.marks_of(who, id.period, id.slot)
        counted = marks.group_by(CODE, STAT).agg(nw.len().cast(nw.Int64).alias("marks"))
        sums = self._added(counted, [])
        values = {name: int(sums[name][0] or 0) for name in TALLY_COLUMNS}
        mine = counted.filter(nw.col(CODE) == code)["marks"].sum() if code else 0
        return Totals(values=values).figure(measure, id, self.rules, code_sessions=int(mine or 0))

    def marks_of(self, who: Population, period: DateRange, slot: str = "", *, minutes: bool = False) -> Frame:
        """List marks of a population: enrolment_no, date, session, code, stat, and minutes_late if asked for."""
        marks = self.counted.marks.filter(within(period, self.counted.marks))
        if not who.everybody:
            numbers = who.frame[NUMBER].unique().to_list()
            marks = marks.filter(nw.col(NUMBER).is_in(numbers))
        columns = (NUMBER, DATE, SESSION, CODE, STAT, *([MINUTES] if minutes else []))
        found = collect(marks.select(*columns)).with_columns(
            nw.col(SESSION, CODE, STAT).cast(nw.String), nw.col(DATE).cast(nw.Date)
        )
        if not who.everybody:
            found = _inside(found, who.frame)
        if slot:
            day, session = day_and_session(slot)
            if session:
                found = found.filter(nw.col(SESSION) == session)
            if day:
                found = found.filter(nw.col(DATE).dt.weekday() == WEEKDAYS.index(day) + 1)
        return found


def _inside(rows: Frame, intervals: Frame) -> Frame:
    """Keep the rows that lie in an interval of their enrolment."""
    joined = rows.join(intervals, on=NUMBER, how="inner")
    return joined.filter(nw.col(DATE) >= nw.col("valid_from"), nw.col(DATE) <= nw.col("valid_to")).drop(
        "valid_from", "valid_to"
    )
