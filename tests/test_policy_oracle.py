"""The engine and a slow second opinion agree on who meets every kind of rule, when, by how much, and how firmly.

Registers are drawn: two schools, holidays and shut weeks, pupils who join late, leave and return, codes that change in
August 2024, and marks that lie near what the rules ask.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pytest
from attrs import asdict
from hypothesis import HealthCheck, Phase, given, settings

from attendance_core.engine import frame_of
from attendance_core.model.codes import StatGroup
from attendance_core.model.combinations import CombinationRule
from attendance_core.model.concerns import CONCERN_COLUMNS
from attendance_core.model.outcomes import Outcome
from attendance_core.model.patterns import PatternRule, Sign
from attendance_core.model.policies import Policy, Rule, RuleVersion
from attendance_core.model.profiles import Profile
from attendance_core.model.record_rules import Expect, RecordRule
from attendance_core.model.rules import CountRule, CumulativeRule, DayKind, RateRule, RunRule, UnresolvedRule
from attendance_core.model.selections import Horizon, RuleUnit, Selection, Since, Window, WindowUnit
from attendance_core.model.side_records import SIDE_COLUMNS, SideRecord
from attendance_core.model.sources import Citation
from attendance_core.policy.evaluate import evaluate
from attendance_core.policy.facts import Facts
from attendance_core.policy.loading import load_policies
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.register.register import Register
from tests import policy_oracle as slow
from tests.policy_cases import (
    YEARS,
    Case,
    Enrolment,
    cases,
    documents,
    enrolments,
    numbered_cases,
    register,
    school,
)
from tests.registers import profile

ABSENT = Selection(groups=(StatGroup.AUTHORISED, StatGroup.UNAUTHORISED, StatGroup.UNCLASSIFIED))
UNAUTHORISED = Selection(groups=(StatGroup.UNAUTHORISED,))
GNOU = Selection(codes=("G", "N", "O", "U"))
ILL = Selection(codes=("I",))
WEEKS, DAYS, CALENDAR = WindowUnit.SCHOOL_WEEKS, WindowUnit.SCHOOL_DAYS, WindowUnit.CALENDAR_DAYS
SESSIONS, WHOLE_DAYS = RuleUnit.SESSIONS, RuleUnit.DAYS
NEW_CODES = date(2024, 8, 19)
#: A register of many pupils is long to tell; what differs is told by `difference`.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
#: Histories asked about, for each rule.
HISTORIES = 2000


def window(length: int, of: WindowUnit) -> Window:
    return Window(length=length, of=of)


def rule(id: str, *bodies: Any, turns: tuple[date, ...] = ()) -> Rule:
    """A rule whose versions follow each other; the second begins on the first turn, and so on."""
    starts = (date(2000, 1, 1), *turns)
    versions = [
        RuleVersion(
            in_force_from=start,
            in_force_to=turns[place] - timedelta(days=1) if place < len(turns) else None,
            recommends="look",
            to="school",
            cites=(),
            last_checked_on=date(2026, 11, 1),
            **{kind(body): body},
        )
        for place, (start, body) in enumerate(zip(starts, bodies, strict=True))
    ]
    return Rule(id=id, title=id, versions=tuple(versions))


def kind(body: Any) -> str:
    return type(body).__name__.removesuffix("Rule").lower()


def policy(*rules: Rule) -> Policy:
    return Policy(
        id="tried",
        title="Tried",
        jurisdiction="nowhere",
        in_force_from=date(2000, 1, 1),
        cites=(Citation(source="library"),),
        last_checked_on=date(2026, 11, 1),
        rules=rules,
    )


YEAR: dict[str, Any] = {"unit": SESSIONS, "select": ABSENT, "since": Since.ACADEMIC_YEAR}
RULES = (
    rule("rate-persistent", RateRule(**YEAR, at_least=10, below=50)),
    rule("rate-severe", RateRule(**YEAR, at_least=50)),
    rule("rate-strict", RateRule(**YEAR, at_least=10, below=50, strict=True)),
    rule("rate-twenty-sessions", RateRule(**YEAR, at_least=5, minimum_possible=20)),
    rule(
        "rate-late",
        RateRule(unit=SESSIONS, select=Selection(codes=("L", "U")), at_least=5, since=Since.ACADEMIC_YEAR),
    ),
    rule(
        "rate-not-possible",
        RateRule(unit=SESSIONS, select=Selection(codes=("O", "D", "X")), at_least=12, since=Since.ACADEMIC_YEAR),
    ),
    rule("rate-enrolment", RateRule(unit=SESSIONS, select=UNAUTHORISED, at_least=8, since=Since.ENROLMENT)),
    rule("rate-first-week", RateRule(unit=SESSIONS, select=ABSENT, at_least=25, since=Since.FIRST_WEEK)),
    rule("rate-weeks", RateRule(unit=SESSIONS, select=ABSENT, at_least=20, window=window(6, WEEKS))),
    rule("rate-days", RateRule(unit=SESSIONS, select=UNAUTHORISED, at_least=10, window=window(20, DAYS))),
    rule(
        "rate-calendar",
        RateRule(unit=SESSIONS, select=ABSENT, at_least=15, window=window(35, CALENDAR), minimum_possible=6),
    ),
    rule("rate-certain", RateRule(**YEAR, at_least=3, horizon=Horizon.YEAR_CERTAIN)),
    rule("rate-certain-strict", RateRule(**YEAR, at_least=4, below=30, strict=True, horizon=Horizon.YEAR_CERTAIN)),
    rule(
        "rate-projected",
        RateRule(**YEAR, at_least=10, horizon=Horizon.YEAR_PROJECTED, recent=window(6, WEEKS), minimum_possible=10),
    ),
    rule(
        "rate-projected-strict",
        RateRule(**YEAR, at_least=20, horizon=Horizon.YEAR_PROJECTED, recent=window(25, DAYS), strict=True),
    ),
    rule(
        "count-notice",
        CountRule(
            unit=SESSIONS,
            select=GNOU,
            at_least=10,
            window=window(10, WEEKS),
            counts_from=NEW_CODES,
            provisional=("N",),
            uses=SideRecord.NOTICES,
            limit=2,
            limit_years=3,
        ),
    ),
    rule(
        "count-plain",
        CountRule(unit=SESSIONS, select=GNOU, at_least=10, window=window(10, WEEKS), provisional=("N",)),
    ),
    rule("count-days", CountRule(unit=WHOLE_DAYS, select=ABSENT, at_least=4, window=window(10, DAYS))),
    rule(
        "count-days-provisional",
        CountRule(
            unit=WHOLE_DAYS,
            select=Selection(codes=("N", "O")),
            at_least=3,
            window=window(4, WEEKS),
            provisional=("N",),
        ),
    ),
    rule(
        "count-provisional-group",
        CountRule(
            unit=SESSIONS,
            select=Selection(codes=("N", "I"), groups=(StatGroup.UNAUTHORISED,)),
            at_least=6,
            window=window(8, DAYS),
            provisional=("N", "I"),
        ),
    ),
    rule("count-calendar", CountRule(unit=SESSIONS, select=ILL, at_least=5, window=window(14, CALENDAR))),
    rule("count-one", CountRule(unit=SESSIONS, select=ILL, at_least=1, window=window(2, WEEKS))),
    rule(
        "count-unable",
        CountRule(
            unit=SESSIONS,
            select=Selection(codes=("Y", "Y1", "Y3", "Y7", "Q")),
            at_least=4,
            window=window(5, DAYS),
        ),
    ),
    rule(
        "count-unable-days",
        CountRule(
            unit=WHOLE_DAYS,
            select=Selection(codes=("Y", "Y1", "Y3", "Y7", "Q", "O")),
            at_least=3,
            window=window(15, DAYS),
        ),
    ),
    rule("run-return", RunRule(unit=WHOLE_DAYS, select=GNOU, at_least=10)),
    rule("run-return-new", RunRule(unit=WHOLE_DAYS, select=GNOU, at_least=2, counts_from=NEW_CODES)),
    rule("run-sick", RunRule(unit=WHOLE_DAYS, select=ILL, at_least=4)),
    rule("run-ground-i", RunRule(unit=WHOLE_DAYS, select=Selection(codes=("G", "N", "O")), at_least=20)),
    rule("run-sessions", RunRule(unit=SESSIONS, select=UNAUTHORISED, at_least=5)),
    rule(
        "run-unable",
        RunRule(unit=WHOLE_DAYS, select=Selection(codes=("Q", "Y", "Y1", "Y7", "I")), at_least=3),
    ),
    rule("total-sick", CumulativeRule(unit=WHOLE_DAYS, select=ILL, at_least=15, since=Since.ACADEMIC_YEAR)),
    rule("total-sessions", CumulativeRule(unit=SESSIONS, select=ABSENT, at_least=12, since=Since.ENROLMENT)),
    rule("total-new", CumulativeRule(unit=SESSIONS, select=GNOU, at_least=6, since_date=NEW_CODES)),
    rule(
        "total-part-time",
        CumulativeRule(unit=SESSIONS, select=Selection(codes=("C", "C2")), at_least=2, since=Since.ACADEMIC_YEAR),
    ),
    rule("open-n", UnresolvedRule(unit=SESSIONS, select=Selection(codes=("N",)), after=5)),
    rule(
        "open-weekdays",
        UnresolvedRule(unit=SESSIONS, select=Selection(codes=("N", "O")), after=20, days=DayKind.WEEKDAYS),
    ),
    rule(
        "versions",
        CountRule(unit=SESSIONS, select=ABSENT, at_least=8, window=window(3, WEEKS)),
        CountRule(unit=SESSIONS, select=UNAUTHORISED, at_least=6, window=window(3, WEEKS)),
        RunRule(unit=WHOLE_DAYS, select=ABSENT, at_least=3),
        turns=(date(2024, 1, 8), date(2025, 1, 20)),
    ),
)
PATTERNS = (
    rule(
        "weekday",
        PatternRule(unit=SESSIONS, select=ABSENT, sign=Sign.WEEKDAY, at_least=2, points=15, minimum_possible=4),
    ),
    rule(
        "weekday-window",
        PatternRule(
            unit=SESSIONS,
            select=UNAUTHORISED,
            sign=Sign.WEEKDAY,
            at_least=1,
            points=10,
            minimum_possible=2,
            window=window(8, WEEKS),
        ),
    ),
    rule(
        "next-to-break",
        PatternRule(unit=SESSIONS, select=ABSENT, sign=Sign.NEXT_TO_BREAK, at_least=1, points=10, minimum_possible=2),
    ),
    rule(
        "broken-weeks",
        PatternRule(
            unit=RuleUnit.WEEKS, select=ABSENT, sign=Sign.BROKEN_WEEKS, at_least=2, points=20, minimum_possible=3
        ),
    ),
    rule(
        "spells",
        PatternRule(unit=RuleUnit.WEEKS, select=ABSENT, sign=Sign.SPELLS, at_least=2, points=50, minimum_possible=3),
    ),
    rule(
        "spells-window",
        PatternRule(
            unit=RuleUnit.WEEKS,
            select=ILL,
            sign=Sign.SPELLS,
            at_least=1,
            points=20,
            minimum_possible=2,
            window=window(40, DAYS),
        ),
    ),
    rule("fall", PatternRule(unit=SESSIONS, select=ABSENT, sign=Sign.FALL, at_least=3, points=10, minimum_possible=5)),
    rule(
        "growth",
        PatternRule(
            unit=SESSIONS,
            select=ABSENT,
            sign=Sign.GROWTH,
            at_least=2,
            points=5,
            minimum_possible=5,
            window=window(6, WEEKS),
        ),
    ),
)
RECORDS = (
    rule(
        "marks-without-record",
        RecordRule(
            unit=SESSIONS,
            record=SideRecord.ARRANGEMENTS,
            kinds=("part-time-timetable",),
            expect=Expect.MARKS_WITHOUT_RECORD,
            select=Selection(codes=("C2", "C", "O")),
        ),
    ),
    rule(
        "record-without-marks",
        RecordRule(
            unit=RuleUnit.RECORDS,
            record=SideRecord.ARRANGEMENTS,
            expect=Expect.RECORD_WITHOUT_MARKS,
            select=Selection(codes=("C2", "C", "I")),
            after=6,
        ),
    ),
    rule("record", RecordRule(unit=RuleUnit.RECORDS, record=SideRecord.ARRANGEMENTS, expect=Expect.RECORD)),
)
COMBINATIONS = (
    rule(
        "both-and-not",
        CombinationRule(
            unit=SESSIONS,
            all_of=("rate-persistent", "total-sessions"),
            any_of=("count-plain", "open-n", "rate-late"),
            none_of=("record",),
        ),
    ),
    rule(
        "score",
        CombinationRule(
            unit=RuleUnit.POINTS, points={"rate-persistent": 2, "run-sessions": 1, "spells": 1, "record": 1}, at_least=2
        ),
    ),
)
TRIED = policy(*RULES, *PATTERNS, *RECORDS, *COMBINATIONS)


# -- the same question to both


def plain(version: RuleVersion) -> dict[str, Any]:
    """A version as a table of plain values, which is all that the oracle knows of it."""

    def flat(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): flat(each) for key, each in value.items()}
        if isinstance(value, (tuple, list)):
            return [flat(each) for each in value]
        return str(value) if isinstance(value, str) else value

    table: dict[str, Any] = flat(asdict(version.body))
    return table | {
        "kind": version.kind,
        "in_force_from": version.in_force_from,
        "in_force_to": version.in_force_to,
    }


POLICIES: Mapping[str, Policy] = {"tried": TRIED, **load_policies()}
#: What a choice for an open question puts into the field that it decides.
CHOSEN: dict[str, Any] = {"strict": True, "inclusive": False}


@cache
def tables(policy_id: str, choices: tuple[tuple[str, str], ...] = ()) -> dict[str, list[dict[str, Any]]]:
    """The versions of a policy's rules, with the fields that open questions decide as they were decided."""
    chosen = {name.replace("_", "-"): CHOSEN.get(choice, choice) for name, choice in choices}
    found: dict[str, list[dict[str, Any]]] = {}
    for each in POLICIES[policy_id].rules:
        for version in each.versions:
            decided = {name: chosen[by] for name, by in version.settings.items() if by in chosen}
            found.setdefault(each.id, []).append(plain(version) | decided)
    return found


