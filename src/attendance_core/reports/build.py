"""Build a report from an analysis and an outline."""

from collections.abc import Callable
from datetime import date

from attendance_core.dates import DateRange
from attendance_core.model.configuration import School
from attendance_core.model.reports import (
    Block,
    Outline,
    OutlineSection,
    Paragraph,
    Provenance,
    Report,
    Section,
    SectionKind,
)
from attendance_core.reports.material import Material
from attendance_core.reports.sections import BUILDERS


def build_report(
    material: Material,
    provenance: Provenance,
    *,
    notes: tuple[str, ...] = (),
    progress: Callable[[str], None] = lambda step: None,
) -> Report:
    """Build every section of the material's outline.

    Args:
        material: What the report is made of.
        provenance: What it was made from.
        notes: What is missing or degraded, and why.
        progress: Told the title of each section.
    """
    outline = material.outline
    sections = []
    seen: set[SectionKind] = set()
    for index, section in enumerate(outline.sections):
        progress(section.title)
        opening: tuple[Block, ...] = (Paragraph(text=section.opening),) if section.opening else ()
        blocks = BUILDERS[section.kind](material, section)
        id = section.kind.value if section.kind not in seen else f"{section.kind.value}-{index}"
        seen.add(section.kind)
        sections.append(Section(id=id, title=section.title, blocks=(*opening, *blocks)))
    name = material.school.name
    return Report(
        title=f"{outline.title}: {name}" if name else outline.title,
        subtitle=subtitle(material.period.start, material.period.end or provenance.as_of, outline),
        audience=outline.audience.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=(*notes, *[one.told for one in material.analysis.scope.not_checked]),
    )


def subtitle(start: date, end: date, outline: Outline) -> str:
    """Name the period and the reader."""
    days = " to ".join(f"{day.day} {day:%B %Y}" for day in (start, end))
    return f"{days}, for {outline.audience.title.lower()}"


def plain_report(
    outline: Outline,
    school: School,
    period: DateRange,
    provenance: Provenance,
    blocks: Callable[[OutlineSection], tuple[Block, ...]],
    notes: tuple[str, ...] = (),
) -> Report:
    """Build a report whose blocks come from elsewhere than a register of sessions: lessons, counts."""
    sections = []
    for section in outline.sections:
        found = blocks(section)
        if found:
            opening: tuple[Block, ...] = (Paragraph(text=section.opening),) if section.opening else ()
            sections.append(Section(id=section.kind.value, title=section.title, blocks=(*opening, *found)))
    return Report(
        title=f"{outline.title}: {school.name}" if school.name else outline.title,
        subtitle=subtitle(period.start, period.end or provenance.as_of, outline),
        audience=outline.audience.id,
        sections=tuple(sections),
        provenance=provenance,
        notes=notes,
    )
