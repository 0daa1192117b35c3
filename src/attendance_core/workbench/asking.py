"""Asking: policies, and the concerns that they find."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define

from attendance_core.dates import DateRange
from attendance_core.errors import DocumentError, Fault, InputError, UnknownNameError, named, together
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.periods import within
from attendance_core.measures.scope import active
from attendance_core.model.combinations import CustomRule
from attendance_core.model.concerns import Concern, ConcernId
from attendance_core.model.extensions import RuleFinder
from attendance_core.model.plugins import ExtensionKind
from attendance_core.model.policies import Policy
from attendance_core.model.reports import (
    Outline,
    SectionKind,
)
from attendance_core.policy.cases import ENDING, cases_beside
from attendance_core.policy.comparing import Simulation, simulate
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.evaluate import Custom, evaluate, has_baseline, has_custom, only_rule
from attendance_core.policy.facts import Facts
from attendance_core.policy.kinds.custom import check as check_concerns
from attendance_core.policy.loading import lint, load_policy, shipped_file
from attendance_core.policy.reading_cases import load_cases
from attendance_core.policy.results import RuleResult
from attendance_core.policy.trying import CaseResult, try_cases
from attendance_core.register.register import Register
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.figures import Figures

#: Policies as calls take them: their values, ids or files; one alone is one.
Policies = str | Path | Policy | Iterable[str | Path | Policy]


@define(kw_only=True, eq=False)
class Asking(Figures):
    """Policies, and the concerns that they find."""

    def policies(self) -> dict[str, Policy]:
        """Return every policy that can be named, by its id; one that cannot be right is a plugin's failure."""
        books = self.plugins.codebooks()
        return {
            policy.id: policy
            for policy in self.plugins.policies()
            if self._sound(ExtensionKind.POLICY, policy.id, lint(policy, books, self.dimensions()))
        }

    def policy(self, name: str | Path) -> Policy:
        """Return a policy: a file's (relative to the configuration), or the one that a plugin brings under this name.

        Raises:
            UnknownNameError: If there is neither.
            PluginError: If no plugin brings it, but one that failed might have.
            DocumentError: If the file breaks the rules of policies; with every fault.
        """
        if isinstance(name, Path) or name.endswith(".toml"):
            return load_policy(self._file_of(name), self.plugins.codebooks(), self.dimensions())
        try:
            return named(name, self.policies(), "policy", see="See: attendance policy list", file=True)
        except UnknownNameError as error:
            raise self._or_failed(error, "attendance_policies") from None

    def _file_of(self, name: str | Path) -> Path:
        """Return a policy's file: as named, else relative to the configuration."""
        return Path(name) if Path(name).is_file() else self.folder / name

    def concerns(
        self,
        register: Register,
        policies: Policies | None = None,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = quiet,
    ) -> Concerns:
        """Ask policies of a register.

        Args:
            register: The register.
            policies: Policies, their ids or files, or one alone; None: those that the configuration uses.
            as_of: The day asked about; None: the day that the register speaks to. Later marks do not count.
            records: Side records: a folder, frames by kind (`model.side_records`), or what `side_records` gave; None:
                those of the ledgers or of the configuration.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If there is no such policy.
            DocumentError: If a policy or a side record cannot be used, or two policies have one id; with every fault.
        """
        progress("side records")
        side = self.side_records(register, records=records, as_of=as_of).frames
        facts = Facts.of(register, self.profile, self.packs(), side=side, as_of=as_of)
        return self._ask(facts, policies, progress)

    def _concerns_of(
        self,
        outline: Outline,
        analysis: Analysis,
        policies: Policies | None,
        records: object | None,
        progress: Progress,
    ) -> Concerns | None:
        """Ask the policies for a report that shows concerns, on its last day and with its tally."""
        if not {section.kind for section in outline.sections} & {SectionKind.CONCERNS, SectionKind.PUPILS}:
            return None
        register = analysis.register
        last = min(analysis.period.end or register.as_of, register.as_of)
        side = self.side_records(register, records=records, as_of=last).frames
        if active(analysis.profile):
            facts = Facts.of(register, analysis.profile, analysis.packs, side=side, as_of=last)
        else:
            facts = Facts(analysis=analysis, as_of=last, side=side)
        return self._ask(facts, policies, progress)

    def _asked(self, policies: Policies | None) -> tuple[Policy, ...]:
        """Return the policies that are asked, each once; of two with one id no concern could say whose it is."""
        named = self.configuration.policy.use if policies is None else policies
        if isinstance(named, str | Path | Policy):
            named = (named,)
        asked: dict[str, tuple[str, Policy]] = {}
        errors: list[InputError] = []
        for one in named:
            try:
                policy = one if isinstance(one, Policy) else self.policy(one)
            except InputError as error:
                errors.append(error)
                continue
            name = "one given as a value" if isinstance(one, Policy) else str(one)
            first, other = asked.setdefault(policy.id, (name, policy))
            if other != policy:
                fault = Fault(
                    f"policy {policy.id!r}",
                    f"is what two different policies are called: {first} and {name}",
                    "one policy an id",
                    "Name one of them, or give the other an id of its own",
                )
                errors.append(DocumentError(fault))
        if errors:
            raise together(errors)
        return tuple(policy for _, policy in asked.values())

    def _ask(self, facts: Facts, policies: Policies | None, progress: Progress) -> Concerns:
        asked = self._asked(policies)
        customs = self._customs(asked)
        results: list[RuleResult] = []
        for policy in asked:
            progress(policy.title)
            results += evaluate(policy, facts, customs)
        return Concerns(as_of=facts.as_of, results=tuple(results), facts=facts)

    def simulate(
        self,
        register: Register,
        a: str | Path | Policy,
        b: str | Path | Policy,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = quiet,
    ) -> Simulation:
        """Say whom a policy names that another does not: two authorities', or two versions of one.

        Args:
            register: The register.
            a: A policy, its id or file.
            b: The one in its place.
            as_of: As in `concerns`.
            records: As in `concerns`.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If there is no such policy.
            DocumentError: If a policy or a side record cannot be used; with every fault.
        """
        asked = [one if isinstance(one, Policy) else self.policy(one) for one in (a, b)]
        progress("side records")
        side = self.side_records(register, records=records, as_of=as_of).frames
        facts = Facts.of(register, self.profile, self.packs(), side=side, as_of=as_of)
        found = [self._ask(facts, [policy], progress) for policy in asked]
        return simulate(*found)

    def try_policy(self, name: str | Path) -> tuple[CaseResult, ...]:
        """Run the worked cases that stand beside a policy.

        Args:
            name: The policy's file, or the id of one that ships with this package.

        Raises:
            UnknownNameError: If there is no such policy.
            UnreadableFileError: If no cases stand beside it.
            DocumentError: If the policy or its cases break their rules; with every fault.
        """
        if str(name).endswith(ENDING):
            name = str(name).removesuffix(ENDING) + ".toml"
        policy = self.policy(name)
        beside = self._file_of(name) if str(name).endswith(".toml") else shipped_file(policy.id)
        path = cases_beside(beside)
        document = load_cases(path, policy, self.plugins.codebooks())
        return try_cases(
            policy,
            document,
            codebooks=self.plugins.codebooks(),
            packs=self.packs(),
            customs=self._customs([policy]),
            where=path.name,
        )

    def _customs(self, policies: Iterable[Policy]) -> dict[str, Custom]:
        """Return the plugins' own rules, where a policy names any."""
        return {rule.id: self._custom(rule) for rule in self.plugins.rules()} if any(map(has_custom, policies)) else {}

    def _custom(self, rule: RuleFinder) -> Custom:
        """Call a plugin's rule under guard, and check what it returns."""
        owner = self.plugins.provider_of(ExtensionKind.RULE, rule.id)

        def find(_: CustomRule, facts: Facts) -> "nw.DataFrame[Any]":
            marks = facts.register.marks.filter(within(DateRange(date.min, facts.as_of), facts.register.marks))
            arguments = (marks, dict(facts.side), facts.register.calendars.frame, facts.as_of)
            found = self.plugins.guard(owner, f"rule {rule.id!r}", rule.find, *arguments)
            return self.plugins.checked(owner, f"rule {rule.id!r}", check_concerns, found, facts, rule.id)

        return find

    def explain_concern(
        self,
        register: Register,
        concern: str | ConcernId,
        policies: Policies | None = None,
        *,
        as_of: date | None = None,
        records: object | None = None,
        progress: Progress = quiet,
    ) -> tuple[Concern, "nw.DataFrame[Any]"]:
        """Explain a concern: its rule and counts, and the sessions behind it.

        Args:
            register: The register.
            concern: The concern's id.
            policies: Where its policy is to be found, as `concerns` takes them; None: among those that the
                configuration uses, else by its name.
            as_of: The day asked about, as in `concerns`.
            records: Side records, as in `concerns`.
            progress: Told the name of each step.

        Returns:
            The concern, and a frame: enrolment_id, pupil_id, school_id, date, session, code, stat, in_numerator,
            in_denominator.

        Raises:
            FigureIdError: If the id cannot be read, or there is no such concern on this day.
            UnknownNameError: If there is no such policy.
        """
        id = ConcernId.parse(concern) if isinstance(concern, str) else concern
        asked = self._asked(policies)
        found = next((one for one in asked if one.id == id.policy), None)
        if found is None and policies is None:
            try:
                found = self.policy(id.policy)
            except UnknownNameError as error:
                remedy = "Name the policy's file with `policies`"
                raise UnknownNameError(*(fault._replace(remedy=remedy) for fault in error.faults)) from None
        wanted = only_rule(found, id.rule) if found is not None else None
        side = self.side_records(register, records=records, as_of=as_of).frames
        if wanted is not None and not has_baseline(wanted):
            # What the rule says of an enrolment stands on its own marks alone.
            register = register.of_enrolment(id.enrolment)
        facts = Facts.of(register, self.profile, self.packs(), side=side, as_of=as_of)
        concerns = self._ask(facts, asked if wanted is None else [wanted], progress)
        return concerns.concern(id), concerns.sessions(id)
