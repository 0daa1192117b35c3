"""Turn the failures of the libraries that read files into errors that a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attendance_core.errors import AttendanceError, UnreadableFileError


@contextmanager
def reading(
    path: Path, what: str, remedy: str = "The file may be damaged or cut short: export or copy it again"
) -> Iterator[None]:
    """Translate whatever a reader raises inside the block.

    The library's own text is left out and the cause is cut off, since both may quote cells. Lazy frames read only when
    they are collected: collecting belongs inside such a block too.

    Args:
        path: The file being read.
        what: What it was taken for, with its article.
        remedy: What to do.

    Raises:
        UnreadableFileError: For every failure that is not already an ``AttendanceError``.
    """
    try:
        yield
    except AttendanceError:
        raise
    except MemoryError:
        raise UnreadableFileError.of(
            str(path), "there is not enough memory to read it", remedy="Split the file, or use a larger machine"
        ) from None
    except Exception:
        raise UnreadableFileError.of(str(path), f"cannot be read as {what}", remedy=remedy) from None
    except BaseException as error:
        # A panic in a Rust library arrives as a BaseException of a class that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFileError.of(str(path), f"cannot be read as {what}", remedy=remedy) from None
