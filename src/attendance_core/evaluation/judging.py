"""Judging: the verdict in words, and the sentence that gives its numbers."""

from attendance_core.model.impact import Attended, Effect, ImpactChoices, ImpactVerdict


def judge(
    effect: Effect | None,
    placebo: Effect | None,
    before: Attended,
    after: Attended,
    *,
    choices: ImpactChoices,
    helped: int,
    pool: int,
) -> tuple[ImpactVerdict, str]:
    """Return the verdict and why.

    Args:
        effect: The matched difference; None where there were too few.
        placebo: Of a window before; None where there is none.
        before: What the helped attended before.
        after: What they attended after.
        choices: The minimum numbers.
        helped: How many helped enrolments can be compared.
        pool: How many others they can be compared with.
    """
    if helped < choices.pupils:
        return (
            ImpactVerdict.NOT_ENOUGH,
            f"{helped} helped pupils can be compared, and at least {choices.pupils} are needed.",
        )
    if pool < choices.pool:
        return (
            ImpactVerdict.NOT_ENOUGH,
            f"There is no comparison group: {pool} pupils without help are alike, and at least {choices.pool} are "
            "needed.",
        )
    if effect is None or before.percent is None or after.percent is None:
        return (
            ImpactVerdict.NOT_ENOUGH,
            "There is no comparison group: those who are alike were mostly helped soon after, or never attended alike.",
        )
    rise = after.percent - before.percent
    told = (
        f"From {_rate(before)} to {_rate(after)}, attendance of {effect.enrolments} helped pupils "
        f"{_moved(rise)}. Pupils who had attended alike and had no help would {_would(rise - effect.points)}. The "
        f"difference is {_points(effect.points)}, its 95 % interval {_interval(effect)}"
    )
    if placebo is not None and not placebo.holds_zero:
        return (
            ImpactVerdict.CANNOT_TELL,
            f"In a window before the help, which it cannot have changed, the helped already differed from those they "
            f"are compared with by {_points(placebo.points)} ({_interval(placebo)}): something else than help sets "
            f"them apart. {told}, and is not to be trusted.",
        )
    if effect.low > 0:
        return ImpactVerdict.HELPED, f"{told}, which lies above zero."
    if effect.high < 0:
        # Schools help those they worry about most: what sets these apart and no mark tells looks like harm.
        if placebo is None:
            return (
                ImpactVerdict.CANNOT_TELL,
                f"{told}, which lies below zero. But there is no placebo to say whether they had been worse off before "
                "than their marks tell.",
            )
        if effect.high >= placebo.points:
            return (
                ImpactVerdict.CANNOT_TELL,
                f"{told}, which lies below zero. But it holds {_points(placebo.points)}, by which they had differed in "
                "a window before the help, which it cannot have changed.",
            )
        return ImpactVerdict.WORSE, f"{told}, which lies below zero."
    return (
        ImpactVerdict.NO_EFFECT,
        f"{told}, which holds zero: the help may have done nothing, or anything within that interval.",
    )


def _rate(counted: Attended) -> str:
    return f"{counted.percent:.1f} % ({counted.attended:,} of {counted.possible:,} sessions)"


def _points(value: float) -> str:
    return f"{value:+.1f} points"


def _interval(effect: Effect) -> str:
    return f"{effect.low:+.1f} to {effect.high:+.1f}"


def _moved(points: float) -> str:
    return f"rose by {points:.1f} points" if points >= 0 else f"fell by {-points:.1f} points"


def _would(points: float) -> str:
    return f"have risen by {points:.1f} points" if points >= 0 else f"have fallen by {-points:.1f} points"
