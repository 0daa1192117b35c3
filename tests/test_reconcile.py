"""Reconcile: every difference is named, explained by one setting, and the differences add up to the total."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.errors import AttendanceError, InputError, LayoutError, MissingColumnError, UnknownNameError
from attendance_core.measures.against import Against
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.reconcile import Reconciliation, reconcile, steps
from attendance_core.measures.scope import CLAUSES
from attendance_core.model.configuration import Configuration
from attendance_core.model.profiles import Profile
from attendance_core.reference.settings import load_profile, load_settings, profile_ids
from attendance_core.register.other_figures import Printed, Rounding
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench
from tests import school, test_engines
from tests.commands import attendance
from tests.registers import analysis, profile
from tests.shared import ROOT, shared
from tests.test_profiles import crowd, people

BENCH = Workbench.open(Configuration(), entry_points=False)
PLAIN, OFFICIAL, SIMPLE = (load_profile(name) for name in ("year-to-date", "official-statistics", "mis-simple"))
SUMS = ("attended", "absent", "possible", "enrolments", "persistent", "severe")
#: School days of 2020/21, when coronavirus marks were made; the spring bank holiday was 31 May.
LATE_DAY = date(2021, 6, 7)
DAYS = (date(2020, 9, 3), date(2020, 9, 4), date(2021, 5, 28), LATE_DAY, date(2021, 7, 16))


def held(register: Register, a: Profile, b: Profile) -> Reconciliation:
    return reconcile(register, a, b, Analysis.of(register, a).period)


def adds_up(found: Reconciliation) -> None:
    """Steps add up to the last line, that line is b minus a, and rows by pupil add up to the lines."""
    lines = found.totals.rows(named=True)
    one, other = found.sides.rows(named=True)
    assert lines[-1]["setting"] == "total"
    for name in SUMS:
        assert sum(line[name] for line in lines[:-1]) == lines[-1][name] == other[name] - one[name]
    for name in SUMS[:3]:
        ends = sum(row[f"{name}_b"] - row[f"{name}_a"] for row in found.pupils.rows(named=True))
        assert ends == lines[-1][name]
        for line in lines[:-1]:
            mine = [row[name] for row in found.changes.rows(named=True) if row["setting"] == line["setting"]]
            assert sum(mine) == line[name]
    for name, statuses in (("persistent", ("persistent", "severe")), ("severe", ("severe",))):
        ends = sum(
            (row["status_b"] in statuses) - (row["status_a"] in statuses) for row in found.pupils.rows(named=True)
        )
        assert ends == lines[-1][name]
    explained = [row for row in found.changes.rows(named=True) if row["explains"]]
    assert [(row["enrolment_id"], row["setting"]) for row in explained] == [
        (row["enrolment_id"], row["setting"]) for row in found.pupils.rows(named=True)
    ]


def ends_are_the_figures(found: Reconciliation, register: Register) -> None:
    """Each side is what an analysis of its own gives."""
    for row, chosen in zip(found.sides.rows(named=True), (found.a, found.b), strict=True):
        apart = Analysis.of(register, chosen, start=found.period.start, end=found.period.end)
        attendance = apart.figure("attendance")
        assert (row["attended"], row["possible"]) == (attendance.numerator, attendance.denominator)
        assert row["absent"] == apart.figure("absence").numerator
        assert row["persistent"] == apart.figure("persistent-absence").numerator
        assert row["severe"] == apart.figure("severe-absence").numerator
        assert row["enrolments"] == attendance.enrolments


# -- two profiles


def explained(found: Reconciliation) -> dict[str, tuple[str, str, str, str]]:
    """Pupil to both statuses, the setting named, and all that change something."""
    return {
        row["pupil_id"]: (row["status_a"], row["status_b"], row["setting"], row["settings"])
        for row in found.pupils.rows(named=True)
    }


def test_every_clause_explains_its_pupils() -> None:
    rows: list[dict[str, object]] = [
        {"Pupil": "young", "Born": "2021-01-01"},
        {"Pupil": "boards", "Boarder": "B"},
        {"Pupil": "late", "Start": date(2026, 5, 25)},
        {"Pupil": "oldest", "Born": "2010-01-01", "Marks": "//////II"},
        {"Pupil": "young-boards", "Born": "2021-01-01", "Boarder": "B"},
        {"Pupil": "alone", "School": "t"},
        *crowd(),
    ]
    found = held(people(rows), PLAIN, OFFICIAL)
    out = "not counted"
    assert explained(found) == {
        "young": ("severe", out, "ages-counted", "ages-counted"),
        "boards": ("severe", out, "boarders", "boarders"),
        "late": ("severe", out, "late-joiners", "late-joiners"),
        "oldest": ("persistent", "not persistent", "second-half-summer", "second-half-summer"),
        # Out by its age already, so the next clause changes nothing.
        "young-boards": ("severe", out, "ages-counted", "ages-counted"),
        "alone": ("severe", out, "small-schools", "small-schools"),
    }
    adds_up(found)
    ends_are_the_figures(found, people(rows))
    line = {row["setting"]: row for row in found.totals.rows(named=True)}
    assert (line["boarders"]["possible"], line["boarders"]["absent"], line["boarders"]["severe"]) == (-8, -4, -1)
    assert (line["second-half-summer"]["possible"], line["second-half-summer"]["persistent"]) == (-4, -1)


def test_the_first_setting_that_turns_the_status_is_named() -> None:
    """Both are aged 15; without June and with the coronavirus marks one of twelve sessions is absent.

    For ``back`` June makes 1 of 13 to 1 of 9, so persistent, and the marks turn that back. For ``turned`` it is 3 of
    13 and 1 of 9, both persistent, and the marks alone turn the status.
    """
    days = (*DAYS[:2], date(2020, 9, 7), date(2020, 9, 8), date(2020, 9, 9), *DAYS[2:])
    before = ["I", "X02", "X02", "X02", *"////////"]
    rows: list[dict[str, object]] = [
        {"Pupil": "back", "Born": "2005-01-01", "Marks": [*before, *"////"]},
        {"Pupil": "turned", "Born": "2005-01-01", "Marks": [*before, *"II//"]},
        *crowd(Born="2010-01-01", Marks="/"),
    ]
    register = people(rows, days=days)
    found = held(register, PLAIN, OFFICIAL)
    both = "second-half-summer, covid-x"
    assert explained(found) == {
        "back": ("not persistent", "not persistent", "second-half-summer", both),
        "turned": ("persistent", "not persistent", "covid-x", both),
    }
    told = [
        (row["pupil_id"], row["absent"], row["possible"], row["status_after"], row["explains"])
        for row in found.changes.rows(named=True)
    ]
    assert told == [
        ("back", 0, -4, "persistent", True),
        ("back", 0, 3, "not persistent", False),
        ("turned", -2, -4, "persistent", False),
        ("turned", 0, 3, "not persistent", True),
    ]
    adds_up(found)
    ends_are_the_figures(found, register)


def test_of_two_settings_that_turn_the_status_the_first_is_named() -> None:
    """Absent are 4 of 57; without June 4 of 7; and 4 of 12 with the coronavirus marks."""
    spring = (*DAYS[:2], date(2020, 9, 7), date(2020, 9, 8), date(2020, 9, 9), DAYS[2])
    summer = [LATE_DAY + timedelta(days=number) for number in range(25)]
    marks = [*"IIII///", *["X02"] * 5, *"/" * 50]
    rows: list[dict[str, object]] = [
        {"Pupil": "a", "Born": "2005-01-01", "Marks": marks},
        *crowd(Marks="/", Born="2010-01-01"),
    ]
    found = held(people(rows, days=(*spring, *summer)), PLAIN, OFFICIAL)
    both = "second-half-summer, covid-x"
    assert explained(found) == {"a": ("not persistent", "persistent", "second-half-summer", both)}
    assert [row["status_after"] for row in found.changes.rows(named=True)] == ["severe", "persistent"]
    adds_up(found)


def test_exactly_ten_and_fifty_percent_turn_with_the_boundary_alone() -> None:
    rows: list[dict[str, object]] = [
        {"Pupil": "ten", "Marks": "I/////////"},
        {"Pupil": "nine", "Marks": "//////////"},
        {"Pupil": "twenty", "Marks": "II////////"},
        {"Pupil": "fifty", "Marks": "IIIII/////"},
        {"Pupil": "sixty", "Marks": "IIIIII////"},
    ]
    found = held(people(rows, days=DAYS), PLAIN, SIMPLE)
    boundary = "persistent-boundary"
    assert explained(found) == {
        "ten": ("persistent", "not persistent", boundary, boundary),
        "fifty": ("severe", "persistent", boundary, boundary),
    }
    (line, total) = found.totals.rows(named=True)
    assert (line["persistent"], line["severe"], line["possible"]) == (-1, -1, 0)
    assert {name: line[name] for name in SUMS} == {name: total[name] for name in SUMS}


def test_steps_go_by_clauses_first_and_never_by_what_was_decided_in_reading() -> None:
    other = load_profile("official-statistics", {"d-not-possible-from": "2006-09-01", "small-denominator": "0"})
    names = [name for name, _ in steps(PLAIN, other)]
    assert names == [*CLAUSES, "covid-x", "small-denominator"]
    assert dict(steps(PLAIN, other)[-1][1].settings) == dict(other.settings) | {"d-not-possible-from": "2011-09-01"}
    assert steps(PLAIN, PLAIN) == ()


def test_a_profile_held_against_itself_differs_nowhere() -> None:
    found = held(people(crowd()), SIMPLE, SIMPLE)
    assert (len(found.pupils), len(found.changes)) == (0, 0)
    assert found.totals.rows() == [("total", "", "", 0, 0, 0, 0, 0, 0)]


def test_back_again_is_the_same_with_the_other_sign() -> None:
    register = school.register()
    there, back = held(register, PLAIN, OFFICIAL), held(register, OFFICIAL, PLAIN)
    assert there.totals.rows()[-1][3:] == tuple(-number for number in back.totals.rows()[-1][3:])
    assert len(there.pupils) == len(back.pupils) > 0


@pytest.mark.parametrize("a", profile_ids())
@pytest.mark.parametrize("b", profile_ids())
def test_differences_of_the_demo_school_add_up(a: str, b: str) -> None:
    found = school.bench().reconcile(school.register(), a, b)
    adds_up(found)
    ends_are_the_figures(found, school.register())


def test_differences_add_up_within_a_period() -> None:
    days = {"start": date(2026, 4, 20), "end": date(2026, 6, 30)}
    found = school.bench().reconcile(school.register(), "year-to-date", "official-statistics", **days)
    assert str(found.period) == "2026-04-20..2026-06-30"
    adds_up(found)
    ends_are_the_figures(found, school.register())


def of_the_day_file(*names: str) -> Any:
    """Reconcile a file of another make: absences without reasons, pupils of whom nothing else is known."""
    file = shared("data", "other", "oea_studentattendance.csv.gz")
    mapping = ROOT / "examples" / "mappings" / "oea-day.toml"
    return attendance("reconcile", file, "--mapping", mapping, "--profiles", *names, "--format", "json")


def test_a_file_without_characteristics_differs_nowhere_and_says_why() -> None:
    found = of_the_day_file("year-to-date", "official-statistics")
    assert found.status == 0
    missing = {one["setting"] for one in found.data["not_checked"]}
    assert missing == {"ages-counted", "boarders", "small-schools", "second-half-summer"}
    assert [side["possible"] for side in found.data["sides"]] == [24_000, 24_000]


def test_the_boundary_turns_exactly_those_at_the_limit() -> None:
    """Counted apart, from the rows of the file: twenty days each, so two days away are ten percent, and ten fifty."""
    found = of_the_day_file("year-to-date", "mis-simple")
    with gzip.open(shared("data", "other", "oea_studentattendance.csv.gz"), "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days, away = Counter(row["student_id"] for row in rows), Counter[str]()
    away.update(row["student_id"] for row in rows if row["PresenceFlag"] == "0")
    at_limit = {pupil for pupil, number in days.items() if 100 * away[pupil] in (10 * number, 50 * number)}
    assert at_limit
    assert {row["pupil_id"] for row in found.data["pupils"]} == at_limit
    total = found.data["totals"][-1]
    assert total["persistent"] == -sum(10 * away[pupil] == days[pupil] for pupil in days)
    assert total["severe"] == -sum(2 * away[pupil] == days[pupil] for pupil in days)


def test_profiles_without_what_they_need_say_so() -> None:
    found = held(people(crowd(), without=("Born", "Boarder")), PLAIN, OFFICIAL)
    told = [(id, one.setting) for id, one in found.not_checked]
    assert told == [
        ("official-statistics", name) for name in ("ages-counted", "boarders", "small-schools", "second-half-summer")
    ]
    assert len(found.pupils) == 0


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_engines_agree(engine: str) -> None:
    other = load_profile(
        "official-statistics", {"second-half-summer": "year-11-left-out", "persistent-boundary": "strict"}
    )
    expected = held(test_engines.register(), PLAIN, other)
    found = held(evolve(test_engines.register(), marks=test_engines.ENGINES[engine]()), PLAIN, other)
    assert found.totals.rows() == expected.totals.rows()
    assert found.pupils.rows() == expected.pupils.rows()
    assert found.changes.rows() == expected.changes.rows()
    assert len(found.pupils)


PUPIL = st.fixed_dictionaries(
    {
        "Born": st.sampled_from(
            ["", "2015-08-31", "2015-09-01", "2010-01-01", "2005-02-03", "2004-08-31", "2004-09-01"]
        ),
        "Boarder": st.sampled_from(["N", "N", "B", ""]),
        "Year": st.sampled_from(["R", "6", "11", "12"]),
        "School": st.sampled_from(["s", "s", "t"]),
        "Start": st.sampled_from([DAYS[0], DAYS[0], DAYS[2], LATE_DAY]),
        "Marks": st.lists(st.sampled_from(["/", "/", "/", "I", "O", "X02", "Y", "L"]), min_size=1, max_size=10),
    }
)
CHOICES = st.fixed_dictionaries(
    {id: st.sampled_from(one.choices) for id, one in load_settings().items() if not one.reading}
)


@settings(max_examples=60, deadline=timedelta(seconds=10))
@given(rows=st.lists(PUPIL, min_size=1, max_size=9), a=CHOICES, b=CHOICES)
def test_differences_add_up_whatever_the_profiles(
    rows: list[dict[str, Any]], a: dict[str, str], b: dict[str, str]
) -> None:
    register = people([{"Pupil": f"p{index}", **row} for index, row in enumerate(rows)], days=DAYS)
    found = held(register, load_profile("year-to-date", a), load_profile("year-to-date", b))
    adds_up(found)
    ends_are_the_figures(found, register)


# -- another system


def against(
    register: Register, rows: Sequence[Mapping[str, object]], columns: Mapping[str, str] | None = None, name: str = ""
) -> Against:
    frame = pl.DataFrame([{key: str(value) for key, value in row.items()} for row in rows])
    return BENCH.reconcile_against(register, frame, columns=dict(columns or {}), profile=name)


def reasons_of(found: Against) -> dict[str, tuple[str, str]]:
    return {row["pupil_id"]: (row["setting"], row["choice"]) for row in found.pupils.rows(named=True)}


def conserved(found: Against) -> None:
    """No row is lost, and the differences add up."""
    assert found.rows == found.agreed + len(found.pupils) + len(found.only_there) + len(found.rejects)
    *lines, total = found.totals.rows(named=True)
    assert total["setting"] == "total"
    assert sum(line["pupils"] for line in lines) == total["pupils"]
    for name in ("attended", "absent", "possible", "persistent"):
        told = [line[name] for line in lines]
        assert (total[name] is None and set(told) <= {None}) or sum(told) == total[name]


@cache
def mixed() -> Register:
    return people(
        [
            {"Pupil": "young", "Born": "2021-01-01"},
            {"Pupil": "boards", "Boarder": "B"},
            {"Pupil": "oldest", "Born": "2010-01-01", "Marks": "//////II"},
            *crowd(),
        ]
    )


def theirs(register: Register, chosen: Profile) -> list[dict[str, object]]:
    """What a system that counts by a profile gives of its pupils."""
    names = dict(register.enrolments.select("enrolment_no", "pupil_id").iter_rows())
    found = Analysis.of(register, chosen).enrolments()
    return [
        {"Pupil ID": names[row["enrolment_no"]], "Absent": row["absent"], "Possible": row["possible"]}
        for row in found.rows(named=True)
    ]


def test_the_same_figures_differ_nowhere() -> None:
    found = against(mixed(), theirs(mixed(), PLAIN))
    assert (found.rows, found.agreed, found.differences) == (9, 9, 0)
    assert found.totals.rows() == [("total", "", 0, None, 0, 0, 0)]
    conserved(found)


def test_a_clause_of_the_other_system_is_found() -> None:
    found = against(mixed(), theirs(mixed(), OFFICIAL))
    assert reasons_of(found) == {"oldest": ("second-half-summer", "aged-15-left-out")}
    gone = {row["pupil_id"]: (row["setting"], row["choice"]) for row in found.only_here.rows(named=True)}
    assert gone == {"young": ("ages-counted", "5-to-15"), "boards": ("boarders", "left-out")}
    lines = {row["setting"]: row for row in found.totals.rows(named=True)}
    assert (lines["second-half-summer"]["absent"], lines["second-half-summer"]["possible"]) == (-2, -4)
    assert (lines["only here"]["absent"], lines["only here"]["possible"], lines["only here"]["persistent"]) == (
        -8,
        -16,
        -2,
    )
    assert (lines["total"]["absent"], lines["total"]["possible"], lines["total"]["persistent"]) == (-10, -20, -3)
    conserved(found)


def test_the_profile_in_use_may_be_another_one() -> None:
    found = against(mixed(), theirs(mixed(), PLAIN), name="official-statistics")
    assert reasons_of(found) == {
        "young": ("ages-counted", "all"),
        "boards": ("boarders", "counted"),
        "oldest": ("second-half-summer", "counted"),
    }
    conserved(found)


def test_several_choices_that_fit_are_all_told() -> None:
    found = against(mixed(), [{"Pupil ID": "oldest", "Absent": 0, "Possible": 4}])
    (row,) = found.pupils.rows(named=True)
    assert row["also"] == "second-half-summer = left-out"
    assert {row["pupil_id"] for row in found.only_here.rows(named=True)} == {
        "young",
        "boards",
        *(f"c{n}" for n in range(6)),
    }


def test_coronavirus_marks_explain_a_percentage() -> None:
    register = people([{"Pupil": "a", "Marks": ["/", "I", "X02", "X02"]}], days=DAYS[:2])
    assert reasons_of(against(register, [{"Pupil ID": "a", "Attendance %": "25.0"}])) == {"a": ("covid-x", "possible")}
    assert not reasons_of(against(register, [{"Pupil ID": "a", "Attendance %": "50.0"}]))


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("67", None),
        ("66.7%", None),
        ("66.67 %", None),
        ("66.666667", None),
        ("66.66666667", None),
        ("66", ("rounding", "cut-off")),
        ("66.6", ("rounding", "cut-off")),
        ("68", ("not explained", "")),
    ],
)
def test_a_percentage_is_compared_as_printed(shown: str, why: tuple[str, str] | None) -> None:
    register = people([{"Pupil": "a", "Marks": "//I//I"}], days=DAYS[:3])
    found = against(register, [{"Pupil ID": "a", "Attendance": shown}])
    assert reasons_of(found) == ({} if why is None else {"a": why})
    conserved(found)


def test_halves_may_go_to_the_even_digit() -> None:
    """Five of eight are 62.5 %: 63 as percentages are rounded here, 62 where halves go to the even digit."""
    register = people([{"Pupil": "a", "Marks": "/////III"}])
    assert not reasons_of(against(register, [{"Pupil ID": "a", "Attendance": 63}]))
    (row,) = against(register, [{"Pupil ID": "a", "Attendance": 62}]).pupils.rows(named=True)
    assert (row["setting"], row["choice"], row["also"]) == ("rounding", "half-even", "rounding = cut-off")


@given(part=st.integers(0, 400), whole=st.integers(1, 400), decimals=st.integers(0, 4))
def test_a_share_is_printed_in_one_way_by_each_rounding(part: int, whole: int, decimals: int) -> None:
    exact = Fraction(100 * min(part, whole), whole) * 10**decimals
    expected = {
        Rounding.HALF_UP: floor(exact + Fraction(1, 2)),
        Rounding.HALF_EVEN: round(exact),
        Rounding.CUT: floor(exact),
    }
    for rounding, units in expected.items():
        for near in (units - 1, units, units + 1):
            assert Printed(units=near, decimals=decimals).shows(min(part, whole), whole, rounding) is (near == units)


def test_a_status_at_the_limit_is_explained_by_the_boundary() -> None:
    rows: list[dict[str, object]] = [
        {"Pupil": "ten", "Marks": "I/////////"},
        {"Pupil": "twenty", "Marks": "II////////"},
    ]
    register = people(rows, days=DAYS)
    given = [
        {"Pupil ID": "ten", "Attendance %": "90.0", "PA": "N"},
        {"Pupil ID": "twenty", "Attendance %": "80.0", "PA": "Y"},
    ]
    found = against(register, given)
    assert reasons_of(found) == {"ten": ("persistent-boundary", "strict")}
    assert found.totals.rows(named=True)[-1]["persistent"] == -1
    conserved(found)


def test_no_row_is_lost_and_each_is_named_by_its_row() -> None:
    rows = [
        {"Pupil ID": "c0", "Attendance %": "50.0"},
        {"Pupil ID": "c1", "Attendance %": "none"},
        {"Pupil ID": "c2", "Attendance %": "50.0"},
        {"Pupil ID": "c2", "Attendance %": "50.0"},
        {"Pupil ID": "c3", "Attendance %": "50.0"},
        {"Pupil ID": "c3", "Attendance %": "60.0"},
        {"Pupil ID": "", "Attendance %": "60.0"},
        {"Pupil ID": "stranger", "Attendance %": "60.0"},
        {"Pupil ID": "c4", "Attendance %": "150.0"},
        {"Pupil ID": "c4", "Attendance %": "50.0"},
        {"Pupil ID": "", "Attendance %": ""},
    ]
    found = against(mixed(), rows)
    assert (found.rows, found.agreed) == (10, 2)
    assert [(row, reason) for row, reason, _ in found.rejects.rows()] == [
        (2, "unreadable"),
        (4, "duplicate"),
        (5, "duplicate"),
        (6, "duplicate"),
        (7, "no-pupil"),
        (9, "unreadable"),
        (10, "duplicate"),
    ]
    assert found.only_there.rows() == [(8, "stranger", "")]
    # Pupils of rows that were not compared are on neither side.
    assert {row["pupil_id"] for row in found.only_here.rows(named=True)} == {"young", "boards", "oldest", "c5"}
    assert not [text for _, _, text in found.rejects.rows() if any(id in text for id in ("c1", "c2", "c3", "c4"))]
    conserved(found)


def test_schools_tell_pupils_of_one_id_apart() -> None:
    register = people([{"Pupil": "a", "School": "s"}, {"Pupil": "a", "School": "t", "Marks": "/"}, {"Pupil": "b"}])
    told = [
        {"School ID": "s", "Pupil ID": "a", "Attendance": "50"},
        {"School ID": "t", "Pupil ID": "a", "Attendance": "99"},
        {"School ID": "s", "Pupil ID": "b", "Attendance": "50"},
    ]
    found = against(register, told)
    assert [(row["school_id"], row["setting"]) for row in found.pupils.rows(named=True)] == [("t", "not explained")]
    conserved(found)
    blind = against(register, [{"Pupil ID": "a", "Attendance": "50"}, {"Pupil ID": "b", "Attendance": "50"}])
    assert blind.rejects.rows() == [(1, "several-schools", "two schools have a pupil of this id")]
    assert len(blind.only_here) == 0
    conserved(blind)


def test_a_pupil_s_enrolments_at_a_school_are_added_up() -> None:
    rows: list[dict[str, object]] = [
        {"Pupil": "a", "Start": date(2025, 9, 3), "End": date(2025, 9, 10)},
        {"Pupil": "a", "Start": date(2026, 5, 25)},
        *crowd(),
    ]
    found = against(people(rows), [{"Pupil ID": "a", "Absent": 3, "Possible": 6}])
    assert found.agreed == 1


def test_what_the_register_cannot_judge_is_told_as_untried() -> None:
    found = against(people(crowd(), without=("Born", "Boarder")), [{"Pupil ID": "c0", "Attendance": "90"}])
    assert {one.setting for one in found.untried} == {"ages-counted", "boarders", "small-schools", "second-half-summer"}
    assert reasons_of(found) == {"c0": ("not explained", "")}


REFUSED: list[tuple[list[dict[str, object]], dict[str, str], type[AttendanceError], str]] = [
    ([{"Pupil ID": "c0", "Year Group": "7"}], {}, LayoutError, "no column is known to hold a figure of attendance"),
    ([{"Form": "7A", "Attendance %": "93"}], {}, LayoutError, "no column is known to hold the pupil's id"),
    ([{"Pupil ID": "c0", "UPN": "c0", "Attendance %": "93"}], {}, LayoutError, "2 columns may hold pupil_id"),
    ([{"Pupil ID": "c0", "Att %": "9", "Attendance %": "93"}], {}, LayoutError, "2 columns may hold attendance"),
    (
        [{"Pupil ID": "c0", "Attendance": "0.93"}, {"Pupil ID": "c1", "Attendance": "1"}],
        {},
        LayoutError,
        "nothing above 1",
    ),
    ([{"Pupil ID": "CANARY", "Attendance": "93"}], {}, InputError, "names not one pupil of the register"),
    ([{"Pupil ID": "c0", "Attendance": "93"}], {"absense": "Attendance"}, UnknownNameError, "Did you mean 'absence'?"),
    (
        [{"Pupil ID": "c0", "Attendance": "93"}],
        {"absence": "Absense"},
        MissingColumnError,
        "column 'Absense' is missing",
    ),
]


@pytest.mark.parametrize(("rows", "columns", "error", "says"), REFUSED, ids=[case[3] for case in REFUSED])
def test_what_cannot_be_compared_is_refused(
    rows: list[dict[str, object]], columns: dict[str, str], error: type[AttendanceError], says: str
) -> None:
    with pytest.raises(error) as caught:
        against(mixed(), rows, columns)
    assert says in str(caught.value)
    assert all(fault.remedy and fault.expected for fault in caught.value.faults)
    assert "CANARY" not in str(caught.value)


def test_a_column_can_be_named() -> None:
    rows = [{"Who": "c0", "Share": "50"}]
    assert against(mixed(), rows, {"pupil_id": "Who", "attendance": "Share"}).agreed == 1
    assert against(mixed(), [{"Adm No": "c0", "Absences": "4", "Sessions Possible": "8"}]).agreed == 1
    assert against(mixed(), [{"Pupil": "c0", "Absence %": "50", "Attendances": "4"}]).agreed == 1


# -- the command


def files(folder: Path, rows: str) -> tuple[Path, Path]:
    other = folder / "other.csv"
    other.write_text(rows, encoding="utf-8")
    return school.folder() / "marks.csv", other


CONFIG = ("--config", school.folder() / "attendance.toml")


def test_the_command_prints_both_sides_and_every_pupil() -> None:
    marks = school.folder() / "marks.csv"
    asked = ("reconcile", marks, "--profiles", "year-to-date", "mis-simple", *CONFIG)
    told, data, rows = (attendance(*asked, "--format", name) for name in ("terminal", "json", "csv"))
    assert told.status == data.status == rows.status == 1
    assert "What each setting changes, from a to b" in told.out
    expected = school.bench().reconcile(school.register(), "year-to-date", "mis-simple")
    assert data.data["totals"] == expected.totals.rows(named=True)
    assert data.data["pupils"] == expected.pupils.rows(named=True)
    assert data.data["a"]["settings"]["persistent-boundary"] == "inclusive"
    assert len(rows.out.splitlines()) == 1 + len(expected.changes)
    assert all(row["pupil_id"] in told.out for row in expected.pupils.rows(named=True))
    same = attendance("reconcile", marks, "--profiles", "mis-simple", "mis-simple", *CONFIG)
    assert same.status == 0
    assert "No enrolment differs." in same.out


def test_the_command_holds_another_system_against_the_marks(tmp_path: Path) -> None:
    found = analysis(school.register()).enrolments()
    assert len(found)
    names = dict(school.register().enrolments.select("enrolment_no", "pupil_id").iter_rows())
    lines = [
        f"{names[row['enrolment_no']]},{row['attended']},{row['possible']}"
        for row in school.bench().analyse(school.register()).enrolments().rows(named=True)
    ]
    marks, other = files(tmp_path, "\n".join(["Pupil ID,Attended,Possible", *lines]) + "\n")
    same = attendance("reconcile", marks, "--against", other, *CONFIG)
    assert same.status == 0, same.err
    assert "No pupil differs." in same.out
    pupil = lines[0].split(",")[0]
    marks, other = files(
        tmp_path, "\n".join(["Key,Att,Possible", f"{pupil},1,2", *lines[1:], "nobody,1,2", ",3,3"]) + "\n"
    )
    named = ("--column", "pupil_id=Key", "--column", "attended=Att")
    asked = ("reconcile", marks, "--against", other, *named, *CONFIG)
    told, data, rows = (attendance(*asked, "--format", name) for name in ("terminal", "json", "csv"))
    assert told.status == data.status == rows.status == 1
    assert "Pupils only there: 1" in told.out
    assert (data.data["rows"], data.data["agreed"], len(data.data["pupils"])) == (len(lines) + 2, len(lines) - 1, 1)
    assert data.data["pupils"][0]["setting"] == "not explained"
    kinds = [line.split(",")[0] for line in rows.out.splitlines()]
    assert kinds == ["kind", "differs", "only there", "not compared"]


COMMANDS: list[tuple[list[object], str]] = [
    ([], "Give either --profiles A B or --against FILE"),
    (
        ["--profiles", "year-to-date", "mis-simple", "--against", "x.csv"],
        "Give either --profiles A B or --against FILE",
    ),
    (
        ["--profiles", "year-to-date", "mis-simple", "--profile", "mis-simple"],
        "--profile and --column go with --against",
    ),
    (["--profiles", "year-to-date", "mis-simpel"], "profile 'mis-simpel': is unknown"),
    (["--against", "x.csv", "--column", "pupil_id"], "--column is written FIELD=HEADING"),
    (["--against", "nowhere.csv"], "nowhere.csv"),
    (["--against", "nowhere.csv", "--profile", "yearly"], "profile 'yearly': is unknown"),
]


@pytest.mark.parametrize(("arguments", "says"), COMMANDS, ids=[case[1] for case in COMMANDS])
def test_what_the_command_refuses(arguments: list[object], says: str) -> None:
    ran = attendance("reconcile", school.folder() / "marks.csv", *arguments, *CONFIG)
    assert ran.status == 2
    assert says in ran.err


def test_counts_are_refused(tmp_path: Path) -> None:
    mapping = tmp_path / "counts.toml"
    mapping.write_text(
        'id = "c"\nlayout = "counts"\ncolumns = { pupil_id = "P" }\n[[counts]]\ncolumn = "Ill"\ncode = "I"\n',
        encoding="utf-8",
    )
    marks = tmp_path / "counts.csv"
    marks.write_text("P,Ill\na,3\n", encoding="utf-8")
    ran = attendance("reconcile", marks, "--mapping", mapping, "--profiles", "year-to-date", "mis-simple")
    assert ran.status == 2
    assert ran.told == [
        f"error: {marks}: holds no session marks; expected session marks. Reconcile the marks themselves."
    ]


def test_results_are_plain_data() -> None:
    marks = school.folder() / "marks.csv"
    ran = attendance(
        "reconcile", marks, "--profiles", "year-to-date", "official-statistics", *CONFIG, "--format", "json"
    )
    assert json.loads(ran.out)["not_checked"] == [
        {
            "profile": "official-statistics",
            "setting": "boarders",
            "reason": "the register has no boarder",
            "enrolments": None,
        }
    ]
    assert profile().id == "year-to-date"


def test_what_a_school_chose_otherwise_is_told(tmp_path: Path) -> None:
    config = (school.folder() / "attendance.toml").read_text(encoding="utf-8")
    assert "[policy.settings]" not in config
    for name in ("marks.csv", "pupils.csv", "calendar.toml"):
        (tmp_path / name).write_bytes((school.folder() / name).read_bytes())
    own = tmp_path / "attendance.toml"
    own.write_text(config + '\n[policy.settings]\npersistent-boundary = "strict"\n', encoding="utf-8")
    ran = attendance("reconcile", tmp_path / "marks.csv", "--profiles", "year-to-date", "mis-simple", "--config", own)
    assert ran.status == 0, ran.err
    assert "(year-to-date), with this school's persistent-boundary = strict\n" in ran.out
    assert "below 50 % (mis-simple)\n" in ran.out
