"""Documents of plans and meetings: the kinds, their rules, and the way from and to a file or a store."""

from contextlib import suppress
from pathlib import Path

from attendance_core.documents.files import remove_file
from attendance_core.documents.store import Store
from attendance_core.documents.versioned import (
    DocumentKind,
    Opened,
    load_document,
    open_stored,
    save_document,
    save_stored,
)
from attendance_core.errors import AttendanceError, DocumentError, StoreError
from attendance_core.model.agendas import Meeting
from attendance_core.model.plans import ImprovementPlan
from attendance_core.plans.lint import lint_plan
from attendance_core.plans.rolling import RolledOver

PLAN = DocumentKind(name="improvement-plan", cls=ImprovementPlan, schema=1)
"""Improvement plans."""

MEETING = DocumentKind(name="meeting", cls=Meeting, schema=1)
"""Meetings with their ticked agenda."""


def load_plan(path: Path) -> Opened[ImprovementPlan]:
    """Read a plan from a TOML or JSON file.

    Raises:
        StoreError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    return _checked(load_document(path, PLAN), path.name)


def save_plan(path: Path, plan: ImprovementPlan, *, if_version: str | None) -> str:
    """Save a plan in a file, and return its new version.

    Args:
        path: The file; its ending says whether it becomes TOML or JSON.
        plan: The plan.
        if_version: The version that was opened; None for a file that must not be there yet.

    Raises:
        ConflictError: If the file has changed since.
        StoreError: If it cannot be written.
        DocumentError: If the plan breaks its own rules; with every fault.
    """
    _refuse(plan, path.name)
    return save_document(path, plan, PLAN, if_version=if_version)


def save_rolled(old: Path, new: Path, rolled: RolledOver, *, if_version: str) -> None:
    """Save both plans of a roll-over, or neither.

    The new one is written first: whoever is cut off between the two finds the old one open, and nothing lost.

    Args:
        old: The file of the plan that was closed.
        new: The file of the next one, which must not be there yet.
        rolled: Both plans.
        if_version: The version of the old plan that was opened.

    Raises:
        ConflictError: If a file has changed since, or the new one is there.
        StoreError: If one cannot be written.
        DocumentError: If a plan breaks its own rules; with every fault.
    """
    version = save_plan(new, rolled.next, if_version=None)
    try:
        save_plan(old, rolled.closed, if_version=if_version)
    except AttendanceError:
        with suppress(StoreError):
            remove_file(new, if_version=version)
        raise


def open_plan(store: Store, key: str) -> Opened[ImprovementPlan]:
    """Read a plan from a store.

    Raises:
        StoreError: If the store has none or cannot be read.
        DocumentError: With every fault and its key path.
    """
    return _checked(open_stored(store, key, PLAN), key)


def store_plan(store: Store, key: str, plan: ImprovementPlan, *, if_version: str | None) -> str:
    """Save a plan in a store, and return its new version.

    Raises:
        ConflictError: If the plan has changed since.
        StoreError: If it cannot be written.
        DocumentError: If the plan breaks its own rules; with every fault.
    """
    _refuse(plan, key)
    return save_stored(store, key, plan, PLAN, if_version=if_version)


def _checked(opened: Opened[ImprovementPlan], where: str) -> Opened[ImprovementPlan]:
    _refuse(opened.value, where)
    return opened


def _refuse(plan: ImprovementPlan, where: str) -> None:
    faults = lint_plan(plan, where=where)
    if faults:
        raise DocumentError(*faults)
