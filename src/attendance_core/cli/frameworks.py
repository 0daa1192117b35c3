"""``attendance frameworks``: what good practice is, by five packs and others, and what links them."""

from pathlib import Path
from typing import Any

import click

from attendance_core.cli.shared import (
    config_option,
    csv_text,
    finish,
    format_option,
    open_workbench,
    print_json,
    printable,
    say,
    table_text,
    write_files,
)
from attendance_core.documents.converter import unstructure
from attendance_core.documents.loader import dump_toml
from attendance_core.errors import Fault, InputError, UnknownNameError, alike, join_names
from attendance_core.frameworks.compare import diff
from attendance_core.frameworks.links import gaps, read_answers
from attendance_core.frameworks.loading import lint_file
from attendance_core.frameworks.tidy import items_frame, links_frame
from attendance_core.model.crosswalks import ItemRef, LinkStrength
from attendance_core.model.frameworks import Descriptors, Framework, FrameworkSection, Item
from attendance_core.model.reports import RenderedFile
from attendance_core.reference.locate import frameworks_folder
from attendance_core.workbench import Workbench

PATH = click.Path(path_type=Path)


@click.group(name="frameworks")
def command() -> None:
    """Look at frameworks of good practice, and what links them."""


@command.command(name="list")
@config_option
@format_option("terminal", "json", default="terminal")
def list_(config: Path | None, format_: str) -> None:
    """List the frameworks: id, title, version, sections, items."""
    workbench = open_workbench(config)
    found = workbench.frameworks().values()
    if format_ == "json":
        print_json([_listed(framework) for framework in found])
    else:
        rows: list[tuple[Any, ...]] = [
            (one.id, one.title, one.version, len(one.sections), len(one.rateable()), _uncertain(one)) for one in found
        ]
        click.echo(table_text("", ("id", "title", "version", "sections", "rated items", "uncertain"), rows))
    finish(workbench)


@command.command(name="show")
@click.argument("id")
@click.option("--section", help="Only this section.")
@click.option("--overlay", type=PATH, help="Your school's own wording, as CSV, XLSX or TOML.")
@config_option
@format_option("terminal", "json", default="terminal")
def show(id: str, section: str | None, overlay: Path | None, config: Path | None, format_: str) -> None:
    """Print the framework ID, or a TOML file of one: every item, what is uncertain, what is odd in the source."""
    workbench = open_workbench(config)
    framework = _worded(workbench, id, overlay)
    if section is not None:
        framework = framework.only(_section(framework, section))
    if format_ == "json":
        print_json({**unstructure(framework), "ratings": unstructure(framework.ratings)})
    else:
        click.echo(_as_text(framework))
    finish(workbench)


@command.command(name="lint")
@click.argument("files", type=PATH, nargs=-1, required=True)
@config_option
@format_option("terminal", "json", default="terminal")
def lint(files: tuple[Path, ...], config: Path | None, format_: str) -> None:
    """Check FILES of frameworks or crosswalks: complete, cited, ids unique, links that lead somewhere.

    The exit status is 2 if anything is wrong.
    """
    workbench = open_workbench(config)
    known = workbench.frameworks().values()
    faults = [(path, fault) for path in files for fault in lint_file(path, known)]
    if format_ == "json":
        print_json([{"file": str(path), **fault._asdict()} for path, fault in faults])
    else:
        for _, fault in faults:
            click.echo(str(fault))
        click.echo(f"{len(files)} {'file' if len(files) == 1 else 'files'}, {len(faults)} faults.")
    finish(workbench, unusable=bool(faults))


@command.command(name="diff")
@click.argument("old")
@click.argument("new")
@config_option
@format_option("terminal", "json", default="terminal")
def diff_(old: str, new: str, config: Path | None, format_: str) -> None:
    """Say what differs between two versions OLD and NEW of a framework: ids or TOML files."""
    workbench = open_workbench(config)
    changes = diff(workbench.framework(old), workbench.framework(new))
    if format_ == "json":
        print_json([unstructure(change) for change in changes])
    else:
        for change in changes:
            part = f"{change.part} {change.id}".strip()
            if change.field:
                click.echo(f"{part}: {change.field}\n  - {change.before}\n  + {change.after}")
            else:
                click.echo(f"{part}: {change.kind.value}: {change.before or change.after}")
        if not changes:
            click.echo("Nothing differs.")
    finish(workbench)


@command.command(name="export")
@click.argument("id")
@click.option("--overlay", type=PATH, help="Your school's own wording, as CSV, XLSX or TOML.")
@click.option("--out", type=PATH, help="Where to write; else to standard output, for xlsx to a file of this name.")
@config_option
@format_option("csv", "xlsx", "json", "md", default="csv")
def export(id: str, overlay: Path | None, out: Path | None, config: Path | None, format_: str) -> None:
    """Write the framework ID with its links: tidy items (csv), a workbook (xlsx), the pack (json), a page (md)."""
    workbench = open_workbench(config)
    framework = _worded(workbench, id, overlay)
    content = _content(workbench, framework, format_)
    if out is None and format_ != "xlsx":
        click.echo(content.decode(), nl=False)
    else:
        _outside(framework, out)
        file = RenderedFile(name=f"{framework.id}.{format_}", media_type="application/octet-stream", content=content)
        for path in write_files((file,), out):
            say(f"Wrote {path}")
    finish(workbench)


