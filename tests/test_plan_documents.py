"""Plans as documents: what is refused, where, and what to do; nobody's change is lost."""

from datetime import date
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.documents.memory_store import MemoryStore
from attendance_core.documents.versioned import DocumentFormat, dump_document, parse_document
from attendance_core.errors import ConflictError, DocumentError, Fault
from attendance_core.model.plans import ImprovementPlan
from attendance_core.plans.documents import MEETING, PLAN, load_plan, open_plan, save_plan, save_rolled, store_plan
from attendance_core.plans.rolling import roll_over
from tests.plan_cases import plan, plans
from tests.shared import ROOT

BAD = ROOT / "tests" / "data" / "bad_plans"
GOOD = ROOT / "tests" / "data" / "good_plan.toml"
FIRST = "objectives[0].half_terms[0].actions[0]"
NO_ID = ("is no id", "Rewrite it, as in review-letters")
KIND = ("value of the wrong kind", "Correct the value")
#: File to key path, what is said of it, and the remedy.
SAYS: dict[str, tuple[str, str, str]] = {
    "action-twice": (
        "objectives[0].half_terms[1].actions[0].id", "another action has this id",
        f"Rename one; the other is at {FIRST}.id",
    ),
    "amount-below-zero": ("objectives[0].amount", "-5 found", "Correct it"),
    "answers-no-item": ("objectives[0].answers[0]", "'expect-1' names no item", "Correct it"),
    "benchmark-unknown": ("objectives[0].targets[0].benchmark", "'next-door' cannot be held against", "Name one"),
    "carried-from-no-year": (f"{FIRST}.carried[0].from_year", "'last' is no academic year", "Rewrite it"),
    "carried-out-of-order": (f"{FIRST}.carried", "are not in the order of their days", "Sort them"),
    "date-as-text": (f"{FIRST}.due", *KIND),
    "done-without-day": (
        f"{FIRST}.done_on", "goes with an action that is done, and only with it", "Correct state or day",
    ),
    "dropped-without-reason": (f"{FIRST}.reason", "an action was dropped without one", "Say why"),
    "half-term-twice": ("objectives[0].half_terms", "one half term stands twice", "Put its actions together"),
    "half-term-unknown": ("objectives[0].half_terms[1].half_term", *KIND),
    "half-terms-out-of-order": ("objectives[0].half_terms", "are not in the order of the year", "Sort them"),
    "id-of-action": (f"{FIRST}.id", *NO_ID),
    "id-of-plan": ("id", *NO_ID),
    "key-missing": ("objectives[0].text", "required key is missing", "Add it"),
    "key-unknown": ("objectives[0].labels", "unknown key", "Did you mean 'label'?"),
    "measure-of-lessons": (
        "objectives[0].targets[0].measure", "'lesson-attendance': is one of lessons", "Name a measure of sessions",
    ),
    "measure-unknown": ("objectives[0].targets[0].measure", "'atendance': is unknown", "Did you mean 'attendance'?"),
    "newer-schema": (
        "schema", "9 is newer than this version of the library knows",
        "Update attendance-core, and leave the document as it is",
    ),
    "no-stages": ("stages", "there is none", "Add [[stages]]"),
    "no-toml": (
        "", "Expected ']]' at the end of an array declaration (at line 7, column 9)", "Correct that line",
    ),
    "not-utf-8": ("", "byte 482 is not UTF-8", "Save the file as UTF-8"),
    "numeric-with-two-numbers": (
        "objectives[0].targets[0].at_least", "a numeric target names one number", "Give one of them",
    ),
    "numeric-without-number": (
        "objectives[0].targets[0].at_least", "a numeric target names one number", "Give one of them",
    ),
    "percent-over-100": ("objectives[0].targets[0].at_least", "930 found", "Correct it"),
    "number-that-is-none": ("objectives[0].targets[0].at_least", "value of the wrong kind", "Correct the value"),
    "count-below-0": ("objectives[0].targets[0].at_most", "-1 found", "Correct it"),
    "objective-twice": (
        "objectives[1].id", "another objective has this id", "Rename one; the other is at objectives[0].id",
    ),
    "open-under-finished": (
        f"{FIRST}.state", "is open, and its objective is finished", "Say what became of it, or set the objective live",
    ),
    "other-kind": ("document", "'audit' found", "Name a file that holds the improvement-plan"),
    "qualitative-with-a-number": (
        "objectives[0].targets[1].at_least", "is for a numeric target", "Correct the kind, or remove it",
    ),
    "review-next-before": ("reviews[0].next_on", "does not lie after the review", "Correct it"),
    "review-of-nothing": (
        "reviews[0].objective", "the plan has no such objective", "Did you mean 'expect-1'?",
    ),
    "review-stops-without-reason": ("reviews[0].reason", "stop was decided without one", "Say why"),
    "reviews-out-of-order": ("reviews", "are not in the order of their days", "Sort them"),
    "stage-twice": ("stages[1].id", "another stage has this id", "Rename one; the other is at stages[0].id"),
    "stage-unknown": ("objectives[0].stage", "the plan has no such stage", "Did you mean 'expect'?"),
    "state-unknown": (f"{FIRST}.state", *KIND),
    "target-twice": (
        "objectives[0].targets[1].id", "another target has this id",
        "Rename one; the other is at objectives[0].targets[0].id",
    ),
    "text-empty": ("objectives[0].text", "is empty", "Write it"),
    "version-of-zero": ("version", "0 found", "Correct it"),
    "year-before-all-years": ("academic_year", "'0000/01' is no academic year", "Rewrite it"),
    "year-beyond-all-years": ("academic_year", "'9999/00' is no academic year", "Rewrite it"),
    "year-is-none": ("academic_year", "'2025/27' is no academic year", "Rewrite it"),
}  # fmt: skip


