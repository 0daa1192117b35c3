"""Matching: those without help who had attended alike before, in the same school and the same weeks."""

from typing import TYPE_CHECKING

from attrs import field, frozen

from attendance_core.evaluation.weeks import SchoolPanel
from attendance_core.evaluation.windows import Windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attendance_core.evaluation.weeks import Whole

    Real = NDArray[np.float64]

#: Fewest pupils alike; a helped one with fewer is compared with nobody.
FEWEST_ALIKE = 5


@frozen(kw_only=True, eq=False)
class Counted:
    """Absent and possible sessions of some enrolments over one window, a number each."""

    absent: "Whole" = field(repr=False)
    possible: "Whole" = field(repr=False)

    @classmethod
    def of(cls, panel: SchoolPanel, weeks: range, rows: "Whole") -> "Counted":
        """Count over some weeks of a school."""
        absent, possible = panel.over(weeks)
        return cls(absent=absent[rows], possible=possible[rows])

    def rate(self) -> "Real":
        """Absence in percent; 0 where nothing was possible."""
        import numpy as np

        return 100 * self.absent / np.maximum(self.possible, 1)

    def over(self, limit: int, *, strict: bool) -> "NDArray[np.bool_]":
        """Say of each whether its absence meets a limit in percent, by whole numbers."""
        scaled, edge = 100 * self.absent, limit * self.possible
        return (self.possible > 0) & ((scaled > edge) if strict else (scaled >= edge))


@frozen(kw_only=True, eq=False)
class Matched:
    """Help that began in one school in one week: who was helped, and whom each is compared with.

    Attributes:
        windows: Around the help.
        enrolments: Ids of all that take part, the helped first.
        helped: How many of them are the helped.
        covariates: What they are matched on, a row each: absence lately and earlier, in percent.
        before: Counted over the window before.
        after: Over the window after.
        held: Over its last weeks.
        outcome: What is compared: the window after, or the placebo's.
        covered: Of each, which share of the outcome's sessions came after its own help began, where that came later.
        alike: A row for each helped, a column for each other: whether the two are compared.
    """

    windows: Windows
    enrolments: tuple[str, ...] = field(repr=False)
    helped: int
    covariates: "Real" = field(repr=False)
    before: Counted
    after: Counted
    held: Counted
    outcome: Counted
    covered: "Real" = field(repr=False)
    alike: "NDArray[np.bool_]" = field(repr=False)

    def weights(self) -> "Real":
        """Return how much each of the others counts for each helped: by its sessions, adding up to 1."""
        sessions = self.alike * self.outcome.possible[None, self.helped :]
        shares: Real = sessions / sessions.sum(axis=1)[:, None]
        return shares

    @property
    def compared(self) -> frozenset[str]:
        """Ids of those that somebody is compared with: only these are kept."""
        return frozenset(self.enrolments[self.helped :])


def enough(panel: SchoolPanel, weeks: range, fewest: int = 0) -> "NDArray[np.bool_]":
    """Say of each enrolment whether half of the school's sessions were possible for it, and no fewer than some."""
    _, possible = panel.over(weeks)
    return (2 * possible >= panel.open_sessions(weeks)) & (possible >= fewest)


def usable(panel: SchoolPanel, windows: Windows, fewest: int) -> "tuple[NDArray[np.bool_], NDArray[np.bool_]]":
    """Say of each enrolment whether it has sessions enough in the window before, and in the window after."""
    before = enough(panel, windows.before, fewest) & enough(panel, windows.lately) & enough(panel, windows.earlier)
    return before, enough(panel, windows.after, fewest)


def match(
    panel: SchoolPanel,
    windows: Windows,
    helped: "Whole",
    others: "Whole",
    *,
    outcome: range,
    covered: "Real",
    nearest: int,
    distance: int,
) -> Matched | None:
    """Match the helped of one school and week with others; None where nobody is alike.

    Args:
        panel: The school.
        windows: Around the help.
        helped: Rows of the helped.
        others: Rows of those that they may be compared with.
        outcome: The weeks that are compared.
        covered: Of every row of the panel, which share of the window after came after its own later help began.
        nearest: How many to take for each; all that lie as far away as the last are taken.
        distance: How far away they may lie, in points of absence.
    """
    import numpy as np

    rows = np.concatenate([helped, others])
    lately = Counted.of(panel, windows.lately, rows).rate()
    earlier = Counted.of(panel, windows.earlier, rows).rate() if windows.earlier else lately
    covariates = np.column_stack([lately, earlier])
    count = len(helped)
    apart = np.sqrt(((covariates[:count, None, :] - covariates[None, count:, :]) ** 2).sum(axis=2))
    # Equal distances may come out a hair apart: whoever is as far away as the last is taken as well.
    limit = np.full(count, float(distance))
    if len(others) > nearest:
        limit = np.minimum(limit, np.partition(apart, nearest - 1, axis=1)[:, nearest - 1])
    alike = apart <= limit[:, None] + 1e-9
    kept = alike.sum(axis=1) >= FEWEST_ALIKE
    if not kept.any():
        return None
    used = alike[kept].any(axis=0)
    keep = np.concatenate([kept, used])
    rows = rows[keep]
    return Matched(
        windows=windows,
        enrolments=tuple(panel.enrolments[row] for row in rows.tolist()),
        helped=int(kept.sum()),
        covariates=covariates[keep],
        before=Counted.of(panel, windows.before, rows),
        after=Counted.of(panel, windows.after, rows),
        held=Counted.of(panel, windows.held, rows),
        outcome=Counted.of(panel, outcome, rows),
        covered=covered[rows],
        alike=alike[kept][:, used],
    )
