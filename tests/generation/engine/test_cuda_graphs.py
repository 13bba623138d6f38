"""What is done otherwise on a GPU: recorded passes, and scores of which only a part is fetched.

Here on a processor, where a record repeats its operations on the same tensors one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from generation.engine.contract import Sampling
from generation.engine.model.cuda_graphs import (
    MAX_RECORDS,
    USES_BEFORE,
    CudaGraphs,
    _rounded,
    can_record,
)
from generation.engine.model.logits import RowLogits
from generation.engine.model.output_head import MAX_SLICE_BYTES, HeadSlice
from tests.generation.engine import tiny
from tests.generation.engine.test_decoding import GREEDY, mixture, prompt, session


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_it_writes_the_same(architecture: str) -> None:
    """Requests alone, together, and joining and leaving while passes are recorded."""
    plain, gpu = tiny.rows(1, architecture), tiny.as_on_a_gpu(1, architecture)
    expected = [tiny.decode(plain, tiny.group(*each))[0] for each in mixture()]
    assert gpu.graphs is not None
    assert [tiny.decode(gpu, tiny.group(*each))[0] for each in mixture()] == expected
    assert tiny.decode(gpu, *(tiny.group(*each) for each in mixture())) == expected
    assert gpu.graphs.count > 0


def test_groups_with_penalties_write_the_same() -> None:
    """They change scores in place, of a piece of the vocabulary where the plain ones have all."""
    sampling = Sampling(
        max_tokens=12,
        temperature=0.0,
        num_beams=4,
        num_beam_groups=2,
        diversity_penalty=0.7,
        repetition_penalty=1.2,
        logit_bias={280: 2.0},
    )
    found = [
        tiny.decode(model, tiny.group(prompt("la casa"), sampling, session()))
        for model in (tiny.rows(3), tiny.as_on_a_gpu(3))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(max_tokens=20, seed=3, top_k=4, temperature=1.4, min_tokens=12),
        Sampling(max_tokens=20, seed=4, top_k=9, top_p=0.8, temperature=1.1),
        Sampling(max_tokens=12, seed=5, top_k=6, num_beams=3),
        Sampling(max_tokens=12, temperature=0.0, num_beams=3, min_tokens=9),
        Sampling(max_tokens=12, temperature=0.0, min_tokens=9),
        Sampling(max_tokens=12, temperature=0.0, logprobs=2),
    ],
)
def test_the_best_few_scores_are_enough(sampling: Sampling, constrained: bool) -> None:
    for seed in (0, 1, 2, 6, 16):  # with some, a stop that must not come has the best score
        ids, listed = prompt("hola, la"), session() if constrained else None
        expected = tiny.decode(tiny.rows(seed), tiny.group(ids, sampling, listed))
        assert tiny.decode(tiny.as_on_a_gpu(seed), tiny.group(ids, sampling, listed)) == expected


def test_no_more_scores_are_fetched_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    model, listed = tiny.as_on_a_gpu(0), session()
    assert listed.reachable is not None
    width = len(listed.reachable)
    found: list[RowLogits] = []
    forward = type(model).forward

    def spy(self: Any, *args: Any, **options: Any) -> Any:
        rows = forward(self, *args, **options)
        found.extend(rows)
        return rows

    monkeypatch.setattr(type(model), "forward", spy)

    def sizes(**sampling: Any) -> list[int]:
        found.clear()
        run = Sampling(**{"max_tokens": 6, "temperature": 0.0, **sampling})
        tiny.decode(model, tiny.group(prompt("la"), run, listed))
        return [len(row.values) for row in found]

    prompt_row, *rows = sizes(num_beams=3)
    assert (prompt_row, max(rows)) == (width, 6)  # two for each beam, that one may stop
    assert all(row.full_logsumexp is not None for row in found)
    prompt_row, *rows = sizes()
    assert (prompt_row, set(rows)) == (width, {1})
    assert all(row.full_logsumexp is None for row in found)
    assert max(sizes(temperature=1.0, top_k=4)[1:]) == 4
    assert set(sizes(temperature=1.0, top_k=0)) == {width}  # all of them may be drawn
    assert set(sizes(presence_penalty=1.0)) == {width}


def test_a_fault_before_a_pass_ends_that_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    model, good, bad = tiny.as_on_a_gpu(2), session(), session(["perro"])
    (expected,) = tiny.decode(model, tiny.group(prompt("la casa"), GREEDY, good))
    parts, calls = type(bad).parts, 0

    def failing(self: Any, *args: Any) -> Any:
        nonlocal calls
        if self is bad:
            calls += 1
            if calls > 4:
                raise ValueError("broken")
        return parts(self, *args)

    monkeypatch.setattr(type(bad), "parts", failing)
    entries = [tiny.group(prompt("la casa"), GREEDY, each) for each in (good, bad)]
    together = tiny.batch(model)
    for each in entries:
        together.join(each)
    while together.busy:
        together.step()
    assert entries[0].ids == expected
    assert isinstance(entries[1].error, ValueError)


def test_a_search_cuts_no_weights() -> None:
    model, listed = tiny.as_on_a_gpu(4), session()
    assert model.head is not None
    model.head.max_bytes = MAX_SLICE_BYTES  # of a GPU
    tiny.decode(
        model, tiny.group(prompt("la"), Sampling(max_tokens=4, num_beams=2, seed=1), listed)
    )
    before = model.head.nbytes
    tiny.decode(model, tiny.group(prompt("la"), GREEDY, listed))
    assert listed.reachable is not None
    weights = len(listed.reachable) * 32 * 4
    assert model.head.nbytes == before + weights


class Watched:
    """CUDA graphs of a model whose passes are counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.model = tiny.as_on_a_gpu(5)
        assert self.model.graphs is not None
        self.records = self.model.graphs
        self.computed = 0
        compute = type(self.model)._compute

        def counted(model: Any, *args: Any) -> Any:
            self.computed += 1
            return compute(model, *args)

        monkeypatch.setattr(type(self.model), "_compute", counted)
        self.cache = self.model.new_cache(4, 64)

    def step(self, rows: int, position: int = 0, head_slice: HeadSlice | None = None) -> Any:
        requests = [self.model.logits_request(None, full_vocabulary=False)] * rows
        tokens = [[5 + row] for row in range(rows)]
        return self.model.forward(self.cache, tokens, [position] * rows, requests, repeated=True)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def test_what_comes_often_is_recorded_and_then_replayed(watched: Watched) -> None:
    watched.records.clear()
    for _ in range(USES_BEFORE):
        first = watched.step(3)
    assert (watched.computed, watched.records.count) == (USES_BEFORE, 0)
    again = watched.step(3)
    assert (watched.computed, watched.records.count) == (USES_BEFORE, 1)
    for before, after in zip(first, again, strict=True):
        torch.testing.assert_close(before.values, after.values)
    watched.step(4)  # as many rows when rounded
    assert (watched.computed, watched.records.count) == (USES_BEFORE, 1)
    watched.step(2)
    assert (watched.computed, watched.records.count) == (USES_BEFORE + 1, 1)


