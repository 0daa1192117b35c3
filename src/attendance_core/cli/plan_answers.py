"""Answers to a review of a plan, as options write them."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from attendance_core.errors import Fault, InputError
from attendance_core.model.actions import Evidence, EvidenceKind
from attendance_core.model.plan_rows import HalfTermName
from attendance_core.model.plans import Verdict

T = TypeVar("T")


def read_pair(text: str, option: str, convert: Callable[[str], T]) -> tuple[str, T]:
    """Read ``ID=VALUE``.

    Raises:
        InputError: If it is no pair, or ``convert`` raises ValueError, whose text says what was expected.
    """
    id, equals, value = text.partition("=")
    if not (equals and id.strip() and value.strip()):
        raise InputError(Fault(f"{option} {text[:60]!r}", "is no pair", "ID=VALUE", "Write both, with = between them"))
    try:
        return id.strip(), convert(value.strip())
    except ValueError as error:
        expected = str(error)
        raise InputError(Fault(f"{option} {text[:60]!r}", "is not understood", expected, "Correct it")) from None


def read_pairs(
    texts: Iterable[str], option: str, convert: Callable[[str], T], faults: list[Fault], *, once: bool = True
) -> list[tuple[str, T]]:
    """Read every ``ID=VALUE`` of an option, and add what is wrong with any to the faults.

    Args:
        texts: What was given.
        option: The option.
        convert: Reads a value; ValueError says what was expected.
        faults: Where faults are added.
        once: An id that stands twice is one.
    """
    found: list[tuple[str, T]] = []
    for text in texts:
        try:
            pair = read_pair(text, option, convert)
        except InputError as error:
            faults += error.faults
            continue
        if once and pair[0] in dict(found):
            faults.append(Fault(f"{option} {pair[0][:60]!r}", "is given twice", "one value each", "Leave one out"))
        found.append(pair)
    return found


def read_day(text: str) -> date:
    """Read a day written 2025-09-01; ValueError says what was expected."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day written 2025-09-01") from None


def read_half_term(text: str) -> HalfTermName:
    """Read the name of a half term, in any case; ValueError says what was expected."""
    try:
        return HalfTermName(" ".join(text.split()).title())
    except ValueError:
        raise ValueError(f"one of {', '.join(one.value for one in HalfTermName)}") from None


def read_verdict(text: str) -> Verdict:
    """Read the verdict on a target; ValueError says what was expected."""
    try:
        return Verdict(text)
    except ValueError:
        raise ValueError(f"one of {', '.join(one.value for one in Verdict)}") from None


def read_evidence(text: str, on: date) -> Evidence:
    """Read ``KIND:TEXT`` as evidence of that day.

    Raises:
        InputError: If the kind is unknown or the text is empty.
    """
    kind, colon, what = text.partition(":")
    kinds = [one.value for one in EvidenceKind]
    if not colon or kind.strip() not in kinds or not what.strip():
        raise InputError(
            Fault("--evidence", "names no kind of evidence", f"KIND:TEXT, KIND one of {', '.join(kinds)}", "Correct it")
        )
    return Evidence(kind=EvidenceKind(kind.strip()), text=what.strip(), on=on)
