"""Log-probabilities of tokens: of those that a reply chose, and of those that a prompt has."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from generation.engine.contract import LOGPROB_FLOOR
from generation.engine.decoding.run import SampledToken

# The scores of this number of tokens are normalized at a time, to bound the memory for copies.
TOKENS_AT_A_TIME = 32


def scored_tokens(
    scores: torch.Tensor, tokens: Sequence[int], top_logprobs: int
) -> list[SampledToken]:
    """Return each token with its log-probability and those of the likeliest tokens.

    scores: [n, width] logits; row i has those of token i's position.
    tokens: [n] indices into a row of the scores.
    """
    found: list[SampledToken] = []
    for rows in scores[: len(tokens)].split(TOKENS_AT_A_TIME):
        chosen = tokens[len(found) : len(found) + len(rows)]
        logprobs = rows.float().log_softmax(-1).clamp_(min=LOGPROB_FLOOR)
        index = torch.tensor(chosen, device=logprobs.device)[:, None]
        best = logprobs.topk(min(top_logprobs, logprobs.shape[1]))
        found += [
            SampledToken(token, logprob, tuple(zip(ids, values, strict=True)))
            for token, (logprob,), ids, values in zip(
                chosen,
                logprobs.gather(1, index).tolist(),
                best.indices.tolist(),
                best.values.tolist(),
                strict=True,
            )
        ]
    return found
