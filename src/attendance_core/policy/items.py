"""Items: what rules count, and the episodes that items make.

An item is a selected session, or a day on which every possible session is selected. Frames of items have the columns
enrolment_no, school_id, date, and ``order`` (Int64), which sorts the items of one enrolment.
"""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.model.codes import StatGroup
from attendance_core.model.marks import AM, CODE, DATE, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.model.selections import RuleUnit, Selection, Window, WindowUnit
from attendance_core.policy.facts import Facts

Frame = nw.DataFrame[Any]

#: What every kind gives, in this order; `model.concerns.CONCERN_COLUMNS` says what each means. ``slot`` tells the
#: weekday of a pattern, for the sessions behind it.
SCHEMA: dict[str, Any] = {
    NUMBER: nw.Int32,
    "start": nw.Date,
    "end": nw.Date,
    "met_on": nw.Date,
    "count": nw.Int64,
    "of": nw.Int64,
    "certainty": nw.String,
    "open": nw.Boolean,
    "allowance": nw.Int64,
    "detail": nw.String,
    "slot": nw.Int64,
}
_DEFAULTS: dict[str, Any] = {
    "of": None,
    "certainty": "met",
    "open": True,
    "allowance": None,
    "detail": "",
    "slot": None,
}


def concerns_frame(frame: Frame) -> Frame:
    """Complete and order the columns that a kind gives."""
    missing = [
        nw.lit(value, SCHEMA[name]).alias(name) for name, value in _DEFAULTS.items() if name not in frame.columns
    ]
    whole = frame.with_columns(*missing) if missing else frame
    return whole.select(*[nw.col(name).cast(dtype) for name, dtype in SCHEMA.items()]).sort(NUMBER, "start")


def concerns_of(rows: list[dict[str, Any]]) -> Frame:
    """Lay rows out as a frame of concerns; columns that a row lacks have their default."""
    whole = [_DEFAULTS | row for row in rows]
    return frame_of({name: [row[name] for row in whole] for name in SCHEMA}, SCHEMA).sort(NUMBER, "start")


def no_concerns() -> Frame:
    """Return an empty frame of concerns."""
    return concerns_of([])


