"""The subject of a register check: one register, and what several checks need of it, worked out once."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, field

from attendance_core.engine import collect, frame_of
from attendance_core.measures.completeness import form_spans
from attendance_core.measures.tallies import late_codes
from attendance_core.model.checks import Check
from attendance_core.model.codes import Late, StatGroup
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, PUPIL, ROW, SCHOOL, SESSION, STAT
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]
Lazy = nw.LazyFrame[Any]

#: Stands for an enrolment that is not known, or not meant.
NOBODY = -1
#: Columns of a mark as findings list it.
KEPT = (NUMBER, SCHOOL, DATE, SESSION, CODE, STAT, ROW)


@define(kw_only=True, eq=False)
class Subject:
    """A register under check.

    Attributes:
        register: The register.
        settings: Setting to choice.
        side: Side records by name.
    """

    register: Register
    settings: Mapping[str, str] = field(repr=False)
    side: Mapping[str, "nw.DataFrame[Any]"] = field(repr=False)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns of the marks."""
        return frozenset(self.register.marks.collect_schema().names())

    @cached_property
    def exceptions(self) -> Frame:
        """Every mark that is not plainly present (one in ten), as `KEPT`, with the other school where marks name it."""
        late = late_codes(self.register.codebooks, Late.BEFORE_CLOSE)
        plain = (nw.col(STAT) == StatGroup.PRESENT.value) & ~nw.col(CODE).is_in(list(late))
        more = ("other_school_id",) if "other_school_id" in self.columns else ()
        return self.marks(~plain, *more)

    @cached_property
    def people(self) -> Frame:
        """enrolment_no, enrolment_id, pupil_id, school_id; and nobody, of the only school where there is one alone."""
        nobody = frame_of(
            {NUMBER: [NOBODY], ENROLMENT: [""], PUPIL: [""], SCHOOL: [self.only_school]},
            {NUMBER: nw.Int32, ENROLMENT: nw.String, PUPIL: nw.String, SCHOOL: nw.String},
        )
        return nw.concat([self.register.enrolments.select(NUMBER, ENROLMENT, PUPIL, SCHOOL), nobody])

    @property
    def only_school(self) -> str:
        """The school, where there is one alone."""
        schools = self.register.schools
        return schools[0] if len(schools) == 1 else ""

    @cached_property
    def forms(self) -> Frame:
        """enrolment_no, school_id, form, start, end: which form an enrolment is in when; the empty text is none."""
        spans = form_spans(self.register)
        schema = {NUMBER: nw.Int32, SCHOOL: nw.String, "form": nw.String, "start": nw.Date, "end": nw.Date}
        return frame_of({name: [span[index] for span in spans] for index, name in enumerate(schema)}, schema)

    @cached_property
    def open_days(self) -> dict[str, list[date]]:
        """Each school's open days, in order."""
        return {school: [day.date for day in one.days] for school, one in self.register.calendars.schools.items()}

    def school_days(self, school: str, after: date, to: date) -> int:
        """Count a school's open days after one day, up to and with another."""
        days = self.open_days.get(school, [])
        return bisect_right(days, to) - bisect_right(days, after)

    def marks(self, wanted: nw.Expr, *more: str) -> Frame:
        """Bring the marks that meet a condition into memory, as `KEPT` and further columns."""
        row = [] if ROW in self.columns else [nw.lit(None, nw.Int64).alias(ROW)]
        names = [name for name in (*KEPT, *more) if name in self.columns]
        return tidy(collect(self.register.marks.filter(wanted).select(*names, *row)))

    def coded(self, check: Check) -> Frame:
        """The marks with a check's codes, on the days that it looks at."""
        return texts(self.exceptions.filter(nw.col(CODE).is_in(list(check.codes)), on_days_of(check)))


def on_days_of(check: Check) -> nw.Expr:
    """Say whether a row's date is one that a check looks at."""
    wanted = nw.col(DATE) >= check.in_force_from
    if check.in_force_to is not None:
        wanted = wanted & (nw.col(DATE) <= check.in_force_to)
    if check.except_from is not None and check.except_to is not None:
        wanted = wanted & ~((nw.col(DATE) >= check.except_from) & (nw.col(DATE) <= check.except_to))
    return wanted


def tidy(marks: Frame) -> Frame:
    """Give marks of any engine the default types; texts that repeat may stay categories."""
    return marks.with_columns(nw.col(DATE).cast(nw.Date), nw.col(NUMBER).cast(nw.Int32), nw.col(ROW).cast(nw.Int64))


def texts(marks: Frame) -> Frame:
    """Write categories out, so that marks join with other tables."""
    return marks.with_columns(nw.col(SCHOOL, SESSION, CODE, STAT).cast(nw.String))
