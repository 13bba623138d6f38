"""The decoding of one request between two passes of the model: its rows and their next tokens.

A run knows token ids only: no text, no model and no threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from generation.constraint.session import (
    NO_IDS,
    ConstraintSession,
    DeadEnd,
    RowParts,
    State,
    TokenIds,
)
from generation.constraint.token_ids import concatenated
from generation.engine.contract import Sampling
from generation.engine.decoding.dry import RepetitionPenalty
from generation.engine.decoding.escapes import Escapes
from generation.engine.decoding.length_ends import LengthEnds
from generation.engine.decoding.repeated_sentences import RepeatedSentences, SentenceTokens
from generation.engine.decoding.sampling import Marks, Penalties
from generation.engine.decoding.sentence_ends import SentenceEnds
from generation.engine.model.logits import MassRequest, RowLogits, TopAllowed, Weights
from generation.histogram import Histogram
from vocab.words.surroundings import START, BoundaryState

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Row:
    """One sequence in the key-value cache.

    feed: Tokens that the next pass adds.
    length: Number of its columns in the cache.
    forget: Number of its last columns to drop before the next pass.
    slot: Its place in the cache; -1 while it has none.
    """

    feed: list[int]
    length: int = 0
    forget: int = 0
    slot: int = -1


@dataclass(frozen=True, slots=True)
class SampledToken:
    """A token of the reply. `logprob` and `top` are set if the request asks for them.

    end: A token with which the model itself could have ended the sentence in this place. It is the
        token itself if that ends the sentence. Set near the limit of a reply: see SentenceEnds.
    """

    token: int
    logprob: float = 0.0
    top: tuple[tuple[int, float], ...] = ()
    end: SampledToken | None = None

    @property
    def ends_sentence(self) -> bool:
        """True if the model itself ends a sentence with this token."""
        return self.end is not None and self.end.token == self.token


# Below it a draw is the likeliest token, and the scores are divided by too small a number.
MIN_RANDOM_TEMPERATURE = 0.01


def is_random(sampling: Sampling) -> bool:
    """False if only the likeliest token can be drawn, so that words need no draw either."""
    only_one = sampling.top_k == 1 or sampling.min_p >= 1.0
    return sampling.temperature >= MIN_RANDOM_TEMPERATURE and not only_one


class DecodingRun(Protocol):
    """One request's greedy search, sampling or beam search.

    max_rows: Maximum number of rows that it uses at once.
    full_vocabulary: Its scores are log-probabilities over the whole vocabulary.
    all_scores: Its next step needs the scores of all tokens, also of those that its constraint
        never allows.
    """

    rows: list[Row]
    max_rows: int
    full_vocabulary: bool
    done: bool

    @property
    def all_scores(self) -> bool: ...

    @property
    def masses(self) -> MassRequest | None:
        """The sums that it needs of the scores of all tokens."""

    @property
    def log_weight(self) -> float:
        """If the request weighs replies, the sum over the tokens of what `Completion.weight` is the
        mean of.
        """

    def context(self) -> list[int]:
        """Return all tokens to compute if nothing of the row is cached: prompt and reply so far."""

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        """Take the logits after each row's feed; return the tokens that are now part of the reply.

        Sets `rows` to the rows of the next pass. May change the logits in place. Raises DeadEnd.
        """

    def top_allowed(self) -> list[TopAllowed | None]:
        """For each row, the logits that are enough for the next `step`; None for all of them."""

    def parents(self) -> list[int]:
        """For each row, the index of the row of the previous step that it continues."""


@dataclass(slots=True)
class DecodingInput:
    """The data that every kind of run starts from.

    prompt: Token ids; prompt_truncated: earlier turns were left out to make it fit.
    sampling: With the drawn seed if the request gave none.
    session: The constraint; None if any token may be written.
    marks: Tokens that penalties do not apply to.
    continuing: [at most vocabulary] 1 for tokens that continue the word before them, else 0; None
        without a constraint.
    ends_text: True for tokens of a reply whose last one completes a stop string; None without one.
    escapes: Tokens that a reply drawn by words writes as often as without a constraint.
    ends: Where the reply may end if it reaches its limit; None if it may be cut anywhere.
    sentences: To say no sentence twice; None if the reply may repeat itself.
    bytes_of: Token id -> its text, for the penalty on repetitions.
    length_ends: Ends sentences where the model would, near the most words of them; None without a
        limit of words.
    mask_seconds: Histogram of the time that each allowed set takes to compute.
    at: The state between words in which the reply begins.
    """

    prompt: list[int]
    sampling: Sampling
    session: ConstraintSession | None
    stop_ids: frozenset[int]
    marks: Marks | None = None
    mask_seconds: Histogram | None = None
    prompt_truncated: bool = False
    at: BoundaryState = START
    continuing: Weights | None = None
    ends_text: Callable[[Sequence[int]], bool] | None = None
    escapes: Escapes | None = None
    ends: SentenceEnds | None = None
    sentences: SentenceTokens | None = None
    bytes_of: Mapping[int, bytes] = field(default_factory=dict)
    length_ends: LengthEnds | None = None
    stop_array: TokenIds = field(init=False)

    def __post_init__(self) -> None:
        self.stop_array = np.array(sorted(self.stop_ids), np.int64)

    @property
    def start(self) -> State:
        """The constraint's state before the first token; None without a constraint."""
        return self.session.start_at(self.at) if self.session else None

    @property
    def draws_words(self) -> bool:
        return self.sampling.unit == "words" and is_random(self.sampling)

    def is_near_limit(self, produced: int) -> bool:
        """True if `sentence_end` or `end_sentence_` needs the scores of all tokens."""
        if self.length_ends is not None:
            return True
        return self.ends is not None and self.ends.is_near(produced)

    def sentence_end(
        self, state: State, produced: int, row: RowLogits, penalties: Penalties
    ) -> int | None:
        """See SentenceEnds.find. None where the end would repeat a sentence."""
        end = self.ends.find(state, produced, row) if self.ends else None
        return None if end is not None and end in penalties.refused else end

    def end_sentence_(self, state: State, row: RowLogits) -> None:
        """See LengthEnds.apply_."""
        if self.length_ends is not None:
            self.length_ends.apply_(state, row)

    def penalties(self, reply: Iterable[int] = ()) -> Penalties:
        """Return the penalties after these tokens of the reply."""
        said = RepeatedSentences(self.sentences, self.stop_array) if self.sentences else None
        dry = RepetitionPenalty(self.sampling, self.bytes_of) if self.sampling.is_dry else None
        penalties = Penalties(self.sampling, self.prompt, self.marks, said, dry)
        for token in reply:
            penalties.count(token)
        return penalties

    def allowed(
        self, state: State, produced: int, parts: RowParts | None = None
    ) -> TokenIds | None:
        """Return the ids that may follow, each once; None for all. Raises DeadEnd.

        produced: Number of tokens of the reply so far.
        parts: The result of `parts` for this state, if the caller has it already.
        """
        if self.session is None:
            return None
        remaining = self.sampling.max_tokens - produced
        allowed: TokenIds = (
            concatenated(parts) if parts else self._timed(self.session.allowed, state, remaining)
        )
        if produced < self.sampling.min_tokens:
            continuing = allowed
            for stop in self.stop_ids:  # one or two ids, so a set lookup would be slower
                continuing = continuing[continuing != stop]
            if len(continuing):
                return continuing
        return allowed

    def top_allowed(
        self, state: State, produced: int, k: int, parts: RowParts | None = None
    ) -> TopAllowed | None:
        """Describe the `k` highest allowed logits; None if the constraint keeps no parts."""
        early = produced < self.sampling.min_tokens
        excluded = self.stop_array if early else NO_IDS
        if self.session is None:
            return TopAllowed(None, excluded, k)
        try:
            parts = parts or self.parts(state, produced)
        except DeadEnd:
            return None  # `allowed` raises it again in the step
        if parts is None:
            return None
        if early and sum(map(len, parts)) <= len(self.stop_array):
            return None  # perhaps only stop tokens are allowed, and then they stay allowed
        return TopAllowed(parts, excluded, k)

    def parts(self, state: State, produced: int) -> RowParts | None:
        """Return the arrays that make up `allowed`; None if there are none. Raises DeadEnd."""
        if self.session is None:
            return None
        return self._timed(self.session.parts, state, self.sampling.max_tokens - produced)

    def _timed(self, find: Callable[[State, int], T], state: State, remaining: int) -> T:
        started = time.perf_counter()
        result = find(state, remaining)
        # A session without parts computes nothing here, so it is not counted as a mask.
        if self.mask_seconds is not None and result is not None:
            self.mask_seconds.observe(time.perf_counter() - started)
        return result
