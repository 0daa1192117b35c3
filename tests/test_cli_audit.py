"""``attendance audit`` and its reports, as somebody at a desk uses them."""

import json
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from attendance_core.audits.documents import AUDIT
from attendance_core.cli.main import run
from attendance_core.documents.versioned import load_document, save_document
from attendance_core.model.actions import Action, Evidence, EvidenceKind
from attendance_core.model.audits import (
    Audit,
    DocumentRequest,
    FormDoubt,
    Recommendation,
    RecommendationState,
    SecondAssessment,
)
from attendance_core.model.reports import Table
from attendance_core.plugins.builtin.render_markdown import MarkdownRenderer
from attendance_core.workbench import Workbench
from tests import school
from tests.audit_cases import ON, answered, changed
from tests.shared import ROOT

DAY = date(2025, 12, 1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(audit: Audit, path: Path) -> Path:
    save_document(path, audit, AUDIT, if_version=None)
    return path


def full() -> Audit:
    """An audit in which everything that a report shows is there once."""
    audit = evolve(
        answered("r" + "g" * 48 + "-"),
        id="standards-2025",
        school="S1",
        second_assessor="authority",
        recommendations=(
            Recommendation(
                id="la-1", text="Meet each week", items=("1.8",), state=RecommendationState.ACCEPTED, due=DAY
            ),
        ),
        doubts=(FormDoubt(cell="Audit!D9", item="1.4", what="two ticks", found="X"),),
    )
    audit = changed(
        audit,
        "1.1",
        actions=(Action(id="a1", text="Write the policy", owner="deputy head", due=DAY),),
        evidence=(Evidence(kind=EvidenceKind.MEETING, text="Minutes of June", on=ON),),
        comment="Nearly there",
    )
    asked = DocumentRequest(text="The policy", asked=ON)
    return changed(audit, "1.2", second=SecondAssessment(rating="developing", comment="Not seen", documents=(asked,)))


def test_from_nothing_to_a_status(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    begin = ["audit", "new", "attendance-standards", "--id", "s-2025", "--on", "2025-10-01", "--out", "a.toml"]
    assert run(begin) == 2
    assert "nothing is taken by default" in capfd.readouterr().err
    assert run([*begin, "--rule", "majority"]) == 0
    assert "Status rule: majority 1.0.0." in capfd.readouterr().err
    assert run([*begin, "--rule", "majority"]) == 2, "a document that is there is not written over"
    capfd.readouterr()
    assert run(["audit", "form", "a.toml"]) == 0
    assert run(["audit", "read", "a.xlsx", "--out", "b.toml"]) == 0
    assert load_document(desk / "a.toml", AUDIT).value == load_document(desk / "b.toml", AUDIT).value
    capfd.readouterr()
    assert run(["audit", "read", "a.xlsx", "--out", "b.toml"]) == 2
    assert run(["audit", "read", "a.xlsx", "--out", "b.toml", "--replace"]) == 0
    capfd.readouterr()
    assert run(["audit", "status", "a.toml"]) == 2, "what is due needs a day"
    assert run(["audit", "status", "a.toml", "--as-of", "2025-10-01"]) == 0
    out = capfd.readouterr().out
    assert "The whole: incomplete: 50 unanswered" in out
    assert "Under other rules: worst: incomplete, mean-banded: incomplete, plan-aware: incomplete" in out
    assert run(["audit", "status", "a.toml", "--as-of", "2025-10-01", "--format", "json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["whole"]["told"] == "incomplete: 50 unanswered"
    assert run(["audit", "status", "a.toml", "--as-of", "2025-10-01", "--rule", "wurst"]) == 2
    assert "Did you mean 'worst'?" in capfd.readouterr().err


def test_a_framework_that_no_plugin_brings_and_another_version_are_told(
    desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "frameworks" / "six-strands.toml").read_text(encoding="utf-8")
    (desk / "my.toml").write_text(text.replace('id = "six-strands"', 'id = "our-charter"', 1), encoding="utf-8")
    new = ["--id", "a", "--on", "2025-10-01", "--rule", "worst", "--out", "a.toml"]
    assert run(["audit", "new", "my.toml", *new]) == 2
    assert (
        "'our-charter' is unknown; expected one of attendance-standards, five-foundations, improvement-plan, "
        "six-areas, six-strands. Install the plugin that brings it; a plugin of your own brings what lies in a TOML "
        "file (hook attendance_frameworks)."
    ) in " ".join(capfd.readouterr().err.split())
    assert not (desk / "a.toml").exists(), "nothing else could open it"
    saved(answered("g", framework_version="0.9.0"), desk / "b.toml")
    assert run(["audit", "status", "b.toml", "--as-of", "2025-10-01"]) == 0
    assert "Mind: The audit answers version 0.9.0 of attendance-standards" in capfd.readouterr().out
    assert run(["audit", "report", "b.toml", "--as-of", "2025-10-01", "--format", "md"]) == 0
    assert "The audit answers version 0.9.0" in capfd.readouterr().out


def test_a_doubtful_form_is_told_and_ends_with_one(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    saved(answered("g"), desk / "a.toml")
    assert run(["audit", "form", "a.toml", "--out", "f.xlsx"]) == 0
    book = openpyxl.load_workbook(desk / "f.xlsx")
    book["Audit"]["D5"] = "X"
    book.save(desk / "f.xlsx")
    assert run(["audit", "read", "f.xlsx", "--out", "b.toml"]) == 1
    assert (
        "Audit!D5 (item 1.1): two ticks (Not in place, Established), so the item is not rated" in capfd.readouterr().out
    )
    assert len(load_document(desk / "b.toml", AUDIT).value.doubts) == 1
    assert run(["audit", "read", "f.xlsx", "--format", "json"]) == 1
    assert json.loads(capfd.readouterr().out)["audit"]["doubts"][0]["item"] == "1.1"


def test_an_own_scale_and_linked_answers(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (desk / "scale.toml").write_text(
        'id = "two"\ntitle = "No, yes"\nsteps = [{ id = "no", title = "No", status = "red" }, '
        '{ id = "yes", title = "Yes", status = "green" }]\n',
        encoding="utf-8",
    )
    saved(answered("g"), desk / "a.toml")
    status = run(
        ["audit", "new", "six-areas", "--id", "areas", "--on", "2025-10-01", "--rule", "worst", "--from", "a.toml",
         "--scale", "scale.toml", "--out", "b.toml"]
    )  # fmt: skip
    assert status == 0
    assert "have suggestions from 1 other audit(s); they are no ratings" in capfd.readouterr().err
    made = load_document(desk / "b.toml", AUDIT).value
    assert (made.scale.id, made.ratings()) == ("two", {})
    assert any(one.suggestions for one in made.responses)


def test_evidence_is_shown_beside_ratings(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    saved(answered("g"), desk / "a.toml")
    records = desk / "records"
    records.mkdir()
    (records / "plans.csv").write_text("pupil_id,kind,start\n", encoding="utf-8")
    (records / "circulation.csv").write_text("kind,state,on\nfigures,governors,2025-10-10\n", encoding="utf-8")
    folder = school.folder()
    marks = [str(folder / "marks.csv"), "--config", str(folder / "attendance.toml"), "--records", str(records)]
    assert run(["audit", "evidence", "a.toml", *marks]) == 1
    told = capfd.readouterr()
    assert "contradicts" in told.out
    assert "without" in told.out
    assert "no rating changes" in told.err
    assert run(["audit", "evidence", "a.toml", *marks, "--format", "json"]) == 1
    found = {one["item"]: one for one in json.loads(capfd.readouterr().out)}
    assert len(found) == 21
    assert found["2.14"]["verdict"] == "contradicts"
    assert len(found["2.14"]["concerns"]) == found["2.14"]["of"]
    assert found["4.4"]["of"] > found["4.4"]["count"] == 1
    assert found["2.2"]["found"].endswith("missing")
    assert run(["audit", "evidence", "a.toml", *marks, "--format", "csv"]) == 1
    assert capfd.readouterr().out.startswith("item,rating,verdict,found,figures\n")
    assert load_document(desk / "a.toml", AUDIT).value == answered("g")


@pytest.mark.parametrize("format", school.FORMATS)
def test_a_report_in_every_format(format: str, desk: Path) -> None:
    """Each format of the report shows the status, its rule, the action and what the second assessor said."""
    bench = Workbench.open(entry_points=False)
    view = bench.audit_report(full(), DAY, register=school.register())
    files = bench.render(view, format)
    content = b"".join(file.content for file in files)
    if format == "xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        (desk / "r.xlsx").write_bytes(content)
        book = openpyxl.load_workbook(desk / "r.xlsx")
        text = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    else:
        text = content.decode()
    flat = " ".join(text.split())
    for said in ("plan-aware", "Write the policy", "Meet each week", "The policy", "two ticks", "1 unanswered"):
        assert said in flat, said


def test_a_report_names_no_pupil() -> None:
    """Indicators give numbers; the concerns behind them, whose ids hold a pupil, are in no report."""
    bench = Workbench.open(entry_points=False)
    view = bench.audit_report(full(), DAY, register=school.register())
    (file,) = bench.render(view, "md")
    assert b"enrolment=" not in file.content
    (table,) = [
        block
        for section in view.report.sections
        if section.id == "evidence"
        for block in section.blocks
        if isinstance(block, Table)
    ]
    assert len(table.rows) == 21
    assert MarkdownRenderer.id == "md"


def test_reports_and_comparisons_from_the_command_line(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    saved(full(), desk / "a.toml")
    saved(evolve(answered("g"), id="earlier"), desk / "b.toml")
    on = ["--as-of", "2025-12-01"]
    assert run(["audit", "report", "a.toml", *on, "--out", "r.html", "--with", "b.toml"]) == 0
    assert "earlier and standards-2025" in (desk / "r.html").read_text(encoding="utf-8")
    capfd.readouterr()
    assert run(["audit", "report", "a.toml", *on]) == 0
    assert "Documents asked for" in capfd.readouterr().out
    assert run(["audit", "compare", "b.toml", "a.toml", *on]) == 0
    out = capfd.readouterr().out
    assert "lower: 1" in out
    assert "only first: 1" in out
    assert run(["audit", "compare", "a.toml", *on]) == 0
    assert "(authority)" in capfd.readouterr().out
    assert run(["audit", "compare", "b.toml", *on]) == 2
    assert "has no rating of a second assessor" in capfd.readouterr().err
    for format_ in ("json", "csv"):
        assert run(["audit", "compare", "b.toml", "a.toml", *on, "--format", format_]) == 0
    capfd.readouterr()


def test_agreement_from_the_command_line(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("krippendorff")
    saved(answered("gar"), desk / "a.toml")
    saved(evolve(answered("ggr"), id="b"), desk / "b.toml")
    command = ["audit", "agree", "a.toml", "b.toml", "--seed", "1", "--resamples", "100"]
    assert run(command) == 0
    out = capfd.readouterr().out
    assert "Krippendorff's alpha, ordinal, over 50 items" in out
    assert "1 items are rated differently" in out
    assert run([*command, "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["seed"] == 1


def test_many_audits_as_one_table_and_gaps_from_audits(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    saved(answered("gar"), desk / "a.toml")
    saved(answered("g", framework="six-strands", rule="majority"), desk / "b.toml")
    assert run(["audit", "export", "a.toml", "b.toml"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 1 + 50 + 18
    assert run(["audit", "export", "a.toml", "--statuses", "--out", "s.csv"]) == 0
    assert len((desk / "s.csv").read_text(encoding="utf-8").splitlines()) == 1 + 4 * 5
    capfd.readouterr()
    assert run(["frameworks", "gaps", "a.toml", "--framework", "six-areas", "--format", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert any(one["answered"] for one in found)
    assert all(ref["item"].startswith("attendance-standards/") for one in found for ref in one["answered"])
    assert run(["frameworks", "gaps"]) == 2
    assert "Nothing is answered" in capfd.readouterr().err


def test_only_records_about_the_school_may_name_nobody(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Meetings and what was shared may be the school's; a notice without a pupil is a mistake."""
    saved(answered("g"), desk / "a.toml")
    records = desk / "records"
    records.mkdir()
    folder = school.folder()
    command = ["audit", "evidence", "a.toml", str(folder / "marks.csv"), "--config", str(folder / "attendance.toml")]
    (records / "meetings.csv").write_text("pupil_id,kind,on\n,attendance,2025-10-10\n", encoding="utf-8")
    assert run([*command, "--records", str(records)]) in (0, 1)
    (records / "notices.csv").write_text("pupil_id,state,on\n,issued,2025-10-10\n", encoding="utf-8")
    capfd.readouterr()
    assert run([*command, "--records", str(records)]) == 2
    assert "notices.csv row 2: names a pupil that the register does not hold" in capfd.readouterr().err


def test_no_file_that_was_read_or_filled_in_is_written_over(desk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = saved(full(), desk / "a.toml")
    before = path.read_bytes()
    for command in (["form", "a.toml"], ["report", "a.toml", "--as-of", "2025-12-01", "--format", "json"]):
        assert run(["audit", *command, "--out", "a.toml"]) == 2
        told = capfd.readouterr().err
        assert "a.toml: is read by this command; expected another file. Name another with --out." in told
        assert path.read_bytes() == before
    assert run(["audit", "form", "a.toml"]) == 0
    assert run(["audit", "form", "a.toml"]) == 2
    assert "a.xlsx: is there already; expected a new file. Use --replace" in capfd.readouterr().err
    assert run(["audit", "form", "a.toml", "--replace"]) == 0
