"""A pytest plugin: coverage is measured in one case of each test.

Tracing doubles the time of the automata's loops, and the hundredth case of a parametrized test
seldom takes another branch than the first. `make coverage` traces all cases.
"""

from __future__ import annotations

import os

import pytest

# Files that compare long walks over whole vocabularies with an oracle.
UNTRACED = (
    "tests/generation/constraint/real/",
    "tests/generation/constraint/test_bulk_bpe.py",
    "tests/generation/constraint/test_token_automaton_properties.py",
    "tests/generation/engine/test_load.py",
    "tests/vocab/test_prose.py",
    "tests/vocab/test_starter_lists.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("COVERAGE_OF") == "all":
        return
    first: dict[str, str] = {}
    for item in items:
        test = item.nodeid.partition("[")[0]
        first[test] = min(first.get(test, item.nodeid), item.nodeid)
    traced = set(first.values())
    for item in items:
        if item.nodeid not in traced or item.nodeid.startswith(UNTRACED):
            item.add_marker(pytest.mark.no_cover)
