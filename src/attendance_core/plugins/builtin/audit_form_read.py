"""Reading a form back, cell for cell: what a cell says clearly is taken, everything else is told and kept."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from attrs import define, evolve, fields

from attendance_core.documents.converter import structure
from attendance_core.errors import AttendanceError, DocumentError, Fault, join_names
from attendance_core.model.actions import Action, ActionState, Evidence, EvidenceKind
from attendance_core.model.audits import (
    Audit,
    DocumentRequest,
    FormDoubt,
    Recommendation,
    RecommendationState,
    Response,
    SecondAssessment,
    Suggestion,
)
from attendance_core.model.crosswalks import LinkStrength
from attendance_core.model.frameworks import Framework
from attendance_core.model.scales import RatingScale
from attendance_core.plugins.builtin import form_layout as layout
from attendance_core.plugins.builtin.form_cells import FormCells, sheets_of, shown
from attendance_core.plugins.builtin.form_sheets import statement
from attendance_core.plugins.builtin.sheetxml import reference
from attendance_core.plugins.builtin.spreadsheet import as_text


def read_form(path: Path, frameworks: Mapping[str, Framework]) -> Audit:
    """Read a filled form.

    Two ticks in a row, text where a tick belongs, and cells that cannot be read are no answers: they stand among the
    audit's doubts, with what they say, until a person has decided.

    Args:
        path: The workbook.
        frameworks: Every framework at hand, by id.

    Raises:
        UnreadableFileError: If the file is no workbook.
        DocumentError: If it is no form, or of a framework that is not at hand.
    """
    sheets = sheets_of(path)
    return _Reading(where=path.name, sheets=sheets, frameworks=frameworks).audit()


@define(kw_only=True)
class _Reading(FormCells):
    """One form while it is read."""

    frameworks: Mapping[str, Framework]

    def audit(self) -> Audit:
        for name in (layout.ABOUT, layout.AUDIT):
            if name not in self.sheets:
                raise DocumentError(
                    Fault(
                        self.where,
                        f"has no sheet {name!r}",
                        "a form that attendance audit form wrote",
                        "Make one with attendance audit form, and copy the answers into it",
                    )
                )
        facts, scale = self._about()
        id = str(facts["framework"])
        if id not in self.frameworks:
            raise DocumentError(
                Fault(
                    f"{self.where}: {layout.ABOUT}: Framework",
                    f"{id!r} is unknown",
                    f"one of {join_names(self.frameworks, limit=30)}",
                    "Correct the cell, or install the plugin that brings the framework",
                )
            )
        framework = self.frameworks[id]
        base = structure({**facts, "scale": scale}, Audit, where=f"{self.where}: {layout.ABOUT}")
        items = {item.id: item for item in framework.rateable()}
        answers = self._answers(base.scale, framework)
        seconds = self._seconds(base.scale, items)
        self._documents(seconds, items)
        evidence = self._evidence(items)
        actions = self._actions(answers, evidence, items)
        offered = self._suggestions(items)
        responses = []
        for item in items:
            answer = answers.get(item, Response(item=item))
            pieces = (*answer.evidence, *[one for key, action, one, _ in evidence if (key, action) == (item, "")])
            second = seconds.get(item)
            responses.append(
                evolve(
                    answer,
                    evidence=pieces,
                    actions=tuple(actions.get(item, ())),
                    second=None if second == SecondAssessment() else second,
                    suggestions=tuple(offered.get(item, ())),
                )
            )
        ids = {action.id for listed in actions.values() for action in listed}
        recommendations = self._recommendations(items, ids)
        return evolve(
            base,
            responses=tuple(responses),
            recommendations=recommendations,
            doubts=(*self._old_doubts(items), *self.doubts),
        )

    def _about(self) -> tuple[dict[str, Any], Any]:
        names = dict(layout.FACTS)
        scale_names = dict(layout.SCALE_FACTS)
        facts: dict[str, Any] = {}
        scale: dict[str, Any] = {"steps": []}
        faults = []
        rows = self.sheets[layout.ABOUT]
        top = next((at for at, _ in enumerate(rows) if self.text(layout.ABOUT, at, 0) == layout.SCALE_HEADS[0]), None)
        for row in range(len(rows) if top is None else top):
            name = self.text(layout.ABOUT, row, 0)
            if name in names and names[name] not in facts:
                is_day = name == "Date"
                value = self.day(layout.ABOUT, row, 1) if is_day else self.said(layout.ABOUT, row, 1)
                if value is not None:
                    facts[names[name]] = value
            elif name in scale_names:
                value = self.said(layout.ABOUT, row, 1)
                scale[scale_names[name]] = value == "yes" if scale_names[name] == "ours" else value
        for row in range(0 if top is None else top + 1, len(rows) if top is not None else 0):
            cells = [self.said(layout.ABOUT, row, column) for column in range(4)]
            if not cells[0]:
                break
            scale["steps"].append(dict(zip(("id", "title", "status", "means"), cells, strict=True)))
        for name, attribute in layout.FACTS:
            if attribute not in facts or (attribute in _NEEDED and not facts[attribute]):
                faults.append(
                    Fault(f"{self.where}: {layout.ABOUT}: {name}", "is missing", "what the form was made with",
                          "Write it back as it stood")
                )  # fmt: skip
        if len(scale["steps"]) < 2:
            faults.append(
                Fault(f"{self.where}: {layout.ABOUT}: {layout.SCALE_HEADS[0]}", "the scale's steps are missing",
                      "a row for each step", "Write them back as they stood")
            )  # fmt: skip
        if faults:
            raise DocumentError(*faults)
        return facts, scale

    def _ticks(self, sheet: str, row: int, columns: tuple[int, ...], scale: RatingScale, item: str) -> str:
        """Return the rating of a row: one X and nothing else in its tick cells; else empty, with what is doubtful."""
        marks = [layout.mark_of(as_text(self.cell(sheet, row, column))) for column in columns]
        ticked = [place for place, mark in enumerate(marks) if mark == "X"]
        stray = [place for place, mark in enumerate(marks) if mark not in ("", "X")]
        for place in stray:
            self.doubt(sheet, row, columns[place], "is text where an X belongs, so the item is not rated", item)
        if len(ticked) > 1:
            titles = join_names([scale.steps[place].title for place in ticked])
            what = f"two ticks ({titles}), so the item is not rated" if len(ticked) == 2 else f"ticks at {titles}"
            self.doubt(sheet, row, columns[ticked[0]], what, item)
        return scale.steps[ticked[0]].id if len(ticked) == 1 and not stray else ""

    def _answers(self, scale: RatingScale, framework: Framework) -> dict[str, Response]:
        sheet = layout.AUDIT
        steps = layout.step_heads([step.title for step in scale.steps])
        top, at = self.find_heads(sheet, (layout.KEY, layout.STATEMENT, *steps, *layout.ROW_HEADS, layout.END))
        columns = tuple(at[head] for head in steps)
        items = {item.id: item for item in framework.rateable()}
        own = {section.name for section in framework.sections}
        own |= {text for _, item in framework.each() if not item.rateable for text in (item.label, item.text)}
        found: dict[str, Response] = {}
        for row in range(top + 1, len(self.sheets[sheet])):
            key = self.text(sheet, row, at[layout.KEY]).strip()
            self._beside(sheet, row, at[layout.END] + 1, key if key in items else "")
            if key not in items or key in found:
                self._no_item(sheet, row, at, key, own=own, again=key in found)
                continue
            if self._shifted(sheet, row, at, key):
                found[key] = Response(item=key)
                continue
            said = self.text(sheet, row, at[layout.STATEMENT])
            if said != statement(items[key]):
                self.doubt(sheet, row, at[layout.STATEMENT], "the statement reads otherwise than the framework", key)
            cells = {head: self.text(sheet, row, at[head]) for head in layout.ROW_HEADS}
            evidence = Evidence(kind=EvidenceKind.STATEMENT, text=cells["Evidence"])
            action = Action(
                id=layout.first_action_id(key),
                text=cells["Action"],
                owner=shown(cells["By whom"]),
                due=self.day(sheet, row, at["Due"], key),
            )
            bare = layout.blank(action.text)
            if bare and (action.owner or action.due):
                self.doubt(sheet, row, at["Action"], "somebody or a day is named, and no action", key,
                           found=f"{cells['By whom']} {cells['Due']}".strip())  # fmt: skip
            found[key] = Response(
                item=key,
                rating=self._ticks(sheet, row, columns, scale, key),
                evidence=() if layout.blank(evidence.text) else (evidence,),
                actions=() if bare else (action,),
                comment=shown(cells["Comment"]),
                assessor=shown(cells["Rated by"]),
                on=self.day(sheet, row, at["Rated on"], key),
            )
        for item in items:
            if item not in found:
                cell = f"{sheet}!{reference(top, at[layout.KEY])}"
                self.doubts.append(FormDoubt(cell=cell, item=item, what="the row of this item is missing"))
        return found

    def _shifted(self, sheet: str, row: int, at: Mapping[str, int], item: str) -> bool:
        """Say whether cells of a row stand in other columns than they were written in; then nothing of it is taken."""
        if self.text(sheet, row, at[layout.END]).strip() == item:
            return False
        cells = (self.text(sheet, row, column) for column in range(at[layout.STATEMENT] + 1, at[layout.END] + 1))
        found = " | ".join(cell for cell in cells if not layout.blank(cell))
        what = "cells of this row were moved, so nothing of it is taken"
        self.doubt(sheet, row, at[layout.KEY], what, item, found=found)
        return True

    def _beside(self, sheet: str, row: int, first: int, item: str) -> None:
        """Tell of text beyond the form's own columns."""
        for column in range(first, len(self.sheets[sheet][row])):
            if not layout.blank(self.text(sheet, row, column)):
                self.doubt(sheet, row, column, "is text beside the form", item)

    def _no_item(
        self, sheet: str, row: int, at: Mapping[str, int], key: str, *, own: Collection[str] = (), again: bool
    ) -> None:
        """Tell of text in a row that is no item's: the form's own titles and statuses are none."""
        if again:
            self.doubt(sheet, row, at[layout.KEY], "the item stands twice; only its first row is taken", key)
        elif key:
            self.doubt(sheet, row, at[layout.KEY], "names no item of the framework")
        elif self.text(sheet, row, at[layout.STATEMENT]).startswith("Status of "):
            return
        # A row with an id has a number and an end of the form's own.
        first, last = (at[layout.STATEMENT] if key else 0), max(at[head] for head in at if head != layout.END)
        for column in range(first, last + 1):
            text = self.text(sheet, row, column)
            if not layout.blank(text) and text not in own:
                self.doubt(sheet, row, column, "is text in a row that is not taken", key if again else "")

    def _seconds(self, scale: RatingScale, items: Mapping[str, Any]) -> dict[str, SecondAssessment]:
        sheet = layout.SECOND
        if sheet not in self.sheets:
            return {}
        steps = layout.step_heads([step.title for step in scale.steps])
        top, at = self.find_heads(sheet, (layout.KEY, layout.STATEMENT, *steps, *layout.SECOND_HEADS, layout.END))
        columns = tuple(at[head] for head in steps)
        found: dict[str, SecondAssessment] = {}
        for row in range(top + 1, len(self.sheets[sheet])):
            key = self.text(sheet, row, at[layout.KEY]).strip()
            if key not in items or key in found:
                self._no_item(sheet, row, at, key, again=key in found)
                continue
            if self._shifted(sheet, row, at, key):
                continue
            found[key] = SecondAssessment(
                rating=self._ticks(sheet, row, columns, scale, key),
                comment=self.said(sheet, row, at["Comment"]),
                on=self.day(sheet, row, at["Date"], key),
            )
        return found

    def _documents(self, seconds: dict[str, SecondAssessment], items: Mapping[str, Any]) -> None:
        sheet = layout.DOCUMENTS
        for row, at in self.rows(sheet):
            text = self.text(sheet, row, at["Document"])
            item = self.known(sheet, row, at, items, text)
            if item is None or not self._says(sheet, row, at["Document"], text, item):
                continue
            asked = DocumentRequest(
                text=text,
                asked=self.day(sheet, row, at["Asked"], item),
                received=self.day(sheet, row, at["Received"], item),
                note=self.said(sheet, row, at["Note"]),
            )
            if asked.asked and asked.received and asked.received < asked.asked:
                self.doubt(sheet, row, at["Received"], "lies before the day it was asked for", item)
                asked = evolve(asked, received=None)
            second = seconds.get(item, SecondAssessment())
            seconds[item] = evolve(second, documents=(*second.documents, asked))

    def _says(self, sheet: str, row: int, column: int, text: str, item: str) -> bool:
        if layout.blank(text):
            self.doubt(sheet, row, column, "is empty, and the rest of its row is not", item,
                       found=self.whole_row(sheet, row))  # fmt: skip
            return False
        return True

    def _evidence(self, items: Mapping[str, Any]) -> list[tuple[str, str, Evidence, int]]:
        sheet = layout.EVIDENCE
        found = []
        for row, at in self.rows(sheet):
            text = self.text(sheet, row, at["What it shows"])
            item = self.known(sheet, row, at, items, self.whole_row(sheet, row))
            if item is None or not self._says(sheet, row, at["What it shows"], text, item):
                continue
            piece = Evidence(
                kind=self.member(sheet, row, at["Kind"], EvidenceKind, EvidenceKind.STATEMENT, item),
                text=text,
                on=self.day(sheet, row, at["Date"], item),
                source=self.said(sheet, row, at["Source"]),
            )
            found.append((item, self.text(sheet, row, at["Action id"]), piece, row))
        return found

    def _actions(
        self, answers: Mapping[str, Response], evidence: list[tuple[str, str, Evidence, int]], items: Mapping[str, Any]
    ) -> dict[str, list[Action]]:
        sheet = layout.ACTIONS
        listed = [(row, at, self.text(sheet, row, at["Id"])) for row, at in self.rows(sheet)]
        taken = {id for _, _, id in listed if id}
        found: dict[str, list[Action]] = {}

        def came(item: str, action: str) -> tuple[Evidence, ...]:
            return tuple(piece for key, id, piece, _ in evidence if (key, id) == (item, action))

        for item, answer in answers.items():
            for action in answer.actions:
                id = _free(action.id, taken)
                taken.add(id)
                found[item] = [evolve(action, id=id, evidence=came(item, id))]
        used: set[str] = set()
        for row, at, name in listed:
            text = self.text(sheet, row, at["Action"])
            item_ = self.known(sheet, row, at, items, self.whole_row(sheet, row))
            if item_ is None or not self._says(sheet, row, at["Action"], text, item_):
                continue
            if name and name in used:
                self.doubt(sheet, row, at["Id"], "stands twice, so the action got another id", item_)
            fresh = layout.blank(name) or name in used
            id = _free(layout.first_action_id(item_), taken) if fresh else name
            taken.add(id)
            used.add(id)
            parts: dict[str, Any] = {
                "id": id,
                "text": text,
                "owner": self.said(sheet, row, at["By whom"]),
                "due": self.day(sheet, row, at["Due"], item_),
                "reason": self.said(sheet, row, at["Reason"]),
                "links": tuple(filter(None, self.text(sheet, row, at["Links"]).split("\n"))),
                "evidence": came(item_, id),
            }
            state = self.member(sheet, row, at["State"], ActionState, ActionState.OPEN, item_)
            done = self.day(sheet, row, at["Done on"], item_)
            try:
                action = Action(**parts, state=state, done_on=done)
            except AttendanceError as error:
                what = "; ".join(str(fault) for fault in error.faults)
                self.doubt(sheet, row, at["State"], f"{what} It is taken as open", item_,
                           found=self.whole_row(sheet, row))  # fmt: skip
                action = Action(**parts)
            found.setdefault(item_, []).append(action)
        held = {(item, action.id) for item, actions in found.items() for action in actions}
        for item, id, piece, row in evidence:
            if id and (item, id) not in held:
                column = layout.TABLES[layout.EVIDENCE].index("Action id")
                what = "names no action of the item, so the evidence is not taken"
                self.doubt(layout.EVIDENCE, row, column, what, item, found=piece.text)
        return found

    def _recommendations(self, items: Mapping[str, Any], actions: set[str]) -> tuple[Recommendation, ...]:
        sheet = layout.RECOMMENDATIONS
        found: list[Recommendation] = []
        listed = list(self.rows(sheet))
        used = set(actions)
        taken = actions | {self.said(sheet, row, at["Id"]) for row, at in listed}
        for row, at in listed:
            text = self.text(sheet, row, at["Recommendation"])
            if not self._says(sheet, row, at["Recommendation"], text, ""):
                continue
            named = "" if self.number(sheet, row, at["Items"]) else self.text(sheet, row, at["Items"])
            names = tuple(filter(None, named.split("\n")))
            unknown = [name for name in names if name not in items]
            if unknown:
                self.doubt(sheet, row, at["Items"], f"names no item: {join_names(unknown)}")
            id = self.said(sheet, row, at["Id"])
            if id in used:
                what = "an action" if id in actions else "another recommendation"
                self.doubt(sheet, row, at["Id"], f"is the id of {what}, so the recommendation got another one")
            if not id or id in used:
                id = _free("recommendation-1", taken)
            taken.add(id)
            used.add(id)
            parts: dict[str, Any] = {
                "id": id,
                "text": text,
                "on": self.day(sheet, row, at["Date"]),
                "items": tuple(name for name in names if name in items),
                "reason": self.said(sheet, row, at["Reason"]),
                "owner": self.said(sheet, row, at["By whom"]),
                "due": self.day(sheet, row, at["Due"]),
            }
            state = self.member(sheet, row, at["State"], RecommendationState, RecommendationState.OPEN)
            try:
                found.append(Recommendation(**parts, state=state))
            except AttendanceError as error:
                what = "; ".join(str(fault) for fault in error.faults)
                self.doubt(sheet, row, at["State"], f"{what} It is taken as open")
                found.append(Recommendation(**parts))
        return tuple(found)

    def _suggestions(self, items: Mapping[str, Any]) -> dict[str, list[Suggestion]]:
        sheet = layout.SUGGESTIONS
        found: dict[str, list[Suggestion]] = {}
        for row, at in self.rows(sheet):
            item = self.known(sheet, row, at, items, self.whole_row(sheet, row))
            if item is not None:
                found.setdefault(item, []).append(
                    Suggestion(
                        item=self.said(sheet, row, at["Answered at"]),
                        audit=self.said(sheet, row, at["In audit"]),
                        rating=self.said(sheet, row, at["Rating there"]),
                        scale=self.said(sheet, row, at["Scale there"]),
                        strength=self.member(sheet, row, at["Strength"], LinkStrength, LinkStrength.RELATED, item),
                        reason=self.said(sheet, row, at["Why linked"]),
                    )
                )
        return found

    def _old_doubts(self, items: Mapping[str, Any]) -> tuple[FormDoubt, ...]:
        """Return what earlier readings left to decide; whoever has decided takes the row out."""
        sheet = layout.DOUBTS
        return tuple(
            FormDoubt(
                cell=self.said(sheet, row, at["Cell"]),
                item=key if (key := self.said(sheet, row, at[layout.KEY])) in items else "",
                what=self.said(sheet, row, at["What is doubtful"]),
                found=self.said(sheet, row, at["What it says"]),
            )
            for row, at in self.rows(sheet)
        )


_NEEDED = {one.name for one in fields(Audit) if one.name in ("id", "framework", "framework_version", "status_rule")}


def _free(id: str, taken: set[str]) -> str:
    """Return an id that nothing has, counting its last number up."""
    stem = id.rstrip("0123456789")
    at = int(id[len(stem) :] or 1)
    while f"{stem}{at}" in taken:
        at += 1
    return f"{stem}{at}"
