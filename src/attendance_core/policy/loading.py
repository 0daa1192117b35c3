"""Loading: policies as TOML documents, and the lint that refuses what cannot be right."""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from attrs import evolve

from attendance_core.dates import DateRange
from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml, read_text
from attendance_core.errors import (
    DocumentError,
    Fault,
    InputError,
    UnknownNameError,
    UnreadableFileError,
    alike,
    join_names,
)
from attendance_core.model.codes import Code, Codebook, Late, StatGroup
from attendance_core.model.combinations import CombinationRule
from attendance_core.model.policies import KINDS, Body, Policy, Rule, RuleVersion
from attendance_core.model.profiles import Setting
from attendance_core.model.selections import Selection
from attendance_core.model.sources import Citation
from attendance_core.policy.settings import applied
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.locate import reference_folder
from attendance_core.reference.settings import load_settings
from attendance_core.reference.sources import check_cites, check_sources, load_sources
from attendance_core.reference.versions import check_versions

_SHIPPED = reference_folder() / "policies"
_SOURCES = "a source of this package, or one under [[sources]] of this file"


@cache
def load_policies() -> Mapping[str, Policy]:
    """Return the policies that are shipped, by their ids.

    Raises:
        DocumentError: With every fault of the files.
    """
    return {policy.id: policy for policy in load_folder(_SHIPPED)}


def load_folder(folder: str | Path, codebooks: Iterable[Codebook] | None = None) -> tuple[Policy, ...]:
    """Read every policy of a folder, in the order of the files' names; worked cases beside them are left alone.

    Args:
        folder: Where the TOML files are.
        codebooks: What codes there are; None: those of England.

    Raises:
        UnreadableFileError: If there is no such folder, or no policy in it.
        DocumentError: With every fault of every file.
    """
    paths = [path for path in sorted(Path(folder).glob("*.toml")) if not path.name.endswith(".cases.toml")]
    if not paths:
        what = "holds no TOML file of a policy" if Path(folder).is_dir() else "is no folder"
        remedy = "Check the path; of a plugin, that its distribution carries the files as package data"
        raise UnreadableFileError(Fault(str(folder), what, "a folder of policies", remedy))
    found: list[Policy] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append(load_policy(path, codebooks))
        except InputError as error:
            faults += error.faults
    if faults:
        raise DocumentError(*faults)
    return tuple(found)


def shipped_file(id: str) -> Path:
    """Return the file of a policy that ships with this package.

    Raises:
        UnknownNameError: If none of this id does.
    """
    if id in load_policies():
        return _SHIPPED / f"{id}.toml"
    raise UnknownNameError(
        Fault(f"policy {id!r}", "comes from a plugin, which keeps its file", "the TOML file itself", "Name the file")
    )


