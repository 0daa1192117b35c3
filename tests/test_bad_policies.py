"""Bad policies, one fault each: every one is refused, with its key path, what is wrong, and what to do."""

import re
from datetime import date
from pathlib import Path

import pytest

from attendance_core.errors import DocumentError, InputError, UnreadableFileError
from attendance_core.policy.loading import load_folder, load_policy
from attendance_core.workbench import Workbench
from tests.commands import attendance
from tests.registers import marks_table, read
from tests.shared import ROOT

FOLDER = ROOT / "tests" / "data" / "bad_policies"
_VERSION = "rules[0].versions[0]"
#: Name of the file: for each of its faults the key path, and words of what is wrong and of what to do.
EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    "checked-before-in-force": [
        (f"{_VERSION}.last_checked_on", "lies before in_force_from", "Check the rule against its sources again"),
    ],
    "cites-missing": [
        (f"{_VERSION}.cites", "required key is missing", "Add it"),
    ],
    "cites-nothing": [
        (f"{_VERSION}.cites", "cites nothing", "Say where the value comes from"),
    ],
    "code-not-in-force": [
        (
            f"{_VERSION}.run.select.codes[1]",
            "'H' is not in force on any day of this version: the rule can never fire by it",
            "Remove it, or correct the days",
        ),
    ],
    "code-of-presence": [
        (f"{_VERSION}.run.select.codes[1]", "'/' is plain presence, and no concern", "Remove it"),
    ],
    "code-unknown": [
        (f"{_VERSION}.run.select.codes[0]", "'OO' is no code", "Did you mean 'O'?"),
    ],
    "combination-against-itself": [
        (
            f"{_VERSION}.combination.none_of",
            "names a rule of all_of: the rule can never fire",
            "Take the rule out of one of the two",
        ),
    ],
    "combination-in-days": [
        (f"{_VERSION}.combination.unit", "a combination without points is in sessions", "Write sessions"),
    ],
    "combination-of-none": [
        (
            f"{_VERSION}.combination.none_of",
            "names every rule of any_of: the rule can never fire",
            "Take the rule out of one of the two",
        ),
    ],
    "combines-nothing": [
        (f"{_VERSION}.combination.all_of", "combines nothing: the rule can never fire", "Name rules, or points"),
    ],
    "count-in-records": [
        (f"{_VERSION}.count.unit", "records are not counted here", "Choose one"),
    ],
    "count-more-than-window-holds": [
        (
            f"{_VERSION}.count.at_least",
            "4 school days hold at most 8 sessions: the rule can never fire",
            "Lower the number or widen the window",
        ),
    ],
    "counts-from-after-the-end": [
        (
            f"{_VERSION}.run.counts_from",
            "lies after the version's last day, 2025-08-31: the rule can never fire",
            "Correct it",
        ),
    ],
    "covers-unknown": [
        ("rules[0].covers[0]", "names 'warning', which is no other rule of this policy", "Correct it"),
    ],
    "cumulative-of-first-week": [
        (f"{_VERSION}.cumulative.since", "first-week is for rates", "Choose one, or make it a rate"),
    ],
    "cumulative-since-nothing": [
        (f"{_VERSION}.cumulative.since", "since or since_date, one of the two, is needed", "Give just one"),
    ],
    "cumulative-since-twice": [
        (f"{_VERSION}.cumulative.since", "since or since_date, one of the two, is needed", "Give just one"),
    ],
    "date-as-text": [
        (f"{_VERSION}.in_force_from", "value of the wrong kind", "Correct the value"),
    ],
    "fall-with-window": [
        (f"{_VERSION}.pattern.window", "half terms are not windows", "Remove it"),
    ],
    "group-of-presence": [
        (f"{_VERSION}.cumulative.select.groups[0]", "is presence, and no concern", "Remove it"),
    ],
    "group-unknown": [
        (f"{_VERSION}.cumulative.select.groups[0]", "value of the wrong kind", "Correct the value"),
    ],
    "growth-without-window": [
        (f"{_VERSION}.pattern.window", "is missing: growth compares two windows", "Add it"),
    ],
    "head-cites-nothing": [
        ("cites", "cites nothing", "Say where the value comes from"),
    ],
    "head-key-missing": [
        ("jurisdiction", "required key is missing", "Add it"),
    ],
    "key-unknown": [
        (f"{_VERSION}.run.at_least", "required key is missing", "Add it"),
        (f"{_VERSION}.run.atleast", "unknown key", "Did you mean 'at_least'?"),
    ],
    "limit-without-records": [
        (f"{_VERSION}.count.limit", "limit, limit_years and uses go together", "Complete them"),
    ],
    "limit-without-years": [
        (f"{_VERSION}.count.limit", "limit, limit_years and uses go together", "Complete them"),
    ],
    "minimum-of-none": [
        (
            f"{_VERSION}.rate.minimum_possible",
            "-1 is no number of sessions that a rate could be of",
            "Correct it, or leave it out",
        ),
    ],
    "no-kind": [
        (_VERSION, "a rule has one kind, and this one has none", "Give just one"),
    ],
    "no-rules": [
        ("rules", "holds no rule", "Add [[rules]]"),
    ],
    "no-toml": [
        ("", "Invalid value (at line 2, column 9)", "Correct that line"),
    ],
    "no-versions": [
        ("rules[0].versions", "has none", "Add [[rules.versions]]"),
    ],
    "not-utf-8": [
        ("", "byte 27 is not UTF-8", "Save the file as UTF-8"),
    ],
    "number-as-text": [
        (f"{_VERSION}.run.at_least", "value of the wrong kind", "Correct the value"),
    ],
    "number-of-zero": [
        (f"{_VERSION}.run.at_least", "0 is met by everybody", "Say how many are needed"),
    ],
    "part-unknown": [
        (
            f"{_VERSION}.combination.any_of",
            "names 'parts', which is no other rule of this policy",
            "Did you mean 'part'?",
        ),
    ],
    "parts-in-a-circle": [
        (f"{_VERSION}.combination.any_of", "names 'part', which leads back to 'referral'", "Remove one"),
        ("rules[1].versions[0].combination.any_of", "names 'referral', which leads back to 'part'", "Remove one"),
    ],
    "pattern-in-days": [
        (f"{_VERSION}.pattern.unit", "weekday is counted in sessions", "Write sessions"),
    ],
    "pattern-of-weeks-in-sessions": [
        (f"{_VERSION}.pattern.unit", "broken-weeks is counted in weeks", "Write weeks"),
    ],
    "pattern-points-over-hundred": [
        (f"{_VERSION}.pattern.points", "101 is no difference of shares", "Give percentage points"),
    ],
    "pattern-selects-nothing": [
        (f"{_VERSION}.pattern.select", "selects no mark", "Say what counts"),
    ],
    "pattern-without-evidence": [
        (f"{_VERSION}.pattern.at_least", "0 is no evidence for a pattern", "Give a minimum"),
    ],
    "pattern-without-minimum": [
        (f"{_VERSION}.pattern.minimum_possible", "0 is no evidence for a pattern", "Give a minimum"),
    ],
    "policy-ends-before-it-begins": [
        ("in_force_to", "lies before in_force_from", "Swap the days"),
    ],
    "policy-id-spelled-otherwise": [
        ("id", "'Fordmouth Council' cannot stand in the id of a concern", "Rename it"),
    ],
    "provisional-not-counted": [
        (f"{_VERSION}.count.provisional", "names a code that is not counted", "Count it, or remove it"),
    ],
    "rate-below-its-limit": [
        (f"{_VERSION}.rate.below", "10 is not above 10: the rule can never fire", "Raise it"),
    ],
    "rate-in-days": [
        (f"{_VERSION}.rate.unit", "a rate is of sessions, not days", "Write sessions"),
    ],
    "rate-over-hundred": [
        (f"{_VERSION}.rate.at_least", "101 % is no limit", "Correct the limit"),
    ],
    "rate-projected-without-recent": [
        (f"{_VERSION}.rate.recent", "goes with year-projected, and only with it", "Add or remove it"),
    ],
    "rate-selects-nothing": [
        (f"{_VERSION}.rate.select", "selects no mark", "Say what counts"),
    ],
    "rate-to-year-end-of-enrolment": [
        (f"{_VERSION}.rate.horizon", "a year's end needs the year's beginning", "Correct since"),
    ],
    "rate-with-minimum-beyond-window": [
        (
            f"{_VERSION}.rate.minimum_possible",
            "window, 5 school days, holds at most 10 sessions: the rule can never fire",
            "Lower the number or widen the window",
        ),
    ],
    "rate-with-two-windows": [
        (f"{_VERSION}.rate.since", "since or window, one of the two, is needed", "Give one"),
    ],
    "rate-without-window": [
        (f"{_VERSION}.rate.since", "since or window, one of the two, is needed", "Give one"),
    ],
    "recommends-nothing": [
        (f"{_VERSION}.recommends", "is empty", "Write it"),
    ],
    "recommends-to-nobody": [
        (f"{_VERSION}.to", "is empty", "Write it"),
    ],
    "record-alone-with-marks": [
        (f"{_VERSION}.record.select", "names marks, and a record alone has none", "Remove it"),
    ],
    "record-in-records": [
        (f"{_VERSION}.record.unit", "marks-without-record is counted in sessions", "Write sessions"),
    ],
    "record-kind-unknown": [
        (f"{_VERSION}.record.record", "value of the wrong kind", "Correct the value"),
    ],
    "record-without-marks-named": [
        (f"{_VERSION}.record.select", "selects no mark", "Say which marks go with the record"),
    ],
    "rule-id-spelled-otherwise": [
        ("rules[0].id", "'Referral!' cannot stand in the id of a concern", "Rename it"),
    ],
    "rule-id-twice": [
        ("rules[1].id", "'referral' is given twice", "Rename one"),
    ],
    "run-in-weeks": [
        (f"{_VERSION}.run.unit", "weeks are not counted here", "Choose one"),
    ],
    "score-in-sessions": [
        (f"{_VERSION}.combination.unit", "a score is in points", "Write points"),
    ],
    "score-never-reached": [
        (
            f"{_VERSION}.combination.at_least",
            "2 of 1 points: the rule always or never fires",
            "Change the number or the weights",
        ),
    ],
    "selects-nothing": [
        (f"{_VERSION}.run.select", "selects no mark", "Say what counts"),
    ],
    "setting-of-no-field": [
        (f"{_VERSION}.settings.boundary", "is no field of the kind run", "Name the field that the setting decides"),
    ],
    "setting-that-does-not-fit": [
        (
            f"{_VERSION}.settings.since",
            "the choice 'school-days' of 'n-deadline' does not fit since: 'school-days' found",
            "Name the setting that decides this field",
        ),
        (
            f"{_VERSION}.settings.since",
            "the choice 'weekdays' of 'n-deadline' does not fit since: 'weekdays' found",
            "Name the setting that decides this field",
        ),
    ],
    "setting-unknown": [
        (f"{_VERSION}.settings.since", "no setting is called 'sickness-time'", "Did you mean 'sickness-period'?"),
    ],
    "since-date-after-the-end": [
        (
            f"{_VERSION}.cumulative.since_date",
            "lies after the version's last day, 2025-08-31: the rule can never fire",
            "Correct it",
        ),
    ],
    "source-of-the-package": [
        ("source 'library'", "is a source of the package already", "Rename it, or cite it"),
    ],
    "source-unknown": [
        (f"{_VERSION}.cites[0].source", "'fordmouth-2024' is no known source", "Add it under [[sources]]"),
    ],
    "source-without-address": [
        ("source 'own'.url", "'page 3' is no address", "Give it"),
    ],
    "standing-unknown": [
        (f"{_VERSION}.cites[0].standing", "value of the wrong kind", "Correct the value"),
    ],
    "two-kinds": [
        (_VERSION, "a rule has one kind, and this one has count and run", "Give just one"),
    ],
    "unit-missing": [
        (f"{_VERSION}.run.unit", "required key is missing", "Add it"),
    ],
    "unit-unknown": [
        (f"{_VERSION}.run.unit", "value of the wrong kind", "Correct the value"),
    ],
    "unresolved-before-mark": [
        (f"{_VERSION}.unresolved.after", "-1 lies before the mark", "Say how many days are allowed"),
    ],
    "unresolved-in-days": [
        (f"{_VERSION}.unresolved.unit", "unresolved codes are counted in sessions", "Write sessions"),
    ],
    "validity-overlaps": [
        (
            "rules[0].versions[1].in_force_from",
            "begins before the version above it ends",
            "End the earlier version the day before",
        ),
    ],
    "validity-without-end": [
        (
            "rules[0].versions[1].in_force_from",
            "begins before the version above it ends",
            "End the earlier version the day before",
        ),
    ],
    "version-after-policy": [
        (
            f"{_VERSION}.in_force_from",
            "lies after the policy's own last day, 2025-08-31: the rule can never fire",
            "Correct one of the two",
        ),
    ],
    "version-before-policy": [
        (f"{_VERSION}.in_force_from", "lies before the policy's own first day, 2024-09-01", "Correct one of the two"),
    ],
    "version-ends-before-it-begins": [
        (f"{_VERSION}.in_force_to", "lies before in_force_from", "Swap the days"),
    ],
    "window-of-zero": [
        (f"{_VERSION}.count.window.length", "a window of 0 holds nothing", "Give the window a length"),
    ],
    "window-unit-unknown": [
        (f"{_VERSION}.count.window.of", "value of the wrong kind", "Correct the value"),
    ],
}


