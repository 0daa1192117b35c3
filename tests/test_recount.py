"""Two hundred figures and concerns of a synthetic trust, drawn at random: their listed sessions give each exactly."""

import random
from datetime import date, timedelta
from functools import cache
from typing import Any

from attendance_core.dates import DateRange
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure, load_measures
from attendance_core.measures.explain import explain, sessions
from attendance_core.model.concerns import ConcernId
from attendance_core.model.measures import MeasureKind
from attendance_core.model.patterns import PatternRule, Sign
from attendance_core.model.policies import KINDS
from attendance_core.model.selections import RuleUnit
from attendance_core.policy.concerns import Concerns
from attendance_core.reference.settings import load_profile, profile_ids
from tests import trust

ABSENT = {"authorised", "unauthorised", "unclassified"}
DICE = random.Random(20_260_720)  # noqa: S311 - a draw that is the same in every run
Row = dict[str, Any]


@cache
def analysis(profile: str) -> Analysis:
    bench = trust.bench()
    return Analysis.of(trust.register(), load_profile(profile), bench.packs())


@cache
def populations() -> dict[str, list[str]]:
    """Populations of every kind, drawn from in turn."""
    known = analysis("year-to-date").populations
    cohorts = [name for name in known.cohorts if known.get(name).available]
    values = [f"{name}={value}" for name in known.dimensions for value in known.values(name)]
    enrolments = trust.register().enrolments["enrolment_id"].to_list()
    return {
        "all": ["all", *(f"school={name}" for name, _ in trust.SCHOOLS)],
        "cohort": cohorts,
        "value": values,
        "enrolment": [f"enrolment={DICE.choice(enrolments)}" for _ in range(8)],
        "rest": [f"not:{name}" for name in cohorts],
        "intersection": [f"{DICE.choice(cohorts)}+{DICE.choice(values)}" for _ in range(8)],
    }


def spells_of(rows: list[Row]) -> list[int]:
    """Count spells anew: lengths of runs of absent sessions that follow each other in the school's calendar."""
    order: dict[tuple[str, date, str], int] = {}
    for school, calendar in trust.register().calendars.schools.items():
        held = [(day.date, session) for day in calendar.days for session in day.sessions]
        order |= {(school, day, session): place for place, (day, session) in enumerate(held)}
    found: list[int] = []
    before: tuple[str, int] | None = None
    keyed = [
        (row["enrolment_id"], order[row["school_id"], row["date"], row["session"]])
        for row in rows
        if (row["school_id"], row["date"], row["session"]) in order
    ]
    for enrolment, place in sorted(keyed):
        if before == (enrolment, place - 1):
            found[-1] += 1
        else:
            found.append(1)
        before = (enrolment, place)
    return found


def recounted(measure: str, rows: list[Row], strict: bool) -> float:
    """Work a figure's numerator out of the listed sessions alone."""
    definition, _ = get_measure(measure)
    inside = [row for row in rows if row["in_numerator"]]
    match definition.kind:
        case MeasureKind.SHARE | MeasureKind.ENROLMENTS:
            band = definition.band
            assert band is not None
            counts: dict[str, list[int]] = {}
            for row in rows:
                if row["in_denominator"]:
                    mine = counts.setdefault(row["enrolment_id"], [0, 0])
                    mine[1] += 1
                    mine[0] += row["stat"] in ABSENT
            low = [
                key
                for key, (absent, possible) in counts.items()
                if (
                    100 * absent > band.at_least * possible
                    if strict and band.at_least
                    else 100 * absent >= band.at_least * possible
                )
                and (
                    band.below is None
                    or (100 * absent <= band.below * possible if strict else 100 * absent < band.below * possible)
                )
            ]
            return len(low)
        case MeasureKind.SPELLS:
            return sum(length >= definition.at_least for length in spells_of(inside))
        case MeasureKind.MINUTES:
            return sum(int(row["minutes_late"]) for row in inside)
        case _:
            return len(inside)


@cache
def drawn_figures() -> list[tuple[str, str, str, DateRange]]:
    """Every session measure under every profile, each with a population and days drawn at random."""
    named = [measure for measure in load_measures().values() if measure.kind is not MeasureKind.LESSONS]
    whole = analysis("year-to-date").period
    days = [day for day in trust.register().calendars.dates if day in whole]
    drawn: list[tuple[str, str, str, DateRange]] = []
    kinds = populations()
    for profile in profile_ids():
        for measure in named:
            first, last = sorted(DICE.sample(days, 2))
            period = DICE.choice([whole, DateRange(first, last)])
            codes = ["I", "O", "L", "B", "M", "U"]
            name = f"{measure.id}.{DICE.choice(codes)}" if measure.per_code else measure.id
            kind = list(kinds.values())[len(drawn) % len(kinds)]
            drawn.append((profile, name, DICE.choice(kind), period))
    return drawn


