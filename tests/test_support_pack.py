"""Packs: every record in order, attendance as another count has it, what is missing, and what is left out."""

import csv
import json
import zipfile
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from attendance_core.documents.memory_store import MemoryStore
from attendance_core.errors import SupportError
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.reports import Block, Paragraph, Table, View
from attendance_core.model.support_contacts import SupportOffer
from attendance_core.register.register import Register
from attendance_core.reports.support_pack import LEFT_OUT, PARTS
from attendance_core.support.kinds import PUPIL_EVENTS
from attendance_core.support.ledger import Ledgers
from attendance_core.support.pack import Attendance, enrolments_of
from attendance_core.support.writing import build_event
from attendance_core.workbench import Workbench
from tests import registers
from tests.commands import attendance
from tests.events import WRITTEN
from tests.shared import ROOT

SCHOOL = ROOT / "examples" / "school"
WHO = PupilKey(pupil_id="P00032")
DAY = date(2026, 7, 20)
ATTENDED, AUTHORISED, UNAUTHORISED, LATE = set("/\\LVPBKWJ"), set("CEHIMRST"), set("GNOU"), set("LU")


@cache
def bench() -> Workbench:
    return Workbench.open(SCHOOL / "attendance.toml", entry_points=False)


@cache
def register() -> Register:
    return bench().read(SCHOOL / "marks.csv", calendar=SCHOOL / "calendar.toml")


def written(kind: str) -> Event:
    return build_event(PUPIL_EVENTS[kind], WRITTEN[kind])


def ledgers(*events: Event) -> Ledgers:
    found = Ledgers(MemoryStore())
    for event in events:
        found.add(WHO, event, written_on=DAY, by="tutor")
    return found


def made(*events: Event, as_of: date = DAY, ehcp: bool = False) -> View:
    make = bench().ehcp_pack if ehcp else bench().referral_pack
    return make(register(), WHO, ledgers(*events).of(WHO), as_of=as_of)


def blocks(view: View, section: str = "") -> list[Block]:
    return [block for one in view.report.sections if section in ("", one.id) for block in one.blocks]


def table(view: View, id: str) -> Table:
    (found,) = [block for block in blocks(view) if isinstance(block, Table) and block.id == id]
    return found


def texts(view: View, section: str) -> str:
    return " ".join(block.text for block in blocks(view, section) if isinstance(block, Paragraph))


# -- what another count has


def marks_of(pupil: str) -> list[tuple[date, str, str]]:
    """Return the pupil's marks straight from the file."""
    with (SCHOOL / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Pupil ID"] == pupil]
    found = []
    for row in rows:
        day, month, year = map(int, row["Date"].split("/"))
        if row["Mark"] not in ("", "-"):
            found.append((date(year, month, day), row["Session"], row["Mark"]))
    return found


def half_term_of(day: date) -> tuple[str, str]:
    import tomllib

    calendars = tomllib.loads((SCHOOL / "calendar.toml").read_text(encoding="utf-8"))["calendar"]
    for calendar in calendars:
        for term in calendar["terms"]:
            if term["start"] <= day <= term["end"]:
                second = "half_term" in term and day > term["half_term"]["end"]
                first = term["start"].year if term["start"].month >= 9 else term["start"].year - 1
                return f"{first}/{(first + 1) % 100}", f"{term['name'].title()} {1 + second}"
    raise AssertionError(day)


@pytest.mark.parametrize("as_of", [DAY, date(2026, 2, 3)])
@pytest.mark.parametrize("ehcp", [False, True])
def test_attendance_by_half_term_is_what_a_plain_count_gives(as_of: date, ehcp: bool) -> None:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for day, _, code in marks_of(WHO.pupil_id):
        if day <= as_of:
            mine = counts.setdefault(half_term_of(day), Counter())
            kinds = {"attended": ATTENDED, "authorised": AUTHORISED, "unauthorised": UNAUTHORISED, "late": LATE}
            mine.update(kind for kind, codes in kinds.items() if code in codes)
    rows = table(made(as_of=as_of, ehcp=ehcp), "half-terms").rows
    assert {(row[0], row[1]): row[4:8] for row in rows} == {
        key: (one["attended"], one["authorised"], one["unauthorised"], one["late"]) for key, one in counts.items()
    }
    for row in rows:
        possible, attended, authorised, unauthorised = (int(str(row[at])) for at in (3, 4, 5, 6))
        assert possible == attended + authorised + unauthorised
        assert row[8] == 100 * attended / possible
        assert row[9] == (authorised + unauthorised) / 2


def test_the_years_are_told_in_words_with_days_lost() -> None:
    view = made()
    rows = [row for row in table(view, "half-terms").rows if row[0] == "2025/26"]
    possible, attended = (sum(int(str(row[at])) for row in rows) for at in (3, 4))
    lost = sum(float(str(row[9])) for row in rows)
    assert f"2025/26: {attended} of {possible} possible sessions attended" in texts(view, "attendance")
    assert f"; {lost} days lost." in texts(view, "attendance")


def test_the_sessions_behind_the_threshold_are_those_of_its_codes_in_its_days() -> None:
    view = made()
    rows = table(view, "sessions-1").rows
    listed = [(row[0], row[1], row[2]) for row in rows]
    first, last = rows[0][0], rows[-1][0]
    assert isinstance(first, date)
    assert isinstance(last, date)
    assert listed == [one for one in marks_of(WHO.pupil_id) if first <= one[0] <= last and one[2] in UNAUTHORISED]
    assert len(listed) >= 10
    assert f"Penalty-notice threshold: {len(listed)} sessions" in texts(view, "threshold")
    assert all(row[3] for row in rows)


def test_below_the_threshold_the_pack_says_so() -> None:
    who = PupilKey(pupil_id="P00001")
    view = bench().referral_pack(register(), who, Ledgers(MemoryStore()).of(who), as_of=DAY)
    says = "On this day the threshold for considering a penalty notice is not met."
    assert [block.text for block in blocks(view, "threshold") if isinstance(block, Paragraph)] == [says]


# -- the records


def test_every_record_of_a_pack_stands_in_it_once_and_in_order() -> None:
    view = made(*(written(kind) for kind in PUPIL_EVENTS))
    held = {part.cls: part for part in PARTS}
    rows = table(view, "timeline").rows
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)  # type: ignore[type-var]
    places = {str(row[4]) for row in rows}
    expected = {
        f"0.{at}" for at, kind in enumerate(PUPIL_EVENTS) if PUPIL_EVENTS[kind] in held and written(kind).day <= DAY
    }
    assert places == expected
    assert len(rows) == len(expected) == len(PARTS)
    for part in PARTS:
        assert len(table(view, part.id).rows) == 1
        assert len(table(view, part.id).rows[0]) == len(part.columns)
    contents = {row[0]: row[1:] for row in table(view, "contents").rows}
    assert all(contents[part.title] == (1, "") for part in PARTS)
    assert "Nothing that is usually asked for is missing." in texts(view, "contents")


