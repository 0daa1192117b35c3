"""Reading for commands: session marks, lesson marks or counts, as the mapping says."""

from abc import ABC, abstractmethod
from datetime import date
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
from attrs import asdict, field, frozen

from attendance_core.errors import Fault, FigureIdError, LayoutError
from attendance_core.model.figures import Explanation
from attendance_core.model.mappings import Layout
from attendance_core.model.reports import View
from attendance_core.register.account import Account
from attendance_core.register.counts import CountAccount, Counts
from attendance_core.register.lessons import LessonRegister
from attendance_core.register.register import Register
from attendance_core.register.saved import is_saved, save_register
from attendance_core.support.frames import SideRecords
from attendance_core.workbench import Progress, Workbench


@frozen(kw_only=True)
class Wanted:
    """What a report was asked for."""

    audience: str = "leaders"
    cohorts: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    policies: tuple[str, ...] | None = None
    records: Path | SideRecords | None = None


class Found(ABC):
    """What was read, and what commands can do with it."""

    @property
    @abstractmethod
    def account(self) -> Account | CountAccount:
        """What became of every mark, or of every cell."""

    @property
    def findings(self) -> int:
        """What somebody should mend."""
        return self.account.findings

    @property
    @abstractmethod
    def speaks_to(self) -> str:
        """Say up to which day it speaks, where the caller did not; empty where they did."""

    @abstractmethod
    def report(self, workbench: Workbench, wanted: Wanted, *, progress: Progress) -> View:
        """Build its report."""

    @abstractmethod
    def explain(self, workbench: Workbench, figure: str) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Explain one of its figures."""

    def save(self, folder: Path) -> None:
        """Write it checked; only session marks are kept so."""
        raise LayoutError(
            Fault(str(folder), "only registers of session marks can be saved", "session marks", "Leave --save out")
        )


_WEEK = 7


def _last_day(account: Account) -> str:
    if account.as_of_given:
        old = (account.as_of - account.last_mark).days if account.last_mark else 0
        # Within a week nothing is amiss; long after, "nobody" may mean a year without a mark.
        return f"The last mark is of {account.last_mark}, {old} days before {account.as_of}." if old > _WEEK else ""
    return f"As of {account.as_of}, the last marked day (--as-of was not given)."


def _refuse(wanted: Wanted, what: str) -> None:
    """Refuse options that only a register of sessions can follow."""
    faults = []
    leave = "Leave the option out"
    if wanted.audience != "leaders":
        faults.append(Fault(f"--audience {wanted.audience}", f"{what} have one outline", "leaders", leave))
    if wanted.cohorts:
        faults.append(Fault("--cohort", f"{what} are not divided by cohort", "no cohort", leave))
    if wanted.policies is not None or wanted.records is not None:
        faults.append(Fault("--policy, --records", f"{what} give no concerns", "a register of sessions", leave))
    if faults:
        raise LayoutError(*faults)


@frozen(kw_only=True, eq=False)
class Sessions(Found):
    """Session marks."""

    register: Register = field(repr=False)

    @property
    def account(self) -> Account:
        """What became of every mark."""
        return self.register.account

    @property
    def speaks_to(self) -> str:
        """Say the last marked day, where no other was asked for or it lies long before."""
        return _last_day(self.account)

    def report(self, workbench: Workbench, wanted: Wanted, *, progress: Progress) -> View:
        """Build the report of an outline."""
        return workbench.report(self.register, **asdict(wanted, recurse=False), progress=progress)

    def explain(self, workbench: Workbench, figure: str) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Explain a figure by its sessions."""
        return workbench.explain(self.register, figure)

    def save(self, folder: Path) -> None:
        """Write the checked register."""
        save_register(self.register, folder)


@frozen(kw_only=True, eq=False)
class Lessons(Found):
    """Lesson marks."""

    lessons: LessonRegister = field(repr=False)

    @property
    def account(self) -> Account:
        """What became of every mark."""
        return self.lessons.account

    @property
    def speaks_to(self) -> str:
        """Say the last marked day, where no other was asked for or it lies long before."""
        return _last_day(self.account)

    def report(self, workbench: Workbench, wanted: Wanted, *, progress: Progress) -> View:
        """Build the report of lessons."""
        _refuse(wanted, "lesson marks")
        return workbench.report_lessons(self.lessons, start=wanted.start, end=wanted.end)

    def explain(self, workbench: Workbench, figure: str) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Explain a figure by its lessons."""
        return workbench.explain_lessons(self.lessons, figure)


@frozen(kw_only=True, eq=False)
class Numbers(Found):
    """Counts instead of marks."""

    counts: Counts = field(repr=False)

    @property
    def account(self) -> CountAccount:
        """What became of every row and cell."""
        return self.counts.account

    @property
    def speaks_to(self) -> str:
        """Say which day's codes hold, where none was given."""
        return "" if self.counts.on else "No day was given (--as-of): codes are taken as last in force."

    def report(self, workbench: Workbench, wanted: Wanted, *, progress: Progress) -> View:
        """Build the report of counts."""
        _refuse(wanted, "counts")
        return workbench.report_counts(self.counts, start=wanted.start, end=wanted.end)

    def explain(self, workbench: Workbench, figure: str) -> tuple[Explanation, "nw.DataFrame[Any]"]:
        """Refuse: no session stands behind a count."""
        raise FigureIdError(
            Fault(
                figure, "no sessions held: the source gives counts", "a register of marks", "Read the marks themselves"
            )
        )


def read_any(
    workbench: Workbench,
    *,
    marks: Path,
    pupils: Path | None = None,
    calendar: Path | None = None,
    mapping: str | None = None,
    as_of: date | None = None,
    week: date | None = None,
    sheet: str = "",
    end: date | None = None,
    progress: Progress,
) -> Found:
    """Read what the mapping says the file holds."""
    if is_saved(marks):
        return Sessions(register=workbench.read(marks, as_of=as_of))
    progress("opening files")
    ready = workbench.intake.marks(marks, mapping, sheet=sheet)
    layout = ready.source.mapping.layout
    if layout is Layout.LESSON:
        return Lessons(lessons=workbench.read_lessons(ready, pupils=pupils, as_of=as_of, progress=progress))
    if layout is Layout.COUNTS:
        return Numbers(counts=workbench.read_counts(ready, on=as_of or end))
    register = workbench.read(ready, pupils=pupils, calendar=calendar, as_of=as_of, week=week, progress=progress)
    return Sessions(register=register)


def read_sessions(workbench: Workbench, **reading: Any) -> Sessions:
    """Read a register of session marks, and refuse anything else.

    Raises:
        LayoutError: If the file holds lessons or counts.
    """
    found = read_any(workbench, **reading)
    if isinstance(found, Sessions):
        return found
    what = "lesson marks" if isinstance(found, Lessons) else "counts"
    raise LayoutError(
        Fault(
            str(reading["marks"]),
            f"holds {what}, and no session stands behind them",
            "session marks",
            "Give the register of sessions",
        )
    )
