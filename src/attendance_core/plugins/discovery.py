"""Discovery: the entry points of installed distributions, in an order that does not depend on the machine."""

import importlib.metadata
import re
from importlib.metadata import Distribution, EntryPoint
from pathlib import PurePath
from types import TracebackType

from attrs import frozen

BUILTIN = "attendance_core.plugins.builtin"
"""The module of the built-in plugin."""

LOADING = (Exception, SystemExit)
"""What a plugin may raise without ending the host; an interrupt from the keyboard is the user's, not the plugin's."""


def survivable(error: BaseException) -> bool:
    """Whether the host goes on after an exception of a plugin.

    A panic in a library written in Rust arrives as a class outside ``Exception`` that cannot be imported by name.
    """
    return isinstance(error, LOADING) or type(error).__name__ == "PanicException"


@frozen(kw_only=True)
class Candidate:
    """An entry point found, not loaded.

    Attributes:
        entry: None if the distribution's metadata could not be read; ``error`` then says why.
        clash: Label of the distribution whose entry point of the same name comes first; empty if this is the first.
    """

    name: str
    distribution: str
    version: str
    entry: EntryPoint | None = None
    error: str = ""
    clash: str = ""

    @property
    def builtin(self) -> bool:
        """Whether it is this package's own."""
        return self.entry is not None and self.entry.value.replace(" ", "") == BUILTIN


def one_line(text: str, *, limit: int = 300) -> str:
    """Make a text fit for one line of a message.

    >>> one_line("a  b")
    'a b'
    """
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= limit else flat[: limit - 3] + "..."


def describe(error: BaseException) -> str:
    """Return type and message of an exception, on one line.

    >>> describe(ValueError("no"))
    'ValueError: no'
    """
    try:
        text = one_line(str(error))
    except Exception:  # an exception whose text raises has no text
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def place(traceback: TracebackType | None) -> str:
    """Say where in a plugin's own file it went wrong, or nothing; without any value that it was working on.

    The first frame is the host's; the plugin's file is the next one's, and its last line there is named.
    """
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    if len(frames) < 2:
        return ""
    file = frames[1][0]
    line = [number for name, number in frames if name == file][-1]
    return f"at {PurePath(file).name} line {line}"


def normalised(name: str) -> str:
    """Return a distribution's name as indexes compare it.

    >>> normalised("Acme_Attendance")
    'acme-attendance'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def candidates(group: str) -> tuple[Candidate, ...]:
    """Return the entry points of a group: this package's own first, then by distribution and name.

    Distributions are read one by one, so that one with broken metadata costs no other its plugins. Of two
    distributions of one name, the one that imports would find counts.
    """
    found: list[Candidate] = []
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except LOADING:
            continue  # unreadable: it cannot be said to have named this group
        if group not in text:
            continue
        name = _name(distribution)
        if normalised(name) in seen:
            continue
        seen.add(normalised(name))
        found += _candidates(_active(distribution, name), name, group)
    found.sort(key=lambda one: (not one.builtin, normalised(one.distribution), one.name))
    first: dict[str, Candidate] = {}
    result = []
    for one in found:
        before = first.setdefault(one.name, one) if one.entry is not None else one
        clash = "" if before is one else f"{before.distribution} {before.version}".strip()
        result.append(
            Candidate(
                name=one.name,
                distribution=one.distribution,
                version=one.version,
                entry=one.entry,
                error=one.error,
                clash=clash,
            )
        )
    return tuple(result)


def _candidates(distribution: Distribution, name: str, group: str) -> list[Candidate]:
    version = ""
    try:
        version = one_line(distribution.version or "", limit=60)
        entries = [entry for entry in distribution.entry_points if entry.group == group]
    except LOADING as error:
        what = f"its metadata cannot be read ({describe(error)})"
        return [Candidate(name=name, distribution=name, version=version, error=what)]
    return [
        Candidate(name=one_line(entry.name, limit=60), distribution=name, version=version, entry=entry)
        for entry in entries
    ]


def _name(distribution: Distribution) -> str:
    try:
        return one_line(distribution.metadata["Name"] or "", limit=100) or "(unnamed)"
    except LOADING:
        return "(unnamed)"


def _active(distribution: Distribution, name: str) -> Distribution:
    """Return the distribution that a look-up by name gives: an earlier folder of the path hides a later one."""
    try:
        return importlib.metadata.distribution(name)
    except LOADING:
        return distribution
