"""Worked cases: those that ship hold, every rule has one on each side, and a case that is wrong says so."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from attendance_core.documents.converter import structure
from attendance_core.errors import DocumentError, Fault, UnknownNameError, UnreadableFileError
from attendance_core.policy.cases import (
    Case,
    CaseDocument,
    CaseMarks,
    cases_beside,
    slots_of,
    standard_year,
)
from attendance_core.policy.loading import load_policies, shipped_file
from attendance_core.policy.reading_cases import lint_cases, load_cases
from attendance_core.policy.trying import CaseResult, only, try_cases
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.workbench import Workbench

POLICIES = load_policies()
NATIONAL = POLICIES["england-national"]


def document(text: str) -> CaseDocument:
    return structure(tomllib.loads(text), CaseDocument, where="cases")


def tried(text: str) -> tuple[CaseResult, ...]:
    found = document(text)
    assert not lint_cases(found, NATIONAL, where="cases")
    return try_cases(NATIONAL, found, codebooks=(load_codebook("england"),), packs=(load_cohort_pack(),))


def told(text: str) -> list[str]:
    return [str(difference) for case in tried(text) for difference in case.differences]


def faults(text: str) -> list[Fault]:
    return list(lint_cases(document(text), NATIONAL, where="x"))


# -- those that ship


@pytest.mark.parametrize("id", POLICIES)
def test_the_cases_that_ship_hold(id: str) -> None:
    results = Workbench.open(entry_points=False).try_policy(id)
    assert results
    assert [(case.title, [*map(str, case.differences)]) for case in results if not case.passed] == []


@pytest.mark.parametrize("id", POLICIES)
def test_every_listed_rule_has_a_case_where_it_fires_and_one_where_it_does_not(id: str) -> None:
    policy = POLICIES[id]
    cases = load_cases(cases_beside(shipped_file(id)), policy).cases
    fires = {one.rule for case in cases for one in case.concerns}
    silent = {name for case in cases for name in case.none}
    assert [rule.id for rule in policy.rules if rule.listed and rule.id not in fires & silent] == []


@pytest.mark.parametrize("id", POLICIES)
def test_every_version_of_a_rule_decides_a_case(id: str) -> None:
    """A version that no case reaches could say anything."""
    policy = POLICIES[id]
    cases = load_cases(cases_beside(shipped_file(id)), policy).cases
    for rule in policy.rules:
        if not rule.listed:
            continue
        for version in rule.versions:
            assert any(rule.id in case.rules and case.as_of in version.span for case in cases), (rule.id, version.span)


def test_case_titles_are_told_apart() -> None:
    for id in POLICIES:
        titles = [case.title for case in load_cases(cases_beside(shipped_file(id)), POLICIES[id]).cases]
        assert len(set(titles)) == len(titles)


# -- what a case means


@pytest.mark.parametrize("begins", [2015, 2018, 2020, 2024, 2025, 2026])
def test_the_standard_year_has_380_sessions_whatever_its_first_monday(begins: int) -> None:
    slots = slots_of([standard_year(begins)])
    assert len(slots) == 380
    first, last = slots[0][0], slots[-1][0]
    assert first.weekday() == 0
    assert date(begins, 9, 1) <= first <= date(begins, 9, 7)
    assert date(begins + 1, 7, 1) <= last <= date(begins + 1, 7, 31)


def test_a_later_line_overrules_an_earlier_one_and_codes_skip_closed_days() -> None:
    slots = slots_of([standard_year(2025)])
    spread = CaseMarks(start=date(2025, 9, 5), codes="O O N").spread(slots)
    assert list(spread) == [(date(2025, 9, 5), "AM"), (date(2025, 9, 5), "PM"), (date(2025, 9, 8), "AM")]
    assert told("""
[[cases]]
title = "nine"
as_of = 2025-09-12
marks = [{ start = 2025-09-08, end = 2025-09-12, code = "O" }, { start = 2025-09-10, session = "PM", code = "/" }]
none = ["penalty-notice-threshold"]
""") == []  # fmt: skip


def test_a_session_without_a_mark_is_no_possible_session() -> None:
    assert told("""
