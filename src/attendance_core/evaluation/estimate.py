"""Estimate: the matched difference and its interval.

What pupils without help went on to do is fitted to what they had attended before (a weighted regression of
``statsmodels``, each as often as it is compared), and each helped pupil is held against what that says of one who had
attended as they had. The interval comes from leaving each enrolment out in turn (the jackknife), so that somebody who
is compared with many, or in several weeks, counts as one.
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


def difference(sets: Sequence[Matched]) -> Effect | None:
    """Return by how many points of attendance the helped differ from what was to be expected.

    Others whose own help began within the window are kept, since leaving them out would leave out those whose
    attendance fell next; the difference is scaled up by the share of their sessions that their help covers.

    Returns:
        None where fewer than two were helped or are compared with.
    """
    import numpy as np
    from scipy.stats import t
    from statsmodels.regression.linear_model import WLS

    if not sets:
        return None
    names = {key: number for number, key in enumerate(sorted({key for one in sets for key in one.enrolments}))}
    helped = [_Rows.of(one, range(one.helped), one.outcome.possible[: one.helped].astype(float)) for one in sets]
    others = [
        _Rows.of(
            one,
            range(one.helped, len(one.enrolments)),
            (one.outcome.possible[: one.helped, None] * one.weights()).sum(axis=0),
        )
        for one in sets
    ]
    mine, theirs = _Rows.together(helped), _Rows.together(others)
    treated, compared = len(set(mine.keys)), len(set(theirs.keys))
    if min(treated, compared) < 2:
        return None
    # Centred, so that what is fitted is well conditioned whatever the level.
    centre = np.average(mine.x, axis=0, weights=mine.weight)
    x, z = _with_one(mine.x - centre), _with_one(theirs.x - centre)
    fitted = WLS(theirs.y, z, weights=theirs.weight).fit().params
    covered = sum(
        float((rows.weight * one.covered[one.helped :]).sum()) for one, rows in zip(sets, others, strict=True)
    )
    uncovered = 1 - covered / theirs.weight.sum()
    if uncovered <= _LEAST_UNCOVERED:
        return None
    points = float(np.average(mine.y - x @ fitted, weights=mine.weight)) / uncovered
    without = _left_out(mine, theirs, x, z, names) / uncovered
    count = len(without)
    error = float(np.sqrt((count - 1) / count * ((without - points) ** 2).sum()))
    reach = float(t.ppf((1 + LEVEL) / 2, min(treated, compared) - 1)) * error
    # Absence is what is compared, attendance what is told: less of the one is more of the other.
    return Effect(points=-points, low=-points - reach, high=-points + reach, enrolments=treated, compared=compared)


class _Rows:
    """Enrolments in a regression: outcome, covariates, weight, and whose each row is."""

    def __init__(self, y: "Real", x: "Real", weight: "Real", keys: Sequence[str]) -> None:
        self.y, self.x, self.weight, self.keys = y, x, weight, keys

    @classmethod
    def of(cls, one: Matched, rows: range, weight: "Real") -> "_Rows":
        part = slice(rows.start, rows.stop)
        return cls(one.outcome.rate()[part], one.covariates[part], weight, one.enrolments[part])

    @classmethod
    def together(cls, parts: Sequence["_Rows"]) -> "_Rows":
        import numpy as np

        y, x, weight = (np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "x", "weight"))
        return cls(y, x, weight, [key for part in parts for key in part.keys])


def _with_one(x: "Real") -> "Real":
    import numpy as np

    return np.column_stack([np.ones(len(x)), x])


def _left_out(mine: _Rows, theirs: _Rows, x: "Real", z: "Real", names: dict[str, int]) -> "Real":
    """Return the difference without each enrolment in turn, fitted anew: sums less that enrolment's own."""
    import numpy as np

    def sums(rows: _Rows, values: "Real") -> "Real":
        added = np.zeros((len(names), *values.shape[1:]))
        np.add.at(added, [names[key] for key in rows.keys], values)
        return added

    w, v = theirs.weight, mine.weight
    squares = sums(theirs, w[:, None, None] * z[:, :, None] * z[:, None, :])
    products = sums(theirs, (w * theirs.y)[:, None] * z)
    level = sums(mine, v * mine.y)
    before = sums(mine, v[:, None] * x)
    sessions = sums(mine, v)
    inverse = np.linalg.pinv(squares.sum(axis=0) - squares, rcond=1e-10, hermitian=True)
    fitted = np.einsum("gij,gj->gi", inverse, products.sum(axis=0) - products)
    expected = np.einsum("gi,gi->g", before.sum(axis=0) - before, fitted)
    left: Real = (level.sum() - level - expected) / (sessions.sum() - sessions)
    return left
