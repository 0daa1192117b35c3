"""Options of the test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-all",
        action="store_true",
        help="Try all 10,000 mutated files of tests/test_fuzz.py, not the 1,500 of an ordinary run.",
    )
