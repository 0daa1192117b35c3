"""A plugin that replaces the built-in cohort pack."""

from attendance_core.model.cohorts import CohortPack
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_cohorts() -> list[CohortPack]:
    """Bring a pack with the id of the built-in one."""
    return [CohortPack(id="england", title="Ours")]
