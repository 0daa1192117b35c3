"""Pages on what a school writes: mappings and attendance.toml."""

import re

from reference_pages.saying import choices, keys_of, member_docs, summary
from reference_pages.writing import code, page, sentences, table

#: What a field of a mapping holds, where its name alone does not say it.
FIELD_MEANS = {
    "pupil_id": "the pupil's id, in the school's own spelling",
    "school_id": "the school",
    "date": "the day",
    "session": "AM or PM, in the file's own words (see `sessions`)",
    "code": "the mark",
    "am": "the mark of the morning",
    "pm": "the mark of the afternoon",
    "week": "the Monday of a row's week",
    "start_date": "the day of a string's first mark",
    "marks": "the string of marks",
    "period": "what tells the lessons of a day apart",
    "subject": "the subject or class of a lesson",
    "start": "pupils file: first day on roll",
    "end": "pupils file: last day on roll",
    "person_id": "pupils file: joins enrolments of one child",
    "academic_year": "pupils file: the year that the row's characteristics speak of",
    "valid_from": "pupils file: first day of the row's characteristics",
    "valid_to": "pupils file: last day of the row's characteristics",
    "all_day": "whether a row is of a whole day",
    "minutes_late": "minutes late, as the system gives them",
    "comment": "a comment; it reaches no view",
    "recorded_at": 'when the mark was made, for `duplicates = "latest"`',
    "previous_code": "the mark before an amendment",
    "amended_at": "when it was amended",
    "amended_by": "who amended it; it reaches no view",
    "reason": "why it was amended",
    "evidence": "what was seen",
    "other_school_id": "the other school of a dual registration",
    "date_of_birth": "pupils file: date of birth",
}


def mappings_page() -> str:
    """Layouts, keys, fields and shipped mappings."""
    from attendance_core.model.mappings import CountColumn, CountResidual, DateOrder, Duplicates, Layout, Mapping
    from attendance_core.reference.mappings import load_mappings
    from attendance_core.register.layouts import FIELDS, REQUIRED

    docs = member_docs(Layout)
    weekdays = sorted(name for name in FIELDS if re.fullmatch(r"\w+day_[ap]m", name))
    named = [name for name in FIELD_MEANS if name in FIELDS]
    rest = sorted(FIELDS - set(named) - set(weekdays))
    return page(
        "Mappings",
        "A mapping is a declarative reading of one export: which column is what, and what foreign values mean.\n"
        "It stands under `[mapping]` (and `[pupils]`) in attendance.toml, or in a file of its own for `--mapping`.\n"
        "[Your own export](../how-to/your-own-export.md) goes through one.",
        "## Layouts",
        table(
            ("Layout", "Meaning", "Fields that it cannot do without"),
            [(code(layout.value), docs[layout.name], ", ".join(map(code, REQUIRED[layout]))) for layout in Layout],
        ),
        "## Keys",
        keys_of(Mapping),
        "## Fields",
        table(
            ("Field", "Meaning"),
            [
                *((code(name), FIELD_MEANS[name]) for name in named),
                *((code(name), "") for name in rest),
                ("`monday_am` to `friday_pm`", "the marks of a week's sessions"),
            ],
        ),
        "## Date order",
        choices(DateOrder),
        "## Conflicting marks",
        choices(Duplicates),
        "## CountColumn",
        summary(CountColumn),
        keys_of(CountColumn),
        "## CountResidual",
        summary(CountResidual),
        keys_of(CountResidual),
        "## Mappings that ship",
        table(
            ("Id", "Title", "Layout"),
            [(code(one.id), one.title, code(one.layout.value)) for one in load_mappings()],
        ),
    )


def configuration_page() -> str:
    """Keys of attendance.toml."""
    from attendance_core.model.calendars import Break, CalendarDocument, Closure, Term
    from attendance_core.model.configuration import (
        Choices,
        Configuration,
        Files,
        Member,
        School,
        SupportChoices,
        Target,
    )
    from attendance_core.model.retention import Retention
    from attendance_core.model.sources import Citation
    from attendance_core.model.support_tiers import Factor

    parts = [
        "Commands take `attendance.toml` from `--config`, or else the nearest one from the working folder upward.\n"
        "An unknown key is a fault, and every fault of the file is told at once with its key path.\n"
        "Options of a command go before the file.",
        "## Top level",
        keys_of(Configuration),
    ]
    own = (School, Files, Target, Choices, SupportChoices, Factor, Citation, Retention, Member)
    written = (*own, CalendarDocument, Term, Break, Closure)
    for cls in written:
        parts += [f"## {cls.__name__}", sentences(summary(cls)), keys_of(cls)]
    text = page("Configuration", *parts)
    return text.replace("[Mapping](#mapping)", "[mapping](mappings.md#keys)").replace(
        "[Cohort](#cohort)", "[cohort](cohorts.md#keys-of-a-cohort)"
    )
