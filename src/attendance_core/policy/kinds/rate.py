"""Rate over a window."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.engine import frame_of
from attendance_core.model.concerns import Certainty
from attendance_core.model.marks import DATE, NUMBER, SCHOOL
from attendance_core.model.rules import RateRule
from attendance_core.model.selections import Horizon, Since, Window
from attendance_core.policy.facts import Facts, Frame, MissingInputError
from attendance_core.policy.items import concerns_frame, no_concerns

#: School weeks for which a first week is told, that one included.
_FIRST_WEEK_STAYS = 6


def spans(rule: RateRule, facts: Facts) -> dict[DateRange, list[str]]:
    """Return the windows that end with the day asked about, with the schools of each."""
    if rule.since is Since.ACADEMIC_YEAR:
        return {facts.year: list(facts.register.schools)}
    if rule.since is Since.ENROLMENT:
        span = facts.register.span
        first = min(span.start, facts.as_of) if span else facts.as_of
        return {DateRange(first, facts.as_of): list(facts.register.schools)}
    return rolling(rule.window, facts) if rule.window is not None else {}


def rolling(window: Window, facts: Facts, last: dict[str, date] | None = None) -> dict[DateRange, list[str]]:
    """Return rolling windows with the schools of each; they end with the day asked about, or a day of the school's."""
    found: dict[DateRange, list[str]] = {}
    for school in facts.register.schools:
        end = (last or {}).get(school, facts.as_of)
        found.setdefault(DateRange(facts.window_start(window, school, end), end), []).append(school)
    return found


def evaluate(rule: RateRule, facts: Facts) -> Frame:
    """Work the concerns out."""
    table = _first_weeks(rule, facts) if rule.since is Since.FIRST_WEEK else _windows(rule, facts)
    table = table.filter(nw.col("possible") >= max(rule.minimum_possible, 1))
    if rule.horizon is Horizon.SO_FAR:
        table = table.with_columns(over=nw.col("possible"), reached=nw.col("selected"), scale=nw.lit(1, nw.Int64))
    else:
        table = _to_year_end(rule, facts, table)
        if table.is_empty():
            return no_concerns()
    hundredfold = nw.col("reached") * 100
    limit = nw.col("over") * nw.col("scale")
    met = hundredfold > limit * rule.at_least if rule.strict else hundredfold >= limit * rule.at_least
    if rule.below is not None:
        met = met & (hundredfold <= limit * rule.below if rule.strict else hundredfold < limit * rule.below)
    found = table.filter(met, nw.col("selected") > 0)
    columns: dict[str, Any] = {"met_on": nw.lit(facts.as_of, nw.Date), "of": nw.col("over")}
    if rule.horizon is not Horizon.SO_FAR:
        columns["allowance"] = nw.when(nw.col("allowance") < 0).then(0).otherwise(nw.col("allowance"))
        if rule.horizon is Horizon.YEAR_PROJECTED:
            columns["certainty"] = nw.lit(Certainty.PROJECTED.value)
    return concerns_frame(found.with_columns(count=nw.col("selected"), **columns))


def _windows(rule: RateRule, facts: Facts) -> Frame:
    """Count each enrolment's selected and possible sessions in its school's window."""
    tables = []
    for span, schools in spans(rule, facts).items():
        counted = _counted(rule, facts, span)
        mine = counted.join(facts.school_of, on=NUMBER, how="inner")
        if len(schools) < len(facts.register.schools):
            mine = mine.filter(nw.col(SCHOOL).is_in(schools))
        if rule.since is Since.ENROLMENT:
            start: Any = nw.col("start")
        elif rule.since is Since.ACADEMIC_YEAR:
            first = {school: facts.first_school_day(school) for school in schools}
            firsts = frame_of(
                {SCHOOL: list(first), "__first": list(first.values())}, {SCHOOL: nw.String, "__first": nw.Date}
            )
            mine, start = mine.join(firsts, on=SCHOOL, how="inner"), nw.col("__first")
        else:
            start = nw.lit(span.start, nw.Date)
        tables.append(
            mine.select(
                NUMBER,
                SCHOOL,
                "selected",
                "possible",
                nw.col("end").alias("__leaves"),
                start=start,
                end=nw.lit(facts.as_of, nw.Date),
            )
        )
    return nw.concat(tables)


def _counted(rule: RateRule, facts: Facts, span: DateRange) -> Frame:
    """Return enrolment_no, selected, possible within some days."""
    selected = facts.shared(rule.select, span).group_by(NUMBER).agg(nw.len().cast(nw.Int64).alias("selected"))
    possible = facts.totals(span).select(NUMBER, "possible")
    return possible.join(selected, on=NUMBER, how="left").with_columns(nw.col("selected").fill_null(0))


