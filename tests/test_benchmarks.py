"""Benchmarks: figures carried over from the Department for Education, their reader and their provider."""

import csv
import importlib.util
import tomllib
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, UnknownNameError
from attendance_core.model.benchmarks import BenchmarkRelease, BenchmarkRow
from attendance_core.model.extensions import BenchmarkProvider
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.sources import Source
from attendance_core.plugins.builtin.benchmarks import PublishedBenchmarks
from attendance_core.reference import benchmarks
from attendance_core.reference.benchmarks import (
    authorities,
    benchmark_value,
    find_authority,
    find_rows,
    load_release,
    release_ids,
    releases_for,
)
from tests.shared import ROOT, shared

THIS_YEAR = "dfe-attendance-2025-26"
LAST_YEAR = "dfe-attendance-2024-25"
CENSUS = "dfe-absence-2022-23"
PHASES = ("primary", "secondary", "special", "total")
LEVELS = {"National": "national", "Regional": "region", "Local authority": "authority"}


@pytest.fixture(scope="module")
def this_year() -> BenchmarkRelease:
    return load_release(THIS_YEAR)


@pytest.fixture(scope="module")
def last_year() -> BenchmarkRelease:
    return load_release(LAST_YEAR)


@pytest.fixture(scope="module")
def census() -> BenchmarkRelease:
    return load_release(CENSUS)


def national(release: BenchmarkRelease, phase: str, group: str = "") -> BenchmarkRow:
    row = find_rows(release, level="national", phase=phase, group=group)
    assert row is not None
    return row


def value(release: BenchmarkRelease, phase: str, measure: str, group: str = "") -> float:
    found = benchmark_value(national(release, phase, group), measure)
    assert found is not None
    return found


# --- the figures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release_id", "phase", "attendance", "absence", "persistent"),
    [
        (LAST_YEAR, "primary", 94.75, 5.25, 13.50),
        (LAST_YEAR, "secondary", 91.41, 8.59, 24.32),
        (LAST_YEAR, "special", 87.12, 12.88, 35.80),
        (LAST_YEAR, "total", 93.13, 6.87, 18.70),
        (THIS_YEAR, "primary", 94.72, 5.28, 13.77),
        (THIS_YEAR, "secondary", 91.51, 8.49, 23.77),
        (THIS_YEAR, "special", 86.83, 13.17, 36.06),
        (THIS_YEAR, "total", 93.12, 6.88, 18.78),
    ],
)
def test_national_rates(release_id: str, phase: str, attendance: float, absence: float, persistent: float) -> None:
    release = load_release(release_id)
    assert value(release, phase, "attendance") == pytest.approx(attendance, abs=0.005)
    assert value(release, phase, "absence") == pytest.approx(absence, abs=0.005)
    assert value(release, phase, "persistent") == pytest.approx(persistent, abs=0.005)


def test_national_counts_of_this_year(this_year: BenchmarkRelease) -> None:
    counts = national(this_year, "total").counts
    assert counts["possible"] == 2_445_419_687
    assert counts["attended"] == 2_277_095_382
    assert counts["absent"] == 168_324_305
    assert counts["authorised"] == 110_576_083
    assert counts["unauthorised"] == 57_748_222
    assert value(this_year, "total", "authorised") == pytest.approx(4.5218, abs=5e-5)
    assert value(this_year, "total", "unauthorised") == pytest.approx(2.3615, abs=5e-5)


def test_all_phase_rows_of_2024_25_keep_the_weighted_rate(last_year: BenchmarkRelease) -> None:
    row = national(last_year, "total")
    pooled = 100 * row.counts["attended"] / row.counts["possible"]
    assert pooled == pytest.approx(93.1203, abs=5e-5)
    assert benchmark_value(row, "attendance") == pytest.approx(93.1298, abs=5e-5)
    assert value(last_year, "total", "attendance") + value(last_year, "total", "absence") == pytest.approx(100)


def test_rates_of_this_year_follow_from_counts(this_year: BenchmarkRelease) -> None:
    assert {tuple(row.percent) for row in this_year.rows} == {("persistent",)}


