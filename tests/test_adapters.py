"""The built-in readers give back what a file holds: every cell, every row, and where it lay."""

import csv
import gzip
import io
import tempfile
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from attendance_core.errors import MissingColumnError, UnknownNameError, UnreadableFileError
from attendance_core.model.extensions import Adapter, RawTable, ReadOptions
from attendance_core.plugins.builtin.adapters import adapters
from attendance_core.plugins.builtin.headings import find_header, usable_names
from attendance_core.plugins.builtin.spreadsheet import as_text
from attendance_core.plugins.choosing import choose_adapter
from tests.shared import shared
from tests.workbook_files import ods, xls

Table = tuple[list[str], list[list[str]]]


def read(path: Path, **options: object) -> RawTable:
    """Choose an adapter and read, as the workbench does."""
    adapter, _ = choose_adapter(adapters(), path)
    return adapter.read(path, ReadOptions(**options))  # type: ignore[arg-type]


def read_bytes(content: bytes, name: str = "marks.csv", **options: object) -> RawTable:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        return read(path, **options)


def cells(table: RawTable) -> Table:
    frame = table.frame.lazy().collect()
    return frame.columns, [list(row) for row in frame.rows()]


def noted(table: RawTable, words: str) -> bool:
    return any(words in note for note in table.notes)


# --- delimited text ---------------------------------------------------------------------------------------------------

LETTERS = st.text("ABCDEFGHabcdefgh é", min_size=1, max_size=8).filter(lambda text: text.strip() == text)
CELL = st.text("ab/\\LN019é,;\t|'\" \n#=", max_size=6)


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], str]:
    """Column names, rows and a delimiter; no cell looks like rows caught between stray quote marks."""
    names = draw(st.lists(LETTERS, min_size=2, max_size=5, unique=True))
    rows = draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), max_size=8))
    delimiter = draw(st.sampled_from(",;\t|"))
    assume(not any("\n" in cell and delimiter in cell for row in rows for cell in row))
    return names, rows, delimiter


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(
    table=written_tables(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    packed=st.booleans(),
)
@example((["a", "b"], [["\\", "/"], ["", ""], ["x\ny", '"']], ","), "utf-16", csv.QUOTE_MINIMAL, "\r\n", True)
def test_what_was_written_is_read_back(
    table: tuple[list[str], list[list[str]], str], encoding: str, quoting: int, line_end: str, packed: bool
) -> None:
    names, rows, delimiter = table
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    writer.writerows([names, *rows])
    content = out.getvalue().encode(encoding)
    found = read_bytes(gzip.compress(content, 1) if packed else content, "marks.csv.gz" if packed else "marks.csv")
    assert cells(found) == (names, rows)
    assert found.first_row == 2
    assert noted(found, "column names and no rows") == (not rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["row", "blank", "short", "spare"]), min_size=1, max_size=30), st.integers(0, 4))
def test_row_numbers_are_lines_of_the_file(kinds: list[str], above: int) -> None:
    """Whatever kinds of line stand before it, a row's number is the line that it lies on."""
    kinds = ["row"] * (above + 1 + kinds.count("short")) + kinds  # most rows are whole, or none could say what is short
    text = "Register report\n" * above + "UPN,Mark,Note\n"
    for line, kind in enumerate(kinds, start=above + 2):
        text += {"row": f"{line},/,n", "blank": "", "short": f"{line}", "spare": f"{line},/,n,,"}[kind] + "\n"
    found = read_bytes(text.encode())
    assert found.first_row == above + 2
    upns = [row[0] for row in cells(found)[1]]
    while kinds and kinds[-1] == "blank":
        kinds.pop()
    assert len(upns) == len(kinds)
    assert all(upn in ("", str(found.first_row + i)) for i, upn in enumerate(upns))
    assert upns.count("") == kinds.count("blank")