@command.command(name="overlay")
@click.argument("file", type=PATH)
@click.argument("id")
@click.option("--out", type=PATH, help="Write the framework with your wording here, as TOML; else only check.")
@click.option("--sheet", default="", help="Worksheet of a workbook.")
@config_option
def overlay(file: Path, id: str, out: Path | None, sheet: str, config: Path | None) -> None:
    """Lay your school's own wording, FILE (CSV, XLSX, TOML), over the ids of the framework ID.

    The wording stays with you: it is written where you say, and never into this package.
    """
    workbench = open_workbench(config)
    before = workbench.framework(id)
    framework = workbench.overlay(before, file, sheet=sheet)
    changed = {change.id for change in diff(before, framework) if change.part != "framework"}
    say(f"{len(changed)} of {len(before.items()) + len(before.sections)} items and sections of {before.id} are worded.")
    if out is not None:
        _outside(framework, out)
        content = dump_toml(framework).encode()
        file_ = RenderedFile(name=f"{framework.id}.toml", media_type="application/toml", content=content)
        for path in write_files((file_,), out):
            say(f"Wrote {path}")
    finish(workbench)


@command.command(name="gaps")
@click.argument("audits", type=PATH, nargs=-1)
@click.option("--answered", multiple=True, help="What is answered: framework/item, or a framework; repeatable.")
@click.option("--framework", "asked", multiple=True, help="Only the gaps of this framework; repeatable.")
@click.option(
    "--strength",
    type=click.Choice([one.value for one in LinkStrength]),
    default=LinkStrength.OVERLAPS.value,
    show_default=True,
    help="Leave weaker links out.",
)
@config_option
@format_option("terminal", "json", "csv", default="terminal")
def gaps_(
    audits: tuple[Path, ...],
    answered: tuple[str, ...],
    asked: tuple[str, ...],
    strength: str,
    config: Path | None,
    format_: str,
) -> None:
    """List what is answered in one framework and open in others, with the link that says so.

    What is answered stands in AUDITS, or is named by --answered.
    """
    workbench = open_workbench(config)
    known = workbench.frameworks()
    if not audits and not answered:
        raise click.UsageError("Nothing is answered: name an audit, or --answered framework/item.")
    answers = read_answers(answered, known) | {
        ItemRef(framework=audit.framework, item=item): True
        for audit in (workbench.open_audit(path).value for path in audits)
        for item in audit.ratings()
    }
    wanted = [workbench.framework(name) for name in asked] or list(known.values())
    found = gaps(answers, wanted, workbench.links(), at_least=LinkStrength(strength))
    if format_ == "json":
        print_json(
            [
                {
                    "item": str(gap.item),
                    "uncertain": gap.uncertain,
                    "answered": [
                        {"item": str(one.ref), "crosswalk": one.crosswalk, **_link(one.link)} for one in gap.answered
                    ],
                }
                for gap in found
            ]
        )
    else:
        rows: list[tuple[Any, ...]] = [
            (gap.item, one.ref, one.link.strength.value, one.link.reason) for gap in found for one in gap.answered
        ]
        heads = ("open", "answered", "strength", "why")
        if format_ == "csv":
            click.echo(csv_text(heads, [[str(cell) for cell in row] for row in rows]), nl=False)
        else:
            click.echo(table_text("", heads, rows))
        alone = [str(gap.item) for gap in found if not gap.answered]
        say(f"{len(found)} items are open; for {len(alone)} of them nothing that is answered speaks.")
    finish(workbench)


