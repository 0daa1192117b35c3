"""Measures what the library costs beside the least that the same machine could do, and writes RESULTS.md.

    python benchmarks/run.py [--data FOLDER] [--pupils N] [--only NAME ...]

Both sides of a ratio are measured in turn, in fresh processes, several times; medians are compared. Nothing here is a
test: figures depend on the machine, ratios much less.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import data  # noqa: E402


def task(name: str, *arguments: object) -> dict[str, float]:
    """Run one task of tasks.py in a fresh process and return what it measured."""
    command = [sys.executable, str(HERE / "tasks.py"), name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def in_turn(runs: int, *sides: Callable[[], dict[str, float]]) -> list[dict[str, float]]:
    """Run the sides one after the other, several times, and return the median of each figure."""
    seen: list[list[dict[str, float]]] = [[] for _ in sides]
    for _ in range(runs):
        for index, side in enumerate(sides):
            seen[index].append(side())
    return [{key: median(one[key] for one in all_runs) for key in all_runs[0]} for all_runs in seen]


def ratio(mine: float, theirs: float) -> str:
    """Write a ratio."""
    return f"{mine / theirs:.1f} x"


def imports() -> list[str]:
    """Importing the package against importing what it stands on."""
    mine, theirs = in_turn(9, lambda: task("import", "attendance_core"), lambda: task("import", "attrs,cattrs,pluggy"))
    return [
        "## Import",
        "",
        "| | seconds |",
        "|---|---|",
        f"| `import attendance_core` | {mine['wall']:.3f} |",
        f"| `import attrs, cattrs, pluggy` | {theirs['wall']:.3f} |",
        f"| ratio (wanted: at most 1.5 x) | {ratio(mine['wall'], theirs['wall'])} |",
        "",
    ]


def school(folder: Path) -> list[str]:
    """One school's year in memory, and the report as a cold process."""
    data.write_school(folder)
    (found,) = in_turn(3, lambda: task("school", folder))
    (cold,) = in_turn(3, lambda: task("report", folder))
    lines = [
        "## A school's year: 1,500 pupils, 585,000 marks",
        "",
        "| | milliseconds |",
        "|---|---|",
        f"| whole analysis, in memory | {1000 * found['analysis']:.0f} |",
        f"| one bare polars group-by per pupil over the same frame | {1000 * found['bare']:.1f} |",
        f"| ratio (wanted: at most 10 x) | {ratio(found['analysis'], found['bare'])} |",
        "",
        "`attendance report` from CSV to HTML as a cold process (wanted: at most 6 s):",
        "",
        "| step | seconds |",
        "|---|---|",
    ]
    lines += [
        f"| {name} | {cold[name]:.2f} |" for name in ("imports", "reading and checking", "figures", "HTML", "rest")
    ]
    return [*lines, f"| whole process | {cold['wall']:.2f} |", ""]


def _row(name: str, found: dict[str, float]) -> str:
    return f"| {name} | {found['wall']:.2f} | {found['cpu']:.2f} | {found['peak']:.0f} |"