[[cases]]
title = "one of eighteen"
as_of = 2025-09-12
marks = [{ start = 2025-09-01, code = "." }, { start = 2025-09-02, code = "I" }]
concerns = [{ rule = "persistent-absence", count = 2, of = 18 }]
""") == []  # fmt: skip


def test_only_the_rules_named_and_their_parts_are_asked() -> None:
    signs = POLICIES["early-signs"]
    assert {rule.id for rule in only(signs, ["rate-and-spells"]).rules} > {"rate-and-spells", "score-spells-3"}
    assert [rule.id for rule in only(signs, ["week-one"]).rules] == ["week-one"]


# -- a case that is wrong


WRONG = """
[[cases]]
title = "ten days"
as_of = 2025-09-22
marks = [{ start = 2025-09-08, end = 2025-09-19, code = "O" }]
"""


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        ("count = 11", "attendance-return, pupil: count: expected 11, found 10"),
        ("start = 2025-09-09", "attendance-return, pupil: first day: expected 2025-09-09, found 2025-09-08"),
        ("end = 2025-09-22", "attendance-return, pupil: last day: expected 2025-09-22, found 2025-09-19"),
        ("met_on = 2025-09-18", "attendance-return, pupil: met on: expected 2025-09-18, found 2025-09-19"),
        ("open = true", "attendance-return, pupil: open: expected yes, found no"),
        ('certainty = "provisional"', "attendance-return, pupil: certainty: expected provisional, found met"),
        ("of = 30", "attendance-return, pupil: of: expected 30, found nothing"),
        ("allowance = 3", "attendance-return, pupil: allowance: expected 3, found nothing"),
    ],
)
def test_each_thing_that_is_named_is_compared(expected: str, difference: str) -> None:
    assert told(WRONG + f'concerns = [{{ rule = "attendance-return", {expected} }}]') == [difference]


def test_what_is_not_named_is_not_compared() -> None:
    assert told(WRONG + 'concerns = [{ rule = "attendance-return" }]') == []


def test_a_concern_too_many_and_one_too_few_are_told() -> None:
    assert told(WRONG + 'none = ["attendance-return"]') == [
        "attendance-return, pupil: concern: expected none, "
        "found 2025-09-08 to 2025-09-19, met on 2025-09-19, count 10, met, no longer open"
    ]
    assert told(WRONG + 'concerns = [{ rule = "ground-i-watch" }]') == [
        "ground-i-watch, pupil: concern: expected one, found none"
    ]
    two = """
[[cases]]
title = "two pupils"
as_of = 2025-09-12
pupils = [
  { id = "A", marks = [{ start = 2025-09-08, code = "I" }] },
  { id = "B", marks = [{ start = 2025-09-08, code = "I" }] },
]
concerns = [{ rule = "persistent-absence", pupil = "A" }]
"""
    (line,) = told(two)
    assert line.startswith("persistent-absence, B: concern: expected no other, found 2025-09-01 to 2025-09-12")


def test_a_rule_that_cannot_be_asked_is_never_taken_for_one_that_finds_nothing() -> None:
    silent = WRONG + 'none = ["part-time-without-arrangement"]'
    assert told(silent) == [
        "part-time-without-arrangement: outcome: expected an answer, "
        "found not-checked (side records: arrangements)"
    ]  # fmt: skip
    assert told(WRONG + 'not_checked = ["attendance-return"]') == [
        "attendance-return: outcome: expected not-checked, found failed"
    ]


def test_marks_that_a_register_would_refuse_are_refused() -> None:
    late = """
