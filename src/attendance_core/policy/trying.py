"""Trying: the worked cases of a policy, run through the same rules as a register."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, frozen

from attendance_core.engine import frame_of, with_row_numbers
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.codes import Codebook
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.mappings import DateOrder
from attendance_core.model.mappings import Mapping as Columns
from attendance_core.model.marks import AM
from attendance_core.model.outcomes import Outcome
from attendance_core.model.policies import Policy, Rule
from attendance_core.policy.cases import (
    NO_MARK,
    Case,
    CaseDocument,
    CasePupil,
    CaseRecord,
    Expected,
    Slot,
    calendars_of,
    profile_of,
    slots_of,
)
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.evaluate import Custom, evaluate
from attendance_core.policy.facts import Facts, Frame
from attendance_core.register.reading import Source, read_register
from attendance_core.register.register import Register
from attendance_core.register.side import side_frame

_SCHOOL = "school"
_MARKS = Columns(
    id="cases",
    columns={name: name for name in ("pupil_id", "date", "session", "code")},
    dates=DateOrder.ISO,
    school=_SCHOOL,
)
#: What can be compared, and how it is called.
_NAMES = {
    "start": "first day",
    "end": "last day",
    "met_on": "met on",
    "count": "count",
    "of": "of",
    "certainty": "certainty",
    "open": "open",
    "allowance": "allowance",
    "detail": "detail",
}


@frozen(kw_only=True)
class Difference:
    """One thing that a case expects otherwise than a rule found it.

    Attributes:
        rule: Id of the rule.
        pupil: The case's pupil.
        what: What differs.
    """

    rule: str
    pupil: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        who = f"{self.rule}, {self.pupil}" if self.pupil else self.rule
        return f"{who}: {self.what}: expected {self.expected}, found {self.found}"


@frozen(kw_only=True)
class CaseResult:
    """What became of a case."""

    title: str
    as_of: date
    rules: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Everything named was found so."""
        return not self.differences


def try_cases(
    policy: Policy,
    document: CaseDocument,
    *,
    codebooks: Iterable[Codebook],
    packs: Iterable[CohortPack] = (),
    customs: Mapping[str, Custom] | None = None,
    where: str = "cases",
) -> tuple[CaseResult, ...]:
    """Run worked cases.

    Args:
        policy: The policy.
        document: Its cases.
        codebooks: What codes mean.
        packs: Cohorts, for the populations that rules exclude.
        customs: How custom rules are worked out, by their ids.
        where: Name of the file, for messages.

    Raises:
        DocumentError: With every case that cannot be read as a register.
    """
    books, groups = tuple(codebooks), tuple(packs)
    results: list[CaseResult] = []
    faults: list[Fault] = []
    for index, case in enumerate(document.cases):
        here = f"{where}: cases[{index}]"
        try:
            facts = _facts(case, document, books, groups, here)
        except DocumentError as error:
            faults += error.faults
            continue
        found = evaluate(only(policy, case.rules), facts, customs)
        asked = Concerns(as_of=case.as_of, results=found, facts=facts)
        results.append(
            CaseResult(title=case.title, as_of=case.as_of, rules=case.rules, differences=_compared(case, asked))
        )
    if faults:
        raise DocumentError(*faults)
    return tuple(results)


def only(policy: Policy, names: Iterable[str]) -> Policy:
    """Return a policy with some of its rules, and those that they name."""
    wanted: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        rule = policy.rule(name)
        if rule is None or name in wanted:
            continue
        wanted[name] = None
        waiting += _parts(rule)
    return evolve(policy, rules=tuple(rule for rule in policy.rules if rule.id in wanted))


def _parts(rule: Rule) -> list[str]:
    return [name for version in rule.versions for name in getattr(version.body, "parts", ())]


def _facts(
    case: Case, document: CaseDocument, books: tuple[Codebook, ...], packs: tuple[CohortPack, ...], here: str
) -> Facts:
    profile = profile_of(case, here)
    register = register_of(case, document, books, dict(profile.settings), where=here)
    first = case.people[0].id
    side = {
        kind: side_frame(_records(lines, first), register, where=f"{here}.records.{kind}", first_row=1)
        for kind, lines in case.records.items()
    }
    return Facts.of(register, profile, packs, side=side, as_of=case.as_of)


def register_of(
    case: Case, document: CaseDocument, codebooks: Iterable[Codebook], settings: Mapping[str, str], *, where: str
) -> Register:
    """Read the marks of a case as a register is read.

    Raises:
        DocumentError: If a mark is refused, as a code of another time would be.
    """
    calendars = calendars_of(case, document)
    slots = slots_of(calendars)
    mates = tuple(CasePupil(id=f"classmate {number}") for number in range(1, case.classmates + 1))
    people = (*case.people, *mates)
    rows: list[tuple[str, date, str, str]] = []
    for pupil in people:
        rows += [(pupil.id, *slot, code) for slot, code in _marked(pupil, slots, case.as_of).items()]
    register = read_register(
        Source(frame=_lazy(("pupil_id", "date", "session", "code"), rows), mapping=_MARKS, name=where),
        pupils=_pupils(people, slots[0][0], where),
        calendars=calendars,
        codebooks=codebooks,
        settings=dict(settings),
        as_of=case.as_of,
    )
    faults = [
        Fault(where, f"{number} marks are refused: {reason.value}", "codes in force on their days", "Correct the marks")
        for reason, number in register.account.reject_counts
    ]
    if faults:
        raise DocumentError(*faults)
    return register


