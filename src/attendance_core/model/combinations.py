"""Rules made of other rules, and rules of a plugin's own."""

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.selections import RuleUnit, Selection


@frozen(kw_only=True)
class CombinationRule:
    """Boolean combination of other rules of the policy, or a score of them.

    Holds for an enrolment for which every rule of ``all_of`` is open, at least one of ``any_of`` (where any are
    named), none of ``none_of``, and the ``points`` of the rules that are open add up to ``at_least`` or more. An
    episode runs from the first day of the open episodes of its parts to the last; its sessions are theirs, each
    once. It is met on the day asked about; a score is held against the sum of all points. It is not checked where one
    of its parts is not.

    Attributes:
        unit: sessions, or points for a score.
        all_of: Ids of rules.
        any_of: Ids of rules.
        none_of: Ids of rules.
        points: Id of a rule to its weight; published with the rule.
        at_least: Points needed.
    """

    unit: RuleUnit
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    points: dict[str, int] = field(factory=dict)
    at_least: int = 0

    def __attrs_post_init__(self) -> None:
        faults = []
        if not (self.all_of or self.any_of or self.points):
            faults.append(
                Fault("all_of", "combines nothing: the rule can never fire", "ids of rules", "Name rules, or points")
            )
        unit = RuleUnit.POINTS if self.points else RuleUnit.SESSIONS
        if self.unit is not unit:
            what = "a score is in points" if self.points else "a combination without points is in sessions"
            faults.append(Fault("unit", what, unit.value, f"Write {unit.value}"))
        if self.points and not 0 < self.at_least <= sum(self.points.values()):
            faults.append(
                Fault(
                    "at_least",
                    f"{self.at_least} of {sum(self.points.values())} points: the rule always or never fires",
                    "1 to the sum of the points",
                    "Change the number or the weights",
                )
            )
        key = "all_of" if set(self.none_of) & {*self.all_of} else "any_of"
        if key == "all_of" or (self.any_of and set(self.any_of) <= {*self.none_of}):
            what = f"names {'a rule' if key == 'all_of' else 'every rule'} of {key}: the rule can never fire"
            faults.append(Fault("none_of", what, "other rules", "Take the rule out of one of the two"))
        if faults:
            raise DocumentError(*faults)

    @property
    def parts(self) -> tuple[str, ...]:
        """Every rule that it names, once."""
        return tuple(dict.fromkeys((*self.all_of, *self.any_of, *self.none_of, *self.points)))


@frozen(kw_only=True)
class CustomRule:
    """A rule of a plugin's own, by the hook ``attendance_rules``.

    Attributes:
        unit: What its count is in.
        rule: Id of the plugin's rule.
        select: The marks that it counts: those of an episode are listed as its evidence.
    """

    unit: RuleUnit
    rule: str
    select: Selection