@pytest.mark.parametrize(
    ("phase", "group", "persistent", "severe"),
    [
        ("primary", "", 16.21, 0.75),
        ("secondary", "", 26.52, 3.40),
        ("special", "", 38.33, 6.24),
        ("primary", "year-group=1", 19.17, 0.84),
        ("secondary", "year-group=11", 30.38, 4.54),
        ("primary", "fsm", 29.40, 1.07),
        ("primary", "not:fsm", 11.20, 0.30),
        ("secondary", "fsm", 44.95, 6.97),
        ("secondary", "not:fsm", 20.20, 1.83),
        ("secondary", "sen", 39.06, 7.56),
        ("secondary", "not:sen", 23.78, 2.24),
        ("secondary", "sex=F", 27.80, 3.73),
        ("secondary", "sex=M", 25.28, 3.08),
        ("total", "fsm+sen", 43.76, 6.33),
    ],
)
def test_census_groups(census: BenchmarkRelease, phase: str, group: str, persistent: float, severe: float) -> None:
    assert value(census, phase, "persistent", group) == pytest.approx(persistent, abs=0.005)
    assert value(census, phase, "severe", group) == pytest.approx(severe, abs=0.005)


def test_census_all_phase_rows_add_up(census: BenchmarkRelease) -> None:
    for column in ("enrolments", "persistent", "severe"):
        total = national(census, "total").counts[column]
        assert total == sum(national(census, phase).counts[column] for phase in PHASES[:3])
        # A few enrolments have no sex recorded, so the two sexes stay just below the total.
        assert 0 <= total - sum(national(census, "total", f"sex={sex}").counts[column] for sex in "FM") < 10


def test_census_percentages_follow_from_their_counts(census: BenchmarkRelease) -> None:
    for row in census.rows:
        assert row.counts["severe"] <= row.counts["persistent"] <= row.counts["enrolments"]
        for measure in ("persistent", "severe"):
            expected = 100 * row.counts[measure] / row.counts["enrolments"]
            assert row.percent[measure] == pytest.approx(expected, abs=6e-6)


def test_census_and_daily_data_are_told_apart(census: BenchmarkRelease, this_year: BenchmarkRelease) -> None:
    assert census.collection == "pupil absence census"
    assert this_year.collection == load_release(LAST_YEAR).collection == "daily attendance data"
    assert benchmark_value(national(this_year, "total"), "severe") is None
    assert benchmark_value(national(census, "total"), "attendance") is None


@pytest.mark.parametrize("release_id", [THIS_YEAR, LAST_YEAR])
def test_counts_of_every_row_add_up(release_id: str) -> None:
    for row in load_release(release_id).rows:
        counts = row.counts
        assert counts["possible"] == counts["attended"] + counts["absent"] > 0, row
        assert counts["absent"] == counts["authorised"] + counts["unauthorised"], row
        assert counts["late_before"] <= counts["attended"], row
        assert counts["late_after"] <= counts["unauthorised"], row


@pytest.mark.parametrize("release_id", [THIS_YEAR, LAST_YEAR])
def test_all_phase_counts_are_the_phases_added_up(release_id: str) -> None:
    release = load_release(release_id)
    by_key = {(row.code, row.phase): row for row in release.rows}
    checked = 0
    for total in release.rows:
        parts = [by_key[total.code, phase] for phase in PHASES[:3] if (total.code, phase) in by_key]
        if total.phase != "total" or (total.level == "authority" and len(parts) < 3):
            continue
        for column, count in total.counts.items():
            assert sum(row.counts[column] for row in parts) == count, (total.code, column)
        checked += 1
    assert checked >= 10


@pytest.mark.parametrize("release_id", [THIS_YEAR, LAST_YEAR])
def test_areas_come_near_the_nation_but_do_not_add_up_to_it(release_id: str) -> None:
    release = load_release(release_id)
    for phase in PHASES:
        regions = [row for row in release.rows if row.level == "region" and row.phase == phase]
        assert len(regions) == 9
        together = sum(row.counts["possible"] for row in regions)
        nation = national(release, phase).counts["possible"]
        assert nation < together < 1.005 * nation
    assert "do not add up" in release.note


def test_status_and_periods(this_year: BenchmarkRelease, last_year: BenchmarkRelease, census: BenchmarkRelease) -> None:
    assert (this_year.provisional, last_year.provisional, census.provisional) == (True, False, False)
    assert (this_year.start, this_year.end) == (date(2025, 9, 8), date(2026, 7, 10))
    assert this_year.published_on == date(2026, 7, 23)
    for release in (this_year, last_year, census):
        assert release.start in release.year.span
        assert release.end in release.year.span
        assert release.end < release.published_on <= release.last_checked_on
        assert "Open Government Licence v3.0" in release.note
        assert release.cites


