"""What figures are held against: targets, last year, published figures of others, and the words that say so."""

import re
from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from attendance_core.dates import AcademicYear
from attendance_core.errors import PluginError
from attendance_core.model.benchmarks import BenchmarkRelease, BenchmarkRow
from attendance_core.model.configuration import School, Target
from attendance_core.model.figures import Comparison, ComparisonKind, Figure, FigureId, Unit
from attendance_core.model.sources import Citation
from attendance_core.plugins import hookimpl
from attendance_core.reference.benchmarks import benchmark_value, find_rows, load_release
from attendance_core.reports.comparing import phase_of
from attendance_core.reports.words import sentence
from attendance_core.workbench import Workbench
from tests import school
from tests.school import figures, tables


def headline(measure: str, view_of: Workbench | None = None) -> Figure:
    """A headline for leaders, under another configuration if one is given."""
    view = school.view("leaders") if view_of is None else view_of.report(school.register(), audience="leaders")
    return next(figure for figure in tables(view, "headlines")[0].figures if figure.id.measure == measure)


def held(figure: Figure, kind: ComparisonKind) -> Comparison:
    (found,) = [comparison for comparison in figure.comparisons if comparison.kind is kind]
    return found


# Targets


def test_a_target_is_that_of_the_year_and_of_the_group() -> None:
    target = held(headline("attendance"), ComparisonKind.TARGET)
    assert (target.value, target.label, target.note) == (93.0, "Target 2025/26", "School improvement plan")
    assert target.source == "attendance.toml"
    by_group = {figure.id.population: figure for figure in figures(school.view("leaders"), "cohorts").values()
                if figure.id.measure == "attendance"}  # fmt: skip
    assert held(by_group["fsm"], ComparisonKind.TARGET).value == 90.0
    assert not any(one.kind is ComparisonKind.TARGET for one in by_group["sen-support"].comparisons)
    last = school.bench().report(school.register(), audience="leaders", end=date(2025, 7, 21))
    assert held(tables(last, "headlines")[0].figures[0], ComparisonKind.TARGET).value == 92.5


def test_no_target_no_comparison_with_one() -> None:
    without = headline("attendance", school.bench_with(targets=()))
    assert not any(one.kind is ComparisonKind.TARGET for one in without.comparisons)


def test_the_note_of_a_target_is_not_said_again_of_each_week() -> None:
    weeks = tables(school.view("leaders"), "trend")[-1].figures
    assert all(held(figure, ComparisonKind.TARGET).note == "" for figure in weeks)


# Last year


def test_last_year_is_of_the_same_weeks_and_from_this_register() -> None:
    figure = headline("attendance")
    before = held(figure, ComparisonKind.LAST_YEAR)
    assert (before.period, before.source) == ("2024-09-04..2025-07-21", "this register")
    again, _ = school.bench().explain(
        school.register(), str(evolve(figure.id, period=type(figure.id.period)(date(2024, 9, 4), date(2025, 7, 21))))
    )
    assert again.figure.value == before.value
    assert before.difference == (figure.value or 0) - (before.value or 0)


def test_a_register_of_one_year_says_that_it_holds_no_last_year() -> None:
    first = school.bench().report(school.register(), audience="leaders", end=date(2025, 7, 21))
    before = held(tables(first, "headlines")[0].figures[0], ComparisonKind.LAST_YEAR)
    assert before.value is None and before.difference is None
    assert before.note == "the register does not hold the same weeks of last year"


# Published figures


