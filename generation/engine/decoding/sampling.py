"""Choose the next token among those allowed.

The mask comes first: only the allowed tokens' scores are gathered, and every other step works on
that short row. What is not gathered has probability zero, so the result is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import TokenIds
from generation.engine.contract import Sampling
from generation.engine.model.logits import RowLogits, Scores

Marks = npt.NDArray[np.bool_]  # [at most vocabulary]: the tokens that penalties spare


def without_marks(ids: Iterable[int], marks: Marks | None) -> list[int]:
    """Leave out the ids of marks, which a penalty must spare: a text repeats spaces and full stops.

    marks: None to leave out nothing.
    """
    if marks is None:
        return list(ids)
    return [token for token in ids if token >= len(marks) or not marks[token]]


class Penalties:
    """What a text so far takes off the scores of its tokens.

    prompt: ids that count for the repetition penalty only. bias: see Sampling.logit_bias.
    """

    def __init__(self, sampling: Sampling, prompt: Sequence[int], marks: Marks | None) -> None:
        self._sampling = sampling
        self._marks = marks
        self._prompt = set(without_marks(prompt, marks))
        self._counts: Counter[int] = Counter()
        self._bias_ids = np.fromiter(sampling.logit_bias, np.int64, len(sampling.logit_bias))
        self._bias = torch.tensor(list(sampling.logit_bias.values()), dtype=torch.float32)
        self.active = bool(
            sampling.logit_bias
            or sampling.repetition_penalty != 1.0
            or sampling.presence_penalty
            or sampling.frequency_penalty
        )

    def count(self, token: int) -> None:
        if self.active:
            self._counts.update(without_marks((token,), self._marks))

    def copy(self) -> Penalties:
        """For a beam that goes its own way."""
        twin = Penalties.__new__(Penalties)
        twin.__dict__.update(self.__dict__)
        twin._counts = self._counts.copy()
        return twin

    def apply_(self, row: RowLogits) -> None:
        """Change the row's scores in place."""
        scores, sampling = row.values, self._sampling
        if sampling.repetition_penalty != 1.0:
            # Keskar et al. 2019: divide positive, multiply negative scores.
            seen, _ = row.locate(_array(self._prompt | self._counts.keys()))
            old = scores[seen]
            factor = sampling.repetition_penalty
            scores[seen] = torch.where(old < 0, old * factor, old / factor)
        if self._counts and (sampling.presence_penalty or sampling.frequency_penalty):
            at, known = row.locate(_array(self._counts))
            counts = torch.tensor(list(self._counts.values()), dtype=torch.float32)[known]
            off = sampling.presence_penalty + sampling.frequency_penalty * counts
            scores[at] -= off.to(scores.device)
        if len(self._bias_ids):
            at, known = row.locate(self._bias_ids)
            scores[at] += self._bias[known].to(scores.device)


def _array(ids: Iterable[int]) -> TokenIds:
    return np.fromiter(ids, np.int64)


def warped(
    scores: torch.Tensor, sampling: Sampling, min_keep: int = 1
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Apply temperature, then top-k, then top-p, as transformers does.

    scores: [n]; logits or log-probabilities. min_keep: how many best ones always stay. Returns the
    new scores, -inf for what top-p takes out, and their indices; None if top-k left out nothing.
    """
    index: torch.Tensor | None = None
    keep = max(sampling.top_k, min_keep)
    if sampling.top_k > 0 and keep < len(scores):
        # First, ties included, since everything else then works on these few.
        threshold = torch.topk(scores, keep).values[-1]
        index = (scores >= threshold).nonzero().flatten()
        scores = scores.index_select(0, index)
    scores = scores / sampling.temperature
    if sampling.top_p < 1.0:
        ordered, order = torch.sort(scores)
        cumulative = ordered.softmax(-1).cumsum(-1)
        remove = cumulative <= 1 - sampling.top_p
        remove[-min_keep:] = False
        scores = scores.masked_fill(torch.zeros_like(remove).scatter(0, order, remove), -torch.inf)
    return scores, index


def choose(
    scores: Scores | torch.Tensor, sampling: Sampling, generator: torch.Generator | None
) -> int:
    """Return the index of the chosen score: the best one if temperature is 0, else a draw."""
    if sampling.temperature == 0:
        return int(scores.argmax())
    values, index = warped(torch.as_tensor(scores), sampling)
    drawn = int(torch.multinomial(values.softmax(-1).cpu(), 1, generator=generator))
    return drawn if index is None else int(index[drawn])


def seeded_generator(sampling: Sampling) -> torch.Generator:
    """The request's own random numbers, so that nobody else's draws change its text."""
    generator = torch.Generator()
    if sampling.seed is not None:
        generator.manual_seed(sampling.seed)
    return generator
