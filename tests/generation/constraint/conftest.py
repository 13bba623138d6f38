"""The order of the tests that use real tokenizers."""

from __future__ import annotations

import pytest


# After pytest-randomly has shuffled the tests.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of one tokenizer after another: each takes most of a gigabyte."""
    file_order = {path: n for n, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (file_order[item.path], _tokenizer(item)))


def _tokenizer(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("tokenizer", "")) if callspec else ""
