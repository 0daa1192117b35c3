"""Counting: files that hold numbers of sessions where others hold marks."""

from attendance_core.model.mappings import CountColumn, Layout, Mapping
from attendance_core.reference.headings import fold, load_headings
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.proposing.markwords import dfe_codes
from attendance_core.register.proposing.roles import ID_KINDS, is_name
from attendance_core.register.proposing.samples import Column

_NOT_COUNTS = "not counts"


def count_columns(draft: Draft) -> dict[str, str]:
    """Return the columns of whole numbers headed by a code, or by a group of sessions, with that code."""
    groups = {fold(text): entry.code for entry in load_headings().counts for text in entry.headings}
    codes = dfe_codes()
    by_code, by_group = {}, {}
    for column in draft.free():
        if not _whole_numbers(column):
            continue
        if column.name.strip() in codes:
            by_code[column.name] = column.name.strip()
        elif column.key in groups:
            by_group[column.name] = groups[column.key]
    # Sums and their parts would be counted twice.
    return by_code if len(by_code) > 1 else by_group


def _whole_numbers(column: Column) -> bool:
    return bool(column.texts) and all(text.isdigit() for text in column.texts) and max(map(int, column.texts)) > 1


def _numbers(column: Column) -> bool:
    return all(text.strip("%").replace(".", "", 1).isdigit() for text in column.texts)


def find_counts(draft: Draft) -> Mapping | None:
    """Propose a counts layout: it is always asked, for numbers do not say what they count."""
    found = count_columns(draft)
    for name, code in found.items():
        draft.use(draft.column(name), f"column {name!r} counts sessions of {code!r}, by its heading")
    listed = ", ".join(map(repr, found))
    text = f"Columns {listed} hold whole numbers. Are they numbers of sessions, in groups that do not overlap?"
    answer = draft.ask("layout", text, (Layout.COUNTS.value, _NOT_COUNTS), Layout.COUNTS.value)
    if answer == _NOT_COUNTS:
        draft.ask("columns.code", "No column holds marks. Export one mark a row.")
        return None
    ids = {column.name for kind in (*ID_KINDS, "school_id") for column in draft.named(kind)}
    keys = tuple(
        column.name
        for column in draft.free()
        if column.texts and not is_name(column) and (column.name in ids or not _numbers(column))
    )
    for name in keys:
        draft.used.add(name)
    return Mapping(
        id="counts",
        layout=Layout.COUNTS,
        counts=tuple(CountColumn(column=name, code=code) for name, code in found.items()),
        keys=keys,
    )
