"""Populations: who a figure is about, as dated intervals of enrolments.

A population is spelled ``all``, ``fsm`` (a cohort), ``year-group=7`` (a value of a dimension), ``school=...``,
``enrolment=...``, ``not:fsm``, or an intersection of these joined by ``+``. Frames have the columns enrolment_no,
valid_from and valid_to (dates, both included), intervals of one enrolment never overlapping.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import frame_of
from attendance_core.errors import Fault, UnknownNameError, alike, join_names
from attendance_core.model.cohorts import Cohort, CohortPack, Dimension, Predicate, Test
from attendance_core.model.marks import ENROLMENT, NUMBER, OPEN_END
from attendance_core.register.characteristics import says_yes
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]
_ALWAYS = (date(1900, 1, 1), date.fromisoformat(OPEN_END))
#: The columns of a population's frame.
INTERVALS: dict[str, Any] = {NUMBER: nw.Int32, "valid_from": nw.Date, "valid_to": nw.Date}


@frozen(kw_only=True, eq=False)
class Population:
    """One population.

    Attributes:
        key: As spelled in a figure's id.
        missing: Characteristics that the register lacks; then the population is not available (never empty).
        everybody: No interval narrows it.
    """

    key: str
    title: str
    frame: Frame = field(repr=False)
    missing: tuple[str, ...] = ()
    everybody: bool = False
    sensitive: bool = False

    @property
    def available(self) -> bool:
        """Whether the register can say who belongs to it."""
        return not self.missing


@frozen(kw_only=True, eq=False)
class _Trait:
    """One characteristic: its intervals by value, and whether no enrolment has two of them.

    Attributes:
        rows: The intervals of every characteristic, in the order of names and values.
        values: Value to its first row among them and the row after its last.
    """

    rows: Frame = field(repr=False)
    values: Mapping[str, tuple[int, int]] = field(repr=False)
    single: bool

    def where(self, values: Iterable[str]) -> Frame:
        """Return the intervals in which one of these values holds."""
        parts = [self.rows[slice(*self.values[value])] for value in values if value in self.values]
        found = parts[0] if len(parts) == 1 else nw.concat([self.rows[:0], *parts])
        return found if self.single else _merged(found)


@frozen(kw_only=True, eq=False)
class Populations:
    """Everything that can be named as a population of one register."""

    register: Register
    cohorts: dict[str, Cohort] = field(repr=False)
    dimensions: dict[str, Dimension] = field(repr=False)
    _traits: Frame = field(repr=False)
    _spans: Mapping[str, Mapping[str, tuple[int, int]]] = field(repr=False)
    _names: frozenset[str] = field(repr=False)
    _known: dict[str, Population] = field(factory=dict, repr=False)
    _by_name: dict[str, _Trait] = field(factory=dict, repr=False)

    @classmethod
    def of(cls, register: Register, packs: Iterable[CohortPack]) -> "Populations":
        """Gather packs; a later pack's cohort replaces an earlier one of the same id."""
        cohorts: dict[str, Cohort] = {}
        dimensions: dict[str, Dimension] = {}
        for pack in packs:
            cohorts |= {cohort.id: cohort for cohort in pack.cohorts}
            dimensions |= {dimension.id: dimension for dimension in pack.dimensions}
        members = register.memberships
        for name in sorted(set() if members.is_empty() else {*members["cohort"].to_list()} - {*cohorts}):
            # A membership may name a cohort that no pack defines: then it is made of its members.
            cohorts[name] = Cohort(id=name, title=name)
        numbers = register.enrolments.select(ENROLMENT, NUMBER)
        traits = register.characteristics.join(numbers, on=ENROLMENT, how="inner").drop(ENROLMENT)
        # In order, so that the intervals of a value are a slice: found once, not by a filter for each population.
        keys = ("name", "value")
        runs = traits.group_by(*keys).agg(nw.len()).sort(*keys)
        spans: dict[str, dict[str, tuple[int, int]]] = {}
        end = 0
        for name, value, count in runs.iter_rows():
            spans.setdefault(name, {})[value] = (end, end + count)
            end += count
        return cls(
            register=register,
            cohorts=cohorts,
            dimensions=dimensions,
            traits=traits.sort(*keys),
            spans=spans,
            names=register.names(),
        )

    def cuts(self) -> tuple[date, ...]:
        """Return the days on which some population's membership begins."""
        from attendance_core.measures.tallies import after

        columns = {column for cohort in self.cohorts.values() for column in cohort.columns}
        columns |= {dimension.column for dimension in self.dimensions.values()}
        used = self._traits.filter(nw.col("name").is_in(sorted(columns)))
        found: set[date] = set()
        for frame in (used, self.register.memberships):
            if not frame.is_empty():
                found |= {*frame["valid_from"].unique().to_list(), *after(frame["valid_to"].unique().to_list())}
        return tuple(sorted(found))

    def values(self, dimension: str) -> tuple[str, ...]:
        """Return the values of a dimension in this register, numbers in order before words."""
        column = self.dimensions[dimension].column
        found = self._trait(column).values
        return tuple(sorted(found, key=lambda text: (not text.isdecimal(), int(text) if text.isdecimal() else 0, text)))

    def get(self, key: str) -> Population:
        """Return a population by its spelling.

        Raises:
            UnknownNameError: If no cohort, dimension or enrolment has this name.
        """
        if key not in self._known:
            self._known[key] = self._find(key)
        return self._known[key]

    def _trait(self, name: str) -> _Trait:
        """One characteristic, told apart once."""
        if name not in self._by_name:
            spans = self._spans.get(name, {})
            first = min((start for start, _ in spans.values()), default=0)
            last = max((end for _, end in spans.values()), default=0)
            single = self._traits[first:last][NUMBER].n_unique() == last - first
            self._by_name[name] = _Trait(rows=self._intervals, values=spans, single=single)
        return self._by_name[name]

    @cached_property
    def _intervals(self) -> Frame:
        return self._traits.select(*INTERVALS)

    @property
    def _everybody(self) -> Frame:
        return self.get("all").frame

    def _find(self, key: str) -> Population:
        parts = [key] if self._is_value(key) else [part for part in key.split("+") if part]
        if len(parts) > 1:
            found = [self.get(part) for part in parts]
            frame = found[0].frame
            for other in found[1:]:
                frame = _both(frame, other.frame)
            missing = tuple(dict.fromkeys(name for population in found for name in population.missing))
            return Population(
                key=key,
                title=" and ".join(population.title for population in found),
                frame=frame,
                missing=missing,
                sensitive=any(population.sensitive for population in found),
            )
        if key == "all":
            start, end = _ALWAYS
            frame = self.register.enrolments.select(
                NUMBER, valid_from=nw.lit(start, nw.Date), valid_to=nw.lit(end, nw.Date)
            )
            return Population(key=key, title="All pupils", frame=frame, everybody=True)
        if key.startswith("not:"):
            inner = self.get(key.removeprefix("not:"))
            return Population(
                key=key,
                title=f"Not {inner.title}",
                frame=_others(self._everybody, inner.frame),
                missing=inner.missing,
                sensitive=inner.sensitive,
            )
        if "=" in key:
            return self._value(*key.split("=", 1))
        if key in self.cohorts:
            return self._cohort(self.cohorts[key])
        near = alike(key, [*self.cohorts, *self.dimensions])
        raise UnknownNameError(
            Fault(
                f"population {shown(key)!r}",
                "is unknown",
                f"all, a cohort ({join_names(self.cohorts, limit=30)}) or a dimension's value (year-group=7)",
                f"Did you mean {near[0]!r}?" if near else "Define it under [[cohorts]] in attendance.toml",
            )
        )

    def _is_value(self, key: str) -> bool:
        """Whether the whole key is a dimension's value or an id, so that a + in it joins nothing."""
        name, _, value = key.partition("=")
        if "+" not in value:
            return False
        if name in ("enrolment", "school"):
            column = ENROLMENT if name == "enrolment" else "school_id"
            return value in set(self.register.enrolments[column].to_list())
        return name in self.dimensions and value in self.values(name)

    def _value(self, name: str, value: str) -> Population:
        enrolments = self.register.enrolments
        if name in ("enrolment", "school"):
            column = ENROLMENT if name == "enrolment" else "school_id"
            numbers = enrolments.filter(nw.col(column) == value)[NUMBER].to_list()
            if not numbers:
                raise UnknownNameError(
                    Fault(
                        f"population {name}", f"this register has no such {name}", f"one of its {name}s", "Check the id"
                    )
                )
            frame = self._everybody.filter(nw.col(NUMBER).is_in(numbers))
            return Population(key=f"{name}={value}", title=f"{name.title()} {value}", frame=frame)
        if name not in self.dimensions:
            near = alike(name, [*self.dimensions, "school", "enrolment"])
            raise UnknownNameError(
                Fault(
                    f"population {name}=...",
                    f"dimension {name!r} is unknown",
                    f"one of {join_names([*self.dimensions, 'school', 'enrolment'])}",
                    f"Did you mean {near[0]!r}?" if near else "Choose one of them",
                )
            )
        dimension = self.dimensions[name]
        missing = () if dimension.column in self._names else (dimension.column,)
        return Population(
            key=f"{name}={value}",
            title=f"{dimension.title} {value}",
            frame=self._trait(dimension.column).where([value]),
            missing=missing,
        )

    def _cohort(self, cohort: Cohort) -> Population:
        members = self._members(cohort)
        missing = tuple(column for column in cohort.columns if column not in self._names)
        predicates = bool(cohort.columns)
        if (missing or not predicates) and members is not None:
            frame, missing = _merged(members), ()
        elif missing or not predicates:
            frame = self._everybody.head(0)
            missing = missing or ("memberships",)
        else:
            frame = self._predicates(cohort)
            if members is not None:
                frame = _merged(nw.concat([frame, members]))
        return Population(key=cohort.id, title=cohort.title, frame=frame, missing=missing, sensitive=cohort.sensitive)

    def _members(self, cohort: Cohort) -> Frame | None:
        """The intervals of those named as members; None where the register names nobody."""
        if not cohort.membership or self.register.memberships.is_empty():
            return None
        members = (
            self.register.memberships.filter(nw.col("cohort") == cohort.id)
            .join(self.register.enrolments.select(ENROLMENT, NUMBER), on=ENROLMENT, how="inner")
            .select(*INTERVALS)
        )
        return None if members.is_empty() else members

    def _predicates(self, cohort: Cohort) -> Frame:
        frame: Frame | None = None
        for predicate in cohort.all_of:
            mine = self._holds(predicate)
            frame = mine if frame is None else _both(frame, mine)
        if cohort.any_of:
            either = _merged(nw.concat([self._holds(predicate) for predicate in cohort.any_of]))
            frame = either if frame is None else _both(frame, either)
        assert frame is not None  # noqa: S101 - callers pass cohorts that have predicates
        return frame

    def _holds(self, predicate: Predicate) -> Frame:
        trait = self._trait(predicate.column)
        return trait.where([value for value in trait.values if _test(predicate, value)])


