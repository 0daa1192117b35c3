"""Totals: sums over groups of enrolments, from which every figure of a group is read off.

A totals frame has one row a group: its key columns, ``enrolments`` (with a possible session), ``without_possible``,
the tally columns (Int64 sessions), and for each measure with a band ``n:<measure>`` (enrolments in it) and
``s:<measure>`` (their absent sessions).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import frame_of
from attendance_core.measures.definitions import load_measures
from attendance_core.measures.tallies import COUNTED, TALLY_COLUMNS, derive
from attendance_core.model.figures import Figure, FigureId
from attendance_core.model.marks import NUMBER
from attendance_core.model.measures import Band, Measure, MeasureKind
from attendance_core.model.profiles import Profile

Frame = nw.DataFrame[Any]


@frozen(kw_only=True)
class Rules:
    """A profile's choices, as the arithmetic needs them."""

    covid_possible: bool
    strict: bool
    small: int

    @classmethod
    def of(cls, profile: Profile) -> "Rules":
        """Read the settings that bear on figures."""
        return cls(
            covid_possible=profile.get("covid-x") == "possible",
            strict=profile.get("persistent-boundary") == "strict",
            small=int(profile.get("small-denominator")),
        )


def in_band(band: Band, *, strict: bool) -> nw.Expr:
    """Say for each enrolment whether its absence lies in a band, by whole numbers alone.

    Under ``strict`` the edges of a band are left out below and taken in above (> instead of >=).
    """
    scaled, possible = nw.col("absent") * 100, nw.col("possible")
    low = scaled > possible * band.at_least if strict and band.at_least else scaled >= possible * band.at_least
    if band.below is None:
        return low
    return low & (scaled <= possible * band.below if strict else scaled < possible * band.below)


def banded() -> tuple[Measure, ...]:
    """Return the measures that count enrolments in a band."""
    return tuple(measure for measure in load_measures().values() if measure.band is not None)


def total(enrolments: Frame, keys: Sequence[str], rules: Rules) -> Frame:
    """Add enrolments up by key, to a totals frame.

    Args:
        enrolments: One row for each key and enrolment, with the derived tally columns.
        keys: Columns to group by; none gives one row.
        rules: The profile's choices.
    """
    sums = add_up(enrolments, keys, rules)
    columns = _columns()
    table: dict[str, list[Any]] = {key: [group[index] for group in sums] for index, key in enumerate(keys)}
    table |= {name: [mine[name] for mine in sums.values()] for name in columns}
    schema = {key: enrolments.schema[key] for key in keys} | dict.fromkeys(columns, nw.Int64)
    return frame_of(table, schema)


def _columns() -> list[str]:
    """List the columns of a totals frame beside its keys."""
    bands = banded()
    part = next(measure.id for measure in bands if measure.kind is MeasureKind.RATIO)
    return ["enrolments", "without_possible", *TALLY_COLUMNS, *[f"n:{measure.id}" for measure in bands], f"s:{part}"]


