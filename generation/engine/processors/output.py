"""From sampled tokens to a reply: text for the handle, log-probabilities, the completion."""

from __future__ import annotations

import time
from collections.abc import Sequence

from generation.engine.contract import (
    Completion,
    FinishReason,
    GenerationRequest,
    TokenLogprob,
)
from generation.engine.decoding.run import DecodingInput, SampledToken
from generation.engine.handle import Handle
from generation.engine.loading.model import LoadedModel
from generation.engine.processors.detokenizer import Detokenizer
from generation.engine.processors.held_logprobs import HeldLogprobs
from generation.engine.processors.held_sentence import HeldSentence
from vocab.words.surroundings import BEFORE_START, START


class OutputProcessor:
    """Emits text to the handle. The caller finishes the handle."""

    def __init__(
        self,
        loaded: LoadedModel,
        request: GenerationRequest,
        given: DecodingInput,
        handle: Handle,
    ) -> None:
        self._table = loaded.table
        self._input = given
        self._handle = handle
        vocabulary, sampling = request.vocabulary, given.sampling
        self._detokenizer = Detokenizer(
            vocabulary.automaton if vocabulary else None,
            sampling.stop,
            vocabulary.segment_verifier if vocabulary else None,
            START if given.at == BEFORE_START else given.at,
        )
        self._ends = HeldSentence(given.ends)
        self._ahead: Detokenizer | None = None  # with the held tokens, if there are stop strings
        self._produced = 0  # with the tokens that are held
        self._written = 0
        self._finish_reason: FinishReason = "length"
        reports_logprobs = sampling.logprobs is not None and sampling.num_beams == 1
        self._held = HeldLogprobs() if reports_logprobs else None
        self._logprobs: list[TokenLogprob] = []
        self._prompt_logprobs: tuple[TokenLogprob, ...] | None = None
        # Who scores a prompt counts tokens, so that none of the reply may be missing either.
        self._reports_all = reports_logprobs and sampling.prompt_logprobs is not None
        self._started = time.perf_counter()

    @property
    def text(self) -> str:
        """The text that was emitted."""
        return self._detokenizer.sent

    def write_prompt(self, tokens: Sequence[SampledToken]) -> None:
        """Take the prompt's tokens from the second one on, before any token of the reply."""
        first = self._input.prompt[0]
        self._prompt_logprobs = (
            TokenLogprob(first, self._name_of(first), None),
            *(self._logprob_of(each, self._name_of(each.token)) for each in tokens),
        )
        self._handle.emit_prompt(self._prompt_logprobs)

    def write(self, tokens: Sequence[SampledToken]) -> bool:
        """Take tokens; return True once a stop token or a stop string has ended the reply."""
        for each in tokens:
            self._produced += 1
            is_stop = each.token in self._input.stop_ids
            if is_stop and self._ends.stopped_by_limit():
                return True
            final = self._ends.push(each)
            if is_stop or self._holds_stop_string(each, final):
                final += self._ends.release()
            if any(map(self._write, final)):
                return True
        return False

    def _holds_stop_string(self, sampled: SampledToken, final: Sequence[SampledToken]) -> bool:
        """True if the held tokens, with the last one, complete a stop string."""
        if not self._ends.tokens or not self._input.sampling.stop:
            self._ahead = None
            return False
        if self._ahead is None or final:
            ahead = self._detokenizer.fork()
            for each in final:
                ahead.push(self._bytes_of(each.token), may_stop=False)
            self._ahead = ahead
        self._ahead.push(self._bytes_of(sampled.token), may_stop=self._may_stop(self._produced))
        return self._ahead.stopped

    def _may_stop(self, tokens: int) -> bool:
        return tokens >= self._input.sampling.min_tokens

    def _write(self, sampled: SampledToken) -> bool:
        """Write a token that belongs to the reply; return True if it ends the reply."""
        self._written += 1
        if sampled.token in self._input.stop_ids:
            if self._held is not None:
                self._held.push(self._logprob_of(sampled, self._name_of(sampled.token)))
            self._finish_reason = "stop"
            return True
        data = self._text_of(sampled.token)
        if self._held is not None:
            self._held.push(self._logprob_of(sampled, data))
        text = self._detokenizer.push(data, may_stop=self._may_stop(self._written))
        self._emit(text, last=self._detokenizer.stopped)
        if self._detokenizer.stopped:
            self._finish_reason = "stop"
        return self._detokenizer.stopped

    def completion(self, *, cached_tokens: int = 0, log_weight: float = 0.0) -> Completion:
        """End the reply: emit the text that was held back, and return the completion.

        cached_tokens: Tokens that were copied instead of computed. A reply that was preempted may
            have copied tokens of its own; only those of the prompt are reported.
        log_weight: See `DecodingRun`.
        """
        if self._finish_reason == "length":
            for each in self._ends.cut():
                self._write(each)
        self._emit(self._detokenizer.finish(), last=True)
        if self._held is not None and self._reports_all:
            rest = self._held.rest()
            self._logprobs += rest
            self._handle.emit("", rest)
        return Completion(
            text=self._detokenizer.sent,
            finish_reason=self._finish_reason,
            prompt_tokens=len(self._input.prompt),
            completion_tokens=self._produced,
            prompt_truncated=self._input.prompt_truncated,
            seed=self._input.sampling.seed or 0,
            seconds=time.perf_counter() - self._started,
            logprobs=None if self._held is None else tuple(self._logprobs),
            cached_tokens=min(cached_tokens, len(self._input.prompt)),
            prompt_logprobs=self._prompt_logprobs,
            weight=log_weight / max(self._produced, 1) if self._input.sampling.weighs else None,
        )

    def _emit(self, text: str, *, last: bool = False) -> None:
        """Emit text with the log-probabilities of its tokens."""
        if self._held is None:
            self._handle.emit(text)
            return
        logprobs = self._held.release(len(self._detokenizer.sent), last=last)
        self._logprobs += logprobs
        self._handle.emit(text, logprobs)

    def _logprob_of(self, sampled: SampledToken, data: bytes) -> TokenLogprob:
        top = tuple(
            TokenLogprob(token, self._name_of(token), logprob) for token, logprob in sampled.top
        )
        return TokenLogprob(sampled.token, data, sampled.logprob, top)

    def _name_of(self, token: int) -> bytes:
        """Return a token's text; the name of a control token."""
        return self._text_of(token) or self._table.control_names.get(token, b"")

    def _text_of(self, token: int) -> bytes:
        """Return what a token adds to the text of the reply, or of the prompt."""
        data = self._bytes_of(token)
        spaced = self._written == 1 and self._input.at == BEFORE_START
        return data.removeprefix(b" ") if spaced else data

    def _bytes_of(self, token: int) -> bytes:
        """Return a token's text; b"" for a control token."""
        return self._table.bytes_of.get(token) or self._table.added_text.get(token, b"")
