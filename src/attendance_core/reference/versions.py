"""Dated versions: each ends after it begins, and no day has two."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol

from attendance_core.errors import Fault


class Dated(Protocol):
    """Whatever holds from a day, and maybe to one."""

    @property
    def in_force_from(self) -> date:
        """The first day."""

    @property
    def in_force_to(self) -> date | None:
        """The last day; None: until further notice."""


def check_versions(versions: Iterable[Dated], *, where: str, gapless: bool = False) -> tuple[Fault, ...]:
    """Return the faults of the days of dated versions, which stand in the order of time.

    Args:
        versions: The versions; one that ends before it begins is held against no other.
        where: Key path of the list, for messages.
        gapless: Also find days between two versions that belong to neither.
    """
    faults = []
    before: Dated | None = None
    for index, version in enumerate(versions):
        start, end = version.in_force_from, version.in_force_to
        if end is not None and end < start:
            faults.append(
                Fault(
                    f"{where}[{index}].in_force_to", "lies before in_force_from", f"{start} or later", "Swap the days"
                )
            )
            continue
        if before is not None:
            place, last = f"{where}[{index}].in_force_from", before.in_force_to
            if last is None or start <= last:
                expected = f"a day after {last}" if last else "an in_force_to above it"
                remedy = "End the earlier version the day before"
                faults.append(Fault(place, "begins before the version above it ends", expected, remedy))
            elif gapless and start > (due := last + timedelta(days=1)):
                faults.append(Fault(place, "leaves a gap", str(due), "Let one version end where the next begins"))
        before = version
    return tuple(faults)
