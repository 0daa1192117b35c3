"""Tiering: the programmes of a school, and the tier proposed for each pupil."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TypeVar

from attrs import AttrsInstance, define

from attendance_core.documents.versioned import DocumentKind, load_document
from attendance_core.errors import DocumentError
from attendance_core.model.marks import ENROLMENT
from attendance_core.model.outcomes import Outcome
from attendance_core.model.policies import Policy
from attendance_core.model.reports import View
from attendance_core.model.support_contacts import SupportDirectory
from attendance_core.model.support_plans import ProgrammeCatalogue, ProgrammePlace, Review, Scores, SupportPlan
from attendance_core.model.support_tiers import FactorsNoted, TierDecision
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.evaluate import only_rule
from attendance_core.register.register import Register
from attendance_core.reports.tiers import TierProposals, tier_report
from attendance_core.support.catalogue import CATALOGUE, DIRECTORY, lint_catalogue, lint_directory
from attendance_core.support.helped import Helped, HelpedBy, helped
from attendance_core.support.ledger import Ledgers
from attendance_core.support.roll import ledgers_by_pupil, on_roll, week_end, whole_weeks
from attendance_core.support.tiers import HeldConcern, case_of, propose_tier, rules_named, weeks_to_ask
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.packing import Packing

T = TypeVar("T", bound=AttrsInstance)


@define(kw_only=True, eq=False, slots=False)
class Tiering(Packing):
    """Programmes, and proposals of tiers."""

    def programmes(self, path: Path | None = None) -> ProgrammeCatalogue:
        """Return the programme catalogue: a file's, or the configuration's; an empty one if there is none.

        Raises:
            StoreError: If the file cannot be read.
            DocumentError: With every fault.
        """
        found = self._document(path, self.configuration.support.programmes, CATALOGUE)
        if found is None:
            return ProgrammeCatalogue()
        catalogue, where = found
        faults = lint_catalogue(catalogue, self.pathway(), self.known_rules(), where=where)
        if faults:
            raise DocumentError(*faults)
        return catalogue

    def directory(self, path: Path | None = None) -> SupportDirectory:
        """Return the support directory: a file's, or the configuration's; an empty one if there is none.

        Raises:
            StoreError: If the file cannot be read.
            DocumentError: With every fault.
        """
        found = self._document(path, self.configuration.support.directory, DIRECTORY)
        if found is None:
            return SupportDirectory()
        directory, where = found
        faults = lint_directory(directory, self.pathway(), where=where)
        if faults:
            raise DocumentError(*faults)
        return directory

    def helped(
        self,
        register: Register,
        *,
        by: HelpedBy = HelpedBy.PROGRAMMES,
        as_of: date | None = None,
        ledgers: Ledgers | None = None,
    ) -> Helped:
        """Return the help that ledgers tell of, for `impact` to judge.

        Args:
            register: The register that the pupils belong to.
            by: Places in programmes, or support plans by tier.
            as_of: The day on which it is known; None: the day that the register speaks to.
            ledgers: Where it is written; None: the workbench's.

        Raises:
            SupportError: If there is no store.
            DocumentError: If the catalogue of programmes, which says what a place costs, cannot be used.
        """
        costs = {one.id: one.cost for one in self.programmes().programmes if one.cost}
        kinds = (ProgrammePlace, SupportPlan, Scores)
        return helped((ledgers or self.ledgers).all(*kinds), register, as_of or register.as_of, by, costs)

    def tiers(
        self,
        register: Register,
        *,
        as_of: date | None = None,
        policies: Iterable[str | Path | Policy] | None = None,
        records: object | None = None,
        ledgers: Ledgers | None = None,
        progress: Progress = quiet,
    ) -> TierProposals:
        """Propose a tier for each pupil on roll. Nothing is written: a person decides.

        Args:
            register: The register.
            as_of: The day asked about; None: the day that the register speaks to.
            policies: Policies, as `concerns` takes them.
            records: Side records, as `concerns` takes them.
            ledgers: Where decisions and reviews are written; None: the workbench's.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If there is no such policy or pathway.
            DocumentError: If a document cannot be used, or a decision names a tier that the pathway does not have.
            SupportError: If there is no store.
        """
        day = as_of or register.as_of
        pathway, catalogue = self.pathway(), self.programmes()
        asked = None if policies is None else tuple(policies)
        now = self.concerns(register, asked, as_of=day, records=records, progress=progress)
        progress("ledgers")
        kinds = (TierDecision, Review, SupportPlan, FactorsNoted)
        whose = ledgers_by_pupil(register, (ledgers or self.ledgers).all(*kinds))
        people = on_roll(register, day)
        mondays = {school: whole_weeks(calendar, day) for school, calendar in register.calendars.schools.items()}
        held: dict[date, dict[str, frozenset[str]]] = {}
        first = pathway.tiers[0].id
        above = (one for ledger in whose.values() for one in ledger.records(TierDecision, day))
        if any(one.event.tier != first for one in above):
            # Of the weeks before, only rules that speak for a tier count; each of them is asked again for every week.
            counting = _counting(self._asked(asked), rules_named(pathway))
            for monday in sorted({week for weeks in mondays.values() for week in weeks[: weeks_to_ask(pathway)]}):
                last = min(week_end(monday), day)
                then = self.concerns(register, counting, as_of=last, records=records, progress=progress)
                held[monday] = {
                    id: frozenset(one.rule for one in found) for id, found in held_by_enrolment(then).items()
                }
        open_now = held_by_enrolment(now)
        proposals = []
        for one in people:
            weeks = mondays.get(one.school_id, ())
            case = case_of(
                one.who,
                whose.get(one.who),
                pathway,
                day,
                concerns=open_now.get(one.enrolment_id, ()),
                weeks=weeks,
                held=tuple(held[week].get(one.enrolment_id, frozenset()) for week in weeks if week in held),
            )
            proposals.append(propose_tier(pathway, case))
        return TierProposals(
            as_of=day,
            pathway=pathway,
            catalogue=catalogue,
            people=people,
            proposals=tuple(proposals),
            notes=not_asked(rules_named(pathway), now),
        )

    def tier_view(
        self, found: TierProposals, register: Register, *, audience: str = "leaders", everybody: bool
    ) -> View:
        """Lay proposals out for an audience, made safe for it.

        Args:
            found: The proposals.
            register: The register that they were made from.
            audience: Id of the outline whose audience reads it.
            everybody: Also list pupils for whom nothing more than the first tier is spoken of.

        Raises:
            UnknownNameError: If there is no such outline.
        """
        outline = self.outline(audience)
        report = tier_report(
            found,
            self.provenance(register),
            audience=outline.audience,
            school=self.configuration.school.name,
            everybody=everybody,
            notes=self.notes(),
        )
        return self.view(report, outline)

    def _document(self, path: Path | None, named_: str, kind: DocumentKind[T]) -> tuple[T, str] | None:
        if path is None and not named_:
            return None
        file = path or self.folder / named_
        return load_document(file, kind).value, file.name


def held_by_enrolment(concerns: Concerns) -> dict[str, tuple[HeldConcern, ...]]:
    """Return what holds by enrolment."""
    found: dict[str, list[HeldConcern]] = {}
    names = ("concern", "policy", "rule", "title", ENROLMENT)
    for id, policy, rule, title, enrolment in concerns.frame().select(*names).iter_rows():
        found.setdefault(enrolment, []).append(HeldConcern(id=id, rule=f"{policy}/{rule}", title=title))
    return {enrolment: tuple(listed) for enrolment, listed in found.items()}


def _counting(policies: Iterable[Policy], rules: Iterable[str]) -> tuple[Policy, ...]:
    """Return policies with those of some rules, as ``policy/rule``, alone, and what these combine."""
    named_ = [tuple(rule.split("/", 1)) for rule in rules]
    found = (only_rule(policy, *(rule for id, rule in named_ if id == policy.id)) for policy in policies)
    return tuple(policy for policy in found if policy is not None)


def not_asked(rules: Iterable[str], now: Concerns) -> tuple[str, ...]:
    """Say which of some rules, as ``policy/rule``, could not find anybody, and why."""
    outcomes = {f"{one.policy.id}/{one.rule.id}": one for one in now.results}
    notes = []
    for rule in rules:
        result = outcomes.get(rule)
        if result is None:
            notes.append(f"{rule} was not asked: its policy is not in use")
        elif result.outcome not in (Outcome.PASSED, Outcome.FAILED):
            why = "; ".join((*(f"missing: {one}" for one in result.missing), *result.notes))
            outcome = result.outcome.value.replace("-", " ")
            notes.append(f"{rule}: {outcome}{f' ({why})' if why else ''}")
    return tuple(notes)
