"""Write the reference pages of the documentation from the data and the code that they describe.

Usage: ``python tools/make_reference.py [--check]``. Without ``--check`` the pages are written; with it nothing is,
and the exit status is 1 if a page on disk differs. Pages are equal on every machine: no clock, no width, no order of
a file system.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from reference_pages import audits, facts, frameworks, ledgers, policies, program, support, written

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "api": program.api_page,
    "audits": audits.audits_page,
    "benchmarks": facts.benchmarks_page,
    "checks": facts.checks_page,
    "codes": facts.codes_page,
    "cohorts": facts.cohorts_page,
    "command-line": program.command_line_page,
    "configuration": written.configuration_page,
    "errors": program.errors_page,
    "frameworks": frameworks.frameworks_page,
    "mappings": written.mappings_page,
    "measures": facts.measures_page,
    "outlines": program.outlines_page,
    "policies": policies.policies_page,
    "rule-kinds": policies.rule_kinds_page,
    "settings": facts.settings_page,
    "ledgers": ledgers.ledgers_page,
    "support": support.support_page,
}


def render() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {REFERENCE / f"{name}.md": make() for name, make in PAGES.items()} | {
        facts.OPEN_QUESTIONS: facts.open_questions()
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    status = 0
    for path, text in render().items():
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        if old == text:
            continue
        status = 1
        sys.stdout.write(f"{'differs' if '--check' in arguments else 'wrote'} {path.relative_to(ROOT)}\n")
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
    return status if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
