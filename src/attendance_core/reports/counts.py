"""What can be said of a register that holds numbers instead of marks."""

from attendance_core.dates import DateRange
from attendance_core.measures.counts import NO_SESSIONS, figures
from attendance_core.measures.definitions import get_measure
from attendance_core.model.profiles import Profile
from attendance_core.model.reports import Block, Cell, Column, ColumnKind, FigureTable, OutlineSection, Paragraph, Table
from attendance_core.register.counts import COUNT_REMEDIES, CountReject, Counts

_OF_PUPILS = ("persistent-absence", "severe-absence")
_REJECT_ROWS = 50


def count_account_blocks(counts: Counts) -> tuple[Block, ...]:
    """What became of every row and cell."""
    account = counts.account
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Rows read", account.rows, ""),
        ("Rows kept", account.rows_kept, ""),
        ("Rows withheld", account.rows_withheld, "the source withholds a number in them"),
        ("Rows rejected", account.rows_rejected, "a cell in them cannot be read"),
        ("Cells read", account.cells_in, "kept + withheld + rejected + set aside with them"),
        ("Cells kept", account.cells_kept, ""),
    )
    blocks: list[Block] = [
        Table(
            id="read",
            title="What was read",
            columns=(
                Column(key="what", title="What"),
                Column(key="number", title="Number", kind=ColumnKind.INTEGER),
                Column(key="note", title="Note"),
            ),
            rows=rows,
        )
    ]
    if len(account.rejects):
        listed = account.rejects.head(_REJECT_ROWS).select("source_row", "column", "reason", "detail")
        blocks.append(
            Table(
                id="reject-rows",
                title="Rejected cells",
                columns=(
                    Column(key="row", title="Row", kind=ColumnKind.INTEGER),
                    Column(key="column", title="Column"),
                    Column(key="reason", title="Reason"),
                    Column(key="detail", title="What was found"),
                    Column(key="remedy", title="What to do"),
                ),
                rows=tuple((*row, COUNT_REMEDIES[CountReject(row[2])]) for row in listed.iter_rows()),
            )
        )
    words = [doubt.text for doubt in account.doubts] + list(account.assumptions)
    if words:
        blocks.append(Paragraph(text="How it was read: " + "; ".join(words) + "."))
    return tuple(blocks)


def count_blocks(
    counts: Counts, section: OutlineSection, profile: Profile, period: DateRange | None
) -> tuple[Block, ...]:
    """Figures over everything where rows are pupils, else of every row."""
    if counts.enrolment_keys:
        found = figures(counts, (*section.measures, *_OF_PUPILS), profile, keys=(), period=period)
        return (FigureTable(title="All pupils", figures=found, caption=NO_SESSIONS.capitalize() + "."),)
    blocks: list[Block] = []
    for measure in section.measures:
        found = figures(counts, (measure,), profile, period=period)
        title = get_measure(measure)[0].title
        labels = tuple(figure.title.removeprefix(f"{title}: ") for figure in found)
        blocks.append(FigureTable(title=title, figures=found, labels=labels))
    return tuple(blocks)
