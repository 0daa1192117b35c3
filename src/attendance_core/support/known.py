"""Known words: whether the ids that an event names are those of the pathway, the catalogue and the directory."""

from collections.abc import Collection, Iterator

from attendance_core.errors import Fault, join_names
from attendance_core.model.events import Event
from attendance_core.model.school_log import ProgrammeDecision
from attendance_core.model.support_contacts import Signpost, SupportDirectory
from attendance_core.model.support_plans import ProgrammeCatalogue, ProgrammePlace, SupportPlan
from attendance_core.model.support_tiers import FactorsNoted, Pathway, TierDecision

#: Events that name such ids.
NAMING = (FactorsNoted, TierDecision, SupportPlan, ProgrammePlace, ProgrammeDecision, Signpost)


def unknown_ids(
    event: Event, pathway: Pathway, catalogue: ProgrammeCatalogue, directory: SupportDirectory
) -> tuple[Fault, ...]:
    """Return which fields of an event name an id that nobody else knows; a catalogue without entries is not asked.

    The id itself is not told: it may be anything that somebody typed.
    """
    tiers = [tier.id for tier in pathway.tiers]
    offered = [one.id for one in catalogue.programmes]

    def ask(field: str, named: Collection[str], known: Collection[str], what: str) -> Iterator[Fault]:
        unknown = sum(1 for one in named if one not in known)
        if known and unknown:
            told = f"{unknown} of {len(named)} are unknown" if len(named) > 1 else "is unknown"
            expected = f"{what}: {join_names(sorted(known), limit=60)}"
            yield Fault(field, told, expected, "Restate it if it is a slip: --revises ID")

    def asked() -> Iterator[Fault]:
        match event:
            case FactorsNoted():
                yield from ask("factors", event.factors, [one.id for one in pathway.factors], "factors of the pathway")
            case TierDecision():
                yield from ask("tier", [event.tier], tiers, "tiers of the pathway")
            case SupportPlan():
                yield from ask("tier", [event.tier], tiers, "tiers of the pathway")
                yield from ask("programmes", event.programmes, offered, "programmes of the catalogue")
            case ProgrammePlace() | ProgrammeDecision():
                yield from ask("programme", [event.programme], offered, "programmes of the catalogue")
            case Signpost():
                services = [one.id for one in directory.services]
                yield from ask("service", [event.service], services, "services of the directory")

    return tuple(asked())
