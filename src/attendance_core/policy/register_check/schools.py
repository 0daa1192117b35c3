"""D without a second school."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import DATE, NUMBER, SCHOOL
from attendance_core.policy.register_check.findings import DETAIL, found, not_applicable, not_checked
from attendance_core.policy.register_check.subject import Subject

Frame = nw.DataFrame[Any]

_OTHER = "other_school_id"


def d_second_school(subject: Subject, check: Check) -> CheckResult:
    """Find the marks D for which no second school is known.

    The register of one school knows no enrolment elsewhere, so there the mark itself has to name the other school.
    """
    marks = subject.coded(check)
    if marks.is_empty():
        return not_applicable(subject, check, f"The register holds no mark {' or '.join(check.codes)}.")
    enrolments = subject.register.enrolments
    persons = enrolments.filter(nw.col("person_id") != "")
    elsewhere = len(persons) > 0 and len(subject.register.schools) > 1
    if _OTHER not in marks.columns and not elsewhere:
        return not_checked(
            subject,
            check,
            "column other_school_id of the marks, or a register of both schools with person_id of its pupils",
        )
    alone = marks
    if _OTHER in marks.columns:
        named = (
            ~nw.col(_OTHER).is_null() & (nw.col(_OTHER).str.strip_chars() != "") & (nw.col(_OTHER) != nw.col(SCHOOL))
        )
        alone = marks.filter(~named)
    if elsewhere:
        mine = (
            alone.select(NUMBER, DATE)
            .unique()
            .join(persons.select(NUMBER, SCHOOL, "person_id"), on=NUMBER, how="inner")
        )
        others = persons.select("person_id", nw.col(SCHOOL).alias("second"), "start", "end")
        covered = (
            mine.join(others, on="person_id", how="inner")
            .filter(nw.col("second") != nw.col(SCHOOL), nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
            .select(NUMBER, DATE)
            .unique()
        )
        alone = alone.join(covered, on=[NUMBER, DATE], how="anti")
    return found(subject, check, alone.with_columns(nw.lit("no second school is known").alias(DETAIL)))
