"""Registers made for rules: schools with gaps and closures, and pupils whose marks lie near what rules ask.

A pupil is drawn as a handful of small numbers (so that a failing case can be made small), and dealt out by dice that
those numbers seed.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
from attrs import evolve
from hypothesis import strategies as st

from attendance_core.model.calendars import Break, CalendarDocument, Closure, ClosureKind, Term, TermName
from attendance_core.register.register import Register
from tests import policy_oracle as slow
from tests.registers import LONG, PUPILS, read, typed

NEW_CODES = date(2024, 8, 19)
#: What codes of today were before the regulations of 2024; those not named were the same.
_OLDER = {"C1": "C", "C2": "C", "J1": "J", "K": "B", "Q": "Y", **{f"Y{number}": "Y" for number in range(1, 8)}}
MARKS_MAPPING = evolve(LONG, school="", columns=LONG.columns | {"school_id": "School"})
PUPILS_MAPPING = evolve(PUPILS, columns=PUPILS.columns | {"school_id": "School"})
DAY = timedelta(days=1)


# -- schools


def _year(begins: int, *, late: int = 0, term_gap: int = 0) -> tuple[Term, ...]:
    """The terms of a year; ``late`` moves its first day, ``term_gap`` lengthens the Christmas holiday (days)."""
    following = begins + 1
    return (
        Term(
            name=TermName.AUTUMN,
            start=date(begins, 9, 2) + late * DAY,
            end=date(begins, 12, 19),
            half_term=Break(start=date(begins, 10, 25), end=date(begins, 11, 2)),
        ),
        Term(
            name=TermName.SPRING,
            start=date(following, 1, 5) + term_gap * DAY,
            end=date(following, 3, 28),
            half_term=Break(start=date(following, 2, 14), end=date(following, 2, 22)),
        ),
        Term(
            name=TermName.SUMMER,
            start=date(following, 4, 13),
            end=date(following, 7, 21),
            half_term=Break(start=date(following, 5, 23), end=date(following, 5, 31)),
        ),
    )


def _closures(begins: int, *, shut_week: date | None = None) -> tuple[Closure, ...]:
    following = begins + 1
    single = [
        Closure(date=date(begins, 9, 2), kind=ClosureKind.INSET),
        Closure(date=date(begins, 9, 3), kind=ClosureKind.INSET, session="AM"),
        Closure(date=date(begins, 11, 3), kind=ClosureKind.INSET),
        Closure(date=date(following, 5, 4), kind=ClosureKind.BANK_HOLIDAY),
        Closure(date=date(following, 6, 11), kind=ClosureKind.POLLING, session="PM"),
    ]
    if shut_week is not None:
        monday = shut_week - shut_week.weekday() * DAY
        single += [Closure(date=monday + day * DAY) for day in range(5) if monday + day * DAY > date(begins, 9, 3)]
    return tuple({(one.date, one.session): one for one in single}.values())


@cache
def documents(begins: int, variant: int) -> tuple[CalendarDocument, ...]:
    """Two schools over two academic years: one of them opens late and shuts for a week in the autumn."""
    return tuple(
        CalendarDocument(
            school=school,
            terms=_year(year, late=late, term_gap=gap),
            closures=_closures(year, shut_week=date(year, 10, 7 + 7 * variant) if shut else None),
        )
        for school, late, gap, shut in (("north", 0, 0, False), ("south", 2 + variant, 7 * variant, True))
        for year in (begins, begins + 1)
    )


def open_sessions(document: CalendarDocument) -> Iterator[tuple[date, str]]:
    """Worked out here, without the package: what a school's calendar says of each day."""
    shut = {(closure.date, closure.session) for closure in document.closures}
    for term in document.terms:
        for offset in range((term.end - term.start).days + 1):
            day = term.start + offset * DAY
            pause = term.half_term
            if day.weekday() > 4 or (pause and pause.start <= day <= pause.end) or (day, None) in shut:
                continue
            yield from ((day, half) for half in ("AM", "PM") if (day, half) not in shut)


@cache
def school(begins: int, variant: int, name: str) -> slow.School:
    """One school, as the oracle knows it."""
    mine = [document for document in documents(begins, variant) if document.school == name]
    sessions = tuple(slot for document in mine for slot in open_sessions(document))
    halves: list[tuple[date, date]] = []
    for term in (term for document in mine for term in document.terms):
        pause = term.half_term
        assert pause is not None
        for first, last in ((term.start, pause.start - DAY), (pause.end + DAY, term.end)):
            days = [day for day, _ in sessions if first <= day <= last]
            halves.append((min(days), max(days)))
    return slow.School(sessions, tuple(halves))


