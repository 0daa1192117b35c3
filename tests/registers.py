"""Small registers for tests, from rows as a file would hold them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
from attrs import evolve

from attendance_core.measures.analysis import Analysis
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.cohorts import Cohort, CohortPack, Dimension, Predicate, Test
from attendance_core.model.mappings import Layout
from attendance_core.model.mappings import Mapping as Layouts
from attendance_core.model.profiles import Profile
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.settings import load_profile
from attendance_core.register.reading import Membership, Source, read_register
from attendance_core.register.register import Register

LONG = Layouts(
    id="long",
    columns={"pupil_id": "Pupil", "date": "Date", "session": "Session", "code": "Mark"},
    # The words of the codebook for other systems, which mean nothing until a mapping lists them.
    values={code.code: code.code for code in load_codebook("foreign").codes},
    school="school",
)
PUPILS = Layouts(
    id="pupils",
    columns={"pupil_id": "Pupil", "start": "Start", "end": "End", "valid_from": "From", "valid_to": "To"},
    characteristics={"year_group": "Year", "sex": "Sex", "fsm": "FSM", "form": "Form"},
)
#: A small pack, so that tests do not lean on the one that is shipped.
PACK = CohortPack(
    id="test",
    title="Groups of the tests",
    dimensions=(
        Dimension(id="year-group", title="Year group", column="year_group"),
        Dimension(id="sex", title="Sex", column="sex"),
        Dimension(id="form", title="Form", column="form"),
    ),
    cohorts=(
        Cohort(id="fsm", title="Free school meals", all_of=(Predicate(column="fsm"),)),
        Cohort(id="choir", title="Choir"),
        Cohort(
            id="older",
            title="Year 8 and over",
            all_of=(Predicate(column="year_group", test=Test.AT_LEAST, values=("8",)),),
            membership=False,
        ),
        Cohort(
            id="younger",
            title="Up to year 7",
            all_of=(Predicate(column="year_group", test=Test.AT_MOST, values=("7",)),),
            membership=False,
        ),
        Cohort(
            id="girls-or-fsm",
            title="Girls, or free school meals",
            any_of=(Predicate(column="sex", test=Test.EQUALS, values=("F",)), Predicate(column="fsm")),
        ),
        Cohort(id="unheard", title="Needs a column that is not there", all_of=(Predicate(column="nowhere"),)),
    ),
)


@cache
def profile(**overrides: str) -> Profile:
    return load_profile("year-to-date", overrides={name.replace("_", "-"): value for name, value in overrides.items()})


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> nw.LazyFrame[Any]:
    """Text cells under their headings, with row numbers as of a file with one header line."""
    listed = [tuple("" if cell is None else str(cell) for cell in row) for row in rows]
    frame = pl.DataFrame(listed, schema=dict.fromkeys(columns, pl.String), orient="row")
    return typed(frame)


def typed(frame: pl.DataFrame) -> nw.LazyFrame[Any]:
    lazy: nw.LazyFrame[Any] = nw.from_native(frame.with_row_index("source_row", offset=2)).lazy()
    return lazy


def read(
    frame: nw.LazyFrame[Any],
    mapping: Layouts = LONG,
    *,
    pupils: nw.LazyFrame[Any] | None = None,
    pupils_mapping: Layouts = PUPILS,
    calendars: Iterable[CalendarDocument] = (),
    memberships: Iterable[Membership] = (),
    settings: Mapping[str, str] | None = None,
    **more: Any,
) -> Register:
    return read_register(
        Source(frame=frame, mapping=mapping, name="marks.csv"),
        pupils=None if pupils is None else Source(frame=pupils, mapping=pupils_mapping, name="pupils.csv"),
        calendars=calendars,
        codebooks=(load_codebook("england"), load_codebook("foreign")),
        settings=dict(profile().settings) | dict(settings or {}),
        memberships=memberships,
        **more,
    )


def marks_table(marks: Iterable[tuple[str, date | str, str, str]]) -> nw.LazyFrame[Any]:
    return table(("Pupil", "Date", "Session", "Mark"), marks)


def pupils_table(rows: Iterable[Mapping[str, object]]) -> nw.LazyFrame[Any]:
    """A pupils file; cells that are not given are empty."""
    columns = ("Pupil", "Start", "End", "From", "To", "Year", "Sex", "FSM", "Form")
    return table(columns, [[row.get(column) for column in columns] for row in rows])


def layout(kind: Layout, columns: Mapping[str, str], **more: Any) -> Layouts:
    return Layouts(id=kind.value, layout=kind, columns=dict(columns), school="school", **more)


def analysis(
    register: Register, *packs: CohortPack, start: date | None = None, end: date | None = None, **settings: str
) -> Analysis:
    return Analysis.of(register, profile(**settings), packs or (PACK,), start=start, end=end)


def reject_rows(register: Register) -> list[tuple[int, str]]:
    """Row and reason of every reject."""
    frame = register.account.rejects
    return list(zip(frame["source_row"].to_list(), frame["reason"].to_list(), strict=True))


def kept(register: Register) -> list[tuple[str, date, str, str]]:
    """Pupil, day, session and code of every kept mark, in order."""
    numbers = dict(
        zip(register.enrolments["enrolment_id"].to_list(), register.enrolments["pupil_id"].to_list(), strict=True)
    )
    frame = register.marks.collect("polars").to_native()
    return sorted(
        (numbers[str(row["enrolment_id"])], row["date"], str(row["session"]), str(row["code"]))
        for row in frame.iter_rows(named=True)
    )


def with_columns(mapping: Layouts, **columns: str) -> Layouts:
    return evolve(mapping, columns=mapping.columns | columns)
