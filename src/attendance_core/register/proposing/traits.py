"""Traits: the columns of a pupils file: enrolment dates and characteristics."""

import re
from datetime import date

from attrs import evolve

from attendance_core.dates import AcademicYear
from attendance_core.errors import DocumentError
from attendance_core.model.mappings import DateOrder, Mapping
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.reference.headings import TraitHeadings, TraitKind, fold, load_headings
from attendance_core.register.characteristics import canonical, says_yes
from attendance_core.register.proposing.dating import date_them
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.proposing.roles import NO_WORDS, find_pupil, find_school, is_name
from attendance_core.register.proposing.samples import Column
from attendance_core.register.texts import read_dates

LEAVE_OUT = "leave it out"
_DATED = ("start", "end", "valid_from", "valid_to", "date_of_birth")
_NO_SEN = frozenset(("n", "no", "none", "no sen", "no special educational need", "no special educational needs"))
_MOST_GROUPS = 60
_YEAR_GROUP = re.compile(r"1?\d|R|N\d?")


def find_pupils_mapping(draft: Draft, *, marks: Mapping | None) -> Mapping | None:
    """Find what a pupils file holds."""
    find_pupil(draft, marks=marks)
    find_school(draft, None)
    for column in draft.named("academic_year")[:1]:
        if all(map(_is_academic_year, column.texts)):
            draft.take("academic_year", column, "its heading says so, and it holds pairs of years")
    texts: set[str] = set()
    for name in _DATED:
        dated = _dated(draft, name)
        if dated is not None:
            texts |= set(dated.texts)
    dating = date_them(draft, texts, fits=None, must="") if texts else None
    if dating is not None:
        _check_order(draft, dating.order.value, texts, dating.date_format)
    traits: dict[str, str] = {}
    for entry in load_headings().characteristics:
        found = _trait(draft, entry)
        if found is not None:
            traits[entry.name] = found
    if "pupil_id" not in draft.columns:
        return None
    if not traits and not set(_DATED) & set(draft.columns):
        text = "Nothing in this file but the pupil's id is understood. Is it the pupils file?"
        draft.ask("columns", text, ("yes",), "yes")
    mapping = Mapping(id="pupils", columns=draft.columns, characteristics=traits)
    return mapping if dating is None else evolve(mapping, dates=dating.order, date_format=dating.date_format)


def _is_academic_year(text: str) -> bool:
    try:
        AcademicYear.parse(text)
    except DocumentError:
        return False
    return True


def _dated(draft: Draft, name: str) -> Column | None:
    cands = [column for column in draft.named(name) if column.dates >= 0.5]
    if not cands:
        return None
    if len(cands) > 1 and not all(_same(draft, cands[0], other) for other in cands[1:]):
        names = [column.name for column in cands]
        text = f"Several columns could be the {name.replace('_', ' ')}, and they differ. Which is it?"
        answer = draft.ask(f"columns.{name}", text, (*names, LEAVE_OUT), names[0])
        if answer == LEAVE_OUT:
            return None
        column = draft.column(answer or names[0])
        draft.take(name, column, "answered" if answer else "suggested, not proved")
        return column
    if cands[0].dates < 1:
        draft.reasons.append(f"column {cands[0].name!r}: some values are no possible date, and are read as not given")
    draft.take(name, cands[0], "its heading says so, and it holds dates")
    return cands[0]


def _same(draft: Draft, first: Column, second: Column) -> bool:
    return all(a == b for a, b in draft.sample.pairs(first, second)) and not draft.sample.gaps(first, second)


def _check_order(draft: Draft, order: str, texts: set[str], date_format: str) -> None:
    """Leaving before starting says that two headings are not what they seem, or that dates are turned round."""
    if not {"start", "end"} <= set(draft.columns):
        return
    read = read_dates(texts, order=DateOrder(order), date_format=date_format).dates
    pairs = draft.sample.pairs(draft.column(draft.columns["start"]), draft.column(draft.columns["end"]))
    spans: list[tuple[date, date]] = [(read[a], read[b]) for a, b in pairs if a in read and b in read]
    wrong = sum(end < start for start, end in spans)
    if wrong * 10 > len(spans):
        text = (
            f"{wrong} of {len(spans)} different pairs of dates end before they start. Are columns "
            f"{draft.columns['start']!r} and {draft.columns['end']!r} the first and last day on roll?"
        )
        if draft.ask("columns.end", text, ("yes", LEAVE_OUT), LEAVE_OUT) == LEAVE_OUT:
            for name in ("start", "end"):
                draft.columns.pop(name)


def _trait(draft: Draft, entry: TraitHeadings) -> str | None:
    ranks = {fold(text): rank for rank, text in enumerate(entry.headings)}
    cands = sorted(
        (column for column in draft.free() if column.key in ranks and not is_name(column)),
        key=lambda column: (ranks[column.key], column.name),
    )
    if not cands:
        return None
    key = f"characteristics.{entry.name}"
    names = [column.name for column in cands]
    for column in cands:
        draft.used.add(column.name)
    best = cands[0]
    if len(cands) > 1 and not all(draft.sample.one_to_one(best, other) for other in cands[1:]):
        text = f"Several columns could be {entry.name.replace('_', ' ')}, and they differ. Which is it?"
        answer = draft.ask(key, text, (*names, LEAVE_OUT), best.name)
        if answer is not None:
            return None if answer == LEAVE_OUT else answer
    elif not _sensible(entry, best):
        wanted = {
            TraitKind.YES_NO: "yes and no",
            TraitKind.SEN: "what support a pupil has (K, E and the like)",
            TraitKind.SEX: "female and male",
            TraitKind.YEAR: "year groups (7, Year 7, R and the like)",
            TraitKind.GROUP: f"at most {_MOST_GROUPS} groups",
        }[entry.kind]
        text = f"Column {best.name!r} is headed as {entry.name.replace('_', ' ')}, but does not hold {wanted}. Use it?"
        if draft.ask(key, text, (best.name, LEAVE_OUT), LEAVE_OUT) != best.name:
            return None
    draft.reasons.append(f"characteristic {entry.name} is column {best.name!r}: its heading says so")
    return best.name


def _sensible(entry: TraitHeadings, column: Column) -> bool:
    """Whether a characteristic's values are such that cohorts can be told from them."""
    texts = [text.casefold() for text in column.texts]
    if entry.kind is TraitKind.YES_NO:
        return all(says_yes(text) or text in NO_WORDS for text in texts)
    if entry.kind is TraitKind.YEAR:
        return all(_YEAR_GROUP.fullmatch(canonical("year_group", text)) for text in texts)
    if entry.kind is TraitKind.SEX:
        return len(texts) <= 6 and (not texts or any(canonical("sex", text) in ("F", "M") for text in texts))
    if entry.kind is TraitKind.SEN:
        known = {
            value.casefold()
            for cohort in load_cohort_pack().cohorts
            for predicate in cohort.all_of
            if predicate.column == "sen"
            for value in predicate.values
        }
        return all(text in known or text in _NO_SEN for text in texts)
    return len(texts) <= _MOST_GROUPS and column.dates < 0.5
