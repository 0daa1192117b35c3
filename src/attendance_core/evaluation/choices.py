"""Choices: how an impact is worked out, as a profile's settings say."""

from attendance_core.measures.totals import Rules
from attendance_core.model.impact import ImpactChoices
from attendance_core.model.profiles import Profile

#: Setting to the field that it fills.
SETTINGS = {
    "impact-before": "before",
    "impact-lately": "lately",
    "impact-after": "after",
    "impact-placebo": "placebo",
    "impact-pupils": "pupils",
    "impact-sessions": "sessions",
    "impact-pool": "pool",
    "impact-nearest": "nearest",
    "impact-distance": "distance",
    "impact-held-weeks": "held",
}


def choices_of(profile: Profile) -> ImpactChoices:
    """Read the choices of a profile."""
    numbers = {name: int(profile.get(setting)) for setting, name in SETTINGS.items()}
    return ImpactChoices(**numbers, strict=Rules.of(profile).strict)
