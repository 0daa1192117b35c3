"""A view as plain text for a terminal or a pipe."""

import io
from collections.abc import Iterable
from typing import Any

from attendance_core.model.figures import Figure
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
    clean,
    comparison_words,
    day,
    figure_counts,
    figure_label,
    figure_value,
)

#: A table as wide as this is never cut; a pipe has no width.
UNLIMITED = 1_000_000
#: From this width on, each figure's id fits beside it.
ID_WIDTH = 150


class TerminalRenderer:
    """Compact text: tables, and words in place of charts."""

    id = "terminal"
    title = "Text for the terminal"

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return one text file; without colour it holds no escape sequence, without a width no line is cut."""
        from rich.console import Console

        out = io.StringIO()
        console = Console(
            file=out,
            width=options.width or UNLIMITED,
            force_terminal=options.colour,
            color_system="standard" if options.colour else None,
            no_color=not options.colour,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            # The host's environment decides nothing here: the same view gives the same text.
            _environ={},
        )
        _Writer(console, wide=options.width is None or options.width >= ID_WIDTH).write(view)
        lines = (line.rstrip() for line in out.getvalue().split("\n"))
        content = ("\n".join(lines).strip("\n") + "\n").encode("utf-8", "replace")
        return (RenderedFile(name=f"{options.name}.txt", media_type="text/plain; charset=utf-8", content=content),)


class _Writer:
    def __init__(self, console: Any, *, wide: bool) -> None:
        self._console = console
        self._wide = wide

    def write(self, view: View) -> None:
        report = view.report
        self._line(report.title, "bold")
        self._line(report.subtitle)
        self._line(f"For {view.audience.title}; data up to {day(report.provenance.as_of)}", "dim")
        notes = list(report.notes)
        if view.suppressed:
            notes.append(f"Figures withheld because of small numbers: {view.suppressed}")
        if notes:
            self._heading("Before you read")
            for note in notes:
                self._line(f"* {clean(note)}")
        for section in report.sections:
            self._heading(section.title or "Section")
            for block in section.blocks:
                self._block(block)
        self._made(view)

    def _made(self, view: View) -> None:
        provenance = view.report.provenance
        self._heading("How this report was made")
        self._line(f"attendance-core {provenance.version}")
        for role, name, digest in provenance.inputs:
            self._line(f"{role}: {name} (SHA-256 {digest})")
        for name, value in provenance.definitions:
            self._line(f"{name}: {value}")
        for name, version, distribution in provenance.plugins:
            self._line(f"plugin {name} {version} ({distribution})")
        if not self._wide:
            self._line(f"Figure ids are listed from {ID_WIDTH} columns on, and in every other format.", "dim")

    def _line(self, text: str, style: str = "") -> None:
        from rich.text import Text

        if clean(text):
            self._console.print(Text(clean(text), style=style))

    def _heading(self, title: str) -> None:
        self._console.print()
        self._line(title.upper(), "bold")

    def _block(self, block: Block) -> None:
        if isinstance(block, Paragraph):
            self._line(block.text)
            return
        self._console.print()
        self._line(block.title, "bold")
        if isinstance(block, Chart):
            self._line(block.text)
            return
        self._line(block.caption, "dim")
        if isinstance(block, FigureTable):
            self._figures(block)
        elif block.rows:
            self._table(block)
        else:
            self._line(block.empty)

    def _grid(self, columns: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table as Grid
        from rich.text import Text

        grid = Grid(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
        for title, right in columns:
            grid.add_column(Text(clean(title)), justify="right" if right else "left", overflow="fold")
        for row in rows:
            grid.add_row(*(Text("\n".join(map(clean, cell.split("\n")))) for cell in row))
        self._console.print(grid)

    def _figures(self, block: FigureTable) -> None:
        labels = [figure_label(block, index) for index in range(len(block.figures))]
        heads = ["Figure", "Value", "Counted", "Compared with"]
        rows = [[label, *self._cells(figure)] for label, figure in zip(labels, block.figures, strict=True)]
        if self._wide:
            heads += ["Note", "Id"]
            rows = [[*row, _note(figure), figure.key] for row, figure in zip(rows, block.figures, strict=True)]
        # A column that no figure fills only takes room.
        kept = [index for index in range(len(heads)) if index < 2 or any(row[index] for row in rows)]
        right = {"Value", "Counted"}
        self._grid([(heads[at], heads[at] in right) for at in kept], ([row[at] for at in kept] for row in rows))
        if not self._wide:
            for label, figure in zip(labels, block.figures, strict=True):
                if _note(figure):
                    self._line(f"* {label}: {_note(figure)}")

    def _cells(self, figure: Figure) -> tuple[str, str, str]:
        compared = [clean(comparison_words(held, figure.unit)) for held in figure.comparisons]
        return figure_value(figure), figure_counts(figure), ("; " if self._wide else "\n").join(compared)

    def _table(self, block: Table) -> None:
        kept = [at for at, column in enumerate(block.columns) if self._wide or column.kind is not ColumnKind.FIGURE]
        self._grid(
            [(block.columns[at].title, block.columns[at].kind in NUMERIC) for at in kept],
            (
                [
                    "n/a" if row[at] is None and not self._wide else clean(cell_text(row[at], block.columns[at].kind))
                    for at in kept
                ]
                for row in block.rows
            ),
        )


def _note(figure: Figure) -> str:
    care = "small numbers: read with care" if figure.small and not figure.suppressed else ""
    return "; ".join(part for part in (clean(figure.note), care) if part)
