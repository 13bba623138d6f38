"""Response bodies of /v1/completions, and the chunks of a stream.

OpenAI's fields, with `prompt_truncated`, `wordlist` and `vocab_report` added as in a chat
completion. The report is about the reply alone, also where the text begins with the prompt.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from generation.engine.contract import Completion, FinishReason, Piece
from generation.openai.completions import DONE, event, usage_of, vocabulary_fields
from generation.openai.errors import ApiError
from generation.openai.text_completions.logprobs import LogprobLists
from vocab.pinned_wordlist import PinnedWordlist


def new_id() -> str:
    return f"cmpl-{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCompletion:
    """A `ReplyFormat`: the body of one answer, or its chunks, all with the same id.

    n: Number of choices of each prompt. The choices of the first prompt come first.
    echo: The text of each prompt, to begin its choices with; empty if they have the reply alone.
    include_usage: Whether a stream ends with a chunk that has the usage.
    """

    model: str
    wordlist: PinnedWordlist | None
    n: int = 1
    echo: Sequence[str] = ()
    include_usage: bool = False
    id: str = field(default_factory=new_id)
    created: int = field(default_factory=lambda: int(time.time()))
    _logprobs: dict[int, LogprobLists] = field(default_factory=lambda: defaultdict(LogprobLists))

    def body(self, *choices: Completion) -> dict[str, Any]:
        bodies = [self._choice(index, choice) for index, choice in enumerate(choices)]
        if self.wordlist is not None and len(choices) > 1:
            for body, choice in zip(bodies, choices, strict=True):
                report = vocabulary_fields(self.wordlist, choice.text)["vocab_report"]
                body["vocab_report"] = report
        return {
            **self._head(),
            "choices": bodies,
            "usage": self._usage(choices),
            "prompt_truncated": any(choice.prompt_truncated for choice in choices),
            **vocabulary_fields(self.wordlist, "\n".join(choice.text for choice in choices)),
        }

    def _choice(self, index: int, choice: Completion) -> dict[str, Any]:
        logprobs = choice.logprobs
        return {
            "index": index,
            "text": self._echoed(index) + choice.text,
            "logprobs": None if logprobs is None else LogprobLists().of(logprobs),
            "finish_reason": choice.finish_reason,
        }

    def _echoed(self, index: int) -> str:
        return self.echo[index // self.n] if self.echo else ""

    def _usage(self, choices: Sequence[Completion]) -> dict[str, int]:
        """Return the sum of all prompts. The choices of a prompt share it, so it counts once."""
        total: dict[str, int] = defaultdict(int)
        for first in range(0, len(choices), self.n):
            for name, tokens in usage_of(*choices[first : first + self.n]).items():
                total[name] += tokens
        return dict(total)

    # --- a stream --------------------------------------------------------------------------------

    def first_events(self, n: int) -> Iterator[str]:
        for index in range(n if self.echo else 0):
            yield self._chunk(index, self._echoed(index))

    def delta_chunk(self, index: int, piece: Piece) -> str:
        logprobs = self._logprobs[index].of(piece.logprobs) if piece.logprobs else None
        return self._chunk(index, piece.text, logprobs=logprobs)

    def finish_chunk(self, index: int, choice: Completion) -> str:
        report = vocabulary_fields(self.wordlist, choice.text)
        return self._chunk(
            index,
            "",
            finish=choice.finish_reason,
            prompt_truncated=choice.prompt_truncated,
            **report,
        )

    def last_events(self, choices: Sequence[Completion]) -> Iterator[str]:
        """Yield the usage chunk, if it was requested, and the end of the stream."""
        if self.include_usage:
            yield event({**self._head(), "choices": [], "usage": self._usage(choices)})
        yield DONE

    def error_events(self, error: ApiError) -> Iterator[str]:
        yield event(error.body)
        yield DONE

    def _chunk(
        self,
        index: int,
        text: str,
        *,
        logprobs: dict[str, Any] | None = None,
        finish: FinishReason | None = None,
        **extra: Any,
    ) -> str:
        choice = {"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish}
        usage = {"usage": None} if self.include_usage else {}
        return event({**self._head(), "choices": [choice], **extra, **usage})

    def _head(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "text_completion",
            "created": self.created,
            "model": self.model,
        }