def side_records(one: Enrolment) -> dict[str, tuple[slow.Record, ...]]:
    """Notices and arrangements of an enrolment, dealt by its own marks."""
    seed = sum(day.toordinal() * len(code) for day, _, code in one.marks[:9]) + len(one.marks)
    notices, arrangements = [], []
    first = one.start + timedelta(days=seed % 37)
    for place in range(seed % 3):
        begins = first + timedelta(days=60 * place)
        ends = begins + timedelta(days=14)
        state = ("issued", "withdrawn", "paid")[(seed + place) % 3]
        notices.append(slow.Record("", state, ends + timedelta(days=5), begins, ends))
    for place in range(seed % 4):
        begins = first + timedelta(days=45 * place)
        arrangements.append(
            slow.Record(
                ("part-time-timetable", "phased-return")[(seed + place) % 2],
                ("", "withdrawn", "agreed")[(seed // 3 + place) % 3],
                begins,
                begins,
                None if (seed + place) % 5 == 0 else begins + timedelta(days=(seed % 29) + 1),
            )
        )
    return {"notices": tuple(notices), "arrangements": tuple(arrangements)}


def side_frames(records: Mapping[str, Mapping[str, Iterable[slow.Record]]]) -> dict[str, nw.DataFrame[Any]]:
    """The same as a host would hand them in: enrolment to kinds of record to records."""
    schema = dict.fromkeys(SIDE_COLUMNS[:3], nw.String) | dict.fromkeys(SIDE_COLUMNS[3:], nw.Date)
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for enrolment, kinds in records.items():
        for name, listed in kinds.items():
            rows.setdefault(name, []).extend((enrolment, *record) for record in listed)
    return {
        name: frame_of({column: [row[place] for row in listed] for place, column in enumerate(SIDE_COLUMNS)}, schema)
        for name, listed in rows.items()
    }


Answers = dict[str, dict[str, list[tuple[Any, ...]]]]
FIELDS = [name for name in CONCERN_COLUMNS if name not in ("enrolment_no", "detail")]


def engine_answers(
    asked: Policy, given_register: Register, as_of: date, side: Mapping[str, Any], chosen: Profile
) -> Answers:
    """Concerns by rule and enrolment, as the engine finds them."""
    names = dict(given_register.enrolments.select("enrolment_no", "enrolment_id").iter_rows())
    found: Answers = {each.id: {} for each in asked.rules}
    for result in evaluate(asked, Facts.of(given_register, chosen, (load_cohort_pack(),), side=side, as_of=as_of)):
        assert result.outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE), (
            result.rule.id,
            result.outcome,
            result.missing,
            result.notes,
        )
        assert (result.outcome is Outcome.FAILED) == (len(result.frame) > 0)
        assert set(CONCERN_COLUMNS) <= set(result.frame.columns)
        for number, *row in result.frame.select("enrolment_no", "version", *FIELDS).iter_rows():
            found[result.rule.id].setdefault(names[number], []).append(tuple(row))
    return {id: {name: sorted(rows, key=str) for name, rows in each.items()} for id, each in found.items()}


def oracle_answers(
    versions: Mapping[str, list[dict[str, Any]]],
    histories: Mapping[str, tuple[slow.History, slow.School]],
    asked: slow.Asked,
) -> Answers:
    """Concerns by rule and enrolment, as the oracle finds them."""
    schools: dict[slow.School, list[slow.History]] = {}
    for history, where in histories.values():
        schools.setdefault(where, []).append(history)
    found: Answers = {}
    whole: dict[str, dict[str, list[tuple[date, slow.Found]]]] = {}
    for id, listed in versions.items():
        bases = {
            (where, version["in_force_from"]): slow.baseline(version, everybody, where, asked)
            for version in listed
            if version["kind"] == "pattern"
            for where, everybody in schools.items()
        }
        whole[id] = {}
        for name, (history, where) in histories.items():
            if any(version["kind"] == "combination" for version in listed):
                continue
            mine = {version: base for (school_, version), base in bases.items() if school_ is where}
            whole[id][name] = slow.judge(listed, history, where, asked, mine)
    for id, listed in versions.items():
        for version in listed:
            last = version["in_force_to"] or date.max
            if version["kind"] == "combination" and version["in_force_from"] <= asked.as_of <= last:
                parts = {*version["all_of"], *version["any_of"], *version["none_of"], *version["points"]}
                for name, (history, where) in histories.items():
                    found_by = {part: [one for _, one in whole[part][name]] for part in parts}
                    sessions = {
                        part: slow.behind(versions[part][0], found_by[part], history, where, asked)
                        for part in (*version["all_of"], *version["any_of"])
                    }
                    whole[id][name] = [
                        (version["in_force_from"], one)
                        for one in slow.combination(version, found_by, sessions, asked.as_of)
                    ]
    for id, each in whole.items():
        found[id] = {name: sorted([(v, *one) for v, one in rows], key=str) for name, rows in each.items() if rows}
    return found


def difference(mine: Answers, theirs: Answers, histories: Mapping[str, Any]) -> str:
    """The first disagreement of each rule, told so that it can be worked through by hand."""
    told = []
    for id in theirs:
        wrong = [name for name in histories if mine.get(id, {}).get(name, []) != theirs[id].get(name, [])]
        if wrong:
            name = min(wrong, key=lambda each: len(histories[each][0].marks))
            marks = " ".join(f"{m.day:%y%m%d}{m.session[0]}{m.code}" for m in histories[name][0].marks)
            told.append(
                f"{id}: {len(wrong)} differ; {name}\n engine {mine.get(id, {}).get(name, [])}\n"
                f" oracle {theirs[id].get(name, [])}\n marks {marks}"
            )
    return "\n".join(told)


def compare(case: Case, policies: Iterable[str], tally: "Tally", **choices: str) -> None:
    """Ask both about every rule of some policies, expect the same, and count who meets each rule."""
    # Marks on days that the calendar closes have no place among its sessions, or in its weeks of another first day.
    astray = not {"run_interruption", "school_week_begins"} & set(choices)
    made = [one for one in enrolments(case, astray=astray) if one.marks]
    if not made:
        return
    week_begins = {"saturday": 5, "sunday": 6}.get(choices.get("school_week_begins", ""), 0)
    records = {one.id: side_records(one) for one in made}
    histories = {
        one.id: (
            one.history(records[one.id]).up_to(case.as_of),
            school(case.begins, case.variant, one.school, week_begins),
        )
        for one in made
    }
    asked = slow.Asked(
        case.as_of,
        covid_possible=choices.get("covid_x") == "possible",
        any_session_breaks=choices.get("run_interruption") == "any-other-session",
        any_session_makes_day=choices.get("absent_day") == "any-session",
        y4_closes=choices.get("cancelled_week") == "skipped",
        marks_again=choices.get("notice_marks") == "again",
        given=frozenset({"notices", "arrangements"}),
    )
    given_register = register(made, documents(case.begins, case.variant))
    for id in policies:
        versions = tables(id, tuple(sorted(choices.items())))
        mine = engine_answers(POLICIES[id], given_register, case.as_of, side_frames(records), profile(**choices))
        theirs = oracle_answers(versions, histories, asked)
        if mine != theirs:
            tally.wrong.append(f"{id} on {case.as_of}, {case!r}\n{difference(mine, theirs, histories)}")
        for name, each in theirs.items():
            # A register that ends before the rule counts its first mark is none of its own.
            begins = (versions[name][0].get(key) for key in ("in_force_from", "counts_from", "since_date"))
            if max(day for day in begins if day) <= case.as_of:
                tally.asked[id, name] += len(made)
                tally.met[id, name] += len(each)


@dataclass(frozen=True)
class Tally:
    """How many enrolments were asked about, and how many had a concern, by policy and rule; what was told apart."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def shares(self) -> dict[tuple[str, str], float]:
        """Share of enrolments with a concern."""
        return {rule: self.met[rule] / number for rule, number in self.asked.items()}


def ask_many(
    policies: Iterable[str],
    examples: int,
    size: int,
    begins: Sequence[int] = YEARS,
    **choices: str,
) -> Tally:
    """Let hypothesis draw registers and compare."""
    tally = Tally()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    @given(cases(size, begins))
    def one(case: Case) -> None:
        compare(case, policies, tally, **choices)

    one()
    assert not tally.wrong, "\n\n".join(tally.wrong)
    return tally


def ask_numbered(policies: Iterable[str], registers: int, size: int, begins: Sequence[int] = YEARS) -> Tally:
    """Compare on registers that are always the same, of which shares can be told."""
    tally = Tally()
    for case in numbered_cases(registers, size, begins):
        compare(case, policies, tally)
    assert not tally.wrong, "\n\n".join(tally.wrong)
    return tally


def test_the_oracle_stands_alone() -> None:
    """It imports nothing of the package, nor anything of the tests that does."""
    for name in ("policy_oracle.py", "oracle.py"):
        tree = ast.parse((Path(__file__).parent / name).read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported
        assert imported <= {
            "bisect",
            "collections.abc",
            "dataclasses",
            "datetime",
            "fractions",
            "functools",
            "typing",
            "tests.oracle",
        }


@pytest.mark.parametrize(
    ("policies", "registers"), [(("tried",), 24), (tuple(load_policies()), 32)], ids=["every-kind", "shipped"]
)
def test_every_rule_agrees_with_a_slow_second_opinion(policies: tuple[str, ...], registers: int) -> None:
    tally = ask_numbered(policies, registers, 140)
    assert set(tally.asked) == {(id, each.id) for id in policies for each in POLICIES[id].rules}
    assert min(tally.asked.values()) >= HISTORIES, tally.asked
    rare = {rule: share for rule, share in tally.shares().items() if not 0.05 <= share <= 0.95}
    assert not rare


@pytest.mark.parametrize(
    ("begins", "choices"),
    [
        ((2020,), {"covid_x": "possible"}),
        ((2023, 2024), {"run_interruption": "any-other-session", "cancelled_week": "skipped", "notice_marks": "again"}),
        ((2023, 2024), {"absent_day": "any-session", "school_week_begins": "saturday"}),
        ((2023,), {"absent_day": "any-session", "run_interruption": "any-other-session"}),
        (
            (2024,),
            {"persistent_boundary": "strict", "n_deadline": "weekdays", "sickness_period": "enrolment"},
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_every_choice_for_an_open_question_agrees(begins: tuple[int, ...], choices: dict[str, str]) -> None:
    tally = ask_many(("tried", "england-national"), 3, 120, begins, **choices)
    assert len(tally.asked) > 50
    assert sum(tally.met.values()) > 500
