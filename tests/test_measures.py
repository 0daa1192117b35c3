"""Figures: edges decided by whole numbers, and every figure recounted from the sessions behind it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.errors import DocumentError, FigureIdError, LayoutError, UnknownNameError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.completeness import NO_FORM, completeness
from attendance_core.measures.definitions import BANDS, get_measure, load_measures
from attendance_core.measures.explain import explain, sessions
from attendance_core.measures.periods import last_year
from attendance_core.measures.tallies import make_bins
from attendance_core.model.calendars import CalendarDocument, Closure, Term, TermName
from attendance_core.model.figures import FigureId
from attendance_core.model.measures import Band, MeasureKind
from attendance_core.register.register import Register
from tests import oracle
from tests.oracle import Mark
from tests.registers import LONG, analysis, marks_table, profile, pupils_table, read, table, with_columns

MONDAY = date(2024, 9, 2)


def register_of(marks: Iterable[Mark], **more: Any) -> Register:
    return read(marks_table([(m.pupil, m.day, m.session, m.code) for m in marks]), **more)


def pupil(name: str, absent: int, possible: int, *, code: str = "I", first: date = MONDAY) -> list[Mark]:
    """A pupil with so many possible sessions, the first of them absent."""
    slots = oracle.weekdays(first, first + timedelta(days=2 * possible + 7))[:possible]
    return [
        Mark(name, day, session, code if place < absent else "/" if session == "AM" else "\\")
        for place, (day, session) in enumerate(slots)
    ]


def whole(marks: Sequence[Mark], **choices: str) -> Analysis:
    return analysis(register_of(marks), start=min(mark.day for mark in marks), end=None, **choices)


# --- edges ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "possible", "persistent", "severe", "band"),
    [
        (19, 190, True, False, "absence-band-10"),
        (18, 190, False, False, "absence-band-05"),
        (38, 380, True, False, "absence-band-10"),
        (37, 380, False, False, "absence-band-05"),
        (95, 190, True, True, "absence-band-50"),
        (94, 190, True, False, "absence-band-45"),
        (1, 10, True, False, "absence-band-10"),
        (1, 20, False, False, "absence-band-05"),
        (3, 20, True, False, "absence-band-15"),
        (0, 5, False, False, "absence-band-00"),
        (5, 5, True, True, "absence-band-50"),
    ],
)
def test_t7_persistent_and_severe_absence_include_their_limit(
    absent: int, possible: int, persistent: bool, severe: bool, band: str
) -> None:
    found = whole(pupil("a", absent, possible))
    assert found.figure("persistent-absence").numerator == persistent
    assert found.figure("severe-absence").numerator == severe
    assert found.figure("persistent-not-severe").numerator == (persistent and not severe)
    assert found.figure("below-persistent").numerator == (not persistent)
    assert [name for name in BANDS if found.figure(name).numerator] == [band]


@pytest.mark.parametrize(
    ("absent", "possible", "persistent", "severe", "band"),
    [
        (19, 190, False, False, "absence-band-05"),
        (20, 190, True, False, "absence-band-10"),
        (95, 190, True, False, "absence-band-45"),
        (96, 190, True, True, "absence-band-50"),
        (0, 190, False, False, "absence-band-00"),
    ],
)
def test_a_strict_boundary_leaves_the_limit_out(
    absent: int, possible: int, persistent: bool, severe: bool, band: str
) -> None:
    found = whole(pupil("a", absent, possible), persistent_boundary="strict")
    assert found.figure("persistent-absence").numerator == persistent
    assert found.figure("severe-absence").numerator == severe
    assert found.figure("persistent-not-severe").numerator == (persistent and not severe)
    assert found.figure("below-persistent").numerator == (not persistent)
    assert [name for name in BANDS if found.figure(name).numerator] == [band]


@given(st.integers(0, 400), st.integers(1, 400))
def test_bands_share_every_enrolment_out_once(absent: int, possible: int) -> None:
    absent = min(absent, possible)
    measures = [load_measures()[name] for name in BANDS]
    held = [
        measure.id
        for measure in measures
        if measure.band is not None and measure.band.holds(absent=absent, possible=possible)
    ]
    assert held == [f"absence-band-{min(50, 100 * absent // possible // 5 * 5):02}"]
    assert Band(at_least=10).holds(absent=absent, possible=possible) == (10 * absent >= possible)


def test_enrolments_without_a_possible_session_are_left_out_and_counted() -> None:
    marks = [*pupil("a", 2, 10), *pupil("b", 10, 10, code="D"), *pupil("c", 10, 10, code="X")]
    found = whole(marks)
    totals = found.totals(["all"])["all"]
    assert (totals["enrolments"], totals["without_possible"]) == (1, 2)
    share = found.figure("persistent-absence")
    assert (share.numerator, share.denominator, share.value) == (1, 1, 100.0)
    nobody = whole(pupil("b", 10, 10, code="D"))
    for measure in ("attendance", "persistent-absence", "days-lost-each", "reason.I"):
        figure = nobody.figure(measure)
        assert (figure.value, figure.denominator) == (None, 0), measure
    assert nobody.figure("not-possible-sessions").value == 10


def test_a_group_rate_is_pooled_never_the_mean_of_rates() -> None:
    found = whole([*pupil("a", 5, 10), *pupil("b", 0, 90)])
    assert found.figure("absence").value == 5.0
    assert found.figure("days-lost").value == 2.5
    assert found.figure("days-lost-each").value == 1.25
    assert found.figure("persistent-share").value == 100.0


@pytest.mark.parametrize(
    ("size", "limit", "small"), [(19, "20", True), (20, "20", False), (19, "0", False), (39, "40", True)]
)
def test_small_denominators_are_flagged(size: int, limit: str, small: bool) -> None:
    found = whole(pupil("a", 1, size), small_denominator=limit)
    assert found.figure("absence").small == small
    assert not found.figure("absent-sessions").small


def test_coronavirus_marks_are_possible_only_where_the_profile_says_so() -> None:
    marks = [*pupil("a", 4, 10, code="X02", first=date(2021, 1, 11)), *pupil("b", 1, 10, first=date(2021, 1, 11))]
    for choice, possible in (("not-possible", 16), ("possible", 20)):
        found = whole(marks, covid_x=choice)
        figure = found.figure("absence")
        assert (figure.numerator, figure.denominator) == (1, possible)
        expected = oracle.figure("absence", marks, covid_possible=choice == "possible")
        assert (figure.numerator, figure.denominator) == expected
        listed = sessions(found, figure.id)
        assert int(listed["in_denominator"].sum()) == possible


def test_late_sessions_are_l_and_u_of_which_one_is_attendance() -> None:
    marks = [*pupil("a", 2, 10, code="L"), *pupil("b", 3, 10, code="U")]
    found = whole(marks)
    assert found.figure("late-sessions").value == 25.0
    assert found.figure("late-before-close").numerator == 2
    assert found.figure("late-after-close").numerator == 3
    assert found.figure("attendance").value == 85.0
    assert found.figure("unauthorised-absence").numerator == 3


def test_dfe_check_vector() -> None:
    """England, Monday of week 49 of 2025, a thousandth of what DfE counted: groups add up as DfE's do."""
    vector = {"/": 5782, "L": 299, "B": 22, "P": 8, "V": 32, "W": 3, "K": 5, "I": 670, "M": 44, "T": 1,
              "E": 19, "C": 46, "C1": 1, "J1": 1, "C2": 32, "G": 36, "U": 37, "O": 214, "N": 15, "D": 40, "Y5": 7,
              "#": 3}  # fmt: skip
    day = date(2025, 12, 1)
    marks = [Mark(f"{code}-{number}", day, "AM", code) for code, count in vector.items() for number in range(count)]
    found = whole(marks)
    totals = found.totals(["all"])["all"]
    assert totals["present"] == 6081
    assert totals["aea"] == 70
    assert totals["authorised"] == 814
    assert totals["unauthorised"] == 302
    assert totals["possible"] == 6081 + 70 + 814 + 302
    assert (totals["not_possible"], totals["administrative"]) == (47, 3)
    assert found.figure("late-sessions").numerator == 336


