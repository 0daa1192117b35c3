"""Frameworks: each pack held against its source, each trap of the sources, the crosswalk, a school's own wording."""

import csv
import io
import re
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import dump_toml, load_toml, parse_toml
from attendance_core.errors import DocumentError, Fault, UnknownNameError
from attendance_core.frameworks.cadences import read_cadence
from attendance_core.frameworks.compare import ChangeKind, diff
from attendance_core.frameworks.links import Links, gaps, read_answers
from attendance_core.frameworks.lint import lint_crosswalk, lint_framework
from attendance_core.frameworks.loading import (
    lint_file,
    load_crosswalk,
    load_framework,
    load_frameworks,
    load_own_crosswalk,
)
from attendance_core.frameworks.overlay import apply_overlay
from attendance_core.frameworks.tidy import items_frame, links_frame
from attendance_core.model.crosswalks import Crosswalk, ItemRef, Link, LinkStrength, Unlinked
from attendance_core.model.frameworks import Framework, FrameworkSection, Item, ItemFlag, ItemKind, Overlay
from attendance_core.model.plan_rows import HalfTermName, Rhythm, TargetKind
from attendance_core.model.scales import DEFAULT_SCALE, PracticeStatus
from attendance_core.plugins import PluginManager, hookimpl
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.reference.locate import frameworks_folder
from attendance_core.workbench import Workbench
from tests.commands import attendance
from tests.shared import ROOT, shared

DATA = Path(__file__).parent / "data" / "frameworks"
PACKS = load_frameworks()
CROSSWALK = load_own_crosswalk()


def source(name: str) -> str:
    return shared("sources", name).read_text(encoding="utf-8")


def pack(id: str) -> Framework:
    return PACKS[id]


def section(framework: str, id: str) -> FrameworkSection:
    found = pack(framework).section(id)
    assert found is not None
    return found


def item(framework: str, id: str) -> Item:
    return pack(framework).items()[id]


# -- each pack against its source


def test_there_are_five_packs() -> None:
    assert sorted(PACKS) == ["attendance-standards", "five-foundations", "improvement-plan", "six-areas", "six-strands"]


def test_the_strands_are_the_rows_of_their_source() -> None:
    rows = re.findall(r"^(\d\.\d)\t([^\t]+)\t([^\t]+)\t([^\t]+)$", source("six-strands.txt"), re.MULTILINE)
    assert len(rows) == 18
    framework = pack("six-strands")
    assert [one.id for one in framework.rateable()] == [id for id, *_ in rows] == list(framework.items())
    for found in framework.rateable():
        assert found.purpose and found.success_criteria and found.intervention and found.kind is ItemKind.ROW
    assert [len(one.items) for one in framework.sections] == [3] * 6


def test_the_rhythms_of_the_strands_are_those_of_their_source() -> None:
    text = source("six-strands.txt")
    said = [row[:3] for row in text.splitlines() if re.search(r"(?:every|once per) half term", row, re.IGNORECASE)]
    kept = {one.id: [cadence.every for cadence in one.cadences] for one in pack("six-strands").rateable()}
    assert said == ["6.2", "6.3"] == [id for id, rhythms in kept.items() if rhythms == [Rhythm.HALF_TERMLY]]


def test_the_foundations_are_the_indicators_of_their_source() -> None:
    readable = re.findall(r"KPI (\d\.\d)", source("five-foundations.txt"))
    framework = pack("five-foundations")
    assert len(readable) == 24
    assert len(framework.rateable()) == 25
    assert [one.id for one in framework.rateable() if ItemFlag.SOURCE_INCOMPLETE not in one.flags] == readable
    assert [len(one.items) for one in framework.sections] == [5] * 5
    assert all(one.introduction for one in framework.sections)
    assert [one.label for one in framework.rateable()] == [f"KPI {one.id}" for one in framework.rateable()]


def areas() -> dict[str, list[tuple[str, int]]]:
    """Return the source's practices by area, each with the number of its points."""
    text = source("strategic-approach-six-areas.txt").split("Leadership, Roles and Accountability")[0]
    found: dict[str, list[tuple[str, int]]] = {}
    for number, part in re.findall(r"^(\d)\. [A-Z ,&]+$(.*?)(?=^\d\. [A-Z]|\Z)", text, re.MULTILINE | re.DOTALL):
        practices: list[tuple[str, int]] = []
        for line in filter(None, map(str.strip, part.split("Key Practice:")[1].splitlines())):
            if line.startswith("-"):
                practices[-1] = (practices[-1][0], practices[-1][1] + 1)
            else:
                practices.append((line, 0))
        found[number] = practices
    return found


def test_the_areas_are_the_practices_and_points_of_their_source() -> None:
    wanted = areas()
    assert sum(map(len, wanted.values())) == 22
    assert sum(points for practices in wanted.values() for _, points in practices) == 18
    for number, practices in wanted.items():
        kept = section("six-areas", number)
        assert [len(one.items) for one in kept.items] == [points for _, points in practices]
        assert {one.kind for one in kept.items} == {ItemKind.PRACTICE}
        assert kept.introduction


