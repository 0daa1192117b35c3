"""Recognition: of what was improved and held, never against anybody else, and never against illness or disability."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from attendance_core.dates import DateRange
from attendance_core.errors import DocumentError
from attendance_core.model.letters import RecognitionKind
from attendance_core.model.reports import Paragraph, Table, View
from attendance_core.reports.recognition import Recognised
from attendance_core.support.letters import load_templates
from attendance_core.support.recognition import RecognitionCase, RecognitionRule, counted, recognised
from attendance_core.support.sessions import PupilSessions
from tests.commands import attendance
from tests.support_school import DAYS, Marks, bench, present, school

#: A busy machine may draw slowly.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
IMPROVED, SUSTAINED = RecognitionKind.IMPROVED, RecognitionKind.SUSTAINED
PERIOD = DateRange(date(2025, 11, 3), date(2025, 12, 19))
RULE = RecognitionRule()
#: Number of the first school day after the break of autumn, and of the last one before Christmas.
BREAK, END = DAYS.index(date(2025, 11, 3)), DAYS.index(date(2025, 12, 19))


def sessions(possible: int, **missed: int) -> PupilSessions:
    return PupilSessions(period=PERIOD, possible=possible, attended=possible - sum(missed.values()), **missed)


def case(now: PupilSessions, before: PupilSessions | None = None, *weeks: PupilSessions) -> RecognitionCase:
    return RecognitionCase(now=now, before=before, weeks=weeks)


WEEK = sessions(10)


@pytest.mark.parametrize(
    ("one", "twin", "kind"),
    [
        # Improved: five points, and not a session less.
        (
            case(sessions(100, unauthorised=5), sessions(100, unauthorised=10)),
            case(sessions(100, unauthorised=6), sessions(100, unauthorised=10)),
            IMPROVED,
        ),
        # More illness than before takes nothing away; the same sessions without leave do.
        (
            case(sessions(100, unauthorised=2, illness=30), sessions(100, unauthorised=12)),
            case(sessions(100, unauthorised=32), sessions(100, unauthorised=12)),
            IMPROVED,
        ),
        # Less absence for reasons of health or with leave is an improvement too, if nothing else got worse.
        (
            case(sessions(100, illness=10), sessions(100, illness=40)),
            case(sessions(100, illness=10, unauthorised=1), sessions(100, illness=40)),
            IMPROVED,
        ),
        # Few sessions say nothing.
        (
            case(sessions(40), sessions(40, unauthorised=10)),
            case(sessions(39), sessions(40, unauthorised=10)),
            IMPROVED,
        ),
        # Held for six weeks: one session a week at most, one in twenty in all.
        (
            case(WEEK, None, *[sessions(10, unauthorised=1)] * 3, *[WEEK] * 3),
            case(WEEK, None, *[sessions(10, unauthorised=1)] * 4, *[WEEK] * 2),
            SUSTAINED,
        ),
        (
            case(WEEK, None, sessions(10, unauthorised=1), *[WEEK] * 5),
            case(WEEK, None, sessions(10, unauthorised=2), *[WEEK] * 5),
            SUSTAINED,
        ),
        # A week of illness neither counts nor breaks; a week away without leave breaks.
        (
            case(WEEK, None, WEEK, sessions(10, illness=10), *[WEEK] * 5),
            case(WEEK, None, WEEK, sessions(10, unauthorised=10), *[WEEK] * 5),
            SUSTAINED,
        ),
        # Two days of illness in each week are nothing either.
        (
            case(WEEK, None, *[sessions(10, illness=4)] * 6),
            case(WEEK, None, *[sessions(10, unauthorised=4)] * 6),
            SUSTAINED,
        ),
        # A part-time timetable has fewer sessions and the same right to be seen.
        (
            case(WEEK, None, *[sessions(5)] * 6),
            case(WEEK, None, *[sessions(5, unauthorised=2)] * 6),
            SUSTAINED,
        ),
        (case(WEEK, None, *[WEEK] * 6), case(WEEK, None, *[WEEK] * 5), SUSTAINED),
        # Leave that the school gave, and a suspension, are not held against a child.
        (
            case(WEEK, None, *[WEEK] * 5, sessions(10, granted=6)),
            case(WEEK, None, *[WEEK] * 5, sessions(10, unexplained=6)),
            SUSTAINED,
        ),
    ],
)
def test_what_is_recognised_has_a_twin_that_is_not(
    one: RecognitionCase, twin: RecognitionCase, kind: RecognitionKind
) -> None:
    assert kind in recognised(one, RULE)
    assert kind not in recognised(twin, RULE)


def test_without_an_earlier_period_nobody_can_be_told_to_have_improved() -> None:
    assert recognised(case(sessions(100)), RULE) == ()


COUNT = st.integers(0, 20)


@st.composite
def some(draw: st.DrawFn) -> PupilSessions:
    missed = {name: draw(COUNT) for name in ("unauthorised", "unexplained", "illness", "granted")}
    return sessions(sum(missed.values()) + draw(st.integers(0, 100)), **missed)


@calm
@given(st.lists(some(), min_size=6, max_size=8), st.integers(0, 7), COUNT)
def test_a_week_of_illness_never_breaks_a_run(weeks: list[PupilSessions], at: int, ill: int) -> None:
    base = recognised(case(WEEK, None, *weeks), RULE)
    at = min(at, len(weeks))
    more = (*weeks[:at], sessions(ill, illness=ill), *weeks[at:])
    assert recognised(case(WEEK, None, *more), RULE) == base


@calm
@given(some(), some(), COUNT)
def test_illness_on_top_takes_no_improvement_of_what_counts_away(
    now: PupilSessions, before: PupilSessions, ill: int
) -> None:
    before = evolve(before, attended=before.possible - before.unauthorised - before.unexplained, illness=0, granted=0)
    assume(min(counted(now)[1], counted(before)[1]) >= RULE.minimum_possible)
    iller = evolve(now, possible=now.possible + ill, illness=now.illness + ill)
    assert recognised(case(iller, before), RULE) == recognised(case(now, before), RULE)


@calm
@given(some(), some(), st.lists(some(), max_size=8))
def test_coming_more_often_never_takes_recognition_away(
    now: PupilSessions, before: PupilSessions, weeks: list[PupilSessions]
) -> None:
    def came(one: PupilSessions) -> PupilSessions:
        return evolve(one, attended=one.attended + one.unauthorised, unauthorised=0)

    base = set(recognised(case(now, before, *weeks), RULE))
    assert base <= set(recognised(case(came(now), before, *map(came, weeks)), RULE))


@pytest.mark.parametrize("changes", [{"points": 0}, {"weeks": 0}, {"missed_a_week": -1}, {"minimum_possible": 0}])
def test_a_rule_that_recognises_anything_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(DocumentError, match="or more"):
        RecognitionRule(**changes)


# -- a register


def marks(before: str, after: str, every: int) -> Marks:
    """Miss one session of every few with one code before the break, with another after it."""

    def of(day: int, session: str) -> str:
        code = before if day < BREAK else after
        return code if code and day % every == 0 and session == "AM" else present(day, session)

    return of


PUPILS: dict[str, Marks] = {
    "low-improved": lambda day, half: "O" if day < BREAK and day % 2 else present(day, half),
    "steady": present,
    "ill": marks("", "I", 2),
    "away": marks("", "O", 2),
    "low-always": lambda day, half: "O" if day % 2 else present(day, half),
}


def found() -> tuple[Any, Recognised]:
    register = school(PUPILS, until=DAYS[END])
    return register, bench().recognition(register)


def table(view: View) -> Table:
    (one,) = [block for section in view.report.sections for block in section.blocks if isinstance(block, Table)]
    return one


def test_a_register_is_held_against_each_pupils_own_half_term_before() -> None:
    _, all_ = found()
    assert (all_.period, all_.before) == ("Autumn 2", "Autumn 1")
    assert {who.pupil_id: kinds for who, kinds in all_.kinds.items()} == {
        "low-improved": (IMPROVED, SUSTAINED),
        "steady": (SUSTAINED,),
        "ill": (SUSTAINED,),
        "away": (),
        "low-always": (),
    }


def test_the_list_names_no_low_attender_and_tells_no_rate() -> None:
    register, all_ = found()
    view = bench().recognition_view(all_, register)
    one = table(view)
    assert [column.key for column in one.columns] == ["pupil_id"]
    assert [row[0] for row in one.rows] == ["ill", "low-improved", "steady"], "by id, whoever was low before"
    shown = str(view.report.sections)
    assert "low-always" not in shown and "'away'" not in shown
    told = table(bench().recognition_view(all_, register, tell_why=True))
    assert told.rows[1] == ("low-improved", "improved and sustained")


def test_an_audience_that_reads_no_names_gets_none() -> None:
    register, all_ = found()
    for audience in ("governors", "public"):
        view = bench().recognition_view(all_, register, audience=audience)
        shown = str(view.report.sections)
        assert not any(name in shown for name in ("low-improved", "steady'", "'ill'"))
        blocks = [block for section in view.report.sections for block in section.blocks]
        assert all(isinstance(block, Paragraph) for block in blocks)
    assert "low-improved" not in repr(all_)


def test_letters_say_well_done_to_those_and_nobody_else() -> None:
    register, _ = found()
    for id, expected in (("well-done-improved", 1), ("well-done-sustained", 3)):
        letters = bench().letters(register, load_templates()[id], as_of=DAYS[END]).letters
        assert len(letters) == expected
        assert not any("%" in letter.text or "days" in letter.text for letter in letters)


def test_the_command_lists_who_is_recognised(tmp_path: Path) -> None:
    assert attendance("demo", "--out", tmp_path / "s", "--pupils", 60).status == 0
    s = tmp_path / "s"
    base = ("recognition", s / "marks.csv", "--pupils", s / "pupils.csv", "--calendar", s / "calendar.toml")
    plain = attendance(*base, "--format", "csv", "--out", tmp_path / "o")
    assert plain.status in (0, 1), plain.err
    text = (tmp_path / "o" / "recognised.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "pupil_id" and len(text.splitlines()) > 5
    few = attendance(*base, "--weeks", 1, "--tell-why", "--format", "csv", "--out", tmp_path / "p")
    assert few.status in (0, 1)
    assert (tmp_path / "p" / "recognised.csv").read_text(encoding="utf-8").startswith("pupil_id,recognised\n")
    wrong = attendance(*base, "--points", 0)
    assert (wrong.status, "points: 0 found" in wrong.err) == (2, True)


def test_the_first_half_term_has_nothing_before_it() -> None:
    register = school({"ann": present}, until=DAYS[20])
    store = bench()
    all_ = store.recognition(register)
    assert all_.before == ""
    view = store.recognition_view(all_, register)
    text = " ".join(
        block.text for section in view.report.sections for block in section.blocks if isinstance(block, Paragraph)
    )
    assert "Improved cannot be told: there is no earlier period." in text