def test_a_cache_that_moved_makes_records_void(watched: Watched) -> None:
    for _ in range(USES_BEFORE + 1):
        watched.step(2)
    assert watched.records.count == 1
    watched.cache.reserve(4, 128)
    watched.step(2)
    assert watched.records.count == 0


def test_passes_of_another_cache_leave_records_alone(watched: Watched) -> None:
    for _ in range(USES_BEFORE + 1):
        watched.step(2)
    other = watched.model.new_cache(1, 64)
    watched.model.forward(
        other, [[5]], [0], [watched.model.logits_request(None, full_vocabulary=False)]
    )
    assert watched.records.count == 1


def test_out_of_memory_gives_records_back(watched: Watched) -> None:
    for _ in range(USES_BEFORE + 1):
        watched.step(2)
    watched.model.free_memory()
    assert watched.records.count == 0


def recorder(capture: Callable[[Any], Any]) -> CudaGraphs:
    model = tiny.as_on_a_gpu(6)
    return CudaGraphs(model._model, model._masks, model.device, capture)


@pytest.mark.parametrize("fault", ["raises", "differs"])
def test_what_cannot_be_recorded_is_computed(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    def capture(compute: Callable[[], torch.Tensor]) -> Any:
        if fault == "raises":
            raise RuntimeError("operation not permitted when stream is capturing")
        return compute() * 2, lambda: None

    records, cache = recorder(capture), tiny.as_on_a_gpu(6).new_cache(1, 64)
    with torch.inference_mode():
        for _ in range(USES_BEFORE + 3):
            assert records.logits(cache, [5], [0], None) is None
    assert records.count == 0
    (said,) = [each.message for each in caplog.records]
    why = {"raises": "operation not permitted when stream is capturing", "differs": "scores differ"}
    assert said.startswith(f"passes are not recorded: {why[fault]}")


def test_no_more_records_than_there_may_be() -> None:
    def capture(compute: Callable[[], torch.Tensor]) -> Any:
        return compute(), lambda: None

    model = tiny.as_on_a_gpu(6)
    assert model.head is not None
    records, cache = recorder(capture), model.new_cache(1, 64)

    def record(number: int, nbytes: int) -> None:
        slices: Any = [SimpleNamespace(nbytes=nbytes) for _ in range(number)]
        with torch.inference_mode():
            for each in [each for each in slices for _ in range(USES_BEFORE + 1)]:
                records.logits(cache, [5], [0], each)

    record(MAX_RECORDS + 2, 10)
    assert records.count == MAX_RECORDS
    record(4, MAX_SLICE_BYTES // 3)  # three of them, and the last one of the others or none
    assert records.count <= 4
    record(1, 2 * MAX_SLICE_BYTES)
    assert records.count == 1


def test_rows_are_rounded_up() -> None:
    assert [_rounded(rows) for rows in (1, 2, 3, 5, 9, 16, 17, 80)] == [1, 2, 4, 8, 16, 16, 32, 80]


def test_nothing_is_recorded_on_a_processor() -> None:
    assert not can_record(tiny.model(0), torch.device("cpu"))
    assert tiny.rows(0).graphs is None
