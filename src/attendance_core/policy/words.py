"""Words: what a version of a rule says, as a sentence."""

from attendance_core.model.combinations import CombinationRule, CustomRule
from attendance_core.model.patterns import PatternRule, Sign
from attendance_core.model.policies import Body
from attendance_core.model.record_rules import Expect, RecordRule
from attendance_core.model.rules import CountRule, CumulativeRule, RateRule, RunRule, UnresolvedRule
from attendance_core.model.selections import Horizon, RuleUnit, Since

_SINCE = {
    Since.ACADEMIC_YEAR: "in the academic year",
    Since.FIRST_WEEK: "in the first school week of the academic year",
    Since.ENROLMENT: "since the enrolment began",
}
_SIGNS = {
    Sign.WEEKDAY: "on one weekday than on the others",
    Sign.NEXT_TO_BREAK: "next to a break than on other days",
    Sign.BROKEN_WEEKS: "of the weeks broken",
    Sign.SPELLS: "spells for each hundred weeks",
    Sign.FALL: "in this half term than in the one before",
    Sign.GROWTH: "than in the window before",
}


def unit_of(unit: RuleUnit, number: int = 2) -> str:
    """Name a unit, in the singular where it is one."""
    return unit.value if number != 1 else unit.value.removesuffix("s")


def definition(body: Body) -> str:
    """Say what a kind with its numbers asks for.

    The sentence is worked out from the data, so it cannot say otherwise than the rule does.
    """
    match body:
        case RateRule():
            return _rate(body)
        case CountRule():
            text = (
                f"{body.at_least} or more {unit_of(body.unit)} with {body.select} within {body.window}, "
                "wherever they lie"
            )
            if body.counts_from is not None:
                text += f", none before {body.counts_from}"
            if body.uses is not None:
                text += "; marks counted for an earlier notice do not count again"
            return text
        case RunRule():
            return f"{body.at_least} or more {unit_of(body.unit)} with {body.select} without a break"
        case CumulativeRule():
            since = _SINCE[body.since] if body.since is not None else f"since {body.since_date}"
            return f"{body.at_least} or more {unit_of(body.unit)} with {body.select} in all {since}"
        case UnresolvedRule():
            days = body.days.value.replace("-", " ")
            return f"{_upper(str(body.select))} still there more than {body.after} {days} after the mark's own day"
        case PatternRule():
            window = f"in {body.window}" if body.window is not None else "in the academic year"
            if body.sign is Sign.FALL:
                window = "since the half term began"
            points = f"{body.points} or more percentage points"
            return (
                f"{body.at_least} or more {unit_of(body.unit)} with {body.select} {window}, and {points} more "
                f"{_SIGNS[body.sign]}, compared with the school's own"
            )
        case RecordRule():
            return _record(body)
        case CombinationRule():
            return _combination(body)
        case CustomRule():
            return f"As the plugin's rule {body.rule!r} works it out"


def _rate(body: RateRule) -> str:
    where = _SINCE[body.since] if body.since is not None else f"in the last {body.window}"
    upper = f", and below {body.below} %" if body.below is not None else ""
    limit = f"{'more than ' if body.strict else ''}{body.at_least} %{'' if body.strict else ' or more'}{upper}"
    what = f"{_upper(str(body.select))}: {limit} of"
    enough = f", where there were {body.minimum_possible} or more" if body.minimum_possible > 1 else ""
    match body.horizon:
        case Horizon.SO_FAR:
            return f"{what} the possible sessions {where}{enough}"
        case Horizon.YEAR_CERTAIN:
            return (
                f"{what} all possible sessions of the academic year, those without a mark and those still to come "
                f"included{enough}"
            )
        case Horizon.YEAR_PROJECTED:
            least = f" (of {body.minimum_possible} possible sessions or more)" if enough else ""
            return (
                f"{what} all possible sessions of the academic year, if the rate of the last {body.recent}{least} goes "
                "on to its end"
            )


def _record(body: RecordRule) -> str:
    kinds = f" ({', '.join(body.kinds)})" if body.kinds else ""
    records = f"{body.record.value}{kinds}"
    match body.expect:
        case Expect.MARKS_WITHOUT_RECORD:
            return f"{_upper(str(body.select))} on days that no live record covers: {records}"
        case Expect.RECORD_WITHOUT_MARKS:
            days = "school day" if body.after == 1 else "school days"
            return f"A record that has covered {body.after} {days} or more without {body.select}: {records}"
        case Expect.RECORD:
            return f"A live record: {records}"


def _combination(body: CombinationRule) -> str:
    parts = []
    if body.all_of:
        parts.append(f"all of: {', '.join(body.all_of)}")
    if body.any_of:
        parts.append(f"one or more of: {', '.join(body.any_of)}")
    if body.none_of:
        parts.append(f"none of: {', '.join(body.none_of)}")
    if body.points:
        weights = ", ".join(f"{name} {weight}" for name, weight in body.points.items())
        parts.append(f"{body.at_least} or more points of {weights}")
    return _upper("; ".join(parts))


def _upper(text: str) -> str:
    """Begin a sentence; codes inside it keep their case."""
    return text[0].upper() + text[1:]
