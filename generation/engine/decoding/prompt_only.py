"""A request that reads its prompt and writes nothing: `max_tokens` is 0."""

from __future__ import annotations

from collections.abc import Sequence

from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.model.logits import RowLogits, TopAllowed


class PromptOnlyRun:
    """Its only step returns no token."""

    max_rows = 1
    full_vocabulary = False
    all_scores = False
    masses = None
    log_weight = 0.0

    def __init__(self, given: DecodingInput) -> None:
        self._prompt = given.prompt
        self.done = False
        self.rows = [Row(feed=list(given.prompt))]

    def context(self) -> list[int]:
        return list(self._prompt)

    def parents(self) -> list[int]:
        return [0]

    def top_allowed(self) -> list[TopAllowed | None]:
        return [None]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        self.done = True
        return []
