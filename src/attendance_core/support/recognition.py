"""Recognition: who has improved, or held what was reached. Nobody is compared with anybody else.

Illness, medical appointments and whatever the school accepted are set aside first, so that no child is passed over for
being ill or for a disability. Improved is better than the same pupil's own earlier period; sustained is held for some
school weeks, where a week of which nothing is left once illness is set aside neither counts nor breaks the run.
"""

from collections.abc import Sequence

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.letters import RecognitionKind
from attendance_core.support.sessions import PupilSessions


@frozen(kw_only=True)
class RecognitionRule:
    """What is recognised. Every number is this library's own, for a school to change.

    Attributes:
        points: Improved: percentage points by which less was missed than in the own earlier period.
        minimum_possible: Improved: sessions in each of the two periods, at least.
        weeks: Sustained: whole school weeks.
        missed_a_week: Sustained: sessions missed in any of them, at most.
        percent: Sustained: percent missed in all of them together, at most.
    """

    points: int = 5
    minimum_possible: int = 40
    weeks: int = 6
    missed_a_week: int = 1
    percent: int = 5

    def __attrs_post_init__(self) -> None:
        least = (("points", 1), ("minimum_possible", 1), ("weeks", 1), ("missed_a_week", 0), ("percent", 0))
        faults = [
            Fault(name, f"{getattr(self, name)} found", f"{number} or more", "Correct it")
            for name, number in least
            if getattr(self, name) < number
        ]
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class RecognitionCase:
    """What is looked at of one pupil.

    Attributes:
        now: Sessions of the period.
        before: Sessions of the own earlier period; None: there is none.
        weeks: Sessions of whole school weeks, latest first.
    """

    now: PupilSessions
    before: PupilSessions | None = None
    weeks: Sequence[PupilSessions] = field(default=(), repr=False)


def counted(sessions: PupilSessions) -> tuple[int, int]:
    """Return sessions missed and sessions that count, once illness and what the school accepted are set aside."""
    return sessions.unauthorised + sessions.unexplained, sessions.possible - sessions.authorised


def recognised(case: RecognitionCase, rule: RecognitionRule) -> tuple[RecognitionKind, ...]:
    """Return what is recognised of a pupil."""
    kinds = ((RecognitionKind.IMPROVED, _improved(case, rule)), (RecognitionKind.SUSTAINED, _sustained(case, rule)))
    return tuple(kind for kind, holds in kinds if holds)


def _improved(case: RecognitionCase, rule: RecognitionRule) -> bool:
    """Say whether less was missed: of what counts; or of everything, while of what counts no more was."""
    if case.before is None:
        return False
    missed, of = counted(case.now)
    missed_before, of_before = counted(case.before)
    fell = missed_before * of - missed * of_before
    if min(of, of_before) >= rule.minimum_possible and 100 * fell >= rule.points * of * of_before:
        return True
    possible, possible_before = case.now.possible, case.before.possible
    if fell < 0 or min(possible, possible_before) < rule.minimum_possible:
        return False
    whole = case.before.absent * possible - case.now.absent * possible_before
    return 100 * whole >= rule.points * possible * possible_before


def _sustained(case: RecognitionCase, rule: RecognitionRule) -> bool:
    """Say whether little was missed in each of the last weeks, and in all of them together."""
    pairs = [counted(week) for week in case.weeks]
    telling = [pair for pair in pairs if pair[1] > 0][: rule.weeks]
    if len(telling) < rule.weeks or any(missed > rule.missed_a_week for missed, _ in telling):
        return False
    missed, of = sum(pair[0] for pair in telling), sum(pair[1] for pair in telling)
    return 100 * missed <= rule.percent * of
