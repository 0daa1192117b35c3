"""Outcomes: what became of a question to the register, told apart so that nothing found never hides a failure."""

from enum import StrEnum


class Outcome(StrEnum):
    """The five things that can become of a rule or a check."""

    PASSED = "passed"
    """It was asked, and found nothing."""
    FAILED = "failed"
    """It was asked, and found something."""
    NOT_APPLICABLE = "not-applicable"
    """It does not concern this register on this day."""
    NOT_CHECKED = "not-checked"
    """It could not be asked: an input is missing, which is named."""
    ERROR = "error"
    """It broke; the others went on."""
