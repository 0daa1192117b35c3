"""Supporting: the ledgers of what was offered to pupils and families."""

from functools import cached_property

from attrs import define

from attendance_core.documents.file_store import FileStore
from attendance_core.errors import Fault, SupportError
from attendance_core.support.ledger import Ledgers
from attendance_core.workbench.planning import Planning


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

    def _kept(self) -> Ledgers | None:
        return self.ledgers if self.store is not None or self.configuration.files.store else None
