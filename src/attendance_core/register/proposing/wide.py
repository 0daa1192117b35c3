"""Wide shapes: marks spread over columns, or strung together in one text."""

import re
from statistics import median

from attrs import field, frozen

from attendance_core.dates import WEEKDAYS
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.marks import SESSIONS
from attendance_core.reference.headings import field_ranks, load_headings
from attendance_core.register.proposing.dating import Dating, date_them, is_monday, is_weekday
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.proposing.markwords import (
    SLASHES,
    Scheme,
    are_codes,
    dfe_codes,
    find_scheme,
    looks_like_marks,
)
from attendance_core.register.proposing.roles import find_day, find_school, is_name
from attendance_core.register.proposing.samples import Column, readable_dates
from attendance_core.register.texts import read_dates

GIVEN_WHEN_READING = "given when the file is read"
_SHORTEST_STRING = 10
#: From so many columns of marks on, there may be one for each pupil.
_HIDE_FROM = 4
_SIGNS = frozenset("-# *!@")
_WEEKDAY = re.compile(r"(?P<day>mon|tue|tues|wed|weds|thu|thur|thurs|fri)(?:day|nesday|sday|rsday)?(?P<session>am|pm)?")
_WEEKDAY_LAST = re.compile(
    r"(?P<session>am|pm)(?P<day>mon|tue|tues|wed|weds|thu|thur|thurs|fri)(?:day|nesday|sday|rsday)?"
)
_FULL = {day[:3].lower(): day.lower() for day in WEEKDAYS[:5]}
_OFF = frozenset("-# ")
_WEEKEND = (5, 6)


