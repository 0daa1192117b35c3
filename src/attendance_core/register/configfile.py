"""The file that a school writes down once, written for it: ``attendance.toml`` with its comments."""

from collections.abc import Iterable
from datetime import date, timedelta
from textwrap import wrap
from typing import Any

import tomli_w
from attrs import fields

from attendance_core.dates import WEEKDAYS, AcademicYear
from attendance_core.documents.loader import as_plain
from attendance_core.model.calendars import Break, CalendarDocument, Closure, Term, TermName
from attendance_core.model.configuration import Choices, Files, School
from attendance_core.model.mappings import Mapping
from attendance_core.model.marks import SESSIONS
from attendance_core.reference.settings import load_settings
from attendance_core.register.calendar import SchoolCalendar, SchoolDay

_WIDTH = 110
_TERMS = (TermName.AUTUMN, TermName.SPRING, TermName.SUMMER)


def write_config(
    mapping: Mapping | None,
    pupils: Mapping | None = None,
    *,
    school: School | None = None,
    calendar_documents: Iterable[CalendarDocument] = (),
    reasons: Iterable[str] = (),
    pupils_reasons: Iterable[str] = (),
    files: Files | None = None,
    policy: Choices | None = None,
) -> str:
    """Write a commented ``attendance.toml``.

    Args:
        mapping: How the marks are read.
        pupils: How the pupils file is read.
        school: Who the school is, as far as it is known.
        calendar_documents: Calendars; an inferred one is written with the advice to check it.
        reasons: Why the marks are read so, for comments.
        pupils_reasons: Why the pupils file is read so, for comments.
        files: The pupils file and the calendar file that go with every marks file.
        policy: Definition choices that differ from the defaults.

    Returns:
        TOML that reads back as a `Configuration` holding the same values.
    """
    parts = [
        _comment("What attendance commands take from this school. They find this file upward from the working folder."),
        _school(school or School()),
    ]
    if mapping is not None:
        parts.append(_mapping("mapping", "How the marks file is read.", mapping, reasons))
    if pupils is not None:
        parts.append(_mapping("pupils", "How the pupils file is read.", pupils, pupils_reasons))
    if files is not None and files != Files():
        parts.append(
            _comment("Files that go with every marks file, relative to this one.") + _toml({"files": as_plain(files)})
        )
    parts += [_calendars(tuple(calendar_documents)), _COHORTS, _TARGETS, _policy(policy or Choices())]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def calendar_document(calendar: SchoolCalendar) -> CalendarDocument:
    """Write a calendar that was worked out from marks as a document that a school can correct.

    Weekdays without a session inside a half term become closures without a name. A term of which only the second half
    was seen stands without a half-term break.
    """
    open_weekdays = {day.date.weekday() for day in calendar.days}
    weekend = tuple(name for index, name in enumerate(WEEKDAYS) if index > 4 and index not in open_weekdays)
    terms: list[Term] = []
    closures: list[Closure] = []
    by_term: dict[tuple[AcademicYear, int], dict[int, list[SchoolDay]]] = {}
    for day in calendar.days:
        key = (AcademicYear.of(day.date), _TERMS.index(day.term))
        by_term.setdefault(key, {}).setdefault(day.half, []).append(day)
    for (_, number), halves in sorted(by_term.items()):
        listed = sorted((day for days in halves.values() for day in days), key=lambda day: day.date)
        pause = None
        if len(halves) == 2:
            last, first = max(day.date for day in halves[1]), min(day.date for day in halves[2])
            if first - last > timedelta(days=1):
                pause = Break(start=last + timedelta(days=1), end=first - timedelta(days=1))
        term = Term(name=_TERMS[number], start=listed[0].date, end=listed[-1].date, half_term=pause)
        terms.append(term)
        held = {day.date: day.sessions for day in listed}
        for day_of in term.span.each_day():
            if (pause is not None and day_of in pause.span) or WEEKDAYS[day_of.weekday()] in weekend:
                continue
            missing = [session for session in SESSIONS if session not in held.get(day_of, ())]
            if len(missing) == len(SESSIONS):
                closures.append(Closure(date=day_of))
            else:
                closures += [Closure(date=day_of, session=session) for session in missing]
    return CalendarDocument(
        school=calendar.school,
        title="Worked out from the marks",
        terms=tuple(terms),
        closures=tuple(closures),
        weekend=weekend,
        inferred=calendar.inferred,
    )