def _marked(pupil: CasePupil, slots: list[Slot], as_of: date) -> dict[Slot, str]:
    """Return the code of each session up to the day asked about; sessions without a mark are left out."""
    first, last = pupil.start or date.min, min(pupil.end or as_of, as_of)
    mine = [slot for slot in slots if first <= slot[0] <= (pupil.end or date.max)]
    held = {slot: _present(slot) for slot in mine}
    for line in pupil.marks:
        held |= line.spread(mine)
    return {
        slot: _present(slot) if code in ("/", "\\") else code
        for slot, code in held.items()
        if slot[0] <= last and code != NO_MARK
    }


def _present(slot: Slot) -> str:
    return "/" if slot[1] == AM else "\\"


def _pupils(people: tuple[CasePupil, ...], first: date, where: str) -> Source:
    facts = sorted({name for pupil in people for name in pupil.facts})
    columns = ("pupil_id", "start", "end")
    mapping = Columns(
        id="cases",
        columns={name: name for name in columns},
        characteristics={name: f"fact {name}" for name in facts},
        dates=DateOrder.ISO,
        school=_SCHOOL,
    )
    rows = [
        (pupil.id, pupil.start or first, pupil.end or "", *(pupil.facts.get(name, "") for name in facts))
        for pupil in people
    ]
    names = (*columns, *(f"fact {name}" for name in facts))
    return Source(frame=_lazy(names, rows), mapping=mapping, name=f"{where}.pupils")


def _lazy(names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> "nw.LazyFrame[Any]":
    listed = [tuple(map(str, row)) for row in rows]
    columns = {name: [row[index] for row in listed] for index, name in enumerate(names)}
    return with_row_numbers(frame_of(columns, dict.fromkeys(names, nw.String)).lazy(), 1)


def _records(lines: tuple[CaseRecord, ...], first: str) -> Frame:
    columns: dict[str, list[Any]] = {
        "pupil_id": [line.pupil or first for line in lines],
        "kind": [line.kind for line in lines],
        "state": [line.state for line in lines],
        "on": [line.on for line in lines],
        "start": [line.start for line in lines],
        "end": [line.end for line in lines],
    }
    return frame_of(columns, {name: nw.Date if name in ("on", "start", "end") else nw.String for name in columns})


# -- expected and found


def _compared(case: Case, asked: Concerns) -> tuple[Difference, ...]:
    outcomes = {result.rule.id: result for result in asked.results}
    rows = asked.frame(everything=True).rows(named=True)
    first = case.people[0].id
    found: list[Difference] = []
    for name in case.rules:
        result = outcomes[name]
        mine = [row for row in rows if row["rule"] == name]
        cannot = result.outcome in (Outcome.NOT_CHECKED, Outcome.ERROR)
        why = ", ".join(result.missing) or "; ".join(result.notes)
        if name in case.not_checked:
            if result.outcome is not Outcome.NOT_CHECKED:
                found.append(_difference(name, "", "outcome", Outcome.NOT_CHECKED.value, result.outcome.value))
        elif cannot:
            what = "an answer" if name in case.none else "concerns"
            found.append(_difference(name, "", "outcome", what, f"{result.outcome.value} ({why})"))
        elif name in case.none:
            found += [_difference(name, row["pupil_id"], "concern", "none", _told(row)) for row in mine]
        else:
            wanted = [one for one in case.concerns if one.rule == name]
            found += _matched(name, wanted, mine, first)
    return tuple(found)


def _matched(rule: str, wanted: list[Expected], rows: list[dict[str, Any]], first: str) -> list[Difference]:
    """Hold each expected concern against the one that is most like it; what is left over was not expected."""
    differences: list[Difference] = []
    left = list(rows)
    for one in wanted:
        pupil = one.pupil or first
        near = sorted((row for row in left if row["pupil_id"] == pupil), key=lambda row: len(_unlike(one, row)))
        if not near:
            differences.append(_difference(rule, pupil, "concern", "one", "none"))
            continue
        left.remove(near[0])
        differences += [
            _difference(rule, pupil, _NAMES[name], getattr(one, name), near[0][name]) for name in _unlike(one, near[0])
        ]
    differences += [_difference(rule, row["pupil_id"], "concern", "no other", _told(row)) for row in left]
    return differences


def _unlike(expected: Expected, row: dict[str, Any]) -> list[str]:
    """Name what is given and differs."""
    return [
        name
        for name in _NAMES
        if (value := getattr(expected, name)) not in (None, "")
        and (value not in row[name] if name == "detail" else row[name] != value)
    ]


def _difference(rule: str, pupil: str, what: str, expected: object, found: object) -> Difference:
    return Difference(rule=rule, pupil=pupil, what=what, expected=_text(expected), found=_text(found))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)


def _told(row: dict[str, Any]) -> str:
    state = "open" if row["open"] else "no longer open"
    return f"{row['start']} to {row['end']}, met on {row['met_on']}, count {row['count']}, {row['certainty']}, {state}"
