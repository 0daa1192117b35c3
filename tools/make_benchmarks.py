"""Write the benchmark documents of the package from the Department for Education's files.

Usage: ``python tools/make_benchmarks.py FOLDER [OUT]``, where FOLDER holds the CSV files as published and OUT is the
folder of the documents (by default the package's own). Figures are carried over digit by digit: a number in a
document is the text that stood in the CSV.
"""

import csv
import sys
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "src" / "attendance_core" / "reference" / "benchmarks"

LICENCE = "Contains public sector information licensed under the Open Government Licence v3.0."
CHECKED = "2026-11-23"

LEVELS = {"National": "national", "Regional": "region", "Local authority": "authority"}
PHASES = {"Primary": "primary", "Secondary": "secondary", "Special": "special", "Total": "total"}
CENSUS_PHASES = {"State-funded primary": "primary", "State-funded secondary": "secondary", "Special": "special"}

#: Tally column of the library to column of the daily data files.
COUNTS = {
    "possible": "possible_sessions",
    "attended": "overall_attendance",
    "absent": "overall_absence",
    "authorised": "authorised_absence",
    "unauthorised": "unauthorised_absence",
    "late_before": "reason_l_present_late_before_registers_closed",
    "late_after": "reason_u_unauthorised_late_after_registers_closed",
}
#: Measure to its published percentage, where a pooled one would differ.
WEIGHTED = {
    "attendance": "attendance_perc",
    "absence": "overall_absence_perc",
    "authorised": "authorised_absence_perc",
    "unauthorised": "unauthorised_absence_perc",
}

#: Census rows over fewer enrolments are too thin to hold a school against.
FEWEST_ENROLMENTS = 1000

HEADS = {
    "dfe-attendance-2025-26": f"""\
id = "dfe-attendance-2025-26"
title = "Pupil attendance in schools, England, 2025/26 to 10 July 2026"
collection = "daily attendance data"
academic_year = "2025/26"
start = 2025-09-08
end = 2026-07-10
published_on = 2026-07-23
provisional = true
last_checked_on = {CHECKED}
cites = [
  {{ source = "dfe-data-attendance-2025-26", provision = "data/EES_ytd_data.csv", standing = "verified" }},
  {{ source = "dfe-data-attendance-status", provision = "introduction", standing = "verified", \
note = "estimates, expected to move while schools still amend registers" }},
]
note = \"\"\"
Ages 5 to 15, state-funded schools. Year to date: the last weeks of term are missing and registers may still change.
All-phase rows are pooled sessions. Persistent absence is as published and cannot be worked out again from this file.
Areas do not add up to the level above. An authority's phase with a single school was withheld and has no row.
{LICENCE}\"\"\"
""",
    "dfe-attendance-2024-25": f"""\
id = "dfe-attendance-2024-25"
title = "Pupil attendance in schools, England, 2024/25, whole year"
collection = "daily attendance data"
academic_year = "2024/25"
start = 2024-09-09
end = 2025-07-18
published_on = 2025-08-07
provisional = false
last_checked_on = {CHECKED}
cites = [
  {{ source = "dfe-data-attendance-2024-25", provision = "data/EES_ytd_data.csv; global.R", standing = "verified", \
note = "the date filter of the program reaches to 25 July 2025" }},
  {{ source = "dfe-data-attendance-summer-2025", provision = "title", standing = "verified", \
note = "the last of the three terms that add up to the year ends on 18 July 2025" }},
]
note = \"\"\"
Ages 5 to 15, state-funded schools; issued under the label of official statistics in development. The four rates of
all-phase rows weight the phases by census pupil numbers, so they differ from their own pooled sessions; lateness was
not published and is pooled. Authorities have no all-phase row. Areas do not add up to the level above. An authority's
phase with a single school was withheld and has no row.
{LICENCE}\"\"\"
""",
    "dfe-absence-2022-23": f"""\
id = "dfe-absence-2022-23"
title = "Pupil absence in schools, England, 2022/23, enrolments by share of sessions missed"
collection = "pupil absence census"
academic_year = "2022/23"
start = 2022-08-01
end = 2023-07-31
published_on = 2024-05-10
provisional = false
last_checked_on = {CHECKED}
cites = [
  {{ source = "dfe-data-absence-bands", provision = "national rows of 2022/23", standing = "verified" }},
  {{ source = "dfe-data-absence-bands", provision = "bands from 10 % up; band from 50 % up", standing = "library", \
note = "bands added up into persistent and severe absence, phases into all-phase rows, by this library" }},
]
note = \"\"\"
The census counts otherwise than the daily data: hold neither against the other. Groups: year-group=N; sex=F and sex=M;
fsm; sen (an EHC plan or SEN support); not:fsm and not:sen leave out enrolments whose status is not known; fsm+sen is
both. Rows of fewer than {FEWEST_ENROLMENTS} enrolments are left out.
{LICENCE}\"\"\"
""",
}

