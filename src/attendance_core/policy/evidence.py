"""Evidence: the sessions behind concerns, listed afresh from the register."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.dates import DateRange
from attendance_core.engine import frame_of
from attendance_core.model.marks import CODE, DATE, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.model.patterns import PatternRule, Sign
from attendance_core.model.policies import Body
from attendance_core.model.record_rules import Expect, RecordRule
from attendance_core.model.rules import CountRule, CumulativeRule, RateRule, RunRule, UnresolvedRule
from attendance_core.model.selections import Horizon, RuleUnit, Selection, Since
from attendance_core.policy.facts import Facts, Frame, selects
from attendance_core.policy.items import whole_days
from attendance_core.policy.kinds import count, pattern, rate, record, unresolved

_KEYS = (NUMBER, "start")
#: Columns of the sessions of `evidence`.
EVIDENCE = (*_KEYS, DATE, SESSION, CODE, STAT, "in_numerator", "in_denominator")


def evidence(body: Body, facts: Facts, concerns: Frame) -> Frame:
    """List the sessions behind concerns of one rule that combines no others.

    Args:
        body: The kind, its settings resolved.
        facts: What is known.
        concerns: Concerns of this rule (the columns of `items.SCHEMA`).

    Returns:
        enrolment_no, start (of the concern), date, session, code, stat (texts), in_numerator and in_denominator
        (bool): what the concern's count and ``of`` count. Counting the sessions of the numerator gives a count of
        sessions; counting their days or weeks gives one of days or weeks.
    """
    if concerns.is_empty():
        return _empty()
    ranges = _ranges(body, facts, concerns)
    marks = facts.marks_of(concerns[NUMBER].to_list())
    inside = marks.join(ranges, on=NUMBER, how="inner").filter(
        nw.col(DATE) >= nw.col("__from"), nw.col(DATE) <= nw.col("__to")
    )
    possible = nw.col(STAT).is_in(list(facts.possible))
    select = getattr(body, "select", Selection())
    listed = inside.with_columns(in_numerator=selects(select), in_denominator=nw.lit(False))
    match body:
        case RateRule():
            listed = listed.with_columns(in_numerator=nw.col("in_numerator") & possible, in_denominator=possible)
            if body.horizon is not Horizon.SO_FAR:
                listed = listed.with_columns(in_denominator=nw.lit(False))
        case CountRule():
            counts = _mine(concerns, count.counted_marks(body, facts, select))
            listed = _only(listed, _in_days(body.unit, facts, counts))
        case RunRule() | CumulativeRule():
            counts = _mine(concerns, facts.selected(select))
            listed = _only(listed, _in_days(body.unit, facts, counts))
        case UnresolvedRule():
            listed = _only(listed, unresolved.overdue(body, facts))
        case RecordRule():
            if body.expect is Expect.MARKS_WITHOUT_RECORD:
                listed = _only(listed, record.uncovered(body, facts))
            elif body.expect is Expect.RECORD:
                listed = listed.with_columns(in_numerator=nw.lit(False))
        case PatternRule():
            if body.unit is RuleUnit.SESSIONS:
                listed = listed.with_columns(in_numerator=nw.col("in_numerator") & possible)
            listed = _patterned(body, facts, listed.with_columns(in_denominator=possible))
        case _:
            pass
    return listed.select(*EVIDENCE).sort(NUMBER, "start", DATE, SESSION)


def _ranges(body: Body, facts: Facts, concerns: Frame) -> Frame:
    """Return enrolment_no, start, slot, __from, __to: the days that each concern looks at."""
    start, end = nw.col("start"), nw.col("end")
    whole_year = isinstance(body, RateRule) and body.since is Since.ACADEMIC_YEAR
    if whole_year or (isinstance(body, PatternRule) and body.window is None and body.sign is not Sign.FALL):
        start = nw.lit(facts.year.start, nw.Date)
    elif isinstance(body, RateRule) and body.since is Since.ENROLMENT:
        start = nw.lit(next(iter(rate.spans(body, facts))).start, nw.Date)
    return concerns.select(NUMBER, "start", "slot", start.alias("__from"), end.alias("__to")).unique(
        [NUMBER, "start"], keep="first"
    )


def _only(listed: Frame, marks: Frame) -> Frame:
    """Narrow the numerator to the sessions among these marks."""
    these = marks.select(NUMBER, DATE, nw.col(SESSION).cast(nw.String), __counts=nw.lit(True)).unique()
    joined = listed.join(these, on=[NUMBER, DATE, SESSION], how="left")
    return joined.with_columns(in_numerator=nw.col("__counts").fill_null(False)).drop("__counts")


def _mine(concerns: Frame, marks: Frame) -> Frame:
    """Keep the marks of the enrolments that the concerns are about."""
    return marks.join(concerns.select(NUMBER).unique(), on=NUMBER, how="inner")


def _in_days(unit: RuleUnit, facts: Facts, marks: Frame) -> Frame:
    """Keep the marks of whole days, where a rule counts days."""
    if unit is not RuleUnit.DAYS:
        return marks
    days = whole_days(facts, marks).select(NUMBER, DATE)
    return marks.join(days, on=[NUMBER, DATE], how="inner")


def _patterned(rule: PatternRule, facts: Facts, listed: Frame) -> Frame:
    """Narrow to the days or weeks that the sign is about."""
    match rule.sign:
        case Sign.WEEKDAY | Sign.NEXT_TO_BREAK:
            slots = pattern.slots_of(rule, facts).rename({"slot": "__slot"})
            here = listed.join(slots, on=[SCHOOL, DATE], how="inner")
            mine = nw.col("__slot") == nw.col("slot")
            return here.with_columns(
                in_numerator=nw.col("in_numerator") & mine, in_denominator=nw.col("in_denominator") & mine
            )
        case Sign.BROKEN_WEEKS:
            weeks = [pattern.broken_weeks(rule, facts, span).select(NUMBER, "week") for span in _spans(rule, facts)]
            broken = nw.concat(weeks).unique().with_columns(__broken=nw.lit(True))
            mondays = facts.places.select(SCHOOL, DATE, "week")
            here = listed.join(mondays, on=[SCHOOL, DATE], how="inner").join(broken, on=[NUMBER, "week"], how="left")
            return here.with_columns(in_numerator=nw.col("in_numerator") & nw.col("__broken").fill_null(False))
        case _:
            return listed


def _spans(rule: PatternRule, facts: Facts) -> list[DateRange]:
    return list(pattern.windows(rule, facts))


def _empty() -> Frame:
    types: dict[str, Any] = {
        NUMBER: nw.Int32,
        "start": nw.Date,
        DATE: nw.Date,
        SESSION: nw.String,
        CODE: nw.String,
        STAT: nw.String,
        "in_numerator": nw.Boolean,
        "in_denominator": nw.Boolean,
    }
    return frame_of({name: [] for name in types}, types)