def test_of_every_kind_it_is_decided_whether_a_pack_holds_it() -> None:
    shown = [part.cls for part in PARTS]
    hidden = [cls for _, classes in LEFT_OUT for cls in classes]
    assert Counter(shown + hidden) == Counter(PUPIL_EVENTS.values())


def test_each_word_of_an_offer_stands_in_its_row() -> None:
    (row,) = table(made(written("offer")), "offers").rows
    assert row == (
        date(2025, 10, 1), "breakfast club", "tutor", "parent", "accepted", date(2025, 10, 3), "went well",
    )  # fmt: skip


def test_what_is_missing_is_listed() -> None:
    view = made()
    assert texts(view, "contents").startswith(
        "Missing: support that was offered, contacts with the family, meetings, support plans and reviews."
    )
    missing = {row[0]: row[2] for row in table(view, "contents").rows if row[2]}
    assert missing["Meetings"] == "No meeting is recorded."
    assert table(view, "timeline").rows == ()
    assert not [section for section in view.report.sections if section.id in {part.id for part in PARTS}]


def test_what_was_written_or_comes_later_is_not_in_a_pack() -> None:
    book = ledgers(SupportOffer(on=DAY, what="early"), SupportOffer(on=DAY + timedelta(1), what="to come"))
    book.add(WHO, SupportOffer(on=DAY, what="late"), written_on=DAY + timedelta(1), by="tutor")
    view = bench().referral_pack(register(), WHO, book.of(WHO), as_of=DAY)
    assert [row[1] for row in table(view, "offers").rows] == ["early"]
    assert "1 entry written later are not in it." in table(view, "contents").caption


def test_what_is_for_few_eyes_is_in_no_pack(tmp_path: Path) -> None:
    """Whatever a factor, a concern of staff, a score, a stop or a hold says, no file of a pack repeats it."""
    store = tmp_path / "store"
    canary = "Zacharias"
    base = ("--store", store, "--as-of", "2026-07-20", "--by", "tutor")
    hidden = {
        "factors": ["on=2025-10-01", f"factors={canary}", f"note={canary}"],
        "concern": ["on=2025-10-01", f"what={canary}"],
        "scores": ["on=2025-10-01", "wellbeing=1", f"note={canary}"],
        "safeguarding": ["status=child-protection", "start=2025-10-01", f"lead={canary}"],
        "letter-stop": ["reason=other", "start=2025-10-01", f"note={canary}"],
        "hold": [f"reason={canary}", "start=2025-10-01"],
    }
    for kind, words in hidden.items():
        assert attendance("support", "log", kind, WHO.pupil_id, *words, *base).status == 0
    for more in ((), ("--ehcp",)):
        ran = attendance(
            "support", "pack", WHO.pupil_id, SCHOOL / "marks.csv", "--config", SCHOOL / "attendance.toml",
            "--store", store, "--as-of", "2026-07-20", "--out", tmp_path / "out", *more,
        )  # fmt: skip
        assert ran.status == 0
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 8
    for file in files:
        assert WHO.pupil_id not in file.name
        content = file.read_bytes()
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as book:
                content = b"".join(book.read(name) for name in book.namelist())
        assert canary.encode() not in content
        assert WHO.pupil_id.encode() in content


