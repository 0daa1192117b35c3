"""A year of a school of 1,200 pupils, walked through by month with the commands that a school would use.

What people do follows from what the commands told them: proposals are accepted, plans written, reviews held when they
are due, families asked after. Marks are those up to the day, as an export of that day would hold.
"""

import csv
import json
import logging
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from attendance_core import Workbench
from attendance_core.audits.documents import AUDIT
from attendance_core.demo import make_school, write_school
from attendance_core.documents.sqlite_store import SqliteStore
from attendance_core.documents.versioned import save_document
from attendance_core.model.ledgers import Entry, PupilKey, Tombstone
from attendance_core.model.support_contacts import LetterSent
from attendance_core.support.entries import read_entries
from attendance_core.support.kinds import PUPIL_EVENTS
from attendance_core.support.ledger import SCHOOL, Ledgers
from attendance_core.support.pathway import load_own_pathway
from attendance_core.support.tiers import rules_named
from tests.audit_cases import answered
from tests.commands import Ran, attendance
from tests.dues_oracle import Said, dues

PUPILS = 1200
FIRST = date(2025, 9, 1)
MONTHS = (
    date(2025, 9, 26),
    date(2025, 10, 17),
    date(2025, 11, 14),
    date(2025, 12, 12),
    date(2026, 1, 16),
    date(2026, 2, 13),
    date(2026, 3, 13),
    date(2026, 4, 24),
    date(2026, 6, 5),
    date(2026, 7, 10),
)
AHEAD = 14
#: A pupil whose absence is severe, under an id and a name that must show up nowhere but in lists about pupils.
SEVERE, CANARY = "P00004", "ZQ-CANARY-4"
FORENAME, SURNAME = "Zebedee", "Quillfeather"
TOLD = f"{FORENAME} {SURNAME} said so."
#: The tiers, lowest first, and the rules that speak for one.
LABELS = ("Universal", "Targeted", "Intensive")
SPEAKING = set(rules_named(load_own_pathway()))


@define
class School:
    """The school's folder, its store, and what the test knows to have been done."""

    folder: Path
    marks: list[tuple[date, str]] = field(repr=False)
    forbidden: re.Pattern[str] = field(repr=False)
    acknowledged: list[tuple[str, str]] = field(factory=list, repr=False)
    tiers: dict[str, str] = field(factory=dict, repr=False)
    plans: dict[str, str] = field(factory=dict, repr=False)
    erased: set[str] = field(factory=set, repr=False)

    @property
    def store(self) -> Path:
        return self.folder / "support.sqlite"

    def ledgers(self) -> Ledgers:
        return Ledgers(SqliteStore(self.store))

    def export_marks(self, until: date) -> None:
        """Write the marks that a school's system would give out on a day."""
        rows = [line for day, line in self.marks if day <= until]
        (self.folder / "marks.csv").write_text("".join(["Pupil ID,Date,Session,Mark,Minutes Late\n", *rows]), "utf-8")

    def run(self, *words: object, status: int | None = 0) -> Ran:
        """Run a command in the school's folder; whatever it does, it tells of nobody on the side."""
        ran = attendance(*words, folder=self.folder)
        assert status is None or ran.status == status, (words[:2], ran.status, ran.err)
        assert ran.status in (0, 1), (words[:2], ran.err)
        for text in ("Traceback", "internal error", "error: "):
            assert text not in ran.err, (words[:2], ran.err)
        assert not self.forbidden.search(ran.err), words[:2]
        return ran

    def write(self, *words: object, pupil: str, on: date, by: str = "attendance lead") -> str:
        """Write into a ledger; what is printed is an acknowledgement."""
        ran = self.run("support", *words, "--as-of", on, "--by", by, "--store", self.store)
        self.acknowledged.append((pupil, ran.out.strip()))
        return ran.out.strip()

    def lists(self, *words: object, on: date, status: int | None = 0) -> tuple[Ran, dict[str, list[dict[str, Any]]]]:
        """Run a command that prints a view, and return its tables by id, rows by column."""
        ran = self.run(*words, "--as-of", on, "--format", "json", status=status)
        blocks = [block for section in ran.data["report"]["sections"] for block in section["blocks"]]
        return ran, {
            block["id"]: [
                dict(zip([column["key"] for column in block["columns"]], row, strict=True)) for row in block["rows"]
            ]
            for block in blocks
            if "rows" in block
        }