# --- recounts ---------------------------------------------------------------------------------------------------------

OLD, NEW, COVID = date(2024, 7, 15), date(2024, 9, 2), date(2021, 1, 11)
CODES = {
    OLD: ["/", "L", "I", "H", "J", "G", "D", "Y", "B", "O", "#"],
    NEW: ["/", "L", "I", "C2", "J1", "U", "O", "D", "Y3", "V", "N", "#", "absent", "present"],
    COVID: ["/", "I02", "X02", "X07", "X01", "O", "I"],
}


@st.composite
def marks_of_pupils(draw: st.DrawFn) -> list[Mark]:
    """Some pupils over weeks of three eras of codes, each heavily absent or hardly."""
    slots = [(start, *slot) for start in CODES for slot in oracle.weekdays(start, start + timedelta(days=4))]
    slots += [(NEW, *slot) for slot in oracle.weekdays(NEW + timedelta(days=7), NEW + timedelta(days=11))]
    marks = []
    for name in "abcd"[: draw(st.integers(1, 4))]:
        share = draw(st.sampled_from([0, 1, 2, 5, 10]))
        for start, day, session in slots:
            fate = draw(st.integers(0, 11))
            if fate == 11:
                continue
            code = draw(st.sampled_from(CODES[start])) if fate < share else "/"
            marks.append(Mark(name, day, session, "\\" if code == "/" and session == "PM" else code))
    return marks or [Mark("a", NEW, "AM", "/")]