def fault_lists() -> dict[str, list[tuple[str, str, str]]]:
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        with pytest.raises(InputError) as caught:
            load_policy(path)
        found[path.stem] = [
            (fault.where.removeprefix(str(path)).removeprefix(path.name).removeprefix(": "), fault.what, fault.remedy)
            for fault in caught.value.faults
        ]
    return found


def test_every_bad_policy_is_refused_with_its_faults_and_no_other() -> None:
    assert fault_lists() == EXPECTED


def test_every_fault_says_what_to_do() -> None:
    for name, faults in EXPECTED.items():
        for _, what, remedy in faults:
            assert what, name
            assert remedy, name


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_command_refuses_each_in_words(name: str, tmp_path: Path) -> None:
    ran = attendance("policy", "lint", FOLDER / f"{name}.toml", folder=tmp_path)
    assert ran.status == 2
    assert ran.out == ""
    assert len(ran.told) == len(EXPECTED[name])
    for line, (path, what, remedy) in zip(ran.told, EXPECTED[name], strict=True):
        assert f"{name}.toml: {path}" in line
        assert what in line
        assert remedy in line


def test_one_run_names_the_faults_of_form_and_of_sense(tmp_path: Path) -> None:
    """A rule that has no form does not hide what is wrong with another."""
    form = (FOLDER / "unit-missing.toml").read_text(encoding="utf-8")
    sense = (FOLDER / "code-unknown.toml").read_text(encoding="utf-8")
    second = "[[rules]]" + sense.partition("[[rules]]")[2].replace('"referral"', '"warning"')
    path = tmp_path / "both.toml"
    path.write_text(f"{form}\n{second}", encoding="utf-8")
    ran = attendance("policy", "lint", path)
    assert [line.split(": ")[2] for line in ran.told] == [
        "rules[0].versions[0].run.unit",
        "rules[1].versions[0].run.select.codes[0]",
    ]


