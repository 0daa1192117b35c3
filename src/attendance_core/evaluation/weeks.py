"""Weeks: absent and possible sessions of every enrolment by school week, as matrices, and the tidy panel of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import frame_of
from attendance_core.errors import Fault, MissingLibraryError
from attendance_core.evaluation.windows import SchoolWeek, place, school_weeks
from attendance_core.measures.analysis import Analysis
from attendance_core.model.marks import ENROLMENT, NUMBER, SCHOOL
from attendance_core.model.treatments import Treatment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

Frame = nw.DataFrame[Any]


def require_statistics() -> None:
    """Refuse to go on without the statistics libraries.

    Raises:
        MissingLibraryError: If they are not installed.
    """
    try:
        import statsmodels  # noqa: F401
    except ImportError as error:
        raise MissingLibraryError(
            Fault(
                "impact",
                f"the library {error.name} is not installed",
                "the extra 'statistics'",
                'Install it: pip install "attendance-core[statistics]"',
            )
        ) from None


@frozen(kw_only=True, eq=False)
class SchoolPanel:
    """One school's weeks.

    Attributes:
        school: Its id.
        weeks: Its school weeks, earliest first.
        enrolments: Ids of its enrolments, in the order of the rows.
        absent: Absent sessions, a row an enrolment, a column a week.
        possible: Possible sessions, likewise.
    """

    school: str
    weeks: tuple[SchoolWeek, ...] = field(repr=False)
    enrolments: tuple[str, ...] = field(repr=False)
    absent: "Whole" = field(repr=False)
    possible: "Whole" = field(repr=False)

    def over(self, weeks: range) -> tuple["Whole", "Whole"]:
        """Add absent and possible sessions of every enrolment up over some weeks."""
        part = slice(weeks.start, weeks.stop)
        return self.absent[:, part].sum(axis=1), self.possible[:, part].sum(axis=1)

    def open_sessions(self, weeks: range) -> int:
        """Add the school's open sessions up over some weeks."""
        return sum(self.weeks[index].sessions for index in weeks)


def school_panels(analysis: Analysis) -> tuple[SchoolPanel, ...]:
    """Lay the weeks of an analysis's period out by school; enrolments in the order of their ids.

    Raises:
        MissingLibraryError: If the statistics libraries are not installed.
    """
    require_statistics()
    import numpy as np

    register, span = analysis.register, analysis.register.span
    if span is None:
        return ()
    last = min(analysis.period.end or register.as_of, register.as_of)
    people = register.enrolments.select(NUMBER, ENROLMENT, SCHOOL).sort(ENROLMENT)
    counted = analysis.enrolment_weeks().select(NUMBER, "week", "absent", "possible")
    found = []
    for school in sorted(set(people[SCHOOL].to_list())):
        weeks = tuple(
            week
            for week in school_weeks(register.calendars.frame, school, span.start, last)
            if week.first <= (span.end or last)
        )
        mine = people.filter(nw.col(SCHOOL) == school)
        rows = frame_of(
            {NUMBER: mine[NUMBER].to_list(), "row": list(range(len(mine)))}, {NUMBER: nw.Int32, "row": nw.Int64}
        )
        columns = frame_of(
            {"week": [week.monday for week in weeks], "column": list(range(len(weeks)))},
            {"week": nw.Date, "column": nw.Int64},
        )
        cells = counted.join(rows, on=NUMBER, how="inner").join(columns, on="week", how="inner")
        at = cells["row"].to_numpy(), cells["column"].to_numpy()
        absent = np.zeros((len(mine), len(weeks)), dtype=np.int64)
        possible = np.zeros_like(absent)
        absent[at], possible[at] = cells["absent"].to_numpy(), cells["possible"].to_numpy()
        found.append(
            SchoolPanel(
                school=school,
                weeks=weeks,
                enrolments=tuple(mine[ENROLMENT].to_list()),
                absent=absent,
                possible=possible,
            )
        )
    return tuple(found)


_PANEL: dict[str, Any] = {
    "unit": nw.String,
    "time": nw.Int64,
    "week": nw.Date,
    "treated": nw.Int64,
    "first_treated": nw.Int64,
    "absent": nw.Int64,
    "possible": nw.Int64,
    "cluster": nw.String,
    "weight": nw.Int64,
}


def panel_frame(panels: Iterable[SchoolPanel], treatments: Sequence[Treatment], part_of: str) -> Frame:
    """Return the tidy panel that other estimators take: one row an enrolment and school week with a possible session.

    Args:
        panels: The schools' weeks.
        treatments: All help that is known.
        part_of: The programme, plan or cohort that is judged; others do not make an enrolment treated.

    Returns:
        unit (enrolment_id), time (number of the week, from 1, over the weeks in which any school was open), week (its
        Monday), treated (1 from the first whole week of the help on), first_treated (its time; 0: never, as the R
        package did has it), absent, possible (sessions), cluster (school_id), weight (possible sessions).
    """
    import numpy as np

    listed = tuple(panels)
    mondays = sorted({week.monday for panel in listed for week in panel.weeks})
    times = {monday: number for number, monday in enumerate(mondays, start=1)}
    starts = first_starts(treatment for treatment in treatments if treatment.part_of == part_of)
    parts = []
    for panel in listed:
        if not panel.weeks:
            continue
        time = np.array([times[week.monday] for week in panel.weeks])
        begins = [place(panel.weeks, starts[key])[1] if key in starts else len(time) for key in panel.enrolments]
        first = np.append(time, 0)[begins]
        row, column = np.nonzero(panel.possible)
        monday = [week.monday for week in panel.weeks]
        possible = panel.possible[row, column].tolist()
        cells = {
            "unit": [panel.enrolments[index] for index in row.tolist()],
            "time": time[column].tolist(),
            "week": [monday[index] for index in column.tolist()],
            "treated": ((first[row] > 0) & (time[column] >= first[row])).astype(int).tolist(),
            "first_treated": first[row].tolist(),
            "absent": panel.absent[row, column].tolist(),
            "possible": possible,
            "cluster": [panel.school] * len(possible),
            "weight": possible,
        }
        parts.append(frame_of(cells, _PANEL))
    return nw.concat([frame_of({name: [] for name in _PANEL}, _PANEL), *parts])


def first_starts(treatments: Iterable[Treatment]) -> Mapping[str, date]:
    """Return the first day of help of each enrolment."""
    starts: dict[str, date] = {}
    for treatment in treatments:
        known = starts.get(treatment.enrolment_id)
        starts[treatment.enrolment_id] = treatment.start if known is None else min(known, treatment.start)
    return starts
