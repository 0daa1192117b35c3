"""Agendas: last meeting's follow-ups first, what is due next, and nobody named to whom may not read names."""

from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from attendance_core.errors import DocumentError, UnknownNameError, UnreadableFileError
from attendance_core.frameworks.loading import load_frameworks
from attendance_core.model.actions import Action, ActionState
from attendance_core.model.agendas import AgendaKind, AgendaPartKind, AgendaPoint, Meeting
from attendance_core.model.crosswalks import ItemRef
from attendance_core.model.plan_rows import Rhythm, TargetKind
from attendance_core.model.plans import ImprovementPlan, ObjectiveState, PlanTarget
from attendance_core.plans.agendas import (
    Agenda,
    AgendaMaterial,
    AgendaSection,
    load_kinds,
    make_agenda,
    named_kind,
    parse_kind,
)
from attendance_core.plans.standing import status
from tests import school
from tests.plan_cases import A2, S2, U2, action, calendar, half_terms, objective, plan

AS_OF = date(2026, 1, 20)
PLAN = plan(
    objective(
        "one",
        (A2, action("late", text="Tell parents.")),
        (A2, action("done", state=ActionState.DONE, done_on=date(2025, 11, 5))),
        (S2, action("soon")),
        targets=(PlanTarget(id="t", kind=TargetKind.QUALITATIVE, text="All know."),),
        leads=("attendance manager",),
    ),
    objective("two", (A2, action("waits")), state=ObjectiveState.WAITING),
)
LAST = Meeting(
    kind="line-manager",
    on=date(2026, 1, 9),
    points=(
        AgendaPoint(part="Reviews", text="Attendance is expected.", covered=True),
        AgendaPoint(part="Reviews", text="Look at letters."),
    ),
    follow_ups=(
        Action(id="f1", text="Ring the school nurse.", state=ActionState.DONE, done_on=date(2026, 1, 12)),
        Action(id="f2", text="Send the letter.", owner="attendance manager", due=date(2026, 1, 30)),
        Action(id="f3", text="Ask the authority.", owner="headteacher", due=date(2026, 1, 16)),
    ),
)


def made(kind: str | AgendaKind = "line-manager", **more: object) -> Agenda:
    material = AgendaMaterial(
        **{  # type: ignore[arg-type]
            "status": status(PLAN, AS_OF, calendar(), half_terms()),
            "frameworks": load_frameworks(),
            "calendar": calendar(),
            **more,
        }
    )
    return make_agenda(named_kind(kind) if isinstance(kind, str) else kind, AS_OF, material)


def section(agenda: Agenda, kind: AgendaPartKind) -> AgendaSection:
    (found,) = [one for one in agenda.sections if one.part.kind is kind]
    return found


def test_the_last_meetings_follow_ups_stand_first_and_the_late_ones_before_all() -> None:
    first = made(last=LAST).sections[0]
    assert first.part.kind is AgendaPartKind.FOLLOW_UPS
    assert [(line.text, line.state) for line in first.lines] == [
        ("Ask the authority.", "overdue"),
        ("Send the letter.", "open"),
        ("Ring the school nurse.", "done on 2026-01-12"),
        ("Look at letters.", "not covered last time"),
    ]
    assert made().sections[0].missing == "no record of a last meeting was given"


def test_what_the_plan_asks_for_on_the_day() -> None:
    agenda = made()
    assert [(line.text, line.who, line.due) for line in section(agenda, AgendaPartKind.OVERDUE).lines] == [
        ("Tell parents. (one)", "attendance manager", date(2025, 12, 19))
    ]
    assert section(agenda, AgendaPartKind.DUE).lines == ()
    (review,) = section(agenda, AgendaPartKind.REVIEWS).lines
    assert (review.state, review.due) == ("overdue", date(2025, 12, 19))
    assert section(made(status=None), AgendaPartKind.OVERDUE).missing == "no plan was given"


def test_when_the_meeting_is_due_by_its_rhythm() -> None:
    """After 9 January the fortnights of school weeks end on 23 January and 6 February."""
    assert made(last=LAST).meet_by == date(2026, 1, 23)
    assert made(calendar=None).meet_by is None
    governors = make_agenda(
        named_kind("governors"), AS_OF, AgendaMaterial(frameworks=load_frameworks(), calendar=calendar())
    )
    assert governors.meet_by == date(2026, 2, 13)


def test_items_of_the_frameworks_are_there_to_be_ticked() -> None:
    agenda = made()
    refs = [line.state for line in section(agenda, AgendaPartKind.ITEMS).lines]
    assert refs == ["five-foundations/1.5", "five-foundations/2.5", "five-foundations/3.3", "attendance-standards/1.2"]
    record = agenda.meeting(AS_OF)
    assert (record.kind, record.on) == ("line-manager", AS_OF)
    assert not any(point.covered for point in record.points)
    assert "Tell parents. (one)" in {point.text for point in record.points}


@pytest.mark.parametrize("id", sorted(load_kinds()))
def test_every_kind_that_ships_names_items_that_are_there(id: str) -> None:
    kind = load_kinds()[id]
    assert kind.parts[0].kind is AgendaPartKind.FOLLOW_UPS and isinstance(kind.every, Rhythm)
    for part in kind.parts:
        for name in part.items:
            ref = ItemRef.parse(name)
            assert load_frameworks()[ref.framework].item(ref.item) is not None, name


