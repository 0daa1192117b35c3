"""attendance-core: school attendance in England, as a library."""

__version__ = "0.1.0"
