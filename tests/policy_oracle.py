"""A slow second opinion on rules: who meets them and when, worked out over plain lists.

Nothing of the package is used. A rule is a plain table of its fields, as a policy's file spells them (``kind`` beside
them); a history is the marks of one enrolment; a school is its open sessions. Words of the regulations decide, and
where those leave a question open, the library's stated default.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from tests.oracle import group

ABSENT = ("authorised", "unauthorised", "unclassified")
#: School weeks for which a first week is told, that one included.
FIRST_WEEK_STAYS = 6
ATTENDED = ("present", "approved-educational-activity")
_GROUPS = {"aea": "approved-educational-activity", "covid": "covid-not-attending", "not_possible": "not-possible"}
Rule = Mapping[str, Any]


class Found(NamedTuple):
    """One concern."""

    start: date
    end: date
    met_on: date
    number: int
    of: int | None = None
    certainty: str = "met"
    open: bool = True
    allowance: int | None = None


class Mark(NamedTuple):
    """One mark, with its group in statistics."""

    day: date
    session: str
    code: str
    stat: str


class Record(NamedTuple):
    """One side record of an enrolment."""

    kind: str
    state: str
    on: date | None
    start: date | None
    end: date | None


class Item(NamedTuple):
    """What a rule counts: a session or a whole day."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class School:
    """A school's open sessions, in order, its half terms (first and last day), and when its weeks begin (0: Monday)."""

    sessions: tuple[tuple[date, str], ...]
    halves: tuple[tuple[date, date], ...] = ()
    begins: int = 0

    def week(self, day: date) -> date:
        """First day of a day's week."""
        return day - timedelta(days=(day.weekday() - self.begins) % 7)

    @cached_property
    def days(self) -> list[date]:
        """Days with a session."""
        return sorted({day for day, _ in self.sessions})

    @cached_property
    def weeks(self) -> list[date]:
        """First days of the weeks with a session."""
        return sorted({self.week(day) for day in self.days})

    @cached_property
    def by_week(self) -> dict[date, set[tuple[date, str]]]:
        """Open sessions by the first day of their week."""
        found: dict[date, set[tuple[date, str]]] = {}
        for slot in self.sessions:
            found.setdefault(self.week(slot[0]), set()).add(slot)
        return found


@dataclass(frozen=True)
class History:
    """One enrolment: its days, its marks, its side records."""

    start: date
    end: date | None
    marks: tuple[Mark, ...]
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)

    def up_to(self, day: date) -> "History":
        """What was known on a day."""
        if all(mark.day <= day for mark in self.marks):
            return self
        return History(self.start, self.end, tuple(mark for mark in self.marks if mark.day <= day), self.records)

    @cached_property
    def by_day(self) -> dict[date, list[Mark]]:
        """Marks by day, in order."""
        found: dict[date, list[Mark]] = {}
        for one in sorted(self.marks):
            found.setdefault(one.day, []).append(one)
        return found

    def weeks(self, school: School, *closing: str) -> list[date]:
        """First days of the weeks that count for the enrolment: not those whose open sessions are all marked closed."""
        closed = {(one.day, one.session) for one in self.marks if one.code in closing}
        return [week for week in school.weeks if not school.by_week[week] <= closed] if closed else school.weeks


@dataclass(frozen=True)
class Asked:
    """What is asked: which day, under which choices; ``given`` names the side records that the host keeps."""

    as_of: date
    covid_possible: bool = False
    any_session_breaks: bool = False
    any_session_makes_day: bool = False
    y4_closes: bool = False
    marks_again: bool = False
    """Marks that a notice has counted may count again."""
    given: frozenset[str] = frozenset()

    def possible(self, mark: Mark) -> bool:
        """Whether a mark is of a possible session."""
        return mark.stat in (*ATTENDED, *ABSENT) or (self.covid_possible and mark.stat == "covid-not-attending")


