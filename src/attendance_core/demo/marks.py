"""Deciding the demo school's marks: what keeps each pupil away, day by day.

A register page (one enrolment) begins all present; then causes are laid over it, later ones winning: lateness and
absence first, then days out, standing arrangements, days that hit the whole site, registers nobody took.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.demo.days import (
    BUS_DAYS,
    OBSERVED_DAYS,
    SITE_CLOSED,
    STUDY_LEAVE,
    TRIPS,
    WORK_EXPERIENCE,
    SchoolDay,
    Slot,
)
from attendance_core.demo.dice import Dice
from attendance_core.demo.people import DemoPupil, PupilYear

NO_MARK: Final = "-"
"""A row is written, but nobody made a mark."""
NO_ROW: Final = ""
"""The session is due and the file has no row for it."""

_PRESENT: Final = frozenset(("/", "\\", "L"))
_ABSENT: Final = frozenset(("I", "M", "C", "C1", "C2", "E", "J1", "R", "S", "T", "G", "N", "O", "U"))
#: How much of the year's illness falls in a month, 1 being the mean.
_SEASON: Final = {9: 0.8, 10: 1.0, 11: 1.25, 12: 1.5, 1: 1.3, 2: 1.2, 3: 1.1, 4: 0.9, 5: 0.8, 6: 0.8, 7: 0.85}
#: Monday to Friday: how much likelier than usual a day off without reason is.
_WEEKDAY: Final = (1.1, 0.85, 0.85, 0.9, 1.4)
_SPELL: Final = ((1, 45), (2, 25), (3, 14), (4, 7), (5, 6), (8, 2), (12, 1))
#: From this day on reasons may still be open, so N is common.
_UNSETTLED: Final = date(2026, 7, 13)
#: Absent sessions wanted by role: (numerator, denominator of possible, sessions fewer).
_EDGES: Final = {
    "edge-tenth": (1, 10, 0),
    "edge-under-tenth": (1, 10, 1),
    "edge-half": (1, 2, 0),
    "edge-twentieth": (1, 20, 0),
    "edge-quarter": (1, 4, 0),
}


@frozen(kw_only=True)
class Untaken:
    """Registers that went wrong: (form, slot) for which no mark, or no row at all, was made."""

    dashes: frozenset[tuple[str, int]] = field(factory=frozenset)
    gaps: frozenset[tuple[str, int]] = field(factory=frozenset)


def untaken_registers(pupils: Iterable[DemoPupil], slots: tuple[Slot, ...], seed: int) -> Untaken:
    """Choose registers that were not taken, about one a form and year."""
    dice = Dice(f"{seed}/untaken")
    forms = sorted({(year.begins, year.form) for pupil in pupils for year in pupil.years})
    dashes, gaps = set(), set()
    for begins, form in forms:
        places = [place for place, slot in enumerate(slots) if slot.year == begins]
        if dice.chance(0.6):
            dashes.add((form, dice.pick(places)))
        if dice.chance(0.6):
            gaps.add((form, dice.pick(places)))
    return Untaken(dashes=frozenset(dashes), gaps=frozenset(gaps))


class Page:
    """One enrolment's marks while they are being decided, over consecutive slots of the school."""

    def __init__(self, slots: tuple[Slot, ...], days: tuple[SchoolDay, ...], span: DateRange) -> None:
        first = bisect_left(days, span.start, key=lambda day: day.day)
        last = len(days) if span.end is None else bisect_right(days, span.end, key=lambda day: day.day)
        self.slots = slots
        self.days = days[first:last]
        places = [place for day in self.days for place in (day.am, day.pm) if place is not None]
        self.first = places[0] if places else 0
        self.codes = ["/" if slots[place].session == "AM" else "\\" for place in places]

    def put(self, place: int | None, code: str) -> None:
        """Write one session's mark; nothing where that session is closed."""
        if place is not None:
            self.codes[place - self.first] = code

    def put_day(self, day: SchoolDay, code: str) -> None:
        """Write both sessions of a day."""
        self.put(day.am, code)
        self.put(day.pm, code)

    def of_year(self, begins: int) -> tuple[SchoolDay, ...]:
        """Return the page's days in one academic year."""
        turn = date(begins, 8, 1), date(begins + 1, 7, 31)
        return tuple(day for day in self.days if turn[0] <= day.day <= turn[1])

    def indexes(self, begins: int) -> range:
        """Return where one academic year's marks stand in ``codes``."""
        days = self.of_year(begins)
        places = [place for day in (days[:1] + days[-1:]) for place in (day.am, day.pm) if place is not None]
        return range(min(places) - self.first, max(places) - self.first + 1) if places else range(0)


