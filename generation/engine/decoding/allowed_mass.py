"""How much of the model's probability a constraint leaves."""

from __future__ import annotations

import math

import numpy as np
import torch

from generation.engine.decoding.run import DecodingInput
from generation.engine.decoding.sampling import MIN_TEMPERATURE
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.logits import Masses, RowLogits


def log_share(
    row: RowLogits, values: Scores | torch.Tensor, index: int, given: DecodingInput
) -> float:
    """Return what a token adds to the weight of its reply.

    Under a constraint, log Z; without one, the token's log-probability.

    row: Scores of all tokens. values: [n] those of the allowed tokens. index: The chosen one.
    """
    if given.session is None:
        return float(values[index]) - _logsumexp(row.scores, 1.0)
    return log_allowed_mass(row, values, given.sampling.temperature)


def log_allowed_mass(row: RowLogits, allowed: Scores | torch.Tensor, temperature: float) -> float:
    """Return log Z, at most 0: Z is the probability that the next token is an allowed one.

    row: Scores of all tokens. allowed: [n] those of the allowed tokens.
    """
    temperature = max(temperature, MIN_TEMPERATURE)
    return min(_logsumexp(allowed, temperature) - _logsumexp(row.scores, temperature), 0.0)


def log_part(allowed: Scores, masses: Masses, temperature: float) -> float:
    """Return the same from the sums over all tokens."""
    total = masses.top / temperature + math.log(masses.total)
    return min(_logsumexp(allowed, temperature) - total, 0.0)


def _logsumexp(scores: Scores | torch.Tensor, temperature: float) -> float:
    """Return the logsumexp of the scores divided by the temperature."""
    top = scores.max()
    if isinstance(scores, torch.Tensor):  # on a GPU: only two numbers are copied
        total = ((scores - top) / temperature).exp().sum()
    else:
        # Numpy, because torch wakes all threads for arrays of this size.
        total = np.exp((scores - top) * np.float32(1 / temperature)).sum()
    return float(top) / temperature + math.log(float(total))