PERIODS = st.tuples(st.integers(-3, 20), st.integers(0, 20)).map(
    lambda pair: DateRange(NEW + timedelta(days=pair[0]), NEW + timedelta(days=pair[0] + pair[1]))
) | st.sampled_from([DateRange(COVID, NEW + timedelta(days=30)), DateRange(OLD, NEW), DateRange(COVID, COVID)])
POPULATIONS: dict[str, Callable[[str, date], bool]] = {
    "all": lambda name, day: True,
    "fsm": lambda name, day: name in "ab" and day >= date(2024, 9, 4),
    "not:fsm": lambda name, day: not (name in "ab" and day >= date(2024, 9, 4)),
    "sex=F": lambda name, day: name in "ac",
    "fsm+sex=F": lambda name, day: name == "a" and day >= date(2024, 9, 4),
}
SLOTS: dict[str, Callable[[date, str], bool]] = {
    "": lambda day, half: True,
    "Monday-AM": lambda day, half: day.weekday() == 0 and half == "AM",
    "Friday": lambda day, half: day.weekday() == 4,
    "PM": lambda day, half: half == "PM",
}
QUESTIONS = st.tuples(
    st.sampled_from([*oracle.RATIOS, *oracle.SHARES, *oracle.COUNTS, "days-lost", "days-lost-each", "persistent-share",
                     "reason.I", "reason-share.O", "reason.D"]),
    st.sampled_from(list(POPULATIONS)),
    PERIODS,
    st.sampled_from(list(SLOTS)),
)  # fmt: skip
PEOPLE = pupils_table(
    [{"Pupil": name, "Sex": "F" if name in "ac" else "M", "From": "2020-09-01", "To": "2030-07-31"} for name in "abcd"]
    + [{"Pupil": name, "FSM": "Y", "From": "2024-09-04", "To": "2030-07-31"} for name in "ab"]
)


