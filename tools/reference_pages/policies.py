"""Pages on policies: the kinds of rule, as their classes say, and the policies that ship, as their data say."""

import inspect
import re
from collections.abc import Sequence
from typing import Any

from reference_pages.saying import attribute_docs, choices, keys_of
from reference_pages.writing import citations, code, listed, page, sentences, table

#: Classes whose heading is the word that a policy's file uses.
_HEADINGS = {
    "RateRule": "rate",
    "CountRule": "count",
    "RunRule": "run",
    "CumulativeRule": "cumulative",
    "UnresolvedRule": "unresolved",
    "PatternRule": "pattern",
    "RecordRule": "record",
    "CombinationRule": "combination",
    "CustomRule": "custom",
}


def _said(cls: type) -> str:
    """Return a class's docstring without its list of attributes, one sentence a line."""
    text = (inspect.getdoc(cls) or "").split("\nAttributes:\n")[0]
    return "\n\n".join(sentences(paragraph) for paragraph in text.strip().split("\n\n"))


def _keys(cls: type) -> list[str]:
    heading = _HEADINGS.get(cls.__name__, cls.__name__)
    return [f"### {heading}", _said(cls), keys_of(cls)]


def _linked(text: str) -> str:
    """Lead links of classes to where they stand."""
    for name, heading in _HEADINGS.items():
        text = text.replace(f"[{name}](#{name.lower()})", f"[{heading}](#{heading})")
    text = text.replace("; None: ", "; left out: ")
    return text.replace("[CalendarDocument](#calendardocument)", "[calendar](configuration.md#calendardocument)")


def rule_kinds_page() -> str:
    """Keys of a policy, kinds of rule, units, windows, signs, side records, cases."""
    from attendance_core.model import combinations, patterns, policies, record_rules, rules, selections
    from attendance_core.model.concerns import CONCERN_COLUMNS, Certainty
    from attendance_core.model.side_records import SIDE_MEANING, SideRecord
    from attendance_core.model.sources import Citation, Source, Standing
    from attendance_core.policy import cases

    kinds: tuple[type, ...] = (
        rules.RateRule,
        rules.CountRule,
        rules.RunRule,
        rules.CumulativeRule,
        rules.UnresolvedRule,
        patterns.PatternRule,
        record_rules.RecordRule,
        combinations.CombinationRule,
        combinations.CustomRule,
    )
    parts = [
        "A policy is a TOML file of rules, and a rule is data of one of a few kinds.\n"
        "This page is made from the classes that work them out.\n"
        "[Write a policy](../how-to/write-a-policy.md) goes through one from nothing, and "
        "[the policies that ship](policies.md) are examples of every kind.\n"
        "`attendance policy lint FILE` holds a file against everything that stands here.",
        "## A policy",
    ]
    head: tuple[type, ...] = (policies.Policy, policies.Rule, policies.RuleVersion, Citation, Source)
    for cls in head:
        parts += _keys(cls)
    parts += ["### Standing", choices(Standing), "## Kinds of rule"]
    parts.append(
        table(
            ("Kind", "Counts", "Summary"),
            [(f"[{name}](#{name})", _counts(cls), _said(cls).split("\n")[0]) for name, cls in _named(kinds)],
        )
    )
    for kind in kinds:
        parts += _keys(kind)
    parts += ["## What kinds share"]
    parts += [*_keys(selections.Selection), "Groups are those of [statistics](codes.md#groups-in-statistics)."]
    parts += _keys(selections.Window)
    for enum in (
        selections.RuleUnit,
        selections.WindowUnit,
        selections.Since,
        selections.Horizon,
        rules.DayKind,
        patterns.Sign,
        record_rules.Expect,
    ):
        parts += [f"### {enum.__name__}", _said(enum), choices(enum)]
    parts += [
        "## What comes of a rule",
        "A concern has these columns, in whatever way it was found; "
        "a custom rule, by a [hook](hooks.md), returns them.",
        table(("Column", "Meaning"), [(code(name), text) for name, text in CONCERN_COLUMNS.items()]),
        "### Certainty",
        _said(Certainty),
        choices(Certainty),
        "## Side records",
        "What a host keeps beside the marks: a folder with a file for each kind, as in `arrangements.csv`, or frames.\n"
        "A kind that is not given makes a rule *not checked*; a file without rows says that there are none.",
        choices(SideRecord),
        table(("Column", "Meaning"), [(code(name), text) for name, text in SIDE_MEANING.items()]),
        "A file names pupils by `pupil_id` (with `school_id` where a register holds several) or `enrolment_id`.",
        "## Worked cases",
        "The cases of `westerby.toml` stand in `westerby.cases.toml`, and `attendance policy test` runs them.",
    ]
    for case in (cases.CaseDocument, cases.Case, cases.CasePupil, cases.CaseMarks, cases.CaseRecord, cases.Expected):
        parts += _keys(case)
    parts += ["### The standard year", sentences(inspect.getdoc(cases.standard_year) or "")]
    return _linked(page("Rule kinds", *parts))


