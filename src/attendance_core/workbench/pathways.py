"""Pathways: in which tiers a school gives support."""

from pathlib import Path

from attrs import define

from attendance_core.errors import DocumentError, UnknownNameError, named
from attendance_core.model.plugins import ExtensionKind
from attendance_core.model.support_tiers import Pathway
from attendance_core.support.pathway import extended, lint, load_pathway
from attendance_core.workbench.planning import Planning


@define(kw_only=True, eq=False, slots=False)
class Pathways(Planning):
    """The pathway of a school, and every other that can be named."""

    def pathways(self) -> dict[str, Pathway]:
        """Return every pathway that can be named, by its id; one that cannot be right is a plugin's failure."""
        rules = self.known_rules()
        return {
            pathway.id: pathway
            for pathway in self.plugins.pathways()
            if self._sound(ExtensionKind.PATHWAY, pathway.id, lint(pathway, rules))
        }

    def pathway(self, name: str | Path = "") -> Pathway:
        """Return a pathway with the school's own words: a file's, a plugin's, or without a name the configuration's.

        Raises:
            UnknownNameError: If there is neither.
            PluginError: If no plugin brings it, but one that failed might have.
            DocumentError: If it cannot be right; with every fault.
        """
        choices = self.configuration.support
        wanted = str(name) or choices.pathway
        if wanted.endswith(".toml"):
            path = self._file_of(wanted)
            found = load_pathway(path)
            faults = lint(found, self.known_rules(), where=path.name)
            if faults:
                raise DocumentError(*faults)
        else:
            try:
                found = named(wanted, self.pathways(), "pathway", file=True)
            except UnknownNameError as error:
                raise self._or_failed(error, "attendance_pathways") from None
        return extended(found, focus=choices.focus, factors=choices.factors)

    def review_days(self) -> dict[str, int]:
        """Return after how many days a plan is due for review, by its tier; a tier without such days is not there.

        Raises what `pathway` raises.
        """
        return {tier.id: tier.review_days for tier in self.pathway().tiers if tier.review_days is not None}

    def known_rules(self) -> frozenset[str]:
        """Return every rule that can be asked, as ``policy/rule``: of plugins, and of the configuration's own files."""
        policies = dict(self.policies())
        for name in self.configuration.policy.use:
            if name.endswith(".toml"):
                own = self.policy(name)
                policies[own.id] = own
        return frozenset(f"{policy.id}/{rule.id}" for policy in policies.values() for rule in policy.rules)
