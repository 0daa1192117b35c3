"""Dues: what is to be done about a pupil or in the school, by when, and how it stands on a day."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.model.ledgers import PupilKey


class DueState(StrEnum):
    """How something that is to be done stands on a day."""

    OVERDUE = "overdue"
    """Its day has passed."""
    MISSING = "missing"
    """It should be there and is not, or nobody set a day for it."""
    DUE = "due"
    """It is due on the day asked about."""
    SOON = "soon"
    """It is due within the days that are looked ahead."""
    OPEN = "open"
    """It is still open: no day was set, or its day lies further ahead."""


class DueList(StrEnum):
    """The lists of what is due, in the order in which they are shown."""

    SAFEGUARDING = "safeguarding"
    LOOKED_AFTER = "looked-after"
    MEDICAL = "medical"
    EHCP = "ehcp-reviews"
    REVIEWS = "reviews"
    ARRANGEMENTS = "arrangements"
    MARKS = "part-time-marks"
    PERSISTENT = "persistent-absence"
    CONTACTS = "contacts"
    CONCERNS = "staff-concerns"
    REFERRALS = "referrals"
    LEAVE = "leave"
    PLACEMENTS = "placements"
    JOINING = "joining"
    WATCH = "watch-list"
    TRANSITIONS = "transitions"
    CATCH_UP = "catch-up"
    ACTIONS = "actions"
    SCHOOL = "school"


@frozen(kw_only=True)
class Due:
    """One thing that is due, overdue, missing or open. Its repr tells of no child.

    Attributes:
        list: The list that it stands in.
        what: What is to be done, in the library's words alone.
        state: How it stands.
        day: Its day; None: it has none.
        who: The pupil; None: the school.
        why: What was agreed, seen or found: words of people, or counts.
        record: Id of the record, or of the concern, that it comes from; empty where one should be and is not.
        days: Days between the day agreed and the one that came, or the day asked about; for starts alone.
    """

    list: DueList
    what: str
    state: DueState
    day: date | None = None
    who: PupilKey | None = field(default=None, repr=False)
    why: str = field(default="", repr=False)
    record: str = field(default="", repr=False)
    days: int | None = None
