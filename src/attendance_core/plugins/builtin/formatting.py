"""How numbers, labels and texts are written, the same in every format.

Shown numbers are rounded half away from zero from the shortest decimal that stands for the float; the exact value
is written beside them wherever a format can hold it. Nothing here knows a format.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from attrs import frozen

from attendance_core.measures.definitions import load_measures
from attendance_core.model.figures import Comparison, ComparisonKind, Figure, Unit
from attendance_core.model.measures import MeasureKind
from attendance_core.model.reports import Block, Cell, Chart, Column, ColumnKind, FigureTable, Series, View

NOT_AVAILABLE = "not available"
SUPPRESSED = "suppressed (small numbers)"
KIND_TITLES = {
    ComparisonKind.TARGET: "Target",
    ComparisonKind.LAST_YEAR: "Last year",
    ComparisonKind.NATIONAL: "National",
    ComparisonKind.REGION: "Region",
    ComparisonKind.AUTHORITY: "Local authority",
    ComparisonKind.REST: "Everybody else",
}
_ONE = {
    Unit.SESSIONS: "session",
    Unit.DAYS: "day",
    Unit.ENROLMENTS: "enrolment",
    Unit.SPELLS: "spell",
    Unit.MINUTES: "minute",
    Unit.LESSONS: "lesson",
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
#: Kinds of column that are lined up on the right.
NUMERIC = frozenset({ColumnKind.INTEGER, ColumnKind.PERCENT, ColumnKind.POINTS, ColumnKind.DAYS})


@frozen(kw_only=True)
class NamedValue:
    """A value that an id leads to, whether a figure or a point of a chart holds it."""

    id: str
    title: str
    value: float | None
    figure: Figure | None = None


@frozen(kw_only=True)
class Point:
    """One value of a chart, with the id of the figure behind it (empty where there is none)."""

    chart: Chart
    series: Series
    category: str
    value: float | None
    figure_id: str


def clean(text: str) -> str:
    r"""Put a text on one line and take out control characters, which could steer a terminal or break markup.

    >>> clean("Ann\n\x1b[31m  Lee")
    'Ann [31m Lee'
    """
    # U+FFFE and U+FFFF are no characters, and no XML may hold them.
    kept = "".join(
        " " if unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff" else character
        for character in text
    )
    return " ".join(kept.split())


def rounded(value: float, places: int = 1) -> Decimal:
    """Round half away from zero.

    >>> str(rounded(92.05)), str(rounded(-0.25)), str(rounded(-0.04))
    ('92.1', '-0.3', '0.0')
    """
    result = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def number(value: float, places: int = 0) -> str:
    """Write a number with commas between thousands.

    >>> number(12345.0), number(12.25, 1)
    ('12,345', '12.3')
    """
    return f"{rounded(value, places):,}"


def exact(value: float | None) -> str:
    """Write a value so that reading it gives the same float; empty for None.

    >>> exact(1 / 3), exact(None)
    ('0.3333333333333333', '')
    """
    return "" if value is None else repr(value)


def _places(value: float) -> int:
    return 0 if float(value).is_integer() else 1


def amount(value: float | None, unit: Unit) -> str:
    """Write a value with its unit.

    >>> amount(93.35, Unit.PERCENT), amount(1.0, Unit.DAYS), amount(None, Unit.DAYS)
    ('93.4%', '1 day', 'not available')
    """
    if value is None:
        return NOT_AVAILABLE
    if unit is Unit.PERCENT:
        return f"{number(value, 1)}%"
    return f"{number(value, _places(value))} {_ONE[unit] if value == 1 else unit.value}"


def figure_value(figure: Figure) -> str:
    """Write a figure's value, or why it shows none."""
    return SUPPRESSED if figure.suppressed else amount(figure.value, figure.unit)


def figure_ratio(figure: Figure) -> str:
    """Say what was counted out of what; empty where the view holds no counts or the value itself is the count."""
    noun = _COUNTED.get(_kind_of(figure), "")
    tail = f" {noun}" if noun else ""
    if figure.numerator is not None and figure.denominator is not None:
        if _kind_of(figure) is MeasureKind.DAYS_EACH:
            return f"{figure.numerator:,} sessions over {figure.denominator:,} enrolments"
        return f"{figure.numerator:,} of {figure.denominator:,}{tail}"
    if figure.denominator is not None:
        return f"out of {figure.denominator:,}{tail}"
    if figure.numerator is None or figure.numerator == figure.value:
        return ""
    return f"{figure.numerator:,}{tail or ' counted'}"


