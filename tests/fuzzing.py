"""Try one mutated file, and say what became of it."""

import random
from collections import Counter
from functools import cache
from pathlib import Path

from attendance_core.errors import AttendanceError, PluginError
from attendance_core.register.register import Register
from attendance_core.workbench import Workbench
from tests.mutations import CANARY, DOCUMENTS, GRIDS, MAPPINGS, as_csv, mutated


@cache
def _bench() -> Workbench:
    return Workbench.open(entry_points=False)


def try_files(kind: str, first: int, after: int, folder: Path) -> Counter[str]:
    """Try the mutated files of a kind from ``first`` up to ``after``, and count what became of them."""
    folder.mkdir(exist_ok=True)
    outcomes: Counter[str] = Counter()
    for number in range(first, after):
        try:
            outcomes[try_file(kind, number, folder)] += 1
        except Exception as error:
            error.add_note(f"mutated file {number} of kind {kind}: tests.mutations.mutated({kind!r}, {number})")
            raise
    return outcomes


def try_file(kind: str, number: int, folder: Path) -> str:
    """Write a mutated file, check it, and return ``register`` or the code of the error.

    Raises:
        AssertionError: If a promise is broken. Any other exception is one too many.
    """
    path = folder / kind
    path.write_bytes(mutated(kind, number))
    try:
        register = _read(kind, path, random.Random(number).random() < 0.5)  # noqa: S311
    except AttendanceError as error:
        assert error.faults, "an error without a fault"
        for fault in error.faults:
            assert fault.where, fault
            assert fault.what, fault
            assert fault.remedy, fault
        assert not isinstance(error, PluginError), error
        assert CANARY not in str(error), f"a pupil is given away: {error}"
        # Behind this text stands an exception of a library: a damaged binary file, or else a mistake of ours.
        assert "cannot be read as a" not in str(error) or kind in ("marks.xlsx", "marks.parquet"), error
        return error.code
    finally:
        path.unlink()
    _check(register)
    return "register"


def _read(kind: str, path: Path, proposed: bool) -> Register:
    marks = path.with_name("good.csv")
    if kind in MAPPINGS:
        return _bench().read(path, mapping=None if proposed else MAPPINGS[kind])
    if not marks.exists():
        marks.write_bytes(as_csv(GRIDS["long.csv"]))
    mapping = MAPPINGS["marks.xlsx"]
    match kind:
        case "pupils.csv":
            return _bench().read(marks, pupils=path, mapping=mapping)
        case "calendar.toml":
            return _bench().read(marks, calendar=path, mapping=mapping)
        case "mapping.toml":
            return _bench().read(marks, mapping=path)
    assert kind in DOCUMENTS
    bench = Workbench.open(path, entry_points=False)
    bench.check_targets()
    pupils = path.with_name("roll.csv")
    if not pupils.exists():
        pupils.write_bytes(as_csv(GRIDS["pupils.csv"]))
    register = bench.read(marks, pupils=pupils)
    if register.span is not None:
        bench.analyse(register)
    return register


def _check(register: Register) -> None:
    account = register.account
    assert account.conserved
    assert account.marks_in == account.coded + account.no_mark + account.rejected
    assert len(account.rejects) == account.rejected
    assert len(register.marks.collect("polars")) == account.coded
    assert account.rejects["remedy"].null_count() == 0
    assert CANARY not in repr(account)
