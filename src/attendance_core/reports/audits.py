"""An audit as a report: statuses with what decided them, every item with its evidence, the second assessor's view."""

from collections.abc import Sequence

from attendance_core.audits.comparing import AuditComparison, Direction
from attendance_core.model.actions import Action
from attendance_core.model.audits import Audit, Response
from attendance_core.model.frameworks import Framework, FrameworkSection, Item
from attendance_core.model.indicators import EvidenceVerdict, ItemEvidence
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
)
from attendance_core.model.statuses import AuditStatus, PartStatus
from attendance_core.reports.words import day, number_of

AUDITORS = Audience(id="leaders", title="Senior leaders", names_pupils=False, inside=True)
"""Who reads an audit. It names no pupil: indicators give numbers."""


def audit_report(
    audit: Audit,
    framework: Framework,
    status: AuditStatus,
    provenance: Provenance,
    *,
    evidence: Sequence[ItemEvidence] | None = None,
    comparison: AuditComparison | None = None,
    school: str = "",
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the report of an audit.

    Args:
        audit: The audit.
        framework: What it answers.
        status: Its statuses on a day.
        provenance: What it was made from.
        evidence: What the records say of its items; None: no register was asked.
        comparison: Another audit, or the second assessor, beside it.
        school: The school's name.
        notes: What is missing, and why.
    """
    by_item = {one.item: one for one in evidence or ()}
    sections = [Section(id="status", title="Status", blocks=_status(status))]
    if evidence is not None:
        sections.append(Section(id="evidence", title="What the records say", blocks=_evidence(evidence)))
    if comparison is not None:
        title = f"{comparison.first} and {comparison.second}"
        sections.append(Section(id="comparison", title=title, blocks=comparison_blocks(comparison)))
    for section, found in zip(framework.sections, status.sections, strict=True):
        blocks = _section(audit, section, found, by_item)
        sections.append(Section(id=f"section-{section.id}", title=section.name, blocks=blocks))
    sections.append(Section(id="actions", title="Actions", blocks=_actions(audit)))
    if audit.second_assessor or any(one.second for one in audit.responses) or audit.recommendations:
        sections.append(Section(id="second", title="Second assessor", blocks=_second(audit)))
    if audit.doubts:
        table = Table(
            id="doubts",
            title="Cells to decide about",
            columns=_columns("Cell", "Item", "What is doubtful", "What it says"),
            rows=tuple((one.cell, one.item, one.what, one.found) for one in audit.doubts),
            caption="Until somebody decides, such a cell rates nothing.",
        )
        sections.append(Section(id="doubts", title="Cells to decide about", blocks=(table,)))
    about = f"{framework.title}, version {audit.framework_version}; answered on {day(audit.on)}"
    return Report(
        title=f"{framework.title}: {school or audit.school}" if school or audit.school else framework.title,
        subtitle=f"{about}; actions as of {day(status.as_of)}",
        audience=AUDITORS.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=notes,
    )


def _columns(*titles: str, integers: Sequence[str] = ()) -> tuple[Column, ...]:
    return tuple(
        Column(
            key=title.lower().replace(" ", "_"),
            title=title,
            kind=ColumnKind.INTEGER if title in integers else ColumnKind.TEXT,
        )
        for title in titles
    )


def _status(status: AuditStatus) -> tuple[Block, ...]:
    rules = [status.whole.rule, *(name for name, _ in status.whole.others)]
    counts = ("Red", "Amber", "Green", "Unanswered", "Apart")
    rows: list[tuple[Cell, ...]] = []
    for one in (status.whole, *status.sections):
        others = dict(one.others)
        rows.append(
            (
                one.name,
                one.told,
                *(others[name].value for name in rules[1:]),
                one.red,
                one.amber,
                one.green,
                len(one.unanswered),
                len(one.apart),
            )
        )
    heads = ("Part", f"{rules[0]} (this audit's rule)", *rules[1:], *counts)
    why = tuple(
        (one.name, one.because, ", ".join(one.deciding), one.descriptor) for one in (status.whole, *status.sections)
    )
    return (
        Paragraph(
            text=f"The whole is {status.whole.told}, by the rule {status.whole.rule} {status.whole.rule_version}. "
            f"{status.says}"
        ),
        *(Paragraph(text=note) for note in status.notes),
        Table(
            id="statuses",
            title="Status by rule",
            columns=_columns(*heads, integers=counts),
            rows=tuple(rows),
            caption="Items whose source is uncertain are counted apart and decide nothing.",
        ),
        Table(
            id="deciding",
            title="What decided it",
            columns=_columns("Part", "Why", "Items that decided", "What practice looks like at this colour"),
            rows=why,
            caption="Descriptors describe; no rule is made from them.",
        ),
    )


def _evidence(evidence: Sequence[ItemEvidence]) -> tuple[Block, ...]:
    counts = {verdict: sum(one.verdict is verdict for one in evidence) for verdict in EvidenceVerdict}
    told = ", ".join(f"{verdict.value}: {number}" for verdict, number in counts.items())
    order = (EvidenceVerdict.CONTRADICTS, EvidenceVerdict.SUPPORTS, EvidenceVerdict.CANNOT_TELL)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.item, one.rating, verdict.value, one.reading.text, one.note, "; ".join(one.reading.figures))
        for verdict in order
        for one in evidence
        if one.verdict is verdict
    )
    return (
        Paragraph(
            text=f"Of {number_of(len(evidence), 'item')} that records can test: {told}. Records test a part of a "
            "statement, never whether the practice is good; no rating changes by itself."
        ),
        Table(
            id="evidence",
            title="Ratings beside the records",
            columns=_columns("Item", "Rating", "Verdict", "What was found", "To mind", "Figures"),
            rows=rows,
        ),
    )


def _section(
    audit: Audit, section: FrameworkSection, status: PartStatus, evidence: dict[str, ItemEvidence]
) -> tuple[Block, ...]:
    rows = [_row(audit, item, evidence) for item in section.each() if item.rateable]
    titles = ("Item", "Statement", "Rating", "Second assessor", "Evidence", "Actions", "Comment", "Records")
    return (
        Paragraph(text=f"{status.told.capitalize()}. {status.because}"),
        Table(id=f"items-{section.id}", title="Items", columns=_columns(*titles), rows=tuple(rows)),
    )


def _row(audit: Audit, item: Item, evidence: dict[str, ItemEvidence]) -> tuple[Cell, ...]:
    answer: Response = audit.response(item.id)
    step = audit.scale.step(answer.rating)
    other = audit.scale.step(answer.second.rating) if answer.second else None
    second = ": ".join(filter(None, (other.title if other else "", answer.second.comment if answer.second else "")))
    pieces = "\n".join(f"{one.kind.value}{f', {one.on}' if one.on else ''}: {one.text}" for one in answer.evidence)
    rating = step.title if step else "not rated"
    if item.uncertain:
        rating += " (source uncertain, counted apart)"
    return (
        item.label or item.id,
        item.text,
        rating,
        second,
        pieces,
        "\n".join(map(_told, answer.actions)),
        answer.comment,
        evidence[item.id].told if item.id in evidence else "",
    )


def _told(action: Action) -> str:
    parts = [action.owner, f"by {day(action.due)}" if action.due else "no day set", action.state.value]
    return f"{action.text} ({', '.join(filter(None, parts))})"


def _actions(audit: Audit) -> tuple[Block, ...]:
    listed = [(response.item, action) for response in audit.responses for action in response.actions]
    for found in audit.recommendations:
        action = found.action(audit.framework)
        if action is not None:
            listed.append((", ".join(found.items), action))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (item, one.text, one.owner, one.due, one.state.value) for item, one in listed
    )
    columns = (
        Column(key="item", title="Item"),
        Column(key="action", title="Action"),
        Column(key="owner", title="By whom"),
        Column(key="due", title="Due", kind=ColumnKind.DATE),
        Column(key="state", title="State"),
    )
    return (Table(id="actions", title="Actions", columns=columns, rows=rows, empty="No action is planned."),)


def _second(audit: Audit) -> tuple[Block, ...]:
    asked = [(one.item, document) for one in audit.responses if one.second for document in one.second.documents]
    documents = Table(
        id="documents",
        title="Documents asked for",
        columns=(
            Column(key="item", title="Item"),
            Column(key="document", title="Document"),
            Column(key="asked", title="Asked", kind=ColumnKind.DATE),
            Column(key="received", title="Received", kind=ColumnKind.DATE),
            Column(key="note", title="Note"),
        ),
        rows=tuple((item, one.text, one.asked, one.received, one.note) for item, one in asked),
        caption=f"{sum(one.outstanding for _, one in asked)} of {len(asked)} have not come.",
        empty="No document was asked for.",
    )
    recommended = Table(
        id="recommendations",
        title="Recommendations on the whole",
        columns=_columns("Recommendation", "Items", "State", "Reason"),
        rows=tuple((one.text, ", ".join(one.items), one.state.value, one.reason) for one in audit.recommendations),
        caption="An accepted recommendation becomes an action of the plan.",
        empty="Nothing was recommended.",
    )
    return (documents, recommended)


def comparison_blocks(found: AuditComparison) -> tuple[Block, ...]:
    """Return what differs between two views: the statuses, then every item that is not the same in both."""
    counts = ", ".join(f"{direction.value}: {found.count(direction)}" for direction in Direction)
    before, after = ((one.whole, *one.sections) for one in found.statuses)
    statuses = tuple((one.name, one.told, two.told) for one, two in zip(before, after, strict=True))
    moved = [one for one in found.items if one.direction not in (Direction.SAME, Direction.NEITHER)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.item,
            one.first or "not rated",
            one.second or "not rated",
            one.direction.value,
            one.new_evidence,
            "rose without new evidence" if one.unsupported else "",
        )
        for one in moved
    )
    heads = ("Item", found.first, found.second, "Second is", "New evidence", "To ask")
    return (
        *(Paragraph(text=note) for note in found.notes),
        Paragraph(text=f"Items: {counts}."),
        Table(
            id="comparison-statuses",
            title=f"Status by the rule {found.statuses[0].whole.rule}",
            columns=_columns("Part", f"{found.first} ", f"{found.second}  "),
            rows=statuses,
        ),
        Table(
            id="comparison-items",
            title="Items that differ",
            columns=_columns(*heads, integers=("New evidence",)),
            rows=rows,
            empty="Every item is rated the same.",
        ),
    )
