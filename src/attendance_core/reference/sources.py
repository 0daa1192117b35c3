"""Sources: what is cited, read from ``frameworks/sources.toml``."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from attrs import frozen

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, Fault, alike
from attendance_core.model.sources import Citation, Source
from attendance_core.reference.locate import frameworks_folder


@frozen(kw_only=True)
class SourcesDocument:
    """The file of sources."""

    source: tuple[Source, ...]


@cache
def load_sources() -> Mapping[str, Source]:
    """Return every source by its id, in the order of the file.

    Raises:
        UnreadableFileError: If the file is missing.
        DocumentError: With every fault; an id that is given twice is one.
    """
    path = frameworks_folder() / "sources.toml"
    document = load_toml(path, SourcesDocument)
    faults = check_sources(document.source, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return MappingProxyType({source.id: source for source in document.source})


def check_sources(sources: Iterable[Source], *, where: str) -> tuple[Fault, ...]:
    """Return the faults of a list of sources: ids given twice, addresses that are none."""
    listed = tuple(sources)
    faults = [
        Fault(f"{where}: source {name!r}", f"is given {times} times", "one entry", "Merge them")
        for name, times in Counter(source.id for source in listed).items()
        if times > 1
    ]
    faults += [
        Fault(
            f"{where}: source {source.id!r}.url", f"{source.url!r} is no address", "https://... or urn:...", "Give it"
        )
        for source in listed
        if not source.url.startswith(("https://", "urn:"))
    ]
    return tuple(faults)


def check_cites(cites: Iterable[Citation], *, where: str, known: Iterable[str]) -> tuple[Fault, ...]:
    """Return the faults of a dated value's citations: none at all, or of a source that is not listed."""
    listed, names = tuple(cites), tuple(known)
    if not listed:
        return (Fault(f"{where}.cites", "cites nothing", "one source or more", "Say where the value comes from"),)
    return tuple(
        Fault(
            f"{where}.cites[{index}].source",
            f"{cite.source!r} is no known source",
            "an id of sources.toml",
            f"Did you mean {alike(cite.source, names)[0]!r}?" if alike(cite.source, names) else "Add it there",
        )
        for index, cite in enumerate(listed)
        if cite.source not in names
    )
