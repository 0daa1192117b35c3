"""``attendance plan``: improvement plans from the first draft to the public version."""

import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, TypeVar

import click

from attendance_core.cli.plan_answers import read_day, read_evidence, read_half_term, read_pair, read_verdict
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
    write_files,
)
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, InputError, UnreadableFileError
from attendance_core.model.plans import ImprovementPlan, PlanReview, ReviewDecision
from attendance_core.model.reports import RenderOptions, View
from attendance_core.plans.comparing import PlanChange, compare_plans
from attendance_core.plans.documents import load_plan, save_plan
from attendance_core.plans.drafting import Draft, draft_new
from attendance_core.plans.layout import lay_out
from attendance_core.plans.publishing import clear
from attendance_core.plans.reading import read_plan
from attendance_core.plans.reviewing import Changes, record
from attendance_core.plans.rolling import roll_over
from attendance_core.plans.standing import Standing
from attendance_core.plans.warnings import PlanWarning
from attendance_core.register.calendar import SchoolCalendar
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench

F = TypeVar("F", bound=Callable[..., Any])
_FORMATS = ("terminal", "json")
_SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".json": "json",
    ".xlsx": "xlsx",
    ".csv": "csv",
    ".txt": "terminal",
}


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


@click.group(name="plan")
def command() -> None:
    """Draft, read, follow, review, publish and roll over improvement plans."""


# -- drafting


@command.command()
@click.argument("framework")
@click.option("--id", required=True, help="Id of the plan, as plan-2025-26.")
@click.option("--year", required=True, help="Academic year, as 2025/26.")
@click.option("--title", default="", help="What the plan is called.")
@click.option("--item", "items", multiple=True, help="Only this item of the framework; repeatable.")
@click.option("--live", multiple=True, help="Item that is a priority from the start; repeatable. The others wait.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write, .toml or .json.")
@config_option
def new(
    framework: str,
    id: str,
    year: str,
    title: str,
    items: tuple[str, ...],
    live: tuple[str, ...],
    out: Path,
    config: Path | None,
) -> None:
    """Begin a plan from the rows or items of FRAMEWORK (an id or a TOML file)."""
    workbench = open_workbench(config)
    found = workbench.framework(framework)
    school = workbench.configuration.school.id
    draft = draft_new(
        found, workbench.links(), id=id, academic_year=year, school=school, title=title, items=items, live=live
    )
    _drafted(workbench, draft, out)


@command.command(name="from-audit")
@click.argument("audit", type=click.Path(path_type=Path))
@click.option("--id", required=True, help="Id of the plan, as plan-2025-26.")
@click.option("--year", default="", help="Academic year, as 2025/26; else that of the audit.")
@click.option("--title", default="", help="What the plan is called.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write, .toml or .json.")
@calendar_option
@config_option
def from_audit(
    audit: Path, id: str, year: str, title: str, out: Path, calendar: Path | None, config: Path | None
) -> None:
    """Draft a plan from what is not green in AUDIT: red items live, amber ones waiting.

    Open actions of the audit and accepted recommendations of the second assessor stand in it, each once.
    """
    workbench = open_workbench(config)
    opened = workbench.open_audit(audit)
    found = workbench.school_calendar(school=opened.value.school, calendar=calendar)
    draft = workbench.plan_from_audit(opened.value, id=id, academic_year=year, title=title, calendar=found)
    _drafted(workbench, draft, out)


def _drafted(workbench: Workbench, draft: Draft, out: Path) -> None:
    save_plan(out, draft.plan, if_version=None)
    plan = draft.plan
    actions = sum(1 for _ in plan.each())
    say(f"Wrote {out}: {len(plan.objectives)} objectives ({len(plan.live())} live), {actions} actions.")
    for note in draft.notes:
        say(f"Note: {note}")
    _warn(workbench.plan_warnings(plan))
    finish(workbench)


def _warn(warnings: Iterable[PlanWarning]) -> None:
    for warning in warnings:
        say(f"Warning: {warning}")


# -- tables


