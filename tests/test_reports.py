"""What a report of a whole school holds, in which order, and that every format and `explain` say the same."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from attendance_core.cli.main import run
from attendance_core.dates import AcademicYear
from attendance_core.errors import UnknownNameError
from attendance_core.measures.definitions import BANDS, get_measure
from attendance_core.model.figures import ComparisonKind, Figure, FigureId
from attendance_core.model.measures import MeasureKind
from attendance_core.model.reports import (
    Audience,
    ChartKind,
    FigureTable,
    Outline,
    OutlineSection,
    RenderOptions,
    SectionKind,
    Table,
    View,
)
from attendance_core.plugins import hookimpl
from attendance_core.plugins.builtin.formatting import NamedValue, named_values
from attendance_core.plugins.builtin.formatting import figures as listed
from attendance_core.plugins.builtin.render_json import report_schema
from attendance_core.reports.words import counted, days, decimal, joined, number_of
from attendance_core.workbench import Workbench
from tests import school
from tests.school import AUDIENCES, FORMATS, blocks, charts, figures, tables, texts
from tests.shared import shared
from tests.test_renderers import csv_values, html_values, json_values, markdown_values, xlsx_values

# Reading back


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_figure_of_the_json_is_read_back_from_each_format(audience: str) -> None:
    view = school.view(audience)
    held, drawn = json_values(view)
    assert held == {key: figure.value for key, figure in figures(view).items()}
    # One id, one value: a chart shows what its figures say.
    assert all(held[key] == value for key, value in drawn.items() if key in held)
    for read in (html_values, xlsx_values, markdown_values, csv_values):
        assert read(view) == {**drawn, **held}
    assert len(held) > (4 if audience == "public" else 100)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_json_fulfils_its_published_schema(audience: str) -> None:
    (file,) = school.bench().render(school.view(audience), "json")
    jsonschema.Draft202012Validator(report_schema()).validate(json.loads(file.content))


def test_the_terminal_shows_every_figure_by_its_id_too() -> None:
    view = school.view("leaders")
    (file,) = school.bench().render(view, "terminal")
    text = file.content.decode()
    assert all(key in text for key in figures(view))


def test_csv_holds_counts_and_comparisons_of_every_figure() -> None:
    view = school.view("governors")
    files = {file.name: file.content.decode() for file in school.bench().render(view, "csv")}
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(files["attendance-report/figures.csv"], newline=""))}
    for key, figure in figures(view).items():
        counts = tuple(int(rows[key][name]) if rows[key][name] else None for name in ("numerator", "denominator"))
        assert counts == (figure.numerator, figure.denominator)
        assert rows[key]["note"] == figure.note
    held = list(csv.DictReader(io.StringIO(files["attendance-report/comparisons.csv"], newline="")))
    assert len(held) == sum(len(figure.comparisons) for figure in listed(view))


@pytest.mark.parametrize("format", FORMATS)
def test_the_command_writes_what_the_workbench_renders(format: str, tmp_path: Path) -> None:
    folder = school.folder()
    out = tmp_path / ("report" if format == "csv" else f"report.{format}")
    arguments = ["report", str(folder / "marks.csv"), "--pupils", str(folder / "pupils.csv"), "--calendar"]
    arguments += [str(folder / "calendar.toml"), "--config", str(folder / "attendance.toml"), "--audience", "governors"]
    assert run([*arguments, "--format", format, "--out", str(out)]) == 0
    for file in school.bench().render(school.view("governors"), format):
        written = out / Path(file.name).name if format == "csv" else out
        assert written.read_bytes() == file.content


# The same again


def test_the_same_input_gives_the_same_bytes_in_every_format_and_process(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(
        "import hashlib, sys\n"
        "from pathlib import Path\n"
        "from attendance_core.workbench import Workbench\n"
        "folder = Path(sys.argv[1])\n"
        "bench = Workbench.open(folder / 'attendance.toml', entry_points=False)\n"
        "register = bench.read(folder / 'marks.csv', pupils=folder / 'pupils.csv', calendar=folder / 'calendar.toml')\n"
        "for audience in ('leaders', 'governors', 'public'):\n"
        "    view = bench.report(register, audience=audience)\n"
        f"    for format in {FORMATS!r}:\n"
        "        for file in bench.render(view, format):\n"
        "            print(audience, file.name, hashlib.sha256(file.content).hexdigest())\n"
    )
    runs = []
    for seed in ("1", "4242"):
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(script), str(school.folder())],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        runs.append(done.stdout.splitlines())
    assert runs[0] == runs[1]
    assert len(runs[0]) > 3 * len(FORMATS)


# Every figure explains itself


def _sample(view: View) -> list[Figure]:
    """About eighty figures, from every section and of every kind of measure."""
    chosen: dict[str, Figure] = {}
    for section in view.report.sections:
        found = list(figures(view, section.id).items())
        chosen.update(found[:: max(1, len(found) // 8)])
        for key, figure in found:
            measure = get_measure(figure.id.measure)[0]
            if not any(get_measure(other.id.measure)[0].kind is measure.kind for other in chosen.values()):
                chosen[key] = figure
    return list(chosen.values())


def _counted(figure: Figure, frame: Any) -> int | None:
    """Count a figure's numerator out of its sessions; None where sessions alone do not give it."""
    measure, _ = get_measure(figure.id.measure)
    inside = frame.filter(frame["in_numerator"])
    if measure.kind in (MeasureKind.SHARE, MeasureKind.ENROLMENTS):
        hits = set(inside["enrolment_id"].to_list())
        # An enrolment that was never absent shows no absent session, and yet is below every threshold.
        if measure.band is not None and measure.band.at_least == 0:
            possible = set(frame.filter(frame["in_denominator"])["enrolment_id"].to_list())
            absent = {"authorised", "unauthorised", "unclassified"}
            away = set(frame.filter(frame["stat"].is_in(list(absent)))["enrolment_id"].to_list())
            hits |= possible - away
        return len(hits)
    if measure.kind in (MeasureKind.SPELLS, MeasureKind.MINUTES):
        return None
    return len(inside)


