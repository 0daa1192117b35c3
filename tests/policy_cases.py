"""Registers made for rules: schools with gaps and closures, and pupils whose marks lie near what rules ask.

A pupil is drawn as a handful of small numbers (so that a failing case can be made small), and dealt out by dice that
those numbers seed.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import polars as pl
from attrs import evolve
from hypothesis import strategies as st

from attendance_core.model.calendars import Break, CalendarDocument, Closure, ClosureKind, Term, TermName
from attendance_core.register.register import Register
from tests import policy_oracle as slow
from tests.registers import LONG, PUPILS, read, typed

T = TypeVar("T")

NEW_CODES = date(2024, 8, 19)
#: What codes of today were before the regulations of 2024; those not named were the same.
_OLDER = {"C1": "C", "C2": "C", "J1": "J", "K": "B", "Q": "Y", **{f"Y{number}": "Y" for number in range(1, 8)}}
MARKS_MAPPING = evolve(LONG, school="", columns=LONG.columns | {"school_id": "School"})
PUPILS_MAPPING = evolve(PUPILS, columns=PUPILS.columns | {"school_id": "School"})
DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
    weekend = {WEEKDAYS.index(name) for name in document.weekend}
    for term in document.terms:
        for offset in range((term.end - term.start).days + 1):
            day = term.start + offset * DAY
            pause = term.half_term
            if day.weekday() in weekend or (pause and pause.start <= day <= pause.end) or (day, None) in shut:
                continue
            yield from ((day, half) for half in ("AM", "PM") if (day, half) not in shut)


@cache
def school(begins: int, variant: int, name: str, week_begins: int = 0) -> slow.School:
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
    return slow.School(sessions, tuple(halves), week_begins)


# -- pupils

Mixture = tuple[tuple[str, int], ...]
#: What stands in a session for a while: how often it is drawn; then codes with their weights; "" is no mark.
MIXTURES: tuple[tuple[int, Mixture], ...] = (
    (3, (("/", 1),)),
    (1, (("/", 19), ("I", 1))),
    (1, (("/", 9), ("O", 1))),
    (2, (("/", 8), ("L", 1), ("U", 1))),
    (4, (("/", 2), ("L", 2), ("U", 1))),
    (2, (("/", 6), ("I", 1), ("O", 1), ("B", 1), ("V", 1))),
    (2, (("/", 1), ("O", 1))),
    (3, (("/", 3), ("N", 1))),
    (7, (("O", 1),)),
    (8, (("I", 1),)),
    (4, (("G", 1),)),
    (3, (("O", 6), ("G", 2), ("N", 2), ("U", 1))),
    (1, (("O", 8), ("Q", 1), ("", 1))),
    (2, (("I", 8), ("Y3", 1), ("X", 1), ("D", 1))),
    (1, (("O", 9), ("/", 1))),
    (8, (("C2", 1), ("/", 1))),
    (2, (("Y1", 1), ("Y7", 1), ("/", 4))),
    (1, (("#", 1),)),
    (1, (("Y4", 3), ("#", 1))),
    (2, (("Y4", 1), ("Q", 1), ("Y2", 1))),
    (1, (("", 1),)),
    (1, (("Q", 1),)),
    (2, (("X02", 1), ("I", 1), ("/", 2))),
    (1, (("M", 1), ("/", 12), ("J1", 1), ("E", 1), ("R", 1))),
    (1, (("H", 1), ("J", 1), ("/", 5))),  # Withdrawn in August 2024; read with a warning afterwards.
)
_DRAWN = tuple(place for place, (often, _) in enumerate(MIXTURES) for _ in range(often))
#: How a mixture is dealt: each session, each whole day, mornings only, one weekday only.
DEALS = ("session", "session", "day", "day", "day", "morning", "weekday")
#: Blocks end after so many school days; the numbers that rules ask for are among them.
LENGTHS = (1, 2, 3, 4, 5, 5, 6, 8, 9, 10, 11, 14, 15, 16, 19, 20, 21, 22, 25, 30, 40, 60)
#: Pupils of a habit are present but on some days: the last weeks, many weeks on end, the half term asked about, days
#: next to a holiday.
HABITS: tuple[tuple[str, Mixture], ...] = (
    *[("", ())] * 12,
    *[("long", (("I", 1),))] * 6,
    *[("long", (("Y1", 2), ("Q", 1), ("C2", 2)))] * 6,
    *[("long", (("O", 1), ("G", 1), ("N", 1)))] * 12,
    *[("lately", (("/", 1), ("L", 1), ("U", 1)))] * 8,
    *[("half-term", (("O", 1), ("I", 1), ("/", 1)))] * 3,
    *[("edges", (("O", 3), ("I", 3), ("/", 1)))] * 8,
)


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
    habit: int = 0


@dataclass(frozen=True, repr=False)
class Case:
    """A register to ask: its first year, its calendars, the day asked about, its pupils."""

    begins: int
    variant: int
    as_of: date
    pupils: tuple[Pupil, ...]

    def __repr__(self) -> str:
        return f"{len(self.pupils)} pupils from {self.begins}, calendars {self.variant}, on {self.as_of}"


class Pick(Protocol):
    """What picks one of several, by chance or to find a fault."""

    def __call__(self, options: Sequence[T], /) -> T:
        """Return one of them."""
        ...


def made_pupil(pick: Pick) -> Pupil:
    """One pupil."""
    blocks = range(pick(range(2, 9)))
    return Pupil(
        school=pick(("north", "south")),
        before=pick((4, 10, 20, 35, 50, 50, 70, 90, 120, 150, 180, 240, 400, -5)),
        seed=pick(range(256)),
        blocks=tuple(Block(days=pick(LENGTHS), mixture=pick(_DRAWN), deal=pick(DEALS)) for _ in blocks),
        away=pick((0, 0, 0, 5, 30)),
        leaves=pick((False, True)),
        habit=pick(range(len(HABITS))),
    )


#: First years of registers: most hold the change of codes in August 2024.
YEARS = (2023, 2023, 2024, 2024, 2020)
#: Days asked about, counted from the first 1 September of the register.
DAYS = range(20, 691)


def made_case(pick: Pick, size: int, first: int, day: int) -> Case:
    """A register of up to so many pupils, from a year on, and the day asked about."""
    return Case(
        begins=first,
        variant=pick(range(3)),
        as_of=date(first, 9, 1) + day * DAY,
        pupils=tuple(made_pupil(pick) for _ in range(pick(range(size * 3 // 4, size + 1)))),
    )


def cases(size: int, begins: Sequence[int] = YEARS) -> st.SearchStrategy[Case]:
    """A register that hypothesis draws."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Case:
        def pick(options: Sequence[T], /) -> T:
            return draw(st.sampled_from(options))

        return made_case(pick, size, pick(begins), pick(DAYS))

    return drawn()


