"""``attendance policy``: what policies say, whether they can be right, and what they would change."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    DAY,
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
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, InputError
from attendance_core.model.plugins import ExtensionKind
from attendance_core.model.policies import Policy, Rule, RuleVersion
from attendance_core.model.sources import Citation
from attendance_core.policy.cases import cases_beside, load_cases
from attendance_core.policy.comparing import (
    Change,
    PolicyDifference,
    Shift,
    Simulation,
    Touched,
    VersionChange,
    compare,
)
from attendance_core.policy.loading import load_policy
from attendance_core.policy.settings import applied, bearing
from attendance_core.policy.trying import CaseResult
from attendance_core.policy.words import definition
from attendance_core.reference.settings import load_settings
from attendance_core.reference.sources import load_sources
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
                _span(row["in_force_from"], row["in_force_to"]),
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


def _span(start: object, end: object) -> str:
    return f"{start} to {end}" if end else f"from {start}"


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
        _echo(_policy_text(data))
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
        "cites": [_cite_data(policy, cite) for cite in version.cites],
        "last_checked_on": version.last_checked_on.isoformat(),
    }


def _cite_data(policy: Policy, cite: Citation) -> dict[str, str]:
    sources = {**load_sources(), **{source.id: source for source in policy.sources}}
    source = sources[cite.source]
    return {**unstructure(cite), "title": source.title, "publisher": source.publisher, "url": source.url}


def _policy_text(data: Mapping[str, Any]) -> str:
    force = {True: ", in force", False: ", not in force", None: ""}[data["in_force"]]
    on = f"On {data['on']}{force}. " if data["on"] else ""
    lines = [
        f"{data['id']}: {data['title']}",
        f"{on}For {data['jurisdiction']}, {_span(data['in_force_from'], data['in_force_to'])}. From {data['from']}; "
        f"{'used' if data['used'] else 'not used'} by this configuration."
        + (" Fictional: an example, of no real authority." if data["fictional"] else ""),
    ]
    lines += [data["note"]] if data["note"] else []
    for rule in data["rules"]:
        marks = [
            "early sign: defined by this library, no rule of anybody's" if rule["early_sign"] else "",
            "part of other rules" if not rule["listed"] else "",
        ]
        told = "; ".join(mark for mark in marks if mark)
        lines += ["", f"{rule['id']}: {rule['title']}" + (f" ({told})" if told else "")]
        if rule["not_in_force"]:
            lines.append(f"  {rule['not_in_force'].capitalize()}.")
        for version in rule["versions"]:
            lines += [f"  {line}" for line in _version_lines(version)]
    return "\n".join(lines)


def _version_lines(version: Mapping[str, Any]) -> list[str]:
    lines = [
        f"In force:   {_span(version['in_force_from'], version['in_force_to'])}",
        f"Rule:       {version['definition']} ({version['kind']}, counted in {version['unit']})",
        f"Recommends: {version['recommends']}",
        f"To:         {version['to']}",
    ]
    lines += [f"Leaves out: {', '.join(version['excludes'])}"] if version["excludes"] else []
    lines += [
        f"Setting:    {one['setting']} = {one['choice']} (of {', '.join(one['choices'])}): {one['question']}"
        for one in version["settings"]
    ]
    lines += [
        f"Source:     {one['title']}"
        + (f", {one['provision']}" if one["provision"] else "")
        + f" [{one['standing']}]"
        + (f": {one['note']}" if one["note"] else "")
        for one in version["cites"]
    ]
    lines += [f"Doubt:      {version['doubt']}"] if version["doubt"] else []
    return [*lines, f"Checked on: {version['last_checked_on']}"]


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
        policy, cases = None, None
        try:
            policy = load_policy(path, books)
            beside = cases_beside(path)
            cases = len(load_cases(beside, policy, books).cases) if beside.is_file() else 0
        except InputError as error:
            mine = list(error.faults)
        faults += mine
        found.append(
            {
                "file": str(path),
                "policy": policy.id if policy else None,
                "rules": len(policy.rules) if policy else None,
                "cases": cases,
                "faults": [fault._asdict() for fault in mine],
            }
        )
    if format_ == "json":
        print_json({"files": found})
    else:
        for one in found:
            if not one["faults"]:
                worked = _many(one["cases"], "worked case") if one["cases"] else "no worked cases"
                click.echo(f"{one['file']}: fine: {one['policy']}, {_many(one['rules'], 'rule')}, {worked} beside it")
    for fault in faults:
        say(f"error: {fault}")
    finish(workbench, unusable=bool(faults))


# -- test


@command.command()
@click.argument("policies", nargs=-1, required=True)
@config_option
@format_option(*_FORMATS, default="terminal")
def test(policies: tuple[str, ...], config: Path | None, format_: str) -> None:
    """Run the worked cases beside POLICIES (files, or ids of those that ship): marks in, concerns out."""
    workbench = open_workbench(config)
    results = [(name, workbench.try_policy(name)) for name in policies]
    failed = any(not case.passed for _, cases in results for case in cases)
    if format_ == "json":
        print_json({"policies": [{"policy": name, "cases": [*map(_case_data, cases)]} for name, cases in results]})
    else:
        for name, cases in results:
            _echo(_cases_text(name, cases))
    finish(workbench, findings=failed)


def _case_data(case: CaseResult) -> dict[str, Any]:
    return {**unstructure(case), "passed": case.passed}


def _cases_text(name: str, cases: Iterable[CaseResult]) -> str:
    listed = list(cases)
    lines = []
    for case in listed:
        lines.append(f"{'passed' if case.passed else 'FAILED'}  {case.title}")
        lines += [f"        {difference}" for difference in case.differences]
    failed = sum(not case.passed for case in listed)
    return "\n".join([f"{name}: {_many(len(listed), 'case')}, {failed} failed", *lines])


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
        print_json(_difference_data(found))
    else:
        _echo(_difference_text(found, a, b))
    finish(workbench)


def _difference_data(found: PolicyDifference) -> dict[str, Any]:
    return {
        "a": found.a,
        "b": found.b,
        "on": found.on.isoformat() if found.on else None,
        "same": found.empty,
        "head": unstructure(found.head),
        "only_a": [_only(rule) for rule in found.only_a],
        "only_b": [_only(rule) for rule in found.only_b],
        "changed": unstructure(found.changed),
    }


def _only(rule: Rule) -> dict[str, Any]:
    versions = [
        {"in_force_from": version.in_force_from.isoformat(), "definition": definition(version.body)}
        for version in rule.versions
    ]
    return {"id": rule.id, "title": rule.title, "versions": versions}


def _difference_text(found: PolicyDifference, a: str, b: str) -> str:
    lines = [f"a: {found.a} ({a})" if a != found.a else f"a: {a}", f"b: {found.b} ({b})" if b != found.b else f"b: {b}"]
    if found.on:
        lines.append(f"Versions in force on {found.on}")
    if found.empty:
        return "\n".join([*lines, "They say the same."])
    lines += [_change(change) for change in found.head]
    for side, rules in (("a", found.only_a), ("b", found.only_b)):
        for rule in rules:
            lines += ["", f"{rule.id}: only in {side}: {rule.title}"]
            lines += [f"  from {version.in_force_from}: {definition(version.body)}" for version in rule.versions]
    for one in found.changed:
        lines += ["", f"{one.rule}: differs", *(f"  {_change(change)}" for change in one.changes)]
        for version in one.versions:
            lines += [f"  {line}" for line in _version_change(version)]
    return "\n".join(lines)


def _version_change(version: VersionChange) -> list[str]:
    if version.a is None or version.b is None:
        side, first, text = (
            ("b", version.b, version.definition_b) if version.a is None else ("a", version.a, version.definition_a)
        )
        return [f"version from {first}: only in {side}: {text}"]
    both = f"version from {version.a} in a, from {version.b} in b:"
    lines = [both if version.a != version.b else f"version from {version.a}:"]
    if version.definition_a != version.definition_b:
        lines += [f"  a: {version.definition_a}", f"  b: {version.definition_b}"]
    lines += [f"  {_change(change)}" for change in version.changes]
    for side, cites in (("a", version.cites_a), ("b", version.cites_b)):
        lines += [f"  cited only in {side}: {_cite(cite)}" for cite in cites]
    return lines


def _cite(cite: Citation) -> str:
    note = f": {cite.note}" if cite.note else ""
    return f"{' '.join(part for part in (cite.source, cite.provision) if part)} [{cite.standing.value}]{note}"


def _change(change: Change) -> str:
    return f"{change.path}: {change.a or '(nothing)'} -> {change.b or '(nothing)'}"


# -- simulate


@command.command()
@click.argument("a")
@click.argument("b")
@marks_options
@records_option
@format_option(*_FORMATS, default="terminal")
def simulate(a: str, b: str, config: Path | None, records: Path | None, format_: str, **reading: Any) -> None:
    """Say whom policy B would name that A does not, and the other way round, in the register MARKS."""
    workbench = open_workbench(config)
    with progress() as steps:
        found = read_sessions(workbench, progress=steps, **reading)
        if found.speaks_to:
            say(found.speaks_to)
        result = workbench.simulate(found.register, a, b, records=records, progress=steps)
    if format_ == "json":
        print_json(_simulation_data(result))
    else:
        click.echo(_simulation_text(result))
    finish(workbench, findings=bool(found.findings))


def _simulation_data(result: Simulation) -> dict[str, Any]:
    return {
        "as_of": result.as_of.isoformat(),
        "a": result.a,
        "b": result.b,
        "whole": unstructure(result.whole),
        "rules": unstructure(result.rules),
    }


def _simulation_text(result: Simulation) -> str:
    columns = ("rule", "under a", "under b", "in both", "gained", "lost", "note")
    rows = [_shift_row(one.rule, one) for one in result.rules]
    rows.append(_shift_row("any of them", result.whole))
    title = f"Pupils with an open concern on {result.as_of}: a is {result.a}, b is {result.b}"
    parts = [table_text(title, columns, rows)]
    for one in (*result.rules, result.whole):
        for word, people in (("gained", one.gained), ("lost", one.lost)):
            if people:
                heading = f"{one.rule or 'Any of them'}: {word} under b"
                parts.append(_people_text(heading, people))
    return "\n\n".join(parts)


def _shift_row(name: str, one: Shift) -> tuple[Any, ...]:
    known = one.kept is not None
    changed = (len(one.gained), len(one.lost)) if known else (None, None)
    return (name, one.in_a, one.in_b, one.kept, *changed, "; ".join(one.notes))


def _people_text(title: str, people: tuple[Touched, ...]) -> str:
    """List pupils; a school or form that says nothing has no column."""
    columns = {"school_id": "school", "form": "form", "pupil_id": "pupil"}
    told = [name for name in columns if name == "pupil_id" or any(getattr(one, name) for one in people)]
    rows = [tuple(getattr(one, name) for name in told) for one in people]
    return table_text(title, tuple(columns[name] for name in told), rows)


def _echo(text: str) -> None:
    """Print lines whose texts come from a document."""
    click.echo("\n".join(map(printable, text.splitlines())))


def _many(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else f'{noun}s'}"
