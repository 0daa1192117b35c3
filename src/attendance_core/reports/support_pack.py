"""Packs on one pupil: the referral pack of support that was offered, and the attendance pack for a plan's review."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from attrs import frozen

from attendance_core.errors import CodebookError
from attendance_core.model.codes import Codebook
from attendance_core.model.events import Event
from attendance_core.model.ledgers import Record
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
from attendance_core.model.support_contacts import (
    CaseMeeting,
    Contact,
    LetterSent,
    LetterStop,
    Referral,
    Signpost,
    SupportOffer,
)
from attendance_core.model.support_duties import EhcpReview, LookedAfter, MedicalNeeds, Safeguarding
from attendance_core.model.support_happenings import (
    CatchUp,
    Joining,
    LeaveRequest,
    Placement,
    RetentionHold,
    RollRemoval,
    StaffConcern,
    Transition,
)
from attendance_core.model.support_plans import ProgrammePlace, Review, Scores, SupportPlan
from attendance_core.model.support_steps import Arrangement, StatutoryStep
from attendance_core.model.support_tiers import FactorsNoted, TierDecision
from attendance_core.reports.words import day, days, decimal, joined, number_of
from attendance_core.support.pack import HalfTermCounts, Pack

E = TypeVar("E", bound=Event)

CASE = Audience(id="case", title="Whoever works on this pupil's case", names_pupils=True, inside=True)
"""Who reads a pack: it is about one pupil, and nothing in it is withheld or rounded."""

#: Kinds of events that no referral pack holds: they are for few eyes, or no matter of a referral.
LEFT_OUT: tuple[tuple[str, tuple[type[Event], ...]], ...] = (
    ("barriers and other factors", (FactorsNoted,)),
    ("decisions on tiers", (TierDecision,)),
    ("concerns of staff", (StaffConcern,)),
    ("scores", (Scores,)),
    ("duties to the child", (LookedAfter, Safeguarding, MedicalNeeds, EhcpReview)),
    (
        "leave, moves, placements and catch-up work",
        (LeaveRequest, Transition, Placement, CatchUp, RollRemoval, Joining),
    ),
    ("stops of letters", (LetterStop,)),
    ("holds", (RetentionHold,)),
)

_TEXT, _INT, _DATE, _PERCENT, _DAYS = (
    ColumnKind.TEXT,
    ColumnKind.INTEGER,
    ColumnKind.DATE,
    ColumnKind.PERCENT,
    ColumnKind.DAYS,
)


def _table(
    id: str, title: str, columns: Iterable[tuple[str, ColumnKind]], rows: Iterable[tuple[Cell, ...]], **more: str
) -> Table:
    heads = tuple(
        Column(key=head.lower().replace(" ", "_").replace(",", ""), title=head, kind=kind) for head, kind in columns
    )
    # A day that has not come is an empty cell, and none that is withheld.
    cells = tuple(tuple("" if cell is None else cell for cell in row) for row in rows)
    return Table(id=id, title=title, columns=heads, rows=cells, **more)


def _lines(*parts: tuple[str, str | Iterable[str]]) -> str:
    """Write what is filled in as lines, each with what it is."""
    told = ((name, value if isinstance(value, str) else "; ".join(value)) for name, value in parts)
    return "\n".join(f"{name}: {value}" for name, value in told if value)


@frozen(kw_only=True)
class _Part:
    """One part of a referral pack: which records, how they are told, and what it means that there is none."""

    id: str
    title: str
    cls: type[Event]
    columns: tuple[tuple[str, ColumnKind], ...]
    row: Callable[[Record[Event]], tuple[Cell, ...]]
    what: Callable[[Record[Event]], str]
    wanted: str = ""


def _offer(event: SupportOffer) -> tuple[Cell, ...]:
    return (event.on, event.what, event.offered_by, event.to, event.response.value, event.responded_on, event.note)


def _contact(event: Contact) -> tuple[Cell, ...]:
    following = _lines((event.next_action, str(event.next_due or ""))) or event.next_action
    return (event.on, event.at, event.way.value, event.with_whom, event.outcome.value, event.reply, following)


def _letter(event: LetterSent) -> tuple[Cell, ...]:
    warned = "warns of a formal step" if event.threatening else ""
    return (event.on, event.template, event.language, event.approved_by, warned)


def _meeting(event: CaseMeeting) -> tuple[Cell, ...]:
    agreed = [action.text for action in event.actions]
    said = _lines(("Child", event.child_voice), ("Parent", event.parent_voice))
    decided = _lines(("Weighed up", event.options), ("Decided", event.decision), ("To do", agreed))
    return (event.on, event.purpose, "; ".join(event.present), "; ".join(event.ways_to_take_part), decided, said)


def _plan(event: SupportPlan) -> tuple[Cell, ...]:
    agreed = _lines(
        ("Adjustments", event.adjustments),
        ("Key adult", event.key_adult),
        ("Programmes", event.programmes),
        ("Next small step", event.next_step),
        ("Agreed with", event.agreed_with),
    )
    said = _lines(("Child", event.child_voice), ("Parent", event.parent_voice))
    return (event.start, event.end, event.tier, "; ".join(event.goals), agreed, said, event.review_due, event.outcome)


def _review(event: Review) -> tuple[Cell, ...]:
    found = _lines(("Helps", event.helps), ("Does not help", event.does_not_help), ("Next small step", event.next_step))
    said = _lines(("Child", event.child_voice), ("Parent", event.parent_voice))
    state = "missed" if event.outcome is None else event.outcome.value
    return (event.due, event.held, state, found, said, event.next_due, event.note)


def _programme(event: ProgrammePlace) -> tuple[Cell, ...]:
    return (event.start, event.end, event.programme, event.sessions_planned, event.sessions_held, event.outcome)


def _referral(event: Referral) -> tuple[Cell, ...]:
    agreed = {True: "yes", False: "no", None: ""}[event.consent]
    return (event.on, event.to, event.reason, agreed, event.outcome, event.outcome_on)


def _signpost(event: Signpost) -> tuple[Cell, ...]:
    return (event.on, event.service, {True: "yes", False: "no", None: ""}[event.used], event.note)


def _arrangement(event: Arrangement) -> tuple[Cell, ...]:
    agreed = f"{'; '.join(event.agreed_with)}, {day(event.agreed_on)}"
    return (event.start, event.last, event.way.value, event.basis, event.rationale, event.timetable, agreed)


def _step(event: StatutoryStep) -> tuple[Cell, ...]:
    why = _lines(("Missing", event.missing), ("Reason", event.reason), ("Decided by", event.decided_by))
    return (event.on, event.step.value, event.state.value, event.parent, event.start, event.end, why)


_D, _T, _I = _DATE, _TEXT, _INT


def _part(
    id: str,
    title: str,
    cls: type[E],
    columns: tuple[tuple[str, ColumnKind], ...],
    row: Callable[[E], tuple[Cell, ...]],
    what: Callable[[E], str],
    wanted: str = "",
) -> _Part:
    return _Part(
        id=id,
        title=title,
        cls=cls,
        columns=columns,
        row=lambda record: row(record.event),  # type: ignore[arg-type]
        what=lambda record: what(record.event),  # type: ignore[arg-type]
        wanted=wanted,
    )


PARTS: tuple[_Part, ...] = (
    _part(
        "offers",
        "Support that was offered",
        SupportOffer,
        (("Offered", _D), ("What", _T), ("By", _T), ("To", _T), ("Answer", _T), ("Answered", _D), ("How it went", _T)),
        _offer,
        lambda one: f"{one.what}: {one.response.value}",
        wanted="No offer of support is recorded.",
    ),
    _part(
        "contacts",
        "Contacts with the family",
        Contact,
        (("Day", _D), ("Time", _T), ("Way", _T), ("With", _T), ("Outcome", _T), ("Reply", _T), ("Next", _T)),
        _contact,
        lambda one: f"{one.way.value}: {one.outcome.value}",
        wanted="No contact with the family is recorded.",
    ),
    _part(
        "letters",
        "Letters",
        LetterSent,
        (("Day", _D), ("Letter", _T), ("Language", _T), ("Approved by", _T), ("Note", _T)),
        _letter,
        lambda one: one.template,
    ),
    _part(
        "meetings",
        "Meetings",
        CaseMeeting,
        (("Day", _D), ("Purpose", _T), ("Present", _T), ("Ways to take part", _T), ("Outcome", _T), ("Said", _T)),
        _meeting,
        lambda one: one.purpose,
        wanted="No meeting is recorded.",
    ),
    _part(
        "plans",
        "Support plans",
        SupportPlan,
        (
            ("From", _D), ("To", _D), ("Tier", _T), ("Goals", _T), ("Agreed", _T), ("Said", _T), ("Review due", _D),
            ("Outcome", _T),
        ),
        _plan,
        lambda one: f"{one.tier}: {'; '.join(one.goals)}",
        wanted="No support plan is recorded.",
    ),
    _part(
        "reviews",
        "Reviews",
        Review,
        (("Due", _D), ("Held", _D), ("Outcome", _T), ("Found", _T), ("Said", _T), ("Next due", _D), ("Note", _T)),
        _review,
        lambda one: "missed" if one.outcome is None else one.outcome.value,
        wanted="No review is recorded.",
    ),
    _part(
        "programmes",
        "Programmes",
        ProgrammePlace,
        (("From", _D), ("To", _D), ("Programme", _T), ("Planned", _I), ("Held", _I), ("Outcome", _T)),
        _programme,
        lambda one: one.programme,
    ),
    _part(
        "signposts",
        "Services that the family was told of",
        Signpost,
        (("Day", _D), ("Service", _T), ("Used", _T), ("How it went", _T)),
        _signpost,
        lambda one: one.service,
    ),
    _part(
        "referrals",
        "Referrals",
        Referral,
        (("Day", _D), ("To", _T), ("Reason", _T), ("Family agreed", _T), ("Outcome", _T), ("Outcome on", _D)),
        _referral,
        lambda one: one.to,
    ),
    _part(
        "arrangements",
        "Arrangements",
        Arrangement,
        (
            ("From", _D), ("To", _D), ("What", _T), ("Basis", _T), ("Why", _T), ("Timetable", _T), ("Agreed with", _T),
        ),
        _arrangement,
        lambda one: one.way.value,
    ),
    _part(
        "steps",
        "Formal steps",
        StatutoryStep,
        (("Day", _D), ("Step", _T), ("State", _T), ("Parent", _T), ("From", _D), ("To", _D), ("Why", _T)),
        _step,
        lambda one: f"{one.step.value}: {one.state.value}",
    ),
)  # fmt: skip


def referral_pack(
    pack: Pack,
    provenance: Provenance,
    codebooks: Sequence[Codebook],
    *,
    school: str = "",
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the referral pack: what is in it and what is missing, all in order, each kind, and attendance.

    Args:
        pack: What it is made of.
        provenance: What it was made from.
        codebooks: What codes mean.
        school: The school's name.
        notes: What is missing or degraded, and why.
    """
    sections = [
        Section(id="contents", title="Contents", blocks=_contents(pack)),
        Section(id="timeline", title="What was done, in order", blocks=_timeline(pack)),
        *(
            Section(id=part.id, title=part.title, blocks=(_records(pack, part),))
            for part in PARTS
            if pack.records(part.cls)
        ),
        Section(id="attendance", title="Attendance", blocks=_attendance(pack)),
        Section(id="threshold", title="Sessions behind the threshold", blocks=_threshold(pack, codebooks)),
    ]
    title = "Referral pack" + (f": {school}" if school else "")
    return _report(pack, title, "support offered and attendance", sections, provenance, notes)


