"""A view as Markdown: readable as it stands, and as a page."""

import re
from collections.abc import Iterable, Sequence

from attendance_core.model.reports import (
    Block,
    Chart,
    ColumnKind,
    FigureTable,
    Paragraph,
    RenderedFile,
    RenderOptions,
    Table,
    View,
)
from attendance_core.plugins.builtin.formatting import (
    NUMERIC,
    cell_text,
    chart_places,
    chart_points,
    chart_value,
    clean,
    comparison_words,
    day,
    exact,
    figure_counts,
    figure_label,
    figure_value,
    named_values,
    section_sources,
)

_SPECIAL = re.compile(r"([\\`*\[\]|])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|~~")
_STARTS = re.compile(r"^(#{1,6}(?=\s|$)|[-+>](?=\s|$)|=+$|-+$|~+|\d{1,9}[.)](?=\s|$))")


class MarkdownRenderer:
    """Plain tables under plain headings, and an appendix with every figure by its id."""

    id = "md"
    title = "Markdown"

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return one Markdown file."""
        text = "\n\n".join(part for part in _parts(view) if part) + "\n"
        content = text.encode("utf-8", "replace")
        return (RenderedFile(name=f"{options.name}.md", media_type="text/markdown; charset=utf-8", content=content),)


def escaped(text: str) -> str:
    r"""Write a text so that nothing in it is taken for Markdown or HTML.

    >>> print(escaped("A | B <b> snake_case *x*"))
    A \| B &lt;b> snake_case \*x\*
    """
    plain = re.sub(r"&(?=#?\w+;)", "&amp;", clean(text)).replace("<", "&lt;")
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", plain)


def _line(text: str) -> str:
    """Write a paragraph: what would begin a list, a heading or a quotation is held back too."""
    return _STARTS.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", escaped(text))


def _code(text: str) -> str:
    """Write an id so that it can be copied; inside a table a bar is escaped even there."""
    shown = clean(text).replace("|", "\\|")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    space = " " if "`" in shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}" if shown else ""


def _grid(heads: Sequence[str], right: Iterable[int], rows: Iterable[Sequence[str]]) -> str:
    lined = set(right)
    rule = ["---:" if index in lined else "---" for index in range(len(heads))]
    return "\n".join("| " + " | ".join(row) + " |" for row in ([escaped(head) for head in heads], rule, *rows))


def _parts(view: View) -> Iterable[str]:
    report = view.report
    yield f"# {escaped(report.title)}"
    yield _line(report.subtitle)
    yield f"For: {escaped(view.audience.title)}. Data up to {day(report.provenance.as_of)}."
    notes = [f"- {_line(note)}" for note in report.notes]
    if view.suppressed:
        notes.append(f"- Figures withheld because of small numbers: {view.suppressed}.")
    if notes:
        yield "## Before you read"
        yield "\n".join(notes)
    for section in report.sections:
        yield f"## {escaped(section.title) or 'Section'}"
        for block in section.blocks:
            yield from _block(block)
        sources = section_sources(section.blocks)
        if sources:
            yield "Compared with " + "; ".join(map(escaped, sources)) + "."
    yield "## How this report was made"
    yield f"Made by attendance-core {escaped(report.provenance.version)}."
    for title, heads, rows in (
        ("Files read", ("What for", "File", "SHA-256"), report.provenance.inputs),
        ("Definitions", ("Name", "Value"), report.provenance.definitions),
        ("Parts that took part", ("Name", "Version", "Distribution"), report.provenance.plugins),
    ):
        if rows:
            yield f"### {title}"
            yield _grid(heads, (), ([escaped(cell) for cell in row] for row in rows))
    values = [[_code(named.id), escaped(named.title), exact(named.value)] for named in named_values(view)]
    if values:
        yield "## All figures by id"
        yield "Exact values, in the unit of each figure; an empty value is not available or withheld."
        yield _grid(("Id", "Title", "Value"), (2,), values)


def _block(block: Block) -> Iterable[str]:
    if isinstance(block, Paragraph):
        yield _line(block.text)
        return
    yield f"### {escaped(block.title)}"
    if isinstance(block, Chart):
        yield from _chart(block)
    elif isinstance(block, FigureTable):
        yield _line(block.caption)
        yield from _figures(block)
    else:
        yield _line(block.caption)
        yield _table(block) if block.rows else _line(block.empty)


def _figures(block: FigureTable) -> Iterable[str]:
    compared = any(figure.comparisons for figure in block.figures)
    noted = any(figure.note or figure.small for figure in block.figures)
    heads = ["Figure", "Value", "Counted", *(["Compared with"] if compared else []), *(["Note"] if noted else [])]
    rows = []
    for index, figure in enumerate(block.figures):
        row = [escaped(figure_label(block, index)), figure_value(figure), figure_counts(figure)]
        if compared:
            row.append("; ".join(escaped(comparison_words(held, figure.unit)) for held in figure.comparisons))
        if noted:
            care = "Small numbers: read with care." if figure.small and not figure.suppressed else ""
            row.append(" ".join(part for part in (escaped(figure.note), care) if part))
        rows.append(row)
    yield _grid(heads, (1,), rows)


def _table(block: Table) -> str:
    kinds = [column.kind for column in block.columns]
    return _grid(
        [column.title for column in block.columns],
        [index for index, kind in enumerate(kinds) if kind in NUMERIC],
        (
            [
                _code(cell) if kind is ColumnKind.FIGURE and isinstance(cell, str) else escaped(cell_text(cell, kind))
                for cell, kind in zip(row, kinds, strict=True)
            ]
            for row in block.rows
        ),
    )


def _chart(block: Chart) -> Iterable[str]:
    yield _line(block.text)
    values = [chart_value(point.value, chart_places(block)) for point in chart_points(block)]
    size = len(block.categories)
    yield f"Values: {escaped(block.value_title)}."
    yield _grid(
        [block.category_title, *(series.name for series in block.series)],
        range(1, len(block.series) + 1),
        ([escaped(category), *values[index::size]] for index, category in enumerate(block.categories)),
    )
