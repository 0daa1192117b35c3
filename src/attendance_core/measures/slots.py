"""Slots of the week: a day, a session, or both, as figure ids spell them."""

from attendance_core.dates import WEEKDAYS
from attendance_core.errors import Fault, FigureIdError
from attendance_core.model.marks import SESSIONS


def day_and_session(slot: str) -> tuple[str, str]:
    """Take ``Monday-AM``, ``Friday`` or ``PM`` apart.

    Raises:
        FigureIdError: If it is no slot of the week.
    """
    day, dash, session = slot.partition("-")
    if not dash and slot in SESSIONS:
        day, session = "", slot
    if (dash and not day) or (day and day not in WEEKDAYS) or session not in (SESSIONS if dash or not day else ("",)):
        raise FigureIdError(Fault(f"slot {slot!r}", "is no slot of the week", "Monday-AM, Friday or PM", "Correct it"))
    return day, session
