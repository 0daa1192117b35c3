"""One code for a whole class on one day."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.measures.completeness import NO_FORM
from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import CODE, DATE, NUMBER, SCHOOL, SESSION, STAT
from attendance_core.policy.register_check.findings import (
    ABOUT,
    DETAIL,
    KEY,
    NOBODY,
    found,
    not_applicable,
    not_checked,
)
from attendance_core.policy.register_check.subject import Subject, on_days_of, texts

Frame = nw.DataFrame[Any]


def whole_class_code(subject: Subject, check: Check) -> CheckResult:
    """Find forms of which nearly every pupil on roll has the same absence or activity in a session."""
    forms = subject.forms.filter(nw.col("form") != NO_FORM)
    if forms.is_empty():
        return not_checked(subject, check, "form, in the pupils file")
    groups = [group.value for group in check.groups]
    looked = subject.exceptions.filter(
        nw.col(STAT).is_in(groups), ~nw.col(CODE).is_in(list(check.expected)), on_days_of(check)
    )
    if looked.is_empty():
        return not_applicable(subject, check, "The register holds no absence and no activity to look at.")
    spans = forms.select(NUMBER, "form", "start", "end")
    placed = (
        texts(looked)
        .join(spans, on=NUMBER, how="inner")
        .filter(nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
    )
    percent, smallest = check.parameters["percent"], check.parameters["pupils"]
    counted = (
        placed.group_by(SCHOOL, "form", DATE, SESSION, CODE)
        .agg(nw.len().cast(nw.Int64).alias("same"))
        .filter(nw.col("same") * 100 >= percent * smallest)
    )
    sizes = (
        counted.select(SCHOOL, "form", DATE)
        .unique()
        .join(forms, on=[SCHOOL, "form"], how="inner")
        .filter(nw.col(DATE) >= nw.col("start"), nw.col(DATE) <= nw.col("end"))
        .group_by(SCHOOL, "form", DATE)
        .agg(nw.len().cast(nw.Int64).alias("size"))
        .filter(nw.col("size") >= smallest)
    )
    whole = counted.join(sizes, on=[SCHOOL, "form", DATE], how="inner").filter(
        nw.col("same") * 100 >= percent * nw.col("size")
    )
    # Both sessions of a day are one finding, told by the fuller of the two.
    days = whole.group_by(SCHOOL, "form", DATE, CODE).agg(nw.col("same").max().alias("most"), nw.col("size").max())
    slots = whole.select(SCHOOL, "form", DATE, SESSION, CODE)
    rows = placed.join(slots, on=[SCHOOL, "form", DATE, SESSION, CODE], how="inner").join(
        days, on=[SCHOOL, "form", DATE, CODE], how="inner"
    )
    told = rows.with_columns(
        nw.concat_str(
            nw.col("most").cast(nw.String),
            nw.lit(" of "),
            nw.col("size").cast(nw.String),
            nw.lit(" pupils of form "),
            nw.col("form"),
            nw.lit(" have "),
            nw.col(CODE),
        ).alias(DETAIL),
        nw.lit(NOBODY).alias(ABOUT),
        nw.col(DATE).cast(nw.String).alias(KEY),
    )
    return found(subject, check, told)
