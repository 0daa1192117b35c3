"""Agreement of assessors: raw, weighted kappa and Krippendorff's alpha, with intervals, through statistics libraries.

The libraries are an extra and are imported when used: ``statsmodels`` gives kappa and the interval of a share,
``krippendorff`` gives alpha. Intervals of kappa and alpha are percentiles of a bootstrap over items, drawn with a seed
that is given, so that anybody gets the same ones.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from math import isclose
from typing import Any

from attrs import frozen

from attendance_core.audits.comparing import AuditView, require_one_framework, scales_differ
from attendance_core.audits.status import POINTS
from attendance_core.errors import DocumentError, Fault, MissingLibraryError
from attendance_core.model.frameworks import Framework

#: With so many of a hundred ratings alike, kappa is low however well assessors agree. The library's own line.
PREVALENT = 80
#: Fewer items than this give intervals that say little. The library's own line.
FEW_ITEMS = 10


@frozen(kw_only=True)
class Estimate:
    """A number with its interval.

    An interval of no width says only that every resample gave the same: so it is where only one item or two tell the
    ratings apart.

    Attributes:
        value: The number; None where it is not defined, as when every rating is the same.
        low: Lower end of the interval.
        high: Upper end.
        undefined: How many of the resamples gave no number; they are left out of the interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    undefined: int = 0


@frozen(kw_only=True)
class PairAgreement:
    """How far two assessors agree.

    Attributes:
        first: Name of one.
        second: Name of the other.
        items: How many items both rated.
        agreed: On how many of them they gave the same rating.
        share: The share of those, with Wilson's interval.
        kappa: Cohen's kappa with linear weights.
    """

    first: str
    second: str
    items: int
    agreed: int
    share: Estimate
    kappa: Estimate


@frozen(kw_only=True)
class Disagreement:
    """An item that was not rated alike.

    Attributes:
        item: Its id.
        ratings: Rater to rating, of those who rated it.
        distance: How many steps lie between the lowest and the highest.
    """

    item: str
    ratings: tuple[tuple[str, str], ...]
    distance: int


@frozen(kw_only=True)
class Agreement:
    """How far assessors agree about one framework.

    Attributes:
        raters: Their names.
        pairs: Each two of them.
        alpha: Krippendorff's alpha with ordinal distances, over all of them; unrated items may be missing.
        items: How many items two or more rated.
        disagreements: Where they differ, the widest first.
        level: The level of the intervals, in percent.
        seed: Of the bootstrap.
        resamples: How many were drawn.
        notes: What to mind.
    """

    raters: tuple[str, ...]
    pairs: tuple[PairAgreement, ...]
    alpha: Estimate
    items: int
    disagreements: tuple[Disagreement, ...]
    level: int
    seed: int
    resamples: int
    notes: tuple[str, ...] = ()


def agree(
    views: Sequence[AuditView], framework: Framework, *, seed: int, resamples: int = 2000, level: int = 95
) -> Agreement:
    """Say how far assessors agree.

    Args:
        views: Two or more sets of ratings of one framework.
        framework: The framework; items whose source is uncertain take part where they are rated.
        seed: Of the bootstrap.
        resamples: How many to draw.
        level: Of the intervals, in percent.

    Raises:
        DocumentError: If there are fewer than two, two are named alike, they answer different frameworks, or the seed
            is negative.
        MissingLibraryError: If the statistics libraries are not installed.
    """
    listed = tuple(views)
    if seed < 0:
        raise DocumentError(Fault("seed", f"{seed} is negative", "a whole number from 0", "Give another"))
    if len(listed) < 2:
        raise DocumentError(Fault("audits", f"{len(listed)} set of ratings", "two or more", "Name another audit"))
    require_one_framework(listed)
    names = [view.name for view in listed]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DocumentError(
            Fault("audits", f"two are called {twice[0]!r}", "names of their own", "Give each audit an id of its own")
        )
    by_colour = scales_differ(listed)
    items = [item.id for item in framework.rateable()]
    table = [[view.points(item, by_colour=by_colour) for view in listed] for item in items]
    used = [row for row in table if sum(value is not None for value in row) > 1]
    if not used:
        raise DocumentError(Fault("audits", "no item was rated by two", "items that both rated", "Rate more items"))
    domain = list(range(len(POINTS) if by_colour else len(listed[0].audit.scale.steps)))
    statistics = _Statistics(domain=domain, seed=seed, resamples=resamples, level=level)
    pairs = []
    for one, two in combinations(range(len(listed)), 2):
        both = [(row[one], row[two]) for row in used if row[one] is not None and row[two] is not None]
        agreed = sum(first == second for first, second in both)
        pairs.append(
            PairAgreement(
                first=names[one],
                second=names[two],
                items=len(both),
                agreed=agreed,
                share=statistics.share(agreed, len(both)),
                kappa=statistics.interval(statistics.kappa, both),
            )
        )
    disagreements = [
        Disagreement(
            item=item,
            ratings=tuple(
                (view.name, view.title(item)) for view, value in zip(listed, row, strict=True) if value is not None
            ),
            distance=max(known) - min(known),
        )
        for item, row in zip(items, table, strict=True)
        if len(set(known := [value for value in row if value is not None])) > 1
    ]
    alpha = statistics.interval(statistics.alpha, used)
    return Agreement(
        raters=tuple(names),
        pairs=tuple(pairs),
        alpha=alpha,
        items=len(used),
        disagreements=tuple(sorted(disagreements, key=lambda one: -one.distance)),
        level=level,
        seed=seed,
        resamples=resamples,
        notes=tuple(_notes(used, listed, by_colour, [alpha, *(pair.kappa for pair in pairs)])),
    )


