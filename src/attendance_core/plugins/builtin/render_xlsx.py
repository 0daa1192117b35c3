"""A view as an Excel workbook: a sheet for each section, native charts, and every figure by its id."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, time

from attendance_core.model.figures import Figure, Unit
from attendance_core.model.reports import (
    Block,
    Cell,
    Chart,
    ColumnKind,
    FigureTable,
    Paragraph,
    RenderedFile,
    RenderOptions,
    View,
)
from attendance_core.plugins.builtin.formatting import (
    KIND_TITLES,
    SUPPRESSED,
    comparison_words,
    day,
    difference_words,
    figure_label,
    figure_ratio,
    figures,
    points,
    section_sources,
    unique_names,
)
from attendance_core.plugins.builtin.xlsx_sheet import Book, Sheet, sheet_name

FIXED = ("About", "Figures", "Comparisons", "Chart values")


class XlsxRenderer:
    """A workbook whose texts never turn into formulas or links, and whose cells hold exact values."""

    id = "xlsx"
    title = "Excel workbook"

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return one workbook; its date of creation is the day up to which the report speaks."""
        import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

        out = io.BytesIO()
        workbook = xlsxwriter.Workbook(
            out,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        report = view.report
        workbook.set_properties(
            {
                "title": report.title[:255],
                "subject": report.subtitle[:255],
                "author": "attendance-core",
                "created": datetime.combine(report.provenance.as_of, time()),  # a day has no zone
            }
        )
        book = Book(workbook)
        names = unique_names((*FIXED, *(section.title for section in report.sections)), sheet_name, limit=31)
        _about(book.sheet(names[0]), view)
        for name, section in zip(names[len(FIXED) :], report.sections, strict=True):
            sheet = book.sheet(name)
            sheet.title(section.title or "Section")
            for block in section.blocks:
                _block(sheet, block)
            for source in section_sources(section.blocks):
                sheet.caption(f"Compared with {source}")
            sheet.finish()
        _figures(book.sheet(names[1]), figures(view))
        _comparisons(book.sheet(names[2]), figures(view))
        _points(book.sheet(names[3]), view)
        workbook.close()
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return (RenderedFile(name=f"{options.name}.xlsx", media_type=media_type, content=out.getvalue()),)


def _about(sheet: Sheet, view: View) -> None:
    report, provenance = view.report, view.report.provenance
    sheet.title(report.title)
    sheet.paragraph(report.subtitle)
    facts = [("For", view.audience.title), ("Data up to", day(provenance.as_of)), ("Version", provenance.version)]
    if view.suppressed:
        facts.append(("Figures withheld because of small numbers", str(view.suppressed)))
    sheet.plain("About this report", ("What", "Value"), facts)
    if report.notes:
        sheet.heading("Before you read")
        for note in report.notes:
            sheet.paragraph(note)
    for title, heads, rows in (
        ("Files read", ("What for", "File", "SHA-256"), provenance.inputs),
        ("Definitions", ("Name", "Value"), provenance.definitions),
        ("Parts that took part", ("Name", "Version", "Distribution"), provenance.plugins),
    ):
        if rows:
            sheet.plain(title, heads, rows)
    sheet.finish()


def _block(sheet: Sheet, block: Block) -> None:
    if isinstance(block, Paragraph):
        sheet.paragraph(block.text)
        return
    sheet.heading(block.title)
    if isinstance(block, Chart):
        sheet.paragraph(block.text)
        sheet.chart(block)
        return
    sheet.caption(block.caption)
    if isinstance(block, FigureTable):
        _figure_table(sheet, block)
    elif block.rows:
        kinds = [column.kind for column in block.columns]
        sheet.table([column.title for column in block.columns], kinds, block.rows)
    else:
        sheet.paragraph(block.empty)


def _figure_table(sheet: Sheet, block: FigureTable) -> None:
    heads = ["Figure", "Value", "Unit", "Counted", "Enrolments", "Compared with", "Note", "Id"]
    kinds = [ColumnKind.TEXT] * len(heads)
    kinds[4], kinds[7] = ColumnKind.INTEGER, ColumnKind.FIGURE
    rows: list[tuple[Cell, ...]] = [
        (
            figure_label(block, index),
            SUPPRESSED if figure.suppressed else figure.value,
            figure.unit.value,
            figure_ratio(figure),
            "" if figure.enrolments is None else figure.enrolments,
            "\n".join(comparison_words(held, figure.unit) for held in figure.comparisons),
            _note(figure),
            figure.key,
        )
        for index, figure in enumerate(block.figures)
    ]
    value_kinds = [_value_kind(figure.unit, figure.value) for figure in block.figures]
    sheet.table(heads, kinds, rows, by_row={1: value_kinds})


def _value_kind(unit: Unit, value: float | None) -> ColumnKind:
    if unit is Unit.PERCENT:
        return ColumnKind.PERCENT
    return ColumnKind.INTEGER if value is None or value.is_integer() else ColumnKind.DAYS


def _note(figure: Figure) -> str:
    care = "Small numbers: read with care." if figure.small and not figure.suppressed else ""
    return " ".join(part for part in (figure.note, care) if part)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _listing(
    sheet: Sheet,
    heads: Sequence[str],
    kinds: Sequence[ColumnKind],
    rows: Iterable[tuple[Cell, ...]],
    by_row: dict[int, list[ColumnKind]] | None = None,
) -> None:
    """Write a sheet that is one table from its first row, for reading by programs."""
    sheet.table(heads, kinds, tuple(rows), by_row=by_row or {}, missing="")
    sheet.finish(header_only=True)


def _figures(sheet: Sheet, listed: tuple[Figure, ...]) -> None:
    heads = (
        "id", "title", "unit", "value", "numerator", "denominator", "enrolments", "small", "suppressed", "note",
        "comparisons",
    )  # fmt: skip
    text, count = ColumnKind.TEXT, ColumnKind.INTEGER
    kinds = (ColumnKind.FIGURE, text, text, text, count, count, count, text, text, text, text)
    rows = (
        (
            figure.key, figure.title, figure.unit.value, figure.value, figure.numerator, figure.denominator,
            figure.enrolments, _yes(figure.small), _yes(figure.suppressed), figure.note,
            "; ".join(comparison_words(held, figure.unit) for held in figure.comparisons),
        )
        for figure in listed
    )  # fmt: skip
    _listing(sheet, heads, kinds, rows, {3: [_value_kind(figure.unit, figure.value) for figure in listed]})


def _comparisons(sheet: Sheet, listed: tuple[Figure, ...]) -> None:
    heads = (
        "figure_id", "kind", "label", "value", "difference", "in words", "period", "source", "provisional", "note",
    )  # fmt: skip
    kinds = [ColumnKind.FIGURE, *[ColumnKind.TEXT] * (len(heads) - 1)]
    pairs = [(figure, held) for figure in listed for held in figure.comparisons]
    rows = (
        (
            figure.key, KIND_TITLES[held.kind], held.label, held.value, held.difference,
            difference_words(held.difference, figure.unit), held.period, held.source, _yes(held.provisional), held.note,
        )
        for figure, held in pairs
    )  # fmt: skip
    shown = [_value_kind(figure.unit, held.value) for figure, held in pairs]
    _listing(sheet, heads, kinds, rows, {3: shown, 4: [ColumnKind.POINTS] * len(pairs)})


def _points(sheet: Sheet, view: View) -> None:
    heads = ("chart", "series", "category", "value", "figure_id")
    text = ColumnKind.TEXT
    rows = (
        (point.chart.title, point.series.name, point.category, point.value, point.figure_id) for point in points(view)
    )
    _listing(sheet, heads, (text, text, text, text, ColumnKind.FIGURE), rows)
