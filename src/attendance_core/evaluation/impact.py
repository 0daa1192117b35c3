"""Impact: from a register and the help that was given to what can be said of its effect."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from attrs import field, frozen

from attendance_core.evaluation.beside import added, cost_per_session, crossing, reintegration, score_changes
from attendance_core.evaluation.choices import choices_of
from attendance_core.evaluation.estimate import difference
from attendance_core.evaluation.judging import judge
from attendance_core.evaluation.matching import Matched, enough, match, usable
from attendance_core.evaluation.notes import notes_of
from attendance_core.evaluation.weeks import SchoolPanel, school_panels
from attendance_core.evaluation.windows import Windows, place, windows_at
from attendance_core.measures.analysis import Analysis
from attendance_core.model.impact import Impact, ImpactChoices, NotCompared, WhyNot
from attendance_core.model.treatments import Treatment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def impacts(
    analysis: Analysis,
    treatments: Iterable[Treatment],
    *,
    part_of: Sequence[str] = (),
    choices: ImpactChoices | None = None,
) -> tuple[Impact, ...]:
    """Say of programmes, plans or cohorts whether they helped.

    Args:
        analysis: Of the register, over all days that may be looked at.
        treatments: All help that is known: that of others too, so that nobody who was helped elsewhere is taken for
            somebody without help.
        part_of: Which to judge; none: each that the treatments name, by name.
        choices: How; None: as the analysis's profile says.

    Raises:
        MissingLibraryError: If the statistics libraries are not installed.
    """
    listed = tuple(treatments)
    evaluation = Evaluation(
        panels=school_panels(analysis),
        treatments=listed,
        choices=choices or choices_of(analysis.profile),
        as_of=min(analysis.period.end or analysis.register.as_of, analysis.register.as_of),
        profile=analysis.profile.id,
    )
    names = part_of or sorted({treatment.part_of for treatment in listed})
    return tuple(evaluation.impact(name) for name in dict.fromkeys(names))


@frozen(kw_only=True, eq=False)
class Evaluation:
    """The weeks of every school, and all help that is known.

    Attributes:
        panels: The schools' weeks.
        treatments: All help, of whatever programme.
        choices: How impact is worked out.
        as_of: The day up to which marks were taken.
        profile: Id of the profile whose definitions hold.
    """

    panels: tuple[SchoolPanel, ...] = field(repr=False)
    treatments: tuple[Treatment, ...] = field(repr=False)
    choices: ImpactChoices
    as_of: date
    profile: str

    def impact(self, part_of: str) -> Impact:
        """Say what changed for those who were helped by one programme, plan or cohort."""
        held = {key for panel in self.panels for key in panel.enrolments}
        given = [one for one in self.treatments if one.part_of == part_of]
        mine = first_of_each(one for one in given if one.enrolment_id in held)
        unknown = len({one.enrolment_id for one in given} - held)
        left: Counter[WhyNot] = Counter()
        sets: list[Matched] = []
        placebos: list[Matched] = []
        for panel in self.panels:
            school = _School.of(panel, self.treatments, part_of, self.choices)
            for windows, help in school.windows({one.enrolment_id: one for one in mine}, left).items():
                found = school.match(windows, help, left)
                if found is not None:
                    sets.append(found)
                    other = school.placebo(windows, found)
                    placebos += [other] if other is not None else []
        compared = {key for one in sets for key in one.enrolments[: one.helped]}
        pool = {key for one in sets for key in one.compared}
        few = len(compared) < self.choices.pupils or len(pool) < self.choices.pool
        effect = None if few else difference(sets)
        placebo = None if effect is None else difference(placebos)
        if placebo is not None and min(placebo.enrolments, placebo.compared) < self.choices.pupils:
            placebo = None
        before, after = added(sets, "before"), added(sets, "after")
        verdict, reason = judge(
            effect, placebo, before, after, choices=self.choices, helped=len(compared), pool=len(pool)
        )
        used = [one for one in mine if one.enrolment_id in compared]
        told = effect is not None
        expected = None if effect is None or after.percent is None else after.percent - effect.points
        return Impact(
            part_of=part_of,
            as_of=self.as_of,
            profile=self.profile,
            choices=self.choices,
            verdict=verdict,
            reason=reason,
            helped=len(mine),
            first=min((one.start for one in mine), default=None),
            last=max((one.start for one in mine), default=None),
            not_compared=tuple(NotCompared(reason=why, enrolments=left[why]) for why in WhyNot if left[why]),
            before=before if told else None,
            after=after if told else None,
            comparison_before=_comparison_before(sets) if told else None,
            expected=expected,
            effect=effect,
            placebo=placebo,
            persistent=crossing(sets, 10, strict=self.choices.strict) if told else None,
            severe=crossing(sets, 50, strict=self.choices.strict) if told else None,
            reintegration=reintegration(sets, self.choices) if told else None,
            scores=score_changes(used, self.choices.pupils),
            cost=None if effect is None else cost_per_session(sets, used, effect),
            notes=notes_of(sets, used, self.treatments, effect, placebo, unknown=unknown),
        )


def first_of_each(treatments: Iterable[Treatment]) -> tuple[Treatment, ...]:
    """Return the first help of each enrolment, by enrolment; of two that begin together the one that ends first."""
    first: dict[str, Treatment] = {}
    for treatment in treatments:
        known = first.get(treatment.enrolment_id)
        if known is None or _order(treatment) < _order(known):
            first[treatment.enrolment_id] = treatment
    return tuple(first[key] for key in sorted(first))


def _order(one: Treatment) -> tuple[date, date, float]:
    return one.start, one.end or date.max, one.cost or 0.0


def _comparison_before(sets: Sequence[Matched]) -> float | None:
    """Return what those compared with attended before, in percent, each as often as it is compared."""
    weight = attended = 0.0
    for one in sets:
        counts = (one.outcome.possible[: one.helped, None] * one.weights()).sum(axis=0)
        weight += float(counts.sum())
        attended += float((counts * (100 - one.before.rate()[one.helped :])).sum())
    return attended / weight if weight else None


@frozen(kw_only=True)
class _Help:
    """Help of one enrolment, in its school's weeks.

    Attributes:
        row: The enrolment's.
        begins: The first whole week of the help.
        end: Its last day; None: none.
        judged: Whether it is part of what is judged.
    """

    row: int
    begins: int
    end: date | None
    judged: bool


@frozen(kw_only=True, eq=False)
class _School:
    """One school, seen for one programme, plan or cohort.

    Attributes:
        rows: Enrolment to its row.
        helps: All help that is known of its enrolments.
    """

    panel: SchoolPanel
    choices: ImpactChoices
    rows: Mapping[str, int] = field(repr=False)
    helps: tuple[_Help, ...] = field(repr=False)

    @classmethod
    def of(cls, panel: SchoolPanel, treatments: Iterable[Treatment], part_of: str, choices: ImpactChoices) -> "_School":
        rows = {key: row for row, key in enumerate(panel.enrolments)}
        helps = tuple(
            _Help(
                row=rows[one.enrolment_id],
                begins=place(panel.weeks, one.start)[1],
                end=one.end,
                judged=one.part_of == part_of,
            )
            for one in treatments
            if one.enrolment_id in rows
        )
        return cls(panel=panel, choices=choices, rows=rows, helps=helps)

    def windows(self, mine: dict[str, Treatment], left: Counter[WhyNot]) -> dict[Windows, list[int]]:
        """Return the rows of the helped by the windows around their help; count those without windows."""
        found: dict[Windows, list[int]] = {}
        by_place: dict[tuple[int, int], Windows | None] = {}
        for row, key in enumerate(self.panel.enrolments):
            if key not in mine:
                continue
            at = place(self.panel.weeks, mine[key].start)
            if at not in by_place:
                by_place[at] = windows_at(self.panel.weeks, at, self.choices)
            windows = by_place[at]
            if windows is None:
                left[WhyNot.NO_WINDOW] += 1
            else:
                found.setdefault(windows, []).append(row)
        return found

    def match(self, windows: Windows, helped: Sequence[int], left: Counter[WhyNot]) -> Matched | None:
        """Match the helped of one week; count those who have too few sessions, or nobody alike."""
        import numpy as np

        before, after = usable(self.panel, windows, self.choices.sessions)
        left[WhyNot.FEW_BEFORE] += sum(not before[row] for row in helped)
        left[WhyNot.FEW_AFTER] += sum(bool(before[row] and not after[row]) for row in helped)
        rows = [row for row in helped if before[row] and after[row]]
        free, covered = self._without_help(windows)
        others = np.flatnonzero(before & after & free)
        found = (
            match(
                self.panel,
                windows,
                np.array(rows, dtype=np.int64),
                others,
                outcome=windows.after,
                covered=covered,
                nearest=self.choices.nearest,
                distance=self.choices.distance,
            )
            if rows and len(others)
            else None
        )
        left[WhyNot.NOBODY_ALIKE] += len(rows) - (found.helped if found is not None else 0)
        return found

    def placebo(self, windows: Windows, found: Matched) -> Matched | None:
        """Match the same pupils anew, to hold their placebo windows against each other; None where there are none."""
        import numpy as np

        if not windows.placebo:
            return None
        seen = enough(self.panel, windows.placebo)
        before, after = usable(self.panel, windows, self.choices.sessions)
        free, _ = self._without_help(windows)
        helped = [row for key in found.enrolments[: found.helped] if seen[row := self.rows[key]]]
        others = np.flatnonzero(before & after & free & seen)
        if not helped or not len(others):
            return None
        return match(
            self.panel,
            windows,
            np.array(helped, dtype=np.int64),
            others,
            outcome=windows.placebo,
            covered=np.zeros(len(self.rows)),
            nearest=self.choices.nearest,
            distance=self.choices.distance,
        )

    def _without_help(self, windows: Windows) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Say of each row whether it had no help by then, and which share of the window after its later help covers."""
        import numpy as np

        after, opens = windows.after, self.panel.weeks[windows.before.start].first
        whole = self.panel.open_sessions(after)
        free = np.ones(len(self.rows), dtype=bool)
        covered = np.zeros(len(self.rows))
        for one in self.helps:
            if one.begins <= after.start:
                free[one.row] &= one.end is not None and one.end < opens
            elif one.begins < after.stop and one.judged:
                share = self.panel.open_sessions(range(one.begins, after.stop)) / whole
                covered[one.row] = max(covered[one.row], share)
        return free, covered
