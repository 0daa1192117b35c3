"""Counts at the tally: the same arithmetic as for marks, over numbers of sessions that a source gives."""

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve

from attendance_core.dates import DateRange
from attendance_core.errors import Fault, FigureIdError, UnknownNameError, alike, join_names
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.tallies import TALLY_COLUMNS, weighed
from attendance_core.measures.totals import Rules, Totals, total
from attendance_core.model.figures import Figure, FigureId
from attendance_core.model.marks import CODE, PUPIL
from attendance_core.model.measures import Measure, MeasureKind
from attendance_core.model.profiles import Profile
from attendance_core.register.counts import Counts

Frame = nw.DataFrame[Any]

#: What every figure from counts says of itself.
NO_SESSIONS = "no sessions held: the source gives counts"
_OF_ENROLMENTS = frozenset({MeasureKind.SHARE, MeasureKind.ENROLMENTS, MeasureKind.DAYS_EACH})
_OF_SESSIONS = {
    MeasureKind.MINUTES: "minutes late",
    MeasureKind.SPELLS: "days of absence in their order",
    MeasureKind.LESSONS: "lessons",
}


def count_totals(counts: Counts, keys: Sequence[str] | None = None, *, covid_possible: bool = False) -> Frame:
    """Bring counts into the columns of a tally.

    Args:
        counts: The counts.
        keys: Keys to add rows up by, none of them for one line over everything; None: one line for each row.
        covid_possible: Whether COVID marks are possible sessions (the profile's ``covid-x``).

    Returns:
        For each row its ``row`` and keys, or for each group its keys, in order; then the columns of a tally (Int64
        sessions). Rows that give no figure (``counts.incomplete``) are in no sum.

    Raises:
        UnknownNameError: If the counts have no such key.
    """
    by = ("row", *counts.keys) if keys is None else _checked(counts, keys)
    slots = counts.frame.rename({"sessions": "marks"})
    late = {"late_before": counts.late_before, "late_after": counts.late_after}
    flagged = weighed(slots, **late, covid_possible=covid_possible)
    sums = nw.col(*TALLY_COLUMNS).sum()
    summed: Frame = flagged.group_by(*by).agg(sums).sort(*by) if by else flagged.select(sums)
    return summed


def _checked(counts: Counts, keys: Sequence[str]) -> tuple[str, ...]:
    faults = []
    for key in keys:
        if key not in counts.keys:
            near = alike(key, counts.keys)
            remedy = f"Did you mean {near[0]!r}?" if near else "List the column under keys in the mapping"
            known = f"one of {join_names(counts.keys, limit=30)}" if counts.keys else "no key: these counts have none"
            faults.append(Fault(f"key {key!r}", "the counts have no such key", known, remedy))
    if faults:
        raise UnknownNameError(*faults)
    return tuple(dict.fromkeys(keys))


def figures(
    counts: Counts,
    measures: Iterable[str],
    profile: Profile,
    *,
    keys: Sequence[str] | None = None,
    period: DateRange | None = None,
) -> tuple[Figure, ...]:
    """Work figures out, for every row or group in its order, one for each measure.

    Args:
        counts: The counts.
        measures: Ids of measures, with a code where one takes it (``reason.I``).
        profile: Definition choices.
        keys: Keys to add rows up by, none of them for one figure over everything; None: figures of single rows.
        period: The days that the counts speak of; None: the day whose codes they use.

    Returns:
        Figures whose population is spelled ``row=12``, ``region=London+phase=Primary`` or ``all``. Their note says
        that no sessions are held, and how many rows of a group give none. An incomplete row gives no figure.

    Raises:
        UnknownNameError: If a measure or key does not exist.
        FigureIdError: If a measure needs what counts do not hold (enrolments, unless rows are about pupils; minutes;
            spells; lessons), or the period is not known; with every such fault.
    """
    wanted = [(id, *get_measure(id)) for id in measures]
    faults = [fault for id, measure, _ in wanted for fault in _refused(counts, id, measure)]
    if period is None and counts.on is None:
        faults.append(
            Fault("counts", "name no day", "the period that they speak of", "Pass period, or read them with on")
        )
    if faults:
        raise FigureIdError(*faults)
    days = period or DateRange(counts.on, counts.on)  # type: ignore[arg-type]
    by = None if keys is None else _checked(counts, keys)
    rules = Rules.of(profile)
    everything = _totals(counts, by, rules)
    sessions = _by_code(counts, by, {code for _, _, code in wanted if code})
    missing = _missing(counts, by)
    row_words = _row_words(counts) if by is None else {}
    found = []
    for group, totals in everything.items():
        population, words = _spelled(by, group, row_words)
        note = NO_SESSIONS
        if missing.get(group):
            note += f"; rows withheld or rejected, and in no count: {missing[group]}"
        for id, measure, code in wanted:
            figure = totals.figure(
                measure,
                FigureId(measure=id, population=population, period=days, profile=profile.id),
                rules,
                title=f"{measure.title}{f' ({code})' if code else ''}: {words}",
                code_sessions=sessions.get((group, code), 0),
            )
            found.append(evolve(figure, note=note))
    return tuple(found)