def load_policy(
    path: str | Path, codebooks: Iterable[Codebook] | None = None, dimensions: Collection[str] | None = None
) -> Policy:
    """Read a policy and check that it can be right.

    Args:
        path: The TOML file.
        codebooks: What codes there are; None: those of England.
        dimensions: By what a rule can leave populations out; None: by anything.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    path = Path(path)
    data = parse_toml(read_text(path), where=path.name)
    if "cases" in data and "rules" not in data:
        expected = "the policy that they are cases of"
        raise DocumentError(Fault(path.name, "holds worked cases", expected, "Name its file; the cases go with it"))
    try:
        policy = structure(data, Policy, where=path.name)
    except DocumentError as error:
        raise DocumentError(*error.faults, *_of_the_rest(data, codebooks, dimensions, path.name)) from None
    faults = lint(policy, codebooks, dimensions, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return policy


def _of_the_rest(
    data: dict[str, Any], codebooks: Iterable[Codebook] | None, dimensions: Collection[str] | None, where: str
) -> list[Fault]:
    """Lint what has its form where something else has not, so that one run names everything."""
    listed = data.get("rules")
    raw = dict(enumerate(listed if isinstance(listed, list) else ()))
    names = [str(rule.get("id", "")) for rule in raw.values() if isinstance(rule, dict)]
    rules: dict[int, Rule] = {}
    faults: list[Fault] = []
    with suppress(DocumentError):
        policy = structure({**data, "rules": []}, Policy, where=where)
        for index, rule in raw.items():
            with suppress(DocumentError):
                rules[index] = structure(rule, Rule, where=where)
        whole = evolve(policy, rules=tuple(rules.values()))
        faults += _found(whole, codebooks, dimensions, where, indexes=tuple(rules), names=names) if names else ()
    sources = data["sources"] if isinstance(data.get("sources"), list) else ()
    own = [str(source.get("id")) for source in sources if isinstance(source, dict)]
    for index in raw.keys() - rules.keys():
        versions = raw[index].get("versions") if isinstance(raw[index], dict) else None
        for number, version in enumerate(versions if isinstance(versions, list) else ()):
            if isinstance(version, dict):
                here = f"{where}: rules[{index}].versions[{number}]"
                faults += _of_a_version(version, _codes_of(codebooks), (*load_sources(), *own), dimensions, here)
    return faults


def _of_a_version(
    version: dict[str, Any],
    codes: Mapping[str, Code],
    known: Collection[str],
    dimensions: Collection[str] | None,
    here: str,
) -> list[Fault]:
    """Lint the parts of a version that have their form, whatever the others are like."""
    faults: list[Fault] = []
    with suppress(DocumentError, KeyError):
        words = structure({name: version[name] for name in ("recommends", "to")}, dict[str, str], where=here)
        faults += _words(words, here)
    with suppress(DocumentError, KeyError):
        faults += _cites(structure(version["cites"], tuple[Citation, ...], where=here), here, known)
    with suppress(DocumentError):
        faults += _unknown_settings(structure(version.get("settings", {}), dict[str, str], where=here), here)
    with suppress(DocumentError):
        faults += _exclusions(structure(version.get("excludes", ()), tuple[str, ...], where=here), dimensions, here)
    for kind in KINDS:
        body = version.get(kind)
        with suppress(DocumentError, KeyError):
            days = {"start": version["in_force_from"], "end": version.get("in_force_to")}
            span = structure(days, DateRange, where=here)
            select = structure(body["select"] if isinstance(body, dict) else {}, Selection, where=here)
            faults += _codes(select, kind, span, codes, here)
    return faults


def lint(
    policy: Policy,
    codebooks: Iterable[Codebook] | None = None,
    dimensions: Collection[str] | None = None,
    *,
    where: str = "",
) -> tuple[Fault, ...]:
    """Return what is wrong with a policy beyond its form.

    Args:
        policy: The policy.
        codebooks: What codes there are; None: those of England.
        dimensions: By what a rule can leave populations out; None: by anything.
        where: Name of the document, for messages; empty: the policy's id.
    """
    indexes = range(len(policy.rules))
    names = [rule.id for rule in policy.rules]
    return _found(policy, codebooks, dimensions, where or policy.id, indexes=indexes, names=names)


def _found(
    policy: Policy,
    codebooks: Iterable[Codebook] | None,
    dimensions: Collection[str] | None,
    name: str,
    *,
    indexes: Iterable[int],
    names: Collection[str],
) -> tuple[Fault, ...]:
    """Return the faults of a policy whose rules have these indexes in its document, beside others of these names."""
    codes = _codes_of(codebooks)
    known = (*load_sources(), *(source.id for source in policy.sources))
    faults = [*_id(policy.id, f"{name}: id"), *check_sources(policy.sources, where=name)]
    faults += [
        Fault(
            f"{name}: source {source.id!r}", "is a source of the package already", "another id", "Rename it, or cite it"
        )
        for source in policy.sources
        if source.id in load_sources()
    ]
    if policy.in_force_to is not None and policy.in_force_to < policy.in_force_from:
        faults.append(
            Fault(
                f"{name}: in_force_to", "lies before in_force_from", f"{policy.in_force_from} or later", "Swap the days"
            )
        )
    faults += [
        fault._replace(where=fault.where.replace(f"{name}.", f"{name}: ", 1))
        for fault in _cites(policy.cites, name, known)
    ]
    if not names:
        faults.append(Fault(f"{name}: rules", "holds no rule", "one or more", "Add [[rules]]"))
    seen: set[str] = set()
    for index, rule in zip(indexes, policy.rules, strict=True):
        place = f"{name}: rules[{index}]"
        faults += _id(rule.id, f"{place}.id")
        if rule.id in seen:
            faults.append(Fault(f"{place}.id", f"{rule.id!r} is given twice", "one rule an id", "Rename one"))
        seen.add(rule.id)
        if not rule.versions:
            faults.append(Fault(f"{place}.versions", "has none", "one or more", "Add [[rules.versions]]"))
        faults += _spans(policy, rule, place)
        faults += [
            _no_rule(f"{place}.covers[{number}]", name, names, rule.id)
            for number, name in enumerate(rule.covers)
            if name not in names or name == rule.id
        ]
        for number, version in enumerate(rule.versions):
            here = f"{place}.versions[{number}]"
            faults += _words({"recommends": version.recommends, "to": version.to}, here)
            faults += _cites(version.cites, here, known)
            if version.in_force_to is None or version.in_force_from <= version.in_force_to:
                select = getattr(version.body, "select", Selection())
                faults += _codes(select, version.kind, version.span, codes, here)
            faults += _exclusions(version.excludes, dimensions, here)
            faults += _unknown_settings(version.settings, here)
            faults += _settings(version, load_settings(), here)
            faults += _parts(policy, rule, version, here, names)
    return tuple(faults)


def _codes_of(codebooks: Iterable[Codebook] | None) -> dict[str, Code]:
    books = tuple(codebooks) if codebooks is not None else (load_codebook("england"),)
    return {code.code: code for book in books for code in book.codes}


def _id(id: str, where: str) -> list[Fault]:
    """Say whether an id can stand in the id of a concern."""
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id):
        return []
    return [
        Fault(where, f"{id!r} cannot stand in the id of a concern", "small letters, digits, - . and _", "Rename it")
    ]


def _cites(cites: Iterable[Citation], where: str, known: Iterable[str]) -> list[Fault]:
    """Say what is wrong with citations; a policy may bring sources of its own."""
    return [
        fault._replace(expected=_SOURCES, remedy=fault.remedy.replace("Add it there", "Add it under [[sources]]"))
        if fault.where.endswith(".source")
        else fault
        for fault in check_cites(cites, where=where, known=known)
    ]


def _words(words: Mapping[str, str], here: str) -> list[Fault]:
    """Say where nothing is recommended, or to nobody."""
    return [
        Fault(f"{here}.{name}", "is empty", expected, "Write it")
        for name, expected in (("recommends", "what to consider doing"), ("to", "for whom that is"))
        if not words[name].strip()
    ]


def _spans(policy: Policy, rule: Rule, place: str) -> list[Fault]:
    faults = list(check_versions(rule.versions, where=f"{place}.versions"))
    for number, version in enumerate(rule.versions):
        here = f"{place}.versions[{number}]"
        if version.in_force_to is not None and version.in_force_to < version.in_force_from:
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
        last = policy.in_force_to
        if last is not None and policy.in_force_from <= last < version.in_force_from:
            faults.append(
                Fault(
                    f"{here}.in_force_from",
                    f"lies after the policy's own last day, {last}: the rule can never fire",
                    f"{last} or earlier",
                    "Correct one of the two",
                )
            )
        if version.last_checked_on < version.in_force_from and version.in_force_to is not None:
            faults.append(
                Fault(
                    f"{here}.last_checked_on",
                    "lies before in_force_from",
                    f"{version.in_force_from} or later",
                    "Check the rule against its sources again",
                )
            )
        body = version.body
        for name in ("counts_from", "since_date"):
            late = getattr(body, name, None)
            if late is not None and version.in_force_to is not None and late > version.in_force_to:
                faults.append(
                    Fault(
                        f"{here}.{version.kind}.{name}",
                        f"lies after the version's last day, {version.in_force_to}: the rule can never fire",
                        "an earlier day",
                        "Correct it",
                    )
                )
    return faults


def _codes(select: Selection, kind: str, span: DateRange, codes: Mapping[str, Code], here: str) -> list[Fault]:
    """Say which codes do not exist, are never in force while the version is, or mean plain presence."""
    place = f"{here}.{kind}.select"
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
        if not any(one.span.overlaps(span) for one in code.versions):
            faults.append(
                Fault(
                    at,
                    f"{name!r} is not in force on any day of this version: the rule can never fire by it",
                    f"a code in force between {span.start} and {span.end or 'now'}",
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


def _exclusions(excludes: Iterable[str], dimensions: Collection[str] | None, here: str) -> list[Fault]:
    """Say which populations have no spelling, or no dimension; what cohorts there are is the register's affair."""
    faults = []
    for number, key in enumerate(excludes):
        at = f"{here}.excludes[{number}]"
        parts = [re.fullmatch(r"(?:not:)*([^\s=][^=]*)(=.*\S.*)?", part) for part in key.split("+")]
        if not all(parts):
            form = "a cohort (fsm), a dimension's value (year-group=7), not:..., or several joined by +"
            faults.append(Fault(at, f"{key!r} is no population", form, "Correct it"))
        elif dimensions is not None:
            known = [*dimensions, "school", "enrolment"]
            named = [part[1] for part in parts if part and part[2]]
            faults += [_unknown_dimension(at, name, known) for name in named if name not in known]
    return faults


