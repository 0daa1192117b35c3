"""Lesson marks: another fact than session marks, read through the same mappings and never turned into a register."""

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import collect
from attendance_core.model.codes import Codebook
from attendance_core.model.mappings import DateOrder, Mapping
from attendance_core.model.marks import (
    CODE,
    DATE,
    ENROLMENT,
    LESSON_COLUMNS,
    MINUTES,
    NUMBER,
    PERIOD,
    ROW,
    SCHOOL,
    STAT,
    SUBJECT,
)
from attendance_core.register.account import Account, Doubt
from attendance_core.register.attaching import Source, attach
from attendance_core.register.duplicates import SAYS, DuplicateMarks, judge
from attendance_core.register.layouts import to_lessons
from attendance_core.register.slots import Resolver
from attendance_core.register.steps import (
    Frame,
    Lazy,
    Progress,
    account_of,
    kept_marks,
    list_rejects,
    open_marks,
)

_KEY = (ENROLMENT, DATE, PERIOD, SUBJECT)


@frozen(kw_only=True, eq=False)
class LessonRegister:
    """Lessons as they were read and checked; no session figure can be made of them.

    Attributes:
        marks: Lazy frame of kept marks: the columns of ``LESSON_COLUMNS`` (``minutes_late`` null where not given),
            enrolment_no and source_row, in the order of the source.
        enrolments: As in `Register`.
        characteristics: As in `Register`.
        account: What became of every mark; its ``no_mark`` counts lessons listed without one.
        codebooks: What the codes mean.
        has_minutes: Whether the source has a column of minutes late.
    """

    marks: "nw.LazyFrame[Any]" = field(repr=False)
    enrolments: "nw.DataFrame[Any]" = field(repr=False)
    characteristics: "nw.DataFrame[Any]" = field(repr=False)
    account: Account
    codebooks: tuple[Codebook, ...] = field(repr=False)
    has_minutes: bool = False

    @property
    def as_of(self) -> date:
        """The day up to which marks were taken."""
        return self.account.as_of

    @property
    def span(self) -> DateRange | None:
        """First to last coded mark; None for lessons without any."""
        first, last = self.account.first_mark, self.account.last_mark
        return None if first is None or last is None else DateRange(first, last)

    @property
    def schools(self) -> tuple[str, ...]:
        """The schools in it."""
        return tuple(sorted(self.enrolments["school_id"].unique().to_list()))


def read_lessons(
    marks: Source,
    *,
    pupils: Source | None = None,
    codebooks: Iterable[Codebook],
    settings: Dict[str, str],
    as_of: date | None = None,
    school: str = "",
    progress: Progress = lambda step: None,
) -> LessonRegister:
    """Read, check and account for lesson marks.

    A lesson is known by enrolment, date, period and subject. Two marks for it that say the same (code and minutes
    late) are duplicates; where they differ none is kept, unless the mapping keeps the one recorded last.

    Args:
        marks: The lesson marks, with a mapping of layout ``lesson``.
        pupils: The pupils file, if there is one.
        codebooks: What codes mean.
        settings: Open questions decided (see ``reference.settings``).
        as_of: Take no marks after this day; None: the last marked day.
        school: Id of the school where the files have no column for it.
        progress: Told the name of each step.

    Returns:
        The lessons; ``account`` says what became of every mark.

    Raises:
        MissingColumnError: If a mapping names columns that are not there.
        LayoutError: If the mapping is not one of lessons, or no row is of its layout.
        InputError: If no mark can be read at all.
    """
    books = tuple(codebooks)
    mapping = marks.mapping if marks.mapping.school or not school else evolve(marks.mapping, school=school)
    progress("reading lessons")
    long = to_lessons(marks.frame, mapping, where=marks.name)
    opened = open_marks(marks, long, mapping, Resolver.of(books, settings), as_of)
    progress("enrolments")
    kept, minutes = kept_marks(opened)
    attached = attach(kept, pupils, mapping, opened.day)
    kept = attached.marks
    has_minutes = MINUTES in mapping.columns
    if not has_minutes:
        kept = kept.with_columns(nw.lit(None, nw.Int64).alias(MINUTES))
    progress("duplicates")
    doubles = _duplicates(kept, mapping, opened.decided.order)
    if doubles is not None:
        kept = kept.join(doubles.frame.select(ROW).lazy(), on=ROW, how="anti")
    progress("rejects")
    rejects = list_rejects(opened, attached.outside, doubles.frame if doubles else None)
    narrow = kept.select(*LESSON_COLUMNS, NUMBER, ROW).with_columns(
        nw.col(ENROLMENT, SCHOOL, PERIOD, SUBJECT, CODE, STAT).cast(nw.Categorical),
        nw.col(MINUTES, ROW).cast(nw.Int64),
    )
    final = collect(narrow).sort(ROW)
    days = final[DATE]
    account = account_of(
        opened,
        attached,
        rejects,
        pupils=pupils,
        coded=len(final),
        first_mark=days.min() if len(final) else None,
        last_mark=days.max() if len(final) else None,
        doubts=(*minutes, *_parallel(final)),
    )
    return LessonRegister(
        marks=final.lazy(),
        enrolments=attached.enrolled.enrolments,
        characteristics=attached.enrolled.characteristics,
        account=account,
        codebooks=books,
        has_minutes=has_minutes,
    )


def _duplicates(kept: Lazy, mapping: Mapping, order: DateOrder) -> DuplicateMarks | None:
    """Find the marks that are not kept because another stands for the same lesson."""
    counts = kept.group_by(*_KEY).agg(nw.len().alias("__marks"))
    suspects = collect(counts.filter(nw.col("__marks") > 1).select(*_KEY))
    if suspects.is_empty():
        return None
    rows = collect(kept.join(suspects.lazy(), on=list(_KEY), how="semi"))
    minutes = nw.col(MINUTES).cast(nw.String).fill_null("")
    return judge(
        rows.with_columns(nw.concat_str([nw.col(CODE), nw.lit(" "), minutes]).alias(SAYS)),
        _KEY,
        mapping.duplicates,
        noun="lesson",
        order=order,
    )


def _parallel(final: Frame) -> list[Doubt]:
    """Say how many lessons lie in one period of one enrolment beside another: they are counted, each for itself."""
    slots = final.group_by(ENROLMENT, DATE, PERIOD).agg(
        nw.len().cast(nw.Int64).alias("lessons"), nw.col(ROW).min().alias("row")
    )
    several = slots.filter(nw.col("lessons") > 1)
    if several.is_empty():
        return []
    return [
        Doubt(
            kind="parallel-lessons",
            text="lessons of different subjects stand in one period of one pupil; each is counted",
            marks=int(several["lessons"].sum()),
            rows=tuple(sorted(int(row) for row in several["row"].to_list())[:10]),
        )
    ]


__all__ = ["LessonRegister", "Source", "read_lessons"]
