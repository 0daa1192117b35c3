"""Groups: totals of many populations in one pass, and of the rest beside each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.engine import frame_of
from attendance_core.measures.populations import INTERVALS, Population
from attendance_core.measures.totals import Rules, Totals, add_up, by_enrolment
from attendance_core.model.marks import NUMBER

Frame = nw.DataFrame[Any]
#: Stands for everybody among the numbers of populations.
_EVERYBODY = -1


def population_totals(
    populations: Mapping[str, Population],
    everybody: Frame,
    by_era: Callable[[], Frame],
    bins: Frame,
    rules: Rules,
    *,
    rest: bool,
) -> dict[str, Totals]:
    """Add populations up.

    Args:
        populations: Key to population, available or not.
        everybody: One row an enrolment, added up over the whole period.
        by_era: Gives the same by enrolment_no and era, with the counted columns; asked only where it is needed.
        bins: era, first, last of the period's bins; in an era no membership begins or ends.
        rules: The profile's choices.
        rest: Also add up the rest beside each, under ``not:<key>``.

    Returns:
        Key to totals; populations that are not available are left out.
    """
    names = [key for key, population in populations.items() if population.available and not population.everybody]
    rows = _memberships([populations[key].frame for key in names])
    # Most memberships hold for the whole period; only the others need the eras one by one.
    always = (nw.col("valid_from") <= bins["first"].min()) & (nw.col("valid_to") >= bins["last"].max())
    lasting, some = rows.filter(always), rows.filter(~always)
    eras = bins.group_by("era").agg(nw.col("first").min(), nw.col("last").max())
    # Everybody is added up in the same pass, as one population more.
    parts = [everybody.with_columns(population=nw.lit(_EVERYBODY, nw.Int64))]
    parts.append(lasting.select("population", NUMBER).join(everybody, on=NUMBER, how="inner"))
    partial = set(some["population"].to_list())
    if partial:
        inside = _eras_in(some, eras).join(by_era(), on=[NUMBER, "era"], how="inner")
        parts.append(by_enrolment(inside, ["population"], rules))
    members = nw.concat([part.select(*parts[0].columns) for part in parts])
    found = {number: Totals(values=sums) for (number,), sums in add_up(members, ["population"], rules).items()}
    whole = found.get(_EVERYBODY, Totals.empty())
    result: dict[str, Totals] = {"all": whole} if "all" in populations else {}
    result |= {key: found.get(number, Totals.empty()) for number, key in enumerate(names)}
    for number, key in enumerate(names if rest else ()):
        if number not in partial:
            result[f"not:{key}"] = whole.minus(result[key])
            continue
        # An enrolment that was inside for a part of the period stands on both sides.
        mine = _eras_in(rows.filter(nw.col("population") == number), eras).select(NUMBER, "era")
        outside = by_era().join(mine, on=[NUMBER, "era"], how="anti")
        result[f"not:{key}"] = Totals(values=add_up(by_enrolment(outside, [], rules), [], rules)[()])
    return result


def _memberships(frames: Sequence[Frame]) -> Frame:
    """Put the intervals of several populations into one frame, each with its population's number."""
    empty = frame_of({name: [] for name in INTERVALS}, INTERVALS)
    numbers = [number for number, frame in enumerate(frames) for _ in range(len(frame))]
    return nw.concat(
        [nw.concat([empty, *frames]), frame_of({"population": numbers}, {"population": nw.Int64})], how="horizontal"
    )


def _eras_in(rows: Frame, eras: Frame) -> Frame:
    """Pair intervals with the eras in them: population, enrolment_no, era.

    Bins are cut wherever a membership begins or ends, so an era lies wholly inside an interval or outside.
    """
    pairs = rows.join(eras, how="cross")
    return pairs.filter(nw.col("valid_from") <= nw.col("first"), nw.col("valid_to") >= nw.col("last")).select(
        "population", NUMBER, "era"
    )