@pytest.mark.parametrize("audience", ["leaders", "governors"])
def test_every_figure_is_rebuilt_by_explain_and_counted_from_its_sessions(audience: str) -> None:
    sample = _sample(school.view(audience))
    assert len(sample) >= 40
    assert {figure.id.measure.partition(".")[0] for figure in sample} >= {"attendance", "persistent-absence", "reason"}
    for figure in sample:
        explanation, frame = school.bench().explain(school.register(), figure.key)
        again = explanation.figure
        assert (again.key, again.value) == (figure.key, figure.value)
        assert (again.numerator, again.denominator) == (figure.numerator, figure.denominator)
        assert explanation.definition and explanation.cites
        sessions = _counted(figure, frame)
        if sessions is not None:
            assert sessions == figure.numerator, figure.key
        if get_measure(figure.id.measure)[0].kind is MeasureKind.RATIO:
            assert int(frame["in_denominator"].sum()) == figure.denominator
        if figure.enrolments is not None:
            possible = frame.filter(frame["in_denominator"])
            if get_measure(figure.id.measure)[0].denominator == ("possible",):
                assert len(set(possible["enrolment_id"].to_list())) == figure.enrolments


def test_a_pupil_of_the_list_is_explained_by_the_id_beside_the_name() -> None:
    listing = school.table(school.view("leaders"), "pupils")
    at = {column.key: index for index, column in enumerate(listing.columns)}
    for row in listing.rows[:3]:
        explanation, frame = school.bench().explain(school.register(), str(row[at["figure"]]))
        assert explanation.figure.value == row[at["attendance"]]
        assert explanation.figure.denominator == row[at["possible"]]
        assert set(frame["pupil_id"].to_list()) == {row[at["pupil_id"]]}


# Before any rate


def test_leaders_read_about_the_register_before_any_rate() -> None:
    view = school.view("leaders")
    assert view.report.sections[0].id == "reading"
    assert not tables(view, "reading")
    ids = [block.id for block in blocks(view, "reading") if isinstance(block, Table)]
    assert ids[0] == "read" and ids[-1] == "how-read"
    assert "sessions-due" in ids and "missing-by-form" in ids and "missing-by-date" in ids
    account: dict[Any, Any] = {row[0]: row[1] for row in school.table(view, "read").rows}
    assert account["Marks found in them"] == account["Kept"] + account["Without a mark"] + account["Rejected"]
    numbers: Any = school.table(view, "sessions-due").rows
    ((_, due, taken, missing, share),) = numbers
    assert due == taken + missing and share == 100 * taken / due
    assert "20 July 2026" in texts(view, "reading")