def mark(day: date, session: str, code: str) -> Mark:
    """Read one mark."""
    name = group(code, day)
    return Mark(day, session, code, _GROUPS.get(name, name))


def monday(day: date) -> date:
    """First day of a week."""
    return day - timedelta(days=day.weekday())


def august(day: date) -> date:
    """First day of the academic year of a day."""
    return date(day.year if day.month >= 8 else day.year - 1, 8, 1)


def selects(select: Rule) -> Callable[[Mark], bool]:
    """Whether a mark counts."""
    codes, groups = set(select["codes"]), set(select["groups"])
    return lambda mark: mark.code in codes or mark.stat in groups


def reaches(part: int, whole: int, percent: int, strict: bool) -> bool:
    """Whether a share reaches (strict: passes) a percentage."""
    share = Fraction(100 * part, whole)
    return share > percent if strict else share >= percent


def first_day(window: Rule, school: School, last: date, weeks: list[date] | None = None) -> date | None:
    """First day of the rolling window that ends with a day, or with its week; None: the school has never opened."""
    length = window["length"]
    if window["of"] == "calendar-days":
        return last - timedelta(days=length - 1)
    if window["of"] == "school-days":
        known, until = school.days, last
    else:
        known, until = school.weeks if weeks is None else weeks, school.week(last)
    stop = bisect_right(known, until)
    return known[max(stop - length, 0)] if stop else None


# -- items


def line(rule: Rule, history: History, school: School, asked: Asked) -> list[Item | None]:
    """What a rule counts, in order of time; None stands for what breaks a run of it.

    A day counts when it has a selected session and every possible session of it is selected; under another reading one
    selected session is enough. Where any other session of the calendar breaks a run, a day counts only if each of its
    open sessions is selected.
    """
    chosen, provisional = selects(rule["select"]), set(rule.get("provisional", ()))
    first = rule.get("counts_from") or date.min
    days = {day: marks for day, marks in history.by_day.items() if day >= first}
    expected: dict[date, set[str]] = {}
    if asked.any_session_breaks:
        for day, half in school.sessions:
            if max(first, history.start) <= day <= asked.as_of:
                expected.setdefault(day, set()).add(half)
    found: list[Item | None] = []
    for day in sorted({*days, *expected}):
        marks = {one.session: one for one in days.get(day, ())}
        mine = [one for one in marks.values() if chosen(one)]
        if rule["unit"] == "sessions":
            for half in sorted({*marks, *expected.get(day, ())}):
                one = marks.get(half)
                if one in mine:
                    found.append(Item(day, one.code in provisional))
                elif half in expected.get(day, ()) or (one and asked.possible(one)):
                    found.append(None)
        elif asked.any_session_makes_day and mine:
            found.append(Item(day, all(one.code in provisional for one in mine)))
        elif any(asked.possible(one) and one not in mine for one in marks.values()) or not expected.get(day, set()) <= {
            one.session for one in mine
        }:
            found.append(None)
        elif mine:
            found.append(Item(day, any(one.code in provisional for one in mine)))
    return found


def items(rule: Rule, history: History, school: School, asked: Asked) -> list[Item]:
    """What a rule counts, in order of time."""
    return [item for item in line(rule, history, school, replace(asked, any_session_breaks=False)) if item]


# -- the kinds


