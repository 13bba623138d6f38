"""What the model and the constraint offer at a place in a reply that is sampled by words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.constraint.session import Place, RowParts, State, TokenIds, WordSession
from generation.engine.decoding.allowed_mass import log_part
from generation.engine.decoding.run import DecodingInput
from generation.engine.model.gather_cpu import Scores
from generation.engine.model.logits import MassRequest, RowLogits

Shares = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Offer:
    """Tokens that may come at a position.

    ids, scores: [n], ascending ids. shares: [n], their part of the model's whole probability.
    escapes: [n], see `escapes.py`; None if there are none.
    """

    ids: TokenIds
    scores: Scores
    shares: Shares
    escapes: Flags | None = None

    def where(self, chosen: Flags | slice) -> Offer:
        escapes = None if self.escapes is None else self.escapes[chosen]
        return Offer(self.ids[chosen], self.scores[chosen], self.shares[chosen], escapes)

    def with_own_escapes(self, whole: float, temperature: float) -> Offer:
        """Return an offer in which escapes have the model's own part of `whole`, a share, and the
        other tokens have the rest. If there are no others, escapes stay as they are.
        """
        if self.escapes is None or not self.escapes.any():
            return self
        escaping = float(self.shares[self.escapes].sum())
        others = float(self.shares.sum()) - escaping
        rest = whole - escaping
        if min(others, rest) <= 0:
            return self
        shift = temperature * np.log(rest / others)
        scores = np.where(self.escapes, self.scores, self.scores + shift).astype(np.float32)
        return Offer(self.ids, scores, self.shares, self.escapes)

    def without_escapes(self, bounds: dict[int, float]) -> Offer:
        """Return the tokens that are no escapes, or all if nothing of them is known to be left."""
        if self.escapes is None:
            return self
        others = self.where(~self.escapes)
        return others if others.mass(bounds) else self

    def mass(self, bounds: dict[int, float]) -> float:
        """Return the sum of the shares, each times its bound."""
        shares = self.shares.copy()
        for token, bound in bounds.items():
            shares[self.ids == token] *= bound
        return float(shares.sum())

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
    log_mass: log Z, the share of all allowed tokens; 0 if the request does not weigh replies. The
        sum of the shares may be 0 at a low temperature, and its logarithm is finite all the same.
    sentence_end: The token with which the model would end the sentence here: see SampledToken.
    free: False near the limit of the reply, where the way to its end decides what is allowed.
    """

    state: State
    place: Place
    everything: Offer
    inner: Offer
    outer: Offer
    end: float
    free: bool
    log_mass: float
    sentence_end: int | None


def read_position(
    given: DecodingInput,
    session: WordSession,
    state: State,
    produced: int,
    row: RowLogits,
    request: MassRequest,
    last: int | None,
    sentence_end: int | None,
) -> Position:
    """produced: Number of tokens of the reply so far. request: What the run asks for. last: The
    token before the position, if the reply has one. sentence_end: See Position.

    Raises DeadEnd.
    """
    parts = given.parts(state, produced)
    allowed = given.allowed(state, produced, parts)
    assert allowed is not None  # noqa: S101
    # A draw must not depend on the order in which a constraint lists its tokens.
    allowed = np.sort(allowed, kind="stable")
    masses = row.masses(request)
    escapes = None if given.escapes is None else given.escapes.among(allowed, last)
    scores = row.gather(allowed)
    weights = np.exp((scores.astype(np.float64) - masses.top) / request.temperature)
    offer = Offer(allowed, scores, weights / masses.total, escapes)
    inner, outer, end = offer.where(slice(0)), offer, 1.0
    place = session.place(state)
    if parts is not None:
        # By their sizes too: which object it is depends on what the constraint has met so far.
        whole = session.parts(state)
        free = parts is whole or whole is None or _size(parts) == _size(whole)
    else:
        remaining = given.sampling.max_tokens - produced
        free = len(session.allowed(state, remaining)) == len(session.allowed(state))
    match place:
        case Place.INSIDE:
            inner, outer, end = offer, inner, 0.0
        case Place.MAY_END:
            known = allowed < len(request.tokens)
            continues = known & (request.tokens[np.where(known, allowed, 0)] > 0)
            inner, outer = offer.where(continues), offer.where(~continues)
            end = max(0.0, 1.0 - masses.tokens / masses.total)
    weighs = given.sampling.weighs
    log_mass = log_part(scores, masses, request.temperature) if weighs else 0.0
    return Position(state, place, offer, inner, outer, end, free, log_mass, sentence_end)


def _size(parts: RowParts) -> int:
    return sum(map(len, parts))
