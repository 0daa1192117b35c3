"""Writing the demo school to a folder, in the files that a school would have."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from attendance_core.dates import DateRange
from attendance_core.demo.days import SCHOOL_ID
from attendance_core.demo.people import FIRST_DAY, LAST_DAY, DemoPupil, PupilYear
from attendance_core.demo.school import SCHOOL_NAME, DemoSchool
from attendance_core.errors import InputError
from attendance_core.model.calendars import CalendarDocument, ClosureKind

MARK_HEADINGS: Final = ("Pupil ID", "Date", "Session", "Mark", "Minutes Late")


def _yes(value: bool) -> str:
    return "Y" if value else "N"


_CHARACTERISTICS: Final[tuple[tuple[str, str, Callable[[DemoPupil, PupilYear], str]], ...]] = (
    # Name in the library, heading in the file, value.
    ("year_group", "Year Group", lambda _, year: str(year.year_group)),
    ("form", "Form", lambda _, year: year.form),
    ("sex", "Sex", lambda pupil, _: pupil.sex),
    ("sen", "SEN", lambda _, year: year.sen),
    ("fsm", "FSM", lambda _, year: _yes(year.fsm)),
    ("pupil_premium", "Pupil Premium", lambda _, year: _yes(year.pupil_premium)),
    ("eal", "EAL", lambda pupil, _: _yes(pupil.eal)),
    ("ethnicity", "Ethnicity", lambda pupil, _: pupil.ethnicity),
    ("looked_after", "Looked After", lambda _, year: _yes(year.looked_after)),
    ("previously_looked_after", "Previously Looked After", lambda _, year: _yes(year.previously_looked_after)),
    ("child_protection", "Child Protection", lambda _, year: _yes(year.child_protection)),
    ("child_in_need", "Child In Need", lambda _, year: _yes(year.child_in_need)),
    ("social_worker", "Social Worker", lambda _, year: _yes(year.social_worker)),
    ("young_carer", "Young Carer", lambda _, year: _yes(year.young_carer)),
)


def write_school(school: DemoSchool, folder: Path) -> tuple[Path, ...]:
    """Write marks.csv, pupils.csv, calendar.toml, attendance.toml and truth.json.

    The bytes depend on nothing but the school. The folder is made if there is none; files of these names in it are
    replaced.

    Returns:
        The files written, in that order.

    Raises:
        InputError: If the folder cannot be made or written to.
    """
    texts = {
        "marks.csv": _marks(school),
        "pupils.csv": _pupils(school),
        "calendar.toml": _calendar(school.calendar),
        "attendance.toml": _configuration(),
        "truth.json": json.dumps(school.truth, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError.of(
            str(folder),
            f"cannot be written to ({error.strerror or 'no reason given'})",
            "a folder that may be made and written to",
            "Name another folder",
        ) from None
    return tuple(folder / name for name in texts)


def _marks(school: DemoSchool) -> str:
    stems = [f"{slot.day:%d/%m/%Y},{slot.session}," for slot in school.slots]
    lines = [",".join(MARK_HEADINGS)]
    for page in school.pages:
        pupil = school.pupils[page.pupil].pupil_id
        lines += [
            f"{pupil},{stems[page.first + place]}{code},{page.minutes.get(place, '')}"
            for place, code in enumerate(page.codes)
            if code
        ]
        lines += [f"{pupil},{day:%d/%m/%Y},{session},#," for day, session in page.closed]
    return "\n".join(lines) + "\n"


def _pupils(school: DemoSchool) -> str:
    """Write a row for each enrolment and academic year in which it was open."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    headings = [heading for _, heading, _ in _CHARACTERISTICS]
    writer.writerow(
        ["Pupil ID", "Forename", "Surname", "Date of Birth", "Academic Year", *headings, "Start Date", "Leaving Date"]
    )
    for pupil in school.pupils:
        for year in pupil.years:
            for span in pupil.enrolments:
                if not span.overlaps(DateRange(FIRST_DAY[year.begins], LAST_DAY[year.begins])):
                    continue
                writer.writerow(
                    [
                        pupil.pupil_id,
                        pupil.forename,
                        pupil.surname,
                        f"{pupil.born:%d/%m/%Y}",
                        year.label,
                        *(value(pupil, year) for _, _, value in _CHARACTERISTICS),
                        f"{span.start:%d/%m/%Y}",
                        "" if span.end is None else f"{span.end:%d/%m/%Y}",
                    ]
                )
    return out.getvalue()


def _calendar(calendar: CalendarDocument) -> str:
    lines = [
        "# The demo school's calendar: terms with their half-term breaks, then single days without school.",
        "# Weekends need no line. All dates include both ends.",
        "",
        "[[calendar]]",
        f'school = "{calendar.school}"',
        f'title = "{calendar.title}"',
    ]
    for term in calendar.terms:
        lines += ["", "[[calendar.terms]]", f'name = "{term.name.value}"', f"start = {term.start}", f"end = {term.end}"]
        if term.half_term is not None:
            lines.append(f"half_term = {{ start = {term.half_term.start}, end = {term.half_term.end} }}")
    for closure in calendar.closures:
        lines += ["", "[[calendar.closures]]", f"date = {closure.date}"]
        if closure.kind is not ClosureKind.CLOSURE:
            lines.append(f'kind = "{closure.kind.value}"')
        lines.append(f'name = "{closure.name}"')
        if closure.session is not None:
            lines.append(f'session = "{closure.session}"')
    return "\n".join(lines) + "\n"


def _configuration() -> str:
    characteristics = "\n".join(f'{name} = "{heading}"' for name, heading, _ in _CHARACTERISTICS)
    return f"""\
# What commands take from this school, found upward from the folder they are called in.

[school]
id = "{SCHOOL_ID}"
name = "{SCHOOL_NAME}"
phase = "secondary"      # decides which published figures stand beside the school's own
authority = "Leeds"      # a real area, so that its figures can be shown; the school is invented
region = "Yorkshire and The Humber"

# The register for the weekly cycle, and the files that go with every register, relative to this file.
[files]
marks = "marks.csv"
pupils = "pupils.csv"
calendar = "calendar.toml"

# How marks.csv is read: a row for each pupil, day and session.
[mapping]
id = "demo-marks"
title = "Marks of the demo school"
layout = "long"
school = "{SCHOOL_ID}"
dates = "day-first"
no_mark = ["", "-"]      # a session that was due, and nobody marked

[mapping.columns]
pupil_id = "Pupil ID"
date = "Date"
session = "Session"
code = "Mark"
minutes_late = "Minutes Late"

# How pupils.csv is read: a row for each enrolment and academic year; what it says holds for that year.
[pupils]
id = "demo-pupils"
title = "Pupils of the demo school"
school = "{SCHOOL_ID}"
dates = "day-first"

[pupils.columns]
pupil_id = "Pupil ID"
start = "Start Date"
end = "Leaving Date"     # the last day on roll; empty for a pupil who is still here
academic_year = "Academic Year"
date_of_birth = "Date of Birth"

[pupils.characteristics]
{characteristics}

# What the school wants to reach, in percent.
[[targets]]
measure = "attendance"
value = 93.0
academic_year = "2025/26"
note = "School improvement plan"

[[targets]]
measure = "attendance"
value = 90.0
academic_year = "2025/26"
cohort = "fsm"

[[targets]]
measure = "persistent-absence"
value = 20.0
academic_year = "2025/26"

[[targets]]
measure = "attendance"
value = 92.5
academic_year = "2024/25"

# Which definitions figures follow.
[policy]
profile = "year-to-date"
"""
