"""Concerns: that a rule holds for an enrolment, with what it counted."""

import re
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.dates import DateRange
from attendance_core.errors import Fault, FigureIdError
from attendance_core.model.selections import RuleUnit
from attendance_core.model.sources import Citation


class Certainty(StrEnum):
    """How firmly a concern stands."""

    MET = "met"
    """What was marked meets the rule."""
    PROVISIONAL = "provisional"
    """Met only if marks that may yet be replaced stand."""
    PROJECTED = "projected"
    """Met if the recent rate goes on."""


#: What a rule gives for each concern; the type of each column. A custom rule gives enrolment_id for enrolment_no.
CONCERN_COLUMNS = {
    "enrolment_no": "whole number (Int32): row of the register's enrolments",
    "start": "date: first day of the episode",
    "end": "date: last day of the episode",
    "met_on": "date: the day on which the rule was met",
    "count": "whole number (Int64): items counted, in the rule's unit",
    "of": "whole number (Int64): possible sessions or weeks that the count is held against; null where there is none",
    "certainty": "text: met, provisional or projected",
    "open": "true or false: whether it still holds on the day asked about",
    "allowance": "whole number (Int64): sessions that may still be missed this year, or null",
    "detail": "text: what the rule adds in words, without names",
}

_ID = re.compile(
    r"(?P<policy>[a-z0-9][a-z0-9._-]*)@(?P<version>\d{4}-\d\d-\d\d)/(?P<rule>[a-z0-9][a-z0-9._-]*)/"
    r"enrolment=(?P<enrolment>[^/]+)/(?P<start>\d{4}-\d\d-\d\d)"
)


_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _coded(text: str) -> str:
    """Write an enrolment's id percent-encoded: without a slash, or anything that a shell would take for its own."""
    return "".join(chr(one) if one in _PLAIN else f"%{one:02X}" for one in text.encode())


def _decoded(text: str) -> str:
    """Read it back.

    Raises:
        ValueError: If the text is not percent-encoded UTF-8.
    """
    return re.sub(rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode()).decode()


@frozen(kw_only=True)
class ConcernId:
    """A concern's name, from which the register can rebuild it.

    Spelled ``policy@version/rule/enrolment=.../start``; the version is the day from which the rule's version holds,
    the start the first day of the episode.

    >>> ConcernId.parse("england-national@2015-09-01/persistent-absence/enrolment=1%7C7%7C2025-09-01/2025-09-03").rule
    'persistent-absence'
    """

    policy: str
    version: date
    rule: str
    enrolment: str = field(repr=False)
    start: date

    def __str__(self) -> str:
        return f"{self.policy}@{self.version}/{self.rule}/enrolment={_coded(self.enrolment)}/{self.start}"

    @classmethod
    def is_one(cls, text: str) -> bool:
        """Say whether a text is spelled like a concern's id, not like a figure's."""
        return _ID.fullmatch(text.strip()) is not None

    @classmethod
    def parse(cls, text: str) -> "ConcernId":
        """Read an id back.

        Raises:
            FigureIdError: If the text is no concern id.
        """
        match = _ID.fullmatch(text.strip())
        try:
            if match is not None:
                return cls(
                    policy=match["policy"],
                    version=date.fromisoformat(match["version"]),
                    rule=match["rule"],
                    enrolment=_decoded(match["enrolment"]),
                    start=date.fromisoformat(match["start"]),
                )
        except ValueError:
            pass
        raise FigureIdError(
            Fault(
                "concern id",
                "is no concern id",
                "policy@version/rule/enrolment=.../start, as attendance concerns prints it",
                "Copy it from the list of concerns",
            )
        )


@frozen(kw_only=True)
class Concern:
    """One concern, as it is shown.

    Attributes:
        id: Policy, version, rule, enrolment, start.
        title: The rule's.
        definition: What the rule says, in words.
        pupil_id: The pupil, as the school calls them.
        school_id: The school.
        episode: First to last day.
        met_on: The day on which the rule was met.
        count: Items counted, in ``unit``.
        of: What they are held against, where there is such a number.
        certainty: How firmly it stands.
        open: It still holds on the day asked about.
        on_roll: The enrolment had not ended by then.
        allowance: Sessions that may still be missed this year.
        recommends: What to consider.
        to: For whom.
        cites: Where the rule comes from.
        doubt: What to know before relying on it.
    """

    id: ConcernId
    title: str
    definition: str
    pupil_id: str = field(repr=False)
    school_id: str
    episode: DateRange
    met_on: date
    count: int
    of: int | None = None
    unit: RuleUnit
    certainty: Certainty
    open: bool
    on_roll: bool
    allowance: int | None = None
    detail: str = ""
    recommends: str
    to: str
    cites: tuple[Citation, ...]
    doubt: str = ""
    settings: tuple[tuple[str, str], ...] = ()
