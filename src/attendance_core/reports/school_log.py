"""The school log as a document: training by role, expertise, responsibilities, circulation, meetings, decisions."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from attendance_core.model.events import Event
from attendance_core.model.frameworks import Framework
from attendance_core.model.reports import Audience, Cell, Column, ColumnKind, Provenance, Report, Section, Table
from attendance_core.model.school_log import (
    Circle,
    Circulated,
    Expertise,
    Funding,
    PolicyReviewed,
    ProgrammeDecision,
    Responsibility,
    SchoolActivity,
    SchoolMeeting,
    Training,
)
from attendance_core.reference.roles import role_of
from attendance_core.reports.words import day, number_of
from attendance_core.support.ledger import Ledger

E = TypeVar("E", bound=Event)

#: Who reads the school log: it tells of staff, and of no pupil.
LEADERS = Audience(id="leaders", title="Senior leaders", names_pupils=False, inside=True)

_DATES = ("on", "next_due", "last", "due", "since")


def school_log_report(
    log: Ledger,
    as_of: date,
    provenance: Provenance,
    *,
    frameworks: Mapping[str, Framework],
    school: str = "",
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the document of the school log.

    Roles stand under the one name that aliases of theirs are known by.

    Args:
        log: The school log.
        as_of: The day; what was written or happened later is left out.
        provenance: What it was made from.
        frameworks: Framework packs, for how many items have somebody responsible.
        school: The school's name.
        notes: What is missing, and why.
    """
    tables = (
        _training(log, as_of),
        _expertise(log, as_of),
        _responsibilities(log, as_of),
        _items(log, as_of, frameworks),
        _documents(log, as_of),
        _circulation(log, as_of),
        _meetings(log, as_of),
        _activities(log, as_of),
        _funding(log, as_of),
        _decisions(log, as_of),
    )
    later = log.later(as_of)
    left = (f"{number_of(later, 'entry', 'entries')} written after {as_of}: left out",) if later else ()
    return Report(
        title=f"School log: {school}" if school else "School log",
        subtitle=f"On {day(as_of)}",
        audience=LEADERS.id,
        sections=tuple(Section(id=one.id, title=one.title, blocks=(one,)) for one in tables),
        provenance=provenance,
        notes=(*notes, *left),
    )


def _told(log: Ledger, cls: type[E], as_of: date) -> list[E]:
    """Return what had happened by a day, by day."""
    return sorted((one.event for one in log.records(cls, as_of) if one.day <= as_of), key=lambda one: one.day)


def _role(text: str) -> str:
    return role_of(text) or text


def _training(log: Ledger, as_of: date) -> Table:
    found: dict[tuple[str, str], list[Training]] = {}
    for record in log.records(Training, as_of):
        found.setdefault((record.event.module, _role(record.event.role)), []).append(record.event)
    rows: list[tuple[Cell, ...]] = []
    for (module, role), events in sorted(found.items()):
        done = [one.on for one in events if one.on is not None and one.on <= as_of]
        left = [one.due for one in events if (one.on is None or one.on > as_of) and one.due is not None]
        changed = "; ".join(dict.fromkeys(one.practice_changed for one in events if one.practice_changed))
        rows.append((module, role, len(done), max(done, default=None), len(left), min(left, default=None), changed))
    columns = {
        "module": "Module",
        "role": "Role",
        "done": "Done",
        "last": "Last done",
        "left": "Still to do",
        "due": "Next due",
        "changed": "What changed in practice",
    }
    return _table("training", "Training", columns, rows)


def _expertise(log: Ledger, as_of: date) -> Table:
    rows = [(one.subject, _role(one.role), one.person, one.on) for one in _told(log, Expertise, as_of)]
    columns = {"subject": "Expert in", "role": "Role", "person": "Who", "since": "Since"}
    return _table("expertise", "Expertise", columns, sorted(rows))


def _held(log: Ledger, as_of: date) -> dict[str, Responsibility]:
    """Return who is responsible for each item: as was said last."""
    return {one.item: one for one in _told(log, Responsibility, as_of)}


def _responsibilities(log: Ledger, as_of: date) -> Table:
    rows = [
        (one.item, _role(one.leads), _role(one.monitors), _role(one.reports_to), one.on)
        for _, one in sorted(_held(log, as_of).items())
    ]
    columns = {
        "item": "Item",
        "leads": "Leads",
        "monitors": "Monitors",
        "reports_to": "Reported to",
        "since": "Since",
    }
    return _table("responsibilities", "Responsibilities", columns, rows)