def decide(page: Page, pupil: DemoPupil, untaken: Untaken, dice: Dice) -> tuple[str, ...]:
    """Decide every mark of an enrolment."""
    for year in pupil.years:
        days = page.of_year(year.begins)
        if not days:
            continue
        if pupil.habits.role == "severe":
            _mostly_away(page, days, dice)
        else:
            quiet = 0.3 if pupil.habits.role.startswith("edge") else 1.0
            _ordinary(page, days, pupil, pupil.habits.absence * (0.8 + 0.4 * dice.roll()) * quiet, dice)
        _occasions(page, days, pupil, year, dice)
        _arrangements(page, days, pupil, year, dice)
        _whole_site(page, days, pupil)
        _registers(page, year, untaken, dice)
        indexes = page.indexes(year.begins)
        if pupil.habits.role in _EDGES:
            _to_edge(page.codes, indexes, _EDGES[pupil.habits.role], dice)
        elif pupil.habits.role == "severe":
            _at_least_half(page.codes, indexes, dice)
    return tuple(page.codes)


def minutes_of(codes: tuple[str, ...], dice: Dice) -> dict[int, int]:
    """Give late marks their minutes, by place in ``codes``; the clerk forgot a few."""
    found = {}
    for place, code in enumerate(codes):
        if code in ("L", "U") and not dice.chance(0.03):
            found[place] = dice.between(1, 25) if code == "L" else dice.between(31, 110)
    return found


def _unexplained(day: date, dice: Dice) -> str:
    return "N" if dice.chance(0.6 if day >= _UNSETTLED else 0.03) else "O"


def _ordinary(page: Page, days: Sequence[SchoolDay], pupil: DemoPupil, share: float, dice: Dice) -> None:
    """Lay lateness, illness, days without reason and appointments over a year."""
    late, without_reason = pupil.habits.lateness, share * min(0.15 + 1.6 * share, 0.5)
    ill = (share - without_reason) / 2.3
    roll = dice.roll
    away, cause = 0, "I"
    for day in days:
        weekday = _WEEKDAY[day.day.weekday()]
        if away:
            away -= 1
            page.put_day(day, cause)
        elif roll() < ill * _SEASON[day.day.month]:
            away = dice.weighted(_SPELL) - 1
            # Some parents do not call, or the school does not believe them.
            cause = "I" if dice.chance(0.9) else _unexplained(day.day, dice)
            # Some fall ill at school and go home at midday.
            if dice.chance(0.08):
                page.put(day.pm, cause)
            else:
                page.put_day(day, cause)
        elif roll() < without_reason * weekday:
            _day_without_reason(page, day, dice)
        elif roll() < late * weekday:
            page.put(day.am, "L" if dice.chance(0.86) else "U")
        elif roll() < 0.0035:
            page.put(day.am if dice.chance(0.6) else day.pm, "M")
        elif roll() < late * 0.12:
            page.put(day.pm, "L")


def _day_without_reason(page: Page, day: SchoolDay, dice: Dice) -> None:
    kind = dice.roll()
    if kind < 0.68:
        page.put_day(day, _unexplained(day.day, dice))
    elif kind < 0.9:
        page.put(day.pm, _unexplained(day.day, dice))
    else:
        page.put(day.am, "U")


def _mostly_away(page: Page, days: Sequence[SchoolDay], dice: Dice) -> None:
    """Long absences with short returns: the pupils who miss half the year and more."""
    left, away, cause = 0, False, "O"
    for day in days:
        if not left:
            away = not away
            left = dice.between(5, 30) if away else dice.between(2, 12)
            cause = "I" if dice.chance(0.4) else "O"
        left -= 1
        if away:
            page.put_day(day, cause)
        elif dice.chance(0.15):
            page.put(day.am, "L")


def _block(days: Sequence[SchoolDay], length: int, dice: Dice) -> Sequence[SchoolDay]:
    """Choose consecutive school days somewhere in a year."""
    first = dice.below(max(1, len(days) - length + 1))
    return days[first : first + length]


