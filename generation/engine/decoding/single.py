"""Greedy search and sampling: a run of one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from generation.constraint.session import DeadEnd, RowParts, State, TokenIds
from generation.engine.decoding.allowed_mass import log_share
from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.decoding.sampling import choose, seeded_generator
from generation.engine.decoding.scored_tokens import scored_tokens
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.logits import RowLogits, TopAllowed

# Forced tokens fed in one pass. Every row of the pass becomes as wide, so longer runs are split.
MAX_FORCED = 16


class SingleSequenceRun:
    """Greedy if temperature is 0, else sampled with the request's own random numbers."""

    max_rows = 1
    full_vocabulary = False
    masses = None

    def __init__(self, given: DecodingInput) -> None:
        self._input = given
        self.log_weight = 0.0
        self._sampling = given.sampling
        self._generator = seeded_generator(given.sampling)
        self._penalties = given.penalties()
        self._state: State = given.start
        # The tokens allowed next. Needed before a pass and after it, and computed once.
        self._known_allowed: TokenIds | None = None
        self._known_parts: RowParts | None = None
        self.ids: list[int] = []
        self.done = False
        self.rows = [Row(feed=list(given.prompt))]

    def context(self) -> list[int]:
        return [*self._input.prompt, *self.ids]

    def parents(self) -> list[int]:
        return [0]

    @property
    def all_scores(self) -> bool:
        return self._sampling.weighs or self._input.is_near_limit(len(self.ids))

    def top_allowed(self) -> list[TopAllowed | None]:
        sampling = self._sampling
        k = 1 if sampling.temperature == 0 else sampling.top_k
        needs_all = self._penalties.active or sampling.logprobs is not None or self.all_scores
        if k == 0 or needs_all:
            return [None]
        return [self._input.top_allowed(self._state, len(self.ids), k, self._known_parts)]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        (row,) = scores
        end = self._input.sentence_end(self._state, len(self.ids), row, self._penalties)
        self._input.end_sentence_(self._state, row)
        if self._penalties.active:
            self._penalties.apply_(row)
        allowed = self._allowed() if row.top_ids is None else row.top_ids
        if row.top_ids is None and allowed is not None and self._sampling.temperature > 0:
            # A draw must not depend on the order in which a constraint lists its tokens. The list
            # is a few sorted arrays one after another, which a stable sort merges quickly.
            allowed = np.sort(allowed, kind="stable")
        if allowed is None and len(self.ids) < self._sampling.min_tokens:
            row.values[torch.from_numpy(self._input.stop_array)] = -torch.inf
        values = row.scores if allowed is None or row.top_ids is not None else row.gather(allowed)
        index = choose(values, self._sampling, self._generator)
        tokens = [sampled_token(values, allowed, index, self._sampling.logprobs, end)]
        self._append(tokens[0].token)
        if self._sampling.weighs:
            self.log_weight += log_share(row, values, index, self._input)
        # The weight of a forced token needs its scores.
        while not self.done and not self._sampling.weighs and len(tokens) < MAX_FORCED:
            forced = self._forced()
            if forced is None:
                break
            top = ((forced, 0.0),) * bool(self._sampling.logprobs)
            tokens.append(SampledToken(forced, 0.0, top))
            self._append(forced)
        self.rows[0].feed = [each.token for each in tokens]
        return tokens

    def _append(self, token: int) -> None:
        self.ids.append(token)
        self._known_allowed = self._known_parts = None
        self._penalties.count(token)
        if token in self._input.stop_ids or len(self.ids) >= self._sampling.max_tokens:
            self.done = True
        elif self._input.session:
            self._state = self._input.session.advance(self._state, token)

    def _allowed(self) -> TokenIds | None:
        if self._known_allowed is None and self._input.session is not None:
            self._known_allowed = self._input.allowed(self._state, len(self.ids), self._known_parts)
        return self._known_allowed

    def _forced(self) -> int | None:
        """Return the next token if only one is allowed."""
        try:
            if self._several_allowed() or self._can_end_sentence():
                return None
            allowed = self._allowed()
        except DeadEnd:
            return None  # the next step raises it again
        return int(allowed[0]) if allowed is not None and len(allowed) == 1 else None

    def _can_end_sentence(self) -> bool:
        """True if the scores at this place tell where the reply may end."""
        if self._input.length_ends is not None:
            return True
        ends = self._input.ends
        return ends is not None and ends.can_end(self._state, len(self.ids))

    def _several_allowed(self) -> bool:
        """True if the parts show without being joined that several tokens are allowed."""
        self._known_parts = parts = self._input.parts(self._state, len(self.ids))
        return parts is not None and len(parts[0]) > 1 + len(self._input.stop_array)


def sampled_token(
    values: Scores | torch.Tensor,
    allowed: TokenIds | None,
    index: int,
    top_logprobs: int | None,
    end: int | None = None,
) -> SampledToken:
    """Return the token that was chosen, with log-probabilities if `top_logprobs` is not None.

    values: Logits of the allowed tokens, shape [n].
    allowed: Ids of these tokens, shape [n]; None if they are all tokens.
    index: Position of the chosen token in both.
    end: The allowed token that would have ended the sentence: see SampledToken.
    """
    if end is not None and allowed is not None:
        at = int(np.flatnonzero(allowed == end)[0])
        ended = sampled_token(values, allowed, at, top_logprobs)
        return replace(sampled_token(values, allowed, index, top_logprobs), end=ended)
    if top_logprobs is None:
        return SampledToken(index if allowed is None else int(allowed[index]))
    (scored,) = scored_tokens(torch.as_tensor(values)[None], [index], top_logprobs)
    if allowed is None:
        return scored
    top = tuple((int(allowed[at]), value) for at, value in scored.top)
    return SampledToken(int(allowed[index]), scored.logprob, top)