#: What the counts of a measure are counts of.
_COUNTED: dict[MeasureKind | None, str] = {
    MeasureKind.RATIO: "sessions",
    MeasureKind.SHARE: "enrolments",
    MeasureKind.DAYS: "sessions",
    MeasureKind.LESSONS: "lessons",
}


def _kind_of(figure: Figure) -> MeasureKind | None:
    """Return the kind of a figure's measure; None for a measure that the library does not know."""
    known = load_measures().get(figure.id.measure.partition(".")[0])
    return known.kind if known is not None else None


def figure_enrolments(figure: Figure) -> str:
    """Say how many enrolments stand behind a figure; empty where the counts say so already, or nobody knows."""
    said = _kind_of(figure) in (MeasureKind.SHARE, MeasureKind.DAYS_EACH) and figure.enrolments == figure.denominator
    return "" if figure.enrolments is None or said else amount(float(figure.enrolments), Unit.ENROLMENTS)


def figure_counts(figure: Figure) -> str:
    """Say what was counted out of what, and how many enrolments stand behind it; empty where neither is known."""
    return "; ".join(part for part in (figure_ratio(figure), figure_enrolments(figure)) if part)


def direction(difference: float | None) -> str:
    """Say which side of its comparator a figure lies, as far as the shown decimals tell: above, below, level.

    >>> direction(-0.3), direction(0.01), direction(None)
    ('below', 'level', '')
    """
    if difference is None:
        return ""
    shown = rounded(difference)
    return "level" if shown == 0 else "above" if shown > 0 else "below"


def difference_words(difference: float | None, unit: Unit) -> str:
    """Write how far a figure lies from its comparator, in words.

    >>> difference_words(-1.25, Unit.PERCENT), difference_words(0.0, Unit.DAYS), difference_words(None, Unit.DAYS)
    ('1.3 points below', 'level', '')
    """
    side = direction(difference)
    if difference is None or side == "level":
        return side
    shown = number(abs(difference), 1)
    if unit is not Unit.PERCENT:
        return f"{amount(abs(difference), unit)} {side}"
    return f"{shown} point{'' if shown == '1.0' else 's'} {side}"


def comparison_words(comparison: Comparison, unit: Unit) -> str:
    """Write a comparison in one clause: label, value, difference, and what to mind."""
    words = f"{comparison.label} {amount(comparison.value, unit)}"
    aside = [difference_words(comparison.difference, unit), "provisional" if comparison.provisional else ""]
    inside = ", ".join(part for part in aside if part)
    words += f" ({inside})" if inside else ""
    return f"{words}: {comparison.note}" if comparison.note else words


