"""A slow second opinion: what marks come to, counted over plain lists by the rules that regulations and DfE state.

Nothing of the package's measures, codebook or calendars is used. A mark is (pupil, day, session, code), the code
spelled as in force on its day. What is asked for is always a numerator and a denominator.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

#: First day of the regulations of 2024.
NEW_CODES = date(2024, 8, 19)
#: Sessions at another school count as possible before this day.
D_LEAVES = date(2011, 9, 1)

PRESENT = {"/", "\\", "L"}
ACTIVITY = {"B", "K", "P", "V", "W"}
AUTHORISED = {"C", "C1", "C2", "E", "F", "H", "I", "I01", "I02", "J1", "M", "R", "S", "T"}
UNAUTHORISED = {"G", "N", "O", "U"}
COVID = {f"X{number:02}" for number in range(2, 10)}
NOT_POSSIBLE = {"D", "Q", "X", "X01", "Y", *(f"Y{number}" for number in range(1, 8))}
ADMINISTRATIVE = {"Z", "#"}
LATE = {"L": "late_before", "U": "late_after"}
GROUPS = ("present", "aea", "authorised", "unauthorised", "unclassified", "covid", "not_possible", "administrative")


@dataclass(frozen=True)
class Mark:
    pupil: str
    day: date
    session: str
    code: str


def group(code: str, day: date) -> str:
    """What a mark counts as in statistics; ``absent`` is a foreign value without a reason."""
    if code == "J":  # interviews were an activity; marks made after the code went keep that meaning
        return "aea"
    if code == "D" and day < D_LEAVES:
        return "aea"
    for codes, name in (
        (PRESENT | {"present", "late"}, "present"),
        (ACTIVITY, "aea"),
        (AUTHORISED, "authorised"),
        (UNAUTHORISED, "unauthorised"),
        ({"absent"}, "unclassified"),
        (COVID, "covid"),
        (NOT_POSSIBLE, "not_possible"),
        (ADMINISTRATIVE, "administrative"),
    ):
        if code in codes:
            return name
    raise AssertionError(code)


def counts(marks: Iterable[Mark], *, covid_possible: bool = False) -> dict[str, int]:
    """Count sessions, and derive attended, absent and possible."""
    found = dict.fromkeys((*GROUPS, "late_before", "late_after"), 0)
    for mark in marks:
        found[group(mark.code, mark.day)] += 1
        if mark.code in LATE:
            found[LATE[mark.code]] += 1
    found["attended"] = found["present"] + found["aea"]
    found["absent"] = found["authorised"] + found["unauthorised"] + found["unclassified"]
    found["possible"] = found["attended"] + found["absent"] + (found["covid"] if covid_possible else 0)
    return found


def meets(absent: int, possible: int, percent: int, *, strict: bool = False) -> bool:
    """Whether absence reaches (strict: passes) a percentage of an enrolment's own possible sessions."""
    share = Fraction(100 * absent, possible)
    return share > percent if strict else share >= percent


def _each(marks: Iterable[Mark], covid: bool) -> list[dict[str, int]]:
    pupils: dict[str, list[Mark]] = {}
    for mark in marks:
        pupils.setdefault(mark.pupil, []).append(mark)
    return [counts(mine, covid_possible=covid) for mine in pupils.values()]


_RATIOS = {
    "attendance": ("attended", "possible"),
    "absence": ("absent", "possible"),
    "authorised-absence": ("authorised", "possible"),
    "unauthorised-absence": ("unauthorised", "possible"),
    "unclassified-absence": ("unclassified", "possible"),
    "late-before-close": ("late_before", "possible"),
    "late-after-close": ("late_after", "possible"),
}
_SHARES = {
    "persistent-absence": (10, None),
    "severe-absence": (50, None),
    "persistent-not-severe": (10, 50),
    "below-persistent": (0, 10),
    **{f"absence-band-{low:02}": (low, low + 5 if low < 50 else None) for low in range(0, 55, 5)},
}
RATIOS = (*_RATIOS, "late-sessions")
SHARES = tuple(_SHARES)
COUNTS = {"possible-sessions": "possible", "absent-sessions": "absent", "not-possible-sessions": "not_possible"}


def figure(
    measure: str, marks: Sequence[Mark], *, covid_possible: bool = False, strict: bool = False
) -> tuple[int, int | None]:
    """Numerator and denominator of a measure over these marks."""
    whole = counts(marks, covid_possible=covid_possible)
    if measure in _RATIOS:
        top, bottom = _RATIOS[measure]
        return whole[top], whole[bottom]
    if measure == "late-sessions":
        return whole["late_before"] + whole["late_after"], whole["possible"]
    if measure in COUNTS:
        return whole[COUNTS[measure]], None
    if measure == "days-lost":
        return whole["absent"], None
    each = [one for one in _each(marks, covid_possible) if one["possible"]]
    if measure == "days-lost-each":
        return whole["absent"], len(each)
    name, _, code = measure.partition(".")
    if code:
        mine = sum(mark.code == code for mark in marks)
        return mine, whole["possible" if name == "reason" else "absent"]
    if measure == "persistent-share":
        heavy = [one for one in each if meets(one["absent"], one["possible"], 10, strict=strict)]
        return sum(one["absent"] for one in heavy), whole["absent"]
    low, high = _SHARES[measure]
    inside = 0
    for one in each:
        above = low == 0 or meets(one["absent"], one["possible"], low, strict=strict)
        beyond = high is not None and meets(one["absent"], one["possible"], high, strict=strict)
        inside += above and not beyond
    return inside, len(each)


def spells(marks: Iterable[Mark], sessions: Sequence[tuple[date, str]]) -> list[tuple[str, date, date, int]]:
    """Runs of absence over the school's open sessions: pupil, first day, last day, sessions."""
    absent: dict[str, set[tuple[date, str]]] = {}
    for mark in marks:
        if group(mark.code, mark.day) in ("authorised", "unauthorised", "unclassified"):
            absent.setdefault(mark.pupil, set()).add((mark.day, mark.session))
    found = []
    for pupil, mine in absent.items():
        run: list[tuple[date, str]] = []
        for slot in [*sessions, None]:
            if slot is not None and slot in mine:
                run.append(slot)
            elif run:
                found.append((pupil, run[0][0], run[-1][0], len(run)))
                run = []
    return sorted(found)


def weekdays(first: date, last: date, closed: Collection[date] = ()) -> list[tuple[date, str]]:
    """Every session of Mondays to Fridays."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, half) for day in days if day.weekday() < 5 and day not in closed for half in ("AM", "PM")]


def within(marks: Iterable[Mark], holds: Callable[[str, date], bool]) -> list[Mark]:
    """Marks of pupils on the days on which something holds."""
    return [mark for mark in marks if holds(mark.pupil, mark.day)]
