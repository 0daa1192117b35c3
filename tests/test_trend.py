"""What stands beside the trend, and how its sentences read."""

from pathlib import Path

import pytest

from attendance_core import View, Workbench
from attendance_core.demo import make_school, write_school
from attendance_core.model.figures import ComparisonKind
from attendance_core.model.reports import Chart, FigureTable, SectionKind


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    folder: Path = tmp_path_factory.mktemp("school")
    write_school(make_school(pupils=24, seed=5), folder)
    bench = Workbench.open(folder / "attendance.toml")
    register = bench.read(folder / "marks.csv", pupils=folder / "pupils.csv", calendar=folder / "calendar.toml")
    return bench.report(register, audience="governors")


def test_the_line_of_last_year_is_last_year_and_not_the_target(view: View) -> None:
    trend = next(section for section in view.report.sections if section.id.startswith(SectionKind.TREND.value))
    chart = next(block for block in trend.blocks if isinstance(block, Chart))
    weekly = next(
        block
        for block in trend.blocks
        if isinstance(block, FigureTable) and tuple(figure.key for figure in block.figures) == chart.series[0].figures
    )
    kinds = {item.kind for figure in weekly.figures for item in figure.comparisons}
    assert kinds >= {ComparisonKind.TARGET, ComparisonKind.LAST_YEAR}, "the case is only a test with a target"
    expected = [
        next((item.value for item in figure.comparisons if item.kind is ComparisonKind.LAST_YEAR), None)
        for figure in weekly.figures
    ]
    earlier = next(one for one in chart.series if one.name == "Same weeks last year")
    assert list(earlier.values) == expected
    assert len(set(expected)) > 10


def test_places_keep_their_capitals_in_sentences(view: View) -> None:
    notes = [
        figure.note
        for section in view.report.sections
        for block in section.blocks
        if isinstance(block, FigureTable)
        for figure in block.figures
    ]
    text = " ".join(notes)
    assert "above Yorkshire and The Humber" in text or "below Yorkshire and The Humber" in text
    assert " same weeks last year" in text
    assert "yorkshire" not in text and " leeds" not in text
