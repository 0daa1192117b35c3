"""Drafting: a plan from what is not green in an audit, or from the rows of a framework. People then change it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.frameworks.links import Links
from attendance_core.model.actions import Action, ActionState
from attendance_core.model.audits import Audit
from attendance_core.model.crosswalks import ItemRef, LinkStrength
from attendance_core.model.frameworks import Framework, FrameworkSection, Item
from attendance_core.model.plan_rows import HalfTermName, PlanRow, RowTarget, TargetKind
from attendance_core.model.plans import (
    ImprovementPlan,
    Objective,
    ObjectiveState,
    PlanAction,
    PlanHalfTerm,
    PlanStage,
    PlanTarget,
)
from attendance_core.model.scales import PracticeStatus
from attendance_core.plans.half_terms import ORDER, HalfTerms
from attendance_core.plans.lint import is_id

#: Who stands in a draft where neither the audit nor a linked row names anybody. A draft is there to be changed.
LEADS, MONITORS, REPORTS_TO = ("senior leader for attendance",), ("senior leadership team",), ("governors",)
#: The stage of what stands under no item that is red or amber.
AGREED = "agreed"
#: Without a calendar: the last half term that begins up to a month, the library's own estimate.
_BY_MONTH = {9: 0, 10: 0, 11: 1, 12: 1, 1: 2, 2: 2, 3: 3, 4: 4, 5: 4, 6: 5, 7: 5, 8: 5}


_AGREED_TITLE = "Agreed beside the items that need work"
_AGREED_OBJECTIVE = "What was agreed with the second assessor, and what is still to be done for items that stand well."
_AGREED_TARGET = "Each action is done and can be shown."
AGREED_TEXTS = (_AGREED_TITLE, _AGREED_OBJECTIVE, _AGREED_TARGET)
"""Sentences of drafts that stand in no framework."""


def titled(academic_year: str) -> str:
    """Return what a plan is called when nobody gives it a title."""
    return f"Attendance improvement plan {academic_year}"


def rated_again(best: str) -> str:
    """Return the target that every drafted objective has: the best rating in the next audit."""
    return f"The next audit rates it {best.lower()}."


@frozen(kw_only=True)
class Draft:
    """A drafted plan.

    Attributes:
        plan: The plan.
        notes: What was not drafted, and what to look at first.
    """

    plan: ImprovementPlan
    notes: tuple[str, ...] = ()


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
        DocumentError: If the audit rates items that the framework does not have.
    """
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
    stages = [_stage(section, plan_row=False) for section in framework.sections if section.id in used]
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
        objectives=_distinct(objectives),
    )
    return Draft(plan=plan, notes=drafting.notes(objectives))


def draft_new(
    framework: Framework,
    links: Links,
    *,
    id: str,
    academic_year: str,
    school: str = "",
    title: str = "",
    items: Sequence[str] = (),
    live: Iterable[str] = (),
) -> Draft:
    """Begin a plan from a framework: its rows with their actions and targets, or its items without.

    Args:
        framework: The framework.
        links: The crosswalks in use.
        id: Of the plan.
        academic_year: Of the plan.
        school: The school's id.
        title: Of the plan; empty: one is made.
        items: Ids of the items to take; none: all that are no points of another.
        live: Ids of the items that are priorities from the start; the others wait.

    Raises:
        UnknownNameError: If an item is not known; with all of them.
        DocumentError: If the year is none.
    """
    known, priorities = framework.items(), set(live)
    unknown = [name for name in dict.fromkeys((*items, *priorities)) if name not in known]
    if unknown:
        raise UnknownNameError(
            *(
                Fault(
                    f"item {name!r}",
                    f"{framework.id} has none of this id",
                    f"one of {join_names(known)}",
                    f"Did you mean {alike(name, known)[0]!r}?" if alike(name, known) else "Name one of these",
                )
                for name in unknown
            )
        )
    year = str(AcademicYear.parse(academic_year))
    wanted = set(items) or {item.id for section in framework.sections for item in section.items}
    objectives = []
    for section, item in framework.each():
        if item.id in wanted and item.rateable and item.text:
            ref = ItemRef(framework=framework.id, item=item.id)
            state = ObjectiveState.LIVE if item.id in priorities else ObjectiveState.WAITING
            base = _of_row(item.id, item.row) if item.row is not None else Objective(id=item.id, stage="", text="-")
            if item.row is None:
                base = evolve(base, leads=LEADS, monitors=MONITORS, reports_to=REPORTS_TO)
            objectives.append(
                evolve(
                    base,
                    label=item.label,
                    stage=section.id,
                    text=item.text,
                    state=state,
                    answers=(str(ref),),
                    linked=_linked(links, ref),
                )
            )
    used = {objective.stage for objective in objectives}
    plan = ImprovementPlan(
        id=id,
        title=title or titled(year),
        academic_year=year,
        school=school,
        framework=framework.id,
        framework_version=framework.version,
        stages=tuple(_stage(section, plan_row=True) for section in framework.sections if section.id in used),
        objectives=tuple(objectives),
    )
    return Draft(plan=plan)


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