def test_the_sessions_of_every_figure_give_it() -> None:
    for profile, measure, population, period in drawn_figures():
        _recount_figure(analysis(profile), measure, population, period)


def _recount_figure(mine: Analysis, measure: str, population: str, period: DateRange) -> None:
    id = mine.id(measure, population, period)
    figure = explain(mine, id).figure
    rows = sessions(mine, id).rows(named=True)
    assert figure.numerator == recounted(measure, rows, mine.rules.strict)
    kind = get_measure(measure)[0].kind
    if kind is MeasureKind.RATIO:
        assert figure.denominator == sum(row["in_denominator"] for row in rows)
    elif kind in (MeasureKind.SHARE, MeasureKind.DAYS_EACH):
        possible = {"possible": mine.rules.covid_possible}
        judged = {row["enrolment_id"] for row in rows if row["stat"] in ABSENT or _attended(row, possible["possible"])}
        assert figure.denominator == len(judged)


def _attended(row: Row, covid: bool) -> bool:
    return row["stat"] in ("present", "approved-educational-activity") or (
        covid and row["stat"] == "covid-not-attending"
    )


@cache
def concerns(policy: str, as_of: date) -> Concerns:
    return trust.bench().concerns(trust.register(), [policy], as_of=as_of, records=_records())


@cache
def _records() -> dict[str, Any]:
    """Arrangements of a few pupils, some without a mark in the register."""
    import polars as pl

    people = trust.register().enrolments["enrolment_id"].to_list()[:12]
    table = {
        "enrolment_id": people,
        "kind": ["part-time-timetable"] * len(people),
        "start": [date(2026, 3, 2)] * len(people),
        "end": [date(2026, 5, 1) + timedelta(days=place) for place in range(len(people))],
    }
    return {"arrangements": pl.DataFrame(table)}


@cache
def drawn_concerns() -> list[tuple[str, date, str]]:
    """Concerns of every policy that is shipped and every rule that finds somebody, drawn at random."""
    drawn = []
    for policy in trust.bench().policies().values():
        for as_of in (date(2026, 2, 6), date(2026, 7, 20)):
            frame = concerns(policy.id, as_of).frame(everything=True)
            for rule in sorted(set(frame["rule"].to_list())):
                ids = sorted(frame.filter(frame["rule"] == rule)["concern"].to_list())
                drawn += [(policy.id, as_of, id) for id in DICE.sample(ids, min(3, len(ids)))]
    return drawn


def test_the_sessions_of_every_concern_give_it() -> None:
    for policy, as_of, id in drawn_concerns():
        _recount_concern(concerns(policy, as_of), ConcernId.parse(id), as_of)


def _recount_concern(found: Concerns, key: ConcernId, as_of: date) -> None:
    concern = found.concern(key)
    rows = found.sessions(key).rows(named=True)
    inside = [row for row in rows if row["in_numerator"]]
    body = next(result.bodies[key.version] for result in found.results if result.rule.id == key.rule)
    match concern.unit:
        case RuleUnit.SESSIONS:
            counted = len(inside)
        case RuleUnit.DAYS:
            counted = len({row["date"] for row in inside})
        case RuleUnit.WEEKS if isinstance(body, PatternRule) and body.sign is Sign.SPELLS:
            counted = len(spells_of(inside))
        case RuleUnit.WEEKS:
            counted = len({row["date"].isocalendar()[:2] for row in inside})
        case _:
            # Points and records are no sessions: what speaks for them is listed all the same.
            counted = concern.count
    assert counted == concern.count
    assert all(concern.episode.start <= row["date"] <= (concern.episode.end or as_of) for row in inside)
    if concern.of is not None and concern.unit is RuleUnit.SESSIONS and any(row["in_denominator"] for row in rows):
        assert concern.of == sum(row["in_denominator"] for row in rows)


def test_two_hundred_were_drawn_from_every_kind() -> None:
    figures, found = drawn_figures(), drawn_concerns()
    assert len(figures) + len(found) >= 200
    assert {profile for profile, *_ in figures} == set(profile_ids())
    of_sessions = {one.id for one in load_measures().values() if one.kind is not MeasureKind.LESSONS}
    assert {measure.partition(".")[0] for _, measure, _, _ in figures} == of_sessions
    named = [population for _, _, population, _ in figures]
    known = analysis("year-to-date").populations
    for kind, held in {
        "all": "all" in named,
        "enrolment": any(name.startswith("enrolment=") for name in named),
        "rest": any(name.startswith("not:") for name in named),
        "intersection": any("+" in name for name in named),
        "cohort": any(name in known.cohorts for name in named),
        "value": any(name.partition("=")[0] in known.dimensions for name in named),
    }.items():
        assert held, kind
    met = {
        result.version.kind
        for policy, as_of, id in found
        for result in concerns(policy, as_of).results
        if result.rule.id == ConcernId.parse(id).rule and result.version is not None
    }
    assert met == set(KINDS) - {"custom"}
