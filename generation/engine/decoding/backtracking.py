"""A sequence that can take its last tokens back, which `vocab_units=words` needs.

A token that leads to a word off the list is refused, and another one is chosen from the same logits
without another pass. If no token is left, the run goes back to the last position where all words
were listed and chooses another token there; its row forgets the columns after that position.

Tokens are released only when their stretch (the text between two marks) is closed, so text that was
sent is never taken back. After MAX_BACKTRACKS in one stretch, the reply ends at the last position
where all words were listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import DeadEnd, State, TokenIds
from generation.engine.decoding.allowed_mass import log_share
from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.decoding.sampling import choose, seeded_generator
from generation.engine.decoding.single import sampled_token
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.logits import RowLogits, TopAllowed

# Maximum number of tokens refused at one position.
MAX_TRIES = 32
# Maximum number of times that a run goes back within one stretch.
MAX_BACKTRACKS = 24


@dataclass(slots=True)
class Position:
    """A place in the reply before a token.

    refused: Tokens that led to words off the list. chosen: The token that was taken, if any.
    log_share: What that token adds to the weight of the reply.
    """

    state: State
    refused: set[int] = field(default_factory=set)
    chosen: SampledToken | None = None
    log_share: float = 0.0


class BacktrackingRun:
    """Greedy if temperature is 0, else sampled with the request's own random numbers."""

    max_rows = 1
    full_vocabulary = False
    masses = None

    def __init__(self, given: DecodingInput, session: SegmentedSession) -> None:
        self._input = given
        self._session = session
        self._sampling = given.sampling
        self._generator = seeded_generator(given.sampling)
        self._positions = [Position(given.start)]
        self._released = 0  # number of tokens that `step` has returned
        self._backtracks = 0  # within the current stretch
        self.total_backtracks = 0
        self._reached_limit = False
        self._count_tokens()
        self.done = False
        self.rows = [Row(feed=list(given.prompt))]

    @property
    def ids(self) -> list[int]:
        return [each.chosen.token for each in self._positions if each.chosen is not None]

    @property
    def log_weight(self) -> float:
        return sum(each.log_share for each in self._positions if each.chosen is not None)

    def refused(self, at: int) -> frozenset[int]:
        """Return the tokens that were refused or taken back at position `at` of the reply."""
        return frozenset(self._positions[at].refused)

    def context(self) -> list[int]:
        return [*self._input.prompt, *self.ids]

    def parents(self) -> list[int]:
        return [0]

    @property
    def all_scores(self) -> bool:
        return self._sampling.weighs or self._input.is_near_limit(len(self._positions) - 1)

    def top_allowed(self) -> list[TopAllowed | None]:
        return [None]  # the highest logits are not enough: any number of them may be refused

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        (row,) = scores
        end = self._input.sentence_end(
            self._positions[-1].state, len(self._positions) - 1, row, self._penalties
        )
        self._input.end_sentence_(self._positions[-1].state, row)
        if self._penalties.active:
            self._penalties.apply_(row)
        found = self._choose(row, end)
        if found is None:
            return self._go_back()
        chosen, state = found
        self._positions[-1].chosen = chosen
        self._positions.append(Position(state))
        self._penalties.count(chosen.token)
        self.rows[0].feed = [chosen.token]
        stopped = chosen.token in self._input.stop_ids
        self.done = stopped or len(self._positions) > self._sampling.max_tokens
        return self._release(0 if self.done else self._session.held(state))

    def _choose(self, row: RowLogits, end: int | None) -> tuple[SampledToken, State] | None:
        """Return a token that leads to listed words, and the state after it; None if all fail.

        end: See SampledToken.
        """
        position, produced = self._positions[-1], len(self._positions) - 1
        try:
            allowed = self._input.allowed(position.state, produced)
        except DeadEnd:
            return None
        assert allowed is not None  # noqa: S101
        if self._sampling.weighs:
            position.log_share = log_share(row, row.gather(allowed), 0, self._input)
        if self._sampling.temperature > 0:
            allowed = np.sort(allowed, kind="stable")  # see SingleSequenceRun.step
        while len(position.refused) < MAX_TRIES:
            allowed = allowed[~np.isin(allowed, list(position.refused))]
            if len(allowed) == 0:
                return None
            values = row.gather(allowed)
            index = choose(values, self._sampling, self._generator)
            token = int(allowed[index])
            if token in self._input.stop_ids:
                return self._token(values, allowed, index, end), position.state
            state = self._session.advance(position.state, token)
            last = produced + 1 >= self._sampling.max_tokens
            self._reached_limit |= last
            if self._session.can_cut(state) or not (last or self._session.is_lost(state)):
                return self._token(values, allowed, index, end), state
            position.refused.add(token)
        return None

    def _token(
        self, values: Scores, allowed: TokenIds, index: int, end: int | None
    ) -> SampledToken:
        end = end if end in allowed else None  # it may be refused
        return sampled_token(values, allowed, index, self._sampling.logprobs, end)

    def _go_back(self) -> list[SampledToken]:
        """Remove the last tokens up to a position whose words are all listed; refuse its token."""
        self._backtracks += 1
        self.total_backtracks += 1
        last = len(self._positions) - 1
        for at in range(last - 1, self._released - 1, -1):
            position = self._positions[at]
            if self._session.can_cut(position.state) and len(position.refused) < MAX_TRIES:
                break
        else:
            return self._give_up()
        if self._backtracks > MAX_BACKTRACKS:
            return self._give_up()
        assert position.chosen is not None  # noqa: S101
        position.refused.add(position.chosen.token)
        self._cut_to(at)
        self.rows[0].forget = last - at + 1
        self.rows[0].feed = self.context()[-1:]
        return []

    def _give_up(self) -> list[SampledToken]:
        """End with the listed words so far. Raises DeadEnd if there are none, unless the reply had
        no tokens left to write one.
        """
        self.done = True
        return self._release(0)

    def _release(self, held: int) -> list[SampledToken]:
        """Return the tokens that are final: up to the last position where all words are listed.

        held: Number of last tokens that may still be taken back.
        """
        at = len(self._positions) - 1 - held
        while at > self._released and not self._session.can_cut(self._positions[at].state):
            at -= 1
        tokens = [each.chosen for each in self._positions[self._released : at]]
        if tokens:
            self._backtracks = 0
        self._released = at
        if self.done:
            stopped = at > 0 and self.ids[at - 1] in self._input.stop_ids
            self._cut_to(at)
            empty = self._session.is_empty(self._positions[at].state)
            if empty and not (stopped or self._reached_limit):
                raise DeadEnd
        return [token for token in tokens if token is not None]

    def _cut_to(self, at: int) -> None:
        del self._positions[at + 1 :]
        self._positions[at].chosen = None
        self._count_tokens()

    def _count_tokens(self) -> None:
        self._penalties = self._input.penalties(self.ids)
