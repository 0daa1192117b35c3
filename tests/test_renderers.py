"""What every format promises: each figure by its id with its exact value, and no text that gets out of its place."""

import csv
import io
import json
import re
import shutil
import subprocess
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from openpyxl import load_workbook

from attendance_core.model.figures import Figure, Unit
from attendance_core.model.reports import (
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    FigureTable,
    Paragraph,
    RenderedFile,
    RenderOptions,
    Section,
    Series,
    Table,
    View,
)
from attendance_core.plugins.builtin import charts
from attendance_core.plugins.builtin.formatting import (
    amount,
    cell_text,
    difference_words,
    figures,
    named_values,
    points,
    rounded,
)
from attendance_core.plugins.builtin.render_csv import CsvRenderer
from attendance_core.plugins.builtin.render_html import HtmlRenderer
from attendance_core.plugins.builtin.render_json import JsonRenderer, report_schema
from attendance_core.plugins.builtin.render_markdown import MarkdownRenderer
from attendance_core.plugins.builtin.render_terminal import TerminalRenderer
from attendance_core.plugins.builtin.render_xlsx import XlsxRenderer
from tests import school
from tests.render_sample import FORMULA, HTML, figure_id, sample

RENDERERS = (HtmlRenderer, XlsxRenderer, MarkdownRenderer, JsonRenderer, CsvRenderer, TerminalRenderer)
OPTIONS = RenderOptions()
Values = dict[str, float | None]


def only(files: tuple[RenderedFile, ...]) -> bytes:
    assert len(files) == 1
    return files[0].content


@pytest.fixture(scope="module")
def page() -> bytes:
    return only(HtmlRenderer().render(sample(), OPTIONS))


@pytest.fixture(scope="module")
def tree(page: bytes) -> Any:
    return parsed(page)


def parsed(content: bytes) -> Any:
    return lxml_html.fromstring(content.decode())


def table_rows(text: str) -> list[list[str]]:
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("|")
    ]


# Reading back: each of these reads one format and gives (value of each figure, value of each point of a chart).


def json_values(view: View) -> tuple[Values, Values]:
    document = json.loads(only(JsonRenderer().render(view, OPTIONS)))
    held = {figure["id"]: figure["value"] for figure in document["figures"]}
    drawn = {
        key: value
        for section in document["report"]["sections"]
        for block in section["blocks"]
        if block["type"] == "chart"
        for series in block["series"]
        for key, value in zip(series["figures"], series["values"], strict=False)
        if key
    }
    return held, drawn


def html_values(view: View) -> Values:
    tree = parsed(only(HtmlRenderer().render(view, OPTIONS)))
    found: Values = {}
    for element in tree.xpath("//*[@data-figure]"):
        text = element.get("data-value")
        value = float(text) if text else None
        key = element.get("data-figure")
        assert found.setdefault(key, value) == value
    return found


def xlsx_values(view: View) -> Values:
    book = load_workbook(io.BytesIO(only(XlsxRenderer().render(view, OPTIONS))))
    rows = list(book["Figures"].iter_rows(values_only=True))
    at = {name: rows[0].index(name) for name in ("id", "value")}
    found: Values = {str(row[at["id"]]): row[at["value"]] for row in rows[1:] if row[at["id"]]}  # type: ignore[misc]
    for row in list(book["Chart values"].iter_rows(values_only=True))[1:]:
        if row[4]:
            found.setdefault(str(row[4]), row[3])  # type: ignore[arg-type]
    return found


def markdown_values(view: View) -> Values:
    text = only(MarkdownRenderer().render(view, OPTIONS)).decode()
    appendix = text.split("## All figures by id")[1]
    return {re.sub(r"^`+ ?| ?`+$", "", row[0]): float(row[2]) if row[2] else None for row in table_rows(appendix)[2:]}


def csv_rows(view: View, name: str) -> list[dict[str, str]]:
    files = {file.name: file.content for file in CsvRenderer().render(view, OPTIONS)}
    return list(csv.DictReader(io.StringIO(files[f"attendance-report/{name}.csv"].decode(), newline="")))


