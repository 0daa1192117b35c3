"""One of two plugins whose entry points have the same name."""

from attendance_core.model.mappings import Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_mappings() -> list[Mapping]:
    """Bring a mapping that says where it came from."""
    return [Mapping(id="from-alpha")]