def test_short_rows_are_filled_and_named() -> None:
    found = read_bytes(b"UPN,Date,Mark\nX1,2025-09-03,/\nX2\nX3,2025-09-03\n")
    assert cells(found)[1][1:] == [["X2", "", ""], ["X3", "2025-09-03", ""]]
    assert noted(found, "2 rows shorter than the line of column names, filled with empty cells (first: row 3, 4)")


def test_spare_delimiters_at_the_end_are_left_out_and_noted() -> None:
    found = read_bytes(b"UPN,Mark\nX1,/,,\nX2,L\n")
    assert cells(found) == (["UPN", "Mark"], [["X1", "/"], ["X2", "L"]])
    assert noted(found, "1 row with empty cells beyond the last column name")


def test_the_two_ways_of_reading_agree_on_ragged_rows() -> None:
    """A line break in one cell sends the file through the csv module: same cells, same notes."""
    plain = read_bytes(b"UPN,Mark,Note\nX1,/,a\nX2\nX3,L,b,,\n")
    broken = read_bytes(b'UPN,Mark,Note\nX1,/,"a\nb"\nX2\nX3,L,b,,\n')
    assert cells(broken)[1][1:] == cells(plain)[1][1:]
    assert cells(broken)[1][0] == ["X1", "/", "a\nb"]
    assert noted(plain, "(first: row 3)")
    assert noted(broken, "(first: row 4)")
    assert noted(broken, "from line 2 on, row numbers count rows")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ('UPN,Name,Mark\nX1,"Doe; A; B",/\n', "comma"),
        ("UPN;Name;Mark\nX1;Doe, A;/\nX2;Roe, B;L\n", "semicolon"),
        ("UPN\tName\tMark\nX1\tDoe, A\t/\n", "tab"),
        ("UPN|Name|Mark\nX1|Doe, A|/\n", "vertical bar"),
        ("UPN,Marks\nX1,/|\\|L|/\nX2,/|/|/|/\n", "comma"),
    ],
)
def test_the_delimiter_is_found_and_the_reason_told(text: str, delimiter: str) -> None:
    found = read_bytes(text.encode())
    assert noted(found, f"delimiter: {delimiter} (")
    assert (
        len(cells(found)[0])
        == text.split("\n", 1)[0].count({"comma": ",", "semicolon": ";", "tab": "\t"}.get(delimiter, "|")) + 1
    )


def test_a_delimiter_named_by_the_first_line_is_obeyed() -> None:
    found = read_bytes(b"sep=;\r\nUPN;Mark\r\nX1;/\r\n")
    assert cells(found) == (["UPN", "Mark"], [["X1", "/"]])
    assert found.first_row == 3
    assert noted(found, "delimiter: semicolon (named by the first line)")


def test_one_column_needs_no_delimiter() -> None:
    found = read_bytes(b"UPN\nX1\n\nX2\n")
    assert cells(found) == (["UPN"], [["X1"], [""], ["X2"]])
    assert noted(found, "no delimiter found")


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("Attendance register\n", 1),
        ("Attendance register,,,\nPrinted 3 September 2025,,,\n\n", 3),
        ("School,Example Primary\nYear,2025/26\n\n", 3),
        ("\n\n", 0),
    ],
)
def test_lines_above_the_column_names_are_skipped_and_counted(above: str, lines: int) -> None:
    found = read_bytes((above + "UPN,Date,Session,Mark\nX1,2025-09-03,AM,/\nX2,2025-09-03,AM,L\n").encode())
    assert cells(found)[0] == ["UPN", "Date", "Session", "Mark"]
    assert len(cells(found)[1]) == 2
    assert found.first_row == above.count("\n") + 2
    assert noted(found, "above the column names skipped") == bool(lines)
    if lines:
        assert noted(found, f"{lines} line")