@frozen(kw_only=True)
class Shapes:
    """What wide shapes a file could have.

    Attributes:
        week: Field of the library to column, Monday AM to Friday PM.
        weekdays: Columns headed by a weekday without AM or PM.
        dated: Column to the date text of its heading, where AM or PM follows it.
        bare: Columns headed by a date alone.
        anonymous: Columns of DfE codes under headings that say nothing.
        hidden: Columns of what may be marks under such headings: they are not repeated.
    """

    week: dict[str, Column] = field(factory=dict)
    weekdays: tuple[Column, ...] = ()
    dated: dict[str, str] = field(factory=dict)
    bare: tuple[Column, ...] = ()
    halves: tuple[Column, Column] | None = None
    string: Column | None = None
    anonymous: tuple[Column, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that have what they need."""
        found = []
        if len(self.week) > 1:
            found.append(Layout.PUPIL_WEEK)
        if self.dated:
            found.append(Layout.DATE_COLUMNS)
        if self.string is not None:
            found.append(Layout.MARK_STRING)
        if self.halves is not None:
            found.append(Layout.PUPIL_DAY)
        return tuple(found)


def find_shapes(draft: Draft) -> Shapes:
    """Find marks that do not stand one in a row."""
    week: dict[str, Column] = {}
    weekdays, bare = [], []
    dated: dict[str, str] = {}
    for column in draft.free():
        match = _WEEKDAY.fullmatch(column.key) or _WEEKDAY_LAST.fullmatch(column.key)
        if match is not None and _holds_marks(column):
            day = _FULL[match["day"][:3]]
            if match["session"]:
                week.setdefault(f"{day}_{match['session']}", column)
            else:
                weekdays.append(column)
            continue
        parts = column.name.split()
        session = parts[-1].upper() if parts else ""
        text = " ".join(parts[:-1] if session in SESSIONS else parts)
        if text and readable_dates([text]):
            if session in SESSIONS:
                dated[column.name] = text
            elif _holds_marks(column):
                bare.append(column)
    halves = None
    am, pm = ([column for column in draft.named(name) if _holds_marks(column)] for name in ("am", "pm"))
    if am and pm:
        halves = (am[0], pm[0])
    known = {column.name for column in (*week.values(), *weekdays, *bare, *(halves or ()))} | set(dated)
    headed = {key for ranks in field_ranks().values() for key in ranks}
    rest = [c for c in draft.free() if c.name not in known and c.key not in headed and c.texts]
    anonymous = tuple(column for column in rest if are_codes(column.texts))
    hidden = tuple(column.name for column in rest if looks_like_marks(column.texts))
    return Shapes(
        week=week,
        weekdays=tuple(weekdays),
        dated=dated,
        bare=tuple(bare),
        halves=halves,
        string=_string(draft),
        anonymous=anonymous,
        hidden=hidden if len(hidden) > _HIDE_FROM else (),
    )


def _holds_marks(column: Column) -> bool:
    return not column.texts or looks_like_marks(column.texts)


def _string(draft: Draft) -> Column | None:
    """The column of long texts made of nothing but one-character codes and signs."""
    letters = {code for code in dfe_codes() if len(code) == 1} | _SIGNS
    found = []
    for column in draft.free():
        texts = column.texts
        if not texts or median(map(len, texts)) < _SHORTEST_STRING or is_name(column):
            continue
        good = [text for text in texts if sum(character in letters for character in text) * 20 >= len(text) * 19]
        signed = [text for text in good if SLASHES & set(text)]
        if len(good) * 10 >= len(texts) * 9 and len(signed) * 2 >= len(texts):
            found.append(column)
    named = [column for column in draft.named("marks") if column in found]
    if named:
        return named[0]
    return found[0] if len(found) == 1 else None


def _texts_of(columns: list[Column]) -> list[str]:
    return sorted({text for column in columns for text in column.texts})


def _shared(draft: Draft, columns: list[Column]) -> frozenset[str]:
    """Values that stand in several columns, or beside several pupils in one."""
    pupil = draft.columns.get("pupil_id")
    who = draft.column(pupil) if pupil else None
    seen: dict[str, int] = {}
    for column in columns:
        for text in column.texts:
            seen[text] = seen.get(text, 0) + 1
    twice = {text for text, times in seen.items() if times > 2}
    beside: set[str] = set()
    for column in columns:
        if not set(column.texts) <= twice:
            beside |= draft.sample.shared(column, who)
    return frozenset(twice | beside)


def finish(draft: Draft, layout: Layout, shapes: Shapes) -> Mapping | None:
    """Make the mapping of a wide layout; the pupil's column has been found already."""
    draft.reasons.append(f"layout is {layout.value}")
    if layout is Layout.PUPIL_WEEK:
        return _week(draft, shapes)
    if layout is Layout.DATE_COLUMNS:
        return _dated(draft, shapes)
    if layout is Layout.MARK_STRING:
        return _mark_string(draft, shapes)
    return _halves(draft, shapes)


def _mapping(draft: Draft, layout: Layout, dating: Dating, scheme: Scheme, *, per_week: int = 10) -> Mapping | None:
    if "pupil_id" not in draft.columns:
        return None
    return Mapping(
        id="marks",
        layout=layout,
        columns=draft.columns,
        values=scheme.values,
        listed_only=scheme.listed_only,
        no_mark=scheme.no_mark,
        dates=dating.order,
        date_format=dating.date_format,
        marks_per_week=per_week,
    )


def _week(draft: Draft, shapes: Shapes) -> Mapping | None:
    columns = list(shapes.week.values())
    for name in (f"{day.lower()}_{session.lower()}" for day in WEEKDAYS[:5] for session in SESSIONS):
        if name in shapes.week:
            draft.take(name, shapes.week[name], "its heading names day and session, and it holds marks")
    if len(columns) < 10:
        draft.reasons.append(f"{10 - len(columns)} of the ten sessions of a week have no column")
    scheme = find_scheme(draft, _texts_of(columns), code=None, shared=_shared(draft, columns))
    dating = Dating()
    weeks = [column for column in draft.named("week") if column.dates == 1]
    if not weeks:
        others = [column.name for column in draft.free() if column.dates == 1]
        text = (
            "No column says which week the marks are of. Give the Monday when the file is read, or name the column "
            "that holds it."
        )
        answer = draft.ask("columns.week", text, (GIVEN_WHEN_READING, *others), GIVEN_WHEN_READING)
        weeks = [draft.column(answer)] if answer and answer != GIVEN_WHEN_READING else []
    if weeks:
        dating = date_them(draft, weeks[0].texts, fits=is_monday, must="every week begins on a Monday")
        if all(map(is_monday, dating.days)):
            draft.take("week", weeks[0], "its heading says so, and it holds Mondays")
        else:
            text = f"Column {weeks[0].name!r} does not hold Mondays only, from which the days are counted."
            draft.ask("columns.week", text, (GIVEN_WHEN_READING,), GIVEN_WHEN_READING)
    find_school(draft, None)
    return _mapping(draft, Layout.PUPIL_WEEK, dating, scheme)


def _dated(draft: Draft, shapes: Shapes) -> Mapping | None:
    columns = [draft.column(name) for name in shapes.dated]
    for column in (*columns, *shapes.bare):
        draft.used.add(column.name)
    draft.reasons.append(f"{len(columns)} headings are a date with AM or PM")
    if shapes.bare:
        text = (
            f"{len(shapes.bare)} headings are a date without AM or PM; those columns would not be read. Is that right?"
        )
        draft.ask("layout", text, (Layout.DATE_COLUMNS.value,), Layout.DATE_COLUMNS.value)
    dating = date_them(draft, shapes.dated.values(), fits=is_weekday, must="every day is a weekday")
    scheme = find_scheme(draft, _texts_of(columns), code=None, shared=_shared(draft, columns))
    find_school(draft, None)
    return _mapping(draft, Layout.DATE_COLUMNS, dating, scheme)


def _halves(draft: Draft, shapes: Shapes) -> Mapping | None:
    if shapes.halves is None:
        return None
    columns = list(shapes.halves)
    for name, column in zip(("am", "pm"), columns, strict=True):
        draft.take(name, column, "its heading says so, and it holds marks")
    scheme = find_scheme(draft, _texts_of(columns), code=None, shared=_shared(draft, columns))
    day = find_day(draft)
    if day is None:
        return None
    dating = date_them(draft, day.texts, fits=is_weekday, must="every day is a weekday")
    find_school(draft, None)
    pupil = draft.columns.get("pupil_id")
    if pupil:
        school = [draft.column(draft.columns["school_id"])] if "school_id" in draft.columns else []
        sizes = draft.sample.group_sizes(draft.column(pupil), day, *school)
        if sum(n > 1 for n in sizes) * 5 > len(sizes):
            text = "Many pupils have several rows for one day. Does each row stand for the pupil's whole day?"
            draft.ask("layout", text, (Layout.PUPIL_DAY.value,), Layout.PUPIL_DAY.value)
    return _mapping(draft, Layout.PUPIL_DAY, dating, scheme)


def _mark_string(draft: Draft, shapes: Shapes) -> Mapping | None:
    column = shapes.string
    if column is None:
        return None
    draft.take("marks", column, "it holds strings of one-character marks")
    draft.reasons.append("one character a mark: C may stand for C1 or C2, Y for Y1 to Y7, J for J1")
    signs = {sign.sign for sign in load_headings().signs}
    characters = sorted(set("".join(column.texts)) - {" "})
    scheme = find_scheme(draft, characters, code=None, shared=frozenset(characters) & (signs | SLASHES | _SIGNS))
    begin = find_day(draft, "start_date")
    if begin is None:
        return None
    dating = date_them(draft, begin.texts, fits=is_monday, must="every string begins on a Monday")
    per_week = _per_week(draft, column, begin, dating)
    if per_week == 10 and not all(map(is_monday, dating.days)):
        text = (
            "Some strings begin on another day than a Monday, and hold five days a week: where their weeks turn cannot "
            "be told. Export them from a Monday on."
        )
        draft.ask("columns.start_date", text)
    find_school(draft, None)
    return _mapping(draft, Layout.MARK_STRING, dating, scheme, per_week=per_week)


def _per_week(draft: Draft, strings: Column, begin: Column, dating: Dating) -> int:
    """Ten marks a week or fourteen: with fourteen, those of Saturdays and Sundays are never a pupil's."""
    pairs = draft.sample.pairs(begin, strings)
    read = read_dates({text for text, _ in pairs}, order=dating.order, date_format=dating.date_format).dates
    known = [(read[text].weekday(), marks) for text, marks in pairs if text in read]
    longest = max((len(marks) for _, marks in known), default=0)
    mondays = all(first == 0 for first, _ in known)
    on_weekends = {
        mark for first, marks in known for place, mark in enumerate(marks) if (first + place // 2) % 7 in _WEEKEND
    }
    if on_weekends - _OFF:
        draft.reasons.append("marks_per_week is 10: with 14, marks would stand on weekends")
        return 10
    if mondays and longest <= 10:
        draft.reasons.append("marks_per_week is 10: no string is longer than a week")
        return 10
    if not mondays or longest >= 28:
        draft.reasons.append("marks_per_week is 14: no Saturday or Sunday has a mark, when every day is counted")
        return 14
    text = "Does a string hold ten marks a week (Monday to Friday) or fourteen (with the weekend)?"
    answer = draft.ask("marks_per_week", text, ("10", "14"), "10")
    return int(answer or "10")
