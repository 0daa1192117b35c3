"""A store of ledgers that holds each kind of event, about the pupils of the small school for indicators."""

from collections.abc import Iterable
from datetime import date, timedelta

from attendance_core.documents.memory_store import MemoryStore
from attendance_core.model.events import Event, EventId
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.school_log import (
    ActivityKind,
    Circle,
    Circulated,
    PolicyReviewed,
    SchoolActivity,
    SchoolMeeting,
    Training,
)
from attendance_core.model.support_contacts import (
    CaseMeeting,
    Contact,
    ContactOutcome,
    ContactWay,
    LetterSent,
    Referral,
    SupportOffer,
)
from attendance_core.model.support_duties import EhcpReview, LookedAfter, Safeguarding, SafeguardingStatus, Told
from attendance_core.model.support_happenings import Joining, JoiningReason, Placement
from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
from attendance_core.model.support_steps import Arrangement, ArrangementWay, StatutoryStep, StepKind
from attendance_core.support.ledger import Ledgers

START = date(2025, 9, 1)
AS_OF = date(2025, 12, 19)
BY = "attendance lead"
FAMILY = ("mother", "form tutor")


def key(pupil: str, school: str = "") -> PupilKey:
    return PupilKey(pupil_id=pupil, school_id=school)


def kept(*events: tuple[str, Event], school: Iterable[Event] = (), written_on: date | None = None) -> Ledgers:
    """Ledgers in memory with these events, each written on its own day or on one day."""
    ledgers = Ledgers(MemoryStore())
    for pupil, event in events:
        write(ledgers, pupil, event, written_on)
    for event in school:
        ledgers.note(event, written_on=written_on or min(event.day, AS_OF), by=BY)
    return ledgers


def write(ledgers: Ledgers, pupil: str, event: Event, written_on: date | None = None) -> EventId:
    return ledgers.add(key(pupil), event, written_on=written_on or min(event.day, AS_OF), by=BY)


def plan(start: date = START, tier: str = "targeted", **more: object) -> SupportPlan:
    return SupportPlan(start=start, tier=tier, goals=("Come each morning.",), **more)  # type: ignore[arg-type]


def arrangement(start: date, end: date, **more: object) -> Arrangement:
    given: dict[str, object] = {
        "way": ArrangementWay.PART_TIME,
        "basis": "reg 11(6)",
        "rationale": "A slow return after illness.",
        "agreed_with": ("mother",),
        "agreed_on": start,
        "start": start,
        "end": end,
        "review_due": min(start + timedelta(days=14), end),
    }
    return Arrangement(**(given | more))  # type: ignore[arg-type]


def contact(on: date, **more: object) -> Contact:
    given: dict[str, object] = {"on": on, "way": ContactWay.CALL, "outcome": ContactOutcome.REACHED}
    return Contact(**(given | more))  # type: ignore[arg-type]


def met(on: date, purpose: str = "attendance", present: tuple[str, ...] = FAMILY, **more: object) -> CaseMeeting:
    return CaseMeeting(on=on, purpose=purpose, present=present, **more)  # type: ignore[arg-type]


def _casework() -> list[tuple[str, Event]]:
    """Everything that is asked for each pupil who is often away, late, ill, new or in another group."""
    recent = AS_OF - timedelta(days=3)
    found: list[tuple[str, Event]] = []
    for pupil in ("ill", "away", "new", "late"):
        found += [
            (pupil, plan()),
            (pupil, contact(recent)),
            (pupil, met(recent, child_voice="The corridor is loud.")),
            (pupil, met(recent, "lateness")),
            (pupil, Review(of=0, held=recent, outcome=ReviewOutcome.CONTINUE, child_voice="Better.")),
            (pupil, Referral(on=recent, to="health", reason="Long away through illness.")),
            (pupil, SupportOffer(on=START, what="Breakfast club")),
            (pupil, StatutoryStep(step=StepKind.PENALTY_NOTICE, on=recent, parent="parent 1")),
            (pupil, StatutoryStep(step=StepKind.REFERRAL, on=recent)),
            (pupil, LetterSent(on=recent, template="concern", approved_by="head")),
        ]
    for pupil in ("d", "i"):
        found += [
            (pupil, Safeguarding(status=SafeguardingStatus.CHILD_PROTECTION, start=START, lead="lead")),
            (pupil, met(recent, "child protection", ("designated safeguarding lead", "mother"))),
        ]
    for pupil in ("e", "h"):
        found.append((pupil, LookedAfter(start=START, designated_teacher="teacher", pep_held=START)))
    for pupil in ("f", "g"):
        shared = (Told(whom="local authority", on=recent), Told(whom="mother", on=recent))
        found.append((pupil, EhcpReview(due=recent, held=recent, pack_made=START, shared=shared)))
    joined = date(2025, 10, 6)
    found += [
        ("new", Joining(reason=JoiningReason.NEW, agreed=joined, started=joined, support="Weekly check-in.")),
        ("ill", Joining(reason=JoiningReason.RETURNING, agreed=date(2025, 11, 3))),
        ("late", arrangement(START, AS_OF, way=ArrangementWay.PHASED_RETURN)),
        ("away", Placement(provider="Farm school", start=START, end=date(2026, 2, 1), quality_checked=recent)),
    ]
    # First-day contacts for every absence of the last weeks.
    for offset in range(30):
        day = AS_OF - timedelta(days=offset)
        found += [(pupil, contact(day, absence_of=day)) for pupil in ("ill", "away", "late", "new")]
    return found


def _school_log() -> list[Event]:
    found: list[Event] = [
        Circulated(what="targets", on=START, to=tuple(Circle)),
        PolicyReviewed(document="attendance policy", on=START, next_due=date(2026, 9, 1)),
        Training(module="first-day calling", role="tutor", on=START),
    ]
    for week in range(17):
        day = START + timedelta(days=7 * week)
        found += [
            Circulated(what="figures", on=day, to=(Circle.STAFF, Circle.GOVERNORS, Circle.LEADERS)),
            Circulated(what="subject figures", on=day, to=(Circle.STAFF,)),
            Circulated(what="group figures", on=day, to=(Circle.LEADERS,)),
            Circulated(what="statement", on=day, to=(Circle.PARENTS, Circle.PUPILS)),
            SchoolMeeting(meeting="pastoral team", on=day, topics=("codes", "services", "outside service")),
            SchoolMeeting(meeting="line management", on=day, topics=("workload",)),
            SchoolActivity(
                activity=ActivityKind.SURVEY, on=day, asked=10, answered=9, items=("six-areas/impact-wellbeing",)
            ),
        ]
    return found


def whole() -> Ledgers:
    """Ledgers that hold everything that rules and indicators ask for."""
    return kept(*_casework(), school=_school_log())