def test_column_names_are_made_usable() -> None:
    names, notes = usable_names(["\ufeff UPN ", "Mark", "Mark", "", "Mark (2)", "source_row", "column 4", "a\u00a0"])
    assert names == (
        "UPN", "Mark", "Mark (3)", "column 4 (2)", "Mark (2)", "source_row (2)", "column 4", "a"
    )  # fmt: skip
    assert len(set(names)) == len(names)
    assert 'column 3 is called "Mark (3)"' in notes[1]
    assert "column 4" in notes[0]


@given(st.lists(st.sampled_from(["a", "a (2)", "", "column 2", "column 3", "source_row", " a"]), max_size=8))
def test_column_names_are_never_lost_or_doubled(headings: list[str]) -> None:
    names, _ = usable_names(headings)
    assert len(names) == len(headings) == len(set(names))
    assert "" not in names
    assert "source_row" not in names


def test_blank_lines_alone_are_no_header() -> None:
    assert find_header([["", ""], ["", ""]]) == 0
    assert find_header([]) == 0


def test_old_and_doubled_line_ends() -> None:
    for end, words in ((b"\r", "single carriage returns"), (b"\r\r\n", "doubled")):
        found = read_bytes(end.join([b"UPN,Mark", b"X1,/", b"X2,\\", b""]))
        assert cells(found)[1] == [["X1", "/"], ["X2", "\\"]]
        assert noted(found, words)
    mixed = read_bytes(b'UPN,Mark\rX1,"/\r"\r\nX2,L\n')
    assert cells(mixed)[1] == [["X1", "/\r"], ["X2", "L"]]


def test_windows_1252_is_read_and_its_first_byte_named() -> None:
    found = read_bytes("UPN,Name\nX1,Zo\u00eb\nX2,O\u2019Doe\n".encode("cp1252"))
    assert cells(found)[1] == [["X1", "Zo\u00eb"], ["X2", "O\u2019Doe"]]
    assert noted(found, "read as Windows-1252, since it is no UTF-8 (first at byte 14, row 2)")


def test_mixed_encodings_are_read_line_by_line() -> None:
    lines = [b"UPN,Name", *("X1,Zo\u00eb".encode() for _ in range(5)), "X9,Ren\u00e9".encode("cp1252")]
    found = read_bytes(b"\n".join(lines))
    assert [row[1] for row in cells(found)[1]] == ["Zo\u00eb"] * 5 + ["Ren\u00e9"]
    assert noted(found, "1 row read as Windows-1252 (row 7)")


def test_bytes_without_meaning_in_windows_1252_are_counted() -> None:
    assert noted(read_bytes(b"UPN,Name\nX1,\x81\x8d\n"), "2 characters without meaning in Windows-1252")


def test_columns_can_be_chosen_and_a_missing_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("UPN,Date,Mark\nX1,2025-09-03,/\n")
    assert cells(read(path, columns=("Mark", "UPN"))) == (["UPN", "Mark"], [["X1", "/"]])
    with pytest.raises(MissingColumnError) as caught:
        read(path, columns=("Marks", "Form"))
    assert [fault.what for fault in caught.value.faults] == ['there is no column "Marks"', 'there is no column "Form"']
    assert caught.value.faults[0].remedy == 'Did you mean "Mark"?'
    assert "UPN, Date, Mark" in caught.value.faults[1].expected


def test_published_files_are_read_whole() -> None:
    found = read(shared("data", "other", "oea_studentattendance.csv.gz"))
    assert found.frame.height == 12_000
    assert "unpacked with gzip" in found.notes
    assert read(shared("data", "dfe", "ytd_2025-26.csv")).frame.shape == (647, 67)


# --- Parquet and Arrow ------------------------------------------------------------------------------------------------

FRAME = pl.DataFrame(
    {" UPN ": ["X1", None], "Date": [date(2025, 9, 3), date(2025, 9, 4)], "UPN": ["a", "b"], "n": [1, 2]}
)


