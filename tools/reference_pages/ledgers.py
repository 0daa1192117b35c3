"""The page of support: kinds of events with their fields, gates before formal steps, and how long entries are kept."""

from typing import Any

from reference_pages.saying import choices, keys_of, summary
from reference_pages.writing import citations, code, page, sentences, table, yes


def ledgers_page() -> str:
    """Events, gates and retention, with their citations."""
    from attendance_core.model.actions import Action, Evidence
    from attendance_core.model.ledgers import ErasureGround
    from attendance_core.model.support_duties import Told
    from attendance_core.model.support_gates import ProofKind, ProofState
    from attendance_core.model.support_happenings import ProviderWeek
    from attendance_core.model.support_plans import BuildUpStep
    from attendance_core.reference.retention import load_periods
    from attendance_core.support.gate import load_gates
    from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS

    gates = load_gates()
    parts = [
        "`attendance support log KIND PUPIL NAME=VALUE...` writes an event, with the names below; a name that is given "
        "twice makes a list.\n"
        "[A referral pack](../how-to/referral-pack.md) shows the commands at work.",
        "## Gates before a formal step",
        "A gate warns and never blocks: with a reason and the name of who decided, a step is written all the same, "
        "with what was missing.",
        "### What is looked for",
        choices(ProofKind),
        "### What may come of it",
        choices(ProofState),
    ]
    for gate in gates.values():
        for version in gate.versions:
            end = f" to {version.in_force_to}" if version.in_force_to else ""
            rows: list[tuple[Any, ...]] = [
                (code(one.id), one.asks, f"the last {one.months} months" if one.months else "any time")
                for one in version.requires
            ]
            parts += [
                f"### `{gate.step.value}`: {gate.title}",
                f"From {version.in_force_from}{end}, last checked on {version.last_checked_on}.",
                table(("Id", "What is looked for", "Of"), rows),
                sentences(version.doubt),
                "Sources:",
                citations(version.cites),
            ]
    parts += [
        "## How long entries are kept",
        "`[retention]` in `attendance.toml` chooses otherwise, where no floor forbids it.\n"
        "What is written about support is counted from the last day that an entry of the pupil's ledger belongs to or "
        "was written on.",
    ]
    for entry in load_periods().values():
        for period in entry.versions:
            end = f" to {period.in_force_to}" if period.in_force_to else ""
            parts += [
                f"### {entry.title}, from {period.in_force_from}{end}",
                table(("Years", "A floor"), [(period.years, yes(period.floor))]),
                citations(period.cites),
            ]
    parts += ["### Grounds of erasing", choices(ErasureGround), "## Events of a pupil"]
    for kind, cls in PUPIL_EVENTS.items():
        parts += [f"### `{kind}`", sentences(summary(cls)), keys_of(cls)]
    parts.append("## Parts of events")
    for part in (Action, Evidence, Told, BuildUpStep, ProviderWeek):
        parts += [f"### {part.__name__}", sentences(summary(part)), keys_of(part)]
    parts.append("## Events of the school")
    for kind, cls in SCHOOL_EVENTS.items():
        parts += [f"### `{kind}`", sentences(summary(cls)), keys_of(cls)]
    return page("Support", *parts)
