"""A pupil's sessions in a period, as letters and statements tell them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources

import narwhals.stable.v2 as nw
from attrs import frozen

from attendance_core.dates import DateRange
from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml
from attendance_core.measures.analysis import Analysis
from attendance_core.measures.periods import within
from attendance_core.model.codes import StatGroup
from attendance_core.model.letters import AbsenceKind
from attendance_core.model.marks import CODE, DATE, NUMBER, STAT
from attendance_core.model.sources import Citation


@frozen(kw_only=True)
class PupilSessions:
    """What became of a pupil's sessions in a period. Every absent session is of one kind.

    Attributes:
        period: The days.
        possible: Possible sessions.
        attended: Sessions attended.
        unauthorised: Absent without leave, late after the register closed among them.
        unexplained: Absent, the reason not known yet.
        illness: Absent for illness, or a medical or dental appointment.
        granted: Absent with leave, or for another reason that the school accepts.
        late_before: Late before the register closed: attended.
        late_after: Late after it closed: absent.
    """

    period: DateRange
    possible: int = 0
    attended: int = 0
    unauthorised: int = 0
    unexplained: int = 0
    illness: int = 0
    granted: int = 0
    late_before: int = 0
    late_after: int = 0

    @property
    def absent(self) -> int:
        """Sessions missed."""
        return self.unauthorised + self.unexplained + self.illness + self.granted

    @property
    def authorised(self) -> int:
        """Sessions missed for a reason that the school accepts."""
        return self.illness + self.granted

    @property
    def late(self) -> int:
        """Sessions for which the pupil came late."""
        return self.late_before + self.late_after

    @property
    def days_lost(self) -> float:
        """Days lost: two sessions are one."""
        return self.absent / 2

    @property
    def percent(self) -> float | None:
        """Attendance in percent; None without a possible session."""
        return 100 * self.attended / self.possible if self.possible else None

    def of(self, kinds: Iterable[AbsenceKind]) -> int:
        """Return the sessions missed in some ways."""
        counts = {
            AbsenceKind.UNAUTHORISED: self.unauthorised,
            AbsenceKind.UNEXPLAINED: self.unexplained,
            AbsenceKind.ILLNESS: self.illness,
            AbsenceKind.GRANTED: self.granted,
        }
        return sum(counts[kind] for kind in set(kinds))


@frozen(kw_only=True)
class ToldApart:
    """The codes that letters tell apart from the rest of absence.

    Attributes:
        illness: Illness, and medical or dental appointments.
        unexplained: No reason is known yet.
        last_checked_on: When that was last held against its sources.
        cites: Where it comes from.
    """

    illness: tuple[str, ...]
    unexplained: tuple[str, ...]
    last_checked_on: date
    cites: tuple[Citation, ...]


@cache
def told_apart() -> ToldApart:
    """Return the codes that letters tell apart.

    Raises:
        DocumentError: With every fault of the file.
    """
    file = resources.files("attendance_core.support").joinpath("preflight.toml")
    return structure(parse_toml(file.read_text(encoding="utf-8"), where=file.name), ToldApart, where=file.name)


def sessions_of(analysis: Analysis, period: DateRange) -> Mapping[int, PupilSessions]:
    """Return the sessions of each enrolment (enrolment_no) with marks in a period."""
    codes = told_apart()
    ill = _marked(analysis, period, codes.illness, StatGroup.AUTHORISED)
    unknown = _marked(analysis, period, codes.unexplained, StatGroup.UNAUTHORISED)
    found = {}
    for row in analysis.enrolments(period).rows(named=True):
        number = row[NUMBER]
        illness, unexplained = ill.get(number, 0), unknown.get(number, 0)
        found[number] = PupilSessions(
            period=period,
            possible=row["possible"],
            attended=row["attended"],
            unauthorised=row["unauthorised"] - unexplained,
            unexplained=row["unclassified"] + unexplained,
            illness=illness,
            granted=row["authorised"] - illness,
            late_before=row["late_before"],
            late_after=row["late_after"],
        )
    return found


def _marked(analysis: Analysis, period: DateRange, codes: Collection[str], stat: StatGroup) -> dict[int, int]:
    """Count each enrolment's sessions with some codes that count in one way."""
    rows = analysis.tally.exceptions.filter(
        within(period), nw.col(CODE).cast(nw.String).is_in(list(codes)), nw.col(STAT).cast(nw.String) == stat.value
    )
    return dict(rows.group_by(NUMBER).agg(nw.col(DATE).len().cast(nw.Int64).alias("sessions")).iter_rows())


def added(parts: Iterable[PupilSessions], period: DateRange) -> PupilSessions:
    """Add up the sessions of several enrolments of one pupil."""
    whole = PupilSessions(period=period)
    for part in parts:
        whole = PupilSessions(
            period=period,
            possible=whole.possible + part.possible,
            attended=whole.attended + part.attended,
            unauthorised=whole.unauthorised + part.unauthorised,
            unexplained=whole.unexplained + part.unexplained,
            illness=whole.illness + part.illness,
            granted=whole.granted + part.granted,
            late_before=whole.late_before + part.late_before,
            late_after=whole.late_after + part.late_after,
        )
    return whole
