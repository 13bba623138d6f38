"""The bodies of answers: a chat completion, the chunks of a stream, the models list.

`wordlist` and `vocab_report` are ours; the rest is OpenAI's.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from generation.engine.contract import Completion
from generation.requests import PinnedWordlist

DONE = "data: [DONE]\n\n"
KEEP_ALIVE = ": keep-alive\n\n"


def vocabulary_fields(wordlist: PinnedWordlist | None, text: str) -> dict[str, Any]:
    """The proof that goes with an answer: which words were allowed, which were used."""
    if wordlist is None:
        return {}
    report = wordlist.vocabulary.checker.report(text)
    return {"wordlist": wordlist.as_dict(), "vocab_report": report.as_dict()}


def usage_of(completion: Completion) -> dict[str, int]:
    return {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "total_tokens": completion.prompt_tokens + completion.completion_tokens,
    }


def new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer's identity; makes its body, or its chunks in order."""

    model: str
    wordlist: PinnedWordlist | None
    id: str = field(default_factory=new_id)
    created: int = field(default_factory=lambda: int(time.time()))

    def body(self, completion: Completion) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": completion.text,
                        "refusal": None,
                    },
                    "logprobs": None,
                    "finish_reason": completion.finish_reason,
                }
            ],
            "usage": usage_of(completion),
            **vocabulary_fields(self.wordlist, completion.text),
        }

    def role_chunk(self, extra: dict[str, Any]) -> str:
        return self._chunk({"role": "assistant", "content": ""}, None, extra)

    def delta_chunk(self, text: str, extra: dict[str, Any]) -> str:
        return self._chunk({"content": text}, None, extra)

    def last_chunks(self, completion: Completion, *, include_usage: bool) -> Iterator[str]:
        """The finish chunk, the usage chunk if it was asked for, and the end of the stream."""
        extra = vocabulary_fields(self.wordlist, completion.text)
        if include_usage:
            extra["usage"] = None
        yield self._chunk({}, completion.finish_reason, extra)
        if include_usage:
            yield event({**self._head(), "choices": [], "usage": usage_of(completion)})
        yield DONE

    def _chunk(self, delta: dict[str, str], finish: str | None, extra: dict[str, Any]) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**self._head(), "choices": [choice], **extra})

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
