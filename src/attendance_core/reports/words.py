"""Words: how reports write days, periods, numbers and comparisons in sentences."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from attendance_core.dates import DateRange
from attendance_core.measures.definitions import load_measures
from attendance_core.model.figures import Comparison, ComparisonKind, Figure, Unit
from attendance_core.model.measures import MeasureKind

_AREAS = (ComparisonKind.NATIONAL, ComparisonKind.REGION, ComparisonKind.AUTHORITY)


def day(value: date) -> str:
    """Write a day as people in England do.

    >>> day(date(2026, 7, 3))
    '3 July 2026'
    """
    # Not strftime, which would follow the host's locale.
    month = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )[value.month - 1]  # fmt: skip
    return f"{value.day} {month} {value.year}"


def days(period: DateRange) -> str:
    """Write a period; one day alone has no end.

    >>> days(DateRange(date(2025, 9, 3), date(2025, 12, 19)))
    '3 September 2025 to 19 December 2025'
    """
    if period.end is None:
        return f"from {day(period.start)}"
    return day(period.start) if period.start == period.end else f"{day(period.start)} to {day(period.end)}"


def number_of(number: int, one: str, many: str = "") -> str:
    """Write a number of things.

    >>> number_of(1, "enrolment"), number_of(1200, "enrolment"), number_of(2, "has", "have")
    ('1 enrolment', '1,200 enrolments', '2 have')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def decimal(value: float) -> str:
    """Write a number with one decimal, rounded half away from zero.

    >>> decimal(92.05), decimal(1234.0)
    ('92.1', '1,234.0')
    """
    return f"{Decimal(repr(value)).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,}"


def joined(parts: Iterable[str]) -> str:
    """Join parts of a sentence.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def counted(figure: Figure) -> str:
    """Say what was counted out of what; empty where the figure has no counts besides its value."""
    if figure.numerator is None:
        return ""
    known = load_measures().get(figure.id.measure.partition(".")[0])
    kind = known.kind if known is not None else None
    if kind is MeasureKind.DAYS:
        return f"{number_of(figure.numerator, 'session')}, two to a day"
    if figure.denominator is None:
        return ""
    if kind is MeasureKind.DAYS_EACH:
        return f"{number_of(figure.numerator, 'session')} of {number_of(figure.denominator, 'enrolment')}"
    noun = {
        MeasureKind.RATIO: "session",
        MeasureKind.SHARE: "enrolment",
        MeasureKind.LESSONS: "lesson",
        None: "",
    }.get(kind, "")
    return f"{figure.numerator:,} of {number_of(figure.denominator, noun) if noun else f'{figure.denominator:,}'}"


def sentence(figure: Figure) -> str:
    """Say a compared figure in words: its value, its counts, and how it lies to each comparison.

    What is said follows the shown decimals: a difference that rounds to nothing is level.
    """
    if figure.value is None:
        return "There is nothing to measure: no session was possible."
    inside = counted(figure)
    text = f"{figure.title}: {_amount(figure.value, figure.unit)}{f' ({inside})' if inside else ''}."
    clauses = _clauses(figure)
    if clauses:
        text += f" That is {joined(clauses)}."
    elif figure.comparisons:
        notes = dict.fromkeys(comparison.note for comparison in figure.comparisons if comparison.note)
        text += " There is no comparison" + (f": {'; '.join(notes)}." if notes else ".")
    return text


def _clauses(figure: Figure) -> list[str]:
    """Return one clause for each comparison that holds; areas of one source share what stands in brackets."""
    held = [(item, item.difference) for item in figure.comparisons if item.difference is not None]
    names = [_name(comparison) for comparison, _ in held]
    clauses: list[str] = []
    unit_said = False
    for index, (_, difference) in enumerate(held):
        name, aside = names[index]
        following = names[index + 1][1] if index + 1 < len(names) else None
        bracket = f" ({aside})" if aside and aside != following else ""
        size = abs(difference)
        if decimal(size) == "0.0":
            clauses.append(f"level with {name}{bracket}")
            continue
        if figure.unit is not Unit.PERCENT:
            amount = _amount(size, figure.unit)
        else:
            amount = decimal(size) if unit_said else f"{decimal(size)} percentage points"
            unit_said = True
        clauses.append(f"{amount} {'above' if difference > 0 else 'below'} {name}{bracket}")
    return clauses


def _name(comparison: Comparison) -> tuple[str, str]:
    """Return what a comparison is called in a sentence, and what stands in brackets behind it."""
    aside = "provisional" if comparison.provisional else ""
    if comparison.kind in _AREAS:
        # "Leeds (secondary), 2025/26": places keep their capitals, and those of one source share the rest.
        name, _, rest = comparison.label.partition(" (")
        return name, "; ".join(part for part in (rest.replace("),", ","), aside) if part)
    name = comparison.label[:1].lower() + comparison.label[1:]
    article = "the " if comparison.kind in (ComparisonKind.TARGET, ComparisonKind.LAST_YEAR) else ""
    return article + name, aside


def _amount(value: float, unit: Unit) -> str:
    if unit is Unit.PERCENT:
        return f"{decimal(value)} %"
    shown = f"{value:,.0f}" if value.is_integer() else decimal(value)
    return f"{shown} {unit.value[:-1] if shown == '1' else unit.value}"
