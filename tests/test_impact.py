"""Whether help helped: laws of the comparison, edge cases, and planted effects that must be found."""

import builtins
from datetime import timedelta
from math import isclose

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.errors import DocumentError, MissingLibraryError
from attendance_core.evaluation.estimate import difference
from attendance_core.evaluation.impact import Evaluation
from attendance_core.evaluation.judging import judge
from attendance_core.evaluation.matching import Matched, match
from attendance_core.evaluation.weeks import SchoolPanel, panel_frame, school_panels
from attendance_core.evaluation.windows import windows_at
from attendance_core.model.impact import Attended, Effect, Impact, ImpactChoices, ImpactVerdict, WhyNot
from attendance_core.model.treatments import Score, ScoreKind, Treatment
from tests.impact_schools import Invented, evaluation, invent, year
from tests.registers import analysis, marks_table, read

SMALL = ImpactChoices(pupils=5, pool=20)


def panel_of(rates: list[list[float]], *, school: str = "S", prefix: str = "E") -> SchoolPanel:
    """A school whose pupils miss these shares of each of a year's weeks, in whole sessions of ten."""
    absent = np.rint(10 * np.array(rates)).astype(np.int64)
    return SchoolPanel(
        school=school,
        weeks=year(absent.shape[1]),
        enrolments=tuple(f"{prefix}{number:04d}" for number in range(len(absent))),
        absent=absent,
        possible=np.full_like(absent, 10),
    )


def help_for(panel: SchoolPanel, rows: range | list[int], week: int, part_of: str = "clinic") -> list[Treatment]:
    return [
        Treatment(enrolment_id=panel.enrolments[row], part_of=part_of, start=panel.weeks[week].first) for row in rows
    ]


def noisy(seed: int, pupils: int = 120, weeks: int = 30) -> SchoolPanel:
    """Pupils of many levels with weeks of their own, all in one school."""
    dice = np.random.default_rng(seed)
    level = dice.uniform(0.02, 0.3, pupils)
    return panel_of((dice.binomial(10, level[:, None], (pupils, weeks)) / 10).tolist())


def worked_out(panel: SchoolPanel, rows: range | list[int], week: int, choices: ImpactChoices = SMALL) -> Impact:
    return evaluation([panel], help_for(panel, rows, week), choices).impact("clinic")


# -- laws


def matched(panel: SchoolPanel, helped: list[int], others: list[int]) -> Matched:
    windows = windows_at(panel.weeks, (18, 18), SMALL)
    assert windows is not None
    found = match(
        panel,
        windows,
        np.array(helped),
        np.array(others),
        outcome=windows.after,
        covered=np.zeros(len(panel.enrolments)),
        nearest=len(others),
        distance=100,
    )
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_to_swap_who_was_helped_changes_the_sign(seed: int) -> None:
    """Two sides that had attended alike before, and after as chance would have it: nothing else may change."""
    panel = noisy(seed, pupils=60)
    absent = panel.absent.copy()
    absent[30:, :18] = absent[:30, :18]
    panel = evolve(panel, absent=absent)
    ones, others = list(range(30)), list(range(30, 60))
    there, back = difference([matched(panel, ones, others)]), difference([matched(panel, others, ones)])
    assert there is not None and back is not None
    assert isclose(there.points, -back.points, abs_tol=1e-9)
    # The intervals differ a little in width: help that takes absence away takes spread away, harm does not.
    assert isclose(there.high - there.low, back.high - back.low, rel_tol=0.15)


def test_helped_and_others_who_fared_the_same_differ_by_nothing() -> None:
    half = noisy(3, pupils=60)
    twins = panel_of((np.concatenate([half.absent, half.absent]) / 10).tolist())
    found = worked_out(twins, range(60), 18, evolve(SMALL, nearest=10))
    assert found.effect is not None
    assert abs(found.effect.points) < 1.5
    same = matched(twins, list(range(60)), list(range(60, 120)))
    effect = difference([same])
    assert effect is not None
    assert isclose(effect.points, 0, abs_tol=1e-9)
    assert effect.holds_zero