def shown(key: str) -> str:
    """Return a population's spelling for messages: an enrolment's id stays out of them.

    >>> shown("fsm+enrolment=school|31|2025-09-01")
    'fsm+enrolment=...'
    """
    return re.sub(r"enrolment=.*", "enrolment=...", key, flags=re.DOTALL)


def _test(predicate: Predicate, value: str) -> bool:
    """Ask one distinct value."""
    folded = value.strip().casefold()
    match predicate.test:
        case Test.IS_YES:
            return says_yes(value)
        case Test.EQUALS | Test.ONE_OF:
            return folded in {wanted.strip().casefold() for wanted in predicate.values}
        case Test.AT_LEAST | Test.AT_MOST:
            try:
                number, edge = float(folded), float(predicate.values[0])
            except (ValueError, IndexError):
                return False
            return number >= edge if predicate.test is Test.AT_LEAST else number <= edge


def _both(left: Frame, right: Frame) -> Frame:
    """Intersect two sets of intervals."""
    other = right.rename({"valid_from": "__from", "valid_to": "__to"})
    joined = left.join(other, on=NUMBER, how="inner")
    starts = nw.when(nw.col("__from") > nw.col("valid_from")).then(nw.col("__from")).otherwise(nw.col("valid_from"))
    ends = nw.when(nw.col("__to") < nw.col("valid_to")).then(nw.col("__to")).otherwise(nw.col("valid_to"))
    cut = joined.select(NUMBER, valid_from=starts, valid_to=ends)
    return cut.filter(nw.col("valid_from") <= nw.col("valid_to"))