def csv_values(view: View) -> Values:
    found: Values = {row["id"]: float(row["value"]) if row["value"] else None for row in csv_rows(view, "figures")}
    for row in csv_rows(view, "charts"):
        if row["figure_id"]:
            found.setdefault(row["figure_id"], float(row["value"]) if row["value"] else None)
    return found


def test_the_json_holds_every_figure_of_the_view() -> None:
    held, drawn = json_values(sample())
    assert held == {figure.key: figure.value for figure in figures(sample())}
    assert {**drawn, **held} == {named.id: named.value for named in named_values(sample())}
    assert len(held) > 10 and len(drawn) > 20


@pytest.mark.parametrize("read", [html_values, xlsx_values, markdown_values, csv_values])
def test_every_figure_of_the_json_is_read_back_from_each_format_with_equal_value(read: Any) -> None:
    held, drawn = json_values(sample())
    assert read(sample()) == {**drawn, **held}


def test_xlsx_figures_carry_counts_and_comparisons() -> None:
    book = load_workbook(io.BytesIO(only(XlsxRenderer().render(sample(), OPTIONS))))
    rows = list(book["Figures"].iter_rows(values_only=True))
    first = dict(zip(rows[0], rows[1], strict=True))
    assert (first["numerator"], first["denominator"], first["enrolments"]) == (168_211, 180_017, 612)
    assert "Target 95.0% (1.6 points below)" in str(first["comparisons"])
    compared = list(book["Comparisons"].iter_rows(values_only=True))
    assert len(compared) - 1 == sum(len(figure.comparisons) for figure in figures(sample()))
    assert compared[2][3] == 92.6 + 1 / 3


def test_csv_comparisons_are_tidy_and_exact() -> None:
    rows = csv_rows(sample(), "comparisons")
    expected = [(figure.key, held) for figure in figures(sample()) for held in figure.comparisons]
    assert [(row["figure_id"], row["kind"], row["value"]) for row in rows] == [
        (key, held.kind.value, "" if held.value is None else repr(held.value)) for key, held in expected
    ]
    row = csv_rows(sample(), "figures")[0]
    assert (row["measure"], row["population"], row["start"], row["end"], row["profile"]) == (
        "attendance", "all", "2025-09-01", "2026-07-17", "year-to-date",
    )  # fmt: skip


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_same_view_gives_the_same_bytes(renderer: Any) -> None:
    assert renderer().render(sample(), OPTIONS) == renderer().render(sample(), OPTIONS)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_files_are_named_after_the_option(renderer: Any) -> None:
    files = renderer().render(sample(), RenderOptions(name="autumn"))
    ends = {"html": ".html", "xlsx": ".xlsx", "md": ".md", "json": ".json", "terminal": ".txt"}
    if renderer.id == "csv":
        assert [file.name for file in files] == [
            f"autumn/{name}.csv" for name in ("figures", "comparisons", "charts", "about", "rejects", "pupils-to-see")
        ]
    else:
        assert [file.name for file in files] == [f"autumn{ends[renderer.id]}"]
    assert all(file.media_type for file in files)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_an_empty_report_renders(renderer: Any) -> None:
    empty = evolve(sample().report, sections=(), notes=(), subtitle="")
    assert renderer().render(evolve(sample(), report=empty, suppressed=0), OPTIONS)


def test_xlsx_is_dated_by_the_report_and_not_by_the_clock() -> None:
    book = load_workbook(io.BytesIO(only(XlsxRenderer().render(sample(), OPTIONS))))
    assert book.properties.created == datetime(2026, 3, 20)  # noqa: DTZ001


# Formatting


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.05, "0.1"), (-0.05, "-0.1"), (2.25, "2.3"), (92.05, "92.1"), (-0.04, "0.0"), (99.95, "100.0"), (0.0, "0.0")],
)
def test_numbers_are_rounded_half_away_from_zero(value: float, shown: str) -> None:
    assert str(rounded(value)) == shown


@given(st.floats(-1e6, 1e6))
def test_rounding_moves_by_half_a_tenth_at_most_and_is_odd(value: float) -> None:
    assert abs(float(rounded(value)) - value) <= 0.05 + 1e-9
    assert rounded(-value) == -rounded(value)


