"""Estimate: the matched difference and its interval.

Absence after is fitted to absence before and to whether there was help (a weighted regression of ``statsmodels``; each
of those compared with counts as often as it is compared, each helped one by its sessions). Help may do more for those
who had been absent more; what it did for the helped at their mean is the difference. The interval comes from leaving
each enrolment out in turn and fitting anew (the jackknife), so that somebody who is compared with many, or in several
weeks, counts as one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attendance_core.evaluation.matching import Matched
from attendance_core.model.impact import Effect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Real = NDArray[np.float64]

#: Level of every interval.
LEVEL = 0.95
#: Where no more than this share of the comparison is left without help, nothing is said.
_LEAST_UNCOVERED = 0.5
#: The most by which the spread of the helped is scaled up.
_MOST_SCALED = 2.0
#: What is no more than this for each enrolment comes from rounding.
_NOTHING = 1e-9


def difference(sets: Sequence[Matched]) -> Effect | None:
    """Return by how many points of attendance the helped differ from what was to be expected.

    Others whose own help began within the window are kept, since leaving them out would leave out those whose
    attendance fell next; the difference is scaled up by the share of their sessions that their help covers.

    Returns:
        None where fewer than two were helped or are compared with, where most of these were helped soon after, or
        where the two never attended alike.
    """
    import numpy as np
    from scipy.stats import t
    from statsmodels.regression.linear_model import WLS

    if not sets:
        return None
    helped = np.concatenate([np.arange(len(one.enrolments)) < one.helped for one in sets])
    keys = np.array([key for one in sets for key in one.enrolments])
    treated, compared = len(set(keys[helped].tolist())), len(set(keys[~helped].tolist()))
    if min(treated, compared) < 2:
        return None
    weight = np.concatenate([_counts_for(one) for one in sets])
    covered = np.concatenate([one.covered for one in sets])
    uncovered = 1 - float(np.average(covered[~helped], weights=weight[~helped]))
    if uncovered <= _LEAST_UNCOVERED:
        return None
    y = np.concatenate([one.outcome.rate() for one in sets])
    before = np.concatenate([one.covariates for one in sets])
    # Centred, so that what is fitted is well conditioned whatever the level.
    before = before - np.average(before[helped], axis=0, weights=weight[helped])
    level = np.concatenate([one.before.rate() for one in sets])
    more = helped * (level - np.average(level[helped], weights=weight[helped]))
    alike = _independent(np.column_stack([np.ones(len(y)), before]))
    with_help = np.column_stack([alike, helped])
    if _independent(with_help).shape == alike.shape:
        return None
    at = alike.shape[1]
    design = _independent(np.column_stack([with_help, more]))
    fitted = float(WLS(y, design, weights=weight).fit().params[at])
    names, without = _without_each(y, design, weight, keys)
    moved = without[:, at] - fitted
    # Help that takes away a share of absence takes its spread away with it, but not what in it lies in the pupils
    # themselves: half way back to the spread without help, which simulation shows to be right.
    absent = float(np.average(y[helped], weights=weight[helped]))
    scale = min(max((absent - fitted) / absent, 1.0), _MOST_SCALED) ** 0.5 if absent > 0 else 1.0
    moved = np.where(np.isin(names, keys[helped]), scale, 1.0) * moved
    count = len(moved)
    error = float(np.sqrt((count - 1) / count * (moved**2).sum())) / uncovered
    freedom = min(treated, compared) - 1
    points, reach = fitted / uncovered, float(t.ppf((1 + LEVEL) / 2, freedom)) * error
    # Absence is what is compared, attendance what is told: less of the one is more of the other.
    return Effect(points=-points, low=-points - reach, high=-points + reach, enrolments=treated, compared=compared)


def _counts_for(one: Matched) -> "Real":
    """Return how much each enrolment counts: the helped by sessions, the others by those that they are held against."""
    import numpy as np

    mine = one.outcome.possible[: one.helped].astype(float)
    return np.concatenate([mine, mine @ one.weights()])


def _independent(columns: "Real") -> "Real":
    """Leave out columns that follow from those before them, as when everybody had attended the same."""
    import numpy as np

    kept = columns[:, :1]
    for column in columns.T[1:]:
        wider = np.column_stack([kept, column])
        if np.linalg.matrix_rank(wider, tol=_NOTHING * len(wider)) > kept.shape[1]:
            kept = wider
    return kept


def _without_each(
    y: "Real", design: "Real", weight: "Real", keys: "NDArray[np.str_]"
) -> "tuple[NDArray[np.str_], Real]":
    """Return what is fitted without each enrolment in turn: from the sums of the fit, less its own."""
    import numpy as np

    names, whose = np.unique(keys, return_inverse=True)
    count, width = int(whose.max()) + 1, design.shape[1]
    squares, products = np.zeros((count, width, width)), np.zeros((count, width))
    np.add.at(squares, whose, weight[:, None, None] * design[:, :, None] * design[:, None, :])
    np.add.at(products, whose, (weight * y)[:, None] * design)
    inverse = np.linalg.pinv(squares.sum(axis=0) - squares, rcond=1e-10, hermitian=True)
    fitted: Real = np.einsum("gij,gj->gi", inverse, products.sum(axis=0) - products)
    return names, fitted
