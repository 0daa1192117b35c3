"""What holds of rules whatever the register: more absence never clears one, and what has no bearing changes nothing."""

import random
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import polars as pl
import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from attendance_core.model.combinations import CombinationRule
from attendance_core.model.patterns import PatternRule
from attendance_core.model.policies import Policy, Rule
from attendance_core.model.rules import CountRule, CumulativeRule, RateRule, RunRule
from attendance_core.model.selections import Selection
from attendance_core.register.register import Register
from tests import policy_oracle as slow
from tests.policy_cases import (
    MARKS_MAPPING,
    PUPILS_MAPPING,
    Case,
    Enrolment,
    cases,
    documents,
    enrolments,
    marks_frame,
    numbered_cases,
    pupils_frame,
    register,
    spelled,
)
from tests.registers import profile, read, typed
from tests.test_policy_oracle import GNOU, POLICIES, UNAUTHORISED, Answers, engine_answers, policy, side_frames
from tests.test_policy_oracle import side_records as records_of

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
#: Codes of authorised absence that stand in the codebook on every day of the registers.
AUTHORISED = ("C", "E", "I", "M", "R", "S", "T")
given_some = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
EVERYTHING = tuple(POLICIES)


def rules_of(*kinds: type, only: Callable[[Any], bool] = lambda body: True) -> tuple[Rule, ...]:
    """Rules with one version of some kinds, from every policy at hand; ids name the policy too."""
    return tuple(
        evolve(rule, id=f"{id}.{rule.id}")
        for id, tried in POLICIES.items()
        for rule in tried.rules
        if len(rule.versions) == 1 and isinstance(rule.versions[0].body, kinds) and only(rule.versions[0].body)
    )


def open_ended(rule: Rule) -> Rule:
    """A rule of rates without the limit at which another takes over."""
    (version,) = rule.versions
    return evolve(rule, versions=(evolve(version, rate=evolve(version.rate, below=None)),)) if version.rate else rule


COUNTING = policy(*map(open_ended, rules_of(RateRule, CountRule, RunRule, CumulativeRule)))
NO_BASELINE = tuple(
    evolve(
        tried,
        rules=tuple(
            rule
            for rule in tried.rules
            if not any(isinstance(version.body, (PatternRule, CombinationRule)) for version in rule.versions)
        ),
    )
    for tried in POLICIES.values()
)


def made_for(case: Case) -> list[Enrolment]:
    return [one for one in enrolments(case) if one.marks]


def answers(
    case: Case, made: Sequence[Enrolment], *policies: Policy, of: Register | None = None, sided: bool = True
) -> dict[str, Answers]:
    """What the engine finds, by policy."""
    found = of or register(made, documents(case.begins, case.variant))
    side = side_frames({one.id: records_of(one) for one in made}) if sided else {}
    return {each.id: engine_answers(each, found, case.as_of, side, profile()) for each in policies}


def counted_code(rule: Rule, day: date, half: str) -> str | None:
    """A code of a possible session that the rule counts on a day; None: there is none."""
    body: Any = rule.versions[0].body
    select: Selection = body.select
    groups = {group.value for group in select.groups}
    for code in (*select.codes, "O", "I"):
        stat = slow.mark(day, half, code).stat
        if spelled(code, day, half) == code and (code in select.codes or stat in groups) and stat in slow.ABSENT:
            return code
    return None


def changed(made: Sequence[Enrolment], code_for: Callable[[date, str], str | None], every: int) -> list[Enrolment]:
    """Enrolments in which every so many-th attended session has another code."""
    result = []
    for one in made:
        marks = []
        for place, (day, half, code) in enumerate(one.marks):
            attended = slow.mark(day, half, code).stat in slow.ATTENDED
            new = code_for(day, half) if attended and place % every == 0 else None
            marks.append((day, half, new or code))
        result.append(evolve_marks(one, marks))
    return result


def evolve_marks(one: Enrolment, marks: Sequence[tuple[date, str, str]]) -> Enrolment:
    return Enrolment(one.pupil, one.school, one.start, one.end, tuple(marks))


def test_one_more_counted_session_never_clears_a_rule() -> None:
    held: set[str] = set()

    @given_some
    @given(cases(60), st.integers(2, 9))
    def one(case: Case, every: int) -> None:
        held.update(still_held(case, every))

    one()
    assert len(held) >= 0.9 * len(COUNTING.rules)


def still_held(case: Case, every: int) -> set[str]:
    """Expect every concern to be there, and open, when attended sessions turn into counted ones; return the rules."""
    made = made_for(case)
    held = set()
    kinds: dict[tuple[str, ...], list[Rule]] = {}
    for rule in COUNTING.rules:
        codes = tuple(counted_code(rule, day, "AM") or "" for day in (date(2023, 9, 6), date(2025, 9, 3)))
        kinds.setdefault(codes, []).append(rule)
    assert len(kinds) > 4
    for codes, rules in kinds.items():
        if not any(codes):
            continue
        asked = policy(*rules)
        more = changed(made, lambda day, half, rule=rules[0]: counted_code(rule, day, half), every)  # type: ignore[misc]
        # Side records are those of the register as it was, so that only marks differ.
        side = side_frames({one.id: records_of(one) for one in made})
        calendars = documents(case.begins, case.variant)
        before = engine_answers(asked, register(made, calendars), case.as_of, side, profile())
        after = engine_answers(asked, register(more, calendars), case.as_of, side, profile())
        for rule in rules:
            for enrolment, found in before[rule.id].items():
                assert enrolment in after[rule.id], (rule.id, found)
                held.add(rule.id)
                if any(row[7] for row in found):
                    assert any(row[7] for row in after[rule.id][enrolment]), (rule.id, found)
    return held