@pytest.mark.parametrize(
    ("kind", "level", "name"),
    [
        (ComparisonKind.NATIONAL, "national", ""),
        (ComparisonKind.REGION, "region", "Yorkshire and The Humber"),
        (ComparisonKind.AUTHORITY, "authority", "Leeds"),
    ],
)
@pytest.mark.parametrize(
    ("measure", "key"),
    [("attendance", "attendance"), ("unauthorised-absence", "unauthorised"), ("persistent-absence", "persistent"),
     ("late-sessions", "late")],
)  # fmt: skip
def test_headlines_stand_beside_published_figures(
    kind: ComparisonKind, level: str, name: str, measure: str, key: str
) -> None:
    release = load_release("dfe-attendance-2025-26")
    row = find_rows(release, level=level, phase="secondary", code_or_name=name)
    assert row is not None
    found = held(headline(measure), kind)
    assert found.value == benchmark_value(row, key)
    assert found.label == f"{row.name} (secondary), 2025/26"
    assert (found.source, found.period, found.provisional) == (release.title, str(release.period), True)
    assert found.difference == (headline(measure).value or 0) - (found.value or 0)


def test_a_figure_of_another_collection_or_year_says_which() -> None:
    found = held(headline("severe-absence"), ComparisonKind.NATIONAL)
    assert found.label == "England (secondary), 2022/23, pupil absence census"
    assert found.period == "2022-08-01..2023-07-31" and "2022/23" in found.source
    assert not found.provisional and found.note == "no figure of 2025/26 is held"
    # Where the census has no such row, that is said too.
    region = held(headline("severe-absence"), ComparisonKind.REGION)
    assert region.value is None and region.note == "not published for secondary schools at this level"


@pytest.mark.parametrize("format", ["html", "md", "terminal", "json"])
def test_every_format_says_where_a_comparison_comes_from(format: str) -> None:
    (file,) = school.bench().render(school.view("governors"), format)
    text = file.content.decode()
    for part in ("England (secondary), 2022/23, pupil absence census", "provisional"):
        assert part in text
    if format != "terminal":
        assert "Pupil attendance in schools, England, 2025/26 to 10 July 2026" in text


def test_groups_stand_beside_their_own_group_in_england_only() -> None:
    census = load_release("dfe-absence-2022-23")
    view = school.view("leaders")
    for figure in figures(view, "groups").values():
        areas = [one for one in figure.comparisons if one.kind is ComparisonKind.NATIONAL]
        if figure.id.measure != "persistent-absence" or figure.id.population.partition("=")[0] != "year-group":
            continue
        row = find_rows(census, level="national", phase="secondary", group=figure.id.population)
        value = benchmark_value(row, "persistent") if row is not None else None
        assert [one.value for one in areas] == ([] if value is None else [value])


def test_without_a_phase_nothing_is_compared_and_the_report_says_what_to_set() -> None:
    folder = school.folder()
    bench = school.bench_with(school=School(id="demo-school", name="X"))
    register = school.bench_with(school=School(id="demo-school", name="X")).read(
        folder / "marks.csv", pupils=folder / "pupils.csv", calendar=folder / "calendar.toml"
    )
    view = bench.report(register, audience="leaders")
    # The year groups, 7 to 13, lie in one phase, so the phase is known after all.
    assert held(tables(view, "headlines")[0].figures[0], ComparisonKind.NATIONAL).value is not None
    blind = bench.report(school.without_pupils(), audience="leaders")
    found = held(tables(blind, "headlines")[0].figures[0], ComparisonKind.NATIONAL)
    assert found.value is None and found.note == "no phase is known: set school.phase in attendance.toml"


@pytest.mark.parametrize(
    ("phase", "groups", "expected"),
    [
        ("special", ("7",), ("special", "set in attendance.toml")),
        ("", ("R", "1", "6"), ("primary", "inferred from the year groups")),
        ("", ("7", "13"), ("secondary", "inferred from the year groups")),
        ("", ("6", "7"), ("", "not known")),
        ("", (), ("", "not known")),
    ],
)
def test_the_phase_is_set_or_follows_from_the_year_groups(
    phase: str, groups: tuple[str, ...], expected: tuple[str, str]
) -> None:
    assert phase_of(School(phase=phase), groups) == expected


# Comparators of others


