"""Windows of whole school weeks: held against every other way of cutting them, and against marks counted one by one."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.evaluation.weeks import panel_frame, school_panels
from attendance_core.evaluation.windows import SchoolWeek, place, windows_at
from attendance_core.model.calendars import CalendarDocument, Closure, Term, TermName
from attendance_core.model.impact import ImpactChoices
from attendance_core.model.treatments import Treatment
from tests.registers import analysis, marks_table, read

MONDAY = date(2025, 9, 1)
CHOICES = ImpactChoices(before=60, lately=20, after=50, placebo=40, sessions=20, held=2)


def weeks_of(sessions: list[int]) -> list[SchoolWeek]:
    """School weeks with these sessions; a week without any is none, as in a holiday."""
    return [
        SchoolWeek(
            monday=MONDAY + timedelta(weeks=number),
            first=MONDAY + timedelta(weeks=number),
            last=MONDAY + timedelta(weeks=number, days=(open_sessions - 1) // 2),
            sessions=open_sessions,
        )
        for number, open_sessions in enumerate(sessions)
        if open_sessions
    ]


def nearest(sessions: list[int], wanted: int) -> int:
    """How many whole weeks from the first on come nearest; of two as near, the longer."""
    return max(range(len(sessions) + 1), key=lambda many: (-abs(sum(sessions[:many]) - wanted), many))


@given(st.lists(st.integers(0, 10), max_size=40), st.integers(0, 280))
def test_windows_are_the_whole_weeks_that_come_nearest(sessions: list[int], offset: int) -> None:
    weeks = weeks_of(sessions)
    start = MONDAY + timedelta(days=offset)
    before = [week for week in weeks if week.last < start]
    after = [week for week in weeks if week.first >= start]
    backward = [week.sessions for week in reversed(before)]
    lately = nearest(backward, CHOICES.lately)
    earlier = nearest(backward[lately:], CHOICES.before - CHOICES.lately)
    following = nearest([week.sessions for week in after], CHOICES.after)
    found = windows_at(weeks, place(weeks, start), CHOICES)
    held_before = sum(backward[: lately + earlier])
    held_after = sum(week.sessions for week in after[:following])
    if min(held_before, held_after) < CHOICES.sessions:
        assert found is None
        return
    assert found is not None
    assert [weeks[index] for index in found.lately] == before[len(before) - lately :]
    assert [weeks[index] for index in found.before] == before[len(before) - lately - earlier :]
    assert [weeks[index] for index in found.after] == after[:following]
    assert [weeks[index] for index in found.held] == after[:following][-CHOICES.held :]
    ends = len(before) - lately - earlier
    assert list(found.placebo) in ([], list(range(found.placebo.start, ends)))
    if found.placebo:
        assert 2 * sum(weeks[index].sessions for index in found.placebo) >= CHOICES.placebo


def test_a_week_in_which_help_began_is_in_no_window() -> None:
    weeks = weeks_of([10] * 14)
    wednesday = weeks[7].monday + timedelta(days=2)
    found = windows_at(weeks, place(weeks, wednesday), CHOICES)
    assert found is not None
    assert (found.before.stop, found.after.start) == (7, 8)


def test_help_that_began_in_a_holiday_has_windows_that_touch() -> None:
    weeks = weeks_of([10] * 7 + [0, 0] + [10] * 7)
    found = windows_at(weeks, place(weeks, MONDAY + timedelta(weeks=7, days=3)), CHOICES)
    assert found is not None
    assert (found.before.stop, found.after.start) == (7, 7)


@pytest.mark.parametrize(("number", "short"), [(6, False), (5, True), (2, True)])
def test_a_window_that_the_register_cuts_short_says_so(number: int, short: bool) -> None:
    weeks = weeks_of([10] * 20)
    found = windows_at(weeks, place(weeks, weeks[number].first), CHOICES)
    assert found is not None
    assert (len(found.before), found.short) == (number, short)


def test_windows_say_that_they_reach_into_another_year() -> None:
    summer = [SchoolWeek(monday=day, first=day, last=day + timedelta(days=4), sessions=10) for day in _mondays(2025, 6)]
    autumn = [SchoolWeek(monday=day, first=day, last=day + timedelta(days=4), sessions=10) for day in _mondays(2025, 9)]
    weeks = summer + autumn
    across = windows_at(weeks, place(weeks, autumn[0].first), CHOICES)
    inside = windows_at(autumn * 1, place(autumn, autumn[2].first), CHOICES)
    assert across is not None and across.years == 2
    assert inside is not None and inside.years == 1


def _mondays(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    monday = first + timedelta(days=-first.weekday() % 7)
    return [monday + timedelta(weeks=number) for number in range(7)]


CALENDAR = CalendarDocument(
    terms=(Term(name=TermName.AUTUMN, start=date(2025, 9, 1), end=date(2025, 10, 24)),),
    closures=(
        *[Closure(date=date(2025, 9, 15) + timedelta(days=day)) for day in range(5)],
        Closure(date=date(2025, 9, 24)),
    ),
)
_DAYS = [
    day
    for day in CALENDAR.terms[0].span.each_day()
    if day.weekday() < 5 and day not in {closure.date for closure in CALENDAR.closures}
]
_ABSENT, _POSSIBLE = set("IO"), set("/\\LIO")


@given(
    st.lists(
        st.lists(st.sampled_from(["/", "I", "O", "L", "Y1", ""]), min_size=len(_DAYS), max_size=len(_DAYS)),
        min_size=2,
        max_size=3,
    )
)
@settings(max_examples=25, deadline=None)
def test_the_weeks_of_a_register_are_its_marks_counted(codes: list[list[str]]) -> None:
    codes[0][0] = codes[0][-1] = "/"
    marks = [
        (f"P{pupil}", day, session, code)
        for pupil, row in enumerate(codes)
        for day, code in zip(_DAYS, row, strict=True)
        for session in ("AM", "PM")
        if code
    ]
    register = read(marks_table(marks), calendars=[CALENDAR])
    (panel,) = school_panels(analysis(register))
    assert [week.monday for week in panel.weeks] == sorted({day - timedelta(days=day.weekday()) for day in _DAYS})
    assert [week.sessions for week in panel.weeks] == [
        2 * sum(week.monday <= day <= week.monday + timedelta(days=6) for day in _DAYS) for week in panel.weeks
    ]
    pupils = dict(register.enrolments.select("enrolment_id", "pupil_id").iter_rows())
    for row, key in enumerate(panel.enrolments):
        for column, week in enumerate(panel.weeks):
            mine = [
                code
                for pupil, day, _, code in marks
                if pupil == pupils[key] and week.monday <= day <= week.monday + timedelta(days=6)
            ]
            assert int(panel.possible[row, column]) == sum(code in _POSSIBLE for code in mine)
            assert int(panel.absent[row, column]) == sum(code in _ABSENT for code in mine)


def test_the_panel_for_other_estimators_holds_every_possible_session_once() -> None:
    marks = [
        (pupil, day, session, "I" if pupil == "P1" and day.day % 3 == 0 else "/")
        for pupil in ("P0", "P1", "P2")
        for day in _DAYS
        for session in ("AM", "PM")
    ]
    register = read(marks_table(marks), calendars=[CALENDAR])
    keys = {pupil: key for key, pupil in register.enrolments.select("enrolment_id", "pupil_id").iter_rows()}
    help_ = [
        Treatment(enrolment_id=keys["P1"], part_of="clinic", start=date(2025, 9, 10)),
        Treatment(enrolment_id=keys["P2"], part_of="other", start=date(2025, 9, 8)),
    ]
    frame = panel_frame(school_panels(analysis(register)), help_, "clinic")
    assert frame.columns == [
        "unit", "time", "week", "treated", "first_treated", "absent", "possible", "cluster", "weight",
    ]  # fmt: skip
    assert int(frame["possible"].sum()) == len(marks)
    assert int(frame["absent"].sum()) == sum(code == "I" for *_, code in marks)
    mine = frame.rows(named=True)
    assert {(row["unit"], row["first_treated"]) for row in mine} == {(keys["P0"], 0), (keys["P1"], 3), (keys["P2"], 0)}
    assert all(row["treated"] == (row["unit"] == keys["P1"] and row["time"] >= 3) for row in mine)
    assert sorted({row["time"] for row in mine}) == list(range(1, len({row["week"] for row in mine}) + 1))
