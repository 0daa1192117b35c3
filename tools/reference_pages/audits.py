"""The page of audits: status rules, indicators, and the words of side records that they look for."""

from reference_pages.saying import choices
from reference_pages.writing import citations, code, page, sentences, table


def audits_page() -> str:
    """Status rules and indicators, with their citations."""
    from attendance_core.audits.indicators import load_indicators
    from attendance_core.audits.rules import load_status_rules
    from attendance_core.model.indicators import VERDICTS, IndicatorKind, Level, When, Who
    from attendance_core.model.scales import PracticeStatus
    from attendance_core.model.statuses import RuleMethod

    indicators = load_indicators()
    parts = [
        "[Audits](../explanation/audits.md) says how to read this page.",
        "## Status rules",
        "A status rule makes one status of many ratings.\n"
        "An audit names its rule and the rule's version; nothing is taken by default.",
        choices(RuleMethod),
    ]
    for rule in load_status_rules().values():
        for edition in rule.versions:
            edges = [
                f"{name.replace('_', ' ')} {edge[0]}/{edge[1]}"
                for name in ("more_than", "amber_from", "green_from")
                if (edge := getattr(edition, name))
            ]
            numbers = f"\nNumbers: {', '.join(edges)}." if edges else ""
            parts += [
                f"### `{rule.id}` {edition.version}: {rule.title}",
                sentences(edition.says) + numbers,
                f"Offered from {edition.in_force_from}, last checked on {edition.last_checked_on}.",
                citations(edition.cites),
            ]
    colours = [status for status in PracticeStatus if status is not PracticeStatus.INCOMPLETE]
    parts += [
        "## Indicators",
        f"{len(indicators)} indicators stand beside {sum(len(one.items) for one in indicators)} items.\n"
        "Each looks for one thing in the register or its side records, and finds it fully, in part, or not at all.",
        choices(IndicatorKind),
        "### What a finding says of a rating",
        table(
            ("Rating", *(level.value for level in Level)),
            [(colour.value, *(VERDICTS[colour, level].value for level in Level)) for colour in colours],
        ),
        "### When a record counts",
        choices(When),
        "### Groups of pupils",
        "A group is a cohort, those with a concern of a rule, those with a record, or one of these.",
        choices(Who),
    ]
    for one in indicators:
        facts = [
            ("Items", ", ".join(map(code, one.items))),
            ("Kind", code(one.kind.value)),
            ("Counts", one.counts),
            ("Group", _group(one)),
            ("Needs", _records(one.has)),
            ("Asks of", "" if _group(one) else _records(one.among)),
            ("How often", one.every.value if one.every else ""),
            ("Checks", ", ".join(map(code, one.checks))),
            ("Measure", code(one.measure) if one.measure else ""),
            ("Against", one.against.value if one.against else ""),
            ("Days", one.days or ""),
            ("Weeks", one.weeks or ""),
            ("At most", one.most or ""),
            ("To mind", one.note),
        ]
        rows = [(name, value) for name, value in facts if value]
        parts += [f"### `{one.id}`", table(("What", "Value"), rows), citations(one.cites)]
    parts += ["## Words of side records", _words()]
    return page("Audits", *parts)


def _group(one: object) -> str:
    concern, cohort, who = (getattr(one, name) for name in ("concern", "cohort", "who"))
    if concern:
        return f"pupils with the concern {code(concern)}"
    if cohort:
        return f"the cohort {code(cohort)}"
    if who is not None:
        return str(who.value)
    among = getattr(one, "among", None)
    return f"pupils with {_records(among)}" if among is not None and getattr(one, "has", None) is not None else ""


def _records(choice: object) -> str:
    if choice is None:
        return ""
    records = " or ".join(code(record.value) for record in choice.records)  # type: ignore[attr-defined]
    parts = [records]
    for name, title in (("kinds", "kind"), ("states", "state"), ("without", "no")):
        values = getattr(choice, name)
        if values:
            parts.append(f"{title} {', '.join(map(code, values))}")
    when, days = getattr(choice, "when").value, getattr(choice, "days")  # noqa: B009
    parts.append(f"{when}, {days} days" if days else when)
    return "; ".join(parts)


def _words() -> str:
    from attendance_core.audits.indicators import load_indicators
    from attendance_core.model.side_records import SIDE_STATES, SideRecord

    found: dict[str, dict[str, set[str]]] = {}
    for one in load_indicators():
        for choice in filter(None, (one.has, one.among)):
            for record in choice.records:
                words = found.setdefault(record.value, {"kinds": set(), "states": set()})
                words["kinds"] |= set(choice.kinds)
                words["states"] |= set(choice.states)
    rows = [
        (code(record.value), *(", ".join(map(code, sorted(found[record.value][name]))) for name in ("kinds", "states")))
        for record in SideRecord
        if record.value in found
    ]

    def listed(states: frozenset[str]) -> str:
        return ", ".join(map(code, sorted(states)))

    settled = [(code(record.value), listed(done), listed(not_done)) for record, (done, not_done) in SIDE_STATES.items()]
    return (
        "Indicators look for these words in `kind` and `state`; any other kind counts where none is asked for.\n\n"
        + table(("Record", "Kinds", "States"), rows)
        + "\n\nThe states of some records are settled: those of what was done count where none is asked for, and so "
        "does an empty one.\nWith another word it cannot be told whether a record counts.\n\n"
        + table(("Record", "Done", "Not done"), settled)
    )
