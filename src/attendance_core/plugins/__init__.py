"""The door for plugins: hooks, the marker for their implementations, and the manager that a workbench holds."""

from attendance_core.plugins.hookspecs import hookimpl, hookspec
from attendance_core.plugins.manager import PluginManager

__all__ = ["PluginManager", "hookimpl", "hookspec"]
