"""Logits that are computed on a CPU: no mask, each run gathers the scores of its allowed tokens.

A gather of some hundred scores (`RowLogits.gather`) is faster than setting all others to minus
infinity, and no score has to be copied to another device first.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from generation.engine.model.logits import RowLogits
from generation.engine.model.output_head import HeadSlice


def split_rows(logits: torch.Tensor, slices: Sequence[HeadSlice | None]) -> list[RowLogits]:
    """Return the rows of [rows, width] logits without a copy.

    slices: For each row, the slice that the head computed; None for the whole vocabulary.
    """
    return [
        RowLogits(row[: head_slice.width] if head_slice else row, head_slice)
        for row, head_slice in zip(logits.float().numpy(), slices, strict=True)
    ]
