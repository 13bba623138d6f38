"""A batch's rows on [rows, vocabulary] logits, against masks set row by row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from generation.constraint.session import RowParts
from generation.engine.model.logit_mask import MAX_BOUNDS, LogitMask
from generation.engine.model.mask_row_cache import MIN_KEPT_TOKENS, MaskRowCache

WIDTH = 1_300
Apply = Callable[[LogitMask, torch.Tensor, list[RowParts | None]], object]
# The second is what an accelerator does; it is the same arithmetic on a processor.
WAYS = [LogitMask.apply_, LogitMask._put_back_]


def parts_of(draws: np.random.Generator, sizes: list[int]) -> RowParts:
    """Parts of these sizes that have no id in common, the largest first."""
    ids = draws.permutation(WIDTH)[: sum(sizes)]
    return tuple(np.sort(part) for part in np.split(ids, np.cumsum(sizes)[:-1]))


def expected(logits: torch.Tensor, rows: list[RowParts | None]) -> torch.Tensor:
    masked = logits.clone()
    for index, parts in enumerate(rows):
        allowed = set(range(WIDTH)) if parts is None else {int(i) for part in parts for i in part}
        masked[index, [each for each in range(WIDTH) if each not in allowed]] = -torch.inf
    return masked


@pytest.mark.parametrize("apply", WAYS)
def test_rows_that_share_parts_and_rows_that_have_their_own(apply: Apply) -> None:
    draws = np.random.default_rng(0)
    shared = parts_of(draws, [600, MIN_KEPT_TOKENS, 5, 1])
    large, second, few, one = shared
    rows: list[RowParts | None] = [
        (large,),
        (large, few),
        None,
        (few,),
        (large, second, one),  # two that are large
        (second, few),
        (large,),
        parts_of(draws, [MIN_KEPT_TOKENS]),
        parts_of(draws, [MIN_KEPT_TOKENS - 1]),
        parts_of(draws, [1]),
    ]
    logits = torch.randn(len(rows), WIDTH)
    mask = LogitMask()
    for _ in range(2):  # the second time from what it kept
        masked = logits.clone()
        apply(mask, masked, rows)
        assert torch.equal(masked, expected(logits, rows))


@pytest.mark.parametrize("apply", WAYS)
@pytest.mark.parametrize("rows", [[None, None], []])
def test_without_constraints_nothing_changes(apply: Apply, rows: list[RowParts | None]) -> None:
    logits = torch.randn(len(rows), WIDTH)
    masked = logits.clone()
    apply(LogitMask(), masked, rows)
    assert torch.equal(masked, logits)


@pytest.mark.parametrize("apply", WAYS)
def test_infinite_scores_are_no_exception(apply: Apply) -> None:
    """As a model in half precision may give them."""
    logits = torch.full((2, WIDTH), torch.inf)
    logits[1] = -torch.inf
    rows: list[RowParts | None] = [(np.arange(100),), (np.arange(100), np.array([200]))]
    masked = logits.clone()
    apply(LogitMask(), masked, rows)
    assert torch.equal(masked, expected(logits, rows))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_logits_of_half_precision(dtype: torch.dtype) -> None:
    draws = np.random.default_rng(2)
    rows: list[RowParts | None] = [parts_of(draws, [100, 3]), None, parts_of(draws, [2])]
    logits = torch.randn(len(rows), WIDTH).to(dtype)
    assert torch.equal(LogitMask().apply_(logits.clone(), rows), expected(logits, rows))


def test_what_is_kept_is_bounded() -> None:
    draws = np.random.default_rng(1)
    mask = LogitMask()
    for _ in range(3):
        rows: list[RowParts | None] = [parts_of(draws, [600]) for _ in range(MAX_BOUNDS)]
        logits = torch.randn(len(rows), WIDTH)
        assert torch.equal(mask.apply_(logits.clone(), rows), expected(logits, rows))
    assert len(mask._bounds) == MAX_BOUNDS


@pytest.fixture
def few_kept(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("generation.engine.model.mask_row_cache.MAX_KEPT", 40)
    return 40


def test_more_parts_than_are_kept(few_kept: int) -> None:
    """In one batch, where none may take another's place, and over many, where they do."""
    draws = np.random.default_rng(3)
    mask = LogitMask()
    rows: list[RowParts | None] = []
    for width in (MIN_KEPT_TOKENS, MIN_KEPT_TOKENS + 100):  # longer than those before
        rows += [parts_of(draws, [width, 3]) for _ in range(few_kept + 5)]
        rows += [parts_of(draws, [width, width - 1]) for _ in range(3)]  # two in one row
        for count in (len(rows), few_kept + 5, *[few_kept // 3] * 12, len(rows)):
            some = [rows[index] for index in draws.permutation(len(rows))[:count]]
            logits = torch.randn(count, WIDTH)
            masked = logits.clone()
            mask._put_back_(masked, some)
            assert torch.equal(masked, expected(logits, some))
        assert few_kept // 2 < len(mask._kept) <= few_kept


def test_a_part_that_is_used_stays_where_it_is(few_kept: int) -> None:
    draws = np.random.default_rng(5)
    table = MaskRowCache(torch.device("cpu"), lambda ids: ids)
    first, *others = (parts_of(draws, [MIN_KEPT_TOKENS]) for _ in range(3 * few_kept))
    table.begin()
    kept = table.place(first, [])
    for parts in others:
        table.begin()
        assert table.place(first, []).rows == kept.rows
        table.use(kept.rows)
        (row,) = table.place(parts, kept.rows).rows
        assert row not in kept.rows
        assert table.table[row].tolist() == parts[0].tolist()
    assert table.table[kept.rows[0]].tolist() == first[0].tolist()


@pytest.mark.parametrize("apply", WAYS)
def test_logits_of_a_piece_of_the_vocabulary(apply: Apply) -> None:
    draws = np.random.default_rng(4)
    ids = np.sort(draws.permutation(3 * WIDTH)[:WIDTH])
    positions = np.full(3 * WIDTH, -1, np.int32)
    positions[ids] = np.arange(WIDTH)
    places: list[RowParts | None] = [
        parts_of(draws, [600, 5]),
        None,
        parts_of(draws, [100, 2]),
        parts_of(draws, [7]),
    ]
    rows = [None if parts is None else tuple(ids[part] for part in parts) for parts in places]
    logits = torch.randn(len(rows), WIDTH)
    masked = logits.clone()
    apply(LogitMask(positions=positions), masked, rows)
    assert torch.equal(masked, expected(logits, places))
