"""Roles: the words by which people stand in a plan, with the other names that schools use for them."""

import re
from datetime import date
from functools import cache

from attrs import frozen

from attendance_core.errors import DocumentError
from attendance_core.model.sources import Citation
from attendance_core.reference.locate import read_reference
from attendance_core.reference.sources import check_cites, load_sources


@frozen(kw_only=True)
class Role:
    """One role.

    Attributes:
        title: As plans write it.
        aliases: Other names of it, in any case.
    """

    title: str
    aliases: tuple[str, ...] = ()


@frozen(kw_only=True)
class RolesDocument:
    """The file of roles."""

    last_checked_on: date
    cites: tuple[Citation, ...]
    role: tuple[Role, ...]


@cache
def load_roles() -> tuple[Role, ...]:
    """Return every role that is known.

    Raises:
        DocumentError: With every fault of the file.
    """
    document = read_reference("roles.toml", RolesDocument)
    faults = check_cites(document.cites, where="roles.toml", known=tuple(load_sources()))
    if faults:
        raise DocumentError(*faults)
    return document.role


@cache
def _by_name() -> dict[str, str]:
    return {folded(name): role.title for role in load_roles() for name in (role.title, *role.aliases)}


def folded(text: str) -> str:
    """Return a name as it is compared: case, full stops and runs of spaces do not matter.

    >>> folded("Head of  House ")
    'head of house'
    """
    return re.sub(r"\s+", " ", text.replace(".", " ")).strip().casefold()


def role_of(text: str) -> str | None:
    """Return the title of a role by any of its names; None where it is none that is known.

    >>> role_of("HoH"), role_of("J. Smith")
    ('head of year or house', None)
    """
    return _by_name().get(folded(text))


#: Abbreviations of offices, which are nobody's initials.
_OFFICES = frozenset({"SLT", "DSL", "LA", "DHT", "AHT", "EWO", "MAT", "EAL", "SEN", "HT"})


def is_initials(text: str) -> bool:
    """Say whether somebody stands as initials where a role belongs.

    >>> is_initials("QZ/XY"), is_initials("SLT / DSL")
    (True, False)
    """
    parts = re.split(r"\s*[/&,]\s*", text.strip())
    short = all(re.fullmatch(r"[A-Z]{2,3}", part) for part in parts)
    return short and any(part not in _OFFICES and role_of(part) is None for part in parts)
