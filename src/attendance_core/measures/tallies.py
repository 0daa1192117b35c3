"""Tallies: the passes over the marks from which every figure comes.

Written once over lazy frames; polars, pandas, PyArrow and DuckDB give equal answers. The enrolment tally counts
sessions for each enrolment and bin, a bin being a run of days within one week between two days on which something
changes (a characteristic, a period, a half term), so that dated groups and periods are exact.
"""

from collections.abc import Callable, Iterable, Sequence
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


def _stats_in(covid_possible: bool) -> dict[str, list[str]]:
    """Return the groups whose marks each tally column counts; the late columns go by code."""
    stats: dict[str, list[str]] = {name: [group.value] for name, group in STATS.items()}
    stats["attended"] = [*stats["present"], *stats["aea"]]
    stats["absent"] = [*stats["authorised"], *stats["unauthorised"], *stats["unclassified"]]
    stats["possible"] = [*stats["attended"], *stats["absent"], *(stats["covid"] if covid_possible else [])]
    return stats


def counted_in(
    columns: Iterable[str], *, late_before: Sequence[str], late_after: Sequence[str], covid_possible: bool
) -> nw.Expr:
    """Say for each mark (with code and stat) whether it counts in any of these tally columns."""
    late = {"late_before": late_before, "late_after": late_after}
    stats = _stats_in(covid_possible)
    expression = nw.lit(False)
    for column in columns:
        if column in late:
            expression = expression | nw.col(CODE).is_in(list(late[column]))
        else:
            expression = expression | nw.col(STAT).is_in(stats[column])
    return expression


def _kinds(rows: Frame, names: Sequence[str], value: Callable[[str, str], Sequence[int]]) -> Frame:
    """Give each pair of code and stat that occurs (a dozen) whole numbers that follow from it."""
    kinds = rows.select(CODE, STAT).unique()
    found = [value(code, stat) for code, stat in kinds.iter_rows()]
    numbers = frame_of(
        {name: [each[index] for each in found] for index, name in enumerate(names)}, dict.fromkeys(names, nw.Int64)
    )
    return nw.concat([kinds, numbers], how="horizontal")


def _counting(
    *, late_before: Sequence[str], late_after: Sequence[str], covid_possible: bool
) -> Callable[[str, str], list[int]]:
    """Return what says how often one mark (code, stat) stands in each tally column: once or not at all."""
    late, stats = {"late_before": late_before, "late_after": late_after}, _stats_in(covid_possible)
    return lambda code, stat: [
        int(code in late[name] if name in late else stat in stats[name]) for name in TALLY_COLUMNS
    ]


def weighed(slots: Frame, *, late_before: Sequence[str], late_after: Sequence[str], covid_possible: bool) -> Frame:
    """Give rows that stand for several ``marks`` (with code and stat) the tally columns, ready to be summed."""
    counting = _counting(late_before=late_before, late_after=late_after, covid_possible=covid_possible)
    kinds = _kinds(slots, TALLY_COLUMNS, counting)
    joined = slots.join(kinds, on=[CODE, STAT], how="inner")
    return joined.with_columns(nw.col(*TALLY_COLUMNS) * nw.col("marks"))


def counts_of(late_before: Sequence[str], late_after: Sequence[str]) -> list[nw.Expr]:
    """Return the expressions that count rows of single marks into the counted columns."""
    counted = _counted_as(late_before, late_after)
    return [condition.cast(nw.Int64).sum().alias(name) for name, condition in counted.items()]


def _counted_as(late_before: Sequence[str], late_after: Sequence[str]) -> dict[str, nw.Expr]:
    """Say for each counted column which marks it counts."""
    late = {"late_before": late_before, "late_after": late_after}
    return {name: nw.col(STAT) == group.value for name, group in STATS.items()} | {
        name: nw.col(CODE).is_in(list(codes)) for name, codes in late.items()
    }


def derive(frame: Any, *, covid_possible: bool) -> Any:
    """Add attended, absent and possible to a frame with the counted columns.

    possible = attended + authorised + unauthorised + unclassified, and COVID marks where the profile says so.
    """
    attended = nw.col("present") + nw.col("aea")
    absent = nw.col("authorised") + nw.col("unauthorised") + nw.col("unclassified")
    possible = attended + absent
    return frame.with_columns(
        attended=attended, absent=absent, possible=possible + nw.col("covid") if covid_possible else possible
    )