def between(text: str, start: str, end: str) -> list[str]:
    part = text.split(start, 1)[1].split(end, 1)[0] if end else text.split(start, 1)[1]
    return [line.strip() for line in part.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("id", "start", "end", "count", "kind"),
    [
        ("universal", "Universal (all pupils)", "Targeted (emerging", 5, ItemKind.PATHWAY),
        ("targeted", "Targeted (emerging", "Intensive (persistent", 5, ItemKind.PATHWAY),
        ("intensive", "Intensive (persistent", "Legal and safeguarding", 4, ItemKind.PATHWAY),
        ("legal-notes", "Legal and safeguarding notes", "", 3, ItemKind.LEGAL_NOTE),
        ("impact", "Impact is measured through:", "Attendance percentages", 4, ItemKind.IMPACT),
    ],
)
def test_the_lists_of_the_areas_are_as_long_as_in_their_source(
    id: str, start: str, end: str, count: int, kind: ItemKind
) -> None:
    lines = between(source("strategic-approach-six-areas.txt"), start, end)
    listed = [line for line in lines if line.startswith("- ")]
    kept = section("six-areas", id)
    assert len(listed) == count == len(kept.items)
    assert {one.kind for one in kept.items} == {kind}
    assert all(one.rateable is (kind is not ItemKind.LEGAL_NOTE) for one in kept.items)


@pytest.mark.parametrize(
    ("id", "start", "end", "count"),
    [
        ("leadership", "Leadership, Roles and Accountability", "Measuring Impact", 3),
        ("review", "Next Steps and Review", "Appendix 1", 2),
    ],
)
def test_the_statements_beside_the_areas_are_those_of_their_source(id: str, start: str, end: str, count: int) -> None:
    statements: list[int] = []
    for line in between(source("strategic-approach-six-areas.txt"), start, end):
        if line.startswith("-"):
            statements[-1] += 1
        else:
            statements.append(0)
    assert len(statements) == count
    assert [len(one.items) for one in section("six-areas", id).items] == statements


def test_the_standards_are_the_statements_of_their_source() -> None:
    text = source("attendance-standards-audit.txt")
    ids = re.findall(r"^\s*(\d\.\d+) \S", text, re.MULTILINE)
    framework = pack("attendance-standards")
    assert ids == [one.id for one in framework.rateable()] == list(framework.items())
    assert [len(one.items) for one in framework.sections] == [11, 16, 8, 15]


def test_the_standards_describe_each_colour_as_often_as_their_source() -> None:
    text = source("attendance-standards-audit.txt")
    of_standards = re.findall(r"^\s*(GREEN|AMBER|RED)\s*$", text, re.MULTILINE)
    of_whole = re.findall(r"^\s*(Green|Amber|Red):  ", text, re.MULTILINE)
    assert (len(of_standards), len(of_whole)) == (12, 3)
    framework = pack("attendance-standards")
    described = [framework.descriptors, *(one.descriptors for one in framework.sections)]
    texts = [one.of(colour) for one in described if one for colour in PracticeStatus]
    assert len([text for text in texts if text]) == 15 == len({text for text in texts if text})


def test_the_standards_keep_the_scale_of_their_source_and_others_get_the_default() -> None:
    scale = pack("attendance-standards").ratings
    assert not scale.ours
    assert [step.title for step in scale.steps] == ["Not in place", "Developing", "Established"]
    assert [step.status.value for step in scale.steps] == ["red", "amber", "green"]
    assert [scale.points(step.id) for step in scale.steps] == [0, 1, 2]
    assert scale.points("splendid") is None
    for framework in PACKS.values():
        if framework.id != "attendance-standards":
            assert framework.scale is None
            assert framework.ratings is DEFAULT_SCALE and DEFAULT_SCALE.ours


STAGE = re.compile(
    r"^(EXPECT|MONITOR|LISTEN and UNDERSTAND|FACILITATE SUPPORT|FORMALISE SUPPORT|ENFORCE):", re.MULTILINE
)


def stages() -> dict[str, tuple[int, list[list[str]]]]:
    """Return the source's stages: target year, and ten cells a row."""
    parts = STAGE.split(source("improvement-plan.txt"))[1:]
    found = {}
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        cells = re.split(r"\n\t", part)[1:]
        rows = [cells[at : at + 10] for at in range(0, len(cells), 10)]
        year = re.fullmatch(r"(\d{4}) Target", rows[0][7].strip())
        assert year is not None
        found[name] = (int(year[1]), rows[1:])
    return found


def test_the_plan_is_the_rows_of_its_source() -> None:
    wanted = stages()
    kept = {one.label: one for one in pack("improvement-plan").sections}
    assert list(kept) == list(wanted)
    assert [len(rows) for _, rows in wanted.values()] == [5, 4, 4, 3, 3, 1]
    for name, (year, rows) in wanted.items():
        assert kept[name].target_year == year
        assert [one.label for one in kept[name].items] == [row[0].strip() for row in rows]


def test_the_plan_has_as_many_actions_as_its_source_and_watches_by_the_same_boards() -> None:
    for name, (_, rows) in stages().items():
        kept = next(one for one in pack("improvement-plan").sections if one.label == name)
        for row, found in zip(rows, kept.items, strict=True):
            assert found.row is not None
            halves = [one.half_term for one in found.row.half_terms]
            assert halves == [HalfTermName.AUTUMN_2, HalfTermName.SPRING_2, HalfTermName.SUMMER_2]
            assert [len(one.actions) for one in found.row.half_terms] == [cell.count("·") for cell in row[4:7]], (
                found.id
            )
            assert len(found.row.governor_link) == 1 + ("Q of E" in row[3])
            assert ("School budget" in row[8]) == (found.row.cost == "school budget")


