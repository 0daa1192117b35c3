"""Options of the test run."""

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile("any-speed", deadline=None)
settings.load_profile("any-speed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-all",
        action="store_true",
        help="Try all 10,000 mutated files of tests/test_fuzz.py, not the 1,500 of an ordinary run.",
    )
