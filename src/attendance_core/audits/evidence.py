"""Evidence from the register: what each indicator finds, and what that says of a rating. No rating ever changes."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction

import narwhals.stable.v2 as nw

from attendance_core.audits.grounds import Entry, Grounds, MissingGroundsError, lacking
from attendance_core.audits.indicators import indicators_by_item
from attendance_core.audits.status import live
from attendance_core.engine import collect
from attendance_core.errors import FigureIdError
from attendance_core.measures.definitions import get_session_measure
from attendance_core.measures.periods import last_year
from attendance_core.model.audits import Audit
from attendance_core.model.codes import StatGroup
from attendance_core.model.crosswalks import ItemRef
from attendance_core.model.figures import Figure
from attendance_core.model.frameworks import Framework
from attendance_core.model.indicators import (
    VERDICTS,
    Against,
    EvidenceVerdict,
    Indicator,
    IndicatorKind,
    IndicatorReading,
    ItemEvidence,
    Level,
    RecordChoice,
    When,
)
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, SESSION, STAT
from attendance_core.model.outcomes import Outcome
from attendance_core.model.plan_rows import Rhythm
from attendance_core.reference.benchmarks import benchmark_value, find_rows

_ATTENDED = [group.value for group in StatGroup if group.attended]
_ABSENT = [group.value for group in StatGroup if group.absent]


def evidence_for(audit: Audit, framework: Framework, grounds: Grounds) -> tuple[ItemEvidence, ...]:
    """Return what the records say of each item that data can test, beside the rating that it got.

    Args:
        audit: The audit; its ratings are read and never changed.
        framework: The framework that it answers.
        grounds: Register, concerns, checks and side records, on a day.
    """
    known = indicators_by_item()
    readings: dict[str, IndicatorReading] = {}
    ratings = audit.ratings()
    found = []
    for item in framework.rateable():
        indicator = known.get(str(ItemRef(framework=framework.id, item=item.id)))
        if indicator is None:
            continue
        if indicator.id not in readings:
            readings[indicator.id] = read_indicator(indicator, grounds)
        rating = ratings.get(item.id, "")
        found.append(
            ItemEvidence(
                item=item.id,
                rating=rating,
                indicator=indicator.id,
                reading=readings[indicator.id],
                verdict=_verdict(audit, rating, readings[indicator.id]),
                note=indicator.note,
            )
        )
    return tuple(found)


def _verdict(audit: Audit, rating: str, reading: IndicatorReading) -> EvidenceVerdict:
    step = audit.scale.step(rating)
    if step is None or reading.level is None:
        return EvidenceVerdict.CANNOT_TELL
    return VERDICTS[step.status, reading.level]


def read_indicator(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    """Ask one indicator, whatever the rating."""
    try:
        return _KINDS[indicator.kind](indicator, grounds)
    except MissingGroundsError as error:
        return IndicatorReading(level=None, text=f"{error} missing")


def _level(count: int, of: int) -> Level:
    return Level.FULL if count == of else Level.PART if count else Level.NONE


def _counted(indicator: Indicator, count: int, of: int, more: str = "") -> str:
    rest = f"; {of - count} without" if count < of else ""
    return f"{count} of {of} {indicator.counts}{rest}{more}"


def _nobody(indicator: Indicator, what: str) -> IndicatorReading:
    return IndicatorReading(level=None, text=f"{what}, so there is nothing to count ({indicator.counts})")


def _choice(indicator: Indicator, name: str) -> RecordChoice:
    choice: RecordChoice = getattr(indicator, name)
    return choice


# -- kinds


def _covered(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    group = grounds.group(indicator)
    figures = _figures(indicator, grounds)
    if not group:
        return IndicatorReading(
            level=None, text=_nobody(indicator, "nobody belongs to the group").text, figures=figures
        )
    choice = _choice(indicator, "has")
    entries, missing = grounds.chosen(choice)
    by_pupil: dict[str, list[Entry]] = {}
    for one in entries:
        by_pupil.setdefault(one.enrolment, []).append(one)

    def has(key: str, day: date | None) -> bool:
        mine = by_pupil.get(key, [])
        if choice.when is When.BEFORE:
            return any(one.first is not None and day is not None and one.first < day for one in mine)
        return bool(mine)

    without = [key for key, (day, _) in group.items() if not has(key, day)]
    if without and missing:
        # Whoever is without may have a record of the kind that was not given.
        raise MissingGroundsError(lacking(missing))
    count = len(group) - len(without)
    concerns = tuple(concern for key in without if (concern := group[key][1]))
    text = _counted(indicator, count, len(group))
    return IndicatorReading(
        level=_level(count, len(group)), count=count, of=len(group), text=text, figures=figures, concerns=concerns
    )


def _figures(indicator: Indicator, grounds: Grounds) -> tuple[str, ...]:
    return (grounds.facts.analysis.figure(indicator.figure, period=grounds.period).key,) if indicator.figure else ()


def _rhythm(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    every = indicator.every or Rhythm.ANNUAL  # the class asks for one
    choice = _choice(indicator, "has")
    entries, missing = grounds.chosen(choice)
    periods = grounds.periods(every)
    if not periods:
        return _nobody(indicator, f"no stretch ({every.value}) of this year is over yet")
    audiences = choice.states or ("",)
    done = {
        (period.start, audience)
        for period in periods
        for audience in audiences
        if any(
            one.first is not None and one.first in period and (not audience or one.state == audience) for one in entries
        )
    }
    of = len(periods) * len(audiences)
    if len(done) < of and missing:
        raise MissingGroundsError(lacking(missing))
    level: Level | None = _level(len(done), of)
    more = ""
    if every is Rhythm.ANNUAL and level is not Level.FULL and not grounds.year_over:
        level, more = None, "; the year is not over"
    return IndicatorReading(level=level, count=len(done), of=of, text=_counted(indicator, len(done), of, more))


def _register_check(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    if grounds.checks is None:
        raise MissingGroundsError("the register check")
    wanted = [one for one in grounds.checks if one.check.id in indicator.checks]
    unasked = [one for one in wanted if one.outcome in (Outcome.NOT_CHECKED, Outcome.ERROR)]
    if unasked:
        raise MissingGroundsError(
            ", ".join(dict.fromkeys(name for one in unasked for name in one.missing or (one.check.id,)))
        )
    asked = [one for one in wanted if one.outcome is not Outcome.NOT_APPLICABLE]
    if not asked:
        return _nobody(indicator, "no check applies to this register")
    failed = [one for one in asked if one.outcome is Outcome.FAILED]
    count = len(asked) - len(failed)
    said = "; ".join(f"{one.check.title}: {one.count}" for one in failed)
    more = f" ({said})" if said else ""
    return IndicatorReading(
        level=_level(count, len(asked)), count=count, of=len(asked), text=_counted(indicator, count, len(asked), more)
    )


def _compared(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    analysis = grounds.facts.analysis
    population = indicator.cohort or "all"
    try:
        figure = analysis.figure(indicator.measure, population, grounds.period)
        other, named, figures = _other(indicator, grounds, population)
    except FigureIdError as error:
        raise MissingGroundsError("; ".join(f"{fault.where}: {fault.what}" for fault in error.faults)) from None
    mine = _share(figure)
    if mine is None:
        return _nobody(indicator, "no session was possible")
    better = mine < other if indicator.lower_is_better else mine > other
    same = mine == other
    if same or (indicator.against is Against.REST and better):
        level = Level.FULL if indicator.against is not Against.LAST_YEAR else Level.PART
    else:
        level = Level.FULL if better else Level.NONE
    moved = "as high as" if same else "lower than" if mine < other else "higher than"
    text = (
        f"{figure.numerator} of {figure.denominator} {indicator.counts} ({_percent(mine)}): "
        f"{moved} {named} ({_percent(other)})"
    )
    return IndicatorReading(
        level=level,
        count=figure.numerator or 0,
        of=figure.denominator or 0,
        text=text,
        figures=(figure.key, *figures),
    )


def _share(figure: Figure) -> Fraction | None:
    if figure.numerator is None or not figure.denominator:
        return None
    return Fraction(figure.numerator, figure.denominator)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.1f} %"


def _other(indicator: Indicator, grounds: Grounds, population: str) -> tuple[Fraction, str, tuple[str, ...]]:
    """Return what a figure is held against, its name, and the ids of its figures."""
    analysis = grounds.facts.analysis
    if indicator.against is Against.NATIONAL:
        if not grounds.phase:
            raise MissingGroundsError("the phase of the school")
        measure, _ = get_session_measure(indicator.measure)
        for release in grounds.releases:
            row = find_rows(release, level="national", phase=grounds.phase, code_or_name="", group="")
            value = benchmark_value(row, measure.benchmark) if row is not None and measure.benchmark else None
            if value is not None:
                return Fraction(str(value)) / 100, f"England's {grounds.phase} schools, {release.title}", ()
        raise MissingGroundsError("published figures of this phase")
    period, before = grounds.period, indicator.against is Against.LAST_YEAR
    if before:
        earlier = last_year(analysis.register, period)
        if earlier is None:
            raise MissingGroundsError("the same weeks of last year")
        period = earlier
    key = f"not:{population}" if indicator.against is Against.REST else population
    figure = analysis.figure(indicator.measure, key, period)
    share = _share(figure)
    if share is None:
        raise MissingGroundsError("marks of last year" if before else f"possible sessions of {key}")
    named = f"the same weeks of last year, {period}" if before else "everybody else"
    return share, named, (figure.key,)


def _first_day(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    entries, _ = grounds.chosen(_choice(indicator, "has"))
    facts = grounds.facts
    spells = facts.analysis.spells(facts.year)
    since = grounds.as_of - timedelta(days=indicator.days)
    recent = spells.filter(nw.col("start") > since, nw.col("start") <= grounds.as_of)
    people = facts.register.enrolments.select(NUMBER, ENROLMENT)
    starts = list(recent.join(people, on=NUMBER, how="inner").select(ENROLMENT, "start").iter_rows())
    if not starts:
        return _nobody(indicator, f"no absence began in the last {indicator.days} days")
    contacted = {(one.enrolment, one.first) for one in entries}
    count = sum(start in contacted for start in starts)
    return IndicatorReading(
        level=_level(count, len(starts)), count=count, of=len(starts), text=_counted(indicator, count, len(starts))
    )


def _delay(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    entries, missing = grounds.chosen(_choice(indicator, "among"))
    if missing:
        raise MissingGroundsError(lacking(missing))
    facts = grounds.facts
    agreed = [one for one in entries if one.spans and one.first is not None]
    people = facts.register.enrolments.select(ENROLMENT, NUMBER, "school_id")
    numbers = {key: (number, school) for key, number, school in people.iter_rows()}
    known = [(one, *numbers[one.enrolment]) for one in agreed if one.enrolment in numbers]
    attended: dict[int, list[date]] = {}
    if known:
        marks = facts.marks_of([number for _, number, _ in known]).filter(nw.col(STAT).is_in(_ATTENDED))
        for number, day in marks.select(NUMBER, DATE).unique().sort(DATE).iter_rows():
            attended.setdefault(number, []).append(day)
    count = of = 0
    for one, number, school in known:
        ordinals = facts.ordinals(str(school))
        first = one.first or date.min
        due = ordinals.day_no(first - timedelta(days=1)) + 1 + indicator.days
        came = next((day for day in attended.get(number, ()) if day >= first), None)
        if came is None and ordinals.day_no(grounds.as_of) < due:
            continue  # there is still time
        of += 1
        count += came is not None and ordinals.day_no(came) <= due
    if not of:
        return _nobody(indicator, "no start was agreed that could be judged")
    return IndicatorReading(level=_level(count, of), count=count, of=of, text=_counted(indicator, count, of))


def _limited(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    entries, missing = grounds.chosen(_choice(indicator, "among"))
    if missing:
        raise MissingGroundsError(lacking(missing))
    if not entries:
        return _nobody(indicator, "there is no such record")
    count = sum(one.ends is not None for one in entries)
    return IndicatorReading(
        level=_level(count, len(entries)), count=count, of=len(entries), text=_counted(indicator, count, len(entries))
    )


def _since_start(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    """Pool sessions before and after each pupil's first record of the year, of those who have both in the register."""
    entries, missing = grounds.chosen(_choice(indicator, "among"))
    if missing:
        raise MissingGroundsError(lacking(missing))
    facts = grounds.facts
    numbers = dict(facts.register.enrolments.select(ENROLMENT, NUMBER).iter_rows())
    begins: dict[int, date] = {}
    for one in entries:
        if one.spans and one.first is not None and one.enrolment in numbers:
            number = numbers[one.enrolment]
            begins[number] = min(one.first, begins.get(number, one.first))
    window = timedelta(weeks=indicator.weeks)
    span = facts.register.span
    whole = {
        number: day
        for number, day in begins.items()
        if span is not None and day - window >= span.start and day + window <= grounds.as_of + timedelta(days=1)
    }
    if not whole:
        return _nobody(indicator, f"no support has {indicator.weeks} weeks before and after it in the register")
    marks = collect(
        facts.register.marks.filter(nw.col(NUMBER).is_in(sorted(whole))).select(NUMBER, DATE, SESSION, CODE, STAT)
    ).with_columns(nw.col(DATE).cast(nw.Date), nw.col(STAT).cast(nw.String))
    possible = marks.filter(nw.col(STAT).is_in(list(facts.possible)))
    counted = []
    for number, day in whole.items():
        mine = possible.filter(nw.col(NUMBER) == number)
        counts = []
        for first in (day - window, day):
            inside = mine.filter(nw.col(DATE) >= first, nw.col(DATE) < first + window)
            counts += [len(inside.filter(nw.col(STAT).is_in(_ABSENT))), len(inside)]
        if counts[1] and counts[3]:  # whoever came in between has no "before" to be held against
            counted.append(counts)
    if not counted:
        return _nobody(indicator, "nobody had possible sessions both before and after")
    absent_before, possible_before, absent_after, possible_after = map(sum, zip(*counted, strict=True))
    before, after = Fraction(absent_before, possible_before), Fraction(absent_after, possible_after)
    level = Level.FULL if after < before else Level.PART if after == before else Level.NONE
    text = (
        f"{absent_after} of {possible_after} {indicator.counts} ({_percent(after)}), {absent_before} of "
        f"{possible_before} in the {indicator.weeks} weeks before ({_percent(before)}); {len(counted)} "
        f"{'pupil' if len(counted) == 1 else 'pupils'}, no comparison group"
    )
    return IndicatorReading(level=level, count=absent_after, of=possible_after, text=text)


