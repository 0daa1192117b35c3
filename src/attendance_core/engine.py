"""The one module that chooses the default engine: polars.

Everything above speaks narwhals; a host's pandas, PyArrow, DuckDB or polars frames come in through here.
"""

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


def without_nested(frame: "nw.LazyFrame[Any]") -> "tuple[nw.LazyFrame[Any], tuple[str, ...]]":
    """Leave out columns that hold no single value that can be written as text: lists, structures, bytes, durations.

    Returns:
        The frame, and the names of the columns left out.
    """
    nested = (nw.List, nw.Array, nw.Struct, nw.Binary, nw.Object, nw.Duration)
    names = tuple(
        name for name, dtype in frame.collect_schema().items() if isinstance(dtype, nested) or dtype in nested
    )
    return (frame.drop(list(names)) if names else frame), names


def frame_of(columns: dict[str, Any], schema: dict[str, Any]) -> "nw.DataFrame[Any]":
    """Build a small frame on the default engine from columns of values."""
    return nw.from_dict(columns, schema=schema, backend="polars")


def beside(small: "nw.DataFrame[Any]", marks: "nw.LazyFrame[Any]") -> "nw.LazyFrame[Any]":
    """Put a small table on the engine that holds the marks, so that the two can be joined.

    Args:
        small: A frame of the default engine with columns of days and whole numbers.
        marks: Lazy marks on polars, pandas, PyArrow or DuckDB.

    Raises:
        InputError: If the marks are on an engine that no table can be put on; collect them first.
    """
    implementation = marks.implementation
    if implementation is nw.Implementation.POLARS:
        return small.lazy()
    if implementation is nw.Implementation.PANDAS:
        # Days are of a pandas kind (datetime64) or of an Arrow one (date32), and join only with their like.
        arrow_days = any(dtype == nw.Date for dtype in marks.collect_schema().dtypes())
        pandas: nw.LazyFrame[Any] = nw.from_native(
            small.to_native().to_pandas(use_pyarrow_extension_array=arrow_days)
        ).lazy()
        return pandas
    if implementation is nw.Implementation.PYARROW:
        arrow: nw.LazyFrame[Any] = nw.from_native(small.to_arrow()).lazy()
        return arrow
    if implementation is nw.Implementation.DUCKDB:
        # A relation joins only with one of its own connection. This one grows out of it, and leaves no view behind.
        columns = ", ".join(f'unnest({_listed(small[name])}) AS "{name}"' for name in small.columns)
        one_row = marks.to_native().limit(0).aggregate("count(*) AS one")
        relation: nw.LazyFrame[Any] = nw.from_native(one_row.project(columns))
        return relation
    raise InputError(
        Fault("marks", f"are on the engine {implementation}", "polars, pandas, PyArrow or DuckDB", "Collect them first")
    )


def _listed(column: "nw.Series[Any]") -> str:
    """Write a column of days or whole numbers, which this library made, as a list in SQL."""
    if column.dtype == nw.Date:
        return "[" + ", ".join(f"DATE '{day.isoformat()}'" for day in column.to_list()) + "]::DATE[]"
    return "[" + ", ".join(str(int(number)) for number in column.to_list()) + "]::BIGINT[]"


def with_row_numbers(frame: "nw.LazyFrame[Any]", first: int) -> "nw.LazyFrame[Any]":
    """Number the rows of a lazy polars frame in their own order, as ``source_row``."""
    numbered: nw.LazyFrame[Any] = nw.from_native(frame.to_native().with_row_index("source_row", offset=first))
    return numbered