def test_missing_and_suppressed_figures_say_so_in_every_format(page: bytes) -> None:
    for text in (
        page.decode(),
        only(MarkdownRenderer().render(sample(), OPTIONS)).decode(),
        only(TerminalRenderer().render(sample(), OPTIONS)).decode(),
    ):
        assert "suppressed (small numbers)" in text
        assert "not available" in text


def test_differences_are_words_on_the_shown_decimals() -> None:
    assert difference_words(0.04, Unit.PERCENT) == "level"
    assert difference_words(1.0, Unit.PERCENT) == "1.0 point above"
    assert difference_words(-3.0, Unit.DAYS) == "3 days below"
    assert amount(1234.5, Unit.SESSIONS) == "1,234.5 sessions"
    assert cell_text(1.25, ColumnKind.POINTS) == "+1.3"
    assert cell_text(date(2026, 1, 2), ColumnKind.DATE) == "2026-01-02"


# HTML


def test_html_is_one_file_that_fetches_nothing(page: bytes, tree: Any) -> None:
    text = page.decode()
    assert not tree.xpath("//link | //img | //iframe | //object | //embed | //base")
    assert not tree.xpath("//@src | //@srcset | //@action | //@poster | //@background")
    assert all(str(href).startswith("#") for href in tree.xpath("//@href | //@*[name()='xlink:href']"))
    style = "".join(tree.xpath("//style/text()"))
    assert "@import" not in style and "url(" not in style
    script = "".join(tree.xpath("//script/text()"))
    assert "fetch" not in script and "XMLHttpRequest" not in script and "import" not in script
    assert re.findall(r"https?://[^\s\"<]*", text.replace("http://example.invalid", "")) == []


def test_html_has_language_title_one_h1_and_headings_in_order(tree: Any) -> None:
    assert tree.get("lang") == "en-GB"
    assert tree.findtext(".//title").startswith("Attendance report")
    levels = [int(element.tag[1]) for element in tree.xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all(heading.text_content().strip() for heading in tree.xpath("//h1 | //h2 | //h3 | //h4"))


def test_html_ids_are_unique_and_every_link_and_label_leads_to_one(tree: Any) -> None:
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    targets = [str(href)[1:] for href in tree.xpath("//a/@href")]
    targets += [name for labels in tree.xpath("//@aria-labelledby") for name in str(labels).split()]
    targets += re.findall(r"url\(#([^)]+)\)", " ".join(tree.xpath("//@clip-path | //@fill | //@stroke")))
    assert set(targets) <= set(ids)
    assert len(tree.xpath("//nav//a")) == len(sample().report.sections) + 1
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]


def test_html_tables_have_captions_and_scopes(tree: Any) -> None:
    tables = tree.xpath("//table")
    assert len(tables) > 8
    for table in tables:
        assert table.findtext("caption") or table.find("caption").text_content()
        assert set(table.xpath("./thead//th/@scope")) == {"col"}
        width = len(table.xpath("./thead//th"))
        for row in table.xpath("./tbody/tr"):
            assert [cell.get("scope") for cell in row.xpath("./th")] == ["row"]
            assert len(row.xpath("./th | ./td")) == width
        region = table.getparent()
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")
        assert region.get("aria-labelledby")


def test_html_charts_have_words_and_their_numbers(tree: Any) -> None:
    drawn = tree.xpath("//figure[@class='chart']")
    expected = [block for section in sample().report.sections for block in section.blocks if isinstance(block, Chart)]
    assert len(drawn) == len(expected)
    for figure, chart in zip(drawn, expected, strict=True):
        (svg,) = figure.xpath(".//svg")
        assert svg.get("role") == "img"
        named = [tree.get_element_by_id(name).text_content() for name in svg.get("aria-labelledby").split()]
        assert named == [chart.title, chart.text]
        assert chart.text in figure.xpath("./figcaption")[0].text_content()
        assert figure.xpath("./details/summary")[0].text_content().startswith("The numbers behind this chart")
        assert len(figure.xpath("./details//tbody/tr")) == len(chart.categories)
        cells = len(figure.xpath("./details//tbody//td"))
        assert cells == len(chart.categories) * len(chart.series)


