"""Sources and citations: where a fact comes from, and how sure it is."""

from datetime import date
from enum import StrEnum

from attrs import frozen


class Standing(StrEnum):
    """How well a cited statement is supported."""

    VERIFIED = "verified"
    """Read in a primary or official source."""
    SECONDARY = "secondary"
    """Read in somebody's paraphrase or quotation of the primary source."""
    UNVERIFIED = "unverified"
    """Not confirmed: it stands behind a setting."""
    LIBRARY = "library"
    """A choice of this library, no rule of anybody's."""


@frozen(kw_only=True)
class Source:
    """A document that facts are carried over from.

    Attributes:
        title: Its title.
        publisher: Who published it.
        url: Where it is, https://...; a name of its own, urn:..., where it is in no public place.
        consulted_on: The day on which somebody last read it.
        licence: Under which terms it may be used.
        note: What a reader should know of it.
    """

    id: str
    title: str
    publisher: str
    url: str
    consulted_on: date
    licence: str = ""
    note: str = ""


@frozen(kw_only=True)
class Citation:
    """A place in a source, inside the dated value that it supports.

    Attributes:
        source: Id of the source.
        provision: Where in it, as in a section or page.
        standing: How well it supports the value.
        note: What it says there, in own words.
    """

    source: str
    provision: str = ""
    standing: Standing = Standing.VERIFIED
    note: str = ""
