"""When a pupil is listed for a look: the library's own rules, dated and cited as such."""

from datetime import date
from functools import cache

from attrs import frozen

from attendance_core.model.sources import Citation
from attendance_core.reference.locate import read_reference


@frozen(kw_only=True)
class Watch:
    """One reason to list a pupil.

    Attributes:
        measure: The measure whose band decides; empty where sessions do.
        sessions: How many sessions it takes (see the reason's title).
        weeks: Over how many of the last school weeks; 0: over the period.
        percent: Share of possible sessions, in percent.
        codes: Codes that count; empty: as the reason's title says.
    """

    id: str
    title: str
    measure: str = ""
    sessions: int = 0
    weeks: int = 0
    percent: int = 0
    codes: tuple[str, ...] = ()
    cites: tuple[Citation, ...]
    last_checked_on: date


@frozen(kw_only=True)
class WatchDocument:
    """The form of ``watch.toml``."""

    watch: tuple[Watch, ...]


@cache
def load_watches() -> dict[str, Watch]:
    """Return every reason by id, most serious first."""
    document = read_reference("watch.toml", WatchDocument)
    return {watch.id: watch for watch in document.watch}
