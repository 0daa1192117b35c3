"""``attendance audit``: from a blank form to a status that shows its working, and what others say of it."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from attendance_core.audits.agreement import agree
from attendance_core.audits.comparing import AuditView, compare, own_view, second_view
from attendance_core.audits.documents import AUDIT, check_audit, framework_of, new_audit, save_audit
from attendance_core.audits.tidy import ratings_frame, statuses_frame
from attendance_core.cli.audit_texts import (
    agreement_text,
    comparison_text,
    evidence_json,
    status_json,
    status_row,
    status_text,
)
from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    DAY,
    beside,
    config_option,
    csv_text,
    finish,
    format_option,
    open_workbench,
    print_json,
    printable,
    progress,
    records_option,
    say,
    table_text,
    write_files,
)
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.documents.converter import unstructure
from attendance_core.documents.loader import load_toml
from attendance_core.documents.versioned import load_document
from attendance_core.errors import DocumentError, Fault, InputError
from attendance_core.model.audits import Audit
from attendance_core.model.frameworks import Framework
from attendance_core.model.indicators import EvidenceVerdict
from attendance_core.model.reports import RenderedFile
from attendance_core.model.scales import RatingScale
from attendance_core.plugins.builtin.audit_form import MEDIA_TYPE
from attendance_core.register.register import Register
from attendance_core.workbench import Progress, Workbench

F = TypeVar("F", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)
_FORMATS = ("terminal", "json", "csv")


def as_of_option(function: F) -> F:
    """Add ``--as-of``, which decides whether an action is overdue."""
    return click.option("--as-of", type=DAY, required=True, help="The day on which actions are overdue or not.")(
        function
    )


def overlay_option(function: F) -> F:
    """Add ``--overlay``."""
    return click.option("--overlay", type=PATH, help="Your school's own wording, as CSV, XLSX or TOML.")(function)


def register_options(function: F) -> F:
    """Add how the register is read that ratings are held against."""
    for option in reversed(
        (
            click.option("--pupils", type=PATH, help="The pupils file."),
            click.option("--calendar", type=PATH, help="Calendar as TOML; else inferred from marks."),
            click.option("--mapping", help="Name of a mapping, or its TOML file; else what the columns prove."),
            records_option,
        )
    ):
        function = option(function)
    return function


@click.group(name="audit")
def command() -> None:
    """Answer a framework, see its status and what decided it, and hold it against records and other eyes."""


# -- documents and forms


@command.command()
@click.argument("framework")
@click.option("--id", required=True, help="Id of the audit, as standards-2025-autumn.")
@click.option("--on", type=DAY, required=True, help="The day of the audit.")
@click.option("--rule", default="", help="The status rule: worst, majority, mean-banded, plan-aware. No default.")
@click.option("--scale", type=PATH, help="TOML file of another scale; else the framework's own, or the library's.")
@click.option("--school", default="", help="The school's id; else attendance.toml's.")
@click.option("--assessor", default="", help="Who rates, as a role.")
@click.option("--second-assessor", default="", help="Who rates beside, as a role.")
@click.option("--from", "others", type=PATH, multiple=True, help="Audit whose linked answers are offered; repeatable.")
@click.option("--out", type=PATH, required=True, help="File to write, .toml or .json.")
@config_option
def new(
    framework: str,
    id: str,
    on: date,
    rule: str,
    scale: Path | None,
    school: str,
    assessor: str,
    second_assessor: str,
    others: tuple[Path, ...],
    out: Path,
    config: Path | None,
) -> None:
    """Begin an audit of FRAMEWORK (an id, or a TOML file of one that is installed): nothing is answered yet.

    The document records version, scale and status rule. Linked answers of other audits are offered in it as
    suggestions; none is a rating.
    """
    workbench = open_workbench(config)
    found = workbench.framework(framework)
    audit = new_audit(
        found,
        id=id,
        rule=rule,
        on=on,
        scale=load_toml(scale, RatingScale) if scale else None,
        school=school or workbench.configuration.school.id,
        assessor=assessor,
        second_assessor=second_assessor,
        others=[workbench.open_audit(path).value for path in others],
        links=workbench.links() if others else None,
    )
    save_audit(out, audit, workbench.frameworks(), if_version=None)
    say(f"Wrote {out}: {len(audit.responses)} items of {found.id} {found.version}, none answered.")
    ours = ", this library's own" if audit.scale.ours else ""
    say(f"Scale: {audit.scale.title}{ours}. Status rule: {audit.status_rule} {audit.status_rule_version}.")
    offered = sum(bool(one.suggestions) for one in audit.responses)
    if others:
        say(f"{offered} items have suggestions from {len(others)} other audit(s); they are no ratings.")
    finish(workbench)


@command.command()
@click.argument("audit", type=PATH)
@click.option("--as-of", type=DAY, help="The day on which actions are overdue or not; else the audit's own day.")
@click.option("--out", type=PATH, help="File to write; else the audit's name with .xlsx.")
@click.option("--replace", is_flag=True, help="Write over the form if it is there, with whatever it holds.")
@overlay_option
@config_option
def form(
    audit: Path, as_of: date | None, out: Path | None, replace: bool, overlay: Path | None, config: Path | None
) -> None:
    """Write AUDIT as a form: an X in one of the columns, cells for evidence and action, statuses by formula."""
    workbench = open_workbench(config)
    value = workbench.open_audit(audit).value
    content = workbench.audit_form(value, as_of=as_of, framework=_worded(workbench, value, overlay))
    file = RenderedFile(name=f"{audit.stem}.xlsx", media_type=MEDIA_TYPE, content=content)
    for path in write_files((file,), out, keep=not replace):
        say(f"Wrote {path}. The sheets work the status out by the rule {value.status_rule}.")
    finish(workbench)


@command.command()
@click.argument("form", type=PATH)
@click.option("--out", type=PATH, help="File to write, .toml or .json; else only the doubts are shown.")
@click.option("--replace", is_flag=True, help="Write over --out if it is there.")
@overlay_option
@format_option("terminal", "json", default="terminal")
@config_option
def read(form: Path, out: Path | None, replace: bool, overlay: Path | None, format_: str, config: Path | None) -> None:
    """Read a filled FORM back, cell for cell.

    Two ticks, stray text and cells that cannot be read are listed and kept in the document; they rate nothing. The
    exit status is 1 while there are any.
    """
    workbench = open_workbench(config)
    worded = None
    if overlay is not None:
        worded = _worded(workbench, workbench.read_audit_form(form), overlay)
    audit = workbench.read_audit_form(form, framework=worded)
    faults = check_audit(audit, workbench.frameworks(), where=form.name)
    if faults:
        raise DocumentError(*faults)
    if format_ == "json":
        print_json({"audit": unstructure(audit)})
    else:
        for doubt in audit.doubts:
            item = f" (item {doubt.item})" if doubt.item else ""
            click.echo(printable(f"{doubt.cell}{item}: {doubt.what}: {doubt.found!r}"))
    if out is not None:
        version = load_document(out, AUDIT).version if replace and out.exists() else None
        save_audit(out, audit, workbench.frameworks(), if_version=version)
        say(f"Wrote {out}.")
    rated = len(audit.ratings())
    say(f"{rated} of {len(audit.responses)} items are rated; {len(audit.doubts)} cells are to be decided about.")
    finish(workbench, findings=bool(audit.doubts))


def _worded(workbench: Workbench, audit: Audit, overlay: Path | None) -> Framework | None:
    if overlay is None:
        return None
    return workbench.overlay(framework_of(audit, workbench.frameworks()), overlay)


# -- status and report


@command.command()
@click.argument("audit", type=PATH)
@as_of_option
@click.option("--rule", default="", help="Another rule than the audit's own.")
@format_option(*_FORMATS, default="terminal")
@config_option
def status(audit: Path, as_of: date, rule: str, format_: str, config: Path | None) -> None:
    """Print the status of AUDIT: the rule, what decided it, and what every other rule would say."""
    workbench = open_workbench(config)
    found = workbench.audit_status(workbench.open_audit(audit).value, as_of, rule=rule)
    if format_ == "json":
        print_json(status_json(found))
    elif format_ == "csv":
        rows = [status_row(one) for one in (*found.sections, found.whole)]
        click.echo(csv_text(tuple(rows[0]), [tuple(row.values()) for row in rows]), nl=False)
    else:
        click.echo(status_text(found))
    finish(workbench)


@command.command()
@click.argument("audit", type=PATH)
@click.argument("marks", type=PATH)
@click.option("--as-of", type=DAY, help="The day asked about; else the last marked day.")
@register_options
@format_option(*_FORMATS, default="terminal")
@config_option
def evidence(
    audit: Path,
    marks: Path,
    as_of: date | None,
    records: Path | None,
    store: Path | None,
    format_: str,
    config: Path | None,
    **reading: Any,
) -> None:
    """Hold the ratings of AUDIT against the register MARKS: supports, contradicts, or cannot tell.

    No rating changes. The exit status is 1 if a rating is contradicted.
    """
    workbench = open_workbench(config, store)
    value = workbench.open_audit(audit).value
    with progress() as told:
        register = _register(workbench, marks, as_of, told, reading)
        side = beside(workbench, register, records, as_of)
        found = workbench.audit_evidence(value, register, as_of=as_of, records=side, progress=told)
    rows = [
        (one.item, one.rating, one.verdict.value, one.reading.text, "; ".join(one.reading.figures)) for one in found
    ]
    heads = ("item", "rating", "verdict", "found", "figures")
    if format_ == "json":
        print_json([evidence_json(one) for one in found])
    elif format_ == "csv":
        click.echo(csv_text(heads, rows), nl=False)
    else:
        click.echo(table_text("", heads, list(rows)))
    contradicted = sum(one.verdict is EvidenceVerdict.CONTRADICTS for one in found)
    say(
        f"{contradicted} of {len(found)} ratings are contradicted. Records test a part of a statement; "
        "no rating changes."
    )
    finish(workbench, findings=bool(contradicted))


def _register(
    workbench: Workbench, marks: Path, as_of: date | None, told: Progress, reading: dict[str, Any]
) -> Register:
    found = read_sessions(workbench, marks=marks, as_of=as_of, progress=told, **reading)
    if found.speaks_to:
        say(found.speaks_to)
    return found.register


@command.command()
@click.argument("audit", type=PATH)
@as_of_option
@click.option("--marks", type=PATH, help="A register that ratings are held against.")
@register_options
@click.option("--with", "other", type=PATH, help="An earlier audit of the same framework beside it.")
@out_options
@config_option
def report(
    audit: Path,
    as_of: date,
    marks: Path | None,
    records: Path | None,
    store: Path | None,
    other: Path | None,
    format_: str | None,
    out: Path | None,
    config: Path | None,
    **reading: Any,
) -> None:
    """Write the report of AUDIT: statuses, items, evidence, actions, the second assessor."""
    workbench = open_workbench(config, store)
    value = workbench.open_audit(audit).value
    format_ = format_asked(workbench, format_, out)
    before = workbench.open_audit(other).value if other else None
    with progress() as told:
        register = None if marks is None else _register(workbench, marks, as_of, told, reading)
        side = None if register is None else beside(workbench, register, records, min(as_of, register.as_of))
        view = workbench.audit_report(value, as_of, register=register, records=side, other=before, progress=told)
        files = render(workbench, view, format_, out, name=audit.stem)
    deliver(files, format_, out)
    finish(workbench)


# -- other eyes


@command.command(name="compare")
@click.argument("first", type=PATH)
@click.argument("second", type=PATH, required=False)
@as_of_option
@format_option(*_FORMATS, default="terminal")
@config_option
def compare_(first: Path, second: Path | None, as_of: date, format_: str, config: Path | None) -> None:
    """Hold two audits against each other, the earlier one FIRST; or one against its second assessor."""
    workbench = open_workbench(config)
    one = workbench.open_audit(first).value
    views = (own_view(one), second_view(one) if second is None else own_view(workbench.open_audit(second).value))
    if second is None and not views[1].ratings:
        raise InputError(
            Fault(first.name, "has no rating of a second assessor", "one, or another audit", "Name a second audit")
        )
    found = compare(*views, framework_of(one, workbench.frameworks()), as_of)
    rows = [
        (item.item, item.first, item.second, item.direction.value, item.new_evidence, item.unsupported)
        for item in found.items
    ]
    heads = ("item", "first", "second", "direction", "new_evidence", "unsupported")
    if format_ == "json":
        statuses = [status_json(status) for status in found.statuses]
        print_json({**unstructure(found), "statuses": statuses})
    elif format_ == "csv":
        click.echo(csv_text(heads, rows), nl=False)
    else:
        click.echo(comparison_text(found))
    finish(workbench)


@command.command(name="agree")
@click.argument("audits", type=PATH, nargs=-1, required=True)
@click.option("--second", is_flag=True, help="Also take the ratings of second assessors.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    required=True,
    help="Seed of the bootstrap; the same one gives the same intervals.",
)
@click.option("--resamples", type=click.IntRange(100, 100_000), default=2000, show_default=True)
@format_option("terminal", "json", default="terminal")
@config_option
def agree_(
    audits: tuple[Path, ...], second: bool, seed: int, resamples: int, format_: str, config: Path | None
) -> None:
    """Say how far the assessors of AUDITS agree: raw, weighted kappa, Krippendorff's alpha, and where they differ.

    Needs the extra: pip install "attendance-core[statistics]".
    """
    workbench = open_workbench(config)
    opened = [workbench.open_audit(path).value for path in audits]
    views: list[AuditView] = [own_view(audit) for audit in opened]
    if second:
        views += [view for view in map(second_view, opened) if view.ratings]
    found = agree(views, framework_of(opened[0], workbench.frameworks()), seed=seed, resamples=resamples)
    if format_ == "json":
        print_json(unstructure(found))
    else:
        click.echo(agreement_text(found))
    finish(workbench)


@command.command()
@click.argument("audits", type=PATH, nargs=-1, required=True)
@click.option("--statuses", is_flag=True, help="One row a section and rule, in place of one an item.")
@click.option("--as-of", type=DAY, help="The day on which actions are overdue or not; else each audit's own day.")
@click.option("--out", type=PATH, help="CSV file to write; else to standard output.")
@config_option
def export(audits: Sequence[Path], statuses: bool, as_of: date | None, out: Path | None, config: Path | None) -> None:
    """Write many AUDITS as one tidy table, to be joined with figures of the register."""
    workbench = open_workbench(config)
    values = [workbench.open_audit(path).value for path in audits]
    make = statuses_frame if statuses else ratings_frame
    frame = make(values, workbench.frameworks(), as_of=as_of)
    text = csv_text(frame.columns, frame.iter_rows())
    if out is None:
        click.echo(text, nl=False)
    else:
        file = RenderedFile(name="audits.csv", media_type="text/csv", content=text.encode())
        for path in write_files((file,), out):
            say(f"Wrote {path}")
    finish(workbench)
