"""A view as JSON, with a published schema beside the package."""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn

from attendance_core.documents.converter import make_converter
from attendance_core.model.figures import FigureId
from attendance_core.model.reports import Chart, FigureTable, Paragraph, RenderedFile, RenderOptions, Table, View
from attendance_core.plugins.builtin.formatting import figures

SCHEMA_NAME = "attendance-core/report"
SCHEMA_VERSION = 1
#: What tells the kinds of block apart, since a chart has a ``kind`` of its own.
BLOCK_TYPES: dict[type, str] = {
    Paragraph: "paragraph",
    FigureTable: "figures",
    Table: "table",
    Chart: "chart",
}


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema that every JSON report fulfils."""
    text = files("attendance_core").joinpath("reports", "report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


class JsonRenderer:
    """The whole view for programs; figures by id in one list as well as in their places."""

    id = "json"
    title = "JSON"

    def render(self, view: View, options: RenderOptions) -> tuple[RenderedFile, ...]:
        """Return one JSON file.

        Raises:
            ValueError: If a value is no finite number, which JSON cannot hold.
        """
        converter = _converter()
        document = {
            "schema": {"name": SCHEMA_NAME, "version": SCHEMA_VERSION},
            **converter.unstructure(view),
            "figures": [converter.unstructure(figure) for figure in figures(view)],
        }
        # A lone surrogate is legal in a Python text but not in UTF-8.
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        content = text.encode("utf-8", "replace")
        return (RenderedFile(name=f"{options.name}.json", media_type="application/json", content=content),)


@cache
def _converter() -> Converter:
    converter = make_converter()
    converter.register_unstructure_hook(FigureId, str)
    for block, name in BLOCK_TYPES.items():
        converter.register_unstructure_hook(block, _typed(make_dict_unstructure_fn(block, converter), name))
    return converter


def _typed(plain: Callable[[Any], dict[str, Any]], name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda block: {"type": name, **plain(block)}
