"""Sections: from material to blocks, one function a kind."""

from collections.abc import Callable

from attendance_core.measures.definitions import BANDS, get_measure
from attendance_core.model.figures import Figure
from attendance_core.model.reports import (
    Block,
    Cell,
    Chart,
    ChartKind,
    Column,
    FigureTable,
    OutlineSection,
    Paragraph,
    SectionKind,
    Series,
    Table,
)
from attendance_core.reference.settings import load_settings
from attendance_core.reports.comparing import OF_COMPULSORY_AGE
from attendance_core.reports.concerns import concerns
from attendance_core.reports.material import MOST_VALUES, Material
from attendance_core.reports.patterns import heatmap, punctuality, reasons, spells, trend
from attendance_core.reports.pupils import pupils
from attendance_core.reports.register_section import reading
from attendance_core.reports.words import days, decimal, number_of

Build = Callable[[Material, OutlineSection], tuple[Block, ...]]


def headlines(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """The headline figures with their comparisons."""
    figures = []
    for measure in section.measures:
        figure = material.figure(measure)
        if measure == "unclassified-absence" and not figure.numerator:
            continue
        figures.append(figure)
    period = material.period
    blocks: list[Block] = [
        FigureTable(title="Headline figures", figures=tuple(figures), caption=f"All pupils, {days(period)}.")
    ]
    apart = sixth_form_apart(material, section)
    if apart is not None:
        blocks.append(apart)
    provisional = material.codes.get("N", 0)
    if provisional:
        carried = number_of(provisional, "session carries", "sessions carry")
        blocks.append(
            Paragraph(
                text=f"{carried} code N, whose reason is still to be established: they count as unauthorised absence, "
                "and will move when the reason is known."
            )
        )
    unknown = material.totals["all"]["unclassified"]
    if unknown:
        blocks.append(
            Paragraph(
                text=f"Of {number_of(unknown, 'absent session')} the source does not say whether the absence was "
                "authorised. It counts as absence and as neither kind, so the figures of authorised and unauthorised "
                "absence are the least that they can be."
            )
        )
    without = material.totals["all"]["without_possible"]
    if without:
        blocks.append(
            Paragraph(
                text=f"{number_of(without, 'enrolment had', 'enrolments had')} no possible session in the period and "
                f"{'is' if without == 1 else 'are'} left out of every rate."
            )
        )
    return tuple(blocks)


def sixth_form_apart(material: Material, section: OutlineSection) -> FigureTable | None:
    """Show those over compulsory school age apart from the rest, where the school has any.

    The headlines count everybody; published figures leave those over compulsory age out.
    """
    over = OF_COMPULSORY_AGE.removeprefix("not:")
    inside, outside = material.totals.get(over), material.totals.get(OF_COMPULSORY_AGE)
    if inside is None or outside is None or not inside["possible"] or not outside["possible"]:
        return None
    named = [name for name in ("attendance", "persistent-absence") if name in section.measures]
    pairs = [(name, key) for key in (OF_COMPULSORY_AGE, over) for name in named]
    who = {OF_COMPULSORY_AGE: "up to compulsory school age", over: "sixth form"}
    return FigureTable(
        title="Sixth form apart",
        figures=tuple(material.figure(name, key) for name, key in pairs),
        labels=tuple(f"{get_measure(name)[0].title}, {who[key]}" for name, key in pairs),
        caption="The headlines count everybody; published figures leave out those over compulsory school age.",
    )


def persistence(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Persistent and severe absence, as subset, as exclusive bands, and in DfE's bands of five points."""
    subset = tuple(material.figure(name) for name in ("persistent-absence", "severe-absence", "persistent-share"))
    exclusive = tuple(material.figure(name) for name in ("below-persistent", "persistent-not-severe", "severe-absence"))
    bands = tuple(material.figure(name) for name in BANDS)
    labels = tuple(get_measure(name)[0].title.removeprefix("Absence ") for name in BANDS)
    counts = [figure.numerator or 0 for figure in bands]
    return (
        FigureTable(title="As parts of one another", figures=subset, caption="Severe absence is counted in both rows."),
        FigureTable(title="As bands that exclude each other", figures=exclusive, partition=True),
        FigureTable(title="In bands of five points", figures=bands, labels=labels, partition=True),
        Chart(
            id="absence-bands",
            title="Enrolments by absence",
            kind=ChartKind.BAR,
            categories=labels,
            series=(
                Series(
                    name="Percent of enrolments",
                    values=tuple(figure.value for figure in bands),
                    figures=tuple(figure.key for figure in bands),
                ),
            ),
            category_title="Absence, percent of possible sessions",
            value_title="Percent of enrolments",
            text=f"Of {number_of(sum(counts), 'enrolment')}, {counts[0]:,} were absent for less than 5 % of their "
            f"sessions, {sum(counts[2:]):,} for 10 % or more, and {counts[-1]:,} for half or more.",
        ),
    )


def _gap_text(figures: tuple[Figure, ...], labels: tuple[str, ...]) -> str:
    ranked = sorted(
        (figure.value, label) for figure, label in zip(figures, labels, strict=True) if figure.value is not None
    )
    if len(ranked) < 2:
        return ""
    return f"From {decimal(ranked[0][0])} % ({ranked[0][1]}) to {decimal(ranked[-1][0])} % ({ranked[-1][1]})."


def groups(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Every dimension that the register can tell, each value against the rest."""
    blocks: list[Block] = []
    for name, keys in material.dimension_values.items():
        if section.dimensions and name not in section.dimensions:
            continue
        dimensions = material.analysis.populations.dimensions
        title = dimensions[name].title if name in dimensions else name.title()
        if len(keys) > MOST_VALUES:
            blocks.append(
                Paragraph(text=f"{title}: {len(keys)} values, too many to list; ask for one by name, as {keys[0]}.")
            )
            continue
        labels = tuple(material.title(key) for key in keys)
        for measure in section.measures:
            figures = tuple(material.figure(measure, key) for key in keys)
            heading = get_measure(measure)[0].title
            blocks.append(
                FigureTable(
                    title=f"{title}: {heading.lower()}",
                    figures=figures,
                    labels=labels,
                    partition=True,
                    caption=_gap_text(figures, labels),
                )
            )
    if not blocks:
        blocks.append(Paragraph(text="The register has no characteristics: give a pupils file to see groups."))
    return tuple(blocks)


def cohorts(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """Every cohort that the register can tell, and the list of those that it cannot."""
    known = tuple(population for population in material.cohort_populations if population.available)
    members = tuple(population for population in known if material.totals[population.key]["possible"])
    blocks: list[Block] = []
    for measure in section.measures:
        if members:
            figures = tuple(material.figure(measure, population.key) for population in members)
            labels = tuple(population.title for population in members)
            blocks.append(
                FigureTable(title=f"Cohorts: {get_measure(measure)[0].title.lower()}", figures=figures, labels=labels)
            )
    empty = [population.title for population in known if population not in members]
    if empty:
        blocks.append(Paragraph(text="No pupil with a possible session belongs to: " + ", ".join(empty) + "."))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (population.title, ", ".join(population.missing))
        for population in material.cohort_populations
        if not population.available
    )
    if rows:
        blocks.append(
            Table(
                id="cohorts-not-available",
                title="Not available",
                columns=(Column(key="cohort", title="Cohort"), Column(key="missing", title="The register has no")),
                rows=rows,
                caption="Not available is not zero: the register cannot say who belongs to these.",
            )
        )
    return tuple(blocks)


def definitions(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """What every measure of the report means, and the choices made."""
    from attendance_core.measures.definitions import load_measures
    from attendance_core.reference.sources import load_sources

    named = [name for part in material.outline.sections for name in part.measures]
    if any(part.kind is SectionKind.PERSISTENCE for part in material.outline.sections):
        named += ["persistent-share", "persistent-not-severe"]
    sources = load_sources()
    rows: list[tuple[Cell, ...]] = []
    for name in dict.fromkeys(named):
        measure = load_measures()[name]
        cites = "; ".join(f"{sources[cite.source].title}, {cite.provision}" for cite in measure.cites)
        rows.append((measure.title, measure.definition, cites))
    settings = load_settings()
    profile = material.analysis.profile
    return (
        Table(
            id="measures",
            title="Measures",
            columns=(
                Column(key="measure", title="Measure"),
                Column(key="definition", title="Definition"),
                Column(key="source", title="Source"),
            ),
            rows=tuple(rows),
        ),
        Table(
            id="settings",
            title=f"Choices of the profile: {profile.title}",
            columns=(
                Column(key="setting", title="Open question"),
                Column(key="choice", title="Choice"),
                Column(key="id", title="Setting"),
            ),
            rows=tuple((settings[name].title, value, name) for name, value in profile.settings),
            caption="What law and statistics leave open; each can be set under [policy.settings] in attendance.toml.",
        ),
        *_left_out(material),
        Table(
            id="comparators",
            title="What figures are compared with",
            columns=(
                Column(key="release", title="Release"),
                Column(key="period", title="Period"),
                Column(key="status", title="Status"),
                Column(key="note", title="Note"),
            ),
            rows=tuple(
                (
                    release.title,
                    days(release.period),
                    "provisional" if release.provisional else "final",
                    release.note.strip(),
                )
                for release in material.releases
            ),
            caption=f"Phase for comparisons: {material.comparer.phase or 'none'} ({material.comparer.phase_note}).",
            empty="No published figures are at hand.",
        ),
    )


def _left_out(material: Material) -> tuple[Block, ...]:
    """Say which clauses of the profile were applied; how many pupils each concerns is for nobody's eyes here."""
    scope, settings = material.analysis.scope, load_settings()
    if not scope.clauses:
        return ()
    chosen = dict(material.analysis.profile.settings)
    rows: list[tuple[Cell, ...]] = [
        (settings[name].title, chosen[name], "applied" if left.not_checked is None else left.not_checked.told)
        for name, left in scope.clauses.items()
    ]
    return (
        Table(
            id="left-out",
            title="What the profile leaves out",
            columns=(
                Column(key="clause", title="Clause"),
                Column(key="choice", title="Choice"),
                Column(key="state", title="State"),
            ),
            rows=tuple(rows),
            caption="What is left out is in no figure of this report; the register's own section counts everything.",
        ),
    )


BUILDERS: dict[SectionKind, Build] = {
    SectionKind.READING: reading,
    SectionKind.HEADLINES: headlines,
    SectionKind.PERSISTENCE: persistence,
    SectionKind.PUNCTUALITY: punctuality,
    SectionKind.GROUPS: groups,
    SectionKind.COHORTS: cohorts,
    SectionKind.TREND: trend,
    SectionKind.REASONS: reasons,
    SectionKind.HEATMAP: heatmap,
    SectionKind.SPELLS: spells,
    SectionKind.PUPILS: pupils,
    SectionKind.CONCERNS: concerns,
    SectionKind.DEFINITIONS: definitions,
}
