"""X for pupils of compulsory school age."""

from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
from dateutil.relativedelta import relativedelta

from attendance_core.engine import frame_of
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import DATE, ENROLMENT, NUMBER
from attendance_core.policy.register_check.findings import DETAIL, found, not_applicable, not_checked
from attendance_core.policy.register_check.subject import Subject
from attendance_core.register.register import Register
from attendance_core.register.texts import read_dates

Frame = nw.DataFrame[Any]

_BORN = "date_of_birth"
#: A school year turns on this day for the age at which school ends.
_TURN = (9, 1)
_FRIDAY = 4


def x_compulsory_age(subject: Subject, check: Check) -> CheckResult:
    """Find the marks X of pupils who were of compulsory school age that day."""
    marks = subject.coded(check)
    if marks.is_empty():
        return not_applicable(subject, check, f"The register holds no mark {' or '.join(check.codes)} to look at.")
    births = _births(subject.register)
    known = marks.join(births, on=NUMBER, how="inner")
    unknown = len(marks) - len(known)
    if known.is_empty():
        return not_checked(subject, check, "date of birth, in the pupils file")
    rows = []
    for born in sorted(set(known[_BORN].to_list())):
        first, last = compulsory_age(born, check)
        rows.append((born, first, last))
    schema = {_BORN: nw.Date, "first": nw.Date, "last": nw.Date}
    ages = frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)
    due = known.join(ages, on=_BORN, how="inner").filter(
        nw.col(DATE) >= nw.col("first"), nw.col(DATE) <= nw.col("last")
    )
    note = ""
    if unknown:
        note = f"{unknown:,} of {len(marks):,} marks are of pupils whose date of birth is not known."
    detail = "marked X while of compulsory school age"
    return found(
        subject,
        check,
        due.with_columns(nw.lit(detail).alias(DETAIL)),
        missing=("date of birth of some pupils",) if unknown else (),
        note=note,
    )


def compulsory_age(born: date, check: Check) -> tuple[date, date]:
    """Return the first and the last day of compulsory school age."""
    fifth = born + relativedelta(years=check.parameters["begins_at"])
    turning = [
        date(year, *map(int, day.split("-"))) for year in (fifth.year, fifth.year + 1) for day in check.turning_days
    ]
    last_birthday = born + relativedelta(years=check.parameters["ends_at"])
    year = last_birthday.year + ((last_birthday.month, last_birthday.day) >= _TURN)
    end = date(year, 6, 30)
    return min(day for day in turning if day >= fifth), end - timedelta(days=(end.weekday() - _FRIDAY) % 7)


def _births(register: Register) -> Frame:
    """enrolment_no and date of birth, where one is known."""
    said = register.characteristics.filter(nw.col("name") == _BORN).select(ENROLMENT, "value").unique()
    # Somebody with two dates of birth has none that can be used.
    once = said.group_by(ENROLMENT).agg(nw.len().alias("n"), nw.col("value").min()).filter(nw.col("n") == 1)
    read = read_dates(sorted(set(once["value"].to_list()))).dates
    table = frame_of({"value": list(read), _BORN: list(read.values())}, {"value": nw.String, _BORN: nw.Date})
    return (
        once.join(table, on="value", how="inner")
        .join(register.enrolments.select(ENROLMENT, NUMBER), on=ENROLMENT, how="inner")
        .select(NUMBER, _BORN)
    )