def _notes(
    used: Sequence[Sequence[int | None]], views: Sequence[AuditView], by_colour: bool, estimates: Sequence[Estimate]
) -> list[str]:
    notes = []
    given = Counter(value for row in used for value in row if value is not None)
    (most, times), total = given.most_common(1)[0], sum(given.values())
    if 100 * times >= PREVALENT * total:
        notes.append(
            f"{times} of {total} ratings are the same (step {most + 1}): with so little variety kappa and alpha are "
            "low or undefined, however well assessors agree. Read the raw agreement and the list."
        )
    if len(used) < FEW_ITEMS:
        notes.append(f"{len(used)} items were rated by two or more: the intervals say little.")
    if any(one.low is not None and one.high is not None and isclose(one.low, one.high) for one in estimates):
        notes.append("An interval has no width: every resample gave the same, which is no proof of certainty.")
    if any(one.undefined for one in estimates):
        notes.append("Some resamples gave no number, since all their ratings were alike; intervals leave them out.")
    if by_colour:
        notes.append("The scales differ: ratings are held by colour.")
    versions = {view.audit.framework_version for view in views}
    if len(versions) > 1:
        notes.append(f"The audits answer versions {', '.join(sorted(versions))}: items are held by their ids.")
    return notes


@frozen(kw_only=True)
class _Statistics:
    """The libraries, and how they are asked."""

    domain: list[int]
    seed: int
    resamples: int
    level: int

    def __attrs_post_init__(self) -> None:
        try:
            import krippendorff  # noqa: F401
            import statsmodels  # noqa: F401
        except ImportError as error:
            raise MissingLibraryError(
                Fault(
                    "agreement",
                    f"the library {error.name} is not installed",
                    "the extra 'statistics'",
                    'Install it: pip install "attendance-core[statistics]"',
                )
            ) from None

    def share(self, count: int, of: int) -> Estimate:
        from statsmodels.stats.proportion import proportion_confint

        if not of:
            return Estimate(value=None)
        low, high = proportion_confint(count, of, alpha=1 - self.level / 100, method="wilson")
        return Estimate(value=count / of, low=float(low), high=float(high))

    def kappa(self, pairs: Sequence[Sequence[int | None]]) -> float | None:
        import numpy as np
        from statsmodels.stats.inter_rater import cohens_kappa

        table = np.zeros((len(self.domain), len(self.domain)))
        for first, second in pairs:
            table[first, second] += 1
        if not table.sum() or (table.sum(0).astype(bool) | table.sum(1).astype(bool)).sum() < 2:
            return None  # one rating alone: agreement by chance is certain
        return float(cohens_kappa(table, wt="linear", return_results=False))

    def alpha(self, rows: Sequence[Sequence[int | None]]) -> float | None:
        import krippendorff
        import numpy as np

        data = np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=float).T
        known = data[~np.isnan(data)]
        if np.unique(known).size < 2:
            return None
        return float(
            krippendorff.alpha(reliability_data=data, value_domain=self.domain, level_of_measurement="ordinal")
        )

    def interval(
        self, statistic: "Callable[[Sequence[Sequence[int | None]]], float | None]", rows: Sequence[Sequence[Any]]
    ) -> Estimate:
        """Return a statistic with the percentiles of its bootstrap over items."""
        import numpy as np

        if not rows:
            return Estimate(value=None)
        dice = np.random.default_rng(self.seed)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a resample may be degenerate: it is counted instead
            value = statistic(rows)
            drawn = []
            for _ in range(self.resamples if value is not None else 0):
                again = statistic([rows[at] for at in dice.integers(0, len(rows), len(rows))])
                drawn.append(np.nan if again is None else again)
        known = np.array([one for one in drawn if np.isfinite(one)])
        if value is None or not np.isfinite(value) or not known.size:
            return Estimate(value=None, undefined=len(drawn))
        tail = (100 - self.level) / 2
        low, high = np.percentile(known, [tail, 100 - tail])
        return Estimate(value=value, low=float(low), high=float(high), undefined=len(drawn) - known.size)
