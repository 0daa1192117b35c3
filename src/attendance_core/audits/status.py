"""Status: what a rule makes of the ratings of an audit, with the items that decided and what other rules would say."""

from collections.abc import Iterable, Mapping
from datetime import date

from attrs import frozen

from attendance_core.audits.documents import check_answers, check_rating
from attendance_core.audits.rules import edition_on, find_edition, load_status_rules
from attendance_core.errors import DocumentError
from attendance_core.model.actions import Action, ActionState
from attendance_core.model.audits import Audit
from attendance_core.model.frameworks import Descriptors, Framework, Item
from attendance_core.model.scales import PracticeStatus
from attendance_core.model.statuses import AuditStatus, PartStatus, RuleEdition, RuleMethod

#: A colour counts 0, 1 or 2.
POINTS = {PracticeStatus.RED: 0, PracticeStatus.AMBER: 1, PracticeStatus.GREEN: 2}
_COLOURS = tuple(POINTS)


def live(action: Action, as_of: date) -> bool:
    """Say whether an action is still to be done and not overdue; one without a day is never overdue."""
    return action.state in (ActionState.OPEN, ActionState.CARRIED) and not action.overdue(as_of)


@frozen(kw_only=True)
class Ballot:
    """What a rule is asked about: colours of items, and which of them have a live action.

    Attributes:
        colours: Item to its colour, of the items that count and are rated; in order.
        planned: Items with an open action that is not overdue.
        unanswered: Items that count and are not rated.
    """

    colours: Mapping[str, PracticeStatus]
    planned: frozenset[str] = frozenset()
    unanswered: tuple[str, ...] = ()

    def at(self, *colours: PracticeStatus) -> tuple[str, ...]:
        """Return the items of these colours."""
        return tuple(item for item, colour in self.colours.items() if colour in colours)


def decide(edition: RuleEdition, ballot: Ballot) -> tuple[PracticeStatus, tuple[str, ...], str]:
    """Ask a rule.

    Returns:
        The status, the items that decided, and why.
    """
    if ballot.unanswered:
        return PracticeStatus.INCOMPLETE, (), f"{_items(ballot.unanswered)} not rated."
    if not ballot.colours:
        return PracticeStatus.INCOMPLETE, (), "No item counts: every one is uncertain in its source."
    return _METHODS[edition.method](edition, ballot)


def _lowest(_: RuleEdition, ballot: Ballot) -> tuple[PracticeStatus, tuple[str, ...], str]:
    status = min(ballot.colours.values(), key=POINTS.__getitem__)
    deciding = ballot.at(status)
    return status, deciding, f"The lowest rating is {status.value}: {len(deciding)} of {len(ballot.colours)} items."


def _exceeds(count: int, total: int, edge: tuple[int, int]) -> bool:
    return count * edge[1] > total * edge[0]


def _majority(edition: RuleEdition, ballot: Ballot) -> tuple[PracticeStatus, tuple[str, ...], str]:
    share = edition.more_than or (1, 2)
    green, total = len(ballot.at(PracticeStatus.GREEN)), len(ballot.colours)
    reached = green + len(ballot.at(PracticeStatus.AMBER))
    if _exceeds(green, total, share):
        return PracticeStatus.GREEN, ballot.at(PracticeStatus.GREEN), f"{green} of {total} items are green."
    if _exceeds(reached, total, share):
        why = f"{green} of {total} items are green, {reached} are amber or green."
        return PracticeStatus.AMBER, ballot.at(PracticeStatus.RED, PracticeStatus.AMBER), why
    why = f"{reached} of {total} items are amber or green, which is not more than {_share(share)}."
    return PracticeStatus.RED, ballot.at(PracticeStatus.RED), why


def _mean(edition: RuleEdition, ballot: Ballot) -> tuple[PracticeStatus, tuple[str, ...], str]:
    points, total = sum(POINTS[colour] for colour in ballot.colours.values()), len(ballot.colours)
    amber, green = edition.amber_from or (2, 3), edition.green_from or (4, 3)
    why = f"{points} points of {total} items; amber from {amber[0]}/{amber[1]}, green from {green[0]}/{green[1]} each."
    if points * green[1] >= total * green[0]:
        return PracticeStatus.GREEN, ballot.at(PracticeStatus.GREEN), why
    if points * amber[1] >= total * amber[0]:
        return PracticeStatus.AMBER, ballot.at(PracticeStatus.RED, PracticeStatus.AMBER), why
    return PracticeStatus.RED, ballot.at(PracticeStatus.RED), why