def test_withheld_cells_are_absent_not_zero(this_year: BenchmarkRelease, last_year: BenchmarkRelease) -> None:
    for phase in ("primary", "total"):
        assert find_rows(this_year, level="authority", phase=phase, code_or_name="City of London") is None
    assert find_rows(this_year, level="authority", phase="secondary", code_or_name="Isles of Scilly") is None
    assert find_rows(last_year, level="authority", phase="special", code_or_name="Bracknell Forest") is None
    assert len(this_year.rows) == 643
    assert len(last_year.rows) == 491


def test_2024_25_has_no_all_phase_rows_for_authorities(last_year: BenchmarkRelease) -> None:
    assert find_rows(last_year, level="authority", phase="total", code_or_name="Kent") is None
    assert find_rows(last_year, level="authority", phase="primary", code_or_name="Kent") is not None


# --- against the published files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release_id", "name", "phase_column"),
    [(THIS_YEAR, "ytd_2025-26.csv", "education_phase"), (LAST_YEAR, "ytd_2024-25.csv", "school_type")],
)
def test_every_published_row_is_given_back(release_id: str, name: str, phase_column: str) -> None:
    release = load_release(release_id)
    found = {(row.level, row.code, row.phase): row for row in release.rows}
    assert len(found) == len(release.rows)
    with shared("data", "dfe", name).open(encoding="utf-8", newline="") as lines:
        published = [row for row in csv.DictReader(lines) if row["possible_sessions"] != "c"]
    assert len(published) == len(found)
    for line in published:
        level = LEVELS[line["geographic_level"]]
        code = line["new_la_code"] or line["region_code"] or line["country_code"]
        row = found[level, code, line[phase_column].lower()]
        assert row.counts["possible"] == int(line["possible_sessions"])
        late = int(line["reason_l_present_late_before_registers_closed"]) + int(
            line["reason_u_unauthorised_late_after_registers_closed"]
        )
        assert row.counts["late_before"] + row.counts["late_after"] == late == int(line["late_sessions"])
        for measure, column in {
            "attendance": "attendance_perc",
            "absence": "overall_absence_perc",
            "authorised": "authorised_absence_perc",
            "unauthorised": "unauthorised_absence_perc",
            "late-after": "unauth_late_registers_closed_perc",
            "persistent": "pa_perc",
        }.items():
            if measure == "late-after" and release_id == LAST_YEAR and row.phase == "total":
                continue  # weighted when published, and not carried over
            assert benchmark_value(row, measure) == pytest.approx(float(line[column]), abs=1e-9), (code, measure)


def test_every_census_row_is_given_back(census: BenchmarkRelease) -> None:
    path = shared("data", "dfe", "pa_severe_by_group_201617-202223.csv")
    phases = {"State-funded primary": "primary", "State-funded secondary": "secondary", "Special": "special"}
    checked = 0
    with path.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            year_group = line["NCyearActual"]
            if line["time_period"] != "202223" or line["breakdown"] not in ("phase", "phase_year"):
                continue
            group = f"year-group={year_group}" if year_group else ""
            row = find_rows(census, level="national", phase=phases[line["school_type"]], group=group)
            if float(line["enrolments"]) < 1000:
                assert row is None
                continue
            assert row is not None
            assert row.counts["enrolments"] == float(line["enrolments"])
            assert row.percent == {
                "persistent": float(line["pa_10_percent"]),
                "severe": float(line["severe_50_percent"]),
            }
            checked += 1
    assert checked == 3 + 29


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_benchmarks", ROOT / "tools" / "make_benchmarks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_documents_are_what_the_generator_makes() -> None:
    folder = shared("data", "dfe")
    made: dict[str, str] = generator().build(folder)
    assert set(made) == {path.name for path in benchmarks.FOLDER.glob("*.toml")}
    stale = [
        name for name, text in made.items() if (benchmarks.FOLDER / name).read_bytes() != text.encode(encoding="utf-8")
    ]
    assert not stale, "run: python tools/make_benchmarks.py <folder of the published files>"


def test_generator_writes_and_says_how_to_call_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared("data", "dfe")
    module = generator()
    assert module.main([]) == 2
    assert "usage" in capsys.readouterr().err
    assert module.main([str(folder), str(tmp_path / "out")]) == 0
    assert load_toml(tmp_path / "out" / f"{CENSUS}.toml", BenchmarkRelease) == load_release(CENSUS)


# --- the reader ---------------------------------------------------------------------------------------------------


def test_ids_agree_with_their_documents() -> None:
    assert release_ids() == (CENSUS, LAST_YEAR, THIS_YEAR)
    for release_id in release_ids():
        release = load_release(release_id)
        assert release.id == release_id
        assert release_id.endswith(str(release.year).replace("/", "-"))