#: Counters are added up four to a whole number, in sixteen bits each: nobody has thirty thousand sessions of one kind.
_BITS = 2**16
_PACKED = {
    "__pack0": ("aea", "authorised", "unauthorised", "present"),
    "__pack1": ("unclassified", "covid", "not_possible", ""),
    "__pack2": ("administrative", *LATE, ""),
}
_PLACES = 4


def _packed(pack: str, counted: dict[str, nw.Expr]) -> nw.Expr:
    """Return what a mark adds to a pack of counters; every mark was first taken as present."""
    present = -(_BITS ** _PACKED[pack].index("present")) if "present" in _PACKED[pack] else 0
    total = nw.lit(present, nw.Int64)
    for place, name in enumerate(_PACKED[pack]):
        if name:
            total = total + counted[name].cast(nw.Int64) * _BITS**place
    return total.alias(pack)


@frozen(kw_only=True, eq=False)
class EnrolmentTally:
    """Marks by enrolment and bin, and the marks that were anything but plainly present.

    Attributes:
        sums: enrolment_no (Int32), bin, and the counters packed into whole numbers (Int64).
        exceptions: enrolment_no, bin, school_id, date, session, code, stat of every mark that is not plainly present:
            absences, late arrivals, activities, sessions that were not possible.
    """

    sums: Frame = field(repr=False)
    exceptions: Frame = field(repr=False)

    def by(self, bins: Frame, key: str | None = None) -> Frame:
        """Count sessions by enrolment, and by a property of the bins.

        Args:
            bins: The bins wanted, with columns bin and the key.
            key: Column of ``bins`` to count by, such as era or week; None: one row an enrolment.

        Returns:
            enrolment_no (Int32), the key, and the counted columns (Int64 sessions).
        """
        keys = [] if key is None else [key]
        found = self.sums.join(bins.select(*dict.fromkeys(["bin", *keys])), on="bin", how="inner")
        if key is None or bins[key].n_unique() < len(bins):  # else each bin stands alone: nothing to add up
            found = found.group_by(NUMBER, *keys).agg(nw.col(*_PACKED).sum())
        places = [(nw.col(*_PACKED) // _BITS**place % _BITS).name.suffix(f"_{place}") for place in range(_PLACES)]
        names = {f"{pack}_{place}": name for pack, held in _PACKED.items() for place, name in enumerate(held) if name}
        return found.select(NUMBER, *keys, *places).rename(names).select(NUMBER, *keys, *COUNTED)


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
    slot = (nw.col(NUMBER).cast(nw.Int64) * count + nw.col("bin")).alias("__slot")
    by_date = beside(bins.by_date, marks)
    totals = collect(
        marks.select(NUMBER, DATE)
        .join(by_date, on=DATE, how="inner")
        .select(slot)
        .group_by("__slot")
        .agg(nw.len().alias("__marks"))
    )
    plain = (nw.col(STAT) == StatGroup.PRESENT.value) & ~nw.col(CODE).is_in([*late_before, *late_after])
    columns = (NUMBER, SCHOOL, DATE, SESSION, CODE, STAT)
    exceptions = collect(marks.filter(~plain).select(*columns).join(by_date, on=DATE, how="inner"))
    if exceptions.schema[DATE] != nw.Date:  # pandas has days as points in time
        exceptions = exceptions.with_columns(nw.col(DATE).cast(nw.Date))
    counted = _counted_as(late_before, late_after)
    corrections = exceptions.lazy().select(slot, *[_packed(pack, counted) for pack in _PACKED])
    first, *rest = _PACKED
    present = nw.col("__marks").cast(nw.Int64) * _BITS ** _PACKED[first].index("present")
    zeros = [nw.lit(0, nw.Int64).alias(pack) for pack in rest]
    plainly = totals.lazy().select(nw.col("__slot").cast(nw.Int64), present.alias(first), *zeros)
    summed = nw.concat([plainly, corrections]).group_by("__slot").agg(nw.col(*_PACKED).sum())
    number, place = nw.col("__slot") // count, nw.col("__slot") % count
    sums = collect(summed.select(number.cast(nw.Int32).alias(NUMBER), place.alias("bin"), *_PACKED))
    return EnrolmentTally(sums=sums, exceptions=exceptions)


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
