"""Answer requests one at a time through transformers' own `generate()`.

For architectures that do not keep keys and values row by row, such as state-space models.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.generation.streamers import BaseStreamer

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import DeadEnd, State
from generation.engine.contract import (
    LOGPROB_FLOOR,
    Completion,
    Emit,
    GenerationCancelled,
    GenerationRequest,
    InvalidRequest,
    Serving,
)
from generation.engine.decoding.run import DecodingInput, SampledToken
from generation.engine.decoding.sampling import MIN_TEMPERATURE
from generation.engine.handle import Relay
from generation.engine.loading.model import LoadedModel
from generation.engine.loading.padded_vocabulary import cut_logits
from generation.engine.model.logits import RowLogits
from generation.engine.processors.input import InputProcessor, no_continuation
from generation.engine.processors.output import OutputProcessor
from generation.engine.service.decoder import SequentialDecoder
from vocab.words.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

NO_BEAMS = "The model's architecture has no beam search: num_beams above 1 is refused."


class TransformersDecoder(SequentialDecoder):
    """options: See InputProcessor."""

    def __init__(self, loaded: LoadedModel, **options: Any) -> None:
        self._loaded = loaded
        cut_logits(loaded.model, loaded.vocabulary_size)
        self._input_processor = InputProcessor(loaded, can_draw_words=False, **options)
        self.constraints = self._input_processor.constraints
        self._has_beams = _has_beam_search(loaded)
        notes = self._input_processor.notes
        self.serving = Serving(
            "generate", loaded.context, notes if self._has_beams else (*notes, NO_BEAMS)
        )

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        given = self._input_processor.prepare(request, cancelled)
        sampling = given.sampling
        if isinstance(given.session, SegmentedSession):
            raise InvalidRequest(
                "vocab_units: this model's architecture does not support words.", "vocab_units"
            )
        if sampling.num_beams > 1 and not self._has_beams:
            raise InvalidRequest(
                "num_beams: this model's architecture does not support beam search.", "num_beams"
            )
        if sampling.num_beam_groups > 1:
            raise InvalidRequest(
                "num_beam_groups: this model's architecture does not support groups of beams.",
                "num_beam_groups",
            )
        if given.draws_words and given.session is not None:
            raise InvalidRequest(
                "vocab_sampling: this model's architecture does not support words.",
                "vocab_sampling",
            )
        if sampling.particles > 1 and given.session is not None:
            raise InvalidRequest(
                "vocab_particles: this model's architecture does not support particles.",
                "vocab_particles",
            )
        if sampling.weighs:
            raise InvalidRequest(
                "best_of: this model's architecture does not support it; only n is accepted.",
                "best_of",
            )
        if sampling.prompt_logprobs is not None:
            raise InvalidRequest(
                "echo: this model's architecture does not support log-probabilities of the prompt."
                " Leave out echo or logprobs.",
                "echo",
            )
        if sampling.num_beams > 1:
            given.ends = None  # `generate` does not tell what the last scores of its best beam were
        output = OutputProcessor(self._loaded, request, given, Relay(emit))
        if sampling.max_tokens == 0:  # `generate` would write a token
            return output.completion()
        mask = _ConstraintProcessor(given)
        observer = _TokenObserver(output, mask, cancelled, sampling.logprobs)
        sampled = sampling.temperature > 0
        options: dict[str, Any] = {"do_sample": sampled}
        if sampled:
            options |= {
                "temperature": max(sampling.temperature, MIN_TEMPERATURE),
                "top_k": sampling.top_k,
                "top_p": sampling.top_p,
                "min_p": sampling.min_p or None,
            }
        if sampling.num_beams > 1:
            options |= {
                "num_beams": sampling.num_beams,
                "length_penalty": sampling.length_penalty,
                "num_return_sequences": sampling.hypothesis + 1,
            }
        else:
            options["streamer"] = observer
        prompt = torch.tensor([given.prompt], device=self._loaded.device)
        try:
            # `generate` draws from torch's global random numbers, which are restored afterwards.
            with torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(sampling.seed or 0)
                generated = self._loaded.model.generate(
                    prompt,
                    attention_mask=torch.ones_like(prompt),
                    max_new_tokens=sampling.max_tokens,
                    eos_token_id=sorted(given.stop_ids),
                    pad_token_id=self._loaded.stop_ids[0],
                    logits_processor=LogitsProcessorList([mask]),
                    stopping_criteria=StoppingCriteriaList([observer]),
                    **options,
                )
        except DeadEnd as error:
            raise no_continuation(output.text) from error
        if observer.was_cancelled:
            raise GenerationCancelled
        if sampling.num_beams > 1:
            for token in generated[sampling.hypothesis, prompt.shape[1] :].tolist():
                if output.write([SampledToken(token)]):
                    break
        return output.completion()

    def warm(self, vocabulary: Vocabulary) -> None:
        self._input_processor.warm(vocabulary)


def _has_beam_search(loaded: LoadedModel) -> bool:
    """Try a search. `generate` cannot reorder the state of some recurrent models, such as RWKV."""
    prompt = torch.tensor([loaded.stop_ids[:1]], device=loaded.device)
    try:
        with torch.inference_mode():
            loaded.model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                num_beams=2,
                max_new_tokens=2,
                min_new_tokens=2,
                do_sample=False,
                pad_token_id=loaded.stop_ids[0],
            )
    except ValueError as error:
        logger.info("the model has no beam search: %s", error)
        return False
    return True


class _ConstraintProcessor(LogitsProcessor):  # type: ignore[misc]
    """Apply penalties, then the constraint, to each row.

    last: The masked logits of the first row after the last call.
    end: The token with which the model would have ended the sentence there: see SampledToken.
    """

    def __init__(self, given: DecodingInput) -> None:
        self._input = given
        self._states: dict[tuple[int, ...], State] = {(): given.start}
        self.last = torch.zeros(0)
        self.end: int | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        masked = torch.full_like(scores, -torch.inf)
        replies = [tuple(ids) for ids in input_ids[:, len(self._input.prompt) :].tolist()]
        if self._input.ends is not None:
            first = RowLogits(scores[0].float().cpu(), None)
            reply = replies[0]
            self.end = self._input.sentence_end(
                self._state(reply), len(reply), first, self._input.penalties(reply)
            )
        for row, ids in enumerate(replies):
            self._mask(ids, scores[row], masked[row])
        self.last = masked[0].float().cpu()
        return masked

    def _mask(self, ids: tuple[int, ...], scores: torch.Tensor, masked: torch.Tensor) -> None:
        given = self._input
        if ids and ids[-1] in given.stop_ids:
            masked[ids[-1]] = 0.0  # an ended row: `generate` replaces its tokens by padding
            return
        penalties = given.penalties(ids)
        values = scores.float().cpu().clone()
        given.end_sentence_(self._state(ids), RowLogits(values, None))
        penalties.apply_(RowLogits(values, None))
        allowed = given.allowed(self._state(ids), len(ids))
        if allowed is None:
            if len(ids) < given.sampling.min_tokens:
                values[torch.from_numpy(given.stop_array)] = -torch.inf
            masked.copy_(values)
        else:
            index = torch.from_numpy(allowed)
            masked[index.to(masked.device)] = values[index].to(masked)

    def _state(self, ids: tuple[int, ...]) -> State:
        session = self._input.session
        if session is not None and ids not in self._states:
            self._states[ids] = session.advance(self._state(ids[:-1]), ids[-1])
        return self._states.get(ids)

    def sampled_token(self, token: int, top_logprobs: int | None) -> SampledToken:
        end = None if self.end is None else self._scored(self.end, top_logprobs)
        return replace(self._scored(token, top_logprobs), end=end)

    def _scored(self, token: int, top_logprobs: int | None) -> SampledToken:
        if top_logprobs is None:
            return SampledToken(token)
        logprobs = self.last.log_softmax(-1).clamp(min=LOGPROB_FLOOR)
        best = logprobs.topk(min(top_logprobs, int((self.last > -torch.inf).sum())))
        top = tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        return SampledToken(token, float(logprobs[token]), top)


class _TokenObserver(StoppingCriteria, BaseStreamer):  # type: ignore[misc]
    """Pass every token to the output; stop `generate` at the reply's end or on cancellation.

    top_logprobs: See Sampling.logprobs.
    """

    def __init__(
        self,
        output: OutputProcessor,
        mask: _ConstraintProcessor,
        cancelled: Callable[[], bool],
        top_logprobs: int | None,
    ) -> None:
        self._output = output
        self._mask = mask
        self._cancelled = cancelled
        self._top_logprobs = top_logprobs
        self._received_prompt = False
        self._ended = False
        self.was_cancelled = False

    def put(self, value: torch.Tensor) -> None:
        if not self._received_prompt:  # `generate` sends the prompt first
            self._received_prompt = True
            return
        for token in value.tolist():
            sampled = self._mask.sampled_token(token, self._top_logprobs)
            self._ended = self._ended or self._output.write([sampled])

    def end(self) -> None:
        pass

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        self.was_cancelled = self.was_cancelled or self._cancelled()
        stop = self.was_cancelled or self._ended
        return torch.full((input_ids.shape[0],), stop, device=input_ids.device)
