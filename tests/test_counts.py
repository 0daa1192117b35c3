"""Counts instead of marks: what is read, withheld and refused, and the figures that follow."""

from collections.abc import Mapping as Dict
from datetime import date
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.dates import DateRange
from attendance_core.errors import (
    AttendanceError,
    DocumentError,
    FigureIdError,
    InputError,
    LayoutError,
    MissingColumnError,
    UnknownNameError,
)
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.counts import NO_SESSIONS, count_totals, figures
from attendance_core.measures.tallies import TALLY_COLUMNS
from attendance_core.model.figures import FigureId
from attendance_core.model.mappings import CountColumn, CountResidual, Layout, Mapping
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.mappings import load_mappings
from attendance_core.reference.settings import load_profile
from attendance_core.register.counts import COUNT_REMEDIES, CountReject, Counts, read_counts
from attendance_core.register.reading import Source, read_register
from tests.expand import AUTHORISED, COLUMNS, MONDAY, expand

BOOKS = (load_codebook("england"), load_codebook("foreign"))
PROFILE = load_profile("year-to-date")
DAY = date(2025, 9, 12)
SMALL = Mapping(
    id="small",
    layout=Layout.COUNTS,
    keys=("area",),
    no_mark=("", "c"),
    counts=(
        CountColumn(column="present", code="/"),
        CountColumn(column="late", code="L"),
        CountColumn(column="ill", code="I"),
        CountColumn(column="holiday", code="H"),
        CountColumn(column="late_after", code="U"),
    ),
    residuals=(CountResidual(total="authorised", codes=("I", "H"), code="unlisted-authorised"),),
)
NUMBERS = ("present", "late", "ill", "holiday", "late_after", "authorised")
PUPILS = Mapping(
    id="pupils",
    layout=Layout.COUNTS,
    columns={"pupil_id": "UPN"},
    counts=(CountColumn(column="attended", code="present"), CountColumn(column="away", code="absent")),
)


def source(columns: Dict[str, Any], mapping: Mapping = SMALL, first_row: int = 2) -> Source:
    frame = pl.DataFrame(columns).lazy().with_row_index("source_row", offset=first_row)
    return Source(frame=nw.from_native(frame), mapping=mapping, name="counts.csv")


def table(*rows: tuple[Any, ...]) -> dict[str, list[Any]]:
    names = ("area", *NUMBERS)
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def read(columns: Dict[str, Any], mapping: Mapping = SMALL, on: date | None = DAY) -> Counts:
    return read_counts(source(columns, mapping), codebooks=BOOKS, settings=dict(PROFILE.settings), on=on)


def totals(counts: Counts, **options: Any) -> dict[Any, dict[str, int]]:
    return {
        line["row"]: {name: line[name] for name in TALLY_COLUMNS}
        for line in count_totals(counts, **options).rows(named=True)
    }


GOOD = ("North", "90", "2", "5", "0", "1", "7")


def test_a_row_enters_the_tally() -> None:
    counts = read(table(GOOD))
    assert counts.keys == ("area",)
    lines = counts.frame.select("area", "row", "code", "stat", "sessions").rows()
    assert lines == [
        ("North", 2, "/", "present", 90),
        ("North", 2, "H", "authorised", 0),
        ("North", 2, "I", "authorised", 5),
        ("North", 2, "L", "present", 2),
        ("North", 2, "U", "unauthorised", 1),
        ("North", 2, "unlisted-authorised", "authorised", 2),
    ]
    assert counts.frame.schema["row"] == nw.Int64
    assert counts.frame.schema["sessions"] == nw.Int64
    found = totals(counts)[2]
    assert found == dict.fromkeys(TALLY_COLUMNS, 0) | {
        "present": 92,
        "authorised": 7,
        "unauthorised": 1,
        "late_before": 2,
        "late_after": 1,
        "attended": 92,
        "absent": 8,
        "possible": 100,
    }
    assert counts.account.conserved
    assert counts.account.findings == 0
    assert len(counts.account.rejects) == 0