def _refused(counts: Counts, id: str, measure: Measure) -> list[Fault]:
    """Say what a measure needs that counts do not hold."""
    if measure.kind in _OF_SESSIONS:
        needs = _OF_SESSIONS[measure.kind]
        return [Fault(f"measure {id!r}", f"counts hold no {needs}", "a register of marks", "Read the marks themselves")]
    if (measure.kind in _OF_ENROLMENTS or measure.band is not None) and not counts.enrolment_keys:
        return [
            Fault(
                f"measure {id!r}",
                "counts hold no enrolments",
                "rows about pupils, or a register of marks",
                "Map columns.pupil_id where each row is about one pupil",
            )
        ]
    return []


Group = tuple[Any, ...]


def _totals(counts: Counts, by: tuple[str, ...] | None, rules: Rules) -> dict[Group, Totals]:
    """Add rows up: group (row number, or values of the keys) to totals."""
    group = ("row",) if by is None else by
    people = counts.enrolment_keys
    if not people:
        frame = count_totals(counts, by, covid_possible=rules.covid_possible)
    else:
        # An enrolment may stand in several rows, such as one a term: it meets a threshold once, over all of them.
        each = tuple(dict.fromkeys((*(by or ()), *people)))
        lines = count_totals(counts, None if by is None else each, covid_possible=rules.covid_possible)
        frame = total(lines, group, rules)
        if group:
            frame = frame.sort(*group)
    names = [name for name in frame.columns if name not in (*counts.keys, "row")]
    return {
        tuple(line[name] for name in group): Totals(values={name: int(line[name] or 0) for name in names})
        for line in frame.rows(named=True)
    }


def _by_code(counts: Counts, by: tuple[str, ...] | None, codes: set[str]) -> dict[tuple[Group, str], int]:
    """Add the sessions of single codes up."""
    group = ("row",) if by is None else by
    mine = counts.frame.filter(nw.col(CODE).is_in(sorted(codes)))
    summed = mine.group_by(*group, CODE).agg(nw.col("sessions").sum())
    return {
        (tuple(line[name] for name in group), line[CODE]): int(line["sessions"]) for line in summed.rows(named=True)
    }


def _missing(counts: Counts, by: tuple[str, ...] | None) -> dict[Group, int]:
    """Count the rows of each group that give no figure."""
    if by is None:
        return {}
    if not by:
        return {(): len(counts.incomplete)}
    sizes = counts.incomplete.group_by(*by).agg(nw.len().alias("__n"))
    return {tuple(line[name] for name in by): int(line["__n"]) for line in sizes.rows(named=True)}


def _spelled(by: tuple[str, ...] | None, group: Group, row_words: dict[Group, str]) -> tuple[str, str]:
    """Spell a population, and say it in words; no title names a pupil."""
    if by is None:
        return f"row={group[0]}", row_words.get(group, "") or f"row {group[0]}"
    if not by:
        return "all", "all rows"
    spelled = "+".join(f"{key}={str(value).replace('+', '%2B')}" for key, value in zip(by, group, strict=True))
    return spelled, _words(by, group) or "one pupil"


def _words(keys: Sequence[str], values: Sequence[Any]) -> str:
    shown = [str(value) for key, value in zip(keys, values, strict=True) if key != PUPIL and value]
    return ", ".join(dict.fromkeys(shown))


def _row_words(counts: Counts) -> dict[Group, str]:
    lines = counts.frame.select("row", *counts.keys).unique().iter_rows()
    return {(row,): _words(counts.keys, values) for row, *values in lines}