@pytest.fixture
def school(tmp_path: Path) -> School:
    """One academic year of the demo school, with its configuration, contacts, catalogue and store."""
    write_school(make_school(pupils=PUPILS, seed=5), tmp_path)
    marks = []
    with (tmp_path / "marks.csv").open(encoding="utf-8") as file:
        next(file)
        for line in file:
            pupil, _, rest = line.partition(",")
            day = date(int(rest[6:10]), int(rest[3:5]), int(rest[:2]))
            if day >= FIRST:
                marks.append((day, f"{CANARY},{rest}" if pupil == SEVERE else line))
    names = _pupils(tmp_path)
    config = (tmp_path / "attendance.toml").read_text(encoding="utf-8")
    named = '[files]\nstore = "support.sqlite"\n'
    (tmp_path / "attendance.toml").write_text(
        config.replace("[files]\n", named) + '\n[support]\nprogrammes = "programmes.toml"\n', "utf-8"
    )
    (tmp_path / "programmes.toml").write_text(
        'document = "programme-catalogue"\nschema = 1\n[[programmes]]\nid = "breakfast-club"\n'
        'title = "Breakfast club"\ntier = "targeted"\nfocus = ["routine"]\ncost = 40.0\n',
        "utf-8",
    )
    return School(
        folder=tmp_path,
        marks=marks,
        forbidden=re.compile("|".join((r"P\d{5}", CANARY, *map(re.escape, sorted(names))))),
    )


def _pupils(folder: Path) -> set[str]:
    """Cut the pupils file to the year, give one pupil another name, and list whom to ring; return all surnames."""
    with (folder / "pupils.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Academic Year"] == "2025/26"]
    for row in rows:
        if row["Pupil ID"] == SEVERE:
            row |= {"Pupil ID": CANARY, "Forename": FORENAME, "Surname": SURNAME}
    with (folder / "pupils.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Pupil ID", "Contact Name", "Relationship", "Phone", "Priority", "Confirm By"])
        for number, pupil in enumerate(dict.fromkeys(row["Pupil ID"] for row in rows)):
            for place in range(1, 3 if number % 100 == 0 else 4):
                phone = f"07700 {900000 + 3 * number + place}"
                out.writerow([pupil, f"Contact {SURNAME}", "parent", phone, place, "2026-09-01"])
    return {row["Surname"] for row in rows} | {FORENAME}


# -- what a month asks of people


