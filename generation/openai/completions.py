"""Response bodies: a chat completion, and the chunks of a stream in their order.

OpenAI's fields, with `prompt_truncated`, `wordlist` and `vocab_report` added.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from generation.engine.contract import Completion, FinishReason, Piece, TokenLogprob
from generation.openai.errors import ApiError
from vocab.pinned_wordlist import PinnedWordlist, ReportDetail

DONE = "data: [DONE]\n\n"
KEEP_ALIVE = ": keep-alive\n\n"


def vocabulary_fields(wordlist: PinnedWordlist | None, text: str) -> dict[str, Any]:
    """The fields that prove an answer: the wordlist in force and a report on the words used, as
    far as the request asks for it.
    """
    if wordlist is None:
        return {}
    report = wordlist.report_on(text)
    fields = {} if report is None else {"vocab_report": report}
    return {"wordlist": wordlist.as_dict(), **fields}


def vocabulary_fields_of_all(
    wordlist: PinnedWordlist | None, texts: Sequence[str]
) -> dict[str, Any]:
    """The same for all choices together. The details of several texts are beside each of them,
    because their places are those in one text, and so are their lengths.
    """
    if wordlist is not None and len(texts) > 1:
        if wordlist.report_detail is ReportDetail.WORDS:
            wordlist = replace(wordlist, report_detail=ReportDetail.SUMMARY)
        wordlist = replace(wordlist, limits=None)
    return vocabulary_fields(wordlist, "\n".join(texts))


def truncation_header(prompt_truncated: bool) -> dict[str, str]:
    """Return the response header that tells that the start of the prompt was dropped."""
    return {"x-prompt-truncated": "true"} if prompt_truncated else {}


def usage_of(*choices: Completion) -> dict[str, Any]:
    """Return OpenAI's `usage`. All choices share one prompt, which counts once. Replies that were
    written and not returned count as well.
    """
    prompt = choices[0].prompt_tokens
    written = sum(choice.completion_tokens + choice.discarded_tokens for choice in choices)
    hidden = {
        "reasoning_tokens": sum(choice.reasoning_tokens for choice in choices),
        "draft_tokens": sum(choice.draft_tokens for choice in choices),
    }
    details = {"completion_tokens_details": hidden} if any(hidden.values()) else {}
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
        **details,
    }


def reasoning_of(thought: str | None) -> dict[str, str]:
    return {} if thought is None else {"reasoning_content": thought}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A `ReplyFormat`: the body of one chat completion, or its chunks, all with the same id.

    include_usage: Whether a stream ends with a chunk that has the usage. Then every other chunk has
    a `usage` of null.
    """

    kind: ClassVar[str] = "chat.completion"
    chunk_kind: ClassVar[str] = "chat.completion.chunk"

    model: str
    wordlist: PinnedWordlist | None
    include_usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def body(self, *choices: Completion) -> dict[str, Any]:
        return {
            **self._head(self.kind),
            "choices": self.choices(*choices),
            "usage": self.usage(choices),
            "prompt_truncated": any(choice.prompt_truncated for choice in choices),
            **vocabulary_fields_of_all(self.wordlist, [choice.text for choice in choices]),
        }

    def choices(self, *choices: Completion) -> list[dict[str, Any]]:
        """Return the `choices` field. With several choices, each has its own `vocab_report`."""
        bodies = [self.choice(index, choice) for index, choice in enumerate(choices)]
        if self.wordlist is not None and len(choices) > 1:
            for body, choice in zip(bodies, choices, strict=True):
                report = self.wordlist.report_on(choice.text)
                body |= {} if report is None else {"vocab_report": report}
        return bodies

    def choice(self, index: int, choice: Completion) -> dict[str, Any]:
        return {
            "index": index,
            "message": {
                "role": "assistant",
                "content": choice.text,
                "refusal": None,
                **reasoning_of(choice.reasoning),
            },
            "logprobs": logprobs_of(choice.logprobs),
            "finish_reason": choice.finish_reason,
        }

    def usage(self, choices: Sequence[Completion]) -> dict[str, Any]:
        return usage_of(*choices)

    # --- a stream --------------------------------------------------------------------------------

    def first_events(self, n: int) -> Iterator[str]:
        for index in range(n):
            yield self.chunk(index, {"delta": {"role": "assistant", "content": ""}})

    def delta_chunk(self, index: int, piece: Piece) -> str:
        logprobs = logprobs_of(piece.logprobs or None)
        delta = self.piece(piece.text)
        if piece.reasoning:
            text = delta["delta"] if piece.text else {}
            delta = {"delta": {**reasoning_of(piece.reasoning), **text}}
        return self.chunk(index, delta, logprobs)

    def finish_chunk(self, index: int, choice: Completion) -> str:
        return self.chunk(
            index,
            self.piece(None),
            finish=choice.finish_reason,
            prompt_truncated=choice.prompt_truncated,
            **vocabulary_fields(self.wordlist, choice.text),
        )

    def last_events(self, choices: Sequence[Completion]) -> Iterator[str]:
        """Yield the usage chunk, if it was requested, and the end of the stream."""
        if self.include_usage:
            head = self._head(self.chunk_kind)
            yield event({**head, "choices": [], "usage": self.usage(choices)})
        yield DONE

    def error_events(self, error: ApiError) -> Iterator[str]:
        yield event(error.body)
        yield DONE

    def piece(self, text: str | None) -> dict[str, Any]:
        """Return the field of a chunk's choice that holds its text; None for the last chunk."""
        return {"delta": {} if text is None else {"content": text}}

    def chunk(
        self,
        index: int,
        piece: dict[str, Any],
        logprobs: dict[str, Any] | None = None,
        finish: FinishReason | None = None,
        **extra: Any,
    ) -> str:
        choice = {"index": index, **piece, "logprobs": logprobs, "finish_reason": finish}
        usage = {"usage": None} if self.include_usage else {}
        return event({**self._head(self.chunk_kind), "choices": [choice], **extra, **usage})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def event(body: dict[str, Any]) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
