"""Lessons: read through the same mappings, conserved, measured by subject and week, and never mixed with sessions."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.dates import DateRange
from attendance_core.documents.loader import load_toml
from attendance_core.errors import FigureIdError, InputError, LayoutError, MissingColumnError, UnknownNameError
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.explain import sessions
from attendance_core.measures.lessons import LESSON_TALLY, LessonAnalysis
from attendance_core.model.extensions import ReadOptions
from attendance_core.model.figures import FigureId
from attendance_core.model.mappings import Duplicates, Layout, Mapping
from attendance_core.model.marks import LESSON_COLUMNS
from attendance_core.model.profiles import Profile
from attendance_core.model.reports import Audience, Chart, FigureTable, Paragraph, Provenance, Report, Section
from attendance_core.plugins.builtin.delimited import DelimitedText
from attendance_core.reference.codes import load_codebook
from attendance_core.reference.settings import load_profile
from attendance_core.register.account import Reject
from attendance_core.register.lessons import LessonRegister, read_lessons
from attendance_core.register.reading import Source, read_register
from attendance_core.register.register import Register
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.lessons import lesson_blocks
from tests.shared import ROOT, shared

MAPPINGS = ROOT / "examples" / "mappings"
COLUMNS = ("pupil", "date", "period", "subject", "code", "minutes", "recorded")
MAPPING = Mapping(
    id="made",
    layout=Layout.LESSON,
    columns={
        "pupil_id": "pupil",
        "date": "date",
        "period": "period",
        "subject": "subject",
        "code": "code",
        "minutes_late": "minutes",
    },
    school="S1",
)
LATEST = Mapping(
    id="latest",
    layout=Layout.LESSON,
    columns={**MAPPING.columns, "recorded_at": "recorded"},
    duplicates=Duplicates.LATEST,
    school="S1",
)
Row = tuple[str, ...]


@cache
def profile() -> Profile:
    return load_profile("year-to-date")


def books() -> dict[str, Any]:
    return {
        "codebooks": (load_codebook("england"), load_codebook("foreign")),
        "settings": dict(profile().settings),
    }


def table(rows: Sequence[Row], mapping: Mapping = MAPPING, *, columns: Sequence[str] = COLUMNS) -> Source:
    padded = [(*row, *[""] * (len(columns) - len(row))) for row in rows]
    frame = pl.DataFrame(padded, schema=dict.fromkeys(columns, pl.String), orient="row")
    return Source(frame=nw.from_native(frame.lazy().with_row_index("source_row", offset=2)), mapping=mapping, name="m")


def read(rows: Sequence[Row], mapping: Mapping = MAPPING, **more: Any) -> LessonRegister:
    return read_lessons(table(rows, mapping), **books(), **more)


def file_of(path: Path, mapping: str) -> Source:
    raw = DelimitedText().read(path, ReadOptions())
    frame = raw.frame.lazy().with_row_index("source_row", offset=raw.first_row)
    return Source(frame=nw.from_native(frame), mapping=load_toml(MAPPINGS / mapping, Mapping), name=path.name)


def analysis(lessons: LessonRegister, **more: Any) -> LessonAnalysis:
    return LessonAnalysis.of(lessons, profile(), **more)


def rows_of(frame: "nw.DataFrame[Any]") -> list[dict[str, Any]]:
    return frame.rows(named=True)


def rejects_of(lessons: LessonRegister) -> list[tuple[int, str, int | None]]:
    found = lessons.account.rejects.select("source_row", "reason", "twin_row")
    return [(row, reason, twin) for row, reason, twin in found.iter_rows()]


MONDAY = "2025-09-08"
DAY = (
    ("p1", MONDAY, "1", "Maths", "/"),
    ("p1", MONDAY, "2", "English", "L", "7"),
    ("p1", MONDAY, "3", "Art", "I"),
    ("p2", MONDAY, "1", "Maths", "L", "5"),
    ("p2", MONDAY, "2", "English", "U", "40"),
    ("p2", MONDAY, "3", "Art", "V"),
    ("p1", "2025-09-15", "1", "Maths", "O"),
    ("p2", "2025-09-15", "1", "Maths", "X"),
    ("p2", "2025-09-15", "2", "", "/"),
    ("p1", "2025-09-15", "2", "", ""),
)


class TestOpenEduAnalytics:
    def test_the_period_file_is_read_as_lessons(self) -> None:
        lessons = read_lessons(
            file_of(shared("data", "other", "oea_studentattendance_period.csv"), "oea-lessons.toml"), **books()
        )
        account = lessons.account
        assert (account.rows, account.marks_in, account.coded, account.rejected) == (1464, 1464, 1464, 0)
        assert account.conserved
        figure = analysis(lessons).figure("lesson-attendance")
        assert (figure.numerator, figure.denominator, figure.enrolments) == (1172, 1464, 1)
        subjects = analysis(lessons).by_subject()
        assert len(subjects) == 12
        assert (subjects["attended"].sum(), subjects["absent"].sum()) == (1172, 292)
        assert subjects["minutes"].is_null().all()

    def test_six_sections_in_one_period_are_said(self) -> None:
        path = shared("data", "other", "oea_studentattendance_period.csv")
        (doubt,) = read_lessons(file_of(path, "oea-lessons.toml"), **books()).account.doubts
        assert (doubt.kind, doubt.marks) == ("parallel-lessons", 1464)

    def test_the_period_file_is_refused_as_sessions(self) -> None:
        path = shared("data", "other", "oea_studentattendance_period.csv")
        with pytest.raises(LayoutError, match=r"no row is of layout 'day'.*all_day = Yes.*layout is .lesson."):
            read_register(file_of(path, "oea-day.toml"), **books())

    def test_the_mapping_of_lessons_reads_no_sessions(self) -> None:
        path = shared("data", "other", "oea_studentattendance_period.csv")
        with pytest.raises(LayoutError, match=r"layout 'lesson', and session marks were asked for.*never counted"):
            read_register(file_of(path, "oea-lessons.toml"), **books())

    def test_the_day_file_is_two_sessions_a_day(self) -> None:
        register = read_register(
            file_of(shared("data", "other", "oea_studentattendance.csv.gz"), "oea-day.toml"), **books()
        )
        assert register.account.conserved
        assert (register.account.rows, register.account.coded, register.account.enrolments) == (12_000, 24_000, 600)
        stats = register.slots.group_by("stat").agg(nw.col("marks").sum())
        assert dict(zip(stats["stat"].to_list(), stats["marks"].to_list(), strict=True)) == {
            "present": 21_430,
            "unclassified": 2_570,
        }

    def test_the_day_file_is_refused_as_lessons(self) -> None:
        path = shared("data", "other", "oea_studentattendance.csv.gz")
        with pytest.raises(LayoutError, match=r"no row is of layout 'lesson'.*all_day = No.*never counted as lessons"):
            read_lessons(file_of(path, "oea-lessons.toml"), **books())
        with pytest.raises(LayoutError, match="layout 'day', and lessons were asked for"):
            read_lessons(file_of(path, "oea-day.toml"), **books())


class TestReading:
    def test_columns_and_account(self) -> None:
        lessons = read(DAY)
        marks = lessons.marks.collect()
        assert marks.columns == [*LESSON_COLUMNS, "enrolment_no", "source_row"]
        assert marks.schema["minutes_late"] == marks.schema["source_row"] == nw.Int64
        account = lessons.account
        assert (account.marks_in, account.coded, account.no_mark, account.rejected) == (10, 9, 1, 0)
        assert account.conserved
        assert (account.first_mark, account.last_mark) == (date(2025, 9, 8), date(2025, 9, 15))
        assert lessons.schools == ("S1",)
        assert "p1" not in repr(lessons)

    def test_a_column_of_subjects_is_optional(self) -> None:
        columns = {name: column for name, column in MAPPING.columns.items() if name != "subject"}
        lessons = read(DAY, Mapping(id="bare", layout=Layout.LESSON, columns=columns, school="S1"))
        assert analysis(lessons).subjects == ("(no subject)",)

    def test_without_minutes_there_are_none(self) -> None:
        columns = {name: column for name, column in MAPPING.columns.items() if name != "minutes_late"}
        lessons = read(DAY, Mapping(id="bare", layout=Layout.LESSON, columns=columns, school="S1"))
        assert not lessons.has_minutes
        assert analysis(lessons).by_subject()["minutes"].is_null().all()

    def test_every_reject_has_its_row_reason_and_remedy(self) -> None:
        lessons = read(
            (
                *DAY,
                ("", MONDAY, "4", "Maths", "/"),
                ("p1", "31/02/2025", "4", "Maths", "/"),
                ("p1", MONDAY, " ", "Maths", "/"),
                ("p1", MONDAY, "4", "Maths", "zz"),
                ("p1", "2025-09-16", "4", "Maths", "/"),
                ("p1", "2015-09-08", "4", "Maths", "Q"),
            ),
            as_of=date(2025, 9, 15),
        )
        assert rejects_of(lessons) == [
            (12, Reject.NO_PUPIL, None),
            (13, Reject.BAD_DATE, None),
            (14, Reject.NO_PERIOD, None),
            (15, Reject.UNKNOWN_CODE, None),
            (16, Reject.AFTER_AS_OF, None),
            (17, Reject.NOT_IN_FORCE, None),
        ]
        assert lessons.account.conserved
        assert all(lessons.account.rejects["remedy"].to_list())
        assert "names no period" in lessons.account.rejects["detail"][2]

    def test_empty_rows_are_passed_over_and_said(self) -> None:
        lessons = read((*DAY, ("", "", "", "", "")))
        assert lessons.account.conserved
        assert "m: 1 empty rows were passed over" in lessons.account.assumptions

    def test_unreadable_minutes_are_said_and_the_mark_stands(self) -> None:
        lessons = read((*DAY, ("p3", MONDAY, "1", "Maths", "L", "soon"), ("p4", MONDAY, "1", "Maths", "L", "²")))
        (doubt,) = lessons.account.doubts
        assert (doubt.kind, doubt.marks, doubt.rows) == ("no-minutes", 2, (12, 13))
        assert lessons.account.coded == 11
        assert analysis(lessons).by_subject().filter(nw.col("subject") == "Maths")["minutes"].to_list() == [5]

    def test_pupils_bring_enrolments_and_characteristics(self) -> None:
        pupils = Source(
            frame=nw.from_native(
                pl.DataFrame({"id": ["p1", "p2"], "end": ["", "2025-09-10"], "year": ["7", "8"]})
                .lazy()
                .with_row_index("source_row", offset=2)
            ),
            mapping=Mapping(id="p", columns={"pupil_id": "id", "end": "end"}, characteristics={"year_group": "year"}),
            name="pupils",
        )
        lessons = read(DAY, pupils=pupils)
        assert [(row, reason) for row, reason, _ in rejects_of(lessons)] == [
            (9, Reject.OUTSIDE_ENROLMENT),
            (10, Reject.OUTSIDE_ENROLMENT),
        ]
        assert lessons.account.conserved
        assert sorted(lessons.characteristics["value"].to_list()) == ["7", "8"]

    def test_padded_ids_and_periods_are_one(self) -> None:
        lessons = read((("p1", MONDAY, "1", "Maths", "/"), (" p1 ", MONDAY, " 1", "Maths ", "/")))
        assert rejects_of(lessons) == [(3, Reject.DUPLICATE, 2)]

    def test_missing_columns_are_all_named(self) -> None:
        with pytest.raises(MissingColumnError) as caught:
            read_lessons(table(DAY, columns=("pupil", "day", "perod", "subject", "code", "minutes")), **books())
        assert {fault.what.split("'")[1] for fault in caught.value.faults} == {"date", "period"}
        assert any("perod" in fault.remedy for fault in caught.value.faults)

    def test_a_mapping_without_a_period_is_refused(self) -> None:
        bare = Mapping(id="x", layout=Layout.LESSON, columns={"pupil_id": "pupil", "date": "date", "code": "code"})
        with pytest.raises(MissingColumnError, match=r"columns.period: is not given, but layout 'lesson' needs it"):
            read(DAY, bare)

    def test_nothing_readable_is_an_error(self) -> None:
        with pytest.raises(InputError, match="not one mark could be read"):
            read((("p1", "never", "1", "Maths", "/"),))
        with pytest.raises(InputError, match="holds no marks"):
            read(())


class TestDuplicates:
    def test_identical_ones_name_their_twin(self) -> None:
        lessons = read((*DAY, DAY[0], DAY[1]))
        assert rejects_of(lessons) == [(12, Reject.DUPLICATE, 2), (13, Reject.DUPLICATE, 3)]
        assert lessons.account.conserved

    def test_of_conflicting_ones_none_is_kept(self) -> None:
        lessons = read((*DAY, ("p1", MONDAY, "1", "Maths", "N"), ("p1", MONDAY, "2", "English", "L", "9")))
        assert [(row, reason) for row, reason, _ in rejects_of(lessons)] == [
            (2, Reject.CONFLICT),
            (3, Reject.CONFLICT),
            (12, Reject.CONFLICT),
            (13, Reject.CONFLICT),
        ]
        assert lessons.account.conserved
        assert "for this lesson that differ" in lessons.account.rejects["detail"][0]

    def test_the_latest_is_kept_where_the_mapping_says_so(self) -> None:
        lessons = read(
            (
                ("p1", MONDAY, "1", "Maths", "N", "", "2025-09-08T09:00"),
                ("p1", MONDAY, "1", "Maths", "I", "", "2025-09-09T10:00"),
                ("p1", MONDAY, "2", "Art", "N", "", "2025-09-08T09:00"),
                ("p1", MONDAY, "2", "Art", "I", "", "2025-09-08T09:00"),
            ),
            LATEST,
        )
        assert rejects_of(lessons) == [
            (2, Reject.SUPERSEDED, 3),
            (4, Reject.CONFLICT, None),
            (5, Reject.CONFLICT, 4),
        ]
        assert lessons.marks.collect()["code"].to_list() == ["I"]

    def test_latest_needs_its_column(self) -> None:
        mapping = Mapping(
            id="l", layout=Layout.LESSON, columns=MAPPING.columns, duplicates=Duplicates.LATEST, school="S1"
        )
        with pytest.raises(MissingColumnError, match=r"columns.recorded_at: is not given, but duplicates = 'latest'"):
            read(DAY, mapping)

    def test_two_subjects_in_one_period_are_two_lessons(self) -> None:
        lessons = read((*DAY, ("p1", MONDAY, "1", "Music", "/")))
        assert lessons.account.rejected == 0
        (doubt,) = lessons.account.doubts
        assert (doubt.kind, doubt.marks, doubt.rows) == ("parallel-lessons", 2, (2,))


class TestApart:
    def test_t13_no_session_analysis_takes_lessons(self) -> None:
        lessons = read(DAY)
        # The type checker refuses these calls too: strict mode complains of an ignore that is not needed.
        with pytest.raises(LayoutError, match=r"LessonRegister: is no register of session marks.*never enter"):
            Analysis.of(lessons, profile())  # type: ignore[arg-type]
        with pytest.raises(LayoutError, match="is no register of session marks"):
            Analysis(register=lessons, profile=profile(), period=DateRange(date(2025, 9, 1)))  # type: ignore[arg-type]

    def test_t13_no_lesson_analysis_takes_a_register(self) -> None:
        register = sessions_register()
        with pytest.raises(LayoutError, match=r"a Register: holds no lesson marks.*never counted as lessons"):
            LessonAnalysis.of(register, profile())  # type: ignore[arg-type]

    def test_a_register_gives_no_lesson_figure(self) -> None:
        ready = Analysis.of(sessions_register(), profile())
        with pytest.raises(FigureIdError, match="'lesson-attendance': is one of lessons"):
            ready.figure("lesson-attendance")
        with pytest.raises(FigureIdError, match="is one of lessons"):
            sessions(ready, ready.id("lesson-lateness"))
        assert ready.figure("attendance").value == 50.0

    def test_lessons_give_no_session_figure(self) -> None:
        ready = analysis(read(DAY))
        with pytest.raises(FigureIdError, match="is one of sessions; expected one of lesson-attendance"):
            ready.figure("attendance")
        with pytest.raises(FigureIdError, match="is one of sessions"):
            ready.lessons_of(ready.id("absence"))
        with pytest.raises(UnknownNameError, match="Did you mean 'lesson-lateness'"):
            ready.figure("lesson-latenes")


def sessions_register() -> Register:
    mapping = Mapping(
        id="s",
        columns={"pupil_id": "pupil", "date": "date", "session": "period", "code": "code"},
        school="S1",
    )
    return read_register(table((("p1", MONDAY, "AM", "", "/"), ("p1", MONDAY, "PM", "", "I")), mapping), **books())


class TestMeasures:
    def test_by_subject(self) -> None:
        assert rows_of(analysis(read(DAY)).by_subject()) == [
            dict(zip(("subject", *LESSON_TALLY, "minutes", "enrolments"), row, strict=True))
            for row in (
                ("(no subject)", 1, 0, 1, 0, 0, None, 1),
                ("Art", 1, 1, 2, 0, 0, None, 2),
                ("English", 1, 1, 2, 1, 1, 47, 2),
                ("Maths", 2, 1, 3, 1, 0, 5, 2),
            )
        ]

    def test_by_week(self) -> None:
        assert rows_of(analysis(read(DAY)).by_week()) == [
            dict(zip(("week", *LESSON_TALLY, "minutes", "enrolments"), row, strict=True))
            for row in (
                (date(2025, 9, 8), 4, 2, 6, 2, 1, 52, 2),
                (date(2025, 9, 15), 1, 1, 2, 0, 0, None, 2),
            )
        ]

    def test_by_subject_and_week_adds_up_to_both(self) -> None:
        ready = analysis(read(DAY))
        cells = ready.by_subject_week()
        assert cells.columns[:2] == ["subject", "week"]
        for key, whole in (("subject", ready.by_subject()), ("week", ready.by_week())):
            added = cells.group_by(key).agg(nw.col(*LESSON_TALLY).sum()).sort(key)
            assert added.rows() == whole.select(key, *LESSON_TALLY).rows()

    def test_frames_count_in_whole_numbers(self) -> None:
        frame = analysis(read(DAY)).by_subject_week()
        assert {frame.schema[name] for name in (*LESSON_TALLY, "minutes", "enrolments")} == {nw.Int64()}

    @pytest.mark.parametrize(
        ("measure", "population", "counts"),
        [
            ("lesson-attendance", "all", (5, 8, 2)),
            ("lesson-lateness", "all", (3, 8, 2)),
            ("lesson-attendance", "subject=Maths", (2, 3, 2)),
            ("lesson-lateness", "subject=English", (2, 2, 2)),
            ("lesson-attendance", "enrolment=S1|p1|2025-09-08", (2, 4, 1)),
            ("lesson-lateness", "enrolment=S1|p2|2025-09-08", (2, 4, 1)),
        ],
    )
    def test_figures_and_the_lessons_behind_them(
        self, measure: str, population: str, counts: tuple[int, int, int]
    ) -> None:
        ready = analysis(read(DAY))
        figure = ready.figure(measure, population)
        assert (figure.numerator, figure.denominator, figure.enrolments) == counts
        assert figure.value == pytest.approx(100 * counts[0] / counts[1])
        behind = ready.lessons_of(FigureId.parse(figure.key))
        assert (behind["in_numerator"].sum(), behind["in_denominator"].sum()) == counts[:2]
        assert behind.columns[-3:] == ["source_row", "in_numerator", "in_denominator"]
        explanation = ready.explain(figure.id)
        assert explanation.figure == figure
        assert explanation.cites
        assert "esson" in explanation.definition

    def test_lateness_says_its_minutes(self) -> None:
        ready = analysis(read(DAY))
        assert ready.figure("lesson-lateness").note == "52 minutes late, as the marks give them."
        assert ready.figure("lesson-attendance").note == ""
        assert ready.figure("lesson-lateness", "subject=Art").note == ""

    def test_figures_in_one_go_are_those_asked_for_singly(self) -> None:
        ready = analysis(read(DAY), start=date(2025, 9, 8), end=date(2025, 9, 17))
        for measure in ("lesson-attendance", "lesson-lateness"):
            for subject, figure in ready.subject_figures(measure).items():
                assert figure == ready.figure(measure, f"subject={subject}")
            weeks = ready.week_figures(measure)
            assert [str(figure.id.period) for figure in weeks.values()] == [
                "2025-09-08..2025-09-14",
                "2025-09-15..2025-09-17",
            ]
            for figure in weeks.values():
                assert figure == ready.figure(measure, period=figure.id.period)

    def test_a_period_of_its_own(self) -> None:
        ready = analysis(read(DAY))
        week = DateRange(date(2025, 9, 15), date(2025, 9, 21))
        assert ready.figure("lesson-attendance", period=week).denominator == 2
        empty = ready.figure("lesson-attendance", period=DateRange(date(2025, 7, 1), date(2025, 7, 2)))
        assert (empty.value, empty.numerator, empty.denominator) == (None, 0, 0)

    def test_the_period_is_the_academic_year_so_far(self) -> None:
        lessons = read((*DAY, ("p1", "2025-06-30", "1", "Maths", "/")))
        assert str(analysis(lessons).period) == "2025-09-08..2025-09-15"
        assert analysis(lessons).figure("lesson-attendance").denominator == 8
        with pytest.raises(FigureIdError, match="ends before it starts"):
            analysis(lessons, start=date(2025, 9, 9), end=date(2025, 9, 8))

    def test_unknown_names_are_answered(self) -> None:
        ready = analysis(read(DAY))
        with pytest.raises(UnknownNameError, match=r"no such subject.*Did you mean 'Maths'"):
            ready.figure("lesson-attendance", "subject=Mathss")
        with pytest.raises(UnknownNameError, match="is none that lessons can be counted for"):
            ready.figure("lesson-attendance", "fsm")
        with pytest.raises(UnknownNameError, match="no such enrolment") as caught:
            ready.figure("lesson-attendance", "enrolment=S1|p77|2025-09-08")
        assert "p77" not in str(caught.value)

    def test_ids_of_another_profile_or_with_a_slot_are_refused(self) -> None:
        ready = analysis(read(DAY))
        text = "lesson-attendance/enrolment=S1|p1|2025-09-08/2025-09-08..2025-09-15/{}"
        with pytest.raises(FigureIdError, match="was worked out under profile 'other'") as caught:
            ready.lessons_of(FigureId.parse(text.format("other")))
        assert "p1" not in str(caught.value)
        with pytest.raises(FigureIdError, match="lessons have no slots of the week"):
            ready.explain(FigureId.parse("lesson-attendance/all/2025-09-08..2025-09-15@Monday/year-to-date"))

    @pytest.mark.parametrize("subject", ["Art/Design", "D&T @ site 2", "50% Music", "Maths = more", "A+B"])
    def test_awkward_subjects_are_found_again_by_id(self, subject: str) -> None:
        ready = analysis(read((("p1", MONDAY, "1", subject, "/"), ("p1", MONDAY, "2", "Other", "I"))))
        figure = ready.figure("lesson-attendance", f"subject={subject}")
        assert len(ready.lessons_of(FigureId.parse(figure.key))) == 1


class TestSection:
    def test_blocks(self) -> None:
        blocks = lesson_blocks(analysis(read(DAY)))
        tables = {block.title: block for block in blocks if isinstance(block, FigureTable)}
        assert list(tables) == [
            "All lessons",
            "Lesson attendance by subject",
            "Late to lessons by subject",
            "Lesson attendance by week",
            "Late to lessons by week",
        ]
        by_subject = tables["Lesson attendance by subject"]
        assert by_subject.labels == ("(no subject)", "Art", "English", "Maths")
        assert by_subject.partition
        (rest,) = by_subject.figures[3].comparisons
        assert rest.label == "Other subjects"
        assert rest.value == pytest.approx(60.0)
        assert rest.difference == pytest.approx(200 / 3 - 60)
        charts = [block for block in blocks if isinstance(block, Chart)]
        shown = {figure.key for table in tables.values() for figure in table.figures}
        assert {key for chart in charts for series in chart.series for key in series.figures} <= shown
        assert charts[0].categories == ("2025-09-08", "2025-09-15")
        assert "went from 66.7 % in the week of 2025-09-08 to 50.0 %" in charts[0].text

    def test_nothing_possible_is_said(self) -> None:
        blocks = lesson_blocks(analysis(read((("p1", MONDAY, "1", "Maths", "X"),))))
        assert isinstance(blocks[-1], Paragraph)
        assert "No lesson of this period was possible" in blocks[-1].text

    def test_one_subject_in_one_week_is_compared_with_nothing(self) -> None:
        blocks = lesson_blocks(analysis(read(DAY[:1])))
        tables = [block for block in blocks if isinstance(block, FigureTable)]
        assert all(not figure.comparisons for block in tables for figure in block.figures)
        texts = [block.text for block in blocks if isinstance(block, Chart)]
        assert "the only one with possible lessons" in texts[0]

    def test_missing_minutes_are_said(self) -> None:
        columns = {name: column for name, column in MAPPING.columns.items() if name != "minutes_late"}
        lessons = read(DAY, Mapping(id="bare", layout=Layout.LESSON, columns=columns, school="S1"))
        last = lesson_blocks(analysis(lessons))[-1]
        assert isinstance(last, Paragraph)
        assert "no minutes late" in last.text

    def test_a_line_without_change_says_so(self) -> None:
        blocks = lesson_blocks(
            analysis(read((("p1", MONDAY, "1", "Maths", "/"), ("p1", "2025-09-15", "1", "Maths", "/"))))
        )
        text = next(block.text for block in blocks if isinstance(block, Chart))
        assert text == "Lesson attendance: 100.0 % in every week from that of 2025-09-08 to that of 2025-09-15."

    def test_small_numbers_do_not_leave_the_school(self) -> None:
        section = Section(id="lessons", title="Lessons", blocks=lesson_blocks(analysis(read(DAY))))
        report = Report(
            title="t",
            subtitle="",
            audience="leaders",
            sections=(section,),
            provenance=Provenance(as_of=date(2025, 9, 15), version="0"),
        )
        view = make_view(report, Audience(id="public", title="The public"))
        blocks = view.report.sections[0].blocks
        figures = [figure for block in blocks if isinstance(block, FigureTable) for figure in block.figures]
        assert figures
        assert all(figure.suppressed and figure.value is None for figure in figures)
        values = [value for block in blocks if isinstance(block, Chart) for one in block.series for value in one.values]
        assert values
        assert all(value is None for value in values)


LESSON = st.tuples(
    st.sampled_from(["p1", "p2", "p3"]),
    st.integers(0, 20).map(lambda days: (date(2025, 9, 8) + timedelta(days=days)).isoformat()),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["Maths", "Art", ""]),
    st.sampled_from(["/", "L", "U", "I", "O", "X", "V", "", "zz"]),
    st.sampled_from(["", "5", "12"]),
)


class TestProperties:
    @settings(max_examples=25, deadline=None)
    @given(rows=st.lists(LESSON, max_size=30), seed=st.integers(0, 999))
    def test_the_order_of_rows_changes_nothing(self, rows: list[Row], seed: int) -> None:
        known = [("p9", MONDAY, "1", "Maths", "/", ""), *rows]
        mixed = list(known)
        Random(seed).shuffle(mixed)  # noqa: S311 - an order, not a secret
        first, second = read(known), read(mixed)
        assert first.account.conserved
        assert second.account.conserved
        assert first.account.reject_counts == second.account.reject_counts
        assert analysis(first).by_subject_week().rows() == analysis(second).by_subject_week().rows()
        assert first.enrolments.rows() == second.enrolments.rows()

    @settings(max_examples=25, deadline=None)
    @given(rows=st.lists(LESSON, max_size=30, unique_by=lambda row: row[:4]), cut=st.integers(0, 30))
    def test_two_halves_are_the_whole(self, rows: list[Row], cut: int) -> None:
        ends = (date(2025, 9, 8), date(2025, 9, 30))
        known = ("p9", MONDAY, "1", "Maths", "/", "")
        other = ("p9", MONDAY, "1", "Art", "/", "")
        halves = [read([known, *rows[:cut]]), read([other, *rows[cut:]])]
        whole = read([known, other, *rows])
        assert sum(half.account.coded for half in halves) == whole.account.coded
        assert sum(half.account.rejected for half in halves) == whole.account.rejected
        parts = nw.concat([analysis(half, start=ends[0], end=ends[1]).by_subject_week() for half in halves])
        names = [*LESSON_TALLY, "minutes"]
        added = parts.group_by("subject", "week").agg(nw.col(*names).sum()).sort("subject", "week")
        expected = (
            analysis(whole, start=ends[0], end=ends[1]).by_subject_week().with_columns(nw.col("minutes").fill_null(0))
        )
        assert added.rows() == expected.select("subject", "week", *names).rows()

    @settings(max_examples=25, deadline=None)
    @given(rows=st.lists(LESSON, max_size=30))
    def test_the_lessons_behind_every_figure_count_up_to_it(self, rows: list[Row]) -> None:
        ready = analysis(read([("p9", MONDAY, "1", "Maths", "/", ""), *rows]))
        for figure in (*ready.subject_figures("lesson-lateness").values(), ready.figure("lesson-attendance")):
            behind = ready.lessons_of(figure.id)
            assert (behind["in_numerator"].sum(), behind["in_denominator"].sum()) == (
                figure.numerator,
                figure.denominator,
            )
        cells = ready.by_subject_week()
        assert (cells["attended"] + cells["absent"]).to_list() == cells["possible"].to_list()
