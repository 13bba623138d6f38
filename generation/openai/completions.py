"""Response bodies: a chat completion, and the chunks of a stream in their order.

OpenAI's fields, with `prompt_truncated`, `wordlist` and `vocab_report` added.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from generation.engine.contract import Completion, FinishReason, Piece, TokenLogprob
from generation.openai.errors import ApiError
from vocab.pinned_wordlist import PinnedWordlist

DONE = "data: [DONE]\n\n"
KEEP_ALIVE = ": keep-alive\n\n"


def vocabulary_fields(wordlist: PinnedWordlist | None, text: str) -> dict[str, Any]:
    """The fields that prove an answer: the wordlist in force and a report on the words used."""
    if wordlist is None:
        return {}
    report = wordlist.vocabulary.checker.report(text)
    return {"wordlist": wordlist.as_dict(), "vocab_report": report.as_dict()}


def truncation_header(prompt_truncated: bool) -> dict[str, str]:
    """Return the response header that tells that the start of the prompt was dropped."""
    return {"x-prompt-truncated": "true"} if prompt_truncated else {}


def usage_of(*choices: Completion) -> dict[str, int]:
    """Return OpenAI's `usage`. All choices share one prompt, which counts once."""
    prompt = choices[0].prompt_tokens
    written = sum(choice.completion_tokens for choice in choices)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }


def logprobs_of(logprobs: Sequence[TokenLogprob] | None) -> dict[str, Any] | None:
    if logprobs is None:
        return None
    return {"content": token_logprobs(logprobs), "refusal": None}


def token_logprobs(logprobs: Sequence[TokenLogprob]) -> list[dict[str, Any]]:
    return [
        {**_logprob(token), "top_logprobs": [_logprob(top) for top in token.top]}
        for token in logprobs
    ]


def _logprob(token: TokenLogprob) -> dict[str, Any]:
    return {"token": token.text, "logprob": token.logprob, "bytes": list(token.data)}


def new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Builds the body of one answer, or its chunks, all with the same id.

    include_usage: Whether a stream ends with a chunk that has the usage. Then every other chunk has
    a `usage` of null.
    """

    model: str
    wordlist: PinnedWordlist | None
    include_usage: bool = False
    id: str = field(default_factory=new_id)
    created: int = field(default_factory=lambda: int(time.time()))

    def body(self, *choices: Completion) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": self.choices(*choices),
            "usage": usage_of(*choices),
            "prompt_truncated": any(choice.prompt_truncated for choice in choices),
            **vocabulary_fields(self.wordlist, "\n".join(choice.text for choice in choices)),
        }

    def choices(self, *choices: Completion) -> list[dict[str, Any]]:
        """Return the `choices` field. With several choices, each has its own `vocab_report`."""
        bodies = [self._choice(index, choice) for index, choice in enumerate(choices)]
        if self.wordlist is not None and len(choices) > 1:
            for body, choice in zip(bodies, choices, strict=True):
                report = vocabulary_fields(self.wordlist, choice.text)["vocab_report"]
                body["vocab_report"] = report
        return bodies

    def _choice(self, index: int, choice: Completion) -> dict[str, Any]:
        return {
            "index": index,
            "message": {"role": "assistant", "content": choice.text, "refusal": None},
            "logprobs": logprobs_of(choice.logprobs),
            "finish_reason": choice.finish_reason,
        }

    # --- a stream --------------------------------------------------------------------------------

    def first_events(self, n: int) -> Iterator[str]:
        for index in range(n):
            yield self._chunk(index, {"role": "assistant", "content": ""})

    def delta_chunk(self, index: int, piece: Piece) -> str:
        return self._chunk(index, {"content": piece.text}, logprobs=piece.logprobs)

    def finish_chunk(self, index: int, choice: Completion) -> str:
        report = vocabulary_fields(self.wordlist, choice.text)
        return self._chunk(
            index,
            {},
            finish=choice.finish_reason,
            prompt_truncated=choice.prompt_truncated,
            **report,
        )

    def last_events(self, choices: Sequence[Completion]) -> Iterator[str]:
        """Yield the usage chunk, if it was requested, and the end of the stream."""
        if self.include_usage:
            yield event({**self._head(), "choices": [], "usage": usage_of(*choices)})
        yield DONE

    def error_events(self, error: ApiError) -> Iterator[str]:
        yield event(error.body)
        yield DONE

    def _chunk(
        self,
        index: int,
        delta: dict[str, str],
        *,
        logprobs: Sequence[TokenLogprob] = (),
        finish: FinishReason | None = None,
        **extra: Any,
    ) -> str:
        choice = {
            "index": index,
            "delta": delta,
            "logprobs": logprobs_of(logprobs or None),
            "finish_reason": finish,
        }
        usage = {"usage": None} if self.include_usage else {}
        return event({**self._head(), "choices": [choice], **extra, **usage})

    def _head(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
        }


def event(body: dict[str, Any]) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
