"""Small passes of a small model are computed with one thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from generation.engine.cpu.choose_threads import (
    SMALL_HIDDEN_SIZE,
    SMALL_PASS_TOKENS,
    one_thread,
    one_thread_tokens,
)
from generation.engine.model.logits import LogitsRequest
from generation.engine.model.runner import ModelRunner
from tests.generation.engine import tiny


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_large_models_and_many_threads_always_use_all_threads() -> None:
    assert one_thread_tokens(SMALL_HIDDEN_SIZE) == SMALL_PASS_TOKENS
    assert one_thread_tokens(SMALL_HIDDEN_SIZE + 1) == 0
    torch.set_num_threads(3)
    assert one_thread_tokens(SMALL_HIDDEN_SIZE) == 0


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_is_restored() -> None:
    for enabled, expected in ((True, 1), (False, 2)):
        with one_thread(enabled):
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == 2
    with pytest.raises(RuntimeError), one_thread(True):
        raise RuntimeError
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_only_small_passes_use_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ModelRunner(tiny.model())
    threads: list[int] = []
    inner = model._model.forward

    def forward(*given: object, **named: object) -> object:
        threads.append(torch.get_num_threads())
        return inner(*given, **named)

    monkeypatch.setattr(model._model, "forward", forward)
    cache = model.new_cache()
    prompt = list(range(5, 6 + SMALL_PASS_TOKENS))

    def last_logits() -> torch.Tensor:
        model.forward(cache, [prompt], [0], None)
        (row,) = model.forward(cache, [prompt[:3]], [len(prompt)], [LogitsRequest()])
        return row.values.clone()

    all_threads = last_logits()
    assert threads == [2, 2]
    model.choose_threads()
    torch.testing.assert_close(last_logits(), all_threads)
    assert threads == [2, 2, 2, 1]
