"""An audit as the form that schools use: an X in one of three columns, evidence and action cells, statuses by formula.

The sheet works its statuses out by itself, under every rule, and names the audit's own. What the library finds is
stored beside each formula, so a reader that does not calculate shows the same.
"""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

from attrs import define

from attendance_core.audits.rules import find_edition
from attendance_core.audits.status import POINTS, live, status_of
from attendance_core.model.audits import Audit, Response
from attendance_core.model.frameworks import Framework, Item
from attendance_core.plugins.builtin import form_layout as layout
from attendance_core.plugins.builtin.form_sheets import (
    COLOURS,
    HELPERS,
    WIDE,
    FormSheets,
    absolute,
    day_parts,
    height,
    not_overdue,
    same_id,
    statement,
)
from attendance_core.plugins.builtin.form_statuses import descriptor_column, write_statuses
from attendance_core.plugins.builtin.sheetxml import reference

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def audit_form(audit: Audit, framework: Framework, *, as_of: date | None = None) -> bytes:
    """Return a form as a workbook.

    Args:
        audit: The audit; what it holds is filled in.
        framework: The framework that it answers.
        as_of: The day on which actions are overdue or not, in a cell that may be changed; None: the audit's day.

    Raises:
        DocumentError: If a cell cannot hold one of its texts.
        UnknownNameError: If there is no such status rule.
    """
    import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

    layout.refuse_unfit(audit)
    out = io.BytesIO()
    plain = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, **dict.fromkeys(plain, False)})
    workbook.set_properties({"title": framework.title[:255], "created": datetime.combine(audit.on, time())})
    _Form(
        workbook=workbook, audit=layout.canonical(audit, framework), framework=framework, as_of=as_of or audit.on
    ).write()
    workbook.close()
    return out.getvalue()


