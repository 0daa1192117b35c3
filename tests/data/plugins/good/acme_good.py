"""A plugin as it should be: two cohort packs and a mapping."""

from attendance_core.model.cohorts import Cohort, CohortPack, Predicate
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.plugins import hookimpl


@hookimpl
def attendance_cohorts() -> list[CohortPack]:
    """Bring two packs, the later id first."""
    bus = Cohort(id="school-bus", title="Comes by school bus", all_of=(Predicate(column="bus_pass"),))
    return [
        CohortPack(id="zebra", title="Later in the alphabet"),
        CohortPack(id="acme", title="Transport", cohorts=(bus,)),
    ]


@hookimpl
def attendance_mappings() -> list[Mapping]:
    """Bring one mapping."""
    return [Mapping(id="acme-daily", title="Acme daily list", layout=Layout.DAY)]