def test_unknown_release_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'dfe-attendance-2025-26'\?"):
        load_release("dfe-attendence-2025-26")
    with pytest.raises(UnknownNameError, match="is not shipped; expected one of dfe-absence-2022-23") as caught:
        load_release("../areas")
    assert "plugin" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    ("year", "ids"),
    [
        ("2025/26", (THIS_YEAR, CENSUS)),
        ("2026/27", (THIS_YEAR, CENSUS)),
        ("2024-25", (LAST_YEAR, CENSUS)),
        ("2023/24", (CENSUS,)),
        ("2022/23", (CENSUS,)),
        ("2021/22", ()),
    ],
)
def test_releases_for_a_year(year: str, ids: tuple[str, ...]) -> None:
    found = PublishedBenchmarks().releases(year)
    assert tuple(release.id for release in found) == ids
    for release in found:
        own = str(release.year) == year.replace("-", "/")
        assert ("stands in" in release.note) is not own
        assert "Open Government Licence" in release.note


def test_only_what_is_needed_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def watched(release_id: str) -> BenchmarkRelease:
        opened.append(release_id)
        return load_release(release_id)

    monkeypatch.setattr(benchmarks, "load_release", watched)
    releases_for("2024/25")
    assert opened == [LAST_YEAR, CENSUS]
    opened.clear()
    releases_for("2010/11")
    assert not opened


def test_a_year_that_is_none_is_refused() -> None:
    with pytest.raises(DocumentError, match="is no academic year"):
        releases_for("2025")


@pytest.mark.parametrize("name", ["211", "E09000030", "e09000030", "Tower Hamlets", " tower  HAMLETS "])
def test_an_authority_by_any_of_its_names(this_year: BenchmarkRelease, name: str) -> None:
    row = find_rows(this_year, level="authority", phase="primary", code_or_name=name)
    assert row is not None
    assert row.code == "E09000030"
    assert row.counts["possible"] == 6_420_254
    assert row.percent == {"persistent": 17.5033710196038}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Bristol", "E06000023"),
        ("City of Bristol", "E06000023"),
        ("Bristol, City of", "E06000023"),
        ("Herefordshire", "E06000019"),
        ("St Helens", "E08000013"),
        ("Brighton & Hove", "E06000043"),
    ],
)
def test_names_that_are_written_in_several_ways(this_year: BenchmarkRelease, name: str, code: str) -> None:
    row = find_rows(this_year, level="authority", phase="total", code_or_name=name)
    assert row is not None
    assert row.code == code
    authority = find_authority(name)
    assert authority is not None
    assert authority.code == code


def test_no_two_areas_answer_to_one_name(this_year: BenchmarkRelease) -> None:
    for level in ("region", "authority"):
        names = [
            spelling
            for row in this_year.rows
            if row.level == level and row.phase == "primary"
            for spelling in (row.code.casefold(), *benchmarks._spellings(row.name))
        ]
        assert len(names) == len(set(names))


def test_regions_and_the_nation(this_year: BenchmarkRelease) -> None:
    by_name = find_rows(this_year, level="region", phase="total", code_or_name="yorkshire and the humber")
    by_code = find_rows(this_year, level="region", phase="total", code_or_name="E12000003")
    assert by_name is by_code is not None
    assert find_rows(this_year, level="national", phase="total", code_or_name="England") is national(this_year, "total")


def test_what_is_not_there_is_none(this_year: BenchmarkRelease) -> None:
    assert find_rows(this_year, level="authority", phase="total") is None
    assert find_rows(this_year, level="region", phase="total") is None
    assert find_rows(this_year, level="authority", phase="total", code_or_name="Atlantis") is None
    assert find_rows(this_year, level="authority", phase="total", code_or_name="999") is None
    assert find_rows(this_year, level="authority", phase="total", code_or_name="London") is None
    assert find_rows(this_year, level="national", phase="total", group="fsm") is None
    assert find_rows(this_year, level="national", phase="nursery") is None
    assert find_authority("Atlantis") is None


def test_every_authority_of_the_releases_has_a_number_and_a_region(this_year: BenchmarkRelease) -> None:
    places = {place.code: place for place in authorities()}
    assert len(places) == 153 == len({place.number for place in places.values()})
    regions = {row.code: row.name for row in this_year.rows if row.level == "region"}
    for release in (this_year, load_release(LAST_YEAR)):
        for row in release.rows:
            if row.level == "authority":
                assert places[row.code].name == row.name
    assert {place.region_code: place.region for place in places.values()} == regions
    assert all(len(place.number) == 3 and place.number.isdigit() for place in places.values())


