"""Targets against figures counted by hand: reached, not reached, exactly at the edge, and what cannot be told."""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from attendance_core.errors import DocumentError
from attendance_core.model.benchmarks import BenchmarkRelease, BenchmarkRow
from attendance_core.model.calendars import CalendarDocument, Term, TermName
from attendance_core.model.figures import Unit
from attendance_core.model.plan_rows import TargetKind
from attendance_core.model.plans import BENCHMARKS, Judgement, Objective, PlanTarget, Verdict
from attendance_core.model.sources import Citation
from attendance_core.plans.targets import Reached, TargetBasis, TargetResult, judge_one, published_value
from attendance_core.workbench import Workbench
from tests import school
from tests.plan_cases import objective, plan
from tests.registers import PACK, analysis, marks_table, pupils_table, read

AS_OF = date(2025, 9, 12)
#: Ten school days in each of two years, which are the same school weeks.
NOW, BEFORE = (date(2025, 9, 1), date(2025, 9, 12)), (date(2024, 9, 2), date(2024, 9, 13))
CALENDAR = CalendarDocument(
    terms=(
        Term(name=TermName.AUTUMN, start=date(2024, 9, 2), end=date(2024, 12, 20)),
        Term(name=TermName.AUTUMN, start=date(2025, 9, 1), end=date(2025, 12, 19)),
    )
)


def sessions(span: tuple[date, date]) -> list[tuple[date, str]]:
    days = [date.fromordinal(number) for number in range(span[0].toordinal(), span[1].toordinal() + 1)]
    return [(day, half) for day in days if day.weekday() < 5 for half in ("AM", "PM")]


def marked(pupil: str, span: tuple[date, date], absent: int) -> Iterator[tuple[str, date, str, str]]:
    """Twenty sessions, of which the first are absent."""
    for index, (day, half) in enumerate(sessions(span)):
        yield pupil, day, half, "I" if index < absent else "/" if half == "AM" else "\\"


def basis(
    now: Iterable[int] = (2, 0), before: Iterable[int] = (4, 0), *, since: date = BEFORE[0], phase: str = "secondary"
) -> TargetBasis:
    """A school of two pupils; the first has free meals. Numbers are absent sessions out of twenty."""
    rows: list[tuple[str, date, str, str]] = []
    for span, absents in ((BEFORE, before), (NOW, now)):
        for pupil, absent in zip(("1", "2"), absents, strict=True):
            rows += marked(pupil, span, absent)
    pupils = pupils_table(
        [{"Pupil": one, "From": since, "Year": 7, "FSM": fsm} for one, fsm in (("1", "yes"), ("2", "no"))]
    )
    register = read(marks_table(rows), pupils=pupils, calendars=(CALENDAR,))
    return TargetBasis(analysis=analysis(register, PACK), phase=phase)


@cache
def usual() -> TargetBasis:
    return basis()


def target(kind: TargetKind, **more: Any) -> PlanTarget:
    given: dict[str, Any] = {
        "text": "It is so.",
        "measure": "" if kind is TargetKind.QUALITATIVE else "attendance",
        **more,
    }
    return PlanTarget(id="t", kind=kind, **given)


def judged(one: PlanTarget, against: TargetBasis | None = None, owner: Objective | None = None) -> TargetResult:
    return judge_one(owner or objective("one", evaluation=("governors",)), one, AS_OF, against)


# -- numbers


@pytest.mark.parametrize(
    ("bound", "reached"),
    [
        # 38 of 40 sessions: exactly 95 %.
        ({"at_least": 95.0}, Reached.YES),
        ({"at_least": 95.1}, Reached.NO),
        ({"at_most": 95.0}, Reached.YES),
        ({"at_most": 94.9}, Reached.NO),
    ],
)
def test_a_number_is_decided_exactly(bound: dict[str, float], reached: Reached) -> None:
    found = judged(target(TargetKind.NUMERIC, **bound), usual())
    assert found.reached is reached
    assert found.figure is not None and (found.figure.numerator, found.figure.denominator) == (38, 40)
    (number,) = bound.values()
    assert found.says.startswith("Attendance 95.0 % (38 of 40); the target is at ") and found.says.endswith(
        f"{number:g}."
    )


