"""Measures how well impact is judged, over invented schools with planted effects, and writes IMPACT.md.

    python benchmarks/impact.py [--schools N] [--first SEED] [--out FILE]

Each scenario invents schools of 600 pupils (tests/impact_schools.py), plants an effect, and asks for the verdict as a
school would. An estimate is held against what was planted, which nobody but the inventor knows.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import mean, median, stdev
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from attrs import frozen  # noqa: E402
from tests.impact_schools import invent  # noqa: E402

from attendance_core.model.impact import Impact, ImpactVerdict  # noqa: E402


@frozen(kw_only=True)
class Scenario:
    """What is planted, in which schools."""

    title: str
    points: float
    helped: int = 60
    rolling: bool = True
    known_level: float = 0.0
    starts: tuple[int, int] = (16, 28)


SCENARIOS = (
    Scenario(title="nothing, starts over half a year", points=0),
    Scenario(title="3 points, starts over half a year", points=3),
    Scenario(title="5 points, starts over half a year", points=5),
    Scenario(title="-3 points, starts over half a year", points=-3),
    Scenario(title="nothing, all in one week", points=0, rolling=False),
    Scenario(title="3 points, all in one week", points=3, rolling=False),
    Scenario(title="nothing, 15 pupils", points=0, helped=15),
    Scenario(title="3 points, 15 pupils", points=3, helped=15),
    Scenario(title="nothing, too early for a placebo", points=0, starts=(8, 12)),
    Scenario(title="3 points, too early for a placebo", points=3, starts=(8, 12)),
    Scenario(title="nothing, half chosen by what no mark tells", points=0, known_level=0.5),
    Scenario(title="3 points, half chosen by what no mark tells", points=3, known_level=0.5),
)


class Found(NamedTuple):
    """One school's answer."""

    verdict: str
    naive: float
    points: float
    low: float
    high: float
    placebo: float


def ask(scenario: Scenario, seed: int) -> Found | None:
    """Invent a school, plant the effect, and ask."""
    school = invent(
        seed,
        helped=scenario.helped,
        rolling=scenario.rolling,
        known_level=scenario.known_level,
        starts=scenario.starts,
    )
    impact: Impact = school.helped(school.share(scenario.points)).impact("mentoring")
    if impact.effect is None or impact.naive is None:
        return None
    effect, placebo = impact.effect, impact.placebo
    return Found(
        impact.verdict.value,
        impact.naive,
        effect.points,
        effect.low,
        effect.high,
        float("nan") if placebo is None else placebo.points,
    )


def row(scenario: Scenario, seeds: range, pool: ProcessPoolExecutor) -> str:
    """Try one scenario, and write its line."""
    schools = len(seeds)
    answers = list(pool.map(partial(ask, scenario), seeds, chunksize=5))
    found = [one for one in answers if one is not None]
    truth = scenario.points

    def percent(verdict: ImpactVerdict) -> str:
        return f"{100 * sum(one.verdict == verdict.value for one in answers if one) / schools:.1f}"

    covered = sum(one.low <= truth <= one.high for one in found) / len(found)
    cells = (
        scenario.title,
        f"{mean(one.naive for one in found):+.1f}",
        f"{mean(one.points for one in found) - truth:+.2f}",
        f"{stdev(one.points for one in found):.2f}",
        f"{100 * covered:.1f}",
        f"{median(one.high - one.low for one in found):.1f}",
        percent(ImpactVerdict.HELPED),
        percent(ImpactVerdict.NO_EFFECT),
        percent(ImpactVerdict.WORSE),
        percent(ImpactVerdict.CANNOT_TELL),
        f"{100 * (schools - len(found)) / schools:.1f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Try every scenario, and write IMPACT.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=200)
    # Seeds up to 5,200 were looked at while the defaults were chosen, so they can prove nothing.
    parser.add_argument("--first", type=int, default=9001, help="First seed.")
    parser.add_argument("--out", type=Path, default=HERE / "IMPACT.md")
    options = parser.parse_args()
    lines = [
        "# How well impact is judged",
        "",
        f"Written by `python benchmarks/impact.py`: {options.schools} invented schools of 600 pupils a line, "
        "with the default settings.",
        "None of these schools was looked at while the defaults were chosen.",
        "60 pupils are helped where nothing else is said, chosen because their last four weeks were bad.",
        "Wanted: the interval holds what was planted in 91 to 98 % of schools; with nothing planted at most 5 % hear "
        "that it helped; 3 points at 60 pupils are found in at least half.",
        "",
        "| planted | naive rise, points | bias | standard deviation | interval holds it, % | median width, points "
        "| helped, % | no effect found, % | made worse, % | cannot tell, % | not enough data, % |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    with ProcessPoolExecutor(max_workers=2) as pool:
        for scenario in SCENARIOS:
            lines.append(row(scenario, range(options.first, options.first + options.schools), pool))
            print(lines[-1], flush=True)
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
