"""How long ledgers are kept: both sides of each day, what a hold keeps, the floor, and what an export holds."""

import json
from datetime import date, timedelta

import pytest
from attrs import evolve

from attendance_core.documents.converter import structure
from attendance_core.documents.memory_store import MemoryStore
from attendance_core.errors import DocumentError, SupportError
from attendance_core.model.configuration import Configuration
from attendance_core.model.events import Event
from attendance_core.model.ledgers import ErasureGround, PupilKey
from attendance_core.model.retention import Kept, Retention
from attendance_core.model.support_contacts import SupportOffer
from attendance_core.model.support_happenings import RetentionHold, Transition
from attendance_core.reference.retention import RetentionDocument, check_periods, load_periods, period_of
from attendance_core.support.export import export
from attendance_core.support.kinds import PUPIL_EVENTS
from attendance_core.support.ledger import Ledgers
from attendance_core.support.retention import erase, held_on, past_retention
from attendance_core.support.writing import build_event
from tests.events import WRITTEN

WHO = PupilKey(pupil_id="7")
DAY = date(2020, 3, 2)
OFFER = SupportOffer(on=DAY, what="breakfast club")


def ledgers(*written: Event, written_on: date = DAY) -> Ledgers:
    found = Ledgers(MemoryStore())
    for event in written:
        found.add(WHO, event, written_on=written_on, by="tutor")
    return found


# -- periods


@pytest.mark.parametrize(
    ("kept", "on", "years", "floor"),
    [
        (Kept.REGISTER, date(2024, 8, 18), 3, True),
        (Kept.REGISTER, date(2024, 8, 19), 6, True),
        (Kept.SUPPORT, date(2026, 1, 1), 6, False),
        # Before the data begins, its first version stands.
        (Kept.REGISTER, date(2001, 1, 1), 3, True),
    ],
)
def test_a_period_is_the_one_of_its_day(kept: Kept, on: date, years: int, floor: bool) -> None:
    found, period = period_of(kept, on, Retention())
    assert (found, period.floor) == (years, floor)
    assert period.cites


def test_a_school_chooses_and_a_floor_is_a_floor() -> None:
    on = date(2026, 1, 1)
    chosen = structure({"retention": {"support_years": 2, "register_years": 25}}, Configuration, where="").retention
    assert period_of(Kept.SUPPORT, on, chosen)[0] == 2
    assert period_of(Kept.REGISTER, on, chosen)[0] == 25
    assert period_of(Kept.REGISTER, on, Retention(register_years=6))[0] == 6
    with pytest.raises(DocumentError) as caught:
        period_of(Kept.REGISTER, on, Retention(register_years=5))
    assert str(caught.value) == (
        "attendance.toml: retention.register_years: is 5; expected 6 or more: a floor of the School Attendance (Pupil "
        "Registration) (England) Regulations 2024. Raise it."
    )


@pytest.mark.parametrize("years", [0, -1, 101])
def test_years_that_are_none_are_refused(years: int) -> None:
    with pytest.raises(DocumentError) as caught:
        Retention(support_years=years, register_years=years)
    assert [str(fault) for fault in caught.value.faults] == [
        f"{name}: is no number of years; expected a whole number from 1. Correct it, or leave it out."
        for name in ("support_years", "register_years")
    ]


def test_the_faults_of_periods_are_told() -> None:
    entries = tuple(load_periods().values())
    assert check_periods(entries, where="r", known=("library", "si-2024-208")) == ()

    def says(*some: object) -> str:
        document = RetentionDocument(period=some)  # type: ignore[arg-type]
        return "\n".join(map(str, check_periods(document.period, where="r", known=("library", "si-2024-208"))))

    assert says(entries[0]) == "r: period 'support': stands 0 times; expected once. Give it once."
    assert "period 'support': stands 2 times" in says(*entries, entries[1])
    assert "versions: there is none" in says(evolve(entries[0], versions=()), entries[1])
    first, second = entries[0].versions
    assert "cites nothing" in says(evolve(entries[0], versions=(evolve(first, cites=()), second)), entries[1])
    gap = evolve(second, in_force_from=date(2024, 9, 1))
    assert "leaves a gap" in says(evolve(entries[0], versions=(first, gap)), entries[1])


# -- what is past its period


@pytest.mark.parametrize(("more", "past"), [(0, False), (1, True)])
def test_a_ledger_is_kept_to_the_last_day_of_its_period(more: int, past: bool) -> None:
    found = tuple(past_retention(ledgers(OFFER), date(2026, 3, 2) + timedelta(more), 6))
    assert bool(found) is past
    if found:
        assert (found[0].who, found[0].last_day, found[0].kept_to) == (WHO, DAY, date(2026, 3, 2))
        assert "7" not in repr(found[0].who)