# -- pupils

Mixture = tuple[tuple[str, int], ...]
#: What stands in a session for a while: codes with their weights; "" is no mark, "/" present.
MIXTURES: tuple[Mixture, ...] = (
    (("/", 1),),
    (("/", 19), ("I", 1)),
    (("/", 9), ("O", 1)),
    (("/", 8), ("L", 1), ("U", 1)),
    (("/", 6), ("I", 1), ("O", 1), ("B", 1), ("V", 1)),
    (("/", 1), ("O", 1)),
    (("/", 3), ("N", 1)),
    (("O", 1),),
    (("I", 1),),
    (("G", 1),),
    (("O", 6), ("G", 2), ("N", 2), ("U", 1)),
    (("O", 8), ("Q", 1), ("", 1)),
    (("I", 8), ("Y3", 1), ("X", 1), ("D", 1)),
    (("O", 9), ("/", 1)),
    (("C2", 1), ("/", 1)),
    (("Y1", 1), ("Y7", 1), ("/", 4)),
    (("#", 1),),
    (("", 1),),
    (("Q", 1),),
    (("X02", 1), ("I", 1), ("/", 2)),
    (("M", 1), ("/", 12), ("J1", 1), ("E", 1), ("R", 1)),
    (("H", 1), ("J", 1), ("/", 5)),  # Withdrawn in August 2024; read with a warning afterwards.
)
#: How a mixture is dealt: each session, each whole day, mornings only, one weekday only.
DEALS = ("session", "session", "day", "day", "morning", "weekday")
#: Blocks end after so many school days; the numbers that rules ask for are among them.
LENGTHS = (1, 2, 3, 4, 5, 5, 6, 8, 9, 10, 11, 14, 15, 16, 19, 20, 21, 25, 40, 60)
#: Absence without leave and illness come more often than the rest.
MIXED = (*range(len(MIXTURES)), 0, 0, 3, 5, 6, 7, 7, 8, 8, 9, 10, 10, 12, 13, 14, 14)


@dataclass(frozen=True)
class Block:
    """So many school days of a mixture."""

    days: int
    mixture: int
    deal: str


@dataclass(frozen=True)
class Pupil:
    """A pupil as drawn: one enrolment, or two of one who left and came back."""

    school: str
    before: int
    """School days from the enrolment's first to the day asked about."""
    seed: int
    blocks: tuple[Block, ...]
    away: int = 0
    """School days away in the middle; 0: one enrolment."""
    leaves: bool = False


@dataclass(frozen=True)
class Case:
    """A register to ask: its first year, its calendars, the day asked about, its pupils."""

    begins: int
    variant: int
    as_of: date
    pupils: tuple[Pupil, ...] = field(repr=False)


def blocks() -> st.SearchStrategy[Block]:
    """Few days of one mixture."""
    return st.builds(
        Block,
        days=st.sampled_from(LENGTHS),
        mixture=st.sampled_from(MIXED),
        deal=st.sampled_from(DEALS),
    )


def pupils() -> st.SearchStrategy[Pupil]:
    """One pupil."""
    return st.builds(
        Pupil,
        school=st.sampled_from(("north", "south")),
        before=st.sampled_from((4, 10, 20, 35, 50, 50, 70, 90, 120, 150, 180, 240, 400, -5)),
        seed=st.integers(0, 255),
        blocks=st.lists(blocks(), min_size=2, max_size=8).map(tuple),
        away=st.sampled_from((0, 0, 0, 5, 30)),
        leaves=st.booleans(),
    )