def _named(kinds: Sequence[type]) -> list[tuple[str, type]]:
    return [(_HEADINGS[cls.__name__], cls) for cls in kinds]


def _counts(cls: type) -> str:
    """Return what a kind says of its unit."""
    return attribute_docs(cls).get("unit", "").removeprefix("Must be ").rstrip(".")


def policies_page() -> str:
    """Every policy that ships, rule by rule."""
    from attendance_core.policy.cases import cases_beside
    from attendance_core.policy.loading import load_policies, shipped_file
    from attendance_core.policy.reading_cases import load_cases

    policies = load_policies()
    parts = [
        "Every rule that ships, in the words that are worked out from its data, with its sources and doubts.\n"
        "The standing in brackets behind a source says how sure the statement is: "
        "verified, secondary, unverified, or library for a choice of our own.\n"
        "[The national rules](../explanation/national-rules.md) explains those of England; "
        "[rule kinds](rule-kinds.md) says how each kind counts.\n"
        "`attendance policy show ID` prints a policy with the choices that are in force for you.",
        table(
            ("Policy", "For whom", "From", "Rules"),
            [
                (f"[`{id}`](#{_anchor(id, one.title)})", one.jurisdiction, one.in_force_from, len(one.rules))
                for id, one in policies.items()
            ],
        ),
    ]
    for id, policy in policies.items():
        facts = [f"For {policy.jurisdiction}, from {policy.in_force_from}"]
        facts[0] += f" to {policy.in_force_to}." if policy.in_force_to else "."
        if policy.fictional:
            facts.append("Fictional: an example, of no real authority.")
        facts.append(f"Last checked on {policy.last_checked_on}.")
        parts += [f"## `{id}`: {policy.title}", listed(facts)]
        parts += [sentences(policy.note)] if policy.note else []
        parts += ["Sources of the whole:", citations(policy.cites)]
        cases = load_cases(cases_beside(shipped_file(id)), policy).cases
        for rule in policy.rules:
            parts += _rule(rule, cases)
    return page("Policies", *parts)


def _anchor(id: str, title: str) -> str:
    return re.sub(r"[^\w\- ]", "", f"{id}: {title}".lower()).replace(" ", "-")


def _rule(rule: Any, cases: Sequence[Any]) -> list[str]:
    """Write a rule with its versions and its worked cases."""
    parts = [f"### `{rule.id}`: {rule.title}"]
    if rule.early_sign:
        parts.append("An early sign: defined by this library, and no rule of anybody's.")
    if not rule.listed:
        parts.append("A part of other rules, which lists leave out.")
    if rule.covers:
        parts.append(f"Where it holds of a pupil, lists need not tell {', '.join(map(code, rule.covers))} as well.")
    for version in rule.versions:
        parts += _version(version, several=len(rule.versions) > 1)
    fires = [case.title for case in cases if rule.id in {one.rule for one in case.concerns}]
    silent = [case.title for case in cases if rule.id in case.none]
    unasked = [case.title for case in cases if rule.id in case.not_checked]
    told = [
        *(f"It holds: {title}." for title in fires),
        *(f"It does not: {title}." for title in silent),
        *(f"It cannot be asked: {title}." for title in unasked),
    ]
    return [*parts, "Worked cases:", listed(told)] if told else parts


def _version(version: Any, *, several: bool) -> list[str]:
    from attendance_core.policy.settings import bearing
    from attendance_core.policy.words import definition

    until = f" to {version.in_force_to}" if version.in_force_to else ""
    facts = [
        f"Kind [{version.kind}](rule-kinds.md#{version.kind}), counted in {version.body.unit.value}.",
        f"Recommends, to {version.to}: {version.recommends}",
    ]
    if version.excludes:
        facts.append(f"Leaves out {', '.join(map(code, version.excludes))}.")
    decides = {setting: name for name, setting in version.settings.items()}
    for name in bearing(version):
        field = f", which decides {code(decides[name])}" if name in decides else ""
        facts.append(f"Setting [`{name}`](settings.md#{name}){field}.")
    if version.doubt:
        facts.append(f"Doubt: {' '.join(version.doubt.split())}")
    facts.append(f"Last checked on {version.last_checked_on}.")
    said = f"{definition(version.body)}."
    head = f"From {version.in_force_from}{until}: {said[0].lower()}{said[1:]}" if several or until else said
    return [head, listed(facts), "Sources:", citations(version.cites)]
