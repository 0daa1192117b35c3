"""Small schools for the tests of the register check."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve

from attendance_core.model.calendars import Break, CalendarDocument, Term, TermName
from attendance_core.model.checks import CheckResult
from attendance_core.policy.register_check.run import check_register
from attendance_core.register.register import Register
from tests.registers import LONG, PUPILS, profile, read, table

#: A Monday; the half term before the break has 40 school days, the one after it 35.
START = date(2025, 9, 1)
TERM = Term(
    name=TermName.AUTUMN,
    start=START,
    end=date(2025, 12, 19),
    half_term=Break(start=date(2025, 10, 27), end=date(2025, 10, 31)),
)
CALENDAR = CalendarDocument(terms=(TERM,))
MARKS = ("Pupil", "Date", "Session", "Mark")
#: Optional columns of marks by their headings.
MORE = {
    "School": "school_id",
    "Recorded": "recorded_at",
    "Was": "previous_code",
    "Amended": "amended_at",
    "By": "amended_by",
    "Why": "reason",
    "Other": "other_school_id",
}
PEOPLE = evolve(
    PUPILS,
    columns={
        "pupil_id": "Pupil",
        "school_id": "School",
        "person_id": "Person",
        "start": "Start",
        "end": "End",
        "valid_from": "From",
        "valid_to": "To",
    },
    characteristics={"form": "Form", "date_of_birth": "Born"},
)
PEOPLE_COLUMNS = ("Pupil", "School", "Person", "Start", "End", "From", "To", "Form", "Born")

Row = dict[str, object]
#: (pupil, day, session) to a code; None takes the row out.
Changes = Mapping[tuple[str, date, str], str | None]


def school_days(number: int, start: date = START) -> list[date]:
    """The first so many school days of the calendar above."""
    assert TERM.half_term is not None
    days: list[date] = []
    day = start
    while len(days) < number:
        if day.weekday() < 5 and day not in TERM.half_term.span:
            days.append(day)
        day += timedelta(days=1)
    return days


def rows(pupils: Iterable[str], days: Iterable[date], changes: Changes | None = None) -> list[Row]:
    """A register in which everybody is present, but for some changes; those outside it are added."""
    left = dict(changes or {})
    found: list[Row] = []
    listed = list(pupils)
    for day in days:
        for session, present in (("AM", "/"), ("PM", "\\")):
            for pupil in listed:
                code = left.pop((pupil, day, session), present)
                if code is not None:
                    found.append({"Pupil": pupil, "Date": day, "Session": session, "Mark": code})
    added: list[Row] = [
        {"Pupil": who, "Date": day, "Session": when, "Mark": code} for (who, day, when), code in left.items()
    ]
    found += [row for row in added if row["Mark"] is not None]
    return found


def whole_days(pupil: str, days: Iterable[date], code: str) -> dict[tuple[str, date, str], str | None]:
    """Both sessions of these days with one code."""
    return {(pupil, day, session): code for day in days for session in ("AM", "PM")}


def register(
    marks: Iterable[Row],
    *,
    people: Iterable[Row] | None = None,
    calendars: Iterable[CalendarDocument] = (CALENDAR,),
    more: Iterable[str] = (),
    as_of: date | None = None,
    settings: Mapping[str, str] | None = None,
) -> Register:
    """Read marks as a file would hold them, with some of the optional columns."""
    headings = (*MARKS, *more)
    mapping = evolve(LONG, columns=LONG.columns | {MORE[name]: name for name in more})
    if "School" in headings:
        mapping = evolve(mapping, school="")
    pupils = None
    if people is not None:
        pupils = table(PEOPLE_COLUMNS, [[row.get(name) for name in PEOPLE_COLUMNS] for row in people])
    return read(
        table(headings, [[row.get(name) for name in headings] for row in marks]),
        mapping,
        pupils=pupils,
        pupils_mapping=PEOPLE,
        calendars=calendars,
        settings=settings,
        as_of=as_of,
    )


@cache
def defaults() -> dict[str, str]:
    return dict(profile().settings)


def ask(
    found: Register, id: str, *, side: Mapping[str, "nw.DataFrame[Any]"] | None = None, **settings: str
) -> CheckResult:
    """Run the register check and return the result of one check, its sessions recounted."""
    chosen = defaults() | {name.replace("_", "-"): value for name, value in settings.items()}
    (result,) = [one for one in check_register(found, settings=chosen, side=side) if one.check.id == id]
    recount(result)
    return result


def recount(result: CheckResult) -> None:
    """Every finding's number and days are those of the sessions that it lists."""
    findings = result.findings.rows(named=True)
    assert result.count == len(findings)
    assert bool(findings) == (result.outcome.value == "failed")
    for number, finding in enumerate(findings):
        listed = result.sessions_of(number).rows(named=True)
        assert len(listed) == finding["sessions"] > 0
        assert min(row["date"] for row in listed) == finding["date_from"]
        assert max(row["date"] for row in listed) == finding["date_to"]
        assert {row["school_id"] for row in listed} == {finding["school_id"]}
        if finding["enrolment_id"]:
            assert {row["enrolment_id"] for row in listed} == {finding["enrolment_id"]}
        keys = [(row["enrolment_id"], row["date"], row["session"], row["source_row"]) for row in listed]
        assert len(set(keys)) == len(keys)
        assert finding["detail"]
        assert finding["check"] == result.check.id
    assert len(result.sessions_of()) == result.sessions == sum(finding["sessions"] for finding in findings)


def pupils_of(result: CheckResult) -> list[tuple[str, int]]:
    """Pupil and number of sessions of every finding about an enrolment."""
    named = zip(result.findings["enrolment_id"].to_list(), result.findings["sessions"].to_list(), strict=True)
    return [(key.split("|")[1], number) for key, number in named if key]
