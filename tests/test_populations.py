"""Populations are dated: who belongs on which day, also when that changes in the middle of a week."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import pytest
from attrs import evolve

from attendance_core.dates import DateRange
from attendance_core.errors import FigureIdError, UnknownNameError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.explain import sessions
from attendance_core.measures.totals import Totals
from attendance_core.model.cohorts import Cohort, CohortPack, Predicate, Test
from attendance_core.model.figures import FigureId
from attendance_core.register.reading import Membership
from tests import oracle
from tests.oracle import Mark
from tests.registers import PACK, analysis, marks_table, pupils_table, read

FIRST, LAST = date(2024, 9, 2), date(2024, 9, 27)
WEDNESDAY = date(2024, 9, 11)
PERIOD = DateRange(FIRST, LAST)
Holds = Callable[[str, date], bool]


def made_marks() -> list[Mark]:
    """Four weeks of six pupils, absent at different rates, each in a pattern of its own."""
    codes = ["I", "/", "O", "/", "/", "M", "/", "U", "L", "G", "/", "V", "/", "D"]
    return [
        Mark(pupil, day, session, codes[(3 * number + place * (number + 1)) % len(codes)])
        for number, pupil in enumerate("abcdef")
        for place, (day, session) in enumerate(oracle.weekdays(FIRST, LAST))
    ]


MARKS = [Mark(m.pupil, m.day, m.session, "\\" if m.code == "/" and m.session == "PM" else m.code) for m in made_marks()]
#: Pupil, year group, FSM, sex, first day, last day.
PEOPLE = [
    ("a", "7", "Y", "F", FIRST, LAST),
    ("b", "7", "N", "M", FIRST, WEDNESDAY - timedelta(days=1)),
    ("b", "8", "Y", "M", WEDNESDAY, LAST),
    ("c", "8", "Y", "F", FIRST, WEDNESDAY),
    ("c", "8", "N", "F", WEDNESDAY + timedelta(days=1), LAST),
    ("d", "Reception", "", "", FIRST, date(2024, 9, 18)),
    ("e", "9", "N", "F", date(2024, 9, 5), LAST),
]
#: Pupil, first and last day in the choir; two overlap, one is of a single day.
CHOIR = [
    ("a", date(2024, 9, 4), date(2024, 9, 12)),
    ("a", date(2024, 9, 10), date(2024, 9, 17)),
    ("d", WEDNESDAY, None),
    ("f", date(2024, 9, 19), date(2024, 9, 19)),
]


@cache
def analysed() -> Analysis:
    register = read(
        marks_table([(m.pupil, m.day, m.session, m.code) for m in MARKS]),
        pupils=pupils_table(
            [
                {"Pupil": pupil, "Year": year, "FSM": fsm, "Sex": sex, "From": start, "To": end}
                for pupil, year, fsm, sex, start, end in PEOPLE
            ]
        ),
        memberships=[Membership(pupil_id=pupil, cohort="choir", start=start, end=end) for pupil, start, end in CHOIR],
    )
    return analysis(register, start=FIRST, end=LAST)


def trait(index: int, value: str) -> Holds:
    return lambda pupil, day: any(row[0] == pupil and row[index] == value and row[4] <= day <= row[5] for row in PEOPLE)


def in_choir(pupil: str, day: date) -> bool:
    return any(who == pupil and start <= day <= (end or LAST) for who, start, end in CHOIR)


fsm, girls = trait(2, "Y"), trait(3, "F")
POPULATIONS: dict[str, Holds] = {
    "all": lambda pupil, day: True,
    "year-group=7": trait(1, "7"),
    "year-group=8": trait(1, "8"),
    "year-group=R": trait(1, "Reception"),
    "sex=F": girls,
    "fsm": fsm,
    "choir": in_choir,
    "older": lambda pupil, day: trait(1, "8")(pupil, day) or trait(1, "9")(pupil, day),
    "younger": trait(1, "7"),
    "girls-or-fsm": lambda pupil, day: girls(pupil, day) or fsm(pupil, day),
    "not:fsm": lambda pupil, day: not fsm(pupil, day),
    "not:choir": lambda pupil, day: not in_choir(pupil, day),
    "fsm+year-group=8": lambda pupil, day: fsm(pupil, day) and trait(1, "8")(pupil, day),
    "choir+sex=F": lambda pupil, day: in_choir(pupil, day) and girls(pupil, day),
    "choir+not:fsm+all": lambda pupil, day: in_choir(pupil, day) and not fsm(pupil, day),
    "not:not:fsm": fsm,
    "enrolment=school|b|2024-09-02": lambda pupil, day: pupil == "b",
    "school=school": lambda pupil, day: True,
    "not:all": lambda pupil, day: False,
}
MEASURES = (*oracle.RATIOS, *oracle.SHARES, *oracle.COUNTS, "days-lost", "days-lost-each", "persistent-share")
PIECES = (
    PERIOD,
    DateRange(date(2024, 9, 5), date(2024, 9, 17)),
    DateRange(WEDNESDAY, WEDNESDAY),
    DateRange(date(2024, 9, 14), date(2024, 9, 15)),
)


def marks_in(population: str, period: DateRange) -> list[Mark]:
    return [mark for mark in MARKS if mark.day in period and POPULATIONS[population](mark.pupil, mark.day)]


@cache
def all_totals(period: DateRange) -> dict[str, Totals]:
    return analysed().totals(list(POPULATIONS), period, rest=True)


@pytest.mark.parametrize("population", list(POPULATIONS))
def test_figures_are_those_of_the_days_of_belonging(population: str) -> None:
    for period in PIECES:
        mine = marks_in(population, period)
        for measure in MEASURES:
            id = analysed().id(measure, population, period)
            figure = all_totals(period)[population].figure(get_measure(measure)[0], id, analysed().rules)
            assert (figure.numerator, figure.denominator) == oracle.figure(measure, mine), str(id)
        for measure in ("attendance", "reason.I", "reason-share.O"):
            figure = analysed().figure(measure, population, period)
            assert (figure.numerator, figure.denominator) == oracle.figure(measure, mine), str(figure.id)


@pytest.mark.parametrize("population", list(POPULATIONS))
def test_spells_are_those_within_the_days_of_belonging(population: str) -> None:
    for period in PIECES:
        runs = oracle.spells(marks_in(population, period), oracle.weekdays(FIRST, LAST))
        assert analysed().figure("spells", population, period).numerator == len(runs)
        long = analysed().figure("long-spells", population, period).numerator
        assert long == sum(length >= 10 for *_, length in runs)


@pytest.mark.parametrize("population", [name for name in POPULATIONS if name not in ("all", "not:all")])
def test_the_rest_is_everybody_else_day_by_day(population: str) -> None:
    for period in PIECES:
        for key, mine in (
            (population, marks_in(population, period)),
            (f"not:{population}", [m for m in MARKS if m.day in period and m not in set(marks_in(population, period))]),
        ):
            totals = all_totals(period)[key]
            counted = oracle.counts(mine)
            assert {name: totals[name] for name in counted} == counted, key
            expected = oracle.figure("persistent-absence", mine)
            assert (totals["n:persistent-absence"], totals["enrolments"]) == expected, key


def test_one_pass_gives_what_single_questions_give() -> None:
    keys = list(POPULATIONS)
    together = all_totals(PIECES[1])
    assert set(together) == set(POPULATIONS) | {f"not:{key}" for key in POPULATIONS if key != "all"}
    for key in keys[1::3]:
        assert together[key].values == analysed().totals([key], PIECES[1])[key].values, key


def test_the_sessions_listed_are_those_counted() -> None:
    for population in list(POPULATIONS)[::2]:
        listed = sessions(analysed(), analysed().id("absence", population, PIECES[1]))
        rows = listed.select("pupil_id", "date", "session", "code").iter_rows()
        assert sorted(map(tuple, rows)) == sorted(
            (m.pupil, m.day, m.session, m.code) for m in marks_in(population, PIECES[1])
        )


def test_a_group_without_its_column_is_not_available_never_empty() -> None:
    who = analysed().populations.get("unheard")
    assert not who.available
    assert who.missing == ("nowhere",)
    assert "unheard" not in analysed().totals(["unheard", "fsm"])
    for key in ("unheard", "fsm+unheard", "not:unheard"):
        with pytest.raises(
            FigureIdError, match=r"is not available: the register has no nowhere.*\[pupils\.characteristics\]"
        ):
            analysed().figure("attendance", key)
        with pytest.raises(FigureIdError, match="is not available"):
            sessions(analysed(), analysed().id("attendance", key))
    nobody = analysis(read(marks_table([("a", FIRST, "AM", "/")])))
    with pytest.raises(FigureIdError, match="is not available: the register has no memberships"):
        nobody.figure("attendance", "choir")
    with pytest.raises(FigureIdError, match="is not available: the register has no year_group"):
        nobody.figure("attendance", "year-group=7")


def test_a_group_with_its_column_and_nobody_in_it_is_empty() -> None:
    figure = analysed().figure("attendance", "year-group=11")
    assert (figure.value, figure.numerator, figure.denominator, figure.enrolments) == (None, 0, 0, 0)


def test_memberships_make_up_for_a_column_that_is_missing() -> None:
    register = read(
        marks_table([("a", FIRST, "AM", "I"), ("b", FIRST, "AM", "/")]),
        memberships=[Membership(pupil_id="a", cohort="fsm")],
    )
    assert analysis(register).figure("absence", "fsm").value == 100
    later = register.with_memberships([("school|b|2024-09-02", "fsm", FIRST, LAST)])
    assert analysis(later).figure("absence", "fsm").value == 50
    assert register.with_memberships([]).memberships is register.memberships


def test_memberships_come_beside_what_the_column_says() -> None:
    register = read(
        marks_table([("a", FIRST, "AM", "I"), ("b", FIRST, "AM", "/"), ("c", FIRST, "AM", "/")]),
        pupils=pupils_table([{"Pupil": "a", "FSM": "Y"}, {"Pupil": "b", "FSM": "N"}, {"Pupil": "c"}]),
        memberships=[Membership(pupil_id="b", cohort="fsm"), Membership(pupil_id="a", cohort="fsm")],
    )
    assert analysis(register).figure("absence", "fsm").denominator == 2


def test_values_that_mean_the_same_are_counted_once() -> None:
    """Two rows that hold at once, both of the group, give each session once."""
    pack = CohortPack(
        id="twice",
        title="",
        cohorts=(
            Cohort(
                id="sen",
                title="SEN",
                any_of=(
                    Predicate(column="sex", test=Test.ONE_OF, values=("k", " SUPPORT ")),
                    Predicate(column="form", test=Test.ONE_OF, values=("K",)),
                ),
            ),
        ),
    )
    register = read(
        marks_table([("a", FIRST, "AM", "I"), ("a", LAST, "AM", "/")]),
        pupils=pupils_table(
            [
                {"Pupil": "a", "Sex": "K", "Form": "K", "From": FIRST, "To": "2024-09-12"},
                {"Pupil": "a", "Sex": "Support", "From": "2024-09-13", "To": LAST},
            ]
        ),
    )
    figure = analysis(register, pack).figure("absence", "sen")
    assert (figure.numerator, figure.denominator) == (1, 2)


def test_a_later_pack_replaces_a_cohort_of_the_same_id() -> None:
    other = CohortPack(
        id="own",
        title="",
        cohorts=(Cohort(id="fsm", title="Boys", all_of=(Predicate(column="sex", test=Test.EQUALS, values=("m",)),)),),
    )
    found = Analysis.of(analysed().register, analysed().profile, [PACK, other], start=FIRST, end=LAST)
    assert found.figure("absence", "fsm").numerator == found.figure("absence", "sex=M").numerator
    assert found.populations.get("fsm").title == "Boys"


def test_names_and_titles() -> None:
    populations = analysed().populations
    assert populations.values("year-group") == ("7", "8", "9", "R")
    assert populations.get("fsm+year-group=7").title == "Free school meals and Year group 7"
    assert populations.get("not:fsm").title == "Not Free school meals"
    assert populations.get("all").everybody


def test_a_plus_in_a_value_joins_nothing() -> None:
    register = read(
        marks_table([("a", FIRST, "AM", "I"), ("b", FIRST, "AM", "/")]),
        pupils=pupils_table([{"Pupil": "a", "Form": "7+A"}, {"Pupil": "b", "Form": "7"}]),
    )
    assert analysis(register).figure("absence", "form=7+A").value == 100
    assert analysis(register).figure("absence", "form=7").value == 0
    who = FigureId.parse(str(analysis(register).id("absence", "form=7+A")))
    assert who.population == "form=7+A"


def test_a_sensitive_group_makes_what_is_made_of_it_sensitive() -> None:
    secret = CohortPack(
        id="s",
        title="",
        cohorts=(Cohort(id="carer", title="Young carer", all_of=(Predicate(column="fsm"),), sensitive=True),),
    )
    populations = Analysis.of(
        analysed().register, analysed().profile, [PACK, secret], start=FIRST, end=LAST
    ).populations
    assert all(populations.get(key).sensitive for key in ("carer", "not:carer", "sex=F+carer"))
    assert not populations.get("fsm").sensitive


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("fsn", r"population 'fsn': is unknown; expected all, a cohort \(.*fsm.*Did you mean 'fsm'\?"),
        ("quidditch", r"is unknown.*Define it under \[\[cohorts\]\] in attendance\.toml"),
        ("fsm+quidditch", "population 'quidditch': is unknown"),
        (
            "year_group=7",
            r"population year_group=\.\.\.: dimension 'year_group' is unknown.*Did you mean 'year-group'\?",
        ),
        ("house=Red", r"dimension 'house' is unknown.*Choose one of them"),
        ("enrolment=school|secret|2024-09-02", r"population enrolment: this register has no such enrolment"),
        ("school=elsewhere", r"population school: this register has no such school"),
    ],
)
def test_populations_that_are_unknown(key: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        analysed().figure("attendance", key)


@pytest.mark.parametrize(
    "key",
    [
        "enrolment=school|secret|2024-09-02",
        "enrolmentt=school|secret|2024-09-02",
        "unheard+enrolment=school|a|2024-09-02",
    ],
)
def test_no_message_tells_a_pupils_id(key: str) -> None:
    with pytest.raises((UnknownNameError, FigureIdError)) as caught:
        analysed().figure("attendance", key)
    assert "secret" not in str(caught.value)
    assert "|a|" not in str(caught.value)


def test_a_number_test_passes_words_by() -> None:
    pack = CohortPack(
        id="n",
        title="",
        cohorts=(Cohort(id="none", title="", all_of=(Predicate(column="year_group", test=Test.AT_LEAST),)),),
    )
    found = Analysis.of(analysed().register, analysed().profile, [pack], start=FIRST, end=LAST)
    assert found.figure("absence", "none").denominator == 0
    assert evolve(pack).cohorts[0].columns == ("year_group",)