def _report(
    pack: Pack, title: str, about: str, sections: list[Section], provenance: Provenance, notes: tuple[str, ...]
) -> Report:
    return Report(
        title=title,
        subtitle=f"Pupil {pack.who.pupil_id}: {about}, as known on {day(pack.as_of)}",
        audience=CASE.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=notes,
    )


def _contents(pack: Pack) -> tuple[Block, ...]:
    rows: list[tuple[Cell, ...]] = []
    for part in PARTS:
        number = len(pack.records(part.cls))
        rows.append((part.title, number, "" if number else part.wanted))
    half_terms = len(pack.attendance.half_terms)
    rows.append(("Attendance by half term", half_terms, "" if half_terms else "The register holds no session."))
    sessions = sum(len(one.sessions) for one in pack.concerns)
    says = "" if sessions else "The threshold for considering a penalty notice is not met."
    rows.append(("Sessions behind the threshold", sessions, says))
    missing = [str(row[0]).lower() for row in rows if row[2] and row[0] != "Sessions behind the threshold"]
    told = f"Missing: {joined(missing)}." if missing else "Nothing that is usually asked for is missing."
    later = pack.ledger.later(pack.as_of)
    return (
        Paragraph(text=told),
        _table(
            "contents",
            "What is in this pack",
            (("Part", _TEXT), ("Records", _INT), ("What is missing", _TEXT)),
            rows,
            caption=f"Left out on purpose: {joined(what for what, _ in LEFT_OUT)}."
            + (f" {number_of(later, 'entry', 'entries')} written later are not in it." if later else ""),
        ),
    )