def _occasions(page: Page, days: Sequence[SchoolDay], pupil: DemoPupil, year: PupilYear, dice: Dice) -> None:
    """Lay single events over a year: holidays, leave, suspensions, trips, sport, interviews, study leave."""
    old = year.year_group >= 11
    if dice.chance(0.06):
        _each(page, _block(days, dice.between(3, 7), dice), "G")
    if dice.chance(0.08):
        _each(page, _block(days, 1, dice), "C")
    if dice.chance(0.02 + 0.05 * (year.sen != "N") + 0.02 * (pupil.sex == "M")):
        _each(page, _block(days, dice.between(1, 5), dice), "E")
    if dice.chance(0.25 if old else 0.02):
        for day in _block(days, 1, dice):
            page.put(day.am if dice.chance(0.5) else day.pm, "J1")
    if dice.chance(0.8):
        trips = TRIPS.get((year.begins, year.year_group), ())
        _where(page, days, lambda day: day in trips, "V")
    if dice.chance(0.12):
        for _ in range(dice.between(1, 4)):
            for day in _block(days, 1, dice):
                page.put(day.pm, "P")
    if dice.chance(0.04):
        _each(page, _block(days, dice.between(1, 3), dice), "B")
    if pupil.habits.observes:
        _where(page, days, lambda day: day in OBSERVED_DAYS, "R")
    if year.year_group == 10:
        start, end = WORK_EXPERIENCE[year.begins]
        for day in days:
            # Placements hold unless the pupil is away that day in any case.
            if start <= day.day <= end and day.am is not None and page.codes[day.am - page.first] in _PRESENT:
                page.put_day(day, "W")
    if year.year_group == 11:
        start, end = STUDY_LEAVE[year.begins]
        for day in days:
            if start <= day.day <= end:
                for place in (day.am, day.pm):
                    if dice.chance(0.5):
                        page.put(place, "S")


def _arrangements(page: Page, days: Sequence[SchoolDay], pupil: DemoPupil, year: PupilYear, dice: Dice) -> None:
    """Lay standing arrangements over a year: what a few pupils have week after week."""
    role = pupil.habits.role
    if role == "dual":
        _where(page, days, lambda day: day.weekday() < 2, "D")
    elif role == "dual-all":
        _each(page, days, "D")
    elif role == "part-time":
        for day in _block(days, 40, dice):
            page.put(day.pm, "C2")
    elif role == "arranged":
        _each(page, days[len(days) // 3 :], "K")
    elif role == "no-access":
        _each(page, _block(days, 15, dice), "Q")
    elif role == "mobile":
        _each(page, _block(days, 20, dice), "T")
    elif role == "performer":
        _each(page, _block(days, 6, dice), "C1")
    if year.year_group >= 12:
        # Nothing is timetabled for the sixth form on Wednesday afternoons.
        for day in days:
            if day.day.weekday() == 2:
                page.put(day.pm, "X")


def _whole_site(page: Page, days: Sequence[SchoolDay], pupil: DemoPupil) -> None:
    if pupil.habits.bus:
        _where(page, days, lambda day: day in BUS_DAYS, "Y1")
    _where(page, days, lambda day: day == SITE_CLOSED, "Y4")


def _registers(page: Page, year: PupilYear, untaken: Untaken, dice: Dice) -> None:
    """Take away the marks of registers that were not taken, and a few single ones."""
    indexes = page.indexes(year.begins)
    for form, place in untaken.dashes:
        if form == year.form and place - page.first in indexes:
            page.codes[place - page.first] = NO_MARK
    for form, place in untaken.gaps:
        if form == year.form and place - page.first in indexes:
            page.codes[place - page.first] = NO_ROW
    for symbol in (NO_MARK, NO_ROW):
        if dice.chance(0.08):
            page.codes[indexes[dice.below(len(indexes))]] = symbol


def _each(page: Page, days: Sequence[SchoolDay], code: str) -> None:
    for day in days:
        page.put_day(day, code)


def _where(page: Page, days: Sequence[SchoolDay], wanted: Callable[[date], bool], code: str) -> None:
    _each(page, [day for day in days if wanted(day.day)], code)


def _at_least_half(codes: list[str], indexes: range, dice: Dice) -> None:
    """Make sure of severe absence, well over the edge."""
    possible = sum(codes[place] in _ABSENT or _attended(codes[place]) for place in indexes)
    absent = sum(codes[place] in _ABSENT for place in indexes)
    present = dice.shuffled([place for place in indexes if codes[place] in _PRESENT])
    for place in present[: max(0, possible * 11 // 20 - absent)]:
        codes[place] = "O"


def _to_edge(codes: list[str], indexes: range, edge: tuple[int, int, int], dice: Dice) -> None:
    """Move a year to an exact fraction of absence, or a session short of it.

    Possible sessions are first brought to a multiple of the fraction by leaving a few unmarked.
    """
    numerator, denominator, fewer = edge
    present = dice.shuffled([place for place in indexes if codes[place] in _PRESENT])
    absent = dice.shuffled([place for place in indexes if codes[place] in _ABSENT])
    possible = len(absent) + sum(_attended(codes[place]) for place in indexes)
    for _ in range(possible % denominator):
        codes[present.pop()] = NO_MARK
        possible -= 1
    wanted = possible * numerator // denominator - fewer
    while len(absent) > wanted:
        place = absent.pop()
        codes[place] = "L"
    for place in present[: max(0, wanted - len(absent))]:
        codes[place] = "I"


def _attended(code: str) -> bool:
    return code in _PRESENT or code in ("B", "K", "P", "V", "W")
