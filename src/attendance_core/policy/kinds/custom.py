"""Custom: the frame that a plugin's rule gives, checked before anything is made of it."""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import collect, from_host
from attendance_core.errors import Fault, PluginError
from attendance_core.model.concerns import Certainty
from attendance_core.model.marks import ENROLMENT, NUMBER
from attendance_core.policy.facts import Facts, Frame
from attendance_core.policy.items import SCHEMA, concerns_frame

_NEEDED: dict[str, Any] = {
    ENROLMENT: nw.String,
    "start": nw.Date,
    "end": nw.Date,
    "met_on": nw.Date,
    "count": nw.Int64,
}
_OPTIONAL = ("of", "certainty", "open", "allowance", "detail")


def check(result: object, facts: Facts, rule: str) -> Frame:
    """Turn what a plugin's rule returned into concerns.

    Args:
        result: Any frame that narwhals knows.
        facts: What is known.
        rule: Id of the rule, for messages.

    Raises:
        PluginError: With every way in which it is no frame of concerns. No value of the frame is repeated.
    """
    where = f"rule {rule!r}"
    try:
        frame = collect(
            nw.from_native(result) if isinstance(result, nw.DataFrame | nw.LazyFrame) else from_host(result)
        )
    except TypeError:
        raise PluginError(
            Fault(where, f"returned {type(result).__name__}", "a frame of concerns", "Correct the plugin")
        ) from None
    missing = [name for name in _NEEDED if name not in frame.columns]
    if missing:
        raise PluginError(
            Fault(where, f"returned a frame without {', '.join(missing)}", ", ".join(_NEEDED), "Add the columns")
        )
    wanted = _NEEDED | {name: SCHEMA[name] for name in _OPTIONAL if name in frame.columns}
    try:
        typed = frame.select(*[nw.col(name).cast(dtype) for name, dtype in wanted.items()])
    except Exception as error:  # each engine raises its own, and its text may quote cells
        raise PluginError(
            Fault(
                where, f"returned columns of the wrong types ({type(error).__name__})", _types(), "Correct the plugin"
            )
        ) from None
    faults = _faults(typed, facts.as_of, where)
    known = facts.register.enrolments.select(ENROLMENT, NUMBER)
    joined = typed.join(known, on=ENROLMENT, how="inner")
    if len(joined) < len(typed):
        faults.append(
            Fault(
                where,
                f"names {len(typed) - len(joined)} enrolments that the register does not hold",
                "values of enrolment_id",
                "Take them from the marks",
            )
        )
    if faults:
        raise PluginError(*faults)
    return concerns_frame(joined.drop(ENROLMENT))


def _faults(frame: Frame, as_of: date, where: str) -> list[Fault]:
    faults = []
    nulls = [name for name in _NEEDED if frame[name].is_null().any()]
    if nulls:
        faults.append(Fault(where, f"left cells of {', '.join(nulls)} empty", "a value in each", "Fill or drop them"))
    for name, test, expected in (
        ("count", nw.col("count") < 1, "1 or more"),
        ("end", nw.col("end") < nw.col("start"), "the start or a later day"),
        ("end", nw.col("end") > as_of, f"a day up to {as_of}"),
        ("met_on", nw.col("met_on") > as_of, f"a day up to {as_of}"),
    ):
        wrong = len(frame.filter(test))
        if wrong:
            faults.append(Fault(where, f"gave {wrong} rows with a {name} that cannot be", expected, "Correct them"))
    if "certainty" in frame.columns:
        words = [one.value for one in Certainty]
        wrong = len(frame.filter(~nw.col("certainty").is_in(words)))
        if wrong:
            faults.append(
                Fault(where, f"gave {wrong} rows with another certainty", ", ".join(words), "Use these words")
            )
    twice = len(frame) - len(frame.select(ENROLMENT, "start").unique())
    if twice:
        faults.append(
            Fault(
                where,
                f"gave {twice} rows that start on the day of another of the same enrolment",
                "one episode a start",
                "Join such episodes",
            )
        )
    return faults


def _types() -> str:
    return ", ".join(f"{name} {dtype.__name__}" for name, dtype in _NEEDED.items())
