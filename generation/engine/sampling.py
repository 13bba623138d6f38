"""Choose the next token among those allowed.

The mask comes first: only the allowed tokens' scores are gathered, and every other step works on
that short row. What is not gathered has probability zero, so the result is exact.
"""

from __future__ import annotations

import torch

from generation.constraint.contract import TokenIds
from generation.engine.contract import Sampling


def without_marks(seen: torch.Tensor, marks: torch.Tensor | None) -> torch.Tensor:
    """Leave out the ids of marks, which a penalty must spare: a text repeats spaces and full stops.

    seen: [n] ids; marks: [at most vocabulary] bool, None to leave out nothing.
    """
    if marks is None:
        return seen
    is_text = seen < len(marks)
    return seen[~(marks[seen.where(is_text, 0)] & is_text)]


def penalise_repetition(scores: torch.Tensor, seen: torch.Tensor, penalty: float) -> torch.Tensor:
    """Divide positive and multiply negative scores of the `seen` ids (Keskar et al. 2019).

    scores: [vocabulary]; seen: [n] ids of the prompt and the reply so far. Returns a new tensor.
    """
    old = scores[seen]
    return scores.index_copy(0, seen, torch.where(old < 0, old * penalty, old / penalty))


def gather_allowed(
    scores: torch.Tensor, allowed: TokenIds | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (token ids, their scores), both [n]. `allowed` None means the whole vocabulary."""
    if allowed is None:
        return torch.arange(scores.shape[-1], device=scores.device), scores
    ids = torch.from_numpy(allowed).to(scores.device)
    return ids, scores[ids]


def warp(scores: torch.Tensor, sampling: Sampling, min_keep: int = 1) -> torch.Tensor:
    """Apply temperature, then top-k, then top-p, as transformers does; what falls out is -inf.

    scores: [n]; logits or log-probabilities. min_keep: how many best ones always stay.
    """
    scores = scores / sampling.temperature
    if sampling.top_k > 0:
        keep = min(max(sampling.top_k, min_keep), scores.shape[-1])
        threshold = torch.topk(scores, keep).values[-1]
        scores = scores.masked_fill(scores < threshold, -torch.inf)
    if sampling.top_p < 1.0:
        ordered, order = torch.sort(scores)
        cumulative = ordered.softmax(-1).cumsum(-1)
        remove = cumulative <= 1 - sampling.top_p
        remove[-min_keep:] = False
        scores = scores.masked_fill(torch.zeros_like(remove).scatter(0, order, remove), -torch.inf)
    return scores


def choose(scores: torch.Tensor, sampling: Sampling, generator: torch.Generator | None) -> int:
    """Return the index of the chosen score: the best one if temperature is 0, else a draw."""
    if sampling.temperature == 0:
        return int(scores.argmax())
    probabilities = warp(scores, sampling).softmax(-1)
    return int(torch.multinomial(probabilities, 1, generator=generator))
