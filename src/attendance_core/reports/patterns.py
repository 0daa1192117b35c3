"""Sections about time and kind: trend, reasons, the week, spells, punctuality."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import WEEKDAYS, DateRange
from attendance_core.errors import CodebookError, FigureIdError
from attendance_core.measures.definitions import get_measure, load_measures
from attendance_core.measures.periods import last_year, named, weeks
from attendance_core.measures.tallies import TALLY_COLUMNS
from attendance_core.measures.totals import Totals
from attendance_core.model.figures import ComparisonKind, Figure
from attendance_core.model.marks import CODE, SESSION, SESSIONS, STAT
from attendance_core.model.reports import (
    Block,
    Cell,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    FigureTable,
    OutlineSection,
    Paragraph,
    Series,
    Table,
)
from attendance_core.reports.material import Material
from attendance_core.reports.words import day, days, decimal, number_of


def _named_figure(material: Material, measure: str, period: DateRange, title: str) -> Figure:
    """Everybody's figure for a part of the period, against the same weeks of last year."""
    definition, _ = get_measure(measure)
    analysis = material.analysis
    figure = material.over(period).figure(definition, analysis.id(measure, "all", period), analysis.rules, title=title)
    before = last_year(analysis.register, period)
    totals = material.over(before) if before else None
    if totals is not None and not totals["possible"]:
        totals, before = None, None
    return material.finished(material.comparer.compare(figure, before=totals, before_period=before, areas=False))


def _last_year_value(figure: Figure) -> float | None:
    """The same weeks' value of last year; a target that stands beside the figure is something else."""
    return next((item.value for item in figure.comparisons if item.kind is ComparisonKind.LAST_YEAR), None)


