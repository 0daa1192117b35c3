"""Disclosure control: from a report to a view that is safe for one audience. Applied last; fails closed.

- An audience that names no pupils gets no table with a personal column and nothing about one enrolment.
- For an audience outside the school, small numbers are suppressed, with whatever would give them away (see
  `suppression`); cohorts marked sensitive are withheld altogether, and so are comparisons with the rest, and with last
  year for anything but the whole school, since no counts say how few may stand behind them. Sentences that speak of
  numbers are left out, but for the outline's own openings.
- An audience that nobody defined is the strictest.
"""

from collections.abc import Collection

from attrs import evolve

from attendance_core.errors import FigureIdError
from attendance_core.model.figures import ComparisonKind, Figure, FigureId
from attendance_core.model.reports import (
    Audience,
    Block,
    Chart,
    ColumnKind,
    FigureTable,
    Paragraph,
    Report,
    Series,
    Table,
    View,
)
from attendance_core.reports.suppression import SMALLEST, Suppression, parts_of
from attendance_core.reports.words import sentence

__all__ = ["SMALLEST", "STRICTEST", "make_view"]

STRICTEST = Audience(id="unknown", title="Unknown audience", names_pupils=False, inside=False)

#: Tables that hold definitions and no numbers of pupils: all others stay inside the school.
_SAFE_TABLES = frozenset({"measures", "settings", "comparators", "cohorts-not-available"})


def make_view(
    report: Report,
    audience: Audience | None,
    *,
    sensitive: frozenset[str] = frozenset(),
    openings: Collection[str] = (),
) -> View:
    """Make a report safe for an audience.

    Args:
        report: The whole report.
        audience: Who will read it; None: nobody knows, so the strictest rules hold.
        sensitive: Cohorts that never leave the school.
        openings: Texts of the outline, which speak of no pupil: outside the school they are the only ones kept.
    """
    who = audience or STRICTEST
    if not who.names_pupils:
        report = _nameless(report)
    if who.inside:
        return View(audience=who, report=evolve(report, audience=who.id))
    tables = [block for section in report.sections for block in section.blocks if isinstance(block, FigureTable)]
    hidden = Suppression(tables=tables, sensitive=sensitive).run()
    known = frozenset(figure.key for table in tables for figure in table.figures) - hidden
    sections = []
    for section in report.sections:
        blocks = (_outside(block, hidden, known, openings) for block in section.blocks)
        sections.append(evolve(section, blocks=tuple(block for block in blocks if block is not None)))
    safe = evolve(report, audience=who.id, sections=tuple(sections))
    return View(audience=who, report=safe, suppressed=len(hidden))


# -- naming nobody


def _is_personal(key: str) -> bool:
    try:
        population = FigureId.parse(key).population
    except FigureIdError:
        return False
    return any(part.startswith("enrolment=") for part in parts_of(population))


def _nameless(report: Report) -> Report:
    sections = tuple(
        evolve(section, blocks=tuple(_without_names(block) for block in section.blocks)) for section in report.sections
    )
    return evolve(report, sections=sections)


def _without_names(block: Block) -> Block:
    """Take out what is of one enrolment: its very id names somebody."""
    if isinstance(block, Table):
        ids = [index for index, column in enumerate(block.columns) if column.kind is ColumnKind.FIGURE]
        named = any(column.personal for column in block.columns) or any(
            _is_personal(str(row[index])) for row in block.rows for index in ids
        )
        return Paragraph(text=f"{block.title}: withheld, the list names pupils.") if named else block
    if isinstance(block, FigureTable):
        kept = [index for index, figure in enumerate(block.figures) if not _is_personal(figure.key)]
        if len(kept) == len(block.figures):
            return block
        if not kept:
            return Paragraph(text="A table is withheld, it names pupils.")
        labels = tuple(block.labels[index] for index in kept) if block.labels else ()
        return evolve(block, figures=tuple(block.figures[index] for index in kept), labels=labels)
    if isinstance(block, Chart) and any(_is_personal(key) for one in block.series for key in one.figures):
        return Paragraph(text="A chart is withheld, it names pupils.")
    return block


# -- small numbers


def _outside(block: Block, hidden: frozenset[str], known: frozenset[str], openings: Collection[str]) -> Block | None:
    """Return what of a block may leave the school."""
    if isinstance(block, Paragraph):
        return block if block.text in openings else None
    if isinstance(block, Table):
        return block if block.id in _SAFE_TABLES else Paragraph(text=f"{block.title}: withheld outside the school.")
    if isinstance(block, FigureTable):
        figures = tuple(_withheld(figure) if figure.key in hidden else _shown(figure) for figure in block.figures)
        # The caption may quote a figure.
        return evolve(block, figures=figures, caption="")
    return _chart(block, known)


def _withheld(figure: Figure) -> Figure:
    return evolve(
        figure,
        value=None,
        numerator=None,
        denominator=None,
        enrolments=None,
        comparisons=(),
        suppressed=True,
        small=False,
        note="",
    )


def _shown(figure: Figure) -> Figure:
    drop = {ComparisonKind.REST}
    if figure.id.population != "all":
        drop.add(ComparisonKind.LAST_YEAR)
    kept = tuple(item for item in figure.comparisons if item.kind not in drop)
    if len(kept) == len(figure.comparisons):
        return figure
    left = evolve(figure, comparisons=kept)
    # The sentence quoted what was taken out, so it is said again without.
    return evolve(left, note=sentence(left) if figure.note else "")


def _chart(chart: Chart, known: frozenset[str]) -> Block:
    """Keep the points whose figures are shown; a point without a figure has no counts that anybody could judge."""
    series = []
    for one in chart.series:
        if not any(one.figures):
            continue
        values = tuple(value if key in known else None for value, key in zip(one.values, one.figures, strict=True))
        series.append(Series(name=one.name, values=values, figures=one.figures))
    if not series:
        return Paragraph(text=f"{chart.title}: withheld outside the school.")
    whole = tuple(series) == chart.series
    text = chart.text if whole else f"{chart.title}. What could point to somebody is withheld."
    return evolve(chart, series=tuple(series), text=text)