def test_a_withheld_cell_is_never_zero() -> None:
    counts = read(table(GOOD, ("South", "90", "2", "c", "0", "1", "7"), ("West", *["c"] * 6)))
    account = counts.account
    assert counts.frame["row"].unique().to_list() == [2]
    assert counts.incomplete.select("area", "row", "why").rows() == [("South", 3, "withheld"), ("West", 4, "withheld")]
    assert (account.rows, account.rows_kept, account.rows_withheld, account.rows_rejected) == (3, 1, 2, 0)
    cells = (account.cells_in, account.cells_kept, account.cells_withheld, account.cells_rejected, account.cells_aside)
    assert cells == (18, 6, 7, 0, 5)
    assert account.conserved
    (figure,) = figures(counts, ["absence"], PROFILE, keys=())
    assert (figure.numerator, figure.denominator) == (8, 100)
    assert figure.note == f"{NO_SESSIONS}; rows withheld or rejected, and in no count: 2"


def test_a_file_that_withholds_everything_is_read_and_gives_no_figure() -> None:
    counts = read(table(("West", *["c"] * 6)))
    assert counts.account.rows_withheld == 1
    assert figures(counts, ["attendance"], PROFILE) == ()
    (figure,) = figures(counts, ["attendance"], PROFILE, keys=())
    assert figure.value is None
    assert (figure.numerator, figure.denominator) == (0, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("many", CountReject.NO_NUMBER),
        ("NaN", CountReject.NO_NUMBER),
        ("12 34", CountReject.NO_NUMBER),
        ("1,23", CountReject.NO_NUMBER),
        ("12e3", CountReject.NO_NUMBER),
        ("1" * 16, CountReject.NO_NUMBER),
        ("=1+1", CountReject.NO_NUMBER),
        ("-3", CountReject.BELOW_ZERO),
        ("\u22123", CountReject.BELOW_ZERO),
        ("-1.5", CountReject.BELOW_ZERO),
        ("4.5", CountReject.FRACTION),
        (".5", CountReject.FRACTION),
    ],
)
def test_what_is_no_number_of_sessions_is_refused_by_row(text: str, reason: CountReject) -> None:
    counts = read(table(GOOD, ("South", "90", text, "5", "0", "1", "7")))
    (line,) = counts.account.rejects.rows(named=True)
    assert (line["source_row"], line["column"], line["reason"]) == (3, "late", reason.value)
    assert line["detail"].startswith("column 'late' holds")
    assert line["remedy"] == COUNT_REMEDIES[reason]
    assert counts.account.rows_rejected == 1
    assert counts.account.cells_aside == 5
    assert counts.account.conserved
    assert counts.incomplete["why"].to_list() == ["rejected"]


@pytest.mark.parametrize("text", ["1,234", "1234", "1234.0", " 1234 ", "1,234.00"])
def test_numbers_as_spreadsheets_write_them(text: str) -> None:
    counts = read(table(("North", text, "2", "5", "0", "1", "7")))
    assert totals(counts)[2]["present"] == 1236


def test_numbers_as_numbers() -> None:
    counts = read(table(("North", 1234.0, 2, 5, 0, 1, 7), ("South", 0.5, 2, 5, 0, 1, 7), ("West", None, 2, 5, 0, 1, 7)))
    assert totals(counts)[2]["present"] == 1236
    assert counts.account.rejects.select("source_row", "reason").rows() == [(3, "fractional-count")]
    assert counts.account.rows_withheld == 1
    odd = read(table(("North", float("inf"), 2, 5, 0, 1, 7), ("South", 2.0, 2, 5, 0, 1, 7)))
    assert odd.account.rejects.select("source_row", "reason").rows() == [(2, "not-a-number")]


