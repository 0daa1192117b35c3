"""``attendance reconcile``: why two figures differ, pupil by pupil."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import narwhals.stable.v2 as nw

from attendance_core.cli.reading import Sessions, read_any
from attendance_core.cli.shared import (
    DAY,
    csv_text,
    finish,
    format_option,
    marks_options,
    open_workbench,
    print_json,
    progress,
    say,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, LayoutError
from attendance_core.measures.against import ONLY_HERE, ONLY_THERE, Against
from attendance_core.measures.reconcile import Reconciliation
from attendance_core.model.marks import SCHOOL
from attendance_core.model.profiles import Profile
from attendance_core.reference.settings import load_profile

Frame = nw.DataFrame[Any]


@click.command(name="reconcile")
@marks_options
@click.option("--profiles", nargs=2, metavar="A B", help="Two profiles to hold against each other.")
@click.option("--against", type=click.Path(path_type=Path), help="Another system's figures: a file, one row a pupil.")
@click.option("--profile", default="", help="With --against: the profile of MARKS; else the configuration's.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help="With --against: the column of a field (pupil_id, attendance, ...) whose heading is not known; repeatable.",
)
@click.option("--from", "start", type=DAY, help="First day; else the first school day of the academic year.")
@click.option("--to", "end", type=DAY, help="Last day; else the day the register speaks to.")
@format_option("terminal", "json", "csv", default="terminal")
def command(
    profiles: tuple[str, str] | None,
    against: Path | None,
    profile: str,
    columns: tuple[str, ...],
    start: date | None,
    end: date | None,
    format_: str,
    config: Path | None,
    **options: Any,
) -> None:
    """Say for which pupils two definitions, or another system, give another figure of MARKS, and why.

    Every difference is named with the one setting that explains it, and the differences add up to the total.
    Exit status 1 says that there are some.
    """
    if bool(profiles) == (against is not None):
        raise click.UsageError("Give either --profiles A B or --against FILE.")
    if against is None and (profile or columns):
        raise click.UsageError("--profile and --column go with --against.")
    named = _columns(columns)
    workbench = open_workbench(config)
    for name in (*(profiles or ()), *([profile] if profile else [])):
        workbench.profile_named(name)  # a name that is unknown is told before a large file is read
    with progress() as told:
        found = read_any(workbench, end=end, progress=told, **options)
        if not isinstance(found, Sessions):
            raise LayoutError(
                Fault(
                    str(options["marks"]), "holds no session marks", "session marks", "Reconcile the marks themselves"
                )
            )
        if found.speaks_to:
            say(found.speaks_to)
        told("reconciling")
        if profiles:
            result = workbench.reconcile(found.register, *profiles, start=start, end=end)
            differences, lines = len(result.pupils), _both_text(result)
            data, rows = _both_data(result), result.changes
        else:
            held = workbench.reconcile_against(
                found.register, against, profile=profile, columns=named, start=start, end=end
            )
            differences, lines = held.differences, _against_text(held)
            data, rows = _against_data(held), _against_rows(held)
    if format_ == "json":
        print_json(data)
    elif format_ == "csv":
        click.echo(csv_text(rows.columns, rows.iter_rows()), nl=False)
    else:
        click.echo("\n".join(lines))
    finish(workbench, findings=bool(differences))


def _columns(given: Sequence[str]) -> dict[str, str]:
    """Read FIELD=HEADING."""
    found = {}
    for text in given:
        field, sign, heading = text.partition("=")
        if not sign or not field or not heading:
            raise click.UsageError("--column is written FIELD=HEADING, as in pupil_id='Adm No'.")
        found[field.strip()] = heading
    return found


def _table(title: str, frame: Frame, *, without: Sequence[str] = ()) -> str:
    columns = [name for name in frame.columns if name not in without]
    rows = [tuple(_cell(cell) for cell in row) for row in frame.select(columns).iter_rows()]
    return table_text(title, tuple(columns), rows)


def _cell(cell: Any) -> Any:
    return f"{cell:.4f}" if isinstance(cell, float) else cell


def _one_school(frame: Frame) -> tuple[str, ...]:
    """A column that says the same in every row is not shown."""
    return (SCHOOL,) if len(frame[SCHOOL].unique()) < 2 else ()


def _spelled(profile: Profile) -> str:
    """Name a profile, with what a school chose otherwise than it ships."""
    shipped = load_profile(profile.id)
    own = [f"{name} = {choice}" for name, choice in profile.settings if choice != shipped.get(name)]
    return f"{profile.title} ({profile.id})" + (f", with this school's {', '.join(own)}" if own else "")


# -- two profiles


def _both_text(found: Reconciliation) -> list[str]:
    lines = [
        f"a: {_spelled(found.a)}",
        f"b: {_spelled(found.b)}",
        f"Period: {found.period}",
        *[f"{id}: {one.told}" for id, one in found.not_checked],
        "",
        _table("Both sides, in sessions and enrolments", found.sides),
        "",
        _table("What each setting changes, from a to b", found.totals),
        "",
    ]
    if not len(found.pupils):
        return [*lines, "No enrolment differs."]
    without = ("enrolment_id", "attended_a", "attended_b", *_one_school(found.pupils))
    title = f"{len(found.pupils):,} {'enrolment differs' if len(found.pupils) == 1 else 'enrolments differ'}"
    return [*lines, _table(title, found.pupils, without=without)]


def _both_data(found: Reconciliation) -> dict[str, Any]:
    return {
        "a": {"profile": found.a.id, "settings": dict(found.a.settings)},
        "b": {"profile": found.b.id, "settings": dict(found.b.settings)},
        "period": str(found.period),
        "sides": found.sides.rows(named=True),
        "totals": found.totals.rows(named=True),
        "pupils": found.pupils.rows(named=True),
        "changes": found.changes.rows(named=True),
        "not_checked": [{"profile": id, **unstructure(one)} for id, one in found.not_checked],
    }


# -- another system


def _against_text(found: Against) -> list[str]:
    lines = [
        f"Here:  {_spelled(found.profile)}",
        f"There: {found.name}, which gives {', '.join(found.fields)}",
        f"Period: {found.period}",
        *[one.told for one in found.not_checked],
        *[f"Not tried: {one.told}" for one in found.untried],
        f"Rows there: {found.rows:,} = {found.agreed:,} agreed + {len(found.pupils):,} differing"
        f" + {len(found.only_there):,} only there + {len(found.rejects):,} not compared",
        "",
    ]
    if not found.differences:
        return [*lines, "No pupil differs."]
    lines.append(_table("What explains the differences; there minus here", found.totals))
    blank = [name for name in found.pupils.columns if set(found.pupils[name].to_list()) <= {None, ""}]
    for title, frame, without in (
        ("Pupils that differ", found.pupils, (*_one_school(found.pupils), *blank)),
        ("Pupils only here", found.only_here, _one_school(found.only_here)),
        ("Pupils only there", found.only_there, _one_school(found.only_there)),
        ("Rows not compared", found.rejects, ()),
    ):
        if len(frame):
            lines += ["", _table(f"{title}: {len(frame):,}", frame, without=without)]
    return lines


def _against_data(found: Against) -> dict[str, Any]:
    return {
        "profile": found.profile.id,
        "settings": dict(found.profile.settings),
        "against": found.name,
        "fields": list(found.fields),
        "period": str(found.period),
        "rows": found.rows,
        "agreed": found.agreed,
        "totals": found.totals.rows(named=True),
        "pupils": found.pupils.rows(named=True),
        "only_here": found.only_here.rows(named=True),
        "only_there": found.only_there.rows(named=True),
        "rejects": found.rejects.rows(named=True),
        "not_checked": unstructure(found.not_checked),
        "untried": unstructure(found.untried),
    }


def _against_rows(found: Against) -> Frame:
    """Every pupil that differs or stands on one side only, and every row not compared, as one table."""
    differing = found.pupils.with_columns(kind=nw.lit("differs"), detail=nw.lit(""))
    parts = [
        differing,
        found.only_here.with_columns(kind=nw.lit(ONLY_HERE)),
        found.only_there.with_columns(kind=nw.lit(ONLY_THERE)),
        found.rejects.with_columns(kind=nw.lit("not compared")).drop("reason"),
    ]
    return nw.concat(parts, how="diagonal").select("kind", *[name for name in differing.columns if name != "kind"])
