"""The built-in plugin: enters by the same entry-point group as everybody else's.

Each hook imports what it brings when it is called, so that importing this module costs next to nothing.
"""

from collections.abc import Iterable

from attendance_core.model.codes import Codebook
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.extensions import Adapter, BenchmarkProvider, Renderer
from attendance_core.model.frameworks import Framework
from attendance_core.model.mappings import Mapping
from attendance_core.model.policies import Policy
from attendance_core.model.reports import Outline
from attendance_core.model.support_tiers import Pathway
from attendance_core.plugins.hookspecs import hookimpl


@hookimpl
def attendance_adapters() -> Iterable[Adapter]:
    """Bring the readers of CSV, TSV, Parquet, XLSX and Arrow files."""
    from attendance_core.plugins.builtin.adapters import adapters

    return adapters()


@hookimpl
def attendance_mappings() -> Iterable[Mapping]:
    """Bring the mappings shipped with the package."""
    from attendance_core.reference.mappings import load_mappings

    return load_mappings()


@hookimpl
def attendance_codebooks() -> Iterable[Codebook]:
    """Bring the register codes of England, and the words of systems that use none."""
    from attendance_core.reference.codes import load_codebook

    return (load_codebook("england"), load_codebook("foreign"))


@hookimpl
def attendance_cohorts() -> Iterable[CohortPack]:
    """Bring the cohorts and dimensions that schools in England look at."""
    from attendance_core.reference.cohorts import load_cohort_pack

    return (load_cohort_pack(),)


@hookimpl
def attendance_outlines() -> Iterable[Outline]:
    """Bring the outlines of reports."""
    from attendance_core.reports.outlines import load_outlines

    return load_outlines()


@hookimpl
def attendance_benchmarks() -> Iterable[BenchmarkProvider]:
    """Bring the figures published for England, its regions and authorities."""
    from attendance_core.plugins.builtin.benchmarks import PublishedBenchmarks

    return (PublishedBenchmarks(),)


@hookimpl
def attendance_renderers() -> Iterable[Renderer]:
    """Bring the formats that reports can be written in."""
    from attendance_core.plugins.builtin.render_csv import CsvRenderer
    from attendance_core.plugins.builtin.render_html import HtmlRenderer
    from attendance_core.plugins.builtin.render_json import JsonRenderer
    from attendance_core.plugins.builtin.render_markdown import MarkdownRenderer
    from attendance_core.plugins.builtin.render_terminal import TerminalRenderer
    from attendance_core.plugins.builtin.render_xlsx import XlsxRenderer

    return (
        CsvRenderer(),
        HtmlRenderer(),
        JsonRenderer(),
        MarkdownRenderer(),
        TerminalRenderer(),
        XlsxRenderer(),
    )


@hookimpl
def attendance_policies() -> Iterable[Policy]:
    """Bring the national rules of England, early signs, and example authorities."""
    from attendance_core.policy.loading import load_policies

    return tuple(load_policies().values())


@hookimpl
def attendance_frameworks() -> Iterable[Framework]:
    """Bring the five framework packs."""
    from attendance_core.frameworks.loading import load_frameworks

    return tuple(load_frameworks().values())


@hookimpl
def attendance_crosswalks() -> Iterable[Crosswalk]:
    """Bring the crosswalk of the five packs."""
    from attendance_core.frameworks.loading import load_own_crosswalk

    return (load_own_crosswalk(),)


@hookimpl
def attendance_pathways() -> Iterable[Pathway]:
    """Bring the pathway of three tiers."""
    from attendance_core.support.pathway import load_own_pathway

    return (load_own_pathway(),)
