"""``attendance demo``: a synthetic school to try everything on."""

import sys
from pathlib import Path

import click

from attendance_core.cli.shared import finish, format_option, print_json, progress, say, write_files
from attendance_core.errors import Fault, InputError
from attendance_core.model.reports import RenderOptions
from attendance_core.workbench import Workbench


@click.command(name="demo")
@click.option(
    "--pupils", type=click.IntRange(1, 20_000), default=600, show_default=True, help="Pupils on roll each year."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds give equal files.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to write to."
)
@format_option("terminal", "json", default="terminal")
def command(pupils: int, seed: int, out: Path, format_: str) -> None:
    """Write a synthetic school over two academic years: marks, pupils, calendar, attendance.toml, truth, report.

    Nobody in it exists. truth.json holds what the generator planted, counted while it made the marks.
    """
    from attendance_core.demo import make_school, write_school

    _spare(out)
    with progress() as told:
        told("making the school")
        school = make_school(pupils=pupils, seed=seed)
        paths = write_school(school, out)
        workbench = Workbench.open(out / "attendance.toml")
        register = workbench.read(out / "marks.csv", progress=told)
        view = workbench.report(register, progress=told)
        files = workbench.render(view, "html", RenderOptions(name="report"))
        written = (*paths, *write_files(files, out / "report.html"))
    if format_ == "json":
        print_json({"files": [str(path) for path in written], "marks": register.account.coded, "seed": seed})
    else:
        for path in written:
            click.echo(str(path))
        if sys.stdout.isatty():
            say(f"Look at {out / 'report.html'}")
    finish(workbench)


def _spare(folder: Path) -> None:
    """Refuse a folder that holds a school's own files; a demo of before, known by its truth, may be replaced."""
    if (folder / "truth.json").exists():
        return
    names = ("marks.csv", "pupils.csv", "calendar.toml", "attendance.toml", "report.html")
    what, remedy = "is there already, and no demo wrote it", "Name another folder with --out"
    faults = [
        Fault(str(folder / name), what, "a folder of the demo's own", remedy)
        for name in names
        if (folder / name).exists()
    ]
    if faults:
        raise InputError(*faults)
