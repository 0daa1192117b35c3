"""Groups: totals of many populations in one pass, and of the rest beside each."""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.measures.populations import Population
from attendance_core.measures.totals import Rules, Totals, by_enrolment, total
from attendance_core.model.marks import NUMBER

Frame = nw.DataFrame[Any]


def population_totals(
    populations: Mapping[str, Population], tally: Frame, eras: Frame, rules: Rules, *, rest: bool
) -> dict[str, Totals]:
    """Add populations up.

    Args:
        populations: Key to population, available or not.
        tally: enrolment_no, era and the counted columns, for the whole period.
        eras: era, first, last: runs of days in which no membership begins or ends.
        rules: The profile's choices.
        rest: Also add up the rest beside each, under ``not:<key>``.

    Returns:
        Key to totals; populations that are not available are left out.
    """
    everybody = by_enrolment(tally, [], rules)
    whole = Totals.rows(total(everybody, [], rules))[None]
    result: dict[str, Totals] = {"all": whole} if "all" in populations else {}
    names = [key for key, population in populations.items() if population.available and not population.everybody]
    if not names:
        return result
    result |= dict.fromkeys(names, Totals.empty())
    rows = nw.concat(
        [populations[key].frame.with_columns(population=nw.lit(number, nw.Int32)) for number, key in enumerate(names)]
    )
    first, last = eras["first"].min(), eras["last"].max()
    # Most memberships hold for the whole period; only the others need the eras one by one.
    always = (nw.col("valid_from") <= first) & (nw.col("valid_to") >= last)
    some = rows.filter(~always)
    members = rows.filter(always).select("population", NUMBER).join(everybody, on=NUMBER, how="inner")
    if not some.is_empty():
        inside = _eras_in(some, eras).join(tally, on=[NUMBER, "era"], how="inner")
        part = by_enrolment(inside, ["population"], rules)
        members = nw.concat([members, part.select(*members.columns)])
    found = Totals.rows(total(members, ["population"], rules), "population")
    result |= {names[number]: totals for number, totals in found.items()}
    if not rest:
        return result
    partial = set(some["population"].to_list())
    for number, key in enumerate(names):
        if number not in partial:
            result[f"not:{key}"] = whole.minus(result[key])
            continue
        # An enrolment that was inside for a part of the period stands on both sides.
        mine = _eras_in(rows.filter(nw.col("population") == number), eras).select(NUMBER, "era")
        outside = tally.join(mine, on=[NUMBER, "era"], how="anti")
        result[f"not:{key}"] = Totals.rows(total(by_enrolment(outside, [], rules), [], rules))[None]
    return result


def _eras_in(rows: Frame, eras: Frame) -> Frame:
    """Pair intervals with the eras in them: population, enrolment_no, era.

    Bins are cut wherever a membership begins or ends, so an era lies wholly inside an interval or outside.
    """
    pairs = rows.join(eras, how="cross")
    return pairs.filter(nw.col("valid_from") <= nw.col("first"), nw.col("valid_to") >= nw.col("last")).select(
        "population", NUMBER, "era"
    )
