"""The mappings that are shipped: one TOML file each, beside this reader."""

from pathlib import Path

from attendance_core.documents.loader import load_toml
from attendance_core.model.mappings import Mapping

FOLDER = Path(__file__).parent / "mappings"


def load_mappings() -> tuple[Mapping, ...]:
    """Read every shipped mapping, by file name.

    Raises:
        DocumentError: If one breaks the rules of mappings.
    """
    return tuple(load_toml(path, Mapping) for path in sorted(FOLDER.glob("*.toml")))
