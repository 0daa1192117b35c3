"""One definition, one answer: Polars, pandas, PyArrow and DuckDB agree on every measure."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import polars as pl
import pyarrow as pa
import pytest
from attrs import evolve

from attendance_core.dates import DateRange
from attendance_core.demo import DemoSchool, make_school
from attendance_core.engine import beside, collect, frame_of, from_host
from attendance_core.errors import InputError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.completeness import completeness
from attendance_core.measures.definitions import load_measures
from attendance_core.measures.explain import sessions
from attendance_core.measures.tallies import enrolment_tally, minutes_tally, slot_tally
from attendance_core.model.codes import Late
from attendance_core.model.figures import Figure
from attendance_core.model.measures import MeasureKind
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.register.register import Register
from tests.registers import LONG, PUPILS, profile, read, table, with_columns

YEAR = DateRange(date(2024, 9, 2), date(2025, 7, 22))
PIECE = DateRange(date(2024, 11, 13), date(2025, 1, 14))  # begins and ends in mid-week
POPULATIONS = ("all", "fsm", "year-group=7", "not:fsm", "fsm+year-group=9", "not:year-group=11", "eal")


@cache
def demo() -> DemoSchool:
    return make_school(pupils=40, seed=5)


@cache
def register() -> Register:
    school = demo()
    rows: list[tuple[str, str, str, str, str]] = []
    for page in school.pages:
        pupil = school.pupils[page.pupil].pupil_id
        for place, code in enumerate(page.codes):
            slot = school.slots[page.first + place]
            if code and slot.year == 2024:
                late = str(page.minutes.get(place, ""))
                rows.append((pupil, slot.day.isoformat(), slot.session, code, late))
    people = [
        (
            pupil.pupil_id,
            span.start,
            span.end,
            year.label,
            str(year.year_group),
            "Y" if year.fsm else "N",
            pupil.sex,
            "Y" if pupil.eal else "N",
        )
        for pupil in school.pupils
        for year in pupil.years
        if year.begins == 2024
        for span in pupil.enrolments
    ]
    people_mapping = evolve(
        PUPILS,
        columns={"pupil_id": "Pupil", "start": "Start", "end": "End", "academic_year": "Year"},
        characteristics={"year_group": "Group", "fsm": "FSM", "sex": "Sex", "eal": "EAL"},
    )
    return read(
        table(("Pupil", "Date", "Session", "Mark", "Late"), rows),
        with_columns(evolve(LONG, school=school.calendar.school), minutes_late="Late"),
        pupils=table(("Pupil", "Start", "End", "Year", "Group", "FSM", "Sex", "EAL"), people),
        pupils_mapping=people_mapping,
        calendars=[school.calendar],
    )


@cache
def plain_marks() -> pl.DataFrame:
    """The marks as a host would hold them: texts, no categories."""
    frame: pl.DataFrame = register().marks.collect("polars").to_native()
    return frame.with_columns(pl.col(pl.Categorical).cast(pl.String))


def on_pandas() -> nw.LazyFrame[Any]:
    return nw.from_native(plain_marks().to_pandas()).lazy()


def on_pandas_with_arrow_types() -> nw.LazyFrame[Any]:
    return nw.from_native(plain_marks().to_pandas(use_pyarrow_extension_array=True)).lazy()


def on_pyarrow() -> nw.LazyFrame[Any]:
    lazy: nw.LazyFrame[Any] = nw.from_native(plain_marks().to_arrow()).lazy()
    return lazy


def on_duckdb() -> nw.LazyFrame[Any]:
    marks = plain_marks()  # noqa: F841 - DuckDB finds it by name
    return nw.from_native(duckdb.sql("SELECT * FROM marks"))


#: A host's own connection, with a table of a likely name.
_OWN = duckdb.connect()


def on_a_connection_of_its_own() -> nw.LazyFrame[Any]:
    _OWN.register("given", plain_marks().to_arrow())
    _OWN.execute("CREATE OR REPLACE TABLE marks AS SELECT * FROM given")
    return nw.from_native(_OWN.table("marks"))


def on_polars() -> nw.LazyFrame[Any]:
    lazy: nw.LazyFrame[Any] = nw.from_native(plain_marks()).lazy()
    return lazy


ENGINES: dict[str, Callable[[], nw.LazyFrame[Any]]] = {
    "polars": on_polars,
    "pandas": on_pandas,
    "pandas-arrow": on_pandas_with_arrow_types,
    "pyarrow": on_pyarrow,
    "duckdb": on_duckdb,
    "duckdb-own": on_a_connection_of_its_own,
}


@cache
def analysed(engine: str) -> Analysis:
    found = register() if engine == "default" else evolve(register(), marks=ENGINES[engine]())
    return Analysis.of(found, profile(), [load_cohort_pack()], start=YEAR.start, end=YEAR.end)


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rows(frame: nw.DataFrame[Any], *keys: str) -> list[tuple[Any, ...]]:
    """Rows in one order, with the types of the default engine."""
    native: pl.DataFrame = frame.to_native()
    assert isinstance(native, pl.DataFrame)
    return native.with_columns(pl.col(pl.Categorical).cast(pl.String)).sort(native.columns).rows()


def types(frame: nw.DataFrame[Any]) -> dict[str, str]:
    return {name: str(kind).replace("Categorical", "String") for name, kind in frame.schema.items()}


def test_the_tallies_agree(engine: str) -> None:
    expected, found = analysed("default"), analysed(engine)
    assert rows(found.tally.by(found.bins.frame, "bin")) == rows(expected.tally.by(expected.bins.frame, "bin"))
    assert types(found.tally.by(found.bins.frame, "bin")) == types(expected.tally.by(expected.bins.frame, "bin"))
    columns = ["enrolment_no", "bin", "school_id", "date", "session", "code", "stat"]
    assert rows(found.tally.exceptions.select(columns)) == rows(expected.tally.exceptions.select(columns))
    assert rows(slot_tally(found.register.marks)) == rows(expected.register.slots)
    late = minutes_tally(found.register.marks)
    planned = minutes_tally(expected.register.marks)
    assert late is not None
    assert planned is not None
    assert rows(late) == rows(planned)
    assert types(late) == types(planned)
    assert late["minutes"].sum() > 0


def test_enrolments_and_weeks_agree(engine: str) -> None:
    expected, found = analysed("default"), analysed(engine)
    for period in (YEAR, PIECE):
        assert rows(found.enrolments(period)) == rows(expected.enrolments(period))
        assert types(found.enrolments(period)) == types(expected.enrolments(period))
    assert rows(found.enrolment_weeks()) == rows(expected.enrolment_weeks())


def test_totals_spells_and_what_is_due_agree(engine: str) -> None:
    expected, found = analysed("default"), analysed(engine)
    for period in (YEAR, PIECE):
        assert found.totals(POPULATIONS, period, rest=True) == expected.totals(POPULATIONS, period, rest=True)
        assert rows(found.spells(period)) == rows(expected.spells(period))
        assert found.minutes(period) == expected.minutes(period)
    assert rows(completeness(found).frame) == rows(completeness(expected).frame)


def figures(analysis: Analysis) -> list[Figure]:
    names = [
        f"{id}.I" if measure.per_code else id
        for id, measure in load_measures().items()
        if measure.kind is not MeasureKind.LESSONS
    ]
    found = [analysis.figure(name, "fsm", PIECE) for name in names]
    found += [analysis.figure(name, "not:year-group=7", PIECE) for name in ("spells", "minutes-late", "reason.I")]
    found += [analysis.figure("attendance", who, slot=slot) for who in ("all", "fsm") for slot in ("Monday-AM", "PM")]
    return found


@cache
def expected_figures() -> list[Figure]:
    return figures(analysed("default"))


def test_every_measure_agrees(engine: str) -> None:
    assert figures(analysed(engine)) == expected_figures()
    assert all(figure.numerator for figure in expected_figures() if figure.id.measure in ("absence", "spells"))


def test_the_sessions_behind_a_figure_agree(engine: str) -> None:
    expected, found = analysed("default"), analysed(engine)
    for measure, population, slot in (
        ("absence", "all", ""),
        ("persistent-absence", "fsm", ""),
        ("late-sessions", "not:fsm", "Friday-PM"),
        ("reason.I", "year-group=9", ""),
    ):
        id = expected.id(measure, population, PIECE, slot)
        mine = sessions(found, id)
        assert len(mine)
        assert rows(mine) == rows(sessions(expected, id))
        assert types(mine) == types(sessions(expected, id))


def test_a_hosts_own_tables_stand_as_they_were() -> None:
    connection = duckdb.connect()
    connection.register("given", plain_marks().to_arrow())
    connection.execute("CREATE TABLE marks AS SELECT * FROM given")
    before = connection.sql("SELECT count(*), min(date) FROM marks").fetchall()
    views = connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL").fetchall()
    host = evolve(register(), marks=nw.from_native(connection.sql("SELECT * FROM marks")))
    assert Analysis.of(host, profile(), [load_cohort_pack()]).figure("attendance").denominator
    assert connection.sql("SELECT count(*), min(date) FROM marks").fetchall() == before
    after = connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL").fetchall()
    assert after == views


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_small_table_comes_to_the_marks_even_when_it_is_empty(name: str) -> None:
    schema = {"date": nw.Date, "bin": nw.Int64}
    marks = ENGINES[name]()
    days = [date(2024, 9, 4), date(2024, 9, 5)]
    tables: tuple[dict[str, list[Any]], ...] = ({"date": days, "bin": [0, 7]}, {"date": [], "bin": []})
    for columns in tables:
        small = frame_of(columns, schema)
        placed = collect(beside(small, marks))
        assert sorted(placed["bin"].to_list()) == columns["bin"]
        joined = collect(marks.select("enrolment_no", "date").join(beside(small, marks), on="date", how="inner"))
        assert set(joined["bin"].to_list()) == set(columns["bin"])


def test_an_engine_that_takes_no_table_is_said() -> None:
    class Marks:
        implementation = nw.Implementation.UNKNOWN

    with pytest.raises(InputError, match=r"marks: are on the engine .*expected polars, pandas, PyArrow or DuckDB"):
        beside(frame_of({"bin": [1]}, {"bin": nw.Int64}), Marks())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_hosts_frame_is_read_as_marks(name: str) -> None:
    """The same register comes out whatever kind of frame the host hands in."""
    native = ENGINES[name]().to_native()
    given = from_host(native).select("enrolment_id", "date", "session", "code", "source_row")
    columns = {"pupil_id": "enrolment_id", "date": "date", "session": "session", "code": "code"}
    found = read(given, evolve(LONG, columns=columns))
    assert found.account.conserved
    assert (found.account.coded, found.account.rejected) == (register().account.coded, 0)
    codes = analysed("default").codes(YEAR)
    other = Analysis.of(found, profile(), [], start=YEAR.start, end=YEAR.end).codes(YEAR)
    assert rows(other) == rows(codes)


def test_a_thing_that_is_no_frame_is_refused() -> None:
    with pytest.raises(TypeError):
        from_host([1, 2, 3])


def test_late_codes_are_the_codebooks_own() -> None:
    analysis = analysed("default")
    assert analysis.late_codes(Late.BEFORE_CLOSE) == ("L", "late")
    assert analysis.late_codes(Late.AFTER_CLOSE) == ("U",)
    tally = enrolment_tally(on_pyarrow(), analysis.bins, late_before=("L", "late"), late_after=("U",))
    assert rows(tally.by(analysis.bins.frame, "bin")) == rows(analysis.tally.by(analysis.bins.frame, "bin"))


def test_pyarrow_stays_pyarrow() -> None:
    """The frames above are what their names say."""
    assert isinstance(on_pyarrow().to_native(), pa.Table)
    kinds = {name: str(make().implementation).split(".")[-1].lower() for name, make in ENGINES.items()}
    assert kinds == {name: name.split("-")[0] for name in ENGINES}
