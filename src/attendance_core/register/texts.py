"""What single cells mean: dates, sessions and marks as schools' systems write them.

Every function here works on the distinct texts of a column, of which a register holds a few hundred at most.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from attrs import frozen

from attendance_core.model.mappings import DateOrder
from attendance_core.model.marks import AM, PM

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?"
    r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:[A-Za-z]+,? +)?(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([A-Za-z]+)[-/., ]+(\d{4}|\d{2})")
_OFFSET = re.compile(r"(.*)\+(\d{1,4})([dw])", re.DOTALL)
#: Registers before the first coded regulations, or in the next century, are slips of the pen.
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def is_likely(day: date) -> bool:
    """Whether a register can be of this day at all."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


@frozen(kw_only=True)
class DateReading:
    """What the distinct date texts of a column are.

    Attributes:
        dates: Text to date, for those that are one.
        bad: Text to why it is none.
        order: The order used for numeric dates.
        assumed: The file itself does not prove that order.
    """

    dates: Mapping[str, date]
    bad: Mapping[str, str]
    order: DateOrder
    assumed: bool = False


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _build(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if is_likely(found) else None


def _numeric_order(texts: Iterable[str]) -> tuple[DateOrder, bool]:
    """Decide which way round numeric dates are, from the file itself; say whether that is proved."""
    day_first = month_first = ambiguous = 0
    weekdays = [0, 0]
    for text in texts:
        match = _NUMERIC.fullmatch(text)
        if match is None:
            continue
        first, second = int(match[1]), int(match[2])
        if first > 12:
            day_first += 1
        elif second > 12:
            month_first += 1
        else:
            ambiguous += 1
            for index, (month, day) in enumerate(((second, first), (first, second))):
                found = _build(_year(match[3]), month, day)
                weekdays[index] += found is not None and found.weekday() < 5
    if day_first or month_first:
        return (DateOrder.DAY_FIRST if day_first >= month_first else DateOrder.MONTH_FIRST), False
    return DateOrder.DAY_FIRST, bool(ambiguous)


def _one_date(text: str, order: DateOrder, date_format: str) -> date | None:
    if date_format:
        from datetime import datetime

        try:
            found = datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day in a register has no zone
        except ValueError:
            return None
        return found if is_likely(found) else None
    if (match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text)) is not None:
        return _build(int(match[1]), int(match[2]), int(match[3]))
    if (match := _NUMERIC.fullmatch(text)) is not None and order is not DateOrder.ISO:
        first, second, year = int(match[1]), int(match[2]), _year(match[3])
        return _build(year, first, second) if order is DateOrder.MONTH_FIRST else _build(year, second, first)
    if (match := _NAMED.fullmatch(text)) is not None and (month := _MONTHS.get(match[2].casefold())):
        return _build(_year(match[3]), month, int(match[1]))
    return None


def read_dates(texts: Iterable[str], *, order: DateOrder = DateOrder.AUTO, date_format: str = "") -> DateReading:
    """Read the distinct date texts of a column.

    ISO, numeric (day first unless the file proves month first) and named months are understood. A text that ends
    in ``+3d`` is the date before it, three days on; in ``+3w``, three weekdays on, a weekend being passed over
    (layouts that hold a week or a string of marks use them).

    >>> read_dates(["03/09/2025"]).dates["03/09/2025"].isoformat()
    '2025-09-03'
    """
    listed = list(texts)
    bases: dict[str, str] = {}
    for text in listed:
        match = _OFFSET.fullmatch(text)
        bases[text] = (match[1] if match else text).strip().lstrip("'")
    assumed = False
    if order is DateOrder.AUTO:
        order, assumed = _numeric_order(set(bases.values()))
    dates: dict[str, date] = {}
    bad: dict[str, str] = {}
    for text in listed:
        found = _one_date(bases[text], order, date_format)
        if found is None:
            bad[text] = "no date" if not bases[text] else f"{bases[text]!r} is no possible date"
            continue
        match = _OFFSET.fullmatch(text)
        if match is not None:
            found = _weekdays_on(found, int(match[2])) if match[3] == "w" else found + timedelta(days=int(match[2]))
        dates[text] = found
    return DateReading(dates=dates, bad=bad, order=order, assumed=assumed)


_CLOCK = re.compile(
    r"(?P<day>.*?)(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d*)?)? ?(?P<half>[AaPp][Mm])?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.DOTALL,
)