def test_what_the_plan_carries_on_is_what_its_source_says_goes_on() -> None:
    """It writes Cont., Con't or Continue; in the last stage it repeats a line."""
    for name, (_, rows) in stages().items():
        kept = next(one for one in pack("improvement-plan").sections if one.label == name)
        for row, found in zip(rows, kept.items, strict=True):
            assert found.row is not None
            for cell, half in zip(row[4:7], found.row.half_terms, strict=True):
                lines = cell.split("·")[1:]
                goes_on = [re.match(r"\s*(?:Cont\.|Con.t |Continue )", line) is not None for line in lines]
                if name != "ENFORCE":
                    assert [action.carried for action in half.actions] == goes_on


def test_the_leads_are_roles() -> None:
    for found in pack("improvement-plan").rateable():
        assert found.row is not None
        for name in (*found.row.leads, *found.row.evaluation):
            assert re.fullmatch(r"[a-z][a-z ]+", name), name


def test_the_groups_of_a_target_are_cohorts() -> None:
    known = {cohort.id for cohort in load_cohort_pack().cohorts}
    named = [
        cohort
        for found in pack("improvement-plan").rateable()
        if found.row
        for target in found.row.targets
        for cohort in target.cohorts
    ]
    assert named and set(named) <= known


def test_data_can_test_what_can_be_counted() -> None:
    counted = {id: sum(one.data_can_test for one in pack(id).rateable()) for id in PACKS}
    assert counted["attendance-standards"] == 21
    assert counted["six-strands"] == 5
    assert counted["five-foundations"] == 8
    stages_tested = {one.id for one in section("improvement-plan", "monitor").items if one.data_can_test}
    assert stages_tested == {f"monitor-{number}" for number in range(1, 5)}


# -- traps of the sources


def test_t1_merged_and_lost_indicators_are_marked_and_nothing_is_made_up() -> None:
    framework = pack("five-foundations")
    split = [one.id for one in framework.rateable() if ItemFlag.SPLIT_UNCERTAIN in one.flags]
    lost = [one for one in framework.rateable() if ItemFlag.SOURCE_INCOMPLETE in one.flags]
    assert split == ["1.1", "1.2", "2.1", "2.2"]
    assert [one.id for one in lost] == ["2.3"]
    assert (lost[0].text, lost[0].title, lost[0].success_criteria, lost[0].intervention) == ("", "", "", "")
    assert lost[0].uncertain and lost[0].notes
    lines = [line for line in source("five-foundations.txt").splitlines() if line.startswith("|")]
    cells = [cell for line in lines for cell in line.split("|") if len(re.findall(r"KPI \d\.\d", cell)) > 1]
    assert [re.findall(r"KPI (\d\.\d)", cell) for cell in cells] == [["1.1", "1.2"], ["2.1", "2.2"]]


