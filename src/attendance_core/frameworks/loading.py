"""Loading: framework packs and crosswalks as TOML documents, refused where they cannot be right."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import load_toml, parse_toml, read_text
from attendance_core.errors import DocumentError, Fault
from attendance_core.frameworks.lint import lint_crosswalk, lint_framework
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.frameworks import Framework
from attendance_core.reference.locate import frameworks_folder
from attendance_core.reference.sources import SourcesDocument, check_sources

#: Files of the folder that are no pack.
_CROSSWALK, _SOURCES = "crosswalk.toml", "sources.toml"


@cache
def load_frameworks() -> Mapping[str, Framework]:
    """Return the framework packs that are shipped, by their ids.

    Raises:
        UnreadableFileError: If the folder of packs is missing.
        DocumentError: With every fault of the files.
    """
    paths = sorted(path for path in frameworks_folder().glob("*.toml") if path.name not in (_CROSSWALK, _SOURCES))
    return MappingProxyType({pack.id: pack for pack in map(load_framework, paths)})


@cache
def load_own_crosswalk() -> Crosswalk:
    """Return the crosswalk that is shipped.

    Raises:
        DocumentError: With every fault of the file.
    """
    return load_crosswalk(frameworks_folder() / _CROSSWALK, load_frameworks().values())


def load_framework(path: str | Path) -> Framework:
    """Read a framework pack and check that it can be right.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    path = Path(path)
    framework = load_toml(path, Framework)
    faults = lint_framework(framework, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return framework


def load_crosswalk(path: str | Path, frameworks: Iterable[Framework] | None = None) -> Crosswalk:
    """Read a crosswalk and check that it can be right.

    Args:
        path: The TOML file.
        frameworks: What its links may lead to; None: the packs that are shipped.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    path = Path(path)
    crosswalk = load_toml(path, Crosswalk)
    known = load_frameworks().values() if frameworks is None else frameworks
    faults = lint_crosswalk(crosswalk, known, where=path.name)
    if faults:
        raise DocumentError(*faults)
    return crosswalk


def lint_file(path: Path, frameworks: Iterable[Framework]) -> tuple[Fault, ...]:
    """Return the faults of a file that holds a framework pack, a crosswalk or sources, told apart by their keys.

    Args:
        path: The TOML file.
        frameworks: What the links of a crosswalk may lead to.

    Raises:
        UnreadableFileError: If the file cannot be read.
    """
    try:
        data: dict[str, Any] = parse_toml(read_text(path), where=path.name)
        if "source" in data:
            return check_sources(structure(data, SourcesDocument, where=path.name).source, where=path.name)
        if "links" in data or "unlinked" in data:
            return lint_crosswalk(structure(data, Crosswalk, where=path.name), frameworks, where=path.name)
        return lint_framework(structure(data, Framework, where=path.name), where=path.name)
    except DocumentError as error:
        return error.faults
