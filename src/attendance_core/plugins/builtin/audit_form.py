"""An audit as the form that schools use: an X in one of three columns, evidence and action cells, statuses by formula.

The sheet works its statuses out by itself, under every rule, and names the audit's own. What the library finds is
stored beside each formula, so a reader that does not calculate shows the same.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from attrs import define, field

from attendance_core.audits.rules import edition_on, find_edition, load_status_rules
from attendance_core.audits.status import POINTS, live, status_of
from attendance_core.model.audits import Audit, Response
from attendance_core.model.frameworks import Framework, Item
from attendance_core.model.statuses import RuleEdition, RuleMethod
from attendance_core.plugins.builtin import form_layout as layout
from attendance_core.plugins.builtin.sheetxml import reference

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLOURS = {"red": "#f4c7c3", "amber": "#fce8b2", "green": "#b7e1cd", "incomplete": "#e3e6ea"}
#: Columns that formulas use and nobody fills in.
HELPERS = ("counts", "points", "planned")


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
    import xlsxwriter

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
class _Form:
    """One form while it is written."""

    workbook: Any
    audit: Audit
    framework: Framework
    as_of: date
    looks: dict[str, Any] = field(factory=dict)
    #: Section id (empty: the whole) to first and last row of its items, from 0.
    spans: dict[str, tuple[int, int]] = field(factory=dict)
    #: Name of a place to its absolute reference, sheet included.
    places: dict[str, str] = field(factory=dict)

    def write(self) -> None:
        names = (layout.AUDIT, layout.STATUS, layout.SECOND, *layout.TABLES, layout.ABOUT)
        sheets = {name: self.workbook.add_worksheet(name) for name in names}
        self.about(sheets[layout.ABOUT])
        for name, heads in layout.TABLES.items():
            self.table(sheets[name], name, heads, layout.rows_of(self.audit)[name])
        self.items(sheets[layout.AUDIT])
        self.second(sheets[layout.SECOND])
        self.statuses(sheets[layout.STATUS])
        for sheet in sheets.values():
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)

    # -- cells

    def look(self, **properties: Any) -> Any:
        key = repr(sorted(properties.items()))
        if key not in self.looks:
            self.looks[key] = self.workbook.add_format({"valign": "top", **properties})
        return self.looks[key]

    def put(self, sheet: Any, row: int, column: int, value: Any, **look: Any) -> None:
        """Write a text as a text, a day as a day, and nothing as an empty cell of its look."""
        if isinstance(value, date) and value >= layout.FIRST_DAY:
            sheet.write_datetime(row, column, value, self.look(num_format="d mmm yyyy", align="left", **look))
        elif value is None or value == "":
            sheet.write_blank(row, column, None, self.look(text_wrap=True, **look))
        else:
            sheet.write_string(row, column, str(value), self.look(text_wrap=True, **look))

    def heads(self, sheet: Any, row: int, heads: Sequence[str]) -> None:
        for column, head in enumerate(heads):
            self.put(sheet, row, column, head, bold=True, bottom=1, bg_color="#eef2f6")

    # -- sheets

    def about(self, sheet: Any) -> None:
        self.put(sheet, 0, 0, self.framework.title, bold=True, font_size=16)
        row = 2
        facts = [(name, getattr(self.audit, attribute)) for name, attribute in layout.FACTS]
        facts.append((layout.AS_OF, self.as_of))
        for name, value in facts:
            self.put(sheet, row, 0, name, bold=True)
            self.put(sheet, row, 1, value)
            self.places[name] = _absolute(layout.ABOUT, row, 1)
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
                self.put(sheet, number, column, value)
        last = len(rows) + layout.SPARE
        wide = {"What it shows", "Action", "Document", "Recommendation", "Why linked", "What it says", "Links", "Items"}
        for column, head in enumerate(heads):
            sheet.set_column(column, column, 44 if head in wide else 16)
            self.places[f"{name}.{head}"] = _absolute(name, 1, column, last, column)
        if name == layout.ACTIONS:
            self._live(sheet, heads, rows, last)
        if name == layout.RECOMMENDATIONS:
            self._accepted(sheet, heads, last)
        sheet.freeze_panes(1, 0)

    def _live(self, sheet: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]], last: int) -> None:
        """Say of each action whether it is open and not overdue."""
        at = {head: column for column, head in enumerate(heads)}
        column = len(heads)
        self.heads_more(sheet, column, "live")
        held = [action for _, action in layout.action_rows(self.audit)]
        for row in range(1, last + 1):
            cell = {head: reference(row, at[head]) for head in ("Action", "State", "Due")}
            known = live(held[row - 1], self.as_of) if row <= len(rows) else False
            sheet.write_formula(
                row,
                column,
                f'=IF(AND(LEN({cell["Action"]})>0,OR(LEN({cell["State"]})=0,{cell["State"]}="open",'
                f'{cell["State"]}="carried"),OR(LEN({cell["Due"]})=0,{cell["Due"]}>={self.places[layout.AS_OF]})),1,0)',
                None,
                int(known),
            )
        self.places["actions.live"] = _absolute(layout.ACTIONS, 1, column, last, column)

    def _accepted(self, sheet: Any, heads: Sequence[str], last: int) -> None:
        """Say of each recommendation whether it is an action that is not overdue."""
        at = {head: column for column, head in enumerate(heads)}
        column = len(heads)
        self.heads_more(sheet, column, "live")
        for row in range(1, last + 1):
            state, due = reference(row, at["State"]), reference(row, at["Due"])
            known = 0
            if row <= len(self.audit.recommendations):
                action = self.audit.recommendations[row - 1].action(self.framework.id)
                known = int(action is not None and live(action, self.as_of))
            sheet.write_formula(
                row,
                column,
                f'=IF(AND({state}="accepted",OR(LEN({due})=0,{due}>={self.places[layout.AS_OF]})),1,0)',
                None,
                known,
            )
        self.places["recommendations.live"] = _absolute(layout.RECOMMENDATIONS, 1, column, last, column)

    def heads_more(self, sheet: Any, column: int, name: str) -> None:
        self.put(sheet, 0, column, name, italic=True, font_color="#8a94a0")
        sheet.set_column(column, column, 6, None, {"hidden": True})

    def items(self, sheet: Any) -> None:
        """Write the sheet that is filled in."""
        steps = layout.step_heads([step.title for step in self.audit.scale.steps])
        heads = (layout.KEY, layout.NUMBER, layout.STATEMENT, *steps, *layout.ROW_HEADS, "Check", "More")
        first, helpers = 3, len(heads)
        self.put(sheet, 0, 1, self.framework.title, bold=True, font_size=16)
        rule = f"{self.audit.status_rule} {self.audit.status_rule_version}"
        how = (
            "Put an X into one of the columns beside each statement. The statuses are worked out by the rule "
            f"{rule}; the sheet {layout.STATUS} shows them under every rule."
        )
        sheet.write_string(1, 1, how, self.look(italic=True))
        self.heads(sheet, 2, heads)
        row = 3
        wanted = {one.item: one for one in self.audit.responses}
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
            self.put(sheet, row, 2, f"Status of {section.name} (rule {rule})", bold=True, align="right")
            self.places[f"shown.{section.id}"] = f"{row},{first}"
            row += 2
        self.spans[""] = (3, row - 1)
        self.put(sheet, row, 2, f"Status of the whole (rule {rule})", bold=True, align="right")
        self.places["shown."] = f"{row},{first}"
        # Each status is read from the sheet that works it out.
        statuses = status_of(self.audit, self.framework, self.as_of)
        for number, status in enumerate((*statuses.sections, statuses.whole), start=1):
            at, column = map(int, self.places[f"shown.{status.part}"].split(","))
            framed = self.look(bold=True, align="center", border=1)
            sheet.merge_range(at, column, at, column + len(steps) - 1, "", framed)
            source = _absolute(layout.STATUS, number, 2)
            sheet.write_formula(at, column, f"={source}", framed, status.told)
            words = _absolute(layout.STATUS, number, self._descriptor_column)
            sheet.write_formula(
                at, column + len(steps), f"={words}", self.look(text_wrap=True, italic=True), status.descriptor
            )
            self._coloured(sheet, at, column)
        sheet.set_column(0, 0, 6, None, {"hidden": True})
        sheet.set_column(1, 1, 7)
        sheet.set_column(2, 2, 60)
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

    def _row(self, sheet: Any, row: int, item: Item, answer: Response, first: int, steps: int, helpers: int) -> None:
        self.put(sheet, row, 0, item.id)
        self.put(sheet, row, 1, item.label or item.id)
        self.put(sheet, row, 2, statement(item))
        for place, step in enumerate(self.audit.scale.steps):
            mark = "X" if answer.rating == step.id else None
            self.put(sheet, row, first + place, mark, align="center", border=1, bg_color=_COLOURS[step.status.value])
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
            f"=COUNTIF({self.places[f'{layout.EVIDENCE}.{layout.KEY}']},{key})"
            f"+COUNTIF({self.places[f'{layout.ACTIONS}.{layout.KEY}']},{key})",
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
        planned = (
            f"=IF(AND(LEN(TRIM({action}))>0,OR(LEN({due})=0,{due}>={self.places[layout.AS_OF]})),1,"
            f"IF(COUNTIFS({self.places[f'{layout.ACTIONS}.{layout.KEY}']},{key},{self.places['actions.live']},1)"
            f"+SUMPRODUCT(({self.places['actions.live']}=1)*ISNUMBER(FIND({ref},"
            f'"|"&SUBSTITUTE({links},CHAR(10),"|")&"|")))'
            f"+SUMPRODUCT(({self.places['recommendations.live']}=1)*ISNUMBER(FIND("
            f'"|"&{key}&"|","|"&SUBSTITUTE({items},CHAR(10),"|")&"|")))>0,1,0))'
        )
        is_planned = any(live(one, self.as_of) for one in self.audit.actions_of(item.id))
        sheet.write_formula(row, at + 2, planned, None, int(is_planned))
        return reference(row, at + 1)

    def second(self, sheet: Any) -> None:
        """Write the sheet of the second assessor."""
        steps = layout.step_heads([step.title for step in self.audit.scale.steps])
        heads = (layout.KEY, layout.NUMBER, layout.STATEMENT, *steps, *layout.SECOND_HEADS, layout.END)
        self.put(sheet, 0, 1, self.audit.second_assessor or "Second assessor", bold=True, font_size=16)
        how = "A second view beside the school's: it changes no status."
        sheet.write_string(1, 1, how, self.look(italic=True))
        self.heads(sheet, 2, heads)
        row = 3
        for item in self.framework.rateable():
            second = self.audit.response(item.id).second
            self.put(sheet, row, 0, item.id)
            self.put(sheet, row, 1, item.label or item.id)
            self.put(sheet, row, 2, statement(item))
            for place, step in enumerate(self.audit.scale.steps):
                mark = "X" if second and second.rating == step.id else None
                colour = _COLOURS[step.status.value]
                self.put(sheet, row, 3 + place, mark, align="center", border=1, bg_color=colour)
            self.put(sheet, row, 3 + len(steps), second.comment if second else "")
            self.put(sheet, row, 4 + len(steps), second.on if second else None)
            sheet.write_string(row, 5 + len(steps), item.id)
            row += 1
        sheet.set_column(0, 0, 6, None, {"hidden": True})
        sheet.set_column(1, 1, 7)
        sheet.set_column(2, 2, 60)
        sheet.set_column(3, 2 + len(steps), 11)
        sheet.set_column(3 + len(steps), 3 + len(steps), 44)
        sheet.set_column(4 + len(steps), 4 + len(steps), 12)
        sheet.set_column(5 + len(steps), 5 + len(steps), 6, None, {"hidden": True})
        sheet.freeze_panes(3, 3)

    # -- statuses

    @property
    def _rules(self) -> dict[str, RuleEdition]:
        """The audit's own rule first, then every other in its newest version."""
        own = self.audit.status_rule
        edition = find_edition(own, self.audit.status_rule_version, where=self.audit.id)
        others = {id: edition_on(rule, self.as_of) for id, rule in load_status_rules().items() if id != own}
        return {own: edition, **others}

    @property
    def _descriptor_column(self) -> int:
        return 2 + len(self._rules) + 8

    def statuses(self, sheet: Any) -> None:
        """Write the sheet that works the statuses out, one row a section and one for the whole."""
        rules = self._rules
        counts = ("items", "unanswered", "red", "amber", "green", "red, no action", "not green, no action", "apart")
        heads = ("Part", "Name", *rules, *counts, "What practice looks like", "red", "amber", "green")
        self.heads(sheet, 0, heads)
        steps = len(self.audit.scale.steps)
        helpers = 3 + steps + len(layout.ROW_HEADS) + 2
        found = status_of(self.audit, self.framework, self.as_of)
        parts = (*found.sections, found.whole)
        base = 2 + len(rules)
        for number, status in enumerate(parts, start=1):
            top, last = self.spans[status.part]
            f, p, r = (_absolute(layout.AUDIT, top, helpers + place, last, helpers + place) for place in range(3))
            cell = {name: reference(number, base + place) for place, name in enumerate(counts)}
            section = self.framework.section(status.part)
            descriptors = section.descriptors if section else self.framework.descriptors
            listed = section.each() if section else (item for _, item in self.framework.each())
            counted = [item.id for item in listed if item.rateable and not item.uncertain]
            self.put(sheet, number, 0, status.part)
            self.put(sheet, number, 1, status.name)
            told = {status.rule: status.told, **{rule: self._told(status, value) for rule, value in status.others}}
            for place, (rule, edition) in enumerate(rules.items()):
                sheet.write_formula(number, 2 + place, _formula(edition, cell), self.look(bold=place == 0), told[rule])
                self._coloured(sheet, number, 2 + place)
            colours = {"red": 0, "amber": 1, "green": 2}
            bare = self._bare(counted)
            known = {
                "items": len(counted), "unanswered": len(status.unanswered), "red": status.red, "amber": status.amber,
                "green": status.green, "red, no action": bare[0], "not green, no action": bare[1],
                "apart": len(status.apart),
            }  # fmt: skip
            formulas = {
                "items": f"=SUM({f})",
                "unanswered": f"={cell['items']}-{cell['red']}-{cell['amber']}-{cell['green']}",
                **{name: f"=COUNTIFS({f},1,{p},{points})" for name, points in colours.items()},
                "red, no action": f"=COUNTIFS({f},1,{p},0,{r},0)",
                "not green, no action": f"=COUNTIFS({f},1,{p},0,{r},0)+COUNTIFS({f},1,{p},1,{r},0)",
                "apart": f"=COUNTIF({f},0)",
            }
            for place, name in enumerate(counts):
                sheet.write_formula(number, base + place, formulas[name], None, known[name])
            words = base + len(counts)
            texts = [descriptors.red, descriptors.amber, descriptors.green] if descriptors else ["", "", ""]
            for place, text in enumerate(texts):
                self.put(sheet, number, words + 1 + place, text)
            cells = [reference(number, words + 1 + place) for place in range(3)]
            own = reference(number, 2)
            sheet.write_formula(
                number,
                words,
                f'=IF({own}="red",{cells[0]}&"",IF({own}="amber",{cells[1]}&"",IF({own}="green",{cells[2]}&"","")))',
                self.look(text_wrap=True),
                status.descriptor,
            )
        row = len(parts) + 2
        for rule, edition in rules.items():
            mine = " (the rule of this audit)" if rule == self.audit.status_rule else ""
            self.put(sheet, row, 1, f"{rule} {edition.version}{mine}: {edition.says}")
            row += 1
        sheet.set_column(0, 0, 10)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, 1 + len(rules), 24)
        sheet.set_column(base, base + len(counts) - 1, 11)
        sheet.set_column(base + len(counts), base + len(counts), 70)
        sheet.set_column(base + len(counts) + 1, base + len(counts) + 3, 40, None, {"hidden": True})
        sheet.freeze_panes(1, 2)

    def _told(self, status: Any, value: Any) -> str:
        missing = len(status.unanswered)
        return f"incomplete: {missing} unanswered" if value.value == "incomplete" and missing else str(value.value)

    def _bare(self, counted: Sequence[str]) -> tuple[int, int]:
        """Count what is red, and what is not green, without a live action."""
        ratings = self.audit.ratings()
        red = other = 0
        for item in counted:
            step = self.audit.scale.step(ratings.get(item, ""))
            if step is None or any(live(one, self.as_of) for one in self.audit.actions_of(item)):
                continue
            red += POINTS[step.status] == 0
            other += POINTS[step.status] < 2
        return red, other

    def _coloured(self, sheet: Any, row: int, column: int) -> None:
        for word, colour in _COLOURS.items():
            sheet.conditional_format(
                row, column, row, column,
                {"type": "text", "criteria": "begins with", "value": word,
                 "format": self.workbook.add_format({"bg_color": colour})},
            )  # fmt: skip


