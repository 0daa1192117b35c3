"""What is no table is refused with file, row and remedy, quickly, and never with a traceback."""

import gzip
import io
import random
import time
import tracemalloc
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from attendance_core.errors import AttendanceError, InputError, UnreadableFileError
from attendance_core.model.extensions import RawTable, ReadOptions
from attendance_core.plugins.builtin import spreadsheet, textfile
from attendance_core.plugins.builtin.adapters import adapters
from attendance_core.plugins.choosing import choose_adapter
from attendance_core.plugins.guarding import reading

BAD = Path(__file__).parent / "data" / "bad"

CASES = [
    # file, error, row, what, remedy
    ("empty.csv", UnreadableFileError, 0, "empty (0 bytes)", "Export it again"),
    ("blank.csv", UnreadableFileError, 0, "nothing but blank space", "Export it again"),
    ("zip_named.csv", UnreadableFileError, 0, "a ZIP archive", "Unpack it"),
    ("pdf_named.csv", UnreadableFileError, 0, "a PDF document", "export the register again as CSV or XLSX"),
    ("page_named.csv", UnreadableFileError, 0, "a web page", "save it as XLSX or CSV"),
    ("page_named.xls", UnreadableFileError, 0, "a web page", "save it as XLSX or CSV"),
    ("page_inside.csv.gz", UnreadableFileError, 0, "a web page", "save it as XLSX or CSV"),
    ("xml_named.csv", UnreadableFileError, 0, "an XML document", "again as CSV or XLSX"),
    ("json_named.csv", UnreadableFileError, 0, "a JSON document", "again as CSV or XLSX"),
    ("picture_named.csv", UnreadableFileError, 0, "a PNG picture", "again as CSV or XLSX"),
    ("noise.csv", UnreadableFileError, 0, "binary data", "again as CSV or XLSX"),
    ("utf16_unmarked.csv", UnreadableFileError, 0, "UTF-16 without a byte order mark", "Save it as CSV UTF-8"),
    ("cut_short_utf16.csv", InputError, 9, "no UTF-16-LE", "Save it as CSV UTF-8"),
    ("nul_bytes.csv", UnreadableFileError, 5, "a NUL byte", "save it as CSV UTF-8"),
    ("cut_short.csv.gz", UnreadableFileError, 0, "damaged or cut short", "Copy or download it again"),
    ("no_gzip.csv.gz", UnreadableFileError, 0, "cannot be unpacked", "Copy or download it again"),
    ("nothing_inside.csv.gz", UnreadableFileError, 0, "the gzip file holds nothing", "Export it again"),
    ("quote_never_closed.csv", InputError, 4, "never closed", "Remove the stray quote mark"),
    ("quote_in_first_line.csv", InputError, 1, "never closed", "Remove the stray quote mark"),
    ("quote_closed_elsewhere.csv", InputError, 4, "closes in line 7", "Remove the stray quote mark"),
    ("text_after_quote.csv", InputError, 4, "text follows the closing quote mark", "write it twice"),
    ("rows_inside_quotes.csv", InputError, 4, "takes in 3 further lines", "Remove the stray quote mark"),
    ("row_cut_by_quotes.csv", InputError, 4, "takes in 1 further line", "Remove the stray quote mark"),
    ("long_rows.csv", InputError, 4, "5 cells under 4 column names", "must stand in quote marks"),
    ("cut_short.parquet", UnreadableFileError, 0, "cut short", "Copy or export it again"),
    ("damaged_end.parquet", UnreadableFileError, 0, "cannot be read as a Parquet file", "damaged or cut short"),
    ("cut_short.arrow", UnreadableFileError, 0, "cut short", "Copy or export it again"),
    ("cut_short.arrows", UnreadableFileError, 0, "cannot be read as an Arrow IPC stream", "damaged or cut short"),
    ("first_feather.feather", UnreadableFileError, 0, "Feather file of the first version", "Feather version 2"),
    ("cut_short.xlsx", UnreadableFileError, 0, "cannot be read as an Excel workbook", "damaged or cut short"),
    ("protected.xlsx", UnreadableFileError, 0, "protected by a password", "save a copy without a password"),
    ("no_table.xlsx", UnreadableFileError, 0, "no visible sheet", "Name the sheet that holds the table"),
    ("letter.xlsx", UnreadableFileError, 0, "an Office document that is no workbook", "again as CSV or XLSX"),
    ("letter.xls", UnreadableFileError, 0, "old Office document without a workbook", "again as CSV or XLSX"),
    ("damaged.xls", UnreadableFileError, 0, "cannot be read", "damaged or cut short"),
]