def sessions_in_order(marks: Frame) -> Frame:
    """Give single marks their order: by day, the morning before the afternoon."""
    afternoon = (nw.col(SESSION) != AM).cast(nw.Int64)
    return marks.with_columns(order=nw.col(DATE).dt.timestamp("ms") // 43_200_000 + afternoon)


def items_of(facts: Facts, select: Selection, unit: RuleUnit, at_least: int, marks: Frame | None = None) -> Frame:
    """Return the items of every enrolment that may have enough of them.

    Args:
        facts: What is known.
        select: What counts.
        unit: sessions or days.
        at_least: Enrolments with fewer selected sessions than this many items are left out.
        marks: The selected marks, where some of them do not count; None: all.
    """
    chosen = facts.selected(select) if marks is None else marks
    some = _of_many(chosen, at_least)
    if unit is RuleUnit.SESSIONS:
        return sessions_in_order(some).select(NUMBER, SCHOOL, DATE, "order")
    return whole_days(facts, some, at_least)


def whole_days(facts: Facts, marks: Frame, at_least: int = 1) -> Frame:
    """Return the days on which the marks given make a whole day of absence (setting ``absent-day``).

    Args:
        facts: What is known.
        marks: Selected marks.
        at_least: Enrolments that cannot have this many such days are left out.
    """
    counts = nw.col(STAT).is_in(list(facts.possible)).cast(nw.Int64)
    days = marks.with_columns(__selected=counts).group_by(NUMBER, SCHOOL, DATE).agg(nw.col("__selected").sum())
    if facts.profile.get("absent-day") == "every-possible-session":
        known = days.join(facts.exception_days, on=[NUMBER, DATE], how="inner")
        likely = _of_many(known.filter(nw.col("possible") == nw.col("__selected")), at_least)
        # Where one session of the day is all that is known, the other one was present or has no mark.
        alone = likely.filter(nw.col("marks") == 1)
        days = likely.join(facts.plain_on(alone), on=[NUMBER, DATE], how="anti")
    found = days.select(NUMBER, SCHOOL, DATE, order=nw.col(DATE).dt.timestamp("ms") // 43_200_000)
    return _of_many(found, at_least)


def _of_many(items: Frame, at_least: int) -> Frame:
    """Keep the items of enrolments that have enough of them."""
    if at_least < 2:
        return items
    numbers = items.group_by(NUMBER).agg(nw.len().alias("__n")).filter(nw.col("__n") >= at_least)
    return items.join(numbers.select(NUMBER), on=NUMBER, how="inner")


def placed(facts: Facts, items: Frame, window: Window) -> Frame:
    """Add ``place`` (Int64), the ordinal of an item's day or week, and ``now``, that of the day asked about."""
    if window.of is WindowUnit.CALENDAR_DAYS:
        now = nw.lit(facts.as_of, nw.Date).dt.timestamp("ms") // 86_400_000
        return items.with_columns(place=nw.col(DATE).dt.timestamp("ms") // 86_400_000, now=now)
    column = "week_no" if window.of is WindowUnit.SCHOOL_WEEKS else "day_no"
    found = items.join(
        facts.places.select(SCHOOL, DATE, nw.col(column).alias("place")), on=[SCHOOL, DATE], how="inner"
    ).join(facts.today.select(SCHOOL, nw.col(column).alias("now")), on=SCHOOL, how="inner")
    return _skipping(facts, found) if window.of is WindowUnit.SCHOOL_WEEKS else found


def _skipping(facts: Facts, items: Frame) -> Frame:
    """Take the weeks that were closed for an enrolment out of its numbering."""
    closed = closed_weeks(facts, items)
    if closed.is_empty():
        return items
    keyed = items.with_row_index("__row")
    earlier = (
        keyed.select("__row", NUMBER, "place", "now")
        .join(closed, on=NUMBER, how="inner")
        .with_columns(
            before=(nw.col("__closed") < nw.col("place")).cast(nw.Int64),
            until=(nw.col("__closed") <= nw.col("now")).cast(nw.Int64),
        )
    )
    sums = earlier.group_by("__row").agg(nw.col("before", "until").sum())
    joined = keyed.join(sums, on="__row", how="left").with_columns(nw.col("before", "until").fill_null(0))
    return joined.with_columns(place=nw.col("place") - nw.col("before"), now=nw.col("now") - nw.col("until")).drop(
        "__row", "before", "until"
    )


def closed_weeks(facts: Facts, items: Frame) -> Frame:
    """Return enrolment_no, __closed: week numbers in which every open session was marked closed for the enrolment."""
    shut = nw.col(STAT) == StatGroup.ADMINISTRATIVE.value
    if facts.profile.get("cancelled-week") == "skipped":
        shut = shut | (nw.col(CODE) == "Y4")
    numbers = items[NUMBER].unique().to_list()
    marks = facts.exceptions.filter(nw.col(NUMBER).is_in(numbers)).filter(shut)
    calendar = facts.register.calendars.frame.select(SCHOOL, DATE, SESSION)
    marked = (
        marks.select(NUMBER, nw.col(SCHOOL, SESSION).cast(nw.String), DATE)
        .join(calendar, on=[SCHOOL, DATE, SESSION], how="inner")
        .join(facts.places, on=[SCHOOL, DATE], how="inner")
    )
    sizes = (
        facts.open_sessions.join(facts.places, on=[SCHOOL, DATE], how="inner")
        .group_by(SCHOOL, "week_no")
        .agg(nw.col("open").sum())
    )
    weeks = marked.group_by(NUMBER, SCHOOL, "week_no").agg(nw.len().cast(nw.Int64).alias("__shut"))
    whole = weeks.join(sizes, on=[SCHOOL, "week_no"], how="inner").filter(nw.col("__shut") >= nw.col("open"))
    return whole.select(NUMBER, nw.col("week_no").alias("__closed"))


def windowed_episodes(items: Frame, at_least: int, length: int) -> Frame:
    """Find the episodes of a count in a rolling window.

    Items are sorted; a block of ``at_least`` neighbours that lies within ``length`` places is full. An item of a full
    block is in an episode, and full blocks that share an item are in the same.

    Args:
        items: With ``place`` and ``now``.
        at_least: Items that fill a window.
        length: Places in a window.

    Returns:
        enrolment_no, start, end, met_on, count, open.
    """
    span = at_least - 1
    ordered = items.sort(NUMBER, "order")
    full = (nw.col(NUMBER).shift(-span) == nw.col(NUMBER)) & (nw.col("place").shift(-span) - nw.col("place") < length)
    flagged = ordered.with_columns(__full=full.fill_null(False).cast(nw.Int64))
    run = flagged.with_columns(__sum=nw.col("__full").cum_sum())
    seen = run.with_columns(
        __ago=nw.col("__sum").shift(at_least).fill_null(0),
        __last=nw.col("__sum").shift(1).fill_null(0),
        __ends=nw.col("__full").shift(span).fill_null(0) == 1,
        __same=(nw.col(NUMBER) == nw.col(NUMBER).shift(1)) & (nw.col(DATE) == nw.col(DATE).shift(1)),
    )
    covered = seen.filter(nw.col("__sum") > nw.col("__ago"))
    linked = (nw.col("__last") > nw.col("__ago")) | nw.col("__same").fill_null(False)
    if at_least == 1:
        # A block of one shares no item with the next; the window that ends with the next may still hold both.
        near = (nw.col(NUMBER) == nw.col(NUMBER).shift(1)) & (nw.col("place") - nw.col("place").shift(1) < length)
        linked = linked | near.fill_null(False)
    numbered = covered.with_columns(__episode=(~linked).cast(nw.Int64).cum_sum())
    recent = (nw.col("place") > nw.col("now") - length).cast(nw.Int64)
    found = (
        numbered.with_columns(__recent=recent)
        .group_by("__episode")
        .agg(
            nw.col(NUMBER).min(),
            nw.col(DATE).min().alias("start"),
            nw.col(DATE).max().alias("end"),
            nw.len().cast(nw.Int64).alias("count"),
            nw.col("__recent").sum(),
        )
    )
    met = numbered.filter(nw.col("__ends")).group_by("__episode").agg(nw.col(DATE).min().alias("met_on"))
    joined = found.join(met, on="__episode", how="inner")
    return joined.with_columns(open=nw.col("__recent") >= at_least).drop("__episode", "__recent")


def grouped(items: Frame, keys: list[str], at_least: int) -> Frame:
    """Find the groups of items that have enough of them.

    Returns:
        enrolment_no, the keys, start, end, met_on (day of the item that completes the number), count.
    """
    ordered = items.sort(NUMBER, *[key for key in keys if key != NUMBER], "order").with_row_index("__row")
    sums = ordered.group_by(*keys).agg(
        nw.col("__row").min().alias("__first"),
        nw.len().cast(nw.Int64).alias("count"),
        nw.col(DATE).min().alias("start"),
        nw.col(DATE).max().alias("end"),
    )
    enough = sums.filter(nw.col("count") >= at_least).with_columns(
        __row=(nw.col("__first") + at_least - 1).cast(ordered.schema["__row"])
    )
    days = ordered.select("__row", nw.col(DATE).alias("met_on"))
    return enough.join(days, on="__row", how="inner").drop("__row", "__first")
