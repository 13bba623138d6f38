"""The slices of the output head that stay in memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from generation.engine.cpu.packed_linear import (
    MAX_FLOAT16_ROWS,
    can_float16,
    make_float16,
    make_linear,
)
from generation.engine.model.output_head import RestrictedHead

WIDTH, VOCABULARY = 64, 1000


def made_head() -> tuple[RestrictedHead, nn.Linear]:
    torch.manual_seed(0)
    linear = nn.Linear(WIDTH, VOCABULARY, bias=False).requires_grad_(False)
    return RestrictedHead(linear, make_linear), linear


def test_the_slices_of_many_lists_take_no_more_than_the_head() -> None:
    head, linear = made_head()
    lists = [np.arange(number, 800, 2 + number % 3) for number in range(60)]
    for ids in lists:
        head.slice_for(ids)
        assert head.nbytes <= linear.weight.nbytes == head.max_bytes
    assert head.nbytes > linear.weight.nbytes / 2


def test_the_slice_in_use_stays_even_if_it_is_larger() -> None:
    head, _ = made_head()
    head.max_bytes = 1
    ids = np.arange(500)
    chosen = head.slice_for(ids)
    assert head.slice_for(ids) is chosen
    assert chosen is not None
    assert chosen.linear is not None


def test_the_weights_of_a_pass_are_copied_when_it_needs_them() -> None:
    head, linear = made_head()
    hidden = torch.randn(2, 1, WIDTH)
    narrow = [head.slice_for(np.arange(start, start + 300), with_weights=False) for start in (0, 5)]
    wide = [head.slice_for(np.arange(start, start + 600), with_weights=False) for start in (0, 5)]
    # Two products of 600 tokens each read more than one of all 1,000.
    assert head.plan(wide) == [None, None]
    assert all(each is not None and each.linear is None for each in [*narrow, *wide])
    assert head.plan(narrow) == narrow
    scores = head(hidden)
    for row, start in enumerate((0, 5)):
        expected = linear(hidden[row])[:, start : start + 300]
        torch.testing.assert_close(scores[row], expected, rtol=1e-4, atol=1e-5)
    # Those of one pass never drop each other.
    head.max_bytes = 1
    assert head.plan(narrow) == narrow
    torch.testing.assert_close(head(hidden), scores)


@pytest.mark.skipif(not can_float16(), reason="torch has no float16 weights on this processor")
def test_a_slice_has_the_bfloat16_copy_only_once_many_rows_use_it() -> None:
    linear = nn.Linear(WIDTH, VOCABULARY, bias=False).requires_grad_(False)
    head = RestrictedHead(linear, make_float16)
    chosen = head.slice_for(np.arange(500))
    assert chosen is not None
    few, weights = chosen.nbytes, 2 * 500 * WIDTH
    head.plan([chosen] * MAX_FLOAT16_ROWS)
    assert chosen.nbytes == few
    head.plan([chosen] * (MAX_FLOAT16_ROWS + 1))
    assert chosen.nbytes in (few, few + weights)  # few: the processor has no such instructions
    hidden = torch.randn(MAX_FLOAT16_ROWS + 1, 1, WIDTH)
    torch.testing.assert_close(head(hidden), linear(hidden)[..., :500], rtol=0.02, atol=0.02)
    head.plan([chosen])
    torch.testing.assert_close(
        head(hidden[:1]), linear(hidden[:1])[..., :500], rtol=0.02, atol=0.02
    )
