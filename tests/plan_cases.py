"""Plans and calendars for tests: made by hand, or generated whole."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from attendance_core.dates import AcademicYear
from attendance_core.model.actions import ActionState, Evidence, EvidenceKind
from attendance_core.model.calendars import Break, CalendarDocument, Closure, Term, TermName
from attendance_core.model.plan_rows import Cadence, HalfTermName, Rhythm, TargetKind
from attendance_core.model.plans import (
    CarryOver,
    ImprovementPlan,
    Judgement,
    Objective,
    ObjectiveState,
    PlanAction,
    PlanReview,
    PlanStage,
    PlanTarget,
    ReviewDecision,
    Verdict,
)
from attendance_core.plans.drafting import by_half_term
from attendance_core.plans.half_terms import HalfTerms
from attendance_core.register.calendar import SchoolCalendar, work_out

YEAR = AcademicYear(2025)
A1, A2, S1, S2, U1, U2 = HalfTermName

#: 2025/26 with a week off in each term: six half terms. Written down here, so that tests can be counted by hand.
SIX = CalendarDocument(
    school="hand-made",
    terms=(
        Term(
            name=TermName.AUTUMN,
            start=date(2025, 9, 1),
            end=date(2025, 12, 19),
            half_term=Break(start=date(2025, 10, 27), end=date(2025, 10, 31)),
        ),
        Term(
            name=TermName.SPRING,
            start=date(2026, 1, 5),
            end=date(2026, 3, 27),
            half_term=Break(start=date(2026, 2, 16), end=date(2026, 2, 20)),
        ),
        Term(
            name=TermName.SUMMER,
            start=date(2026, 4, 13),
            end=date(2026, 7, 20),
            half_term=Break(start=date(2026, 5, 25), end=date(2026, 5, 29)),
        ),
    ),
    closures=(Closure(date=date(2025, 9, 1)), Closure(date=date(2026, 5, 4))),
)
#: The same year where the summer term has no week off: five half terms.
FIVE = CalendarDocument(
    school="hand-made",
    terms=(*SIX.terms[:2], Term(name=TermName.SUMMER, start=date(2026, 4, 13), end=date(2026, 7, 20))),
)


def calendar(document: CalendarDocument = SIX) -> SchoolCalendar:
    return work_out(document, "hand-made")


def half_terms(document: CalendarDocument = SIX) -> HalfTerms:
    return HalfTerms.of(calendar(document), YEAR)


def action(id: str = "a", **more: Any) -> PlanAction:
    return PlanAction(id=id, **{"text": f"Do {id}.", **more})


def objective(id: str = "one", *cells: tuple[HalfTermName, PlanAction], **more: Any) -> Objective:
    given = {"stage": "expect", "text": "Attendance is expected.", "half_terms": by_half_term(cells), **more}
    return Objective(id=id, **given)


def plan(*objectives: Objective, **more: Any) -> ImprovementPlan:
    given = {
        "id": "plan-2025-26",
        "title": "Attendance improvement plan 2025/26",
        "academic_year": "2025/26",
        "stages": (PlanStage(id="expect", label="EXPECT"),),
        "objectives": objectives,
        **more,
    }
    return ImprovementPlan(**given)


# -- generated

DAYS = st.dates(date(2025, 8, 1), date(2026, 8, 31))
SIGNS = "abcdefghij klmnop,;:'\"/\\=+-@()%&<>é£"
WORDS = st.text(SIGNS, min_size=1, max_size=25).filter(lambda text: bool(text.strip()))


@st.composite
def plan_actions(draw: st.DrawFn, id: str, *, closed_only: bool, texts: st.SearchStrategy[str] = WORDS) -> PlanAction:
    states = [ActionState.DONE, ActionState.DROPPED] if closed_only else list(ActionState)
    state = draw(st.sampled_from(states))
    carried = sorted(draw(st.lists(DAYS, max_size=2)))
    return PlanAction(
        id=id,
        text=draw(texts),
        owner=draw(texts),
        due=draw(st.none() | DAYS),
        state=state,
        done_on=draw(DAYS) if state is ActionState.DONE else None,
        reason=draw(texts) if state is ActionState.DROPPED else "",
        evidence=(Evidence(kind=EvidenceKind.STATEMENT, text=draw(texts), source=draw(texts)),),
        cadence=draw(st.none() | st.builds(Cadence, every=st.sampled_from(Rhythm), what=texts)),
        held=tuple(sorted(draw(st.sets(DAYS, max_size=3)))),
        carried=tuple(
            CarryOver(
                on=on,
                from_year="2025/26",
                from_half_term=draw(st.sampled_from(HalfTermName)),
                from_due=draw(st.none() | DAYS),
                reason=draw(texts),
            )
            for on in carried
        ),
    )


@st.composite
def plan_targets(draw: st.DrawFn, id: str, texts: st.SearchStrategy[str] = WORDS) -> PlanTarget:
    kind = draw(st.sampled_from(TargetKind))
    text = draw(texts)
    if kind is TargetKind.NUMERIC:
        number = draw(st.integers(0, 1000)) / 10
        low = draw(st.booleans())
        return PlanTarget(
            id=id,
            kind=kind,
            text=text,
            measure="attendance",
            at_least=number if low else None,
            at_most=None if low else number,
        )
    if kind is TargetKind.BENCHMARK:
        return PlanTarget(id=id, kind=kind, text=text, measure="attendance", benchmark="national-average")
    if kind is TargetKind.GROUP:
        return PlanTarget(id=id, kind=kind, text=text, measure="attendance", cohorts=("fsm",))
    judged = st.builds(
        Judgement, on=DAYS, by=st.lists(texts, max_size=1).map(tuple), verdict=st.sampled_from(Verdict), reason=texts
    )
    return PlanTarget(id=id, kind=kind, text=text, judgements=tuple(draw(st.lists(judged, max_size=2))))


@st.composite
def plans(draw: st.DrawFn, texts: st.SearchStrategy[str] = WORDS) -> ImprovementPlan:
    """A plan with everything that one can hold, that its lint lets pass."""
    objectives = []
    reviews = []
    for number in range(draw(st.integers(0, 4))):
        id = f"o{number}"
        state = draw(st.sampled_from(ObjectiveState))
        shut = state in (ObjectiveState.FINISHED, ObjectiveState.STOPPED)
        cells = [
            (draw(st.sampled_from(HalfTermName)), draw(plan_actions(f"{id}-a{count}", closed_only=shut, texts=texts)))
            for count in range(draw(st.integers(0, 4)))
        ]
        people = st.lists(texts, max_size=2).map(tuple)
        objectives.append(
            Objective(
                id=id,
                label=draw(texts),
                stage=draw(st.sampled_from(("first", "second"))),
                text=draw(texts),
                state=state,
                leads=draw(people),
                monitors=draw(people),
                reports_to=draw(people),
                governor_link=draw(people),
                half_terms=by_half_term(cells),
                targets=tuple(draw(plan_targets(f"{id}-t{count}", texts)) for count in range(draw(st.integers(0, 2)))),
                cost=draw(texts),
                amount=draw(st.none() | st.integers(0, 100_000)),
                funding=draw(texts),
                evaluation=draw(people),
                answers=draw(st.sampled_from(((), ("attendance-standards/1.8",)))),
            )
        )
        for _ in range(draw(st.integers(0, 2))):
            on = draw(DAYS)
            reviews.append(
                PlanReview(
                    on=on,
                    objective=id,
                    by=(draw(texts),),
                    done=draw(texts),
                    evidence=(Evidence(kind=EvidenceKind.MEETING, text=draw(texts), on=on),),
                    decision=draw(st.sampled_from(ReviewDecision)),
                    reason=draw(texts),
                    next_on=draw(st.none() | st.just(on + timedelta(days=30))),
                )
            )
    return ImprovementPlan(
        id="plan-x",
        title=draw(texts),
        academic_year="2025/26",
        school=draw(texts),
        audit=draw(texts),
        note=draw(texts),
        stages=(
            PlanStage(id="first", label=draw(texts), title=draw(texts), target_year=2026),
            PlanStage(id="second", title=draw(texts)),
        ),
        objectives=tuple(objectives),
        reviews=tuple(sorted(reviews, key=lambda one: one.on)),
    )
