"""Pupils to look at, each with the reasons why it is listed."""

from datetime import date

import narwhals.stable.v2 as nw

from attendance_core.model.marks import ENROLMENT, NUMBER, PUPIL
from attendance_core.model.reports import Block, Cell, Column, ColumnKind, OutlineSection, Paragraph, Table
from attendance_core.register.register import Register
from attendance_core.reports.concerns import reasons_by_enrolment
from attendance_core.reports.material import Material
from attendance_core.reports.words import day, number_of


def pupils(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """The list, the most absent first, each with why it is there."""
    analysis = material.analysis
    found = reasons_by_enrolment(material.concerns) if material.concerns is not None else {}
    if not found:
        return (Paragraph(text="No pupil gives a reason for a look under the policies in use."),)
    last = material.period.end or analysis.register.as_of
    traits = traits_on(analysis.register, last)
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    people = {
        number: (key, pupil)
        for number, key, pupil in analysis.register.enrolments.select(NUMBER, ENROLMENT, PUPIL).iter_rows()
    }
    counted = analysis.enrolments().filter(nw.col(NUMBER).is_in(sorted(found)))
    for row in counted.rows(named=True):
        number = row[NUMBER]
        key, pupil = people[number]
        rate = 100 * row["attended"] / row["possible"] if row["possible"] else None
        id = str(analysis.id("attendance", f"enrolment={key}"))
        small = " (few sessions: read with care)" if row["possible"] < analysis.rules.small else ""
        cells: tuple[Cell, ...] = (
            pupil,
            traits.get(number, {}).get("year_group", ""),
            traits.get(number, {}).get("form", ""),
            rate,
            row["absent"] / 2,
            row["possible"],
            "; ".join(found[number]) + small,
            id,
        )
        rows.append((rate if rate is not None else 101.0, cells))
    rows.sort(key=lambda item: (item[0], str(item[1][0])))
    return (
        Table(
            id="pupils",
            title=number_of(len(rows), "pupil"),
            columns=(
                Column(key="pupil_id", title="Pupil", personal=True),
                Column(key="year_group", title="Year"),
                Column(key="form", title="Form"),
                Column(key="attendance", title="Attendance, %", kind=ColumnKind.PERCENT),
                Column(key="days_lost", title="Days lost", kind=ColumnKind.DAYS),
                Column(key="possible", title="Possible sessions", kind=ColumnKind.INTEGER),
                Column(key="why", title="Why"),
                Column(key="figure", title="Figure", kind=ColumnKind.FIGURE, personal=True),
            ),
            rows=tuple(cells for _, cells in rows),
            caption=f"On roll on {day(last)}, the most absent first. Reasons are the open concerns of the policies in "
            "use; early signs alone list nobody here.",
        ),
    )


def traits_on(register: Register, on: date) -> dict[int, dict[str, str]]:
    """Return year group and form of each enrolment (enrolment_no) on a day."""
    rows = register.characteristics.filter(
        nw.col("name").is_in(["year_group", "form"]), nw.col("valid_from") <= on, nw.col("valid_to") >= on
    ).join(register.enrolments.select(ENROLMENT, NUMBER), on=ENROLMENT, how="inner")
    found: dict[int, dict[str, str]] = {}
    for number, name, value in rows.select(NUMBER, "name", "value").iter_rows():
        found.setdefault(number, {})[name] = value
    return found
