"""Characteristics: the few whose spelling differs so much between systems that one spelling is needed."""

import re

_YEAR = re.compile(r"(?:year|yr|y|nc year|nc)?\s*0*(\d{1,2})(?:\s*\(.*\))?", re.IGNORECASE)
_EARLY = {"r": "R", "reception": "R", "yr r": "R", "n1": "N1", "n2": "N2", "nursery": "N", "n": "N"}
_SEX = {"f": "F", "female": "F", "girl": "F", "m": "M", "male": "M", "boy": "M"}
_YES = frozenset(("y", "yes", "t", "true", "1", "x", "✓"))


def canonical(name: str, value: str) -> str:
    """Return a characteristic's value as the library spells it.

    >>> canonical("year_group", "Year 07"), canonical("sex", "Female"), canonical("form", "7A")
    ('7', 'F', '7A')
    """
    folded = value.strip().casefold()
    if name == "year_group":
        match = _YEAR.fullmatch(folded)
        return match[1] if match else _EARLY.get(folded, value.strip())
    if name == "sex":
        return _SEX.get(folded, value.strip())
    return value.strip()


def says_yes(value: str) -> bool:
    """Whether a cell says yes (Y, yes, true, 1, T, x)."""
    return value.strip().casefold() in _YES
