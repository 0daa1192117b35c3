"""The first-day response: who comes first, what was tried, and whose emergency contacts are to be put right."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.errors import DocumentError, MissingColumnError
from attendance_core.model.first_response import EmergencyContact, FirstResponse, Priority
from attendance_core.model.support_contacts import ContactOutcome, ContactWay
from attendance_core.model.support_duties import LookedAfter, MedicalNeeds, Safeguarding, SafeguardingStatus, Told
from attendance_core.register.reading import Membership
from attendance_core.register.register import Register
from attendance_core.support.contact_list import digits, read_contacts
from attendance_core.support.first_day import in_force, load_first_day
from attendance_core.support.ledger import Ledgers
from attendance_core.workbench import Workbench
from tests.commands import attendance
from tests.registers import marks_table, read
from tests.support_cases import contact, kept

DAY = timedelta(days=1)
TODAY = date(2025, 11, 20)
#: Each pupil's marks of the day, and for how many days before it the pupil was away.
MARKS = {
    "well": ("/", "\\", 0),
    "cold": ("I", "I", 2),
    "new-n": ("N", "N", 0),
    "long-n": ("N", "N", 4),
    "half-n": ("/", "N", 0),
    "guarded": ("N", "N", 0),
    "cared": ("O", "O", 0),
    "asthma": ("N", "N", 9),
    "cohort": ("N", "N", 0),
    "blank": ("/", "", 0),
}


@cache
def register(as_of: date = TODAY) -> Register:
    days = [TODAY - offset * DAY for offset in range(30) if (TODAY - offset * DAY).weekday() < 5]
    marks = []
    for pupil, (am, pm, run) in MARKS.items():
        for place, day in enumerate(days):
            codes = (am, pm) if place == 0 else ("O", "O") if place <= run else ("/", "\\")
            marks += [(pupil, day, name, code) for name, code in zip(("AM", "PM"), codes, strict=True) if code]
    members = [Membership(pupil_id="cohort", cohort="child-in-need", start=date(2025, 9, 1), end=None)]
    return read(marks_table(marks), memberships=members, as_of=as_of)


START = date(2025, 9, 1)
WORKER = Safeguarding(status=SafeguardingStatus.CHILD_PROTECTION, start=START, lead="lead", social_worker=True)


def ledgers() -> Ledgers:
    return kept(
        ("guarded", WORKER),
        ("cared", LookedAfter(start=START, designated_teacher="teacher")),
        ("asthma", MedicalNeeds(start=START)),
        ("new-n", Safeguarding(status=SafeguardingStatus.CHILD_IN_NEED, start=START, end=TODAY - DAY)),
        ("long-n", LookedAfter(start=START, previously=True)),
        ("long-n", contact(TODAY, at="10:30", outcome=ContactOutcome.NO_ANSWER, absence_of=TODAY)),
        ("long-n", contact(TODAY, at="09:40", outcome=ContactOutcome.NO_ANSWER, next_action="Visit.", next_due=TODAY)),
        ("long-n", contact(TODAY - DAY, outcome=ContactOutcome.REACHED)),
        ("cared", contact(TODAY, outcome=ContactOutcome.REPLIED, reply="A fever.", absence_of=TODAY)),
        ("cold", contact(TODAY)),
    )


def response(store: Ledgers | None = None, contacts: tuple[EmergencyContact, ...] | None = None) -> FirstResponse:
    bench = Workbench.open(entry_points=False, store=None if store is None else store.store)
    return bench.first_response(register(), TODAY, contacts=contacts, policies=())


def test_everybody_away_without_a_known_reason_is_listed_and_nobody_else() -> None:
    away = {one.who.pupil_id: one.sessions for one in response().away}
    assert set(away) == {"new-n", "long-n", "half-n", "guarded", "cared", "asthma", "cohort"}
    assert away["half-n"] == ("AM /", "PM N")


def test_a_missing_mark_is_no_absence() -> None:
    found = response()
    assert [(one.who.pupil_id, one.sessions, one.tell) for one in found.unmarked] == [("blank", ("AM /", "PM -"), ())]


def test_who_has_a_social_worker_comes_first_then_looked_after_then_medical_then_the_longest_away() -> None:
    order = [one.who.pupil_id for one in response(ledgers()).away]
    assert order == ["cohort", "guarded", "cared", "asthma", "long-n", "new-n", "half-n"]
    first = {one.who.pupil_id: one.priority for one in response(ledgers()).away}
    assert (first["guarded"], first["cared"], first["asthma"]) == (
        Priority.SOCIAL_WORKER, Priority.LOOKED_AFTER, Priority.MEDICAL,
    )  # fmt: skip
    assert first["new-n"] is Priority.OTHERS, "no longer in need"
    assert first["long-n"] is Priority.OTHERS, "previously looked after"


def test_open_concerns_come_before_the_length_of_a_run() -> None:
    bench = Workbench.open(entry_points=False)
    found = bench.first_response(register(), TODAY, policies=("england-national",))
    ordered = [(one.priority, -one.concerns, -one.run) for one in found.away]
    assert ordered == sorted(ordered)
    assert {one.concerns for one in found.away} != {0}


def test_the_run_is_counted_in_sessions_of_absence_on_end() -> None:
    runs = {one.who.pupil_id: one.run for one in response().away}
    assert (runs["new-n"], runs["half-n"], runs["long-n"], runs["asthma"]) == (2, 1, 10, 20)


def test_attempts_stand_in_the_order_of_time_with_what_comes_next() -> None:
    found = {one.who.pupil_id: one for one in response(ledgers()).away}
    attempts = found["long-n"].attempts
    assert [(one.at, one.outcome, one.next_action) for one in attempts] == [
        ("09:40", "no-answer", "Visit."), ("10:30", "no-answer", ""),
    ]  # fmt: skip
    assert not found["long-n"].reached, "reached on another day"
    assert found["cared"].reached
    assert found["cared"].attempts[0].reply == "A fever."


def test_social_worker_and_youth_offending_team_are_told_until_they_were() -> None:
    rule = in_force(load_first_day().told, TODAY)
    assert rule.whom == ("social worker", "youth offending team worker")
    assert any(cite.standing.value == "secondary" for cite in rule.cites)
    tell = {one.who.pupil_id: one.tell for one in response(ledgers()).away}
    assert tell["guarded"] == tell["cohort"] == rule.whom
    assert tell["cared"] == tell["new-n"] == ()
    told = evolve(WORKER, told=(Told(whom="Social worker", on=TODAY), Told(whom="social worker", on=TODAY - DAY)))
    found = {one.who.pupil_id: one.tell for one in response(kept(("guarded", told))).away}
    assert found["guarded"] == ("youth offending team worker",)
    yesterday = evolve(WORKER, told=(Told(whom="social worker", on=TODAY - DAY),))
    found = {one.who.pupil_id: one.tell for one in response(kept(("guarded", yesterday))).away}
    assert found["guarded"] == rule.whom


def test_a_day_without_marks_says_so() -> None:
    bench = Workbench.open(entry_points=False)
    found = bench.first_response(register(), TODAY + DAY, policies=())
    assert (found.away, found.unmarked) == ((), ())
    assert f"The register holds no mark of {TODAY + DAY}" in found.notes


# -- emergency contacts


def listed(**columns: list[Any]) -> tuple[EmergencyContact, ...]:
    return read_contacts(nw.from_native(pl.DataFrame(columns), eager_only=True), where="contacts.csv")


def person(pupil: str, phone: str, **more: Any) -> EmergencyContact:
    return EmergencyContact(pupil_id=pupil, phone=phone, **more)


def gaps(*contacts: EmergencyContact) -> dict[str, tuple[int, int]]:
    found = response(contacts=contacts).gaps
    assert found is not None
    return {one.who.pupil_id: (one.held, one.expired) for one in found}


def test_fewer_than_three_contacts_or_one_past_its_day() -> None:
    three = [person("well", f"0770090012{number}") for number in range(3)]
    found = gaps(*three, *(evolve(one, pupil_id="cold") for one in three[:2]))
    assert "well" not in found
    assert found["cold"] == (2, 0)
    assert found["guarded"] == (0, 0)
    assert len(found) == len(MARKS) - 1
    # One number twice is one contact; a contact without a number is none.
    twice = gaps(*three[:2], person("well", "+44 7700 900121"), person("well", ""))
    assert twice["well"] == (2, 0)


@pytest.mark.parametrize(
    ("day", "expired"),
    [
        ({"confirm_by": TODAY}, 0),
        ({"confirm_by": TODAY - DAY}, 1),
        ({"confirmed_on": TODAY - 365 * DAY}, 0),
        ({"confirmed_on": TODAY - 366 * DAY}, 1),
        ({"confirmed_on": TODAY - 900 * DAY, "confirm_by": TODAY}, 0),
        ({}, 0),
    ],
)
def test_a_contact_is_good_to_its_day_and_not_after(day: dict[str, date], expired: int) -> None:
    three = [person("well", f"0770090012{number}") for number in range(3)]
    found = gaps(*three[:2], person("well", three[2].phone, **day))
    assert found.get("well", (3, 0)) == (3, expired)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(MARKS)), st.integers(0, 3)), max_size=25))
def test_contacts_are_counted_as_a_set_of_numbers_for_each_pupil(rows: list[tuple[str, int]]) -> None:
    found = gaps(*(person(pupil, f"0770090012{number}") for pupil, number in rows))
    for pupil in MARKS:
        numbers = {number for name, number in rows if name == pupil}
        assert (pupil in found) == (len(numbers) < 3)
        assert pupil not in found or found[pupil][0] == len(numbers)


def test_headings_of_other_systems_are_understood() -> None:
    found = listed(**{
        "UPN": ["A1"], "Contact Name": ["Mo"], "Relationship To Pupil": ["mother"], "Mobile": ["07700 900123"],
        "Contact Order": ["2"], "Last Confirmed": ["01/09/2025"], "Review By": ["2026-09-01"], "Pupil Name": ["Ann"],
    })  # fmt: skip
    assert found == (
        EmergencyContact(
            pupil_id="A1", name="Mo", relationship="mother", phone="07700 900123", priority=2,
            confirmed_on=date(2025, 9, 1), confirm_by=date(2026, 9, 1), pupil_name="Ann",
        ),
    )  # fmt: skip
    assert repr(found[0]) == "<EmergencyContact>"


def test_all_faults_of_a_list_are_told_at_once_by_row_and_without_names() -> None:
    with pytest.raises(DocumentError) as caught:
        listed(
            pupil_id=["p", "", "Canary"], phone=["1", "2", "3"], priority=["1", "1", "first"],
            name=["a", "b", "Canary"],
            confirm_by=["2025-13-01", "", "soon"],
        )  # fmt: skip
    told = str(caught.value)
    for part in ("row 2: confirm_by", "row 4: confirm_by", "row 3", "names no pupil", "row 4: priority"):
        assert part in told, told
    assert "Canary" not in told


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(MissingColumnError, match=r"pupils' ids and a column of phone numbers"):
        listed(Colour=["red"])
    with pytest.raises(MissingColumnError, match="phone numbers"):
        listed(pupil_id=["p"])


def test_two_spellings_of_a_number_are_one() -> None:
    assert len({digits(text) for text in ("07700 900123", "+447700900123", "+44 (0)7700-900123")}) == 1
    assert digits("none") == ""


# -- the command line


CANARY = "CANARY0771"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    lines = ["Pupil ID,Date,AM,PM"]
    for pupil, codes in ((CANARY, ("N", "N")), ("PUPIL00002", ("/", "\\"))):
        lines += [f"{pupil},{(TODAY - DAY).isoformat()},/,\\", f"{pupil},{TODAY.isoformat()},{codes[0]},{codes[1]}"]
    (tmp_path / "marks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = ["pupil_id,name,relationship,phone", f"{CANARY},Mo {CANARY},mother,07700900123", "gone,X,uncle,1"]
    (tmp_path / "contacts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    log = ("support", "log", "contact", CANARY, f"on={TODAY}", "at=09:40", "way=call", "outcome=no-answer")
    ran = attendance(
        *log, "next_action=Visit.", "--store", "store", "--as-of", TODAY, "--by", "officer", folder=tmp_path
    )
    assert ran.status == 0, ran.err
    return tmp_path


def _today(desk: Path, *more: object) -> Any:
    return attendance(
        "support", "today", "marks.csv", "--contacts", "contacts.csv", "--store", "store", "--as-of", TODAY, *more,
        folder=desk,
    )  # fmt: skip


@pytest.mark.parametrize("format", ["terminal", "json", "md", "html"])
def test_the_officer_reads_names_and_numbers_and_leaders_none(desk: Path, format: str) -> None:
    ran = _today(desk, "--format", format)
    assert ran.status == 1, ran.err
    for part in (CANARY, "07700900123", "09:40", "no-answer", "Visit.", "those of 1 pupil not on roll"):
        assert part in ran.out, part
    assert CANARY not in ran.err
    assert "1 family was not reached." in ran.err
    leaders = _today(desk, "--format", format, "--audience", "leaders")
    assert "1 pupil away without a known reason: 0 not tried so far, 1 not reached." in leaders.out
    for part in (CANARY, "07700900123", "Visit."):
        assert part not in leaders.out + leaders.err, part


def test_a_family_that_was_reached_ends_with_nought(desk: Path) -> None:
    log = ("support", "log", "contact", CANARY, f"on={TODAY}", "way=call", "outcome=reached")
    assert attendance(*log, "--store", "store", "--as-of", TODAY, "--by", "officer", folder=desk).status == 0
    assert _today(desk).status == 0


def test_a_bad_contacts_file_is_told_by_row_and_without_names(desk: Path) -> None:
    (desk / "contacts.csv").write_text(f"pupil_id,phone,confirm_by\n{CANARY},1,never\n", encoding="utf-8")
    ran = _today(desk)
    assert ran.status == 2
    assert "contacts.csv row 2: confirm_by" in ran.err
    assert CANARY not in ran.err


def test_no_repr_tells_of_a_pupil() -> None:
    found = response(ledgers(), contacts=(person("well", "1"),))
    texts = repr(found) + "".join(map(repr, (*found.away, *found.unmarked, *(found.gaps or ()))))
    assert not [pupil for pupil in MARKS if pupil in texts]
    assert ContactWay.CALL.value in texts
