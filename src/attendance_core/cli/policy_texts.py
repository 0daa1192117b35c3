"""Policies, their cases, differences and simulations, as data and for a person to read."""

from collections.abc import Iterable, Mapping
from typing import Any

from attendance_core.cli.shared import (
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.model.policies import Policy, Rule
from attendance_core.model.sources import Citation
from attendance_core.policy.comparing import (
    Change,
    PolicyDifference,
    Shift,
    Simulation,
    Touched,
    VersionChange,
)
from attendance_core.policy.trying import CaseResult
from attendance_core.policy.words import definition
from attendance_core.reference.sources import load_sources


def cite_data(policy: Policy, cite: Citation) -> dict[str, str]:
    """Return a citation with the title, publisher and address of its source."""
    sources = {**load_sources(), **{source.id: source for source in policy.sources}}
    source = sources[cite.source]
    return {**unstructure(cite), "title": source.title, "publisher": source.publisher, "url": source.url}


def policy_text(data: Mapping[str, Any]) -> str:
    """Show a policy: each rule, each dated version of it, what it cites and what is in doubt."""
    force = {True: ", in force", False: ", not in force", None: ""}[data["in_force"]]
    on = f"On {data['on']}{force}. " if data["on"] else ""
    lines = [
        f"{data['id']}: {data['title']}",
        f"{on}For {data['jurisdiction']}, {span(data['in_force_from'], data['in_force_to'])}. From {data['from']}; "
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
        f"In force:   {span(version['in_force_from'], version['in_force_to'])}",
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


def case_data(case: CaseResult) -> dict[str, Any]:
    """Return how a worked case went, ``passed`` with it."""
    return {**unstructure(case), "passed": case.passed}


def cases_text(name: str, cases: Iterable[CaseResult]) -> str:
    """Show how the worked cases of a policy went, and what differs where one failed."""
    listed = list(cases)
    lines = []
    for case in listed:
        lines.append(f"{'passed' if case.passed else 'FAILED'}  {case.title}")
        lines += [f"        {difference}" for difference in case.differences]
    failed = sum(not case.passed for case in listed)
    return "\n".join([f"{name}: {many(len(listed), 'case')}, {failed} failed", *lines])


def difference_data(found: PolicyDifference) -> dict[str, Any]:
    """Return how two policies differ; days in ISO 8601."""
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


def difference_text(found: PolicyDifference, a: str, b: str) -> str:
    """Show how two policies differ; ``a`` and ``b`` are what the user called them."""
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


def simulation_data(result: Simulation) -> dict[str, Any]:
    """Return who has an open concern under each of two policies; counts are pupils."""
    return {
        "as_of": result.as_of.isoformat(),
        "a": result.a,
        "b": result.b,
        "whole": unstructure(result.whole),
        "rules": unstructure(result.rules),
    }


def simulation_text(result: Simulation) -> str:
    """Show who has an open concern under each of two policies; counts are pupils."""
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


def many(number: int, noun: str) -> str:
    """Say how many, in the singular for one."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def span(start: object, end: object) -> str:
    """Say from when to when; no end: from when."""
    return f"{start} to {end}" if end else f"from {start}"
