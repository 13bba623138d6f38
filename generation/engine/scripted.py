"""A decoder that answers from a script: tests of everything around the model need no model.

Without a script it draws words from the request's vocabulary, so that its answers pass the same
checks as real ones.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from generation.engine.contract import (
    Completion,
    Emit,
    GenerationCancelled,
    GenerationRequest,
    InvalidRequest,
    Serving,
)
from generation.engine.processors.detokenizer import Detokenizer
from generation.engine.service.decoder import SequentialDecoder

Reply = Sequence[str] | Exception


class ScriptedDecoder(SequentialDecoder):
    """Answers with the enqueued replies in order, then with random words.

    history: The requests in the order in which they were started.
    """

    serving = Serving("scripted", 8192)

    def __init__(self, replies: Iterable[Reply] = ()) -> None:
        self._replies: deque[Reply] = deque(replies)
        self.history: list[GenerationRequest] = []

    def enqueue(self, *replies: Reply) -> None:
        """Add replies: each the tokens of one answer, or the exception it fails with."""
        self._replies.extend(replies)

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        self.history.append(request)
        if request.sampling.prompt_logprobs is not None:
            raise InvalidRequest(
                "echo: a scripted model has no log-probabilities. Leave out echo or logprobs.",
                "echo",
            )
        reply = self._replies.popleft() if self._replies else self._make_up(request)
        if isinstance(reply, Exception):
            raise reply
        limit = request.sampling.max_tokens
        cut = len(reply) > limit or limit == 0
        stream = Detokenizer(None, request.sampling.stop)
        written = 0
        for token in reply[:limit]:
            if cancelled():
                raise GenerationCancelled
            written += 1
            emit(stream.push(token.encode()))
            if stream.stopped:
                break
        emit(stream.finish())
        return Completion(
            text=stream.sent,
            finish_reason="length" if cut and not stream.stopped else "stop",
            prompt_tokens=_count_prompt(request),
            completion_tokens=written,
            seed=request.sampling.seed or 0,
        )

    def _make_up(self, request: GenerationRequest) -> list[str]:
        words: Sequence[str] = ("some", "words", "here")
        if request.vocabulary is not None:
            words = request.vocabulary.words
        choice = random.Random(request.sampling.seed or 0)  # noqa: S311
        chosen = [choice.choice(words) for _ in range(min(8, request.sampling.max_tokens))]
        return [f" {word}" if index else word for index, word in enumerate(chosen)]


def _count_prompt(request: GenerationRequest) -> int:
    if request.prompt is None:
        return sum(len(message.content.split()) for message in request.messages)
    return len(request.prompt.split() if isinstance(request.prompt, str) else request.prompt)