def rate(rule: Rule, history: History, school: School, asked: Asked) -> list[Found]:
    """Share of possible sessions that is selected."""
    as_of, chosen = asked.as_of, selects(rule["select"])
    year = august(as_of)
    last, stays = as_of, True
    possible = [one for one in history.marks if asked.possible(one)]
    if rule["window"]:
        start = first_day(rule["window"], school, as_of)
        if start is None:
            return []
        episode = start
    elif rule["since"] == "academic-year":
        start = year
        episode = next((day for day in school.days if year <= day <= as_of), year)
    elif rule["since"] == "enrolment":
        if not history.marks:
            return []
        start, episode = min(one.day for one in history.marks), history.start
    else:
        weeks = [school.week(one.day) for one in possible if one.day >= year and school.week(one.day) in school.weeks]
        if not weeks:
            return []
        start = min(weeks)
        last = start + timedelta(days=6)
        stays = sum(start <= week <= school.week(as_of) for week in school.weeks) <= FIRST_WEEK_STAYS
        days = [one.day for one in possible if start <= one.day <= last]
        start, episode, last = min(days), min(days), max(days)
    inside = [one for one in possible if start <= one.day <= last]
    part, whole = sum(chosen(one) for one in inside), len(inside)
    if whole < max(rule["minimum_possible"], 1):
        return []
    limit, strict = rule["at_least"], rule["strict"]
    if rule["horizon"] == "so-far":
        met = reaches(part, whole, limit, strict)
        if met and rule["below"] is not None:
            met = not reaches(part, whole, rule["below"], strict)
        return [Found(episode, last, as_of, part, whole, open=stays)] if met else []
    ends = date(year.year + 1, 7, 31)
    to_come = sum(as_of < day <= ends and history.start <= day <= (history.end or day) for day, _ in school.sessions)
    whole += to_come

    def allowance() -> int:
        """Try them all: how many more leave the year's rate below the limit."""
        return max((more for more in range(to_come + 1) if not reaches(part + more, whole, limit, strict)), default=0)

    if rule["horizon"] == "year-certain":
        marked = {(one.day, one.session) for one in history.marks}
        due = {
            slot for slot in school.sessions if max(year, history.start) <= slot[0] <= min(as_of, history.end or as_of)
        }
        whole += len(due - marked)
        met = reaches(part, whole, limit, strict)
        met = met and not (rule["below"] is not None and reaches(part, whole, rule["below"], strict))
        return [Found(episode, last, as_of, part, whole, allowance=allowance())] if met else []
    begins = first_day(rule["recent"], school, as_of)
    recent = [one for one in possible if begins is not None and begins <= one.day <= as_of]
    if len(recent) < max(rule["minimum_possible"], 1):
        return []
    expected = part + Fraction(sum(chosen(one) for one in recent), len(recent)) * to_come
    share = 100 * expected / whole

    def beyond(percent: int) -> bool:
        return share > percent if strict else share >= percent

    if not part or not beyond(limit) or (rule["below"] is not None and beyond(rule["below"])):
        return []
    return [Found(episode, last, as_of, part, whole, "projected", allowance=allowance())]


def count(rule: Rule, history: History, school: School, asked: Asked) -> list[Found]:
    """So many items in a rolling window."""
    listed = items(rule, history, school, asked)
    uses = rule["uses"]
    if uses and uses in asked.given and not asked.marks_again:
        spans = [
            (one.start or date.min, one.end or one.on or date.min)
            for one in history.records.get(uses, ())
            if one.state != "withdrawn" and (one.on is None or one.on <= asked.as_of)
        ]
        listed = [item for item in listed if not any(first <= item.day <= last for first, last in spans)]
    needed, weeks = rule["at_least"], history.weeks(school, *(("#", "Y4") if asked.y4_closes else ("#",)))

    def full(those: list[Item]) -> list[tuple[int, int]]:
        """First and last item of every window that holds enough and ends with an item."""
        days = [item.day for item in those]
        windows = []
        for last, day in enumerate(days):
            begins = first_day(rule["window"], school, day, weeks)
            first = bisect_left(days, begins) if begins else last
            if last - first + 1 >= needed:
                windows.append((first, last))
        return windows

    episodes: list[tuple[int, int, int]] = []
    for first, last in full(listed):
        if episodes and first <= episodes[-1][1]:
            episodes[-1] = (episodes[-1][0], last, episodes[-1][2])
        else:
            episodes.append((first, last, last))
    begins = first_day(rule["window"], school, asked.as_of, weeks)
    now = [place for place, item in enumerate(listed) if begins and item.day >= begins]
    results = []
    for first, last, met in episodes:
        mine = listed[first : last + 1]
        firm = full([item for item in mine if not item.provisional])
        results.append(
            Found(
                mine[0].day,
                mine[-1].day,
                listed[met].day,
                len(mine),
                certainty="met" if firm else "provisional",
                open=len([place for place in now if first <= place <= last]) >= needed,
            )
        )
    return results