def _stage(section: FrameworkSection, *, plan_row: bool) -> PlanStage:
    return PlanStage(
        id=section.id,
        label=section.label,
        title=section.title or (section.introduction if plan_row else ""),
        target_year=section.target_year,
    )


def _linked(links: Links, ref: ItemRef) -> tuple[str, ...]:
    found = links.linked(ref, at_least=LinkStrength.OVERLAPS)
    return tuple(dict.fromkeys(str(one.ref) for one in found))


def _target(row: RowTarget, id: str) -> PlanTarget:
    return PlanTarget(
        id=id,
        kind=row.kind,
        text=row.text,
        measure="" if row.kind is TargetKind.QUALITATIVE else row.measure,
        at_least=None if row.at_least is None else float(row.at_least),
        benchmark=row.benchmark,
        cohorts=row.cohorts,
    )


def _of_row(id: str, row: PlanRow) -> Objective:
    """Return an objective with the cells of a row; text and place are still to come."""
    count = 0
    parts = []
    for cell in row.half_terms:
        actions = []
        for one in cell.actions:
            count += 1
            actions.append(
                PlanAction(
                    id=f"{id}-a{count}",
                    text=one.text,
                    owner=", ".join(one.by),
                    cadence=one.cadence,
                    state=ActionState.CARRIED if one.carried else ActionState.OPEN,
                    reason="the framework's row goes on from an earlier half term" if one.carried else "",
                )
            )
        parts.append(PlanHalfTerm(half_term=cell.half_term, actions=tuple(actions)))
    return Objective(
        id=id,
        stage="",
        text="-",
        leads=row.leads,
        governor_link=row.governor_link,
        half_terms=tuple(parts),
        targets=tuple(_target(one, f"{id}-t{index}") for index, one in enumerate(row.targets, start=1)),
        cost=row.cost,
        evaluation=row.evaluation,
    )


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
        base = _of_row(item.id, row) if row is not None else Objective(id=item.id, stage="", text="-")
        own = self._open(self.audit.actions_of(item.id), str(ref))
        if own:
            base = evolve(base, half_terms=by_half_term(own))
        elif item.intervention and item.row is None:
            action = PlanAction(id=f"{item.id}-a1", text=item.intervention, links=(str(ref),))
            base = evolve(base, half_terms=(PlanHalfTerm(half_term=self._next(None), actions=(action,)),))
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
            linked=_linked(self.sources.links, ref),
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
            if not _is_open(action) or action.id in self._placed:
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
            return ORDER[min(place, len(ORDER) - 1)]
        found = half_terms.at(day) if due else half_terms.after(day)
        return found or list(half_terms.spans)[-1]


def by_half_term(actions: Iterable[tuple[HalfTermName, PlanAction]]) -> tuple[PlanHalfTerm, ...]:
    """Lay actions out by half term, in the order of the year; within one they keep their order."""
    cells: dict[HalfTermName, list[PlanAction]] = {}
    for half_term, action in actions:
        cells.setdefault(half_term, []).append(action)
    return tuple(PlanHalfTerm(half_term=name, actions=tuple(cells[name])) for name in ORDER if name in cells)


def _distinct(objectives: Iterable[Objective]) -> tuple[Objective, ...]:
    """Give each action an id that no other has, and that is one: audits take any text for it."""
    taken: set[str] = set()

    def distinct(action: PlanAction, objective: str) -> PlanAction:
        id = action.id if is_id(action.id) else f"{objective}-action"
        fresh, number = id, 1
        while fresh in taken:
            number += 1
            fresh = f"{id}-{number}"
        taken.add(fresh)
        return evolve(action, id=fresh)

    return tuple(
        evolve(
            objective,
            half_terms=tuple(
                evolve(part, actions=tuple(distinct(one, objective.id) for one in part.actions))
                for part in objective.half_terms
            ),
        )
        for objective in objectives
    )


def _is_open(action: Action) -> bool:
    return action.state in (ActionState.OPEN, ActionState.CARRIED)