@settings(max_examples=20, deadline=None)
@given(
    marks_of_pupils(),
    st.lists(QUESTIONS, min_size=5, max_size=5),
    st.sampled_from(["inclusive", "strict"]),
    st.booleans(),
)
def test_every_figure_is_recounted_from_its_sessions_and_by_the_oracle(
    marks: list[Mark], questions: list[tuple[str, str, DateRange, str]], boundary: str, covid: bool
) -> None:
    choices = {"persistent_boundary": boundary, "covid_x": "possible" if covid else "not-possible"}
    found = analysis(register_of(marks, pupils=PEOPLE), start=COVID, end=NEW + timedelta(days=40), **choices)
    for name, population, period, slot in questions:
        kind = get_measure(name)[0]
        at = slot if kind.kind is MeasureKind.RATIO and kind.band is None else ""
        figure = found.figure(name, population, period, slot=at)
        mine = [
            m
            for m in marks
            if m.day in period and SLOTS[at](m.day, m.session) and POPULATIONS[population](m.pupil, m.day)
        ]
        expected = oracle.figure(name, mine, covid_possible=covid, strict=boundary == "strict")
        assert (figure.numerator, figure.denominator) == expected, str(figure.id)
        listed = sessions(found, FigureId.parse(str(figure.id)))
        assert sorted(map(tuple, listed.select("pupil_id", "date", "session", "code").iter_rows())) == sorted(
            (m.pupil, m.day, m.session, m.code) for m in mine
        )
        if kind.kind in (MeasureKind.RATIO, MeasureKind.COUNT, MeasureKind.DAYS):
            assert int(listed["in_numerator"].sum()) == figure.numerator, str(figure.id)
            if figure.denominator is not None:
                assert int(listed["in_denominator"].sum()) == figure.denominator, str(figure.id)
        elif kind.kind is MeasureKind.SHARE:
            possible = set(listed.filter(listed["in_denominator"])["enrolment_id"].to_list())
            assert len(possible) == figure.denominator
            if kind.band is not None and kind.band.at_least:
                hits = set(listed.filter(listed["in_numerator"])["enrolment_id"].to_list())
                assert len(hits) == figure.numerator
        assert explain(found, figure.id).figure == figure


@settings(max_examples=15, deadline=None)
@given(marks_of_pupils(), st.booleans())
def test_tallies_add_up(marks: list[Mark], covid: bool) -> None:
    choice = "possible" if covid else "not-possible"
    found = analysis(register_of(marks), start=COVID, end=NEW + timedelta(days=40), covid_x=choice)
    totals = found.totals(["all"])["all"]
    counted = oracle.counts(marks, covid_possible=covid)
    assert {name: totals[name] for name in counted} == counted
    assert totals["attended"] == totals["present"] + totals["aea"]
    assert totals["absent"] == totals["authorised"] + totals["unauthorised"] + totals["unclassified"]
    assert totals["possible"] == totals["attended"] + totals["absent"] + (totals["covid"] if covid else 0)
    assert sum(totals[group] for group in oracle.GROUPS) == len(marks) == found.register.account.coded
    for frame in (found.enrolments(), found.enrolment_weeks(), found.week_slots(), found.slot_totals(["date"])):
        for name, number in counted.items():
            assert int(frame[name].sum()) == number, name
    bands = [found.figure(band).numerator or 0 for band in BANDS]
    assert sum(bands) == totals["enrolments"]
    # Spells need the school's calendar, here inferred: the oracle is given the same open sessions.
    open_sessions = list(found.register.calendars.frame.select("date", "session").iter_rows())
    runs = oracle.spells(marks, [(day, half) for day, half in open_sessions])
    spells = found.spells()
    people = dict(found.register.enrolments.select("enrolment_no", "pupil_id").iter_rows())
    rows = spells.select("enrolment_no", "start", "end", "sessions").iter_rows()
    assert sorted((people[number], *rest) for number, *rest in rows) == runs


def summary(found: Analysis) -> list[Any]:
    keys = ["all", "fsm", "not:fsm", "sex=F"]
    return [
        *(totals.values for totals in found.totals(keys, DateRange(COVID, NEW + timedelta(days=40))).values()),
        found.figure("spells").numerator,
        found.figure("persistent-absence").value,
        sorted(found.codes().iter_rows()),
    ]


@settings(max_examples=8, deadline=None)
@given(marks_of_pupils(), st.randoms(), st.integers(0, 200))
def test_order_splitting_and_renaming_change_nothing(marks: list[Mark], random: Any, cut: int) -> None:
    def analysed(listed: Sequence[Mark], names: dict[str, str]) -> Analysis:
        people = [
            {"Pupil": names[name], "Sex": "F" if name in "ac" else "M", "From": "2020-09-01", "To": "2030-07-31"}
            for name in "abcd"
        ] + [{"Pupil": names[name], "FSM": "Y", "From": "2024-09-04", "To": "2030-07-31"} for name in "ab"]
        rows = [(names[m.pupil], m.day, m.session, m.code) for m in listed]
        return analysis(read(marks_table(rows), pupils=pupils_table(people)), start=COVID)

    same = {name: name for name in "abcd"}
    expected = summary(analysed(marks, same))
    shuffled = list(marks)
    random.shuffle(shuffled)
    assert summary(analysed(shuffled, same)) == expected
    half = cut % len(marks)
    assert summary(analysed([*marks[half:], *marks[:half]], same)) == expected
    renamed = {"a": "Zoë/1+2", "b": "7", "c": "A B", "d": "é@"}
    assert summary(analysed(marks, renamed)) == expected


