"""Scales: what a rating of practice can be, and the status that it has."""

from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault


class PracticeStatus(StrEnum):
    """The state of a piece of practice: of an item, a section or a whole framework, and never of a child."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    INCOMPLETE = "incomplete"
    """Not every item that counts has been rated: said with what is missing, never guessed, never an error."""


@frozen(kw_only=True)
class ScaleStep:
    """One step of a rating scale.

    Attributes:
        id: As responses write it, such as ``developing``.
        title: As forms print it.
        status: The colour that an item with this rating has.
        means: When the step is right, in a sentence.
    """

    id: str
    title: str
    status: PracticeStatus
    means: str = ""

    def __attrs_post_init__(self) -> None:
        if self.status is PracticeStatus.INCOMPLETE:
            raise DocumentError(
                Fault("status", "a rating that is given is not incomplete", "red, amber or green", "Correct it")
            )


@frozen(kw_only=True)
class RatingScale:
    """The ratings that an item can get, lowest first; a rating counts 0, 1, 2 ... by its place.

    Attributes:
        id: Lower case.
        title: What it is called.
        steps: Lowest first.
        ours: This library's own, since the source gives none.
    """

    id: str
    title: str
    steps: tuple[ScaleStep, ...]
    ours: bool = False

    def step(self, id: str) -> ScaleStep | None:
        """Return a step by its id."""
        return next((step for step in self.steps if step.id == id), None)

    def same_steps(self, other: "RatingScale") -> bool:
        """Say whether ratings of two scales can be held against each other by their places.

        They can when the steps have the same ids and colours in the same order, however they are worded.

        >>> DEFAULT_SCALE.same_steps(DEFAULT_SCALE)
        True
        """
        return [(step.id, step.status) for step in self.steps] == [(step.id, step.status) for step in other.steps]

    def points(self, id: str) -> int | None:
        """Return the place of a step from the lowest, 0; None if it is none of this scale."""
        return next((place for place, step in enumerate(self.steps) if step.id == id), None)


DEFAULT_SCALE = RatingScale(
    id="three-steps",
    title="Not in place, developing, established",
    steps=(
        ScaleStep(
            id="not-in-place",
            title="Not in place",
            status=PracticeStatus.RED,
            means="Little or nothing of it happens, or nobody can show it.",
        ),
        ScaleStep(
            id="developing",
            title="Developing",
            status=PracticeStatus.AMBER,
            means="It has begun, and is not yet done by everybody or every time.",
        ),
        ScaleStep(
            id="established",
            title="Established",
            status=PracticeStatus.GREEN,
            means="It is done by everybody who should, can be shown, and is kept up.",
        ),
    ),
    ours=True,
)
"""The scale of every pack whose source gives none."""


#: Rules that turn ratings into a status; `audits` holds them. A framework suggests, an audit names the one it uses.
STATUS_RULES = ("worst", "majority", "mean-banded", "plan-aware")
