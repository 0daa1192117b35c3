"""The workbench: the same report whatever frame a host hands in, and clear answers where it cannot serve."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from attendance_core.audits.documents import AUDIT, new_audit
from attendance_core.documents.file_store import FileStore
from attendance_core.documents.versioned import save_document
from attendance_core.errors import (
    DocumentError,
    FigureIdError,
    InputError,
    LayoutError,
    PluginError,
    UnknownNameError,
)
from attendance_core.frameworks.loading import load_framework
from attendance_core.model.configuration import Choices, Configuration, Target
from attendance_core.model.figures import FigureId
from attendance_core.model.reports import RenderOptions, View
from attendance_core.plugins import hookimpl
from attendance_core.reference.locate import frameworks_folder
from attendance_core.register.saved import save_register
from attendance_core.workbench import Workbench
from tests import school
from tests.school import figures
from tests.shared import ROOT

# A host's own frames


def _texts(name: str) -> dict[str, list[str | None]]:
    """A file's columns, as a host might hold them: texts, nothing where the file is empty."""
    import csv

    with (school.folder() / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: [row[column] or None for row in rows] for column in rows[0]}


def _polars(name: str) -> Any:
    import polars as pl

    return pl.DataFrame(_texts(name))


def _polars_lazy(name: str) -> Any:
    return _polars(name).lazy()


def _pandas(name: str) -> Any:
    import pandas as pd

    return pd.DataFrame(_texts(name))


def _pyarrow(name: str) -> Any:
    import pyarrow as pa

    return pa.table(_texts(name))


def _duckdb(name: str) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.register("held", _pyarrow(name))
    return connection.table("held")


def _told(view: View) -> dict[str, tuple[object, ...]]:
    return {
        key: (figure.value, figure.numerator, figure.denominator, figure.enrolments, figure.comparisons, figure.note)
        for key, figure in figures(view).items()
    }


@pytest.mark.parametrize("frame", [_polars, _polars_lazy, _pandas, _pyarrow, _duckdb])
def test_every_frame_gives_the_report_that_the_files_give(frame: Any) -> None:
    bench = school.bench()
    register = bench.read(frame("marks.csv"), pupils=frame("pupils.csv"), calendar=school.folder() / "calendar.toml")
    view = bench.report(register, audience="governors")
    assert _told(view) == _told(school.view("governors"))
    assert view.report.provenance.as_of == school.view("governors").report.provenance.as_of


def test_a_host_is_handed_back_the_frame_of_sessions_in_the_default_engine() -> None:
    import polars as pl

    key = next(iter(figures(school.view("leaders"))))
    _, frame = school.bench().explain(school.register(), key)
    assert isinstance(frame.to_native(), pl.DataFrame)


@pytest.mark.parametrize("odd", [42, None, object()])
def test_what_is_no_table_is_refused_by_name_of_its_type(odd: object) -> None:
    with pytest.raises(InputError, match=type(odd).__name__):
        school.bench().read(odd)


# Reports


def test_a_report_speaks_of_the_days_asked_for() -> None:
    view = school.bench().report(school.register(), audience="leaders", start=date(2025, 11, 3), end=date(2025, 12, 19))
    assert {figure.id.period for figure in figures(view, "headlines").values()} == {
        FigureId.parse("attendance/all/2025-11-03..2025-12-19/year-to-date").period
    }
    assert "3 November 2025 to 19 December 2025" in view.report.subtitle
    with pytest.raises(FigureIdError, match="ends before it starts"):
        school.bench().report(school.register(), start=date(2026, 1, 2), end=date(2026, 1, 1))


def test_progress_names_each_step() -> None:
    told: list[str] = []
    school.bench().report(school.register(), audience="governors", progress=told.append)
    assert told == [section.title for section in school.view("governors").report.sections]


def test_provenance_says_what_the_report_was_made_from() -> None:
    found = school.view("leaders").report.provenance
    assert [(role, name) for role, name, _ in found.inputs] == [("marks", "marks.csv"), ("pupils", "pupils.csv")]
    assert all(len(digest) == 64 for _, _, digest in found.inputs)
    assert dict(found.definitions)["profile"] == "year-to-date"
    assert dict(found.definitions)["calendar"] == "given"
    assert ("builtin", found.version, "attendance-core") in found.plugins


def test_two_workbenches_know_nothing_of_each_other() -> None:
    strict = evolve(
        school.bench(),
        configuration=evolve(school.bench().configuration, policy=Choices(settings={"persistent-boundary": "strict"})),
    )
    theirs = strict.report(school.register(), audience="leaders")
    ours = school.bench().report(school.register(), audience="leaders")
    assert _told(ours) == _told(school.view("leaders"))
    assert dict(theirs.report.provenance.definitions)["persistent-boundary"] == "strict"
    mine = {figure.id.measure: figure for figure in figures(ours, "persistence").values()}
    other = {figure.id.measure: figure for figure in figures(theirs, "persistence").values()}
    assert (other["persistent-absence"].numerator or 0) <= (mine["persistent-absence"].numerator or 0)


def test_the_same_report_twice_is_equal() -> None:
    again = school.bench().report(school.register(), audience="leaders")
    assert again == school.view("leaders")


