"""The packs of the weekly cycle: how complete the registers are, cohorts, pupils with reasons, rules, subjects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from importlib import resources
from pathlib import Path

import narwhals.stable.v2 as nw
from attrs import define, field, frozen

from attendance_core.dates import DateRange, week_start
from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml, read_text
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.completeness import completeness
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.model.configuration import School
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.marks import ENROLMENT, NUMBER, PUPIL
from attendance_core.model.reports import (
    Block,
    Cell,
    Column,
    ColumnKind,
    FigureTable,
    Outline,
    OutlineSection,
    Paragraph,
    Provenance,
    Report,
    Section,
    SectionKind,
    Table,
)
from attendance_core.model.weekly import WeeklyCycle, WeeklyPack, WeeklySection
from attendance_core.policy.concerns import Concerns
from attendance_core.register.account import HARMLESS
from attendance_core.reports.concerns import concerns, reasons_by_enrolment
from attendance_core.reports.lessons import lesson_blocks
from attendance_core.reports.material import Material
from attendance_core.reports.pupils import traits_on
from attendance_core.reports.register_section import age_of
from attendance_core.reports.support_lists import due_blocks
from attendance_core.reports.words import day, days, number_of
from attendance_core.support.dues import Dues

_MEASURES = ("attendance", "persistent-absence", "severe-absence")


def load_cycle(path: Path | None = None) -> WeeklyCycle:
    """Return the weekly cycle of a file, or the one that the library ships.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    if path is None:
        shipped = resources.files("attendance_core.reports").joinpath("weekly_packs.toml")
        text, where = shipped.read_text(encoding="utf-8"), "weekly_packs.toml"
    else:
        text, where = read_text(path), path.name
    return structure(parse_toml(text, where=where), WeeklyCycle, where=where)


@frozen(kw_only=True)
class PackScope:
    """Whom one pack is about.

    Attributes:
        name: What its file is called.
        label: What the heading adds; empty for everybody.
        key: The population, as figure ids spell it; empty where it is one of several cohorts.
        numbers: Their enrolment numbers on the last day; None: everybody.
    """

    name: str
    label: str = ""
    key: str = "all"
    numbers: frozenset[int] | None = field(default=None, repr=False)


@define(kw_only=True, eq=False)
class Week:
    """What the packs of one week draw on.

    Attributes:
        year: The analysis of the academic year up to the last day.
        concerns: What the policies in use found.
        school: Who the school is.
        lessons: Lesson marks of the week; None where there are none.
        dues: What is due in support; None: no store is known.
        keys: Enrolment number to whose ledger it is, of pupils on roll on the last day.
        done: Whose ledger to what was last done for that pupil.
    """

    year: Analysis
    concerns: Concerns
    school: School = field(factory=School)
    lessons: LessonAnalysis | None = None
    dues: Dues | None = None
    keys: Mapping[int, PupilKey] = field(factory=dict, repr=False)
    done: Mapping[PupilKey, str] = field(factory=dict, repr=False)

    @property
    def last(self) -> date:
        """The day to which everything speaks."""
        return self.year.period.end or self.year.register.as_of

    @property
    def period(self) -> DateRange:
        """From the Monday of the last day to that day."""
        return DateRange(week_start(self.last), self.last)

    @cached_property
    def before(self) -> DateRange | None:
        """The school week before this one, whole; None at the start of the year."""
        days_before = [one for one in self.year.dates if one < self.period.start]
        if not days_before:
            return None
        monday = week_start(max(days_before))
        return DateRange(monday, monday + timedelta(days=6))

    @cached_property
    def reasons(self) -> dict[int, list[str]]:
        """Enrolment number to why it is to be looked at."""
        return reasons_by_enrolment(self.concerns)

    def scopes(self, pack: WeeklyPack) -> tuple[tuple[PackScope, ...], str]:
        """Return whom the packs of an outline are about, and why there is none where there is none."""
        populations = self.year.populations
        if pack.each:
            if pack.each not in populations.dimensions or not populations.values(pack.each):
                return (), f"the register has no {pack.each}"
            found = []
            for value in populations.values(pack.each):
                key = f"{pack.each}={value}"
                numbers = self._members([key])
                if numbers:
                    title = populations.get(key).title
                    found.append(PackScope(name=f"{pack.id}-{_safe(value)}", label=title, key=key, numbers=numbers))
            return tuple(found), "" if found else f"nobody on roll has a {pack.each}"
        if pack.cohorts:
            known = [key for key in pack.cohorts if populations.get(key).available]
            if not known:
                return (), f"the register cannot tell {', '.join(pack.cohorts)}"
            label = ", ".join(populations.get(key).title for key in known)
            return (PackScope(name=pack.id, label=label, key="", numbers=self._members(known)),), ""
        return (PackScope(name=pack.id),), ""

    def _members(self, keys: Sequence[str]) -> frozenset[int]:
        """Return who belongs to any of some populations on the last day, and is on roll."""
        found: set[int] = set()
        for key in keys:
            who = self.year.populations.get(key)
            holding = who.frame.filter(nw.col("valid_from") <= self.last, nw.col("valid_to") >= self.last)
            found |= set(holding[NUMBER].to_list())
        rolls = self.year.register.enrolments
        return frozenset(
            found & set(rolls.filter(nw.col("start") <= self.last, nw.col("end") >= self.last)[NUMBER].to_list())
        )