def comparison_sources(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Return each distinct source of the figures' comparisons, once, in order.

    Comparators of one source and period stand together; periods that differ from row to row are not all listed.
    """
    found: dict[tuple[str, str, bool], dict[str, None]] = {}
    periods: dict[str, dict[str, None]] = {}
    for figure in figures:
        for comparison in figure.comparisons:
            if comparison.source or comparison.period:
                periods.setdefault(comparison.label, {}).setdefault(comparison.period)
    for figure in figures:
        for comparison in figure.comparisons:
            if comparison.source or comparison.period:
                own = periods[comparison.label]
                period = period_words(comparison.period) if len(own) == 1 else "each row's own days"
                key = (comparison.source, period, comparison.provisional)
                found.setdefault(key, {}).setdefault(comparison.label)
    return tuple(
        f"{_listed(labels)}: {', '.join(part for part in (source, period) if part)}"
        f"{' (provisional)' if provisional else ''}"
        for (source, period, provisional), labels in found.items()
    )


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def section_sources(held: Iterable[Block]) -> tuple[str, ...]:
    """Return the sources of all comparisons in a section, so that they are named once, behind its last table."""
    tables = [block for block in held if isinstance(block, FigureTable)]
    return comparison_sources([figure for table in tables for figure in table.figures])


def period_words(text: str) -> str:
    """Write a period as days; a text that is none stays what it is.

    >>> period_words("2024-09-04..2025-07-21"), period_words("2024/25")
    ('4 September 2024 to 21 July 2025', '2024/25')
    """
    ends = [re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", end) for end in text.split("..")]
    if len(ends) != 2 or not all(ends):
        return text
    first, last = (day(date(*map(int, end.groups()))) for end in ends if end is not None)
    return first if first == last else f"{first} to {last}"


def day(value: date) -> str:
    """Write a date as people in England do.

    >>> day(date(2026, 7, 3))
    '3 July 2026'
    """
    # Not strftime, which would follow the host's locale.
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def cell_text(cell: Cell, kind: ColumnKind) -> str:
    """Write a table's cell; a text in a column of numbers stays what it is."""
    if cell is None:
        return NOT_AVAILABLE
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return cell
    if kind is ColumnKind.PERCENT:
        return f"{number(cell, 1)}%"
    if kind is ColumnKind.POINTS:
        shown = number(cell, 1)
        return shown if shown.startswith("-") or rounded(cell) == 0 else f"+{shown}"
    return number(cell, 1 if kind is ColumnKind.DAYS else _places(cell))


def chart_places(chart: Chart) -> int:
    """Return the decimals that all of a chart's values are shown with: none where all are whole."""
    known = [value for series in chart.series for value in series.values if value is not None]
    return max(map(_places, known), default=0)


def chart_value(value: float | None, places: int) -> str:
    """Write a value of a chart, whose unit stands in its axis title."""
    return NOT_AVAILABLE if value is None else number(value, places)


def figure_label(table: FigureTable, index: int) -> str:
    """Return what a figure's row is called."""
    return table.labels[index] if index < len(table.labels) else table.figures[index].title


def comparison_kinds(table: FigureTable) -> tuple[ComparisonKind, ...]:
    """Return the kinds of comparison that a table's figures have, in their fixed order."""
    present = {comparison.kind for figure in table.figures for comparison in figure.comparisons}
    return tuple(kind for kind in ComparisonKind if kind in present)


def blocks(view: View) -> Iterator[Block]:
    """Yield every block of a view, in order."""
    for section in view.report.sections:
        yield from section.blocks


def figures(view: View) -> tuple[Figure, ...]:
    """Return every figure of a view once, in order of appearance."""
    found: dict[str, Figure] = {}
    for block in blocks(view):
        if isinstance(block, FigureTable):
            for figure in block.figures:
                found.setdefault(figure.key, figure)
    return tuple(found.values())


def chart_points(chart: Chart) -> Iterator[Point]:
    """Yield every value of a chart, series by series; a category without a value is a gap."""
    for series in chart.series:
        for index, category in enumerate(chart.categories):
            yield Point(
                chart=chart,
                series=series,
                category=category,
                value=series.values[index] if index < len(series.values) else None,
                figure_id=series.figures[index] if index < len(series.figures) else "",
            )


def points(view: View) -> Iterator[Point]:
    """Yield every value of every chart of a view."""
    for block in blocks(view):
        if isinstance(block, Chart):
            yield from chart_points(block)


def named_values(view: View) -> tuple[NamedValue, ...]:
    """Return every id of a view with its value: the figures, then what charts alone hold."""
    found = {
        figure.key: NamedValue(id=figure.key, title=figure.title, value=figure.value, figure=figure)
        for figure in figures(view)
    }
    for point in points(view):
        if point.figure_id:
            title = f"{point.chart.title}: {point.series.name}, {point.category}"
            found.setdefault(point.figure_id, NamedValue(id=point.figure_id, title=title, value=point.value))
    return tuple(found.values())


def personal(columns: Iterable[Column]) -> bool:
    """Say whether any column names or identifies a pupil."""
    return any(column.personal for column in columns)


def unique_names(wanted: Iterable[str], make: Callable[[str], str], limit: int = 0) -> tuple[str, ...]:
    """Turn titles into names that differ from each other, whatever their case.

    Args:
        wanted: The titles.
        make: Turns one title into a legal name, never an empty one.
        limit: Most characters of a name; 0 for any.
    """
    taken: set[str] = set()
    names = []
    for title in wanted:
        base = make(title)
        name = base[:limit] if limit else base
        count = 1
        while name.casefold() in taken:
            count += 1
            tail = f"-{count}"
            name = (base[: limit - len(tail)] if limit else base) + tail
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def slug(text: str) -> str:
    """Turn a text into letters, digits and hyphens; never empty.

    >>> slug("Weekday x session!"), slug("???")
    ('weekday-x-session', 'part')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-") or "part"
