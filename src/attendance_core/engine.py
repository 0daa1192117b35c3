"""The one module that chooses the default engine: polars.

Everything above speaks narwhals; a host's pandas, PyArrow, DuckDB or polars frames come in through here.
"""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.errors import Fault, InputError


def collect(frame: "nw.LazyFrame[Any] | nw.DataFrame[Any]") -> "nw.DataFrame[Any]":
    """Bring a frame of any engine into memory on the default engine; polars streams while it computes."""
    if isinstance(frame, nw.DataFrame):
        if frame.implementation is nw.Implementation.POLARS:
            return frame
        return from_host(frame.to_native()).collect("polars")
    if frame.implementation is nw.Implementation.POLARS:
        return frame.collect("polars", engine="streaming")
    return frame.collect("polars")


def from_host(native: object) -> "nw.LazyFrame[Any]":
    """Take a host's frame (polars, pandas, PyArrow, DuckDB, lazy or not) as a lazy frame of the default engine.

    Raises:
        TypeError: If it is no frame that narwhals knows.
    """
    import polars as pl

    frame = nw.from_native(native)  # type: ignore[call-overload]
    if frame.implementation is nw.Implementation.POLARS:
        lazy: nw.LazyFrame[Any] = frame.lazy()
        return lazy
    if isinstance(frame, nw.LazyFrame):
        return frame.collect("polars").lazy()
    return nw.from_native(pl.DataFrame(frame.to_arrow())).lazy()


def frame_of(columns: dict[str, Any], schema: dict[str, Any]) -> "nw.DataFrame[Any]":
    """Build a small frame on the default engine from columns of values."""
    return nw.from_dict(columns, schema=schema, backend="polars")


def beside(small: "nw.DataFrame[Any]", marks: "nw.LazyFrame[Any]") -> "nw.LazyFrame[Any]":
    """Put a small table on the engine that holds the marks, so that the two can be joined.

    Args:
        small: A frame of the default engine with date, text and integer columns.
        marks: Lazy marks on polars, pandas, PyArrow or DuckDB.

    Raises:
        InputError: If the marks are on an engine that no table can be put on; collect them first.
    """
    implementation = marks.implementation
    if implementation is nw.Implementation.POLARS:
        return small.lazy()
    if implementation is nw.Implementation.PANDAS:
        pandas: nw.LazyFrame[Any] = nw.from_native(small.to_pandas()).lazy()
        return pandas
    if implementation is nw.Implementation.PYARROW:
        arrow: nw.LazyFrame[Any] = nw.from_native(small.to_arrow()).lazy()
        return arrow
    if implementation is nw.Implementation.DUCKDB:
        # A relation can only be joined with one of its own connection, which this reaches without naming it.
        rows = ", ".join(
            "(" + ", ".join(_literal(cell) for cell in row) + ")" for row in small.iter_rows()
        )  # every cell is a date or an integer that this library made
        names = ", ".join(f'"{name}"' for name in small.columns)
        sql = f"SELECT * FROM (VALUES {rows}) AS t({names})"  # noqa: S608
        relation: nw.LazyFrame[Any] = nw.from_native(marks.to_native().query("marks", sql))
        return relation
    raise InputError(
        Fault("marks", f"are on the engine {implementation}", "polars, pandas, PyArrow or DuckDB", "Collect them first")
    )


def _literal(cell: object) -> str:
    if isinstance(cell, date):
        return f"DATE '{cell.isoformat()}'"
    return str(int(cell))  # type: ignore[call-overload]


def with_row_numbers(frame: "nw.LazyFrame[Any]", first: int) -> "nw.LazyFrame[Any]":
    """Number the rows of a lazy polars frame in their own order, as ``source_row``."""
    numbered: nw.LazyFrame[Any] = nw.from_native(frame.to_native().with_row_index("source_row", offset=first))
    return numbered