@given(
    st.sets(st.dates(date(2024, 8, 25), date(2024, 10, 5))), st.sets(st.dates(date(2024, 8, 20), date(2024, 10, 10)))
)
def test_bins_never_reach_across_a_week_or_a_cut(days: set[date], cuts: set[date]) -> None:
    bins = make_bins(days, cuts)
    rows = bins.frame.rows(named=True)
    by_date = dict(bins.by_date.iter_rows())
    assert set(by_date) == days
    for row in rows:
        mine = sorted(day for day, number in by_date.items() if number == row["bin"])
        assert (row["first"], row["last"]) == (mine[0], mine[-1])
        assert {day - timedelta(days=day.weekday()) for day in mine} == {row["week"]}
        assert not any(mine[0] < cut <= mine[-1] for cut in cuts)
    for before, after in pairwise(rows):
        turned = any(before["last"] < cut <= after["first"] for cut in cuts)
        assert (before["era"] == after["era"]) == (not turned)


# --- spells, minutes, completeness ------------------------------------------------------------------------------------

FORTNIGHT = oracle.weekdays(MONDAY, MONDAY + timedelta(days=11))


def test_a_spell_runs_on_over_weekends_and_closures_and_any_other_session_ends_it() -> None:
    closed = date(2024, 9, 9)
    term = Term(name=TermName.AUTUMN, start=MONDAY, end=date(2024, 12, 20))
    calendar = CalendarDocument(terms=(term,), closures=(Closure(date=closed),))
    codes = {slot: "I" for slot in FORTNIGHT if slot[0] != closed}
    unbroken = register_of([Mark("a", day, half, code) for (day, half), code in codes.items()], calendars=[calendar])
    spells = analysis(unbroken, start=MONDAY).spells()
    assert [row[:4] for row in spells.iter_rows()] == [(0, MONDAY, date(2024, 9, 13), 18)]
    for breaker in ("/", "D", "V", ""):
        broken = codes | {(date(2024, 9, 4), "PM"): breaker}
        marks = [Mark("a", day, half, code) for (day, half), code in broken.items() if code]
        found = analysis(register_of(marks, calendars=[calendar]), start=MONDAY)
        assert found.spells()["sessions"].to_list() == [5, 12], breaker
        assert found.figure("spells").value == 2
        assert found.figure("long-spells").value == 1
        # A period cuts a spell.
        assert found.figure("spells", "all", DateRange(date(2024, 9, 5), date(2024, 9, 6))).value == 1


def test_spells_of_two_schools_follow_their_own_calendars() -> None:
    mapping = with_columns(LONG, school_id="School")
    days = (MONDAY, date(2024, 9, 4))
    rows = [(school, "a", day, "AM", "I") for school in ("s1", "s2") for day in days]
    rows.append(("s2", "b", date(2024, 9, 3), "AM", "/"))
    found = analysis(read(table(("School", "Pupil", "Date", "Session", "Mark"), rows), mapping), start=MONDAY)
    assert found.figure("spells", "school=s1").value == 1
    assert found.figure("spells", "school=s2").value == 2


