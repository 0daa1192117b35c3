"""The tasks that run.py measures, each in a process of its own. Prints one line of JSON."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ABSENT = ["I", "M", "C", "O", "G", "N", "U"]


def _peak() -> float:
    """Peak memory of this process in MB; the kernel's count of a child begins with its parent's peak, this does not."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(function: Callable[[], Any]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak": _peak()}


def import_(names: str) -> dict[str, float]:
    """Import modules in a fresh interpreter."""
    program = f"import time; s = time.perf_counter(); import {names}; print(time.perf_counter() - s)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {"wall": float(done.stdout)}


def bare(folder: str) -> dict[str, float]:
    """The least there is: scan the file and group by pupil."""
    import polars as pl

    def run() -> None:
        scan = pl.scan_parquet(Path(folder, "marks.parquet"))
        scan.group_by("pupil_id").agg(pl.len(), pl.col("mark").is_in(ABSENT).sum()).collect(engine="streaming")

    run()  # once to warm the file cache, as the other side's file is warm too
    return _timed(run)


def _bench(folder: str) -> Any:
    from attendance_core import Workbench

    return Workbench.open(Path(folder, "attendance.toml"))


def save(folder: str, checked: str) -> dict[str, float]:
    """Check the register and keep it."""
    from attendance_core.register.saved import save_register

    register = _bench(folder).read(Path(folder, "marks.parquet"), pupils=Path(folder, "pupils.parquet"))
    save_register(register, Path(checked))
    return {"peak": _peak()}


def check(folder: str) -> dict[str, float]:
    """Read and check everything, duplicates included."""
    bench = _bench(folder)
    bench.plugins.check()

    def run() -> None:
        register = bench.read(Path(folder, "marks.parquet"), pupils=Path(folder, "pupils.parquet"))
        assert register.account.conserved

    return _timed(run)


def _whole(analysis: Any, steps: dict[str, float]) -> None:
    """Per enrolment, enrolment-week, reasons, weekday and session, spells, cohorts."""
    populations = analysis.populations
    keys = ["all", "sex=F", "sex=M", *[f"year-group={year}" for year in range(7, 12)]]
    keys += [name for name in populations.cohorts if populations.get(name).available]
    for name, step in (
        ("passes over the marks", lambda: analysis.tally),
        ("enrolments", analysis.enrolments),
        ("enrolment-weeks", analysis.enrolment_weeks),
        ("reasons", analysis.codes),
        ("weekday x session", analysis.week_slots),
        ("spells", analysis.spells),
        ("cohorts", lambda: analysis.totals(keys, rest=True)),
    ):
        start = time.perf_counter()
        step()
        steps[name] = time.perf_counter() - start


def analysis(folder: str, checked: str) -> dict[str, float]:
    """Analyse a checked register."""
    bench = _bench(folder)
    bench.packs()
    steps: dict[str, float] = {}

    def run() -> None:
        register = bench.read(Path(checked))
        _whole(bench.analyse(register), steps)

    return _timed(run) | steps


def rules(folder: str, checked: str) -> dict[str, float]:
    """Ask every national rule of a checked register, its passes over the marks included."""
    bench = _bench(folder)
    bench.packs()
    policy = bench.policy("england-national")

    def run() -> None:
        found = bench.concerns(bench.read(Path(checked)), [policy])
        unasked = [result.rule.id for result in found.results if result.outcome.value == "not-checked"]
        # Side records are no part of the file: the two rules about them are the only ones that are not asked.
        assert unasked == ["part-time-without-arrangement", "arrangement-without-part-time"], unasked

    return _timed(run)


