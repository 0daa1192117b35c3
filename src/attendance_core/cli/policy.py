"""``attendance policy``: what policies say, whether they can be right, and what they would change."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.policy_texts import (
    case_data,
    cases_text,
    cite_data,
    difference_data,
    difference_text,
    many,
    policy_text,
    simulation_data,
    simulation_text,
    span,
)
from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    DAY,
    beside,
    config_option,
    finish,
    format_option,
    marks_options,
    open_workbench,
    print_json,
    printable,
    progress,
    records_option,
    say,
    spoken,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.documents.loader import load_toml
from attendance_core.errors import Fault, InputError, together
from attendance_core.model.plugins import ExtensionKind
from attendance_core.model.policies import Policy, Rule, RuleVersion
from attendance_core.policy.cases import CaseDocument, cases_beside
from attendance_core.policy.comparing import (
    compare,
)
from attendance_core.policy.loading import load_policies, load_policy
from attendance_core.policy.reading_cases import load_cases
from attendance_core.policy.settings import applied, bearing
from attendance_core.policy.words import definition
from attendance_core.reference.settings import load_settings
from attendance_core.workbench import Workbench

_FORMATS = ("terminal", "json")


@click.group(name="policy")
def command() -> None:
    """List, show, check, try and compare policies."""


# -- list


@command.command(name="list")
@config_option
@format_option(*_FORMATS, default="terminal")
def list_(config: Path | None, format_: str) -> None:
    """List the policies that can be named, and the files that attendance.toml uses."""
    workbench = open_workbench(config)
    used = workbench.configuration.policy.use
    rows = [
        _head(policy) | {"from": _provider(workbench, policy.id), "used": policy.id in used}
        for policy in workbench.policies().values()
    ]
    rows += [
        _head(workbench.policy(name)) | {"from": f"file {name}", "used": True}
        for name in used
        if name.endswith(".toml")
    ]
    missing = [name for name in used if not name.endswith(".toml") and name not in workbench.policies()]
    if format_ == "json":
        print_json({"policies": rows, "missing": missing})
    else:
        columns = ("id", "title", "for", "in force", "rules", "from", "used")
        cells = [
            (
                row["id"],
                row["title"] if "fictional" in row["title"] or not row["fictional"] else f"{row['title']} (fictional)",
                row["jurisdiction"],
                span(row["in_force_from"], row["in_force_to"]),
                row["rules"],
                row["from"],
                "yes" if row["used"] else "no",
            )
            for row in rows
        ]
        click.echo(table_text("Policies", columns, cells))
    for name in missing:
        say(f"Not available: attendance.toml uses {name!r}, and no plugin brings it")
    finish(workbench, unusable=bool(missing))


def _head(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "title": policy.title,
        "jurisdiction": policy.jurisdiction,
        "in_force_from": policy.in_force_from.isoformat(),
        "in_force_to": policy.in_force_to.isoformat() if policy.in_force_to else None,
        "rules": len(policy.rules),
        "fictional": policy.fictional,
    }


def _provider(workbench: Workbench, id: str) -> str:
    info = workbench.plugins.provider_of(ExtensionKind.POLICY, id)
    return f"{info.name} {info.version}".strip()


# -- show


@command.command()
@click.argument("policy")
@click.option("--on", type=DAY, help="Only the versions in force on this day; else all of them.")
@config_option
@format_option(*_FORMATS, default="terminal")
def show(policy: str, on: date | None, config: Path | None, format_: str) -> None:
    """Say what POLICY (an id or a TOML file) asks for: every rule with its sources, settings and doubts."""
    workbench = open_workbench(config)
    found = workbench.policy(policy)
    data = _policy_data(workbench, found, policy, on)
    if format_ == "json":
        print_json(data)
    else:
        _echo(policy_text(data))
    finish(workbench)


def _policy_data(workbench: Workbench, policy: Policy, name: str, on: date | None) -> dict[str, Any]:
    given = name.endswith(".toml")
    in_force = None if on is None else on in policy.span
    return _head(policy) | {
        "from": f"file {name}" if given else _provider(workbench, policy.id),
        "used": (name if given else policy.id) in workbench.configuration.policy.use,
        "note": policy.note,
        "on": on.isoformat() if on else None,
        "in_force": in_force,
        "rules": [
            _rule_data(workbench, policy, rule, on if in_force is not False else date.min) for rule in policy.rules
        ],
    }


def _rule_data(workbench: Workbench, policy: Policy, rule: Rule, on: date | None) -> dict[str, Any]:
    shown = rule.versions if on is None else tuple(version for version in rule.versions if on in version.span)
    return {
        "id": rule.id,
        "title": rule.title,
        "listed": rule.listed,
        "early_sign": rule.early_sign,
        "covers": list(rule.covers),
        "versions": [_version_data(workbench, policy, version) for version in shown],
        "not_in_force": "" if shown or on is None else _not_in_force(rule, on),
    }


def _not_in_force(rule: Rule, on: date) -> str:
    """Say when a rule begins or ended."""
    if on == date.min:
        return "the policy itself is not in force on this day"
    later = [version.in_force_from for version in rule.versions if version.in_force_from > on]
    if later:
        before = any(version.in_force_from < on for version in rule.versions)
        return f"{'in force again' if before else 'not yet in force: begins'} on {min(later)}"
    last = max(version.in_force_to for version in rule.versions if version.in_force_to is not None)
    return f"no longer in force: ended on {last}"


def _version_data(workbench: Workbench, policy: Policy, version: RuleVersion) -> dict[str, Any]:
    profile, known = workbench.profile, load_settings()
    choices = {name: profile.get(setting) for name, setting in version.settings.items()}
    ready = applied(version, choices)
    decides = {setting: name for name, setting in version.settings.items()}
    return {
        "in_force_from": version.in_force_from.isoformat(),
        "in_force_to": version.in_force_to.isoformat() if version.in_force_to else None,
        "kind": version.kind,
        "definition": definition(ready.body),
        "unit": version.body.unit.value,
        "body": unstructure(ready.body),
        "excludes": list(ready.excludes),
        "recommends": version.recommends,
        "to": version.to,
        "doubt": version.doubt,
        "settings": [
            {
                "setting": name,
                "decides": decides.get(name, ""),
                "choice": profile.get(name),
                "default": known[name].default,
                "choices": list(known[name].choices),
                "title": known[name].title,
                "question": known[name].question,
            }
            for name in bearing(version)
        ],
        "cites": [cite_data(policy, cite) for cite in version.cites],
        "last_checked_on": version.last_checked_on.isoformat(),
    }


# -- lint


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@config_option
@format_option(*_FORMATS, default="terminal")
def lint(files: tuple[Path, ...], config: Path | None, format_: str) -> None:
    """Check the form and sense of policy FILES, and of the worked cases beside them; every fault is told at once."""
    workbench = open_workbench(config)
    books = workbench.plugins.codebooks()
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for path in files:
        mine: list[Fault] = []
        policy, cases = None, 0
        try:
            policy = load_policy(path, books, workbench.dimensions())
        except InputError as error:
            mine += _instead(workbench, path) or error.faults
        try:
            beside = cases_beside(path)
            if beside.is_file():
                cases = len((load_cases(beside, policy, books) if policy else load_toml(beside, CaseDocument)).cases)
        except InputError as error:
            mine += error.faults
        faults += mine
        found.append(
            {
                "file": str(path),
                "policy": policy.id if policy else None,
                "rules": len(policy.rules) if policy else None,
                "cases": cases,
                "note": _shadows(policy),
                "faults": [fault._asdict() for fault in mine],
            }
        )
    if format_ == "json":
        print_json({"files": found})
    else:
        for one in found:
            if not one["faults"]:
                worked = many(one["cases"], "worked case") if one["cases"] else "no worked cases"
                click.echo(f"{one['file']}: fine: {one['policy']}, {many(one['rules'], 'rule')}, {worked} beside it")
    for one in found:
        if one["note"]:
            say(f"{one['file']}: {one['note']}")
    for fault in faults:
        say(f"error: {spoken(fault)}")
    finish(workbench, unusable=bool(faults))


def _instead(workbench: Workbench, path: Path) -> tuple[Fault, ...]:
    """Say that a policy was named by its id, which is not what is linted."""
    if path.exists() or str(path) not in workbench.policies():
        return ()
    what = f"is a policy of the plugin {_provider(workbench, str(path))}, which was checked when it was loaded"
    return (Fault(f"policy {str(path)!r}", what, "a TOML file", "Name a file"),)


def _shadows(policy: Policy | None) -> str:
    """Say that a policy has the id of one that ships, beside which it cannot be asked."""
    if policy is None or policy in load_policies().values() or policy.id not in load_policies():
        return ""
    return (
        f"a policy that ships is called {policy.id!r} too, and the two cannot be asked together; "
        "give this one an id of its own, unless it stands in the place of that one"
    )


# -- test


@command.command()
@click.argument("policies", nargs=-1, required=True)
@config_option
@format_option(*_FORMATS, default="terminal")
def test(policies: tuple[str, ...], config: Path | None, format_: str) -> None:
    """Run the worked cases beside POLICIES (files, or ids of those that ship): marks in, concerns out."""
    workbench = open_workbench(config)
    results, errors = [], list[InputError]()
    for name in policies:
        try:
            results.append((name, workbench.try_policy(name)))
        except InputError as error:
            errors.append(error)
    if errors:
        raise together(errors)
    failed = any(not case.passed for _, cases in results for case in cases)
    if format_ == "json":
        print_json({"policies": [{"policy": name, "cases": [*map(case_data, cases)]} for name, cases in results]})
    else:
        for name, cases in results:
            _echo(cases_text(name, cases))
    finish(workbench, findings=failed)


# -- diff


@command.command()
@click.argument("a")
@click.argument("b")
@click.option("--on", type=DAY, help="Compare the versions in force on this day; else all of them.")
@config_option
@format_option(*_FORMATS, default="terminal")
def diff(a: str, b: str, on: date | None, config: Path | None, format_: str) -> None:
    """Say what policies A and B (ids or TOML files) say differently; order is no difference."""
    workbench = open_workbench(config)
    found = compare(workbench.policy(a), workbench.policy(b), on)
    if format_ == "json":
        print_json(difference_data(found))
    else:
        _echo(difference_text(found, a, b))
    finish(workbench)


# -- simulate


@command.command()
@click.argument("a")
@click.argument("b")
@marks_options
@records_option
@format_option(*_FORMATS, default="terminal")
def simulate(
    a: str, b: str, config: Path | None, records: Path | None, store: Path | None, format_: str, **reading: Any
) -> None:
    """Say whom policy B would name that A does not, and the other way round, in the register MARKS."""
    workbench = open_workbench(config, store)
    with progress() as steps:
        found = read_sessions(workbench, progress=steps, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        side = beside(workbench, found.register, records)
        result = workbench.simulate(found.register, a, b, records=side, progress=steps)
    if format_ == "json":
        print_json(simulation_data(result))
    else:
        click.echo(simulation_text(result))
    finish(workbench, findings=bool(found.findings))


def _echo(text: str) -> None:
    """Print lines whose texts come from a document."""
    click.echo("\n".join(map(printable, text.splitlines())))
