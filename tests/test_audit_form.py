"""The form: nothing is lost on the way out and back, and the sheet works out what the library does."""

import csv
import io
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_core.audits.documents import AUDIT, check_audit
from attendance_core.audits.status import status_of
from attendance_core.documents.versioned import dump_document, parse_document
from attendance_core.errors import DocumentError, UnreadableFileError
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.actions import Action
from attendance_core.model.audits import Audit
from attendance_core.plugins.builtin.audit_form import audit_form
from attendance_core.plugins.builtin.audit_form_read import read_form
from attendance_core.plugins.builtin.form_layout import canonical
from tests.audit_cases import LETTERS, ON, STANDARDS, answered, audits, blank, changed, pack, rated

openpyxl = pytest.importorskip("openpyxl")

FRAMEWORKS = load_frameworks()
PACKS = tuple(FRAMEWORKS)
RULES = ("plan-aware", "majority", "mean-banded", "worst")


def write(audit: Audit, folder: Path, **options: Any) -> Path:
    path = folder / f"{audit.framework}.xlsx"
    path.write_bytes(audit_form(audit, FRAMEWORKS[audit.framework], **options))
    return path


def workbook(audit: Audit) -> Any:
    return openpyxl.load_workbook(io.BytesIO(audit_form(audit, FRAMEWORKS[audit.framework])))


def heads(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[3] if cell.value}


def rows(sheet: Any) -> dict[str, int]:
    """Item to its row."""
    return {str(sheet.cell(row, 1).value): row for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value}


def saved(book: Any, folder: Path, name: str = "filled.xlsx") -> Path:
    path = folder / name
    book.save(path)
    return path


# -- round trip