def read(path: Path, **options: object) -> RawTable:
    adapter, _ = choose_adapter(adapters(), path)
    return adapter.read(path, ReadOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "error", "row", "what", "remedy"), CASES, ids=[case[0] for case in CASES])
def test_a_bad_file_is_refused(name: str, error: type[AttendanceError], row: int, what: str, remedy: str) -> None:
    with pytest.raises(AttendanceError) as caught:
        read(BAD / name)
    assert type(caught.value) is error
    assert caught.value.exit_code == 2
    fault = caught.value.faults[0]
    assert fault.where == (f"{BAD / name}: row {row}" if row else str(BAD / name))
    assert what in fault.what
    assert remedy in fault.remedy
    assert caught.value.__cause__ is None


def test_every_bad_file_is_tried() -> None:
    tried = {case[0] for case in CASES} | {"header_only.csv", ".gitattributes"}
    assert {path.name for path in BAD.iterdir()} == tried


def test_a_header_alone_is_an_empty_table() -> None:
    found = read(BAD / "header_only.csv")
    assert found.frame.shape == (0, 4)
    assert "there are column names and no rows" in found.notes


def test_all_long_rows_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(BAD / "long_rows.csv")
    assert [fault.where.rsplit(": ")[1] for fault in caught.value.faults] == ["row 4", "row 8"]
    path = tmp_path / "marks.tsv"
    path.write_text("UPN\tMark\n" + "X1\t/\n" * 20 + "X1\t/\tsecret\n" * 8)
    with pytest.raises(InputError) as caught:
        read(path)
    assert len(caught.value.faults) == 6
    assert caught.value.faults[0].remedy == "Remove the extra tab, or put the cell in quote marks"
    assert "3 further rows" in caught.value.faults[-1].what
    assert "secret" not in str(caught.value)