def test_a_total_below_its_codes_is_refused() -> None:
    counts = read(table(GOOD, ("South", "90", "2", "5", "3", "1", "7")))
    (line,) = counts.account.rejects.rows(named=True)
    assert (line["source_row"], line["column"]) == (3, "authorised")
    assert line["reason"] == CountReject.TOTAL_TOO_SMALL.value
    assert line["detail"] == "column 'authorised' is less than the sum of its codes"
    assert "residual" in line["remedy"]
    assert counts.account.conserved


def test_every_remedy_and_reason_is_given() -> None:
    assert set(COUNT_REMEDIES) == set(CountReject)


def test_a_code_is_taken_as_it_was_on_the_day() -> None:
    rows = table(("North", "90", "2", "5", "3", "1", "8"))
    before, after = read(rows, on=date(2024, 7, 1)), read(rows)
    assert before.account.doubts == ()
    (doubt,) = after.account.doubts
    assert doubt.text.startswith("H was withdrawn on 2024-08-19")
    assert (doubt.marks, doubt.rows) == (3, (2,))
    assert after.account.findings == 1
    assert totals(before) == totals(after)
    undated = read(rows, on=None)
    assert undated.account.assumptions == ("counts.csv: no day was given; codes are read as last in force",)
    assert totals(undated) == totals(after)
    mapping = Mapping(id="d", layout=Layout.COUNTS, counts=(CountColumn(column="d", code="D"),))
    assert totals(read({"d": ["4"]}, mapping, date(2008, 1, 8)))[2]["attended"] == 4
    assert totals(read({"d": ["4"]}, mapping))[2]["not_possible"] == 4


def test_a_code_not_yet_in_force_may_only_be_zero() -> None:
    mapping = evolve(SMALL, counts=(*SMALL.counts, CountColumn(column="interview", code="J1")))
    rows = table(GOOD, GOOD) | {"interview": ["0", "1"]}
    counts = read(rows, mapping, date(2020, 1, 8))
    assert counts.frame["row"].unique().to_list() == [2]
    (line,) = counts.account.rejects.rows(named=True)
    assert (line["source_row"], line["column"]) == (3, "interview")
    assert line["reason"] == CountReject.NOT_IN_FORCE.value
    assert "not yet in force" in line["detail"]


def test_empty_rows_and_rows_of_other_kinds_are_passed_over_and_said() -> None:
    mapping = evolve(SMALL, keep={"kind": ("session",)})
    rows = table(GOOD, GOOD, ("", *[""] * 6)) | {"kind": ["session", "lesson", ""]}
    account = read(rows, mapping).account
    assert (account.rows, account.rows_other, account.rows_empty) == (1, 1, 1)
    assert account.inputs[0].rows == 3
    assert account.assumptions == (
        "counts.csv: 1 empty rows were passed over",
        "counts.csv: 1 rows were passed over (kind is not session)",
    )


def test_rows_that_share_their_keys_are_doubted() -> None:
    counts = read(table(GOOD, GOOD, ("South", *GOOD[1:])))
    (doubt,) = counts.account.doubts
    assert (doubt.kind, doubt.rows) == ("same-keys", (2, 3))
    assert doubt.text == "2 rows share all their keys with another row; both are counted"


@pytest.mark.parametrize("engine", ["pandas", "pyarrow", "duckdb"])
def test_counts_of_a_hosts_own_frame(engine: str) -> None:
    native = pl.DataFrame(table(GOOD, ("South", "c", "1", "1", "1", "1", "2"))).with_row_index("source_row", offset=2)
    make: dict[str, Any] = {
        "pandas": native.to_pandas,
        "pyarrow": native.to_arrow,
        "duckdb": lambda: duckdb.from_arrow(native.to_arrow()),
    }
    frame: Any = nw.from_native(make[engine]())
    lazy = frame if engine == "duckdb" else frame.lazy()
    taken = Source(frame=lazy, mapping=SMALL, name="frame")
    counts = read_counts(taken, codebooks=BOOKS, settings=dict(PROFILE.settings), on=DAY)
    assert totals(counts) == totals(read(table(GOOD)))
    assert counts.account.rows_withheld == 1


