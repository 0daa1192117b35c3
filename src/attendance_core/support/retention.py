"""How long ledgers are kept: what is past its period, what holds it, and erasing on a ground."""

from collections.abc import Iterator
from datetime import MAXYEAR, date

from attrs import frozen
from dateutil.relativedelta import relativedelta

from attendance_core.errors import Fault, SupportError
from attendance_core.model.events import Event
from attendance_core.model.ledgers import Entry, ErasureGround, PupilKey, Tombstone
from attendance_core.model.support_happenings import RetentionHold
from attendance_core.support.ledger import Ledger, Ledgers


@frozen(kw_only=True)
class Expiry:
    """When a pupil's ledger has been kept for long enough.

    Attributes:
        who: The pupil.
        last_day: The last day that its entries belong to or were written on.
        kept_to: The last day of its period.
        held: Whether a hold keeps it beyond that.
    """

    who: PupilKey
    last_day: date
    kept_to: date
    held: bool


def held_on(ledger: Ledger, on: date) -> bool:
    """Say whether a hold keeps a ledger from being erased on a day."""
    holds = [record.event for record in ledger.records(RetentionHold)]
    return any(hold.start <= on and (hold.end is None or on <= hold.end) for hold in holds)


def past_retention(ledgers: Ledgers, as_of: date, years: int) -> Iterator[Expiry]:
    """Return the ledgers that are past their period, in the order in which they were begun.

    A period begins anew with every entry: it is counted from the last day that an entry belongs to or was written on,
    so whoever is still supported is never past it.

    Args:
        ledgers: The ledgers.
        as_of: The day asked about.
        years: For how many years they are kept.
    """
    for ledger in ledgers.all():
        days = [day for entry in ledger.entries if isinstance(entry, Entry) for day in _days(entry)]
        if not days or ledger.who is None:
            continue
        last = max(days)
        kept_to = last + relativedelta(years=years) if last.year + years <= MAXYEAR else date.max
        if kept_to < as_of:
            yield Expiry(who=ledger.who, last_day=last, kept_to=kept_to, held=held_on(ledger, as_of))


def _days(entry: Entry[Event]) -> tuple[date, ...]:
    return (entry.written_on,) if entry.event is None else (entry.written_on, entry.event.day)


def erase(ledgers: Ledgers, who: PupilKey, *, as_of: date, by: str, ground: ErasureGround) -> int:
    """Erase all that ledgers hold of a pupil, unless a hold keeps it, and return how many entries were erased.

    Raises:
        SupportError: If a hold keeps it, or nobody is named who erases.
        StoreError: If it cannot be written; call it again then.
    """
    faults = []
    if not by.strip():
        faults.append(Fault("by", "nobody erases", "a role", "Say who erases"))
    if held_on(ledgers.of(who), as_of):
        faults.append(
            Fault(
                "ledger",
                f"a hold keeps it on {as_of}; nothing was erased",
                "a ledger without a hold",
                "End the hold first: attendance support log hold PUPIL --revises ID end=DAY",
            )
        )
    if faults:
        raise SupportError(*faults)
    return ledgers.erase(who, Tombstone(erased_on=as_of, ground=ground, by=by))
