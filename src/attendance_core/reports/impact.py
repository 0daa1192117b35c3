"""Impact as a document: the verdict first, then everything that it stands on."""

from collections.abc import Sequence

from attendance_core.model.impact import Crossing, Effect, Impact
from attendance_core.model.reports import (
    Audience,
    Block,
    Cell,
    Column,
    ColumnKind,
    Paragraph,
    Provenance,
    Report,
    Section,
    Table,
)
from attendance_core.reports.words import day, decimal, number_of

EVALUATORS = Audience(id="leaders", title="Senior leaders", names_pupils=False, inside=True)
"""Who reads of impact. No pupil is named: only numbers of them."""


def impact_report(
    impacts: Sequence[Impact],
    provenance: Provenance,
    *,
    audience: Audience = EVALUATORS,
    school: str = "",
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the report on whether help helped, before disclosure control.

    Args:
        impacts: Of each programme, plan or cohort.
        provenance: What it was made from.
        audience: Who will read it.
        school: The school's name.
        notes: What is missing, and why.
    """
    opening = Paragraph(
        text="Pupils are chosen for help when their attendance is low, and many rise again whatever is done. So what "
        "counts is not the rise from before to after, but the difference from pupils who had attended alike and had no "
        "help."
    )
    sections = [Section(id="verdicts", title="Verdicts", blocks=(opening, _verdicts(impacts)))]
    sections += [
        Section(id=f"impact-{number}", title=f"{one.part_of}: {one.verdict.value}", blocks=_blocks(one, number))
        for number, one in enumerate(impacts, start=1)
    ]
    return Report(
        title=f"Did it help: {school}" if school else "Did it help",
        subtitle=f"As of {day(provenance.as_of)}, for {audience.title.lower()}",
        audience=audience.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=notes,
    )


def _column(key: str, title: str, kind: ColumnKind = ColumnKind.TEXT) -> Column:
    return Column(key=key, title=title, kind=kind)


def _verdicts(impacts: Sequence[Impact]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.part_of, one.verdict.value, one.helped, one.compared, *_points(one.effect)) for one in impacts
    )
    return Table(
        id="verdicts",
        title="Verdicts",
        columns=(
            _column("part_of", "Help"),
            _column("verdict", "Verdict"),
            _column("helped", "Pupils helped", ColumnKind.INTEGER),
            _column("compared", "Of them compared", ColumnKind.INTEGER),
            _column("difference", "Difference", ColumnKind.POINTS),
            _column("low", "From", ColumnKind.POINTS),
            _column("high", "To", ColumnKind.POINTS),
        ),
        rows=rows,
        caption="Difference in percentage points of attendance from pupils alike without help, with its 95 % interval.",
        empty="No help was given.",
    )


def _points(effect: Effect | None) -> tuple[Cell, ...]:
    return (None, None, None) if effect is None else (effect.points, effect.low, effect.high)


def _blocks(one: Impact, number: int) -> tuple[Block, ...]:
    blocks: list[Block] = [Paragraph(text=one.reason)]
    if one.first is not None and one.last is not None:
        span = day(one.first) if one.first == one.last else f"between {day(one.first)} and {day(one.last)}"
        began = f"Help began on {span}." if one.first == one.last else f"Help began {span}."
        chosen = one.choices
        blocks.append(
            Paragraph(
                text=f"{began} Windows: {chosen.before} sessions before and {chosen.after} after, in whole school "
                f"weeks, up to {day(one.as_of)}; profile {one.profile}."
            )
        )
    if one.effect is not None:
        blocks += [_attended(one, number), _differences(one, one.effect, number)]
    limits = [found for found in (one.persistent, one.severe) if found is not None]
    if limits:
        blocks.append(_limits(limits, number))
    if one.reintegration is not None and one.reintegration.absent_before:
        back = one.reintegration
        blocks.append(
            Paragraph(
                text=f"Of {number_of(back.absent_before, 'helped pupil')} persistently absent before, {back.held} had "
                f"come back and stayed over the last {number_of(back.weeks, 'school week')} of the window; "
                f"{decimal(back.expected)} were to be expected without help."
            )
        )
    if one.scores:
        blocks.append(_scores(one, number))
    if one.cost is not None:
        blocks.append(Paragraph(text=_cost(one)))
    if one.not_compared:
        blocks.append(
            Table(
                id=f"not-compared-{number}",
                title="Helped and not compared",
                columns=(_column("reason", "Why"), _column("pupils", "Pupils", ColumnKind.INTEGER)),
                rows=tuple((left.reason.value, left.enrolments) for left in one.not_compared),
            )
        )
    blocks += [Paragraph(text=note) for note in one.notes]
    return tuple(blocks)


def _attended(one: Impact, number: int) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for title, counted in (("before", one.before), ("after", one.after)):
        if counted is not None:
            rows.append((title, counted.attended, counted.possible, counted.percent))
    rows.append(("after, expected without help", None, None, one.expected))
    rows.append(("before, of those compared with", None, None, one.comparison_before))
    return Table(
        id=f"attended-{number}",
        title="Attendance of the helped",
        columns=(
            _column("window", "Window"),
            _column("attended", "Attended sessions", ColumnKind.INTEGER),
            _column("possible", "Possible sessions", ColumnKind.INTEGER),
            _column("percent", "Attendance, %", ColumnKind.PERCENT),
        ),
        rows=tuple(rows),
    )


def _differences(one: Impact, effect: Effect, number: int) -> Table:
    rows: list[tuple[Cell, ...]] = [
        ("change from before to after", one.naive, None, None, effect.enrolments, None),
        ("change expected without help", one.expected_change, None, None, effect.enrolments, effect.compared),
        ("difference that help may have made", *_points(effect), effect.enrolments, effect.compared),
    ]
    if one.placebo is not None:
        rows.append(("placebo, before any help", *_points(one.placebo), one.placebo.enrolments, one.placebo.compared))
    return Table(
        id=f"differences-{number}",
        title="What changed, and what would have",
        columns=(
            _column("what", "What"),
            _column("points", "Points", ColumnKind.POINTS),
            _column("low", "From", ColumnKind.POINTS),
            _column("high", "To", ColumnKind.POINTS),
            _column("helped", "Pupils helped", ColumnKind.INTEGER),
            _column("compared", "Compared with", ColumnKind.INTEGER),
        ),
        rows=tuple(rows),
        caption="In percentage points of attendance, with 95 % intervals. A placebo should hold zero.",
    )


def _limits(limits: Sequence[Crossing], number: int) -> Table:
    names = {10: "persistent absence, 10 %", 50: "severe absence, 50 %"}
    return Table(
        id=f"limits-{number}",
        title="Over a limit of absence",
        columns=(
            _column("limit", "Limit"),
            _column("before", "Before", ColumnKind.INTEGER),
            _column("left", "Left it", ColumnKind.INTEGER),
            _column("entered", "Came into it", ColumnKind.INTEGER),
            _column("after", "After", ColumnKind.INTEGER),
            _column("expected", "After, expected without help"),
        ),
        rows=tuple(
            (names[one.limit], one.before, one.left, one.entered, one.after, decimal(one.expected)) for one in limits
        ),
        caption="Helped pupils, each over the sessions of a window.",
    )


def _scores(one: Impact, number: int) -> Table:
    return Table(
        id=f"scores-{number}",
        title="What was recorded beside attendance",
        columns=(
            _column("kind", "Of"),
            _column("before", "Mean before"),
            _column("after", "Mean after"),
            _column("pupils", "Pupils with both", ColumnKind.INTEGER),
            _column("rose", "Rose", ColumnKind.INTEGER),
            _column("fell", "Fell", ColumnKind.INTEGER),
        ),
        rows=tuple(
            (
                score.kind.value.replace("-", " "),
                decimal(score.before),
                decimal(score.after),
                score.enrolments,
                score.rose,
                score.fell,
            )
            for score in one.scores
        ),
        caption="On the school's own scales, with nobody to compare with: such scores rise without help as well.",
    )


def _cost(one: Impact) -> str:
    cost = one.cost
    if cost is None:
        return ""
    spent = f"£{cost.total:,.0f} were spent on {number_of(cost.enrolments, 'helped pupil')} whose cost is known"
    if cost.pounds is None:
        return f"{spent}; no session was gained that it could be divided by."
    low = f"£{cost.low:,.2f}" if cost.low is not None else "nothing known"
    high = f"£{cost.high:,.2f}" if cost.high is not None else "no upper end, since gaining none cannot be ruled out"
    return (
        f"{spent}, and {decimal(cost.gained)} sessions were gained within the window: £{cost.pounds:,.2f} for each "
        f"attended session gained (95 % interval {low} to {high})."
    )
