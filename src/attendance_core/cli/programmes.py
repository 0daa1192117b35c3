"""``attendance support programmes``, ``directory`` and ``pathway``: what a school offers, to whom, in which words."""

from pathlib import Path

import click

from attendance_core.cli.shared import config_option, finish, format_option, open_workbench, print_json, say, table_text
from attendance_core.documents.converter import unstructure
from attendance_core.errors import DocumentError
from attendance_core.model.support_tiers import Pathway
from attendance_core.support.catalogue import directory_gaps, programme_gaps
from attendance_core.support.pathway import unknown_focus


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--tier", default="", help="Only programmes of this tier.")
@click.option("--focus", default="", help="Only programmes that work on this.")
@config_option
@format_option("text", "json", default="text")
def programmes(file: Path | None, tier: str, focus: str, config: Path | None, format_: str) -> None:
    """List the programme catalogue FILE, else attendance.toml's, and say what it leaves open.

    Exit status 1 if a programme names no research, nobody who is trained, no way in or out, or no measure of success.
    """
    workbench = open_workbench(config)
    catalogue = workbench.programmes(file)
    pathway = workbench.pathway()
    if tier:
        pathway.place(tier)
    _check_focus(focus, pathway)
    listed = [one for one in catalogue.programmes if tier in ("", one.tier) and (not focus or focus in one.focus)]
    ids = {one.id for one in listed}
    gaps = [gap for gap in programme_gaps(catalogue) if gap.id in ids]
    if format_ == "json":
        print_json({"programmes": unstructure(listed), "gaps": unstructure(gaps)})
    else:
        head = ("programme", "tier", "works on", "evidence", "cost a place", "weeks", "trained")
        rows = [
            (
                one.title,
                one.tier,
                ", ".join(one.focus),
                f"{one.strength.value}: {one.evidence}" if one.evidence else one.strength.value,
                f"£{one.cost:,.2f}",
                one.weeks or "",
                ", ".join(one.trained),
            )
            for one in listed
        ]
        click.echo(table_text("Programmes", head, rows) if rows else "No programme is listed.")
        for gap in gaps:
            say(f"Open: {gap}")
    finish(workbench, findings=bool(gaps))


def _check_focus(focus: str, pathway: Pathway) -> None:
    faults = unknown_focus([focus], pathway, "--focus") if focus else []
    if faults:
        raise DocumentError(*faults)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--focus", default="", help="Only services that work on this.")
@config_option
@format_option("text", "json", default="text")
def directory(file: Path | None, focus: str, config: Path | None, format_: str) -> None:
    """List the support directory FILE, else attendance.toml's, and say what it leaves open."""
    workbench = open_workbench(config)
    found = workbench.directory(file)
    _check_focus(focus, workbench.pathway())
    listed = [one for one in found.services if not focus or focus in one.focus]
    ids = {one.id for one in listed}
    gaps = [gap for gap in directory_gaps(found) if gap.id in ids]
    if format_ == "json":
        print_json({"services": unstructure(listed), "gaps": unstructure(gaps)})
    else:
        head = ("service", "offers", "works on", "how", "statutory")
        rows = [
            (one.title, one.offers, ", ".join(one.focus), one.how, "yes" if one.statutory else "no") for one in listed
        ]
        click.echo(table_text("Support directory", head, rows) if rows else "No service is listed.")
        for gap in gaps:
            say(f"Open: {gap}")
    finish(workbench, findings=bool(gaps))


@click.command(name="pathway")
@click.argument("name", required=False, default="")
@config_option
@format_option("text", "json", default="text")
def pathway_(name: str, config: Path | None, format_: str) -> None:
    """Show the pathway NAME (an id or a TOML file), else attendance.toml's: its tiers, and its words for barriers.

    A file with faults is refused, with every fault.
    """
    workbench = open_workbench(config)
    found = workbench.pathway(name)
    if format_ == "json":
        print_json(unstructure(found))
    else:
        tiers = [
            (tier.id, tier.label, ", ".join((*tier.enter, *tier.enter_repeated)), tier.review_days or "")
            for tier in found.tiers
        ]
        click.echo(table_text(found.title, ("tier", "label", "concerns", "days to a review"), tiers))
        click.echo()
        factors = [
            (one.id, one.kind.value, one.label, ", ".join(one.focus), "yes" if one.confidential else "no")
            for one in found.factors
        ]
        click.echo(table_text("Factors", ("factor", "kind", "label", "help works on", "confidential"), factors))
    finish(workbench)
