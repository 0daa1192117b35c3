"""Overlays: a school's own exact wording over the ids of a framework."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

from attendance_core.errors import DocumentError, Fault, alike, join_names
from attendance_core.model.frameworks import Descriptors, Framework, FrameworkSection, Item, ItemFlag, Overlay

ITEM_TEXTS = ("label", "title", "statement", "purpose", "success_criteria", "intervention")
"""What can be worded anew of an item."""
SECTION_TEXTS = ("label", "title", "introduction", "red", "amber", "green")
"""What can be worded anew of a section; the colours are its descriptors."""
FRAMEWORK_TEXTS = ("title", "red", "amber", "green")
"""What can be worded anew of the whole, under the framework's own id."""
_COLOURS = ("red", "amber", "green")
_FIELDS = tuple(dict.fromkeys((*ITEM_TEXTS, *SECTION_TEXTS)))


def overlay_of_rows(
    rows: Sequence[Mapping[str, Any]], framework: Framework, *, where: str, source: str = "", first_row: int = 2
) -> Overlay:
    """Make an overlay of a table: a column ``id``, and one for each field that is worded anew.

    Args:
        rows: Rows of the table; an empty cell leaves the text as it is.
        framework: The framework.
        where: Name of the file, for messages.
        source: Where the wording comes from; empty: the file.
        first_row: The row of the file that holds the first row of data.

    Raises:
        DocumentError: With every fault and its row.
    """
    columns = list(rows[0]) if rows else []
    heads = {head: "_".join(head.strip().lower().replace("-", " ").split()) for head in columns}
    faults: list[Fault] = []
    if "id" not in heads.values():
        faults.append(
            Fault(where, "has no column id", f"id and any of {join_names(_FIELDS)}", "Name the columns so in row 1")
        )
    for head, name in heads.items():
        if name not in ("id", *_FIELDS):
            near = alike(name, _FIELDS)
            faults.append(
                Fault(
                    f"{where}: column {head!r}",
                    "is no field that can be worded",
                    f"id, {join_names(_FIELDS)}",
                    f"Did you mean {near[0]!r}?" if near else "Remove the column or rename it",
                )
            )
    if faults:
        raise DocumentError(*faults)
    texts: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=first_row):
        cells = {name: "" if row[head] is None else str(row[head]).strip() for head, name in heads.items()}
        id = cells.pop("id")
        given = {name: text for name, text in cells.items() if text}
        if not id and not given:
            continue
        if not id:
            faults.append(Fault(f"{where} row {number}: id", "is empty", "an id", "Give it"))
        elif id in texts:
            faults.append(
                Fault(
                    f"{where} row {number}: id",
                    f"{id!r} stands in an earlier row",
                    "each id once",
                    "Merge the rows; if a spreadsheet turned 1.10 into 1.1, keep the column as text",
                )
            )
        else:
            texts[id] = given
    if faults:
        raise DocumentError(*faults)
    return Overlay(framework=framework.id, version=framework.version, source=source or where, texts=texts)


def check_overlay(overlay: Overlay, framework: Framework, *, where: str) -> tuple[Fault, ...]:
    """Return what is wrong with an overlay of a framework: ids that it has not, fields that cannot be worded."""
    faults: list[Fault] = []
    if overlay.framework != framework.id:
        what = f"is of {overlay.framework!r}, not of {framework.id!r}"
        faults.append(Fault(f"{where}: framework", what, framework.id, "Name the framework that it belongs to"))
        return tuple(faults)
    if overlay.version and overlay.version != framework.version:
        faults.append(
            Fault(
                f"{where}: version",
                f"was made for version {overlay.version}, and the framework has {framework.version}",
                framework.version,
                "See attendance frameworks diff, then write the new version",
            )
        )
    if not any(overlay.texts.values()):
        faults.append(Fault(f"{where}: texts", "words nothing", "one text or more", "Give texts"))
    items, sections = framework.items(), {section.id for section in framework.sections}
    for id, texts in overlay.texts.items():
        place = f"{where}: texts.{id}"
        allowed = (
            ITEM_TEXTS
            if id in items
            else SECTION_TEXTS
            if id in sections
            else FRAMEWORK_TEXTS
            if id == framework.id
            else ()
        )
        if not allowed:
            near = alike(id, [*items, *sections])
            faults.append(
                Fault(
                    place,
                    f"{framework.id} has no item or section {id!r}",
                    f"one of {join_names(items, limit=12)}",
                    f"Did you mean {near[0]!r}?" if near else "See attendance frameworks show",
                )
            )
            continue
        for name, text in texts.items():
            if name not in allowed:
                faults.append(Fault(f"{place}.{name}", "cannot be worded here", join_names(allowed), "Remove it"))
            elif not text.strip():
                faults.append(Fault(f"{place}.{name}", "is empty", "a text", "Give it, or leave it out"))
    faults += _colours(overlay, framework, where)
    return tuple(faults)


