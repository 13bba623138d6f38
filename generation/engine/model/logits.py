"""The logits of a row after a pass, and what a decoding run can ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import RowParts, TokenIds
from generation.engine.model.gather_cpu import Scores, gather
from generation.engine.model.output_head import HeadSlice


@dataclass(frozen=True, slots=True)
class TopAllowed:
    """A run needs only the highest scores of its allowed tokens.

    parts: Allowed ids; None for all.
    excluded: Ids that are not allowed although `parts` may contain them.
    k: Number of scores.
    """

    parts: RowParts | None
    excluded: TokenIds
    k: int


Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class MassRequest:
    """A run needs the probability of some tokens as a part of that of the whole vocabulary.

    tokens: [at most vocabulary] 1 for these tokens, else 0; the same array for all requests.
    """

    temperature: float
    tokens: Weights


class Masses(NamedTuple):
    """Sums over the whole vocabulary of a token's weight, exp((score - top) / temperature).

    top: The highest score. total: Of all tokens. tokens: Of those of the request.
    """

    top: float
    total: float
    tokens: float


@dataclass(frozen=True, slots=True)
class LogitsRequest:
    """What a row needs of the logits.

    head_slice: Tokens whose scores are needed; None for all.
    full_vocabulary: The run needs log-probabilities relative to all tokens, not to the slice.
    masses: Sums that are computed where the logits are. Not on a CPU, where they are all at hand.
    """

    head_slice: HeadSlice | None = None
    full_vocabulary: bool = False
    masses: MassRequest | None = None


class RowLogits(NamedTuple):  # one for each row of each pass; a dataclass takes twice as long
    """Scores after a row's last token, float32.

    scores: [n] in the order of `head_slice`, of all tokens, or of `top_ids`. A numpy array on the
        CPU, because numpy is faster than torch for such small arrays; a tensor on the GPU if the
        run needs all tokens.
    head_slice: Tokens of the scores; None for the whole vocabulary.
    full_logsumexp: logsumexp over all tokens; None if `scores` has all tokens or no run needs it.
    top_ids: Ascending ids of the scores, if they are only the highest of the allowed tokens.
    sums: See LogitsRequest.masses; None if they were not computed yet.
    """

    scores: Scores | torch.Tensor
    head_slice: HeadSlice | None
    full_logsumexp: torch.Tensor | None = None
    top_ids: TokenIds | None = None
    sums: Masses | None = None

    @property
    def values(self) -> torch.Tensor:
        """The scores as a tensor that shares their memory."""
        scores = self.scores
        return torch.from_numpy(scores) if isinstance(scores, np.ndarray) else scores

    def gather(self, ids: TokenIds) -> Scores:
        """Return the [n] scores of these tokens, on the CPU.

        Raises UnreachableToken if one was not computed.
        """
        return gather(self.scores, self.head_slice, ids)

    def locate(self, ids: TokenIds) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the indices of the tokens that have a score, and [n] flags which of `ids` do."""
        if self.head_slice is None:
            known = ids < len(self.values)
            return torch.from_numpy(ids[known]), torch.from_numpy(known)
        known = ids < len(self.head_slice.positions)
        positions = self.head_slice.positions[np.where(known, ids, 0)]
        known &= positions < self.head_slice.width
        return torch.from_numpy(positions[known]), torch.from_numpy(known)

    def normalizer(self) -> torch.Tensor:
        """Return what to subtract from scores to get log-probabilities over all tokens.

        Only for a request with `full_vocabulary`.
        """
        return self.values.logsumexp(-1) if self.full_logsumexp is None else self.full_logsumexp

    def masses(self, request: MassRequest) -> Masses:
        """Return the sums, computed here from the scores of all tokens if they are not there."""
        if self.sums is not None:
            return self.sums
        scores = self.scores if isinstance(self.scores, np.ndarray) else self.scores.cpu().numpy()
        # Numpy, because torch wakes all threads for arrays of this size. In float32, because exp
        # is several times faster than in float64.
        top = scores.max()
        weights = np.exp((scores - top) * np.float32(1 / request.temperature))
        shared = min(len(weights), len(request.tokens))  # a tokenizer may have fewer or more
        tokens = weights[:shared] @ request.tokens[:shared]
        return Masses(float(top), float(weights.sum()), float(tokens))


def split_rows(logits: torch.Tensor, slices: Sequence[HeadSlice | None]) -> list[RowLogits]:
    """Return the rows of [rows, width] logits on the CPU, without a copy.

    slices: For each row, the slice that the head computed; None for the whole vocabulary.
    """
    return [
        RowLogits(row[: head_slice.width] if head_slice else row, head_slice)
        for row, head_slice in zip(logits.float().numpy(), slices, strict=True)
    ]