def _plan(edition: RuleEdition, ballot: Ballot) -> tuple[PracticeStatus, tuple[str, ...], str]:
    bare = [item for item in ballot.at(PracticeStatus.RED) if item not in ballot.planned]
    if bare:
        return PracticeStatus.RED, tuple(bare), f"{_items(bare)} red without an open action that is not overdue."
    green, total = ballot.at(PracticeStatus.GREEN), len(ballot.colours)
    rest = ballot.at(PracticeStatus.RED, PracticeStatus.AMBER)
    lacking = tuple(item for item in rest if item not in ballot.planned)
    share = edition.more_than or (1, 2)
    most = _exceeds(len(green), total, share)
    if most and not lacking:
        planned = f", and {_others(len(rest))} an open action that is not overdue" if rest else ""
        return PracticeStatus.GREEN, green, f"{len(green)} of {total} items are green{planned}."
    if not most:
        why = f"{len(green)} of {total} items are green, which is not more than {_share(share)}."
        return PracticeStatus.AMBER, rest, why
    return PracticeStatus.AMBER, lacking, f"{_items(lacking)} amber without an open action that is not overdue."


_METHODS = {
    RuleMethod.LOWEST: _lowest,
    RuleMethod.MAJORITY: _majority,
    RuleMethod.MEAN: _mean,
    RuleMethod.PLAN: _plan,
}


def _share(edge: tuple[int, int]) -> str:
    return "half" if edge == (1, 2) else f"{edge[0]}/{edge[1]}"


def _others(number: int) -> str:
    return "the other one has" if number == 1 else f"each of the other {number} has"


def _items(items: Iterable[str]) -> str:
    listed = list(items)
    return f"{len(listed)} {'item is' if len(listed) == 1 else 'items are'}"


def status_of(
    audit: Audit,
    framework: Framework,
    as_of: date,
    *,
    rule: str = "",
    ratings: Mapping[str, str] | None = None,
) -> AuditStatus:
    """Return the statuses of an audit: of each section and of the whole, under its rule and under every other.

    The whole is asked of all its items, not of the colours of its sections. Items whose source is uncertain are
    counted apart and decide nothing, rated or not.

    Args:
        audit: The audit.
        framework: The framework that it answers.
        as_of: The day on which an action is overdue or not.
        rule: Another rule than the audit's own, in its newest version.
        ratings: Other ratings in place of the audit's, such as the second assessor's.

    Raises:
        UnknownNameError: If there is no such rule or version.
        DocumentError: If a rating is no step of the scale, or an item stands twice; with every fault.
    """
    faults = list(check_answers(audit))
    for item, rating in (ratings or {}).items() if not faults else ():
        faults += check_rating(rating, f"{audit.id}: {item}: rating", audit.scale)
    if faults:
        raise DocumentError(*faults)
    id = rule or audit.status_rule
    rules = load_status_rules()
    if rule and rule != audit.status_rule and rule in rules:
        version = edition_on(rules[rule], as_of).version
    else:
        version = audit.status_rule_version
    edition = find_edition(id, version, where=audit.id)
    others = {other.id: edition_on(other, as_of) for other in rules.values() if other.id != id}
    given = audit.ratings() if ratings is None else ratings
    planned = frozenset(
        item.id for item in framework.rateable() if any(live(one, as_of) for one in audit.actions_of(item.id))
    )

    def status(part: str, name: str, items: Iterable[Item], descriptors: Descriptors | None) -> PartStatus:
        listed = [item for item in items if item.rateable]
        counted = [item for item in listed if not item.uncertain]
        steps = {item.id: audit.scale.step(given[item.id]) for item in counted if item.id in given}
        colours = {item: step.status for item, step in steps.items() if step is not None}
        ballot = Ballot(
            colours=colours,
            planned=planned,
            unanswered=tuple(item.id for item in counted if item.id not in given),
        )
        found, deciding, because = decide(edition, ballot)
        return PartStatus(
            part=part,
            name=name,
            rule=id,
            rule_version=version,
            status=found,
            **{colour.value: len(ballot.at(colour)) for colour in _COLOURS},
            unanswered=ballot.unanswered,
            apart=tuple(item.id for item in listed if item.uncertain),
            apart_rated=tuple(item.id for item in listed if item.uncertain and item.id in given),
            deciding=deciding,
            because=because,
            others=tuple((name, decide(other, ballot)[0]) for name, other in others.items()),
            descriptor=descriptors.of(found) if descriptors else "",
        )

    return AuditStatus(
        audit=audit.id,
        framework=framework.id,
        framework_version=audit.framework_version,
        as_of=as_of,
        says=edition.says,
        whole=status("", "The whole", (item for _, item in framework.each()), framework.descriptors),
        sections=tuple(
            status(section.id, section.name, section.each(), section.descriptors) for section in framework.sections
        ),
        notes=() if audit.framework_version == framework.version else (_other_version(audit, framework),),
    )


def _other_version(audit: Audit, framework: Framework) -> str:
    return (
        f"The audit answers version {audit.framework_version} of {framework.id}, and version {framework.version} is at "
        "hand: items are held by their ids, and which there are, their wording and what is uncertain may differ."
    )