# -- input that cannot be read


def test_missing_columns_are_named_all_at_once() -> None:
    rows = {"Area": ["North"], "presents": ["1"], "late": ["1"], "ill": ["1"], "holiday": ["1"], "late_after": ["1"]}
    with pytest.raises(MissingColumnError) as caught:
        read(rows)
    texts = [str(fault) for fault in caught.value.faults]
    assert len(texts) == 3
    assert "column 'present' is missing (mapping 'small': counts[0].column)" in texts[0]
    assert "Alike: presents" in texts[0]
    assert "column 'authorised' is missing (mapping 'small': residuals[0].total)" in texts[1]
    assert "column 'area' is missing (mapping 'small': keys[0])" in texts[2]


def test_a_mapping_that_cannot_be_right_gives_every_fault() -> None:
    mapping = Mapping(
        id="bad",
        layout=Layout.COUNTS,
        columns={"school_id": "school"},
        keys=("area", "area", "code", "school_id"),
        counts=(
            CountColumn(column="a", code="/"),
            CountColumn(column="a", code="L"),
            CountColumn(column="b", code="ZZ"),
            CountColumn(column="c", code="I"),
            CountColumn(column="d", code="U"),
        ),
        residuals=(
            CountResidual(total="b", codes=("I", "M"), code="L"),
            CountResidual(total="e", codes=("I", "U"), code="rest"),
            CountResidual(total="f", codes=(), code="other"),
            CountResidual(total="g", codes=(), code="J1"),
        ),
    )
    names = ("area", "code", "school_id", "school", *"abcdefg")
    with pytest.raises(DocumentError) as caught:
        read({name: ["1"] for name in names}, mapping, date(2020, 1, 8))
    texts = [str(fault) for fault in caught.value.faults]
    wanted = [
        "keys[1]: key 'area' stands in keys[0] already",
        "keys[2]: 'code' is a column of the result",
        "keys[3]: 'school_id' is a column of the result",
        "counts[1].column: column 'a' stands in counts[0].column already",
        "counts[2].code: code 'ZZ' is in no codebook",
        "residuals[0].total: column 'b' stands in counts[2].column already",
        "residuals[0].codes: M is in no column",
        "residuals[0].code: 'L' has a column already",
        "residuals[1].codes: summand 'I' stands in residuals[0].codes already",
        "residuals[1].code: the group of 'rest' cannot be told from its codes (authorised, unauthorised)",
        "residuals[2].code: the group of 'other' cannot be told from its codes (none)",
        "residuals[3].code: 'J1' is not yet in force on 2020-01-08",
    ]
    assert len(texts) == len(wanted)
    for text, part in zip(texts, wanted, strict=True):
        assert text.startswith(f"mapping 'bad': {part}")
        assert text.endswith(".")


def test_a_mapping_without_counts_or_of_another_layout_is_refused() -> None:
    with pytest.raises(DocumentError, match="counts: is empty"):
        read({"area": ["North"]}, Mapping(id="empty", layout=Layout.COUNTS, keys=("area",)))
    with pytest.raises(LayoutError, match="is for layout 'long'"):
        read({"area": ["North"]}, Mapping(id="marks"))


def test_a_residual_may_have_a_code_of_a_codebook() -> None:
    mapping = evolve(SMALL, residuals=(evolve(SMALL.residuals[0], code="authorised-absence"),))
    assert totals(read(table(GOOD), mapping)) == totals(read(table(GOOD)))
    whole = Mapping(
        id="whole",
        layout=Layout.COUNTS,
        residuals=(CountResidual(total="n", codes=(), code="absent"),),
        counts=(CountColumn(column="p", code="present"),),
    )
    assert totals(read({"n": ["3"], "p": ["7"]}, whole))[2]["unclassified"] == 3


