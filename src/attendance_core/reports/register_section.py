"""The register behind a report: what was read, due, taken and missing, before any rate."""

from attendance_core.measures.completeness import NO_FORM
from attendance_core.model.reports import Block, Cell, Column, ColumnKind, OutlineSection, Paragraph, Table
from attendance_core.register.account import Account
from attendance_core.reports.material import Material
from attendance_core.reports.words import day, days, number_of

_TEXT, _INT, _DATE, _PERCENT = ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.DATE, ColumnKind.PERCENT
#: So many of the days and forms with the most missing marks are listed; fewer where little is missing.
_WORST, _FEW = 15, 5
#: Percent of sessions due that were taken, from which little counts as missing.
_NEARLY_ALL = 99
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
        ("Rejected", account.rejected, "each with its row and reason" if account.rejected else ""),
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
                [(doubt.told, doubt.marks, ", ".join(map(str, doubt.rows))) for doubt in account.doubts],
            )
        )
    return tuple(blocks)


def how_read(account: Account) -> tuple[Block, ...]:
    """What was decided while reading, one line each: for whoever asks how the numbers came about."""
    if not account.assumptions:
        return ()
    rows: list[tuple[Cell, ...]] = [(text,) for text in dict.fromkeys(account.assumptions)]
    return (_table("how-read", "How the files were read", (("what", "What was decided", _TEXT),), rows),)


def _reasons(account: Account) -> list[tuple[Cell, ...]]:
    from attendance_core.register.account import REMEDIES

    return [(reason.value, number, REMEDIES[reason]) for reason, number in account.reject_counts]


def age_of(account: Account, school_days: int) -> str:
    """Say how old the last mark is."""
    if account.last_mark is None:
        return "There is no coded mark."
    old = (account.as_of - account.last_mark).days
    if not account.as_of_given and not old:
        return f"The last mark is of {day(account.last_mark)}, to which the report speaks."
    text = f"The report speaks to {day(account.as_of)}, as asked. The last mark is of "
    if not old:
        return text + "that day."
    ago = f"{number_of(old, 'day')} earlier, {number_of(school_days, 'school day')} among them"
    return text + f"{day(account.last_mark)}: {ago}."


def reading(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """What was read; sessions due, taken and missing by form and day; age of the last mark."""
    register = material.analysis.register
    account = register.account
    known = register.calendars.dates
    late = [one for one in known if account.last_mark is not None and account.last_mark < one <= account.as_of]
    blocks: list[Block] = [Paragraph(text=age_of(account, len(late))), *account_blocks(account)]
    found = material.completeness
    if register.calendars.inferred:
        blocks.append(
            Paragraph(
                text="No calendar was given: school days, half terms and terms were inferred from the marks, so a day "
                "on which nobody was marked cannot be seen as missing. Give a calendar to see it."
            )
        )
    share = 100 * found.taken / found.due if found.due else None
    blocks.append(
        _table(
            "sessions-due",
            "Sessions due, taken and missing",
            (
                ("period", "Days", _TEXT),
                ("due", "Due", _INT),
                ("taken", "Taken", _INT),
                ("missing", "Missing", _INT),
                ("share", "Taken, %", _PERCENT),
            ),
            [(days(material.period), found.due, found.taken, found.missing, share)],
            caption="Due by calendar and enrolment. Missing are those without any mark.",
        )
    )
    if found.missing:
        listed = _FEW if found.taken * 100 >= found.due * _NEARLY_ALL else _WORST
        for column, title, kind in (("form", "form", _TEXT), ("date", "day", _DATE)):
            if column == "form" and not found.has_forms:
                continue
            sums = found.by(column)
            sums = sums.filter(sums["missing"] > 0)
            rows: list[tuple[Cell, ...]] = [tuple(row) for row in sums.head(listed).iter_rows()]
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
                    caption=_missing_caption(rows, more, title),
                )
            )
    return (*blocks, *how_read(account))


def _missing_caption(rows: list[tuple[Cell, ...]], more: int, title: str) -> str:
    parts = []
    if more > 0:
        others = number_of(more, f"more {title} has", f"more {title}s have")
        parts.append(f"The {len(rows)} with the most; {others} some.")
    if any(row[0] == NO_FORM for row in rows):
        parts.append(f"{NO_FORM} are pupils whose form is not known on the day.")
    return " ".join(parts)
