"""Outlines: what a report holds, in which order, for whom. TOML; a plugin can bring others."""

from importlib import resources

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml
from attendance_core.errors import DocumentError, Fault
from attendance_core.measures.definitions import get_measure
from attendance_core.model.reports import Outline


def check_outline(outline: Outline, where: str) -> None:
    """Check that an outline's sections and measures exist.

    Raises:
        DocumentError: If it has no section.
        UnknownNameError: If it names a measure that does not exist.
    """
    if not outline.sections:
        raise DocumentError(Fault(f"{where}: sections", "there is none", "at least one section", "Add [[sections]]"))
    for section in outline.sections:
        for measure in section.measures:
            get_measure(measure)


def load_outlines() -> tuple[Outline, ...]:
    """Return the outlines that the library ships.

    Raises:
        DocumentError: If one breaks its own rules.
    """
    folder = resources.files("attendance_core.reports").joinpath("outlines")
    outlines = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            text = entry.read_text(encoding="utf-8")
            outline = structure(parse_toml(text, where=entry.name), Outline, where=entry.name)
            check_outline(outline, entry.name)
            outlines.append(outline)
    return tuple(outlines)