def _release(title: str = "Figures of the trust", start: int = 2025) -> BenchmarkRelease:
    counts = {"possible": 1000, "attended": 950, "absent": 50, "authorised": 30, "unauthorised": 20}
    return BenchmarkRelease(
        id="trust",
        title=title,
        collection="the trust's own registers",
        academic_year=f"{start}/{(start + 1) % 100:02d}",
        start=date(start, 9, 1),
        end=date(start + 1, 7, 20),
        published_on=date(start + 1, 7, 31),
        provisional=False,
        cites=(Citation(source="library", provision="a test"),),
        last_checked_on=date(2026, 8, 1),
        rows=(BenchmarkRow(level="national", code="T", name="Our trust", phase="secondary", counts=counts),),
    )


class _Trust:
    """A provider that takes the place of the published figures, or stands before them."""

    title = "The trust"

    def __init__(self, id: str) -> None:
        self.id = id

    def releases(self, academic_year: str) -> tuple[BenchmarkRelease, ...]:
        return (_release(),)


class _Plugin:
    def __init__(self, id: str) -> None:
        self._provider = _Trust(id)

    @hookimpl
    def attendance_benchmarks(self) -> tuple[_Trust, ...]:
        return (self._provider,)


def test_a_plugin_replaces_the_published_figures_and_its_source_is_shown() -> None:
    bench = Workbench.open(school.bench().configuration, plugins=[_Plugin("dfe-published")], entry_points=False)
    view = bench.report(school.register(), audience="governors")
    by_measure = {figure.id.measure: figure for figure in tables(view, "headlines")[0].figures}
    found = held(by_measure["attendance"], ComparisonKind.NATIONAL)
    assert (found.value, found.source, found.label) == (95.0, "Figures of the trust", "Our trust (secondary), 2025/26")
    assert "below Our trust" in by_measure["attendance"].note
    # What the trust does not publish is not taken from anybody else.
    assert held(by_measure["severe-absence"], ComparisonKind.NATIONAL).value is None
    for format in ("html", "md"):
        (file,) = bench.render(view, format)
        assert "Figures of the trust" in file.content.decode()
        assert "Pupil attendance in schools, England" not in file.content.decode()


def test_a_plugin_may_stand_beside_the_published_figures_too() -> None:
    bench = Workbench.open(school.bench().configuration, plugins=[_Plugin("acme-trust")], entry_points=False)
    labels = {
        figure.id.measure: one.label
        for figure in tables(bench.report(school.register(), audience="leaders"), "headlines")[0].figures
        for one in figure.comparisons
        if one.kind is ComparisonKind.NATIONAL
    }
    # Providers stand in the order of their ids; where the first has nothing, the next is asked, and named in full.
    assert labels["attendance"] == "Our trust (secondary), 2025/26"
    assert labels["late-sessions"] == "England (secondary), 2025/26, daily attendance data"


def test_a_provider_that_fails_leaves_a_note_and_the_report_goes_on() -> None:
    class Broken(_Trust):
        def releases(self, academic_year: str) -> tuple[BenchmarkRelease, ...]:
            raise RuntimeError("no network")

    class Plugin(_Plugin):
        def __init__(self) -> None:
            self._provider = Broken("broken-trust")

    bench = Workbench.open(school.bench().configuration, plugins=[Plugin()], entry_points=False)
    view = bench.report(school.register(), audience="leaders")
    assert any("broken-trust" in note and "RuntimeError" in note for note in view.report.notes)
    assert not any("no network" in note for note in view.report.notes)
    # What others publish is still there.
    assert held(tables(view, "headlines")[0].figures[0], ComparisonKind.NATIONAL).value is not None
    strict = Workbench.open(school.bench().configuration, plugins=[Plugin()], entry_points=False, strict=True)
    with pytest.raises(PluginError, match="broken-trust"):
        strict.report(school.register(), audience="leaders")


# Sentences


_percent = st.floats(0, 100).map(lambda value: round(value, 3))


