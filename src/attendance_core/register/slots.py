"""Slots: the distinct (date, session, mark) texts of a register, each decided once.

Lesson marks have no sessions: their slots are (date, mark), and whether the row names a period.

A register of millions of marks holds a few thousand distinct slots, so every judgement about dates, sessions and
codes is made here, in plain Python, and joined back.
"""

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import frame_of
from attendance_core.model.codes import Codebook, LegalGroup
from attendance_core.model.mappings import DateOrder, Layout, Mapping
from attendance_core.model.marks import AM, PM, ROW
from attendance_core.reference.codes import ResolutionRow, resolution_table
from attendance_core.register.account import Doubt, Reject
from attendance_core.register.layouts import NO_DATE, Long
from attendance_core.register.texts import MarkReading, is_likely, read_dates, read_mark, read_session

#: From this day a single J, C or Y in a string of one character a session may hide J1, C1, C2 or Y1 to Y7.
_TWO_CHARACTERS_FROM = date(2024, 8, 19)
NO_MARK = "no-mark"


@frozen(kw_only=True)
class Resolver:
    """What codes mean on each day, under the settings in use."""

    rows: Dict[str, tuple[ResolutionRow, ...]] = field(repr=False)
    register_codes: frozenset[str] = field(default=frozenset(), repr=False)
    """Codes that a mark may be without a word from the mapping; the library's words for other systems are none."""

    @classmethod
    def of(cls, codebooks: Iterable[Codebook], settings: Dict[str, str]) -> "Resolver":
        """Lay every codebook's resolution out by code."""
        rows: dict[str, list[ResolutionRow]] = {}
        own: set[str] = set()
        for codebook in codebooks:
            own |= {
                code.code
                for code in codebook.codes
                if any(version.legal_group is not LegalGroup.FOREIGN for version in code.versions)
            }
            for row in resolution_table(codebook, settings):
                rows.setdefault(row.code, []).append(row)
        return cls(rows={code: tuple(listed) for code, listed in rows.items()}, register_codes=frozenset(own))

    @property
    def codes(self) -> frozenset[str]:
        """Every code that some codebook holds."""
        return frozenset(self.rows)

    def late(self, kind: str) -> tuple[str, ...]:
        """Return the codes that say the pupil came late in this way (``before-close``, ``after-close``)."""
        return tuple(sorted({code for code, rows in self.rows.items() for row in rows if row.late == kind}))

    def at(self, code: str, on: date) -> ResolutionRow:
        """Return what a known code means on a day."""
        for row in self.rows[code]:
            if row.start <= on <= row.end:
                return row
        return self.rows[code][0]


@frozen(kw_only=True)
class _Decision:
    """What becomes of the marks of one slot."""

    day: date | None = None
    session: str = ""
    code: str = ""
    stat: str = ""
    status: str = ""
    detail: str = ""
    doubt: str = ""


@frozen(kw_only=True, eq=False)
class Decided:
    """Every slot with its decision.

    Attributes:
        frame: Slot keys, then date, session, code, stat, status ("" = kept, ``no-mark``, or a `Reject`), detail,
            marks, first_row.
        order: Which way round the dates are written.
    """

    frame: "nw.DataFrame[Any]" = field(repr=False)
    keys: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    assumptions: tuple[str, ...]
    last_date: date | None
    order: DateOrder = DateOrder.AUTO


def decide(long: Long, mapping: Mapping, resolver: Resolver, *, as_of: date | None, where: str) -> Decided:
    """Group a layout's marks into slots and decide each."""
    keys = ["date" if long.typed_date else "date_text", "session_text", "mark_text", "other_layout", "no_pupil"]
    grouped = (
        long.frame.with_columns(no_pupil=nw.col("pupil_id") == "")
        .group_by(*keys)
        .agg(nw.len().cast(nw.Int64).alias("marks"), nw.col(ROW).min().cast(nw.Int64).alias("first_row"))
        .collect("polars", engine="streaming")
        .sort(*keys)
    )
    assumptions: list[str] = []
    raw = grouped[keys[0]].to_list()
    if long.typed_date:
        dates: Dict[str, date] = {day: day for day in raw if is_likely(day)}
        bad: Dict[str, str] = {
            day: "no date" if day == NO_DATE else f"{day} is no likely date" for day in raw if day not in dates
        }
    else:
        reading = read_dates(sorted(set(raw)), order=mapping.dates, date_format=mapping.date_format)
        dates, bad = reading.dates, reading.bad
        if mapping.layout is Layout.PUPIL_WEEK:
            dates, bad = _weeks_from_mondays(dates, bad)
        if reading.assumed:
            assumptions.append(
                f"{where}: no date in the file proves which way round dates are; read as "
                f"{reading.order.value} (set dates in the mapping)"
            )
        elif reading.order is DateOrder.MONTH_FIRST:
            assumptions.append(f"{where}: dates are written month first (a day above 12 stands second)")
    lessons = mapping.layout is Layout.LESSON
    sessions = {
        text: (text or None) if lessons else read_session(text, mapping.sessions)
        for text in set(grouped["session_text"].to_list())
    }
    marks = {
        text: read_mark(
            text,
            values=mapping.values,
            no_mark=mapping.no_mark,
            listed_only=mapping.listed_only,
            known=resolver.register_codes,
        )
        for text in set(grouped["mark_text"].to_list())
    }
    decisions: list[_Decision] = []
    doubts: dict[str, list[tuple[int, int]]] = {}
    columns = [grouped[name].to_list() for name in (*keys[1:], "marks", "first_row")]
    for slot, session_text, mark_text, other, no_pupil, number, first_row in zip(raw, *columns, strict=True):
        day = dates.get(slot)
        decision = _decide_one(
            day,
            bad.get(slot, "no date") if day is None else "",
            sessions[session_text],
            session_text,
            marks[mark_text],
            other,
            no_pupil,
            mapping,
            resolver,
            as_of,
        )
        decisions.append(decision)
        if decision.doubt and not decision.status:
            doubts.setdefault(decision.doubt, []).append((number, first_row))
    frame = nw.concat(
        [
            grouped,
            frame_of(
                {
                    "slot_date": [d.day for d in decisions],
                    "session": [d.session for d in decisions],
                    "code": [d.code for d in decisions],
                    "stat": [d.stat for d in decisions],
                    "status": [d.status for d in decisions],
                    "detail": [d.detail for d in decisions],
                },
                {
                    "slot_date": nw.Date,
                    "session": nw.String,
                    "code": nw.String,
                    "stat": nw.String,
                    "status": nw.String,
                    "detail": nw.String,
                },
            ),
        ],
        how="horizontal",
    )
    kept = [d.day for d in decisions if not d.status and d.day is not None]
    return Decided(
        frame=frame,
        keys=tuple(keys),
        assumptions=tuple(assumptions),
        last_date=max(kept, default=None),
        order=mapping.dates if long.typed_date else reading.order,
        doubts=tuple(
            Doubt(
                kind="doubtful-mark",
                text=text,
                marks=sum(number for number, _ in found),
                rows=tuple(sorted(row for _, row in found)[:10]),
            )
            for text, found in sorted(doubts.items())
        ),
    )


