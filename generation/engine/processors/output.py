"""From chosen tokens to a reply: text for the handle, log-probabilities, the completion."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from generation.engine.contract import (
    Completion,
    FinishReason,
    GenerationRequest,
    Sampling,
    TokenLogprob,
)
from generation.engine.decoding.single import SampledToken
from generation.engine.handle import Handle
from generation.engine.loading.model import LoadedModel
from generation.engine.processors.detokenizer import Detokenizer
from generation.engine.processors.prompt import Prompt


class OutputProcessor:
    """Emits to the handle; finishing it is left to the caller."""

    def __init__(
        self,
        loaded: LoadedModel,
        request: GenerationRequest,
        sampling: Sampling,
        prompt: Prompt,
        handle: Handle,
    ) -> None:
        self._loaded = loaded
        self._stop_ids = frozenset(loaded.stop_ids)
        self._sampling = sampling
        self._prompt = prompt
        self._handle = handle
        automaton = request.vocabulary.automaton if request.vocabulary else None
        judge = request.vocabulary.segment_verifier if request.vocabulary else None
        self._stream = Detokenizer(automaton, sampling.stop, judge)
        self._produced = 0
        self._finish_reason: FinishReason = "length"
        self._reports = sampling.logprobs is not None and sampling.num_beams == 1
        self._logprobs: list[TokenLogprob] = []
        # Reports of tokens whose text is held back, and where in the reply that begins.
        self._pending: deque[tuple[int, TokenLogprob]] = deque()
        self.started = time.perf_counter()

    @property
    def text(self) -> str:
        return self._stream.sent

    def write(self, chosen: Sequence[SampledToken]) -> bool:
        """Take tokens; True once a stop token or a stop string has ended the reply."""
        for each in chosen:
            self._produced += 1
            if each.token in self._stop_ids:
                self._finish_reason = "stop"
                return True
            data = self._bytes_of(each.token)
            may_stop = self._produced >= self._sampling.min_tokens
            if self._reports:
                self._pending.append((self._stream.written, self._report(each, data)))
            self._emit(self._stream.push(data, may_stop=may_stop))
            if self._stream.stopped:
                self._finish_reason = "stop"
                return True
        return False

    def completion(self, *, cached_tokens: int = 0) -> Completion:
        """The end of the reply; what was held back and is none of a stop string goes out."""
        self._emit(self._stream.finish())
        return Completion(
            text=self._stream.sent,
            finish_reason=self._finish_reason,
            prompt_tokens=len(self._prompt.ids),
            completion_tokens=self._produced,
            prompt_truncated=self._prompt.truncated,
            seed=self._sampling.seed or 0,
            seconds=time.perf_counter() - self.started,
            logprobs=tuple(self._logprobs) if self._reports else None,
            # Of a reply that was computed again, tokens of its own may have been copied as well.
            cached_tokens=min(cached_tokens, len(self._prompt.ids)),
        )

    def _emit(self, text: str) -> None:
        """Send text with the reports of its tokens. Those of text that is never sent are not:
        they would tell what a stop string took away.
        """
        logprobs = []
        while self._pending and self._pending[0][0] < len(self._stream.sent):
            logprobs.append(self._pending.popleft()[1])
        self._logprobs += logprobs
        self._handle.emit(text, logprobs)

    def _report(self, chosen: SampledToken, data: bytes) -> TokenLogprob:
        top = tuple(
            TokenLogprob(token, self._bytes_of(token), logprob) for token, logprob in chosen.top
        )
        return TokenLogprob(chosen.token, data, chosen.logprob, top)

    def _bytes_of(self, token: int) -> bytes:
        """A token's text; nothing for a control token."""
        table = self._loaded.table
        return table.bytes_of.get(token) or table.added_text.get(token, b"")
