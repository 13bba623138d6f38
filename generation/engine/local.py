"""Answer requests with a transformers model in this process."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import torch

from generation.constraint.contract import DeadEnd
from generation.constraint.factory import ConstraintFactory
from generation.engine import beams, decoding
from generation.engine.contract import (
    Completion,
    FinishReason,
    GenerationRequest,
    NoContinuation,
    PromptTooLong,
    Sampling,
)
from generation.engine.loading import LoadedModel
from generation.engine.prompts import Prompt, build_prompt
from generation.engine.text import TextStream
from vocab.words.vocabulary import Vocabulary

SEED_BITS = 63
WARM_WORDS = 16


class LocalDecoder:
    """One request at a time. Used by the engine thread only.

    max_input_tokens: longest prompt; also bounded by the model's context. truncate: cut a longer
    one at its start instead of refusing it.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        max_input_tokens: int,
        truncate: bool,
        enable_thinking: bool = False,
        constraint_engine: str = "automaton",
        max_cached_states: int = 20_000,
    ) -> None:
        self._loaded = loaded
        self._max_input_tokens = max_input_tokens
        self._truncate = truncate
        self._enable_thinking = enable_thinking
        self._stop_ids = frozenset(loaded.stop_ids)
        self._marks = torch.from_numpy(loaded.table.marks).to(loaded.device)
        self._constraints = ConstraintFactory(
            loaded.table,
            loaded.encode,
            loaded.stop_ids,
            engine=constraint_engine,
            max_states=max_cached_states,
        )

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        started = time.perf_counter()
        seed = request.sampling.seed
        if seed is None:
            seed = secrets.randbits(SEED_BITS)
        sampling = replace(request.sampling, seed=seed)
        prompt = self._prompt(request)
        search: Callable[..., Iterable[int]] = (
            beams.search if sampling.num_beams > 1 else decoding.decode
        )
        stream = TextStream(request.vocabulary.automaton if request.vocabulary else None)
        produced = 0
        finish_reason: FinishReason = "length"
        try:
            session = None
            if request.vocabulary is not None:
                session = self._constraints.session(
                    request.vocabulary, token_paths=request.token_paths, finish=request.finish
                )
            for token in search(
                self._loaded.model,
                prompt.ids,
                sampling,
                session,
                self._stop_ids,
                cancelled,
                self._marks if session else None,
            ):
                produced += 1
                if token in self._stop_ids:
                    finish_reason = "stop"
                    break
                emit(stream.push(self._bytes_of(token)))
        except DeadEnd as error:
            raise NoContinuation(
                f"The model's tokens cannot continue {stream.sent[-40:]!r} with words of the list."
            ) from error
        emit(stream.finish())
        return Completion(
            text=stream.sent,
            finish_reason=finish_reason,
            prompt_tokens=len(prompt.ids),
            completion_tokens=produced,
            prompt_truncated=prompt.truncated,
            seed=seed,
            seconds=time.perf_counter() - started,
        )

    def warm(self, vocabulary: Vocabulary) -> None:
        """Visit the states that nearly every reply under this list passes: its start, its
        commonest words, what follows a word and a sentence. Raises DeadEnd if nothing can be
        written. For requests with the default `token_paths` and `finish`.
        """
        usual = GenerationRequest(messages=(), sampling=Sampling(max_tokens=1))
        session = self._constraints.session(
            vocabulary, token_paths=usual.token_paths, finish=usual.finish
        )
        far = self._loaded.context  # asked for with a limit, the distances to an end are made too
        session.allowed(session.start, far)
        texts = [f"{word} {word}." for word in vocabulary.words[:WARM_WORDS]]
        for path in self._loaded.encode(texts):
            state = session.start
            for token in path:
                if token not in session.allowed(state, far):
                    break  # not the path that this word has in this place
                state = session.advance(state, token)

    def _bytes_of(self, token: int) -> bytes:
        """A token's text; nothing for a control token."""
        table = self._loaded.table
        return table.bytes_of.get(token) or table.added_text.get(token, b"")

    def _prompt(self, request: GenerationRequest) -> Prompt:
        room = self._loaded.context - request.sampling.max_tokens
        limit = min(self._max_input_tokens, room)
        if limit < 1:
            raise PromptTooLong(self._loaded.context, request.sampling.max_tokens)
        return build_prompt(
            self._loaded.tokenizer,
            request.messages,
            limit=limit,
            truncate=self._truncate,
            enable_thinking=self._enable_thinking,
        )