def test_values_are_pooled_from_counts_unless_published() -> None:
    counts = {"possible": 200, "attended": 180, "absent": 20, "late_before": 3, "late_after": 1}
    row = BenchmarkRow(level="authority", code="X", name="X", phase="total", counts=counts)
    assert benchmark_value(row, "attendance") == 90
    assert benchmark_value(row, "absence") == 10
    assert benchmark_value(row, "late") == 2
    assert benchmark_value(row, "late-before") == 1.5
    assert benchmark_value(row, "late-after") == 0.5
    assert benchmark_value(row, "authorised") is None
    assert benchmark_value(row, "persistent") is None
    assert benchmark_value(row, "no-such-measure") is None
    enrolled = BenchmarkRow(
        level="national", code="X", name="X", phase="total", counts={"enrolments": 8, "persistent": 2, "severe": 0}
    )
    assert benchmark_value(enrolled, "persistent") == 25
    assert benchmark_value(enrolled, "severe") == 0
    published = BenchmarkRow(
        level="national", code="X", name="X", phase="total", counts=counts, percent={"attendance": 91.5}
    )
    assert benchmark_value(published, "attendance") == 91.5
    nothing = BenchmarkRow(level="national", code="X", name="X", phase="total", counts={"possible": 0, "attended": 0})
    assert benchmark_value(nothing, "attendance") is None


def test_the_provider_is_one() -> None:
    provider = PublishedBenchmarks()
    assert isinstance(provider, BenchmarkProvider)
    assert provider.id == "dfe-published"
    assert provider.title


def test_every_citation_names_a_source_and_every_source_is_cited() -> None:
    with (ROOT / "frameworks" / "sources.toml").open("rb") as stream:
        entries = tomllib.load(stream)["source"]
    sources = {entry["id"]: entry for entry in entries if entry["id"].startswith("dfe-data-")}
    cited: set[str] = set()
    for path in sorted(benchmarks.FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        cited |= {cite["source"] for cite in document["cites"]}
    assert cited == set(sources)
    for entry in sources.values():
        assert Source(**entry).url.startswith("https://")


# --- the published files as counts --------------------------------------------------------------------------------

MAPPINGS = Path(benchmarks.__file__).with_name("mappings")
FILES = {
    "ytd_2025-26.csv": "dfe-attendance",
    "weekly_2025-26_first_week.csv": "dfe-attendance",
    "ytd_2024-25.csv": "dfe-attendance-2024-25",
    "autumn_2024-25.csv": "dfe-attendance-2024-25",
    "spring_2024-25.csv": "dfe-attendance-2024-25",
}


@pytest.mark.parametrize("mapping_id", sorted(set(FILES.values())))
def test_counts_mappings_are_whole(mapping_id: str) -> None:
    mapping = load_toml(MAPPINGS / f"{mapping_id}.toml", Mapping)
    assert mapping.id == mapping_id
    assert mapping.layout == Layout.COUNTS
    codes = [count.code for count in mapping.counts]
    assert sorted(codes) == sorted(["/", "\\", *"LBJKPVWCEHIMRSTGNOU", "C1", "C2", "J1"])
    (residual,) = mapping.residuals
    assert residual.code == "unlisted-authorised"
    assert residual.code not in codes
    assert set(residual.codes) < set(codes)


@pytest.mark.parametrize("name", FILES)
def test_counts_mapping_accounts_for_every_possible_session(name: str) -> None:
    mapping = load_toml(MAPPINGS / f"{FILES[name]}.toml", Mapping)
    column = {count.code: count.column for count in mapping.counts}
    (residual,) = mapping.residuals
    with shared("data", "dfe", name).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len({tuple(row[key] for key in mapping.keys) for row in rows}) == len(rows)
    counted = [row for row in rows if row[column["/"]] not in mapping.no_mark]
    assert 0 < len(counted) < len(rows)
    for row in counted:
        sessions = {code: int(row[name_]) for code, name_ in column.items()}
        unlisted = int(row[residual.total]) - sum(sessions[code] for code in residual.codes)
        assert unlisted >= 0
        assert sum(sessions.values()) + unlisted == int(row["possible_sessions"])
        attended = sum(count for code, count in sessions.items() if code in "/\\LBJKPVW")
        assert attended == int(row["overall_attendance"])
        assert sum(sessions[code] for code in "GNOU") == int(row["unauthorised_absence"])
