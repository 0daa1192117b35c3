"""The page of frameworks: packs, items, scale, and what the crosswalk says."""

from collections import Counter

from reference_pages.saying import choices
from reference_pages.writing import citations, code, listed, page, sentences, table, yes


def frameworks_page() -> str:
    """Frameworks that ship, item by item, and the crosswalk between them."""
    from attendance_core.frameworks.loading import load_frameworks, load_own_crosswalk
    from attendance_core.model.crosswalks import LinkStrength
    from attendance_core.model.frameworks import ItemFlag, ItemKind
    from attendance_core.model.scales import DEFAULT_SCALE

    packs, crosswalk = load_frameworks(), load_own_crosswalk()
    parts = [
        "A framework is TOML in `frameworks/`; a plugin can bring another or replace one, see [hooks](hooks.md).\n"
        "Ids and order are the source's, the words are this library's own.\n"
        "[Frameworks](../explanation/frameworks.md) says how they relate to their sources, "
        "and [use your own wording](../how-to/use-your-own-wording.md) how to put the exact words over the ids.",
        "## All frameworks",
        table(
            ("Id", "Title", "Version", "Sections", "Rated items", "Uncertain", "Own scale"),
            [
                (
                    code(one.id),
                    one.title,
                    one.version,
                    len(one.sections),
                    len(one.rateable()),
                    ", ".join(code(item.id) for item in one.rateable() if item.uncertain),
                    yes(not one.ratings.ours),
                )
                for one in packs.values()
            ],
        ),
        "## Scale of frameworks that have none",
        table(
            ("Rating", "Counts", "Status", "When"),
            [(step.title, place, step.status.value, step.means) for place, step in enumerate(DEFAULT_SCALE.steps)],
        ),
        "## Kinds of item",
        choices(ItemKind),
        "## Flags of an item",
        choices(ItemFlag),
    ]
    for framework in packs.values():
        parts += [
            f"## `{framework.id}`",
            sentences(framework.note),
            listed(framework.notes),
            f"Version {framework.version}, offered from {framework.in_force_from}, "
            f"last checked on {framework.last_checked_on}.\n"
            f"Status rules that suit it: {', '.join(map(code, framework.status_rules))}.",
            citations(framework.cites),
        ]
        for section in framework.sections:
            rows = []
            for item in section.each():
                flags = f" ({', '.join(flag.value for flag in item.flags)})" if item.flags else ""
                text = item.text or "The source lost this text."
                rows.append((code(item.id), item.kind.value, f"{text}{flags}", yes(item.rateable)))
            parts += [f"### {section.name}", table(("Id", "Kind", "What it says", "Rated"), rows)]
    strengths = Counter(link.strength for link in crosswalk.links)
    between = Counter(tuple(sorted({ref.framework for ref in link.refs})) for link in crosswalk.links)
    parts += [
        f"## Crosswalk `{crosswalk.id}`",
        sentences(crosswalk.note),
        f"It holds {len(crosswalk.links)} links: "
        + ", ".join(f"{strengths[one]} {code(one.value)}" for one in LinkStrength)
        + ".\nEach has a reason of its own, which `attendance frameworks gaps` prints.",
        choices(LinkStrength),
        table(
            ("Between", "Links"),
            [(" and ".join(map(code, names)), count) for names, count in sorted(between.items())],
        ),
        "### Items without a counterpart",
        table(("Item", "Why"), [(code(one.item), one.why) for one in crosswalk.unlinked]),
    ]
    return page("Frameworks", *parts)
