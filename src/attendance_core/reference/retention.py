"""Periods for which entries are kept: dated and cited."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.retention import Kept, Retention, RetentionPeriod
from attendance_core.reference.locate import read_reference
from attendance_core.reference.sources import check_cites, load_sources
from attendance_core.reference.versions import check_versions


@frozen(kw_only=True)
class PeriodEntry:
    """What is kept, and for how long: dated versions, earliest first."""

    kept: Kept
    title: str
    versions: tuple[RetentionPeriod, ...]


@frozen(kw_only=True)
class RetentionDocument:
    """The form of ``retention.toml``."""

    period: tuple[PeriodEntry, ...]


@cache
def load_periods() -> Mapping[Kept, PeriodEntry]:
    """Return the periods.

    Raises:
        DocumentError: With every fault of the file.
    """
    entries = read_reference("retention.toml", RetentionDocument).period
    faults = check_periods(entries, where="retention.toml", known=tuple(load_sources()))
    if faults:
        raise DocumentError(*faults)
    return {entry.kept: entry for entry in entries}


def check_periods(entries: Iterable[PeriodEntry], *, where: str, known: tuple[str, ...]) -> tuple[Fault, ...]:
    """Return the faults of a list of periods: something given twice or not at all, versions that overlap or leave gaps.

    Args:
        entries: The periods.
        where: Name of the document, for messages.
        known: Ids of the sources that may be cited.
    """
    listed = tuple(entries)
    names = [entry.kept for entry in listed]
    faults = [
        Fault(f"{where}: period {kept.value!r}", f"stands {names.count(kept)} times", "once", "Give it once")
        for kept in Kept
        if names.count(kept) != 1
    ]
    for entry in listed:
        place = f"{where}: period {entry.kept.value!r}.versions"
        if not entry.versions:
            faults.append(Fault(place, "there is none", "one version or more", "Add one"))
        for index, version in enumerate(entry.versions):
            faults += check_cites(version.cites, where=f"{place}[{index}]", known=known)
        faults += check_versions(entry.versions, where=place, gapless=True)
    return tuple(faults)


def period_of(kept: Kept, on: date, chosen: Retention) -> tuple[int, RetentionPeriod]:
    """Return for how many years something is kept, as a school chose or as the data says, and what the data says.

    Args:
        kept: What.
        on: The day asked about.
        chosen: What the school's configuration says.

    Raises:
        DocumentError: If the school chose fewer years than a rule asks for.
    """
    versions = load_periods()[kept].versions
    held = [one for one in versions if one.in_force_from <= on and (one.in_force_to is None or on <= one.in_force_to)]
    period = held[0] if held else versions[0]
    years = {Kept.REGISTER: chosen.register_years, Kept.SUPPORT: chosen.support_years}[kept] or period.years
    if period.floor and years < period.years:
        source = load_sources()[period.cites[0].source]
        raise DocumentError(
            Fault(
                f"attendance.toml: retention.{kept.value}_years",
                f"is {years}",
                f"{period.years} or more: a floor of the {source.title}",
                "Raise it",
            )
        )
    return years, period
