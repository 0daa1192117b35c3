"""Profiles and settings: named sets of definition choices."""

from datetime import date

from attrs import frozen

from attendance_core.model.sources import Citation


@frozen(kw_only=True)
class Setting:
    """A question that the law or the statistics leave open, with a stated default.

    Attributes:
        choices: The values allowed, as text; dates in ISO form.
    """

    id: str
    title: str
    default: str
    choices: tuple[str, ...]
    question: str
    cites: tuple[Citation, ...]
    last_checked_on: date


@frozen(kw_only=True)
class Profile:
    """A named set of choices; every figure names the one it was worked out under."""

    id: str
    title: str
    settings: tuple[tuple[str, str], ...] = ()

    def get(self, setting: str) -> str:
        """Return the choice made for a setting (the profile always holds all of them)."""
        return dict(self.settings)[setting]
