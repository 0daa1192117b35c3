"""The commands of ``attendance support``: what they write, what they refuse, and that no message tells of whom."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from attendance_core.documents.file_store import FileStore
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.support_contacts import Referral
from attendance_core.model.support_duties import EhcpReview
from attendance_core.model.support_plans import Review, SupportPlan
from attendance_core.model.support_steps import StatutoryStep
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS
from attendance_core.support.ledger import Ledger, Ledgers
from tests.commands import Ran, attendance
from tests.events import KINDS, WRITTEN
from tests.shared import ROOT

SCHOOL = ROOT / "examples" / "school"
#: A pupil of the demo school for whom the threshold of penalty notices is met.
PUPIL = "P00032"
DAY = "2026-07-20"


class Store:
    """A store in a folder, and the commands that use it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *words: object, as_of: str = DAY, by: str = "tutor", folder: Path | None = None) -> Ran:
        return attendance("support", *words, "--store", self.path, "--as-of", as_of, "--by", by, folder=folder)

    def ledger(self, pupil: str = PUPIL) -> Ledger:
        return Ledgers(FileStore(self.path)).of(PupilKey(pupil_id=pupil))

    def bytes(self) -> str:
        return "".join(str(path) + path.read_text(encoding="utf-8") for path in self.path.rglob("*") if path.is_file())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def told(ran: Ran) -> list[str]:
    return [line.removeprefix("error: ") for line in ran.told]


# -- log and show


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_logged_and_shown(store: Store, kind: str) -> None:
    whom = PUPIL if kind in PUPIL_EVENTS else "school"
    ran = store.run("log", kind, whom, *WRITTEN[kind])
    assert (ran.status, ran.err) == (0, "")
    id = "0.0" if kind in PUPIL_EVENTS else "school.0"
    assert ran.out.strip() == id
    show = ("support", "show", whom, "--store", store.path, "--confidential")
    (shown,) = attendance(*show, "--format", "json").data
    assert (shown["id"], shown["kind"], shown["by"]) == (id, kind, "tutor")
    text = attendance(*show).out
    assert text.splitlines()[0] == f"{shown['day']} {kind} {id} (by tutor)"


def test_a_record_is_restated_and_taken_back_and_its_history_is_shown(store: Store) -> None:
    store.run("log", "offer", PUPIL, *WRITTEN["offer"], as_of="2025-10-01")
    assert store.run("log", "offer", PUPIL, "note=better", "--revises", "0.0", as_of="2025-10-02").out == "0.1\n"
    history = attendance("support", "show", PUPIL, "--store", store.path, "--history").out
    assert "note: better" in history
    assert re.search(r"before, written 2025-10-01 by tutor: .*went well", history)
    plain = attendance("support", "show", PUPIL, "--store", store.path, "--history", "--format", "json").data
    assert [one["event"]["note"] for one in plain[0]["history"]] == ["went well", "better"]
    early = attendance("support", "show", PUPIL, "--store", store.path, "--as-of", "2025-10-01")
    assert "note: went well" in early.out
    assert early.err == "1 entry was written after 2025-10-01 and left out.\n"
    assert store.run("log", "offer", PUPIL, "--retract", "0.1", "--why", "another child").out == "0.2\n"
    gone = attendance("support", "show", PUPIL, "--store", store.path)
    assert (gone.out, gone.err) == ("", "Nothing is written.\n")


def test_values_are_shown_as_they_are_logged_and_no_id_is_broken(store: Store) -> None:
    concern = f"england-national@2015-09-01/at-risk-projected/enrolment=demo-school%7C{'x' * 60}/2025-09-03"
    store.run("log", "tier", PUPIL, "on=2025-10-02", "tier=targeted", "proposed=targeted", f"concerns={concern}")
    store.run("log", "plan", PUPIL, *WRITTEN["plan"])
    store.run("log", "letter", PUPIL, *WRITTEN["letter"])
    lines = [line.strip() for line in attendance("support", "show", PUPIL, "--store", store.path).out.splitlines()]
    assert concern in lines
    assert "build_up: start:2025-10-06;sessions_per_week:6;note:mornings" in lines
    assert "actions: id:a1;text:Ring on Mondays;owner:tutor;due:2025-10-13;state:open" in lines
    assert "threatening: no" in lines


