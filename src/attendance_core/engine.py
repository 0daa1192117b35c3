"""The one module that chooses the default engine: polars.

Everything above speaks narwhals; a host's pandas, PyArrow, DuckDB or polars frames come in through here.
"""

from typing import Any

import narwhals.stable.v2 as nw


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
