"""Latest: what was last done for a pupil, in a few words without names."""

from datetime import date
from typing import Final

from attendance_core.model.events import Event
from attendance_core.model.support_contacts import CaseMeeting, Contact, LetterSent, Referral, SupportOffer
from attendance_core.model.support_plans import Review, SupportPlan
from attendance_core.model.support_steps import StatutoryStep
from attendance_core.support.ledger import Ledger

_WORDS: Final[dict[type[Event], str]] = {
    Contact: "contact",
    SupportOffer: "support offered",
    CaseMeeting: "meeting",
    SupportPlan: "support plan",
    Review: "review",
    Referral: "referral",
    LetterSent: "letter",
    StatutoryStep: "statutory step",
}

#: The kinds of events that are something done for a pupil.
DONE: Final = tuple(_WORDS)


def last_done(ledger: Ledger, as_of: date) -> str:
    """Say what was last done by a day, and when; nothing if nothing was.

    Args:
        ledger: The pupil's ledger.
        as_of: The day; what was written or happened later is not known on it.
    """
    done = [(record.day, record.id.place, record.event) for cls in DONE for record in ledger.records(cls, as_of)]
    held = [one for one in done if one[0] <= as_of and not (isinstance(one[2], Review) and one[2].held is None)]
    if not held:
        return ""
    day, _, event = max(held, key=lambda one: one[:2])
    return f"{_WORDS[type(event)]} on {day.isoformat()}"
