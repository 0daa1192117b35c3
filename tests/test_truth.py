"""The library's figures equal the truth that the demo school's generator planted."""

import json
import tomllib
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from attendance_core.dates import DateRange
from attendance_core.demo import make_school, write_school
from attendance_core.documents.converter import structure
from attendance_core.documents.loader import load_toml
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.completeness import completeness
from attendance_core.measures.definitions import BANDS
from attendance_core.measures.periods import named, weeks
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.configuration import Configuration
from attendance_core.reference.cohorts import load_cohort_pack
from tests.registers import profile, read, typed

SEEDS = (1, 20)
PERIODS = ("2024/25", "2025/26", "whole")
#: The truth's name of a count, and the tally's.
TOTALS = {
    "possible": "possible",
    "attended": "attended",
    "present": "present",
    "aea": "aea",
    "absent": "absent",
    "authorised": "authorised",
    "unauthorised": "unauthorised",
    "late_before_close": "late_before",
    "late_after_close": "late_after",
    "not_possible": "not_possible",
}


@cache
def school(seed: int) -> tuple[Analysis, dict[str, Any]]:
    with TemporaryDirectory() as folder:
        path = Path(folder)
        write_school(make_school(pupils=150, seed=seed), path)
        configuration = load_toml(path / "attendance.toml", Configuration)
        (calendar,) = tomllib.loads((path / "calendar.toml").read_text(encoding="utf-8"))["calendar"]
        assert configuration.mapping is not None
        assert configuration.pupils is not None
        register = read(
            typed(pl.read_csv(path / "marks.csv", infer_schema=False)),
            configuration.mapping,
            pupils=typed(pl.read_csv(path / "pupils.csv", infer_schema=False)),
            pupils_mapping=configuration.pupils,
            calendars=[structure(calendar, CalendarDocument, where="calendar.toml")],
        )
        truth = json.loads((path / "truth.json").read_text(encoding="utf-8"))
    return Analysis.of(register, profile(), [load_cohort_pack()]), truth


