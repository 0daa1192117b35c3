"""Families: which pupils are brothers and sisters, as far as the register or ledgers tell."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import narwhals.stable.v2 as nw

from attendance_core.model.ledgers import PupilKey
from attendance_core.model.marks import ENROLMENT, NUMBER
from attendance_core.model.support_happenings import Transition
from attendance_core.register.register import Register
from attendance_core.support.ledger import Ledger
from attendance_core.support.roll import OnRoll

#: The characteristic of a pupils file that is equal for brothers and sisters.
FAMILY = "family"


def traits(register: Register, names: Iterable[str], on: date) -> Mapping[str, Mapping[int, str]]:
    """Return characteristics on a day: name to enrolment_no to value; those that the register lacks are empty."""
    wanted = list(names)
    rows = register.characteristics.filter(
        nw.col("name").is_in(wanted), nw.col("valid_from") <= on, nw.col("valid_to") >= on
    ).join(register.enrolments.select(ENROLMENT, NUMBER), on=ENROLMENT, how="inner")
    found: dict[str, dict[int, str]] = {name: {} for name in wanted}
    for number, name, value in rows.select(NUMBER, "name", "value").iter_rows():
        found[name][number] = value
    return found


def families(
    people: Sequence[OnRoll], named: Mapping[int, str], whose: Mapping[PupilKey, Ledger], as_of: date
) -> tuple[tuple[OnRoll, ...], ...]:
    """Put pupils together who have a family's name in the register, or whom a ledger calls brothers and sisters.

    Args:
        people: The pupils.
        named: The family of an enrolment (enrolment_no), where the register tells.
        whose: Ledgers with transitions.
        as_of: What was written later is not known.

    Returns:
        The families in the order of their first pupil, each in the order of ``people``.
    """
    place = {(one.school_id, one.who.pupil_id): at for at, one in enumerate(people)}
    head = list(range(len(people)))

    def find(at: int) -> int:
        while head[at] != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    def join(one: int, other: int) -> None:
        first, second = sorted((find(one), find(other)))
        head[second] = first

    by_name: dict[str, int] = {}
    for at, one in enumerate(people):
        name = named.get(one.number, "").strip()
        if name:
            join(by_name.setdefault(name, at), at)
        ledger = whose.get(one.who)
        for record in ledger.records(Transition, as_of) if ledger is not None else ():
            for sibling in record.event.siblings:
                other = place.get((one.school_id, sibling))
                if other is not None:
                    join(at, other)
    groups: dict[int, list[OnRoll]] = {}
    for at, one in enumerate(people):
        groups.setdefault(find(at), []).append(one)
    return tuple(tuple(group) for _, group in sorted(groups.items()))
