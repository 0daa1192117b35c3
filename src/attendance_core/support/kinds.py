"""The kinds of events: of a pupil, and of the school."""

from typing import Final

from attendance_core.errors import Fault, UnknownNameError, alike, join_names
from attendance_core.model.events import Event
from attendance_core.model.school_log import (
    Circulated,
    Expertise,
    Funding,
    PolicyReviewed,
    ProgrammeDecision,
    Responsibility,
    SchoolActivity,
    SchoolMeeting,
    Training,
)
from attendance_core.model.support_contacts import (
    CaseMeeting,
    Contact,
    LetterSent,
    LetterStop,
    Referral,
    Signpost,
    SupportOffer,
)
from attendance_core.model.support_duties import EhcpReview, LookedAfter, MedicalNeeds, Safeguarding
from attendance_core.model.support_happenings import (
    CatchUp,
    Joining,
    LeaveRequest,
    Placement,
    RetentionHold,
    RollRemoval,
    StaffConcern,
    Transition,
)
from attendance_core.model.support_plans import ProgrammePlace, Review, Scores, SupportPlan
from attendance_core.model.support_steps import Arrangement, StatutoryStep
from attendance_core.model.support_tiers import FactorsNoted, TierDecision

_PUPIL: Final[tuple[type[Event], ...]] = (
    FactorsNoted,
    TierDecision,
    SupportPlan,
    Review,
    Scores,
    ProgrammePlace,
    Contact,
    SupportOffer,
    CaseMeeting,
    LetterSent,
    LetterStop,
    Signpost,
    Referral,
    Arrangement,
    StatutoryStep,
    LookedAfter,
    Safeguarding,
    MedicalNeeds,
    EhcpReview,
    StaffConcern,
    LeaveRequest,
    Transition,
    Placement,
    CatchUp,
    RollRemoval,
    Joining,
    RetentionHold,
)
_SCHOOL: Final[tuple[type[Event], ...]] = (
    PolicyReviewed,
    Circulated,
    SchoolMeeting,
    Training,
    Expertise,
    Responsibility,
    SchoolActivity,
    Funding,
    ProgrammeDecision,
)

#: What may stand in the ledger of a pupil, by kind.
PUPIL_EVENTS: Final = {cls.kind: cls for cls in _PUPIL}

#: What may stand in the school log, by kind.
SCHOOL_EVENTS: Final = {cls.kind: cls for cls in _SCHOOL}


def kind_named(name: str, known: dict[str, type[Event]], where: str = "kind") -> type[Event]:
    """Return the class of a kind.

    Raises:
        UnknownNameError: If there is none of that name.
    """
    if name in known:
        return known[name]
    near = alike(name, known)
    raise UnknownNameError(
        Fault(
            where,
            "is no kind of event here",  # the name is not told: it may be the pupil's, in the wrong place
            f"one of {join_names(sorted(known), limit=40)}",
            f"Did you mean {near[0]!r}?" if near else "Name one of them",
        )
    )