def _clean(text: str) -> str:
    """Take everything out of a text that could end a comment."""
    return "".join(character if character.isprintable() else " " for character in text)


def _comment(text: str, *, indent: str = "") -> str:
    lines = wrap(_clean(text), _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)


def _toml(table: dict[str, Any]) -> str:
    return tomli_w.dumps(table)


def _school(school: School) -> str:
    lines = [
        _comment("Who the school is: phase, authority and region decide which published figures stand beside its own."),
        "[school]\n",
    ]
    notes = {
        "phase": "primary, secondary or special",
        "authority": "name or nine-character code",
        "region": "name or nine-character code",
    }
    for attribute in fields(School):
        line = _toml({attribute.name: getattr(school, attribute.name)}).rstrip("\n")
        note = notes.get(attribute.name)
        lines.append(f"{line}  # {note}\n" if note else f"{line}\n")
    return "".join(lines)


def _mapping(name: str, title: str, mapping: Mapping, reasons: Iterable[str]) -> str:
    comments = _comment(title) + "".join(_comment(f"- {reason}", indent="  ") for reason in reasons)
    plain = as_plain(mapping)
    # The layout is said even where it is the default: it is the first thing that a reader looks for.
    head = {"id": plain.pop("id"), **({"layout": mapping.layout.value} if name == "mapping" else {})}
    plain.pop("layout", None)
    return comments + _toml({name: {**head, **plain}})


def _calendars(documents: tuple[CalendarDocument, ...]) -> str:
    if not documents:
        return _comment(
            "The calendar: without one it is worked out from the marks, and reports say so. Write one [[calendar]] "
            "with [[calendar.terms]] (name, start, end, half_term) and [[calendar.closures]] (date, kind, name)."
        )
    parts = []
    for document in documents:
        if document.inferred:
            parts.append(
                _comment(
                    "This calendar was worked out from the marks: no term date was given. CHECK every date against the "
                    "school's own, name the closures (kind = inset, bank-holiday, closure or polling), and then take "
                    "out the line that says inferred."
                )
            )
        plain = as_plain(document)
        terms, closures = plain.pop("terms", []), plain.pop("closures", [])
        parts.append("[[calendar]]\n" + _toml(plain))
        for term in terms:
            pause = term.pop("half_term", None)
            half = f"half_term = {{ start = {_day(pause['start'])}, end = {_day(pause['end'])} }}\n" if pause else ""
            parts.append("\n[[calendar.terms]]\n" + _toml(term) + half)
        parts += ["\n[[calendar.closures]]\n" + _toml(closure) for closure in closures]
        parts.append("\n")
    return "".join(parts)


def _day(day: date) -> str:
    return day.isoformat()


def _policy(policy: Choices) -> str:
    lines = [
        _comment("Which definitions figures follow. A setting left as a comment has the profile's choice."),
        "[policy]\n",
        _toml({"profile": policy.profile}),
        "\n[policy.settings]\n",
    ]
    for setting in load_settings().values():
        lines.append("\n" + _comment(f"{setting.title}. {setting.question}"))
        lines.append(_comment(f"Choices: {', '.join(setting.choices)}."))
        chosen = policy.settings.get(setting.id)
        line = _toml({setting.id: setting.default if chosen is None else chosen})
        lines.append(line if chosen is not None else f"# {line}")
    rest = {name: choice for name, choice in policy.settings.items() if name not in load_settings()}
    return "".join(lines) + (_toml(rest) if rest else "")


_COHORTS = """\
# Groups of the school's own, beside those that are shipped (sen-support, fsm, young-carer and others). A group is a
# question to columns of the pupils file (the names under [pupils.characteristics]). Take out the signs to use this one.
# [[cohorts]]
# id = "house-red"
# title = "Red House"
# all_of = [{ column = "form", test = "one-of", values = ["7R", "8R", "9R"] }]
"""

_TARGETS = """\
# What the school wants to reach, in percent, for an academic year and a group ("all" when none is named).
# [[targets]]
# measure = "attendance"
# value = 95.0
# academic_year = "2026/27"
# cohort = "all"
# note = "School improvement plan"
"""