# What cannot be served


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda bench: bench.report(school.register(), audience="leader"), "leaders"),
        (lambda bench: bench.render(school.view("leaders"), "htlm"), "html"),
        (lambda bench: bench.read(school.folder() / "marks.csv", mapping="demomarks"), "mapping 'demomarks'"),
        (lambda bench: bench.report(school.register(), cohorts=("fms",)), "fsm"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(call: Any, says: str) -> None:
    with pytest.raises(UnknownNameError, match=says):
        call(school.bench())


@pytest.mark.parametrize(
    ("id", "error"),
    [
        ("nonsense", FigureIdError),
        ("attendance/all/2019-09-01..2020-07-17/year-to-date", FigureIdError),
        ("attendance/all/2025-09-03..2026-07-20/census", UnknownNameError),
        ("happiness/all/2025-09-03..2026-07-20/year-to-date", UnknownNameError),
        ("attendance/nobody/2025-09-03..2026-07-20/year-to-date", UnknownNameError),
        ("attendance/ebsa/2025-09-03..2026-07-20/year-to-date", FigureIdError),
        ("lesson-attendance/all/2025-09-03..2026-07-20/year-to-date", FigureIdError),
        ("days-lost/all/2025-09-03..2026-07-20@Monday-AM/year-to-date", FigureIdError),
        ("attendance/enrolment=nobody/2025-09-03..2026-07-20/year-to-date", UnknownNameError),
    ],
)
def test_a_figure_that_cannot_be_explained_says_why(id: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        school.bench().explain(school.register(), id)


def test_every_fault_of_the_targets_is_told_with_its_key() -> None:
    bench = school.bench_with(
        targets=(
            Target(measure="atendance", value=95.0, academic_year="2025/26"),
            Target(measure="attendance", value=95.0, academic_year="2025/27"),
        )
    )
    with pytest.raises(DocumentError) as caught:
        bench.report(school.register())
    keys = [fault.where for fault in caught.value.faults]
    assert keys == ["attendance.toml: targets[0].measure", "attendance.toml: targets[1].academic_year"]


def test_marks_that_say_too_little_are_asked_about_and_never_guessed(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(LayoutError) as caught:
        Workbench.open(Configuration(), entry_points=False).read(tmp_path / "odd.csv")
    assert all(fault.remedy for fault in caught.value.faults)


# Plugins


class _Renderers:
    class Broken:
        id = "broken"
        title = "Broken"

        def render(self, view: View, options: RenderOptions) -> tuple[()]:
            raise RuntimeError("a pupil's name")

    @hookimpl
    def attendance_renderers(self) -> tuple[object, ...]:
        return (self.Broken(),)


def test_a_renderer_that_fails_is_told_without_what_it_saw() -> None:
    bench = Workbench.open(school.bench().configuration, plugins=[_Renderers()], entry_points=False)
    with pytest.raises(PluginError, match="broken") as caught:
        bench.render(school.view("leaders"), "broken")
    assert "a pupil's name" not in str(caught.value)
    # The others go on.
    assert bench.render(school.view("leaders"), "md")
    assert any("broken" in str(failure) for failure in bench.failures())


def test_a_checked_register_speaks_to_the_day_that_is_asked(tmp_path: Path) -> None:
    """As the marks would, read up to that day: the same figures, and an account that misses no mark."""
    folder, day = school.folder(), date(2025, 11, 21)
    bench = school.bench()
    save_register(school.register(), tmp_path / "checked")
    early = bench.read(folder / "marks.csv", as_of=day)
    saved = bench.read(tmp_path / "checked", as_of=day)
    assert saved.account.conserved
    for one in ("as_of", "as_of_given", "coded", "first_mark", "last_mark", "marks_in"):
        assert getattr(saved.account, one) == getattr(early.account, one), one
    # Sessions without a mark count as none on later days too, since nobody can tell them apart in a checked register.
    assert saved.account.rejected <= early.account.rejected
    for measure in ("attendance", "persistent-absence"):
        assert bench.analyse(saved).figure(measure).numerator == bench.analyse(early).figure(measure).numerator
    assert "lie after 2025-11-21" in saved.account.assumptions[-1]
    whole = bench.read(tmp_path / "checked", as_of=date(2026, 8, 1))
    assert (whole.as_of, whole.account.coded) == (date(2026, 8, 1), school.register().account.coded)
    save_register(early, tmp_path / "early")
    later = bench.read(tmp_path / "early", as_of=date(2026, 1, 9))
    assert "saved as of 2025-11-21" in later.account.assumptions[-1]


def test_a_path_may_be_a_text(tmp_path: Path) -> None:
    """Wherever a program names a file or folder, as it does for marks."""
    school = ROOT / "examples" / "school"
    bench = Workbench.open(str(school / "attendance.toml"))
    assert bench.folder == school
    assert Workbench.find_config(str(school)) == school / "attendance.toml"
    register = bench.read(str(school / "marks.csv"))
    save_register(register, str(tmp_path / "checked"))
    assert bench.read(str(tmp_path / "checked")).account.coded == register.account.coded
    form = tmp_path / "form.xlsx"
    pack = str(frameworks_folder() / "six-areas.toml")
    audit = new_audit(load_framework(pack), id="ours", rule="plan-aware", on=date(2026, 1, 12))
    form.write_bytes(bench.audit_form(audit))
    assert bench.read_audit_form(str(form)).framework == "six-areas"
    save_document(str(tmp_path / "audit.toml"), audit, AUDIT, if_version=None)
    assert bench.open_audit(str(tmp_path / "audit.toml")).value == audit
    assert bench.framework(pack) == load_framework(pack)
    (tmp_path / "own.csv").write_text(f"id,statement\n{audit.responses[0].item},Our words\n")
    assert bench.overlay(load_framework(pack), str(tmp_path / "own.csv")).id == "six-areas"
    assert list(FileStore(str(tmp_path / "store")).list()) == []