def test_a_number_of_a_group_of_its_own() -> None:
    found = judged(target(TargetKind.NUMERIC, at_least=90, population="fsm"), usual())
    assert found.reached is Reached.YES and found.figure is not None
    assert (found.figure.numerator, found.figure.denominator) == (18, 20)
    gone = judged(target(TargetKind.NUMERIC, at_least=90, population="unheard"), usual())
    assert gone.reached is Reached.CANNOT_TELL and "is not available: the register has no nowhere" in gone.says
    odd = judged(target(TargetKind.NUMERIC, at_least=90, population="no-such"), usual())
    assert odd.says == "Cannot tell: population 'no-such' is unknown."
    groups = judged(target(TargetKind.GROUP, cohorts=("no-such",)), usual())
    assert groups.says.endswith("; cannot tell: no-such (population 'no-such' is unknown).")
    strange = judged(target(TargetKind.NUMERIC, at_least=90, measure="no-such"), usual())
    assert strange.says == "Cannot tell: measure 'no-such' is unknown."


@given(st.integers(0, 20), st.integers(0, 1000))
def test_law_a_number_is_never_decided_by_a_rounded_rate(absent: int, tenths: int) -> None:
    from attendance_core.measures.definitions import get_session_measure
    from attendance_core.model.figures import Figure, FigureId
    from attendance_core.plans.targets import exact

    measure, _ = get_session_measure("attendance")
    id = FigureId.parse("attendance/all/2025-09-01..2025-09-12/year-to-date")
    figure = Figure(
        id=id,
        title="Attendance",
        unit=Unit.PERCENT,
        value=100 * (20 - absent) / 20,
        numerator=20 - absent,
        denominator=20,
    )
    value = exact(figure, measure)
    assert value is not None
    assert (value >= Fraction(repr(tenths / 10))) == (1000 * (20 - absent) >= tenths * 20)


# -- benchmarks


def release(*rows: BenchmarkRow, year: str = "2025/26", provisional: bool = False) -> BenchmarkRelease:
    return BenchmarkRelease(
        id="made",
        title="Made-up figures",
        collection="made",
        academic_year=year,
        start=date(2025, 9, 1),
        end=date(2025, 9, 12),
        published_on=date(2025, 10, 1),
        provisional=provisional,
        cites=(Citation(source="library"),),
        last_checked_on=date(2025, 10, 1),
        rows=rows,
    )


def row(level: str = "national", group: str = "", **percent: float) -> BenchmarkRow:
    return BenchmarkRow(
        level=level, code="E92000001", name="England", phase="secondary", group=group, percent=dict(percent)
    )


NATIONAL: dict[str, Any] = {"kind": TargetKind.BENCHMARK, "benchmark": "national-average"}


@pytest.mark.parametrize(("published", "reached"), [(95.0, Reached.YES), (95.1, Reached.NO), (94.9, Reached.YES)])
def test_a_published_figure_is_reached_when_level(published: float, reached: Reached) -> None:
    against = evolve(usual(), releases=(release(row(attendance=published), provisional=True),))
    found = judged(target(**NATIONAL), against)
    assert (found.reached, found.wanted, found.source, found.provisional) == (
        reached,
        published,
        "Made-up figures",
        True,
    )
    assert f"England (secondary) has {published} % in 2025/26, provisional." in found.says


def test_less_is_better_where_the_measure_says_so() -> None:
    against = evolve(usual(), releases=(release(row(absence=5.0)),))
    assert judged(target(**NATIONAL, measure="absence"), against).reached is Reached.YES
    less = evolve(usual(), releases=(release(row(absence=4.9)),))
    assert judged(target(**NATIONAL, measure="absence"), less).reached is Reached.NO


def test_a_figure_that_stands_in_says_so() -> None:
    against = evolve(usual(), releases=(release(row(attendance=95.0), year="2024/25"),))
    assert "in 2024/25, which stands in." in judged(target(**NATIONAL), against).says


