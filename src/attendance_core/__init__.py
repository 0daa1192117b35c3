"""attendance-core: school attendance in England, as a library.

Importing it reads no file, starts nothing and prints nothing; names load when first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attendance_core.dates import AcademicYear, DateRange
    from attendance_core.documents.file_store import FileStore
    from attendance_core.documents.memory_store import MemoryStore
    from attendance_core.documents.sqlite_store import SqliteStore
    from attendance_core.documents.store import Store
    from attendance_core.documents.stores import open_store
    from attendance_core.errors import (
        AttendanceError,
        CodebookError,
        ConflictError,
        DocumentError,
        Fault,
        FigureIdError,
        InputError,
        PluginError,
        StoreError,
        UnknownNameError,
    )
    from attendance_core.measures.analysis import Analysis
    from attendance_core.model.checks import CheckResult
    from attendance_core.model.configuration import Configuration, School, Target
    from attendance_core.model.figures import Comparison, Explanation, Figure, FigureId
    from attendance_core.model.mappings import Mapping
    from attendance_core.model.outcomes import Outcome
    from attendance_core.model.reports import RenderedFile, RenderOptions, View
    from attendance_core.plugins import hookimpl
    from attendance_core.register.register import Register
    from attendance_core.workbench import Workbench

__version__ = "0.1.0"

_HOMES = {
    "AcademicYear": "dates",
    "Analysis": "measures.analysis",
    "AttendanceError": "errors",
    "CheckResult": "model.checks",
    "CodebookError": "errors",
    "Comparison": "model.figures",
    "Configuration": "model.configuration",
    "ConflictError": "errors",
    "DateRange": "dates",
    "DocumentError": "errors",
    "Explanation": "model.figures",
    "Fault": "errors",
    "Figure": "model.figures",
    "FigureId": "model.figures",
    "FigureIdError": "errors",
    "FileStore": "documents.file_store",
    "InputError": "errors",
    "Mapping": "model.mappings",
    "MemoryStore": "documents.memory_store",
    "Outcome": "model.outcomes",
    "PluginError": "errors",
    "Register": "register.register",
    "RenderOptions": "model.reports",
    "RenderedFile": "model.reports",
    "School": "model.configuration",
    "SqliteStore": "documents.sqlite_store",
    "Store": "documents.store",
    "StoreError": "errors",
    "Target": "model.configuration",
    "UnknownNameError": "errors",
    "View": "model.reports",
    "Workbench": "workbench",
    "hookimpl": "plugins",
    "open_store": "documents.stores",
}

__all__ = [
    "AcademicYear",
    "Analysis",
    "AttendanceError",
    "CheckResult",
    "CodebookError",
    "Comparison",
    "Configuration",
    "ConflictError",
    "DateRange",
    "DocumentError",
    "Explanation",
    "Fault",
    "Figure",
    "FigureId",
    "FigureIdError",
    "FileStore",
    "InputError",
    "Mapping",
    "MemoryStore",
    "Outcome",
    "PluginError",
    "Register",
    "RenderOptions",
    "RenderedFile",
    "School",
    "SqliteStore",
    "Store",
    "StoreError",
    "Target",
    "UnknownNameError",
    "View",
    "Workbench",
    "__version__",
    "hookimpl",
    "open_store",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
