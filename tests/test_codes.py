"""Codes, settings and profiles: what each means on which day."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve

from attendance_core.dates import AcademicYear
from attendance_core.errors import (
    CodeNotYetInForceError,
    CodeRevokedError,
    DocumentError,
    UnknownCodeError,
    UnknownNameError,
    UnreadableFileError,
)
from attendance_core.model.codes import Code, Codebook, CodeVersion, Late, LegalGroup, StatGroup
from attendance_core.model.profiles import Setting
from attendance_core.model.sources import Citation, Source, Standing
from attendance_core.reference import locate
from attendance_core.reference.codes import (
    FIRST_DAY,
    LAST_DAY,
    CodesDocument,
    ResolutionRow,
    apply_settings,
    canonical_codes,
    check_codebook,
    load_codebook,
    resolution_table,
)
from attendance_core.reference.settings import check_settings, load_profile, load_settings
from attendance_core.reference.sources import check_cites, check_sources, load_sources

DAY = timedelta(days=1)
SNAPSHOTS = Path(__file__).parent / "data" / "snapshots"
YEARS = ("2010/11", "2021/22", "2023/24", "2024/25", "2025/26")
DEFAULTS = dict(load_profile("year-to-date").settings)
ENGLAND = load_codebook("england")


def row_on(rows: tuple[ResolutionRow, ...], code: str, day: date) -> ResolutionRow:
    (row,) = [row for row in rows if row.code == code and row.start <= day <= row.end]
    return row


def snapshot(year: str) -> dict[str, dict[str, str]]:
    """Every code in force on 1 October of an academic year, with its groups."""
    day = date(AcademicYear.parse(year).begins, 10, 1)
    found: dict[str, dict[str, str]] = {}
    for code in ENGLAND.codes:
        try:
            version = code.at(day)
        except (CodeNotYetInForceError, CodeRevokedError):
            continue
        found[code.code] = {"legal": version.legal_group, "stat": version.stat_group, "late": version.late}
    return found


@pytest.mark.parametrize("year", YEARS)
def test_the_codes_of_a_year_are_the_recorded_ones(year: str) -> None:
    """A change here is a change of published figures: record it on purpose, with its citation."""
    path = SNAPSHOTS / f"codes-{year.replace('/', '-')}.json"
    assert snapshot(year) == json.loads(path.read_text(encoding="utf-8"))


def test_both_eras_hold_exactly_their_codes() -> None:
    old = set("/\\LBJPVWDCEHIMRSTGNOUXYZ#")
    new = (old - {"H", "J", "Y"}) | {"K", "C1", "C2", "J1", "Q", *(f"Y{n}" for n in range(1, 8))}
    covid = {"I01", "I02", "X01", "X02", "X05", "X06", "X07", "X08", "X09"}
    assert set(snapshot("2010/11")) == old | {"F"}
    assert set(snapshot("2021/22")) == old | covid
    assert set(snapshot("2023/24")) == old
    assert set(snapshot("2024/25")) == set(snapshot("2025/26")) == new


@pytest.mark.parametrize("book", ["england", "foreign"])
def test_every_boundary_holds_to_the_day(book: str) -> None:
    codebook = load_codebook(book)
    for code in codebook.codes:
        for index, version in enumerate(code.versions):
            assert codebook.at(code.code, version.in_force_from) is version
            if index == 0:
                with pytest.raises(CodeNotYetInForceError, match=str(version.in_force_from)):
                    codebook.at(code.code, version.in_force_from - DAY)
            else:
                assert codebook.at(code.code, version.in_force_from - DAY) is code.versions[index - 1]
            if version.in_force_to is None:
                assert codebook.at(code.code, LAST_DAY) is version
                continue
            assert codebook.at(code.code, version.in_force_to) is version
            if index + 1 < len(code.versions):
                assert codebook.at(code.code, version.in_force_to + DAY) is code.versions[index + 1]
            else:
                with pytest.raises(CodeRevokedError, match=str(version.in_force_to)) as caught:
                    codebook.at(code.code, version.in_force_to + DAY)
                assert code.revoked_note in str(caught.value)


def test_asking_for_a_code_fails_in_three_ways() -> None:
    with pytest.raises(UnknownCodeError, match="'A': is unknown"):
        ENGLAND.at("A", date(2025, 9, 1))
    with pytest.raises(CodeNotYetInForceError, match="2024-08-19"):
        ENGLAND.at("C2", date(2024, 8, 18))
    with pytest.raises(CodeRevokedError, match="See J1"):
        ENGLAND.at("J", date(2024, 8, 19))


def test_an_interview_moves_from_attendance_to_absence() -> None:
    assert ENGLAND.at("J", date(2024, 8, 18)).attended
    assert ENGLAND.at("J1", date(2024, 8, 19)).stat_group is StatGroup.AUTHORISED


@pytest.mark.parametrize("book", ["england", "foreign"])
def test_the_resolution_table_covers_every_day_once(book: str) -> None:
    codebook = load_codebook(book)
    rows = resolution_table(codebook, DEFAULTS)
    assert {row.code for row in rows} == {code.code for code in codebook.codes}
    groups = {group.value for group in StatGroup}
    for code in codebook.codes:
        mine = [row for row in rows if row.code == code.code]
        assert mine[0].start == FIRST_DAY == date(1900, 1, 1)
        assert mine[-1].end == LAST_DAY == date(9999, 12, 31)
        assert all(after.start == before.end + DAY for before, after in pairwise(mine))
        assert all(row.start <= row.end for row in mine)
        assert all((row.stat in groups) != bool(row.reject) for row in mine)
        assert not any(row.reject and row.doubt for row in mine)


def test_the_table_agrees_with_the_codebook_wherever_a_code_is_in_force() -> None:
    for row in resolution_table(ENGLAND, DEFAULTS):
        for day in (row.start, row.end):
            if row.reject:
                with pytest.raises(CodeNotYetInForceError):
                    ENGLAND.at(row.code, day)
            elif row.doubt:
                with pytest.raises(CodeRevokedError):
                    ENGLAND.at(row.code, day)
            else:
                version = ENGLAND.at(row.code, day)
                assert (row.stat, row.late) == (version.stat_group, version.late)


def test_a_mark_before_its_code_is_a_reject_that_says_from_when() -> None:
    row = row_on(resolution_table(ENGLAND, DEFAULTS), "C2", date(2024, 8, 18))
    assert row.reject == "C2 is not yet in force until 2024-08-19"
    assert row.stat == "" and row.late == "no"


@pytest.mark.parametrize(
    ("code", "day", "stat", "says"),
    [
        ("J", date(2025, 12, 1), StatGroup.AEA, "J1"),
        ("H", date(2025, 12, 1), StatGroup.AUTHORISED, "C"),
        ("Y", date(2025, 12, 1), StatGroup.NOT_POSSIBLE, "Y1 to Y7"),
        ("F", date(2025, 12, 1), StatGroup.AUTHORISED, "with H"),
        ("I02", date(2022, 9, 1), StatGroup.AUTHORISED, "Use I"),
        ("X01", date(2022, 9, 5), StatGroup.NOT_POSSIBLE, "Use X"),
        ("X02", date(2022, 9, 5), StatGroup.COVID, "2022-04-05"),
        ("X03", date(2021, 9, 6), StatGroup.COVID, "X09"),
    ],
)
def test_a_withdrawn_code_keeps_its_meaning_with_a_doubt(code: str, day: date, stat: StatGroup, says: str) -> None:
    row = row_on(resolution_table(ENGLAND, DEFAULTS), code, day)
    assert row.stat == stat
    assert not row.reject
    assert row.doubt.startswith(f"{code} was withdrawn on {row.start}; read as {stat.value}")
    assert says in row.doubt


def test_covid_marks_are_neither_absent_nor_possible_by_themselves() -> None:
    for code in ("X02", "X03", "X04", "X05", "X06", "X07"):
        version = ENGLAND.at(code, date(2021, 1, 11))
        assert version.stat_group is StatGroup.COVID
        assert not version.possible and not version.stat_group.absent
    assert ENGLAND.at("X01", date(2021, 1, 11)).stat_group is StatGroup.NOT_POSSIBLE
    assert ENGLAND.at("I02", date(2021, 1, 11)).stat_group is StatGroup.AUTHORISED


def test_lateness_is_said_by_l_and_u_alone() -> None:
    late = {code.code: version.late for code in ENGLAND.codes for version in code.versions if version.late != "no"}
    assert late == {"L": Late.BEFORE_CLOSE, "U": Late.AFTER_CLOSE}
    assert ENGLAND.at("L", date(2025, 9, 1)).attended
    assert ENGLAND.at("U", date(2025, 9, 1)).stat_group is StatGroup.UNAUTHORISED


# England, Monday of 2025 week 49, as the official data set publishes it.
PUBLISHED_DAY = date(2025, 12, 1)
PUBLISHED = {
    "present": {"/": 5_781_997, "\\": 6_004_234, "L": 298_955},
    "elsewhere": {"B": 21_701, "J": 1, "P": 8_376, "V": 32_150, "W": 2_736, "K": 5_105},
    "authorised": {"I": 669_932, "M": 43_893, "R": 268, "S": 240, "T": 768, "H": 0, "E": 18_735, "C": 45_754},
    "authorised since 2024, and one old F": {"C1": 773, "J1": 1_370, "C2": 31_592, "F": 1},
    "unauthorised": {"G": 36_466, "U": 36_717, "O": 213_504, "N": 15_321},
    "neither": dict.fromkeys(("D", "Q", "X", "Y", *(f"Y{n}" for n in range(1, 8)), "Z", "#", "X02"), 1_000_000),
}


def test_a_published_day_adds_up_by_the_codebook() -> None:
    rows = resolution_table(ENGLAND, DEFAULTS)
    sums = dict.fromkeys(StatGroup, 0)
    late = 0
    marks = [mark for part in PUBLISHED.values() for mark in part.items()]
    for code, sessions in marks:
        row = row_on(rows, code, PUBLISHED_DAY)
        sums[StatGroup(row.stat)] += sessions
        late += sessions if row.late != "no" else 0
    assert sums[StatGroup.PRESENT] == 12_085_186
    assert sums[StatGroup.AEA] == 70_069
    assert sums[StatGroup.AUTHORISED] == 813_326
    assert sums[StatGroup.UNAUTHORISED] == 302_008
    assert late == 335_672
    absent = sum(count for group, count in sums.items() if group.absent)
    attended = sum(count for group, count in sums.items() if group.attended)
    assert (absent, attended) == (1_115_334, 12_155_255)
    assert sum(count for group, count in sums.items() if group.possible) == absent + attended == 13_270_589


def test_settings_move_the_days_of_f_and_d() -> None:
    later = resolution_table(ENGLAND, {**DEFAULTS, "f-last-date": "2014-08-31"})
    assert not row_on(later, "F", date(2014, 8, 31)).doubt
    assert "withdrawn on 2014-09-01" in row_on(later, "F", date(2014, 9, 1)).doubt
    usual = resolution_table(ENGLAND, DEFAULTS)
    assert row_on(usual, "D", date(2011, 8, 31)).stat == StatGroup.AEA
    assert row_on(usual, "D", date(2011, 9, 1)).stat == StatGroup.NOT_POSSIBLE
    never = resolution_table(ENGLAND, {**DEFAULTS, "d-not-possible-from": "2006-09-01"})
    assert row_on(never, "D", date(2006, 9, 1)).stat == StatGroup.NOT_POSSIBLE
    assert len([row for row in never if row.code == "D"]) == 2
    assert resolution_table(ENGLAND, {}) == usual


def test_defaults_are_the_days_written_in_the_codes() -> None:
    assert apply_settings(ENGLAND, DEFAULTS) == ENGLAND


def test_every_setting_that_a_code_names_exists_and_offers_days() -> None:
    named = {
        name
        for code in ENGLAND.codes
        for version in code.versions
        for name in (version.in_force_from_setting, version.in_force_to_setting)
        if name
    }
    assert named == {"f-last-date", "d-not-possible-from"}
    for name in named:
        for choice in load_settings()[name].choices:
            assert check_codebook(apply_settings(ENGLAND, {**DEFAULTS, name: choice})) == ()


def test_a_setting_that_is_no_date_or_leaves_no_day_is_refused() -> None:
    with pytest.raises(DocumentError, match="'soon' is no date") as caught:
        apply_settings(ENGLAND, {"f-last-date": "soon", "d-not-possible-from": "later"})
    assert len(caught.value.faults) == 2
    with pytest.raises(DocumentError, match="code 'F': settings leave it no day"):
        apply_settings(ENGLAND, {"f-last-date": "1999-01-01"})


def test_spellings_lead_to_their_code() -> None:
    spellings = canonical_codes(ENGLAND)
    assert spellings["l"] == spellings["L"] == "L"
    assert spellings["x02"] == "X02"
    assert set(spellings.values()) == {code.code for code in ENGLAND.codes}
    assert canonical_codes(load_codebook("foreign"))["present"] == "present"
    two = Codebook(id="t", title="T", codes=(a_code("a"), a_code("A")))
    assert canonical_codes(two) == {"a": "a", "A": "A"}


def test_foreign_values_are_no_register_codes() -> None:
    foreign = load_codebook("foreign")
    assert all(version.legal_group is LegalGroup.FOREIGN for code in foreign.codes for version in code.versions)
    stats = {code.code: code.at(date(1950, 1, 1)).stat_group for code in foreign.codes}
    assert stats == {
        "present": StatGroup.PRESENT,
        "late": StatGroup.PRESENT,
        "absent": StatGroup.UNCLASSIFIED,
        "authorised-absence": StatGroup.AUTHORISED,
        "unauthorised-absence": StatGroup.UNAUTHORISED,
        "not-required": StatGroup.NOT_POSSIBLE,
        "closed": StatGroup.ADMINISTRATIVE,
    }
    assert not {code.code for code in foreign.codes} & {code.code for code in ENGLAND.codes}


def test_an_unknown_codebook_is_named_with_those_that_look_alike() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'england'"):
        load_codebook("England2")
    with pytest.raises(UnknownNameError, match="or a plugin"):
        load_codebook("wales-2030")


# --- faults of codebooks


LIBRARY = (Citation(source="library", standing=Standing.LIBRARY),)


def a_version(start: date, end: date | None = None, cites: tuple[Citation, ...] = LIBRARY) -> CodeVersion:
    return CodeVersion(
        in_force_from=start,
        in_force_to=end,
        description="Something.",
        legal_group=LegalGroup.FOREIGN,
        stat_group=StatGroup.PRESENT,
        cites=cites,
        last_checked_on=date(2026, 11, 1),
    )


def a_code(name: str, *versions: CodeVersion, revoked_on: date | None = None, note: str = "") -> Code:
    return Code(code=name, versions=versions or (a_version(FIRST_DAY),), revoked_on=revoked_on, revoked_note=note)


def faults_of(*codes: Code) -> list[str]:
    return [str(fault) for fault in check_codebook(Codebook(id="t", title="T", codes=codes), known=("library",))]


def test_a_sound_codebook_has_no_fault() -> None:
    first, second = a_version(date(2000, 1, 1), date(2000, 12, 31)), a_version(date(2001, 1, 1), date(2001, 12, 31))
    assert faults_of(a_code("A", first, second, revoked_on=date(2002, 1, 1), note="Use B"), a_code("B")) == []


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        ((a_code("A"), a_code("A")), "code 'A': is given twice"),
        ((Code(code="A", versions=()),), "versions: there is none"),
        (
            (a_code("A", a_version(date(2001, 1, 2), date(2001, 1, 1)), revoked_on=date(2001, 1, 2), note="x"),),
            "versions[0].in_force_to: lies before in_force_from",
        ),
        (
            (a_code("A", a_version(date(2000, 1, 1)), a_version(date(2001, 1, 1))),),
            "versions[1].in_force_from: begins before the version above it ends",
        ),
        (
            (a_code("A", a_version(date(2000, 1, 1), date(2000, 1, 31)), a_version(date(2000, 3, 1))),),
            "versions[1].in_force_from: leaves a gap; expected 2000-02-01",
        ),
        ((a_code("A", a_version(date(2000, 1, 1), date(2000, 1, 31))),), "revoked_on: is None; expected 2000-02-01"),
        ((a_code("A", revoked_on=date(2000, 1, 1), note="x"),), "expected nothing, as the last version is open"),
        (
            (a_code("A", a_version(date(2000, 1, 1), date(2000, 1, 31)), revoked_on=date(2000, 2, 1)),),
            "revoked_note: is empty",
        ),
        ((a_code("A", a_version(date(2027, 1, 1))),), "last_checked_on: 2026-11-01 lies before the version begins"),
        ((a_code("A", a_version(FIRST_DAY, cites=())),), "versions[0].cites: cites nothing"),
        ((a_code("A", a_version(FIRST_DAY, cites=(Citation(source="libary"),))),), "Did you mean 'library'?"),
    ],
)
def test_a_faulty_codebook_says_so(codes: tuple[Code, ...], says: str) -> None:
    assert any(says in fault for fault in faults_of(*codes)), faults_of(*codes)


def test_a_plugins_codebook_may_cite_sources_of_its_own() -> None:
    code = a_code("A", a_version(FIRST_DAY, cites=(Citation(source="my-own"),)))
    assert check_codebook(Codebook(id="t", title="T", codes=(code,))) == ()


def test_a_code_file_with_faults_names_each_key() -> None:
    text = """