def test_t1_the_words_are_ours() -> None:
    tool = shared("tools", "check_originality.py")
    done = subprocess.run(  # noqa: S603 - the project's own tool
        [sys.executable, str(tool), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_t2_sections_without_a_title_have_none_and_may_get_a_label() -> None:
    for id in ("six-strands", "five-foundations"):
        assert [one.title for one in pack(id).sections] == [""] * len(pack(id).sections)
    named = apply_overlay(
        pack("six-strands"), Overlay(framework="six-strands", texts={"1": {"title": "Our people"}}, source="us")
    )
    assert named.sections[0].name == "Strand 1: Our people"
    assert pack("six-strands").sections[0].name == "Strand 1"


def test_t3_no_markup_and_no_slip_is_carried_over() -> None:
    assert "<p>" in source("six-strands.txt")
    for path in (ROOT / "frameworks").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"</?[a-z]+>", text), path.name
        assert not re.search(r"\b(\w+) \1\b", text.lower()), path.name
    assert any("paragraph tags" in note for note in section("six-strands", "3").notes)
    assert item("six-strands", "4.3").notes


def test_t4_how_many_standards_there_are_is_data() -> None:
    framework = pack("attendance-standards")
    assert any("eight standards" in note for note in framework.notes)
    more = tuple(
        FrameworkSection(
            id=str(n), kind="standard", items=(Item(id=f"{n}.1", kind=ItemKind.STATEMENT, statement="X."),)
        )
        for n in range(5, 9)
    )
    grown = evolve(framework, version="1.1.0", sections=(*framework.sections, *more))
    assert lint_framework(grown) == ()
    assert len(grown.rateable()) == 54
    assert structure(parse_toml(dump_toml(grown), where="x"), Framework, where="x") == grown


def test_t5_incomplete_is_a_value_and_no_rating() -> None:
    assert "#N/A" in source("attendance-standards-audit.txt")
    assert PracticeStatus("incomplete") is PracticeStatus.INCOMPLETE
    descriptors = pack("attendance-standards").descriptors
    assert descriptors is not None and descriptors.of(PracticeStatus.INCOMPLETE) == ""
    assert PracticeStatus.INCOMPLETE not in {step.status for step in DEFAULT_SCALE.steps}


def test_t7_one_definition_stands_where_the_source_has_two() -> None:
    for id in ("1.10", "2.14"):
        assert any("10 %" in note for note in item("attendance-standards", id).notes)
    assert any("10 x absent >= possible" in note for note in pack("attendance-standards").notes)


def test_t8_termly_and_six_times_a_year_are_both_taken_and_warned_of() -> None:
    (cadence,) = item("attendance-standards", "4.4").cadences
    assert (cadence.every, cadence.every.per_year, cadence.said) == (Rhythm.HALF_TERMLY, 6, Rhythm.TERMLY)
    assert cadence.warning == (
        "The source says termly (3 a year) and means half-termly (6 a year); half-termly is taken."
    )
    assert read_cadence("at least termly (6 times per year)") == evolve(cadence, what="")
    for words, rhythm in (
        ("termly", Rhythm.TERMLY),
        ("3 times a year", Rhythm.TERMLY),
        ("half termly", Rhythm.HALF_TERMLY),
        ("every half-term", Rhythm.HALF_TERMLY),
        ("6 times per school year", Rhythm.HALF_TERMLY),
        ("Fortnightly", Rhythm.FORTNIGHTLY),
        ("every two weeks", Rhythm.FORTNIGHTLY),
        ("each week", Rhythm.WEEKLY),
        ("every three to four weeks", Rhythm.EVERY_3_TO_4_WEEKS),
        ("daily", Rhythm.DAILY),
        ("once a year", Rhythm.ANNUAL),
    ):
        assert (read_cadence(words).every, read_cadence(words).warning) == (rhythm, ""), words
    for words in ("now and then", "5 times a year", ""):
        with pytest.raises(DocumentError, match="says no rhythm that is known"):
            read_cadence(words)


def test_t9_labels_are_no_numbers_and_years_belong_to_stages() -> None:
    framework = pack("improvement-plan")
    assert [one.label for one in section("improvement-plan", "listen").items] == ["1", "2", "3", "5"]
    assert [one.target_year for one in framework.sections] == [2024, 2024, 2023, 2023, 2023, 2023]
    assert section("improvement-plan", "listen").notes and item("improvement-plan", "listen-5").notes
    assert {half.half_term.value[-1] for one in framework.rateable() if one.row for half in one.row.half_terms} == {"2"}
    assert any("second half" in note for note in framework.notes)


def test_t12_two_targets_in_one_cell_are_two() -> None:
    row = item("improvement-plan", "expect-1").row
    assert row is not None
    assert [one.kind for one in row.targets] == [TargetKind.BENCHMARK, TargetKind.NUMERIC, TargetKind.GROUP]
    assert (row.targets[0].benchmark, row.targets[1].at_least) == ("national-average", 98)
    assert row.targets[2].cohorts == ("ebsa", "eal", "fsm", "sen-support", "ehcp")


def test_t14_one_practice_under_two_areas_is_linked_within_the_framework() -> None:
    links = Links.of([CROSSWALK])
    here = ItemRef.parse("six-areas/2-ehcp-review-data")
    (found,) = [one for one in links.linked(here) if one.ref.framework == "six-areas"]
    assert (found.ref.item, found.link.strength) == ("4-ehcp-review-data", LinkStrength.SAME)
    text = source("strategic-approach-six-areas.txt")
    assert text.count("EHCP review meeting") == 2


# -- the crosswalk

_PLAN = {"EXPECT": "expect", "MONITOR": "monitor", "LISTEN": "listen", "FACILITATE": "facilitate"} | {
    "FORMALISE": "formalise",
    "ENFORCE": "enforce",
}
_PATHWAY = ("universal", "targeted", "intensive")


def _numbers(text: str) -> list[str]:
    """Read ``1.2-1.4, 2.1/2.2`` into single ids."""
    found: list[str] = []
    for one in re.split(r"[,/]", text):
        match = re.match(r"\s*(\d)\.(\d+)(?:-\1\.(\d+))?", one)
        if match:
            found += [f"{match[1]}.{n}" for n in range(int(match[2]), int(match[3] or match[2]) + 1)]
    return found


def _of_areas(text: str) -> list[list[str]]:
    """Read ``2, appendix`` into groups, of each of which one item at least is meant."""
    groups: list[list[str]] = []
    for one in re.split(r"[,\s]+", text):
        sections = _PATHWAY if one == "appendix" else ("legal-notes",) if one == "legal" else (one,)
        ids = [found.id for id in sections if (part := pack("six-areas").section(id)) for found in part.items]
        groups += [ids] if ids else []
    return groups


def _of_plan(text: str) -> list[list[str]]:
    groups: list[list[str]] = []
    stage = ""
    for one in text.split(","):
        match = re.match(r"\s*(?:([A-Z]+) )?(\d)(?:-(\d))?", one)
        if match:
            stage = _PLAN[match[1]] if match[1] else stage
            groups += [[f"{stage}-{n}"] for n in range(int(match[2]), int(match[3] or match[2]) + 1)]
    return groups


def starter() -> list[tuple[str, dict[str, list[list[str]]]]]:
    """Return the rows of the starter crosswalk: for each pack, groups of items of which one is meant."""
    text = shared("needs.md").read_text(encoding="utf-8").split("## 4 Starter crosswalk")[1].split("## 5")[0]
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) != 6 or cells[0] in ("Shared practice", "---") or cells[0].startswith("(not"):
            continue
        groups = {
            "six-strands": [[id] for id in _numbers(cells[1])],
            "five-foundations": [[id] for id in _numbers(cells[2])],
            "six-areas": _of_areas(cells[3]),
            "attendance-standards": [[id] for id in _numbers(cells[4])],
            "improvement-plan": _of_plan(cells[5]),
        }
        rows.append((cells[0], {id: found for id, found in groups.items() if found}))
    return rows


