"""What may leave the school: no name, no small number, and nothing from which one could be worked out."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.measures.definitions import BANDS, get_measure, load_measures
from attendance_core.model.figures import Comparison, ComparisonKind, Figure, FigureId
from attendance_core.model.measures import MeasureKind
from attendance_core.model.reports import (
    Audience,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    FigureTable,
    Paragraph,
    Provenance,
    Report,
    Section,
    Series,
    Table,
    View,
)
from attendance_core.reports.build import build_report
from attendance_core.reports.disclosure import SMALLEST, STRICTEST, make_view
from attendance_core.reports.material import Material
from attendance_core.reports.suppression import Suppression, is_small
from attendance_core.workbench import Workbench
from tests import school
from tests.school import FORMATS, blocks, charts, figures, tables, texts

PUBLIC = Audience(id="public", title="The public")
GOVERNORS = Audience(id="governors", title="Governors", inside=True)


def whole_report(outline: str = "leaders") -> Report:
    """The report before any control."""
    bench = school.bench()
    analysis = bench.analyse(school.register())
    material = Material(
        analysis=analysis,
        outline=bench.outline(outline),
        school=bench.configuration.school,
        targets=bench.configuration.targets,
        releases=bench.releases(school.register().as_of),
        concerns=bench.concerns(school.register()),
    )
    return build_report(material, bench.provenance(school.register()))


# Names

CANARIES = ("CANARY-7Q", "=cmd|'/C calc'!A1", "Zebedee Canary-Smith")


def _with_canaries(folder: Path) -> Workbench:
    """Write a school whose pupils have ids that must be found nowhere, in rows of every kind of trouble."""
    ids = [*CANARIES[:2], "CANARY-8Q", "CANARY-9Q", *(f"CANARY-{number}X" for number in range(20))]
    days = [f"2025-09-{day:02d}" for day in (8, 9, 10, 11, 12, 15, 16, 17, 18, 19)]
    marks = [["Pupil", "Date", "Session", "Mark", "Comment"]]
    for index, pupil in enumerate(ids):
        for day in days:
            for session, code in (("AM", "/"), ("PM", "\\")):
                marks.append([pupil, day, session, "O" if index == 2 or (index == 3 and day > days[4]) else code, ""])
    marks += [
        [CANARIES[0], days[0], "AM", "/", ""],
        [CANARIES[0], days[1], "AM", "I", CANARIES[2]],
        [CANARIES[0], days[2], "AM", "??", ""],
        [CANARIES[0], "2025-13-40", "AM", "/", ""],
        [CANARIES[0], days[3], "EVE", "/", ""],
        ["CANARY-GONE", days[3], "AM", "/", ""],
        ["", days[3], "AM", "/", ""],
    ]
    pupils = [["Pupil", "Name", "Start", "Year", "Form", "Sex"]]
    pupils += [[pupil, CANARIES[2], "2025-09-01", str(7 + index % 2), "7A", "F"] for index, pupil in enumerate(ids)]
    for name, rows in (("marks.csv", marks), ("pupils.csv", pupils)):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    (folder / "attendance.toml").write_text(
        """
