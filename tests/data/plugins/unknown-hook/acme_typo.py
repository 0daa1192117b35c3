"""A plugin with a misspelt hook."""

from attendance_core.model.mappings import Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_mapings() -> list[Mapping]:
    """Never called."""
    return []
