"""The account of a reading: marks in = coded + no mark + rejects, each reject with its row and reason."""

from datetime import date
from enum import StrEnum
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen


class Reject(StrEnum):
    """Why a mark was not kept; its text stands in the rejects' ``reason`` column."""

    NO_PUPIL = "no-pupil"
    BAD_DATE = "impossible-date"
    BAD_SESSION = "unknown-session"
    NO_PERIOD = "no-period"
    UNKNOWN_CODE = "unknown-code"
    NOT_IN_FORCE = "code-not-yet-in-force"
    AFTER_AS_OF = "after-as-of"
    OUTSIDE_ENROLMENT = "outside-enrolment"
    DUPLICATE = "identical-duplicate"
    CONFLICT = "conflicting-marks"
    SUPERSEDED = "superseded"
    OTHER_LAYOUT = "other-layout"


REMEDIES = {
    Reject.NO_PUPIL: "Give the row its pupil, or leave the row out of the export",
    Reject.BAD_DATE: 'Correct the date, or name its style in the mapping (dates = "day-first")',
    Reject.BAD_SESSION: 'List the session\'s name under [mapping.sessions] as AM or PM; lessons need layout = "lesson"',
    Reject.NO_PERIOD: "Give the lesson its period, or map the column that tells the lessons of a day apart as period",
    Reject.UNKNOWN_CODE: "List the value under [mapping.values] with the code that it stands for",
    Reject.NOT_IN_FORCE: "Use the code of that day; see: attendance codes --on DATE",
    Reject.AFTER_AS_OF: "Nothing, if the report is meant to look back; else read up to a later day",
    Reject.OUTSIDE_ENROLMENT: "Correct the pupil's start or leaving date, or remove the mark",
    Reject.DUPLICATE: "Nothing is lost: its twin was kept. Export each mark once",
    Reject.CONFLICT: 'Keep the right one, or map a recorded_at column and set duplicates = "latest"',
    Reject.SUPERSEDED: "Nothing: a mark recorded later was kept",
    Reject.OTHER_LAYOUT: "Read these rows with a mapping of their own layout",
}

#: Reasons that are no fault of the data.
HARMLESS = frozenset({Reject.AFTER_AS_OF, Reject.SUPERSEDED})
#: Kinds of doubt that only a correction of the data settles.
CONTRADICTIONS = frozenset({"pupil-in-two", "pupils-row"})


@frozen(kw_only=True)
class Doubt:
    """Something that was kept, but should be looked at.

    Attributes:
        kind: Short stable name.
        text: What and why, in words.
        marks: How many marks it touches.
        rows: The first source rows, at most ten.
        where: Name of the file that the rows are of; empty for the marks.
        remedy: What to do about it, where there is something to do.
    """

    kind: str
    text: str
    marks: int
    rows: tuple[int, ...] = ()
    where: str = ""
    remedy: str = ""

    @property
    def told(self) -> str:
        """The text, under the name of its file where that is not the marks."""
        return f"{self.where}: {self.text}" if self.where else self.text


@frozen(kw_only=True)
class Input:
    """A file or frame that was read."""

    role: str
    name: str
    sha256: str = ""
    rows: int = 0


@frozen(kw_only=True, eq=False)
class Account:
    """What became of every mark.

    Attributes:
        rows: Rows of data read; in layouts with several marks a row, fewer than ``marks_in``.
        marks_in: Marks found in the layout.
        coded: Marks kept, with a code.
        no_mark: Sessions that the source lists without a mark.
        reject_counts: (reason, number), most first.
        rejects: Frame with columns source_row (int), reason, detail, remedy, twin_row (int or null).
        first_mark: First day with a coded mark.
        last_mark: Last day with a coded mark.
        as_of: The day up to which marks were taken.
        as_of_given: Whether the caller said so (else it is the last marked day).
        assumptions: What was decided for want of a word from the caller.
    """

    rows: int
    marks_in: int
    coded: int
    no_mark: int
    reject_counts: tuple[tuple[Reject, int], ...] = ()
    rejects: "nw.DataFrame[Any]" = field(repr=False)
    doubts: tuple[Doubt, ...] = ()
    first_mark: date | None = None
    last_mark: date | None = None
    as_of: date
    as_of_given: bool = False
    enrolments: int = 0
    assumptions: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()

    @property
    def rejected(self) -> int:
        """Marks that were not kept."""
        return sum(number for _, number in self.reject_counts)

    @property
    def conserved(self) -> bool:
        """Marks in = coded + no mark + rejects."""
        return self.marks_in == self.coded + self.no_mark + self.rejected

    @property
    def findings(self) -> int:
        """Rejects that somebody should mend, and contradictions."""
        rejected = sum(number for reason, number in self.reject_counts if reason not in HARMLESS)
        return rejected + sum(doubt.kind in CONTRADICTIONS for doubt in self.doubts)