[school]
id = "s"
name = "Canary School"
phase = "secondary"
[files]
pupils = "pupils.csv"
[mapping]
id = "m"
title = "marks"
layout = "long"
dates = "iso"
[mapping.columns]
pupil_id = "Pupil"
date = "Date"
session = "Session"
code = "Mark"
comment = "Comment"
[pupils]
id = "p"
title = "pupils"
dates = "iso"
[pupils.columns]
pupil_id = "Pupil"
start = "Start"
[pupils.characteristics]
year_group = "Year"
form = "Form"
sex = "Sex"
""",
        encoding="utf-8",
    )
    return Workbench.open(folder / "attendance.toml", entry_points=False)


def _plain(name: str, content: bytes) -> str:
    if not name.endswith(".xlsx"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(entry).decode("utf-8", "replace") for entry in archive.namelist())


@pytest.mark.parametrize("audience", ["governors", "public"])
def test_no_pupil_is_named_anywhere_in_what_governors_or_the_public_get(audience: str, tmp_path: Path) -> None:
    bench = _with_canaries(tmp_path)
    register = bench.read(tmp_path / "marks.csv")
    assert register.account.rejected > 0
    leaders = bench.report(register, audience="leaders")
    (inside,) = bench.render(leaders, "json")
    assert "CANARY-8Q" in inside.content.decode()
    view = bench.report(register, audience=audience)
    for format in FORMATS:
        for file in bench.render(view, format):
            text = _plain(file.name, file.content)
            for canary in ("CANARY", "Canary-Smith", "Zebedee", "calc'", "enrolment="):
                assert canary not in text.replace("Canary School", ""), (format, file.name, canary)
    assert "CANARY" not in repr(view)


@pytest.mark.parametrize("audience", [GOVERNORS, PUBLIC, None])
def test_whoever_may_not_read_names_gets_no_personal_column_nor_an_enrolment(audience: Audience | None) -> None:
    view = make_view(whole_report(), audience)
    held = [block for block in blocks(view) if isinstance(block, Table)]
    assert not any(column.personal for block in held for column in block.columns)
    assert not any("enrolment=" in str(cell) for block in held for row in block.rows for cell in row)
    assert "names pupils" in texts(view) or not view.audience.inside


def test_a_figure_or_chart_of_one_pupil_is_taken_out_with_its_id() -> None:
    one = _figure("attendance", "enrolment=s|P1|2025-09-01", 90, 100, 1)
    other = _figure("attendance", "all", 900, 1000, 10)
    table = Table(
        id="t", title="Ids", columns=(Column(key="f", title="Figure", kind=ColumnKind.FIGURE),), rows=((one.key,),)
    )
    chart = Chart(
        id="c", title="Chart", kind=ChartKind.BAR, categories=("a",), category_title="", value_title="",
        text="P1 leads", series=(Series(name="s", values=(90.0,), figures=(one.key,)),),
    )  # fmt: skip
    both = FigureTable(title="Both", figures=(one, other), labels=("Ann", "All"))
    alone = FigureTable(title="Ann Lee", figures=(one,))
    view = make_view(_report(both, alone, table, chart), GOVERNORS)
    assert "P1" not in repr(view) and "Ann" not in repr(view)
    (left,) = tables(view)
    assert (left.labels, [figure.key for figure in left.figures]) == (("All",), [other.key])
    inside = make_view(_report(both, alone, table, chart), evolve(GOVERNORS, names_pupils=True))
    assert len(tables(inside)) == 2


# Small numbers, in the school's own report


def test_the_public_sees_no_small_number() -> None:
    view = school.view("public")
    assert view.suppressed > 0
    for figure in figures(view).values():
        if figure.suppressed:
            assert figure.value is None and figure.numerator is None and figure.enrolments is None
            assert figure.denominator is None and not figure.comparisons
        else:
            assert not is_small(figure.enrolments) and not is_small(figure.numerator)
            assert figure.denominator is None or not is_small(figure.denominator - (figure.numerator or 0))
            assert figure.id.population == "all" or figure.enrolments is not None


@pytest.mark.parametrize("audience", [PUBLIC, None])
def test_even_the_leaders_report_is_safe_for_the_public(audience: Audience | None) -> None:
    report = whole_report()
    sensitive = frozenset({"looked-after", "child-protection"})
    view = make_view(report, audience, sensitive=sensitive)
    assert view.audience == (audience or STRICTEST) and not view.audience.inside
    for table in tables(view):
        hidden = [figure for figure in table.figures if figure.suppressed]
        if table.partition:
            assert len(hidden) != 1 or len(table.figures) == 1, table.title
        assert not table.caption
    for key, figure in figures(view).items():
        if sensitive & set(figure.id.population.split("+")):
            assert figure.suppressed, key
        assert not any(held.kind is ComparisonKind.REST for held in figure.comparisons)
        if figure.id.population != "all":
            assert not any(held.kind is ComparisonKind.LAST_YEAR for held in figure.comparisons)
            assert "last year" not in figure.note and "everybody else" not in figure.note
    # Sentences and lists of the account speak of numbers that no rule has judged.
    assert not [block for block in blocks(view) if isinstance(block, Paragraph) and "withheld" not in block.text]
    kept = {block.id for block in blocks(view) if isinstance(block, Table)}
    assert kept <= {"measures", "settings", "comparators", "cohorts-not-available"}


def test_nobody_known_is_the_strictest() -> None:
    report = whole_report()
    nobody, public = make_view(report, None), make_view(report, PUBLIC)
    assert nobody.report.sections == public.report.sections
    assert not STRICTEST.inside and not STRICTEST.names_pupils


def test_the_openings_of_an_outline_are_kept_and_no_other_sentence() -> None:
    report = _report(Paragraph(text="Read with care."), Paragraph(text="3 sessions carry code N."))
    assert texts(make_view(report, PUBLIC, openings=("Read with care.",))) == "Read with care."
    assert texts(make_view(report, PUBLIC)) == ""
    assert "code N" in texts(make_view(report, GOVERNORS))


def test_charts_follow_the_figures() -> None:
    report = whole_report()
    view = make_view(report, PUBLIC)
    shown = {key: figure.value for key, figure in figures(view).items()}
    drawn = charts(view)
    assert drawn
    withheld = 0
    for chart in drawn:
        for series in chart.series:
            assert series.figures
            for key, value in zip(series.figures, series.values, strict=True):
                assert value == shown[key]
                withheld += value is None
    assert withheld > 0
    bands = next(chart for chart in drawn if chart.id == "absence-bands")
    assert "withheld" in bands.text and not any(letter.isdigit() for letter in bands.text)


def test_inside_the_school_nothing_is_suppressed() -> None:
    view = make_view(whole_report("governors"), GOVERNORS)
    assert view.suppressed == 0
    assert not any(figure.suppressed for figure in figures(view).values())


def test_the_view_says_how_many_figures_it_withholds() -> None:
    view = school.view("public")
    assert view.suppressed == sum(figure.suppressed for figure in figures(view).values())
    (page,) = school.bench().render(view, "html")
    assert "withheld, so that nobody can be recognised" in page.content.decode()
    (document,) = school.bench().render(view, "json")
    assert json.loads(document.content)["suppressed"] == view.suppressed


# Nothing hidden can be worked out


def _figure(measure: str, population: str, numerator: int, denominator: int, enrolments: int | None) -> Figure:
    definition, _ = get_measure(measure)
    id = FigureId.parse(f"{measure}/all/2025-09-01..2026-07-17/year-to-date")
    return Figure(
        id=evolve(id, population=population),
        title=definition.title,
        unit=definition.unit,
        value=100 * numerator / denominator if denominator else None,
        numerator=numerator,
        denominator=denominator,
        enrolments=enrolments,
        comparisons=(Comparison(kind=ComparisonKind.REST, label="Everybody else", value=1.0, difference=2.0),),
    )


def _report(*held: object) -> Report:
    return Report(
        title="t",
        subtitle="s",
        audience="leaders",
        sections=(Section(id="one", title="One", blocks=held),),  # type: ignore[arg-type]
        provenance=Provenance(as_of=date(2026, 7, 17), version="0"),
    )


class _Known:
    """Rows of whole numbers that somebody knows, and what follows from them."""

    def __init__(self, rows: Iterable[Sequence[int]]) -> None:
        self._rows: list[tuple[int, list[Fraction]]] = []
        for row in rows:
            rest = self._reduced(row)
            pivot = next((at for at, cell in enumerate(rest) if cell), None)
            if pivot is not None:
                self._rows.append((pivot, [cell / rest[pivot] for cell in rest]))

    def _reduced(self, row: Sequence[int]) -> list[Fraction]:
        rest = [Fraction(cell) for cell in row]
        for pivot, other in self._rows:
            if rest[pivot]:
                factor = rest[pivot]
                rest = [a - factor * b for a, b in zip(rest, other, strict=True)]
        return rest

    def gives(self, row: Sequence[int]) -> bool:
        return not any(self._reduced(row))


_group = st.tuples(
    st.integers(0, 12),  # enrolments
    st.integers(0, 30),  # authorised
    st.integers(0, 30),  # unauthorised
    st.integers(0, 60),  # attended
    st.integers(0, 12),  # persistently absent, cut to the enrolments
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_group, min_size=2, max_size=7))
def test_no_hidden_cell_of_a_division_follows_from_what_is_shown(groups: list[tuple[int, int, int, int, int]]) -> None:
    """Each group has five unknowns; what is shown, and the totals, are equations: none may settle a hidden cell."""
    groups = [(e, a, u, p, min(pa, e)) for e, a, u, p, pa in groups]
    measures: dict[str, Callable[[Sequence[int]], tuple[int, int]]] = {
        "attendance": lambda g: (g[3], g[1] + g[2] + g[3]),
        "absence": lambda g: (g[1] + g[2], g[1] + g[2] + g[3]),
        "authorised-absence": lambda g: (g[1], g[1] + g[2] + g[3]),
        "unauthorised-absence": lambda g: (g[2], g[1] + g[2] + g[3]),
        "persistent-absence": lambda g: (g[4], g[0]),
    }
    whole = tuple(map(sum, zip(*groups, strict=True)))
    held: list[FigureTable] = [
        FigureTable(
            title="All",
            figures=tuple(_figure(name, "all", *counts(whole), whole[0]) for name, counts in measures.items()),
        )
    ]
    for name, counts in measures.items():
        parts = tuple(_figure(name, f"year-group={at}", *counts(group), group[0]) for at, group in enumerate(groups))
        held.append(FigureTable(title=name, figures=parts, partition=True))
    view = make_view(_report(*held), PUBLIC)

    width = 5 * len(groups)
    forms = {
        "attendance": ((3,), (1, 2, 3)),
        "absence": ((1, 2), (1, 2, 3)),
        "authorised-absence": ((1,), (1, 2, 3)),
        "unauthorised-absence": ((2,), (1, 2, 3)),
        "persistent-absence": ((4,), (0,)),
    }

    def row(figure: Figure, cells: tuple[int, ...]) -> list[int]:
        name = figure.id.population
        who = range(len(groups)) if name == "all" else [int(name.partition("=")[2])]
        return [int(at // 5 in who and at % 5 in cells) for at in range(width)]

    known: list[list[int]] = []
    for figure in figures(view).values():
        numerator, denominator = forms[figure.id.measure]
        if not figure.suppressed:
            known += [row(figure, numerator), row(figure, denominator), row(figure, (0,))]
    somebody = _Known(known)
    for figure in figures(view).values():
        if figure.suppressed:
            assert not somebody.gives(row(figure, forms[figure.id.measure][0])), figure.key
        else:
            assert not is_small(figure.numerator) and not is_small(figure.enrolments), figure.key
    for table in tables(view)[1:]:
        hidden = [figure for figure in table.figures if figure.suppressed]
        assert len(hidden) != 1
        mine = {figure.key for figure in hidden}
        together = [one for one in held[1 + list(measures).index(table.title)].figures if one.key in mine]
        if together and len(together) < len(table.figures):
            # What is withheld together is no small number either, for the totals give it away.
            assert not is_small(sum(figure.numerator or 0 for figure in together))
            assert not is_small(sum(figure.enrolments or 0 for figure in together))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=len(BANDS), max_size=len(BANDS)))
def test_no_hidden_band_follows_from_other_bands(numbers: list[int]) -> None:
    everybody = sum(numbers)
    if not everybody:
        return
    at = {name: int(name[-2:]) for name in BANDS}

    def within(low: int, high: int) -> list[int]:
        return [int(low <= start < high) for start in at.values()]

    spans = {name: within(start, start + 5 if start < 50 else 101) for name, start in at.items()}
    spans |= {
        "persistent-absence": within(10, 101),
        "severe-absence": within(50, 101),
        "persistent-not-severe": within(10, 50),
        "below-persistent": within(0, 10),
    }

    def figure(name: str) -> Figure:
        found = sum(number for number, inside in zip(numbers, spans[name], strict=True) if inside)
        return _figure(name, "all", found, everybody, everybody)

    held = (
        FigureTable(title="Parts", figures=(figure("persistent-absence"), figure("severe-absence"))),
        FigureTable(
            title="Apart",
            figures=tuple(map(figure, ("below-persistent", "persistent-not-severe", "severe-absence"))),
            partition=True,
        ),
        FigureTable(title="Fives", figures=tuple(map(figure, BANDS)), partition=True),
    )
    view = make_view(_report(*held), PUBLIC)
    shown = figures(view)
    known = [[1] * len(BANDS), *(spans[one.id.measure] for one in shown.values() if not one.suppressed)]
    somebody = _Known(known)
    for one in shown.values():
        if one.suppressed and everybody >= SMALLEST:
            assert not somebody.gives(spans[one.id.measure]), (one.id.measure, numbers)
        if not one.suppressed:
            assert not is_small(one.numerator)


def test_a_single_small_cell_takes_the_next_smallest_with_it() -> None:
    parts = tuple(
        _figure("attendance", f"year-group={year}", 100 * size, 110 * size, size)
        for year, size in ((7, 3), (8, 40), (9, 12))
    )
    whole = _figure("attendance", "all", 5500, 6050, 55)
    held = FigureTable(title="Years", figures=parts, partition=True)
    view = make_view(_report(FigureTable(title="All", figures=(whole,)), held), PUBLIC)
    (_, years) = tables(view)
    assert [figure.suppressed for figure in years.figures] == [True, False, True]
    assert view.suppressed == 2


def test_two_small_cells_that_are_small_together_take_a_third() -> None:
    parts = tuple(
        _figure("attendance", f"year-group={year}", 100 * size, 110 * size, size)
        for year, size in ((7, 1), (8, 2), (9, 12), (10, 30))
    )
    view = make_view(_report(FigureTable(title="Years", figures=parts, partition=True)), PUBLIC)
    assert [figure.suppressed for figure in tables(view)[0].figures] == [True, True, True, False]


def test_a_group_is_withheld_when_everybody_else_is_few() -> None:
    whole = _figure("attendance", "all", 9000, 10_000, 100)
    most = _figure("attendance", "fsm", 8800, 9700, 97)
    view = make_view(_report(FigureTable(title="f", figures=(whole, most))), PUBLIC)
    assert [figure.suppressed for figure in tables(view)[0].figures] == [False, True]


def test_a_group_is_withheld_under_every_name_it_has() -> None:
    dimension = tuple(
        _figure("attendance", f"sen-status={value}", 100 * n, 110 * n, n)
        for value, n in (("K", 3), ("N", 8), ("E", 20))
    )
    cohort = _figure("attendance", "sen-support", 300, 330, 3)
    twin = _figure("attendance", "no-sen", 800, 880, 8)
    view = make_view(
        _report(
            FigureTable(title="d", figures=dimension, partition=True), FigureTable(title="c", figures=(cohort, twin))
        ),
        PUBLIC,
    )
    assert [figure.suppressed for figure in figures(view).values()] == [True, True, False, True, True]


def test_a_measure_that_nobody_knows_is_withheld() -> None:
    odd = evolve(
        _figure("attendance", "all", 90, 100, 50),
        id=FigureId.parse("happiness/all/2025-09-01..2026-07-17/year-to-date"),
    )
    assert Suppression(tables=[FigureTable(title="t", figures=(odd,))]).run() == {odd.key}


def test_a_code_that_is_rare_takes_another_of_its_group_along() -> None:
    rows = (("I", 300), ("M", 40), ("C", 2), ("O", 90), ("U", 30), ("/", 9000))
    possible = sum(number for _, number in rows)
    id = FigureId.parse("attendance/all/2025-09-01..2026-07-17/year-to-date")
    codes = tuple(
        evolve(_figure("attendance", "all", number, possible, None), id=evolve(id, measure=f"reason.{code}"))
        for code, number in rows
    )
    rates = (
        _figure("authorised-absence", "all", 342, possible, 60),
        _figure("unauthorised-absence", "all", 120, possible, 60),
    )
    view = make_view(
        _report(FigureTable(title="r", figures=rates), FigureTable(title="c", figures=codes, partition=True)), PUBLIC
    )
    hidden = {figure.id.measure for figure in figures(view).values() if figure.suppressed}
    # C alone would be authorised absence less I and M; with O or U, the authorised total would still tell.
    assert "reason.C" in hidden
    assert hidden & {"reason.I", "reason.M", "authorised-absence"}


def test_shares_are_the_only_measures_whose_rest_counts_enrolments() -> None:
    # Guards the rule above: every share names a band, so that bands can be added up.
    for measure in load_measures().values():
        if measure.kind is MeasureKind.SHARE:
            assert measure.band is not None


def test_a_view_of_a_view_is_no_less_safe() -> None:
    first: View = make_view(whole_report(), PUBLIC)
    again = make_view(first.report, PUBLIC)
    hidden = {key for key, figure in figures(first).items() if figure.suppressed}
    assert hidden <= {key for key, figure in figures(again).items() if figure.value is None}
