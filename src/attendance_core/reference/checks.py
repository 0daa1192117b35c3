"""The register check's questions: dated and cited, thresholds and all."""

from collections.abc import Iterable
from functools import cache

from attrs import asdict, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.checks import Check, CheckVersion
from attendance_core.reference.locate import read_reference
from attendance_core.reference.sources import check_cites, load_sources
from attendance_core.reference.versions import check_versions


@frozen(kw_only=True)
class CheckEntry:
    """A check as written: what it asks, and its dated versions, earliest first."""

    id: str
    title: str
    asks: str
    versions: tuple[CheckVersion, ...]


@frozen(kw_only=True)
class ChecksDocument:
    """The form of ``checks.toml``."""

    check: tuple[CheckEntry, ...]


@cache
def load_checks() -> tuple[Check, ...]:
    """Return every check, in the order of the file; a check with two versions is there twice.

    Raises:
        DocumentError: With every fault of the file.
    """
    document = read_reference("checks.toml", ChecksDocument)
    faults = check_checks(document.check, where="checks.toml", known=tuple(load_sources()))
    if faults:
        raise DocumentError(*faults)
    return tuple(
        Check(id=entry.id, title=entry.title, asks=entry.asks, **asdict(version, recurse=False))
        for entry in document.check
        for version in entry.versions
    )


def check_checks(entries: Iterable[CheckEntry], *, where: str, known: tuple[str, ...]) -> tuple[Fault, ...]:
    """Return the faults of a list of checks: names given twice, versions that overlap, limits that limit nothing.

    Args:
        entries: The checks.
        where: Name of the document, for messages.
        known: Ids of the sources that may be cited.
    """
    faults: list[Fault] = []
    seen: set[str] = set()
    for entry in entries:
        place = f"{where}: check {entry.id!r}"
        if entry.id in seen:
            faults.append(Fault(place, "is given twice", "one entry with dated versions", "Merge them"))
        seen.add(entry.id)
        if not entry.versions:
            faults.append(Fault(f"{place}.versions", "there is none", "one version or more", "Add one"))
        for index, version in enumerate(entry.versions):
            spot = f"{place}.versions[{index}]"
            faults += check_cites(version.cites, where=spot, known=known)
            faults += [
                Fault(f"{spot}.parameters.{name}", f"is {value}", "1 or more", "Give a limit that can be met")
                for name, value in version.parameters.items()
                if value < 1
            ]
        faults += check_versions(entry.versions, where=f"{place}.versions")
    return tuple(faults)
