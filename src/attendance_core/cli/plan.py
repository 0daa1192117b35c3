"""``attendance plan``: improvement plans from the first draft to the public version."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.plan_answers import read_day, read_evidence, read_half_term, read_pairs, read_verdict
from attendance_core.cli.plan_reports import calendar_option, compare, publish, report, status, warn
from attendance_core.cli.shared import (
    DAY,
    config_option,
    finish,
    open_workbench,
    say,
    write_files,
)
from attendance_core.errors import Fault, InputError
from attendance_core.model.actions import Evidence
from attendance_core.model.plans import ImprovementPlan, PlanReview, ReviewDecision
from attendance_core.plans.documents import load_plan, save_plan, save_rolled
from attendance_core.plans.drafting import Draft, draft_new
from attendance_core.plans.layout import lay_out
from attendance_core.plans.reading import read_plan
from attendance_core.plans.reviewing import Changes, record
from attendance_core.plans.rolling import roll_over
from attendance_core.register.calendar import SchoolCalendar
from attendance_core.workbench import Workbench


@click.group(name="plan")
def command() -> None:
    """Draft, read, follow, review, publish and roll over improvement plans."""


for _one in (status, report, compare, publish):
    command.add_command(_one)


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
    warn(workbench.plan_warnings(plan))
    finish(workbench)


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
    answers = [_answer(text) for text in rows]
    numbers = [number for number, _ in answers]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise InputError(
            *(Fault(f"--row {number}", "is given twice", "each row once", "Correct it") for number in twice)
        )
    school = workbench.configuration.school.id
    found = read_plan(
        read_table(table, sheet=sheet),
        where=table.name,
        id=id,
        academic_year=year,
        title=title,
        school=school,
        answers=dict(answers),
    )
    for flag in found.flags:
        say(f"{'Asked' if flag.asks else 'Flag'}: {flag}")
    if out is not None and not found.asked:
        save_plan(out, found.plan, if_version=None)
        say(f"Wrote {out}: {len(found.plan.objectives)} objectives, {sum(1 for _ in found.plan.each())} actions.")
    elif found.asked:
        number = len(found.asked)
        say(f"{number} {'row' if number == 1 else 'rows'} to answer with --row; nothing was written.")
    warn(workbench.plan_warnings(found.plan))
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
@click.option("--replace", is_flag=True, help="Write over the table if it is there, with whatever it holds.")
@config_option
def table(plan: Path, out: Path, replace: bool, config: Path | None) -> None:
    """Write PLAN as the table that schools use. `attendance plan read` takes it back."""
    from attendance_core.plugins.builtin.plan_table import write_table

    workbench = open_workbench(config)
    opened = load_plan(plan)
    file = write_table(lay_out(opened.value), name=out.stem, format=out.suffix.lower().removeprefix("."))
    for path in write_files((file,), out, keep=not replace):
        say(f"Wrote {path}")
    finish(workbench)


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
    faults: list[Fault] = []
    days: dict[str, list[date]] = {}
    for id, day in read_pairs(held, "--held", read_day, faults, once=False):
        days.setdefault(id, []).append(day)
    changes = Changes(
        done=dict(read_pairs((one if "=" in one else f"{one}={on}" for one in done), "--done", read_day, faults)),
        held=days,
        carried=dict(read_pairs(carry, "--carry", read_half_term, faults)),
        dropped=dict(read_pairs(drop, "--drop", str, faults)),
        judged=dict(read_pairs(judge, "--judge", read_verdict, faults)),
    )
    shown: list[Evidence] = []
    for text in evidence:
        try:
            shown.append(read_evidence(text, on))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)
    found = PlanReview(
        on=on,
        objective=objective,
        by=by,
        done=what,
        evidence=tuple(shown),
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
    save_rolled(plan, out, rolled, if_version=opened.version)
    say(f"Closed {plan}, wrote {out}: {len(rolled.carried)} open actions carried on.")
    for note in rolled.notes:
        say(f"Note: {note}")
    warn(workbench.plan_warnings(rolled.next))
    finish(workbench)


def _next_half_terms(workbench: Workbench, plan: ImprovementPlan, calendar: SchoolCalendar | None) -> Any:
    """Return the half terms of the year after a plan's; None where the calendar does not reach so far."""
    from attendance_core.dates import AcademicYear

    following = AcademicYear(AcademicYear.parse(plan.academic_year).begins + 1)
    if calendar is None or not any(AcademicYear.of(one.date) == following for one in calendar.days):
        say(f"Note: no calendar of {following} is given: half terms are names without days.")
        return None
    return workbench.half_terms(str(following), calendar)
