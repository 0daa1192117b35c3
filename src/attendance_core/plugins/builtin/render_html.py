"""A view as one accessible HTML file that holds everything it needs."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from attendance_core.model.figures import Comparison, ComparisonKind, Figure
from attendance_core.model.reports import (
    Block,
    Cell,
    Chart,
    ColumnKind,
    FigureTable,
    Paragraph,
    RenderedFile,
    RenderOptions,
    SectionKind,
    Table,
    View,
)
from attendance_core.plugins.builtin import charts
from attendance_core.plugins.builtin.formatting import (
    KIND_TITLES,
    NOT_AVAILABLE,
    NUMERIC,
    Point,
    amount,
    cell_text,
    chart_places,
    chart_points,
    chart_value,
    clean,
    comparison_kinds,
    day,
    difference_words,
    direction,
    exact,
    figure_counts,
    figure_enrolments,
    figure_label,
    figure_ratio,
    figure_value,
    section_sources,
    slug,
    unique_names,
)

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"
#: Beyond this many, figures under the headlines are listed in a table instead of tiles.
MOST_TILES = 12
#: Tables with more rows than this scroll by themselves on a screen.
MOST_ROWS = 16


@frozen(kw_only=True)
class _FigureRow:
    """A figure as a tile or a row of a table shows it."""

    label: str
    figure: Figure
    cells: tuple[tuple[Comparison, ...], ...]
    """Comparisons by kind, one cell for each kind that the table has."""


@frozen(kw_only=True)
class _Kind:
    """A column of comparisons, headed by their label where all have the same; else each cell names its own."""

    title: str
    shared: bool


@frozen(kw_only=True)
class _Placed:
    """A block with the anchor of its heading and what its kind needs besides."""

    name: str
    anchor: str
    block: Block
    rows: tuple[_FigureRow, ...] = ()
    kinds: tuple["_Kind", ...] = ()
    missing: tuple[str, ...] = ()
    """Comparisons that no figure of the table has, and why."""
    noted: bool = False
    """Some figure has a sentence of its own: its column is wide, and bars give way."""
    tall: bool = False
    """So many rows that they scroll by themselves on a screen; paper shows all."""
    svg: str = ""
    points: tuple[tuple[str, tuple[Point, ...]], ...] = ()
    places: int = 0


@frozen(kw_only=True)
class _PlacedSection:
    anchor: str
    title: str
    blocks: tuple[_Placed, ...]
    sources: tuple[str, ...]


class HtmlRenderer:
    """One self-contained page: no network, readable without scripts, printable."""

    id = "html"
    title = "Web page (one file)"

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return one HTML file."""
        from markupsafe import Markup

        style = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
        script = Markup((TEMPLATES / "report.js").read_text(encoding="utf-8"))  # noqa: S704 - our own file
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        page = _template().render(
            view=view,
            report=view.report,
            sections=_placed(view, Markup),
            style=style,
            script=script,
            script_hash=digest,
            numeric=NUMERIC,
            figure_kind=ColumnKind.FIGURE,
            date_kind=ColumnKind.DATE,
        )
        content = page.encode("utf-8", "replace")
        return (RenderedFile(name=f"{options.name}.html", media_type="text/html; charset=utf-8", content=content),)


