"""Published benchmarks: releases as dated, cited TOML beside this module, read only when asked for.

A release's file is named after its id, and the id ends with its academic year, so that the right file is found
without opening the others. ``tools/make_benchmarks.py`` writes the files from the published CSVs.

Counts are sessions: ``possible``, ``attended``, ``absent``, ``authorised``, ``unauthorised``, ``late_before`` (code L)
and ``late_after`` (code U); in a census release they are enrolments: ``enrolments``, ``persistent``, ``severe``.
"""

import re
from datetime import date
from functools import cache
from pathlib import Path

from attrs import evolve, frozen

from attendance_core.dates import AcademicYear
from attendance_core.documents.loader import load_toml
from attendance_core.errors import Fault, UnknownNameError, alike, join_names
from attendance_core.model.benchmarks import BenchmarkRelease, BenchmarkRow
from attendance_core.model.sources import Citation

FOLDER = Path(__file__).with_name("benchmarks")

#: Best first: the daily data carry rates and areas; the census alone has severe absence and groups of pupils.
SERIES = ("dfe-attendance", "dfe-absence")

#: Measures that may be pooled from counts: measure id to (numerator columns, denominator column).
#: Sessions where a release counts sessions, enrolments where it counts enrolments.
POOLED: dict[str, tuple[tuple[str, ...], str]] = {
    "attendance": (("attended",), "possible"),
    "absence": (("absent",), "possible"),
    "authorised": (("authorised",), "possible"),
    "unauthorised": (("unauthorised",), "possible"),
    "late": (("late_before", "late_after"), "possible"),
    "late-before": (("late_before",), "possible"),
    "late-after": (("late_after",), "possible"),
    "persistent": (("persistent",), "enrolments"),
    "severe": (("severe",), "enrolments"),
}

_ID = re.compile(r"(?P<series>.+)-(?P<year>\d{4}-\d{2})")
_INVERTED = re.compile(r"(?P<place>.+), (?P<kind>(?:city|county) of)")


@frozen(kw_only=True)
class Authority:
    """A local authority of England.

    Attributes:
        code: Nine characters, as in ``E09000030``.
        number: The three digits of returns and of school numbers, as in ``211``.
        region_code: Nine-character code of its region.
    """

    code: str
    number: str
    name: str
    region_code: str
    region: str


@frozen(kw_only=True)
class _Areas:
    last_checked_on: date
    cites: tuple[Citation, ...]
    authorities: tuple[Authority, ...]


def release_ids() -> tuple[str, ...]:
    """Return the ids of all releases shipped, sorted; no file is opened.

    >>> "dfe-attendance-2025-26" in release_ids()
    True
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if _ID.fullmatch(path.stem)))


def load_release(release_id: str) -> BenchmarkRelease:
    """Read a release with all its rows.

    Args:
        release_id: One of ``release_ids()``.

    Raises:
        UnknownNameError: If no such release is shipped.
    """
    known = release_ids()
    if release_id not in known:
        near = alike(release_id, known)
        raise UnknownNameError(
            Fault(
                f"benchmark release {release_id!r}",
                "is not shipped",
                f"one of {join_names(known)}",
                f"Did you mean {near[0]!r}?" if near else "Name one of these, or add a provider by a plugin",
            )
        )
    return load_toml(FOLDER / f"{release_id}.toml", BenchmarkRelease)


def releases_for(academic_year: str) -> tuple[BenchmarkRelease, ...]:
    """Return what an academic year may be compared with: the daily data first, then the census.

    Of each series it is the release of that year, else that of the nearest year before it, whose note then says
    so; never that of a later year. Only the files returned are opened.

    Args:
        academic_year: As in ``2025/26``.

    Raises:
        DocumentError: If the text is no academic year.
    """
    wanted = AcademicYear.parse(academic_year)
    found = []
    for series in SERIES:
        years = [
            AcademicYear.parse(match["year"])
            for match in map(_ID.fullmatch, release_ids())
            if match is not None and match["series"] == series
        ]
        year = max((year for year in years if year <= wanted), default=None)
        if year is None:
            continue
        release = load_release(f"{series}-{str(year).replace('/', '-')}")
        if year != wanted:
            release = evolve(release, note=f"No {wanted} figures are held, so {year} stands in. {release.note.strip()}")
        found.append(release)
    return tuple(found)


def find_rows(
    release: BenchmarkRelease, *, level: str, phase: str, code_or_name: str = "", group: str = ""
) -> BenchmarkRow | None:
    """Return the row of an area, phase and group; None where the release has none (never published, or withheld).

    Args:
        release: Where to look.
        level: ``national``, ``region`` or ``authority``.
        phase: ``primary``, ``secondary``, ``special`` or ``total``.
        code_or_name: Name in any case, nine-character code, or an authority's three-digit number; not needed for
            the national level.
        group: Population, as in ``year-group=7``; empty for everybody.
    """
    rows = [row for row in release.rows if (row.level, row.phase, row.group) == (level, phase, group)]
    sought = _folded(code_or_name)
    if not sought:
        return rows[0] if level == "national" and rows else None
    if level == "authority" and re.fullmatch(r"\d{3}", sought):
        sought = next((_folded(place.code) for place in authorities() if place.number == sought), sought)
    return next((row for row in rows if sought == _folded(row.code) or sought in _spellings(row.name)), None)


@cache
def authorities() -> tuple[Authority, ...]:
    """Return every local authority with its number and its region, by code."""
    return load_toml(FOLDER / "areas.toml", _Areas).authorities


def find_authority(code_or_name: str) -> Authority | None:
    """Return an authority by name in any case, nine-character code or three-digit number.

    >>> find_authority("tower hamlets").region
    'London'
    """
    sought = _folded(code_or_name)
    for place in authorities():
        if sought in (place.number, _folded(place.code)) or sought in _spellings(place.name):
            return place
    return None


def benchmark_value(row: BenchmarkRow, measure_id: str) -> float | None:
    """Return a row's value of a measure in percent; None where it was not published.

    A published percentage goes before one pooled from the counts: the all-phase rows of 2024/25 were weighted by
    census pupil numbers, so both exist and differ.

    Args:
        row: A row of a release.
        measure_id: attendance, absence, authorised, unauthorised, late, late-before, late-after, persistent, severe.
    """
    if measure_id in row.percent:
        return row.percent[measure_id]
    numerator, denominator = POOLED.get(measure_id, ((), ""))
    base = row.counts.get(denominator)
    if not base or any(column not in row.counts for column in numerator):
        return None
    return 100 * sum(row.counts[column] for column in numerator) / base


def _folded(text: str) -> str:
    """Return a name as it is compared: case, ampersands, full stops and runs of spaces do not matter."""
    return " ".join(text.casefold().replace("&", " and ").replace(".", " ").split())


def _spellings(name: str) -> tuple[str, ...]:
    """Return the ways to write an area's name; ``Bristol, City of`` is also called Bristol and City of Bristol."""
    folded = _folded(name)
    match = _INVERTED.fullmatch(folded)
    return (folded,) if match is None else (folded, match["place"], f"{match['kind']} {match['place']}")