def _items(log: Ledger, as_of: date, frameworks: Mapping[str, Framework]) -> Table:
    held = _held(log, as_of)
    named = {item.partition("/")[0] for item in held}
    rows: list[tuple[Cell, ...]] = []
    for id in sorted(named & set(frameworks)):
        items = {f"{id}/{item}" for item in frameworks[id].items()}
        unknown = sum(1 for item in held if item.startswith(f"{id}/") and item not in items)
        rows.append((frameworks[id].title, len(items), len(items & set(held)), unknown))
    columns = {
        "framework": "Framework",
        "in_all": "Items",
        "held": "With somebody responsible",
        "unknown": "Named here, and no item of it",
    }
    return _table("items", "Items of frameworks", columns, rows)


def _documents(log: Ledger, as_of: date) -> Table:
    latest = {one.document: one for one in _told(log, PolicyReviewed, as_of)}
    rows = [(one.document, one.on, one.against, "; ".join(one.gaps), one.next_due) for _, one in sorted(latest.items())]
    columns = {
        "document": "Document",
        "on": "Reviewed on",
        "against": "Held against",
        "gaps": "Found wanting",
        "next_due": "Due again",
    }
    return _table("documents", "School policy documents", columns, rows)


def _circulation(log: Ledger, as_of: date) -> Table:
    last: dict[str, dict[Circle, date]] = {}
    for one in _told(log, Circulated, as_of):
        last.setdefault(one.what, {}).update(dict.fromkeys(one.to, one.on))
    rows = [(what, *(days.get(circle) for circle in Circle)) for what, days in sorted(last.items())]
    columns = {"what": "What"} | {circle.value: f"Last to {circle.value}" for circle in Circle}
    return _table("circulation", "Circulation", columns, rows)


def _meetings(log: Ledger, as_of: date) -> Table:
    rows = [
        (one.on, one.meeting, "; ".join(one.topics), ", ".join(map(_role, one.present)), one.decision)
        for one in _told(log, SchoolMeeting, as_of)
    ]
    columns = {
        "on": "Held on",
        "meeting": "Meeting",
        "topics": "Covered",
        "present": "Present",
        "decision": "Decided",
    }
    return _table("meetings", "Meetings", columns, rows)


def _activities(log: Ledger, as_of: date) -> Table:
    rows = [
        (one.on, one.activity.value, one.found, one.asked, one.answered, ", ".join(one.items))
        for one in _told(log, SchoolActivity, as_of)
    ]
    columns = {
        "on": "On",
        "activity": "What",
        "found": "What it showed",
        "asked": "Asked",
        "answered": "Answered",
        "items": "Evidence for",
    }
    return _table("activities", "Learning walks, surveys, assemblies", columns, rows)


def _funding(log: Ledger, as_of: date) -> Table:
    rows = [(one.on, one.what_for, one.pounds, one.source) for one in _told(log, Funding, as_of)]
    columns = {"on": "On", "what_for": "What for", "pounds": "Pounds", "source": "From"}
    return _table("funding", "Funding", columns, rows)


def _decisions(log: Ledger, as_of: date) -> Table:
    rows = [
        (one.on, one.programme, one.decision.value, one.finding, one.reason)
        for one in _told(log, ProgrammeDecision, as_of)
    ]
    columns = {
        "on": "On",
        "programme": "Programme",
        "decision": "Decision",
        "finding": "Finding",
        "reason": "Why",
    }
    return _table("decisions", "Decisions on programmes", columns, rows)


_NUMBERS = ("done", "left", "in_all", "asked", "answered", "held", "unknown")


def _table(id: str, title: str, columns: Mapping[str, str], rows: Iterable[tuple[Cell, ...]]) -> Table:
    listed = tuple(rows)
    dates = (*_DATES, *(circle.value for circle in Circle))
    kinds = dict.fromkeys(dates, ColumnKind.DATE) | dict.fromkeys(_NUMBERS, ColumnKind.INTEGER)
    return Table(
        id=id,
        title=title,
        columns=tuple(
            Column(key=key, title=head, kind=kinds.get(key, ColumnKind.TEXT)) for key, head in columns.items()
        ),
        rows=listed,
        empty="Nothing is written.",
    )
