"""Errors: one root, fields plus text, every fault at once.

An error is part of the interface: it says what was wrong, where, what was expected and what to do.
No error text holds a pupil's name or identifier: input is named by file, row and column.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeVar

T = TypeVar("T")


class Fault(NamedTuple):
    """One thing that was wrong.

    Attributes:
        where: File, row or key path, as in ``attendance.toml: calendar.term[2].end``.
        what: What was found there.
        expected: What would have been right.
        remedy: What to do about it.
    """

    where: str
    what: str
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.expected:
            text += f" Expected: {self.expected}" if text.endswith((".", "?")) else f"; expected {self.expected}"
        return _ended(f"{_ended(text)} {self.remedy}" if self.remedy else text)


def _ended(text: str) -> str:
    return text if text.endswith((".", "?")) else text + "."


class AttendanceError(Exception):
    """Root of every error that this package raises.

    What to do: catch this one around calls to the library; ``faults`` holds everything that was found.

    Attributes:
        faults: All faults found, in the order of the input.
        code: A stable name for programs.
        exit_code: The exit status that the command line gives.
    """

    code: ClassVar[str] = "attendance-error"
    exit_code: ClassVar[int] = 2

    def __init__(self, *faults: Fault) -> None:
        self.faults: tuple[Fault, ...] = faults
        super().__init__("\n".join(str(fault) for fault in faults))

    @classmethod
    def of(cls, where: str, what: str, expected: str = "", remedy: str = "") -> "AttendanceError":
        """Build the error for a single fault."""
        return cls(Fault(where, what, expected, remedy))

    def __reduce__(self) -> tuple[type["AttendanceError"], tuple[Fault, ...]]:
        return type(self), self.faults


class InputError(AttendanceError):
    """The input cannot be used at all.

    What to do: read each fault: it names the file, row or key path, and the remedy.
    """

    code = "unusable-input"


class UnreadableFileError(InputError):
    """A file is missing, empty, or not what its name says.

    What to do: check the path, or export the file again as CSV, XLSX or Parquet.
    """

    code = "unreadable-file"


class MissingColumnError(InputError):
    """A column that the mapping names is not in the file.

    What to do: correct the name in the mapping; the message lists the columns that look alike.
    """

    code = "missing-column"


class LayoutError(InputError):
    """The file is laid out otherwise than asked, such as lesson marks where sessions were wanted.

    What to do: name a mapping with the right layout, or let ``attendance init`` look at the file.
    """

    code = "wrong-layout"


class DocumentError(InputError):
    """A TOML or JSON document breaks its own rules; one fault a key path.

    What to do: correct the keys named; all faults of the document are listed at once.
    """

    code = "bad-document"


class UnknownNameError(InputError):
    """A name (mapping, cohort, measure, outline, format) that nothing provides.

    What to do: use one of the names listed; a name of a plugin needs the plugin to be installed.
    """

    code = "unknown-name"


class MissingLibraryError(InputError):
    """Something needs a library that is an extra of this package and is not installed.

    What to do: install the extra that the message names; nothing else depends on it.
    """

    code = "missing-library"


class FigureIdError(InputError):
    """A figure id that cannot be read or rebuilt from this register.

    What to do: copy the id from a report, and read the register with the same files as that report.
    """

    code = "bad-figure-id"


class CodebookError(AttendanceError):
    """A code was asked for on a day on which it has no meaning.

    What to do: ask for the code of that day; ``attendance codes --on DATE`` lists them.
    """

    code = "codebook"


class UnknownCodeError(CodebookError):
    """No codebook has ever held this code.

    What to do: say under ``[mapping.values]`` which code the value stands for.
    """

    code = "unknown-code"


class CodeNotYetInForceError(CodebookError):
    """The code exists, but only from a later day.

    What to do: use the code of that day, or correct the date.
    """

    code = "code-not-yet-in-force"


class CodeRevokedError(CodebookError):
    """The code existed and was withdrawn before this day.

    What to do: use the code that replaced it; the message names it where one is known.
    """

    code = "code-revoked"


class StoreError(AttendanceError):
    """A store cannot read or write: no room on the disk, no permission, or another program holds it.

    What to do: see to what the message names, then save again; what was saved before is unharmed.
    """

    code = "store-failed"


class ConflictError(StoreError):
    """A document changed since it was read, so that saving would undo somebody's change.

    What to do: read it again, make your change on what is there now, and save that.
    """

    code = "conflict"


class MissingDocumentError(StoreError):
    """A store holds nothing under this key.

    What to do: use one of the keys that the store lists, or save the document first.
    """

    code = "missing-document"


class DamagedDocumentError(StoreError):
    """What lies in a store is not what was saved there.

    What to do: put the file back from a backup; nothing is added to it until then.
    """

    code = "damaged-document"


class PluginError(AttendanceError):
    """A plugin failed, or returned something other than its hook promises.

    What to do: update or remove the plugin that the message names, and tell whoever publishes it.
    """

    code = "plugin-failed"
    exit_code = 3


class PluginClashError(PluginError):
    """Two providers claim one name.

    What to do: remove one of the two plugins that the message names.
    """

    code = "plugin-clash"


def named(
    name: str, known: Mapping[str, T], what: str, *, see: str = "See: attendance plugins list", file: bool = False
) -> T:
    """Return what is known under a name.

    Args:
        name: The name.
        known: Everything that can be named.
        what: What is named, for messages, such as ``policy``.
        see: What to do where nothing looks alike.
        file: A TOML file can be named instead.

    Raises:
        UnknownNameError: If there is none; with what looks alike.
    """
    if name in known:
        return known[name]
    near = alike(name, known)
    listed = f"one of {join_names(known, limit=30)}"
    raise UnknownNameError(
        Fault(
            f"{what} {name!r}",
            "nothing provides it",
            f"a TOML file, or {listed}" if file else listed,
            f"Did you mean {near[0]!r}?" if near else see,
        )
    )


def together(errors: Sequence["InputError"]) -> "InputError":
    """Return one error with the faults of several; of the first one's class."""
    return type(errors[0])(*(fault for error in errors for fault in error.faults))


def join_names(names: Iterable[str], *, limit: int = 12) -> str:
    """List names for a message, cut to a readable number.

    >>> join_names(["a", "b"])
    'a, b'
    """
    listed = list(names)
    shown = ", ".join(listed[:limit])
    return shown + (f" and {len(listed) - limit} more" if len(listed) > limit else "")


def alike(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known names that look like a mistyped one, best first.

    >>> alike("atendance", ["attendance", "absence"])
    ('attendance',)
    """
    from difflib import get_close_matches

    by_fold = {candidate.casefold(): candidate for candidate in known}
    return tuple(by_fold[match] for match in get_close_matches(name.casefold(), by_fold, n=3, cutoff=0.6))
