"""Reading for commands: session marks, lesson marks or counts, as the mapping says."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from attrs import field, frozen

from attendance_core.model.reports import View
from attendance_core.register.account import Account
from attendance_core.register.register import Register
from attendance_core.workbench import Progress, Workbench


@frozen(kw_only=True, eq=False)
class Found:
    """A register that was read, and how it reports."""

    register: Register = field(repr=False)

    @property
    def account(self) -> Account:
        """What became of every mark."""
        return self.register.account

    @property
    def as_of(self) -> date:
        """The day it speaks to."""
        return self.account.as_of

    @property
    def as_of_given(self) -> bool:
        """Whether the caller said so."""
        return self.account.as_of_given

    @property
    def findings(self) -> int:
        """Marks that somebody should mend."""
        return self.account.findings

    def report(
        self,
        workbench: Workbench,
        *,
        audience: str,
        cohorts: Sequence[str],
        start: date | None,
        end: date | None,
        progress: Progress,
    ) -> View:
        """Build its report."""
        return workbench.report(
            self.register, audience=audience, cohorts=cohorts, start=start, end=end, progress=progress
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
    progress: Progress,
) -> Found:
    """Read what the mapping says the file holds."""
    register = workbench.read(
        marks,
        pupils=pupils,
        calendar=calendar,
        mapping=mapping,
        as_of=as_of,
        week=week,
        sheet=sheet,
        progress=progress,
    )
    return Found(register=register)