@pytest.mark.parametrize("format_", ["json", "html", "md", "xlsx"])
def test_every_format_holds_every_record(format_: str) -> None:
    view = made(*(written(kind) for kind in PUPIL_EVENTS))
    (file,) = bench().render(view, format_)
    text = file.content.decode("utf-8", errors="replace")
    if format_ == "xlsx":
        import io

        with zipfile.ZipFile(io.BytesIO(file.content)) as book:
            text = "".join(book.read(name).decode("utf-8", errors="replace") for name in book.namelist())
    for word in ("breakfast club", "problem-solving", "In by nine", "asthma", "risk dictates", "recovering"):
        assert word in text
    if format_ == "json":
        data: Any = json.loads(text)
        assert "breakfast club" in json.dumps(data)


# -- the pack for a review


def test_a_pack_for_a_review_tells_reasons_arrangements_and_what_helps() -> None:
    view = made(*(written(kind) for kind in PUPIL_EVENTS), ehcp=True)
    reasons = {str(row[0]): row[3] for row in table(view, "reasons").rows}
    assert reasons == dict(Counter(code for _, _, code in marks_of(WHO.pupil_id)))
    assert {str(row[0]) for row in table(view, "reasons").rows if row[2]} <= AUTHORISED | UNAUTHORISED
    assert table(view, "arrangements").rows[0][2] == "phased-return"
    helps = {(row[2], row[3]) for row in table(view, "helps").rows}
    assert helps == {
        ("helps", "a walk"), ("does not help", "crowds"), ("adjustment", "Quiet room"), ("adjustment", "lift pass"),
    }  # fmt: skip
    assert table(view, "ehcp-reviews").rows == ((date(2025, 12, 1), date(2025, 12, 2), "parent, 2025-11-21"),)
    assert {section.id for section in view.report.sections} == {
        "attendance", "reasons", "arrangements", "helps", "reviews",
    }  # fmt: skip


# -- whose sessions


def test_enrolments_of_one_pupil_are_added_up_and_two_schools_are_asked_about() -> None:
    rows = [("7", "2025-09-08", "AM", "/"), ("7", "2025-09-15", "AM", "I"), ("8", "2025-09-08", "AM", "/")]
    pupils = registers.table(
        ("Pupil", "Start", "End"),
        [("7", "2025-09-01", "2025-09-10"), ("7", "2025-09-12", ""), ("8", "2025-09-01", "")],
    )
    marks = registers.table(("Pupil", "Date", "Session", "Mark"), rows)
    bare = evolve(registers.PUPILS, columns={"pupil_id": "Pupil", "start": "Start", "end": "End"}, characteristics={})
    found = registers.read(marks, pupils=pupils, pupils_mapping=bare)
    ids = enrolments_of(found, PupilKey(pupil_id="7"))
    assert len(ids) == 2
    analyses = tuple(bench().analyse(found.of_enrolment(one)) for one in ids)
    counted = Attendance.of(analyses, date(2025, 9, 15))
    assert [(one.possible, one.attended, one.absent) for one in counted.half_terms] == [(2, 1, 1)]
    assert counted.codes == (("/", "present", 1), ("I", "authorised", 1))
    both = evolve(
        registers.LONG,
        columns=dict(registers.LONG.columns) | {"school_id": "School"},
        school="",
    )
    spread = registers.table(
        ("Pupil", "Date", "Session", "Mark", "School"),
        [("7", "2025-09-08", "AM", "/", "A"), ("7", "2025-09-08", "AM", "/", "B")],
    )
    two = registers.read(spread, both)
    with pytest.raises(SupportError) as caught:
        enrolments_of(two, PupilKey(pupil_id="7"))
    assert str(caught.value) == (
        "pupil: is in several schools of this register; expected one school. Name it with --school."
    )
    assert len(enrolments_of(two, PupilKey(pupil_id="7", school_id="B"))) == 1


def test_no_repr_of_a_pack_tells_of_whom() -> None:
    book = ledgers(SupportOffer(on=DAY, what="Zacharias"))
    pack = bench()._pack(register(), WHO, book.of(WHO), as_of=DAY, threshold=True, progress=lambda step: None)
    told = repr(pack)
    assert WHO.pupil_id not in told
    assert "Zacharias" not in told