@command.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--id", required=True, help="Id of the plan, as plan-2025-26.")
@click.option("--year", required=True, help="Academic year, as 2025/26.")
@click.option("--title", default="", help="What the plan is called.")
@click.option("--sheet", default="", help="Worksheet of a workbook; else all of them.")
@click.option(
    "--row",
    "rows",
    multiple=True,
    metavar="N=COLUMN, ...",
    help="The columns that the filled cells of row N belong to, from the first action on; or N=as they stand.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write, .toml or .json; else only the flags are shown."
)
@config_option
def read(
    table: Path,
    id: str,
    year: str,
    title: str,
    sheet: str,
    rows: tuple[str, ...],
    out: Path | None,
    config: Path | None,
) -> None:
    """Read a school's own plan TABLE (CSV or XLSX), and flag each uncertain cell.

    A row with fewer cells than the heads is asked about, never shifted. Exit status 1 while a row is asked about.
    """
    from attendance_core.plugins.builtin.plan_table import read_table

    workbench = open_workbench(config)
    answers = dict(map(_answer, rows))
    school = workbench.configuration.school.id
    found = read_plan(
        read_table(table, sheet=sheet),
        where=table.name,
        id=id,
        academic_year=year,
        title=title,
        school=school,
        answers=answers,
    )
    for flag in found.flags:
        say(f"{'Asked' if flag.asks else 'Flag'}: {flag}")
    if out is not None and not found.asked:
        save_plan(out, found.plan, if_version=None)
        say(f"Wrote {out}: {len(found.plan.objectives)} objectives, {sum(1 for _ in found.plan.each())} actions.")
    elif found.asked:
        number = len(found.asked)
        say(f"{number} {'row' if number == 1 else 'rows'} to answer with --row; nothing was written.")
    _warn(workbench.plan_warnings(found.plan))
    finish(workbench, findings=bool(found.asked))


def _answer(text: str) -> tuple[int, tuple[str, ...]]:
    number, equals, names = text.partition("=")
    columns = tuple(name.strip() for name in names.split(",") if name.strip())
    if not equals or not number.strip().isdecimal() or not columns:
        raise InputError(
            Fault(
                f"--row {text[:60]!r}", "is no answer", "4=Autumn 2, Summer 2, Target, Cost, Evaluating", "Correct it"
            )
        )
    return int(number), columns


@command.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write, .csv or .xlsx.")
@config_option
def table(plan: Path, out: Path, config: Path | None) -> None:
    """Write PLAN as the table that schools use. `attendance plan read` takes it back."""
    from attendance_core.plugins.builtin.plan_table import write_table

    workbench = open_workbench(config)
    opened = load_plan(plan)
    file = write_table(lay_out(opened.value), name=out.stem, format=out.suffix.lower().removeprefix("."))
    for path in write_files((file,), out):
        say(f"Wrote {path}")
    finish(workbench)


# -- status and report


@command.command()
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
        _warn(warnings)
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


@command.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--as-of", type=DAY, required=True, help="The day asked about.")
@register_options
@calendar_option
@config_option
@click.option("--format", "format_", help="html, xlsx, md, json, csv, terminal, or a plugin's; else by --out's ending.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write (a folder for csv).")
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
    opened = load_plan(plan).value
    found = workbench.school_calendar(school=opened.school, calendar=calendar)
    register = _register(workbench, marks, pupils=pupils, mapping=mapping, calendar=calendar, as_of=as_of)
    view = workbench.plan_report(opened, as_of, register=register, calendar=found)
    show(workbench, view, format_, out, "attendance-plan")
    finish(workbench)


def show(workbench: Workbench, view: View, format_: str | None, out: Path | None, name: str) -> None:
    """Render a view to a file, or print it."""
    if format_ is None:
        ending = "" if out is None else out.suffix.lower()
        format_ = "terminal" if out is None else _SUFFIXES.get(ending, ending.removeprefix(".") or "html")
    terminal = out is None and format_ == "terminal" and sys.stdout.isatty()
    options = RenderOptions(
        name=out.stem if out is not None and format_ != "csv" else name,
        width=get_terminal_size().columns if terminal else None,
        colour=terminal,
    )
    files = workbench.render(view, format_, options)
    if out is None and len(files) == 1 and format_ != "xlsx":
        sys.stdout.buffer.write(files[0].content)
        sys.stdout.buffer.flush()
        return
    for path in write_files(files, out):
        say(f"Wrote {path}")


# -- reviews


