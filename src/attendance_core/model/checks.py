"""Checks: questions to the register itself, and what came of asking them."""

from datetime import date
from typing import Any

from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.model.codes import StatGroup
from attendance_core.model.outcomes import Outcome
from attendance_core.model.sources import Citation

#: Columns of the frame of findings.
FINDING_COLUMNS = ("check", "school_id", "enrolment_id", "date_from", "date_to", "sessions", "detail")
#: Columns of the sessions behind a finding.
FINDING_SESSION_COLUMNS = (
    "enrolment_id",
    "pupil_id",
    "school_id",
    "date",
    "session",
    "code",
    "stat",
    "source_row",
)


@frozen(kw_only=True)
class CheckVersion:
    """How a check is asked over a range of days, with the limits and citations for just that.

    Attributes:
        in_force_from: The first day whose marks are looked at.
        in_force_to: The last one; none where the check still holds.
        recommends: What to do about a finding.
        parameters: Limits by name.
        codes: Codes that it looks at.
        expected: Codes, or pairs of codes (``N O``), that are no finding.
        groups: Groups in statistics that it looks at.
        turning_days: Days of the year (``12-31``) on which something begins, for the check that needs them.
        except_from: First day of a stretch on which it looks away, because the codes meant something else.
        except_to: Last day of that stretch.
    """

    in_force_from: date
    in_force_to: date | None = None
    recommends: str
    parameters: dict[str, int] = field(factory=dict)
    codes: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    groups: tuple[StatGroup, ...] = ()
    turning_days: tuple[str, ...] = ()
    except_from: date | None = None
    except_to: date | None = None
    cites: tuple[Citation, ...]
    last_checked_on: date

    @property
    def span(self) -> DateRange:
        """The days whose marks are looked at."""
        return DateRange(self.in_force_from, self.in_force_to)


@frozen(kw_only=True)
class Check(CheckVersion):
    """One question to the register, as it is asked over a range of days.

    Attributes:
        id: What it is called in files.
        title: What it is called in lists.
        asks: The question.
    """

    id: str
    title: str
    asks: str


@frozen(kw_only=True, eq=False)
class CheckResult:
    """What came of one check.

    Attributes:
        missing: What would have to be given for it to be looked at, or looked at wholly.
        note: What a reader should know about how it was looked at.
        findings: Frame of findings: check, school_id, enrolment_id (empty where a class, a day or the whole school is
            meant), date_from, date_to, sessions (Int64), detail.
        marks: Frame: finding (row of ``findings``, from 0), enrolment_no, date, session, code, stat, source_row.
        people: Frame: enrolment_no, enrolment_id, pupil_id, school_id; -1 stands for an enrolment that is not known.
    """

    check: Check
    outcome: Outcome
    missing: tuple[str, ...] = ()
    note: str = ""
    findings: Any = field(repr=False)
    marks: Any = field(repr=False)
    people: Any = field(repr=False)

    @property
    def count(self) -> int:
        """How many findings there are."""
        return len(self.findings)

    @property
    def sessions(self) -> int:
        """How many sessions stand behind the findings, added up."""
        return int(self.findings["sessions"].sum() or 0)

    def sessions_of(self, finding: int | None = None) -> Any:
        """List the sessions behind a finding.

        Args:
            finding: Row of ``findings``, from 0; None: of all of them, with the row as column ``finding``.

        Returns:
            Frame: enrolment_id, pupil_id, school_id, date, session, code, stat, source_row. A session without a mark
            has neither code nor stat; a mark that was rejected has no enrolment; not every engine knows its rows.
        """
        mine = self.marks if finding is None else self.marks.filter(self.marks["finding"] == finding)
        named = mine.join(self.people, on="enrolment_no", how="inner")
        columns = (*(("finding",) if finding is None else ()), *FINDING_SESSION_COLUMNS)
        return named.sort("finding", "enrolment_id", "date", "session", "source_row").select(*columns)
