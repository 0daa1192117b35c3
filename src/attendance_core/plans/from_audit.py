"""Drafting a plan from what is not green in an audit. People then change it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.errors import DocumentError, Fault, UnknownNameError, join_names
from attendance_core.frameworks.links import Links
from attendance_core.model.actions import Action
from attendance_core.model.audits import Audit
from attendance_core.model.crosswalks import ItemRef, LinkStrength
from attendance_core.model.frameworks import Framework, FrameworkSection, Item
from attendance_core.model.plan_rows import HalfTermName, PlanRow, TargetKind
from attendance_core.model.plans import (
    ImprovementPlan,
    Objective,
    ObjectiveState,
    PlanAction,
    PlanStage,
    PlanTarget,
)
from attendance_core.model.scales import PracticeStatus
from attendance_core.plans.drafting import (
    LEADS,
    MONITORS,
    REPORTS_TO,
    Draft,
    by_half_term,
    intervention,
    linked_to,
    made_distinct,
    of_row,
    rated_again,
    stage_of,
    titled,
)
from attendance_core.plans.half_terms import ORDER, HalfTerms
from attendance_core.plans.lint import check_id

#: The stage of what stands under no item that is red or amber.
AGREED = "agreed"
#: Without a calendar: the last half term that begins up to a month, the library's own estimate; in August none has.
_BY_MONTH = {9: 0, 10: 0, 11: 1, 12: 1, 1: 2, 2: 2, 3: 3, 4: 4, 5: 4, 6: 5, 7: 5, 8: -1}

_AGREED_TITLE = "Agreed beside the items that need work"
_AGREED_OBJECTIVE = "What was agreed with the second assessor, and what is still to be done for items that stand well."
_AGREED_TARGET = "Each action is done and can be shown."
AGREED_TEXTS = (_AGREED_TITLE, _AGREED_OBJECTIVE, _AGREED_TARGET)
"""Sentences of drafts that stand in no framework."""


@frozen(kw_only=True)
class Sources:
    """What a draft draws on beside the audit.

    Attributes:
        frameworks: Every framework that is known, by id.
        links: The crosswalks in use.
        half_terms: The half terms of the plan's year; None: by the month.
    """

    frameworks: Mapping[str, Framework]
    links: Links = field(repr=False)
    half_terms: HalfTerms | None = None


def draft_from_audit(
    audit: Audit, sources: Sources, *, id: str, academic_year: str = "", title: str = "", rows: bool = True
) -> Draft:
    """Draft a plan from what is not green in an audit.

    A red item becomes a live objective, an amber one an objective that waits; what is not answered is counted and not
    drafted. Every open action of the audit, and every recommendation that was accepted, stands in the plan once.

    Args:
        audit: The audit.
        sources: Frameworks, crosswalk, half terms.
        id: Of the plan.
        academic_year: Of the plan; empty: that of the audit's day.
        title: Of the plan; empty: one is made.
        rows: Take actions, leads and targets from linked rows of plan frameworks where the audit has none.

    Raises:
        UnknownNameError: If the audit's framework is not known.
        DocumentError: If the id is none, or the audit rates items that the framework does not have.
    """
    check_id(id)
    framework = _framework(audit, sources.frameworks)
    items = framework.items()
    strange = [one.item for one in audit.responses if one.item not in items]
    if strange:
        raise DocumentError(
            *(
                Fault(
                    f"audit {audit.id}: response {name!r}",
                    f"is of no item of {framework.id} {framework.version}",
                    "an item of the framework",
                    "Take the audit over to this version of the framework first",
                )
                for name in strange
            )
        )
    year = str(AcademicYear.parse(academic_year) if academic_year else AcademicYear.of(audit.on))
    drafting = _Drafting(audit=audit, framework=framework, sources=sources, year=year, rows=rows)
    objectives = [
        drafting.objective(section, item, status)
        for section, item in framework.each()
        if (status := _status(audit, item)) in (PracticeStatus.RED, PracticeStatus.AMBER)
    ]
    objectives += drafting.agreed({one for objective in objectives for one in objective.answers})
    used = {objective.stage for objective in objectives}
    stages = [stage_of(section, plan_row=False) for section in framework.sections if section.id in used]
    if AGREED in used:
        stages.append(PlanStage(id=AGREED, title=_AGREED_TITLE))
    plan = ImprovementPlan(
        id=id,
        title=title or titled(year),
        academic_year=year,
        school=audit.school,
        framework=framework.id,
        framework_version=framework.version,
        audit=audit.id,
        audit_on=audit.on,
        stages=tuple(stages) or (PlanStage(id=AGREED),),
        objectives=made_distinct(objectives),
    )
    return Draft(plan=plan, notes=drafting.notes(objectives))


def _framework(audit: Audit, known: Mapping[str, Framework]) -> Framework:
    if audit.framework in known:
        return known[audit.framework]
    raise UnknownNameError(
        Fault(
            f"audit {audit.id}: framework {audit.framework!r}",
            "is unknown",
            f"one of {join_names(known)}",
            "Install the plugin that brings it",
        )
    )


def _status(audit: Audit, item: Item) -> PracticeStatus | None:
    step = audit.scale.step(audit.response(item.id).rating)
    return None if step is None else step.status


@frozen(kw_only=True, eq=False)
class _Drafting:
    audit: Audit
    framework: Framework
    sources: Sources
    year: str
    rows: bool
    _placed: set[str] = field(factory=set)

    def objective(self, section: FrameworkSection, item: Item, status: PracticeStatus) -> Objective:
        ref = ItemRef(framework=self.framework.id, item=item.id)
        row = item.row or (self._linked_row(ref) if self.rows else None)
        base = of_row(item.id, row) if row is not None else Objective(id=item.id, stage="", text="-")
        own = self._open(self.audit.actions_of(item.id), str(ref))
        if own:
            base = evolve(base, half_terms=by_half_term(own))
        elif item.intervention and item.row is None:
            base = evolve(base, half_terms=by_half_term([(self._next(None), intervention(item, ref))]))
        top = self.audit.scale.steps[-1]
        again = PlanTarget(
            id=f"{item.id}-t{len(base.targets) + 1}",
            kind=TargetKind.QUALITATIVE,
            text=rated_again(top.title),
        )
        return evolve(
            base,
            label=item.label,
            stage=section.id,
            text=item.text or f"What {item.label or item.id} asks for; its text is lost in the source.",
            state=ObjectiveState.LIVE if status is PracticeStatus.RED else ObjectiveState.WAITING,
            leads=base.leads or LEADS,
            monitors=MONITORS,
            reports_to=REPORTS_TO,
            evaluation=base.evaluation or MONITORS,
            targets=(*base.targets, again),
            answers=(str(ref),),
            linked=linked_to(self.sources.links, ref),
        )

    def agreed(self, answered: set[str]) -> list[Objective]:
        """Keep what is to be done although its item is green, unanswered, or none: nothing open is lost."""
        actions = self._open(self.audit.actions(), "")
        if not actions:
            return []
        known = {str(ItemRef(framework=self.framework.id, item=item)) for item in self.framework.items()}
        links = sorted({link for _, one in actions for link in one.links} & known - answered)
        return [
            Objective(
                id="agreed-actions",
                stage=AGREED,
                text=_AGREED_OBJECTIVE,
                leads=LEADS,
                monitors=MONITORS,
                reports_to=REPORTS_TO,
                evaluation=MONITORS,
                half_terms=by_half_term(actions),
                targets=(PlanTarget(id="agreed-t1", kind=TargetKind.QUALITATIVE, text=_AGREED_TARGET),),
                answers=tuple(links),
            )
        ]

    def notes(self, objectives: Sequence[Objective]) -> tuple[str, ...]:
        rated = self.audit.ratings()
        open_items = [item for item in self.framework.rateable() if item.id not in rated]
        uncertain = sum(1 for item in open_items if item.uncertain)
        found = []
        if open_items:
            total = len(self.framework.rateable())
            told = f"{len(open_items)} of {total} items are not answered, and nothing was drafted for them"
            found.append(told + (f" ({uncertain} of them are uncertain in their source)." if uncertain else "."))
        if self.audit.doubts:
            doubts = len(self.audit.doubts)
            cells = "1 cell" if doubts == 1 else f"{doubts} cells"
            found.append(f"{cells} of the audit's form still to be decided about.")
        waiting = [one for one in self.audit.recommendations if one.state.value == "open"]
        if waiting:
            number = "1 recommendation is" if len(waiting) == 1 else f"{len(waiting)} recommendations are"
            found.append(f"{number} neither accepted nor declined, and so not in the plan.")
        if not objectives:
            found.append("Every item that is rated stands green, so the plan is empty.")
        if self.sources.half_terms is None:
            found.append("No calendar was given: actions without a day are placed by the month of the audit.")
        return tuple(found)

    def _linked_row(self, ref: ItemRef) -> PlanRow | None:
        """Return the row of a plan framework that stands nearest to an item."""
        for linked in self.sources.links.linked(ref, at_least=LinkStrength.OVERLAPS):
            framework = self.sources.frameworks.get(linked.ref.framework)
            item = None if framework is None else framework.item(linked.ref.item)
            if item is not None and item.row is not None:
                return item.row
        return None

    def _open(self, actions: Iterable[Action], ref: str) -> list[tuple[HalfTermName, PlanAction]]:
        """Take open actions over, each once in the whole plan, under an id of its own."""
        found = []
        for action in actions:
            if not action.is_open or action.id in self._placed:
                continue
            self._placed.add(action.id)
            links = tuple(dict.fromkeys((*action.links, *((ref,) if ref else ()))))
            taken = PlanAction(
                id=action.id,
                text=action.text,
                owner=action.owner,
                due=action.due,
                state=action.state,
                reason=action.reason,
                evidence=action.evidence,
                links=links,
            )
            found.append((self._next(action.due), taken))
        return found

    def _next(self, due: date | None) -> HalfTermName:
        """Return the half term that holds a day, else the one after the audit."""
        half_terms = self.sources.half_terms
        day = due or self.audit.on
        if half_terms is None:
            year = AcademicYear.of(day)
            if str(year) != self.year:
                return ORDER[0] if str(year) < self.year else ORDER[-1]
            place = _BY_MONTH[day.month] + (0 if due else 1)
            return ORDER[max(0, min(place, len(ORDER) - 1))]
        found = half_terms.at(day) if due else half_terms.after(day)
        return found or list(half_terms.spans)[-1]
