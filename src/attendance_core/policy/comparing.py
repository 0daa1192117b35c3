"""Comparing: what two policies say differently, and whom that concerns in a register."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.documents.converter import unstructure
from attendance_core.model.marks import ENROLMENT, PUPIL, SCHOOL
from attendance_core.model.outcomes import Outcome
from attendance_core.model.policies import Policy, Rule, RuleVersion
from attendance_core.model.sources import Citation
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.words import definition

_HEAD = ("title", "jurisdiction", "in_force_from", "in_force_to", "note", "fictional", "sources")
_RULE = ("title", "listed", "early_sign")
#: Fields of a version that are compared apart, or name it.
_APART = ("in_force_from", "cites")


# -- what they say


@frozen(kw_only=True)
class Change:
    """A field that two policies give different values.

    Attributes:
        path: Where, as in ``run.window.length``.
        a: The first policy's value, in the words of a TOML file; empty where it has none.
        b: The second one's.
    """

    path: str
    a: str
    b: str


@frozen(kw_only=True)
class VersionChange:
    """What differs in one version of a rule.

    Attributes:
        a: First day of the first policy's version; None where it has none.
        b: First day of the second one's.
        definition_a: What the first says, in words.
        definition_b: What the second says.
        changes: Fields, by path.
        cites_a: Citations of the first alone.
        cites_b: Citations of the second alone.
    """

    a: date | None
    b: date | None
    definition_a: str = ""
    definition_b: str = ""
    changes: tuple[Change, ...] = ()
    cites_a: tuple[Citation, ...] = ()
    cites_b: tuple[Citation, ...] = ()


@frozen(kw_only=True)
class RuleChange:
    """What differs in a rule that both policies hold.

    Attributes:
        rule: Its id.
        changes: Fields of the rule itself.
        versions: Its versions that differ, earliest first.
    """

    rule: str
    changes: tuple[Change, ...] = ()
    versions: tuple[VersionChange, ...] = ()


@frozen(kw_only=True)
class PolicyDifference:
    """What two policies say differently; the order in which they say it is no difference.

    Attributes:
        a: Id of the first.
        b: Id of the second.
        on: The day whose versions were compared; None: all versions.
        head: Fields of the policies themselves.
        only_a: Rules of the first alone, by id.
        only_b: Rules of the second alone.
        changed: Rules of both that differ.
    """

    a: str
    b: str
    on: date | None = None
    head: tuple[Change, ...] = ()
    only_a: tuple[Rule, ...] = ()
    only_b: tuple[Rule, ...] = ()
    changed: tuple[RuleChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether they say the same."""
        return not (self.head or self.only_a or self.only_b or self.changed)


def compare(a: Policy, b: Policy, on: date | None = None) -> PolicyDifference:
    """Compare two policies, or two versions of one.

    Args:
        a: The first.
        b: The second.
        on: Compare the versions in force on this day, whenever they began; None: all versions, by their first days.
    """
    mine, yours = _rules(a, on), _rules(b, on)
    changed = [_rule(mine[id], yours[id], on) for id in sorted(set(mine) & set(yours))]
    return PolicyDifference(
        a=a.id,
        b=b.id,
        on=on,
        head=_changes(_fields(a, _HEAD), _fields(b, _HEAD)),
        only_a=tuple(mine[id] for id in sorted(set(mine) - set(yours))),
        only_b=tuple(yours[id] for id in sorted(set(yours) - set(mine))),
        changed=tuple(one for one in changed if one.changes or one.versions),
    )


def _rules(policy: Policy, on: date | None) -> dict[str, Rule]:
    """Return the rules by id; with a day, only the version in force on it."""
    if on is None:
        return {rule.id: rule for rule in policy.rules}
    if on not in policy.span:
        return {}
    held = {rule.id: (rule, rule.at(on)) for rule in policy.rules}
    return {id: evolve(rule, versions=(version,)) for id, (rule, version) in held.items() if version is not None}


