"""Choose the adapter for a file: by what it holds first, by its name second."""

from collections.abc import Sequence
from pathlib import Path

from attendance_core.errors import UnreadableFileError, join_names
from attendance_core.model.extensions import Adapter
from attendance_core.plugins.kinds import head_of, recognise, unpacked


def choose_adapter(adapters: Sequence[Adapter], path: Path) -> tuple[Adapter, str]:
    """Return the adapter that reads a file, and why it was chosen.

    Every adapter looks at the content. Where several can read it, one whose suffix the name bears comes first, then
    the order given. An adapter that fails while looking is passed over, and the reason says so.

    Args:
        adapters: Those to choose from.
        path: The file.

    Raises:
        UnreadableFileError: If the file cannot be opened or is empty, or no adapter can read it.
    """
    head = head_of(path)
    fitting: list[tuple[Adapter, str]] = []
    failed: list[str] = []
    for adapter in adapters:
        try:
            reason = adapter.sniff(path, head)
        except Exception:  # a plugin's mistake must not hide the adapters that work
            failed.append(adapter.id)
            continue
        if reason is not None:
            fitting.append((adapter, reason))
    passed_over = f"; failed while looking at it: {join_names(failed)}" if failed else ""
    if not fitting:
        start = unpacked(head)
        if not start:
            raise UnreadableFileError.of(str(path), "the gzip file holds nothing", "a packed table", "Export it again")
        inner = recognise(start)
        what = f"this is {inner.what}" if inner else "nothing here can read this file"
        raise UnreadableFileError.of(
            str(path),
            what + passed_over,
            join_names(adapter.title for adapter in adapters) or "an adapter, and none is loaded",
            inner.remedy if inner else "Export the register again as CSV or XLSX",
        )
    name = path.name.casefold()
    fitting.sort(key=lambda pair: not name.endswith(tuple(suffix.casefold() for suffix in pair[0].suffixes)))
    adapter, reason = fitting[0]
    return adapter, reason + passed_over