def _compared(value: float, others: list[float], unit: Unit = Unit.PERCENT) -> Figure:
    kinds = [ComparisonKind.TARGET, ComparisonKind.REST, ComparisonKind.LAST_YEAR, ComparisonKind.NATIONAL]
    labels = ["Target 2025/26", "Everybody else", "Same weeks last year", "England (secondary), 2025/26"]
    return Figure(
        id=FigureId.parse("attendance/all/2025-09-01..2026-07-17/year-to-date"),
        title="Attendance",
        unit=unit,
        value=value,
        numerator=90,
        denominator=100,
        comparisons=tuple(
            Comparison(kind=kind, label=label, value=other, difference=value - other)
            for kind, label, other in zip(kinds, labels, others, strict=False)
        ),
    )


@given(_percent, st.lists(_percent, min_size=1, max_size=4))
def test_a_sentence_says_the_right_side_of_every_comparison(value: float, others: list[float]) -> None:
    text = sentence(_compared(value, others))
    names = ["the target 2025/26", "everybody else", "the same weeks last year", "England"]
    for name, other in zip(names, others, strict=False):
        (side,) = re.findall(rf"(above|below|level with) {re.escape(name)}", text)
        difference = value - other
        if side == "level with":
            assert abs(difference) < 0.05 + 1e-9
        else:
            assert (side == "above") is (difference > 0)
            assert abs(difference) >= 0.05 - 1e-9
    sizes = [float(size) for size in re.findall(r"([\d.]+) (?:percentage points )?(?:above|below)", text)]
    told = [abs(value - other) for other in others if abs(value - other) >= 0.05 + 1e-9]
    assert len(sizes) >= len(told)
    assert all(any(abs(size - difference) <= 0.05 + 1e-9 for size in sizes) for difference in told)


@pytest.mark.parametrize("audience", ["governors", "public"])
def test_the_sentences_of_a_report_agree_with_its_comparisons(audience: str) -> None:
    checked = 0
    for figure in figures(school.view(audience)).values():
        sides = re.findall(r"\b(above|below|level with)\b", figure.note)
        expected = []
        for comparison in figure.comparisons:
            if comparison.difference is None:
                continue
            shown = f"{abs(comparison.difference):.4f}"
            level = float(shown) < 0.05
            expected.append("level with" if level else "above" if comparison.difference > 0 else "below")
        assert sides == expected, figure.key
        checked += len(sides)
    assert checked > (8 if audience == "public" else 200)


def test_sentences_keep_places_and_share_what_they_share() -> None:
    areas = [
        ("England", ComparisonKind.NATIONAL),
        ("North West", ComparisonKind.REGION),
        ("Leeds", ComparisonKind.AUTHORITY),
    ]
    figure = evolve(
        _compared(90.0, []),
        comparisons=tuple(
            Comparison(kind=kind, label=f"{name} (secondary), 2025/26", value=91.0, difference=-1.0, provisional=True)
            for name, kind in areas
        ),
    )
    assert sentence(figure) == (
        "Attendance: 90.0 % (90 of 100 sessions). That is 1.0 percentage points below England, 1.0 below North West "
        "and 1.0 below Leeds (secondary, 2025/26; provisional)."
    )


def test_sentences_say_when_there_is_nothing_to_say() -> None:
    nothing = evolve(_compared(90.0, []), value=None)
    assert sentence(nothing) == "There is nothing to measure: no session was possible."
    alone = evolve(
        _compared(90.0, []),
        comparisons=(Comparison(kind=ComparisonKind.LAST_YEAR, label="x", value=None, note="none is held"),),
    )
    assert sentence(alone).endswith("There is no comparison: none is held.")
    days = _compared(16.5, [15.5], Unit.DAYS)
    assert "1 day above the target 2025/26" in sentence(days)


def test_targets_name_measures_and_years_that_exist() -> None:
    year = str(AcademicYear.of(date(2026, 1, 1)))
    bench = school.bench_with(targets=(Target(measure="attendance", value=95.0, academic_year=year),))
    assert held(headline("attendance", bench), ComparisonKind.TARGET).value == 95.0