def test_html_notes_come_first_and_names_are_escaped(page: bytes, tree: Any) -> None:
    main = tree.get_element_by_id("main")
    assert next(iter(main)).tag == "aside"
    assert len(tree.xpath("//script")) == 1
    assert not tree.xpath("//b")
    assert HTML not in page.decode()
    assert HTML in main.text_content()


def test_html_script_is_the_only_one_that_the_page_allows(page: bytes, tree: Any) -> None:
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)


def test_html_comparisons_are_told_in_words(tree: Any) -> None:
    chips = [" ".join(chip.text_content().split()) for chip in tree.xpath("//li[@class='chip']")]
    assert "Target 95.0% ▼ 1.6 points below" in chips
    assert "Last year, same weeks 92.9% ▲ 0.5 points above" in chips
    assert "National, secondary 91.4% ▲ 2.0 points above provisional" in chips
    assert "Target 6.6% = level" in chips
    assert "DfE, Pupil attendance in schools, 2025/26 to week 29 (provisional)" in tree.text_content()


def in_browser(page: bytes, script: str, folder: Path, *flags: str) -> bytes:
    """Run a script in the page; the page allows its own only, so the rule is taken out."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no browser on this machine")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.decode())
    file = folder / "report.html"
    file.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    quiet = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    done = subprocess.run(  # noqa: S603
        [browser, *quiet.split(), "--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'u'}",
         *flags, "--dump-dom", file.as_uri()],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def test_html_tables_sort_in_a_browser(page: bytes, tmp_path: Any) -> None:
    press = """
    var head = document.querySelectorAll("#block-3-1 + .scroller th")[1];
    head.querySelector("button").click(); head.querySelector("button").click();
    """
    tree = parsed(in_browser(page, press, tmp_path))
    (table,) = tree.xpath("//*[@id='block-3-1']/following-sibling::div[1]/table")
    assert table.xpath("./thead//th/@aria-sort") == ["descending"]
    assert len(table.xpath("./thead//th/button")) == 4
    values = [cell or None for cell in table.xpath("./tbody/tr/td[1]/@data-value")]
    numbers = [float(value) for value in values if value]
    assert numbers == sorted(numbers, reverse=True)
    assert values[-1] is None
    assert tree.xpath("//*[@role='status']")[0].text_content() == "Sorted by Value, descending"


def test_html_page_is_never_wider_than_its_window(page: bytes, tmp_path: Any) -> None:
    measure = 'var e = document.documentElement; e.setAttribute("data-widths", e.scrollWidth + " " + e.clientWidth);'
    tree = parsed(in_browser(page, measure, tmp_path, "--window-size=500,900"))
    (widths,) = tree.xpath("/html/@data-widths")
    whole, window = map(int, widths.split())
    assert whole <= window


# Charts


def test_charts_fulfil_the_schema_of_their_library() -> None:
    import altair as alt

    for block in (block for section in sample().report.sections for block in section.blocks):
        if isinstance(block, Chart):
            alt.LayerChart.from_dict(charts.specification(block), validate=True)


def test_chart_ids_do_not_clash_and_series_differ_without_colour() -> None:
    held = [block for section in sample().report.sections for block in section.blocks if isinstance(block, Chart)]
    drawn = charts.draw((*held, *held), tuple(f"c{index}" for index in range(2 * len(held))))
    ids = [found for svg in drawn for found in re.findall(r'\bid="([^"]+)"', svg)]
    assert ids and len(ids) == len(set(ids))
    line = drawn[[chart.kind for chart in held].index(ChartKind.LINE)]
    assert 'stroke-dasharray="7,4"' in line
    assert all("http" not in svg for svg in drawn)


def test_a_chart_keeps_categories_and_series_apart_that_share_a_label() -> None:
    chart = Chart(
        id="c", title="t", kind=ChartKind.BAR, categories=("A", "A", ""), category_title="", value_title="", text="",
        series=(Series(name="S", values=(1.0, 2.0, 3.0)), Series(name="S", values=(4.0, None))),
    )  # fmt: skip
    (svg,) = charts.draw((chart,), ("c",))
    assert all(f">{value}</text>" in svg for value in (1, 2, 3, 4))


@pytest.mark.parametrize("kind", list(ChartKind))
def test_a_chart_without_values_is_drawn_all_the_same(kind: ChartKind) -> None:
    blank = Chart(
        id="c", title="t", kind=kind, categories=(), series=(), category_title="x", value_title="y", text="Nothing."
    )
    gaps = evolve(blank, categories=("A", "B"), series=(Series(name="S", values=(None, None)),))
    view = view_of(blank, gaps)
    for renderer in RENDERERS:
        assert renderer().render(view, OPTIONS)


# Workbook


def test_xlsx_sheet_names_are_legal_and_unique_and_texts_are_no_formulas() -> None:
    book = load_workbook(io.BytesIO(only(XlsxRenderer().render(sample(), OPTIONS))))
    names = book.sheetnames
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert "history" not in {name.casefold() for name in names}
    assert len(names) == len(sample().report.sections) + 4
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert FORMULA in {cell.value for cell in cells}


def test_xlsx_has_native_charts_tables_and_a_colour_scale() -> None:
    book = load_workbook(io.BytesIO(only(XlsxRenderer().render(sample(), OPTIONS))))
    kinds = [type(chart).__name__ for sheet in book for chart in getattr(sheet, "_charts", [])]
    assert kinds == ["BarChart", "LineChart", "BarChart"]
    scales = [rule for sheet in book for held in sheet.conditional_formatting for rule in held.rules if rule.colorScale]
    assert len(scales) == 1
    tables = [table for sheet in book for table in sheet.tables.values()]
    assert len({table.name for table in tables}) == len(tables) > 8
    assert all(sheet.freeze_panes for sheet in book)


# JSON


def test_json_fulfils_its_published_schema() -> None:
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(only(JsonRenderer().render(sample(), OPTIONS)))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert not list(validator.iter_errors(document))
    document["figures"][0]["value"] = "93"
    document["report"]["sections"][0]["blocks"][0]["extra"] = 1
    assert len(list(validator.iter_errors(document))) == 2


def test_every_key_of_the_schema_is_described() -> None:
    def walk(node: Any, path: str) -> list[str]:
        if not isinstance(node, dict):
            return []
        bare = [path] if "$ref" not in node and not node.get("description") else []
        for group in ("properties", "$defs"):
            for name, child in node.get(group, {}).items():
                bare += walk(child, f"{path}.{name}")
        for index, child in enumerate(node.get("prefixItems", [])):
            bare += walk(child, f"{path}[{index}]")
        return bare + (walk(node["items"], f"{path}[]") if "items" in node else [])

    assert walk(report_schema(), "") == []


def test_json_refuses_what_json_cannot_hold() -> None:
    figure = evolve(figures(sample())[0], value=float("nan"))
    with pytest.raises(ValueError, match="JSON compliant"):
        JsonRenderer().render(view_of(FigureTable(title="t", figures=(figure,))), OPTIONS)


# CSV, Markdown, terminal


def test_csv_texts_are_harmless_and_numbers_stay_numbers() -> None:
    rows = csv_rows(sample(), "pupils-to-see")
    assert rows[0]["gap"] == "-3.25"
    assert rows[2]["name"] == f"'{FORMULA}"
    assert [row["form"] for row in rows] == ["7B", "7A", "'+44", "'\ttab"]
    assert rows[3]["name"] == "'-2+3 Test"
    assert rows[2]["why"] == "'@SUM(A1)"
    assert rows[1]["why"] == "A | B\nsecond line `code` *stars*"
    assert rows[0]["last"] == "2026-03-02"


def test_csv_names_stay_inside_the_folder() -> None:
    table = Table(id="../../figures", title="t", columns=(Column(key="a", title="A"),), rows=(("x",),))
    names = [file.name for file in CsvRenderer().render(view_of(table, evolve(table, id="CON")), OPTIONS)]
    assert names[4:] == ["attendance-report/figures-2.csv", "attendance-report/con-2.csv"]


def test_a_markdown_page_without_figures_lists_none() -> None:
    bench = school.bench()
    found = bench.first_response(school.register(), date(2026, 3, 6))
    text = bench.render(bench.first_response_view(found, school.register()), "md")[0].content.decode("utf-8")
    assert "## To ask after" in text
    assert "All figures by id" not in text


def test_markdown_tables_have_one_width_and_no_live_html() -> None:
    text = only(MarkdownRenderer().render(sample(), OPTIONS)).decode()
    outside_code = re.sub(r"`[^`\n]*`", "", text)
    assert "<" not in outside_code
    width = None
    for line in text.splitlines():
        if not line.startswith("|"):
            width = None
            continue
        cells = len(re.split(r"(?<!\\)\|", line))
        assert width in (None, cells)
        width = cells
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert titles[0] == "Before you read" and titles[-1] == "All figures by id"


def test_terminal_text_is_never_cut_and_holds_no_escapes() -> None:
    long = "word " * 400 + "end"
    table = Table(id="t", title="t", columns=(Column(key="a", title="A"),), rows=((long,), ("x\x1b[31m",)))
    text = only(TerminalRenderer().render(view_of(Paragraph(text=long), table), OPTIONS)).decode()
    assert sum(line.rstrip() == long for line in text.splitlines()) == 2
    assert "\x1b" not in text
    full = only(TerminalRenderer().render(sample(), OPTIONS)).decode()
    assert all(figure.key in full for figure in figures(sample()))
    assert all(point.chart.text in full for point in points(sample()))


def test_terminal_keeps_to_a_width_and_colours_only_when_asked() -> None:
    plain = only(TerminalRenderer().render(sample(), RenderOptions(width=80))).decode()
    assert max(map(len, plain.splitlines())) <= 80
    assert "\x1b" not in plain
    coloured = only(TerminalRenderer().render(sample(), RenderOptions(width=80, colour=True))).decode()
    assert "\x1b[1m" in coloured
    assert "\x1b[31m" not in coloured


# Any text at all


def view_of(*blocks: Any, title: str = "Part") -> View:
    report = evolve(sample().report, sections=(Section(id=title, title=title, blocks=tuple(blocks)),), notes=(title,))
    return evolve(sample(), report=report)


def any_view(text: str, value: float | None) -> View:
    figure = Figure(id=figure_id("attendance", "all"), title=text, unit=Unit.PERCENT, value=value, note=text)
    columns = (Column(key="a", title=text), Column(key="b", title=text, kind=ColumnKind.PERCENT))
    table = Table(id=text, title=text, columns=columns, rows=((text, value), (value, text)), caption=text)
    return view_of(Paragraph(text=text), FigureTable(title=text, figures=(figure,), labels=(text,)), table, title=text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60), st.none() | st.floats(-1e9, 1e9))
def test_no_text_changes_a_value_or_gets_out_of_its_cell(text: str, value: float | None) -> None:
    view = any_view(text, value)
    key = figures(view)[0].key
    for read in (html_values, xlsx_values, markdown_values, csv_values):
        assert read(view) == {key: value}
    held, _ = json_values(view)
    assert held == {key: value}
    document = json.loads(only(JsonRenderer().render(view, OPTIONS)))
    assert document["report"]["sections"][0]["blocks"][0]["text"] == text
    tree = parsed(only(HtmlRenderer().render(view, OPTIONS)))
    assert len(tree.xpath("//script")) == 1
    assert len(tree.xpath("//table//tbody/tr")) == 3 + 5
    book = load_workbook(io.BytesIO(only(XlsxRenderer().render(view, OPTIONS))))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    for file in CsvRenderer().render(view, OPTIONS):
        for row in csv.reader(io.StringIO(file.content.decode(), newline="")):
            assert not [cell for cell in row if cell[:1] in set("=+@\t\r\n")]
    shown = only(TerminalRenderer().render(view, OPTIONS)).decode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)