def authority(folder: Path, pupils: int) -> list[str]:
    """A local authority's year: checked, analysed, and the same in pandas."""
    marks = pupils * 390
    schools = max(pupils // 1_000, 1)
    data.write_authority(folder, count=pupils, schools=schools)
    checked = folder / "checked"
    task("save", folder, checked)
    bare, analysis, rules = in_turn(
        3,
        lambda: task("bare", folder),
        lambda: task("analysis", folder, checked),
        lambda: task("rules", folder, checked),
    )
    (explain,) = in_turn(3, lambda: task("explain", folder, checked))
    bare_check, check = in_turn(3, lambda: task("bare", folder), lambda: task("check", folder))
    (pandas,) = in_turn(1, lambda: task("pandas", folder, checked))
    steps = [name for name in analysis if name not in ("wall", "peak", "cpu")]
    return [
        f"## A local authority's year: {pupils:,} pupils in {schools} schools, {marks:,} marks, Parquet",
        "",
        "| | wall, s | CPU, s | peak memory, MB |",
        "|---|---|---|---|",
        _row("bare polars scan and group-by per pupil", bare),
        _row("analysis of the checked register", analysis),
        _row("all national rules, from the checked register", rules),
        _row("the same figures in plain pandas", pandas),
        _row("`check`, duplicates included", check),
        "",
        f"- analysis / bare: {ratio(analysis['wall'], bare['wall'])} (wanted: at most 6 x, under 2,500 MB)",
        f"- pandas / analysis: {ratio(pandas['wall'], analysis['wall'])} (wanted: at least 5 x)",
        f"- national rules / analysis: {ratio(rules['wall'], analysis['wall'])} (wanted: at most 4 x, under 3,000 MB)",
        f"- one enrolment's figure explained in a warm process: {explain['wall']:.3f} s, at most {explain['most']:.3f} "
        "s of twenty (wanted: under 0.2 s)",
        f"- check / bare: {ratio(check['wall'], bare_check['wall'])} (wanted: at most 12 x)",
        "",
        "Where the analysis spends its time, in seconds:",
        "",
        "| " + " | ".join(steps) + " |",
        "|" + "---|" * len(steps),
        "| " + " | ".join(f"{analysis[name]:.2f}" for name in steps) + " |",
        "",
    ]


def records(folder: Path) -> list[str]:
    """A store of records in one SQLite file."""
    (found,) = in_turn(3, lambda: task("records", folder))
    names = {
        "sync": "the least: 4 KB written and put on the disk",
        "append": "one entry added (wanted: under 5 ms)",
        "entries": "the entries of one ledger",
        "ledgers": "all entries of all ledgers (wanted: about 200 ms)",
        "redact": "a redaction, the file written anew",
        "check": "a check of everything",
        "backup": "a backup, checked",
    }
    return [
        "## A store of records: 100,000 entries in 2,000 ledgers, SQLite",
        "",
        "| | milliseconds |",
        "|---|---|",
        *(f"| {text} | {1000 * found[name]:.2f} |" for name, text in names.items()),
        "",
        f"- adding / the least: {ratio(found['append'], found['sync'])}",
        "",
    ]


def ledgers(folder: Path) -> list[str]:
    """A hundred thousand events of support: what is due, and one more event."""
    folder.mkdir(parents=True, exist_ok=True)
    place = data.ledgers(folder)
    (due,) = in_turn(3, lambda: task("due", place))
    (append,) = in_turn(3, lambda: task("append", place))
    return [
        f"## Ledgers of support: 100,000 events of 1,200 pupils, {type(data.store_at(place)).__name__}",
        "",
        "| | |",
        "|---|---|",
        f"| what is due, {due['items']:,.0f} items (wanted: under 1 s) | {due['wall']:.2f} s |",
        f"| the same, CPU time | {due['cpu']:.2f} s |",
        f"| one event added (wanted: under 5 ms) | {1000 * append['wall']:.1f} ms |",
        f"| the slowest of a hundred | {1000 * append['most']:.1f} ms |",
        "",
    ]


def main() -> None:
    """Measure, and write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="Folder for the data; else a temporary one.")
    parser.add_argument("--pupils", type=int, default=80_000)
    parser.add_argument("--only", nargs="*", default=["imports", "school", "authority", "records", "ledgers"])
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data or Path(temporary)
        lines = [
            "# Results",
            "",
            "Written by `python benchmarks/run.py`; both sides of every ratio in one run, medians of several.",
            f"Python {platform.python_version()}, {os.cpu_count()} cores.",
            "The data is synthetic and the same for every run (benchmarks/data.py).",
            "",
        ]
        if "imports" in options.only:
            lines += imports()
        if "school" in options.only:
            lines += school(folder / "school")
        if "authority" in options.only:
            lines += authority(folder / "authority", options.pupils)
        if "records" in options.only:
            lines += records(folder / "records")
        if "ledgers" in options.only:
            lines += ledgers(folder / "ledgers")
    options.out.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