def _not_in_force(code: str, day: date, why: str) -> str:
    return f"code {code!r} on {day}: {why}"


def read_not_in_force(detail: str) -> tuple[str, date, str]:
    """Take the detail of such a reject apart again: code, day, reason.

    >>> read_not_in_force(_not_in_force("J1", date(2024, 8, 1), "J1 is not yet in force"))
    ('J1', datetime.date(2024, 8, 1), 'J1 is not yet in force')
    """
    where, _, why = detail.partition(": ")
    code, _, day = where.removeprefix("code ").rpartition(" on ")
    return code[1:-1], date.fromisoformat(day), why


def _weeks_from_mondays(dates: Dict[str, date], bad: Dict[str, str]) -> tuple[Dict[str, date], Dict[str, str]]:
    """Refuse the days of weeks that do not begin on a Monday: every column is named for its weekday."""
    good, refused = {}, dict(bad)
    for text, day in dates.items():
        start, _, offset = text.rpartition("+")
        if day.weekday() == int(offset.removesuffix("d")):
            good[text] = day
        else:
            refused[text] = f"the week is given by {start.strip()[:20]!r}, which is no Monday"
    return good, refused


def _decide_one(
    day: date | None,
    why_bad: str,
    session: str | None,
    session_text: str,
    mark: MarkReading,
    other: bool,
    no_pupil: bool,
    mapping: Mapping,
    resolver: Resolver,
    as_of: date | None,
) -> _Decision:
    if other:
        return _Decision(
            status=Reject.OTHER_LAYOUT,
            detail="the row is of another layout: "
            + ", ".join(f"{column} is not {' or '.join(values)}" for column, values in mapping.keep.items()),
        )
    if no_pupil:
        return _Decision(status=Reject.NO_PUPIL, detail="the row names no pupil")
    if day is None:
        return _Decision(status=Reject.BAD_DATE, detail=why_bad)
    if session is None:
        if mapping.layout is Layout.LESSON:
            return _Decision(status=Reject.NO_PERIOD, detail="the row names no period")
        return _Decision(
            status=Reject.BAD_SESSION, detail=f"session {session_text.strip()[:20]!r} is neither AM nor PM"
        )
    if as_of is not None and day > as_of:
        return _Decision(status=Reject.AFTER_AS_OF, detail=f"{day} lies after {as_of}")
    if mark.no_mark:
        return _Decision(day=day, session=session, status=NO_MARK)
    if mark.code is None:
        return _Decision(status=Reject.UNKNOWN_CODE, detail=mark.reject)
    code, doubt = mark.code, mark.doubt
    if code not in resolver.codes:
        return _Decision(status=Reject.UNKNOWN_CODE, detail=f"the mapping gives code {code!r}, which no codebook holds")
    if mapping.layout is Layout.MARK_STRING and day >= _TWO_CHARACTERS_FROM and code in ("J", "C", "Y"):
        # Since then J exists only as J1; C and Y cannot be told from their sub-codes, which share their group.
        if code == "J" and "J1" in resolver.codes:
            code = "J1"
        doubt = f"one character a session: {mark.code} was read as {code}; a sub-code may be meant"
    row = resolver.at(code, day)
    if row.reject:
        return _Decision(status=Reject.NOT_IN_FORCE, detail=_not_in_force(code, day, row.reject))
    if code == "/" and session == PM:
        code, doubt = "\\", doubt or "the morning sign / in an afternoon session was read as present"
    elif code == "\\" and session == AM:
        code, doubt = "/", doubt or "the afternoon sign \\ in a morning session was read as present"
    return _Decision(day=day, session=session, code=code, stat=row.stat, doubt=row.doubt or doubt)
