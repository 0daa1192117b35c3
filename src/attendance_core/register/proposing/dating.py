"""Which way round dates are: proved by the file, or asked."""

import re
from collections.abc import Callable, Iterable
from datetime import date

from attrs import frozen

from attendance_core.model.mappings import DateOrder
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.texts import read_dates

YEAR_FIRST = "year-first"
_SHORT = re.compile(r"(\d\d)([-/. ])(\d\d)\2(\d\d)")
_EXAMPLES = 3


@frozen(kw_only=True)
class Dating:
    """How the dates of a file are read.

    Attributes:
        days: The dates under that reading; under the suggested one while the question is open.
    """

    order: DateOrder = DateOrder.AUTO
    date_format: str = ""
    days: frozenset[date] = frozenset()


def date_them(draft: Draft, texts: Iterable[str], *, fits: Callable[[date], bool] | None, must: str) -> Dating:
    """Decide which way round dates are.

    Args:
        draft: Takes the reason, or the question.
        texts: The different date texts.
        fits: What a right date must be, such as a school day; None where a date says nothing about itself.
        must: That condition in words.
    """
    listed = sorted(set(texts))
    day_first = read_dates(listed, order=DateOrder.DAY_FIRST).dates
    month_first = read_dates(listed, order=DateOrder.MONTH_FIRST).dates
    short = _short_years(draft, listed)
    if short is not None:
        return short
    days = {DateOrder.DAY_FIRST: frozenset(day_first.values()), DateOrder.MONTH_FIRST: frozenset(month_first.values())}

    def chosen(order: DateOrder, reason: str) -> Dating:
        draft.reasons.append(f"dates are {order.value}: {reason}")
        return Dating(order=order, days=days[order])

    only_day, only_month = set(day_first) - set(month_first), set(month_first) - set(day_first)
    differing = [text for text in day_first if text in month_first and day_first[text] != month_first[text]]
    if only_day and only_month:
        likely = DateOrder.DAY_FIRST if len(only_day) >= len(only_month) else DateOrder.MONTH_FIRST
        return _asked(
            draft,
            days,
            likely,
            f"Dates stand in both orders: {len(only_day)} can only be day first, {len(only_month)} only month first; "
            "those of the other order will be refused or misread. Which order is the file's?",
        )
    if only_day:
        return chosen(DateOrder.DAY_FIRST, "a number above 12 stands first")
    if only_month:
        return chosen(DateOrder.MONTH_FIRST, "a number above 12 stands second")
    if not differing:
        iso = read_dates(listed, order=DateOrder.ISO).dates
        if len(iso) == len(day_first) and not any(character.isalpha() for text in iso for character in text[:10]):
            draft.reasons.append("dates are iso: the year stands first")
            return Dating(order=DateOrder.ISO, days=frozenset(iso.values()))
        draft.reasons.append("dates: both ways round give the same days")
        return Dating(days=days[DateOrder.DAY_FIRST])
    if fits is not None:
        good = {order: all(map(fits, found)) for order, found in days.items()}
        for order, other in (
            (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST),
            (DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST),
        ):
            if good[order] and not good[other]:
                return chosen(order, f"only so {must}")
    return _asked(
        draft,
        days,
        DateOrder.DAY_FIRST,
        f"No date proves which way round it is (as in {', '.join(sorted(differing)[:_EXAMPLES])}). Is it day first?"
        if fits is not None
        else "No date proves which way round it is. Is it day first?",
    )


def _asked(draft: Draft, days: dict[DateOrder, frozenset[date]], likely: DateOrder, text: str) -> Dating:
    choices = (DateOrder.DAY_FIRST.value, DateOrder.MONTH_FIRST.value)
    order = DateOrder(draft.ask("dates", text, choices, likely.value) or likely)
    return Dating(order=order, days=days[order])


def _short_years(draft: Draft, texts: list[str]) -> Dating | None:
    """Dates such as 24-09-10 may begin with the year; the reader takes them for day first unless told."""
    found = [match for text in texts if (match := _SHORT.fullmatch(text)) is not None]
    separators = {match[2] for match in found}
    if not found or len(found) < len(texts) or len(separators) > 1:
        return None
    pattern = "%y{0}%m{0}%d".format(separators.pop())
    year_first = read_dates(texts, date_format=pattern).dates
    if len(year_first) < len(texts):
        return None
    days = {
        DateOrder.DAY_FIRST.value: read_dates(texts, order=DateOrder.DAY_FIRST).dates,
        DateOrder.MONTH_FIRST.value: read_dates(texts, order=DateOrder.MONTH_FIRST).dates,
        YEAR_FIRST: year_first,
    }
    whole = {name: frozenset(read.values()) for name, read in days.items() if len(read) == len(texts)}
    # Years change less than days: the likelier reading is the one that spans less time.
    likely = min(whole, key=lambda name: (max(whole[name]) - min(whole[name]), name))
    answer = draft.ask("dates", "Years have two digits, and may stand first or last. Which?", whole, likely) or likely
    if answer == YEAR_FIRST:
        return Dating(date_format=pattern, days=whole[answer])
    return Dating(order=DateOrder(answer), days=whole[answer])


def is_weekday(day: date) -> bool:
    """Whether schools are commonly open on that day of the week."""
    return day.weekday() < 5


def is_monday(day: date) -> bool:
    """Whether the day begins a school week."""
    return day.weekday() == 0
