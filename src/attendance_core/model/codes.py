"""Codes: what a mark means, in law and in statistics, on a day."""

from datetime import date
from enum import StrEnum

from attrs import frozen

from attendance_core.dates import DateRange
from attendance_core.errors import CodeNotYetInForceError, CodeRevokedError, Fault, UnknownCodeError
from attendance_core.model.sources import Citation


class StatGroup(StrEnum):
    """What a session counts as in statistics. Its value is the text of a register's ``stat`` column."""

    PRESENT = "present"
    """Present on site, late before the register closed included."""
    AEA = "approved-educational-activity"
    """Attended off site."""
    AUTHORISED = "authorised"
    """Absent with the school's leave or for a reason that it accepts."""
    UNAUTHORISED = "unauthorised"
    """Absent without either, late after the register closed included."""
    UNCLASSIFIED = "unclassified"
    """Absent, reason not known to the source: possible and absent, neither authorised nor unauthorised."""
    COVID = "covid-not-attending"
    """Kept home by COVID rules: no absence; a possible session only where the profile says so."""
    NOT_POSSIBLE = "not-possible"
    """A marked session in which this pupil could or need not attend: in no rate."""
    ADMINISTRATIVE = "administrative"
    """No session of this pupil's at all: planned closure, not yet on roll."""

    @property
    def attended(self) -> bool:
        """Whether the session counts as attended."""
        return self in (StatGroup.PRESENT, StatGroup.AEA)

    @property
    def absent(self) -> bool:
        """Whether the session counts as absence."""
        return self in (StatGroup.AUTHORISED, StatGroup.UNAUTHORISED, StatGroup.UNCLASSIFIED)

    @property
    def possible(self) -> bool:
        """Whether the session is in the denominator under every profile."""
        return self.attended or self.absent


class LegalGroup(StrEnum):
    """The class of a mark in the registration regulations."""

    PRESENT = "present"
    """In school."""
    ATTENDING_ELSEWHERE = "attending-elsewhere"
    """At another place for an activity or provision, or due at another school."""
    LEAVE = "leave-of-absence"
    """Away with leave that the school granted."""
    ABSENT = "absent"
    """Away for any other reason."""
    UNABLE = "unable-to-attend"
    """Kept away by one of the causes that the regulations list."""
    NOT_REQUIRED = "not-required"
    """Outside compulsory school age, and not expected."""
    ADMINISTRATIVE = "administrative"
    """No entry about a pupil on roll in a session held."""
    COVID = "not-attending-coronavirus"
    """The category that the regulations held for a while from 2020/21."""
    FOREIGN = "not-a-register-code"
    """The value of a system that does not use the register's codes."""


class Late(StrEnum):
    """Whether a mark says that the pupil came late."""

    NO = "no"
    """The mark says nothing of lateness."""
    BEFORE_CLOSE = "before-close"
    """Late, before the register closed: attended."""
    AFTER_CLOSE = "after-close"
    """Late, after the register closed: absent."""


@frozen(kw_only=True)
class CodeVersion:
    """What a code means over a range of days, with the citation for just that."""

    in_force_from: date
    in_force_to: date | None = None
    description: str
    legal_group: LegalGroup
    stat_group: StatGroup
    late: Late = Late.NO
    cites: tuple[Citation, ...]
    last_checked_on: date
    in_force_from_setting: str | None = None
    """Name of the setting that moves the first day (and the last one of the version before)."""
    in_force_to_setting: str | None = None
    """Name of the setting that moves the last day, where sources disagree about it."""
    doubt: str = ""
    """What a reader should know before relying on this version."""

    @property
    def span(self) -> DateRange:
        """The days on which this version holds."""
        return DateRange(self.in_force_from, self.in_force_to)

    @property
    def possible(self) -> bool:
        """Whether the session is in the denominator (COVID marks: only under a profile that says so)."""
        return self.stat_group.possible

    @property
    def attended(self) -> bool:
        """Whether the session counts as attended."""
        return self.stat_group.attended


@frozen(kw_only=True)
class Code:
    """A code and its dated versions, earliest first, never overlapping."""

    code: str
    versions: tuple[CodeVersion, ...]
    revoked_on: date | None = None
    """First day on which the code was withdrawn for good."""
    revoked_note: str = ""
    """What replaced it, for the doubt that a later mark gets."""

    def at(self, on: date) -> CodeVersion:
        """Return the version in force on a day.

        Raises:
            CodeNotYetInForceError: If the code begins later.
            CodeRevokedError: If the code was withdrawn before.
        """
        for version in self.versions:
            if on in version.span:
                return version
        first = self.versions[0].in_force_from
        if on < first:
            raise CodeNotYetInForceError(
                Fault(
                    f"code {self.code!r} on {on}",
                    f"comes into force on {first}",
                    f"a day from {first}",
                    "Use the code of that day",
                )
            )
        last = max(version.in_force_to for version in self.versions if version.in_force_to is not None)
        raise CodeRevokedError(
            Fault(
                f"code {self.code!r} on {on}",
                f"was last in force on {last}",
                f"a day to {last}",
                self.revoked_note or "Use the code of that day",
            )
        )


@frozen(kw_only=True)
class Codebook:
    """A set of codes; marks are resolved against it on their own day."""

    id: str
    title: str
    codes: tuple[Code, ...]

    def get(self, code: str) -> Code:
        """Return a code with all its versions.

        Raises:
            UnknownCodeError: If the codebook has never held it.
        """
        for known in self.codes:
            if known.code == code:
                return known
        raise UnknownCodeError(
            Fault(
                f"code {code!r}",
                f"is unknown to the codebook {self.id!r}",
                "one of " + " ".join(known.code for known in self.codes),
                "Map the value in the mapping's [values]",
            )
        )

    def at(self, code: str, on: date) -> CodeVersion:
        """Return what a code means on a day.

        Raises:
            UnknownCodeError: If no version ever existed.
            CodeNotYetInForceError: If the code begins later.
            CodeRevokedError: If it was withdrawn before.
        """
        return self.get(code).at(on)