@pytest.mark.parametrize(
    ("write", "name", "adapter"),
    [
        ("write_parquet", "marks.parquet", "parquet"),
        ("write_parquet", "marks.csv", "parquet"),
        ("write_ipc", "marks[1].arrow", "arrow"),
        ("write_ipc_stream", "marks.arrows", "arrow"),
    ],
)
def test_columnar_files_keep_types_and_nulls_and_stay_lazy(tmp_path: Path, write: str, name: str, adapter: str) -> None:
    path = tmp_path / name
    getattr(FRAME, write)(path)
    assert choose_adapter(adapters(), path)[0].id == adapter
    found = read(path)
    assert isinstance(found.frame, pl.LazyFrame)
    assert found.first_row == 1
    assert cells(found) == (["UPN", "Date", "UPN (2)", "n"], [list(row) for row in FRAME.rows()])
    assert cells(read(path, columns=("n", "UPN")))[0] == ["UPN", "n"]
    with pytest.raises(MissingColumnError, match='Did you mean "Date"'):
        read(path, columns=("Dates",))


def test_a_columnar_file_without_rows_says_so(tmp_path: Path) -> None:
    FRAME.clear().write_parquet(tmp_path / "none.parquet")
    assert noted(read(tmp_path / "none.parquet"), "no rows")


