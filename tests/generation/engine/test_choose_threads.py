"""The number of threads of a pass: chosen by measurement, for that pass only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from generation.engine.cpu import choose_threads
from generation.engine.cpu.choose_threads import ThreadCounts, choose, fewest, measure
from generation.engine.model.logits import LogitsRequest
from generation.engine.model.runner import ModelRunner
from tests.generation.engine import tiny


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(choose_threads, "SECONDS", 0.0)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([10.0, 20.0, 30.0], 1),
        ([10.0, 9.6, 9.6], 1),  # no clear gain
        ([10.0, 9.7, 9.4], 4),  # none at each step, but altogether
        ([10.0, 6.0, 5.9], 2),
        ([10.0, 11.0, 5.0], 4),
    ],
)
def test_threads_that_bring_nothing_are_not_used(times: list[float], expected: int) -> None:
    assert fewest([1, 2, 4], times) == expected


@pytest.mark.usefixtures("two_threads")
def test_a_pass_has_the_threads_for_its_size_and_nobody_else_has() -> None:
    threads = ThreadCounts({8: 2, 1: 1})
    for tokens, expected in ((1, 1), (2, 2), (8, 2), (9, 2)):
        with threads.use(tokens):
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == 2
    with pytest.raises(RuntimeError), threads.use(1):
        raise RuntimeError
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_every_number_is_tried_for_every_size_that_has_fewer_than_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[tuple[int, int]] = []

    def compute(tokens: int) -> None:
        tried.append((tokens, torch.get_num_threads()))

    # By this clock a second thread halves the time of 8 tokens, and doubles that of one.
    def clock() -> float:
        tokens, number = tried[-1]
        seconds.append(seconds[-1] + (number if tokens == 1 else 1 / number))
        return seconds[-1]

    seconds = [0.0]
    monkeypatch.setattr("time.perf_counter", clock)
    assert measure(compute) == {1: 1, 8: 2}
    assert {(1, 1), (1, 2), (8, 1), (8, 2)} == set(tried)
    assert torch.get_num_threads() == 2


def test_one_thread_is_nothing_to_choose_from() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert measure(lambda tokens: pytest.fail("measured for nothing")) == {}
    finally:
        torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_what_was_measured_counts_until_the_threads_are_others(tmp_path: Path) -> None:
    kept = tmp_path / "engine" / "threads.json"
    passes: list[int] = []
    choose(passes.append, "a model", kept)
    assert passes
    (key,) = json.loads(kept.read_text())
    kept.write_text(json.dumps({key: {"1": 1, "8": 2}}))
    passes.clear()
    assert choose(passes.append, "a model", kept).choices == {1: 1, 8: 2}
    assert not passes
    choose(passes.append, "another", kept)
    assert passes
    torch.set_num_threads(3)
    passes.clear()
    choose(passes.append, "a model", kept)
    assert passes
    assert len(json.loads(kept.read_text())) == 3


@pytest.mark.usefixtures("two_threads")
def test_the_model_computes_its_passes_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ModelRunner(tiny.model())
    model.choose_threads("tiny", None)
    assert 1 in model.threads.choices
    model.threads = ThreadCounts({1: 1})
    seen: list[int] = []
    inner = model._model.forward

    def forward(*given: object, **named: object) -> object:
        seen.append(torch.get_num_threads())
        return inner(*given, **named)

    monkeypatch.setattr(model._model, "forward", forward)
    cache = model.new_cache()
    model.forward(cache, [[5, 6, 7]], [0], None)
    (one,) = model.forward(cache, [[8]], [3], [LogitsRequest()])
    assert seen == [2, 1]
    model.threads = ThreadCounts({})
    (two,) = model.forward(cache, [[8]], [3], [LogitsRequest()])
    assert seen == [2, 1, 2]
    torch.testing.assert_close(one.values, two.values)