def _listed(framework: Framework) -> dict[str, Any]:
    return {
        "id": framework.id,
        "title": framework.title,
        "version": framework.version,
        "in_force_from": framework.in_force_from.isoformat(),
        "cites": unstructure(framework.cites),
        "scale": {"ours": framework.ratings.ours, "steps": [step.id for step in framework.ratings.steps]},
        "sections": [
            {
                "id": section.id,
                "label": section.label,
                "title": section.title,
                "kind": section.kind,
                "items": [_item(item) for item in section.items],
            }
            for section in framework.sections
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "label": item.label,
        "kind": item.kind.value,
        "text": item.text,
        "flags": [flag.value for flag in item.flags],
        "rateable": item.rateable,
        "data_can_test": item.data_can_test,
        "items": [_item(point) for point in item.items],
    }


def _link(link: Any) -> dict[str, str]:
    return {"strength": link.strength.value, "theme": link.theme, "reason": link.reason}


def _uncertain(framework: Framework) -> str:
    return ", ".join(item.id for item in framework.rateable() if item.uncertain)


def _worded(workbench: Workbench, id: str, overlay: Path | None) -> Framework:
    framework = workbench.framework(id)
    return framework if overlay is None else workbench.overlay(framework, overlay)


def _section(framework: Framework, id: str) -> FrameworkSection:
    found = framework.section(id)
    if found is None:
        names = [section.id for section in framework.sections]
        near = alike(id, names)
        remedy = f"Did you mean {near[0]!r}?" if near else "Choose one of them"
        raise UnknownNameError(
            Fault(f"section {id!r}", f"is none of {framework.id}", f"one of {join_names(names, limit=30)}", remedy)
        )
    return found


def _outside(framework: Framework, out: Path | None) -> None:
    """Refuse to write a school's own wording into the folder of packs."""
    place = (out or Path.cwd()).resolve()
    if framework.overlaid and place.is_relative_to(frameworks_folder().resolve()):
        raise InputError(
            Fault(str(out or place), "is the folder of this package's packs", "a folder of your own", "Choose --out")
        )


def _content(workbench: Workbench, framework: Framework, format_: str) -> bytes:
    if format_ == "json":
        from attendance_core.documents.loader import dump_json

        return f"{dump_json(framework)}\n".encode()
    if format_ == "md":
        return _as_page(framework).encode()
    items = items_frame([framework])
    if format_ == "csv":
        return csv_text(items.columns, items.iter_rows()).encode()
    from attendance_core.plugins.builtin.framework_book import framework_book

    links = links_frame(workbench.crosswalks().values(), both_ways=True)
    links = links.filter(links["framework"] == framework.id)
    return framework_book(framework, (items.columns, items.rows()), (links.columns, links.rows()))


def _lines(item: Item, depth: int) -> list[str]:
    indent = "  " * depth
    flags = f"  [{', '.join(flag.value for flag in item.flags)}]" if item.flags else ""
    name = item.label or item.id
    text = item.text or "(The source lost this text.)"
    lines = [f"{indent}{name}{'' if item.label in ('', item.id) else f' ({item.id})'}{flags}: {_flat(text)}"]
    more = [
        ("Reached when", item.success_criteria),
        ("To do", item.intervention),
        *(("How often", _often(cadence)) for cadence in item.cadences),
        *(("Mind", cadence.warning) for cadence in item.cadences),
    ]
    if item.row is not None:
        more += [("Lead", ", ".join(item.row.leads)), ("Governors", ", ".join(item.row.governor_link))]
        more += [
            (half.half_term.value, action.text + (" (carried on)" if action.carried else ""))
            for half in item.row.half_terms
            for action in half.actions
        ]
        more += [(f"Target ({target.kind.value})", target.text) for target in item.row.targets]
        more += [("Cost", item.row.cost), ("Evaluated by", ", ".join(item.row.evaluation))]
    more += [("In the source", note) for note in item.notes]
    lines += [f"{indent}    {head}: {_flat(text)}" for head, text in more if text]
    for point in item.items:
        lines += _lines(point, depth + 1)
    return lines


def _often(cadence: Any) -> str:
    often = f"{'at least ' if cadence.at_least else ''}{cadence.every.value}"
    return f"{often} ({cadence.what})" if cadence.what else often


def _as_text(framework: Framework) -> str:
    scale = " / ".join(step.title for step in framework.ratings.steps)
    ours = ", which this library chose: the source gives none" if framework.ratings.ours else ""
    lines = [
        f"{framework.title}  [{framework.id} {framework.version}]",
        f"Scale: {scale}{ours}",
        f"Source: {'; '.join(f'{cite.source}, {cite.provision}' for cite in framework.cites)}",
        f"Wording: {framework.overlaid or 'of this library'}",
        *filter(None, (framework.note, *framework.notes)),
    ]
    for section in framework.sections:
        year = f" (targets for {section.target_year})" if section.target_year else ""
        lines += ["", f"{section.name}{year}"]
        lines += [f"  {text}" for text in (section.introduction, *section.notes) if text]
        for item in section.items:
            lines += _lines(item, 1)
        lines += _colours(section.descriptors)
    if framework.descriptors is not None:
        lines += ["", "The whole", *_colours(framework.descriptors)]
    return "\n".join(map(printable, lines))


def _colours(descriptors: Descriptors | None) -> list[str]:
    if descriptors is None:
        return []
    return [f"  {colour.upper()}: {_flat(getattr(descriptors, colour))}" for colour in ("green", "amber", "red")]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _as_page(framework: Framework) -> str:
    """Write a framework as Markdown."""
    lines = [f"# {framework.title}", "", f"`{framework.id}`, version {framework.version}.", ""]
    lines += [text for note in filter(None, (framework.note, *framework.notes)) for text in (note, "")]
    for section in framework.sections:
        lines += [f"## {section.name}", ""]
        lines += [text for part in (section.introduction, *section.notes) if part for text in (part, "")]
        for item in section.items:
            for line in _lines(item, 0):
                stripped = line.lstrip()
                lines.append(f"{' ' * (len(line) - len(stripped))}- {stripped}")
        lines.append("")
    return "\n".join(lines)
