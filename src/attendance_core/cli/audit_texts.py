"""Audits, their statuses, comparisons and agreement, as data and for a person to read."""

from typing import Any

from attendance_core.audits.agreement import Agreement, Estimate
from attendance_core.audits.comparing import AuditComparison, Direction
from attendance_core.cli.shared import (
    printable,
    table_text,
)
from attendance_core.documents.converter import unstructure
from attendance_core.model.indicators import ItemEvidence
from attendance_core.model.statuses import AuditStatus, PartStatus


def status_row(one: PartStatus) -> dict[str, Any]:
    """Return the status of a part as a row; counts are items."""
    return {
        "part": one.part,
        "name": one.name,
        "rule": one.rule,
        "status": one.told,
        "deciding": "; ".join(one.deciding),
        "red": one.red,
        "amber": one.amber,
        "green": one.green,
        "unanswered": len(one.unanswered),
        "apart": len(one.apart),
        **{name: value.value for name, value in one.others},
    }


def status_json(found: AuditStatus) -> dict[str, Any]:
    """Return the status of an audit, with what it is under the other rules."""

    def one(status: PartStatus) -> dict[str, Any]:
        return {**unstructure(status), "others": dict(status.others), "told": status.told}

    return {
        **unstructure(found),
        "whole": one(found.whole),
        "sections": [one(section) for section in found.sections],
    }


def status_text(found: AuditStatus) -> str:
    """Show the status of an audit: of the whole, then of each section, with what decided it."""
    whole = found.whole
    lines = [
        f"{found.audit}: {found.framework} {found.framework_version}, actions as of {found.as_of}",
        f"Rule: {whole.rule} {whole.rule_version}. {found.says}",
        *(f"Mind: {note}" for note in found.notes),
    ]
    for one in (whole, *found.sections):
        others = ", ".join(f"{name}: {value.value}" for name, value in one.others)
        lines += ["", f"{one.name}: {one.told}", f"  {one.because}"]
        if one.deciding:
            lines.append(f"  Decided by: {', '.join(one.deciding)}")
        if one.unanswered:
            lines.append(f"  Unanswered: {', '.join(one.unanswered)}")
        if one.apart:
            lines.append(f"  Counted apart, uncertain in the source: {', '.join(one.apart)}")
        lines.append(f"  Under other rules: {others}")
        if one.descriptor:
            lines.append(f"  What practice looks like: {one.descriptor}")
    return "\n".join(map(printable, lines))


def evidence_json(one: ItemEvidence) -> dict[str, Any]:
    """Return what an indicator found beside a rating, with its figures and concerns."""
    reading = one.reading
    return {
        "item": one.item,
        "rating": one.rating,
        "indicator": one.indicator,
        "verdict": one.verdict.value,
        "level": reading.level.value if reading.level else None,
        "count": reading.count,
        "of": reading.of,
        "found": reading.text,
        "figures": list(reading.figures),
        "concerns": list(reading.concerns),
        "note": one.note,
    }


def comparison_text(found: AuditComparison) -> str:
    """Show how two views of an audit differ."""
    before, after = ((one.whole, *one.sections) for one in found.statuses)
    parts: list[tuple[Any, ...]] = [(one.name, one.told, two.told) for one, two in zip(before, after, strict=True)]
    moved: list[tuple[Any, ...]] = [
        (
            one.item,
            one.first or "not rated",
            one.second or "not rated",
            one.direction.value,
            "without new evidence" if one.unsupported else "",
        )
        for one in found.items
        if one.direction not in (Direction.SAME, Direction.NEITHER)
    ]
    counts = ", ".join(f"{direction.value}: {found.count(direction)}" for direction in Direction)
    lines = [
        *found.notes,
        table_text(f"Status by the rule {found.statuses[0].whole.rule}", ("part", found.first, found.second), parts),
        "",
        f"Items: {counts}",
    ]
    if moved:
        lines += ["", table_text("", ("item", found.first, found.second, "second is", ""), moved)]
    return "\n".join(lines)


def agreement_text(found: Agreement) -> str:
    """Show how far raters agree: shares and coefficients with their intervals."""

    def told(one: Estimate) -> str:
        left = f"; {one.undefined} resamples undefined" if one.undefined else ""
        if one.value is None:
            return f"not defined{left}"
        ends = f" ({one.low:.2f} to {one.high:.2f}{left})" if one.low is not None and one.high is not None else ""
        return f"{one.value:.2f}{ends}"

    pairs: list[tuple[Any, ...]] = [
        (one.first, one.second, one.items, f"{one.agreed} of {one.items}", told(one.share), told(one.kappa))
        for one in found.pairs
    ]
    differ: list[tuple[Any, ...]] = [
        (one.item, one.distance, "; ".join(f"{who}: {rating}" for who, rating in one.ratings))
        for one in found.disagreements
    ]
    lines = [
        table_text("", ("first", "second", "items", "agreed", "share", "weighted kappa"), pairs),
        "",
        f"Krippendorff's alpha, ordinal, over {found.items} items: {told(found.alpha)}",
        f"Intervals: {found.level} %; Wilson for shares, percentile bootstrap over items for the others "
        f"({found.resamples} resamples, seed {found.seed}).",
        *(f"Mind: {note}" for note in found.notes),
        "",
        table_text(f"{len(differ)} items are rated differently", ("item", "steps apart", "ratings"), differ),
    ]
    return "\n".join(lines)
