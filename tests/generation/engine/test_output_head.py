"""The slices of the output head that stay in memory."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import torch
from torch import nn

from generation.engine.cpu.packed_linear import (
    MAX_FLOAT16_ROWS,
    Float16Linear,
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


def test_the_slices_of_many_lists_take_a_quarter_of_the_head() -> None:
    head, linear = made_head()
    lists = [np.arange(number, 800, 10 + number % 3) for number in range(60)]
    for ids in lists:
        head.slice_for(ids)
        assert head.nbytes <= linear.weight.nbytes / 4
    assert head.nbytes > linear.weight.nbytes / 8


def test_a_prompt_does_not_drop_the_slices_of_the_rows_that_decode() -> None:
    head, _ = made_head()
    head.max_bytes = 1
    ids = [np.arange(start, start + 300) for start in (0, 5, 9)]
    first, second = (head.slice_for(each, with_weights=False) for each in ids[:2])
    head.plan([first, second], decoding=True)
    assert first is not None
    assert second is not None
    weights = first.linear, second.linear
    head.slice_for(ids[2])  # as the build thread does
    head.plan([head.slice_for(ids[2], with_weights=False)])
    decoding = [head.slice_for(each, with_weights=False) for each in ids]
    assert decoding[:2] == [first, second]
    assert head.plan(decoding, decoding=True) == decoding
    assert (first.linear, second.linear) == weights
    head.end_decoding()
    assert head.nbytes == 0


def test_the_slices_of_more_rows_than_the_head_is_worth_are_dropped() -> None:
    head, linear = made_head()
    lists = [np.arange(start, start + 600) for start in range(5)]
    head.plan([head.slice_for(each) for each in lists], decoding=True)  # the whole head
    assert head.nbytes <= linear.weight.nbytes / 4


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


@pytest.mark.skipif(not can_float16(), reason="torch has no float16 weights on this processor")
@pytest.mark.parametrize("width", [64, 576, 1024])
def test_the_bytes_of_float16_weights_are_counted_as_they_are_stored(width: int) -> None:
    if not hasattr(LIBC, "mallinfo2"):
        pytest.skip("this C library does not tell how much memory it has given out")
    weight = torch.randn(1000, width)
    before = allocated()
    layer = make_float16(weight, None, MAX_FLOAT16_ROWS)
    taken = allocated() - before
    assert isinstance(layer, Float16Linear)
    assert layer.nbytes == pytest.approx(taken, rel=0.1)


LIBC = ctypes.CDLL(None)


class MallInfo(ctypes.Structure):
    """The C library's `struct mallinfo2`. hblkhd, uordblks: Bytes in use."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def allocated() -> int:
    LIBC.mallinfo2.restype = MallInfo
    info = LIBC.mallinfo2()
    return int(info.hblkhd + info.uordblks)


def test_a_slice_that_a_pass_has_made_gets_its_weights_from_another_thread() -> None:
    """A pass runs in inference mode. The thread that builds a list does not, and records no
    gradients either.
    """
    linear = nn.Linear(WIDTH, VOCABULARY, bias=False)
    head, ids = RestrictedHead(linear, make_linear), np.arange(5, 300)
    with torch.inference_mode():
        head.slice_for(ids, with_weights=False)
    head_slice = head.slice_for(ids)
    assert head_slice is not None
    with torch.inference_mode():
        hidden = torch.randn(1, WIDTH)
        torch.testing.assert_close(head_slice.multiply(hidden), linear(hidden)[:, 5:300])
