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
- Where a word ends and less than LITTLE is allowed after it, the word is drawn again without its
  last token: no listed word can follow it well.

A word starts again without another pass, because the scores at its start are kept. Tokens are
released when the word that they belong to is final. This is exact for temperature, penalties and
bias; top-k, top-p and min-p choose among the allowed tokens, as without words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.session import Place, State, TokenIds
from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.decoding.sampling import (
    MIN_TEMPERATURE,
    Penalties,
    choose,
    seeded_generator,
)
from generation.engine.decoding.single import sampled_token
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.logits import RowLogits, TopAllowed

# Maximum number of times that one word is given up. The next try is taken as it is.
MAX_TRIES = 12
# A share of the probability: with less of it allowed after a word, the word is drawn again.
LITTLE = 0.05
# Maximum number of times that one word is drawn again because little is allowed after it.
MAX_RETURNS = 4

Shares = npt.NDArray[np.float64]


@dataclass(slots=True)
class Offer:
    """Tokens that may come at a position.

    ids, scores: [n], ascending ids. shares: [n], their part of the model's whole probability.
    """

    ids: TokenIds
    scores: Scores
    shares: Shares

    def where(self, chosen: npt.NDArray[np.bool_] | slice) -> Offer:
        return Offer(self.ids[chosen], self.scores[chosen], self.shares[chosen])

    def mass(self, bounds: dict[int, float]) -> float:
        """Return the sum of the shares, each times its bound."""
        return float(self._bounded(bounds).sum())

    def _bounded(self, bounds: dict[int, float]) -> Shares:
        shares = self.shares.copy()
        for token, bound in bounds.items():
            shares[self.ids == token] *= bound
        return shares

    def bounded_scores(self, bounds: dict[int, float], temperature: float) -> Scores:
        """Return the scores from which `choose` draws in proportion to shares times bounds."""
        scores = self.scores.copy()
        for token, bound in bounds.items():
            with np.errstate(divide="ignore"):
                scores[self.ids == token] += temperature * np.log(bound)
        return scores


@dataclass(slots=True)
class Position:
    """A place in the reply before a token.

    everything: The allowed tokens. inner: Those that continue the word before this position.
    outer: Those that do not. end: The share of all tokens that do not, allowed or not.
    free: False near the limit of the reply, where the way to its end decides what is allowed.
    """

    state: State
    everything: Offer
    inner: Offer
    outer: Offer
    end: float
    free: bool


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
        session: TokenAutomaton,
        *,
        max_tries: int = MAX_TRIES,
        little: float = LITTLE,
    ) -> None:
        assert given.continuing is not None  # noqa: S101
        self._input = given
        self._session = session
        self._continues = given.continuing
        self._sampling = given.sampling
        self._max_tries = max_tries
        self._little = little
        self._temperature = max(given.sampling.temperature, MIN_TEMPERATURE)
        self._generator = seeded_generator(given.sampling)
        self._penalties = Penalties(given.sampling, given.prompt, given.marks)
        self._states: list[State] = [given.start]  # before each token, and after the last one
        self._start: Position | None = None  # of the unit
        self._unit = Unit(0)
        self._tokens: list[SampledToken] = []
        self._released = 0
        self.total_backtracks = 0
        self.done = False
        self.rows = [Row(feed=list(given.prompt))]

    @property
    def ids(self) -> list[int]:
        return [each.token for each in self._tokens]

    def context(self) -> list[int]:
        return [*self._input.prompt, *self.ids]

    def parents(self) -> list[int]:
        return [0]

    def top_allowed(self) -> list[TopAllowed | None]:
        return [None]

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        (row,) = scores
        if self._penalties.active:
            self._penalties.apply_(row)
        here = self._position(row)
        place = self._session.place(here.state) if self._tokens else Place.BETWEEN
        if place is not Place.BETWEEN and here.free and not self._accepts(here):
            return self._draw_again()
        if not here.free:
            self._begin_unit(here)
            return self._take(here.everything, here, {})
        path = self._path
        known = self._unit.bounds.get(path, {})
        continuing = 0.0 if place is Place.BETWEEN else here.inner.mass(known)
        if continuing and self._random() * (continuing + here.end) < continuing:
            return self._take(here.inner, here, known)
        if place is Place.INSIDE or not len(here.outer.ids):
            return self._take(here.inner, here, {})
        if self._tokens and self._returns(here):
            return self._draw_again()
        self._begin_unit(here)
        return self._take(here.outer, here, {})

    # --- what the model says ---------------------------------------------------------------------

    def _position(self, row: RowLogits) -> Position:
        state, produced = self._states[-1], len(self._tokens)
        allowed = self._input.allowed(state, produced)
        assert allowed is not None  # noqa: S101
        # A draw must not depend on the order in which a constraint lists its tokens.
        allowed = np.sort(allowed, kind="stable")
        weights = self._weights(row)
        if len(self._continues) != len(weights):  # a model may have more tokens than its tokenizer
            self._continues = np.resize(
                np.append(self._continues, np.zeros(len(weights), bool)), len(weights)
            )
        total = float(weights.sum())
        offer = Offer(allowed, row.gather(allowed), weights.take(allowed) / total)
        inner, outer, end = offer.where(slice(0)), offer, 1.0
        match self._session.place(state):
            case Place.INSIDE:
                inner, outer, end = offer, inner, 0.0
            case Place.MAY_END:
                continues = self._continues.take(allowed)
                inner, outer = offer.where(continues), offer.where(~continues)
                end = 1.0 - float(weights[self._continues[: len(weights)]].sum()) / total
        return Position(state, offer, inner, outer, end, self._is_free(state, produced))

    def _weights(self, row: RowLogits) -> npt.NDArray[np.float64]:
        """Return [vocabulary] the probabilities of all tokens, up to a factor."""
        scores = row.scores if isinstance(row.scores, np.ndarray) else row.values.cpu().numpy()
        # Numpy, because torch wakes all threads for arrays of this size.
        weights: npt.NDArray[np.float64] = np.exp(
            (scores - scores.max()).astype(np.float64) / self._temperature
        )
        return weights

    def _is_free(self, state: State, produced: int) -> bool:
        """True if the limit of the reply leaves out no token."""
        remaining = self._sampling.max_tokens - produced
        return self._session.parts(state, remaining) is self._session.parts(state)

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
        del self._tokens[unit.start :], self._states[unit.start + 1 :]
        if self._penalties.active:
            self._penalties = Penalties(self._sampling, self._input.prompt, self._input.marks)
            for token in self.ids:
                self._penalties.count(token)
        self.rows[0].forget = lost
        return self._take(start.outer, start, unit.bounds.get((), {}))

    # --- tokens ----------------------------------------------------------------------------------

    @property
    def _path(self) -> tuple[int, ...]:
        """The tokens of the unit so far."""
        return tuple(each.token for each in self._tokens[self._unit.start :])

    def _begin_unit(self, here: Position) -> None:
        self._start = here
        self._unit = Unit(len(self._tokens))

    def _take(self, offer: Offer, here: Position, bounds: dict[int, float]) -> list[SampledToken]:
        """Draw a token, and return the tokens that are final now."""
        index = choose(
            offer.bounded_scores(bounds, self._temperature), self._sampling, self._generator
        )
        token = int(offer.ids[index])
        everything = here.everything
        at = int(np.searchsorted(everything.ids, token))
        self._tokens.append(
            sampled_token(everything.scores, everything.ids, at, self._sampling.logprobs)
        )
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
