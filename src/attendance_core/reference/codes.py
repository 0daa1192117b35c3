"""Codebooks: what every code meant on every day, read from dated TOML."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from attrs import evolve, field, frozen

from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike
from attendance_core.model.codes import Code, Codebook, CodeVersion, Late
from attendance_core.reference.locate import read_reference
from attendance_core.reference.sources import check_cites, load_sources
from attendance_core.reference.versions import check_versions

ENGLAND = "england"
FOREIGN = "foreign"

#: The range that a resolution table covers for every code.
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(9999, 12, 31)

_DAY = timedelta(days=1)
_ENGLAND_TITLE = "Attendance codes of England since 1 September 2006"
#: Attended first, as a reader looks for them.
_ENGLAND_PARTS = ("attending", "authorised", "unauthorised", "not-possible", "covid")


@frozen(kw_only=True)
class CodesDocument:
    """A file of codes; a part of a codebook leaves ``id`` and ``title`` out."""

    id: str = ""
    title: str = ""
    code: tuple[Code, ...] = field(factory=tuple)


@frozen(kw_only=True)
class ResolutionRow:
    """What happens to a mark of one code on the days from ``start`` to ``end``, both included.

    Attributes:
        end: 9999-12-31 where there is no end.
        stat: Value of the `StatGroup`; empty where the mark is rejected.
        late: Value of `Late`.
        doubt: Why a mark is kept but should be looked at; empty where all is well.
        reject: Why a mark cannot be kept; empty where it can.
    """

    code: str
    start: date
    end: date
    stat: str
    late: str
    doubt: str = ""
    reject: str = ""


@cache
def load_codebook(id: str) -> Codebook:
    """Return a codebook of this package: ``england`` or ``foreign``.

    Raises:
        UnknownNameError: If there is no such codebook.
        DocumentError: With every fault of its files.
    """
    if id == ENGLAND:
        parts = [read_reference(f"codes/{part}.toml", CodesDocument) for part in _ENGLAND_PARTS]
        codes = tuple(code for part in parts for code in part.code)
        codebook = Codebook(id=ENGLAND, title=_ENGLAND_TITLE, codes=codes)
    elif id == FOREIGN:
        document = read_reference("foreign.toml", CodesDocument)
        codebook = Codebook(id=document.id, title=document.title, codes=document.code)
    else:
        close = alike(id, (ENGLAND, FOREIGN))
        raise UnknownNameError(
            Fault(
                f"codebook {id!r}",
                "there is no codebook of this name here",
                f"one of {ENGLAND}, {FOREIGN}",
                f"Did you mean {close[0]!r}?" if close else "Use one of them, or a plugin that brings it",
            )
        )
    faults = check_codebook(codebook, known=tuple(load_sources()))
    if faults:
        raise DocumentError(*faults)
    return codebook


def canonical_codes(codebook: Codebook) -> dict[str, str]:
    """Return each code's spellings, exact and in lower case, with the code that they stand for.

    Padding is not taken off here. A lower-case spelling that two codes share stands for neither.
    """
    folded: dict[str, set[str]] = {}
    for code in codebook.codes:
        folded.setdefault(code.code.casefold(), set()).add(code.code)
    spellings = {fold: next(iter(codes)) for fold, codes in folded.items() if len(codes) == 1}
    return spellings | {code.code: code.code for code in codebook.codes}


def check_codebook(codebook: Codebook, *, known: Iterable[str] | None = None) -> tuple[Fault, ...]:
    """Return everything that is wrong with a codebook; also for those that plugins bring.

    Args:
        codebook: The codebook.
        known: Ids of the sources that may be cited; None where a plugin has sources of its own.
    """
    faults: list[Fault] = []
    seen: set[str] = set()
    sources = None if known is None else tuple(known)
    for code in codebook.codes:
        where = f"codebook {codebook.id!r}: code {code.code!r}"
        if code.code in seen:
            faults.append(Fault(where, "is given twice", "one entry with dated versions", "Merge them"))
        seen.add(code.code)
        faults += _check_versions(code, where)
        for index, version in enumerate(code.versions):
            place = f"{where}.versions[{index}]"
            if version.last_checked_on < version.in_force_from:
                faults.append(
                    Fault(
                        f"{place}.last_checked_on",
                        f"{version.last_checked_on} lies before the version begins",
                        f"a day from {version.in_force_from}",
                        "Check the version again",
                    )
                )
            cited = sources if sources is not None else tuple(cite.source for cite in version.cites)
            faults += check_cites(version.cites, where=place, known=cited)
    return tuple(faults)


def _check_versions(code: Code, where: str) -> Iterator[Fault]:
    if not code.versions:
        yield Fault(f"{where}.versions", "there is none", "one version or more", "Add what the code meant, and when")
        return
    yield from check_versions(code.versions, where=f"{where}.versions", gapless=True)
    last = code.versions[-1].in_force_to
    revoked = None if last is None else last + _DAY
    if code.revoked_on != revoked:
        yield Fault(
            f"{where}.revoked_on",
            f"is {code.revoked_on}",
            str(revoked) if revoked else "nothing, as the last version is open",
            "Let it follow the last day of the last version",
        )
    if code.revoked_on is not None and not code.revoked_note:
        yield Fault(f"{where}.revoked_note", "is empty", "what to use instead", "Say it")


def apply_settings(codebook: Codebook, settings: Mapping[str, str]) -> Codebook:
    """Return the codebook with the days that settings move; a version left without a day goes.

    Args:
        codebook: The codebook as written.
        settings: Setting to choice (`Profile.settings` as a dict); one that is missing leaves the days as written.

    Raises:
        DocumentError: If a choice is no date, or leaves a code without a day; with every such fault.
    """
    faults: list[Fault] = []

    def chosen(name: str | None, written: date | None) -> date | None:
        if name is None or name not in settings:
            return written
        try:
            return date.fromisoformat(settings[name])
        except ValueError:
            fault = Fault(
                f"setting {name!r}", f"{settings[name]!r} is no date", "a date written 2025-09-01", "Rewrite it"
            )
            if fault not in faults:
                faults.append(fault)
            return written

    codes: list[Code] = []
    for code in codebook.codes:
        moved: list[CodeVersion] = []
        for version in code.versions:
            start = chosen(version.in_force_from_setting, version.in_force_from) or version.in_force_from
            end = chosen(version.in_force_to_setting, version.in_force_to)
            if moved and version.in_force_from_setting:
                moved[-1] = evolve(moved[-1], in_force_to=start - _DAY)
            moved.append(evolve(version, in_force_from=start, in_force_to=end))
        kept = tuple(v for v in moved if v.in_force_to is None or v.in_force_from <= v.in_force_to)
        if not kept:
            faults.append(
                Fault(f"code {code.code!r}", "settings leave it no day", "one day or more", "Choose later days")
            )
            continue
        last = kept[-1].in_force_to
        codes.append(evolve(code, versions=kept, revoked_on=None if last is None else last + _DAY))
    if faults:
        raise DocumentError(*faults)
    return evolve(codebook, codes=tuple(codes))


def resolution_table(codebook: Codebook, settings: Mapping[str, str]) -> tuple[ResolutionRow, ...]:
    """Return what every code means on every day from 1900 on: no gap, no overlap.

    A code that is not yet in force is a reject. One that was withdrawn keeps its last meaning, with a doubt: official
    data hold such marks for years after, and DfE's own sums count them as before (dashboard, R/prerun_utils.R).

    Args:
        codebook: Any codebook without faults.
        settings: Setting to choice; see `apply_settings`.

    Raises:
        DocumentError: If a setting that moves a day is no date.
    """
    dated = apply_settings(codebook, settings)
    return tuple(row for code in dated.codes for row in _rows(code))


def _rows(code: Code) -> Iterator[ResolutionRow]:
    first = code.versions[0].in_force_from
    if first > FIRST_DAY:
        reason = f"{code.code} is not yet in force until {first}"
        yield ResolutionRow(
            code=code.code, start=FIRST_DAY, end=first - _DAY, stat="", late=Late.NO.value, reject=reason
        )
    for version in code.versions:
        yield ResolutionRow(
            code=code.code,
            start=version.in_force_from,
            end=version.in_force_to or LAST_DAY,
            stat=version.stat_group.value,
            late=version.late.value,
        )
    if code.revoked_on is not None:
        last = code.versions[-1]
        doubt = f"{code.code} was withdrawn on {code.revoked_on}; read as {last.stat_group.value}"
        yield ResolutionRow(
            code=code.code,
            start=code.revoked_on,
            end=LAST_DAY,
            stat=last.stat_group.value,
            late=last.late.value,
            doubt=f"{doubt}. {code.revoked_note}" if code.revoked_note else doubt,
        )