def test_a_part_that_has_no_form_hides_no_other(tmp_path: Path) -> None:
    """Every fault of this file is told by one run, those beside a key that is missing too."""
    text = (FOLDER / "code-unknown.toml").read_text(encoding="utf-8")
    head, _, rule = text.partition("[[rules]]")
    rule = rule.replace("at_least = 10", "at_least = 0").replace("recommends = ", "recommends = ''\nwas = ")
    wrong = 'excludes = ["fsm++sen", "year-grp=7"]\nsettings = { unit = "absent-dya" }\n[rules.versions.run]'
    rule = rule.replace("[rules.versions.run]", wrong)
    path = tmp_path / "all.toml"
    path.write_text(re.sub(r"\ntitle = .*", "", head) + f"[[rules]]{rule}\n[[rules]]{rule}", encoding="utf-8")
    told = {line.split(": ")[2] for line in attendance("policy", "lint", path).told}
    parts = ("recommends", "was", "excludes[0]", "excludes[1]", "settings.unit", "run.at_least", "run.select.codes[0]")
    assert told == {"title", *(f"rules[{rule}].versions[0].{part}" for rule in (0, 1) for part in parts)}


def test_the_faults_of_several_policies_are_told_together(tmp_path: Path) -> None:
    bad = [FOLDER / name for name in ("window-of-zero.toml", "code-unknown.toml")]
    with pytest.raises(InputError) as caught:
        Workbench.open().concerns(read(marks_table([("a", date(2025, 9, 1), "AM", "/")])), [*bad, "nobodys"])
    assert [re.split("[:']", fault.where)[0] for fault in caught.value.faults] == [bad[0].name, bad[1].name, "policy "]
    ran = attendance("policy", "test", *bad, folder=tmp_path)
    assert [line.split(": ")[1] for line in ran.told] == [path.name for path in bad]