@pytest.mark.parametrize("points", [-6, 4, 10])
def test_a_difference_between_twins_is_what_was_made(points: int) -> None:
    """Pupils alike before to the session, and after but for so many sessions each: nothing is left to chance."""
    base = [[0.2, 0.3] * 15 for _ in range(80)]
    panel = panel_of(base)
    absent = panel.absent.copy()
    absent[:40, 18:28] -= np.int64(points / 10)
    if points % 10:
        # A tenth of a session a week cannot be: whole sessions in some of the ten weeks.
        absent[:40, 18:28] = panel.absent[:40, 18:28]
        absent[:40, 18 : 18 + abs(points)] -= np.sign(points)
    found = worked_out(evolve(panel, absent=absent), range(40), 18)
    assert found.effect is not None
    assert isclose(found.effect.points, points, abs_tol=1e-9)
    assert found.expected is not None and found.after is not None and found.after.percent is not None
    assert isclose(found.after.percent - found.expected, points, abs_tol=1e-9)
    assert found.verdict is (ImpactVerdict.HELPED if points > 0 else ImpactVerdict.WORSE)
    assert found.placebo is not None and isclose(found.placebo.points, 0, abs_tol=1e-9)


@given(st.permutations(range(20)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_help_changes_nothing(order: list[int]) -> None:
    panel = _ORDERED
    help_ = help_for(panel, range(10), 18) + help_for(panel, range(10, 20), 20)
    before = evaluation([panel], help_, SMALL).impact("clinic")
    assert evaluation([panel], [help_[index] for index in order], SMALL).impact("clinic") == before


_ORDERED = noisy(5)


def test_a_school_without_help_and_pupils_far_away_change_nothing() -> None:
    panel = noisy(6)
    alone = worked_out(panel, range(20), 18)
    elsewhere = panel_of([[0.1] * 30] * 50, school="T", prefix="F")
    both = evaluation([panel, elsewhere], help_for(panel, range(20), 18), SMALL).impact("clinic")
    assert both == alone
    away = evolve(
        panel,
        enrolments=(*panel.enrolments, *(f"Z{number}" for number in range(10))),
        absent=np.concatenate([panel.absent, np.full((10, 30), 10)]),
        possible=np.concatenate([panel.possible, np.full((10, 30), 10)]),
    )
    assert worked_out(away, range(20), 18) == alone


def test_the_interval_is_that_of_leaving_each_enrolment_out_and_fitting_anew() -> None:
    """Held against statsmodels, asked once for every enrolment."""
    from scipy.stats import t
    from statsmodels.regression.linear_model import WLS

    panel = noisy(7)
    one = matched(panel, list(range(12)), list(range(12, 60)))
    other = matched(evolve(panel, absent=panel.absent[:, ::-1].copy()), list(range(5, 15)), list(range(20, 80)))
    rows = [
        (
            key,
            float(place < found.helped),
            100 * found.outcome.absent[place] / found.outcome.possible[place],
            *found.covariates[place],
            100 * found.before.absent[place] / found.before.possible[place],
            float(found.outcome.possible[place])
            if place < found.helped
            else float(found.outcome.possible[: found.helped] @ found.weights()[:, place - found.helped]),
        )
        for found in (one, other)
        for place, key in enumerate(found.enrolments)
    ]

    def fitted(kept: list[tuple[object, ...]]) -> float:
        table = np.array([row[1:] for row in kept], dtype=float)
        more = table[:, 0] * (table[:, 4] - mean)
        design = np.column_stack([np.ones(len(table)), table[:, 0], table[:, 2:4], more])
        return float(WLS(table[:, 1], design, weights=table[:, 5]).fit().params[1])

    levels = np.array([(row[5], row[6]) for row in rows if row[1]], dtype=float)
    mean = np.average(levels[:, 0], weights=levels[:, 1])
    keys = sorted({str(row[0]) for row in rows})
    whole = fitted(list(rows))
    without = np.array([fitted([row for row in rows if row[0] != key]) for key in keys])
    helped = {str(row[0]) for row in rows if row[1]}
    after = np.array([(row[2], row[6]) for row in rows if row[1]], dtype=float)
    absent = np.average(after[:, 0], weights=after[:, 1])
    wider = np.array([max(1, (absent - whole) / absent) ** 0.5 if key in helped else 1 for key in keys])
    error = np.sqrt((len(keys) - 1) / len(keys) * ((wider * (without - whole)) ** 2).sum())
    reach = t.ppf(0.975, len(helped) - 1) * error
    effect = difference([one, other])
    assert effect is not None
    assert (effect.enrolments, effect.compared) == (len(helped), len({str(row[0]) for row in rows if not row[1]}))
    assert np.allclose((effect.points, effect.low, effect.high), (-whole, -whole - reach, -whole + reach), atol=1e-8)


# -- edge cases


def test_below_the_minimum_numbers_nothing_is_said_but_that() -> None:
    panel = noisy(8)
    for rows, choices in ((range(4), SMALL), (range(20), evolve(SMALL, pool=101))):
        found = worked_out(panel, rows, 18, choices)
        assert found.verdict is ImpactVerdict.NOT_ENOUGH
        said = (found.before, found.after, found.expected, found.effect, found.placebo, found.persistent, found.cost)
        assert set(said) == {None}
        assert "%" not in found.reason
        assert found.helped == len(rows)
    assert worked_out(panel, range(4), 18).reason == "4 helped pupils can be compared, and at least 5 are needed."


def test_where_everybody_is_helped_there_is_no_comparison_and_that_is_said() -> None:
    panel = noisy(9)
    found = worked_out(panel, range(120), 18)
    assert found.verdict is ImpactVerdict.NOT_ENOUGH
    assert [(one.reason, one.enrolments) for one in found.not_compared] == [(WhyNot.NOBODY_ALIKE, 120)]
    assert found.compared == 0


def test_where_the_others_are_helped_a_week_later_there_is_no_comparison_either() -> None:
    panel = noisy(9)
    help_ = help_for(panel, range(60), 18) + help_for(panel, range(60, 120), 19)
    found = evaluation([panel], help_, SMALL).impact("clinic")
    assert found.verdict is ImpactVerdict.NOT_ENOUGH
    assert found.reason == (
        "There is no comparison group: those who are alike were mostly helped soon after, or never attended alike."
    )


def test_joiners_and_leavers_are_left_out_with_their_reason() -> None:
    panel = noisy(10)
    possible, absent = panel.possible.copy(), panel.absent.copy()
    possible[0, :16] = absent[0, :16] = 0  # joined two weeks before the help
    possible[1, 20:] = absent[1, 20:] = 0  # left two weeks after
    possible[2, 16:18] = absent[2, 16:18] = 0  # nothing possible in the last weeks before
    found = worked_out(evolve(panel, possible=possible, absent=absent), range(20), 18)
    reasons = {one.reason: one.enrolments for one in found.not_compared}
    assert reasons == {WhyNot.FEW_BEFORE: 2, WhyNot.FEW_AFTER: 1}
    assert found.compared == 17
    assert found.before is not None
    assert found.before.possible == 17 * 120


def test_help_at_the_start_or_the_end_of_the_register_has_no_window() -> None:
    panel = noisy(11)
    for week in (0, 2, 27, 29):
        found = worked_out(panel, range(20), week)
        assert [(one.reason, one.enrolments) for one in found.not_compared] == [(WhyNot.NO_WINDOW, 20)]
        assert found.verdict is ImpactVerdict.NOT_ENOUGH


def test_a_register_of_one_autumn_gives_a_shorter_window_and_no_placebo_and_says_so() -> None:
    found = worked_out(noisy(12), range(20), 6)
    assert found.effect is not None and found.placebo is None
    assert any("only a shorter window" in note for note in found.notes)
    assert any("There is no placebo" in note for note in found.notes)


def test_nobody_with_help_of_any_kind_is_compared_with() -> None:
    panel = noisy(13)
    mine = help_for(panel, range(20), 18)
    elsewhere = help_for(panel, list(range(20, 110)), 10, "another")
    found = evaluation([panel], [*mine, *elsewhere], evolve(SMALL, pool=5)).impact("clinic")
    assert found.effect is None or found.effect.compared <= 10
    ended = [evolve(one, end=panel.weeks[4].last, start=panel.weeks[1].first) for one in elsewhere]
    again = evaluation([panel], [*mine, *ended], SMALL).impact("clinic")
    assert again.effect == evaluation([panel], mine, SMALL).impact("clinic").effect


def test_of_two_kinds_of_help_at_once_and_of_the_same_twice_is_told() -> None:
    panel = noisy(14)
    mine = help_for(panel, range(20), 18)
    twice = help_for(panel, range(5), 24)
    other = help_for(panel, range(5, 8), 19, "another")
    plain = evaluation([panel], mine, SMALL).impact("clinic")
    found = evaluation([panel], [*mine, *twice, *other], SMALL).impact("clinic")
    assert found.effect == plain.effect and found.helped == 20
    assert "3 had other help at the same time: the difference is of both together." in found.notes
    assert "5 were helped more than once: windows lie around the first time." in found.notes


def test_others_who_are_helped_later_stay_and_their_share_is_allowed_for() -> None:
    base = [[0.2, 0.3] * 15 for _ in range(80)]
    panel = panel_of(base)
    absent = panel.absent.copy()
    absent[:30, 18:] -= 1  # ten points for the helped
    absent[30:40, 23:] -= 1  # and for those helped five weeks later
    help_ = help_for(panel, range(30), 18) + help_for(panel, range(30, 40), 23)
    found = evaluation([evolve(panel, absent=absent)], help_, SMALL).impact("clinic")
    assert found.effect is not None
    assert isclose(found.effect.points, 10, abs_tol=0.2)
    assert any("helped later within the window themselves" in note for note in found.notes)


def test_a_difference_that_was_there_before_the_help_is_not_taken_for_help() -> None:
    """The helped had always been more absent, but for the weeks that they were matched on."""
    dice = np.random.default_rng(15)
    rates = dice.binomial(10, 0.15, (150, 38)) / 10
    rates[:40, :14] = dice.binomial(10, 0.4, (40, 14)) / 10
    rates[:40, 26:] = dice.binomial(10, 0.05, (40, 12)) / 10
    found = worked_out(panel_of(rates.tolist()), range(40), 26)
    assert found.placebo is not None and found.placebo.high < 0
    assert found.verdict is ImpactVerdict.CANNOT_TELL
    assert "is not to be trusted" in found.reason


def test_a_window_never_reaches_past_the_last_day() -> None:
    panel = noisy(16)
    cut = evolve(panel, weeks=panel.weeks[:24], absent=panel.absent[:, :24], possible=panel.possible[:, :24])
    found = worked_out(cut, range(20), 18)
    assert found.after is not None and found.after.possible == 20 * 60
    assert any("only a shorter window" in note for note in found.notes)


# -- what stands beside


def test_limits_are_counted_in_whole_sessions_and_returns_over_the_last_weeks() -> None:
    rates = [[0.1] * 30 for _ in range(60)]
    panel = panel_of(rates)
    absent = panel.absent.copy()
    absent[:5, 18:] = 0  # five of the helped come back at once
    absent[5, 18:24] = 0  # one for six weeks only
    absent[6, 12] = 0  # one was never persistent: 11 of 120
    absent[7, 18:] = 5  # one becomes severe
    found = worked_out(evolve(panel, absent=absent), range(10), 18)
    persistent, severe, back = found.persistent, found.severe, found.reintegration
    assert persistent is not None and severe is not None and back is not None
    assert (persistent.before, persistent.left, persistent.entered, persistent.after) == (9, 6, 1, 4)
    assert isclose(persistent.expected, 10)
    assert (severe.before, severe.left, severe.entered, severe.after) == (0, 0, 1, 1)
    assert (back.absent_before, back.held, back.weeks) == (9, 5, 4)
    assert isclose(back.expected, 0)
    strict = worked_out(evolve(panel, absent=absent), range(10), 18, evolve(SMALL, strict=True))
    assert strict.persistent is not None and strict.persistent.before == 0


def with_costs(points: int, cost: float | None, scores: tuple[Score, ...] = ()) -> Impact:
    panel = panel_of([[0.2, 0.3] * 15 for _ in range(80)])
    absent = panel.absent.copy()
    absent[:40, 18 : 18 + abs(points)] -= np.sign(points)
    help_ = [evolve(one, cost=cost, scores=scores) for one in help_for(panel, range(40), 18)]
    return evaluation([evolve(panel, absent=absent)], help_, SMALL).impact("clinic")


def test_cost_is_divided_by_the_sessions_gained() -> None:
    found = with_costs(4, 50.0).cost
    assert found is not None and found.pounds is not None and found.low is not None and found.high is not None
    # Four sessions of a hundred each, forty pupils: 160 sessions for 2,000 pounds.
    assert (found.total, found.enrolments) == (2000, 40)
    assert isclose(found.gained, 160) and isclose(found.pounds, 12.5)
    assert found.low <= found.pounds <= found.high


def test_where_nothing_was_gained_no_session_has_a_price() -> None:
    found = with_costs(-4, 50.0).cost
    assert found is not None
    assert (found.pounds, found.low, found.high) == (None, None, None)
    assert with_costs(4, None).cost is None


def test_recorded_scores_stand_beside_for_those_who_have_both() -> None:
    scores = (
        Score(kind=ScoreKind.WELLBEING, before=2, after=3),
        Score(kind=ScoreKind.ENGAGEMENT, before=2),
        Score(kind=ScoreKind.FAMILY_TRUST, before=4, after=3.5),
    )
    told = with_costs(4, None, scores).scores
    assert [(one.kind, one.before, one.after, one.enrolments, one.rose, one.fell) for one in told] == [
        (ScoreKind.WELLBEING, 2, 3, 40, 40, 0),
        (ScoreKind.FAMILY_TRUST, 4, 3.5, 40, 0, 40),
    ]


def test_a_treatment_is_checked_and_shows_nobody() -> None:
    day = year()[3].first
    with pytest.raises(DocumentError, match="lies before the start"):
        Treatment(enrolment_id="E1", part_of="clinic", start=day, end=day - timedelta(days=1))
    for cost in (-1.0, float("inf"), float("nan")):
        with pytest.raises(DocumentError, match="is no amount"):
            Treatment(enrolment_id="E1", part_of="clinic", start=day, cost=cost)
    assert "Canary" not in repr(Treatment(enrolment_id="Canary", part_of="clinic", start=day))


def test_the_words_of_a_verdict_hold_its_numbers() -> None:
    before, after = Attended(attended=800, possible=1000), Attended(attended=880, possible=1000)

    def said(low: float, high: float, placebo: Effect | None = None) -> tuple[ImpactVerdict, str]:
        effect = Effect(points=(low + high) / 2, low=low, high=high, enrolments=20, compared=90)
        return judge(effect, placebo, before, after, choices=SMALL, helped=20, pool=90)

    verdict, reason = said(1, 5)
    assert verdict is ImpactVerdict.HELPED
    assert reason == (
        "From 80.0 % (800 of 1,000 sessions) to 88.0 % (880 of 1,000 sessions), attendance of 20 helped pupils rose by "
        "8.0 points. Pupils who had attended alike and had no help would have risen by 5.0 points. The difference is "
        "+3.0 points, its 95 % interval +1.0 to +5.0, which lies above zero."
    )
    assert said(-1, 5)[0] is ImpactVerdict.NO_EFFECT
    fails = Effect(points=-3, low=-5, high=-1, enrolments=20, compared=90)
    assert said(1, 5, fails)[0] is ImpactVerdict.CANNOT_TELL
    holds = evolve(fails, high=1)
    assert said(1, 5, holds)[0] is ImpactVerdict.HELPED


def test_harm_is_said_only_where_a_placebo_shows_that_they_were_alike() -> None:
    before, after = Attended(attended=800, possible=1000), Attended(attended=780, possible=1000)
    effect = Effect(points=-3, low=-5, high=-1, enrolments=20, compared=90)

    def said(placebo: Effect | None) -> tuple[ImpactVerdict, str]:
        return judge(effect, placebo, before, after, choices=SMALL, helped=20, pool=90)

    alike = Effect(points=-0.5, low=-2, high=1, enrolments=20, compared=90)
    assert said(alike)[0] is ImpactVerdict.WORSE
    verdict, reason = said(None)
    assert verdict is ImpactVerdict.CANNOT_TELL and "there is no placebo" in reason
    verdict, reason = said(evolve(alike, points=-1.5, low=-4))
    assert verdict is ImpactVerdict.CANNOT_TELL and "But it holds -1.5 points" in reason


def test_without_the_statistics_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    register = read(marks_table([("P1", day.first, "AM", "/") for day in year(3)]))
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "statsmodels":
            raise ImportError("no statsmodels", name="statsmodels")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingLibraryError, match=r"statsmodels is not installed.*attendance-core\[statistics\]"):
        school_panels(analysis(register))


# -- planted effects, the light form of benchmarks/impact.py

SCHOOLS = 40


@pytest.fixture(scope="module")
def schools() -> list[Invented]:
    return [invent(seed) for seed in range(1, SCHOOLS + 1)]


def answers(schools: list[Invented], points: float) -> list[Impact]:
    return [school.helped(school.share(points)).impact("mentoring") for school in schools]


@pytest.mark.parametrize("points", [0, 3])
def test_the_interval_holds_what_was_planted(schools: list[Invented], points: int) -> None:
    found = [one.effect for one in answers(schools, points)]
    held = sum(effect is not None and effect.low <= points <= effect.high for effect in found)
    # 95 % of forty is 38; fewer than 34 would be seen once in a hundred.
    assert held >= 34
    mean = sum(effect.points for effect in found if effect is not None) / SCHOOLS
    assert abs(mean - points) < 0.8


def test_nothing_planted_is_not_called_help_though_the_naive_comparison_rises(schools: list[Invented]) -> None:
    found = answers(schools, 0)
    assert sum(one.verdict is ImpactVerdict.HELPED for one in found) <= 4
    naive = [one.naive for one in found if one.naive is not None]
    assert sum(naive) / SCHOOLS > 2
    assert sum(rise > 0 for rise in naive) > 0.9 * SCHOOLS


def test_three_points_at_sixty_pupils_are_found_in_half_of_the_schools(schools: list[Invented]) -> None:
    assert sum(one.verdict is ImpactVerdict.HELPED for one in answers(schools, 3)) >= SCHOOLS / 2


def test_pupils_chosen_by_what_no_mark_tells_are_seldom_said_to_be_harmed() -> None:
    """Staff know more than marks; that looks like harm where help did nothing, and never like help."""
    found = [invent(seed, known_level=0.5).helped(0).impact("mentoring") for seed in range(1, SCHOOLS + 1)]
    verdicts = [one.verdict for one in found]
    assert verdicts.count(ImpactVerdict.HELPED) <= 2
    assert verdicts.count(ImpactVerdict.WORSE) <= 5
    assert sum(one.effect.points for one in found if one.effect is not None) / SCHOOLS < 0


def test_the_exported_panel_gives_others_the_same_pupils_and_the_trap(schools: list[Invented]) -> None:
    """A plain difference in differences from the panel finds help where none was; that is why pupils are matched."""
    trapped = matched_points = 0.0
    for school in schools[:10]:
        asked = school.helped(0)
        rows = panel_frame(asked.panels, asked.treatments, "mentoring").rows(named=True)
        assert len({row["unit"] for row in rows if row["first_treated"]}) == 60
        sums = {(helped, late): [0, 0] for helped in (False, True) for late in (False, True)}
        for row in rows:
            # The weeks around the middle of the starts, for those helped by then.
            if 12 <= row["time"] <= 32 and (row["first_treated"] == 0 or 20 <= row["first_treated"] <= 24):
                cell = sums[row["first_treated"] > 0, row["time"] >= 24]
                cell[0] += row["possible"] - row["absent"]
                cell[1] += row["possible"]
        rate = {key: 100 * attended / possible for key, (attended, possible) in sums.items()}
        trapped += (rate[True, True] - rate[True, False]) - (rate[False, True] - rate[False, False])
        effect = asked.impact("mentoring").effect
        assert effect is not None
        matched_points += effect.points
    assert trapped / 10 > 1
    assert abs(matched_points / 10) < 1


def test_help_of_enrolments_that_the_register_does_not_hold_is_told() -> None:
    panel = noisy(17)
    stranger = Treatment(enrolment_id="Canary", part_of="clinic", start=panel.weeks[18].first)
    found = evaluation([panel], [*help_for(panel, range(20), 18), stranger], SMALL).impact("clinic")
    assert found.helped == 20
    assert "Helped enrolments that the register does not hold, and that are left out: 1." in found.notes
    assert "Canary" not in repr(found)


def test_of_nobody_nothing_is_said() -> None:
    asked = Evaluation(
        panels=(noisy(1),), treatments=(), choices=SMALL, as_of=year()[-1].last, profile="year-to-date"
    ).impact("clinic")
    assert (asked.verdict, asked.helped, asked.first) == (ImpactVerdict.NOT_ENOUGH, 0, None)
