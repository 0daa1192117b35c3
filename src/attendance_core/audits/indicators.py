"""Indicators as data: loading, and which one stands beside an item."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from attrs import frozen

from attendance_core.documents.loader import load_toml
from attendance_core.errors import DocumentError, Fault
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.crosswalks import ItemRef
from attendance_core.model.indicators import Indicator
from attendance_core.model.side_records import SIDE_STATES
from attendance_core.reference.sources import check_cites, load_sources


@frozen(kw_only=True)
class IndicatorsDocument:
    """The form of ``indicators.toml``."""

    version: str
    indicators: tuple[Indicator, ...]


@cache
def load_indicators() -> tuple[Indicator, ...]:
    """Return every indicator, in the order of the file.

    Raises:
        DocumentError: With every fault of the file.
    """
    path = Path(str(resources.files("attendance_core"))) / "audits" / "indicators.toml"
    found = load_toml(path, IndicatorsDocument).indicators
    faults = check_indicators(found, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return found


def check_indicators(indicators: Iterable[Indicator], *, where: str) -> tuple[Fault, ...]:
    """Return the faults of a list of indicators: names that stand twice, items that data cannot test, no citation."""
    listed = tuple(indicators)
    packs = load_frameworks()
    faults = [
        Fault(where, f"{what} {name!r} stands {times} times", "once", "Remove one")
        for what, names in (
            ("indicator", [one.id for one in listed]),
            ("item", [item for one in listed for item in one.items]),
        )
        for name, times in Counter(names).items()
        if times > 1
    ]
    for one in listed:
        place = f"{where}: {one.id}"
        faults += check_cites(one.cites, where=place, known=load_sources())
        for choice in filter(None, (one.has, one.among)):
            known = [SIDE_STATES[record][0] for record in choice.records if record in SIDE_STATES]
            for state in choice.states:
                if len(known) < len(choice.records) or not all(state in done for done in known):
                    faults.append(
                        Fault(f"{place}.states", f"{state!r} is no state of what was done", "a word of `SIDE_STATES`",
                              "Correct it, or settle the words of the record")
                    )  # fmt: skip
        for name in one.items:
            ref = ItemRef.parse(name)
            item = packs[ref.framework].item(ref.item) if ref.framework in packs else None
            if item is None or not item.data_can_test:
                faults.append(Fault(f"{place}.items", f"{name!r} is no item that data can test", "one", "Correct it"))
    return tuple(faults)


@cache
def indicators_by_item() -> Mapping[str, Indicator]:
    """Return the indicator of each item, spelled ``framework/item``."""
    return MappingProxyType({item: one for one in load_indicators() for item in one.items})


def rules_needed() -> tuple[str, ...]:
    """Return the policies whose concerns indicators ask about."""
    return tuple(dict.fromkeys(one.concern.split("/")[0] for one in load_indicators() if one.concern))