def weekly_report(
    week: Week, pack: WeeklyPack, scope: PackScope, provenance: Provenance, notes: tuple[str, ...] = ()
) -> Report | None:
    """Build one pack.

    Args:
        week: What it draws on.
        pack: What it holds, for whom.
        scope: Whom it is about.
        provenance: What it was made from.
        notes: What is missing or degraded, and why.

    Returns:
        The report; None where the pack is about lessons and there are none.
    """
    builders: dict[WeeklySection, Callable[[Week, WeeklyPack, PackScope], tuple[Block, ...]]] = {
        WeeklySection.COMPLETENESS: _completeness,
        WeeklySection.COHORTS: _cohorts,
        WeeklySection.PUPILS: _pupils,
        WeeklySection.RULES: _rules,
        WeeklySection.LESSONS: _lessons,
        WeeklySection.DUE: _due,
    }
    if WeeklySection.LESSONS in pack.sections and week.lessons is None and set(pack.sections) <= _ABOUT_LESSONS:
        return None
    sections = tuple(
        Section(id=kind.value, title=_TITLES[kind], blocks=builders[kind](week, pack, scope))
        for kind in pack.sections
        if kind is not WeeklySection.LESSONS or week.lessons is not None
    )
    name = ": ".join(part for part in (pack.title, week.school.name) if part)
    return Report(
        title=f"{name}, {scope.label}" if scope.label else name,
        subtitle=f"{days(week.period)}, for {pack.audience.title[:1].lower()}{pack.audience.title[1:]}",
        audience=pack.audience.id,
        sections=sections,
        provenance=provenance,
        notes=notes,
    )


_ABOUT_LESSONS = {WeeklySection.COMPLETENESS, WeeklySection.LESSONS}
_TITLES = {
    WeeklySection.COMPLETENESS: "How complete the registers are",
    WeeklySection.COHORTS: "Attendance by cohort",
    WeeklySection.PUPILS: "Pupils to look at, and why",
    WeeklySection.RULES: "What the rules found",
    WeeklySection.LESSONS: "Attendance by subject",
    WeeklySection.DUE: "What is due",
}