def test_nothing_to_read() -> None:
    with pytest.raises(InputError, match=r"counts\.csv: holds no row of counts;"):
        read({name: pl.Series([], dtype=pl.String) for name in ("area", *NUMBERS)})
    with pytest.raises(InputError, match="holds no row of counts; 1 rows were passed over"):
        read(table(GOOD) | {"kind": ["lesson"]}, evolve(SMALL, keep={"kind": ("session",)}))
    with pytest.raises(InputError) as caught:
        read(table(("North", "x", "2", "5", "0", "1", "7")))
    assert "not one row of counts could be read" in str(caught.value)
    assert "counts.csv, row 2: column 'present' holds no number of sessions" in str(caught.value)


def test_no_name_of_a_pupil_in_errors_reprs_or_titles() -> None:
    rows = {"UPN": ["Zephyrine", "Zephyrine"], "attended": ["Zephyrine", "10"], "away": ["1", "1"]}
    counts = read(rows, PUPILS)
    assert "Zephyrine" not in repr(counts)
    assert "Zephyrine" not in str(counts.account.rejects.rows())
    for figure in (*figures(counts, ["absence"], PROFILE), *figures(counts, ["absence"], PROFILE, keys=())):
        assert "Zephyrine" not in repr(figure)
    (named,) = figures(counts, ["absence"], PROFILE, keys=("pupil_id",))
    assert named.title == "Overall absence: one pupil"
    with pytest.raises(AttendanceError) as caught:
        read({name: cells[:1] for name, cells in rows.items()}, PUPILS)
    assert "Zephyrine" not in str(caught.value)


# -- figures


def test_figures_spell_their_population_and_say_that_no_sessions_are_held() -> None:
    counts = read(table(GOOD, ("A+B/C", *GOOD[1:])))
    period = DateRange(date(2025, 9, 8), DAY)
    found = figures(counts, ["attendance", "reason.I", "days-lost", "late-sessions"], PROFILE, period=period)
    assert [figure.value for figure in found] == [92.0, 5.0, 4.0, 3.0] * 2
    assert [figure.title for figure in found[:2]] == ["Attendance: North", "Sessions for one code (I): North"]
    assert {figure.note for figure in found} == {NO_SESSIONS}
    assert found[0].key == "attendance/row=2/2025-09-08..2025-09-12/year-to-date"
    assert {figure.enrolments for figure in found} == {None}
    by_area = figures(counts, ["attendance"], PROFILE, keys=("area",))
    assert [figure.id.population for figure in by_area] == ["area=A%2BB/C", "area=North"]
    assert by_area[0].title == "Attendance: A+B/C"
    for figure in (*found, *by_area):
        assert FigureId.parse(figure.key) == figure.id
    (whole,) = figures(counts, ["absence"], PROFILE, keys=())
    assert (whole.id.population, whole.title) == ("all", "Overall absence: all rows")
    assert (whole.numerator, whole.denominator) == (16, 200)
    assert whole.id.period == DateRange(DAY, DAY)


def test_measures_that_counts_cannot_give_are_refused_all_at_once() -> None:
    counts = read(table(GOOD), on=None)
    wanted = ["persistent-absence", "persistent-share", "days-lost-each", "minutes-late", "spells", "lesson-lateness"]
    with pytest.raises(FigureIdError) as caught:
        figures(counts, wanted, PROFILE)
    texts = [str(fault) for fault in caught.value.faults]
    assert [text.partition(";")[0] for text in texts] == [
        "measure 'persistent-absence': counts hold no enrolments",
        "measure 'persistent-share': counts hold no enrolments",
        "measure 'days-lost-each': counts hold no enrolments",
        "measure 'minutes-late': counts hold no minutes late",
        "measure 'spells': counts hold no days of absence in their order",
        "measure 'lesson-lateness': counts hold no lessons",
        "counts: name no day",
    ]