def read_moments(texts: Iterable[str], *, order: DateOrder = DateOrder.AUTO) -> dict[str, float]:
    """Read when something was recorded: days with or without a time, or running numbers.

    Returns:
        Text to a number that is greater the later it was; texts that say no moment are left out.

    >>> found = read_moments(["09/10/2025 08:55", "10/09/2025 13:05"])
    >>> found["09/10/2025 08:55"] > found["10/09/2025 13:05"]
    True
    """
    listed = {text: text.strip() for text in texts}
    if all(len(text) != 8 and text.isascii() and text.isdigit() for text in listed.values() if text):
        return {text: float(stripped) for text, stripped in listed.items() if stripped}
    parts = {text: match for text, stripped in listed.items() if (match := _CLOCK.fullmatch(stripped))}
    days = read_dates({match["day"] for match in parts.values()}, order=order).dates
    found = {}
    for text, match in parts.items():
        if match["day"] not in days:
            continue
        hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
        if match["half"]:
            hour = hour % 12 + (12 if match["half"].upper() == "PM" else 0)
        seconds = (hour * 60 + minute) * 60 + second
        if match["zone"] and match["zone"] != "Z":
            ahead = int(match["zone"][1:3]) * 3600 + int(match["zone"][-2:]) * 60
            seconds -= ahead if match["zone"][0] == "+" else -ahead
        found[text] = days[match["day"]].toordinal() * 86400.0 + seconds
    return found


def _weekdays_on(day: date, number: int) -> date:
    """Go on by weekdays; a start on a weekend is taken as the Monday after it."""
    start = day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
    weeks, rest = divmod(start.weekday() + number, 5)
    return start + timedelta(days=weeks * 7 + rest - start.weekday())


_SESSION_WORDS = {
    **dict.fromkeys(("am", "a", "morning", "a.m.", "a.m", "am session", "session 1", "am registration", "amreg"), AM),
    **dict.fromkeys(("pm", "p", "afternoon", "p.m.", "p.m", "pm session", "session 2", "pm registration", "pmreg"), PM),
}


def read_session(text: str, names: Mapping[str, str]) -> str | None:
    """Return AM or PM for a system's name of a session, or None where it is neither.

    >>> read_session(" am ", {})
    'AM'
    """
    stripped = text.strip()
    folded = {name.casefold(): value for name, value in names.items()}
    if stripped.casefold() in folded:
        return folded[stripped.casefold()]
    return _SESSION_WORDS.get(stripped.casefold())


MINUTES_A_DAY = 1440
_MINUTES = re.compile(r"\d{1,4}(?:\.\d{1,9})?", re.ASCII)


def read_minutes(text: str) -> int | None:
    """Return the whole minutes that a text gives, or None where it is no number of minutes of a day.

    >>> read_minutes(" 12.0 "), read_minutes("soon")
    (12, None)
    """
    stripped = text.strip()
    if _MINUTES.fullmatch(stripped) is None or float(stripped) > MINUTES_A_DAY:
        return None
    return int(float(stripped))


_SLASHES = {"／": "/", "⁄": "/", "∕": "/", "⧸": "/", "＼": "\\", "﹨": "\\", "⧵": "\\", "∖": "\\"}  # noqa: RUF001


@frozen(kw_only=True)
class MarkReading:
    """What one mark text is: a code, no mark at all, or a reject; a doubt says what was mended or assumed."""

    code: str | None = None
    no_mark: bool = False
    reject: str = ""
    doubt: str = ""


def read_mark(
    text: str, *, values: Mapping[str, str], no_mark: Iterable[str], listed_only: bool, known: frozenset[str]
) -> MarkReading:
    r"""Read one distinct mark text.

    Args:
        text: As it stands in the file.
        values: The mapping's own values.
        no_mark: Texts that say no mark was made.
        listed_only: Only listed values mean anything.
        known: The codes that exist in a codebook.

    >>> read_mark(" \\\\ ", values={}, no_mark=(), listed_only=False, known=frozenset("/\\")).code
    '\\'
    """
    stripped = text.strip()
    if stripped in values:
        return MarkReading(code=values[stripped])
    folded = {value.casefold(): code for value, code in values.items()}
    if stripped.casefold() in folded and len(stripped) > 2:
        return MarkReading(code=folded[stripped.casefold()])
    if stripped in no_mark:
        return MarkReading(no_mark=True)
    if listed_only:
        return MarkReading(reject=f"value {stripped[:20]!r} is not listed in the mapping's values")
    if stripped in known:
        return MarkReading(code=stripped)
    mended = "".join(_SLASHES.get(character, character) for character in stripped).lstrip("'`´’").strip('"')  # noqa: RUF001
    if len(mended) > 1 and set(mended) in ({"/"}, {"\\"}):
        mended = mended[0]
    if mended in known:
        return MarkReading(code=mended, doubt=f"a mangled sign was read as {mended}")
    upper = mended.upper()
    if upper in known:
        return MarkReading(code=upper, doubt=f"lower case {mended} was read as {upper}")
    return MarkReading(reject=f"code {stripped[:20]!r} is unknown")
