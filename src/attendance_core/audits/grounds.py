"""Grounds: what indicators are asked of, and the questions that several kinds share."""

from collections.abc import Iterable
from datetime import date, timedelta

import narwhals.stable.v2 as nw
from attrs import define, field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.measures.periods import whole_year_to
from attendance_core.model.audits import Audit
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.checks import CheckResult
from attendance_core.model.concerns import ConcernId
from attendance_core.model.indicators import Indicator, RecordChoice, When, Who
from attendance_core.model.marks import ENROLMENT, NUMBER
from attendance_core.model.outcomes import Outcome
from attendance_core.model.plan_rows import Rhythm
from attendance_core.model.side_records import CLOSED, SIDE_STATES, SideRecord
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.facts import Facts


class MissingGroundsError(Exception):
    """An indicator cannot be asked: something is missing. Never leaves the audits layer."""


def lacking(records: Iterable[str]) -> str:
    """Name kinds of side record."""
    return f"side records: {', '.join(records)}"


@frozen(kw_only=True)
class Entry:
    """One side record, its days made out.

    Attributes:
        enrolment: Whose it is; empty: the school's.
        kind: What kind of record it is.
        state: How it stands.
        first: The day on which it was made, or from which it holds; None: not known.
        last: The last day on which it holds; None: still open.
        ends: The day on which it ends, as it says.
        spans: It covers days, and was not only made on one.
    """

    enrolment: str = field(repr=False)
    kind: str
    state: str
    first: date | None
    last: date | None
    ends: date | None
    spans: bool