def _timeline(pack: Pack) -> tuple[Block, ...]:
    found = [(record.day, record.id.place, part, record) for part in PARTS for record in pack.records(part.cls)]
    found.sort(key=lambda one: one[:2])
    return (
        _table(
            "timeline",
            number_of(len(found), "record"),
            (("Day", _DATE), ("Kind", _TEXT), ("What", _TEXT), ("Written by", _TEXT), ("Record", _TEXT)),
            ((on, part.title, part.what(record), record.by, str(record.id)) for on, _, part, record in found),
            empty="Nothing is recorded.",
        ),
    )


def _records(pack: Pack, part: _Part) -> Table:
    return _table(part.id, part.title, part.columns, (part.row(record) for record in pack.records(part.cls)))


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _attendance(pack: Pack) -> tuple[Block, ...]:
    halves = pack.attendance.half_terms
    if not halves:
        return (Paragraph(text="The register holds no possible session of this pupil."),)
    blocks: list[Block] = []
    for year in dict.fromkeys(half.academic_year for half in halves):
        mine = [half for half in halves if half.academic_year == year]
        possible, attended, absent = (
            sum(getattr(half, name) for half in mine) for name in ("possible", "attended", "absent")
        )
        text = f"{year}: {attended:,} of {number_of(possible, 'possible session')} attended"
        share = _percent(attended, possible)
        text += f" ({decimal(share)} %)" if share is not None else ""
        blocks.append(Paragraph(text=f"{text}; {decimal(absent / 2)} days lost."))
    columns = (
        ("Year", _TEXT), ("Half term", _TEXT), ("Days", _TEXT), ("Possible", _INT), ("Attended", _INT),
        ("Authorised", _INT), ("Unauthorised", _INT), ("Late", _INT), ("Attendance, %", _PERCENT),
        ("Days lost", _DAYS),
    )  # fmt: skip
    caption = "Sessions; two make a day."
    return (*blocks, _table("half-terms", "By half term", columns, map(_half_term, halves), caption=caption))