def run(rule: Rule, history: History, school: School, asked: Asked) -> list[Found]:
    """So many items that follow each other."""
    results: list[Found] = []
    mine: list[Item] = []

    def close(*, broken: bool) -> None:
        if len(mine) >= rule["at_least"]:
            met = mine[rule["at_least"] - 1].day
            results.append(Found(mine[0].day, mine[-1].day, met, len(mine), open=not broken))
        mine.clear()

    for item in line(rule, history, school, asked):
        if item is None:
            close(broken=True)
        else:
            mine.append(item)
    close(broken=False)
    return results


def cumulative(rule: Rule, history: History, school: School, asked: Asked) -> list[Found]:
    """So many items in all, since a day."""
    listed = items(rule, history, school, asked)
    listed = [item for item in listed if item.day >= (rule["since_date"] or date.min)]
    years: dict[date | None, list[Item]] = {}
    for item in listed:
        years.setdefault(august(item.day) if rule["since"] == "academic-year" else None, []).append(item)
    return [
        Found(
            mine[0].day,
            mine[-1].day,
            mine[rule["at_least"] - 1].day,
            len(mine),
            open=year is None or year == august(asked.as_of),
        )
        for year, mine in years.items()
        if len(mine) >= rule["at_least"]
    ]


def unresolved(rule: Rule, history: History, school: School, asked: Asked) -> list[Found]:
    """Marks that stand longer than so many days."""
    chosen = selects(rule["select"])

    set_of_days = set(school.days)

    def passed(day: date) -> int:
        """Days after a mark's own, up to the day asked about."""
        ahead = [day + timedelta(days=number) for number in range(1, (asked.as_of - day).days + 1)]
        return sum(each.weekday() < 5 if rule["days"] == "weekdays" else each in set_of_days for each in ahead)

    late = [one.day for one in history.marks if chosen(one) and passed(one.day) > rule["after"]]
    if not late:
        return []
    return [Found(min(late), max(late), asked.as_of, len(late))]


class Side(NamedTuple):
    """One share of a sign: items, and the possible sessions or weeks that they are of."""

    part: int
    whole: int


def baseline(rule: Rule, everybody: Sequence[History], school: School, asked: Asked) -> list[tuple[Side, ...]]:
    """The shares of a whole school."""
    each = [_sides(rule, one, school, asked).pairs for one in everybody]
    return [
        tuple(Side(sum(one.part for one in side), sum(one.whole for one in side)) for side in zip(*pairs, strict=True))
        for pairs in zip(*each, strict=True)
    ]


def pattern(
    rule: Rule, history: History, school: School, asked: Asked, bases: Sequence[tuple[Side, ...]]
) -> list[Found]:
    """A sign that stands out from the school's own by so many percentage points."""
    own = _sides(rule, history, school, asked)
    start = own.start
    met = []
    for pair, base in zip(own.pairs, bases, strict=True):
        if pair[0].part < rule["at_least"] or any(side.whole < rule["minimum_possible"] for side in pair):
            continue
        if 100 * (_difference(pair) - _difference(base)) >= rule["points"]:
            met.append(pair[0])
    if not met or start is None:
        return []
    most = max(met, key=lambda side: side.part)
    return [Found(start, asked.as_of, asked.as_of, most.part, most.whole)]


class Sides(NamedTuple):
    """The shares that a sign compares, once for each weekday where it is of weekdays."""

    start: date | None
    pairs: list[tuple[Side, ...]]


