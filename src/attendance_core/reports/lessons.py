"""The lessons section: attendance and lateness by subject and by week."""

from collections.abc import Mapping
from datetime import date

from attrs import evolve

from attendance_core.measures.definitions import get_lesson_measure
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.measures.totals import Totals
from attendance_core.model.figures import Comparison, ComparisonKind, Figure
from attendance_core.model.marks import SUBJECT
from attendance_core.model.reports import Block, Chart, ChartKind, FigureTable, Paragraph, Series

ATTENDANCE, LATENESS = "lesson-attendance", "lesson-lateness"


def lesson_blocks(analysis: LessonAnalysis) -> tuple[Block, ...]:
    """Return the blocks of a section on lessons.

    All lessons first, then subjects by name, each beside the other subjects, then weeks as tables and as a chart.
    Every value of the chart stands in a table too, where disclosure control judges it.
    """
    period = f"{analysis.period.start} to {analysis.period.end}"
    whole = tuple(analysis.figure(measure) for measure in (ATTENDANCE, LATENESS))
    blocks: list[Block] = [
        Paragraph(
            text="Lessons are counted by the pupil: one pupil in one lesson is one. They are no sessions: "
            "no figure of this section enters a statutory figure, and none follows from one."
        ),
        FigureTable(title="All lessons", figures=whole, caption=f"{period}."),
    ]
    if whole[0].value is None:
        blocks.append(Paragraph(text="No lesson of this period was possible, so there is nothing to compare."))
        return tuple(blocks)
    for measure, title in ((ATTENDANCE, "Lesson attendance by subject"), (LATENESS, "Late to lessons by subject")):
        figures = _beside_others(analysis, measure)
        blocks.append(
            FigureTable(
                title=title,
                figures=tuple(figures.values()),
                labels=tuple(figures),
                caption=f"{period}. The comparison is with all other subjects together.",
                partition=True,
            )
        )
    by_week = {measure: analysis.week_figures(measure) for measure in (ATTENDANCE, LATENESS)}
    for measure, title in ((ATTENDANCE, "Lesson attendance by week"), (LATENESS, "Late to lessons by week")):
        blocks.append(
            FigureTable(
                title=title,
                figures=tuple(by_week[measure].values()),
                labels=tuple(monday.isoformat() for monday in by_week[measure]),
                caption="Weeks are named by their Monday and hold the days of the report only.",
                partition=True,
            )
        )
    blocks += [_chart(ATTENDANCE, by_week[ATTENDANCE]), _chart(LATENESS, by_week[LATENESS])]
    if not analysis.lessons.has_minutes:
        blocks.append(Paragraph(text="The marks give no minutes late, so none are added up."))
    return tuple(blocks)


def _beside_others(analysis: LessonAnalysis, measure: str) -> dict[str, Figure]:
    """Hold each subject against all others; where there is one subject only, against none."""
    definition = get_lesson_measure(measure)
    totals = Totals.rows(analysis.by_subject(), SUBJECT)
    columns = {*definition.numerator, *definition.denominator}
    whole = Totals(values={name: sum(one[name] for one in totals.values()) for name in columns})
    figures = analysis.subject_figures(measure)
    if len(figures) == 1:
        return figures
    found = {}
    for subject, figure in figures.items():
        other = whole.minus(totals[subject]).figure(definition, figure.id, analysis.rules)
        known = figure.value is not None and other.value is not None
        comparison = Comparison(
            kind=ComparisonKind.REST,
            label="Other subjects",
            value=other.value,
            difference=(figure.value or 0.0) - (other.value or 0.0) if known else None,
            source="these lessons",
        )
        found[subject] = evolve(figure, comparisons=(comparison,))
    return found


def _chart(measure: str, weeks: Mapping[date, Figure]) -> Chart:
    definition = get_lesson_measure(measure)
    figures = tuple(weeks.values())
    return Chart(
        id=f"{measure}-weeks",
        title=f"{definition.title} by week",
        kind=ChartKind.LINE,
        categories=tuple(monday.isoformat() for monday in weeks),
        series=(
            Series(
                name=definition.title,
                values=tuple(figure.value for figure in figures),
                figures=tuple(figure.key for figure in figures),
            ),
        ),
        category_title="Week beginning",
        value_title="Percent of possible lessons",
        text=_words(definition.title, weeks),
    )


def _words(title: str, weeks: Mapping[date, Figure]) -> str:
    """Say what the line shows: its first and last week, its lowest and highest."""
    known = [(monday, figure.value) for monday, figure in weeks.items() if figure.value is not None]
    if not known:
        return f"{title}: no week has a possible lesson."
    if len(known) == 1:
        return f"{title}: {known[0][1]:.1f} % in the week of {known[0][0]}, the only one with possible lessons."
    low, high = min(known, key=lambda one: one[1]), max(known, key=lambda one: one[1])
    if low[1] == high[1]:
        return f"{title}: {low[1]:.1f} % in every week from that of {known[0][0]} to that of {known[-1][0]}."
    return (
        f"{title} went from {known[0][1]:.1f} % in the week of {known[0][0]} to {known[-1][1]:.1f} % in the week of "
        f"{known[-1][0]}; lowest {low[1]:.1f} % ({low[0]}), highest {high[1]:.1f} % ({high[0]})."
    )