def pairs() -> set[frozenset[str]]:
    return {frozenset(link.ends) for link in CROSSWALK.links}


def test_every_row_of_the_starter_crosswalk_is_linked_between_all_its_packs() -> None:
    rows = starter()
    assert len(rows) == 21
    linked = pairs()
    missing = []
    for title, groups in rows:
        for one, two in combinations(groups, 2):
            ends = [
                frozenset((f"{one}/{a}", f"{two}/{b}"))
                for left in groups[one]
                for a in left
                for right in groups[two]
                for b in right
            ]
            if not linked.intersection(ends):
                missing.append(f"{title}: {one} and {two}")
    assert missing == []


def test_every_item_that_the_starter_crosswalk_names_is_linked_within_its_row() -> None:
    linked = pairs()
    missing = []
    for title, groups in starter():
        for id, own in groups.items():
            others = [f"{other}/{x}" for other in groups if other != id for group in groups[other] for x in group]
            for group in own:
                if not any(frozenset((f"{id}/{one}", other)) in linked for one in group for other in others):
                    missing.append(f"{title}: {id}/{group}")
    assert missing == []


def test_every_item_is_linked_or_listed_as_without_counterpart() -> None:
    linked = {end for link in CROSSWALK.links for end in link.ends}
    alone = {one.item for one in CROSSWALK.unlinked}
    every = {f"{framework.id}/{one.id}" for framework in PACKS.values() for _, one in framework.each()}
    assert not linked & alone
    assert every == linked | alone, "points and notes too, which get no rating of their own"
    assert alone == {
        "five-foundations/2.3",
        *(f"attendance-standards/{id}" for id in ("1.7", "1.11", "4.6", "4.11", "4.13", "4.14")),
    }


def test_every_reason_is_its_own() -> None:
    reasons = [link.reason for link in CROSSWALK.links]
    assert len(set(reasons)) == len(reasons)
    assert all(len(reason.split()) >= 5 and reason.endswith(".") for reason in reasons)


def test_links_have_no_direction_and_stand_strongest_first() -> None:
    links = Links.of([CROSSWALK])
    for ref, linked in links.by_item.items():
        order = [list(LinkStrength).index(one.link.strength) for one in linked]
        assert order == sorted(order)
        for one in linked:
            assert ref in [back.ref for back in links.linked(one.ref)]


def test_weekly_data_is_answered_once_and_seen_in_the_other_four() -> None:
    ref = ItemRef.parse("attendance-standards/1.8")
    linked = Links.of([CROSSWALK]).linked(ref)
    assert {one.ref.framework for one in linked} == set(PACKS) - {"attendance-standards"}


# -- gaps


def test_gaps_are_what_is_open_with_what_speaks_for_it() -> None:
    answers = read_answers(["attendance-standards"], PACKS)
    assert len(answers) == 50
    found = {str(gap.item): gap for gap in gaps(answers, PACKS.values(), Links.of([CROSSWALK]))}
    assert len(found) == 25 + 20 + 45 + 18
    assert all(one.ref.framework == "attendance-standards" for gap in found.values() for one in gap.answered)
    assert found["five-foundations/2.3"].uncertain and found["five-foundations/2.3"].answered == ()
    assert "attendance-standards/1.8" in [str(one.ref) for one in found["five-foundations/4.2"].answered]


def test_a_gap_asks_for_links_that_are_strong_enough() -> None:
    links = Links.of([CROSSWALK])
    answers = read_answers(["six-strands/1.1"], PACKS)
    counts = [
        sum(bool(gap.answered) for gap in gaps(answers, PACKS.values(), links, at_least=strength))
        for strength in LinkStrength
    ]
    assert 0 < counts[0] < counts[1] <= counts[2]
    assert gaps(dict.fromkeys(answers, False), [PACKS["six-strands"]], links)[0].item.item == "1.1"


def test_what_is_answered_must_exist_and_be_rated() -> None:
    with pytest.raises(DocumentError) as caught:
        read_answers(["six-strand/1.1", "six-strands/9.9", "six-areas/legal-medical"], PACKS)
    whats = [fault.what for fault in caught.value.faults]
    assert whats == [
        "'six-strand' is no framework",
        "'9.9' is no item of six-strands",
        "'legal-medical' is not rated by itself",
    ]


# -- refused


OATH = evolve(load_framework(DATA / "charter.toml"), id="oath")
KNOWN = (load_framework(DATA / "charter.toml"), OATH)
BAD = sorted((DATA / "bad").glob("*.toml"))


def test_the_sound_ones_pass() -> None:
    assert lint_file(DATA / "charter.toml", KNOWN) == lint_file(DATA / "crosswalk.toml", KNOWN) == ()
    assert load_crosswalk(DATA / "crosswalk.toml", KNOWN).id == "mine"
    assert len(BAD) > 50


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_one_fault_is_told_with_its_path_and_what_to_do(path: Path) -> None:
    says = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# says: ")
    found = lint_file(path, KNOWN)
    assert len(found) == 1, found
    assert says in str(found[0])
    assert found[0].where.startswith(path.name)
    assert found[0].remedy
    with pytest.raises(DocumentError):
        if path.name.startswith("crosswalk"):
            load_crosswalk(path, KNOWN)
        else:
            load_framework(path)


