"""The demo school: the same everywhere, conserved, and true to what its generator says of it."""

import ast
import csv
import hashlib
import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import attendance_core.demo
from attendance_core.demo import DemoSchool, make_school, write_school
from attendance_core.documents import converter, loader
from attendance_core.errors import AttendanceError, InputError
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.configuration import Configuration

FILES = ("marks.csv", "pupils.csv", "calendar.toml", "attendance.toml", "truth.json")
PRESENT = {"/", "\\", "L"}
AEA = {"B", "K", "P", "V", "W"}
AUTHORISED = {"C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T"}
UNAUTHORISED = {"G", "N", "O", "U"}
NOT_POSSIBLE = {"D", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"}
ABSENT = AUTHORISED | UNAUTHORISED
IN_FORCE = PRESENT | AEA | ABSENT | NOT_POSSIBLE | {"Z", "#"}


@cache
def day_of(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a date has no zone


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Recount:
    """The written files, counted again by other means than the generator's."""

    def __init__(self, folder: Path) -> None:
        self.marks = rows_of(folder / "marks.csv")
        self.pupils = rows_of(folder / "pupils.csv")
        self.truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        with (folder / "calendar.toml").open("rb") as file:
            (self.calendar,) = tomllib.load(file)["calendar"]
        self.open = sorted(self._open())
        self._due: dict[str, dict[tuple[str, date], list[str]]] = {}
        self.place = {slot: place for place, slot in enumerate(self.open)}
        self.spans: dict[str, set[tuple[date, date]]] = {}
        self.traits: dict[tuple[str, str], dict[str, str]] = {}
        for row in self.pupils:
            end = day_of(row["Leaving Date"]) if row["Leaving Date"] else date.max
            self.spans.setdefault(row["Pupil ID"], set()).add((day_of(row["Start Date"]), end))
            self.traits[row["Pupil ID"], row["Academic Year"]] = row
        # (pupil, start) -> session -> code
        self.registers: dict[tuple[str, date], dict[tuple[date, str], str]] = {}
        self.outside: list[tuple[date, str, str]] = []
        self.minutes: Counter[str] = Counter()
        for row in self.marks:
            day = day_of(row["Date"])
            slot = (day, row["Session"])
            (start,) = [first for first, last in self.spans[row["Pupil ID"]] if first <= day <= last]
            if slot not in self.place:
                self.outside.append((*slot, row["Mark"]))
                continue
            register = self.registers.setdefault((row["Pupil ID"], start), {})
            assert slot not in register, "a session has two marks"
            register[slot] = row["Mark"]
            if row["Minutes Late"]:
                self.minutes[year_of(day)] += int(row["Minutes Late"])

    def _open(self) -> Iterator[tuple[date, str]]:
        closed = {
            (closure["date"], session)
            for closure in self.calendar["closures"]
            for session in ("AM", "PM")
            if closure.get("session", session) == session
        }
        for term in self.calendar["terms"]:
            day = term["start"]
            while day <= term["end"]:
                away = term["half_term"]["start"] <= day <= term["half_term"]["end"]
                if day.weekday() < 5 and not away:
                    yield from ((day, s) for s in ("AM", "PM") if (day, s) not in closed)
                day += timedelta(days=1)

    def slots(self, period: str) -> list[tuple[date, str]]:
        return [slot for slot in self.open if period in ("whole", year_of(slot[0]))]

    def due(self, period: str) -> dict[tuple[str, date], list[str]]:
        """Return for each enrolment its marks over all sessions due; nothing where there is no row."""
        if period not in self._due:
            self._due[period] = self._count_due(period)
        return self._due[period]

    def _count_due(self, period: str) -> dict[tuple[str, date], list[str]]:
        found = {}
        slots = self.slots(period)
        for pupil, spans in self.spans.items():
            for start, end in spans:
                register = self.registers.get((pupil, start), {})
                marks = [register.get(slot, "") for slot in slots if start <= slot[0] <= end]
                if marks:
                    found[pupil, start] = marks
        return found


def year_of(day: date) -> str:
    return "2024/25" if day < date(2025, 8, 1) else "2025/26"


def tally(marks: list[str]) -> dict[str, int]:
    counts = Counter(marks)

    def total(codes: set[str]) -> int:
        return sum(counts[code] for code in codes)

    return {
        "possible": total(PRESENT | AEA | ABSENT),
        "attended": total(PRESENT | AEA),
        "present": total(PRESENT),
        "aea": total(AEA),
        "absent": total(ABSENT),
        "authorised": total(AUTHORISED),
        "unauthorised": total(UNAUTHORISED),
        "late_before_close": counts["L"],
        "late_after_close": counts["U"],
        "not_possible": total(NOT_POSSIBLE),
        "no_mark": counts["-"],
        "rows_absent": counts[""],
    }


def enrolments(registers: list[list[str]]) -> dict[str, int]:
    tallies = [tally(marks) for marks in registers]
    some = [t for t in tallies if t["possible"]]
    return {
        "due": len(tallies),
        "with_possible": len(some),
        "without_possible": len(tallies) - len(some),
        "persistent": sum(t["absent"] * 10 >= t["possible"] for t in some),
        "severe": sum(t["absent"] * 2 >= t["possible"] for t in some),
    }


@pytest.fixture(scope="module")
def school() -> DemoSchool:
    return make_school()


@pytest.fixture(scope="module")
def recount(school: DemoSchool, tmp_path_factory: pytest.TempPathFactory) -> Recount:
    folder = tmp_path_factory.mktemp("demo")
    write_school(school, folder)
    return Recount(folder)


@pytest.fixture(params=["2024/25", "2025/26", "whole"])
def period(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_equal_seeds_give_equal_bytes_and_other_seeds_do_not(tmp_path: Path) -> None:
    paths = {}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        written = write_school(make_school(pupils=40, seed=seed), tmp_path / name)
        assert tuple(path.name for path in written) == FILES
        paths[name] = {path.name: path.read_bytes() for path in written}
    assert paths["a"] == paths["b"]
    assert paths["a"]["marks.csv"] != paths["c"]["marks.csv"]
    assert paths["a"]["pupils.csv"] != paths["c"]["pupils.csv"]


def test_a_seed_means_the_same_on_every_platform(tmp_path: Path) -> None:
    paths = write_school(make_school(pupils=20, seed=1), tmp_path)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert digest == "b4803872cb7bf02a5e005bdaf39ea3b0e16389fa64459c3a582224a745c610a8"


def test_the_hosts_own_chance_is_left_alone() -> None:
    before = random.getstate()
    make_school(pupils=3)
    assert random.getstate() == before


def test_files_are_utf_8_with_plain_line_ends(tmp_path: Path) -> None:
    for path in write_school(make_school(pupils=60), tmp_path):
        text = path.read_bytes()
        assert b"\r" not in text
        assert not text.startswith(b"\xef\xbb\xbf")
        assert text.decode("utf-8").endswith("\n")


def test_rows_are_conserved(recount: Recount) -> None:
    rows = recount.truth["rows"]
    coded = sum(row["Mark"] not in ("-", "") for row in recount.marks)
    assert rows == {"written": len(recount.marks), "coded": coded, "no_mark": len(recount.marks) - coded}
    whole = recount.truth["periods"]["whole"]
    assert sum(whole["codes"].values()) == coded
    assert whole["totals"]["no_mark"] == rows["no_mark"] > 0
    assert whole["totals"]["rows_absent"] > 0


def test_totals_and_codes_are_those_of_the_files(recount: Recount, period: str) -> None:
    truth = recount.truth["periods"][period]
    due = recount.due(period)
    marks = [mark for register in due.values() for mark in register]
    closures = sum(period in ("whole", year_of(day)) for day, _, _ in recount.outside)
    minutes = sum(count for year, count in recount.minutes.items() if period in ("whole", year))
    assert truth["totals"] == {
        **tally(marks),
        "administrative": closures,
        "minutes_late": minutes,
        "sessions_due": len(marks),
        "sessions_missing": sum(mark in ("", "-") for mark in marks),
    }
    codes = Counter(mark for mark in marks if mark not in ("", "-"))
    codes.update({"#": closures} if closures else {})
    assert truth["codes"] == codes
    slots = recount.slots(period)
    assert (truth["start"], truth["end"]) == (slots[0][0].isoformat(), slots[-1][0].isoformat())


def test_enrolments_and_bands_are_those_of_the_files(recount: Recount, period: str) -> None:
    truth = recount.truth["periods"][period]
    due = recount.due(period)
    assert truth["enrolments"] == enrolments(list(due.values()))
    bands = dict.fromkeys(truth["bands"], 0)
    for marks in due.values():
        counts = tally(marks)
        for band in bands if counts["possible"] else ():
            low, high = map(int, band.split("-"))
            above = counts["absent"] * 100 >= low * counts["possible"]
            bands[band] += above and (high == 100 or counts["absent"] * 100 < high * counts["possible"])
    assert truth["bands"] == bands
    assert sum(bands.values()) == truth["enrolments"]["with_possible"]


def test_spells_are_runs_over_the_schools_own_sessions(recount: Recount, period: str) -> None:
    runs = []
    for marks in recount.due(period).values():
        run = 0
        for mark in [*marks, "/"]:
            if mark in ABSENT:
                run += 1
            elif run:
                runs.append(run)
                run = 0
    truth = recount.truth["periods"][period]["spells"]
    assert truth == {"count": len(runs), "longest": max(runs), "sessions": sum(runs)}


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("by_year_group", "Year Group"),
        ("by_form", "Form"),
        ("by_sex", "Sex"),
        ("by_fsm", "FSM"),
        ("by_sen", "SEN"),
        ("by_eal", "EAL"),
    ],
)
@pytest.mark.parametrize("year", ["2024/25", "2025/26"])
def test_groups_are_those_of_the_pupils_file_for_their_year(recount: Recount, year: str, key: str, column: str) -> None:
    groups: dict[str, list[list[str]]] = {}
    for (pupil, _), marks in recount.due(year).items():
        groups.setdefault(recount.traits[pupil, year][column], []).append(marks)
    expected = {
        value: {**tally([mark for marks in members for mark in marks]), "enrolments": enrolments(members)}
        for value, members in groups.items()
    }
    assert recount.truth["periods"][year][key] == expected


def test_figures_over_time_are_those_of_the_files(recount: Recount, period: str) -> None:
    weeks: dict[str, list[str]] = {}
    slots: dict[str, list[str]] = {}
    terms: dict[str, list[str]] = {}
    halves: dict[str, list[str]] = {}
    wanted = set(recount.slots(period))
    places = {day: term for term in recount.calendar["terms"] for day in (slot[0] for slot in recount.open)
              if term["start"] <= day <= term["end"]}  # fmt: skip
    for pupil, spans in recount.spans.items():
        for start, end in spans:
            register = recount.registers.get((pupil, start), {})
            for day, session in wanted:
                if start <= day <= end:
                    mark = register.get((day, session), "")
                    monday = day - timedelta(days=day.weekday())
                    weeks.setdefault(monday.isoformat(), []).append(mark)
                    slots.setdefault(f"{day:%A} {session}", []).append(mark)
                    term = places[day]
                    label = f"{year_of(day)} {term['name']}"
                    terms.setdefault(label, []).append(mark)
                    half = 1 if day < term["half_term"]["start"] else 2
                    halves.setdefault(f"{label} {half}", []).append(mark)
    truth = recount.truth["periods"][period]
    for key, found in (("by_week", weeks), ("by_slot", slots), ("by_term", terms), ("by_half_term", halves)):
        assert truth[key] == {value: tally(marks) for value, marks in found.items()}, key


def test_marks_lie_on_open_days_within_an_enrolment(recount: Recount) -> None:
    # Recount itself refuses a mark that belongs to no enrolment, or to two.
    assert all(day_of(text).weekday() < 5 for text in {row["Date"] for row in recount.marks})
    assert {mark for _, _, mark in recount.outside} == {"#"}
    inset = date.fromisoformat(recount.truth["planted"]["marked_inset"])
    assert {day for day, _, _ in recount.outside} == {inset}
    assert {"date": inset, "kind": "inset", "name": "Staff training"} in recount.calendar["closures"]
    assert not any(mark == "#" for register in recount.registers.values() for mark in register.values())


def test_every_code_is_in_force_and_the_mix_is_wide(recount: Recount) -> None:
    codes = {row["Mark"] for row in recount.marks} - {"-"}
    assert codes <= IN_FORCE
    assert codes >= PRESENT | AEA | ABSENT | {"D", "Q", "X", "Y1", "Y4", "#"}
    assert all((row["Session"] == "AM") == (row["Mark"] == "/") for row in recount.marks if row["Mark"] in ("/", "\\"))


def test_only_late_marks_have_minutes(recount: Recount) -> None:
    timed = [row for row in recount.marks if row["Minutes Late"]]
    assert {row["Mark"] for row in timed} == {"L", "U"}
    assert all(1 <= int(row["Minutes Late"]) <= 30 for row in timed if row["Mark"] == "L")
    assert all(int(row["Minutes Late"]) > 30 for row in timed if row["Mark"] == "U")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rates_are_those_of_a_secondary_school(seed: int) -> None:
    for period in make_school(seed=seed).truth["periods"].values():
        totals, pupils = period["totals"], period["enrolments"]
        assert 0.90 < totals["attended"] / totals["possible"] < 0.935
        assert 0.17 < pupils["persistent"] / pupils["with_possible"] < 0.27
        assert 0.015 < pupils["severe"] / pupils["with_possible"] < 0.05


def test_planted_differences_show(recount: Recount) -> None:
    for year in ("2024/25", "2025/26"):
        truth = recount.truth["periods"][year]

        def rate(key: str, value: str, truth: dict[str, Any] = truth) -> float:
            return float(truth[key][value]["attended"] / truth[key][value]["possible"])

        assert rate("by_fsm", "Y") < rate("by_fsm", "N") - 0.01
        assert rate("by_sen", "K") < rate("by_sen", "N")
        assert rate("by_slot", "Friday AM") < rate("by_slot", "Wednesday AM")


def test_roles_are_exact(recount: Recount) -> None:
    roles = recount.truth["planted"]["roles"]
    due = {year: recount.due(year) for year in ("2024/25", "2025/26")}

    def shares(role: str) -> list[tuple[int, int]]:
        counts = [tally(marks) for year in due for (pupil, _), marks in due[year].items() if pupil in roles[role]]
        return [(count["absent"], count["possible"]) for count in counts]

    for role, numerator, denominator in (("tenth", 1, 10), ("half", 1, 2), ("twentieth", 1, 20), ("quarter", 1, 4)):
        found = shares(f"edge-{role}")
        assert found
        assert all(absent * denominator == possible * numerator for absent, possible in found)
    assert all((absent + 1) * 10 == possible for absent, possible in shares("edge-under-tenth"))
    assert all(absent * 2 >= possible for absent, possible in shares("severe"))
    assert shares("dual-all") == [(0, 0), (0, 0)]


def test_a_pupil_who_comes_back_has_two_enrolments(recount: Recount) -> None:
    roles = recount.truth["planted"]["roles"]
    for role in ("returns-same-year", "returns-next-year"):
        for pupil in roles[role]:
            (first, left), (second, _) = sorted(recount.spans[pupil])
            assert first < left < second
            assert recount.registers[pupil, first]
            assert recount.registers[pupil, second]
    assert recount.truth["about"]["enrolments"] == sum(map(len, recount.spans.values()))


def test_the_school_rolls_over(recount: Recount) -> None:
    groups = {year: Counter[str]() for year in ("2024/25", "2025/26")}
    for row in recount.pupils:
        groups[row["Academic Year"]][row["Year Group"]] += 1
    assert set(groups["2024/25"]) == set(groups["2025/26"]) == {str(group) for group in range(7, 14)}
    both = [
        (int(recount.traits[pupil, "2024/25"]["Year Group"]), int(recount.traits[pupil, "2025/26"]["Year Group"]))
        for pupil in recount.spans
        if {(pupil, "2024/25"), (pupil, "2025/26")} <= set(recount.traits)
    ]
    assert all(after == before + 1 for before, after in both)
    for day in (date(2024, 9, 4), date(2025, 9, 3)):
        on_roll = sum(start <= day <= end for spans in recount.spans.values() for start, end in spans)
        assert abs(on_roll - 600) <= 1
    changed = sum(
        recount.traits[pupil, "2024/25"]["SEN"] != recount.traits[pupil, "2025/26"]["SEN"]
        for pupil in recount.spans
        if {(pupil, "2024/25"), (pupil, "2025/26")} <= set(recount.traits)
    )
    assert changed > 0


def test_the_site_was_closed_for_a_day(recount: Recount) -> None:
    day = f"{date.fromisoformat(recount.truth['planted']['site_closed']):%d/%m/%Y}"
    assert {row["Mark"] for row in recount.marks if row["Date"] == day} <= {"Y4", "-"}


@pytest.mark.parametrize("pupils", [1, 2, 5, 20, 33])
def test_small_schools_work(pupils: int, tmp_path: Path) -> None:
    school = make_school(pupils=pupils, seed=3)
    write_school(school, tmp_path)
    found = Recount(tmp_path)
    for period in ("2024/25", "2025/26", "whole"):
        due = found.due(period)
        assert found.truth["periods"][period]["enrolments"] == enrolments(list(due.values()))
        totals = found.truth["periods"][period]["totals"]
        assert tally([mark for marks in due.values() for mark in marks]).items() <= totals.items()
    if pupils == 1:
        assert len(found.spans) == 1


def test_the_written_documents_are_read_by_the_library(school: DemoSchool, tmp_path: Path) -> None:
    write_school(school, tmp_path)
    configuration = loader.load_toml(tmp_path / "attendance.toml", Configuration)
    assert configuration.school.phase == "secondary"
    for mapping, name in ((configuration.mapping, "marks.csv"), (configuration.pupils, "pupils.csv")):
        assert mapping is not None
        headings = set(rows_of(tmp_path / name)[0])
        assert {*mapping.columns.values(), *mapping.characteristics.values()} <= headings
        assert mapping.school == configuration.school.id
    assert {target.academic_year for target in configuration.targets} == {"2024/25", "2025/26"}
    with (tmp_path / "calendar.toml").open("rb") as file:
        (table,) = tomllib.load(file)["calendar"]
    assert converter.structure(table, CalendarDocument, where="calendar.toml") == school.calendar
    assert school.calendar.school == configuration.school.id


def test_the_calendar_has_a_full_year_of_sessions(recount: Recount) -> None:
    # 190 days; in the first year one afternoon is closed.
    assert [len(recount.slots(year)) for year in ("2024/25", "2025/26")] == [379, 380]


def test_progress_is_told_for_each_pupil() -> None:
    told: list[tuple[int, int]] = []
    school = make_school(pupils=5, progress=lambda done, total: told.append((done, total)))
    count = len(school.pupils)
    assert told == [(done, count) for done in range(1, count + 1)]


def test_no_pupils_make_no_school() -> None:
    with pytest.raises(InputError, match="0 pupils make no school; expected a whole number from 1") as caught:
        make_school(pupils=0)
    assert isinstance(caught.value, AttendanceError)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match=r"taken: cannot be written to \(.+\); expected a folder"):
        write_school(make_school(pupils=1), tmp_path / "taken")


def test_no_pupil_shows_in_a_repr() -> None:
    school = make_school(pupils=2)
    shown = repr(school) + repr(school.pupils) + repr(school.pages)
    for pupil in school.pupils:
        assert pupil.pupil_id not in shown
        assert not re.search(rf"\b{re.escape(pupil.surname)}\b", shown)


def test_the_generator_shares_nothing_with_what_it_checks() -> None:
    allowed = ("attendance_core.errors", "attendance_core.dates", "attendance_core.model", "attendance_core.demo")
    root = Path(attendance_core.demo.__file__).parent
    files = sorted(root.glob("*.py"))
    assert len(files) > 3
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path.name
                names = [node.module or ""]
            for name in names:
                if name.split(".")[0] == "attendance_core":
                    assert any(name == layer or name.startswith(f"{layer}.") for layer in allowed), (path.name, name)
                    assert name != "attendance_core.model.measures", path.name
