"""Where the data lies: framework packs beside the package, reference TOML inside it."""

from importlib import resources
from pathlib import Path
from typing import TypeVar

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml, read_text
from attendance_core.errors import Fault, UnreadableFileError

T = TypeVar("T")

#: Name of the folder in a wheel; a checkout calls it ``frameworks``.
PACKED = "framework_packs"


def reference_folder() -> Path:
    """Return the folder of this package that holds its dated facts as TOML."""
    return Path(str(resources.files("attendance_core"))) / "reference"


def frameworks_folder() -> Path:
    """Return the folder of framework packs and ``sources.toml``.

    An installed wheel carries it inside the package; an editable install reads the checkout's ``frameworks/``.

    Raises:
        UnreadableFileError: If neither is there.
    """
    package = Path(str(resources.files("attendance_core")))
    packed = package / PACKED
    checkout = package.parent.parent / "frameworks"
    for folder in (packed, checkout):
        if (folder / "sources.toml").is_file():
            return folder
    raise UnreadableFileError(
        Fault(
            str(packed),
            "the folder of framework packs is missing",
            "a folder with sources.toml",
            "Install the package again, or work from a whole checkout",
        )
    )


def read_reference(name: str, cls: type[T]) -> T:
    """Read one of the package's own TOML documents into a value.

    Args:
        name: Path below the reference folder, as in ``codes/attending.toml``.
        cls: The attrs class wanted.

    Raises:
        UnreadableFileError: If there is no such file.
        DocumentError: With every fault and its key path.
    """
    return parse_reference(read_text(reference_folder() / name), cls, where=name)


def parse_reference(text: str, cls: type[T], *, where: str) -> T:
    """Read TOML text into a value whose named choices are all members of their enumerations.

    Raises:
        DocumentError: With every fault and its key path.
    """
    return structure(parse_toml(text, where=where), cls, where=where)
