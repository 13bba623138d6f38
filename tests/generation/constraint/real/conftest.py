"""The tokenizers, one after another: each takes hundreds of megabytes."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from generation.engine.cpu.release_memory import release_memory
from tests.generation.constraint.real import lists
from tests.generation.constraint.real_tokenizers import NAMES, RealTokenizer, real_tokenizer


# Of the scope of a module, because pytest then runs the tests of one tokenizer after another.
@pytest.fixture(scope="module", params=NAMES)
def tokenizer(request: pytest.FixtureRequest) -> Iterator[RealTokenizer]:
    """Return a tokenizer; afterwards drop what is cached of it."""
    found = real_tokenizer(request.param)
    gc.freeze()  # otherwise each garbage collection visits its millions of objects
    yield found
    gc.unfreeze()
    for each in (*lists.CACHES_OF_TOKENIZERS, real_tokenizer):
        each.cache_clear()
    release_memory()


# After pytest-randomly has shuffled the tests.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of one tokenizer after another, and those of one language."""
    file_order = {path: n for n, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (file_order[item.path], *_parameters(item)))


def _parameters(item: pytest.Item) -> tuple[str, str]:
    callspec = getattr(item, "callspec", None)
    given = callspec.params if callspec else {}
    return str(given.get("tokenizer", "")), str(given.get("language", ""))