def trend(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Attendance by week, half term and term, beside the same weeks of last year."""
    register = material.analysis.register
    blocks: list[Block] = []
    for measure in section.measures or ("attendance",):
        name = get_measure(measure)[0].title
        weekly = [
            (week, _named_figure(material, measure, week, f"{name}, week of {day(week.start)}"))
            for week in weeks(register, material.period)
        ]
        weekly = [(week, figure) for week, figure in weekly if figure.denominator]
        labels = tuple(week.start.isoformat() for week, _ in weekly)
        current = tuple(figure.value for _, figure in weekly)
        earlier = tuple(_last_year_value(figure) for _, figure in weekly)
        series = [Series(name="This year", values=current, figures=tuple(figure.key for _, figure in weekly))]
        if any(value is not None for value in earlier):
            series.append(Series(name="Same weeks last year", values=earlier))
        if weekly:
            known = [(figure.value, week.start) for week, figure in weekly if figure.value is not None]
            low, high = min(known), max(known)
            blocks.append(
                Chart(
                    id=f"{measure}-by-week",
                    title=f"{name} by week",
                    kind=ChartKind.LINE,
                    categories=labels,
                    series=tuple(series),
                    category_title="Week beginning",
                    value_title="Percent",
                    text=f"{name} by week: lowest {decimal(low[0])} % in the week of {day(low[1])}, highest "
                    f"{decimal(high[0])} % in the week of {day(high[1])}, {decimal(known[-1][0])} % in the last "
                    f"({day(known[-1][1])}).",
                )
            )
        for column, title in (("term", "term"), ("half_term", "half term")):
            parts = [
                (label.title(), _named_figure(material, measure, period, f"{name}, {label}"))
                for label, period in named(register, column, material.period)
            ]
            if parts:
                blocks.append(
                    FigureTable(
                        title=f"{name} by {title}",
                        figures=tuple(figure for _, figure in parts),
                        labels=tuple(f"{label} ({days(figure.id.period)})" for label, figure in parts),
                        caption="Inferred from the marks, since no calendar was given."
                        if register.calendars.inferred
                        else "",
                    )
                )
        if weekly:
            blocks.append(
                FigureTable(
                    title=f"{name} by week",
                    figures=tuple(figure for _, figure in weekly),
                    labels=tuple(f"Week of {day(week.start)}" for week, _ in weekly),
                )
            )
    return tuple(blocks)


def _describe(material: Material, code: str, on: date) -> str:
    for book in material.analysis.register.codebooks:
        try:
            return book.at(code, on).description
        except CodebookError as error:
            if error.code == "code-revoked":
                return book.get(code).versions[-1].description
    return ""


def reasons(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Every code in the period: absences and activities as rates, the rest as counts."""
    analysis = material.analysis
    definition = load_measures()["reason"]
    table = analysis.codes()
    everybody = material.over(material.period)
    before = material.last_year
    totals_before = material.over(before) if before else None
    earlier: dict[str, int] = {}
    if before is not None:
        earlier = dict(analysis.codes(before).group_by(CODE).agg(nw.col("marks").sum()).iter_rows())
    figures: list[Figure] = []
    labels: list[str] = []
    others: list[tuple[Cell, ...]] = []
    by_code: dict[str, tuple[str, int]] = {}
    for code, stat, marks in table.select(CODE, STAT, "marks").iter_rows():
        known = by_code.get(code, (stat, 0))
        by_code[code] = (known[0], known[1] + marks)
    last = material.period.end or analysis.register.as_of
    for code, (stat, marks) in by_code.items():
        text = _describe(material, code, last)
        if stat in ("not-possible", "administrative") or (
            stat == "covid-not-attending" and not analysis.rules.covid_possible
        ):
            others.append((code, text, stat.replace("-", " "), marks))
            continue
        id = analysis.id(f"reason.{code}")
        figure = everybody.figure(definition, id, analysis.rules, title=f"Code {code}", code_sessions=marks)
        past = None
        if totals_before is not None and totals_before["possible"]:
            past = totals_before.figure(definition, id, analysis.rules, code_sessions=int(earlier.get(code, 0)))
        figures.append(material.finished(material.comparer.compare(figure, before_value=past, areas=False)))
        labels.append(f"{code}  {text}" if text else code)
    blocks: list[Block] = []
    absent = [
        (label, figure)
        for label, figure in zip(labels, figures, strict=True)
        if by_code[figure.id.measure.removeprefix("reason.")][0] in ("authorised", "unauthorised", "unclassified")
    ]
    if absent:
        blocks.append(
            Chart(
                id="reasons",
                title="Absence by code",
                kind=ChartKind.BAR,
                categories=tuple(figure.id.measure.removeprefix("reason.") for _, figure in absent),
                series=(
                    Series(
                        name="Percent of possible sessions",
                        values=tuple(figure.value for _, figure in absent),
                        figures=tuple(figure.key for _, figure in absent),
                    ),
                ),
                category_title="Code",
                value_title="Percent of possible sessions",
                text="Absence by code, most first: "
                + "; ".join(f"{label.rstrip('.')}: {decimal(figure.value or 0)} %" for label, figure in absent[:5])
                + ".",
            )
        )
    blocks.append(
        FigureTable(
            title="Sessions by code",
            figures=tuple(figures),
            labels=tuple(labels),
            caption="Out of possible sessions, each read under the codes of its own day.",
            partition=True,
        )
    )
    if others:
        blocks.append(
            Table(
                id="codes-not-possible",
                title="Codes that count in no rate",
                columns=(
                    Column(key="code", title="Code"),
                    Column(key="meaning", title="Meaning"),
                    Column(key="group", title="Group"),
                    Column(key="sessions", title="Sessions", kind=ColumnKind.INTEGER),
                ),
                rows=tuple(others),
            )
        )
    return tuple(blocks)


def heatmap(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Attendance by weekday and session."""
    analysis = material.analysis
    definition, _ = get_measure("attendance")
    cells: dict[tuple[int, str], Figure] = {}
    past: dict[tuple[int, str], Totals] = {}
    if material.last_year is not None:
        for row in analysis.week_slots(material.last_year).rows(named=True):
            past[row["weekday"], row[SESSION]] = Totals(values={name: int(row[name]) for name in TALLY_COLUMNS})
    for row in analysis.week_slots().rows(named=True):
        totals = Totals(values={name: int(row[name]) for name in TALLY_COLUMNS})
        slot = f"{WEEKDAYS[row['weekday']]}-{row[SESSION]}"
        figure = totals.figure(
            definition, analysis.id("attendance", slot=slot), analysis.rules, title=slot.replace("-", " ")
        )
        if figure.value is not None:
            compared = material.comparer.compare(figure, before=past.get((row["weekday"], row[SESSION])), areas=False)
            cells[row["weekday"], row[SESSION]] = material.finished(compared)
    days = sorted({day for day, _ in cells})
    if not days:
        return (Paragraph(text="No session was possible in the period."),)
    ranked = sorted(cells.values(), key=lambda figure: figure.value or 0)
    return (
        Chart(
            id="week",
            title="Attendance by weekday and session",
            kind=ChartKind.HEATMAP,
            categories=tuple(WEEKDAYS[day] for day in days),
            series=tuple(
                Series(
                    name=session,
                    values=tuple(cells[day, session].value if (day, session) in cells else None for day in days),
                    figures=tuple(cells[day, session].key if (day, session) in cells else "" for day in days),
                )
                for session in SESSIONS
            ),
            category_title="Weekday",
            value_title="Attendance, percent",
            text=f"Lowest on {ranked[0].title} ({decimal(ranked[0].value or 0)} %), highest on {ranked[-1].title} "
            f"({decimal(ranked[-1].value or 0)} %).",
        ),
        FigureTable(
            title="Attendance by weekday and session",
            figures=tuple(cells.values()),
            labels=tuple(figure.title for figure in cells.values()),
        ),
    )


def spells(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Spells of absence: how many, how long."""
    analysis = material.analysis
    found = analysis.spells()
    before = analysis.spells(material.last_year) if material.last_year else None
    figures = []
    for name in ("spells", "long-spells"):
        measure, _ = get_measure(name)

        def counted(frame: Any, name: str = name, at_least: int = measure.at_least) -> Totals:
            return Totals(values={"spells": 0} | {name: len(frame.filter(nw.col("sessions") >= at_least))})

        figure = counted(found).figure(measure, analysis.id(name), analysis.rules)
        past = None
        if before is not None and material.totals_before:
            past = counted(before).figure(measure, figure.id, analysis.rules)
        figures.append(material.finished(material.comparer.compare(figure, before_value=past, areas=False)))
    lengths = (
        (1, 1, "1 session"),
        (2, 2, "1 day"),
        (3, 4, "up to 2 days"),
        (5, 10, "up to 5 days"),
        (11, 20, "up to 10 days"),
        (21, 10_000, "more than 10 days"),
    )
    rows: list[tuple[Cell, ...]] = []
    for low, high, label in lengths:
        part = found.filter(nw.col("sessions") >= low, nw.col("sessions") <= high)
        rows.append((label, len(part), int(part["sessions"].sum() or 0)))
    return (
        FigureTable(title="Spells", figures=tuple(figures), caption=get_measure("spells")[0].definition),
        Table(
            id="spell-lengths",
            title="Spells by length",
            columns=(
                Column(key="length", title="Length"),
                Column(key="spells", title="Spells", kind=ColumnKind.INTEGER),
                Column(key="sessions", title="Absent sessions in them", kind=ColumnKind.INTEGER),
            ),
            rows=tuple(rows),
        ),
    )


def punctuality(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Late before and after the register closed, DfE's late sessions, and minutes where they are given."""
    names = ("late-sessions", "late-before-close", "late-after-close")
    blocks: list[Block] = [
        FigureTable(
            title="Late arrivals",
            figures=tuple(material.figure(name) for name in names),
            caption="L is attendance, U is unauthorised absence; the statistics' late sessions are both.",
        )
    ]
    try:
        figure = material.analysis.figure("minutes-late")
    except FigureIdError:
        blocks.append(Paragraph(text="Minutes late: not available, the register gives none."))
    else:
        found = material.analysis.minutes()
        marks = found[1] if found else 0
        compared = material.finished(material.comparer.compare(figure, areas=False))
        blocks.append(
            FigureTable(
                title="Minutes late",
                figures=(compared,),
                caption=f"Given for {number_of(marks, 'mark')}. No official rule turns minutes into days.",
            )
        )
    return tuple(blocks)
