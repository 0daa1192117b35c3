"""Profiles and settings: named sets of definition choices."""

from datetime import date

from attrs import frozen

from attendance_core.model.sources import Citation


@frozen(kw_only=True)
class Setting:
    """A question that the law or the statistics leave open, with a stated default.

    Attributes:
        choices: The values allowed, as text; dates in ISO form.
        reading: Decided while a register is read, so that all figures of a register share the choice.
        column: The characteristic by which it is judged; empty: none.
        words: Values of that characteristic that it is about, beside those that say yes.
    """

    id: str
    title: str
    default: str
    choices: tuple[str, ...]
    question: str
    cites: tuple[Citation, ...]
    last_checked_on: date
    reading: bool = False
    column: str = ""
    words: tuple[str, ...] = ()


@frozen(kw_only=True)
class Profile:
    """A named set of choices; every figure names the one it was worked out under."""

    id: str
    title: str
    settings: tuple[tuple[str, str], ...] = ()

    def get(self, setting: str) -> str:
        """Return the choice made for a setting (the profile always holds all of them)."""
        return dict(self.settings)[setting]


@frozen(kw_only=True)
class NotChecked:
    """A choice of a profile that a register cannot judge: there it is not applied, and that is said.

    Attributes:
        setting: Id of the setting.
        reason: What is missing; no number and no id, so that any reader may see it.
        enrolments: How many enrolments are kept for want of it; None: it is applied to none.
    """

    setting: str
    reason: str
    enrolments: int | None = None

    @property
    def told(self) -> str:
        """As a sentence."""
        where = "not checked" if self.enrolments is None else "not checked for some enrolments"
        return f"Clause {self.setting} {where}: {self.reason}."
