"""A view as a folder of tidy CSV files, one kind of thing a file."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from attendance_core.model.figures import Figure
from attendance_core.model.reports import Cell, RenderedFile, RenderOptions, Table, View
from attendance_core.plugins.builtin.formatting import blocks, figures, points, slug, unique_names

#: A spreadsheet takes a text that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Names that are taken by the files every folder has, or that Windows gives to its devices.
RESERVED = ("figures", "comparisons", "charts", "about", "con", "prn", "aux", "nul")
FIGURE_COLUMNS = (
    "id", "measure", "population", "start", "end", "slot", "profile", "title", "unit", "value", "numerator",
    "denominator", "enrolments", "small", "suppressed", "note",
)  # fmt: skip
COMPARISON_COLUMNS = (
    "figure_id", "kind", "label", "value", "difference", "period", "source", "provisional", "note",
)  # fmt: skip
CHART_COLUMNS = ("chart_id", "series", "category", "value", "figure_id")
Value = Cell | bool


class CsvRenderer:
    """Tidy tables for spreadsheets and scripts: exact numbers, texts that cannot become formulas."""

    id = "csv"
    title = "Folder of CSV files"

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return the files of one folder, in a fixed order."""
        held = tuple(block for block in blocks(view) if isinstance(block, Table))
        names = unique_names((*RESERVED, *(table.id for table in held)), slug)[len(RESERVED) :]
        parts: list[tuple[str, Sequence[str], Iterable[Sequence[Value]]]] = [
            ("figures", FIGURE_COLUMNS, map(_figure, figures(view))),
            ("comparisons", COMPARISON_COLUMNS, _comparisons(view)),
            ("charts", CHART_COLUMNS, _points(view)),
            ("about", ("key", "name", "value"), _about(view)),
        ]
        parts += [
            (name, [column.key for column in table.columns], table.rows)
            for name, table in zip(names, held, strict=True)
        ]
        return tuple(
            RenderedFile(
                name=f"{options.name}/{name}.csv", media_type="text/csv; charset=utf-8", content=_written(head, rows)
            )
            for name, head, rows in parts
        )


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run.

    >>> harmless("=1+1"), harmless("7B")
    ("'=1+1", '7B')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _written(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Write rows as RFC 4180 has it: CRLF, quotes where needed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in head])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return harmless(value)
    return value.isoformat() if isinstance(value, date) else repr(value)


def _figure(figure: Figure) -> tuple[Value, ...]:
    name = figure.id
    return (
        figure.key, name.measure, name.population, name.period.start, name.period.end, name.slot, name.profile,
        figure.title, figure.unit.value, figure.value, figure.numerator, figure.denominator, figure.enrolments,
        figure.small, figure.suppressed, figure.note,
    )  # fmt: skip


def _comparisons(view: View) -> Iterable[tuple[Value, ...]]:
    for figure in figures(view):
        for held in figure.comparisons:
            yield (
                figure.key, held.kind.value, held.label, held.value, held.difference, held.period, held.source,
                held.provisional, held.note,
            )  # fmt: skip


def _points(view: View) -> Iterable[tuple[Value, ...]]:
    for point in points(view):
        yield point.chart.id, point.series.name, point.category, point.value, point.figure_id


def _about(view: View) -> Iterable[tuple[Value, ...]]:
    report, provenance = view.report, view.report.provenance
    yield "report", "title", report.title
    yield "report", "subtitle", report.subtitle
    yield "report", "audience", view.audience.title
    yield "report", "as_of", provenance.as_of
    yield "report", "version", provenance.version
    yield "report", "suppressed", view.suppressed
    for note in report.notes:
        yield "note", "", note
    for role, name, digest in provenance.inputs:
        yield f"input: {role}", name, digest
    for name, value in provenance.definitions:
        yield "definition", name, value
    for name, version, distribution in provenance.plugins:
        yield "plugin", name, f"{version} ({distribution})"
