"""A request between two passes of the model: which rows it has, what they are fed next.

Runs know token ids and nothing of text, models or threads. `SingleSequenceRun` is one sequence,
greedy or sampled; `beam_search.BeamSearchRun` is a search.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from generation.constraint.session import (
    NO_IDS,
    ConstraintSession,
    DeadEnd,
    RowParts,
    TokenIds,
    joined,
)
from generation.engine.contract import LOGPROB_FLOOR, Sampling
from generation.engine.decoding.sampling import Marks, Penalties, choose, seeded_generator
from generation.engine.model.logits import RowLogits, Scores, TopAllowed
from generation.histogram import Histogram

# A forced run is fed in one pass; longer ones in several, so that other rows do not wait.
MAX_FORCED = 16


@dataclass(slots=True, eq=False)
class Row:
    """A sequence in the cache. length: columns it has there; feed: what the next pass adds.

    forget: how many of its last columns the next pass has to leave out first.
    """

    feed: list[int]
    length: int = 0
    forget: int = 0
    slot: int = -1


@dataclass(frozen=True, slots=True)
class SampledToken:
    """A token of the reply. logprob and top are there if they were asked for."""

    token: int
    logprob: float = 0.0
    top: tuple[tuple[int, float], ...] = ()


class DecodingRun(Protocol):
    """The decoding of one request.

    max_rows: how many rows it may come to have. full_vocabulary: its scores are log-probabilities over
    the whole vocabulary.
    """

    rows: list[Row]
    max_rows: int
    full_vocabulary: bool
    done: bool

    def context(self) -> list[int]:
        """What a fresh row has to be fed before the next `step`: the prompt and what followed."""

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        """Take the scores after each row's feed; return the tokens that became part of the reply.

        Afterwards `rows` says what to feed next. Raises DeadEnd. Scores may be changed in place.
        """

    def top_allowed(self) -> list[TopAllowed | None]:
        """For each row, which scores are enough for the next `step`; None for all of them."""

    def parents(self) -> list[int]:
        """For each row, the index of the row of the last step that it continues."""


@dataclass(slots=True)
class DecodingInput:
    """What every run is made from."""

    prompt: list[int]
    sampling: Sampling
    session: ConstraintSession | None
    stop_ids: frozenset[int]
    marks: Marks | None = None
    masks: Histogram | None = None  # of the seconds that each took
    stop_array: TokenIds = field(init=False)

    def __post_init__(self) -> None:
        self.stop_array = np.array(sorted(self.stop_ids), np.int64)

    def allowed(
        self, state: object, produced: int, known: RowParts | None = None
    ) -> TokenIds | None:
        """The ids that may follow, each once; None for all. Raises DeadEnd.

        known: their parts, where they have been asked for.
        """
        if self.session is None:
            return None
        remaining = self.sampling.max_tokens - produced
        allowed: TokenIds = (
            joined(known) if known else self._timed(self.session.allowed, state, remaining)
        )
        if produced < self.sampling.min_tokens:
            going_on = allowed
            for stop in self.stop_ids:  # a few: quicker than looking each id up among them
                going_on = going_on[going_on != stop]
            if len(going_on):
                return going_on
        return allowed

    def top_allowed(
        self, state: object, produced: int, best: int, known: RowParts | None = None
    ) -> TopAllowed | None:
        """The `best` highest of what may follow; None if the constraint does not know parts.

        known: the parts, where they have been asked for.
        """
        early = produced < self.sampling.min_tokens
        without = self.stop_array if early else NO_IDS
        if self.session is None:
            return TopAllowed(None, without, best)
        try:
            parts = known or self.parts(state, produced)
        except DeadEnd:
            return None  # `allowed` will say so
        if parts is None:
            return None
        if early and sum(map(len, parts)) <= len(self.stop_array):
            return None  # perhaps nothing but stops may follow
        return TopAllowed(parts, without, best)

    def parts(self, state: object, produced: int) -> RowParts | None:
        """What `allowed` is made of; None if the constraint does not know. Raises DeadEnd."""
        find = getattr(self.session, "parts", None)
        if find is None:
            return None
        found: RowParts = self._timed(find, state, self.sampling.max_tokens - produced)
        return found

    def _timed(self, find: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        found = find(*arguments)
        if self.masks is not None:
            self.masks.observe(time.perf_counter() - started)
        return found


class SingleSequenceRun:
    """One sequence: greedy if temperature is 0, else sampled with the request's own numbers."""

    max_rows = 1
    full_vocabulary = False

    def __init__(self, reply: DecodingInput) -> None:
        self._reply = reply
        self._sampling = reply.sampling
        self._generator = seeded_generator(reply.sampling)
        self._penalties = Penalties(reply.sampling, reply.prompt, reply.marks)
        self._state = reply.session.start if reply.session else None
        # What may come next: asked before a pass and after it, and worked out once.
        self._known: TokenIds | None = None
        self._parts: RowParts | None = None
        self.ids: list[int] = []
        self.done = False
        self.rows = [Row(feed=list(reply.prompt))]

    def context(self) -> list[int]:
        return [*self._reply.prompt, *self.ids]

    def parents(self) -> list[int]:
        return [0]

    def top_allowed(self) -> list[TopAllowed | None]:
        sampling = self._sampling
        best = 1 if sampling.temperature == 0 else sampling.top_k
        if best == 0 or self._penalties.active or sampling.logprobs is not None:
            return [None]
        return [self._reply.top_allowed(self._state, len(self.ids), best, self._parts)]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        (row,) = scores
        if self._penalties.active:
            self._penalties.apply_(row)
        allowed = self._allowed() if row.top_ids is None else row.top_ids
        if row.top_ids is None and allowed is not None and self._sampling.temperature > 0:
            # A draw must not depend on the order in which a constraint lists its tokens. They come
            # as a few sorted runs, which this kind of sort only merges.
            allowed = np.sort(allowed, kind="stable")
        if allowed is None and len(self.ids) < self._sampling.min_tokens:
            row.values[torch.from_numpy(self._reply.stop_array)] = -torch.inf
        values = row.scores if allowed is None or row.top_ids is not None else row.gather(allowed)
        index = choose(values, self._sampling, self._generator)
        chosen = [report(values, allowed, index, self._sampling.logprobs)]
        self._add(chosen[0].token)
        while not self.done and len(chosen) < MAX_FORCED:
            forced = self._forced()
            if forced is None:
                break
            chosen.append(
                SampledToken(forced, 0.0, ((forced, 0.0),) * bool(self._sampling.logprobs))
            )
            self._add(forced)
        self.rows[0].feed = [each.token for each in chosen]
        return chosen

    def _add(self, token: int) -> None:
        self.ids.append(token)
        self._known = self._parts = None
        self._penalties.count(token)
        if token in self._reply.stop_ids or len(self.ids) >= self._sampling.max_tokens:
            self.done = True
        elif self._reply.session:
            self._state = self._reply.session.advance(self._state, token)

    def _allowed(self) -> TokenIds | None:
        if self._known is None and self._reply.session is not None:
            self._known = self._reply.allowed(self._state, len(self.ids), self._parts)
        return self._known

    def _forced(self) -> int | None:
        """The token that must follow, if there is only one."""
        try:
            if self._many_may_follow():
                return None
            allowed = self._allowed()
        except DeadEnd:
            return None  # the next step will say so
        return int(allowed[0]) if allowed is not None and len(allowed) == 1 else None

    def _many_may_follow(self) -> bool:
        """A quick look: True if it is certain."""
        self._parts = parts = self._reply.parts(self._state, len(self.ids))
        return parts is not None and len(parts[0]) > 1 + len(self._reply.stop_array)


def report(
    values: Scores | torch.Tensor, allowed: TokenIds | None, index: int, wanted: int | None
) -> SampledToken:
    """The token at `index` of the allowed ones (None: of all), scored `values`; wanted: see
    Sampling.logprobs.
    """
    token = index if allowed is None else int(allowed[index])
    if wanted is None:
        return SampledToken(token)
    logprobs = torch.as_tensor(values).log_softmax(-1).clamp(min=LOGPROB_FLOOR)
    best = logprobs.topk(min(wanted, len(logprobs)))
    top = [
        (at if allowed is None else int(allowed[at]), value)
        for at, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
    return SampledToken(token, float(logprobs[index]), tuple(top))
