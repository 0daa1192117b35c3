"""What SECURITY.md says that the library never does, read off its own source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared import ROOT

#: Modules by which a program reaches a network, starts another program, logs, or runs what it reads.
NEVER = {
    "network": {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "requests", "httpx", "aiohttp"},
    "programs": {"subprocess", "multiprocessing", "pty"},
    "logging": {"logging", "syslog"},
    "running data": {"pickle", "marshal", "shelve", "dill", "joblib"},
    "XML that resolves entities": {"xml", "lxml"},
}
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("what", NEVER)
def test_nothing_of_the_kind_is_imported(what: str) -> None:
    assert len(SOURCES) > 50
    assert [(path.name, name) for path in SOURCES for name in imports(path) if name in NEVER[what]] == []


def test_nothing_that_is_read_is_run_and_no_clock_is_asked() -> None:
    forbidden = {"eval", "exec", "os.system", "os.popen", "date.today", "datetime.now", "datetime.utcnow", "time.time"}
    assert [(path.name, name) for path in SOURCES for name in calls(path) if name in forbidden] == []


def test_a_report_asks_nothing_of_the_network() -> None:
    """Templates load no script, style, font or picture from elsewhere."""
    templates = (
        list((ROOT / "src").rglob("*.j2")) + list((ROOT / "src").rglob("*.css")) + list((ROOT / "src").rglob("*.js"))
    )
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert not any(sign in text for sign in ('src="http', "src='http", "@import", "url(http", "fetch(")), path.name
