"""What a ledger holds of one event: who wrote it, when, and which earlier one it puts right or carries on."""

from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.events import Event, EventId

E_co = TypeVar("E_co", bound=Event, covariant=True)


def _stripped(text: str) -> str:
    return text.strip()


@frozen(kw_only=True)
class PupilKey:
    """Whose ledger it is. Its repr tells nobody, and blanks at the ends of an id make nobody else of them.

    Attributes:
        pupil_id: The pupil's id as the register spells it.
        school_id: The school, where the register holds several.
    """

    pupil_id: str = field(repr=False, converter=_stripped)
    school_id: str = field(default="", repr=False, converter=_stripped)

    def __attrs_post_init__(self) -> None:
        if not self.pupil_id.strip():
            raise DocumentError(Fault("pupil_id", "is empty", "the pupil's id", "Give it as the register has it"))


@frozen(kw_only=True)
class Entry(Generic[E_co]):
    """One entry of a ledger, as it was written.

    Attributes:
        id: Where it lies.
        written_on: The day on which it was written.
        by: Who wrote it, as a role or a name.
        event: What it says; None: it takes back the entry that it revises.
        revises: Place of the first entry of the record that it restates; None: it begins a record.
        why: Why the record is restated or taken back.
    """

    id: EventId
    written_on: date
    by: str = field(repr=False)
    event: E_co | None
    revises: int | None = None
    why: str = field(default="", repr=False)


@frozen(kw_only=True)
class Record(Generic[E_co]):
    """An event as it stands now, with every entry that led there.

    Attributes:
        id: Where its first entry lies: the name of the record.
        event: What it says now.
        history: Its entries, oldest first.
    """

    id: EventId
    event: E_co
    history: tuple[Entry[E_co], ...] = field(repr=False)

    @property
    def by(self) -> str:
        """Who wrote it first."""
        return self.history[0].by

    @property
    def day(self) -> date:
        """The day that it belongs to."""
        return self.event.day


class ErasureGround(StrEnum):
    """Why entries were erased: one of a few words, so that no free text can tell of whom."""

    PAST_RETENTION = "past-retention"
    """They had been kept for as long as the school keeps such entries."""
    REQUEST = "request"
    """The pupil or a parent asked for it, and it was granted."""
    IN_ERROR = "in-error"
    """They should never have been written, such as under a wrong pupil's id."""
    OTHER = "other"


@frozen(kw_only=True)
class Tombstone:
    """That entries were erased: when and on what ground, and nothing of whom.

    Attributes:
        erased_on: When.
        ground: Why.
        by: Who erased, as a role.
    """

    erased_on: date
    ground: ErasureGround
    by: str = field(default="", repr=False)
