"""The planted truth: what the generator counted while it made the marks.

It is an oracle, so it shares nothing with the library's measures: its table of codes is its own, its counting is
plain Python over the marks as they were decided, and it decides thresholds with whole numbers.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from attrs import field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.demo.days import YEARS, Slot
from attendance_core.demo.marks import NO_MARK, NO_ROW
from attendance_core.demo.people import DemoPupil, PupilYear

#: A letter for what each code counts as since 19 August 2024.
_GROUP: Final[Mapping[str, str]] = {
    **dict.fromkeys(("/", "\\", "L"), "p"),
    **dict.fromkeys(("B", "K", "P", "V", "W"), "e"),
    **dict.fromkeys(("C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T"), "a"),
    **dict.fromkeys(("G", "N", "O", "U"), "u"),
    **dict.fromkeys(("D", "Q", "X", "Y1", "Y4"), "n"),
    "#": "c",
    NO_MARK: "-",
    NO_ROW: " ",
}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
BANDS: Final = (*(f"{low}-{low + 5}" for low in range(0, 50, 5)), "50-100")
"""Names of the bands of absence, in percent: from the first number on, below the second (the last one included)."""


@frozen(kw_only=True)
class EnrolmentPage:
    """One enrolment's decided marks.

    Attributes:
        pupil: Place of the pupil among the school's pupils.
        first: Place of the first mark among the school's slots; the others follow without a gap.
        codes: A code, ``-`` for a row without mark, or nothing for a session that has no row.
        minutes: Minutes late, by place in ``codes``.
        closed: Sessions of a planned closure that carry a # mark all the same.
    """

    pupil: int
    span: DateRange
    first: int
    codes: tuple[str, ...] = field(repr=False)
    minutes: dict[int, int] = field(repr=False)
    closed: tuple[tuple[date, str], ...] = ()


class Ledger:
    """The count kept while the marks are made."""

    def __init__(self, slots: tuple[Slot, ...]) -> None:
        self._slots = slots
        self._turn = next(place for place, slot in enumerate(slots) if slot.year == YEARS[1])
        # (place of the slot, code) for the whole school; and a list for each period.
        self._cube: Counter[tuple[int, str]] = Counter()
        self._pieces: dict[str, list[_Piece]] = {name: [] for name in self._periods()}
        self._closed: Counter[str] = Counter()

    def _periods(self) -> dict[str, range]:
        first, second = (str(AcademicYear(begins)) for begins in YEARS)
        end = len(self._slots)
        return {first: range(self._turn), second: range(self._turn, end), "whole": range(end)}

    def add(self, page: EnrolmentPage, pupil: DemoPupil) -> None:
        """Count one enrolment."""
        last = page.first + len(page.codes)
        self._cube.update(zip(range(page.first, last), page.codes, strict=True))
        for day, _ in page.closed:
            self._closed[str(AcademicYear.of(day))] += 1
            self._closed["whole"] += 1
        for name, places in self._periods().items():
            lower, upper = max(places.start, page.first), min(places.stop, last)
            if lower < upper:
                codes = page.codes[lower - page.first : upper - page.first]
                minutes = sum(late for place, late in page.minutes.items() if lower <= place + page.first < upper)
                year = None if name == "whole" else pupil.year(self._slots[lower].year)
                self._pieces[name].append(_piece(codes, minutes, pupil, year))

    def close(self) -> dict[str, Any]:
        """Return the counts of each period, as plain data."""
        return {name: self._period(name, places) for name, places in self._periods().items()}

    def _period(self, name: str, places: range) -> dict[str, Any]:
        pieces = self._pieces[name]
        codes: Counter[str] = Counter()
        for piece in pieces:
            codes.update(piece.codes)
        closed = self._closed[name]
        found: dict[str, Any] = {
            "start": self._slots[places[0]].day.isoformat(),
            "end": self._slots[places[-1]].day.isoformat(),
            "totals": {
                **_totals(codes),
                "administrative": closed,
                "minutes_late": sum(piece.minutes for piece in pieces),
                "sessions_due": sum(codes.values()),
                "sessions_missing": codes[NO_MARK] + codes[NO_ROW],
            },
            "codes": {
                **{code: count for code, count in codes.items() if code not in (NO_MARK, NO_ROW)},
                **({"#": closed} if closed else {}),
            },
            "enrolments": _enrolments(pieces),
            "bands": _bands(pieces),
            "spells": {
                "count": sum(len(piece.spells) for piece in pieces),
                "longest": max((max(piece.spells, default=0) for piece in pieces), default=0),
                "sessions": sum(sum(piece.spells) for piece in pieces),
            },
            **self._over_time(places),
        }
        if name != "whole":
            found |= _groups(pieces)
        return found

    def _over_time(self, places: range) -> dict[str, Any]:
        wanted: dict[str, dict[str, Counter[str]]] = {"by_week": {}, "by_slot": {}, "by_term": {}, "by_half_term": {}}
        for (place, code), count in self._cube.items():
            if place not in places:
                continue
            slot = self._slots[place]
            monday = slot.day - timedelta(days=slot.day.weekday())
            for key, value in (
                ("by_week", monday.isoformat()),
                ("by_slot", f"{_WEEKDAYS[slot.day.weekday()]} {slot.session}"),
                ("by_term", slot.term),
                ("by_half_term", slot.half_term),
            ):
                wanted[key].setdefault(value, Counter())[code] += count
        return {key: {value: _totals(codes) for value, codes in found.items()} for key, found in wanted.items()}


@frozen(kw_only=True)
class _Piece:
    """One enrolment in one period."""

    codes: Counter[str]
    minutes: int
    spells: tuple[int, ...]
    possible: int
    absent: int
    keys: tuple[tuple[str, str], ...]


def _piece(codes: tuple[str, ...], minutes: int, pupil: DemoPupil, year: PupilYear | None) -> _Piece:
    text = "".join(map(_GROUP.__getitem__, codes))
    absent = text.count("a") + text.count("u")
    keys: tuple[tuple[str, str], ...] = ()
    if year is not None:
        keys = (
            ("by_year_group", str(year.year_group)),
            ("by_form", year.form),
            ("by_sex", pupil.sex),
            ("by_fsm", "Y" if year.fsm else "N"),
            ("by_sen", year.sen),
            ("by_eal", "Y" if pupil.eal else "N"),
        )
    return _Piece(
        codes=Counter(codes),
        minutes=minutes,
        spells=tuple(len(run) for run in re.findall("[au]+", text)),
        possible=absent + text.count("p") + text.count("e"),
        absent=absent,
        keys=keys,
    )


def _totals(codes: Mapping[str, int]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for code, count in codes.items():
        sums[_GROUP[code]] += count
    attended, absent = sums["p"] + sums["e"], sums["a"] + sums["u"]
    return {
        "possible": attended + absent,
        "attended": attended,
        "present": sums["p"],
        "aea": sums["e"],
        "absent": absent,
        "authorised": sums["a"],
        "unauthorised": sums["u"],
        "late_before_close": codes.get("L", 0),
        "late_after_close": codes.get("U", 0),
        "not_possible": sums["n"],
        "no_mark": sums["-"],
        "rows_absent": sums[" "],
    }


def _enrolments(pieces: Iterable[_Piece]) -> dict[str, int]:
    """Count enrolments: due at least one session, with possible sessions, persistently and severely absent."""
    found = Counter({"due": 0, "with_possible": 0, "without_possible": 0, "persistent": 0, "severe": 0})
    for piece in pieces:
        found["due"] += 1
        found["with_possible" if piece.possible else "without_possible"] += 1
        found["persistent"] += piece.possible > 0 and 10 * piece.absent >= piece.possible
        found["severe"] += piece.possible > 0 and 2 * piece.absent >= piece.possible
    return dict(found)


def _bands(pieces: Iterable[_Piece]) -> dict[str, int]:
    found = dict.fromkeys(BANDS, 0)
    for piece in pieces:
        if piece.possible:
            found[BANDS[min(10, 20 * piece.absent // piece.possible)]] += 1
    return found


def _groups(pieces: Iterable[_Piece]) -> dict[str, Any]:
    members: dict[str, dict[str, list[_Piece]]] = {}
    for piece in pieces:
        for key, value in piece.keys:
            members.setdefault(key, {}).setdefault(value, []).append(piece)
    found: dict[str, Any] = {}
    for key, values in members.items():
        found[key] = {}
        for value, group in values.items():
            codes: Counter[str] = Counter()
            for piece in group:
                codes.update(piece.codes)
            found[key][value] = {**_totals(codes), "enrolments": _enrolments(group)}
    return found
