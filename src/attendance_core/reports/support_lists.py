"""Lists of support as documents: what is due, and the first-day response."""

from collections.abc import Callable, Collection, Iterable

from attrs import evolve

from attendance_core.model.dues import Due, DueList, DueState
from attendance_core.model.first_response import Attempt, AwayPupil, FirstResponse
from attendance_core.model.ledgers import PupilKey
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
from attendance_core.reports.words import day, number_of
from attendance_core.support.dues import Dues

#: Who works with these lists, and may read names and numbers.
OFFICER = Audience(id="officer", title="The school's attendance officer", names_pupils=True, inside=True)
#: Who reads how many there are, and of whom nothing.
COUNTS = Audience(id="leaders", title="Senior leaders", names_pupils=False, inside=True)
AUDIENCES = {one.id: one for one in (OFFICER, COUNTS)}

_TITLES = {
    DueList.SAFEGUARDING: "Child protection and child in need",
    DueList.LOOKED_AFTER: "Looked-after children",
    DueList.MEDICAL: "Medical needs",
    DueList.EHCP: "Reviews of education, health and care plans",
    DueList.REVIEWS: "Reviews of plans, arrangements and formal steps",
    DueList.ARRANGEMENTS: "Arrangements at or past their end",
    DueList.MARKS: "Part-time marks and arrangements that do not go together",
    DueList.PERSISTENT: "Persistent absence without a plan in force",
    DueList.CONTACTS: "Next actions after contacts",
    DueList.CONCERNS: "Concerns of staff without an answer",
    DueList.REFERRALS: "Referrals without an answer",
    DueList.LEAVE: "Requests for leave without a decision",
    DueList.PLACEMENTS: "Alternative provision",
    DueList.JOINING: "Agreed starts that have not come",
    DueList.WATCH: "Watch-list: new, returning, back from exclusion",
    DueList.TRANSITIONS: "Transitions to review",
    DueList.CATCH_UP: "Catch-up work",
    DueList.ACTIONS: "Actions of plans and meetings",
    DueList.SCHOOL: "The school: policy documents and training",
}


def _pupil(several: bool) -> tuple[Column, ...]:
    pupil = Column(key="pupil", title="Pupil", personal=True)
    return (pupil, Column(key="school", title="School")) if several else (pupil,)


def _named(who: PupilKey | None, several: bool) -> tuple[Cell, ...]:
    name = "" if who is None else who.pupil_id
    return (name, "" if who is None else who.school_id) if several else (name,)


def dues_report(dues: Dues, provenance: Provenance, *, school: str = "", notes: tuple[str, ...] = ()) -> Report:
    """Build the list of what is due, overdue, missing and open.

    Args:
        dues: What is due on a day.
        provenance: What it was made from.
        school: The school's name.
        notes: What is missing, and why.
    """
    several = _of_several(dues)
    gaps = _gaps_of(dues)
    sections = [Section(id="lists", title="How many there are", blocks=(_counts(dues, gaps),))]
    for list_ in DueList:
        mine = dues.of(list_)
        blocks: list[Block] = [Paragraph(text=f"Not checked: {why}.") for why in dict.fromkeys(gaps.get(list_, ()))]
        if mine:
            blocks.append(_items(list_, mine, several))
        if blocks:
            sections.append(Section(id=list_.value, title=_TITLES[list_], blocks=tuple(blocks)))
    later = f"{number_of(dues.later, 'entry', 'entries')} written after {dues.as_of}: left out"
    return Report(
        title=f"What is due: {school}" if school else "What is due",
        subtitle=f"On {day(dues.as_of)}",
        audience=OFFICER.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=(*notes, *dues.notes, *((later,) if dues.later else ())),
    )