AREAS_HEAD = f"""\
last_checked_on = {CHECKED}
cites = [{{ source = "dfe-data-attendance-2025-26", provision = "data/EES_ytd_data.csv", standing = "verified" }}]
"""


def quoted(text: str) -> str:
    """Write a basic TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(pairs: Iterable[tuple[str, str]]) -> str:
    """Write an inline table of values that are TOML already."""
    return "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }"


def number(text: str) -> str:
    """Return a published percentage as a TOML float, its digits untouched."""
    float(text)
    return text if any(mark in text for mark in ".eE") else f"{text}.0"


def whole(text: str) -> str:
    """Return a count as a TOML integer, its digits untouched."""
    return str(int(text))


def read(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def area_of(row: dict[str, str]) -> tuple[str, str, str]:
    """Return level, nine-character code and name of a daily data row."""
    level = LEVELS[row["geographic_level"]]
    if level == "national":
        return level, row["country_code"], row["country_name"]
    if level == "region":
        return level, row["region_code"], row["region_name"]
    return level, row["new_la_code"], row["la_name"]


def daily(path: Path, *, phase_column: str, weighted_totals: bool) -> str:
    """Return the rows of a daily data file; a suppressed row is left out.

    Args:
        path: The file.
        phase_column: Its column of phases, which was renamed in 2025.
        weighted_totals: Its all-phase percentages were weighted by census numbers, so they are kept.
    """
    places = {name: place for place, name in enumerate([*LEVELS.values(), *PHASES.values()])}
    lines = []
    for row in read(path):
        if row["possible_sessions"] == "c":
            continue
        level, code, name = area_of(row)
        phase = PHASES[row[phase_column]]
        percent = {"persistent": number(row["pa_perc"])}
        if weighted_totals and phase == "total":
            percent = {measure: number(row[column]) for measure, column in WEIGHTED.items()} | percent
        line = table(
            [
                ("level", quoted(level)),
                ("code", quoted(code)),
                ("name", quoted(name)),
                ("phase", quoted(phase)),
                ("counts", table((tally, whole(row[column])) for tally, column in COUNTS.items())),
                ("percent", table(percent.items())),
            ]
        )
        lines.append(((places[level], code, places[phase]), line))
    return rows_of(line for _, line in sorted(lines))


def rows_of(lines: Iterable[str]) -> str:
    """Write an array of one inline table a line."""
    return "\nrows = [\n" + "".join(f"  {line},\n" for line in lines) + "]\n"


def census_group(row: dict[str, str]) -> str | None:
    """Return the population of a census row; None for one that is not carried over."""
    known = {"Eligible": "fsm", "Not Eligible": "not:fsm"}
    needs = {"Any special educational need": "sen", "No identified special educational need": "not:sen"}
    rules: dict[str, Callable[[], str | None]] = {
        "phase": lambda: "",
        "phase_year": lambda: f"year-group={row['NCyearActual']}",
        "phase_fsm": lambda: known.get(row["fsm_eligible"]),
        "phase_sen": lambda: needs.get(row["sen_status"]),
        "phase_gender": lambda: {"Female": "sex=F", "Male": "sex=M"}.get(row["gender"]),
        "all_fsm_sen": lambda: (
            "fsm+sen" if known.get(row["fsm_eligible"]) == "fsm" and needs.get(row["sen_status"]) == "sen" else None
        ),
    }
    return rules[row["breakdown"]]()


def group_order(group: str) -> tuple[int, int, str]:
    """Sort everybody first, then year groups by number, then the rest by name."""
    if group.startswith("year-group="):
        return 1, int(group.removeprefix("year-group=")), ""
    return (0 if not group else 2), 0, group


def share(part: int, base: int) -> str:
    """Return a percentage rounded half up to five places, as the census publishes them."""
    return str((Decimal(100 * part) / base).quantize(Decimal("0.00001"), rounding=ROUND_HALF_UP))


def census(path: Path, *, time_period: str) -> str:
    """Return persistent and severe absence by phase and group; phases are added up into all-phase rows."""
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for row in read(path):
        group = census_group(row)
        if row["time_period"] != time_period or group is None:
            continue
        counts = tuple(int(float(row[column])) for column in ("enrolments", "pa_10", "severe_50"))
        phase = CENSUS_PHASES[row["school_type"]] if row["school_type"] else "total"
        for key in {(group, phase), (group, "total")}:
            before = found.get(key, (0, 0, 0))
            found[key] = (before[0] + counts[0], before[1] + counts[1], before[2] + counts[2])
    phases = list(PHASES.values())
    lines = []
    for group, phase in sorted(found, key=lambda key: (group_order(key[0]), phases.index(key[1]))):
        base, persistent, severe = found[group, phase]
        if base < FEWEST_ENROLMENTS:
            continue
        pairs = [
            ("level", quoted("national")),
            ("code", quoted("E92000001")),
            ("name", quoted("England")),
            ("phase", quoted(phase)),
            *([("group", quoted(group))] if group else []),
            ("counts", table([("enrolments", str(base)), ("persistent", str(persistent)), ("severe", str(severe))])),
            ("percent", table([("persistent", share(persistent, base)), ("severe", share(severe, base))])),
        ]
        lines.append(table(pairs))
    return rows_of(lines)


def areas(path: Path) -> str:
    """Return every authority with its three-digit number and its region."""
    found = {
        row["new_la_code"]: table(
            [
                ("code", quoted(row["new_la_code"])),
                ("number", quoted(row["old_la_code"])),
                ("name", quoted(row["la_name"])),
                ("region_code", quoted(row["region_code"])),
                ("region", quoted(row["region_name"])),
            ]
        )
        for row in read(path)
        if row["geographic_level"] == "Local authority"
    }
    lines = "".join(f"  {found[code]},\n" for code in sorted(found))
    return f"\nauthorities = [\n{lines}]\n"


def build(folder: Path) -> dict[str, str]:
    """Return every document by file name.

    Args:
        folder: Where the published CSV files lie.
    """
    this_year = folder / "ytd_2025-26.csv"
    last_year = folder / "ytd_2024-25.csv"
    groups = folder / "pa_severe_by_group_201617-202223.csv"
    bodies = {
        "dfe-attendance-2025-26": daily(this_year, phase_column="education_phase", weighted_totals=False),
        "dfe-attendance-2024-25": daily(last_year, phase_column="school_type", weighted_totals=True),
        "dfe-absence-2022-23": census(groups, time_period="202223"),
    }
    documents = {f"{name}.toml": HEADS[name] + body for name, body in bodies.items()}
    return documents | {"areas.toml": AREAS_HEAD + areas(this_year)}


def main(arguments: list[str]) -> int:
    """Write the documents; return the exit status."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python tools/make_benchmarks.py FOLDER [OUT]\n")
        return 2
    out = Path(arguments[1]) if len(arguments) == 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    for name, text in build(Path(arguments[0])).items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
