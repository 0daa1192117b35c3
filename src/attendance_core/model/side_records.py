"""Side records: what a host keeps beside the marks, as frames with fixed columns.

Rules and checks read them; a frame that is absent gives *not checked*, never an empty answer. An enrolment is named
by the register's ``enrolment_id``. A date that is not known, or has not come, is null.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class SideRecord(StrEnum):
    """The kinds of side record; the value is the name of the frame."""

    ARRANGEMENTS = "arrangements"
    """Agreed ways of attending: ``kind`` is part-time-timetable, phased-return, flexible-start, reintegration,
    induction or alternative-provision."""
    NOTICES = "notices"
    """Penalty notices: ``kind`` is the parent, in a word that tells them apart, ``state`` is issued, paid, unpaid,
    prosecuted or withdrawn."""
    PLANS = "plans"
    """Support plans: ``kind`` is the plan's tier, or what it is for, ``state`` is open or closed."""
    CONTACTS = "contacts"
    """Attempts to reach a family: ``kind`` is the way, ``state`` what came of it."""
    MEETINGS = "meetings"
    """Meetings about a pupil: ``state`` is due, held, attended (the family came) or missed."""
    REVIEWS = "reviews"
    """Reviews of a plan or an arrangement: ``state`` is due, done or missed."""
    CIRCULATION = "circulation"
    """What was shared with whom: ``kind`` is what, ``state`` the audience: staff, leaders, governors, trust, authority,
    parents or pupils. Without an enrolment: about the school."""


#: Kinds of which a record may be about the school: then it names no enrolment.
SCHOOL_WIDE: Final = frozenset({SideRecord.CIRCULATION, SideRecord.MEETINGS, SideRecord.REVIEWS, SideRecord.CONTACTS})

#: What a record of some days says when it holds no more, though its last day may not be known.
CLOSED: Final = "closed"

#: What ``state`` may say of a kind, where its words are settled: those of what was done, and those of what was not.
#: Nothing at all says nothing against a record.
SIDE_STATES: Final[Mapping[SideRecord, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        SideRecord.NOTICES: (frozenset({"issued", "paid", "unpaid", "prosecuted"}), frozenset({"withdrawn"})),
        SideRecord.PLANS: (frozenset({"open", CLOSED}), frozenset()),
        SideRecord.MEETINGS: (frozenset({"held", "attended"}), frozenset({"due", "missed"})),
        SideRecord.REVIEWS: (frozenset({"done"}), frozenset({"due", "missed"})),
        SideRecord.CIRCULATION: (
            frozenset({"staff", "leaders", "governors", "trust", "authority", "parents", "pupils"}),
            frozenset(),
        ),
    }
)

#: What ``kind`` may say of a kind of record whose words are settled.
SIDE_KINDS: Final[Mapping[SideRecord, frozenset[str]]] = MappingProxyType(
    {
        SideRecord.ARRANGEMENTS: frozenset(
            {
                "part-time-timetable",
                "phased-return",
                "flexible-start",
                "reintegration",
                "induction",
                "alternative-provision",
            }
        ),
    }
)

#: Columns of every side record: the enrolment, what kind it is, its state, its days.
SIDE_COLUMNS: Final = ("enrolment_id", "kind", "state", "on", "start", "end")

#: What each column holds; the types are text for the first three, dates for the rest.
SIDE_MEANING: Final = {
    "enrolment_id": "the register's enrolment; empty where the record is about the school",
    "kind": "what kind of record it is, in the words of its class",
    "state": "how it stands; empty where nothing is to be said",
    "on": "the day on which it was made, issued, held or is due",
    "start": "first day that it covers; of a notice, the day of the first session counted for it",
    "end": "last day that it covers, null while open; of a notice, the day of the last session counted for it",
}
