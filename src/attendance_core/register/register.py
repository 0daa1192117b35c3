"""The register: checked marks, enrolments, characteristics, memberships, calendars, and the account of the reading."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import collect
from attendance_core.errors import Fault, LayoutError
from attendance_core.model.codes import Codebook
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.register.account import Account
from attendance_core.register.calendar import Calendars


@frozen(kw_only=True, eq=False)
class Register:
    """What was read and checked; every figure starts here.

    Attributes:
        marks: Lazy frame of kept marks (columns in `model.marks`).
        enrolments: enrolment_id, enrolment_no (Int32), school_id, pupil_id, person_id (texts), start, end (dates; end
            9999-12-31 while open), start_inferred (bool).
        characteristics: enrolment_id, name, value (text), valid_from, valid_to.
        memberships: enrolment_id, cohort, valid_from, valid_to.
        slots: school_id, date, session, code, stat, marks: how many kept marks of each kind (Int64).
        codebooks: What the codes mean.
    """

    marks: "nw.LazyFrame[Any]" = field(repr=False)
    enrolments: "nw.DataFrame[Any]" = field(repr=False)
    characteristics: "nw.DataFrame[Any]" = field(repr=False)
    memberships: "nw.DataFrame[Any]" = field(repr=False)
    slots: "nw.DataFrame[Any]" = field(repr=False)
    calendars: Calendars
    account: Account
    codebooks: tuple[Codebook, ...] = field(repr=False)

    @property
    def as_of(self) -> date:
        """The day up to which marks were taken."""
        return self.account.as_of

    @property
    def span(self) -> DateRange | None:
        """First to last coded mark; None for a register without any."""
        first, last = self.account.first_mark, self.account.last_mark
        return None if first is None or last is None else DateRange(first, last)

    @property
    def schools(self) -> tuple[str, ...]:
        """The schools in it."""
        return tuple(sorted(self.enrolments["school_id"].unique().to_list()))

    def names(self) -> frozenset[str]:
        """The characteristics that the register has."""
        return frozenset(self.characteristics["name"].unique().to_list())

    def of_enrolment(self, enrolment_id: str) -> "Register":
        """Return the register of one enrolment alone, its marks in memory; the calendars stay whole."""
        mine = nw.col(ENROLMENT) == enrolment_id
        enrolments = self.enrolments.filter(mine)
        marks = collect(self.marks.filter(nw.col(NUMBER).is_in(enrolments[NUMBER].to_list())))
        keys = (SCHOOL, DATE, SESSION, CODE, STAT)
        slots = marks.group_by(*keys).agg(nw.len().cast(nw.Int64).alias("marks"))
        return evolve(
            self,
            marks=marks.lazy(),
            enrolments=enrolments,
            characteristics=self.characteristics.filter(mine),
            memberships=self.memberships.filter(mine),
            slots=slots.with_columns(nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String), nw.col(DATE).cast(nw.Date)),
        )

    def with_memberships(self, rows: Iterable[tuple[str, str, date, date]]) -> "Register":
        """Return a copy with more memberships (enrolment, cohort, from, to)."""
        listed = list(rows)
        extra = membership_frame(listed)
        return evolve(self, memberships=nw.concat([self.memberships, extra]) if listed else self.memberships)


def require_sessions(register: object) -> None:
    """Refuse everything but a register of sessions, for callers whose types nobody checked.

    Raises:
        LayoutError: If it is none.
    """
    if not isinstance(register, Register):
        raise LayoutError(
            Fault(
                f"a {type(register).__name__}",
                "is no register of session marks",
                "a Register, as read_register gives it",
                "Lessons have figures of their own (LessonAnalysis): they never enter a session figure",
            )
        )


def membership_frame(rows: Iterable[tuple[str, str, date, date]]) -> "nw.DataFrame[Any]":
    """Lay memberships out as a frame."""
    from attendance_core.engine import frame_of

    listed = list(rows)
    schema = {"enrolment_id": nw.String, "cohort": nw.String, "valid_from": nw.Date, "valid_to": nw.Date}
    return frame_of({name: [row[index] for row in listed] for index, name in enumerate(schema)}, schema)