def test_minutes_late_are_those_of_the_group_on_its_days() -> None:
    rows = [
        ("a", MONDAY, "AM", "L", "5"),
        ("a", date(2024, 9, 3), "AM", "L", "7"),
        ("b", MONDAY, "AM", "U", "40"),
        ("b", MONDAY, "PM", "\\", ""),
    ]
    register = read(
        table(("Pupil", "Date", "Session", "Mark", "Late"), rows),
        with_columns(LONG, minutes_late="Late"),
        pupils=pupils_table([{"Pupil": "a", "FSM": "Y", "From": "2024-09-03", "To": "2024-09-30"}]),
    )
    found = analysis(register, start=MONDAY)
    assert found.minutes() == (52, 3)
    assert found.figure("minutes-late").value == 52
    assert found.figure("minutes-late", "fsm").value == 7
    assert found.figure("minutes-late", "all", DateRange(MONDAY, MONDAY)).value == 45
    listed = sessions(found, found.id("minutes-late"))
    assert int(listed["in_numerator"].sum()) == 3
    without = analysis(register_of(pupil("a", 1, 4)))
    assert without.minutes() is None
    with pytest.raises(
        FigureIdError, match=r"measure 'minutes-late': the register gives no minutes late.*Map columns\.minutes_late"
    ):
        without.figure("minutes-late")


def test_what_is_due_is_counted_by_form_and_day() -> None:
    term = Term(name=TermName.AUTUMN, start=MONDAY, end=date(2024, 12, 20))
    calendar = CalendarDocument(terms=(term,), closures=(Closure(date=date(2024, 9, 5), session="PM"),))
    people: list[dict[str, object]] = [
        {"Pupil": "a", "Form": "7A", "Start": MONDAY, "From": MONDAY, "To": "2024-09-03"},
        {"Pupil": "a", "Form": "7B", "Start": MONDAY, "From": "2024-09-04", "To": "2025-07-31"},
        {"Pupil": "b", "Form": "7A", "Start": "2024-09-04", "End": "2024-09-05"},
        {"Pupil": "c", "Start": MONDAY},
    ]
    marks = [Mark("a", day, half, "/") for day, half in FORTNIGHT[:4]]
    marks += [Mark("b", date(2024, 9, 4), "AM", "I"), Mark("c", date(2024, 9, 6), "PM", "\\")]
    found = completeness(analysis(register_of(marks, pupils=pupils_table(people), calendars=[calendar]), start=MONDAY))
    forms = {row["form"]: (row["due"], row["taken"], row["missing"]) for row in found.by("form").rows(named=True)}
    # 7A: a for two days, then b for two days, of which one ends at noon; 7B: a for three; c has no form for five.
    assert forms == {"7A": (7, 5, 2), "7B": (5, 0, 5), NO_FORM: (9, 1, 8)}
    assert (found.due, found.taken, found.missing, found.has_forms) == (21, 6, 15, True)
    nothing = completeness(
        analysis(register_of(marks, calendars=[calendar]), start=date(2024, 9, 7), end=date(2024, 9, 8))
    )
    assert (nothing.due, nothing.taken, nothing.has_forms) == (0, 0, False)


# --- periods, ids and refusals ----------------------------------------------------------------------------------------


def test_the_period_is_the_academic_year_so_far_unless_it_is_given() -> None:
    marks = [*pupil("a", 1, 10, first=date(2023, 9, 4)), *pupil("a", 2, 10)]
    found = analysis(register_of(marks))
    assert str(found.period) == "2024-09-02..2024-09-06"
    assert found.figure("absence").numerator == 2
    assert analysis(register_of(marks), start=date(2023, 9, 1)).figure("absence").numerator == 3
    assert str(AcademicYear.of(found.period.start)) == "2024/25"


def test_further_periods_are_exact_whatever_they_cut() -> None:
    marks = pupil("a", 7, 40)
    found = analysis(register_of(marks), start=MONDAY)
    for first in range(0, 28, 3):
        for days in (0, 1, 4, 9):
            period = DateRange(MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + days))
            figure = found.figure("absence", "all", period)
            assert (figure.numerator, figure.denominator) == oracle.figure(
                "absence", [m for m in marks if m.day in period]
            )


def test_an_explanation_says_what_a_figure_means() -> None:
    found = whole(pupil("a", 2, 10))
    told = explain(found, found.id("reason.I"), provider="somebody")
    assert told.figure.numerator == 2
    assert told.numerator_means == "sessions with the code (code I)"
    assert told.population_means == "All pupils"
    assert told.provider == "somebody"
    assert told.cites == load_measures()["reason"].cites
    assert told.settings == profile().settings
    other = FigureId(measure="attendance", period=found.period, profile="other")
    with pytest.raises(FigureIdError, match=r"was worked out under profile 'other'; expected year-to-date"):
        explain(found, other)


