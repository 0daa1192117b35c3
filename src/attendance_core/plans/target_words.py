"""Target words: the cell of targets as targets of four kinds. Two targets in one sentence are two."""

import re

from attendance_core.model.plan_rows import TargetKind
from attendance_core.model.plans import PlanTarget
from attendance_core.plans.roles import folded

_BULLET = re.compile(r"^\s*(?:[·•◦▪●*\u2013-]|\d+[.)]\s)\s*")
_PERCENT = re.compile(r"(?P<number>\d{1,3}(?:\.\d+)?)\s*(?:%|per ?cent\b)", re.IGNORECASE)
_NATIONAL = re.compile(r"\bnational (?:average|figures?|rates?)\b", re.IGNORECASE)
_GROUPS = re.compile(
    r"\b(?:specific|named|particular|vulnerable|key|individual) (?:groups?|cohorts?|students?|pupils?)\b", re.IGNORECASE
)
_BETTER = re.compile(r"\b(?:improv\w+|increas\w+|rais\w+|reduc\w+|fewer|lower|higher)\b", re.IGNORECASE)
_WHOLE = re.compile(r"\bwhole[- ]school\b|%\s*attendance", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(?:below|under|no more than|at most|less than|reduc\w+|fall\w*)\b", re.IGNORECASE)
_MEASURES = (
    (re.compile(r"\bpersistent(?:ly)? absen\w+|\bPA\b", re.IGNORECASE), "persistent-absence"),
    (re.compile(r"\bsevere(?:ly)? absen\w+", re.IGNORECASE), "severe-absence"),
    (re.compile(r"\bpunctual\w*|\blate(?:ness)?\b", re.IGNORECASE), "late-sessions"),
    (re.compile(r"\bunauthorised\b", re.IGNORECASE), "unauthorised-absence"),
    (re.compile(r"\babsence\b", re.IGNORECASE), "absence"),
    (re.compile(r"\battend\w*", re.IGNORECASE), "attendance"),
)
#: What schools call the groups that this library has.
_COHORTS = {
    "ebsa": "ebsa",
    "eal": "eal",
    "fsm": "fsm",
    "pp": "pupil-premium",
    "pupil premium": "pupil-premium",
    "sen": "sen-support",
    "send": "sen-support",
    "ehc": "ehcp",
    "ehcp": "ehcp",
    "lac": "looked-after",
    "cla": "looked-after",
    "young carers": "young-carer",
}
#: Where a sentence ends and the next begins; not behind "i.e." and the like.
_SENTENCE = re.compile(r"(?<![.][a-z][.])(?<=[.!?])\s+(?=[A-Z])")
_BRACKETS = re.compile(r"\(([^()]*)\)")


def read_targets(text: str, id: str) -> tuple[tuple[PlanTarget, ...], tuple[str, ...]]:
    """Read the cell of targets.

    >>> [one.kind.value for one in read_targets("Attendance meets the national average, aiming for 98%.", "x")[0]]
    ['benchmark', 'numeric']

    Args:
        text: The cell.
        id: Of the objective, for the targets' ids.

    Returns:
        The targets, and what was taken for granted about them.
    """
    doubts: list[str] = []
    targets: list[PlanTarget] = []
    measure = ""
    for paragraph in _paragraphs(text):
        sentences = _SENTENCE.split(paragraph)
        pieces = [piece for sentence in sentences for piece in _parted(sentence)]
        if len(pieces) > 1:
            doubts.append(f"one paragraph holds {len(pieces)} targets: taken as {len(pieces)}")
        for piece in pieces:
            named = next((one for pattern, one in _MEASURES if pattern.search(piece)), "")
            # "... working towards 98 %" speaks of what the target before it named.
            measure = named or measure
            target, doubt = _target(piece, measure, f"{id}-t{len(targets) + 1}")
            targets.append(target)
            doubts += doubt
    return tuple(targets), tuple(doubts)


def _paragraphs(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        plain = " ".join(_BULLET.sub("", line).split())
        if not plain:
            continue
        # What stands in brackets on a line of its own belongs to the line before.
        if plain.startswith("(") and found:
            found[-1] += f" {plain}"
        else:
            found.append(plain)
    return found


def _parted(paragraph: str) -> list[str]:
    """Part a sentence that names a published average and a number of its own."""
    national, percent = _NATIONAL.search(paragraph), _PERCENT.search(paragraph)
    if national is None or percent is None:
        return [paragraph]
    first, second = sorted((national, percent), key=lambda match: match.start())
    between = paragraph[first.end() : second.start()]
    cut = re.search(r"[,;]\s*(?:and\s+)?|\s+and\s+|\s+then\s+", between)
    if cut is None:
        return [paragraph]
    place = first.end() + cut.start()
    return [paragraph[:place].strip(), paragraph[first.end() + cut.end() :].strip()]


def _target(text: str, measure: str, id: str) -> tuple[PlanTarget, list[str]]:
    percent = _PERCENT.search(text)
    cohorts = _named(text)
    if _NATIONAL.search(text) and measure:
        return (
            PlanTarget(id=id, kind=TargetKind.BENCHMARK, text=text, measure=measure, benchmark="national-average"),
            [f"a target is taken as: {measure} against the national average"],
        )
    if percent is not None:
        number = float(percent["number"])
        taken = measure or "attendance"
        low = not (_AT_MOST.search(text) or taken not in ("attendance",))
        return (
            PlanTarget(
                id=id,
                kind=TargetKind.NUMERIC,
                text=text,
                measure=taken,
                at_least=number if low else None,
                at_most=None if low else number,
            ),
            [f"a target is taken as: {taken} {'at least' if low else 'at most'} {number:g}"],
        )
    if cohorts or (_GROUPS.search(text) and measure):
        named = f"of {', '.join(cohorts)}" if cohorts else "of groups that are not named, so no figure can tell"
        return (
            PlanTarget(id=id, kind=TargetKind.GROUP, text=text, measure=measure or "attendance", cohorts=cohorts),
            [f"a target is taken as: {measure or 'attendance'} {named}"],
        )
    if _BETTER.search(text) and _WHOLE.search(text) and measure:
        return (
            PlanTarget(id=id, kind=TargetKind.BENCHMARK, text=text, measure=measure, benchmark="own-year-before"),
            [f"a target is taken as: {measure} better than a year before"],
        )
    return PlanTarget(id=id, kind=TargetKind.QUALITATIVE, text=text), []


def _named(text: str) -> tuple[str, ...]:
    """Return the cohorts that a text lists in brackets."""
    for inside in _BRACKETS.findall(text):
        words = [folded(word) for word in re.split(r"[,;/]| and ", inside) if word.strip()]
        found = [_COHORTS[word] for word in words if word in _COHORTS]
        if found:
            return tuple(dict.fromkeys(found))
    return ()
