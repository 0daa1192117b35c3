"""Supporting: the ledgers of what was offered to pupils and families."""

from functools import cached_property

from attrs import define

from attendance_core.documents.file_store import FileStore
from attendance_core.errors import Fault, SupportError
from attendance_core.model.ledgers import PupilKey
from attendance_core.register.register import Register
from attendance_core.support.ledger import Ledgers
from attendance_core.support.pack import enrolments_of
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.planning import Planning

NATIONAL = "england-national"


@define(kw_only=True, eq=False, slots=False)
class Supporting(Planning):
    """What was offered to pupils and families, and what is due."""

    @cached_property
    def ledgers(self) -> Ledgers:
        """The ledgers of pupils and of the school.

        Raises:
            SupportError: If the host gave no store, and the configuration names none.
            StoreError: If there is no store of that name.
        """
        if self.store is not None:
            return Ledgers(self.store)
        named = self.configuration.files.store
        if not named:
            raise SupportError(
                Fault(
                    "store",
                    "is not given",
                    "a store, or files.store in attendance.toml",
                    "Say where what is written about support lies",
                )
            )
        return Ledgers(FileStore(self.folder / named))

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