[[code]]
code = "A"
colour = "red"
[[code.versions]]
in_force_from = "yesterday"
description = "A."
legal_group = "present"
stat_group = "present"
cites = []
[[code.versions]]
in_force_from = 2001-01-01
description = "A."
legal_group = "present"
stat_group = "present"
cites = []
"""
    with pytest.raises(DocumentError) as caught:
        locate.parse_reference(text, CodesDocument, where="a.toml")
    places = {fault.where for fault in caught.value.faults}
    assert places >= {"a.toml: code[0].versions[0].in_force_from", "a.toml: code[0].colour"}
    assert any(place.startswith("a.toml: code[0].versions[1].last_checked_on") for place in places)


def test_groups_that_do_not_exist_are_all_named() -> None:
    text = """
[[code]]
code = "A"
[[code.versions]]
in_force_from = 2000-01-01
description = "A."
legal_group = "presnt"
stat_group = "here"
last_checked_on = 2026-11-01
cites = [{ source = "library", standing = "sure" }]
"""
    with pytest.raises(DocumentError) as caught:
        locate.parse_reference(text, CodesDocument, where="a.toml")
    assert {fault.where for fault in caught.value.faults} == {
        "a.toml: code[0].versions[0].legal_group",
        "a.toml: code[0].versions[0].stat_group",
        "a.toml: code[0].versions[0].cites[0].standing",
    }
    assert all("one of " in fault.expected for fault in caught.value.faults)


# --- sources, settings, profiles, places


def test_sources_are_found_wherever_they_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (locate.frameworks_folder() / "sources.toml").is_file()
    package = tmp_path / "src" / "attendance_core"
    package.mkdir(parents=True)
    monkeypatch.setattr("importlib.resources.files", lambda _: package)
    with pytest.raises(UnreadableFileError, match="folder of framework packs is missing"):
        locate.frameworks_folder()
    checkout = tmp_path / "frameworks"
    packed = package / "framework_packs"
    for folder in (checkout, packed):  # the wheel's own copy comes first once it is there
        folder.mkdir()
        (folder / "sources.toml").write_text("", encoding="utf-8")
        assert locate.frameworks_folder() == folder


def test_faulty_sources_are_named() -> None:
    source = Source(id="a", title="A", publisher="P", url="https://example.org/a", consulted_on=date(2026, 11, 1))
    assert check_sources([source], where="s.toml") == ()
    told = "\n".join(str(fault) for fault in check_sources([source, evolve(source, url="ftp://a")], where="s.toml"))
    assert "source 'a': is given 2 times" in told
    assert "'ftp://a' is no address" in told
    (fault,) = check_cites([Citation(source="zzz")], where="x", known=["a"])
    assert "'zzz' is no known source" in str(fault) and "Add it there" in str(fault)
    assert load_sources()["si-2024-208"].url == "https://www.legislation.gov.uk/uksi/2024/208"


def test_settings_have_the_stated_defaults() -> None:
    assert {id: setting.default for id, setting in load_settings().items()} == {
        "covid-x": "not-possible",
        "persistent-boundary": "inclusive",
        "f-last-date": "2013-08-31",
        "d-not-possible-from": "2011-09-01",
        "small-denominator": "20",
        "absent-day": "every-possible-session",
        "run-interruption": "possible-session",
        "school-week-begins": "monday",
        "cancelled-week": "counted",
        "notice-marks": "once",
        "notice-years": "inclusive",
        "notice-age": "over-compulsory-age",
        "n-deadline": "school-days",
        "sickness-period": "academic-year",
        "ages-counted": "all",
        "boarders": "counted",
        "small-schools": "counted",
        "late-joiners": "counted",
        "second-half-summer": "counted",
        "amendment-trail": "previous_code+amended_at+reason+amended_by",
        "live-priorities": "5",
        "impact-before": "120",
        "impact-lately": "20",
        "impact-after": "100",
        "impact-placebo": "60",
        "impact-pupils": "10",
        "impact-sessions": "40",
        "impact-pool": "30",
        "impact-nearest": "80",
        "impact-distance": "20",
        "impact-held-weeks": "4",
    }


def test_every_open_question_says_what_is_not_verified() -> None:
    for setting in load_settings().values():
        standings = {cite.standing for cite in setting.cites}
        assert standings & {Standing.UNVERIFIED, Standing.LIBRARY}, setting.id


def test_faulty_settings_are_named() -> None:
    setting = Setting(
        id="a", title="A", default="x", choices=("y", "z"), question="?", cites=(), last_checked_on=date(2026, 11, 1)
    )
    told = "\n".join(str(fault) for fault in check_settings((setting, setting), where="s.toml", known=("library",)))
    assert "setting 'a': is given twice" in told
    assert "'x' is no choice; expected y, z" in told
    assert "cites nothing" in told


def test_a_profile_holds_every_setting_and_takes_overrides() -> None:
    profile = load_profile("year-to-date", {"covid-x": "possible"})
    assert [name for name, _ in profile.settings] == list(load_settings())
    assert profile.get("covid-x") == "possible"
    assert profile.get("persistent-boundary") == "inclusive"
    assert load_profile("year-to-date").get("covid-x") == "not-possible"


def test_wrong_values_of_a_policy_come_all_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        load_profile("year-to-date", {"covid-x": "maybe", "small-denominator": "7"})
    assert [fault.where for fault in caught.value.faults] == [
        "policy.settings.covid-x",
        "policy.settings.small-denominator",
    ]
    assert "expected one of not-possible, possible" in str(caught.value)
    assert "Leave it out for the default, 20" in str(caught.value)


def test_unknown_names_of_a_policy_come_with_those_that_look_alike() -> None:
    with pytest.raises(UnknownNameError) as caught:
        load_profile("year-to-dat", {"covid": "possible", "zzzz": "1", "covid-x": "maybe"}, where="attendance.toml")
    told = str(caught.value)
    assert len(caught.value.faults) == 4
    assert "Did you mean 'year-to-date'?" in told
    assert "attendance.toml.covid: no setting is called 'covid'" in told and "Did you mean 'covid-x'?" in told
    assert "Use a setting of that list" in told
    assert "'maybe' is no choice" in told
