"""Charts as SVG text, drawn offline: Altair describes them, vl-convert draws them.

Nothing is told by colour alone: lines differ by dash and by the shape of their points, bars by lightness and by the
value written on them, cells of a heat map by lightness and by the value written in them.
"""

import re
from typing import Any

from attendance_core.model.reports import Chart, ChartKind
from attendance_core.plugins.builtin.formatting import chart_places, chart_points, chart_value, clean

INK = "#1b1f24"
MUTED = "#56606b"
GRID = "#dde2e8"
WIDTH = 660
#: Each line or set of bars by its place: strong first, so that "this year" stands out from "last year".
LINES = ("#1f5a96", "#a4510b", "#5b3a8c", "#2b6e3f", "#8a1c4a", "#4f5a66")
DASHES = ([1, 0], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [1, 4])
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
#: From little to much. On the first 72 in 100 of the way dark letters have the better contrast (4.5 : 1 or more).
HEAT = ("#eaf2fa", "#6ea3d4", "#14406c")
FILLS = ("#1f5a96", "#c3d7ea", "#7d6bb0", "#e2daf2", "#2b6e3f", "#cfe6d3")
_TEXT = {
    "labelColor": MUTED,
    "titleColor": MUTED,
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}
#: The plain look of the report. Liberation Sans comes with vl-convert, so labels are measured alike on every machine;
#: browsers have its twin.
CONFIG: dict[str, Any] = {
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "background": "transparent",
    "aria": False,
    "view": {"stroke": None},
    "axis": {"gridColor": GRID, "domainColor": "#8a939d", "tickColor": "#8a939d", "titlePadding": 8, **_TEXT},
    "legend": _TEXT,
}
#: Characters of a category's label beyond which bars lie on their side.
LONG_LABEL = 9
#: What the drawer gives an id to, and every way in which it points there.
_ID = re.compile(r'((?:\bid=|href=)"#?|url\(#)((?:clip|gradient_)\d+)\b')