@define(kw_only=True)
class _Form(FormSheets):
    """One form while it is written."""

    def write(self) -> None:
        names = (layout.AUDIT, layout.STATUS, layout.SECOND, *layout.TABLES, layout.ABOUT)
        sheets = {name: self.workbook.add_worksheet(name) for name in names}
        self.about(sheets[layout.ABOUT])
        for name, heads in layout.TABLES.items():
            self.table(sheets[name], name, heads, layout.rows_of(self.audit)[name])
        self.items(sheets[layout.AUDIT])
        self.second(sheets[layout.SECOND])
        write_statuses(self, sheets[layout.STATUS])
        for sheet in sheets.values():
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)

    def about(self, sheet: Any) -> None:
        self.title(sheet, self.framework.title, column=0)
        row = 2
        facts = [(name, getattr(self.audit, attribute)) for name, attribute in layout.FACTS]
        facts.append((layout.AS_OF, self.as_of))
        for name, value in facts:
            self.put(sheet, row, 0, name, bold=True)
            self.put(sheet, row, 1, value)
            self.places[name] = absolute(layout.ABOUT, row, 1)
            row += 1
        self.put(sheet, row, 0, "What the rule does", bold=True)
        edition = find_edition(self.audit.status_rule, self.audit.status_rule_version, where=self.audit.id)
        self.put(sheet, row, 1, edition.says)
        row += 2
        scale = self.audit.scale
        for name, attribute in layout.SCALE_FACTS:
            value = getattr(scale, attribute)
            self.put(sheet, row, 0, name, bold=True)
            self.put(sheet, row, 1, ("yes" if value else "no") if isinstance(value, bool) else value)
            row += 1
        self.heads(sheet, row, layout.SCALE_HEADS)
        for step in scale.steps:
            row += 1
            for column, value in enumerate((step.id, step.title, step.status.value, step.means)):
                self.put(sheet, row, column, value)
        row += 2
        for note in filter(None, (self.framework.note, *self.framework.notes)):
            self.put(sheet, row, 1, note, italic=True)
            row += 1
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 3, 44)

    def table(self, sheet: Any, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.heads(sheet, 0, heads)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                look = {"num_format": "@"} if heads[column] in layout.IDS else {}
                self.put(sheet, number, column, value, **look)
        last = len(rows) + layout.SPARE
        wide = {"What it shows", "Action", "Document", "Recommendation", "Why linked", "What it says", "Links", "Items"}
        for column, head in enumerate(heads):
            format_ = self.look(num_format="@") if head in layout.IDS else None
            sheet.set_column(column, column, 44 if head in wide else 16, format_)
            self.places[f"{name}.{head}"] = absolute(name, 1, column, last, column)
        if name == layout.ACTIONS:
            self._live(sheet, heads, rows, last)
        if name == layout.RECOMMENDATIONS:
            self._accepted(sheet, heads, last)
        sheet.freeze_panes(1, 0)

    def _live(self, sheet: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]], last: int) -> None:
        """Say of each action whether it is open and not overdue."""
        held = [action for _, action in layout.action_rows(self.audit)]
        at = {head: column for column, head in enumerate(heads)}

        def condition(row: int) -> str:
            action, state = reference(row, at["Action"]), reference(row, at["State"])
            return f'LEN({action})>0,OR(LEN({state})=0,{state}="open",{state}="carried")'

        known = [live(action, self.as_of) for action in held]
        self._live_column(sheet, layout.ACTIONS, at["Due"], len(heads), last, known, condition)

    def _accepted(self, sheet: Any, heads: Sequence[str], last: int) -> None:
        """Say of each recommendation whether it is an action that is not overdue."""
        at = {head: column for column, head in enumerate(heads)}
        actions = [one.action(self.framework.id) for one in self.audit.recommendations]
        known = [action is not None and live(action, self.as_of) for action in actions]
        self._live_column(
            sheet, layout.RECOMMENDATIONS, at["Due"], len(heads), last, known,
            lambda row: f'{reference(row, at["State"])}="accepted"',
        )  # fmt: skip

    def _live_column(
        self,
        sheet: Any,
        name: str,
        due: int,
        column: int,
        last: int,
        known: Sequence[bool],
        condition: Callable[[int], str],
    ) -> None:
        """Write which rows of a table are still to be done and not overdue, for other formulas."""
        self.heads_more(sheet, column, "due")
        self.heads_more(sheet, column + 1, "live")
        for row in range(1, last + 1):
            cell, parts = reference(row, due), reference(row, column)
            sheet.write_formula(row, column, day_parts(cell), None, "")
            in_time = not_overdue(cell, parts, self.places[layout.AS_OF])
            value = int(row <= len(known) and known[row - 1])
            sheet.write_formula(row, column + 1, f"=IF(AND({condition(row)},{in_time}),1,0)", None, value)
        self.places[f"{name}.live"] = absolute(name, 1, column + 1, last, column + 1)

    def items(self, sheet: Any) -> None:
        """Write the sheet that is filled in."""
        steps = layout.step_heads([step.title for step in self.audit.scale.steps])
        heads = (layout.KEY, layout.NUMBER, layout.STATEMENT, *steps, *layout.ROW_HEADS, "Check", "More")
        first, helpers = 3, len(heads)
        rule = f"{self.audit.status_rule} {self.audit.status_rule_version}"
        how = (
            "Put an X into one of the columns beside each statement. The statuses are worked out by the rule "
            f"{rule}; the sheet {layout.STATUS} shows them under every rule."
        )
        self.title(sheet, self.framework.title, how)
        self.heads(sheet, 2, heads)
        row = 3
        wanted = {one.item: one for one in self.audit.responses}
        shown: dict[str, int] = {}
        for section in self.framework.sections:
            self.put(sheet, row, 0, "")
            sheet.write_string(row, 1, section.name, self.look(bold=True, font_size=12))
            row += 1
            top = row
            for item in section.each():
                if item.rateable:
                    self._row(sheet, row, item, wanted[item.id], first, len(steps), helpers)
                else:
                    self.put(sheet, row, 1, item.label)
                    self.put(sheet, row, 2, item.text, italic=True)
                row += 1
            self.spans[section.id] = (top, max(row - 1, top))
            shown[section.id] = row
            row += 2
        self.spans[""] = (3, row - 1)
        shown[""] = row
        # Each status is read from the sheet that works it out.
        statuses = status_of(self.audit, self.framework, self.as_of)
        for number, status in enumerate((*statuses.sections, statuses.whole), start=1):
            at, column = shown[status.part], first
            name = status.name if status.part else "the whole"
            label = f"Status of {name} (rule {rule})"
            self.put(sheet, at, 2, label, bold=True, align="right")
            framed = self.look(bold=True, align="center", border=1)
            sheet.merge_range(at, column, at, column + len(steps) - 1, "", framed)
            source = absolute(layout.STATUS, number, 2)
            sheet.write_formula(at, column, f"={source}", framed, status.told)
            words = absolute(layout.STATUS, number, descriptor_column(self))
            sheet.write_formula(
                at, column + len(steps), f"={words}", self.look(text_wrap=True, italic=True), status.descriptor
            )
            self.coloured(sheet, at, column)
            sheet.set_row(at, height(((38, status.descriptor), (WIDE * 4 // 5, label))))
        sheet.set_column(0, 0, 6, None, {"hidden": True})
        sheet.set_column(1, 1, 7)
        sheet.set_column(2, 2, WIDE)
        sheet.set_column(first, first + len(steps) - 1, 11)
        widths = dict(zip(layout.ROW_HEADS, (38, 38, 14, 12, 28, 14, 12), strict=True))
        for column, head in enumerate(heads):
            if head in widths and column >= first + len(steps):
                sheet.set_column(column, column, widths[head])
        sheet.set_column(helpers - 2, helpers - 1, 12)
        end = helpers + len(HELPERS) + len(steps)
        self.put(sheet, 2, end, layout.END)
        sheet.set_column(helpers, end, 6, None, {"hidden": True})
        sheet.freeze_panes(3, 3)
        sheet.repeat_rows(2)
        sheet.print_area(0, 0, row, first + len(steps) + layout.ROW_HEADS.index("Comment"))

    def _row(self, sheet: Any, row: int, item: Item, answer: Response, first: int, steps: int, helpers: int) -> None:
        self.put(sheet, row, 0, item.id)
        self.put(sheet, row, 1, item.label or item.id)
        self.put(sheet, row, 2, statement(item))
        for place, step in enumerate(self.audit.scale.steps):
            mark = "X" if answer.rating == step.id else None
            self.put(sheet, row, first + place, mark, align="center", border=1, bg_color=COLOURS[step.status.value])
        evidence, action = layout.inline_evidence(answer), layout.inline_action(answer)
        cells = (
            evidence.text if evidence else "",
            action.text if action else "",
            action.owner if action else "",
            action.due if action else None,
            answer.comment,
            answer.assessor,
            answer.on,
        )
        texts = ((WIDE, statement(item)), (38, str(cells[0])), (38, str(cells[1])), (28, answer.comment))
        sheet.set_row(row, height(texts))
        for column, value in enumerate(cells, start=first + steps):
            self.put(sheet, row, column, value, border=1, border_color="#c9d1d9")
        at = first + steps + len(layout.ROW_HEADS)
        points = self._points(sheet, row, item, answer, first, steps, helpers)
        n = [reference(row, helpers + len(HELPERS) + place) for place in range(steps)]
        ticks = "+".join(f'({one}="X")' for one in n)
        filled = "+".join(f"(LEN({one})>0)" for one in n)
        sheet.write_formula(
            row,
            at,
            f'=IF({ticks}>1,"two ticks",IF(AND({filled}>0,{points}=""),"unclear",""))',
            self.look(font_color="#b3261e"),
            "",
        )
        key = reference(row, 0)
        more = sum(item_id == item.id for item_id, _, _ in layout.evidence_rows(self.audit))
        more += sum(item_id == item.id for item_id, _ in layout.action_rows(self.audit))
        sheet.write_formula(
            row,
            at + 1,
            f"=SUMPRODUCT({same_id(self.places[f'{layout.EVIDENCE}.{layout.KEY}'], key)})"
            f"+SUMPRODUCT({same_id(self.places[f'{layout.ACTIONS}.{layout.KEY}'], key)})",
            self.look(num_format='"+ "0;;', align="left"),
            more,
        )

    def _points(self, sheet: Any, row: int, item: Item, answer: Response, first: int, steps: int, at: int) -> str:
        """Write what the formulas count: whether the item counts, its points, and whether it is planned for."""
        marks = at + len(HELPERS)
        n = [reference(row, marks + place) for place in range(steps)]
        for place in range(steps):
            cell = reference(row, first + place)
            chosen = answer.rating == self.audit.scale.steps[place].id
            text = f'=IFERROR(UPPER(TRIM(SUBSTITUTE({cell},_xlfn.UNICHAR(160)," "))),"?")'
            sheet.write_formula(row, marks + place, text, None, "X" if chosen else "")
        sheet.write_number(row, at, 0 if item.uncertain else 1)
        sheet.write_string(row, marks + steps, item.id)
        colours = [POINTS[step.status] for step in self.audit.scale.steps]
        step = self.audit.scale.step(answer.rating)
        known: Any = POINTS[step.status] if step else ""
        ticks = "+".join(f'({one}="X")' for one in n)
        empty = "+".join(f"(LEN({one})=0)" for one in n)
        worth = "+".join(f'({one}="X")*{colour}' for one, colour in zip(n, colours, strict=True))
        sheet.write_formula(row, at + 1, f'=IF(AND({ticks}=1,{empty}={steps - 1}),{worth},"")', None, known)
        action = reference(row, first + steps + layout.ROW_HEADS.index("Action"))
        due = reference(row, first + steps + layout.ROW_HEADS.index("Due"))
        key = reference(row, 0)
        ref = f'"|{self.framework.id}/"&{key}&"|"'
        links, items = self.places[f"{layout.ACTIONS}.Links"], self.places[f"{layout.RECOMMENDATIONS}.Items"]
        live_actions, live_recommendations = (
            self.places[f"{name}.live"] for name in (layout.ACTIONS, layout.RECOMMENDATIONS)
        )
        parts = reference(row, at + 3)
        sheet.write_formula(row, at + 3, day_parts(due), None, "")
        planned = (
            f"=IF(AND(LEN(TRIM({action}))>0,{not_overdue(due, parts, self.places[layout.AS_OF])}),1,"
            f"IF(SUMPRODUCT({same_id(self.places[f'{layout.ACTIONS}.{layout.KEY}'], key)}*({live_actions}=1))"
            f"+SUMPRODUCT(({live_actions}=1)*ISNUMBER(FIND({ref},"
            f'"|"&SUBSTITUTE({links},CHAR(10),"|")&"|")))'
            f"+SUMPRODUCT(({live_recommendations}=1)*ISTEXT({items})*ISNUMBER(FIND("
            f'"|"&{key}&"|","|"&SUBSTITUTE({items},CHAR(10),"|")&"|")))>0,1,0))'
        )
        is_planned = any(live(one, self.as_of) for one in self.audit.actions_of(item.id))
        sheet.write_formula(row, at + 2, planned, None, int(is_planned))
        return reference(row, at + 1)

    def second(self, sheet: Any) -> None:
        """Write the sheet of the second assessor."""
        steps = layout.step_heads([step.title for step in self.audit.scale.steps])
        heads = (layout.KEY, layout.NUMBER, layout.STATEMENT, *steps, *layout.SECOND_HEADS, layout.END)
        how = "A second view beside the school's: it changes no status."
        self.title(sheet, self.audit.second_assessor or "Second assessor", how)
        self.heads(sheet, 2, heads)
        row = 3
        for item in self.framework.rateable():
            second = self.audit.response(item.id).second
            self.put(sheet, row, 0, item.id)
            self.put(sheet, row, 1, item.label or item.id)
            self.put(sheet, row, 2, statement(item))
            for place, step in enumerate(self.audit.scale.steps):
                mark = "X" if second and second.rating == step.id else None
                colour = COLOURS[step.status.value]
                self.put(sheet, row, 3 + place, mark, align="center", border=1, bg_color=colour)
            sheet.set_row(row, height(((WIDE, statement(item)), (44, second.comment if second else ""))))
            self.put(sheet, row, 3 + len(steps), second.comment if second else "")
            self.put(sheet, row, 4 + len(steps), second.on if second else None)
            sheet.write_string(row, 5 + len(steps), item.id)
            row += 1
        sheet.set_column(0, 0, 6, None, {"hidden": True})
        sheet.set_column(1, 1, 7)
        sheet.set_column(2, 2, WIDE)
        sheet.set_column(3, 2 + len(steps), 11)
        sheet.set_column(3 + len(steps), 3 + len(steps), 44)
        sheet.set_column(4 + len(steps), 4 + len(steps), 12)
        sheet.set_column(5 + len(steps), 5 + len(steps), 6, None, {"hidden": True})
        sheet.freeze_panes(3, 3)