def _difference(pair: Sequence[Side]) -> Fraction:
    first, *rest = [Fraction(side.part, side.whole) if side.whole else Fraction(0) for side in pair]
    return first - sum(rest)


def _sides(rule: Rule, history: History, school: School, asked: Asked) -> Sides:
    as_of, chosen = asked.as_of, selects(rule["select"])
    possible = [one for one in history.marks if asked.possible(one)]

    def share(marks: Sequence[Mark]) -> Side:
        return Side(sum(chosen(one) for one in marks), len(marks))

    if rule["window"]:
        start = first_day(rule["window"], school, as_of)
        begin = start or date.max
    else:
        begin = august(as_of)
        start = next((day for day in school.days if begin <= day <= as_of), begin)
    inside = [one for one in possible if begin <= one.day]
    match rule["sign"]:
        case "weekday":
            return Sides(
                start,
                [
                    (
                        share([one for one in inside if one.day.weekday() == weekday]),
                        share([one for one in inside if one.day.weekday() != weekday]),
                    )
                    for weekday in range(5)
                ],
            )
        case "next-to-break":
            edges = set()
            for before, after in zip(school.days, school.days[1:], strict=False):
                if (after - before).days - 1 > 4:
                    edges |= {before, after}
            return Sides(
                start,
                [
                    (
                        share([one for one in inside if one.day in edges]),
                        share([one for one in inside if one.day not in edges]),
                    )
                ],
            )
        case "broken-weeks":
            weeks = {monday(one.day) for one in inside}
            missed = {monday(one.day) for one in inside if chosen(one)}
            attended = {monday(one.day) for one in inside if one.stat in ATTENDED}
            return Sides(start, [(Side(len(missed & attended), len(weeks)),)])
        case "spells":
            weeks = {monday(one.day) for one in inside}
            taken = {(one.day, one.session) for one in history.marks if chosen(one) and one.day >= begin}
            begun = 0
            last_slot: tuple[date, str] | None = None
            for slot in school.sessions:
                begun += slot in taken and last_slot not in taken
                last_slot = slot
            return Sides(start, [(Side(begun, len(weeks)),)])
        case "fall":
            known = [half for half in school.halves if half[0] <= as_of]
            if len(known) < 2:
                return Sides(None, [(Side(0, 0), Side(0, 0))])
            earlier, now = known[-2:]
            return Sides(
                now[0],
                [
                    (
                        share([one for one in possible if now[0] <= one.day]),
                        share([one for one in possible if earlier[0] <= one.day <= earlier[1]]),
                    )
                ],
            )
        case _:
            assert rule["sign"] == "growth"
            last = max((day for day in school.days if day < begin), default=date.min)
            previous = begin if last == date.min else first_day(rule["window"], school, last) or begin
            return Sides(start, [(share(inside), share([one for one in possible if previous <= one.day <= last]))])


def record(rule: Rule, history: History, school: School, asked: Asked) -> list[Found]:
    """Marks without a side record, a side record without marks, or a live one."""
    as_of = asked.as_of
    live = [
        one
        for one in history.records.get(rule["record"], ())
        if one.state != "withdrawn"
        and (not rule["kinds"] or one.kind in rule["kinds"])
        and one.start is not None
        and one.start <= as_of
        and (one.on is None or one.on <= as_of)
    ]
    chosen = selects(rule["select"])
    marks = [one for one in history.marks if chosen(one)]
    if rule["expect"] == "marks-without-record":
        bare = [
            one.day
            for one in marks
            if one.day >= august(as_of) and not any(r.start <= one.day <= (r.end or one.day) for r in live if r.start)
        ]
        return [Found(min(bare), max(bare), as_of, len(bare))] if bare else []
    results = []
    for one in live:
        assert one.start is not None
        end = min(one.end or as_of, as_of)
        if rule["expect"] == "record":
            if one.end is None or as_of <= one.end:
                results.append(Found(one.start, end, as_of, 1))
        elif end >= august(as_of):
            covered = [day for day in school.days if one.start <= day <= end]
            if len(covered) >= rule["after"] and not any(one.start <= mark.day <= end for mark in marks):
                results.append(Found(one.start, end, as_of, 1))
    return results


