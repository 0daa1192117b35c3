"""Plans and agendas as documents: how a plan stands, what the public may read, and what a meeting talks about."""

from datetime import date

from attendance_core.model.agendas import AgendaPartKind
from attendance_core.model.plans import Objective
from attendance_core.model.reports import (
    Audience,
    Block,
    Cell,
    Column,
    ColumnKind,
    Paragraph,
    Provenance,
    Report,
    Section,
    Table,
    View,
)
from attendance_core.plans.agendas import Agenda, AgendaSection
from attendance_core.plans.publishing import PublicObjective, PublicPlan
from attendance_core.plans.standing import PlanStatus
from attendance_core.plans.targets import TargetResult, results_of
from attendance_core.plans.warnings import PlanWarning
from attendance_core.reports.words import day, number_of

LEADERS = Audience(id="leaders", title="Senior leaders", names_pupils=False, inside=True)
"""Who reads how a plan stands. No pupil is in a plan, and staff stand as roles."""

PUBLIC = Audience(id="public", title="The public", names_pupils=False, inside=False)
"""Who reads the public version."""

#: What stands in place of a text that nobody cleared.
NOT_PUBLISHED = "(wording not published)"


def plan_report(
    status: PlanStatus,
    results: tuple[TargetResult, ...],
    warnings: tuple[PlanWarning, ...],
    provenance: Provenance,
    *,
    school: str = "",
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the report on how a plan stands.

    Args:
        status: Its actions and reviews on a day.
        results: Its targets.
        warnings: What to ask of it.
        provenance: What it was made from.
        school: The school's name.
        notes: What is missing, and why.
    """
    plan = status.plan
    sections = [
        Section(id="standing", title="How the plan stands", blocks=_standing(status)),
        Section(id="targets", title="Targets", blocks=_targets(status, results)),
    ]
    for stage in plan.stages:
        mine = [one for one in plan.objectives if one.stage == stage.id]
        if mine:
            blocks = tuple(block for one in mine for block in _objective(one, status, results))
            name = ": ".join(part for part in (stage.label, stage.title) if part) or stage.id
            sections.append(Section(id=f"stage-{stage.id}", title=name, blocks=blocks))
    sections.append(Section(id="reviews", title="Reviews", blocks=(_reviews(status), _past(status))))
    if warnings:
        rows = tuple((one.where, one.text) for one in warnings)
        columns = (Column(key="where", title="Where"), Column(key="text", title="To ask"))
        table = Table(id="warnings", title="What to ask of the plan", columns=columns, rows=rows)
        sections.append(Section(id="warnings", title="What to ask of the plan", blocks=(table,)))
    return Report(
        title=f"{plan.title}: {school}" if school else plan.title,
        subtitle=f"How it stands on {day(status.as_of)}",
        audience=LEADERS.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=(*notes, *status.notes),
    )


def _standing(status: PlanStatus) -> tuple[Block, ...]:
    rows: tuple[tuple[Cell, ...], ...] = tuple((standing.value, number) for standing, number in status.counts.items())
    total = len(status.actions)
    live = len(status.plan.live())
    objectives = number_of(len(status.plan.objectives), "objective")
    text = f"{number_of(total, 'action')} under {objectives}, {live} of them live."
    columns = (Column(key="state", title="State"), Column(key="actions", title="Actions", kind=ColumnKind.INTEGER))
    return (Paragraph(text=text), Table(id="standing", title="Actions by state", columns=columns, rows=rows))


def _targets(status: PlanStatus, results: tuple[TargetResult, ...]) -> tuple[Block, ...]:
    rows = []
    for one in results:
        rows.append((one.objective, one.target.text, one.target.kind.value, one.reached.value, one.says, _mark(one)))
    names = (
        ("objective", "Objective"), ("target", "Target"), ("kind", "Kind"), ("reached", "Stands"), ("says", "Why"),
        ("source", "Held against"),
    )  # fmt: skip
    columns = tuple(Column(key=key, title=title) for key, title in names)
    blocks: list[Block] = [
        Table(id="targets", title="Targets", columns=columns, rows=tuple(rows), empty="The plan has no target.")
    ]
    groups = [(one, group) for one in results for group in one.groups]
    if groups:
        head = (
            Column(key="target", title="Target"),
            Column(key="group", title="Group"),
            Column(key="now", title="Now", kind=ColumnKind.PERCENT),
            Column(key="before", title="A year before", kind=ColumnKind.PERCENT),
            Column(key="change", title="Change", kind=ColumnKind.POINTS),
            Column(key="note", title="Mind"),
        )
        cells = []
        for result, group in groups:
            now = None if group.figure is None else group.figure.value
            then = None if group.before is None else group.before.value
            change = None if now is None or then is None else now - then
            cells.append((result.target.id, group.cohort, now, then, change, group.note))
        blocks.append(Table(id="target-groups", title="Groups of the targets", columns=head, rows=tuple(cells)))
    return tuple(blocks)


def _mark(one: TargetResult) -> str:
    return f"{one.source} (provisional)" if one.provisional else one.source


def _objective(one: Objective, status: PlanStatus, results: tuple[TargetResult, ...]) -> tuple[Block, ...]:
    people = (
        ("Lead", one.leads), ("Monitors", one.monitors), ("Reported to", one.reports_to),
        ("Governor link", one.governor_link), ("Evaluates", one.evaluation),
    )  # fmt: skip
    told = [f"{name}: {', '.join(who)}." for name, who in people if who]
    cost = "; ".join(
        part for part in (one.cost, f"£{one.amount:,}" if one.amount is not None else "", one.funding) if part
    )
    if cost:
        told.append(f"Cost: {cost}.")
    if one.answers:
        told.append(f"Answers {', '.join(one.answers)}.")
    if one.linked:
        told.append(f"Linked with {', '.join(one.linked)}.")
    reached = [f"{result.target.text} {result.reached.value}" for result in results_of(results, one.id)]
    name = f"{one.label}. {one.text}" if one.label else one.text
    rows = tuple(
        (
            action.half_term.value,
            action.action.text,
            action.action.owner or ", ".join(one.leads),
            action.due,
            action.standing.value,
            "" if action.asked is None else f"{action.held} of {action.asked}",
            action.note,
        )
        for action in status.actions
        if action.objective == one.id
    )
    columns = (
        Column(key="half_term", title="Half term"),
        Column(key="action", title="Action"),
        Column(key="owner", title="Who"),
        Column(key="due", title="Due", kind=ColumnKind.DATE),
        Column(key="state", title="State"),
        Column(key="held", title="Times done"),
        Column(key="note", title="Mind"),
    )
    caption = f"{one.state.value}; {'; '.join(reached)}" if reached else one.state.value
    return (
        Paragraph(text=f"{name} ({one.state.value})"),
        *((Paragraph(text=" ".join(told)),) if told else ()),
        Table(id=f"actions-{one.id}", title=f"Actions of {one.id}", columns=columns, rows=rows, caption=caption),
    )


def _reviews(status: PlanStatus) -> Block:
    rows = tuple((one.objective, one.due, one.last, "overdue" if one.overdue else "") for one in status.reviews)
    columns = (
        Column(key="objective", title="Objective"),
        Column(key="due", title="Due", kind=ColumnKind.DATE),
        Column(key="last", title="Last", kind=ColumnKind.DATE),
        Column(key="overdue", title="State"),
    )
    return Table(id="reviews-due", title="Next reviews", columns=columns, rows=rows, empty="No objective is live.")


def _past(status: PlanStatus) -> Block:
    rows = tuple(
        (
            one.on,
            one.objective,
            one.decision.value,
            one.done,
            one.reason,
            "; ".join(piece.text for piece in one.evidence),
        )
        for one in status.plan.reviews
        if one.on <= status.as_of
    )
    columns = (
        Column(key="on", title="Day", kind=ColumnKind.DATE),
        Column(key="objective", title="Objective"),
        Column(key="decision", title="Decision"),
        Column(key="done", title="What was done"),
        Column(key="reason", title="Why"),
        Column(key="evidence", title="Evidence"),
    )
    return Table(id="reviews", title="Reviews so far", columns=columns, rows=rows, empty="No review is recorded.")


def public_view(plan: PublicPlan, *, as_of: date, version: str) -> View:
    """Return the view of a plan that anybody may read.

    It holds what `plans.publishing` let through and nothing else: no id, no name of a file, no figure.

    Args:
        plan: The public plan.
        as_of: The day on which it is published.
        version: Of this library.
    """
    sections = []
    for index, stage in enumerate(plan.stages, start=1):
        blocks = (
            Table(
                id=f"objectives-{index}",
                title="Objectives",
                columns=_columns("No", "Objective", "State", "Targets", "Lead", "Governors", "Evaluated by", "Cost"),
                rows=tuple(_public_row(one) for one in stage.objectives),
            ),
            Table(
                id=f"actions-{index}",
                title="Actions",
                columns=_columns("No", "Half term", "Action", "State"),
                rows=tuple(
                    (one.label, action.half_term.value, action.text or NOT_PUBLISHED, action.state.value)
                    for one in stage.objectives
                    for action in one.actions
                ),
            ),
        )
        title = ": ".join(part for part in (stage.label, stage.title) if part) or f"Part {index}"
        if stage.target_year is not None:
            title += f" (targets for {stage.target_year})"
        sections.append(Section(id=f"stage-{index}", title=title, blocks=blocks))
    report = Report(
        title=f"{plan.title}: {plan.school}" if plan.school else plan.title,
        subtitle=f"As published on {day(as_of)}",
        audience=PUBLIC.id,
        sections=tuple(sections),
        provenance=Provenance(as_of=as_of, version=version),
    )
    return View(audience=PUBLIC, report=report)


def _columns(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(key=title.lower().replace(" ", "_"), title=title) for title in titles)


def _public_row(one: PublicObjective) -> tuple[Cell, ...]:
    watched = (*one.governor_link, *(role for role in one.reports_to if role not in one.governor_link))
    judged = (*one.evaluation, *(role for role in one.monitors if role not in one.evaluation))
    return (
        one.label,
        one.text or NOT_PUBLISHED,
        one.state.value,
        " ".join(text or NOT_PUBLISHED for text in one.targets),
        ", ".join(one.leads),
        ", ".join(watched),
        ", ".join(judged),
        one.cost,
    )


def agenda_report(agenda: Agenda, provenance: Provenance, *, school: str = "", notes: tuple[str, ...] = ()) -> Report:
    """Build the document of an agenda, before disclosure control.

    Args:
        agenda: The agenda.
        provenance: What it was made from.
        school: The school's name.
        notes: What is missing, and why.
    """
    sections = tuple(
        Section(
            id=f"{index}-{section.part.kind.value}", title=section.part.title, blocks=_agenda_blocks(section, index)
        )
        for index, section in enumerate(agenda.sections, start=1)
    )
    meet = f"; this meeting is due by {day(agenda.meet_by)}" if agenda.meet_by is not None else ""
    return Report(
        title=f"{agenda.kind.title}: {school}" if school else agenda.kind.title,
        subtitle=f"As of {day(agenda.as_of)}{meet}",
        audience=agenda.kind.audience.id,
        sections=sections,
        provenance=provenance,
        notes=notes,
    )


def _agenda_blocks(section: AgendaSection, index: int) -> tuple[Block, ...]:
    opening: tuple[Block, ...] = (Paragraph(text=section.part.opening),) if section.part.opening else ()
    if section.missing:
        return (*opening, Paragraph(text=f"Not shown: {section.missing}."))
    if section.part.kind is AgendaPartKind.OPEN:
        return (*opening, Paragraph(text="Room for what the meeting brings."))
    named = any(line.pupil for line in section.lines)
    columns = (
        Column(key="covered", title="Covered"),
        *((Column(key="pupil", title="Pupil", personal=True),) if named else ()),
        Column(key="text", title="What"),
        Column(key="who", title="Who"),
        Column(key="due", title="By"),
        Column(key="state", title="Stands"),
    )
    rows = tuple(
        ("☐", *((line.pupil,) if named else ()), line.text, line.who, day(line.due) if line.due else "", line.state)
        for line in section.lines
    )
    id = f"agenda-{index}-{section.part.kind.value}"
    return (*opening, Table(id=id, title=section.part.title, columns=columns, rows=rows, empty="Nothing stands here."))