def _rule(a: Rule, b: Rule, on: date | None) -> RuleChange:
    if on is not None:
        pairs: list[tuple[RuleVersion | None, RuleVersion | None]] = [(a.versions[0], b.versions[0])]
    else:
        mine = {version.in_force_from: version for version in a.versions}
        yours = {version.in_force_from: version for version in b.versions}
        pairs = [(mine.get(day), yours.get(day)) for day in sorted({*mine, *yours})]
    versions = [found for one, other in pairs if (found := _version(one, other)) is not None]
    return RuleChange(rule=a.id, changes=_changes(_fields(a, _RULE), _fields(b, _RULE)), versions=tuple(versions))


def _version(a: RuleVersion | None, b: RuleVersion | None) -> VersionChange | None:
    """Compare two versions; None where they say the same."""
    changes = _changes(_said(a), _said(b)) if a is not None and b is not None else ()
    if a is not None and b is not None and a.in_force_from != b.in_force_from:
        moved = Change(path="in_force_from", a=str(a.in_force_from), b=str(b.in_force_from))
        changes = tuple(sorted((*changes, moved), key=lambda change: change.path))
    mine, yours = _cites(a), _cites(b)
    found = VersionChange(
        a=a.in_force_from if a is not None else None,
        b=b.in_force_from if b is not None else None,
        definition_a=definition(a.body) if a is not None else "",
        definition_b=definition(b.body) if b is not None else "",
        changes=changes,
        cites_a=tuple(cite for cite in mine if cite not in yours),
        cites_b=tuple(cite for cite in yours if cite not in mine),
    )
    same = a is not None and b is not None and not (found.changes or found.cites_a or found.cites_b)
    return None if same else found


def _cites(version: RuleVersion | None) -> list[Citation]:
    """Return a version's citations in an order of their own."""
    cites = version.cites if version is not None else ()
    return sorted(set(cites), key=lambda cite: (cite.source, cite.provision, cite.standing, cite.note))


def _said(version: RuleVersion) -> dict[str, str]:
    data = unstructure(version)
    return _flat({name: value for name, value in data.items() if name not in _APART})


def _fields(value: object, names: Iterable[str]) -> dict[str, str]:
    data = unstructure(value)
    return _flat({name: data[name] for name in names})


def _flat(data: Mapping[str, Any], within: str = "") -> dict[str, str]:
    """Return every value by its dotted path; lists, whose order means nothing, are sorted."""
    found: dict[str, str] = {}
    for name, value in data.items():
        path = f"{within}.{name}" if within else name
        if isinstance(value, Mapping):
            found |= _flat(value, path)
        elif value not in (None, "", (), []):
            found[path] = _word(value)
    return found


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(sorted(map(_word, value)))
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_word(item)}" for name, item in value.items() if item not in (None, ""))
    return str(value)


def _changes(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(path=path, a=a.get(path, ""), b=b.get(path, ""))
        for path in sorted({*a, *b})
        if a.get(path, "") != b.get(path, "")
    )


# -- whom it concerns


@frozen(kw_only=True, order=True)
class Touched:
    """An enrolment that a rule takes in or lets go.

    Attributes:
        form: The form on the day asked about, where the register has it.
    """

    school_id: str
    form: str
    pupil_id: str = field(repr=False)
    enrolment_id: str = field(repr=False)