def cases(size: int) -> st.SearchStrategy[Case]:
    """A register of up to so many pupils."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Case:
        begins = draw(st.sampled_from((2023, 2023, 2024, 2024, 2020)))
        day = draw(st.integers(min_value=20, max_value=690))
        return Case(
            begins=begins,
            variant=draw(st.integers(0, 2)),
            as_of=date(begins, 9, 1) + day * DAY,
            pupils=tuple(draw(st.lists(pupils(), min_size=size * 3 // 4, max_size=size))),
        )

    return drawn()


@dataclass(frozen=True)
class Enrolment:
    """One enrolment as it goes into the files, and as the oracle sees it."""

    pupil: str
    school: str
    start: date
    end: date | None
    marks: tuple[tuple[date, str, str], ...]

    @property
    def id(self) -> str:
        """As the register spells it."""
        return f"{self.school}|{self.pupil}|{self.start}"

    def history(self, records: Mapping[str, tuple[slow.Record, ...]] | None = None) -> slow.History:
        """Its marks, for the oracle."""
        return slow.History(self.start, self.end, tuple(slow.mark(*one) for one in self.marks), records or {})


def spelled(code: str, day: date, half: str) -> str:
    """A code as it was spelled on a day."""
    if code == "/" and half == "PM":
        return "\\"
    if code.startswith("X0") and not date(2020, 8, 1) <= day <= date(2022, 7, 31):
        return "X"
    return _OLDER.get(code, code) if day < NEW_CODES else code


def first_place(pupil: Pupil, where: slow.School, as_of: date) -> int:
    """Which school day of the calendar the enrolment begins on."""
    return min(max(bisect_right(where.days, as_of) - pupil.before, 0), len(where.days) - 1)


def dealt(pupil: Pupil, where: slow.School, first: int) -> Iterator[tuple[date, str, str]]:
    """The pupil's marks: day, session, code."""
    dice = random.Random(pupil.seed)
    days = iter(where.days[first:])
    halves: dict[date, list[str]] = {}
    for day, half in where.sessions:
        halves.setdefault(day, []).append(half)
    for block in pupil.blocks:
        mixture = MIXTURES[block.mixture]
        codes, weights = zip(*mixture, strict=True)
        for _, day in zip(range(block.days), days, strict=False):
            whole = dice.choices(codes, weights)[0]
            for half in halves[day]:
                code = dice.choices(codes, weights)[0] if block.deal == "session" else whole
                if (block.deal == "morning" and half == "PM") or (
                    block.deal == "weekday" and day.weekday() != pupil.seed % 5
                ):
                    code = "/"
                if code:
                    yield day, half, spelled(code, day, half)


def enrolments(case: Case) -> list[Enrolment]:
    """Every enrolment of a case; the marks of a shut school's days are # for some."""
    found = []
    for number, pupil in enumerate(case.pupils):
        where = school(case.begins, case.variant, pupil.school)
        first_day = first_place(pupil, where, case.as_of)
        marks = list(dealt(pupil, where, first_day))
        start = where.days[first_day]
        last = max((day for day, _, _ in marks), default=start)
        name = f"p{number:03}"
        if pupil.away and (last - start).days > 40:
            leaves = start + (last - start) // 2
            returns = leaves + pupil.away * DAY
            spans: Sequence[tuple[date, date | None]] = [(start, leaves), (returns, last if pupil.leaves else None)]
        else:
            spans = [(start, last if pupil.leaves else None)]
        for first, until in spans:
            mine = [one for one in marks if first <= one[0] and (until is None or one[0] <= until)]
            if pupil.seed % 3 == 0:  # Some schools mark planned closures too.
                end = until or last
                open_days = set(where.days)
                mine += [
                    (day, half, "#")
                    for offset in range((end - first).days + 1)
                    if (day := first + offset * DAY).weekday() < 5 and day.month not in (8,) and day not in open_days
                    for half in ("AM", "PM")
                ]
            found.append(Enrolment(name, pupil.school, first, until, tuple(sorted(mine))))
    return found


def marks_frame(made: Sequence[Enrolment]) -> pl.DataFrame:
    """The marks as a file holds them."""
    rows = [(one.school, one.pupil, str(day), half, code) for one in made for day, half, code in one.marks]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("School", "Pupil", "Date", "Session", "Mark"), pl.String), orient="row"
    )


def pupils_frame(made: Sequence[Enrolment]) -> pl.DataFrame:
    """The pupils file."""
    columns = ("School", "Pupil", "Start", "End", "From", "To", "Year", "Sex", "FSM", "Form")
    rows = [(one.school, one.pupil, str(one.start), str(one.end or ""), *[""] * 6) for one in made]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def register(made: Sequence[Enrolment], calendars: Sequence[CalendarDocument], **more: Any) -> Register:
    """Read a register of enrolments."""
    return read(
        typed(marks_frame(made)),
        MARKS_MAPPING,
        pupils=typed(pupils_frame(made)),
        pupils_mapping=PUPILS_MAPPING,
        calendars=calendars,
        **more,
    )
