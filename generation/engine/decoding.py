"""The decoding loop for one sequence: prefill, then a token a step.

Knows token ids and nothing of text. It goes through the model's public interface (`forward` with
a cache), so any decoder-only model of transformers that has a key-value cache works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from transformers import DynamicCache

from generation.constraint.contract import ConstraintSession
from generation.engine.contract import GenerationCancelled, Sampling
from generation.engine.sampling import choose, gather_allowed, penalise_repetition, without_marks

Cancelled = Callable[[], bool]


class Stepper:
    """Feeds tokens to the model and returns the logits that follow, keeping the cache.

    Rows share one prompt: the beams of one search, or a single sequence.
    """

    def __init__(self, model: Any, prompt: Sequence[int]) -> None:
        self._model = model
        self._cache = DynamicCache(config=model.config.get_text_config())
        self.prompt = torch.tensor([list(prompt)], device=model.device)

    def prefill(self) -> torch.Tensor:
        """Return the float32 logits after the prompt, shape [1, vocabulary]."""
        return self._forward(self.prompt)

    def step(self, tokens: torch.Tensor, parents: torch.Tensor | None = None) -> torch.Tensor:
        """Add one token to each row and return the logits after it, [rows, vocabulary].

        tokens: [rows]. parents: [rows], the row of the last step that each one continues.
        """
        if parents is not None:
            self._cache.reorder_cache(parents)
        return self._forward(tokens[:, None])

    def _forward(self, ids: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            output = self._model(
                input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1
            )
        logits: torch.Tensor = output.logits[:, -1, :].float()
        return logits


def decode(
    model: Any,
    prompt: Sequence[int],
    sampling: Sampling,
    session: ConstraintSession | None,
    stop_ids: frozenset[int],
    cancelled: Cancelled,
    marks: torch.Tensor | None = None,
) -> Iterator[int]:
    """Yield the generated ids one by one: a stop token is the last, and so is the max_tokens-th.

    marks: [vocabulary] bool, the tokens that penalties spare.
    Raises GenerationCancelled before a token if `cancelled` says so, DeadEnd from the session.
    """
    stepper = Stepper(model, prompt)
    generator = seeded_generator(sampling, stepper.prompt.device)
    seen = stepper.prompt[0]
    state = session.start if session else None
    if cancelled():
        raise GenerationCancelled
    logits = stepper.prefill()
    for produced in range(1, sampling.max_tokens + 1):
        left = sampling.max_tokens - produced + 1
        scores = logits[0]
        if sampling.repetition_penalty != 1.0:
            penalised = without_marks(seen, marks)
            scores = penalise_repetition(scores, penalised, sampling.repetition_penalty)
        ids, scores = gather_allowed(scores, session.allowed(state, left) if session else None)
        token = int(ids[choose(scores, sampling, generator)])
        yield token
        if token in stop_ids or produced == sampling.max_tokens:
            return
        if cancelled():
            raise GenerationCancelled
        if session:
            state = session.advance(state, token)
        step = torch.tensor([token], device=seen.device)
        seen = torch.cat((seen, step))
        logits = stepper.step(step)


def seeded_generator(sampling: Sampling, device: torch.device) -> torch.Generator:
    """The request's own random numbers, so that nobody else's draws change its text."""
    generator = torch.Generator(device)
    if sampling.seed is not None:
        generator.manual_seed(sampling.seed)
    return generator
