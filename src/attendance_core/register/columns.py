"""Headings in messages: what may be said of a file's columns.

A file without its line of headings, or with a column for each pupil, has ids and names where headings should be. Only
headings made of words that systems use for columns are repeated.
"""

from collections.abc import Iterable
from functools import cache

from attendance_core.errors import alike, join_names
from attendance_core.reference.headings import load_headings, tokens

#: Words of headings that stand in no list of known ones.
_MORE = (
    "am pm mon tue tues wed weds thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday "
    "column of the and or in on at mark marks code name type value status comment comments notes text time total count"
)
#: A heading this much longer or shorter than the one missed is shown only if its words are known.
_SLIP = 4


@cache
def _words() -> frozenset[str]:
    headings = load_headings()
    entries = (headings.fields, headings.counts, headings.characteristics)
    listed = [heading for group in entries for entry in group for heading in entry.headings]
    known = {word for heading in listed for word in tokens(heading)}
    return frozenset(word for word in known if word.isalpha()) | set(_MORE.split())


def tellable(heading: str) -> bool:
    """Whether a heading consists of words that systems use for columns, and of numbers of one or two digits.

    >>> tellable("Pupil ID"), tellable("Ann Lee"), tellable("801234")
    (True, False, False)
    """
    found = tokens(heading)
    spelled = heading.isascii() and bool(found & _words())
    return spelled and all(word in _words() or (word.isdigit() and len(word) < 3) for word in found)


def missing_column_remedy(column: str, columns: Iterable[str]) -> str:
    """Say which columns look like a missing one, or else which there are.

    Args:
        column: The name that was looked for.
        columns: The names that the file has.
    """
    listed = list(columns)
    near = [name for name in alike(column, listed) if abs(len(name) - len(column)) <= _SLIP or tellable(name)]
    if near:
        return f"Alike: {join_names(near)}"
    return columns_there(listed)


def columns_there(columns: Iterable[str]) -> str:
    """Say which columns a file has; of headings that may be somebody's id or name, only how many."""
    listed = list(columns)
    told = [name for name in listed if tellable(name)]
    rest = len(listed) - len(told)
    if not listed:
        return "The file has no columns"
    if len(told) * 2 < len(listed):
        return "Hardly a heading of the file is a known one: see whether its first line holds headings"
    others = f" and {rest} with a heading that is not repeated here" if rest else ""
    return f"The file has {join_names(told, limit=20)}{others}"