def add_up(enrolments: Frame, keys: Sequence[str], rules: Rules) -> dict[tuple[Any, ...], dict[str, int]]:
    """Add enrolments up by key, as `total` does.

    Returns:
        Values of the keys to the columns of a totals frame.
    """
    bands = {measure.id: measure.band for measure in banded() if measure.band is not None}
    part = next(measure.id for measure in banded() if measure.kind is MeasureKind.RATIO)
    # Whole percents of absence decide every band: floor(100 a / p) >= k exactly when 100 a >= k p. One group-by by
    # them gives a few rows, from which all bands are added up, instead of one pass a band.
    some = nw.col("possible") > 0
    edge = 1 if rules.strict else 0
    percent = nw.when(some).then((nw.col("absent") * 100 - edge) // nw.when(some).then(nw.col("possible")).otherwise(1))
    grouped = (
        enrolments.with_columns(percent.otherwise(nw.lit(_NOTHING_POSSIBLE)).alias("__percent"))
        .group_by(*keys, "__percent")
        .agg(nw.len().alias("__enrolments"), nw.col(*TALLY_COLUMNS).sum())
    )
    columns = _columns()
    sums: dict[tuple[Any, ...], dict[str, int]] = {} if keys else {(): dict.fromkeys(columns, 0)}
    for row in grouped.rows(named=True):
        mine = sums.setdefault(tuple(row[key] for key in keys), dict.fromkeys(columns, 0))
        for name in TALLY_COLUMNS:
            mine[name] += row[name]
        number, share = row["__enrolments"], row["__percent"]
        if share == _NOTHING_POSSIBLE:
            mine["without_possible"] += number
            continue
        mine["enrolments"] += number
        for name, band in bands.items():
            if (not band.at_least or share >= band.at_least) and (band.below is None or share < band.below):
                mine[f"n:{name}"] += number
                if name == part:
                    mine[f"s:{name}"] += row["absent"]
    return sums


#: Stands for the percentage of an enrolment without any possible session.
_NOTHING_POSSIBLE = -1_000


def by_enrolment(tally: Frame, keys: Sequence[str], rules: Rules) -> Frame:
    """Add a tally up to one row for each key and enrolment, with derived columns."""
    summed = tally.group_by(*keys, NUMBER).agg(nw.col(*COUNTED).sum())
    derived: Frame = derive(summed, covid_possible=rules.covid_possible)
    return derived


@frozen(kw_only=True)
class Totals:
    """One row of a totals frame."""

    values: Mapping[str, int] = field(repr=False)

    @classmethod
    def rows(cls, frame: Frame, key: str | None = None) -> dict[Any, "Totals"]:
        """Read a totals frame; without a key its one row stands under None."""
        return {
            (row[key] if key else None): cls(
                values={name: int(value or 0) for name, value in row.items() if name != key}
            )
            for row in frame.rows(named=True)
        }

    @classmethod
    def empty(cls) -> "Totals":
        """Nobody at all."""
        return cls(values={"enrolments": 0, "without_possible": 0})

    def __getitem__(self, name: str) -> int:
        return self.values.get(name, 0)

    def minus(self, other: "Totals") -> "Totals":
        """Take a part away (its enrolments must be wholly in it)."""
        return Totals(values={name: number - other[name] for name, number in self.values.items()})

    def figure(
        self, measure: Measure, id: FigureId, rules: Rules, *, title: str = "", code_sessions: int = 0
    ) -> Figure:
        """Read a figure off.

        Args:
            measure: What is wanted.
            id: The figure's id.
            rules: The profile's choices.
            title: Its title; empty for the measure's own.
            code_sessions: Sessions with the code, for measures of one code.
        """
        numerator: int | None
        denominator: int | None = None
        match measure.kind:
            case MeasureKind.RATIO | MeasureKind.LESSONS:
                numerator = sum(self[name] for name in measure.numerator)
                if measure.per_code:
                    numerator = code_sessions
                elif measure.band is not None:
                    numerator = self[f"s:{measure.id}"]
                denominator = sum(self[name] for name in measure.denominator)
                value = 100 * numerator / denominator if denominator else None
            case MeasureKind.SHARE:
                numerator, denominator = self[f"n:{measure.id}"], self["enrolments"]
                value = 100 * numerator / denominator if denominator else None
            case MeasureKind.DAYS:
                numerator = sum(self[name] for name in measure.numerator)
                value = numerator / 2
            case MeasureKind.DAYS_EACH:
                numerator = sum(self[name] for name in measure.numerator)
                denominator = self["enrolments"]
                value = numerator / 2 / denominator if denominator else None
            case MeasureKind.ENROLMENTS:
                numerator = self[f"n:{measure.id}"]
                value = float(numerator)
            case _:
                numerator = sum(self[name] for name in measure.numerator or (measure.id,))
                value = float(numerator)
        return Figure(
            id=id,
            title=title or measure.title,
            unit=measure.unit,
            value=value,
            numerator=numerator,
            denominator=denominator,
            enrolments=self["enrolments"] if "enrolments" in self.values else None,
            small=denominator is not None and 0 < denominator < rules.small,
        )
