"""Tallies: the passes over the marks from which every figure comes.

Written once over lazy frames; polars, pandas, PyArrow and DuckDB give equal answers. The enrolment tally counts
sessions for each enrolment and bin, a bin being a run of days within one week between two days on which something
changes (a characteristic, a period, a half term), so that dated groups and periods are exact.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.dates import week_start
from attendance_core.engine import beside, collect, frame_of
from attendance_core.model.codes import Codebook, Late, StatGroup
from attendance_core.model.marks import CODE, DATE, MINUTES, NUMBER, SCHOOL, SESSION, STAT

Lazy = nw.LazyFrame[Any]
Frame = nw.DataFrame[Any]

#: Tally columns that are counted, with the group behind each.
STATS: dict[str, StatGroup] = {
    "present": StatGroup.PRESENT,
    "aea": StatGroup.AEA,
    "authorised": StatGroup.AUTHORISED,
    "unauthorised": StatGroup.UNAUTHORISED,
    "unclassified": StatGroup.UNCLASSIFIED,
    "covid": StatGroup.COVID,
    "not_possible": StatGroup.NOT_POSSIBLE,
    "administrative": StatGroup.ADMINISTRATIVE,
}
LATE = ("late_before", "late_after")
#: Columns that follow from the counted ones.
DERIVED = ("attended", "absent", "possible")
COUNTED = (*STATS, *LATE)
TALLY_COLUMNS = (*COUNTED, *DERIVED)


@frozen(kw_only=True, eq=False)
class Bins:
    """Days cut into bins.

    Attributes:
        by_date: date, bin (Int64).
        frame: bin, first, last (days), week (Monday), era (Int64; runs of bins between two cuts).
    """

    by_date: Frame = field(repr=False)
    frame: Frame = field(repr=False)


def make_bins(dates: Iterable[date], cuts: Iterable[date]) -> Bins:
    """Cut days into bins: a new bin begins each week and at every cut (a day on which something new begins)."""
    days = sorted(set(dates))
    turning = sorted(set(cuts))
    rows: list[tuple[int, date, date, date, int]] = []
    bins: list[int] = []
    era = position = 0
    for day in days:
        while position < len(turning) and turning[position] <= day:
            position += 1
        week = week_start(day)
        if rows and rows[-1][3] == week and era == position:
            rows[-1] = (*rows[-1][:2], day, *rows[-1][3:])
        else:
            era = position
            rows.append((len(rows), day, day, week, era))
        bins.append(len(rows) - 1)
    by_date = frame_of({DATE: days, "bin": bins}, {DATE: nw.Date, "bin": nw.Int64})
    schema = {"bin": nw.Int64, "first": nw.Date, "last": nw.Date, "week": nw.Date, "era": nw.Int64}
    frame = frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)
    return Bins(by_date=by_date, frame=frame)


def late_codes(codebooks: Iterable[Codebook], kind: Late) -> tuple[str, ...]:
    """Return the codes that say a pupil came late in this way."""
    codes = [code for book in codebooks for code in book.codes]
    return tuple(sorted({code.code for code in codes if any(version.late is kind for version in code.versions)}))


def counted_in(
    columns: Iterable[str], *, late_before: Sequence[str], late_after: Sequence[str], covid_possible: bool
) -> nw.Expr:
    """Say for each mark (with code and stat) whether it counts in any of these tally columns."""
    late = {"late_before": late_before, "late_after": late_after}
    stats: dict[str, list[str]] = {name: [group.value] for name, group in STATS.items()}
    stats["attended"] = [*stats["present"], *stats["aea"]]
    stats["absent"] = [*stats["authorised"], *stats["unauthorised"], *stats["unclassified"]]
    stats["possible"] = [*stats["attended"], *stats["absent"], *(stats["covid"] if covid_possible else [])]
    expression = nw.lit(False)
    for column in columns:
        if column in late:
            expression = expression | nw.col(CODE).is_in(list(late[column]))
        else:
            expression = expression | nw.col(STAT).is_in(stats[column])
    return expression


def weighed(slots: Any, *, late_before: Sequence[str], late_after: Sequence[str]) -> Any:
    """Give rows that stand for several ``marks`` (with code and stat) the counted columns, ready to be summed."""
    number = nw.col("marks")
    late = {"late_before": late_before, "late_after": late_after}
    return slots.with_columns(
        *[(number * (nw.col(STAT) == group.value).cast(nw.Int64)).alias(name) for name, group in STATS.items()],
        *[(number * nw.col(CODE).is_in(list(codes)).cast(nw.Int64)).alias(name) for name, codes in late.items()],
    )


def counts_of(late_before: Sequence[str], late_after: Sequence[str]) -> list[nw.Expr]:
    """Return the expressions that count rows of single marks into the counted columns."""

    def count(condition: nw.Expr, name: str) -> nw.Expr:
        return condition.cast(nw.Int64).sum().alias(name)

    return [
        *[count(nw.col(STAT) == group.value, name) for name, group in STATS.items()],
        count(nw.col(CODE).is_in(list(late_before)), "late_before"),
        count(nw.col(CODE).is_in(list(late_after)), "late_after"),
    ]


def derive(frame: Any, *, covid_possible: bool) -> Any:
    """Add attended, absent and possible to a frame with the counted columns.

    possible = attended + authorised + unauthorised + unclassified, and COVID marks where the profile says so.
    """
    possible = nw.col("attended") + nw.col("absent")
    if covid_possible:
        possible = possible + nw.col("covid")
    return frame.with_columns(
        attended=nw.col("present") + nw.col("aea"),
        absent=nw.col("authorised") + nw.col("unauthorised") + nw.col("unclassified"),
    ).with_columns(possible=possible)


#: Counters are added up three to a whole number, each in twenty bits: a million marks of one kind are never reached.
_BITS = 2**20
_PACKS = (
    ("aea", "authorised", "unauthorised"),
    ("unclassified", "covid", "not_possible"),
    ("administrative", *LATE),
)


@frozen(kw_only=True, eq=False)
class EnrolmentTally:
    """Marks by enrolment and bin, and the marks that were anything but plainly present.

    Attributes:
        totals: __slot (enrolment_no x bins + bin), __marks: how many marks (Int64).
        exceptions: enrolment_no, bin, school_id, date, session, code, stat of every mark that is not plainly present:
            absences, late arrivals, activities, sessions that were not possible.
        bins: How many bins there are.
    """

    totals: Frame = field(repr=False)
    exceptions: Frame = field(repr=False)
    bins: int

    def by(self, bins: Frame, key: str) -> Frame:
        """Count sessions by enrolment and a property of the bins.

        Args:
            bins: The bins wanted, with columns bin and the key.
            key: Column of ``bins`` to count by, such as era or week.

        Returns:
            enrolment_no (Int32), the key, and the counted columns (Int64 sessions).
        """
        values = sorted(set(bins[key].to_list()))
        index = frame_of(
            {"__value": values, "__key": list(range(len(values)))}, {"__value": bins.schema[key], "__key": nw.Int64}
        )
        places = bins.select("bin", nw.col(key).alias("__value")).join(index, on="__value", how="inner").drop("__value")
        size = max(len(values), 1)
        # One whole number for enrolment and key together: grouping by one column takes half the time of two.
        place = (nw.col("__no") * size + nw.col("__key")).alias("__place")
        numbers = nw.col("__slot") // self.bins, nw.col("__slot") % self.bins
        many = places.lazy()
        totals = (
            self.totals.lazy()
            .select("__marks", numbers[0].alias("__no"), numbers[1].alias("bin"))
            .join(many, on="bin", how="inner")
            .select(place, "__marks")
            .group_by("__place")
            .agg(nw.col("__marks").sum())
        )
        packs = [f"__pack{number}" for number in range(len(_PACKS))]
        kinds = (
            self.exceptions.lazy()
            .select("bin", nw.col(NUMBER).cast(nw.Int64).alias("__no"), *packs)
            .join(many, on="bin", how="inner")
            .select(place, *packs)
            .group_by("__place")
            .agg(nw.col(*packs).sum())
        )
        joined = totals.join(kinds, on="__place", how="left").with_columns(nw.col(*packs).fill_null(0))
        counted = joined.with_columns(
            *[
                (nw.col(pack) // _BITS**place % _BITS).alias(name)
                for pack, names in zip(packs, _PACKS, strict=True)
                for place, name in enumerate(names)
            ],
            (nw.col("__place") // size).cast(nw.Int32).alias(NUMBER),
            (nw.col("__place") % size).alias("__key"),
        )
        others = sum((nw.col(name) for name in STATS if name != "present"), nw.lit(0, nw.Int64))
        with_present = counted.with_columns(present=nw.col("__marks") - others)
        named = with_present.join(index.lazy(), on="__key", how="inner")
        return collect(named.select(NUMBER, nw.col("__value").alias(key), *COUNTED))


def enrolment_tally(
    marks: Lazy, bins: Bins, *, late_before: Sequence[str], late_after: Sequence[str]
) -> EnrolmentTally:
    """Pass over the marks.

    Nine marks in ten are plainly present: those are only counted, and the rest are taken out.

    Args:
        marks: Marks (columns in `model.marks`), on any engine.
        bins: How days are cut.
        late_before: Codes of arrival before the register closes.
        late_after: Codes of arrival after it.
    """
    count = max(len(bins.frame), 1)
    totals = collect(
        marks.select(NUMBER, DATE)
        .join(beside(bins.by_date, marks), on=DATE, how="inner")
        .select((nw.col(NUMBER).cast(nw.Int64) * count + nw.col("bin")).alias("__slot"))
        .group_by("__slot")
        .agg(nw.len().alias("__marks"))
    )
    plain = (nw.col(STAT) == StatGroup.PRESENT.value) & ~nw.col(CODE).is_in([*late_before, *late_after])
    exceptions = (
        collect(marks.filter(~plain).select(NUMBER, SCHOOL, DATE, SESSION, CODE, STAT))
        .with_columns(nw.col(DATE).cast(nw.Date))
        .join(bins.by_date, on=DATE, how="inner")
    )
    late = {"late_before": list(late_before), "late_after": list(late_after)}

    def weight(name: str, place: int) -> nw.Expr:
        counts = nw.col(CODE).is_in(late[name]) if name in late else nw.col(STAT) == STATS[name].value
        weighted: nw.Expr = counts.cast(nw.Int64) * _BITS**place
        return weighted

    packed = exceptions.with_columns(
        *[
            sum((weight(name, place) for place, name in enumerate(names)), nw.lit(0, nw.Int64)).alias(f"__pack{number}")
            for number, names in enumerate(_PACKS)
        ]
    )
    return EnrolmentTally(
        totals=totals.with_columns(nw.col("__slot", "__marks").cast(nw.Int64)), exceptions=packed, bins=count
    )


def slot_tally(marks: Lazy) -> Frame:
    """Count marks by school, date, session, code and group.

    Returns:
        school_id, date, session, code, stat, marks (Int64).
    """
    keys = (SCHOOL, DATE, SESSION, CODE, STAT)
    tally = collect(marks.group_by(*keys).agg(nw.len().alias("marks")))
    return tally.with_columns(
        nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String), nw.col(DATE).cast(nw.Date), nw.col("marks").cast(nw.Int64)
    )


def minutes_tally(marks: Lazy) -> Frame | None:
    """Sum minutes late by enrolment and date: enrolment_no, date, minutes, marks (Int64); None without the column."""
    if MINUTES not in marks.collect_schema().names():
        return None
    found = marks.filter(~nw.col(MINUTES).is_null())
    tally = collect(found.group_by(NUMBER, DATE).agg(nw.col(MINUTES).sum().alias("minutes"), nw.len().alias("marks")))
    return tally.with_columns(
        nw.col(NUMBER).cast(nw.Int32), nw.col(DATE).cast(nw.Date), nw.col("minutes", "marks").cast(nw.Int64)
    )


def after(days: Iterable[date | None]) -> set[date]:
    """Return the days after these: where a range ends, something new begins a day later."""
    return {day + timedelta(days=1) for day in days if day is not None and day.year < 9999}