def _unknown_dimension(where: str, name: str, known: Collection[str]) -> Fault:
    near = alike(name, known)
    remedy = f"Did you mean {near[0]!r}?" if near else "Correct it"
    return Fault(where, f"no dimension is called {name!r}", f"one of {join_names(known, limit=30)}", remedy)


def _unknown_settings(named: Mapping[str, str], here: str) -> list[Fault]:
    settings = load_settings()
    faults = []
    for name, setting in named.items():
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
    return faults


def _settings(version: RuleVersion, settings: Mapping[str, Setting], here: str) -> list[Fault]:
    """Say which choices of a setting do not fit the field that it decides."""
    faults = []
    for name, setting in version.settings.items():
        if setting not in settings:
            continue
        for choice in settings[setting].choices:
            try:
                applied(version, {name: choice})
            except DocumentError as error:
                faults += [
                    Fault(
                        f"{here}.settings.{name}",
                        f"the choice {choice!r} of {setting!r} does not fit {name}: {fault.what}",
                        fault.expected,
                        "Name the setting that decides this field",
                    )
                    for fault in error.faults
                ]
    return faults


def _parts(policy: Policy, rule: Rule, version: RuleVersion, here: str, names: Collection[str]) -> list[Fault]:
    """Say which rules a combination names that do not exist, or that lead back to it."""
    faults = []
    for key, name in _named(version.body):
        at = f"{here}.{version.kind}.{key}"
        if name not in names:
            faults.append(_no_rule(at, name, names, rule.id))
        elif _leads_to(policy, name, rule.id, frozenset()):
            faults.append(
                Fault(at, f"names {name!r}, which leads back to {rule.id!r}", "rules that do not", "Remove one")
            )
    return faults


def _no_rule(where: str, name: str, names: Collection[str], own: str) -> Fault:
    others = sorted({*names} - {own, ""})
    near = alike(name, others)
    return Fault(
        where,
        f"names {name!r}, which is no other rule of this policy",
        f"one of {join_names(others, limit=40)}" if others else "another rule",
        f"Did you mean {near[0]!r}?" if near else "Correct it",
    )


def _named(body: Body) -> list[tuple[str, str]]:
    """Return the rules that a combination names, each with the key that first names it."""
    if not isinstance(body, CombinationRule):
        return []
    keys = ("all_of", "any_of", "none_of", "points")
    found = {name: key for key in reversed(keys) for name in getattr(body, key)}
    return [(found[name], name) for name in body.parts]


def _leads_to(policy: Policy, name: str, wanted: str, seen: frozenset[str]) -> bool:
    if name == wanted:
        return True
    rule = policy.rule(name)
    if rule is None or name in seen:
        return False
    bodies: list[Body] = [version.body for version in rule.versions]
    return any(_leads_to(policy, part, wanted, seen | {name}) for body in bodies for part in getattr(body, "parts", ()))
