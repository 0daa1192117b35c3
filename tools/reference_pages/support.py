"""The page of support: the pathway that ships, its words, and what letters can say and what keeps them back."""

from typing import Any

from reference_pages.saying import choices
from reference_pages.writing import citations, code, listed, page, sentences, table, yes


def support_page() -> str:
    """Tiers, factors, letter templates, their fields, and stops."""
    from attendance_core.model.letters import AbsenceKind, LetterTone
    from attendance_core.support.letters import LETTER_FIELDS, PUPIL_FIELDS, load_templates
    from attendance_core.support.pathway import load_own_pathway
    from attendance_core.support.preflight import OF_THE_FAMILY, Stop
    from attendance_core.support.recognition import RecognitionRule
    from attendance_core.support.sessions import told_apart

    pathway = load_own_pathway()
    apart = told_apart()
    rule = RecognitionRule()
    parts = [
        f"## Pathway `{pathway.id}`: {pathway.title}",
        sentences(pathway.note),
        f"A decision settles the concerns that it names for {pathway.settled_weeks} whole school weeks.\n"
        f"Last checked on {pathway.last_checked_on}.",
        citations(pathway.cites),
    ]
    for tier in pathway.tiers:
        parts += [
            f"### {tier.label}",
            sentences(tier.intent),
            table(("Criterion", "What it is"), _tier(tier)),
            listed(tier.strategies),
        ]
        parts += [citations(tier.cites)] if tier.cites else []
    parts += [
        "### What help works on",
        ", ".join(map(code, pathway.focus)) + ".",
        "### Barriers and factors",
        table(
            ("Id", "Kind", "Label", "Help works on", "Confidential"),
            [
                (code(one.id), one.kind.value, one.label, ", ".join(map(code, one.focus)), yes(one.confidential))
                for one in pathway.factors
            ],
        ),
        "## Letter templates",
        "[Letters](../how-to/write-letters-and-statements.md) says how to use them.",
        table(
            ("Id", "Title", "Tone", "For whom", "Possible sessions", "Again after days", "Languages"),
            [_template(one) for one in load_templates().values()],
        ),
        "### Tones",
        choices(LetterTone),
        "### Kinds of absence",
        choices(AbsenceKind),
        f"Codes of illness: {', '.join(map(code, apart.illness))}; "
        f"of absence that nobody has explained yet: {', '.join(map(code, apart.unexplained))}.",
        citations(apart.cites),
        "### Fields of a letter",
        "A template may name these fields and no others; one that it misspells is a fault when it is read.",
        table(("Field", "Holds"), [(code(name), text) for name, text in LETTER_FIELDS.items()]),
        "### Fields of each pupil",
        table(("Field", "Holds"), [(code(f"pupil.{name}"), text) for name, text in PUPIL_FIELDS.items()]),
        "### What keeps a letter back",
        choices(Stop),
        f"{', '.join(code(one.value) for one in OF_THE_FAMILY)} hold for brothers and sisters too.",
        "## Recognition",
        f"Improved: {rule.points} percentage points less missed than in the pupil's own earlier period, of "
        f"{rule.minimum_possible} sessions or more in each.\n"
        f"Sustained: in each of {rule.weeks} whole school weeks at most {rule.missed_a_week} session missed, and "
        f"{rule.percent} % of all of them.\n"
        "All of these numbers are this library's own.",
    ]
    return page("Support", *parts)


def _tier(tier: Any) -> list[tuple[str, str]]:
    repeated = ", ".join(map(code, tier.enter_repeated))
    facts = [
        ("Proposed by", ", ".join(map(code, tier.enter))),
        (f"If it still holds after {tier.repeated_weeks} whole school weeks in the tier below", repeated),
        ("Look for", tier.enter_words),
        ("Step down after", f"{tier.leave_after_weeks} whole school weeks without" if tier.leave_after_weeks else ""),
        ("And look for", tier.leave_words),
        ("Review due after", f"{tier.review_days} days" if tier.review_days else ""),
    ]
    return [(name, text) for name, text in facts if text]


def _template(one: Any) -> tuple[object, ...]:
    whom = ", ".join(map(code, one.concerns)) or (one.recognition.value if one.recognition else "everybody")
    return (
        code(one.id),
        one.title,
        one.tone.value,
        whom,
        one.minimum_possible,
        one.again_after_days or "",
        ", ".join(text.language for text in one.texts),
    )