@pytest.mark.parametrize(
    ("changes", "benchmark", "says"),
    [
        ({"phase": ""}, "national-average", "no phase is known: set school.phase in attendance.toml"),
        ({}, "national-average", "no national figure is held for secondary schools"),
        ({}, "authority-average", "no authority is known: set school.authority in attendance.toml"),
        ({}, "region-average", "no region is known: set school.region in attendance.toml"),
    ],
)
def test_what_is_missing_for_a_benchmark_is_named(changes: dict[str, Any], benchmark: str, says: str) -> None:
    found = judged(target(TargetKind.BENCHMARK, benchmark=benchmark), evolve(usual(), **changes))
    assert (found.reached, found.says) == (Reached.CANNOT_TELL, f"Cannot tell: {says}.")


def test_nothing_is_published_for_some_measures() -> None:
    found = judged(target(**NATIONAL, measure="days-lost"), usual())
    assert "nothing is published that compares with days lost" in found.says


@pytest.mark.parametrize(("before", "reached"), [((4, 0), Reached.YES), ((2, 0), Reached.NO), ((0, 0), Reached.NO)])
def test_better_than_a_year_before_is_more_than_level(before: tuple[int, int], reached: Reached) -> None:
    found = judged(target(TargetKind.BENCHMARK, benchmark="own-year-before"), basis(before=before))
    assert found.reached is reached
    assert found.says.endswith(f"Attendance {100 - sum(before) * 2.5:.1f} % ({40 - sum(before)} of 40).")


def test_a_published_percentage_is_taken_as_printed_and_counts_exactly() -> None:
    assert published_value(row(attendance=92.3), "attendance") == Fraction(923, 10)
    counted = evolve(row(), counts={"possible": 3, "attended": 1})
    assert published_value(counted, "attendance") == Fraction(100, 3)
    assert published_value(row(), "attendance") is None


def test_the_released_figures_of_the_workbench_come_with_their_mark() -> None:
    found = school.bench().plan_targets(
        plan(objective("one", targets=(target(**NATIONAL),))),
        date(2026, 1, 20),
        school.register(),
    )
    (one,) = found
    releases = {each.title: each for each in school.bench().releases(date(2026, 1, 20))}
    assert one.source in releases and one.provisional is releases[one.source].provisional
    assert one.figure is not None and one.figure.id.period.end == date(2026, 1, 20)


@pytest.mark.parametrize(
    ("year", "as_of", "says"),
    [
        ("2026/27", date(2026, 9, 10), "Cannot tell: the register holds no mark of 2026/27 yet."),
        ("2025/26", date(2025, 8, 20), "Cannot tell: the register holds no mark of 2025/26 yet."),
        ("2019/20", date(2026, 1, 20), "Cannot tell: the register holds no mark of 2019/20."),
    ],
)
def test_a_plan_is_not_judged_by_the_marks_of_another_year(year: str, as_of: date, says: str) -> None:
    """A number that every register reaches, so that a figure of any year would say so."""
    easy = plan(objective("one", targets=(target(TargetKind.NUMERIC, at_least=0),)), academic_year=year)
    (found,) = school.bench().plan_targets(easy, as_of, school.register())
    assert (found.reached, found.says) == (Reached.CANNOT_TELL, says)
    report = school.bench().plan_report(easy, as_of, register=school.register())
    assert says in str(report.report.sections)
    _, agenda = school.bench().agenda("governors", as_of, plan=easy, register=school.register())
    assert says in str(agenda.report.sections)


def test_a_plan_is_judged_by_its_own_year_when_the_next_has_begun() -> None:
    both = basis(now=(20, 20), before=(0, 0)).analysis.register
    easy = plan(objective("one", targets=(target(TargetKind.NUMERIC, at_least=100),)), academic_year="2024/25")
    (found,) = Workbench.open(entry_points=False).plan_targets(easy, AS_OF, both)
    assert found.reached is Reached.YES and found.figure is not None
    assert found.figure.id.period.end == date(2025, 7, 31)


# -- groups


@pytest.mark.parametrize(
    ("now", "before", "reached"),
    [((2, 9), (4, 0), Reached.YES), ((4, 0), (4, 5), Reached.NO), ((5, 0), (4, 5), Reached.NO)],
)
def test_a_group_is_held_against_itself_a_year_before(
    now: tuple[int, int], before: tuple[int, int], reached: Reached
) -> None:
    """The other pupil moves the other way, and has no say."""
    found = judged(target(TargetKind.GROUP, cohorts=("fsm",)), basis(now, before))
    (group,) = found.groups
    assert found.reached is reached
    assert group.figure is not None and group.before is not None
    assert (group.figure.numerator, group.before.numerator) == (20 - now[0], 20 - before[0])