def due_blocks(dues: Dues, lists: Collection[DueList], of: Callable[[PupilKey | None], bool]) -> tuple[Block, ...]:
    """Return one table for each list of what is due for some pupils or for the school.

    Args:
        dues: What is due on a day.
        lists: The lists that are shown.
        of: Whether a pupil, or None for the school, is among those asked for.
    """
    blocks: list[Block] = []
    for list_ in lists:
        mine = tuple(one for one in dues.of(list_) if of(one.who))
        if mine:
            table = _items(list_, mine, _of_several(dues))
            blocks.append(evolve(table, title=f"{_TITLES[list_]}: {len(mine):,}"))
    for list_, reasons in _gaps_of(dues).items():
        if list_ in lists:
            blocks.append(Paragraph(text=f"{_TITLES[list_]}: not checked ({'; '.join(dict.fromkeys(reasons))})."))
    return tuple(blocks) or (Paragraph(text="Nothing is due."),)


def _of_several(dues: Dues) -> bool:
    return any(one.who is not None and one.who.school_id for one in dues.items)


def _gaps_of(dues: Dues) -> dict[DueList, list[str]]:
    gaps: dict[DueList, list[str]] = {}
    for list_, why in dues.not_checked:
        gaps.setdefault(list_, []).append(why)
    return gaps


