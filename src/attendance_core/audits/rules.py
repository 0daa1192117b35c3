"""Status rules as data: loading, and finding the one that an audit names."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from attrs import frozen

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.model.frameworks import Framework
from attendance_core.model.scales import STATUS_RULES
from attendance_core.model.statuses import RuleEdition, StatusRule
from attendance_core.reference.sources import check_cites, load_sources
from attendance_core.reference.versions import check_versions


@frozen(kw_only=True)
class StatusRulesDocument:
    """The form of ``status_rules.toml``."""

    rules: tuple[StatusRule, ...]


@cache
def load_status_rules() -> Mapping[str, StatusRule]:
    """Return every status rule by its id, in the order of the file.

    Raises:
        DocumentError: With every fault of the file.
    """
    path = Path(str(resources.files("attendance_core"))) / "audits" / "status_rules.toml"
    document = load_toml(path, StatusRulesDocument)
    faults = [
        fault
        for rule in document.rules
        for edition in rule.versions
        for fault in check_cites(edition.cites, where=f"{path.name}: {rule.id}", known=load_sources())
    ]
    for rule in document.rules:
        faults += check_versions(rule.versions, where=f"{path.name}: {rule.id}.versions", gapless=True)
    found = {rule.id: rule for rule in document.rules}
    if tuple(found) != STATUS_RULES:
        faults.append(Fault(path.name, f"holds {join_names(found)}", join_names(STATUS_RULES), "Add or rename them"))
    if faults:
        raise DocumentError(*faults)
    return MappingProxyType(found)


def find_edition(rule: str, version: str, *, where: str = "") -> RuleEdition:
    """Return one version of a rule.

    Args:
        rule: Its id.
        version: Its version.
        where: Whose rule it is, for messages.

    Raises:
        UnknownNameError: If there is no such rule or version.
    """
    rules = load_status_rules()
    if rule not in rules:
        near = alike(rule, rules)
        raise UnknownNameError(
            Fault(
                f"{where}: status_rule" if where else f"status rule {rule!r}",
                f"{rule!r} is no status rule",
                f"one of {join_names(rules)}",
                f"Did you mean {near[0]!r}?" if near else "Choose one of them",
            )
        )
    edition = rules[rule].edition(version)
    if edition is None:
        known = join_names([one.version for one in rules[rule].versions])
        raise UnknownNameError(
            Fault(
                f"{where}: status_rule_version" if where else f"status rule {rule!r}",
                f"{version!r} is no version of {rule}",
                f"one of {known}",
                "Update attendance-core, or name a version that it has",
            )
        )
    return edition


def offered(framework: Framework) -> tuple[StatusRule, ...]:
    """Return every rule, those that suit a framework first."""
    rules = load_status_rules()
    return tuple(rules[id] for id in dict.fromkeys((*framework.status_rules, *rules)) if id in rules)


def edition_on(rule: StatusRule, on: date) -> RuleEdition:
    """Return the version that a new audit of a day gets: the newest in force, else the first."""
    held = [one for one in rule.versions if one.in_force_from <= on]
    return held[-1] if held else rule.versions[0]
