"""The workbench: the one object that a host holds."""

from attrs import define

from attendance_core.workbench.base import Progress
from attendance_core.workbench.lettering import Lettering

__all__ = ["Progress", "Workbench"]


@define(kw_only=True, eq=False)
class Workbench(Lettering):
    """Configuration and plugins together; what a host calls.

    A workbench holds no register and no clock: files or frames go in, registers, analyses, reports come out. Two
    workbenches know nothing of each other.

    Attributes:
        configuration: What ``attendance.toml`` says.
        plugins: Who brings adapters, mappings, codebooks, cohorts, outlines, benchmarks and renderers.
        folder: Where relative paths of the configuration start.
        store: Where ledgers of support lie; the host's own.
    """