def _half_term(half: HalfTermCounts) -> tuple[Cell, ...]:
    return (
        half.academic_year,
        half.half_term,
        days(half.period),
        half.possible,
        half.attended,
        half.authorised,
        half.unauthorised,
        half.late,
        _percent(half.attended, half.possible),
        half.absent / 2,
    )


def _threshold(pack: Pack, codebooks: Sequence[Codebook]) -> tuple[Block, ...]:
    if not pack.concerns:
        return (Paragraph(text="On this day the threshold for considering a penalty notice is not met."),)
    blocks: list[Block] = []
    for at, one in enumerate(pack.concerns):
        concern = one.concern
        told = f"{concern.title}: {concern.count} sessions, {days(concern.episode)}. {concern.definition}."
        blocks += [Paragraph(text=told), *(Paragraph(text=f"Mind: {text}") for text in (concern.doubt,) if text)]
        blocks.append(
            _table(
                f"sessions-{at + 1}",
                "Sessions counted",
                (("Day", _DATE), ("Session", _TEXT), ("Code", _TEXT), ("Meaning", _TEXT)),
                ((on, session, code, _meaning(codebooks, code, on)) for on, session, code in one.sessions),
            )
        )
    return tuple(blocks)


def _meaning(codebooks: Sequence[Codebook], code: str, on: date) -> str:
    for book in codebooks:
        try:
            return book.at(code, on).description
        except CodebookError:
            continue
    return ""