def draw(charts: tuple[Chart, ...], prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """Draw charts as SVG elements to be set into one document.

    Args:
        charts: What to draw.
        prefixes: One for each chart, put before every id inside it, so that no two charts share one.

    Returns:
        One ``<svg>`` element each, without namespace declarations and without a role or a title of its own.
    """
    if not charts:
        return ()
    import vl_convert

    drawn = []
    for chart, prefix in zip(charts, prefixes, strict=True):
        # allowed_base_urls empty: a chart holds its data, so the drawer has nothing to fetch.
        svg = vl_convert.vegalite_to_svg(specification(chart), allowed_base_urls=[])
        drawn.append(_own_ids(_bare(svg), prefix))
    return tuple(drawn)


def specification(chart: Chart) -> dict[str, Any]:
    """Describe a chart for Vega-Lite."""
    import altair as alt

    # Categories and series may share a label; the scale must still keep them apart, so a repeat gets a
    # zero-width space, which nobody sees.
    categories = _apart(chart.categories)
    names = _apart(tuple(series.name for series in chart.series))
    places = chart_places(chart)
    values = [
        {
            "category": categories[index % len(categories)],
            "series": names[index // len(categories)],
            "value": point.value,
            "text": chart_value(point.value, places) if point.value is not None else "n/a",
            "row": index // len(categories),
            "dark": False,
        }
        for index, point in enumerate(chart_points(chart))
    ]
    build = {ChartKind.LINE: _line, ChartKind.BAR: _bar, ChartKind.HEATMAP: _heatmap}[chart.kind]
    drawn = build(alt, chart, values, categories, names)
    # Data and look are set into the finished description: altair would copy and look through both many times over.
    # Its check of the schema is left out for the same reason; a test runs it.
    described: dict[str, Any] = drawn.to_dict(validate=False)
    return described | {"data": {"values": values}, "config": CONFIG}


def _line(alt: Any, chart: Chart, values: list[dict[str, Any]], categories: list[str], names: list[str]) -> Any:
    legend = _legend(alt, names, symbolType="stroke", symbolSize=420)
    base = alt.Chart(alt.Data(values=[])).encode(
        x=alt.X("category", type="ordinal", sort=categories, title=clean(chart.category_title), axis=_axis(alt)),
        y=alt.Y("value", type="quantitative", title=clean(chart.value_title), scale=alt.Scale(zero=False, nice=True)),
    )

    def by(channel: Any, of: tuple[Any, ...]) -> Any:
        return channel("series", type="nominal", scale=alt.Scale(domain=names, range=_cycle(of, names)), legend=legend)

    # A missing value breaks the line; the marks keep a single week between two gaps in sight. Each series has a layer
    # of marks, so that the legend shows the dashes of the lines and not the marks.
    lines = base.mark_line(strokeWidth=2.2, strokeJoin="round").encode(
        color=by(alt.Color, LINES), strokeDash=by(alt.StrokeDash, DASHES)
    )
    marks = [
        base.mark_point(filled=True, size=34, opacity=1, color=color, shape=shape).transform_filter(
            f"datum.row === {row} && isValid(datum.value)"
        )
        for row, (color, shape) in enumerate(zip(_cycle(LINES, names), _cycle(SHAPES, names), strict=True))
    ]
    return alt.layer(lines, *marks).properties(width=WIDTH, height=240)


def _bar(alt: Any, chart: Chart, values: list[dict[str, Any]], categories: list[str], names: list[str]) -> Any:
    lying = max(map(len, categories), default=0) > LONG_LABEL or len(categories) > 12
    several = len(names) > 1
    length = alt.X if lying else alt.Y
    along = alt.Y if lying else alt.X
    quantity = length("value", type="quantitative", title=clean(chart.value_title), scale=alt.Scale(zero=True))
    axis = alt.Axis(labelLimit=230, labelAngle=0, grid=False)
    category = along(
        "category", type="nominal", sort=categories, title=clean(chart.category_title), axis=axis,
        scale=alt.Scale(paddingInner=0.25 if several else 0.4, paddingOuter=0.15),
    )  # fmt: skip
    encoding: dict[str, Any] = {"x": quantity, "y": category} if lying else {"x": category, "y": quantity}
    if several:
        offset = alt.YOffset if lying else alt.XOffset
        encoding["yOffset" if lying else "xOffset"] = offset("series", type="nominal", sort=names)
    base = alt.Chart(alt.Data(values=[])).encode(**encoding)
    bars = base.mark_bar(stroke="#1f5a96", strokeWidth=1).encode(
        color=alt.Color(
            "series", type="nominal", legend=_legend(alt, names),
            scale=alt.Scale(domain=names, range=_cycle(FILLS, names)),
        )
    )  # fmt: skip
    place = {"align": "left", "baseline": "middle", "dx": 4} if lying else {"baseline": "bottom", "dy": -3}
    words = base.mark_text(fontSize=11, color=INK, **place).encode(text=alt.Text("text", type="nominal"))
    drawn = alt.layer(bars, words.transform_filter("isValid(datum.value)"))
    if lying:
        return drawn.properties(width=WIDTH - 140, height=alt.Step(19 if several else 26))
    return drawn.properties(width=WIDTH, height=240)


def _heatmap(alt: Any, chart: Chart, values: list[dict[str, Any]], categories: list[str], names: list[str]) -> Any:
    known = [value["value"] for value in values if value["value"] is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    middle = low + (high - low) * 0.72
    for value in values:
        value["dark"] = high > low and value["value"] is not None and value["value"] >= middle
    base = alt.Chart(alt.Data(values=[])).encode(
        x=alt.X(
            "category", type="nominal", sort=categories, title=clean(chart.category_title),
            axis=alt.Axis(labelAngle=0, orient="top", domain=False, ticks=False),
        ),
        y=alt.Y("series", type="nominal", sort=names, title=None, axis=alt.Axis(domain=False, ticks=False)),
    )  # fmt: skip
    top = high if high > low else low + 1
    domain = [low, (low + top) / 2, top]
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(
        color=alt.Color(
            "value", type="quantitative", title=clean(chart.value_title),
            scale=alt.Scale(domain=domain, range=list(HEAT)),
            legend=alt.Legend(orient="bottom", direction="horizontal", gradientLength=220),
        )
    )  # fmt: skip
    words = base.mark_text(fontSize=12).encode(
        text=alt.Text("text", type="nominal"),
        color=alt.condition("datum.dark", alt.value("#fffffe"), alt.value("#1b1f25")),
    )
    filled = cells.transform_filter("isValid(datum.value)")
    return alt.layer(filled, words).properties(width=WIDTH - 60, height=alt.Step(38))


def _axis(alt: Any) -> Any:
    return alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=6, grid=False)


def _legend(alt: Any, names: list[str], **more: Any) -> Any:
    if len(names) < 2:
        return None
    return alt.Legend(orient="top", title=None, symbolStrokeWidth=2, labelLimit=260, columns=3, **more)


def _cycle(of: tuple[Any, ...], names: list[str]) -> list[Any]:
    return [of[index % len(of)] for index in range(len(names))]


def _apart(labels: tuple[str, ...]) -> list[str]:
    seen: dict[str, int] = {}
    apart = []
    for label in labels:
        shown = clean(label) or " "
        seen[shown] = seen.get(shown, 0) + 1
        apart.append(shown + "\u200b" * (seen[shown] - 1))
    return apart


def _bare(svg: str) -> str:
    """Leave out what inline SVG does not need: namespaces and the class that a page's style could meet."""
    head, tail = svg.split(">", 1)
    return re.sub(r'\s(?:xmlns(?::xlink)?|version|class)="[^"]*"', "", head) + ">" + tail


def _own_ids(svg: str, prefix: str) -> str:
    """Number a chart's ids anew: the drawer counts them on over everything that the process has drawn."""
    numbers: dict[str, int] = {}
    return _ID.sub(lambda match: f"{match[1]}{prefix}_{numbers.setdefault(match[2], len(numbers))}", svg)
