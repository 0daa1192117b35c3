"""Profiles: what each clause leaves out, on both sides of its edge, and what is said where it cannot be judged."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import UnknownNameError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.completeness import completeness
from attendance_core.measures.definitions import load_measures
from attendance_core.measures.explain import explain, sessions
from attendance_core.measures.scope import CLAUSES, active, unchecked
from attendance_core.measures.tallies import slot_tally
from attendance_core.model.configuration import Choices, Configuration
from attendance_core.model.mappings import CountColumn, Layout
from attendance_core.model.mappings import Mapping as Mapped
from attendance_core.model.measures import MeasureKind
from attendance_core.model.reports import Table
from attendance_core.reference.census import load_census
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.reference.settings import load_profile, load_settings
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench
from tests import school, test_engines, test_lessons
from tests.commands import attendance
from tests.registers import LONG, PACK, PUPILS, analysis, marks_table, profile, read, table, with_columns

#: School days of 2025/26 around the spring bank holiday, 25 May 2026.
BEFORE, FIRST = date(2026, 5, 22), date(2026, 5, 25)
DAYS = (date(2025, 9, 3), BEFORE, FIRST, date(2026, 7, 17))
PEOPLE = evolve(
    PUPILS,
    columns={"pupil_id": "Pupil", "school_id": "School", "start": "Start", "end": "End", "date_of_birth": "Born"},
    characteristics={"year_group": "Year", "boarder": "Boarder"},
)
HEADINGS = ("Pupil", "School", "Start", "End", "Born", "Year", "Boarder")
#: Ten years old on 31 August 2025.
TEN = "2015-03-01"
Rows = Sequence[Mapping[str, object]]


def people(rows: Rows, *, without: Iterable[str] = (), days: Sequence[date] = DAYS) -> Register:
    """A register in which everybody is marked on every day on roll.

    Marks are present in the morning and ill in the afternoon, or those of the row, over and over.
    """
    marks = []
    for row in rows:
        start, end = (
            date.fromisoformat(str(row.get(name) or day)) for name, day in (("Start", days[0]), ("End", date.max))
        )
        given: Any = row.get("Marks") or ("/", "I")
        slots = [(day, half) for day in days for half in ("AM", "PM") if start <= day <= end]
        for place, (day, half) in enumerate(slots):
            marks.append((row["Pupil"], row.get("School", "s"), day, half, given[place % len(given)]))
    names = [name for name in HEADINGS if name not in set(without)]
    mapping = evolve(
        PEOPLE,
        columns={field: name for field, name in PEOPLE.columns.items() if name in names},
        characteristics={field: name for field, name in PEOPLE.characteristics.items() if name in names},
    )
    filled = [{"School": "s", "Start": days[0], "Born": TEN, "Year": "6", "Boarder": "N", **row} for row in rows]
    return read(
        table(("Pupil", "School", "Date", "Session", "Mark"), marks),
        with_columns(LONG, school_id="School"),
        pupils=table(names, [[row.get(name) for name in names] for row in filled]),
        pupils_mapping=mapping,
    )


def crowd(number: int = 6, **same: object) -> list[dict[str, object]]:
    """So many pupils of whom no clause says anything."""
    return [{"Pupil": f"c{index}", **same} for index in range(number)]


def under(register: Register, **choices: str) -> Analysis:
    """The register under year-to-date with other choices, clauses spelled with underscores."""
    return Analysis.of(register, profile(**choices), [PACK])


def counted(register: Register, **choices: str) -> dict[str, list[date]]:
    """Pupil to the days that count under these choices; whoever has none is not in it."""
    found = under(register, **choices).counted
    names = dict(register.enrolments.select("enrolment_no", "pupil_id").iter_rows())
    rows = found.marks.select("enrolment_no", "date").collect("polars").unique().sort("enrolment_no", "date")
    days: dict[str, list[date]] = {}
    for number, day in rows.iter_rows():
        days.setdefault(names[number], []).append(day)
    return days


def reasons(register: Register, **choices: str) -> list[tuple[str, str, int | None]]:
    return [(one.setting, one.reason, one.enrolments) for one in under(register, **choices).scope.not_checked]


# -- ages


@pytest.mark.parametrize(
    ("born", "counts"),
    [
        ("2020-08-31", True),  # five on the day
        ("2020-09-01", False),  # four
        ("2009-09-01", True),  # fifteen, and sixteen on the next day
        ("2009-08-31", False),  # sixteen on the day
    ],
)
def test_ages_are_those_on_31_august(born: str, counts: bool) -> None:
    register = people([{"Pupil": "a", "Born": born}, *crowd()])
    assert ("a" in counted(register, ages_counted="5-to-15")) is counts
    assert counted(register)["a"] == list(DAYS)


def test_ages_are_asked_for_each_school_year() -> None:
    """Four in the first year and five in the second: only the second counts."""
    marks = [
        ("a", day, half, "/")
        for day in (date(2024, 9, 4), date(2025, 7, 18), date(2025, 9, 3))
        for half in ("AM", "PM")
    ]
    mapping = evolve(PEOPLE, columns={"pupil_id": "Pupil", "date_of_birth": "Born"}, characteristics={})
    register = read(marks_table(marks), pupils=table(("Pupil", "Born"), [("a", "31/08/2020")]), pupils_mapping=mapping)
    assert counted(register, ages_counted="5-to-15") == {"a": [date(2025, 9, 3)]}


def test_whoever_has_no_date_of_birth_is_kept_and_that_is_said() -> None:
    register = people(
        [{"Pupil": "a", "Born": ""}, {"Pupil": "b", "Born": "2022-01-01"}, {"Pupil": "c", "Born": "soon"}]
    )
    assert set(counted(register, ages_counted="5-to-15")) == {"a", "c"}
    reason = "some enrolments have no date_of_birth that can be read, and are kept"
    assert reasons(register, ages_counted="5-to-15") == [("ages-counted", reason, 2)]
    (doubt,) = [one for one in register.account.doubts if "date_of_birth" in one.text]
    assert doubt.rows == (4,)
    assert "soon" not in doubt.told


@pytest.mark.parametrize(
    ("clause", "choice"),
    [("ages_counted", "5-to-15"), ("small_schools", "left-out"), ("second_half_summer", "aged-15-left-out")],
)
def test_without_dates_of_birth_a_clause_is_not_checked(clause: str, choice: str) -> None:
    register = people(crowd(2), without=("Born",))
    assert reasons(register, **{clause: choice}) == [
        (clause.replace("_", "-"), "the register has no date_of_birth", None)
    ]
    assert under(register, **{clause: choice}).counted is register


def test_two_dates_of_birth_are_none() -> None:
    rows = [("a", "2024/25", "2021-01-01"), ("a", "2025/26", "2015-01-01"), ("b", "2025/26", "2021-01-01")]
    mapping = evolve(
        PEOPLE,
        columns={"pupil_id": "Pupil", "academic_year": "Year", "date_of_birth": "Born"},
        characteristics={},
    )
    marks = [(pupil, day, "AM", "/") for pupil in "ab" for day in DAYS]
    register = read(marks_table(marks), pupils=table(("Pupil", "Year", "Born"), rows), pupils_mapping=mapping)
    assert set(counted(register, ages_counted="5-to-15")) == {"a"}
    assert [one[2] for one in reasons(register, ages_counted="5-to-15")] == [1]


def test_dates_of_birth_do_not_turn_the_other_dates_round() -> None:
    """The other dates are read as without that column; they help to read it."""
    rows = [("a", "03/09/2025", "08/31/2020"), ("b", "13/09/2025", "01/09/2020")]
    mapping = evolve(
        PEOPLE, columns={"pupil_id": "Pupil", "start": "Start", "date_of_birth": "Born"}, characteristics={}
    )
    marks = [("a", date(2025, 9, 3), "AM", "/"), ("b", date(2025, 9, 15), "AM", "/")]
    register = read(marks_table(marks), pupils=table(("Pupil", "Start", "Born"), rows), pupils_mapping=mapping)
    assert register.enrolments["start"].to_list() == [date(2025, 9, 3), date(2025, 9, 13)]
    born = register.characteristics.filter(nw.col("name") == "date_of_birth")
    assert born["value"].to_list() == ["2020-09-01"]


# -- boarders


@pytest.mark.parametrize(
    ("said", "counts"), [("Y", False), ("B", False), ("7", False), ("Weekly boarder", False), ("N", True), ("", True)]
)
def test_boarders_are_left_out(said: str, counts: bool) -> None:
    register = people([{"Pupil": "a", "Boarder": said}, *crowd()])
    assert ("a" in counted(register, boarders="left-out")) is counts
    assert len(counted(register)) == 7


def test_a_pupil_who_boards_for_a_time_is_left_out_for_that_time() -> None:
    rows = [("a", "2025-09-01", "2026-05-24", "B"), ("a", "2026-05-25", "2026-07-31", "N")]
    mapping = evolve(
        PEOPLE,
        columns={"pupil_id": "Pupil", "valid_from": "From", "valid_to": "To"},
        characteristics={"boarder": "Boarder"},
    )
    marks = [("a", day, "AM", "/") for day in DAYS]
    register = read(marks_table(marks), pupils=table(("Pupil", "From", "To", "Boarder"), rows), pupils_mapping=mapping)
    assert counted(register, boarders="left-out") == {"a": [FIRST, DAYS[3]]}


def test_a_pupil_may_board_for_a_single_day() -> None:
    mapping = evolve(
        PEOPLE,
        columns={"pupil_id": "Pupil", "valid_from": "From", "valid_to": "To"},
        characteristics={"boarder": "Boarder"},
    )
    rows = [("a", FIRST, FIRST, "B")]
    marks = [("a", day, "AM", "/") for day in DAYS]
    register = read(marks_table(marks), pupils=table(("Pupil", "From", "To", "Boarder"), rows), pupils_mapping=mapping)
    assert counted(register, boarders="left-out") == {"a": [day for day in DAYS if day != FIRST]}


def test_without_a_column_boarders_are_not_checked() -> None:
    register = people(crowd(2), without=("Boarder",))
    assert reasons(register, boarders="left-out") == [("boarders", "the register has no boarder", None)]


# -- small schools


@pytest.mark.parametrize(("number", "counts"), [(5, False), (6, True)])
def test_a_school_with_fewer_than_six_is_left_out(number: int, counts: bool) -> None:
    sixth = [{"Pupil": f"old{index}", "School": "t", "Born": "2008-01-01"} for index in range(9)]
    small = [{"Pupil": f"p{index}", "School": "t"} for index in range(number)]
    register = people([*crowd(), *small, *sixth])
    mine = set(counted(register, small_schools="left-out"))
    assert {f"c{index}" for index in range(6)} <= mine
    assert ({row["Pupil"] for row in [*small, *sixth]} <= mine) is counts
    assert (len(mine) == 6) is not counts


def test_boarders_and_pupils_who_were_never_there_are_not_among_the_six() -> None:
    five = crowd(5)
    assert counted(people([*five, {"Pupil": "x"}]), small_schools="left-out")
    assert not counted(people([*five, {"Pupil": "x", "Boarder": "B"}]), small_schools="left-out")
    gone = people([*five, {"Pupil": "x", "End": date(2025, 9, 2)}])
    assert not counted(gone, small_schools="left-out")


def test_a_school_is_kept_where_a_missing_date_of_birth_may_make_six() -> None:
    register = people([*crowd(5), {"Pupil": "x", "Born": ""}])
    assert len(counted(register, small_schools="left-out")) == 6
    ((setting, reason, kept),) = reasons(register, small_schools="left-out")
    assert (setting, kept) == ("small-schools", 6)
    assert "it is not known whether a school has six" in reason
    smaller = people([*crowd(4), {"Pupil": "x", "Born": ""}])
    assert not counted(smaller, small_schools="left-out")
    assert reasons(smaller, small_schools="left-out") == []


# -- late joiners


@pytest.mark.parametrize(
    ("start", "counts"),
    [(date(2026, 5, 24), True), (FIRST, False), (date(2026, 7, 17), False)],
)
def test_whoever_joins_from_the_spring_bank_holiday_on_is_left_out(start: date, counts: bool) -> None:
    register = people([{"Pupil": "a", "Start": start}, *crowd()])
    assert ("a" in counted(register, late_joiners="left-out")) is counts
    assert "a" in counted(register)


def test_late_joiners_count_again_in_the_next_school_year() -> None:
    mapping = evolve(PEOPLE, columns={"pupil_id": "Pupil", "start": "Start"}, characteristics={})
    days = (date(2026, 6, 1), date(2026, 9, 3))
    marks = [("a", day, "AM", "/") for day in days]
    register = read(marks_table(marks), pupils=table(("Pupil", "Start"), [("a", "2026-06-01")]), pupils_mapping=mapping)
    assert counted(register, late_joiners="left-out") == {"a": [days[1]]}


@pytest.mark.parametrize(("left", "counts"), [(date(2025, 9, 5), True), (date(2025, 7, 18), False)])
def test_whoever_comes_back_within_the_year_has_not_joined_late(left: date, counts: bool) -> None:
    mapping = evolve(PEOPLE, columns={"pupil_id": "Pupil", "start": "Start", "end": "End"}, characteristics={})
    rows = [("a", "2025-05-01", left), ("a", "2026-06-01", "")]
    marks = [("a", date(2025, 5, 1), "AM", "/"), ("a", date(2026, 6, 1), "AM", "/")]
    register = read(marks_table(marks), pupils=table(("Pupil", "Start", "End"), rows), pupils_mapping=mapping)
    found = analysis(register, late_joiners="left-out").counted.marks.collect("polars")["date"].to_list()
    assert (date(2026, 6, 1) in found) is counts
    assert date(2025, 5, 1) in found


def test_a_start_that_was_inferred_proves_no_late_joining() -> None:
    register = read(marks_table([("a", date(2026, 6, 1), "AM", "/"), ("b", BEFORE, "AM", "/")]))
    assert set(counted(register, late_joiners="left-out")) == {"a", "b"}
    ((setting, reason, kept),) = reasons(register, late_joiners="left-out")
    assert (setting, kept) == ("late-joiners", 1)
    assert "no start but their first mark" in reason


# -- the second half of the summer term


@pytest.mark.parametrize(
    ("born", "left_out"),
    [("2009-08-31", False), ("2009-09-01", True), ("2010-08-31", True), ("2010-09-01", False)],
)
def test_the_last_half_term_of_those_aged_15_is_left_out(born: str, left_out: bool) -> None:
    register = people([{"Pupil": "a", "Born": born}, *crowd()])
    expected = list(DAYS[:2]) if left_out else list(DAYS)
    found = counted(register, second_half_summer="aged-15-left-out")
    assert found["a"] == expected
    assert found["c0"] == list(DAYS)


def test_year_11_stands_for_the_age_where_it_is_asked_for() -> None:
    register = people([{"Pupil": "a", "Year": "Year 11"}, {"Pupil": "b", "Year": "10"}], without=("Born",))
    found = counted(register, second_half_summer="year-11-left-out")
    assert found == {"a": list(DAYS[:2]), "b": list(DAYS)}
    bare = people(crowd(1), without=("Year",))
    expected = [("second-half-summer", "the register has no year_group", None)]
    assert reasons(bare, second_half_summer="year-11-left-out") == expected


def test_five_half_terms_leave_everybody_s_last_out() -> None:
    found = counted(people(crowd(2)), second_half_summer="left-out")
    assert found == {"c0": list(DAYS[:2]), "c1": list(DAYS[:2])}


@pytest.mark.parametrize(
    ("year", "first"),
    [(2011, "2012-06-04"), (2012, "2013-05-27"), (2015, "2016-05-30"), (2021, "2022-06-02"), (2025, "2026-05-25")],
)
def test_the_half_term_begins_with_the_bank_holiday_as_it_was_held(year: int, first: str) -> None:
    """Two of them were moved, for jubilees; 31 May may be the Monday itself."""
    days = load_census().second_half_summer.of(AcademicYear(year))
    assert str(days) == f"{first}..{year + 1}-07-31"


# -- profiles as wholes


def test_the_shipped_profiles_choose_what_they_say() -> None:
    assert active(load_profile("year-to-date")) == ()
    assert active(load_profile("mis-simple")) == ()
    assert dict(active(load_profile("official-statistics"))) == {
        "ages-counted": "5-to-15",
        "boarders": "left-out",
        "small-schools": "left-out",
        "late-joiners": "left-out",
        "second-half-summer": "aged-15-left-out",
    }
    assert load_profile("official-statistics").get("covid-x") == "possible"
    assert load_profile("official-statistics").get("persistent-boundary") == "inclusive"
    assert load_profile("mis-simple").get("persistent-boundary") == "strict"
    assert set(CLAUSES) <= set(load_settings())
    assert {name for name, one in load_settings().items() if one.reading} == {"f-last-date", "d-not-possible-from"}


def test_clauses_add_up_and_each_has_its_own_switch() -> None:
    rows: list[dict[str, object]] = [
        {"Pupil": "young", "Born": "2021-01-01"},
        {"Pupil": "boards", "Boarder": "B"},
        {"Pupil": "late", "Start": FIRST},
        {"Pupil": "oldest", "Born": "2010-01-01"},
        *crowd(),
    ]
    register = people(rows)
    official = dict(load_profile("official-statistics").settings)
    everything = {name.replace("-", "_"): official[name] for name in CLAUSES}
    assert set(counted(register, **everything)) == {"oldest", *(f"c{index}" for index in range(6))}
    assert counted(register, **everything)["oldest"] == list(DAYS[:2])
    gone = {"ages_counted": "young", "boarders": "boards", "late_joiners": "late"}
    for clause, pupil in gone.items():
        assert pupil in counted(register, **everything | {clause: load_settings()[clause.replace("_", "-")].default})
        assert set(counted(register)) - set(counted(register, **{clause: everything[clause]})) == {pupil}


def test_year_to_date_counts_the_register_itself() -> None:
    """No clause, no work: not even a copy."""
    found = analysis(people(crowd()))
    assert found.counted is found.register
    assert found.scope.clauses == {}
    assert found.scope.not_checked == ()


def test_a_profile_may_leave_nobody() -> None:
    found = analysis(people([{"Pupil": "a", "Boarder": "B"}]), boarders="left-out")
    figure = found.figure("attendance")
    assert (figure.value, figure.numerator, figure.denominator) == (None, 0, 0)
    assert found.figure("spells").numerator == 0
    assert len(found.spells()) == 0
    assert len(sessions(found, found.id("attendance"))) == 0


def test_what_is_due_and_missing_is_counted_over_everybody() -> None:
    """Completeness speaks of the register, which no definition changes."""
    register = people([{"Pupil": "a", "Boarder": "B"}, *crowd()])
    assert completeness(analysis(register, boarders="left-out")).taken == completeness(analysis(register)).taken == 56


# -- everything that an analysis gives

COUNTED = Mapped(
    id="counted",
    layout=Layout.COUNTS,
    columns={"pupil_id": "P"},
    counts=(CountColumn(column="Ill", code="I"), CountColumn(column="There", code="/")),
)
BENCH = Workbench.open(Configuration(), entry_points=False)
MEASURES = [
    f"{id}.I" if one.per_code else id for id, one in load_measures().items() if one.kind is not MeasureKind.LESSONS
]


@cache
def of_demo(name: str) -> Analysis:
    return school.bench().analyse(school.register(), profile=name)


def recounted(found: Analysis, id: Any) -> tuple[int, int]:
    listed = sessions(found, id)
    return int(listed["in_numerator"].sum() or 0), int(listed["in_denominator"].sum() or 0)


@pytest.mark.parametrize("name", ["year-to-date", "official-statistics", "mis-simple"])
def test_the_sessions_listed_come_to_the_figure(name: str) -> None:
    found = of_demo(name)
    period = DateRange(date(2026, 4, 20), date(2026, 7, 20))
    for population in ("all", "fsm", "year-group=11", "not:year-group=11"):
        for measure in ("attendance", "absence", "authorised-absence", "late-sessions", "reason.I"):
            for days in (None, period):
                figure = found.figure(measure, population, days)
                assert (figure.numerator, figure.denominator) == recounted(found, figure.id)
        figure = found.figure("attendance", population, slot="Monday-AM")
        assert (figure.numerator, figure.denominator) == recounted(found, figure.id)
        lost = found.figure("days-lost", population)
        assert lost.numerator == recounted(found, lost.id)[0]
        share = found.figure("persistent-share", population)
        assert (share.numerator, share.denominator) == recounted(found, share.id)
        heavy = found.figure("persistent-absence", population)
        behind = sessions(found, heavy.id).filter(nw.col("in_numerator"))
        assert len(behind["enrolment_id"].unique()) == heavy.numerator
        spells = found.figure("spells", population)
        assert (spells.numerator == 0) == (not recounted(found, spells.id)[0])
    assert found.codes()["marks"].sum() == len(sessions(found, found.id("attendance")))


def test_official_statistics_leave_the_oldest_out_of_the_last_half_term() -> None:
    """Of the demo school year 11 goes with its sessions from 25 May on, and the sixth form, which is over age."""
    plain, official = of_demo("year-to-date"), of_demo("official-statistics")
    last = DateRange(date(2026, 5, 25), date(2026, 7, 31))
    assert official.figure("attendance", "year-group=11", last).denominator == 0
    without, whole = (
        plain.figure("attendance", "year-group=11", last),
        plain.figure("attendance", "not:over-compulsory-age"),
    )
    mine = official.figure("attendance")
    assert without.denominator
    assert (whole.numerator or 0) - (mine.numerator or 0) == without.numerator
    assert (whole.denominator or 0) - (mine.denominator or 0) == without.denominator
    weekly = official.enrolment_weeks()["possible"].sum()
    assert weekly == mine.denominator == official.week_slots()["possible"].sum()


def test_strict_boundary_is_all_that_mis_simple_changes() -> None:
    plain, simple = of_demo("year-to-date"), of_demo("mis-simple")
    for measure in MEASURES:
        one, other = plain.figure(measure), simple.figure(measure)
        if load_measures()[measure.partition(".")[0]].band is None:
            assert (one.numerator, one.denominator) == (other.numerator, other.denominator)
    assert (simple.figure("persistent-absence").numerator or 0) <= (plain.figure("persistent-absence").numerator or 0)


@pytest.mark.parametrize("engine", ["pandas", "pandas-arrow", "pyarrow", "duckdb", "duckdb-own"])
def test_engines_leave_the_same_out(engine: str) -> None:
    official = load_profile("official-statistics", {"second-half-summer": "year-11-left-out"})
    results = []
    for marks in (test_engines.register().marks, test_engines.ENGINES[engine]()):
        register = evolve(test_engines.register(), marks=marks)
        found = Analysis.of(register, official, [load_cohort_pack()], start=date(2024, 9, 2), end=date(2025, 7, 22))
        figures = [found.figure(measure, "not:fsm") for measure in MEASURES]
        slots = slot_tally(found.counted.marks)
        results.append(
            (
                [(figure.key, figure.value, figure.numerator, figure.denominator) for figure in figures],
                test_engines.rows(found.enrolments()),
                test_engines.rows(found.spells()),
                test_engines.rows(slots),
                test_engines.rows(found.counted.slots),
            )
        )
        assert found.counted is not found.register
    assert results[0] == results[1]
    assert results[0][3] == results[0][4]


# -- what is said


def test_an_explanation_says_what_was_not_checked() -> None:
    register = people([{"Pupil": "a", "Born": ""}, *crowd()], without=("Boarder",))
    found = Analysis.of(register, load_profile("official-statistics"), [PACK])
    told = explain(found, found.id("attendance"))
    assert [one.setting for one in told.not_checked] == ["ages-counted", "boarders", "second-half-summer"]
    assert told.not_checked[1].told == "Clause boarders not checked: the register has no boarder."
    assert told.not_checked[0].told.startswith("Clause ages-counted not checked for some enrolments: some enrolments")
    assert told.profile == load_profile("official-statistics").title


def test_lessons_and_counts_apply_no_clause_and_say_so() -> None:
    told = unchecked(load_profile("official-statistics"), "because")
    assert {one.setting for one in told} == set(CLAUSES)
    assert unchecked(profile(), "because") == ()
    bench = evolve(BENCH, configuration=Configuration(policy=Choices(profile="official-statistics")))
    lessons = test_lessons.read(test_lessons.DAY)
    explained, _ = bench.explain_lessons(lessons, "lesson-attendance/all/2025-09-08..2025-09-15/official-statistics")
    assert {one.setting for one in explained.not_checked} == set(CLAUSES)
    plain, _ = bench.explain_lessons(lessons, "lesson-attendance/all/2025-09-08..2025-09-15/year-to-date")
    assert plain.not_checked == ()
    notes = " ".join(bench.report_lessons(lessons).report.notes)
    assert all(f"Clause {name} not checked: lesson marks are no session marks" in notes for name in CLAUSES)
    frame = pl.DataFrame({"P": ["a", "b"], "Ill": ["3", "1"], "There": ["7", "9"]})
    counts = bench.read_counts(frame, mapping=COUNTED, on=date(2025, 10, 1))
    notes = " ".join(bench.report_counts(counts).report.notes)
    assert all(f"Clause {name} not checked: counts hold no marks" in notes for name in CLAUSES)
    assert not BENCH.report_counts(counts).report.notes


def test_a_report_says_what_is_left_out_and_what_is_not_checked() -> None:
    bench = school.bench_with(policy=Choices(profile="official-statistics"))
    view = bench.report(school.register())
    assert "Clause boarders not checked: the register has no boarder." in view.report.notes
    left = school.table(view, "left-out")
    states = {row[0]: row[2] for row in left.rows}
    assert states[load_settings()["ages-counted"].title] == "applied"
    assert states[load_settings()["boarders"].title] == "Clause boarders not checked: the register has no boarder."
    assert not [
        block for block in school.blocks(school.view("leaders")) if isinstance(block, Table) and block.id == "left-out"
    ]
    assert not [note for note in school.view("leaders").report.notes if note.startswith("Clause")]


def test_an_id_names_its_profile() -> None:
    bench, register = school.bench(), school.register()
    official = of_demo("official-statistics").figure("attendance")
    told, listed = bench.explain(register, official.key)
    assert told.figure == official
    assert int(listed["in_denominator"].sum()) == official.denominator
    with pytest.raises(UnknownNameError, match=r"profile 'officially': is unknown; expected one of year-to-date, "):
        bench.explain(register, official.key.replace("official-statistics", "officially"))
    with pytest.raises(UnknownNameError, match=r"Did you mean 'mis-simple'\?"):
        bench.analyse(register, profile="mis-simpel")


def test_the_command_explains_a_figure_of_any_profile() -> None:
    figure = of_demo("official-statistics").figure("persistent-absence")
    asked = ("explain", figure.key, school.folder() / "marks.csv", "--config", school.folder() / "attendance.toml")
    ran = attendance(*asked)
    assert ran.status == 0, ran.err
    assert "Not applied:  Clause boarders not checked: the register has no boarder.\n" in ran.out
    data = attendance(*asked, "--format", "json").data
    assert data["figure"]["numerator"] == figure.numerator
    assert data["not_checked"] == [{"setting": "boarders", "reason": "the register has no boarder", "enrolments": None}]
    plain = attendance(
        *[figure.key.replace("official-statistics", "mis-simple") if one == figure.key else one for one in asked]
    )
    assert "Not applied" not in plain.out


def test_a_school_s_own_choices_hold_for_the_profile_in_force_alone() -> None:
    own = Choices(
        settings={"persistent-boundary": "strict", "d-not-possible-from": "2006-09-01", "boarders": "left-out"}
    )
    bench = evolve(BENCH, configuration=Configuration(policy=own))
    mine, other = bench.profile_named("year-to-date"), bench.profile_named("official-statistics")
    assert (mine.get("persistent-boundary"), mine.get("boarders")) == ("strict", "left-out")
    assert other.get("persistent-boundary") == "inclusive"
    # What was decided while the register was read cannot be undone by naming another profile.
    assert other.get("d-not-possible-from") == "2006-09-01"


# -- law: whatever is left out, what stays is counted as if the rest were not there

PUPIL = st.fixed_dictionaries(
    {
        "Born": st.sampled_from(
            ["", "2020-08-31", "2020-09-01", "2015-01-01", "2010-02-03", "2009-08-31", "2009-09-01"]
        ),
        "Boarder": st.sampled_from(["N", "N", "B", ""]),
        "Year": st.sampled_from(["R", "6", "11", "12"]),
        "School": st.sampled_from(["s", "s", "t"]),
        "Start": st.sampled_from([DAYS[0], DAYS[0], BEFORE, FIRST]),
    }
)
CHOICES = st.fixed_dictionaries(
    {
        name.replace("-", "_"): st.sampled_from(load_settings()[name].choices)
        for name in (*CLAUSES, "covid-x", "persistent-boundary")
    }
)


def by_hand(row: Mapping[str, Any], rows: Rows, choices: Mapping[str, str]) -> list[date]:
    """The days of a pupil that count, thought through one pupil at a time."""

    def age(one: Mapping[str, Any]) -> int | None:
        if not one["Born"]:
            return None
        born = date.fromisoformat(one["Born"])
        return 2025 - born.year - ((born.month, born.day) > (8, 31))

    def eligible(one: Mapping[str, Any]) -> bool | None:
        if one["Boarder"] == "B":
            return False
        return None if age(one) is None else 5 <= (age(one) or 0) <= 15

    days = [day for day in DAYS if day >= row["Start"]]
    mine = age(row)
    if choices["ages_counted"] == "5-to-15" and mine is not None and not 5 <= mine <= 15:
        return []
    if choices["boarders"] == "left-out" and row["Boarder"] == "B":
        return []
    # Whoever may be eligible keeps a school in; a file without any date of birth proves nothing.
    perhaps = sum(eligible(one) is not False for one in rows if one["School"] == row["School"])
    if choices["small_schools"] == "left-out" and any(one["Born"] for one in rows) and perhaps < 6:
        return []
    if choices["late_joiners"] == "left-out" and row["Start"] >= FIRST:
        return []
    half = choices["second_half_summer"]
    out = {"left-out": True, "aged-15-left-out": mine == 15, "year-11-left-out": row["Year"] == "11"}
    return [day for day in days if day < FIRST] if out.get(half) else days


@settings(max_examples=60, deadline=timedelta(seconds=10))
@given(rows=st.lists(PUPIL, min_size=1, max_size=9), choices=CHOICES)
def test_what_counts_is_what_the_rules_say_of_each_pupil(rows: list[dict[str, Any]], choices: dict[str, str]) -> None:
    named = [{"Pupil": f"p{index}", **row} for index, row in enumerate(rows)]
    expected = {row["Pupil"]: by_hand(row, named, choices) for row in named}
    found = counted(people(named), **choices)
    assert found == {pupil: days for pupil, days in expected.items() if days}