@frozen(kw_only=True)
class Shift:
    """Whom one rule, or a whole policy, names under two policies.

    Attributes:
        rule: Id of the rule; empty: any rule that is listed.
        in_a: Enrolments under the first policy; None where it lacks the rule or could not ask it.
        in_b: Enrolments under the second one.
        kept: Enrolments under both; None where one of them is not known.
        gained: Those under the second alone.
        lost: Those under the first alone.
        notes: Why a number is not known.
    """

    rule: str = ""
    in_a: int | None
    in_b: int | None
    kept: int | None = None
    gained: tuple[Touched, ...] = field(default=(), repr=False)
    lost: tuple[Touched, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Simulation:
    """What would change for pupils if one policy held in place of another.

    Attributes:
        as_of: The day asked about.
        a: Id of the first policy.
        b: Id of the second.
        whole: The policies as wholes.
        rules: Each rule that either lists, in the order of the first, then of the second.
    """

    as_of: date
    a: str
    b: str
    whole: Shift
    rules: tuple[Shift, ...]


def simulate(a: Concerns, b: Concerns) -> Simulation:
    """Hold the open concerns of two policies in one register against each other.

    Args:
        a: What the first policy found.
        b: What the second found in the same register, on the same day.
    """
    people = _people(a)
    rows_a, rows_b = _named(a), _named(b)
    listed_a, listed_b = _listed(a), _listed(b)
    shifts = [_shift(id, rows_a, rows_b, listed_a, listed_b, people) for id in dict.fromkeys((*listed_a, *listed_b))]
    asked = (*listed_a.items(), *listed_b.items())
    unknown = tuple(dict.fromkeys(f"without {id}, which could not be asked" for id, why in asked if why))
    all_a, all_b = set().union(*rows_a.values()), set().union(*rows_b.values())
    return Simulation(
        as_of=a.as_of,
        a=_id(a),
        b=_id(b),
        whole=Shift(
            in_a=len(all_a),
            in_b=len(all_b),
            kept=len(all_a & all_b),
            gained=_touched(all_b - all_a, people),
            lost=_touched(all_a - all_b, people),
            notes=unknown,
        ),
        rules=tuple(shifts),
    )


def _id(concerns: Concerns) -> str:
    return ", ".join(dict.fromkeys(result.policy.id for result in concerns.results))


def _listed(concerns: Concerns) -> dict[str, str]:
    """Return the ids of the rules that lists show, with why one was not asked."""
    return {
        result.rule.id: ", ".join(result.missing) or result.outcome.value
        if result.outcome in (Outcome.NOT_CHECKED, Outcome.ERROR)
        else ""
        for result in concerns.results
        if result.rule.listed
    }


def _named(concerns: Concerns) -> dict[str, set[str]]:
    """Return the enrolments with an open concern, by rule."""
    found: dict[str, set[str]] = {}
    for rule, enrolment in concerns.frame().select("rule", ENROLMENT).iter_rows():
        found.setdefault(rule, set()).add(enrolment)
    return found


def _shift(
    id: str,
    rows_a: Mapping[str, set[str]],
    rows_b: Mapping[str, set[str]],
    listed_a: Mapping[str, str],
    listed_b: Mapping[str, str],
    people: Mapping[str, Touched],
) -> Shift:
    notes = []
    sides: list[set[str] | None] = []
    for name, rows, listed in (("a", rows_a, listed_a), ("b", rows_b, listed_b)):
        if id not in listed:
            notes.append(f"{name} has no such rule")
        elif listed[id]:
            notes.append(f"{name} could not ask it: {listed[id]}")
        sides.append(rows.get(id, set()) if listed.get(id) == "" else None)
    mine, yours = sides
    if mine is None or yours is None:
        in_a, in_b = (len(side) if side is not None else None for side in sides)
        return Shift(rule=id, in_a=in_a, in_b=in_b, notes=tuple(notes))
    return Shift(
        rule=id,
        in_a=len(mine),
        in_b=len(yours),
        kept=len(mine & yours),
        gained=_touched(yours - mine, people),
        lost=_touched(mine - yours, people),
    )


def _touched(enrolments: Iterable[str], people: Mapping[str, Touched]) -> tuple[Touched, ...]:
    return tuple(sorted(people[one] for one in enrolments))


def _people(concerns: Concerns) -> dict[str, Touched]:
    """Return every enrolment with the form that it was in on the day asked about."""
    register = concerns.facts.register
    day = concerns.as_of
    traits = register.characteristics
    rows = traits.filter(nw.col("name") == "form", nw.col("valid_from") <= day, nw.col("valid_to") >= day)
    forms = dict(rows.select(ENROLMENT, "value").iter_rows())
    return {
        enrolment: Touched(school_id=school, form=forms.get(enrolment, ""), pupil_id=pupil, enrolment_id=enrolment)
        for enrolment, school, pupil in register.enrolments.select(ENROLMENT, SCHOOL, PUPIL).iter_rows()
    }
