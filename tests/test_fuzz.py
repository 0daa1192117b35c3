"""Ten thousand mutated files: each becomes a register that accounts for every mark, or an error that says what to do.

An ordinary run tries a part of them, the same ones each time; ``pytest tests/test_fuzz.py --fuzz-all`` tries all.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.fuzzing import try_files
from tests.mutations import KINDS, SHARES, mutated

ALL, SOME = 10_000, 1_500
_BATCH = 100


def shares(total: int) -> dict[str, int]:
    """Spread a number of files over the kinds."""
    whole = sum(SHARES.values())
    return {kind: total * share // whole for kind, share in SHARES.items()}


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest) -> Iterator[ProcessPoolExecutor | None]:
    """Processes that share the work when everything is tried; one thread each, or they stand in each other's way."""
    if not request.config.getoption("--fuzz-all"):
        yield None
        return
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as started:
        yield started


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files(
    kind: str, tmp_path: Path, pool: ProcessPoolExecutor | None, request: pytest.FixtureRequest
) -> None:
    """Never another exception than an error with where, what and remedy; no pupil in it; every mark accounted for."""
    wanted = shares(ALL if pool else SOME)[kind]
    outcomes: Counter[str] = Counter()
    if pool is None:
        outcomes = try_files(kind, 0, wanted, tmp_path)
    else:
        starts = range(0, wanted, _BATCH)
        jobs = [pool.submit(try_files, kind, at, min(at + _BATCH, wanted), tmp_path / str(at)) for at in starts]
        for job in jobs:
            outcomes += job.result()
        sys.stderr.write(f"\n{kind}: {wanted} files, {dict(outcomes.most_common())}\n")
    assert outcomes.total() == wanted
    assert outcomes["register"] > 0, "every file was refused: the mutations are too rough to test the reading"
    assert outcomes["register"] < wanted, "no file was refused: the mutations are too gentle to test the refusing"


def test_the_numbers_add_up() -> None:
    assert sum(shares(ALL).values()) == ALL
    assert sum(shares(SOME).values()) == SOME
    assert set(SHARES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_is_always_the_same(kind: str) -> None:
    assert mutated(kind, 3) == mutated(kind, 3)
    assert len({mutated(kind, number) for number in range(20)}) > 10
