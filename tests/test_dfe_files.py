"""The published files of the daily collection, read as counts and as marks: every number comes back."""

from datetime import date
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from attendance_core.dates import DateRange
from attendance_core.errors import FigureIdError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.counts import NO_SESSIONS, count_totals, figures
from attendance_core.measures.definitions import get_measure
from attendance_core.model.extensions import ReadOptions
from attendance_core.model.figures import Figure
from attendance_core.model.mappings import Mapping
from attendance_core.plugins.builtin.delimited import DelimitedText
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.mappings import load_mappings
from attendance_core.reference.settings import load_profile
from attendance_core.register.counts import Counts, read_counts
from attendance_core.register.reading import Source, read_register
from tests.expand import AUTHORISED, COLUMNS, UNLISTED, by_code, expand
from tests.shared import shared

BOOKS = (load_codebook("england"), load_codebook("foreign"))
PROFILE = load_profile("year-to-date")
MAPPINGS = {mapping.id: mapping for mapping in load_mappings()}

#: File: mapping, last day of its period, rows, rows that DfE withholds.
FILES = {
    "ytd_2025-26": ("dfe-attendance", date(2026, 7, 10), 647, 4),
    "weekly_2025-26_first_week": ("dfe-attendance", date(2025, 9, 12), 647, 7),
    "ytd_2024-25": ("dfe-attendance-2024-25", date(2025, 7, 18), 494, 3),
    "autumn_2024-25": ("dfe-attendance-2024-25", date(2024, 12, 20), 494, 3),
    "spring_2024-25": ("dfe-attendance-2024-25", date(2025, 4, 11), 494, 3),
}
OF_2024 = [name for name in FILES if name.endswith("2024-25")]
#: Columns of sessions that are sums, by the columns of a tally.
SUMS = {
    "present_sessions": ("present",),
    "approved_educational_activity": ("aea",),
    "overall_attendance": ("attended",),
    "overall_absence": ("absent",),
    "authorised_absence": ("authorised",),
    "unauthorised_absence": ("unauthorised",),
    "late_sessions": ("late_before", "late_after"),
    "possible_sessions": ("possible",),
}
#: Every column of percentages but that of persistent absence, by measure.
PERCENTAGES = {
    "attendance_perc": "attendance",
    "overall_absence_perc": "absence",
    "authorised_absence_perc": "authorised-absence",
    "unauthorised_absence_perc": "unauthorised-absence",
    "illness_perc": "reason.I",
    "appointments_perc": "reason.M",
    "unauth_hol_perc": "reason.G",
    "unauth_oth_perc": "reason.O",
    "unauth_late_registers_closed_perc": "reason.U",
    "unauth_not_yet_perc": "reason.N",
    "auth_religious_perc": "reason.R",
    "auth_study_perc": "reason.S",
    "auth_mob_perc": "reason.T",
    "auth_excluded_perc": "reason.E",
    "auth_performance_perc": "reason.C1",
    "auth_interview_perc": "reason.J1",
    "auth_part_time_perc": "reason.C2",
    "auth_other_perc": "reason.C",
}


@cache
def published(name: str) -> pl.DataFrame:
    """Return a file's text cells with the row that each stands in."""
    table = DelimitedText().read(shared("data", "dfe", f"{name}.csv"), ReadOptions())
    frame: pl.DataFrame = table.frame.lazy().with_row_index("source_row", offset=table.first_row).collect()
    return frame


@cache
def loaded(name: str) -> Counts:
    mapping, on, _, _ = FILES[name]
    source = Source(frame=nw.from_native(published(name).lazy()), mapping=MAPPINGS[mapping], name=f"{name}.csv")
    return read_counts(source, codebooks=BOOKS, settings=dict(PROFILE.settings), on=on)


def phase(line: dict[str, Any]) -> str:
    return str(line.get("education_phase") or line["school_type"])