def _counts(dues: Dues, gaps: dict[DueList, list[str]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for list_ in DueList:
        states = [one.state for one in dues.of(list_)]
        asked = "in part" if list_ in gaps and states else "no" if list_ in gaps else "yes"
        rows.append((_TITLES[list_], *(states.count(state) for state in DueState), asked))
    return Table(
        id="lists",
        title=f"{number_of(len(dues.items), 'item')}, {dues.overdue:,} of them overdue",
        columns=(
            Column(key="list", title="List"),
            *(Column(key=one.value, title=one.value.capitalize(), kind=ColumnKind.INTEGER) for one in DueState),
            Column(key="checked", title="Checked"),
        ),
        rows=tuple(rows),
    )


def _items(list_: DueList, items: tuple[Due, ...], several: bool) -> Table:
    delays = any(one.days is not None for one in items)
    return Table(
        id=list_.value,
        title=number_of(len(items), "item"),
        columns=(
            Column(key="state", title="State"),
            Column(key="day", title="Day", kind=ColumnKind.DATE),
            *_pupil(several),
            Column(key="what", title="What"),
            Column(key="why", title="Why", personal=True),
            *((Column(key="days", title="Delay in days", kind=ColumnKind.INTEGER),) if delays else ()),
            Column(key="record", title="Record", personal=True),
        ),
        rows=tuple(
            (
                one.state.value,
                one.day,
                *_named(one.who, several),
                one.what,
                one.why,
                *((one.days,) if delays else ()),
                one.record,
            )
            for one in items
        ),
    )


def first_response_report(
    found: FirstResponse, provenance: Provenance, *, school: str = "", notes: tuple[str, ...] = ()
) -> Report:
    """Build the list of the first-day response.

    Args:
        found: Who is away, and what was tried.
        provenance: What it was made from.
        school: The school's name.
        notes: What is missing, and why.
    """
    everybody = (*found.away, *found.unmarked)
    keys = [*(one.who for one in everybody), *(gap.who for gap in found.gaps or ())]
    several = any(key.school_id for key in keys)
    untried = sum(not one.attempts for one in found.away)
    unreached = sum(not one.reached for one in found.away)
    away = number_of(len(found.away), "pupil")
    says = f"{away} away without a known reason: {untried:,} not tried so far, {unreached:,} not reached."
    sections = [
        Section(id="away", title="To ask after", blocks=(Paragraph(text=says), _away("away", found.away, several))),
        Section(id="attempts", title="What was tried", blocks=(_attempts(found.away, several),)),
    ]
    if found.unmarked:
        sections.append(
            Section(
                id="unmarked",
                title="No mark where others have one",
                blocks=(
                    Paragraph(text="Nobody marked these pupils: complete the register before a family is asked."),
                    _away("unmarked", found.unmarked, several),
                ),
            )
        )
    sections.append(Section(id="contacts", title="Emergency contacts", blocks=(_gaps(found, several),)))
    return Report(
        title=f"First-day response: {school}" if school else "First-day response",
        subtitle=f"On {day(found.as_of)}",
        audience=OFFICER.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=(*notes, *found.notes),
    )


def _away(id: str, pupils: tuple[AwayPupil, ...], several: bool) -> Table:
    named = any(one.name for one in pupils)
    return Table(
        id=id,
        title=number_of(len(pupils), "pupil"),
        columns=(
            Column(key="place", title="Order", kind=ColumnKind.INTEGER),
            *_pupil(several),
            *((Column(key="name", title="Name", personal=True),) if named else ()),
            Column(key="marks", title="Marks"),
            Column(key="first", title="Comes first for", personal=True),
            Column(key="concerns", title="Open concerns", kind=ColumnKind.INTEGER, personal=True),
            Column(key="run", title="Sessions away on end", kind=ColumnKind.INTEGER, personal=True),
            Column(key="tried", title="Attempts", kind=ColumnKind.INTEGER),
            Column(key="reached", title="Reached"),
            Column(key="next", title="Next", personal=True),
            Column(key="tell", title="Tell", personal=True),
            Column(key="call", title="Call", personal=True),
        ),
        rows=tuple(
            (
                place,
                *_named(one.who, several),
                *((one.name,) if named else ()),
                ", ".join(one.sessions),
                one.priority.title,
                one.concerns,
                one.run,
                len(one.attempts),
                "yes" if one.reached else "no",
                "; ".join(filter(None, map(_next, one.attempts))) or ("" if one.reached else "call"),
                ", ".join(one.tell),
                "; ".join(" ".join(filter(None, (who.relationship, who.name, who.phone))) for who in one.call),
            )
            for place, one in enumerate(pupils, start=1)
        ),
        empty="Nobody is away without a known reason." if id == "away" else "Nobody.",
    )


def _next(one: Attempt) -> str:
    return f"{one.next_action} by {one.next_due}" if one.next_action and one.next_due else one.next_action


def _attempts(pupils: Iterable[AwayPupil], several: bool) -> Table:
    rows = tuple(
        (*_named(one.who, several), attempt.on, attempt.at, attempt.way, attempt.outcome, attempt.reply, _next(attempt))
        for one in pupils
        for attempt in one.attempts
    )
    return Table(
        id="attempts",
        title=number_of(len(rows), "attempt"),
        columns=(
            *_pupil(several),
            Column(key="on", title="Day", kind=ColumnKind.DATE),
            Column(key="at", title="Time"),
            Column(key="way", title="Way"),
            Column(key="outcome", title="Outcome"),
            Column(key="reply", title="Reply", personal=True),
            Column(key="next", title="Next", personal=True),
        ),
        rows=rows,
        empty="Nothing was tried so far.",
    )


def _gaps(found: FirstResponse, several: bool) -> Block:
    if found.gaps is None:
        return Paragraph(text="Not checked: no contacts file was given.")
    return Table(
        id="contacts",
        title=number_of(len(found.gaps), "pupil"),
        columns=(
            *_pupil(several),
            Column(key="held", title="Contacts", kind=ColumnKind.INTEGER),
            Column(key="wanted", title="At least", kind=ColumnKind.INTEGER),
            Column(key="expired", title="Past their day", kind=ColumnKind.INTEGER),
            Column(key="earliest", title="The first of these", kind=ColumnKind.DATE),
        ),
        rows=tuple((*_named(gap.who, several), gap.held, gap.wanted, gap.expired, gap.earliest) for gap in found.gaps),
        caption="Pupils on roll with too few emergency contacts, or with contacts past the day to confirm them by.",
        empty="Every pupil on roll has enough contacts, and none is past its day.",
    )
