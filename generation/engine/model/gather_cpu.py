"""The constraint on a CPU: no mask, a run gathers the scores of its allowed tokens.

A gather of some hundred scores is faster than setting all others to minus infinity, and no score
has to be copied to another device first. All other tokens have probability zero, so the result is
the same. On a GPU see `gpu_logit_mask`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import TokenIds
from generation.engine.model.output_head import HeadSlice

Scores = npt.NDArray[np.float32]


def gather(scores: Scores | torch.Tensor, head_slice: HeadSlice | None, ids: TokenIds) -> Scores:
    """Return the [n] scores of these tokens as an array on the CPU.

    head_slice: Tokens of the scores; None for the whole vocabulary. Raises UnreachableToken if the
    score of a token was not computed.
    """
    if not isinstance(scores, np.ndarray):
        if not scores.is_cpu:
            index = torch.from_numpy(ids).to(scores.device)
            gathered: Scores = scores.index_select(0, index).cpu().numpy()
            return gathered
        scores = scores.numpy()
    if head_slice is None:
        return scores.take(ids)
    positions = head_slice.positions.take(ids)
    try:
        return scores.take(positions)
    except IndexError:
        raise UnreachableToken(ids[positions >= len(scores)].tolist()) from None


class UnreachableToken(RuntimeError):
    """A constraint allows a token that it did not list as reachable: a bug of this project."""