def test_long_rows_are_told_in_a_file_with_line_breaks_in_cells(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text('UPN,Mark\nX1,"/\n"\nX1,/,more\n')
    with pytest.raises(InputError, match="row 4: 3 cells under 2 column names"):
        read(path)


def test_a_row_with_thousands_of_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("UPN,Mark\nX1,/\nX2,/\nX3" + ",1" * 5000 + "\n")
    with pytest.raises(InputError, match="row 4: 5001 cells under 2 column names"):
        read(path)


@pytest.mark.parametrize(("name", "what"), [("absent.csv", "no such file"), ("", "this is a folder")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(UnreadableFileError, match=what):
        read(tmp_path / name)
    for adapter in adapters():
        with pytest.raises(UnreadableFileError, match=what):
            adapter.read(tmp_path / name, ReadOptions())


@pytest.mark.parametrize("name", ["zip_named.csv", "pdf_named.csv", "noise.csv", "empty.csv"])
def test_every_adapter_refuses_for_itself(name: str) -> None:
    for adapter in adapters():
        with pytest.raises(UnreadableFileError, match=name):
            adapter.read(BAD / name, ReadOptions())


def test_adapters_of_binary_formats_refuse_text() -> None:
    for adapter in adapters()[1:]:
        with pytest.raises(UnreadableFileError, match="plain text"):
            adapter.read(BAD / "header_only.csv", ReadOptions())


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_fifty_megabytes_is_refused_within_bounds(tmp_path: Path, packed: bool) -> None:
    content = b"UPN,Mark\nX1,/\n" + b"X1,/," * 10_000_000
    path = tmp_path / ("marks.csv.gz" if packed else "marks.csv")
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    del content
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(InputError) as caught:
        read(path)
    taken = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.faults[0].where == f"{path}: row 3"
    assert "longer than 1 MiB" in caught.value.faults[0].what
    assert "line ends may have been lost" in caught.value.faults[0].remedy
    assert peak < 16 << 20
    assert taken < 5


def test_text_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textfile, "LARGEST_TEXT", 1 << 20)
    path = tmp_path / "marks.csv.gz"
    path.write_bytes(gzip.compress(b"UPN,Mark\n" + b"X1,/\n" * 500_000))
    with pytest.raises(InputError, match="GiB of text") as caught:
        read(path)
    assert "Parquet" in caught.value.faults[0].remedy


def test_a_workbook_beyond_the_limits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "marks.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("A")
    sheet.write_row(0, 0, ["UPN", "Mark"])
    sheet.write(1_048_575, 16_383, "stray")
    book.close()
    with pytest.raises(InputError, match=r"row 1,048,576 and column 16,384.*Delete stray cells"):
        read(path)
    monkeypatch.setattr(spreadsheet, "LARGEST_PACKAGE", 100)
    with pytest.raises(InputError, match="Save the sheet as CSV"):
        read(path)


def test_a_sheet_asked_for_that_is_empty_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match='the sheet "Empty" is empty'):
        read(BAD / "no_table.xlsx", sheet="Empty")


@pytest.mark.parametrize("error", [ValueError("Zo\u00eb Doe"), MemoryError(), OSError()])
def test_no_text_of_a_library_comes_through(error: Exception) -> None:
    with pytest.raises(UnreadableFileError) as caught, reading(Path("marks.csv"), "a workbook"):
        raise error
    assert "Doe" not in str(caught.value)
    assert str(caught.value).startswith("marks.csv: ")
    assert caught.value.faults[0].remedy


def test_an_interruption_is_not_translated() -> None:
    with pytest.raises(KeyboardInterrupt), reading(Path("marks.csv"), "a workbook"):
        raise KeyboardInterrupt


# --- mutations --------------------------------------------------------------------------------------------------------

ROWS = [["UPN", "Date", "Mark"], *([f"X{i:03}", "2025-09-03", "/\\LI"[i % 4]] for i in range(40))]


def _valid() -> dict[str, bytes]:
    text = "".join(f'{a},{b},"{c}"\n' for a, b, c in ROWS).encode()
    frame = pl.DataFrame(ROWS[1:], schema=ROWS[0], orient="row")
    files = {"csv": text, "tsv": text.replace(b",", b"\t"), "csv.gz": gzip.compress(text, mtime=0)}
    files["txt"] = text.decode().encode("utf-16")
    for suffix, write in (
        ("parquet", frame.write_parquet),
        ("arrow", frame.write_ipc),
        ("arrows", frame.write_ipc_stream),
    ):
        target = io.BytesIO()
        write(target)
        files[suffix] = target.getvalue()
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    for i, row in enumerate(ROWS):
        sheet.write_row(i, 0, row)
    book.close()
    files["xlsx"] = target.getvalue()
    return files


VALID = _valid()


def _mutated(content: bytes, seed: str) -> bytes:
    chance = random.Random(seed)  # noqa: S311
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 30))):
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + min(chance.choice((1, 3, 40)), len(changed) - 1)]
            case 2:
                changed[at:at] = chance.randbytes(chance.choice((1, 4)))
            case _:
                changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("suffix", VALID)
def test_a_mutated_file_is_a_table_or_an_error(tmp_path: Path, suffix: str) -> None:
    """Never another exception, and no cell of the file in the error."""
    outcomes = {"table": 0, "refused": 0}
    for seed in range(150):
        path = tmp_path / f"{seed}.{suffix}"
        path.write_bytes(_mutated(VALID[suffix], f"{suffix}{seed}"))
        try:
            found = read(path)
            with reading(path, "a table"):
                found.frame.lazy().collect()
        except AttendanceError as error:
            outcomes["refused"] += 1
            assert str(path) in str(error)
            assert not any(f"X{i:03}" in str(error) for i in range(40))
        else:
            outcomes["table"] += 1
    assert outcomes["refused"] > 0
    assert outcomes["table"] > 0 or suffix == "csv.gz"  # a checksum guards every byte of that one


@pytest.mark.parametrize("seed", range(200))
def test_mutated_text_loses_no_letter(tmp_path: Path, seed: int) -> None:
    """Every letter and digit of a mutated text file stands in a column name, a cell or a skipped line, in order."""
    content = _mutated(VALID["csv"], f"letters{seed}")
    path = tmp_path / "marks.csv"
    path.write_bytes(content)
    try:
        found = read(path)
    except AttendanceError:
        return
    if any("above the column names" in note for note in found.notes):
        return
    written = [byte for byte in content if chr(byte).isalnum() and byte < 128]
    body = "".join("".join(row) for row in found.frame.rows())
    kept = [ord(character) for character in body if character.isalnum() and ord(character) < 128]
    assert written[len(written) - len(kept) :] == kept
    if not any("called" in note for note in found.notes):
        names = "".join(found.frame.columns)
        assert len(written) - len(kept) == sum(1 for letter in names if letter.isalnum() and ord(letter) < 128)
