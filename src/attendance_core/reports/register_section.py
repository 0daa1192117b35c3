"""The register behind a report: what was read, due, taken and missing, before any rate."""

from attendance_core.dates import AcademicYear
from attendance_core.measures.completeness import NO_FORM
from attendance_core.model.reports import Block, Cell, Column, ColumnKind, OutlineSection, Paragraph, Table
from attendance_core.register.account import Account
from attendance_core.reports.material import Material

_TEXT, _INT, _DATE, _PERCENT = ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.DATE, ColumnKind.PERCENT
#: So many of the days and forms with the most missing marks are listed.
_WORST = 15
_REJECT_ROWS = 50


def _table(
    id: str, title: str, columns: tuple[tuple[str, str, ColumnKind], ...], rows: list[tuple[Cell, ...]], **more: str
) -> Table:
    return Table(
        id=id,
        title=title,
        columns=tuple(Column(key=key, title=head, kind=kind) for key, head, kind in columns),
        rows=tuple(rows),
        **more,
    )


def account_blocks(account: Account) -> tuple[Block, ...]:
    """What was read, kept, without mark and rejected, with reasons; doubts; assumptions."""
    rows: list[tuple[Cell, ...]] = [
        ("Rows read", account.rows, ""),
        ("Marks found in them", account.marks_in, "kept + without a mark + rejected"),
        ("Kept", account.coded, ""),
        ("Without a mark", account.no_mark, "listed in the source, no code entered"),
        ("Rejected", account.rejected, "each with its row and reason"),
    ]
    blocks: list[Block] = [
        _table(
            "read",
            "What was read",
            (("what", "What", _TEXT), ("number", "Number", _INT), ("note", "Note", _TEXT)),
            rows,
        )
    ]
    if account.reject_counts:
        blocks.append(
            _table(
                "rejects",
                "Rejected marks by reason",
                (("reason", "Reason", _TEXT), ("number", "Marks", _INT), ("remedy", "What to do", _TEXT)),
                _reasons(account),
            )
        )
        listed = account.rejects.head(_REJECT_ROWS)
        more = account.rejected - len(listed)
        blocks.append(
            _table(
                "reject-rows",
                "Rejected marks by row",
                (("row", "Row", _INT), ("reason", "Reason", _TEXT), ("detail", "What was found", _TEXT)),
                [tuple(row) for row in listed.select("source_row", "reason", "detail").iter_rows()],
                caption=f"{more:,} more; attendance check lists them all." if more > 0 else "",
            )
        )
    if account.doubts:
        blocks.append(
            _table(
                "doubts",
                "Kept, with a doubt",
                (("what", "What", _TEXT), ("marks", "Marks", _INT), ("rows", "First rows", _TEXT)),
                [(doubt.text, doubt.marks, ", ".join(map(str, doubt.rows))) for doubt in account.doubts],
            )
        )
    if account.assumptions:
        blocks.append(Paragraph(text="How it was read: " + "; ".join(account.assumptions) + "."))
    return tuple(blocks)


def _reasons(account: Account) -> list[tuple[Cell, ...]]:
    from attendance_core.register.account import REMEDIES

    return [(reason.value, number, REMEDIES[reason]) for reason, number in account.reject_counts]


def age_of(account: Account, school_days: int) -> str:
    """Say how old the last mark is."""
    if account.last_mark is None:
        return "There is no coded mark."
    given = "as asked" if account.as_of_given else "the last marked day"
    text = f"The report speaks to {account.as_of} ({given}). The last mark is of {account.last_mark}"
    days = (account.as_of - account.last_mark).days
    if days:
        text += f", {days} {'day' if days == 1 else 'days'} ({school_days} school days) before that"
    return text + "."


def reading(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """What was read; sessions due, taken and missing by form and day; age of the last mark."""
    register = material.analysis.register
    account = register.account
    known = register.calendars.dates
    late = [day for day in known if account.last_mark is not None and account.last_mark < day <= account.as_of]
    blocks: list[Block] = [Paragraph(text=age_of(account, len(late))), *account_blocks(account)]
    found = material.completeness
    if register.calendars.inferred:
        blocks.append(
            Paragraph(
                text="No calendar was given: school days, half terms and terms were inferred from the marks, so a day "
                "on which nobody was marked cannot be seen as missing. Give one with --calendar."
            )
        )
    share = 100 * found.taken / found.due if found.due else None
    blocks.append(
        _table(
            "sessions-due",
            "Sessions due, taken and missing",
            (
                ("due", "Due", _INT),
                ("taken", "Taken", _INT),
                ("missing", "Missing", _INT),
                ("share", "Taken, %", _PERCENT),
            ),
            [(found.due, found.taken, found.missing, share)],
            caption=f"Due by calendar and enrolment from {material.period.start} to {material.period.end} "
            f"({AcademicYear.of(material.period.start)}).",
        )
    )
    if found.missing:
        for column, title, kind in (("form", "form", _TEXT), ("date", "day", _DATE)):
            if column == "form" and not found.has_forms:
                continue
            sums = found.by(column)
            sums = sums.filter(sums["missing"] > 0)
            rows: list[tuple[Cell, ...]] = [tuple(row) for row in sums.head(_WORST).iter_rows()]
            more = len(sums) - len(rows)
            blocks.append(
                _table(
                    f"missing-by-{column}",
                    f"Missing by {title}",
                    (
                        (column, title.title(), kind),
                        ("due", "Due", _INT),
                        ("taken", "Taken", _INT),
                        ("missing", "Missing", _INT),
                    ),
                    rows,
                    caption=(f"The {_WORST} with the most; {more} more have some. " if more > 0 else "")
                    + (f"{NO_FORM} are pupils whose form is not known on the day." if column == "form" else ""),
                )
            )
    return tuple(blocks)
