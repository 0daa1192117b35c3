"""``attendance weekly``: the whole weekly cycle in one command."""

from datetime import date
from pathlib import Path

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    DAY,
    beside,
    config_option,
    finish,
    open_workbench,
    policy_options,
    progress,
    say,
    write_files,
)
from attendance_core.errors import Fault, InputError
from attendance_core.model.reports import RenderedFile, RenderOptions
from attendance_core.register.lessons import LessonRegister
from attendance_core.workbench import Progress, Workbench


@click.command(name="weekly")
@config_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the packs of this week.")
@click.option("--as-of", type=DAY, help="The day to which they speak; else the last marked day.")
@click.option(
    "--format", "formats", multiple=True, default=("html",), show_default=True, help="How to write; repeatable."
)
@policy_options
def command(
    config: Path | None,
    out: Path,
    as_of: date | None,
    formats: tuple[str, ...],
    policies: tuple[str, ...],
    records: Path | None,
    store: Path | None,
) -> None:
    """Make the packs of a week for every audience, from the files that attendance.toml names.

    Under [files]: marks, and where there are any pupils, calendar, lessons, records, store, plan, meeting, weekly.
    """
    workbench = open_workbench(config, store)
    marks = workbench.configured_file("marks")
    if marks is None:
        raise InputError(
            Fault("attendance.toml: files.marks", "is not given", "the file of the register", "Add marks under [files]")
        )
    for format_ in formats:
        workbench.renderer(format_)
    with progress() as told:
        found = read_sessions(workbench, marks=marks, as_of=as_of, progress=told)
        if found.speaks_to:
            say(found.speaks_to)
        side = beside(workbench, found.register, records)
        lessons = _lessons(workbench, as_of or found.register.as_of, told)
        made = workbench.weekly(found.register, lessons=lessons, policies=policies or None, records=side, progress=told)
        told("writing")
        files: list[RenderedFile] = []
        for name, view in made.views:
            for format_ in formats:
                rendered = workbench.render(view, format_, RenderOptions(name=name))
                files += rendered if len(rendered) == 1 else [_below(name, one) for one in rendered]
    for path in write_files(tuple(files), out, folder=True):
        say(f"Wrote {path}")
    for left in made.left_out:
        say(f"Not made: {left}")
    finish(workbench, findings=bool(found.findings))


def _below(folder: str, file: RenderedFile) -> RenderedFile:
    """Name a file of several after the pack that it belongs to."""
    return RenderedFile(name=f"{folder}-{file.name}", media_type=file.media_type, content=file.content)


def _lessons(workbench: Workbench, as_of: date, told: Progress) -> LessonRegister | None:
    path = workbench.configured_file("lessons")
    return None if path is None else workbench.read_lessons(workbench.intake.lessons(path), as_of=as_of, progress=told)