def _by_enrolment(frame: Frame) -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for number, start, end in frame.sort(NUMBER, "valid_from", "valid_to").iter_rows():
        found.setdefault(number, []).append((start, end))
    return found


def _intervals(rows: list[tuple[int, date, date]]) -> Frame:
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(INTERVALS)}, INTERVALS)


def _merged(frame: Frame) -> Frame:
    """Join intervals of one enrolment that overlap or touch."""
    from datetime import timedelta

    narrow = frame.select(NUMBER, "valid_from", "valid_to")
    if narrow[NUMBER].n_unique() == len(narrow):
        return narrow
    several = narrow.filter(nw.col(NUMBER).is_duplicated())
    rows: list[tuple[int, date, date]] = []
    for number, spans in _by_enrolment(several).items():
        start, end = spans[0]
        for next_start, next_end in spans[1:]:
            if end == _ALWAYS[1] or next_start <= end + timedelta(days=1):
                end = max(end, next_end)
            else:
                rows.append((number, start, end))
                start, end = next_start, next_end
        rows.append((number, start, end))
    return nw.concat([narrow.filter(~nw.col(NUMBER).is_duplicated()), _intervals(rows)])


def _others(everybody: Frame, inside: Frame) -> Frame:
    """Return the days on which each enrolment is not inside."""
    from datetime import timedelta

    spans = _by_enrolment(_merged(inside))
    rows: list[tuple[int, date, date]] = []
    for number in everybody[NUMBER].to_list():
        cursor = _ALWAYS[0]
        for start, end in spans.get(number, []):
            if cursor < start:
                rows.append((number, cursor, start - timedelta(days=1)))
            if end == _ALWAYS[1]:
                cursor = end
                break
            cursor = end + timedelta(days=1)
        else:
            rows.append((number, cursor, _ALWAYS[1]))
    return _intervals(rows)