@pytest.mark.parametrize("framework", PACKS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_form_loses_nothing(framework: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every rating, piece of evidence, action, comment, request and recommendation comes back as it went."""
    audit = data.draw(audits(framework))
    assert check_audit(audit, FRAMEWORKS) == ()
    back = read_form(write(audit, tmp_path_factory.mktemp("form")), FRAMEWORKS)
    assert back == canonical(audit, FRAMEWORKS[framework])
    assert check_audit(back, FRAMEWORKS) == ()


@pytest.mark.parametrize("framework", PACKS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_document_loses_nothing(framework: str, data: st.DataObject) -> None:
    audit = data.draw(audits(framework))
    assert parse_document(dump_document(audit, AUDIT), AUDIT, where="audit.toml") == audit


@pytest.mark.parametrize("framework", PACKS)
def test_a_blank_form_comes_back_blank(framework: str, tmp_path: Path) -> None:
    back = read_form(write(blank(framework), tmp_path), FRAMEWORKS)
    assert back == blank(framework)
    assert back.doubts == ()


def test_a_text_that_no_cell_holds_is_refused() -> None:
    audit = changed(blank(), "1.2", comment="bell \x07")
    with pytest.raises(DocumentError, match=r"responses\[1\]\.comment: holds the character U\+0007, which no cell"):
        audit_form(audit, pack())
    audit = changed(blank(), "1.2", comment="x" * 40_000)
    with pytest.raises(DocumentError, match=r"is longer than the 32767 characters of a cell.*Shorten it"):
        audit_form(audit, pack())
    audit = changed(blank(), "1.2", actions=(Action(id="a", text="b", links=("one\ntwo",)),))
    with pytest.raises(DocumentError, match="links: hold an empty name or a line break"):
        audit_form(audit, pack())


# -- what is not clear


def test_two_ticks_stray_text_and_uncertain_cells_are_told(tmp_path: Path) -> None:
    book = workbook(answered("gggg-"))
    sheet = book["Audit"]
    at, row = heads(sheet), rows(sheet)
    red, amber, green = (at[name] for name in ("Not in place", "Developing", "Established"))
    sheet.cell(row["1.1"], red).value = "X"  # beside the tick at Established
    sheet.cell(row["1.2"], amber).value = "soon"  # beside the tick at Established
    sheet.cell(row["1.3"], green).value = "X?"
    sheet.cell(row["1.4"], green).value = "\u00a0x "
    sheet.cell(row["1.5"], green).value = "yes"
    sheet.cell(row["1.6"], at["Due"]).value = "after Easter"
    sheet.cell(row["1.7"], at["By whom"]).value = "head of year"
    sheet.cell(row["1.8"], at["Evidence"]).value = 12
    sheet.cell(row["1.9"], 40).value = "see me"
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    told = {(doubt.item, doubt.what.split(",")[0].split(" (")[0]): doubt for doubt in back.doubts}
    assert set(told) == {
        ("1.1", "two ticks"),
        ("1.2", "is text where an X belongs"),
        ("1.3", "is text where an X belongs"),
        ("1.5", "is text where an X belongs"),
        ("1.6", "is no day"),
        ("1.7", "somebody or a day is named"),
        ("1.9", "is text beside the form"),
    }
    assert told["1.2", "is text where an X belongs"].found == "soon"
    assert told["1.6", "is no day"].found == "after Easter"
    assert told["1.1", "two ticks"].cell == f"Audit!D{row['1.1']}"
    assert back.ratings() == {"1.4": "established"}, "what is not clear rates nothing"
    assert back.response("1.8").evidence[0].text == "12"
    assert check_audit(back, FRAMEWORKS) == ()


def test_rows_that_are_no_items_and_missing_ones_are_told(tmp_path: Path) -> None:
    book = workbook(answered("g"))
    sheet = book["Audit"]
    at, row = heads(sheet), rows(sheet)
    sheet.cell(row["1.1"], 1).value = "9.9"
    sheet.cell(row["1.3"], 1).value = "1.2"
    sheet.cell(row["1.4"], at["Statement"]).value = "Something else."
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    told = [(doubt.item, doubt.what) for doubt in back.doubts]
    assert ("", "names no item of the framework") in told
    assert ("1.2", "the item stands twice; only its first row is taken") in told
    assert ("1.1", "the row of this item is missing") in told
    assert ("1.3", "the row of this item is missing") in told
    assert ("1.4", "the statement reads otherwise than the framework") in told
    assert "1.1" not in back.ratings()
    assert any(doubt.found == "X" for doubt in back.doubts), "the tick of the lost row is kept"


def test_text_beside_the_items_is_told_on_both_sheets(tmp_path: Path) -> None:
    book = workbook(answered("g"))
    second, audit = book["Second assessor"], book["Audit"]
    last = second.max_row + 2
    second.cell(last, 3).value = "Seen on 3 May"
    second.cell(last + 1, 2).value = "signed"
    row = rows(second)["1.2"]
    second.move_range(f"D{row}:I{row}", cols=1)
    end = audit.max_row + 2
    audit.cell(end, 3).value = "Not everybody was asked."
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    told = {(doubt.cell, doubt.what.split(",")[0], doubt.found) for doubt in back.doubts}
    assert told == {
        (f"Second assessor!C{last}", "is text in a row that is not taken", "Seen on 3 May"),
        (f"Second assessor!B{last + 1}", "is text in a row that is not taken", "signed"),
        (f"Second assessor!A{row}", "cells of this row were moved", "1.2"),
        (f"Audit!C{end}", "is text in a row that is not taken", "Not everybody was asked."),
    }


def test_entries_of_the_other_sheets_are_checked(tmp_path: Path) -> None:
    book = workbook(answered("g"))
    evidence, actions = book["Evidence"], book["Actions"]
    evidence.append(["1.1", None, "gossip", "heard it", None, None])
    evidence.append(["7.7", None, "meeting", "minutes", None, None])
    evidence.append(["1.2", "nothing", "meeting", "minutes", None, None])
    evidence.append(["1.2", None, "meeting", None, None, "the office"])
    entries: tuple[tuple[object, ...], ...] = (
        ("1.1", "a", "Write it", "lead", "01/12/2025", "open"),
        ("1.1", "a", "Write it again", "lead", "2025-12-02", "done"),
        ("1.2", None, "Ask", None, None, "carried"),
    )
    for number, entry in enumerate(entries, start=2):
        for column, value in enumerate(entry, start=1):
            actions.cell(number, column).value = value
    documents = book["Documents"]
    documents.append(["1.1", "the policy", date(2025, 10, 5), date(2025, 10, 1), None])
    recommended = book["Recommendations"]
    for column, value in enumerate(("la-1", "Meet weekly", None, "1.8\n8.1", "declined"), start=1):
        recommended.cell(2, column).value = value
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    told = sorted(doubt.what.split(":")[0].split(",")[0] for doubt in back.doubts)
    assert told == sorted(
        [
            "is none of figure",
            "names no item of the framework",
            "names no action of the item",
            "is empty",
            "stands twice",
            "done_on",
            "lies before the day it was asked for",
            "names no item",
            "reason",
        ]
    )
    assert [action.due for action in back.response("1.1").actions] == [date(2025, 12, 1), date(2025, 12, 2)]
    assert back.recommendations[0].items == ("1.8",)
    assert check_audit(back, FRAMEWORKS) == ()


def test_an_id_typed_as_a_number_is_told_and_never_another_item(tmp_path: Path) -> None:
    """Item 1.10, typed into a cell for numbers, is 1.1: cells for ids are texts, and a number there is doubtful."""
    book = workbook(answered("g"))
    texts = {
        sheet: {at for one in book[sheet].column_dimensions.values() if one.number_format == "@"
                for at in range(one.min, one.max + 1)}
        for sheet in ("Evidence", "Actions", "Documents", "Recommendations")
    }  # fmt: skip
    assert texts == {"Evidence": {1, 2}, "Actions": {1, 2}, "Documents": {1}, "Recommendations": {1, 4}}
    book["Evidence"].append([1.10, None, "meeting", "minutes of 1.10", None, None])
    recommended = book["Recommendations"]
    for column, value in enumerate(("la-1", "Meet weekly", None, 1.10, "accepted"), start=1):
        recommended.cell(2, column).value = value
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    assert not any(one.evidence for one in back.responses)
    assert back.recommendations[0].items == ()
    says = "is a number and no text, so 1.1 and 1.10 cannot be told apart"
    assert {(one.cell.split("!")[0], one.what) for one in back.doubts} == {
        ("Evidence", says),
        ("Recommendations", says),
    }
    assert any("minutes of 1.10" in one.found for one in back.doubts)


def test_the_error_of_a_formula_is_told_and_no_empty_cell(tmp_path: Path) -> None:
    book = workbook(answered("g"))
    sheet = book["Audit"]
    at, row = heads(sheet), rows(sheet)
    sheet.cell(row["1.2"], at["Developing"]).value = "#N/A"
    sheet.cell(row["1.3"], at["Evidence"]).value = "#REF!"
    sheet.cell(row["1.4"], at["Due"]).value = "#VALUE!"
    sheet.cell(row["1.5"], at["Check"]).value = "#N/A"
    for column, value in enumerate(("1.1", None, "meeting", "#NAME?"), start=1):
        book["Evidence"].cell(2, column).value = value
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    told = {(doubt.cell, doubt.what.split(",")[0], doubt.found) for doubt in back.doubts}
    error = "is the error of a formula"
    assert told == {
        (f"Audit!E{row['1.2']}", "is text where an X belongs", "#N/A"),
        (f"Audit!G{row['1.3']}", error, "#REF!"),
        (f"Audit!J{row['1.4']}", error, "#VALUE!"),
        ("Evidence!D2", error, "#NAME?"),
        ("Evidence!D2", "is empty", "1.1 | meeting"),
    }
    assert "1.2" not in back.ratings()
    assert not any(one.evidence for one in back.responses)


def test_ids_of_actions_and_recommendations_never_collide(tmp_path: Path) -> None:
    book = workbook(answered("g"))
    sheet, recommended = book["Audit"], book["Recommendations"]
    at, row = heads(sheet), rows(sheet)
    sheet.cell(row["1.1"], at["Action"]).value = "Begin"
    for column, value in enumerate(("1.1", "1.1-a1", "document", "the minutes"), start=1):
        book["Evidence"].cell(2, column).value = value
    for line, (id, text) in enumerate(
        ((None, "new"), ("recommendation-1", "old"), ("1.1-a1", "taken"), ("recommendation-1", "again")), start=2
    ):
        recommended.cell(line, 1).value, recommended.cell(line, 2).value = id, text
    back = read_form(saved(book, tmp_path), FRAMEWORKS)
    (action,) = back.response("1.1").actions
    assert [piece.text for piece in action.evidence] == ["the minutes"], "evidence of the action in the item's own row"
    assert {one.text: one.id for one in back.recommendations} == {
        "new": "recommendation-2",
        "old": "recommendation-1",
        "taken": "recommendation-3",
        "again": "recommendation-4",
    }
    assert [(one.cell, one.what.split(",")[0]) for one in back.doubts] == [
        ("Recommendations!A4", "is the id of an action"),
        ("Recommendations!A5", "is the id of another recommendation"),
    ]
    assert check_audit(back, FRAMEWORKS) == ()


def test_what_is_no_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    path.write_text("Item,X\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"plain text; expected a form as an Excel workbook"):
        read_form(path, FRAMEWORKS)
    book = openpyxl.Workbook()
    book.save(path)
    with pytest.raises(DocumentError, match=r"has no sheet 'About'.*Make one with attendance audit form"):
        read_form(path, FRAMEWORKS)


@pytest.mark.parametrize(
    ("fact", "value", "says"),
    [
        ("Framework", "attendance-standard", r"About: Framework: 'attendance-standard' is unknown"),
        ("Framework", None, r"About: Framework: is missing"),
        ("Status rule", None, r"About: Status rule: is missing.*Write it back"),
        ("Date", "soon", r"About: Date: is missing"),
    ],
)
def test_a_form_without_its_facts_is_refused(fact: str, value: object, says: str, tmp_path: Path) -> None:
    book = workbook(blank())
    sheet = book["About"]
    (row,) = [row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == fact]
    sheet.cell(row, 2).value = value
    with pytest.raises(DocumentError, match=says):
        read_form(saved(book, tmp_path), FRAMEWORKS)


def test_a_form_without_its_headings_or_scale_is_refused(tmp_path: Path) -> None:
    book = workbook(blank())
    sheet = book["Audit"]
    sheet.cell(3, heads(sheet)["Developing"]).value = "Getting there"
    with pytest.raises(DocumentError, match=r"sheet 'Audit': lacks the headings Developing"):
        read_form(saved(book, tmp_path), FRAMEWORKS)
    book = workbook(blank())
    sheet = book["About"]
    (row,) = [row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == "Step"]
    sheet.cell(row + 1, 1).value = None
    with pytest.raises(DocumentError, match=r"the scale's steps are missing"):
        read_form(saved(book, tmp_path), FRAMEWORKS)


# -- the sheet's own statuses


def office() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("LibreOffice is not installed: nothing else here works a sheet's formulas out")
    return found


#: CSV of the second sheet, that of the statuses, every cell as text.
STATUSES = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"


def calculated(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Let LibreOffice work out every workbook of a folder in one start: name of each to its statuses."""
    out = folder / "out"
    profile = (folder / "profile").as_uri()
    files = sorted(map(str, folder.glob("*.xlsx")))
    subprocess.run(  # noqa: S603 - our own command
        [office(), f"-env:UserInstallation={profile}", "--headless", "--convert-to", STATUSES, "--outdir", str(out),
         *files],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    found = {}
    for path in out.glob("*-Status.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            found[path.name.removesuffix("-Status.csv")] = statuses_of(list(csv.reader(stream)))
    assert len(found) == len(files)
    return found


def statuses_of(table: list[list[str]]) -> dict[str, dict[str, str]]:
    """Rule to part to the status that the sheet shows."""
    columns = {name: place for place, name in enumerate(table[0]) if name in RULES}
    parts = [row for row in table[1:] if row[1] and any(row[place] for place in columns.values())]
    return {rule: {row[0]: row[place] for row in parts} for rule, place in columns.items()}


def stored_statuses(path: Path) -> dict[str, dict[str, str]]:
    """What a file holds for a reader that calculates nothing."""
    from python_calamine import CalamineWorkbook

    table = CalamineWorkbook.from_path(path).get_sheet_by_name("Status").to_python()
    return statuses_of([[str(cell) for cell in row] for row in table])


def library_statuses(audit: Audit, as_of: date = ON) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for rule in RULES:
        statuses = status_of(audit, FRAMEWORKS[audit.framework], as_of, rule=rule)
        found[rule] = {one.part: one.told for one in (*statuses.sections, statuses.whole)}
    return found


def fillings(number: int) -> Iterator[dict[str, str]]:
    """Random fillings: from hardly begun to complete, from mostly red to mostly green."""
    dice = random.Random(4)  # noqa: S311
    items = [item.id for item in pack().rateable()]
    for _ in range(number):
        weights = [dice.random() for _ in range(3)]
        empty = dice.choice([0, 0, 0, 0.02, 0.5])
        yield {
            item: dice.choices(["not-in-place", "developing", "established"], weights)[0]
            for item in items
            if dice.random() >= empty
        }


def test_libreoffice_works_out_the_same_statuses(tmp_path: Path) -> None:
    """Only X cells of a blank form are filled in, and no result is stored: every status is the office's own."""
    office()
    book = workbook(blank())
    sheet = book["Audit"]
    at, row = heads(sheet), rows(sheet)
    columns = {"not-in-place": at["Not in place"], "developing": at["Developing"], "established": at["Established"]}
    filled = list(fillings(200))
    for number, ratings in enumerate(filled):
        for item, line in row.items():
            for rating, column in columns.items():
                sheet.cell(line, column).value = "X" if ratings.get(item) == rating else None
        saved(book, tmp_path, f"form-{number:03}.xlsx")
    results = re.findall(rb"<v>([^<]*)</v>", formula_cells(tmp_path / "form-000.xlsx"))
    assert results and not any(results), "a stored result would prove nothing"
    found = calculated(tmp_path)
    seen = set()
    for number, ratings in enumerate(filled):
        expected = library_statuses(rated(ratings))
        assert found[f"form-{number:03}"] == expected, f"filling {number}"
        seen |= {status.split(":")[0] for parts in expected.values() for status in parts.values()}
    assert seen == {"red", "amber", "green", "incomplete"}


def formula_cells(path: Path) -> bytes:
    """Every cell with a formula, as the file has it."""
    with zipfile.ZipFile(path) as package:
        parts = [package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
    return b"".join(cell for part in parts for cell in re.findall(rb"<c [^>]*>(?:(?!</c>).)*<f>.*?</c>", part, re.S))


def test_libreoffice_sees_actions_and_odd_cells_as_the_library_does(tmp_path: Path) -> None:
    """Actions in the row, on their sheet, linked, overdue, done; ticks with spaces; two ticks; the other packs."""
    office()
    later, before = date(2025, 12, 1), date(2025, 9, 1)
    audit = answered("g" * 30 + "rrrraaaag")
    reds = [one.item for one in audit.responses if one.rating == "not-in-place"]
    ambers = [one.item for one in audit.responses if one.rating == "developing"]
    audit = changed(audit, reds[0], actions=(Action(id=f"{reds[0]}-a1", text="Begin", due=later),))
    audit = changed(audit, reds[1], actions=(Action(id="long", text="Begin", due=before),))
    link = f"{STANDARDS}/{reds[2]}"
    audit = changed(audit, "1.1", actions=(Action(id="other", text="Begin there", links=("x/y", link)),))
    audit = changed(audit, ambers[0], actions=(Action(id="gone", text="Was", due=later),))
    cases: dict[str, Audit] = {"actions": audit}
    for framework in PACKS:
        for letters in ("g", "gar", "rrrg", "g-"):
            cases[f"{framework}-{len(letters)}{letters[0]}"] = answered(letters, framework=framework)
    for name, case in cases.items():
        saved(workbook(case), tmp_path, f"{name}.xlsx")
    odd = workbook(answered("g"))
    sheet = odd["Audit"]
    at, row = heads(sheet), rows(sheet)
    sheet.cell(row["1.1"], at["Established"]).value = "\u00a0 x\u00a0"
    sheet.cell(row["1.2"], at["Developing"]).value = "X"
    sheet.cell(row["1.3"], at["Established"]).value = "x!"
    sheet.cell(row["1.4"], at["Developing"]).value = " "
    sheet.cell(row["1.5"], at["Established"]).value = 1
    cases["odd"] = read_form(saved(odd, tmp_path, "odd.xlsx"), FRAMEWORKS)
    assert set(cases["odd"].ratings()) >= {"1.1", "1.4"}
    assert not {"1.2", "1.3", "1.5"} & set(cases["odd"].ratings())
    for name, book in days_as_texts():
        cases[name] = read_form(saved(book, tmp_path, f"{name}.xlsx"), FRAMEWORKS)
    found = calculated(tmp_path)
    for name, case in cases.items():
        assert found[name] == library_statuses(case), name
    assert {library_statuses(cases[f"text-{number}"])["plan-aware"]["1"] for number, _ in enumerate(DAYS)} == {
        "red",
        "green",
    }
    ten = library_statuses(cases["ten"])["plan-aware"]["1"]
    assert ten == "red", "an action on 1.10 is none on 1.1"


#: What stands in a cell for a day, and whether it has passed; what is no day sets none.
DAYS: tuple[tuple[object, bool], ...] = (
    ("01.09.2025", True), ("1/12/2025", False), ("\u00a01-9-2025 ", True), ("2025-09-30", True), ("2025/10/1", False),
    ("31.9.2025", False), ("after Easter", False), ("1890-05-01", True), ("1.2", False), ("1.9.2025.1", False),
    (" ", False), (date(2025, 9, 30), True), (date(2025, 10, 1), False),
)  # fmt: skip


def days_as_texts() -> Iterator[tuple[str, Any]]:
    """Forms with a red item and an action of such a day: in its row, on the sheet of actions, recommended."""
    for number, (day, _) in enumerate(DAYS):
        book = workbook(answered("r" + "g" * 49))
        sheet = book[("Audit", "Actions", "Recommendations")[number % 3]]
        if sheet.title == "Audit":
            at, row = heads(sheet), rows(sheet)
            sheet.cell(row["1.1"], at["Action"]).value = "Begin"
            sheet.cell(row["1.1"], at["Due"]).value = day
        elif sheet.title == "Actions":
            for column, value in enumerate(("1.1", None, "Begin", None, day), start=1):
                sheet.cell(2, column).value = value
        else:
            for column, value in enumerate(("la-1", "Begin", None, "1.1", "accepted", None, None, day), start=1):
                sheet.cell(2, column).value = value
        yield f"text-{number}", book
    book = workbook(answered("r" + "g" * 49))
    for column, value in enumerate(("1.10", None, "Begin"), start=1):
        book["Actions"].cell(2, column).value = value
    yield "ten", book


def test_a_day_as_text_is_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    for number, (name, book) in enumerate(days_as_texts()):
        if name != "ten":
            day, passed = DAYS[number]
            back = read_form(saved(book, tmp_path, f"{name}.xlsx"), FRAMEWORKS)
            (action,) = back.actions()
            assert action.overdue(ON) is passed, day
            assert [one.what for one in back.doubts] == ([] if action.due or not str(day).strip() else ["is no day"])


def test_stored_results_are_the_librarys(tmp_path: Path) -> None:
    """Who opens a form without calculating sees what the library found."""
    for framework in PACKS:
        for letters in ("-", "g", "gar", "rrrg"):
            audit = answered(letters, framework=framework)
            assert stored_statuses(write(audit, tmp_path)) == library_statuses(audit)


def test_letters_cover_the_scale() -> None:
    assert {step.id for step in blank().scale.steps} == set(LETTERS.values()) - {""}
