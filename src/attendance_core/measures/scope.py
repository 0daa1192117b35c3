"""Scope: the enrolments and days that a profile leaves out of every figure.

Each clause is a setting of its own and gives dated intervals of enrolments, never single marks, so that what is left
is a register like any other and every figure stays explainable. A clause that a register cannot judge is not
applied, and that is said.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, evolve, field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.engine import beside, collect, frame_of
from attendance_core.measures.tallies import after, slot_tally
from attendance_core.model.codes import StatGroup
from attendance_core.model.marks import DATE, ENROLMENT, NUMBER, PUPIL, SCHOOL, STAT
from attendance_core.model.profiles import NotChecked, Profile
from attendance_core.reference.census import load_census
from attendance_core.reference.settings import load_settings
from attendance_core.register.characteristics import says_yes
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]
_LEFT_OUT: dict[str, Any] = {NUMBER: nw.Int32, "valid_from": nw.Date, "valid_to": nw.Date}
_BIRTH = "date_of_birth"
_NO_BIRTH = f"the register has no {_BIRTH}"
_SOME_WITHOUT = f"some enrolments have no {_BIRTH} that can be read, and are kept"


@frozen(kw_only=True, eq=False)
class LeftOut:
    """What one clause leaves out.

    Attributes:
        frame: enrolment_no, valid_from, valid_to: the days left out, both included; intervals may overlap.
        not_checked: Why it could not be judged, in whole or in part; None: it was judged.
    """

    frame: Frame = field(repr=False)
    not_checked: NotChecked | None = None


@define(kw_only=True, eq=False)
class _Facts:
    """What clauses ask a register, each worked out once."""

    register: Register

    @cached_property
    def years(self) -> tuple[AcademicYear, ...]:
        """The academic years in which it has marks."""
        return tuple(sorted({AcademicYear.of(day) for day in self.register.slots[DATE].unique().to_list()}))

    @cached_property
    def births(self) -> Frame:
        """enrolment_no, value (ISO): the enrolments with exactly one date of birth."""
        rows = self.values(_BIRTH).filter(nw.col("value").str.contains(r"^\d{4}-\d\d-\d\d$"))
        one = rows.select(NUMBER, "value").unique()
        return one.filter(~nw.col(NUMBER).is_duplicated())

    @cached_property
    def without_birth(self) -> Frame:
        """enrolment_no of the others."""
        return self.register.enrolments.select(NUMBER).join(self.births, on=NUMBER, how="anti")

    @cached_property
    def boarders(self) -> Frame:
        """enrolment_no, valid_from, valid_to: who boards, and when."""
        words = {word.casefold() for word in load_settings()["boarders"].words}
        rows = self.values("boarder")
        said = rows["value"].unique().to_list()
        mine = [value for value in said if says_yes(value) or value.strip().casefold() in words]
        return rows.filter(nw.col("value").is_in(mine)).select(*_LEFT_OUT)

    @cached_property
    def on_roll(self) -> Frame:
        """enrolment_no, year (in which it begins): enrolments with a mark that is more than an administrative one."""
        days = self.register.slots[DATE].unique().to_list()
        marks = self.register.marks.filter(nw.col(STAT) != StatGroup.ADMINISTRATIVE.value)
        years = frame_of(
            {DATE: days, "year": [AcademicYear.of(day).begins for day in days]}, {DATE: nw.Date, "year": nw.Int64}
        )
        found = collect(
            marks.join(beside(years, marks), on=DATE, how="inner").group_by(NUMBER, "year").agg(nw.len().alias("__n"))
        )
        return found.select(nw.col(NUMBER).cast(nw.Int32), nw.col("year").cast(nw.Int64))

    def has(self, name: str) -> bool:
        """Whether the register has a characteristic at all."""
        return name in self.register.names()

    def values(self, name: str) -> Frame:
        """enrolment_no, value, valid_from, valid_to of a characteristic."""
        rows = self.register.characteristics.filter(nw.col("name") == name)
        numbers = self.register.enrolments.select(ENROLMENT, NUMBER)
        return rows.join(numbers, on=ENROLMENT, how="inner").select(NUMBER, "value", "valid_from", "valid_to")

    def born_in(self, days: DateRange) -> Frame:
        """enrolment_no of those born on these days."""
        last = (days.end or date.max).isoformat()
        inside = (nw.col("value") >= days.start.isoformat()) & (nw.col("value") <= last)
        return self.births.filter(inside).select(NUMBER)


Clause = Callable[[_Facts, str], LeftOut]


def _over(numbers: Frame, span: DateRange) -> Frame:
    """The same days of these enrolments."""
    first, last = nw.lit(span.start, nw.Date), nw.lit(span.end, nw.Date)
    return numbers.select(NUMBER).with_columns(valid_from=first, valid_to=last).select(*_LEFT_OUT)


def _none() -> Frame:
    return frame_of({name: [] for name in _LEFT_OUT}, _LEFT_OUT)


def _joined(frames: Iterable[Frame]) -> Frame:
    return nw.concat([_none(), *frames])


def _unjudged(setting: str, reason: str) -> LeftOut:
    return LeftOut(frame=_none(), not_checked=NotChecked(setting=setting, reason=reason))


def _in_part(setting: str, numbers: Frame, reason: str) -> NotChecked | None:
    if numbers.is_empty():
        return None
    return NotChecked(setting=setting, reason=reason, enrolments=len(numbers))


def ages(facts: _Facts, choice: str) -> LeftOut:
    """Leave out, a school year at a time, whoever was not of compulsory age at its start (``ages-counted``)."""
    if not facts.has(_BIRTH):
        return _unjudged("ages-counted", _NO_BIRTH)
    age = load_census().compulsory_age
    left = [
        _over(facts.births.join(facts.born_in(age.born(year)), on=NUMBER, how="anti"), year.span)
        for year in facts.years
    ]
    return LeftOut(frame=_joined(left), not_checked=_in_part("ages-counted", facts.without_birth, _SOME_WITHOUT))


def boarders(facts: _Facts, choice: str) -> LeftOut:
    """Leave out who boards, on the days on which they do (``boarders``)."""
    if not facts.has("boarder"):
        return _unjudged("boarders", "the register has no boarder")
    return LeftOut(frame=facts.boarders)


def small_schools(facts: _Facts, choice: str) -> LeftOut:
    """Leave out, a school year at a time, schools with too few enrolments of compulsory age (``small-schools``)."""
    if not facts.has(_BIRTH):
        return _unjudged("small-schools", _NO_BIRTH)
    census = load_census()
    least = census.small_school.fewer_than
    schools = facts.register.enrolments.select(NUMBER, SCHOOL)
    left, doubtful = [], []
    for year in facts.years:
        here = facts.on_roll.filter(nw.col("year") == year.begins).select(NUMBER).join(schools, on=NUMBER, how="inner")
        boarding = facts.boarders.filter(
            nw.col("valid_from") <= nw.lit(year.span.end, nw.Date),
            nw.col("valid_to") >= nw.lit(year.span.start, nw.Date),
        )
        day_pupils = here.join(boarding, on=NUMBER, how="anti")
        counted = dict(_sizes(day_pupils.join(facts.born_in(census.compulsory_age.born(year)), on=NUMBER, how="semi")))
        unknown = dict(_sizes(day_pupils.join(facts.without_birth, on=NUMBER, how="semi")))
        sizes = {
            school: (counted.get(school, 0), counted.get(school, 0) + unknown.get(school, 0))
            for school in sorted(set(here[SCHOOL].to_list()))
        }
        small = [school for school, (_, perhaps) in sizes.items() if perhaps < least]
        open_ = [school for school, (sure, perhaps) in sizes.items() if sure < least <= perhaps]
        left.append(_over(schools.filter(nw.col(SCHOOL).is_in(small)), year.span))
        doubtful.append(here.filter(nw.col(SCHOOL).is_in(open_)).select(NUMBER))
    reason = f"without every {_BIRTH} it is not known whether a school has six such enrolments, and it is kept"
    kept = nw.concat(doubtful).unique() if doubtful else _none()
    return LeftOut(frame=_joined(left), not_checked=_in_part("small-schools", kept, reason))


def _sizes(numbers: Frame) -> Iterable[tuple[str, int]]:
    return numbers.group_by(SCHOOL).agg(nw.len().alias("__n")).iter_rows()


def late_joiners(facts: _Facts, choice: str) -> LeftOut:
    """Leave out the rest of the school year of enrolments that began in its last half term (``late-joiners``)."""
    half = load_census().second_half_summer
    enrolments = facts.register.enrolments.select(NUMBER, SCHOOL, PUPIL, "start", "end", "start_inferred")
    earlier = enrolments.select(SCHOOL, PUPIL, nw.col("start").alias("__start"), nw.col("end").alias("__end"))
    left, doubtful = [], []
    for year in facts.years:
        days = half.of(year)
        joined = enrolments.filter(nw.col("start") >= days.start, nw.col("start") <= days.end)
        before = joined.join(earlier, on=[SCHOOL, PUPIL], how="inner").filter(
            nw.col("__start") < nw.col("start"), nw.col("__end") >= nw.lit(year.span.start, nw.Date)
        )
        new = joined.join(before.select(NUMBER).unique(), on=NUMBER, how="anti")
        left.append(_over(new.filter(~nw.col("start_inferred")), days))
        doubtful.append(new.filter(nw.col("start_inferred")).select(NUMBER))
    reason = "some enrolments have no start but their first mark, in the second half of summer, and are kept"
    kept = nw.concat(doubtful) if doubtful else _none()
    return LeftOut(frame=_joined(left), not_checked=_in_part("late-joiners", kept, reason))


def second_half_summer(facts: _Facts, choice: str) -> LeftOut:
    """Leave out the last half term: of the oldest, or of everybody (``second-half-summer``)."""
    census = load_census()
    halves = {year: census.second_half_summer.of(year) for year in facts.years}
    if choice == "left-out":
        everybody = facts.register.enrolments
        return LeftOut(frame=_joined(_over(everybody, days) for days in halves.values()))
    if choice == "year-11-left-out":
        if not facts.has("year_group"):
            return _unjudged("second-half-summer", "the register has no year_group")
        rows = facts.values("year_group").filter(nw.col("value") == census.oldest_year_group.value)
        return LeftOut(frame=_joined(_both(rows, days) for days in halves.values()))
    if not facts.has(_BIRTH):
        return _unjudged("second-half-summer", _NO_BIRTH)
    age = census.compulsory_age
    left = [_over(facts.born_in(age.born_at(year, age.oldest, age.oldest)), days) for year, days in halves.items()]
    return LeftOut(frame=_joined(left), not_checked=_in_part("second-half-summer", facts.without_birth, _SOME_WITHOUT))


def _both(rows: Frame, days: DateRange) -> Frame:
    """The part of each interval that lies in these days."""
    first, last = nw.lit(days.start, nw.Date), nw.lit(days.end, nw.Date)
    inside = rows.filter(nw.col("valid_from") <= last, nw.col("valid_to") >= first)
    begins = nw.when(nw.col("valid_from") > first).then(nw.col("valid_from")).otherwise(first)
    ends = nw.when(nw.col("valid_to") < last).then(nw.col("valid_to")).otherwise(last)
    return inside.select(NUMBER, valid_from=begins, valid_to=ends)


#: Setting to what it does, in the order in which differences between profiles are explained.
CLAUSES: dict[str, Clause] = {
    "ages-counted": ages,
    "boarders": boarders,
    "small-schools": small_schools,
    "late-joiners": late_joiners,
    "second-half-summer": second_half_summer,
}


def active(profile: Profile) -> tuple[tuple[str, str], ...]:
    """Return the clauses that a profile switches on, with their choices."""
    settings, chosen = load_settings(), dict(profile.settings)
    return tuple((name, chosen[name]) for name in CLAUSES if chosen[name] != settings[name].default)


def without_clauses(profile: Profile) -> Profile:
    """Return a profile that leaves nobody out, its other choices kept: rules are asked of every mark."""
    kept = tuple(
        (name, load_settings()[name].default if name in CLAUSES else choice) for name, choice in profile.settings
    )
    return evolve(profile, settings=kept)


def unchecked(profile: Profile, reason: str) -> tuple[NotChecked, ...]:
    """Say of every clause of a profile that it is not applied: for lessons and counts, which no clause can judge."""
    return tuple(NotChecked(setting=name, reason=reason) for name, _ in active(profile))


@define(kw_only=True, eq=False)
class Scope:
    """What a profile leaves out of a register; nothing is worked out before it is asked for.

    Attributes:
        register: The checked register.
        profile: Whose clauses hold.
        known: Setting and choice to what it leaves out of this register, shared by scopes of several profiles.
    """

    register: Register
    profile: Profile
    known: dict[tuple[str, str], LeftOut] = field(factory=dict, repr=False)

    @cached_property
    def clauses(self) -> dict[str, LeftOut]:
        """Each clause that is switched on, with what it leaves out."""
        facts = _Facts(register=self.register)
        for clause in active(self.profile):
            if clause not in self.known:
                self.known[clause] = CLAUSES[clause[0]](facts, clause[1])
        return {name: self.known[name, choice] for name, choice in active(self.profile)}

    @property
    def felt(self) -> tuple[tuple[str, str], ...]:
        """The clauses, with their choices, that leave somebody out here."""
        return tuple(clause for clause in active(self.profile) if not self.clauses[clause[0]].frame.is_empty())

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """What could not be judged."""
        return tuple(one.not_checked for one in self.clauses.values() if one.not_checked is not None)

    @cached_property
    def counted(self) -> Register:
        """The register without what is left out; the register itself where nothing is."""
        found = [left.frame for left in self.clauses.values() if not left.frame.is_empty()]
        if not found:
            return self.register
        left = nw.concat(found).unique()
        days = sorted(self.register.slots[DATE].unique().to_list())
        turning = sorted({*left["valid_from"].unique().to_list(), *after(left["valid_to"].unique().to_list())})
        eras = [bisect_right(turning, day) for day in days]
        by_date = frame_of({DATE: days, "__era": eras}, {DATE: nw.Date, "__era": nw.Int64})
        spans = by_date.group_by("__era").agg(nw.col(DATE).min().alias("__first"))
        size = len(turning) + 1
        # Enrolment and era as one whole number: one key to leave rows out by, on any engine.
        place = nw.col(NUMBER).cast(nw.Int64) * size + nw.col("__era")
        pairs = (
            left.join(spans, how="cross")
            .filter(nw.col("valid_from") <= nw.col("__first"), nw.col("valid_to") >= nw.col("__first"))
            .select(__place=place)
            .unique()
        )
        marks = self.register.marks
        names = marks.collect_schema().names()
        kept = (
            marks.join(beside(by_date, marks), on=DATE, how="inner")
            .with_columns(__place=place)
            .join(beside(pairs, marks), on="__place", how="anti")
            .select(names)
        )
        return evolve(self.register, marks=kept, slots=slot_tally(kept))