[[cases]]
title = "C2 before its time"
as_of = 2023-09-15
marks = [{ start = 2023-09-11, code = "C2" }]
none = ["persistent-absence"]
"""
    with pytest.raises(DocumentError, match=r"cases\[0\]: 2 marks are refused"):
        tried(late)


# -- the form of a file


CASE = '\n[[cases]]\ntitle = "x"\nas_of = 2025-09-12\n'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "x: cases", "holds no case"),
        (CASE, "x: cases[0]", "says nothing of any rule"),
        (CASE + 'none = ["persistent-absense"]', "x: cases[0].none[0]", "is no rule of england-national"),
        (CASE + 'concerns = [{ rule = "late" }]', "x: cases[0].concerns[0].rule", "is no rule of england-national"),
        (CASE + 'not_checked = ["late"]', "x: cases[0].not_checked[0]", "is no rule of england-national"),
        (
            CASE + 'none = ["severe-absence"]\nconcerns = [{ rule = "severe-absence" }]',
            "x: cases[0]",
            "expects two things at once of 'severe-absence'",
        ),
        (
            CASE + 'concerns = [{ rule = "severe-absence", pupil = "Z" }]',
            "x: cases[0].concerns[0].pupil",
            "'Z' is no pupil of the case",
        ),
        (
            CASE + 'none = ["severe-absence"]\nrecords.notices = [{ pupil = "Z", on = 2025-09-01 }]',
            "x: cases[0].records.notices[0].pupil",
            "'Z' is no pupil of the case",
        ),
        (
            CASE + 'none = ["severe-absence"]\nrecords.letters = []',
            "x: cases[0].records",
            "'letters' is no kind of side record",
        ),
        (
            CASE + 'none = ["severe-absence"]\nsettings = { absent-day = "half" }',
            "x: cases[0].settings.absent-day",
            "is no choice of this setting",
        ),
        (
            CASE + 'none = ["severe-absence"]\npupils = [{ id = "A" }, { id = "A" }]',
            "x: cases[0].pupils",
            "gives an id twice",
        ),
        (
            CASE + 'none = ["severe-absence"]\nmarks = [{ start = 2025-09-01, code = "I" }]\npupils = [{ id = "A" }]',
            "x: cases[0].marks",
            "stands beside pupils",
        ),
        (
            CASE + 'none = ["severe-absence"]\nmarks = [{ start = 2025-09-01, codes = "I QQ" }]',
            "x: cases[0].marks[0].codes",
            "'QQ' is no code",
        ),
        (
            CASE + 'none = ["severe-absence"]\nmarks = [{ start = 2025-09-06, code = "I" }]',
            "x: cases[0].marks[0]",
            "holds no session of the pupil's calendar",
        ),
        (
            CASE + 'none = ["severe-absence"]\nmarks = [{ start = 2025-09-01, end = 2025-09-01, codes = "I I I" }]',
            "x: cases[0].marks[0].codes",
            "has 3 codes for 2 sessions",
        ),
        (
            CASE + 'none = ["severe-absence"]\npupils = [{ id = "A", start = 2025-09-03, end = 2025-09-02 }]',
            "x: cases[0].pupils[0].end",
            "lies before start",
        ),
        (CASE + 'none = ["severe-absence"]\nclassmates = -1', "x: cases[0].classmates", "cannot be fewer than none"),
        (
            CASE + 'none = ["severe-absence"]\ncalendar = { terms = [] }',
            "x: cases[0].calendar.terms",
            "no term is given",
        ),
        (
            CASE.replace("2025-09-12", "2025-08-12") + 'none = ["severe-absence"]',
            "x: cases[0].as_of",
            "lies before the calendar's first day",
        ),
        (
            "[calendar]\nterms = []\n" + CASE + 'none = ["severe-absence"]',
            "x: calendar.terms",
            "no term is given",
        ),
    ],
)
def test_a_file_of_cases_is_refused_with_path_and_remedy(text: str, where: str, what: str) -> None:
    found = faults(text)
    (fault,) = [one for one in found if one.where == where and what in one.what]
    assert fault.remedy


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ("{ start = 2025-09-01 }", "code", "one of the two"),
        ('{ start = 2025-09-01, code = "I", codes = "I" }', "code", "one of the two"),
        ('{ start = 2025-09-02, end = 2025-09-01, code = "I" }', "end", "lies before start"),
        ('{ start = 2025-09-01, session = "noon", code = "I" }', "session", "is no session"),
        ('{ start = 2025-09-01, weekdays = ["Fri"], code = "I" }', "weekdays[0]", "is no weekday"),
        ('{ from = 2025-09-01, code = "I" }', "from", "unknown key"),
    ],
)
def test_a_line_of_marks_is_refused_with_its_path(line: str, where: str, what: str) -> None:
    with pytest.raises(DocumentError) as caught:
        document(CASE + f'none = ["severe-absence"]\nmarks = [{line}]')
    assert [
        fault
        for fault in caught.value.faults
        if fault.where == f"cases: cases[0].marks[0].{where}" and what in fault.what
    ]


def test_cases_are_looked_for_beside_the_policy(tmp_path: Path) -> None:
    assert cases_beside(tmp_path / "westerby.toml") == tmp_path / "westerby.cases.toml"
    bench = Workbench.open(entry_points=False)
    policy = tmp_path / "own.toml"
    policy.write_text(shipped_file("plan-ten-days").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"own\.cases\.toml"):
        bench.try_policy(policy)
    cases_beside(policy).write_text(cases_beside(shipped_file("plan-ten-days")).read_text(encoding="utf-8"), "utf-8")
    by_policy, by_cases = bench.try_policy(policy), bench.try_policy(cases_beside(policy))
    assert by_policy == by_cases
    assert all(case.passed for case in by_policy)


def test_a_policy_of_a_plugin_is_tried_by_its_file() -> None:
    with pytest.raises(UnknownNameError, match="comes from a plugin"):
        shipped_file("somebody-elses")


def test_the_school_s_own_settings_do_not_change_what_a_case_means(tmp_path: Path) -> None:
    config = tmp_path / "attendance.toml"
    config.write_text('[policy.settings]\npersistent-boundary = "strict"\n', encoding="utf-8")
    results = Workbench.open(config, entry_points=False).try_policy("england-national")
    assert all(case.passed for case in results)


def test_a_case_names_each_of_its_rules_once() -> None:
    case = Case(title="x", as_of=date(2025, 9, 12), none=("b", "a"), not_checked=("a",))
    assert case.rules == ("b", "a")