def apply_overlay(framework: Framework, overlay: Overlay, *, where: str = "overlay") -> Framework:
    """Return a framework with a school's own wording. Ids, order, kinds, scale and everything else stay.

    An item that the school's own text completes, or tells apart from its neighbour, is uncertain no more.

    Raises:
        DocumentError: With every fault of the overlay.
    """
    faults = check_overlay(overlay, framework, where=where)
    if faults:
        raise DocumentError(*faults)
    texts = overlay.texts
    whole = texts.get(framework.id, {})
    return evolve(
        framework,
        title=whole.get("title", framework.title),
        descriptors=_described(framework.descriptors, whole),
        overlaid=overlay.source or where,
        sections=tuple(_section(section, texts) for section in framework.sections),
    )


def _section(section: FrameworkSection, texts: Mapping[str, Mapping[str, str]]) -> FrameworkSection:
    own = texts.get(section.id, {})
    return evolve(
        section,
        label=own.get("label", section.label),
        title=own.get("title", section.title),
        introduction=own.get("introduction", section.introduction),
        descriptors=_described(section.descriptors, own),
        items=tuple(_item(item, texts) for item in section.items),
    )


def _item(item: Item, texts: Mapping[str, Mapping[str, str]]) -> Item:
    own = texts.get(item.id, {})
    return evolve(
        item,
        label=own.get("label", item.label),
        title=own.get("title", item.title),
        statement=own.get("statement", item.statement),
        purpose=own.get("purpose", item.purpose),
        success_criteria=own.get("success_criteria", item.success_criteria),
        intervention=own.get("intervention", item.intervention),
        flags=_settled(item.flags) if "statement" in own or "purpose" in own else item.flags,
        items=tuple(_item(point, texts) for point in item.items),
    )


def _settled(flags: Iterable[ItemFlag]) -> tuple[ItemFlag, ...]:
    settled = {ItemFlag.SOURCE_INCOMPLETE, ItemFlag.SPLIT_UNCERTAIN}
    return tuple(flag for flag in flags if flag not in settled)


def _described(descriptors: Descriptors | None, own: Mapping[str, str]) -> Descriptors | None:
    given = {colour: own[colour] for colour in _COLOURS if colour in own}
    if not given:
        return descriptors
    return evolve(descriptors, **given) if descriptors is not None else Descriptors(**given)


def _colours(overlay: Overlay, framework: Framework, where: str) -> list[Fault]:
    """Say where an overlay brings some colours to a place that has none: all three are needed."""
    bare = [(section.id, section.descriptors) for section in framework.sections]
    bare.append((framework.id, framework.descriptors))
    faults = []
    for id, descriptors in bare:
        own = overlay.texts.get(id, {})
        missing = [colour for colour in _COLOURS if colour not in own]
        if descriptors is None and 0 < len(missing) < len(_COLOURS):
            what = f"describes some colours and not {' and '.join(missing)}"
            faults.append(Fault(f"{where}: texts.{id}", what, "all three, or none", "Give the others too"))
    return faults
