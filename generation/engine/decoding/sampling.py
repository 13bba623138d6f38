"""Choose the next token among the allowed ones.

The mask comes first: only the allowed tokens' logits are gathered, and every other step works on
this short array. All other tokens have probability zero, so the result is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import NO_IDS, TokenIds
from generation.engine.contract import Sampling
from generation.engine.decoding.dry import RepetitionPenalty
from generation.engine.decoding.repeated_sentences import RepeatedSentences
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.logits import RowLogits

# Scores divided by a smaller temperature are infinite in float32. All of the probability goes to
# the best score long before.
MIN_TEMPERATURE = 1e-20
# Subtracted from the scores of refused tokens. It is finite, so that one of them is still chosen
# where no other token is allowed.
REFUSAL = 1e4

Marks = npt.NDArray[np.bool_]  # [at most vocabulary]: tokens that penalties do not apply to


def without_marks(ids: Iterable[int], marks: Marks | None) -> list[int]:
    """Return the ids that a penalty applies to. Texts repeat spaces and full stops, so these marks
    are exempt.

    marks: None to return all ids.
    """
    if marks is None:
        return list(ids)
    return [token for token in ids if token >= len(marks) or not marks[token]]


class Penalties:
    """The penalties for the tokens of a text, the logit bias, and the sentences not to repeat.

    prompt: Token ids that count for the repetition penalty only.
    sentences: None if sentences may be repeated.
    dry: None for no penalty on repetitions.
    refused: The tokens that would repeat a sentence here, [n].
    """

    def __init__(
        self,
        sampling: Sampling,
        prompt: Sequence[int],
        marks: Marks | None,
        sentences: RepeatedSentences | None = None,
        dry: RepetitionPenalty | None = None,
    ) -> None:
        self._sampling = sampling
        self._marks = marks
        self._prompt = set(without_marks(prompt, marks))
        self._counts: Counter[int] = Counter()
        self._bias_ids = np.fromiter(sampling.logit_bias, np.int64, len(sampling.logit_bias))
        self._bias = torch.tensor(list(sampling.logit_bias.values()), dtype=torch.float32)
        self._sentences = sentences
        self._dry = dry
        self._repeated: dict[int, float] = {}  # what `dry` subtracts in this place
        self.refused = NO_IDS
        self._counts_tokens = bool(
            sampling.repetition_penalty != 1.0
            or sampling.presence_penalty
            or sampling.frequency_penalty
        )

    @property
    def active(self) -> bool:
        """True if `apply_` changes scores in this place."""
        here = bool(self._repeated) or len(self.refused) > 0
        return here or self._counts_tokens or len(self._bias_ids) > 0

    @property
    def depends_on_reply(self) -> bool:
        """False if `count` has no effect."""
        counts = self._counts_tokens or self._dry is not None
        return counts or self._sentences is not None

    def count(self, token: int) -> None:
        """Take the next token of the reply."""
        if self._counts_tokens:
            self._counts.update(without_marks((token,), self._marks))
        if self._dry is not None:
            self._dry.count(token)
            self._repeated = self._dry.penalties()
        if self._sentences is not None:
            self._sentences = self._sentences.after(token)
            self.refused = self._sentences.completing()

    def copy(self) -> Penalties:
        """Return a copy for a reply that forks."""
        twin = Penalties.__new__(Penalties)
        twin.__dict__.update(self.__dict__)
        twin._counts = self._counts.copy()
        twin._dry = None if self._dry is None else self._dry.copy()
        return twin

    def apply_(self, row: RowLogits) -> None:
        """Change the row's logits in place."""
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
        if self._repeated:
            ids = without_marks(self._repeated, self._marks)
            at, known = row.locate(_array(ids))
            off = torch.tensor([self._repeated[token] for token in ids])[known]
            scores[at] -= off.to(scores.device)
        if len(self.refused):
            at, _ = row.locate(self.refused)
            scores[at] -= REFUSAL


def _array(ids: Iterable[int]) -> TokenIds:
    return np.fromiter(ids, np.int64)


def warped(
    scores: torch.Tensor, sampling: Sampling, min_keep: int = 1
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Apply temperature, then top-k, top-p and min-p, as transformers does.

    scores: Logits or log-probabilities, shape [n]. min_keep: Number of best scores that always
    stay. Returns the new scores, -inf where top-p or min-p removes a token, and their indices; the
    indices are None if top-k removes nothing.
    """
    index: torch.Tensor | None = None
    keep = max(sampling.top_k, min_keep)
    if sampling.top_k > 0 and keep < len(scores):
        # top-k with ties comes first, so that all other steps work on a short tensor.
        threshold = torch.topk(scores, keep).values[-1]
        index = (scores >= threshold).nonzero().flatten()
        scores = scores.index_select(0, index)
    scores = scores / max(sampling.temperature, MIN_TEMPERATURE)
    if sampling.top_p < 1.0:
        ordered, order = torch.sort(scores)
        cumulative = ordered.softmax(-1).cumsum(-1)
        remove = cumulative <= 1 - sampling.top_p
        remove[-min_keep:] = False
        scores = scores.masked_fill(torch.zeros_like(remove).scatter(0, order, remove), -torch.inf)
    if sampling.min_p > 0.0:
        probabilities = scores.softmax(-1)
        remove = probabilities < sampling.min_p * probabilities.max()
        remove[scores.topk(min(min_keep, len(scores))).indices] = False
        scores = scores.masked_fill(remove, -torch.inf)
    return scores, index


def choose(
    scores: Scores | torch.Tensor, sampling: Sampling, generator: torch.Generator | None
) -> int:
    """Return the index of the best score if temperature is 0, else of a random draw."""
    if sampling.temperature == 0:
        return int(scores.argmax())
    values, index = warped(torch.as_tensor(scores), sampling)
    drawn = int(torch.multinomial(values.softmax(-1).cpu(), 1, generator=generator))
    return drawn if index is None else int(index[drawn])


def seeded_generator(sampling: Sampling) -> torch.Generator:
    """Return the request's own random numbers, which other requests cannot change."""
    generator = torch.Generator()
    if sampling.seed is not None:
        generator.manual_seed(sampling.seed)
    return generator