def explain(folder: str, checked: str) -> dict[str, float]:
    """Explain one enrolment's figures in a process that has explained one before: the median of twenty."""
    from statistics import median

    bench = _bench(folder)
    register = bench.read(Path(checked))
    people = register.enrolments["enrolment_id"].to_list()
    spent = []
    for place in range(21):
        person = people[place * len(people) // 21]
        figure = f"attendance/enrolment={person}/2025-09-02..2026-07-17/year-to-date"
        spent.append(_timed(lambda figure=figure: bench.explain(register, figure))["wall"])  # type: ignore[misc]
    return {"wall": median(spent[1:]), "most": max(spent[1:])}


def pandas(folder: str, checked: str) -> dict[str, float]:
    """The same figures in plain pandas, from the same checked marks."""
    import pandas as pd

    def run() -> None:
        columns = ["enrolment_id", "date", "session", "code", "stat"]
        marks = pd.read_parquet(Path(checked, "marks.parquet"), columns=columns)
        pupils = pd.read_parquet(Path(folder, "pupils.parquet"))
        marks["absent"] = marks["stat"].isin(["authorised", "unauthorised", "unclassified"])
        marks["possible"] = marks["absent"] | marks["stat"].isin(["present", "approved-educational-activity"])
        each = marks.groupby("enrolment_id", observed=True)[["absent", "possible"]].sum()
        days = pd.to_datetime(marks["date"])
        marks["week"] = days.dt.to_period("W").dt.start_time
        marks.groupby(["enrolment_id", "week"], observed=True)[["absent", "possible"]].sum()
        marks.groupby(["code"], observed=True).size()
        marks.groupby([days.dt.weekday, "session"], observed=True)[["absent", "possible"]].sum()
        order = {day: place for place, day in enumerate(sorted(marks["date"].unique()))}
        absent = marks.loc[marks["absent"], ["enrolment_id", "date", "session"]].copy()
        absent["place"] = absent["date"].map(order) * 2 + (absent["session"] == "PM")
        absent = absent.sort_values(["enrolment_id", "place"])
        same = (absent["enrolment_id"].astype(str) == absent["enrolment_id"].astype(str).shift()) & (
            absent["place"] == absent["place"].shift() + 1
        )
        absent.groupby((~same).cumsum()).size()
        pupils.index = pupils["school_id"] + "|" + pupils["pupil_id"] + "|2025-09-02"
        joined = each.join(pupils[["Year Group", "Sex", "FSM", "SEN", "EAL"]])
        for column in ("Year Group", "Sex", "FSM", "SEN", "EAL"):
            sums = joined.groupby(column)[["absent", "possible"]].sum()
            persistent = (joined["absent"] * 10 >= joined["possible"]).groupby(joined[column]).mean()
            assert len(sums) == len(persistent)

    return _timed(run)


def school(folder: str) -> dict[str, float]:
    """A school's year in memory: the whole analysis against one group-by."""
    import polars as pl

    bench = _bench(folder)
    register = bench.read(Path(folder, "marks.csv"), pupils=Path(folder, "pupils.csv"))
    frame = register.marks.collect("polars").to_native()
    absent = ["authorised", "unauthorised", "unclassified"]

    def group() -> None:
        frame.group_by("enrolment_id").agg(pl.len(), pl.col("stat").is_in(absent).sum())

    def whole() -> None:
        _whole(bench.analyse(register), {})

    best = {"bare": 9e9, "analysis": 9e9}
    for _ in range(7):
        for name, function in (("bare", group), ("analysis", whole)):
            best[name] = min(best[name], _timed(function)["wall"])
    return best


def report(folder: str) -> dict[str, float]:
    """The report command as a cold process, with where its time goes."""
    program = """
import json, sys, time
begin = time.perf_counter()
from pathlib import Path
from attendance_core.cli.main import cli
from attendance_core.workbench import Workbench
from attendance_core.model.reports import RenderOptions
imported = time.perf_counter()
folder = Path(sys.argv[1])
bench = Workbench.open(folder / "attendance.toml")
register = bench.read(folder / "marks.csv", pupils=folder / "pupils.csv")
read = time.perf_counter()
view = bench.report(register)
figured = time.perf_counter()
bench.render(view, "html", RenderOptions())
done = time.perf_counter()
print(json.dumps({"imports": imported - begin, "reading and checking": read - imported, "figures": figured - read,
                  "HTML": done - figured}))
"""
    steps = json.loads(
        subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=True).stdout
    )
    command = [sys.executable, "-c", "from attendance_core.cli.main import main; main()", "report", "marks.csv"]
    command += ["--pupils", "pupils.csv", "--out", "report.html"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    wall = time.perf_counter() - start
    return {**steps, "wall": wall, "rest": max(wall - sum(steps.values()), 0.0)}


def records(folder: str) -> dict[str, float]:
    """100,000 entries in 2,000 ledgers of a SQLite file: one more, one ledger, all of them, a redaction, a backup."""
    from attendance_core.documents.sqlite_store import SqliteStore

    room = Path(folder)
    room.mkdir(parents=True, exist_ok=True)
    entry = json.dumps({"id": "e" * 16, "kind": "contact", "on": "2025-09-01", "text": "x" * 150})
    path = room / "records.sqlite"
    for one in room.glob("*.sqlite*"):
        one.unlink()
    with SqliteStore(path) as store, (room / "bare").open("wb", buffering=0) as bare:
        for number in range(2_000):
            store.append(f"pupils/{number:04}.ledger", *[entry] * 50)

        def sync() -> None:
            bare.write(b"x" * 4096)
            os.fsync(bare.fileno())

        numbers = iter(range(100))
        steps: dict[str, tuple[int, Callable[[], Any]]] = {
            "sync": (200, sync),
            "append": (200, lambda: store.append("pupils/0777.ledger", entry)),
            "entries": (200, lambda: store.entries("pupils/0778.ledger")),
            "ledgers": (5, lambda: store.ledgers("pupils/")),
            "redact": (3, lambda: store.redact("pupils/0779.ledger", [7], "gone")),
            "check": (3, store.check),
            "backup": (3, lambda: store.backup(room / f"backup{next(numbers)}.sqlite")),
        }
        found = {name: median(_timed(call)["wall"] for _ in range(times)) for name, (times, call) in steps.items()}
        assert sum(map(len, store.ledgers().values())) >= 100_000
    return found


def due(place: str) -> dict[str, float]:
    """What is due by a store of ledgers, in a warm process."""
    from datetime import date

    import data
    from attendance_core import Workbench

    bench = Workbench.open(entry_points=False, store=data.store_at(Path(place)))
    bench.dues(date(2026, 3, 2))
    found = _timed(lambda: bench.dues(date(2026, 3, 2)))
    return {**found, "items": float(len(bench.dues(date(2026, 3, 2)).items))}


def append(place: str) -> dict[str, float]:
    """A hundred events added to a store of ledgers, one by one: the median and the slowest."""
    from datetime import date

    import data
    from attendance_core.model.ledgers import PupilKey
    from attendance_core.model.support_contacts import Contact, ContactOutcome, ContactWay
    from attendance_core.support.ledger import Ledgers

    kept = Ledgers(data.store_at(Path(place)))
    one = Contact(on=date(2026, 3, 2), way=ContactWay.CALL, outcome=ContactOutcome.REACHED)
    kept.add(PupilKey(pupil_id="P0"), one, written_on=one.on, by="attendance officer")
    seen = []
    for number in range(100):
        start = time.perf_counter()
        kept.add(PupilKey(pupil_id=f"P{number}"), one, written_on=one.on, by="attendance officer")
        seen.append(time.perf_counter() - start)
    return {"wall": sorted(seen)[50], "most": max(seen)}


TASKS: dict[str, Callable[..., dict[str, float]]] = {
    "import": import_,
    "bare": bare,
    "save": save,
    "check": check,
    "analysis": analysis,
    "rules": rules,
    "explain": explain,
    "pandas": pandas,
    "school": school,
    "report": report,
    "records": records,
    "due": due,
    "append": append,
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
