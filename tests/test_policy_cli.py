"""``attendance policy``: each subcommand as a user runs it, and the comparisons held against other ways of counting."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from attendance_core.model.policies import Policy
from attendance_core.policy.comparing import compare
from attendance_core.policy.loading import load_policies, shipped_file
from attendance_core.reference.settings import load_settings
from attendance_core.workbench import Workbench
from tests import school
from tests.commands import attendance
from tests.registers import marks_table, read

POLICIES = load_policies()
OWN = """id = "fordmouth"
title = "Fordmouth (fictional)"
jurisdiction = "Fordmouth, a fictional authority"
in_force_from = 2024-09-01
in_force_to = 2026-08-31
last_checked_on = 2026-11-25
cites = [{ source = "fordmouth-2024" }]
fictional = true
sources = [
  { id = "fordmouth-2024", title = "Code", publisher = "Fordmouth", url = "urn:fordmouth", consulted_on = 2026-11-25 },
]

[[rules]]
id = "referral"
title = "Referral"
[[rules.versions]]
in_force_from = 2025-01-01
in_force_to = 2025-08-31
recommends = "Refer."
to = "attendance lead"
last_checked_on = 2026-11-25
cites = [{ source = "fordmouth-2024", provision = "p 3", standing = "secondary" }]
[rules.versions.run]
unit = "days"
select = { codes = ["O"] }
at_least = 10
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "fordmouth.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


# -- list


def test_list_says_what_there_is_and_what_is_used(tmp_path: Path, own: Path) -> None:
    data = attendance("policy", "list", "--format", "json", folder=tmp_path).data
    rows = {row["id"]: row for row in data["policies"]}
    assert set(POLICIES) <= set(rows)
    assert [id for id, row in rows.items() if row["used"]] == ["early-signs", "england-national"]
    assert rows["england-national"]["rules"] == len(POLICIES["england-national"].rules)
    assert rows["england-national"]["from"].startswith("builtin ")
    assert rows["example-irregular"]["fictional"]
    assert not rows["england-national"]["fictional"]
    (tmp_path / "attendance.toml").write_text('[policy]\nuse = ["fordmouth.toml", "plan-ten-days"]\n', encoding="utf-8")
    data = attendance("policy", "list", "--format", "json", folder=tmp_path).data
    used = [row for row in data["policies"] if row["used"]]
    assert [(row["id"], row["from"]) for row in used] == [
        ("plan-ten-days", rows["plan-ten-days"]["from"]),
        ("fordmouth", "file fordmouth.toml"),
    ]
    text = attendance("policy", "list", folder=tmp_path)
    assert text.status == 0
    assert all(id in text.out for id in (*POLICIES, "fordmouth", "2024-09-01 to 2026-08-31"))


def test_list_says_which_used_policy_nothing_brings(tmp_path: Path) -> None:
    (tmp_path / "attendance.toml").write_text('[policy]\nuse = ["england-nationale"]\n', encoding="utf-8")
    ran = attendance("policy", "list", folder=tmp_path)
    assert ran.status == 2
    assert "'england-nationale'" in ran.err
    assert "england-national" in ran.out


# -- show


@pytest.mark.parametrize("id", POLICIES)
def test_show_tells_every_rule_whole(id: str, tmp_path: Path) -> None:
    policy = POLICIES[id]
    data = attendance("policy", "show", id, "--format", "json", folder=tmp_path).data
    assert [rule["id"] for rule in data["rules"]] == [rule.id for rule in policy.rules]
    text = attendance("policy", "show", id, folder=tmp_path).out
    for rule, shown in zip(policy.rules, data["rules"], strict=True):
        assert len(shown["versions"]) == len(rule.versions)
        assert shown["early_sign"] == rule.early_sign
        for version, told in zip(rule.versions, shown["versions"], strict=True):
            assert told["recommends"] == version.recommends
            assert [(cite["source"], cite["standing"]) for cite in told["cites"]] == [
                (cite.source, cite.standing.value) for cite in version.cites
            ]
            assert {one["setting"] for one in told["settings"]} >= set(version.settings.values())
            for part in (told["definition"], version.recommends, version.to, version.doubt.replace("\n", " ")):
                assert part in text
            for one in told["settings"]:
                assert one["choice"] == load_settings()[one["setting"]].default
                assert f"{one['setting']} = {one['choice']}" in text