@define(kw_only=True, eq=False)
class Grounds:
    """What indicators are asked of.

    Attributes:
        facts: The register with its side records, on the day asked about.
        concerns: What policies found.
        checks: What the register check found; None: it was not asked.
        releases: Published figures, best first.
        phase: The phase of school to compare with; empty: not known.
        audit: The audit whose actions count.
    """

    facts: Facts
    concerns: Concerns
    checks: tuple[CheckResult, ...] | None = field(default=None, repr=False)
    releases: tuple[BenchmarkRelease, ...] = field(default=(), repr=False)
    phase: str = ""
    audit: Audit | None = field(default=None, repr=False)
    _entries: dict[str, tuple[Entry, ...]] = field(factory=dict, repr=False)

    @property
    def as_of(self) -> date:
        """The day asked about."""
        return self.facts.as_of

    @property
    def period(self) -> DateRange:
        """The academic year so far, from its first school day."""
        return whole_year_to(self.facts.register, None, self.as_of)

    # -- side records

    def entries(self, record: str) -> tuple[Entry, ...]:
        """Return the side records of a kind that was given, made by the day asked about; withdrawn ones left out."""
        if record not in self._entries:
            frame = self.facts.side[record]
            rows = frame.select(ENROLMENT, "kind", "state", "on", "start", "end").iter_rows()
            # A notice is of the day on which it was issued; its start and end are those of the sessions counted for it.
            dated = record == SideRecord.NOTICES
            found = [
                Entry(
                    enrolment=who or "",
                    kind=kind or "",
                    state=state or "",
                    first=on if dated else start or on,
                    last=on if dated or not start else end,
                    ends=end,
                    spans=start is not None and not dated,
                )
                for who, kind, state, on, start, end in rows
            ]
            self._entries[record] = tuple(
                one for one in found if one.state != "withdrawn" and (one.first is None or one.first <= self.as_of)
            )
        return self._entries[record]

    def chosen(self, choice: RecordChoice) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """Return the records that a choice takes, and what is missing: kinds of record, or the meaning of a state.

        Raises:
            MissingGroundsError: If all of them are missing.
        """
        found: list[Entry] = []
        missing: list[str] = []
        given = [record for record in choice.records if record.value in self.facts.side]
        if not given:
            raise MissingGroundsError(lacking(record.value for record in choice.records))
        for record in choice.records:
            if record not in given:
                missing.append(record.value)
                continue
            held = [one for one in self.entries(record.value) if self._holds(choice, one)]
            counts = [choice.takes(record, one.state) for one in held]
            found += [one for one, takes in zip(held, counts, strict=True) if takes]
            if None in counts:
                done, not_done = SIDE_STATES[record]
                words = ", ".join(sorted(done | not_done))
                missing.append(f"{record.value} ({counts.count(None)} of a state that is none of {words})")
        return tuple(found), tuple(missing)

    def _holds(self, choice: RecordChoice, one: Entry) -> bool:
        if choice.kinds and one.kind not in choice.kinds:
            return False
        if one.kind in choice.without:
            return False
        if choice.when is When.LIVE:
            return one.spans and one.state != CLOSED and (one.last is None or one.last >= self.as_of)
        if choice.when is When.BEFORE:
            return one.first is not None
        if choice.when is When.RECENT:
            return one.first is not None and one.first > self.as_of - timedelta(days=choice.days)
        reaches = one.last if not one.spans else (one.last or self.as_of)
        return one.first is not None and (reaches or one.first) >= self.facts.year.start

    # -- pupils

    @property
    def on_roll(self) -> frozenset[str]:
        """Enrolments that hold on the day asked about."""
        frame = self.facts.register.enrolments
        held = frame.filter(nw.col("start") <= self.as_of, nw.col("end") >= self.as_of)
        return frozenset(held[ENROLMENT].to_list())

    def group(self, indicator: Indicator) -> dict[str, tuple[date | None, str]]:
        """Return the enrolments asked about: each with the day that put it there, and the concern that did.

        Raises:
            MissingGroundsError: If that cannot be told.
        """
        if indicator.concern:
            return self._concerned(indicator.concern)
        if indicator.cohort:
            who = self.facts.analysis.populations.get(indicator.cohort)
            if not who.available:
                raise MissingGroundsError(f"in the pupils file: {', '.join(who.missing)}")
            now = nw.col("valid_from") <= self.as_of, nw.col("valid_to") >= self.as_of
            return self._named(who.frame.filter(*now)[NUMBER].to_list())
        if indicator.among:
            entries, missing = self.chosen(indicator.among)
            if missing:
                raise MissingGroundsError(lacking(missing))
            found: dict[str, tuple[date | None, str]] = {}
            for one in sorted(entries, key=lambda one: one.first or date.min):
                found.setdefault(one.enrolment, (one.first, ""))
            return {key: day for key, day in found.items() if key in self.on_roll}
        return self._arrived() if indicator.who is Who.ARRIVALS else self._returned(indicator.sessions)

    def _named(self, numbers: Iterable[int]) -> dict[str, tuple[date | None, str]]:
        frame = self.facts.register.enrolments
        known = frame.filter(nw.col(NUMBER).is_in(sorted(set(numbers))))[ENROLMENT].to_list()
        return {key: (None, "") for key in sorted(known) if key in self.on_roll}

    def _concerned(self, name: str) -> dict[str, tuple[date | None, str]]:
        policy, _, rule = name.partition("/")
        result = next((one for one in self.concerns.results if (one.policy.id, one.rule.id) == (policy, rule)), None)
        if result is None:
            raise MissingGroundsError(f"the policy {policy}, which was not asked")
        if result.outcome is Outcome.ERROR:
            raise MissingGroundsError(f"the rule {name}, which failed")
        if result.outcome is Outcome.NOT_CHECKED:
            raise MissingGroundsError(", ".join(result.missing) or f"what the rule {name} needs")
        if result.outcome is Outcome.NOT_APPLICABLE:
            raise MissingGroundsError(f"the rule {name} on {self.as_of}: it is not in force")
        open_now = result.frame.filter(nw.col("open"))
        people = self.facts.register.enrolments.select(NUMBER, ENROLMENT)
        rows = open_now.join(people, on=NUMBER, how="inner").select(ENROLMENT, "version", "start", "met_on")
        found: dict[str, tuple[date | None, str]] = {}
        for key, version, start, met_on in rows.sort(ENROLMENT, "start").iter_rows():
            if key in self.on_roll:
                id = ConcernId(policy=policy, version=version, rule=rule, enrolment=key, start=start)
                found[key] = (met_on, str(id))
        return found

    def _arrived(self) -> dict[str, tuple[date | None, str]]:
        facts = self.facts
        rows = facts.school_of.join(facts.register.enrolments.select(NUMBER, ENROLMENT), on=NUMBER, how="inner")
        first = {school: facts.first_school_day(school) for school in facts.register.calendars.schools}
        found: dict[str, tuple[date | None, str]] = {}
        for key, school, start in rows.select(ENROLMENT, "school_id", "start").iter_rows():
            begins = first.get(str(school))
            if begins is not None and begins < start <= self.as_of and key in self.on_roll:
                found[key] = (start, "")
        return found

    def _returned(self, sessions: int) -> dict[str, tuple[date | None, str]]:
        """Return who was away for so many sessions running, and is back: the spell ended before the last open day."""
        facts = self.facts
        spells = facts.analysis.spells(DateRange(facts.year.start, self.as_of))
        newest = max((day for day in facts.analysis.dates if day <= self.as_of), default=self.as_of)
        long = spells.filter(nw.col("sessions") >= sessions, nw.col("end") < newest)
        people = facts.register.enrolments.select(NUMBER, ENROLMENT)
        rows = long.join(people, on=NUMBER, how="inner").select(ENROLMENT, "end").sort("end")
        return {key: (end, "") for key, end in rows.iter_rows() if key in self.on_roll}

    # -- time

    def periods(self, every: Rhythm) -> tuple[DateRange, ...]:
        """Return the stretches of the academic year, by a rhythm, that are over; a year is taken as it stands.

        A calendar that was worked out from marks does not say whether its last term or half term goes on.
        """
        facts = self.facts
        frame = facts.register.calendars.frame
        inside = frame.filter(nw.col("date") >= facts.year.start, nw.col("date") <= self._year_end)
        if every is Rhythm.ANNUAL:
            return (facts.year,)
        if every in (Rhythm.HALF_TERMLY, Rhythm.TERMLY):
            name = "half_term" if every is Rhythm.HALF_TERMLY else "term"
            spans = inside.group_by(name).agg(first=nw.col("date").min(), last=nw.col("date").max())
            found = sorted((first, last) for first, last in spans.select("first", "last").iter_rows())
            found = found[:-1] if facts.register.calendars.inferred else found
        else:
            weeks = sorted({day - timedelta(days=day.weekday()) for day in inside["date"].unique().to_list()})
            size = {Rhythm.WEEKLY: 1, Rhythm.FORTNIGHTLY: 2, Rhythm.EVERY_3_TO_4_WEEKS: 4}.get(every, 1)
            groups = [weeks[at : at + size] for at in range(0, len(weeks), size)]
            found = [(group[0], group[-1] + timedelta(days=6)) for group in groups if len(group) == size]
        return tuple(DateRange(first, last) for first, last in found if last <= self.as_of)

    @property
    def year_over(self) -> bool:
        """Whether the academic year has no school day left."""
        if self.as_of == self._year_end:
            return True
        schools = self.facts.register.calendars.schools
        return all(
            self.facts.reaches_year_end(school) and not self.facts.sessions_left(school, self._year_end)
            for school in schools
        )

    @property
    def _year_end(self) -> date:
        return AcademicYear.of(self.as_of).span.end or self.as_of
