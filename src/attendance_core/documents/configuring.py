"""Reading ``attendance.toml`` and the small documents beside it: mappings and calendars."""

from pathlib import Path
from typing import Any

from attrs import frozen

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import load_toml, parse_toml, read_text
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.configuration import Configuration
from attendance_core.model.mappings import Mapping

CONFIG_NAME = "attendance.toml"


@frozen(kw_only=True)
class CalendarFile:
    """The form of a calendar file: one ``[[calendar]]`` a school, or a school and academic year."""

    calendar: tuple[CalendarDocument, ...]


def find_config(folder: str | Path) -> Path | None:
    """Return the nearest ``attendance.toml`` from a folder upward."""
    folder = Path(folder)
    for place in (folder, *folder.parents):
        if (place / CONFIG_NAME).is_file():
            return place / CONFIG_NAME
    return None


def load_config(path: str | Path) -> Configuration:
    """Read a configuration.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    return load_toml(Path(path), Configuration)


def load_calendars(path: str | Path) -> tuple[CalendarDocument, ...]:
    """Read a calendar file.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    return load_toml(Path(path), CalendarFile).calendar


def load_mapping(path: str | Path) -> Mapping:
    """Read a mapping file: the mapping's keys at the top, or under ``[mapping]``; the id may be left out.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    path = Path(path)
    data: Any = parse_toml(read_text(path), where=path.name)
    if isinstance(data.get("mapping"), dict):
        data = data["mapping"]
    return structure({"id": path.stem, **data}, Mapping, where=path.name)
