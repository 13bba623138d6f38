"""A sequence whose last words may have to be taken back: what `units=words` needs.

A token that leads to words off the list is not taken: another is chosen from the same scores, which
costs no pass. Where none is left, the run goes back to the last place where everything was listed
and chooses another token there; its row forgets the columns behind that place. Tokens are handed
out only when their stretch is settled, so that nothing that was sent is ever taken back. After
MAX_RETURNS in one stretch the reply ends where it was last good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import DeadEnd, State
from generation.engine.decoding.sampling import Penalties, choose, seeded_generator
from generation.engine.decoding.single import DecodingInput, Row, SampledToken, report
from generation.engine.model.logits import RowLogits, TopAllowed

# Tokens that are tried in one place before the run goes back.
MAX_TRIES = 32
# How often it goes back before it gives a stretch up.
MAX_RETURNS = 24


@dataclass(slots=True)
class Place:
    """Before a token. refused: what led nowhere from here; chosen: what came, if it came."""

    state: State
    refused: set[int] = field(default_factory=set)
    chosen: SampledToken | None = None


class BacktrackingRun:
    """Greedy if temperature is 0, else sampled with the request's own numbers."""

    max_rows = 1
    full_vocabulary = False

    def __init__(self, reply: DecodingInput, session: SegmentedSession) -> None:
        self._reply = reply
        self._session = session
        self._sampling = reply.sampling
        self._generator = seeded_generator(reply.sampling)
        self._places = [Place(session.start)]
        self._handed_out = 0
        self._returns = 0  # in this stretch
        self.went_back = 0
        self._reached_limit = False
        self._count_tokens()
        self.done = False
        self.rows = [Row(feed=list(reply.prompt))]

    @property
    def ids(self) -> list[int]:
        return [place.chosen.token for place in self._places if place.chosen is not None]

    def refused(self, at: int) -> frozenset[int]:
        """The tokens that were not taken, or taken back, in front of the reply's token `at`."""
        return frozenset(self._places[at].refused)

    def context(self) -> list[int]:
        return [*self._reply.prompt, *self.ids]

    def parents(self) -> list[int]:
        return [0]

    def top_allowed(self) -> list[TopAllowed | None]:
        return [None]  # many may be refused

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        (row,) = scores
        if self._penalties.active:
            self._penalties.apply_(row)
        found = self._choose(row)
        if found is None:
            return self._go_back()
        chosen, state = found
        self._places[-1].chosen = chosen
        self._places.append(Place(state))
        self._penalties.count(chosen.token)
        self.rows[0].feed = [chosen.token]
        ended = chosen.token in self._reply.stop_ids
        self.done = ended or len(self._places) > self._sampling.max_tokens
        return self._hand_out(0 if self.done else self._session.held(state))

    def _choose(self, row: RowLogits) -> tuple[SampledToken, State] | None:
        """A token that leads on, and the state after it; None if none was found."""
        place, produced = self._places[-1], len(self._places) - 1
        try:
            allowed = self._reply.allowed(place.state, produced)
        except DeadEnd:
            return None
        assert allowed is not None  # noqa: S101
        if self._sampling.temperature > 0:
            allowed = np.sort(allowed, kind="stable")  # see SingleSequenceRun
        while len(place.refused) < MAX_TRIES:
            allowed = allowed[~np.isin(allowed, list(place.refused))]
            if len(allowed) == 0:
                return None
            values = row.gather(allowed)
            index = choose(values, self._sampling, self._generator)
            token = int(allowed[index])
            if token in self._reply.stop_ids:
                return report(values, allowed, index, self._sampling.logprobs), place.state
            state = self._session.advance(place.state, token)
            last = produced + 1 >= self._sampling.max_tokens
            self._reached_limit |= last
            if self._session.is_good(state) or not (last or self._session.is_lost(state)):
                return report(values, allowed, index, self._sampling.logprobs), state
            place.refused.add(token)
        return None

    def _go_back(self) -> list[SampledToken]:
        """Take tokens back to a good place and refuse there what came next."""
        self._returns += 1
        self.went_back += 1
        here = len(self._places) - 1
        for at in range(here - 1, self._handed_out - 1, -1):
            place = self._places[at]
            if self._session.is_good(place.state) and len(place.refused) < MAX_TRIES:
                break
        else:
            return self._give_up()
        if self._returns > MAX_RETURNS:
            return self._give_up()
        assert place.chosen is not None  # noqa: S101
        place.refused.add(place.chosen.token)
        self._cut_to(at)
        self.rows[0].forget = here - at + 1
        self.rows[0].feed = self.context()[-1:]
        return []

    def _give_up(self) -> list[SampledToken]:
        """End with what is good. Raises DeadEnd if that is nothing, and it is not for want of
        tokens.
        """
        self.done = True
        return self._hand_out(0)

    def _hand_out(self, held: int) -> list[SampledToken]:
        """What is settled and ends in a good place; at the end of the reply, all that does."""
        at = len(self._places) - 1 - held
        while at > self._handed_out and not self._session.is_good(self._places[at].state):
            at -= 1
        new = [place.chosen for place in self._places[self._handed_out : at]]
        if new:
            self._returns = 0
        self._handed_out = at
        if self.done:
            ended = at > 0 and self.ids[at - 1] in self._reply.stop_ids
            self._cut_to(at)
            empty = self._session.is_empty(self._places[at].state)
            if empty and not (ended or self._reached_limit):
                raise DeadEnd
        return [chosen for chosen in new if chosen is not None]

    def _cut_to(self, at: int) -> None:
        del self._places[at + 1 :]
        self._places[at].chosen = None
        self._count_tokens()

    def _count_tokens(self) -> None:
        self._penalties = Penalties(self._sampling, self._reply.prompt, self._reply.marks)
        for token in self.ids:
            self._penalties.count(token)