def test_little_missing_is_said_in_few_lines_and_much_missing_in_more() -> None:
    view = school.view("leaders")
    for id in ("missing-by-form", "missing-by-date"):
        listing = school.table(view, id)
        assert len(listing.rows) == 5
        assert re.match(r"The 5 with the most; \d+ more (form|day)s? ha(s|ve) some\.", listing.caption)
        numbers: list[Any] = [row[-1] for row in listing.rows]
        assert numbers == sorted(numbers, reverse=True)
    # A register up to a day whose calendar goes on: the days after it are all missing.
    folder = school.folder()
    lines = (folder / "marks.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    early = [line for line in lines[1:] if not re.search(r"/0[3-7]/2026", line)]
    cut = folder / "until-february.csv"
    cut.write_text("".join([lines[0], *early]), encoding="utf-8")
    register = school.bench().read(
        cut, pupils=folder / "pupils.csv", calendar=folder / "calendar.toml", as_of=date(2026, 4, 30)
    )
    gaps = school.bench().report(register, audience="leaders")
    assert len(school.table(gaps, "missing-by-date").rows) == 15


@pytest.mark.parametrize(
    ("as_of", "says"),
    [
        (None, "The last mark is of 20 July 2026, to which the report speaks."),
        (date(2026, 7, 20), "The report speaks to 20 July 2026, as asked. The last mark is of that day."),
        (
            date(2026, 7, 31),
            "The report speaks to 31 July 2026, as asked. The last mark is of 20 July 2026: 11 days earlier",
        ),
    ],
)
def test_the_age_of_the_data_is_said(as_of: date | None, says: str) -> None:
    folder = school.folder()
    register = school.bench().read(
        folder / "marks.csv", pupils=folder / "pupils.csv", calendar=folder / "calendar.toml", as_of=as_of
    )
    assert says in texts(school.bench().report(register, audience="leaders"), "reading")


# Headlines and persistence


def test_headlines_hold_rates_counts_and_days() -> None:
    view = school.view("leaders")
    by_measure = {figure.id.measure: figure for figure in tables(view, "headlines")[0].figures}
    assert list(by_measure)[:2] == ["attendance", "absence"]
    assert {
        "authorised-absence",
        "unauthorised-absence",
        "late-sessions",
        "persistent-absence",
        "severe-absence",
    } <= set(by_measure)
    absent = by_measure["absence"].numerator
    assert absent is not None
    assert by_measure["days-lost"].value == absent / 2
    assert by_measure["attendance"].denominator == by_measure["absence"].denominator
    # Nothing is absent for an unknown reason here, so nothing is said of it.
    assert "unclassified-absence" not in by_measure


def test_bands_exclude_each_other_and_their_chart_shows_their_values() -> None:
    view = school.view("leaders")
    found = {figure.id.measure: figure for figure in figures(view, "persistence").values()}
    everybody = found["persistent-absence"].denominator
    assert sum(found[name].numerator or 0 for name in BANDS) == everybody
    split = ("below-persistent", "persistent-not-severe", "severe-absence")
    assert sum(found[name].numerator or 0 for name in split) == everybody
    (drawn,) = charts(view, "persistence")
    assert drawn.series[0].values == tuple(found[name].value for name in BANDS)


def test_the_sixth_form_stands_apart_from_the_rest() -> None:
    view = school.view("leaders")
    (apart,) = [one for one in tables(view, "headlines") if one.title == "Sixth form apart"]
    under, over = apart.figures[0], apart.figures[2]
    assert (under.id.population, over.id.population) == ("not:over-compulsory-age", "over-compulsory-age")
    whole = tables(view, "headlines")[0].figures[0]
    assert (under.denominator or 0) + (over.denominator or 0) == whole.denominator
    assert (under.enrolments or 0) + (over.enrolments or 0) == whole.enrolments
    # Published figures cover those of compulsory age, so they stand beside these, and not beside the sixth form.
    assert any(held.kind is ComparisonKind.NATIONAL for held in under.comparisons)
    assert not any(held.kind is ComparisonKind.NATIONAL for held in over.comparisons)


def test_few_pupils_are_flagged_however_many_sessions_they_have() -> None:
    found = figures(school.view("leaders"), "groups").values()
    few = [figure for figure in found if 0 < (figure.enrolments or 0) < 5]
    assert few and all(figure.small for figure in few)
    assert any(not figure.small for figure in found)
    (page,) = school.bench().render(school.view("leaders"), "html")
    assert page.content.decode().count(">small numbers<") >= len(few)


# Groups and cohorts


def test_groups_are_in_their_natural_order_and_called_by_words() -> None:
    view = school.view("leaders")
    by_title = {one.title: one for one in tables(view, "groups")}
    assert by_title["Year group: attendance"].labels == tuple(f"Year group {number}" for number in range(7, 14))
    assert by_title["Form: attendance"].labels == tuple(f"Form {number}A" for number in range(7, 14))
    assert by_title["Sex: attendance"].labels == ("Female (F)", "Male (M)")
    assert "White British (WBRI)" in by_title["Ethnic group: attendance"].labels


def test_each_group_has_its_gap_to_the_rest() -> None:
    view = school.view("leaders")
    whole = tables(view, "headlines")[0].figures[0]
    for one in tables(view, "groups"):
        if one.figures[0].id.measure != "attendance":
            continue
        assert sum(figure.denominator or 0 for figure in one.figures) == whole.denominator
        for figure in one.figures:
            (rest,) = [held for held in figure.comparisons if held.kind is ComparisonKind.REST]
            assert whole.numerator is not None and whole.denominator is not None
            others = 100 * (whole.numerator - (figure.numerator or 0)) / (whole.denominator - (figure.denominator or 0))
            assert rest.value == pytest.approx(others, abs=1e-12)
            assert rest.difference == pytest.approx((figure.value or 0) - others, abs=1e-12)


def test_a_cohort_without_its_column_is_not_available_and_one_without_members_is_empty() -> None:
    view = school.view("leaders")
    missing = {row[0]: row[1] for row in school.table(view, "cohorts-not-available").rows}
    assert missing["Emotionally based school avoidance"] == "ebsa"
    assert "No pupil with a possible session belongs to:" in texts(view, "cohorts")
    shown = {figure.id.population for figure in figures(view, "cohorts").values()}
    assert "ebsa" not in shown and {"fsm", "sen-support", "over-compulsory-age"} <= shown
    none = school.bench().report(school.without_pupils(), audience="leaders")
    assert not figures(none, "cohorts")
    assert len(school.table(none, "cohorts-not-available").rows) == len(school.bench().packs()[0].cohorts)
    assert "no characteristics" in texts(none, "groups")


def test_an_intersection_is_shown_on_request_and_nothing_else() -> None:
    view = school.view("leaders", "fsm+sen-support", "fsm")
    shown = {figure.id.population for figure in figures(view, "cohorts").values()}
    assert shown == {"fsm+sen-support", "fsm"}
    both = next(one for one in figures(view, "cohorts").values() if one.id.population == "fsm+sen-support")
    _, frame = school.bench().explain(school.register(), both.key)
    assert len(frame.filter(frame["in_denominator"])) == both.denominator
    with pytest.raises(UnknownNameError, match="freemeals"):
        school.bench().report(school.register(), cohorts=("freemeals",))


# Trend


def test_the_trend_stands_beside_the_same_weeks_of_last_year() -> None:
    view = school.view("leaders")
    titles = [one.title for one in tables(view, "trend")]
    assert titles == ["Attendance by term", "Attendance by half term", "Attendance by week"]
    assert [len(one.figures) for one in tables(view, "trend")[:2]] == [3, 6]
    analysis = school.bench().analyse(school.register())
    for figure in list(figures(view, "trend").values())[::7]:
        (before,) = [held for held in figure.comparisons if held.kind is ComparisonKind.LAST_YEAR]
        start, end = map(date.fromisoformat, before.period.split(".."))
        assert AcademicYear.of(start).span.start.year == AcademicYear.of(figure.id.period.start).span.start.year - 1
        # The same school weeks: Easter moves, and the days with it.
        assert abs((figure.id.period.start - start).days - 364) <= 21
        id = evolve(figure.id, period=type(figure.id.period)(start, end))
        assert analysis.figure(id.measure, id.population, id.period).value == pytest.approx(before.value, abs=1e-12)


def test_the_weeks_add_up_to_the_year() -> None:
    view = school.view("leaders")
    whole = tables(view, "headlines")[0].figures[0]
    for one in tables(view, "trend"):
        assert sum(figure.denominator or 0 for figure in one.figures) == whole.denominator, one.title
        assert sum(figure.numerator or 0 for figure in one.figures) == whole.numerator, one.title


def test_the_chart_of_weeks_draws_this_year_and_last() -> None:
    (drawn,) = charts(school.view("leaders"), "trend")
    this, last = drawn.series
    by_week = tables(school.view("leaders"), "trend")[-1].figures
    assert this.values == tuple(figure.value for figure in by_week)
    assert last.values == tuple(
        next(held.value for held in figure.comparisons if held.kind is ComparisonKind.LAST_YEAR) for figure in by_week
    )


# Reasons, the week, spells


def test_reasons_divide_the_possible_sessions() -> None:
    (one,) = tables(school.view("leaders"), "reasons")
    assert one.partition
    assert sum(figure.numerator or 0 for figure in one.figures) == one.figures[0].denominator
    others = school.table(school.view("leaders"), "codes-not-possible").rows
    assert {row[0] for row in others} >= {"D", "X"}
    assert {row[2] for row in others} <= {"not possible", "administrative"}


def test_the_week_is_drawn_as_a_map_and_divides_the_sessions() -> None:
    view = school.view("leaders")
    (drawn,) = charts(view, "heatmap")
    assert drawn.kind is ChartKind.HEATMAP
    assert (len(drawn.categories), len(drawn.series)) == (5, 2)
    whole = tables(view, "headlines")[0].figures[0]
    (one,) = tables(view, "heatmap")
    assert sum(figure.denominator or 0 for figure in one.figures) == whole.denominator
    # A target is the school's, not a Monday morning's.
    assert not any(held.kind is ComparisonKind.TARGET for figure in one.figures for held in figure.comparisons)


def test_spells_by_length_hold_all_absent_sessions() -> None:
    view = school.view("leaders")
    rows: Any = school.table(view, "spell-lengths").rows
    absent = next(figure for figure in figures(view, "headlines").values() if figure.id.measure == "absence").numerator
    assert sum(row[2] for row in rows) == absent
    spells = next(figure for figure in figures(view, "spells").values() if figure.id.measure == "spells")
    assert sum(row[1] for row in rows) == spells.value


def test_pupils_are_listed_with_every_reason_the_most_absent_first() -> None:
    listing = school.table(school.view("leaders"), "pupils")
    at = {column.key: index for index, column in enumerate(listing.columns)}
    rates = [row[at["attendance"]] for row in listing.rows]
    assert rates == sorted(rates)  # type: ignore[type-var]
    assert all(row[at["why"]] for row in listing.rows)
    severe = [row for row in listing.rows if "Severe absence: " in str(row[at["why"]])]
    expected = next(
        figure
        for figure in figures(school.view("leaders"), "headlines").values()
        if figure.id.measure == "severe-absence"
    )
    # Leavers are no longer to be looked at.
    assert 0 < len(severe) <= (expected.numerator or 0)


# Governors


@pytest.mark.parametrize("audience", ["governors"])
def test_every_figure_for_governors_has_comparison_counts_and_a_sentence(audience: str) -> None:
    view = school.view(audience)
    found = figures(view)
    assert len(found) > 100
    for key, figure in found.items():
        assert figure.comparisons, key
        assert any(held.value is not None or held.note for held in figure.comparisons), key
        assert figure.numerator is not None and figure.denominator is not None, key
        assert figure.note.startswith(figure.title) and figure.note.endswith("."), key
        assert decimal(figure.value or 0) in figure.note or f"{figure.value:,.0f}" in figure.note, key
        assert f"{figure.numerator:,} of " in figure.note or "sessions of" in figure.note, key


def test_governors_see_how_many_pupils_but_never_which() -> None:
    view = school.view("governors")
    assert not any(section.id == "pupils" for section in view.report.sections)
    assert not any(column.personal for block in blocks(view) if isinstance(block, Table) for column in block.columns)
    assert not any("enrolment=" in key for key in figures(view))


# Outlines of others


class _Outlines:
    @hookimpl
    def attendance_outlines(self) -> tuple[Outline, ...]:
        section = OutlineSection(
            kind=SectionKind.GROUPS, title="Only this", measures=("absence",), dimensions=("year-group",)
        )
        audience = Audience(id="trust", title="The trust", inside=True)
        return (Outline(id="trust", title="For the trust", audience=audience, sections=(section,)),)


def test_an_outline_of_a_plugin_decides_what_is_shown() -> None:
    bench = Workbench.open(school.bench().configuration, plugins=[_Outlines()], entry_points=False)
    view = bench.report(school.register(), audience="trust")
    assert [section.title for section in view.report.sections] == ["Only this"]
    assert {figure.id.measure for figure in figures(view).values()} == {"absence"}
    assert {figure.id.population.partition("=")[0] for figure in figures(view).values()} == {"year-group"}
    assert "for the trust" in view.report.subtitle


# Words


def test_words_write_numbers_and_days() -> None:
    assert (number_of(1, "day"), number_of(0, "day"), number_of(1200, "day")) == ("1 day", "0 days", "1,200 days")
    assert joined(["one"]) == "one"
    assert decimal(2.25) == "2.3" and decimal(-0.04) in ("-0.0", "0.0")
    period = school.bench().analyse(school.register()).period
    assert days(period) == "3 September 2025 to 20 July 2026"


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_counts_in_sentences_name_what_is_counted(numerator: int, denominator: int) -> None:
    period = "2025-09-01..2026-07-17"
    for measure, noun in (("attendance", "session"), ("persistent-absence", "enrolment")):
        figure = Figure(
            id=FigureId.parse(f"{measure}/all/{period}/year-to-date"),
            title="T",
            unit=get_measure(measure)[0].unit,
            value=1.0,
            numerator=numerator,
            denominator=denominator,
        )
        assert counted(figure) == f"{numerator:,} of {number_of(denominator, noun)}"


def test_named_values_of_a_report_are_unique() -> None:
    for audience in AUDIENCES:
        names = [named.id for named in named_values(school.view(audience))]
        assert len(names) == len(set(names))
        assert all(isinstance(named, NamedValue) for named in named_values(school.view(audience)))


def test_the_file_is_named_as_asked() -> None:
    (file,) = school.bench().render(school.view("leaders"), "html", RenderOptions(name="summer"))
    assert file.name == "summer.html"


def test_every_table_has_as_many_labels_as_figures() -> None:
    for audience in AUDIENCES:
        for one in tables(school.view(audience)):
            assert isinstance(one, FigureTable)
            assert not one.labels or len(one.labels) == len(one.figures)


# A register that nobody here wrote


def test_a_source_without_reasons_is_not_shown_as_one_without_unauthorised_absence() -> None:
    mapping = Path(__file__).parent.parent / "examples" / "mappings" / "oea-day.toml"
    bench = Workbench.open(entry_points=False)
    register = bench.read(shared("data", "other", "oea_studentattendance.csv.gz"), mapping=mapping)
    view = bench.report(register, audience="leaders")
    found = {figure.id.measure: figure for figure in tables(view, "headlines")[0].figures}
    assert found["unclassified-absence"].numerator == found["absence"].numerator
    assert found["authorised-absence"].numerator == found["unauthorised-absence"].numerator == 0
    assert "the least that they can be" in texts(view, "headlines")
    assert "the least that they can be" in texts(bench.report(register, audience="governors"), "headlines")
    assert "the least that they can be" not in texts(school.view("leaders"), "headlines")
    # What no row of a table has is said once beneath it.
    (page,) = bench.render(view, "html")
    text = page.content.decode()
    assert (
        text.count("No comparison: Same weeks last year: the register does not hold the same weeks of last year") >= 3
    )
    assert {figure.id.population.partition("=")[0] for figure in figures(view, "groups").values()} == {"school"}
