"""Duties by person: what school owes a looked-after child, a child in need, a child with medical needs or a plan."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from attrs import frozen

from attendance_core.model.events import Event, check, in_order, said


@frozen(kw_only=True, repr=False)
class Told:
    """That somebody was told something, or given it.

    Attributes:
        whom: Who, as a role.
        on: When.
        what: What.
    """

    whom: str
    on: date
    what: str = ""

    def __attrs_post_init__(self) -> None:
        check(said(self.whom, "whom"))

    def __repr__(self) -> str:
        return "<Told>"


@frozen(kw_only=True, repr=False)
class LookedAfter(Event):
    """A looked-after child, or one who was.

    Attributes:
        start: From when.
        end: Until when.
        previously: Whether the child was looked after before, and is no longer.
        designated_teacher: Who is responsible in school.
        pep_due: When the next personal education plan meeting is due.
        pep_held: When the last one was held.
    """

    kind: ClassVar[str] = "looked-after"

    start: date
    end: date | None = None
    previously: bool = False
    designated_teacher: str = ""
    pep_due: date | None = None
    pep_held: date | None = None

    def __attrs_post_init__(self) -> None:
        check(in_order(self.start, self.end))

    @property
    def day(self) -> date:
        """From when it holds."""
        return self.start


class SafeguardingStatus(StrEnum):
    """Why a child has a social worker."""

    CHILD_PROTECTION = "child-protection"
    CHILD_IN_NEED = "child-in-need"


@frozen(kw_only=True, repr=False)
class Safeguarding(Event):
    """A child with a protection plan or in need.

    Attributes:
        status: Which.
        start: From when.
        end: Until when.
        lead: The safeguarding lead responsible.
        social_worker: Whether a social worker is named.
        told: Who was told of unexplained absence, and when.
    """

    kind: ClassVar[str] = "safeguarding"

    status: SafeguardingStatus
    start: date
    end: date | None = None
    lead: str = ""
    social_worker: bool = False
    told: tuple[Told, ...] = ()

    def __attrs_post_init__(self) -> None:
        check(in_order(self.start, self.end))

    @property
    def day(self) -> date:
        """From when it holds."""
        return self.start


@frozen(kw_only=True, repr=False)
class MedicalNeeds(Event):
    """A child whose health needs support.

    Attributes:
        start: From when.
        end: Until when.
        evidence_due: When evidence is looked for; None: none was asked.
        evidence_seen: When it was seen.
        adjustments: Adjustments that were made.
        review_due: When they are to be looked at again.
    """

    kind: ClassVar[str] = "medical"

    start: date
    end: date | None = None
    evidence_due: date | None = None
    evidence_seen: date | None = None
    adjustments: tuple[str, ...] = ()
    review_due: date | None = None

    def __attrs_post_init__(self) -> None:
        check(in_order(self.start, self.end))

    @property
    def day(self) -> date:
        """From when it holds."""
        return self.start


@frozen(kw_only=True, repr=False)
class EhcpReview(Event):
    """One review meeting of an education, health and care plan.

    Attributes:
        due: When it is due.
        held: When it was held.
        pack_made: When the attendance pack was made.
        shared: With whom it was shared, and when.
    """

    kind: ClassVar[str] = "ehcp-review"

    due: date
    held: date | None = None
    pack_made: date | None = None
    shared: tuple[Told, ...] = ()

    def __attrs_post_init__(self) -> None:
        early = [one for one in self.shared if self.pack_made is None or one.on < self.pack_made]
        check((not early, "shared", "is before the pack was made", "days from pack_made on", "Correct one of the days"))

    @property
    def day(self) -> date:
        """When it was held, or is due."""
        return self.held or self.due