@command.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--objective", required=True, help="Id of the objective.")
@click.option("--on", type=DAY, required=True, help="The day of the review.")
@click.option("--by", multiple=True, required=True, help="Who looked, as a role; repeatable.")
@click.option("--what", required=True, help="What was done.")
@click.option(
    "--decision", type=click.Choice([one.value for one in ReviewDecision]), required=True, help="What was decided."
)
@click.option("--reason", default="", help="Why; needed for change and stop.")
@click.option("--next", "next_on", type=DAY, help="When it is looked at again.")
@click.option("--evidence", multiple=True, metavar="KIND:TEXT", help="What shows it: document, figure, meeting, ...")
@click.option(
    "--done", multiple=True, metavar="ACTION[=DATE]", help="Action that is done; the day of the review, else."
)
@click.option("--held", multiple=True, metavar="ACTION=DATE", help="Day on which an action with a rhythm was done.")
@click.option("--carry", multiple=True, metavar="ACTION=HALF TERM", help="Action taken on into a later half term.")
@click.option("--drop", multiple=True, metavar="ACTION=REASON", help="Action that is given up, and why.")
@click.option("--judge", multiple=True, metavar="TARGET=VERDICT", help="reached, partly or not-reached; repeatable.")
@config_option
def review(
    plan: Path,
    objective: str,
    on: date,
    by: tuple[str, ...],
    what: str,
    decision: str,
    reason: str,
    next_on: date | None,
    evidence: tuple[str, ...],
    done: tuple[str, ...],
    held: tuple[str, ...],
    carry: tuple[str, ...],
    drop: tuple[str, ...],
    judge: tuple[str, ...],
    config: Path | None,
) -> None:
    """Record a review of one objective of PLAN: what was done, what shows it, what was decided."""
    workbench = open_workbench(config)
    opened = load_plan(plan)
    days: dict[str, list[date]] = {}
    for id, day in (read_pair(text, "--held", read_day) for text in held):
        days.setdefault(id, []).append(day)
    changes = Changes(
        done=dict(read_pair(text if "=" in text else f"{text}={on}", "--done", read_day) for text in done),
        held=days,
        carried=dict(read_pair(text, "--carry", read_half_term) for text in carry),
        dropped=dict(read_pair(text, "--drop", str) for text in drop),
        judged=dict(read_pair(text, "--judge", read_verdict) for text in judge),
    )
    found = PlanReview(
        on=on,
        objective=objective,
        by=by,
        done=what,
        evidence=tuple(read_evidence(text, on) for text in evidence),
        decision=ReviewDecision(decision),
        reason=reason,
        next_on=next_on,
    )
    changed = record(opened.value, found, changes)
    save_plan(plan, changed, if_version=opened.version)
    after = changed.objective(objective)
    say(f"Recorded in {plan}: {objective} is {after.state.value if after else decision}.")
    finish(workbench)


# -- from year to year


@command.command(name="roll-over")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--id", required=True, help="Id of the new plan.")
@click.option("--on", type=DAY, required=True, help="The day on which the year is closed.")
@click.option("--reason", default="", help="Why actions were not done; else that the year ended.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File of the new plan, .toml or .json.")
@calendar_option
@config_option
def roll_over_(
    plan: Path, id: str, on: date, reason: str, out: Path, calendar: Path | None, config: Path | None
) -> None:
    """Close the year of PLAN and carry on into a new plan what is still open."""
    workbench = open_workbench(config)
    opened = load_plan(plan)
    if out.exists():
        raise InputError(Fault(str(out), "is there already", "a file that is not there yet", "Name another with --out"))
    found = workbench.school_calendar(school=opened.value.school, calendar=calendar)
    half_terms = _next_half_terms(workbench, opened.value, found)
    rolled = roll_over(opened.value, id=id, on=on, reason=reason, half_terms=half_terms)
    # The new plan first: a crash between the two leaves the old one open, and nothing lost.
    save_plan(out, rolled.next, if_version=None)
    save_plan(plan, rolled.closed, if_version=opened.version)
    say(f"Closed {plan}, wrote {out}: {len(rolled.carried)} open actions carried on.")
    for note in rolled.notes:
        say(f"Note: {note}")
    _warn(workbench.plan_warnings(rolled.next))
    finish(workbench)


def _next_half_terms(workbench: Workbench, plan: ImprovementPlan, calendar: SchoolCalendar | None) -> Any:
    """Return the half terms of the year after a plan's; None where the calendar does not reach so far."""
    from attendance_core.dates import AcademicYear

    following = AcademicYear(AcademicYear.parse(plan.academic_year).begins + 1)
    if calendar is None or not any(AcademicYear.of(one.date) == following for one in calendar.days):
        say(f"Note: no calendar of {following} is given: half terms are names without days.")
        return None
    return workbench.half_terms(str(following), calendar)


@command.command()
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


# -- the public


@command.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--as-of", type=DAY, required=True, help="The day of publishing.")
@click.option("--clear", "cleared", multiple=True, help="Id whose texts may be published as they stand; repeatable.")
@click.option("--by", default="", help="Who read them, as a role; needed with --clear.")
@click.option("--never", type=click.Path(path_type=Path), help="Names that must not appear, one a line.")
@config_option
@click.option("--format", "format_", help="html, md, json, terminal, or a plugin's; else by --out's ending.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write.")
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

    Exit status 1 while a text is withheld because nobody cleared it.
    """
    workbench = open_workbench(config)
    opened = load_plan(plan)
    value = opened.value
    if cleared:
        value = clear(value, cleared, by=by, on=as_of)
        save_plan(plan, value, if_version=opened.version)
    public, view = workbench.publish_plan(value, as_of, never=_names(never))
    show(workbench, view, format_, out, "attendance-plan")
    for one in public.withheld:
        say(f"Withheld: {one.what} of {one.where}: read it, then --clear it")
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
