"""``attendance plugins``: who brings what."""

from pathlib import Path

import click

from attendance_core.cli.shared import config_option, finish, format_option, open_workbench, print_json, table_text
from attendance_core.documents.converter import unstructure


@click.group(name="plugins")
def command() -> None:
    """Look at the plugins."""


@command.command(name="list")
@config_option
@format_option("terminal", "json", default="terminal")
def list_(config: Path | None, format_: str) -> None:
    """List the plugins: name, version, distribution, hooks, what they bring, and what failed."""
    workbench = open_workbench(config)
    manager = workbench.plugins
    manager.check()
    bring = {
        "adapters": [item.id for item in manager.adapters()],
        "mappings": [item.id for item in manager.mappings()],
        "codebooks": [item.id for item in manager.codebooks()],
        "cohort packs": [item.id for item in manager.cohort_packs()],
        "outlines": [item.id for item in manager.outlines()],
        "benchmarks": [item.id for item in manager.benchmark_providers()],
        "formats": [item.id for item in manager.renderers()],
        # What is data and cannot be right fails here as it does where it is used.
        "policies": list(workbench.policies()),
        "rules": [item.id for item in manager.rules()],
        "frameworks": list(workbench.frameworks()),
        "crosswalks": list(workbench.crosswalks()),
        "pathways": [item.id for item in manager.pathways()],
    }
    if format_ == "json":
        print_json(
            {
                "plugins": [unstructure(info) for info in manager.plugins()],
                "provides": bring,
                "failures": [unstructure(failure) for failure in manager.failures()],
                "notes": list(manager.notes),
            }
        )
    else:
        rows = [
            (
                info.name,
                info.version,
                info.distribution or "given by the host",
                info.status.value,
                ", ".join(info.hooks),
            )
            for info in manager.plugins()
        ]
        click.echo(table_text("Plugins", ("name", "version", "distribution", "status", "hooks"), [*rows]))
        click.echo(
            table_text("What they bring", ("kind", "ids"), [(kind, ", ".join(ids)) for kind, ids in bring.items()])
        )
        for note in manager.notes:
            click.echo(f"Note: {note}")
    finish(workbench, every=True)
