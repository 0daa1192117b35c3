"""Recognition as a document: who is recognised, and nobody else; no rate is told."""

from collections.abc import Mapping
from datetime import date

from attrs import field, frozen

from attendance_core.model.ledgers import PupilKey
from attendance_core.model.letters import RecognitionKind
from attendance_core.model.reports import Audience, Cell, Column, Paragraph, Provenance, Report, Section, Table
from attendance_core.reports.words import day, number_of
from attendance_core.support.recognition import RecognitionRule
from attendance_core.support.roll import OnRoll


@frozen(kw_only=True, eq=False)
class Recognised:
    """What is recognised of each pupil on roll.

    Attributes:
        as_of: The day asked about.
        rule: What is recognised.
        period: The period's name.
        before: The earlier period's name; empty: there is none.
        people: The pupils on roll.
        kinds: What is recognised of each; often nothing.
    """

    as_of: date
    rule: RecognitionRule
    period: str
    before: str = ""
    people: tuple[OnRoll, ...] = field(repr=False)
    kinds: Mapping[PupilKey, tuple[RecognitionKind, ...]] = field(repr=False)


def recognition_report(
    found: Recognised,
    provenance: Provenance,
    *,
    audience: Audience,
    school: str = "",
    tell_why: bool = False,
    notes: tuple[str, ...] = (),
) -> Report:
    """Build the report on recognition.

    Args:
        found: What was found.
        provenance: What it was found in.
        audience: Who will read it; the view makes it safe.
        school: The school's name.
        tell_why: Also say what is recognised.
        notes: What is missing, and why.
    """
    several = len({one.school_id for one in found.people}) > 1
    listed = sorted(
        (one for one in found.people if found.kinds[one.who]), key=lambda one: (one.school_id, one.who.pupil_id)
    )
    rows: list[tuple[Cell, ...]] = [
        (
            *((one.school_id,) if several else ()),
            one.who.pupil_id,
            *((" and ".join(kind.value for kind in found.kinds[one.who]),) if tell_why else ()),
        )
        for one in listed
    ]
    columns = (
        *((Column(key="school_id", title="School"),) if several else ()),
        Column(key="pupil_id", title="Pupil", personal=True),
        *((Column(key="recognised", title="Recognised"),) if tell_why else ()),
    )
    rule = found.rule
    meant = (
        f"Improved: {found.period} held against the pupil's own {found.before}, {rule.points} percentage points less "
        f"missed."
        if found.before
        else "Improved cannot be told: there is no earlier period."
    )
    held = (
        f"Sustained: in each of {rule.weeks} whole school weeks at most {number_of(rule.missed_a_week, 'session')} "
        f"missed, and {rule.percent} % of all of them."
    )
    aside = "Illness, medical appointments, and absence that the school accepted are set aside before."
    blocks = (
        Paragraph(text=f"{meant} {held} {aside}"),
        Table(
            id="recognised",
            title=number_of(len(rows), "pupil"),
            columns=columns,
            rows=tuple(rows),
            caption="In the order of ids. Nobody is compared with anybody else, and whoever is not here is not named.",
            empty="Nobody this time.",
        ),
    )
    return Report(
        title=f"Recognition: {school}" if school else "Recognition",
        subtitle=f"As of {day(found.as_of)}",
        audience=audience.id,
        sections=(Section(id="recognition", title="Improved and sustained attendance", blocks=blocks),),
        provenance=provenance,
        notes=notes,
    )
