"""Headings: what schools' systems call their columns, and the words they write for marks."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from attrs import field, frozen

from attendance_core.reference.locate import read_reference

_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class TraitKind(StrEnum):
    """Which values of a characteristic make sense."""

    GROUP = "group"
    YEAR = "year"
    SEX = "sex"
    SEN = "sen"
    YES_NO = "yes-no"


@frozen(kw_only=True)
class FieldHeadings:
    """A field of the library and the headings that stand for it, best first."""

    name: str
    headings: tuple[str, ...]


@frozen(kw_only=True)
class CountHeadings:
    """Headings over numbers of sessions, and the code that these are sessions of."""

    code: str
    headings: tuple[str, ...]


@frozen(kw_only=True)
class TraitHeadings:
    """A characteristic and the headings that stand for it, best first."""

    name: str
    kind: TraitKind
    headings: tuple[str, ...]


@frozen(kw_only=True)
class Word:
    """A word or letter that stands for a mark; a certain one needs no question."""

    word: str
    code: str
    certain: bool = False


@frozen(kw_only=True)
class Sign:
    """A sign that stands beside DfE's codes in some exports; an empty code says that no mark was made."""

    sign: str
    code: str


@frozen(kw_only=True)
class HeadingsDocument:
    """The file of headings and words."""

    fields: tuple[FieldHeadings, ...]
    counts: tuple[CountHeadings, ...] = field(factory=tuple)
    characteristics: tuple[TraitHeadings, ...] = field(factory=tuple)
    words: tuple[Word, ...] = field(factory=tuple)
    signs: tuple[Sign, ...] = field(factory=tuple)


def fold(heading: str) -> str:
    """Bring a heading to its letters and digits, in lower case.

    >>> fold("AM/PM"), fold("studentId"), fold("STUDENT_ID")
    ('ampm', 'studentid', 'studentid')
    """
    return "".join(character for character in heading.casefold() if character.isalnum())


def tokens(heading: str) -> frozenset[str]:
    """Split a heading into its words, in lower case.

    >>> sorted(tokens("calendarStartDate"))
    ['calendar', 'date', 'start']
    """
    return frozenset(token.casefold() for token in _TOKENS.findall(heading))


@cache
def load_headings() -> HeadingsDocument:
    """Read the headings that are shipped.

    Raises:
        DocumentError: With every fault of the file.
    """
    return read_reference("headings.toml", HeadingsDocument)


@cache
def field_ranks() -> Mapping[str, Mapping[str, int]]:
    """Return for each field its folded headings with their rank, 0 being the best."""
    return MappingProxyType(
        {
            entry.name: MappingProxyType({fold(text): rank for rank, text in enumerate(entry.headings)})
            for entry in load_headings().fields
        }
    )
