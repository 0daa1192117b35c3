"""Tidy frames of many audits: one row an item, one row a status, to be joined with the register's figures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.audits.documents import framework_of
from attendance_core.audits.rules import load_status_rules
from attendance_core.audits.status import POINTS, status_of
from attendance_core.dates import AcademicYear
from attendance_core.engine import frame_of
from attendance_core.errors import DocumentError, Fault
from attendance_core.model.audits import Audit
from attendance_core.model.frameworks import Framework

_WHOSE: dict[str, Any] = {
    "school": nw.String,
    "date": nw.Date,
    "academic_year": nw.String,
    "assessor": nw.String,
    "audit": nw.String,
    "framework": nw.String,
    "framework_version": nw.String,
    "section": nw.String,
}
_RATING: dict[str, Any] = {
    "item": nw.String,
    "second_assessor": nw.Boolean,
    "rating": nw.String,
    "colour": nw.String,
    "points": nw.Int64,
    "uncertain": nw.Boolean,
    "evidence": nw.Int64,
    "actions": nw.Int64,
}
_STATUS: dict[str, Any] = {
    "rule": nw.String,
    "own_rule": nw.Boolean,
    "status": nw.String,
    "unanswered": nw.Int64,
    "red": nw.Int64,
    "amber": nw.Int64,
    "green": nw.Int64,
    "apart": nw.Int64,
}


def ratings_frame(
    audits: Iterable[Audit], frameworks: Mapping[str, Framework], *, as_of: date | None = None
) -> "nw.DataFrame[Any]":
    """Return one row for each item of each audit, and one more where a second assessor rated it.

    Columns: school, date, academic_year, assessor, audit, framework, framework_version, section, item,
    second_assessor (whose rating it is), rating (null: not answered), colour, points (0, 1, 2), uncertain, evidence and
    actions (how many), and for each status rule ``status_<rule>``, the status of the item's section. Evidence, actions
    and statuses are the school's: they are null beside a second assessor's rating, so that nothing counts twice.

    Args:
        audits: The audits.
        frameworks: Every framework that they answer, by id.
        as_of: The day on which actions are overdue or not; None: each audit's own day.

    Raises:
        DocumentError: If a framework is not at hand, or an audit stands twice.
    """
    audits = _each_once(audits)
    rules = tuple(load_status_rules())
    schema = _WHOSE | _RATING | {_column(rule): nw.String for rule in rules}
    rows: list[dict[str, Any]] = []
    for audit in audits:
        framework = framework_of(audit, frameworks)
        statuses = _statuses(audit, framework, as_of or audit.on, rules)
        for section, item in framework.each():
            if not item.rateable:
                continue
            answer = audit.response(item.id)
            by_rule = {_column(rule): statuses[rule][section.id].status.value for rule in rules}
            sets = [(False, answer.rating, answer.assessor or audit.assessor, answer.on)]
            if answer.second is not None and answer.second.rating:
                sets.append((True, answer.second.rating, audit.second_assessor, answer.second.on))
            for second, rating, assessor, on in sets:
                step = audit.scale.step(rating)
                rows.append(
                    _whose(audit, section.id)
                    | {
                        "date": on or audit.on,
                        "assessor": assessor,
                        "item": item.id,
                        "second_assessor": second,
                        "rating": rating or None,
                        "colour": step.status.value if step else None,
                        "points": POINTS[step.status] if step else None,
                        "uncertain": item.uncertain,
                        "evidence": None if second else len(answer.evidence),
                        "actions": None if second else len(answer.actions),
                    }
                    | (dict.fromkeys(by_rule) if second else by_rule)
                )
    return frame_of({name: [row[name] for row in rows] for name in schema}, schema)


def statuses_frame(
    audits: Iterable[Audit], frameworks: Mapping[str, Framework], *, as_of: date | None = None
) -> "nw.DataFrame[Any]":
    """Return one row for each audit, section (empty: the whole) and status rule.

    Args:
        audits: The audits.
        frameworks: Every framework that they answer, by id.
        as_of: The day on which actions are overdue or not; None: each audit's own day.

    Raises:
        DocumentError: If a framework is not at hand, or an audit stands twice.
    """
    audits = _each_once(audits)
    schema = _WHOSE | _STATUS
    rules = tuple(load_status_rules())
    rows: list[dict[str, Any]] = []
    for audit in audits:
        framework = framework_of(audit, frameworks)
        for rule, parts in _statuses(audit, framework, as_of or audit.on, rules).items():
            for part, status in parts.items():
                rows.append(
                    _whose(audit, part)
                    | {
                        "rule": rule,
                        "own_rule": rule == audit.status_rule,
                        "status": status.status.value,
                        "unanswered": len(status.unanswered),
                        "red": status.red,
                        "amber": status.amber,
                        "green": status.green,
                        "apart": len(status.apart),
                    }
                )
    return frame_of({name: [row[name] for row in rows] for name in schema}, schema)


def _each_once(audits: Iterable[Audit]) -> tuple[Audit, ...]:
    listed = tuple(audits)
    faults = [
        Fault(id, f"{times} audits{f' of {school}' if school else ''} have this id", "each audit once", "Leave one out")
        for (school, id), times in Counter((one.school, one.id) for one in listed).items()
        if times > 1
    ]
    if faults:
        raise DocumentError(*faults)
    return listed


def _column(rule: str) -> str:
    return f"status_{rule.replace('-', '_')}"


def _statuses(audit: Audit, framework: Framework, as_of: date, rules: Iterable[str]) -> "dict[str, dict[str, Any]]":
    found = {}
    for rule in rules:
        statuses = status_of(audit, framework, as_of, rule=rule)
        found[rule] = {one.part: one for one in (*statuses.sections, statuses.whole)}
    return found


def _whose(audit: Audit, section: str) -> dict[str, Any]:
    return {
        "school": audit.school,
        "date": audit.on,
        "academic_year": str(AcademicYear.of(audit.on)),
        "assessor": audit.assessor,
        "audit": audit.id,
        "framework": audit.framework,
        "framework_version": audit.framework_version,
        "section": section,
    }
