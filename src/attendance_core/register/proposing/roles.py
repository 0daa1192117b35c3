"""Roles: which column is the pupil, the school, the date; names of people are never taken."""

from collections.abc import Sequence

from attendance_core.model.mappings import Mapping
from attendance_core.reference.headings import field_ranks, fold
from attendance_core.register.characteristics import says_yes
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.proposing.samples import Column

ID_KINDS = ("pupil_id", "upn", "admission_number", "uln")
NOT_A_COLUMN = "none of these"
_NAME_WORDS = frozenset(("name", "forename", "surname", "firstname", "lastname", "nickname"))
#: Words in the heading of a date that is not the day of a mark.
_OTHER_DATES = frozenset(
    (
        *("birth", "born", "dob", "birthday", "birthdate", "exam", "due", "from", "to", "until", "start", "end"),
        *("created", "modified", "updated", "recorded", "entered", "amended", "changed", "edited", "time", "stamp"),
        *("leaving", "left", "admission", "admitted", "joined", "printed", "exported", "run", "report", "timestamp"),
    )
)
_DATE_WORDS = frozenset(("date", "day", "datum", "on"))
NO_WORDS = frozenset(("n", "no", "f", "false", "0", ""))


def is_name(column: Column) -> bool:
    """Whether a column is headed as, or holds, names of people."""
    heads = field_ranks()["name"]
    return column.key in heads or (bool(column.words & _NAME_WORDS) and "school" not in column.words)


def holds_ids(column: Column) -> bool:
    """Whether a column's values look like keys rather than words: most have a digit."""
    if not column.texts:
        return False
    return sum(any(map(str.isdigit, text)) for text in column.texts) * 10 >= len(column.texts) * 9


def _headed_as_key(column: Column) -> bool:
    return any(column.key in field_ranks()[kind] for kind in ID_KINDS)


def find_pupil(draft: Draft, *, marks: Mapping | None = None) -> Column | None:
    """Find the pupil's id by heading, weigh several, or ask.

    Args:
        draft: The draft.
        marks: The mapping of the marks that a pupils file belongs to: both must use the same key.
    """
    ranked = [(kind, column) for kind in ID_KINDS for column in draft.named(kind)]
    usable = [(kind, column) for kind, column in ranked if holds_ids(column) and not is_name(column)]
    wanted = marks.columns.get("pupil_id", "") if marks is not None else ""
    if wanted:
        same = [column for column in draft.free() if column.key == fold(wanted) and holds_ids(column)]
        kinds = [kind for kind in ID_KINDS if fold(wanted) in field_ranks()[kind]]
        alike = [column for kind, column in usable if kind in kinds]
        if same or alike:
            column = (same or alike)[0]
            draft.take("pupil_id", column, "its heading says so, as that of the marks does")
            return column
        return _ask_pupil(draft, [column for _, column in usable], f"The marks name pupils by {wanted!r}.")
    if not usable:
        perhaps = [column for column in draft.named("perhaps_pupil_id") if holds_ids(column)]
        heads = [column.name for _, column in ranked if not is_name(column)]
        why = "No heading says which column is the pupil's id."
        if heads:
            why = f"Column {heads[0]!r} is headed as the pupil's id, but its values are unlike keys."
        return _ask_pupil(draft, perhaps, why)
    best = usable[0][1]
    others = [column for _, column in usable[1:]]
    answer = draft.answers.get("columns.pupil_id")
    apart = [other for other in others if not draft.sample.one_to_one(best, other) or draft.sample.gaps(best, other)]
    if apart or answer is not None:
        names = [column.name for _, column in usable]
        text = "Several columns could be the pupil's id, and they do not agree one to one. Which is it?"
        answer = draft.ask("columns.pupil_id", text, names, best.name)
        best = draft.column(answer or best.name)
        why = "answered" if answer else "suggested"
    elif others:
        listed = ", ".join(repr(column.name) for column in others)
        why = f"its heading says so; {listed} says the same one to one, and the system's own key is preferred"
    else:
        why = "its heading says so"
    if best.blank * 2 > best.filled:
        draft.ask("columns.pupil_id", f"Column {best.name!r} is often empty. Which is the pupil's id?", [best.name])
    draft.take("pupil_id", best, why)
    for column in others:
        if column.name != best.name:
            draft.used.add(column.name)
    return best


