"""The sheet of a form that works the statuses out by itself, under every rule."""

from collections.abc import Sequence
from typing import Any

from attendance_core.audits.rules import edition_on, find_edition, load_status_rules
from attendance_core.audits.status import POINTS, live, status_of
from attendance_core.model.statuses import RuleEdition, RuleMethod
from attendance_core.plugins.builtin import form_layout as layout
from attendance_core.plugins.builtin.form_sheets import FormSheets, absolute
from attendance_core.plugins.builtin.sheetxml import reference

_COUNTS = ("items", "unanswered", "red", "amber", "green", "red, no action", "not green, no action", "apart")


def _rules(form: FormSheets) -> dict[str, RuleEdition]:
    """The audit's own rule first, then every other in its newest version."""
    own = form.audit.status_rule
    edition = find_edition(own, form.audit.status_rule_version, where=form.audit.id)
    others = {id: edition_on(rule, form.as_of) for id, rule in load_status_rules().items() if id != own}
    return {own: edition, **others}


def descriptor_column(form: FormSheets) -> int:
    """Return the column, from 0, that shows what practice at a status looks like."""
    return 2 + len(_rules(form)) + len(_COUNTS)


def write_statuses(form: FormSheets, sheet: Any) -> None:
    """Write the sheet that works the statuses out, one row a section and one for the whole."""
    rules = _rules(form)
    heads = ("Part", "Name", *rules, *_COUNTS, "What practice looks like", "red", "amber", "green")
    form.heads(sheet, 0, heads)
    steps = len(form.audit.scale.steps)
    helpers = 3 + steps + len(layout.ROW_HEADS) + 2
    found = status_of(form.audit, form.framework, form.as_of)
    parts = (*found.sections, found.whole)
    base = 2 + len(rules)
    for number, status in enumerate(parts, start=1):
        top, last = form.spans[status.part]
        f, p, r = (absolute(layout.AUDIT, top, helpers + place, last, helpers + place) for place in range(3))
        cell = {name: reference(number, base + place) for place, name in enumerate(_COUNTS)}
        section = form.framework.section(status.part)
        descriptors = section.descriptors if section else form.framework.descriptors
        listed = section.each() if section else (item for _, item in form.framework.each())
        counted = [item.id for item in listed if item.rateable and not item.uncertain]
        form.put(sheet, number, 0, status.part)
        form.put(sheet, number, 1, status.name)
        told = {status.rule: status.told, **{rule: status.told_as(value) for rule, value in status.others}}
        for place, (rule, edition) in enumerate(rules.items()):
            sheet.write_formula(number, 2 + place, _formula(edition, cell), form.look(bold=place == 0), told[rule])
            form.coloured(sheet, number, 2 + place)
        colours = {"red": 0, "amber": 1, "green": 2}
        bare = _bare(form, counted)
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
        for place, name in enumerate(_COUNTS):
            sheet.write_formula(number, base + place, formulas[name], None, known[name])
        words = base + len(_COUNTS)
        texts = [descriptors.red, descriptors.amber, descriptors.green] if descriptors else ["", "", ""]
        for place, text in enumerate(texts):
            form.put(sheet, number, words + 1 + place, text)
        cells = [reference(number, words + 1 + place) for place in range(3)]
        own = reference(number, 2)
        sheet.write_formula(
            number,
            words,
            f'=IF({own}="red",{cells[0]}&"",IF({own}="amber",{cells[1]}&"",IF({own}="green",{cells[2]}&"","")))',
            form.look(text_wrap=True),
            status.descriptor,
        )
    row = len(parts) + 2
    for rule, edition in rules.items():
        mine = " (the rule of this audit)" if rule == form.audit.status_rule else ""
        form.put(sheet, row, 1, f"{rule} {edition.version}{mine}: {edition.says}")
        row += 1
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 1 + len(rules), 24)
    sheet.set_column(base, base + len(_COUNTS) - 1, 11)
    sheet.set_column(base + len(_COUNTS), base + len(_COUNTS), 70)
    sheet.set_column(base + len(_COUNTS) + 1, base + len(_COUNTS) + 3, 40, None, {"hidden": True})
    sheet.freeze_panes(1, 2)


def _bare(form: FormSheets, counted: Sequence[str]) -> tuple[int, int]:
    """Count what is red, and what is not green, without a live action."""
    ratings = form.audit.ratings()
    red = other = 0
    for item in counted:
        step = form.audit.scale.step(ratings.get(item, ""))
        if step is None or any(live(one, form.as_of) for one in form.audit.actions_of(item)):
            continue
        red += POINTS[step.status] == 0
        other += POINTS[step.status] < 2
    return red, other


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