def _actions(indicator: Indicator, grounds: Grounds) -> IndicatorReading:
    if grounds.audit is None:
        raise MissingGroundsError("an audit with actions")
    open_now = [one for one in grounds.audit.actions() if live(one, grounds.as_of) or one.overdue(grounds.as_of)]
    if not open_now:
        return _nobody(indicator, "the audit has no open action")
    count = sum(bool(one.owner.strip()) and one.due is not None for one in open_now)
    level = _level(count, len(open_now))
    more = f"; {indicator.most} can be managed"
    if len(open_now) > indicator.most and level is Level.FULL:
        level = Level.PART
    return IndicatorReading(
        level=level, count=count, of=len(open_now), text=_counted(indicator, count, len(open_now), more)
    )


_KINDS: Mapping[IndicatorKind, Callable[[Indicator, Grounds], IndicatorReading]] = {
    IndicatorKind.COVERED: _covered,
    IndicatorKind.RHYTHM: _rhythm,
    IndicatorKind.REGISTER_CHECK: _register_check,
    IndicatorKind.COMPARED: _compared,
    IndicatorKind.FIRST_DAY: _first_day,
    IndicatorKind.DELAY: _delay,
    IndicatorKind.LIMITED: _limited,
    IndicatorKind.SINCE_START: _since_start,
    IndicatorKind.ACTIONS: _actions,
}
