"""Loading: policies as TOML documents, and the lint that refuses what cannot be right."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.model.codes import Code, Codebook, Late, StatGroup
from attendance_core.model.policies import Body, Policy, Rule, RuleVersion, Selection
from attendance_core.model.profiles import Setting
from attendance_core.policy.settings import applied
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.locate import reference_folder
from attendance_core.reference.settings import load_settings
from attendance_core.reference.sources import check_cites, load_sources


@cache
def load_policies() -> Mapping[str, Policy]:
    """Return the policies that are shipped, by their ids.

    Raises:
        DocumentError: With every fault of the files.
    """
    paths = sorted((reference_folder() / "policies").glob("*.toml"))
    found = [load_policy(path) for path in paths if not path.name.endswith(".cases.toml")]
    return {policy.id: policy for policy in found}


def load_policy(path: Path, codebooks: Iterable[Codebook] | None = None) -> Policy:
    """Read a policy and check that it can be right.

    Args:
        path: The TOML file.
        codebooks: What codes there are; None: those of England.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    policy = load_toml(path, Policy)
    faults = lint(policy, codebooks, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return policy


def lint(policy: Policy, codebooks: Iterable[Codebook] | None = None, *, where: str = "") -> tuple[Fault, ...]:
    """Return what is wrong with a policy beyond its form.

    Args:
        policy: The policy.
        codebooks: What codes there are; None: those of England.
        where: Name of the document, for messages; empty: the policy's id.
    """
    books = tuple(codebooks) if codebooks is not None else (load_codebook("england"),)
    codes = {code.code: code for book in books for code in book.codes}
    known = (*load_sources(), *(source.id for source in policy.sources))
    name = where or policy.id
    faults: list[Fault] = []
    if policy.in_force_to is not None and policy.in_force_to < policy.in_force_from:
        faults.append(Fault(f"{name}: in_force_to", "lies before in_force_from", "a later day", "Swap the days"))
    faults += check_cites(policy.cites, where=name, known=known)
    if not policy.rules:
        faults.append(Fault(f"{name}: rules", "holds no rule", "one or more", "Add [[rules]]"))
    seen: set[str] = set()
    for index, rule in enumerate(policy.rules):
        place = f"{name}: rules[{index}]"
        if rule.id in seen:
            faults.append(Fault(f"{place}.id", f"{rule.id!r} is given twice", "one rule an id", "Rename one"))
        seen.add(rule.id)
        if not rule.versions:
            faults.append(Fault(f"{place}.versions", "has none", "one or more", "Add [[rules.versions]]"))
        faults += _spans(policy, rule, place)
        for name in rule.covers:
            if policy.rule(name) is None or name == rule.id:
                faults.append(Fault(f"{place}.covers", f"{name!r} is no other rule of it", "rule ids", "Correct it"))
        for number, version in enumerate(rule.versions):
            here = f"{place}.versions[{number}]"
            faults += check_cites(version.cites, where=here, known=known)
            faults += _codes(version, codes, here)
            faults += _settings(version, load_settings(), here)
            faults += _parts(policy, rule, version, here)
    return tuple(faults)


def _spans(policy: Policy, rule: Rule, place: str) -> list[Fault]:
    faults = []
    before: RuleVersion | None = None
    for number, version in enumerate(rule.versions):
        here = f"{place}.versions[{number}]"
        if version.in_force_to is not None and version.in_force_to < version.in_force_from:
            faults.append(Fault(f"{here}.in_force_to", "lies before in_force_from", "a later day", "Swap the days"))
            continue
        if version.in_force_from < policy.in_force_from:
            faults.append(
                Fault(
                    f"{here}.in_force_from",
                    f"lies before the policy's own first day, {policy.in_force_from}",
                    f"{policy.in_force_from} or later",
                    "Correct one of the two",
                )
            )
        if version.last_checked_on < version.in_force_from and version.in_force_to is not None:
            faults.append(
                Fault(f"{here}.last_checked_on", "lies before in_force_from", "a later day", "Check it again")
            )
        if before is not None and (before.in_force_to is None or version.in_force_from <= before.in_force_to):
            faults.append(
                Fault(
                    f"{here}.in_force_from",
                    "begins before the version above it ends",
                    f"a day after {before.in_force_to}" if before.in_force_to else "an in_force_to above it",
                    "End the earlier version the day before",
                )
            )
        body = version.body
        late = getattr(body, "counts_from", None)
        if late is not None and version.in_force_to is not None and late > version.in_force_to:
            faults.append(
                Fault(
                    f"{here}.{version.kind}.counts_from",
                    f"lies after the version's last day, {version.in_force_to}: the rule can never fire",
                    "an earlier day",
                    "Correct it",
                )
            )
        before = version
    return faults


def _codes(version: RuleVersion, codes: Mapping[str, Code], here: str) -> list[Fault]:
    """Say which codes do not exist, are never in force while the version is, or mean plain presence."""
    select = getattr(version.body, "select", Selection())
    place = f"{here}.{version.kind}.select"
    faults = []
    for number, name in enumerate(select.codes):
        at = f"{place}.codes[{number}]"
        code = codes.get(name)
        if code is None:
            near = alike(name, codes)
            faults.append(
                Fault(
                    at,
                    f"{name!r} is no code",
                    f"one of {join_names(codes, limit=60)}",
                    f"Did you mean {near[0]!r}?" if near else "Correct it",
                )
            )
            continue
        if not any(one.span.overlaps(version.span) for one in code.versions):
            faults.append(
                Fault(
                    at,
                    f"{name!r} is not in force on any day of this version: the rule can never fire by it",
                    f"a code in force between {version.in_force_from} and {version.in_force_to or 'now'}",
                    "Remove it, or correct the days",
                )
            )
        if all(one.stat_group is StatGroup.PRESENT and one.late is Late.NO for one in code.versions):
            faults.append(Fault(at, f"{name!r} is plain presence, and no concern", "another code", "Remove it"))
    for number, group in enumerate(select.groups):
        if group is StatGroup.PRESENT:
            faults.append(
                Fault(f"{place}.groups[{number}]", "is presence, and no concern", "another group", "Remove it")
            )
    return faults


def _settings(version: RuleVersion, settings: Mapping[str, Setting], here: str) -> list[Fault]:
    faults = []
    for name, setting in version.settings.items():
        if setting not in settings:
            near = alike(setting, settings)
            faults.append(
                Fault(
                    f"{here}.settings.{name}",
                    f"no setting is called {setting!r}",
                    f"one of {join_names(settings, limit=40)}",
                    f"Did you mean {near[0]!r}?" if near else "Correct it",
                )
            )
            continue
        for choice in settings[setting].choices:
            try:
                applied(version, {name: choice})
            except DocumentError as error:
                faults += [
                    Fault(f"{here}.settings.{name}", f"choice {choice!r} does not fit: {fault.what}", fault.expected)
                    for fault in error.faults
                ]
    return faults


def _parts(policy: Policy, rule: Rule, version: RuleVersion, here: str) -> list[Fault]:
    """Say which rules a combination names that do not exist, or that lead back to it."""
    faults = []
    names = {one.id for one in policy.rules}
    for name in getattr(version.body, "parts", ()):
        at = f"{here}.{version.kind}"
        if name not in names:
            near = alike(name, names)
            faults.append(
                Fault(
                    at,
                    f"names {name!r}, which is no rule of this policy",
                    f"one of {join_names(sorted(names), limit=40)}",
                    f"Did you mean {near[0]!r}?" if near else "Correct it",
                )
            )
        elif _leads_to(policy, name, rule.id, frozenset()):
            faults.append(Fault(at, f"names {name!r}, which leads back to it", "rules that do not", "Remove one"))
    return faults


def _leads_to(policy: Policy, name: str, wanted: str, seen: frozenset[str]) -> bool:
    if name == wanted:
        return True
    rule = policy.rule(name)
    if rule is None or name in seen:
        return False
    bodies: list[Body] = [version.body for version in rule.versions]
    return any(_leads_to(policy, part, wanted, seen | {name}) for body in bodies for part in getattr(body, "parts", ()))


def named_policy(name: str, known: Mapping[str, Policy]) -> Policy:
    """Return a policy by its id.

    Raises:
        UnknownNameError: If there is none.
    """
    if name in known:
        return known[name]
    near = alike(name, known)
    raise UnknownNameError(
        Fault(
            f"policy {name!r}",
            "is unknown",
            f"a TOML file, or one of {join_names(known, limit=30)}",
            f"Did you mean {near[0]!r}?" if near else "See: attendance policy list",
        )
    )