def _completeness(week: Week, pack: WeeklyPack, scope: PackScope) -> tuple[Block, ...]:
    register = week.year.register
    account = register.account
    last = account.last_mark
    late = [one for one in register.calendars.dates if last is not None and last < one <= week.last]
    blocks: list[Block] = [Paragraph(text=age_of(account, len(late)))]
    found = completeness(week.year, week.period)
    frame, of = found.frame, "of the school"
    if pack.each == "form" and found.has_forms:
        frame, of = frame.filter(nw.col("form") == scope.key.partition("=")[2]), f"of {scope.label}"
    if register.calendars.inferred:
        blocks.append(
            Paragraph(text="No calendar was given, so a day on which nobody was marked cannot be seen as missing.")
        )
    sums: list[tuple[Cell, ...]] = [
        (one, due, taken, due - taken)
        for one, due, taken in frame.group_by("date").agg(nw.col("due", "taken").sum()).sort("date").iter_rows()
    ]
    missing = sum(int(str(row[3])) for row in sums)
    said = (
        f"{number_of(missing, 'session')} {of} without a mark this week" if missing else f"Every session {of} is marked"
    )
    blocks.append(
        Table(
            id="sessions-due",
            title=said,
            columns=(
                Column(key="date", title="Day", kind=ColumnKind.DATE),
                Column(key="due", title="Sessions due", kind=ColumnKind.INTEGER),
                Column(key="taken", title="Taken", kind=ColumnKind.INTEGER),
                Column(key="missing", title="Missing", kind=ColumnKind.INTEGER),
            ),
            rows=tuple(sums),
            caption="Due by calendar and enrolment. Missing are those without any mark.",
            empty="No session was due this week.",
        )
    )
    if not scope.numbers and missing and found.has_forms:
        by_form = frame.group_by("form").agg(nw.col("due", "taken").sum()).sort("form")
        rows = tuple((form, due - taken) for form, due, taken in by_form.iter_rows() if due > taken)
        columns = (Column(key="form", title="Form"), Column(key="missing", title="Missing", kind=ColumnKind.INTEGER))
        blocks.append(Table(id="missing-by-form", title="Missing by form", columns=columns, rows=rows))
    rejected = sum(count for reason, count in account.reject_counts if reason not in HARMLESS)
    if rejected:
        blocks.append(Paragraph(text=f"{number_of(rejected, 'mark')} could not be read; attendance check lists them."))
    return tuple(blocks)


def _cohorts(week: Week, pack: WeeklyPack, scope: PackScope) -> tuple[Block, ...]:
    populations = week.year.populations
    # Who teaches a group sees what that takes; a sensitive cohort there would be one or two known children.
    open_ones = tuple(name for name, one in populations.cohorts.items() if not (pack.each and one.sensitive))
    named = pack.cohorts or open_ones
    inside = f"+{scope.key}" if scope.key not in ("all", "") else ""
    known = [key for key in named if populations.get(key).available]
    keys = [scope.key or "all", *(f"{key}{inside}" for key in known)]
    labels = {keys[0]: scope.label if scope.key not in ("all", "") else "All pupils"}
    labels |= {f"{key}{inside}": populations.get(key).title for key in known}
    blocks: list[Block] = []
    times = [("This week", week.period), ("The week before", week.before), ("The year so far", week.year.period)]
    for title, period in times:
        if period is not None:
            blocks += _figures(week, keys, labels, title, period)
    if not known:
        blocks.append(Paragraph(text="The register cannot tell any cohort: give a pupils file."))
    return tuple(blocks)


def _figures(
    week: Week, keys: Sequence[str], labels: Mapping[str, str], title: str, period: DateRange
) -> Iterator[FigureTable]:
    from attendance_core.measures.definitions import get_measure

    totals = week.year.totals(keys, period)
    shown = [key for key in keys if key in totals and totals[key]["possible"]]
    # Persistence is judged over time; a week says nothing about it.
    measures = _MEASURES if period == week.year.period else _MEASURES[:1]
    for name in measures if shown else ():
        measure = get_measure(name)[0]
        figures = tuple(totals[key].figure(measure, week.year.id(name, key, period), week.year.rules) for key in shown)
        yield FigureTable(
            title=f"{title}: {measure.title.lower()}",
            figures=figures,
            labels=tuple(labels[key] for key in shown),
            caption=f"{days(period)}.",
        )


