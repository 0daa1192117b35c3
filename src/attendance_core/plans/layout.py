"""Layout: the table that schools keep their plan in, as rows of cells. Stages follow each other, each with its heads.

The words of the heads, and what else they are called, stand here once for reading and for writing.
"""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.model.actions import ActionState
from attendance_core.model.plan_rows import HalfTermName
from attendance_core.model.plans import ImprovementPlan, Objective, ObjectiveState, PlanAction
from attendance_core.plans.half_terms import ORDER
from attendance_core.reference.roles import folded

#: Says that a cell is empty on purpose, so that nobody takes its row for one that has lost a cell.
EMPTY = "\u2013"
BULLET = "·"
CARRIED = "Cont."
#: Dashes, and the apostrophe of word processors, are spelled out: they look like their plain neighbours.
DASH, LONG_DASH, QUOTE = EMPTY, "\u2014", "\u2019"
BLANK = (EMPTY, "-", LONG_DASH, "n/a")
BULLETS = re.compile(rf"^\s*(?:[·•◦▪●*{DASH}-]|o\s|\d+[.)]\s)\s*")
#: What parts the names of a cell, unless each has a bullet.
NAMES = re.compile(r"[/;,&\n]+")


class PlanColumn(StrEnum):
    """What a column of the table holds, beside the actions of half terms; the value is its head."""

    STAGE = "Stage"
    LABEL = "KPI No"
    OBJECTIVE = "Objective / KPI"
    LEAD = "Lead"
    MONITOR = "Monitor"
    REPORT_TO = "Report to"
    GOVERNOR = "Gov Link"
    TARGET = "Target"
    COST = "Cost"
    AMOUNT = "Amount"
    FUNDING = "Funding"
    EVALUATION = "Evaluating"
    STATE = "State"


_NAMES = {
    PlanColumn.STAGE: ("stage", "section"),
    PlanColumn.LABEL: ("kpi no", "kpi", "no", "number", "kpi number", "ref"),
    PlanColumn.OBJECTIVE: (
        "objective / kpi",
        "objective /kpi",
        "objective/kpi",
        "objective",
        "objectives",
        "kpi objective",
    ),
    PlanColumn.LEAD: ("lead", "leads", "lead(s)", "who", "led by"),
    PlanColumn.MONITOR: ("monitor", "monitors", "monitored by"),
    PlanColumn.REPORT_TO: ("report to", "reports to", "reported to"),
    PlanColumn.GOVERNOR: ("gov link", "governor link", "link governor", "governors"),
    PlanColumn.COST: ("cost", "costs"),
    PlanColumn.AMOUNT: ("amount",),
    PlanColumn.STATE: ("state",),
    PlanColumn.FUNDING: ("funding", "funded by", "budget"),
    PlanColumn.EVALUATION: ("evaluating", "evaluation", "evaluated by", "evaluate"),
}
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names}
_ACTION = re.compile(r"(?:actions?[ :-]*)?(?P<term>autumn|spring|summer)(?: term)? (?P<half>[12])")
_TARGET = re.compile(r"(?:(?P<year>\d{4}) )?targets?(?: (?P<after>\d{4}))?")


_CARRIED = re.compile(rf"^(?:cont\.|con['{QUOTE}]t\b\.?|cont['{QUOTE}]d\b\.?)[\s:,-]*", re.IGNORECASE)
_GOES_ON = re.compile(r"^continu(?:e|ed|ing)\b", re.IGNORECASE)
_DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
_BY = re.compile(rf"(?P<text>.*)\(by (?:{_DAY}|no day)\)")
_ENDS = (
    (re.compile(r"(?P<text>.*)\(open\)"), ActionState.OPEN),
    (re.compile(r"(?P<text>.*)\(carried\)"), ActionState.CARRIED),
    (re.compile(rf"(?P<text>.*)\(done {_DAY}\)"), ActionState.DONE),
    (re.compile(r"(?P<text>.*)\(dropped: (?P<reason>.+)\)"), ActionState.DROPPED),
)


