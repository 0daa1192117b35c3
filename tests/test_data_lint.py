"""The lint of every TOML file that ships: dated, cited, checked, without overlap, gap or unknown key.

Each rule returns all its offenders, so that one run names everything; each is proved on a file that breaks it.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import fields

from attendance_core.audits.indicators import IndicatorsDocument
from attendance_core.audits.rules import StatusRulesDocument
from attendance_core.errors import AttendanceError
from attendance_core.model.agendas import AgendaKind
from attendance_core.model.benchmarks import BenchmarkRelease
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.frameworks import Framework
from attendance_core.model.letters import LetterTemplate
from attendance_core.model.mappings import Mapping
from attendance_core.model.policies import Policy
from attendance_core.model.sources import Citation, Standing
from attendance_core.model.support_tiers import Pathway
from attendance_core.policy.cases import CaseDocument
from attendance_core.reference.census import Census
from attendance_core.reference.checks import ChecksDocument
from attendance_core.reference.codes import CodesDocument, check_codebook, load_codebook
from attendance_core.reference.headings import HeadingsDocument
from attendance_core.reference.locate import parse_reference
from attendance_core.reference.retention import RetentionDocument
from attendance_core.reference.roles import RolesDocument
from attendance_core.reference.settings import ProfilesDocument, SettingsDocument
from attendance_core.reference.sources import SourcesDocument, load_sources
from attendance_core.register.other_figures import FiguresDocument
from attendance_core.support.first_day import FirstDayDocument
from attendance_core.support.gate import GatesDocument
from attendance_core.support.sessions import ToldApart
from tests.shared import ROOT

Table = dict[str, Any]
#: What a file is read into, by the end of its path; other files have readers (and tests) of their own.
CLASSES: tuple[tuple[str, type], ...] = (
    ("frameworks/sources.toml", SourcesDocument),
    ("frameworks/crosswalk.toml", Crosswalk),
    ("frameworks/six-*.toml", Framework),
    ("frameworks/five-*.toml", Framework),
    ("frameworks/attendance-*.toml", Framework),
    ("frameworks/improvement-*.toml", Framework),
    ("audits/status_rules.toml", StatusRulesDocument),
    ("audits/indicators.toml", IndicatorsDocument),
    ("reference/codes/*.toml", CodesDocument),
    ("reference/foreign.toml", CodesDocument),
    ("reference/settings.toml", SettingsDocument),
    ("reference/checks.toml", ChecksDocument),
    ("reference/profiles.toml", ProfilesDocument),
    ("reference/cohorts.toml", CohortPack),
    ("reference/mappings/*.toml", Mapping),
    ("reference/headings.toml", HeadingsDocument),
    ("reference/policies/*.cases.toml", CaseDocument),
    ("reference/policies/*.toml", Policy),
    ("reference/census.toml", Census),
    ("reference/retention.toml", RetentionDocument),
    ("support/gates.toml", GatesDocument),
    ("reference/other_figures.toml", FiguresDocument),
    ("reference/benchmarks/dfe-*.toml", BenchmarkRelease),
    ("reference/roles.toml", RolesDocument),
    ("support/first_day.toml", FirstDayDocument),
    ("plans/agenda_kinds/*.toml", AgendaKind),
    ("support/pathway.toml", Pathway),
    ("support/preflight.toml", ToldApart),
    ("support/letter_templates/*.toml", LetterTemplate),
)
CITATION_KEYS = {attribute.name for attribute in fields(Citation)}


def shipped() -> list[Path]:
    folders = (ROOT / "src" / "attendance_core", ROOT / "frameworks")
    return sorted(path for folder in folders for path in folder.rglob("*.toml"))


def tables(value: object, where: str) -> Iterator[tuple[str, Table]]:
    """Yield every table of a document with its key path."""
    if isinstance(value, dict):
        yield where, value
        for key, item in value.items():
            yield from tables(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from tables(item, f"{where}[{index}]")


def cited(document: Table) -> set[str]:
    return {cite["source"] for _, table in tables(document, "") for cite in table.get("cites", ()) if "source" in cite}


def lint_cites(document: Table, where: str, known: set[str], secondary: set[str]) -> list[str]:
    """Every dated value cites a known source, and no paraphrase passes as verified."""
    offenders: list[str] = []
    for place, table in tables(document, where):
        dated = "in_force_from" in table or "last_checked_on" in table
        if (dated or "cites" in table) and not table.get("cites"):
            offenders.append(f"{place}: cites nothing")
        for index, cite in enumerate(table.get("cites", ())):
            spot = f"{place}.cites[{index}]"
            offenders += [f"{spot}: unknown key {key!r}" for key in sorted(set(cite) - CITATION_KEYS)]
            if cite.get("source") not in known:
                offenders.append(f"{spot}: unknown source {cite.get('source')!r}")
            if cite.get("standing", "verified") not in set(Standing):
                offenders.append(f"{spot}: unknown standing {cite['standing']!r}")
            if cite.get("source") in secondary and cite.get("standing", "verified") == "verified":
                offenders.append(f"{spot}: a secondary source stands as verified")
    return offenders


def lint_dates(document: Table, where: str) -> list[str]:
    """Nothing was checked before it began; ranges of one key neither overlap nor leave a gap."""
    offenders: list[str] = []
    for place, table in tables(document, where):
        for begins in ("in_force_from", "published_on"):
            if begins in table and "last_checked_on" in table and table["last_checked_on"] < table[begins]:
                offenders.append(f"{place}: last_checked_on lies before {begins}")
        if "in_force_from" in table and "last_checked_on" not in table:
            offenders.append(f"{place}: no last_checked_on")
        for key, rows in table.items():
            if (
                isinstance(rows, list)
                and rows
                and all(isinstance(row, dict) and "in_force_from" in row for row in rows)
            ):
                offenders += _lint_ranges(rows, f"{place}.{key}", table.get("revoked_on"))
    return offenders


def _lint_ranges(rows: list[Table], where: str, revoked: date | None) -> Iterator[str]:
    open_end = date.max
    spans = sorted((row["in_force_from"], row.get("in_force_to", open_end)) for row in rows)
    for start, end in spans:
        if end < start:
            yield f"{where}: {start}..{end} ends before it begins"
    for (_, end), (start, _) in pairwise(spans):
        if start <= end:
            yield f"{where}: the range from {start} overlaps the one before"
        elif start != end + timedelta(days=1):
            yield f"{where}: a gap before {start}"
    last = spans[-1][1]
    if (last == open_end) != (revoked is None) or (revoked is not None and revoked != last + timedelta(days=1)):
        yield f"{where}: revoked_on {revoked} does not follow the last day, {last}"


def lint_keys(text: str, where: str) -> list[str]:
    """Unknown, missing and mistyped keys, for the files whose class is known here; the first pattern decides."""
    for pattern, cls in CLASSES:
        if Path(where).match(pattern):
            try:
                parse_reference(text, cls, where=where)
            except AttendanceError as error:
                return [str(fault) for fault in error.faults]
            return []
    return []


def documents() -> list[tuple[str, Table]]:
    return [(str(path.relative_to(ROOT)), tomllib.loads(path.read_text(encoding="utf-8"))) for path in shipped()]


SOURCES = load_sources()
SECONDARY = {source.id for source in SOURCES.values() if source.note.startswith("Secondary")}


def test_there_is_something_to_lint() -> None:
    names = {path.name for path in shipped()}
    assert {"sources.toml", "attending.toml", "foreign.toml", "settings.toml", "profiles.toml"} <= names


def test_every_dated_value_cites_a_known_source() -> None:
    offenders = [line for name, data in documents() for line in lint_cites(data, name, set(SOURCES), SECONDARY)]
    assert not offenders, "\n".join(offenders)


def test_every_range_is_sound() -> None:
    offenders = [line for name, data in documents() for line in lint_dates(data, name)]
    assert not offenders, "\n".join(offenders)


def test_no_file_holds_an_unknown_key() -> None:
    offenders = [
        line for path in shipped() for line in lint_keys(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]
    assert not offenders, "\n".join(offenders)


def test_every_source_is_used_and_complete() -> None:
    used = {source for _, data in documents() for source in cited(data)}
    offenders = [f"source {name!r} is cited nowhere" for name in SOURCES if name not in used]
    for source in SOURCES.values():
        if not source.title or not source.publisher:
            offenders.append(f"source {source.id!r} lacks title or publisher")
        # A document of which no place of publication is known has a name in place of an address.
        if not source.url.startswith(("https://", "urn:")):
            offenders.append(f"source {source.id!r} has no address")
    assert not offenders, "\n".join(offenders)


def test_every_code_file_belongs_to_a_codebook() -> None:
    """A file that nobody reads would be linted and never used."""
    read = {code.code for book in ("england", "foreign") for code in load_codebook(book).codes}
    written = {
        code["code"]
        for name, data in documents()
        if "reference/codes/" in Path(name).as_posix()
        for code in data["code"]
    }
    assert written <= read
    assert all(check_codebook(load_codebook(book), known=SOURCES) == () for book in ("england", "foreign"))


SOUND = """
[[code]]
code = "A"
revoked_on = 2002-01-01
revoked_note = "Use B"
[[code.versions]]
in_force_from = 2000-01-01
in_force_to = 2000-12-31
description = "A."
legal_group = "present"
stat_group = "present"
last_checked_on = 2026-11-01
cites = [{ source = "library", standing = "library" }]
[[code.versions]]
in_force_from = 2001-01-01
in_force_to = 2001-12-31
description = "A, again."
legal_group = "present"
stat_group = "present"
last_checked_on = 2026-11-01
cites = [{ source = "library", standing = "library" }]
"""


def lint(text: str) -> list[str]:
    data = tomllib.loads(text)
    where = "reference/codes/x.toml"
    return [
        *lint_cites(data, where, {"library", "paper"}, {"paper"}),
        *lint_dates(data, where),
        *lint_keys(text, where),
    ]


def test_a_sound_file_passes() -> None:
    assert lint(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('cites = [{ source = "library", standing = "library" }]', "cites = []", "versions[0]: cites nothing"),
        ('cites = [{ source = "library", standing = "library" }]', "", "versions[0]: cites nothing"),
        ('source = "library"', 'source = "libary"', "unknown source 'libary'"),
        ('standing = "library"', 'standing = "sure"', "unknown standing 'sure'"),
        ('standing = "library"', 'standing = "library", page = "3"', "unknown key 'page'"),
        ('source = "library", standing = "library"', 'source = "paper"', "a secondary source stands as verified"),
        ("last_checked_on = 2026-11-01", "last_checked_on = 1999-01-01", "last_checked_on lies before in_force_from"),
        ("last_checked_on = 2026-11-01", "", "no last_checked_on"),
        ("in_force_to = 2000-12-31", "in_force_to = 2001-01-01", "the range from 2001-01-01 overlaps"),
        ("in_force_to = 2000-12-31", "", "the range from 2001-01-01 overlaps"),
        ("in_force_to = 2000-12-31", "in_force_to = 2000-12-30", "a gap before 2001-01-01"),
        ("in_force_to = 2000-12-31", "in_force_to = 1999-12-31", "ends before it begins"),
        ("revoked_on = 2002-01-01", "", "revoked_on None does not follow"),
        ("revoked_on = 2002-01-01", "revoked_on = 2002-01-02", "revoked_on 2002-01-02 does not follow"),
        ("in_force_to = 2001-12-31", "", "revoked_on 2002-01-01 does not follow"),
        ('revoked_note = "Use B"', 'revoke_note = "Use B"', "Did you mean 'revoked_note'"),
        ('stat_group = "present"', 'stat_group = "here"', "expected one of present,"),
    ],
)
def test_the_lint_finds_what_is_wrong(old: str, new: str, says: str) -> None:
    broken = SOUND.replace(old, new, 1)
    assert broken != SOUND
    assert any(says in line for line in lint(broken)), lint(broken)