def test_every_bad_plan_is_expected_and_the_reverse() -> None:
    assert {path.stem for path in BAD.iterdir()} == set(SAYS)


def test_the_plan_that_the_bad_ones_were_made_from_is_good() -> None:
    assert [one.id for one in load_plan(GOOD).value.objectives] == ["expect-1"]


@pytest.mark.parametrize("name", sorted(SAYS))
def test_a_bad_plan_is_refused_with_its_one_fault(name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load_plan(BAD / f"{name}.toml")
    (fault,) = caught.value.faults
    path, what, remedy = SAYS[name]
    assert fault.where.endswith(f": {path}" if path else ".toml"), fault.where
    assert (fault.what, fault.remedy) == (what, remedy)
    assert name in fault.where and fault.expected and isinstance(fault, Fault)


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8").replace('"expect"\ntext', '"none"\ntext').replace("2025/26", "2025/29")
    path = tmp_path / "plan.toml"
    path.write_text(text.replace('id = "expect-1-t2"', 'id = "expect-1-t1"'), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_plan(path)
    assert len(caught.value.faults) == 3


@settings(deadline=None)
@given(plans(), st.sampled_from(DocumentFormat))
def test_law_a_plan_comes_back_from_each_format(found: ImprovementPlan, form: DocumentFormat) -> None:
    assert parse_document(dump_document(found, PLAN, form=form), PLAN, where="x", form=form) == found


def test_a_change_that_somebody_made_in_between_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    save_plan(path, plan(), if_version=None)
    mine, theirs = load_plan(path), load_plan(path)
    save_plan(path, evolve(theirs.value, note="Theirs."), if_version=theirs.version)
    with pytest.raises(ConflictError, match=r"plan\.toml"):
        save_plan(path, evolve(mine.value, note="Mine."), if_version=mine.version)
    assert load_plan(path).value.note == "Theirs."
    with pytest.raises(ConflictError):
        save_plan(path, plan(), if_version=None)


def test_both_files_of_a_roll_over_are_written_or_none(tmp_path: Path) -> None:
    old, new = tmp_path / "plan.toml", tmp_path / "next.toml"
    save_plan(old, plan(), if_version=None)
    mine = load_plan(old)
    rolled = roll_over(mine.value, id="next", on=date(2026, 7, 20))
    theirs = save_plan(old, evolve(plan(), note="Theirs."), if_version=mine.version)
    with pytest.raises(ConflictError, match=r"plan\.toml"):
        save_rolled(old, new, rolled, if_version=mine.version)
    assert not new.exists() and load_plan(old).value.note == "Theirs."
    save_rolled(old, new, rolled, if_version=theirs)
    assert load_plan(new).value == rolled.next and load_plan(old).value == rolled.closed
    kept = new.read_bytes()
    with pytest.raises(ConflictError, match=r"next\.toml"):
        save_rolled(old, new, rolled, if_version=load_plan(old).version)
    assert new.read_bytes() == kept


def test_a_plan_in_a_store_is_held_to_the_same(tmp_path: Path) -> None:
    store = MemoryStore()
    first = store_plan(store, "plans/2025-26.toml", plan(), if_version=None)
    opened = open_plan(store, "plans/2025-26.toml")
    assert (opened.value, opened.version) == (plan(), first)
    store_plan(store, "plans/2025-26.toml", evolve(plan(), note="x"), if_version=first)
    with pytest.raises(ConflictError):
        store_plan(store, "plans/2025-26.toml", plan(), if_version=first)
    with pytest.raises(DocumentError, match=r"plans/2025-26\.toml: academic_year"):
        store_plan(store, "plans/2025-26.toml", evolve(plan(), academic_year="now"), if_version=None)


def test_a_plan_that_cannot_be_right_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"plan\.toml: academic_year: 'soon' is no academic year"):
        save_plan(tmp_path / "plan.toml", evolve(plan(), academic_year="soon"), if_version=None)
    assert list(tmp_path.iterdir()) == []


def test_a_meeting_is_a_document_of_its_own_kind() -> None:
    text = 'document = "meeting"\nschema = 1\nkind = "governors"\non = 2025-12-10\n'
    assert parse_document(text, MEETING, where="m").on == date(2025, 12, 10)
    with pytest.raises(DocumentError, match="m: document: 'meeting' found"):
        parse_document(text, PLAN, where="m")


def test_no_repr_of_a_clearance_shows_its_text() -> None:
    from attendance_core.model.plans import Clearance

    assert "Secret" not in repr(Clearance(text="Secret", by="head", on=date(2025, 9, 1)))