@frozen(kw_only=True)
class TableRow:
    """A row of a table as it lies in a file.

    Attributes:
        where: Its place, as ``row 4`` or ``Plan!row 4``.
        number: Its number, from 1, over the whole file.
        sheet: The worksheet that it stands on, where the file has several.
        cells: Their texts; none for a cell that the row does not have.
    """

    where: str
    number: int
    sheet: str = ""
    cells: tuple[str, ...] = field(repr=False)


@frozen(kw_only=True)
class Head:
    """The head of one column.

    Attributes:
        column: What it holds; None for a half term, or where it is not understood.
        half_term: The half term whose actions it holds.
        year: The year that targets are for, as printed.
    """

    column: PlanColumn | None = None
    half_term: HalfTermName | None = None
    year: int | None = None

    @property
    def known(self) -> bool:
        """The head is understood."""
        return self.column is not None or self.half_term is not None


def read_head(text: str) -> Head:
    """Understand the head of a column.

    >>> read_head("Actions  Summer 2").half_term.value, read_head("2024 Target").year
    ('Summer 2', 2024)
    """
    name = folded(text)
    if name in _BY_NAME:
        return Head(column=_BY_NAME[name])
    action = _ACTION.fullmatch(name)
    if action is not None:
        return Head(half_term=HalfTermName(f"{action['term'].title()} {action['half']}"))
    target = _TARGET.fullmatch(name)
    if target is not None:
        year = target["year"] or target["after"]
        return Head(column=PlanColumn.TARGET, year=int(year) if year else None)
    return Head()


def lay_out(plan: ImprovementPlan) -> tuple[tuple[str, ...], ...]:
    """Return a plan as the rows of its table.

    Days and states stand in brackets behind an action. The table has no place for owners, rhythms, evidence, reviews,
    judgements, links, and where a carried action comes from; targets are words. It is for people to read and to change,
    and the plan stays the record.
    """
    used = {half_term for _, half_term, _ in plan.each()}
    half_terms = [name for name in ORDER if name in used] or [name for name in ORDER if name.value.endswith("2")]
    apart = [
        (PlanColumn.MONITOR, any(one.monitors for one in plan.objectives)),
        (PlanColumn.REPORT_TO, any(one.reports_to for one in plan.objectives)),
        (PlanColumn.AMOUNT, any(one.amount is not None for one in plan.objectives)),
        (PlanColumn.FUNDING, any(one.funding for one in plan.objectives)),
        (PlanColumn.STATE, any(one.state is not ObjectiveState.LIVE for one in plan.objectives)),
    ]
    extra = {column for column, shown in apart if shown}
    rows: list[tuple[str, ...]] = []
    for stage in plan.stages:
        title = (
            f"{stage.label}: {stage.title}" if stage.label and stage.title else stage.label or stage.title or stage.id
        )
        heads = [
            PlanColumn.LABEL.value,
            PlanColumn.OBJECTIVE.value,
            PlanColumn.LEAD.value,
            *(column.value for column in (PlanColumn.MONITOR, PlanColumn.REPORT_TO) if column in extra),
            PlanColumn.GOVERNOR.value,
            *(f"Action {name.value}" for name in half_terms),
            f"{stage.target_year} {PlanColumn.TARGET.value}" if stage.target_year else PlanColumn.TARGET.value,
            PlanColumn.COST.value,
            *(column.value for column in (PlanColumn.AMOUNT, PlanColumn.FUNDING) if column in extra),
            PlanColumn.EVALUATION.value,
            *((PlanColumn.STATE.value,) if PlanColumn.STATE in extra else ()),
        ]
        if rows:
            rows.append(())
        rows += [(_flat(title),), tuple(heads)]
        rows += [_row(one, half_terms, extra) for one in plan.objectives if one.stage == stage.id]
    return tuple(rows)


