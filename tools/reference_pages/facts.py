"""Pages of facts: codes, measures, settings, cohorts, published figures, open questions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reference_pages.saying import choices, keys_of, member_docs
from reference_pages.writing import citations, code, listed, page, percent, sentences, table, yes

OPEN_QUESTIONS = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "open-questions.md"
#: Between these lines of the page on open questions stand the settings.
BEGIN, END = "<!-- settings: begin (tools/make_reference.py) -->", "<!-- settings: end -->"


def codes_page() -> str:
    """Codes: every version with its groups, days and citations."""
    from attendance_core.model.codes import Late, LegalGroup, StatGroup
    from attendance_core.reference.codes import load_codebook

    parts = [
        "Every code has one or more versions, and a mark is resolved on its own day.\n"
        "What a code is in law and how it counts in statistics are two fields, because they differ.\n"
        "`attendance codes --on DATE` prints the codes of a day.\n"
        "The standing in brackets behind a source says how sure the statement is: "
        "verified, secondary, unverified, or library for a choice of our own.",
        "## Groups in statistics",
        table(
            ("Value", "Attended", "Absent", "Possible", "Meaning"),
            [
                (
                    code(group.value),
                    yes(group.attended),
                    yes(group.absent),
                    "the profile's choice" if group is StatGroup.COVID else yes(group.possible),
                    member_docs(StatGroup).get(group.name, ""),
                )
                for group in StatGroup
            ],
        ),
        "## Groups in law",
        choices(LegalGroup),
        "## Lateness",
        choices(Late),
    ]
    for id in ("england", "foreign"):
        book = load_codebook(id)
        parts.append(f"## Codebook `{id}`: {book.title}")
        if id == "foreign":
            parts.append("No value of another system is ever taken for a code of England's: a mapping names these.")
        rows = []
        for one in book.codes:
            for version in one.versions:
                late = "" if version.late is Late.NO else version.late.value
                groups = (version.legal_group.value, version.stat_group.value, late)
                days = (version.in_force_from, version.in_force_to or "")
                rows.append((code(one.code), version.description, *groups, *days))
        heads = ("Code", "Meaning", "In law", "In statistics", "Late", "From", "To")
        parts.append(table(heads, rows))
        parts.append(f"### Sources of `{id}`")
        for one in book.codes:
            for version in one.versions:
                span = f"from {version.in_force_from}" + (f" to {version.in_force_to}" if version.in_force_to else "")
                lines = [f"**{code(one.code)} {span}**, last checked on {version.last_checked_on}:"]
                for name in (version.in_force_from_setting, version.in_force_to_setting):
                    if name:
                        lines.append(f"The setting {code(name)} moves one of these days.")
                if version.doubt:
                    lines.append(sentences(f"Mind: {version.doubt}"))
                parts.append("\n".join(lines) + "\n\n" + citations(version.cites))
            if one.revoked_on:
                text = f"{code(one.code)} was withdrawn on {one.revoked_on}."
                if one.revoked_note:
                    text += "\n" + sentences(one.revoked_note.rstrip(".") + ".")
                parts.append(text + "\nA later mark is kept with its last meaning, and with a doubt.")
    return page("Codes", *parts)


def measures_page() -> str:
    """Measures: definition, numerator, denominator, unit, citations."""
    from attendance_core.measures.definitions import load_measures
    from attendance_core.model.measures import MeasureKind

    measures = load_measures()
    parts = [
        "A measure is data: `src/attendance_core/measures/definitions.toml`.\n"
        "A figure's id spells measure, population, period and profile, as in "
        "`attendance/fsm/2025-09-03..2026-07-20/year-to-date`.\n"
        "`attendance explain` takes such an id.",
        "## How measures are worked out",
        choices(MeasureKind),
        "## All measures",
        table(
            ("Id", "Title", "Kind", "Unit", "Better"),
            [
                (
                    code(f"{one.id}.CODE" if one.per_code else one.id),
                    one.title,
                    one.kind.value,
                    one.unit.value,
                    one.better,
                )
                for one in measures.values()
            ],
        ),
    ]
    for one in measures.values():
        facts = [f"Numerator: {one.numerator_means}." + _columns(one.numerator)]
        if one.denominator_means:
            facts.append(f"Denominator: {one.denominator_means}." + _columns(one.denominator))
        if one.band is not None:
            low = f"100 x absent >= {one.band.at_least} x possible"
            high = f" and 100 x absent < {one.band.below} x possible" if one.band.below else ""
            facts.append(f"Threshold, in whole numbers: `{low}{high}`.")
        if one.at_least > 1:
            facts.append(f"Only spells of {one.at_least} sessions and more count.")
        if one.benchmark:
            facts.append("Published figures can stand beside it, where a release holds them.")
        facts.append(f"Last checked on {one.last_checked_on}.")
        parts += [f"### `{one.id}`", sentences(one.definition), listed(facts), "Sources:", citations(one.cites)]
    return page("Measures", *parts)


def _columns(names: Sequence[str]) -> str:
    return f" Tally columns: {', '.join(map(code, names))}." if names else ""


def _when_and_by(one: Any) -> str:
    """Say when a setting is decided, and by which characteristic."""
    told = "\nIt is decided while a register is read, and holds under every profile." if one.reading else ""
    if one.column:
        told += f"\nIt is judged by the characteristic {code(one.column)}; without it, it is not checked."
    return told + (f"\nValues that count: yes, and {', '.join(map(code, one.words))}." if one.words else "")


def settings_page() -> str:
    """Settings and profiles."""
    from attendance_core.reference.locate import read_reference
    from attendance_core.reference.settings import ProfilesDocument, load_profile, load_settings

    parts = [
        "A setting is a question that law or statistics leave open, with the default that this library takes.\n"
        "A profile is a named set of choices, and every figure names the one it was worked out under.\n"
        "A school chooses otherwise under `[policy.settings]` in attendance.toml.\n"
        "[Open questions](../explanation/open-questions.md) says why each of them is open, and "
        "[profiles](../explanation/profiles.md) what each profile means.",
        "## Settings",
        table(
            ("Setting", "Question", "Default", "Choices"),
            [
                (code(one.id), one.title, code(one.default), ", ".join(map(code, one.choices)))
                for one in load_settings().values()
            ],
        ),
        *[
            f"### `{one.id}`\n\n{sentences(one.question)}{_when_and_by(one)}\n\n"
            f"Last checked on {one.last_checked_on}. Sources:\n\n" + citations(one.cites)
            for one in load_settings().values()
        ],
        "## Profiles",
    ]
    for entry in read_reference("profiles.toml", ProfilesDocument).profile:
        profile = load_profile(entry.id)
        parts += [
            f"### `{entry.id}`",
            f"{entry.title}.",
            table(("Setting", "Choice"), [(code(name), code(choice)) for name, choice in profile.settings]),
        ]
    return page("Settings and profiles", *parts)


def _predicate(predicate: Any) -> str:
    values = ", ".join(map(code, predicate.values))
    asks = {
        "is-yes": "says yes",
        "equals": f"is {values}",
        "one-of": f"is one of {values}",
        "at-least": f"is {values} or more",
        "at-most": f"is {values} or less",
    }
    return f"{code(predicate.column)} {asks[predicate.test.value]}"


def cohorts_page() -> str:
    """Dimensions and cohorts that ship."""
    from attendance_core.model.cohorts import Cohort, Predicate, Test
    from attendance_core.reference.cohorts import load_cohort_pack

    pack = load_cohort_pack()
    parts = [
        "A dimension divides the school by the values of one characteristic; "
        "a cohort is a group that predicates or dated memberships define.\n"
        "A cohort whose characteristic the register lacks is not available, which is not the same as empty.\n"
        "A sensitive cohort is never shown to an audience outside the school.\n"
        "[Your own cohort](../how-to/your-own-cohort.md) shows how to add one.",
        "## How populations are spelled",
        table(
            ("Spelling", "Who"),
            [
                ("`all`", "every enrolment"),
                ("`fsm`", "a cohort"),
                ("`year-group=7`", "a value of a dimension"),
                ("`school=...`", "a school, where a register holds several"),
                ("`fsm+sen-support`", "who is in both"),
                ("`not:fsm`", "everybody else"),
                ("`enrolment=...`", "one enrolment"),
            ],
        ),
        "## Dimensions",
        table(
            ("Id", "Title", "Characteristic"),
            [(code(one.id), one.title, code(one.column)) for one in pack.dimensions],
        ),
        "## Cohorts",
        table(
            ("Id", "Title", "Who belongs", "Sensitive"),
            [
                (
                    code(one.id),
                    one.title,
                    "; and ".join(
                        [*map(_predicate, one.all_of)]
                        + ([" or ".join(map(_predicate, one.any_of))] if one.any_of else [])
                    ),
                    yes(one.sensitive),
                )
                for one in pack.cohorts
            ],
        ),
        "Texts are compared without regard to case.\n"
        "Each cohort takes dated memberships of its id as well"
        + _except([one.id for one in pack.cohorts if not one.membership])
        + ".",
        "## Sources",
        *[f"`{one.id}`:\n\n{citations(one.cites)}" for one in pack.dimensions],
        *[f"`{one.id}`:\n\n{citations(one.cites)}" for one in pack.cohorts],
        "## Keys of a cohort",
        keys_of(Cohort).replace("[Citation](#citation)", "citation").replace("(#predicate)", "(#keys-of-a-predicate)"),
        "## Keys of a predicate",
        keys_of(Predicate),
        "## Tests",
        choices(Test),
    ]
    return page("Cohorts", *parts)


def _except(names: Sequence[str]) -> str:
    return f", except {', '.join(map(code, names))}" if names else ""


def benchmarks_page() -> str:
    """Published figures that are carried over."""
    from attendance_core.reference.benchmarks import POOLED, benchmark_value, load_release, release_ids

    parts = [
        "Published figures that stand beside a school's own, carried over digit by digit by "
        "`tools/make_benchmarks.py`.\n"
        "They contain public sector information licensed under the Open Government Licence v3.0.\n"
        "A plugin can bring others, see [hooks](hooks.md).\n"
        "Which of them a report used stands in its last section."
    ]
    for id in release_ids():
        release = load_release(id)
        parts += [
            f"## `{id}`: {release.title}",
            listed(
                [
                    f"Collection: {release.collection}.",
                    f"Academic year {release.academic_year}, days {release.start} to {release.end}.",
                    f"Published on {release.published_on}; "
                    + ("marked provisional by its publisher." if release.provisional else "final."),
                    f"{len(release.rows)} rows: "
                    + ", ".join(
                        f"{sum(row.level == level for row in release.rows)} {level}"
                        for level in ("national", "region", "authority")
                    )
                    + ".",
                    f"Last checked on {release.last_checked_on}.",
                ]
            ),
            sentences(release.note),
            "National rows, in percent:",
        ]
        names = [name for name in POOLED if any(benchmark_value(row, name) is not None for row in release.rows)]
        rows = [
            (row.phase, row.group or "everybody", *(percent(benchmark_value(row, name)) for name in names))
            for row in release.rows
            if row.level == "national"
        ]
        parts += [table(("Phase", "Group", *names), rows), "Sources:", citations(release.cites)]
    return page("Published figures", *parts)


def checks_page() -> str:
    """The register check: what is asked, with which limits, and on whose word."""
    from attendance_core.model.outcomes import Outcome
    from attendance_core.reference.checks import load_checks

    parts = [
        "Questions to the register itself.\n"
        "A finding is a reason to look, never a judgement.\n"
        "`attendance check` asks them after it has read a register, and `Workbench.check` in a program; "
        "[check a register](../how-to/check-a-register.md) shows both.\n"
        "Limits stand in `checks.toml`, each with its sources; what is cited to the library is its own choice.",
        "## Outcomes",
        choices(Outcome),
        "## Checks",
        table(("Check", "What it asks"), [(code(one.id), one.asks) for one in load_checks()]),
    ]
    for one in load_checks():
        facts = [f"Looks at days from {one.in_force_from}" + (f" to {one.in_force_to}." if one.in_force_to else ".")]
        if one.except_from and one.except_to:
            facts.append(f"Looks away from {one.except_from} to {one.except_to}.")
        if one.parameters:
            facts.append(f"Limits: {', '.join(f'{code(name)} = {value}' for name, value in one.parameters.items())}.")
        if one.groups:
            facts.append(f"Groups in statistics: {', '.join(code(group.value) for group in one.groups)}.")
        for what, values in (
            ("Codes", one.codes),
            ("Expected, and so no finding", one.expected),
            ("Days of the year on which it turns", one.turning_days),
        ):
            if values:
                facts.append(f"{what}: {', '.join(map(code, values))}.")
        facts += [f"What to do about a finding: {one.recommends}.", f"Last checked on {one.last_checked_on}."]
        parts += [f"## `{one.id}`: {one.title}", one.asks, listed(facts), "Sources:", citations(one.cites)]
    return page("Register check", *parts)


def open_questions() -> str:
    """Return the page on open questions with its list of settings made anew."""
    from attendance_core.reference.settings import load_settings

    before, rest = OPEN_QUESTIONS.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    parts = []
    for one in load_settings().values():
        parts.append(
            f"### {one.title}\n\n{sentences(one.question)}\n"
            f"Setting {code(one.id)}; choices {', '.join(map(code, one.choices))}; default {code(one.default)}.\n\n"
            + citations(one.cites)
        )
    return f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}"
