"""Settings of rules: choices for open questions, put in place of the fields that they decide."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from attendance_core.documents.converter import structure
from attendance_core.model.patterns import PatternRule
from attendance_core.model.policies import RuleVersion
from attendance_core.model.rules import CountRule, RateRule, RunRule
from attendance_core.model.selections import RuleUnit, Since, WindowUnit

#: Choices whose words are clearer than the field's own values.
_WORDS: dict[str, object] = {"strict": True, "inclusive": False}


def bearing(version: RuleVersion) -> tuple[str, ...]:
    """Return the settings that bear on a version: those that it names, then those that its kind asks."""
    body = version.body
    windows = [getattr(body, name, None) for name in ("window", "recent")]
    weeks = any(window is not None and window.of is WindowUnit.SCHOOL_WEEKS for window in windows)
    asked = {
        "covid-x": isinstance(body, RateRule | PatternRule | RunRule) or body.unit is RuleUnit.DAYS,
        "absent-day": body.unit is RuleUnit.DAYS,
        "school-week-begins": weeks or getattr(body, "since", None) is Since.FIRST_WEEK,
        "cancelled-week": weeks and isinstance(body, CountRule),
        "notice-marks": isinstance(body, CountRule) and body.uses is not None,
        "notice-years": isinstance(body, CountRule) and body.limit is not None,
        "run-interruption": isinstance(body, RunRule),
    }
    named = version.settings.values()
    return tuple(dict.fromkeys((*named, *(name for name, whether in asked.items() if whether))))


def applied(version: RuleVersion, choices: Mapping[str, str]) -> RuleVersion:
    """Return a version with fields of its kind (or ``excludes``) replaced.

    Args:
        version: The version as written.
        choices: Field to choice, as settings hold them: text.

    Raises:
        DocumentError: If a choice does not fit its field.
    """
    changes = dict(choices)
    excludes = changes.pop("excludes", None)
    if excludes is not None:
        version = evolve(version, excludes=() if excludes == "none" else (excludes,))
    if not changes:
        return version
    body: Any = version.body
    plain = {
        name: structure(
            int(value) if value.isdecimal() else _WORDS.get(value, value),
            type(getattr(body, name)),
            where=f"settings.{name}",
        )
        for name, value in changes.items()
    }
    return evolve(version, **{version.kind: evolve(body, **plain)})
