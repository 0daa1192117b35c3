"""Explain: what a figure means, and the sessions behind it, worked out afresh from the register."""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.measures.analysis import Analysis
from attendance_core.measures.definitions import get_measure, get_session_measure
from attendance_core.measures.tallies import counted_in, counts_of, derive
from attendance_core.measures.totals import in_band
from attendance_core.model.codes import Late
from attendance_core.model.figures import Explanation, FigureId
from attendance_core.model.marks import CODE, DATE, ENROLMENT, MINUTES, NUMBER, PUPIL, SCHOOL, SESSION, STAT
from attendance_core.model.measures import MeasureKind

Frame = nw.DataFrame[Any]


def sessions(analysis: Analysis, id: FigureId) -> Frame:
    """List the sessions behind a figure.

    Returns:
        enrolment_id, pupil_id, school_id, date, session, code, stat (texts), in_numerator and in_denominator (bool).
        For shares of enrolments, in_denominator marks the possible sessions of everybody, and in_numerator the
        absent sessions of the enrolments that count. For minutes late there is also minutes_late (whole minutes).

    Raises:
        UnknownNameError: If its measure or population does not exist.
        FigureIdError: If its population is not available here, or its slot is none.
    """
    measure, code = get_session_measure(id.measure)
    who = analysis.population(id.population)
    minutes = measure.kind is MeasureKind.MINUTES and MINUTES in analysis.register.marks.collect_schema().names()
    marks = analysis.marks_of(who, id.period, id.slot, minutes=minutes)
    late = {"late_before": analysis.late_codes(Late.BEFORE_CLOSE), "late_after": analysis.late_codes(Late.AFTER_CLOSE)}

    def counts(columns: Sequence[str]) -> nw.Expr:
        return counted_in(columns, **late, covid_possible=analysis.rules.covid_possible)

    numerator, denominator = counts(measure.numerator), counts(measure.denominator)
    if measure.band is not None:
        summed = marks.group_by(NUMBER).agg(*counts_of(**late))
        table = derive(summed, covid_possible=analysis.rules.covid_possible)
        hits = table.filter(nw.col("possible") > 0, in_band(measure.band, strict=analysis.rules.strict))
        numerator = counts(["absent"]) & nw.col(NUMBER).is_in(hits[NUMBER].to_list())
        denominator = counts(measure.denominator or ["possible"])
    elif measure.per_code:
        numerator = nw.col(CODE) == code
    elif measure.kind is MeasureKind.SPELLS:
        numerator = counts(["absent"])
    elif measure.kind is MeasureKind.MINUTES:
        numerator = ~nw.col(MINUTES).is_null() if minutes else nw.lit(False)
    people = analysis.register.enrolments.select(NUMBER, ENROLMENT, PUPIL, SCHOOL)
    return (
        marks.with_columns(in_numerator=numerator, in_denominator=denominator)
        .join(people, on=NUMBER, how="inner")
        .select(
            *(ENROLMENT, PUPIL, SCHOOL, DATE, SESSION, CODE, STAT, *([MINUTES] if minutes else [])),
            *("in_numerator", "in_denominator"),
        )
        .sort(ENROLMENT, DATE, SESSION)
    )


def explain(analysis: Analysis, id: FigureId, *, provider: str = "attendance-core") -> Explanation:
    """Say what a figure is: its counts, definition, population, profile, settings and citations.

    Raises:
        UnknownNameError: If its measure or population does not exist.
        FigureIdError: If it was worked out under another profile, or its population is not available here.
    """
    measure, code = get_measure(id.measure)
    if id.profile != analysis.profile.id:
        from attendance_core.errors import Fault, FigureIdError

        raise FigureIdError(
            Fault(
                f"a figure of {id.measure!r}",
                f"was worked out under profile {id.profile!r}",
                analysis.profile.id,
                "Ask under that profile",
            )
        )
    figure = analysis.figure(id.measure, id.population, id.period, slot=id.slot)
    who = analysis.populations.get(id.population)
    suffix = f" (code {code})" if code else ""
    return Explanation(
        figure=figure,
        definition=measure.definition,
        numerator_means=measure.numerator_means + suffix,
        denominator_means=measure.denominator_means,
        population_means=who.title,
        profile=analysis.profile.title,
        settings=analysis.profile.settings,
        cites=measure.cites,
        provider=provider,
        not_checked=analysis.scope.not_checked,
    )
