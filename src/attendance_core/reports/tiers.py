"""Tiers as a document: how many pupils are where, and for whom which tier is proposed and why."""

from datetime import date

from attrs import field, frozen

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
from attendance_core.model.support_plans import ProgrammeCatalogue
from attendance_core.model.support_tiers import Pathway
from attendance_core.reports.words import day, number_of
from attendance_core.support.catalogue import suitable
from attendance_core.support.roll import OnRoll
from attendance_core.support.tiers import TierMove, TierProposal, count_moves

_MOVES = {TierMove.UP: "step up", TierMove.STAY: "stay", TierMove.DOWN: "step down"}


@frozen(kw_only=True, eq=False)
class TierProposals:
    """What is proposed for every pupil on roll.

    Attributes:
        as_of: The day asked about.
        pathway: The pathway.
        catalogue: The programmes that a school offers.
        people: The pupils, in the order of ``proposals``.
        proposals: One for each.
        notes: Rules of the pathway that could not be asked.
    """

    as_of: date
    pathway: Pathway
    catalogue: ProgrammeCatalogue = field(factory=ProgrammeCatalogue)
    people: tuple[OnRoll, ...] = field(repr=False)
    proposals: tuple[TierProposal, ...] = field(repr=False)
    notes: tuple[str, ...] = ()

    def programmes(self, proposal: TierProposal) -> tuple[str, ...]:
        """Return the titles of programmes that a concern or a noted factor speaks for."""
        rules = {concern.rule for concern in proposal.case.concerns}
        found = suitable(self.catalogue, tier=proposal.tier, rules=rules, focus=proposal.case.focus)
        return tuple(one.title for one in found)


def tier_report(
    found: TierProposals,
    provenance: Provenance,
    *,
    audience: Audience,
    school: str = "",
    everybody: bool = False,
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the report on tiers.

    Args:
        found: The proposals.
        provenance: What they were made from.
        audience: Who will read it; the view makes it safe.
        school: The school's name.
        everybody: Also list pupils whose tier is the first, and is to stay so.
        notes: What is missing, and why.
    """
    first = found.pathway.tiers[0].id
    listed = [
        (one, who)
        for one, who in zip(found.proposals, found.people, strict=True)
        if everybody or one.move is not TierMove.STAY or one.current != first
    ]
    sections = (
        Section(id="tiers", title="Tiers", blocks=(_counts(found),)),
        Section(id="proposals", title="What is proposed", blocks=_proposals(found, listed)),
        Section(id="pathway", title="What each tier is", blocks=_pathway(found)),
    )
    return Report(
        title=f"Tiers of support: {school}" if school else "Tiers of support",
        subtitle=f"Proposed on {day(found.as_of)}",
        audience=audience.id,
        sections=sections,
        provenance=provenance,
        notes=(*notes, *found.notes),
    )


def _counts(found: TierProposals) -> Table:
    labels = {tier.id: tier.label for tier in found.pathway.tiers}
    moves = count_moves(found.proposals)
    rows: list[tuple[Cell, ...]] = []
    for current, label in labels.items():
        mine = [moves.get((current, tier), 0) for tier in labels]
        rows.append((label, sum(mine), *mine))
    columns = (
        Column(key="current", title="Tier now"),
        Column(key="pupils", title="Pupils", kind=ColumnKind.INTEGER),
        *(
            Column(key=f"to-{tier}", title=f"Proposed: {label}", kind=ColumnKind.INTEGER)
            for tier, label in labels.items()
        ),
    )
    undecided = number_of(sum(1 for one in found.proposals if one.case.decision is None), "pupil")
    first = found.pathway.tiers[0].label
    return Table(
        id="tier-counts",
        title="Where pupils are, and what is proposed",
        columns=columns,
        rows=tuple(rows),
        caption=f"Of {undecided} nobody has decided a tier: they count under {first}.",
    )


def _proposals(found: TierProposals, listed: list[tuple[TierProposal, OnRoll]]) -> tuple[Block, ...]:
    labels = {tier.id: tier.label for tier in found.pathway.tiers}
    order = {TierMove.UP: 0, TierMove.DOWN: 1, TierMove.STAY: 2}
    several = len({who.school_id for who in found.people}) > 1
    place = found.pathway.place
    rows: list[tuple[Cell, ...]] = []
    for one, who in sorted(listed, key=lambda pair: (order[pair[0].move], -place(pair[0].tier), pair[1].number)):
        decision = one.case.decision
        rows.append(
            (
                *((who.school_id,) if several else ()),
                one.who.pupil_id,
                labels[one.current],
                None if decision is None else decision.on,
                _MOVES[one.move],
                labels[one.tier],
                "; ".join(one.reasons),
                ", ".join(found.programmes(one)),
            )
        )
    columns = (
        *((Column(key="school_id", title="School"),) if several else ()),
        Column(key="pupil_id", title="Pupil", personal=True),
        Column(key="current", title="Tier now"),
        Column(key="since", title="Since", kind=ColumnKind.DATE),
        Column(key="move", title="Proposal"),
        Column(key="tier", title="Tier proposed"),
        Column(key="reasons", title="Why"),
        Column(key="programmes", title="Programmes to consider"),
    )
    left = len(found.proposals) - len(listed)
    caption = "A proposal changes nothing: a person accepts it, or decides otherwise and says why."
    if left:
        caption += f" {number_of(left, 'pupil')} whose tier is the first and stays so are not listed."
    table = Table(
        id="tier-proposals",
        title=number_of(len(rows), "pupil"),
        columns=columns,
        rows=tuple(rows),
        caption=caption,
    )
    return (Paragraph(text="Each line names what speaks for the tier, and what a person decided before."), table)


def _pathway(found: TierProposals) -> tuple[Block, ...]:
    rows: list[tuple[Cell, ...]] = []
    rules: list[tuple[Cell, ...]] = []
    for tier in found.pathway.tiers:
        weeks = f"{tier.leave_after_weeks} whole school weeks without a concern of it" if tier.leave_after_weeks else ""
        leave = "; ".join(part for part in (weeks, tier.leave_words) if part)
        rows.append((tier.label, tier.intent, tier.enter_words, leave, tier.review_days))
        rules += [(tier.label, rule, "as soon as it holds") for rule in tier.enter]
        after = f"if it still holds after {tier.repeated_weeks} whole school weeks in the tier below"
        rules += [(tier.label, rule, after) for rule in tier.enter_repeated]
    columns = (
        Column(key="tier", title="Tier"),
        Column(key="intent", title="What it is for"),
        Column(key="enter", title="What to look for"),
        Column(key="leave", title="What speaks for a step down"),
        Column(key="review_days", title="Days to a review", kind=ColumnKind.INTEGER),
    )
    spoken = (
        Column(key="tier", title="Tier"),
        Column(key="rule", title="Concern"),
        Column(key="when", title="Speaks for it"),
    )
    return (
        Table(id="tier-pathway", title=found.pathway.title, columns=columns, rows=tuple(rows)),
        Table(id="tier-rules", title="Which concerns speak for which tier", columns=spoken, rows=tuple(rules)),
    )
