"""Answer requests one at a time through transformers' own `generate()`: for architectures whose
cache cannot be kept row by row, such as state-space models.
"""

from __future__ import annotations

from collections.abc import Callable
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
from generation.engine.decoding.sampling import Penalties
from generation.engine.decoding.single import DecodingInput, SampledToken
from generation.engine.handle import Relay
from generation.engine.loading.model import LoadedModel
from generation.engine.model.logits import RowLogits
from generation.engine.processors.input import InputProcessor, no_continuation
from generation.engine.processors.output import OutputProcessor
from generation.engine.service.decoder import SequentialDecoder
from vocab.words.vocabulary import Vocabulary


class TransformersDecoder(SequentialDecoder):
    """options: see InputProcessor."""

    def __init__(self, loaded: LoadedModel, **options: Any) -> None:
        self._loaded = loaded
        self._preparer = InputProcessor(loaded, **options)
        self.serving = Serving("generate", loaded.context)
        self.constraints = self._preparer.constraints

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        prepared = self._preparer.prepare(request)
        sampling = prepared.sampling
        if isinstance(prepared.reply.session, SegmentedSession):
            raise InvalidRequest("vocab_units: this model cannot take words back.", "vocab_units")
        if sampling.num_beam_groups > 1:
            raise InvalidRequest(
                "num_beam_groups: this model cannot be decoded in groups.", "num_beam_groups"
            )
        writer = OutputProcessor(self._loaded, request, sampling, prepared.prompt, Relay(emit))
        mask = _Mask(prepared.reply)
        sampled = sampling.temperature > 0
        ended = _Ended(writer, mask, cancelled)
        options: dict[str, Any] = {"do_sample": sampled}
        if sampled:
            options |= {
                "temperature": sampling.temperature,
                "top_k": sampling.top_k,
                "top_p": sampling.top_p,
            }
        if sampling.num_beams > 1:
            options |= {"num_beams": sampling.num_beams, "length_penalty": sampling.length_penalty}
        else:
            options["streamer"] = ended
        prompt = torch.tensor([prepared.prompt.ids], device=self._loaded.device)
        try:
            # `generate` draws from torch's common numbers: ours are put in their place meanwhile.
            with torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(sampling.seed or 0)
                output = self._loaded.model.generate(
                    prompt,
                    attention_mask=torch.ones_like(prompt),
                    max_new_tokens=sampling.max_tokens,
                    eos_token_id=list(self._loaded.stop_ids),
                    pad_token_id=self._loaded.stop_ids[0],
                    logits_processor=LogitsProcessorList([mask]),
                    stopping_criteria=StoppingCriteriaList([ended]),
                    **options,
                )
        except DeadEnd as error:
            raise no_continuation(writer.text) from error
        if ended.was_cancelled:
            raise GenerationCancelled
        if sampling.num_beams > 1:
            for token in output[0, prompt.shape[1] :].tolist():
                if writer.write([SampledToken(token)]):
                    break
        return writer.completion()

    def warm(self, vocabulary: Vocabulary) -> None:
        self._preparer.warm(vocabulary)


class _Mask(LogitsProcessor):  # type: ignore[misc]
    """Penalties, then the constraint, for each row from its own tokens."""

    def __init__(self, reply: DecodingInput) -> None:
        self._reply = reply
        start = reply.session.start if reply.session else None
        self._states: dict[tuple[int, ...], State] = {(): start}
        self.last = torch.zeros(0)  # the scores of the first row, masked

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        masked = torch.full_like(scores, -torch.inf)
        for row, ids in enumerate(input_ids[:, len(self._reply.prompt) :].tolist()):
            self._mask(tuple(ids), scores[row], masked[row])
        self.last = masked[0].float().cpu()
        return masked

    def _mask(self, ids: tuple[int, ...], scores: torch.Tensor, masked: torch.Tensor) -> None:
        reply = self._reply
        if ids and ids[-1] in reply.stop_ids:
            masked[ids[-1]] = 0.0  # a row that has ended; what it adds is thrown away
            return
        penalties = Penalties(reply.sampling, reply.prompt, reply.marks)
        for token in ids:
            penalties.count(token)
        values = scores.float().cpu().clone()
        penalties.apply_(RowLogits(values, None))
        allowed = reply.allowed(self._state(ids), len(ids))
        if allowed is None:
            if len(ids) < reply.sampling.min_tokens:
                values[torch.from_numpy(reply.stop_array)] = -torch.inf
            masked.copy_(values)
        else:
            index = torch.from_numpy(allowed)
            masked[index.to(masked.device)] = values[index].to(masked)

    def _state(self, ids: tuple[int, ...]) -> State:
        session = self._reply.session
        if session is not None and ids not in self._states:
            self._states[ids] = session.advance(self._state(ids[:-1]), ids[-1])
        return self._states.get(ids)

    def report(self, token: int, wanted: int | None) -> SampledToken:
        if wanted is None:
            return SampledToken(token)
        logprobs = self.last.log_softmax(-1).clamp(min=LOGPROB_FLOOR)
        best = logprobs.topk(min(wanted, int((self.last > -torch.inf).sum())))
        top = tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        return SampledToken(token, float(logprobs[token]), top)


class _Ended(StoppingCriteria, BaseStreamer):  # type: ignore[misc]
    """Hears of every token, and stops when the reply is at its end or its sender gave up."""

    def __init__(self, writer: OutputProcessor, mask: _Mask, cancelled: Callable[[], bool]) -> None:
        self._writer = writer
        self._mask = mask
        self._cancelled = cancelled
        self._heard_prompt = False
        self._ended = False
        self.was_cancelled = False

    def put(self, value: torch.Tensor) -> None:
        if not self._heard_prompt:
            self._heard_prompt = True
            return
        for token in value.tolist():
            wanted = self._mask._reply.sampling.logprobs
            self._ended = self._ended or self._writer.write([self._mask.report(token, wanted)])

    def end(self) -> None:
        pass

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        self.was_cancelled = self.was_cancelled or self._cancelled()
        stop = self.was_cancelled or self._ended
        return torch.full((input_ids.shape[0],), stop, device=input_ids.device)