def _ask_pupil(draft: Draft, perhaps: Sequence[Column], why: str) -> Column | None:
    choices = [
        column.name
        for column in draft.free()
        if not is_name(column)
        and column.dates < 0.5
        and len(column.texts) > 1
        # A key may be of letters alone, where its heading says that it is a key.
        and (holds_ids(column) or (_headed_as_key(column) and not any(" " in text for text in column.texts)))
    ]
    names = [column.name for column in perhaps if column.name in choices]
    suggestion = names[0] if names else choices[0] if len(choices) == 1 else ""
    text = "Which one holds it?" if choices else 'No column could be it. Export it under a heading such as "Pupil ID".'
    answer = draft.ask("columns.pupil_id", f"{why} {text}", choices, suggestion)
    chosen = answer or suggestion
    if not chosen:
        return None
    column = draft.column(chosen)
    draft.take("pupil_id", column, "answered" if answer else "suggested, not proved")
    return column


def find_day(draft: Draft, name: str = "date", *, ask: bool = True) -> Column | None:
    """Find the column of days by heading, else by values, else ask."""
    cands = [column for column in draft.named(name) if column.dates >= 0.5]
    if len(cands) > 1:
        if all(draft.sample.one_to_one(cands[0], other) for other in cands[1:]):
            for other in cands[1:]:
                draft.used.add(other.name)
            draft.take(name, cands[0], "its heading says so; the other dates agree with it one to one")
            return cands[0]
        names = [column.name for column in cands]
        answer = draft.ask(
            f"columns.{name}", "Several columns could be the date of a mark. Which is it?", names, names[0]
        )
        column = draft.column(answer or names[0])
        draft.take(name, column, "answered" if answer else "suggested, not proved")
        return column
    if cands:
        _say_bad(draft, cands[0])
        draft.take(name, cands[0], "its heading says so, and it holds dates")
        return cands[0]
    if not ask:
        return None
    return _day_by_values(draft, name)


def _day_by_values(draft: Draft, name: str) -> Column | None:
    found = [column for column in draft.free() if column.dates >= 0.9 and not is_name(column)]
    dated = [column for column in found if not column.words & _OTHER_DATES]
    if len(found) == 1 and dated and dated[0].words & _DATE_WORDS:
        draft.take(name, dated[0], "it alone holds dates, and its heading speaks of a date")
        return dated[0]
    choices = [column.name for column in found]
    suggestion = dated[0].name if len(dated) == 1 else ""
    text = f"No heading says which column is the {name.replace('_', ' ')}. Which one is it?"
    if not choices:
        text = f"No column holds the {name.replace('_', ' ')}: nothing reads as a date. Export the register with it."
    answer = draft.ask(f"columns.{name}", text, choices, suggestion)
    if not (answer or suggestion):
        return None
    column = draft.column(answer or suggestion)
    draft.take(name, column, "answered" if answer else "suggested, not proved")
    return column


def _say_bad(draft: Draft, column: Column) -> None:
    if column.dates < 1:
        draft.reasons.append(f"column {column.name!r}: some values are no possible date; their rows will be refused")


def find_school(draft: Draft, code: Column | None) -> None:
    """Take a column of school keys; ask about one that only may be."""
    cands = [column for column in draft.named("school_id") if column.texts]
    if cands:
        draft.take("school_id", cands[0], "its heading says so")
        return
    for column in draft.named("perhaps_school_id"):
        if len(column.texts) < 2:
            continue
        if code is not None and draft.sample.follows(column, code):
            draft.use(column, f"column {column.name!r} says what a mark means, and is no school")
            continue
        text = f"Column {column.name!r} has {len(column.texts)} values. Does it tell schools apart?"
        answer = draft.ask("columns.school_id", text, (column.name, NOT_A_COLUMN), column.name)
        if answer != NOT_A_COLUMN:
            draft.take("school_id", column, "answered" if answer else "suggested, not proved")
        return


def find_optional(draft: Draft) -> dict[str, tuple[str, ...]]:
    """Take the columns that a mark may do without; return rows to keep where the file holds marks taken back."""
    for name in ("minutes_late", "recorded_at", "previous_code", "amended_at"):
        for column in draft.named(name)[:1]:
            if name == "minutes_late" and not all(text.replace(".", "", 1).isdigit() for text in column.texts):
                continue
            draft.take(name, column, "its heading says so")
    keep: dict[str, tuple[str, ...]] = {}
    for column in draft.named("deleted")[:1]:
        kept = tuple(text for text in column.texts if text.casefold() in NO_WORDS)
        if any(says_yes(text) for text in column.texts):
            blank = ("",) if column.blank else ()
            choices = ("leave out", "read")
            text = f"Column {column.name!r} marks some rows as taken back. Leave those rows out, or read them?"
            if draft.ask(f"keep.{column.name}", text, choices, choices[0]) != "read":
                keep[column.name] = (*blank, *kept)
            draft.used.add(column.name)
    return keep
