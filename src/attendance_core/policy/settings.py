"""Settings of rules: choices for open questions, put in place of the fields that they decide."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from attendance_core.documents.converter import structure
from attendance_core.model.policies import RuleVersion

#: Choices whose words are clearer than the field's own values.
_WORDS: dict[str, object] = {"strict": True, "inclusive": False}


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