def lines(name: str) -> dict[int, dict[str, Any]]:
    """Return the published rows that hold numbers, by their row."""
    found = published(name).filter(pl.col("possible_sessions") != "c")
    return {line["source_row"]: line for line in found.iter_rows(named=True)}


@cache
def percentages(name: str) -> dict[tuple[int, str], Figure]:
    """Work every percentage of every row out."""
    found = figures(loaded(name), PERCENTAGES.values(), PROFILE)
    return {(int(figure.id.population.removeprefix("row=")), figure.id.measure): figure for figure in found}


@pytest.mark.parametrize("name", FILES)
def test_every_row_and_cell_is_accounted_for(name: str) -> None:
    counts, (_, _, rows, withheld) = loaded(name), FILES[name]
    account = counts.account
    assert (account.rows, account.rows_withheld, account.rows_rejected) == (rows, withheld, 0)
    assert account.conserved
    assert account.cells_in == rows * 25
    assert account.cells_withheld == withheld * 25
    assert set(counts.incomplete["row"].to_list()) == set(published(name)["source_row"]) - set(lines(name))
    assert set(counts.incomplete["why"].to_list()) == {"withheld"}
    assert not set(counts.incomplete["row"].to_list()) & set(counts.frame["row"].to_list())


@pytest.mark.parametrize("name", FILES)
def test_every_session_count_comes_back(name: str) -> None:
    totals = {line["row"]: line for line in count_totals(loaded(name)).rows(named=True)}
    expected = lines(name)
    assert totals.keys() == expected.keys()
    for row, line in expected.items():
        for column, names in SUMS.items():
            assert sum(totals[row][part] for part in names) == int(line[column]), (row, column)


@pytest.mark.parametrize("name", FILES)
def test_every_reason_comes_back(name: str) -> None:
    frame = loaded(name).frame
    found = {(row, code): sessions for row, code, sessions in frame.select("row", "code", "sessions").iter_rows()}
    for row, line in lines(name).items():
        for code, column in COLUMNS.items():
            assert found.pop((row, code)) == int(line[column]), (row, column)
        assert int(line["reason_present"]) == int(line[COLUMNS["/"]]) + int(line[COLUMNS["\\"]])
        beyond = int(line["authorised_absence"]) - sum(int(line[COLUMNS[code]]) for code in AUTHORISED)
        assert found.pop((row, "unlisted-authorised")) == beyond
    assert not found
    unlisted = frame.filter(nw.col("code") == "unlisted-authorised")
    assert set(unlisted["stat"].to_list()) == {"authorised"}


@pytest.mark.parametrize("name", FILES)
def test_every_percentage_comes_back(name: str) -> None:
    ours = percentages(name)
    checked = 0
    for row, line in lines(name).items():
        if name in OF_2024 and phase(line) == "Total":
            continue
        for column, measure in PERCENTAGES.items():
            figure = ours[row, measure]
            assert figure.value == pytest.approx(float(line[column]), abs=1e-9), (row, column)
            assert figure.note == NO_SESSIONS
            assert figure.denominator == int(line["possible_sessions"])
            assert figure.enrolments is None
            checked += 1
    assert checked == 18 * (len(lines(name)) - (10 if name in OF_2024 else 0))
    unread = {column for column in published(name).columns if column.endswith("_perc")} - set(PERCENTAGES)
    assert unread <= {"pa_perc"}


@pytest.mark.parametrize("name", OF_2024)
def test_all_phase_percentages_of_2024_25_are_weighted_by_census_pupils(name: str) -> None:
    ours = percentages(name)
    areas: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for line in lines(name).values():
        areas.setdefault((line["geographic_level"], line["region_name"]), {}).setdefault(phase(line), line)
    checked = 0
    for (level, _), by_phase in areas.items():
        if level == "Local authority":
            assert "Total" not in by_phase
            continue
        total = by_phase.pop("Total")
        weights = {which: int(line["total_enrolments"]) for which, line in by_phase.items()}
        assert set(weights) == {"Primary", "Secondary", "Special"}
        for column, measure in PERCENTAGES.items():
            values = {which: ours[line["source_row"], measure].value for which, line in by_phase.items()}
            weighted = sum((values[which] or 0.0) * weight for which, weight in weights.items()) / sum(weights.values())
            assert weighted == pytest.approx(float(total[column]), abs=1e-9)
            checked += 1
        pooled = ours[total["source_row"], "attendance"].value
        assert pooled is not None
        assert abs(pooled - float(total["attendance_perc"])) > 1e-4
    assert checked == 10 * 18