def decide(school: School, day: date, proposals: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Accept some proposals, and all steps down; return who came into which tier."""
    up = [one for one in proposals if one["move"] == "step up"]
    chosen = [one for one in up if one["pupil_id"] == CANARY][:1]
    chosen += [one for one in up if one["tier"] == "Intensive" and one["pupil_id"] != CANARY][:2]
    chosen += [one for one in up if one["tier"] == "Targeted"][:5]
    chosen += [one for one in proposals if one["move"] == "step down"]
    if not chosen:
        return []
    accept = [word for one in chosen for word in ("--accept", one["pupil_id"])]
    ran = school.run("tiers", "marks.csv", *accept, "--as-of", day, "--by", "attendance lead")
    ids = ran.out.split()
    assert len(ids) == len(chosen)
    school.acknowledged += [(one["pupil_id"], id) for one, id in zip(chosen, ids, strict=True)]
    school.tiers |= {one["pupil_id"]: one["tier"] for one in chosen}
    return [(one["pupil_id"], one["tier"].lower()) for one in chosen]


def begin_support(school: School, day: date, pupil: str, tier: str, number: int) -> None:
    """Write down what stands in the way, what is offered, and a plan; or that the plan has ended."""
    if tier == "universal":
        if pupil in school.plans:
            end = ("--revises", school.plans.pop(pupil), f"end={day}", "outcome=held")
            school.write("log", "plan", pupil, *end, pupil=pupil, on=day)
        return
    confidential = "yes" if number % 3 == 0 else "no"
    school.write(
        "log", "factors", pupil, f"on={day}", "factors=anxiety", f"note={TOLD}", f"confidential={confidential}",
        pupil=pupil, on=day,
    )  # fmt: skip
    school.write("log", "offer", pupil, f"on={day}", "what=breakfast club", "to=parent", pupil=pupil, on=day)
    school.plans[pupil] = school.write(
        "plan", pupil, "--tier", tier, "--goal", TOLD, "--agreed-with", "parent", "--programme", "breakfast-club",
        pupil=pupil, on=day,
    )  # fmt: skip


OUTCOMES = ("continue", "step-up", "change", "missed", "step-down")


def hold_reviews(school: School, day: date, reviews: list[dict[str, Any]]) -> set[str]:
    """Hold, or miss, each review that is due, and return of whom."""
    due = [one for one in reviews if one["state"] in ("overdue", "due")]
    for number, one in enumerate(due):
        outcome = OUTCOMES[number % len(OUTCOMES)]
        words = ("--missed",) if outcome == "missed" else ("--held", day, "--outcome", outcome, "--present", "parent")
        school.write("review", one["pupil"], one["record"], *words, "--note", TOLD, pupil=one["pupil"], on=day)
    return {one["pupil"] for one in due}


def ask_families(school: School, day: date, away: list[dict[str, Any]]) -> dict[str, str]:
    """Ring the families that come first, and return whom for which answer."""
    asked = {}
    for number, one in enumerate(away[:4]):
        outcome = "reached" if number % 2 else "no-answer"
        more = (f"reply={TOLD}",) if number % 2 else ("next-action=visit", f"next-due={day + timedelta(days=3)}")
        school.write(
            "log", "contact", one["pupil"], f"on={day}", "at=09:40", "way=call", f"outcome={outcome}",
            f"absence-of={day}", *more, pupil=one["pupil"], on=day, by="attendance officer",
        )  # fmt: skip
        asked[one["pupil"]] = outcome
    return asked


# -- what must hold, whatever a month brings


def check_dues(school: School, day: date) -> dict[str, list[dict[str, Any]]]:
    """Hold what `support due` lists of ledgers against the oracle on the same entries."""
    ran, tables = school.lists("support", "due", on=day, status=None)
    lists = {name: rows for name, rows in tables.items() if name != "lists"}
    mine = [
        (name, row["what"], row["state"], row["day"], row["pupil"])
        for name, rows in lists.items()
        if name != "school"
        for row in rows
    ]
    wanted = []
    with closing(SqliteStore(school.store)) as store:
        for ledger in Ledgers(store).all():
            assert ledger.who is not None
            said = [
                Said(entry.id.place, entry.written_on, entry.event, entry.revises)
                for entry in ledger.entries
                if isinstance(entry, Entry)
            ]
            wanted += dues(ledger.who.pupil_id, said, day, AHEAD)
    assert sorted(mine, key=str) == sorted(
        ((list_, what, state, day_ and str(day_), pupil) for list_, what, state, day_, pupil in wanted), key=str
    )
    assert ran.status == int(any(row["state"] == "overdue" for rows in lists.values() for row in rows))
    return lists


def check_silence(school: School, day: date) -> None:
    """No repr of what a program holds tells of anybody."""
    bench = Workbench.open(school.folder / "attendance.toml", entry_points=False)
    ledgers = bench.ledgers
    held = [*ledgers.all()]
    assert len(held) > 50
    for value in (bench, ledgers, held, ledgers.of(PupilKey(pupil_id=CANARY)), bench.dues(day), bench.dues(day).items):
        assert not school.forbidden.search(repr(value))


def held_of(school: School, entries: Mapping[str, tuple[object, ...]], id: str) -> object:
    """Return what lies where an acknowledgement said; the index no longer tells of a ledger that was erased."""
    name, _, place = id.partition(".")
    if id not in school.erased:
        return entries[name][int(place)]
    with closing(SqliteStore(school.store)) as store:
        return read_entries(store.entries(f"support/{name}.ledger"), name, PUPIL_EVENTS)[int(place)]


def entries_of(store: SqliteStore) -> dict[str, tuple[object, ...]]:
    """Return what lies in each ledger, by its name."""
    ledgers = Ledgers(store)
    listed = {ledger.name: ledger.entries for ledger in ledgers.all()}
    return {**listed, SCHOOL: ledgers.school().entries}


def open_rules(school: School, day: date) -> tuple[dict[str, set[str]], Any]:
    """Return the rules that hold of each pupil, and all that the command told."""
    told = school.run("concerns", "marks.csv", "--as-of", day, "--format", "json", "--store", school.store).data
    found: dict[str, set[str]] = {}
    for one in told["concerns"]:
        found.setdefault(one["pupil_id"], set()).add(f"{one['policy']}/{one['rule']}")
    return found, told


def proposed(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {row["pupil_id"]: (row["current"], row["since"], row["move"], row["tier"]) for row in rows}


# -- what some months bring


def autumn(school: School, day: date) -> None:
    """A word of staff, a request, a duty, and an arrangement for most of those who will be in part-time."""
    school.write("log", "concern", CANARY, f"on={day}", f"what={TOLD}", "routed-to=tutor", f"answer-due={day}",
                 pupil=CANARY, on=day)  # fmt: skip
    school.write("log", "ehcp-review", CANARY, "due=2026-03-02", pupil=CANARY, on=day)
    school.write(
        "refer", CANARY, "--to", "health", "--reason", TOLD, "--answer-due", "2025-11-07", pupil=CANARY, on=day
    )
    school.write("log", "transition", "P00010", f"on={day}", "other-school=Hill", f"siblings={CANARY}",
                 pupil="P00010", on=day)  # fmt: skip
    school.write("log", "leave", "P00011", f"on={day}", "start=2025-11-03", "end=2025-11-04", f"reason={TOLD}",
                 pupil="P00011", on=day)  # fmt: skip


def letters(school: School, day: date) -> None:
    """Letters wait for a person, and what was approved lies in the ledgers; the same letter does not go twice."""
    words = ("letters", "marks.csv", "--template", "offer-help", "--as-of", day, "--out", school.folder / "letters")
    ran = school.run(*words, status=None)
    approval, back = school.folder / "letters" / "approval.csv", school.folder / "letters" / "kept-back.csv"
    with back.open(encoding="utf-8", newline="") as file:
        kept = {row["pupil_id"] for row in csv.DictReader(file)}
    assert ran.status == int(bool(kept))
    with approval.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 20
    approved = [pupil for row in rows[:10] for pupil in row["pupils"].split()]
    assert not kept & {pupil for row in rows for pupil in row["pupils"].split()}
    with approval.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([row | {"approve": "yes" if at < 10 else "no"} for at, row in enumerate(rows)])
    school.run(*words, "--approve", approval, "--approved-by", "head of year")
    ledgers = school.ledgers()
    for pupil in approved:
        (sent,) = ledgers.of(PupilKey(pupil_id=pupil)).records(LetterSent)
        assert (sent.event.template, sent.event.approved_by, sent.event.on) == ("offer-help", "head of year", day)
        school.acknowledged.append((pupil, str(sent.id)))
    again = [word for pupil in approved for word in ("--pupil", pupil)]
    soon = (*words[:4], "--as-of", day + timedelta(days=3), "--out", school.folder / "letters-again")
    assert school.run(*soon, *again, status=1).out.startswith("0 letters wait")


def formal(school: School, day: date) -> None:
    """A formal step without proof warns; with a reason it is written, and what was missing with it."""
    lone = next(pupil for pupil in ("P00020", "P00021") if pupil not in school.tiers)
    words = ("support", "step", lone, "attendance-contract", "--as-of", day, "--by", "head of year")
    ran = school.run(*words, status=1)
    assert ran.out == ""
    assert "Nothing was written" in ran.err
    assert not school.ledgers().of(PupilKey(pupil_id=lone)).entries
    school.write("step", lone, "attendance-contract", "--reason", TOLD, "--decided-by", TOLD, pupil=lone, on=day)
    school.run("support", "pack", CANARY, "marks.csv", "--as-of", day, "--out", school.folder / "pack")
    text = (school.folder / "pack" / "referral-pack.md").read_text(encoding="utf-8")
    assert "breakfast club" in text


def programme(school: School, day: date, targeted: list[str]) -> None:
    """Places in a programme, and an arrangement for three of the four whose marks say part-time."""
    for pupil in targeted[:24]:
        school.write("log", "programme", pupil, "programme=breakfast-club", f"start={day}", "sessions-planned=30",
                     pupil=pupil, on=day)  # fmt: skip
        school.write("log", "scores", pupil, f"on={day}", "wellbeing=2", "engagement=2", "told-by=child",
                     pupil=pupil, on=day)  # fmt: skip


def part_time(school: School, day: date) -> None:
    """Who is marked part-time without an arrangement is told of, until the arrangement is written."""
    marked = sorted({line.partition(",")[0] for on, line in school.marks if on <= day and ",C2," in line})
    assert len(marked) > 1
    _, tables = school.lists("support", "due", "marks.csv", on=day, status=None)
    assert sorted({row["pupil"] for row in tables["part-time-marks"]}) == marked
    for pupil in marked[1:]:
        school.write("log", "arrangement", pupil, "way=part-time-timetable", "basis=reg. 11(6)", f"rationale={TOLD}",
                     "agreed-with=parent", "agreed-on=2025-12-01", "start=2025-12-01", "end=2026-07-20",
                     "review-due=2026-03-02", pupil=pupil, on=day)  # fmt: skip
    _, tables = school.lists("support", "due", "marks.csv", on=day, status=None)
    assert {row["pupil"] for row in tables["part-time-marks"]} == {marked[0]}


def erase(school: School, day: date) -> None:
    """What is held of a pupil can be given out, and then erased; nothing of it is left, and the rest stands."""
    out = school.folder / "export.json"
    mine = sum(pupil == CANARY for pupil, _ in school.acknowledged)
    ran = school.run("support", "export", CANARY, "--as-of", day, "--out", out, "--leave-out-confidential")
    assert "for the safeguarding lead alone left out" in ran.err
    school.run("support", "export", CANARY, "--as-of", day, "--out", out)
    held = json.loads(out.read_text(encoding="utf-8"))
    assert len(held["entries"]) == mine > 10
    assert [one["entry"] for one in held["named_as_brother_or_sister"]]
    ran = school.run("support", "erase", CANARY, "--ground", "request", "--as-of", day, "--by", "data protection")
    assert ran.out == f"Erased {mine} entries.\n"
    with closing(SqliteStore(school.store)) as store:
        entries = entries_of(store)
    for path in school.folder.glob("support.sqlite*"):
        assert CANARY.encode() not in path.read_bytes()
    assert not [one for one in entries.values() for entry in one if CANARY in str(entry)]
    # Who is still here may need support again: a new ledger begins then.
    school.erased |= {id for pupil, id in school.acknowledged if pupil == CANARY}
    school.tiers.pop(CANARY, None)


def checked(school: School, day: date) -> None:
    """Nothing of the register check and of an audit is left unasked for want of records beside the marks."""
    told = school.run("check", "marks.csv", "--as-of", day, "--format", "json", "--store", school.store, status=1).data
    checks = told["register_check"]
    assert len(checks) > 8
    no_side_record_is_missing(text for one in checks for text in (*one["missing"], one["note"]))
    save_document(school.folder / "audit.toml", answered("g"), AUDIT, if_version=None)
    told = school.run(
        "audit", "evidence", "audit.toml", "marks.csv", "--as-of", day, "--format", "json", "--store", school.store,
        status=None,
    )  # fmt: skip
    assert told.status == int(any(one["verdict"] == "contradicts" for one in told.data))
    assert len(told.data) > 15
    no_side_record_is_missing(one["found"] for one in told.data)


def helped(school: School, day: date) -> None:
    """The programme is judged, and what is decided of it stands beside the verdict."""
    decide_ = ("--decide", "breakfast-club", "continue", "--why", "Families like it.", "--decided-by", "head teacher")
    ran, tables = school.lists("impact", "marks.csv", *decide_, on=day)
    assert [row for row in tables["verdicts"] if "breakfast-club" in row.values()]
    id = re.search(r"Logged as (school\.\d+)", ran.err)
    assert id
    school.acknowledged.append((SCHOOL, id[1]))


def back_up(school: School, name: str) -> dict[str, tuple[object, ...]]:
    """Write a copy, and see that it holds the same."""
    school.run("store", "backup", school.store, school.folder / name, "--replace")
    with closing(SqliteStore(school.store)) as store, closing(SqliteStore(school.folder / name)) as copy:
        assert entries_of(copy) == entries_of(store)
        return entries_of(copy)


def weekly(school: School, day: date) -> None:
    out = school.folder / f"week-{day}"
    ran = school.run("weekly", "--config", "attendance.toml", "--as-of", day, "--out", out)
    packs = {path.stem for path in out.iterdir()}
    assert {"senior-leaders", "senco", "safeguarding-lead", "governors"} <= packs
    assert len(packs) > 40
    assert not school.forbidden.search((out / "governors.html").read_text(encoding="utf-8"))
    assert ran.err.count("Wrote ") == len(packs)


def statements(school: School, day: date, term: str) -> None:
    out = school.folder / f"statements-{term}"
    school.run("statement", "marks.csv", "--term", term, "--as-of", day, "--out", out)
    with (out / "index.csv").open(encoding="utf-8", newline="") as file:
        index = list(csv.DictReader(file))
    assert {row["file"] for row in index} == {path.name for path in out.glob("statement-*.txt")}
    assert len(index) > PUPILS * 0.75
    assert not [path.name for path in out.iterdir() if school.forbidden.search(path.name)]


def no_side_record_is_missing(texts: Iterable[str]) -> None:
    assert [text for text in texts if "side record" in text] == []


def test_a_year_of_a_school_runs_through_the_commands(school: School, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reviews = down = 0
    known: dict[str, set[str]] = {}
    last: dict[str, tuple[Any, ...]] = {}
    for month, day in enumerate(MONTHS):
        school.export_marks(day)
        _, tables = school.lists("tiers", "marks.csv", "--everybody", on=day)
        proposals = tables["tier-proposals"]
        now = proposed(proposals)
        assert len(now) > PUPILS * 0.75  # In summer the oldest have gone.
        # The tier that a pupil is in is what somebody decided, and nothing else.
        assert {pupil: one[0] for pupil, one in now.items() if one[0] != "Universal"} == {
            pupil: tier for pupil, tier in school.tiers.items() if tier != "Universal" and pupil in now
        }
        if month in (5, 6):
            before, (known, told) = known, open_rules(school, day)
            no_side_record_is_missing(text for one in told["rules"] for text in (*one["missing"], *one["notes"]))
            undecided = [pupil for pupil in now if pupil not in school.tiers and pupil in last]
            for pupil in undecided if month == 6 else ():
                mine, then = (rules.get(pupil, set()) & SPEAKING for rules in (known, before))
                # Nobody decided anything: the same concerns propose the same, and more never propose less.
                assert mine != then or now[pupil] == last[pupil]
                assert not mine >= then or LABELS.index(now[pupil][3]) >= LABELS.index(last[pupil][3])
            last = now
        down += sum(one[2] == "step down" for one in now.values())
        entered = decide(school, day, proposals)
        for number, (pupil, tier) in enumerate(entered):
            begin_support(school, day, pupil, tier, number)
        reviewed = hold_reviews(school, day, check_dues(school, day).get("reviews", []))
        reviews += len(reviewed)

        ran, today = school.lists("support", "today", "marks.csv", "--contacts", "contacts.csv", on=day, status=None)
        assert ran.status == int(any(row["reached"] == "no" for row in today["away"]))
        asked = ask_families(school, day, today["away"])

        match month:
            case 0:
                autumn(school, day)
            case 1:
                _, again = school.lists("support", "today", "marks.csv", "--contacts", "contacts.csv", on=day, status=1)
                reached = {row["pupil"]: row["reached"] for row in again["away"]}
                assert {pupil: reached[pupil] for pupil in asked} == {
                    pupil: "yes" if outcome == "reached" else "no" for pupil, outcome in asked.items()
                }
                assert len(again["contacts"]) >= PUPILS // 100
                weekly(school, day)
            case 2:
                letters(school, day)
            case 3:
                statements(school, day, "autumn")
            case 4:
                programme(school, day, [pupil for pupil, one in now.items() if one[3] == "Targeted"])
                # What was done changes no proposal: only concerns, decisions and reviews do.
                _, tables = school.lists("tiers", "marks.csv", "--everybody", on=day)
                after = proposed(tables["tier-proposals"])
                touched = {*dict(entered), *reviewed}
                assert len(touched) > 10
                assert {pupil: one for pupil, one in after.items() if pupil not in touched} == {
                    pupil: one for pupil, one in now.items() if pupil not in touched
                }
            case 5:
                formal(school, day)
                part_time(school, day)
            case 6:
                weekly(school, day)
                school.run("recognition", "marks.csv", "--as-of", day)
            case 7:
                erase(school, day)
            case 8:
                checked(school, day)
        if month % 3 == 2:
            assert school.run("store", "check", school.store).out.startswith("All is as it was saved")
    check_dues(school, MONTHS[-1])
    statements(school, MONTHS[-1], "summer")
    helped(school, MONTHS[-1])
    assert reviews > 10
    assert down
    check_silence(school, MONTHS[-1])
    assert not [record for record in caplog.records if school.forbidden.search(record.getMessage())]
    saved = back_up(school, "tonight.sqlite")
    assert len(school.acknowledged) > 500
    for _, id in school.acknowledged:
        assert isinstance(held_of(school, saved, id), Tombstone if id in school.erased else Entry)
    school.write("log", "offer", "P00011", "on=2026-07-10", "what=noted by mistake", pupil="P00011", on=MONTHS[-1])
    school.run("store", "backup", "tonight.sqlite", school.store, "--replace")
    with closing(SqliteStore(school.store)) as store:
        assert entries_of(store) == saved
    assert school.run("store", "check", school.store).out.startswith("All is as it was saved")
