"""Amendments without a trail."""

from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.checks import Check, CheckResult
from attendance_core.model.marks import CODE
from attendance_core.policy.register_check.findings import DETAIL, found, not_applicable, not_checked
from attendance_core.policy.register_check.subject import Subject, on_days_of, texts

Frame = nw.DataFrame[Any]

#: The setting that says what an amendment must keep, and what the fields are called in words.
SETTING = "amendment-trail"
WORDS = {"previous_code": "original mark", "amended_at": "day", "reason": "reason", "amended_by": "person"}
_SIGNS = ("previous_code", "amended_at")


def amendment_trail(subject: Subject, check: Check) -> CheckResult:
    """Find the amended marks that lack a particular which the setting asks for."""
    signs = [name for name in _SIGNS if name in subject.columns]
    if not signs:
        return not_checked(subject, check, "columns previous_code or amended_at of the marks")
    asked = subject.settings[SETTING].split("+")
    held = [name for name in asked if name in subject.columns]
    absent = tuple(f"column {name} of the marks" for name in asked if name not in subject.columns)
    amended = nw.lit(False)
    if "previous_code" in signs:
        amended = _says("previous_code") & (nw.col("previous_code").str.strip_chars() != nw.col(CODE).cast(nw.String))
    if "amended_at" in signs:
        amended = _says("amended_at") | amended
    marks = subject.marks(amended, *held).filter(on_days_of(check))
    if marks.is_empty():
        return not_applicable(subject, check, "No mark of the register was amended.")
    # Each amendment is told with all that it lacks.
    lacking = [
        nw.when(_says(name)).then(nw.lit("")).otherwise(nw.lit(f", {WORDS[name]}")).alias(f"__{name}") for name in held
    ]
    said = (
        texts(marks).with_columns(*lacking).with_columns(lacks=nw.concat_str(*[nw.col(f"__{name}") for name in held]))
    )
    bare = said.filter(nw.col("lacks") != "").with_columns(
        nw.concat_str(nw.lit("amended without: "), nw.col("lacks").str.slice(2)).alias(DETAIL)
    )
    return found(subject, check, bare, missing=absent, partial=bool(absent))


def _says(column: str) -> nw.Expr:
    return ~nw.col(column).is_null() & (nw.col(column).cast(nw.String).str.strip_chars() != "")
