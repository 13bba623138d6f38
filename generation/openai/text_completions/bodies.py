"""Response bodies of /v1/completions, and the chunks of a stream.

OpenAI's fields, with `prompt_truncated`, `wordlist` and `vocab_report` added as in a chat
completion. The report is about the reply alone, also where the text begins with the prompt.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from generation.engine.contract import Completion, Piece
from generation.openai.completions import Answer, usage_of
from generation.openai.text_completions.logprobs import LogprobLists


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCompletion(Answer):
    """n: Number of choices of each prompt. The choices of the first prompt come first.
    echo: The text of each prompt, to begin its choices with; empty if they have the reply alone.
    scored: The pieces have the log-probabilities of the prompt, so the echo comes with them.
    """

    kind: ClassVar[str] = "text_completion"
    chunk_kind: ClassVar[str] = "text_completion"

    n: int = 1
    echo: Sequence[str] = ()
    scored: bool = False
    id: str = field(default_factory=lambda: f"cmpl-{uuid.uuid4().hex}")
    _logprobs: dict[int, LogprobLists] = field(default_factory=lambda: defaultdict(LogprobLists))

    def choice(self, index: int, choice: Completion) -> dict[str, Any]:
        echo, prompt, lists = self._echoed(index), choice.prompt_logprobs or (), LogprobLists()
        lists.begin(prompt, echo)
        return {
            "index": index,
            "text": echo + choice.text,
            "logprobs": None if choice.logprobs is None else lists.of((*prompt, *choice.logprobs)),
            "finish_reason": choice.finish_reason,
        }

    def usage(self, choices: Sequence[Completion]) -> dict[str, Any]:
        """Return the sum of all prompts. The choices of a prompt share it, so it counts once."""
        total: dict[str, int] = defaultdict(int)
        for first in range(0, len(choices), self.n):
            for name, tokens in usage_of(*choices[first : first + self.n]).items():
                total[name] += tokens
        return dict(total)

    def first_events(self, n: int) -> Iterator[str]:
        for index in range(n if self.echo and not self.scored else 0):
            yield self.chunk(index, self.piece(self._echoed(index)))

    def delta_chunk(self, index: int, piece: Piece) -> str:
        text, lists = piece.text, self._logprobs[index]
        if piece.prompt_logprobs:
            text = self._echoed(index) + text
            lists.begin(piece.prompt_logprobs, self._echoed(index))
        tokens = (*piece.prompt_logprobs, *piece.logprobs)
        return self.chunk(index, self.piece(text), lists.of(tokens) if tokens else None)

    def piece(self, text: str | None) -> dict[str, Any]:
        return {"text": text or ""}

    def _echoed(self, index: int) -> str:
        return self.echo[index // self.n] if self.echo else ""
