"""Tidy frames of frameworks and crosswalks: one row an item, one row a link, to be joined with audits and figures."""

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.frameworks import Framework

_ITEMS: dict[str, Any] = {
    "framework": nw.String,
    "version": nw.String,
    "section": nw.String,
    "section_name": nw.String,
    "item": nw.String,
    "under": nw.String,
    "place": nw.Int64,
    "label": nw.String,
    "kind": nw.String,
    "title": nw.String,
    "statement": nw.String,
    "purpose": nw.String,
    "success_criteria": nw.String,
    "intervention": nw.String,
    "cadence": nw.String,
    "times_a_year": nw.Int64,
    "flags": nw.String,
    "rateable": nw.Boolean,
    "data_can_test": nw.Boolean,
    "leads": nw.String,
    "governor_link": nw.String,
    "actions": nw.String,
    "targets": nw.String,
    "target_year": nw.Int64,
    "cost": nw.String,
    "evaluation": nw.String,
    "notes": nw.String,
}
_LINKS: dict[str, Any] = {
    "crosswalk": nw.String,
    "version": nw.String,
    "framework": nw.String,
    "item": nw.String,
    "other_framework": nw.String,
    "other_item": nw.String,
    "strength": nw.String,
    "theme": nw.String,
    "reason": nw.String,
}


def items_frame(frameworks: Iterable[Framework]) -> "nw.DataFrame[Any]":
    """Return one row for each item and point, in order."""
    rows: list[dict[str, Any]] = []
    for framework in frameworks:
        place = 0
        for section in framework.sections:
            above = {point.id: item.id for item in section.each() for point in item.items}
            for item in section.each():
                row = item.row
                rows.append(
                    {
                        "framework": framework.id,
                        "version": framework.version,
                        "section": section.id,
                        "section_name": section.name,
                        "item": item.id,
                        "under": above.get(item.id),
                        "place": place,
                        "label": item.label,
                        "kind": item.kind.value,
                        "title": item.title,
                        "statement": item.statement,
                        "purpose": item.purpose,
                        "success_criteria": item.success_criteria,
                        "intervention": item.intervention,
                        "cadence": _joined([one.every.value for one in item.cadences]),
                        "times_a_year": item.cadences[0].every.per_year if item.cadences else None,
                        "flags": _joined([flag.value for flag in item.flags]),
                        "rateable": item.rateable,
                        "data_can_test": item.data_can_test,
                        "leads": _joined(row.leads if row else ()),
                        "governor_link": _joined(row.governor_link if row else ()),
                        "actions": "\n".join(
                            f"{half.half_term.value}: {action.text}"
                            for half in (row.half_terms if row else ())
                            for action in half.actions
                        ),
                        "targets": "\n".join(f"{one.kind.value}: {one.text}" for one in (row.targets if row else ())),
                        "target_year": section.target_year,
                        "cost": row.cost if row else "",
                        "evaluation": _joined(row.evaluation if row else ()),
                        "notes": "\n".join(item.notes),
                    }
                )
                place += 1
    return frame_of({name: [row[name] for row in rows] for name in _ITEMS}, _ITEMS)


def links_frame(crosswalks: Iterable[Crosswalk], *, both_ways: bool = False) -> "nw.DataFrame[Any]":
    """Return one row for each link.

    Args:
        crosswalks: The crosswalks.
        both_ways: Give each link a second row with its ends swapped, so that a join finds it from either.
    """
    rows: list[tuple[Any, ...]] = []
    for crosswalk in crosswalks:
        for link in crosswalk.links:
            ends = link.refs
            for one, two in (ends, ends[::-1]) if both_ways else (ends,):
                rows.append(
                    (
                        crosswalk.id,
                        crosswalk.version,
                        one.framework,
                        one.item,
                        two.framework,
                        two.item,
                        link.strength.value,
                        link.theme,
                        link.reason,
                    )
                )
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(_LINKS)}, _LINKS)


def _joined(texts: Sequence[str]) -> str:
    return "; ".join(texts)
