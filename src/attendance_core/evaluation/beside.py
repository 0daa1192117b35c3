"""Beside: what stands beside a difference of attendance, since a percentage never stands alone."""

from collections.abc import Sequence
from typing import Literal

from attendance_core.evaluation.matching import Counted, Matched
from attendance_core.model.impact import (
    Attended,
    CostPerSession,
    Crossing,
    Effect,
    ImpactChoices,
    Reintegration,
    ScoreChange,
)
from attendance_core.model.treatments import Score, ScoreKind, Treatment

#: Absence of this many percent and more is persistent.
PERSISTENT = 10


def added(sets: Sequence[Matched], window: Literal["before", "after"]) -> Attended:
    """Add the sessions of the helped up over one of their windows."""
    attended = possible = 0
    for one in sets:
        counted: Counted = one.before if window == "before" else one.after
        possible += int(counted.possible[: one.helped].sum())
        attended += int((counted.possible - counted.absent)[: one.helped].sum())
    return Attended(attended=attended, possible=possible)


def crossing(sets: Sequence[Matched], limit: int, *, strict: bool) -> Crossing:
    """Count the helped over a limit of absence, before and after."""
    before = after = left = entered = 0
    expected = 0.0
    for one in sets:
        was, now = one.before.over(limit, strict=strict), one.after.over(limit, strict=strict)
        mine = slice(0, one.helped)
        before += int(was[mine].sum())
        after += int(now[mine].sum())
        left += int((was & ~now)[mine].sum())
        entered += int((now & ~was)[mine].sum())
        expected += float((one.weights() * now[None, one.helped :]).sum())
    return Crossing(limit=limit, before=before, after=after, left=left, entered=entered, expected=expected)


def reintegration(sets: Sequence[Matched], choices: ImpactChoices) -> Reintegration:
    """Count the helped who were persistently absent and are no longer, over the last weeks of the window after.

    What was to be expected is the share of those among the compared who had been persistently absent as well.
    """
    absent_before = held = 0
    expected = 0.0
    for one in sets:
        there = one.held.possible > 0
        was = one.before.over(PERSISTENT, strict=choices.strict) & there
        back = was & ~one.held.over(PERSISTENT, strict=choices.strict)
        absent_before += int(was[: one.helped].sum())
        held += int(back[: one.helped].sum())
        weights = one.weights() * was[None, one.helped :]
        sums = weights.sum(axis=1)
        shares = (weights * back[None, one.helped :]).sum(axis=1)
        known = (sums > 0) & was[: one.helped]
        expected += float((shares[known] / sums[known]).sum())
    return Reintegration(absent_before=absent_before, held=held, weeks=choices.held, expected=expected)


def score_changes(treatments: Sequence[Treatment], fewest: int) -> tuple[ScoreChange, ...]:
    """Return recorded scores before and after, of each kind that enough pupils have both of."""
    found = []
    for kind in ScoreKind:
        pairs = [pair for one in treatments for score in one.scores if (pair := _pair(score, kind)) is not None]
        if len(pairs) >= fewest:
            found.append(
                ScoreChange(
                    kind=kind,
                    before=sum(before for before, _ in pairs) / len(pairs),
                    after=sum(after for _, after in pairs) / len(pairs),
                    enrolments=len(pairs),
                    rose=sum(after > before for before, after in pairs),
                    fell=sum(after < before for before, after in pairs),
                )
            )
    return tuple(found)


def _pair(score: Score, kind: ScoreKind) -> tuple[float, float] | None:
    if score.kind is not kind or score.before is None or score.after is None:
        return None
    return score.before, score.after


def cost_per_session(sets: Sequence[Matched], treatments: Sequence[Treatment], effect: Effect) -> CostPerSession | None:
    """Return what one more attended session cost; None where no cost is known.

    Sessions gained are the difference times the sessions that were possible after, for those whose cost is known.
    """
    costs = {one.enrolment_id: one.cost for one in treatments if one.cost is not None}
    if not costs:
        return None
    possible = sum(
        int(sessions)
        for one in sets
        for key, sessions in zip(one.enrolments[: one.helped], one.after.possible[: one.helped], strict=True)
        if key in costs
    )
    whole = sum(costs.values())

    def pounds(points: float) -> float | None:
        return 100 * whole / (points * possible) if points > 0 else None

    return CostPerSession(
        total=whole,
        enrolments=len(costs),
        gained=effect.points * possible / 100,
        pounds=pounds(effect.points),
        low=pounds(effect.high),
        high=pounds(effect.low),
    )