@pytest.mark.parametrize("id", sorted(PACKS))
def test_a_pack_is_the_same_when_written_and_read_again(id: str) -> None:
    path = ROOT / "frameworks" / f"{id}.toml"
    value = load_toml(path, Framework)
    assert lint_framework(value) == ()
    again = structure(parse_toml(dump_toml(value), where="again"), Framework, where="again")
    assert again == value
    assert dump_toml(again) == dump_toml(value)
    # Nothing of the file was lost on the way: what is written holds every text of it.
    texts = set(_texts(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert texts - set(_texts(tomllib.loads(dump_toml(value)))) <= {"verified"}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def test_the_crosswalk_is_the_same_when_written_and_read_again() -> None:
    assert structure(parse_toml(dump_toml(CROSSWALK), where="x"), Crosswalk, where="x") == CROSSWALK


# -- a school's own wording


def test_exact_wording_is_laid_over_and_all_else_stays() -> None:
    before = pack("five-foundations")
    overlay = Overlay(
        framework=before.id,
        version=before.version,
        source="our folder",
        texts={
            "2.3": {"statement": "What our copy says."},
            "1.1": {"statement": "Ours."},
            "1": {"introduction": "So."},
        },
    )
    after = apply_overlay(before, overlay)
    assert [(one.part, one.id, one.field) for one in diff(before, after)] == [
        ("framework", "", "overlaid"),
        ("section", "1", "introduction"),
        ("item", "1.1", "statement"),
        ("item", "1.1", "flags"),
        ("item", "2.3", "statement"),
        ("item", "2.3", "flags"),
    ]
    assert after.overlaid == "our folder"
    assert lint_framework(after) == ()


def test_wording_of_colours_needs_all_three_where_there_are_none() -> None:
    one = Overlay(framework="six-strands", texts={"1": {"green": "Good."}})
    with pytest.raises(DocumentError, match="describes some colours and not red and amber"):
        apply_overlay(pack("six-strands"), one)
    three = Overlay(framework="six-strands", texts={"six-strands": {"red": "Bad.", "amber": "Fair.", "green": "Good."}})
    described = apply_overlay(pack("six-strands"), three).descriptors
    assert described is not None and described.amber == "Fair."
    standards = Overlay(framework="attendance-standards", texts={"1": {"green": "Better."}})
    kept = apply_overlay(pack("attendance-standards"), standards).sections[0].descriptors
    assert kept is not None and (kept.green, bool(kept.red)) == ("Better.", True)


def test_wrong_wording_is_refused_with_every_fault() -> None:
    overlay = Overlay(
        framework="six-strands",
        version="0.9",
        texts={"1.I": {"statement": "X"}, "1.2": {"introduction": "X", "purpose": " "}, "six-strands": {"label": "X"}},
    )
    with pytest.raises(DocumentError) as caught:
        apply_overlay(pack("six-strands"), overlay, where="own.toml")
    assert [fault.where for fault in caught.value.faults] == [
        "own.toml: version",
        "own.toml: texts.1.I",
        "own.toml: texts.1.2.introduction",
        "own.toml: texts.1.2.purpose",
        "own.toml: texts.six-strands.label",
    ]
    with pytest.raises(DocumentError, match="is of 'six-areas', not of 'six-strands'"):
        apply_overlay(pack("six-strands"), Overlay(framework="six-areas", texts={"1": {"title": "X"}}))
    with pytest.raises(DocumentError, match="words nothing"):
        apply_overlay(pack("six-strands"), Overlay(framework="six-strands", texts={}))


ROWS = [("ID", "Purpose", "Success criteria"), ("1.1", "Our why.", ""), ("2.3", "Our data.", "Our proof.")]


def write_wording(path: Path) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in ROWS:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(ROWS)
    else:
        path.write_text(
            'framework = "six-strands"\nsource = "own.toml"\n[texts."1.1"]\npurpose = "Our why."\n'
            '[texts."2.3"]\npurpose = "Our data."\nsuccess_criteria = "Our proof."\n',
            encoding="utf-8",
        )
    return path


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "toml"])
def test_wording_comes_as_csv_xlsx_or_toml(tmp_path: Path, suffix: str) -> None:
    workbench = Workbench.open()
    worded = workbench.overlay(pack("six-strands"), write_wording(tmp_path / f"own.{suffix}"))
    items = worded.items()
    assert (items["1.1"].purpose, items["2.3"].success_criteria) == ("Our why.", "Our proof.")
    assert items["1.1"].success_criteria == item("six-strands", "1.1").success_criteria
    assert worded.overlaid == f"own.{suffix}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no,statement\n1.1,X\n", "column 'no': is no field that can be worded"),
        ("statement\nX\n", "has no column id"),
        ("id,statment\n1.1,X\n", "Did you mean 'statement'?"),
        ("id,statement\n1.1,X\n1.1,Y\n", "own.csv row 3: id: '1.1' stands in an earlier row"),
        ("id,statement\n,X\n", "own.csv row 2: id: is empty"),
        ("id,statement\n7.1,X\n", "six-strands has no item or section '7.1'"),
        ("id,introduction\n1.1,X\n", "texts.1.1.introduction: cannot be worded here"),
    ],
)
def test_a_table_of_wording_is_refused_with_its_row(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        Workbench.open().overlay(pack("six-strands"), path)
    assert any(says in str(fault) for fault in caught.value.faults), caught.value


# -- differences


def test_differences_name_what_came_went_and_changed() -> None:
    old = pack("six-strands")
    first, *rest = old.sections
    changed = evolve(first.items[0], purpose="Another.")
    added = Item(id="1.4", kind=ItemKind.ROW, purpose="New.")
    new = evolve(old, version="1.1.0", sections=(evolve(first, items=(changed, first.items[1], added)), *rest))
    found = [(one.kind, one.id, one.field) for one in diff(old, new)]
    assert found == [
        (ChangeKind.CHANGED, "", "version"),
        (ChangeKind.CHANGED, "1.1", "purpose"),
        (ChangeKind.REMOVED, "1.3", ""),
        (ChangeKind.ADDED, "1.4", ""),
    ]
    back = [(one.kind, one.id) for one in diff(new, old)]
    assert (ChangeKind.ADDED, "1.3") in back and (ChangeKind.REMOVED, "1.4") in back
    assert diff(old, old) == ()


def test_an_item_that_moves_is_a_change_of_its_place() -> None:
    old = pack("six-strands")
    one, two, *rest = old.sections
    new = evolve(old, sections=(evolve(one, items=one.items[:2]), evolve(two, items=(*two.items, one.items[2])), *rest))
    moved = [(change.id, change.field, change.before, change.after) for change in diff(old, new)]
    assert ("1.3", "section", "1", "2") in moved


# -- frames


def test_tidy_frames_hold_every_item_and_link_once() -> None:
    frame = items_frame(PACKS.values())
    assert len(frame) == sum(len(framework.items()) for framework in PACKS.values())
    keys = list(zip(frame["framework"].to_list(), frame["item"].to_list(), strict=True))
    assert len(set(keys)) == len(keys)
    assert int(frame["rateable"].sum()) == sum(len(framework.rateable()) for framework in PACKS.values())
    one, both = links_frame([CROSSWALK]), links_frame([CROSSWALK], both_ways=True)
    assert (len(one), len(both)) == (len(CROSSWALK.links), 2 * len(CROSSWALK.links))
    joined = both.join(frame.select("framework", "item", "section"), on=["framework", "item"], how="inner")
    assert len(joined) == len(both)


# -- plugins


class Brings:
    """A plugin that brings a framework and a crosswalk."""

    def __init__(self, framework: Framework, crosswalk: Crosswalk) -> None:
        self.framework, self.crosswalk = framework, crosswalk

    @hookimpl
    def attendance_frameworks(self) -> list[Framework]:
        return [self.framework]

    @hookimpl
    def attendance_crosswalks(self) -> list[Crosswalk]:
        return [self.crosswalk]


def crosswalk_of(*links: Link, **frameworks: str) -> Crosswalk:
    versions = {name.replace("_", "-"): version for name, version in frameworks.items()}
    return evolve(CROSSWALK, id="acme", frameworks=versions, links=links, unlinked=())


def test_a_plugin_brings_a_framework_and_links_to_it() -> None:
    (charter, _) = KNOWN
    only = evolve(charter, sections=(evolve(charter.sections[0], items=charter.sections[0].items[:1]),))
    link = Link(
        ends=("charter/1.1", "six-areas/universal-welcome"),
        strength=LinkStrength.SAME,
        theme="welcome",
        reason="Both want pupils greeted on arrival.",
    )
    workbench = Workbench(plugins=PluginManager.load(plugins=[Brings(only, crosswalk_of(link, charter="1.0"))]))
    assert workbench.framework("charter") == only
    # The other framework is not named, so this crosswalk is refused, and said so, and the rest goes on.
    assert list(workbench.crosswalks()) == ["england"]
    assert any("is no framework of this crosswalk" in failure.error for failure in workbench.failures())


def test_a_crosswalk_of_a_plugin_takes_the_place_of_the_built_in_one_or_stands_beside_it() -> None:
    (charter, _) = KNOWN
    ends = (f"charter/{charter.rateable()[0].id}", "six-areas/universal-welcome")
    link = Link(ends=ends, strength=LinkStrength.SAME, theme="welcome", reason="Both want pupils greeted on arrival.")
    every = [f"{one.id}/{item.id}" for one in (charter, pack("six-areas")) for item in one.rateable()]
    mine = evolve(
        CROSSWALK,
        frameworks={"charter": charter.version, "six-areas": pack("six-areas").version},
        links=(link,),
        unlinked=tuple(Unlinked(item=item, why="Not looked at.") for item in every if item not in ends),
    )
    replaced = Workbench(plugins=PluginManager.load(plugins=[Brings(charter, mine)]))
    assert replaced.crosswalks() == {"england": mine}
    assert replaced.failures() == ()
    assert [str(one.ref) for one in replaced.links().linked(ItemRef.parse(ends[1]))] == [ends[0]]
    assert replaced.links().linked(ItemRef.parse("six-strands/1.1")) == ()
    beside = Workbench(plugins=PluginManager.load(plugins=[Brings(charter, evolve(mine, id="acme"))]))
    assert set(beside.crosswalks()) == {"england", "acme"}
    told = {str(one.ref): one.crosswalk for one in beside.links().linked(ItemRef.parse(ends[1]))}
    assert told.pop(ends[0]) == "acme"
    assert set(told.values()) == {"england"}


def test_links_of_two_crosswalks_stand_together() -> None:
    link = Link(
        ends=("six-strands/1.1", "six-strands/6.3"), strength=LinkStrength.RELATED, theme="x", reason="A school's view."
    )
    mine = evolve(CROSSWALK, id="acme", links=(link,))
    linked = Links.of([CROSSWALK, mine]).linked(ItemRef.parse("six-strands/6.3"))
    assert {one.crosswalk for one in linked} == {"england", "acme"}


def test_a_framework_that_cannot_be_right_is_the_failure_of_its_plugin() -> None:
    (charter, _) = KNOWN
    workbench = Workbench(plugins=PluginManager.load(plugins=[Brings(evolve(charter, cites=()), CROSSWALK)]))
    assert "charter" not in workbench.frameworks()
    assert any("cites nothing" in failure.error for failure in workbench.failures())
    with pytest.raises(UnknownNameError):
        Workbench.open().framework("charters")


def test_faults_are_plain_values() -> None:
    assert all(isinstance(fault, Fault) for fault in lint_crosswalk(evolve(CROSSWALK, frameworks={}), PACKS.values()))


# -- the command line


def test_list_gives_ids_titles_sections_and_items() -> None:
    ran = attendance("frameworks", "list", "--format", "json")
    assert ran.status == 0
    told = {one["id"]: one for one in ran.data}
    assert set(told) == set(PACKS)
    for id, one in told.items():
        assert one["title"] == pack(id).title and one["version"] == "1.0.0"
        ids = [held["id"] for part in one["sections"] for held in part["items"]]
        assert ids == [held.id for part in pack(id).sections for held in part.items]
    assert "1.1, 1.2, 2.1, 2.2, 2.3" in attendance("frameworks", "list").out


def test_show_prints_one_section_with_its_oddities() -> None:
    ran = attendance("frameworks", "show", "improvement-plan", "--section", "listen")
    assert ran.status == 0
    assert "no row 4" in ran.out and "Stage EXPECT" not in ran.out
    assert attendance("frameworks", "show", "five-foundations").out.count("[split_uncertain]") == 4
    data = attendance("frameworks", "show", "six-strands", "--format", "json").data
    assert data["ratings"]["ours"] is True
    wrong = attendance("frameworks", "show", "six-strands", "--section", "7")
    assert wrong.status == 2 and "is none of six-strands" in wrong.err


def test_an_unknown_framework_is_told_with_what_looks_alike() -> None:
    ran = attendance("frameworks", "show", "six-strand")
    assert ran.status == 2 and "Did you mean 'six-strands'?" in ran.err


def test_lint_passes_what_ships_and_refuses_what_is_bad() -> None:
    good = attendance("frameworks", "lint", *map(str, sorted((ROOT / "frameworks").glob("*.toml"))))
    assert (good.status, good.out.strip()) == (0, "7 files, 0 faults.")
    bad = attendance("frameworks", "lint", str(DATA / "bad" / "cites-nothing.toml"), "--format", "json")
    assert bad.status == 2
    assert [one["what"] for one in bad.data] == ["cites nothing"]


def test_overlay_writes_where_it_is_told_and_never_into_the_package(tmp_path: Path) -> None:
    own = str(write_wording(tmp_path / "own.csv"))
    out = tmp_path / "ours.toml"
    ran = attendance("frameworks", "overlay", own, "six-strands", "--out", str(out))
    assert ran.status == 0 and "2 of 24 items and sections" in ran.err
    assert load_framework(out).items()["1.1"].purpose == "Our why."
    inside = frameworks_folder() / "ours.toml"
    refused = attendance("frameworks", "overlay", own, "six-strands", "--out", str(inside))
    assert refused.status == 2 and not inside.exists()
    shown = attendance("frameworks", "show", "six-strands", "--overlay", own)
    assert "Our why." in shown.out and "Wording: own.csv" in shown.out
    changes = attendance("frameworks", "diff", "six-strands", str(out), "--format", "json").data
    assert {one["id"] for one in changes} == {"", "1.1", "2.3"}


def test_exports_hold_every_item_and_start_no_formula(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text('id,statement\n1.3,"=1+1"\n', encoding="utf-8")
    common = ("frameworks", "export", "five-foundations", "--overlay", str(own))
    rows = list(csv.DictReader(io.StringIO(attendance(*common).out)))
    assert len(rows) == 25
    assert rows[2]["statement"] == "'=1+1"
    path = tmp_path / "x.xlsx"
    assert attendance(*common, "--format", "xlsx", "--out", str(path)).status == 0
    book = openpyxl.load_workbook(path)
    cells = [cell for row in book["Items"].iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"]
    assert not any(cell.data_type == "f" for cell in cells)
    assert book["Links"].max_row > 50
    read = structure(attendance(*common, "--format", "json").data, Framework, where="export")
    assert read.items()["1.3"].statement == "=1+1"
    page = attendance(*common, "--format", "md").out
    assert page.startswith("# Five foundations") and page.count("\n- KPI ") == 25


def test_gaps_print_what_speaks_for_what_is_open() -> None:
    asked = ("frameworks", "gaps", "--answered", "attendance-standards/1.8")
    told = attendance(*asked, "--framework", "five-foundations", "--format", "json").data
    assert len(told) == 25
    (spoken,) = [one for one in told if one["answered"]]
    assert spoken["item"] == "five-foundations/4.2" and spoken["answered"][0]["strength"] == "same"
    rows = list(csv.DictReader(io.StringIO(attendance(*asked, "--format", "csv").out)))
    assert {row["open"].split("/")[0] for row in rows} == set(PACKS) - {"attendance-standards"}
    wrong = attendance("frameworks", "gaps", "--answered", "attendance-standards/1.88")
    assert wrong.status == 2 and "is no item of attendance-standards" in wrong.err
