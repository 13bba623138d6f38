"""The mask that a GPU applies to [rows, width] logits, here on CPU tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generation.constraint.session import RowParts
from generation.engine.model.gpu_logit_mask import LogitMask
from generation.engine.model.gpu_mask_row_cache import MIN_CACHED_TOKENS, MaskRowCache

WIDTH = 1_300


def parts_of(draws: np.random.Generator, sizes: list[int]) -> RowParts:
    """Return parts of these sizes without a common id, the largest first."""
    ids = draws.permutation(WIDTH)[: sum(sizes)]
    return tuple(np.sort(part) for part in np.split(ids, np.cumsum(sizes)[:-1]))


def expected(logits: torch.Tensor, rows: list[RowParts | None]) -> torch.Tensor:
    masked = logits.clone()
    for index, parts in enumerate(rows):
        allowed = set(range(WIDTH)) if parts is None else {int(i) for part in parts for i in part}
        masked[index, [each for each in range(WIDTH) if each not in allowed]] = -torch.inf
    return masked


def test_rows_that_share_parts_and_rows_that_have_their_own() -> None:
    draws = np.random.default_rng(0)
    shared = parts_of(draws, [600, MIN_CACHED_TOKENS, 5, 1])
    large, second, few, one = shared
    rows: list[RowParts | None] = [
        (large,),
        (large, few),
        None,
        (few,),
        (large, second, one),  # two large parts
        (second, few),
        (large,),
        parts_of(draws, [MIN_CACHED_TOKENS]),
        parts_of(draws, [MIN_CACHED_TOKENS - 1]),
        parts_of(draws, [1]),
    ]
    logits = torch.randn(len(rows), WIDTH)
    mask = LogitMask()
    for _ in range(2):  # the second time from the cache
        masked = logits.clone()
        mask.apply_(masked, rows)
        assert torch.equal(masked, expected(logits, rows))


@pytest.mark.parametrize("rows", [[None, None], []])
def test_without_constraints_nothing_changes(rows: list[RowParts | None]) -> None:
    logits = torch.randn(len(rows), WIDTH)
    masked = logits.clone()
    LogitMask().apply_(masked, rows)
    assert torch.equal(masked, logits)


def test_infinite_scores_are_masked_too() -> None:
    """A model in half precision may compute them."""
    logits = torch.full((2, WIDTH), torch.inf)
    logits[1] = -torch.inf
    rows: list[RowParts | None] = [(np.arange(100),), (np.arange(100), np.array([200]))]
    masked = logits.clone()
    LogitMask().apply_(masked, rows)
    assert torch.equal(masked, expected(logits, rows))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_logits_of_half_precision(dtype: torch.dtype) -> None:
    draws = np.random.default_rng(2)
    rows: list[RowParts | None] = [parts_of(draws, [100, 3]), None, parts_of(draws, [2])]
    logits = torch.randn(len(rows), WIDTH).to(dtype)
    assert torch.equal(LogitMask().apply_(logits.clone(), rows), expected(logits, rows))


@pytest.fixture
def few_cached(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("generation.engine.model.gpu_mask_row_cache.MAX_PARTS", 40)
    return 40


def test_more_parts_than_are_cached(few_cached: int) -> None:
    """In one batch none may replace another; over several batches they do."""
    draws = np.random.default_rng(3)
    mask = LogitMask()
    rows: list[RowParts | None] = []
    for width in (MIN_CACHED_TOKENS, MIN_CACHED_TOKENS + 100):  # the second ones are longer
        rows += [parts_of(draws, [width, 3]) for _ in range(few_cached + 5)]
        rows += [parts_of(draws, [width, width - 1]) for _ in range(3)]  # two in one row
        for count in (len(rows), few_cached + 5, *[few_cached // 3] * 12, len(rows)):
            some = [rows[index] for index in draws.permutation(len(rows))[:count]]
            logits = torch.randn(count, WIDTH)
            masked = logits.clone()
            mask.apply_(masked, some)
            assert torch.equal(masked, expected(logits, some))
        assert few_cached // 2 < len(mask._cache) <= few_cached


def test_a_part_that_is_used_keeps_its_row(few_cached: int) -> None:
    draws = np.random.default_rng(5)
    cache = MaskRowCache(torch.device("cpu"), lambda ids: ids)
    first, *others = (parts_of(draws, [MIN_CACHED_TOKENS]) for _ in range(3 * few_cached))
    cache.begin_batch()
    used = cache.find(first, []).table_rows
    for parts in others:
        cache.begin_batch()
        assert cache.find(first, []).table_rows == used
        cache.mark_used(used)
        (row,) = cache.find(parts, used).table_rows
        assert row not in used
        assert cache.table[row].tolist() == parts[0].tolist()
    assert cache.table[used[0]].tolist() == first[0].tolist()


def test_logits_of_a_slice_of_the_vocabulary() -> None:
    draws = np.random.default_rng(4)
    ids = np.sort(draws.permutation(3 * WIDTH)[:WIDTH])
    positions = np.full(3 * WIDTH, -1, np.int32)
    positions[ids] = np.arange(WIDTH)
    columns: list[RowParts | None] = [
        parts_of(draws, [600, 5]),
        None,
        parts_of(draws, [100, 2]),
        parts_of(draws, [7]),
    ]
    rows = [None if parts is None else tuple(ids[part] for part in parts) for parts in columns]
    logits = torch.randn(len(rows), WIDTH)
    masked = logits.clone()
    LogitMask(positions=positions).apply_(masked, rows)
    assert torch.equal(masked, expected(logits, columns))