def test_show_marks_early_signs_as_the_library_s_own(tmp_path: Path) -> None:
    text = attendance("policy", "show", "early-signs", folder=tmp_path).out
    assert text.count("defined by this library") == len(POLICIES["early-signs"].rules)
    assert "defined by this library" not in attendance("policy", "show", "england-national", folder=tmp_path).out


def test_show_takes_the_choice_in_force(tmp_path: Path) -> None:
    (tmp_path / "attendance.toml").write_text(
        '[policy.settings]\npersistent-boundary = "strict"\nnotice-age = "none"\n', encoding="utf-8"
    )
    data = attendance("policy", "show", "england-national", "--format", "json", folder=tmp_path).data
    rules = {rule["id"]: rule["versions"][-1] for rule in data["rules"]}
    assert rules["persistent-absence"]["body"]["strict"] is True
    assert "more than 10 %" in rules["persistent-absence"]["definition"]
    assert rules["penalty-notice-threshold"]["excludes"] == []


@pytest.mark.parametrize(
    ("on", "shown", "told"),
    [
        ("2024-08-31", 0, "the policy itself is not in force on this day"),
        ("2024-12-31", 0, "not yet in force: begins on 2025-01-01"),
        ("2025-01-01", 1, ""),
        ("2025-08-31", 1, ""),
        ("2025-09-01", 0, "no longer in force: ended on 2025-08-31"),
        ("2026-09-01", 0, "the policy itself is not in force on this day"),
    ],
)
def test_show_on_a_day_says_what_is_not_in_force(own: Path, on: str, shown: int, told: str) -> None:
    data = attendance("policy", "show", own, "--on", on, "--format", "json").data
    (rule,) = data["rules"]
    assert (len(rule["versions"]), rule["not_in_force"]) == (shown, told)
    text = attendance("policy", "show", own, "--on", on).out
    assert told.capitalize() in text
    assert ("Code, p 3 [secondary]" in text) == bool(shown)


def test_show_on_a_day_takes_the_version_of_that_day(tmp_path: Path) -> None:
    for on, number in (("2025-12-31", 15), ("2026-01-01", 12)):
        ran = attendance("policy", "show", "example-any-absence", "--on", on, "--format", "json", folder=tmp_path)
        (version,) = next(rule for rule in ran.data["rules"] if rule["id"] == "conversation")["versions"]
        assert version["body"]["at_least"] == number


# -- lint


def test_lint_says_what_is_fine(own: Path) -> None:
    ran = attendance("policy", "lint", own)
    assert (ran.status, ran.err) == (0, "")
    assert "fine: fordmouth, 1 rule, no worked cases beside it" in ran.out
    for id in POLICIES:
        assert attendance("policy", "lint", shipped_file(id)).status == 0


def test_lint_looks_at_the_cases_too(own: Path) -> None:
    own.with_name("fordmouth.cases.toml").write_text(
        '[[cases]]\ntitle = "x"\nas_of = 2025-03-07\nnone = ["referal"]\n', encoding="utf-8"
    )
    ran = attendance("policy", "lint", own, "--format", "json")
    assert ran.status == 2
    (fault,) = ran.data["files"][0]["faults"]
    assert fault["where"] == "fordmouth.cases.toml: cases[0].none[0]"
    assert fault["remedy"] == "Did you mean 'referral'?"


