"""A plugin that raises when a hook is called; its other hook is sound."""

from attendance_core.model.cohorts import CohortPack
from attendance_core.model.mappings import Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_cohorts() -> list[CohortPack]:
    """Fail."""
    raise LookupError("no cohorts today")


@hookimpl
def attendance_mappings() -> list[Mapping]:
    """Bring one mapping."""
    return [Mapping(id="acme-raises")]
