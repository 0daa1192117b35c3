"""A plugin whose hook asks for an argument that the hook does not have."""

from attendance_core.model.mappings import Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_mappings(folder: str) -> list[Mapping]:
    """Never called."""
    return []
