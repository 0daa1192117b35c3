"""Reading: a school's own plan table becomes a plan. What is not certain is flagged with its cell, never shifted.

A cell that may have moved is left out until somebody says where it belongs. Several bullets in a cell are several
actions, and a cell that holds two targets gives two.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from attendance_core.dates import AcademicYear
from attendance_core.errors import DocumentError, Fault, join_names
from attendance_core.frameworks.cadences import read_cadence
from attendance_core.model.actions import ActionState
from attendance_core.model.plan_rows import Cadence, HalfTermName
from attendance_core.model.plans import ImprovementPlan, Objective, ObjectiveState, PlanAction, PlanStage
from attendance_core.plans.drafting import by_half_term, titled
from attendance_core.plans.layout import (
    BLANK,
    BULLET,
    BULLETS,
    DASH,
    NAMES,
    Head,
    PlanColumn,
    TableRow,
    read_action,
    read_head,
)
from attendance_core.plans.lint import check_id
from attendance_core.plans.target_words import read_targets
from attendance_core.reference.roles import is_initials, role_of

_TICKED = re.compile(
    rf"^(?:[✓✔☑]|\[x\])|[✓✔☑]$|[(\[](?:done|completed?)[)\]]\.?$|\s[-{DASH}:]\s*(?:done|completed?)\.?$", re.IGNORECASE
)
_RHYTHM = re.compile(
    r"\b(?:at least |minimum )?(?:(?P<times>\d+ times (?:a|per) (?:school )?year)"
    r"|daily|weekly|fortnightly|half[- ]?termly|termly|annually"
    r"|every (?:day|week|fortnight|half[- ]term|term|year(?! group))"
    r"|every (?:\w+ ?(?:-|to) ?)?(?:\d+|two|three|four) weeks?)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"£?\s*(\d[\d,]*)(?:\.00)?")


@frozen(kw_only=True)
class ReadFlag:
    """Something about a cell that a person should look at.

    Attributes:
        where: The row, and the column by its head.
        what: What is uncertain about it, without what the cell says.
        asks: It was left out until somebody decides; else it was taken as said.
        row: Number of the row.
    """

    where: str
    what: str
    asks: bool = False
    row: int = 0

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@frozen(kw_only=True)
class ReadPlan:
    """A plan read from a table.

    Attributes:
        plan: The plan.
        flags: What is uncertain, in the order of the table.
    """

    plan: ImprovementPlan
    flags: tuple[ReadFlag, ...] = ()

    @property
    def asked(self) -> tuple[ReadFlag, ...]:
        """What must be answered before the plan is whole."""
        return tuple(flag for flag in self.flags if flag.asks)


#: In place of columns: the cells stand where they belong.
AS_THEY_STAND = "as they stand"


def read_plan(
    rows: Sequence[TableRow],
    *,
    where: str,
    id: str,
    academic_year: str,
    title: str = "",
    school: str = "",
    answers: Mapping[int, Sequence[str]] | None = None,
) -> ReadPlan:
    """Read a plan from the rows of its table.

    Args:
        rows: The rows, with their places.
        where: Name of the file, for messages.
        id: Of the plan.
        academic_year: Of the plan.
        title: Of the plan; empty: one is made.
        school: The school's id.
        answers: Number of a row to the heads of the columns that its filled cells from the first action on belong to,
            in order; or ``("as they stand",)``.

    Raises:
        DocumentError: If the id is none, there is no such table, or an answer does not fit; with every fault.
    """
    check_id(id)
    year = str(AcademicYear.parse(academic_year))
    reader = _Reader(where=where, answers=dict(answers or {}))
    for row in rows:
        reader.take(row)
    reader.finish()
    plan = ImprovementPlan(
        id=id,
        title=title or titled(year),
        academic_year=year,
        school=school,
        stages=tuple(reader.stages.values()),
        objectives=tuple(reader.objectives),
    )
    return ReadPlan(plan=plan, flags=tuple(reader.flags))


@define(kw_only=True)
class _Reader:
    where: str
    answers: dict[int, Sequence[str]]
    heads: tuple[Head, ...] = ()
    titles: tuple[str, ...] = ()
    title: tuple[TableRow, str] | None = None
    sheet: str = ""
    stage: str = ""
    stages: dict[str, PlanStage] = field(factory=dict)
    objectives: list[Objective] = field(factory=list)
    flags: list[ReadFlag] = field(factory=list)
    faults: list[Fault] = field(factory=list)
    used: set[int] = field(factory=set)

    def take(self, row: TableRow) -> None:
        if row.sheet != self.sheet:
            # Another worksheet is another table, with heads of its own.
            self._left_out()
            self.sheet, self.heads, self.titles = row.sheet, (), ()
        cells = [_clean(cell) for cell in row.cells]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return
        heads = tuple(read_head(cell) for cell in cells)
        if sum(1 for head in heads if head.known) >= 3 and any(head.column is PlanColumn.OBJECTIVE for head in heads):
            self._begin(row, heads, cells)
        elif len([cell for cell in cells if cell]) == 1 and not self._fits(cells):
            self._left_out()
            self.title = (row, next(cell for cell in cells if cell))
        elif not self.heads:
            self._flag(row, "", "stands before the first line of heads and was left out")
        else:
            self._row(row, cells)

    def _left_out(self) -> None:
        if self.title is not None:
            self._flag(self.title[0], "", "stands outside the table and was left out")
        self.title = None

    def finish(self) -> None:
        self._left_out()
        if not self.stage:
            self.faults.append(
                Fault(
                    self.where,
                    "no line of heads was found",
                    "heads as KPI No, Objective, Lead, Gov Link, Action Autumn 2, 2026 Target, Cost, Evaluating",
                    "Give the table that holds the plan (--sheet names a worksheet)",
                )
            )
        for number in sorted(set(self.answers) - self.used):
            self.faults.append(
                Fault(
                    f"{self.where}: --row {number}",
                    "was answered, and is no row of an objective",
                    "a row that was asked about",
                    "Correct --row",
                )
            )
        if self.faults:
            raise DocumentError(*self.faults)

    def _fits(self, cells: Sequence[str]) -> bool:
        """Say whether a row with one filled cell is an objective whose other cells are empty."""
        place = next(index for index, cell in enumerate(cells) if cell)
        return place < len(self.heads) and self.heads[place].column is PlanColumn.OBJECTIVE

    def _begin(self, row: TableRow, heads: tuple[Head, ...], cells: Sequence[str]) -> None:
        again, self.heads = heads == self.heads, heads
        self.titles = tuple(" ".join(cell.split()) for cell in cells)
        for head, title in zip(heads, self.titles, strict=True):
            if title and not head.known:
                self._flag(row, "", f"head {len(title)} letters long is not understood: its column was left out")
        named = [(head.column, head.half_term) for head in heads if head.known]
        for twice in sorted({str(one[0] or one[1]) for one in named if named.count(one) > 1}):
            self.faults.append(
                Fault(f"{self.where}: {row.where}", f"two columns are headed {twice}", "each once", "Rename one")
            )
        year = next((head.year for head in heads if head.column is PlanColumn.TARGET), None)
        above = self.title
        self.title = None
        # Heads that stand again in the middle of a table begin nothing new.
        if above is not None or not again:
            self._enter(row.sheet if above is None else above[1], year)

    def _enter(self, text: str, year: int | None) -> None:
        label, colon, title = text.partition(":")
        if not colon and len(label) > 30:
            label, title = "", text
        label, title = " ".join(label.split()), " ".join(title.split())
        known = [
            one.id for one in self.stages.values() if (one.label, one.title, one.target_year) == (label, title, year)
        ]
        self.stage = known[0] if known else _fresh(_slug(label or title) or "plan", self.stages)
        if not known:
            self.stages[self.stage] = PlanStage(id=self.stage, label=label, title=title, target_year=year)

    def _row(self, row: TableRow, cells: list[str]) -> None:
        heads = list(self.heads)
        first = next((index for index, head in enumerate(heads) if head.half_term is not None), len(heads))
        placed: dict[str, str] = {}
        for head, cell in zip(heads[:first], cells[:first], strict=False):
            if head.known:
                placed[_key(head)] = cell
        rest = cells[first:]
        short = len(cells) < len(heads) and any(cells[first:])
        long = len(cells) > len(heads)
        answer = self.answers.get(row.number)
        if answer is not None:
            self.used.add(row.number)
        if answer is not None and tuple(answer) != (AS_THEY_STAND,):
            placed |= self._answered(row, rest, answer, first)
        elif (short or long) and answer is None:
            what = "fewer" if short else "more"
            self._flag(
                row,
                "",
                f"has {what} cells ({len(cells)}) than there are heads ({len(heads)}), so cells may have moved:"
                f" those from {self.titles[first] if first < len(heads) else 'the end'} on were left out"
                f" until you say which columns they are, with --row {row.number}=",
                asks=True,
            )
        else:
            for head, cell in zip(heads[first:], rest, strict=False):
                if head.known:
                    placed[_key(head)] = cell
            if len(rest) > len(heads) - first:
                self._flag(row, "", "has more cells than there are heads; the last were left out")
        if placed.get(PlanColumn.STAGE.value):
            year = next((head.year for head in heads if head.column is PlanColumn.TARGET), None)
            self._enter(placed[PlanColumn.STAGE.value], year)
        self.objectives.append(self._objective(row, placed))

    def _answered(self, row: TableRow, rest: Sequence[str], answer: Sequence[str], first: int) -> dict[str, str]:
        filled = [cell for cell in rest if cell]
        heads = [read_head(name) for name in answer]
        spot = f"{self.where}: {row.where}"
        # What stands before the first action is certain, and no answer moves it.
        open_ = {
            _key(head): title for head, title in zip(self.heads[first:], self.titles[first:], strict=True) if head.known
        }
        keys = [_key(head) for head in heads]
        self.faults += [
            Fault(
                spot,
                f"{name[:40]!r} is none of the columns from the first action on",
                f"one of {join_names(list(open_.values()))}",
                "Name the columns",
            )
            for key, name in zip(keys, answer, strict=True)
            if key not in open_
        ]
        twice = sorted({key for key in keys if key in open_ and keys.count(key) > 1})
        self.faults += [
            Fault(spot, f"{open_[key]!r} is named twice", "each column once", "Correct --row") for key in twice
        ]
        if len(heads) != len(filled):
            what = f"{len(heads)} columns are named for {len(filled)} filled cells"
            self.faults.append(Fault(spot, what, "a column for each", "Name them in order, from the first action on"))
            return {}
        return dict(zip(keys, filled, strict=True))

    def _objective(self, row: TableRow, placed: Mapping[str, str]) -> Objective:
        def cell(column: PlanColumn) -> str:
            text = placed.get(column.value, "")
            return "" if text in BLANK else text

        label, text = " ".join(cell(PlanColumn.LABEL).split()), " ".join(cell(PlanColumn.OBJECTIVE).split())
        if not text:
            self._flag(row, PlanColumn.OBJECTIVE.value, "is empty: an objective needs words")
            text = f"Objective {label}".strip()
        known = {one.id for one in self.objectives}
        id = _fresh(f"{self.stage}-{_slug(label) or len(self.objectives) + 1}", known)
        actions = list(self._actions(row, placed, id))
        targets, doubts = read_targets(cell(PlanColumn.TARGET), id)
        for doubt in doubts:
            self._flag(row, PlanColumn.TARGET.value, doubt)
        return Objective(
            id=id,
            label=label,
            stage=self.stage,
            text=text,
            state=self._state(row, cell(PlanColumn.STATE)),
            leads=self._roles(row, PlanColumn.LEAD, cell(PlanColumn.LEAD)),
            monitors=self._roles(row, PlanColumn.MONITOR, cell(PlanColumn.MONITOR)),
            reports_to=self._roles(row, PlanColumn.REPORT_TO, cell(PlanColumn.REPORT_TO)),
            governor_link=self._roles(row, PlanColumn.GOVERNOR, cell(PlanColumn.GOVERNOR)),
            half_terms=by_half_term(actions),
            targets=targets,
            cost=" ".join(cell(PlanColumn.COST).split()),
            amount=self._amount(row, cell(PlanColumn.AMOUNT)),
            funding=" ".join(cell(PlanColumn.FUNDING).split()),
            evaluation=self._roles(row, PlanColumn.EVALUATION, cell(PlanColumn.EVALUATION)),
        )

    def _state(self, row: TableRow, text: str) -> ObjectiveState:
        try:
            return ObjectiveState(text.casefold() or ObjectiveState.LIVE)
        except ValueError:
            known = join_names([one.value for one in ObjectiveState])
            self._flag(row, PlanColumn.STATE.value, f"is none of {known}: taken as live")
            return ObjectiveState.LIVE

    def _amount(self, row: TableRow, text: str) -> int | None:
        match = _AMOUNT.fullmatch(text)
        if text and match is None:
            self._flag(row, PlanColumn.AMOUNT.value, "is no whole number of pounds and was left out")
        return int(match[1].replace(",", "")) if match else None

    def _actions(self, row: TableRow, placed: Mapping[str, str], id: str) -> Iterator[tuple[HalfTermName, PlanAction]]:
        count = 0
        for name in HalfTermName:
            text = placed.get(name.value, "")
            if not text or text in BLANK:
                continue
            pieces, heading = bullets(text)
            if heading:
                self._flag(row, name.value, "begins with a line without a bullet: taken for a heading and left out")
            for piece in pieces:
                count += 1
                yield name, self._action(row, name, piece, f"{id}-a{count}")

    def _action(self, row: TableRow, name: HalfTermName, text: str, id: str) -> PlanAction:
        said = read_action(text)
        reason = said.reason
        if said.state is ActionState.CARRIED:
            reason = "The table says that it goes on from an earlier half term."
            self._flag(
                row, name.value, "holds an action that goes on from an earlier half term; from which action is not said"
            )
        if not said.stated and _TICKED.search(said.text):
            self._flag(
                row, name.value, "holds an action that is ticked without a day: kept as open, record it in a review"
            )
        return PlanAction(
            id=id,
            text=said.text or text,
            state=said.state,
            due=said.due,
            done_on=said.done_on,
            reason=reason,
            cadence=self._cadence(row, name, said.text),
        )

    def _cadence(self, row: TableRow, name: HalfTermName, text: str) -> Cadence | None:
        found = list(_RHYTHM.finditer(text))
        if not found:
            return None
        # Only its own words: in "weekly until half term" the half term is no rhythm.
        said = [" to ".join(re.split(r"\s?-\s?", one[0])) if "weeks" in one[0] else one[0] for one in found]
        try:
            words = {read_cadence(one).every for one, match in zip(said, found, strict=True) if not match["times"]}
            cadence = read_cadence(" ".join(said))
        except DocumentError:
            self._flag(row, name.value, "speaks of a rhythm that is not understood; none was taken")
            return None
        if len(words) > 1:
            self._flag(row, name.value, "speaks of more than one rhythm; none was taken")
            return None
        if cadence.warning:
            self._flag(row, name.value, cadence.warning)
        return cadence

    def _roles(self, row: TableRow, column: PlanColumn, text: str) -> tuple[str, ...]:
        if text.startswith(BULLET):
            names = list(bullets(text)[0])
        else:
            parts = [text] if role_of(text) else NAMES.split(text)
            names = [" ".join(part.split()) for part in parts if part.strip()]
        found = [role_of(name) or name for name in names]
        if any(map(is_initials, names)):
            self._flag(row, column.value, "looks like initials: write the role in their place")
        return tuple(dict.fromkeys(found))

    def _flag(self, row: TableRow, column: str, what: str, *, asks: bool = False) -> None:
        where = f"{row.where}, {column}" if column else row.where
        self.flags.append(ReadFlag(where=where, what=what, asks=asks, row=row.number))


def bullets(text: str) -> tuple[tuple[str, ...], str]:
    r"""Part a cell into its actions: one a bullet, or one a line where there is no bullet.

    >>> bullets("Attendance;\n· Tell parents\nby letter.\n· Train staff.")
    (('Tell parents by letter.', 'Train staff.'), 'Attendance;')

    Returns:
        The actions, and what stands before the first bullet.
    """
    lines = [line for line in (one.strip() for one in text.splitlines()) if line]
    if not any(BULLETS.match(line) for line in lines):
        return tuple(" ".join(line.split()) for line in lines), ""
    found: list[str] = []
    heading: list[str] = []
    for line in lines:
        match = BULLETS.match(line)
        rest = " ".join(line[match.end() if match else 0 :].split())
        if match and rest:
            found.append(rest)
        elif found and rest:
            found[-1] += f" {rest}"
        elif rest:
            heading.append(rest)
    return tuple(found), " ".join(heading)


def _key(head: Head) -> str:
    return head.half_term.value if head.half_term is not None else head.column.value if head.column is not None else ""


def _clean(text: str) -> str:
    """Leave out what a spreadsheet puts around a text."""
    return text.replace("\u00a0", " ").replace("\r\n", "\n").replace("\r", "\n").strip()


def _fresh(id: str, known: Container[str]) -> str:
    """Return an id that is not taken yet."""
    fresh, number = id, 1
    while fresh in known:
        number += 1
        fresh = f"{id}-{number}"
    return fresh


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.casefold()).strip("-.")[:60]