def test_unknown_keys_are_refused_all_at_once() -> None:
    counts = read(table(GOOD))
    with pytest.raises(UnknownNameError) as caught:
        count_totals(counts, ["aera", "phase"])
    assert [fault.remedy for fault in caught.value.faults] == [
        "Did you mean 'area'?",
        "List the column under keys in the mapping",
    ]
    with pytest.raises(UnknownNameError, match="these counts have none"):
        figures(
            read({"d": ["4"]}, Mapping(id="d", layout=Layout.COUNTS, counts=(CountColumn(column="d", code="D"),))),
            ["attendance"],
            PROFILE,
            keys=["area"],
        )


def test_shares_of_pupils_where_rows_are_about_pupils() -> None:
    rows = {
        "UPN": ["a", "b", "c", "d", "e", "a"],
        "attended": ["10", "180", "181", "95", "0", "10"],
        "away": ["10", "20", "19", "95", "0", "10"],
    }
    counts = read(rows, PUPILS)
    assert counts.enrolment_keys == ("pupil_id",)
    wanted = ["persistent-absence", "severe-absence", "persistent-not-severe", "days-lost-each", "persistent-share"]
    found = figures(counts, wanted, PROFILE, keys=())
    # The pupil of two rows is one enrolment; the one without a possible session is none.
    assert [(figure.numerator, figure.denominator) for figure in found] == [
        (3, 4),
        (2, 4),
        (1, 4),
        (154, 4),
        (135, 154),
    ]
    assert {figure.enrolments for figure in found} == {4}
    strict = load_profile("year-to-date", {"persistent-boundary": "strict"})
    assert figures(counts, ["persistent-absence"], strict, keys=())[0].numerator == 2
    each = figures(counts, ["severe-absence"], PROFILE)
    assert [figure.value for figure in each] == [100.0, 0.0, 0.0, 100.0, None, 100.0]
    assert [figure.title for figure in each][:2] == ["Severe absence: row 2", "Severe absence: row 3"]
    schools = evolve(PUPILS, columns={"pupil_id": "UPN", "school_id": "LAEstab"})
    apart = read(rows | {"LAEstab": ["1", "1", "1", "1", "1", "2"]}, schools)
    assert apart.enrolment_keys == ("school_id", "pupil_id")
    assert figures(apart, ["severe-absence"], PROFILE, keys=())[0].denominator == 5
    by_school = figures(apart, ["severe-absence"], PROFILE, keys=("school_id",))
    assert [(f.id.population, f.numerator, f.denominator) for f in by_school] == [
        ("school_id=1", 2, 4),
        ("school_id=2", 1, 1),
    ]
    named = read(rows, evolve(PUPILS, school="3601"))
    assert set(named.frame["school_id"].to_list()) == {"3601"}


def test_covid_marks_are_possible_where_the_profile_says_so() -> None:
    mapping = Mapping(
        id="covid",
        layout=Layout.COUNTS,
        counts=(CountColumn(column="p", code="/"), CountColumn(column="x", code="X02")),
    )
    counts = read({"p": ["80"], "x": ["20"]}, mapping, date(2021, 3, 9))
    assert figures(counts, ["attendance"], PROFILE)[0].denominator == 80
    wide = load_profile("year-to-date", {"covid-x": "possible"})
    assert figures(counts, ["attendance"], wide)[0].value == 80.0
    assert count_totals(counts, (), covid_possible=True)["possible"].to_list() == [100]


# -- check vector: England on the Monday of 2025 week 49, as DfE's service published it

MONDAY_OF_WEEK_49 = {
    "/": 5_781_997,
    "\\": 6_004_234,
    "L": 298_955,
    "B": 21_701,
    "J": 1,
    "P": 8_376,
    "V": 32_150,
    "W": 2_736,
    "K": 5_105,
    "I": 669_932,
    "M": 43_893,
    "R": 268,
    "S": 240,
    "T": 768,
    "H": 0,
    "E": 18_735,
    "C": 45_754,
    "C1": 773,
    "J1": 1_370,
    "C2": 31_592,
    "G": 36_466,
    "U": 36_717,
    "O": 213_504,
    "N": 15_321,
}