def test_a_group_that_nobody_was_in_a_year_before_cannot_have_moved() -> None:
    found = judged(target(TargetKind.GROUP, cohorts=("fsm",)), basis(since=NOW[0]))
    assert found.reached is Reached.CANNOT_TELL and found.groups[0].note == "nobody was in it a year before"


def test_each_named_group_has_its_own_answer() -> None:
    found = judged(target(TargetKind.GROUP, cohorts=("fsm", "unheard")), usual())
    assert found.reached is Reached.CANNOT_TELL
    assert found.says == (
        "1 of 2 groups moved the right way; cannot tell: unheard"
        " (population 'unheard' is not available: the register has no nowhere)."
    )
    # One that went the wrong way decides, whatever cannot be told.
    worse = judged(target(TargetKind.GROUP, cohorts=("fsm", "unheard")), basis((9, 0), (4, 0)))
    assert worse.reached is Reached.NO and "not: fsm" in worse.says
    assert judged(target(TargetKind.GROUP), usual()).says == "Cannot tell: the target names no group."


# -- people


def test_a_qualitative_target_is_judged_by_people_and_has_no_figure() -> None:
    said = (
        Judgement(on=date(2025, 9, 10), by=("governors",), verdict=Verdict.PARTLY, reason="Some do it."),
        Judgement(on=date(2025, 9, 13), by=("governors",), verdict=Verdict.REACHED, reason="All do it."),
    )
    for against in (None, usual()):
        found = judged(target(TargetKind.QUALITATIVE, judgements=said), against)
        # What was said after the day asked about was not known on it.
        assert (found.reached, found.says) == (
            Reached.PARTLY, "Judged on 2025-09-10 by governors: Some do it.",
        )  # fmt: skip
        assert found.figure is None and found.wanted is None and "%" not in found.says
    nobody = judged(target(TargetKind.QUALITATIVE), usual())
    assert (nobody.reached, nobody.says) == (
        Reached.UNJUDGED, "Judged by governors, who have not said yet; no figure says it.",
    )  # fmt: skip


def test_without_a_register_no_figure_is_made_up() -> None:
    for one in (target(TargetKind.NUMERIC, at_least=95), target(TargetKind.GROUP, cohorts=("fsm",))):
        assert judged(one).says == "Cannot tell: no register was given."


# -- two targets in one cell


def test_t12_one_cell_with_two_targets_holds_two() -> None:
    """In line with the national average, working towards 98 %: one is reached and the other is not."""
    both = (
        target(TargetKind.BENCHMARK, benchmark="national-average"),
        evolve(target(TargetKind.NUMERIC, at_least=98), id="t2"),
    )
    against = evolve(usual(), releases=(release(row(attendance=92.0)),))
    found = [judged(one, against, objective("one", targets=both)) for one in both]
    assert [one.reached for one in found] == [Reached.YES, Reached.NO]


@pytest.mark.parametrize(
    ("kind", "more", "says"),
    [
        (TargetKind.NUMERIC, {}, "at_least: a numeric target names one number"),
        (TargetKind.NUMERIC, {"at_least": 1, "at_most": 2}, "at_least: a numeric target names one number"),
        (TargetKind.NUMERIC, {"at_least": 1, "measure": ""}, "measure: a numeric target names no measure"),
        (TargetKind.QUALITATIVE, {"at_least": 90}, "at_least: is for a numeric target"),
        (TargetKind.QUALITATIVE, {"measure": "attendance"}, "measure: is for a numeric or benchmark or group target"),
        (TargetKind.BENCHMARK, {"benchmark": "next-door"}, f"expected one of {', '.join(BENCHMARKS)}"),
        (TargetKind.GROUP, {"benchmark": "national-average"}, "benchmark: is for a benchmark target"),
        (TargetKind.GROUP, {"population": "fsm"}, "population: is for a numeric or benchmark target"),
    ],
)
def test_a_target_that_cannot_be_judged_is_refused(kind: TargetKind, more: dict[str, object], says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        target(kind, **more)