# --- workbooks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("/", "/"), (7.0, "7"), (-0.5, "-0.5"), (12345678901.0, "12345678901"), (1e20, "1e+20"), (True, "TRUE"),
        (False, "FALSE"), (date(2025, 9, 3), "2025-09-03"), (datetime(2025, 9, 3), "2025-09-03"),  # noqa: DTZ001
        (datetime(2025, 9, 3, 8, 45), "2025-09-03T08:45:00"), (time(8, 45), "08:45:00"),  # noqa: DTZ001
        (timedelta(hours=30, seconds=1), "30:00:01"), (timedelta(minutes=-5), "-00:05:00"), (None, ""), (3, "3"),
    ],
)  # fmt: skip
def test_a_cell_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A cover, a sheet of marks with formulas, errors and gaps, and a hidden sheet."""
    book = openpyxl.Workbook()
    cover = book.worksheets[0]
    cover.title = "Cover"
    cover["A1"] = "Attendance"
    marks = book.create_sheet("Marks & more")
    marks["B2"] = "Autumn term"
    marks.append([])
    for row in [[None, "UPN", "Date", "Here", "Marks", "Rate"], [None, "X1", date(2025, 9, 3), True, 7, 0.5]]:
        marks.append(row)
    marks.append([])
    marks.append([None, "X2", "#N/A", "=1+1", "\\", "-2"])
    marks["C7"].data_type = "e"
    hidden = book.create_sheet("Lists")
    hidden.append(["Code", "Meaning"])
    hidden.append(["/", "Here"])
    hidden.sheet_state = "hidden"
    path = tmp_path / "marks.xlsx"
    book.save(path)
    return path


def test_a_sheet_is_read_as_text_with_its_row_numbers(workbook: Path) -> None:
    found = read(workbook)
    assert cells(found) == (
        ["UPN", "Date", "Here", "Marks", "Rate"],
        [["X1", "2025-09-03", "TRUE", "7", "0.5"], [""] * 5, ["X2", "#N/A", "", "\\", "-2"]],
    )
    assert found.first_row == 5
    assert noted(found, 'sheet "Marks & more"; not read: Cover; hidden and passed over: Lists')
    assert noted(found, "1 cell with a formula error (first: C7)")
    assert noted(found, "1 formula without a stored result, read as empty: D7")
    assert noted(found, "3 rows above the column names skipped")


def test_a_sheet_is_chosen_by_name(workbook: Path) -> None:
    assert cells(read(workbook, sheet="lists "))[1] == [["/", "Here"]]
    assert noted(read(workbook, sheet="Cover"), "no rows")
    assert cells(read(workbook, sheet="Marks & more", columns=("Marks",)))[1] == [["7"], [""], ["\\"]]
    with pytest.raises(UnknownNameError) as caught:
        read(workbook, sheet="Mark")
    assert 'no sheet "Mark"' in str(caught.value)
    assert "Cover, Marks & more, Lists" in str(caught.value)


def test_stored_results_of_formulas_are_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "made.xlsx")
    sheet = book.add_worksheet("A")
    sheet.write_row(0, 0, ["UPN", "Mark", "Late"])
    sheet.write_formula(1, 0, '="X"&"1"', None, "X1")
    sheet.write_formula(1, 1, "=A9", None, "")
    sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
    book.close()
    assert noted(read(tmp_path / "made.xlsx"), "1 formula without a stored result, read as empty: B2")
    # Excel marks a stored text of no letters as text: that is a result.
    with zipfile.ZipFile(tmp_path / "made.xlsx") as made, zipfile.ZipFile(tmp_path / "marks.xlsx", "w") as marks:
        for name in made.namelist():
            marks.writestr(name, made.read(name).replace(b'<c r="B2">', b'<c r="B2" t="str">'))
    found = read(tmp_path / "marks.xlsx")
    assert cells(found)[1] == [["X1", "", "#DIV/0!"]]
    assert found.notes == ('sheet "A"', "1 cell with a formula error (first: C2)")


@pytest.mark.parametrize(("name", "writer"), [("marks.xls", xls), ("marks.ods", ods), ("marks.txt", xls)])
def test_old_and_open_workbooks_are_read(tmp_path: Path, name: str, writer: object) -> None:
    (tmp_path / name).write_bytes(writer([["UPN", "Minutes"], ["X1", 7.0], ["X2", 0.5]]))  # type: ignore[operator]
    found = read(tmp_path / name)
    assert cells(found) == (["UPN", "Minutes"], [["X1", "7"], ["X2", "0.5"]])
    assert noted(found, "formula errors in this format read as empty cells")


def test_a_workbook_under_another_name_is_read_with_a_note(workbook: Path) -> None:
    renamed = workbook.rename(workbook.with_suffix(".csv"))
    adapter, reason = choose_adapter(adapters(), renamed)
    assert adapter.id == "spreadsheet"
    assert reason == "it is an Excel workbook, whatever its name says"
    assert noted(read(renamed), "an Excel workbook, although the name ends in .csv")


# --- choosing ---------------------------------------------------------------------------------------------------------


class Fixed:
    """An adapter that always says the same."""

    def __init__(self, name: str, answer: str | None, suffix: str = ".txt") -> None:
        self.id = name
        self.title = name.title()
        self.suffixes: tuple[str, ...] = (suffix,)
        self.answer = answer

    def sniff(self, path: Path, head: bytes) -> str | None:
        if self.answer == "fails":
            raise ValueError
        return self.answer

    def read(self, path: Path, options: ReadOptions) -> RawTable:
        raise NotImplementedError


def test_the_suffix_decides_only_between_adapters_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "marks.DMX"
    path.write_text("DMX")
    first, named, none = Fixed("first", "yes"), Fixed("named", "also", ".dmx"), Fixed("none", None, ".dmx")
    assert choose_adapter([none, first, named], path) == (named, "also")
    assert choose_adapter([none, first], path) == (first, "yes")
    with pytest.raises(UnreadableFileError, match="nothing here can read this file; expected None"):
        choose_adapter([none], path)


def test_an_adapter_that_fails_while_looking_is_passed_over_and_named(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("UPN,Mark\n")
    adapter, reason = choose_adapter([Fixed("broken", "fails"), *adapters()], path)
    assert adapter.id == "delimited"
    assert reason == "it is plain text; failed while looking at it: broken"


def test_built_in_adapters_are_adapters_with_ids_of_their_own() -> None:
    found = adapters()
    assert all(isinstance(adapter, Adapter) for adapter in found)
    assert [adapter.id for adapter in found] == ["delimited", "parquet", "arrow", "spreadsheet"]
