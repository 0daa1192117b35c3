"""Notes: what to mind about an impact."""

from collections.abc import Sequence
from datetime import date

from attendance_core.evaluation.matching import Matched
from attendance_core.model.impact import Effect
from attendance_core.model.treatments import Treatment


def notes_of(
    sets: Sequence[Matched],
    used: Sequence[Treatment],
    treatments: Sequence[Treatment],
    effect: Effect | None,
    placebo: Effect | None,
    *,
    unknown: int,
) -> tuple[str, ...]:
    """Say what to mind.

    Args:
        sets: What was compared.
        used: The help that is judged.
        treatments: All help that is known.
        effect: The difference; None where there were too few.
        placebo: Its placebo.
        unknown: How many helped enrolments the register does not hold.
    """
    notes = []
    if unknown:
        notes.append(f"Helped enrolments that the register does not hold, and that are left out: {unknown}.")
    if effect is None:
        return tuple(notes)
    if placebo is None:
        notes.append(
            "There is no placebo: too few sessions lie before the window before. So nobody tried whether the pupils "
            "compared were alike but for the help."
        )
    elif placebo.enrolments < effect.enrolments:
        notes.append(f"The placebo stands on {placebo.enrolments} of the {effect.enrolments} helped pupils.")
    short = sum(one.helped for one in sets if one.windows.short)
    if short:
        notes.append(f"For {short} the register holds only a shorter window.")
    crossed = sum(one.helped for one in sets if one.windows.years > 1)
    if crossed:
        notes.append(f"For {crossed} the windows reach into another academic year.")
    later = len({key for one in sets for key in _later(one)})
    if later:
        notes.append(
            f"{later} of those compared with were helped later within the window themselves; the difference allows "
            "for it."
        )
    other = sum(_helped_elsewhere(one, treatments) for one in used)
    if other:
        notes.append(f"{other} had other help at the same time: the difference is of both together.")
    again = len({one.enrolment_id for one in used}) - len(
        {one.enrolment_id for one in used} - _more_than_once(used, treatments)
    )
    if again:
        notes.append(f"{again} were helped more than once: windows lie around the first time.")
    notes.append(
        "Pupils are matched on what they attended, in the same school and weeks; on nothing else. Whatever else began "
        "for the helped alone at that time counts as help."
    )
    return tuple(notes)


def _later(one: Matched) -> list[str]:
    pairs = zip(one.enrolments[one.helped :], one.covered[one.helped :].tolist(), strict=True)
    return [key for key, share in pairs if share > 0]


def _helped_elsewhere(one: Treatment, treatments: Sequence[Treatment]) -> bool:
    last = one.end or date.max
    return any(
        other.enrolment_id == one.enrolment_id
        and other.part_of != one.part_of
        and other.start <= last
        and (other.end or date.max) >= one.start
        for other in treatments
    )


def _more_than_once(used: Sequence[Treatment], treatments: Sequence[Treatment]) -> set[str]:
    part_of = {one.part_of for one in used}
    seen: set[str] = set()
    twice: set[str] = set()
    for one in treatments:
        if one.part_of in part_of:
            (twice if one.enrolment_id in seen else seen).add(one.enrolment_id)
    return twice
