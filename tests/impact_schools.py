"""Invented schools with planted effects, to try what judges impact: absent and possible sessions by pupil and week.

Each pupil has a level of absence, most of them low and a few very high (logits with heavy tails: about 7.5 % absence
over all, 22 % of pupils persistently absent, as in England), weeks that follow each other in better and worse (an
autoregression), weeks of the whole school, and whole days of absence that come together (beta-binomial). Pupils are
chosen for help because the last four weeks were bad, so that they would have risen anyway. Help then takes away a
share of absent sessions, from its first week on; what share makes how many points is known from
what was to be expected of them.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from attrs import evolve, frozen

from attendance_core.evaluation.impact import Evaluation
from attendance_core.evaluation.weeks import SchoolPanel
from attendance_core.evaluation.windows import SchoolWeek
from attendance_core.model.impact import ImpactChoices
from attendance_core.model.treatments import Treatment

#: Weeks of a year of 38: Mondays, with the holidays between.
_BREAKS = {7: 1, 14: 2, 20: 1, 25: 2, 31: 1}
#: School weeks that 100 sessions take.
AFTER = 10
#: How far weeks differ for one pupil, in logits; how much of that stays for the next week; how far school weeks differ.
DRIFT, STAYS, WEEK = 0.7, 0.7, 0.2
#: Sessions missed on a day of absence, as a share of the day: on some days it is one of two.
SESSIONS = 0.965


@frozen(kw_only=True, eq=False)
class Invented:
    """A school before any help has worked.

    Attributes:
        panel: What would have been without help.
        level: Of each pupil, in logits.
        drift: Of each pupil and week, likewise.
        starts: Week of each pupil's help; -1: none.
        seed: Of what help takes away.
    """

    panel: SchoolPanel
    level: Any
    drift: Any
    starts: Any
    seed: int

    def share(self, points: float) -> float:
        """Return the share of absent (below 0: attended) sessions that makes so many points for these pupils.

        What they would have attended is known here, as it was to be expected on the day on which help began: from each
        pupil's level and last week, over all that the weeks to come may bring.
        """
        rows = np.flatnonzero(self.starts >= 0)
        ahead = np.arange(1, AFTER + 1)[None, :]
        mean = self.level[rows, None] + self.drift[rows, self.starts[rows] - 1][:, None] * STAYS**ahead
        spread = np.sqrt(DRIFT**2 * (1 - STAYS ** (2 * ahead)) + WEEK**2)
        nodes, weights = np.polynomial.hermite_e.hermegauss(15)
        chances = 1 / (1 + np.exp(-(mean[:, :, None] + spread[:, :, None] * nodes)))
        absence = SESSIONS * float((chances @ (weights / weights.sum())).mean())
        return points / 100 / (absence if points >= 0 else 1 - absence)

    def helped(self, share: float) -> Evaluation:
        """What is recorded when help takes away a share of absent sessions; below 0, a share of attended ones."""
        dice = np.random.default_rng([self.seed, 7])
        absent = self.panel.absent.copy()
        for row in np.flatnonzero(self.starts >= 0):
            span = slice(int(self.starts[row]), None)
            if share >= 0:
                absent[row, span] -= dice.binomial(absent[row, span], share)
            else:
                absent[row, span] += dice.binomial(self.panel.possible[row, span] - absent[row, span], -share)
        treatments = tuple(
            Treatment(
                enrolment_id=self.panel.enrolments[row],
                part_of="mentoring",
                start=self.panel.weeks[self.starts[row]].first,
            )
            for row in np.flatnonzero(self.starts >= 0)
        )
        return evaluation([evolve(self.panel, absent=absent)], treatments)


def evaluation(
    panels: Sequence[SchoolPanel], treatments: Sequence[Treatment], choices: ImpactChoices | None = None
) -> Evaluation:
    return Evaluation(
        panels=tuple(panels),
        treatments=tuple(treatments),
        choices=choices or ImpactChoices(),
        as_of=max(panel.weeks[-1].last for panel in panels),
        profile="year-to-date",
    )


def year(weeks: int = 38, first: date = date(2025, 9, 1)) -> tuple[SchoolWeek, ...]:
    """School weeks of five days, with holidays between them."""
    found, monday = [], first
    for number in range(weeks):
        monday += timedelta(weeks=_BREAKS.get(number % 38, 0))
        found.append(SchoolWeek(monday=monday, first=monday, last=monday + timedelta(days=4), sessions=10))
        monday += timedelta(weeks=1)
    return tuple(found)


def invent(
    seed: int,
    *,
    pupils: int = 600,
    helped: int = 60,
    rolling: bool = True,
    known_level: float = 0.0,
    starts: tuple[int, int] = (16, 28),
) -> Invented:
    """Invent a school.

    Args:
        seed: Any whole number.
        pupils: How many.
        helped: How many of them are helped.
        rolling: Help begins in many weeks, a few pupils each; else for all in one week.
        known_level: How much of the choice goes by what pupils are really like, which no mark tells, instead of by
            their last four weeks: 0 to 1.
        starts: First and last week in which help begins.
    """
    dice = np.random.default_rng(seed)
    weeks = year()
    count = len(weeks)
    level = -3.2 + dice.standard_t(5, pupils)
    drift = np.zeros((pupils, count))
    drift[:, 0] = dice.normal(0, DRIFT, pupils)
    for week in range(1, count):
        drift[:, week] = STAYS * drift[:, week - 1] + dice.normal(0, DRIFT * np.sqrt(1 - STAYS**2), pupils)
    chance = 1 / (1 + np.exp(-(level[:, None] + drift + dice.normal(0, WEEK, count))))
    size = 1 / 0.12 - 1
    drawn = dice.beta(np.maximum(chance * size, 1e-6), np.maximum((1 - chance) * size, 1e-6))
    absent = 2 * dice.binomial(5, drawn)
    absent -= (absent > 0) & (dice.random(absent.shape) < 0.15)
    possible = np.full_like(absent, 10)
    chosen = np.full(pupils, -1)
    first, last = starts
    when = np.sort(dice.integers(first, last + 1, helped)) if rolling else np.full(helped, (first + last) // 2)
    for week, many in zip(*np.unique(when, return_counts=True), strict=True):
        recent = absent[:, week - 4 : week].sum(axis=1) / 40
        score = (1 - known_level) * recent + known_level / (1 + np.exp(-level))
        free = chosen < 0
        low = free & (score >= np.quantile(score[free], 0.75)) & (score < 0.5)
        odds = np.where(low, np.exp(3 * score), 0)
        chosen[dice.choice(pupils, many, replace=False, p=odds / odds.sum())] = week
    panel = SchoolPanel(
        school=f"S{seed}",
        weeks=weeks,
        enrolments=tuple(f"E{number:04d}" for number in range(pupils)),
        absent=absent.astype(np.int64),
        possible=possible.astype(np.int64),
    )
    return Invented(panel=panel, level=level, drift=drift, starts=chosen, seed=seed)