@pytest.fixture(params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=PERIODS)
def period(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def range_of(truth: dict[str, Any], period: str) -> DateRange:
    planted = truth["periods"][period]
    return DateRange(date.fromisoformat(planted["start"]), date.fromisoformat(planted["end"]))


def same(found: Any, planted: dict[str, int]) -> None:
    assert {name: found[column] for name, column in TOTALS.items()} == {name: planted[name] for name in TOTALS}


def test_every_row_is_accounted_for(seed: int) -> None:
    analysis, truth = school(seed)
    account = analysis.register.account
    assert account.conserved
    assert (account.rows, account.coded, account.no_mark, account.rejected) == (
        truth["rows"]["written"],
        truth["rows"]["coded"],
        truth["rows"]["no_mark"],
        0,
    )
    assert account.enrolments == truth["about"]["enrolments"]
    # The # marks stand on an INSET day; closures are no marks of an open session, so nothing is doubtful.
    assert account.doubts == ()


def test_totals_and_codes(seed: int, period: str) -> None:
    analysis, truth = school(seed)
    planted, days = truth["periods"][period], range_of(truth, period)
    whole = analysis.totals(["all"], days)["all"]
    same(whole, planted["totals"])
    assert whole["administrative"] == planted["totals"]["administrative"]
    codes = analysis.codes(days)
    assert dict(zip(codes["code"].to_list(), codes["marks"].to_list(), strict=True)) == planted["codes"]
    minutes = analysis.minutes(days)
    assert minutes is not None
    assert minutes[0] == planted["totals"]["minutes_late"] == analysis.figure("minutes-late", "all", days).numerator
    same({name: analysis.slot_totals([], days)[name][0] for name in TOTALS.values()}, planted["totals"])


def test_shares_and_bands(seed: int, period: str) -> None:
    analysis, truth = school(seed)
    planted, days = truth["periods"][period], range_of(truth, period)
    enrolments = planted["enrolments"]
    whole = analysis.totals(["all"], days)["all"]
    assert whole["enrolments"] == enrolments["with_possible"]
    persistent = analysis.figure("persistent-absence", "all", days)
    severe = analysis.figure("severe-absence", "all", days)
    assert (persistent.numerator, persistent.denominator) == (enrolments["persistent"], enrolments["with_possible"])
    assert (severe.numerator, severe.denominator) == (enrolments["severe"], enrolments["with_possible"])
    exclusive = analysis.figure("persistent-not-severe", "all", days).numerator
    assert exclusive == enrolments["persistent"] - enrolments["severe"]
    assert [analysis.figure(band, "all", days).numerator for band in BANDS] == [
        planted["bands"][f"{low}-{low + 5 if low < 50 else 100}"] for low in range(0, 55, 5)
    ]
    # An enrolment that was due but has no coded mark at all is not in the marks; the others without are counted.
    marked = whole["enrolments"] + whole["without_possible"]
    assert enrolments["with_possible"] < marked <= enrolments["due"]


@pytest.mark.parametrize(
    ("key", "population"),
    [
        ("by_year_group", "year-group={}"),
        ("by_sex", "sex={}"),
        ("by_form", "form={}"),
        ("by_fsm", "fsm"),
        ("by_eal", "eal"),
        ("by_sen", "sen-status={}"),
    ],
)
@pytest.mark.parametrize("year", PERIODS[:2])
def test_groups(seed: int, year: str, key: str, population: str) -> None:
    analysis, truth = school(seed)
    days = range_of(truth, year)
    for value, planted in truth["periods"][year][key].items():
        name = population.format(value) if "{" in population else population if value == "Y" else f"not:{population}"
        if not value or name.endswith("="):
            continue
        totals = analysis.totals([name], days)[name]
        same(totals, planted)
        assert totals["enrolments"] == planted["enrolments"]["with_possible"], name
        found = analysis.figure("persistent-absence", name, days)
        assert found.numerator == planted["enrolments"]["persistent"], name
        assert analysis.figure("severe-absence", name, days).numerator == planted["enrolments"]["severe"], name


@pytest.mark.parametrize("year", PERIODS[:2])
def test_the_rest_is_everybody_else(seed: int, year: str) -> None:
    analysis, truth = school(seed)
    days = range_of(truth, year)
    planted = truth["periods"][year]
    found = analysis.totals(["fsm", "year-group=9"], days, rest=True)
    same(found["not:fsm"], planted["by_fsm"]["N"])
    assert found["not:fsm"]["n:persistent-absence"] == planted["by_fsm"]["N"]["enrolments"]["persistent"]
    others = Counter()  # type: ignore[var-annotated]
    for group, values in planted["by_year_group"].items():
        if group != "9":
            others.update({name: values[name] for name in TOTALS})
    same(found["not:year-group=9"], dict(others))


def test_weeks_and_slots_of_the_week(seed: int, period: str) -> None:
    analysis, truth = school(seed)
    planted, days = truth["periods"][period], range_of(truth, period)
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    heat = analysis.week_slots(days)
    for row in heat.rows(named=True):
        same(row, planted["by_slot"][f"{names[row['weekday']]} {row['session']}"])
    assert len(heat) == len(planted["by_slot"])
    for week in weeks(analysis.register, days):
        monday = week.start - timedelta(days=week.start.weekday())
        same(analysis.slot_totals([], week).rows(named=True)[0], planted["by_week"][monday.isoformat()])
    assert len(weeks(analysis.register, days)) == len(planted["by_week"])
    weekly = analysis.enrolment_weeks(days)
    assert weekly["possible"].sum() == planted["totals"]["possible"]
    assert set(map(str, weekly["week"].unique().to_list())) == set(planted["by_week"])


def test_a_slot_of_one_weekday_and_session(seed: int) -> None:
    analysis, truth = school(seed)
    planted, days = truth["periods"]["2025/26"], range_of(truth, "2025/26")
    friday = planted["by_slot"]["Friday PM"]
    figure = analysis.figure("attendance", "all", days, slot="Friday-PM")
    assert (figure.numerator, figure.denominator) == (friday["attended"], friday["possible"])


@pytest.mark.parametrize("year", PERIODS[:2])
def test_terms_and_half_terms(seed: int, year: str) -> None:
    analysis, truth = school(seed)
    days = range_of(truth, year)
    terms = named(analysis.register, "term", days)
    assert {f"{year} {name}" for name, _ in terms} == set(truth["periods"][year]["by_term"])
    for name, span in terms:
        same(analysis.totals(["all"], span)["all"], truth["periods"][year]["by_term"][f"{year} {name}"])
    halves = named(analysis.register, "half_term", days)
    assert {f"{year} {name.lower()}" for name, _ in halves} == set(truth["periods"][year]["by_half_term"])
    assert [name for name, _ in halves] == [
        f"{term} {half}" for term in ("Autumn", "Spring", "Summer") for half in (1, 2)
    ]
    for name, span in halves:
        same(analysis.totals(["all"], span)["all"], truth["periods"][year]["by_half_term"][f"{year} {name.lower()}"])


def test_spells(seed: int, period: str) -> None:
    analysis, truth = school(seed)
    planted, days = truth["periods"][period]["spells"], range_of(truth, period)
    found = analysis.spells(days)
    assert (len(found), found["sessions"].max(), found["sessions"].sum()) == (
        planted["count"],
        planted["longest"],
        planted["sessions"],
    )
    assert analysis.figure("spells", "all", days).numerator == planted["count"]


def test_sessions_due_taken_and_missing(seed: int, period: str) -> None:
    analysis, truth = school(seed)
    planted, days = truth["periods"][period]["totals"], range_of(truth, period)
    found = completeness(analysis, days)
    assert (found.due, found.missing) == (planted["sessions_due"], planted["sessions_missing"])
    assert found.taken == planted["sessions_due"] - planted["sessions_missing"]
    assert found.has_forms
    for column in ("form", "date"):
        sums = found.by(column)
        assert (sums["due"].sum(), sums["missing"].sum()) == (found.due, found.missing)
