"""The readers that come with the package."""

from attendance_core.model.extensions import Adapter
from attendance_core.plugins.builtin.columnar import ArrowIpc, Parquet
from attendance_core.plugins.builtin.delimited import DelimitedText
from attendance_core.plugins.builtin.spreadsheet import Spreadsheet


def adapters() -> tuple[Adapter, ...]:
    """Return the built-in readers: delimited text, Parquet, Arrow IPC and workbooks."""
    return (DelimitedText(), Parquet(), ArrowIpc(), Spreadsheet())
