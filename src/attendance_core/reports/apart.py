"""Reports of what is no register of sessions: lesson marks, and counts."""

from attendance_core.dates import DateRange
from attendance_core.measures.lessons import LessonAnalysis
from attendance_core.measures.scope import unchecked
from attendance_core.model.configuration import School
from attendance_core.model.profiles import Profile
from attendance_core.model.reports import Block, Outline, OutlineSection, Provenance, Report, SectionKind
from attendance_core.register.counts import Counts
from attendance_core.reports.build import plain_report
from attendance_core.reports.counts import count_account_blocks, count_blocks
from attendance_core.reports.lessons import lesson_blocks
from attendance_core.reports.register_section import account_blocks, how_read


def lesson_report(
    outline: Outline, school: School, analysis: LessonAnalysis, provenance: Provenance, notes: tuple[str, ...] = ()
) -> Report:
    """Build the report of lesson marks."""

    def blocks(section: OutlineSection) -> tuple[Block, ...]:
        if section.kind is SectionKind.READING:
            account = analysis.lessons.account
            return (*account_blocks(account), *how_read(account))
        return lesson_blocks(analysis) if section.kind is SectionKind.LESSONS else ()

    said = (*notes, *[one.told for one in analysis.not_checked])
    return plain_report(outline, school, analysis.period, provenance, blocks, said)


def count_report(
    outline: Outline,
    school: School,
    counts: Counts,
    profile: Profile,
    period: DateRange,
    provenance: Provenance,
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the report of counts: no sessions stand behind its figures."""

    def blocks(section: OutlineSection) -> tuple[Block, ...]:
        if section.kind is SectionKind.READING:
            return count_account_blocks(counts)
        return count_blocks(counts, section, profile, period) if section.kind is SectionKind.HEADLINES else ()

    said = (*notes, *[one.told for one in unchecked(profile, "counts hold no marks that could be left out")])
    return plain_report(outline, school, period, provenance, blocks, said)
