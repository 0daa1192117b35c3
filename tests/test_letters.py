"""Letters and statements: what is written, what is kept back and why, and that a person approves."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from attendance_core.errors import DocumentError, FigureIdError, SupportError, UnknownNameError
from attendance_core.model.configuration import School, Target
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.letters import AbsenceKind, LetterTemplate, LetterText, LetterTone, RecognitionKind
from attendance_core.model.support_contacts import (
    Contact,
    ContactOutcome,
    ContactWay,
    LetterSent,
    LetterStop,
    StopReason,
    SupportOffer,
)
from attendance_core.model.support_duties import MedicalNeeds, Safeguarding, SafeguardingStatus
from attendance_core.model.support_happenings import Transition
from attendance_core.model.support_plans import SupportPlan
from attendance_core.model.support_steps import Arrangement, ArrangementWay
from attendance_core.model.support_tiers import FactorsNoted
from attendance_core.plugins.builtin.letters import approval_list, check_template, fill_in, read_approvals
from attendance_core.register.register import Register
from attendance_core.support.letters import (
    LETTER_FIELDS,
    PUPIL_FIELDS,
    Letters,
    chosen,
    digest_of,
    lint_template,
    load_templates,
    log_approved,
    numbered,
    parse_template,
)
from attendance_core.support.preflight import OF_THE_FAMILY, Stop
from attendance_core.support.sessions import PupilSessions, told_apart
from attendance_core.workbench import Workbench
from tests import school as demo_school
from tests.commands import attendance
from tests.registers import PUPILS, kept
from tests.support_school import DAYS, Marks, absent, bench, present, school

ANN, BOB = PupilKey(pupil_id="ann"), PupilKey(pupil_id="bob")
DAY = DAYS[59]
WARNING = load_templates()["warning"]
AWAY = range(10, 22)


def written(
    store: Workbench,
    pupils: dict[str, Marks],
    template: LetterTemplate = WARNING,
    *,
    day: date = DAY,
    **more: Any,
) -> Letters:
    return store.letters(school(pupils, until=day, **more), template, as_of=day)


def stops(found: Letters) -> dict[str, set[Stop]]:
    return {one.pupil.who.pupil_id: {refusal.stop for refusal in one.refusals} for one in found.held}


def with_events(*events: Event, who: PupilKey = ANN, store: Workbench | None = None) -> Workbench:
    found = store or bench()
    for event in events:
        found.ledgers.add(who, event, written_on=min(event.day, DAY), by="attendance lead")
    return found


# -- the three complaints of parents, each with a twin that differs in one fact


def test_real_illness_gets_no_threat_and_its_total_is_shown_all_the_same() -> None:
    """Complaint one: an automatic letter although the child was ill."""
    refused = written(bench(), {"ann": absent("I", *AWAY)})
    assert (refused.letters, stops(refused)) == ((), {"ann": {Stop.ILLNESS}})
    assert "24 more are illness" in refused.held[0].refusals[0].text
    (letter,) = written(bench(), {"ann": absent("O", *AWAY)}).letters
    assert "missed 24 of them. That is 12 days." in letter.text

    def both(day: int, session: str) -> str:
        return "I" if day in (1, 2) else absent("O", *AWAY)(day, session)

    (letter,) = written(bench(), {"ann": both}).letters
    assert "missed 28 of them. That is 14 days." in letter.text
    assert "Illness and medical appointments were 4 of these sessions." in letter.text


def test_nobody_is_threatened_after_a_few_weeks() -> None:
    """Complaint two: a threat in September, when a few days are a high percentage."""
    pupils = {"ann": absent("O", *range(2, 8))}
    refused = written(bench(), pupils, day=DAYS[14])
    assert (refused.letters, stops(refused)) == ((), {"ann": {Stop.FEW_SESSIONS}})
    assert len(written(bench(), pupils, day=DAYS[29]).letters) == 1


AGO, SOON = DAY - timedelta(days=20), DAY + timedelta(days=20)
PLAN = SupportPlan(start=AGO, tier="targeted", goals=("Mornings",))
PART_TIME = Arrangement(
    way=ArrangementWay.PART_TIME,
    basis="agreed leave",
    rationale="recovering",
    agreed_with=("mother",),
    agreed_on=AGO,
    start=AGO,
    end=SOON,
    review_due=SOON,
)
CALL = Contact(on=AGO, way=ContactWay.CALL, outcome=ContactOutcome.REACHED, next_action="Ring the doctor")
BARRIER = FactorsNoted(on=AGO, factors=("anxiety",))


@pytest.mark.parametrize(
    ("known", "twin", "stop"),
    [
        (LetterStop(reason=StopReason.BEREAVEMENT, start=AGO), None, Stop.BEREAVEMENT),
        (LetterStop(reason=StopReason.SAFEGUARDING, start=AGO), None, Stop.SAFEGUARDING),
        (LetterStop(reason=StopReason.OTHER, start=AGO), {"end": DAY - timedelta(days=1)}, Stop.OTHER),
        (LetterStop(reason=StopReason.BEREAVEMENT, start=AGO, end=DAY), {"end": AGO}, Stop.BEREAVEMENT),
        (
            Safeguarding(status=SafeguardingStatus.CHILD_IN_NEED, start=AGO),
            {"end": DAY - timedelta(days=1)},
            Stop.SAFEGUARDING,
        ),
        (MedicalNeeds(start=AGO), {"end": DAY - timedelta(days=1)}, Stop.MEDICAL_NEEDS),
        (PART_TIME, {"ended_on": DAY - timedelta(days=1)}, Stop.ARRANGEMENT),
        (PLAN, {"end": DAY - timedelta(days=1)}, Stop.PLAN),
        (CALL, {"next_done": DAY}, Stop.OPEN_CONTACT),
        (BARRIER, {"factors": ("friends",)}, Stop.BARRIER),
        (
            LetterSent(on=AGO, template="warning", approved_by="head", threatening=True),
            {"on": DAY - timedelta(days=28)},
            Stop.SENT,
        ),
    ],
)
def test_no_letter_is_blind_to_what_the_school_knows(known: Event, twin: dict[str, object] | None, stop: Stop) -> None:
    """Complaint three: the school knew, and its letter did not."""
    pupils = {"ann": absent("O", *AWAY)}
    refused = written(with_events(known), pupils)
    assert (refused.letters, stops(refused)) == ((), {"ann": {stop}})
    other = with_events(*(() if twin is None else (evolve(known, **twin),)))
    assert len(written(other, pupils).letters) == 1


def test_a_barrier_that_was_followed_by_an_offer_stops_nothing() -> None:
    offer = SupportOffer(on=AGO + timedelta(days=1), what="Meet at the gate")
    assert len(written(with_events(BARRIER, offer), {"ann": absent("O", *AWAY)}).letters) == 1
    early = SupportOffer(on=AGO - timedelta(days=1), what="Meet at the gate")
    assert written(with_events(early, BARRIER), {"ann": absent("O", *AWAY)}).letters == ()


@pytest.mark.parametrize(
    ("code", "stop"), [("C", Stop.GRANTED), ("E", Stop.GRANTED), ("M", Stop.ILLNESS), ("N", Stop.UNEXPLAINED)]
)
def test_absence_that_is_set_aside_is_no_ground_for_a_threat(code: str, stop: Stop) -> None:
    assert stops(written(bench(), {"ann": absent(code, *AWAY)})) == {"ann": {stop}}
    assert len(written(bench(), {"ann": absent("G", *AWAY)}).letters) == 1


def test_a_template_may_count_more_and_then_its_own_kinds_stop_it() -> None:
    counting = evolve(WARNING, counts=(AbsenceKind.UNAUTHORISED, AbsenceKind.ILLNESS))
    assert len(written(bench(), {"ann": absent("I", *AWAY)}, counting).letters) == 1
    ill_alone = evolve(WARNING, counts=(AbsenceKind.ILLNESS,))
    assert stops(written(bench(), {"ann": absent("O", *AWAY)}, ill_alone)) == {"ann": {Stop.UNAUTHORISED}}


@pytest.mark.parametrize(("missed", "letters"), [(5, 0), (6, 1)])
def test_the_threshold_is_whole_numbers(missed: int, letters: int) -> None:
    """Ten percent of 120 possible sessions are twelve: six whole days, and not five and a half."""
    some = evolve(WARNING, concerns=())

    def marks(day: int, session: str) -> str:
        return "O" if day < missed or (missed == 5 and day == missed and session == "AM") else present(day, session)

    assert len(written(bench(), {"ann": marks}, some).letters) == letters


def test_an_offer_of_help_is_kept_back_by_stops_alone() -> None:
    help_ = load_templates()["offer-help"]
    ill = {"ann": absent("I", *AWAY)}
    assert len(written(with_events(PLAN, MedicalNeeds(start=AGO), BARRIER), ill, help_).letters) == 1
    stopped = with_events(LetterStop(reason=StopReason.BEREAVEMENT, start=AGO))
    assert stops(written(stopped, ill, help_)) == {"ann": {Stop.BEREAVEMENT}}


def test_what_is_written_later_is_not_known() -> None:
    store = bench()
    store.ledgers.add(ANN, PLAN, written_on=DAY + timedelta(days=1), by="lead")
    assert len(written(store, {"ann": absent("O", *AWAY)}).letters) == 1


# -- families

FAMILIES = evolve(PUPILS, columns=PUPILS.columns, characteristics={"family": "Form", "language": "FSM", "name": "Sex"})


def two(family: Sequence[str], *, ann: str = "O", **more: str) -> Register:
    known = [{"Pupil": pupil, "Form": name, **more} for pupil, name in zip(("ann", "bob"), family, strict=True)]
    pupils = {"ann": absent(ann, *AWAY), "bob": absent("O", *AWAY)}
    return school(pupils, until=DAY, known=known, pupils_mapping=FAMILIES)


def test_brothers_and_sisters_get_one_letter() -> None:
    (letter,) = bench().letters(two(("Lee", "Lee")), WARNING, as_of=DAY).letters
    assert [line.pupil.who.pupil_id for line in letter.pupils] == ["ann", "bob"]
    assert ("ann could attend" in letter.text, "bob could attend" in letter.text) == (True, True)
    assert len(bench().letters(two(("Lee", "May")), WARNING, as_of=DAY).letters) == 2
    apart = evolve(WARNING, families=False)
    assert len(bench().letters(two(("Lee", "Lee")), apart, as_of=DAY).letters) == 2


def test_a_ledger_tells_of_brothers_and_sisters_too() -> None:
    joined = Transition(on=DAYS[0], other_school="Hill Primary", siblings=("bob", "nobody-here"))
    assert len(with_events(joined).letters(two(("", "")), WARNING, as_of=DAY).letters) == 1


def test_a_brother_who_was_ill_is_left_out_and_the_letter_goes() -> None:
    found = bench().letters(two(("Lee", "Lee"), ann="I"), WARNING, as_of=DAY)
    assert [line.pupil.who.pupil_id for line in found.letters[0].pupils] == ["bob"]
    assert stops(found) == {"ann": {Stop.ILLNESS}}


@pytest.mark.parametrize("reason", list(StopReason))
def test_a_stop_holds_for_the_whole_family(reason: StopReason) -> None:
    store = with_events(LetterStop(reason=reason, start=AGO))
    found = store.letters(two(("Lee", "Lee")), WARNING, as_of=DAY)
    assert found.letters == ()
    (one,) = [held for held in found.held if held.pupil.who == BOB]
    assert one.refusals[0].stop in OF_THE_FAMILY
    assert one.refusals[0].text.startswith("a brother or sister: ")
    assert len(store.letters(two(("Lee", "May")), WARNING, as_of=DAY).letters) == 1


# -- words

WELSH = LetterText(language="cy", subject="Presenoldeb", body="{% for pupil in pupils %}{{ pupil.name }}{% endfor %}")


def test_a_family_reads_its_own_language_and_a_missing_one_is_said() -> None:
    both = evolve(WARNING, texts=(*WARNING.texts, WELSH))
    found = bench().letters(two(("Lee", "Lee"), FSM="cy", Sex="Ann Lee"), both, as_of=DAY)
    assert (found.letters[0].language, found.letters[0].text, found.letters[0].notes) == ("cy", "Ann LeeAnn Lee\n", ())
    (letter,) = bench().letters(two(("Lee", "Lee"), FSM="cy"), WARNING, as_of=DAY).letters
    assert (letter.language, letter.notes) == ("en", ("there is no text in 'cy': written in 'en'",))
    (letter,) = bench().letters(two(("Lee", "Lee")), both, as_of=DAY, language="cy").letters
    assert letter.language == "cy"


def test_every_field_can_be_written_and_none_is_made_up() -> None:
    words = " ".join(f"{{{{ {name} }}}}" for name in LETTER_FIELDS if name != "pupils")
    inner = " ".join(f"{name}={{{{ pupil.{name} }}}}" for name in PUPIL_FIELDS)
    text = LetterText(language="en", subject="x", body=f"{words}\n{{% for pupil in pupils %}}{inner}{{% endfor %}}")
    every = LetterTemplate(id="every", title="Every", tone=LetterTone.NEUTRAL, texts=(text,))
    assert check_template(every) == ()
    (letter,) = written(bench(), {"ann": absent("O", *AWAY)}, every).letters
    values = dict(re.findall(r"(\w+)=(\S*)", letter.text))
    assert set(values) == set(PUPIL_FIELDS)
    assert (values["possible"], values["absent"], values["days_lost"], values["percent"]) == ("120", "24", "12", "80")
    assert values["before_percent"] == values["target"] == ""


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{{ shool }}", "Did you mean 'school'?"),
        ("\n\n{{ upn }}", "line 3: the field 'upn' is unknown"),
        ("{% for pupil in pupils %}{{ pupil.nam }}{% endfor %}", "Did you mean 'pupil.name'?"),
        ("{% for pupil in pupils %}{{ pupil.ethnicity }}{% endfor %}", "'pupil.ethnicity' is unknown"),
        ("{{ pupil.name }}", "'name' of that is unknown"),
        ("{{ pupil }}", "stands outside its loop"),
        ("{% for child in pupils %}{% endfor %}", "loops over something else"),
        ("{% for pupil in school %}{% endfor %}", "loops over something else"),
        ("{{ school.__class__ }}", "'__class__' of that is unknown"),
        ("{{ school.upper() }}", "call is not allowed"),
        ("{{ pupils[0] }}", "getitem is not allowed"),
        ("{% set x = 1 %}", "assign is not allowed"),
        ("{% include 'x' %}", "include is not allowed"),
        ("{% import 'x' as y %}", "import is not allowed"),
        ("{% macro x() %}{% endmacro %}", "macro is not allowed"),
        ("{{ 1 + 1 }}", "add is not allowed"),
        ("{{ school | safe }}", "the filter 'safe' is unknown"),
        ("{% if %}", "line 1"),
        ("{% if school %}{{ secret }}{% endif %}", "'secret' is unknown"),
        ("{{ school if secret else contact }}", "'secret' is unknown"),
        ("{% for pupil in pupils %}{{ loop.cycle }}{% endfor %}", "'pupil.cycle' is unknown"),
    ],
)
def test_a_field_that_there_is_not_is_a_fault_when_the_template_is_read(body: str, says: str) -> None:
    text = LetterText(language="en", subject="x", body=body)
    faults = check_template(LetterTemplate(id="x", title="X", tone=LetterTone.NEUTRAL, texts=(text,)), where="x.toml")
    assert any(says in str(fault) and "x.toml: texts[0].body" in fault.where for fault in faults), faults


def test_values_are_words_and_never_a_template() -> None:
    assert fill_in("{{ school }}", {"school": "{{ 7 }}\n\x1b[31mHill"}) == "{{ 7 }} [31mHill\n"
    assert fill_in("{{ written_on }} {{ x }}", {"written_on": date(2026, 7, 3), "x": None}) == "3 July 2026\n"


def test_the_shipped_templates_are_sound_and_plain() -> None:
    workbench = Workbench.open(entry_points=False)
    assert set(load_templates()) == {
        "offer-help",
        "statement",
        "warning",
        "well-done-improved",
        "well-done-sustained",
    }
    for id in load_templates():
        template = workbench.letter_template(id)
        for text in template.texts:
            plain = re.sub(r"\{%.*?%\}", "", text.body)
            for sentence in re.split(r"[.?!:]\s|\n", re.sub(r"\{\{.*?\}\}", "x", plain)):
                assert len(sentence.split()) <= 25, sentence
            assert not re.search(r"pursuant|herein|forthwith|commence|regarding|cohort|sanction", plain.lower())
        assert template.threatening == (id == "warning")


BROKEN = """
id = "No Id"
title = "X"
tone = "neutral"
concerns = ["england-national/nothing", "word"]
[[texts]]
language = "English"
subject = " "
body = "x"
"""


def test_every_fault_of_a_template_is_told_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_template(BROKEN, where="mine.toml")
    told = [str(fault) for fault in caught.value.faults]
    for part in ("'No Id' is no id", "concerns[1]: 'word' is no rule", "'English' is no language", "subject: is empty"):
        assert any(part in line for line in told), (part, told)
    known = lint_template(evolve(WARNING, concerns=("a/b",)), {"a/c"})
    assert "is a rule of no policy" in str(known[0])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"texts": ()}, "are none"),
        ({"texts": (WELSH, WELSH)}, "'cy' stands twice"),
        ({"at_least": 101}, "101 found"),
        ({"minimum_possible": 0}, "0 found"),
        ({"again_after_days": -1}, "-1 found"),
        ({"counts": ()}, "counts: is empty"),
        ({"recognition": RecognitionKind.IMPROVED}, "beside concerns"),
        ({"recognition": RecognitionKind.IMPROVED, "concerns": ()}, "threatens where something is recognised"),
        ({"tone": LetterTone.NEUTRAL}, "asked of threatening letters alone"),
    ],
)
def test_a_template_that_cannot_be_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        evolve(WARNING, **changes)


def test_a_schools_own_template_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BROKEN.replace("No Id", "mine").replace("English", "en"), encoding="utf-8")
    workbench = Workbench.open(entry_points=False)
    with pytest.raises(DocumentError, match="subject: is empty"):
        workbench.letter_template(tmp_path / "mine.toml")
    with pytest.raises(UnknownNameError, match="Did you mean 'warning'"):
        workbench.letter_template("warnin")


# -- statements


def ann_of_autumn(day: int, session: str) -> str:
    """Two days ill, one morning without leave, one late, one after the register closed, one unknown, one suspended."""
    special = {
        (0, "AM"): "I", (0, "PM"): "I", (1, "AM"): "I", (1, "PM"): "M", (2, "AM"): "O", (3, "PM"): "L", (4, "AM"): "U",
        (5, "AM"): "N", (6, "AM"): "E", (7, "AM"): "B", (8, "AM"): "Y1",
    }  # fmt: skip
    return special.get((day, session), present(day, session))


def test_a_statement_tells_every_kind_of_session() -> None:
    until = DAYS[9]
    store = bench(
        school=School(name="Hill School"),
        targets=(Target(measure="attendance", value=95.5, academic_year="2025/26"),),
    )
    register = school({"ann": ann_of_autumn}, until=until)
    found = store.statements(register, span=store.term(register, until), as_of=until)
    (letter,) = found.letters
    assert found.held == ()
    assert letter.pupils[0].sessions == PupilSessions(
        period=letter.pupils[0].sessions.period,
        possible=19,
        attended=11,
        unauthorised=2,
        unexplained=1,
        illness=4,
        granted=1,
        late_before=1,
        late_after=1,
    )
    for line in (
        "Sessions that ann could attend: 19",
        "Sessions attended: 11 (57.9 %)",
        "Days missed: 4",
        "reason that we accept: 5",
        "without our leave: 2",
        "reason that we do not know yet: 1",
        "Times late: 2 (1 of these after the register had closed",
        "Our target for this year is 95.5 %.",
    ):
        assert line in letter.text, letter.text
    assert "In the" not in letter.text, "there is no term before"


def test_a_statement_holds_the_pupils_own_term_before_beside() -> None:
    until = DAYS[100]
    register = school({"ann": absent("O", 0, 1, 2)}, until=until)
    store = bench()
    span = store.term(register, until)
    assert (span.title, span.before_title) == ("spring term", "autumn term")
    (letter,) = store.statements(register, span=span, as_of=until).letters
    first = [day for day in DAYS if day <= date(2025, 12, 19)]
    share = f"{100 * (len(first) - 3) / len(first):.1f}".removesuffix(".0")
    assert f"In the autumn term, attendance was {share} %, and 3 days were missed." in letter.text
    autumn = store.term(register, until, "autumn")
    assert (autumn.period.end, autumn.before) == (date(2025, 12, 19), None)
    with pytest.raises(FigureIdError, match="has not begun"):
        store.term(register, until, "summer")


def test_every_statement_of_a_school_agrees_with_its_marks() -> None:
    """Counted again one mark at a time, from the marks that the register kept."""
    register, workbench = demo_school.register(), demo_school.bench()
    span = workbench.term(register, register.as_of, "spring")
    found = workbench.statements(register, span=span, as_of=register.as_of)
    marks: dict[str, Counter[str]] = {}
    for pupil, on, _, code in kept(register):
        if on in span.period:
            marks.setdefault(pupil, Counter())[code] += 1
    assert len(found.letters) > 50
    for letter in found.letters:
        (line,) = letter.pupils
        mine, codes = line.sessions, marks[line.pupil.who.pupil_id]
        assert mine.illness == codes["I"] + codes["M"]
        assert mine.unexplained == codes["N"] + codes["-"]
        assert mine.unauthorised == codes["O"] + codes["G"] + codes["U"]
        assert (mine.late_before, mine.late_after) == (codes["L"], codes["U"])
        assert mine.possible == mine.attended + mine.absent
        assert f"Sessions attended: {mine.attended}" in letter.text


def test_a_statement_meets_the_stops_that_are_known() -> None:
    register = school({"ann": present, "bob": present}, until=DAY)
    store = with_events(LetterStop(reason=StopReason.BEREAVEMENT, start=AGO))
    span = store.term(register, DAY)
    kept = store.statements(register, span=span, as_of=DAY, ledgers=store.ledgers)
    assert stops(kept) == {"ann": {Stop.BEREAVEMENT}}
    assert len(store.statements(register, span=span, as_of=DAY).letters) == 2


def test_the_codes_that_letters_tell_apart_are_cited_data() -> None:
    assert (told_apart().illness, told_apart().unexplained) == (("I", "M"), ("N",))


# -- approval


def test_nothing_is_approved_without_a_person_and_what_is_approved_is_logged_once() -> None:
    store = bench()
    found = written(store, {"ann": absent("O", *AWAY)})
    assert store.ledgers.of(ANN).records(LetterSent) == ()
    marked = {digest_of(found.letters[0], WARNING): "001"}
    letters = chosen(found, marked)
    first = log_approved(letters, WARNING, store.ledgers, by="head of year", on=DAY)
    again = log_approved(letters, WARNING, store.ledgers, by="head of year", on=DAY)
    assert (len(first), again) == (1, ())
    (record,) = store.ledgers.of(ANN).records(LetterSent)
    assert record.event == LetterSent(on=DAY, template="warning", approved_by="head of year", threatening=True)


def test_what_changed_since_it_was_read_cannot_be_approved() -> None:
    before = written(bench(), {"ann": absent("O", *AWAY)})
    marked = {digest_of(before.letters[0], WARNING): "001"}
    for after in (
        written(bench(), {"ann": absent("O", *AWAY, 30)}),
        written(with_events(LetterStop(reason=StopReason.BEREAVEMENT, start=AGO)), {"ann": absent("O", *AWAY)}),
    ):
        with pytest.raises(SupportError, match="letter 001: is not there any more as it was read"):
            chosen(after, marked)


def test_two_pupils_with_the_same_words_are_two_letters() -> None:
    known = [{"Pupil": pupil, "Sex": "Sam Lee"} for pupil in ("ann", "bob")]
    pupils = {"ann": absent("O", *AWAY), "bob": absent("O", *AWAY)}
    register = school(pupils, until=DAY, known=known, pupils_mapping=FAMILIES)
    found = bench().letters(register, WARNING, as_of=DAY)
    assert found.letters[0].text == found.letters[1].text
    assert len(chosen(found, {digest_of(found.letters[0], WARNING): "001"})) == 1


def test_a_list_is_read_back_as_it_was_marked(tmp_path: Path) -> None:
    found = written(bench(), {"ann": absent("O", *AWAY), "=bob": absent("O", *AWAY)})
    text = approval_list(zip(numbered(2), found.letters, strict=True), WARNING).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][1] == "'=bob", "no spreadsheet runs an id"
    path = tmp_path / "a.csv"
    for mark, expected in (("", 0), ("yes", 2), (" Y ", 2), ("no", 0)):
        path.write_text(text.replace(",\n", f",{mark}\n"), encoding="utf-8")
        assert len(read_approvals(path)) == expected
    path.write_text(text.replace(",\n", ",maybe\n"), encoding="utf-8")
    with pytest.raises(DocumentError, match="line 2: approve: is unclear"):
        read_approvals(path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="is no list of letters"):
        read_approvals(path)


def test_nothing_names_a_pupil() -> None:
    found = written(bench(), {"canary-ann": absent("O", *AWAY), "canary-bob": absent("I", *AWAY)})
    assert "canary" not in repr(found) + repr(found.letters[0]) + repr(found.held[0]) + str(found.held[0].refusals)
    with pytest.raises(SupportError, match="1 of 1 are not on roll") as caught:
        bench().letters(school({"ann": present}, until=DAY), WARNING, as_of=DAY, pupils=["canary-bob"])
    assert "canary" not in str(caught.value)


# -- the commands


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("letters")
    assert attendance("demo", "--out", folder / "s", "--pupils", 80).status == 0
    return folder


def command(demo: Path, name: str, *more: object) -> Any:
    s = demo / "s"
    files = ("--pupils", s / "pupils.csv", "--calendar", s / "calendar.toml", "--config", s / "attendance.toml")
    return attendance(name, s / "marks.csv", *files, *more)


def test_letters_wait_for_a_person_who_marks_a_list(demo: Path, tmp_path: Path) -> None:
    base = (
        "--template",
        "offer-help",
        "--store",
        tmp_path / "ledgers",
        "--as-of",
        "2026-07-17",
        "--out",
        tmp_path / "o",
    )
    ran = command(demo, "letters", *base)
    assert ran.status in (0, 1), ran.err
    drafts = sorted((tmp_path / "o").glob("draft-*.txt"))
    assert drafts and all("Nobody has approved" in path.read_text(encoding="utf-8") for path in drafts)
    assert not list((tmp_path / "o").glob("approved-*")) and not list(tmp_path.rglob("*.ledger"))
    listed = tmp_path / "o" / "approval.csv"
    again = command(demo, "letters", *base)
    assert (again.status, "somebody may have marked it" in again.err) == (2, True)
    rows = list(csv.DictReader(io.StringIO(listed.read_text(encoding="utf-8"))))
    rows[1]["approve"] = "yes"
    with listed.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    ran = command(demo, "letters", *base, "--approve", listed, "--approved-by", "Head of Year 9")
    assert (ran.status, f"Approved by Head of Year 9: 1 of {len(rows)}." in ran.out) == (0, True), ran.err
    (approved,) = (tmp_path / "o").glob("approved-*.txt")
    assert approved.name == "approved-002.txt"
    assert drafts[1].read_text(encoding="utf-8").endswith(approved.read_text(encoding="utf-8"))
    shown = attendance("support", "show", rows[1]["pupils"], "--store", tmp_path / "ledgers", "--format", "json")
    assert [one["kind"] for one in shown.data] == ["letter"]
    later = command(demo, "letters", *base[:4], "--as-of", "2026-07-18", "--out", tmp_path / "p")
    assert later.status == 1
    assert "sent" in (tmp_path / "p" / "kept-back.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--template", "warning"), "--as-of: is not given"),
        (("--template", "warning", "--as-of", "2026-07-17", "--approve", "x.csv"), "--approved-by: nobody approved"),
        (("--template", "warning", "--as-of", "2026-07-17", "--approved-by", "me"), "--approve: is not given"),
        (("--template", "warn", "--as-of", "2026-07-17"), "letter template 'warn'"),
        (
            ("--template", "warning", "--as-of", "2026-07-17", "--approve", "x.csv", "--approved-by", "me"),
            "x.csv: no such file",
        ),
    ],
)
def test_what_cannot_be_written_is_refused(demo: Path, tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    ran = command(demo, "letters", "--store", tmp_path / "ledgers", "--out", tmp_path / "o", *more)
    assert (ran.status, says in ran.err) == (2, True), ran.err
    assert not (tmp_path / "o").exists()


def test_statements_are_written_for_everybody_and_an_index_says_whose(demo: Path, tmp_path: Path) -> None:
    ran = command(demo, "statement", "--out", tmp_path / "o", "--term", "spring", "--contact", "the office")
    assert ran.status in (0, 1), ran.err
    assert "No store is known" in ran.err
    index = list(csv.DictReader(io.StringIO((tmp_path / "o" / "index.csv").read_text(encoding="utf-8"))))
    files = sorted(path.name for path in (tmp_path / "o").glob("statement-*.txt"))
    assert files == [row["file"] for row in index] and files
    assert len({row["pupil_id"] for row in index}) == len(index)
    text = (tmp_path / "o" / files[0]).read_text(encoding="utf-8")
    assert "spring term" in text and "You can speak to the office." in text and index[0]["pupil_id"] in text
    store = tmp_path / "ledgers"
    ran = command(
        demo, "statement", "--out", tmp_path / "p", "--store", store, "--approved-by", "lead", "--as-of", "2026-07-17"
    )
    assert ran.status in (0, 1), ran.err
    shown = attendance("support", "show", index[0]["pupil_id"], "--store", store, "--format", "json")
    assert [one["event"]["template"] for one in shown.data] == ["statement"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--approved-by", "me"), "--as-of: is not given"),
        (("--approved-by", "me", "--as-of", "2026-07-17"), "--store: is not given"),
    ],
)
def test_a_statement_is_logged_only_where_it_can_be(
    demo: Path, tmp_path: Path, more: tuple[str, ...], says: str
) -> None:
    ran = command(demo, "statement", "--out", tmp_path / "o", *more)
    assert (ran.status, says in ran.err) == (2, True), ran.err
