"""Target words: the cell of targets as targets of four kinds. Two targets in one sentence are two."""

import re
from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve

from attendance_core.model.plan_rows import TargetKind
from attendance_core.model.plans import PlanTarget
from attendance_core.plans.layout import BULLETS
from attendance_core.reference.roles import folded

_PERCENT = re.compile(r"(?P<number>\d{1,3}(?:\.\d+)?)\s*(?:%|per ?cent\b)", re.IGNORECASE)
#: Where a figure comes from, which is not what it is to reach.
_START = re.compile(r"\bfrom\s+(?P<number>\d{1,3}(?:\.\d+)?)\s*(?:%|per ?cent\b|(?=to\b))", re.IGNORECASE)
_NATIONAL = re.compile(r"\bnational (?:average|figures?|rates?)\b", re.IGNORECASE)
_GROUPS = re.compile(
    r"\b(?:specific|named|particular|vulnerable|key|individual) (?:groups?|cohorts?|students?|pupils?)\b", re.IGNORECASE
)
_BETTER = re.compile(r"\b(?:improv\w+|increas\w+|rais\w+|reduc\w+|fewer|lower|higher)\b", re.IGNORECASE)
_LEVEL = re.compile(r"\b(?:no|not|same|maintain\w*|keep\w*)\b|n['\u2019]t\b", re.IGNORECASE)
_YEAR_BEFORE = re.compile(
    r"\b(?:last|previous|prior) (?:(?:academic|school) )?year(?:['\u2019]?s)?\b|\ba year (?:before|ago|earlier)\b"
    r"|\byear[- ]on[- ]year\b",
    re.IGNORECASE,
)
#: Which way a figure is to go: more attendance, less of everything else; "better" and "improved" fit both.
_MORE = re.compile(r"\b(?:better|improv\w+|increas\w+|rais\w+|rises?|higher|above|exceed\w*)\b", re.IGNORECASE)
_LESS = re.compile(r"\b(?:better|improv\w+|reduc\w+|decreas\w+|falls?|drops?|fewer|lower|less|below)\b", re.IGNORECASE)
_WHOLE = re.compile(r"\bwhole[- ]school\b|%\s*attendance", re.IGNORECASE)
_NOT = r"(?:\b(?:not?|never|cannot|without)|n['\u2019]t)(?: \w+){0,2}? "
_NOT_UNDER = re.compile(rf"{_NOT}(?:below|under|(?:less|lower|fewer) than|fall\w*|drop\w*)\b", re.IGNORECASE)
_NOT_OVER = re.compile(rf"{_NOT}(?:above|over|(?:more|higher) than|exceed\w*|ris\w+)\b", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(?:below|under|at most|less than)\b", re.IGNORECASE)
#: A share of people, or something about each of them: no rate of sessions says it.
_PEOPLE = r"(?:pupil|student|child|parent|famil|staff|teacher|tutor)"
_OF_PEOPLE = re.compile(
    rf"(?:%|per ?cent) of (?:\w+ ){{0,2}}{_PEOPLE}"
    rf"|\b(?:no|every|each|any|fewer|more|number of|proportion of|percentage of) (?:\w+ )?{_PEOPLE}",
    re.IGNORECASE,
)
#: Groups beside a number for which this library has no one cohort.
_OTHERS = re.compile(
    r"\b(?:boys|girls|males?|females?|disadvantaged|sixth form\w*|key stage|KS ?\d|years \d|boarders?|travellers?)\b",
    re.IGNORECASE,
)
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
_COHORT = re.compile(
    r"\b(?:EBSA|EAL|FSM|PP|SEND?|EHCP?|LAC|CLA)\b|\b(?i:pupil premium|young carers|year (?P<year>\d{1,2}))\b"
)
#: What stands between two groups of a list.
_LISTED = re.compile(r"\s*(?:pupils|students|children)?\s*(?:[,;/&]|\band\b|\bor\b)+\s*(?:and\s+)?", re.IGNORECASE)
_UNCERTAIN = "a target names a number, and not for certain of what or of whom: none was taken, and people judge it"
_COMPARES = "a target compares, and not for certain what, whom or which way: none was taken, and people judge it"
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
            # "... working towards 98 %" speaks of what the target before it named.
            measure = _measure(piece) or measure
            found, doubt = _targets(piece, measure)
            targets += [evolve(one, id=f"{id}-t{place}") for place, one in enumerate(found, start=len(targets) + 1)]
            doubts.append(doubt)
    return tuple(targets), tuple(doubt for doubt in doubts if doubt)


def _paragraphs(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        plain = " ".join(BULLETS.sub("", line).split())
        if not plain:
            continue
        # What stands in brackets on a line of its own belongs to the line before.
        if plain.startswith("(") and found:
            found[-1] += f" {plain}"
        else:
            found.append(plain)
    return found


def _parted(paragraph: str) -> list[str]:
    """Part a sentence that names several numbers, or a published average and a number of its own."""
    anchors = sorted((*_NATIONAL.finditer(paragraph), *_numbers(paragraph)), key=lambda match: match.start())
    pieces, begin = [], 0
    for first, second in pairwise(anchors):
        cut = re.search(r"[,;]\s*(?:and\s+)?|\s+and\s+|\s+then\s+", paragraph[first.end() : second.start()])
        if cut is None or re.search(r"\bbetween\b", paragraph, re.IGNORECASE):
            return [paragraph]
        pieces.append(paragraph[begin : first.end() + cut.start()].strip())
        begin = first.end() + cut.end()
    return [*pieces, paragraph[begin:].strip()]


def _numbers(text: str) -> list[re.Match[str]]:
    """Return the percentages that a text is to reach: not where it starts from, and of several none in brackets."""
    starts = [match.span() for match in _START.finditer(text)]
    found = [one for one in _PERCENT.finditer(text) if not any(start <= one.start() < end for start, end in starts)]
    asides = [match.span() for match in _BRACKETS.finditer(text)]
    plain = [one for one in found if not any(start < one.start() < end for start, end in asides)]
    return plain if plain and len(found) > 1 else found


def _targets(text: str, measure: str) -> tuple[list[PlanTarget], str]:
    """Return the targets of one piece, their ids still to come, and what was taken for granted."""
    numbers = _numbers(text)
    national = _NATIONAL.search(text) is not None and measure != ""
    people = PlanTarget(id="-", kind=TargetKind.QUALITATIVE, text=text)
    if national or numbers:
        taken = measure or "attendance"
        populations = _populations(text)
        aim = None if populations is None or (taken == "attendance" and _OF_PEOPLE.search(text)) else "national"
        if aim and not national:
            aim = _aim(text, taken, numbers)
        if aim is None or populations is None:
            return [people], _UNCERTAIN
        whom = "" if populations == ("all",) else f" of {', '.join(populations)}"
        if aim == "national":
            base = PlanTarget(id="-", kind=TargetKind.BENCHMARK, text=text, measure=taken, benchmark="national-average")
            told = "against the national average"
        else:
            number = float(numbers[0]["number"])
            base = PlanTarget(
                id="-",
                kind=TargetKind.NUMERIC,
                text=text,
                measure=taken,
                at_least=number if aim == "at_least" else None,
                at_most=number if aim == "at_most" else None,
            )
            told = f"{aim.replace('_', ' ')} {number:g}"
        return [evolve(base, population=one) for one in populations], f"a target is taken as: {taken}{whom} {told}"
    cohorts = _bracketed(text)
    if cohorts or (_GROUPS.search(text) and measure):
        named = f"of {', '.join(cohorts)}" if cohorts else "of groups that are not named, so no figure can tell"
        taken = measure or "attendance"
        group = PlanTarget(id="-", kind=TargetKind.GROUP, text=text, measure=taken, cohorts=cohorts)
        return [group], f"a target is taken as: {taken} {named}"
    if _BETTER.search(text) and _WHOLE.search(text) and measure:
        better = PlanTarget(id="-", kind=TargetKind.BENCHMARK, text=text, measure=measure, benchmark="own-year-before")
        return [better], f"a target is taken as: {measure} better than a year before"
    if _YEAR_BEFORE.search(text) or _NATIONAL.search(text):
        return _against_the_year_before(text) or ([people], _COMPARES)
    return [people], ""


def _against_the_year_before(text: str) -> tuple[list[PlanTarget], str] | None:
    """Return the targets of a piece that asks for more, or less, than a year before; None where that is not certain."""
    # What an earlier sentence spoke of is not meant: "Letters are better than last year" is of no rate.
    measure = _measure(text)
    if not measure or not _YEAR_BEFORE.search(text) or _LEVEL.search(text) or _OF_PEOPLE.search(text):
        return None
    wanted, other = (_MORE, _LESS) if measure == "attendance" else (_LESS, _MORE)
    found = {match[0].lower() for match in wanted.finditer(text)}
    populations = _populations(text)
    if populations is None or not found or {match[0].lower() for match in other.finditer(text)} - found:
        return None
    whom = "" if populations == ("all",) else f" of {', '.join(populations)}"
    base = PlanTarget(id="-", kind=TargetKind.BENCHMARK, text=text, measure=measure, benchmark="own-year-before")
    told = f"a target is taken as: {measure}{whom} better than a year before"
    return [evolve(base, population=one) for one in populations], told


def _measure(text: str) -> str:
    """Return the measure that a text names; empty: none."""
    return next((one for pattern, one in _MEASURES if pattern.search(text)), "")


def _aim(text: str, measure: str, numbers: Sequence[re.Match[str]]) -> str | None:
    """Return ``at_least`` or ``at_most``; None where that is not certain."""
    if len(numbers) > 1 or float(numbers[0]["number"]) > 100:
        return None
    start = _START.search(text)
    if start is not None:
        low = float(numbers[0]["number"]) > float(start["number"])
    elif _NOT_UNDER.search(text) or _NOT_OVER.search(text):
        low = _NOT_UNDER.search(text) is not None
    else:
        low = measure == "attendance" and _AT_MOST.search(text) is None
    # Nobody wants attendance to be at most something, nor more absence.
    return ("at_least" if low else "at_most") if low == (measure == "attendance") else None


def _populations(text: str) -> tuple[str, ...] | None:
    """Return of whom a number speaks, ``all`` where nobody is named; None where that is not certain."""
    bracketed = _bracketed(text)
    if bracketed:
        return bracketed
    if _OTHERS.search(text) or _GROUPS.search(text):
        return None
    found = list(_COHORT.finditer(text))
    if any(_LISTED.fullmatch(text[first.end() : second.start()]) is None for first, second in pairwise(found)):
        return None
    named = [f"year-group={one['year']}" if one["year"] else _COHORTS[folded(one[0])] for one in found]
    return tuple(dict.fromkeys(named)) or ("all",)


def _bracketed(text: str) -> tuple[str, ...]:
    """Return the cohorts that a text lists in brackets."""
    for inside in _BRACKETS.findall(text):
        words = [folded(word) for word in re.split(r"[,;/]| and ", inside) if word.strip()]
        found = [_COHORTS[word] for word in words if word in _COHORTS]
        if found:
            return tuple(dict.fromkeys(found))
    return ()