def test_a_period_begins_anew_with_every_entry_and_with_what_is_still_to_come() -> None:
    on = date(2026, 3, 3)
    book = ledgers(OFFER)
    later = build_event(PUPIL_EVENTS["ehcp-review"], ("due=2020-03-03",))
    book.add(WHO, later, written_on=DAY, by="SENCO")
    assert tuple(past_retention(book, on, 6)) == ()
    book = ledgers(OFFER)
    (record,) = book.of(WHO).records(SupportOffer)
    book.revise(record.id, None, written_on=DAY + timedelta(1), by="tutor", why="a slip")
    assert tuple(past_retention(book, on, 6)) == ()
    assert len(tuple(past_retention(book, on + timedelta(1), 6))) == 1


def test_a_day_at_the_end_of_time_never_passes() -> None:
    book = ledgers(SupportOffer(on=date(9999, 12, 31), what="x"))
    assert tuple(past_retention(book, date(9999, 12, 31), 6)) == ()


def test_an_erased_ledger_is_past_nothing() -> None:
    book = ledgers(OFFER)
    assert erase(book, WHO, as_of=DAY, by="head", ground=ErasureGround.REQUEST) == 1
    assert tuple(past_retention(book, date(2090, 1, 1), 6)) == ()


# -- holds


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        (DAY, None, True),
        (DAY, DAY, True),
        (DAY - timedelta(9), DAY - timedelta(1), False),
        (DAY + timedelta(1), None, False),
    ],
)
def test_a_hold_keeps_a_ledger_for_its_time(start: date, end: date | None, held: bool) -> None:
    book = ledgers(OFFER, RetentionHold(reason="complaint of Zacharias", start=start, end=end))
    assert held_on(book.of(WHO), DAY) is held
    if not held:
        assert erase(book, WHO, as_of=DAY, by="head", ground=ErasureGround.REQUEST) == 2
        return
    with pytest.raises(SupportError) as caught:
        erase(book, WHO, as_of=DAY, by=" ", ground=ErasureGround.REQUEST)
    assert [str(fault) for fault in caught.value.faults] == [
        "by: nobody erases; expected a role. Say who erases.",
        "ledger: a hold keeps it on 2020-03-02; nothing was erased; expected a ledger without a hold. End the hold "
        "first: attendance support log hold PUPIL --revises ID end=DAY.",
    ]
    assert len(book.of(WHO).records(Event)) == 2


def test_a_hold_that_was_taken_back_or_ended_holds_nothing() -> None:
    book = ledgers(OFFER, hold := RetentionHold(reason="complaint", start=DAY))
    (record,) = book.of(WHO).records(RetentionHold)
    book.revise(record.id, evolve(hold, end=DAY), written_on=DAY, by="head")
    assert held_on(book.of(WHO), DAY)
    assert not held_on(book.of(WHO), DAY + timedelta(1))
    book.revise(record.id, None, written_on=DAY, by="head", why="a slip")
    assert not held_on(book.of(WHO), DAY)


def test_what_is_held_is_listed_beyond_its_period() -> None:
    book = ledgers(OFFER, RetentionHold(reason="complaint", start=DAY))
    (found,) = past_retention(book, date(2030, 1, 1), 6)
    assert found.held


# -- export


def test_an_export_holds_every_entry_as_it_was_written_and_where_others_name_the_pupil() -> None:
    book = Ledgers(MemoryStore())
    written = [build_event(PUPIL_EVENTS[kind], WRITTEN[kind]) for kind in PUPIL_EVENTS]
    for event in written:
        book.add(WHO, event, written_on=DAY, by="tutor")
    offer = next(record for record in book.of(WHO).records(SupportOffer))
    book.revise(offer.id, evolve(offer.event, note="better"), written_on=DAY, by="head", why="a slip")
    book.revise(offer.id, None, written_on=DAY, by="head", why="another child")
    sibling = Transition(on=DAY, other_school="Hill Primary", siblings=("7", "8"))
    mention = book.add(PupilKey(pupil_id="9"), sibling, written_on=DAY, by="SENCO")
    for school in "BC":
        book.add(PupilKey(pupil_id="10", school_id=school), sibling, written_on=DAY, by="SENCO")
    found = json.loads(json.dumps(export(book, WHO, elsewhere=("The register.",), with_confidential=True)))
    assert [one["kind"] for one in found["entries"]] == [*PUPIL_EVENTS, "offer", "retracted"]
    assert [one["event"] and one["event"].get("note") for one in found["entries"]][-2:] == ["better", None]
    assert {one["record"] for one in found["entries"][-2:]} == {str(offer.id)}
    assert str(offer.id) not in found["records"]
    assert len(found["records"]) == len(PUPIL_EVENTS) - 1
    assert found["named_as_brother_or_sister"] == [{"entry": str(mention), "written_on": "2020-03-02", "by": "SENCO"}]
    assert found["held_elsewhere"] == ["The register."]
    for event, one in zip(written, found["entries"], strict=False):
        assert structure(one["event"], type(event), where="") == event


def test_an_export_of_nobody_is_empty_and_says_so() -> None:
    found = export(ledgers(OFFER), PupilKey(pupil_id="8"), elsewhere=())
    assert (found["entries"], found["records"], found["named_as_brother_or_sister"]) == ([], [], [])
