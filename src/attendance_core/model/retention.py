"""Retention: for how long entries are kept."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.sources import Citation


class Kept(StrEnum):
    """What is kept for a period of its own."""

    REGISTER = "register"
    """Entries of the registers. This library reads them and holds none."""
    SUPPORT = "support"
    """What is written about a pupil's support, in ledgers."""


@frozen(kw_only=True)
class RetentionPeriod:
    """For how long something is kept, from one day on.

    Attributes:
        in_force_from: First day.
        in_force_to: Last day; None: until further notice.
        years: Whole years.
        floor: Whether a rule asks for so many at least; else a school chooses as it likes.
        last_checked_on: When somebody last looked whether it still holds.
        cites: Where it comes from.
    """

    in_force_from: date
    in_force_to: date | None = None
    years: int
    floor: bool
    last_checked_on: date
    cites: tuple[Citation, ...]


@frozen(kw_only=True)
class Retention:
    """For how many years a school keeps what; None: as long as the library's data says.

    Attributes:
        support_years: What is written about support, counted from a ledger's last day.
        register_years: Entries of the registers; they are kept elsewhere, and export and erasing tell of them.
    """

    support_years: int | None = None
    register_years: int | None = None

    def __attrs_post_init__(self) -> None:
        faults = [
            Fault(name, "is no number of years", "a whole number from 1", "Correct it, or leave it out")
            for name, years in (("support_years", self.support_years), ("register_years", self.register_years))
            if years is not None and not 1 <= years <= 100
        ]
        if faults:
            raise DocumentError(*faults)