@cache
def _template() -> "Template":
    """Return the template of the page, read once: compiling it takes longer than filling it in."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Every text of the view passes here before it is escaped: control characters are an error in HTML.
    environment.finalize = lambda value: clean_markup(value, Markup)
    environment.filters |= {
        "amount": amount,
        "cell": _cell,
        "cell_key": _cell_key,
        "chart_value": lambda value, places: _minus(chart_value(value, places)),
        "counts": figure_counts,
        "day": day,
        "difference": difference_words,
        "direction": direction,
        "enrolments": figure_enrolments,
        "exact": exact,
        "ratio": figure_ratio,
        "shown": lambda figure: _minus(figure_value(figure)),
    }
    return environment.get_template("report.html.j2")


def clean_markup(value: object, markup: type) -> object:
    """Clean a plain text on its way into the page; leave markup and other values alone."""
    return clean(value) if isinstance(value, str) and not isinstance(value, markup) else value


def _minus(text: str) -> str:
    return "\u2212" + text[1:] if text.startswith("-") else text


def _cell(cell: Cell, kind: ColumnKind) -> str:
    if isinstance(cell, date):
        return day(cell)
    shown = cell_text(cell, kind)
    return shown if isinstance(cell, str) else _minus(shown)


def _cell_key(cell: Cell) -> str:
    """What a column is sorted by: the exact number or the ISO date; empty for none, which goes last."""
    return "" if cell is None else str(cell)


def _placed(view: View, markup: Any) -> tuple[_PlacedSection, ...]:
    """Give every section and block its anchor, and draw the charts all at once."""
    sections = view.report.sections
    anchors = unique_names((section.id for section in sections), lambda text: f"section-{slug(text)}")
    drawn = tuple(block for section in sections for block in section.blocks if isinstance(block, Chart))
    prefixes = unique_names((chart.id for chart in drawn), lambda text: f"chart-{slug(text)}")
    # Drawn from texts that the drawer itself escapes, by our own specification.
    svgs = iter([markup(svg) for svg in charts.draw(drawn, prefixes)])
    names = iter(prefixes)
    placed = []
    for place, (section, anchor) in enumerate(zip(sections, anchors, strict=True), start=1):
        # The first figures under the headlines are tiles; whatever follows them is detail.
        headline = section.id == SectionKind.HEADLINES
        blocks = []
        for index, block in enumerate(section.blocks):
            own = f"block-{place}-{index + 1}"
            if isinstance(block, Chart):
                blocks.append(_chart(block, next(names), next(svgs)))
            elif isinstance(block, FigureTable):
                tiles = headline and not block.partition and len(block.figures) <= MOST_TILES
                headline = False
                blocks.append(_figure_table(block, own, "tiles" if tiles else "figures"))
            else:
                tall = isinstance(block, Table) and len(block.rows) > MOST_ROWS
                name = "paragraph" if isinstance(block, Paragraph) else "table"
                blocks.append(_Placed(name=name, anchor=own, block=block, tall=tall))
        placed.append(
            _PlacedSection(
                anchor=anchor,
                title=clean(section.title) or "Section",
                blocks=tuple(blocks),
                sources=section_sources(section.blocks),
            )
        )
    return tuple(placed)


def _chart(chart: Chart, anchor: str, svg: str) -> _Placed:
    """Turn a chart's series into rows of its table, one for each category."""
    values = tuple(chart_points(chart))
    size = len(chart.categories)
    rows = tuple((category, values[index::size]) for index, category in enumerate(chart.categories))
    return _Placed(name="chart", anchor=anchor, block=chart, svg=svg, points=rows, places=chart_places(chart))


def _figure_table(table: FigureTable, anchor: str, name: str) -> _Placed:
    wanted = comparison_kinds(table)
    # What no row has is said once beneath the table, not in a column of its own.
    none = {kind: _never(table, kind) for kind in wanted}
    kinds = tuple(kind for kind in wanted if not none[kind])
    missing = tuple(text for kind in wanted for text in none[kind])
    rows = tuple(
        _FigureRow(
            label=figure_label(table, index),
            figure=figure,
            cells=tuple(_of_kind(figure.comparisons, kind) for kind in kinds),
        )
        for index, figure in enumerate(table.figures)
    )
    return _Placed(
        name=name,
        anchor=anchor,
        block=table,
        rows=rows,
        kinds=tuple(_kind(table, kind) for kind in kinds),
        missing=missing if name == "figures" else (),
        noted=any(figure.note for figure in table.figures),
        tall=len(rows) > MOST_ROWS,
    )


def _never(table: FigureTable, kind: ComparisonKind) -> tuple[str, ...]:
    """Say why no figure of a table has a comparison of this kind; nothing where one has."""
    held = [one for figure in table.figures for one in _of_kind(figure.comparisons, kind)]
    if any(one.value is not None for one in held):
        return ()
    return tuple(dict.fromkeys(f"{one.label}: {one.note or NOT_AVAILABLE}" for one in held))


def _kind(table: FigureTable, kind: ComparisonKind) -> _Kind:
    held = [one for figure in table.figures for one in _of_kind(figure.comparisons, kind) if one.value is not None]
    labels = {one.label for one in held}
    return _Kind(title=labels.pop() if len(labels) == 1 else KIND_TITLES[kind], shared=not labels)


def _of_kind(comparisons: Iterable[Comparison], kind: object) -> tuple[Comparison, ...]:
    return tuple(comparison for comparison in comparisons if comparison.kind == kind)
