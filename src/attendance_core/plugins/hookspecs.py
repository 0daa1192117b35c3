"""The hooks: every one brings values of ``model/``; all are called with no knowledge of who else brings what.

A plugin is a module (or an instance of a class) with functions of these names, marked by ``hookimpl``, and an entry
point of the group ``attendance_core``. Each hook is called at most once for each workbench, when something of its
kind is first asked for, and on its own: no plugin sees another's results, and hook wrappers are refused.

Whatever goes wrong is kept with the plugin's name, distribution and version, and the host goes on: an exception costs
the plugin all that this hook would have brought; an item of the wrong type, or without a usable id, costs that item.
An id is lower case: letters, digits, dots, hyphens and underscores. A plugin's item replaces a built-in one of the
same id, and reports say so; of two plugins that claim one id, neither is used.
"""

from collections.abc import Iterable

import pluggy

from attendance_core.model.codes import Codebook
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.extensions import Adapter, BenchmarkProvider, Renderer, RuleFinder
from attendance_core.model.frameworks import Framework
from attendance_core.model.mappings import Mapping
from attendance_core.model.policies import Policy
from attendance_core.model.reports import Outline
from attendance_core.model.support_tiers import Pathway

PROJECT = "attendance_core"
"""The project of the markers, and the group of the entry points."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def attendance_adapters() -> Iterable[Adapter]:
    """Bring readers of file formats.

    When called:
        Once, before the first file is read or sniffed.

    Parameters:
        None.

    Returns:
        Instances with ``id``, ``title``, ``suffixes``, ``sniff`` and ``read``. An adapter returns the file's cells
        as they lie there; columns and values are the mapping's affair.

    On error:
        An adapter that is refused reads nothing. When ``read`` raises an ``InputError`` the user sees it as it is;
        any other exception is a failure of the plugin, told by type and line and without its message, because that
        may hold a pupil's data.

    Example:
        ```python
        from attendance_core.model.extensions import RawTable
        from attendance_core.plugins import hookimpl


        class DotMatrix:
            id = "dot-matrix"
            title = "Acme print-out"
            suffixes = (".dmx",)

            def sniff(self, path, head):
                return "it begins with the word DMX" if head.startswith(b"DMX") else None

            def read(self, path, options):
                import polars as pl

                return RawTable(frame=pl.read_csv(path, skip_rows=1, infer_schema=False), first_row=3)


        @hookimpl
        def attendance_adapters():
            return [DotMatrix()]
        ```
    """
    return ()


@hookspec
def attendance_mappings() -> Iterable[Mapping]:
    """Bring readings of export layouts, to be chosen by name.

    When called:
        Once, when a mapping is first asked for by name or proposed for an unknown file.

    Parameters:
        None.

    Returns:
        Mappings. A mapping is data: a plugin that wants a name for its layout needs nothing else.

    On error:
        A mapping that is refused is not offered; asking for its id is an unknown name.

    Example:
        ```python
        from attendance_core.model.mappings import Layout, Mapping
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_mappings():
            columns = {"pupil_id": "Adno", "date": "Day", "am": "AM mark", "pm": "PM mark"}
            return [Mapping(id="acme-daily", title="Acme daily list", layout=Layout.PUPIL_DAY, columns=columns)]
        ```
    """
    return ()


@hookspec
def attendance_codebooks() -> Iterable[Codebook]:
    """Bring sets of attendance codes with dated, cited versions.

    When called:
        Once, before the first mark is resolved.

    Parameters:
        None.

    Returns:
        Codebooks, for systems whose marks are not the register codes of England, such as another nation's.

    On error:
        A codebook that is refused resolves nothing: its marks become rejects, never marks of another codebook.

    Example:
        ```python
        from datetime import date

        from attendance_core.model.codes import Code, Codebook, CodeVersion, LegalGroup, StatGroup
        from attendance_core.model.sources import Citation
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_codebooks():
            here = CodeVersion(
                in_force_from=date(2025, 9, 1),
                description="Here",
                legal_group=LegalGroup.FOREIGN,
                stat_group=StatGroup.PRESENT,
                cites=(Citation(source="acme-handbook", provision="page 3"),),
                last_checked_on=date(2026, 1, 5),
            )
            return [Codebook(id="acme", title="Acme marks", codes=(Code(code="H", versions=(here,)),))]
        ```
    """
    return ()


@hookspec
def attendance_cohorts() -> Iterable[CohortPack]:
    """Bring packs of cohorts and of the dimensions that divide a school.

    When called:
        Once, before the first cohort is looked up.

    Parameters:
        None.

    Returns:
        Cohort packs. Predicates name characteristics; a school whose files lack one gets "not available", not zero.

    On error:
        A pack that is refused defines no cohort; asking for one of its cohorts is an unknown name.

    Example:
        ```python
        from attendance_core.model.cohorts import Cohort, CohortPack, Predicate
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_cohorts():
            bus = Cohort(id="school-bus", title="Comes by school bus", all_of=(Predicate(column="bus_pass"),))
            return [CohortPack(id="acme-transport", title="Transport", cohorts=(bus,))]
        ```
    """
    return ()


@hookspec
def attendance_outlines() -> Iterable[Outline]:
    """Bring outlines of reports: which sections, in which order, for whom.

    When called:
        Once, before the first report is built.

    Parameters:
        None.

    Returns:
        Outlines. One with the id of a built-in outline replaces it.

    On error:
        An outline that is refused is not offered; a built-in one that it meant to replace stays in use.

    Example:
        ```python
        from attendance_core.model.reports import Audience, Outline, OutlineSection, SectionKind
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_outlines():
            trustees = Audience(id="trustees", title="Trustees")
            headlines = OutlineSection(kind=SectionKind.HEADLINES, title="The year in figures")
            return [Outline(id="acme-trustees", title="For trustees", audience=trustees, sections=(headlines,))]
        ```
    """
    return ()


@hookspec
def attendance_benchmarks() -> Iterable[BenchmarkProvider]:
    """Bring published figures to compare with.

    When called:
        Once, when a comparison is first wanted. The provider loads nothing before ``releases`` is called.

    Parameters:
        None.

    Returns:
        Instances with ``id``, ``title`` and ``releases``. One with the id of the built-in provider replaces it.

    On error:
        A provider that is refused, or raises, leaves its comparisons out, and the report says that they are missing.

    Example:
        ```python
        from attendance_core.plugins import hookimpl


        class TrustFigures:
            id = "acme-trust"
            title = "Figures of the Acme trust"

            def releases(self, academic_year):
                return ()


        @hookimpl
        def attendance_benchmarks():
            return [TrustFigures()]
        ```
    """
    return ()


@hookspec
def attendance_renderers() -> Iterable[Renderer]:
    """Bring output formats.

    When called:
        Once, when a format is first asked for.

    Parameters:
        None.

    Returns:
        Instances with ``id`` (the name of the format), ``title`` and ``render``. A renderer gets a view that is safe
        for its audience and nothing else, computes no figure, writes no file, and returns named files as bytes.

    On error:
        A format that was asked for and fails ends the command with status 3; one that was not is a note.

    Example:
        ```python
        from attendance_core.model.reports import RenderedFile
        from attendance_core.plugins import hookimpl


        class Titles:
            id = "titles"
            title = "Headings only"

            def render(self, view, options):
                text = "; ".join(section.title for section in view.report.sections)
                return (RenderedFile(name=f"{options.name}.txt", media_type="text/plain", content=text.encode()),)


        @hookimpl
        def attendance_renderers():
            return [Titles()]
        ```
    """
    return ()


@hookspec
def attendance_policies() -> Iterable[Policy]:
    """Bring policies: dated, cited rules that turn marks into concerns.

    When called:
        Once, when concerns are first asked for, or policies listed.

    Parameters:
        None.

    Returns:
        Policies. A policy is data: a plugin that carries TOML files reads them with
        ``attendance_core.policy.loading.load_folder``, which refuses what cannot be right. A school names the
        policies that it uses in ``attendance.toml``.

    On error:
        A policy that is refused, by the loader or by the same checks as a value, is not asked. Where a school
        names it, its absence is an unknown name, and the failure stands beside it: a failed policy is never silent.

    Example:
        ```python
        from datetime import date

        from attendance_core.model.policies import Policy, Rule, RuleVersion
        from attendance_core.model.rules import RunRule
        from attendance_core.model.selections import RuleUnit, Selection
        from attendance_core.model.sources import Citation
        from attendance_core.plugins import hookimpl

        handbook = (Citation(source="library", note="the authority's handbook would stand here"),)


        @hookimpl
        def attendance_policies():
            ten_days = RuleVersion(
                in_force_from=date(2025, 9, 1),
                recommends="Refer to the attendance team.",
                to="attendance lead",
                cites=handbook,
                last_checked_on=date(2026, 1, 5),
                run=RunRule(unit=RuleUnit.DAYS, select=Selection(codes=("G", "N", "O", "U")), at_least=10),
            )
            referral = Rule(id="referral", title="Referral", versions=(ten_days,))
            return [
                Policy(
                    id="acme",
                    title="Acme: referrals",
                    jurisdiction="Acme",
                    in_force_from=date(2025, 9, 1),
                    cites=handbook,
                    last_checked_on=date(2026, 1, 5),
                    rules=(referral,),
                )
            ]
        ```
    """
    return ()


@hookspec
def attendance_rules() -> Iterable[RuleFinder]:
    """Bring rules that no kind of the library can say.

    When called:
        Once, when a policy with a custom rule is first asked. ``find`` is called for each register and day.

    Parameters:
        None.

    Returns:
        Instances with ``id``, ``title`` and ``find``. A policy names one in a rule of the kind ``custom``, and says
        there what it recommends, for whom, under which citation.

    On error:
        When ``find`` raises, or returns something other than a frame of concerns, the rule has the outcome error, the
        report says so with the plugin's name and version, the command ends with status 3, and all other rules go on.

    Example:
        ```python
        import narwhals as nw

        from attendance_core.plugins import hookimpl


        class ThreeMondays:
            id = "acme-three-mondays"
            title = "Absent on three Mondays"

            def find(self, marks, side, calendar, as_of):
                mondays = marks.filter(nw.col("code") == "O", nw.col("date").dt.weekday() == 1)
                found = mondays.group_by("enrolment_id").agg(
                    nw.col("date").min().alias("start"),
                    nw.col("date").max().alias("end"),
                    nw.col("date").max().alias("met_on"),
                    nw.len().alias("count"),
                )
                return found.filter(nw.col("count") >= 3).collect()


        @hookimpl
        def attendance_rules():
            return [ThreeMondays()]
        ```
    """
    return ()


@hookspec
def attendance_frameworks() -> Iterable[Framework]:
    """Bring frameworks: ordered lists of what good practice is.

    When called:
        Once, when frameworks are first asked for.

    Parameters:
        None.

    Returns:
        Frameworks. A framework is data: `load_framework` reads one from the TOML file that the plugin
        carries, and refuses what cannot be right. Ids are for good: audits and links stand on them.

    On error:
        A framework that is refused cannot be audited; asking for it is an unknown name, with the failure
        beside it.

    Example:
        ```python
        from datetime import date

        from attendance_core.model.frameworks import Framework, FrameworkSection, Item, ItemKind
        from attendance_core.model.sources import Citation
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_frameworks():
            gate = Item(id="1.1", label="1.1", kind=ItemKind.STATEMENT, statement="Somebody greets pupils at the gate.")
            arrive = FrameworkSection(id="1", label="1", title="Arriving", items=(gate,))
            return [
                Framework(
                    id="acme-welcome",
                    title="Acme's charter of welcome",
                    version="1.0",
                    in_force_from=date(2025, 9, 1),
                    last_checked_on=date(2026, 1, 5),
                    cites=(Citation(source="acme-charter", provision="page 2"),),
                    sections=(arrive,),
                )
            ]
        ```
    """
    return ()


@hookspec
def attendance_crosswalks() -> Iterable[Crosswalk]:
    """Bring crosswalks: links between items of frameworks, each with a strength and a reason of its own.

    When called:
        Once, when links are first asked for.

    Parameters:
        None.

    Returns:
        Crosswalks. All of them are used together; one with the id of the built-in one, ``england``, replaces
        it. `load_crosswalk` reads one from a TOML file and refuses ends that do not exist.

    On error:
        A crosswalk that is refused links nothing, and the others go on. So does one whose ends no framework
        has: its faults are told when it is used.

    Example:
        ```python
        from datetime import date

        from attendance_core.model.crosswalks import Crosswalk, Link, LinkStrength
        from attendance_core.model.sources import Citation, Standing
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_crosswalks():
            greeting = Link(
                ends=("acme-welcome/1.1", "six-areas/universal-welcome"),
                strength=LinkStrength.SAME,
                theme="welcome",
                reason="Both want a pupil to be greeted on arriving.",
            )
            return [
                Crosswalk(
                    id="acme",
                    title="Acme's charter and the six areas",
                    version="1.0",
                    in_force_from=date(2025, 9, 1),
                    last_checked_on=date(2026, 1, 5),
                    cites=(Citation(source="library", standing=Standing.LIBRARY),),
                    frameworks={"acme-welcome": "1.0", "six-areas": "1.0.0"},
                    links=(greeting,),
                )
            ]
        ```
    """
    return ()


@hookspec
def attendance_pathways() -> Iterable[Pathway]:
    """Bring pathways: the tiers in which support is given, what proposes each, and the words for barriers.

    When called:
        Once, when a pathway is first asked for.

    Parameters:
        None.

    Returns:
        Pathways. A pathway is data: ``attendance_core.support.pathway.load_pathway`` reads one from the TOML file that
        the plugin carries, and refuses what cannot be right. A school names the one that it follows under
        ``[support]`` in ``attendance.toml``; decisions in ledgers name its tiers, so ids are for good.

    On error:
        A pathway that is refused cannot be followed; asking for it is an unknown name, with the failure beside it.

    Example:
        ```python
        from attendance_core.model.sources import Citation
        from attendance_core.model.support_tiers import Pathway, Tier
        from attendance_core.plugins import hookimpl


        @hookimpl
        def attendance_pathways():
            everybody = Tier(id="core", label="Core", intent="What every pupil gets.")
            more = Tier(
                id="plus",
                label="Plus",
                intent="A plan with pupil and family.",
                review_days=21,
                enter=("england-national/persistent-absence",),
                leave_after_weeks=4,
            )
            cites = (Citation(source="acme-charter", provision="page 7"),)
            return [Pathway(id="acme-two-steps", title="Acme: two steps", tiers=(everybody, more), cites=cites)]
        ```
    """
    return ()