def test_every_measure_gives_a_figure_with_its_unit() -> None:
    rows = [("a", MONDAY, "AM", "L", "5"), ("a", MONDAY, "PM", "I", "")]
    register = read(table(("Pupil", "Date", "Session", "Mark", "Late"), rows), with_columns(LONG, minutes_late="Late"))
    found = analysis(register)
    for id, measure in load_measures().items():
        name = f"{id}.I" if measure.per_code else id
        if measure.kind is MeasureKind.LESSONS:
            with pytest.raises(FigureIdError, match="is one of lessons; expected a measure of sessions"):
                found.figure(name)
            continue
        figure = found.figure(name)
        assert (figure.unit, figure.title) == (measure.unit, measure.title)
        assert FigureId.parse(str(figure.id)) == figure.id


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("atendance", r"measure 'atendance': is unknown; expected one of .*Did you mean 'attendance'\?"),
        ("zzz", "is unknown.*Choose one of them"),
        ("reason", r"measure 'reason': needs a code; expected reason\.CODE, as in reason\.I"),
        ("attendance.I", r"measure 'attendance\.I': takes no code; expected attendance"),
        ("reason.ZZ", r"measure 'reason\.ZZ': names a code that no codebook holds"),
    ],
)
def test_measures_that_are_none(measure: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        whole(pupil("a", 1, 4)).figure(measure)


@pytest.mark.parametrize("slot", ["Funday", "Monday-XX", "monday-am", "am", "Monday-", "-AM", "AM-Monday", "Friday-pm"])
def test_slots_that_are_none(slot: str) -> None:
    with pytest.raises(FigureIdError, match=r"is no slot of the week; expected Monday-AM, Friday or PM"):
        whole(pupil("a", 1, 4)).figure("attendance", slot=slot)


@pytest.mark.parametrize(
    "measure", ["persistent-absence", "persistent-share", "days-lost", "spells", "absent-sessions"]
)
def test_only_rates_of_sessions_have_slots(measure: str) -> None:
    with pytest.raises(FigureIdError, match=rf"slot 'Monday-AM': {measure} has none; expected a rate of sessions"):
        whole(pupil("a", 1, 4)).figure(measure, slot="Monday-AM")


def test_periods_that_are_none() -> None:
    register = register_of(pupil("a", 1, 4))
    with pytest.raises(FigureIdError, match="ends before it starts"):
        analysis(register, start=date(2024, 9, 3), end=MONDAY)
    with pytest.raises(
        FigureIdError, match=r"period from 2025-01-01: begins after 2024-09-03, the day the register speaks to"
    ):
        analysis(register, start=date(2025, 1, 1))
    with pytest.raises(DocumentError, match="the range ends before it starts"):
        DateRange(date(2024, 9, 3), MONDAY)


@pytest.mark.parametrize("limits", [(date.min, None), (None, date.max), (date.min, date.max)])
def test_periods_may_be_as_wide_as_days_go(limits: tuple[date | None, date | None]) -> None:
    register = register_of(pupil("a", 1, 4))
    start, end = limits
    wide = analysis(register, start=start or MONDAY, end=end)
    assert (wide.figure("absence").numerator, wide.figure("absence").denominator) == (1, 4)
    assert len(wide.spells()) == 1
    assert completeness(wide).taken == 4
    assert last_year(register, wide.period) is None


def test_only_a_register_of_sessions_is_analysed() -> None:
    with pytest.raises(LayoutError, match="a dict: is no register of session marks"):
        Analysis.of({}, profile())  # type: ignore[arg-type]


# --- frames -----------------------------------------------------------------------------------------------------------


def test_the_rows_of_enrolments_and_weeks_have_an_order() -> None:
    found = whole([mark for number in range(200) for mark in pupil(f"p{number:03}", number % 7, 40)])
    numbers = list(range(200))
    assert found.enrolments()["enrolment_no"].to_list() == numbers
    weeks = found.enrolment_weeks()
    mondays = [MONDAY + timedelta(weeks=week) for week in range(4)]
    assert weeks.select("enrolment_no", "week").rows() == [(one, week) for one in numbers for week in mondays]
