"""The cohorts that are shipped: a TOML pack beside this reader."""

from pathlib import Path

from attendance_core.documents.loader import load_toml
from attendance_core.model.cohorts import CohortPack

FILE = Path(__file__).parent / "cohorts.toml"


def load_cohort_pack() -> CohortPack:
    """Read the pack ``england``.

    >>> load_cohort_pack().id
    'england'

    Raises:
        DocumentError: If it breaks the rules of cohort packs.
    """
    return load_toml(FILE, CohortPack)
