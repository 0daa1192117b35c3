"""Cadences: words and numbers that say how often, read into a rhythm, with a warning where they disagree."""

import re

from attendance_core.errors import DocumentError, Fault, join_names
from attendance_core.model.plan_rows import Cadence, Rhythm

#: The longer phrase first: half-termly holds termly, and fortnightly no weekly.
_WORDS: tuple[tuple[str, Rhythm], ...] = (
    (r"every (?:3|three) to (?:4|four) weeks", Rhythm.EVERY_3_TO_4_WEEKS),
    (r"half[- ]?term(?:ly)?", Rhythm.HALF_TERMLY),
    (r"term(?:ly)?", Rhythm.TERMLY),
    (r"fortnight(?:ly)?|every (?:2|two) weeks", Rhythm.FORTNIGHTLY),
    (r"week(?:ly)?", Rhythm.WEEKLY),
    (r"daily|every day|each day", Rhythm.DAILY),
    (r"annual(?:ly)?|yearly|every year|each year", Rhythm.ANNUAL),
)
_TIMES = re.compile(r"(\d+) times (?:a|per|each) (?:school )?year|(once) (?:a|per|each) (?:school )?year")
_BY_NUMBER = {rhythm.per_year: rhythm for rhythm in Rhythm if rhythm.per_year is not None}


def read_cadence(text: str, *, what: str = "") -> Cadence:
    """Read how often something is done. Both the word and the number are taken; where they differ the number holds.

    >>> read_cadence("at least termly (6 times per year)").every.value
    'half-termly'
    >>> read_cadence("termly").every.per_year
    3

    Args:
        text: Words such as ``half-termly``, ``at least termly (6 times per year)``, ``every two weeks``.
        what: What is done so often.

    Raises:
        DocumentError: If it says no rhythm, or a number of times that no rhythm has.
    """
    flat = " ".join(text.lower().split())
    times = _TIMES.search(flat)
    words = _TIMES.sub(" ", flat)
    word = next((rhythm for pattern, rhythm in _WORDS if re.search(rf"\b(?:{pattern})\b", words)), None)
    if times is None and word is None:
        raise _unread(text)
    every = word
    if times is not None:
        every = _BY_NUMBER.get(int(times[1] or 1))
    if every is None:
        raise _unread(text)
    return Cadence(
        every=every,
        what=what,
        at_least="at least" in flat or "minimum" in flat,
        said=word if word not in (None, every) else None,
    )


def _unread(text: str) -> DocumentError:
    return DocumentError(
        Fault(
            f"{text[:60]!r}",
            "says no rhythm that is known",
            f"{join_names([rhythm.value for rhythm in Rhythm])}, or 1, 3 or 6 times a year",
            "Write one of these",
        )
    )