def attendance_pack(
    pack: Pack,
    provenance: Provenance,
    codebooks: Sequence[Codebook],
    *,
    school: str = "",
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the attendance pack for the review of an education, health and care plan.

    Args:
        pack: What it is made of.
        provenance: What it was made from.
        codebooks: What codes mean.
        school: The school's name.
        notes: What is missing or degraded, and why.
    """
    arrangements = next(part for part in PARTS if part.cls is Arrangement)
    sections = [
        Section(id="attendance", title="Attendance", blocks=_attendance(pack)),
        Section(id="reasons", title="Reasons", blocks=_reasons(pack, codebooks)),
        Section(id="arrangements", title="Arrangements", blocks=(_records(pack, arrangements),)),
        Section(id="helps", title="What helps", blocks=_helps(pack)),
        Section(id="reviews", title="Reviews of the plan", blocks=_ehcp(pack)),
    ]
    title = "Attendance for the review of the education, health and care plan" + (f": {school}" if school else "")
    return _report(pack, title, "attendance, reasons and what helps", sections, provenance, notes)


def _reasons(pack: Pack, codebooks: Sequence[Codebook]) -> tuple[Block, ...]:
    absent = {"authorised", "unauthorised"}
    rows: list[tuple[Cell, ...]] = [
        (code, _meaning(codebooks, code, pack.as_of), "yes" if stat in absent else "", marks)
        for code, stat, marks in pack.attendance.codes
    ]
    columns = (("Code", _TEXT), ("Meaning on this day", _TEXT), ("Absence", _TEXT), ("Sessions", _INT))
    return (_table("reasons", "Marks by code", columns, rows),)


def _helps(pack: Pack) -> tuple[Block, ...]:
    rows: list[tuple[Cell, ...]] = []
    for plan in pack.records(SupportPlan):
        rows += [(plan.day, "support plan", "helps", text) for text in plan.event.helps]
        rows += [(plan.day, "support plan", "does not help", text) for text in plan.event.does_not_help]
        rows += [(plan.day, "support plan", "adjustment", text) for text in plan.event.adjustments]
    for review in pack.records(Review):
        rows += [(review.day, "review", "helps", text) for text in review.event.helps]
        rows += [(review.day, "review", "does not help", text) for text in review.event.does_not_help]
    for need in pack.records(MedicalNeeds):
        rows += [(need.day, "medical needs", "adjustment", text) for text in need.event.adjustments]
    rows.sort(key=lambda row: str(row[0]))
    columns = (("Since", _DATE), ("From", _TEXT), ("What", _TEXT), ("In words", _TEXT))
    return (_table("helps", "What helps, and what does not", columns, rows, empty="Nothing is recorded of it."),)


def _ehcp(pack: Pack) -> tuple[Block, ...]:
    rows: list[tuple[Cell, ...]] = [
        (one.event.due, one.event.held, "; ".join(f"{told.whom}, {told.on}" for told in one.event.shared))
        for one in sorted(pack.ledger.records(EhcpReview, pack.as_of), key=lambda one: one.event.due)
    ]
    columns = (("Due", _DATE), ("Held", _DATE), ("Attendance pack shared with", _TEXT))
    return (_table("ehcp-reviews", "Reviews", columns, rows, empty="No review is recorded."),)
