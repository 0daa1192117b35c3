"""Helped: places in programmes and support plans of ledgers as treatments, for judging whether they helped."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.model.ledgers import Record
from attendance_core.model.support_plans import ProgrammePlace, Scores, SupportPlan
from attendance_core.model.treatments import Score, ScoreKind, Treatment
from attendance_core.register.register import Register
from attendance_core.register.side import Enrolments
from attendance_core.support.ledger import Ledger


class HelpedBy(StrEnum):
    """What of a ledger is taken as help."""

    PROGRAMMES = "programmes"
    """Places in programmes, each under the programme's id."""
    PLANS = "plans"
    """Support plans, each under the id of its tier."""


@frozen(kw_only=True)
class Helped:
    """Help that ledgers tell of.

    Attributes:
        treatments: One for each place or plan.
        strangers: How many belong to pupils whom the register does not hold.
    """

    treatments: tuple[Treatment, ...] = field(repr=False)
    strangers: int = 0


def helped(
    ledgers: Iterable[Ledger], register: Register, as_of: date, by: HelpedBy, costs: Mapping[str, float]
) -> Helped:
    """Return the help that ledgers tell of, as it was known on a day.

    Scores are the last ones on or before the first day, and the first ones after the last day; while help goes on, the
    latest ones.

    Args:
        ledgers: The ledgers.
        register: The register that the pupils belong to.
        as_of: The day; what was written or began later is not known on it.
        by: What is taken as help.
        costs: Programme to pounds for a place, where the ledger gives none.
    """
    finder = Enrolments(register)
    found: list[Treatment] = []
    strangers = 0
    for ledger in ledgers:
        scores = sorted(ledger.records(Scores, as_of), key=lambda one: one.day)
        for part, start, end, cost in _given(ledger, as_of, by):
            who = ledger.who
            try:
                names = {} if who is None else {"pupil_id": who.pupil_id, "school_id": who.school_id}
                enrolment = finder.find(names, start)
            except LookupError:
                strangers += 1
                continue
            found.append(
                Treatment(
                    enrolment_id=enrolment,
                    part_of=part,
                    start=start,
                    end=end,
                    cost=costs.get(part) if cost is None else cost,
                    scores=_scores(scores, start, end),
                )
            )
    return Helped(treatments=tuple(found), strangers=strangers)


def _given(ledger: Ledger, as_of: date, by: HelpedBy) -> Iterable[tuple[str, date, date | None, float | None]]:
    if by is HelpedBy.PROGRAMMES:
        places = [record.event for record in ledger.records(ProgrammePlace, as_of)]
        return [(one.programme, one.start, one.end, one.cost) for one in places if one.start <= as_of]
    plans = [record.event for record in ledger.records(SupportPlan, as_of)]
    return [(one.tier, one.start, one.end, None) for one in plans if one.start <= as_of]


def _scores(records: Iterable[Record[Scores]], start: date, end: date | None) -> tuple[Score, ...]:
    found = []
    for kind in ScoreKind:
        name = kind.value.replace("-", "_")
        told = [(one.day, value) for one in records if (value := getattr(one.event, name)) is not None]
        before = [value for day, value in told if day <= start]
        since = [value for day, value in told if day > (end or start)]
        after = None if not since else since[-1] if end is None else since[0]
        if before or after is not None:
            found.append(Score(kind=kind, before=before[-1] if before else None, after=after))
    return tuple(found)
