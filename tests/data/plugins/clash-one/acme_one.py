"""One of two plugins that bring a mapping of the same id."""

from attendance_core.model.mappings import Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_mappings() -> list[Mapping]:
    """Bring the contested mapping, and one of its own."""
    return [Mapping(id="contested", title="one"), Mapping(id="only-one")]
