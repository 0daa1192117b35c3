"""Side records from ledgers: what rules, checks and indicators read beside the marks.

A pupil's record goes to the enrolment that covers its first day, as a file's does. A record that is of several kinds,
such as a meeting in which the child spoke, stands once for each of them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, cast

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import frame_of
from attendance_core.model.events import Event
from attendance_core.model.ledgers import Record
from attendance_core.model.school_log import ActivityKind, Circulated, PolicyReviewed, SchoolActivity, SchoolMeeting
from attendance_core.model.side_records import SIDE_COLUMNS, SideRecord
from attendance_core.model.support_contacts import CaseMeeting, Contact, LetterSent, Referral, SupportOffer
from attendance_core.model.support_duties import EhcpReview, LookedAfter
from attendance_core.model.support_happenings import Joining, JoiningReason, Placement
from attendance_core.model.support_plans import Review, SupportPlan
from attendance_core.model.support_steps import Arrangement, StatutoryStep, StepKind, StepState
from attendance_core.register.register import Register
from attendance_core.register.side import SCHEMA, Enrolments
from attendance_core.support.ledger import Ledger, Ledgers
from attendance_core.support.words import counted, word

Frame = nw.DataFrame[Any]

#: Kind of plan that stands for a personal education plan: it is no plan for attendance.
EDUCATION_PLAN: Final = "personal-education-plan"
#: The framework item that makes a survey one of wellbeing.
_WELLBEING: Final = "six-areas/impact-wellbeing"

_FAMILY: Final = frozenset({"parent", "parents", "mother", "father", "carer", "carers", "family", "guardian"})
_CHILD: Final = frozenset({"child", "pupil", "pupils", "young-person"})
_AUTHORITY: Final = frozenset({"authority", "local-authority", "la", "council", "send-team", "attendance-support-team"})
_SAFEGUARDING: Final = frozenset({"safeguarding-lead", "designated-safeguarding-lead", "dsl"})
_PROVIDER: Final = frozenset({"provider", "alternative-provider"})
_OUTSIDE: Final = _AUTHORITY | {
    "social-worker", "youth-offending-team", "health", "school-nurse", "camhs", "mental-health", "family-help",
    "educational-psychologist", "early-help", "police",
}  # fmt: skip


@frozen(kw_only=True)
class SideRow:
    """One row of a frame of side records, of whom left open.

    Attributes:
        record: Which frame.
        kind: What kind of record it is.
        state: How it stands.
        on: When it was made.
        start: First day that it covers.
        end: Last day that it covers.
    """

    record: SideRecord
    kind: str
    state: str = ""
    on: date | None = None
    start: date | None = None
    end: date | None = None


@frozen(kw_only=True, eq=False)
class SideRecords:
    """Side records for a register, and what did not become one.

    Attributes:
        frames: The frames by kind; a kind that is absent was not given.
        notes: What a reader should know: which source was taken, what was left out and why.
        unplaced: Records of pupils that the register does not hold, or holds in several schools.
        later: Entries that were written after the day asked about.
    """

    frames: Mapping[str, Frame] = field(repr=False)
    notes: tuple[str, ...] = ()
    unplaced: int = 0
    later: int = 0


def side_records(ledgers: Ledgers, register: Register, as_of: date) -> SideRecords:
    """Lay the ledgers of a store out as side records; every kind is there, if only without a row.

    Args:
        ledgers: The ledgers.
        register: The register that they are to be read beside.
        as_of: What was written later is left out, and counted.
    """
    enrolments = Enrolments(register)
    rows: dict[SideRecord, dict[str, list[Any]]] = {
        record: {name: [] for name in SIDE_COLUMNS} for record in SideRecord
    }
    unplaced = later = 0
    strangers = set()
    for ledger in ledgers.all(*_PUPIL):
        later += ledger.later(as_of)
        who = {"pupil_id": ledger.who.pupil_id, "school_id": ledger.who.school_id} if ledger.who else {}
        for row in _rows(ledger, _PUPIL, as_of):
            try:
                enrolment = enrolments.find(who, row.start or row.on or row.end)
            except LookupError:
                strangers.add(ledger.name)
                unplaced += 1
                continue
            _add(rows[row.record], enrolment, row)
    school = ledgers.school()
    later += school.later(as_of)
    for row in _rows(school, _SCHOOL, as_of):
        _add(rows[row.record], "", row)
    notes = []
    if unplaced:
        notes.append(
            f"Left out of the ledgers: {counted(unplaced, 'side record')} of {counted(len(strangers), 'pupil')} that "
            "the register does not hold, or holds in several schools"
        )
    if later:
        notes.append(f"Left out of the ledgers: {counted(later, 'entry', 'entries')} written after {as_of}")
    frames = {record.value: frame_of(columns, SCHEMA) for record, columns in rows.items()}
    return SideRecords(frames=frames, notes=tuple(notes), unplaced=unplaced, later=later)


def _add(columns: dict[str, list[Any]], enrolment: str, row: SideRow) -> None:
    values = (enrolment, row.kind, row.state, row.on, row.start, row.end)
    for name, value in zip(SIDE_COLUMNS, values, strict=True):
        columns[name].append(value)


Maker = Callable[[Record[Any], Mapping[int, str]], Iterator[SideRow]]


def _rows(ledger: Ledger, makers: Mapping[type[Event], Maker], as_of: date) -> Iterator[SideRow]:
    records = ledger.records(Event, as_of)
    kinds = {record.id.place: record.event.kind for record in records}
    for record in records:
        make = makers.get(type(record.event))
        if make is not None:
            yield from make(record, kinds)


def _circle(whom: str) -> str:
    """Return the audience that somebody belongs to, in the words of circulation; empty if that cannot be told."""
    role = word(whom)
    known = (("parents", _FAMILY), ("pupils", _CHILD), ("authority", _AUTHORITY))
    return next((name for name, roles in known if role in roles), "")


# -- one maker for each kind of event


def _arrangement(record: Record[Arrangement], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    yield SideRow(record=SideRecord.ARRANGEMENTS, kind=one.way.value, on=one.agreed_on, start=one.start, end=one.last)


def _placement(record: Record[Placement], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    yield SideRow(record=SideRecord.ARRANGEMENTS, kind="alternative-provision", start=one.start, end=one.end)
    seen = {entry.event.quality_checked for entry in record.history if entry.event is not None}
    for day in sorted(day for day in seen if day is not None):
        yield SideRow(record=SideRecord.CONTACTS, kind="provider", on=day)


def _joining(record: Record[Joining], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    new = one.reason in (JoiningReason.NEW, JoiningReason.MANAGED_MOVE)
    # Without a word of support there is an agreed start, and no plan.
    yield SideRow(
        record=SideRecord.PLANS if one.support.strip() else SideRecord.ARRANGEMENTS,
        kind="induction" if new else "reintegration",
        start=one.agreed,
        end=one.watch_until,
    )


def _step(record: Record[StatutoryStep], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    if one.state is StepState.PROPOSED:
        return
    if one.step is StepKind.PENALTY_NOTICE:
        state = one.state.value if one.state in _NOTICE_STATES else StepState.ISSUED.value
        yield SideRow(
            record=SideRecord.NOTICES, kind=word(one.parent), state=state, on=one.on, start=one.start, end=one.end
        )
    elif one.step is StepKind.REFERRAL and one.state is not StepState.WITHDRAWN:
        yield SideRow(record=SideRecord.CIRCULATION, kind="referral", state="authority", on=one.on)


_NOTICE_STATES = (StepState.ISSUED, StepState.PAID, StepState.UNPAID, StepState.PROSECUTED, StepState.WITHDRAWN)


def _plan(record: Record[SupportPlan], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    yield SideRow(record=SideRecord.PLANS, kind=one.tier, start=one.start, end=one.end)


def _looked_after(record: Record[LookedAfter], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    held = {entry.event.pep_held for entry in record.history if entry.event is not None}
    days = sorted(day for day in held if day is not None)
    for day in days:
        yield SideRow(record=SideRecord.MEETINGS, kind=EDUCATION_PLAN, state="held", on=day)
    if days:
        yield SideRow(record=SideRecord.PLANS, kind=EDUCATION_PLAN, start=days[0], end=record.event.end)


def _contact(record: Record[Contact], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    for kind in (one.way.value, *_with(one.with_whom)):
        yield SideRow(record=SideRecord.CONTACTS, kind=kind, state=one.outcome.value, on=one.on)


def _with(whom: str) -> tuple[str, ...]:
    """Return the kinds of a contact or meeting by who took part in it."""
    role = word(whom)
    known = (("provider", _PROVIDER), ("safeguarding", _SAFEGUARDING), ("outside-service", _OUTSIDE))
    return tuple(name for name, roles in known if role in roles)


def _offer(record: Record[SupportOffer], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    yield SideRow(record=SideRecord.CONTACTS, kind="support-offer", state=one.response.value, on=one.on)


def _referral(record: Record[Referral], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    if word(one.to) in _AUTHORITY:
        yield SideRow(record=SideRecord.CIRCULATION, kind="referral", state="authority", on=one.on)
    for kind in (f"{word(one.to)}-referral", "outside-service"):
        state = "answered" if one.outcome else "waiting"
        yield SideRow(record=SideRecord.CONTACTS, kind=kind, state=state, on=one.on)


def _letter(record: Record[LetterSent], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    yield SideRow(record=SideRecord.CIRCULATION, kind="letter", state="parents", on=record.event.on)


def _meeting(record: Record[CaseMeeting], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    came = any(word(role) in _FAMILY for role in one.present)
    tags = [tag for role in one.present for tag in _with(role)]
    voice = ("child-voice",) if one.child_voice.strip() else ()
    for kind in dict.fromkeys((word(one.purpose), *one.barriers, *tags, *voice)):
        yield SideRow(record=SideRecord.MEETINGS, kind=kind, state="attended" if came else "held", on=one.on)


def _review(record: Record[Review], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    tags = [tag for role in one.present for tag in _with(role)]
    voice = ("child-voice",) if one.child_voice.strip() else ()
    for kind in dict.fromkeys((kinds.get(one.of, ""), *tags, *voice)):
        yield SideRow(
            record=SideRecord.REVIEWS, kind=kind, state="missed" if one.held is None else "done", on=one.held or one.due
        )


def _ehcp(record: Record[EhcpReview], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    done = "due" if one.held is None else "done"
    yield SideRow(record=SideRecord.REVIEWS, kind=one.kind, state=done, on=one.held or one.due)
    for told in one.shared:
        yield SideRow(record=SideRecord.CIRCULATION, kind=one.kind, state=_circle(told.whom), on=told.on)


def _circulated(record: Record[Circulated], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    for circle in one.to:
        yield SideRow(record=SideRecord.CIRCULATION, kind=word(one.what), state=circle.value, on=one.on)


def _school_meeting(record: Record[SchoolMeeting], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    for kind in dict.fromkeys(("attendance", word(one.meeting), *map(word, one.topics))):
        yield SideRow(record=SideRecord.MEETINGS, kind=kind, state="held", on=one.on)


def _activity(record: Record[SchoolActivity], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    one = record.event
    if one.activity is ActivityKind.SURVEY:
        kind = "wellbeing-survey" if _WELLBEING in one.items else "survey"
        yield SideRow(record=SideRecord.REVIEWS, kind=kind, state="done", on=one.on)


def _policy(record: Record[PolicyReviewed], kinds: Mapping[int, str]) -> Iterator[SideRow]:
    yield SideRow(record=SideRecord.REVIEWS, kind="policy", state="done", on=record.event.on)


_PUPIL: Final = cast(
    "Mapping[type[Event], Maker]",
    MappingProxyType(
        {
            Arrangement: _arrangement,
            Placement: _placement,
            Joining: _joining,
            StatutoryStep: _step,
            SupportPlan: _plan,
            LookedAfter: _looked_after,
            Contact: _contact,
            SupportOffer: _offer,
            Referral: _referral,
            LetterSent: _letter,
            CaseMeeting: _meeting,
            Review: _review,
            EhcpReview: _ehcp,
        }
    ),
)
_SCHOOL: Final = cast(
    "Mapping[type[Event], Maker]",
    MappingProxyType(
        {
            Circulated: _circulated,
            SchoolMeeting: _school_meeting,
            SchoolActivity: _activity,
            PolicyReviewed: _policy,
        }
    ),
)
