"""Run the command line as a user does, in this process, its output caught."""

import io
import json
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

from attrs import frozen

from attendance_core.cli.main import run


@frozen(kw_only=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def told(self) -> list[str]:
        """The lines of errors."""
        return [line for line in self.err.splitlines() if line.startswith(("error: ", "plugin failed: "))]


class _Pipe(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        held = self.buffer
        assert isinstance(held, io.BytesIO)
        return held.getvalue().decode("utf-8")


def attendance(*arguments: object, folder: Path | None = None) -> Ran:
    """Run ``attendance`` with these arguments in a folder."""
    before = sys.stdout, sys.stderr
    out, err = _Pipe(), _Pipe()
    try:
        sys.stdout, sys.stderr = out, err
        with chdir(folder or Path.cwd()):
            status = run([str(argument) for argument in arguments])
    finally:
        sys.stdout, sys.stderr = before
    return Ran(status=status, out=out.text(), err=err.text())