def test_lint_goes_on_with_the_next_file(own: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(OWN.replace('["O"]', '["OO"]'), encoding="utf-8")
    ran = attendance("policy", "lint", bad, tmp_path / "none.toml", own)
    assert ran.status == 2
    assert "fine: fordmouth" in ran.out
    assert [line.split(": ")[1:3] for line in ran.told] == [
        ["bad.toml", "rules[0].versions[0].run.select.codes[0]"],
        [str(tmp_path / "none.toml"), "no such file; expected a file. Check the path."],
    ]


def test_lint_says_that_a_policy_that_ships_has_this_id(stricter: Path) -> None:
    ran = attendance("policy", "lint", stricter)
    assert ran.status == 0
    assert "stricter.toml: a policy that ships is called 'england-national' too" in ran.err
    assert "give this one an id of its own" in ran.err


# -- test


def test_test_says_passed_and_failed(own: Path) -> None:
    cases = own.with_name("fordmouth.cases.toml")
    marks = 'marks = [{ start = 2025-03-03, end = 2025-03-14, code = "O" }]'
    one = f'[[cases]]\ntitle = "ten days"\nas_of = 2025-03-14\n{marks}\n'
    cases.write_text(one + 'concerns = [{ rule = "referral", count = 10 }]\n', encoding="utf-8")
    ran = attendance("policy", "test", own)
    assert ran.status == 0
    assert ran.out.splitlines() == [f"{own}: 1 case, 0 failed", "passed  ten days"]
    cases.write_text(one + 'concerns = [{ rule = "referral", count = 9 }]\n', encoding="utf-8")
    ran = attendance("policy", "test", own)
    assert ran.status == 1
    assert ran.out.splitlines() == [
        f"{own}: 1 case, 1 failed",
        "FAILED  ten days",
        "        referral, pupil: count: expected 9, found 10",
    ]
    data = attendance("policy", "test", own, "plan-ten-days", "--format", "json").data
    failed, fine = data["policies"]
    assert failed["cases"][0]["differences"] == [
        {"rule": "referral", "pupil": "pupil", "what": "count", "expected": "9", "found": "10"}
    ]
    assert all(case["passed"] for case in fine["cases"])


# -- diff


def test_a_policy_does_not_differ_from_itself(tmp_path: Path) -> None:
    for id, policy in POLICIES.items():
        assert compare(policy, policy).empty
        assert compare(policy, policy, date(2026, 1, 1)).empty
        ran = attendance("policy", "diff", id, id, folder=tmp_path)
        assert (ran.status, ran.out.splitlines()[-1]) == (0, "They say the same.")


def turned(policy: Policy) -> Policy:
    """The same policy, everything in it the other way round."""
    rules = []
    for rule in reversed(policy.rules):
        versions = []
        for version in rule.versions:
            body: Any = version.body
            select = getattr(body, "select", None)
            if select is not None:
                body = evolve(body, select=evolve(select, codes=select.codes[::-1], groups=select.groups[::-1]))
            versions.append(evolve(version, cites=version.cites[::-1], **{version.kind: body}))
        rules.append(evolve(rule, versions=tuple(versions), covers=rule.covers[::-1]))
    return evolve(policy, rules=tuple(rules), cites=policy.cites[::-1])


@pytest.mark.parametrize("id", POLICIES)
def test_order_is_no_difference(id: str) -> None:
    assert compare(POLICIES[id], turned(POLICIES[id])).empty


PAIRS = [(a, b) for a in POLICIES for b in POLICIES if a < b]


@pytest.mark.parametrize(("a", "b"), PAIRS)
@pytest.mark.parametrize("on", [None, date(2024, 1, 1), date(2026, 1, 1)])
def test_the_difference_turns_round(a: str, b: str, on: date | None) -> None:
    there, back = compare(POLICIES[a], POLICIES[b], on), compare(POLICIES[b], POLICIES[a], on)
    assert not there.empty
    assert (there.only_a, there.only_b) == (back.only_b, back.only_a)
    assert [(one.path, one.a, one.b) for one in there.head] == [(one.path, one.b, one.a) for one in back.head]
    assert [one.rule for one in there.changed] == [one.rule for one in back.changed]
    for one, other in zip(there.changed, back.changed, strict=True):
        assert [(v.a, v.b, v.cites_a, v.cites_b, v.definition_a) for v in one.versions] == [
            (v.b, v.a, v.cites_b, v.cites_a, v.definition_b) for v in other.versions
        ]
        for mine, yours in zip(one.versions, other.versions, strict=True):
            assert [(c.path, c.a, c.b) for c in mine.changes] == [(c.path, c.b, c.a) for c in yours.changes]


def test_diff_names_the_field_and_the_citation_apart(own: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.toml"
    text = OWN.replace("at_least = 10", "at_least = 8").replace('provision = "p 3"', 'provision = "p 4"')
    later.write_text(text + "\n" + OWN.partition("[[rules]]")[1] + OWN.partition("[[rules]]")[2].replace(
        '"referral"', '"warning"'
    ), encoding="utf-8")  # fmt: skip
    data = attendance("policy", "diff", own, later, "--format", "json").data
    assert [rule["id"] for rule in data["only_b"]] == ["warning"]
    assert (data["only_a"], data["head"], data["same"]) == ([], [], False)
    (changed,) = data["changed"]
    (version,) = changed["versions"]
    assert version["changes"] == [{"path": "run.at_least", "a": "10", "b": "8"}]
    assert [cite["provision"] for cite in version["cites_a"]] == ["p 3"]
    assert [cite["provision"] for cite in version["cites_b"]] == ["p 4"]
    text = attendance("policy", "diff", own, later).out
    assert "a: 10 or more days with code O without a break" in text
    assert "b: 8 or more days with code O without a break" in text
    assert "run.at_least: 10 -> 8" in text
    assert "cited only in b: fordmouth-2024 p 4 [secondary]" in text


def test_diff_tells_a_version_that_only_one_has() -> None:
    whole = POLICIES["example-any-absence"]
    first = evolve(whole, rules=tuple(evolve(rule, versions=rule.versions[:1]) for rule in whole.rules))
    (changed,) = compare(first, whole).changed
    (version,) = changed.versions
    assert (changed.rule, version.a, version.b) == ("conversation", None, date(2026, 1, 1))
    assert compare(first, whole, date(2025, 1, 1)).empty
    assert compare(first, whole, date(2025, 12, 31)).empty
    assert [rule.id for rule in compare(first, whole, date(2026, 1, 1)).only_b] == ["conversation"]


def test_diff_on_a_day_sees_only_what_holds_then() -> None:
    ended = evolve(POLICIES["plan-ten-days"], in_force_to=date(2025, 8, 31))
    found = compare(POLICIES["plan-ten-days"], ended, date(2025, 9, 1))
    assert [rule.id for rule in found.only_a] == ["referral"]


# -- simulate


def reading() -> tuple[object, ...]:
    folder = school.folder()
    return folder / "marks.csv", "--pupils", folder / "pupils.csv", "--calendar", folder / "calendar.toml"


def named(policy: object, folder: Path) -> dict[str, set[str]]:
    """Whom a run of `attendance concerns` names, by rule: those who are open, on roll and listed."""
    ran = attendance("concerns", *reading(), "--policy", policy, "--format", "json", folder=folder)
    listed = [rule["rule"] for rule in ran.data["rules"] if rule["listed"]]
    return {
        rule: {row["enrolment_id"] for row in ran.data["concerns"] if row["rule"] == rule and row["open"]}
        for rule in listed
    }


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """England's rules with other numbers: some ask more, some less."""
    text = shipped_file("england-national").read_text(encoding="utf-8")
    for old, new in (
        ("at_least = 15\n", "at_least = 5\n"),
        ("at_least = 50\n", "at_least = 15\n"),
        ("after = 5\n", "after = 60\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "stricter.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_gains_and_losses_are_those_of_two_runs(stricter: Path, tmp_path: Path) -> None:
    data = attendance("policy", "simulate", "england-national", stricter, *reading(), "--format", "json").data
    before, after = named("england-national", tmp_path), named(stricter, tmp_path)
    gained, lost = 0, 0
    for shift in data["rules"]:
        mine, yours = before[shift["rule"]], after[shift["rule"]]
        if shift["kept"] is None:
            assert shift["notes"]
            continue
        assert (shift["in_a"], shift["in_b"], shift["kept"]) == (len(mine), len(yours), len(mine & yours))
        assert {one["enrolment_id"] for one in shift["gained"]} == yours - mine
        assert {one["enrolment_id"] for one in shift["lost"]} == mine - yours
        gained, lost = gained + len(yours - mine), lost + len(mine - yours)
    assert gained, "the numbers were chosen so that somebody is gained"
    assert lost, "and somebody is lost"
    every, each = set().union(*before.values()), set().union(*after.values())
    whole = data["whole"]
    assert (whole["in_a"], whole["in_b"], whole["kept"]) == (len(every), len(each), len(every & each))
    assert {one["enrolment_id"] for one in whole["gained"]} == each - every
    assert {one["enrolment_id"] for one in whole["lost"]} == every - each


def test_simulate_turns_round(stricter: Path) -> None:
    there = attendance("policy", "simulate", "england-national", stricter, *reading(), "--format", "json").data
    back = attendance("policy", "simulate", stricter, "england-national", *reading(), "--format", "json").data
    for one, other in zip([there["whole"], *there["rules"]], [back["whole"], *back["rules"]], strict=True):
        assert (one["gained"], one["lost"], one["kept"]) == (other["lost"], other["gained"], other["kept"])


def test_simulate_names_pupil_and_form(stricter: Path) -> None:
    ran = attendance("policy", "simulate", "england-national", stricter, *reading())
    data = attendance("policy", "simulate", "england-national", stricter, *reading(), "--format", "json").data
    people = [one for shift in data["rules"] for one in (*shift["gained"], *shift["lost"])]
    assert all(one["form"] for one in people)
    lines = [line.split() for line in ran.out.splitlines()]
    assert [one["pupil_id"] for one in people if [one["form"], one["pupil_id"]] not in lines] == []
    assert "could not ask it: side records: arrangements" in ran.out


def test_rules_of_one_policy_alone_are_told_and_not_compared() -> None:
    data = attendance("policy", "simulate", "england-national", "plan-ten-days", *reading(), "--format", "json").data
    shifts = {shift["rule"]: shift for shift in data["rules"]}
    assert shifts["referral"]["in_a"] is None
    assert shifts["referral"]["in_b"] is not None
    assert shifts["referral"]["notes"] == ["a has no such rule"]
    assert (shifts["persistent-absence"]["in_b"], shifts["persistent-absence"]["kept"]) == (None, None)
    assert data["whole"]["kept"] is not None


def test_nobody_changes_between_a_policy_and_itself() -> None:
    data = attendance("policy", "simulate", "england-national", "england-national", *reading(), "--format", "json").data
    for shift in (data["whole"], *data["rules"]):
        assert (shift["gained"], shift["lost"]) == ([], [])
        assert shift["kept"] == shift["in_a"] == shift["in_b"]


def test_no_pupil_stands_in_a_repr() -> None:
    register = read(marks_table([("secret-7", date(2025, 9, day), "AM", "O") for day in range(1, 6)]))
    bench = Workbench.open(entry_points=False)
    found = bench.simulate(register, "plan-ten-days", "england-national")
    assert found.whole.gained
    assert "secret-7" not in repr(found)
    assert "secret-7" not in repr(found.whole.gained)


# -- what cannot be used


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "england-nationale"), "Did you mean 'england-national'?"),
        (("show", "nowhere.toml"), "no such file"),
        (("lint", "nowhere.toml"), "no such file"),
        (("test", "nowhere.toml"), "no such file"),
        (("test", "england-nationale"), "Did you mean 'england-national'?"),
        (("diff", "england-national", "nobodys"), "policy 'nobodys'"),
        (("diff", "nowhere.toml", "england-national"), "no such file"),
        (("simulate", "england-national", "nobodys", "MARKS"), "policy 'nobodys'"),
        (("simulate", "england-national", "england-national", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_is_not_there_is_told(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    marks = school.folder() / "marks.csv"
    ran = attendance("policy", *(marks if one == "MARKS" else one for one in arguments), folder=tmp_path)
    assert ran.status == 2
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_an_unknown_policy_is_told_as_json_too(tmp_path: Path) -> None:
    ran = attendance("policy", "show", "nobodys", "--format", "json", folder=tmp_path)
    assert ran.status == 2
    assert ran.data["error"]["code"] == "unknown-name"


def test_help_names_every_subcommand(tmp_path: Path) -> None:
    text = attendance("policy", "--help", folder=tmp_path).out
    assert [name for name in ("list", "show", "lint", "test", "diff", "simulate") if f"  {name} " not in text] == []
