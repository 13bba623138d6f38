"""Sampling in which a word is drawn as a word (`vocab_sampling=words`).

A mask alone does not draw from the model's own distribution over listed words. A token that also
begins an unlisted word is taken with the probability of both, and the rest of it is then forced.
Here a word has the probability that the model gives it among the listed words:

- Inside a word, let Z be the probability that the model gives to the tokens that are allowed. With
  probability 1 - Z the word is given up and drawn again from its start (rejection sampling).
- Where a word may end, all tokens that do not continue it count as its end, whether they are
  allowed or not, because they say nothing about this word.
- What was learned about a token is kept while its word is drawn: the next try takes a token in
  proportion to its probability times the known Z after it. So no try fails twice in one place.
- Marks that a model writes instead of a word (`escapes.py`) keep their own probability.
- Where a word ends and less than LITTLE is allowed after it, the word is drawn again without its
  last token: no listed word can follow it well.

A word that may have several token paths has the probability of all of them, because each path is
drawn with its own probability among the paths of listed words.

A word starts again without another pass, because the scores at its start are kept. Tokens are
released when the word that they belong to is final. This is exact for temperature, penalties and
bias; top-k, top-p and min-p choose among the allowed tokens, as without words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from generation.constraint.session import Place, State, WordSession
from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.decoding.sampling import MIN_TEMPERATURE, choose, seeded_generator
from generation.engine.decoding.single import sampled_token
from generation.engine.decoding.word_offers import Offer, Position, read_position
from generation.engine.model.logits import MassRequest, RowLogits, TopAllowed

# Maximum number of times that one word is given up. The next try is taken as it is.
MAX_TRIES = 12
# A share of the probability: with less of it allowed after a word, the word is drawn again.
LITTLE = 0.05
# Maximum number of times that one word is drawn again because little is allowed after it.
MAX_RETURNS = 4


@dataclass(slots=True)
class Unit:
    """The word or mark that is being drawn.

    start: The index of its first token in the reply.
    bounds: For the tokens so far of the unit, what is known about each next token: a share of at
        most this part of it belongs to listed words.
    """

    start: int
    bounds: dict[tuple[int, ...], dict[int, float]] = field(default_factory=dict)
    tries: int = 0
    returns: int = 0


class WordSamplingRun:
    """A DecodingRun with the request's own random numbers. max_tries, little: MAX_TRIES, LITTLE."""

    max_rows = 1
    full_vocabulary = True

    def __init__(
        self,
        given: DecodingInput,
        session: WordSession,
        *,
        max_tries: int = MAX_TRIES,
        little: float = LITTLE,
    ) -> None:
        self._input = given
        self._session = session
        self._sampling = given.sampling
        self._max_tries = max_tries
        self._little = little
        self._temperature = max(given.sampling.temperature, MIN_TEMPERATURE)
        assert given.continuing is not None  # noqa: S101
        self.masses = MassRequest(self._temperature, given.continuing)
        self._generator = seeded_generator(given.sampling)
        self._penalties = given.penalties()
        self._unit_penalties = self._penalties  # before the unit
        self._states: list[State] = [given.start]  # before each token, and after the last one
        # Where the unit began, to draw it again; None if it began near the limit.
        self._start: Position | None = None
        self._unit = Unit(0)
        self._tokens: list[SampledToken] = []
        self._log_masses: list[float] = []  # for each token, log Z in its place
        self._released = 0
        self.total_backtracks = 0
        self.done = False
        self.rows = [Row(feed=list(given.prompt))]

    @property
    def all_scores(self) -> bool:
        # Penalties change the scores before they are summed.
        return self._penalties.active or self._input.is_near_limit(len(self._tokens))

    @property
    def ids(self) -> list[int]:
        return [each.token for each in self._tokens]

    @property
    def log_weight(self) -> float:
        return sum(self._log_masses)

    def context(self) -> list[int]:
        return [*self._input.prompt, *self.ids]

    def parents(self) -> list[int]:
        return [0]

    def top_allowed(self) -> list[TopAllowed | None]:
        return [None]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        (row,) = scores
        state, produced = self._states[-1], len(self._tokens)
        end = self._input.sentence_end(state, produced, row, self._penalties)
        self._input.end_sentence_(state, row)
        if self._penalties.active:
            self._penalties.apply_(row)
        here = read_position(
            self._input,
            self._session,
            state,
            produced,
            row,
            self.masses,
            self._tokens[-1].token if self._tokens else None,
            end,
        )
        place = here.place
        judged = self._start is not None and here.free
        if judged and place is not Place.BETWEEN and not self._accepts(here):
            return self._draw_again()
        if not here.free:
            self._begin_unit(None)
            offer = here.everything.with_own_escapes(1.0, self._temperature)
            return self._take(offer, here, {})
        known = self._unit.bounds.get(self._path, {})
        continuing = here.inner.mass(known)
        if continuing and self._random() * (continuing + here.end) < continuing:
            return self._take(here.inner, here, known)
        if place is Place.INSIDE or not len(here.outer.ids):
            return self._take(here.inner, here, {})
        if judged and self._tokens and self._returns(here):
            return self._draw_again()
        self._begin_unit(here)
        return self._take(here.outer.with_own_escapes(here.end, self._temperature), here, {})

    # --- rejection -------------------------------------------------------------------------------

    def _accepts(self, here: Position) -> bool:
        """Decide whether the word so far stays, and remember what was learned about it."""
        path = self._path
        *before, token = path
        known = self._unit.bounds.setdefault(tuple(before), {})
        old = known.get(token, 1.0)
        mass = min(here.end + here.inner.mass(self._unit.bounds.get(path, {})), old)
        known[token] = mass
        if self._unit.tries >= self._max_tries:
            return True
        return self._random() * old < mass

    def _returns(self, here: Position) -> bool:
        """True if the finished unit is to be drawn again, because little is allowed after it."""
        if self._unit.returns >= MAX_RETURNS or here.outer.shares.sum() >= self._little * here.end:
            return False
        *before, token = self._path
        start = self._start
        assert start is not None  # noqa: S101
        known = self._unit.bounds.setdefault(tuple(before), {})
        old, known[token] = known.get(token, 1.0), 0.0
        if start.outer.mass(self._unit.bounds.get((), {})) == 0.0:  # there is no other token
            known[token] = old
            return False
        self._unit.returns += 1
        return True

    def _draw_again(self) -> list[SampledToken]:
        """Go back to the start of the unit and draw its first token again."""
        start, unit = self._start, self._unit
        assert start is not None  # noqa: S101
        unit.tries += 1
        self.total_backtracks += 1
        lost = len(self._tokens) - unit.start
        del self._tokens[unit.start :], self._log_masses[unit.start :]
        del self._states[unit.start + 1 :]
        if self._penalties.depends_on_reply:
            self._penalties = self._unit_penalties.copy()
        self.rows[0].forget = lost
        known = unit.bounds.get((), {})
        # The first draw has decided that an escape does not come: drawn again, it comes too often.
        return self._take(start.outer.without_escapes(known), start, known)

    # --- tokens ----------------------------------------------------------------------------------

    @property
    def _path(self) -> tuple[int, ...]:
        """The tokens of the unit so far."""
        return tuple(each.token for each in self._tokens[self._unit.start :])

    def _begin_unit(self, here: Position | None) -> None:
        self._start = here
        self._unit = Unit(len(self._tokens))
        if self._penalties.depends_on_reply:
            self._unit_penalties = self._penalties.copy()

    def _take(self, offer: Offer, here: Position, bounds: dict[int, float]) -> list[SampledToken]:
        """Draw a token, and return the tokens that are final now."""
        index = choose(
            offer.bounded_scores(bounds, self._temperature), self._sampling, self._generator
        )
        token = int(offer.ids[index])
        everything = here.everything
        at = int(np.searchsorted(everything.ids, token))
        self._tokens.append(
            sampled_token(
                everything.scores, everything.ids, at, self._sampling.logprobs, here.sentence_end
            )
        )
        self._log_masses.append(here.log_mass)
        self._penalties.count(token)
        self.rows[0].feed = [token]
        self.done = token in self._input.stop_ids or len(self._tokens) >= self._sampling.max_tokens
        if not self.done:
            self._states.append(self._session.advance(here.state, token))
        final = len(self._tokens) if self.done else self._unit.start
        tokens = self._tokens[self._released : final]
        self._released = final
        return tokens

    def _random(self) -> float:
        return float(torch.rand((), generator=self._generator))