def test_check_vector_of_one_day() -> None:
    mapping = next(mapping for mapping in load_mappings() if mapping.id == "dfe-attendance")
    row = {COLUMNS[code]: [f"{number:,}"] for code, number in MONDAY_OF_WEEK_49.items()}
    row |= {"authorised_absence": ["813,326"]} | {key: [""] for key in mapping.keys}
    counts = read(row, mapping, date(2025, 12, 1))
    found = totals(counts)[2]
    assert sum(MONDAY_OF_WEEK_49[code] for code in AUTHORISED) == 813_325
    assert counts.frame.filter(nw.col("code") == "unlisted-authorised")["sessions"].to_list() == [1]
    assert found["present"] == 12_085_186
    assert found["aea"] == 70_069
    assert found["attended"] == 12_155_255
    assert found["authorised"] == 813_326
    assert found["unauthorised"] == 302_008
    assert found["absent"] == 1_115_334
    assert found["possible"] == 13_270_589
    assert found["late_before"] + found["late_after"] == 335_672
    rates = figures(counts, ["absence", "authorised-absence", "unauthorised-absence"], PROFILE)
    for figure, value in zip(rates, (8.4046, 6.1288, 2.2758), strict=True):
        assert figure.value == pytest.approx(value, abs=5e-5)


# -- properties

CODES = ("/", "\\", "L", "B", "I", "C", "O", "U", "D", "X02", "present", "absent", "unauthorised-absence", "#")
MANY = Mapping(
    id="many",
    layout=Layout.COUNTS,
    keys=("area", "phase"),
    no_mark=("c",),
    counts=tuple(CountColumn(column=f"n{index}", code=code) for index, code in enumerate(CODES)),
    residuals=(CountResidual(total="authorised", codes=("I", "C"), code="unlisted"),),
)
COVID_DAY = date(2021, 3, 9)


@st.composite
def tables(draw: st.DrawFn, odd: bool = False) -> list[dict[str, str]]:
    """Draw rows of counts; odd ones hold withheld cells and nonsense."""
    number = st.integers(0, 10**9).map(str)
    cell = st.one_of(number, st.sampled_from(["c", "-1", "0.5", "x", ""])) if odd else number
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        cells = {f"n{index}": draw(cell) for index in range(len(CODES))}
        listed = [cells[f"n{CODES.index(code)}"] for code in ("I", "C")]
        beyond = draw(st.integers(-3 if odd else 0, 5))
        cells["authorised"] = str(sum(int(text) for text in listed if text.isdigit()) + beyond)
        area, phase = draw(st.sampled_from(["North", "South"])), draw(st.sampled_from(["Primary", "Secondary"]))
        rows.append({"area": area, "phase": phase} | cells)
    return rows


def read_rows(rows: list[dict[str, str]], numbers: list[int] | None = None) -> Counts:
    frame = pl.DataFrame(rows).with_columns(source_row=pl.Series(numbers or list(range(2, len(rows) + 2))))
    taken = Source(frame=nw.from_native(frame.lazy()), mapping=MANY, name="many")
    return read_counts(taken, codebooks=BOOKS, settings=dict(PROFILE.settings), on=COVID_DAY)


@settings(deadline=None, max_examples=40)
@given(tables(), st.booleans())
def test_possible_is_the_sum_of_its_parts(rows: list[dict[str, str]], covid: bool) -> None:
    counts = read_rows(rows)
    for line in count_totals(counts, covid_possible=covid).rows(named=True):
        parts = line["attended"] + line["authorised"] + line["unauthorised"] + line["unclassified"]
        assert line["possible"] == parts + (line["covid"] if covid else 0)
        assert line["absent"] == line["authorised"] + line["unauthorised"] + line["unclassified"]
        everything = parts + line["covid"] + line["not_possible"] + line["administrative"]
        cells = rows[line["row"] - 2]
        beyond = int(cells["authorised"]) - sum(int(cells[f"n{CODES.index(code)}"]) for code in ("I", "C"))
        assert everything == sum(int(cells[f"n{index}"]) for index in range(len(CODES))) + beyond
        assert line["authorised"] == int(cells["authorised"])