def test_worked_cases_are_looked_at_beside_a_bad_policy_and_are_no_policy(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text((FOLDER / "code-unknown.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "a.cases.toml").write_text('[[cases]]\ntitel = "x"\n', encoding="utf-8")
    told = "\n".join(attendance("policy", "lint", tmp_path / "a.toml").told)
    assert "'OO' is no code" in told and "a.cases.toml: cases[0].titel: unknown key" in told
    (told,) = attendance("policy", "lint", tmp_path / "a.cases.toml").told
    assert told.endswith(
        "holds worked cases; expected the policy that they are cases of. Name its file; the cases go with it."
    )


def test_an_id_is_no_file_to_lint(tmp_path: Path) -> None:
    (told,) = attendance("policy", "lint", "england-national", folder=tmp_path).told
    assert "is a policy of the plugin builtin" in told and "checked when it was loaded" in told


def test_a_configuration_that_uses_a_bad_policy_is_told_its_faults(tmp_path: Path) -> None:
    """A school that uses a bad policy is told its faults, whichever command it runs."""
    config = tmp_path / "attendance.toml"
    config.write_text(f'[policy]\nuse = ["{(FOLDER / "window-of-zero.toml").as_posix()}"]\n', encoding="utf-8")
    ran = attendance("policy", "list", folder=tmp_path)
    assert ran.status == 2
    assert "a window of 0 holds nothing" in ran.told[0]


def test_a_folder_of_policies_is_told_whole(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        load_folder(FOLDER)
    assert {Path(fault.where.partition(": ")[0]).stem for fault in caught.value.faults} == set(EXPECTED)
    with pytest.raises(UnreadableFileError, match=r"is no folder; .*that its distribution carries the files"):
        load_folder(tmp_path / "policies")
    (tmp_path / "a.cases.toml").write_text("")
    with pytest.raises(UnreadableFileError, match="holds no TOML file of a policy"):
        load_folder(str(tmp_path))
