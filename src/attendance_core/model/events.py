"""Events: what is written into a ledger, once, and never edited."""

import re
from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from attrs import frozen

from attendance_core.errors import DocumentError, Fault

_ID = re.compile(r"(school|0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


@frozen(kw_only=True, repr=False)
class Event:
    """One thing that happened or was decided.

    Its repr names its class alone, because every other word of it may tell of a child.

    Attributes:
        kind: The name under which a ledger holds it.
    """

    kind: ClassVar[str] = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @property
    def day(self) -> date:
        """The day that it belongs to, by which timelines are ordered; each kind says its own."""
        raise TypeError("an event of no kind belongs to no day, and no ledger takes it")


@frozen(kw_only=True)
class EventId:
    """Where an event lies: which ledger, and which place in it. It tells nothing of whom it is about.

    Spelled ``LEDGER.PLACE``; a pupil's ledger is a number, the school log is ``school``.

    >>> EventId.parse("17.3").place
    3
    """

    ledger: str
    place: int

    def __str__(self) -> str:
        return f"{self.ledger}.{self.place}"

    @classmethod
    def parse(cls, text: str) -> "EventId":
        """Read an id back.

        Raises:
            DocumentError: If the text is none.
        """
        match = _ID.fullmatch(text.strip())
        if match is None:
            raise DocumentError(
                Fault("event id", "is none", "such as 17.3 or school.3", "Copy it from a list of what is recorded")
            )
        return cls(ledger=match[1], place=int(match[2]))


def check(*rules: tuple[bool, str, str, str, str]) -> None:
    """Refuse an event whose parts do not go together.

    Args:
        *rules: Whether it holds, then the four parts of the fault that it is if not.

    Raises:
        DocumentError: With a fault for each rule that does not hold.
    """
    faults = [Fault(*rest) for holds, *rest in rules if not holds]
    if faults:
        raise DocumentError(*faults)


def in_order(first: date | None, last: date | None, where: str = "end") -> tuple[bool, str, str, str, str]:
    """The rule that a day is not before another one."""
    holds = first is None or last is None or first <= last
    return holds, where, "is before the day that it follows", "the same day or a later one", "Correct one of the days"


def said(text: str, where: str) -> tuple[bool, str, str, str, str]:
    """The rule that a text says something."""
    return bool(text.strip()), where, "is empty", "a few words", "Write what is to be known later"


def words_said(texts: Iterable[str], where: str) -> tuple[bool, str, str, str, str]:
    """The rule that there are texts, and that each says something."""
    listed = tuple(texts)
    holds = bool(listed) and all(text.strip() for text in listed)
    return holds, where, "is empty, or has an empty line", "one text or more", "Write what is to be known later"