@settings(deadline=None, max_examples=25)
@given(tables(odd=True), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, str]], random: Any) -> None:
    rows = [*rows, dict.fromkeys(rows[0], "0")]
    order = list(range(len(rows)))
    random.shuffle(order)
    plain = read_rows(rows)
    shuffled = read_rows([rows[index] for index in order], [index + 2 for index in order])
    assert plain.frame.rows() == shuffled.frame.rows()
    assert plain.incomplete.rows() == shuffled.incomplete.rows()
    assert plain.account.rejects.rows() == shuffled.account.rejects.rows()
    assert plain.account.doubts == shuffled.account.doubts
    assert count_totals(plain, ("area",)).rows() == count_totals(shuffled, ("area",)).rows()


@settings(deadline=None, max_examples=25)
@given(tables(odd=True), st.data())
def test_a_file_split_in_two_adds_up_to_the_same(rows: list[dict[str, str]], data: st.DataObject) -> None:
    sound = dict.fromkeys(rows[0], "0") | {"area": "North", "phase": "Primary"}
    rows = [sound, *rows, sound]
    cut = data.draw(st.integers(1, len(rows) - 1))
    whole, parts = read_rows(rows), (read_rows(rows[:cut]), read_rows(rows[cut:]))
    for name in (
        "rows",
        "rows_kept",
        "rows_withheld",
        "rows_rejected",
        "cells_in",
        "cells_kept",
        "cells_withheld",
        "cells_rejected",
        "cells_aside",
    ):
        assert getattr(whole.account, name) == sum(getattr(part.account, name) for part in parts)
    sums: dict[str, list[int]] = {}
    for part in parts:
        for area, *numbers in count_totals(part, ("area",)).iter_rows():
            sums[area] = [one + other for one, other in zip(sums.get(area, [0] * len(numbers)), numbers, strict=True)]
    assert sums == {area: numbers for area, *numbers in count_totals(whole, ("area",)).iter_rows()}


@settings(deadline=None, max_examples=40)
@given(tables(odd=True))
def test_every_cell_is_accounted_for(rows: list[dict[str, str]]) -> None:
    counts = read_rows([*rows, dict.fromkeys(rows[0], "0")])
    account = counts.account
    assert account.conserved
    assert account.rows == len(rows) + 1
    assert account.cells_in == account.rows * 15
    assert account.cells_rejected == len(account.rejects)
    assert len(counts.frame) == account.rows_kept * 15
    assert len(counts.incomplete) == account.rows - account.rows_kept


@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(0, 30), min_size=14, max_size=14).filter(any))
def test_counts_and_the_marks_that_they_count_give_the_same(numbers: list[int]) -> None:
    codes = ("/", "\\", "L", "B", "J", "I", "C", "C2", "O", "U", "N", "D", "Y1", "absent")
    mapping = Mapping(
        id="same", layout=Layout.COUNTS, counts=tuple(CountColumn(column=f"n{i}", code=c) for i, c in enumerate(codes))
    )
    counts = read({f"n{index}": [number] for index, number in enumerate(numbers)}, mapping)
    marks = expand(pl.DataFrame({"school": ["s"] * 14, "code": codes, "sessions": numbers}), MONDAY)
    names = {"school_id": "school", "pupil_id": "pupil", "date": "date", "session": "session", "code": "code"}
    register = read_register(
        Source(
            frame=nw.from_native(marks.lazy()), mapping=Mapping(id="marks", columns=names, values={"absent": "absent"})
        ),
        codebooks=BOOKS,
        settings=dict(PROFILE.settings),
    )
    assert register.account.coded == sum(numbers)
    from_marks = Analysis.of(register, PROFILE).totals(["all"])["all"]
    from_counts = totals(counts)[2]
    assert {name: from_marks[name] for name in TALLY_COLUMNS} == from_counts
