"""Reading worked cases, and the lint that refuses what cannot be right."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from attendance_core.dates import DateRange
from attendance_core.documents.loader import load_toml
from attendance_core.errors import AttendanceError, DocumentError, Fault, UnreadableFileError, alike, join_names
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.codes import Codebook
from attendance_core.model.policies import Policy
from attendance_core.model.side_records import SideRecord
from attendance_core.policy.cases import NO_MARK, Case, CaseDocument, calendars_of, profile_of, slots_of
from attendance_core.reference.codes import load_codebook
from attendance_core.register.calendar import lint_calendar


def load_cases(path: str | Path, policy: Policy, codebooks: Iterable[Codebook] | None = None) -> CaseDocument:
    """Read the cases of a policy.

    Args:
        path: The TOML file.
        policy: The policy that they are about.
        codebooks: What codes there are; None: those of England.

    Raises:
        UnreadableFileError: If there is no such file.
        DocumentError: With every fault and its key path.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFileError(
            Fault(str(path), "no such file", "worked cases beside the policy", "Write some, as the how-to shows")
        )
    document = load_toml(path, CaseDocument)
    faults = lint_cases(document, policy, codebooks, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return document


def lint_cases(
    document: CaseDocument, policy: Policy, codebooks: Iterable[Codebook] | None = None, *, where: str
) -> tuple[Fault, ...]:
    """Return what is wrong with a file of cases beyond its form.

    Args:
        document: The cases.
        policy: The policy that they are about.
        codebooks: What codes there are; None: those of England.
        where: Name of the file, for messages.
    """
    books = tuple(codebooks) if codebooks is not None else (load_codebook("england"),)
    codes = {code.code for book in books for code in book.codes} | {NO_MARK}
    faults: list[Fault] = []
    if document.calendar is not None:
        faults += _calendar(document.calendar, where, "calendar.")
    if not document.cases:
        faults.append(Fault(f"{where}: cases", "holds no case", "one or more", "Add [[cases]]"))
    for index, case in enumerate(document.cases):
        here = f"{where}: cases[{index}]"
        if case.calendar is not None:
            faults += _calendar(case.calendar, where, f"cases[{index}].calendar.")
        if not case.rules:
            faults.append(
                Fault(here, "says nothing of any rule", "concerns, none or not_checked", "Say what must be found")
            )
        faults += _rules(case, policy, here)
        faults += _people(case, here)
        try:
            profile_of(case, here)
        except AttendanceError as error:
            faults += error.faults
        for name in case.records:
            if name not in [kind.value for kind in SideRecord]:
                faults.append(
                    _unknown(f"{here}.records", "kind of side record", name, [kind.value for kind in SideRecord])
                )
        if not any(fault.where.startswith(f"{where}: cases[{index}].calendar") for fault in faults):
            faults += _marks(case, document, codes, here)
    return tuple(faults)


def _calendar(calendar: CalendarDocument, where: str, within: str) -> list[Fault]:
    try:
        lint_calendar(calendar, where, within=within)
    except DocumentError as error:
        return list(error.faults)
    return []


def _unknown(where: str, what: str, name: str, known: Iterable[str]) -> Fault:
    names = list(known)
    near = alike(name, names)
    remedy = f"Did you mean {near[0]!r}?" if near else "Correct it"
    return Fault(where, f"{name!r} is no {what}", f"one of {join_names(names, limit=40)}", remedy)


def _rules(case: Case, policy: Policy, here: str) -> list[Fault]:
    known = [rule.id for rule in policy.rules]
    named = [(f"{here}.concerns[{index}].rule", one.rule) for index, one in enumerate(case.concerns)]
    named += [(f"{here}.none[{index}]", name) for index, name in enumerate(case.none)]
    named += [(f"{here}.not_checked[{index}]", name) for index, name in enumerate(case.not_checked)]
    faults = [_unknown(at, f"rule of {policy.id}", name, known) for at, name in named if name not in known]
    expected = {one.rule for one in case.concerns}
    both = sorted((expected & {*case.none, *case.not_checked}) | (set(case.none) & set(case.not_checked)))
    faults += [
        Fault(here, f"expects two things at once of {name!r}", "one of concerns, none, not_checked", "Remove one")
        for name in both
    ]
    return faults


def _people(case: Case, here: str) -> list[Fault]:
    faults: list[Fault] = []
    if case.marks and case.pupils:
        faults.append(
            Fault(f"{here}.marks", "stands beside pupils", "marks, or pupils with theirs", "Move the marks to a pupil")
        )
    names = [pupil.id for pupil in case.people]
    if len(set(names)) < len(names):
        faults.append(Fault(f"{here}.pupils", "gives an id twice", "one pupil an id", "Rename one"))
    if case.classmates < 0:
        faults.append(Fault(f"{here}.classmates", "cannot be fewer than none", "0 or more", "Correct it"))
    named = [(f"{here}.concerns[{index}].pupil", one.pupil) for index, one in enumerate(case.concerns)]
    for kind, records in case.records.items():
        named += [(f"{here}.records.{kind}[{index}].pupil", one.pupil) for index, one in enumerate(records)]
    faults += [_unknown(at, "pupil of the case", name, names) for at, name in named if name and name not in names]
    return faults


def _marks(case: Case, document: CaseDocument, codes: set[str], here: str) -> list[Fault]:
    slots = slots_of(calendars_of(case, document))
    if not slots or slots[0][0] > case.as_of:
        return [Fault(f"{here}.as_of", "lies before the calendar's first day", "a day in it", "Correct one of the two")]
    faults: list[Fault] = []
    for number, pupil in enumerate(case.people):
        at = f"{here}.pupils[{number}]" if case.pupils else here
        if pupil.start is not None and pupil.end is not None and pupil.end < pupil.start:
            faults.append(Fault(f"{at}.end", "lies before start", f"{pupil.start} or later", "Swap the days"))
            continue
        roll = DateRange(pupil.start or date.min, pupil.end)
        mine = [slot for slot in slots if slot[0] in roll]
        for place, line in enumerate(pupil.marks):
            spot = f"{at}.marks[{place}]"
            written = line.codes.split() or [line.code]
            key = "codes" if line.codes else "code"
            faults += [_unknown(f"{spot}.{key}", "code", name, codes) for name in written if name not in codes]
            held = line.spread(mine)
            if not held:
                faults.append(
                    Fault(spot, "holds no session of the pupil's calendar", "school days on roll", "Correct the days")
                )
            elif line.codes and len(held) < len(written):
                faults.append(
                    Fault(
                        f"{spot}.codes", f"has {len(written)} codes for {len(held)} sessions", "as many", "Shorten it"
                    )
                )
    return faults