def _absolute(sheet: str, row: int, column: int, last_row: int | None = None, last_column: int | None = None) -> str:
    first = _dollars(reference(row, column))
    end = "" if last_row is None or last_column is None else f":{_dollars(reference(last_row, last_column))}"
    return f"'{sheet}'!{first}{end}"


def _dollars(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell[len(letters) :]}"


def statement(item: Item) -> str:
    """Return what a form says of an item: its text, when it is reached, and what is uncertain about it."""
    parts = [item.text or "(The source lost this text.)"]
    if item.title and item.title != item.text:
        parts.insert(0, item.title)
    if item.success_criteria:
        parts.append(f"Reached when: {item.success_criteria}")
    if item.uncertain:
        parts.append("Uncertain in the source: it may stay open, and is counted apart.")
    return "\n".join(parts)


def _formula(edition: RuleEdition, cell: dict[str, str]) -> str:
    """Write a rule as a formula over the counts of its row."""
    red, amber, green, total = cell["red"], cell["amber"], cell["green"], cell["items"]
    up, down = edition.more_than or (1, 2)
    most = f"{green}*{down}>{total}*{up}"
    if edition.method is RuleMethod.LOWEST:
        body = f'IF({red}>0,"red",IF({amber}>0,"amber","green"))'
    elif edition.method is RuleMethod.MAJORITY:
        body = f'IF({most},"green",IF(({green}+{amber})*{down}>{total}*{up},"amber","red"))'
    elif edition.method is RuleMethod.MEAN:
        (a, b), (c, d) = edition.amber_from or (2, 3), edition.green_from or (4, 3)
        points = f"({amber}+2*{green})"
        body = f'IF({points}*{d}>={total}*{c},"green",IF({points}*{b}>={total}*{a},"amber","red"))'
    else:
        bare, other = cell["red, no action"], cell["not green, no action"]
        body = f'IF({bare}>0,"red",IF(AND({most},{other}=0),"green","amber"))'
    left = cell["unanswered"]
    return f'=IF({total}=0,"incomplete",IF({left}>0,"incomplete: "&{left}&" unanswered",{body}))'