def test_the_weighting_moves_national_attendance_of_2024_25() -> None:
    row, line = next(
        (row, line)
        for row, line in lines("ytd_2024-25").items()
        if line["geographic_level"] == "National" and phase(line) == "Total"
    )
    assert float(line["attendance_perc"]) == pytest.approx(93.1298, abs=5e-5)
    assert percentages("ytd_2024-25")[row, "attendance"].value == pytest.approx(93.1203, abs=5e-5)


@pytest.mark.parametrize(("name", "sessions"), [("ytd_2025-26", 106), ("ytd_2024-25", 908)])
def test_unlisted_authorised_absence_of_england(name: str, sessions: int) -> None:
    frame = loaded(name).frame
    column = "education_phase" if name == "ytd_2025-26" else "school_type"
    national = frame.filter(nw.col("geographic_level") == "National", nw.col(column) == "Total")
    assert national.filter(nw.col("code") == "unlisted-authorised")["sessions"].to_list() == [sessions]


def test_check_vector_of_the_year_2025_26() -> None:
    counts = loaded("ytd_2025-26")
    year = DateRange(date(2025, 9, 8), date(2026, 7, 10))
    wanted = ("attendance", "absence", "authorised-absence", "unauthorised-absence", "possible-sessions")
    found = figures(counts, wanted, PROFILE, keys=("geographic_level", "education_phase"), period=year)
    england = {
        (figure.id.population.rpartition("=")[2], figure.id.measure): figure
        for figure in found
        if "geographic_level=National+" in figure.id.population
    }
    assert england["Total", "possible-sessions"].value == 2_445_419_687
    for measure, sessions, value in (
        ("attendance", 2_277_095_382, 93.1168),
        ("absence", 168_324_305, 6.8832),
        ("authorised-absence", 110_576_083, 4.5218),
        ("unauthorised-absence", 57_748_222, 2.3615),
    ):
        assert england["Total", measure].numerator == sessions
        assert england["Total", measure].value == pytest.approx(value, abs=5e-5)
    for which, value in (("Total", 93.117), ("Primary", 94.723), ("Secondary", 91.510), ("Special", 86.831)):
        assert england[which, "attendance"].value == pytest.approx(value, abs=5e-4)
    assert england["Total", "attendance"].key == (
        "attendance/geographic_level=National+education_phase=Total/2025-09-08..2026-07-10/year-to-date"
    )


def test_the_phases_of_england_pool_to_its_total() -> None:
    counts = loaded("ytd_2025-26")
    sums = count_totals(counts, ("geographic_level", "education_phase")).filter(
        nw.col("geographic_level") == "National"
    )
    by_phase = {line["education_phase"]: line for line in sums.rows(named=True)}
    total = by_phase.pop("Total")
    for column in ("possible", "attended", "authorised", "unauthorised", "late_before", "late_after", "aea"):
        assert sum(line[column] for line in by_phase.values()) == total[column]


def test_withdrawn_codes_are_counted_with_a_doubt() -> None:
    doubts = loaded("ytd_2025-26").account.doubts
    assert [doubt.text.split(" was withdrawn")[0] for doubt in doubts] == ["H", "J"]
    held = dict.fromkeys("HJ", 0)
    for line in lines("ytd_2025-26").values():
        for code in held:
            held[code] += int(line[COLUMNS[code]])
    assert [doubt.marks for doubt in doubts] == [held["H"], held["J"]]
    assert all(doubt.rows for doubt in doubts)


