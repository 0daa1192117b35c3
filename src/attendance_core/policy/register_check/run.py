"""Running the register check: every question is asked, whatever becomes of the others."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.checks import Check, CheckResult
from attendance_core.policy.register_check.ages import x_compulsory_age
from attendance_core.policy.register_check.classes import whole_class_code
from attendance_core.policy.register_check.closed import closed_days
from attendance_core.policy.register_check.codes import codes_in_force
from attendance_core.policy.register_check.findings import not_applicable, went_wrong
from attendance_core.policy.register_check.illness import long_illness
from attendance_core.policy.register_check.missing import missing_marks
from attendance_core.policy.register_check.part_time import c2_arrangement
from attendance_core.policy.register_check.reasons import late_entries, open_reasons
from attendance_core.policy.register_check.schools import d_second_school
from attendance_core.policy.register_check.subject import Subject
from attendance_core.policy.register_check.swaps import code_swap
from attendance_core.policy.register_check.trail import amendment_trail
from attendance_core.reference.checks import load_checks
from attendance_core.register.register import Register, require_sessions

Asking = Callable[[Subject, Check], CheckResult]

#: What each check of ``checks.toml`` does.
ASKED: Mapping[str, Asking] = {
    "missing-marks": missing_marks,
    "open-reasons": open_reasons,
    "late-entries": late_entries,
    "codes-in-force": codes_in_force,
    "x-compulsory-age": x_compulsory_age,
    "d-second-school": d_second_school,
    "c2-arrangement": c2_arrangement,
    "long-illness": long_illness,
    "whole-class-code": whole_class_code,
    "code-swap": code_swap,
    "closed-days": closed_days,
    "amendment-trail": amendment_trail,
}


def check_register(
    register: Register,
    *,
    settings: Mapping[str, str],
    side: "Mapping[str, nw.DataFrame[Any]] | None" = None,
    asked: Mapping[str, Asking] | None = None,
) -> tuple[CheckResult, ...]:
    """Ask a register every question of the register check.

    Args:
        register: The register.
        settings: Setting to choice; all of them.
        side: Side records by name; those that are not there leave some questions not checked.
        asked: What each check does, by its id; None: `ASKED`.

    Returns:
        A result for each check, in the order of the data.

    Raises:
        LayoutError: If it is no register of sessions.
    """
    require_sessions(register)
    subject = Subject(register=register, settings=settings, side=side or {})
    does = ASKED if asked is None else asked
    return tuple(_ask(subject, check, does[check.id]) for check in load_checks())


def _ask(subject: Subject, check: Check, ask: Asking) -> CheckResult:
    span = subject.register.span
    if span is not None and not span.overlaps(check.span):
        return not_applicable(subject, check, f"It asks about days from {check.in_force_from}.")
    try:
        return ask(subject, check)
    except Exception as error:
        # The text of an exception may quote a pupil's data, so only its type and place are told.
        return went_wrong(subject, check, f"{type(error).__name__} at {_place(error)}: a mistake of the program")


def _place(error: BaseException) -> str:
    """Say where in this package something broke."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if "attendance_core" in file.parts:
            place = f"{file.parent.name}/{file.name} line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
