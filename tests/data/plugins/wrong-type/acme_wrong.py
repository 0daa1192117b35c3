"""A plugin that returns what its hooks do not promise, and one thing that they do."""

from attendance_core.model.mappings import Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_cohorts() -> int:
    """Return a number."""
    return 42


@hookimpl
def attendance_mappings() -> list[object]:
    """Return a good mapping among bad ones."""
    return [{"id": "a-table"}, Mapping(id="acme-sound"), Mapping(id="Not An Id")]