def _row(one: Objective, half_terms: Sequence[HalfTermName], extra: set[PlanColumn]) -> tuple[str, ...]:
    cells = {part.half_term: part.actions for part in one.half_terms}
    found = [
        one.label,
        _flat(one.text),
        _listed(one.leads),
        *([_listed(one.monitors)] if PlanColumn.MONITOR in extra else []),
        *([_listed(one.reports_to)] if PlanColumn.REPORT_TO in extra else []),
        _listed(one.governor_link),
        *("\n".join(f"{BULLET} {write_action(action)}" for action in cells.get(name, ())) for name in half_terms),
        # One sentence that sets a number for several groups is several targets.
        "\n".join(dict.fromkeys(f"{BULLET} {_flat(target.text)}" for target in one.targets)),
        _flat(one.cost),
        *(["" if one.amount is None else str(one.amount)] if PlanColumn.AMOUNT in extra else []),
        *([_flat(one.funding)] if PlanColumn.FUNDING in extra else []),
        _listed(one.evaluation),
        *([one.state.value] if PlanColumn.STATE in extra else []),
    ]
    return tuple(text or EMPTY for text in found)


@frozen(kw_only=True)
class CellAction:
    """What a cell says of one action.

    Attributes:
        text: What is to be done.
        state: How it stands.
        due: By when.
        done_on: When it was done.
        reason: Why it was dropped.
        stated: Its state is written behind it; else it is taken from how it begins.
    """

    text: str
    state: ActionState = ActionState.OPEN
    due: date | None = None
    done_on: date | None = None
    reason: str = ""
    stated: bool = False


def read_action(said: str) -> CellAction:
    """Read one action of a cell.

    >>> read_action("Cont. calls (by 2025-10-01)").state.value, read_action("Call. (dropped: moved (see note))").reason
    ('carried', 'moved (see note)')
    """
    text, state, reason = said, None, ""
    due = done = None
    for pattern, end in _ENDS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        done, reason = _day(parts.get("day")), parts.get("reason", "")
        if end is not ActionState.DONE or done is not None:
            text, state = match["text"].rstrip(), end
            break
    match = _BY.fullmatch(text)
    if match is not None and (match["day"] is None or _day(match["day"]) is not None):
        text, due = match["text"].rstrip(), _day(match["day"])
    if state is not None:
        return CellAction(text=text, state=state, due=due, done_on=done, reason=reason, stated=True)
    marked = _CARRIED.match(text)
    goes_on = marked is not None or _GOES_ON.match(text) is not None
    return CellAction(
        text=(text[marked.end() :] if marked else "") or text,
        state=ActionState.CARRIED if goes_on else ActionState.OPEN,
        due=due,
    )


def write_action(action: PlanAction) -> str:
    """Write one action for a cell, its state in words where a reader would take it for another."""
    text, reason = _flat(action.text), _flat(action.reason) if action.state is ActionState.DROPPED else ""
    end = {ActionState.DONE: f" (done {action.done_on})", ActionState.DROPPED: f" (dropped: {reason})"}
    mark = f"{CARRIED} " if action.state is ActionState.CARRIED else ""
    by = f" (by {action.due})" if action.due is not None else ""
    plain = f"{mark}{text}{by}{end.get(action.state, '')}"
    meant = (text, action.state, action.due, action.done_on, reason)
    found = read_action(plain)
    if (found.text, found.state, found.due, found.done_on, found.reason) == meant:
        return plain
    return f"{text}{by or ' (by no day)'}{end.get(action.state, f' ({action.state.value})')}"


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None


def _listed(names: Sequence[str]) -> str:
    """Write names one a line, with bullets where one of them would be parted or taken for something else."""
    flat = [_flat(name) for name in names]
    doubt = any(NAMES.search(name) or BULLETS.match(name) or name in BLANK for name in flat)
    return "\n".join(f"{BULLET} {name}" if doubt else name for name in flat)


def _flat(text: str) -> str:
    return " ".join(text.split())
