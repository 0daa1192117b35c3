"""``attendance plan status``, ``report``, ``compare`` and ``publish``: what a plan says, to whom."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from attendance_core.cli.plan_texts import status_data, status_text
from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    DAY,
    config_option,
    finish,
    format_option,
    open_workbench,
    print_json,
    progress,
    say,
    table_text,
)
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, UnreadableFileError
from attendance_core.plans.comparing import PlanChange, compare_plans
from attendance_core.plans.documents import load_plan, save_plan
from attendance_core.plans.publishing import clear
from attendance_core.plans.standing import Standing
from attendance_core.plans.warnings import PlanWarning
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench

F = TypeVar("F", bound=Callable[..., Any])
_FORMATS = ("terminal", "json")


def calendar_option(function: F) -> F:
    """Add ``--calendar``."""
    return click.option(
        "--calendar", type=click.Path(path_type=Path), help="The school's calendar as TOML; else attendance.toml's."
    )(function)


def register_options(function: F) -> F:
    """Add the register by which figures are judged, and how it is read."""
    for option in reversed(
        (
            click.option("--marks", type=click.Path(path_type=Path), help="The register, to judge targets of figures."),
            click.option("--pupils", type=click.Path(path_type=Path), help="The pupils file."),
            click.option("--mapping", help="Name of a mapping, or its TOML file; else what the columns prove."),
        )
    ):
        function = option(function)
    return function


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--as-of", type=DAY, required=True, help="The day asked about.")
@register_options
@calendar_option
@config_option
@format_option(*_FORMATS, default="terminal")
def status(
    plan: Path,
    as_of: date,
    marks: Path | None,
    pupils: Path | None,
    mapping: str | None,
    calendar: Path | None,
    config: Path | None,
    format_: str,
) -> None:
    """Say how PLAN stands on a day: what is done, due, overdue, carried; which reviews are due; each target.

    Exit status 1 if something is overdue.
    """
    workbench = open_workbench(config)
    opened = load_plan(plan).value
    found = workbench.school_calendar(school=opened.school, calendar=calendar)
    register = _register(workbench, marks, pupils=pupils, mapping=mapping, calendar=calendar, as_of=as_of)
    stands = workbench.plan_status(opened, as_of, found)
    results = workbench.plan_targets(opened, as_of, register)
    warnings = workbench.plan_warnings(opened)
    if format_ == "json":
        print_json(status_data(stands, results, warnings))
    else:
        click.echo(status_text(stands, results))
        warn(warnings)
    late = stands.of(Standing.OVERDUE) or any(one.overdue for one in stands.reviews)
    finish(workbench, findings=bool(late))


def _register(
    workbench: Workbench,
    marks: Path | None,
    *,
    pupils: Path | None,
    mapping: str | None,
    calendar: Path | None,
    as_of: date,
) -> Register | None:
    if marks is None:
        return None
    with progress() as steps:
        found = read_sessions(
            workbench, marks=marks, pupils=pupils, calendar=calendar, mapping=mapping, as_of=as_of, progress=steps
        )
    return found.register


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--as-of", type=DAY, required=True, help="The day asked about.")
@register_options
@calendar_option
@config_option
@out_options
def report(
    plan: Path,
    as_of: date,
    marks: Path | None,
    pupils: Path | None,
    mapping: str | None,
    calendar: Path | None,
    config: Path | None,
    format_: str | None,
    out: Path | None,
) -> None:
    """Write a report on how PLAN stands on a day, for senior leaders."""
    workbench = open_workbench(config)
    format_ = format_asked(workbench, format_, out)
    opened = load_plan(plan).value
    found = workbench.school_calendar(school=opened.school, calendar=calendar)
    register = _register(workbench, marks, pupils=pupils, mapping=mapping, calendar=calendar, as_of=as_of)
    view = workbench.plan_report(opened, as_of, register=register, calendar=found)
    deliver(render(workbench, view, format_, out, name="attendance-plan"), format_, out)
    finish(workbench)


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@config_option
@format_option(*_FORMATS, default="terminal")
def compare(before: Path, after: Path, config: Path | None, format_: str) -> None:
    """Say what changed from plan BEFORE to plan AFTER: two versions, or two years."""
    workbench = open_workbench(config)
    found = compare_plans(load_plan(before).value, load_plan(after).value)
    if format_ == "json":
        print_json({"changes": unstructure(found)})
    elif found:
        click.echo(table_text("", ("part", "id", "what", "from", "to"), [_change(one) for one in found]))
    else:
        click.echo("Nothing changed.")
    finish(workbench)


def _change(one: PlanChange) -> tuple[str, ...]:
    what = f"{one.kind.value} {one.field}".strip()
    return (one.part.value, one.id, what, one.before, one.after)


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--as-of", type=DAY, required=True, help="The day of publishing.")
@click.option("--clear", "cleared", multiple=True, help="Id whose texts may be published as they stand; repeatable.")
@click.option("--by", default="", help="Who read them, as a role; needed with --clear.")
@click.option("--never", type=click.Path(path_type=Path), help="Names that must not appear, one a line.")
@config_option
@out_options
def publish(
    plan: Path,
    as_of: date,
    cleared: tuple[str, ...],
    by: str,
    never: Path | None,
    config: Path | None,
    format_: str | None,
    out: Path | None,
) -> None:
    """Write the version of PLAN that anybody may read: texts of the packs and texts that were cleared, nothing else.

    Exit status 1 while a text is withheld; each says what to do about it.
    """
    workbench = open_workbench(config)
    format_ = format_asked(workbench, format_, out)
    opened = load_plan(plan)
    value = opened.value
    if cleared:
        value = clear(value, cleared, by=by, on=as_of)
        save_plan(plan, value, if_version=opened.version)
    public, view = workbench.publish_plan(value, as_of, never=_names(never))
    deliver(render(workbench, view, format_, out, name="attendance-plan"), format_, out)
    for one in public.withheld:
        say(f"Withheld: {one.what} of {one.where}: {one.why.value}")
    finish(workbench, findings=bool(public.withheld))


def _names(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return tuple(line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError):
        raise UnreadableFileError(
            Fault(str(path), "cannot be read", "a UTF-8 text, one name a line", "Check --never")
        ) from None


def warn(warnings: Iterable[PlanWarning]) -> None:
    """Say on stderr what a plan lacks."""
    for warning in warnings:
        say(f"Warning: {warning}")