def combination(
    rule: Rule, parts: Mapping[str, list[Found]], sessions: Mapping[str, set[tuple[date, str]]], as_of: date
) -> list[Found]:
    """Open concerns of other rules, taken together; ``sessions`` are those behind the open concerns of each."""
    now = {id: [one for one in found if one.open] for id, found in parts.items()}
    score = sum(weight for id, weight in rule["points"].items() if now[id])
    if not all(now[id] for id in rule["all_of"]) or (rule["any_of"] and not any(now[id] for id in rule["any_of"])):
        return []
    if any(now[id] for id in rule["none_of"]) or score < rule["at_least"]:
        return []
    mine = [one for id in (*rule["all_of"], *rule["any_of"], *rule["points"]) for one in now[id]]
    if not mine:
        return []
    each: set[tuple[date, str]] = set()
    for id in (*rule["all_of"], *rule["any_of"]):
        each |= sessions[id]
    count = score if rule["points"] else len(each)
    return [
        Found(min(o.start for o in mine), max(o.end for o in mine), as_of, count, sum(rule["points"].values()) or None)
    ]


def behind(
    version: Rule, found: Sequence[Found], history: History, school: School, asked: Asked
) -> set[tuple[date, str]]:
    """The selected sessions behind the open concerns of a rule."""
    sessions: set[tuple[date, str]] = set()
    chosen = selects(version["select"])
    for one in found:
        if not one.open:
            continue
        marks = [mark for mark in history.marks if one.start <= mark.day <= one.end and chosen(mark)]
        if version["kind"] == "rate":
            marks = [mark for mark in marks if asked.possible(mark)]
        elif version["kind"] in EPISODIC:
            days = {item.day for item in items(version, history, school, asked)}
            marks = [mark for mark in marks if mark.day in days]
        elif version["kind"] == "unresolved":
            marks = sorted(marks)[: one.number]
        sessions |= {(mark.day, mark.session) for mark in marks}
    return sessions


# -- the whole


KINDS: Mapping[str, Callable[[Rule, History, School, Asked], list[Found]]] = {
    "rate": rate,
    "count": count,
    "run": run,
    "cumulative": cumulative,
    "unresolved": unresolved,
    "record": record,
}
EPISODIC = ("count", "run", "cumulative")


def judge(
    versions: Sequence[Rule],
    history: History,
    school: School,
    asked: Asked,
    bases: Mapping[date, Sequence[tuple[Side, ...]]] | None = None,
) -> list[tuple[date, Found]]:
    """What a rule finds in one enrolment: the version that decided (its first day), and the concern.

    Of the rules that find episodes, a version decides those met on one of its days, and those that would have been met
    before under it, go on in its days, and are not told by an earlier version (which a closed concern does not do of an
    open one): they are met on its first day. Of the others the version of the day asked about decides. The history
    must be what was known on that day.
    """
    results: list[tuple[date, Found]] = []
    for version in versions:
        first, last = version["in_force_from"], version["in_force_to"] or date.max
        if first > asked.as_of:
            continue
        if version["kind"] not in EPISODIC:
            if asked.as_of <= last:
                if version["kind"] == "pattern":
                    found = pattern(version, history, school, asked, (bases or {})[first])
                else:
                    found = KINDS[version["kind"]](version, history, school, asked)
                results += [(first, one) for one in found]
            continue
        earlier = [one for _, one in results]
        for one in KINDS[version["kind"]](version, history, school, asked):
            if first <= one.met_on <= last:
                results.append((first, one))
            elif one.met_on < first <= one.end and not any(
                before.start <= one.end and one.start <= before.end and (before.open or not one.open)
                for before in earlier
            ):
                results.append((first, one._replace(met_on=first)))
    return results
