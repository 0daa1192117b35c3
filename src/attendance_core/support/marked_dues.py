"""Dues that only marks can tell: what policies find, held against the ledgers."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import narwhals.stable.v2 as nw

from attendance_core.measures.analysis import Analysis
from attendance_core.model.dues import Due, DueList, DueState
from attendance_core.model.events import Event
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.marks import DATE, ENROLMENT, NUMBER, PUPIL, SCHOOL
from attendance_core.model.outcomes import Outcome
from attendance_core.model.support_duties import EhcpReview, LookedAfter, MedicalNeeds, Safeguarding
from attendance_core.policy.concerns import Concerns
from attendance_core.register.register import Register
from attendance_core.support.first_day import unexplained_days
from attendance_core.support.frames import EDUCATION_PLAN, SideRecords
from attendance_core.support.ledger import Ledgers

#: The policy whose rules these lists rest on.
POLICY: Final = "england-national"
#: Marks without a record, and a record without marks.
UNRECORDED: Final = "part-time-without-arrangement"
UNMARKED: Final = "arrangement-without-part-time"
PERSISTENT: Final = "persistent-absence"
RULES: Final[Mapping[str, tuple[DueList, str]]] = {
    UNRECORDED: (DueList.MARKS, "part-time marks without an arrangement"),
    UNMARKED: (DueList.MARKS, "arrangement without part-time marks"),
    PERSISTENT: (DueList.PERSISTENT, "support plan for persistent absence"),
}
#: What is said of the lists that need marks, where none were given.
NO_MARKS: Final = "no marks were given"
#: The lists that are not asked for, or not in full, without marks.
NEED_MARKS: Final = (
    DueList.SAFEGUARDING,
    DueList.LOOKED_AFTER,
    DueList.EHCP,
    DueList.MARKS,
    DueList.PERSISTENT,
    DueList.PLACEMENTS,
)
#: Cohorts of which each pupil is owed a duty: in which list, and by which record.
_DUTIES: Final[tuple[tuple[str, DueList, type[Event]], ...]] = (
    ("child-protection", DueList.SAFEGUARDING, Safeguarding),
    ("child-in-need", DueList.SAFEGUARDING, Safeguarding),
    ("looked-after", DueList.LOOKED_AFTER, LookedAfter),
    ("ehcp", DueList.EHCP, EhcpReview),
)
_NO_PLANS = (EDUCATION_PLAN, "induction", "reintegration")


def concern_dues(concerns: Concerns, side: SideRecords) -> tuple[list[Due], list[tuple[DueList, str]]]:
    """Return what open concerns say is missing, and the lists that could not be asked for.

    Args:
        concerns: What the rules of `RULES` found.
        side: The ledgers as side records, for the plans in force.
    """
    results = {result.rule.id: result for result in concerns.results if result.policy.id == POLICY}
    gaps: list[tuple[DueList, str]] = []
    for rule, (list_, _) in RULES.items():
        result = results.get(rule)
        if result is None:
            gaps.append((list_, f"the rule {POLICY}/{rule} was not asked"))
        elif result.outcome not in (Outcome.PASSED, Outcome.FAILED):
            why = ", ".join((*result.missing, *result.notes)) or result.outcome.value.replace("-", " ")
            gaps.append((list_, f"{POLICY}/{rule}: {why}"))
    planned = _planned(side, concerns.as_of)
    several = len(concerns.facts.register.schools) > 1
    found = []
    for row in concerns.frame().rows(named=True):
        if row["policy"] != POLICY or row["rule"] not in RULES or row[ENROLMENT] in planned.get(row["rule"], ()):
            continue
        list_, what = RULES[row["rule"]]
        number = f"{row['count']} of {row['of']}" if row["of"] is not None else str(row["count"])
        found.append(
            Due(
                list=list_,
                what=what,
                state=DueState.MISSING,
                day=row["start"],
                who=PupilKey(pupil_id=row[PUPIL], school_id=row[SCHOOL] if several else ""),
                why=f"{row['title']}: {number} {row['unit']}, {row['start']} to {row['end']}",
                record=row["concern"],
            )
        )
    return found, gaps


def unrecorded(analysis: Analysis, ledgers: Ledgers, as_of: date) -> tuple[list[Due], list[tuple[DueList, str]]]:
    """Return the pupils of whom the register says that a duty is owed, and the ledgers hold no record of it.

    Also returns the lists for which the register does not say who belongs there.
    """
    recorded: dict[type[Event], set[tuple[str, str]]] = {cls: set() for _, _, cls in _DUTIES}
    for ledger in ledgers.all(*recorded):
        for record in ledger.records(Event, as_of):
            if ledger.who is not None and _holds(record.event, as_of):
                recorded[type(record.event)].add((ledger.who.pupil_id, ledger.who.school_id))
    on_roll = analysis.register.enrolments.filter(nw.col("start") <= as_of, nw.col("end") >= as_of)
    people = {number: (pupil, school) for number, pupil, school in on_roll.select(NUMBER, PUPIL, SCHOOL).iter_rows()}
    several = len(analysis.register.schools) > 1
    found: list[Due] = []
    gaps: list[tuple[DueList, str]] = []
    for cohort, list_, cls in _DUTIES:
        who = analysis.populations.get(cohort)
        if not who.available:
            gaps.append((list_, f"who is of the cohort {cohort}: the pupils file lacks {', '.join(who.missing)}"))
            continue
        now = who.frame.filter(nw.col("valid_from") <= as_of, nw.col("valid_to") >= as_of)
        for number in sorted(set(now[NUMBER].to_list()) & set(people)):
            pupil, school = people[number]
            if not {(pupil, school), (pupil, "")} & recorded[cls]:
                found.append(
                    Due(
                        list=list_,
                        what="record of the duty",
                        state=DueState.MISSING,
                        who=PupilKey(pupil_id=pupil, school_id=school if several else ""),
                        why=f"of the cohort {cohort}, and no {cls.kind} is written in the ledger",
                    )
                )
    return found, gaps


def _holds(event: Event, as_of: date) -> bool:
    if isinstance(event, LookedAfter | Safeguarding | MedicalNeeds):
        return event.start <= as_of and (event.end is None or event.end >= as_of)
    return True


def _planned(side: SideRecords, as_of: date) -> dict[str, frozenset[str]]:
    """Return by rule the enrolments for whom what it asks for is there: a plan in force."""
    plans = side.frames["plans"].filter(
        ~nw.col("kind").is_in(_NO_PLANS),
        nw.col("start") <= as_of,
        nw.col("end").is_null() | (nw.col("end") >= as_of),
    )
    return {PERSISTENT: frozenset(plans[ENROLMENT].to_list())}


def unexplained(ledgers: Ledgers, register: Register, as_of: date) -> dict[PupilKey, tuple[date, ...]]:
    """Return the days of unexplained absence of each child with a social worker."""
    keys = [
        ledger.who for ledger in ledgers.all(Safeguarding) if ledger.who is not None and ledger.records(Safeguarding)
    ]
    frame = unexplained_days(register, tuple({key.pupil_id for key in keys}), as_of)
    days: dict[str, list[tuple[str, date]]] = {}
    for school, pupil, day in frame.select(SCHOOL, PUPIL, DATE).iter_rows():
        days.setdefault(pupil, []).append((school, day))
    return {
        key: tuple(day for school, day in days.get(key.pupil_id, ()) if key.school_id in ("", school)) for key in keys
    }


def weeks_over(register: Register, as_of: date) -> dict[str, tuple[date, ...]]:
    """Return the Mondays of the school weeks that are over, by school; of the one school also under no name."""
    found: dict[str, tuple[date, ...]] = {}
    for school, calendar in register.calendars.schools.items():
        mondays = {one.date - timedelta(days=one.date.weekday()) for one in calendar.days}
        found[school] = tuple(sorted(day for day in mondays if day + timedelta(days=6) < as_of))
    return found | {"": next(iter(found.values()))} if len(found) == 1 else found


def unheld(ledgers: Ledgers, register: Register) -> int:
    """Count the pupils with a ledger whom the register does not hold."""
    people: Iterable[tuple[Any, ...]] = register.enrolments.select(SCHOOL, PUPIL).iter_rows()
    held = {PupilKey(pupil_id=pupil, school_id=school) for school, pupil in people}
    alone = {one.pupil_id for one in held}
    return sum(key not in held and (key.school_id != "" or key.pupil_id not in alone) for key in ledgers.pupils())
