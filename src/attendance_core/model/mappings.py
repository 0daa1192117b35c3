"""Mappings: how one system's columns and values are read. A school writes one in ten lines."""

from enum import StrEnum
from typing import TypeVar

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault

M = TypeVar("M", bound=StrEnum)


def _member(members: type[M], value: str) -> M:
    """Take a member by its text too, as a program writes it; anything else would fail far from its cause."""
    try:
        return members(value)
    except ValueError:
        expected = f"one of {', '.join(member.value for member in members)}"
        what = f"{value!r} is no {members.__name__}"
        raise DocumentError(Fault("mapping", what, expected, "Correct the value")) from None


class Layout(StrEnum):
    """How a file spreads its marks over rows and columns."""

    LONG = "long"
    """A row for each session: pupil, date, session, code."""
    DAY = "day"
    """A row for each day with one value that holds for AM and PM."""
    PUPIL_DAY = "pupil-day"
    """A row for each pupil and day with an AM and a PM column."""
    PUPIL_WEEK = "pupil-week"
    """A row for each pupil and week with ten columns, Monday AM to Friday PM."""
    MARK_STRING = "mark-string"
    """A row for each pupil with a start date and a text of one character a session."""
    DATE_COLUMNS = "date-columns"
    """A row for each pupil with a column for every date and session."""
    LESSON = "lesson"
    """A row for each lesson: read as lessons, never as sessions."""
    COUNTS = "counts"
    """A row for each pupil, school or area with numbers of sessions by code."""


class DateOrder(StrEnum):
    """Which way round a written date is."""

    AUTO = "auto"
    """ISO, or day first unless the file itself proves month first."""
    ISO = "iso"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Duplicates(StrEnum):
    """What happens to conflicting marks for one session."""

    REJECT = "reject"
    LATEST = "latest"
    """Keep the one recorded last; needs a ``recorded_at`` column."""


def _layout(value: str) -> Layout:
    return _member(Layout, value)


def _order(value: str) -> DateOrder:
    return _member(DateOrder, value)


def _duplicates(value: str) -> Duplicates:
    return _member(Duplicates, value)


@frozen(kw_only=True)
class CountColumn:
    """A column of numbers in a counts layout, and the code that they are sessions of.

    Attributes:
        column: The file's column.
        code: The code.
    """

    column: str
    code: str


@frozen(kw_only=True)
class CountResidual:
    """A total that may exceed its listed codes; the excess is kept under a code of its own.

    Attributes:
        total: The file's column of the total.
        codes: The codes that are listed in it.
        code: The code that the excess is kept under.
    """

    total: str
    codes: tuple[str, ...]
    code: str


@frozen(kw_only=True)
class Mapping:
    """A declarative reading of one layout.

    Attributes:
        layout: How the file spreads its marks over rows and columns.
        columns: Field of the library to column of the file. Fields: pupil_id, school_id, date, session, code, am, pm,
            week, start_date, marks, monday_am ... friday_pm, period, subject, minutes_late, recorded_at, and the
            other optional mark columns; for a pupils file: pupil_id, school_id, start, end, person_id.
        characteristics: Characteristic to column of the pupils (or marks) file.
        values: The file's mark to a code. With ``listed_only`` a value that is not listed is a reject.
        listed_only: The file's marks are not DfE codes: only listed values mean anything.
        no_mark: Values that say no mark was made.
        sessions: The file's session names to AM or PM.
        dates: Which way round dates are written.
        date_format: The way dates are written, as in ``%d %b %Y``, where no order is enough.
        duplicates: What happens to conflicting marks for one session.
        keep: Column to values: rows with another value are not marks of this layout and are refused by name.
        marks_per_week: Characters a week in a mark string: 10 (Monday to Friday) or 14.
        counts: Counts layout: the columns of numbers.
        residuals: Counts layout: totals that may exceed their listed codes.
        keys: Counts layout: columns that name the population of a row.
        note: Anything that a reader of the mapping should know.
    """

    id: str
    title: str = ""
    layout: Layout = field(default=Layout.LONG, converter=_layout)
    columns: dict[str, str] = field(factory=dict)
    characteristics: dict[str, str] = field(factory=dict)
    values: dict[str, str] = field(factory=dict)
    listed_only: bool = False
    no_mark: tuple[str, ...] = ("", "-")
    sessions: dict[str, str] = field(factory=dict)
    dates: DateOrder = field(default=DateOrder.AUTO, converter=_order)
    date_format: str = ""
    duplicates: Duplicates = field(default=Duplicates.REJECT, converter=_duplicates)
    keep: dict[str, tuple[str, ...]] = field(factory=dict)
    marks_per_week: int = 10
    counts: tuple[CountColumn, ...] = ()
    residuals: tuple[CountResidual, ...] = ()
    keys: tuple[str, ...] = ()
    school: str = ""
    """The school's id where the file has no column for it."""
    note: str = ""