# -- who may read what


def view_text(kind: str | AgendaKind, format: str = "md") -> str:
    _, view = school.bench().agenda(kind, AS_OF, plan=PLAN, register=school.register(), calendar=None)
    return "".join(file.content.decode("utf-8") for file in school.bench().render(view, format))


def pupils() -> set[str]:
    concerns = school.bench().concerns(school.register(), as_of=AS_OF)
    return set(concerns.frame()["pupil_id"].to_list())


@pytest.mark.parametrize("format", ["md", "html", "json", "terminal"])
def test_the_pastoral_team_reads_names_and_others_read_numbers(format: str) -> None:
    named = pupils()
    assert len(named) > 10
    mine = view_text("pastoral-team", format)
    assert all(pupil in mine for pupil in named)
    for kind in ("governors", "line-manager"):
        told = view_text(kind, format)
        assert not any(pupil in told for pupil in named)
        assert "Persistent absence: " in told


def test_concerns_are_those_of_the_register_on_that_day() -> None:
    agenda, _ = school.bench().agenda("governors", AS_OF, register=school.register())
    frame = school.bench().concerns(school.register(), as_of=AS_OF).frame()
    counted: dict[str, set[str]] = {}
    for title, enrolment in frame.select("title", "enrolment_id").iter_rows():
        counted.setdefault(title, set()).add(enrolment)
    lines = [line.text for line in section(agenda, AgendaPartKind.CONCERNS).lines]
    assert lines == [f"{title}: {len(who)} {'pupil' if len(who) == 1 else 'pupils'}" for title, who in counted.items()]


def test_an_audience_that_may_read_no_names_gets_none_even_if_the_agenda_holds_them() -> None:
    """A kind of one's own for readers outside: names and tables are withheld by the view."""
    kind = load_kinds()["pastoral-team"]
    outside = evolve(kind, audience=evolve(kind.audience, id="parents", names_pupils=False, inside=False))
    assert not any(pupil in view_text(outside) for pupil in pupils())
    _, view = school.bench().agenda(outside, AS_OF, plan=PLAN, register=school.register())
    assert "withheld outside the school" in str(view.report.sections)


def test_the_record_of_a_meeting_names_no_pupil() -> None:
    agenda, _ = school.bench().agenda("pastoral-team", AS_OF, plan=PLAN, register=school.register())
    named = pupils()
    assert not any(pupil in repr(agenda) for pupil in named)
    texts = [point.text for point in agenda.meeting(AS_OF).points]
    assert not any(pupil in text for pupil in named for text in texts)
    assert f"{len(named)} pupils whom the rules name" in texts


# -- kinds as data

OWN = """
id = "house"
title = "House meeting"
every = "weekly"
[audience]
id = "house"
title = "House team"
inside = true
[[parts]]
kind = "follow-ups"
title = "Last week"
[[parts]]
kind = "items"
title = "To talk about"
items = ["six-areas/3-discussions"]
"""


def test_a_kind_of_ones_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text(OWN, encoding="utf-8")
    agenda = made(named_kind(path))
    assert [one.part.title for one in agenda.sections] == ["Last week", "To talk about"]
    with pytest.raises(UnreadableFileError, match="no such file"):
        named_kind(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "follow-ups"', 'kind = "open"', r"house: parts\[0\].kind: open stands first"),
        ('items = ["six-areas/3-discussions"]', "", r"house: parts\[1\].items: none is named"),
        ('title = "Last week"', 'title = "Last week"\nitems = ["six-areas/1"]', r"parts\[0\].items: are named"),
        ('"six-areas/3-discussions"', '"discussions"', r"parts\[1\].items\[0\]: 'discussions' names no item"),
        ('every = "weekly"', 'every = "often"', "house: every: value of the wrong kind"),
        (OWN[OWN.index("[[parts]]") :], "", "house: parts: required key is missing"),
    ],
)
def test_a_kind_that_cannot_be_right_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        parse_kind(OWN.replace(old, new, 1), where="house")


def test_what_an_agenda_cannot_be_made_of_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"agenda 'governers': nothing provides it.*Did you mean 'governors'"):
        named_kind("governers")
    with pytest.raises(UnknownNameError, match="agenda house: item 'six-areas/9-none': no framework has it"):
        made(parse_kind(OWN.replace("3-discussions", "9-none"), where="house"))
    with pytest.raises(DocumentError, match="last meeting: kind: 'line-manager' found; expected 'governors'"):
        made("governors", last=LAST)
    with pytest.raises(DocumentError, match="last meeting: on: 2026-02-01 lies after 2026-01-20"):
        made(last=evolve(LAST, on=date(2026, 2, 1)))


def test_a_plan_whose_last_half_term_is_over_has_all_its_actions_in_the_agenda() -> None:
    whole: ImprovementPlan = plan(objective("one", (A2, action("a")), (U2, action("b"))))
    late = status(whole, date(2026, 8, 1), calendar(), half_terms())
    agenda = make_agenda(
        named_kind("line-manager"), date(2026, 8, 1), AgendaMaterial(status=late, frameworks=load_frameworks())
    )
    assert [line.text for line in section(agenda, AgendaPartKind.OVERDUE).lines] == ["Do a. (one)", "Do b. (one)"]
