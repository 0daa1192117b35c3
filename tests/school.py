"""The demo school as the tests of reports use it: made once, read once, reported once for each audience."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from attrs import evolve

from attendance_core.demo import make_school, write_school
from attendance_core.documents.configuring import load_config
from attendance_core.model.configuration import Files
from attendance_core.model.figures import Figure
from attendance_core.model.reports import Block, Chart, FigureTable, Paragraph, Table, View
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench

PUPILS, SEED = 120, 3
FORMATS = ("html", "xlsx", "md", "json", "csv", "terminal")
AUDIENCES = ("leaders", "governors", "public")


@cache
def folder() -> Path:
    """Return a folder with marks.csv, pupils.csv, calendar.toml and attendance.toml; gone when the tests end."""
    path = Path(tempfile.mkdtemp(prefix="attendance-school-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    write_school(make_school(pupils=PUPILS, seed=SEED), path)
    return path


@cache
def bench() -> Workbench:
    """Return the school's own workbench, without plugins of this machine."""
    return Workbench.open(folder() / "attendance.toml", entry_points=False)


@cache
def register() -> Register:
    """Return the school's register, pupils and calendar given."""
    return bench().read(folder() / "marks.csv", pupils=folder() / "pupils.csv", calendar=folder() / "calendar.toml")


@cache
def without_pupils() -> Register:
    """Return the register of the marks alone: no pupils file, so no characteristics."""
    bare = bench_with(files=Files(), pupils=None)
    return bare.read(folder() / "marks.csv", calendar=folder() / "calendar.toml")


@cache
def view(audience: str, *cohorts: str) -> View:
    """Return the report for an audience."""
    return bench().report(register(), audience=audience, cohorts=cohorts)


def blocks(report: View, section: str = "") -> list[Block]:
    """Return the blocks of a section (of all, without one), in order."""
    return [block for part in report.report.sections if section in ("", part.id) for block in part.blocks]


def tables(report: View, section: str = "") -> list[FigureTable]:
    """Return the tables of figures."""
    return [block for block in blocks(report, section) if isinstance(block, FigureTable)]


def figures(report: View, section: str = "") -> dict[str, Figure]:
    """Return the figures by id."""
    return {figure.key: figure for table in tables(report, section) for figure in table.figures}


def charts(report: View, section: str = "") -> list[Chart]:
    """Return the charts."""
    return [block for block in blocks(report, section) if isinstance(block, Chart)]


def table(report: View, id: str) -> Table:
    """Return the table with an id."""
    (found,) = [block for block in blocks(report) if isinstance(block, Table) and block.id == id]
    return found


def texts(report: View, section: str = "") -> str:
    """Return the sentences of a section."""
    return " ".join(block.text for block in blocks(report, section) if isinstance(block, Paragraph))


def bench_with(**changes: object) -> Workbench:
    """Return the workbench with another configuration (``school``, ``targets``, ...)."""
    configuration = evolve(load_config(folder() / "attendance.toml"), **changes)  # type: ignore[arg-type]
    return evolve(bench(), configuration=configuration)