def numbered_cases(number: int, size: int, begins: Sequence[int] = YEARS) -> Iterator[Case]:
    """So many registers that are the same on every machine, whatever else is loaded; their days cover the two years."""
    for at in range(number):
        dice = random.Random(at)  # noqa: S311 - chance, not secrecy
        # Steps of a share that no whole number of years or terms divides.
        day = DAYS[int(len(DAYS) * (0.5 + at * 0.6180339887) % len(DAYS))]
        yield made_case(dice.choice, size, begins[at % len(begins)], day)


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
    longer = 80 if HABITS[pupil.habit][0] else 0
    return min(max(bisect_right(where.days, as_of) - pupil.before - longer, 0), len(where.days) - 1)


def habitual(where: slow.School, as_of: date, habit: str) -> set[date]:
    """The days on which pupils of a habit are not plainly present."""
    so_far = [day for day in where.days if day <= as_of]
    if habit == "lately":
        return set(so_far[-18:])
    if habit == "long":
        return set(so_far[-40:-8])
    if habit == "half-term":
        first = max((first for first, _ in where.halves if first <= as_of), default=as_of)
        return {day for day in so_far if day >= first}
    return {day for before, after in pairwise(where.days) if (after - before).days > 5 for day in (before, after)}


def dealt(pupil: Pupil, where: slow.School, as_of: date) -> Iterator[tuple[date, str, str]]:
    """The pupil's marks: day, session, code."""
    dice = random.Random(pupil.seed)  # noqa: S311 - chance, not secrecy
    halves: dict[date, list[str]] = {}
    for day, half in where.sessions:
        halves.setdefault(day, []).append(half)
    days = iter(where.days[first_place(pupil, where, as_of) :])
    habit, liking = HABITS[pupil.habit]
    odd = habitual(where, as_of, habit) if habit else set()
    for block in pupil.blocks:
        _, mixture = MIXTURES[block.mixture]
        length = block.days * 4 if habit else block.days
        for _, day in zip(range(length), days, strict=False):
            here: Mixture = mixture
            if habit:
                here = liking if day in odd else (("/", 1),)
            codes, weights = zip(*here, strict=True)
            whole = dice.choices(codes, weights)[0]
            for half in halves[day]:
                code = dice.choices(codes, weights)[0] if block.deal == "session" else whole
                if (block.deal == "morning" and half == "PM") or (
                    block.deal == "weekday" and day.weekday() != pupil.seed % 5
                ):
                    code = "/"
                if code:
                    yield day, half, spelled(code, day, half)


def enrolments(case: Case, *, astray: bool = True) -> list[Enrolment]:
    """Every enrolment of a case; the marks of a shut school's days are # for some.

    Args:
        case: What was drawn.
        astray: Let marks of some stand on days that the calendar closes.
    """
    found = []
    for number, pupil in enumerate(case.pupils):
        where = school(case.begins, case.variant, pupil.school)
        marks = list(dealt(pupil, where, case.as_of))
        start = where.days[first_place(pupil, where, case.as_of)]
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
            if astray and pupil.seed % 13 == 5:  # Marks stand on days that the calendar closes: they count.
                end = until or last
                held = {slow.monday(day) for day, _, code in mine if code != "#"}
                taken = {day for day, _, _ in mine}.union(where.days)
                shut = [first + offset * DAY for offset in range((end - first).days + 1)]
                shut = [day for day in shut if day not in taken and slow.monday(day) in held]
                mine += [(day, half, "IO/"[pupil.seed % 3]) for day in shut[1::5] for half in ("AM",)]
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