def test_what_would_move_a_terminal_is_written_out(store: Store) -> None:
    store.run("log", "offer", PUPIL, "on=2025-10-01", "what=a\x1b[2Jb")
    shown = attendance("support", "show", PUPIL, "--store", store.path).out
    assert "\x1b" not in shown
    assert r"a\x1b[2Jb" in shown


def test_the_kinds_are_listed_with_their_fields() -> None:
    listed = attendance("support", "kinds", "--format", "json").data
    assert {of: set(kinds) for of, kinds in listed.items()} == {
        "pupil": set(PUPIL_EVENTS),
        "school": set(SCHOOL_EVENTS),
    }
    text = attendance("support", "kinds").out
    assert "offer: on what [offered_by]" in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("log", "offer", PUPIL, "--revises", "0.0", "--retract", "0.0"),
            "log: a record is restated, or taken back; expected --revises ID with words, or --retract ID. Choose one.",
        ),
        (
            ("log", "offer", PUPIL, "note=x", "--retract", "0.0", "--why", "x"),
            "log: a record is restated, or taken back; expected --revises ID with words, or --retract ID. Choose one.",
        ),
        (
            ("log", "letter", PUPIL, "--retract", "0.0", "--why", "x"),
            "record 0.0: is no letter of this ledger. Copy its id from attendance support show.",
        ),
        (
            ("log", "offer", "other", "--retract", "0.0", "--why", "x"),
            "record 0.0: is no offer of this ledger. Copy its id from attendance support show.",
        ),
        (
            ("review", PUPIL, "0.0", "--held", DAY, "--outcome", "continue"),
            "record 0.0: is no plan, arrangement or step of this ledger. Copy its id from attendance support show.",
        ),
        (
            ("review", PUPIL, "0.0"),
            "review: was either held or missed; expected --held DAY, or --missed. Give one of the two.",
        ),
        (
            ("refer", PUPIL, "--answers", "0.0"),
            "referral: is answered without an outcome; expected --outcome. Say what came of it.",
        ),
        (
            ("refer", PUPIL, "--answers", "0.0", "--outcome", "seen"),
            "record 0.0: is no referral of this ledger. Copy its id from attendance support show.",
        ),
        *(
            (
                words,
                "erase: it is not clear of whom; expected PUPIL and --ground, or --past-retention. Give one of them.",
            )
            for words in (
                ("erase",), ("erase", PUPIL), ("erase", "--ground", "request"), ("erase", PUPIL, "--past-retention"),
                ("erase", PUPIL, "--ground", "request", "--yes"),
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_and_nothing_is_written(store: Store, words: tuple[str, ...], says: str) -> None:
    store.run("log", "offer", PUPIL, *WRITTEN["offer"])
    before = store.bytes()
    ran = store.run(*words)
    assert (ran.status, told(ran), ran.out) == (2, [says], "")
    assert store.bytes() == before


def test_without_a_store_the_remedy_is_told(tmp_path: Path) -> None:
    ran = attendance("support", "show", PUPIL, folder=tmp_path)
    assert ran.status == 2
    assert told(ran) == [
        "store: is not given; expected a store, or files.store in attendance.toml. Say where what is written about "
        "support lies."
    ]


# -- plan, review, refer


def test_a_targeted_plan_is_reviewed_after_four_weeks_unless_it_says_otherwise(store: Store) -> None:
    plan = ("plan", PUPIL, "--goal", "In by nine", "--goal", "Two mornings", "--agreed-with", "parent")
    ran = store.run(*plan, "--tier", "targeted", "--start", "2026-03-02", "--key-adult", "tutor")
    assert (ran.out, ran.err) == ("0.0\n", "To be reviewed on 2026-03-30.\n")
    assert store.run(*plan, "--tier", "targeted", "--review-due", "2026-07-31").err == "To be reviewed on 2026-07-31.\n"
    assert store.run(*plan, "--tier", "own").err.splitlines()[-1] == "No day is set for a review: give --review-due."
    first, second, third = (record.event for record in store.ledger().records(SupportPlan))
    assert first.goals == ("In by nine", "Two mornings")
    assert (first.start, first.key_adult, first.agreed_with) == (date(2026, 3, 2), "tutor", ("parent",))
    assert (second.start, third.review_due) == (date.fromisoformat(DAY), None)


def test_reviews_follow_each_other(store: Store) -> None:
    store.run("plan", PUPIL, "--tier", "targeted", "--goal", "In by nine", "--start", "2026-03-02")
    ran = store.run("review", PUPIL, "0.0", "--missed", "--note", "the family was away")
    assert (ran.out, ran.err) == ("0.1\n", "")
    ran = store.run("review", PUPIL, "0.0", "--held", "2026-04-13", "--outcome", "continue", "--helps", "music")
    assert (ran.out, ran.err) == ("0.2\n", "To be reviewed again on 2026-05-11.\n")
    store.run("review", PUPIL, "0.0", "--held", "2026-05-12", "--outcome", "end", "--present", "tutor")
    found = [record.event for record in store.ledger().records(Review)]
    assert [(one.due, one.held, one.next_due) for one in found] == [
        (date(2026, 3, 30), None, None),
        (date(2026, 3, 30), date(2026, 4, 13), date(2026, 5, 11)),
        (date(2026, 5, 11), date(2026, 5, 12), None),
    ]
    assert {one.of for one in found} == {0}


def test_arrangements_and_steps_are_reviewed_too(store: Store) -> None:
    store.run("log", "arrangement", PUPIL, *WRITTEN["arrangement"])
    store.run("log", "step", PUPIL, *WRITTEN["step"])
    store.run("review", PUPIL, "0.0", "--held", "2025-10-31", "--outcome", "change", "--next-due", "2025-11-14")
    store.run("review", PUPIL, "0.1", "--held", "2025-12-08", "--outcome", "end")
    first, second = (record.event for record in store.ledger().records(Review))
    assert (first.of, first.due, first.next_due) == (0, date(2025, 10, 31), date(2025, 11, 14))
    assert (second.of, second.due, second.next_due) == (1, date(2025, 12, 8), None)


def test_a_referral_is_answered_later(store: Store) -> None:
    ran = store.run("refer", PUPIL, "--to", "health", "--reason", "asthma", "--consent", "--answer-due", "2026-08-20")
    assert (ran.status, ran.out) == (0, "0.0\n")
    ran = store.run("refer", PUPIL, "--answers", "0.0", "--outcome", "seen", "--handover", "tutor", as_of="2026-08-01")
    assert (ran.status, ran.out) == (0, "0.1\n")
    (record,) = store.ledger().records(Referral)
    assert record.event == Referral(
        on=date.fromisoformat(DAY), to="health", reason="asthma", consent=True, answer_due=date(2026, 8, 20),
        outcome="seen", outcome_on=date(2026, 8, 1), handover="tutor",
    )  # fmt: skip


# -- the gate


def test_t15_a_step_without_proof_is_told_and_wants_a_reason(store: Store) -> None:
    ran = store.run("step", PUPIL, "referral")
    assert (ran.status, ran.out) == (1, "")
    assert "MISSING: Support was offered: no offer is recorded within 12 months" in ran.err
    assert ran.err.splitlines()[-1] == (
        "Nothing was written. Bring about what is missing, or go on with --reason TEXT and --decided-by NAME."
    )
    assert "  Mind: Authorities ask for different proof" in ran.err
    assert store.ledger().entries == ()
    assert store.run("step", PUPIL, "referral", "--reason", "risk dictates").status == 1


def test_t15_a_step_is_never_blocked_and_what_was_missing_is_written(store: Store) -> None:
    ran = store.run("step", PUPIL, "referral", "--reason", "risk dictates", "--decided-by", "head")
    assert (ran.status, ran.out) == (0, "0.0\n")
    (record,) = store.ledger().records(StatutoryStep)
    assert record.event.missing == ("offer", "answer", "meeting", "review")
    assert (record.event.reason, record.event.decided_by) == ("risk dictates", "head")


def test_with_proof_a_step_needs_no_reason(store: Store) -> None:
    store.run("log", "offer", PUPIL, "on=2026-05-01", "what=breakfast club", "response=declined")
    store.run("log", "meeting", PUPIL, "on=2026-05-10", "purpose=attendance", "present=parent")
    ran = store.run("step", PUPIL, "attendance-contract", "--format", "json")
    assert ran.status == 0
    assert ran.data["written"] == "0.2"
    assert [(one["requirement"], one["state"], one["records"]) for one in ran.data["gate"]["proofs"]] == [
        ("offer", "met", ["0.0"]), ("answer", "met", ["0.0"]), ("meeting", "met", ["0.1"]),
    ]  # fmt: skip
    assert ran.data["gate"]["cites"]
    (record,) = store.ledger().records(StatutoryStep)
    assert (record.event.missing, record.event.reason) == ((), "")


def test_a_notice_to_improve_of_another_length_is_a_warning(store: Store) -> None:
    words = ("step", PUPIL, "notice-to-improve", "--start", "2026-06-01", "--end", "2026-06-12")
    assert "MISSING: Its period has three to six weeks: 12 days, first and last included" in store.run(*words).err
    assert store.run(*words, "--reason", "short term", "--decided-by", "head").status == 0
    (record,) = store.ledger().records(StatutoryStep)
    assert "period" in record.event.missing


def test_before_the_rules_no_gate_stands(store: Store) -> None:
    ran = store.run("step", PUPIL, "referral", "--on", "2024-01-01")
    assert (ran.status, ran.out) == (0, "0.0\n")
    assert ran.err == "Referral to the local authority: nothing is looked for before 2024-08-19.\n"


def test_the_threshold_comes_from_the_register(store: Store) -> None:
    step = ("step", "--config", SCHOOL / "attendance.toml", "--format", "json", "--parent", "parent 1")
    marks = ("--marks", SCHOOL / "marks.csv", "--pupils", SCHOOL / "pupils.csv")

    def threshold(pupil: str, *more: object) -> str:
        proofs = store.run(*step, pupil, "penalty-notice", *more).data["gate"]["proofs"]
        return str(next(one["state"] for one in proofs if one["requirement"] == "threshold"))

    assert threshold(PUPIL) == "not-checked"
    assert threshold(PUPIL, *marks) == "met"
    assert threshold("P00001", *marks) == "missing"
    ran = store.run(*step, "Zacharias", "penalty-notice", *marks)
    assert ran.status == 2
    assert told(ran) == [
        "pupil: is not in this register; expected a pupil of it. Give id and --school as the register has them."
    ]


# -- export and erase


def test_an_export_is_a_file_of_all_that_is_held(store: Store, tmp_path: Path) -> None:
    for kind in PUPIL_EVENTS:
        store.run("log", kind, PUPIL, *WRITTEN[kind])
    out = tmp_path / "export.json"
    base = ("support", "export", PUPIL, "--store", store.path, "--as-of", DAY)
    ran = attendance(*base, "--out", out)
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == f"Wrote {out}: {len(PUPIL_EVENTS)} entries.\n"
    held = json.loads(out.read_text(encoding="utf-8"))
    assert held == attendance(*base).data
    assert held["held_elsewhere"] == [
        "Attendance and admission registers are not held here: ask for them where they are kept, 6 years from the day "
        "of each entry; 6 is the least that the law asks for."
    ]


def test_what_is_for_the_safeguarding_lead_alone_is_counted_and_not_told(store: Store) -> None:
    factors = ("log", "factors", PUPIL, "on=2025-10-01", "factors=trusted-adult")
    store.run(*factors, "note=open from the start")
    store.run(*factors, "note=first open", as_of="2025-10-01")
    store.run("log", "factors", PUPIL, "note=then closed", "confidential=yes", "--revises", "0.1", as_of="2025-10-02")
    store.run(*factors, "note=first closed", "confidential=yes", as_of="2025-10-01")
    store.run("log", "factors", PUPIL, "note=then open", "confidential=no", "--revises", "0.3", as_of="2025-10-02")
    store.run(*factors, "note=taken back", "confidential=yes", as_of="2025-10-03")
    store.run("log", "factors", PUPIL, "--retract", "0.5", "--why", "another child", as_of="2025-10-03")
    base = ("--store", store.path, "--as-of", DAY)

    def told(*words: str) -> tuple[list[str], str]:
        ran = attendance("support", *words, *base)
        notes = ("open from the start", "first open", "then closed", "first closed", "then open", "taken back")
        return [note for note in notes if note in ran.out], ran.err

    left = "5 entries for the safeguarding lead alone left out: see --confidential.\n"
    for words in (("show", PUPIL, "--history"), ("show", PUPIL, "--history", "--format", "json")):
        assert told(*words) == (["open from the start", "then open"], left)
    asked = "5 entries for the safeguarding lead alone left out, as asked.\n"
    assert told("export", PUPIL, "--leave-out-confidential") == (["open from the start", "then open"], asked)
    every = ["open from the start", "first open", "then closed", "first closed", "then open"]
    assert told("show", PUPIL, "--history", "--confidential") == (every, "")
    assert told("export", PUPIL) == ([*every, "taken back"], "")
    held = attendance("support", "export", PUPIL, *base, "--leave-out-confidential").data
    assert (held["confidential_left_out"], held["records"]) == (5, ["0.0", "0.3"])
    early = attendance("support", "show", PUPIL, "--store", store.path, "--as-of", "2025-10-01")
    assert early.err.startswith("2 entries for the safeguarding lead alone left out")
    store.run("log", "factors", "other", "on=2025-10-01", "factors=trusted-adult", "confidential=yes")
    alone = attendance("support", "show", "other", "--store", store.path)
    assert (alone.out, alone.err) == ("", "1 entry for the safeguarding lead alone left out: see --confidential.\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("log", "factors", PUPIL, "on=2025-10-01", "factors=anxiety", "factors=Zacharias"),
            "Mind: factors: factors: 1 of 2 are unknown; expected factors of the pathway: absent-before, anxiety, ",
        ),
        (
            ("log", "tier", PUPIL, "on=2025-10-01", "tier=Zacharias", "reason=x"),
            "Mind: tier: tier: is unknown; expected tiers of the pathway: intensive, targeted, universal.",
        ),
        (
            ("plan", PUPIL, "--tier", "targeted", "--goal", "x", "--programme", "club", "--programme", "Zacharias"),
            "Mind: plan: programmes: 1 of 2 are unknown; expected programmes of the catalogue: club.",
        ),
        (
            ("log", "programme", PUPIL, "programme=Zacharias", "start=2025-10-01"),
            "Mind: programme: programme: is unknown; expected programmes of the catalogue: club.",
        ),
        (
            ("log", "programme-decision", "school", "programme=Zacharias", *WRITTEN["programme-decision"][1:]),
            "Mind: programme-decision: programme: is unknown; expected programmes of the catalogue: club.",
        ),
        (
            ("log", "signpost", PUPIL, "on=2025-10-01", "service=Zacharias"),
            "Mind: signpost: service: is unknown; expected services of the directory: early-help.",
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_an_id_that_nobody_knows_is_written_and_told_of(
    store: Store, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    known = tuple(word.replace("Zacharias", "club") for word in words)
    sound = tuple(
        word.replace("factors=club", "factors=sensory").replace("tier=club", "tier=targeted")
        .replace("service=club", "service=early-help")
        for word in known
    )  # fmt: skip
    assert "Mind" not in store.run(*sound).err
    (tmp_path / "attendance.toml").write_text(
        '[support]\nprogrammes = "programmes.toml"\ndirectory = "directory.toml"\n', encoding="utf-8"
    )
    (tmp_path / "programmes.toml").write_text(
        'document = "programme-catalogue"\nschema = 1\n[[programmes]]\nid = "club"\ntitle = "Club"\n'
        'tier = "targeted"\n',
        encoding="utf-8",
    )
    (tmp_path / "directory.toml").write_text(
        'document = "support-directory"\nschema = 1\n[[services]]\nid = "early-help"\ntitle = "Early help"\n',
        encoding="utf-8",
    )
    assert "Mind" not in store.run(*sound, folder=tmp_path).err
    ran = store.run(*words, folder=tmp_path)
    assert ran.status == 0
    assert ran.err.splitlines()[0].startswith(says)
    assert "Zacharias" not in ran.err


def test_nothing_of_an_erased_pupil_is_left(store: Store) -> None:
    for kind in PUPIL_EVENTS:
        if kind != "hold":
            assert store.run("log", kind, "Zacharias-9", *WRITTEN[kind], by="Mx Q").status == 0
    store.run("log", "transition", PUPIL, *WRITTEN["transition"], "siblings=Zacharias-9")
    assert "Zacharias" in store.bytes()
    ran = store.run("erase", "Zacharias-9", "--ground", "request", by="data protection officer")
    assert ran.status == 0
    assert ran.out == f"Erased {len(PUPIL_EVENTS) - 1} entries.\n"
    assert "are not held here" in ran.err
    for text in ("Zacharias", "Mx Q", "asthma"):
        assert text not in store.bytes()
    assert store.run("erase", "Zacharias-9", "--ground", "request", "--format", "json").data == {"erased": 0}


def test_a_hold_keeps_what_somebody_would_erase(store: Store) -> None:
    store.run("log", "hold", PUPIL, "reason=complaint", "start=2026-01-01")
    before = store.bytes()
    ran = store.run("erase", PUPIL, "--ground", "request")
    assert (ran.status, ran.out) == (2, "")
    assert told(ran)[0].startswith("ledger: a hold keeps it on 2026-07-20; nothing was erased;")
    assert store.bytes() == before


def test_what_is_past_its_period_is_listed_and_then_erased_unless_held(store: Store, tmp_path: Path) -> None:
    for pupil in ("Old-1", "held", "new"):
        on = "2026-07-20" if pupil == "new" else "2022-03-02"
        store.run("log", "offer", pupil, f"on={on}", "what=breakfast club", as_of=on)
    store.run("log", "hold", "held", "reason=complaint", "start=2022-03-02", as_of="2022-03-02")
    past = ("erase", "--past-retention")
    ran = store.run(*past)
    assert (ran.out, ran.err) == (
        "Nothing is past its period.\n",
        "Kept for 6 years after the last day of a ledger.\n",
    )
    (tmp_path / "attendance.toml").write_text("[retention]\nsupport_years = 4\n", encoding="utf-8")
    before = store.bytes()
    ran = store.run(*past, folder=tmp_path)
    assert [line.split() for line in ran.out.splitlines()[1:]] == [
        ["Old-1", "2022-03-02", "2026-03-02", "can", "be", "erased"],
        ["held", "2022-03-02", "2026-03-02", "held"],
    ]
    assert ran.err.splitlines() == [
        "Kept for 4 years as the configuration says after the last day of a ledger.",
        "Nothing was erased. Give --yes to erase what can be.",
    ]
    assert store.bytes() == before
    listed = store.run(*past, "--yes", "--format", "json", folder=tmp_path).data
    assert listed["years"] == 4
    assert [(one["pupil_id"], one["held"], one["erased"]) for one in listed["past"]] == [
        ("Old-1", False, 1), ("held", True, None),
    ]  # fmt: skip
    assert [bool(store.ledger(one).records(Event)) for one in ("Old-1", "held", "new")] == [False, True, True]
    assert "Old-1" not in store.bytes()
    assert "erased" not in store.run(*past, "--yes", folder=tmp_path).out


def test_a_floor_of_the_law_is_kept_in_the_configuration(store: Store, tmp_path: Path) -> None:
    (tmp_path / "attendance.toml").write_text("[retention]\nregister_years = 3\n", encoding="utf-8")
    store.run("log", "offer", PUPIL, *WRITTEN["offer"])
    ran = store.run("erase", PUPIL, "--ground", "request", folder=tmp_path)
    assert ran.status == 2
    assert told(ran)[0].startswith("attendance.toml: retention.register_years: is 3; expected 6 or more:")
    assert store.ledger().records(Event)


# -- packs


def pack(store: Store, out: Path, *more: object, pupil: str = PUPIL, as_of: str = DAY) -> Ran:
    return attendance(
        "support", "pack", pupil, SCHOOL / "marks.csv", "--config", SCHOOL / "attendance.toml", "--as-of", as_of,
        "--store", store.path, "--out", out, *more,
    )  # fmt: skip


def test_a_pack_for_a_review_is_logged_when_it_is_asked_for(store: Store, tmp_path: Path) -> None:
    ran = pack(store, tmp_path / "a", "--ehcp", "--log", "--by", "SENCO")
    assert ran.status == 2
    assert told(ran) == [
        "review: none is there for which a pack could be made; expected an ehcp-review that is due. Write it first: "
        "attendance support log ehcp-review PUPIL due=DAY."
    ]
    assert not (tmp_path / "a").exists()
    for due in ("2026-12-01", "2026-09-20"):
        store.run("log", "ehcp-review", PUPIL, f"due={due}")
    store.run("log", "ehcp-review", PUPIL, "due=2026-01-10", "held=2026-01-12")
    assert pack(store, tmp_path / "a", "--ehcp").status == 0
    assert {one.event.pack_made for one in store.ledger().records(EhcpReview)} == {None}
    ran = pack(store, tmp_path / "a", "--ehcp", "--log", "--by", "SENCO")
    assert (ran.status, ran.err.splitlines()[-1]) == (0, "Written down: 0.3")
    assert pack(store, tmp_path / "a", "--ehcp", "--log", "--by", "SENCO", "--review", "0.0").status == 0
    made = {one.event.due: one.event.pack_made for one in store.ledger().records(EhcpReview)}
    day = date.fromisoformat(DAY)
    assert made == {date(2026, 12, 1): day, date(2026, 9, 20): day, date(2026, 1, 10): None}
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        f"attendance-pack.{ending}" for ending in ("html", "json", "md", "xlsx")
    ]


@pytest.mark.parametrize("more", [("--log", "--by", "x"), ("--ehcp", "--log"), ("--ehcp", "--review", "0.0")])
def test_logging_a_pack_wants_all_that_goes_with_it(store: Store, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert told(pack(store, tmp_path, *more)) == [
        "--log: goes with --ehcp and --by, and --review with it; expected all of them, or none. Give all."
    ]


def test_a_pack_speaks_to_a_day_and_about_a_pupil_of_the_register(store: Store, tmp_path: Path) -> None:
    ran = attendance("support", "pack", PUPIL, SCHOOL / "marks.csv", "--store", store.path, "--out", tmp_path)
    assert told(ran) == ["--as-of: is not given; expected the day that the pack speaks to. Give it."]
    assert told(pack(store, tmp_path, pupil="Zacharias")) == [
        "pupil: is not in this register; expected a pupil of it. Give id and --school as the register has them."
    ]


# -- silence

CANARY = "Zacharias-Canary"
#: Every command with the pupil's name wherever a text, an id or a wrong word could hold it; most of them fail.
FAILING: tuple[tuple[object, ...], ...] = (
    (CANARY,),
    ("log",),
    ("log", CANARY, "offer"),
    ("log", "offer", CANARY),
    ("log", "offer", CANARY, CANARY),
    ("log", "offer", CANARY, f"{CANARY}=1"),
    ("log", "offer", CANARY, f"on={CANARY}", "what=x"),
    ("log", "offer", CANARY, "on=2025-10-01", f"response={CANARY}"),
    ("log", "scores", CANARY, "on=2025-10-01", f"wellbeing={CANARY}"),
    ("log", "letter", CANARY, f"threatening={CANARY}"),
    ("log", "plan", CANARY, f"build-up={CANARY}:{CANARY}"),
    ("log", "review", CANARY, "of=0", f"outcome={CANARY}"),
    ("log", "offer", CANARY, "--revises", CANARY),
    ("log", "offer", CANARY, "--revises", "0.0", f"on={CANARY}"),
    ("log", "offer", CANARY, "--retract", "0.99", "--why", CANARY),
    ("log", "offer", "school", f"what={CANARY}"),
    ("log", "circulated", "school", f"to={CANARY}"),
    ("show",),
    ("show", CANARY, CANARY),
    ("show", "--format", CANARY, CANARY),
    ("kinds", CANARY),
    ("plan", CANARY),
    ("plan", CANARY, "--tier", CANARY),
    ("plan", CANARY, "--tier", CANARY, "--goal", CANARY, "--start", CANARY),
    ("plan", CANARY, "--tier", CANARY, "--goal", CANARY, "--review-due", "1999-01-01"),
    ("review", CANARY, CANARY, "--missed"),
    ("review", CANARY, "0.9", "--missed", "--note", CANARY),
    ("review", CANARY, "0.0", "--held", "2026-01-01", "--outcome", CANARY),
    ("refer", CANARY),
    ("refer", CANARY, "--to", CANARY, "--answer-due", "1999-01-01"),
    ("refer", CANARY, "--answers", CANARY, "--outcome", CANARY),
    ("step", CANARY, CANARY),
    ("step", CANARY, "notice-to-improve"),
    ("step", CANARY, "penalty-notice", "--parent", CANARY, "--note", CANARY),
    ("step", CANARY, "penalty-notice", "--reason", CANARY, "--state", CANARY),
    ("step", CANARY, "penalty-notice", "--marks", SCHOOL / "marks.csv", "--config", SCHOOL / "attendance.toml"),
    ("export",),
    ("export", CANARY, CANARY),
    ("erase",),
    ("erase", CANARY),
    ("erase", CANARY, "--ground", CANARY),
    ("erase", CANARY, "--ground", "request"),
    ("pack", CANARY, SCHOOL / "marks.csv", "--config", SCHOOL / "attendance.toml"),
)


@pytest.mark.parametrize("words", FAILING, ids=lambda words: " ".join(map(str, words)).replace(CANARY, "C")[:60])
@pytest.mark.parametrize("as_json", [False, True])
def test_no_message_tells_of_whom(store: Store, words: tuple[object, ...], as_json: bool, tmp_path: Path) -> None:
    store.run("log", "offer", CANARY, *WRITTEN["offer"], f"note={CANARY}", by=CANARY)
    store.run("log", "hold", CANARY, f"reason={CANARY}", "start=2026-01-01", by=CANARY)
    command = str(words[0])
    more: list[object] = ["--store", store.path]
    more += ["--as-of", DAY] if command not in ("kinds",) else []
    more += ["--by", CANARY] if command not in ("show", "kinds", "export") else []
    more += ["--out", tmp_path / "out"] if command in ("pack", "export") else []
    if as_json and not (command in ("show", "kinds", "step", "erase") and "--format" not in words):
        return
    ran = attendance("support", *words, *more, *(["--format", "json"] if as_json else []))
    assert ran.status in (1, 2)
    assert ran.err
    assert "Zacharias" not in ran.err
    assert "Zacharias" not in ran.out


@pytest.mark.parametrize(
    "words",
    [
        ("log", "offer", CANARY, "on=2025-10-01", f"what={CANARY}"),
        ("plan", CANARY, "--tier", "targeted", "--goal", CANARY),
        ("review", CANARY, "0.0", "--missed", "--note", CANARY),
        ("refer", CANARY, "--to", CANARY, "--reason", CANARY),
        ("step", CANARY, "penalty-notice", "--parent", CANARY, "--reason", CANARY, "--decided-by", CANARY),
        ("step", CANARY, "other", "--reason", CANARY, "--decided-by", CANARY, "--format", "json"),
        ("erase", CANARY, "--ground", "request"),
        ("export", CANARY),
    ],
    ids=lambda words: str(words[0]),
)
def test_what_is_done_is_told_without_telling_of_whom(store: Store, words: tuple[str, ...], tmp_path: Path) -> None:
    store.run("plan", CANARY, "--tier", "targeted", "--goal", CANARY, "--start", "2026-07-01", by=CANARY)
    if words[0] == "export":
        out = tmp_path / "out.json"
        ran = attendance("support", *words, "--store", store.path, "--as-of", DAY, "--out", out)
    else:
        ran = store.run(*words, by=CANARY)
    assert ran.status == 0
    assert "Zacharias" not in ran.out + ran.err
    names = [path.relative_to(store.path).as_posix() for path in store.path.rglob("*")]
    assert not any("Zacharias" in name for name in names)
