"""Reconcile: every pupil for whom two profiles, or another system, differ, and the one setting that explains it.

Settings are switched one at a time in a fixed order, from the first profile towards the second: the clauses of
`scope` in their order, then the other settings in the order of their list. What each step changes adds up to the
whole difference, in sessions and in enrolments.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, evolve, field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import frame_of
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import load_measures
from attendance_core.measures.scope import CLAUSES, LeftOut, Scope
from attendance_core.measures.totals import Rules, by_enrolment, in_band
from attendance_core.model.marks import ENROLMENT, NUMBER, PUPIL, SCHOOL
from attendance_core.model.profiles import NotChecked, Profile
from attendance_core.reference.settings import load_settings
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]
COUNTS = ("attended", "absent", "possible")
SUMS = (*COUNTS, "enrolments", "persistent", "severe")
TOTAL = "total"


class Status(StrEnum):
    """How an enrolment stands under a profile."""

    NOT_COUNTED = "not counted"
    """No possible session counts."""
    BELOW = "not persistent"
    PERSISTENT = "persistent"
    SEVERE = "severe"


@frozen(kw_only=True, eq=False)
class Reconciliation:
    """Two profiles held against each other over one register.

    Attributes:
        a: The profile that is gone out from.
        b: The profile that is come to.
        period: The days.
        pupils: One row for each enrolment that differs: enrolment_id, pupil_id, school_id, attended_a, absent_a,
            possible_a (Int64 sessions), attendance_a (percent or null), status_a, the same with _b, setting (the
            first that changes the status; where none does, the first that changes a count) and settings (all that
            change something, in their order, joined by a comma).
        changes: One row for each enrolment and setting that changes it: enrolment_id, pupil_id, school_id, setting,
            choice_a, choice_b, attended, absent, possible (change in sessions), status_before, status_after,
            explains (whether this is the setting named in ``pupils``).
        totals: One row for each setting that differs, in the order of the steps, and last ``total``: setting,
            choice_a, choice_b, and the change in attended, absent, possible, enrolments, persistent (severe ones
            among them) and severe. The last row is b minus a.
        sides: Two rows, a and b: side, profile, attended, absent, possible, enrolments, persistent, severe.
        not_checked: Profile and clause, where the register cannot judge it.
    """

    a: Profile
    b: Profile
    period: DateRange
    pupils: Frame = field(repr=False)
    changes: Frame = field(repr=False)
    totals: Frame = field(repr=False)
    sides: Frame = field(repr=False)
    not_checked: tuple[tuple[str, NotChecked], ...] = ()


@define(kw_only=True, eq=False)
class Standings:
    """How every enrolment stands under any profile; marks are passed over once for each set of clauses."""

    register: Register
    period: DateRange
    _analyses: dict[tuple[tuple[str, str], ...], Analysis] = field(factory=dict)
    _clauses: dict[tuple[str, str], LeftOut] = field(factory=dict)

    def scope(self, profile: Profile) -> Scope:
        """Return what a profile leaves out."""
        return Scope(register=self.register, profile=profile, known=self._clauses)

    def _analysis(self, profile: Profile) -> Analysis:
        """Return an analysis over what a profile leaves; of its rules only the clauses hold there."""
        scope = self.scope(profile)
        key = scope.felt
        if key not in self._analyses:
            found = Analysis(register=self.register, profile=profile, period=self.period, scope=scope)
            self._analyses[key] = found.covering(self.period)
        return self._analyses[key]

    def of(self, profile: Profile) -> Frame:
        """Return one row for every enrolment: enrolment_no, attended, absent, possible, status."""
        rules = Rules.of(profile)
        counted = by_enrolment(self._analysis(profile).era_tally(self.period), [], rules)
        measures = load_measures()
        status = nw.lit(Status.BELOW.value)
        for name, value in (("persistent-absence", Status.PERSISTENT), ("severe-absence", Status.SEVERE)):
            band = measures[name].band
            assert band is not None  # noqa: S101 - both measures are bands
            status = nw.when(in_band(band, strict=rules.strict)).then(nw.lit(value.value)).otherwise(status)
        status = nw.when(nw.col("possible") > 0).then(status).otherwise(nw.lit(Status.NOT_COUNTED.value))
        stood = counted.with_columns(status=status).select(NUMBER, *COUNTS, "status")
        everybody = self.register.enrolments.select(NUMBER).join(stood, on=NUMBER, how="left")
        return everybody.with_columns(
            nw.col(*COUNTS).fill_null(0), nw.col("status").fill_null(Status.NOT_COUNTED.value)
        ).sort(NUMBER)


def steps(a: Profile, b: Profile) -> tuple[tuple[str, Profile], ...]:
    """Return each setting in which two profiles differ, and the profile once it is switched.

    Settings that are decided while a register is read hold for both.
    """
    settings, goal = load_settings(), dict(b.settings)
    found = []
    now = a
    for name in (*CLAUSES, *[name for name in settings if name not in CLAUSES]):
        if not settings[name].reading and now.get(name) != goal[name]:
            now = switched(now, name, goal[name])
            found.append((name, now))
    return tuple(found)


def switched(profile: Profile, setting: str, choice: str) -> Profile:
    """Return a profile with one other choice."""
    return evolve(profile, settings=tuple((dict(profile.settings) | {setting: choice}).items()))


def reconcile(register: Register, a: Profile, b: Profile, period: DateRange) -> Reconciliation:
    """Hold two profiles against each other.

    Args:
        register: The register.
        a: The profile to go out from.
        b: The profile to come to.
        period: The days.
    """
    standings = Standings(register=register, period=period)
    people = register.enrolments.select(NUMBER, ENROLMENT, PUPIL, SCHOOL)
    first = before = standings.of(a)
    path = steps(a, b)
    changes, lines = [_no_changes()], []
    for place, (name, profile) in enumerate(path):
        after = standings.of(profile)
        choices = (a.get(name), b.get(name))
        changes.append(_changed(before, after, place))
        lines.append((name, *choices, *_minus(sums(after), sums(before))))
        before = after
    last = before
    changed = nw.concat(changes).sort(NUMBER, "place")
    pupils = _pupils(first, last, changed, [name for name, _ in path])
    told = {(row[NUMBER], row["setting"]) for row in pupils.select(NUMBER, "setting").rows(named=True)}
    lines.append((TOTAL, "", "", *_minus(sums(last), sums(first))))
    return Reconciliation(
        a=a,
        b=b,
        period=period,
        pupils=_named(pupils, people),
        changes=_told_changes(changed, people, a, path, told),
        totals=_table(lines, ("setting", "choice_a", "choice_b"), SUMS),
        sides=_table([("a", a.id, *sums(first)), ("b", b.id, *sums(last))], ("side", "profile"), SUMS),
        not_checked=tuple(dict.fromkeys((one.id, told) for one in (a, b) for told in standings.scope(one).not_checked)),
    )


def _table(rows: Sequence[tuple[Any, ...]], texts: Sequence[str], numbers: Sequence[str]) -> Frame:
    schema = dict.fromkeys(texts, nw.String) | dict.fromkeys(numbers, nw.Int64)
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)


def sums(standing: Frame) -> tuple[int, ...]:
    """Add everybody up: sessions, enrolments with a possible one, persistent (severe too), severe."""
    status = standing["status"].to_list()
    severe = status.count(Status.SEVERE.value)
    enrolments = len(status) - status.count(Status.NOT_COUNTED.value)
    persistent = status.count(Status.PERSISTENT.value) + severe
    return (*[int(standing[name].sum() or 0) for name in COUNTS], enrolments, persistent, severe)


def _minus(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(left, right, strict=True))


_CHANGES: dict[str, Any] = {
    NUMBER: nw.Int32,
    "place": nw.Int64,
    **dict.fromkeys(COUNTS, nw.Int64),
    "status_before": nw.String,
    "status_after": nw.String,
}


def _no_changes() -> Frame:
    return frame_of({name: [] for name in _CHANGES}, _CHANGES)


def _beside(before: Frame, after: Frame) -> Frame:
    """Put two standings side by side, for the enrolments that differ."""
    both = before.join(after, on=NUMBER, how="inner", suffix="_b")
    differs = nw.col("status") != nw.col("status_b")
    for name in COUNTS:
        differs = differs | (nw.col(name) != nw.col(f"{name}_b"))
    return both.filter(differs)


def _changed(before: Frame, after: Frame, place: int) -> Frame:
    both = _beside(before, after)
    return both.select(
        NUMBER,
        nw.lit(place, nw.Int64).alias("place"),
        *[(nw.col(f"{name}_b") - nw.col(name)).alias(name) for name in COUNTS],
        nw.col("status").alias("status_before"),
        nw.col("status_b").alias("status_after"),
    )


def _pupils(first: Frame, last: Frame, changed: Frame, names: Sequence[str]) -> Frame:
    """The enrolments that differ from end to end, with the setting that explains each."""
    mine: dict[int, list[tuple[int, bool]]] = {}
    for number, place, old, new in changed.select(NUMBER, "place", "status_before", "status_after").iter_rows():
        mine.setdefault(number, []).append((place, old != new))
    both = _beside(first, last)
    explains, every = [], []
    for number, old, new in both.select(NUMBER, "status", "status_b").iter_rows():
        turns = [place for place, moved in mine[number] if moved] if old != new else []
        explains.append(names[turns[0] if turns else mine[number][0][0]])
        every.append(", ".join(names[place] for place, _ in mine[number]))
    told = frame_of(
        {NUMBER: both[NUMBER].to_list(), "setting": explains, "settings": every},
        {NUMBER: nw.Int32, "setting": nw.String, "settings": nw.String},
    )
    ends = both.rename({name: f"{name}_a" for name in (*COUNTS, "status")}).with_columns(
        *[_percent(f"attended_{side}", f"possible_{side}").alias(f"attendance_{side}") for side in "ab"]
    )
    columns = [f"{name}_{side}" for side in "ab" for name in (*COUNTS, "attendance", "status")]
    return ends.join(told, on=NUMBER, how="inner").select(NUMBER, *columns, "setting", "settings")


def _percent(top: str, bottom: str) -> nw.Expr:
    some = nw.col(bottom) > 0
    return nw.when(some).then(100.0 * nw.col(top) / nw.when(some).then(nw.col(bottom)).otherwise(1))


def _named(frame: Frame, people: Frame) -> Frame:
    """Put who it is before numbers that only this register knows."""
    columns = [name for name in frame.columns if name != NUMBER]
    return frame.join(people, on=NUMBER, how="inner").select(ENROLMENT, PUPIL, SCHOOL, *columns).sort(ENROLMENT)


def _told_changes(
    changed: Frame, people: Frame, a: Profile, path: Sequence[tuple[str, Profile]], told: set[tuple[int, str]]
) -> Frame:
    """Name the settings of changes, and say which of them explains its enrolment."""
    names = frame_of(
        {
            "place": list(range(len(path))),
            "setting": [name for name, _ in path],
            "choice_a": [a.get(name) for name, _ in path],
            "choice_b": [profile.get(name) for name, profile in path],
        },
        {"place": nw.Int64, "setting": nw.String, "choice_a": nw.String, "choice_b": nw.String},
    )
    explaining = frame_of(
        {NUMBER: [number for number, _ in told], "setting": [name for _, name in told], "explains": [True] * len(told)},
        {NUMBER: nw.Int32, "setting": nw.String, "explains": nw.Boolean},
    )
    said = changed.join(names, on="place", how="inner").join(explaining, on=[NUMBER, "setting"], how="left")
    columns = ("setting", "choice_a", "choice_b", *COUNTS, "status_before", "status_after", "explains")
    return (
        said.with_columns(nw.col("explains").fill_null(value=False))
        .join(people, on=NUMBER, how="inner")
        .sort(ENROLMENT, "place")
        .select(ENROLMENT, PUPIL, SCHOOL, *columns)
    )
