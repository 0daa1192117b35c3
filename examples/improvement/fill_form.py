"""Fill an audit form as a person would: an X in one column for each item, and what else was written down.

Usage: ``python fill_form.py form.xlsx filled.xlsx``, with openpyxl installed. The answers lie beside it.
"""

import csv
import sys
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

HERE = Path(__file__).resolve().parent


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(cell: Any, text: str, *, day: bool) -> None:
    """Write a text, or a day as a day."""
    if text:
        cell.value = date.fromisoformat(text) if day else text


def fill(form: Path, out: Path) -> None:
    """Fill a form and save it under another name."""
    book = openpyxl.load_workbook(form)
    sheet = book["Audit"]
    columns = {cell.value: cell.column for cell in sheet[3] if cell.value}
    places = {str(sheet.cell(row, 1).value): row for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value}
    for answer in rows("answers.csv"):
        row = places[answer["Item"]]
        sheet.cell(row, columns[answer["Rating"]]).value = "X"
        for name in ("Evidence", "Action", "By whom", "Due"):
            write(sheet.cell(row, columns[name]), answer[name], day=name == "Due")
    sheet = book["Recommendations"]
    columns = {cell.value: cell.column for cell in sheet[1] if cell.value}
    for row, recommendation in enumerate(rows("recommendations.csv"), start=2):
        for name, text in recommendation.items():
            write(sheet.cell(row, columns[name]), text, day=name in ("Date", "Due"))
    book.save(out)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), Path(sys.argv[2]))