def _first_weeks(rule: RateRule, facts: Facts) -> Frame:
    """Count selected and possible sessions in the first week of the year in which each enrolment has any."""
    selected = facts.shared(rule.select, facts.year)
    places = facts.places.filter(nw.col("school_week")).select(SCHOOL, DATE, "week_no")
    first = _first_week_of(facts, selected[NUMBER].unique().to_list(), places)
    likely = (
        selected.select(NUMBER, SCHOOL, DATE)
        .join(places, on=[SCHOOL, DATE], how="inner")
        .join(first, on=NUMBER, how="inner")
        .filter(nw.col("week_no") == nw.col("__week"))
    )
    inside = (
        facts.days_of(likely[NUMBER].to_list(), likely["week_no"].unique().to_list())
        .join(facts.school_of, on=NUMBER, how="inner")
        .join(places, on=[SCHOOL, DATE], how="inner")
        .join(first, on=NUMBER, how="inner")
        .filter(nw.col("week_no") == nw.col("__week"))
    )
    weeks = inside.group_by(NUMBER, SCHOOL).agg(
        nw.col("possible").sum(), nw.col(DATE).min().alias("start"), nw.col(DATE).max().alias("end")
    )
    chosen = selected.join(inside.select(NUMBER, DATE), on=[NUMBER, DATE], how="inner")
    counts = chosen.group_by(NUMBER).agg(nw.len().cast(nw.Int64).alias("selected"))
    told = weeks.join(counts, on=NUMBER, how="inner").join(first, on=NUMBER, how="inner")
    dated = told.join(facts.today.select(SCHOOL, now="week_no"), on=SCHOOL, how="inner")
    return dated.select(
        NUMBER,
        SCHOOL,
        "selected",
        "possible",
        "start",
        "end",
        open=nw.col("now") - nw.col("__week") < _FIRST_WEEK_STAYS,
    )


def _first_week_of(facts: Facts, numbers: list[int], places: Frame) -> Frame:
    """Return enrolment_no, __week: the first school week of the year in which each has a possible session."""
    days = facts.first_days(numbers).join(facts.school_of, on=NUMBER, how="inner")
    known = days.join(places, on=[SCHOOL, DATE], how="inner").select(NUMBER, __week=nw.col("week_no"))
    # A first mark that lies outside every school week (a Saturday in August) says nothing: look at all days.
    others = days.join(known, on=NUMBER, how="anti")[NUMBER].to_list()
    if not others:
        return known
    more = facts.days_of(others).filter(nw.col(DATE) >= facts.year.start).join(facts.school_of, on=NUMBER, how="inner")
    weeks = more.join(places, on=[SCHOOL, DATE], how="inner").group_by(NUMBER).agg(nw.col("week_no").min())
    return nw.concat([known, weeks.select(NUMBER, __week=nw.col("week_no"))])


def _to_year_end(rule: RateRule, facts: Facts, table: Frame) -> Frame:
    """Add the sessions still to come, and what the year would come to.

    Raises:
        MissingInputError: If no school's calendar reaches the year's end.
    """
    reaching = [school for school in facts.register.schools if facts.reaches_year_end(school)]
    if not reaching:
        raise MissingInputError("a calendar that was given and reaches the end of the academic year")
    mine = table.filter(nw.col(SCHOOL).is_in(reaching))
    last = AcademicYear.of(facts.as_of).span.end
    leaves = mine.select(SCHOOL, "__leaves").unique().rows(named=True)
    left = frame_of(
        {
            SCHOOL: [row[SCHOOL] for row in leaves],
            "__leaves": [row["__leaves"] for row in leaves],
            "left": [facts.sessions_left(row[SCHOOL], min(row["__leaves"], last or row["__leaves"])) for row in leaves],
        },
        {SCHOOL: nw.String, "__leaves": nw.Date, "left": nw.Int64},
    )
    whole = mine.join(left, on=[SCHOOL, "__leaves"], how="inner").with_columns(
        over=nw.col("possible") + nw.col("left"), reached=nw.col("selected"), scale=nw.lit(1, nw.Int64)
    )
    limit = nw.col("over") * rule.at_least
    most = limit // 100 if rule.strict else (limit + 99) // 100 - 1
    whole = whole.with_columns(allowance=most - nw.col("selected"))
    if rule.recent is None:
        return _with_unmarked(rule, facts, whole)
    tables = []
    for span, schools in rolling(rule.recent, facts).items():
        counted = _counted(rule, facts, span).join(facts.school_of, on=NUMBER, how="inner")
        tables.append(counted.filter(nw.col(SCHOOL).is_in(schools)).select(NUMBER, "selected", "possible"))
    recent = nw.concat(tables).filter(nw.col("possible") >= max(rule.minimum_possible, 1))
    joined = whole.join(recent.rename({"selected": "__absent", "possible": "__possible"}), on=NUMBER, how="inner")
    return joined.with_columns(
        reached=nw.col("selected") * nw.col("__possible") + nw.col("__absent") * nw.col("left"),
        scale=nw.col("__possible"),
        detail=nw.concat_str(
            nw.lit("in the recent window "),
            nw.col("__absent").cast(nw.String),
            nw.lit(" of "),
            nw.col("__possible").cast(nw.String),
            nw.lit(" sessions, and "),
            nw.col("left").cast(nw.String),
            nw.lit(" still to come"),
        ),
    )


def _with_unmarked(rule: RateRule, facts: Facts, whole: Frame) -> Frame:
    """Take the sessions that still lack a mark for possible ones, and say how many there are."""
    # They only ever lower a rate, so whoever is below the limit without them need not be counted.
    likely = whole.filter(nw.col("reached") * 100 >= nw.col("over") * rule.at_least)
    unmarked = facts.unmarked(likely[NUMBER].to_list())
    some = nw.concat_str(nw.lit("counting "), nw.col("unmarked").cast(nw.String), nw.lit(" without a mark so far"))
    return likely.join(unmarked, on=NUMBER, how="inner").with_columns(
        over=nw.col("over") + nw.col("unmarked"),
        detail=nw.when(nw.col("unmarked") > 0).then(some).otherwise(nw.lit("")),
    )
