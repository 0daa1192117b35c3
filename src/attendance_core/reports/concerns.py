"""Concerns in a report: what each rule of the policies in use found, and the pupils, by rule and by pupil."""

from attendance_core.model.concerns import Certainty
from attendance_core.model.marks import ENROLMENT, NUMBER, PUPIL
from attendance_core.model.outcomes import Outcome
from attendance_core.model.reports import Block, Cell, Column, ColumnKind, OutlineSection, Paragraph, Table
from attendance_core.model.selections import RuleUnit
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.results import RuleResult
from attendance_core.policy.words import definition, unit_of
from attendance_core.reports.material import Material
from attendance_core.reports.words import day, number_of

_OUTCOMES = {
    Outcome.PASSED: "nobody",
    Outcome.FAILED: "",
    Outcome.NOT_APPLICABLE: "not in force on this day",
    Outcome.NOT_CHECKED: "not checked",
    Outcome.ERROR: "failed",
}
_ADDED = {Certainty.PROVISIONAL.value: "met only if marks stand that may be replaced", Certainty.PROJECTED.value: ""}


def concerns(material: Material, section: OutlineSection) -> tuple[Block, ...]:
    """One table of the rules with how many pupils each found, and one of the pupils by rule."""
    found = material.concerns
    if found is None or not found.results:
        return (Paragraph(text="No policy is in use: name some under [policy] in attendance.toml."),)
    rows = found.frame().rows(named=True)
    counts: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        counts.setdefault((row["policy"], row["rule"]), set()).add(row[ENROLMENT])
    listed = [result for result in found.results if result.rule.listed]
    rules = Table(
        id="concern-rules",
        title=f"What {number_of(len(listed), 'rule')} found",
        columns=(
            Column(key="policy", title="Policy"),
            Column(key="rule", title="Rule"),
            Column(key="pupils", title="Pupils", kind=ColumnKind.INTEGER),
            Column(key="outcome", title="Outcome"),
            Column(key="definition", title="What it asks"),
            Column(key="recommends", title="What to consider"),
            Column(key="to", title="For whom"),
        ),
        rows=tuple(_rule(result, len(counts.get((result.policy.id, result.rule.id), ()))) for result in listed),
        caption="A rule recommends a look, not a step: a person decides. Not checked is not the same as nobody.",
    )
    titles = {(result.policy.id, result.rule.id): result.rule.title for result in listed}
    pupils = Table(
        id="concerns",
        title=number_of(len(rows), "concern"),
        columns=(
            Column(key="rule", title="Rule"),
            Column(key="pupil_id", title="Pupil", personal=True),
            Column(key="what", title="What was counted"),
            Column(key="start", title="From", kind=ColumnKind.DATE),
            Column(key="end", title="To", kind=ColumnKind.DATE),
            Column(key="concern", title="Concern", personal=True),
        ),
        rows=tuple(
            (
                titles[row["policy"], row["rule"]],
                row[PUPIL],
                told(row),
                row["start"],
                row["end"],
                row["concern"],
            )
            for row in rows
        ),
        caption=f"On roll and open on {day(found.as_of)}. attendance explain says what stands behind each.",
    )
    return (rules, pupils)


def _rule(result: RuleResult, pupils: int) -> tuple[Cell, ...]:
    version = result.version or result.rule.versions[-1]
    body = result.bodies.get(version.in_force_from, version.body)
    checked = result.outcome in (Outcome.PASSED, Outcome.FAILED)
    outcome = _OUTCOMES[result.outcome] if pupils == 0 and result.outcome is not Outcome.FAILED else ""
    if result.outcome is Outcome.FAILED and not pupils:
        outcome = "nobody any more"
    parts = [outcome, *(f"missing: {one}" for one in result.missing), *result.notes]
    return (
        result.policy.title,
        result.rule.title,
        pupils if checked else None,
        "; ".join(part for part in parts if part),
        definition(body),
        version.recommends,
        version.to,
    )


def told(row: dict[str, object]) -> str:
    """Say what a concern counted, as in ``12 sessions of 96``."""
    count = row["count"]
    of = f" of {row['of']:,}" if row["of"] is not None else ""
    text = f"{count:,}{of} {unit_of(RuleUnit(str(row['unit'])), 2 if of else int(str(count)))}"
    if row["allowance"]:
        text += f"; {number_of(int(str(row['allowance'])), 'more session')} may be missed this year"
    added = _ADDED.get(str(row["certainty"]), "")
    return "; ".join(part for part in (text, added, str(row["detail"])) if part)


def reasons_by_enrolment(found: Concerns) -> dict[int, list[str]]:
    """Return why each enrolment (enrolment_no) is to be looked at, in the order of the policies.

    Only who gives a concern that is no early sign is listed; early signs are then told too. A rule that another one
    covers is not told beside it.
    """
    numbers = dict(found.facts.register.enrolments.select(ENROLMENT, NUMBER).iter_rows())
    rules = {(result.policy.id, result.rule.id): result.rule for result in found.results}
    by_enrolment: dict[int, list[dict[str, object]]] = {}
    for row in found.frame().rows(named=True):
        by_enrolment.setdefault(numbers[row[ENROLMENT]], []).append(row)
    reasons: dict[int, list[str]] = {}
    for number, rows in by_enrolment.items():
        mine = [(rules[str(row["policy"]), str(row["rule"])], row) for row in rows]
        if all(rule.early_sign for rule, _ in mine):
            continue
        covered = {(str(row["policy"]), name) for rule, row in mine for name in rule.covers}
        reasons[number] = [
            f"{rule.title}: {told(row)}" for rule, row in mine if (str(row["policy"]), rule.id) not in covered
        ]
    return reasons
