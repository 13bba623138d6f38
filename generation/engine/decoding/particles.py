"""Several replies at once, of which those live on that the list suits: sequential Monte Carlo.

A mask alone writes on even where every word that the model wants is forbidden. Here `k` particles
write the same reply. Each token is drawn among the allowed ones, and multiplies its particle's
weight by Z, the probability that the model gives to all tokens that are allowed there. When few
particles have most of the weight, all are drawn again in proportion to it: good ones are copied,
bad ones end. The reply is drawn by weight at the end. With more particles its distribution
approaches that of the model's own texts among those whose words are all listed ("Sequential
Monte Carlo Steering of Large Language Models Using Probabilistic Programs", 2023).

- Inside a word, Z is often small: a token stands for a listed and for an unlisted word. So
  particles are drawn in proportion to their weights at their last word end, and a particle keeps
  what it has earned or lost since then. It needs to wait for no other one.
- Z is of the plain distribution at the request's temperature, after penalties and bias. What
  top-k, top-p and min-p remove does not count as forbidden.
- A particle that must end because of the token limit is weighed like others. So the reply is
  likely to be one that ended well.
- Tokens that all particles share are final and can be sent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.lengths.session import LengthSession
from generation.constraint.session import (
    ConstraintSession,
    DeadEnd,
    Place,
    State,
    WordSession,
)
from generation.engine.decoding.allowed_mass import log_allowed_mass
from generation.engine.decoding.run import DecodingInput, Row, SampledToken
from generation.engine.decoding.sampling import Penalties, choose, seeded_generator
from generation.engine.decoding.single import sampled_token
from generation.engine.model.logits import RowLogits, TopAllowed

Weights = npt.NDArray[np.float64]

# Particles are drawn again when the effective sample size is below this part of their number.
MIN_EFFECTIVE = 0.5


@dataclass(slots=True)
class Particle:
    """One text that may become the reply.

    log_weight: -inf if no token can follow. log_word_weight: The same at the last end of a word.
    row: Index of its row among those of the run.
    """

    tokens: list[SampledToken]
    state: State
    penalties: Penalties
    log_weight: float = 0.0
    log_word_weight: float = 0.0
    row: int = 0
    ended: bool = False

    def copy(self) -> Particle:
        return replace(self, tokens=list(self.tokens), penalties=self.penalties.copy())


class ParticleRun:
    """A DecodingRun with the request's own random numbers.

    Particles that still write have the same number of tokens; others need no row.
    log_weight: At the end, log of an estimate of the probability that the model writes any reply
        whose words are all listed. Its mean over many runs is exact for any number of particles.
    """

    full_vocabulary = True
    all_scores = True
    masses = None

    def __init__(self, given: DecodingInput, session: ConstraintSession) -> None:
        self._input = given
        self._session = session
        self._sampling = given.sampling
        self._generator = seeded_generator(given.sampling)
        self.max_rows = given.sampling.particles
        first = Particle([], given.start, given.penalties())
        self._particles = [first, *(first.copy() for _ in range(self.max_rows - 1))]
        self._released = 0
        self._behind = False
        self._parents = [0]
        self.resampled = 0  # number of times
        self.log_weight = 0.0
        self.done = False
        self.rows = [Row(feed=list(given.prompt))]

    def context(self) -> list[int]:
        """The rows are lost: compute what the particles share; `step` feeds each row the rest."""
        writing = self._writing or self._particles[:1]
        shared = _shared_tokens(writing)
        self._behind = shared < len(writing[0].tokens)
        for particle in writing:
            particle.row = 0
        return [*self._input.prompt, *(each.token for each in writing[0].tokens[:shared])]

    def parents(self) -> list[int]:
        return self._parents

    def top_allowed(self) -> list[TopAllowed | None]:
        return [None] * len(self.rows)

    def step(self, scores: Sequence[RowLogits]) -> list[SampledToken]:
        if self._behind:
            self._behind = False
            self._set_rows(_shared_tokens(self._writing))
            return []
        ends = [
            self._input.sentence_end(each.state, len(each.tokens), scores[each.row], each.penalties)
            for each in self._writing
        ]
        # At the start all particles read the same row.
        for row, particle in {each.row: each for each in self._writing}.items():
            self._input.end_sentence_(particle.state, scores[row])
            if particle.penalties.active:
                particle.penalties.apply_(scores[row])
        for particle, end in zip(self._writing, ends, strict=True):
            try:
                self._write(particle, scores[particle.row], end)
            except DeadEnd:
                particle.log_weight = particle.log_word_weight = -math.inf
                particle.ended = True
        living = self._living
        if not living:
            raise DeadEnd
        self._resample()
        self.done = not self._writing
        if self.done:
            self.log_weight = log_mean([each.log_weight for each in self._particles])
            weights = normalized([each.log_weight for each in self._particles])
            drawn = torch.multinomial(torch.from_numpy(weights), 1, generator=self._generator)
            self._particles = [self._particles[int(drawn)]]
        else:
            self._set_rows(len(self._writing[0].tokens) - 1)
        return self._release()

    @property
    def _writing(self) -> list[Particle]:
        return [each for each in self._particles if not each.ended]

    @property
    def _living(self) -> list[Particle]:
        return [each for each in self._particles if each.log_weight > -math.inf]

    # --- one particle ----------------------------------------------------------------------------

    def _write(self, particle: Particle, row: RowLogits, end: int | None) -> None:
        """Draw the particle's next token. end: See SampledToken. Raises DeadEnd."""
        allowed = self._input.allowed(particle.state, len(particle.tokens))
        assert allowed is not None  # noqa: S101
        # A draw must not depend on the order in which a constraint lists its tokens.
        allowed = np.sort(allowed, kind="stable")
        values = row.gather(allowed)
        particle.log_weight += log_allowed_mass(row, values, self._sampling.temperature)
        index = choose(values, self._sampling, self._generator)
        chosen = sampled_token(values, allowed, index, self._sampling.logprobs, end)
        particle.tokens.append(chosen)
        particle.penalties.count(chosen.token)
        particle.ended = (
            chosen.token in self._input.stop_ids
            or len(particle.tokens) >= self._sampling.max_tokens
            or self._ends_by_string(particle)
        )
        if not particle.ended:
            particle.state = self._session.advance(particle.state, chosen.token)
        if particle.ended or self._ends_word(particle.state):
            particle.log_word_weight = particle.log_weight

    def _ends_by_string(self, particle: Particle) -> bool:
        ends_text = self._input.ends_text
        if ends_text is None or len(particle.tokens) < self._sampling.min_tokens:
            return False
        return ends_text([each.token for each in particle.tokens])

    def _ends_word(self, state: State) -> bool:
        """True if a word may end here; always where tokens can be a part of several words."""
        session = self._session
        inner = session.inner if isinstance(session, LengthSession) else session
        if not isinstance(inner, TokenAutomaton):
            return True
        assert isinstance(session, WordSession)  # noqa: S101
        return session.place(state) is not Place.INSIDE

    # --- all particles ---------------------------------------------------------------------------

    def _resample(self) -> None:
        """Draw the particles anew if few of them have most of the weight (systematic resampling).

        They are drawn by their weights at the last end of a word. Dividing by these leaves each
        copy with what its word has changed since then, so all weights stay proper ones.
        """
        particles = self._particles
        weights = normalized([each.log_word_weight for each in particles])
        if 1 / np.square(weights).sum() >= MIN_EFFECTIVE * len(particles):
            return
        self.resampled += 1
        first = float(torch.rand((), generator=self._generator))
        at = (first + np.arange(len(particles))) / len(particles)
        ends = weights.cumsum()
        owners = np.searchsorted(ends / ends[-1], at, side="right")
        mean = log_mean([each.log_word_weight for each in particles])
        self._particles = [particles[owner].copy() for owner in owners]
        for particle in self._particles:
            particle.log_weight += mean - particle.log_word_weight
            particle.log_word_weight = mean

    def _set_rows(self, computed: int) -> None:
        """Give each particle that writes a row. computed: Number of tokens that rows have."""
        self.rows, self._parents = [], []
        for index, particle in enumerate(self._writing):
            self.rows.append(Row(feed=[each.token for each in particle.tokens[computed:]]))
            self._parents.append(particle.row)
            particle.row = index

    def _release(self) -> list[SampledToken]:
        """Return the tokens that are final now: all particles share them."""
        living = self._living
        shared = _shared_tokens(living, known=self._released)
        tokens = living[0].tokens[self._released : shared]
        self._released = shared
        return tokens


def _shared_tokens(particles: Sequence[Particle], known: int = 0) -> int:
    """Return how many first tokens all particles share. known: A number that they do share."""
    length = min(len(each.tokens) for each in particles)
    while known < length and len({each.tokens[known].token for each in particles}) == 1:
        known += 1
    return known


def normalized(log_weights: Sequence[float]) -> Weights:
    """Return [n] weights whose sum is 1. At least one is not -inf."""
    weights: Weights = np.exp(np.array(log_weights) - max(log_weights))
    weights /= weights.sum()
    return weights


def log_mean(log_weights: Sequence[float]) -> float:
    """Return the log of the mean of the weights."""
    top = max(log_weights)
    return top + math.log(float(np.exp(np.array(log_weights) - top).mean()))
