"""Concerns from outside: the command, the report, a plugin's own rule, side records, and what is told of failures."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from attrs import evolve

from attendance_core.errors import (
    DocumentError,
    FigureIdError,
    InputError,
    MissingColumnError,
    PluginError,
    UnknownNameError,
)
from attendance_core.model.combinations import CustomRule
from attendance_core.model.concerns import CONCERN_COLUMNS, ConcernId
from attendance_core.model.configuration import Choices, Configuration
from attendance_core.model.outcomes import Outcome
from attendance_core.model.policies import Policy, Rule, RuleVersion
from attendance_core.model.reports import Table
from attendance_core.model.selections import RuleUnit, Selection
from attendance_core.model.sources import Citation
from attendance_core.plugins import hookimpl
from attendance_core.reference.locate import reference_folder
from attendance_core.workbench import Workbench
from tests import school
from tests.commands import attendance
from tests.registers import marks_table, read
from tests.shared import ROOT

HERE = (Citation(source="library"),)


def demo(*more: Any) -> tuple[Any, ...]:
    folder = school.folder()
    return (folder / "marks.csv", "--config", folder / "attendance.toml", *more)


# The command


def test_the_command_lists_what_the_library_finds() -> None:
    ran = attendance("concerns", *demo("--format", "json"))
    found = ran.data
    frame = school.bench().concerns(school.register()).frame()
    assert [row["concern"] for row in found["concerns"]] == frame["concern"].to_list()
    assert found["as_of"] == school.register().as_of.isoformat()
    by_rule = {(rule["policy"], rule["rule"]): rule for rule in found["rules"]}
    for row in found["concerns"]:
        rule = by_rule[row["policy"], row["rule"]]
        assert rule["outcome"] == "failed" and rule["cites"] and rule["recommends"] and rule["definition"]
    assert by_rule["england-national", "part-time-without-arrangement"]["outcome"] == "not-checked"
    assert by_rule["england-national", "part-time-without-arrangement"]["missing"] == ["side records: arrangements"]


def test_the_text_names_rule_recommendation_and_evidence_and_what_was_not_asked() -> None:
    text = attendance("concerns", *demo()).out
    assert "Persistent absence: " in text and "To consider (attendance lead)" in text
    assert "Rules that list nobody" in text
    assert "not checked; missing: side records: arrangements" in text


def test_csv_is_tidy_and_harmless() -> None:
    text = attendance("concerns", *demo("--format", "csv")).out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(school.bench().concerns(school.register()).frame())
    assert set(CONCERN_COLUMNS) - {"enrolment_no"} <= set(rows[0])


def test_one_rule_and_everything() -> None:
    one = attendance("concerns", *demo("--rule", "attendance-return", "--everything", "--format", "json")).data
    assert {row["rule"] for row in one["concerns"]} <= {"attendance-return"}
    assert len(one["rules"]) == 1
    everything = attendance("concerns", *demo("--everything", "--format", "json")).data["concerns"]
    few = attendance("concerns", *demo("--format", "json")).data["concerns"]
    assert {row["concern"] for row in few} < {row["concern"] for row in everything}
    assert all(row["open"] and row["on_roll"] for row in few)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--policy", "england"), "Did you mean 'england-national'?"),
        (("--rule", "persistent"), "is no rule of these policies"),
        (("--policy", "nowhere.toml"), "no such file"),
        (("--records", "nowhere"), "is no folder"),
    ],
)
def test_what_cannot_be_asked_is_refused(more: tuple[str, ...], says: str) -> None:
    ran = attendance("concerns", *demo(*more))
    assert ran.status == 2
    assert says in ran.err


def test_lessons_and_counts_give_no_concerns() -> None:
    ran = attendance("concerns", ROOT / "tests" / "data" / "exports" / "counts.csv")
    assert ran.status == 2
    assert "no session stands behind them" in ran.err or "counts" in ran.err


@pytest.mark.parametrize("rule", ["persistent-absence", "sickness-return-total", "broken-weeks", "rate-and-spells"])
def test_explain_answers_for_a_concern(rule: str) -> None:
    frame = school.bench().concerns(school.register()).frame()
    row = frame.filter(nw.col("rule") == rule).rows(named=True)[0]
    data = attendance("explain", row["concern"], *demo("--format", "json")).data
    assert (data["count"], data["of"], data["pupil_id"]) == (row["count"], row["of"], row["pupil_id"])
    assert data["id"] == row["concern"] and data["definition"] and data["cites"]
    assert all(one["in_numerator"] for one in data["sessions"]) and data["sessions"]
    text = attendance("explain", row["concern"], *demo()).out
    assert row["title"] in text and "To consider:" in text and "Sources:" in text


def test_explain_of_no_such_concern() -> None:
    frame = school.bench().concerns(school.register()).frame()
    id = ConcernId.parse(frame["concern"][0])
    other = evolve(id, start=date(2001, 1, 1))
    with pytest.raises(FigureIdError, match="is not found on"):
        school.bench().explain_concern(school.register(), other)
    with pytest.raises(FigureIdError, match="is no concern id"):
        ConcernId.parse("england-national@2015-09-01/persistent-absence/enrolment=%ZZ/2025-13-01")
    with pytest.raises(FigureIdError, match="is not found on"):
        school.bench().explain_concern(school.register(), evolve(id, rule="no-such-rule"))
    assert id.enrolment not in repr(id)


def test_a_day_long_after_the_last_mark_is_told() -> None:
    said = "The last mark is of 2026-07-20, 134 days before 2026-12-01."
    assert said in attendance("concerns", *demo("--as-of", "2026-12-01")).err
    assert "The last mark" not in attendance("concerns", *demo("--as-of", "2026-07-25")).err


def test_explain_of_a_concern_of_a_file_asks_for_the_file(tmp_path: Path) -> None:
    """The library speaks of its own arguments, the command line of its options."""
    id = "millhaven@2025-09-01/referral/enrolment=%7CP00001%7C2025-09-01/2025-10-06"
    with pytest.raises(UnknownNameError, match="Name the policy's file with `policies`"):
        Workbench.open().explain_concern(read(marks_table([("a", date(2025, 9, 1), "AM", "/")])), id)
    ran = attendance("explain", id, *demo(), folder=tmp_path)
    assert ran.told[0].endswith("Name the policy's file with --policy.")


def test_one_enrolment_alone_gives_the_same_as_the_whole_register() -> None:
    bench, register = school.bench(), school.register()
    whole = bench.concerns(register)
    for row in whole.frame().rows(named=True):
        concern, sessions = bench.explain_concern(register, row["concern"])
        assert concern == whole.concern(ConcernId.parse(row["concern"]))
        assert sessions.rows() == whole.sessions(ConcernId.parse(row["concern"])).rows()


# The report


def test_the_report_shows_every_rule_with_its_pupils() -> None:
    view = school.view("leaders")
    rules, listed = school.table(view, "concern-rules"), school.table(view, "concerns")
    frame = school.bench().concerns(school.register()).frame()
    assert [row[-1] for row in listed.rows] == frame["concern"].to_list()
    counts = {
        (row["policy"], row["title"]): row["enrolment_id"]
        for row in frame.group_by("policy", "title").agg(nw.col("enrolment_id").n_unique()).rows(named=True)
    }
    titles = {policy.title: policy.id for policy in school.bench().policies().values()}
    shown = {(titles[str(row[0])], str(row[1])): row[2] for row in rules.rows}
    assert {key: number for key, number in shown.items() if number} == counts
    unasked = [row for row in rules.rows if "not checked" in str(row[3])]
    assert unasked and all(row[2] is None for row in unasked)


def test_a_report_without_policies_says_so() -> None:
    bare = school.bench_with(policy=Choices(use=()))
    view = bare.report(school.register(), audience="leaders")
    assert "No policy is in use" in school.texts(view, "concerns")
    assert "No pupil gives a reason" in school.texts(view, "pupils")


def test_pupils_are_told_once_where_one_rule_covers_another() -> None:
    listing = school.table(school.view("leaders"), "pupils")
    at = {column.key: index for index, column in enumerate(listing.columns)}
    severe = [str(row[at["why"]]) for row in listing.rows if "Severe absence: " in str(row[at["why"]])]
    assert severe
    assert not any("Persistent absence: " in why for why in severe)


def test_rules_are_asked_of_everybody_whatever_the_profile_leaves_out() -> None:
    official = school.bench_with(policy=Choices(profile="official-statistics"))
    plain = school.bench().concerns(school.register()).frame()
    assert official.concerns(school.register()).frame().rows() == plain.rows()
    listed = school.table(official.report(school.register(), audience="leaders"), "concerns")
    assert isinstance(listed, Table)
    assert len(listed.rows) == len(plain)


# A policy of one's own


def test_the_configuration_names_policies_by_id_and_by_file(tmp_path: Path) -> None:
    text = (reference_folder() / "policies" / "example-consecutive.toml").read_text("utf-8")
    (tmp_path / "ours.toml").write_text(text.replace('"example-consecutive"', '"ours"'), encoding="utf-8")
    bench = evolve(school.bench_with(policy=Choices(use=("early-signs", "ours.toml"))), folder=tmp_path)
    found = bench.concerns(school.register())
    assert list(dict.fromkeys(result.policy.id for result in found.results)) == ["early-signs", "ours"]


def test_two_policies_of_one_id_are_refused_and_one_named_twice_is_asked_once(tmp_path: Path) -> None:
    """Of two with one id, no list could say whose rule a pupil stands under."""
    text = (reference_folder() / "policies" / "example-consecutive.toml").read_text("utf-8")
    other = tmp_path / "other.toml"
    other.write_text(text.replace("at_least = 10", "at_least = 9"), encoding="utf-8")
    bench, register = school.bench(), school.register()
    for pair in (("example-consecutive", other), (other, bench.policy("example-consecutive"))):
        with pytest.raises(DocumentError) as caught:
            bench.concerns(register, pair)
        (fault,) = caught.value.faults
        assert fault.where == "policy 'example-consecutive'"
        assert str(other) in fault.what
        assert fault.remedy == "Name one of them, or give the other an id of its own"
    ran = attendance("concerns", *demo("--policy", "example-consecutive", "--policy", other))
    assert ran.status == 2
    assert f"two different policies are called: example-consecutive and {other}" in ran.err
    with pytest.raises(DocumentError, match="two different policies"):
        evolve(bench, configuration=Configuration(policy=Choices(use=("example-consecutive", str(other))))).concerns(
            register
        )
    once = bench.concerns(register, ["example-consecutive"])
    twice = bench.concerns(register, ["example-consecutive", bench.policy("example-consecutive")])
    assert len(once.results) == len(twice.results)
    assert bench.simulate(register, "example-consecutive", other).rules


def test_one_policy_may_be_named_alone(tmp_path: Path) -> None:
    bench, register = school.bench(), school.register()
    listed = bench.concerns(register, ["example-consecutive"]).frame()
    file = tmp_path / "ours.toml"
    shutil.copy(reference_folder() / "policies" / "example-consecutive.toml", file)
    for one in ("example-consecutive", file, bench.policy("example-consecutive")):
        assert bench.concerns(register, one).frame().rows() == listed.rows()
    id = listed["concern"].to_list()[0]
    assert bench.explain_concern(register, id, "example-consecutive")[0].id == ConcernId.parse(id)


# A plugin's own rule


class Finder:
    id = "acme-mondays"
    title = "Absent on Mondays"

    def __init__(self, change: Any = None) -> None:
        self.change = change

    def find(self, marks: Any, side: Any, calendar: Any, as_of: date) -> Any:
        mondays = marks.filter(nw.col("code") == "O", nw.col("date").dt.weekday() == 1)
        found = mondays.group_by("enrolment_id").agg(
            nw.col("date").min().alias("start"),
            nw.col("date").max().alias("end"),
            nw.col("date").max().alias("met_on"),
            nw.len().alias("count"),
        )
        frame = found.collect().with_columns(nw.col("enrolment_id").cast(nw.String))
        return frame if self.change is None else self.change(frame)


def with_rule(change: Any = None) -> Workbench:
    version = RuleVersion(
        in_force_from=date(2020, 1, 1),
        recommends="Look.",
        to="tutor",
        cites=HERE,
        last_checked_on=date(2026, 11, 25),
        custom=CustomRule(unit=RuleUnit.SESSIONS, rule="acme-mondays", select=Selection(codes=("O",))),
    )
    policy = Policy(
        id="acme",
        title="Acme",
        jurisdiction="Acme",
        in_force_from=date(2020, 1, 1),
        cites=HERE,
        last_checked_on=date(2026, 11, 25),
        rules=(Rule(id="mondays", title="Mondays", versions=(version,)),),
    )

    class Plugin:
        @hookimpl
        def attendance_rules(self) -> Any:
            return [Finder(change)]

        @hookimpl
        def attendance_policies(self) -> Any:
            return [policy]

    return Workbench.open(school.bench().configuration, plugins=[Plugin()], entry_points=False)


def test_a_custom_rule_finds_what_it_says() -> None:
    register = school.register()
    found = with_rule().concerns(register, ["acme"])
    (result,) = found.results
    assert result.outcome is Outcome.FAILED
    mondays = [
        (row["enrolment_id"], row["date"])
        for row in register.marks.filter(nw.col("code") == "O").collect("polars").rows(named=True)
        if row["date"].weekday() == 0
    ]
    frame = found.frame(everything=True)
    assert dict(frame.select("enrolment_id", "count").iter_rows()) == {
        enrolment: sum(one == enrolment for one, _ in mondays) for enrolment, _ in mondays
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: 7, "returned int"),
        (lambda frame: frame.drop("met_on"), "a frame without met_on"),
        (lambda frame: frame.with_columns(start=nw.lit("soon")), "columns of the wrong types"),
        (lambda frame: frame.with_columns(count=nw.lit(0)), "with a count that cannot be"),
        (lambda frame: frame.with_columns(end=nw.lit(date(2001, 1, 1))), "with a end that cannot be"),
        (lambda frame: frame.with_columns(met_on=nw.lit(date(2099, 1, 1))), "with a met_on that cannot be"),
        (lambda frame: frame.with_columns(enrolment_id=nw.lit("CANARY")), "enrolments that the register does not hold"),
        (lambda frame: nw.concat([frame, frame]), "start on the day of another"),
        (lambda frame: frame.with_columns(certainty=nw.lit("maybe")), "with another certainty"),
        (lambda frame: frame.with_columns(count=nw.lit(None, nw.Int64)), "left cells of count empty"),
        (lambda frame: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_custom_rule_that_breaks_its_promise_is_an_error_and_the_rest_goes_on(change: Any, says: str) -> None:
    bench = with_rule(change)
    found = bench.concerns(school.register(), ["acme", "england-national"])
    broken, *rest = found.results
    assert broken.outcome is Outcome.ERROR
    assert says in "; ".join(broken.notes) and "CANARY" not in "; ".join(broken.notes)
    assert any(says in failure.error for failure in bench.failures())
    assert any(result.outcome is Outcome.FAILED for result in rest)
    (rules,) = [
        block
        for block in school.blocks(bench.report(school.register(), policies=["acme"]), "concerns")
        if isinstance(block, Table) and block.id == "concern-rules"
    ]
    assert "failed" in str(rules.rows[0][3])


def test_a_custom_rule_without_its_plugin_is_not_checked() -> None:
    policy = with_rule().policy("acme")
    (result,) = school.bench().concerns(school.register(), [policy]).results
    assert result.outcome is Outcome.NOT_CHECKED
    assert result.missing == ("the plugin that brings the rule 'acme-mondays'",)


def test_a_plugins_policy_that_cannot_be_right_is_left_out_and_said() -> None:
    national = school.bench().policy("england-national")
    twice = evolve(national, id="acme-twice", rules=(national.rules[0], national.rules[0]))

    class Plugin:
        @hookimpl
        def attendance_policies(self) -> Any:
            return [twice, evolve(national, id="acme-fine")]

    bench = Workbench.open(plugins=[Plugin()], entry_points=False)
    assert "acme-fine" in bench.policies() and "acme-twice" not in bench.policies()
    (failure,) = bench.failures()
    assert "'persistent-absence' is given twice" in failure.error and failure.hook == "policy 'acme-twice'"
    with pytest.raises(PluginError, match=r"is given twice.*Rename one"):
        Workbench.open(plugins=[Plugin()], entry_points=False, strict=True).policies()


# Side records


def records(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def pupils() -> Iterator[str]:
    return iter(school.register().enrolments["pupil_id"].to_list())


def test_records_come_from_a_folder_of_files(tmp_path: Path) -> None:
    one, two = next(pupils()), school.register().enrolments["enrolment_id"].to_list()[1]
    records(
        tmp_path,
        arrangements=f"pupil_id,kind,start,end\n{one},Part-time-timetable,02/03/2026,\n",
        notices=f"enrolment_id,state,on,start,end\n{two},issued,2026-05-01,2026-03-02,2026-04-30\n",
    )
    side = school.bench().intake.records(tmp_path, school.register())
    assert sorted(side) == ["arrangements", "notices"]
    (row,) = side["arrangements"].rows(named=True)
    assert (row["kind"], row["start"], row["end"]) == ("part-time-timetable", date(2026, 3, 2), None)
    found = school.bench().concerns(school.register(), ["england-national"], records=tmp_path)
    reverse = next(one for one in found.results if one.rule.id == "arrangement-without-part-time")
    assert reverse.outcome is Outcome.FAILED and len(reverse.frame) == 1
    ran = attendance("concerns", *demo("--records", tmp_path, "--rule", "arrangement-without-part-time"))
    assert ran.status in (0, 1) and one in ran.out


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("arrangement", "pupil_id,start\n", "Did you mean 'arrangements'?"),
        ("notices", "name,on\nA,2026-01-01\n", "lacks a column that says whose"),
        ("notices", "pupil_id,on\nCANARY,2026-01-01\n", "row 2: names a pupil that the register does not hold"),
        ("notices", "pupil_id,on\n{pupil},soon\n", "row 2: on: is no date"),
        ("notices", "pupil_id,start,end\n{pupil},2026-02-01,2026-01-01\n", "row 2: ends before it starts"),
        ("notices", "enrolment_id,on\nCANARY,2026-01-01\n", "names an enrolment that the register does not hold"),
    ],
)
def test_records_that_cannot_be_used_are_named_by_row(tmp_path: Path, name: str, text: str, says: str) -> None:
    records(tmp_path, **{name: text.replace("{pupil}", next(pupils()))})
    with pytest.raises((DocumentError, MissingColumnError)) as caught:
        school.bench().intake.records(tmp_path, school.register())
    assert says in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_records_of_another_type_are_refused() -> None:
    with pytest.raises(InputError, match="a folder, or frames by kind"):
        school.bench().concerns(school.register(), records=7)
    with pytest.raises(UnknownNameError, match="england-nation"):
        school.bench().concerns(school.register(), ["england-nation"])


def test_a_pupil_of_several_schools_needs_a_school() -> None:
    from tests import trust

    register = trust.register()
    people = register.enrolments["pupil_id"].to_list()
    twice = next(one for one in people if people.count(one) > 1)
    table = pl.DataFrame({"pupil_id": [twice], "on": [date(2026, 1, 5)]})
    with pytest.raises(DocumentError, match="of several schools, and no school_id"):
        trust.bench().intake.records({"notices": table}, register)
    named = table.with_columns(school_id=pl.lit("north"))
    side = trust.bench().intake.records({"notices": named}, register)
    assert side["notices"]["enrolment_id"][0].startswith("north|")


def test_json_of_every_date_is_text() -> None:
    text = attendance("concerns", *demo("--format", "json")).out
    assert json.loads(text)["concerns"][0]["start"].count("-") == 2