@pytest.mark.parametrize("name", FILES)
def test_published_counts_hold_no_enrolments(name: str) -> None:
    with pytest.raises(FigureIdError, match="counts hold no enrolments"):
        figures(loaded(name), ["persistent-absence"], PROFILE)


def chosen_rows() -> pl.DataFrame:
    """Choose 50 weekly rows of under 200,000 possible sessions, spread over sizes and few large ones.

    The two of them whose authorised absence exceeds its codes are always there.
    """
    numbers = [
        pl.col(column).cast(pl.Int64).alias(f"#{column}") for column in ("possible_sessions", "authorised_absence")
    ]
    listed = sum((pl.col(COLUMNS[code]).cast(pl.Int64) for code in AUTHORISED), start=pl.lit(0))
    small = (
        published("weekly_2025-26_first_week")
        .filter(pl.col("possible_sessions") != "c")
        .with_columns(*numbers, pl.format("row-{}", "source_row").alias("area"))
        .filter(pl.col("#possible_sessions") < 200_000)
        .with_columns(beyond=pl.col("#authorised_absence") - listed)
        .sort("#possible_sessions", "area")
    )
    odd, even = small.filter(pl.col("beyond") != 0), small.filter(pl.col("beyond") == 0)
    last = even.height - 48
    return pl.concat([odd, even[[place + round(last * (place / 47) ** 3) for place in range(47)]], even[[-1]]])


def test_fifty_weekly_rows_expanded_into_marks_give_every_count_and_percentage_back() -> None:
    rows = chosen_rows()
    sizes = rows["#possible_sessions"]
    assert rows["area"].n_unique() == 50
    smallest, *_, largest = sorted(sizes)
    assert smallest < 2_000
    assert 190_000 < largest < 200_000
    assert sum(sizes) < 2_500_000
    marks = expand(by_code(rows))
    names = {"school_id": "school", "pupil_id": "pupil", "date": "date", "session": "session", "code": "code"}
    register = read_register(
        Source(
            frame=nw.from_native(marks.lazy()),
            mapping=Mapping(id="expanded", columns=names, values={UNLISTED: UNLISTED}),
            name="expanded",
        ),
        codebooks=BOOKS,
        settings=dict(PROFILE.settings),
    )
    assert register.account.conserved
    assert register.account.coded == register.account.marks_in == sizes.sum()
    withdrawn = sum(int(cell) for code in "HJ" for cell in rows[COLUMNS[code]])
    assert sum(doubt.marks for doubt in register.account.doubts) == withdrawn
    analysis = Analysis.of(register, PROFILE)
    totals = analysis.totals([f"school={area}" for area in rows["area"]])
    by_school = {
        (school, code): number
        for school, code, number in analysis.register.slots.group_by("school_id", "code")
        .agg(nw.col("marks").sum())
        .iter_rows()
    }
    for line in rows.iter_rows(named=True):
        area = line["area"]
        population = f"school={area}"
        for column, parts in SUMS.items():
            assert sum(totals[population][part] for part in parts) == int(line[column]), (area, column)
        for code, column in COLUMNS.items():
            assert by_school.get((area, code), 0) == int(line[column]), (area, column)
        assert by_school.get((area, UNLISTED), 0) == line["beyond"]
        for column, id in PERCENTAGES.items():
            measure, code = get_measure(id)
            figure = totals[population].figure(
                measure,
                analysis.id(id, population),
                analysis.rules,
                code_sessions=by_school.get((area, code), 0),
            )
            assert figure.value == pytest.approx(float(line[column]), abs=1e-9), (area, column)
    # Asked for one by one, from the marks themselves, the figures are the same.
    for line in rows[[0, 1, -1]].iter_rows(named=True):
        for column, id in PERCENTAGES.items():
            figure = analysis.figure(id, f"school={line['area']}")
            assert figure.value == pytest.approx(float(line[column]), abs=1e-9), (line["area"], column)
