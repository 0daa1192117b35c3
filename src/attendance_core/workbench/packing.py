"""Packing: the referral pack of a pupil, and the attendance pack for a review."""

from datetime import date

from attrs import define

from attendance_core.measures.analysis import Analysis
from attendance_core.model.concerns import ConcernId
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.reports import View
from attendance_core.register.register import Register
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.support_pack import CASE, attendance_pack, referral_pack
from attendance_core.support.ledger import Ledger
from attendance_core.support.pack import Attendance, ConcernSessions, Pack, enrolments_of
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.supporting import Supporting

NATIONAL = "england-national"
THRESHOLD = "penalty-notice-threshold"


@define(kw_only=True, eq=False, slots=False)
class Packing(Supporting):
    """Packs about one pupil, for those who decide on the case."""

    def open_concerns(self, register: Register, who: PupilKey, *, progress: Progress = quiet) -> frozenset[str]:
        """Return the rules, as ``policy/rule``, of a pupil's open concerns under the national policy.

        Raises:
            SupportError: If the register does not hold the pupil.
        """
        found = set()
        for enrolment in enrolments_of(register, who):
            concerns = self.concerns(register.of_enrolment(enrolment), [NATIONAL], progress=progress)
            frame = concerns.frame()
            found |= {f"{policy}/{rule}" for policy, rule in frame.select("policy", "rule").iter_rows()}
        return frozenset(found)

    def referral_pack(
        self, register: Register, who: PupilKey, ledger: Ledger, *, as_of: date, progress: Progress = quiet
    ) -> View:
        """Build the referral pack of a pupil: support offered, attendance, and the sessions behind the threshold.

        Args:
            register: The register.
            who: The pupil.
            ledger: What is written about the pupil.
            as_of: The day that it speaks to.
            progress: Told the name of each step.

        Raises:
            SupportError: If the register does not hold the pupil.
        """
        pack = self._pack(register, who, ledger, as_of=as_of, threshold=True, progress=progress)
        name = self.configuration.school.name
        report = referral_pack(pack, self.provenance(register), register.codebooks, school=name, notes=self.notes())
        return make_view(report, CASE)

    def ehcp_pack(
        self, register: Register, who: PupilKey, ledger: Ledger, *, as_of: date, progress: Progress = quiet
    ) -> View:
        """Build the attendance pack for the review of a pupil's education, health and care plan.

        Takes what `referral_pack` takes.

        Raises:
            SupportError: If the register does not hold the pupil.
        """
        pack = self._pack(register, who, ledger, as_of=as_of, threshold=False, progress=progress)
        name = self.configuration.school.name
        report = attendance_pack(pack, self.provenance(register), register.codebooks, school=name, notes=self.notes())
        return make_view(report, CASE)

    def _pack(
        self, register: Register, who: PupilKey, ledger: Ledger, *, as_of: date, threshold: bool, progress: Progress
    ) -> Pack:
        mine = [register.of_enrolment(one) for one in enrolments_of(register, who)]
        progress("attendance")
        analyses = tuple(Analysis.of(one, self.profile, self.packs(), end=as_of) for one in mine)
        concerns: list[ConcernSessions] = []
        for one in mine if threshold else ():
            found = self.concerns(one, [NATIONAL], as_of=as_of, progress=progress).only([THRESHOLD])
            for text in found.frame()["concern"].to_list():
                id = ConcernId.parse(text)
                rows = found.sessions(id).rows(named=True)
                sessions = tuple((row["date"], row["session"], row["code"]) for row in rows if row["in_numerator"])
                concerns.append(ConcernSessions(concern=found.concern(id), sessions=sessions))
        attendance = Attendance.of(analyses, as_of)
        return Pack(who=who, as_of=as_of, ledger=ledger, attendance=attendance, concerns=tuple(concerns))