def _pupils(week: Week, pack: WeeklyPack, scope: PackScope) -> tuple[Block, ...]:
    listed = [number for number in week.reasons if scope.numbers is None or number in scope.numbers]
    if not listed:
        return (Paragraph(text="No pupil gives a reason for a look under the policies in use."),)
    people = {
        number: (key, pupil)
        for number, key, pupil in week.year.register.enrolments.select(NUMBER, ENROLMENT, PUPIL).iter_rows()
    }
    traits = traits_on(week.year.register, week.last)
    weekly, yearly = (_by_number(week.year, period) for period in (week.period, week.year.period))
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    for number in listed:
        key, pupil = people[number]
        missed, expected = weekly.get(number, (0, 0))
        absent, possible = yearly.get(number, (0, 0))
        rate = 100 * (possible - absent) / possible if possible else None
        cells: tuple[Cell, ...] = (
            pupil,
            traits.get(number, {}).get("year_group", ""),
            traits.get(number, {}).get("form", ""),
            f"{missed} of {expected}",
            rate,
            absent / 2,
            "; ".join(week.reasons[number]),
            week.done.get(week.keys[number], "") if number in week.keys else "",
            str(week.year.id("attendance", f"enrolment={key}")),
        )
        rows.append((rate if rate is not None else 101.0, cells))
    rows.sort(key=lambda item: (item[0], str(item[1][0])))
    columns = (
        Column(key="pupil_id", title="Pupil", personal=True),
        Column(key="year_group", title="Year"),
        Column(key="form", title="Form"),
        Column(key="missed", title="Sessions missed this week"),
        Column(key="attendance", title="Attendance, year so far, %", kind=ColumnKind.PERCENT),
        Column(key="days_lost", title="Days lost", kind=ColumnKind.DAYS),
        Column(key="why", title="Why"),
        Column(key="done", title="Last done"),
        Column(key="figure", title="Figure", kind=ColumnKind.FIGURE, personal=True),
    )
    return (
        Table(
            id="pupils",
            title=number_of(len(rows), "pupil"),
            columns=columns,
            rows=tuple(cells for _, cells in rows),
            caption=f"On roll on {day(week.last)}, the most absent first. The list recommends a look, not a step: a "
            "person decides.",
        ),
    )


def _by_number(analysis: Analysis, period: DateRange) -> dict[int, tuple[int, int]]:
    frame = analysis.enrolments(period)
    return {
        number: (absent, possible)
        for number, absent, possible in frame.select(NUMBER, "absent", "possible").iter_rows()
    }


def _rules(week: Week, pack: WeeklyPack, scope: PackScope) -> tuple[Block, ...]:
    section = OutlineSection(kind=SectionKind.CONCERNS, title=_TITLES[WeeklySection.RULES])
    outline = Outline(id=pack.id, title=pack.title, audience=pack.audience, sections=(section,))
    material = Material(analysis=week.year, outline=outline, school=week.school, concerns=week.concerns)
    return concerns(material, section)[:1]


def _lessons(week: Week, pack: WeeklyPack, scope: PackScope) -> tuple[Block, ...]:
    return () if week.lessons is None else lesson_blocks(week.lessons)


def _due(week: Week, pack: WeeklyPack, scope: PackScope) -> tuple[Block, ...]:
    if week.dues is None:
        return (Paragraph(text="Not checked: no store of support is named."),)
    if scope.numbers is None:
        return due_blocks(week.dues, pack.lists, lambda who: True)
    alone = len(week.year.register.schools) == 1
    mine = {week.keys[number] for number in scope.numbers if number in week.keys}

    def of(who: PupilKey | None) -> bool:
        # A ledger may have been begun with the id of the only school.
        return who is not None and (PupilKey(pupil_id=who.pupil_id) if alone else who) in mine

    return due_blocks(week.dues, pack.lists, of)


def _safe(value: str) -> str:
    """Return a value as part of a file's name."""
    return "".join(one if one.isalnum() else "-" for one in value).strip("-").lower() or "none"
