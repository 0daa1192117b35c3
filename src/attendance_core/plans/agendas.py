"""Agendas: what a meeting talks about, drawn from the last meeting, the plan, the concerns and the frameworks."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml, read_text
from attendance_core.errors import DocumentError, Fault, UnknownNameError, join_names, named
from attendance_core.model.actions import ActionState
from attendance_core.model.agendas import AgendaKind, AgendaPart, AgendaPartKind, AgendaPoint, Meeting
from attendance_core.model.crosswalks import ItemRef
from attendance_core.model.frameworks import Framework
from attendance_core.model.marks import PUPIL
from attendance_core.plans.occasions import next_after, occasions
from attendance_core.plans.standing import PlanStatus, Standing, StandingAction
from attendance_core.plans.targets import TargetResult
from attendance_core.plans.warnings import PlanWarning
from attendance_core.policy.concerns import Concerns
from attendance_core.register.calendar import SchoolCalendar


@frozen(kw_only=True)
class AgendaLine:
    """One thing to talk about.

    Attributes:
        text: What it is; it names no pupil.
        who: Who brings it, as a role.
        due: By when.
        state: How it stands.
        pupil: The pupil that it is about; only for an audience that may read names.
    """

    text: str
    who: str = ""
    due: date | None = None
    state: str = ""
    pupil: str = field(default="", repr=False)


@frozen(kw_only=True)
class AgendaSection:
    """A part of an agenda with its lines.

    Attributes:
        part: The part.
        lines: In order.
        missing: What was not given, so that the part is not merely empty.
    """

    part: AgendaPart
    lines: tuple[AgendaLine, ...] = ()
    missing: str = ""


@frozen(kw_only=True)
class Agenda:
    """The agenda of one meeting.

    Attributes:
        kind: What kind of meeting.
        as_of: The day up to which it speaks.
        sections: In the order of the kind.
        meet_by: By when this meeting is due under its rhythm; None: nobody can tell.
    """

    kind: AgendaKind
    as_of: date
    sections: tuple[AgendaSection, ...]
    meet_by: date | None = None

    def meeting(self, on: date) -> Meeting:
        """Return the record to tick and to write follow-ups into; no pupil is in it."""
        points: dict[tuple[str, str], AgendaPoint] = {}
        for section in self.sections:
            pupils = sum(1 for line in section.lines if line.pupil)
            texts = [f"{pupils} {_pupils(pupils)} whom the rules name"] if pupils else []
            texts += [line.text for line in section.lines if not line.pupil]
            for text in texts:
                points.setdefault((section.part.title, text), AgendaPoint(part=section.part.title, text=text))
        return Meeting(kind=self.kind.id, on=on, points=tuple(points.values()))


@frozen(kw_only=True, eq=False)
class AgendaMaterial:
    """What an agenda draws on; None, or nothing, where it was not given.

    Attributes:
        status: How the plan stands.
        results: How its targets stand.
        warnings: What to ask of it.
        concerns: What the policies found.
        frameworks: Frameworks by id.
        last: The last meeting.
        calendar: The school's calendar.
    """

    status: PlanStatus | None = None
    results: Sequence[TargetResult] = ()
    warnings: Sequence[PlanWarning] = ()
    concerns: Concerns | None = None
    frameworks: Mapping[str, Framework] = field(factory=dict, repr=False)
    last: Meeting | None = None
    calendar: SchoolCalendar | None = None


@cache
def load_kinds() -> Mapping[str, AgendaKind]:
    """Return the kinds of agenda that are shipped, by id.

    Raises:
        DocumentError: With every fault of the files.
    """
    folder = resources.files("attendance_core.plans").joinpath("agenda_kinds")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    kinds = [parse_kind(one.read_text(encoding="utf-8"), where=one.name) for one in files]
    return MappingProxyType({kind.id: kind for kind in kinds})


def parse_kind(text: str, *, where: str) -> AgendaKind:
    """Read a kind of agenda.

    Raises:
        DocumentError: With every fault and its key path.
    """
    kind = structure(parse_toml(text, where=where), AgendaKind, where=where)
    faults: list[Fault] = []
    if not kind.parts:
        faults.append(Fault(f"{where}: parts", "there is none", "at least one part", "Add [[parts]]"))
    elif kind.parts[0].kind is not AgendaPartKind.FOLLOW_UPS:
        faults.append(
            Fault(
                f"{where}: parts[0].kind",
                f"{kind.parts[0].kind.value} stands first",
                "follow-ups: a meeting begins with what the last one agreed",
                "Put the part of follow-ups first",
            )
        )
    for index, part in enumerate(kind.parts):
        place = f"{where}: parts[{index}].items"
        if bool(part.items) != (part.kind is AgendaPartKind.ITEMS):
            what = "are named" if part.items else "none is named"
            faults.append(Fault(place, what, "items in a part of items, and only there", "Correct kind or items"))
        for number, item in enumerate(part.items):
            try:
                ItemRef.parse(item)
            except DocumentError as error:
                faults += [Fault(f"{place}[{number}]", one.what, one.expected, one.remedy) for one in error.faults]
    if faults:
        raise DocumentError(*faults)
    return kind


def named_kind(name: str | Path) -> AgendaKind:
    """Return a kind of agenda: a TOML file's, or the one that is shipped under this id.

    Raises:
        UnknownNameError: If there is neither.
        DocumentError: With every fault of the file.
    """
    if str(name).endswith(".toml"):
        return parse_kind(read_text(Path(name)), where=Path(name).name)
    return named(str(name), load_kinds(), "agenda", see="Name one of these", file=True)


def make_agenda(kind: AgendaKind, as_of: date, material: AgendaMaterial) -> Agenda:
    """Make the agenda of a meeting.

    Args:
        kind: What kind of meeting.
        as_of: The day up to which it speaks.
        material: What it draws on.

    Raises:
        UnknownNameError: If the kind names items that no framework has; with all of them.
        DocumentError: If the last meeting is of another kind, or lies after the day.
    """
    _check(kind, as_of, material)
    meet_by = None
    if material.calendar is not None:
        since = None if material.last is None else material.last.on
        year = AcademicYear.of(as_of)
        years = (year, AcademicYear(year.begins + 1))
        asked = [one for each in years for one in occasions(kind.every, material.calendar, each, since=since)]
        following = next_after(asked, as_of)
        meet_by = None if following is None else following.due
    return Agenda(
        kind=kind,
        as_of=as_of,
        sections=tuple(_section(part, kind, as_of, material) for part in kind.parts),
        meet_by=meet_by,
    )


def _check(kind: AgendaKind, as_of: date, material: AgendaMaterial) -> None:
    unknown = [
        Fault(
            f"agenda {kind.id}: item {name!r}",
            "no framework has it",
            f"an item of {join_names(material.frameworks)}",
            "Correct the kind, or install the plugin that brings the framework",
        )
        for part in kind.parts
        for name in part.items
        if _item_text(name, material.frameworks) is None
    ]
    if unknown:
        raise UnknownNameError(*unknown)
    last = material.last
    if last is not None and last.kind != kind.id:
        raise DocumentError(Fault("last meeting: kind", f"{last.kind!r} found", repr(kind.id), "Give the right record"))
    if last is not None and last.on > as_of:
        raise DocumentError(
            Fault(
                "last meeting: on",
                f"{last.on} lies after {as_of}",
                "an earlier meeting",
                "Give --as-of, or the right record",
            )
        )


def _item_text(name: str, frameworks: Mapping[str, Framework]) -> str | None:
    ref = ItemRef.parse(name)
    framework = frameworks.get(ref.framework)
    item = None if framework is None else framework.item(ref.item)
    return None if item is None else item.text or name


def _section(part: AgendaPart, kind: AgendaKind, as_of: date, material: AgendaMaterial) -> AgendaSection:
    match part.kind:
        case AgendaPartKind.FOLLOW_UPS:
            return _follow_ups(part, as_of, material.last)
        case AgendaPartKind.OVERDUE:
            return _actions(part, material.status, Standing.OVERDUE)
        case AgendaPartKind.DUE:
            return _actions(part, material.status, Standing.DUE, Standing.CARRIED)
        case AgendaPartKind.REVIEWS:
            return _reviews(part, as_of, material.status)
        case AgendaPartKind.TARGETS:
            return _targets(part, material)
        case AgendaPartKind.CONCERNS:
            return _concerns(part, kind, material.concerns)
        case AgendaPartKind.ITEMS:
            found = (AgendaLine(text=_item_text(name, material.frameworks) or name, state=name) for name in part.items)
            return AgendaSection(part=part, lines=tuple(found))
        case AgendaPartKind.WARNINGS:
            missing = "" if material.status is not None else "no plan was given"
            lines = tuple(AgendaLine(text=str(warning)) for warning in material.warnings)
            return AgendaSection(part=part, lines=lines, missing=missing)
        case AgendaPartKind.OPEN:
            return AgendaSection(part=part)


def _follow_ups(part: AgendaPart, as_of: date, last: Meeting | None) -> AgendaSection:
    if last is None:
        return AgendaSection(part=part, missing="no record of a last meeting was given")
    lines = []
    for action in last.follow_ups:
        if action.state is ActionState.DONE and action.done_on is not None:
            state = f"done on {action.done_on}"
        elif action.state is ActionState.DROPPED:
            state = "dropped"
        else:
            state = "overdue" if action.overdue(as_of) else "open"
        lines.append(AgendaLine(text=action.text, who=action.owner, due=action.due, state=state))
    # What is not done is asked first.
    lines.sort(key=lambda line: ("overdue", "open").index(line.state) if line.state in ("overdue", "open") else 2)
    left = [AgendaLine(text=one.text, state="not covered last time") for one in last.points if not one.covered]
    return AgendaSection(part=part, lines=(*lines, *left))


def _actions(part: AgendaPart, status: PlanStatus | None, *standings: Standing) -> AgendaSection:
    if status is None:
        return AgendaSection(part=part, missing="no plan was given")
    found = sorted(status.of(*standings), key=lambda one: (one.due or date.max, one.objective))
    return AgendaSection(part=part, lines=tuple(_action(one, status) for one in found))


def _action(one: StandingAction, status: PlanStatus) -> AgendaLine:
    objective = status.plan.objective(one.objective)
    leads = ", ".join(objective.leads) if objective is not None else ""
    held = "" if one.asked is None else f", done {one.held} of {one.asked} times"
    return AgendaLine(
        text=f"{one.action.text} ({one.objective})",
        who=one.action.owner or leads,
        due=one.due,
        state=f"{one.standing.value}{held}",
    )


def _reviews(part: AgendaPart, as_of: date, status: PlanStatus | None) -> AgendaSection:
    if status is None:
        return AgendaSection(part=part, missing="no plan was given")
    lines = []
    for one in sorted(status.reviews, key=lambda review: (review.due or date.max, review.objective)):
        objective = status.plan.objective(one.objective)
        if objective is None:
            continue
        state = "overdue" if one.overdue else f"last on {one.last}" if one.last else "not reviewed yet"
        who = ", ".join(objective.monitors or objective.evaluation)
        lines.append(AgendaLine(text=f"{objective.text} ({one.objective})", who=who, due=one.due, state=state))
    return AgendaSection(part=part, lines=tuple(lines))


def _targets(part: AgendaPart, material: AgendaMaterial) -> AgendaSection:
    if material.status is None:
        return AgendaSection(part=part, missing="no plan was given")
    live = {one.id for one in material.status.plan.live()}
    lines = [
        AgendaLine(text=f"{one.target.text} {one.says}", who=one.objective, state=one.reached.value)
        for one in material.results
        if one.objective in live
    ]
    return AgendaSection(part=part, lines=tuple(lines))


def _concerns(part: AgendaPart, kind: AgendaKind, concerns: Concerns | None) -> AgendaSection:
    if concerns is None:
        return AgendaSection(part=part, missing="no register was given")
    frame = concerns.frame().select("title", "recommends", "to", "enrolment_id", PUPIL, "met_on")
    rows = frame.rows(named=True)
    if kind.audience.names_pupils:
        people: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in rows:
            people.setdefault((row["enrolment_id"], row[PUPIL]), []).append(row)
        # Whom most rules name stands first.
        ordered = sorted(people.items(), key=lambda one: (-len(one[1]), one[0]))
        lines = [
            AgendaLine(
                text="; ".join(dict.fromkeys(row["title"] for row in mine)),
                who="; ".join(dict.fromkeys(row["to"] for row in mine)),
                state=f"since {min(row['met_on'] for row in mine)}",
                pupil=pupil,
            )
            for (_, pupil), mine in ordered
        ]
        return AgendaSection(part=part, lines=tuple(lines))
    lines = []
    for title in dict.fromkeys(row["title"] for row in rows):
        mine = [row for row in rows if row["title"] == title]
        number = len({row["enrolment_id"] for row in mine})
        lines.append(AgendaLine(text=f"{title}: {number} {_pupils(number)}", who=mine[0]["to"]))
    return AgendaSection(part=part, lines=tuple(lines))


def _pupils(number: int) -> str:
    return "pupil" if number == 1 else "pupils"
