"""Boolean combination of other rules, and scores."""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.model.combinations import CombinationRule
from attendance_core.model.marks import DATE, NUMBER, SESSION
from attendance_core.policy.facts import Facts, Frame
from attendance_core.policy.items import concerns_of


def evaluate(rule: CombinationRule, facts: Facts, parts: Mapping[str, Frame], sessions: Mapping[str, Frame]) -> Frame:
    """Work the concerns out.

    Args:
        rule: The rule.
        facts: What is known.
        parts: The open concerns of each rule that it names.
        sessions: The sessions behind them: enrolment_no, date, session, in_numerator.
    """
    holds = {name: set(frame[NUMBER].to_list()) for name, frame in parts.items()}
    everybody: set[int] = set().union(*(holds[name] for name in (*rule.all_of, *rule.any_of, *rule.points)))
    rows: list[dict[str, Any]] = []
    spans: dict[int, list[tuple[Any, Any]]] = {}
    for name in (*rule.all_of, *rule.any_of, *rule.points):
        for number, start, end in parts[name].select(NUMBER, "start", "end").iter_rows():
            spans.setdefault(number, []).append((start, end))
    counts = _sessions(rule, sessions)
    for number in sorted(everybody):
        score = sum(weight for name, weight in rule.points.items() if number in holds[name])
        if (
            all(number in holds[name] for name in rule.all_of)
            and (not rule.any_of or any(number in holds[name] for name in rule.any_of))
            and not any(number in holds[name] for name in rule.none_of)
            and score >= rule.at_least
        ):
            scored = [f"{name} {weight}" for name, weight in rule.points.items() if number in holds[name]]
            rows.append(
                {
                    NUMBER: number,
                    "start": min(start for start, _ in spans[number]),
                    "end": max(end for _, end in spans[number]),
                    "met_on": facts.as_of,
                    "count": score if rule.points else counts.get(number, 0),
                    "of": sum(rule.points.values()) if rule.points else None,
                    "detail": f"points: {', '.join(scored)}" if scored else "",
                }
            )
    return concerns_of(rows)


def _sessions(rule: CombinationRule, sessions: Mapping[str, Frame]) -> dict[int, int]:
    """Count the sessions of the parts that speak for it, each once."""
    if rule.points:
        return {}
    listed = [
        sessions[name].filter(nw.col("in_numerator")).select(NUMBER, DATE, SESSION)
        for name in (*rule.all_of, *rule.any_of)
    ]
    each = nw.concat(listed).unique()
    return dict(each.group_by(NUMBER).agg(nw.len().cast(nw.Int64).alias("n")).iter_rows())