@given_some
@given(cases(60), st.integers(1, 3))
def test_authorised_absence_never_triggers_an_unauthorised_rule(case: Case, every: int) -> None:
    select = (GNOU, UNAUTHORISED)
    rules = rules_of(RateRule, CountRule, RunRule, CumulativeRule, only=lambda body: body.select in select)
    assert {type(rule.versions[0].body) for rule in rules} == {RateRule, CountRule, RunRule, CumulativeRule}
    asked = policy(*rules)
    made = made_for(case)
    away = changed(made, lambda day, half: AUTHORISED[day.toordinal() % len(AUTHORISED)], every)
    assert answers(case, made, asked, sided=False) == answers(case, away, asked, sided=False)
    only = [
        evolve_marks(
            one,
            [
                (day, half, "I" if slow.mark(day, half, code).stat == "unauthorised" else code)
                for day, half, code in one.marks
            ],
        )
        for one in away
    ]
    assert not any(answers(case, only, asked, sided=False)["tried"].values())


@given_some
@given(cases(60), st.integers(0, 999))
def test_the_order_of_rows_and_the_same_file_twice_change_nothing(case: Case, seed: int) -> None:
    made = made_for(case)
    frame = marks_frame(made)
    places = random.Random(seed).sample(range(len(frame)), len(frame))  # noqa: S311 - an order, no secret
    expected = answers(case, made, *POLICIES.values())
    for rows in (frame[places], pl.concat([frame, frame[places]])):
        found = read(
            typed(rows),
            MARKS_MAPPING,
            pupils=typed(pupils_frame(made)),
            pupils_mapping=PUPILS_MAPPING,
            calendars=documents(case.begins, case.variant),
        )
        assert answers(case, made, *POLICIES.values(), of=found) == expected


@given_some
@given(cases(60), st.integers(2, 4))
def test_other_pupils_change_nothing_but_a_baseline(case: Case, every: int) -> None:
    made = made_for(case)
    pupils = sorted({one.pupil for one in made})
    few = [one for one in made if pupils.index(one.pupil) % every == 0]
    if not few:
        return
    names = {one.id for one in few}
    whole = answers(case, made, *NO_BASELINE)
    alone = answers(case, few, *NO_BASELINE)
    for id, rules in whole.items():
        mine = {rule: {name: rows for name, rows in found.items() if name in names} for rule, found in rules.items()}
        assert alone[id] == mine


@given_some
@given(cases(60))
def test_what_came_later_changes_nothing(case: Case) -> None:
    made = made_for(case)
    known = [
        evolve_marks(one, [mark for mark in one.marks if mark[0] <= case.as_of])
        for one in made
        if one.start <= case.as_of
    ]
    if not any(one.marks for one in known):
        return
    expected = answers(case, made, *POLICIES.values())
    side = side_frames({one.id: records_of(one) for one in made})
    calendars = documents(case.begins, case.variant)
    early = register(known, calendars, as_of=case.as_of)
    for id, found in expected.items():
        assert engine_answers(POLICIES[id], early, case.as_of, side, profile()) == found


def on_duckdb(given_register: Register) -> Register:
    """The register with its marks in DuckDB, as texts."""
    marks = given_register.marks.collect("polars").to_native()
    plain = marks.with_columns(pl.col(pl.Categorical).cast(pl.String))  # noqa: F841 - DuckDB finds it by name
    return evolve(given_register, marks=nw.from_native(duckdb.sql("SELECT * FROM plain")))


def on_pandas(given_register: Register) -> Register:
    """The register with its marks in pandas, as texts."""
    marks = given_register.marks.collect("polars").to_native()
    plain = marks.with_columns(pl.col(pl.Categorical).cast(pl.String)).to_pandas()
    return evolve(given_register, marks=nw.from_native(plain).lazy())


@pytest.mark.parametrize("engine", [on_duckdb, on_pandas])
def test_every_rule_gives_equal_answers_on_every_engine(engine: Callable[[Register], Register]) -> None:
    met: set[tuple[str, str]] = set()
    for case in numbered_cases(4, 120, (2024, 2023)):
        made = made_for(case)
        found = register(made, documents(case.begins, case.variant))
        expected = answers(case, made, *POLICIES.values(), of=found)
        assert answers(case, made, *POLICIES.values(), of=engine(found)) == expected
        met.update((id, rule) for id, rules in expected.items() for rule, each in rules.items() if each)
    assert len(met) >= 0.95 * sum(len(each.rules) for each in POLICIES.values())
